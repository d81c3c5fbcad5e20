//! What is free, by the same facts and rules as the decision: what is offered here, booking accepts, as long as nobody is
//! faster. Nothing here decides anything.

mod nearest;

use jiff::civil::{DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::booking::Buffers;
use crate::calendar::{Calendar, Claim, Holder, peak};
use crate::decide::{Room, Undecided, Wish, outside_hours_allowed, zone};
use crate::facts::Facts;
use crate::ids::{ResourceId, UserId};
use crate::interval::Interval;
use crate::mode::PIECE_MAX;
use crate::profile::OutOfOrder;
use crate::resource::Resource;
use crate::user::Principal;

/// How far around the asked time the same resource is searched for alternatives.
pub const SEARCH_AROUND: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How far apart the start times are that are offered where no policy says.
pub const STEP_MINUTES: u32 = 15;
/// Start times of one resource among the candidates of a search.
const STARTS_OF_ONE_MAX: usize = 3;

/// A time on a resource that could be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Which resource.
    pub resource: ResourceId,
    /// When.
    pub interval: Interval,
}

/// What somebody is looking for.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// For how long; `None`: as long as the turn times of the place give a party of this size, or an hour.
    pub duration: Option<SignedDuration>,
    /// How many units.
    pub quantity: u32,
    /// How many people.
    pub party_size: Option<u32>,
}

/// Why a stretch of time can't be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Bookings stand there.
    Booking,
    /// It is blocked.
    Block,
    /// It is out of order.
    OutOfOrder,
    /// It is closed.
    Closed,
    /// It has passed.
    Past,
}

/// A stretch of a resource's time that is the same throughout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// When.
    pub interval: Interval,
    /// How many units are free.
    pub free: u32,
    /// Why not all of them are, where that is so.
    pub reason: Option<Reason>,
}

/// Somebody who looks: the facts that were read, the person they were read for, and the time.
#[derive(Clone, Copy, Debug)]
pub struct Onlooker<'a> {
    room: Room<'a>,
    along: &'a [(&'a Resource, u32)],
    near: Option<Interval>,
}

/// The opening hours of a resource, looked up once for many times.
struct Hours {
    open: Option<Vec<Interval>>,
    /// Nobody can book outside them, with anybody's approval or without.
    closed_is_closed: bool,
}

impl Hours {
    /// For times that lie between these two.
    fn new(resource: &Resource, from: Timestamp, to: Timestamp) -> Self {
        let opening = resource.in_force.opening();
        let open = opening.and_then(|it| it.open(&zone(resource), Interval::new(from, to).ok()?).ok());
        Self { open, closed_is_closed: !outside_hours_allowed(&resource.in_force.policy) }
    }

    /// Whether it is open all the time; nothing where there are no hours, or they are not known that far.
    fn within(&self, interval: Interval) -> Option<bool> {
        self.open.as_ref().map(|open| is_within(open, interval))
    }

    /// Whether they alone say no.
    fn close(&self, interval: Interval) -> bool {
        self.closed_is_closed && self.within(interval) == Some(false)
    }
}

impl<'a> Onlooker<'a> {
    /// Somebody who looks at `facts` at `now`. The calendars must know every window that is asked about; what they don't
    /// know is never offered.
    pub fn new(actor: Principal, facts: &'a Facts, now: Timestamp) -> Self {
        Self { room: Room { actor, facts, now }, along: &[], near: None }
    }

