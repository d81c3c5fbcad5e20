//! The same key, the same answer, one effect: P9.

use bronya_domain::user::Role;
use bronya_store::StoreError;
use bronya_store::engine::{Actor, Reply};
use bronya_store::sweep;
use jiff::SignedDuration;

use crate::world::{cancel, delete, hours, keyed, on_both, word};

on_both! {
    async fn a_key_answers_what_it_answered(world) {
        let (ann, bob) = (world.person("ann", Role::User).await, world.person("bob", Role::User).await);
        let desk = world.resource(ann, "desk", 1).await;
        let first = world.submit_keyed(ann, world.book(desk, hours(9, 10)), "k", 1).await;
        let Ok(Reply::Kept(first)) = first else { panic!("{first:?}") };
        let again = world.submit_keyed(ann, world.book(desk, hours(9, 10)), "k", 1).await;
        let Ok(Reply::Replayed(again)) = again else { panic!("{again:?}") };
        assert_eq!(first, again, "byte for byte");
        assert_eq!(word(&world.submit_keyed(ann, world.book(desk, hours(9, 10)), "k", 2).await), "key reused");
        // Another's key is another key.
        assert_eq!(word(&world.submit_keyed(bob, world.book(desk, hours(12, 13)), "k", 1).await), "kept");
        assert_eq!(world.claims(desk), ["1 9-10 booking", "1 12-13 booking"]);
        // The answer stays what it was even when what it tells of is gone.
        assert_eq!(word(&world.submit(ann, delete(desk, true)).await), "done");
        assert_eq!(word(&world.submit_keyed(ann, world.book(desk, hours(9, 10)), "k", 1).await), "replayed");
    }

    async fn a_refusal_is_not_kept(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        let id = world.booked(ann, desk, hours(9, 10)).await;
        let refused = world.submit_keyed(ann, world.book(desk, hours(9, 10)), "k", 1).await;
        assert_eq!(word(&refused), "BookingConflict");
        assert_eq!(word(&world.submit(ann, cancel(id)).await), "done");
        assert_eq!(word(&world.submit_keyed(ann, world.book(desk, hours(9, 10)), "k", 1).await), "kept");
    }

    async fn a_key_lives_for_a_day(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        assert_eq!(word(&world.submit_keyed(ann, world.book(desk, hours(50, 51)), "k", 1).await), "kept");
        let almost = SignedDuration::from_hours(24) - SignedDuration::from_micros(1);
        world.clock.advance(almost);
        assert_eq!(word(&world.submit_keyed(ann, world.book(desk, hours(50, 51)), "k", 1).await), "replayed");
        // The sweep forgets nothing that still answers.
        sweep_at(&world).await;
        assert_eq!(word(&world.submit_keyed(ann, world.book(desk, hours(50, 51)), "k", 1).await), "replayed");
        world.clock.advance(SignedDuration::from_micros(1));
        assert_eq!(word(&world.submit_keyed(ann, world.book(desk, hours(50, 51)), "k", 2).await), "BookingConflict");
        assert_eq!(word(&world.submit_keyed(ann, world.book(desk, hours(52, 53)), "k", 2).await), "kept");
        assert_eq!(word(&world.submit_keyed(ann, world.book(desk, hours(54, 55)), "k", 2).await), "replayed");
        assert_eq!(world.claims(desk), ["1 50-51 booking", "1 52-53 booking"]);
        world.clock.advance(SignedDuration::from_hours(25));
        sweep_at(&world).await;
        assert_eq!(world.sql("SELECT count(*) FROM idempotency").unwrap(), "0");
    }

    async fn the_same_key_twice_in_one_batch(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 2).await;
        let book = |hour, body| keyed(ann.actor(), world.book(desk, hours(hour, hour + 1)), "k", body);
        let answers = world.batch(vec![book(9, 1), book(9, 1), book(10, 2)]).await;
        assert_eq!(answers.iter().map(word).collect::<Vec<_>>(), ["kept", "replayed", "key reused"]);
        let (Ok(Reply::Kept(first)), Ok(Reply::Replayed(second))) = (&answers[0], &answers[1]) else { unreachable!() };
        assert_eq!(first, second);
        assert_eq!(world.claims(desk), ["1 9-10 booking"]);
    }

    async fn a_key_answers_only_who_is_signed_in(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        assert_eq!(word(&world.submit_keyed(ann, world.book(desk, hours(9, 10)), "k", 1).await), "kept");
        let nobody = Actor::Session { user: ann.id, session: bronya_domain::ids::SessionId(world.fresh_id()) };
        let answer = world.store.submit(keyed(nobody, world.book(desk, hours(9, 10)), "k", 1)).await;
        assert_eq!(word(&answer), "not signed in");
    }
}

async fn sweep_at(world: &crate::world::World) {
    let now = world.clock.now();
    world.store.write::<_, StoreError, _>(move |tx| Box::pin(sweep::sweep(tx, now))).await.unwrap();
}
