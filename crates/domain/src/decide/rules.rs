//! The rules that a booking keeps to, one function each. They look at facts and say what is broken, by how much and
//! what would do; they never look at who is in the way, which is the calendar's question.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan as _};

use super::spread::Missing;
use super::{Room, Undecided};
use crate::booking::{Booking, Buffers, Status};
use crate::calendar::Holder;
use crate::command::Need;
use crate::effect::SetAside;
use crate::facts::{Entry, Spot};
use crate::hours::{Closed, OpeningHours};
use crate::ids::{BookingId, GroupId, UserId};
use crate::interval::Interval;
use crate::limits::{BOOKING_MAX, BOOKING_MIN, HORIZON_AT_LEAST, START_GRACE, latest_start};
use crate::mode::{Mode, at, between_services};
use crate::pace::{NEAR_QUARTERS, Pace, PaceScope, Start, covers, quarter_of, quarters_from};
use crate::policy::{Approval, PENDING_MINUTES_MAX, Policy, Quota, QuotaMeasure, QuotaPeriod, QuotaScope, minutes};
use crate::refusal::{Broken, Refusal, Violation};
use crate::resource::Resource;

/// What somebody wants of a resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// When.
    pub(crate) interval: Interval,
    /// How many units.
    pub(crate) quantity: u32,
    /// How many people.
    pub(crate) party_size: Option<u32>,
    /// Whose the booking is to be.
    pub(crate) owner: UserId,
    /// Whether it is within the opening hours, where somebody has looked that up for many wishes at once.
    pub(crate) within_hours: Option<bool>,
}

impl Wish {
    /// What a booking has, wanted anew.
    pub(crate) fn of(booking: &Booking) -> Self {
        Self {
            interval: booking.interval,
            quantity: booking.quantity,
            party_size: booking.details.party_size,
            owner: booking.user,
            within_hours: None,
        }
    }
}

/// On what terms a booking stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// How it starts.
    pub(crate) status: Status,
    /// When it lapses unless somebody acts.
    pub(crate) lapses_at: Option<Timestamp>,
    /// What is kept free around it.
    pub(crate) buffers: Buffers,
    /// What of the policy was set aside, where something was.
    pub(crate) set_aside: Option<SetAside>,
}

impl Terms {
    /// Why something of the policy was set aside, if it was.
    pub(crate) fn override_reason(&self) -> Option<String> {
        self.set_aside.as_ref().map(|it| it.reason.clone())
    }
}

