//! Bookings and blocks that hold more than one resource: what is booked along, and the parts that a resource is made of.
//! Whole and part exclude each other because both hold the parts; nobody has to know of anybody else for that.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::attendance::lapsing;
use super::{Cleared, Room, Undecided, about_booking, apply_moves, conflicts};
use crate::booking::{Along, Booking, Share, Status};
use crate::calendar::{Claim, Holder};
use crate::command::Need;
use crate::effect::{Action, Change, Decision, Happening, Outcome};
use crate::ids::{BookingId, ResourceId};
use crate::interval::Interval;
use crate::limits::PARTS_MAX;
use crate::refusal::{BadPart, Refusal, Violation};
use crate::resource::{Attributes, Resource};
use crate::seating::{self, Seating, Unseated};

/// Facts that several questions miss, gathered so that all of them are loaded at once.
#[derive(Default)]
pub(super) struct Missing(Vec<Need>);

impl Missing {
    /// The answer to one question; `None` where facts are missing for it. What is refused is refused at once.
    pub(super) fn note<T>(&mut self, answer: Result<T, Undecided>) -> Result<Option<T>, Undecided> {
        match answer {
            Ok(found) => Ok(Some(found)),
            Err(Undecided::Needs(needs)) => {
                self.0.extend(needs);
                Ok(None)
            }
            Err(refused) => Err(refused),
        }
    }

    /// Whether no fact was missing so far.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What all the answers come to, if none is missing.
    pub(super) fn or<T>(self, all: T) -> Result<T, Undecided> {
        if self.0.is_empty() { Ok(all) } else { Err(Undecided::Needs(self.0)) }
    }
}

/// Where a booking will have its units, and what has to change before it can.
pub(super) struct Placed {
    changes: Vec<Change>,
    happenings: Vec<Happening>,
    seats: Vec<(ResourceId, Seating)>,
}

impl Placed {
    /// The decision that writes these rows of `booking` and takes its units.
    pub(super) fn decided(
        mut self,
        rows: impl IntoIterator<Item = Change>,
        action: Action,
        booking: Booking,
    ) -> Decision {
        self.changes.extend(rows);
        for (resource, seating) in self.seats {
            apply_moves(&mut self.changes, resource, &seating.moves);
            for unit in seating.units {
                let (interval, holder) = (booking.held(), Holder::Booking(booking.id));
                let claim = Claim { unit, interval, holder, lapses_at: booking.claims_lapse_at() };
                self.changes.push(Change::AddClaim(resource, claim));
            }
        }
        self.happenings.push(about_booking(action, &booking));
        Decision { changes: self.changes, happenings: self.happenings, outcome: Outcome::Booking(booking) }
    }
}

