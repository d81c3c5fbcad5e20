//! What search offers, booking accepts, and what it does not offer, booking refuses: in a hundred thousand random worlds of
//! rules, opening hours and calendars, for every five minutes of a night in which clocks go back. Some places are made of parts, and
//! some are booked with something that has rules and hours of its own. And what is offered instead is as near as can be.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::sync::Arc;

use bronya_domain::availability::{Need, Onlooker, STEP_MINUTES};
use bronya_domain::booking::{Along, Booking, Buffers, Details, Status};
use bronya_domain::calendar::{Claim, Holder};
use bronya_domain::command::{Book, Command};
use bronya_domain::decide::decide;
use bronya_domain::facts::{Diary, Entry, Facts, Spot};
use bronya_domain::hours::OpeningHours;
use bronya_domain::ids::{BlockId, BookingId, GroupId, ResourceId, SiteId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::mode::{Mode, Period, Service};
use bronya_domain::pace::{Pace, PaceScope, Start};
use bronya_domain::policy::{Approval, Policy, Quota, QuotaMeasure, QuotaPeriod, QuotaScope, TurnTime};
use bronya_domain::profile::{OutOfOrder, Profile, Visibility};
use bronya_domain::resource::{Attributes, Resource};
use bronya_domain::rules::Rules;
use bronya_domain::user::{Principal, Role};
use jiff::civil::{Time, Weekday};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

const WORLDS: u32 = 100_000;
const GUEST: UserId = UserId(Uuid::from_u128(1));
const STRANGER: UserId = UserId(Uuid::from_u128(3));
const STAFF: GroupId = GroupId(Uuid::from_u128(4));
const SITE: SiteId = SiteId(Uuid::from_u128(6));
const PLACE: ResourceId = ResourceId(Uuid::from_u128(2));
/// What is booked along.
const BESIDE: ResourceId = ResourceId(Uuid::from_u128(7));
/// What the place is made of, where it is made of anything.
const PARTS: [ResourceId; 2] = [ResourceId(Uuid::from_u128(10)), ResourceId(Uuid::from_u128(11))];
const ELSEWHERE: ResourceId = ResourceId(Uuid::from_u128(12));
const KIND: &str = "table";
/// The night to the Sunday on which the clocks of Berlin go back, at one o'clock of UTC.
const DAY: &str = "2027-10-30T23:00:00Z";

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn at(minute: i64) -> Timestamp {
    DAY.parse::<Timestamp>().unwrap().checked_add(minutes(minute)).unwrap()
}

fn interval(start: i64, length: i64) -> Interval {
    Interval::new(at(start), at(start + length)).unwrap()
}

/// One thing that stands in the calendar: on which unit, from when, how long, and when it lapses.
type Standing = (u32, i64, i64, Option<i64>);

/// From which minute on something is out of order, and until which.
type Out = (Option<i64>, Option<i64>);

/// What is booked along, and how many units of it.
#[derive(Clone, Debug)]
struct Beside {
    quantity: u32,
    capacity: Option<u32>,
    zone: &'static str,
    hours: Option<&'static str>,
    policy: Policy,
    standing: Vec<Standing>,
    out_of_order: Option<Out>,
    wanted: u32,
}

#[derive(Clone, Debug)]
struct World {
    now: i64,
    quantity: u32,
    capacity: Option<u32>,
    zone: &'static str,
    hours: Option<&'static str>,
    policy: Policy,
    standing: Vec<Standing>,
    beside: Option<Beside>,
    /// What stands on each of the parts, and when one of them is out of order.
    parts: Option<([Vec<Standing>; 2], Option<Out>)>,
    /// What the guest has: from when, how long, and what is counted of it.
    booked: Vec<(i64, i64, Counted)>,
    /// Who starts elsewhere at the site: when, how many people, and when the booking lapses.
    elsewhere: Vec<(i64, u32, Option<i64>)>,
    /// How long it is to be; where nobody says, as long as the place gives the party, or an hour.
    duration: Option<i64>,
    wanted: u32,
    party: Option<u32>,
    /// Whether the guest is one of the staff.
    is_staff: bool,
    /// Whether it is hidden, and whether the guest manages it then.
    hidden: Option<bool>,
    out_of_order: Option<Out>,
}

/// What a booking of the guest has in common with the one that is asked for.
#[derive(Clone, Copy, Debug)]
enum Counted {
    Place,
    Beside,
    Kind,
    Site,
    Nothing,
}

impl Counted {
    /// What was booked, and what was booked along.
    fn spots(self) -> (Spot, Vec<Spot>) {
        let spot = |resource, kind: Option<&str>, site| Spot { resource, kind: kind.map(str::to_owned), site };
        let elsewhere = spot(ELSEWHERE, None, None);
        match self {
            Self::Place => (spot(PLACE, Some(KIND), Some(SITE)), vec![]),
            Self::Beside => (elsewhere, vec![spot(BESIDE, None, Some(SITE))]),
            Self::Kind => (spot(ELSEWHERE, Some(KIND), None), vec![]),
            Self::Site => (spot(ELSEWHERE, Some("desk"), Some(SITE)), vec![]),
            Self::Nothing => (elsewhere, vec![]),
        }
    }
}

fn maybe<T: std::fmt::Debug + Clone + 'static>(value: impl Strategy<Value = T> + 'static) -> BoxedStrategy<Option<T>> {
    prop::option::weighted(0.3, value).boxed()
}

