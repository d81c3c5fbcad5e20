//! Reports: what became of the bookings of a stretch of time, by resource, by hour of the day, by day of the week, by
//! both, by day, by person. It counts what it is given, a resource at a time, and keeps no booking.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::booking::{Booking, Status};
use crate::ids::{ResourceId, UserId};
use crate::interval::Interval;
use crate::resource::Resource;
use crate::rules::Rules;

/// Bookings that one report counts at most.
pub const BOOKINGS_MAX: usize = 200_000;
/// Stretches of time within an hour of the day that one report counts at most.
const PIECES_MAX: usize = 5_000_000;

/// More than one report counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMuch;

/// What a line of a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// A resource.
    Resource(ResourceId),
    /// An hour of the day by the clock of the resource, 0 to 23.
    Hour(u8),
    /// A day of the week by the clock of the resource, 0 for Monday to 6 for Sunday.
    Weekday(u8),
    /// An hour of a day of the week, both by the clock of the resource.
    HourOfWeek(u8, u8),
    /// A day by the clock of the resource.
    Day(Date),
    /// A person.
    Person(UserId),
}

/// What was counted. Bookings count that start in the report's time; time counts that lies in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Everything that was booked, whatever became of it; times that were only held are none of it.
    pub made: u64,
    /// Of these, what stands or stood: confirmed, checked in, completed.
    pub standing: u64,
    /// Of what stands or stood, what has begun.
    pub begun: u64,
    /// Where nobody came.
    pub no_shows: u64,
    /// What was taken back.
    pub cancelled: u64,
    /// What a manager said no to.
    pub rejected: u64,
    /// What nobody decided in time.
    pub expired: u64,
    /// How long before its start each was made that stands, stood or saw nobody, in minutes.
    pub leads: Vec<u32>,
    booked_us: i64,
    open_us: i64,
}

impl Tally {
    /// Minutes for which a unit was booked, by what stands or stood.
    pub fn booked_minutes(&self) -> i64 {
        self.booked_us / 60_000_000
    }

    /// Minutes for which a unit could have been booked: those of the opening hours, of each unit.
    pub fn open_minutes(&self) -> i64 {
        self.open_us / 60_000_000
    }

    fn count(&mut self, booking: &Booking, now: Timestamp) {
        let status = booking.status_at(now);
        if status == Status::Held {
            return;
        }
        self.made += 1;
        match status {
            Status::Confirmed | Status::CheckedIn | Status::Completed => {
                self.standing += 1;
                self.begun += u64::from(booking.interval.start() <= now);
            }
            Status::NoShow => self.no_shows += 1,
            Status::Cancelled => self.cancelled += 1,
            Status::Rejected => self.rejected += 1,
            Status::Expired => self.expired += 1,
            Status::Pending | Status::Held => {}
        }
        if stands(status) || status == Status::NoShow {
            let lead = booking.interval.start().duration_since(booking.created_at).as_mins().max(0);
            self.leads.push(u32::try_from(lead).unwrap_or(u32::MAX));
        }
    }
}

fn stands(status: Status) -> bool {
    matches!(status, Status::Confirmed | Status::CheckedIn | Status::Completed)
}

/// How some numbers lie, each a whole one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// The least.
    pub min: u32,
    /// Half of them are at most this.
    pub median: u32,
    /// Nine of ten are at most this.
    pub p90: u32,
    /// The most.
    pub max: u32,
    /// Their sum by their number.
    pub mean: u32,
}

impl Spread {
    /// That of these numbers; `None` where there are none.
    pub fn of(numbers: &[u32]) -> Option<Self> {
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable();
        let count = u64::try_from(sorted.len()).unwrap_or(u64::MAX);
        // The nearest rank: the first that so many hundredths of all are not above.
        let rank = |percent: usize| sorted.get((sorted.len() * percent).div_ceil(100).max(1) - 1).copied();
        let sum: u64 = sorted.iter().map(|number| u64::from(*number)).sum();
        let mean = u32::try_from(sum.checked_div(count)?).unwrap_or(u32::MAX);
        Some(Self { min: *sorted.first()?, median: rank(50)?, p90: rank(90)?, max: *sorted.last()?, mean })
    }
}

/// Time by hour of each day of the week and by day, in microseconds.
#[derive(Clone, Debug, Default)]
struct Clock {
    week: [[i64; 24]; 7],
    days: BTreeMap<Date, i64>,
}

