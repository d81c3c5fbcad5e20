//! Histories that are wrong in one way each, which must be found, and histories of a store that is right, in which
//! nothing may be found.

use super::*;
use crate::history::{FinalBlock, FinalBooking};
use crate::random::Random;

const ROOM: Id = Id(1);

/// Writes histories by hand; times are small numbers.
#[derive(Default)]
struct Story(History);

impl Story {
    fn then(mut self, invoked: u64, returned: u64, op: Op, outcome: Outcome) -> Self {
        self.0.events.push(Event { client: 0, op, invoked, returned, outcome });
        self
    }

    fn books(self, at: (u64, u64), interval: (i64, i64), outcome: Outcome) -> Self {
        self.then(at.0, at.1, book(interval, None), outcome)
    }

    fn ends_with(mut self, bookings: &[(u128, (i64, i64), bool)]) -> Self {
        let booking = |(id, interval, active): &(u128, (i64, i64), bool)| FinalBooking {
            id: Id(*id),
            resource: ROOM,
            interval: span(*interval),
            units: 1,
            active: *active,
        };
        self.0.end.get_or_insert_default().bookings = bookings.iter().map(booking).collect();
        self
    }

    fn finds(&self, rule: Rule, part: &str) {
        let found = check(&self.0);
        assert!(
            found.iter().any(|violation| violation.rule == rule && violation.text.contains(part)),
            "{rule:?} with {part:?} was not found, but {found:#?}"
        );
    }

    fn is_fine(&self) {
        assert_eq!(check(&self.0), []);
    }
}

fn span((starts_at, ends_at): (i64, i64)) -> Interval {
    Interval { starts_at, ends_at }
}

fn book(interval: (i64, i64), key: Option<&str>) -> Op {
    Op::Book { resource: ROOM, interval: span(interval), units: 1, key: key.map(str::to_owned) }
}

fn moves(booking: u128, interval: (i64, i64)) -> Op {
    Op::Move { booking: Id(booking), resource: ROOM, interval: span(interval), units: 1 }
}

fn cancel(booking: u128) -> Op {
    Op::Cancel { booking: Id(booking) }
}

fn block(interval: (i64, i64), cancels: bool) -> Op {
    Op::Block { resource: ROOM, interval: span(interval), cancels }
}

fn quantity(quantity: u32) -> Op {
    Op::Quantity { resource: ROOM, quantity }
}

fn done(id: u128) -> Outcome {
    Outcome::Done(Id(id))
}

#[test]
fn a_double_booking_is_found() {
    let first = Story::default().books((0, 10), (0, 4), done(10));
    first.books((5, 15), (3, 6), done(11)).finds(Rule::Exclusion, "at the same time");
}

#[test]
fn touching_and_elsewhere_is_no_double_booking() {
    let elsewhere = Op::Book { resource: Id(2), interval: span((0, 4)), units: 1, key: None };
    Story::default()
        .books((0, 10), (0, 4), done(10))
        .books((5, 15), (4, 6), done(11))
        .then(5, 15, elsewhere, done(12))
        .is_fine();
}

#[test]
fn what_a_cancel_may_have_freed_can_be_booked_and_not_a_moment_sooner() {
    let first = || Story::default().books((0, 1), (0, 4), done(10));
    first().then(5, 20, cancel(10), done(10)).books((3, 6), (0, 4), done(11)).is_fine();
    first().then(7, 20, cancel(10), done(10)).books((3, 6), (0, 4), done(11)).finds(Rule::Exclusion, "");
    first().then(5, 20, cancel(10), Outcome::Unknown).books((30, 36), (0, 4), done(11)).is_fine();
}

#[test]
fn a_move_frees_the_old_time_and_takes_the_new() {
    let moved = || Story::default().books((0, 1), (0, 4), done(10)).then(2, 3, moves(10, (4, 8)), done(10));
    moved().books((4, 5), (0, 4), done(11)).is_fine();
    moved().books((4, 5), (6, 9), done(11)).finds(Rule::Exclusion, "");
    moved().books((4, 5), (0, 4), Outcome::Conflict).finds(Rule::Justification, "Conflict");
    moved().books((4, 5), (6, 9), Outcome::Conflict).is_fine();
    moved().then(4, 5, moves(10, (6, 9)), Outcome::Conflict).finds(Rule::Justification, "Conflict");
    // A refused move leaves the booking where it was.
    let refused = || moved().books((4, 5), (9, 12), done(11)).then(6, 7, moves(10, (8, 10)), Outcome::Conflict);
    refused().books((8, 9), (4, 8), done(12)).finds(Rule::Exclusion, "");
    refused().is_fine();
}

