//! Everything that there is, as a database would hold it. It hands out facts exactly as they are asked for, carries
//! changes out to the letter, and knows what must hold after each. It decides nothing.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::sync::Arc;

use bronya_domain::block::Block;
use bronya_domain::booking::{Booking, Status};
use bronya_domain::calendar::{Claim, Holder};
use bronya_domain::command::{Command, Need};
use bronya_domain::decide::{Undecided, decide};
use bronya_domain::effect::{Change, Decision};
use bronya_domain::facts::{Entry, Facts, Located, Place, PlaceId};
use bronya_domain::ids::{BlockId, BookingId, GroupId, ResourceId, SiteId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::pace::{PaceScope, Start};
use bronya_domain::policy::Policy;
use bronya_domain::profile::Profile;
use bronya_domain::refusal::Refusal;
use bronya_domain::resource::{Attributes, Resource};
use bronya_domain::rules::Rules;
use bronya_domain::user::{Principal, Role};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Times that one decision may ask for facts: locate, the resource, who manages it, its claims, further ahead, …
const ROUNDS_MAX: usize = 12;

/// When a world begins: a Monday, at midnight.
pub(crate) fn midnight() -> Timestamp {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

/// So many minutes after the world began.
pub(crate) fn at(minutes: i64) -> Timestamp {
    midnight().checked_add(SignedDuration::from_mins(minutes)).unwrap()
}

/// From so many minutes after the world began until so many.
pub(crate) fn span(from: i64, to: i64) -> Interval {
    Interval::new(at(from), at(to)).unwrap()
}

pub(crate) fn user(n: u64) -> UserId {
    UserId(Uuid::from_u128(0xAA00 + u128::from(n)))
}

pub(crate) fn principal(n: u64) -> Principal {
    Principal { user: user(n), role: Role::User }
}

pub(crate) fn admin() -> Principal {
    Principal { user: user(0xFF), role: Role::Admin }
}

pub(crate) fn resource_id(n: u64) -> ResourceId {
    ResourceId(Uuid::from_u128(0xBB00 + u128::from(n)))
}

pub(crate) fn booking_id(n: u64) -> BookingId {
    BookingId(Uuid::from_u128(0xCC_0000 + u128::from(n)))
}

pub(crate) fn block_id(n: u64) -> BlockId {
    BlockId(Uuid::from_u128(0xDD_0000 + u128::from(n)))
}

/// A resource with nothing special about it.
pub(crate) fn plain(id: ResourceId, quantity: u32) -> Resource {
    let attributes = Attributes {
        name: "Table".to_owned(),
        kind: None,
        description: None,
        capacity: None,
        quantity,
        time_zone: "UTC".to_owned(),
        requires_approval: false,
        site: None,
        area: None,
        parts: vec![],
        rules: Arc::default(),
        profile: Profile::default(),
    };
    let (created_at, updated_at) = (midnight(), midnight());
    let (in_force, schema) = (Arc::default(), Arc::default());
    Resource { id, attributes, in_force, schema, version: 1, revision: 1, created_at, updated_at }
}

/// The same under a policy of its own.
pub(crate) fn under(mut resource: Resource, policy: Policy) -> Resource {
    resource.in_force = Arc::new(Rules::of(policy));
    resource.attributes.rules = Arc::clone(&resource.in_force);
    resource
}

/// Everything that there is.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) resources: BTreeMap<ResourceId, Resource>,
    pub(crate) deleted: BTreeSet<ResourceId>,
    pub(crate) managers: BTreeSet<(ResourceId, UserId)>,
    pub(crate) sites: BTreeMap<SiteId, Rules>,
    pub(crate) site_managers: BTreeSet<(SiteId, UserId)>,
    pub(crate) members: BTreeSet<(UserId, GroupId)>,
    pub(crate) bookings: BTreeMap<BookingId, Booking>,
    pub(crate) blocks: BTreeMap<BlockId, Block>,
    pub(crate) claims: BTreeMap<(ResourceId, u32, Timestamp), Claim>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            now: midnight(),
            resources: BTreeMap::new(),
            deleted: BTreeSet::new(),
            managers: BTreeSet::new(),
            sites: BTreeMap::new(),
            site_managers: BTreeSet::new(),
            members: BTreeSet::new(),
            bookings: BTreeMap::new(),
            blocks: BTreeMap::new(),
            claims: BTreeMap::new(),
        }
    }
}

impl fmt::Display for World {
    /// What stands, one line each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "at {}", self.now)?;
        for resource in self.resources.values() {
            let attributes = &resource.attributes;
            let (quantity, approval) = (attributes.quantity, attributes.requires_approval);
            writeln!(
                f,
                "resource {}: {quantity} units, approval: {approval}, version {}",
                resource.id, resource.version
            )?;
        }
        for booking in self.bookings.values() {
            let Booking { id, resource, interval, quantity, status, lapses_at, version, .. } = booking;
            writeln!(
                f,
                "booking {id} on {resource}: {interval:?}, {quantity} units, {status:?} until {lapses_at:?}, version {version}"
            )?;
        }
        for ((resource, ..), Claim { unit, interval, holder, lapses_at }) in &self.claims {
            writeln!(f, "claim on {resource}, unit {unit}: {interval:?} of {holder:?} until {lapses_at:?}")?;
        }
        Ok(())
    }
}

