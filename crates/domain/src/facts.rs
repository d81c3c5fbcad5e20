//! What a decision may know: loaded under lock, for a whole batch of commands at once. The changes of each
//! decision are applied to it, so that the next command of the batch sees them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use crate::block::Block;
use crate::booking::{Booking, Status};
use crate::calendar::Calendar;
use crate::effect::Change;
use crate::ids::{AreaId, BlockId, BookingId, GroupId, ResourceId, SiteId, UserId};
use crate::interval::Interval;
use crate::kind::Schema;
use crate::pace::{Pace, PaceScope, Start};
use crate::resource::Resource;
use crate::rules::Rules;

/// Where a booking or a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// On which resource.
    pub resource: ResourceId,
    /// When.
    pub interval: Interval,
}

/// Everything that was loaded. An entry that is there with `None` was looked for and does not exist;
/// one that is not there at all has not been looked for.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Resources that are locked; `None` for one that does not exist or was deleted.
    pub resources: HashMap<ResourceId, Option<Resource>>,
    /// Whether somebody manages a resource, as far as it was asked.
    pub managers: HashMap<(ResourceId, UserId), bool>,
    /// Bookings.
    pub bookings: HashMap<BookingId, Option<Booking>>,
    /// Blocks.
    pub blocks: HashMap<BlockId, Option<Block>>,
    /// The claims of resources.
    pub calendars: HashMap<ResourceId, Calendar>,
    /// What people have booked; locked, so that nobody counts the same at the same time.
    pub diaries: HashMap<UserId, Diary>,
    /// When people take part in what others have booked. Only searches ask for that, and nothing is decided by it.
    pub taking_part: HashMap<UserId, Vec<Interval>>,
    /// Who starts when, where that is paced; the site is locked, so that nobody counts the same at the same time.
    pub paces: HashMap<PaceScope, Pace>,
    /// Whether somebody manages a site, as far as it was asked.
    pub site_managers: HashMap<(SiteId, UserId), bool>,
    /// What resources are parts of, as far as it was asked.
    pub wholes: HashMap<ResourceId, Vec<ResourceId>>,
    /// Sites and areas, which say what is in force for what stands in them.
    pub places: HashMap<PlaceId, Option<Place>>,
    /// What kinds declare, by their names; a kind that nobody declared declares nothing.
    pub schemas: HashMap<String, Arc<Schema>>,
    /// The groups that people are in, of those that were asked about.
    pub groups: HashMap<UserId, BTreeSet<GroupId>>,
}

/// A site, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PlaceId {
    /// A site.
    Site(SiteId),
    /// An area of a site.
    Area(AreaId),
}

/// One level that rules come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it stands in; `None` for a site.
    pub within: Option<PlaceId>,
    /// What it says of its own.
    pub rules: Arc<Rules>,
    /// The clock on its wall; `None` for an area, which has that of its site.
    pub time_zone: Option<String>,
}

/// What one person has booked, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Diary {
    entries: BTreeMap<BookingId, Entry>,
    /// Of when, and whether with the kinds of what is booked.
    known: Vec<(Interval, bool)>,
}

/// What quotas are counted over of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Which one.
    pub resource: ResourceId,
    /// Of which kind; nothing in a [diary](Diary::knows) that is known without kinds.
    pub kind: Option<String>,
    /// Of which site.
    pub site: Option<SiteId>,
}

/// One booking of a person, with what quotas are counted over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What is booked.
    pub spot: Spot,
    /// What is booked along.
    pub along: Vec<Spot>,
    /// When.
    pub interval: Interval,
    /// Where the booking stands.
    pub status: Status,
    /// When it lapses.
    pub lapses_at: Option<Timestamp>,
}

impl Entry {
    /// The entry for a booking; `known` finds the resources, as far as these are still known.
    pub fn of<'a>(booking: &Booking, known: impl Fn(ResourceId) -> Option<&'a Resource>) -> Self {
        let spot = |id| {
            let attributes = known(id).map(|found| &found.attributes);
            Spot {
                resource: id,
                kind: attributes.and_then(|it| it.kind.clone()),
                site: attributes.and_then(|it| it.site),
            }
        };
        Self {
            spot: spot(booking.resource),
            along: booking.along().map(|it| spot(it.resource)).collect(),
            interval: booking.interval,
            status: booking.status,
            lapses_at: booking.lapses_at,
        }
    }

    /// Whether a quota counts it: what was taken back, refused or never taken up has cost nobody anything.
    pub fn counts_at(&self, now: Timestamp) -> bool {
        let lapsed = self.lapses_at.is_some_and(|lapses_at| lapses_at <= now);
        match self.status {
            Status::Pending | Status::Held => !lapsed,
            Status::Confirmed | Status::CheckedIn | Status::Completed | Status::NoShow => true,
            Status::Rejected | Status::Cancelled | Status::Expired => false,
        }
    }
}

