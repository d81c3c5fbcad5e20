//! The handle to a database: opening, reading, writing, and the way to the engine. Cheap to clone.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::sync::{mpsc, oneshot};

use crate::db::{
    Access, BoxFuture, FileLock, Inner, PoolState, PostgresPool, ReaderPool, Tx, block_on_ready, open_sqlite,
};
use crate::engine::{self, Answered, BATCH_COMMANDS_MAX, BatchReport, Denied, Pending, Queue, Submission, Tools, Turn};
use crate::error::{Result, StoreError};
use crate::ports::{Clock, Ids};
use crate::{audit, db, doctor, migrate};

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL connection URL.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads `sqlite://PATH`, `postgres://…` or `postgresql://…`.
    pub fn parse(url: &str) -> std::result::Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            return if path.is_empty() {
                Err("sqlite:// needs the path of a file, such as sqlite://./bronya.db".to_owned())
            } else {
                Ok(Self::Sqlite(path.into()))
            };
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err("a database is sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME".to_owned())
    }
}

/// How to open a store.
#[derive(Clone)]
pub struct Options {
    /// Where the data is.
    pub url: DatabaseUrl,
    /// Whether to bring the schema up to date; otherwise an old schema is refused.
    pub migrate: bool,
    /// PostgreSQL connections for everything but the engine, or SQLite threads that read.
    pub connections_max: usize,
    /// Commands that may wait for the engine; one more is refused as busy.
    pub queue_max: usize,
    /// How long a caller waits for a connection.
    pub wait_max: Duration,
    /// The time.
    pub clock: Clock,
    /// Ids for the log.
    pub ids: Ids,
    /// Whether a PostgreSQL that can lose what it has acknowledged is refused. Only for tests to switch off.
    pub durable_only: bool,
    /// Whether to be the one server of a SQLite file. Commands that work beside a running server are not.
    pub exclusive: bool,
    /// Told of every batch.
    pub observer: Arc<dyn Fn(BatchReport) + Send + Sync>,
}

impl Options {
    /// The usual sizes, with the system's clock.
    pub fn new(url: DatabaseUrl) -> Self {
        let clock = Clock::system();
        Self {
            url,
            migrate: true,
            connections_max: 8,
            queue_max: 4_096,
            wait_max: Duration::from_secs(3),
            ids: Ids::system(clock.clone()),
            clock,
            durable_only: true,
            exclusive: true,
            observer: Arc::new(|_| {}),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password.
        f.debug_struct("Options").field("migrate", &self.migrate).finish_non_exhaustive()
    }
}

/// Connections to PostgreSQL that the engine takes turns with: one batch is decided while what the one before decided is
/// written and committed.
const ENGINE_CONNECTIONS: usize = 2;

/// A transaction that is not a command, on its way to SQLite's one writer.
type WriteJob = Box<dyn for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, ()> + Send>;

/// What the writer of SQLite is given to do.
enum Work {
    Command(Box<Pending>),
    Transaction(WriteJob),
}

/// The handle. Dropping the last clone ends the engine after what waits is done.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Backend>,
}

#[derive(Debug)]
enum Backend {
    Sqlite { writer: mpsc::Sender<Work>, readers: ReaderPool, lock: Option<FileLock> },
    Postgres { commands: mpsc::Sender<Pending>, pool: PostgresPool },
}

/// How busy the store is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    /// Commands that wait for the engine.
    pub queued: usize,
    /// The pool of connections, or of threads that read.
    pub pool: PoolState,
    /// Statements that this process has sent to its databases since it started.
    pub statements: u64,
}

impl Store {
    /// Opens the database, makes what is missing, and starts the engine. Needs a running tokio runtime.
    pub async fn open(options: Options) -> Result<Self> {
        let backend = match &options.url {
            DatabaseUrl::Sqlite(path) => open_on_sqlite(path, &options)?,
            DatabaseUrl::Postgres(url) => open_on_postgres(url, &options).await?,
        };
        Ok(Self { inner: Arc::new(backend) })
    }

    /// Hands a command to the engine and waits for its answer.
    pub async fn submit(&self, submission: Submission) -> Answered {
        let (reply, answer) = oneshot::channel();
        let pending = Pending { submission, reply };
        let full = || Denied::Store(StoreError::Busy("too many commands wait"));
        match self.inner.as_ref() {
            Backend::Sqlite { writer, .. } => {
                writer.try_send(Work::Command(Box::new(pending))).map_err(|_| full())?;
            }
            Backend::Postgres { commands, .. } => commands.try_send(pending).map_err(|_| full())?,
        }
        // The engine answers everybody; only its death can break this promise, and then nobody knows.
        answer.await.map_err(|_| Denied::Store(StoreError::OutcomeUnknown("the engine is gone".to_owned())))?
    }

