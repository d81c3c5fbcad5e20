//! Reads a rule from its text, and says what is wrong with it in words for whoever wrote it. It never corrects a rule and
//! never leaves out what it doesn't understand.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time, Weekday};

use super::rule::{By, End, Frequency, NthWeekday, Numbers, Rule, Until, WEEKDAYS};
use crate::limits::{RULE_BYTES_MAX, RULE_INTERVAL_MAX, SERIES_OCCURRENCES_MAX};

/// A part of a rule that RFC 5545 knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `FREQ`
    Freq,
    /// `INTERVAL`
    Interval,
    /// `COUNT`
    Count,
    /// `UNTIL`
    Until,
    /// `BYMONTH`
    ByMonth,
    /// `BYMONTHDAY`
    ByMonthDay,
    /// `BYDAY`
    ByDay,
    /// `WKST`
    Wkst,
    /// `BYSETPOS`, which is not supported.
    BySetPos,
    /// `BYWEEKNO`, which is not supported.
    ByWeekNo,
    /// `BYYEARDAY`, which is not supported.
    ByYearDay,
    /// `BYHOUR`, which is not supported.
    ByHour,
    /// `BYMINUTE`, which is not supported.
    ByMinute,
    /// `BYSECOND`, which is not supported.
    BySecond,
}

impl Part {
    const ALL: [Self; 14] = [
        Self::Freq,
        Self::Interval,
        Self::Count,
        Self::Until,
        Self::ByMonth,
        Self::ByMonthDay,
        Self::ByDay,
        Self::Wkst,
        Self::BySetPos,
        Self::ByWeekNo,
        Self::ByYearDay,
        Self::ByHour,
        Self::ByMinute,
        Self::BySecond,
    ];

    /// Its name in the text of a rule.
    pub fn name(self) -> &'static str {
        match self {
            Self::Freq => "FREQ",
            Self::Interval => "INTERVAL",
            Self::Count => "COUNT",
            Self::Until => "UNTIL",
            Self::ByMonth => "BYMONTH",
            Self::ByMonthDay => "BYMONTHDAY",
            Self::ByDay => "BYDAY",
            Self::Wkst => "WKST",
            Self::BySetPos => "BYSETPOS",
            Self::ByWeekNo => "BYWEEKNO",
            Self::ByYearDay => "BYYEARDAY",
            Self::ByHour => "BYHOUR",
            Self::ByMinute => "BYMINUTE",
            Self::BySecond => "BYSECOND",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name().eq_ignore_ascii_case(name))
    }
}

/// What is wrong with the text of a rule. Its `Display` is a sentence for the user, without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleError {
    /// It has more than [`RULE_BYTES_MAX`] bytes.
    TooLong,
    /// This is not of the form `NAME=VALUE`.
    NotAPart(String),
    /// No part has this name.
    UnknownPart(String),
    /// The part stands there more than once.
    Repeated(Part),
    /// The part exists in RFC 5545 and is not supported here.
    Unsupported(Part),
    /// There is no `FREQ`.
    NoFrequency,
    /// `FREQ` is `HOURLY`, `MINUTELY` or `SECONDLY`.
    TooFrequent(String),
    /// Both `COUNT` and `UNTIL` are given.
    CountAndUntil,
    /// The part's value, or one in its list, is not what the part may hold.
    Value {
        /// The part.
        part: Part,
        /// The value as it was given, cut if it is long.
        value: String,
        /// What it must be.
        expected: String,
    },
    /// `BYMONTHDAY` in a weekly rule.
    MonthDayInWeekly,
    /// A weekday with an ordinal, such as `2MO`, in a daily or weekly rule.
    OrdinalOutsideMonth(String),
}

