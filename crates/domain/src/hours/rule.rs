//! The rules of an expression as they were read, which civil days each speaks for, and how it is written again.
//! It knows no time zone and no instant, and never asks what another rule says: that is [`super::day`]'s business.

use std::fmt::{self, Write};

use jiff::civil::{Date, Weekday};

use super::Holidays;
use super::day::Span;

/// Writes `items` with commas between them.
fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: impl IntoIterator<Item = T>) -> fmt::Result {
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            f.write_char(',')?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}

/// How a rule meets those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joint {
    /// `;`: on the days it speaks for it stands instead of what was said.
    Instead,
    /// `,`: it adds to what was said.
    Also,
    /// `||`: it speaks for days that nothing before it opens.
    Otherwise,
}

impl Joint {
    /// How it is written between two rules.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Instead => "; ",
            Self::Also => ", ",
            Self::Otherwise => " || ",
        }
    }
}

/// What a rule says of its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Open,
    Off,
    /// Open, perhaps: ask. Nothing can be booked on a perhaps.
    Unknown,
}

/// One rule: days, times of day, and what is then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) joint: Joint,
    pub(super) days: Days,
    /// None: the whole day.
    pub(super) times: Vec<Span>,
    pub(super) state: State,
    pub(super) comment: Option<Box<str>>,
}

/// The days of a rule: those that pass every list that is not empty. Weekdays and holidays are one list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) years: Vec<Years>,
    pub(super) dates: Vec<Dates>,
    pub(super) weeks: Vec<Weeks>,
    pub(super) weekdays: Vec<Weekdays>,
    pub(super) holidays: bool,
}

impl Days {
    pub(super) fn contain(&self, date: Date, holidays: &Holidays) -> bool {
        (self.years.is_empty() || self.years.iter().any(|years| years.contain(date)))
            && (self.dates.is_empty() || self.dates.iter().any(|dates| dates.contain(date)))
            && (self.weeks.is_empty() || self.weeks.iter().any(|weeks| weeks.contain(date)))
            && (self.weekdays.is_empty() && !self.holidays
                || self.weekdays.iter().any(|weekdays| weekdays.contain(date))
                || self.holidays && holidays.contain(date))
    }

    fn are_all(&self) -> bool {
        *self == Self::default()
    }
}

/// `2026`, `2026-2028`, `2026+`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Years {
    pub(super) from: i16,
    /// The last of them; `None`: for ever.
    pub(super) to: Option<i16>,
}

impl Years {
    fn contain(self, date: Date) -> bool {
        self.from <= date.year() && self.to.is_none_or(|to| date.year() <= to)
    }
}

/// A month, or a day of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MonthDay {
    pub(super) month: i8,
    pub(super) day: Option<i8>,
}

impl MonthDay {
    fn first(self) -> (i8, i8) {
        (self.month, self.day.unwrap_or(1))
    }

    fn last(self) -> (i8, i8) {
        (self.month, self.day.unwrap_or(31))
    }
}

/// `Dec 24-26`, `Jun-Aug`, `Nov 1-Mar 31`, each every year or from one year on, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dates {
    pub(super) from: MonthDay,
    pub(super) to: MonthDay,
    /// The years of `from` and `to`; `None`: every year.
    pub(super) years: Option<(i16, i16)>,
}

impl Dates {
    /// Whether `to` comes before `from` in a year: then the range goes on into the next one.
    pub(super) fn wraps(from: MonthDay, to: MonthDay) -> bool {
        to.last() < from.first()
    }

    fn contain(self, date: Date) -> bool {
        let (from, to, day) = (self.from.first(), self.to.last(), (date.month(), date.day()));
        match self.years {
            Some((first, last)) => (first, from) <= (date.year(), day) && (date.year(), day) <= (last, to),
            None if Self::wraps(self.from, self.to) => from <= day || day <= to,
            None => from <= day && day <= to,
        }
    }
}

/// `week 5`, `week 1-26`, `week 1-53/2`: weeks of ISO 8601.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weeks {
    pub(super) from: i8,
    pub(super) to: i8,
    pub(super) step: i8,
}

impl Weeks {
    fn contain(self, date: Date) -> bool {
        let week = date.iso_week_date().week();
        self.from <= week && week <= self.to && (week - self.from) % self.step == 0
    }
}

/// `Mo`, `Mo-Fr`, `Sa-Mo`, `Su[1]`, `Fr[-1]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Weekdays {
    pub(super) from: Weekday,
    pub(super) to: Weekday,
    /// Which of the month's, from its start or, negative, from its end; none: all of them.
    pub(super) nth: Vec<i8>,
}

impl Weekdays {
    fn contain(&self, date: Date) -> bool {
        let weekday = date.weekday();
        if self.from.until(self.to) < self.from.until(weekday) {
            return false;
        }
        let from_start = (date.day() - 1) / 7 + 1;
        let from_end = (date.days_in_month() - date.day()) / 7 + 1;
        self.nth.is_empty() || self.nth.iter().any(|&nth| nth == from_start || nth == -from_end)
    }
}

/// The kinds of which a rule is made, in their order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Date,
    Week,
    Weekday,
    Time,
    /// `24/7`, or nothing but a state: never taken for an item of a list.
    Whole,
}

