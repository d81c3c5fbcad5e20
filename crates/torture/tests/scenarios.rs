//! Every scenario against a small stand-in server: green where that one is right, and red, at the right claim, where it
//! is broken on purpose. A check that can't fail proves nothing.

use std::process::{Command, Output};

/// Runs a scenario on a stand-in server of its own.
fn torture(scenario: &str, fault: Option<&str>, more: &[&str]) -> (Output, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bronya-torture"));
    command.args(["run", scenario, "--bronya", env!("CARGO_BIN_EXE_bronya-fake"), "--clients", "16"]);
    command.args(["--work-folder", env!("CARGO_TARGET_TMPDIR")]);
    if let Some(fault) = fault {
        command.args(["--serve-argument=--fault", &format!("--serve-argument={fault}")]);
    }
    let output = command.args(more).output().expect("cargo has built it");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output, text)
}

#[track_caller]
fn is_green(scenario: &str, more: &[&str]) {
    let (output, text) = torture(scenario, None, more);
    assert!(output.status.success() && text.contains(", 0 failed"), "{text}");
}

/// Runs that a fault may stay hidden in: whether a race or a kill hits is up to the machine.
const TRIES_MAX: usize = 8;

#[track_caller]
fn is_red(scenario: &str, fault: &str, more: &[&str], claim: &str) {
    let mut last = String::new();
    for _ in 0..TRIES_MAX {
        let (output, text) = torture(scenario, Some(fault), more);
        let found = text.lines().any(|line| line.starts_with("FAIL") && line.contains(claim));
        if found && !output.status.success() {
            return;
        }
        last = text;
    }
    panic!("{fault}: {claim:?} did not fail in {TRIES_MAX} runs, the last of which was:\n{last}");
}

#[test]
fn race_slot() {
    let rounds = ["--rounds", "12"];
    is_green("race-slot", &rounds);
    is_red("race-slot", "racy", &rounds, "one winner in every round");
    is_red("race-slot", "racy", &rounds, "nothing was ever taken twice");
}

#[test]
fn race_matrix() {
    let rounds = ["--rounds", "1"];
    is_green("race-matrix", &rounds);
    is_red("race-matrix", "racy", &["--rounds", "2"], "every write against every other");
    is_red("race-matrix", "blind", &rounds, "every write against every other");
    is_red("race-matrix", "indecisive", &rounds, "every write against every other");
}

#[test]
fn race_pool() {
    let rounds = ["--rounds", "40"];
    is_green("race-pool", &rounds);
    is_red("race-pool", "racy", &rounds, "as many winners as units");
    is_red("race-pool", "unseated", &rounds, "refused only where the count is exceeded");
    is_red("race-pool", "grudging", &rounds, "every refusal had its reason");
}

#[test]
fn race_partition() {
    is_green("race-partition", &["--rounds", "5"]);
    is_red("race-partition", "closed", &["--rounds", "2"], "slots that touch can all be had");
}

#[test]
fn race_username() {
    is_green("race-username", &["--rounds", "3"]);
    is_red("race-username", "namesakes", &["--rounds", "3"], "one gets the name");
}

#[test]
fn race_idempotency() {
    is_green("race-idempotency", &["--rounds", "5"]);
    is_red("race-idempotency", "keyless", &["--rounds", "5"], "one booking a key");
    is_red("race-idempotency", "keyless", &["--rounds", "5"], "422 for another body");
}

#[test]
fn race_etag() {
    is_green("race-etag", &["--rounds", "10"]);
    is_red("race-etag", "careless", &["--rounds", "10"], "one 200, one 412");
}

#[test]
fn kill() {
    let kills = ["--rounds", "3"];
    is_green("kill", &kills);
    is_red("kill", "forgetful", &kills, "what was acknowledged is there");
}

#[test]
fn stop() {
    is_green("stop", &["--rounds", "2"]);
}

#[test]
fn a_missing_server_is_a_failure() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bronya-torture"));
    let output = command.args(["run", "race-slot", "--bronya", "/nowhere/bronya"]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("0 passed, 1 failed"));
}
