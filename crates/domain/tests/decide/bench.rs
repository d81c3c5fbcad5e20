//! The world and the model side by side: one command at a time is decided in both, and they must agree.

use bronya_domain::block::Block;
use bronya_domain::booking::{Booking, Status};
use bronya_domain::calendar::Holder;
use bronya_domain::command::Command;
use bronya_domain::effect::{Change, Decision, Outcome};
use bronya_domain::facts::Facts;
use bronya_domain::ids::{BlockId, BookingId, ResourceId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::policy::Policy;
use bronya_domain::refusal::{Closed, Conflict, Refusal, Violation};
use bronya_domain::resource::Resource;
use bronya_domain::user::Principal;
use jiff::{SignedDuration, Timestamp};

use crate::model::{Blocked, Model, No, Taken, Thing};
use crate::world::{World, plain, principal, resource_id, under};

/// The world, the model of it, and what the batch knows that is under way.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) world: World,
    pub(crate) model: Model,
    pub(crate) facts: Facts,
    /// Resources that had another number of units once: what was on those that went, and what has ended before those that
    /// came, is history, so nobody can say what has been there.
    pub(crate) resized: Vec<bool>,
    pub(crate) made: u64,
}

impl Bench {
    /// Resources by quantity, capacity, approval and minutes before a booking, and twice as many after it.
    pub(crate) fn new(things: &[(u32, Option<u32>, bool, u32)]) -> Self {
        let mut bench = Self {
            world: World::default(),
            model: Model::default(),
            facts: Facts::default(),
            resized: Vec::new(),
            made: 0,
        };
        for (n, (quantity, capacity, approval, buffer)) in things.iter().enumerate() {
            let mut resource = plain(resource_id(n as u64), *quantity);
            resource.attributes.capacity = *capacity;
            resource.attributes.requires_approval = *approval;
            if 0 < *buffer {
                let (before, after) = (Some(*buffer), Some(2 * *buffer));
                let policy = Policy { buffer_before_minutes: before, buffer_after_minutes: after, ..Policy::default() };
                resource = under(resource, policy);
            }
            // Each is managed by its own one of the users 0 and 1.
            let manager = principal(n as u64 % 2).user;
            bench.world.managers.insert((resource.id, manager));
            bench.model.things.push(thing(&resource, manager));
            bench.resized.push(false);
            bench.world.resources.insert(resource.id, resource);
        }
        bench
    }

    pub(crate) fn resource(&self, thing: usize) -> ResourceId {
        self.model.things.get(thing).map_or_else(|| resource_id(999), |it| it.id)
    }

    /// Whether the model can tell what stands on a thing from `start` on.
    pub(crate) fn knows(&self, thing: usize, start: Timestamp) -> bool {
        let buffer = self.model.things.get(thing).map_or(SignedDuration::ZERO, |it| it.before);
        self.world.now <= start - buffer || !self.resized.get(thing).copied().unwrap_or(false)
    }

    // --- comparison ----------------------------------------------------------------------------------------

    /// Lets both decide, and answers whether something changed. Where the model can't know, only what must always hold is looked at.
    pub(crate) fn compare(
        &mut self,
        command: &Command,
        who: Principal,
        known: bool,
        judge: impl FnOnce(&mut Model) -> Result<bool, No>,
    ) -> bool {
        // Sometimes what will most likely be needed is there already, as in the engine, and sometimes it is not.
        if self.made.is_multiple_of(2) {
            for need in command.needs(self.world.located(command).filter(|_| self.made.is_multiple_of(4))) {
                self.world.tell(&mut self.facts, &need, who);
            }
        }
        let decided = self.world.decide_with(&mut self.facts, command, who);
        if let Ok(decision) = &decided {
            for change in &decision.changes {
                self.facts.apply(change);
            }
            self.world.apply(&decision.changes);
            self.world.check();
            self.told(command, decision);
        }
        let said = decided.as_ref().map(|decision| !decision.changes.is_empty()).map_err(no);
        if !known {
            self.learn();
            return said == Ok(true);
        }
        let expected = judge(&mut self.model);
        assert_eq!(said, expected, "decided and expected of {command:?} by {who:?}; now {}", self.world);
        if expected == Ok(true) {
            self.same(command);
        }
        expected == Ok(true)
    }

