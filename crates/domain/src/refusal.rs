//! Why a command is refused: one closed list, in the order in which the rules are asked.

use jiff::{SignedDuration, Timestamp};

use crate::booking::{Booking, Status};
use crate::interval::Interval;

/// A command that can't be carried out. The first that applies is the one that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such resource.
    ResourceNotFound,
    /// There is no such booking, or none that the actor may know of.
    BookingNotFound,
    /// There is no such block.
    BlockNotFound,
    /// The actor may see it and not do this.
    Forbidden,
    /// It was changed since the caller looked; this is its version now.
    Stale(i64),
    /// The booking is in a final state, or over.
    BookingClosed(Closed),
    /// The booking does not wait for a decision.
    BookingNotPending(Status),
    /// Rules of the resource or of bookings in general that the command breaks: all of them.
    Rules(Vec<Violation>),
    /// Something else stands at that time.
    BookingConflict(Vec<Conflict>),
    /// Active bookings stand where the block is to be.
    BlockConflict(Vec<Booking>),
    /// Another block stands where the block is to be.
    BlockOverlapsBlock(Vec<Conflict>),
    /// The resource has this many bookings to come.
    ResourceInUse(usize),
    /// More bookings would have to be cancelled or moved than one command may touch.
    TooManyAffected,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// It would end before it starts.
    EndsBeforeItStarts,
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
