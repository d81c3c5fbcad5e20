//! A million random commands, by owners, managers, strangers and administrators, in versions right and stale, against the
//! model. After each: the same answer, the same bookings, and nothing that must not be.

use std::fmt;

use bronya_domain::booking::{Details, Status};
use bronya_domain::command::{
    Amend, Book, Command, CreateResource, DeleteResource, Edit, MakeBlock, OnConflict, TakeUp, Targeted, UpdateResource,
};
use bronya_domain::ids::BookingId;
use bronya_domain::interval::Interval;
use bronya_domain::resource::Resource;
use bronya_domain::user::Principal;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::bench::{Bench, thing};
use crate::model::{Amendment, Blocked, No, Seen, Taken};
use crate::world::{admin, block_id, booking_id, plain, principal, resource_id};

/// Resources that one run makes at most.
const THINGS_MAX: usize = 8;

/// One step, as chance gives it. What the numbers stand for depends on what there is when its turn comes.
#[derive(Clone)]
struct Step {
    kind: u8,
    who: u8,
    thing: u8,
    target: u8,
    from: u8,
    length: u8,
    quantity: u8,
    seen: u8,
    bits: u8,
    batch: u8,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, who, thing, target, from, length, quantity, seen, bits, batch } = self;
        // On one line, also where a hundred of them are listed.
        write!(
            f,
            "step({:?})",
            [kind, who, thing, target, from, length, quantity, seen, bits, batch].map(|it| *it).as_slice()
        )
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = any::<[u8; 10]>().prop_map(|[kind, who, thing, target, from, length, quantity, seen, bits, batch]| {
        Step { kind, who, thing, target, from, length, quantity, seen, bits, batch }
    });
    // A hundred on average.
    prop::collection::vec(step, 1..200)
}

impl Bench {
    /// One that there is, or now and then one that there never was.
    fn pick(&self, number: u8) -> usize {
        usize::from(number) % (self.model.things.len() + usize::from(number == 255))
    }

