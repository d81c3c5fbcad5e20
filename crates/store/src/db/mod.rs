//! Both drivers behind one face. A statement is one text for both databases where that is possible ([`Sql`]), and
//! two texts side by side where a set of rows goes in at once ([`Each`]). The number of its arguments is part of
//! a statement's type: SQLite takes a forgotten one for NULL, and in an overlap check that is a double booking.
//!
//! Nothing outside this folder names a driver.

mod postgres;
mod readers;
mod route;
mod sqlite;
mod tls;

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use uuid::Uuid;

pub use postgres::PoolState;
pub(crate) use postgres::{Pooled, PostgresPool};
pub(crate) use readers::ReaderPool;
pub(crate) use sqlite::{Access, FileLock, block_on_ready, open as open_sqlite};
pub use sqlite::{backup as backup_sqlite, restore as restore_sqlite};

use crate::error::{Result, StoreError};

/// A future in a box: what a closure returns that works inside a transaction.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A statement with `N` arguments, `$1` to `$N`, which appear in that order: one text for both databases.
#[derive(Debug)]
pub struct Sql<const N: usize> {
    text: &'static str,
}

impl<const N: usize> Sql<N> {
    /// Checks, when the program is compiled, that the arguments are `$1` to `$N` and first appear in that order,
    /// which is how SQLite numbers them.
    pub const fn new(text: &'static str) -> Self {
        check_arguments(text, N);
        Self { text }
    }

    /// The text, for the tests that prepare every statement.
    pub const fn text(&self) -> &'static str {
        self.text
    }
}

/// A statement that is run for each of a set of rows with `N` columns: on SQLite once for each, on PostgreSQL once
/// for all, with a column as an array (`unnest($1::uuid[], …)`).
#[derive(Debug)]
pub struct Each<const N: usize> {
    sqlite: &'static str,
    postgres: &'static str,
}

impl<const N: usize> Each<N> {
    /// Checks the arguments of both texts as [`Sql::new`] does.
    pub const fn new(sqlite: &'static str, postgres: &'static str) -> Self {
        check_arguments(sqlite, N);
        check_arguments(postgres, N);
        Self { sqlite, postgres }
    }

    /// A statement that only locks. SQLite has one writer, who needs none of them: nothing is sent there.
    pub const fn lock(postgres: &'static str) -> Self {
        check_arguments(postgres, N);
        Self { sqlite: "", postgres }
    }

    /// Both texts, SQLite's first, for the tests that prepare every statement.
    pub const fn texts(&self) -> (&'static str, &'static str) {
        (self.sqlite, self.postgres)
    }
}

const fn check_arguments(text: &str, count: usize) {
    let bytes = text.as_bytes();
    let (mut at, mut seen) = (0, 0);
    while at < bytes.len() {
        if bytes[at] == b'$' {
            let mut number = 0;
            at += 1;
            while at < bytes.len() && bytes[at].is_ascii_digit() {
                number = number * 10 + (bytes[at] - b'0') as usize;
                at += 1;
            }
            assert!(number >= 1 && number <= seen + 1, "arguments first appear in the order of their numbers");
            if number == seen + 1 {
                seen = number;
            }
        } else {
            at += 1;
        }
    }
    assert!(seen == count, "the text has another number of arguments than its type says");
}

/// An argument.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// An id: `uuid` on PostgreSQL, a blob of 16 bytes on SQLite.
    Uuid(Uuid),
    /// A time: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite.
    Time(Timestamp),
    /// A whole number.
    Int(i64),
    /// Yes or no: `boolean` on PostgreSQL, 1 or 0 on SQLite.
    Bool(bool),
    /// Text.
    Text(String),
    /// Text that never changes.
    Word(&'static str),
    /// Bytes.
    Bytes(Vec<u8>),
}

macro_rules! value_from {
    ($($from:ty => |$it:ident| $into:expr),+ $(,)?) => {
        $(impl From<$from> for Value { fn from($it: $from) -> Self { $into } })+
    };
}

