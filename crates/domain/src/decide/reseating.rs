//! Moving bookings that left their resource open, so that one more can be let in. A party of two that sits at a table for six goes to a
//! table for two, if there is one, and whoever is in the way there goes somewhere else.
//!
//! It is a search through the assignments: the new booking takes a resource that would do, whoever stands there at that time is
//! taken off and has to be put somewhere else, and so on, until everybody has a place or there is nothing left to try. A
//! placement that was made stays made within a branch, so every assignment with at most [`MOVES_MAX`] moves is found, unless the
//! search ends before, after [`TRIES_MAX`] placements. What somebody chose, what has begun, what waits for a
//! decision, and blocks are never moved.

use std::collections::BTreeSet;

use super::spread::Missing;
use super::{Room, Undecided, about_booking, interval_on};
use crate::availability::day_around;
use crate::booking::{Booking, Share, Status, places};
use crate::calendar::{Claim, Holder};
use crate::command::{Book, BookAny, Need};
use crate::decide::rules::{Wish, out_of_order, size};
use crate::effect::{Action, Change, Decision, Detail, Happening};
use crate::ids::{BookingId, ResourceId};
use crate::interval::Interval;
use crate::policy::QuotaScope;
use crate::refusal::Broken;
use crate::resource::Resource;

/// Bookings that are moved for one other at most.
const MOVES_MAX: usize = 4;
/// Placements that one search tries.
const TRIES_MAX: usize = 2_000;

/// A place that somebody has got in this branch of the search.
struct Placed<'a> {
    /// Who stands already; `None` for the new booking.
    old: Option<&'a Booking>,
    resource: &'a Resource,
    shares: Vec<Share>,
    window: Interval,
}

impl Placed<'_> {
    fn holds(&self) -> impl Iterator<Item = ResourceId> {
        places((self.resource.id, 1), &self.shares).map(|(id, _)| id)
    }
}

/// What the search has come to.
struct Search<'a> {
    room: &'a Room<'a>,
    any: &'a BookAny,
    within: BTreeSet<ResourceId>,
    tries_left: usize,
    missing: Missing,
    placed: Vec<Placed<'a>>,
    /// Who was taken off: each has a place in `placed` or waits for one.
    moved: BTreeSet<BookingId>,
}

