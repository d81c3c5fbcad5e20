//! `/guest`: what a guest without an account does with the link to a booking, and how a manager makes that link.

use axum::extract::{FromRef, FromRequestParts, State};
use bronya_domain::command::Targeted;
use bronya_domain::ids::BookingId;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::bookings::{BookingPatch, BookingView, One, one};
use super::caller::{Caller, bearer, origin};
use super::etag::ETag;
use super::extract::{IfMatch, Json, Path};
use super::problem::{Problem, ProblemBody, ProblemKind};
use crate::app::{App, guests};
use crate::auth::secret::{SecretKind, SecretToken};

/// A guest: whoever sends the secret of a link as a bearer token, for the booking that the path names.
#[derive(Clone, Debug)]
pub struct Guest(pub(super) guests::Guest);

impl<S: Send + Sync> FromRequestParts<S> for Guest
where
    App: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let not_good = || ProblemKind::Unauthorized.detail("the link is not good, or no longer").invalid_token();
        let Path(booking) = Path::<BookingId>::from_request_parts(parts, state).await.map_err(|_| not_good())?;
        let origin = origin(parts, state).await?;
        let secret = SecretToken::parse(SecretKind::GuestLink, bearer(parts)?).ok_or_else(not_good)?;
        Ok(Self(guests::Guest { booking, link: secret.hash(), origin }))
    }
}

/// A link with which a guest looks after a booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuestLink {
    /// The booking.
    booking_id: Uuid,
    /// The secret: the bearer token of the operations on `/guest/bookings/{booking_id}`. It is shown this once.
    token: String,
    /// The page for the guest, with the secret behind the `#`, which browsers send to nobody. `null` where the server was
    /// not told its own address (`public_url`): then it is this path and the token at the end of your own.
    #[schema(required = true)]
    url: Option<String>,
}

/// Make a link for a guest.
///
/// For managers of the resource. With it the guest sees, moves and cancels this booking, and nothing else; a link that was made
/// before is of no use from then on.
#[utoipa::path(
    post, path = "/bookings/{booking_id}/guest-link", tag = "Guests", operation_id = "createGuestLink", security(("bearer" = [])),
    params(("booking_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The link", body = GuestLink),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/booking-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`: it is the booking of somebody with an account", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn give_link(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
) -> Result<Json<GuestLink>, Problem> {
    let secret = guests::give_link(&app, &caller, id).await?;
    let token = secret.expose().to_owned();
    let url = app.settings.public_origin.as_ref().map(|origin| format!("{origin}/guest/{id}#{token}"));
    Ok(Json(GuestLink { booking_id: id.0, token, url }))
}

/// Forget a guest.
///
/// For managers of the resource. The name, the addresses and whatever else was said in the booking are gone, and if it is still to
/// come, it is cancelled. When it was stays, as the history of the resource.
#[utoipa::path(
    delete, path = "/bookings/{booking_id}/guest", tag = "Guests", operation_id = "forgetGuest", security(("bearer" = [])),
    params(("booking_id" = Uuid, Path)),
    responses(
        (status = 200, description = "What is left of the booking", body = BookingView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`: also where it is the booking of somebody with an account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/booking-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn forget(State(app): State<App>, caller: Caller, Path(id): Path<BookingId>) -> Result<One, Problem> {
    Ok(one(guests::forget(&app, &caller, id).await?))
}

/// A guest's booking, and where it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuestBooking {
    #[serde(flatten)]
    booking: BookingView,
    /// What the resource is called; `null` where it was taken away since.
    #[schema(required = true)]
    resource_name: Option<String>,
    /// Whose clock its times are on.
    #[schema(required = true)]
    time_zone: Option<String>,
    /// What the site is called.
    #[schema(required = true)]
    site_name: Option<String>,
    /// Where the site is.
    #[schema(required = true)]
    site_address: Option<String>,
}

/// Read your booking, as a guest.
#[utoipa::path(
    get, path = "/guest/bookings/{booking_id}", tag = "Guests", operation_id = "getGuestBooking", security(("guestLink" = [])),
    params(("booking_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The booking", body = GuestBooking, headers(("ETag" = String))),
    ),
)]
pub async fn show(
    State(app): State<App>,
    Guest(guest): Guest,
) -> Result<([(HeaderName, HeaderValue); 1], Json<GuestBooking>), Problem> {
    let booking = guests::by_link(&app, &guest).await?;
    let etag = ETag(booking.version).header();
    let found = guests::whereabouts(&app, &booking).await?;
    let (resource_name, time_zone, site) = match found {
        Some(found) => (Some(found.resource), Some(found.time_zone), found.site),
        None => (None, None, None),
    };
    let (site_name, site_address) = site.unzip();
    let site_address = site_address.flatten();
    Ok((etag, Json(GuestBooking { booking: booking.into(), resource_name, time_zone, site_name, site_address })))
}

/// Move, resize or edit your booking, as a guest.
///
/// As `PATCH /bookings/{booking_id}` does it; to other resources only where they are `public`.
#[utoipa::path(
    patch, path = "/guest/bookings/{booking_id}", tag = "Guests", operation_id = "updateGuestBooking", security(("guestLink" = [])),
    params(("booking_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    request_body(content((BookingPatch = "application/json"), (BookingPatch = "application/merge-patch+json"))),
    responses(
        (status = 200, description = "The booking as it is now", body = BookingView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`: setting rules aside is for managers", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-conflict`, with `conflicts` and up to five `alternatives`; `/problems/booking-closed`, `/problems/too-many-affected`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/party-too-large`, `/problems/quantity-too-large`, `/problems/too-short`, `/problems/too-long`, `/problems/in-the-past`, `/problems/too-far-ahead`, `/problems/against-policy`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn update(
    State(app): State<App>,
    Guest(guest): Guest,
    if_match: IfMatch,
    Json(patch): Json<BookingPatch>,
) -> Result<One, Problem> {
    let amend = patch.command(Targeted { id: guest.booking, versions: if_match.versions() })?;
    Ok(one(guests::amend(&app, &guest, amend).await?))
}

/// Cancel your booking, as a guest.
#[utoipa::path(
    delete, path = "/guest/bookings/{booking_id}", tag = "Guests", operation_id = "cancelGuestBooking", security(("guestLink" = [])),
    params(("booking_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The booking, now `cancelled`", body = BookingView, headers(("ETag" = String))),
        (status = 409, description = "`/problems/booking-closed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/against-policy`: too late for that by the rules of the place", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn cancel(State(app): State<App>, Guest(guest): Guest, if_match: IfMatch) -> Result<One, Problem> {
    Ok(one(guests::cancel(&app, &guest, if_match.versions()).await?))
}

/// Be forgotten, as a guest.
///
/// Your name, your addresses and whatever else was said in the booking are gone, and if it is still to come, it is cancelled. The
/// link is of no use from then on.
#[utoipa::path(
    delete, path = "/guest/bookings/{booking_id}/me", tag = "Guests", operation_id = "forgetMe", security(("guestLink" = [])),
    params(("booking_id" = Uuid, Path)),
    responses((status = 204, description = "Forgotten")),
)]
pub async fn forget_me(State(app): State<App>, Guest(guest): Guest) -> Result<StatusCode, Problem> {
    guests::forget_me(&app, &guest).await?;
    Ok(StatusCode::NO_CONTENT)
}
