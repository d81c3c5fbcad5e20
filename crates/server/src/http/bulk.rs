//! `POST /bookings/bulk`: many bookings made, changed, cancelled, confirmed and rejected in one request, each decided by itself,
//! with a result for each.

use axum::extract::State;
use bronya_domain::command::{Close, Targeted};
use bronya_domain::ids::BookingId;
use bronya_store::engine::{Idempotency, Reply};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::answer;
use super::bookings::{BookingPatch, BookingView, Closing, NewBooking, render};
use super::caller::Caller;
use super::extract::{IdempotencyKey, Invalid, Json};
use super::problem::{Problem, ProblemBody, ProblemKind};
use super::wire;
use crate::app::{App, bookings};

/// Operations of one request.
const OPERATIONS_MAX: usize = 100;

/// Many operations.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bulk {
    /// What to do: 1 to 100.
    #[schema(min_items = 1, max_items = 100)]
    operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Make a booking.
    Create(NewBooking),
    /// Change one.
    Update(Change),
    /// Take one back.
    Cancel(Closed),
    /// Say yes to one that is pending.
    Confirm(Confirmed),
    /// Say no to one that is pending.
    Reject(Closed),
}

/// A change of a booking.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Which one.
    #[schema(format = "uuid")]
    booking_id: String,
    /// What changes about it.
    change: BookingPatch,
}

/// A booking that somebody waits for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmed {
    /// Which one.
    #[schema(format = "uuid")]
    booking_id: String,
}

/// A booking that is taken back, or not given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// Which one.
    #[schema(format = "uuid")]
    booking_id: String,
    /// Why: one line, for whoever may see the booking.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    reason: Option<String>,
}

/// What came of each.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkResult {
    /// In the order of the operations.
    results: Vec<Done>,
}

/// What came of one operation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// The status that the operation would have had by itself: 201, 200, or that of its problem.
    #[schema(example = 201)]
    status: u16,
    /// The booking as it is now, where it was done.
    #[schema(value_type = Option<BookingView>, required = true)]
    booking: Option<Box<RawValue>>,
    /// Why it was not done.
    #[schema(required = true)]
    problem: Option<ProblemBody>,
}

/// Make, change, cancel, confirm and reject many bookings.
///
/// Each operation is decided by itself, in no promised order; what is to be had whole or not at all is a series. With an
/// `Idempotency-Key`, what was created is not created again when the same request is sent again.
#[utoipa::path(
    post, path = "/bookings/bulk", tag = "Bookings", operation_id = "bulkBookings", security(("bearer" = [])),
    request_body = Bulk,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again for 24 hours")),
    responses(
        (status = 200, description = "What came of each", body = BulkResult),
        (status = 422, description = "`/problems/validation`: it can't even be read", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn bulk(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(bulk): Json<Bulk>,
) -> Result<Json<BulkResult>, Problem> {
    if !(1..=OPERATIONS_MAX).contains(&bulk.operations.len()) {
        return Err(Problem::invalid("/operations", format!("must be 1 to {OPERATIONS_MAX}")));
    }
    let operations = bulk.operations.into_iter().enumerate().map(|(place, operation)| {
        // Each has a key of its own under the request's.
        let key = key.0.as_ref().map(|key| format!("{key}#{place}"));
        let (app, caller) = (&app, &caller);
        one(app, caller, operation, key)
    });
    let mut results = Vec::with_capacity(OPERATIONS_MAX);
    for done in join_all(operations).await {
        match done {
            // Who is not signed in any more is told so, and not once for each.
            Err(problem) if problem.kind() == ProblemKind::Unauthorized => return Err(problem),
            Err(problem) => results.push(Done::not(&problem)),
            Ok(done) => results.push(done),
        }
    }
    Ok(Json(BulkResult { results }))
}

async fn one(app: &App, caller: &Caller, operation: Operation, key: Option<String>) -> Result<Done, Problem> {
    match operation {
        Operation::Create(new) => {
            let book = new.read(BookingId(app.ids.next()), None)?;
            let idempotency: Option<Idempotency> =
                answer::idempotency(IdempotencyKey(key), "POST /bookings/bulk", &new, render);
            let made = match bookings::book(app, caller, book, idempotency).await? {
                Reply::Done(outcome) => render(&outcome),
                Reply::Kept(answer) | Reply::Replayed(answer) => Some(answer),
            };
            let made = made.and_then(|answer| RawValue::from_string(answer.body).ok());
            made.map(|booking| Done { status: 201, booking: Some(booking), problem: None })
                .ok_or_else(|| ProblemKind::Internal.into())
        }
        Operation::Update(Change { booking_id, change }) => {
            let target = Targeted { id: booking(&booking_id)?, versions: None };
            Done::with(&bookings::amend(app, caller, change.command(target)?).await?.into())
        }
        Operation::Cancel(closed) => Done::with(&bookings::cancel(app, caller, closed.read()?).await?.into()),
        Operation::Confirm(Confirmed { booking_id }) => {
            let target = Targeted { id: booking(&booking_id)?, versions: None };
            Done::with(&bookings::confirm(app, caller, target).await?.into())
        }
        Operation::Reject(closed) => Done::with(&bookings::reject(app, caller, closed.read()?).await?.into()),
    }
}

fn booking(text: &str) -> Result<BookingId, Problem> {
    let mut invalid = Invalid::new();
    let id = wire::id(Some(text), "/booking_id", &mut invalid);
    invalid.finish()?;
    id.map(BookingId).ok_or_else(|| ProblemKind::BookingNotFound.into())
}

impl Closed {
    fn read(self) -> Result<Close, Problem> {
        let target = Targeted { id: booking(&self.booking_id)?, versions: None };
        Closing { reason: self.reason }.close(target)
    }
}

impl Done {
    fn with(booking: &BookingView) -> Result<Self, Problem> {
        let booking = serde_json::value::to_raw_value(booking).map_err(|_| Problem::from(ProblemKind::Internal))?;
        Ok(Self { status: 200, booking: Some(booking), problem: None })
    }

    fn not(problem: &Problem) -> Self {
        Self { status: problem.kind().status().as_u16(), booking: None, problem: Some(problem.body()) }
    }
}