#[test]
fn what_is_taken_back_stands_again() {
    let missed =
        || Story::default().books((0, 1), (0, 4), done(10)).then(2, 3, Op::NoShow { booking: Id(10) }, done(10));
    let undo = Op::Undo { booking: Id(10), resource: ROOM, interval: span((0, 4)), units: 1 };
    let undone = || missed().then(4, 5, undo.clone(), done(10));
    missed().books((4, 5), (0, 4), done(11)).then(6, 7, undo.clone(), Outcome::Conflict).is_fine();
    missed().books((4, 5), (0, 4), done(11)).then(6, 7, undo.clone(), done(10)).finds(Rule::Exclusion, "");
    missed().then(6, 7, undo.clone(), Outcome::Conflict).finds(Rule::Justification, "Conflict");
    missed().then(6, 7, undo.clone(), Outcome::Missing).finds(Rule::Justification, "Missing");
    undone().books((6, 7), (0, 4), done(11)).finds(Rule::Exclusion, "");
    undone().books((6, 7), (0, 4), Outcome::Conflict).is_fine();
    undone().then(6, 7, undo.clone(), Outcome::Closed).ends_with(&[(10, (0, 4), true)]).is_fine();
    undone().ends_with(&[(10, (0, 4), false)]).finds(Rule::Accounting, "not active");
    undone().then(6, 7, cancel(10), done(10)).ends_with(&[(10, (0, 4), true)]).finds(Rule::Accounting, "was ended");
    undone().then(6, 7, cancel(10), done(10)).books((8, 9), (0, 4), done(11)).is_fine();
    // Only taking back opens what is closed.
    missed().then(4, 5, moves(10, (4, 8)), done(10)).ends_with(&[(10, (4, 8), true)]).finds(Rule::Accounting, "ended");
}

#[test]
fn a_refusal_without_anything_in_the_way_is_found() {
    Story::default().books((0, 1), (0, 4), Outcome::Conflict).finds(Rule::Justification, "Conflict");
    let freed = Story::default().books((0, 1), (0, 4), done(10)).then(2, 3, cancel(10), done(10));
    freed.books((4, 5), (0, 4), Outcome::Conflict).finds(Rule::Justification, "Conflict");
}

#[test]
fn a_refusal_that_a_concurrent_or_unknown_call_explains_is_fine() {
    Story::default().books((0, 9), (0, 4), done(10)).books((1, 2), (0, 4), Outcome::Conflict).is_fine();
    Story::default().books((0, 9), (0, 4), Outcome::Unknown).books((20, 21), (0, 4), Outcome::Conflict).is_fine();
}

#[test]
fn ones_own_lost_answer_is_no_reason_for_a_refusal() {
    Story::default()
        .then(0, 5, book((0, 4), Some("k")), Outcome::Unknown)
        .then(6, 7, book((0, 4), Some("k")), Outcome::Conflict)
        .finds(Rule::Justification, "Conflict");
}

#[test]
fn one_key_is_one_booking() {
    let first = || Story::default().then(0, 5, book((0, 4), Some("k")), done(10));
    first().then(6, 7, book((0, 4), Some("k")), done(10)).is_fine();
    first().then(6, 7, book((0, 4), Some("k")), done(11)).finds(Rule::Accounting, "the key k");
    first().then(6, 7, book((4, 8), Some("l")), done(10)).finds(Rule::Accounting, "two different keys");
}

#[test]
fn a_block_and_a_booking_exclude_each_other() {
    let booked = || Story::default().books((0, 1), (0, 4), done(10));
    booked().then(2, 3, block((3, 9), false), done(20)).finds(Rule::Exclusion, "Block");
    booked().then(2, 3, block((3, 9), false), Outcome::Conflict).is_fine();
    booked().then(2, 3, block((4, 9), false), Outcome::Conflict).finds(Rule::Justification, "Block");
    let cancelling = || booked().then(2, 3, block((3, 9), true), done(20));
    cancelling().is_fine();
    cancelling().books((4, 5), (0, 3), done(11)).is_fine();
    cancelling().books((4, 5), (0, 4), done(11)).finds(Rule::Exclusion, "Block");
    let unblocked = || cancelling().then(4, 5, Op::Unblock { block: Id(20) }, done(20));
    unblocked().books((6, 7), (3, 9), done(11)).is_fine();
    unblocked().books((6, 7), (3, 9), Outcome::Conflict).finds(Rule::Justification, "Conflict");
}

