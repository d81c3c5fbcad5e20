//! A series: a first time, a zone, a rule, and times that are taken out or added; and its occurrences as intervals in
//! UTC. Every answer is bounded by what is asked for, whatever the rule says, and nothing is left out in silence: see
//! [`Series::expand`] and [`Series::occurrences_in`] for what each does with a time that the clocks never show.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

use super::pattern::Pattern;
use super::rule::{End, Rule, Until};
use crate::interval::Interval;
use crate::limits::{EXCEPTIONS_MAX, SERIES_OCCURRENCES_MAX, SERIES_YEARS_MAX};

/// Something that takes place again and again.
///
/// Both ends of every occurrence stay on the wall clock, as those of the first do: 22:00 to 06:00 is from 22:00 to
/// 06:00 on every night, though one night of the year has seven hours and another nine. Each end is put on the time
/// line by itself, as RFC 5545, 3.3.5 (with erratum 4271) says: a time that the clocks skip counts with the offset from
/// before the gap, a time that they show twice is the first of the two.
#[derive(Clone, Debug)]
pub struct Series {
    start: DateTime,
    length: SignedDuration,
    zone: TimeZone,
    end: End,
    pattern: Pattern,
    excluded: BTreeSet<Moment>,
    added: BTreeSet<Moment>,
}

/// A time that is taken out of a series or added to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// On the wall clock of the series' zone.
    Local(DateTime),
    /// On the time line.
    Utc(Timestamp),
}

/// One time that a series takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Occurrence {
    /// When it starts by the rule, on the wall clock: its `RECURRENCE-ID`, which stays though it be moved.
    pub original: DateTime,
    /// When it takes place.
    pub interval: Interval,
    /// The clocks skip the time at which it should start: it starts as much later as they are put forward.
    pub start_shifted: bool,
    /// The same for its end.
    pub end_shifted: bool,
}

/// How far a series may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// So many occurrences, added ones among them.
    pub occurrences_max: usize,
    /// So many years from its first start to its last, by the calendar.
    pub years_max: i64,
}

impl Bounds {
    /// What holds for a series of bookings.
    pub const SERIES: Self = Self { occurrences_max: SERIES_OCCURRENCES_MAX, years_max: SERIES_YEARS_MAX };
}

/// Why these make no series. Its `Display` is a sentence for the user, without a full stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesError {
    /// The first occurrence ends when it starts, or before.
    EndsBeforeItStarts,
    /// A time has a fraction of a second, which RFC 5545 can't write.
    FractionOfSecond,
    /// The rule leaves out the start of the series.
    StartNotInRule(DateTime),
    /// `UNTIL` is before the start.
    UntilBeforeStart,
    /// More than [`EXCEPTIONS_MAX`] times are taken out.
    TooManyExcluded,
    /// More than [`EXCEPTIONS_MAX`] times are added.
    TooManyAdded,
    /// A time that is added is before the start.
    AddedBeforeStart(DateTime),
}

/// Why a series can't be told in full. Its `Display` is a sentence for the user, without a full stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpandError {
    /// It has neither `COUNT` nor `UNTIL`.
    Endless,
    /// It has more occurrences than this.
    TooMany(usize),
    /// Its rule does not end within so many years, or a time that is added is later than that.
    TooLong(i64),
    /// All its occurrences are taken out.
    Nothing,
    /// The clocks are put forward over the occurrence that starts at this time, so that it would end when it starts, or before.
    Swallowed(DateTime),
    /// The occurrence that starts at this time is not within the range of time.
    OutOfTime(DateTime),
}

impl Series {
    /// A series whose first occurrence is from `start` to `end` on the wall clock of `zone`.
    ///
    /// `start` has to be a date of the rule. What RFC 5545 leaves undefined is refused: it would be a booking more or a
    /// booking less than whoever wrote the rule has in mind.
    pub fn new(start: DateTime, end: DateTime, zone: TimeZone, rule: &Rule) -> Result<Self, SeriesError> {
        if start.subsec_nanosecond() != 0 || end.subsec_nanosecond() != 0 {
            return Err(SeriesError::FractionOfSecond);
        }
        let length = start.duration_until(end);
        if length <= SignedDuration::ZERO {
            return Err(SeriesError::EndsBeforeItStarts);
        }
        let pattern = Pattern::new(rule, start.date());
        if !pattern.fits(start.date()) {
            return Err(SeriesError::StartNotInRule(start));
        }
        let series =
            Self { start, length, zone, end: rule.end, pattern, excluded: BTreeSet::new(), added: BTreeSet::new() };
        if series.is_over(start) { Err(SeriesError::UntilBeforeStart) } else { Ok(series) }
    }

