//! Rules that count, raced: a quota and a pace over several resources, decisions on requests, series against single bookings, and time
//! that runs out; P6, P7 and P36 as far as the store goes.

use std::sync::Arc;

use bronya_domain::booking::{Along, Details};
use bronya_domain::command::{Book, BookSeries, Command, Edit, OnRefusal, Series, UpdateResource};
use bronya_domain::ids::{BookingId, ResourceId, SeriesId};
use bronya_domain::interval::Interval;
use bronya_domain::policy::{Policy, Quota, QuotaMeasure, QuotaPeriod, QuotaScope};
use bronya_domain::rules::Rules;
use bronya_domain::user::Role;
use bronya_store::Store;
use jiff::SignedDuration;

use crate::places::a_site;
use crate::world::{Kind, Person, World, any, booking_of, cancel, hours, submission, word};

/// A world with as many servers on its database as it can have.
async fn nodes(kind: Kind) -> (Arc<World>, Vec<Store>) {
    let world = World::open(kind).await;
    let mut nodes = vec![world.store.clone()];
    if kind == Kind::Postgres {
        for _ in 0..2 {
            nodes.push(Store::open(world.options()).await.unwrap());
        }
    }
    (Arc::new(world), nodes)
}

async fn give_rules(world: &World, manager: Person, resource: ResourceId, policy: Policy) {
    let edit = Edit { rules: Some(Arc::new(Rules::of(policy))), ..Edit::default() };
    let command = Command::UpdateResource(UpdateResource { target: any(resource), edit });
    assert_eq!(word(&world.submit(manager, command).await), "done");
}

/// All commands at once, over all servers; the answers in words.
async fn race(nodes: &[Store], who: Person, commands: Vec<Command>) -> Vec<String> {
    let racers: Vec<_> = commands
        .into_iter()
        .enumerate()
        .map(|(number, command)| {
            let node = nodes[number % nodes.len()].clone();
            tokio::spawn(async move { word(&node.submit(submission(who.actor(), command)).await) })
        })
        .collect();
    let mut words = Vec::new();
    for racer in racers {
        words.push(racer.await.unwrap());
    }
    words
}

fn done(words: &[String]) -> usize {
    words.iter().filter(|word| *word == "done").count()
}

async fn a_quota_over_rooms_is_counted_once(kind: Kind) {
    let (world, nodes) = nodes(kind).await;
    let ann = world.person("ann", Role::User).await;
    let guest = world.person("guest", Role::User).await;
    let quota = Quota { scope: QuotaScope::Everything, measure: QuotaMeasure::Bookings(QuotaPeriod::Day), max: 2 };
    let mut rooms = Vec::new();
    for number in 0..8 {
        let room = world.resource(ann, &format!("room {number}"), 1).await;
        give_rules(&world, ann, room, Policy { quotas: Some(vec![quota]), ..Policy::default() }).await;
        rooms.push(room);
    }
    for round in 0..15 {
        // Eight rooms at the same hour of a day: each is free, and the person may have two.
        let hour = 24 * (round + 1) + 9;
        let commands = rooms.iter().map(|room| world.book(*room, hours(hour, hour + 1))).collect();
        let words = race(&nodes, guest, commands).await;
        assert_eq!(done(&words), 2, "round {round}: {words:?}");
        assert!(words.iter().all(|word| word == "done" || word == "Rules"), "{words:?}");
    }
    world.must_be_clean().await;
}

async fn a_quota_over_a_kind_counts_that_kind(kind: Kind) {
    let (world, nodes) = nodes(kind).await;
    let ann = world.person("ann", Role::User).await;
    let guest = world.person("guest", Role::User).await;
    // One that asks for no kinds beside it, of a longer time: whatever is read for it must not hide the kinds.
    let quotas = vec![
        Quota { scope: QuotaScope::Everything, measure: QuotaMeasure::Bookings(QuotaPeriod::Month), max: 100 },
        Quota { scope: QuotaScope::Kind, measure: QuotaMeasure::Bookings(QuotaPeriod::Day), max: 2 },
    ];
    let mut things = Vec::new();
    for name in ["room", "room", "room", "desk", "desk"] {
        let thing = world.resource(ann, &format!("{name} {}", things.len()), 1).await;
        give_rules(&world, ann, thing, Policy { quotas: Some(quotas.clone()), ..Policy::default() }).await;
        let edit = Edit { kind: Some(Some(name.to_owned())), ..Edit::default() };
        let command = Command::UpdateResource(UpdateResource { target: any(thing), edit });
        assert_eq!(word(&world.submit(ann, command).await), "done");
        things.push(thing);
    }
    for round in 0..5 {
        let hour = 24 * (round + 1) + 9;
        let one_by_one =
            async |thing: &ResourceId| word(&world.submit(guest, world.book(*thing, hours(hour, hour + 1))).await);
        let mut words = Vec::new();
        for thing in &things[..3] {
            words.push(one_by_one(thing).await);
        }
        assert_eq!(words, ["done", "done", "Rules"], "round {round}");
        let both = things[3..].iter().map(|desk| world.book(*desk, hours(hour, hour + 1))).collect();
        assert_eq!(race(&nodes, guest, both).await, ["done", "done"], "round {round}");
        assert_eq!(race(&nodes, guest, vec![world.book(things[3], hours(hour + 2, hour + 3))]).await, ["Rules"]);
    }
    world.must_be_clean().await;
}