#[test]
fn a_pool_is_full_when_it_is_full() {
    let pool = || {
        Story::default().then(0, 1, quantity(2), Outcome::Done(ROOM)).books((2, 3), (0, 4), done(10)).books(
            (2, 3),
            (4, 8),
            done(11),
        )
    };
    pool().books((4, 5), (0, 8), done(12)).is_fine();
    pool().books((4, 5), (0, 8), Outcome::Conflict).finds(Rule::Justification, "Conflict");
    let full = || pool().books((4, 5), (3, 5), done(12));
    full().books((6, 7), (0, 8), Outcome::Conflict).is_fine();
    full().books((6, 7), (3, 4), done(13)).finds(Rule::Exclusion, "quantity 2");
    full().then(6, 7, quantity(3), Outcome::Done(ROOM)).books((8, 9), (3, 4), done(13)).is_fine();
    full().then(6, 9, quantity(3), Outcome::Done(ROOM)).books((8, 9), (3, 4), Outcome::Conflict).is_fine();
}

#[test]
fn a_request_is_decided_once() {
    let decided =
        || Story::default().books((0, 1), (0, 4), done(10)).then(2, 9, Op::Confirm { booking: Id(10) }, done(10));
    decided().then(3, 8, Op::Reject { booking: Id(10) }, Outcome::Closed).is_fine();
    decided().then(3, 8, Op::Reject { booking: Id(10) }, done(10)).finds(Rule::Accounting, "decided twice");
    decided()
        .then(10, 11, cancel(10), done(10))
        .then(12, 13, cancel(10), done(10))
        .finds(Rule::Accounting, "closed twice");
    let open = Story::default().books((0, 1), (0, 4), done(10));
    open.then(2, 3, cancel(10), Outcome::Closed).finds(Rule::Justification, "Closed");
}

#[test]
fn stale_and_missing_need_a_reason() {
    let booked = || Story::default().books((0, 1), (0, 4), done(10));
    booked().then(2, 3, Op::Edit { booking: Id(10) }, Outcome::Stale).finds(Rule::Justification, "Stale");
    booked().then(2, 3, Op::Read { booking: Id(10) }, Outcome::Missing).finds(Rule::Justification, "Missing");
    let edited = booked().then(2, 9, Op::Edit { booking: Id(10) }, done(10));
    edited.then(3, 4, Op::Edit { booking: Id(10) }, Outcome::Stale).is_fine();
}

#[test]
fn server_errors_and_refusals_that_nobody_asked_for_are_found() {
    Story::default().books((0, 1), (0, 4), Outcome::Broken(500)).finds(Rule::Justification, "Broken(500)");
    Story::default().books((0, 1), (0, 4), Outcome::Refused(422)).finds(Rule::Justification, "Refused(422)");
}

#[test]
fn a_deleted_resource_takes_no_bookings() {
    let delete = || Op::Delete { resource: ROOM, cancels: true };
    let deleted = || Story::default().books((0, 1), (0, 4), done(10)).then(2, 5, delete(), Outcome::Done(ROOM));
    deleted().books((6, 7), (0, 4), Outcome::Missing).is_fine();
    deleted().books((3, 4), (8, 9), done(11)).is_fine();
    deleted().books((6, 7), (0, 4), done(11)).finds(Rule::Accounting, "deleted");
    deleted().ends_with(&[(10, (0, 4), false)]).is_fine();
    deleted().ends_with(&[(10, (0, 4), true)]).finds(Rule::Accounting, "was ended");
    Story::default().books((6, 7), (0, 4), Outcome::Missing).finds(Rule::Justification, "Missing");
}

#[test]
fn reads_see_what_was_acknowledged() {
    let seen = |active, interval| Outcome::Seen { active, interval: span(interval) };
    let read = || Op::Read { booking: Id(10) };
    let booked = || Story::default().books((0, 1), (0, 4), done(10));
    booked().then(2, 3, read(), seen(true, (0, 4))).is_fine();
    booked().then(2, 3, read(), seen(false, (0, 4))).finds(Rule::Accounting, "a read saw");
    booked().then(2, 3, read(), seen(true, (1, 4))).finds(Rule::Accounting, "a read saw");
    let cancelled = || booked().then(4, 8, cancel(10), done(10));
    cancelled().then(5, 6, read(), seen(true, (0, 4))).then(5, 6, read(), seen(false, (0, 4))).is_fine();
    cancelled().then(9, 10, read(), seen(true, (0, 4))).finds(Rule::Accounting, "where it can't have been");
}

