//! `bronya backup`.

use std::path::PathBuf;

use bronya_store::DatabaseUrl;
use bronya_store::db::backup_sqlite;
use clap::Args;

use crate::failure::Failure;
use crate::output;
use crate::settings::DatabaseSettings;

/// Copy a SQLite database into a new file, consistently and while the server runs. For PostgreSQL it says which tools to use.
#[derive(Args)]
#[command(after_help = "Examples:
  bronya backup /backups/bronya-2026-11-23.db
  bronya backup --database sqlite:///var/lib/bronya/bronya.db /backups/today.db

The copy is checked before the command ends. It holds password hashes and signing keys: keep it as safe as the database.")]
pub(crate) struct Backup {
    /// The file to make. One that is there already is never overwritten.
    file: PathBuf,
    #[command(flatten)]
    settings: DatabaseSettings,
}

impl Backup {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?.config;
        let DatabaseUrl::Sqlite(path) = &config.database else {
            return Err(Failure::Failed(
                "PostgreSQL is backed up with tools of its own, while the servers run:\n\
                 \x20 pg_dump --format=custom --file=FILE URL    a snapshot, for pg_restore\n\
                 \x20 pg_basebackup and WAL archiving            everything, up to the last second\n\
                 docs/OPERATIONS.md says more"
                    .to_owned(),
            ));
        };
        if !path.exists() {
            return Err(Failure::Failed(format!("there is no file {}", path.display())));
        }
        backup_sqlite(path, &self.file)?;
        output::tell(&format!("{} is backed up to {}", path.display(), self.file.display()));
        Ok(())
    }
}
