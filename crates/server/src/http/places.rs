//! `/sites` and `/areas`: wire types, handlers and their documentation. Their rules are in `rules`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bronya_domain::ids::{AreaId, SiteId};
use bronya_domain::place::{Area, AreaAttributes, POSITION_MAX, Site, SiteAttributes};
use bronya_domain::resource::AttributeProblem;
use bronya_store::Answer;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer;
use super::caller::Caller;
use super::etag::ETag;
use super::extract::{IdempotencyKey, IfMatch, Invalid, Json, Patch, Path, Query};
use super::page::{Cursor, List, Page, PageQuery};
use super::problem::{Problem, ProblemBody};
use super::wire::{self, UtcTime};
use crate::app::App;
use crate::app::places::{self, EditArea, EditSite};

/// A restaurant, an office, a sports hall: what has an address, opening hours and rules.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Site)]
pub struct SiteView {
    /// Its id.
    id: Uuid,
    /// What it is called.
    name: String,
    /// Its name in addresses; no two sites have the same.
    slug: String,
    /// Where it is.
    #[schema(required = true)]
    address: Option<String>,
    /// An IANA time zone name, which new resources take over.
    time_zone: String,
    /// A language tag.
    locale: String,
    /// Counts its edits, those of its rules among them; also its `ETag`.
    version: i64,
    /// When it was added.
    created_at: UtcTime,
    /// When it was last edited.
    updated_at: UtcTime,
}

impl From<Site> for SiteView {
    fn from(site: Site) -> Self {
        let attributes = site.attributes;
        Self {
            id: site.id.0,
            name: attributes.name,
            slug: attributes.slug,
            address: attributes.address,
            time_zone: attributes.time_zone,
            locale: attributes.locale,
            version: site.version,
            created_at: UtcTime(site.created_at),
            updated_at: UtcTime(site.updated_at),
        }
    }
}

type OneSite = ([(HeaderName, HeaderValue); 1], Json<SiteView>);

fn one_site(site: Site) -> OneSite {
    (ETag(site.version).header(), Json(site.into()))
}

/// A site to be.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSite {
    /// What it is called.
    #[schema(min_length = 1, max_length = 200, example = "Neva")]
    name: String,
    /// Its name in addresses: lower-case letters, digits and hyphens.
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9-]+$", example = "neva")]
    slug: String,
    /// Where it is.
    #[serde(default)]
    #[schema(max_length = 4000)]
    address: Option<String>,
    /// An IANA time zone name.
    #[serde(default)]
    #[schema(default = "UTC", example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// A language tag.
    #[serde(default)]
    #[schema(default = "en", example = "pt-BR")]
    locale: Option<String>,
}

/// The time zone of a site that names none.
const TIME_ZONE_DEFAULT: &str = "UTC";
/// The locale of a site that names none.
const LOCALE_DEFAULT: &str = "en";

fn note(problems: Vec<AttributeProblem>, invalid: &mut Invalid) {
    for problem in problems {
        invalid.push(format!("/{}", problem.attribute), problem.detail);
    }
}

impl NewSite {
    fn attributes(&self) -> Result<SiteAttributes, Problem> {
        let attributes = SiteAttributes {
            name: self.name.clone(),
            slug: self.slug.clone(),
            address: self.address.clone(),
            time_zone: self.time_zone.clone().unwrap_or_else(|| TIME_ZONE_DEFAULT.to_owned()),
            locale: self.locale.clone().unwrap_or_else(|| LOCALE_DEFAULT.to_owned()),
            rules: Arc::default(),
        };
        let mut invalid = Invalid::new();
        note(attributes.check(), &mut invalid);
        invalid.finish()?;
        Ok(attributes)
    }
}

/// What changes about a site (JSON Merge Patch, RFC 7396).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SitePatch {
    /// A new name.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    name: Patch<String>,
    /// A new slug.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 64)]
    slug: Patch<String>,
    /// A new address, or `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 4000)]
    address: Patch<String>,
    /// Another time zone; `null` for UTC. Resources keep theirs.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    time_zone: Patch<String>,
    /// Another locale; `null` for `en`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    locale: Patch<String>,
}

