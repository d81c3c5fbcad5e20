//! The auditor: a plain list of what has been promised, in minutes and counts. It knows no units, no claims, no locks and no
//! batches; it judges whether an answer could have been given where the list stood, and writes down what was promised.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Ask, Request};
use crate::answer::Answer;

/// How long an answer is kept under its key: a day.
const KEPT_MINUTES: i64 = 24 * 60;
/// How long a request waits for a manager: three days.
const PENDING_MINUTES: i64 = 3 * 24 * 60;

/// What can be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Thing {
    pub(super) id: String,
    pub(super) quantity: i64,
    pub(super) approval: bool,
    pub(super) version: i64,
    pub(super) manager: usize,
    /// Had more units once: nobody promises what its past looks like.
    pub(super) shrunk: bool,
}

/// A booking that was promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Booking {
    pub(super) thing: usize,
    pub(super) user: usize,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) quantity: i64,
    pub(super) title: Option<String>,
    pub(super) status: &'static str,
    pub(super) lapses_at: Option<i64>,
    pub(super) version: i64,
}

/// Blocked time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) thing: usize,
    pub(super) from: i64,
    pub(super) to: i64,
}

/// An answer that was given under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Kept {
    ask: Ask,
    at: i64,
    headers: [Option<String>; 2],
    body: Vec<u8>,
}

/// Everything that has been promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ledger {
    /// The ids of the users; the last one is an administrator.
    pub(super) users: Vec<String>,
    pub(super) things: Vec<Thing>,
    pub(super) bookings: BTreeMap<String, Booking>,
    pub(super) blocks: BTreeMap<String, Block>,
    kept: BTreeMap<(usize, String), Kept>,
}

/// A refusal: its status and its problem type.
type No = (u16, &'static str);

impl Booking {
    /// Where it stands, also if nobody has written down that it has lapsed.
    pub(super) fn status_at(&self, now: i64) -> &'static str {
        let lapsed = self.lapses_at.is_some_and(|lapses_at| lapses_at <= now);
        if lapsed && self.status == "pending" { "expired" } else { self.status }
    }

    pub(super) fn holds_time_at(&self, now: i64) -> bool {
        ["pending", "confirmed"].contains(&self.status_at(now))
    }
}

impl Ledger {
    pub(super) fn new(users: Vec<String>, things: Vec<Thing>) -> Self {
        Self { users, things, bookings: BTreeMap::new(), blocks: BTreeMap::new(), kept: BTreeMap::new() }
    }

    /// What has been promised if `request` was the next and was answered like this; `None` where it could not have been.
    pub(super) fn after(&self, request: &Request, answer: &Answer, now: i64) -> Option<Self> {
        let mut after = self.clone();
        let Some(key) = &request.key else {
            return after.judge(request, answer, now).then_some(after);
        };
        let key = (request.user, key.clone());
        let headers = ["location", "etag"].map(|name| answer.header(name).map(str::to_owned));
        let replayed = answer.header("idempotent-replayed") == Some("true");
        if let Some(kept) = self.kept.get(&key).filter(|kept| now - kept.at < KEPT_MINUTES) {
            let same = if kept.ask == request.ask {
                let first = (answer.status.as_u16(), &answer.body, &headers) == (201, &kept.body, &kept.headers);
                first && replayed
            } else {
                is_problem(answer, (422, "idempotency-key-reused"))
            };
            return same.then_some(after);
        }
        if replayed || !after.judge(request, answer, now) {
            return None;
        }
        if answer.status.is_success() {
            after.kept.insert(key, Kept { ask: request.ask.clone(), at: now, headers, body: answer.body.clone() });
        }
        Some(after)
    }

    /// Carries the request out, and says whether that is what the answer tells.
    fn judge(&mut self, request: &Request, answer: &Answer, now: i64) -> bool {
        match self.carry_out(request, answer, now) {
            Ok(told) => told,
            Err(no) => is_problem(answer, no),
        }
    }