impl Room<'_> {
    /// The booking on a resource that others make room on; `None` where that can't be done.
    pub(super) fn reseated(&self, any: &BookAny) -> Result<Option<Decision>, Undecided> {
        let book = &any.book;
        if book.quantity != 1 || !book.along.is_empty() {
            return Ok(None);
        }
        // These are known by now; where none of them gives anybody up, nothing more has to be looked up or locked.
        if !any.candidates.iter().filter_map(|id| self.unit(*id)).any(may_be_left) {
            return Ok(None);
        }
        let around = day_around(book.interval);
        // All of it is locked at once and in order, and whoever stands there is looked up at once: the search asks for nothing.
        let mut missing = Missing::default();
        for id in &any.within {
            missing.note(self.known_with_claims(*id, around))?;
        }
        missing.or(())?;
        let holders = any.within.iter().filter_map(|id| self.facts.calendars.get(id));
        let holders: BTreeSet<BookingId> = holders
            .flat_map(|calendar| calendar.on_unit(1, around))
            .filter_map(|claim| if let Holder::Booking(id) = claim.holder { Some(id) } else { None })
            .filter(|id| !self.facts.bookings.contains_key(id))
            .collect();
        if !holders.is_empty() {
            return Err(Undecided::Needs(holders.into_iter().map(Need::Booking).collect()));
        }

        let mut search = Search {
            room: self,
            any,
            within: any.within.iter().copied().collect(),
            tries_left: TRIES_MAX,
            missing: Missing::default(),
            placed: Vec::new(),
            moved: BTreeSet::new(),
        };
        let found = search.seat(&mut vec![None]);
        let Search { placed, missing, .. } = search;
        if !found {
            return missing.or(None);
        }
        self.all_moved(any, &placed)
    }

    /// Loads a resource that is there, with its claims in a window.
    fn known_with_claims(&self, id: ResourceId, window: Interval) -> Result<(), Undecided> {
        let known = self.facts.calendars.get(&id).is_some_and(|calendar| calendar.knows(window));
        let mut needs = if known { Vec::new() } else { vec![Need::Claims(id, window)] };
        match self.resource(id) {
            Err(Undecided::Needs(more)) => needs.extend(more),
            // It was taken away in between, and nobody is moved there.
            Err(Undecided::Refused(_)) => return Ok(()),
            Ok(_) => {}
        }
        if needs.is_empty() { Ok(()) } else { Err(Undecided::Needs(needs)) }
    }

    /// The decision that carries the moves out, and then books as if they had been there before.
    fn all_moved(&self, any: &BookAny, placed: &[Placed<'_>]) -> Result<Option<Decision>, Undecided> {
        let (mut changes, mut happenings, mut gone) = (Vec::new(), Vec::new(), Missing::default());
        let mut to = None;
        // Everybody leaves before anybody arrives.
        for Placed { old, resource, .. } in placed {
            match old {
                None => to = Some(resource.id),
                Some(old) => {
                    let claims = gone.note(self.claims_everywhere(old))?.unwrap_or_default();
                    changes.extend(claims.into_iter().map(|(on, claim)| Change::RemoveClaim(on, claim)));
                }
            }
        }
        gone.or(())?;
        for Placed { old, resource, shares, window } in placed {
            let Some(old) = old else { continue };
            let lapses_at = self.lapse(&resource.in_force.policy, old.status, old.interval);
            let buffers = resource.in_force.policy.buffers();
            let shares_changed = *shares != old.shares;
            let booking =
                Booking { resource: resource.id, shares: shares.clone(), lapses_at, buffers, ..(*old).clone() };
            let booking = booking.touched(self.now);
            for (on, _) in booking.places() {
                let claim = Claim { unit: 1, interval: *window, holder: Holder::Booking(old.id), lapses_at };
                changes.push(Change::AddClaim(on, claim));
            }
            let detail = Detail::of(old, &booking);
            happenings.push(Happening { detail, ..about_booking(Action::BookingReseated, &booking) });
            changes.push(Change::UpdateBooking(booking));
            changes.extend(shares_changed.then_some(Change::ChangeShares(old.id)));
        }
        let Some(resource) = to else { return Ok(None) };
        let mut facts = self.facts.clone();
        for change in &changes {
            facts.apply(change);
        }
        let room = Room { facts: &facts, ..*self };
        let made = room.book_unpinned(&Book { resource, ..any.book.clone() }, &any.would_do)?;
        changes.extend(made.changes);
        happenings.extend(made.happenings);
        Ok(Some(Decision { changes, happenings, outcome: made.outcome }))
    }

    /// Whether a booking may be moved by somebody else's.
    fn is_movable(&self, booking: &Booking) -> bool {
        booking.status_at(self.now) == Status::Confirmed
            && self.now < booking.interval.start()
            && booking.quantity == 1
            && booking.along().next().is_none()
            && booking.override_reason.is_none()
    }
}

/// Whether whoever left the resource open may be moved away from this one.
fn may_be_left(resource: &Resource) -> bool {
    resource.in_force.policy.reseating == Some(true) && resource.attributes.quantity == 1
}

impl<'a> Search<'a> {
    /// Finds a place for everybody who waits for one, of whom the new booking is `None`; what was tried in vain is undone.
    fn seat(&mut self, waiting: &mut Vec<Option<&'a Booking>>) -> bool {
        let Some(old) = waiting.pop() else { return true };
        for id in old.map_or(&self.any.would_do, |old| &old.would_do) {
            if self.tries_left == 0 {
                break;
            }
            self.tries_left -= 1;
            let Some((placed, displaced)) = self.try_on(*id, old) else { continue };
            if MOVES_MAX < self.moved.len() + displaced.len() {
                continue;
            }
            self.placed.push(placed);
            self.moved.extend(displaced.iter().map(|it| it.id));
            let before = waiting.len();
            waiting.extend(displaced.iter().copied().map(Some));
            if self.seat(waiting) {
                return true;
            }
            waiting.truncate(before);
            for gone in displaced {
                self.moved.remove(&gone.id);
            }
            self.placed.pop();
        }
        waiting.push(old);
        false
    }

