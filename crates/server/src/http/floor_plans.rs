//! `/sites/{id}/floor-plan` and `/areas/{id}/floor-plan`, with the picture under each: wire types, handlers and their documentation.
//! The same for both, but for what the path names.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bronya_domain::facts::PlaceId;
use bronya_domain::floor_plan::{
    Drawing, Frame, OPACITY_PERCENT_DEFAULT, Outline, PLACED_MAX, Placed, SIDES_CM_DEFAULT, Shape, ShapeKind,
};
use bronya_domain::ids::{AreaId, ResourceId, SiteId};
use bronya_domain::profile::Picture;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::caller::Caller;
use super::etag::ETag;
use super::extract::{IfMatch, Invalid, Json, Path, read_body};
use super::pictures::{self, PICTURE_BYTES_MAX, PictureBytes};
use super::problem::{Problem, ProblemBody};
use super::wire::{self, UtcTime, Word};
use crate::app::App;
use crate::app::floor_plans::{self, Seen};

/// The outline of a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = PlacedShape)]
pub enum OutlineWord {
    /// With four corners.
    #[default]
    Rect,
    /// Without.
    Round,
}

/// What a shape stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FloorShapeKind)]
pub enum ShapeWord {
    /// A wall.
    Wall,
    /// A door.
    Door,
    /// A window.
    Window,
    /// A bar, a counter, a reception.
    Bar,
    /// A plant.
    Plant,
    /// Stairs.
    Stairs,
    /// A part of the floor that looks different.
    Zone,
    /// Words and nothing else.
    Label,
}

impl From<ShapeWord> for ShapeKind {
    fn from(word: ShapeWord) -> Self {
        match word {
            ShapeWord::Wall => Self::Wall,
            ShapeWord::Door => Self::Door,
            ShapeWord::Window => Self::Window,
            ShapeWord::Bar => Self::Bar,
            ShapeWord::Plant => Self::Plant,
            ShapeWord::Stairs => Self::Stairs,
            ShapeWord::Zone => Self::Zone,
            ShapeWord::Label => Self::Label,
        }
    }
}

impl From<ShapeKind> for ShapeWord {
    fn from(kind: ShapeKind) -> Self {
        match kind {
            ShapeKind::Wall => Self::Wall,
            ShapeKind::Door => Self::Door,
            ShapeKind::Window => Self::Window,
            ShapeKind::Bar => Self::Bar,
            ShapeKind::Plant => Self::Plant,
            ShapeKind::Stairs => Self::Stairs,
            ShapeKind::Zone => Self::Zone,
            ShapeKind::Label => Self::Label,
        }
    }
}

/// A resource in a plan.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlacedResource)]
pub struct PlacedBody {
    /// Which; each stands in a plan once.
    #[schema(format = "uuid")]
    resource_id: String,
    /// Where its middle is, in centimetres from the left; within the plan.
    #[schema(minimum = 0, maximum = 20_000, example = 240)]
    x: i64,
    /// Where its middle is, in centimetres from the top; within the plan.
    #[schema(minimum = 0, maximum = 20_000, example = 180)]
    y: i64,
    /// How wide it is, in centimetres, before it is turned.
    #[schema(minimum = 5, maximum = 20_000, example = 120)]
    width: i64,
    /// How high it is, in centimetres, before it is turned.
    #[schema(minimum = 5, maximum = 20_000, example = 80)]
    height: i64,
    /// By how many degrees it is turned about its middle, clockwise.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 359, default = 0)]
    rotation: i64,
    /// Its outline.
    #[serde(default = "rect")]
    #[schema(value_type = OutlineWord, default = "rect")]
    shape: Word<OutlineWord>,
}

fn rect() -> Word<OutlineWord> {
    Word(OutlineWord::Rect)
}

/// Something in a plan that can't be booked; it lies under the resources.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FloorShape)]
pub struct ShapeBody {
    /// What it stands for.
    #[schema(value_type = ShapeWord)]
    kind: Word<ShapeWord>,
    /// Where its middle is, in centimetres from the left; within the plan.
    #[schema(minimum = 0, maximum = 20_000, example = 600)]
    x: i64,
    /// Where its middle is, in centimetres from the top; within the plan.
    #[schema(minimum = 0, maximum = 20_000, example = 20)]
    y: i64,
    /// How wide it is, in centimetres, before it is turned.
    #[schema(minimum = 5, maximum = 20_000, example = 400)]
    width: i64,
    /// How high it is, in centimetres, before it is turned.
    #[schema(minimum = 5, maximum = 20_000, example = 60)]
    height: i64,
    /// By how many degrees it is turned about its middle, clockwise.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 359, default = 0)]
    rotation: i64,
    /// What is written on it: one line.
    #[serde(default)]
    #[schema(max_length = 100, example = "Bar")]
    text: Option<String>,
}

