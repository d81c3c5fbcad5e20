//! A rule of recurrence as a value: what stands in it can be followed. It is made from text only, and never knows where
//! a series that follows it starts.

use std::fmt;

use jiff::civil::{Date, DateTime, Weekday};

/// How a series goes on: the value of an `RRULE`, within the grammar that is supported.
///
/// `FREQ` is `DAILY`, `WEEKLY`, `MONTHLY` or `YEARLY`; the other parts are `INTERVAL`, `COUNT` or `UNTIL`, `BYMONTH`,
/// `BYMONTHDAY`, `BYDAY` and `WKST`. It is parsed from text, and its `Display` writes it in one canonical form that
/// parses to the same rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: i64,
    pub(super) end: End,
    pub(super) by: By,
    pub(super) week_start: Weekday,
}

/// What one period of the rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frequency {
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// Where the rule ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Never,
    /// After so many occurrences, the first of them the start.
    Count(usize),
    Until(Until),
}

/// The last time at which an occurrence may start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// Any time of that day, in civil time.
    Date(Date),
    /// That time, in civil time.
    Local(DateTime),
    /// That instant. It is kept in UTC's civil time, for the year 9999 that people write for "never" ends a little after
    /// the last instant that can be told.
    Utc(DateTime),
}

/// The `BY…` parts: what the days of the rule have in common; an empty set asks for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct By {
    pub(super) months: Numbers,
    /// Days of the month, from its first.
    pub(super) month_days: Numbers,
    /// Days of the month, from its last: 1 is the last.
    pub(super) month_days_back: Numbers,
    /// Every such weekday, counted from Monday as 0.
    pub(super) weekdays: Numbers,
    /// Certain such weekdays of the month or year.
    pub(super) nth_weekdays: Vec<NthWeekday>,
}

/// The first, second, … Monday of a month or year; below zero, from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NthWeekday {
    pub(super) n: i16,
    pub(super) weekday: Weekday,
}

/// A set of small numbers, 0 to 31.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers(u32);

impl Numbers {
    pub(super) fn insert(&mut self, number: i8) {
        self.0 |= Self::bit(number);
    }

    pub(super) fn has(self, number: i8) -> bool {
        self.0 & Self::bit(number) != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn iter(self) -> impl DoubleEndedIterator<Item = i8> {
        (0..32).filter(move |number| self.has(*number))
    }

    fn bit(number: i8) -> u32 {
        1_u32.checked_shl(u32::from(number.unsigned_abs())).unwrap_or(0)
    }
}

impl FromIterator<i8> for Numbers {
    fn from_iter<I: IntoIterator<Item = i8>>(numbers: I) -> Self {
        let mut set = Self::default();
        numbers.into_iter().for_each(|number| set.insert(number));
        set
    }
}

impl By {
    /// Whether it asks for certain days within a month, week or year at all.
    pub(super) fn name_no_day(&self) -> bool {
        self.month_days.is_empty()
            && self.month_days_back.is_empty()
            && self.weekdays.is_empty()
            && self.nth_weekdays.is_empty()
    }
}

/// Weekdays as they are written, from Monday.
pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("MO", Weekday::Monday),
    ("TU", Weekday::Tuesday),
    ("WE", Weekday::Wednesday),
    ("TH", Weekday::Thursday),
    ("FR", Weekday::Friday),
    ("SA", Weekday::Saturday),
    ("SU", Weekday::Sunday),
];

fn weekday_name(weekday: Weekday) -> &'static str {
    WEEKDAYS.iter().find(|(_, day)| *day == weekday).map_or("", |(name, _)| name)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frequency = match self.frequency {
            Frequency::Daily => "DAILY",
            Frequency::Weekly => "WEEKLY",
            Frequency::Monthly => "MONTHLY",
            Frequency::Yearly => "YEARLY",
        };
        write!(f, "FREQ={frequency}")?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        match self.end {
            End::Never => {}
            End::Count(count) => write!(f, ";COUNT={count}")?,
            End::Until(until) => write!(f, ";UNTIL={until}")?,
        }
        if self.week_start != Weekday::Monday {
            write!(f, ";WKST={}", weekday_name(self.week_start))?;
        }
        let by = &self.by;
        list(f, "BYMONTH", by.months.iter().map(|month| month.to_string()))?;
        let from_the_end = by.month_days_back.iter().rev().map(|day| format!("-{day}"));
        list(f, "BYMONTHDAY", from_the_end.chain(by.month_days.iter().map(|day| day.to_string())))?;
        let every = WEEKDAYS.iter().filter(|(_, day)| by.weekdays.has(day.to_monday_zero_offset()));
        let nth = by.nth_weekdays.iter().map(|day| format!("{}{}", day.n, weekday_name(day.weekday)));
        list(f, "BYDAY", every.map(|(name, _)| (*name).to_owned()).chain(nth))
    }
}

fn list(f: &mut fmt::Formatter<'_>, name: &str, values: impl Iterator<Item = String>) -> fmt::Result {
    for (n, value) in values.enumerate() {
        if n == 0 { write!(f, ";{name}={value}")? } else { write!(f, ",{value}")? }
    }
    Ok(())
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{}", date.strftime("%Y%m%d")),
            Self::Local(time) => write!(f, "{}", time.strftime("%Y%m%dT%H%M%S")),
            Self::Utc(time) => write!(f, "{}Z", time.strftime("%Y%m%dT%H%M%S")),
        }
    }
}