    fn carry_out(&mut self, Request { user, ask, .. }: &Request, answer: &Answer, now: i64) -> Result<bool, No> {
        let user = *user;
        match ask {
            Ask::Book { thing, from, to, quantity } => self.book(user, (*thing, *from, *to, *quantity), answer, now),
            Ask::Read { id } => {
                self.visible(user, id)?;
                Ok(self.shows(answer, 200, id, now))
            }
            Ask::Amend { .. } => self.amend(user, ask, answer, now),
            Ask::Cancel { id, if_match } => {
                let booking = self.visible(user, id)?.clone();
                fresh(*if_match, booking.version)?;
                open(&booking, now)?;
                self.put(id, Booking { status: "cancelled", lapses_at: None, ..booking });
                Ok(self.shows(answer, 200, id, now))
            }
            Ask::Settle { id, yes } => {
                let booking = self.visible(user, id)?.clone();
                self.must_manage(user, booking.thing)?;
                if booking.status_at(now) != "pending" {
                    return Err((409, "booking-not-pending"));
                }
                open(&booking, now)?;
                let status = if *yes { "confirmed" } else { "rejected" };
                self.put(id, Booking { status, lapses_at: None, ..booking });
                Ok(self.shows(answer, 200, id, now))
            }
            Ask::Block { thing, from, to, cancel } => self.block(user, (*thing, *from, *to), *cancel, answer, now),
            Ask::Unblock { id } => {
                let thing = self.blocks.get(id).ok_or((404, "block-not-found"))?.thing;
                self.must_manage(user, thing)?;
                self.blocks.remove(id);
                Ok(answer.status.as_u16() == 204)
            }
            Ask::Resize { thing, quantity, if_match } => self.resize(user, (*thing, *quantity), *if_match, answer, now),
        }
    }

    fn book(
        &mut self,
        user: usize,
        (thing, from, to, quantity): (usize, i64, i64, i64),
        answer: &Answer,
        now: i64,
    ) -> Result<bool, No> {
        in_time(from, now)?;
        let Thing { quantity: most, approval, .. } = self.things[thing];
        if most < quantity {
            return Err((422, "quantity-too-large"));
        }
        if !self.is_free(thing, from, to, quantity, None, now) {
            return Ok(self.conflict(thing, from, to, None, answer, now));
        }
        let Some(id) = id_of(answer) else { return Ok(false) };
        let (status, lapses_at) = if approval { ("pending", Some(waits(from, now))) } else { ("confirmed", None) };
        let booking = Booking { thing, user, from, to, quantity, title: None, status, lapses_at, version: 1 };
        let new = self.bookings.insert(id.clone(), booking).is_none();
        Ok(new && self.shows(answer, 201, &id, now))
    }

    fn amend(&mut self, user: usize, ask: &Ask, answer: &Answer, now: i64) -> Result<bool, No> {
        let Ask::Amend { id, thing, from, to, quantity, title, if_match } = ask else { return Ok(false) };
        let old = self.visible(user, id)?.clone();
        fresh(*if_match, old.version)?;
        if !old.holds_time_at(now) {
            return Err((409, "booking-closed"));
        }
        let mut new = old.clone();
        new.thing = thing.unwrap_or(old.thing);
        new.from = from.unwrap_or(old.from);
        new.to = to.unwrap_or(old.to);
        new.quantity = quantity.unwrap_or(old.quantity);
        new.title = title.clone().or(old.title.clone());
        if (new.thing, new.from, new.to, new.quantity) == (old.thing, old.from, old.to, old.quantity) {
            if new.title != old.title || if_match.is_some() {
                self.put(id, new);
            }
            return Ok(self.shows(answer, 200, id, now));
        }
        open(&old, now)?;
        if old.user != user && new.thing != old.thing {
            self.must_manage(user, new.thing)?;
        }
        if new.to <= new.from {
            return Err((422, "validation"));
        }
        if new.from != old.from {
            in_time(new.from, now)?;
        }
        if self.things[new.thing].quantity < new.quantity {
            return Err((422, "quantity-too-large"));
        }
        if !self.is_free(new.thing, new.from, new.to, new.quantity, Some(id), now) {
            return Ok(self.conflict(new.thing, new.from, new.to, Some(id), answer, now));
        }
        new.status = match self.things[new.thing].approval {
            true if self.manages(user, new.thing) => old.status,
            true => "pending",
            false => "confirmed",
        };
        new.lapses_at = (new.status == "pending").then(|| waits(new.from, now));
        self.put(id, new);
        Ok(self.shows(answer, 200, id, now))
    }

