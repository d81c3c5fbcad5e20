//! The one invariant, held by the database itself: tried by plain SQL, around the store, by insert and by update, alone
//! and against each other. And the log, which nobody can change.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bronya_domain::ids::{ResourceId, UserId};
use bronya_domain::user::Role;
use jiff::Timestamp;

use crate::world::{Kind, World, at, on_both};

/// A statement that inserts a claim, with the times as given.
fn insert(world: &World, resource: ResourceId, unit: u32, start: Timestamp, end: Timestamp) -> String {
    format!(
        "INSERT INTO claim (resource_id, unit, starts_at, ends_at, booking_id) VALUES ({}, {unit}, {}, {}, {})",
        world.database.id(resource.0),
        world.database.time(start),
        world.database.time(end),
        world.database.id(world.fresh_id()),
    )
}

fn update(world: &World, resource: ResourceId, from: i64, set: &str) -> String {
    format!(
        "UPDATE claim SET {set} WHERE resource_id = {} AND starts_at = {}",
        world.database.id(resource.0),
        world.database.time(at(from))
    )
}

/// Whether a statement went through; the only other answer is that of `no_overlap` or of the key.
fn went(world: &World, statement: &str) -> bool {
    match world.sql(statement) {
        Ok(_) => true,
        Err(error) => {
            let by_us = error.contains("no_overlap") || error.contains("claim_pkey") || error.contains("UNIQUE");
            assert!(by_us, "{statement}: {error}");
            false
        }
    }
}

/// Every pair of intervals within a few hours: the second goes in exactly where it shares no instant with the first.
const HOURS: i64 = 5;

fn every_interval() -> impl Iterator<Item = (i64, i64)> {
    (0..HOURS).flat_map(|start| (start + 1..=HOURS).map(move |end| (start, end)))
}

