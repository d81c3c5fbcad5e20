//! The project's own tasks: all tests with the databases that they need, what CI runs, the benchmark, generated files.
//! It starts programs and reads their exit codes with the standard library alone, so that it compiles in seconds; the
//! work is done by `cargo`, by the server's own command line, and by the torturer. It never touches what it did not make.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]

mod browser;

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use std::{env, fs, io};

const HELP: &str = "\
The project's own tasks.

Usage: cargo xtask TASK

  test             all tests: the workspace on a throw-away PostgreSQL, then servers
                   under races, kills and other faults, and in a browser, on both
                   databases
  browser          only the tests in a browser
  screenshots      pictures of every screen, into target/screenshots
  ci               what a change must pass: format, lints, licences, generated files, `test`
  oracle           installs what the tests of recurrence are judged by (python-dateutil
                   and tzdata, pinned) into a virtual environment; `test` does it too
  openapi          writes openapi.json anew
  bench [OPTIONS]  measures the release build and writes docs/PERFORMANCE.md (--help tells the options)
  torture ARGS     the torturer against the release build (`cargo xtask torture --help`)
";

/// The committed description of the API.
const OPENAPI: &str = "openapi.json";
/// Where the benchmark's tables go.
const PERFORMANCE: &str = "docs/PERFORMANCE.md";
/// What the oracle of recurrence runs on.
const REQUIREMENTS: &str = "crates/domain/tests/oracle/requirements.txt";
/// The tables stand between these lines.
const MARKERS: (&str, &str) = ("<!-- bench: begin -->", "<!-- bench: end -->");

/// A step that failed; what it printed has told the rest.
struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

