//! `/resources`: wire types, handlers and their documentation.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bronya_domain::command::{Edit, Targeted};
use bronya_domain::effect::Outcome;
use bronya_domain::ids::{AreaId, ResourceId, SiteId};
use bronya_domain::limits::{CAPACITY_MAX, KIND_CHARS_MAX, QUANTITY_MAX, TITLE_CHARS_MAX};
use bronya_domain::place::{POSITION_MAX, Site, SiteAttributes};
use bronya_domain::profile::{Profile, ProfileEdit};
use bronya_domain::resource::{Attributes, Resource};
use bronya_domain::text;
use bronya_store::Answer;
use bronya_store::resources::{Filter, OfKind};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer;
use super::availability::ids;
use super::caller::Caller;
use super::etag::ETag;
use super::extract::{IdempotencyKey, IfMatch, Invalid, Json, Patch, Path, Query, parse_uuid};
use super::page::{Cursor, List, Page};
use super::pictures::PictureView;
use super::problem::{Problem, ProblemBody};
use super::profile::{OutOfOrderBody, OutOfOrderView, VisibilityWord};
use super::values::{self, ValuesBody};
use super::wire::{self, UtcTime, Word};
use crate::app::App;
use crate::app::resources::{self, Overview};

/// What can be booked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Resource)]
pub struct ResourceView {
    /// Its id.
    id: Uuid,
    /// What it is called.
    name: String,
    /// Free text such as `table`, `room`, `desk`.
    #[schema(required = true)]
    kind: Option<String>,
    /// More about it.
    #[schema(required = true)]
    description: Option<String>,
    /// How many people one unit seats.
    #[schema(required = true)]
    capacity: Option<u32>,
    /// How many interchangeable units it stands for.
    quantity: u32,
    /// An IANA time zone name.
    time_zone: String,
    /// Whether its bookings start as `pending`.
    requires_approval: bool,
    /// The site that it belongs to.
    #[schema(required = true)]
    site_id: Option<Uuid>,
    /// The area of the site that it stands in.
    #[schema(required = true)]
    area_id: Option<Uuid>,
    /// The resources that it is made of, as far as you may know of them: whoever has it has all of them.
    part_ids: Vec<Uuid>,
    /// What it is found by, besides its name.
    tags: Vec<String>,
    /// Its place among what stands in the same area: the smallest stands first.
    position: u32,
    /// Who may know of it.
    visibility: VisibilityWord,
    /// What its kind lets it say of itself, by key.
    attributes: ValuesBody,
    /// Since when, until when and why it can't be used.
    #[schema(required = true)]
    out_of_order: Option<OutOfOrderView>,
    /// What it looks like.
    #[schema(required = true)]
    picture: Option<PictureView>,
    /// Counts its edits; also its `ETag`.
    version: i64,
    /// When it was added.
    created_at: UtcTime,
    /// When it was last edited.
    updated_at: UtcTime,
}

impl From<Resource> for ResourceView {
    fn from(resource: Resource) -> Self {
        let attributes = resource.attributes;
        Self {
            id: resource.id.0,
            name: attributes.name,
            kind: attributes.kind,
            description: attributes.description,
            capacity: attributes.capacity,
            quantity: attributes.quantity,
            time_zone: attributes.time_zone,
            requires_approval: attributes.requires_approval,
            site_id: attributes.site.map(|id| id.0),
            area_id: attributes.area.map(|id| id.0),
            part_ids: attributes.parts.iter().map(|id| id.0).collect(),
            tags: attributes.profile.tags.into_iter().collect(),
            position: attributes.profile.position,
            visibility: attributes.profile.visibility.into(),
            attributes: (&attributes.profile.values).into(),
            out_of_order: attributes.profile.out_of_order.map(Into::into),
            picture: attributes.profile.picture.map(Into::into),
            version: resource.version,
            created_at: UtcTime(resource.created_at),
            updated_at: UtcTime(resource.updated_at),
        }
    }
}

pub(super) type One = ([(HeaderName, HeaderValue); 1], Json<ResourceView>);

pub(super) fn one(resource: Resource) -> One {
    (ETag(resource.version).header(), Json(resource.into()))
}

