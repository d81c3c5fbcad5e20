//! The opening hours of a place: an expression in the language of `OpenStreetMap`'s `opening_hours`, public holidays
//! and dated exceptions, and the instants at which the place is open by them. It knows no holiday by itself, and
//! never guesses: what it does not understand it refuses.
//!
//! # The language
//!
//! | written | means |
//! | --- | --- |
//! | `Mo-Fr 09:00-12:30,13:30-17:00` | weekdays and times; without days: every day; without times: all day |
//! | `22:00-03:00`, `20:00-26:00` | until the next day |
//! | `24/7` | always |
//! | `PH` | public holidays, as a weekday: `PH off`, `Su,PH 10:00-16:00` |
//! | `Dec 24`, `Dec 24-26`, `Jun-Aug`, `2026 Dec 24-2027 Jan 6` | dates and months |
//! | `2026`, `2026-2028`, `2026+` | years |
//! | `week 1-53/2` | weeks of ISO 8601 |
//! | `Su[1]`, `Fr[-1]` | the first Sunday, the last Friday of a month |
//! | `off` or `closed`, `open`, `unknown`, `"by appointment"` | what is then. Unknown, and a comment alone, opens nothing |
//! | `A; B` | on the days of B stands what B says instead of what A says; `off` with times closes only these |
//! | `A, B` | B's times are added. `Mo, We 10:00-12:00` is one rule: a comma goes on with the list before it if it can |
//! | <code>A &#124;&#124; B</code> | B speaks for days that A doesn't open |
//!
//! Not understood, and refused by name: the sun, school holidays, Easter, open ends (`18:00+`), repeated times,
//! days counted from others.
//!
//! # Hours belong to the day they begin on
//!
//! Friday's `22:00-03:00` is Friday's also after midnight. Whatever speaks for Saturday alone (another rule, `off`, a
//! holiday, an exception) does not touch it, and what closes Friday closes all of it. So every question is
//! answered from days that are each evaluated by themselves.
//!
//! # The clock on the wall
//!
//! Times become instants in the time zone of the place by one rule, for beginnings and ends alike:
//!
//! - The clock shows a time twice: the *first* counts. A bar that closes at 02:30 closes when the clock first says so,
//!   and one that opens then opens then.
//! - The clock skips a time: the instant of the *jump* counts, for there the clock goes past it. `01:00-02:30` ends
//!   when 02:00 becomes 03:00, `02:30-06:00` begins then, and `02:15-02:45` does not exist on that day.
//!
//! The rule never runs backwards: what is earlier on the wall is never later in fact, so hours that touch on paper
//! touch, and longer hours hold shorter ones. (Where a time is skipped, RFC 5545 goes by the offset from before the
//! jump. That is right for a meeting, whose length matters; for doors it would close `01:00-02:30` after `01:00-03:00`.)

mod day;
mod parse;
mod rule;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

pub use self::day::{DayHours, Span};
pub use self::parse::{Fault, HoursProblem};
use self::rule::Rule;
use crate::interval::Interval;
use crate::limits::HOURS_WINDOW_MAX;

/// The opening hours of a place. Cheap to clone: everything in it is shared.
///
/// Written as an expression that reads as the same rules; holidays and exceptions are not part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpeningHours {
    rules: Arc<[Rule]>,
    holidays: Holidays,
    exceptions: Arc<BTreeMap<Date, Exception>>,
}

/// The public holidays that hold for a place: what `PH` means. Cheap to clone, so that places can share one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays(Arc<BTreeSet<Date>>);

impl Holidays {
    /// Whether `date` is one.
    pub fn contain(&self, date: Date) -> bool {
        self.0.contains(&date)
    }
}

impl FromIterator<Date> for Holidays {
    fn from_iter<T: IntoIterator<Item = Date>>(dates: T) -> Self {
        Self(Arc::new(dates.into_iter().collect()))
    }
}

/// What holds on one local day instead of the rules, for whatever would begin on that day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception(DayHours);

impl Exception {
    /// Nothing begins on that day.
    pub fn closed() -> Self {
        Self(DayHours::default())
    }

    /// Reads `closed` (or `off`), `open all day` (or `open`), or times: `10:00-14:00,18:00-02:00`.
    pub fn parse(text: &str) -> Result<Self, HoursProblem> {
        parse::times(text).map(|times| Self(DayHours::of(times)))
    }

    /// The hours that it sets.
    pub fn hours(&self) -> &DayHours {
        &self.0
    }
}

/// As [`Exception::parse`] reads it: `closed`, or times, of a whole day too.
impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.spans() {
            [] => f.write_str("closed"),
            [day] => write!(f, "{day}"),
            _ => write!(f, "{}", self.0),
        }
    }
}

/// A window longer than [`HOURS_WINDOW_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowTooLong;

impl fmt::Display for WindowTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "must span at most {} days", HOURS_WINDOW_MAX.as_hours() / 24)
    }
}

impl std::error::Error for WindowTooLong {}

/// The place is closed at an instant of an interval.
///
/// Written for whoever asked for the interval: `closed; open on 2026-05-02 12:00-15:00, 18:00-23:00`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The first such instant.
    pub at: Timestamp,
    /// The local day on which that is.
    pub date: Date,
    /// What is open on that day.
    pub hours: DayHours,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.hours.are_closed() {
            write!(f, "closed on {}", self.date)
        } else {
            write!(f, "closed; open on {} {}", self.date, self.hours)
        }
    }
}

