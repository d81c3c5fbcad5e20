//! Every command on both databases: what is answered, what stands afterwards, and that the audit agrees.

use bronya_domain::command::{Amend, Command, CreateResource, Edit, OnConflict, Targeted, UpdateResource};
use bronya_domain::effect::Outcome;
use bronya_domain::ids::ResourceId;
use bronya_domain::interval::Interval;
use bronya_domain::refusal::{ConflictKind, Refusal};
use bronya_domain::user::Role;
use bronya_store::engine::{Denied, Reply};
use jiff::SignedDuration;

use crate::world::{amend, any, at, attributes, booking_of, cancel, delete, hours, move_to, on_both, resize, word};

on_both! {
    async fn a_booking_moves_in_one_step_or_not_at_all(world) {
        let ann = world.person("ann", Role::User).await;
        let (desk, room) = (world.resource(ann, "desk", 1).await, world.resource(ann, "room", 1).await);
        let id = world.booked(ann, desk, hours(9, 11)).await;
        world.booked(ann, desk, hours(12, 13)).await;
        world.booked(ann, room, hours(9, 10)).await;

        // Over itself.
        assert_eq!(word(&world.submit(ann, move_to(id, hours(10, 12))).await), "done");
        // Over another, here and there: the old time is kept.
        assert_eq!(word(&world.submit(ann, move_to(id, hours(11, 13))).await), "BookingConflict");
        let there = Command::Amend(Amend { resource: Some(room), starts_at: Some(at(9)), ..amend(id) });
        assert_eq!(word(&world.submit(ann, there).await), "BookingConflict");
        assert_eq!(world.claims(desk), ["1 10-12 booking", "1 12-13 booking"]);
        // To another resource, where it is free.
        let there = Command::Amend(Amend { resource: Some(room), ..amend(id) });
        assert_eq!(word(&world.submit(ann, there).await), "done");
        assert_eq!((world.claims(desk), world.claims(room)),
            (vec!["1 12-13 booking".to_owned()], vec!["1 9-10 booking".to_owned(), "1 10-12 booking".to_owned()]));
        // Only words.
        let words = Command::Amend(Amend { title: Some(Some("Stand-up".to_owned())), ..amend(id) });
        assert_eq!(word(&world.submit(ann, words).await), "done");
        assert_eq!(world.log().split_off(5), ["booking.moved", "booking.moved", "booking.edited"]);
        world.must_be_clean().await;
    }

    async fn units_are_taken_while_the_count_fits(world) {
        let ann = world.person("ann", Role::User).await;
        let desks = world.resource(ann, "desks", 3).await;
        let two = booking_of(&world.submit(ann, world.book_units(desks, hours(9, 11), 2)).await);
        world.booked(ann, desks, hours(10, 12)).await;
        assert_eq!(word(&world.submit(ann, world.book(desks, hours(10, 11))).await), "BookingConflict");
        assert_eq!(word(&world.submit(ann, world.book_units(desks, hours(11, 12), 2)).await), "done");
        assert_eq!(word(&world.submit(ann, world.book_units(desks, hours(20, 21), 4)).await), "Rules");
        // Fewer units of the same booking, then more again, as far as there are.
        let to = |quantity| Command::Amend(Amend { quantity: Some(quantity), ..amend(two) });
        assert_eq!(word(&world.submit(ann, to(1)).await), "done");
        assert_eq!(word(&world.submit(ann, to(3)).await), "BookingConflict");
        assert_eq!(word(&world.submit(ann, to(2)).await), "done");
        assert_eq!(world.claims(desks).len(), 5);
        world.must_be_clean().await;
    }

    async fn others_change_their_unit_where_only_that_helps(world) {
        let ann = world.person("ann", Role::User).await;
        let desks = world.resource(ann, "desks", 2).await;
        world.booked(ann, desks, hours(10, 12)).await;
        let other = world.booked(ann, desks, hours(10, 12)).await;
        world.booked(ann, desks, hours(12, 14)).await;
        assert_eq!(word(&world.submit(ann, cancel(other)).await), "done");
        // Taken are unit 1 from 10 to 12 and unit 1 from 12 to 14: move the second by hand, so that neither is free.
        let late = world.database.time(at(11));
        world.sql(&format!("UPDATE claim SET unit = 2 WHERE starts_at > {late}")).unwrap();
        assert_eq!(world.claims(desks), ["1 10-12 booking", "2 12-14 booking"]);
        assert_eq!(word(&world.submit(ann, world.book(desks, hours(10, 14))).await), "done");
        assert_eq!(world.claims(desks), ["1 10-12 booking", "1 12-14 booking", "2 10-14 booking"]);
        world.must_be_clean().await;
    }

    async fn fewer_units_only_where_everything_to_come_fits(world) {
        let ann = world.person("ann", Role::User).await;
        let desks = world.resource(ann, "desks", 3).await;
        let block = world.block(desks, hours(20, 22), OnConflict::Refuse);
        assert_eq!(word(&world.submit(ann, block).await), "done");
        let booked = [world.booked(ann, desks, hours(9, 11)).await, world.booked(ann, desks, hours(9, 11)).await,
            world.booked(ann, desks, hours(10, 12)).await];
        let refused = world.submit(ann, resize(desks, 2)).await;
        assert!(matches!(refused, Err(Denied::Refused(Refusal::ResourceInUse(3)))), "{refused:?}");
        assert_eq!(word(&world.submit(ann, cancel(booked[0])).await), "done");
        // Units 2 and 3 are taken: one of them goes to unit 1.
        assert_eq!(word(&world.submit(ann, resize(desks, 2)).await), "done");
        assert_eq!(world.claims(desks), ["1 10-12 booking", "1 20-22 block", "2 9-11 booking", "2 20-22 block"]);
        world.must_be_clean().await;
        // The block holds the units that are new, too.
        assert_eq!(word(&world.submit(ann, resize(desks, 4)).await), "done");
        assert_eq!(world.claims(desks).iter().filter(|claim| claim.ends_with("20-22 block")).count(), 4);
        assert_eq!(word(&world.submit(ann, world.book(desks, hours(21, 23))).await), "BookingConflict");
        world.must_be_clean().await;
    }

    async fn what_is_over_holds_no_unit_back(world) {
        let ann = world.person("ann", Role::User).await;
        let desks = world.resource(ann, "desks", 2).await;
        for _ in 0..2 {
            world.booked(ann, desks, hours(1, 3)).await;
        }
        world.clock.advance(SignedDuration::from_hours(2));
        assert_eq!(word(&world.submit(ann, resize(desks, 1)).await), "ResourceInUse", "both are under way");
        world.clock.advance(SignedDuration::from_hours(1));
        assert_eq!(word(&world.submit(ann, resize(desks, 1)).await), "done");
        assert_eq!(world.claims(desks), ["1 1-3 booking"]);
        assert_eq!(world.sql("SELECT count(*) FROM booking").unwrap(), "2", "history stays");
        world.must_be_clean().await;
    }

    async fn a_block_is_refused_or_cancels_what_stands_there(world) {
        let (ann, bob) = (world.person("ann", Role::User).await, world.person("bob", Role::User).await);
        let desks = world.resource(ann, "desks", 2).await;
        let (first, second) = (world.booked(bob, desks, hours(9, 11)).await, world.booked(ann, desks, hours(10, 12)).await);
        let later = world.booked(bob, desks, hours(12, 13)).await;
        let refused = world.submit(ann, world.block(desks, hours(10, 12), OnConflict::Refuse)).await;
        let Err(Denied::Refused(Refusal::BlockConflict(listed))) = &refused else { panic!("{refused:?}") };
        assert_eq!(listed.iter().map(|booking| booking.id).collect::<Vec<_>>(), [first, second]);
        assert_eq!(word(&world.submit(bob, world.block(desks, hours(10, 12), OnConflict::Cancel)).await), "Forbidden");
        let block = world.submit(ann, world.block(desks, hours(10, 12), OnConflict::Cancel)).await;
        let Ok(Reply::Done(Outcome::Block(block, cancelled))) = &block else { panic!("{block:?}") };
        assert_eq!(cancelled, &[first, second]);
        assert_eq!(world.claims(desks), ["1 10-12 block", "1 12-13 booking", "2 10-12 block"]);
        let refused = world.submit(bob, world.book(desks, hours(9, 11))).await;
        let Err(Denied::Refused(Refusal::BookingConflict(conflicts))) = &refused else { panic!("{refused:?}") };
        assert_eq!(conflicts.iter().map(|it| (it.kind, it.interval)).collect::<Vec<_>>(), [(ConflictKind::Block, hours(10, 12))]);
        assert_eq!(word(&world.submit(ann, world.block(desks, hours(11, 13), OnConflict::Cancel)).await), "BlockOverlapsBlock");
        world.must_be_clean().await;

        assert_eq!(word(&world.submit(bob, Command::Unblock(block.id)).await), "Forbidden");
        assert_eq!(word(&world.submit(ann, Command::Unblock(block.id)).await), "done");
        assert_eq!(word(&world.submit(ann, Command::Unblock(block.id)).await), "BlockNotFound");
        assert_eq!(word(&world.submit(bob, world.book(desks, hours(9, 11))).await), "done");
        assert_eq!(word(&world.submit(bob, cancel(first)).await), "BookingClosed");
        assert_eq!(word(&world.submit(bob, cancel(later)).await), "done");
        world.must_be_clean().await;
    }

    async fn a_resource_in_use_is_not_deleted_by_accident(world) {
        let (ann, bob) = (world.person("ann", Role::User).await, world.person("bob", Role::User).await);
        let desk = world.resource(ann, "desk", 1).await;
        let past = world.booked(bob, desk, hours(0, 1)).await;
        world.booked(bob, desk, hours(9, 10)).await;
        let block = world.block(desk, hours(30, 31), OnConflict::Refuse);
        let Command::Block(made) = &block else { unreachable!() };
        let block_id = made.id;
        assert_eq!(word(&world.submit(ann, block).await), "done");
        world.clock.advance(SignedDuration::from_hours(2));
        assert_eq!(word(&world.submit(bob, delete(desk, true)).await), "Forbidden");
        assert_eq!(word(&world.submit(ann, delete(desk, false)).await), "ResourceInUse");
        assert_eq!(word(&world.submit(ann, delete(desk, true)).await), "done");
        assert_eq!(word(&world.submit(ann, delete(desk, true)).await), "ResourceNotFound");
        assert_eq!(word(&world.submit(bob, world.book(desk, hours(9, 10))).await), "ResourceNotFound");
        // Nothing of what is left can be torn out of it.
        assert_eq!(word(&world.submit(ann, Command::Unblock(block_id)).await), "ResourceNotFound");
        assert_eq!(word(&world.submit(bob, cancel(past)).await), "BookingClosed");
        let standing = world.sql("SELECT status, count(*) FROM booking GROUP BY status ORDER BY status").unwrap();
        assert_eq!(standing, "cancelled|1\nconfirmed|1", "what was is still there");
        world.must_be_clean().await;
    }

    async fn a_request_is_decided_once(world) {
        let (ann, bob) = (world.person("ann", Role::User).await, world.person("bob", Role::User).await);
        let id = ResourceId(world.fresh_id());
        let mut attributes = attributes("hall", 1);
        attributes.requires_approval = true;
        let create = CreateResource { id, attributes, zone_of_site: false, admins_only: false };
        assert_eq!(word(&world.submit(ann, Command::CreateResource(create)).await), "done");
        let (yes, no) = (world.booked(bob, id, hours(9, 10)).await, world.booked(bob, id, hours(11, 12)).await);
        assert_eq!(world.claims(id), ["1 9-10 booking", "1 11-12 booking"], "who waits holds the time");
        assert_eq!(word(&world.submit(bob, Command::Confirm(any(yes))).await), "Forbidden");
        assert_eq!(word(&world.submit(ann, Command::Confirm(any(yes))).await), "done");
        assert_eq!(word(&world.submit(ann, Command::Reject(any(yes).into())).await), "BookingNotPending");
        assert_eq!(word(&world.submit(ann, Command::Reject(any(no).into())).await), "done");
        assert_eq!(word(&world.submit(ann, Command::Confirm(any(no))).await), "BookingNotPending");
        assert_eq!(world.claims(id), ["1 9-10 booking"]);
        // A time that was allowed does not allow another.
        assert_eq!(word(&world.submit(bob, move_to(yes, hours(13, 14))).await), "done");
        let statuses = world.sql("SELECT status FROM booking ORDER BY id").unwrap();
        assert_eq!(statuses, "pending\nrejected");
        world.must_be_clean().await;
    }

    async fn only_the_version_that_was_seen_is_changed(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        let id = world.booked(ann, desk, hours(9, 10)).await;
        let seen = |versions: &[i64]| Targeted { id, versions: Some(versions.to_vec()) };
        let retitle = |title: &str, versions: &[i64]| {
            let title = Some(Some(title.to_owned()));
            Command::Amend(Amend { target: seen(versions), title, ..amend(id) })
        };
        assert_eq!(word(&world.submit(ann, retitle("a", &[1])).await), "done");
        assert_eq!(word(&world.submit(ann, retitle("b", &[1])).await), "Stale");
        assert_eq!(word(&world.submit(ann, retitle("b", &[])).await), "Stale");
        assert_eq!(word(&world.submit(ann, retitle("b", &[1, 2])).await), "done");
        assert_eq!(word(&world.submit(ann, Command::Cancel(seen(&[2]).into())).await), "Stale");
        assert_eq!(word(&world.submit(ann, Command::Cancel(seen(&[3]).into())).await), "done");
        let rename = |name: &str, version| {
            let edit = Edit { name: Some(name.to_owned()), ..Edit::default() };
            Command::UpdateResource(UpdateResource { target: Targeted { id: desk, versions: Some(vec![version]) }, edit })
        };
        assert_eq!(word(&world.submit(ann, rename("Desk", 1)).await), "done");
        assert_eq!(word(&world.submit(ann, rename("Tisch", 1)).await), "Stale");
        // Bookings don't count as edits of their resource.
        world.booked(ann, desk, hours(9, 10)).await;
        assert_eq!(word(&world.submit(ann, rename("Tisch", 2)).await), "done");
    }

    async fn touching_slots_all_fit_in_any_order(world) {
        let ann = world.person("ann", Role::User).await;
        let desk = world.resource(ann, "desk", 1).await;
        // A day in 96 slots, in an order that has nothing to do with time (31 and 96 share no factor).
        let quarter = |number: i64| at(0) + SignedDuration::from_mins(15 * number);
        for number in (0..96).map(|n| n * 31 % 96) {
            let slot = Interval::new(quarter(number), quarter(number + 1)).unwrap();
            assert_eq!(word(&world.submit(ann, world.book(desk, slot)).await), "done", "{number}");
            let again = Interval::new(quarter(number), quarter(number) + SignedDuration::from_mins(1)).unwrap();
            assert_eq!(word(&world.submit(ann, world.book(desk, again)).await), "BookingConflict", "{number}");
        }
        world.must_be_clean().await;
    }
}