fn time(hour: i8, minute: i8) -> Time {
    Time::constant(hour, minute, 0, 0)
}

fn lessons() -> Mode {
    let edges = [((0, 0), (0, 30)), ((0, 30), (1, 15)), ((1, 15), (2, 0)), ((2, 30), (3, 30)), ((4, 0), (5, 0))];
    let period = |((from, from_minute), (until, until_minute))| Period {
        name: "Lesson".to_owned(),
        starts: time(from, from_minute),
        ends: time(until, until_minute),
    };
    Mode::Periods(edges.map(period).to_vec())
}

/// What lasts past midnight, on the night in which the clocks go back too.
fn evenings() -> Mode {
    let period = |name: &str, starts, ends| Period { name: name.to_owned(), starts, ends };
    Mode::Periods(vec![period("Early", time(21, 0), time(23, 0)), period("Late", time(23, 0), time(2, 30))])
}

fn nights() -> Mode {
    Mode::Nights { check_in: time(1, 0), check_out: time(0, 30) }
}

fn services() -> Vec<Service> {
    let service = |starts, last_seating| Service { name: "Dinner".to_owned(), days: vec![], starts, last_seating };
    vec![service(time(0, 20), time(2, 15)), service(time(4, 0), time(4, 0)), service(time(20, 0), time(23, 15))]
}

/// Seats from the evening on until far into the night, on Saturdays alone.
fn bar() -> Vec<Service> {
    let [starts, last_seating] = [time(22, 0), time(2, 45)];
    vec![Service { name: "Bar".to_owned(), days: vec![Weekday::Saturday], starts, last_seating }]
}

prop_compose! {
    fn quotas()(
        max in 0_u32..4,
        measure in prop::sample::select(vec![
            QuotaMeasure::AtATime,
            QuotaMeasure::Bookings(QuotaPeriod::Day),
            QuotaMeasure::Bookings(QuotaPeriod::Week),
            QuotaMeasure::Minutes(QuotaPeriod::Month),
        ]),
        scope in prop::sample::select(vec![
            QuotaScope::Resource, QuotaScope::Kind, QuotaScope::Site, QuotaScope::Everything,
        ]),
    ) -> Quota {
        let max = if matches!(measure, QuotaMeasure::Minutes(_)) { max * 60 } else { max };
        Quota { scope, measure, max }
    }
}

