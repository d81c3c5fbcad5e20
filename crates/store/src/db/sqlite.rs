//! SQLite: the bundled library, in WAL mode with `synchronous=FULL`, every pragma read back. One writer, whose
//! connection lives on a thread of its own, and [those who read](super::readers).

use std::fs::{DirBuilder, File, OpenOptions};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::{ToSqlOutput, Type, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use uuid::Uuid;

use super::{Around, Inner, Row, Sink, Step, Tx, Value};
use crate::error::{Result, StoreError};

/// Statements that a connection keeps prepared: more than there are.
const STATEMENTS_KEPT_MAX: usize = 256;
/// How long a connection waits for a lock that a backup or a checkpoint holds.
const LOCK_WAIT_MAX: Duration = Duration::from_secs(5);
/// Pages of write-ahead log between checkpoints: measured between 1,000 and 4,000, the tail stays short.
const CHECKPOINT_PAGES: i64 = 4_000;
/// Page cache of the connection that writes, in KiB: a booking touches a leaf of each index, and one that is not in the
/// cache is copied in and out.
const WRITER_CACHE_KIB: i64 = 48 * 1_024;
/// Page cache of a connection that reads, in KiB.
const READER_CACHE_KIB: i64 = 4 * 1_024;

/// Whether a connection may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reads and writes, and makes the file where it is missing.
    Write,
    /// Reads.
    Read,
}

/// Makes the folder and the file where they are missing, for their owner alone: the file holds password hashes and
/// keys. SQLite gives the files beside it the same rights.
fn make_private(path: &Path) -> Result<()> {
    let failed =
        |what: &Path, error: std::io::Error| StoreError::Unavailable(format!("can't make {}: {error}", what.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(folder).map_err(|error| failed(folder, error))?;
    }
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.create(true).truncate(false).write(true).open(path).map(drop).map_err(|error| failed(path, error))
}

/// Opens the file with every pragma set and read back.
pub(crate) fn open(path: &Path, access: Access) -> Result<Tx> {
    if access == Access::Write {
        make_private(path)?;
    }
    let flags = match access {
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
    connection.busy_timeout(LOCK_WAIT_MAX).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT_MAX);
    if access == Access::Write {
        connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES).map_err(failed)?;
        // What is taken out is overwritten, and does not wait in a free page for whoever finds the file.
        connection.pragma_update(None, "secure_delete", true).map_err(failed)?;
        expect_pragma(&connection, "secure_delete", &rusqlite::types::Value::Integer(1))?;
    }
    let full_sync = 2_i64;
    connection.pragma_update(None, "synchronous", full_sync).map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    connection.pragma_update(None, "trusted_schema", false).map_err(failed)?;
    connection.pragma_update(None, "temp_store", "MEMORY").map_err(failed)?;
    let cache_kib = if access == Access::Write { WRITER_CACHE_KIB } else { READER_CACHE_KIB };
    // Negative is in KiB, positive in pages.
    connection.pragma_update(None, "cache_size", -cache_kib).map_err(failed)?;
    // A journal mode that could not be set is no error to SQLite: it stays what it was.
    expect_pragma(&connection, "journal_mode", &rusqlite::types::Value::Text("wal".to_owned()))?;
    expect_pragma(&connection, "synchronous", &rusqlite::types::Value::Integer(full_sync))?;
    expect_pragma(&connection, "foreign_keys", &rusqlite::types::Value::Integer(1))?;
    Ok(Tx(Inner::Sqlite(connection)))
}

fn expect_pragma(connection: &Connection, name: &str, wanted: &rusqlite::types::Value) -> Result<()> {
    let found: rusqlite::types::Value = connection.pragma_query_value(None, name, |row| row.get(0)).map_err(failed)?;
    if found == *wanted {
        Ok(())
    } else {
        Err(StoreError::Internal(format!("SQLite's {name} is {found:?} and must be {wanted:?}")))
    }
}

