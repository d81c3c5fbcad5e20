//! `bronya migrate`.

use bronya_store::{Options, SCHEMA_VERSION, Store};
use clap::Args;

use super::block_on;
use crate::failure::Failure;
use crate::output;
use crate::settings::DatabaseSettings;

/// Bring the database's schema up to date, and stop. `bronya serve` does it by itself, unless it runs with `--no-migrate`.
#[derive(Args)]
#[command(after_help = "Examples:
  bronya migrate
  bronya migrate --database postgres://bronya@db.example.org/bronya && systemctl restart bronya

Exit codes: 0 the schema is up to date; 1 it is newer than this program, a server holds the SQLite file, or the
database can't be reached. What was begun is undone.")]
pub(crate) struct Migrate {
    #[command(flatten)]
    settings: DatabaseSettings,
}

impl Migrate {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?.config;
        block_on(async {
            Store::open(Options::new(config.database)).await?.settle().await?;
            output::tell(&format!("the schema is up to date: version {SCHEMA_VERSION}"));
            Ok(())
        })
    }
}
