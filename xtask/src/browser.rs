//! The tests that need a browser: Node for what is pure, Chromium for the journeys of people, each against a server of its own on
//! either database. Whatever is missing is named; where CI asks (`CI`), that is a failure.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs, thread};

use super::{Failure, Result, root, run, step, target, variable};

/// The administrator of the servers that are started here.
const ADMIN: (&str, &str) = ("root", "quiet maple lantern 47");
/// The sample data's own.
const DEMO_ADMIN: (&str, &str) = ("admin", "sample-data-only");
/// Where `with-postgres` tells its URL.
const POSTGRES_URL: &str = "BRONYA_TEST_POSTGRES_URL";

/// The programs that the tests need.
struct Tools {
    npm: PathBuf,
    chromium: PathBuf,
}

/// Looks for a program by these names, on `PATH` and where distributions put browsers.
fn find(names: &[&str]) -> Option<PathBuf> {
    let path = variable("PATH").map(OsString::from).unwrap_or_default();
    let usual = ["/usr/bin", "/usr/local/bin", "/snap/bin", "/opt/google/chrome"].map(PathBuf::from);
    let folders: Vec<PathBuf> = env::split_paths(&path).chain(usual).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|program| program.is_file()))
}

impl Tools {
    fn find() -> std::result::Result<Self, &'static str> {
        let chromium = variable("CHROMIUM").map(PathBuf::from);
        let chromium = chromium.or_else(|| find(&["chromium", "chromium-browser", "google-chrome", "chrome"]));
        find(&["node"]).ok_or("node is missing (Debian: apt-get install nodejs npm)")?;
        Ok(Self {
            npm: find(&["npm"]).ok_or("npm is missing (Debian: apt-get install npm)")?,
            chromium: chromium
                .ok_or("a browser is missing (Debian: apt-get install chromium; CHROMIUM names another)")?,
        })
    }

    fn npm(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.npm);
        command.current_dir(root().join("e2e")).args(arguments).env("CHROMIUM", &self.chromium);
        command
    }

    fn install(&self) -> Result {
        step("packages for the browser tests", &mut self.npm(&["ci", "--silent", "--no-audit", "--no-fund"]))
    }

    /// One of the scripts of `e2e/package.json`, against a server.
    fn script(&self, script: &str, server: &Server, (name, password): (&str, &str)) -> Command {
        let mut command = self.npm(&["run", "--silent", script]);
        command.env("BRONYA_URL", &server.url);
        command.env("BRONYA_ADMIN_NAME", name).env("BRONYA_ADMIN_PASSWORD", password);
        command
    }

    /// The journeys, on a server that is empty.
    fn journeys(&self, server: &Server) -> Result {
        let mut command = self.script("journeys", server, ADMIN);
        // That of the first steps starts servers of its own.
        command.env("BRONYA_EMPTY", "yes").env("BRONYA_BINARY", &server.bronya);
        step(&format!("journeys on {}", server.database), &mut command)
    }

    /// Lighthouse, which is as large as all else together and has a folder of its own: where it can't be installed, that is said, and the
    /// rest is tried all the same.
    fn lighthouse(&self, server: &Server) -> Result {
        let folder = root().join("e2e/lighthouse");
        let mut install = self.npm(&["ci", "--silent", "--no-audit", "--no-fund"]);
        // It can bring a browser of its own, which is not wanted.
        install.current_dir(&folder).env("PUPPETEER_SKIP_DOWNLOAD", "yes");
        if step("packages for Lighthouse", &mut install).is_err() {
            println!("== NOT RUN: Lighthouse, because it could not be installed");
            return Ok(());
        }
        step("Lighthouse", self.script("lighthouse", server, ADMIN).current_dir(&folder))
    }

    /// What holds for every screen, whatever the database: barriers, budgets, hostile texts, sizes.
    fn quality(&self, server: &Server) -> Result {
        step("the quality of every screen", &mut self.script("quality", server, ADMIN))
    }
}

