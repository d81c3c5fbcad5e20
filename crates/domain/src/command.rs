//! The one way to change a reservation: every write, whoever asks for it, is one of these.

use jiff::civil::DateTime;

use crate::booking::{Along, Contact, Details, Participant};
use std::sync::Arc;

use crate::facts::{Located, PlaceId};
use crate::ids::{AreaId, BlockId, BookingId, ResourceId, SeriesId, SiteId, UserId};
use crate::interval::Interval;
use crate::kind::ValuesEdit;
use crate::pace::PaceScope;
use crate::profile::ProfileEdit;
use crate::recurrence::Moment;
use crate::resource::Attributes;
use crate::rules::Rules;

/// A change that somebody asks for. What can be checked without a fact has been checked: intervals have
/// positive length, texts are bounded, counts are at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Take time on a resource.
    Book(Book),
    /// Take time on whichever of several resources can be had.
    BookAny(BookAny),
    /// Move, resize or edit a booking, in one step: the old time is given up only if the new one is had.
    Amend(Amend),
    /// Take a booking back.
    Cancel(Close),
    /// Say yes to a pending booking.
    Confirm(Targeted<BookingId>),
    /// Say no to a pending booking.
    Reject(Close),
    /// Make a booking of a time that is held.
    TakeUp(TakeUp),
    /// Hold for longer what is held, once.
    Prolong(Targeted<BookingId>),
    /// Somebody has come.
    CheckIn(Targeted<BookingId>),
    /// Whoever was there has gone, before the end.
    End(Targeted<BookingId>),
    /// Nobody has come.
    NoShow(Close),
    /// The last check-in, end or no-show was a mistake, which only managers may say; or the cancelling, which whoever may cancel says.
    Undo(Targeted<BookingId>),
    /// Write down what time has done to a booking: the server's own.
    Lapse(BookingId),
    /// Take time on a resource again and again.
    BookSeries(BookSeries),
    /// Change what of a series is still to come, and the rule that it goes by.
    ChangeSeries(ChangeSeries),
    /// Several commands, all of them or none; each sees what those before it did.
    All(Vec<Command>),
    /// Several commands, each carried out or refused by itself, in one decision; each sees what those before it did.
    Each(Vec<Command>),
    /// Forget what was said in a booking whose owner is erased, and take it back where it is still to come: for
    /// administrators; where it is a guest's, for that guest and for managers too.
    Forget(BookingId),
    /// Give the guest of a booking another link, and none but that; only managers may.
    GiveLink(GiveLink),
    /// Keep everybody from a resource for a time.
    Block(MakeBlock),
    /// Give blocked time back.
    Unblock(BlockId),
    /// Add a resource; who adds it becomes its manager.
    CreateResource(CreateResource),
    /// Edit a resource. Fewer units only where all bookings to come still fit.
    UpdateResource(UpdateResource),
    /// Take a resource away; its history stays.
    DeleteResource(DeleteResource),
}

/// See [`Command::Book`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// The booking's id, made by the shell.
    pub id: BookingId,
    /// What to book.
    pub resource: ResourceId,
    /// When.
    pub interval: Interval,
    /// Whether the place says when it ends, by its pieces of time or the size of the party; what `interval` says is a guess then.
    pub ends_by_place: bool,
    /// How many units: at least 1.
    pub quantity: u32,
    /// What the owner says of it.
    pub details: Details,
    /// Whose it is to be, where that is not who asks; only managers book for others.
    pub on_behalf_of: Option<UserId>,
    /// Why the policy of the place is to be set aside; only managers may.
    pub override_reason: Option<String>,
    /// To hold the time for so many minutes, at most as many as the policy allows, while a form is filled.
    pub hold_minutes: Option<u32>,
    /// The series that it is an occurrence of.
    pub series: Option<SeriesId>,
    /// What to book along: at most 50, each once.
    pub along: Vec<Along>,
}

