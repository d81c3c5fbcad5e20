//! What happens inside one batch: each command sees those before it, only the net effect is written, and one that
//! fails harms nobody but itself.

use std::time::Duration;

use bronya_domain::command::{Book, Command, OnConflict};
use bronya_domain::effect::Outcome;
use bronya_domain::ids::BookingId;
use bronya_domain::user::Role;
use bronya_store::Answer;
use bronya_store::StoreError;
use bronya_store::engine::{Denied, Idempotency, Submission};

use crate::world::{Kind, Person, World, cancel, hours, keyed, move_to, on_both, resize, submission, word};

fn id_of(command: &Command) -> BookingId {
    let Command::Book(book) = command else { panic!("books nothing: {command:?}") };
    book.id
}

fn by(who: Person, commands: Vec<Command>) -> Vec<Submission> {
    commands.into_iter().map(|command| submission(who.actor(), command)).collect()
}

fn words(answers: &[bronya_store::engine::Answered]) -> Vec<String> {
    answers.iter().map(word).collect()
}

/// A poison that the rules know nothing of: the database says `no_overlap` to every booking with this title.
fn poison(world: &World) {
    let text = match world.kind {
        Kind::Sqlite => {
            "CREATE TRIGGER poison BEFORE INSERT ON booking WHEN NEW.title = 'poison'
            BEGIN SELECT RAISE(ABORT, 'no_overlap'); END"
        }
        Kind::Postgres => {
            "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'no_overlap' USING ERRCODE = 'exclusion_violation'; END $$;
            CREATE TRIGGER poison BEFORE INSERT ON booking FOR EACH ROW WHEN (NEW.title = 'poison')
            EXECUTE FUNCTION poison()"
        }
    };
    world.sql(text).unwrap();
}

/// A COMMIT waits for the disk, and perhaps for a standby. Whoever wants something else meanwhile does not wait for it, and whoever wants
/// the same is decided about after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_batch_begins_while_a_commit_waits() {
    let world = World::open(Kind::Postgres).await;
    let ann = world.person("ann", Role::User).await;
    let (here, there) = (world.resource(ann, "here", 1).await, world.resource(ann, "there", 1).await);
    let gated = "CREATE TABLE gate (open boolean);
        CREATE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN WHILE NOT EXISTS (SELECT 1 FROM gate) LOOP PERFORM pg_sleep(0.01); END LOOP; RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER gated AFTER INSERT ON booking DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.title = 'gated') EXECUTE FUNCTION wait_at_gate()";
    world.sql(gated).unwrap();
    let until_somebody_waits = async |what: &str| {
        let others = "datname = current_database() AND pid <> pg_backend_pid()";
        let asked = format!("SELECT count(*) FROM pg_stat_activity WHERE {others} AND {what}");
        while world.sql(&asked).unwrap() == "0" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let submit = |command| {
        let store = world.store.clone();
        tokio::spawn(async move { word(&store.submit(submission(ann.actor(), command)).await) })
    };
    let mut gated = world.book(here, hours(9, 10));
    if let Command::Book(Book { details, .. }) = &mut gated {
        details.title = Some("gated".to_owned());
    }
    let gated = submit(gated);
    until_somebody_waits("query LIKE '%COMMIT'").await;
    assert_eq!(word(&world.submit(ann, world.book(there, hours(9, 10))).await), "done");
    assert!(!gated.is_finished());
    let late = submit(world.book(here, hours(9, 11)));
    until_somebody_waits("wait_event_type = 'Lock'").await;
    world.sql("INSERT INTO gate VALUES (true)").unwrap();
    assert_eq!(gated.await.unwrap(), "done");
    assert_eq!(late.await.unwrap(), "BookingConflict");
    world.must_be_clean().await;
}