on_both! {
    async fn an_insert_that_overlaps_is_refused(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        // Equal, contained, enclosing, over either end, touching: all there are.
        for (start, end) in every_interval() {
            assert!(went(&world, &insert(&world, desk, 1, at(start), at(end))));
            for (other_start, other_end) in every_interval() {
                let apart = end <= other_start || other_end <= start;
                let statement = insert(&world, desk, 1, at(other_start), at(other_end));
                assert_eq!(went(&world, &statement), apart, "{start}-{end} and then {other_start}-{other_end}");
                if apart {
                    let delete = "DELETE FROM claim WHERE starts_at = ";
                    world.sql(&format!("{delete}{}", world.database.time(at(other_start)))).unwrap();
                }
            }
            world.sql("DELETE FROM claim").unwrap();
        }
    }

    async fn an_update_that_overlaps_is_refused(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        for statement in [insert(&world, desk, 1, at(10), at(12)), insert(&world, desk, 1, at(20), at(22)),
            insert(&world, desk, 2, at(10), at(12))] {
            assert!(went(&world, &statement));
        }
        let time = |hour| world.database.time(at(hour));
        let to = |start, end| format!("starts_at = {}, ends_at = {}", time(start), time(end));
        // Of the claim at 20 on unit 1, in turn; those that go through end where they began.
        let cases = [
            (20, to(11, 13), false),
            (20, to(10, 12), false),
            (20, to(10, 13), false),
            (20, to(9, 11), false),
            (20, to(9, 13), false),
            (20, format!("starts_at = {}", time(11)), false),
            (20, to(12, 13), true),
            (12, to(8, 10), true),
            (8, format!("ends_at = {}", time(11)), false),
            (8, "unit = 2".to_owned(), true),
            (8, format!("ends_at = {}", time(11)), false),
            (8, to(20, 22), true),
            (20, "unit = 1".to_owned(), true),
            // Over itself it may move.
            (20, to(19, 21), true),
            (19, to(20, 22), true),
        ];
        for (from, set, goes) in cases {
            assert_eq!(went(&world, &update(&world, desk, from, &set)), goes, "{from}: {set}");
        }
        assert!(!went(&world, "UPDATE claim SET unit = 1 WHERE unit = 2"), "onto the other unit's claim");
        assert!(went(&world, &insert(&world, desk, 1, at(12), at(14))));
        assert_eq!(world.claims(desk), ["1 10-12 booking", "1 12-14 booking", "1 20-22 booking", "2 10-12 booking"]);
    }

    async fn several_at_once_that_overlap_each_other_are_refused(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        let row = |start, end| insert(&world, desk, 1, at(start), at(end)).split_once(" VALUES ").unwrap().1.to_owned();
        let many = |rows: &[(i64, i64)]| {
            let rows: Vec<String> = rows.iter().map(|(start, end)| row(*start, *end)).collect();
            let head = "INSERT INTO claim (resource_id, unit, starts_at, ends_at, booking_id) VALUES ";
            format!("{head}{}", rows.join(", "))
        };
        for rows in [[(1, 10), (2, 3), (4, 5)], [(4, 5), (2, 3), (1, 10)], [(1, 3), (3, 6), (5, 7)], [(1, 2), (3, 4), (1, 2)]] {
            assert!(!went(&world, &many(&rows)), "{rows:?}");
        }
        assert_eq!(world.claims(desk), [""; 0]);
        assert!(went(&world, &many(&[(1, 2), (2, 3), (3, 10)])));
        assert_eq!(world.claims(desk).len(), 3);
    }

    async fn what_is_no_interval_or_belongs_to_nobody_is_refused(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        // An empty interval overlaps nothing: without its own check it would slip through.
        for (start, end) in [(3, 3), (4, 3)] {
            let error = world.sql(&insert(&world, desk, 1, at(start), at(end))).unwrap_err();
            assert!(error.to_lowercase().contains("check"), "{error}");
        }
        assert!(world.sql(&insert(&world, desk, 0, at(1), at(2))).is_err(), "units begin at 1");
        let orphan = insert(&world, desk, 1, at(1), at(2)).replace("booking_id)", "block_id)");
        assert!(world.sql(&orphan).is_ok());
        let nobodys = "UPDATE claim SET block_id = NULL";
        assert!(world.sql(nobodys).is_err(), "a claim belongs to a booking or to a block");
    }

    async fn the_log_is_only_added_to(world) {
        let ann = world.person("ann", Role::User).await;
        world.resource(ann, "desk", 1).await;
        let mut statements = vec!["UPDATE event SET action = 'nothing'", "DELETE FROM event"];
        if world.kind == Kind::Postgres {
            statements.push("TRUNCATE event");
        }
        for statement in statements {
            let error = world.sql(statement).unwrap_err();
            assert!(error.contains("append_only"), "{statement}: {error}");
        }
        assert_eq!(world.log(), ["resource.created"]);
    }

    async fn the_log_lets_go_of_an_address_and_of_nothing_else(world) {
        let (ann, ben) = (world.person("ann", Role::User).await, world.person("ben", Role::User).await);
        world.resource(ann, "desk", 1).await;
        world.resource(ben, "desk", 1).await;
        let (id, now) = (|person: UserId| world.database.id(person.0), world.database.time(world.clock.now()));
        let of = |person: UserId| format!("WHERE actor_id = {}", id(person));
        let refused = |statement: &str| {
            let error = world.sql(statement).unwrap_err();
            assert!(error.contains("append_only"), "{statement}: {error}");
        };
        let emptied = format!("UPDATE event SET address = NULL {}", of(ann.id));
        // Nobody is being erased.
        refused(&emptied);
        let begin = format!("INSERT INTO erasure (user_id, asked_by, asked_at) VALUES ({0}, {0}, {now})", id(ann.id));
        world.sql(&begin).unwrap();
        world.sql(&emptied).unwrap();
        refused(&format!("UPDATE event SET address = NULL {}", of(ben.id)));
        refused(&format!("UPDATE event SET address = 'elsewhere' {}", of(ann.id)));
        refused(&format!("DELETE FROM event {}", of(ann.id)));
        let other = id(ben.id);
        let changes = ["id", "actor_id", "resource_id", "booking_id", "block_id", "user_id", "request_id"].map(|it| format!("{it} = {other}"));
        for change in changes.iter().map(String::as_str).chain(["action = 'nothing'"]) {
            refused(&format!("UPDATE event SET address = NULL, {change} {}", of(ann.id)));
        }
        // And when it is done, no more.
        world.sql(&format!("UPDATE erasure SET done_at = {now}")).unwrap();
        refused(&emptied);
        assert_eq!(world.log(), ["resource.created", "resource.created"]);
    }
}