    fn block(
        &mut self,
        user: usize,
        (thing, from, to): (usize, i64, i64),
        cancel: bool,
        answer: &Answer,
        now: i64,
    ) -> Result<bool, No> {
        self.must_manage(user, thing)?;
        let blocked = |it: &&Block| it.thing == thing && it.from < to && from < it.to;
        let mut conflicts: Vec<Value> =
            self.blocks.values().filter(blocked).map(|it| in_the_way("block", None, it.from, it.to)).collect();
        let victims = self.standing(thing, from, to, now);
        if conflicts.is_empty() {
            let over = victims.iter().filter(|(_, it)| !cancel || it.to <= now);
            conflicts = over.map(|(id, it)| in_the_way("booking", Some(id), it.from, it.to)).collect();
        }
        if !conflicts.is_empty() {
            return Ok(is_problem(answer, (409, "block-conflict")) && lists(answer, "conflicts", conflicts));
        }
        let cancelled: Vec<String> = victims.into_iter().map(|(id, _)| id.clone()).collect();
        for id in &cancelled {
            let booking = self.bookings[id].clone();
            self.put(id, Booking { status: "cancelled", lapses_at: None, ..booking });
        }
        let Some(id) = id_of(answer) else { return Ok(false) };
        let new = self.blocks.insert(id.clone(), Block { thing, from, to }).is_none();
        let ids = cancelled.into_iter().map(Value::String).collect();
        let view = answer.json();
        Ok(new
            && answer.status.as_u16() == 201
            && self.is_block(&view, &id)
            && lists(answer, "cancelled_bookings", ids))
    }

    fn resize(
        &mut self,
        user: usize,
        (thing, quantity): (usize, i64),
        if_match: Option<i64>,
        answer: &Answer,
        now: i64,
    ) -> Result<bool, No> {
        self.must_manage(user, thing)?;
        let old = self.things[thing].clone();
        fresh(if_match, old.version)?;
        if quantity < old.quantity && quantity < self.most(thing, now, i64::MAX, None, now) {
            return Err((409, "resource-in-use"));
        }
        if quantity != old.quantity || if_match.is_some() {
            let shrunk = old.shrunk || quantity < old.quantity;
            self.things[thing] = Thing { quantity, version: old.version + 1, shrunk, ..old };
        }
        let thing = &self.things[thing];
        let shown = answer.status.as_u16() == 200
            && answer.json()["quantity"] == thing.quantity
            && answer.json()["version"] == thing.version;
        Ok(shown && answer.header("etag") == Some(&format!("\"{}\"", thing.version)))
    }

    // --- what stands -------------------------------------------------------------------------------------------

    fn standing(&self, thing: usize, from: i64, to: i64, now: i64) -> Vec<(&String, &Booking)> {
        let there = self.bookings.iter().filter(|(_, it)| it.thing == thing && it.holds_time_at(now));
        there.filter(|(_, it)| it.from < to && from < it.to).collect()
    }

    /// The most units that bookings have at one instant, or all of them where a block stands.
    fn most(&self, thing: usize, from: i64, to: i64, without: Option<&String>, now: i64) -> i64 {
        let standing: Vec<&Booking> = self
            .standing(thing, from, to, now)
            .into_iter()
            .filter(|(id, _)| Some(*id) != without)
            .map(|it| it.1)
            .collect();
        let taken = |instant| {
            let there = standing.iter().filter(|it| it.from <= instant && instant < it.to);
            there.map(|it| it.quantity).sum()
        };
        standing.iter().map(|it| taken(it.from.max(from))).max().unwrap_or(0)
    }

    pub(super) fn is_free(
        &self,
        thing: usize,
        from: i64,
        to: i64,
        quantity: i64,
        without: Option<&String>,
        now: i64,
    ) -> bool {
        let blocked = self.blocks.values().any(|it| it.thing == thing && it.from < to && from < it.to);
        !blocked && self.most(thing, from, to, without, now) + quantity <= self.things[thing].quantity
    }

    /// Whether the answer is a conflict, and names what is in the way.
    fn conflict(&self, thing: usize, from: i64, to: i64, without: Option<&String>, answer: &Answer, now: i64) -> bool {
        let blocks = self.blocks.values().filter(|it| it.thing == thing && it.from < to && from < it.to);
        let blocks = blocks.map(|it| in_the_way("block", None, it.from, it.to));
        let bookings = self.standing(thing, from, to, now).into_iter().filter(|(id, _)| Some(*id) != without);
        let bookings = bookings.map(|(_, it)| in_the_way("booking", None, it.from, it.to));
        let conflicts = blocks.chain(bookings).collect();
        is_problem(answer, (409, "booking-conflict")) && lists(answer, "conflicts", conflicts)
    }