#[test]
fn what_was_acknowledged_is_there_at_the_end() {
    let booked = || Story::default().books((0, 1), (0, 4), done(10));
    booked().ends_with(&[(10, (0, 4), true)]).is_fine();
    booked().ends_with(&[]).finds(Rule::Accounting, "lost");
    booked().ends_with(&[(10, (0, 4), true), (10, (0, 4), true)]).finds(Rule::Accounting, "twice");
    booked().ends_with(&[(10, (0, 4), false)]).finds(Rule::Accounting, "never ended");
    booked().ends_with(&[(10, (0, 5), true)]).finds(Rule::Accounting, "not left");
    let cancelled = || booked().then(2, 3, cancel(10), done(10));
    cancelled().ends_with(&[(10, (0, 4), false)]).is_fine();
    cancelled().ends_with(&[(10, (0, 4), true)]).finds(Rule::Accounting, "was ended");
    let perhaps = || booked().then(2, 3, moves(10, (4, 8)), Outcome::Unknown);
    perhaps().ends_with(&[(10, (0, 4), true)]).is_fine();
    perhaps().ends_with(&[(10, (4, 8), true)]).is_fine();
    perhaps().ends_with(&[(10, (4, 8), false)]).finds(Rule::Accounting, "never ended");
    perhaps().ends_with(&[(10, (5, 8), true)]).finds(Rule::Accounting, "not left");
}

#[test]
fn what_is_there_was_asked_for() {
    let unknown = || Story::default().then(0, 1, book((0, 4), Some("k")), Outcome::Unknown);
    unknown().ends_with(&[]).is_fine();
    unknown().ends_with(&[(10, (0, 4), true)]).is_fine();
    unknown().ends_with(&[(10, (0, 4), true), (11, (0, 4), false)]).finds(Rule::Accounting, "nobody asked");
    unknown().ends_with(&[(10, (0, 5), true)]).finds(Rule::Accounting, "nobody asked");
}

#[test]
fn the_end_is_exclusive_too() {
    let both = || Story::default().books((0, 1), (0, 4), Outcome::Unknown).books((0, 1), (3, 6), Outcome::Unknown);
    both().ends_with(&[(10, (0, 4), true), (11, (3, 6), true)]).finds(Rule::Exclusion, "at the end");
    both().ends_with(&[(10, (0, 4), true), (11, (3, 6), false)]).is_fine();
    let mut blocked = Story::default().then(0, 1, block((0, 4), false), done(20)).ends_with(&[]);
    blocked.finds(Rule::Accounting, "block 00000000-0000-0000-0000-000000000014 is lost");
    blocked.0.end.get_or_insert_default().blocks =
        vec![FinalBlock { id: Id(20), resource: ROOM, interval: span((0, 4)) }];
    blocked.is_fine();
}

/// A store that does everything at one instant between call and return, with what may go wrong in `fault`.
struct Simulation {
    random: Random,
    history: History,
    bookings: Vec<FinalBooking>,
    blocks: Vec<FinalBlock>,
    quantity: u32,
    lost: HashSet<Id>,
    next: u128,
    fault: Fault,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    ForgetsToCheck,
    ForgetsToFree,
    LosesABooking,
}

impl Simulation {
    fn run(seed: u64, steps: u64, quantity: u32, fault: Fault) -> History {
        let mut random = Random::new(seed);
        random.next();
        let mut world = Self {
            random,
            history: History::default(),
            bookings: Vec::new(),
            blocks: Vec::new(),
            lost: HashSet::new(),
            quantity,
            next: 100,
            fault,
        };
        let set = Op::Quantity { resource: ROOM, quantity };
        world.history.events.push(Event { client: 0, op: set, invoked: 0, returned: 1, outcome: Outcome::Done(ROOM) });
        for step in 1..=steps {
            world.step(step * 10);
        }
        if fault == Fault::LosesABooking {
            let lost = &world.lost;
            let known = world.bookings.iter().position(|booking| !lost.contains(&booking.id)).unwrap();
            world.bookings.swap_remove(known);
        }
        let Self { mut history, bookings, blocks, .. } = world;
        history.end = Some(Final { bookings, blocks, quantities: vec![(ROOM, quantity)] });
        history
    }

