//! What a change of time zone rules makes of bookings, against zoneinfo: two folders of compiled zones, of which one has other rules. The
//! cases are made anew by `oracle/zones.py` on each run, with nothing but Python's own library.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use bronya_domain::interval::Interval;
use bronya_domain::zone_change::kept_on_the_wall;
use jiff::Timestamp;
use jiff::tz::TimeZone;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle")
}

fn zone(set: &str, name: &str) -> TimeZone {
    TimeZone::tzif(name, &std::fs::read(folder().join("zones").join(set).join(name)).unwrap()).unwrap()
}

#[test]
fn what_would_differ_is_what_zoneinfo_says() {
    let output = Command::new("python3").arg(folder().join("zones.py")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut zones: BTreeMap<String, (TimeZone, TimeZone)> = BTreeMap::new();
    let (mut cases, mut shifted) = (0, BTreeSet::new());
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let mut words = line.split('\t');
        let name = words.next().unwrap().to_owned();
        let times: Vec<Timestamp> =
            words.map(|seconds| Timestamp::from_second(seconds.parse().unwrap()).unwrap()).collect();
        let [start, end, kept_start, kept_end] = times.try_into().unwrap();
        let interval = Interval::new(start, end).unwrap();
        let lasting = || Interval::new(kept_start, kept_start + interval.duration()).unwrap();
        let expected = Interval::new(kept_start, kept_end).unwrap_or_else(|_| lasting());
        let (old, new) = zones.entry(name.clone()).or_insert_with(|| (zone("before", &name), zone("after", &name)));
        let found = kept_on_the_wall(interval, old, new);
        assert_eq!(found.unwrap_or(interval), expected, "{name} {interval:?}");
        assert_ne!(found, Some(interval));
        cases += 1;
        if found.is_some() {
            shifted.insert(name);
        }
    }
    assert!(15_000 < cases, "{cases} cases");
    // All but the one whose rules are as they were.
    let all: BTreeSet<String> = zones.into_keys().filter(|name| name != "Asia/Tokyo").collect();
    assert_eq!((shifted.len(), shifted), (6, all));
}
