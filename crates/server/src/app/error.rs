//! What a use case can refuse with. What the user reads is made from it in `http::refused`; what went wrong inside is
//! for the log alone, so this type has no `Display`.

use bronya_domain::availability::Offer;
use bronya_domain::ids::GroupId;
use bronya_domain::interval::Interval;
use bronya_domain::kind::PlacedProblem;
use bronya_domain::place::TreeProblem;
use bronya_domain::refusal::{Conflict, Refusal};
use bronya_store::StoreError;
use bronya_store::engine::Denied;
use jiff::Timestamp;

use super::pictures::PictureProblem;

/// The result of a use case.
pub type Result<T> = std::result::Result<T, AppError>;

/// Why a use case was not carried out.
#[derive(Clone, Debug)]
pub enum AppError {
    /// The session has ended, or the account is disabled.
    NotSignedIn,
    /// The name and the password, or the refresh token, fit no account that may sign in.
    WrongCredentials,
    /// The caller may not.
    Forbidden,
    /// There is no such user.
    UserNotFound,
    /// There is no such session of the caller's.
    SessionNotFound,
    /// Another site has this slug.
    SlugTaken,
    /// No such kind is declared.
    KindNotFound,
    /// What the kind would be can't stand.
    KindProblem(PlacedProblem),
    /// There is no such entry of the waiting list, or none that the caller may know of.
    WaitingNotFound,
    /// No tablet shows this code, or no longer.
    NoSuchCode,
    /// There is no such display, or none that the caller may know of.
    DisplayNotFound,
    /// The PIN of the display is not this one.
    WrongPin,
    /// No site takes bookings of the public under this name.
    NoPublicPage,
    /// Somebody has it by now; these start times could be had instead.
    SlotTaken(Vec<Timestamp>),
    /// There is no such group.
    GroupNotFound,
    /// Rules name a group that there is not.
    NoSuchGroup(GroupId),
    /// The resource, or the floor plan, has no picture.
    PictureNotFound,
    /// These of the resources in a floor plan, by their place in the list, do not stand where it is a plan of.
    NotStandingThere(Vec<usize>),
    /// The picture can't be taken.
    PictureRefused(PictureProblem),
    /// Another kind or group has this name.
    NameTaken,
    /// There are so many of these, and can't be more.
    TooMany(u32),
    /// Something stands in the site or area.
    PlaceInUse,
    /// The area can't stand there.
    AreaMisplaced(TreeProblem),
    /// Somebody has this name.
    UsernameTaken,
    /// Nobody may register here.
    RegistrationClosed,
    /// The current password is not this one.
    WrongPassword,
    /// The password can't be used, for these reasons.
    WeakPassword(Vec<String>),
    /// The user was erased: there is nothing left to change.
    UserErased,
    /// The user can't sign in, and has to be enabled first.
    UserDisabled,
    /// The link that sets a password was used, has run out, was replaced, or was never one.
    LinkNotGood,
    /// There would be no administrator left.
    LastAdministrator,
    /// The one-time link is used up, too old, or was never one.
    NoSuchLink,
    /// A domain rule says no.
    Refused(Refusal),
    /// Something stands at that time; these could be had instead.
    BookingConflict(Vec<Conflict>, Vec<Offer>),
    /// These occurrences of a series can't be had, so none was booked.
    SeriesRefused(Vec<(Interval, Refusal)>),
    /// There is no such series, or none that the caller may know of.
    SeriesNotFound,
    /// These make no series; a sentence for the user.
    NoSeries(String),
    /// The question is about more than one answer can hold.
    TooWide,
    /// The idempotency key belongs to another request.
    KeyReused,
    /// Too often; try again after this many seconds.
    TooOften(u32),
    /// The server is busy with other things.
    Overloaded,
    /// The database could not.
    Store(StoreError),
    /// A fault of ours.
    Internal(String),
}

impl AppError {
    /// A fault of ours, with a sentence for the log.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::Internal(what.into())
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Denied> for AppError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::NotSignedIn => Self::NotSignedIn,
            Denied::KeyReused => Self::KeyReused,
            Denied::Refused(refusal) => Self::Refused(refusal),
            Denied::Store(error) => Self::Store(error),
        }
    }
}
