//! `/audit`: the log of who did what when, for administrators.

use axum::extract::State;
use bronya_store::events::Event;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::caller::Caller;
use super::extract::{Json, Query};
use super::page::{Cursor, List, PageQuery};
use super::problem::{Problem, ProblemBody};
use super::wire::UtcTime;
use crate::app::{App, audit};

/// A line of the log. Nothing is ever changed in it or taken out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEvent)]
pub struct EventView {
    /// Its id.
    id: Uuid,
    /// When it happened.
    at: UtcTime,
    /// What happened.
    #[schema(example = "booking.created")]
    action: String,
    /// Who did it, where that is known.
    #[schema(required = true)]
    actor_id: Option<Uuid>,
    /// The resource it is about.
    #[schema(required = true)]
    resource_id: Option<Uuid>,
    /// The booking it is about.
    #[schema(required = true)]
    booking_id: Option<Uuid>,
    /// The block it is about.
    #[schema(required = true)]
    block_id: Option<Uuid>,
    /// The user it is about.
    #[schema(required = true)]
    user_id: Option<Uuid>,
    /// The site it is about.
    #[schema(required = true)]
    site_id: Option<Uuid>,
    /// The area it is about.
    #[schema(required = true)]
    area_id: Option<Uuid>,
    /// The kind of resource it is about.
    #[schema(required = true)]
    kind_id: Option<Uuid>,
    /// The group it is about.
    #[schema(required = true)]
    group_id: Option<Uuid>,
    /// The request that asked for it: its `X-Request-Id`.
    #[schema(required = true)]
    request_id: Option<Uuid>,
    /// The client's address.
    #[schema(required = true)]
    address: Option<String>,
}

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        Self {
            id: event.id,
            at: UtcTime(event.at),
            action: event.action,
            actor_id: event.actor.map(|id| id.0),
            resource_id: event.resource.map(|id| id.0),
            booking_id: event.booking.map(|id| id.0),
            block_id: event.block.map(|id| id.0),
            user_id: event.user.map(|id| id.0),
            site_id: event.site.map(|id| id.0),
            area_id: event.area.map(|id| id.0),
            kind_id: event.kind.map(|id| id.0),
            group_id: event.group.map(|id| id.0),
            request_id: event.origin.request,
            address: event.origin.address,
        }
    }
}

/// Read the audit log.
#[utoipa::path(
    get, path = "/audit/", tag = "Audit", operation_id = "listAuditEvents", security(("bearer" = [])),
    params(PageQuery),
    responses(
        (status = 200, description = "The newest first", body = List<EventView>),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<EventView>>, Problem> {
    let page = query.page()?;
    let events = audit::list(&app, &caller, page.after.map(|place| place.id), page.rows()).await?;
    Ok(Json(page.list(events, |it| Cursor::new(it.at, it.id), EventView::from)))
}