value_from! {
    Uuid => |it| Self::Uuid(it),
    Timestamp => |it| Self::Time(it),
    i64 => |it| Self::Int(it),
    u32 => |it| Self::Int(i64::from(it)),
    u16 => |it| Self::Int(i64::from(it)),
    bool => |it| Self::Bool(it),
    String => |it| Self::Text(it),
    &str => |it| Self::Text(it.to_owned()),
    Vec<u8> => |it| Self::Bytes(it),
    [u8; 32] => |it| Self::Bytes(it.to_vec()),
    bronya_domain::ids::UserId => |it| Self::Uuid(it.0),
    bronya_domain::ids::SessionId => |it| Self::Uuid(it.0),
    bronya_domain::ids::ResourceId => |it| Self::Uuid(it.0),
    bronya_domain::ids::BookingId => |it| Self::Uuid(it.0),
    bronya_domain::ids::BlockId => |it| Self::Uuid(it.0),
    bronya_domain::ids::SiteId => |it| Self::Uuid(it.0),
    bronya_domain::ids::AreaId => |it| Self::Uuid(it.0),
    bronya_domain::ids::SeriesId => |it| Self::Uuid(it.0),
    bronya_domain::ids::KindId => |it| Self::Uuid(it.0),
    bronya_domain::ids::DisplayId => |it| Self::Uuid(it.0),
    bronya_domain::ids::GroupId => |it| Self::Uuid(it.0),
    bronya_domain::ids::PictureId => |it| Self::Uuid(it.0),
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(it: Option<T>) -> Self {
        it.map_or(Self::Null, Into::into)
    }
}

/// A row of an answer. Columns are counted from 0.
#[derive(Debug)]
pub enum Row<'a> {
    #[doc(hidden)]
    Sqlite(&'a rusqlite::Row<'a>),
    #[doc(hidden)]
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// A column, as what it has to be: [`Uuid`], [`Timestamp`], `i64`, `u32`, `bool`, `String`, `Vec<u8>`, or an
    /// `Option` of one of them.
    pub fn get<T: Column>(&self, at: usize) -> Result<T> {
        T::read(self, at)
    }

    /// A column of text that is one of a few words, as what `read` makes of it: nothing is copied.
    pub(crate) fn word<T>(&self, at: usize, read: impl FnOnce(&str) -> Result<T>) -> Result<T> {
        match self {
            Row::Sqlite(row) => read(sqlite::text(row, at)?),
            Row::Postgres(row) => read(postgres::get(row, at)?),
        }
    }
}