    /// The same, for whom everything has to be had together with `along`, each with how many units of it.
    #[must_use]
    pub fn along(self, along: &'a [(&'a Resource, u32)]) -> Self {
        Self { along, ..self }
    }

    /// The same, for whom what is nearest to the `asked` time comes first in a [search](Self::search).
    #[must_use]
    pub fn near(self, asked: Interval) -> Self {
        Self { near: Some(asked), ..self }
    }

    /// Whether `interval` could be booked by `owner`: by the rules of the place, and because it is free.
    pub fn could_book(&self, resource: &Resource, interval: Interval, need: Need, owner: UserId) -> bool {
        self.could(resource, interval, need, owner, None).unwrap_or(false)
    }

    /// The resource and all that has to be had along.
    fn together<'b>(&'b self, resource: &'b Resource) -> impl Iterator<Item = &'b Resource> + Clone {
        std::iter::once(resource).chain(self.along.iter().map(|(it, _)| *it))
    }

    /// When a resource can't be used, or something that it is made of.
    fn out_of_order<'b>(&'b self, resource: &'b Resource) -> impl Iterator<Item = &'b OutOfOrder> {
        let parts = resource.attributes.parts.iter().filter_map(|id| self.room.facts.resources.get(id)?.as_ref());
        std::iter::once(resource).chain(parts).filter_map(|it| it.attributes.profile.out_of_order.as_ref())
    }

    fn could(
        &self,
        resource: &Resource,
        interval: Interval,
        need: Need,
        owner: UserId,
        within_hours: Option<bool>,
    ) -> Result<bool, Undecided> {
        // What somebody may not know of is nothing to offer.
        if !self.room.may_know(resource)? || !self.along.iter().all(|(it, _)| apart(resource, it)) {
            return Ok(false);
        }
        let wish = Wish { interval, quantity: need.quantity, party_size: need.party_size, owner, within_hours };
        let terms = match self.room.terms(resource, self.along, wish, None, None) {
            Err(Undecided::Refused(_)) => return Ok(false),
            found => found?,
        };
        let window = terms.buffers.around(interval);
        Ok(self.is_free(resource, window, need.quantity)
            && self.along.iter().all(|(it, quantity)| self.is_free(it, window, *quantity)))
    }

    fn is_free(&self, resource: &Resource, window: Interval, wanted: u32) -> bool {
        let quantity = resource.attributes.quantity;
        let Some(calendar) = self.known(resource.id, window) else { return false };
        if quantity == 1 {
            let nobody = |calendar: &Calendar| calendar.on_unit(1, window).all(|it| it.has_lapsed(self.room.now));
            let parts = &resource.attributes.parts;
            return wanted == 1
                && nobody(calendar)
                && parts.iter().all(|part| self.known(*part, window).is_some_and(nobody));
        }
        let standing = self.standing(resource, window);
        peak(&standing, window) + wanted as usize <= quantity as usize
    }

    /// The calendar of a resource, if everything in the window is known.
    fn known(&self, id: ResourceId, window: Interval) -> Option<&'a Calendar> {
        self.room.facts.calendars.get(&id).filter(|calendar| calendar.knows(window))
    }

    fn standing(&self, resource: &Resource, window: Interval) -> Vec<Claim> {
        let calendar = |id| self.room.facts.calendars.get(id);
        let own = calendar(&resource.id);
        let mut claims = own.map_or_else(Vec::new, |it| it.overlapping(resource.attributes.quantity, window));
        // Whoever has a part keeps others from the whole.
        for part in resource.attributes.parts.iter().filter_map(calendar) {
            claims.extend(part.overlapping(1, window));
        }
        claims.retain(|claim| !claim.has_lapsed(self.room.now));
        claims
    }

    /// What `owner` could book that starts in `window`: every start on the resource's grid, or every piece of its time.
    pub fn slots(&self, resource: &Resource, window: Interval, need: Need, owner: UserId) -> Vec<Interval> {
        self.each_slot(resource, window, need, owner).collect()
    }

    /// Whether there is any of that: it looks no further than the first.
    pub fn has_slot(&self, resource: &Resource, window: Interval, need: Need, owner: UserId) -> bool {
        self.each_slot(resource, window, need, owner).next().is_some()
    }

    fn each_slot<'b>(
        &'b self,
        resource: &'b Resource,
        window: Interval,
        need: Need,
        owner: UserId,
    ) -> Box<dyn Iterator<Item = Interval> + 'b> {
        let zone = zone(resource);
        if let Some(mode) = resource.in_force.policy.pieces() {
            let times = mode.times(&zone, window, need.duration).into_iter();
            return Box::new(times.filter(move |interval| self.could_book(resource, *interval, need, owner)));
        }
        let duration = duration(resource, need);
        let step = resource.in_force.policy.start_step_minutes.unwrap_or(STEP_MINUTES);
        let end = window.end().checked_add(duration).unwrap_or(Timestamp::MAX);
        let hours = Hours::new(resource, window.start(), end);
        let starts = grid(&zone, window, step).into_iter();
        let times = starts.filter_map(move |start| Interval::new(start, start.checked_add(duration).ok()?).ok());
        Box::new(times.filter(move |interval| {
            !hours.close(*interval)
                && self.could(resource, *interval, need, owner, hours.within(*interval)).unwrap_or(false)
        }))
    }

    /// The time of a resource in `window`, from its start to its end, each stretch with what is free in it.
    pub fn stretches(&self, resource: &Resource, window: Interval) -> Vec<Stretch> {
        let claims = self.standing(resource, window);
        let opening = resource.in_force.opening();
        let open = opening.and_then(|opening| opening.open(&zone(resource), window).ok());
        let out_of_order: Vec<&OutOfOrder> = self.out_of_order(resource).collect();
        let mut edges: Vec<Timestamp> = claims
            .iter()
            .flat_map(|claim| [claim.interval.start(), claim.interval.end()])
            .chain(open.iter().flatten().flat_map(|open| [open.start(), open.end()]))
            .chain(out_of_order.iter().flat_map(|out| [out.from, out.until]).flatten())
            .chain([self.room.now, window.end()])
            .filter(|edge| window.start() < *edge && *edge <= window.end())
            .collect();
        edges.sort_unstable();
        edges.dedup();
        let mut found: Vec<Stretch> = Vec::with_capacity(edges.len());
        let mut start = window.start();
        let mut standing = Standing::of(&claims);
        for end in edges {
            let Ok(interval) = Interval::new(start, end) else { continue };
            start = end;
            let (taken, mut reason) = standing.at(interval.start());
            let mut free = resource.attributes.quantity.saturating_sub(taken);
            if out_of_order.iter().any(|out| out.touches(interval)) {
                (free, reason) = (0, Some(Reason::OutOfOrder));
            }
            if open.as_ref().is_some_and(|open| !is_within(open, interval)) {
                (free, reason) = (0, Some(Reason::Closed));
            }
            if interval.end() <= self.room.now {
                (free, reason) = (0, Some(Reason::Past));
            }
            match found.last_mut() {
                Some(last) if (last.free, last.reason) == (free, reason) => {
                    last.interval = Interval::new(last.interval.start(), end).unwrap_or(last.interval);
                }
                _ => found.push(Stretch { interval, free, reason }),
            }
        }
        found
    }

    /// The best of what `owner` could book on one of `resources` within `window`, at times when all of `people` have nothing
    /// else: what leaves the fewest seats empty comes first, of these what is made of the fewest parts, then what leaves the fewest
    /// gaps that are too short for another like it, then what starts first. Who looks [near](Self::near) a time gets what is
    /// nearest to it before all that.
    pub fn search(
        &self,
        resources: &[&Resource],
        window: Interval,
        need: Need,
        owner: UserId,
        people: &[UserId],
        limit: usize,
    ) -> Vec<Offer> {
        let mut ranked = Vec::new();
        for resource in resources {
            let mut own: Vec<_> = self
                .slots(resource, window, need, owner)
                .into_iter()
                .filter(|interval| interval.end() <= window.end())
                .filter(|interval| people.iter().all(|person| !self.is_busy(*person, *interval)))
                .map(|interval| {
                    let away = self.near.map(|asked| away(asked, interval));
                    let rank = (away, size(resource, need), self.gaps(resource, window, interval));
                    (rank, interval.start(), resource.id, interval)
                })
                .collect();
            own.sort_unstable_by_key(|(rank, start, ..)| (*rank, *start));
            own.truncate(STARTS_OF_ONE_MAX);
            ranked.extend(own);
        }
        ranked.sort_unstable_by_key(|(rank, start, id, _)| (*rank, *start, *id));
        ranked.truncate(limit);
        ranked.into_iter().map(|(.., resource, interval)| Offer { resource, interval }).collect()
    }

    /// Those of `resources` that `owner` could book from `start` on, the best first: what leaves the fewest seats empty, of these what
    /// is made of the fewest parts, then what leaves the fewest gaps. Where no duration is needed each place says for how long.
    pub fn fitting(&self, resources: &[&Resource], start: Timestamp, need: Need, owner: UserId) -> Vec<ResourceId> {
        let mut ranked: Vec<_> = resources
            .iter()
            .filter_map(|resource| {
                let interval = match need.duration {
                    Some(duration) => Interval::new(start, start.checked_add(duration).ok()?).ok()?,
                    None => resource.interval_from(start, need.party_size)?,
                };
                let could = self.could_book(resource, interval, need, owner);
                could.then(|| (size(resource, need), self.gaps(resource, day_around(interval), interval), resource.id))
            })
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().map(|(.., id)| id).collect()
    }

    /// Whether somebody has a booking at that time, or it is not known.
    fn is_busy(&self, person: UserId, interval: Interval) -> bool {
        let Some(diary) = self.room.facts.diaries.get(&person) else { return true };
        let engaged = self.room.facts.taking_part.get(&person);
        if engaged.is_some_and(|times| times.iter().any(|time| time.overlaps(interval))) {
            return true;
        }
        diary.entries().any(|(_, entry)| {
            let lapsed = entry.lapses_at.is_some_and(|lapses_at| lapses_at <= self.room.now);
            entry.status.holds_time() && !lapsed && entry.interval.overlaps(interval)
        })
    }

    /// How many gaps a booking would leave beside it that are too short for another one like it.
    fn gaps(&self, resource: &Resource, window: Interval, interval: Interval) -> usize {
        if resource.attributes.quantity != 1 {
            return 0;
        }
        let around = self.standing(resource, window);
        let before = around.iter().map(|claim| claim.interval.end()).filter(|end| *end <= interval.start()).max();
        let after = around.iter().map(|claim| claim.interval.start()).filter(|start| interval.end() <= *start).min();
        let left = interval.start().duration_since(before.unwrap_or(window.start()));
        let right = after.unwrap_or(window.end()).duration_since(interval.end());
        let too_short = |gap: &SignedDuration| SignedDuration::ZERO < *gap && *gap < interval.duration();
        [left, right].iter().filter(|gap| too_short(gap)).count()
    }
}