/// An exclusive lock beside the database file, held as long as this lives: a second server on the same file
/// is refused.
#[derive(Debug)]
pub(crate) struct FileLock(#[expect(dead_code, reason = "held for its lock")] File);

impl FileLock {
    /// Makes the folder where it is missing, and takes the lock.
    pub(crate) fn take(database: &Path) -> Result<Self> {
        let path = lock_path(database);
        make_private(&path)?;
        let file = OpenOptions::new().write(true).open(&path).map_err(|error| {
            StoreError::Unavailable(format!("can't open the lock file {}: {error}", path.display()))
        })?;
        file.try_lock().map_err(|_| {
            StoreError::Unavailable(format!(
                "another server has the database {} open (its lock file is {}): \
                 SQLite serves one server at a time; stop the other one, or use PostgreSQL for several",
                database.display(),
                path.display()
            ))
        })?;
        Ok(Self(file))
    }
}

/// Beside the file itself, whatever links lead to it: SQLite keeps its write-ahead log there as well.
fn lock_path(database: &Path) -> PathBuf {
    let file = database.canonicalize();
    let mut name = file.as_deref().unwrap_or(database).as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// Runs a future that never waits, as store functions on SQLite are, to its end.
pub(crate) fn block_on_ready<T>(future: impl Future<Output = T>) -> Result<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Ok(answer),
        Poll::Pending => Err(StoreError::Internal("a store function waited inside SQLite".to_owned())),
    }
}

pub(super) fn run(
    connection: &Connection,
    text: &'static str,
    arguments: &[Value],
    sink: Option<Sink<'_>>,
) -> Result<u64> {
    let mut statement = connection.prepare_cached(text).map_err(failed)?;
    run_prepared(connection, &mut statement, arguments, sink)
}

fn run_prepared(
    connection: &Connection,
    statement: &mut rusqlite::CachedStatement<'_>,
    arguments: &[Value],
    sink: Option<Sink<'_>>,
) -> Result<u64> {
    for (at, value) in arguments.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, value).map_err(failed)?;
    }
    if statement.column_count() == 0 {
        return Ok(statement.raw_execute().map_err(failed)? as u64);
    }
    let mut rows = statement.raw_query();
    let mut ignore = |_: &Row<'_>| Ok(());
    let sink = sink.unwrap_or(&mut ignore);
    while let Some(row) = rows.next().map_err(failed)? {
        sink(&Row::Sqlite(row))?;
    }
    drop(rows);
    Ok(connection.changes())
}

pub(super) fn pipeline(connection: &Connection, around: Around, steps: Vec<Step<'_>>) -> Result<()> {
    if around == Around::Begin {
        run(connection, "BEGIN IMMEDIATE", &[], None)?;
    }
    for step in steps.into_iter().filter(|step| !(step.rows.is_empty() || step.sqlite.is_empty())) {
        let mut ignore = |_: &Row<'_>| Ok(());
        let sink = step.sink.unwrap_or(&mut ignore);
        let mut statement = connection.prepare_cached(step.sqlite).map_err(failed)?;
        for row in step.rows.chunks(step.columns) {
            run_prepared(connection, &mut statement, row, Some(&mut *sink))?;
        }
    }
    if around == Around::Commit {
        run(connection, "COMMIT", &[], None)?;
    }
    Ok(())
}

pub(super) fn rollback(connection: &Connection) {
    if connection.is_autocommit() {
        return;
    }
    if let Err(error) = run(connection, "ROLLBACK", &[], None) {
        tracing::error!(%error, "rollback failed");
    }
}

pub(super) fn script(connection: &Connection, text: &str) -> Result<()> {
    connection.execute_batch(text).map_err(failed)
}

/// Brings the write-ahead log into the file, and leaves it empty.
pub(super) fn checkpoint(connection: &Connection) -> Result<()> {
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(failed)?;
    if busy {
        return Err(StoreError::Busy("somebody else reads the database: its write-ahead log still belongs to it"));
    }
    Ok(())
}

/// Writes the file anew without what was ever taken out of it, and empties the write-ahead log. Pages that were split
/// keep copies in their unused parts, which overwriting what is deleted does not reach.
pub(super) fn scrub(connection: &Connection) -> Result<()> {
    // The copy that is being made is as large as the database: it goes to a file, and not into memory.
    connection.pragma_update(None, "temp_store", "FILE").map_err(failed)?;
    let rewritten = script(connection, "VACUUM");
    connection.pragma_update(None, "temp_store", "MEMORY").map_err(failed)?;
    rewritten?;
    checkpoint(connection)
}