impl Book {
    /// Whose the booking is to be, where `asker` asks for it.
    pub fn owner(&self, asker: UserId) -> UserId {
        self.details.owner(self.id, self.on_behalf_of, asker)
    }
}

/// Resources that are looked at where others may be moved for a booking.
pub const WITHIN_MAX: usize = 64;
/// Resources among which one command may choose.
pub const CANDIDATES_MAX: usize = 32;

/// See [`Command::BookAny`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookAny {
    /// What is wanted; its resource is one of the candidates.
    pub book: Book,
    /// What would do and seemed free, the best first: 1 to [`CANDIDATES_MAX`].
    pub candidates: Vec<ResourceId>,
    /// What would do, free or not, the best first: at most [`WITHIN_MAX`].
    pub would_do: Vec<ResourceId>,
    /// Where those who are in the way could go instead: everything that the question was about, at most [`WITHIN_MAX`].
    pub within: Vec<ResourceId>,
}

/// What to do about an occurrence of a series that can't be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnRefusal {
    /// Refuse the whole series, and say of every occurrence why.
    #[default]
    Refuse,
    /// Leave it out, or as it is.
    Skip,
    /// Take the nearest time of the same length within a day; leave it out, or as it is, where there is none.
    Nearest,
}

/// See [`Command::BookSeries`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookSeries {
    /// What recurs, as it is kept.
    pub series: Series,
    /// One for each occurrence, in order.
    pub occurrences: Vec<Book>,
    /// What to do about those that can't be had.
    pub on_refusal: OnRefusal,
}

/// See [`Command::ChangeSeries`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSeries {
    /// What it is from then on, where its rule is another.
    pub series: Option<Series>,
    /// Then: each of its bookings that the steps were made for, and its version; at least one.
    pub seen: Vec<(BookingId, i64)>,
    /// What becomes of its bookings: each is amended, cancelled or made, in the order in which that is decided.
    pub steps: Vec<Command>,
    /// What to do about steps that can't be taken.
    pub on_refusal: OnRefusal,
}

/// Bookings that recur by one rule, as they were asked for last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its id, made by the shell.
    pub id: SeriesId,
    /// What is booked.
    pub resource: ResourceId,
    /// Whose it is.
    pub user: UserId,
    /// The rule (RFC 5545).
    pub rule: String,
    /// When the first occurrence starts, on the clock on the wall.
    pub starts_at: DateTime,
    /// When it ends.
    pub ends_at: DateTime,
    /// Times that are left out.
    pub without: Vec<Moment>,
    /// Times that are added.
    pub with: Vec<Moment>,
    /// Whose wall: an IANA time zone.
    pub time_zone: String,
    /// When it was made.
    pub created_at: jiff::Timestamp,
}

/// See [`Command::TakeUp`]. What is `None` stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeUp {
    /// Which hold, and the versions it may have.
    pub target: Targeted<BookingId>,
    /// A title.
    pub title: Option<String>,
    /// Notes.
    pub notes: Option<String>,
    /// The party size.
    pub party_size: Option<u32>,
    /// What its kind lets it carry.
    pub fields: Option<ValuesEdit>,
    /// How its guest is reached, which is known once the form is filled.
    pub contact: Option<Contact>,
}

/// See [`Command::Amend`]. What is `None` stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amend {
    /// Which booking, and the versions it may have.
    pub target: Targeted<BookingId>,
    /// The resource to move it to.
    pub resource: Option<ResourceId>,
    /// The new start.
    pub starts_at: Option<jiff::Timestamp>,
    /// The new end.
    pub ends_at: Option<jiff::Timestamp>,
    /// How many units.
    pub quantity: Option<u32>,
    /// What is booked along from then on: at most 50, each once.
    pub along: Option<Vec<Along>>,
    /// The new title, or none.
    pub title: Option<Option<String>>,
    /// The new notes, or none.
    pub notes: Option<Option<String>>,
    /// The new party size, or none.
    pub party_size: Option<Option<u32>>,
    /// What its kind lets it carry.
    pub fields: Option<ValuesEdit>,
    /// How its guest is reached from now on.
    pub contact: Option<Contact>,
    /// Who else takes part from now on.
    pub participants: Option<Vec<Participant>>,
    /// Why the policy of the place is to be set aside; only managers may.
    pub override_reason: Option<String>,
}

