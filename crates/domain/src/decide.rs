//! The decision: a command and the facts go in, changes or a refusal come out. Pure, so that it can be tried a
//! million times a minute, and the same for both databases.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::block::Block;
use crate::booking::{Booking, Details, Status};
use crate::calendar::{Calendar, Claim, Holder};
use crate::command::{
    Amend, Book, Command, CreateResource, DeleteResource, MakeBlock, Need, OnConflict, Targeted, UpdateResource,
};
use crate::effect::{Action, Change, Decision, Happening, Outcome};
use crate::facts::Facts;
use crate::ids::{BlockId, BookingId, ResourceId};
use crate::interval::Interval;
use crate::limits::{AFFECTED_MAX, BLOCK_MAX, BOOKING_MAX, BOOKING_MIN, CONFLICTS_MAX, START_GRACE, latest_start};
use crate::refusal::{Closed, Conflict, ConflictKind, Refusal, Violation, check_version};
use crate::resource::Resource;
use crate::seating::{self, Seating, Unseated};
use crate::user::Principal;

/// Why there is no decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// It is refused.
    Refused(Refusal),
    /// These facts have to be loaded first; then ask again.
    Needs(Vec<Need>),
}

impl From<Refusal> for Undecided {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Decides `command`, asked for by `actor`, at `now`, which was taken after everything in `facts` was locked.
pub fn decide(command: &Command, actor: Principal, facts: &Facts, now: Timestamp) -> Result<Decision, Undecided> {
    let room = Room { actor, facts, now };
    match command {
        Command::Book(book) => room.book(book),
        Command::Amend(amend) => room.amend(amend),
        Command::Cancel(target) => room.cancel(target),
        Command::Confirm(target) => room.settle(target, Status::Confirmed, Action::BookingConfirmed),
        Command::Reject(target) => room.settle(target, Status::Rejected, Action::BookingRejected),
        Command::Block(block) => room.block(block),
        Command::Unblock(id) => room.unblock(*id),
        Command::CreateResource(create) => room.create_resource(create),
        Command::UpdateResource(update) => room.update_resource(update),
        Command::DeleteResource(delete) => room.delete_resource(delete),
    }
}

/// What every rule looks at.
struct Room<'a> {
    actor: Principal,
    facts: &'a Facts,
    now: Timestamp,
}

type Decided = Result<Decision, Undecided>;

