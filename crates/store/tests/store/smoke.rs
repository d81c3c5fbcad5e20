//! The shortest way through everything: an account, a resource, a booking, a conflict, a cancellation, a booking.

use bronya_domain::user::Role;

use crate::world::{cancel, hours, on_both, word};

on_both! {
    async fn book_conflict_cancel_and_book_again(world) {
        let ann = world.person("ann", Role::User).await;
        let bob = world.person("bob", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;

        let first = world.booked(ann, desk, hours(9, 11)).await;
        let refused = world.submit(bob, world.book(desk, hours(10, 12))).await;
        assert_eq!(word(&refused), "BookingConflict");
        assert_eq!(word(&world.submit(bob, cancel(first)).await), "BookingNotFound");
        assert_eq!(word(&world.submit(ann, cancel(first)).await), "done");
        assert_eq!(word(&world.submit(bob, world.book(desk, hours(10, 12))).await), "done");

        assert_eq!(world.claims(desk), ["1 10-12 booking"]);
        assert_eq!(world.log(), ["resource.created", "booking.created", "booking.cancelled", "booking.created"]);
        world.must_be_clean().await;
    }
}
