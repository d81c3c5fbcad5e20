//! `/groups`: groups of people, for whom places can be kept.

use axum::extract::State;
use axum::response::Response;
use bronya_domain::ids::{GroupId, UserId};
use bronya_domain::limits::{NOTES_CHARS_MAX, TITLE_CHARS_MAX};
use bronya_domain::text;
use bronya_store::Answer;
use bronya_store::groups::{Group, Member};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer;
use super::caller::Caller;
use super::etag::ETag;
use super::extract::{IdempotencyKey, IfMatch, Invalid, Json, Patch, Path, Path2, Query};
use super::page::{Cursor, List, PageQuery};
use super::problem::{Problem, ProblemBody};
use super::wire::{self, UtcTime};
use crate::app::App;
use crate::app::groups::{self, EditGroup};

/// A group of people.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Group)]
pub struct GroupView {
    /// Its id.
    id: Uuid,
    /// What it is called.
    name: String,
    /// More about it.
    #[schema(required = true)]
    description: Option<String>,
    /// Counts its edits, but not who comes and goes; also its `ETag`.
    version: i64,
    /// When it was made.
    created_at: UtcTime,
    /// When it was last edited.
    updated_at: UtcTime,
}

impl From<Group> for GroupView {
    fn from(group: Group) -> Self {
        Self {
            id: group.id.0,
            name: group.name,
            description: group.description,
            version: group.version,
            created_at: UtcTime(group.created_at),
            updated_at: UtcTime(group.updated_at),
        }
    }
}

/// Somebody who is in a group.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Member)]
pub struct MemberView {
    /// Who.
    user_id: Uuid,
    /// Since when.
    since: UtcTime,
}

impl From<Member> for MemberView {
    fn from(member: Member) -> Self {
        Self { user_id: member.user.0, since: UtcTime(member.since) }
    }
}

type One = ([(HeaderName, HeaderValue); 1], Json<GroupView>);

fn one(group: Group) -> One {
    (ETag(group.version).header(), Json(group.into()))
}

#[expect(clippy::unnecessary_wraps, reason = "what a kept answer is made by; of other things there may be none")]
fn render(group: &Group) -> Option<Answer> {
    Some(answer::created(format!("/groups/{}", group.id), Some(group.version), &GroupView::from(group.clone())))
}

/// A group to be.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// What it is called; no two have one name.
    #[schema(min_length = 1, max_length = 200, example = "Staff")]
    name: String,
    /// More about it.
    #[serde(default)]
    #[schema(max_length = 4000)]
    description: Option<String>,
}

/// What changes about a group (JSON Merge Patch, RFC 7396).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupPatch {
    /// Another name.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    name: Patch<String>,
    /// Another description, or `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 4000)]
    description: Patch<String>,
}

fn check(name: Option<&str>, description: Option<&str>, invalid: &mut Invalid) {
    wire::text(name, |text| text::required_line(text, TITLE_CHARS_MAX), "/name", invalid);
    wire::text(description, |text| text::paragraphs(text, NOTES_CHARS_MAX), "/description", invalid);
}

