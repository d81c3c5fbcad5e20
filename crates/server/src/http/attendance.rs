//! What happens to a booking besides being made, moved and decided on: `/holds`, a check without a booking, checking in,
//! ending early, not coming, what of that was a mistake, and the history of it all.

use axum::extract::State;
use axum::response::Response;
use bronya_domain::command::{TakeUp, Targeted};
use bronya_domain::ids::BookingId;
use bronya_store::events::Event;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer;
use super::bookings::{BookingView, Closing, NewBooking, One, check_texts, one, party_size, render};
use super::caller::Caller;
use super::extract::{IdempotencyKey, IfMatch, Invalid, Json, JsonIfAny, Patch, Path, Query};
use super::page::{Cursor, List, PageQuery};
use super::problem::{Problem, ProblemBody};
use super::told::{MovedView, SetAsideView};
use super::values::{self, ValuesBody};
use super::wire::{self, UtcTime};
use crate::app::{App, AppError, bookings};

/// The longest hold that can be asked for; a policy may allow less.
const HOLD_MINUTES_MAX: u32 = 24 * 60;

/// How long to hold it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HoldQuery {
    /// For how many minutes; never more than the rules of the place allow, which is also what is held where nothing is said:
    /// ten, unless they say something else.
    #[param(required = false, minimum = 1, maximum = 1440)]
    minutes: Option<i64>,
}