impl Diary {
    /// Says that every booking that starts in `window` was or will be [added](Self::insert), `kinds` that with its kind.
    pub fn mark_known(&mut self, window: Interval, kinds: bool) {
        if !self.knows(window, kinds) {
            self.known.push((window, kinds));
        }
    }

    /// Whether every booking that starts in `window` is known; with `kinds`, whether also of which kind each is.
    pub fn knows(&self, window: Interval, kinds: bool) -> bool {
        self.known.iter().any(|(known, with_kinds)| known.contains(window) && (*with_kinds || !kinds))
    }

    /// Whether of some bookings the kind is known.
    pub fn knows_kinds(&self) -> bool {
        self.known.iter().any(|(_, kinds)| *kinds)
    }

    /// Adds a booking, or the same again.
    pub fn insert(&mut self, id: BookingId, entry: Entry) {
        self.entries.insert(id, entry);
    }

    /// Every booking that is known.
    pub fn entries(&self) -> impl Iterator<Item = (BookingId, &Entry)> {
        self.entries.iter().map(|(id, entry)| (*id, entry))
    }
}

impl Facts {
    /// The site of a resource, as far as it is known.
    pub fn site_of(&self, resource: ResourceId) -> Option<SiteId> {
        self.resources.get(&resource)?.as_ref()?.attributes.site
    }

    /// Makes a change part of what is known.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::InsertBooking(booking) | Change::UpdateBooking(booking) => {
                self.note(booking);
                self.bookings.insert(booking.id, Some(booking.clone()));
            }
            // Nothing is decided by how a series was asked for, and the booking itself says what it holds.
            Change::InsertSeries(_)
            | Change::UpdateSeries(_)
            | Change::ChangeShares(_)
            | Change::ChangeParticipants(_)
            | Change::ForgetReasons(_) => {}
            Change::AddClaim(resource, claim) => self.calendars.entry(*resource).or_default().insert(*claim),
            Change::RemoveClaim(resource, claim) => self.calendars.entry(*resource).or_default().remove(*claim),
            Change::InsertBlock(block) => {
                self.blocks.insert(block.id, Some(block.clone()));
            }
            Change::DeleteBlock(id) => {
                self.blocks.insert(*id, None);
            }
            Change::InsertResource { resource, manager } => {
                self.note_parts(resource);
                self.resources.insert(resource.id, Some(resource.clone()));
                self.managers.insert((resource.id, *manager), true);
            }
            Change::UpdateResource(resource) => {
                self.note_parts(resource);
                self.resources.insert(resource.id, Some(resource.clone()));
            }
            Change::DeleteResource(id, _) => {
                self.resources.insert(*id, None);
            }
        }
    }

    /// Says of what a resource is made of that it is a part, where that was asked. That it is none any more is never said: what
    /// was a part when its resource was locked is taken for one as long as the lock is held.
    pub fn note_parts(&mut self, whole: &Resource) {
        for part in &whole.attributes.parts {
            if let Some(wholes) = self.wholes.get_mut(part)
                && !wholes.contains(&whole.id)
            {
                wholes.push(whole.id);
            }
        }
    }

    /// Tells whatever bookings are counted in of a booking: the diary of its owner and the paces, where they are kept.
    pub fn note(&mut self, booking: &Booking) {
        let resource = self.resources.get(&booking.resource).and_then(Option::as_ref);
        let counted_in = resource.map(PaceScope::of);
        for (scope, pace) in &mut self.paces {
            if counted_in == Some(*scope) {
                pace.insert(booking.id, Start::of(booking));
            } else {
                pace.remove(booking.id);
            }
        }
        let Some(diary) = self.diaries.get_mut(&booking.user) else { return };
        let resources = &self.resources;
        diary.insert(booking.id, Entry::of(booking, |id| resources.get(&id).and_then(Option::as_ref)));
    }
}