impl SitePatch {
    fn edit(self, versions: Option<Vec<i64>>) -> Result<EditSite, Problem> {
        let mut invalid = Invalid::new();
        let edit = EditSite {
            name: self.name.into_required("/name", &mut invalid),
            slug: self.slug.into_required("/slug", &mut invalid),
            address: self.address.into_change(),
            time_zone: self.time_zone.into_change().map(|zone| zone.unwrap_or_else(|| TIME_ZONE_DEFAULT.to_owned())),
            locale: self.locale.into_change().map(|locale| locale.unwrap_or_else(|| LOCALE_DEFAULT.to_owned())),
            rules: None,
            versions,
        };
        // Each attribute stands for itself, so what stays as it is can be stood in for by anything that is right.
        let or = |value: &Option<String>, right: &str| value.clone().unwrap_or_else(|| right.to_owned());
        let stood_in = SiteAttributes {
            name: or(&edit.name, "any"),
            slug: or(&edit.slug, "any"),
            address: edit.address.clone().flatten(),
            time_zone: or(&edit.time_zone, TIME_ZONE_DEFAULT),
            locale: or(&edit.locale, LOCALE_DEFAULT),
            rules: Arc::default(),
        };
        note(stood_in.check(), &mut invalid);
        invalid.finish()?;
        Ok(edit)
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what a kept answer is made by; of other things there may be none")]
fn render_site(site: &Site) -> Option<Answer> {
    Some(answer::created(format!("/sites/{}", site.id), Some(site.version), &SiteView::from(site.clone())))
}

/// Which sites.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SiteQuery {
    /// Only what you manage; for administrators that is everything. Who manages single resources of a site does not manage it.
    #[serde(default)]
    #[param(required = false, default = false)]
    managed: bool,
    /// How many items at most.
    #[param(required = false, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<i64>,
    /// Where to go on: the `next_cursor` of the page before.
    #[param(required = false)]
    cursor: Option<String>,
}

/// List sites.
#[utoipa::path(
    get, path = "/sites/", tag = "Places", operation_id = "listSites", security(("bearer" = [])),
    params(SiteQuery),
    responses(
        (status = 200, description = "In the order they were added", body = List<SiteView>),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<SiteQuery>,
) -> Result<Json<List<SiteView>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor }.page()?;
    let after = page.after.map(|place| SiteId(place.id));
    let found = places::sites(&app, &caller, query.managed, after, page.rows()).await?;
    Ok(Json(page.list(found, |site| Cursor::new(site.created_at, site.id.0), SiteView::from)))
}

