//! A throw-away PostgreSQL for tests: finds the binaries, makes a cluster in a temporary folder, hands out fresh
//! databases, and leaves nothing behind, not even when the test is killed. It uses the standard library alone (so that
//! any tool of the workspace can include it), and it never skips: where PostgreSQL is missing, it says so as an error.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Names the folder that holds `postgres` and `initdb`, where they stand in none of the usual places.
pub const BIN_VARIABLE: &str = "BRONYA_TEST_PG_BIN";
/// Names a running server (`postgres://user@host:port/any`) to make the fresh databases on, instead of a cluster of our own.
pub const URL_VARIABLE: &str = "BRONYA_TEST_POSTGRES_URL";
/// The oldest major version of PostgreSQL that is supported.
pub const VERSION_MIN: u32 = 15;

/// Sockets that one cluster accepts at once.
const CONNECTIONS_MAX: u32 = 200;
/// A Unix socket's path must fit into 104 bytes on macOS, 108 on Linux; `/.s.PGSQL.65535` is added to the folder's name.
const SOCKET_FOLDER_BYTES_MAX: usize = 85;
/// How long a cluster may take until it answers. Recovery after a crash is part of it.
const START_SECONDS_MAX: u64 = 60;
/// Other processes look for free ports too, so a port may be gone when PostgreSQL wants it.
const START_ATTEMPTS_MAX: u32 = 5;
/// The superuser of every cluster; there is no password, only loopback and the socket's folder can reach it.
const USER: &str = "bronya";

/// Stands between the tests and PostgreSQL, as its parent: reads one line from its standard input, then stops the server.
/// When the tests end in whatever way, even by SIGKILL, the pipe closes, `read` fails, and the folder goes away too.
const GUARD: &str = r#"
"$@" >>"$BRONYA_LOG" 2>&1 &
server=$!
read -r word
case "$word" in
    crash) kill -KILL "$server" ;;
    *) kill -INT "$server" ;;
esac
wait "$server"
if [ "$word" != crash ] && [ "$word" != stop ]; then rm -rf -- "$BRONYA_FOLDER"; fi
exit 0
"#;

/// Why there is no PostgreSQL; the text says what to do about it.
#[derive(Debug)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

fn error(doing: impl fmt::Display, cause: impl fmt::Display) -> Error {
    Error(format!("{doing}: {cause}"))
}

/// Whether a cluster waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As in production: a commit is on disk before it is answered. For durability tests and benchmarks.
    Durable,
    /// Several times faster: a commit survives a crash of PostgreSQL, and not one of the machine.
    Fast,
}

/// PostgreSQL's programs.
#[derive(Debug, Clone)]
pub struct Binaries {
    folder: PathBuf,
    version: u32,
}

impl Binaries {
    /// Looks in [`BIN_VARIABLE`], `PATH`, and the folders where packages put them; the newest version wins.
    ///
    /// # Errors
    ///
    /// None of at least [`VERSION_MIN`] was found; the text says how to install it.
    pub fn find() -> Result<Self, Error> {
        if let Some(folder) = variable(BIN_VARIABLE) {
            return Self::at(Path::new(&folder)).ok_or_else(|| {
                Error(format!("{BIN_VARIABLE} names {folder}, which holds no postgres, initdb and psql of version {VERSION_MIN} or later"))
            });
        }
        candidates().iter().filter_map(|folder| Self::at(folder)).max_by_key(|found| found.version).ok_or_else(|| {
            Error(format!(
                "PostgreSQL {VERSION_MIN} or later is needed for this, and its programs (postgres, initdb, psql) were not found. \
                 Debian and Ubuntu: apt-get install postgresql. Fedora: dnf install postgresql-server. macOS: brew install postgresql. \
                 Elsewhere, set {BIN_VARIABLE} to the folder that holds them."
            ))
        })
    }

    fn at(folder: &Path) -> Option<Self> {
        // Distributions link `postgres` into a folder of PATH without its companions: follow it home.
        let home = fs::canonicalize(folder.join("postgres")).ok()?.parent()?.to_path_buf();
        if !home.join("initdb").is_file() || !home.join("psql").is_file() {
            return None;
        }
        let output = Command::new(home.join("postgres")).arg("--version").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.split_whitespace().find_map(|word| word.split(['.', 'b', 'r', 'd']).next()?.parse().ok())?;
        (version >= VERSION_MIN).then_some(Self { folder: home, version })
    }