async fn a_quota_counts_what_is_booked_along(kind: Kind) {
    let (world, nodes) = nodes(kind).await;
    let ann = world.person("ann", Role::User).await;
    let guest = world.person("guest", Role::User).await;
    let quota = Quota { scope: QuotaScope::Kind, measure: QuotaMeasure::Bookings(QuotaPeriod::Day), max: 2 };
    let projector = world.resource(ann, "projector", 8).await;
    give_rules(&world, ann, projector, Policy { quotas: Some(vec![quota]), ..Policy::default() }).await;
    let edit = Edit { kind: Some(Some("projector".to_owned())), ..Edit::default() };
    let command = Command::UpdateResource(UpdateResource { target: any(projector), edit });
    assert_eq!(word(&world.submit(ann, command).await), "done");
    let mut rooms = Vec::new();
    for number in 0..8 {
        rooms.push(world.resource(ann, &format!("room {number}"), 1).await);
    }
    for round in 0..8 {
        // Each room is free and lets anybody have it, and there are projectors for all of them.
        let hour = 24 * (round + 1) + 9;
        let with_projector = |room: &ResourceId| {
            let Command::Book(book) = world.book(*room, hours(hour, hour + 1)) else { panic!("a booking") };
            Command::Book(Book { along: vec![Along { resource: projector, quantity: 1 }], ..book })
        };
        let words = race(&nodes, guest, rooms.iter().map(with_projector).collect()).await;
        assert_eq!(done(&words), 2, "round {round}: {words:?}");
        assert!(words.iter().all(|word| word == "done" || word == "Rules"), "{words:?}");
        // Also where it is what is booked.
        let alone = world.book(projector, hours(hour + 2, hour + 3));
        assert_eq!(race(&nodes, guest, vec![alone]).await, ["Rules"]);
    }
    world.must_be_clean().await;
}

async fn starts_over_a_site_are_counted_once(kind: Kind) {
    let (world, nodes) = nodes(kind).await;
    let root = world.person("root", Role::Admin).await;
    let mut guests = Vec::new();
    for number in 0..12 {
        guests.push(world.person(&format!("guest {number}"), Role::User).await);
    }
    let (site, _) = a_site(&world).await;
    // A quota that nobody reaches: people are locked along with the site, and nobody waits in a circle.
    let quota =
        Quota { scope: QuotaScope::Everything, measure: QuotaMeasure::Bookings(QuotaPeriod::Month), max: 5_000 };
    let policy = Policy { pacing_max: Some(6), quotas: Some(vec![quota]), ..Policy::default() };
    let mut tables = Vec::new();
    for number in 0..12 {
        let table = world.resource(root, &format!("table {number}"), 1).await;
        give_rules(&world, root, table, policy.clone()).await;
        let edit = Edit { site: Some(Some(site)), ..Edit::default() };
        let command = Command::UpdateResource(UpdateResource { target: any(table), edit });
        assert_eq!(word(&world.submit(root, command).await), "done");
        tables.push(table);
    }
    for round in 0..12 {
        // Twelve tables, each free; parties of two, some of which come a few minutes later than others; and one that is
        // there already and moves in.
        let hour = 24 * (round + 1) + 9;
        let party = |table: &ResourceId, minute: i64| {
            let start = crate::world::at(hour) + SignedDuration::from_mins(minute);
            let interval = Interval::new(start, crate::world::at(hour + 1)).unwrap();
            let Command::Book(book) = world.book(*table, interval) else { panic!("a booking") };
            Command::Book(Book { details: Details { party_size: Some(2), ..Details::default() }, ..book })
        };
        // Of many guests none is locked twice, so that nothing but the lock of the site orders them; two are locked by all,
        // along with the site.
        let among = if round % 2 == 0 { guests.len() } else { 2 };
        let stays = booking_of(&world.submit(guests[0], party(&tables[0], -60)).await);
        let mut racers: Vec<_> =
            (1_u8..).zip(&tables[1..]).map(|(n, table)| (n, party(table, i64::from(n) % 15))).collect();
        racers.push((0, crate::world::move_to(stays, hours(hour, hour + 1))));
        let racers: Vec<_> = racers
            .into_iter()
            .map(|(n, command)| {
                let (node, who) = (nodes[usize::from(n) % nodes.len()].clone(), guests[usize::from(n) % among]);
                tokio::spawn(async move { word(&node.submit(submission(who.actor(), command)).await) })
            })
            .collect();
        let mut words = Vec::new();
        for racer in racers {
            words.push(racer.await.unwrap());
        }
        assert_eq!(done(&words), 3, "round {round}: {words:?}");
        assert!(words.iter().all(|word| word == "done" || word == "Rules"), "{words:?}");
    }
    if kind == Kind::Postgres {
        let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
        assert_eq!(world.sql(deadlocks).unwrap(), "0");
    }
    world.must_be_clean().await;
}

