//! The decision: a command and the facts go in, changes or a refusal come out. Pure, so that it can be tried a
//! million times a minute, and the same for both databases.

mod attendance;
mod profile;
mod reseating;
mod rules;
mod several;
mod spread;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::block::Block;
use crate::booking::{Along, Booking, Contact, Details, Guest, Status, places};
use crate::calendar::{Calendar, Claim, Holder};
use crate::command::{
    Amend, Book, BookAny, Close, Command, CreateResource, DeleteResource, MakeBlock, Need, OnConflict, Targeted,
    UpdateResource,
};
use crate::decide::profile::{also, fields};
pub(crate) use crate::decide::rules::{Wish, outside_hours_allowed, zone};
use crate::decide::rules::{bounded_length, party, size};
use crate::decide::spread::Missing;
use crate::effect::{Action, Change, Decision, Detail, Happening, Outcome, SetAside};
use crate::facts::{Facts, PlaceId};
use crate::ids::{BlockId, BookingId, ResourceId, SiteId};
use crate::interval::Interval;
use crate::limits::{AFFECTED_MAX, BLOCK_MAX, CONFLICTS_MAX, QUANTITY_MAX};
use crate::policy::{HOLD_MINUTES_MAX, minutes};
use crate::refusal::{Broken, Closed, Conflict, ConflictKind, Refusal, Violation, check_version};
use crate::resource::{Attributes, Resource};
use crate::rules::{Rules, in_force};
use crate::seating;
use crate::user::{Principal, Role};

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
        Command::BookAny(any) => room.book_any(any),
        Command::Amend(amend) => room.amend(amend),
        Command::Cancel(close) => room.cancel(close),
        Command::Confirm(target) => room.confirm(target),
        Command::Reject(close) => room.reject(close),
        Command::TakeUp(take_up) => room.take_up(take_up),
        Command::Prolong(target) => room.prolong(target),
        Command::CheckIn(target) => room.check_in(target),
        Command::End(target) => room.end(target),
        Command::NoShow(target) => room.no_show(target),
        Command::Undo(target) => room.undo(target),
        Command::Lapse(id) => room.lapse_now(*id),
        Command::BookSeries(series) => room.book_series(series),
        Command::ChangeSeries(change) => room.change_series(change),
        Command::All(commands) => room.all(commands),
        Command::Each(commands) => room.each(commands),
        Command::Forget(id) => room.forget(*id),
        Command::GiveLink(give) => room.give_link(give),
        Command::Block(block) => room.block(block),
        Command::Unblock(id) => room.unblock(*id),
        Command::CreateResource(create) => room.create_resource(create),
        Command::UpdateResource(update) => room.update_resource(update),
        Command::DeleteResource(delete) => room.delete_resource(delete),
    }
}

/// Every rule of the place that a booking breaks under what is in force for `resource`, which it is of or which was booked along, asked as
/// it was when the booking was made: for trying rules out on what has been. `facts` holds the owner's diary as it was then.
pub fn would_break(resource: &Resource, booking: &Booking, facts: &Facts) -> Result<Vec<Broken>, Undecided> {
    let actor = Principal { user: booking.user, role: Role::User };
    let room = Room { actor, facts, now: booking.created_at };
    room.policy(resource, Wish::of(booking), None)
}

/// The time of a booking on this resource, which may be what says when it ends.
fn interval_on(resource: &Resource, book: &Book) -> Result<Interval, Refusal> {
    if !book.ends_by_place {
        return Ok(book.interval);
    }
    let interval = resource.interval_from(book.interval.start(), book.details.party_size);
    interval.ok_or_else(|| Refusal::Rules(vec![Violation::EndMissing]))
}

/// How the guest of a booking is reached once that is edited.
fn reached(booking: &Booking, contact: Option<&Contact>) -> Result<Option<Guest>, Refusal> {
    match (&booking.details.guest, contact) {
        (Some(guest), Some(contact)) => Ok(Some(Guest { contact: contact.clone(), ..guest.clone() })),
        (None, Some(_)) => Err(Refusal::Rules(vec![Violation::NoGuest])),
        (guest, None) => Ok(guest.clone()),
    }
}

/// What every rule looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room<'a> {
    pub(crate) actor: Principal,
    pub(crate) facts: &'a Facts,
    pub(crate) now: Timestamp,
}

type Decided = Result<Decision, Undecided>;

/// A calendar without what has lapsed in a window, and the changes that write down that it has.
struct Cleared<'a> {
    calendar: Cow<'a, Calendar>,
    changes: Vec<Change>,
    happenings: Vec<Happening>,
}