impl Room<'_> {
    /// On what terms `wish` can be had, apart from whether the time is free. `along` is what is booked along, and `old` the
    /// booking that is moved. What is booked along has its say in everything, so that it makes no difference what of it is named
    /// first; save that who starts is counted where the booking is.
    pub(crate) fn terms(
        &self,
        resource: &Resource,
        along: &[(&Resource, u32)],
        wish: Wish,
        old: Option<&Booking>,
        reason: Option<&String>,
    ) -> Result<Terms, Undecided> {
        let policy = &resource.in_force.policy;
        let mut broken = Vec::new();
        broken.extend(length(wish.interval));
        if old.is_none_or(|old| old.interval.start() != wish.interval.start()) {
            broken.extend(self.start(wish.interval.start()));
        }
        broken.extend(size(resource, wish.quantity, wish.party_size, along));
        let limits = broken.len();
        // Groups, people and sites are locked in one flight: nothing is refused before all that is asked for is known.
        let mut missing = Missing::default();
        let own = missing.note(self.policy(resource, wish, old))?.unwrap_or_default();
        broken.extend(own.into_iter().map(Violation::Policy));
        let beside = Wish { within_hours: None, ..wish };
        for (it, _) in along {
            let also = missing.note(self.policy(it, beside, old))?.unwrap_or_default();
            let also = also.into_iter().map(Violation::Policy);
            broken.extend(also.filter(|also| !broken.contains(also)).collect::<Vec<_>>());
        }
        let all = || std::iter::once(resource).chain(along.iter().map(|(it, _)| *it));
        let parts = missing.note(self.resources(all().flat_map(|it| it.attributes.parts.iter().copied())))?;
        for it in all().chain(parts.unwrap_or_default()) {
            broken.extend(out_of_order(it, wish.interval).map(Violation::Policy));
        }
        // Where it is taken away from is asked whether it is too late for that.
        if let Some(old) = old {
            for left in old.asked_for().filter(|left| all().all(|it| it.id != *left)) {
                let Some(it) = missing.note(self.resource(left))? else { continue };
                let late = self.move_notice_minutes_min(&it.in_force.policy, old.interval.start());
                broken.extend(late.map(Violation::Policy).filter(|late| !broken.contains(late)));
            }
        }
        let mut approval = missing.note(self.wants_to_be_asked(resource, wish))?.unwrap_or_default();
        for (it, _) in along {
            approval = approval || missing.note(self.wants_to_be_asked(it, beside))?.unwrap_or_default();
        }
        let kept = missing.note(self.kept_free(all(), wish.interval))?.unwrap_or_default();
        missing.or(())?;
        if 0 < limits || (!broken.is_empty() && reason.is_none()) {
            return Err(Refusal::Rules(broken).into());
        }
        let set_aside = reason.filter(|_| !broken.is_empty()).map(|reason| SetAside::of(&broken, reason));
        let status = if approval { Status::Pending } else { Status::Confirmed };
        Ok(Terms { status, lapses_at: self.lapse(policy, status, wish.interval), buffers: kept, set_aside })
    }

    /// What is kept free around a booking of all of these. Where neighbours may share that time, it may lie in blocked time too, so it
    /// ends where a block begins.
    fn kept_free<'b>(
        &self,
        all: impl Iterator<Item = &'b Resource> + Clone,
        interval: Interval,
    ) -> Result<Buffers, Undecided> {
        let kept = all.clone().map(|it| it.in_force.policy.buffers()).fold(Buffers::default(), Buffers::max);
        let shares = |it: &&Resource| it.in_force.policy.buffers_overlap.unwrap_or(false);
        if kept.after.is_zero() || !all.clone().any(|it| shares(&it)) {
            return Ok(kept);
        }
        let window = kept.around(interval);
        let mut missing = Missing::default();
        let mut until = window.end();
        let places = |it: &'b Resource| std::iter::once(it.id).chain(it.attributes.parts.iter().copied());
        for it in all.clone().filter(shares).flat_map(places) {
            match self.calendar(it).filter(|calendar| calendar.knows(window)) {
                // A block has every unit.
                Some(calendar) => {
                    let blocks = calendar.on_unit(1, window).filter(|claim| matches!(claim.holder, Holder::Block(_)));
                    let starts = blocks.map(|claim| claim.interval.start()).filter(|start| interval.end() <= *start);
                    until = starts.fold(until, Timestamp::min);
                }
                None => missing.note(Err(Undecided::Needs(vec![Need::Claims(it, window)])))?.unwrap_or_default(),
            }
        }
        missing.or(())?;
        let others = all.filter(|it| !shares(it));
        let least = others.map(|it| it.in_force.policy.buffers().after).max().unwrap_or_default();
        // It is kept in whole seconds.
        let after = SignedDuration::from_secs(until.duration_since(interval.end()).as_secs());
        Ok(Buffers { after: after.min(kept.after).max(least), ..kept })
    }

    /// When a booking in this status lapses unless somebody acts.
    pub(super) fn lapse(&self, policy: &Policy, status: Status, interval: Interval) -> Option<Timestamp> {
        let after = |time: Timestamp, span: SignedDuration| time.checked_add(span).unwrap_or(Timestamp::MAX);
        match status {
            // A request that nobody decides is over when its time comes; one for this very moment has a minute.
            Status::Pending => {
                let latest = interval.start().max(after(self.now, START_GRACE));
                Some(after(self.now, minutes(policy.pending_minutes_max.unwrap_or(PENDING_MINUTES_MAX))).min(latest))
            }
            Status::Confirmed => {
                policy.check_in_closes_minutes.map(|closes| after(interval.start().max(self.now), minutes(closes)))
            }
            Status::CheckedIn => Some(interval.end()),
            _ => None,
        }
    }

    /// Every rule of the place that the wish breaks.
    pub(super) fn policy(
        &self,
        resource: &Resource,
        wish: Wish,
        old: Option<&Booking>,
    ) -> Result<Vec<Broken>, Undecided> {
        if resource.in_force.is_empty() {
            return Ok(Vec::new());
        }
        // What is counted is asked for together, so that people and sites are locked in one flight and in order.
        let mut missing = Missing::default();
        let mut broken = missing.note(self.rules_of(resource, wish, old))?.unwrap_or_default();
        for quota in resource.in_force.policy.quotas.as_deref().unwrap_or_default() {
            broken.extend(missing.note(self.quota(*quota, resource, wish, old.map(|old| old.id)))?.flatten());
        }
        broken.extend(missing.note(self.pacing(resource, wish, old))?.flatten());
        missing.or(broken)
    }

    /// Every rule that the wish breaks of those that count nothing.
    pub(super) fn rules_of(
        &self,
        resource: &Resource,
        wish: Wish,
        old: Option<&Booking>,
    ) -> Result<Vec<Broken>, Undecided> {
        let policy = &resource.in_force.policy;
        let start = wish.interval.start();
        let rescheduled = old.is_none_or(|old| old.interval.start() != start);
        let mut broken = Vec::new();
        broken.extend(duration_minutes_min(policy, wish.interval));
        broken.extend(duration_minutes_max(policy, wish.interval));
        if old.is_none_or(|old| old.interval != wish.interval) {
            broken.extend(mode(policy, &zone(resource), wish.interval).map(|it| self.ahead(it)));
        }
        if rescheduled {
            broken.extend(services(policy, &zone(resource), start).map(|it| self.ahead(it)));
            broken.extend(start_step_minutes(policy, &zone(resource), start).map(|it| self.ahead(it)));
            broken.extend(self.book_notice_minutes_min(policy, start));
            broken.extend(self.book_ahead_minutes_max(policy, start));
        }
        // Whoever has begun may stay longer, or go.
        if let Some(old) = old.filter(|old| rescheduled || self.now < old.interval.start()) {
            broken.extend(self.move_notice_minutes_min(policy, old.interval.start()));
        }
        broken.extend(party(policy, wish.party_size));
        if !outside_hours_allowed(policy) {
            broken.extend(closed(resource, wish).map(Broken::Hours));
        }
        broken.extend(self.groups(policy, wish.owner)?);
        Ok(broken)
    }

    /// What is broken, with nothing that is over among what would do.
    fn ahead(&self, broken: Broken) -> Broken {
        let ahead = |time: &Timestamp| self.now <= *time;
        match broken {
            Broken::StartStep { step, before, after } => {
                Broken::StartStep { step, before: before.filter(ahead), after }
            }
            Broken::Services { services, before, after } => {
                Broken::Services { services, before: before.filter(ahead), after }
            }
            Broken::Mode { mode, instead } => Broken::Mode { mode, instead: instead.filter(|it| ahead(&it.start())) },
            other => other,
        }
    }

    /// Whether somebody has to say yes before `resource` is booked so.
    pub(super) fn wants_to_be_asked(&self, resource: &Resource, wish: Wish) -> Result<bool, Undecided> {
        let policy = &resource.in_force.policy;
        Ok(resource.attributes.requires_approval
            || self.approval_needed(policy, wish.interval, wish.owner)?
            || (outside_hours_allowed(policy) && closed(resource, wish).is_some()))
    }

    /// Whether the actor may say yes to a booking: for every place that wants to be asked, and where none does for the one that is
    /// booked.
    pub(super) fn has_a_say(
        &self,
        resource: &Resource,
        along: &[(&Resource, u32)],
        wish: Wish,
    ) -> Result<bool, Undecided> {
        if self.actor.is_admin() {
            return Ok(true);
        }
        let mut missing = Missing::default();
        let mut asking = Vec::new();
        for it in std::iter::once(resource).chain(along.iter().map(|(it, _)| *it)) {
            if missing.note(self.wants_to_be_asked(it, wish))?.unwrap_or_default() {
                asking.push(it.id);
            }
        }
        missing.or(())?;
        if asking.is_empty() {
            asking.push(resource.id);
        }
        self.manages_all(asking.into_iter())
    }

    /// Whether a manager is asked first.
    pub(super) fn approval_needed(
        &self,
        policy: &Policy,
        interval: Interval,
        owner: UserId,
    ) -> Result<bool, Undecided> {
        Ok(match &policy.approval {
            None | Some(Approval::Never) => false,
            Some(Approval::Always) => true,
            Some(Approval::When { longer_than_minutes, groups, .. }) => {
                longer_than_minutes.is_some_and(|longest| minutes(longest) < interval.duration())
                    || self.is_in_one_of(groups, owner)?
            }
        })
    }

    /// Whether the place is kept for others.
    fn groups(&self, policy: &Policy, owner: UserId) -> Result<Option<Broken>, Undecided> {
        match policy.groups.as_deref() {
            None | Some([]) => Ok(None),
            Some(groups) if self.is_in_one_of(groups, owner)? => Ok(None),
            Some(groups) => Ok(Some(Broken::Groups(groups.to_vec()))),
        }
    }

    fn is_in_one_of(&self, groups: &[GroupId], person: UserId) -> Result<bool, Undecided> {
        if groups.is_empty() {
            return Ok(false);
        }
        match self.facts.groups.get(&person) {
            None => Err(Undecided::Needs(vec![Need::Groups(person)])),
            Some(found) => Ok(groups.iter().any(|group| found.contains(group))),
        }
    }

    fn start(&self, start: Timestamp) -> Option<Violation> {
        let earliest = self.now.checked_sub(START_GRACE).unwrap_or(Timestamp::MIN);
        if start < earliest { Some(Violation::InThePast) } else { self.horizon(start) }
    }

    pub(super) fn horizon(&self, start: Timestamp) -> Option<Violation> {
        // What is nearer than so many years of 365 days needs no calendar.
        if start.duration_since(self.now) <= HORIZON_AT_LEAST {
            return None;
        }
        let latest = latest_start(self.now);
        (latest < start).then_some(Violation::TooFarAhead(latest))
    }

    fn book_notice_minutes_min(&self, policy: &Policy, start: Timestamp) -> Option<Broken> {
        let notice = policy.book_notice_minutes_min?;
        let earliest = self.now.checked_add(minutes(notice)).unwrap_or(Timestamp::MAX);
        (start < earliest).then_some(Broken::BookNoticeMin { notice, earliest })
    }

    fn book_ahead_minutes_max(&self, policy: &Policy, start: Timestamp) -> Option<Broken> {
        let ahead = policy.book_ahead_minutes_max?;
        let latest = self.now.checked_add(minutes(ahead)).unwrap_or(Timestamp::MAX);
        (latest < start).then_some(Broken::BookAheadMax { ahead, latest })
    }

    fn move_notice_minutes_min(&self, policy: &Policy, start: Timestamp) -> Option<Broken> {
        let notice = policy.move_notice_minutes_min?;
        let until = start.checked_sub(minutes(notice)).unwrap_or(Timestamp::MIN);
        (until < self.now).then_some(Broken::MoveNoticeMin { notice, until })
    }

    /// Whether its owner may still take the booking back.
    pub(super) fn cancel_notice_minutes_min(&self, policy: &Policy, start: Timestamp) -> Option<Broken> {
        let notice = policy.cancel_notice_minutes_min?;
        let until = start.checked_sub(minutes(notice)).unwrap_or(Timestamp::MIN);
        (until < self.now).then_some(Broken::CancelNoticeMin { notice, until })
    }

    /// How many people would start in the same quarter of an hour, if that is more than the kitchen takes. Whoever is
    /// counted there already and brings nobody more is let be.
    pub(super) fn pacing(
        &self,
        resource: &Resource,
        wish: Wish,
        old: Option<&Booking>,
    ) -> Result<Option<Broken>, Undecided> {
        let Some(max) = resource.in_force.policy.pacing_max else { return Ok(None) };
        let (scope, quarter) = (PaceScope::of(resource), quarter_of(wish.interval.start()));
        let covers = covers(wish.party_size, wish.quantity);
        let counted = old.is_some_and(|old| {
            let was = self.facts.resources.get(&old.resource).and_then(Option::as_ref);
            let start = Start::of(old);
            let there = was.map(PaceScope::of) == Some(scope) || old.along().any(|it| it.resource == resource.id);
            there && quarter_of(start.at) == quarter && covers <= start.covers
        });
        if counted {
            return Ok(None);
        }
        let without = old.map(|old| old.id);
        let Some(pace) = self.pace(scope, quarter, 0)? else { return Ok(None) };
        if covers.saturating_add(pace.covers_in(quarter, self.now, without)) <= max {
            return Ok(None);
        }
        // What other quarters have room for is asked only where this one has none.
        let Some(pace) = self.pace(scope, quarter, NEAR_QUARTERS)? else { return Ok(None) };
        let would_have = |quarter| covers.saturating_add(pace.covers_in(quarter, self.now, without));
        let with_room = |other: &Timestamp| self.now <= *other && would_have(*other) <= max;
        let before = (1..=NEAR_QUARTERS).map(|count| quarters_from(quarter, -count)).find(with_room);
        let after = (1..=NEAR_QUARTERS).map(|count| quarters_from(quarter, count)).find(with_room);
        Ok(Some(Broken::Pacing { max, would_have: would_have(quarter), before, after }))
    }

    /// Who starts when in a quarter of an hour and so many around it; `None` at the ends of time.
    fn pace(&self, scope: PaceScope, quarter: Timestamp, around: i32) -> Result<Option<&Pace>, Undecided> {
        let Ok(window) = Interval::new(quarters_from(quarter, -around), quarters_from(quarter, around + 1)) else {
            return Ok(None);
        };
        match self.facts.paces.get(&scope).filter(|pace| pace.knows(window)) {
            Some(pace) => Ok(Some(pace)),
            None => Err(Undecided::Needs(vec![Need::Pace(scope, window)])),
        }
    }

    /// What the owner would have with this booking, if that is more than the quota. `without` is not counted: it is
    /// the booking that is moved.
    fn quota(
        &self,
        quota: Quota,
        resource: &Resource,
        wish: Wish,
        without: Option<BookingId>,
    ) -> Result<Option<Broken>, Undecided> {
        let window = match quota.measure {
            // What lasts until now may have started as long ago as a booking lasts.
            QuotaMeasure::AtATime => {
                let earliest = self.now.checked_sub(BOOKING_MAX).unwrap_or(Timestamp::MIN);
                Interval::new(earliest, Timestamp::MAX).ok()
            }
            QuotaMeasure::Bookings(period) | QuotaMeasure::Minutes(period) => {
                around(period, &zone(resource), wish.interval.start())
            }
        };
        let Some(window) = window else { return Ok(None) };
        let kinds = quota.scope == QuotaScope::Kind;
        let diary = match self.facts.diaries.get(&wish.owner) {
            Some(diary) if diary.knows(window, kinds) => diary,
            _ => return Err(Undecided::Needs(vec![Need::Diary { person: wish.owner, window, kinds }])),
        };
        // What has no kind, or no site, has it in common with nobody.
        let same = |spot: &Spot| match quota.scope {
            QuotaScope::Kind if resource.attributes.kind.is_some() => spot.kind == resource.attributes.kind,
            QuotaScope::Site if resource.attributes.site.is_some() => spot.site == resource.attributes.site,
            QuotaScope::Resource | QuotaScope::Kind | QuotaScope::Site => spot.resource == resource.id,
            QuotaScope::Everything => true,
        };
        // Once, however much of it is booked along.
        let scoped = |entry: &Entry| same(&entry.spot) || entry.along.iter().any(same);
        let counted = diary
            .entries()
            .filter(|(id, entry)| Some(*id) != without && entry.counts_at(self.now) && scoped(entry))
            .map(|(_, entry)| entry.interval);
        let would_have = match quota.measure {
            QuotaMeasure::AtATime => 1 + counted.filter(|interval| self.now < interval.end()).count() as u64,
            QuotaMeasure::Bookings(_) => 1 + counted.filter(|interval| interval.starts_in(window)).count() as u64,
            QuotaMeasure::Minutes(_) => {
                let booked = counted.filter(|interval| interval.starts_in(window)).map(whole_minutes).sum::<u64>();
                whole_minutes(wish.interval) + booked
            }
        };
        let would_have = u32::try_from(would_have).unwrap_or(u32::MAX);
        Ok((quota.max < would_have).then_some(Broken::Quota { quota, would_have }))
    }
}