/// A resource to be; also the whole of one that is replaced.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewResource {
    /// What it is called.
    #[schema(min_length = 1, max_length = 200, example = "Table 7")]
    name: String,
    /// Free text such as `table`, `room`, `desk`.
    #[serde(default)]
    #[schema(max_length = 64, example = "table")]
    kind: Option<String>,
    /// More about it.
    #[serde(default)]
    #[schema(max_length = 4000)]
    description: Option<String>,
    /// How many people one unit seats; no limit where it is not given.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000, example = 4)]
    capacity: Option<i64>,
    /// How many interchangeable units it stands for.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000, default = 1)]
    quantity: Option<i64>,
    /// An IANA time zone name. A new resource that names none has that of its site, and without one UTC.
    #[serde(default)]
    #[schema(default = "UTC", example = "Europe/Berlin")]
    time_zone: Option<String>,
    /// Whether its bookings start as `pending`.
    #[serde(default)]
    #[schema(default = false)]
    requires_approval: Option<bool>,
    /// The site that it belongs to; only its managers may add to it.
    #[serde(default)]
    #[schema(format = "uuid")]
    site_id: Option<String>,
    /// The area of the site that it stands in.
    #[serde(default)]
    #[schema(format = "uuid")]
    area_id: Option<String>,
    /// The resources that it is made of: a hall of its two halves, a large table of two small ones. Each has one unit and no parts
    /// of its own, and you manage it. A resource may be a part of several. Parts that you may not know of stay beside them.
    #[serde(default)]
    #[schema(max_items = 50)]
    part_ids: Option<Vec<String>>,
    /// What it is found by, besides its name; kept in small letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 20, example = json!(["view", "quiet"]))]
    tags: Option<Vec<String>>,
    /// Its place among what stands in the same area: the smallest stands first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1_000_000, default = 0)]
    position: Option<i64>,
    /// Who may know of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<VisibilityWord>, default = "internal")]
    visibility: Option<Word<VisibilityWord>>,
    /// What its kind lets it say of itself, by key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ValuesBody>)]
    attributes: Option<ValuesBody>,
    /// When and why it can't be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    out_of_order: Option<OutOfOrderBody>,
}

/// The time zone of a resource that names none.
const TIME_ZONE_DEFAULT: &str = "UTC";

impl NewResource {
    pub(super) fn attributes(&self) -> Result<Attributes, Problem> {
        let mut invalid = Invalid::new();
        let capacity = self.capacity.and_then(|number| capacity(number, &mut invalid));
        let quantity = quantity(self.quantity.unwrap_or(1), &mut invalid).unwrap_or(1);
        let profile = self.profile(&mut invalid);
        let attributes = Attributes {
            name: self.name.clone(),
            kind: self.kind.clone(),
            description: self.description.clone(),
            capacity,
            quantity,
            time_zone: self.time_zone.clone().unwrap_or_else(|| TIME_ZONE_DEFAULT.to_owned()),
            requires_approval: self.requires_approval.unwrap_or(false),
            site: wire::id(self.site_id.as_deref(), "/site_id", &mut invalid).map(SiteId),
            area: wire::id(self.area_id.as_deref(), "/area_id", &mut invalid).map(AreaId),
            parts: parts(self.part_ids.as_deref().unwrap_or_default(), &mut invalid),
            rules: Arc::default(),
            profile,
        };
        note(&attributes, &mut invalid);
        invalid.finish()?;
        Ok(attributes)
    }

    fn profile(&self, invalid: &mut Invalid) -> Profile {
        let tags = self.tags.iter().flatten().map(String::as_str);
        Profile {
            tags: values::tags(tags, invalid),
            position: self.position.and_then(|number| position(number, invalid)).unwrap_or(0),
            visibility: self.visibility.map(|word| word.0.into()).unwrap_or_default(),
            values: self.attributes.as_ref().map(ValuesBody::values).unwrap_or_default(),
            out_of_order: self.out_of_order.as_ref().map(|out| out.out_of_order(invalid)),
            picture: None,
        }
    }
}

