//! What Bronya promises, said as plainly as can be: a list of bookings and blocks, and at each instant a count. It knows
//! no units, no seats and no claims, so it can't share a mistake with what it is compared to.

use bronya_domain::booking::Status;
use bronya_domain::ids::{BlockId, BookingId, ResourceId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::user::Principal;
use jiff::{SignedDuration, Timestamp};

/// Why not; `Refusal` in other words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum No {
    ResourceNotFound,
    BookingNotFound,
    BlockNotFound,
    Forbidden,
    Stale,
    Final(Status),
    Over,
    NotPending(Status),
    Not(Status, Status),
    NotYet,
    NothingToUndo,
    Rules(Vec<&'static str>),
    Conflict(Vec<Interval>),
    BlockConflict(Vec<BookingId>),
    BlockOverlapsBlock(Vec<Interval>),
    InUse(usize),
}

#[derive(Clone, Debug)]
pub(crate) struct Thing {
    pub(crate) id: ResourceId,
    pub(crate) quantity: u32,
    pub(crate) capacity: Option<u32>,
    pub(crate) approval: bool,
    pub(crate) before: SignedDuration,
    pub(crate) after: SignedDuration,
    pub(crate) deleted: bool,
    pub(crate) managers: Vec<UserId>,
}

#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) id: BookingId,
    pub(crate) thing: usize,
    pub(crate) user: UserId,
    pub(crate) when: Interval,
    pub(crate) held: Interval,
    pub(crate) quantity: u32,
    pub(crate) title: Option<String>,
    pub(crate) party: Option<u32>,
    pub(crate) status: Status,
    pub(crate) lapses_at: Option<Timestamp>,
    pub(crate) made: Timestamp,
    /// What it was before the last check-in, end or no-show: where it stood, the end that was cut off, and when that was.
    pub(crate) before: Option<(Status, Option<Timestamp>, Timestamp)>,
    /// Whether it is over, and what is kept free after it still is.
    pub(crate) kept: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Blocked {
    pub(crate) id: BlockId,
    pub(crate) thing: usize,
    pub(crate) when: Interval,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) things: Vec<Thing>,
    pub(crate) bookings: Vec<Taken>,
    pub(crate) blocks: Vec<Blocked>,
}

/// What somebody asks of a booking that is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Amendment {
    pub(crate) thing: Option<usize>,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) quantity: Option<u32>,
    pub(crate) title: Option<Option<String>>,
    pub(crate) party: Option<Option<u32>>,
}

/// Which version the caller names, if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Any,
    Right,
    Wrong,
}

impl Taken {
    /// Where it stands, also if nobody has written down that it has lapsed.
    pub(crate) fn status_at(&self, now: Timestamp) -> Status {
        match (self.lapses_at.is_some_and(|lapses_at| lapses_at <= now), self.status) {
            (true, Status::Pending | Status::Held) => Status::Expired,
            (_, Status::CheckedIn) if self.when.end() <= now => Status::Completed,
            (_, status) => status,
        }
    }

    /// Whether somebody who has come may sit there still, though the time is over; for six hours.
    pub(crate) fn stays_until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.when.end() + SignedDuration::from_hours(6);
        (self.status == Status::CheckedIn && self.when.end() <= now && now < until).then_some(until)
    }

    /// Whether it is in anybody's way.
    fn stands(&self, now: Timestamp) -> bool {
        self.kept || self.status == Status::CheckedIn || self.status_at(now).holds_time()
    }

    /// What can still be taken back: for an hour, and not of what is over.
    pub(crate) fn before_at(&self, now: Timestamp) -> Option<(Status, Option<Timestamp>, Timestamp)> {
        self.before
            .filter(|(_, end, at)| now < *at + SignedDuration::from_hours(1) && now < end.unwrap_or(self.when.end()))
    }
}

impl Model {
    /// What holds time on a thing during a window: whose it is, when, and how many units of it.
    fn standing(
        &self,
        thing: usize,
        window: Interval,
        now: Timestamp,
        without: Option<BookingId>,
    ) -> Vec<(Interval, u32)> {
        let bookings = self.bookings.iter().filter(|it| it.thing == thing && Some(it.id) != without);
        let bookings = bookings.filter(|it| it.stands(now)).map(|it| (it.held, it.quantity));
        let blocks = self.blocks.iter().filter(|it| it.thing == thing).map(|it| (it.when, self.things[thing].quantity));
        bookings.chain(blocks).filter(|(when, _)| when.overlaps(window)).collect()
    }

