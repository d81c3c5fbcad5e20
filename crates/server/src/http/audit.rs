//! `/audit`: the log of who did what when, for administrators.

use axum::extract::State;
use bronya_domain::ids::{AreaId, BlockId, BookingId, GroupId, KindId, ResourceId, SiteId, UserId};
use bronya_store::events::{Event, Filter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::caller::Caller;
use super::extract::{Invalid, Json, Query};
use super::page::{Cursor, List, Page};
use super::problem::{Problem, ProblemBody};
use super::told::MovedView;
use super::wire::{self, UtcTime};
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
    /// From where to where the booking went.
    #[schema(required = true)]
    moved: Option<MovedView>,
    /// Names of the rules that were set aside for the booking. Why, its history says (`GET /bookings/{booking_id}/events`).
    rules_set_aside: Vec<String>,
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
            moved: event.detail.moved.map(Into::into),
            rules_set_aside: event.detail.set_aside.map(|it| it.rules).unwrap_or_default(),
            request_id: event.origin.request,
            address: event.origin.address,
        }
    }
}

/// Actions that one question names at most.
const ACTIONS_MAX: usize = 20;
/// How long the name of one is at most.
const ACTION_CHARS_MAX: usize = 64;

/// What the log is narrowed to; all of it has to hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Done by this user, or at this display.
    #[param(required = false)]
    actor_id: Option<String>,
    /// Done by this user, or to the account.
    #[param(required = false)]
    person_id: Option<String>,
    /// About this user.
    #[param(required = false)]
    user_id: Option<String>,
    /// About this resource.
    #[param(required = false)]
    resource_id: Option<String>,
    /// About this booking.
    #[param(required = false)]
    booking_id: Option<String>,
    /// About this block.
    #[param(required = false)]
    block_id: Option<String>,
    /// About this site.
    #[param(required = false)]
    site_id: Option<String>,
    /// About this area.
    #[param(required = false)]
    area_id: Option<String>,
    /// About this kind.
    #[param(required = false)]
    kind_id: Option<String>,
    /// About this group.
    #[param(required = false)]
    group_id: Option<String>,
    /// What happened: actions (`booking.cancelled`) or families of them (`booking`), at most 20, with commas between them.
    #[param(required = false, example = "booking.rejected,booking.cancelled")]
    action: Option<String>,
    /// At this time or later (RFC 3339 with an offset).
    #[param(required = false)]
    from: Option<String>,
    /// Before this time; at most 366 days after `from`.
    #[param(required = false)]
    to: Option<String>,
    /// How many items at most.
    #[param(required = false, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<i64>,
    /// Where to go on: the `next_cursor` of the page before.
    #[param(required = false)]
    cursor: Option<String>,
}

impl AuditQuery {
    fn filter(&self) -> Result<Filter, Problem> {
        let mut invalid = Invalid::new();
        let mut id = |text: &Option<String>, pointer| wire::id(text.as_deref(), pointer, &mut invalid);
        let filter = Filter {
            actor: id(&self.actor_id, "/actor_id").map(UserId),
            person: id(&self.person_id, "/person_id").map(UserId),
            user: id(&self.user_id, "/user_id").map(UserId),
            resource: id(&self.resource_id, "/resource_id").map(ResourceId),
            booking: id(&self.booking_id, "/booking_id").map(BookingId),
            block: id(&self.block_id, "/block_id").map(BlockId),
            site: id(&self.site_id, "/site_id").map(SiteId),
            area: id(&self.area_id, "/area_id").map(AreaId),
            kind: id(&self.kind_id, "/kind_id").map(KindId),
            group: id(&self.group_id, "/group_id").map(GroupId),
            actions: self.action.iter().flat_map(|text| text.split(',')).map(str::to_owned).collect(),
            from: None,
            to: None,
        };
        let is_action = |word: &String| {
            let plain = word.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.'));
            !word.is_empty() && word.len() <= ACTION_CHARS_MAX && plain
        };
        if ACTIONS_MAX < filter.actions.len() || !filter.actions.iter().all(is_action) {
            invalid.push(
                "/action",
                format!("must be 1 to {ACTIONS_MAX} actions such as booking.cancelled, or families such as booking"),
            );
        }
        invalid.finish()?;
        let (from, to) = wire::range(self.from.as_deref(), self.to.as_deref())?;
        Ok(Filter { from, to, ..filter })
    }
}

/// Read the audit log.
///
/// Narrowed to who did it, to what it is about, to what happened and when. One answer looks at 20,000 lines at most: where few of them are
/// wanted a page may hold less than `limit`, or nothing, and a `next_cursor` all the same. `null` is the end.
#[utoipa::path(
    get, path = "/audit/", tag = "Audit", operation_id = "listAuditEvents", security(("bearer" = [])),
    params(AuditQuery),
    responses(
        (status = 200, description = "The newest first", body = List<EventView>),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<AuditQuery>,
) -> Result<Json<List<EventView>>, Problem> {
    let page = Page::new(query.limit, query.cursor.as_deref())?;
    let found = audit::search(&app, &caller, query.filter()?, page.after.map(|place| place.id), page.rows()).await?;
    let list = page.list(found.events, |it| Cursor::new(it.at, it.id), EventView::from);
    let next_cursor = list.next_cursor.or(found.looked_to.map(|(at, id)| Cursor::new(at, id).encode()));
    Ok(Json(List { next_cursor, ..list }))
}
