//! Why a command is refused: one closed list, in the order in which the rules are asked.

use jiff::{SignedDuration, Timestamp};

use crate::booking::{Booking, Status};
use crate::facts::PlaceId;
use crate::hours;
use crate::ids::{GroupId, ResourceId};
use crate::interval::Interval;
use crate::kind::PlacedProblem;
use crate::mode::{Mode, Service};
use crate::policy::Quota;
use crate::profile::OutOfOrder;

/// A command that can't be carried out. The first that applies is the one that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such resource.
    ResourceNotFound,
    /// There is no such booking, or none that the actor may know of.
    BookingNotFound,
    /// There is no such block.
    BlockNotFound,
    /// There is no such site, or no such area of the site.
    PlaceNotFound(PlaceId),
    /// The actor may see it and not do this.
    Forbidden,
    /// It was changed since the caller looked; this is its version now.
    Stale(i64),
    /// The booking is in a final state, or over.
    BookingClosed(Closed),
    /// The booking does not wait for a decision.
    BookingNotPending(Status),
    /// The booking is not in a state from which this can be done.
    BookingNot {
        /// The state that it would have to be in.
        wanted: Status,
        /// The state that it is in.
        found: Status,
    },
    /// It is too early for this; it can be done from then on.
    NotYet(Timestamp),
    /// The booking's last step is none that can be taken back, or no longer.
    NothingToUndo,
    /// Rules of the resource or of bookings in general that the command breaks: all of them.
    Rules(Vec<Violation>),
    /// Something else stands at that time.
    BookingConflict(Vec<Conflict>),
    /// Active bookings stand where the block is to be.
    BlockConflict(Vec<Booking>),
    /// Another block stands where the block is to be, or where its resource is to be made of other parts.
    BlockOverlapsBlock(Vec<Conflict>),
    /// The resource has this many bookings to come.
    ResourceInUse(usize),
    /// Other resources, these, are made of it.
    IsPart(Vec<ResourceId>),
    /// A resource can't be made of this one.
    BadPart(ResourceId, BadPart),
    /// Of several commands that go together these, by their place, are refused.
    Several(Vec<(usize, Refusal)>),
    /// More bookings would have to be cancelled or moved than one command may touch.
    TooManyAffected,
}

/// Why a resource can't be a part of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPart {
    /// It is the resource itself.
    Itself,
    /// There is no such resource.
    NotThere,
    /// It is made of parts itself.
    HasParts,
    /// It has more than one unit.
    HasUnits,
    /// The actor does not manage it.
    NotManaged,
    /// With what the resource is made of already, it is one too many.
    TooMany,
}

/// Why a booking takes no more changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It was rejected or cancelled.
    Final(Status),
    /// It has ended.
    Over,
}

/// A rule that is broken, with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// It would end before it starts.
    EndsBeforeItStarts,
    /// It does not say when it ends, and neither does the place.
    EndMissing,
    /// Shorter than this.
    TooShort(SignedDuration),
    /// Longer than this.
    TooLong(SignedDuration),
    /// It starts in the past.
    InThePast,
    /// It starts further ahead than this.
    TooFarAhead(Timestamp),
    /// More people than the booked units seat.
    PartyTooLarge(u32),
    /// More units than the resource has.
    QuantityTooLarge(u32),
    /// Something is said that the kind of the resource does not declare, or not so, or is missing.
    Value(PlacedProblem),
    /// It would hold this resource twice: as itself and as a part, or as a part of two.
    Twice(ResourceId),
    /// A contact is said, or a link asked for, and the booking is nobody's without an account.
    NoGuest,
    /// A rule of the place, which a manager may set aside.
    Policy(Broken),
}