    /// The most units that are taken at one instant of a window.
    fn most(standing: &[(Interval, u32)], window: Interval) -> u32 {
        let taken = |instant| {
            let there = standing.iter().filter(|(when, _)| when.start() <= instant && instant < when.end());
            there.map(|(_, quantity)| quantity).sum()
        };
        let starts = standing.iter().map(|(when, _)| when.start().max(window.start()));
        starts.map(taken).max().unwrap_or(0)
    }

    fn bookings_in(&self, thing: usize, window: Interval, now: Timestamp) -> Vec<&Taken> {
        let there = self.bookings.iter().filter(|it| it.thing == thing && it.stands(now));
        there.filter(|it| it.held.overlaps(window)).collect()
    }

    fn manages(&self, actor: Principal, thing: usize) -> bool {
        actor.is_admin() || self.things[thing].managers.contains(&actor.user)
    }

    fn must_manage(&self, actor: Principal, thing: usize) -> Result<(), No> {
        if self.manages(actor, thing) { Ok(()) } else { Err(No::Forbidden) }
    }

    fn exists(&self, thing: usize) -> Result<&Thing, No> {
        self.things.get(thing).filter(|it| !it.deleted).ok_or(No::ResourceNotFound)
    }

    fn visible(&self, actor: Principal, id: BookingId) -> Result<usize, No> {
        let at = self.bookings.iter().position(|it| it.id == id).ok_or(No::BookingNotFound)?;
        let booking = &self.bookings[at];
        let visible = booking.user == actor.user || self.manages(actor, booking.thing);
        if visible { Ok(at) } else { Err(No::BookingNotFound) }
    }

