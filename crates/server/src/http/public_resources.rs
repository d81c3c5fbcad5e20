//! `/public/resources`: what is `public`, for whoever has no account: what it is, and when it is free. Nothing about anybody, about why
//! something is not free, or about what is not public.

use axum::extract::State;
use axum::response::Response;
use bronya_domain::ids::ResourceId;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::availability::{checked, window};
use super::extract::{Invalid, Json, Path, Query};
use super::pictures::{self, PictureBytes, PictureView};
use super::problem::{Problem, ProblemBody};
use super::users::Anonymous;
use super::wire::UtcTime;
use crate::app::App;
use crate::app::public_resources::{self, FreeOrBusy, Shown};

/// The site on whose page a resource can be booked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicResourceSite)]
pub struct SiteName {
    /// What it is called.
    name: String,
    /// Its name in addresses: the page is `/book/{slug}`.
    slug: String,
}

/// A resource that everybody may know of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicResource)]
pub struct ResourceView {
    /// Its id.
    id: Uuid,
    /// What it is called.
    name: String,
    /// What kind of thing it is.
    #[schema(required = true)]
    kind: Option<String>,
    /// More about it.
    #[schema(required = true)]
    description: Option<String>,
    /// How many people it seats.
    #[schema(required = true)]
    capacity: Option<u32>,
    /// Whose clock its times are on.
    time_zone: String,
    /// Its picture, whose bytes are at `/public/resources/{resource_id}/picture`.
    #[schema(required = true)]
    picture: Option<PictureView>,
    /// Where it can be booked without an account; `null` where it can't.
    #[schema(required = true)]
    site: Option<SiteName>,
}

impl From<Shown> for ResourceView {
    fn from(Shown { resource, site }: Shown) -> Self {
        let attributes = resource.attributes;
        Self {
            id: resource.id.0,
            name: attributes.name,
            kind: attributes.kind,
            description: attributes.description,
            capacity: attributes.capacity,
            time_zone: attributes.time_zone,
            picture: attributes.profile.picture.map(Into::into),
            site: site.map(|site| SiteName { name: site.attributes.name, slug: site.attributes.slug }),
        }
    }
}

/// Read what a public resource is.
///
/// For everybody, without an account. What is not public is not there.
#[utoipa::path(
    get, path = "/public/resources/{resource_id}", tag = "Public resources", operation_id = "getPublicResource",
    params(("resource_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The resource", body = ResourceView),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
        (status = 503, description = "`/problems/overloaded`, `/problems/unavailable`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn show(
    State(app): State<App>,
    Path(id): Path<ResourceId>,
    visitor: Anonymous,
) -> Result<Json<ResourceView>, Problem> {
    Ok(Json(public_resources::shown(&app, id, visitor.into()).await?.into()))
}

/// From when to when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WindowQuery {
    /// From when on (RFC 3339 with an offset).
    from: String,
    /// Until when; at most 62 days later.
    to: String,
}

/// A stretch of time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicStretch)]
pub struct StretchView {
    /// From when on.
    starts_at: UtcTime,
    /// Until when.
    ends_at: UtcTime,
}

/// When a resource is free.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicAvailability)]
pub struct AvailabilityView {
    /// When something of it is free, in order.
    free: Vec<StretchView>,
    /// When nothing is, in order: taken, held, kept free around what is taken, closed or over. Which of these, nobody is told.
    busy: Vec<StretchView>,
}

impl From<Vec<FreeOrBusy>> for AvailabilityView {
    fn from(stretches: Vec<FreeOrBusy>) -> Self {
        let (free, busy): (Vec<_>, Vec<_>) = stretches.into_iter().partition(|it| it.is_free);
        let shown = |it: FreeOrBusy| StretchView {
            starts_at: UtcTime(it.interval.start()),
            ends_at: UtcTime(it.interval.end()),
        };
        Self { free: free.into_iter().map(shown).collect(), busy: busy.into_iter().map(shown).collect() }
    }
}

/// See when a public resource is free.
///
/// For everybody, without an account: free and busy, and nothing else.
#[utoipa::path(
    get, path = "/public/resources/{resource_id}/availability", tag = "Public resources", operation_id = "getPublicAvailability",
    params(("resource_id" = Uuid, Path), WindowQuery),
    responses(
        (status = 200, description = "Its time, from `from` to `to`", body = AvailabilityView),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
        (status = 503, description = "`/problems/overloaded`, `/problems/unavailable`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn availability(
    State(app): State<App>,
    Path(id): Path<ResourceId>,
    visitor: Anonymous,
    Query(query): Query<WindowQuery>,
) -> Result<Json<AvailabilityView>, Problem> {
    let mut invalid = Invalid::new();
    let window = window(&query.from, &query.to, &mut invalid);
    let window = checked(window, invalid)?;
    Ok(Json(public_resources::free_and_busy(&app, id, window, visitor.into()).await?.into()))
}

/// See a public resource's picture.
///
/// For everybody, without an account. Ask again with `If-None-Match`.
#[utoipa::path(
    get, path = "/public/resources/{resource_id}/picture", tag = "Public resources", operation_id = "getPublicPicture",
    params(("resource_id" = Uuid, Path), ("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The picture", body = PictureBytes, content_type = "image/jpeg", headers(("ETag" = String), ("Cache-Control" = String))),
        (status = 304, description = "It is the one that `If-None-Match` names", headers(("ETag" = String), ("Cache-Control" = String))),
        (status = 404, description = "`/problems/resource-not-found`, `/problems/picture-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn picture(
    State(app): State<App>,
    Path(id): Path<ResourceId>,
    visitor: Anonymous,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let is_known = move |picture: &_| pictures::is_named(picture, &headers);
    let (picture, bytes) = public_resources::picture(&app, id, visitor.into(), is_known).await?;
    Ok(pictures::shown(&picture, bytes))
}