/// All of them, on SQLite and on PostgreSQL.
pub(super) fn test(bronya: &Path, torture: &Path) -> Result {
    let tools = match Tools::find() {
        Ok(tools) => tools,
        Err(missing) if variable("CI").is_some() => return Err(Failure(missing.to_owned())),
        Err(missing) => {
            println!("== NOT RUN: the browser tests, because {missing}");
            return Ok(());
        }
    };
    tools.install()?;
    step("the UI's own modules", &mut tools.npm(&["run", "--silent", "unit"]))?;
    step("the UI's types", &mut tools.npm(&["run", "--silent", "types"]))?;
    let server = Server::start(bronya, None, false)?;
    tools.journeys(&server)?;
    tools.quality(&server)?;
    tools.lighthouse(&server)?;
    drop(server);
    let mut on_postgres = run(torture);
    // The server refuses a PostgreSQL that does not wait for the disk.
    on_postgres.args(["with-postgres", "--durable", "--"]).arg(env::current_exe()?).arg("journeys").arg(bronya);
    step("journeys with a throw-away PostgreSQL", &mut on_postgres)
}

/// The journeys on the PostgreSQL that `with-postgres` started.
pub(super) fn journeys(bronya: &Path) -> Result {
    let url = variable(POSTGRES_URL).ok_or_else(|| Failure(format!("{POSTGRES_URL} is not set")))?;
    let tools = Tools::find().map_err(|missing| Failure(missing.to_owned()))?;
    let server = Server::start(bronya, Some(&url), false)?;
    tools.journeys(&server)
}

/// A picture of every screen, of the sample data, into a folder below that of the build.
pub(super) fn screenshots(bronya: &Path) -> Result {
    let tools = Tools::find().map_err(|missing| Failure(missing.to_owned()))?;
    tools.install()?;
    let server = Server::start(bronya, None, true)?;
    let folder = target().join("screenshots");
    fs::create_dir_all(&folder)?;
    step("screenshots", tools.script("screenshots", &server, DEMO_ADMIN).env("SCREENSHOTS", &folder))?;
    println!("the pictures are in {}", folder.display());
    Ok(())
}

/// A server that ends when this is dropped, with its folder.
struct Server {
    process: Child,
    bronya: PathBuf,
    folder: PathBuf,
    database: &'static str,
    url: String,
}

impl Server {
    fn start(bronya: &Path, database: Option<&str>, demo: bool) -> Result<Self> {
        let folder = env::temp_dir().join(format!("bronya-browser-tests-{}", std::process::id()));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let command = |task: &[&str]| {
            let mut command = Command::new(bronya);
            command.args(task).arg("--data-dir").arg(&folder);
            if let Some(url) = database {
                command.env("BRONYA_DATABASE", url);
            }
            command
        };
        if !demo {
            let mut create = command(&["user", "create", ADMIN.0, "--admin"]);
            let mut process = create.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
            process.stdin.take().map(|mut stdin| stdin.write_all(ADMIN.1.as_bytes())).transpose()?;
            if !process.wait()?.success() {
                return Err(Failure("the administrator of the browser tests could not be made".to_owned()));
            }
        }
        let mut serve = command(&["serve", "--listen", "127.0.0.1:0", "--rate-limit", "off"]);
        if demo {
            serve.arg("--demo");
        }
        let mut process = serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let stderr = process.stderr.take().ok_or_else(|| Failure("the server has no output".to_owned()))?;
        let database = if database.is_some() { "PostgreSQL" } else { "SQLite" };
        let mut server = Self { process, bronya: bronya.to_owned(), folder, database, url: String::new() };
        let mut lines = BufReader::new(stderr).lines();
        let mut told = String::new();
        for line in lines.by_ref() {
            let line = line?;
            if let Some((_, url)) = line.split_once("listening on ") {
                url.trim().clone_into(&mut server.url);
                break;
            }
            told = told + &line + "\n";
        }
        if server.url.is_empty() {
            return Err(Failure(format!("the server of the browser tests did not start:\n{told}")));
        }
        // Whoever writes to a pipe that nobody reads stands still.
        thread::spawn(move || lines.for_each(drop));
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What is left of a server that would not end is told by the next one's address, not by a failure here.
        _ = self.process.kill();
        _ = self.process.wait();
        _ = fs::remove_dir_all(&self.folder);
    }
}
