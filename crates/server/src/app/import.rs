//! Taking data in, row by row, by the same commands and rules as single requests: a row that is refused harms no other.

use bronya_domain::command::{Command, CreateResource};
use bronya_domain::effect::Outcome;
use bronya_domain::ids::{ResourceId, UserId};
use bronya_domain::resource::Attributes;
use bronya_domain::user::Role;
use bronya_store::accounts::{self, Account};
use bronya_store::engine::{Idempotency, Reply};
use bronya_store::{events, resources};
use futures_util::future::join_all;

use super::sign_in::event;
use super::{App, AppError, Caller, Result, export, must_be_admin, read_as, write_as};
use crate::auth::secret::{SecretKind, SecretToken};
use crate::auth::username::Username;

/// Rows that one transaction takes in.
const ROWS_TOGETHER: usize = 200;

/// Who may take something in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Administrators alone.
    Administrators,
    /// Administrators, and managers for what they manage; that, the engine decides for each row.
    Managers,
}

/// Counts an import against the caller's limit, and finds out whether the caller may do such a thing at all.
pub async fn begin(app: &App, caller: &Caller, may: For) -> Result<()> {
    export::admit(app, caller).await?;
    read_as!(app, caller, |tx, principal| {
        let may = principal.is_admin() || may == For::Managers && resources::manages_any(tx, principal.user).await?;
        if may { Ok(()) } else { Err(AppError::Forbidden) }
    })
}

/// The command that adds a resource.
pub fn create_resource(app: &App, attributes: Attributes) -> Command {
    // A row says its time zone, or means UTC.
    let id = ResourceId(app.ids.next());
    Command::CreateResource(CreateResource { id, attributes, zone_of_site: false, admins_only: true })
}

/// Finds out what would come of the commands of rows, in their order: in one decision, in which each sees what those before it would have
/// done.
pub async fn try_out(app: &App, caller: &Caller, rows: Vec<Command>) -> Result<Vec<Result<()>>> {
    match app.try_out(caller, Command::Each(rows)).await? {
        Reply::Done(Outcome::Each(outcomes)) => {
            Ok(outcomes.into_iter().map(|it| it.map(drop).map_err(AppError::from)).collect())
        }
        _ => Err(AppError::internal("several commands had one outcome")),
    }
}

/// Has the commands of rows carried out in their order.
pub async fn commands(app: &App, caller: &Caller, rows: Vec<(Command, Option<Idempotency>)>) -> Vec<Result<Reply>> {
    let mut answers = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter();
    loop {
        // Handed over together they share transactions, and stay in their order.
        let together: Vec<_> = rows.by_ref().take(ROWS_TOGETHER).collect();
        if together.is_empty() {
            return answers;
        }
        let asked = together.into_iter().map(|(command, key)| app.submit(caller, command, key));
        answers.extend(join_all(asked).await.into_iter().map(|answered| Ok(answered?)));
    }
}

/// Somebody who is to have an account.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// The name.
    pub username: Username,
    /// An address for mail.
    pub email: Option<String>,
    /// What others see.
    pub display_name: Option<String>,
    /// What the account may do.
    pub role: Role,
}

/// Makes accounts, or only finds out which could be made; each has a password that nobody knows, until an operator sets
/// one. Answers with an id for each, `None` in a dry run.
pub async fn users(
    app: &App,
    caller: &Caller,
    rows: Vec<Newcomer>,
    dry_run: bool,
) -> Result<Vec<Result<Option<UserId>>>> {
    // One that is drawn for this import and forgotten with it: that the hashes are the same tells nobody anything.
    let unknown = SecretToken::generate(SecretKind::Refresh);
    let password_hash = app.sign_in.hasher.rehash(unknown.expose()).await?;
    let mut answers = Vec::with_capacity(rows.len());
    let mut names = std::collections::BTreeSet::new();
    for together in rows.chunks(ROWS_TOGETHER) {
        let now = app.clock.now();
        let mut asked = Vec::with_capacity(together.len());
        for row in together {
            let account = Account {
                id: UserId(app.ids.next()),
                username: row.username.as_str().to_owned(),
                email: row.email.clone(),
                display_name: row.display_name.clone(),
                role: row.role,
                password_hash: password_hash.clone(),
                disabled_at: None,
                version: 1,
                created_at: now,
                updated_at: now,
                erased_at: None,
            };
            let event = event(app, "user.created", Some(caller.user), Some(account.id), caller.origin.clone(), now);
            let again = !names.insert(row.username.key().to_owned());
            asked.push((account, row.username.key().to_owned(), event, again));
        }
        let done: Vec<Result<Option<UserId>>> = write_as!(app, caller, now, |tx, principal| {
            must_be_admin(principal)?;
            let mut done = Vec::with_capacity(asked.len());
            for (account, key, event, again) in asked {
                let taken = if dry_run {
                    again || accounts::by_username(tx, &key).await?.is_some()
                } else {
                    !accounts::insert_unless_taken(tx, &account, &key).await?
                };
                if taken {
                    done.push(Err(AppError::UsernameTaken));
                    continue;
                }
                if !dry_run {
                    events::append(tx, event).await?;
                }
                done.push(Ok((!dry_run).then_some(account.id)));
            }
            Ok::<_, AppError>(done)
        })?;
        answers.extend(done);
    }
    Ok(answers)
}
