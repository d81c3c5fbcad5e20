//! `/resources/{id}/picture`: one picture of a resource, taken in as JPEG, PNG or WebP and shown as JPEG.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use bronya_domain::command::Targeted;
use bronya_domain::ids::ResourceId;
use bronya_domain::limits::REASON_CHARS_MAX;
use bronya_domain::profile::Picture;
use bronya_domain::text;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use image::ImageFormat;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use uuid::Uuid;

use super::caller::Caller;
use super::extract::{IfMatch, Invalid, Path, Query, essence, read_body};
use super::problem::{Problem, ProblemBody, ProblemKind};
use super::resources::{One, one};
use super::wire;
use crate::app::App;
use crate::app::pictures;

/// Bytes of a picture that comes in.
pub const PICTURE_BYTES_MAX: usize = 5 * 1_024 * 1_024;

/// The bytes of a picture, as the document of the API names them.
#[derive(Debug)]
pub struct PictureBytes;

impl PartialSchema for PictureBytes {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build().into()
    }
}

impl ToSchema for PictureBytes {}

/// A resource's picture. Its bytes are at `/resources/{resource_id}/picture`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Picture)]
pub struct PictureView {
    /// Changes with the picture; also its `ETag`.
    id: Uuid,
    /// What is to be seen, for those who don't see it.
    #[schema(required = true)]
    alt: Option<String>,
    /// Its width in pixels.
    width: u32,
    /// Its height in pixels.
    height: u32,
}

impl From<Picture> for PictureView {
    fn from(picture: Picture) -> Self {
        Self { id: picture.id.0, alt: picture.alt, width: picture.width, height: picture.height }
    }
}

/// What is said of a picture.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PictureQuery {
    /// What is to be seen, for those who don't see it: one line.
    #[param(required = false, max_length = 500)]
    alt: Option<String>,
}

/// Give a resource a picture.
///
/// JPEG, PNG or WebP of at most 5 MiB, 25 million pixels and 10,000 pixels a side. It is written anew as JPEG of at most 1,600
/// pixels a side: nothing of the file stays but what is to be seen.
#[utoipa::path(
    put, path = "/resources/{resource_id}/picture", tag = "Resources", operation_id = "putPicture", security(("bearer" = [])),
    request_body(content((PictureBytes = "image/jpeg"), (PictureBytes = "image/png"), (PictureBytes = "image/webp"))),
    params(("resource_id" = Uuid, Path), PictureQuery, ("If-Match" = Option<String>, Header, description = "A version of the resource")),
    responses(
        (status = 200, description = "The resource as it is now", body = super::resources::ResourceView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`: too many pixels, or not the format that `Content-Type` names", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn put(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ResourceId>,
    Query(query): Query<PictureQuery>,
    if_match: IfMatch,
    request: Request<Body>,
) -> Result<One, Problem> {
    let format = format_of(request.headers())?;
    let mut invalid = Invalid::new();
    wire::text(query.alt.as_deref(), |text| text::required_line(text, REASON_CHARS_MAX), "/alt", &mut invalid);
    invalid.finish()?;
    // Who may not is told so before anything large is read and worked on.
    pictures::may_change(&app, &caller, id).await?;
    let sent = read_body(request, |_| PICTURE_BYTES_MAX).await?;
    let target = Targeted { id, versions: if_match.versions() };
    Ok(one(pictures::put(&app, &caller, target, format, sent, query.alt).await?))
}

/// See a resource's picture.
///
/// For whoever may know of the resource. Ask again with `If-None-Match`.
#[utoipa::path(
    get, path = "/resources/{resource_id}/picture", tag = "Resources", operation_id = "getPicture", security(("bearer" = [])),
    params(("resource_id" = Uuid, Path), ("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The picture", body = PictureBytes, content_type = "image/jpeg", headers(("ETag" = String), ("Cache-Control" = String))),
        (status = 304, description = "It is the one that `If-None-Match` names", headers(("ETag" = String), ("Cache-Control" = String))),
        (status = 404, description = "`/problems/resource-not-found`, `/problems/picture-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ResourceId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (picture, bytes) = pictures::show(&app, &caller, id, move |picture| is_named(picture, &headers)).await?;
    Ok(shown(&picture, bytes))
}

/// The format that a request says its picture is of.
pub(super) fn format_of(headers: &HeaderMap) -> Result<ImageFormat, Problem> {
    match essence(headers).map(str::to_ascii_lowercase).as_deref() {
        Some("image/jpeg") => Ok(ImageFormat::Jpeg),
        Some("image/png") => Ok(ImageFormat::Png),
        Some("image/webp") => Ok(ImageFormat::WebP),
        _ => {
            Err(ProblemKind::UnsupportedMediaType
                .detail("send `Content-Type: image/jpeg`, `image/png` or `image/webp`"))
        }
    }
}

/// Whether `If-None-Match` names this picture.
pub(super) fn is_named(picture: &Picture, headers: &HeaderMap) -> bool {
    let tag = tag(picture);
    let values = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).any(|it| it == "*" || it.trim_start_matches("W/") == tag)
}

/// The bytes of a picture, or that they are the ones that the client has.
pub(super) fn shown(picture: &Picture, bytes: Option<Vec<u8>>) -> Response {
    let tag = HeaderValue::try_from(tag(picture)).unwrap_or(HeaderValue::from_static("\"\""));
    // What only some may see is kept by nobody in between; and whoever keeps it asks whether it is still there to be seen.
    let headers = [(ETAG, tag), (CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
    match bytes {
        None => (StatusCode::NOT_MODIFIED, headers).into_response(),
        Some(bytes) => (headers, [(CONTENT_TYPE, HeaderValue::from_static("image/jpeg"))], bytes).into_response(),
    }
}

fn tag(picture: &Picture) -> String {
    format!("\"{}\"", picture.id.0)
}

/// Take a resource's picture away.
#[utoipa::path(
    delete, path = "/resources/{resource_id}/picture", tag = "Resources", operation_id = "deletePicture", security(("bearer" = [])),
    params(("resource_id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "A version of the resource")),
    responses(
        (status = 204, description = "It has none now, or had none before"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ResourceId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    pictures::delete(&app, &caller, Targeted { id, versions: if_match.versions() }).await?;
    Ok(StatusCode::NO_CONTENT)
}