/// See [`Command::GiveLink`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GiveLink {
    /// Which booking.
    pub id: BookingId,
    /// A hash of the secret in the link.
    pub link: [u8; 32],
}

/// A thing that exists, and the versions of it that the caller is willing to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targeted<Id> {
    /// Which one.
    pub id: Id,
    /// The versions that `If-Match` names; `None` where any will do.
    pub versions: Option<Vec<i64>>,
}

/// See [`Command::Cancel`], [`Command::Reject`] and [`Command::NoShow`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// Which booking, and the versions it may have.
    pub target: Targeted<BookingId>,
    /// Why: one line, for whoever may see the booking.
    pub reason: Option<String>,
}

impl From<Targeted<BookingId>> for Close {
    fn from(target: Targeted<BookingId>) -> Self {
        Self { target, reason: None }
    }
}

/// What to do with active bookings that stand where a block is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConflict {
    /// Refuse the block and list them.
    Refuse,
    /// Cancel them.
    Cancel,
}

/// See [`Command::Block`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MakeBlock {
    /// The block's id, made by the shell.
    pub id: BlockId,
    /// What to block.
    pub resource: ResourceId,
    /// When.
    pub interval: Interval,
    /// Why.
    pub reason: Option<String>,
    /// What happens to bookings that stand there.
    pub on_conflict: OnConflict,
    /// The series that it is an occurrence of.
    pub series: Option<SeriesId>,
}

/// See [`Command::CreateResource`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateResource {
    /// The resource's id, made by the shell.
    pub id: ResourceId,
    /// What it is; [checked](Attributes::check).
    pub attributes: Attributes,
    /// Whether it takes the time zone of its site, where it has one, instead of that in the attributes.
    pub zone_of_site: bool,
    /// Whether only administrators may add resources.
    pub admins_only: bool,
}

/// See [`Command::UpdateResource`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateResource {
    /// Which resource, and the versions it may have.
    pub target: Targeted<ResourceId>,
    /// What changes.
    pub edit: Edit,
}

/// An edit of a resource's attributes; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// A new name.
    pub name: Option<String>,
    /// A new kind, or none.
    pub kind: Option<Option<String>>,
    /// A new description, or none.
    pub description: Option<Option<String>>,
    /// A new capacity, or none.
    pub capacity: Option<Option<u32>>,
    /// A new quantity.
    pub quantity: Option<u32>,
    /// A new time zone.
    pub time_zone: Option<String>,
    /// Whether bookings start as pending.
    pub requires_approval: Option<bool>,
    /// Another site, or none.
    pub site: Option<Option<SiteId>>,
    /// Another area, or none.
    pub area: Option<Option<AreaId>>,
    /// Other parts, in order of their ids; those that the actor may not know of stay beside them.
    pub parts: Option<Vec<ResourceId>>,
    /// Other rules of its own.
    pub rules: Option<Arc<Rules>>,
    /// What else changes about what it is like.
    pub profile: ProfileEdit,
}

