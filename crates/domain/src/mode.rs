//! In which pieces the time of a resource is given out, and at which times of the day guests are seated. Everything is said on
//! the clock on the wall; where that jumps, a time that it skips counts with the offset from before, as in
//! [`recurrence`](crate::recurrence).

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::interval::Interval;

/// Periods of a day at most.
pub const PERIODS_MAX: usize = 48;
/// Services of a place at most.
pub const SERVICES_MAX: usize = 16;
/// Characters of the name of a period or a service.
pub const NAME_CHARS_MAX: usize = 64;
/// How far a booking in pieces may reach beyond the length that was asked for: the rest of a day, and an hour of the clock's.
pub const PIECE_MAX: SignedDuration = SignedDuration::from_hours(49);

/// A named stretch of every day: a lesson, a half-day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// What it is called; one line of at most [`NAME_CHARS_MAX`].
    pub name: String,
    /// When it starts.
    pub starts: Time,
    /// When it ends; where that is not later, on the next day, by when the first period starts.
    pub ends: Time,
}

impl Period {
    /// Whether it ends on the day after the one on which it starts.
    fn lasts_past_midnight(&self) -> bool {
        self.ends <= self.starts
    }

    /// When it ends that starts on this day.
    fn ends_from(&self, zone: &TimeZone, date: Date) -> Option<Timestamp> {
        at(zone, days_after(date, i64::from(self.lasts_past_midnight()))?, self.ends)
    }

    /// How long it is from the start of another one to the end of this, on the wall.
    fn since(&self, other: &Self) -> SignedDuration {
        let a_day = SignedDuration::from_hours(24) * i32::from(self.lasts_past_midnight());
        self.ends.duration_since(other.starts) + a_day
    }
}

/// In which pieces time is given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// From any time to any time, as far as other rules say nothing.
    Free,
    /// One named period, or several of one day that follow each other; in order, at most [`PERIODS_MAX`], none overlapping.
    Periods(Vec<Period>),
    /// Days from midnight to midnight.
    Days,
    /// Nights: from when guests may come on one day until they leave on another.
    Nights {
        /// From when they may come.
        check_in: Time,
        /// By when they leave.
        check_out: Time,
    },
}

/// The instant at which a clock in `zone` shows this; a time that it skips counts with the offset from before, of one that it shows
/// twice the first is meant. `None` beyond the range of time.
pub(crate) fn at(zone: &TimeZone, date: Date, time: Time) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible().ok()
}

fn days_after(date: Date, days: i64) -> Option<Date> {
    date.checked_add(days.days()).ok()
}

/// So many times a day goes into the length, rounded up: at least once.
fn days_in(length: SignedDuration) -> i64 {
    let hours = length.as_hours() + i64::from(length.as_millis() % 3_600_000 != 0);
    // Two days from the one after which the clock jumps are an hour longer or shorter.
    ((hours + 22) / 24).max(1)
}

impl Mode {
    /// Whether a booking may have any length and start.
    pub fn is_free(&self) -> bool {
        *self == Self::Free
    }

    /// The pieces that begin on a day: those of about the length, or the shortest ones. Nothing where anything goes.
    fn on(&self, zone: &TimeZone, date: Date, length: Option<SignedDuration>) -> Vec<Interval> {
        let piece = |from: Option<Timestamp>, until: Option<Timestamp>| Interval::new(from?, until?).ok();
        match self {
            Self::Free => Vec::new(),
            Self::Days => {
                let last = days_after(date, length.map_or(1, days_in));
                let until = last.and_then(|last| at(zone, last, Time::midnight()));
                piece(at(zone, date, Time::midnight()), until).into_iter().collect()
            }
            Self::Nights { check_in, check_out } => {
                let last = days_after(date, length.map_or(1, days_in));
                let until = last.and_then(|last| at(zone, last, *check_out));
                piece(at(zone, date, *check_in), until).into_iter().collect()
            }
            Self::Periods(periods) => {
                let runs = periods.iter().enumerate().filter_map(|(first, period)| {
                    let reaches = |last: &&Period| length.is_none_or(|length| length <= last.since(period));
                    let last = periods.get(first..)?.iter().find(reaches)?;
                    piece(at(zone, date, period.starts), last.ends_from(zone, date))
                });
                runs.collect()
            }
        }
    }

