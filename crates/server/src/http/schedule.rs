//! `/schedule`: time that is blocked. Wire types, handlers and their documentation.

use axum::extract::State;
use axum::response::Response;
use bronya_domain::block::Block;
use bronya_domain::command::{MakeBlock, OnConflict};
use bronya_domain::effect::Outcome;
use bronya_domain::ids::{BlockId, BookingId, SeriesId};
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
use super::series::{FromQuery, PatternTexts};
use super::wire::{self, UtcTime, Word};
use crate::app::schedule::{self, ListBlocks, NewSeries};
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
    /// The series that it is an occurrence of.
    #[schema(required = true)]
    series_id: Option<Uuid>,
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
            series_id: block.series.map(|id| id.0),
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

fn check_reason(reason: Option<&str>, invalid: &mut Invalid) {
    wire::text(reason, |text| text::line(text, REASON_CHARS_MAX), "/reason", invalid);
}

fn on_conflict(said: Option<Word<OnConflictView>>) -> OnConflict {
    match said.map(|Word(choice)| choice).unwrap_or_default() {
        OnConflictView::Refuse => OnConflict::Refuse,
        OnConflictView::Cancel => OnConflict::Cancel,
    }
}

impl NewBlock {
    pub(super) fn command(&self, id: BlockId) -> Result<MakeBlock, Problem> {
        let mut invalid = Invalid::new();
        let resource = wire::resource_id(&self.resource_id, &mut invalid);
        let interval = wire::interval(&self.starts_at, &self.ends_at, &mut invalid);
        check_reason(self.reason.as_deref(), &mut invalid);
        invalid.finish()?;
        let (Some(resource), Some(interval)) = (resource, interval) else {
            return Err(AppError::internal("a value was refused without a reason").into());
        };
        let on_conflict = on_conflict(self.on_conflict);
        Ok(MakeBlock { id, resource, interval, reason: self.reason.clone(), on_conflict, series: None })
    }
}

/// What to block again and again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBlockSeries {
    /// The resource.
    #[schema(format = "uuid")]
    resource_id: String,
    /// A rule of RFC 5545 that ends, as for series of bookings.
    #[schema(max_length = 1000, example = "FREQ=WEEKLY;BYDAY=SU;COUNT=52")]
    rule: String,
    /// When the first one starts, on the clock on the wall: a local time, without an offset.
    #[schema(example = "2026-11-29T08:00")]
    starts_at_local: String,
    /// When it ends. Both ends stay on the clock on the wall.
    #[schema(example = "2026-11-29T12:00")]
    ends_at_local: String,
    /// Whose wall: an IANA time zone; the resource's where it is left out.
    #[serde(default)]
    time_zone: Option<String>,
    /// Starts that are left out: local times, or RFC 3339 with an offset.
    #[serde(default)]
    #[schema(max_items = 366)]
    exdates: Vec<String>,
    /// Starts that are added.
    #[serde(default)]
    #[schema(max_items = 366)]
    rdates: Vec<String>,
    /// Why.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// What to do with active bookings that stand there.
    #[serde(default)]
    #[schema(value_type = Option<OnConflictView>, default = "refuse")]
    on_conflict: Option<Word<OnConflictView>>,
}

impl NewBlockSeries {
    fn read(&self) -> Result<NewSeries, Problem> {
        let mut invalid = Invalid::new();
        let resource = wire::resource_id(&self.resource_id, &mut invalid);
        let pattern = PatternTexts {
            rule: &self.rule,
            starts_at_local: &self.starts_at_local,
            ends_at_local: &self.ends_at_local,
            time_zone: self.time_zone.as_deref(),
            exdates: &self.exdates,
            rdates: &self.rdates,
        };
        let pattern = pattern.read(&mut invalid);
        check_reason(self.reason.as_deref(), &mut invalid);
        invalid.finish()?;
        let Some((resource, pattern)) = resource.zip(pattern) else {
            return Err(AppError::internal("a value was refused without a reason").into());
        };
        Ok(NewSeries { resource, pattern, reason: self.reason.clone(), on_conflict: on_conflict(self.on_conflict) })
    }
}

/// Blocks of one series.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockSeriesView {
    /// The id of the series.
    id: Uuid,
    /// The blocks, in order of their start.
    items: Vec<BlockView>,
    /// The bookings that were cancelled for them.
    cancelled_bookings: Vec<Uuid>,
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

/// Blocks of a series that were made, as they are answered.
fn render_series(outcome: &Outcome) -> Option<Answer> {
    let Outcome::All(outcomes) = outcome else { return None };
    let made =
        outcomes.iter().filter_map(|it| if let Outcome::Block(block, gone) = it { Some((block, gone)) } else { None });
    let (blocks, cancelled): (Vec<&Block>, Vec<&Vec<BookingId>>) = made.unzip();
    let id = blocks.first()?.series?.0;
    let items = blocks.into_iter().cloned().map(BlockView::from).collect();
    let cancelled_bookings = cancelled.into_iter().flatten().map(|BookingId(id)| *id).collect();
    Some(answer::created(format!("/schedule/series/{id}"), None, &BlockSeriesView { id, items, cancelled_bookings }))
}

/// Block time again and again.
///
/// Every occurrence is a block like any other, and all of them are made or none.
#[utoipa::path(
    post, path = "/schedule/series", tag = "Schedule", operation_id = "createBlockSeries", security(("bearer" = [])),
    request_body = NewBlockSeries,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again for 24 hours")),
    responses(
        (status = 201, description = "Blocked", body = BlockSeriesView, headers(("Location" = String), ("Idempotent-Replayed" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/series-refused`, with `refused`: of each why, such as bookings that stand there; `/problems/too-many-affected`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/idempotency-key-reused`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn create_series(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(new): Json<NewBlockSeries>,
) -> Result<Response, Problem> {
    let idempotency = answer::idempotency(key, "POST /schedule/series", &new, render_series);
    let reply = schedule::block_series(&app, &caller, new.read()?, idempotency).await?;
    Ok(answer::reply(reply, render_series))
}

/// Blocks that were given back.
#[derive(Debug, Serialize, ToSchema)]
pub struct GivenBack {
    /// As they were, in order of their start.
    items: Vec<BlockView>,
}

/// Give a series of blocks back, from a time on.
///
/// One of them is given back like any block: `DELETE /schedule/{block_id}`.
#[utoipa::path(
    delete, path = "/schedule/series/{series_id}", tag = "Schedule", operation_id = "deleteBlockSeries", security(("bearer" = [])),
    params(("series_id" = Uuid, Path), FromQuery),
    responses(
        (status = 200, description = "What was given back", body = GivenBack),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/block-not-found`: none starts at that time or later", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/series-refused`, with `refused`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn delete_series(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SeriesId>,
    Query(query): Query<FromQuery>,
) -> Result<Json<GivenBack>, Problem> {
    let gone = schedule::unblock_series(&app, &caller, id, query.read()?).await?;
    Ok(Json(GivenBack { items: gone.into_iter().map(Into::into).collect() }))
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