/// What stands at an instant, asked of one instant after the other: each claim comes and goes once, however many there are.
struct Standing {
    /// By how many bookings and blocks there are more, or fewer, from an instant on; in order.
    changes: std::iter::Peekable<std::vec::IntoIter<(Timestamp, i64, i64)>>,
    bookings: i64,
    blocks: i64,
}

impl Standing {
    fn of(claims: &[Claim]) -> Self {
        let counted = |claim: &Claim| match claim.holder {
            Holder::Booking(_) => (1, 0),
            Holder::Block(_) => (0, 1),
        };
        let mut changes: Vec<(Timestamp, i64, i64)> = Vec::with_capacity(claims.len() * 2);
        for claim in claims {
            let (bookings, blocks) = counted(claim);
            changes.push((claim.interval.start(), bookings, blocks));
            changes.push((claim.interval.end(), -bookings, -blocks));
        }
        changes.sort_unstable_by_key(|(at, ..)| *at);
        Self { changes: changes.into_iter().peekable(), bookings: 0, blocks: 0 }
    }

    /// How many claims stand at `time`, which is not before the one that was asked last, and why what they take can't be had.
    fn at(&mut self, time: Timestamp) -> (u32, Option<Reason>) {
        while let Some((_, bookings, blocks)) = self.changes.next_if(|(at, ..)| *at <= time) {
            self.bookings += bookings;
            self.blocks += blocks;
        }
        let reason = match (self.bookings, self.blocks) {
            (0, 0) => None,
            (_, 0) => Some(Reason::Booking),
            _ => Some(Reason::Block),
        };
        (u32::try_from(self.bookings + self.blocks).unwrap_or(u32::MAX), reason)
    }
}