    /// What may be booked that starts in `window` and is of about this length, or as short as can be; in order of start.
    /// Nothing where anything goes.
    pub fn times(&self, zone: &TimeZone, window: Interval, length: Option<SignedDuration>) -> Vec<Interval> {
        let (first, last) = (zone.to_datetime(window.start()).date(), zone.to_datetime(window.end()).date());
        let days = first.series(1.day()).take_while(|date| *date <= last);
        let times = days.flat_map(|date| self.on(zone, date, length));
        times.filter(|it| window.start() <= it.start() && it.start() < window.end()).collect()
    }

    /// What may be booked that begins at `start`: the shortest; `None` where nothing begins then, or anything goes.
    pub fn from(&self, zone: &TimeZone, start: Timestamp) -> Option<Interval> {
        self.on(zone, zone.to_datetime(start).date(), None).into_iter().find(|it| it.start() == start)
    }

    /// The piece or pieces around an interval, which is itself where it consists of whole ones; `None` where there are none on that
    /// day.
    fn around(&self, zone: &TimeZone, interval: Interval) -> Option<Interval> {
        let (first, last) = (zone.to_datetime(interval.start()).date(), zone.to_datetime(interval.end()).date());
        let (from, until) = match self {
            Self::Free => return Some(interval),
            Self::Days => {
                let from = at(zone, first, Time::midnight())?;
                let ends = at(zone, last, Time::midnight())?;
                (from, if interval.end() <= ends { ends } else { at(zone, days_after(last, 1)?, Time::midnight())? })
            }
            Self::Nights { check_in, check_out } => {
                let last = last.max(days_after(first, 1)?);
                (at(zone, first, *check_in)?, at(zone, last, *check_out)?)
            }
            Self::Periods(periods) => {
                // What lasts past midnight belongs to the day on which it begins.
                let begins = |day| periods.iter().any(|it| at(zone, day, it.starts) == Some(interval.start()));
                let still_on = |day: &Date| {
                    let end = periods.last().filter(|it| it.lasts_past_midnight())?.ends_from(zone, *day);
                    end.filter(|end| interval.start() < *end)
                };
                let yesterday = days_after(first, -1).filter(|day| !begins(first) && still_on(day).is_some());
                let day = yesterday.unwrap_or(first);
                let starts = |period: &Period| at(zone, day, period.starts);
                let ends = |period: &Period| period.ends_from(zone, day);
                let on = periods.iter().rev().find(|it| starts(it).is_some_and(|it| it <= interval.start()));
                let from = starts(on.or_else(|| periods.first())?)?;
                let to = periods.iter().find(|it| ends(it).is_some_and(|it| interval.end() <= it && from < it));
                (from, ends(to.or_else(|| periods.last())?)?)
            }
        };
        Interval::new(from, until).ok()
    }

    /// What may be booked about where `interval` would be, if that itself may not.
    pub fn instead_of(&self, zone: &TimeZone, interval: Interval) -> Option<Option<Interval>> {
        let around = self.around(zone, interval);
        (around != Some(interval)).then_some(around)
    }

    /// What can't stand about it.
    pub(crate) fn problem(&self) -> Option<String> {
        let Self::Periods(periods) = self else { return None };
        let follows = |pair: &[Period]| !pair[0].lasts_past_midnight() && pair[0].ends <= pair[1].starts;
        let ends = |first: &Period, last: &Period| !last.lasts_past_midnight() || last.ends <= first.starts;
        let in_a_day = periods.first().zip(periods.last()).is_some_and(|(first, last)| ends(first, last));
        let stands = periods.len() <= PERIODS_MAX
            && in_a_day
            && periods.windows(2).all(follows)
            && periods.iter().all(|it| is_name(&it.name));
        let problem = || {
            format!(
                "must be 1 to {PERIODS_MAX} named periods, in order, that don't overlap; only the last may end on the next day"
            )
        };
        (!stands).then(problem)
    }
}

