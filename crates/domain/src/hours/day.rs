//! The hours of one civil day: the spans that begin on it, and how the rules of an expression make them.
//! It never maps a time to an instant.

use std::fmt;

use jiff::civil::{Date, DateTime};

use super::Holidays;
use super::rule::{Joint, Rule, State};

/// Minutes in a day, by the clock on the wall.
pub(super) const DAY_MINUTES: u16 = 24 * 60;

/// A stretch of one day by the clock on the wall, in minutes from its midnight; it may end on the next day. Its
/// length is positive, by construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    start: u16,
    end: u16,
}

impl Span {
    /// The whole day.
    pub(super) const DAY: Self = Self { start: 0, end: DAY_MINUTES };

    /// From `start` to `end`, which is on the next day if it isn't after `start`.
    pub(super) fn new(start: u16, end: u16) -> Self {
        Self { start, end: if start < end { end } else { end + DAY_MINUTES } }
    }

    /// When it begins and ends, for the day `date`; `None` beyond the range of time.
    pub(super) fn on(self, date: Date) -> Option<(DateTime, DateTime)> {
        let at =
            |minutes: u16| date.at(0, 0, 0, 0).checked_add(jiff::SignedDuration::from_mins(i64::from(minutes))).ok();
        Some((at(self.start)?, at(self.end)?))
    }

    /// What is left of it without `other`.
    fn without(self, other: Self) -> impl Iterator<Item = Self> {
        let before = Self { start: self.start, end: self.end.min(other.start) };
        let after = Self { start: self.start.max(other.end), end: self.end };
        [before, after].into_iter().filter(|part| part.start < part.end)
    }
}

/// `09:00-17:00`, `22:00-03:00`. An end more than a day after its start is counted on past 24: `09:00-34:00`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, mut end } = *self;
        if DAY_MINUTES < end && end <= start + DAY_MINUTES && start < DAY_MINUTES {
            end -= DAY_MINUTES;
        }
        write!(f, "{:02}:{:02}-{:02}:{:02}", start / 60, start % 60, end / 60, end % 60)
    }
}

/// The hours that begin on one day, in order, none touching the next. One that crosses midnight is here whole, and
/// not among those of the day after.
///
/// Written as `12:00-15:00, 18:00-23:00`, `open all day` or `closed`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DayHours(Vec<Span>);

impl DayHours {
    /// Those of `spans`, in any order, overlapping or not.
    pub(super) fn of(mut spans: Vec<Span>) -> Self {
        spans.sort_unstable();
        spans.dedup_by(|next, last| {
            let joins = next.start <= last.end;
            if joins {
                last.end = last.end.max(next.end);
            }
            joins
        });
        Self(spans)
    }

    /// What `rules` say of `date`. Each rule, in turn, meets what those before it said *of that day*, so hours that
    /// began on the day before are none of its business.
    pub(super) fn ruled(rules: &[Rule], holidays: &Holidays, date: Date) -> Self {
        let mut open: Vec<Span> = Vec::new();
        for rule in rules.iter().filter(|rule| rule.days.contain(date, holidays)) {
            let times = if rule.times.is_empty() { &[Span::DAY][..] } else { &rule.times };
            match (rule.state, rule.joint) {
                (State::Open, Joint::Instead) => open = times.to_vec(),
                (State::Open, Joint::Also) => open.extend_from_slice(times),
                (State::Open, Joint::Otherwise) if open.is_empty() => open = times.to_vec(),
                (_, Joint::Otherwise) => {}
                // Closed all day: also what goes on after midnight.
                (State::Off | State::Unknown, _) if rule.times.is_empty() => open.clear(),
                (State::Off | State::Unknown, _) => {
                    // Without overlaps what is left stays in proportion to the length of the text.
                    open = Self::of(open).0;
                    for &closed in times {
                        open = open.into_iter().flat_map(|span| span.without(closed)).collect();
                    }
                }
            }
        }
        Self::of(open)
    }

    /// The spans, in order.
    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// Whether nothing begins on the day.
    pub fn are_closed(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for DayHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("closed"),
            [Span::DAY] => f.write_str("open all day"),
            spans => {
                for (index, span) in spans.iter().enumerate() {
                    write!(f, "{}{span}", if index == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
        }
    }
}
