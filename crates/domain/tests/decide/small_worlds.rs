//! Every world of up to three bookings and blocks on a few instants, and in each of them every command: before all of it
//! begins, and in its midst. What random commands might miss does not escape here.

use bronya_domain::booking::{Details, Status};
use bronya_domain::command::{
    Amend, Book, Command, DeleteResource, Edit, MakeBlock, OnConflict, Targeted, UpdateResource,
};
use bronya_domain::interval::Interval;
use bronya_domain::user::Principal;

use crate::bench::Bench;
use crate::model::{Amendment, Blocked, Seen, Taken};
use crate::world::{admin, at, block_id, booking_id, principal, span};

/// Bookings and blocks in one world.
const THINGS_MAX: u64 = 3;

/// Whoever books.
fn anna() -> Principal {
    principal(3)
}

/// All intervals between so many instants, an hour apart.
fn intervals(instants: i64) -> Vec<Interval> {
    let from = |start: i64| (start + 1..instants).map(move |end| span(60 * (start + 1), 60 * (end + 1)));
    (0..instants).flat_map(from).collect()
}

fn book(bench: &mut Bench, when: Interval, quantity: u32) -> bool {
    bench.made += 1;
    let (id, resource) = (booking_id(bench.made), bench.resource(0));
    let (on_behalf_of, override_reason, hold_minutes, series) = (None, None, None, None);
    let (details, along) = (Details::default(), vec![]);
    let book = Book {
        id,
        resource,
        interval: when,
        ends_by_place: false,
        quantity,
        details,
        on_behalf_of,
        override_reason,
        hold_minutes,
        series,
        along,
    };
    let (user, status, now) = (anna().user, Status::Confirmed, bench.world.now);
    let (title, party, lapses_at) = (None, None, None);
    let wish = Taken {
        id,
        thing: 0,
        user,
        when,
        held: when,
        quantity,
        title,
        party,
        status,
        lapses_at,
        made: now,
        before: None,
        kept: false,
    };
    bench.compare(&Command::Book(book), anna(), true, |model| model.book(anna(), wish, None, now).map(|()| true))
}

fn block(bench: &mut Bench, when: Interval, cancel: bool) -> bool {
    bench.made += 1;
    let (id, resource, now) = (block_id(bench.made), bench.resource(0), bench.world.now);
    let on_conflict = if cancel { OnConflict::Cancel } else { OnConflict::Refuse };
    let command = Command::Block(MakeBlock { id, resource, interval: when, reason: None, on_conflict, series: None });
    let blocked = Blocked { id, thing: 0, when };
    bench.compare(&command, admin(), true, |model| model.block(admin(), blocked, cancel, now).map(|_| true))
}

/// Every command, each in this world as it is.
fn every_command(bench: &Bench, instants: i64, quantity: u32) -> u64 {
    let mut tried = 0;
    let mut fresh = || {
        tried += 1;
        bench.clone()
    };
    let now = bench.world.now;
    for when in intervals(instants) {
        for units in 1..=quantity {
            book(&mut fresh(), when, units);
        }
        block(&mut fresh(), when, false);
        block(&mut fresh(), when, true);
    }
    for booking in &bench.model.bookings {
        let target = Targeted { id: booking.id, versions: None };
        for when in intervals(instants) {
            for units in 1..=quantity {
                let (start, end) = (Some(when.start()), Some(when.end()));
                let to = Amendment { start, end, quantity: Some(units), ..Amendment::default() };
                let amend = Amend {
                    target: target.clone(),
                    resource: None,
                    starts_at: start,
                    ends_at: end,
                    quantity: Some(units),
                    along: None,
                    title: None,
                    notes: None,
                    party_size: None,
                    fields: None,
                    contact: None,
                    participants: None,
                    override_reason: None,
                };
                let judge = |model: &mut crate::model::Model| model.amend(anna(), booking.id, Seen::Any, &to, now);
                fresh().compare(&Command::Amend(amend), anna(), true, judge);
            }
        }
        let cancel = Command::Cancel(target.clone().into());
        fresh().compare(&cancel, anna(), true, |it| it.cancel(anna(), booking.id, Seen::Any, now).map(|()| true));
        let mut ended = fresh();
        let end = Command::End(target.clone());
        ended.compare(&end, anna(), true, |it| it.end(anna(), booking.id, Seen::Any, now).map(|()| true));
        let undo = Command::Undo(target);
        ended.compare(&undo, admin(), true, |it| it.undo(admin(), booking.id, Seen::Any, now).map(|()| true));
    }
    for blocked in &bench.model.blocks {
        let unblock = Command::Unblock(blocked.id);
        fresh().compare(&unblock, admin(), true, |it| it.unblock(admin(), blocked.id).map(|()| true));
    }
    let target = Targeted { id: bench.resource(0), versions: None };
    for units in 1..=quantity + 1 {
        let edit = Edit { quantity: Some(units), ..Edit::default() };
        let update = Command::UpdateResource(UpdateResource { target: target.clone(), edit });
        fresh().compare(&update, admin(), true, |it| it.update(admin(), 0, Seen::Any, (Some(units), None), now));
    }
    for cancel in [false, true] {
        let delete = Command::DeleteResource(DeleteResource { target: target.clone(), cancel_bookings: cancel });
        fresh().compare(&delete, admin(), true, |it| it.delete(admin(), 0, Seen::Any, cancel, now).map(|()| true));
    }
    tried
}

/// This world and all that come of it by one thing more.
fn explore(bench: &Bench, instants: i64, quantity: u32) -> u64 {
    let mut tried = every_command(bench, instants, quantity);
    let mut later = bench.clone();
    // Half an hour after the second instant: some things are over, some run, some are to come.
    later.world.now = at(150);
    tried += every_command(&later, instants, quantity);
    if bench.made == THINGS_MAX {
        return tried;
    }
    for when in intervals(instants) {
        for units in 1..=quantity {
            let mut next = bench.clone();
            if book(&mut next, when, units) {
                tried += explore(&next, instants, quantity);
            }
        }
        let mut next = bench.clone();
        if block(&mut next, when, false) {
            tried += explore(&next, instants, quantity);
        }
    }
    tried
}

fn all(instants: i64, quantity: u32, at_least: u64) {
    let tried = explore(&Bench::new(&[(quantity, None, false, 0)]), instants, quantity);
    assert!(at_least < tried, "only {tried} commands were tried");
}

#[test]
fn every_small_world_of_one_unit() {
    all(6, 1, 100_000);
}

#[test]
fn every_small_world_of_two_units() {
    all(5, 2, 100_000);
}

#[test]
fn every_small_world_of_three_units() {
    all(4, 3, 100_000);
}