    /// Takes out the occurrences that start at these times (`EXDATE`). They still count for `COUNT`; a time at which
    /// none starts does nothing.
    pub fn without(mut self, times: &[Moment]) -> Result<Self, SeriesError> {
        if EXCEPTIONS_MAX < times.len() {
            return Err(SeriesError::TooManyExcluded);
        }
        self.excluded = times.iter().copied().collect();
        Ok(self)
    }

    /// Adds occurrences as long as the others that start at these times (`RDATE`). They don't count for `COUNT`; one
    /// that is there already is there once.
    pub fn with(mut self, times: &[Moment]) -> Result<Self, SeriesError> {
        if EXCEPTIONS_MAX < times.len() {
            return Err(SeriesError::TooManyAdded);
        }
        for time in times.iter().map(|time| self.local(*time)) {
            if time < self.start {
                return Err(SeriesError::AddedBeforeStart(time));
            }
            if time.subsec_nanosecond() != 0 {
                return Err(SeriesError::FractionOfSecond);
            }
        }
        self.added = times.iter().copied().collect();
        Ok(self)
    }

    /// All occurrences in order. The rule must end within `bounds`: by `COUNT` or by `UNTIL`, for no search is made
    /// beyond them for whether anything would come. An occurrence that a gap leaves no time for is an error.
    pub fn expand(&self, bounds: Bounds) -> Result<Vec<Occurrence>, ExpandError> {
        let Bounds { occurrences_max, years_max } = bounds;
        if self.end == End::Never {
            return Err(ExpandError::Endless);
        }
        let last = Span::new().try_years(years_max).and_then(|years| self.start.date().checked_add(years));
        let last = last.unwrap_or(Date::MAX);
        // What is taken out is counted too: it bounds the work.
        let candidates_max = occurrences_max.saturating_add(self.excluded.len());
        let dates: Vec<Date> = self.dates(self.start.date(), last).take(candidates_max.saturating_add(1)).collect();
        let ends_in_time = match self.end {
            End::Never => false,
            End::Count(count) => dates.len() == count,
            End::Until(until) => self.until_date(until) <= last,
        };
        if candidates_max < dates.len() {
            return Err(ExpandError::TooMany(occurrences_max));
        }
        if !ends_in_time || self.added.iter().any(|time| last < self.local(*time).date()) {
            return Err(ExpandError::TooLong(years_max));
        }
        let occurrences = self.place(dates).collect::<Result<Vec<_>, _>>()?;
        let occurrences = once(occurrences);
        if occurrences_max < occurrences.len() {
            return Err(ExpandError::TooMany(occurrences_max));
        }
        if occurrences.is_empty() { Err(ExpandError::Nothing) } else { Ok(occurrences) }
    }

    /// The occurrences that overlap `window`, in order; `None` if they are more than `occurrences_max`. The rule need
    /// not end. An occurrence that a gap leaves no time for is none, and so is one beyond the range of time.
    pub fn occurrences_in(&self, window: Interval, occurrences_max: usize) -> Option<Vec<Occurrence>> {
        // Offsets differ by less than two days between any two times, so nothing outside of this can reach the window.
        let slack = SignedDuration::from_hours(48);
        let from = self.zone.to_datetime(window.start()).saturating_sub(slack).saturating_sub(self.length);
        let to = self.zone.to_datetime(window.end()).saturating_add(slack);
        let reaches = |occurrence: &Occurrence| occurrence.interval.overlaps(window);
        let placed = self.place(self.dates(from.date(), to.date())).flatten().filter(reaches);
        // One more than are asked for tells that there are more; an added one can be there a second time.
        let enough = occurrences_max.saturating_add(self.added.len()).saturating_add(1);
        let occurrences = once(placed.take(enough).collect());
        if occurrences.len() <= occurrences_max { Some(occurrences) } else { None }
    }

    /// The rule's dates from `from` to `to`, as far as it goes, those that are taken out among them.
    fn dates(&self, from: Date, to: Date) -> impl Iterator<Item = Date> {
        // Whoever counts has to count from the first.
        let (first, count) = match self.end {
            End::Count(count) => (Date::MIN, count),
            End::Never | End::Until(_) => (from, usize::MAX),
        };
        let dates = self.pattern.dates(first, to).take(count).skip_while(move |date| *date < from);
        dates.take_while(|date| !self.is_over(date.to_datetime(self.start.time())))
    }