impl Room<'_> {
    /// What a booking of `resource` holds beside it: what is booked along, and the parts of all of these.
    pub(super) fn shares(resource: &Resource, along: &[(&Resource, u32)]) -> Result<Vec<Share>, Refusal> {
        let mut shares: Vec<Share> = Vec::new();
        let mut add = |share: Share| {
            if share.resource == resource.id || shares.iter().any(|it| it.resource == share.resource) {
                return Err(Refusal::Rules(vec![Violation::Twice(share.resource)]));
            }
            shares.push(share);
            Ok(())
        };
        for (it, quantity) in along {
            add(Share { resource: it.id, quantity: *quantity, asked: true })?;
        }
        let wholes = std::iter::once(resource).chain(along.iter().map(|(it, _)| *it));
        for part in wholes.flat_map(|whole| &whole.attributes.parts) {
            add(Share { resource: *part, quantity: 1, asked: false })?;
        }
        Ok(shares)
    }

    /// These resources, in the same order.
    pub(super) fn resources(&self, ids: impl Iterator<Item = ResourceId>) -> Result<Vec<&Resource>, Undecided> {
        let (mut found, mut missing) = (Vec::new(), Missing::default());
        for id in ids {
            found.extend(missing.note(self.resource(id))?);
        }
        missing.or(found)
    }

    /// What is booked along: each resource with how many units of it.
    pub(super) fn along(&self, asked: impl Iterator<Item = Along> + Clone) -> Result<Vec<(&Resource, u32)>, Undecided> {
        let resources = self.resources(asked.clone().map(|it| it.resource))?;
        Ok(resources.into_iter().zip(asked.map(|it| it.quantity)).collect())
    }

    /// The same of what is asked for now, which the actor has to know of, unless the booking `old` holds it already.
    pub(super) fn known_along(
        &self,
        asked: impl Iterator<Item = Along> + Clone,
        old: Option<&Booking>,
    ) -> Result<Vec<(&Resource, u32)>, Undecided> {
        let along = self.along(asked)?;
        let mut missing = Missing::default();
        let had = |id| old.is_some_and(|old| old.places().any(|(place, _)| place == id));
        for (it, _) in along.iter().filter(|(it, _)| !had(it.id)) {
            missing.note(self.known_resource(it.id))?;
        }
        missing.or(along)
    }

    /// Finds units on everything that the booking of these places holds, as if what is in `own` were free.
    pub(super) fn place(
        &self,
        places: impl Iterator<Item = (ResourceId, u32)>,
        window: Interval,
        own: &[(ResourceId, Claim)],
    ) -> Result<Placed, Undecided> {
        let mut placed = Placed { changes: Vec::new(), happenings: Vec::new(), seats: Vec::new() };
        let (mut missing, mut in_the_way, mut noted) = (Missing::default(), Vec::new(), BTreeSet::new());
        for (id, quantity) in places {
            let seated = self.resource(id).and_then(|resource| {
                let mut cleared = self.cleared(resource, window, &mut noted)?;
                for (_, claim) in own.iter().filter(|(on, _)| *on == id) {
                    cleared.calendar.to_mut().remove(*claim);
                }
                placed.changes.append(&mut cleared.changes);
                placed.happenings.append(&mut cleared.happenings);
                match seating::seat(&cleared.calendar, resource.attributes.quantity, window, quantity) {
                    Ok(seating) => placed.seats.push((id, seating)),
                    Err(Unseated::Full(claims)) => in_the_way.extend(claims),
                    Err(Unseated::Unknown(window)) => return Err(Undecided::Needs(vec![Need::Claims(id, window)])),
                }
                Ok(())
            });
            missing.note(seated)?;
        }
        missing.or(())?;
        if !in_the_way.is_empty() {
            in_the_way.sort_by_key(|claim: &Claim| claim.interval.start());
            return Err(Refusal::BookingConflict(conflicts(&in_the_way)).into());
        }
        placed.changes.extend(own.iter().map(|(on, claim)| Change::RemoveClaim(*on, *claim)));
        Ok(placed)
    }

    /// Every claim of a booking, on everything that it holds.
    pub(super) fn claims_everywhere(&self, booking: &Booking) -> Result<Vec<(ResourceId, Claim)>, Undecided> {
        let (mut found, mut missing) = (Vec::new(), Missing::default());
        for (id, _) in booking.places() {
            let claims = missing.note(self.claims_of(id, Holder::Booking(booking.id), booking.held()))?;
            found.extend(claims.into_iter().flatten().map(|claim| (id, claim)));
        }
        missing.or(found)
    }

    /// The calendar of a resource in a window, without what has lapsed there; with the changes that write that down, save
    /// for bookings that were `noted` before.
    pub(super) fn cleared(
        &self,
        resource: &Resource,
        window: Interval,
        noted: &mut BTreeSet<BookingId>,
    ) -> Result<Cleared<'_>, Undecided> {
        let calendar = match self.calendar(resource.id) {
            Some(calendar) if calendar.knows(window) => calendar,
            _ => return Err(Undecided::Needs(vec![Need::Claims(resource.id, window)])),
        };
        let mut cleared = Cleared { calendar: Cow::Borrowed(calendar), changes: Vec::new(), happenings: Vec::new() };
        if calendar.never_lapses() {
            return Ok(cleared);
        }
        let mut lapsed = calendar.overlapping(resource.attributes.quantity, window);
        lapsed.retain(|claim| claim.has_lapsed(self.now));
        let bookings = self.bookings_in(&lapsed, usize::MAX)?;
        for claim in lapsed {
            cleared.calendar.to_mut().remove(claim);
        }
        for booking in bookings {
            if noted.contains(&booking.id) {
                continue;
            }
            let claims = self.claims_everywhere(&booking)?;
            cleared.changes.extend(claims.into_iter().map(|(on, claim)| Change::RemoveClaim(on, claim)));
            noted.insert(booking.id);
            let booking = booking.lapsed(self.now);
            let action = lapsing(booking.status);
            cleared.happenings.push(about_booking(action, &booking));
            cleared.changes.push(Change::UpdateBooking(booking));
        }
        Ok(cleared)
    }

    /// Cancels bookings of which `standing` are claims on one resource or more.
    pub(super) fn cancel_all(
        &self,
        victims: Vec<Booking>,
        standing: &[Claim],
        changes: &mut Vec<Change>,
        happenings: &mut Vec<Happening>,
    ) -> Result<(), Undecided> {
        // Whoever holds one resource has every claim there, and it is among those that stand.
        let (spread, alone): (Vec<&Booking>, Vec<&Booking>) = victims.iter().partition(|it| !it.shares.is_empty());
        let alone: HashMap<BookingId, ResourceId> = alone.into_iter().map(|it| (it.id, it.resource)).collect();
        for claim in standing {
            if let Holder::Booking(id) = claim.holder
                && let Some(resource) = alone.get(&id)
            {
                changes.push(Change::RemoveClaim(*resource, *claim));
            }
        }
        let mut missing = Missing::default();
        for victim in spread {
            let claims = missing.note(self.claims_everywhere(victim))?;
            changes.extend(claims.into_iter().flatten().map(|(on, claim)| Change::RemoveClaim(on, claim)));
        }
        missing.or(())?;
        for victim in victims {
            happenings.push(about_booking(Action::BookingCancelled, &victim));
            changes.push(Change::UpdateBooking(victim.into_status(Status::Cancelled, self.now)));
        }
        Ok(())
    }

    // --- what a resource is made of ------------------------------------------------------------------------

    /// Whether a resource can be made of the parts that `attributes` name. Those that are `kept` from before are asked nothing, and told to
    /// nobody.
    pub(super) fn check_parts(
        &self,
        id: ResourceId,
        attributes: &Attributes,
        kept: &BTreeSet<ResourceId>,
    ) -> Result<(), Undecided> {
        if attributes.parts.is_empty() {
            return Ok(());
        }
        self.must_be_no_part(id)?;
        let mut missing = Missing::default();
        let named = || attributes.parts.iter().filter(|part| !kept.contains(part));
        if let (true, Some(last)) = (PARTS_MAX < attributes.parts.len(), named().next_back()) {
            return Err(Refusal::BadPart(*last, BadPart::TooMany).into());
        }
        for part in named() {
            let bad = |why| Undecided::Refused(Refusal::BadPart(*part, why));
            if *part == id {
                return Err(bad(BadPart::Itself));
            }
            let found = missing.note(self.resource(*part)).map_err(|_| bad(BadPart::NotThere))?;
            let Some(found) = found else { continue };
            // Of what is hidden nobody learns in this way either.
            if missing.note(self.may_know(found))? == Some(false) {
                return Err(bad(BadPart::NotThere));
            }
            if !found.attributes.parts.is_empty() {
                return Err(bad(BadPart::HasParts));
            }
            if found.attributes.quantity != 1 {
                return Err(bad(BadPart::HasUnits));
            }
            if missing.note(self.manages(*part))? == Some(false) {
                return Err(bad(BadPart::NotManaged));
            }
        }
        missing.or(())
    }

    /// The parts of a resource that the actor may not know of.
    pub(super) fn unknown_parts(&self, whole: &Resource) -> Result<BTreeSet<ResourceId>, Undecided> {
        let (mut unknown, mut missing) = (BTreeSet::new(), Missing::default());
        for part in &whole.attributes.parts {
            let known = self.resource(*part).and_then(|it| self.may_know(it));
            if missing.note(known)? == Some(false) {
                unknown.insert(*part);
            }
        }
        missing.or(unknown)
    }

    /// Refuses where another resource is made of this one.
    pub(super) fn must_be_no_part(&self, id: ResourceId) -> Result<(), Undecided> {
        match self.facts.wholes.get(&id) {
            None => Err(Undecided::Needs(vec![Need::Wholes(id)])),
            Some(wholes) if wholes.is_empty() => Ok(()),
            Some(wholes) => Err(Refusal::IsPart(wholes.clone()).into()),
        }
    }
}