/// Neither temporary tables nor another schema that comes first hide what stands.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_the_same_name_hide_nothing_on_postgres() {
    let world = World::open(Kind::Postgres).await;
    let ann = world.person("ann", Role::User).await;
    let desk = world.resource(ann, "desk", 1).await;
    world.sql(&insert(&world, desk, 1, at(9), at(11))).unwrap();
    world
        .sql("CREATE SCHEMA decoy; CREATE TABLE decoy.claim (LIKE claim); CREATE TABLE decoy.resource (LIKE resource)")
        .unwrap();
    let overlapping = insert(&world, desk, 1, at(10), at(12)).replace("INTO claim", "INTO public.claim");
    for (hour, decoy) in [
        (20, "CREATE TEMPORARY TABLE claim (LIKE public.claim)"),
        (21, "CREATE TEMPORARY TABLE resource (LIKE public.resource)"),
        (22, "SET search_path = decoy, public"),
        (23, "SET search_path = ''"),
    ] {
        let error = world.sql(&format!("{decoy}; {overlapping}")).unwrap_err();
        assert!(error.contains("no_overlap"), "{decoy}: {error}");
        let apart = insert(&world, desk, 1, at(hour), at(hour + 1)).replace("INTO claim", "INTO public.claim");
        world.sql(&format!("{decoy}; {apart}")).unwrap();
    }
}

/// Plain sessions, none of which knows of the engine's locks, at every level of isolation.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn sessions_that_race_by_plain_sql_on_postgres() {
    let world = Arc::new(World::open(Kind::Postgres).await);
    let ann = world.person("ann", Role::User).await;
    let desk = world.resource(ann, "desk", 1).await;
    // Each level has days of its own: what another level left behind must not answer for it.
    for (level, first_hour) in [("READ COMMITTED", 100), ("REPEATABLE READ", 300), ("SERIALIZABLE", 500)] {
        let won = Arc::new(AtomicUsize::new(0));
        for round in 0..8 {
            let sessions: Vec<_> = (0..6_i64)
                .map(|number| {
                    let (world, won) = (Arc::clone(&world), Arc::clone(&won));
                    // They overlap in part: each starts a minute after the one before, and no two at one time.
                    let start = at(first_hour + round * 10) + jiff::SignedDuration::from_mins(number);
                    let claim = insert(&world, desk, 1, start, start + jiff::SignedDuration::from_hours(1));
                    // The snapshot is taken before anybody has written.
                    let text = format!(
                        "BEGIN ISOLATION LEVEL {level}; SELECT count(*) FROM claim; SELECT pg_sleep(0.1); {claim}; \
                         SELECT pg_sleep(0.05); COMMIT"
                    );
                    tokio::task::spawn_blocking(move || {
                        won.fetch_add(usize::from(world.sql(&text).is_ok()), Ordering::SeqCst);
                    })
                })
                .collect();
            for session in sessions {
                session.await.unwrap();
            }
        }
        let won = won.load(Ordering::SeqCst);
        if level == "READ COMMITTED" {
            assert_eq!(won, 8, "one in each round");
        } else {
            assert_eq!(won, 0, "{level} looks at the past, so claims can't be written there");
        }
    }
    let overlaps = world
        .sql(
            "SELECT count(*) FROM claim AS a JOIN claim AS b ON a.resource_id = b.resource_id AND a.unit = b.unit
            AND a.starts_at < b.starts_at AND b.starts_at < a.ends_at",
        )
        .unwrap();
    assert_eq!(overlaps, "0");
}