impl World {
    /// Where the target of a command stands, as the store finds out before it locks.
    pub(crate) fn located(&self, command: &Command) -> Option<Located> {
        let booking = command.booking().and_then(|id| self.bookings.get(&id));
        let block = command.block().and_then(|id| self.blocks.get(&id));
        let booking = booking.map(|it| Located { resource: it.resource, interval: it.interval });
        booking.or(block.map(|it| Located { resource: it.resource, interval: it.interval }))
    }

    /// Decides with nothing known but what is asked for.
    pub(crate) fn decide(&self, command: &Command, actor: Principal) -> Result<Decision, Refusal> {
        self.decide_with(&mut Facts::default(), command, actor)
    }

    /// Decides, with more facts where they are asked for: exactly these, and each at most once.
    pub(crate) fn decide_with(
        &self,
        facts: &mut Facts,
        command: &Command,
        actor: Principal,
    ) -> Result<Decision, Refusal> {
        let mut asked: HashSet<Need> = HashSet::new();
        for _ in 0..ROUNDS_MAX {
            match decide(command, actor, facts, self.now) {
                Ok(decision) => return Ok(decision),
                Err(Undecided::Refused(refusal)) => return Err(refusal),
                Err(Undecided::Needs(needs)) => {
                    assert!(!needs.is_empty(), "asks for nothing: {command:?}");
                    for need in &needs {
                        assert!(!asked.contains(need), "asks again for {need:?}: {command:?}");
                        self.tell(facts, need, actor);
                    }
                    asked.extend(needs);
                }
            }
        }
        panic!("never has enough facts: {command:?} after {asked:?}");
    }

    /// Makes one fact known.
    pub(crate) fn tell(&self, facts: &mut Facts, need: &Need, actor: Principal) {
        match *need {
            Need::Resource(id) => {
                facts.resources.insert(id, self.resources.get(&id).cloned());
            }
            Need::Manager(id) => {
                facts.managers.insert((id, actor.user), self.managers.contains(&(id, actor.user)));
            }
            Need::Booking(id) => {
                facts.bookings.insert(id, self.bookings.get(&id).cloned());
            }
            Need::Block(id) => {
                facts.blocks.insert(id, self.blocks.get(&id).cloned());
            }
            Need::Claims(id, window) => {
                let calendar = facts.calendars.entry(id).or_default();
                for claim in self.claims_on(id).filter(|claim| claim.interval.overlaps(window)) {
                    calendar.insert(*claim);
                }
                calendar.mark_known(window);
            }
            Need::Diary { person, window, kinds } => {
                let diary = facts.diaries.entry(person).or_default();
                let theirs = self.bookings.values().filter(|it| it.user == person && it.interval.starts_in(window));
                for booking in theirs {
                    let mut entry = Entry::of(booking, |id| self.resources.get(&id));
                    if !kinds {
                        entry.spot.kind = None;
                    }
                    diary.insert(booking.id, entry);
                }
                diary.mark_known(window, kinds);
            }
            Need::Place(id) => {
                let site = if let PlaceId::Site(site) = id { self.sites.get(&site) } else { None };
                let place = site.map(|rules| Place { within: None, time_zone: None, rules: Arc::new(rules.clone()) });
                facts.places.insert(id, place);
            }
            Need::Wholes(id) => {
                let made_of_it = |it: &&Resource| it.attributes.parts.contains(&id);
                facts.wholes.insert(id, self.resources.values().filter(made_of_it).map(|it| it.id).collect());
            }
            Need::Pace(scope, window) => {
                let pace = facts.paces.entry(scope).or_default();
                let here = |it: &&Booking| self.resources.get(&it.resource).map(PaceScope::of) == Some(scope);
                for booking in self.bookings.values().filter(here) {
                    pace.insert(booking.id, Start::of(booking));
                }
                pace.mark_known(window);
            }
            // Nobody declares a kind here.
            Need::Kind(ref name) => {
                facts.schemas.insert(name.clone(), Arc::default());
            }
            Need::Groups(person) => {
                let theirs = self.members.iter().filter(|(member, _)| *member == person).map(|(_, group)| *group);
                facts.groups.insert(person, theirs.collect());
            }
            Need::SiteManager(id) => {
                facts.site_managers.insert((id, actor.user), self.site_managers.contains(&(id, actor.user)));
            }
        }
    }

    pub(crate) fn claims_on(&self, id: ResourceId) -> impl Iterator<Item = &Claim> {
        let all = (id, 0, Timestamp::MIN)..=(id, u32::MAX, Timestamp::MAX);
        self.claims.range(all).map(|(_, claim)| claim)
    }

