//! `/waiting-list`: what somebody would have if it became free.

use axum::extract::State;
use axum::response::Response;
use bronya_domain::booking::{Details, Status};
use bronya_domain::ids::{BookingId, SiteId};
use bronya_store::Answer;
use bronya_store::availability::Which;
use bronya_store::waiting::Entry;
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer;
use super::availability::{checked, need, window};
use super::bookings::{Among, OnWhat, StatusView, check_texts, on_what};
use super::caller::Caller;
use super::extract::{IdempotencyKey, Invalid, Json, Path, PathId, Query};
use super::page::{Cursor, List, Page};
use super::people::{self, ContactBody, ParticipantBody};
use super::problem::{Problem, ProblemBody, ProblemKind};
use super::wire::{self, UtcTime};
use crate::app::App;
use crate::app::waiting::{self, NewEntry};

/// The id of an entry, which is that of the booking that it is offered.
#[derive(Clone, Copy, Debug)]
pub struct EntryId(BookingId);

impl PathId for EntryId {
    const NOT_FOUND: ProblemKind = ProblemKind::WaitingNotFound;

    fn from_uuid(uuid: Uuid) -> Self {
        Self(BookingId(uuid))
    }
}

/// Where an entry of the waiting list stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitingStatus {
    /// Nothing was free yet.
    Waiting,
    /// Something is free, and held: take it up with `POST /holds/{id}/book`, or decline with `DELETE /bookings/{id}`.
    Offered,
    /// What was offered was taken.
    Booked,
    /// What was offered was not taken in time, or was declined.
    Missed,
    /// Whoever waited gave up.
    Left,
    /// The time that it was for is over.
    Over,
}

/// Somebody who waits.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaitingEntry)]
pub struct EntryView {
    /// Its id, which is also that of the booking that it is offered.
    id: Uuid,
    /// Who waits.
    user_id: Uuid,
    /// Who waits, where that is somebody without an account.
    #[schema(required = true)]
    guest: Option<ContactBody>,
    /// What would do.
    resource_ids: Vec<Uuid>,
    /// From when on.
    from: UtcTime,
    /// By when it is to be over.
    to: UtcTime,
    /// For how long; `null`: as long as the place says.
    #[schema(required = true)]
    duration_minutes: Option<i64>,
    /// How many people come.
    #[schema(required = true)]
    party_size: Option<u32>,
    /// How many units of one resource.
    quantity: u32,
    /// One line, for the booking.
    #[schema(required = true)]
    title: Option<String>,
    /// More about it, for the booking.
    #[schema(required = true)]
    notes: Option<String>,
    /// Who else takes part.
    participants: Vec<ParticipantBody>,
    /// Where it stands.
    status: WaitingStatus,
    /// What was offered: a booking of the same id.
    #[schema(required = true)]
    offer: Option<OfferView>,
    /// When it was made: the first who fits is asked first.
    created_at: UtcTime,
}

/// What somebody who waits was offered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaitingOffer)]
pub struct OfferView {
    /// Where the booking stands.
    status: StatusView,
    /// On which resource.
    resource_id: Uuid,
    /// When it would start.
    starts_at: UtcTime,
    /// When it would end.
    ends_at: UtcTime,
    /// Until when it is held.
    #[schema(required = true)]
    lapses_at: Option<UtcTime>,
}

impl EntryView {
    pub(super) fn of(entry: Entry, now: Timestamp) -> Self {
        let status = status(&entry, now);
        let offer = entry.offer.map(|offer| {
            let status = offer.status_at(now);
            OfferView {
                status: status.into(),
                resource_id: offer.resource.0,
                starts_at: UtcTime(offer.interval.start()),
                ends_at: UtcTime(offer.interval.end()),
                lapses_at: offer.lapses_at.filter(|_| status.holds_time()).map(UtcTime),
            }
        });
        Self {
            id: entry.id.0,
            user_id: entry.user.0,
            guest: entry.details.guest.map(|guest| guest.contact.into()),
            resource_ids: entry.resources.iter().map(|id| id.0).collect(),
            from: UtcTime(entry.window.start()),
            to: UtcTime(entry.window.end()),
            duration_minutes: entry.duration.map(|duration| duration.as_mins()),
            party_size: entry.details.party_size,
            quantity: entry.quantity,
            title: entry.details.title,
            notes: entry.details.notes,
            participants: entry.details.participants.into_iter().map(ParticipantBody::from).collect(),
            status,
            offer,
            created_at: UtcTime(entry.created_at),
        }
    }
}