impl Room<'_> {
    fn book(&self, book: &Book) -> Decided {
        self.book_unpinned(book, &[])
    }

    /// A booking that may later be moved to what would do as well.
    fn book_unpinned(&self, book: &Book, would_do: &[ResourceId]) -> Decided {
        let resource = self.known_resource(book.resource)?;
        if self.actor.role == Role::Guest && book.details.guest.is_none() {
            return Err(Refusal::Forbidden.into());
        }
        let owner = book.owner(self.actor.user);
        let along = self.known_along(book.along.iter().copied(), None)?;
        if book.override_reason.is_some() || owner != self.actor.user {
            self.must_manage_all(std::iter::once(resource.id).chain(along.iter().map(|(it, _)| it.id)))?;
        }
        let interval = interval_on(resource, book)?;
        let wish =
            Wish { interval, quantity: book.quantity, party_size: book.details.party_size, owner, within_hours: None };
        let shares = Self::shares(resource, &along)?;
        let carried = fields(resource, &book.details.fields, book.hold_minutes.is_none());
        let mut terms = also(self.terms(resource, &along, wish, None, book.override_reason.as_ref()), carried)?;
        if let Some(asked) = book.hold_minutes {
            let longest = resource.in_force.policy.hold_minutes_max.unwrap_or(HOLD_MINUTES_MAX);
            terms.status = Status::Held;
            terms.lapses_at = self.now.checked_add(minutes(asked.min(longest))).ok();
        }

        let window = terms.buffers.around(interval);
        let placed = self.place(places((resource.id, book.quantity), &shares), window, &[])?;
        let booking = Booking {
            id: book.id,
            resource: resource.id,
            user: owner,
            interval,
            quantity: book.quantity,
            details: book.details.clone(),
            status: terms.status,
            lapses_at: terms.lapses_at,
            buffers: terms.buffers,
            override_reason: terms.override_reason(),
            closed_reason: None,
            made_by: (owner != self.actor.user).then_some(self.actor.user),
            series: book.series,
            would_do: would_do.to_vec(),
            undo: None,
            shares,
            version: 1,
            created_at: self.now,
            updated_at: self.now,
        };
        let action = if booking.status == Status::Held { Action::BookingHeld } else { Action::BookingCreated };
        let detail = Detail::default().against(terms.set_aside);
        Ok(placed.decided([Change::InsertBooking(booking.clone())], action, booking).telling(detail))
    }

    /// The first candidate that can be had. Where none can, it is told what is in the way, or else why the first is refused.
    fn book_any(&self, any: &BookAny) -> Decided {
        let (mut missing, mut refused) = (Missing::default(), None);
        for resource in &any.candidates {
            let decided = match self.book_unpinned(&Book { resource: *resource, ..any.book.clone() }, &any.would_do) {
                Err(Undecided::Refused(refusal)) => {
                    let taken = matches!(refusal, Refusal::BookingConflict(_));
                    if refused.is_none() || (taken && !matches!(refused, Some(Refusal::BookingConflict(_)))) {
                        refused = Some(refusal);
                    }
                    continue;
                }
                other => missing.note(other)?,
            };
            // What is better and not known yet comes first.
            if let (Some(decision), true) = (decided, missing.is_empty()) {
                return Ok(decision);
            }
        }
        missing.or(())?;
        if let Some(decision) = self.reseated(any)? {
            return Ok(decision);
        }
        Err(refused.unwrap_or(Refusal::ResourceNotFound).into())
    }

    fn amend(&self, amend: &Amend) -> Decided {
        let old = self.visible_booking(amend.target.id)?;
        self.must_own_or_manage(old)?;
        check_version(amend.target.versions.as_deref(), old.version)?;
        let resource_id = amend.resource.unwrap_or(old.resource);
        let quantity = amend.quantity.unwrap_or(old.quantity);
        let details = Details {
            title: amend.title.clone().unwrap_or_else(|| old.details.title.clone()),
            notes: amend.notes.clone().unwrap_or_else(|| old.details.notes.clone()),
            party_size: amend.party_size.unwrap_or(old.details.party_size),
            fields: amend.fields.as_ref().map_or_else(|| old.details.fields.clone(), |it| it.of(&old.details.fields)),
            guest: reached(old, amend.contact.as_ref())?,
            participants: amend.participants.clone().unwrap_or_else(|| old.details.participants.clone()),
        };
        // Whoever is there still may stay longer, also when the time is over.
        let stays_on = old.stays_on_at(self.now);
        if !stays_on {
            self.must_stand(old)?;
        }
        let start = amend.starts_at.unwrap_or(old.interval.start());
        let end = match amend.ends_at {
            Some(end) => end,
            None if (amend.starts_at, amend.resource) == (None, None) => self.end_for(old, details.party_size)?,
            None => old.interval.end(),
        };
        let interval = Interval::new(start, end);
        let changed = (details.participants != old.details.participants).then_some(Change::ChangeParticipants(old.id));

        let along: Cow<'_, [Along]> = match &amend.along {
            Some(along) => Cow::Borrowed(along),
            None => Cow::Owned(old.along().collect()),
        };
        let moved = (resource_id, interval, quantity) != (old.resource, Ok(old.interval), old.quantity)
            || !old.along().eq(along.iter().copied());
        let stays = (old.status == Status::CheckedIn || stays_on) && start == old.interval.start() && self.now < end;
        if stays_on && !(moved && stays) {
            return Err(Refusal::BookingClosed(Closed::Final(Status::Completed)).into());
        }
        if !moved {
            // Of two who have seen the same version and write the same, one is still told that it was not alone.
            if details == old.details && amend.target.versions.is_none() {
                return Ok(Decision { changes: vec![], happenings: vec![], outcome: Outcome::Booking(old.clone()) });
            }
            let (mut override_reason, mut set_aside) = (old.override_reason.clone(), None);
            // A capacity that shrank later forbids no other edit.
            let mut broken = Vec::new();
            if details.party_size != old.details.party_size {
                let resource = self.resource(old.resource)?;
                let along = self.along(old.along())?;
                broken.extend(size(resource, quantity, details.party_size, &along));
            }
            if details.fields != old.details.fields {
                broken.extend(self.fields_edited(self.resource(old.resource)?, old, &details.fields));
            }
            refuse_any(broken)?;
            let broken = self.party_rules(old, details.party_size)?;
            if !broken.is_empty() {
                let Some(reason) = &amend.override_reason else {
                    return Err(Refusal::Rules(broken).into());
                };
                self.must_manage_all(old.asked_for())?;
                override_reason = Some(reason.clone());
                set_aside = Some(SetAside::of(&broken, reason));
            }
            let booking = Booking { details, override_reason, ..old.clone() }.touched(self.now);
            let changes = std::iter::once(Change::UpdateBooking(booking.clone())).chain(changed).collect();
            let detail = Detail::default().against(set_aside);
            return Ok(decided(changes, Action::BookingEdited, booking).telling(detail));
        }

        if !stays {
            self.must_not_be_over(old)?;
        }
        // Its own booking somebody knows of, wherever it stands.
        let elsewhere = resource_id != old.resource;
        let resource = if elsewhere { self.known_resource(resource_id)? } else { self.resource(resource_id)? };
        let along = self.known_along(along.iter().copied(), Some(old))?;
        let had: Vec<ResourceId> = old.asked_for().collect();
        let wanted = || std::iter::once(resource).chain(along.iter().map(|(it, _)| *it));
        let mut new = wanted().filter(|place| !had.contains(&place.id));
        if amend.override_reason.is_some() {
            self.must_manage_all(wanted().map(|it| it.id).chain(had.iter().copied()))?;
        } else if self.actor.role == Role::Guest {
            // Whoever was let into a house stays in it.
            let house = self.facts.site_of(old.resource);
            if new.any(|place| house.is_none() || place.attributes.site != house) {
                return Err(Refusal::Forbidden.into());
            }
        } else if old.user != self.actor.user {
            // Whoever books in somebody's name manages what is booked.
            self.must_manage_all(new.map(|it| it.id))?;
        }
        let interval = interval.map_err(|_| Refusal::Rules(vec![Violation::EndsBeforeItStarts]))?;
        let wish = Wish { interval, quantity, party_size: details.party_size, owner: old.user, within_hours: None };
        let shares = Self::shares(resource, &along)?;
        let carried = self.fields_edited(resource, old, &details.fields);
        let terms = also(self.terms(resource, &along, wish, Some(old), amend.override_reason.as_ref()), carried)?;

        let own = self.claims_everywhere(old)?;
        let window = terms.buffers.around(interval);
        let placed = self.place(places((resource_id, quantity), &shares), window, &own)?;
        // Whoever was allowed one time was not thereby allowed another; where nobody is asked, nobody is waited for.
        let status = match (old.status, terms.status) {
            _ if stays_on => Status::CheckedIn,
            (Status::CheckedIn | Status::Held, _) => old.status,
            (old, Status::Pending) if self.has_a_say(resource, &along, wish)? => old,
            (_, asked) => asked,
        };
        let booking = Booking {
            resource: resource_id,
            interval,
            quantity,
            details,
            status,
            lapses_at: match status {
                Status::Held => old.lapses_at,
                _ => self.lapse(&resource.in_force.policy, status, interval),
            },
            buffers: terms.buffers,
            override_reason: terms.override_reason().or_else(|| old.override_reason.clone()),
            // Whoever chooses another resource wants that one.
            would_do: if elsewhere { Vec::new() } else { old.would_do.clone() },
            undo: old.undo.filter(|_| !stays_on),
            shares,
            ..old.clone()
        }
        .touched(self.now);
        let shared = (booking.shares != old.shares).then_some(Change::ChangeShares(booking.id));
        let rows = std::iter::once(Change::UpdateBooking(booking.clone())).chain(shared).chain(changed);
        let detail = Detail::of(old, &booking).against(terms.set_aside);
        let left = given_up(old, &booking).collect::<Vec<_>>();
        let mut decision = placed.decided(rows, Action::BookingMoved, booking).telling(detail);
        decision.happenings.extend(left);
        Ok(decision)
    }

    /// When a booking ends of which only the party changes. Where it is as long as parties of that size stay, the place decided so, and
    /// decides again; whoever has begun is not asked to go.
    fn end_for(&self, old: &Booking, party_size: Option<u32>) -> Result<Timestamp, Undecided> {
        let (start, end) = (old.interval.start(), old.interval.end());
        if party_size == old.details.party_size || start <= self.now {
            return Ok(end);
        }
        let resource = self.resource(old.resource)?;
        let by_place = |party| resource.interval_from(start, party).map(crate::interval::Interval::end);
        let was_by_place = by_place(old.details.party_size) == Some(end);
        Ok(by_place(party_size).filter(|_| was_by_place).unwrap_or(end))
    }

    /// Every rule of a place that a booking breaks once another party comes at the same time. One that has not started and grows is
    /// paced like one that comes new; whoever is there is there.
    fn party_rules(&self, old: &Booking, party_size: Option<u32>) -> Result<Vec<Violation>, Undecided> {
        if party_size == old.details.party_size || old.interval.start() <= self.now {
            return Ok(Vec::new());
        }
        let resource = self.resource(old.resource)?;
        let along = self.along(old.along())?;
        let wish = Wish { party_size, ..Wish::of(old) };
        let (mut broken, mut missing): (Vec<Broken>, _) = (Vec::new(), Missing::default());
        for it in std::iter::once(resource).chain(along.iter().map(|(it, _)| *it)) {
            let paced = missing.note(self.pacing(it, wish, Some(old)))?.flatten();
            for more in party(&it.in_force.policy, party_size).into_iter().chain(paced) {
                if !broken.contains(&more) {
                    broken.push(more);
                }
            }
        }
        missing.or(())?;
        Ok(broken.into_iter().map(Violation::Policy).collect())
    }

    fn cancel(&self, Close { target, reason }: &Close) -> Decided {
        let old = self.visible_booking(target.id)?;
        check_version(target.versions.as_deref(), old.version)?;
        self.must_stand(old)?;
        self.must_not_be_over(old)?;
        // What is left of a deleted resource has no rules any more, and what was never booked is given back at any time.
        if old.status != Status::Held && old.user == self.actor.user {
            let mut missing = Missing::default();
            for place in old.asked_for() {
                missing.note(self.may_be_given_back(place, old.interval.start()))?;
            }
            missing.or(())?;
        }
        // What was booked can be had again for a while, where it is free; a hold is asked for anew, and who is there has come.
        let undo = matches!(old.status, Status::Pending | Status::Confirmed).then(|| old.step_at(self.now));
        let gone =
            Booking { undo, closed_reason: reason.clone(), ..old.clone().into_status(Status::Cancelled, self.now) };
        self.leaves(old, gone, Action::BookingCancelled)
    }

    /// Refuses where it is too late for the owner to give `place` back, unless the owner manages it.
    fn may_be_given_back(&self, place: ResourceId, start: Timestamp) -> Result<(), Undecided> {
        let resource = match self.facts.resources.get(&place) {
            None => return Err(Undecided::Needs(vec![Need::Resource(place)])),
            Some(None) => return Ok(()),
            Some(Some(resource)) => resource,
        };
        match self.cancel_notice_minutes_min(&resource.in_force.policy, start) {
            Some(broken) if !self.manages(place)? => Err(Refusal::Rules(vec![Violation::Policy(broken)]).into()),
            _ => Ok(()),
        }
    }

    /// Who says yes says it for every place that wants to be asked.
    fn confirm(&self, target: &Targeted<BookingId>) -> Decided {
        let old = self.asked(target)?;
        if !self.has_a_say(self.resource(old.resource)?, &self.along(old.along())?, Wish::of(old))? {
            return Err(Refusal::Forbidden.into());
        }
        let policy = &self.resource(old.resource)?.in_force.policy;
        let lapses_at = self.lapse(policy, Status::Confirmed, old.interval);
        self.change_status(old, Status::Confirmed, lapses_at, Action::BookingConfirmed)
    }

    fn reject(&self, Close { target, reason }: &Close) -> Decided {
        let old = self.asked(target)?;
        self.release(old, Status::Rejected, reason.as_ref(), Action::BookingRejected)
    }

    /// A booking that waits for a decision, of whoever manages something that it is to have.
    fn asked(&self, target: &Targeted<BookingId>) -> Result<&Booking, Undecided> {
        let old = self.visible_booking(target.id)?;
        self.must_manage_some_of(old)?;
        check_version(target.versions.as_deref(), old.version)?;
        let standing = old.status_at(self.now);
        if standing != Status::Pending {
            return Err(Refusal::BookingNotPending(standing).into());
        }
        self.must_not_be_over(old)?;
        Ok(old)
    }

    /// Another status that holds the same time.
    fn change_status(&self, old: &Booking, status: Status, lapses_at: Option<Timestamp>, action: Action) -> Decided {
        self.stays(old, Booking { lapses_at, ..old.clone().into_status(status, self.now) }, action)
    }

    /// What becomes of a booking that keeps its time.
    fn stays(&self, old: &Booking, booking: Booking, action: Action) -> Decided {
        let lapses_at = booking.claims_lapse_at();
        let mut changes = vec![Change::UpdateBooking(booking.clone())];
        if lapses_at != old.claims_lapse_at() {
            for (on, claim) in self.claims_everywhere(old)? {
                changes.push(Change::RemoveClaim(on, claim));
                changes.push(Change::AddClaim(on, Claim { lapses_at, ..claim }));
            }
        }
        Ok(decided(changes, action, booking))
    }

    /// What becomes of a booking that is closed before its time, with what was said.
    fn release(&self, old: &Booking, status: Status, reason: Option<&String>, action: Action) -> Decided {
        let closed = Booking { closed_reason: reason.cloned(), ..old.clone().into_status(status, self.now) };
        self.leaves(old, closed, action)
    }

    /// What becomes of a booking that gives its time back.
    fn leaves(&self, old: &Booking, booking: Booking, action: Action) -> Decided {
        let own = self.claims_everywhere(old)?;
        let mut changes = vec![Change::UpdateBooking(booking.clone())];
        changes.extend(own.iter().map(|(on, claim)| Change::RemoveClaim(*on, *claim)));
        Ok(decided(changes, action, booking))
    }

    fn block(&self, make: &MakeBlock) -> Decided {
        let resource = self.known_resource(make.resource)?;
        self.must_manage(resource.id)?;
        let mut broken = Vec::new();
        broken.extend(bounded_length(make.interval, SignedDuration::from_micros(1), BLOCK_MAX));
        broken.extend(self.horizon(make.interval.start()));
        refuse_any(broken)?;

        let places = self.resources(std::iter::once(resource.id).chain(resource.attributes.parts.iter().copied()))?;
        let (mut changes, mut happenings) = (Vec::new(), Vec::new());
        let (mut standing, mut noted) = (Vec::new(), BTreeSet::new());
        for place in &places {
            let cleared = self.cleared(place, make.interval, &mut noted)?;
            standing.extend(cleared.calendar.overlapping(place.attributes.quantity, make.interval));
            changes.extend(cleared.changes);
            happenings.extend(cleared.happenings);
        }
        standing.sort_by_key(|claim| (claim.interval.start(), claim.unit));
        let blocks: Vec<Claim> =
            standing.iter().filter(|claim| matches!(claim.holder, Holder::Block(_))).copied().collect();
        if !blocks.is_empty() {
            return Err(Refusal::BlockOverlapsBlock(conflicts(&blocks)).into());
        }
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
        self.cancel_all(victims, &standing, &mut changes, &mut happenings)?;

        let block = Block {
            id: make.id,
            resource: resource.id,
            parts: resource.attributes.parts.clone(),
            interval: make.interval,
            reason: make.reason.clone(),
            series: make.series,
            created_by: self.actor.user,
            created_at: self.now,
        };
        changes.push(Change::InsertBlock(block.clone()));
        for place in &places {
            for unit in 1..=place.attributes.quantity {
                let claim = Claim { unit, interval: make.interval, holder: Holder::Block(make.id), lapses_at: None };
                changes.push(Change::AddClaim(place.id, claim));
            }
        }
        happenings.push(Happening {
            action: Action::BlockCreated,
            resource: resource.id,
            booking: None,
            block: Some(block.id),
            detail: Detail::default(),
        });
        Ok(Decision { changes, happenings, outcome: Outcome::Block(block, cancelled) })
    }

    fn unblock(&self, id: BlockId) -> Decided {
        let Some(block) = self.facts.blocks.get(&id) else { return Err(Undecided::Needs(vec![Need::Block(id)])) };
        let block = block.as_ref().ok_or(Refusal::BlockNotFound)?;
        // What is left of a resource that was deleted is history.
        let resource = self.resource(block.resource)?;
        if !self.may_know(resource)? {
            return Err(Refusal::BlockNotFound.into());
        }
        self.must_manage(block.resource)?;
        let mut changes = vec![Change::DeleteBlock(id)];
        for place in std::iter::once(&block.resource).chain(&block.parts) {
            let own = self.claims_of(*place, Holder::Block(id), block.interval)?;
            changes.extend(own.iter().map(|claim| Change::RemoveClaim(*place, *claim)));
        }
        let (action, detail) = (Action::BlockDeleted, Detail::default());
        let happening = Happening { action, resource: block.resource, booking: None, block: Some(id), detail };
        Ok(Decision { changes, happenings: vec![happening], outcome: Outcome::Gone })
    }

    fn create_resource(&self, create: &CreateResource) -> Decided {
        if create.admins_only && !self.actor.is_admin() {
            return Err(Refusal::Forbidden.into());
        }
        let mut attributes = create.attributes.clone();
        let in_force = self.rules_for(&attributes, None)?;
        let schema = self.schema_for(&attributes, None)?;
        self.check_parts(create.id, &attributes, &BTreeSet::new())?;
        let site = attributes.site.filter(|_| create.zone_of_site).map(PlaceId::Site);
        if let Some(Some(site)) = site.and_then(|site| self.facts.places.get(&site)) {
            attributes.time_zone = site.time_zone.clone().unwrap_or(attributes.time_zone);
        }
        let resource = Resource {
            id: create.id,
            in_force,
            attributes,
            schema,
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
        let mut attributes = update.edit.of(&old.attributes);
        let mut kept = BTreeSet::new();
        if update.edit.parts.is_some() {
            // Whoever says anew what it is made of has not seen these, and takes none of them away.
            kept = self.unknown_parts(old)?;
            attributes.parts.extend(kept.iter().copied());
            attributes.parts.sort_unstable();
            attributes.parts.dedup();
        }
        if attributes == old.attributes && update.target.versions.is_none() {
            return Ok(Decision { changes: vec![], happenings: vec![], outcome: Outcome::Resource(old.clone()) });
        }
        let (before, after) = (old.attributes.quantity, attributes.quantity);
        let in_force = self.rules_for(&attributes, Some(old))?;
        let schema = self.schema_for(&attributes, Some(old))?;
        let (mut changes, mut happenings) = (Vec::new(), Vec::new());
        if attributes.parts != old.attributes.parts {
            self.check_parts(old.id, &attributes, &kept)?;
            // What stands holds the parts of that time, and nobody would notice who has the others.
            let cleared = self.cleared(old, self.rest_of_time()?, &mut BTreeSet::new())?;
            let standing = cleared.calendar.overlapping(before, self.rest_of_time()?);
            let bookings = holders(&standing).len();
            if 0 < bookings {
                return Err(Refusal::ResourceInUse(bookings).into());
            }
            if !standing.is_empty() {
                return Err(Refusal::BlockOverlapsBlock(conflicts(&standing)).into());
            }
        }
        if after != before {
            self.must_be_no_part(old.id)?;
            let cleared = self.cleared(old, self.rest_of_time()?, &mut BTreeSet::new())?;
            let standing = cleared.calendar.overlapping(before, self.rest_of_time()?);
            changes.extend(cleared.changes);
            happenings.extend(cleared.happenings);
            let (blocks, bookings): (Vec<Claim>, Vec<Claim>) =
                standing.iter().partition(|claim| matches!(claim.holder, Holder::Block(_)));
            if after < before {
                let (removed, kept): (Vec<Claim>, Vec<Claim>) = blocks.iter().partition(|claim| claim.unit > after);
                let mut remaining: Vec<Claim> = bookings.iter().chain(&kept).copied().collect();
                remaining.sort_by_key(|claim| (claim.interval.start(), claim.unit));
                let moves = seating::shrink(&remaining, after, self.now)
                    .ok_or_else(|| Refusal::ResourceInUse(holders(&bookings).len()))?;
                changes.extend(removed.iter().map(|claim| Change::RemoveClaim(old.id, *claim)));
                for step in &moves {
                    let past = self.ended_in_the_way(old, &cleared.calendar, step)?;
                    changes.extend(past.into_iter().map(|claim| Change::RemoveClaim(old.id, claim)));
                }
                apply_moves(&mut changes, old.id, &moves);
            } else {
                // A block holds every unit, also those that are new.
                for block in blocks.iter().filter(|claim| claim.unit == 1) {
                    let on_unit = |unit| Change::AddClaim(old.id, Claim { unit, ..*block });
                    changes.extend((before + 1..=after).map(on_unit));
                }
            }
        }
        let version = old.version + 1;
        let resource = Resource { attributes, in_force, schema, version, updated_at: self.now, ..old.clone() };
        changes.push(Change::UpdateResource(resource.clone()));
        let decision = about_resource(changes, Action::ResourceUpdated, resource.id, Outcome::Resource(resource));
        happenings.extend(decision.happenings);
        Ok(Decision { happenings, ..decision })
    }

    fn delete_resource(&self, delete: &DeleteResource) -> Decided {
        let resource = self.managed_resource(&delete.target)?;
        self.must_be_no_part(resource.id)?;
        let Cleared { calendar, mut changes, mut happenings } =
            self.cleared(resource, self.rest_of_time()?, &mut BTreeSet::new())?;
        let mut standing = calendar.overlapping(resource.attributes.quantity, self.rest_of_time()?);
        // Of what is over, the time that is kept free after it still stands: that is history, and stays it.
        let begun = standing.partition_point(|claim| claim.interval.start() <= self.now);
        let mut over = self.bookings_in(&standing[..begun], usize::MAX)?;
        over.retain(|booking| booking.interval.end() <= self.now);
        standing.retain(|claim| over.iter().all(|booking| claim.holder != Holder::Booking(booking.id)));
        let in_use = holders(&standing).len();
        if in_use > 0 && !delete.cancel_bookings {
            return Err(Refusal::ResourceInUse(in_use).into());
        }
        if in_use > AFFECTED_MAX {
            return Err(Refusal::TooManyAffected.into());
        }
        let victims = self.bookings_in(&standing, AFFECTED_MAX)?;
        self.cancel_all(victims, &standing, &mut changes, &mut happenings)?;
        changes.push(Change::DeleteResource(resource.id, self.now));
        happenings.push(Happening {
            action: Action::ResourceDeleted,
            resource: resource.id,
            booking: None,
            block: None,
            detail: Detail::default(),
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
        let resource = self.known_resource(target.id)?;
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
        if booking.user != self.actor.user && !self.manages_some_of(booking)? {
            // Whoever takes part may see it, and no more than that.
            let refusal = if booking.includes(self.actor.user) { Refusal::Forbidden } else { Refusal::BookingNotFound };
            return Err(refusal.into());
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

    /// Whether the actor manages something that the booking was asked for: what it is of, or what was booked along.
    fn manages_some_of(&self, booking: &Booking) -> Result<bool, Undecided> {
        if self.manages(booking.resource)? {
            return Ok(true);
        }
        let mut missing = Missing::default();
        for it in booking.along() {
            // Who manages what is asked with it locked. What was deleted is history, and has its managers still.
            if !self.facts.resources.contains_key(&it.resource) {
                missing.note::<()>(Err(Undecided::Needs(vec![Need::Resource(it.resource)])))?;
            }
            if missing.note(self.manages(it.resource))? == Some(true) {
                return Ok(true);
            }
        }
        missing.or(false)
    }

    fn must_manage_some_of(&self, booking: &Booking) -> Result<(), Undecided> {
        if self.manages_some_of(booking)? { Ok(()) } else { Err(Refusal::Forbidden.into()) }
    }

    /// Refuses whoever sees a booking only because of something that was booked along: what it says, when and where it is, that one does
    /// not change.
    fn must_own_or_manage(&self, booking: &Booking) -> Result<(), Undecided> {
        if booking.user == self.actor.user { Ok(()) } else { self.must_manage(booking.resource) }
    }

    fn must_manage(&self, resource: ResourceId) -> Result<(), Undecided> {
        if self.manages(resource)? { Ok(()) } else { Err(Refusal::Forbidden.into()) }
    }

    fn manages_all(&self, places: impl Iterator<Item = ResourceId>) -> Result<bool, Undecided> {
        let (mut missing, mut all) = (Missing::default(), true);
        for place in places {
            all &= missing.note(self.manages(place))?.unwrap_or(true);
        }
        missing.or(all)
    }

    fn must_manage_all(&self, places: impl Iterator<Item = ResourceId>) -> Result<(), Undecided> {
        if self.manages_all(places)? { Ok(()) } else { Err(Refusal::Forbidden.into()) }
    }

    fn must_stand(&self, booking: &Booking) -> Result<(), Refusal> {
        let status = booking.status_at(self.now);
        if status.holds_time() { Ok(()) } else { Err(Refusal::BookingClosed(Closed::Final(status))) }
    }

    fn must_not_be_over(&self, booking: &Booking) -> Result<(), Refusal> {
        if booking.interval.end() <= self.now { Err(Refusal::BookingClosed(Closed::Over)) } else { Ok(()) }
    }

    fn calendar(&self, resource: ResourceId) -> Option<&Calendar> {
        self.facts.calendars.get(&resource)
    }

    /// The claims of one booking or block. What is over keeps its claims also where its resource was deleted.
    fn claims_of(&self, resource: ResourceId, holder: Holder, window: Interval) -> Result<Vec<Claim>, Undecided> {
        let quantity = match self.facts.resources.get(&resource) {
            None => return Err(Undecided::Needs(vec![Need::Resource(resource)])),
            Some(found) => found.as_ref().map_or(QUANTITY_MAX, |found| found.attributes.quantity),
        };
        let mut claims = match self.calendar(resource) {
            Some(calendar) if calendar.knows(window) => calendar.overlapping(quantity, window),
            _ => return Err(Undecided::Needs(vec![Need::Claims(resource, window)])),
        };
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

    /// What is in force for a resource of these attributes. Whoever puts one into a site manages the site.
    fn rules_for(&self, attributes: &Attributes, old: Option<&Resource>) -> Result<Arc<Rules>, Undecided> {
        if let Some(old) = old
            && (old.attributes.site, old.attributes.area) == (attributes.site, attributes.area)
            && old.attributes.rules == attributes.rules
        {
            return Ok(Arc::clone(&old.in_force));
        }
        let moved = old.is_none_or(|old| old.attributes.site != attributes.site);
        if let Some(site) = attributes.site.filter(|_| moved)
            && !self.manages_site(site)?
        {
            return Err(Refusal::Forbidden.into());
        }
        let mut levels = vec![&attributes.rules];
        let mut within = attributes.area.map(PlaceId::Area).or(attributes.site.map(PlaceId::Site));
        let mut outermost = None;
        while let Some(id) = within {
            let place = match self.facts.places.get(&id) {
                None => return Err(Undecided::Needs(vec![Need::Place(id)])),
                Some(place) => place.as_ref().ok_or(Refusal::PlaceNotFound(id))?,
            };
            levels.push(&place.rules);
            outermost = Some(id);
            within = place.within;
        }
        // An area of another site is no area of this one.
        match (attributes.area, outermost == attributes.site.map(PlaceId::Site)) {
            (Some(area), false) => Err(Refusal::PlaceNotFound(PlaceId::Area(area)).into()),
            _ => Ok(in_force(levels.into_iter().rev())),
        }
    }

    fn manages_site(&self, site: SiteId) -> Result<bool, Undecided> {
        if self.actor.is_admin() {
            return Ok(true);
        }
        match self.facts.site_managers.get(&(site, self.actor.user)) {
            None => Err(Undecided::Needs(vec![Need::SiteManager(site)])),
            Some(manages) => Ok(*manages),
        }
    }

    // --- the calendar --------------------------------------------------------------------------------------

    /// What has ended on the unit that a claim goes to, and shares time with it: a claim that has begun takes its past
    /// along. What is over is written in its booking, and guards nothing any more.
    fn ended_in_the_way(
        &self,
        resource: &Resource,
        calendar: &Calendar,
        step: &seating::Move,
    ) -> Result<Vec<Claim>, Undecided> {
        let Ok(past) = Interval::new(step.claim.interval.start(), self.now) else { return Ok(Vec::new()) };
        if !calendar.knows(past) {
            return Err(Undecided::Needs(vec![Need::Claims(resource.id, past)]));
        }
        Ok(calendar.on_unit(step.to, past).filter(|claim| claim.interval.end() <= self.now).copied().collect())
    }
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

fn apply_moves(changes: &mut Vec<Change>, resource: ResourceId, moves: &[seating::Move]) {
    // Two may swap their units, so all of them stand up before the first sits down.
    changes.extend(moves.iter().map(|step| Change::RemoveClaim(resource, step.claim)));
    changes.extend(moves.iter().map(|step| Change::AddClaim(resource, Claim { unit: step.to, ..step.claim })));
}

fn about_booking(action: Action, booking: &Booking) -> Happening {
    let detail = Detail::default();
    Happening { action, resource: booking.resource, booking: Some(booking.id), block: None, detail }
}

/// That a booking has something along no more: where it went itself, another line says.
fn given_up<'a>(old: &'a Booking, new: &'a Booking) -> impl Iterator<Item = Happening> + 'a {
    let left = old.along().map(|it| it.resource).filter(|place| new.asked_for().all(|it| it != *place));
    left.map(|resource| Happening { resource, ..about_booking(Action::BookingLeft, new) })
}

fn decided(changes: Vec<Change>, action: Action, booking: Booking) -> Decision {
    Decision { changes, happenings: vec![about_booking(action, &booking)], outcome: Outcome::Booking(booking) }
}

fn about_resource(changes: Vec<Change>, action: Action, resource: ResourceId, outcome: Outcome) -> Decision {
    let happening = Happening { action, resource, booking: None, block: None, detail: Detail::default() };
    Decision { changes, happenings: vec![happening], outcome }
}