impl Room<'_> {
    fn book(&self, book: &Book) -> Decided {
        let resource = self.resource(book.resource)?;
        let mut broken = Vec::new();
        broken.extend(check_length(book.interval, BOOKING_MIN, BOOKING_MAX));
        broken.extend(self.check_start(book.interval.start()));
        broken.extend(check_size(resource, book.quantity, book.details.party_size));
        refuse_any(broken)?;

        let seating = Self::seat(resource, self.calendar(resource.id), book.interval, book.quantity)?;
        let status = if resource.attributes.requires_approval { Status::Pending } else { Status::Confirmed };
        let booking = Booking {
            id: book.id,
            resource: resource.id,
            user: self.actor.user,
            interval: book.interval,
            quantity: book.quantity,
            details: book.details.clone(),
            status,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        };
        let mut changes = vec![Change::InsertBooking(booking.clone())];
        take_seats(&mut changes, &booking, seating);
        Ok(decided(changes, Action::BookingCreated, booking))
    }

    fn amend(&self, amend: &Amend) -> Decided {
        let old = self.visible_booking(amend.target.id)?;
        check_version(amend.target.versions.as_deref(), old.version)?;
        let resource_id = amend.resource.unwrap_or(old.resource);
        let start = amend.starts_at.unwrap_or(old.interval.start());
        let end = amend.ends_at.unwrap_or(old.interval.end());
        let interval = Interval::new(start, end);
        let quantity = amend.quantity.unwrap_or(old.quantity);
        let details = Details {
            title: amend.title.clone().unwrap_or_else(|| old.details.title.clone()),
            notes: amend.notes.clone().unwrap_or_else(|| old.details.notes.clone()),
            party_size: amend.party_size.unwrap_or(old.details.party_size),
        };
        must_stand(old)?;

        let moved = (resource_id, interval, quantity) != (old.resource, Ok(old.interval), old.quantity);
        if !moved {
            // Of two who have seen the same version and write the same, one is still told that it was not alone.
            if details == old.details && amend.target.versions.is_none() {
                return Ok(Decision { changes: vec![], happenings: vec![], outcome: Outcome::Booking(old.clone()) });
            }
            // A capacity that shrank later forbids no other edit.
            if details.party_size != old.details.party_size {
                refuse_any(check_size(self.resource(old.resource)?, quantity, details.party_size))?;
            }
            let booking = Booking { details, ..old.clone() }.touched(self.now);
            return Ok(decided(vec![Change::UpdateBooking(booking.clone())], Action::BookingEdited, booking));
        }

        self.must_not_be_over(old)?;
        let resource = self.resource(resource_id)?;
        let interval = interval.map_err(|_| Refusal::Rules(vec![Violation::EndsBeforeItStarts]))?;
        let mut broken = Vec::new();
        broken.extend(check_length(interval, BOOKING_MIN, BOOKING_MAX));
        if interval.start() != old.interval.start() {
            broken.extend(self.check_start(interval.start()));
        }
        broken.extend(check_size(resource, quantity, details.party_size));
        refuse_any(broken)?;

        let own = self.claims_of(old.resource, Holder::Booking(old.id), old.interval)?;
        let mut changes: Vec<Change> = own.iter().map(|claim| Change::RemoveClaim(old.resource, *claim)).collect();
        let mut calendar = self.calendar(resource_id).cloned().unwrap_or_default();
        if resource_id == old.resource {
            for claim in &own {
                calendar.remove(*claim);
            }
        }
        let seating = Self::seat(resource, Some(&calendar), interval, quantity)?;
        // Whoever was allowed one time was not thereby allowed another; where nobody is asked, nobody is waited for.
        let status = match (resource.attributes.requires_approval, self.manages(resource_id)?) {
            (true, true) => old.status,
            (true, false) => Status::Pending,
            (false, _) => Status::Confirmed,
        };
        let booking =
            Booking { resource: resource_id, interval, quantity, details, status, ..old.clone() }.touched(self.now);
        changes.push(Change::UpdateBooking(booking.clone()));
        take_seats(&mut changes, &booking, seating);
        Ok(decided(changes, Action::BookingMoved, booking))
    }

    fn cancel(&self, target: &Targeted<BookingId>) -> Decided {
        let old = self.visible_booking(target.id)?;
        check_version(target.versions.as_deref(), old.version)?;
        must_stand(old)?;
        self.must_not_be_over(old)?;
        self.release(old, Status::Cancelled, Action::BookingCancelled)
    }

    /// Confirms or rejects.
    fn settle(&self, target: &Targeted<BookingId>, status: Status, action: Action) -> Decided {
        let old = self.visible_booking(target.id)?;
        self.must_manage(old.resource)?;
        check_version(target.versions.as_deref(), old.version)?;
        if old.status != Status::Pending {
            return Err(Refusal::BookingNotPending(old.status).into());
        }
        self.must_not_be_over(old)?;
        if status.holds_time() {
            let booking = old.clone().into_status(status, self.now);
            return Ok(decided(vec![Change::UpdateBooking(booking.clone())], action, booking));
        }
        self.release(old, status, action)
    }

    fn release(&self, old: &Booking, status: Status, action: Action) -> Decided {
        let own = self.claims_of(old.resource, Holder::Booking(old.id), old.interval)?;
        let booking = old.clone().into_status(status, self.now);
        let mut changes = vec![Change::UpdateBooking(booking.clone())];
        changes.extend(own.iter().map(|claim| Change::RemoveClaim(old.resource, *claim)));
        Ok(decided(changes, action, booking))
    }

    fn block(&self, make: &MakeBlock) -> Decided {
        let resource = self.resource(make.resource)?;
        self.must_manage(resource.id)?;
        let mut broken = Vec::new();
        broken.extend(check_length(make.interval, SignedDuration::from_micros(1), BLOCK_MAX));
        broken.extend(self.check_horizon(make.interval.start()));
        refuse_any(broken)?;

        let standing = self.claims(resource, make.interval)?;
        let blocks: Vec<Claim> =
            standing.iter().filter(|claim| matches!(claim.holder, Holder::Block(_))).copied().collect();
        if !blocks.is_empty() {
            return Err(Refusal::BlockOverlapsBlock(conflicts(&blocks)).into());
        }
        let mut changes = Vec::new();
        let mut happenings = Vec::new();
        let most = if make.on_conflict == OnConflict::Refuse { CONFLICTS_MAX } else { AFFECTED_MAX };
        let victims = self.bookings_in(&standing, most)?;
        if make.on_conflict == OnConflict::Refuse && !victims.is_empty() {
            return Err(Refusal::BlockConflict(victims).into());
        }
        let over: Vec<Booking> =
            victims.iter().filter(|victim| victim.interval.end() <= self.now).take(CONFLICTS_MAX).cloned().collect();
        if !over.is_empty() {
            // What has been can't be cancelled any more.
            return Err(Refusal::BlockConflict(over).into());
        }
        if victims.len() < holders(&standing).len() {
            return Err(Refusal::TooManyAffected.into());
        }
        let cancelled = victims.iter().map(|victim| victim.id).collect();
        self.cancel_all(victims, &standing, &mut changes, &mut happenings);

        let block = Block {
            id: make.id,
            resource: resource.id,
            interval: make.interval,
            reason: make.reason.clone(),
            created_by: self.actor.user,
            created_at: self.now,
        };
        changes.push(Change::InsertBlock(block.clone()));
        for unit in 1..=resource.attributes.quantity {
            let claim = Claim { unit, interval: make.interval, holder: Holder::Block(make.id) };
            changes.push(Change::AddClaim(resource.id, claim));
        }
        happenings.push(Happening {
            action: Action::BlockCreated,
            resource: resource.id,
            booking: None,
            block: Some(block.id),
        });
        Ok(Decision { changes, happenings, outcome: Outcome::Block(block, cancelled) })
    }

    fn unblock(&self, id: BlockId) -> Decided {
        let Some(block) = self.facts.blocks.get(&id) else { return Err(Undecided::Needs(vec![Need::Block(id)])) };
        let block = block.as_ref().ok_or(Refusal::BlockNotFound)?;
        // What is left of a resource that was deleted is history.
        self.resource(block.resource)?;
        self.must_manage(block.resource)?;
        let own = self.claims_of(block.resource, Holder::Block(id), block.interval)?;
        let mut changes = vec![Change::DeleteBlock(id)];
        changes.extend(own.iter().map(|claim| Change::RemoveClaim(block.resource, *claim)));
        let happening =
            Happening { action: Action::BlockDeleted, resource: block.resource, booking: None, block: Some(id) };
        Ok(Decision { changes, happenings: vec![happening], outcome: Outcome::Gone })
    }

    fn create_resource(&self, create: &CreateResource) -> Decided {
        if create.admins_only && !self.actor.is_admin() {
            return Err(Refusal::Forbidden.into());
        }
        let resource = Resource {
            id: create.id,
            attributes: create.attributes.clone(),
            version: 1,
            revision: 1,
            created_at: self.now,
            updated_at: self.now,
        };
        let changes = vec![Change::InsertResource { resource: resource.clone(), manager: self.actor.user }];
        Ok(about_resource(changes, Action::ResourceCreated, resource.id, Outcome::Resource(resource)))
    }

    fn update_resource(&self, update: &UpdateResource) -> Decided {
        let old = self.managed_resource(&update.target)?;
        let attributes = update.edit.of(&old.attributes);
        if attributes == old.attributes && update.target.versions.is_none() {
            return Ok(Decision { changes: vec![], happenings: vec![], outcome: Outcome::Resource(old.clone()) });
        }
        let (before, after) = (old.attributes.quantity, attributes.quantity);
        let mut changes = Vec::new();
        if after != before {
            let standing = self.claims(old, self.rest_of_time()?)?;
            let (blocks, bookings): (Vec<Claim>, Vec<Claim>) =
                standing.iter().partition(|claim| matches!(claim.holder, Holder::Block(_)));
            if after < before {
                let (removed, kept): (Vec<Claim>, Vec<Claim>) = blocks.iter().partition(|claim| claim.unit > after);
                let mut remaining: Vec<Claim> = bookings.iter().chain(&kept).copied().collect();
                remaining.sort_by_key(|claim| (claim.interval.start(), claim.unit));
                let moves = seating::shrink(&remaining, after, self.now)
                    .ok_or_else(|| Refusal::ResourceInUse(holders(&bookings).len()))?;
                changes.extend(removed.iter().map(|claim| Change::RemoveClaim(old.id, *claim)));
                apply_moves(&mut changes, old.id, &moves);
            } else {
                // A block holds every unit, also those that are new.
                for block in blocks.iter().filter(|claim| claim.unit == 1) {
                    let on_unit = |unit| Change::AddClaim(old.id, Claim { unit, ..*block });
                    changes.extend((before + 1..=after).map(on_unit));
                }
            }
        }
        let resource = Resource { attributes, version: old.version + 1, updated_at: self.now, ..old.clone() };
        changes.push(Change::UpdateResource(resource.clone()));
        Ok(about_resource(changes, Action::ResourceUpdated, resource.id, Outcome::Resource(resource)))
    }

    fn delete_resource(&self, delete: &DeleteResource) -> Decided {
        let resource = self.managed_resource(&delete.target)?;
        let standing = self.claims(resource, self.rest_of_time()?)?;
        let in_use = holders(&standing).len();
        if in_use > 0 && !delete.cancel_bookings {
            return Err(Refusal::ResourceInUse(in_use).into());
        }
        if in_use > AFFECTED_MAX {
            return Err(Refusal::TooManyAffected.into());
        }
        let victims = self.bookings_in(&standing, AFFECTED_MAX)?;
        let (mut changes, mut happenings) = (Vec::new(), Vec::new());
        self.cancel_all(victims, &standing, &mut changes, &mut happenings);
        changes.push(Change::DeleteResource(resource.id, self.now));
        happenings.push(Happening {
            action: Action::ResourceDeleted,
            resource: resource.id,
            booking: None,
            block: None,
        });
        Ok(Decision { changes, happenings, outcome: Outcome::Gone })
    }

    // --- facts ---------------------------------------------------------------------------------------------

    fn resource(&self, id: ResourceId) -> Result<&Resource, Undecided> {
        match self.facts.resources.get(&id) {
            None => Err(Undecided::Needs(vec![Need::Resource(id)])),
            Some(None) => Err(Refusal::ResourceNotFound.into()),
            Some(Some(resource)) => Ok(resource),
        }
    }

    /// A resource that the actor may change, in a version that the caller has seen.
    fn managed_resource(&self, target: &Targeted<ResourceId>) -> Result<&Resource, Undecided> {
        let resource = self.resource(target.id)?;
        self.must_manage(resource.id)?;
        check_version(target.versions.as_deref(), resource.version)?;
        Ok(resource)
    }

    /// A booking that the actor may know of.
    fn visible_booking(&self, id: BookingId) -> Result<&Booking, Undecided> {
        let booking = match self.facts.bookings.get(&id) {
            None => return Err(Undecided::Needs(vec![Need::Booking(id)])),
            Some(booking) => booking.as_ref().ok_or(Refusal::BookingNotFound)?,
        };
        if !self.facts.resources.contains_key(&booking.resource) {
            return Err(Undecided::Needs(vec![Need::Resource(booking.resource)]));
        }
        if booking.user != self.actor.user && !self.manages(booking.resource)? {
            return Err(Refusal::BookingNotFound.into());
        }
        Ok(booking)
    }

    fn manages(&self, resource: ResourceId) -> Result<bool, Undecided> {
        if self.actor.is_admin() {
            return Ok(true);
        }
        match self.facts.managers.get(&(resource, self.actor.user)) {
            None => Err(Undecided::Needs(vec![Need::Manager(resource)])),
            Some(manages) => Ok(*manages),
        }
    }

    fn must_manage(&self, resource: ResourceId) -> Result<(), Undecided> {
        if self.manages(resource)? { Ok(()) } else { Err(Refusal::Forbidden.into()) }
    }

    fn must_not_be_over(&self, booking: &Booking) -> Result<(), Refusal> {
        if booking.interval.end() <= self.now { Err(Refusal::BookingClosed(Closed::Over)) } else { Ok(()) }
    }

    fn calendar(&self, resource: ResourceId) -> Option<&Calendar> {
        self.facts.calendars.get(&resource)
    }

    /// The claims on a resource that overlap the window, in order of start.
    fn claims(&self, resource: &Resource, window: Interval) -> Result<Vec<Claim>, Undecided> {
        match self.calendar(resource.id) {
            Some(calendar) if calendar.knows(window) => Ok(calendar.overlapping(resource.attributes.quantity, window)),
            _ => Err(Undecided::Needs(vec![Need::Claims(resource.id, window)])),
        }
    }

    /// The claims of one booking or block.
    fn claims_of(&self, resource: ResourceId, holder: Holder, window: Interval) -> Result<Vec<Claim>, Undecided> {
        let resource = self.resource(resource)?;
        let mut claims = self.claims(resource, window)?;
        claims.retain(|claim| claim.holder == holder);
        Ok(claims)
    }

    /// The first `most` bookings that these claims belong to.
    fn bookings_in(&self, claims: &[Claim], most: usize) -> Result<Vec<Booking>, Undecided> {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for id in holders(claims).into_iter().take(most) {
            match self.facts.bookings.get(&id) {
                Some(Some(booking)) => found.push(booking.clone()),
                // A claim without its booking is an inconsistency that `bronya check` reports; it can't be shown.
                Some(None) => {}
                None => missing.push(Need::Booking(id)),
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(Undecided::Needs(missing)) }
    }

    fn rest_of_time(&self) -> Result<Interval, Undecided> {
        // At the end of time nothing can be booked, so nothing can be in use either.
        Interval::new(self.now, Timestamp::MAX).map_err(|_| Refusal::TooManyAffected.into())
    }

    // --- rules ---------------------------------------------------------------------------------------------

    fn check_start(&self, start: Timestamp) -> Option<Violation> {
        let earliest = self.now.checked_sub(START_GRACE).unwrap_or(Timestamp::MIN);
        if start < earliest { Some(Violation::InThePast) } else { self.check_horizon(start) }
    }

    fn check_horizon(&self, start: Timestamp) -> Option<Violation> {
        let latest = latest_start(self.now);
        (start > latest).then_some(Violation::TooFarAhead(latest))
    }

    fn seat(
        resource: &Resource,
        calendar: Option<&Calendar>,
        window: Interval,
        wanted: u32,
    ) -> Result<Seating, Undecided> {
        let seated = match calendar {
            None => Err(Unseated::Unknown(window)),
            Some(calendar) => seating::seat(calendar, resource.attributes.quantity, window, wanted),
        };
        seated.map_err(|unseated| match unseated {
            Unseated::Unknown(window) => Undecided::Needs(vec![Need::Claims(resource.id, window)]),
            Unseated::Full(claims) => Refusal::BookingConflict(conflicts(&claims)).into(),
        })
    }

    fn cancel_all(
        &self,
        victims: Vec<Booking>,
        standing: &[Claim],
        changes: &mut Vec<Change>,
        happenings: &mut Vec<Happening>,
    ) {
        for claim in standing.iter().filter(|claim| matches!(claim.holder, Holder::Booking(_))) {
            // All claims that stand belong to one resource, that of each victim.
            let Some(victim) = victims.first() else { break };
            changes.push(Change::RemoveClaim(victim.resource, *claim));
        }
        for victim in victims {
            happenings.push(Happening {
                action: Action::BookingCancelled,
                resource: victim.resource,
                booking: Some(victim.id),
                block: None,
            });
            changes.push(Change::UpdateBooking(victim.into_status(Status::Cancelled, self.now)));
        }
    }
}