pub(super) fn status(entry: &Entry, now: Timestamp) -> WaitingStatus {
    match entry.offer.map(|offer| offer.status_at(now)) {
        Some(Status::Held) => WaitingStatus::Offered,
        Some(Status::Expired | Status::Cancelled) => WaitingStatus::Missed,
        Some(_) => WaitingStatus::Booked,
        None if entry.left_at.is_some() => WaitingStatus::Left,
        None if entry.window.end() <= now => WaitingStatus::Over,
        None => WaitingStatus::Waiting,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what a kept answer is made by; of other things there may be none")]
fn render(entry: &Entry) -> Option<Answer> {
    // A new entry stands where it stands whatever the time is.
    let view = EntryView::of(entry.clone(), entry.created_at);
    Some(answer::created(format!("/waiting-list/{}", entry.id), None, &view))
}

/// What somebody would have.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWaiting {
    /// This resource. Left out where `among` says which would do.
    #[serde(default)]
    #[schema(format = "uuid")]
    resource_id: Option<String>,
    /// Any of these resources; at most 200 that are large enough.
    #[serde(default)]
    among: Option<Among>,
    /// From when on; RFC 3339 with an offset.
    #[schema(format = DateTime, example = "2026-11-27T18:00:00Z")]
    from: String,
    /// By when it is to be over; at most 62 days later.
    #[schema(format = DateTime, example = "2026-11-27T22:00:00Z")]
    to: String,
    /// For how long; where it is left out, as long as the place says for a party of this size, or an hour.
    #[serde(default)]
    #[schema(minimum = 1)]
    duration_minutes: Option<i64>,
    /// How many people come.
    #[serde(default)]
    #[schema(minimum = 1)]
    party_size: Option<i64>,
    /// How many units of one resource.
    #[serde(default)]
    #[schema(minimum = 1, default = 1)]
    quantity: Option<i64>,
    /// One line, for the booking.
    #[serde(default)]
    #[schema(max_length = 200)]
    title: Option<String>,
    /// More about it, for the booking.
    #[serde(default)]
    #[schema(max_length = 4000)]
    notes: Option<String>,
    /// Who waits, where that is not you. Only for managers of all that would do.
    #[serde(default)]
    #[schema(format = "uuid")]
    on_behalf_of: Option<String>,
    /// Who waits, where that is somebody without an account. Only for managers of all that would do.
    #[serde(default)]
    guest: Option<ContactBody>,
    /// Who else takes part.
    #[serde(default)]
    #[schema(max_items = 50)]
    participants: Option<Vec<ParticipantBody>>,
}

impl NewWaiting {
    fn read(&self) -> Result<NewEntry, Problem> {
        let mut invalid = Invalid::new();
        let which = match on_what(self.resource_id.as_deref(), self.among.as_ref(), &mut invalid) {
            Some(OnWhat::Resource(id)) => Some(Which { ids: Some(vec![id]), ..Which::default() }),
            Some(OnWhat::Among(which)) => Some(which),
            None => None,
        };
        let window = window(&self.from, &self.to, &mut invalid);
        let need = need(self.duration_minutes, self.party_size, self.quantity, &mut invalid);
        check_texts(self.title.as_deref(), self.notes.as_deref(), &mut invalid);
        let (guest, on_behalf_of) = people::for_whom(self.guest.as_ref(), self.on_behalf_of.as_deref(), &mut invalid);
        let participants = people::participants(self.participants.as_deref().unwrap_or_default(), &mut invalid);
        let (which, (window, need)) = checked(which.zip(window.zip(need)), invalid)?;
        let details = Details {
            title: self.title.clone(),
            notes: self.notes.clone(),
            party_size: need.party_size,
            guest,
            participants,
            ..Details::default()
        };
        Ok(NewEntry { which, window, need, details, on_behalf_of })
    }
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WaitingQuery {
    /// Those that wait for this resource, whoever waits. Only for its managers.
    #[param(required = false)]
    resource_id: Option<String>,
    /// Those that wait for anything of this site, whoever waits. Only for its managers.
    #[param(required = false)]
    site_id: Option<String>,
    /// How many items at most.
    #[param(required = false, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<i64>,
    /// Where to go on: the `next_cursor` of the page before.
    #[param(required = false)]
    cursor: Option<String>,
}

/// Join the waiting list.
///
/// When time becomes free, the first who fits is offered it: a hold in that name and with the id of the entry, for as many minutes as
/// the rules of the place hold a time (`hold_minutes_max`). Whoever does not take it up in time is off the list, and the next is
/// asked. Each entry is offered one thing.
#[utoipa::path(
    post, path = "/waiting-list/", tag = "Waiting list", operation_id = "joinWaitingList", security(("bearer" = [])),
    request_body = NewWaiting,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again for 24 hours")),
    responses(
        (status = 201, description = "On the list", body = EntryView, headers(("Location" = String), ("Idempotent-Replayed" = String))),
        (status = 403, description = "`/problems/forbidden`: putting others on the list is for managers", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`, `/problems/user-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/too-many`: one person waits for at most 20 things", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`, `/problems/in-the-past`, `/problems/party-too-large`, `/problems/quantity-too-large`, `/problems/idempotency-key-reused`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn join(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(new): Json<NewWaiting>,
) -> Result<Response, Problem> {
    let entry = new.read()?;
    let idempotency = answer::idempotency(key, "POST /waiting-list/", &new, render);
    let reply = waiting::join(&app, &caller, entry, idempotency).await?;
    Ok(answer::reply(reply, render))
}

/// List who waits.
///
/// Your own entries, or with `resource_id` or `site_id` those of everybody who still waits for it.
#[utoipa::path(
    get, path = "/waiting-list/", tag = "Waiting list", operation_id = "listWaiting", security(("bearer" = [])),
    params(WaitingQuery),
    responses(
        (status = 200, description = "In the order in which they are asked", body = List<EntryView>),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<WaitingQuery>,
) -> Result<Json<List<EntryView>>, Problem> {
    let page = Page::new(query.limit, query.cursor.as_deref())?;
    let mut invalid = Invalid::new();
    let resource = query.resource_id.as_deref().and_then(|text| wire::resource_id(text, &mut invalid));
    let site = wire::id(query.site_id.as_deref(), "/site_id", &mut invalid).map(SiteId);
    if query.resource_id.is_some() && query.site_id.is_some() {
        invalid.push("/site_id", "goes without resource_id");
    }
    invalid.finish()?;
    let after = page.after.map(|place| BookingId(place.id));
    let found = match (resource, site) {
        (Some(id), _) => waiting::of_resource(&app, &caller, id, after, page.rows()).await?,
        (None, Some(id)) => waiting::of_site(&app, &caller, id, after, page.rows()).await?,
        (None, None) => waiting::my(&app, &caller, after, page.rows()).await?,
    };
    let now = app.clock.now();
    Ok(Json(page.list(found, |it| Cursor::new(it.created_at, it.id.0), |entry| EntryView::of(entry, now))))
}

/// Read an entry of the waiting list.
#[utoipa::path(
    get, path = "/waiting-list/{waiting_id}", tag = "Waiting list", operation_id = "getWaiting", security(("bearer" = [])),
    params(("waiting_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The entry", body = EntryView),
        (status = 404, description = "`/problems/waiting-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(EntryId(id)): Path<EntryId>,
) -> Result<Json<EntryView>, Problem> {
    Ok(Json(EntryView::of(waiting::by_id(&app, &caller, id).await?, app.clock.now())))
}

/// Leave the waiting list.
///
/// What was offered already is a booking, and is declined like one (`DELETE /bookings/{id}`).
#[utoipa::path(
    delete, path = "/waiting-list/{waiting_id}", tag = "Waiting list", operation_id = "leaveWaitingList", security(("bearer" = [])),
    params(("waiting_id" = Uuid, Path)),
    responses(
        (status = 204, description = "Off the list"),
        (status = 404, description = "`/problems/waiting-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn leave(
    State(app): State<App>,
    caller: Caller,
    Path(EntryId(id)): Path<EntryId>,
) -> Result<StatusCode, Problem> {
    waiting::leave(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