on_both! {
    async fn a_slot_is_booked_cancelled_and_booked_again(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        let (first, second) = (world.book(desk, hours(9, 10)), world.book(desk, hours(9, 10)));
        let (first_id, second_id) = (id_of(&first), id_of(&second));
        let third = world.book(desk, hours(9, 10));
        let answers = world.batch(by(ann, vec![first, cancel(first_id), second, third])).await;
        assert_eq!(words(&answers), ["done", "done", "done", "BookingConflict"]);
        assert_eq!(world.claims(desk), ["1 9-10 booking"]);
        let standing = world.sql("SELECT id, status, version FROM booking ORDER BY id").unwrap();
        assert_eq!(standing, format!("{first_id}|cancelled|2\n{second_id}|confirmed|1"));
        assert_eq!(world.log()[1..], ["booking.created", "booking.cancelled", "booking.created"]);
        world.must_be_clean().await;
    }

    async fn what_comes_and_goes_within_a_batch_leaves_only_the_log(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 2).await;
        let block = world.block(desk, hours(9, 10), OnConflict::Refuse);
        let Command::Block(made) = &block else { unreachable!() };
        let id = made.id;
        let answers = world.batch(by(ann, vec![block, Command::Unblock(id), Command::Unblock(id)])).await;
        assert_eq!(words(&answers), ["done", "done", "BlockNotFound"]);
        assert_eq!(world.claims(desk), [""; 0]);
        assert_eq!(world.sql("SELECT count(*) FROM block").unwrap(), "0");
        assert_eq!(world.log()[1..], ["block.created", "block.deleted"]);
    }

    async fn away_and_back_is_where_it_was(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        let id = world.booked(ann, desk, hours(9, 10)).await;
        let answers = world
            .batch(by(ann, vec![move_to(id, hours(9, 12)), move_to(id, hours(15, 16)), move_to(id, hours(9, 10))]))
            .await;
        assert_eq!(words(&answers), ["done"; 3]);
        assert_eq!(world.claims(desk), ["1 9-10 booking"]);
        assert_eq!(world.sql("SELECT version FROM booking").unwrap(), "4");
        world.must_be_clean().await;
    }

    async fn claims_that_are_loaded_late_know_what_the_batch_did(world) {
        let ann = world.person("ann", Role::User).await;
        let desks = world.resource(ann, "desks", 2).await;
        world.booked(ann, desks, hours(10, 12)).await;
        world.booked(ann, desks, hours(12, 14)).await;
        let (cancelled, moved) = (world.booked(ann, desks, hours(20, 22)).await, world.booked(ann, desks, hours(25, 26)).await);
        // Neither unit is free from 10 to 14, but the count fits: for that the engine looks a day ahead, where the
        // database still shows what the batch has taken away.
        let late = world.database.time(crate::world::at(11));
        world.sql(&format!("UPDATE claim SET unit = 2 WHERE starts_at > {late}")).unwrap();
        let mut commands = vec![cancel(cancelled), move_to(moved, hours(27, 28)), world.book(desks, hours(10, 14))];
        for (start, end) in [(20, 22), (20, 22), (25, 26), (25, 26), (27, 28), (27, 28)] {
            commands.push(world.book(desks, hours(start, end)));
        }
        let answers = world.batch(by(ann, commands)).await;
        let mut expected = vec!["done"; 8];
        expected.push("BookingConflict");
        assert_eq!(words(&answers), expected);
        assert_eq!(world.claims(desks).len(), 9);
        world.must_be_clean().await;
    }

    async fn a_command_that_the_database_refuses_harms_nobody_else(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        poison(&world);
        let mut poisoned = world.book(desk, hours(12, 13));
        if let Command::Book(Book { details, .. }) = &mut poisoned {
            details.title = Some("poison".to_owned());
        }
        let first = world.book(desk, hours(9, 10));
        let mut twin = world.book(desk, hours(14, 15));
        if let Command::Book(book) = &mut twin {
            book.id = id_of(&first);
        }
        let (conflict, last) = (world.book(desk, hours(9, 11)), world.book(desk, hours(16, 17)));
        let answers = world.batch(by(ann, vec![first, poisoned, conflict, twin, last])).await;
        assert!(matches!(&answers[1], Err(Denied::Store(StoreError::Overlap(_)))), "{:?}", answers[1]);
        assert!(matches!(&answers[3], Err(Denied::Store(StoreError::NotUnique(_)))), "{:?}", answers[3]);
        assert_eq!([word(&answers[0]), word(&answers[2]), word(&answers[4])], ["done", "BookingConflict", "done"]);
        assert!(world.reports.lock().unwrap().last().unwrap().failed);
        assert_eq!(world.claims(desk), ["1 9-10 booking", "1 16-17 booking"]);
        world.must_be_clean().await;
    }

    async fn a_panic_harms_nobody_else(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        let idempotency = Idempotency { key: "k".to_owned(), fingerprint: [0; 32], render: panics };
        let bad = Submission {
            idempotency: Some(idempotency),
            ..submission(ann.actor(), world.book(desk, hours(12, 13)))
        };
        let first = submission(ann.actor(), world.book(desk, hours(9, 10)));
        let answers = world.batch(vec![first, bad, keyed(ann.actor(), world.book(desk, hours(12, 14)), "l", 0)]).await;
        assert_eq!([word(&answers[0]), word(&answers[2])], ["done", "kept"]);
        assert!(matches!(&answers[1], Err(Denied::Store(StoreError::Internal(_)))), "{:?}", answers[1]);
        assert_eq!(world.claims(desk), ["1 9-10 booking", "1 12-14 booking"]);

        // Nor does one in a transaction that is not a command, or in a read.
        let store = world.store.clone();
        drop(tokio::spawn(async move {
            store.write::<(), StoreError, _>(|_| Box::pin(async { panic!("on purpose") })).await
        }).await);
        for _ in 0..8 {
            let store = world.store.clone();
            drop(tokio::spawn(async move {
                store.read::<(), StoreError, _>(|_| Box::pin(async { panic!("on purpose") })).await
            }).await);
        }
        let bob = world.person("bob", Role::User).await;
        assert_eq!(word(&world.submit(bob, world.book(desk, hours(20, 21))).await), "done");
        world.must_be_clean().await;
    }

    async fn the_queue_is_bounded(world) {
        // Another store with a short queue, on a database of its own kind.
        let small = World::open_with(world.kind, |options| options.queue_max = 3).await;
        let ann = small.person("ann", Role::User).await;
        let desk = small.resource(ann, "desk", 1).await;
        let held = small.hold_engine().await;
        let commands: Vec<_> = (0..5).map(|hour| small.book(desk, hours(hour, hour + 1))).collect();
        let mut waiting: Vec<_> = Vec::new();
        for command in commands {
            let store = small.store.clone();
            waiting.push(tokio::spawn(async move { store.submit(submission(ann.actor(), command)).await }));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(small.store.load().queued, 3);
        small.release_engine();
        held.await.unwrap();
        let mut busy = 0;
        for (number, answer) in waiting.into_iter().enumerate() {
            match answer.await.unwrap() {
                Err(Denied::Store(StoreError::Busy(_))) => busy += 1,
                other => assert_eq!(word(&other), "done", "{number}"),
            }
        }
        assert_eq!(busy, 2, "who does not fit into the queue is told at once");
        assert_eq!(small.claims(desk).len(), 3);
    }

    async fn resizing_within_a_batch(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        let (first, second) = (world.book(desk, hours(9, 10)), world.book(desk, hours(9, 10)));
        let (second_id, third) = (id_of(&second), world.book(desk, hours(9, 10)));
        let commands = vec![first, resize(desk, 2), second, resize(desk, 1), cancel(second_id), resize(desk, 1), third];
        let answers = world.batch(by(ann, commands)).await;
        let expected = ["done", "done", "done", "ResourceInUse", "done", "done", "BookingConflict"];
        assert_eq!(words(&answers), expected);
        assert_eq!(world.claims(desk), ["1 9-10 booking"]);
        world.must_be_clean().await;
    }
}