/// Add a site.
///
/// Only administrators may; they name its managers then.
#[utoipa::path(
    post, path = "/sites/", tag = "Places", operation_id = "createSite", security(("bearer" = [])),
    request_body = NewSite,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again for 24 hours")),
    responses(
        (status = 201, description = "Added", body = SiteView, headers(("Location" = String), ("ETag" = String), ("Idempotent-Replayed" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/slug-taken`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/idempotency-key-reused`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(new): Json<NewSite>,
) -> Result<Response, Problem> {
    let attributes = new.attributes()?;
    let idempotency = answer::idempotency(key, "POST /sites/", &new, render_site);
    let reply = places::create_site(&app, &caller, attributes, idempotency).await?;
    Ok(answer::reply(reply, render_site))
}

/// Read a site.
#[utoipa::path(
    get, path = "/sites/{site_id}", tag = "Places", operation_id = "getSite", security(("bearer" = [])),
    params(("site_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The site", body = SiteView, headers(("ETag" = String))),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<SiteId>) -> Result<OneSite, Problem> {
    Ok(one_site(places::site(&app, &caller, id).await?))
}

/// Edit a site.
#[utoipa::path(
    patch, path = "/sites/{site_id}", tag = "Places", operation_id = "updateSite", security(("bearer" = [])),
    request_body(content((SitePatch = "application/json"), (SitePatch = "application/merge-patch+json"))),
    params(("site_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The site as it is now", body = SiteView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/slug-taken`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SiteId>,
    if_match: IfMatch,
    Json(patch): Json<SitePatch>,
) -> Result<OneSite, Problem> {
    let edit = patch.edit(if_match.versions())?;
    Ok(one_site(places::edit_site(&app, &caller, id, edit).await?))
}

/// Delete a site.
///
/// Only administrators may, and only a site in which nothing stands.
#[utoipa::path(
    delete, path = "/sites/{site_id}", tag = "Places", operation_id = "deleteSite", security(("bearer" = [])),
    params(("site_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 204, description = "Gone"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/place-in-use`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SiteId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    places::delete_site(&app, &caller, id, if_match.versions()).await?;
    Ok(StatusCode::NO_CONTENT)
}

// --- areas -------------------------------------------------------------------------------------------------------

/// A part of a site: a hall, a terrace, a floor.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Area)]
pub struct AreaView {
    /// Its id.
    id: Uuid,
    /// The site that it is a part of.
    site_id: Uuid,
    /// The area that it stands in; `null` where that is the site itself.
    #[schema(required = true)]
    parent_id: Option<Uuid>,
    /// What it is called.
    name: String,
    /// Its place among its siblings: the smallest stands first.
    position: u32,
    /// Counts its edits, those of its rules among them; also its `ETag`.
    version: i64,
    /// When it was added.
    created_at: UtcTime,
    /// When it was last edited.
    updated_at: UtcTime,
}

impl From<Area> for AreaView {
    fn from(area: Area) -> Self {
        Self {
            id: area.id.0,
            site_id: area.site.0,
            parent_id: area.attributes.parent.map(|id| id.0),
            name: area.attributes.name,
            position: area.attributes.position,
            version: area.version,
            created_at: UtcTime(area.created_at),
            updated_at: UtcTime(area.updated_at),
        }
    }
}

type OneArea = ([(HeaderName, HeaderValue); 1], Json<AreaView>);

fn one_area(area: Area) -> OneArea {
    (ETag(area.version).header(), Json(area.into()))
}

/// An area to be.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewArea {
    /// What it is called.
    #[schema(min_length = 1, max_length = 200, example = "Terrace")]
    name: String,
    /// The area that it stands in; without one, the site itself. Areas stand at most 8 deep in one another.
    #[serde(default)]
    #[schema(format = "uuid")]
    parent_id: Option<String>,
    /// Its place among its siblings.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000, default = 0)]
    position: Option<i64>,
}

fn position(number: i64, invalid: &mut Invalid) -> Option<u32> {
    wire::number(number, 0, POSITION_MAX, "/position", invalid)
}

impl NewArea {
    fn attributes(&self) -> Result<AreaAttributes, Problem> {
        let mut invalid = Invalid::new();
        let attributes = AreaAttributes {
            parent: wire::id(self.parent_id.as_deref(), "/parent_id", &mut invalid).map(AreaId),
            name: self.name.clone(),
            position: position(self.position.unwrap_or(0), &mut invalid).unwrap_or(0),
            rules: Arc::default(),
        };
        note(attributes.check(), &mut invalid);
        invalid.finish()?;
        Ok(attributes)
    }
}

/// What changes about an area (JSON Merge Patch, RFC 7396).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaPatch {
    /// A new name.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    name: Patch<String>,
    /// Another area of the same site to stand in, or `null` for the site itself.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    parent_id: Patch<String>,
    /// Another place among its siblings; `null` for 0.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000)]
    position: Patch<i64>,
}

impl AreaPatch {
    fn edit(self, versions: Option<Vec<i64>>) -> Result<EditArea, Problem> {
        let mut invalid = Invalid::new();
        let parent = self.parent_id.into_change();
        let edit = EditArea {
            name: self.name.into_required("/name", &mut invalid),
            parent: parent.map(|id| wire::id(id.as_deref(), "/parent_id", &mut invalid).map(AreaId)),
            position: self.position.into_change().and_then(|number| position(number.unwrap_or(0), &mut invalid)),
            rules: None,
            versions,
        };
        let stood_in = AreaAttributes {
            parent: None,
            name: edit.name.clone().unwrap_or_else(|| "any".to_owned()),
            position: 0,
            rules: Arc::default(),
        };
        note(stood_in.check(), &mut invalid);
        invalid.finish()?;
        Ok(edit)
    }
}

#[expect(clippy::unnecessary_wraps, reason = "what a kept answer is made by; of other things there may be none")]
fn render_area(area: &Area) -> Option<Answer> {
    Some(answer::created(format!("/areas/{}", area.id), Some(area.version), &AreaView::from(area.clone())))
}

/// List the areas of a site.
///
/// All of them, in one page: a site has at most 1,000.
#[utoipa::path(
    get, path = "/sites/{site_id}/areas", tag = "Places", operation_id = "listAreas", security(("bearer" = [])),
    params(("site_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The smallest position first", body = List<AreaView>),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list_areas(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SiteId>,
) -> Result<Json<List<AreaView>>, Problem> {
    let found = places::areas(&app, &caller, id).await?;
    Ok(Json(List { items: found.into_iter().map(AreaView::from).collect(), next_cursor: None }))
}

/// Which areas.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AreaQuery {
    /// Those of this site.
    #[param(required = false, format = "uuid")]
    site_id: Option<String>,
    /// How many items at most.
    #[param(required = false, minimum = 1, maximum = 1000, default = 100)]
    limit: Option<i64>,
    /// Where to go on: the `next_cursor` of the page before.
    #[param(required = false)]
    cursor: Option<String>,
}

/// List the areas of all sites.
#[utoipa::path(
    get, path = "/areas/", tag = "Places", operation_id = "listAllAreas", security(("bearer" = [])),
    params(AreaQuery),
    responses(
        (status = 200, description = "In the order they were added", body = List<AreaView>),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list_all_areas(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<AreaQuery>,
) -> Result<Json<List<AreaView>>, Problem> {
    let page = Page::new(query.limit, query.cursor.as_deref())?;
    let mut invalid = Invalid::new();
    let site = wire::id(query.site_id.as_deref(), "/site_id", &mut invalid).map(SiteId);
    invalid.finish()?;
    let after = page.after.map(|place| AreaId(place.id));
    let found = places::areas_after(&app, &caller, site, after, page.rows()).await?;
    Ok(Json(page.list(found, |area| Cursor::new(area.created_at, area.id.0), AreaView::from)))
}

/// Add an area to a site.
#[utoipa::path(
    post, path = "/sites/{site_id}/areas", tag = "Places", operation_id = "createArea", security(("bearer" = [])),
    request_body = NewArea,
    params(("site_id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again for 24 hours")),
    responses(
        (status = 201, description = "Added", body = AreaView, headers(("Location" = String), ("ETag" = String), ("Idempotent-Replayed" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/idempotency-key-reused`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn create_area(
    State(app): State<App>,
    caller: Caller,
    Path(site): Path<SiteId>,
    key: IdempotencyKey,
    Json(new): Json<NewArea>,
) -> Result<Response, Problem> {
    let attributes = new.attributes()?;
    let idempotency = answer::idempotency(key, "POST /sites/{site_id}/areas", &(site.0, &new), render_area);
    let reply = places::create_area(&app, &caller, site, attributes, idempotency).await?;
    Ok(answer::reply(reply, render_area))
}

/// Read an area.
#[utoipa::path(
    get, path = "/areas/{area_id}", tag = "Places", operation_id = "getArea", security(("bearer" = [])),
    params(("area_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The area", body = AreaView, headers(("ETag" = String))),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn show_area(State(app): State<App>, caller: Caller, Path(id): Path<AreaId>) -> Result<OneArea, Problem> {
    Ok(one_area(places::area(&app, &caller, id).await?))
}

/// Edit an area.
///
/// What stands in it moves with it, and is at once under the rules of where it stands then.
#[utoipa::path(
    patch, path = "/areas/{area_id}", tag = "Places", operation_id = "updateArea", security(("bearer" = [])),
    request_body(content((AreaPatch = "application/json"), (AreaPatch = "application/merge-patch+json"))),
    params(("area_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The area as it is now", body = AreaView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn update_area(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AreaId>,
    if_match: IfMatch,
    Json(patch): Json<AreaPatch>,
) -> Result<OneArea, Problem> {
    let edit = patch.edit(if_match.versions())?;
    Ok(one_area(places::edit_area(&app, &caller, id, edit).await?))
}

/// Delete an area.
///
/// Only one in which nothing stands.
#[utoipa::path(
    delete, path = "/areas/{area_id}", tag = "Places", operation_id = "deleteArea", security(("bearer" = [])),
    params(("area_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 204, description = "Gone"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/place-in-use`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn delete_area(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AreaId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    places::delete_area(&app, &caller, id, if_match.versions()).await?;
    Ok(StatusCode::NO_CONTENT)
}