/// How long a booking would be, where any length goes.
fn duration(resource: &Resource, need: Need) -> SignedDuration {
    let by_party = || need.party_size.and_then(|party| resource.in_force.policy.stay(party));
    need.duration.or_else(by_party).unwrap_or(SignedDuration::from_hours(1))
}

/// The longest that anything is that [`Onlooker::slots`] offers.
pub fn longest(resource: &Resource, need: Need) -> SignedDuration {
    match resource.in_force.policy.pieces() {
        Some(_) => need.duration.unwrap_or_default().saturating_add(PIECE_MAX),
        None => duration(resource, need),
    }
}

/// A window around an interval within which gaps beside it matter.
pub(crate) fn day_around(interval: Interval) -> Interval {
    let half = SignedDuration::from_hours(12);
    Buffers { before: half, after: half }.around(interval)
}

/// Whether two resources have nothing in common, so that both can be had.
fn apart(one: &Resource, other: &Resource) -> bool {
    let (parts, others) = (&one.attributes.parts, &other.attributes.parts);
    one.id != other.id
        && !parts.contains(&other.id)
        && !others.contains(&one.id)
        && !parts.iter().any(|part| others.contains(part))
}

/// Whether one of the `open` times, which are in order and apart from each other, holds all of `interval`.
fn is_within(open: &[Interval], interval: Interval) -> bool {
    let after = open.partition_point(|it| it.start() <= interval.start());
    after.checked_sub(1).and_then(|at| open.get(at)).is_some_and(|it| it.contains(interval))
}