impl RuleError {
    /// The part that is wrong, if it is one that RFC 5545 knows.
    pub fn part(&self) -> Option<Part> {
        match self {
            Self::TooLong | Self::NotAPart(_) | Self::UnknownPart(_) => None,
            Self::Repeated(part) | Self::Unsupported(part) | Self::Value { part, .. } => Some(*part),
            Self::NoFrequency | Self::TooFrequent(_) => Some(Part::Freq),
            Self::CountAndUntil => Some(Part::Until),
            Self::MonthDayInWeekly => Some(Part::ByMonthDay),
            Self::OrdinalOutsideMonth(_) => Some(Part::ByDay),
        }
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the rule has more than {RULE_BYTES_MAX} bytes"),
            Self::NotAPart(text) => {
                write!(f, "{text:?} is not of the form NAME=VALUE; parts are separated by semicolons")
            }
            Self::UnknownPart(name) => write!(f, "{name:?} is no part of a recurrence rule"),
            Self::Repeated(part) => write!(f, "{} stands in the rule more than once", part.name()),
            Self::Unsupported(part) => write!(f, "{} is not supported", part.name()),
            Self::NoFrequency => f.write_str("FREQ is missing; it must be DAILY, WEEKLY, MONTHLY or YEARLY"),
            Self::TooFrequent(value) => {
                write!(f, "FREQ={value} is not supported; it must be DAILY, WEEKLY, MONTHLY or YEARLY")
            }
            Self::CountAndUntil => f.write_str("COUNT and UNTIL can't stand in one rule"),
            Self::Value { part, value, expected } => write!(f, "{}: {value:?} is not {expected}", part.name()),
            Self::MonthDayInWeekly => f.write_str("BYMONTHDAY can't stand in a rule with FREQ=WEEKLY"),
            Self::OrdinalOutsideMonth(value) => write!(
                f,
                "BYDAY: {value:?} counts the weekdays of a month or year, which needs FREQ=MONTHLY or FREQ=YEARLY"
            ),
        }
    }
}

impl std::error::Error for RuleError {}

impl FromStr for Rule {
    type Err = RuleError;

    /// Reads the value of an `RRULE`, with or without the name before it. Upper and lower case are one.
    fn from_str(text: &str) -> Result<Self, RuleError> {
        if RULE_BYTES_MAX < text.len() {
            return Err(RuleError::TooLong);
        }
        let value = match text.split_at_checked(6) {
            Some((name, value)) if name.eq_ignore_ascii_case("RRULE:") => value,
            _ => text,
        };
        let parts = split(value)?;
        let given = |part| parts.iter().find(|(other, _)| *other == part).map(|(_, value)| *value);

        let frequency = frequency(given(Part::Freq).ok_or(RuleError::NoFrequency)?)?;
        let end = match (given(Part::Count), given(Part::Until)) {
            (Some(_), Some(_)) => return Err(RuleError::CountAndUntil),
            (Some(value), None) => End::Count(number(Part::Count, value, SERIES_OCCURRENCES_MAX)?),
            (None, Some(value)) => End::Until(until(value)?),
            (None, None) => End::Never,
        };
        let interval = given(Part::Interval).map_or(Ok(1), |value| number(Part::Interval, value, RULE_INTERVAL_MAX))?;
        let week_start = given(Part::Wkst).map_or(Ok(Weekday::Monday), |value| {
            weekday(value).ok_or_else(|| wrong(Part::Wkst, value, "a weekday from MO to SU"))
        })?;

        let mut by = By::default();
        for value in items(given(Part::ByMonth)) {
            by.months.insert(number(Part::ByMonth, value, 12)?);
        }
        for value in items(given(Part::ByMonthDay)) {
            if frequency == Frequency::Weekly {
                return Err(RuleError::MonthDayInWeekly);
            }
            let day = signed(value).filter(|day: &i8| (1..=31).contains(&day.abs()));
            let day = day.ok_or_else(|| wrong(Part::ByMonthDay, value, "a day from 1 to 31 or from -31 to -1"))?;
            if day < 0 { by.month_days_back.insert(-day) } else { by.month_days.insert(day) }
        }
        (by.weekdays, by.nth_weekdays) = weekdays(given(Part::ByDay), frequency, !by.months.is_empty())?;
        Ok(Self { frequency, interval, end, by, week_start })
    }
}

/// The parts of a rule with their values, each known, supported and there once.
fn split(text: &str) -> Result<Vec<(Part, &str)>, RuleError> {
    let mut parts: Vec<(Part, &str)> = Vec::new();
    for text in text.split(';') {
        let (name, value) = text.split_once('=').ok_or_else(|| RuleError::NotAPart(excerpt(text)))?;
        let part = Part::named(name).ok_or_else(|| RuleError::UnknownPart(excerpt(name)))?;
        match part {
            Part::BySetPos | Part::ByWeekNo | Part::ByYearDay | Part::ByHour | Part::ByMinute | Part::BySecond => {
                return Err(RuleError::Unsupported(part));
            }
            _ if parts.iter().any(|(other, _)| *other == part) => return Err(RuleError::Repeated(part)),
            _ => parts.push((part, value)),
        }
    }
    Ok(parts)
}

fn frequency(value: &str) -> Result<Frequency, RuleError> {
    match value.to_ascii_uppercase().as_str() {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        below @ ("HOURLY" | "MINUTELY" | "SECONDLY") => Err(RuleError::TooFrequent(below.to_owned())),
        _ => Err(wrong(Part::Freq, value, "DAILY, WEEKLY, MONTHLY or YEARLY")),
    }
}

