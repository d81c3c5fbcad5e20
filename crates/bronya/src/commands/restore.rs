//! `bronya restore`.

use std::path::PathBuf;

use bronya_store::DatabaseUrl;
use bronya_store::db::restore_sqlite;
use clap::Args;

use crate::failure::Failure;
use crate::output;
use crate::settings::DatabaseSettings;

/// Put a backup in the place of a SQLite database, with the server stopped. For PostgreSQL it says which tools to use.
#[derive(Args)]
#[command(after_help = "Examples:
  bronya restore /backups/bronya-2026-11-23.db
  bronya restore --force /backups/bronya-2026-11-23.db

The backup is checked before anything is touched. Try a restore now and then, into another folder:
  bronya restore --data-dir /tmp/drill /backups/bronya-2026-11-23.db && bronya check --data-dir /tmp/drill")]
pub(crate) struct Restore {
    /// The backup.
    file: PathBuf,
    /// Overwrite a database that is there already.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    settings: DatabaseSettings,
}

impl Restore {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?.config;
        let DatabaseUrl::Sqlite(path) = &config.database else {
            return Err(Failure::Failed(
                "PostgreSQL is restored with tools of its own:\n\
                 \x20 pg_restore --clean --if-exists --dbname=URL FILE    what pg_dump --format=custom wrote\n\
                 docs/OPERATIONS.md says more"
                    .to_owned(),
            ));
        };
        if !self.file.exists() {
            return Err(Failure::Failed(format!("there is no file {}", self.file.display())));
        }
        if !self.force && path.metadata().is_ok_and(|metadata| metadata.len() > 0) {
            return Err(Failure::Failed(format!("{} is there already; --force overwrites it", path.display())));
        }
        restore_sqlite(&self.file, path)?;
        output::tell(&format!("{} is restored from {}", path.display(), self.file.display()));
        Ok(())
    }
}
