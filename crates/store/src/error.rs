//! What can go wrong with a database, as far as a caller has to tell the cases apart. The text inside is for the
//! log and never for a client.

use thiserror::Error;

/// The result of a call to the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A database that did not do what it was asked.
#[derive(Clone, Debug, Error)]
pub enum StoreError {
    /// Nobody had time: a queue or a pool is full. Try again shortly.
    #[error("the store is busy: {0}")]
    Busy(&'static str),
    /// The database can't be reached or gave up. Nothing was written.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The connection broke while the transaction was being committed: it may be there or not.
    #[error("the outcome of a commit is unknown: {0}")]
    OutcomeUnknown(String),
    /// There is no room on the disk. Nothing was written.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The database itself refused a claim that overlaps another one.
    #[error("no_overlap: {0}")]
    Overlap(String),
    /// A row with this key is there already.
    #[error("not unique: {0}")]
    NotUnique(String),
    /// Two transactions stood in each other's way, and this one gave up. Nothing was written.
    #[error("gave way to another transaction: {0}")]
    GaveWay(String),
    /// A stored row does not parse.
    #[error("inconsistent row: {table}.{column}: {problem}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column, or the row's part in words.
        column: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// More rows than one request may touch. Nothing was written.
    #[error("too many {0}")]
    TooMuch(&'static str),
    /// Everything else: a statement that is wrong, a database that was changed by other hands.
    #[error("store: {0}")]
    Internal(String),
}

impl StoreError {
    /// A row that does not parse.
    pub(crate) fn inconsistent(table: &'static str, column: &'static str, problem: &(impl ToString + ?Sized)) -> Self {
        Self::Inconsistent { table, column, problem: problem.to_string() }
    }
}