/// Ids of parts, each once and in order.
fn parts(texts: &[String], invalid: &mut Invalid) -> Vec<ResourceId> {
    let ids: Option<BTreeSet<Uuid>> = texts.iter().map(|text| parse_uuid(text)).collect();
    if ids.is_none() {
        invalid.push("/part_ids", "must be ids of resources");
    }
    ids.into_iter().flatten().map(ResourceId).collect()
}

fn capacity(number: i64, invalid: &mut Invalid) -> Option<u32> {
    wire::number(number, 1, CAPACITY_MAX, "/capacity", invalid)
}

fn quantity(number: i64, invalid: &mut Invalid) -> Option<u32> {
    wire::number(number, 1, QUANTITY_MAX, "/quantity", invalid)
}

fn position(number: i64, invalid: &mut Invalid) -> Option<u32> {
    wire::number(number, 0, POSITION_MAX, "/position", invalid)
}

fn note(attributes: &Attributes, invalid: &mut Invalid) {
    for problem in attributes.check() {
        invalid.push(format!("/{}", problem.attribute), problem.detail);
    }
}

/// What changes about a resource (JSON Merge Patch, RFC 7396).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourcePatch {
    /// A new name.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    name: Patch<String>,
    /// A new kind, or `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 64)]
    kind: Patch<String>,
    /// A new description, or `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 4000)]
    description: Patch<String>,
    /// A new capacity, or `null` for no limit.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100_000)]
    capacity: Patch<i64>,
    /// Another number of units. Fewer only where all bookings to come still fit.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1000)]
    quantity: Patch<i64>,
    /// Another time zone; `null` for UTC.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    time_zone: Patch<String>,
    /// Whether its bookings start as `pending`.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    requires_approval: Patch<bool>,
    /// Another site, or `null` for none. Unless it says otherwise, the patch takes the resource out of its area then.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    site_id: Patch<String>,
    /// Another area, or `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    area_id: Patch<String>,
    /// Other parts, or `null` for none. Only while it has no bookings to come.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 50)]
    part_ids: Patch<Vec<String>>,
    /// Other tags, all of them; `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    tags: Patch<Vec<String>>,
    /// Another place among what stands in the same area.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 1_000_000)]
    position: Patch<i64>,
    /// Who may know of it; `null` for `internal`.
    #[serde(default)]
    #[schema(value_type = Option<VisibilityWord>)]
    visibility: Patch<Word<VisibilityWord>>,
    /// Attributes to change; `null` under a key takes one away, `null` for the whole takes all.
    #[serde(default)]
    #[schema(value_type = Option<ValuesBody>)]
    attributes: Patch<ValuesBody>,
    /// When and why it can't be used; `null` when it can be used again.
    #[serde(default)]
    #[schema(value_type = Option<OutOfOrderBody>)]
    out_of_order: Patch<OutOfOrderBody>,
}

impl ResourcePatch {
    fn edit(self) -> Result<Edit, Problem> {
        let mut invalid = Invalid::new();
        let name = self.name.into_required("/name", &mut invalid);
        let size = self.capacity.into_change();
        let capacity = size.map(|size| size.and_then(|number| capacity(number, &mut invalid)));
        let quantity = match self.quantity.into_change() {
            None => None,
            // A default is what null puts back.
            Some(number) => quantity(number.unwrap_or(1), &mut invalid),
        };
        let tags = self.tags.into_change().map(Option::unwrap_or_default);
        let place = self.position.into_change();
        let profile = ProfileEdit {
            tags: tags.map(|texts| values::tags(texts.iter().map(String::as_str), &mut invalid)),
            position: place.and_then(|number| position(number.unwrap_or(0), &mut invalid)),
            visibility: self.visibility.into_change().map(|word| word.map(|word| word.0.into()).unwrap_or_default()),
            values: values::edit(self.attributes),
            out_of_order: self.out_of_order.into_change().map(|out| out.map(|out| out.out_of_order(&mut invalid))),
            picture: None,
        };
        let edit = Edit {
            name,
            kind: self.kind.into_change(),
            description: self.description.into_change(),
            capacity,
            quantity,
            time_zone: self.time_zone.into_change().map(|zone| zone.unwrap_or_else(|| TIME_ZONE_DEFAULT.to_owned())),
            requires_approval: self.requires_approval.into_change().map(|yes| yes.unwrap_or(false)),
            site: self.site_id.into_change().map(|id| wire::id(id.as_deref(), "/site_id", &mut invalid).map(SiteId)),
            area: self.area_id.into_change().map(|id| wire::id(id.as_deref(), "/area_id", &mut invalid).map(AreaId)),
            parts: self.part_ids.into_change().map(|ids| parts(ids.as_deref().unwrap_or_default(), &mut invalid)),
            rules: None,
            profile,
        };
        // Each attribute stands for itself, so what stays as it is can be stood in for by anything that is right. Whether an area
        // is one of the site that it stays in, the decision finds out.
        let standing_in = Attributes {
            name: "any".to_owned(),
            kind: None,
            description: None,
            capacity: None,
            quantity: 1,
            time_zone: TIME_ZONE_DEFAULT.to_owned(),
            requires_approval: false,
            site: Some(SiteId(Uuid::nil())),
            area: None,
            parts: Vec::new(),
            rules: Arc::default(),
            profile: Profile::default(),
        };
        note(&edit.of(&standing_in), &mut invalid);
        invalid.finish()?;
        Ok(edit)
    }
}