    fn size(thing: &Thing, quantity: u32, party: Option<u32>) -> Vec<&'static str> {
        let mut broken = Vec::new();
        if thing.quantity < quantity {
            broken.push("quantity");
        }
        if let (Some(capacity), Some(party)) = (thing.capacity, party)
            && capacity * quantity < party
        {
            broken.push("party");
        }
        broken
    }

    fn in_the_past(start: Timestamp, now: Timestamp) -> Vec<&'static str> {
        if start < now - SignedDuration::from_mins(1) { vec!["past"] } else { vec![] }
    }

    fn free(&self, wish: &Taken, now: Timestamp) -> Result<(), No> {
        let standing = self.standing(wish.thing, wish.held, now, Some(wish.id));
        if Self::most(&standing, wish.held) + wish.quantity <= self.things[wish.thing].quantity {
            return Ok(());
        }
        let mut when: Vec<Interval> = standing.into_iter().map(|(when, _)| when).collect();
        when.sort();
        Err(No::Conflict(when))
    }

    /// Until when somebody has to decide.
    fn waits(start: Timestamp, now: Timestamp) -> Timestamp {
        let three_days = now + SignedDuration::from_hours(72);
        three_days.min(start.max(now + SignedDuration::from_mins(1)))
    }

    fn held(thing: &Thing, when: Interval) -> Interval {
        Interval::new(when.start() - thing.before, when.end() + thing.after).unwrap()
    }

    /// How a booking begins, and when it lapses.
    fn begins(thing: &Thing, start: Timestamp, now: Timestamp) -> (Status, Option<Timestamp>) {
        if thing.approval { (Status::Pending, Some(Self::waits(start, now))) } else { (Status::Confirmed, None) }
    }

    /// Takes or holds time. `wish.user` is whose the booking is to be.
    pub(crate) fn book(
        &mut self,
        actor: Principal,
        mut wish: Taken,
        hold: Option<i64>,
        now: Timestamp,
    ) -> Result<(), No> {
        let thing = self.exists(wish.thing)?;
        if wish.user != actor.user {
            self.must_manage(actor, wish.thing)?;
        }
        let mut broken = Self::in_the_past(wish.when.start(), now);
        broken.extend(Self::size(thing, wish.quantity, wish.party));
        if !broken.is_empty() {
            return Err(No::Rules(broken));
        }
        wish.held = Self::held(thing, wish.when);
        (wish.status, wish.lapses_at) = match hold {
            Some(minutes) => (Status::Held, Some(now + SignedDuration::from_mins(minutes.min(10)))),
            None => Self::begins(thing, wish.when.start(), now),
        };
        self.free(&wish, now)?;
        self.bookings.push(wish);
        Ok(())
    }

    /// Moves, resizes or edits; `Ok(false)` where nothing changes.
    pub(crate) fn amend(
        &mut self,
        actor: Principal,
        id: BookingId,
        seen: Seen,
        to: &Amendment,
        now: Timestamp,
    ) -> Result<bool, No> {
        let at = self.visible(actor, id)?;
        if seen == Seen::Wrong {
            return Err(No::Stale);
        }
        let old = self.bookings[at].clone();
        let stays_on = old.stays_until(now).is_some();
        if !stays_on && !old.status_at(now).holds_time() {
            return Err(No::Final(old.status_at(now)));
        }
        let mut new = old.clone();
        new.thing = to.thing.unwrap_or(old.thing);
        new.quantity = to.quantity.unwrap_or(old.quantity);
        new.title = to.title.clone().unwrap_or(old.title.clone());
        new.party = to.party.unwrap_or(old.party);
        let (start, end) = (to.start.unwrap_or(old.when.start()), to.end.unwrap_or(old.when.end()));

        let moved =
            (new.thing, start, end, new.quantity) != (old.thing, old.when.start(), old.when.end(), old.quantity);
        let stays = old.status == Status::CheckedIn && start == old.when.start() && now < end;
        if stays_on && !(moved && stays) {
            return Err(No::Final(Status::Completed));
        }
        if !moved {
            if (&new.title, new.party) == (&old.title, old.party) && seen == Seen::Any {
                return Ok(false);
            }
            if new.party != old.party {
                let broken = Self::size(self.exists(old.thing)?, new.quantity, new.party);
                if !broken.is_empty() {
                    return Err(No::Rules(broken));
                }
            }
            self.bookings[at] = new;
            return Ok(true);
        }
        if old.when.end() <= now && !stays {
            return Err(No::Over);
        }
        let thing = self.exists(new.thing)?;
        if old.user != actor.user && new.thing != old.thing {
            self.must_manage(actor, new.thing)?;
        }
        new.when = Interval::new(start, end).map_err(|_| No::Rules(vec!["backwards"]))?;
        let mut broken = if start == old.when.start() { vec![] } else { Self::in_the_past(start, now) };
        broken.extend(Self::size(thing, new.quantity, new.party));
        if !broken.is_empty() {
            return Err(No::Rules(broken));
        }
        new.held = Self::held(thing, new.when);
        let (status, lapses_at) = Self::begins(thing, start, now);
        (new.status, new.lapses_at) = match (old.status, status) {
            (Status::Held, _) => (old.status, old.lapses_at),
            (Status::CheckedIn, _) => (old.status, None),
            (Status::Confirmed, Status::Pending) if self.manages(actor, new.thing) => (old.status, None),
            _ => (status, lapses_at),
        };
        if stays_on {
            new.before = None;
        }
        self.free(&new, now)?;
        self.bookings[at] = new;
        Ok(true)
    }

    pub(crate) fn cancel(&mut self, actor: Principal, id: BookingId, seen: Seen, now: Timestamp) -> Result<(), No> {
        let at = self.visible(actor, id)?;
        if seen == Seen::Wrong {
            return Err(No::Stale);
        }
        let status = self.bookings[at].status_at(now);
        if !status.holds_time() {
            return Err(No::Final(status));
        }
        if self.bookings[at].when.end() <= now {
            return Err(No::Over);
        }
        let again = matches!(status, Status::Pending | Status::Confirmed);
        self.bookings[at].before = again.then_some((status, None, now));
        self.bookings[at].status = Status::Cancelled;
        Ok(())
    }

    /// Confirms or rejects.
    pub(crate) fn settle(
        &mut self,
        actor: Principal,
        id: BookingId,
        seen: Seen,
        yes: bool,
        now: Timestamp,
    ) -> Result<(), No> {
        let at = self.visible(actor, id)?;
        self.must_manage(actor, self.bookings[at].thing)?;
        if seen == Seen::Wrong {
            return Err(No::Stale);
        }
        let status = self.bookings[at].status_at(now);
        if status != Status::Pending {
            return Err(No::NotPending(status));
        }
        if self.bookings[at].when.end() <= now {
            return Err(No::Over);
        }
        self.bookings[at].status = if yes { Status::Confirmed } else { Status::Rejected };
        self.bookings[at].lapses_at = None;
        Ok(())
    }

    /// A booking in one of these states, which the caller may know of and has seen as it is.
    fn found(
        &self,
        actor: Principal,
        id: BookingId,
        seen: Seen,
        wanted: &[Status],
        now: Timestamp,
    ) -> Result<usize, No> {
        let at = self.visible(actor, id)?;
        if seen == Seen::Wrong {
            return Err(No::Stale);
        }
        let status = self.bookings[at].status_at(now);
        if wanted.contains(&status) { Ok(at) } else { Err(No::Not(wanted[0], status)) }
    }

    /// Makes a booking of a time that is held.
    pub(crate) fn take_up(&mut self, actor: Principal, id: BookingId, seen: Seen, now: Timestamp) -> Result<(), No> {
        let at = self.found(actor, id, seen, &[Status::Held], now)?;
        let booking = &self.bookings[at];
        if booking.when.end() <= now {
            return Err(No::Over);
        }
        let thing = self.exists(booking.thing)?;
        let broken = Self::size(thing, booking.quantity, booking.party);
        if !broken.is_empty() {
            return Err(No::Rules(broken));
        }
        let (status, lapses_at) = Self::begins(thing, booking.when.start(), now);
        (self.bookings[at].status, self.bookings[at].lapses_at) = (status, lapses_at);
        Ok(())
    }

    /// Holds it for ten minutes more, and for twenty at most; `Ok(false)` where that is no longer.
    pub(crate) fn prolong(&mut self, actor: Principal, id: BookingId, seen: Seen, now: Timestamp) -> Result<bool, No> {
        let at = self.found(actor, id, seen, &[Status::Held], now)?;
        let booking = &mut self.bookings[at];
        if booking.when.end() <= now {
            return Err(No::Over);
        }
        let minutes = SignedDuration::from_mins;
        let longer = booking.lapses_at.max(Some((now + minutes(10)).min(booking.made + minutes(20))));
        let changed = longer != booking.lapses_at;
        booking.lapses_at = longer;
        Ok(changed)
    }

    /// Somebody has come: from a quarter of an hour before the start.
    pub(crate) fn check_in(&mut self, actor: Principal, id: BookingId, seen: Seen, now: Timestamp) -> Result<(), No> {
        let at = self.found(actor, id, seen, &[Status::Confirmed], now)?;
        let when = self.bookings[at].when;
        if when.end() <= now {
            return Err(No::Over);
        }
        if now < when.start() - SignedDuration::from_mins(15) {
            return Err(No::NotYet);
        }
        self.bookings[at].before = Some((Status::Confirmed, None, now));
        self.bookings[at].status = Status::CheckedIn;
        Ok(())
    }

    /// Whoever was there has gone: what is left is free.
    pub(crate) fn end(&mut self, actor: Principal, id: BookingId, seen: Seen, now: Timestamp) -> Result<(), No> {
        let at = self.visible(actor, id)?;
        if seen != Seen::Wrong && self.bookings[at].stays_until(now).is_some() {
            self.bookings[at].status = Status::Completed;
            self.bookings[at].before = None;
            self.bookings[at].kept = true;
            return Ok(());
        }
        let at = self.found(actor, id, seen, &[Status::CheckedIn, Status::Confirmed], now)?;
        let when = self.bookings[at].when;
        if when.end() <= now {
            return Err(No::Over);
        }
        self.bookings[at].when = Interval::new(when.start(), now).map_err(|_| No::NotYet)?;
        let held = self.bookings[at].held;
        let after = held.end().duration_since(when.end());
        self.bookings[at].kept = after.is_positive();
        self.bookings[at].held = Interval::new(held.start(), now + after).unwrap();
        self.bookings[at].before = Some((self.bookings[at].status, Some(when.end()), now));
        self.bookings[at].status = Status::Completed;
        Ok(())
    }

    /// Nobody has come.
    pub(crate) fn no_show(&mut self, actor: Principal, id: BookingId, seen: Seen, now: Timestamp) -> Result<(), No> {
        let at = self.visible(actor, id)?;
        self.must_manage(actor, self.bookings[at].thing)?;
        self.found(actor, id, seen, &[Status::Confirmed], now)?;
        if now < self.bookings[at].when.start() {
            return Err(No::NotYet);
        }
        self.bookings[at].before = Some((Status::Confirmed, None, now));
        self.bookings[at].status = Status::NoShow;
        Ok(())
    }

    /// The last check-in, end or no-show was a mistake.
    pub(crate) fn undo(&mut self, actor: Principal, id: BookingId, seen: Seen, now: Timestamp) -> Result<(), No> {
        let at = self.visible(actor, id)?;
        let cancelled = self.bookings[at].status == Status::Cancelled;
        if !cancelled {
            self.must_manage(actor, self.bookings[at].thing)?;
        }
        if seen == Seen::Wrong {
            return Err(No::Stale);
        }
        let old = self.bookings[at].clone();
        let (status, end, _) = old.before_at(now).ok_or(No::NothingToUndo)?;
        let thing = self.exists(old.thing)?;
        let when = Interval::new(old.when.start(), end.unwrap_or(old.when.end())).unwrap();
        let mut again = Taken { status, when, held: Self::held(thing, when), before: None, kept: false, ..old.clone() };
        if cancelled {
            let mut broken = Self::in_the_past(when.start(), now);
            broken.extend(Self::size(thing, old.quantity, old.party));
            if !broken.is_empty() {
                return Err(No::Rules(broken));
            }
            let begins = Self::begins(thing, when.start(), now);
            (again.status, again.lapses_at) = if status == Status::Confirmed { (status, None) } else { begins };
        }
        if !old.status.holds_time() {
            self.free(&again, now)?;
        }
        self.bookings[at] = again;
        Ok(())
    }

    /// Blocks, and answers which bookings that cancels.
    pub(crate) fn block(
        &mut self,
        actor: Principal,
        block: Blocked,
        cancel: bool,
        now: Timestamp,
    ) -> Result<Vec<BookingId>, No> {
        self.exists(block.thing)?;
        self.must_manage(actor, block.thing)?;
        let there = self.blocks.iter().filter(|it| it.thing == block.thing && it.when.overlaps(block.when));
        let mut blocks: Vec<Interval> = there.map(|it| it.when).collect();
        if !blocks.is_empty() {
            blocks.sort();
            return Err(No::BlockOverlapsBlock(blocks));
        }
        let victims = self.bookings_in(block.thing, block.when, now);
        let over = victims.iter().filter(|it| it.when.end() <= now);
        let mut in_the_way: Vec<BookingId> =
            if cancel { over.map(|it| it.id).collect() } else { victims.iter().map(|it| it.id).collect() };
        if !in_the_way.is_empty() {
            in_the_way.sort();
            return Err(No::BlockConflict(in_the_way));
        }
        let mut cancelled: Vec<BookingId> = victims.iter().map(|it| it.id).collect();
        cancelled.sort();
        self.cancel_all(&cancelled);
        self.blocks.push(block);
        Ok(cancelled)
    }

    pub(crate) fn unblock(&mut self, actor: Principal, id: BlockId) -> Result<(), No> {
        let at = self.blocks.iter().position(|it| it.id == id).ok_or(No::BlockNotFound)?;
        self.exists(self.blocks[at].thing)?;
        self.must_manage(actor, self.blocks[at].thing)?;
        self.blocks.remove(at);
        Ok(())
    }

    /// Edits a resource; `Ok(false)` where nothing changes.
    pub(crate) fn update(
        &mut self,
        actor: Principal,
        thing: usize,
        seen: Seen,
        (quantity, approval): (Option<u32>, Option<bool>),
        now: Timestamp,
    ) -> Result<bool, No> {
        let old = self.exists(thing)?.clone();
        self.must_manage(actor, thing)?;
        if seen == Seen::Wrong {
            return Err(No::Stale);
        }
        let quantity = quantity.unwrap_or(old.quantity);
        let approval = approval.unwrap_or(old.approval);
        if (quantity, approval) == (old.quantity, old.approval) && seen == Seen::Any {
            return Ok(false);
        }
        let to_come = Interval::new(now, Timestamp::MAX).unwrap();
        let there = self.bookings_in(thing, to_come, now);
        let standing: Vec<(Interval, u32)> = there.iter().map(|it| (it.held, it.quantity)).collect();
        if quantity < old.quantity && quantity < Self::most(&standing, to_come) {
            return Err(No::InUse(there.len()));
        }
        self.things[thing] = Thing { quantity, approval, ..old };
        Ok(true)
    }

    pub(crate) fn delete(
        &mut self,
        actor: Principal,
        thing: usize,
        seen: Seen,
        cancel: bool,
        now: Timestamp,
    ) -> Result<(), No> {
        self.exists(thing)?;
        self.must_manage(actor, thing)?;
        if seen == Seen::Wrong {
            return Err(No::Stale);
        }
        let to_come = Interval::new(now, Timestamp::MAX).unwrap();
        let there = self.bookings_in(thing, to_come, now);
        let to_come: Vec<BookingId> = there.iter().filter(|it| now < it.when.end()).map(|it| it.id).collect();
        if !to_come.is_empty() && !cancel {
            return Err(No::InUse(to_come.len()));
        }
        self.cancel_all(&to_come);
        self.things[thing].deleted = true;
        Ok(())
    }

    fn cancel_all(&mut self, ids: &[BookingId]) {
        for booking in self.bookings.iter_mut().filter(|it| ids.contains(&it.id)) {
            booking.status = Status::Cancelled;
            booking.before = None;
        }
    }
}
