//! Guests without an account: a manager books for them, and with a private link they look after that booking by themselves.
//! Whoever has the link is the guest. It names one booking and holds one secret, of which only a hash is kept.

use bronya_domain::booking::Booking;
use bronya_domain::command::{Amend, Command, GiveLink, Targeted};
use bronya_domain::ids::{BookingId, UserId};
use bronya_domain::refusal::Refusal;
use bronya_domain::user::Role;
use bronya_store::engine::{Actor, Answered, Denied};
use bronya_store::events::Origin;
use bronya_store::{bookings as rows, erasure, places, resources, waiting};

use super::bookings::{booking, not_moved};
use super::public::{drop_hold, must_take};
use super::{App, AppError, Caller, Result, outcome};
use crate::auth::secret::{SecretKind, SecretToken};

/// Whose link came with a request. That it manages the booking, the use case finds out.
#[derive(Clone, Debug)]
pub struct Guest {
    /// The booking.
    pub booking: BookingId,
    /// A hash of the secret.
    pub link: [u8; 32],
    /// Where the request came from, for the log.
    pub origin: Origin,
}

/// Makes a link for the guest of a booking, and ends the one there was. For managers. The secret is told this once.
pub async fn give_link(app: &App, caller: &Caller, id: BookingId) -> Result<SecretToken> {
    let secret = SecretToken::generate(SecretKind::GuestLink);
    let give = GiveLink { id, link: secret.hash() };
    booking(outcome(app.submit(caller, Command::GiveLink(give), None).await)?)?;
    Ok(secret)
}

/// Forgets the guest of a booking, and what was said in it; what is still to come is cancelled. For managers.
pub async fn forget(app: &App, caller: &Caller, id: BookingId) -> Result<Booking> {
    let forgotten = booking(outcome(app.submit(caller, Command::Forget(id), None).await)?)?;
    forget_answers(app, &forgotten).await?;
    Ok(forgotten)
}

/// The guest's booking.
pub async fn by_link(app: &App, guest: &Guest) -> Result<Booking> {
    let (id, now) = (guest.booking, app.clock.now());
    let found =
        app.store.read(move |tx| Box::pin(async move { Ok::<_, AppError>(rows::by_id(tx, id).await?) })).await?;
    let managed = found.filter(|booking| booking.is_managed_by(&guest.link));
    managed.map(|booking| booking.seen_at(now)).ok_or(AppError::NotSignedIn)
}

/// Where a guest's booking is.
#[derive(Clone, Debug)]
pub struct Whereabouts {
    /// The resource.
    pub resource: String,
    /// Whose clock its times are on.
    pub time_zone: String,
    /// The site, and its address.
    pub site: Option<(String, Option<String>)>,
}

/// Where the guest's booking is; `None` where the resource was taken away since.
pub async fn whereabouts(app: &App, booking: &Booking) -> Result<Option<Whereabouts>> {
    let id = booking.resource;
    app.store
        .read(move |tx| {
            Box::pin(async move {
                let Some(resource) = resources::by_id(tx, id).await? else { return Ok(None) };
                let site = match resource.attributes.site {
                    Some(site) => places::site(tx, site).await?,
                    None => None,
                };
                let site = site.map(|site| (site.attributes.name, site.attributes.address));
                let (resource, time_zone) = (resource.attributes.name, resource.attributes.time_zone);
                Ok(Some(Whereabouts { resource, time_zone, site }))
            })
        })
        .await
}

/// Moves, resizes or edits the guest's booking in one step.
pub async fn amend(app: &App, guest: &Guest, amend: Amend) -> Result<Booking> {
    must_take(app, guest, amend.party_size.flatten()).await?;
    let change = amend.clone();
    match submit(app, guest, Command::Amend(amend)).await {
        Err(Denied::Refused(Refusal::BookingConflict(conflicts))) => {
            let old = by_link(app, guest).await?;
            Err(not_moved(app, &old, change, conflicts, Role::Guest).await?)
        }
        other => booking(outcome(other)?),
    }
}

/// Takes the guest's booking back, or gives back what is held.
pub async fn cancel(app: &App, guest: &Guest, versions: Option<Vec<i64>>) -> Result<Booking> {
    let cancelled =
        booking(outcome(submit(app, guest, Command::Cancel(Targeted { id: guest.booking, versions }.into())).await)?)?;
    drop_hold(app, guest.booking).await?;
    Ok(cancelled)
}

/// Forgets the guest, as [`forget`] does. The link is of no use from then on.
pub async fn forget_me(app: &App, guest: &Guest) -> Result<()> {
    let forgotten = booking(outcome(submit(app, guest, Command::Forget(guest.booking)).await)?)?;
    forget_answers(app, &forgotten).await
}

/// What was answered when it was made tells of the guest too, and so does what was waited for.
async fn forget_answers(app: &App, booking: &Booking) -> Result<()> {
    let id = booking.id;
    let made_by: UserId = booking.made_by.unwrap_or(booking.user);
    let made = vec![(made_by, format!("/bookings/{id}")), (made_by, format!("/waiting-list/{id}"))];
    app.store
        .write(move |tx| {
            Box::pin(async move {
                waiting::forget(tx, id).await?;
                Ok(erasure::forget_answers(tx, &made).await?)
            })
        })
        .await
}

pub(super) async fn submit(app: &App, guest: &Guest, command: Command) -> Answered {
    let actor = Actor::Guest { booking: guest.booking, link: guest.link };
    app.submit_as(actor, command, guest.origin.clone()).await
}
