//! A booking and the states it goes through. A change of state consumes the old one and takes the time.

use jiff::{SignedDuration, Timestamp};

use crate::ids::{BookingId, ResourceId, SeriesId, UserId};
use crate::interval::Interval;
use crate::kind::Values;
use crate::limits::{OVERSTAY_MAX, UNDO_MAX};

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
    /// Keeps its time for a few minutes while a form is filled; then it is confirmed or lapses.
    Held,
    /// Whoever booked is there.
    CheckedIn,
    /// Has been, and is over. Final.
    Completed,
    /// Nobody came. Final.
    NoShow,
    /// Was not decided or taken up in time. Final.
    Expired,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::Confirmed,
        Self::Rejected,
        Self::Cancelled,
        Self::Held,
        Self::CheckedIn,
        Self::Completed,
        Self::NoShow,
        Self::Expired,
    ];

    /// Whether a booking in this status keeps its time from others.
    pub fn holds_time(self) -> bool {
        matches!(self, Self::Pending | Self::Confirmed | Self::Held | Self::CheckedIn)
    }

    /// What a booking that was written down in this status, and lapses then, has come to at `now`.
    #[must_use]
    pub fn at(self, lapses_at: Option<Timestamp>, now: Timestamp) -> Self {
        match lapses_at {
            Some(lapses_at) if lapses_at <= now => self.lapsed(),
            _ => self,
        }
    }

    /// What becomes of a booking in this status whose time to act has run out.
    fn lapsed(self) -> Self {
        match self {
            Self::Pending | Self::Held => Self::Expired,
            Self::Confirmed => Self::NoShow,
            Self::CheckedIn => Self::Completed,
            other => other,
        }
    }

    /// The word that stands for it in the API and in the databases.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Held => "held",
            Self::CheckedIn => "checked_in",
            Self::Completed => "completed",
            Self::NoShow => "no_show",
            Self::Expired => "expired",
        }
    }

    /// The status that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// What stands in place of the reason for which rules were set aside, once the booking's owner is erased: that they were
/// set aside stays known.
pub const REASON_ERASED: &str = "erased";

/// What its owner says of a booking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// One line, at most 200 characters.
    pub title: Option<String>,
    /// At most 4,000 characters.
    pub notes: Option<String>,
    /// How many people come: at least 1.
    pub party_size: Option<u32>,
    /// What the kind of the resource lets a booking carry.
    pub fields: Values,
    /// Whose it is, where that is somebody without an account.
    pub guest: Option<Guest>,
    /// Who else takes part: at most [`PARTICIPANTS_MAX`].
    pub participants: Vec<Participant>,
}

impl Details {
    /// Whose a booking is that says this and has this id, where `asker` asks for it.
    pub fn owner(&self, id: BookingId, on_behalf_of: Option<UserId>, asker: UserId) -> UserId {
        match &self.guest {
            Some(_) => Booking::guest_of(id),
            None => on_behalf_of.unwrap_or(asker),
        }
    }
}

/// People who may take part in one booking.
pub const PARTICIPANTS_MAX: usize = 50;

/// How somebody without an account is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The name: one line, 1 to 200 characters.
    pub name: String,
    /// An address for mail.
    pub email: Option<String>,
    /// A telephone number, as it was said.
    pub phone: Option<String>,
}

/// Somebody without an account. Such a booking's owner has an id of its own, which is that of the booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// How the guest is reached.
    pub contact: Contact,
    /// A hash of the secret in the link that manages the booking; `None` where no link was given out.
    pub link: Option<[u8; 32]>,
}

/// Somebody who takes part in a booking of somebody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Participant {
    /// Somebody with an account, who may see the booking.
    User(UserId),
    /// Anybody else.
    Person {
        /// The name: one line, 1 to 200 characters.
        name: String,
        /// An address for mail.
        email: Option<String>,
    },
}

/// How a step that may have been a mistake is taken back: a check-in, an end, a no-show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undo {
    /// Where the booking stood before.
    pub status: Status,
    /// When it would have ended, where the step ended it early.
    pub end: Option<Timestamp>,
    /// When the step was taken.
    pub taken_at: Timestamp,
}

