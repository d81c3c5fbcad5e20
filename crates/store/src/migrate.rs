//! Migrations: plain SQL, forward only, the same numbers and names on both databases, each in a transaction of its
//! own together with the row that says it is done. Several servers may start at once: one migrates, the others wait.

use jiff::Timestamp;

use crate::db::{Sql, Tx};
use crate::error::{Result, StoreError};

/// One step of the schema.
#[derive(Debug)]
struct Migration {
    version: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migration {
    ($version:literal, $name:literal) => {
        Migration {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }
    };
}

const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001_foundation"),
    migration!(2, "0002_places"),
    migration!(3, "0003_history"),
    migration!(4, "0004_series"),
    migration!(5, "0005_places_in_the_log"),
    migration!(6, "0006_erasure"),
    migration!(7, "0007_parts"),
    migration!(8, "0008_things"),
    migration!(9, "0009_block_series"),
    migration!(10, "0010_people"),
    migration!(11, "0011_waiting"),
    migration!(12, "0012_would_do"),
    migration!(13, "0013_undo"),
    migration!(14, "0014_floor_plans"),
    migration!(15, "0015_public_page"),
    migration!(16, "0016_rules_said"),
    migration!(17, "0017_displays"),
    migration!(18, "0018_links_and_reasons"),
    migration!(19, "0019_time"),
    migration!(21, "0021_shorter_searches"),
    migration!(22, "0022_asked_for"),
    migration!(23, "0023_told"),
    migration!(24, "0024_shifted_blocks"),
];

const CREATE_SQLITE: &str = "CREATE TABLE IF NOT EXISTS schema_migration (
    version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";
const CREATE_POSTGRES: &str = "CREATE TABLE IF NOT EXISTS schema_migration (
    version bigint NOT NULL PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL)";
/// One lock for all of Bronya's migrations on a PostgreSQL database; held to the end of the transaction.
const LOCK_POSTGRES: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; \
    SELECT pg_advisory_xact_lock(4711001)";

pub(crate) const APPLIED: Sql<0> = Sql::new("SELECT coalesce(max(version), 0) FROM schema_migration");
pub(crate) const APPLY: Sql<3> =
    Sql::new("INSERT INTO schema_migration (version, name, applied_at) VALUES ($1, $2, $3)");

/// The version that this program works with.
pub const SCHEMA_VERSION: i64 = MIGRATIONS[MIGRATIONS.len() - 1].version;

/// Brings the schema up to date; returns the names of the steps that were taken.
pub(crate) async fn migrate(tx: &mut Tx, now: Timestamp) -> Result<Vec<&'static str>> {
    let mut taken = Vec::new();
    loop {
        tx.begin().await?;
        let step = next_step(tx, now).await;
        match step {
            Ok(Some(name)) => {
                tx.commit().await?;
                taken.push(name);
            }
            Ok(None) => {
                tx.commit().await?;
                return Ok(taken);
            }
            Err(error) => {
                tx.rollback().await;
                return Err(error);
            }
        }
    }
}

async fn next_step(tx: &mut Tx, now: Timestamp) -> Result<Option<&'static str>> {
    if tx.is_sqlite() {
        tx.script(CREATE_SQLITE).await?;
    } else {
        tx.script(LOCK_POSTGRES).await?;
        tx.script(CREATE_POSTGRES).await?;
    }
    let applied = applied(tx).await?;
    check_not_newer(applied)?;
    let Some(migration) = MIGRATIONS.iter().find(|migration| migration.version > applied) else { return Ok(None) };
    tx.script(if tx.is_sqlite() { migration.sqlite } else { migration.postgres }).await?;
    tx.execute(&APPLY, [migration.version.into(), migration.name.into(), now.into()]).await?;
    Ok(Some(migration.name))
}

async fn applied(tx: &mut Tx) -> Result<i64> {
    Ok(tx.row(&APPLIED, [], |row| row.get(0)).await?.unwrap_or(0))
}

/// Checks that the schema is the one this program works with, without changing anything.
pub(crate) async fn check(tx: &mut Tx) -> Result<()> {
    let applied = applied(tx).await.map_err(|error| match error {
        StoreError::Internal(text) => StoreError::Unavailable(format!("the database has no schema yet: {text}")),
        other => other,
    })?;
    check_not_newer(applied)?;
    if applied < SCHEMA_VERSION {
        return Err(StoreError::Unavailable(format!(
            "the database's schema is version {applied} and has to be {SCHEMA_VERSION}: run `bronya migrate`"
        )));
    }
    Ok(())
}

fn check_not_newer(applied: i64) -> Result<()> {
    if applied > SCHEMA_VERSION {
        return Err(StoreError::Unavailable(format!(
            "the database's schema is version {applied}, newer than this program, which knows {SCHEMA_VERSION}: \
             use the newer program"
        )));
    }
    Ok(())
}
