//! Taking data out in bulk: who may, and what. Everything is read in pages, each by somebody whose session is alive when it
//! is read, so that nothing large is ever held and nobody goes on reading who was signed out.

use bronya_domain::booking::Booking;
use bronya_store::events::{self, Event};
use bronya_store::reports::{self, Managed};
use bronya_store::{bookings, resources};
use uuid::Uuid;

use super::bookings::ListBookings;
use super::sign_in::{event, limited};
use super::{App, Caller, Result, read_as, write_as};
use crate::auth::limits;

/// Notes in the log that somebody takes data out, and counts it against the limit: `action` says what, such as
/// `export.bookings`.
pub async fn begin(app: &App, caller: &Caller, action: &'static str) -> Result<()> {
    admit(app, caller).await?;
    let now = app.clock.now();
    let event = event(app, action, Some(caller.user), None, caller.origin.clone(), now);
    write_as!(app, caller, now, |tx, _principal| Ok(events::append(tx, event).await?))
}

/// Counts something large against the caller's limit.
pub(super) async fn admit(app: &App, caller: &Caller) -> Result<()> {
    limited(app, vec![(limits::data_user_key(caller.user), limits::DATA_PER_USER)]).await
}

/// Whose bookings are taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's for administrators, those of their resources for managers, their own for others.
    Administered,
    /// The caller's own, wherever they are.
    Own,
}

/// Bookings: those that the caller administers, or the caller's own.
pub async fn bookings(app: &App, caller: &Caller, whose: Whose, list: ListBookings) -> Result<Vec<Booking>> {
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| {
        let mut filter = list.filter(now);
        let scope = if whose == Whose::Own {
            filter.user = Some(principal.user);
            bookings::Scope::All
        } else if principal.is_admin() {
            bookings::Scope::All
        } else {
            let manages = match filter.resource {
                Some(resource) => resources::manages(tx, resource, principal.user).await?,
                None => resources::manages_any(tx, principal.user).await?,
            };
            if manages {
                bookings::Scope::ManagedBy(principal.user)
            } else if filter.user.is_some_and(|user| user != principal.user) {
                // Whoever asks for somebody else's gets none.
                return Ok(Vec::new());
            } else {
                filter.user = Some(principal.user);
                bookings::Scope::All
            }
        };
        let found = bookings::list(tx, scope, &filter, list.limit).await?;
        Ok(found.into_iter().map(|booking| booking.seen_at(now)).collect())
    })
}

/// What the caller manages.
pub async fn managed(app: &App, caller: &Caller) -> Result<Managed> {
    read_as!(app, caller, |tx, principal| Ok(reports::managed(tx, principal.user).await?))
}

/// Lines of what happened to one of the caller's bookings that one export shows.
const HISTORY_MAX: u32 = 1_000;

/// The caller's own bookings after a place, each with what happened to it.
pub async fn with_history(app: &App, caller: &Caller, list: ListBookings) -> Result<Vec<(Booking, Vec<Event>)>> {
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| {
        let filter = bookings::Filter { user: Some(principal.user), ..list.filter(now) };
        let found = bookings::list(tx, bookings::Scope::All, &filter, list.limit).await?;
        let mut shown = Vec::with_capacity(found.len());
        for booking in found {
            let history = events::of_booking(tx, booking.id, None, HISTORY_MAX).await?;
            shown.push((booking.seen_at(now), history));
        }
        Ok(shown)
    })
}

/// Which lines of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// Of what the caller did.
    By,
    /// Of what others, or nobody known, did to the caller's account.
    To,
}

/// Lines of the log about the caller, the oldest first, after one of them.
pub async fn lines(app: &App, caller: &Caller, which: Lines, after: Option<Uuid>, limit: u32) -> Result<Vec<Event>> {
    read_as!(app, caller, |tx, principal| {
        Ok(match which {
            Lines::By => events::by_user(tx, principal.user, after, limit).await?,
            Lines::To => events::to_user(tx, principal.user, after, limit).await?,
        })
    })
}
