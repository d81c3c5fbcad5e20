//! `/time-zone-shifts`: what a new version of the time zone database would have done to what is booked, for administrators.

use axum::extract::State;
use bronya_store::zones::{Listed, Of};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::caller::Caller;
use super::extract::{Json, Query};
use super::page::{Cursor, List, PageQuery};
use super::problem::{Problem, ProblemBody};
use super::wire::UtcTime;
use crate::app::{App, zones};

/// What the clock on the wall tells otherwise than when it was made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimeZoneDifference)]
pub struct DifferenceView {
    /// The series that it is of.
    #[schema(required = true)]
    series_id: Option<Uuid>,
    /// What is booked or blocked.
    resource_id: Uuid,
    /// The time zone whose rules have changed.
    #[schema(example = "Europe/Berlin")]
    time_zone: String,
    /// When it starts.
    starts_at: UtcTime,
    /// When it ends.
    ends_at: UtcTime,
    /// When it would have to start to be at the time on the wall that was meant.
    would_start_at: UtcTime,
    /// When it would have to end.
    would_end_at: UtcTime,
    /// The version of the rules by which it was meant.
    #[schema(example = "2026f")]
    from_version: String,
    /// The version of those that differ.
    #[schema(example = "2027a")]
    to_version: String,
    /// When a server with the new rules noticed it.
    noticed_at: UtcTime,
}

impl From<Listed> for DifferenceView {
    fn from(Listed { shift, resource, series }: Listed) -> Self {
        Self {
            series_id: series.map(|id| id.0),
            resource_id: resource.0,
            time_zone: shift.time_zone,
            starts_at: UtcTime(shift.interval.start()),
            ends_at: UtcTime(shift.interval.end()),
            would_start_at: UtcTime(shift.kept.start()),
            would_end_at: UtcTime(shift.kept.end()),
            from_version: shift.from_version,
            to_version: shift.to_version,
            noticed_at: UtcTime(shift.noticed_at),
        }
    }
}

/// A booking that the clock on the wall tells otherwise than when it was made, because the rules of its time zone have changed since. It was
/// not moved.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimeZoneShift)]
pub struct ShiftView {
    /// The booking.
    booking_id: Uuid,
    #[serde(flatten)]
    difference: DifferenceView,
}

impl From<Listed> for ShiftView {
    fn from(it: Listed) -> Self {
        Self { booking_id: it.shift.holder, difference: it.into() }
    }
}

/// Blocked time that the clock on the wall tells otherwise than when it was blocked, because the rules of its time zone have changed since. It
/// was not moved.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TimeZoneBlockShift)]
pub struct BlockShiftView {
    /// The block.
    block_id: Uuid,
    #[serde(flatten)]
    difference: DifferenceView,
}

impl From<Listed> for BlockShiftView {
    fn from(it: Listed) -> Self {
        Self { block_id: it.shift.holder, difference: it.into() }
    }
}

async fn listed<V: From<Listed>>(
    app: &App,
    caller: &Caller,
    of: Of,
    query: &PageQuery,
) -> Result<Json<List<V>>, Problem> {
    let page = query.page()?;
    let after = page.after.map(|place| (place.time(), place.id));
    let found = zones::list(app, caller, of, after, page.rows()).await?;
    Ok(Json(page.list(found, |it| Cursor::new(it.shift.interval.start(), it.shift.holder), V::from)))
}

/// List what changed rules of time zones would have moved.
///
/// A booking keeps its time when the rules of its zone change: nobody is moved silently. Those to come that the clock on the wall tells otherwise
/// from then on are listed here, until they are moved, cancelled or over.
#[utoipa::path(
    get, path = "/time-zone-shifts/", tag = "Bookings", operation_id = "listTimeZoneShifts", security(("bearer" = [])),
    params(PageQuery),
    responses(
        (status = 200, description = "The first to start first", body = List<ShiftView>),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<ShiftView>>, Problem> {
    listed(&app, &caller, Of::Bookings, &query).await
}

/// List what of blocked time changed rules of time zones would have moved.
///
/// Blocked time keeps its instants too, also where it was blocked by a rule. What is to come and the clock on the wall tells otherwise from then
/// on is listed here, by the clock of its resource, until it is deleted or over.
#[utoipa::path(
    get, path = "/time-zone-shifts/blocks", tag = "Schedule", operation_id = "listTimeZoneBlockShifts", security(("bearer" = [])),
    params(PageQuery),
    responses(
        (status = 200, description = "The first to start first", body = List<BlockShiftView>),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list_blocks(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<BlockShiftView>>, Problem> {
    listed(&app, &caller, Of::Blocks, &query).await
}