/// The values of `BYDAY`: those that mean every such weekday, and those that mean one of a month or year.
fn weekdays(
    value: Option<&str>,
    frequency: Frequency,
    within_months: bool,
) -> Result<(Numbers, Vec<NthWeekday>), RuleError> {
    let (mut every, mut nth) = (Numbers::default(), Vec::new());
    for value in items(value) {
        let expected = || wrong(Part::ByDay, value, "a weekday from MO to SU, with an ordinal before it or without");
        let (ordinal, name) = value.split_at_checked(value.len().saturating_sub(2)).ok_or_else(expected)?;
        let weekday = weekday(name).ok_or_else(expected)?;
        if ordinal.is_empty() {
            every.insert(weekday.to_monday_zero_offset());
            continue;
        }
        let n = signed::<i16>(ordinal).ok_or_else(expected)?;
        let (max, whole) = match frequency {
            Frequency::Daily | Frequency::Weekly => return Err(RuleError::OrdinalOutsideMonth(excerpt(value))),
            Frequency::Yearly if !within_months => (53, "year"),
            Frequency::Monthly | Frequency::Yearly => (5, "month"),
        };
        if !(1..=max).contains(&n.abs()) {
            let expected = format!("a weekday of a {whole}, which are counted from 1 to {max} or from -{max} to -1");
            return Err(wrong(Part::ByDay, value, expected));
        }
        nth.push(NthWeekday { n, weekday });
    }
    nth.sort_by_key(|day| (day.n, day.weekday.to_monday_zero_offset()));
    nth.dedup();
    Ok((every, nth))
}

fn weekday(name: &str) -> Option<Weekday> {
    WEEKDAYS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, weekday)| *weekday)
}

/// `20270131`, `20270131T090000` or `20270131T090000Z`.
fn until(value: &str) -> Result<Until, RuleError> {
    let until = || {
        let text = value.to_ascii_uppercase();
        let Some((date, time)) = text.split_once('T') else { return parse_date(&text).map(Until::Date) };
        let civil = |time| Some(DateTime::from_parts(parse_date(date)?, parse_time(time)?));
        match time.strip_suffix('Z') {
            Some(time) => civil(time).map(Until::Utc),
            None => civil(time).map(Until::Local),
        }
    };
    let expected = "a date (20270131), a local time (20270131T090000) or a time in UTC (20270131T090000Z) that exists";
    until().ok_or_else(|| wrong(Part::Until, value, expected))
}

fn parse_date(text: &str) -> Option<Date> {
    if text.len() != 8 {
        return None;
    }
    Date::new(digits(text.get(..4)?)?, digits(text.get(4..6)?)?, digits(text.get(6..)?)?).ok()
}

fn parse_time(text: &str) -> Option<Time> {
    if text.len() != 6 {
        return None;
    }
    Time::new(digits(text.get(..2)?)?, digits(text.get(2..4)?)?, digits(text.get(4..)?)?, 0).ok()
}

/// A number from 1 to `max`.
fn number<T: Copy + FromStr + Default + PartialOrd + fmt::Display>(
    part: Part,
    value: &str,
    max: T,
) -> Result<T, RuleError> {
    let zero = T::default();
    let number = digits(value).filter(|number| zero < *number && *number <= max);
    number.ok_or_else(|| wrong(part, value, format!("a number from 1 to {max}")))
}

/// A number that may have a sign, as RFC 5545 writes it; `None` if it is too large for its type as well.
fn signed<T: FromStr + std::ops::Neg<Output = T>>(text: &str) -> Option<T> {
    match text.strip_prefix('-') {
        Some(text) => digits(text).map(|number: T| -number),
        None => digits(text.strip_prefix('+').unwrap_or(text)),
    }
}

fn digits<T: FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// The values of a list; none if the part is not there.
fn items(value: Option<&str>) -> impl Iterator<Item = &str> {
    value.into_iter().flat_map(|value| value.split(','))
}

fn wrong(part: Part, value: &str, expected: impl Into<String>) -> RuleError {
    RuleError::Value { part, value: excerpt(value), expected: expected.into() }
}

/// As much of what was given as belongs into a message.
fn excerpt(text: &str) -> String {
    const CHARS_MAX: usize = 40;
    let mut excerpt: String = text.chars().take(CHARS_MAX).collect();
    if excerpt.len() < text.len() {
        excerpt.push('…');
    }
    excerpt
}