prop_compose! {
    fn policies()(
        lengths in (maybe(15_u32..90), maybe(60_u32..240)),
        step in maybe(prop::sample::select(vec![5_u32, 15, 20, 30, 45, 50, 60])),
        buffers in (maybe(0_u32..45), maybe(0_u32..45), maybe(any::<bool>())),
        notice in (maybe(0_u32..600), maybe(0_u32..900)),
        people in (maybe(1_u32..4), maybe(2_u32..9), maybe(any::<bool>())),
        approval in maybe(prop::sample::select(vec![
            Approval::Never,
            Approval::Always,
            Approval::When { longer_than_minutes: Some(60), outside_hours: false, groups: vec![STAFF] },
            Approval::When { longer_than_minutes: None, outside_hours: true, groups: vec![] },
        ])),
        groups in maybe(prop::sample::select(vec![vec![], vec![STAFF], vec![STAFF, GroupId(Uuid::from_u128(5))]])),
        pacing_max in maybe(1_u32..12),
        mode in maybe(prop::sample::select(vec![Mode::Free, Mode::Days, lessons(), evenings(), nights()])),
        services in maybe(prop::sample::select(vec![vec![], services(), bar()])),
        turn_times in maybe(Just(vec![
            TurnTime { party_max: 2, stay_minutes: 45 },
            TurnTime { party_max: 6, stay_minutes: 90 },
        ])),
        quota in maybe(quotas()),
    ) -> Policy {
        let quotas = quota.map(|quota| vec![quota]);
        Policy {
            duration_minutes_min: lengths.0,
            duration_minutes_max: lengths.1,
            start_step_minutes: step,
            buffer_before_minutes: buffers.0,
            buffer_after_minutes: buffers.1,
            buffers_overlap: buffers.2,
            book_notice_minutes_min: notice.0,
            book_ahead_minutes_max: notice.1,
            party_min: people.0,
            party_max: people.1,
            party_required: people.2,
            approval,
            quotas,
            groups,
            pacing_max,
            mode,
            services,
            turn_times,
            ..Policy::default()
        }
    }
}

fn hours() -> BoxedStrategy<&'static str> {
    let hours = vec!["24/7", "09:00-17:00", "Su 10:00-14:00,18:00-23:00", "Mo-Sa 08:00-20:00", "20:00-02:00", "off"];
    prop::sample::select(hours).boxed()
}

fn zones() -> BoxedStrategy<&'static str> {
    prop::sample::select(vec!["UTC", "Europe/Berlin", "America/St_Johns"]).boxed()
}

fn standing() -> BoxedStrategy<Vec<Standing>> {
    prop::collection::vec((1_u32..4, -60_i64..700, 1_i64..180, maybe(-60_i64..700)), 0..6).boxed()
}

fn out_of_order() -> BoxedStrategy<Option<Out>> {
    maybe((maybe(-60_i64..600), maybe(-60_i64..700)))
}

prop_compose! {
    /// Nearly always open: where nothing can be had there is nothing to be seen.
    fn besides()(
        quantity in prop::sample::select(vec![1_u32, 1, 3]),
        capacity in prop::option::weighted(0.2, 1_u32..8),
        zone in zones(),
        hours in prop::option::weighted(0.5, prop::sample::select(vec!["Sa,Su 01:30-05:15", "Su 20:00-24:00", "Su 00:20-03:50"])),
        strict in prop::option::weighted(0.3, policies()),
        step in prop::option::weighted(0.2, prop::sample::select(vec![10_u32, 20, 45])),
        buffers in (prop::option::weighted(0.2, 0_u32..45), prop::option::weighted(0.2, 0_u32..45)),
        standing in standing(),
        out_of_order in prop::option::weighted(0.2, (maybe(-60_i64..600), maybe(-60_i64..700))),
        wanted in prop::sample::select(vec![1_u32, 1, 2]),
    ) -> Beside {
        let easy = Policy {
            start_step_minutes: step,
            buffer_before_minutes: buffers.0,
            buffer_after_minutes: buffers.1,
            ..Policy::default()
        };
        let policy = strict.unwrap_or(easy);
        Beside { quantity, capacity, zone, hours, policy, standing, out_of_order, wanted: wanted.min(quantity) }
    }
}