    /// What the caller is told is what there is, and what happened is in the log.
    fn told(&self, command: &Command, decision: &Decision) {
        assert_eq!(decision.changes.is_empty(), decision.happenings.is_empty(), "{command:?}");
        match &decision.outcome {
            Outcome::Booking(booking) => assert_eq!(self.world.bookings.get(&booking.id), Some(booking)),
            Outcome::Resource(resource) => assert_eq!(self.world.resources.get(&resource.id), Some(resource)),
            Outcome::Block(block, cancelled) => {
                assert_eq!(self.world.blocks.get(&block.id), Some(block));
                let changed = decision.changes.iter().filter_map(|change| match change {
                    Change::UpdateBooking(it) if it.status == Status::Cancelled => Some(it.id),
                    _ => None,
                });
                assert_eq!(cancelled, &changed.collect::<Vec<_>>(), "{command:?}");
            }
            Outcome::Gone => {}
            Outcome::Series(_) | Outcome::SeriesChanged(_) | Outcome::All(_) | Outcome::Each(_) => {
                panic!("nobody asked for several: {command:?}")
            }
        }
    }

    /// Every booking and block is as the model has it.
    fn same(&self, command: &Command) {
        let now = self.world.now;
        assert_eq!(self.world.bookings.len(), self.model.bookings.len());
        for (booking, expected) in self.world.bookings.values().zip(&self.model.bookings) {
            let shown = booking.clone().seen_at(now);
            let found = Taken { kept: expected.kept, ..taken(&shown, expected.thing) };
            assert_eq!(
                shown.stays_until().filter(|until| now < *until),
                expected.stays_until(now),
                "after {command:?}"
            );
            assert_eq!(booking.resource, self.resource(expected.thing), "{command:?}");
            let status = expected.status_at(now);
            let lapses_at = expected.lapses_at.filter(|_| status.holds_time());
            let held = if status.holds_time() { expected.held } else { found.held };
            let before = expected.before_at(now);
            let expected = Taken { held, status, lapses_at, before, ..expected.clone() };
            assert_eq!(format!("{found:?}"), format!("{expected:?}"), "after {command:?}");
        }
        let blocks: Vec<(BlockId, Interval)> = self.world.blocks.values().map(|it| (it.id, it.interval)).collect();
        let expected: Vec<(BlockId, Interval)> = self.model.blocks.iter().map(|it| (it.id, it.when)).collect();
        assert_eq!(blocks, expected, "after {command:?}");
    }

    /// Takes over what there is, where the model could not follow.
    fn learn(&mut self) {
        let Self { world, model, .. } = self;
        let at = |resource: ResourceId| model.things.iter().position(|it| it.id == resource).unwrap();
        // Time that was had to the end still has its claims; and nobody may have said that whoever was there has gone.
        let holding = |id| world.claims.values().any(|claim| claim.holder == Holder::Booking(id));
        let learned = |it: &Booking| {
            let sits = it.stays_until().is_some();
            let status = if sits { Status::CheckedIn } else { it.status };
            let kept = it.status == Status::Completed && !sits && holding(it.id);
            Taken { status, kept, ..taken(it, at(it.resource)) }
        };
        model.bookings = world.bookings.values().map(learned).collect();
        let blocked = |it: &Block| Blocked { id: it.id, thing: at(it.resource), when: it.interval };
        model.blocks = world.blocks.values().map(blocked).collect();
    }

