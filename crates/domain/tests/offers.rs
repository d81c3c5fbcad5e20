//! What search offers, booking accepts, and what it does not offer, booking refuses: in a hundred thousand random worlds of
//! rules, opening hours and calendars, for every five minutes of a night in which clocks go back.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::HashMap;
use std::sync::Arc;

use bronya_domain::availability::{Need, Onlooker, STEP_MINUTES};
use bronya_domain::booking::{Booking, Buffers, Details, Status};
use bronya_domain::calendar::{Calendar, Claim, Holder};
use bronya_domain::command::{Book, Command};
use bronya_domain::decide::decide;
use bronya_domain::facts::{Diary, Entry, Facts, Spot};
use bronya_domain::hours::OpeningHours;
use bronya_domain::ids::{BookingId, GroupId, ResourceId, SiteId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::mode::{Mode, Period, Service};
use bronya_domain::pace::{Pace, PaceScope, Start};
use bronya_domain::policy::{Approval, Policy, Quota, QuotaMeasure, QuotaPeriod, QuotaScope};
use bronya_domain::profile::{OutOfOrder, Profile, Visibility};
use bronya_domain::resource::{Attributes, Resource};
use bronya_domain::rules::Rules;
use bronya_domain::user::{Principal, Role};
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

const WORLDS: u32 = 100_000;
const GUEST: UserId = UserId(Uuid::from_u128(1));
const STRANGER: UserId = UserId(Uuid::from_u128(3));
const STAFF: GroupId = GroupId(Uuid::from_u128(4));
const SITE: SiteId = SiteId(Uuid::from_u128(6));
const PLACE: ResourceId = ResourceId(Uuid::from_u128(2));
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

#[derive(Clone, Debug)]
struct World {
    now: i64,
    quantity: u32,
    capacity: Option<u32>,
    zone: &'static str,
    hours: Option<&'static str>,
    policy: Policy,
    standing: Vec<Standing>,
    booked: Vec<(i64, i64)>,
    /// Who starts elsewhere at the site: when, how many people, and when the booking lapses.
    elsewhere: Vec<(i64, u32, Option<i64>)>,
    duration: i64,
    wanted: u32,
    party: Option<u32>,
    /// Whether the guest is one of the staff.
    is_staff: bool,
    /// Whether it is hidden, and whether the guest manages it then.
    hidden: Option<bool>,
    /// From which minute on it is out of order, and until which.
    out_of_order: Option<(Option<i64>, Option<i64>)>,
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

fn nights() -> Mode {
    Mode::Nights { check_in: time(1, 0), check_out: time(0, 30) }
}

fn services() -> Vec<Service> {
    let service = |starts, last_seating| Service { name: "Dinner".to_owned(), days: vec![], starts, last_seating };
    vec![service(time(0, 20), time(2, 15)), service(time(4, 0), time(4, 0)), service(time(20, 0), time(23, 15))]
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
        mode in maybe(prop::sample::select(vec![Mode::Free, Mode::Days, lessons(), nights()])),
        services in maybe(prop::sample::select(vec![vec![], services()])),
        quota in maybe((0_u32..4, prop::sample::select(vec![
            QuotaMeasure::AtATime,
            QuotaMeasure::Bookings(QuotaPeriod::Day),
            QuotaMeasure::Bookings(QuotaPeriod::Week),
            QuotaMeasure::Minutes(QuotaPeriod::Month),
        ]))),
    ) -> Policy {
        let quotas = quota.map(|(max, measure)| {
            let max = if matches!(measure, QuotaMeasure::Minutes(_)) { max * 60 } else { max };
            vec![Quota { scope: QuotaScope::Everything, measure, max }]
        });
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
            ..Policy::default()
        }
    }
}

prop_compose! {
    fn worlds()(
        now in -60_i64..600,
        quantity in prop::sample::select(vec![1_u32, 1, 1, 2, 3]),
        capacity in maybe(1_u32..8),
        zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/St_Johns"]),
        hours in maybe(prop::sample::select(vec![
            "24/7", "09:00-17:00", "Su 10:00-14:00,18:00-23:00", "Mo-Sa 08:00-20:00", "20:00-02:00", "off",
        ])),
        policy in policies(),
        standing in prop::collection::vec((1_u32..4, -60_i64..700, 1_i64..180, maybe(-60_i64..700)), 0..6),
        booked in prop::collection::vec((-3_000_i64..3_000, 15_i64..120), 0..4),
        elsewhere in prop::collection::vec((-60_i64..360, 1_u32..6, maybe(-60_i64..700)), 0..12),
        duration in prop::sample::select(vec![15_i64, 30, 60, 90, 150]),
        wanted in prop::sample::select(vec![1_u32, 1, 1, 2]),
        party in maybe(1_u32..8),
        is_staff in any::<bool>(),
        hidden in prop::option::weighted(0.1, any::<bool>()),
        out_of_order in maybe((maybe(-60_i64..600), maybe(-60_i64..700))),
    ) -> World {
        World {
            now, quantity, capacity, zone, hours, policy, standing, booked, elsewhere, duration, wanted, party, is_staff, hidden,
            out_of_order,
        }
    }
}