/// A number as the domain has it; what can't be one is out of every range.
fn whole(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn frame([x, y, width, height, rotation]: [i64; 5]) -> Frame {
    Frame { x: whole(x), y: whole(y), width: whole(width), height: whole(height), rotation: whole(rotation) }
}

impl PlacedBody {
    fn placed(&self, nth: usize, invalid: &mut Invalid) -> Option<Placed> {
        let resource = wire::resource_id_at(&self.resource_id, format!("/resources/{nth}/resource_id"), invalid)?;
        let outline = match self.shape.0 {
            OutlineWord::Rect => Outline::Rect,
            OutlineWord::Round => Outline::Round,
        };
        Some(Placed { resource, frame: frame([self.x, self.y, self.width, self.height, self.rotation]), outline })
    }
}

impl From<&Placed> for PlacedBody {
    fn from(Placed { resource: ResourceId(id), frame, outline }: &Placed) -> Self {
        let outline = match outline {
            Outline::Rect => OutlineWord::Rect,
            Outline::Round => OutlineWord::Round,
        };
        Self {
            resource_id: id.to_string(),
            x: frame.x.into(),
            y: frame.y.into(),
            width: frame.width.into(),
            height: frame.height.into(),
            rotation: frame.rotation.into(),
            shape: Word(outline),
        }
    }
}

impl From<ShapeBody> for Shape {
    fn from(body: ShapeBody) -> Self {
        let frame = frame([body.x, body.y, body.width, body.height, body.rotation]);
        Self { kind: body.kind.0.into(), frame, text: body.text }
    }
}

impl From<&Shape> for ShapeBody {
    fn from(Shape { kind, frame, text }: &Shape) -> Self {
        Self {
            kind: Word((*kind).into()),
            x: frame.x.into(),
            y: frame.y.into(),
            width: frame.width.into(),
            height: frame.height.into(),
            rotation: frame.rotation.into(),
            text: text.clone(),
        }
    }
}

/// What is drawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FloorPlanDrawing)]
pub struct FloorPlanBody {
    /// How wide the plan is, in centimetres.
    #[serde(default)]
    #[schema(minimum = 100, maximum = 20_000, default = 1_200)]
    width: Option<i64>,
    /// How high it is, in centimetres.
    #[serde(default)]
    #[schema(minimum = 100, maximum = 20_000, default = 800)]
    height: Option<i64>,
    /// How much of the background is seen, of a hundred.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100, default = 60)]
    background_opacity_percent: Option<i64>,
    /// The resources in it, which stand in the place; what comes later lies on top.
    #[serde(default)]
    #[schema(max_items = 500)]
    resources: Vec<PlacedBody>,
    /// What else there is to be seen; what comes later lies on top.
    #[serde(default)]
    #[schema(max_items = 500)]
    shapes: Vec<ShapeBody>,
}

impl FloorPlanBody {
    fn drawing(self) -> Result<Drawing, Problem> {
        let mut invalid = Invalid::new();
        if PLACED_MAX < self.resources.len() {
            invalid.push("/resources", format!("must be at most {PLACED_MAX}"));
            invalid.finish()?;
            invalid = Invalid::new();
        }
        let placed = self.resources.iter().enumerate().map(|(nth, body)| body.placed(nth, &mut invalid));
        // Where one has no id, the places of the others in the list would be wrong in what is said of them.
        let resources: Option<Vec<Placed>> = placed.collect();
        let (width, height) = SIDES_CM_DEFAULT;
        let drawing = Drawing {
            width: self.width.map_or(width, whole),
            height: self.height.map_or(height, whole),
            opacity_percent: self.background_opacity_percent.map_or(OPACITY_PERCENT_DEFAULT, whole),
            resources: resources.unwrap_or_default(),
            shapes: self.shapes.into_iter().map(Shape::from).collect(),
        };
        for problem in drawing.check() {
            invalid.push(problem.pointer, problem.detail);
        }
        invalid.finish()?;
        Ok(drawing)
    }
}

/// The picture under a plan. Its bytes are at `…/floor-plan/background`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FloorPlanBackground)]
pub struct BackgroundView {
    /// Changes with the picture; also its `ETag`.
    id: Uuid,
    /// Its width in pixels.
    width: u32,
    /// Its height in pixels.
    height: u32,
}

impl From<&Picture> for BackgroundView {
    fn from(picture: &Picture) -> Self {
        Self { id: picture.id.0, width: picture.width, height: picture.height }
    }
}

/// Where the resources of a place stand.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FloorPlan)]
pub struct FloorPlanView {
    /// The site.
    site_id: Uuid,
    /// The area of it; `null` for what stands in the site itself.
    #[schema(required = true)]
    area_id: Option<Uuid>,
    /// How wide the plan is, in centimetres.
    width: u32,
    /// How high it is, in centimetres.
    height: u32,
    /// The picture under it.
    #[schema(required = true)]
    background: Option<BackgroundView>,
    /// How much of the background is seen, of a hundred.
    background_opacity_percent: u32,
    /// The resources in it that stand there and that the caller may know of; what comes later lies on top.
    resources: Vec<PlacedBody>,
    /// What else there is to be seen; what comes later lies on top.
    shapes: Vec<ShapeBody>,
    /// Whether the caller may change it.
    may_edit: bool,
    /// Counts its edits, those of its background among them; also its `ETag`. 0 where nobody has drawn it.
    version: i64,
    /// When it was last edited.
    #[schema(required = true)]
    updated_at: Option<UtcTime>,
}

impl From<Seen> for FloorPlanView {
    fn from(Seen { place, plan, may_edit }: Seen) -> Self {
        let drawing = plan.drawing;
        Self {
            site_id: place.site.0,
            area_id: place.area.map(|area| area.0),
            width: drawing.width,
            height: drawing.height,
            background: plan.background.as_ref().map(BackgroundView::from),
            background_opacity_percent: drawing.opacity_percent,
            resources: drawing.resources.iter().map(PlacedBody::from).collect(),
            shapes: drawing.shapes.iter().map(ShapeBody::from).collect(),
            may_edit,
            version: plan.version,
            updated_at: plan.updated_at.map(UtcTime),
        }
    }
}

type One = ([(HeaderName, HeaderValue); 1], Json<FloorPlanView>);

fn one(seen: Seen) -> One {
    (ETag(seen.plan.version).header(), Json(seen.into()))
}

async fn background(app: &App, caller: &Caller, of: PlaceId, headers: HeaderMap) -> Result<Response, Problem> {
    let is_known = move |picture: &Picture| pictures::is_named(picture, &headers);
    let (picture, bytes) = floor_plans::background(app, caller, of, is_known).await?;
    Ok(pictures::shown(&picture, bytes))
}

async fn put_background(
    app: &App,
    caller: &Caller,
    of: PlaceId,
    if_match: IfMatch,
    request: Request<Body>,
) -> Result<One, Problem> {
    let format = pictures::format_of(request.headers())?;
    // Who may not is told so before anything large is read and worked on.
    floor_plans::may_change(app, caller, of).await?;
    let sent = read_body(request, |_| PICTURE_BYTES_MAX).await?;
    Ok(one(floor_plans::put_background(app, caller, of, format, sent, if_match.versions()).await?))
}

/// Read the floor plan of a site.
///
/// What stands in the site itself, and in none of its areas. An empty one of version 0 where nobody has drawn any.
#[utoipa::path(
    get, path = "/sites/{site_id}/floor-plan", tag = "Floor plans", operation_id = "getSiteFloorPlan", security(("bearer" = [])),
    params(("site_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The plan, without what is hidden from the caller", body = FloorPlanView, headers(("ETag" = String))),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn of_site(State(app): State<App>, caller: Caller, Path(id): Path<SiteId>) -> Result<One, Problem> {
    Ok(one(floor_plans::show(&app, &caller, PlaceId::Site(id)).await?))
}

/// Draw the floor plan of a site.
///
/// For managers of the site. It replaces what was drawn; the background stays. `If-Match: "0"` for a plan that nobody has drawn yet.
#[utoipa::path(
    put, path = "/sites/{site_id}/floor-plan", tag = "Floor plans", operation_id = "replaceSiteFloorPlan", security(("bearer" = [])),
    request_body = FloorPlanBody,
    params(("site_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The plan as it is now", body = FloorPlanView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn replace_of_site(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SiteId>,
    if_match: IfMatch,
    Json(body): Json<FloorPlanBody>,
) -> Result<One, Problem> {
    Ok(one(floor_plans::put(&app, &caller, PlaceId::Site(id), body.drawing()?, if_match.versions()).await?))
}

/// See the picture under the floor plan of a site.
///
/// Ask again with `If-None-Match`.
#[utoipa::path(
    get, path = "/sites/{site_id}/floor-plan/background", tag = "Floor plans", operation_id = "getSiteBackground", security(("bearer" = [])),
    params(("site_id" = Uuid, Path), ("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The picture", body = PictureBytes, content_type = "image/jpeg", headers(("ETag" = String), ("Cache-Control" = String))),
        (status = 304, description = "It is the one that `If-None-Match` names", headers(("ETag" = String), ("Cache-Control" = String))),
        (status = 404, description = "`/problems/place-not-found`, `/problems/picture-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn background_of_site(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SiteId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    background(&app, &caller, PlaceId::Site(id), headers).await
}

/// Put a picture under the floor plan of a site.
///
/// JPEG, PNG or WebP, taken in like the picture of a resource.
#[utoipa::path(
    put, path = "/sites/{site_id}/floor-plan/background", tag = "Floor plans", operation_id = "putSiteBackground", security(("bearer" = [])),
    request_body(content((PictureBytes = "image/jpeg"), (PictureBytes = "image/png"), (PictureBytes = "image/webp"))),
    params(("site_id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "A version of the plan")),
    responses(
        (status = 200, description = "The plan as it is now", body = FloorPlanView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`: too many pixels, or not the format that `Content-Type` names", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn put_background_of_site(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SiteId>,
    if_match: IfMatch,
    request: Request<Body>,
) -> Result<One, Problem> {
    put_background(&app, &caller, PlaceId::Site(id), if_match, request).await
}

/// Take the picture under the floor plan of a site away.
#[utoipa::path(
    delete, path = "/sites/{site_id}/floor-plan/background", tag = "Floor plans", operation_id = "deleteSiteBackground", security(("bearer" = [])),
    params(("site_id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "A version of the plan")),
    responses(
        (status = 204, description = "There is none now, or was none before"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn delete_background_of_site(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SiteId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    floor_plans::delete_background(&app, &caller, PlaceId::Site(id), if_match.versions()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read the floor plan of an area.
///
/// What stands in the area, or in an area within it. An empty one of version 0 where nobody has drawn any.
#[utoipa::path(
    get, path = "/areas/{area_id}/floor-plan", tag = "Floor plans", operation_id = "getAreaFloorPlan", security(("bearer" = [])),
    params(("area_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The plan, without what is hidden from the caller", body = FloorPlanView, headers(("ETag" = String))),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn of_area(State(app): State<App>, caller: Caller, Path(id): Path<AreaId>) -> Result<One, Problem> {
    Ok(one(floor_plans::show(&app, &caller, PlaceId::Area(id)).await?))
}

/// Draw the floor plan of an area.
///
/// For managers of the site. It replaces what was drawn; the background stays. `If-Match: "0"` for a plan that nobody has drawn yet.
#[utoipa::path(
    put, path = "/areas/{area_id}/floor-plan", tag = "Floor plans", operation_id = "replaceAreaFloorPlan", security(("bearer" = [])),
    request_body = FloorPlanBody,
    params(("area_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The plan as it is now", body = FloorPlanView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn replace_of_area(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AreaId>,
    if_match: IfMatch,
    Json(body): Json<FloorPlanBody>,
) -> Result<One, Problem> {
    Ok(one(floor_plans::put(&app, &caller, PlaceId::Area(id), body.drawing()?, if_match.versions()).await?))
}

/// See the picture under the floor plan of an area.
///
/// Ask again with `If-None-Match`.
#[utoipa::path(
    get, path = "/areas/{area_id}/floor-plan/background", tag = "Floor plans", operation_id = "getAreaBackground", security(("bearer" = [])),
    params(("area_id" = Uuid, Path), ("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The picture", body = PictureBytes, content_type = "image/jpeg", headers(("ETag" = String), ("Cache-Control" = String))),
        (status = 304, description = "It is the one that `If-None-Match` names", headers(("ETag" = String), ("Cache-Control" = String))),
        (status = 404, description = "`/problems/place-not-found`, `/problems/picture-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn background_of_area(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AreaId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    background(&app, &caller, PlaceId::Area(id), headers).await
}

/// Put a picture under the floor plan of an area.
///
/// JPEG, PNG or WebP, taken in like the picture of a resource.
#[utoipa::path(
    put, path = "/areas/{area_id}/floor-plan/background", tag = "Floor plans", operation_id = "putAreaBackground", security(("bearer" = [])),
    request_body(content((PictureBytes = "image/jpeg"), (PictureBytes = "image/png"), (PictureBytes = "image/webp"))),
    params(("area_id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "A version of the plan")),
    responses(
        (status = 200, description = "The plan as it is now", body = FloorPlanView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`: too many pixels, or not the format that `Content-Type` names", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn put_background_of_area(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AreaId>,
    if_match: IfMatch,
    request: Request<Body>,
) -> Result<One, Problem> {
    put_background(&app, &caller, PlaceId::Area(id), if_match, request).await
}

/// Take the picture under the floor plan of an area away.
#[utoipa::path(
    delete, path = "/areas/{area_id}/floor-plan/background", tag = "Floor plans", operation_id = "deleteAreaBackground", security(("bearer" = [])),
    params(("area_id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "A version of the plan")),
    responses(
        (status = 204, description = "There is none now, or was none before"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn delete_background_of_area(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AreaId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    floor_plans::delete_background(&app, &caller, PlaceId::Area(id), if_match.versions()).await?;
    Ok(StatusCode::NO_CONTENT)
}
