//! What is tortured: servers that run already, or servers of our own on a database of our own, which can be killed,
//! stopped and started again. Everything of our own goes away at the end.

use crate::api::{ApiError, World};
use crate::postgres::{self, Cluster, Durability};
use crate::process::{Server, ServerCommand, TemporaryFolder, free_address};
use crate::random::Random;
use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// The administrator of servers of our own.
const ADMIN: &str = "warden";
/// And its password.
const ADMIN_PASSWORD: &str = "seven-lanterns-over-quiet-harbour";

/// A database of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A cluster.
    Postgres,
}

impl std::fmt::Display for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// Why a scenario can't go on.
#[derive(Debug, Error)]
pub enum TargetError {
    /// Files, processes.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// No PostgreSQL.
    #[error(transparent)]
    Postgres(#[from] postgres::Error),
    /// The server doesn't do what every scenario needs.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// No connection.
    #[error(transparent)]
    NoAnswer(#[from] crate::http::NoAnswer),
    /// A task of ours panicked.
    #[error(transparent)]
    Join(#[from] tokio::task::JoinError),
    /// What was asked for can't be done with this target.
    #[error("{0}")]
    Usage(String),
}

/// Servers of our own.
#[derive(Debug)]
pub struct Own {
    /// How to start one.
    pub command: ServerCommand,
    /// Those that run.
    pub servers: Vec<Server>,
    /// The cluster, on PostgreSQL.
    pub cluster: Option<Cluster>,
    /// How long the first start took, on an empty database.
    pub first_start: Duration,
    // Last, so that it goes away after all that works in it.
    _folder: TemporaryFolder,
}

/// How to make servers of our own.
#[derive(Debug, Clone)]
pub struct OwnOptions {
    /// The binary.
    pub bronya: PathBuf,
    /// Which database.
    pub backend: Backend,
    /// How many nodes; more than one only on PostgreSQL.
    pub nodes: usize,
    /// Where the data goes.
    pub work_folder: PathBuf,
    /// More arguments for `serve`.
    pub arguments: Vec<OsString>,
}

impl Own {
    /// A fresh database, an administrator, and the nodes, all ready.
    pub async fn start(options: &OwnOptions) -> Result<Self, TargetError> {
        let name = format!("bronya-torture-{}-{:x}", std::process::id(), Random::fresh_seed());
        let folder = TemporaryFolder::new(&options.work_folder, &name)?;
        let (database, cluster) = match options.backend {
            Backend::Sqlite if options.nodes > 1 => {
                return Err(TargetError::Usage("one SQLite file has one server".to_owned()));
            }
            Backend::Sqlite => (format!("sqlite://{}", folder.path().join("bronya.db").display()), None),
            Backend::Postgres => {
                let cluster = Cluster::start_in(&options.work_folder, Durability::Durable)?;
                (cluster.create_database()?, Some(cluster))
            }
        };
        let bronya = std::path::absolute(&options.bronya)?;
        let data_folder = folder.path().to_path_buf();
        let arguments = options.arguments.clone();
        let command = ServerCommand { bronya, database, data_folder, arguments };
        command.create_admin(ADMIN, ADMIN_PASSWORD)?;
        // The first makes the signing key, which the others must find.
        let (server, first_start) = command.start(free_address()?).await?;
        let mut own = Self { command, servers: vec![server], cluster, first_start, _folder: folder };
        while own.servers.len() < options.nodes {
            let (server, _) = own.command.start(free_address()?).await?;
            own.servers.push(server);
        }
        Ok(own)
    }

    /// Where the nodes listen.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(|server| server.address).collect()
    }

    /// Signs in on them.
    pub async fn enter(&self, seed: u64) -> Result<World, TargetError> {
        Ok(World::enter(self.addresses(), (ADMIN, ADMIN_PASSWORD), seed).await?)
    }

    /// SIGKILL to one node, at once a new one at the same address, and how long until that is ready.
    pub async fn kill_and_restart(&mut self, node: usize) -> Result<Duration, TargetError> {
        self.servers[node].kill()?;
        let (server, ready) = self.command.start(self.servers[node].address).await?;
        self.servers[node] = server;
        Ok(ready)
    }

    /// The lines of PostgreSQL's log that a healthy run does not have.
    pub fn database_errors(&self) -> Vec<String> {
        let log = self.cluster.as_ref().map(Cluster::log).unwrap_or_default();
        let bad = |line: &&str| ["deadlock", "PANIC", "could not serialize"].iter().any(|word| line.contains(word));
        log.lines().filter(bad).map(str::to_owned).collect()
    }

    /// The file of the SQLite database, if it is one.
    pub fn database_file(&self) -> Option<&Path> {
        self.command.database.strip_prefix("sqlite://").map(Path::new)
    }
}