/// What a list of resources is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ResourceQuery {
    /// These resources and no others: at most 100 ids with commas between them. Nothing else can be asked beside it.
    #[param(required = false, max_length = 3700)]
    resource_ids: Option<String>,
    /// In the name, the kind, the description, the tags or what the attributes say in words; upper and lower case do not matter.
    #[param(required = false, max_length = 200)]
    q: Option<String>,
    /// Of this kind.
    #[param(required = false, max_length = 64)]
    kind: Option<String>,
    /// Seats at least as many.
    #[param(required = false, minimum = 1)]
    min_capacity: Option<i64>,
    /// Of this site.
    #[param(required = false, format = "uuid")]
    site_id: Option<String>,
    /// In this area, or in one that stands in it.
    #[param(required = false, format = "uuid")]
    area_id: Option<String>,
    /// With all of these tags, with commas between them: `view,quiet`.
    #[param(required = false, max_length = 1000, example = "view,quiet")]
    tags: Option<String>,
    /// With these attributes, with commas between them: `key:value`, or for numbers `key:min..max`, where either end may
    /// be left out: `screen:true,seats:6..,colour:red`.
    #[param(required = false, max_length = 4000, example = "screen:true,seats:6..")]
    attributes: Option<String>,
    /// Only what you manage; for administrators that is everything.
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

/// Resources that can be asked for by their ids at once.
const IDS_MAX: usize = 100;

impl ResourceQuery {
    /// The ids that are asked for, and nothing beside them.
    fn these(&self) -> Result<Vec<ResourceId>, Problem> {
        let mut invalid = Invalid::new();
        let ids = ids(self.resource_ids.as_deref().unwrap_or_default(), IDS_MAX, &mut invalid).unwrap_or_default();
        let beside = [
            ("/q", self.q.is_some()),
            ("/kind", self.kind.is_some()),
            ("/min_capacity", self.min_capacity.is_some()),
            ("/site_id", self.site_id.is_some()),
            ("/area_id", self.area_id.is_some()),
            ("/tags", self.tags.is_some()),
            ("/attributes", self.attributes.is_some()),
            ("/managed", self.managed),
            ("/limit", self.limit.is_some()),
            ("/cursor", self.cursor.is_some()),
        ];
        for (pointer, _) in beside.into_iter().filter(|(_, is_there)| *is_there) {
            invalid.push(pointer, "can't be asked beside resource_ids");
        }
        invalid.finish()?;
        Ok(ids)
    }
}

/// How a resource is deleted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeleteQuery {
    /// Cancel its bookings to come, instead of refusing because of them.
    #[serde(default)]
    #[param(required = false, default = false)]
    cancel_bookings: bool,
}

/// A resource that was made, as it is answered.
pub(super) fn render(outcome: &Outcome) -> Option<Answer> {
    match outcome {
        Outcome::Resource(resource) => {
            let location = format!("/resources/{}", resource.id);
            Some(answer::created(location, Some(resource.version), &ResourceView::from(resource.clone())))
        }
        _ => None,
    }
}