impl Rule {
    /// The parts that are written, from first to last.
    fn parts(&self) -> impl DoubleEndedIterator<Item = Part> {
        let days = &self.days;
        let written = [
            (!days.years.is_empty() || !days.dates.is_empty(), Part::Date),
            (!days.weeks.is_empty(), Part::Week),
            (!days.weekdays.is_empty() || days.holidays, Part::Weekday),
            (!self.times.is_empty(), Part::Time),
        ];
        written.into_iter().filter_map(|(is_written, part)| is_written.then_some(part))
    }

    /// Whether `next`, written after this rule and a comma, would be read as more of this rule's last list.
    pub(super) fn swallows(&self, next: &Rule) -> bool {
        next.joint == Joint::Also
            && self.state == State::Open
            && self.comment.is_none()
            && self.parts().next_back().unwrap_or(Part::Whole) == next.parts().next().unwrap_or(Part::Whole)
    }

    /// Writes the rule, with the word `open` if it is to be `explicit` although it could be left out.
    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, explicit: bool) -> fmt::Result {
        let whole = self.days.are_all() && self.times.is_empty();
        let mut selectors = Selectors(self).to_string();
        if whole && self.state == State::Open {
            selectors.push_str("24/7");
        }
        f.write_str(&selectors)?;
        let word = match self.state {
            State::Open if explicit || self.comment.is_some() => "open",
            State::Open => "",
            State::Off => "off",
            State::Unknown => "unknown",
        };
        let comment = self.comment.as_ref().map(|comment| format!("\"{comment}\"")).unwrap_or_default();
        let mut space = !selectors.is_empty();
        for text in [word, &comment].into_iter().filter(|text| !text.is_empty()) {
            if space {
                f.write_char(' ')?;
            }
            f.write_str(text)?;
            space = true;
        }
        Ok(())
    }
}

/// The days and times of a rule, as text.
struct Selectors<'a>(&'a Rule);

impl fmt::Display for Selectors<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Days { years, dates, weeks, weekdays, holidays } = &self.0.days;
        let mut space = false;
        let mut start = |f: &mut fmt::Formatter<'_>, written: bool| {
            if written && std::mem::replace(&mut space, true) { f.write_char(' ') } else { Ok(()) }
        };
        start(f, !years.is_empty())?;
        list(f, years)?;
        start(f, !dates.is_empty())?;
        list(f, dates)?;
        start(f, !weeks.is_empty())?;
        if !weeks.is_empty() {
            f.write_str("week ")?;
        }
        list(f, weeks)?;
        start(f, !weekdays.is_empty() || *holidays)?;
        list(f, weekdays)?;
        match (weekdays.is_empty(), holidays) {
            (_, false) => {}
            (true, true) => f.write_str("PH")?,
            (false, true) => f.write_str(",PH")?,
        }
        start(f, !self.0.times.is_empty())?;
        list(f, &self.0.times)
    }
}

impl fmt::Display for Years {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to {
            None => write!(f, "{}+", self.from),
            Some(to) if to == self.from => write!(f, "{to}"),
            Some(to) => write!(f, "{}-{to}", self.from),
        }
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = usize::from(self.month.unsigned_abs()).saturating_sub(1);
        f.write_str(MONTHS.get(index).copied().unwrap_or_default())?;
        self.day.map_or(Ok(()), |day| write!(f, " {day:02}"))
    }
}

impl fmt::Display for Dates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, years } = *self;
        if let Some((year, _)) = years {
            write!(f, "{year} ")?;
        }
        write!(f, "{from}")?;
        match years {
            // The year is written again only where the range would not end in it by itself.
            Some((first, last)) if last != first + i16::from(Self::wraps(from, to)) => write!(f, "-{last} {to}"),
            _ if from == to => Ok(()),
            _ if from.month == to.month && !Self::wraps(from, to) => match to.day {
                Some(day) => write!(f, "-{day:02}"),
                None => write!(f, "-{to}"),
            },
            _ => write!(f, "-{to}"),
        }
    }
}

impl fmt::Display for Weeks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.from)?;
        if self.from < self.to {
            write!(f, "-{:02}", self.to)?;
        }
        if 1 < self.step { write!(f, "/{}", self.step) } else { Ok(()) }
    }
}

impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(weekday_name(self.from))?;
        if self.from != self.to {
            write!(f, "-{}", weekday_name(self.to))?;
        }
        if !self.nth.is_empty() {
            f.write_char('[')?;
            list(f, &self.nth)?;
            f.write_char(']')?;
        }
        Ok(())
    }
}

/// The months as they are written, from January on.
pub(super) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The weekdays as they are written.
pub(super) const WEEKDAYS: [(&str, Weekday); 7] = [
    ("Mo", Weekday::Monday),
    ("Tu", Weekday::Tuesday),
    ("We", Weekday::Wednesday),
    ("Th", Weekday::Thursday),
    ("Fr", Weekday::Friday),
    ("Sa", Weekday::Saturday),
    ("Su", Weekday::Sunday),
];

fn weekday_name(weekday: Weekday) -> &'static str {
    WEEKDAYS.iter().find(|(_, named)| *named == weekday).map_or("", |(name, _)| name)
}