impl Clock {
    /// All of it, by what it counts for, besides the resource.
    fn by(&self) -> impl Iterator<Item = (By, i64)> {
        let of_week = (0..).zip(&self.week).flat_map(|(day, hours)| {
            (0..).zip(hours).flat_map(move |(hour, time)| {
                [By::Hour(hour), By::Weekday(day), By::HourOfWeek(day, hour)].map(|by| (by, *time))
            })
        });
        of_week.chain(self.days.iter().map(|(day, time)| (By::Day(*day), *time))).filter(|(_, time)| *time > 0)
    }

    fn total(&self) -> i64 {
        self.days.values().sum()
    }
}

/// A report that is being made.
#[derive(Debug)]
pub struct Report {
    window: Interval,
    now: Timestamp,
    timed: bool,
    lines: BTreeMap<By, Tally>,
    /// By time zone and set of rules; the set is kept, so that no other comes to lie at its address.
    open: HashMap<(String, usize), (Arc<Rules>, Clock)>,
    bookings: usize,
    pieces: usize,
}

impl Report {
    /// An empty one about this time. `timed` where it is also to tell how long things were booked and could have been, which
    /// costs most.
    pub fn new(window: Interval, now: Timestamp, timed: bool) -> Self {
        Self { window, now, timed, lines: BTreeMap::new(), open: HashMap::new(), bookings: 0, pieces: 0 }
    }

    /// A resource that the report is about, also where it has no bookings.
    pub fn resource(&mut self, resource: &Resource) -> Result<(), TooMuch> {
        self.line(By::Resource(resource.id));
        for hour in 0..24 {
            self.line(By::Hour(hour));
        }
        for weekday in 0..7 {
            self.line(By::Weekday(weekday));
            for hour in 0..24 {
                self.line(By::HourOfWeek(weekday, hour));
            }
        }
        if self.timed {
            let clock = self.open_clock(resource)?;
            let units = i64::from(resource.attributes.quantity);
            self.add_time(resource.id, None, &clock, units, |tally| &mut tally.open_us);
        }
        Ok(())
    }

    /// A booking of the resource that overlaps the report's time.
    pub fn booking(&mut self, resource: &Resource, booking: &Booking) -> Result<(), TooMuch> {
        self.bookings += 1;
        if BOOKINGS_MAX < self.bookings {
            return Err(TooMuch);
        }
        let (now, start) = (self.now, booking.interval.start());
        let zone = zone(resource);
        if self.window.start() <= start {
            let local = zone.to_datetime(start);
            let (weekday, hour) = (weekday(local), u8::try_from(local.hour()).unwrap_or(0));
            for by in [
                By::Resource(resource.id),
                By::Hour(hour),
                By::Weekday(weekday),
                By::HourOfWeek(weekday, hour),
                By::Day(local.date()),
                By::Person(booking.user),
            ] {
                self.line(by).count(booking, now);
            }
        }
        if self.timed && stands(booking.status_at(now)) {
            let from = start.max(self.window.start());
            let to = booking.interval.end().min(self.window.end());
            if let Ok(within) = Interval::new(from, to) {
                let mut clock = Clock::default();
                self.split(&zone, within, &mut clock)?;
                let units = i64::from(booking.quantity);
                self.add_time(resource.id, Some(booking.user), &clock, units, |tally| &mut tally.booked_us);
            }
        }
        Ok(())
    }

    /// Its lines: resources in the order of their ids, hours, weekdays, hours of weekdays, days, and people.
    pub fn lines(self) -> BTreeMap<By, Tally> {
        self.lines
    }

    fn line(&mut self, by: By) -> &mut Tally {
        self.lines.entry(by).or_default()
    }

    fn add_time(
        &mut self,
        resource: ResourceId,
        person: Option<UserId>,
        clock: &Clock,
        units: i64,
        of: impl Fn(&mut Tally) -> &mut i64,
    ) {
        let total = clock.total();
        *of(self.line(By::Resource(resource))) += total * units;
        if let Some(person) = person {
            *of(self.line(By::Person(person))) += total * units;
        }
        for (by, time) in clock.by() {
            *of(self.line(by)) += time * units;
        }
    }

    /// When one unit could be booked: within the opening hours, or always.
    fn open_clock(&mut self, resource: &Resource) -> Result<Clock, TooMuch> {
        let key = (resource.attributes.time_zone.clone(), Arc::as_ptr(&resource.in_force).addr());
        if let Some((_, clock)) = self.open.get(&key) {
            return Ok(clock.clone());
        }
        let zone = zone(resource);
        let open = match resource.in_force.opening() {
            None => vec![self.window],
            Some(hours) => hours.open(&zone, self.window).map_err(|_| TooMuch)?,
        };
        let mut clock = Clock::default();
        for stretch in open {
            self.split(&zone, stretch, &mut clock)?;
        }
        self.open.insert(key, (Arc::clone(&resource.in_force), clock.clone()));
        Ok(clock)
    }