/// Hold a time.
///
/// Keeps the time for a few minutes, while somebody fills a form. It is decided like a booking, and stands like one; then it
/// is booked (`POST /holds/{booking_id}/book`), cancelled (`DELETE /bookings/{booking_id}`), or lapses by itself.
#[utoipa::path(
    post, path = "/holds/", tag = "Bookings", operation_id = "createHold", security(("bearer" = [])),
    request_body = NewBooking,
    params(HoldQuery, ("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again for 24 hours")),
    responses(
        (status = 201, description = "Held until `lapses_at`", body = BookingView,
            headers(("Location" = String), ("ETag" = String), ("Idempotent-Replayed" = String))),
        (status = 403, description = "`/problems/forbidden`: booking for others and against the rules is for managers", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/user-not-found`, `/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-conflict`, with `conflicts` and up to five `alternatives`; `/problems/too-many-affected`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/party-too-large`, `/problems/quantity-too-large`, `/problems/too-short`, `/problems/too-long`, `/problems/in-the-past`, `/problems/too-far-ahead`, `/problems/against-policy`, `/problems/idempotency-key-reused`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn hold(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Query(query): Query<HoldQuery>,
    Json(new): Json<NewBooking>,
) -> Result<Response, Problem> {
    let mut invalid = Invalid::new();
    let asked = query.minutes.unwrap_or(i64::from(HOLD_MINUTES_MAX));
    let minutes = wire::number(asked, 1, HOLD_MINUTES_MAX, "/minutes", &mut invalid);
    invalid.finish()?;
    let book = new.read(BookingId(app.ids.next()), minutes)?;
    let idempotency = answer::idempotency(key, "POST /holds/", &(asked, &new), render);
    let reply = bookings::book(&app, &caller, book, idempotency).await?;
    Ok(answer::reply(reply, render))
}

/// What is known once the form is filled. What is left out stays as it was held.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakenUp {
    /// One line.
    #[serde(default)]
    #[schema(max_length = 200)]
    title: Option<String>,
    /// How many people come.
    #[serde(default)]
    #[schema(minimum = 1)]
    party_size: Option<i64>,
    /// More about it.
    #[serde(default)]
    #[schema(max_length = 4000)]
    notes: Option<String>,
    /// What its kind lets it carry: `null` under a key takes one away, `null` for the whole takes all.
    #[serde(default)]
    #[schema(value_type = Option<ValuesBody>)]
    fields: Patch<ValuesBody>,
}

/// Book what is held.
///
/// Answers with the booking: `confirmed`, or `pending` where it needs approval.
#[utoipa::path(
    post, path = "/holds/{booking_id}/book", tag = "Bookings", operation_id = "bookHold", security(("bearer" = [])),
    request_body = TakenUp,
    params(("booking_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The booking", body = BookingView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`: whoever takes part may only look", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/booking-not-found`, `/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-state`: it has lapsed, was cancelled or is booked already", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/party-too-large`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn take_up(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    if_match: IfMatch,
    Json(filled): Json<TakenUp>,
) -> Result<One, Problem> {
    let mut invalid = Invalid::new();
    let party_size = filled.party_size.and_then(|size| party_size(size, &mut invalid));
    check_texts(filled.title.as_deref(), filled.notes.as_deref(), &mut invalid);
    invalid.finish()?;
    let target = Targeted { id, versions: if_match.versions() };
    let take_up = TakeUp {
        target,
        title: filled.title,
        notes: filled.notes,
        party_size,
        fields: values::edit(filled.fields),
        contact: None,
    };
    Ok(one(bookings::take_up(&app, &caller, take_up).await?))
}

/// What would come of a booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckView {
    /// Whether it would be taken.
    allowed: bool,
    /// The booking as it would be: `confirmed` or `pending`.
    #[schema(required = true)]
    booking: Option<BookingView>,
    /// Why it would not: the very problem that `POST /bookings/` would answer, with every rule that is broken, or what
    /// stands in the way and what could be had instead.
    #[schema(required = true)]
    problem: Option<ProblemBody>,
}

/// Check a booking without making it.
///
/// The same decision as `POST /bookings/`, at this moment, and nothing is written or kept free.
#[utoipa::path(
    post, path = "/bookings/check", tag = "Bookings", operation_id = "checkBooking", security(("bearer" = [])),
    request_body = NewBooking,
    responses(
        (status = 200, description = "What would come of it", body = CheckView),
        (status = 403, description = "`/problems/forbidden`: booking for others and against the rules is for managers", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`: it can't even be asked", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn check(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewBooking>,
) -> Result<Json<CheckView>, Problem> {
    let book = new.read(BookingId(app.ids.next()), None)?;
    let (booking, problem) = match bookings::check(&app, &caller, book).await {
        Ok(booking) => (Some(booking.into()), None),
        Err(error) if is_a_refusal(&error) => (None, Some(Problem::from(error).body())),
        Err(error) => return Err(error.into()),
    };
    Ok(Json(CheckView { allowed: booking.is_some(), booking, problem }))
}

/// Whether the answer to "could I?" is a plain no.
fn is_a_refusal(error: &AppError) -> bool {
    use bronya_domain::refusal::Refusal;
    matches!(error, AppError::BookingConflict(..) | AppError::Refused(Refusal::Rules(_) | Refusal::BookingConflict(_)))
}

/// Check in.
///
/// From a little before the start (fifteen minutes, unless the rules of the place say something else) until the end; by
/// whoever booked, or a manager.
#[utoipa::path(
    post, path = "/bookings/{booking_id}/check-in", tag = "Bookings", operation_id = "checkIn", security(("bearer" = [])),
    params(("booking_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The booking, now `checked_in`", body = BookingView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`: whoever takes part may only look", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/booking-not-found`, `/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-state`, `/problems/too-early`, `/problems/booking-closed`: it is over", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn check_in(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    if_match: IfMatch,
) -> Result<One, Problem> {
    let target = Targeted { id, versions: if_match.versions() };
    Ok(one(bookings::check_in(&app, &caller, target).await?))
}

/// End a booking now.
///
/// It has begun, and whoever was there has gone: the booking ends at this moment, and the rest of its time is free at once. Whoever had
/// checked in and stayed beyond the end goes too; then nothing becomes free.
#[utoipa::path(
    post, path = "/bookings/{booking_id}/end", tag = "Bookings", operation_id = "endBooking", security(("bearer" = [])),
    params(("booking_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The booking, now `completed`", body = BookingView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`: whoever takes part may only look", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/booking-not-found`, `/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-state`, `/problems/too-early`: it has not begun; `/problems/booking-closed`: it is over", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn end(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    if_match: IfMatch,
) -> Result<One, Problem> {
    let target = Targeted { id, versions: if_match.versions() };
    Ok(one(bookings::end(&app, &caller, target).await?))
}

/// Say that nobody came.
///
/// By a manager, also of what was booked along, from the start on; the time is free at once. A body is not needed; it may say what is known of why.
#[utoipa::path(
    post, path = "/bookings/{booking_id}/no-show", tag = "Bookings", operation_id = "noShow", security(("bearer" = [])),
    params(("booking_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    request_body = Option<Closing>,
    responses(
        (status = 200, description = "The booking, now `no_show`", body = BookingView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/booking-not-found`, `/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-state`, `/problems/too-early`: it has not begun", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn no_show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    if_match: IfMatch,
    JsonIfAny(closing): JsonIfAny<Closing>,
) -> Result<One, Problem> {
    let close = closing.close(Targeted { id, versions: if_match.versions() })?;
    Ok(one(bookings::no_show(&app, &caller, close).await?))
}

/// Take back a check-in, an end, a no-show or a cancelling.
///
/// By a manager, also of what was booked along, who sees that it was a mistake, a cancelling also by whoever else may cancel, within an hour and before the booking is
/// over: the booking stands again where it stood, with the end that it had. Time that was given back has to be had again, and what was
/// cancelled by the rules of now, before it starts. Only the last step is taken back, and once; `undo_until` of the booking says until when.
#[utoipa::path(
    post, path = "/bookings/{booking_id}/undo", tag = "Bookings", operation_id = "undoBooking", security(("bearer" = [])),
    params(("booking_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The booking as it is now", body = BookingView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/booking-not-found`, `/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/nothing-to-undo`; `/problems/booking-conflict`: somebody else has the time by now", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/against-policy`, `/problems/in-the-past`, `/problems/party-too-large`, `/problems/quantity-too-large`: what was cancelled, by the rules of now", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn undo(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    if_match: IfMatch,
) -> Result<One, Problem> {
    let target = Targeted { id, versions: if_match.versions() };
    Ok(one(bookings::undo(&app, &caller, target).await?))
}

/// One thing that happened to a booking.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BookingEvent)]
pub struct HistoryView {
    /// Its id.
    id: Uuid,
    /// When it happened.
    at: UtcTime,
    /// What happened.
    #[schema(example = "booking.moved")]
    action: String,
    /// Who did it; nobody where time did.
    #[schema(required = true)]
    actor_id: Option<Uuid>,
    /// What was said, where that is known: when it was rejected or cancelled, or nobody came.
    #[schema(required = true)]
    reason: Option<String>,
    /// From where to where it went, or how long it became: when it was moved or ended before its time, and when that was taken back.
    #[schema(required = true)]
    moved: Option<MovedView>,
    /// Rules of the place that were set aside for this step, and why.
    #[schema(required = true)]
    set_aside: Option<SetAsideView>,
}

impl HistoryView {
    /// A line, and what was said when the booking was closed, if that is the line.
    fn of(event: Event, closed: Option<&(Uuid, String)>) -> Self {
        let (id, at, actor_id) = (event.id, UtcTime(event.at), event.actor.map(|id| id.0));
        let reason = closed.filter(|(line, _)| *line == id).map(|(_, reason)| reason.clone());
        let (moved, set_aside) = (event.detail.moved.map(Into::into), event.detail.set_aside.map(Into::into));
        Self { id, at, action: event.action, actor_id, reason, moved, set_aside }
    }
}

/// Read what happened to a booking.
///
/// For whoever may see it. Each step says what else is known of it: from where to where the booking went, which rules were set aside and why.
#[utoipa::path(
    get, path = "/bookings/{booking_id}/events", tag = "Bookings", operation_id = "listBookingEvents", security(("bearer" = [])),
    params(("booking_id" = Uuid, Path), PageQuery),
    responses(
        (status = 200, description = "The oldest first", body = List<HistoryView>),
        (status = 404, description = "`/problems/booking-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn history(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<BookingId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<HistoryView>>, Problem> {
    let page = query.page()?;
    let after = page.after.map(|place| place.id);
    let (events, closed) = bookings::history(&app, &caller, id, after, page.rows()).await?;
    Ok(Json(page.list(events, |it| Cursor::new(it.at, it.id), |it| HistoryView::of(it, closed.as_ref()))))
}