fn length(interval: Interval) -> Option<Violation> {
    bounded_length(interval, BOOKING_MIN, BOOKING_MAX)
}

pub(super) fn bounded_length(interval: Interval, min: SignedDuration, max: SignedDuration) -> Option<Violation> {
    if interval.duration() < min {
        Some(Violation::TooShort(min))
    } else if max < interval.duration() {
        Some(Violation::TooLong(max))
    } else {
        None
    }
}

/// Whether there are as many units, and whether all that is booked together seats as many people. What does not say how many it
/// seats seats nobody beside what says so; where nothing does, nobody is counted.
pub(super) fn size(
    resource: &Resource,
    quantity: u32,
    party_size: Option<u32>,
    along: &[(&Resource, u32)],
) -> Vec<Violation> {
    let mut broken = Vec::new();
    for (it, quantity) in std::iter::once(&(resource, quantity)).chain(along) {
        if it.attributes.quantity < *quantity {
            broken.push(Violation::QuantityTooLarge(it.attributes.quantity));
        }
    }
    let seats = std::iter::once(&(resource, quantity))
        .chain(along)
        .filter_map(|(it, quantity)| it.attributes.capacity.map(|seats| seats.saturating_mul(*quantity)))
        .reduce(u32::saturating_add);
    if let (Some(party), Some(seats)) = (party_size, seats)
        && seats < party
    {
        broken.push(Violation::PartyTooLarge(seats));
    }
    broken
}