    /// Reads. `work` must not write, and sees on PostgreSQL what is committed at each of its statements.
    pub async fn read<T, E, F>(&self, work: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, std::result::Result<T, E>> + Send + 'static,
    {
        match self.inner.as_ref() {
            Backend::Sqlite { readers, .. } => {
                let (reply, answer) = oneshot::channel();
                readers.send(Box::new(move |tx| {
                    Box::pin(async move {
                        let done = AssertUnwindSafe(async { work(tx).await }).catch_unwind().await;
                        if done.is_err() {
                            tx.rollback().await;
                        }
                        // Whoever asked may have hung up.
                        drop(reply.send(done.unwrap_or_else(|_| Err(panicked().into()))));
                    })
                }))?;
                answer.await.map_err(|_| StoreError::Internal("a reader is gone".to_owned()))?
            }
            Backend::Postgres { pool, .. } => {
                let mut tx = Tx(Inner::Postgres(Box::new(pool.get().await?)));
                work(&mut tx).await
            }
        }
    }

    /// Writes, in a transaction of its own that is rolled back where `work` returns an error. For everything that is
    /// not a reservation: accounts, sessions, limits. Reservations go through [`submit`](Self::submit) only.
    pub async fn write<T, E, F>(&self, work: F) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, std::result::Result<T, E>> + Send + 'static,
    {
        match self.inner.as_ref() {
            Backend::Sqlite { writer, .. } => {
                let (reply, answer) = oneshot::channel();
                let job: WriteJob = Box::new(move |tx| {
                    Box::pin(async move {
                        let done = AssertUnwindSafe(transaction(tx, work)).catch_unwind().await;
                        if done.is_err() {
                            tx.rollback().await;
                        }
                        drop(reply.send(done.unwrap_or_else(|_| Err(panicked().into()))));
                    })
                });
                writer.try_send(Work::Transaction(job)).map_err(|_| StoreError::Busy("too many writes wait"))?;
                answer.await.map_err(|_| StoreError::OutcomeUnknown("the writer is gone".to_owned()))?
            }
            Backend::Postgres { pool, .. } => {
                let mut tx = Tx(Inner::Postgres(Box::new(pool.get().await?)));
                transaction(&mut tx, work).await
            }
        }
    }

    /// Audits every invariant, in one state of the database.
    pub async fn audit(&self, now: jiff::Timestamp) -> Result<audit::Report> {
        self.read(move |tx| {
            Box::pin(async move {
                tx.be_patient().await?;
                tx.begin_reading().await?;
                let report = audit::audit(tx, now).await;
                tx.rollback().await;
                report
            })
        })
        .await
    }

    /// Leaves nothing in SQLite's files of what was taken out of the tables: the file is written anew, which takes about
    /// as long as a backup and holds up whoever writes meanwhile. On PostgreSQL it does nothing.
    pub async fn scrub(&self) -> Result<()> {
        let Backend::Sqlite { writer, .. } = self.inner.as_ref() else { return Ok(()) };
        let (reply, answer) = oneshot::channel();
        let job: WriteJob = Box::new(move |tx| {
            Box::pin(async move {
                // Whoever asked may have hung up.
                drop(reply.send(tx.scrub()));
            })
        });
        writer.try_send(Work::Transaction(job)).map_err(|_| StoreError::Busy("too many writes wait"))?;
        answer.await.map_err(|_| StoreError::Internal("the writer is gone".to_owned()))?
    }

    /// Whether the database answers, its schema is the one this program works with, and it would take a write. Nothing is
    /// written for that, so that a full disk is not noticed.
    pub async fn ready(&self) -> Result<()> {
        self.read(|tx| Box::pin(migrate::check(tx))).await?;
        match self.inner.as_ref() {
            // The one writer answers, with the one write lock in its hand.
            Backend::Sqlite { .. } => self.write(|_| Box::pin(async { Ok(()) })).await,
            Backend::Postgres { .. } => self.read(|tx| Box::pin(doctor::check_writable(tx))).await,
        }
    }

    /// Brings everything into the one file of a SQLite database, which is then whole without what stands beside it: for a
    /// server that stops. It does nothing for who is not the only one on the file, and nothing on PostgreSQL.
    pub async fn settle(&self) -> Result<()> {
        let Backend::Sqlite { writer, lock: Some(_), .. } = self.inner.as_ref() else { return Ok(()) };
        let (reply, answer) = oneshot::channel();
        let job: WriteJob = Box::new(move |tx| {
            Box::pin(async move {
                // Whoever asked may have gone away.
                drop(reply.send(tx.checkpoint()));
            })
        });
        let gone = || StoreError::Unavailable("the writer is gone".to_owned());
        writer.send(Work::Transaction(job)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// How busy the store is.
    pub fn load(&self) -> Load {
        let (queued, pool) = match self.inner.as_ref() {
            Backend::Sqlite { writer, readers, .. } => (
                writer.max_capacity() - writer.capacity(),
                PoolState { waiting: readers.waiting(), ..PoolState::default() },
            ),
            Backend::Postgres { commands, pool } => (commands.max_capacity() - commands.capacity(), pool.state()),
        };
        Load { queued, pool, statements: db::statements() }
    }
}

/// One panic must not take the thread along that serves everybody.
fn panicked() -> StoreError {
    StoreError::Internal("the work inside a transaction panicked".to_owned())
}

async fn transaction<T, E, F>(tx: &mut Tx, work: F) -> std::result::Result<T, E>
where
    E: From<StoreError>,
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, std::result::Result<T, E>>,
{
    tx.begin().await?;
    let done = work(tx).await;
    match done {
        Ok(value) => match tx.commit().await {
            Ok(()) => Ok(value),
            Err(error) => {
                tx.rollback().await;
                Err(error.into())
            }
        },
        Err(error) => {
            tx.rollback().await;
            Err(error)
        }
    }
}

fn open_on_sqlite(path: &Path, options: &Options) -> Result<Backend> {
    let lock = if options.exclusive { Some(FileLock::take(path)?) } else { None };
    let mut tx = open_sqlite(path, Access::Write)?;
    block_on_ready(prepare(&mut tx, options))??;
    let readers = ReaderPool::start(path, options.connections_max, options.queue_max)?;
    let (writer, mut queue) = mpsc::channel(options.queue_max);
    let tools = Tools::new(options.clock.clone(), options.ids.clone());
    let observer = Arc::clone(&options.observer);
    std::thread::Builder::new()
        .name("sqlite-writer".to_owned())
        .spawn(move || {
            let mut works = Vec::with_capacity(BATCH_COMMANDS_MAX);
            while queue.blocking_recv_many(&mut works, BATCH_COMMANDS_MAX) > 0 {
                let mut batch = Vec::new();
                for work in works.drain(..) {
                    match work {
                        Work::Command(pending) => batch.push(*pending),
                        Work::Transaction(job) => {
                            if let Err(error) = block_on_ready(job(&mut tx)) {
                                tracing::error!(%error, "a write was given up");
                                block_on_ready(tx.rollback()).unwrap_or(());
                            }
                        }
                    }
                }
                if batch.is_empty() {
                    continue;
                }
                match block_on_ready(engine::serve(&mut tx, &tools, &mut Turn::always(), batch)) {
                    Ok(report) => observer(report),
                    Err(error) => tracing::error!(%error, "a batch was given up"),
                }
            }
        })
        .map_err(|error| StoreError::Internal(format!("can't start a thread: {error}")))?;
    Ok(Backend::Sqlite { writer, readers, lock })
}

async fn open_on_postgres(url: &str, options: &Options) -> Result<Backend> {
    let pool = PostgresPool::new(url, options.connections_max, options.wait_max)?;
    // The engine has connections of its own, so that readers can't starve it, and a thread, so that what PostgreSQL answers does
    // not wait behind requests: everybody waits for the engine.
    let own = PostgresPool::new(url, ENGINE_CONNECTIONS, options.wait_max)?;
    let mut tx = Tx(Inner::Postgres(Box::new(pool.get().await?)));
    if options.durable_only {
        doctor::check_durable(&mut tx).await?;
    }
    prepare(&mut tx, options).await?;
    drop(tx);
    let (commands, queue) = mpsc::channel(options.queue_max);
    let tools = Tools::new(options.clock.clone(), options.ids.clone());
    let observer = Arc::clone(&options.observer);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| StoreError::Internal(format!("can't start a runtime: {error}")))?;
    std::thread::Builder::new()
        .name("engine".to_owned())
        .spawn(move || runtime.block_on(serve_on_postgres(&own, queue, &tools, observer.as_ref())))
        .map_err(|error| StoreError::Internal(format!("can't start a thread: {error}")))?;
    Ok(Backend::Postgres { commands, pool })
}

async fn serve_on_postgres(
    pool: &PostgresPool,
    commands: mpsc::Receiver<Pending>,
    tools: &Tools,
    observer: &(dyn Fn(BatchReport) + Send + Sync),
) {
    let queue = Queue::new(commands);
    let in_turns = (0..ENGINE_CONNECTIONS).map(|_| async {
        let mut turn = Turn::at(&queue);
        loop {
            let batch = queue.batch(&mut turn).await;
            if batch.is_empty() {
                break;
            }
            match pool.get().await {
                Ok(connection) => {
                    let mut tx = Tx(Inner::Postgres(Box::new(connection)));
                    observer(engine::serve(&mut tx, tools, &mut turn, batch).await);
                }
                Err(error) => {
                    for pending in batch {
                        drop(pending.reply.send(Err(Denied::Store(error.clone()))));
                    }
                }
            }
            turn.pass();
        }
    });
    join_all(in_turns).await;
}

async fn prepare(tx: &mut Tx, options: &Options) -> Result<()> {
    if options.migrate {
        for name in migrate::migrate(tx, options.clock.now()).await? {
            tracing::info!(migration = name, "migrated the database");
        }
        Ok(())
    } else {
        migrate::check(tx).await
    }
}