/// How far a time is from one at which it would start and be over within `asked`, or at its start where it is longer than that.
fn away(asked: Interval, time: Interval) -> SignedDuration {
    let latest = asked.end().checked_sub(time.duration()).unwrap_or(Timestamp::MIN).max(asked.start());
    let early = asked.start().duration_since(time.start());
    early.max(time.start().duration_since(latest)).max(SignedDuration::ZERO)
}

/// How much of the place it takes: the seats that would stay empty, then what it is made of. A table for four leaves more to others
/// than two for two that are pushed together.
fn size(resource: &Resource, need: Need) -> (u32, usize) {
    (waste(resource, need), resource.attributes.parts.len())
}

/// How many seats would stay empty; where capacity is not a question, or nobody said how many come, none.
fn waste(resource: &Resource, need: Need) -> u32 {
    match (resource.attributes.capacity, need.party_size) {
        (Some(capacity), Some(party)) => capacity.saturating_mul(need.quantity).saturating_sub(party),
        _ => 0,
    }
}

/// Every instant of `window` at which a clock on the wall in `zone` shows a multiple of `step` minutes since midnight. Where
/// the clock goes back it shows some of them twice, and where it jumps ahead some never.
pub fn grid(zone: &TimeZone, window: Interval, step: u32) -> Vec<Timestamp> {
    let mut found = Vec::new();
    let mut date = zone.to_datetime(window.start()).date();
    let last = zone.to_datetime(window.end()).date();
    let step = step.max(1) as usize;
    while date <= last {
        let midnight = date.to_datetime(Time::midnight());
        let minutes = (0..24 * 60).step_by(step);
        if let Some(start) = start_of_even_day(zone, midnight) {
            found.extend(minutes.filter_map(|minute| start.checked_add(SignedDuration::from_mins(minute)).ok()));
        } else {
            found.extend(minutes.filter_map(|it| midnight.checked_add(it.minutes()).ok()).flat_map(|local| {
                let offsets = match zone.to_ambiguous_timestamp(local).offset() {
                    AmbiguousOffset::Unambiguous { offset } => [Some(offset), None],
                    AmbiguousOffset::Gap { .. } => [None, None],
                    AmbiguousOffset::Fold { before, after } => [Some(before), Some(after)],
                };
                offsets.into_iter().flatten().filter_map(move |offset| offset.to_timestamp(local).ok())
            }));
        }
        let Ok(tomorrow) = date.tomorrow() else { break };
        date = tomorrow;
    }
    found.sort_unstable();
    found.dedup();
    found.retain(|start| window.start() <= *start && *start < window.end());
    found
}

