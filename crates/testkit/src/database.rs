//! A fresh database for one test, on either kind. It goes away with its value.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use bronya_store::DatabaseUrl;

use crate::postgres;

/// Which kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file in a folder of its own.
    Sqlite,
    /// A database on the cluster that all tests of this process share.
    Postgres,
}

/// A fresh database.
#[derive(Debug)]
pub struct TestDatabase(Kind);

#[derive(Debug)]
enum Kind {
    Sqlite(Folder),
    Postgres(postgres::Database),
    Lent(DatabaseUrl),
}

#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What the system's temporary folder keeps longer does no harm.
        let _: std::io::Result<()> = fs::remove_dir_all(&self.0);
    }
}

impl TestDatabase {
    /// A fresh one. Panics with PostgreSQL's own words, or with what to install, where there is none.
    pub fn fresh(backend: Backend) -> Self {
        Self(match backend {
            Backend::Sqlite => Kind::Sqlite(folder()),
            Backend::Postgres => Kind::Postgres(postgres::fresh_database().unwrap_or_else(|error| panic!("{error}"))),
        })
    }

    /// One that the test made, and takes away again.
    pub fn lent(url: DatabaseUrl) -> Self {
        Self(Kind::Lent(url))
    }

    /// Where it is, as a server takes it.
    pub fn url(&self) -> DatabaseUrl {
        match &self.0 {
            Kind::Sqlite(folder) => DatabaseUrl::Sqlite(folder.0.join("bronya.db")),
            Kind::Postgres(database) => DatabaseUrl::Postgres(database.url().to_owned()),
            Kind::Lent(url) => url.clone(),
        }
    }

    /// Lets nobody into a PostgreSQL database, or lets everybody in again.
    pub(crate) fn admit(&self, anybody: bool) {
        match &self.0 {
            Kind::Sqlite(_) => panic!("a file that is open can't be taken away"),
            Kind::Lent(_) => panic!("whoever made the database can do this as well"),
            Kind::Postgres(database) => database.admit(anybody).unwrap_or_else(|error| panic!("{error}")),
        }
    }

    /// Runs a statement on a PostgreSQL database, around the server.
    pub(crate) fn sql(&self, sql: &str) -> String {
        match &self.0 {
            Kind::Postgres(database) => database.query(sql).unwrap_or_else(|error| panic!("{error}")),
            Kind::Sqlite(_) | Kind::Lent(_) => panic!("only for PostgreSQL"),
        }
    }

    /// Everything in it: the bytes of SQLite's files, or all rows of PostgreSQL's tables as text.
    pub(crate) fn dump(&self) -> Vec<u8> {
        match &self.0 {
            Kind::Sqlite(folder) => {
                let mut bytes = Vec::new();
                for file in fs::read_dir(&folder.0).expect("the folder is there") {
                    bytes.extend(fs::read(file.expect("a file").path()).expect("its owner can read it"));
                }
                bytes
            }
            Kind::Lent(_) => panic!("what was lent is somebody else's to look into"),
            Kind::Postgres(database) => {
                let query = |sql: &str| database.query(sql).unwrap_or_else(|error| panic!("{error}"));
                let tables = query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
                assert!(tables.contains("booking"), "no tables: {tables}");
                tables
                    .lines()
                    .flat_map(|table| query(&format!("SELECT row::text FROM {table} AS row")).into_bytes())
                    .collect()
            }
        }
    }

    /// Its kind.
    pub fn backend(&self) -> Backend {
        match self.0 {
            Kind::Sqlite(_) | Kind::Lent(DatabaseUrl::Sqlite(_)) => Backend::Sqlite,
            Kind::Postgres(_) | Kind::Lent(DatabaseUrl::Postgres(_)) => Backend::Postgres,
        }
    }
}

fn folder() -> Folder {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    // Memory is as good as a disk for what is thrown away, and flushes faster.
    let memory = PathBuf::from("/dev/shm");
    let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = parent.join(format!("bronya-test-{}-{number}", std::process::id()));
    // A process that was killed may have left one behind, under an id that was given out again.
    let _: std::io::Result<()> = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    Folder(folder)
}