    /// Somebody on this resource, and who has to go for that; `None` where it can't be.
    fn try_on(&mut self, id: ResourceId, old: Option<&'a Booking>) -> Option<(Placed<'a>, Vec<&'a Booking>)> {
        if !self.within.contains(&id) {
            return None;
        }
        let placed = match old {
            Some(old) => self.room.could_stand(id, old),
            // What is refused here may be had elsewhere.
            None => self.missing.note(self.room.could_come(id, &self.any.book)).ok().flatten().flatten(),
        }?;
        let mut displaced: Vec<&'a Booking> = Vec::new();
        for place in placed.holds() {
            for other in &self.placed {
                if other.window.overlaps(placed.window) && other.holds().any(|it| it == place) {
                    return None;
                }
            }
            // What nobody has looked up is out of reach.
            let calendar = self.room.facts.calendars.get(&place).filter(|it| it.knows(placed.window))?;
            for claim in calendar.on_unit(1, placed.window) {
                let Holder::Booking(holder) = claim.holder else { return None };
                if self.moved.contains(&holder) || displaced.iter().any(|it| it.id == holder) {
                    continue;
                }
                let booking = self.room.facts.bookings.get(&holder).and_then(Option::as_ref)?;
                let from = self.room.facts.resources.get(&booking.resource).and_then(Option::as_ref)?;
                // Where the place does not move anybody, nobody is moved away from it.
                if !self.room.is_movable(booking) || !may_be_left(from) {
                    return None;
                }
                displaced.push(booking);
            }
        }
        Some((placed, displaced))
    }
}

impl<'a> Room<'a> {
    /// The new booking on this resource, by the rules of the place.
    fn could_come(&self, id: ResourceId, book: &Book) -> Result<Option<Placed<'a>>, Undecided> {
        let Some(resource) = self.unit(id) else { return Ok(None) };
        if !self.may_know(resource)? {
            return Ok(None);
        }
        let (interval, owner) = (interval_on(resource, book)?, book.owner(self.actor.user));
        let party_size = book.details.party_size;
        let wish = Wish { interval, quantity: 1, party_size, owner, within_hours: None };
        let window = self.terms(resource, &[], wish, None, None)?.buffers.around(interval);
        Ok(Some(Placed { old: None, resource, shares: Self::shares(resource, &[])?, window }))
    }

    /// A booking on another resource than its own, by the rules there. What counts over a site or a person stays what it was,
    /// because it stays in the site and under the same counts.
    fn could_stand(&self, id: ResourceId, old: &'a Booking) -> Option<Placed<'a>> {
        let (resource, from) = (self.unit(id)?, self.unit(old.resource)?);
        let (policy, before) = (&resource.in_force.policy, &from.in_force.policy);
        let counted_alike = resource.attributes.site == from.attributes.site
            && resource.attributes.kind == from.attributes.kind
            && (&policy.quotas, policy.pacing_max) == (&before.quotas, before.pacing_max)
            && !(from.attributes.site.is_none() && policy.pacing_max.is_some())
            && policy.quotas.iter().flatten().all(|quota| match quota.scope {
                QuotaScope::Resource => false,
                QuotaScope::Kind => resource.attributes.kind.is_some(),
                QuotaScope::Site => resource.attributes.site.is_some(),
                QuotaScope::Everything => true,
            });
        if id == old.resource || !may_be_left(resource) || !counted_alike || resource.attributes.requires_approval {
            return None;
        }
        let party_size = old.details.party_size;
        let wish = Wish { interval: old.interval, quantity: 1, party_size, owner: old.user, within_hours: None };
        let mut broken = self.rules_of(resource, wish, Some(old)).ok()?;
        // How late guests may still move their booking is a question to the guests, and not to the place.
        broken.retain(|it| !matches!(it, Broken::MoveNoticeMin { .. }));
        let asked = self.approval_needed(policy, old.interval, old.user).ok()?;
        let parts = self.resources(resource.attributes.parts.iter().copied()).ok()?;
        let mut out = std::iter::once(resource).chain(parts).filter_map(|it| out_of_order(it, old.interval));
        if !broken.is_empty() || asked || out.next().is_some() || !size(resource, 1, party_size, &[]).is_empty() {
            return None;
        }
        let window = policy.buffers().around(old.interval);
        Some(Placed { old: Some(old), resource, shares: Self::shares(resource, &[]).ok()?, window })
    }

    /// A resource that is known and has one unit.
    fn unit(&self, id: ResourceId) -> Option<&'a Resource> {
        let found = self.facts.resources.get(&id).and_then(Option::as_ref);
        found.filter(|resource| resource.attributes.quantity == 1)
    }
}