    /// Adds an interval to the hours and weekdays in which it lies by the clock on the wall.
    fn split(&mut self, zone: &TimeZone, interval: Interval, clock: &mut Clock) -> Result<(), TooMuch> {
        let mut from = interval.start();
        let mut shift = zone.following(from).next().map(|it| it.timestamp());
        while from < interval.end() {
            self.pieces += 1;
            if PIECES_MAX < self.pieces {
                return Err(TooMuch);
            }
            let local = zone.to_datetime(from);
            let into_hour = SignedDuration::from_secs(i64::from(local.minute()) * 60 + i64::from(local.second()))
                + SignedDuration::from_nanos(i64::from(local.subsec_nanosecond()));
            let hour_ends = from.checked_add(SignedDuration::from_hours(1) - into_hour).unwrap_or(interval.end());
            let mut to = hour_ends.min(interval.end());
            // Where the clock is put forward or back within the hour, another hour may begin there.
            if let Some(at) = shift.filter(|at| *at <= to) {
                to = if from < at { at } else { to };
                shift = zone.following(at).next().map(|it| it.timestamp());
            }
            let time = i64::try_from(to.duration_since(from).as_micros()).unwrap_or(i64::MAX);
            let hours = clock.week.get_mut(usize::from(weekday(local)));
            if let Some(hour) = hours.and_then(|day| day.get_mut(usize::try_from(local.hour()).unwrap_or(0))) {
                *hour += time;
            }
            *clock.days.entry(local.date()).or_default() += time;
            from = to;
        }
        Ok(())
    }
}

fn weekday(local: jiff::civil::DateTime) -> u8 {
    u8::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0)
}