    /// Carries changes out, each to the letter.
    pub(crate) fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            self.apply_one(change);
        }
    }

    fn apply_one(&mut self, change: &Change) {
        match change {
            Change::InsertBooking(booking) => {
                assert_eq!(booking.version, 1, "{booking:?}");
                let before = self.bookings.insert(booking.id, booking.clone());
                assert!(before.is_none(), "there is one already: {before:?}");
            }
            Change::UpdateBooking(booking) => {
                let before = self.bookings.insert(booking.id, booking.clone()).expect("only what is there is updated");
                assert_eq!(booking.version, before.version + 1, "{before:?}, then {booking:?}");
                assert_eq!((booking.user, booking.created_at), (before.user, before.created_at));
            }
            Change::AddClaim(resource, claim) => {
                for other in self.claims_on(*resource).filter(|other| other.unit == claim.unit) {
                    assert!(!other.interval.overlaps(claim.interval), "a unit twice: {other:?}, then {claim:?}");
                }
                self.claims.insert((*resource, claim.unit, claim.interval.start()), *claim);
            }
            Change::RemoveClaim(resource, claim) => {
                let removed = self.claims.remove(&(*resource, claim.unit, claim.interval.start()));
                assert_eq!(removed.as_ref(), Some(claim), "only what is there is removed");
            }
            // Nothing stands where a series was asked for, only where its bookings are; and these say what they hold.
            Change::InsertSeries(_)
            | Change::UpdateSeries(_)
            | Change::ChangeShares(_)
            | Change::ChangeParticipants(_)
            | Change::ForgetReasons(_) => {}
            Change::InsertBlock(block) => {
                assert!(self.blocks.insert(block.id, block.clone()).is_none(), "there is one already: {block:?}");
            }
            Change::DeleteBlock(id) => {
                assert!(self.blocks.remove(id).is_some(), "only what is there is deleted");
            }
            Change::InsertResource { resource, manager } => {
                let before = self.resources.insert(resource.id, resource.clone());
                assert!(before.is_none() && resource.version == 1, "there is one already: {before:?}");
                self.managers.insert((resource.id, *manager));
            }
            Change::UpdateResource(resource) => {
                let before = self.resources.insert(resource.id, resource.clone()).expect("it is there");
                assert_eq!(resource.version, before.version + 1, "{before:?}, then {resource:?}");
                // What is left on units that are gone is history, and the store throws it away.
                let (id, quantity, now) = (resource.id, resource.attributes.quantity, self.now);
                self.claims.retain(|(of, unit, _), claim| {
                    let gone = *of == id && *unit > quantity;
                    assert!(!gone || claim.interval.end() <= now, "left on a unit that is gone: {claim:?}");
                    !gone
                });
            }
            Change::DeleteResource(id, _) => {
                assert!(self.resources.remove(id).is_some(), "only what is there is deleted");
                self.deleted.insert(*id);
            }
        }
    }

    /// What must hold after every change.
    ///
    /// # Panics
    ///
    /// It does not.
    pub(crate) fn check(&self) {
        let mut held: BTreeMap<Holder, u32> = BTreeMap::new();
        let mut last: Option<(ResourceId, &Claim)> = None;
        for ((resource, unit, start), claim) in &self.claims {
            assert_eq!((*unit, *start), (claim.unit, claim.interval.start()));
            if let Some((before, earlier)) = last
                && (before, earlier.unit) == (*resource, claim.unit)
            {
                assert!(earlier.interval.end() <= claim.interval.start(), "a unit twice: {earlier:?} and {claim:?}");
            }
            last = Some((*resource, claim));
            if let Some(resource) = self.resources.get(resource) {
                let quantity = resource.attributes.quantity;
                assert!((1..=quantity).contains(&claim.unit), "one of {quantity} units: {claim:?}");
            }
            *held.entry(claim.holder).or_default() += 1;
            match claim.holder {
                Holder::Booking(id) => {
                    let booking = &self.bookings[&id];
                    let had = booking.status == Status::Completed && booking.interval.end() <= self.now;
                    assert!(booking.status.holds_time() || had, "{claim:?} of what holds no time: {booking:?}");
                    assert!(booking.places().any(|(id, _)| id == *resource), "{claim:?} on {resource} of {booking:?}");
                    let expected = (booking.held(), booking.claims_lapse_at());
                    assert_eq!((claim.interval, claim.lapses_at), expected, "{booking:?}");
                }
                Holder::Block(id) => {
                    let block = &self.blocks[&id];
                    assert!(block.resource == *resource || block.parts.contains(resource), "{claim:?} of {block:?}");
                    assert_eq!((claim.interval, claim.lapses_at), (block.interval, None));
                }
            }
        }
        for booking in self.bookings.values() {
            let claims = held.get(&Holder::Booking(booking.id)).copied().unwrap_or_default();
            // What is over may have lost a claim together with the unit that it was on.
            if booking.status.holds_time() && self.now < booking.interval.end() {
                assert_eq!(claims, booking.places().map(|(_, units)| units).sum::<u32>(), "{booking:?}");
            }
        }
        for block in self.blocks.values().filter(|block| self.now < block.interval.end()) {
            if let Some(resource) = self.resources.get(&block.resource) {
                let units = resource.attributes.quantity + u32::try_from(block.parts.len()).unwrap();
                assert_eq!(held.get(&Holder::Block(block.id)), Some(&units), "{block:?}");
            }
        }
    }
}