prop_compose! {
    fn worlds()(
        now in -60_i64..600,
        quantity in prop::sample::select(vec![1_u32, 1, 1, 2, 3]),
        capacity in maybe(1_u32..8),
        zone in zones(),
        hours in maybe(hours()),
        policy in policies(),
        standing in standing(),
        beside in maybe(besides()),
        parts in prop::option::weighted(0.2, ([standing(), standing()], out_of_order())),
        booked in prop::collection::vec((-3_000_i64..3_000, 15_i64..120, prop::sample::select(vec![
            Counted::Place, Counted::Beside, Counted::Kind, Counted::Site, Counted::Nothing,
        ])), 0..4),
        elsewhere in prop::collection::vec((-60_i64..360, 1_u32..6, maybe(-60_i64..700)), 0..12),
        duration in prop::option::weighted(0.85, prop::sample::select(vec![15_i64, 30, 60, 90, 150])),
        wanted in prop::sample::select(vec![1_u32, 1, 1, 2]),
        party in maybe(1_u32..8),
        is_staff in any::<bool>(),
        hidden in prop::option::weighted(0.1, any::<bool>()),
        out_of_order in out_of_order(),
    ) -> World {
        // What is made of parts is there once.
        let quantity = if parts.is_some() { 1 } else { quantity };
        World {
            now, quantity, capacity, zone, hours, policy, standing, beside, parts, booked, elsewhere, duration, wanted, party,
            is_staff, hidden, out_of_order,
        }
    }
}

/// A resource that stands at the site, and nothing special about it.
fn plain(id: ResourceId, quantity: u32, zone: &str, out_of_order: Option<Out>) -> Resource {
    let profile = Profile {
        out_of_order: out_of_order.map(|(from, until)| OutOfOrder {
            reason: "broken".to_owned(),
            from: from.map(at),
            until: until.map(at),
        }),
        ..Profile::default()
    };
    let attributes = Attributes {
        name: "Place".to_owned(),
        kind: None,
        description: None,
        capacity: None,
        quantity,
        time_zone: zone.to_owned(),
        requires_approval: false,
        site: Some(SITE),
        area: None,
        parts: vec![],
        rules: Arc::default(),
        profile,
    };
    let (created_at, updated_at) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
    let (in_force, schema) = (Arc::default(), Arc::default());
    Resource { id, attributes, in_force, schema, version: 1, revision: 1, created_at, updated_at }
}

/// The same under rules.
fn under(resource: Resource, policy: &Policy, hours: Option<&str>) -> Resource {
    let hours = hours.map(|text| OpeningHours::parse(text).unwrap());
    let rules = Arc::new(Rules::new(policy.clone(), hours, [].into(), [].into()));
    let attributes = Attributes { rules: Arc::clone(&rules), ..resource.attributes };
    Resource { attributes, in_force: rules, ..resource }
}

