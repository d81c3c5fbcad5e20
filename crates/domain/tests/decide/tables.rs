//! Each refusal in a case that can be read, and of two things that are wrong at once the one that is told. The tables are
//! written by the tests themselves (`UPDATE_EXPECT=1`), and judged by whoever reads the difference.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};

use crate::scene::{BROKEN, REFUSALS, VIOLATIONS, play};

/// A scene, and what is answered in it.
type Case = (&'static str, Expect);

fn check(cases: Vec<Case>) {
    for (scene, expected) in cases {
        expected.assert_eq(&play(scene, &mut BTreeSet::new()));
    }
}

/// A variant that no case shows is one that nobody has ever seen. The lists have all of them, or they would not compile.
#[test]
fn every_refusal_is_shown() {
    let mut met = BTreeSet::new();
    let asked = [booking(), amending(), cancelling(), deciding(), coming(), blocking(), managing(), several()];
    let asked = asked.into_iter().chain([people(), undoing(), reseating(), beside()]);
    for (scene, _) in asked.chain([spreading(), things()]).flatten() {
        play(scene, &mut met);
    }
    let variants = [REFUSALS, VIOLATIONS, BROKEN].concat();
    let missing: Vec<&str> = variants.into_iter().filter(|variant| !met.contains(variant)).collect();
    assert!(missing.is_empty(), "no case shows {missing:?}");
}

#[test]
fn booking_in_order() {
    check(booking());
}

fn booking() -> Vec<Case> {
    vec![
        (
            "
            # what is wrong alone
            resource table by mia
            > anna books nowhere 10-12
            > anna books table 10-12 for berta
            > anna books table 10-12 anyway
            > anna books table 10-12 x2
            > anna books table 10-10:00.5
            > anna books table 10-367d11
            > anna books table 4000d10-4000d12
            ",
            expect![[r"
                no: ResourceNotFound
                no: Forbidden
                no: Forbidden
                no: QuantityTooLarge 1
                no: TooShort 1m
                no: TooLong 8784h
                no: TooFarAhead 2036-11-23T00:00:00Z
            "]],
        ),
        (
            "
            resource table x2 seats 4 by mia
            now 9
            # a minute of grace
            > anna books table 8:59-10
            > anna books table 8:58-10
            > anna books table 9-10 party 5
            > anna books table 9-10 x2 party 8
            ",
            expect![[r"
                confirmed, table 8:59-10:00 x1, version 1
                no: InThePast
                no: PartyTooLarge 4
                no: BookingConflict: booking 8:59-10:00
            "]],
        ),
        (
            "
            # what has to be true is told before what is in the way, and who may do it before both
            resource table by mia
            booking b1 of berta on table 10-12
            now 11
            > anna books nowhere 10-12 x2
            > anna books table 10-12 for berta x2
            > anna books table 10-12 x2 party 9
            > mia books table 10-12 for berta
            > anna books table 11-13
            > anna books table 12-13
            ",
            expect![[r"
                no: ResourceNotFound
                no: Forbidden
                no: InThePast, QuantityTooLarge 1
                no: InThePast
                no: BookingConflict: booking 10:00-12:00
                confirmed, table 12:00-13:00 x1, version 1
            "]],
        ),
        (
            "
            # rules of the place: all that are broken, and a manager may set them aside, but never what can not be
            resource table by mia open 09:00-17:00 duration_min 60 step 30 book_notice 120 party_required at_a_time 1
            now 8
            > anna books table 8:15-8:45
            > anna books table 8:15-8:45 anyway
            > mia books table 8:15-8:45 x2 anyway
            > mia books table 8:15-8:45 anyway
            > anna books table 10-11 party 2
            > anna books table 12-13 party 2
            ",
            expect![[r"
                no: DurationMin, StartStep, BookNoticeMin, PartyRequired, Hours
                no: Forbidden
                no: QuantityTooLarge 1, DurationMin, StartStep, BookNoticeMin, PartyRequired, Hours
                confirmed, table 8:15-8:45 x1, version 1
                confirmed, table 10:00-11:00 x1, version 1
                no: Quota
            "]],
        ),
        (
            "
            # whichever can be had, the best first; where none can, what is taken is told before what breaks rules
            resource small seats 2
            resource middle seats 4
            resource large by mia seats 8 party_min 5
            resource secret hidden
            > anna books-any small,middle,large 10-11 party 2
            > wei books-any small,middle,large 10-11 party 2
            > mia books-any small,middle,large 10-11 party 2
            > wei books-any small,middle,large 10-11 party 9
            > wei books-any secret,large 10-11 party 2
            > mia books-any small,middle,large 10-11 party 2 anyway
            > wei books-any small,middle,large 10-11 party 5
            ",
            expect![[r"
                confirmed, small 10:00-11:00 x1, version 1
                confirmed, middle 10:00-11:00 x1, version 1
                no: BookingConflict: booking 10:00-11:00
                no: PartyTooLarge 2
                no: ResourceNotFound
                confirmed, large 10:00-11:00 x1, version 1
                no: BookingConflict: booking 10:00-11:00
            "]],
        ),
        (
            "
            # time in pieces; the place says when a booking ends that does not say so itself
            resource room by mia by_the lesson
            resource hall by_the day
            resource suite by_the night
            resource table service 18-21 turn 90
            now 8
            > anna books room 9-11
            > wei books room 9-10:30
            > mia books room 12-13 anyway
            > anna books hall 1d0-2d0
            > anna books hall 3d8-3d20
            > anna books suite 15-1d11
            > wei books suite 1d15-1d16 by_place
            > wei books suite 2d16-2d17 by_place
            > anna books table 17-18 party 2
            > anna books table 18-19 party 2 by_place
            > wei books table 20-21 by_place
            > wei books table 21-22 party 5 by_place
            > wei books table 21-22 party 4 by_place
            ",
            expect![[r"
                confirmed, room 9:00-11:00 x1, version 1
                no: Mode
                confirmed, room 12:00-13:00 x1, version 1
                confirmed, hall 1d0:00-2d0:00 x1, version 1
                no: Mode
                confirmed, suite 15:00-1d11:00 x1, version 1
                confirmed, suite 1d15:00-2d11:00 x1, version 1
                no: EndMissing
                no: Services
                confirmed, table 18:00-19:30 x1, version 1
                no: EndMissing
                no: EndMissing
                confirmed, table 21:00-22:30 x1, version 1
            "]],
        ),
        (
            "
            resource table by mia duration_max 60 ahead 120 party_min 2 party_max 4
            now 8
            > anna books table 12-14 party 1
            > anna books table 9-10 party 5
            > anna books table 9-10 party 4
            ",
            expect![[r"
                no: DurationMax, BookAheadMax, PartyMin
                no: PartyMax
                confirmed, table 9:00-10:00 x1, version 1
            "]],
        ),
        (
            "
            # units: what fits by the count is seated, whoever has to move
            resource pool x2 by mia
            booking b1 of berta on pool 10-12
            booking b2 of berta on pool 11-13
            booking b3 of berta on pool 13-15
            booking b4 of berta on pool 14-16
            now 9
            > anna books pool 11-12
            > anna books pool 12-13 x2
            > anna books pool 12-14
            > anna books pool 15-17
            ",
            expect![[r"
                no: BookingConflict: booking 10:00-12:00, booking 11:00-13:00
                no: BookingConflict: booking 11:00-13:00
                confirmed, pool 12:00-14:00 x1, version 1
                confirmed, pool 15:00-17:00 x1, version 1
            "]],
        ),
        (
            "
            # what has lapsed is in nobody's way, from the very instant on
            resource table asks by mia
            booking b1 of berta on table 10-12 until 9 pending
            now 8:59
            > anna books table 10-12
            now 9
            > anna books table 11-13
            ",
            expect![[r"
                no: BookingConflict: booking 10:00-12:00
                pending until 11:00, table 11:00-13:00 x1, version 1
            "]],
        ),
        (
            "
            # a hold lapses by itself, and is taken up before
            resource table by mia
            now 9
            > anna books table 10-12 hold 5 called h1
            now 9:04
            > berta books table 10-12
            > anna takes-up h1
            now 9:20
            > berta books table 10-12
            ",
            expect![[r"
                held until 9:05, table 10:00-12:00 x1, version 1
                no: BookingConflict: booking 10:00-12:00
                confirmed, table 10:00-12:00 x1, version 2
                no: BookingConflict: booking 10:00-12:00
            "]],
        ),
        (
            "
            # time that is kept free around bookings
            resource room by mia before 30 after 15
            booking b1 of berta on room 10-11
            now 8
            > anna books room 11:30-12
            > anna books room 11:45-12
            ",
            expect![[r"
                no: BookingConflict: booking 9:30-11:15
                confirmed, room 11:45-12:00 x1, version 1
            "]],
        ),
    ]
}

#[test]
fn amending_in_order() {
    check(amending());
}

fn amending() -> Vec<Case> {
    vec![
        (
            "
            # a party that grows or shrinks stays as long as parties of that size do, where the place decided how long
            resource table by mia turn 90 large_turn 150
            now 9
            > anna books table 18-19 party 2 by_place called b1
            > anna amends b1 party 6
            > anna amends b1 end 20
            > anna amends b1 party 2
            > anna amends b1 end 19:30
            > wei books table 20-21
            > anna amends b1 party 6
            > anna amends b1 party 6 end 19:30
            > anna amends b1 party 2
            now 18:10
            > mia amends b1 party 6
            ",
            expect![[r"
                confirmed, table 18:00-19:30 x1, version 1
                confirmed, table 18:00-20:30 x1, version 2
                confirmed, table 18:00-20:00 x1, version 3
                confirmed, table 18:00-20:00 x1, version 4
                confirmed, table 18:00-19:30 x1, version 5
                confirmed, table 20:00-21:00 x1, version 1
                no: BookingConflict: booking 20:00-21:00
                confirmed, table 18:00-19:30 x1, version 6
                confirmed, table 18:00-19:30 x1, version 7
                confirmed, table 18:00-19:30 x1, version 8
            "]],
        ),
        (
            "
            # nobody arrives on a day on which the house is closed; who is there stays, and leaves
            resource suite by mia by_the night open Tu-Su
            > anna books suite 15-1d11
            > anna books suite 1d15-2d11
            > anna books suite 6d15-8d11
            ",
            expect![[r"
                no: Hours
                confirmed, suite 1d15:00-2d11:00 x1, version 1
                confirmed, suite 6d15:00-8d11:00 x1, version 1
            "]],
        ),
        (
            "
            resource table by mia seats 2
            resource hall by mia
            booking b1 of anna on table 10-12 version 3
            booking b2 of berta on table 12-13
            booking b3 of berta on hall 10-12
            now 9
            > zoe amends nothing title x
            > zoe amends b1 title x
            > anna amends b1 title x seen 2
            > anna amends b1 title x seen 3
            > anna amends b1 title x
            > anna amends b1 party 3
            > anna amends b1 end 9:30
            > anna amends b1 end 12:30
            > anna amends b1 to nowhere
            > anna amends b1 to hall
            > anna amends b1 x2
            > anna amends b1 start 11 anyway
            > anna amends b1 start 8
            > anna amends b1 start 9
            ",
            expect![[r"
                no: BookingNotFound
                no: BookingNotFound
                no: Stale: version 3
                confirmed, table 10:00-12:00 x1, version 4
                nothing changes: confirmed, table 10:00-12:00 x1, version 4
                no: PartyTooLarge 2
                no: EndsBeforeItStarts
                no: BookingConflict: booking 12:00-13:00
                no: ResourceNotFound
                no: BookingConflict: booking 10:00-12:00
                no: QuantityTooLarge 1
                no: Forbidden
                no: InThePast
                confirmed, table 9:00-12:00 x1, version 5
            "]],
        ),
        (
            "
            # two things at once: not to be seen, seen too early, closed, not open to what is asked, against the rules, taken
            resource table by mia
            booking b1 of anna on table 10-12 cancelled
            booking b2 of anna on table 12-13
            booking b3 of berta on table 13-14
            booking b4 of anna on table 10-11
            now 12:30
            > zoe amends b1 seen 9 start 11
            > anna amends b1 seen 9 start 11
            > anna amends b1 to nowhere
            > anna amends b4 seen 9 end 13
            > anna amends b4 title x
            > anna amends b4 to nowhere
            > anna amends b2 to nowhere end 12
            > anna amends b2 end 12 anyway
            > anna amends b2 end 12
            > anna amends b2 end 14 x2
            > anna amends b2 end 14
            > mia amends b2 end 12:45
            ",
            expect![[r"
                no: BookingNotFound
                no: Stale: version 1
                no: BookingClosed: cancelled
                no: Stale: version 1
                confirmed, table 10:00-11:00 x1, version 2
                no: BookingClosed: over
                no: ResourceNotFound
                no: Forbidden
                no: EndsBeforeItStarts
                no: QuantityTooLarge 1
                no: BookingConflict: booking 13:00-14:00
                confirmed, table 12:00-12:45 x1, version 2
            "]],
        ),
        (
            "
            # moving asks anew, except whom a manager moves; what has begun can be made longer
            resource table by mia asks
            booking b1 of anna on table 10-12
            now 11
            > mia amends b1 end 13
            > anna amends b1 end 12
            ",
            expect![[r"
                confirmed, table 10:00-13:00 x1, version 2
                pending until 11:01, table 10:00-12:00 x1, version 3
            "]],
        ),
        (
            "
            resource table by mia move_notice 60
            booking b1 of anna on table 10-12
            now 9:30
            > anna amends b1 start 11
            > anna amends b1 title x
            > mia amends b1 start 11 anyway
            ",
            expect![[r"
                no: MoveNoticeMin
                confirmed, table 10:00-12:00 x1, version 2
                confirmed, table 11:00-12:00 x1, version 3
            "]],
        ),
        (
            "
            # a hold stays a hold
            resource table by mia
            booking b1 of anna on table 10-12 until 9:10 held
            now 9
            > anna amends b1 start 11
            > anna confirms b1
            > mia confirms b1
            ",
            expect![[r"
                held until 9:10, table 11:00-12:00 x1, version 2
                no: Forbidden
                no: BookingNotPending: held
            "]],
        ),
    ]
}

#[test]
fn cancelling_in_order() {
    check(cancelling());
}

fn cancelling() -> Vec<Case> {
    vec![
        (
            "
            resource table by mia cancel_notice 60
            booking b1 of anna on table 10-12 version 2
            booking b2 of anna on table 7-8
            booking b3 of anna on table 12-13 rejected
            booking b4 of anna on table 20-21
            now 9:30
            > anna cancels nothing
            > zoe cancels b1 seen 1
            > anna cancels b1 seen 1
            > anna cancels b3 seen 9
            > anna cancels b3
            > anna cancels b2
            > anna cancels b1
            > mia cancels b1
            > anna cancels b1
            > anna cancels b4 seen 1
            ",
            expect![[r"
                no: BookingNotFound
                no: BookingNotFound
                no: Stale: version 2
                no: Stale: version 1
                no: BookingClosed: rejected
                no: BookingClosed: over
                no: CancelNoticeMin
                cancelled, table 10:00-12:00 x1, version 3
                no: BookingClosed: cancelled
                cancelled, table 20:00-21:00 x1, version 2
            "]],
        ),
        (
            "
            # what is left of a resource that is gone
            resource table by mia
            booking b1 of anna on table 10-12
            deleted table
            now 13
            > anna cancels b1
            > anna no-shows b1
            > mia no-shows b1
            ",
            expect![[r"
                no: BookingClosed: over
                no: Forbidden
                no_show, table 10:00-12:00 x1, version 2
            "]],
        ),
    ]
}

#[test]
fn deciding_in_order() {
    check(deciding());
}

fn deciding() -> Vec<Case> {
    vec![(
        "
            resource table by mia asks
            booking b1 of anna on table 10-12 until 10 pending version 2
            booking b2 of anna on table 12-13 until 12 pending
            booking b3 of anna on table 7-8 until 20 pending
            booking b4 of anna on table 14-15
            now 9
            > mia confirms nothing
            > zoe confirms b1 seen 1
            > anna confirms b1 seen 1
            > anna rejects b4
            > mia confirms b4 seen 9
            > mia confirms b4
            > mia confirms b3
            > mia confirms b1 seen 1
            > mia confirms b1
            > mia rejects b1
            > mia rejects b2
            now 11
            > anna books table 12-13 called b5
            now 12
            > mia confirms b5
            ",
        expect![[r"
                no: BookingNotFound
                no: BookingNotFound
                no: Forbidden
                no: Forbidden
                no: Stale: version 1
                no: BookingNotPending: confirmed
                no: BookingClosed: over
                no: Stale: version 2
                confirmed, table 10:00-12:00 x1, version 3
                no: BookingNotPending: confirmed
                rejected, table 12:00-13:00 x1, version 2
                pending until 12:00, table 12:00-13:00 x1, version 1
                no: BookingNotPending: expired
            "]],
    )]
}

#[test]
fn coming_in_order() {
    check(coming());
}

fn coming() -> Vec<Case> {
    vec![
        (
            "
            resource table by mia
            booking b1 of anna on table 10-12 version 2
            booking b2 of anna on table 7-8
            booking b3 of anna on table 12-13 until 13 pending
            now 9
            > anna checks-in nothing
            > zoe checks-in b1
            > anna checks-in b1 seen 1
            > anna checks-in b3 seen 9
            > anna checks-in b3
            > anna checks-in b2
            > anna checks-in b1
            > anna ends nothing
            > anna ends b1 seen 1
            > anna ends b3
            > anna ends b2
            > anna ends b1
            > anna no-shows nothing
            > anna no-shows b1 seen 1
            > mia no-shows b1 seen 1
            > mia no-shows b3
            > anna no-shows b3
            > mia no-shows b1
            now 9:45
            > anna checks-in b1
            > mia no-shows b1
            now 10:30
            > anna ends b1
            > berta books table 10:30-12
            > mia no-shows b2
            ",
            expect![[r"
                no: BookingNotFound
                no: BookingNotFound
                no: Stale: version 2
                no: Stale: version 1
                no: BookingNot confirmed: pending
                no: BookingClosed: over
                no: NotYet: 9:45
                no: BookingNotFound
                no: Stale: version 2
                no: BookingNot checked_in: pending
                no: BookingClosed: over
                no: NotYet: 10:00
                no: BookingNotFound
                no: Forbidden
                no: Stale: version 2
                no: BookingNot confirmed: pending
                no: Forbidden
                no: NotYet: 10:00
                checked_in, table 10:00-12:00 x1, version 3
                no: BookingNot confirmed: checked_in
                completed, table 10:00-10:30 x1, version 4
                confirmed, table 10:30-12:00 x1, version 1
                no_show, table 7:00-8:00 x1, version 2
            "]],
        ),
        (
            "
            resource table by mia seats 2
            booking b1 of anna on table 10-12 until 9:10 held
            booking b2 of anna on table 12-13
            now 9
            > anna takes-up nothing
            > zoe takes-up b1
            > anna takes-up b1 seen 9
            > anna takes-up b2
            > anna takes-up b1 party 3
            > anna takes-up b1 party 2
            ",
            expect![[r"
                no: BookingNotFound
                no: BookingNotFound
                no: Stale: version 1
                no: BookingNot held: confirmed
                no: PartyTooLarge 2
                confirmed, table 10:00-12:00 x1, version 2
            "]],
        ),
        (
            "
            # a hold that outlives its booking
            resource table by mia
            now 9
            > anna books table 9-9:05 hold 10 called h1
            now 9:05
            > anna takes-up h1
            ",
            expect![[r"
                held until 9:10, table 9:00-9:05 x1, version 1
                no: BookingClosed: over
            "]],
        ),
        (
            "
            # who has come has had it when it is over, and what is kept free after it stays so; they may stay if nobody comes after
            resource table by mia after 30
            booking b1 of anna on table 10-12
            now 10
            > anna checks-in b1
            now 12
            > anna amends b1 title x
            > anna checks-in b1
            > mia undoes b1
            > anna cancels b1
            > berta books table 12-13
            > anna amends b1 end 12:20
            now 12:20
            > root lapses b1
            > root lapses b1
            > zoe ends b1
            > anna amends b1 start 12:30 end 13
            > anna amends b1 end 12:40
            now 12:50
            > berta books table 12:55-13:30
            > mia ends b1 seen 1
            > mia ends b1
            > mia ends b1
            > anna amends b1 end 13
            > berta books table 12:55-13:30
            > berta books table 13:10-14
            ",
            expect![[r"
                checked_in, table 10:00-12:00 x1, version 2
                no: BookingClosed: completed
                no: BookingNot confirmed: completed
                no: NothingToUndo
                no: BookingClosed: completed
                no: BookingConflict: booking 10:00-12:30
                checked_in, table 10:00-12:20 x1, version 3
                completed, table 10:00-12:20 x1, version 4
                nothing changes: completed, table 10:00-12:20 x1, version 4
                no: BookingNotFound
                no: BookingClosed: completed
                checked_in, table 10:00-12:40 x1, version 5
                no: BookingConflict: booking 10:00-13:10
                no: Stale: version 5
                completed, table 10:00-12:40 x1, version 6
                no: BookingNot checked_in: completed
                no: BookingClosed: completed
                no: BookingConflict: booking 10:00-13:10
                confirmed, table 13:10-14:00 x1, version 1
            "]],
        ),
        (
            "
            # for six hours, and then it is what has been; who has come after them stays
            resource table by mia
            booking b1 of anna on table 10-12 checked_in
            booking b2 of anna on table 12-13 checked_in
            now 15
            > berta books table 15-16
            > anna amends b2 end 15:30
            > anna amends b2 end 15
            now 18
            > anna amends b1 end 18:30
            > anna ends b1
            > anna ends b2
            > root lapses b1
            ",
            expect![[r"
                confirmed, table 15:00-16:00 x1, version 1
                no: BookingConflict: booking 15:00-16:00
                no: BookingClosed: completed
                no: BookingClosed: completed
                no: BookingNot checked_in: completed
                completed, table 12:00-13:00 x1, version 2
                completed, table 10:00-12:00 x1, version 2
            "]],
        ),
        (
            "
            # nobody has checked in
            resource table by mia check_in_closes 15
            booking b1 of anna on table 10-12 until 10:15
            now 10:10
            > root lapses b1
            now 10:15
            > anna checks-in b1
            > root lapses b1
            > root lapses b1
            > root lapses nothing
            ",
            expect![[r"
                nothing changes: confirmed until 10:15, table 10:00-12:00 x1, version 1
                no: BookingNot confirmed: no_show
                no_show, table 10:00-12:00 x1, version 2
                nothing changes: no_show, table 10:00-12:00 x1, version 2
                no: BookingNotFound
            "]],
        ),
    ]
}

#[test]
fn undoing_in_order() {
    check(undoing());
}

fn undoing() -> Vec<Case> {
    vec![
        (
            "
            # who may, of what, and once
            resource table by mia
            booking b1 of anna on table 10-12
            now 10
            > mia undoes nothing
            > zoe undoes b1
            > anna undoes b1
            > mia undoes b1 seen 9
            > mia undoes b1
            > anna checks-in b1
            > anna undoes b1
            > mia undoes b1 seen 1
            > mia undoes b1 seen 2
            > mia undoes b1
            > mia checks-in b1
            > mia cancels b1
            > mia undoes b1
            ",
            expect![[r"
                no: BookingNotFound
                no: BookingNotFound
                no: Forbidden
                no: Stale: version 1
                no: NothingToUndo
                checked_in, table 10:00-12:00 x1, version 2
                no: Forbidden
                no: Stale: version 2
                confirmed, table 10:00-12:00 x1, version 3
                no: NothingToUndo
                checked_in, table 10:00-12:00 x1, version 4
                cancelled, table 10:00-12:00 x1, version 5
                no: NothingToUndo
            "]],
        ),
        (
            "
            # a cancelling is taken back by whoever may cancel, where the time is free still, and not once it has begun
            resource table by mia
            booking b1 of anna on table 10-12
            now 9
            > anna cancels b1
            > zoe undoes b1
            > anna undoes b1 seen 1
            > berta books table 11-13 called b2
            > anna undoes b1
            > berta cancels b2
            > anna undoes b1
            > anna undoes b1
            > mia cancels b1
            > mia undoes b1
            > anna cancels b1
            now 10:02
            > anna undoes b1
            now 11
            > anna undoes b1
            ",
            expect![[r"
                cancelled, table 10:00-12:00 x1, version 2
                no: BookingNotFound
                no: Stale: version 2
                confirmed, table 11:00-13:00 x1, version 1
                no: BookingConflict: booking 11:00-13:00
                cancelled, table 11:00-13:00 x1, version 2
                confirmed, table 10:00-12:00 x1, version 3
                no: Forbidden
                cancelled, table 10:00-12:00 x1, version 4
                confirmed, table 10:00-12:00 x1, version 5
                cancelled, table 10:00-12:00 x1, version 6
                no: NothingToUndo
                no: NothingToUndo
            "]],
        ),
        (
            "
            # an end gives back the rest, and takes it again where it is free; where it stood before was checked in
            resource table by mia
            booking b1 of anna on table 10-12
            now 10
            > anna checks-in b1
            > anna amends b1 end 13
            now 10:30
            > mia ends b1
            > mia undoes b1
            > mia undoes b1
            now 11
            > mia ends b1
            > berta books table 12-13 called b2
            > mia undoes b1
            > mia cancels b2
            > mia undoes b1
            ",
            expect![[r"
                checked_in, table 10:00-12:00 x1, version 2
                checked_in, table 10:00-13:00 x1, version 3
                completed, table 10:00-10:30 x1, version 4
                checked_in, table 10:00-13:00 x1, version 5
                no: NothingToUndo
                completed, table 10:00-11:00 x1, version 6
                confirmed, table 12:00-13:00 x1, version 1
                no: BookingConflict: booking 12:00-13:00
                cancelled, table 12:00-13:00 x1, version 2
                checked_in, table 10:00-13:00 x1, version 7
            "]],
        ),
        (
            "
            # not too late: an hour, or until it is over
            resource table by mia
            booking b1 of anna on table 9-12
            booking b2 of anna on table 12-12:30
            now 9:30
            > mia no-shows b1
            now 10:29
            > mia undoes b1
            > mia no-shows b1
            now 11:29
            > mia undoes b1
            now 12:10
            > mia no-shows b2
            now 12:30
            > mia undoes b2
            ",
            expect![[r"
                no_show, table 9:00-12:00 x1, version 2
                confirmed, table 9:00-12:00 x1, version 3
                no_show, table 9:00-12:00 x1, version 4
                no: NothingToUndo
                no_show, table 12:00-12:30 x1, version 2
                no: NothingToUndo
            "]],
        ),
        (
            "
            # who came too late to check in has another while to do it, also where nobody has written down that they missed it
            resource table by mia check_in_closes 15
            booking b1 of anna on table 10-12 until 10:15
            booking b2 of anna on table 12-14 until 12:15
            now 10:20
            > mia undoes b1
            > root lapses b1
            now 10:40
            > root lapses b1
            > mia undoes b1
            > mia checks-in b1
            now 12:20
            > berta books table 12:20-12:30
            > mia undoes b2
            ",
            expect![[r"
                confirmed until 10:35, table 10:00-12:00 x1, version 3
                nothing changes: confirmed until 10:35, table 10:00-12:00 x1, version 3
                no_show, table 10:00-12:00 x1, version 4
                confirmed until 10:55, table 10:00-12:00 x1, version 5
                checked_in, table 10:00-12:00 x1, version 6
                confirmed until 12:35, table 12:20-12:30 x1, version 1
                no: BookingConflict: booking 12:20-12:30
            "]],
        ),
        (
            "
            # all that it held is had again, or nothing: parts, what was booked along, buffers
            resource left by mia
            resource right by mia
            resource hall by mia of left,right
            resource projector x2 by mia
            now 9
            > anna books hall 10-12 with projector called b1
            now 10:05
            > mia no-shows b1
            > berta books left 11-12 called b2
            > mia undoes b1
            > mia cancels b2
            > mia undoes b1
            > berta books right 11-12
            > berta books projector 11-12
            > berta books projector 11-12
            ",
            expect![[r"
                confirmed, hall 10:00-12:00 x1 with projector x1, version 1
                no_show, hall 10:00-12:00 x1 with projector x1, version 2
                confirmed, left 11:00-12:00 x1, version 1
                no: BookingConflict: booking 11:00-12:00
                cancelled, left 11:00-12:00 x1, version 2
                confirmed, hall 10:00-12:00 x1 with projector x1, version 3
                no: BookingConflict: booking 10:00-12:00
                confirmed, projector 11:00-12:00 x1, version 1
                no: BookingConflict: booking 10:00-12:00, booking 11:00-12:00
            "]],
        ),
        (
            "
            # whoever goes early leaves a room behind that is cleaned all the same, and may come back to it
            resource room after 30 by mia
            booking b1 of anna on room 10-12 checked_in
            now 10:30
            > anna ends b1
            > berta books room 10:45-11:30
            > mia undoes b1
            > anna ends b1
            > berta books room 11-11:30
            > mia undoes b1
            ",
            expect![[r"
                completed, room 10:00-10:30 x1, version 2
                no: BookingConflict: booking 10:00-11:00
                checked_in, room 10:00-12:00 x1, version 3
                completed, room 10:00-10:30 x1, version 4
                confirmed, room 11:00-11:30 x1, version 1
                no: BookingConflict: booking 11:00-12:00
            "]],
        ),
        (
            "
            # what stands after it is moved to another unit where that lets it stand again
            resource table x2 by mia
            booking b1 of anna on table 10-12
            booking b2 of anna on table 11-13
            now 10
            > mia no-shows b1
            > berta books table 10:30-11
            > berta books table 12-13
            > mia undoes b1
            > berta books table 10:30-10:45
            ",
            expect![[r"
                no_show, table 10:00-12:00 x1, version 2
                confirmed, table 10:30-11:00 x1, version 1
                confirmed, table 12:00-13:00 x1, version 1
                confirmed, table 10:00-12:00 x1, version 3
                no: BookingConflict: booking 10:00-12:00, booking 10:30-11:00
            "]],
        ),
        (
            "
            # nothing of it is left where its resource is gone, or its guest forgotten
            resource table by mia
            booking b1 of anna on table 10-12
            now 9
            > mia books table 12-14 guest Vera called b2
            now 10
            > mia no-shows b1
            deleted table
            > mia undoes b1
            now 12
            > mia no-shows b2
            > mia forgets b2
            > mia undoes b2
            ",
            expect![[r"
                confirmed, table 12:00-14:00 x1, version 1
                no_show, table 10:00-12:00 x1, version 2
                no: ResourceNotFound
                no_show, table 12:00-14:00 x1, version 2
                no_show, table 12:00-14:00 x1, version 3
                no: NothingToUndo
            "]],
        ),
    ]
}

#[test]
fn blocking_in_order() {
    check(blocking());
}

fn blocking() -> Vec<Case> {
    vec![
        (
            "
            resource table x2 by mia
            booking b1 of anna on table 10-12
            booking b2 of anna on table 11-13
            block k1 on table 14-15
            now 9
            > mia blocks nowhere 10-12
            > anna blocks table 4000d10-4000d12
            > mia blocks table 4000d10-4000d12
            > mia blocks table 10-3671d10
            > mia blocks table 10-15 cancelling
            > mia blocks table 11-14
            > mia blocks table 11:30-14 cancelling
            > anna books table 10-11
            > anna books table 13-14
            > anna unblocks k1
            > mia unblocks nothing
            > mia unblocks k1
            > anna books table 14-15 x2
            ",
            expect![[r#"
                no: ResourceNotFound
                no: Forbidden
                no: TooFarAhead 2036-11-23T09:00:00Z
                no: TooLong 87840h
                no: BlockOverlapsBlock: block 14:00-15:00
                no: BlockConflict: b1, b2
                blocked, table 11:30-14:00, cancelled ["b1", "b2"]
                confirmed, table 10:00-11:00 x1, version 1
                no: BookingConflict: block 11:30-14:00
                no: Forbidden
                no: BlockNotFound
                gone
                confirmed, table 14:00-15:00 x2, version 1
            "#]],
        ),
        (
            "
            # what has been can not be cancelled
            resource table by mia
            booking b1 of anna on table 10-12
            now 12
            > mia blocks table 11-14 cancelling
            > mia blocks table 11-14
            deleted table
            > mia blocks table 15-16
            ",
            expect![[r"
                no: BlockConflict: b1
                no: BlockConflict: b1
                no: ResourceNotFound
            "]],
        ),
        (
            "
            resource table by mia
            block k1 on table 10-12
            deleted table
            > zoe unblocks k1
            ",
            expect![[r"
                no: ResourceNotFound
            "]],
        ),
        (
            "
            # one command may touch so many, and no more
            resource table by mia
            crowd 10001 on table from 10
            now 9
            > mia blocks table 10-9d0 cancelling
            > mia deletes table cancelling
            > mia deletes table
            ",
            expect![[r"
                no: TooManyAffected
                no: TooManyAffected
                no: ResourceInUse: 10001
            "]],
        ),
    ]
}

#[test]
fn managing_in_order() {
    check(managing());
}

fn managing() -> Vec<Case> {
    vec![
        (
            "
            site north by mia
            site south by lea
            > zoe creates hall closed in nowhere
            > mia creates hall in south
            > mia creates hall in nowhere
            > root creates hall in nowhere
            > root creates hall in north area attic
            > mia creates hall in north
            > root creates room closed
            ",
            expect![[r"
                no: Forbidden
                no: Forbidden
                no: Forbidden
                no: PlaceNotFound: site nowhere
                no: PlaceNotFound: area attic
                hall x1, version 1
                room x1, version 1
            "]],
        ),
        (
            "
            site south by lea
            resource table x3 version 2 by mia
            booking b1 of anna on table 10-12 x2
            now 9
            > anna updates nowhere x1 seen 1
            > anna updates table x1 seen 1
            > mia updates table x1 seen 1
            > mia updates table x1 in south
            > mia updates table x1
            > mia updates table x3
            > mia updates table x3 seen 2
            > mia updates table x2
            > anna books table 11-12
            ",
            expect![[r"
                no: ResourceNotFound
                no: Forbidden
                no: Stale: version 2
                no: Forbidden
                no: ResourceInUse: 1
                nothing changes: table x3, version 2
                table x3, version 3
                table x2, version 4
                no: BookingConflict: booking 10:00-12:00
            "]],
        ),
        (
            "
            # what runs goes to a unit that is left, and what has been there makes way
            resource table x2 by mia
            booking b1 of anna on table 10-11
            booking b2 of anna on table 10:30-14
            now 12
            > mia updates table x1
            > anna books table 12-13
            > anna books table 14-15
            ",
            expect![[r"
                table x1, version 2
                no: BookingConflict: booking 10:30-14:00
                confirmed, table 14:00-15:00 x1, version 1
            "]],
        ),
        (
            "
            resource table by mia version 2
            booking b1 of anna on table 10-12
            booking b2 of anna on table 12-13
            now 11
            > anna deletes nowhere seen 1
            > anna deletes table seen 1
            > mia deletes table seen 1
            > mia deletes table
            > mia deletes table cancelling
            > mia deletes table
            > anna cancels b1
            ",
            expect![[r"
                no: ResourceNotFound
                no: Forbidden
                no: Stale: version 2
                no: ResourceInUse: 2
                gone
                no: ResourceNotFound
                no: BookingClosed: cancelled
            "]],
        ),
        (
            "
            # of what is over only the time after it is left, and that is nothing to cancel
            resource room by mia after 60
            booking b1 of anna on room 10-11
            now 11:30
            > anna books room 11:30-12
            > mia deletes room
            > anna cancels b1
            ",
            expect![[r"
                no: BookingConflict: booking 10:00-12:00
                gone
                no: BookingClosed: over
            "]],
        ),
    ]
}

#[test]
fn several_in_order() {
    check(several());
}

fn several() -> Vec<Case> {
    vec![(
        "
            resource table by mia
            now 9
            > anna books table 10-12; books table 11-13; books nowhere 10-12; cancels nothing
            > anna books table 10-12 called b1; cancels b1; books table 11-13
            > anna books table 10-12
            ",
        expect![[r"
                no: Several: 1: BookingConflict: booking 10:00-12:00; 2: ResourceNotFound; 3: BookingNotFound
                confirmed, table 10:00-12:00 x1, version 1; cancelled, table 10:00-12:00 x1, version 2; confirmed, table 11:00-13:00 x1, version 1
                no: BookingConflict: booking 11:00-13:00
            "]],
    )]
}

#[test]
fn spreading_in_order() {
    check(spreading());
}

fn spreading() -> Vec<Case> {
    vec![
        (
            "
            # whole and part exclude each other, and parts leave each other alone
            resource west by mia
            resource east by mia
            resource hall of west,east by mia
            > anna books west 10-12 called b1
            > berta books hall 11-13
            > berta books east 10-12 called b2
            > berta books hall 12-14 called b3
            > anna books east 13-15
            > mia blocks west 13-14
            > anna amends b2 end 12:30
            > berta amends b3 start 13 end 14
            > anna books east 12-13 called b4
            > anna amends b4 to hall
            > berta cancels b3
            > anna amends b4 to hall
            > anna books west 12-13
            > mia blocks hall 12-16 cancelling
            > mia blocks east 15-16
            > anna books west 12-13
            ",
            expect![[r#"
                confirmed, west 10:00-12:00 x1, version 1
                no: BookingConflict: booking 10:00-12:00
                confirmed, east 10:00-12:00 x1, version 1
                confirmed, hall 12:00-14:00 x1, version 1
                no: BookingConflict: booking 12:00-14:00
                no: BlockConflict: b3
                no: BookingNotFound
                confirmed, hall 13:00-14:00 x1, version 2
                confirmed, east 12:00-13:00 x1, version 1
                confirmed, hall 12:00-13:00 x1, version 2
                cancelled, hall 13:00-14:00 x1, version 3
                nothing changes: confirmed, hall 12:00-13:00 x1, version 2
                no: BookingConflict: booking 12:00-13:00
                blocked, hall 12:00-16:00, cancelled ["b4"]
                no: BlockOverlapsBlock: block 12:00-16:00
                no: BookingConflict: block 12:00-16:00
            "#]],
        ),
        (
            "
            # all of it is had, or nothing
            resource room seats 4 by mia
            resource small seats 2 by mia
            resource projector x2 by mia
            now 9
            > anna books room 10-12 with projector
            > berta books small 10-12 with projector*2
            > berta books small 10-12 with projector called b1
            > berta books small 14-16 with projector*3
            > berta books small 14-16 with nowhere
            > berta books room 14-16 party 7 with small
            > berta books room 14-16 party 6 with small called b2
            > anna books small 15-16
            > berta amends b2 with nothing
            > berta amends b2 with nothing party 4
            > anna books small 15-16
            > berta amends b2 with projector*2
            > mia updates projector x1
            > berta amends b1 start 15 end 16
            > mia deletes projector
            > mia deletes projector cancelling
            > anna books small 10-12
            ",
            expect![[r"
                confirmed, room 10:00-12:00 x1 with projector x1, version 1
                no: BookingConflict: booking 10:00-12:00
                confirmed, small 10:00-12:00 x1 with projector x1, version 1
                no: QuantityTooLarge 2
                no: ResourceNotFound
                no: PartyTooLarge 6
                confirmed, room 14:00-16:00 x1 with small x1, version 1
                no: BookingConflict: booking 14:00-16:00
                no: PartyTooLarge 4
                confirmed, room 14:00-16:00 x1, version 2
                confirmed, small 15:00-16:00 x1, version 1
                confirmed, room 14:00-16:00 x1 with projector x2, version 3
                no: ResourceInUse: 3
                no: BookingConflict: booking 14:00-16:00, booking 15:00-16:00
                no: ResourceInUse: 3
                gone
                confirmed, small 10:00-12:00 x1, version 1
            "]],
        ),
        (
            "
            # who manages what was booked along sees it, and may take it back; it is not theirs to change
            resource room by mia cancel_notice 600
            resource half by lena
            resource stage by otto of half
            resource projector by otto
            now 9
            > anna books room 10-12 with projector,stage called b1
            > anna books room 13-14 called b2
            > anna books room 15-16 with projector hold 30 called b3
            > otto amends b1 title x
            > otto amends b1 start 11 end 12
            > otto amends b2 title x
            > otto takes-up b3
            > lena cancels b1
            > berta cancels b1
            > anna cancels b1
            > otto cancels b2
            > otto cancels b1 seen 7
            > otto cancels b1
            > lena undoes b1
            > otto undoes b1
            now 10
            > otto checks-in b1
            > otto undoes b1
            > anna no-shows b1
            > otto no-shows b1
            > anna undoes b1
            > otto undoes b1
            > otto checks-in b1
            > otto amends b1 end 13
            > otto ends b1
            > mia amends b2 title x
            ",
            expect![[r"
                confirmed, room 10:00-12:00 x1 with projector x1 with stage x1, version 1
                confirmed, room 13:00-14:00 x1, version 1
                held until 9:10, room 15:00-16:00 x1 with projector x1, version 1
                no: Forbidden
                no: Forbidden
                no: BookingNotFound
                no: Forbidden
                no: BookingNotFound
                no: BookingNotFound
                no: CancelNoticeMin
                no: BookingNotFound
                no: Stale: version 1
                cancelled, room 10:00-12:00 x1 with projector x1 with stage x1, version 2
                no: BookingNotFound
                confirmed, room 10:00-12:00 x1 with projector x1 with stage x1, version 3
                checked_in, room 10:00-12:00 x1 with projector x1 with stage x1, version 4
                confirmed, room 10:00-12:00 x1 with projector x1 with stage x1, version 5
                no: Forbidden
                no_show, room 10:00-12:00 x1 with projector x1 with stage x1, version 6
                no: Forbidden
                confirmed, room 10:00-12:00 x1 with projector x1 with stage x1, version 7
                checked_in, room 10:00-12:00 x1 with projector x1 with stage x1, version 8
                no: Forbidden
                no: NotYet: 10:00
                confirmed, room 13:00-14:00 x1, version 2
            "]],
        ),
        (
            "
            # a hold, a request and a check-in keep and give back everything
            resource west by mia
            resource hall of west asks by mia
            now 9
            > anna books hall 10-12 hold 10 called b1
            > berta books west 10-12
            now 9:10
            > berta books west 10-11 called b2
            > anna takes-up b1
            > anna books hall 11-13 called b3
            > mia confirms b3
            now 11
            > mia checks-in b3
            > berta books west 12-13
            now 12
            > mia ends b3
            > berta books west 12-13
            ",
            expect![[r"
                held until 9:10, hall 10:00-12:00 x1, version 1
                no: BookingConflict: booking 10:00-12:00
                confirmed, west 10:00-11:00 x1, version 1
                no: BookingNot held: expired
                pending until 11:00, hall 11:00-13:00 x1, version 1
                confirmed, hall 11:00-13:00 x1, version 2
                checked_in, hall 11:00-13:00 x1, version 3
                no: BookingConflict: booking 11:00-13:00
                completed, hall 11:00-12:00 x1, version 4
                confirmed, west 12:00-13:00 x1, version 1
            "]],
        ),
        (
            "
            # what can be a part
            resource west by mia
            resource east by otto
            resource chairs x2 by mia
            resource hall of west by mia
            resource north by mia
            resource dome of north by mia
            > mia creates a of west,a
            > mia creates a of nowhere
            > mia creates a of hall
            > mia creates a of chairs
            > mia creates a of east
            > mia creates wing of west
            > mia updates west of chairs
            > mia updates west x2
            > mia deletes west
            > anna books hall 10-11 called b1
            > mia updates hall of nothing
            > anna cancels b1
            > mia updates hall of nothing
            > mia deletes wing
            > mia deletes west
            > mia blocks dome 10-11
            > mia updates dome of nothing
            ",
            expect![[r"
                no: BadPart: a Itself
                no: BadPart: nowhere NotThere
                no: BadPart: hall HasParts
                no: BadPart: chairs HasUnits
                no: BadPart: east NotManaged
                wing x1, version 1
                no: IsPart: hall, wing
                no: IsPart: hall, wing
                no: IsPart: hall, wing
                confirmed, hall 10:00-11:00 x1, version 1
                no: ResourceInUse: 1
                cancelled, hall 10:00-11:00 x1, version 2
                hall x1, version 2
                gone
                gone
                blocked, dome 10:00-11:00, cancelled []
                no: BlockOverlapsBlock: block 10:00-11:00
            "]],
        ),
        (
            "
            # nothing is held twice
            resource west by mia
            resource east by mia
            resource hall of west,east by mia
            resource wing of west by mia
            > anna books hall 10-11 with west
            > anna books hall 10-11 with wing
            > anna books hall 10-11 with hall
            > anna books west 10-11 with hall
            > anna books west 10-11 with east
            ",
            expect![[r"
                no: Twice: west
                no: Twice: west
                no: Twice: hall
                no: Twice: west
                confirmed, west 10:00-11:00 x1 with east x1, version 1
            "]],
        ),
        (
            "
            # what is booked along has its say in everything
            resource room by mia
            resource beamer by mia open 00:00-20:00 duration_max 120 after 30 party_required
            > anna books room 10-13 with beamer
            > anna books room 10-12 party 3 with beamer
            > berta books beamer 12-13 party 1
            > berta books room 12-12:30
            > mia books room 13-16 with beamer anyway
            ",
            expect![[r"
                no: DurationMax, PartyRequired
                confirmed, room 10:00-12:00 x1 with beamer x1, version 1
                no: BookingConflict: booking 10:00-12:30
                no: BookingConflict: booking 10:00-12:30
                confirmed, room 13:00-16:00 x1 with beamer x1, version 1
            "]],
        ),
        (
            "
            # it makes no difference what of it is named first: who comes, and how much somebody has of it
            resource room seats 4 by mia party_min 3 at_a_time 2
            resource small seats 2 by mia
            resource projector x4 by mia at_a_time 1
            resource garden by mia
            > anna books projector 10-11 party 2 with room
            > anna books projector 10-11 party 5 with room
            > anna books projector 10-11 party 7 with room,small,garden
            > anna books projector 10-11 party 6 with room,small,garden called b1
            > anna books room 12-13 party 3 with projector
            > anna books room 12-13 party 3 called b2
            > anna books small 14-15 party 3 with room
            > anna amends b1 with small party 2
            > anna books small 14-15 party 3 with room called b3
            > anna amends b2 with projector
            > mia amends b2 with projector anyway
            > berta books garden 12-13 party 100 with projector
            > anna cancels b1
            > anna amends b3 with room,projector
            ",
            expect![[r"
                no: PartyMin
                no: PartyTooLarge 4
                no: PartyTooLarge 6
                confirmed, projector 10:00-11:00 x1 with room x1 with small x1 with garden x1, version 1
                no: Quota
                confirmed, room 12:00-13:00 x1, version 1
                no: Quota
                confirmed, projector 10:00-11:00 x1 with small x1, version 2
                confirmed, small 14:00-15:00 x1 with room x1, version 1
                no: Quota
                confirmed, room 12:00-13:00 x1 with projector x1, version 2
                confirmed, garden 12:00-13:00 x1 with projector x1, version 1
                cancelled, projector 10:00-11:00 x1 with small x1, version 3
                no: Quota
            "]],
        ),
    ]
}

#[test]
fn what_is_booked_along_is_somebody_s() {
    check(beside());
}

fn beside() -> Vec<Case> {
    vec![
        (
            "
            # whoever sets a rule aside, or books for somebody, manages all that is asked for, whichever is named first
            resource own by eve
            resource room duration_max 60 by boss
            resource board asks by boss
            > eve books room 10-12 anyway
            > eve books own 10-12 with room anyway
            > eve books own 10-11 for anna with room
            > eve books own 10-11 guest gus with room
            > eve books own 10-11 for anna called b1
            > eve amends b1 to room
            > eve amends b1 with room
            > anna amends b1 with room
            > eve books own 12-13 called b2
            > eve amends b2 end 14 with room anyway
            > boss books room 14-16 with board anyway
            > root books own 14-16 for anna with board,room anyway
            ",
            expect![[r"
                no: Forbidden
                no: Forbidden
                no: Forbidden
                no: Forbidden
                confirmed, own 10:00-11:00 x1, version 1
                no: Forbidden
                no: Forbidden
                confirmed, own 10:00-11:00 x1 with room x1, version 2
                confirmed, own 12:00-13:00 x1, version 1
                no: Forbidden
                pending until 14:00, room 14:00-16:00 x1 with board x1, version 1
                no: BookingConflict: booking 14:00-16:00
            "]],
        ),
        (
            "
            # nobody says yes to a request of their own in somebody else's name, and whoever is asked may say no
            resource own by eve
            resource board asks by boss
            resource hall asks by hans
            > eve books own 10-11 with board called b1
            > eve confirms b1
            > root confirms b1
            > eve books own 12-13 called b2
            > eve amends b2 with board
            > eve confirms b2
            > eve rejects b2
            > eve books own 14-15 with board,hall called b3
            > root amends b3 end 15:30
            > eve amends b3 end 15
            > eve confirms b3
            > root confirms b3
            ",
            expect![[r"
                pending until 10:00, own 10:00-11:00 x1 with board x1, version 1
                no: Forbidden
                confirmed, own 10:00-11:00 x1 with board x1, version 2
                confirmed, own 12:00-13:00 x1, version 1
                pending until 12:00, own 12:00-13:00 x1 with board x1, version 2
                no: Forbidden
                rejected, own 12:00-13:00 x1 with board x1, version 3
                pending until 14:00, own 14:00-15:00 x1 with board x1 with hall x1, version 1
                pending until 14:00, own 14:00-15:30 x1 with board x1 with hall x1, version 2
                pending until 14:00, own 14:00-15:00 x1 with board x1 with hall x1, version 3
                no: Forbidden
                confirmed, own 14:00-15:00 x1 with board x1 with hall x1, version 4
            "]],
        ),
        (
            "
            # a guest stays in the house
            site bistro
            resource table by mia in bistro
            resource other public by mia in bistro
            resource own public by eve
            resource room public by boss
            > mia books table 10-11 guest gus called b1
            > eve books own 10-11 guest gil called b2
            > @b1 amends b1 to other
            > @b1 amends b1 to room
            > @b1 amends b1 with own
            > @b2 amends b2 to room
            > @b2 amends b2 with room
            > @b2 amends b2 to table
            > @b2 amends b2 end 12
            ",
            expect![[r"
                confirmed, table 10:00-11:00 x1, version 1
                confirmed, own 10:00-11:00 x1, version 1
                confirmed, other 10:00-11:00 x1, version 2
                no: Forbidden
                no: Forbidden
                no: Forbidden
                no: Forbidden
                no: ResourceNotFound
                confirmed, own 10:00-12:00 x1, version 2
            "]],
        ),
        (
            "
            # who comes is asked again when another party comes, and who has begun is let be
            resource table seats 20 party_min 2 party_max 4 by mia
            resource chairs x9 party_max 6 by mia
            resource big seats 20 party_required by mia
            > anna books table 10-11 party 4 called b1
            > anna amends b1 party 12
            > anna amends b1 party 1
            > anna amends b1 party 12 anyway
            > mia amends b1 party 12 anyway
            > anna books big 10-11 party 4 with chairs called b2
            > anna amends b2 party 7
            > anna books table 12-13 party 4 hold 5 called b3
            > anna takes-up b3 party 15
            > anna takes-up b3 party 3
            now 12:30
            > anna amends b3 party 5
            ",
            expect![[r"
                confirmed, table 10:00-11:00 x1, version 1
                no: PartyMax
                no: PartyMin
                no: Forbidden
                confirmed, table 10:00-11:00 x1, version 2
                confirmed, big 10:00-11:00 x1 with chairs x1, version 1
                no: PartyMax
                held until 0:05, table 12:00-13:00 x1, version 1
                no: PartyMax
                confirmed, table 12:00-13:00 x1, version 2
                confirmed, table 12:00-13:00 x1, version 3
            "]],
        ),
        (
            "
            # a hold outside of the hours needs the same word as a booking there
            resource room open 08:00-18:00 asks_outside by mia
            > anna books room 20-21
            > anna books room 22-23 hold 5 called b1
            > anna takes-up b1
            > anna books room 10-11 hold 5 called b2
            > anna takes-up b2
            ",
            expect![[r"
                pending until 20:00, room 20:00-21:00 x1, version 1
                held until 0:05, room 22:00-23:00 x1, version 1
                pending until 22:00, room 22:00-23:00 x1, version 2
                held until 0:05, room 10:00-11:00 x1, version 1
                confirmed, room 10:00-11:00 x1, version 2
            "]],
        ),
        (
            "
            # it is too late to leave where it is too late to move, and nobody is kept from staying longer
            resource room move_notice 600 cancel_notice 600 by mia
            resource beamer move_notice 600 cancel_notice 600 by mia
            resource other by mia
            booking b1 of anna on room 10-12
            > anna books other 12-13 with beamer called b2
            > anna books room 13-14 called b4
            now 8
            > anna amends b1 to other
            > anna cancels b1
            > anna amends b2 with nothing
            > anna cancels b2
            > mia amends b1 to other anyway
            > anna amends b4 end 14:30
            now 13:05
            > anna checks-in b4
            > anna amends b4 end 15
            ",
            expect![[r"
                confirmed, other 12:00-13:00 x1 with beamer x1, version 1
                confirmed, room 13:00-14:00 x1, version 1
                no: MoveNoticeMin
                no: CancelNoticeMin
                no: MoveNoticeMin
                no: CancelNoticeMin
                confirmed, other 10:00-12:00 x1, version 2
                no: MoveNoticeMin
                checked_in, room 13:00-14:00 x1, version 2
                checked_in, room 13:00-15:00 x1, version 3
            "]],
        ),
        (
            "
            # a party that turns out larger stays as long as parties of that size do
            resource table seats 8 turn 90 large_turn 150 by mia
            booking b9 of berta on table 18-20
            > anna books table 12-13 party 2 by_place hold 5 called b1
            > anna takes-up b1 party 8
            > anna books table 16-17 party 2 by_place hold 5 called b2
            > anna takes-up b2 party 8
            > anna takes-up b2 party 3
            ",
            expect![[r"
                held until 0:05, table 12:00-13:30 x1, version 1
                confirmed, table 12:00-14:30 x1, version 2
                held until 0:05, table 16:00-17:30 x1, version 1
                no: BookingConflict: booking 18:00-20:00
                confirmed, table 16:00-17:30 x1, version 2
            "]],
        ),
        (
            "
            # a full kitchen is full for whoever names something else first
            site bistro
            resource table in bistro pacing 4 by mia
            resource other in bistro pacing 4 by mia
            resource own by eve
            > anna books table 19-20 party 3 called b1
            > eve books own 19-20 party 2 with other
            > eve books own 19-20 party 1 with other called b2
            > eve amends b2 end 21
            > eve amends b2 party 2
            > eve books own 21-22 party 2 with other
            ",
            expect![[r"
                confirmed, table 19:00-20:00 x1, version 1
                no: Pacing
                confirmed, own 19:00-20:00 x1 with other x1, version 1
                confirmed, own 19:00-21:00 x1 with other x1, version 2
                no: Pacing
                confirmed, own 21:00-22:00 x1 with other x1, version 1
            "]],
        ),
        (
            "
            # what has no site has it in common with nobody
            site bistro
            resource room at_a_site 1 by mia
            resource away by eve
            resource table at_a_site 1 by mia in bistro
            resource bench at_a_site 1 by mia in bistro
            > anna books away 10-11
            > anna books room 10-11
            > anna books room 12-13
            > anna books table 14-15
            > anna books bench 16-17
            ",
            expect![[r"
                confirmed, away 10:00-11:00 x1, version 1
                confirmed, room 10:00-11:00 x1, version 1
                no: Quota
                confirmed, table 14:00-15:00 x1, version 1
                no: Quota
            "]],
        ),
    ]
}

#[test]
fn what_things_are_like_in_order() {
    check(things());
}

fn things() -> Vec<Case> {
    vec![
        (
            "
            # what is hidden is not there, but for those who manage it
            resource vault hidden by mia
            resource room by mia
            > anna books vault 10-11
            > anna books room 10-11 with vault
            > mia books room 10-11 with vault for anna called b1
            > anna amends b1 end 12
            > anna amends b1 with vault
            > anna amends b1 start 9 with vault
            > anna amends b1 to vault with nothing
            > mia books vault 12-13
            ",
            expect![[r"
                no: ResourceNotFound
                no: ResourceNotFound
                confirmed, room 10:00-11:00 x1 with vault x1, version 1
                confirmed, room 10:00-12:00 x1 with vault x1, version 2
                nothing changes: confirmed, room 10:00-12:00 x1 with vault x1, version 2
                confirmed, room 9:00-12:00 x1 with vault x1, version 3
                no: ResourceNotFound
                confirmed, vault 12:00-13:00 x1, version 1
            "]],
        ),
        (
            "
            # a broken part breaks the whole, and what is booked along is as broken as what it is booked along with
            resource west out 10-12 by mia
            resource east by mia
            resource hall of west,east by mia
            resource beamer out 14-15 by mia
            > anna books west 11-13
            > anna books hall 11-13
            > anna books hall 12-13
            > anna books east 9-11 with west
            > anna books east 14-15 with beamer
            > mia books hall 9-11 anyway
            ",
            expect![[r"
                no: OutOfOrder
                no: OutOfOrder
                confirmed, hall 12:00-13:00 x1, version 1
                no: OutOfOrder
                no: OutOfOrder
                confirmed, hall 9:00-11:00 x1, version 1
            "]],
        ),
        (
            "
            # kept for a group, also where it is booked along
            group crew of berta
            resource room by mia
            resource beamer for crew by mia
            > anna books beamer 10-11
            > anna books room 10-11 with beamer
            > berta books beamer 10-11
            > berta books room 11-12 with beamer
            > mia books beamer 12-13 for anna
            > mia books beamer 12-13 for anna anyway
            ",
            expect![[r"
                no: Groups
                no: Groups
                confirmed, beamer 10:00-11:00 x1, version 1
                confirmed, room 11:00-12:00 x1 with beamer x1, version 1
                no: Groups
                confirmed, beamer 12:00-13:00 x1, version 1
            "]],
        ),
        (
            "
            # so many start at once, over all of a site
            site bistro
            resource one in bistro pacing 6 by mia
            resource two in bistro pacing 6 by mia
            resource three pacing 6
            > anna books one 10-12 party 4 called b1
            > berta books two 10:14-12 party 3
            > berta books two 10:15-12 party 3 called b2
            > berta books three 10-12 party 6
            > anna amends b1 party 7
            > anna amends b1 start 10:20
            > anna amends b1 start 10:14 end 12
            > anna amends b1 party 6
            > mia books two 9-10 x1
            > mia amends b2 start 10:10
            > mia amends b2 start 10:10 anyway
            > mia cancels b1
            > anna books one 10-12 party 3
            ",
            expect![[r"
                confirmed, one 10:00-12:00 x1, version 1
                no: Pacing
                confirmed, two 10:15-12:00 x1, version 1
                confirmed, three 10:00-12:00 x1, version 1
                no: Pacing
                no: Pacing
                confirmed, one 10:14-12:00 x1, version 2
                confirmed, one 10:14-12:00 x1, version 3
                confirmed, two 9:00-10:00 x1, version 1
                no: Pacing
                confirmed, two 10:10-12:00 x1, version 2
                cancelled, one 10:14-12:00 x1, version 4
                confirmed, one 10:00-12:00 x1, version 1
            "]],
        ),
        (
            "
            # what no kind declares can't be said
            resource room by mia
            > anna books room 10-11 says sweets
            ",
            expect![[r"
                no: Value: /fields/sweets is nothing that the kind declares
            "]],
        ),
    ]
}

#[test]
fn people_in_order() {
    check(people());
}

fn people() -> Vec<Case> {
    vec![
        (
            "
            # a manager books for a guest, who has the one booking and knows of what is public
            site bistro
            resource table public by mia in bistro
            resource terrace public by mia in bistro
            resource office by mia
            > anna books table 10-12 guest Jo
            > mia books table 10-12 guest Jo called jo
            > @jo amends jo end 13
            > @jo amends jo to terrace
            > @jo amends jo to office
            > @jo amends jo anyway end 14
            > @jo amends jo reach Joanna
            > @jo links jo
            > @jo books table 14-15
            > @jo blocks table 14-15
            > anna cancels jo
            > anna links jo
            > mia links jo
            > @jo cancels jo
            > @jo amends jo title late
            ",
            expect![[r"
                no: Forbidden
                confirmed, table 10:00-12:00 x1, version 1
                confirmed, table 10:00-13:00 x1, version 2
                confirmed, terrace 10:00-13:00 x1, version 3
                no: ResourceNotFound
                no: Forbidden
                confirmed, terrace 10:00-13:00 x1, version 4
                no: Forbidden
                no: Forbidden
                no: Forbidden
                no: BookingNotFound
                no: BookingNotFound
                confirmed, terrace 10:00-13:00 x1, version 5
                cancelled, terrace 10:00-13:00 x1, version 6
                no: BookingClosed: cancelled
            "]],
        ),
        (
            "
            # what there is of a guest is forgotten, and what is to come with it
            resource table public by mia
            now 9
            > mia books table 10-12 guest Jo called jo
            > mia books table 13-14 guest Al called al
            > anna books table 15-16 called hers
            > anna forgets jo
            > anna forgets hers
            > mia forgets hers
            > mia forgets jo
            > mia links jo
            > @al forgets al
            > mia books table 10-12
            > mia amends hers reach Anna
            > mia links hers
            ",
            expect![[r"
                confirmed, table 10:00-12:00 x1, version 1
                confirmed, table 13:00-14:00 x1, version 1
                confirmed, table 15:00-16:00 x1, version 1
                no: BookingNotFound
                no: Forbidden
                no: Forbidden
                cancelled, table 10:00-12:00 x1, version 2
                no: NoGuest
                cancelled, table 13:00-14:00 x1, version 2
                confirmed, table 10:00-12:00 x1, version 1
                no: NoGuest
                no: NoGuest
            "]],
        ),
        (
            "
            # who takes part may see, and no more than that
            resource room by mia
            > anna books room 10-12 together berta,carl called standup
            > berta amends standup title mine
            > berta cancels standup
            > dora cancels standup
            > anna amends standup together dora
            > dora cancels standup
            > berta cancels standup
            ",
            expect![[r"
                confirmed, room 10:00-12:00 x1, version 1
                no: Forbidden
                no: Forbidden
                no: BookingNotFound
                confirmed, room 10:00-12:00 x1, version 2
                no: Forbidden
                no: BookingNotFound
            "]],
        ),
    ]
}

#[test]
fn recurring_in_order() {
    check(recurring());
}

fn recurring() -> Vec<Case> {
    vec![
        (
            "
            # what is made of parts goes where all of them are free
            resource left by mia
            resource right by mia
            resource hall of left,right by mia
            booking a of anna on left 1d9-1d10
            booking b of anna on right 1d8-1d9
            > eve repeats hall 9-10 every 1 times 3
            > eve repeats hall 9-10 every 1 times 3 skipping
            > eve repeats hall 9-10 every 1 times 3 nearest
            ",
            expect![[r"
                no: Several: 1: BookingConflict: booking 1d9:00-1d10:00
                a series of 2, not 1d9:00-1d10:00
                a series of 3, 9:00-10:00 moved to 8:00-9:00, 1d9:00-1d10:00 moved to 1d10:00-1d11:00, 2d9:00-2d10:00 moved to 2d8:00-2d9:00
            "]],
        ),
        (
            "
            # and so does what takes something along, which has hours of its own
            resource room by mia
            resource projector by mia open 09:00-18:00
            booking a of anna on projector 1d9-1d10
            > eve repeats room 9-10 every 1 times 3 with projector nearest
            > eve repeats room 9-10 every 1 times 3 with nothing-of-this-name nearest
            ",
            expect![[r"
                a series of 3, 1d9:00-1d10:00 moved to 1d10:00-1d11:00
                no: Several: 0: ResourceNotFound; 1: ResourceNotFound; 2: ResourceNotFound
            "]],
        ),
        (
            "
            # on another day what somebody may have is counted there
            resource room by mia a_day 1
            booking a of anna on room 7d0-8d0
            booking b of eve on room 6d9-6d10
            > eve repeats room 9-10 every 7 times 3 nearest
            # as is who starts when
            resource table in neva by mia pacing 1
            site neva
            booking c of anna on table 1d8:30-1d9:45
            booking d of anna on table 1d10:15-1d10:30
            > eve repeats table 9-10 every 1 times 2 nearest
            ",
            expect![[r"
                a series of 3, 7d9:00-7d10:00 moved to 8d0:00-8d1:00
                a series of 2, 1d9:00-1d10:00 moved to 1d7:30-1d8:30
            "]],
        ),
        (
            "
            # what is closed at that time is open later on the same day, and not only the day before
            resource room by mia open 12:00-14:00
            > eve repeats room 9-10 every 1 times 1 nearest
            > eve repeats room 15-16 every 1 times 1 nearest
            # nothing is nearer than a day
            resource island by mia open off
            > eve repeats island 9-10 every 1 times 2 nearest
            # a whole day is longer than what was asked for
            resource cabin by mia by_the day
            booking a of anna on cabin 1d0-2d0
            > eve repeats cabin 1d9-1d10 every 1 times 1 nearest
            ",
            expect![[r"
                a series of 1, 9:00-10:00 moved to 12:00-13:00
                a series of 1, 15:00-16:00 moved to 13:00-14:00
                no: Several: 0: Hours; 1: Hours
                a series of 1, 1d9:00-1d10:00 moved to 2d0:00-3d0:00
            "]],
        ),
    ]
}

#[test]
fn reseating_in_order() {
    check(reseating());
}

fn reseating() -> Vec<Case> {
    vec![
        (
            "
            # whoever left the table open makes room, and nobody else
            resource two seats 2 by mia reseats
            resource six seats 6 by mia reseats
            > anna books-any two,six 10-12 party 2 called a
            > berta books-any two,six 11-13 party 2 called b
            > carl books-any six 11-12 party 6
            > anna cancels a
            > carl books-any six 11-12 party 6 called c
            > root amends b
            > dora books-any six 11-12 party 6
            > anna books-any two,six 11-12 party 2
            # who chose a table keeps it
            > wei books six 14-16 party 2 called w
            > carl books-any six 14-15 party 6
            # and so does whoever was moved by hand
            > anna books-any two,six 17-18 party 2 called m
            > anna amends m to six
            > carl books-any six 17-18 party 5
            ",
            expect![[r"
                confirmed, two 10:00-12:00 x1, version 1
                confirmed, six 11:00-13:00 x1, version 1
                no: BookingConflict: booking 11:00-13:00
                cancelled, two 10:00-12:00 x1, version 2
                confirmed, six 11:00-12:00 x1, version 1
                nothing changes: confirmed, two 11:00-13:00 x1, version 2
                no: BookingConflict: booking 11:00-12:00
                no: BookingConflict: booking 11:00-13:00
                confirmed, six 14:00-16:00 x1, version 1
                no: BookingConflict: booking 14:00-16:00
                confirmed, two 17:00-18:00 x1, version 1
                confirmed, six 17:00-18:00 x1, version 2
                no: BookingConflict: booking 17:00-18:00
            "]],
        ),
        (
            "
            # where the place does not say so, nobody is moved
            resource two seats 2 by mia
            resource six seats 6 by mia
            > anna books-any six,two 10-12 party 2 called a
            > carl books-any six 10-12 party 6
            ",
            expect![[r"
                confirmed, six 10:00-12:00 x1, version 1
                no: BookingConflict: booking 10:00-12:00
            "]],
        ),
        (
            "
            # one goes where another one was, who goes on to a third; what has begun stays
            resource two seats 2 by mia reseats
            resource four seats 4 by mia reseats
            resource six seats 6 by mia reseats
            > anna books-any four,two 10-12 party 2 called a
            > berta books-any six,four 10-12 party 4 called b
            > carl books-any six 10-12 party 6 called c
            > root amends a
            > root amends b
            > anna books-any four,two 14-16 party 2 called late
            now 14:30
            > carl books-any four 15-16 party 4
            ",
            expect![[r"
                confirmed, four 10:00-12:00 x1, version 1
                confirmed, six 10:00-12:00 x1, version 1
                confirmed, six 10:00-12:00 x1, version 1
                nothing changes: confirmed, two 10:00-12:00 x1, version 2
                nothing changes: confirmed, four 10:00-12:00 x1, version 2
                confirmed, four 14:00-16:00 x1, version 1
                no: BookingConflict: booking 14:00-16:00
            "]],
        ),
        (
            "
            # what is blocked, out of the question or waits for a manager is no place to go
            resource two seats 2 by mia reseats
            resource six seats 6 by mia reseats
            resource asked seats 2 by mia reseats asks
            resource small seats 1 by mia reseats
            > mia blocks two 10-11
            > anna books-any six,two,asked,small 10-12 party 2 called a
            > carl books-any six 10-12 party 6
            ",
            expect![[r"
                blocked, two 10:00-11:00, cancelled []
                confirmed, six 10:00-12:00 x1, version 1
                no: BookingConflict: booking 10:00-12:00
            "]],
        ),
        (
            "
            # tables that are pushed together are free when both are
            resource left seats 2 by mia reseats
            resource right seats 2 by mia reseats
            resource both of left,right seats 4 by mia reseats
            resource bar seats 2 by mia reseats
            > anna books-any left,right,bar 10-12 party 2 called a
            > carl books-any both 10-12 party 4 called c
            > root amends a
            > dora books-any left,bar 10-12 party 2
            ",
            expect![[r"
                confirmed, left 10:00-12:00 x1, version 1
                confirmed, both 10:00-12:00 x1, version 1
                nothing changes: confirmed, bar 10:00-12:00 x1, version 2
                no: BookingConflict: booking 10:00-12:00
            "]],
        ),
        (
            "
            # until when guests may move their bookings is no question to the place
            resource two seats 2 by mia reseats move_notice 600
            resource six seats 6 by mia reseats move_notice 600
            now 9
            > anna books-any six,two 10-12 party 2 called a
            > anna amends a start 11 end 13
            > carl books-any six 10-12 party 6
            > root amends a
            ",
            expect![[r"
                confirmed, six 10:00-12:00 x1, version 1
                no: MoveNoticeMin
                confirmed, six 10:00-12:00 x1, version 1
                nothing changes: confirmed, two 10:00-12:00 x1, version 2
            "]],
        ),
    ]
}