    pub(super) fn manages(&self, user: usize, thing: usize) -> bool {
        user + 1 == self.users.len() || self.things[thing].manager == user
    }

    fn must_manage(&self, user: usize, thing: usize) -> Result<(), No> {
        if self.manages(user, thing) { Ok(()) } else { Err((403, "forbidden")) }
    }

    fn visible(&self, user: usize, id: &String) -> Result<&Booking, No> {
        let booking = self.bookings.get(id).ok_or((404, "booking-not-found"))?;
        let visible = booking.user == user || self.manages(user, booking.thing);
        if visible { Ok(booking) } else { Err((404, "booking-not-found")) }
    }

    /// Writes a booking down, one version on.
    fn put(&mut self, id: &str, booking: Booking) {
        self.bookings.insert(id.to_owned(), Booking { version: booking.version + 1, ..booking });
    }

    // --- what is shown -----------------------------------------------------------------------------------------

    fn shows(&self, answer: &Answer, status: u16, id: &str, now: i64) -> bool {
        let tagged = answer.status.as_u16() == status
            && answer.header("etag") == Some(&format!("\"{}\"", answer.json()["version"]));
        tagged && self.is_booking(&answer.json(), id, now)
    }

    /// Whether a booking is shown as it stands.
    pub(super) fn is_booking(&self, view: &Value, id: &str, now: i64) -> bool {
        let Some(booking) = self.bookings.get(id) else { return false };
        let status = booking.status_at(now);
        let lapses_at = booking.lapses_at.filter(|_| booking.holds_time_at(now));
        // When it was written down that time had run out is the server's own affair, and counts as a change.
        let version = status == "expired" || view["version"] == booking.version;
        version
            && view["id"] == id
            && view["resource_id"] == self.things[booking.thing].id
            && view["user_id"] == self.users[booking.user]
            && view["starts_at"] == super::time(booking.from)
            && view["ends_at"] == super::time(booking.to)
            && view["quantity"] == booking.quantity
            && view["title"] == Value::from(booking.title.clone())
            && view["status"] == status
            && view["lapses_at"] == Value::from(lapses_at.map(super::time))
    }

    /// Whether a block is shown as it stands.
    pub(super) fn is_block(&self, view: &Value, id: &str) -> bool {
        let Some(block) = self.blocks.get(id) else { return false };
        view["id"] == id
            && view["resource_id"] == self.things[block.thing].id
            && view["starts_at"] == super::time(block.from)
            && view["ends_at"] == super::time(block.to)
    }
}

fn is_problem(answer: &Answer, (status, slug): No) -> bool {
    answer.status.as_u16() == status && answer.json()["type"] == format!("/problems/{slug}")
}

fn id_of(answer: &Answer) -> Option<String> {
    answer.status.is_success().then(|| answer.json()["id"].as_str().map(str::to_owned)).flatten()
}

/// Whether a member lists exactly these, in whatever order.
fn lists(answer: &Answer, member: &str, mut expected: Vec<Value>) -> bool {
    let answer = answer.json();
    let Some(listed) = answer[member].as_array() else { return false };
    let mut listed = listed.clone();
    listed.sort_by_key(Value::to_string);
    expected.sort_by_key(Value::to_string);
    listed == expected
}

fn in_the_way(kind: &str, id: Option<&String>, from: i64, to: i64) -> Value {
    let mut conflict = serde_json::json!({ "kind": kind, "starts_at": super::time(from), "ends_at": super::time(to) });
    if let Some(id) = id {
        conflict["booking_id"] = Value::from(id.clone());
    }
    conflict
}

fn fresh(if_match: Option<i64>, version: i64) -> Result<(), No> {
    if if_match.is_none_or(|seen| seen == version) { Ok(()) } else { Err((412, "stale")) }
}

fn open(booking: &Booking, now: i64) -> Result<(), No> {
    let open = booking.holds_time_at(now) && now < booking.to;
    if open { Ok(()) } else { Err((409, "booking-closed")) }
}

fn in_time(from: i64, now: i64) -> Result<(), No> {
    // Clocks differ: a minute is nothing.
    if now - 1 <= from { Ok(()) } else { Err((422, "in-the-past")) }
}

/// Until when a manager has to decide.
fn waits(from: i64, now: i64) -> i64 {
    (now + PENDING_MINUTES).min(from.max(now + 1))
}
