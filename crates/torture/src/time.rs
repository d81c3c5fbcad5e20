//! Intervals of the wall clock, in whole seconds of UTC, and how the contract writes them. It reads the clock in one
//! place, to book in the future; latencies and histories use the monotonic clock instead.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::SystemTime;

/// Seconds of an hour.
pub const HOUR: i64 = 3600;
/// Seconds of a day.
pub const DAY: i64 = 24 * HOUR;

/// Half-open: `[starts_at, ends_at)`, seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Interval {
    /// The first second that is taken.
    pub starts_at: i64,
    /// The first second that is free again.
    pub ends_at: i64,
}

impl Interval {
    /// `[starts_at, starts_at + seconds)`.
    pub fn lasting(starts_at: i64, seconds: i64) -> Self {
        Self { starts_at, ends_at: starts_at + seconds }
    }

    /// Two intervals that only touch do not overlap.
    pub fn overlaps(self, other: Self) -> bool {
        self.starts_at < other.ends_at && other.starts_at < self.ends_at
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", rfc3339(self.starts_at), rfc3339(self.ends_at))
    }
}

/// `2027-01-31T08:00:00Z`.
pub fn rfc3339(second: i64) -> String {
    Timestamp::from_second(second).map_or_else(|_| format!("second {second}"), |timestamp| timestamp.to_string())
}

/// The second that a timestamp of the contract names; `None` where it is none, or not a whole second.
pub fn parse(text: &str) -> Option<i64> {
    let timestamp: Timestamp = text.parse().ok()?;
    (timestamp.subsec_nanosecond() == 0).then(|| timestamp.as_second())
}

/// Now, in seconds since 1970: for dates, never for durations.
#[expect(clippy::disallowed_methods, reason = "there is no server inside this process whose clock could be asked")]
pub fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    i64::try_from(now).unwrap_or(0)
}

/// The midnight (UTC) that begins the day after tomorrow: all workloads book from there on.
pub fn first_day() -> i64 {
    (now() / DAY + 2) * DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_times_go_both_ways() {
        assert_eq!(rfc3339(1_801_382_400), "2027-01-31T08:00:00Z");
        assert_eq!(parse("2027-01-31T08:00:00Z"), Some(1_801_382_400));
        assert_eq!(parse("2027-01-31T08:00:00.000000Z"), Some(1_801_382_400));
        assert_eq!(parse("2027-01-31T08:00:00.5Z"), None);
    }

    #[test]
    fn touching_intervals_do_not_overlap() {
        let (morning, noon) = (Interval::lasting(0, 10), Interval::lasting(10, 10));
        assert!(!morning.overlaps(noon) && !noon.overlaps(morning));
        assert!(morning.overlaps(Interval::lasting(9, 1)) && Interval::lasting(3, 1).overlaps(morning));
    }
}