    /// The folder that holds the programs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The major version.
    pub fn version(&self) -> u32 {
        self.version
    }

    fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        variable("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    // Debian; Red Hat's own repository; Homebrew on both architectures; the Mac application.
    for (parent, tail) in [
        ("/usr/lib/postgresql", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "bin"),
        ("/usr", "bin"),
    ] {
        let Ok(entries) = fs::read_dir(parent) else {
            continue;
        };
        for entry in entries.flatten() {
            if parent.starts_with("/usr/lib")
                || entry.file_name().to_string_lossy().contains("ostgres")
                || entry.file_name().to_string_lossy().starts_with("pgsql")
            {
                folders.push(entry.path().join(tail));
            }
        }
    }
    folders.extend(["/usr/local/pgsql/bin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map(PathBuf::from));
    folders
}

#[expect(clippy::disallowed_methods, reason = "the harness of the tests has no configuration but the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A running cluster of our own. It is stopped, and its folder removed, when this is dropped or this process dies.
#[derive(Debug)]
pub struct Cluster {
    binaries: Binaries,
    folder: PathBuf,
    owner: Option<Account>,
    durability: Durability,
    port: u16,
    guard: Option<Guard>,
}

#[derive(Debug)]
struct Guard {
    process: Child,
    line: ChildStdin,
}

/// The account that PostgreSQL runs under where we are root, since it refuses to run as root.
#[derive(Debug, Clone, Copy)]
struct Account {
    uid: u32,
    gid: u32,
}

impl Cluster {
    /// Makes a cluster below the system's temporary folder and starts it.
    ///
    /// # Errors
    ///
    /// No binaries ([`Binaries::find`]), or PostgreSQL's own words on why it can't start.
    pub fn start(durability: Durability) -> Result<Self, Error> {
        Self::start_in(&std::env::temp_dir(), durability)
    }

    /// Like [`Self::start`], with the folder to put the data into: a benchmark wants a real disk, and knows which.
    ///
    /// # Errors
    ///
    /// As [`Self::start`].
    pub fn start_in(parent: &Path, durability: Durability) -> Result<Self, Error> {
        let binaries = Binaries::find()?;
        let (folder, owner) = make_folder(parent)?;
        let mut cluster = Self { binaries, folder, owner, durability, port: 0, guard: None };
        cluster.init()?;
        cluster.launch()?;
        Ok(cluster)
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        // Our current folder may be closed to that account.
        command.current_dir(&self.folder).env("LC_ALL", "C").env("TZ", "UTC");
        if let Some(owner) = self.owner {
            command.uid(owner.uid).gid(owner.gid);
        }
        command
    }

    fn init(&self) -> Result<(), Error> {
        let output = self
            .command(self.binaries.program("initdb"))
            .arg("--pgdata")
            .arg(self.data_folder())
            .args([
                "--username",
                USER,
                "--auth",
                "trust",
                "--encoding",
                "UTF8",
                "--no-locale",
                "--no-sync",
                "--no-instructions",
            ])
            .stdin(Stdio::null())
            .output()
            .map_err(|cause| error("initdb can't be run", cause))?;
        succeeded("initdb", &output)?;
        let durable = self.durability == Durability::Durable;
        let switch = if durable { "on" } else { "off" };
        let sockets = if self.folder.as_os_str().len() <= SOCKET_FOLDER_BYTES_MAX {
            self.folder.as_path()
        } else {
            Path::new("")
        };
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\nmax_connections = {CONNECTIONS_MAX}\n\
             fsync = {switch}\nfull_page_writes = {switch}\nsynchronous_commit = on\n\
             shared_buffers = 256MB\nmax_wal_size = 4GB\ncheckpoint_timeout = 15min\nlog_lock_waits = on\n\
             log_min_messages = warning\nlog_min_error_statement = error\n",
            sockets.display()
        );
        fs::OpenOptions::new()
            .append(true)
            .open(self.data_folder().join("postgresql.conf"))
            .and_then(|mut file| file.write_all(settings.as_bytes()))
            .map_err(|cause| error("postgresql.conf can't be written", cause))
    }

    fn launch(&mut self) -> Result<(), Error> {
        let mut failure = Error("PostgreSQL was not started".to_owned());
        for _ in 0..START_ATTEMPTS_MAX {
            // A restart keeps the address, since the server under test has it in its URL.
            let port = if self.port == 0 { free_port()? } else { self.port };
            match self.launch_on(port) {
                Ok(()) => {
                    self.port = port;
                    return Ok(());
                }
                Err(cause) => failure = cause,
            }
        }
        Err(failure)
    }

    fn launch_on(&mut self, port: u16) -> Result<(), Error> {
        let before = self.log();
        let mut process = self
            .command("/bin/sh")
            .args(["-c", GUARD, "guard"])
            .arg(self.binaries.program("postgres"))
            .arg("-D")
            .arg(self.data_folder())
            .args(["-p", &port.to_string()])
            .env("BRONYA_FOLDER", &self.folder)
            .env("BRONYA_LOG", self.log_file())
            // Ctrl-C at the terminal is for us; the guard then sees the pipe close.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|cause| error("/bin/sh can't be run", cause))?;
        let Some(line) = process.stdin.take() else {
            return Err(Error("the guard has no standard input".to_owned()));
        };
        self.guard = Some(Guard { process, line });
        let before = before.len();
        let deadline = Instant::now() + Duration::from_secs(START_SECONDS_MAX);
        loop {
            let Err(reason) = psql(&self.binaries, &url(port, "postgres"), "SELECT 1") else {
                return Ok(());
            };
            let log = self.log();
            let news = log.get(before..).unwrap_or_default();
            // "the database system is starting up" is fatal for the client that asks too early, and for nobody else.
            let gave_up = news.lines().any(|line| line.contains("FATAL:") && !line.contains("the database system is"));
            if gave_up || Instant::now() > deadline {
                self.end("stop");
                return Err(error("PostgreSQL did not start", format_args!("{reason}\n{news}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn end(&mut self, word: &str) {
        if let Some(Guard { mut process, mut line }) = self.guard.take() {
            // A guard that is gone already can't be told, and need not be.
            let _: io::Result<()> = writeln!(line, "{word}");
            drop(line);
            let _: io::Result<std::process::ExitStatus> = process.wait();
        }
    }

    /// Sends SIGKILL to the postmaster, and comes back when it and its children are dead.
    pub fn crash(&mut self) {
        let processes = self.processes();
        self.end("crash");
        // The children notice on their own; until then they hold the memory that a new postmaster wants for itself.
        let deadline = Instant::now() + Duration::from_secs(START_SECONDS_MAX);
        while processes.iter().any(|pid| is_alive(*pid)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Starts a crashed or stopped cluster again, at the same address.
    ///
    /// # Errors
    ///
    /// PostgreSQL's own words.
    pub fn restart(&mut self) -> Result<(), Error> {
        self.end("stop");
        self.launch()
    }

    /// The process ids of the postmaster and all of its children, for their CPU time and for signals.
    pub fn processes(&self) -> Vec<u32> {
        let Some(postmaster) = self.postmaster() else {
            return Vec::new();
        };
        let mut found = vec![postmaster];
        if let Ok(output) = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output() {
            for row in String::from_utf8_lossy(&output.stdout).lines() {
                let mut numbers = row.split_whitespace().filter_map(|word| word.parse().ok());
                if let (Some(pid), Some(parent)) = (numbers.next(), numbers.next())
                    && parent == postmaster
                {
                    found.push(pid);
                }
            }
        }
        found
    }

    /// The process id of the postmaster while it runs.
    pub fn postmaster(&self) -> Option<u32> {
        fs::read_to_string(self.data_folder().join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
    }

    /// Makes an empty database and answers its URL. It lives as long as the cluster.
    ///
    /// # Errors
    ///
    /// PostgreSQL's own words.
    pub fn create_database(&self) -> Result<String, Error> {
        let name = fresh_name();
        psql(&self.binaries, &self.url(), &create_statement(&name))?;
        Ok(url(self.port, &name))
    }

    /// Runs a statement and answers its rows, one a line, the columns parted by `|`.
    ///
    /// # Errors
    ///
    /// PostgreSQL's own words.
    pub fn query(&self, url: &str, sql: &str) -> Result<String, Error> {
        psql(&self.binaries, url, sql)
    }

    /// The URL of the maintenance database, over loopback TCP.
    pub fn url(&self) -> String {
        url(self.port, "postgres")
    }

    /// What PostgreSQL has written to its log so far.
    pub fn log(&self) -> String {
        fs::read(self.log_file()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("postgresql.log")
    }

    /// The programs that it runs with.
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The folder of the cluster's data.
    pub fn data_folder(&self) -> PathBuf {
        self.folder.join("data")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A postmaster that was stopped by SIGSTOP can't obey; wake it.
        if let Some(postmaster) = self.postmaster() {
            let _: io::Result<Output> = Command::new("kill").args(["-CONT", &postmaster.to_string()]).output();
        }
        self.end("remove");
        // The guard removes the folder as its owner; what is left is an empty folder in a parent that only we may write to.
        let _: io::Result<()> = fs::remove_dir_all(&self.folder);
    }
}

/// A fresh database for one test, dropped with this value.
#[derive(Debug)]
pub struct Database {
    binaries: Binaries,
    server: String,
    name: String,
    url: String,
}

impl Database {
    /// `postgres://…`, for `--database`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Runs a statement in it and answers its rows, one a line, the columns parted by `|`.
    ///
    /// # Errors
    ///
    /// PostgreSQL's own words.
    pub fn query(&self, sql: &str) -> Result<String, Error> {
        psql(&self.binaries, &self.url, sql)
    }

    /// Lets nobody into the database and throws out who is in, or lets everybody in again.
    ///
    /// # Errors
    ///
    /// PostgreSQL's own words.
    pub fn admit(&self, anybody: bool) -> Result<(), Error> {
        let Self { binaries, server, name, .. } = self;
        psql(binaries, server, &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {anybody}"))?;
        if !anybody {
            let sql = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            psql(binaries, server, &sql)?;
        }
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A cluster that has gone away took the database along.
        let _: Result<String, Error> =
            psql(&self.binaries, &self.server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// A fresh database on the server that [`URL_VARIABLE`] names, else on one cluster that this process's tests share.
///
/// # Errors
///
/// No PostgreSQL, or PostgreSQL's own words.
pub fn fresh_database() -> Result<Database, Error> {
    static OWN: OnceLock<Mutex<Option<Cluster>>> = OnceLock::new();
    let server = if let Some(url) = variable(URL_VARIABLE) {
        url
    } else {
        let mut own = OWN.get_or_init(|| Mutex::new(None)).lock().unwrap_or_else(PoisonError::into_inner);
        match &*own {
            Some(cluster) => cluster.url(),
            None => own.insert(Cluster::start(Durability::Fast)?).url(),
        }
    };
    let binaries = Binaries::find()?;
    let name = fresh_name();
    psql(&binaries, &server, &create_statement(&name))?;
    let url = with_database(&server, &name);
    Ok(Database { binaries, server, name, url })
}

/// Swaps the name of the database in a URL, and keeps its parameters.
fn with_database(server: &str, name: &str) -> String {
    let (address, parameters) =
        server.split_once('?').map_or((server, String::new()), |(address, rest)| (address, format!("?{rest}")));
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address[host..].find('/').map_or(address.len(), |at| host + at);
    format!("{}/{name}{parameters}", &address[..end])
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://{USER}@127.0.0.1:{port}/{database}")
}

/// `template0`, because nobody can be connected to it, which would make CREATE DATABASE fail now and then.
fn create_statement(name: &str) -> String {
    format!("CREATE DATABASE {name} TEMPLATE template0")
}

/// Unique among all processes that may share a server, and among the runs before this one.
fn fresh_name() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let nonce = std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), number);
    format!("t_{}_{number}_{nonce:016x}", std::process::id())
}

fn is_alive(pid: u32) -> bool {
    Command::new("kill").args(["-0", &pid.to_string()]).output().is_ok_and(|output| output.status.success())
}

fn free_port() -> Result<u16, Error> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|cause| error("no free port", cause))
}

fn make_folder(parent: &Path) -> Result<(PathBuf, Option<Account>), Error> {
    let folder = parent.join(format!("bronya-{}", fresh_name()));
    let make = || {
        fs::create_dir_all(&folder)?;
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        fs::metadata(&folder)
    };
    let metadata = make().map_err(|cause| error(folder.display(), cause))?;
    if metadata.uid() != 0 {
        return Ok((folder, None));
    }
    // PostgreSQL refuses to run as root.
    let accounts = fs::read_to_string("/etc/passwd").map_err(|cause| error("/etc/passwd", cause))?;
    let owner =
        ["postgres", "_postgres", "nobody"].iter().find_map(|name| account(&accounts, name)).ok_or_else(|| {
            Error("PostgreSQL doesn't run as root, and there is neither an account `postgres` nor `nobody`".to_owned())
        })?;
    std::os::unix::fs::chown(&folder, Some(owner.uid), Some(owner.gid))
        .map_err(|cause| error(folder.display(), cause))?;
    Ok((folder, Some(owner)))
}

fn account(passwd: &str, name: &str) -> Option<Account> {
    let fields: Vec<&str> =
        passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields.first() == Some(&name))?;
    Some(Account { uid: fields.get(2)?.parse().ok()?, gid: fields.get(3)?.parse().ok()? })
}

fn psql(binaries: &Binaries, url: &str, sql: &str) -> Result<String, Error> {
    let output = Command::new(binaries.program("psql"))
        .args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--set",
            "ON_ERROR_STOP=1",
            "--command",
            sql,
            url,
        ])
        .env("PGCONNECT_TIMEOUT", "5")
        .stdin(Stdio::null())
        .output()
        .map_err(|cause| error("psql can't be run", cause))?;
    succeeded("psql", &output)
}

fn succeeded(program: &str, output: &Output) -> Result<String, Error> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    Err(error(format_args!("{program} failed ({})", output.status), String::from_utf8_lossy(&output.stderr).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_gives_databases_survives_a_crash_and_leaves_nothing() {
        let mut cluster = Cluster::start(Durability::Fast).unwrap();
        let (first, second) = (cluster.create_database().unwrap(), cluster.create_database().unwrap());
        assert_ne!(first, second);
        cluster.query(&first, "CREATE TABLE t (n int); INSERT INTO t VALUES (7)").unwrap();
        assert!(cluster.query(&second, "SELECT * FROM t").is_err());
        assert_eq!(cluster.query(&first, "SHOW max_connections").unwrap(), "200");
        assert!(cluster.processes().len() > 3);

        cluster.crash();
        assert!(cluster.query(&first, "SELECT 1").is_err());
        cluster.restart().unwrap();
        assert_eq!(cluster.query(&first, "SELECT n FROM t").unwrap(), "7");

        let (folder, url) = (cluster.folder.clone(), cluster.url());
        let binaries = cluster.binaries.clone();
        drop(cluster);
        assert!(!folder.exists());
        assert!(psql(&binaries, &url, "SELECT 1").is_err());
    }

    #[test]
    fn a_durable_cluster_waits_for_the_disk() {
        let cluster = Cluster::start(Durability::Durable).unwrap();
        assert_eq!(cluster.query(&cluster.url(), "SHOW fsync").unwrap(), "on");
        assert_eq!(cluster.query(&cluster.url(), "SHOW synchronous_commit").unwrap(), "on");
    }

    #[test]
    fn a_fresh_database_is_dropped() {
        let database = fresh_database().unwrap();
        let (binaries, url) = (database.binaries.clone(), database.url().to_owned());
        assert_eq!(database.query("SELECT 1").unwrap(), "1");
        drop(database);
        assert!(psql(&binaries, &url, "SELECT 1").is_err());
    }

    /// The pipe is what the guard waits for; closing it without a word is what the kernel does when we are killed.
    #[test]
    fn the_guard_cleans_up_when_its_parent_dies() {
        let mut cluster = Cluster::start(Durability::Fast).unwrap();
        let (folder, postmaster) = (cluster.folder.clone(), cluster.postmaster().unwrap());
        let Guard { mut process, line } = cluster.guard.take().unwrap();
        drop(line);
        process.wait().unwrap();
        assert!(!folder.join("data").exists());
        assert!(!is_alive(postmaster));
    }

    #[test]
    fn the_database_in_a_url_is_swapped() {
        assert_eq!(
            with_database("postgres://u:p@h:1/old?sslmode=disable", "new"),
            "postgres://u:p@h:1/new?sslmode=disable"
        );
        assert_eq!(with_database("postgres://h", "new"), "postgres://h/new");
    }
}
