//! The binary as people meet it: what it prints, where, and its exit codes. On an empty folder each, without any variable of
//! the environment that the tests run in.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead as _, BufReader, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bronya-cli-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bronya"));
        command.args(line.split(' ')).env_clear().env("HOME", &self.0).env("BRONYA_DATA_DIR", self.0.join("data"));
        // Whatever stands in /etc or in the home of whoever runs the tests is not read.
        command.env("BRONYA_CONFIG", self.0.join("bronya.toml"));
        std::fs::OpenOptions::new().create(true).append(true).open(self.0.join("bronya.toml")).unwrap();
        command
    }

    fn run(&self, line: &str, input: &str) -> Answer {
        let mut command = self.command(line);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that reads nothing may be gone already.
        let _gone = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap().into()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

#[derive(Debug)]
struct Answer {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

#[test]
fn settings_are_shown_with_their_origin_and_without_secrets() {
    let folder = Folder::new("config");
    let mut command = folder.command("config --listen 127.0.0.1:9");
    command.env("BRONYA_DATABASE", "postgres://zoya:canary@db.example/bronya");
    command.env("BRONYA_SIGNING_KEY", "z/Y3r8bQmVhNf0s4Lr2k6pXwT1uYcEo9AaGdJiMxKtU=");
    let shown: Answer = command.output().unwrap().into();
    assert_eq!(shown.code, 0, "{shown:?}");
    let line = |name: &str| shown.out.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    assert!(line("listen").starts_with("listen = \"127.0.0.1:9\" ") && line("listen").ends_with("# flag --listen"));
    assert!(line("database").ends_with("# variable BRONYA_DATABASE"), "{}", line("database"));
    assert!(line("demo").ends_with("# default"));
    assert!(!shown.out.contains("canary") && !shown.out.contains("z/Y3"), "{}", shown.out);
    assert!(shown.out.contains("zoya:***@db.example"));
}

#[test]
fn what_is_wrong_with_the_settings_is_exit_code_2_and_nothing_is_done() {
    let folder = Folder::new("usage");
    for (line, told) in [
        ("check --database mysql://x", "must be sqlite://PATH or postgres://"),
        ("serve --demo --listen 0.0.0.0:1", "must be a loopback address"),
        ("user create x", "must have at least 2 characters"),
        ("serve --signing-key AAAA", "unexpected argument"),
        ("frobnicate", "unrecognized subcommand"),
    ] {
        let answer = folder.run(line, "correct horse battery");
        assert_eq!((answer.code, answer.out.as_str()), (2, ""), "{line}: {answer:?}");
        assert!(answer.err.contains(told), "{line}: {}", answer.err);
    }
    let mut weak = folder.command("keys list");
    let weak: Answer =
        weak.env("BRONYA_SIGNING_KEY", "Y2hhbmdlbWVjaGFuZ2VtZWNoYW5nZW1lY2hhbmdlbWU=").output().unwrap().into();
    assert_eq!(weak.code, 2, "{weak:?}");
    assert!(weak.err.contains("this signing key can be guessed"), "{}", weak.err);
    assert!(!folder.0.join("data").exists());
}

#[test]
fn accounts_from_the_command_line() {
    let folder = Folder::new("user");
    for (line, input, code, told) in [
        ("check", "", 1, "there is no file"),
        ("user create Zoya --admin", "correct horse battery\n", 0, "Zoya can sign in now; role: admin"),
        ("user create zOYA", "correct horse battery\n", 1, "somebody has this user name"),
        ("user create oleg", "password1\n", 1, "the password is too easy to guess"),
        ("user create oleg", "", 1, "the password on the standard input is empty"),
        ("user create oleg", "two\nlines\n", 1, "has more than one line"),
        ("user create oleg", "kestrel umbra folio", 0, "oleg can sign in now; role: user"),
        ("user set-role oleg admin", "", 0, "oleg has the role admin"),
        ("user set-role ZOYA user", "", 0, "Zoya has the role user"),
        ("user set-role oleg user", "", 1, "there would be no administrator left"),
        ("user reset-password zoya", "another horse battery", 0, "Zoya has a new password"),
        ("user reset-password nobody", "another horse battery", 1, "there is no user of this name"),
        ("user password-link nobody", "", 1, "there is no user of this name"),
        ("user password-link oleg", "", 0, "good once, and until 2"),
        ("check", "", 0, "everything is as it must be"),
        ("doctor", "", 0, ""),
        ("migrate", "", 0, "the schema is up to date"),
    ] {
        let answer = folder.run(line, input);
        assert_eq!(answer.code, code, "{line}: {answer:?}");
        assert!(answer.err.contains(told), "{line}: {}", answer.err);
        assert!(input.trim().is_empty() || !answer.err.contains(input.trim()), "{line} repeats the password");
    }
}

#[test]
fn a_link_that_sets_a_password_is_printed_for_whoever_gets_it() {
    let folder = Folder::new("link");
    assert_eq!(folder.run("user create oleg", "kestrel umbra folio").code, 0);
    let first = folder.run("user password-link oleg", "");
    let second: Answer = folder
        .command("user password-link OLEG")
        .env("BRONYA_PUBLIC_URL", "https://book.example.org")
        .output()
        .unwrap()
        .into();
    for (link, begins) in [
        (&first.out, "http://127.0.0.1:8000/new-password#bpl_"),
        (&second.out, "https://book.example.org/new-password#bpl_"),
    ] {
        assert!(link.starts_with(begins) && link.trim_end().len() == begins.len() + 43, "{link}");
    }
    assert!(!second.err.contains("bpl_"), "{}", second.err);
}

#[test]
fn keys_rotate_and_their_secrets_stay_inside() {
    let folder = Folder::new("keys");
    let first = folder.run("keys list", "");
    let made = folder.run("keys rotate", "");
    let second = folder.run("keys list", "");
    assert_eq!((first.code, made.code, second.code), (0, 0, 0), "{first:?} {made:?} {second:?}");
    assert_eq!((first.out.lines().count(), second.out.lines().count()), (1, 2));
    assert!(second.out.starts_with(made.out.trim()), "{second:?}");
    assert!(second.out.lines().all(|line| line.split("  ").next().unwrap().len() == 11), "{}", second.out);
}

#[test]
fn what_is_printed_for_machines_is_all_on_the_standard_output() {
    let folder = Folder::new("print");
    let openapi = folder.run("openapi", "");
    assert!(openapi.out.starts_with('{') && openapi.out.ends_with("}\n") && openapi.err.is_empty());
    assert!(folder.run("completions bash", "").out.contains("_bronya"));
    let example = folder.run("config --example", "").out;
    assert!(example.contains("\n#listen = \"127.0.0.1:8000\"\n"));
    let deployed = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/bronya.toml")).unwrap();
    assert!(deployed == example, "deploy/bronya.toml is old: bronya config --example > deploy/bronya.toml");
    assert!(!folder.0.join("data").exists());
}

#[test]
fn whoever_asks_twice_does_not_wait_for_requests_under_way() {
    let folder = Folder::new("twice");
    let mut server = folder.command("serve --listen 127.0.0.1:0").stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(server.stderr.take().unwrap()).lines();
    let address = told.find_map(|line| line.unwrap().split_once("listening on http://").map(|(_, it)| it.to_owned()));
    let mut client = TcpStream::connect(address.unwrap()).unwrap();
    // A body that never comes keeps the server for as long as requests have to be answered.
    client
        .write_all(
            b"POST /users/register HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
        )
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let id = server.id().to_string();
    let signal = |name: &str| Command::new("kill").args([name, &id]).status().unwrap();
    assert!(signal("-TERM").success());
    std::thread::sleep(Duration::from_secs(1));
    assert!(signal("-INT").success(), "the server still waits after the first signal");
    let since = Instant::now();
    assert_eq!(server.wait().unwrap().code(), Some(1));
    assert!(since.elapsed() < Duration::from_secs(15), "it waited for the request");
    assert!(told.any(|line| line.unwrap().contains("stopped with requests unanswered")));
}