    fn step(&mut self, now: u64) {
        let starts_at = self.random.between(0, 40);
        let interval = Interval::lasting(starts_at, self.random.between(1, 8));
        // Nobody knows the id of a booking whose answer was lost.
        let known: Vec<usize> =
            (0..self.bookings.len()).filter(|at| !self.lost.contains(&self.bookings[*at].id)).collect();
        let picked = known.get(self.random.index(known.len())).copied().unwrap_or(0);
        let booking = (!known.is_empty()).then(|| self.bookings[picked]);
        let (op, outcome) = match (self.random.below(10), booking) {
            (6 | 7, Some(booking)) => {
                let closes = booking.active;
                self.bookings[picked].active &= self.fault == Fault::ForgetsToFree;
                (Op::Cancel { booking: booking.id }, if closes { Outcome::Done(booking.id) } else { Outcome::Closed })
            }
            (8, Some(booking)) if booking.active => {
                let op = Op::Move { booking: booking.id, resource: ROOM, interval, units: booking.units };
                let fits = self.fits(interval, booking.units, Some(booking.id));
                if fits {
                    self.bookings[picked].interval = interval;
                }
                (op, if fits { Outcome::Done(booking.id) } else { Outcome::Conflict })
            }
            (9, _) => self.blocks(interval),
            (5, Some(booking)) => {
                let seen = Outcome::Seen { active: booking.active, interval: booking.interval };
                (Op::Read { booking: booking.id }, seen)
            }
            _ => self.book(interval),
        };
        // A call takes up to a hundred of the instants around the one at which it worked.
        let (invoked, returned) = (now.saturating_sub(self.random.below(500)), now + self.random.below(500));
        let lost = !matches!(op, Op::Read { .. }) && self.random.chance(3);
        if let (true, Op::Book { .. }, Outcome::Done(id)) = (lost, &op, outcome) {
            self.lost.insert(id);
        }
        let outcome = if lost { Outcome::Unknown } else { outcome };
        self.history.events.push(Event { client: 0, op, invoked, returned, outcome });
    }

    fn book(&mut self, interval: Interval) -> (Op, Outcome) {
        let units = u32::try_from(self.random.below(u64::from(self.quantity))).unwrap() + 1;
        let id = Id(self.next);
        self.next += 1;
        let op = Op::Book { resource: ROOM, interval, units, key: Some(id.to_string()) };
        if !self.fits(interval, units, None) {
            return (op, Outcome::Conflict);
        }
        self.bookings.push(FinalBooking { id, resource: ROOM, interval, units, active: true });
        (op, Outcome::Done(id))
    }

    fn blocks(&mut self, interval: Interval) -> (Op, Outcome) {
        let id = Id(self.next);
        self.next += 1;
        if let Some(old) = self.blocks.pop() {
            return (Op::Unblock { block: old.id }, Outcome::Done(old.id));
        }
        let cancels = self.random.chance(50);
        let op = Op::Block { resource: ROOM, interval, cancels };
        let in_the_way = |booking: &FinalBooking| booking.active && booking.interval.overlaps(interval);
        if !cancels && self.bookings.iter().any(in_the_way) {
            return (op, Outcome::Conflict);
        }
        self.bookings.iter_mut().filter(|booking| in_the_way(booking)).for_each(|booking| booking.active = false);
        self.blocks.push(FinalBlock { id, resource: ROOM, interval });
        (op, Outcome::Done(id))
    }

    fn fits(&self, interval: Interval, units: u32, own: Option<Id>) -> bool {
        if self.fault == Fault::ForgetsToCheck {
            return true;
        }
        let taken = |at: i64| -> u32 {
            let here = |booking: &&FinalBooking| {
                booking.active && Some(booking.id) != own && booking.interval.overlaps(Interval::lasting(at, 1))
            };
            self.bookings.iter().filter(here).map(|booking| booking.units).sum()
        };
        !self.blocks.iter().any(|block| block.interval.overlaps(interval))
            && (interval.starts_at..interval.ends_at).all(|at| taken(at) + units <= self.quantity)
    }
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    for seed in 0..200 {
        let history = Simulation::run(seed, 300, 1 + u32::try_from(seed % 3).unwrap(), Fault::None);
        assert_eq!(check(&history), [], "seed {seed}");
    }
}

#[test]
fn a_store_with_a_fault_is_found_out() {
    for (fault, rule) in [
        (Fault::ForgetsToCheck, Rule::Exclusion),
        (Fault::ForgetsToFree, Rule::Justification),
        (Fault::LosesABooking, Rule::Accounting),
    ] {
        for seed in 0..20 {
            let found = check(&Simulation::run(seed, 300, 1, fault));
            assert!(found.iter().any(|violation| violation.rule == rule), "seed {seed}: {rule:?} in {found:#?}");
        }
    }
}
