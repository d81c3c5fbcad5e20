//! For the tests inside this crate: a migrated database of either kind, gone when the test ends.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use crate::db::{Access, Inner, PostgresPool, Row, Tx, open_sqlite};
use crate::error::Result;
use crate::migrate::migrate;

#[path = "../../testkit/src/postgres.rs"]
#[expect(dead_code, unreachable_pub, reason = "a file of the test kit, which uses the standard library alone")]
mod postgres;

/// What goes away when the test ends.
#[derive(Debug)]
pub(crate) enum Guard {
    Folder(PathBuf),
    Database { _dropped: postgres::Database },
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Self::Folder(folder) = self {
            drop(std::fs::remove_dir_all(folder));
        }
    }
}

/// Where a file of SQLite's can be made, in a folder of its own.
pub(crate) fn file() -> (Guard, PathBuf) {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("bronya-store-unit-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("bronya.db");
    (Guard::Folder(folder), file)
}

/// A connection to a database of its own.
#[derive(Debug)]
pub(crate) struct Migrated {
    pub(crate) tx: Tx,
    pub(crate) _guard: Guard,
}

impl Migrated {
    pub(crate) async fn sqlite() -> Self {
        let (guard, file) = file();
        let tx = open_sqlite(&file, Access::Write).unwrap();
        Self::migrated(tx, guard).await
    }

    pub(crate) async fn postgres() -> Self {
        let database = postgres::fresh_database().unwrap();
        let pool = PostgresPool::new(database.url(), 1, Duration::from_secs(10)).unwrap();
        let tx = Tx(Inner::Postgres(Box::new(pool.get().await.unwrap())));
        Self::migrated(tx, Guard::Database { _dropped: database }).await
    }

    async fn migrated(mut tx: Tx, guard: Guard) -> Self {
        migrate(&mut tx, Timestamp::UNIX_EPOCH).await.unwrap();
        Self { tx, _guard: guard }
    }

    /// Rows of a text that the test made up.
    pub(crate) async fn rows<T: Send>(
        &mut self,
        text: &str,
        read: impl FnMut(&Row<'_>) -> Result<T> + Send,
    ) -> Result<Vec<T>> {
        self.tx.rows_of(text.to_owned().leak(), read).await
    }
}