impl Edit {
    /// The attributes after the edit.
    #[must_use]
    pub fn of(&self, old: &Attributes) -> Attributes {
        Attributes {
            name: self.name.clone().unwrap_or_else(|| old.name.clone()),
            kind: self.kind.clone().unwrap_or_else(|| old.kind.clone()),
            description: self.description.clone().unwrap_or_else(|| old.description.clone()),
            capacity: self.capacity.unwrap_or(old.capacity),
            quantity: self.quantity.unwrap_or(old.quantity),
            time_zone: self.time_zone.clone().unwrap_or_else(|| old.time_zone.clone()),
            requires_approval: self.requires_approval.unwrap_or(old.requires_approval),
            site: self.site.unwrap_or(old.site),
            // Whoever leaves a site leaves its areas.
            area: self.area.unwrap_or(old.area.filter(|_| self.site.is_none_or(|site| site == old.site))),
            parts: self.parts.clone().unwrap_or_else(|| old.parts.clone()),
            rules: self.rules.clone().unwrap_or_else(|| Arc::clone(&old.rules)),
            profile: self.profile.of(&old.profile),
        }
    }
}

/// See [`Command::DeleteResource`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteResource {
    /// Which resource, and the versions it may have.
    pub target: Targeted<ResourceId>,
    /// Whether bookings to come are cancelled instead of standing in the way.
    pub cancel_bookings: bool,
}

/// A fact that a decision can't do without.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// The resource, locked.
    Resource(ResourceId),
    /// Whether the actor manages the resource.
    Manager(ResourceId),
    /// The booking.
    Booking(BookingId),
    /// The block.
    Block(BlockId),
    /// Every claim of the resource that overlaps the window.
    Claims(ResourceId, Interval),
    /// Every booking of a person that starts in a window; the person is locked.
    Diary {
        /// Whose.
        person: UserId,
        /// When.
        window: Interval,
        /// Whether of which kind each is has to be known.
        kinds: bool,
    },
    /// Every start in the window; a site is locked.
    Pace(PaceScope, Interval),
    /// The site or area, locked against change.
    Place(PlaceId),
    /// Whether the actor manages the site.
    SiteManager(SiteId),
    /// What the kind of this name declares, kept from changing.
    Kind(String),
    /// Which groups the person is in; the person is locked.
    Groups(UserId),
    /// What the resource, which is locked, is a part of.
    Wholes(ResourceId),
}