fn is_name(name: &str) -> bool {
    crate::text::required_line(name, NAME_CHARS_MAX).is_ok()
}

/// A time of the day at which guests are seated: lunch, dinner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// What it is called; one line of at most [`NAME_CHARS_MAX`].
    pub name: String,
    /// On which days it begins; none: on every day.
    pub days: Vec<Weekday>,
    /// From when on guests are seated.
    pub starts: Time,
    /// The last moment at which they are; where that is before the start, on the next day.
    pub last_seating: Time,
}

impl Service {
    fn is_on(&self, date: Date) -> bool {
        self.days.is_empty() || self.days.contains(&date.weekday())
    }

    /// What can't stand about these.
    pub(crate) fn problem(services: &[Self]) -> Option<String> {
        let fitting = |it: &Self| it.days.len() <= 7 && is_name(&it.name);
        let stands = services.len() <= SERVICES_MAX && services.iter().all(fitting);
        let problem = || format!("must be at most {SERVICES_MAX} named services, each on at most seven days");
        (!stands).then(problem)
    }

    /// The first and the last moment at which it seats somebody, where it begins on this day.
    fn seating(&self, zone: &TimeZone, date: Date) -> Option<(Timestamp, Timestamp)> {
        let last = days_after(date, i64::from(self.last_seating < self.starts))?;
        at(zone, date, self.starts).zip(at(zone, last, self.last_seating))
    }
}

/// The first and the last moment at which each service seats somebody that begins on a day.
fn seatings_on(services: &[Service], zone: &TimeZone, date: Date) -> impl Iterator<Item = (Timestamp, Timestamp)> {
    let on = services.iter().filter(move |it| it.is_on(date));
    on.filter_map(move |it| it.seating(zone, date))
}

/// The same on every day of `window`, and on the one before, which may last into it.
pub(crate) fn seatings(
    services: &[Service],
    zone: &TimeZone,
    window: Interval,
) -> impl Iterator<Item = (Timestamp, Timestamp)> {
    let (first, last) = (zone.to_datetime(window.start()).date(), zone.to_datetime(window.end()).date());
    let days = days_after(first, -1).unwrap_or(first).series(1.day()).take_while(move |date| *date <= last);
    days.flat_map(move |date| seatings_on(services, zone, date))
}