/// Puts what stands on a resource into its calendar; the numbers of the bookings begin with `first`.
fn seat(facts: &mut Facts, resource: &Resource, standing: &[Standing], first: u128) {
    let calendar = facts.calendars.entry(resource.id).or_default();
    calendar.mark_known(Interval::new(Timestamp::MIN, Timestamp::MAX).unwrap());
    for (n, &(unit, start, length, lapses_at)) in standing.iter().enumerate() {
        let interval = interval(start, length);
        // Nothing that stands on a unit overlaps, as the database sees to.
        if resource.attributes.quantity < unit || calendar.on_unit(unit, interval).next().is_some() {
            continue;
        }
        let id = BookingId(Uuid::from_u128(first + n as u128));
        let lapses_at = lapses_at.map(at);
        // Some of it is blocked; a block has every unit.
        if n % 3 == 2 && resource.attributes.quantity == 1 {
            let holder = Holder::Block(BlockId(id.0));
            calendar.insert(Claim { unit, interval, holder, lapses_at: None });
            continue;
        }
        calendar.insert(Claim { unit, interval, holder: Holder::Booking(id), lapses_at });
        let booking = Booking {
            id,
            resource: resource.id,
            user: STRANGER,
            interval,
            quantity: 1,
            details: Details::default(),
            status: Status::Pending,
            lapses_at,
            buffers: Buffers::default(),
            override_reason: None,
            closed_reason: None,
            made_by: None,
            would_do: Vec::new(),
            undo: None,
            series: None,
            shares: vec![],
            version: 1,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        };
        facts.bookings.insert(id, Some(booking));
    }
}

impl World {
    fn facts(&self) -> Facts {
        let everything = Interval::new(Timestamp::MIN, Timestamp::MAX).unwrap();
        let mut facts = Facts {
            groups: [(GUEST, self.is_staff.then_some(STAFF).into_iter().collect())].into(),
            managers: self.hidden.map(|manages| ((PLACE, GUEST), manages)).into_iter().collect(),
            ..Facts::default()
        };
        let mut place = plain(PLACE, self.quantity, self.zone, self.out_of_order);
        place.attributes.kind = Some(KIND.to_owned());
        place.attributes.capacity = self.capacity;
        if self.hidden.is_some() {
            place.attributes.profile.visibility = Visibility::Hidden;
        }
        if let Some((standing, out_of_order)) = &self.parts {
            place.attributes.parts = PARTS.to_vec();
            for ((part, standing), first) in PARTS.into_iter().zip(standing).zip([500, 600]) {
                let out_of_order = out_of_order.filter(|_| part == PARTS[1]);
                let part = plain(part, 1, self.zone, out_of_order);
                seat(&mut facts, &part, standing, first);
                facts.resources.insert(part.id, Some(part));
            }
        }
        let place = under(place, &self.policy, self.hours);
        seat(&mut facts, &place, &self.standing, 100);
        facts.resources.insert(PLACE, Some(place));
        if let Some(beside) = &self.beside {
            let mut it = plain(BESIDE, beside.quantity, beside.zone, beside.out_of_order);
            it.attributes.capacity = beside.capacity;
            let it = under(it, &beside.policy, beside.hours);
            seat(&mut facts, &it, &beside.standing, 400);
            facts.resources.insert(BESIDE, Some(it));
        }
        let mut diary = Diary::default();
        diary.mark_known(everything, true);
        for (n, &(start, length, counted)) in self.booked.iter().enumerate() {
            let ((spot, along), interval) = (counted.spots(), interval(start, length));
            let entry = Entry { spot, along, interval, status: Status::Confirmed, lapses_at: None };
            diary.insert(BookingId(Uuid::from_u128(200 + n as u128)), entry);
        }
        let mut pace = Pace::default();
        pace.mark_known(everything);
        for (n, &(minute, covers, lapses_at)) in self.elsewhere.iter().enumerate() {
            let start = Start { at: at(minute), covers, status: Status::Pending, lapses_at: lapses_at.map(at) };
            pace.insert(BookingId(Uuid::from_u128(300 + n as u128)), start);
        }
        facts.diaries.insert(GUEST, diary);
        facts.paces.insert(PaceScope::Site(SITE), pace);
        facts
    }

    /// How long a booking is.
    fn length(&self) -> SignedDuration {
        // Where time comes in pieces these say how long it is.
        let by_party =
            || self.party.filter(|_| self.policy.pieces().is_none()).and_then(|party| self.policy.stay(party));
        self.duration.map(minutes).or_else(by_party).unwrap_or(minutes(60))
    }