fn check_length(interval: Interval, min: SignedDuration, max: SignedDuration) -> Option<Violation> {
    if interval.duration() < min {
        Some(Violation::TooShort(min))
    } else if interval.duration() > max {
        Some(Violation::TooLong(max))
    } else {
        None
    }
}

fn check_size(resource: &Resource, quantity: u32, party_size: Option<u32>) -> Vec<Violation> {
    let mut broken = Vec::new();
    if quantity > resource.attributes.quantity {
        broken.push(Violation::QuantityTooLarge(resource.attributes.quantity));
    }
    if let (Some(party), Some(capacity)) = (party_size, resource.attributes.capacity) {
        let seats = capacity.saturating_mul(quantity);
        if party > seats {
            broken.push(Violation::PartyTooLarge(seats));
        }
    }
    broken
}

fn must_stand(booking: &Booking) -> Result<(), Refusal> {
    let status = booking.status;
    if status.holds_time() { Ok(()) } else { Err(Refusal::BookingClosed(Closed::Final(status))) }
}

fn refuse_any(broken: Vec<Violation>) -> Result<(), Refusal> {
    if broken.is_empty() { Ok(()) } else { Err(Refusal::Rules(broken)) }
}

/// The bookings among the holders of these claims, in order.
fn holders(claims: &[Claim]) -> BTreeSet<BookingId> {
    claims.iter().filter_map(|claim| if let Holder::Booking(id) = claim.holder { Some(id) } else { None }).collect()
}