#[cfg(test)]
pub(super) fn prepare(connection: &Connection, text: &'static str) -> Result<usize> {
    Ok(connection.prepare(text).map_err(failed)?.parameter_count())
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Uuid(id) => ValueRef::Blob(id.as_bytes()),
            Self::Time(time) => ValueRef::Integer(time.as_microsecond()),
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Bool(yes) => ValueRef::Integer(i64::from(*yes)),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Word(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

pub(super) fn is_null(row: &rusqlite::Row<'_>, at: usize) -> Result<bool> {
    Ok(row.get_ref(at).map_err(failed)?.data_type() == Type::Null)
}

pub(super) fn get<T: rusqlite::types::FromSql>(row: &rusqlite::Row<'_>, at: usize) -> Result<T> {
    row.get(at).map_err(failed)
}

pub(super) fn text<'a>(row: &'a rusqlite::Row<'_>, at: usize) -> Result<&'a str> {
    row.get_ref(at).map_err(failed)?.as_str().map_err(|error| StoreError::Internal(format!("column {at}: {error}")))
}

pub(super) fn uuid(row: &rusqlite::Row<'_>, at: usize) -> Result<Uuid> {
    match row.get_ref(at).map_err(failed)? {
        ValueRef::Blob(bytes) => {
            Uuid::from_slice(bytes).map_err(|error| StoreError::Internal(format!("column {at}: {error}")))
        }
        other => Err(StoreError::Internal(format!("column {at} is {} and not an id", other.data_type()))),
    }
}

pub(super) fn time(row: &rusqlite::Row<'_>, at: usize) -> Result<Timestamp> {
    Timestamp::from_microsecond(get(row, at)?).map_err(|error| StoreError::Internal(format!("column {at}: {error}")))
}

/// Sorts an error of SQLite's. A failed write or sync ends the process: after one, what a later sync says of the
/// same pages can't be believed (PostgreSQL's "fsyncgate", 2018).
#[expect(clippy::needless_pass_by_value, reason = "goes straight into `map_err`")]
fn failed(error: rusqlite::Error) -> StoreError {
    let text = error.to_string();
    let rusqlite::Error::SqliteFailure(code, _) = &error else { return StoreError::Internal(text) };
    match (code.code, code.extended_code) {
        (ErrorCode::DiskFull, _) => StoreError::Full(text),
        (
            _,
            ffi::SQLITE_IOERR_FSYNC
            | ffi::SQLITE_IOERR_DIR_FSYNC
            | ffi::SQLITE_IOERR_WRITE
            | ffi::SQLITE_IOERR_TRUNCATE,
        ) => {
            tracing::error!(error = %text, "a write to the database file failed: stopping at once");
            std::process::exit(74);
        }
        (_, ffi::SQLITE_CONSTRAINT_TRIGGER) if text.contains("no_overlap") => StoreError::Overlap(text),
        (_, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => StoreError::NotUnique(text),
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => {
            StoreError::Busy("another process held the database for too long")
        }
        (
            ErrorCode::CannotOpen
            | ErrorCode::NotADatabase
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::SystemIoFailure,
            _,
        ) => StoreError::Unavailable(text),
        _ => StoreError::Internal(text),
    }
}

/// Copies a database, also one that is being written to, page by page into a new file.
pub fn backup(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        return Err(StoreError::Unavailable(format!("{} exists already", to.display())));
    }
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    source.busy_timeout(LOCK_WAIT_MAX).map_err(failed)?;
    make_private(to)?;
    let mut target = Connection::open(to).map_err(failed)?;
    copy(&source, &mut target)?;
    // The copy carries the write-ahead mode; one file is easier to carry away.
    target.pragma_update(None, "journal_mode", "DELETE").map_err(failed)?;
    verify(&target)?;
    drop(target);
    File::open(to)
        .and_then(|file| file.sync_all())
        .map_err(|error| StoreError::Unavailable(format!("can't sync {}: {error}", to.display())))
}

/// Puts a backup in a database's place. No server may have the database open; the backup is checked first.
pub fn restore(backup: &Path, database: &Path) -> Result<()> {
    let _lock = FileLock::take(database)?;
    let source = Connection::open_with_flags(backup, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    verify(&source)?;
    make_private(database)?;
    let mut target = Connection::open(database).map_err(failed)?;
    target.pragma_update(None, "synchronous", 2).map_err(failed)?;
    copy(&source, &mut target)?;
    verify(&target)
}

fn copy(source: &Connection, target: &mut Connection) -> Result<()> {
    let backup = rusqlite::backup::Backup::new(source, target).map_err(failed)?;
    // All pages in one step: a copy in small steps starts over whenever somebody writes between two of them,
    // and a reader does not hold writers up in WAL mode.
    backup.run_to_completion(i32::MAX, Duration::from_millis(50), None).map_err(failed)
}

fn verify(connection: &Connection) -> Result<()> {
    let verdict: String = connection.pragma_query_value(None, "integrity_check", |row| row.get(0)).map_err(failed)?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Unavailable(format!("the copy is damaged: {verdict}"))) }
}