impl Command {
    /// What kind of command it is, for the log: what people wrote into it stays out of there.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Book(_) => "book",
            Self::BookAny(_) => "book any",
            Self::Amend(_) => "amend",
            Self::Cancel(_) => "cancel",
            Self::Confirm(_) => "confirm",
            Self::Reject(_) => "reject",
            Self::TakeUp(_) => "take up",
            Self::Prolong(_) => "prolong",
            Self::CheckIn(_) => "check in",
            Self::End(_) => "end",
            Self::NoShow(_) => "no-show",
            Self::Undo(_) => "undo",
            Self::Lapse(_) => "lapse",
            Self::BookSeries(_) => "book series",
            Self::ChangeSeries(_) => "change series",
            Self::All(_) | Self::Each(_) => "several",
            Self::Forget(_) => "forget",
            Self::GiveLink(_) => "give link",
            Self::Block(_) => "block",
            Self::Unblock(_) => "unblock",
            Self::CreateResource(_) => "create resource",
            Self::UpdateResource(_) => "update resource",
            Self::DeleteResource(_) => "delete resource",
        }
    }

    /// The commands that it is made of: those within, or itself.
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::All(commands) | Self::Each(commands) => commands,
            Self::ChangeSeries(change) => &change.steps,
            other => std::slice::from_ref(other),
        }
    }

    /// The booking that the command is about, where that has to be located before anything can be locked.
    pub fn booking(&self) -> Option<BookingId> {
        match self {
            Self::Amend(Amend { target, .. })
            | Self::TakeUp(TakeUp { target, .. })
            | Self::Cancel(Close { target, .. })
            | Self::Reject(Close { target, .. })
            | Self::NoShow(Close { target, .. })
            | Self::Confirm(target)
            | Self::Prolong(target)
            | Self::CheckIn(target)
            | Self::End(target)
            | Self::Undo(target) => Some(target.id),
            Self::Lapse(id) | Self::Forget(id) | Self::GiveLink(GiveLink { id, .. }) => Some(*id),
            Self::Book(_)
            | Self::BookAny(_)
            | Self::BookSeries(_)
            | Self::ChangeSeries(_)
            | Self::All(_)
            | Self::Each(_)
            | Self::Block(_)
            | Self::Unblock(_)
            | Self::CreateResource(_)
            | Self::UpdateResource(_)
            | Self::DeleteResource(_) => None,
        }
    }

    /// The block that the command is about, likewise.
    pub fn block(&self) -> Option<BlockId> {
        if let Self::Unblock(id) = self { Some(*id) } else { None }
    }

    /// The facts that the decision will most likely need. `located` tells where the booking or the block
    /// [stood](Self::booking) a moment ago, before the lock; if it has moved meanwhile, the decision asks again.
    pub fn needs(&self, located: Option<Located>) -> Vec<Need> {
        let mut needs = Vec::with_capacity(4);
        if let Some(id) = self.booking() {
            needs.push(Need::Booking(id));
        }
        if let Some(id) = self.block() {
            needs.push(Need::Block(id));
        }
        if let Some(Located { resource, interval }) = located {
            needs.push(Need::Resource(resource));
            needs.push(Need::Claims(resource, interval));
        }
        match self {
            Self::Book(Book { resource, interval, along, .. }) => {
                needs.push(Need::Resource(*resource));
                needs.push(Need::Claims(*resource, *interval));
                for it in along {
                    needs.extend([Need::Resource(it.resource), Need::Claims(it.resource, *interval)]);
                }
            }
            Self::BookAny(any) => {
                for id in &any.candidates {
                    needs.extend([Need::Resource(*id), Need::Claims(*id, any.book.interval)]);
                }
            }
            Self::Block(MakeBlock { resource, interval, .. }) => {
                needs.push(Need::Resource(*resource));
                needs.push(Need::Claims(*resource, *interval));
            }
            Self::Amend(amend) => {
                if let Some(located) = located {
                    let resource = amend.resource.unwrap_or(located.resource);
                    if amend.resource.is_some() {
                        needs.push(Need::Resource(resource));
                    }
                    let start = amend.starts_at.unwrap_or(located.interval.start());
                    let end = amend.ends_at.unwrap_or(located.interval.end());
                    if let Ok(interval) = Interval::new(start, end) {
                        needs.push(Need::Claims(resource, interval));
                        for it in amend.along.iter().flatten() {
                            needs.extend([Need::Resource(it.resource), Need::Claims(it.resource, interval)]);
                        }
                    }
                }
            }
            Self::UpdateResource(UpdateResource { target, .. })
            | Self::DeleteResource(DeleteResource { target, .. }) => {
                needs.push(Need::Resource(target.id));
            }
            Self::BookSeries(series) => {
                needs.push(Need::Resource(series.series.resource));
                needs.extend(series.occurrences.iter().map(|book| Need::Claims(book.resource, book.interval)));
            }
            // What they are about was located, or is asked for part by part.
            Self::Cancel(_)
            | Self::Confirm(_)
            | Self::Reject(_)
            | Self::TakeUp(_)
            | Self::Prolong(_)
            | Self::CheckIn(_)
            | Self::End(_)
            | Self::NoShow(_)
            | Self::Undo(_)
            | Self::Lapse(_)
            | Self::ChangeSeries(_)
            | Self::All(_)
            | Self::Each(_)
            | Self::Forget(_)
            | Self::GiveLink(_)
            | Self::Unblock(_)
            | Self::CreateResource(_) => {}
        }
        if !matches!(self, Self::Book(_) | Self::BookAny(_)) {
            // Whatever exists already is changed by its owner or by a manager.
            let managed = |need: &Need| if let Need::Resource(id) = need { Some(Need::Manager(*id)) } else { None };
            let managers: Vec<Need> = needs.iter().filter_map(managed).collect();
            needs.extend(managers);
        }
        needs
    }
}