/// Where no service seats anybody at `start`: the last moment before and the first after at which one does, within a week. No
/// services seat at any time.
pub fn between_services(
    services: &[Service],
    zone: &TimeZone,
    start: Timestamp,
) -> Option<(Option<Timestamp>, Option<Timestamp>)> {
    if services.is_empty() {
        return None;
    }
    let today = zone.to_datetime(start).date();
    let seatings = |date| seatings_on(services, zone, date);
    // What began yesterday may last past midnight, and none lasts longer than that.
    let begun = [days_after(today, -1), Some(today)].into_iter().flatten();
    if begun.flat_map(seatings).any(|(first, last)| first <= start && start <= last) {
        return None;
    }
    let (mut before, mut after): (Option<Timestamp>, Option<Timestamp>) = (None, None);
    for (first, last) in (-7..=7).filter_map(|days| days_after(today, days)).flat_map(seatings) {
        before = before.max(Some(last).filter(|last| *last < start));
        after = [after, Some(first).filter(|first| start < *first)].into_iter().flatten().min();
    }
    Some((before, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    /// From and to as a clock in Berlin shows them.
    fn local(from: &str, to: &str) -> Interval {
        let at = |text: &str| {
            let time: jiff::civil::DateTime = text.parse().unwrap();
            time.to_zoned(berlin()).unwrap().timestamp()
        };
        Interval::new(at(from), at(to)).unwrap()
    }

    fn period(name: &str, starts: &str, ends: &str) -> Period {
        Period { name: name.to_owned(), starts: starts.parse().unwrap(), ends: ends.parse().unwrap() }
    }

    fn lessons() -> Mode {
        Mode::Periods(vec![period("1", "08:00", "08:45"), period("2", "08:50", "09:35"), period("3", "10:00", "10:45")])
    }

    fn nights() -> Mode {
        Mode::Nights { check_in: "15:00".parse().unwrap(), check_out: "11:00".parse().unwrap() }
    }

    /// What may be booked, and what else where it may not. On 28 March 2027 the clock in Berlin jumps ahead.
    #[test]
    fn whole_pieces_only() {
        let wrong = [
            (
                Mode::Days,
                local("2026-11-24T09:00", "2026-11-24T17:00"),
                Some(local("2026-11-24T00:00", "2026-11-25T00:00")),
            ),
            (
                Mode::Days,
                local("2027-03-27T00:00", "2027-03-28T23:00"),
                Some(local("2027-03-27T00:00", "2027-03-29T00:00")),
            ),
            (
                nights(),
                local("2026-11-24T16:00", "2026-11-26T10:00"),
                Some(local("2026-11-24T15:00", "2026-11-26T11:00")),
            ),
            (
                nights(),
                local("2026-11-24T15:00", "2026-11-24T20:00"),
                Some(local("2026-11-24T15:00", "2026-11-25T11:00")),
            ),
            (
                lessons(),
                local("2026-11-24T08:10", "2026-11-24T08:55"),
                Some(local("2026-11-24T08:00", "2026-11-24T09:35")),
            ),
            (
                lessons(),
                local("2026-11-24T06:00", "2026-11-24T07:00"),
                Some(local("2026-11-24T08:00", "2026-11-24T08:45")),
            ),
            (
                lessons(),
                local("2026-11-24T12:00", "2026-11-24T13:00"),
                Some(local("2026-11-24T10:00", "2026-11-24T10:45")),
            ),
        ];
        for (mode, asked, instead) in wrong {
            assert_eq!(mode.instead_of(&berlin(), asked), Some(instead), "{mode:?} {asked:?}");
            assert_eq!(mode.instead_of(&berlin(), instead.unwrap()), None, "what is offered instead can be had");
        }
        for (mode, asked) in [
            (Mode::Free, local("2026-11-24T09:07", "2026-11-24T17:00")),
            (Mode::Days, local("2027-03-27T00:00", "2027-03-30T00:00")),
            (nights(), local("2027-03-27T15:00", "2027-03-29T11:00")),
            (lessons(), local("2026-11-24T08:00", "2026-11-24T10:45")),
        ] {
            assert_eq!(mode.instead_of(&berlin(), asked), None, "{mode:?} {asked:?}");
        }
    }

    #[test]
    fn what_is_offered_may_be_booked_and_is_as_long_as_was_asked() {
        let window = local("2027-03-26T00:00", "2027-03-31T00:00");
        for mode in [Mode::Days, nights(), lessons()] {
            for hours in [None, Some(1), Some(20), Some(24), Some(30), Some(47), Some(48)] {
                let length = hours.map(SignedDuration::from_hours);
                let times = mode.times(&berlin(), window, length);
                assert!(times.iter().all(|it| mode.instead_of(&berlin(), *it).is_none()), "{mode:?} {hours:?}");
                let expected = match (&mode, hours) {
                    (Mode::Periods(_), None) => 15,
                    // Only from the first two lessons on there are sixty minutes left.
                    (Mode::Periods(_), Some(1)) => 10,
                    (Mode::Periods(_), Some(_)) => 0,
                    _ => 5,
                };
                assert_eq!(times.len(), expected, "{mode:?} {hours:?}");
                let days = |it: &Interval| (it.duration().as_hours() + 2) / 24;
                let pieces: Vec<i64> = times.iter().map(days).collect();
                match (&mode, hours) {
                    (Mode::Days, None | Some(1 | 20 | 24)) => assert_eq!(pieces, [1; 5]),
                    (Mode::Days, Some(_)) => assert_eq!(pieces, [2; 5], "{hours:?}"),
                    _ => {}
                }
            }
        }
        assert!(Mode::Free.times(&berlin(), window, None).is_empty());
        assert_eq!(nights().from(&berlin(), window.start()), None);
        let night = local("2027-03-27T15:00", "2027-03-28T11:00");
        assert_eq!(nights().from(&berlin(), night.start()), Some(night));
    }

    #[test]
    fn guests_are_seated_from_the_start_of_a_service_to_its_last_seating() {
        let time = |text: &str| text.parse::<Time>().unwrap();
        let service = |name: &str, days: &[Weekday], starts, last| Service {
            name: name.to_owned(),
            days: days.to_vec(),
            starts: time(starts),
            last_seating: time(last),
        };
        let weekend = [Weekday::Saturday, Weekday::Sunday];
        let services = [service("Brunch", &weekend, "10:00", "13:00"), service("Dinner", &[], "18:00", "21:30")];
        let seated = |at: &str| between_services(&services, &berlin(), local(at, "2030-01-01T00:00").start());
        let when = |at: &str| Some(local(at, "2030-01-01T00:00").start());
        // The 24th of November 2026 is a Tuesday.
        assert_eq!(seated("2026-11-24T18:00"), None);
        assert_eq!(seated("2026-11-24T21:30"), None);
        assert_eq!(seated("2026-11-28T12:00"), None);
        assert_eq!(seated("2026-11-24T12:00"), Some((when("2026-11-23T21:30"), when("2026-11-24T18:00"))));
        assert_eq!(seated("2026-11-28T13:15"), Some((when("2026-11-28T13:00"), when("2026-11-28T18:00"))));
        assert_eq!(between_services(&[], &berlin(), local("2026-11-24T12:00", "2030-01-01T00:00").start()), None);
    }

    #[test]
    fn a_service_belongs_to_the_day_on_which_it_begins() {
        let bar = |days: &[Weekday], starts: &str, last: &str| {
            [Service {
                name: "Bar".to_owned(),
                days: days.to_vec(),
                starts: starts.parse().unwrap(),
                last_seating: last.parse().unwrap(),
            }]
        };
        let weekend = bar(&[Weekday::Friday, Weekday::Saturday], "18:00", "01:00");
        let late = bar(&[], "18:00", "02:30");
        let once = bar(&[], "18:00", "18:00");
        let until_midnight = bar(&[], "18:00", "00:00");
        let nearly_all_day = bar(&[], "10:15", "10:00");
        // The 27th of November 2026 is a Friday. On 28 March 2027 the clock in Berlin jumps from two to three, on 25 October 2026 it is set
        // back from three to two: what it skips counts with the offset from before, and of what it shows twice the first is meant.
        for (services, at, expected) in [
            (&weekend, "2026-11-27T18:00+01:00", None),
            (&weekend, "2026-11-28T00:30+01:00", None),
            (&weekend, "2026-11-28T01:00+01:00", None),
            (&weekend, "2026-11-28T01:15+01:00", Some(("2026-11-28T01:00+01:00", "2026-11-28T18:00+01:00"))),
            (&weekend, "2026-11-29T00:30+01:00", None),
            (&weekend, "2026-11-29T18:00+01:00", Some(("2026-11-29T01:00+01:00", "2026-12-04T18:00+01:00"))),
            (&weekend, "2026-11-30T00:30+01:00", Some(("2026-11-29T01:00+01:00", "2026-12-04T18:00+01:00"))),
            (&weekend, "2026-11-27T00:30+01:00", Some(("2026-11-22T01:00+01:00", "2026-11-27T18:00+01:00"))),
            (&late, "2027-03-28T03:30+02:00", None),
            (&late, "2027-03-28T03:45+02:00", Some(("2027-03-28T03:30+02:00", "2027-03-28T18:00+02:00"))),
            (&late, "2026-10-25T02:30+02:00", None),
            (&late, "2026-10-25T02:45+02:00", Some(("2026-10-25T02:30+02:00", "2026-10-25T18:00+01:00"))),
            (&late, "2026-10-25T02:15+01:00", Some(("2026-10-25T02:30+02:00", "2026-10-25T18:00+01:00"))),
            (&once, "2026-11-28T18:00+01:00", None),
            (&once, "2026-11-28T18:15+01:00", Some(("2026-11-28T18:00+01:00", "2026-11-29T18:00+01:00"))),
            (&until_midnight, "2026-11-28T00:00+01:00", None),
            (&until_midnight, "2026-11-28T00:15+01:00", Some(("2026-11-28T00:00+01:00", "2026-11-28T18:00+01:00"))),
            (&nearly_all_day, "2026-11-28T03:00+01:00", None),
            (&nearly_all_day, "2026-11-28T10:10+01:00", Some(("2026-11-28T10:00+01:00", "2026-11-28T10:15+01:00"))),
        ] {
            let time = |text: &str| text.parse::<Timestamp>().unwrap();
            let expected = expected.map(|(before, after)| (Some(time(before)), Some(time(after))));
            assert_eq!(between_services(services, &berlin(), time(at)), expected, "{services:?} {at}");
            // Where somebody is seated is within what is known of the day around it.
            let around = Interval::new(time(at), time(at) + SignedDuration::from_hours(1)).unwrap();
            let is_on =
                seatings(services, &berlin(), around).any(|(first, last)| first <= time(at) && time(at) <= last);
            assert_eq!(is_on, expected.is_none(), "{services:?} {at}");
        }
    }

    #[test]
    fn a_period_belongs_to_the_day_on_which_it_begins() {
        let evenings = Mode::Periods(vec![
            period("noon", "12:00", "14:00"),
            period("early", "18:00", "22:00"),
            period("late", "22:00", "02:30"),
        ]);
        assert_eq!(evenings.problem(), None);
        let early = local("2026-11-27T18:00", "2026-11-27T22:00");
        let (late, both) =
            (local("2026-11-27T22:00", "2026-11-28T02:30"), local("2026-11-27T18:00", "2026-11-28T02:30"));
        for (asked, instead) in [
            (late, None),
            (both, None),
            (local("2026-11-28T00:30", "2026-11-28T02:30"), Some(late)),
            (local("2026-11-27T23:00", "2026-11-28T01:00"), Some(late)),
            (local("2026-11-27T21:00", "2026-11-28T01:00"), Some(both)),
            (local("2026-11-28T03:00", "2026-11-28T04:00"), Some(local("2026-11-28T12:00", "2026-11-28T14:00"))),
        ] {
            assert_eq!(evenings.instead_of(&berlin(), asked), instead.map(Some), "{asked:?}");
        }
        let window = local("2026-11-27T15:00", "2026-11-28T11:00");
        let hours = |length| evenings.times(&berlin(), window, Some(SignedDuration::from_hours(length)));
        assert_eq!((hours(4), hours(5), hours(9)), (vec![early, late], vec![both], vec![]));
        assert_eq!(evenings.from(&berlin(), late.start()), Some(late));
        // Half past two is there twice in one of these nights, and the first is meant; in the other it is skipped, and counts with the offset from
        // before. So both are as long as any other.
        for (day, next) in [("2026-10-24", "2026-10-25"), ("2027-03-27", "2027-03-28")] {
            let night = local(&format!("{day}T22:00"), &format!("{next}T02:30"));
            assert_eq!(evenings.instead_of(&berlin(), night), None);
            assert_eq!(night.duration(), late.duration(), "{day}");
        }
        // A whole day from six to six, and what no clock can tell apart.
        let round = Mode::Periods(vec![period("day", "06:00", "06:00")]);
        assert_eq!(round.instead_of(&berlin(), local("2026-11-27T06:00", "2026-11-28T06:00")), None);
        assert_eq!(
            round.instead_of(&berlin(), local("2026-11-28T03:00", "2026-11-28T05:00")),
            Some(Some(local("2026-11-27T06:00", "2026-11-28T06:00")))
        );
    }

    #[test]
    fn what_can_not_stand() {
        let bad = [
            Mode::Periods(vec![]),
            Mode::Periods(vec![period("1", "09:00", "08:00"), period("2", "10:00", "11:00")]),
            Mode::Periods(vec![period("1", "09:00", "10:00"), period("2", "22:00", "09:15")]),
            Mode::Periods(vec![period("1", "08:00", "09:00"), period("2", "08:30", "10:00")]),
            Mode::Periods(vec![period("", "08:00", "09:00")]),
        ];
        assert!(bad.iter().all(|mode| mode.problem().is_some()));
        assert!([Mode::Free, Mode::Days, nights(), lessons()].iter().all(|mode| mode.problem().is_none()));
    }
}
