//! `bronya backup`: a consistent copy of a SQLite database, while the server runs.

use std::path::Path;

use bronya_server::config::Config;
use bronya_store::DatabaseUrl;
use bronya_store::db::backup_sqlite;

use super::{Done, Failure, say};

/// Copies the database into a new file. PostgreSQL has tools of its own for that, and they are better.
pub(crate) fn run(config: &Config, file: &Path) -> Done {
    let DatabaseUrl::Sqlite(path) = &config.database else {
        return Err(Failure::new(
            "PostgreSQL is backed up with its own tools, while the servers run:\n\
             \n    pg_dump --format=custom --file=FILE URL        a snapshot; restore it with pg_restore\
             \n    pg_basebackup and WAL archiving                up to the last second\n\
             \ndocs/OPERATIONS.md says more.",
        ));
    };
    if !path.exists() {
        return Err(Failure::new(format!("there is no database {}", path.display())));
    }
    backup_sqlite(path, file)?;
    say(format!("backed {} up to {}", path.display(), file.display()))
}