/// List resources.
#[utoipa::path(
    get, path = "/resources/", tag = "Resources", operation_id = "listResources", security(("bearer" = [])),
    params(ResourceQuery),
    responses(
        (status = 200, description = "In the order they were added", body = List<ResourceView>),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ResourceQuery>,
) -> Result<Json<List<ResourceView>>, Problem> {
    if query.resource_ids.is_some() {
        let found = resources::by_ids(&app, &caller, query.these()?).await?;
        return Ok(Json(List { items: found.into_iter().map(ResourceView::from).collect(), next_cursor: None }));
    }
    let page = Page::new(query.limit, query.cursor.as_deref())?;
    let mut invalid = Invalid::new();
    wire::text(query.q.as_deref(), |text| text::line(text, TITLE_CHARS_MAX), "/q", &mut invalid);
    wire::text(query.kind.as_deref(), |text| text::line(text, KIND_CHARS_MAX), "/kind", &mut invalid);
    let number = query.min_capacity;
    let min_capacity = number.and_then(|number| wire::number(number, 0, CAPACITY_MAX, "/min_capacity", &mut invalid));
    let site = wire::id(query.site_id.as_deref(), "/site_id", &mut invalid).map(SiteId);
    let area = wire::id(query.area_id.as_deref(), "/area_id", &mut invalid).map(AreaId);
    let wanted = values::wanted_by_query(query.tags.as_deref(), query.attributes.as_deref(), &mut invalid);
    invalid.finish()?;
    let managed = query.managed;
    let filter = Filter { q: query.q, kind: query.kind, min_capacity, site, area, wanted, managed };
    let after = page.after.map(|place| ResourceId(place.id));
    let found = resources::list(&app, &caller, filter, after, page.rows()).await?;
    Ok(Json(page.list(found, |it| Cursor::new(it.created_at, it.id.0), ResourceView::from)))
}

/// What there is of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct KindOverview {
    /// The kind; `null` for what has none.
    #[schema(required = true)]
    kind: Option<String>,
    /// How many resources.
    resources: u32,
    /// The most people that one of them seats; `null` where no one says.
    #[schema(required = true)]
    capacity_max: Option<u32>,
}

/// A site, as far as it is told in an overview.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteOverview {
    /// Its id.
    id: Uuid,
    /// What it is called.
    name: String,
    /// Its name in addresses.
    slug: String,
    /// Its IANA time zone.
    time_zone: String,
}

/// What there is, in a few numbers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Overview)]
pub struct OverviewView {
    /// Whether you manage some of it.
    manages: bool,
    /// The IANA time zone that most of it is in; `null` where there is nothing.
    #[schema(required = true)]
    time_zone: Option<String>,
    /// By kinds; the 200 with most resources.
    kinds: Vec<KindOverview>,
    /// The first 100 sites, in the order they were added.
    sites: Vec<SiteOverview>,
}

impl From<Overview> for OverviewView {
    fn from(found: Overview) -> Self {
        let kind = |it: OfKind| KindOverview { kind: it.kind, resources: it.resources, capacity_max: it.capacity_max };
        let site = |it: Site| {
            let SiteAttributes { name, slug, time_zone, .. } = it.attributes;
            SiteOverview { id: it.id.0, name, slug, time_zone }
        };
        Self {
            manages: found.manages,
            time_zone: found.time_zone,
            kinds: found.kinds.into_iter().map(kind).collect(),
            sites: found.sites.into_iter().map(site).collect(),
        }
    }
}

/// Tell what there is, in a few numbers.
///
/// For whoever begins: it is as short for a thousand resources as for ten.
#[utoipa::path(
    get, path = "/resources/overview", tag = "Resources", operation_id = "getOverview", security(("bearer" = [])),
    responses((status = 200, description = "What you may know of", body = OverviewView)),
)]
pub async fn overview(State(app): State<App>, caller: Caller) -> Result<Json<OverviewView>, Problem> {
    Ok(Json(resources::overview(&app, &caller).await?.into()))
}