/// The instant of a midnight after which the clock runs evenly for 24 hours, as it does on nearly every day, and for so long after
/// these that it is not turned back into them.
fn start_of_even_day(zone: &TimeZone, midnight: DateTime) -> Option<Timestamp> {
    let AmbiguousOffset::Unambiguous { offset } = zone.to_ambiguous_timestamp(midnight).offset() else { return None };
    let start = offset.to_timestamp(midnight).ok()?;
    let even = start.checked_add(SignedDuration::from_hours(48)).ok()?;
    zone.following(start).next().is_none_or(|change| even <= change.timestamp()).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_that_of_the_clock_on_the_wall() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let day = |from: &str, to: &str| Interval::new(from.parse().unwrap(), to.parse().unwrap()).unwrap();
        let count = |window, step| grid(&berlin, window, step).len();
        assert_eq!(count(day("2026-11-22T23:00:00Z", "2026-11-23T23:00:00Z"), 30), 48);
        // On the last Sunday of March the clock shows no time between two and three, in October twice.
        assert_eq!(count(day("2027-03-27T23:00:00Z", "2027-03-28T22:00:00Z"), 30), 46);
        assert_eq!(count(day("2027-10-30T22:00:00Z", "2027-10-31T23:00:00Z"), 30), 50);
        // Fifty minutes do not divide a day: the grid begins anew at each midnight.
        let starts = grid(&berlin, day("2026-11-23T21:00:00Z", "2026-11-24T01:00:00Z"), 50);
        let starts: Vec<String> = starts.iter().map(ToString::to_string).collect();
        let expected = [
            "2026-11-23T21:30:00Z",
            "2026-11-23T22:20:00Z",
            "2026-11-23T23:00:00Z",
            "2026-11-23T23:50:00Z",
            "2026-11-24T00:40:00Z",
        ];
        assert_eq!(starts, expected);
    }

    #[test]
    fn the_grid_is_what_each_quarter_of_an_hour_says_by_itself_around_every_change_of_every_clock() {
        let quarter = SignedDuration::from_mins(15);
        let (from, until): (Timestamp, Timestamp) =
            ("2026-01-01T00:00:00Z".parse().unwrap(), "2028-01-01T00:00:00Z".parse().unwrap());
        let mut changes = 0;
        for name in jiff::tz::db().available() {
            let zone = TimeZone::get(name.as_str()).unwrap();
            let times = zone.following(from).map(|change| change.timestamp()).take_while(|time| *time < until);
            for change in times.chain([from]) {
                let around = SignedDuration::from_hours(36);
                let window = Interval::new(change - around, change + around).unwrap();
                // All clocks of these years differ from UTC by quarters of an hour.
                let all = std::iter::successors(Some(window.start()), |time| Some(*time + quarter));
                let shows_step = |time: &Timestamp| {
                    let shown = zone.to_datetime(*time).time();
                    (i64::from(shown.hour()) * 60 + i64::from(shown.minute())) % 45 == 0
                };
                let expected: Vec<Timestamp> = all.take_while(|time| *time < window.end()).filter(shows_step).collect();
                assert_eq!(grid(&zone, window, 45), expected, "{name} around {change}");
                changes += 1;
            }
        }
        assert!(800 < changes, "{changes}");
    }
}