/// A rule of a place that is broken, with its value and with what would be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Shorter than so many minutes.
    DurationMin(u32),
    /// Longer than so many minutes.
    DurationMax(u32),
    /// It starts between two of the times at which bookings start.
    StartStep {
        /// How many minutes these are apart.
        step: u32,
        /// The last one before.
        before: Option<Timestamp>,
        /// The first one after.
        after: Option<Timestamp>,
    },
    /// It should have been made this long before its start.
    BookNoticeMin {
        /// How many minutes before.
        notice: u32,
        /// The earliest start that can be had now.
        earliest: Timestamp,
    },
    /// It starts further ahead than this.
    BookAheadMax {
        /// How many minutes ahead a booking may start.
        ahead: u32,
        /// The latest start that can be had now.
        latest: Timestamp,
    },
    /// It could have been moved until this long before its start.
    MoveNoticeMin {
        /// How many minutes before.
        notice: u32,
        /// Until when it could have been moved.
        until: Timestamp,
    },
    /// Its owner could have taken it back until this long before its start.
    CancelNoticeMin {
        /// How many minutes before.
        notice: u32,
        /// Until when it could have been taken back.
        until: Timestamp,
    },
    /// Fewer people than this.
    PartyMin(u32),
    /// More people than this.
    PartyMax(u32),
    /// The number of people is missing.
    PartyRequired,
    /// It is not within the opening hours.
    Hours(hours::Closed),
    /// The person would have more than this.
    Quota {
        /// Which quota.
        quota: Quota,
        /// What the person would have: bookings or minutes.
        would_have: u32,
    },
    /// The resource is out of order at that time.
    OutOfOrder(OutOfOrder),
    /// It is kept for people who are in one of these groups.
    Groups(Vec<GroupId>),
    /// It does not consist of whole pieces of time.
    Mode {
        /// In which pieces time is given out.
        mode: Mode,
        /// What could be booked about there.
        instead: Option<Interval>,
    },
    /// Nobody is seated at its start.
    Services {
        /// When guests are seated.
        services: Vec<Service>,
        /// The last moment before at which somebody is.
        before: Option<Timestamp>,
        /// The first one after.
        after: Option<Timestamp>,
    },
    /// More people would start within the quarter of an hour than this.
    Pacing {
        /// How many may.
        max: u32,
        /// How many would.
        would_have: u32,
        /// The last quarter before that has room.
        before: Option<Timestamp>,
        /// The first quarter after that has room.
        after: Option<Timestamp>,
    },
}

impl Broken {
    /// The name of the rule, as it is in a policy.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::DurationMin(_) => "duration_minutes_min",
            Self::DurationMax(_) => "duration_minutes_max",
            Self::StartStep { .. } => "start_step_minutes",
            Self::BookNoticeMin { .. } => "book_notice_minutes_min",
            Self::BookAheadMax { .. } => "book_ahead_minutes_max",
            Self::MoveNoticeMin { .. } => "move_notice_minutes_min",
            Self::CancelNoticeMin { .. } => "cancel_notice_minutes_min",
            Self::PartyMin(_) => "party_min",
            Self::PartyMax(_) => "party_max",
            Self::PartyRequired => "party_required",
            Self::Hours(_) => "hours",
            Self::Quota { .. } => "quotas",
            Self::OutOfOrder(_) => "out_of_order",
            Self::Groups(_) => "groups",
            Self::Mode { .. } => "mode",
            Self::Services { .. } => "services",
            Self::Pacing { .. } => "pacing_max",
        }
    }
}

/// What kind of thing is in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConflictKind {
    /// A booking.
    Booking,
    /// Blocked time.
    Block,
}

/// Something that is in the way: when, and no more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// What kind of thing.
    pub kind: ConflictKind,
    /// When.
    pub interval: Interval,
}

/// Refuses a change of something at `version` by a caller who has only seen other versions; `None` will take any.
pub fn check_version(seen: Option<&[i64]>, version: i64) -> Result<(), Refusal> {
    match seen {
        Some(versions) if !versions.contains(&version) => Err(Refusal::Stale(version)),
        _ => Ok(()),
    }
}