/// What a column can be read as.
pub trait Column: Sized {
    #[doc(hidden)]
    fn read(row: &Row<'_>, at: usize) -> Result<Self>;
}

macro_rules! column {
    ($($into:ty: |$row:ident, $at:ident| $sqlite:expr, $postgres:expr);+ $(;)?) => {
        $(impl Column for $into {
            fn read(row: &Row<'_>, $at: usize) -> Result<Self> {
                match row {
                    Row::Sqlite($row) => $sqlite,
                    Row::Postgres($row) => $postgres,
                }
            }
        }
        impl Column for Option<$into> {
            fn read(row: &Row<'_>, at: usize) -> Result<Self> {
                let null = match row {
                    Row::Sqlite(row) => sqlite::is_null(row, at)?,
                    Row::Postgres(row) => postgres::is_null(row, at)?,
                };
                if null { Ok(None) } else { <$into>::read(row, at).map(Some) }
            }
        })+
    };
}

column! {
    Uuid: |row, at| sqlite::uuid(row, at), postgres::get(row, at);
    Timestamp: |row, at| sqlite::time(row, at), postgres::time(row, at);
    i64: |row, at| sqlite::get(row, at), postgres::int(row, at);
    u32: |row, at| narrow(sqlite::get(row, at)?), narrow(postgres::int(row, at)?);
    bool: |row, at| sqlite::get(row, at), postgres::get(row, at);
    String: |row, at| sqlite::get(row, at), postgres::get(row, at);
    Vec<u8>: |row, at| sqlite::get(row, at), postgres::get(row, at);
}

macro_rules! id_column {
    ($($id:ident),+) => {
        $(impl Column for bronya_domain::ids::$id {
            fn read(row: &Row<'_>, at: usize) -> Result<Self> { Uuid::read(row, at).map(Self) }
        }
        impl Column for Option<bronya_domain::ids::$id> {
            fn read(row: &Row<'_>, at: usize) -> Result<Self> {
                Ok(Option::<Uuid>::read(row, at)?.map(bronya_domain::ids::$id))
            }
        })+
    };
}

id_column!(
    UserId, SessionId, ResourceId, BookingId, BlockId, SiteId, AreaId, SeriesId, KindId, GroupId, PictureId, DisplayId
);

fn narrow(number: i64) -> Result<u32> {
    u32::try_from(number).map_err(|_| StoreError::Internal(format!("{number} is out of range")))
}

/// Takes the rows of an answer, one at a time.
pub(crate) type Sink<'a> = &'a mut (dyn FnMut(&Row<'_>) -> Result<()> + Send);

/// One statement of several that are sent together.
pub(crate) struct Step<'a> {
    sqlite: &'static str,
    postgres: &'static str,
    rows: &'a [Value],
    columns: usize,
    sink: Option<Sink<'a>>,
}

impl<'a> Step<'a> {
    /// Runs `each` for all of `rows`; what it answers goes to `sink`.
    pub(crate) fn each<const N: usize>(each: &Each<N>, rows: &'a [[Value; N]], sink: Option<Sink<'a>>) -> Self {
        Self { sqlite: each.sqlite, postgres: each.postgres, rows: rows.as_flattened(), columns: N, sink }
    }

    /// How many statements it comes to: one for all rows, or one for each.
    fn statements(&self, on_sqlite: bool) -> u64 {
        let rows = self.rows.len().checked_div(self.columns).unwrap_or(0) as u64;
        if !on_sqlite {
            rows.min(1)
        } else if self.sqlite.is_empty() {
            0
        } else {
            rows
        }
    }
}

/// Statements that this process has sent since it started, without those that begin and end transactions.
static STATEMENTS: AtomicU64 = AtomicU64::new(0);

/// How many statements this process has sent to its databases.
pub(crate) fn statements() -> u64 {
    STATEMENTS.load(Ordering::Relaxed)
}

/// A connection to either database, with or without a transaction under way.
#[derive(Debug)]
pub struct Tx(pub(crate) Inner);

#[derive(Debug)]
pub(crate) enum Inner {
    Sqlite(rusqlite::Connection),
    Postgres(Box<Pooled>),
}

impl Tx {
    /// Whether this is SQLite; for the few texts and habits that differ.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.0, Inner::Sqlite(_))
    }

    /// Runs a statement and reads each row of its answer.
    pub(crate) async fn rows<const N: usize, T: Send>(
        &mut self,
        sql: &Sql<N>,
        arguments: [Value; N],
        mut read: impl FnMut(&Row<'_>) -> Result<T> + Send,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        let mut sink = |row: &Row<'_>| {
            found.push(read(row)?);
            Ok(())
        };
        self.run(sql.text, &arguments, Some(&mut sink)).await?;
        Ok(found)
    }

    /// Runs a statement that answers at most one row.
    pub(crate) async fn row<const N: usize, T: Send>(
        &mut self,
        sql: &Sql<N>,
        arguments: [Value; N],
        read: impl FnMut(&Row<'_>) -> Result<T> + Send,
    ) -> Result<Option<T>> {
        Ok(self.rows(sql, arguments, read).await?.pop())
    }

    /// Runs a statement that answers nothing; returns how many rows it touched.
    pub(crate) async fn execute<const N: usize>(&mut self, sql: &Sql<N>, arguments: [Value; N]) -> Result<u64> {
        self.run(sql.text, &arguments, None).await
    }

    async fn run(&mut self, text: &'static str, arguments: &[Value], sink: Option<Sink<'_>>) -> Result<u64> {
        STATEMENTS.fetch_add(1, Ordering::Relaxed);
        match &mut self.0 {
            Inner::Sqlite(connection) => sqlite::run(connection, text, arguments, sink),
            Inner::Postgres(connection) => connection.run(text, arguments, sink).await,
        }
    }

    /// Runs several statements, on PostgreSQL sent together; steps without rows are left out. With `Begin` or
    /// `Commit` the transaction starts before the first or is committed after the last of them, in the same
    /// flight.
    pub(crate) async fn pipeline(&mut self, around: Around, steps: Vec<Step<'_>>) -> Result<()> {
        let on_sqlite = self.is_sqlite();
        STATEMENTS.fetch_add(steps.iter().map(|step| step.statements(on_sqlite)).sum(), Ordering::Relaxed);
        match &mut self.0 {
            Inner::Sqlite(connection) => sqlite::pipeline(connection, around, steps),
            Inner::Postgres(connection) => connection.pipeline(around, steps).await,
        }
    }

    /// Starts a transaction: on SQLite with the one write lock, on PostgreSQL READ COMMITTED.
    pub(crate) async fn begin(&mut self) -> Result<()> {
        self.pipeline(Around::Begin, Vec::new()).await
    }

    /// Starts a transaction that sees one state and changes nothing.
    pub(crate) async fn begin_reading(&mut self) -> Result<()> {
        match &mut self.0 {
            Inner::Sqlite(connection) => sqlite::script(connection, "BEGIN"),
            Inner::Postgres(connection) => connection.begin_reading().await,
        }
    }

    /// Commits.
    pub(crate) async fn commit(&mut self) -> Result<()> {
        self.pipeline(Around::Commit, Vec::new()).await
    }

    /// Gives the transaction up, where one is under way.
    pub(crate) async fn rollback(&mut self) {
        match &mut self.0 {
            Inner::Sqlite(connection) => sqlite::rollback(connection),
            Inner::Postgres(connection) => connection.rollback().await,
        }
    }

    /// Runs the statements of a script, such as a migration.
    pub(crate) async fn script(&mut self, text: &str) -> Result<()> {
        match &mut self.0 {
            Inner::Sqlite(connection) => sqlite::script(connection, text),
            Inner::Postgres(connection) => connection.script(text).await,
        }
    }

    /// Brings SQLite's write-ahead log into the file, outside of any transaction; PostgreSQL needs no such thing.
    pub(crate) fn checkpoint(&mut self) -> Result<()> {
        match &mut self.0 {
            Inner::Sqlite(connection) => sqlite::checkpoint(connection),
            Inner::Postgres(_) => Ok(()),
        }
    }

    /// Leaves nothing in the files of what was taken out of the tables. Only SQLite can be made to; PostgreSQL writes over
    /// it in its own time.
    pub(crate) fn scrub(&mut self) -> Result<()> {
        match &mut self.0 {
            Inner::Sqlite(connection) => sqlite::scrub(connection),
            Inner::Postgres(_) => Ok(()),
        }
    }

    /// Lifts the bounds on how long a statement may take, for work that looks at everything.
    pub(crate) async fn be_patient(&mut self) -> Result<()> {
        match &mut self.0 {
            Inner::Sqlite(_) => Ok(()),
            Inner::Postgres(connection) => connection.be_patient().await,
        }
    }

    /// Runs a text that a test made up.
    #[cfg(test)]
    pub(crate) async fn rows_of<T: Send>(
        &mut self,
        text: &'static str,
        mut read: impl FnMut(&Row<'_>) -> Result<T> + Send,
    ) -> Result<Vec<T>> {
        let mut found = Vec::new();
        let mut sink = |row: &Row<'_>| {
            found.push(read(row)?);
            Ok(())
        };
        self.run(text, &[], Some(&mut sink)).await?;
        Ok(found)
    }

    /// Prepares a text; returns how many arguments it takes. For the catalogue test.
    #[cfg(test)]
    pub(crate) async fn prepare(&mut self, text: &'static str) -> Result<usize> {
        match &mut self.0 {
            Inner::Sqlite(connection) => sqlite::prepare(connection, text),
            Inner::Postgres(connection) => connection.prepared_arguments(text).await,
        }
    }
}

/// What goes around the statements of a [pipeline](Tx::pipeline).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Around {
    /// Nothing.
    Nothing,
    /// A transaction starts before them.
    Begin,
    /// The transaction is committed after them.
    Commit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_counted_when_the_program_is_compiled() {
        const { check_arguments("SELECT $1, $2, $1", 2) };
        for (text, count) in [("SELECT $2, $1", 2), ("SELECT $1", 2), ("SELECT $1, $2", 1), ("SELECT $0", 0)] {
            let caught = std::panic::catch_unwind(|| check_arguments(text, count));
            assert!(caught.is_err(), "{text} with {count}");
        }
    }
}