impl World {
    fn facts(&self) -> Facts {
        let everything = Interval::new(Timestamp::MIN, Timestamp::MAX).unwrap();
        let hours = self.hours.map(|text| OpeningHours::parse(text).unwrap());
        let rules = Arc::new(Rules::new(self.policy.clone(), hours, [].into(), [].into()));
        let profile = Profile {
            visibility: if self.hidden.is_some() { Visibility::Hidden } else { Visibility::Internal },
            out_of_order: self.out_of_order.map(|(from, until)| OutOfOrder {
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
            capacity: self.capacity,
            quantity: self.quantity,
            time_zone: self.zone.to_owned(),
            requires_approval: false,
            site: Some(SITE),
            area: None,
            parts: vec![],
            rules: Arc::clone(&rules),
            profile,
        };
        let (version, revision) = (1, 1);
        let (created_at, updated_at) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        let schema = Arc::default();
        let resource =
            Resource { id: PLACE, attributes, in_force: rules, schema, version, revision, created_at, updated_at };
        let mut bookings = HashMap::new();
        let mut calendar = Calendar::default();
        calendar.mark_known(everything);
        for (n, &(unit, start, length, lapses_at)) in self.standing.iter().enumerate() {
            let interval = interval(start, length);
            // Nothing that stands on a unit overlaps, as the database sees to.
            if self.quantity < unit || calendar.on_unit(unit, interval).next().is_some() {
                continue;
            }
            let id = BookingId(Uuid::from_u128(100 + n as u128));
            let lapses_at = lapses_at.map(at);
            calendar.insert(Claim { unit, interval, holder: Holder::Booking(id), lapses_at });
            let booking = Booking {
                id,
                resource: PLACE,
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
                created_at,
                updated_at,
            };
            bookings.insert(id, Some(booking));
        }
        let mut diary = Diary::default();
        diary.mark_known(everything, true);
        for (n, &(start, length)) in self.booked.iter().enumerate() {
            let entry = Entry {
                spot: Spot { resource: PLACE, kind: None, site: None },
                along: vec![],
                interval: interval(start, length),
                status: Status::Confirmed,
                lapses_at: None,
            };
            diary.insert(BookingId(Uuid::from_u128(200 + n as u128)), entry);
        }
        let mut pace = Pace::default();
        pace.mark_known(everything);
        for (n, &(minute, covers, lapses_at)) in self.elsewhere.iter().enumerate() {
            let start = Start { at: at(minute), covers, status: Status::Pending, lapses_at: lapses_at.map(at) };
            pace.insert(BookingId(Uuid::from_u128(300 + n as u128)), start);
        }
        Facts {
            paces: [(PaceScope::Site(SITE), pace)].into(),
            resources: [(PLACE, Some(resource))].into(),
            bookings,
            calendars: [(PLACE, calendar)].into(),
            diaries: [(GUEST, diary)].into(),
            groups: [(GUEST, self.is_staff.then_some(STAFF).into_iter().collect())].into(),
            managers: self.hidden.map(|manages| ((PLACE, GUEST), manages)).into_iter().collect(),
            ..Facts::default()
        }
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
            along: vec![],
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
        let window = interval(0, 300);
        let need = Need { duration: Some(minutes(world.duration)), quantity: world.wanted, party_size: world.party };
        let onlooker = Onlooker::new(Principal { user: GUEST, role: Role::User }, &facts, at(world.now));
        let offered = onlooker.slots(resource, window, need, GUEST);
        // Any five minutes: where the place has set a grid, only what stands on it is accepted. Where it has none, any start
        // is, and quarters of an hour are offered; all these zones are whole quarters of an hour away from UTC.
        let apart = if world.policy.start_step_minutes.is_some() { 5 } else { i64::from(STEP_MINUTES) };
        let wished = (0..300).step_by(usize::try_from(apart).unwrap()).map(|start| interval(start, world.duration));
        let accepted: Vec<Interval> = wished.filter(|wished| world.is_booked(&facts, *wished)).collect();
        // What comes in pieces may be offered for longer than was asked.
        let of_that_length = |it: &&Interval| it.duration() == minutes(world.duration);
        prop_assert_eq!(offered.iter().filter(of_that_length).copied().collect::<Vec<_>>(), accepted);
        for longer in &offered {
            prop_assert!(world.is_booked(&facts, *longer), "{:?}", longer);
        }
        // And what is offered instead of a refusal is accepted too.
        for offer in onlooker.alternatives(resource, interval(60, world.duration), need, &[], GUEST) {
            prop_assert!(world.is_booked(&facts, offer.interval), "{:?}", offer);
        }
    }
}