/// What is told of claims that are in the way: each holder once, the earliest first.
fn conflicts(claims: &[Claim]) -> Vec<Conflict> {
    let mut seen = BTreeSet::new();
    claims
        .iter()
        .filter(|claim| seen.insert(claim.holder))
        .take(CONFLICTS_MAX)
        .map(|claim| {
            let kind = match claim.holder {
                Holder::Booking(_) => ConflictKind::Booking,
                Holder::Block(_) => ConflictKind::Block,
            };
            Conflict { kind, interval: claim.interval }
        })
        .collect()
}

fn take_seats(changes: &mut Vec<Change>, booking: &Booking, seating: Seating) {
    apply_moves(changes, booking.resource, &seating.moves);
    for unit in seating.units {
        let claim = Claim { unit, interval: booking.interval, holder: Holder::Booking(booking.id) };
        changes.push(Change::AddClaim(booking.resource, claim));
    }
}

fn apply_moves(changes: &mut Vec<Change>, resource: ResourceId, moves: &[seating::Move]) {
    // Two may swap their units, so all of them stand up before the first sits down.
    changes.extend(moves.iter().map(|step| Change::RemoveClaim(resource, step.claim)));
    changes.extend(moves.iter().map(|step| Change::AddClaim(resource, Claim { unit: step.to, ..step.claim })));
}

fn decided(changes: Vec<Change>, action: Action, booking: Booking) -> Decision {
    let happening = Happening { action, resource: booking.resource, booking: Some(booking.id), block: None };
    Decision { changes, happenings: vec![happening], outcome: Outcome::Booking(booking) }
}

fn about_resource(changes: Vec<Change>, action: Action, resource: ResourceId, outcome: Outcome) -> Decision {
    let happening = Happening { action, resource, booking: None, block: None };
    Decision { changes, happenings: vec![happening], outcome }
}