fn zone(resource: &Resource) -> TimeZone {
    TimeZone::get(&resource.attributes.time_zone).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booking::{Buffers, Details};
    use crate::hours::OpeningHours;
    use crate::ids::BookingId;
    use crate::policy::Policy;
    use crate::resource::Attributes;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn during(from: &str, to: &str) -> Interval {
        Interval::new(at(from), at(to)).unwrap()
    }

    fn resource(zone: &str, quantity: u32, hours: Option<&str>) -> Resource {
        let hours = hours.map(|text| OpeningHours::parse(text).unwrap());
        let rules = Rules::new(Policy::default(), hours, BTreeMap::new(), std::collections::BTreeSet::new());
        Resource {
            id: ResourceId(uuid::Uuid::from_u128(1)),
            attributes: Attributes {
                name: "Table".to_owned(),
                kind: None,
                description: None,
                capacity: None,
                quantity,
                time_zone: zone.to_owned(),
                requires_approval: false,
                site: None,
                area: None,
                parts: vec![],
                rules: Arc::default(),
                profile: crate::profile::Profile::default(),
            },
            in_force: Arc::new(rules),
            schema: Arc::default(),
            version: 1,
            revision: 1,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn booking(interval: Interval, status: Status) -> Booking {
        Booking {
            id: BookingId(uuid::Uuid::from_u128(2)),
            resource: ResourceId(uuid::Uuid::from_u128(1)),
            user: UserId(uuid::Uuid::from_u128(3)),
            interval,
            quantity: 1,
            details: Details::default(),
            status,
            lapses_at: None,
            buffers: Buffers::default(),
            override_reason: None,
            closed_reason: None,
            made_by: None,
            would_do: Vec::new(),
            undo: None,
            series: None,
            shares: vec![],
            version: 1,
            created_at: interval.start().checked_sub(SignedDuration::from_hours(2)).unwrap(),
            updated_at: interval.start(),
        }
    }

    fn report(resource: &Resource, window: Interval, bookings: &[Booking]) -> BTreeMap<By, Tally> {
        let mut report = Report::new(window, at("2030-01-01T00:00:00Z"), true);
        report.resource(resource).unwrap();
        for booking in bookings {
            report.booking(resource, booking).unwrap();
        }
        report.lines()
    }

    #[test]
    fn time_is_told_by_the_clock_of_the_place() {
        let table = resource("Europe/Berlin", 1, None);
        let day = during("2026-11-22T23:00:00Z", "2026-11-23T23:00:00Z");
        let evening = booking(during("2026-11-23T17:30:00Z", "2026-11-23T19:15:00Z"), Status::Completed);
        let lines = report(&table, day, &[evening]);
        let minutes = |by| lines[&by].booked_minutes();
        assert_eq!([18, 19, 20].map(|hour| minutes(By::Hour(hour))), [30, 60, 15]);
        assert_eq!((minutes(By::Weekday(0)), minutes(By::Resource(table.id))), (105, 105));
        // A Monday's evening is nobody else's, and the day is that of the place.
        assert_eq!([(0, 18), (0, 19), (1, 19)].map(|(day, hour)| minutes(By::HourOfWeek(day, hour))), [30, 60, 0]);
        let of_day = &lines[&By::Day(jiff::civil::date(2026, 11, 23))];
        assert_eq!((of_day.booked_minutes(), of_day.open_minutes(), of_day.made), (105, 24 * 60, 1));
        assert_eq!(lines.keys().filter(|by| matches!(by, By::Day(_))).count(), 1);
        assert_eq!(lines[&By::Resource(table.id)].open_minutes(), 24 * 60);
        assert!((0..24).all(|hour| lines[&By::Hour(hour)].open_minutes() == 60));
        // It counts in the hour in which it starts.
        assert_eq!((lines[&By::Hour(18)].made, lines[&By::Hour(19)].made), (1, 0));
        assert_eq!(lines[&By::Hour(18)].leads, [120]);
    }

    #[test]
    fn a_day_has_the_hours_that_it_has() {
        // The clock goes back at three, and by half an hour on Lord Howe.
        let berlin = during("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
        let lines = report(&resource("Europe/Berlin", 2, None), berlin, &[]);
        assert_eq!([1, 2, 3].map(|hour| lines[&By::Hour(hour)].open_minutes()), [120, 240, 120]);
        let forward = during("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
        let lines = report(&resource("Europe/Berlin", 1, None), forward, &[]);
        assert_eq!([1, 2, 3].map(|hour| lines[&By::Hour(hour)].open_minutes()), [60, 0, 60]);
        let lord_howe = during("2026-04-03T13:00:00Z", "2026-04-05T13:30:00Z");
        let lines = report(&resource("Australia/Lord_Howe", 1, None), lord_howe, &[]);
        let all: i64 = (0..24).map(|hour| lines[&By::Hour(hour)].open_minutes()).sum();
        assert_eq!((all, lines[&By::Hour(1)].open_minutes()), (48 * 60 + 30, 150));
    }

    #[test]
    fn only_opening_hours_could_have_been_booked() {
        let table = resource("UTC", 3, Some("Mo-Fr 10:00-12:00"));
        let week = during("2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z");
        let lines = report(&table, week, &[]);
        assert_eq!(lines[&By::Resource(table.id)].open_minutes(), 3 * 5 * 120);
        assert_eq!((lines[&By::Hour(10)].open_minutes(), lines[&By::Hour(12)].open_minutes()), (900, 0));
        assert_eq!((lines[&By::Weekday(4)].open_minutes(), lines[&By::Weekday(5)].open_minutes()), (360, 0));
    }

    #[test]
    fn each_counts_as_what_became_of_it() {
        let table = resource("UTC", 1, None);
        let day = during("2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z");
        let hour = during("2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z");
        let all = Status::ALL.map(|status| booking(hour, status));
        let tally = &report(&table, day, &all)[&By::Resource(table.id)];
        assert_eq!((tally.made, tally.standing, tally.begun, tally.no_shows), (8, 3, 3, 1));
        assert_eq!((tally.cancelled, tally.rejected, tally.expired, tally.leads.len()), (1, 1, 1, 4));
        assert_eq!(tally.booked_minutes(), 180);
        // What began before counts by its time alone.
        let long = booking(during("2026-11-22T23:00:00Z", "2026-11-23T01:00:00Z"), Status::Confirmed);
        let tally = &report(&table, day, &[long])[&By::Resource(table.id)];
        assert_eq!((tally.made, tally.booked_minutes()), (0, 60));
    }

    #[test]
    fn how_numbers_lie() {
        let spread = Spread::of(&[9, 1, 5, 3, 7, 2, 8, 4, 6, 10]).unwrap();
        assert_eq!(spread, Spread { min: 1, median: 5, p90: 9, max: 10, mean: 5 });
        assert_eq!(Spread::of(&[4]), Some(Spread { min: 4, median: 4, p90: 4, max: 4, mean: 4 }));
        assert_eq!(Spread::of(&[]), None);
    }
}
