//! Who manages sites and resources: wire types, handlers and their documentation.

use axum::extract::State;
use bronya_domain::ids::{ResourceId, SiteId, UserId};
use bronya_store::places::{Managed, Manager};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::caller::Caller;
use super::extract::{Json, Path, Path2, Query};
use super::page::{Cursor, List, PageQuery};
use super::problem::{Problem, ProblemBody};
use super::wire::UtcTime;
use crate::app::{App, managers};

/// Somebody who manages a site or a resource.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Manager)]
pub struct ManagerView {
    /// Who.
    user_id: Uuid,
    /// Since when.
    since: UtcTime,
}

impl From<Manager> for ManagerView {
    fn from(manager: Manager) -> Self {
        Self { user_id: manager.user.0, since: UtcTime(manager.since) }
    }
}

async fn list(app: &App, caller: &Caller, of: Managed, query: &PageQuery) -> Result<Json<List<ManagerView>>, Problem> {
    let page = query.page()?;
    let after = page.after.map(|place| UserId(place.id));
    let found = managers::list(app, caller, of, after, page.rows()).await?;
    Ok(Json(page.list(found, |manager| Cursor::new(manager.since, manager.user.0), ManagerView::from)))
}

/// List who manages a site.
///
/// Whoever manages a site manages all that stands in it.
#[utoipa::path(
    get, path = "/sites/{site_id}/managers", tag = "Managers", operation_id = "listSiteManagers", security(("bearer" = [])),
    params(("site_id" = Uuid, Path), PageQuery),
    responses(
        (status = 200, description = "In the order in which their accounts were made", body = List<ManagerView>),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn of_site(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SiteId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<ManagerView>>, Problem> {
    list(&app, &caller, Managed::Site(id), &query).await
}

/// Make somebody a manager of a site.
#[utoipa::path(
    put, path = "/sites/{site_id}/managers/{user_id}", tag = "Managers", operation_id = "addSiteManager", security(("bearer" = [])),
    params(("site_id" = Uuid, Path), ("user_id" = Uuid, Path)),
    responses(
        (status = 204, description = "The user is a manager now, or was one before"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`, `/problems/user-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn add_to_site(
    State(app): State<App>,
    caller: Caller,
    Path2(id, user): Path2<SiteId, UserId>,
) -> Result<StatusCode, Problem> {
    managers::add(&app, &caller, Managed::Site(id), user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take somebody from the managers of a site.
#[utoipa::path(
    delete, path = "/sites/{site_id}/managers/{user_id}", tag = "Managers", operation_id = "removeSiteManager", security(("bearer" = [])),
    params(("site_id" = Uuid, Path), ("user_id" = Uuid, Path)),
    responses(
        (status = 204, description = "The user is no manager any more"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`, `/problems/user-not-found`: it was no manager", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn remove_from_site(
    State(app): State<App>,
    caller: Caller,
    Path2(id, user): Path2<SiteId, UserId>,
) -> Result<StatusCode, Problem> {
    managers::remove(&app, &caller, Managed::Site(id), user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List who manages a resource.
///
/// Those who manage its site do too, and are not listed here.
#[utoipa::path(
    get, path = "/resources/{resource_id}/managers", tag = "Managers", operation_id = "listResourceManagers", security(("bearer" = [])),
    params(("resource_id" = Uuid, Path), PageQuery),
    responses(
        (status = 200, description = "In the order in which their accounts were made", body = List<ManagerView>),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn of_resource(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ResourceId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<ManagerView>>, Problem> {
    list(&app, &caller, Managed::Resource(id), &query).await
}

/// Make somebody a manager of a resource.
#[utoipa::path(
    put, path = "/resources/{resource_id}/managers/{user_id}", tag = "Managers", operation_id = "addResourceManager", security(("bearer" = [])),
    params(("resource_id" = Uuid, Path), ("user_id" = Uuid, Path)),
    responses(
        (status = 204, description = "The user is a manager now, or was one before"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`, `/problems/user-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn add_to_resource(
    State(app): State<App>,
    caller: Caller,
    Path2(id, user): Path2<ResourceId, UserId>,
) -> Result<StatusCode, Problem> {
    managers::add(&app, &caller, Managed::Resource(id), user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take somebody from the managers of a resource.
#[utoipa::path(
    delete, path = "/resources/{resource_id}/managers/{user_id}", tag = "Managers", operation_id = "removeResourceManager", security(("bearer" = [])),
    params(("resource_id" = Uuid, Path), ("user_id" = Uuid, Path)),
    responses(
        (status = 204, description = "The user is no manager any more"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`, `/problems/user-not-found`: it was no manager", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn remove_from_resource(
    State(app): State<App>,
    caller: Caller,
    Path2(id, user): Path2<ResourceId, UserId>,
) -> Result<StatusCode, Problem> {
    managers::remove(&app, &caller, Managed::Resource(id), user).await?;
    Ok(StatusCode::NO_CONTENT)
}