    fn fresh(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    fn interval(&self, from: u8, length: u8) -> Interval {
        let half_hours = |count: i64| SignedDuration::from_mins(30 * count);
        let day = SignedDuration::from_mins(30).as_secs();
        let now = self.world.now.as_second();
        let grid = Timestamp::from_second(now - now % day).unwrap();
        let start = grid + half_hours(i64::from(from % 24) - 3);
        Interval::new(start, start + half_hours(1 + i64::from(length % 6))).unwrap()
    }

    fn step(&mut self, step: &Step) {
        if step.batch.is_multiple_of(4) {
            self.commit();
        }
        let who = match step.who % 8 {
            n @ 0..5 => principal(u64::from(n)),
            5 => admin(),
            n => principal(u64::from(n - 4)),
        };
        match step.kind % 32 {
            0..10 => self.book(step, who),
            10..15 => self.amend(step, who),
            15..18 => self.cancel(step, who),
            18..21 => self.settle(step, who),
            21..24 => self.block(step, who),
            24 => self.unblock(step, who),
            25..27 => self.update(step, who),
            27 if step.bits.is_multiple_of(4) => self.delete(step, who),
            28..30 => self.attend(step, who),
            30 if self.model.things.len() < THINGS_MAX => self.create(step, who),
            _ => {
                // All of a batch is decided at one time.
                self.commit();
                let minutes = if step.from == 0 { 80 * 60 } else { i64::from(step.from % 5) * 15 };
                self.world.now += SignedDuration::from_mins(minutes);
            }
        }
    }

    // --- commands ------------------------------------------------------------------------------------------

    fn book(&mut self, step: &Step, who: Principal) {
        let (thing, when) = (self.pick(step.thing), self.interval(step.from, step.length));
        let owner = if step.bits % 8 == 1 { principal(u64::from(step.target % 5)) } else { who };
        let id = booking_id(self.fresh());
        let quantity = 1 + u32::from(step.quantity.is_multiple_of(8)) + u32::from(step.quantity.is_multiple_of(32));
        let hold = (step.bits % 8 == 6).then(|| i64::from(step.seen % 16));
        let party = step.seen.is_multiple_of(4).then_some(1 + u32::from(step.target % 8));
        let command = Command::Book(Book {
            id,
            resource: self.resource(thing),
            interval: when,
            ends_by_place: false,
            quantity,
            details: Details { party_size: party, ..Details::default() },
            on_behalf_of: (step.bits % 2 == 1).then_some(owner.user),
            override_reason: None,
            hold_minutes: hold.and_then(|minutes| u32::try_from(minutes).ok()),
            series: None,
            along: vec![],
        });
        let (user, status, lapses_at, title) = (owner.user, Status::Confirmed, None, None);
        let wish = Taken {
            id,
            thing,
            user,
            when,
            held: when,
            quantity,
            title,
            party,
            status,
            lapses_at,
            made: self.world.now,
            before: None,
            kept: false,
        };
        let known = self.knows(thing, when.start());
        let now = self.world.now;
        self.compare(&command, who, known, |model| model.book(who, wish, hold, now).map(|()| true));
    }

    fn amend(&mut self, step: &Step, who: Principal) {
        let (id, seen, versions) = self.booking(step);
        let when = self.interval(step.from, step.length);
        let bit = |n: u8| step.bits & (1 << n) != 0;
        let to = Amendment {
            thing: step.bits.is_multiple_of(5).then(|| self.pick(step.thing)),
            start: bit(1).then(|| when.start()),
            end: bit(2).then(|| when.end()),
            quantity: bit(3).then(|| 1 + u32::from(step.quantity % 3)),
            title: bit(4).then(|| bit(5).then(|| format!("{}", step.length % 2))),
            party: bit(6).then(|| bit(7).then(|| 1 + u32::from(step.quantity % 8))),
        };
        let command = Command::Amend(Amend {
            target: Targeted { id, versions },
            resource: to.thing.map(|thing| self.resource(thing)),
            starts_at: to.start,
            ends_at: to.end,
            quantity: to.quantity,
            title: to.title.clone(),
            notes: None,
            party_size: to.party,
            fields: None,
            contact: None,
            participants: None,
            along: None,
            override_reason: None,
        });
        let old = self.model.bookings.iter().find(|it| it.id == id);
        let known = old.is_none_or(|old| {
            let start = to.start.unwrap_or(old.when.start());
            self.knows(old.thing, start) && self.knows(to.thing.unwrap_or(old.thing), start)
        });
        let now = self.world.now;
        self.compare(&command, who, known, |model| model.amend(who, id, seen, &to, now));
    }

    fn cancel(&mut self, step: &Step, who: Principal) {
        let (id, seen, versions) = self.booking(step);
        let now = self.world.now;
        let command = Command::Cancel(Targeted { id, versions }.into());
        self.compare(&command, who, true, |model| model.cancel(who, id, seen, now).map(|()| true));
    }

    fn settle(&mut self, step: &Step, who: Principal) {
        let (id, seen, versions) = self.booking(step);
        let (now, yes) = (self.world.now, step.bits.is_multiple_of(2));
        let target = Targeted { id, versions };
        let command = if yes { Command::Confirm(target) } else { Command::Reject(target.into()) };
        self.compare(&command, who, true, |model| model.settle(who, id, seen, yes, now).map(|()| true));
    }

    /// What happens to a booking besides being moved.
    fn attend(&mut self, step: &Step, who: Principal) {
        let (id, seen, versions) = self.booking(step);
        let now = self.world.now;
        let target = Targeted { id, versions };
        match step.length % 7 {
            0 => {
                let (title, notes, party_size, fields) = (None, None, None, None);
                let command = Command::TakeUp(TakeUp { target, title, notes, party_size, fields, contact: None });
                self.compare(&command, who, true, |model| model.take_up(who, id, seen, now).map(|()| true));
            }
            1 => {
                let command = Command::CheckIn(target);
                self.compare(&command, who, true, |model| model.check_in(who, id, seen, now).map(|()| true));
            }
            2 => {
                let command = Command::End(target);
                self.compare(&command, who, true, |model| model.end(who, id, seen, now).map(|()| true));
            }
            3 => {
                let command = Command::NoShow(target.into());
                self.compare(&command, who, true, |model| model.no_show(who, id, seen, now).map(|()| true));
            }
            4 => {
                // Mostly the last that can be taken back, for these are few.
                let last = self.model.bookings.iter().rev().find(|it| it.before_at(now).is_some() && step.bits < 200);
                let (id, seen, target) = match last {
                    Some(last) => (last.id, Seen::Any, Targeted { id: last.id, versions: None }),
                    None => (id, seen, target),
                };
                let command = Command::Undo(target);
                let old = self.model.bookings.iter().find(|it| it.id == id);
                let known = old.is_none_or(|it| it.status.holds_time() || self.knows(it.thing, it.when.start()));
                self.compare(&command, who, known, |model| model.undo(who, id, seen, now).map(|()| true));
            }
            5 => {
                // Mostly what is held, for that is little and soon over.
                let held = self.model.bookings.iter().rev();
                let held = held.filter(|it| it.status_at(now) == Status::Held && step.bits < 200);
                let (id, seen, target) = match held.into_iter().next() {
                    Some(held) => (held.id, Seen::Any, Targeted { id: held.id, versions: None }),
                    None => (id, seen, target),
                };
                let command = Command::Prolong(target);
                self.compare(&command, who, true, |model| model.prolong(who, id, seen, now));
            }
            _ => {
                // Writes down what is so already: whoever may not know of it is refused, for the rest nothing changes.
                let Some(booking) = self.world.bookings.get(&id) else { return };
                let written = booking.status_at(now) != booking.status;
                let command = Command::Lapse(id);
                self.compare(&command, admin(), true, |_| Ok(written));
            }
        }
    }

    fn block(&mut self, step: &Step, who: Principal) {
        let (thing, when) = (self.pick(step.thing), self.interval(step.from, step.length));
        let (id, cancel) = (block_id(self.fresh()), step.bits.is_multiple_of(2));
        let on_conflict = if cancel { OnConflict::Cancel } else { OnConflict::Refuse };
        let resource = self.resource(thing);
        let command =
            Command::Block(MakeBlock { id, resource, interval: when, reason: None, on_conflict, series: None });
        let (now, known) = (self.world.now, self.knows(thing, when.start()));
        let block = Blocked { id, thing, when };
        self.compare(&command, who, known, |model| model.block(who, block, cancel, now).map(|_| true));
    }

    fn unblock(&mut self, step: &Step, who: Principal) {
        let there = self.model.blocks.len();
        let id = match self.model.blocks.get(usize::from(step.target) % (there + 1)) {
            Some(block) => block.id,
            None => block_id(999_999),
        };
        self.compare(&Command::Unblock(id), who, true, |model| model.unblock(who, id).map(|()| true));
    }

    fn update(&mut self, step: &Step, who: Principal) {
        let thing = self.pick(step.thing);
        let (seen, versions) = seen(step, self.world.resources.get(&self.resource(thing)).map(|it| it.version));
        let quantity = (step.bits % 4 < 3).then_some(1 + u32::from(step.quantity % 4));
        let approval = (step.bits % 8 == 7).then_some(step.bits % 16 == 7);
        let edit = Edit { quantity, requires_approval: approval, ..Edit::default() };
        let target = Targeted { id: self.resource(thing), versions };
        let command = Command::UpdateResource(UpdateResource { target, edit });
        let (now, before) = (self.world.now, self.model.things.get(thing).map(|it| it.quantity));
        self.compare(&command, who, true, |model| model.update(who, thing, seen, (quantity, approval), now));
        if self.model.things.get(thing).map(|it| it.quantity) != before {
            self.resized[thing] = true;
        }
    }

    fn delete(&mut self, step: &Step, who: Principal) {
        let thing = self.pick(step.thing);
        let (seen, versions) = seen(step, self.world.resources.get(&self.resource(thing)).map(|it| it.version));
        let cancel = step.length.is_multiple_of(2);
        let target = Targeted { id: self.resource(thing), versions };
        let command = Command::DeleteResource(DeleteResource { target, cancel_bookings: cancel });
        let now = self.world.now;
        self.compare(&command, who, true, |model| model.delete(who, thing, seen, cancel, now).map(|()| true));
    }

    fn create(&mut self, step: &Step, who: Principal) {
        let admins_only = step.bits.is_multiple_of(2);
        let id = resource_id(100 + self.fresh());
        let attributes = plain(id, 1 + u32::from(step.quantity % 3)).attributes;
        let resource = Resource { attributes: attributes.clone(), ..plain(id, 1) };
        let command = Command::CreateResource(CreateResource { id, attributes, zone_of_site: false, admins_only });
        self.compare(&command, who, true, |model| {
            if admins_only && !who.is_admin() {
                return Err(No::Forbidden);
            }
            model.things.push(thing(&resource, who.user));
            Ok(true)
        });
        self.resized.resize(self.model.things.len(), false);
    }

    /// A booking that there is, or now and then one that there never was, and how the caller has seen it.
    fn booking(&self, step: &Step) -> (BookingId, Seen, Option<Vec<i64>>) {
        let there = self.model.bookings.len();
        // The latest are the ones that still stand.
        let back = usize::from(step.target) % (there.min(24) + 1);
        let id = match there.checked_sub(back).and_then(|at| self.model.bookings.get(at)) {
            Some(booking) => booking.id,
            None => booking_id(999_999),
        };
        let (seen, versions) = seen(step, self.world.bookings.get(&id).map(|it| it.version));
        (id, seen, versions)
    }
}

/// The versions that a caller names, and what that comes to.
fn seen(step: &Step, version: Option<i64>) -> (Seen, Option<Vec<i64>>) {
    let Some(version) = version else { return (Seen::Any, None) };
    match step.seen % 8 {
        0 | 1 => (Seen::Right, Some(vec![version])),
        2 => (Seen::Right, Some(vec![version + 1, version])),
        3 => (Seen::Wrong, Some(vec![version - 1])),
        4 => (Seen::Wrong, Some(vec![])),
        _ => (Seen::Any, None),
    }
}

fn play(things: &[(u32, Option<u32>, bool, u32)], steps: &[Step]) {
    let mut bench = Bench::new(things);
    for step in steps {
        bench.step(step);
    }
    bench.commit();
}

// Twelve thousand runs of a hundred steps, of which a few only let time pass. Two tests, so that they run side by side.
proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Single things: one that anybody books, one that asks first, and one that is kept free around bookings.
    #[test]
    fn tables_do_as_the_model_does(steps in steps()) {
        play(&[(1, Some(4), false, 0), (1, None, true, 0), (1, None, false, 15)], &steps);
    }

    /// The same of things that come in numbers, whose units are dealt out anew where that helps.
    #[test]
    fn pools_do_as_the_model_does(steps in steps()) {
        play(&[(2, None, false, 0), (3, Some(2), true, 0), (2, None, false, 15)], &steps);
    }
}
