//! `bronya keys`: the keys in the database that sign access tokens. Their secrets are never printed.

use bronya_server::app::keys;
use bronya_store::keys as stored;
use clap::{Args, Subcommand};

use super::{beside_a_server, block_on};
use crate::failure::Failure;
use crate::output;
use crate::settings::DatabaseSettings;

/// The keys that sign access tokens.
#[derive(Subcommand)]
pub(crate) enum Keys {
    /// List the keys in the database, the newest first.
    #[command(after_help = "Examples:
  bronya keys list")]
    List(List),
    /// Add a key. Servers learn of it by themselves, and it signs from a minute on; the old one verifies until its last token has run out.
    #[command(after_help = "Examples:
  bronya keys rotate

Exit codes: 0 done; 1 the database can't be reached; 2 the key comes from the configuration, and is changed there.")]
    Rotate(Rotate),
}

#[derive(Args)]
pub(crate) struct List {
    #[command(flatten)]
    settings: DatabaseSettings,
}

#[derive(Args)]
pub(crate) struct Rotate {
    #[command(flatten)]
    settings: DatabaseSettings,
}

impl Keys {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(command) => command.run(),
            Self::Rotate(command) => command.run(),
        }
    }
}

impl List {
    fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?.config;
        if let Some(key) = config.signing_key()? {
            output::tell(&format!(
                "the configuration gives the key {}: those of the database are not in use",
                key.kid()
            ));
        }
        let keys = block_on(async {
            let app = beside_a_server(&config).await?;
            let keys: Result<_, bronya_store::StoreError> = app.store.read(|tx| Box::pin(stored::list(tx))).await;
            Ok(keys?)
        })?;
        let line = |text: String, key: &stored::StoredKey| {
            let retired = key.retired_at.map_or_else(String::new, |at| format!("  retired {at}"));
            text + &format!("{}  made {}{retired}\n", key.kid, key.created_at)
        };
        output::print(&keys.iter().fold(String::new(), line))
    }
}

impl Rotate {
    fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?.config;
        if let Some(key) = config.signing_key()? {
            let what = format!("the key {} comes from the configuration: change it there, on every server", key.kid());
            return Err(Failure::Usage(what));
        }
        let kid = block_on(async {
            let app = beside_a_server(&config).await?;
            Ok(keys::rotate(&app).await?)
        })?;
        output::print(&format!("{kid}\n"))
    }
}
