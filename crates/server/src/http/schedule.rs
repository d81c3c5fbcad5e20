//! `/schedule`: time that is blocked. Wire types, handlers and their documentation.

use axum::extract::State;
use axum::response::Response;
use bronya_domain::block::Block;
use bronya_domain::command::{MakeBlock, OnConflict};
use bronya_domain::effect::Outcome;
use bronya_domain::ids::{BlockId, BookingId};
use bronya_domain::limits::REASON_CHARS_MAX;
use bronya_domain::text;
use bronya_store::Answer;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer;
use super::caller::Caller;
use super::extract::{IdempotencyKey, Invalid, Json, Path, Query};
use super::page::{Cursor, List, Page};
use super::problem::{Problem, ProblemBody};
use super::wire::{self, UtcTime, Word};
use crate::app::schedule::{self, ListBlocks};
use crate::app::{App, AppError};

/// Time on a resource that nobody can book.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Block)]
pub struct BlockView {
    /// Its id.
    id: Uuid,
    /// What is blocked.
    resource_id: Uuid,
    /// From when.
    starts_at: UtcTime,
    /// To when: the first instant that is free again.
    ends_at: UtcTime,
    /// Why.
    #[schema(required = true)]
    reason: Option<String>,
    /// Who blocked it.
    created_by: Uuid,
    /// When it was blocked.
    created_at: UtcTime,
}

impl From<Block> for BlockView {
    fn from(block: Block) -> Self {
        Self {
            id: block.id.0,
            resource_id: block.resource.0,
            starts_at: UtcTime(block.interval.start()),
            ends_at: UtcTime(block.interval.end()),
            reason: block.reason,
            created_by: block.created_by.0,
            created_at: UtcTime(block.created_at),
        }
    }
}

/// A block that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewBlockView {
    /// The block.
    #[serde(flatten)]
    block: BlockView,
    /// The bookings that were cancelled for it.
    cancelled_bookings: Vec<Uuid>,
}

/// What to do with active bookings that stand in the interval.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OnConflict)]
pub enum OnConflictView {
    /// Refuse the block and list them.
    #[default]
    Refuse,
    /// Cancel them.
    Cancel,
}

/// What to block.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBlock {
    /// The resource.
    #[schema(format = "uuid")]
    resource_id: String,
    /// From when; RFC 3339 with an offset.
    #[schema(format = DateTime, example = "2026-12-24T00:00:00Z")]
    starts_at: String,
    /// To when.
    #[schema(format = DateTime, example = "2026-12-27T00:00:00Z")]
    ends_at: String,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// What to do with active bookings that stand there.
    #[serde(default)]
    #[schema(value_type = Option<OnConflictView>, default = "refuse")]
    on_conflict: Option<Word<OnConflictView>>,
}

impl NewBlock {
    pub(super) fn command(&self, id: BlockId) -> Result<MakeBlock, Problem> {
        let mut invalid = Invalid::new();
        let resource = wire::resource_id(&self.resource_id, &mut invalid);
        let interval = wire::interval(&self.starts_at, &self.ends_at, &mut invalid);
        wire::text(self.reason.as_deref(), |text| text::line(text, REASON_CHARS_MAX), "/reason", &mut invalid);
        invalid.finish()?;
        let (Some(resource), Some(interval)) = (resource, interval) else {
            return Err(AppError::internal("a value was refused without a reason").into());
        };
        let on_conflict = match self.on_conflict.map(|Word(choice)| choice).unwrap_or_default() {
            OnConflictView::Refuse => OnConflict::Refuse,
            OnConflictView::Cancel => OnConflict::Cancel,
        };
        Ok(MakeBlock { id, resource, interval, reason: self.reason.clone(), on_conflict })
    }
}

/// What a list of blocks is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BlockQuery {
    /// On this resource.
    #[param(required = false)]
    resource_id: Option<String>,
    /// Ending after this time (RFC 3339 with an offset).
    #[param(required = false)]
    from: Option<String>,
    /// Starting before this time; at most 366 days after `from`.
    #[param(required = false)]
    to: Option<String>,
    /// How many items at most.
    #[param(required = false, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<i64>,
    /// Where to go on: the `next_cursor` of the page before.
    #[param(required = false)]
    cursor: Option<String>,
}

/// A block that was made, as it is answered.
pub(super) fn render(outcome: &Outcome) -> Option<Answer> {
    match outcome {
        Outcome::Block(block, cancelled) => {
            let cancelled_bookings = cancelled.iter().map(|BookingId(id)| *id).collect();
            let view = NewBlockView { block: block.clone().into(), cancelled_bookings };
            Some(answer::created(format!("/schedule/{}", block.id), None, &view))
        }
        _ => None,
    }
}

/// List blocks.
#[utoipa::path(
    get, path = "/schedule/", tag = "Schedule", operation_id = "listBlocks", security(("bearer" = [])),
    params(BlockQuery),
    responses(
        (status = 200, description = "In order of their start", body = List<BlockView>),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<BlockQuery>,
) -> Result<Json<List<BlockView>>, Problem> {
    let page = Page::new(query.limit, query.cursor.as_deref())?;
    let mut invalid = Invalid::new();
    let resource = query.resource_id.as_deref().and_then(|text| wire::resource_id(text, &mut invalid));
    invalid.finish()?;
    let (from, to) = wire::range(query.from.as_deref(), query.to.as_deref())?;
    let after = page.after.map(|place| (place.time(), BlockId(place.id)));
    let list = ListBlocks { resource, from, to, after, limit: page.rows() };
    let found = schedule::list(&app, &caller, list).await?;
    Ok(Json(page.list(found, |it| Cursor::new(it.interval.start(), it.id.0), BlockView::from)))
}

/// Block time.
///
/// Nothing can be booked on any unit of the resource in that time. Where active bookings stand in it, nothing is done,
/// unless they are to be cancelled.
#[utoipa::path(
    post, path = "/schedule/", tag = "Schedule", operation_id = "createBlock", security(("bearer" = [])),
    request_body = NewBlock,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again for 24 hours")),
    responses(
        (status = 201, description = "Blocked", body = NewBlockView, headers(("Location" = String), ("Idempotent-Replayed" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/block-conflict`, with `conflicts`; `/problems/too-many-affected`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-short`, `/problems/too-long`, `/problems/too-far-ahead`, `/problems/idempotency-key-reused`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(new): Json<NewBlock>,
) -> Result<Response, Problem> {
    let make = new.command(BlockId(app.ids.next()))?;
    let idempotency = answer::idempotency(key, "POST /schedule/", &new, render);
    let reply = schedule::block(&app, &caller, make, idempotency).await?;
    Ok(answer::reply(reply, render))
}

/// Give blocked time back.
#[utoipa::path(
    delete, path = "/schedule/{block_id}", tag = "Schedule", operation_id = "deleteBlock", security(("bearer" = [])),
    params(("block_id" = Uuid, Path)),
    responses(
        (status = 204, description = "Gone"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/block-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn delete(State(app): State<App>, caller: Caller, Path(id): Path<BlockId>) -> Result<StatusCode, Problem> {
    schedule::unblock(&app, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
