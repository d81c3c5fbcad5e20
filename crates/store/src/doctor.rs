//! What a database says of itself, for `bronya doctor` and for the checks at start: settings on which the durability of
//! bookings rests, versions, the clock.

use jiff::Timestamp;

use crate::db::{Sql, Tx};
use crate::error::{Result, StoreError};

pub(crate) const POSTGRES_SETTINGS: Sql<0> = Sql::new(
    "SELECT current_setting('server_version_num'), current_setting('fsync'), current_setting('synchronous_commit'),
        current_setting('full_page_writes'), current_setting('synchronous_standby_names'),
        current_setting('max_connections'), CAST(pg_is_in_recovery() AS text), clock_timestamp()",
);
pub(crate) const SQLITE_SETTINGS: Sql<0> = Sql::new(
    "SELECT sqlite_version(), (SELECT journal_mode FROM pragma_journal_mode), (SELECT synchronous FROM pragma_synchronous),
        (SELECT quick_check FROM pragma_quick_check LIMIT 1)",
);

pub(crate) const POSTGRES_READ_ONLY: Sql<0> =
    Sql::new("SELECT CAST(current_setting('transaction_read_only') AS boolean)");

/// How good or bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Good,
    /// Works, and could hurt one day.
    Warning,
    /// Has to be mended.
    Bad,
}

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// How good or bad it is.
    pub level: Level,
    /// What it is.
    pub what: String,
    /// How to mend it; empty where there is nothing to mend.
    pub remedy: &'static str,
}

impl Diagnosis {
    /// Something that is as it should be.
    pub fn good(what: impl Into<String>) -> Self {
        Self { level: Level::Good, what: what.into(), remedy: "" }
    }

    /// Something to know about.
    pub fn warning(what: impl Into<String>, remedy: &'static str) -> Self {
        Self { level: Level::Warning, what: what.into(), remedy }
    }

    /// Something to mend.
    pub fn bad(what: impl Into<String>, remedy: &'static str) -> Self {
        Self { level: Level::Bad, what: what.into(), remedy }
    }
}

#[derive(Debug)]
struct Postgres {
    version: i64,
    fsync: String,
    synchronous_commit: String,
    full_page_writes: String,
    standbys: String,
    connections_max: i64,
    in_recovery: bool,
    clock: Timestamp,
}

async fn postgres(tx: &mut Tx) -> Result<Postgres> {
    let number = |text: String| text.parse().unwrap_or(0);
    let read = tx.row(&POSTGRES_SETTINGS, [], |row| {
        Ok(Postgres {
            version: number(row.get(0)?),
            fsync: row.get(1)?,
            synchronous_commit: row.get(2)?,
            full_page_writes: row.get(3)?,
            standbys: row.get(4)?,
            connections_max: number(row.get(5)?),
            in_recovery: row.get::<String>(6)? == "true",
            clock: row.get(7)?,
        })
    });
    read.await?.ok_or_else(|| StoreError::Internal("PostgreSQL tells no settings".to_owned()))
}

/// Refuses a PostgreSQL that can lose what it has acknowledged. SQLite's settings are this program's own, and are read
/// back when a file is opened.
pub(crate) async fn check_durable(tx: &mut Tx) -> Result<()> {
    let settings = postgres(tx).await?;
    if settings.fsync != "on" {
        return Err(StoreError::Unavailable(
            "PostgreSQL runs with fsync=off and would lose bookings in a power cut: set fsync=on".to_owned(),
        ));
    }
    if settings.synchronous_commit == "off" {
        return Err(StoreError::Unavailable(
            "PostgreSQL runs with synchronous_commit=off and would lose bookings in a crash: set it to on".to_owned(),
        ));
    }
    Ok(())
}

/// Refuses a PostgreSQL that takes no writes: a standby, a primary that was made one, or one that was told to.
pub(crate) async fn check_writable(tx: &mut Tx) -> Result<()> {
    if tx.row(&POSTGRES_READ_ONLY, [], |row| row.get(0)).await? == Some(false) {
        return Ok(());
    }
    Err(StoreError::Unavailable(
        "PostgreSQL takes no writes: it is a standby, or default_transaction_read_only is on".to_owned(),
    ))
}

