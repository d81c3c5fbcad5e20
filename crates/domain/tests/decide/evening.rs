//! Re-seating from the outside: that a small site is searched exactly, against trying every assignment, and what it brings on a busy
//! evening. `cargo test -p bronya-domain --test decide evening -- --nocapture` prints the figures.

use std::collections::BTreeMap;

use bronya_domain::booking::{Booking, Details};
use bronya_domain::command::{Book, BookAny, Command};
use bronya_domain::ids::{BookingId, ResourceId};
use bronya_domain::interval::Interval;
use bronya_domain::policy::Policy;
use bronya_domain::refusal::Refusal;

use crate::world::{World, at, booking_id, plain, principal, resource_id, span, under};

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// One of these, each as often as its weight says.
    fn weighted<T: Copy>(&mut self, of: &[(T, u64)]) -> T {
        let mut left = self.below(of.iter().map(|(_, weight)| weight).sum());
        for (value, weight) in of {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        of[0].0
    }
}

/// Tables with so many seats, numbered in this order.
fn tables(seats: &[u32], reseating: bool) -> World {
    let mut world = World { now: at(0), ..World::default() };
    for (number, seats) in (0..).zip(seats) {
        let mut table = plain(resource_id(number), 1);
        table.attributes.capacity = Some(*seats);
        let policy = Policy { reseating: Some(reseating), ..Policy::default() };
        world.resources.insert(table.id, under(table, policy));
    }
    world
}

/// Somebody who wants any table for so many people.
fn any(world: &World, number: u64, interval: Interval, party: u32, best_first: bool) -> Command {
    let mut all: Vec<(u32, ResourceId)> =
        world.resources.values().map(|it| (it.attributes.capacity.unwrap_or(0), it.id)).collect();
    if best_first {
        all.sort_unstable();
    }
    let would_do: Vec<ResourceId> = all.iter().filter(|(seats, _)| party <= *seats).map(|(_, id)| *id).collect();
    let within = all.iter().map(|(_, id)| *id).collect();
    let book = Book {
        id: booking_id(number),
        resource: would_do[0],
        interval,
        ends_by_place: false,
        quantity: 1,
        details: Details { party_size: Some(party), ..Details::default() },
        on_behalf_of: None,
        override_reason: None,
        hold_minutes: None,
        series: None,
        along: Vec::new(),
    };
    Command::BookAny(BookAny { book, candidates: would_do.clone(), would_do, within })
}

fn ask(world: &mut World, command: &Command) -> bool {
    match world.decide(command, principal(1)) {
        Ok(decision) => {
            world.apply(&decision.changes);
            world.check();
            true
        }
        Err(Refusal::BookingConflict(_)) => false,
        Err(other) => panic!("{other:?}"),
    }
}

/// The fewest moves with which everybody and one more have a table, by trying every assignment; `None` where there is none.
fn fewest_moves(guests: &[(&Booking, usize)], tables: &[u32], new: (Interval, u32)) -> Option<usize> {
    fn assign(
        left: &[(Interval, u32, Option<usize>)],
        tables: &[u32],
        taken: &mut Vec<Vec<Interval>>,
        moves: usize,
    ) -> Option<usize> {
        let Some(((interval, party, stands), rest)) = left.split_first() else { return Some(moves) };
        let mut fewest = None;
        for (table, seats) in tables.iter().enumerate() {
            if seats < party || taken[table].iter().any(|it| it.overlaps(*interval)) {
                continue;
            }
            taken[table].push(*interval);
            let moved = usize::from(stands.is_some_and(|stands| stands != table));
            let found = assign(rest, tables, taken, moves + moved);
            fewest = fewest.into_iter().chain(found).min();
            taken[table].pop();
        }
        fewest
    }
    let mut all: Vec<(Interval, u32, Option<usize>)> = guests
        .iter()
        .map(|(booking, table)| (booking.interval, booking.details.party_size.unwrap_or(1), Some(*table)))
        .collect();
    all.push((new.0, new.1, None));
    assign(&all, tables, &mut vec![Vec::new(); tables.len()], 0)
}

