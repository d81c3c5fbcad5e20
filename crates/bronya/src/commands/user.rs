//! `bronya user`: accounts, from the command line. Whoever can reach the database with its password may do all this.

use bronya_domain::user::Role;
use bronya_server::app::password_links;
use bronya_server::app::users::{self, EditUser, NewAccount};
use bronya_server::auth::username::Username;
use bronya_server::auth::{display_name, email};
use bronya_server::http::password_links::path;
use bronya_store::events::Origin;
use clap::{Args, Subcommand, ValueEnum};

use super::{beside_a_server, block_on, serve};
use crate::failure::Failure;
use crate::settings::DatabaseSettings;
use crate::{output, password};

/// Make and change accounts.
#[derive(Subcommand)]
pub(crate) enum User {
    /// Make an account. The password is read from the standard input where that is no terminal, else asked for twice.
    #[command(after_help = "Examples:
  bronya user create zoya --admin
  bronya user create oleg --email oleg@example.org --display-name 'Oleg Orlov' < password.txt

Exit codes: 0 made; 1 the name is taken, the password is too weak, or the database can't be reached.")]
    Create(Create),
    /// Give an account another role. The last administrator stays one.
    #[command(after_help = "Examples:
  bronya user set-role zoya admin

Exit codes: 0 done; 1 there is no such user, or no other administrator.")]
    SetRole(SetRole),
    /// Set another password, and end all sessions of the account.
    #[command(after_help = "Examples:
  bronya user reset-password zoya
  openssl rand -base64 18 | tee /dev/tty | bronya user reset-password zoya

Exit codes: 0 done; 1 there is no such user, or the password is too weak.")]
    ResetPassword(ResetPassword),
    /// Print a link with which the account's password is set in the browser: good for an hour, and once. One that was made before is
    /// of no use from then on.
    #[command(after_help = "Examples:
  bronya user password-link zoya
  BRONYA_PUBLIC_URL=https://book.example.org bronya user password-link zoya

Exit codes: 0 done; 1 there is no such user, or the account is disabled.")]
    PasswordLink(PasswordLink),
}

#[derive(Args)]
pub(crate) struct Create {
    /// The user name: 2 to 64 letters, digits and . _ - @ +; unique without regard to case.
    #[arg(value_name = "NAME", value_parser = username)]
    username: Username,
    /// Make it an administrator.
    #[arg(long)]
    admin: bool,
    /// An address for mail.
    #[arg(long, value_name = "ADDRESS", value_parser = email_address)]
    email: Option<String>,
    /// What others see.
    #[arg(long, value_name = "NAME", value_parser = shown_name)]
    display_name: Option<String>,
    #[command(flatten)]
    settings: DatabaseSettings,
}

#[derive(Args)]
pub(crate) struct SetRole {
    /// The user name.
    #[arg(value_name = "NAME", value_parser = username)]
    username: Username,
    /// The role.
    #[arg(value_enum)]
    role: RoleName,
    #[command(flatten)]
    settings: DatabaseSettings,
}

#[derive(Args)]
pub(crate) struct ResetPassword {
    /// The user name.
    #[arg(value_name = "NAME", value_parser = username)]
    username: Username,
    #[command(flatten)]
    settings: DatabaseSettings,
}

#[derive(Args)]
pub(crate) struct PasswordLink {
    /// The user name.
    #[arg(value_name = "NAME", value_parser = username)]
    username: Username,
    #[command(flatten)]
    settings: DatabaseSettings,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    /// Books, and manages what it created.
    User,
    /// May do everything.
    Admin,
}

fn username(text: &str) -> Result<Username, String> {
    Username::parse(text).map_err(|problem| format!("it {problem}"))
}

fn email_address(text: &str) -> Result<String, String> {
    email::check(text).map(|()| text.to_owned()).map_err(|problem| format!("it {problem}"))
}

fn shown_name(text: &str) -> Result<String, String> {
    display_name::check(text).map(|()| text.to_owned()).map_err(|problem| format!("it {problem}"))
}

impl User {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(command) => command.run(),
            Self::SetRole(command) => command.run(),
            Self::ResetPassword(command) => command.run(),
            Self::PasswordLink(command) => command.run(),
        }
    }
}

impl Create {
    fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?.config;
        let password = password::read()?;
        let role = if self.admin { Role::Admin } else { Role::User };
        let new = NewAccount { username: self.username, password, email: self.email, display_name: self.display_name };
        block_on(async {
            let app = beside_a_server(&config).await?;
            let account = users::create(&app, new, role, Origin::default(), None).await?;
            output::tell(&format!("{} can sign in now; role: {}", account.username, account.role.as_str()));
            Ok(())
        })
    }
}

impl SetRole {
    fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?.config;
        let role = match self.role {
            RoleName::User => Role::User,
            RoleName::Admin => Role::Admin,
        };
        block_on(async {
            let app = beside_a_server(&config).await?;
            let edit = EditUser { role: Some(role), ..EditUser::default() };
            let account = users::edit_by_name(&app, &self.username, edit).await?;
            output::tell(&format!("{} has the role {}", account.username, account.role.as_str()));
            Ok(())
        })
    }
}

impl ResetPassword {
    fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?.config;
        let password = password::read()?;
        block_on(async {
            let app = beside_a_server(&config).await?;
            let account = users::reset_password(&app, &self.username, &password).await?;
            output::tell(&format!("{} has a new password and no session", account.username));
            Ok(())
        })
    }
}

impl PasswordLink {
    fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?.config;
        block_on(async {
            let app = beside_a_server(&config).await?;
            let made = password_links::make_by_name(&app, &self.username).await?;
            let base = serve::base_url(&config, config.listen);
            output::print(&format!("{}{}\n", base.trim_end_matches('/'), path(made.secret.expose())))?;
            output::tell(&format!("good once, and until {}", made.expires_at));
            Ok(())
        })
    }
}