async fn a_request_is_decided_once(kind: Kind) {
    let (world, nodes) = nodes(kind).await;
    let ann = world.person("ann", Role::User).await;
    let room = world.resource(ann, "room", 1).await;
    let edit = Edit { requires_approval: Some(true), ..Edit::default() };
    let command = Command::UpdateResource(UpdateResource { target: any(room), edit });
    assert_eq!(word(&world.submit(ann, command).await), "done");
    for round in 0..20 {
        let asked = booking_of(&world.submit(ann, world.book(room, hours(round * 2, round * 2 + 1))).await);
        let commands = (0..16).map(|number| {
            if number % 2 == 0 { Command::Confirm(any(asked)) } else { Command::Reject(any(asked).into()) }
        });
        let words = race(&nodes, ann, commands.collect()).await;
        assert_eq!(done(&words), 1, "round {round}: {words:?}");
        let told = world.sql(&format!("SELECT count(*) FROM event WHERE booking_id = {}", world.database.id(asked.0)));
        assert_eq!(told.unwrap(), "2", "made, and decided once");
    }
    world.must_be_clean().await;
}

async fn a_series_is_never_there_in_part(kind: Kind) {
    let (world, nodes) = nodes(kind).await;
    let ann = world.person("ann", Role::User).await;
    let room = world.resource(ann, "room", 1).await;
    for round in 0..20 {
        let day = 10 * round + 1;
        let id = SeriesId(world.fresh_id());
        let book = |place: i64| Book {
            id: BookingId(world.fresh_id()),
            resource: room,
            interval: hours(24 * (day + place) + 9, 24 * (day + place) + 10),
            ends_by_place: false,
            quantity: 1,
            details: bronya_domain::booking::Details::default(),
            on_behalf_of: None,
            override_reason: None,
            hold_minutes: None,
            series: Some(id),
            along: vec![],
        };
        let series = Command::BookSeries(BookSeries {
            series: Series {
                id,
                resource: room,
                user: ann.id,
                rule: "FREQ=DAILY;COUNT=5".to_owned(),
                starts_at: "2030-01-01T09:00".parse().unwrap(),
                ends_at: "2030-01-01T10:00".parse().unwrap(),
                without: vec![],
                with: vec![],
                time_zone: "UTC".to_owned(),
                created_at: world.clock.now(),
            },
            occurrences: (0..5).map(book).collect(),
            on_refusal: OnRefusal::Refuse,
        });
        let single = world.book(room, hours(24 * (day + 2) + 9, 24 * (day + 2) + 10));
        let words = race(&nodes, ann, if round % 2 == 0 { vec![series, single] } else { vec![single, series] }).await;
        assert_eq!(done(&words), 1, "round {round}: {words:?}");
        let there = world.sql(&format!("SELECT count(*) FROM booking WHERE series_id = {}", world.database.id(id.0)));
        let there = there.unwrap();
        assert!(there == "0" || there == "5", "round {round}: {there} of 5");
    }
    world.must_be_clean().await;
}

async fn what_has_lapsed_is_had_by_one(kind: Kind) {
    let (world, nodes) = nodes(kind).await;
    let ann = world.person("ann", Role::User).await;
    let room = world.resource(ann, "room", 1).await;
    for round in 0..15 {
        let interval = hours(100 + round * 2, 101 + round * 2);
        let hold = |minutes| {
            let Command::Book(book) = world.book(room, interval) else { panic!("a booking") };
            Command::Book(Book { hold_minutes: Some(minutes), ..book })
        };
        let held = booking_of(&world.submit(ann, hold(5)).await);
        assert!(word(&world.submit(ann, world.book(room, interval)).await).contains("Conflict"));
        world.clock.advance(SignedDuration::from_mins(5));
        let mut commands: Vec<Command> = (0..8).map(|_| world.book(room, interval)).collect();
        commands.push(Command::Lapse(held));
        commands.push(cancel(held));
        let words = race(&nodes, ann, commands).await;
        assert_eq!(done(&words[..8]), 1, "round {round}: {words:?}");
    }
    world.must_be_clean().await;
}

macro_rules! on_both_with_nodes {
    ($($test:ident: $sqlite:ident, $postgres:ident;)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $sqlite() {
                $test(Kind::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $postgres() {
                $test(Kind::Postgres).await;
            }
        )+
    };
}

on_both_with_nodes! {
    a_quota_over_rooms_is_counted_once: quota_on_sqlite, quota_on_postgres;
    a_quota_over_a_kind_counts_that_kind: quota_of_kind_on_sqlite, quota_of_kind_on_postgres;
    a_quota_counts_what_is_booked_along: quota_along_on_sqlite, quota_along_on_postgres;
    starts_over_a_site_are_counted_once: starts_on_sqlite, starts_on_postgres;
    a_request_is_decided_once: request_on_sqlite, request_on_postgres;
    a_series_is_never_there_in_part: series_on_sqlite, series_on_postgres;
    what_has_lapsed_is_had_by_one: lapse_on_sqlite, lapse_on_postgres;
}