impl OpeningHours {
    /// Reads an expression of at most [`HOURS_BYTES_MAX`](crate::limits::HOURS_BYTES_MAX) bytes.
    pub fn parse(text: &str) -> Result<Self, HoursProblem> {
        let rules = parse::rules(text)?.into();
        Ok(Self { rules, holidays: Holidays::default(), exceptions: Arc::default() })
    }

    /// The same hours with these public holidays instead of those they had.
    #[must_use]
    pub fn with_holidays(self, holidays: Holidays) -> Self {
        Self { holidays, ..self }
    }

    /// The same hours with these exceptions instead of those they had; of two for one day the later one holds.
    #[must_use]
    pub fn with_exceptions(self, exceptions: impl IntoIterator<Item = (Date, Exception)>) -> Self {
        Self { exceptions: Arc::new(exceptions.into_iter().collect()), ..self }
    }

    /// Whether a rule names public holidays. Without [holidays](Self::with_holidays) `PH off` closes nothing, so
    /// whoever takes such an expression has to have some.
    pub fn need_holidays(&self) -> bool {
        self.rules.iter().any(|rule| rule.days.holidays)
    }

    /// The hours that begin on a local day.
    pub fn on(&self, date: Date) -> DayHours {
        match self.exceptions.get(&date) {
            Some(exception) => exception.hours().clone(),
            None => DayHours::ruled(&self.rules, &self.holidays, date),
        }
    }

    /// When the place is open in `window`, which is at most [`HOURS_WINDOW_MAX`] long: in order, none touching the
    /// next, cut to the window.
    pub fn open(&self, zone: &TimeZone, window: Interval) -> Result<Vec<Interval>, WindowTooLong> {
        if HOURS_WINDOW_MAX < window.duration() {
            return Err(WindowTooLong);
        }
        // Merged by the clock on the wall, because asking the time zone is what costs; the mapping never runs
        // backwards, so nothing is lost by it.
        let mut spans: Vec<(DateTime, DateTime)> =
            local_days(zone, window).flat_map(|date| self.spans_from(date)).collect();
        spans.sort_unstable();
        spans.dedup_by(|next, last| {
            let touch = next.0 <= last.1;
            if touch {
                last.1 = last.1.max(next.1);
            }
            touch
        });
        let mut open: Vec<Interval> = spans
            .into_iter()
            .filter_map(|(start, end)| {
                let start = instant(zone, start)?.max(window.start());
                let end = instant(zone, end)?.min(window.end());
                Interval::new(start, end).ok()
            })
            .collect();
        // Two that a skipped time lay between touch now.
        open.dedup_by(|next, last| {
            let touch = next.start() <= last.end();
            if touch && let Ok(both) = Interval::new(last.start(), next.end()) {
                *last = both;
            }
            touch
        });
        Ok(open)
    }

    /// Whether the place is open at every instant of `interval`, which is at most [`HOURS_WINDOW_MAX`] long.
    pub fn covers(&self, zone: &TimeZone, interval: Interval) -> Result<bool, WindowTooLong> {
        self.first_closed(zone, interval).map(|closed| closed.is_none())
    }

    /// Where `interval` first meets a closed door, and what is open on that day; `None`: the place is open
    /// throughout.
    pub fn first_closed(&self, zone: &TimeZone, interval: Interval) -> Result<Option<Closed>, WindowTooLong> {
        let at = match self.open(zone, interval)?.first() {
            Some(open) if open.contains(interval) => return Ok(None),
            Some(open) if open.start() == interval.start() => open.end(),
            _ => interval.start(),
        };
        let date = zone.to_datetime(at).date();
        Ok(Some(Closed { at, date, hours: self.on(date) }))
    }

    /// The spans that begin on `date`, by the clock on the wall.
    fn spans_from(&self, date: Date) -> Vec<(DateTime, DateTime)> {
        self.on(date).spans().iter().filter_map(|span| span.on(date)).collect()
    }
}

impl fmt::Display for OpeningHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rules = self.rules.iter().peekable();
        let mut is_first = true;
        while let Some(rule) = rules.next() {
            if !std::mem::take(&mut is_first) {
                f.write_str(rule.joint.as_str())?;
            }
            rule.write(f, rules.peek().is_some_and(|next| rule.swallows(next)))?;
        }
        Ok(())
    }
}

/// The local days whose hours can be open in `window`: its own, the day before, whose hours may go on to the end of the
/// next, and the day after, for where clocks go back over midnight it has begun already when it is yesterday again.
fn local_days(zone: &TimeZone, window: Interval) -> impl Iterator<Item = Date> {
    let first = zone.to_datetime(window.start()).date().saturating_sub(1.day());
    let last = zone.to_datetime(window.end()).date().saturating_add(1.day());
    first.series(1.day()).take_while(move |date| *date <= last)
}

/// The instant at which the clock on the wall reaches `time`; `None` beyond the range of time.
fn instant(zone: &TimeZone, time: DateTime) -> Option<Timestamp> {
    let offset = match zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => offset,
        AmbiguousOffset::Gap { after, .. } => {
            // Read with the offset from after the jump, a skipped time is an instant shortly before it.
            let shortly_before = after.to_timestamp(time).ok()?;
            return zone.following(shortly_before).next().map(|jump| jump.timestamp());
        }
    };
    offset.to_timestamp(time).ok()
}