    fn is_booked(&self, facts: &Facts, interval: Interval) -> bool {
        let details = Details { party_size: self.party, ..Details::default() };
        let command = Command::Book(Book {
            id: BookingId(Uuid::from_u128(9)),
            resource: PLACE,
            interval,
            ends_by_place: false,
            quantity: self.wanted,
            details,
            on_behalf_of: None,
            override_reason: None,
            hold_minutes: None,
            series: None,
            along: self.beside.iter().map(|it| Along { resource: BESIDE, quantity: it.wanted }).collect(),
        });
        decide(&command, Principal { user: GUEST, role: Role::User }, facts, at(self.now)).is_ok()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(WORLDS))]

    #[test]
    fn what_is_offered_is_accepted_and_nothing_else(world in worlds()) {
        let facts = world.facts();
        let resource = facts.resources[&PLACE].as_ref().unwrap();
        let (window, length) = (interval(0, 300), world.length());
        let need = Need { duration: world.duration.map(minutes), quantity: world.wanted, party_size: world.party };
        let beside = facts.resources.get(&BESIDE).and_then(Option::as_ref).zip(world.beside.as_ref());
        let along: Vec<(&Resource, u32)> = beside.iter().map(|(it, beside)| (*it, beside.wanted)).collect();
        let onlooker = Onlooker::new(Principal { user: GUEST, role: Role::User }, &facts, at(world.now)).along(&along);
        let offered = onlooker.slots(resource, window, need, GUEST);
        // Any five minutes: where the place has set a grid, only what stands on it is accepted. Where it has none, any start
        // is, and quarters of an hour are offered; all these zones are whole quarters of an hour away from UTC.
        let apart = if world.policy.start_step_minutes.is_some() { 5 } else { i64::from(STEP_MINUTES) };
        let from = |start| Interval::new(at(start), at(start).checked_add(length).unwrap()).unwrap();
        let wished = (0..300).step_by(usize::try_from(apart).unwrap()).map(from);
        let accepted: Vec<Interval> = wished.filter(|wished| world.is_booked(&facts, *wished)).collect();
        // What comes in pieces may be offered for longer than was asked.
        let of_that_length = |it: &&Interval| it.duration() == length;
        prop_assert_eq!(&offered.iter().filter(of_that_length).copied().collect::<Vec<_>>(), &accepted);
        for longer in &offered {
            prop_assert!(world.is_booked(&facts, *longer), "{:?}", longer);
        }
        let asked = from(60);
        let far = |it: &Interval| it.start().duration_since(asked.start()).abs();
        // What is offered instead of a refusal is accepted too, and nothing that is accepted is nearer.
        let alternatives = onlooker.alternatives(resource, asked, need, &[], GUEST);
        for offer in &alternatives {
            prop_assert!(world.is_booked(&facts, offer.interval), "{:?}", offer);
        }
        let had = world.is_booked(&facts, asked);
        let nearest = accepted.iter().filter(|it| at(world.now) <= it.start()).map(far).min();
        if let (false, Some(nearest)) = (had, nearest) {
            let first = alternatives.first().map(|it| far(&it.interval));
            prop_assert!(first.is_some_and(|first| first <= nearest), "{:?} away, and {:?} is", first, nearest);
        }
        // A search around that time finds what is there, the nearest first. It costs as much as all before, so not every world is asked.
        if world.now % 4 == 0 {
            let wide = Interval::new(window.start(), at(299).checked_add(length).unwrap()).unwrap();
            let found = onlooker.near(asked).search(&[resource], wide, need, GUEST, &[], 1);
            let nearest = offered.iter().filter(|it| it.end() <= wide.end()).map(far).min();
            prop_assert_eq!(found.first().map(|it| far(&it.interval)), nearest);
        }
        // And what fits at that time is what is accepted then.
        let fitting = onlooker.fitting(&[resource], asked.start(), Need { duration: Some(length), ..need }, GUEST);
        prop_assert_eq!(!fitting.is_empty(), had);
    }
}