type Result<T = ()> = std::result::Result<T, Failure>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let more = arguments.get(1..).unwrap_or_default();
    let result = match arguments.first().map(String::as_str) {
        Some("test") => test(),
        Some("ci") => ci(),
        Some("browser") => browser(),
        // Asked by `browser` itself, with a PostgreSQL around it.
        Some("journeys") => browser::journeys(Path::new(more.first().map_or("", String::as_str))),
        Some("screenshots") => tested().and_then(|tested| browser::screenshots(&tested.bronya)),
        Some("oracle") => oracle(),
        Some("openapi") => openapi(),
        Some("bench") => bench(more),
        Some("torture") => torture(more),
        Some("help" | "--help" | "-h") => {
            println!("{HELP}");
            Ok(())
        }
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("failed: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// The workspace's tests, then the servers under torture and in a browser.
fn test() -> Result {
    let Tested { bronya, torture } = tested()?;
    find_postgres(&torture)?;
    find_faketime()?;
    oracle()?;
    let mut workspace = run(&torture);
    workspace.args(["with-postgres", "--", &cargo(), "test", "--workspace"]);
    step("the tests of the workspace", &mut workspace)?;
    let mut smoke = run(&torture);
    smoke.arg("smoke").arg("--bronya").arg(&bronya);
    step("races, kills and other faults on both databases", &mut smoke)?;
    browser::test(&bronya, &torture)
}

/// The tests in a browser alone.
fn browser() -> Result {
    let Tested { bronya, torture } = tested()?;
    find_postgres(&torture)?;
    browser::test(&bronya, &torture)
}

fn ci() -> Result {
    step("format", run(cargo()).args(["fmt", "--all", "--check"]))?;
    let mut clippy = run(cargo());
    clippy.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    step("lints", &mut clippy)?;
    deny()?;
    openapi_is_up_to_date()?;
    test()
}

/// Licences, bans and sources of the dependencies. It is no part of Rust, so it may be missing; then this says so.
fn deny() -> Result {
    let installed = run(cargo()).args(["deny", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !installed.is_ok_and(|status| status.success()) {
        println!(
            "== NOT CHECKED: licences, bans and sources, because cargo-deny is not installed (cargo install cargo-deny)"
        );
        return Ok(());
    }
    step("licences, bans and sources", run(cargo()).args(["deny", "check", "licenses", "bans", "sources"]))
}

/// Builds the binaries and the tests, as the tests are built: alone a binary would have other features of its dependencies, and all of
/// them would be compiled twice. Answers where the binaries are.
fn built() -> Result<PathBuf> {
    step("build", run(cargo()).args(["build", "--workspace", "--bins", "--tests"]))?;
    Ok(target().join("debug"))
}

/// What the server says of its own API.
fn described() -> Result<Vec<u8>> {
    let output = run(built()?.join("bronya")).arg("openapi").stderr(Stdio::inherit()).output()?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(Failure(format!("`bronya openapi`: {}", output.status)))
    }
}

fn openapi() -> Result {
    fs::write(root().join(OPENAPI), described()?)?;
    Ok(())
}

fn openapi_is_up_to_date() -> Result {
    println!("== {OPENAPI} is what the server says");
    if fs::read(root().join(OPENAPI)).unwrap_or_default() == described()? {
        return Ok(());
    }
    Err(Failure(format!(
        "{OPENAPI} is out of date: `cargo xtask openapi` writes it anew; look at the difference before you commit it"
    )))
}

fn torture(arguments: &[String]) -> Result {
    let (bronya, torture) = (release("bronya")?, release("bronya-torture")?);
    let mut command = run(torture);
    // The torturer's own default is where cargo puts the binary if nobody has told it otherwise.
    command.args(arguments);
    if arguments.first().is_some_and(|first| ["run", "smoke", "full"].contains(&first.as_str())) {
        command.arg("--bronya").arg(bronya);
    }
    step("torture", &mut command)
}

fn bench(arguments: &[String]) -> Result {
    let (bronya, torture) = (release("bronya")?, release("bronya-torture")?);
    find_postgres(&torture)?;
    let tables = target().join("bench.md");
    let mut command = run(torture);
    command.arg("bench").arg("--bronya").arg(bronya).arg("--markdown").arg(&tables).args(arguments);
    step("benchmark", &mut command)?;
    if arguments.iter().any(|argument| argument == "--help") {
        return Ok(());
    }
    let page = root().join(PERFORMANCE);
    let text = fs::read_to_string(&page).unwrap_or_else(|_| format!("# Performance\n\n{}\n{}\n", MARKERS.0, MARKERS.1));
    fs::write(page, between_markers(&text, &fs::read_to_string(tables)?)?)?;
    println!("{PERFORMANCE} is written");
    Ok(())
}

/// Replaces what stands between the markers.
fn between_markers(text: &str, tables: &str) -> Result<String> {
    let missing = || Failure(format!("{PERFORMANCE} lacks the lines {} and {}", MARKERS.0, MARKERS.1));
    let (before, rest) = text.split_once(MARKERS.0).ok_or_else(missing)?;
    let (_, after) = rest.split_once(MARKERS.1).ok_or_else(missing)?;
    Ok(format!("{before}{}\n\n{}\n\n{}{after}", MARKERS.0, tables.trim(), MARKERS.1))
}

/// Makes sure that PostgreSQL's programs are there: the tests that need them fail without them, they never skip.
fn find_postgres(torture: &Path) -> Result {
    let found = || run(torture).arg("postgres").stdin(Stdio::null()).status().is_ok_and(|status| status.success());
    if found() {
        return Ok(());
    }
    if !install("postgresql")? {
        return Err(Failure("PostgreSQL is missing; what to install stands above".to_owned()));
    }
    if found() { Ok(()) } else { Err(Failure("PostgreSQL was installed, and is not found".to_owned())) }
}

/// Makes sure that there is what sets the clock of a process, likewise.
fn find_faketime() -> Result {
    let folders = || fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let found = || folders().any(|folder| folder.path().join("faketime/libfaketimeMT.so.1").exists());
    if found() || (install("faketime")? && found()) {
        return Ok(());
    }
    Err(Failure("libfaketime is missing (Debian: apt-get install faketime)".to_owned()))
}

/// Installs a package of Debian where we may; false where we may not.
fn install(package: &str) -> Result<bool> {
    // Reading who we are needs no library: a process owns its folder in /proc.
    let is_root = fs::metadata("/proc/self").is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0);
    if !is_root || !Path::new("/usr/bin/apt-get").exists() {
        return Ok(false);
    }
    step("apt-get update", run("apt-get").args(["--quiet", "--quiet", "update"]))?;
    let mut install = run("apt-get");
    install.args(["--quiet", "--quiet", "--yes", "--no-install-recommends", "install", package]);
    step(&format!("apt-get install {package}"), install.env("DEBIAN_FRONTEND", "noninteractive"))?;
    Ok(true)
}

/// The virtual environment in which the oracle of recurrence runs. The test looks for it beside cargo's folder for tests.
fn oracle() -> Result {
    let requirements = root().join(REQUIREMENTS);
    let (environment, installed) = (target().join("oracle"), target().join("oracle/requirements.txt"));
    if fs::read(&installed).is_ok_and(|text| fs::read(&requirements).is_ok_and(|wanted| wanted == text)) {
        return Ok(());
    }
    step("a virtual environment for Python", run("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    let mut pip = run(environment.join("bin/python3"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement"]);
    step("python-dateutil and tzdata", pip.arg(&requirements))?;
    // Last, so that an installation that broke off is made anew.
    fs::copy(&requirements, &installed)?;
    Ok(())
}

/// What the tests start.
struct Tested {
    bronya: PathBuf,
    torture: PathBuf,
}

/// Builds what the tests start. Servers under load and in a browser are those of the other tests: compiling them once more for release
/// costs more time than they would save, and these look at every overflow.
fn tested() -> Result<Tested> {
    let folder = built()?;
    Ok(Tested { bronya: folder.join("bronya"), torture: folder.join("bronya-torture") })
}

/// Builds a binary of the workspace for release and answers where it is.
fn release(package: &str) -> Result<PathBuf> {
    let mut build = run(cargo());
    build.args(["build", "--release", "--package", package, "--bin", package]);
    step(&format!("release build of {package}"), &mut build)?;
    Ok(target().join("release").join(package))
}

/// Runs a program to its end, and says how long that took.
fn step(name: &str, command: &mut Command) -> Result {
    println!("== {name}");
    let began = Instant::now();
    let status = command.stdin(Stdio::null()).status().map_err(|error| Failure(format!("{name}: {error}")))?;
    println!("== {name}: {status} after {:.0} s", began.elapsed().as_secs_f64());
    if status.success() { Ok(()) } else { Err(Failure(name.to_owned())) }
}

/// A command in the root of the workspace.
fn run(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The folder of the workspace: that above this crate.
fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(Path::to_path_buf).unwrap_or(here)
}

/// Where cargo puts what it builds.
fn target() -> PathBuf {
    variable("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// The very cargo that runs this.
fn cargo() -> String {
    variable("CARGO").unwrap_or_else(|| "cargo".to_owned())
}

#[expect(clippy::disallowed_methods, reason = "a tool of the build is configured by cargo, through the environment")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_between_the_markers_is_replaced() {
        let text = format!("above\n{}\nold\n{}\nbelow\n", MARKERS.0, MARKERS.1);
        let new = between_markers(&text, "new\n").ok();
        assert_eq!(new, Some(format!("above\n{}\n\nnew\n\n{}\nbelow\n", MARKERS.0, MARKERS.1)));
        assert!(between_markers("no markers", "new").is_err());
    }
}