/// Whether the resource can't be used at some time of the interval.
pub(super) fn out_of_order(resource: &Resource, interval: Interval) -> Option<Broken> {
    resource.attributes.profile.out_of_order.clone().filter(|out| out.touches(interval)).map(Broken::OutOfOrder)
}

/// The first moment of the wish at which the place is closed.
fn closed(resource: &Resource, wish: Wish) -> Option<Closed> {
    let opening = resource.in_force.opening()?;
    if wish.within_hours == Some(true) {
        return None;
    }
    match resource.in_force.policy.pieces() {
        // Guests sleep while the house is closed, and leave when they like; somebody has to be there when they come.
        Some(Mode::Nights { .. }) => return closed_all_day(resource, opening, wish.interval, 1),
        Some(Mode::Days) => return closed_all_day(resource, opening, wish.interval, usize::MAX),
        _ => {}
    }
    // A booking is never longer than the window that can be looked at.
    opening.first_closed(&zone(resource), wish.interval).ok().flatten()
}

/// The first of some days on which the place does not open at all, among so many from the first on.
fn closed_all_day(resource: &Resource, opening: &OpeningHours, days: Interval, most: usize) -> Option<Closed> {
    let zone = zone(resource);
    let (first, last) = (zone.to_datetime(days.start()).date(), zone.to_datetime(days.end()).date());
    let mut dates = first.series(1.day()).take_while(|date| *date < last).take(most);
    let (date, hours) =
        dates.find_map(|date| Some((date, opening.on(date))).filter(|(_, hours)| hours.are_closed()))?;
    Some(Closed { at: at(&zone, date, Time::midnight())?.max(days.start()), date, hours })
}