    /// Puts the rule's dates and the added times on the time line, without what is taken out.
    fn place(&self, dates: impl IntoIterator<Item = Date>) -> impl Iterator<Item = Result<Occurrence, ExpandError>> {
        let by_rule = dates.into_iter().map(|date| Moment::Local(date.to_datetime(self.start.time())));
        self.added.iter().copied().chain(by_rule).filter_map(|time| {
            let original = self.local(time);
            let start = match time {
                Moment::Local(time) => self.instant(time),
                Moment::Utc(start) => Some((start, false)),
            };
            let Some((start, start_shifted)) = start else { return Some(Err(ExpandError::OutOfTime(original))) };
            if self.excluded.contains(&Moment::Local(original)) || self.excluded.contains(&Moment::Utc(start)) {
                return None;
            }
            Some(self.occurrence(original, start, start_shifted))
        })
    }

    fn occurrence(&self, original: DateTime, start: Timestamp, start_shifted: bool) -> Result<Occurrence, ExpandError> {
        let out_of_time = ExpandError::OutOfTime(original);
        let end = original.checked_add(self.length).map_err(|_| out_of_time)?;
        let (mut instant, end_shifted) = self.instant(end).ok_or(out_of_time)?;
        if instant <= start {
            // What starts when the clocks show a time again also ends then; in a gap both readings are one.
            instant = self.zone.to_ambiguous_timestamp(end).later().map_err(|_| out_of_time)?;
        }
        let interval = Interval::new(start, instant).map_err(|_| ExpandError::Swallowed(original))?;
        Ok(Occurrence { original, interval, start_shifted, end_shifted })
    }

    /// When the wall clock shows `time`, and whether it skips it; `None` beyond the range of time.
    fn instant(&self, time: DateTime) -> Option<(Timestamp, bool)> {
        let ambiguous = self.zone.to_ambiguous_timestamp(time);
        let skipped = matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. });
        Some((ambiguous.compatible().ok()?, skipped))
    }

    fn local(&self, time: Moment) -> DateTime {
        match time {
            Moment::Local(time) => time,
            Moment::Utc(time) => self.zone.to_datetime(time),
        }
    }

    /// Whether `start` comes after `UNTIL`.
    fn is_over(&self, start: DateTime) -> bool {
        match self.end {
            End::Never | End::Count(_) => false,
            End::Until(Until::Date(last)) => last < start.date(),
            End::Until(Until::Local(last)) => last < start,
            // Out of the range of time is what lies after its end, for every zone is within a day of UTC.
            End::Until(Until::Utc(last)) => {
                self.instant(start).is_none_or(|(start, _)| last < TimeZone::UTC.to_datetime(start))
            }
        }
    }

    /// The last date on which an occurrence can start.
    fn until_date(&self, until: Until) -> Date {
        match until {
            Until::Date(date) => date,
            Until::Local(time) => time.date(),
            Until::Utc(time) => {
                TimeZone::UTC.to_timestamp(time).map_or(Date::MAX, |time| self.zone.to_datetime(time).date())
            }
        }
    }
}

/// In order of time, and those that start at one instant once.
fn once(occurrences: Vec<Occurrence>) -> Vec<Occurrence> {
    let by_start: BTreeMap<Timestamp, Occurrence> =
        occurrences.into_iter().map(|occurrence| (occurrence.interval.start(), occurrence)).collect();
    by_start.into_values().collect()
}

impl fmt::Display for SeriesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndsBeforeItStarts => f.write_str("the first occurrence must end after it starts"),
            Self::FractionOfSecond => f.write_str("the times of a series must be whole seconds"),
            Self::StartNotInRule(start) => {
                write!(f, "the series starts at {start}, which is no date of its rule; start it at the first that is")
            }
            Self::UntilBeforeStart => f.write_str("UNTIL is before the start of the series"),
            Self::TooManyExcluded => write!(f, "more than {EXCEPTIONS_MAX} times are taken out of the series (EXDATE)"),
            Self::TooManyAdded => write!(f, "more than {EXCEPTIONS_MAX} times are added to the series (RDATE)"),
            Self::AddedBeforeStart(time) => {
                write!(f, "{time}, which is added to the series (RDATE), is before its start")
            }
        }
    }
}

impl std::error::Error for SeriesError {}

impl fmt::Display for ExpandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endless => f.write_str("the series has no end; its rule needs COUNT or UNTIL"),
            Self::TooMany(max) => write!(f, "the series has more than {max} occurrences"),
            Self::TooLong(years) => {
                write!(f, "the series must end, by COUNT or UNTIL, within {years} years of its start")
            }
            Self::Nothing => f.write_str("every occurrence of the series is taken out"),
            Self::Swallowed(start) => write!(
                f,
                "the clocks are put forward over the occurrence of {start}, so that no time is left for it; \
                 take it out (EXDATE) or choose another time"
            ),
            Self::OutOfTime(start) => write!(f, "the occurrence of {start} is beyond the range of time"),
        }
    }
}

impl std::error::Error for ExpandError {}
