//! Several servers on one PostgreSQL: P1, P6, P9, P18, P36 as far as the store goes; and what a request leaves behind
//! that goes away in the middle.

use std::sync::Arc;
use std::time::Duration;

use bronya_domain::command::{Amend, Command, OnConflict};
use bronya_domain::ids::{BookingId, ResourceId};
use bronya_domain::user::Role;
use bronya_store::engine::{Denied, Reply};
use bronya_store::{Options, SCHEMA_VERSION, Store, StoreError, accounts};

use crate::world::{Database, Kind, Person, World, amend, any, at, booking_of, cancel, hours, keyed, submission, word};

/// A world and two more stores on its database.
async fn three_nodes() -> (Arc<World>, Vec<Store>) {
    let world = World::open(Kind::Postgres).await;
    let mut nodes = vec![world.store.clone()];
    for _ in 0..2 {
        nodes.push(Store::open(world.options()).await.unwrap());
    }
    (Arc::new(world), nodes)
}

fn count(world: &World, what: &str) -> i64 {
    world.sql(&format!("SELECT {what}")).unwrap().parse().unwrap()
}

fn deadlocks(world: &World) -> i64 {
    count(world, "deadlocks FROM pg_stat_database WHERE datname = current_database()")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_slot_has_one_winner() {
    let (world, nodes) = three_nodes().await;
    let ann = world.person("ann", Role::User).await;
    let desk = world.resource(ann, "desk", 1).await;
    for round in 0..30 {
        let racers: Vec<_> = (0..24_usize)
            .map(|number| {
                let (node, world) = (nodes[number % 3].clone(), Arc::clone(&world));
                // The same, contained, enclosing, over either end; and now and then a block.
                let (start, end) = [(4, 6), (4, 6), (5, 6), (3, 7), (3, 5), (5, 8)][number % 6];
                let interval = hours(round * 10 + start, round * 10 + end);
                tokio::spawn(async move {
                    let command = if number % 7 == 6 {
                        world.block(desk, interval, OnConflict::Refuse)
                    } else {
                        world.book(desk, interval)
                    };
                    word(&node.submit(submission(ann.actor(), command)).await)
                })
            })
            .collect();
        let mut words = Vec::new();
        for racer in racers {
            words.push(racer.await.unwrap());
        }
        let won = words.iter().filter(|word| *word == "done").count();
        // Of (3, 5), (5, 6) and the like two that touch may both win, so it is the database that says what stands.
        assert!((1..=2).contains(&won), "{words:?}");
        assert!(
            words.iter().all(|word| word == "done" || word.contains("Conflict") || word.contains("Overlaps")),
            "{words:?}"
        );
    }
    world.must_be_clean().await;
    assert_eq!(deadlocks(&world), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_key_has_one_effect() {
    let (world, nodes) = three_nodes().await;
    let ann = world.person("ann", Role::User).await;
    let desk = world.resource(ann, "desk", 1).await;
    for round in 0..30 {
        // Odd rounds book, so that the resource's lock orders them; even ones make resources, which lock nothing.
        let tries: Vec<_> = (0..6)
            .map(|number| {
                let (node, world) = (nodes[number % 3].clone(), Arc::clone(&world));
                let command = if round % 2 == 1 {
                    world.book(desk, hours(round, round + 1))
                } else {
                    Command::CreateResource(bronya_domain::command::CreateResource {
                        id: ResourceId(world.fresh_id()),
                        attributes: crate::world::attributes("one", 1),
                        zone_of_site: false,
                        admins_only: false,
                    })
                };
                tokio::spawn(async move { node.submit(keyed(ann.actor(), command, &format!("key {round}"), 7)).await })
            })
            .collect();
        let mut answers = Vec::new();
        let mut kept = 0;
        for one in tries {
            match one.await.unwrap() {
                Ok(Reply::Kept(answer)) => {
                    kept += 1;
                    answers.push(answer);
                }
                Ok(Reply::Replayed(answer)) => answers.push(answer),
                other => panic!("round {round}: {other:?}"),
            }
        }
        assert_eq!(kept, 1, "round {round}");
        assert!(answers.iter().all(|answer| *answer == answers[0]), "round {round}");
    }
    assert_eq!(count(&world, "count(*) FROM booking"), 15);
    assert_eq!(count(&world, "count(*) FROM resource"), 16);
    assert_eq!(count(&world, "count(*) FROM idempotency"), 30);
    world.must_be_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_request_is_decided_once_whoever_is_asked() {
    let (world, nodes) = three_nodes().await;
    let (ann, bob) = (world.person("ann", Role::User).await, world.person("bob", Role::User).await);
    let hall = world.resource(ann, "hall", 1).await;
    world.sql("UPDATE resource SET requires_approval = true").unwrap();
    for round in 0..30 {
        let id = booking_of(&world.submit(bob, world.book(hall, hours(round, round + 1))).await);
        let decisions: Vec<_> = (0..12)
            .map(|number| {
                let node = nodes[number % 3].clone();
                let command = if number % 2 == 0 { Command::Confirm(any(id)) } else { Command::Reject(any(id).into()) };
                tokio::spawn(async move { word(&node.submit(submission(ann.actor(), command)).await) })
            })
            .collect();
        let mut words = Vec::new();
        for decision in decisions {
            words.push(decision.await.unwrap());
        }
        assert_eq!(words.iter().filter(|word| *word == "done").count(), 1, "{words:?}");
        assert!(words.iter().all(|word| word == "done" || word == "BookingNotPending"), "{words:?}");
    }
    assert_eq!(count(&world, "count(*) FROM event WHERE action IN ('booking.confirmed', 'booking.rejected')"), 30);
    world.must_be_clean().await;
}

/// Moves between resources lock two rows; of many such, on three servers, none may wait for another in a circle.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn moves_between_resources_never_stand_in_each_others_way() {
    let (world, nodes) = three_nodes().await;
    let ann = world.person("ann", Role::User).await;
    let mut places = Vec::new();
    for number in 0..6 {
        places.push(world.resource(ann, &format!("place {number}"), 8).await);
    }
    let mut bookings = Vec::new();
    for number in 0..24 {
        let hour = i64::try_from(number % 4).unwrap();
        bookings.push(world.booked(ann, places[number % 6], hours(hour, hour + 2)).await);
    }
    let workers: Vec<_> = (0..18_usize)
        .map(|worker| {
            let (node, bookings, places) = (nodes[worker % 3].clone(), bookings.clone(), places.clone());
            tokio::spawn(async move {
                let mut done = 0;
                for step in 0..60_usize {
                    let (booking, place) = (bookings[(worker * 7 + step * 5) % 24], places[(worker + step * 5) % 6]);
                    let hour = i64::try_from((worker + step) % 4).unwrap();
                    let to = Command::Amend(Amend {
                        resource: Some(place),
                        starts_at: Some(at(hour)),
                        ends_at: Some(at(hour + 2)),
                        ..amend(booking)
                    });
                    match node.submit(submission(ann.actor(), to)).await {
                        Ok(_) => done += 1,
                        Err(Denied::Refused(_)) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for worker in workers {
        done += worker.await.unwrap();
    }
    assert!(done > 500, "{done} moves of 1080");
    world.must_be_clean().await;
    assert_eq!(deadlocks(&world), 0);
    let (failed, all) = {
        let reports = world.reports.lock().unwrap();
        (reports.iter().filter(|report| report.failed).count(), reports.len())
    };
    assert!(failed * 10 <= all, "{failed} of {all} batches had to be run again");
}

/// The booking is moved after it was located and before its resource is locked, and cancelled after that.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_booking_that_moves_under_way_is_looked_at_again() {
    let world = World::open(Kind::Postgres).await;
    let ann = world.person("ann", Role::User).await;
    let places = [world.resource(ann, "a", 1).await, world.resource(ann, "b", 1).await];
    for (from, to) in [(places[0], places[1]), (places[1], places[0])] {
        let id = world.booked(ann, from, hours(9, 10)).await;
        let (booking, here, there) = (world.database.id(id.0), world.database.id(from.0), world.database.id(to.0));
        // Neither session wants the locks that the trigger would take in its name.
        let quietly = "SET session_replication_role = replica; BEGIN;";
        let moves = format!(
            "{quietly} SELECT 1 FROM resource WHERE id = {here} FOR UPDATE; SELECT pg_sleep(0.6);
            UPDATE booking SET resource_id = {there}, version = version + 1 WHERE id = {booking};
            UPDATE claim SET resource_id = {there} WHERE booking_id = {booking}; COMMIT"
        );
        let cancels = format!(
            "{quietly} SELECT 1 FROM resource WHERE id = {there} FOR UPDATE; SELECT pg_sleep(1.2);
            UPDATE booking SET status = 'cancelled', version = version + 1 WHERE id = {booking};
            DELETE FROM claim WHERE booking_id = {booking}; COMMIT"
        );
        let answer = tokio::task::block_in_place(|| {
            std::thread::scope(|scope| {
                let sessions = [scope.spawn(|| world.sql(&moves)), scope.spawn(|| world.sql(&cancels))];
                std::thread::sleep(Duration::from_millis(300));
                let later = Command::Amend(Amend { ends_at: Some(at(11)), ..amend(id) });
                let answer = tokio::runtime::Handle::current().block_on(world.submit(ann, later));
                for session in sessions {
                    session.join().unwrap().unwrap();
                }
                answer
            })
        });
        assert_eq!(word(&answer), "BookingClosed");
        assert_eq!((world.claims(from), world.claims(to)), (vec![], vec![]));
        world.must_be_clean().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn servers_that_start_at_once_migrate_once() {
    let database = Database::fresh(Kind::Postgres);
    let opening: Vec<_> = (0..5)
        .map(|_| tokio::spawn(Store::open(Options { durable_only: false, ..Options::new(database.url()) })))
        .collect();
    for one in opening {
        one.await.unwrap().unwrap().ready().await.unwrap();
    }
    // Numbers may be left out, so the steps are counted where they lie.
    let steps = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres")).unwrap().count();
    assert_eq!(
        database.sql("SELECT count(*), max(version) FROM schema_migration").unwrap(),
        format!("{steps}|{SCHEMA_VERSION}")
    );
}

/// A client that hangs up drops its request in the middle of a transaction.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transaction_that_is_abandoned_leaves_nothing() {
    let world = World::open_with(Kind::Postgres, |options| options.connections_max = 1).await;
    let ann = world.person("ann", Role::User).await;
    let abandoned = world.store.write::<(), StoreError, _>(move |tx| {
        Box::pin(async move {
            let mut account = accounts::for_change(tx, ann.id).await?.unwrap();
            account.role = Role::Admin;
            accounts::update(tx, &account).await?;
            std::future::pending().await
        })
    });
    assert!(tokio::time::timeout(Duration::from_millis(300), abandoned).await.is_err());
    // The next one on the pool's only connection.
    let bob = world.person("bob", Role::User).await;
    let role = world.sql(&format!("SELECT role FROM account WHERE id = {}", world.database.id(ann.id.0))).unwrap();
    assert_eq!(role, "user");
    assert!(signed_in(&world, bob).await);
}

async fn signed_in(world: &World, who: Person) -> bool {
    let id: BookingId = BookingId(world.fresh_id());
    word(&world.submit(who, cancel(id)).await) == "BookingNotFound"
}

/// Whole and part are locked by different commands in whatever order they are asked for; transactions that find out too late
/// what they have to lock give way instead of waiting for each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whole_and_part_are_had_by_one() {
    let (world, nodes) = three_nodes().await;
    let ann = world.person("ann", Role::User).await;
    let (west, east) = (world.resource(ann, "west", 1).await, world.resource(ann, "east", 1).await);
    // Made before and after its parts, as ids go.
    let halls = [ResourceId(uuid::Uuid::from_u128(1)), ResourceId(uuid::Uuid::max())];
    for id in halls {
        let mut attributes = crate::world::attributes("hall", 1);
        attributes.parts = vec![west.min(east), west.max(east)];
        let create = bronya_domain::command::CreateResource { id, attributes, zone_of_site: false, admins_only: false };
        world.submit(ann, Command::CreateResource(create)).await.unwrap();
    }
    for round in 0..30 {
        let racers: Vec<_> = (0..24_usize)
            .map(|number| {
                let (node, world) = (nodes[number % 3].clone(), Arc::clone(&world));
                let resource = [halls[0], west, halls[1], east][number % 4];
                tokio::spawn(async move {
                    let command = world.book(resource, hours(round, round + 1));
                    (resource, word(&node.submit(submission(ann.actor(), command)).await))
                })
            })
            .collect();
        let mut won = Vec::new();
        for racer in racers {
            let (resource, word) = racer.await.unwrap();
            assert!(word == "done" || word.contains("Conflict"), "{word}");
            if word == "done" {
                won.push(resource);
            }
        }
        won.sort_unstable();
        let both_halves = [west.min(east), west.max(east)];
        assert!(won == both_halves || won == [halls[0]] || won == [halls[1]], "round {round}: {won:?}");
    }
    world.must_be_clean().await;
    assert_eq!(deadlocks(&world), 0);
}