/// Whether a booking outside of the opening hours only needs a manager's word.
pub(crate) fn outside_hours_allowed(policy: &Policy) -> bool {
    matches!(policy.approval, Some(Approval::When { outside_hours: true, .. }))
}

fn duration_minutes_min(policy: &Policy, interval: Interval) -> Option<Broken> {
    policy.duration_minutes_min.filter(|min| interval.duration() < minutes(*min)).map(Broken::DurationMin)
}

fn duration_minutes_max(policy: &Policy, interval: Interval) -> Option<Broken> {
    policy.duration_minutes_max.filter(|max| minutes(*max) < interval.duration()).map(Broken::DurationMax)
}

pub(super) fn party(policy: &Policy, party_size: Option<u32>) -> Option<Broken> {
    let Some(size) = party_size else {
        return policy.party_required.unwrap_or(false).then_some(Broken::PartyRequired);
    };
    let too_few = policy.party_min.filter(|min| size < *min).map(Broken::PartyMin);
    too_few.or_else(|| policy.party_max.filter(|max| *max < size).map(Broken::PartyMax))
}

/// Whether it consists of whole pieces of time.
fn mode(policy: &Policy, zone: &TimeZone, interval: Interval) -> Option<Broken> {
    let mode = policy.pieces()?;
    mode.instead_of(zone, interval).map(|instead| Broken::Mode { mode: mode.clone(), instead })
}