/// A database that gives up in the middle of a batch which is run command by command. On SQLite no statement does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_fare_no_better_is_not_tried_on_postgres() {
    let world = World::open(Kind::Postgres).await;
    let ann = world.person("ann", Role::User).await;
    let desk = world.resource(ann, "desk", 1).await;
    poison(&world);
    let gives_up = "CREATE FUNCTION give_up() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'no more' USING ERRCODE = 'query_canceled'; END $$;
        CREATE TRIGGER give_up BEFORE INSERT ON booking FOR EACH ROW WHEN (NEW.title = 'give up') EXECUTE FUNCTION give_up()";
    world.sql(gives_up).unwrap();
    let titled = |hour, words: &str| {
        let mut command = world.book(desk, hours(hour, hour + 1));
        if let Command::Book(Book { details, .. }) = &mut command {
            details.title = Some(words.to_owned());
        }
        command
    };
    let commands = vec![titled(1, "x"), titled(2, "poison"), titled(3, "give up"), titled(4, "x"), titled(5, "poison")];
    let answers = world.batch(by(ann, commands)).await;
    assert_eq!(word(&answers[0]), "done");
    assert!(matches!(&answers[1], Err(Denied::Store(StoreError::Overlap(_)))), "{:?}", answers[1]);
    for answer in &answers[2..] {
        let Err(Denied::Store(StoreError::Unavailable(text))) = answer else { panic!("{answer:?}") };
        assert!(text.contains("no more"), "{text}");
    }
    assert_eq!(world.claims(desk), ["1 1-2 booking"], "what was not tried did not happen");
    world.must_be_clean().await;
}

fn panics(_: &Outcome) -> Option<Answer> {
    panic!("on purpose, to see what it breaks")
}