/// List the groups.
///
/// All of them, in one page: there are at most 1,000. For administrators and managers.
#[utoipa::path(
    get, path = "/groups/", tag = "Groups", operation_id = "listGroups", security(("bearer" = [])),
    responses(
        (status = 200, description = "By name", body = List<GroupView>),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<List<GroupView>>, Problem> {
    let found = groups::list(&app, &caller).await?;
    Ok(Json(List { items: found.into_iter().map(GroupView::from).collect(), next_cursor: None }))
}

/// Make a group.
///
/// Only administrators may.
#[utoipa::path(
    post, path = "/groups/", tag = "Groups", operation_id = "createGroup", security(("bearer" = [])),
    request_body = NewGroup,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again for 24 hours")),
    responses(
        (status = 201, description = "Made", body = GroupView, headers(("Location" = String), ("ETag" = String), ("Idempotent-Replayed" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/name-taken`; `/problems/too-many`: more than 1,000", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/idempotency-key-reused`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(new): Json<NewGroup>,
) -> Result<Response, Problem> {
    let mut invalid = Invalid::new();
    check(Some(&new.name), new.description.as_deref(), &mut invalid);
    invalid.finish()?;
    let idempotency = answer::idempotency(key, "POST /groups/", &new, render);
    let reply = groups::create(&app, &caller, new.name, new.description, idempotency).await?;
    Ok(answer::reply(reply, render))
}

/// Read a group.
#[utoipa::path(
    get, path = "/groups/{group_id}", tag = "Groups", operation_id = "getGroup", security(("bearer" = [])),
    params(("group_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The group", body = GroupView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/group-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<GroupId>) -> Result<One, Problem> {
    Ok(one(groups::show(&app, &caller, id).await?))
}

/// Change a group.
#[utoipa::path(
    patch, path = "/groups/{group_id}", tag = "Groups", operation_id = "updateGroup", security(("bearer" = [])),
    request_body(content((GroupPatch = "application/json"), (GroupPatch = "application/merge-patch+json"))),
    params(("group_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The group as it is now", body = GroupView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/group-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/name-taken`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<GroupId>,
    if_match: IfMatch,
    Json(patch): Json<GroupPatch>,
) -> Result<One, Problem> {
    let mut invalid = Invalid::new();
    let edit = EditGroup {
        name: patch.name.into_required("/name", &mut invalid),
        description: patch.description.into_change(),
        versions: if_match.versions(),
    };
    check(edit.name.as_deref(), edit.description.as_ref().and_then(|text| text.as_deref()), &mut invalid);
    invalid.finish()?;
    Ok(one(groups::edit(&app, &caller, id, edit).await?))
}

/// Take a group away.
///
/// What is kept for it alone is then kept for nobody, until its rules are changed.
#[utoipa::path(
    delete, path = "/groups/{group_id}", tag = "Groups", operation_id = "deleteGroup", security(("bearer" = [])),
    params(("group_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 204, description = "Gone"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/group-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<GroupId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    groups::delete(&app, &caller, id, if_match.versions()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List who is in a group.
#[utoipa::path(
    get, path = "/groups/{group_id}/members", tag = "Groups", operation_id = "listMembers", security(("bearer" = [])),
    params(("group_id" = Uuid, Path), PageQuery),
    responses(
        (status = 200, description = "In the order in which their accounts were made", body = List<MemberView>),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/group-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn members(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<GroupId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<MemberView>>, Problem> {
    let page = query.page()?;
    let after = page.after.map(|place| UserId(place.id));
    let found = groups::members(&app, &caller, id, after, page.rows()).await?;
    Ok(Json(page.list(found, |member| Cursor::new(member.since, member.user.0), MemberView::from)))
}

/// Take somebody into a group.
#[utoipa::path(
    put, path = "/groups/{group_id}/members/{user_id}", tag = "Groups", operation_id = "addMember", security(("bearer" = [])),
    params(("group_id" = Uuid, Path), ("user_id" = Uuid, Path)),
    responses(
        (status = 204, description = "The user is in the group now, or was before"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/group-not-found`, `/problems/user-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn add(
    State(app): State<App>,
    caller: Caller,
    Path2(id, user): Path2<GroupId, UserId>,
) -> Result<StatusCode, Problem> {
    groups::add(&app, &caller, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take somebody out of a group.
///
/// Bookings that were made in it stay.
#[utoipa::path(
    delete, path = "/groups/{group_id}/members/{user_id}", tag = "Groups", operation_id = "removeMember", security(("bearer" = [])),
    params(("group_id" = Uuid, Path), ("user_id" = Uuid, Path)),
    responses(
        (status = 204, description = "The user is not in the group any more"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/group-not-found`, `/problems/user-not-found`: it was not in it", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path2(id, user): Path2<GroupId, UserId>,
) -> Result<StatusCode, Problem> {
    groups::remove(&app, &caller, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