/// Add a resource.
///
/// Whoever adds it becomes a manager of it.
#[utoipa::path(
    post, path = "/resources/", tag = "Resources", operation_id = "createResource", security(("bearer" = [])),
    request_body = NewResource,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again for 24 hours")),
    responses(
        (status = 201, description = "Added", body = ResourceView, headers(("Location" = String), ("ETag" = String), ("Idempotent-Replayed" = String))),
        (status = 403, description = "`/problems/forbidden`: only administrators may, by setting, or only managers of the site", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/idempotency-key-reused`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(new): Json<NewResource>,
) -> Result<Response, Problem> {
    let attributes = new.attributes()?;
    let idempotency = answer::idempotency(key, "POST /resources/", &new, render);
    let reply = resources::create(&app, &caller, attributes, new.time_zone.is_none(), idempotency).await?;
    Ok(answer::reply(reply, render))
}

/// Read a resource.
#[utoipa::path(
    get, path = "/resources/{resource_id}", tag = "Resources", operation_id = "getResource", security(("bearer" = [])),
    params(("resource_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The resource", body = ResourceView, headers(("ETag" = String))),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<ResourceId>) -> Result<One, Problem> {
    Ok(one(resources::seen(&app, &caller, id).await?))
}

/// Replace a resource.
///
/// What the body leaves out goes back to its default.
#[utoipa::path(
    put, path = "/resources/{resource_id}", tag = "Resources", operation_id = "replaceResource", security(("bearer" = [])),
    request_body = NewResource,
    params(("resource_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The resource as it is now", body = ResourceView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`, `/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/resource-in-use`: fewer units than its bookings need, or other parts than they hold; `/problems/block-conflict`: other parts, while time is blocked; `/problems/resource-is-part`; `/problems/too-many-affected`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn replace(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ResourceId>,
    if_match: IfMatch,
    Json(new): Json<NewResource>,
) -> Result<One, Problem> {
    let attributes = new.attributes()?;
    let edit = Edit {
        name: Some(attributes.name),
        kind: Some(attributes.kind),
        description: Some(attributes.description),
        capacity: Some(attributes.capacity),
        quantity: Some(attributes.quantity),
        time_zone: Some(attributes.time_zone),
        requires_approval: Some(attributes.requires_approval),
        site: Some(attributes.site),
        area: Some(attributes.area),
        parts: Some(attributes.parts),
        // Its rules have an address of their own.
        rules: None,
        profile: ProfileEdit::to(attributes.profile),
    };
    let target = Targeted { id, versions: if_match.versions() };
    Ok(one(resources::update(&app, &caller, target, edit).await?))
}

/// Edit a resource.
#[utoipa::path(
    patch, path = "/resources/{resource_id}", tag = "Resources", operation_id = "updateResource", security(("bearer" = [])),
    request_body(content((ResourcePatch = "application/json"), (ResourcePatch = "application/merge-patch+json"))),
    params(("resource_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The resource as it is now", body = ResourceView, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`, `/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/resource-in-use`: fewer units than its bookings need, or other parts than they hold; `/problems/block-conflict`: other parts, while time is blocked; `/problems/resource-is-part`; `/problems/too-many-affected`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ResourceId>,
    if_match: IfMatch,
    Json(patch): Json<ResourcePatch>,
) -> Result<One, Problem> {
    let edit = patch.edit()?;
    let target = Targeted { id, versions: if_match.versions() };
    Ok(one(resources::update(&app, &caller, target, edit).await?))
}

/// Delete a resource.
///
/// Its history stays readable.
#[utoipa::path(
    delete, path = "/resources/{resource_id}", tag = "Resources", operation_id = "deleteResource", security(("bearer" = [])),
    params(("resource_id" = Uuid, Path), DeleteQuery, ("If-Match" = Option<String>, Header)),
    responses(
        (status = 204, description = "Gone"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/resource-in-use`: it has bookings to come; `/problems/resource-is-part`: others are made of it; `/problems/too-many-affected`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ResourceId>,
    Query(query): Query<DeleteQuery>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    let target = Targeted { id, versions: if_match.versions() };
    resources::delete(&app, &caller, target, query.cancel_bookings).await?;
    Ok(StatusCode::NO_CONTENT)
}
