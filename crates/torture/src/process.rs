//! Processes under test: starting the server, waiting until it is ready, killing it, and reading what it used from
//! `/proc`. It ends only what it started.

use crate::http::{Client, Request};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long a server may take until it is ready, before that is an error rather than a slow start.
const READY_SECONDS_MAX: u64 = 60;
/// How often a starting server is asked.
const POLL: Duration = Duration::from_millis(2);

/// How to start a node.
#[derive(Debug, Clone)]
pub struct ServerCommand {
    /// The binary.
    pub bronya: PathBuf,
    /// `--database`.
    pub database: String,
    /// `--data-dir`.
    pub data_folder: PathBuf,
    /// More arguments after those of the harness.
    pub arguments: Vec<OsString>,
}

impl ServerCommand {
    /// `bronya user create NAME --admin`, the password on standard input.
    pub fn create_admin(&self, name: &str, password: &str) -> io::Result<()> {
        let mut child = Command::new(&self.bronya)
            .args(["user", "create", name, "--admin", "--database", &self.database])
            .current_dir(&self.data_folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut line) = child.stdin.take() {
            writeln!(line, "{password}")?;
        }
        let output = child.wait_with_output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(io::Error::other(format!("user create: {}: {}", output.status, String::from_utf8_lossy(&output.stderr))))
    }

    /// `bronya check`: whether it found nothing, and what it said.
    pub fn check(&self) -> io::Result<(bool, String)> {
        let output = Command::new(&self.bronya)
            .args(["check", "--database", &self.database])
            .current_dir(&self.data_folder)
            .stdin(Stdio::null())
            .output()?;
        let text = [output.stdout, output.stderr].concat();
        Ok((output.status.success(), String::from_utf8_lossy(&text).trim().to_owned()))
    }

    /// Starts a node and waits until it is ready. Answers how long that took.
    pub async fn start(&self, address: SocketAddr) -> io::Result<(Server, Duration)> {
        let mut command = Command::new(&self.bronya);
        command
            .args([
                "serve",
                "--database",
                &self.database,
                "--listen",
                &address.to_string(),
                "--rate-limit",
                "off",
                "--data-dir",
            ])
            .arg(&self.data_folder)
            .args(&self.arguments)
            .current_dir(&self.data_folder);
        Server::launch(command, address, self.data_folder.join(format!("serve-{}.log", address.port()))).await
    }
}

/// A port of loopback that is free now. It is asked for again and again over a run, so it must be one of its own.
pub fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// A running node; killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    log: PathBuf,
}

impl Server {
    /// Starts a server and waits until it is ready. Answers how long that took.
    pub async fn launch(mut command: Command, address: SocketAddr, log_path: PathBuf) -> io::Result<(Self, Duration)> {
        let log = File::options().create(true).append(true).open(&log_path)?;
        let began = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut server = Self { child, address, log: log_path };
        let mut client = Client::new(address, Duration::from_secs(1));
        while began.elapsed() < Duration::from_secs(READY_SECONDS_MAX) {
            if client.send(&Request::new("GET", "/readyz")).await.is_ok_and(|answer| answer.status == 200) {
                return Ok((server, began.elapsed()));
            }
            if let Some(status) = server.child.try_wait()? {
                return Err(io::Error::other(format!("the server ended ({status}):\n{}", server.log())));
            }
            sleep(POLL).await;
        }
        Err(io::Error::other(format!("the server was not ready after {READY_SECONDS_MAX} s:\n{}", server.log())))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to standard output and standard error: the last part of it.
    pub fn log(&self) -> String {
        let text = fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// SIGKILL, and back when it is dead.
    pub fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }

    /// SIGTERM, and how it ended; an error if it has not ended in time.
    pub async fn stop(&mut self, seconds_max: u64) -> io::Result<ExitStatus> {
        signal(self.pid(), "TERM")?;
        let deadline = Instant::now() + Duration::from_secs(seconds_max);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            sleep(POLL).await;
        }
        Err(io::Error::other(format!("still running {seconds_max} s after SIGTERM")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that ended already can't be killed, and need not be.
        let _: io::Result<()> = self.kill();
    }
}

/// Sends a signal by its name.
pub fn signal(pid: u32, name: &str) -> io::Result<()> {
    let status = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(format!("kill -{name} {pid}: {status}"))) }
}

/// What a process has used.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// User and system time, with that of its children that have ended, in seconds.
    pub cpu_seconds: f64,
    /// Resident memory, in bytes.
    pub resident_bytes: u64,
}

/// The clock ticks of `/proc/PID/stat` in a second: fixed by Linux's interface to user space (proc(5), sysconf(3)).
const TICKS_PER_SECOND: f64 = 100.0;

/// Reads `/proc`; `None` where there is none, or the process is gone.
pub fn usage(pid: u32) -> Option<Usage> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the process, in brackets, may hold anything, brackets too.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field)?.parse::<f64>().ok();
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = resident.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(Usage { cpu_seconds: (ticks(11)? + ticks(12)?) / TICKS_PER_SECOND, resident_bytes: kibibytes * 1024 })
}

/// A folder that goes away with this value.
#[derive(Debug)]
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Makes `NAME` below `parent`, which must not be there yet.
    pub fn new(parent: &Path, name: &str) -> io::Result<Self> {
        let path = parent.join(name);
        fs::create_dir_all(parent)?;
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What can't be removed stays behind in the temporary folder, and harms nobody.
        let _: io::Result<()> = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn usage_of_this_process_grows() {
        let began = Instant::now();
        let before = usage(std::process::id()).unwrap();
        while began.elapsed() < Duration::from_millis(200) {
            std::hint::spin_loop();
        }
        let after = usage(std::process::id()).unwrap();
        assert!(after.cpu_seconds > before.cpu_seconds && after.resident_bytes > 1 << 20);
        assert!(usage(u32::MAX).is_none());
    }
}
