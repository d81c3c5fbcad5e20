//! What a decision wants done. The store writes changes and knows no rule; the shell reports the outcome.

use jiff::Timestamp;

use crate::block::Block;
use crate::booking::Booking;
use crate::calendar::Claim;
use crate::command::Series;
use crate::facts::Located;
use crate::ids::{BlockId, BookingId, ResourceId, UserId};
use crate::interval::Interval;
use crate::refusal::{Refusal, Violation};
use crate::resource::Resource;

/// One row that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new booking.
    InsertBooking(Booking),
    /// A booking, one version on.
    UpdateBooking(Booking),
    /// What a booking that was there before holds beside its resource is another now.
    ChangeShares(BookingId),
    /// Others take part in a booking that was there before.
    ChangeParticipants(BookingId),
    /// Why rules were set aside for a booking is forgotten, wherever its history says so.
    ForgetReasons(BookingId),
    /// A unit of a resource is taken from now on.
    AddClaim(ResourceId, Claim),
    /// … and no longer.
    RemoveClaim(ResourceId, Claim),
    /// A new series.
    InsertSeries(Series),
    /// A series that goes by another rule.
    UpdateSeries(Series),
    /// A new block.
    InsertBlock(Block),
    /// A block that is given back.
    DeleteBlock(BlockId),
    /// A new resource and its first manager.
    InsertResource {
        /// The resource.
        resource: Resource,
        /// Who made it.
        manager: UserId,
    },
    /// A resource, one version on.
    UpdateResource(Resource),
    /// A resource that is taken away.
    DeleteResource(ResourceId, Timestamp),
}

/// What the log says that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A booking was made.
    BookingCreated,
    /// Its time, resource or quantity changed.
    BookingMoved,
    /// It went to another resource that would have done as well, and let another one in.
    BookingReseated,
    /// It has this resource along no more.
    BookingLeft,
    /// What its owner says of it changed.
    BookingEdited,
    /// It was taken back.
    BookingCancelled,
    /// A manager said yes.
    BookingConfirmed,
    /// A manager said no.
    BookingRejected,
    /// Its time is held while a form is filled.
    BookingHeld,
    /// Whoever booked has come.
    BookingCheckedIn,
    /// Whoever was there has gone, before the end.
    BookingEnded,
    /// Whoever was there had it to its end.
    BookingCompleted,
    /// Nobody decided on it or took it up in time.
    BookingExpired,
    /// Nobody came.
    BookingNoShow,
    /// That somebody came, went or did not come was a mistake, and is taken back.
    BookingUndone,
    /// What was said in it is forgotten, because its owner is erased.
    BookingErased,
    /// Its guest was given a link that manages it, in place of any other.
    BookingLinked,
    /// Time was blocked.
    BlockCreated,
    /// Blocked time was given back.
    BlockDeleted,
    /// A resource was added.
    ResourceCreated,
    /// A resource was edited.
    ResourceUpdated,
    /// A resource was taken away.
    ResourceDeleted,
}

impl Action {
    /// The word that stands for it in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BookingCreated => "booking.created",
            Self::BookingMoved => "booking.moved",
            Self::BookingReseated => "booking.reseated",
            Self::BookingLeft => "booking.left",
            Self::BookingEdited => "booking.edited",
            Self::BookingCancelled => "booking.cancelled",
            Self::BookingConfirmed => "booking.confirmed",
            Self::BookingRejected => "booking.rejected",
            Self::BookingHeld => "booking.held",
            Self::BookingCheckedIn => "booking.checked_in",
            Self::BookingEnded => "booking.ended",
            Self::BookingCompleted => "booking.completed",
            Self::BookingExpired => "booking.expired",
            Self::BookingNoShow => "booking.no_show",
            Self::BookingUndone => "booking.undone",
            Self::BookingErased => "booking.erased",
            Self::BookingLinked => "booking.linked",
            Self::BlockCreated => "block.created",
            Self::BlockDeleted => "block.deleted",
            Self::ResourceCreated => "resource.created",
            Self::ResourceUpdated => "resource.updated",
            Self::ResourceDeleted => "resource.deleted",
        }
    }
}

/// One line of the log, without what only the shell knows (its id, the request).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// What happened.
    pub action: Action,
    /// To which resource.
    pub resource: ResourceId,
    /// To which booking, where it was one.
    pub booking: Option<BookingId>,
    /// To which block, where it was one.
    pub block: Option<BlockId>,
    /// What else is told of it.
    pub detail: Detail,
}

/// What a line of the log says of a booking beyond what happened to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// Where it stood and where it stands from then on, if that is another place or time.
    pub moved: Option<(Located, Located)>,
    /// Which rules were set aside for it.
    pub set_aside: Option<SetAside>,
}

impl Detail {
    /// What is told of a step from one booking to what has become of it.
    pub(crate) fn of(old: &Booking, new: &Booking) -> Self {
        let place = |it: &Booking| Located { resource: it.resource, interval: it.interval };
        let (from, to) = (place(old), place(new));
        Self { moved: (from != to).then_some((from, to)), set_aside: None }
    }

    /// The same, and that rules were set aside, where they were.
    #[must_use]
    pub(crate) fn against(self, set_aside: Option<SetAside>) -> Self {
        Self { set_aside, ..self }
    }
}

/// Rules of a place that somebody set aside, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Their names, as in a policy, each once.
    pub rules: Vec<String>,
    /// Why.
    pub reason: String,
}

impl SetAside {
    /// What was said of these.
    pub(crate) fn of(broken: &[Violation], reason: &str) -> Self {
        let mut rules: Vec<String> = Vec::new();
        for violation in broken {
            if let Violation::Policy(broken) = violation
                && !rules.iter().any(|rule| rule == broken.rule())
            {
                rules.push(broken.rule().to_owned());
            }
        }
        Self { rules, reason: reason.to_owned() }
    }
}

/// What the caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The booking as it is now.
    Booking(Booking),
    /// The block as it is now, and the bookings that were cancelled for it.
    Block(Block, Vec<BookingId>),
    /// The resource as it is now.
    Resource(Resource),
    /// A series, and what came of each of its occurrences.
    Series(SeriesMade),
    /// What came of each step of a change of a series.
    SeriesChanged(Vec<Step>),
    /// What came of each of several commands.
    All(Vec<Outcome>),
    /// What came of each of several commands, or why it was refused.
    Each(Vec<Result<Outcome, Refusal>>),
    /// It is gone.
    Gone,
}

/// What came of one step of a change of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was taken.
    Taken(Booking),
    /// It could not be taken as it was asked for, and the booking has the nearest time instead.
    Nearest(Booking, Refusal),
    /// It was left: what stood before stands as before.
    Left(Refusal),
}

/// What came of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesMade {
    /// As it is kept.
    pub series: Series,
    /// What was booked, in order of the occurrences.
    pub bookings: Vec<Booking>,
    /// Occurrences that were moved: from when, to when, and why.
    pub moved: Vec<(Interval, Interval, Refusal)>,
    /// Occurrences that were left out, and why.
    pub skipped: Vec<(Interval, Refusal)>,
}

/// What a command leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The rows that change, in an order in which they can be applied.
    pub changes: Vec<Change>,
    /// The lines of the log.
    pub happenings: Vec<Happening>,
    /// What the caller is told.
    pub outcome: Outcome,
}

impl Decision {
    /// The same decision, whose last line, which is the one about what was asked for, says this as well.
    #[must_use]
    pub(crate) fn telling(mut self, detail: Detail) -> Self {
        if let Some(line) = self.happenings.last_mut() {
            line.detail = detail;
        }
        self
    }
}
