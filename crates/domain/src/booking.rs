//! A booking and the states it goes through. A change of state consumes the old one and takes the time.

use jiff::Timestamp;

use crate::ids::{BookingId, ResourceId, UserId};
use crate::interval::Interval;

/// Where a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Waits for a manager; holds its time meanwhile.
    Pending,
    /// Stands.
    Confirmed,
    /// A manager said no. Final.
    Rejected,
    /// Taken back. Final.
    Cancelled,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Confirmed, Self::Rejected, Self::Cancelled];

    /// Whether a booking in this status keeps its time from others.
    pub fn holds_time(self) -> bool {
        matches!(self, Self::Pending | Self::Confirmed)
    }

    /// The word that stands for it in the API and in the databases.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// What its owner says of a booking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// One line, at most 200 characters.
    pub title: Option<String>,
    /// At most 4,000 characters.
    pub notes: Option<String>,
    /// How many people come: at least 1.
    pub party_size: Option<u32>,
}

/// A booking as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Its id.
    pub id: BookingId,
    /// What is booked.
    pub resource: ResourceId,
    /// Whose it is.
    pub user: UserId,
    /// When.
    pub interval: Interval,
    /// How many units of the resource: at least 1.
    pub quantity: u32,
    /// What its owner says of it.
    pub details: Details,
    /// Where it stands.
    pub status: Status,
    /// Counts its changes: its entity tag.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Booking {
    /// The same booking in another status.
    #[must_use]
    pub(crate) fn into_status(self, status: Status, now: Timestamp) -> Self {
        Self { status, ..self }.touched(now)
    }

    /// The same booking, one version on.
    #[must_use]
    pub(crate) fn touched(self, now: Timestamp) -> Self {
        Self { version: self.version + 1, updated_at: now, ..self }
    }
}
