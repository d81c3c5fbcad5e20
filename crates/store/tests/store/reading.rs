//! What was written is read back as it was, and lists show exactly what a naive filter shows, page by page.

use bronya_domain::block::Block;
use bronya_domain::booking::{Booking, Details, Status};
use bronya_domain::command::{Book, Command, CreateResource, MakeBlock, OnConflict};
use bronya_domain::effect::Outcome;
use bronya_domain::ids::{BlockId, BookingId, PictureId, ResourceId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::kind::Values;
use bronya_domain::profile::{OutOfOrder, Picture, Profile, Visibility};
use bronya_domain::resource::{Attributes, Resource};
use bronya_domain::user::{Principal, Role};
use bronya_store::bookings::{self, EARLIEST, Filter, LATEST, Scope};
use bronya_store::engine::Reply;
use bronya_store::events::{self, Origin};
use bronya_store::{StoreError, blocks, resources};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::world::{Person, World, any, at, attributes, cancel, hours, on_both, submission};

async fn read<T: Send + 'static>(
    world: &World,
    work: impl for<'a> FnOnce(&'a mut bronya_store::db::Tx) -> bronya_store::db::BoxFuture<'a, bronya_store::Result<T>>
    + Send
    + 'static,
) -> T {
    world.store.read::<T, StoreError, _>(work).await.unwrap()
}

/// All pages, of a few rows each.
async fn pages(world: &World, scope: Scope, filter: Filter) -> Vec<BookingId> {
    let (mut all, mut filter) = (Vec::new(), filter);
    loop {
        let page = read(world, move |tx| Box::pin(async move { bookings::list(tx, scope, &filter, 7).await })).await;
        let Some(last) = page.last() else { return all };
        filter.after = (last.interval.start(), last.id);
        all.extend(page.iter().map(|booking| booking.id));
    }
}

fn everything() -> Filter {
    Filter {
        user: None,
        resource: None,
        status: None,
        from: EARLIEST,
        to: LATEST,
        after: (EARLIEST, BookingId(Uuid::nil())),
        now: EARLIEST,
    }
}

async fn book_all(world: &World, people: &[Person], places: &[ResourceId]) -> Vec<Booking> {
    let mut all = Vec::new();
    for number in 0..90_i64 {
        // Scattered without chance: some long, most short, several at the same start.
        let start = at(number * 37 % 50);
        let minutes = if number % 11 == 0 { 60 * 24 * 20 } else { 1 + number * 13 % 300 };
        let interval = Interval::new(start, start + SignedDuration::from_mins(minutes)).unwrap();
        let nth = usize::try_from(number).unwrap();
        let (who, place) = (people[nth % people.len()], places[nth % places.len()]);
        let reply = world.submit(who, world.book(place, interval)).await;
        let Ok(Reply::Done(Outcome::Booking(booking))) = reply else { panic!("{reply:?}") };
        if number % 5 == 0 {
            let Ok(Reply::Done(Outcome::Booking(booking))) = world.submit(who, cancel(booking.id)).await else {
                panic!()
            };
            all.push(booking);
        } else {
            all.push(booking);
        }
    }
    all.sort_by_key(|booking| (booking.interval.start(), booking.id));
    all
}

/// Whoever sees everything.
const ROOT: Principal = Principal { user: UserId(Uuid::nil()), role: Role::Admin };