/// Whether guests are seated at its start.
fn services(policy: &Policy, zone: &TimeZone, start: Timestamp) -> Option<Broken> {
    let services = policy.services.as_deref()?;
    let (before, after) = between_services(services, zone, start)?;
    Some(Broken::Services { services: services.to_vec(), before, after })
}

/// Whether the start is one of the times at which bookings start: multiples of the step after midnight, by the clock
/// on the wall of the place.
fn start_step_minutes(policy: &Policy, zone: &TimeZone, start: Timestamp) -> Option<Broken> {
    let step = policy.start_step_minutes?;
    let local = zone.to_datetime(start);
    let since_midnight = local.time().duration_since(Time::midnight());
    let over = since_midnight.as_micros() % minutes(step.max(1)).as_micros();
    if over == 0 {
        return None;
    }
    let instant = |local: Option<DateTime>| local.and_then(|local| at(zone, local.date(), local.time()));
    let over = SignedDuration::from_micros(i64::try_from(over).unwrap_or(0));
    let before = local.checked_sub(over).ok();
    // The first one of the next day comes before what would be the next one of this.
    let tomorrow = local.date().tomorrow().ok().map(|date| date.to_datetime(Time::midnight()));
    let after = before.and_then(|before| before.checked_add(minutes(step)).ok()).into_iter().chain(tomorrow).min();
    Some(Broken::StartStep { step, before: instant(before), after: instant(after) })
}

/// The clock on the wall of a resource. A zone that this program's database does not know is read as UTC; it was
/// checked when it was set.
pub(crate) fn zone(resource: &Resource) -> TimeZone {
    TimeZone::get(&resource.attributes.time_zone).unwrap_or(TimeZone::UTC)
}

/// The day, week or month that `time` falls into, on the clock of `zone`.
fn around(period: QuotaPeriod, zone: &TimeZone, time: Timestamp) -> Option<Interval> {
    let date = zone.to_datetime(time).date();
    let (first, span): (_, Span) = match period {
        QuotaPeriod::Day => (date, 1.day()),
        QuotaPeriod::Week => {
            let since_monday = i64::from(date.weekday().to_monday_zero_offset());
            (date.checked_sub(since_monday.days()).ok()?, 1.week())
        }
        QuotaPeriod::Month => (date.first_of_month(), 1.month()),
    };
    let instant = |date| at(zone, date, Time::midnight());
    Interval::new(instant(first)?, instant(first.checked_add(span).ok()?)?).ok()
}

fn whole_minutes(interval: Interval) -> u64 {
    u64::try_from(interval.duration().as_mins()).unwrap_or(0)
}
