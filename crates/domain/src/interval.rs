//! A stretch of time, half-open: it holds its start and not its end, so two that touch do not overlap.

use jiff::{SignedDuration, Timestamp};

/// `[start, end)` in UTC, of positive length, in whole microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    start: Timestamp,
    end: Timestamp,
}

/// Why two times make no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndsBeforeItStarts;

impl Interval {
    /// An interval of positive length. Times are cut to whole microseconds, which is what the databases keep;
    /// two that touch still touch after the cut.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, EndsBeforeItStarts> {
        let (start, end) = (whole_microseconds(start), whole_microseconds(end));
        if start < end { Ok(Self { start, end }) } else { Err(EndsBeforeItStarts) }
    }

    /// The first instant in it.
    pub fn start(self) -> Timestamp {
        self.start
    }

    /// The first instant after it.
    pub fn end(self) -> Timestamp {
        self.end
    }

    /// How long it is; always positive.
    pub fn duration(self) -> SignedDuration {
        self.end.duration_since(self.start)
    }

    /// Whether the two share an instant.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether every instant of `other` is in this one.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether it starts in `other`.
    pub fn starts_in(self, other: Self) -> bool {
        other.start <= self.start && self.start < other.end
    }

    /// The interval of the same length that starts at `start`; `None` beyond the range of time.
    pub fn starting_at(self, start: Timestamp) -> Option<Self> {
        let end = start.checked_add(self.duration()).ok()?;
        Self::new(start, end).ok()
    }
}

fn whole_microseconds(time: Timestamp) -> Timestamp {
    // Cutting towards zero stays between the time and zero, so it can't leave the range.
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn touching_intervals_do_not_overlap() {
        let (a, b) = (Interval::new(at(0), at(10)).unwrap(), Interval::new(at(10), at(20)).unwrap());
        assert!(!a.overlaps(b) && !b.overlaps(a));
        assert!(a.overlaps(Interval::new(at(9), at(11)).unwrap()));
    }

    #[test]
    fn an_interval_has_positive_length_even_after_the_cut() {
        assert!(Interval::new(at(1), at(1)).is_err());
        assert!(Interval::new(at(2), at(1)).is_err());
        let barely = at(1).checked_add(SignedDuration::from_nanos(999)).unwrap();
        assert!(Interval::new(at(1), barely).is_err());
    }
}