#[test]
fn a_small_site_is_searched_exactly() {
    let mut numbers = Numbers(1);
    let (mut let_in_by_moves, mut refused) = (0, 0);
    for _ in 0..3_000 {
        let seats: Vec<u32> =
            (0..=numbers.below(3) + 1).map(|_| 2 + 2 * u32::try_from(numbers.below(3)).unwrap()).collect();
        let largest = seats.iter().copied().max().unwrap();
        let mut world = tables(&seats, true);
        for number in 0..7 {
            let start = 600 + 30 * i64::try_from(numbers.below(5)).unwrap();
            let interval = span(start, start + 30 * (1 + i64::try_from(numbers.below(3)).unwrap()));
            let party = 1 + u32::try_from(numbers.below(u64::from(largest))).unwrap();
            let places: BTreeMap<ResourceId, usize> = world.resources.keys().copied().zip(0..).collect();
            let guests: Vec<(&Booking, usize)> = world.bookings.values().map(|it| (it, places[&it.resource])).collect();
            let fewest = fewest_moves(&guests, &seats, (interval, party));
            let before: BTreeMap<BookingId, ResourceId> =
                world.bookings.values().map(|it| (it.id, it.resource)).collect();
            let command = any(&world, number, interval, party, true);
            let let_in = ask(&mut world, &command);
            let moved = before.iter().filter(|(id, resource)| world.bookings[id].resource != **resource).count();
            match fewest {
                None => assert!(!let_in, "there is no such assignment:\n{world}"),
                Some(fewest) if fewest <= 4 => assert!(let_in, "{fewest} moves would do for {command:?}:\n{world}"),
                Some(_) => {}
            }
            let_in_by_moves += usize::from(0 < moved);
            refused += usize::from(!let_in);
        }
    }
    assert!(200 < let_in_by_moves && 1_000 < refused, "{let_in_by_moves} let in by moves, {refused} refused");
}

/// A party that asks for a table at one time: when, for how many minutes, how many people.
type Asked = (i64, i64, u32);

/// Who asks on an evening, in the order in which they do: most of them for two, around eight.
fn evening(numbers: &mut Numbers, parties: usize) -> Vec<Asked> {
    let sizes = [(1, 5), (2, 45), (3, 12), (4, 22), (5, 6), (6, 6), (7, 2), (8, 2)];
    let quarters: Vec<(i64, u64)> =
        (0..20).map(|quarter: u64| (quarter.cast_signed(), 10 - quarter.abs_diff(11).min(8))).collect();
    let mut asked = Vec::new();
    for _ in 0..parties {
        let party = numbers.weighted(&sizes);
        let minutes = match party {
            1..=2 => 90,
            3..=4 => 120,
            _ => 150,
        };
        asked.push((17 * 60 + 15 * numbers.weighted(&quarters), minutes, party));
    }
    asked
}

/// How many parties and people are let in.
fn seated(asked: &[Asked], reseating: bool, best_first: bool) -> (usize, u32) {
    let seats: Vec<u32> =
        [(8, 3), (6, 7), (4, 14), (2, 16)].iter().flat_map(|(seats, count)| vec![*seats; *count]).collect();
    let mut world = tables(&seats, reseating);
    let (mut parties, mut people) = (0, 0);
    for (number, (start, minutes, party)) in (0..).zip(asked) {
        let command = any(&world, number, span(*start, start + minutes), *party, best_first);
        if ask(&mut world, &command) {
            parties += 1;
            people += party;
        }
    }
    (parties, people)
}

#[test]
fn evenings_of_forty_tables_take_more_parties_than_without_moving() {
    let mut numbers = Numbers(2026);
    let mut all = [(0, 0); 3];
    for parties in [100, 130, 160, 220] {
        let mut sums = [(0, 0); 3];
        for _ in 0..10 {
            let asked = evening(&mut numbers, parties);
            let found = [seated(&asked, false, false), seated(&asked, false, true), seated(&asked, true, true)];
            for (sum, (parties, people)) in sums.iter_mut().chain(&mut all).zip(found.into_iter().cycle()) {
                *sum = (sum.0 + parties, sum.1 + people);
            }
        }
        println!(
            "ten evenings, {parties} ask on each: first fit {:?}, best fit {:?}, re-seating {:?} (parties, people)",
            sums[0], sums[1], sums[2]
        );
    }
    assert!(all[0].0 < all[2].0 && all[1].0 < all[2].0, "{all:?}");
}
