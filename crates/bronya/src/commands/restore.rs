//! `bronya restore`: puts a backup in the place of a SQLite database. The server has to be stopped.

use std::path::Path;

use bronya_server::config::Config;
use bronya_store::DatabaseUrl;
use bronya_store::db::restore_sqlite;

use super::{Done, Failure, say};

/// Checks the backup and copies it over the database. One that holds something is kept only where `force` is not
/// given.
pub(crate) fn run(config: &Config, file: &Path, force: bool) -> Done {
    let DatabaseUrl::Sqlite(path) = &config.database else {
        return Err(Failure::new(
            "PostgreSQL is restored with its own tools:\n\
             \n    pg_restore --clean --if-exists --dbname=URL FILE        what pg_dump --format=custom wrote\n\
             \ndocs/OPERATIONS.md says more.",
        ));
    };
    if !file.exists() {
        return Err(Failure::new(format!("there is no backup {}", file.display())));
    }
    let in_the_way = path.metadata().is_ok_and(|metadata| metadata.len() > 0);
    if in_the_way && !force {
        return Err(Failure::new(format!(
            "{} exists and would be overwritten: give --force if that is meant",
            path.display()
        )));
    }
    restore_sqlite(file, path)?;
    say(format!("restored {} from {}", path.display(), file.display()))
}
