//! What happens to a booking besides being moved: a hold is taken up, somebody comes, goes early or does not come, and
//! time runs out. Each looks at where the booking stands at this moment, whatever was last written.

use jiff::Timestamp;

use super::profile::fields;
use super::rules::{Wish, size};
use super::{Decided, Room, decided, reached, refuse_any};
use crate::booking::{Booking, Details, Guest, REASON_ERASED, Status, Undo};
use crate::calendar::Claim;
use crate::command::{Close, GiveLink, TakeUp, Targeted};
use crate::effect::{Action, Change, Decision, Detail, Outcome};
use crate::ids::BookingId;
use crate::interval::Interval;
use crate::policy::{CHECK_IN_OPENS_MINUTES, HOLD_MINUTES_MAX, minutes};
use crate::refusal::{Refusal, Violation, check_version};

/// What the log says of a booking that lapses, and what becomes of it by that.
pub(super) fn lapsing(status: Status) -> Action {
    match status {
        Status::NoShow => Action::BookingNoShow,
        Status::Completed => Action::BookingCompleted,
        _ => Action::BookingExpired,
    }
}

impl Room<'_> {
    /// A hold becomes a booking. That its time keeps to the rules was decided when it was held.
    pub(super) fn take_up(&self, take_up: &TakeUp) -> Decided {
        self.must_own_or_manage(self.visible_booking(take_up.target.id)?)?;
        let old = self.standing(&take_up.target, &[Status::Held])?;
        self.must_not_be_over(old)?;
        let resource = self.resource(old.resource)?;
        let details = Details {
            title: take_up.title.clone().or_else(|| old.details.title.clone()),
            notes: take_up.notes.clone().or_else(|| old.details.notes.clone()),
            party_size: take_up.party_size.or(old.details.party_size),
            fields: take_up.fields.as_ref().map_or_else(|| old.details.fields.clone(), |it| it.of(&old.details.fields)),
            guest: reached(old, take_up.contact.as_ref())?,
            participants: old.details.participants.clone(),
        };
        let along = self.along(old.along())?;
        let mut broken = size(resource, old.quantity, details.party_size, &along);
        broken.extend(fields(resource, &details.fields, true));
        refuse_any(broken)?;
        refuse_any(self.party_rules(old, details.party_size)?)?;
        let end = self.end_for(old, details.party_size)?;
        let interval = Interval::new(old.interval.start(), end).unwrap_or(old.interval);
        let wish = Wish { interval, party_size: details.party_size, ..Wish::of(old) };
        let booked = |status, booking: Booking| {
            let lapses_at = self.lapse(&resource.in_force.policy, status, interval);
            Booking { interval, details, lapses_at, ..booking.into_status(status, self.now) }
        };
        if interval != old.interval {
            // A party of another size stays for another while, and that is asked for like any other time.
            let terms = self.terms(resource, &along, wish, Some(old), old.override_reason.as_ref())?;
            let booking = Booking { buffers: terms.buffers, ..booked(terms.status, old.clone()) };
            let placed = self.place(booking.places(), booking.held(), &self.claims_everywhere(old)?)?;
            let detail = Detail::of(old, &booking).against(terms.set_aside);
            let rows = [Change::UpdateBooking(booking.clone())];
            return Ok(placed.decided(rows, Action::BookingCreated, booking).telling(detail));
        }
        let mut asked = false;
        for it in std::iter::once(resource).chain(along.into_iter().map(|(it, _)| it)) {
            asked = asked || self.wants_to_be_asked(it, wish)?;
        }
        let status = if asked { Status::Pending } else { Status::Confirmed };
        self.stays(old, booked(status, old.clone()), Action::BookingCreated)
    }

    /// What is held is held for longer, as long again as the place allows; once, so that nobody keeps a time without booking it.
    pub(super) fn prolong(&self, target: &Targeted<BookingId>) -> Decided {
        self.must_own_or_manage(self.visible_booking(target.id)?)?;
        let old = self.standing(target, &[Status::Held])?;
        self.must_not_be_over(old)?;
        let policy = &self.resource(old.resource)?.in_force.policy;
        let longest = minutes(policy.hold_minutes_max.unwrap_or(HOLD_MINUTES_MAX));
        let later = |time: Timestamp, by| time.checked_add(by).unwrap_or(Timestamp::MAX);
        let lapses_at = later(self.now, longest).min(later(old.created_at, longest.saturating_mul(2)));
        let lapses_at = old.lapses_at.map(|standing| standing.max(lapses_at));
        if lapses_at == old.lapses_at {
            return Ok(Decision { changes: vec![], happenings: vec![], outcome: Outcome::Booking(old.clone()) });
        }
        self.change_status(old, Status::Held, lapses_at, Action::BookingHeld)
    }

    /// Whoever booked is there: from a little before the start, until the end.
    pub(super) fn check_in(&self, target: &Targeted<BookingId>) -> Decided {
        let old = self.standing(target, &[Status::Confirmed])?;
        self.must_not_be_over(old)?;
        let policy = &self.resource(old.resource)?.in_force.policy;
        let opens = minutes(policy.check_in_opens_minutes.unwrap_or(CHECK_IN_OPENS_MINUTES));
        let from = old.interval.start().checked_sub(opens).unwrap_or(old.interval.start());
        if self.now < from {
            return Err(Refusal::NotYet(from).into());
        }
        let come = old.clone().into_status(Status::CheckedIn, self.now);
        let lapses_at = self.lapse(policy, Status::CheckedIn, old.interval);
        let come = Booking { lapses_at, undo: Some(old.step_at(self.now)), ..come };
        self.stays(old, come, Action::BookingCheckedIn)
    }

    /// Whoever was there has gone: the rest of the time is free at once, or after what is kept free after it. Whoever stayed beyond the end has none to give back.
    pub(super) fn end(&self, target: &Targeted<BookingId>) -> Decided {
        let found = self.visible_booking(target.id)?;
        if found.stays_on_at(self.now) {
            check_version(target.versions.as_deref(), found.version)?;
            let gone = found.clone().into_status(Status::Completed, self.now);
            return Ok(decided(vec![Change::UpdateBooking(gone.clone())], Action::BookingEnded, gone));
        }
        let old = self.standing(target, &[Status::CheckedIn, Status::Confirmed])?;
        self.must_not_be_over(old)?;
        let Ok(interval) = Interval::new(old.interval.start(), self.now) else {
            return Err(Refusal::NotYet(old.interval.start()).into());
        };
        let undo = Some(Undo { end: Some(old.interval.end()), ..old.step_at(self.now) });
        let gone = Booking { interval, undo, ..old.clone().into_status(Status::Completed, self.now) };
        let detail = Detail::of(old, &gone);
        if gone.buffers.after.is_zero() {
            return Ok(self.leaves(old, gone, Action::BookingEnded)?.telling(detail));
        }
        // What is kept free after it is kept free from now on.
        let mut changes = vec![Change::UpdateBooking(gone.clone())];
        for (on, claim) in self.claims_everywhere(old)? {
            changes.push(Change::RemoveClaim(on, claim));
            changes.push(Change::AddClaim(on, Claim { interval: gone.held(), lapses_at: None, ..claim }));
        }
        Ok(decided(changes, Action::BookingEnded, gone).telling(detail))
    }

    /// A manager says that nobody came, and perhaps what is known of why.
    pub(super) fn no_show(&self, Close { target, reason }: &Close) -> Decided {
        self.must_manage_some_of(self.visible_booking(target.id)?)?;
        let old = self.standing(target, &[Status::Confirmed])?;
        if self.now < old.interval.start() {
            return Err(Refusal::NotYet(old.interval.start()).into());
        }
        let undo = Some(old.step_at(self.now));
        let missed =
            Booking { undo, closed_reason: reason.clone(), ..old.clone().into_status(Status::NoShow, self.now) };
        self.leaves(old, missed, Action::BookingNoShow)
    }

    /// A check-in, an end or a no-show was a mistake, and somebody has noticed soon: the booking stands where it stood. Time that
    /// was given back is had again, or it is not; the rules of the place are not asked, for they were when it was booked. A cancelling is
    /// taken back by whoever may cancel.
    pub(super) fn undo(&self, target: &Targeted<BookingId>) -> Decided {
        let found = self.visible_booking(target.id)?;
        if found.status != Status::Cancelled {
            self.must_manage_some_of(found)?;
        }
        check_version(target.versions.as_deref(), found.version)?;
        // Time may have taken the step, and nobody has written that down.
        let lapsed = found.status_at(self.now) != found.status;
        let old = if lapsed { &found.clone().lapsed(self.now) } else { found };
        let until = old.undo_until().filter(|until| self.now < *until);
        let (Some(undo), Some(_)) = (old.undo, until) else { return Err(Refusal::NothingToUndo.into()) };
        if old.status == Status::Cancelled {
            return self.restore(old, undo.status);
        }
        let interval = undo.end.and_then(|end| Interval::new(old.interval.start(), end).ok()).unwrap_or(old.interval);
        let lapses_at = self.lapse(&self.resource(old.resource)?.in_force.policy, undo.status, interval);
        let closed_reason = None;
        let booking = Booking { interval, lapses_at, closed_reason, ..old.clone().into_status(undo.status, self.now) };
        if old.status.holds_time() {
            return self.stays(old, booking, Action::BookingUndone);
        }
        // Whoever went early has what is kept free after it still.
        let own = if old.status == Status::Completed { self.claims_everywhere(old)? } else { Vec::new() };
        let placed = self.place(booking.places(), booking.held(), &own)?;
        let (rows, detail) = ([Change::UpdateBooking(booking.clone())], Detail::of(old, &booking));
        Ok(placed.decided(rows, Action::BookingUndone, booking).telling(detail))
    }

    /// What was cancelled stands again as it was, by the rules of now: since then its owner may have booked something else instead. What
    /// somebody had said yes to needs no second yes.
    fn restore(&self, old: &Booking, was: Status) -> Decided {
        let resource = self.resource(old.resource)?;
        let wish = Wish::of(old);
        let along = self.along(old.along())?;
        let shares = Self::shares(resource, &along)?;
        let manages = self.manages_all(old.asked_for())?;
        let reason = old.override_reason.as_ref().filter(|_| manages);
        let terms = self.terms(resource, &along, wish, None, reason)?;
        let status = if was == Status::Confirmed { was } else { terms.status };
        let booking = Booking {
            lapses_at: self.lapse(&resource.in_force.policy, status, old.interval),
            buffers: terms.buffers,
            override_reason: terms.override_reason().or_else(|| old.override_reason.clone()),
            closed_reason: None,
            shares,
            ..old.clone().into_status(status, self.now)
        };
        let placed = self.place(booking.places(), booking.held(), &[])?;
        let shared = (booking.shares != old.shares).then_some(Change::ChangeShares(booking.id));
        let rows = std::iter::once(Change::UpdateBooking(booking.clone())).chain(shared);
        let detail = Detail::default().against(terms.set_aside);
        Ok(placed.decided(rows, Action::BookingUndone, booking).telling(detail))
    }

    /// Nothing stays of what was said in the booking, and nothing of it is to come. That there was a booking, and when, is
    /// the resource's history and stays, under an id that is nobody's any more.
    pub(super) fn forget(&self, id: BookingId) -> Decided {
        let old = self.visible_booking(id)?;
        // Whoever has an account is forgotten as a whole.
        let own = old.details.guest.is_some() && (old.user == self.actor.user || self.manages(old.resource)?);
        if !own && !self.actor.is_admin() {
            return Err(Refusal::Forbidden.into());
        }
        let details = Details { party_size: old.details.party_size, ..Details::default() };
        let override_reason = old.override_reason.as_ref().map(|_| REASON_ERASED.to_owned());
        let to_come = old.status_at(self.now).holds_time() && self.now < old.interval.start();
        let said = (&old.details, &old.override_reason, &old.closed_reason);
        if !to_come && said == (&details, &override_reason, &None) && old.undo.is_none() {
            return Ok(Decision { changes: vec![], happenings: vec![], outcome: Outcome::Booking(old.clone()) });
        }
        let forgotten = Booking { details, override_reason, closed_reason: None, undo: None, ..old.clone() };
        let taking_part = (!old.details.participants.is_empty()).then_some(Change::ChangeParticipants(id));
        let reasons = forgotten.override_reason.is_some().then_some(Change::ForgetReasons(id));
        let besides = taking_part.into_iter().chain(reasons);
        if to_come {
            let released = self.release(&forgotten, Status::Cancelled, None, Action::BookingCancelled)?;
            let changes = released.changes.into_iter().chain(besides).collect();
            return Ok(Decision { changes, ..released });
        }
        let booking = forgotten.touched(self.now);
        let changes = std::iter::once(Change::UpdateBooking(booking.clone())).chain(besides).collect();
        Ok(decided(changes, Action::BookingErased, booking))
    }

    /// The link that was given out before manages nothing any more.
    pub(super) fn give_link(&self, give: &GiveLink) -> Decided {
        let old = self.visible_booking(give.id)?;
        self.must_manage(old.resource)?;
        let Some(guest) = &old.details.guest else {
            return Err(Refusal::Rules(vec![Violation::NoGuest]).into());
        };
        let guest = Some(Guest { link: Some(give.link), ..guest.clone() });
        let booking = Booking { details: Details { guest, ..old.details.clone() }, ..old.clone() }.touched(self.now);
        Ok(decided(vec![Change::UpdateBooking(booking.clone())], Action::BookingLinked, booking))
    }

    /// Writes down that a booking has lapsed. Somebody may have been faster, and then there is nothing to write.
    pub(super) fn lapse_now(&self, id: BookingId) -> Decided {
        let old = self.visible_booking(id)?;
        let status = old.status_at(self.now);
        if status == old.status {
            return Ok(Decision { changes: vec![], happenings: vec![], outcome: Outcome::Booking(old.clone()) });
        }
        let lapsed = old.clone().lapsed(self.now);
        if status == Status::Completed {
            // What has been stays where it was.
            return Ok(decided(vec![Change::UpdateBooking(lapsed.clone())], lapsing(status), lapsed));
        }
        self.leaves(old, lapsed, lapsing(status))
    }

    /// A booking that the actor may know of, in a version that the caller has seen, in one of these states.
    fn standing(&self, target: &Targeted<BookingId>, wanted: &[Status]) -> Result<&Booking, super::Undecided> {
        let booking = self.visible_booking(target.id)?;
        check_version(target.versions.as_deref(), booking.version)?;
        let found = booking.status_at(self.now);
        match wanted {
            [first, ..] if !wanted.contains(&found) => Err(Refusal::BookingNot { wanted: *first, found }.into()),
            _ => Ok(booking),
        }
    }
}