    /// Ends a batch: what it knew, with every change applied, is what there is.
    pub(crate) fn commit(&mut self) {
        let facts = std::mem::take(&mut self.facts);
        for (id, booking) in &facts.bookings {
            assert_eq!(booking.as_ref(), self.world.bookings.get(id));
        }
        for (id, block) in &facts.blocks {
            assert_eq!(block.as_ref(), self.world.blocks.get(id));
        }
        for (id, resource) in &facts.resources {
            assert_eq!(resource.as_ref(), self.world.resources.get(id));
        }
        let to_come = Interval::new(self.world.now, self.world.now + SignedDuration::from_hours(4)).unwrap();
        for (id, calendar) in facts.calendars.iter().filter(|(_, calendar)| calendar.knows(to_come)) {
            let Some(resource) = self.world.resources.get(id) else { continue };
            let mut known = calendar.overlapping(resource.attributes.quantity, to_come);
            known.sort_by_key(|claim| (claim.unit, claim.interval.start()));
            let there = self.world.claims_on(*id).filter(|claim| claim.interval.overlaps(to_come));
            assert_eq!(known, there.copied().collect::<Vec<_>>(), "what a batch knew of {id}");
        }
    }
}

pub(crate) fn thing(resource: &Resource, manager: UserId) -> Thing {
    let minutes = |count: Option<u32>| SignedDuration::from_mins(i64::from(count.unwrap_or(0)));
    let policy = &resource.in_force.policy;
    Thing {
        id: resource.id,
        quantity: resource.attributes.quantity,
        capacity: resource.attributes.capacity,
        approval: resource.attributes.requires_approval,
        before: minutes(policy.buffer_before_minutes),
        after: minutes(policy.buffer_after_minutes),
        deleted: false,
        managers: vec![manager],
    }
}

fn taken(booking: &Booking, thing: usize) -> Taken {
    Taken {
        id: booking.id,
        thing,
        user: booking.user,
        when: booking.interval,
        held: booking.held(),
        quantity: booking.quantity,
        title: booking.details.title.clone(),
        party: booking.details.party_size,
        status: booking.status,
        lapses_at: booking.claims_lapse_at(),
        made: booking.created_at,
        before: booking.undo.filter(|_| booking.undo_until().is_some()).map(|it| (it.status, it.end, it.taken_at)),
        kept: false,
    }
}

fn no(refusal: &Refusal) -> No {
    let intervals = |conflicts: &[Conflict]| {
        let mut intervals: Vec<Interval> = conflicts.iter().map(|it| it.interval).collect();
        intervals.sort();
        intervals
    };
    match refusal {
        Refusal::ResourceNotFound => No::ResourceNotFound,
        Refusal::BookingNotFound => No::BookingNotFound,
        Refusal::BlockNotFound => No::BlockNotFound,
        Refusal::Forbidden => No::Forbidden,
        Refusal::Stale(_) => No::Stale,
        Refusal::BookingClosed(Closed::Final(status)) => No::Final(*status),
        Refusal::BookingClosed(Closed::Over) => No::Over,
        Refusal::BookingNotPending(status) => No::NotPending(*status),
        Refusal::BookingNot { wanted, found } => No::Not(*wanted, *found),
        Refusal::NotYet(_) => No::NotYet,
        Refusal::NothingToUndo => No::NothingToUndo,
        Refusal::Rules(broken) => No::Rules(broken.iter().map(rule).collect()),
        Refusal::BookingConflict(conflicts) => No::Conflict(intervals(conflicts)),
        Refusal::BlockConflict(bookings) => {
            let mut ids: Vec<BookingId> = bookings.iter().map(|it| it.id).collect();
            ids.sort();
            No::BlockConflict(ids)
        }
        Refusal::BlockOverlapsBlock(conflicts) => No::BlockOverlapsBlock(intervals(conflicts)),
        Refusal::ResourceInUse(bookings) => No::InUse(*bookings),
        other => panic!("nobody asked for what leads to this: {other:?}"),
    }
}

fn rule(violation: &Violation) -> &'static str {
    match violation {
        Violation::EndsBeforeItStarts => "backwards",
        Violation::InThePast => "past",
        Violation::QuantityTooLarge(_) => "quantity",
        Violation::PartyTooLarge(_) => "party",
        other => panic!("nobody asked for what leads to this: {other:?}"),
    }
}