/// Looks at everything. `now` is this machine's clock.
pub async fn examine(tx: &mut Tx, now: Timestamp) -> Result<Vec<Diagnosis>> {
    if tx.is_sqlite() { examine_sqlite(tx).await } else { examine_postgres(tx, now).await }
}

async fn examine_sqlite(tx: &mut Tx) -> Result<Vec<Diagnosis>> {
    let read = tx.row(&SQLITE_SETTINGS, [], |row| {
        Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<i64>(2)?, row.get::<String>(3)?))
    });
    let Some((version, journal, synchronous, check)) = read.await? else {
        return Err(StoreError::Internal("SQLite tells no settings".to_owned()));
    };
    Ok(vec![
        Diagnosis::good(format!("SQLite {version}, built in")),
        if journal == "wal" && synchronous == 2 {
            Diagnosis::good("the file is in WAL mode and every commit is synced (synchronous=FULL)")
        } else {
            Diagnosis::bad(
                format!("journal_mode is {journal} and synchronous {synchronous}, instead of wal and 2"),
                "keep the file on a local disk; network file systems can't hold it",
            )
        },
        if check == "ok" {
            Diagnosis::good("SQLite's quick check finds the file sound")
        } else {
            Diagnosis::bad(format!("the file is damaged: {check}"), "restore the last backup: bronya restore FILE")
        },
    ])
}

async fn examine_postgres(tx: &mut Tx, now: Timestamp) -> Result<Vec<Diagnosis>> {
    let settings = postgres(tx).await?;
    let mut found = Vec::new();
    let version = format!("PostgreSQL {}", settings.version / 10_000);
    found.push(if settings.version >= 150_000 {
        Diagnosis::good(version)
    } else {
        Diagnosis::warning(format!("{version}; Bronya is tested with 15 and later"), "upgrade PostgreSQL")
    });
    for (name, value, remedy) in [
        ("fsync", &settings.fsync, "set fsync = on in postgresql.conf: without it a power cut loses bookings"),
        ("full_page_writes", &settings.full_page_writes, "set full_page_writes = on in postgresql.conf"),
    ] {
        found.push(if value == "on" {
            Diagnosis::good(format!("{name} is on"))
        } else {
            Diagnosis::bad(format!("{name} is {value}"), remedy)
        });
    }
    found.push(match settings.synchronous_commit.as_str() {
        "off" => Diagnosis::bad("synchronous_commit is off", "set synchronous_commit = on: a crash loses bookings"),
        "local" | "remote_write" if !settings.standbys.is_empty() => Diagnosis::warning(
            format!("synchronous_commit is {}: a fail-over can lose bookings", settings.synchronous_commit),
            "set synchronous_commit = on, so that a standby has flushed what was acknowledged",
        ),
        value => Diagnosis::good(format!("synchronous_commit is {value}")),
    });
    found.push(if settings.standbys.is_empty() {
        Diagnosis::warning(
            "there is no synchronous standby: losing this machine's disk loses what no backup has",
            "name one in synchronous_standby_names (docs/OPERATIONS.md says how)",
        )
    } else {
        Diagnosis::good(format!("synchronous standbys: {}", settings.standbys))
    });
    found.push(if settings.in_recovery {
        Diagnosis::bad("this is a standby, which can't be written to", "use the URL of the primary")
    } else {
        Diagnosis::good("this is a primary")
    });
    found.push(if settings.connections_max >= 20 {
        Diagnosis::good(format!("max_connections is {}", settings.connections_max))
    } else {
        Diagnosis::warning(
            format!("max_connections is {}; each server uses up to 10", settings.connections_max),
            "raise max_connections, or lower database_connections_max",
        )
    });
    let apart = settings.clock.duration_since(now).abs().as_secs();
    found.push(if apart <= 2 {
        Diagnosis::good("this machine's clock and the database's agree")
    } else {
        Diagnosis::warning(
            format!("this machine's clock and the database's are {apart} s apart"),
            "let NTP set both clocks",
        )
    });
    Ok(found)
}