on_both! {
    async fn every_field_comes_back(world) {
        let ann = world.person("ann", Role::User).await;
        let full = Attributes {
            name: "Зал «Броня» 🛡 %_\\'".to_owned(),
            kind: Some("room".to_owned()),
            description: Some("two\nlines".to_owned()),
            capacity: Some(100_000),
            time_zone: "Europe/Berlin".to_owned(),
            requires_approval: true,
            profile: Profile {
                tags: ["вид".to_owned(), "quiet".to_owned()].into(),
                position: 1_000_000,
                visibility: Visibility::Hidden,
                values: Values::new(),
                out_of_order: Some(OutOfOrder { reason: "broken".to_owned(), from: Some(at(-3)), until: Some(at(-2)) }),
                picture: Some(Picture { id: PictureId(Uuid::from_u128(7)), alt: Some("Зал".to_owned()), width: 3, height: 2 }),
            },
            ..attributes("", 3)
        };
        let mut kept = Vec::new();
        for attributes in [full, attributes("", 1)] {
            let create = CreateResource { id: ResourceId(world.fresh_id()), attributes, zone_of_site: false, admins_only: false };
            let reply = world.submit(ann, Command::CreateResource(create)).await;
            let Ok(Reply::Done(Outcome::Resource(resource))) = reply else { panic!("{reply:?}") };
            kept.push(resource);
        }
        for resource in kept.clone() {
            let id = resource.id;
            assert_eq!(read(&world, move |tx| Box::pin(resources::by_id(tx, id))).await, Some(resource));
        }
        // The furthest time that is allowed, and every microsecond of it.
        let start = at(0) + SignedDuration::from_hours(24 * 3_650) - SignedDuration::from_micros(1);
        let long = Interval::new(start, start + SignedDuration::from_hours(24 * 366)).unwrap();
        let details = Details { title: Some("'; DROP TABLE booking; --".to_owned()), notes: Some("\u{1F6E1}".repeat(4_000)), party_size: Some(200_000), ..Details::default() };
        for (interval, quantity, details) in [(long, 2, details), (hours(1, 2), 1, Details::default())] {
            let id = BookingId(world.fresh_id());
            let reply = world.submit(ann, Command::Book(Book { id, resource: kept[0].id, interval, ends_by_place: false, quantity, details, on_behalf_of: None, override_reason: None, hold_minutes: None, series: None, along: vec![] })).await;
            let Ok(Reply::Done(Outcome::Booking(booking))) = reply else { panic!("{reply:?}") };
            assert_eq!(booking.status, Status::Pending);
            assert_eq!(read(&world, move |tx| Box::pin(bookings::by_id(tx, id))).await.as_ref(), Some(&booking));
            let Ok(Reply::Done(Outcome::Booking(booking))) = world.submit(ann, Command::Confirm(any(id))).await else { panic!() };
            assert_eq!(read(&world, move |tx| Box::pin(bookings::by_id(tx, id))).await, Some(booking));
        }
        let made = MakeBlock { id: BlockId(world.fresh_id()), resource: kept[1].id, interval: hours(3, 4), reason: Some("paint".to_owned()), on_conflict: OnConflict::Refuse, series: None };
        let reply = world.submit(ann, Command::Block(made)).await;
        let Ok(Reply::Done(Outcome::Block(block, _))) = reply else { panic!("{reply:?}") };
        let found: Vec<Block> = read(&world, move |tx| Box::pin(blocks::list(tx, None, (EARLIEST, LATEST), (EARLIEST, BlockId(Uuid::nil())), 9))).await;
        assert_eq!(found, [block]);
    }

    async fn lists_of_bookings_show_what_a_naive_filter_shows(world) {
        let people = [world.person("ann", Role::User).await, world.person("bob", Role::User).await];
        let mut places = Vec::new();
        for number in 0..3 {
            places.push(world.resource(people[number % 2], &format!("place {number}"), 100).await);
        }
        let all = book_all(&world, &people, &places).await;
        let mut tried = 0;
        for user in [None, Some(people[0].id), Some(people[1].id)] {
            for resource in [None, Some(places[0]), Some(places[2])] {
                for (status, now) in [
                    (None, LATEST), (Some(Status::Confirmed), EARLIEST), (Some(Status::Cancelled), LATEST), (Some(Status::Pending), EARLIEST),
                    (Some(Status::Pending), LATEST), (Some(Status::Expired), LATEST), (Some(Status::Expired), EARLIEST),
                ] {
                    for (from, to) in [(EARLIEST, LATEST), (at(10), at(11)), (at(300), LATEST), (EARLIEST, at(1))] {
                        for scope in [Scope::All, Scope::ManagedBy(people[0].id)] {
                            if resource.is_some() && scope != Scope::All {
                                // Who asks for one resource has been checked to manage it.
                                continue;
                            }
                            let filter = Filter { user, resource, status, from, to, now, ..everything() };
                            let managed = |place| scope == Scope::All || place == places[0] || place == places[2];
                            let expected: Vec<BookingId> = all.iter()
                                .filter(|it| user.is_none_or(|user| it.user == user))
                                .filter(|it| resource.is_none_or(|resource| it.resource == resource))
                                .filter(|it| status.is_none_or(|status| it.status_at(now) == status))
                                .filter(|it| it.interval.end() > from && it.interval.start() < to && managed(it.resource))
                                .map(|it| it.id)
                                .collect();
                            assert_eq!(pages(&world, scope, filter).await, expected, "{scope:?} {filter:?}");
                            tried += usize::from(!expected.is_empty());
                        }
                    }
                }
            }
        }
        assert!(tried > 100, "{tried} lists had something on them");
    }

    async fn lists_of_resources_are_searched(world) {
        let ann = world.person("ann", Role::User).await;
        let make = |name: &str, kind: &str, capacity: Option<u32>| Attributes {
            kind: Some(kind.to_owned()), capacity, ..attributes(name, 1)
        };
        for attributes in [make("Big table", "table", Some(8)), make("Small table", "table", Some(2)), make("Зал", "room", Some(50)), make("100%", "desk", None)] {
            let create = CreateResource { id: ResourceId(world.fresh_id()), attributes, zone_of_site: false, admins_only: false };
            world.submit(ann, Command::CreateResource(create)).await.unwrap();
        }
        let gone = world.resource(ann, "gone table", 1).await;
        world.submit(ann, crate::world::delete(gone, false)).await.unwrap();
        let find = |q: Option<&str>, kind: Option<&str>, min_capacity| {
            let filter = resources::Filter { q: q.map(str::to_owned), kind: kind.map(str::to_owned), min_capacity, ..resources::Filter::default() };
            let world = &world;
            async move {
                let found: Vec<Resource> = read(world, move |tx| {
                    Box::pin(async move { resources::list(tx, &filter, ROOT, ResourceId(Uuid::nil()), 10).await })
                }).await;
                found.into_iter().map(|resource| resource.attributes.name).collect::<Vec<_>>().join(", ")
            }
        };
        assert_eq!(find(None, None, None).await, "Big table, Small table, Зал, 100%");
        assert_eq!(find(Some("TABLE"), None, None).await, "Big table, Small table");
        assert_eq!(find(Some("зАЛ"), None, None).await, "Зал");
        assert_eq!(find(Some("%"), None, None).await, "100%");
        assert_eq!(find(None, Some("table"), Some(3)).await, "Big table");
        assert_eq!(find(Some("small"), Some("table"), Some(2)).await, "Small table");
        assert_eq!(find(None, None, Some(1)).await, "Big table, Small table, Зал");
        let big = read(&world, |tx| Box::pin(async move {
            resources::list(tx, &resources::Filter::default(), ROOT, ResourceId(Uuid::nil()), 1).await
        })).await.remove(0);
        let similar: Vec<_> = read(&world, move |tx| Box::pin(async move { resources::similar(tx, &big, 1, Some(2), 5).await })).await;
        assert_eq!(similar.iter().map(|it| it.attributes.name.as_str()).collect::<Vec<_>>(), ["Small table"]);
    }

    async fn the_log_tells_who_and_from_where(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        let request = world.fresh_id();
        let origin = Origin { request: Some(request), address: Some("203.0.113.7".to_owned()) };
        let asked = bronya_store::engine::Submission { origin: origin.clone(), ..submission(ann.actor(), world.book(desk, hours(1, 2))) };
        world.store.submit(asked).await.unwrap();
        let log = read(&world, |tx| Box::pin(async move { events::search(tx, &events::Filter::default(), None, 10, 100).await })).await.events;
        assert_eq!(log.iter().map(|it| it.action.as_str()).collect::<Vec<_>>(), ["booking.created", "resource.created"]);
        assert_eq!((log[0].actor, log[0].resource, &log[0].origin), (Some(ann.id), Some(desk), &origin));
        let (newest, at): (Uuid, Timestamp) = (log[0].id, log[0].at);
        assert_eq!(at, world.clock.now());
        let before = read(&world, move |tx| Box::pin(async move { events::search(tx, &events::Filter::default(), Some(newest), 10, 100).await })).await;
        assert_eq!(before.events, log[1..]);
    }

    async fn a_search_of_the_log_goes_on_where_the_one_before_stopped(world) {
        let ann = world.person("ann", Role::User).await;
        let desks = [world.resource(ann, "desk", 1).await, world.resource(ann, "other desk", 1).await];
        for n in 0..6 {
            world.submit(ann, world.book(desks[usize::from(n == 0)], hours(n + 1, n + 2))).await.unwrap();
        }
        // The one line that is wanted is the sixth of eight.
        let filter = events::Filter { resource: Some(desks[1]), actions: vec!["booking".to_owned()], ..events::Filter::default() };
        let (mut place, mut found, mut searches) = (None, Vec::new(), 0);
        loop {
            let wanted = filter.clone();
            let page = read(&world, move |tx| Box::pin(async move { events::search(tx, &wanted, place, 10, 2).await })).await;
            found.extend(page.events);
            searches += 1;
            let Some((_, id)) = page.looked_to else { break };
            place = Some(id);
            assert!(searches < 9, "it never ends");
        }
        assert_eq!((found.len(), found[0].resource, searches), (1, Some(desks[1]), 5));
        // As many as are asked for end it at once.
        let filter = events::Filter { actor: Some(ann.id), ..events::Filter::default() };
        let first = read(&world, move |tx| Box::pin(async move { events::search(tx, &filter, None, 1, 2).await })).await;
        assert_eq!((first.events.len(), first.looked_to), (1, None));
    }
}