/// Time around a booking in which its units are kept free: for cleaning, for the way from the meeting before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Buffers {
    /// Before it starts.
    pub before: SignedDuration,
    /// After it ends.
    pub after: SignedDuration,
}

impl Buffers {
    /// The larger of two, on each side.
    pub(crate) fn max(self, other: Self) -> Self {
        Self { before: self.before.max(other.before), after: self.after.max(other.after) }
    }

    /// The time that a booking of `interval` keeps from others; cut off at the ends of time.
    pub fn around(self, interval: Interval) -> Interval {
        let start = interval.start().checked_sub(self.before).unwrap_or(Timestamp::MIN);
        let end = interval.end().checked_add(self.after).unwrap_or(Timestamp::MAX);
        Interval::new(start, end).unwrap_or(interval)
    }
}

/// A resource that is booked along with another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Along {
    /// Which one.
    pub resource: ResourceId,
    /// How many units of it: at least 1.
    pub quantity: u32,
}

/// A resource that a booking holds beside the one it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which one.
    pub resource: ResourceId,
    /// How many units of it.
    pub quantity: u32,
    /// Whether it was booked along; otherwise it is a part of something that was booked.
    pub asked: bool,
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
    /// Where it stands, as it was last written; [`status_at`](Self::status_at) knows what time did to it since.
    pub status: Status,
    /// When it lapses unless somebody acts before: a hold that is not taken up, a request that nobody decides, a
    /// guest who does not come; and when it is over, once the guest has come. `None` where time alone changes nothing.
    pub lapses_at: Option<Timestamp>,
    /// Time that is kept before and after it for nobody, under the policy that it was decided by.
    pub buffers: Buffers,
    /// Why a manager let it stand against a policy; `None` where no policy was set aside.
    pub override_reason: Option<String>,
    /// What was said when it was rejected or cancelled, or when nobody came.
    pub closed_reason: Option<String>,
    /// Who made it, where that is not its owner.
    pub made_by: Option<UserId>,
    /// The series that it is an occurrence of.
    pub series: Option<SeriesId>,
    /// The resources that would have done as well, where the booking left that open: it may be moved to one of these before it
    /// starts. Empty where somebody chose the resource.
    pub would_do: Vec<ResourceId>,
    /// How its last step is taken back; `None` where that was none that can be.
    pub undo: Option<Undo>,
    /// What it holds beside its resource, as that was when it was booked or moved.
    pub shares: Vec<Share>,
    /// Counts its changes: its entity tag.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Booking {
    /// The id that the guest of the booking `id` goes by.
    pub fn guest_of(id: BookingId) -> UserId {
        UserId(id.0)
    }

    /// Whether the link with this hash manages it.
    pub fn is_managed_by(&self, link: &[u8; 32]) -> bool {
        // What is compared are hashes of secrets: how long that takes tells nothing of the secret.
        self.details.guest.as_ref().is_some_and(|guest| guest.link.as_ref() == Some(link))
    }

    /// Whether somebody with an account takes part in it.
    pub fn includes(&self, user: UserId) -> bool {
        self.details.participants.contains(&Participant::User(user))
    }

    /// Where it stands at `now`: what has run out stands no longer, also before anybody has written that down.
    pub fn status_at(&self, now: Timestamp) -> Status {
        self.status.at(self.lapses_at, now)
    }

    /// It as it stands at `now`, for showing: nothing is decided by this.
    #[must_use]
    pub fn seen_at(mut self, now: Timestamp) -> Self {
        if self.status_at(now) != self.status {
            // What nobody has written has not made a version.
            let (version, updated_at) = (self.version, self.updated_at);
            self = Self { version, updated_at, ..self.lapsed(now) };
        }
        let kept = self.undo_until().or(self.stays_until());
        self.undo = self.undo.filter(|_| kept.is_some_and(|until| now < until));
        self
    }

    /// It with what time has done to it by `now` written down.
    #[must_use]
    pub(crate) fn lapsed(self, now: Timestamp) -> Self {
        let (status, lapses_at) = (self.status_at(now), self.lapses_at);
        // Somebody may only have been late; and whoever was there may sit there still.
        let undo = lapses_at.filter(|_| !matches!(status, Status::Expired)).map(|at| self.step_at(at));
        Self { undo, ..self.into_status(status, now) }
    }

    /// How a step is taken back that it takes at `now` and that leaves it its time.
    pub(crate) fn step_at(&self, now: Timestamp) -> Undo {
        Undo { status: self.status, end: None, taken_at: now }
    }

    /// Until when its last step can be taken back: for a while, and while the booking is not over.
    pub fn undo_until(&self) -> Option<Timestamp> {
        let Undo { end, taken_at, .. } = self.undo.filter(|_| !self.has_run_out())?;
        let until = taken_at.checked_add(UNDO_MAX).unwrap_or(Timestamp::MAX);
        Some(until.min(end.unwrap_or(self.interval.end())))
    }

    /// Whether it was completed by time alone, and nobody has said that whoever was there has gone.
    fn has_run_out(&self) -> bool {
        let by_time = |undo: Undo| undo.status == Status::CheckedIn && undo.end.is_none();
        self.status == Status::Completed && self.undo.is_some_and(by_time)
    }

    /// Until when whoever may sit there still can have it for longer; `None` where its end was said, or has not come.
    pub fn stays_until(&self) -> Option<Timestamp> {
        self.has_run_out().then(|| self.overstayed())
    }

    /// Whether it has run to its end, and whoever was there may sit there still.
    pub(crate) fn stays_on_at(&self, now: Timestamp) -> bool {
        let runs_out = self.status == Status::CheckedIn && self.status_at(now) == Status::Completed;
        (runs_out || self.has_run_out()) && now < self.overstayed()
    }

    fn overstayed(&self) -> Timestamp {
        self.interval.end().checked_add(OVERSTAY_MAX).unwrap_or(Timestamp::MAX)
    }

    /// When its claims stand in nobody's way any more, before they end. Whoever has come keeps them to their end, with the time
    /// that is kept free after it.
    pub fn claims_lapse_at(&self) -> Option<Timestamp> {
        self.lapses_at.filter(|_| self.status != Status::CheckedIn)
    }

    /// What was booked along.
    pub fn along(&self) -> impl Iterator<Item = Along> + Clone {
        let asked = self.shares.iter().filter(|share| share.asked);
        asked.map(|share| Along { resource: share.resource, quantity: share.quantity })
    }

    /// Every resource that somebody asked for: the one it is of, and what was booked along. Mere parts of these are none.
    pub fn asked_for(&self) -> impl Iterator<Item = ResourceId> + Clone {
        std::iter::once(self.resource).chain(self.along().map(|it| it.resource))
    }

    /// Everything that it holds, and how many units of it.
    pub fn places(&self) -> impl Iterator<Item = (ResourceId, u32)> {
        places((self.resource, self.quantity), &self.shares)
    }

    /// The time that it keeps from others.
    pub fn held(&self) -> Interval {
        self.buffers.around(self.interval)
    }

    /// The same booking in another status.
    #[must_use]
    pub(crate) fn into_status(self, status: Status, now: Timestamp) -> Self {
        // What is final can't run out, and what was the last step is not any more.
        let lapses_at = self.lapses_at.filter(|_| status.holds_time());
        Self { status, lapses_at, undo: None, ..self }.touched(now)
    }

    /// The same booking, one version on.
    #[must_use]
    pub(crate) fn touched(self, now: Timestamp) -> Self {
        Self { version: self.version + 1, updated_at: now, ..self }
    }
}

/// A resource, and what is held beside it.
pub(crate) fn places(own: (ResourceId, u32), shares: &[Share]) -> impl Iterator<Item = (ResourceId, u32)> {
    std::iter::once(own).chain(shares.iter().map(|share| (share.resource, share.quantity)))
}
