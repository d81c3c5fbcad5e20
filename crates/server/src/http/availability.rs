//! `/availability`: what is free, where one could start, and what fits best.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bronya_domain::availability::{Need, Offer, Reason, Stretch};
use bronya_domain::booking::Along;
use bronya_domain::ids::{AreaId, ResourceId, SiteId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::limits::{CAPACITY_MAX, KIND_CHARS_MAX, PARTS_MAX, QUANTITY_MAX};
use bronya_domain::profile::Wanted;
use bronya_domain::text;
use bronya_store::availability::{RESOURCES_MAX, Which};
use futures_util::stream;
use http::header::CONTENT_TYPE;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::bookings::{self, NewAlong};
use super::caller::Caller;
use super::extract::{Invalid, Json, Query, parse_uuid};
use super::problem::{Problem, ProblemBody};
use super::values::{self, ConditionsBody};
use super::wire::{self, UtcTime};
use crate::app::{App, AppError, availability};

/// The longest window that is looked through at once.
const WINDOW_MAX: SignedDuration = SignedDuration::from_hours(62 * 24);
/// The longest booking, in minutes.
const MINUTES_MAX: u32 = 366 * 24 * 60;
/// People whose time a search looks at.
const PEOPLE_MAX: usize = 20;
/// Candidates that a search answers at most, and where nothing is said.
const CANDIDATES_MAX: u32 = 100;
const CANDIDATES_DEFAULT: i64 = 10;

/// Which resources, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AvailabilityQuery {
    /// These resources: ids with commas between them.
    #[param(required = false)]
    resource_ids: Option<String>,
    /// Those of this site.
    #[param(required = false)]
    site_id: Option<String>,
    /// Those in this area, or in one that stands in it.
    #[param(required = false)]
    area_id: Option<String>,
    /// Those of this kind.
    #[param(required = false, max_length = 64)]
    kind: Option<String>,
    /// Those with all of these tags, with commas between them.
    #[param(required = false, max_length = 1000)]
    tags: Option<String>,
    /// Those with these attributes: `screen:true,seats:6..`, as in `GET /resources/`.
    #[param(required = false, max_length = 4000)]
    attributes: Option<String>,
    /// From when on (RFC 3339 with an offset).
    from: String,
    /// Until when; at most 62 days later.
    to: String,
}

/// Which resources, when, and for what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SlotQuery {
    /// These resources: ids with commas between them.
    #[param(required = false)]
    resource_ids: Option<String>,
    /// Those of this site.
    #[param(required = false)]
    site_id: Option<String>,
    /// Those in this area, or in one that stands in it.
    #[param(required = false)]
    area_id: Option<String>,
    /// Those of this kind.
    #[param(required = false, max_length = 64)]
    kind: Option<String>,
    /// Those with all of these tags, with commas between them.
    #[param(required = false, max_length = 1000)]
    tags: Option<String>,
    /// Those with these attributes: `screen:true,seats:6..`, as in `GET /resources/`.
    #[param(required = false, max_length = 4000)]
    attributes: Option<String>,
    /// The earliest start (RFC 3339 with an offset).
    from: String,
    /// Starts are before this; at most 62 days later.
    to: String,
    /// For how long; where it is left out, as long as the place says for a party of this size, or an hour.
    #[param(required = false, minimum = 1)]
    duration_minutes: Option<i64>,
    /// How many people.
    #[param(required = false, minimum = 1)]
    party_size: Option<i64>,
    /// How many units of one resource.
    #[param(required = false, minimum = 1, default = 1)]
    quantity: Option<i64>,
    /// What has to be had along: ids of resources with commas between them, each with `:` and how many units of it where that
    /// is more than one.
    #[param(required = false, max_length = 2500)]
    along: Option<String>,
}

/// What is booked along, as it stands in a query.
fn along_in_query(text: Option<&str>, invalid: &mut Invalid) -> Vec<Along> {
    let mut found: Vec<Along> = Vec::new();
    for it in text.iter().flat_map(|text| text.split(',')).take(PARTS_MAX + 1) {
        let (id, units) = it.split_once(':').unwrap_or((it, "1"));
        let units = units.parse().ok().filter(|units| (1..=QUANTITY_MAX).contains(units));
        let Some((resource, quantity)) = parse_uuid(id.trim()).map(ResourceId).zip(units) else {
            invalid.push(
                "/along",
                "must be ids of resources with commas between them, each with :2 where two units are meant",
            );
            return found;
        };
        if found.iter().any(|other| other.resource == resource) {
            invalid.push("/along", "must name each resource once");
            return found;
        }
        found.push(Along { resource, quantity });
    }
    if PARTS_MAX < found.len() {
        invalid.push("/along", format!("must be at most {PARTS_MAX}"));
    }
    found
}

/// Ids in a query, at most so many.
pub(super) fn ids(text: &str, most: usize, invalid: &mut Invalid) -> Option<Vec<ResourceId>> {
    let found: Option<Vec<_>> = text.split(',').map(|id| parse_uuid(id.trim()).map(ResourceId)).collect();
    if found.is_none() {
        invalid.push("/resource_ids", "must be ids of resources with commas between them");
    }
    found.filter(|found| {
        let fits = found.len() <= most;
        if !fits {
            invalid.push("/resource_ids", format!("must be at most {most}"));
        }
        fits
    })
}

pub(super) fn which(
    resource_ids: Option<Vec<ResourceId>>,
    (site, area): (Option<&str>, Option<&str>),
    kind: Option<String>,
    wanted: Wanted,
    invalid: &mut Invalid,
) -> Which {
    wire::text(kind.as_deref(), |text| text::line(text, KIND_CHARS_MAX), "/kind", invalid);
    let site = wire::id(site, "/site_id", invalid).map(SiteId);
    let area = wire::id(area, "/area_id", invalid).map(AreaId);
    Which { ids: resource_ids, site, area, kind, wanted }
}

pub(super) fn window(from: &str, to: &str, invalid: &mut Invalid) -> Option<Interval> {
    let from: Option<Timestamp> = invalid.take("/from", wire::parse_time(from));
    let to: Option<Timestamp> = invalid.take("/to", wire::parse_time(to));
    let Ok(window) = Interval::new(from?, to?) else {
        invalid.push("/to", "must be after from");
        return None;
    };
    if WINDOW_MAX < window.duration() {
        invalid.push("/to", "must be at most 62 days after from");
        return None;
    }
    Some(window)
}

pub(super) fn need(
    duration_minutes: Option<i64>,
    party_size: Option<i64>,
    quantity: Option<i64>,
    invalid: &mut Invalid,
) -> Option<Need> {
    let minutes = duration_minutes.and_then(|it| wire::number(it, 1, MINUTES_MAX, "/duration_minutes", invalid));
    let party = party_size.and_then(|it| wire::number(it, 1, CAPACITY_MAX, "/party_size", invalid));
    let quantity = wire::number(quantity.unwrap_or(1), 1, QUANTITY_MAX, "/quantity", invalid)?;
    let duration = minutes.map(|minutes| SignedDuration::from_mins(i64::from(minutes)));
    Some(Need { duration, quantity, party_size: party })
}

/// What was noted; where nothing was, a value was lost without a word, and that is a fault of ours.
pub(super) fn checked<T>(value: Option<T>, invalid: Invalid) -> Result<T, Problem> {
    invalid.finish()?;
    value.ok_or_else(|| AppError::internal("a value was refused without a reason").into())
}

/// Free time on a resource.
#[derive(Debug, Serialize, ToSchema)]
pub struct FreeView {
    /// From when on.
    starts_at: UtcTime,
    /// Until when.
    ends_at: UtcTime,
    /// How many units are free throughout.
    units: u32,
}

/// Why time can't be had.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonView {
    /// Bookings stand there.
    Booking,
    /// It is blocked.
    Block,
    /// It is out of order.
    OutOfOrder,
    /// It is closed.
    Closed,
    /// It has passed.
    Past,
}

/// Time on a resource of which nothing is free.
#[derive(Debug, Serialize, ToSchema)]
pub struct BusyView {
    /// From when on.
    starts_at: UtcTime,
    /// Until when.
    ends_at: UtcTime,
    /// Why.
    reason: ReasonView,
}

/// One resource's time.
#[derive(Debug, Serialize, ToSchema)]
pub struct AvailabilityView {
    /// The resource.
    resource_id: Uuid,
    /// What is free, in order. Whether a booking may start and end there, the rules of the place say: see `slots`.
    free: Vec<FreeView>,
    /// What is not, in order; never whose it is.
    busy: Vec<BusyView>,
}

impl From<(ResourceId, Vec<Stretch>)> for AvailabilityView {
    fn from((resource, stretches): (ResourceId, Vec<Stretch>)) -> Self {
        let (mut free, mut busy) = (Vec::new(), Vec::new());
        for stretch in stretches {
            let (starts_at, ends_at) = (UtcTime(stretch.interval.start()), UtcTime(stretch.interval.end()));
            match stretch.reason {
                Some(reason) if stretch.free == 0 => {
                    let reason = match reason {
                        Reason::Booking => ReasonView::Booking,
                        Reason::Block => ReasonView::Block,
                        Reason::OutOfOrder => ReasonView::OutOfOrder,
                        Reason::Closed => ReasonView::Closed,
                        Reason::Past => ReasonView::Past,
                    };
                    busy.push(BusyView { starts_at, ends_at, reason });
                }
                _ => free.push(FreeView { starts_at, ends_at, units: stretch.free }),
            }
        }
        Self { resource_id: resource.0, free, busy }
    }
}

/// What is free.
#[derive(Debug, Serialize, ToSchema)]
pub struct Availability {
    /// One for each resource.
    items: Vec<AvailabilityView>,
}

/// See what is free.
#[utoipa::path(
    get, path = "/availability/", tag = "Availability", operation_id = "getAvailability", security(("bearer" = [])),
    params(AvailabilityQuery),
    responses(
        (status = 200, description = "The time of each resource, from `from` to `to`", body = Availability),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn stretches(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<AvailabilityQuery>,
) -> Result<Json<Availability>, Problem> {
    let mut invalid = Invalid::new();
    let resources = query.resource_ids.as_deref().and_then(|text| ids(text, RESOURCES_MAX as usize, &mut invalid));
    let places = (query.site_id.as_deref(), query.area_id.as_deref());
    let wanted = values::wanted_by_query(query.tags.as_deref(), query.attributes.as_deref(), &mut invalid);
    let which = which(resources, places, query.kind, wanted, &mut invalid);
    let window = window(&query.from, &query.to, &mut invalid);
    let window = checked(window, invalid)?;
    let found = availability::stretches(&app, &caller, which, window).await?;
    Ok(Json(Availability { items: found.into_iter().map(Into::into).collect() }))
}

/// When one resource could be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceSlots {
    /// The resource.
    resource_id: Uuid,
    /// The times at which a booking could start and end, in order of start.
    slots: Vec<SlotView>,
}

/// A time that could be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotView {
    /// When it would start.
    starts_at: UtcTime,
    /// When it would end.
    ends_at: UtcTime,
}

impl From<Interval> for SlotView {
    fn from(interval: Interval) -> Self {
        Self { starts_at: UtcTime(interval.start()), ends_at: UtcTime(interval.end()) }
    }
}

/// A start time, over all resources.
#[derive(Debug, Serialize, ToSchema)]
pub struct MergedSlot {
    /// When it would start.
    starts_at: UtcTime,
    /// On how many resources.
    resources: usize,
}

/// Start times that can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Slots {
    /// One for each resource.
    items: Vec<ResourceSlots>,
    /// Every start time that at least one of them has, in order.
    merged: Vec<MergedSlot>,
}

/// See at which times a booking could start.
///
/// Every time that is listed would be booked, by the rules of the place too, if nobody is faster; a time on the same grid that
/// is not listed would be refused. The grid is the place's (`start_step_minutes`), or quarters of an hour.
#[utoipa::path(
    get, path = "/availability/slots", tag = "Availability", operation_id = "getSlots", security(("bearer" = [])),
    params(SlotQuery),
    responses(
        (status = 200, description = "For each resource, and merged", body = Slots),
        (status = 404, description = "`/problems/resource-not-found`: of what is to be had along", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn slots(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<SlotQuery>,
) -> Result<Response, Problem> {
    let mut invalid = Invalid::new();
    let resources = query.resource_ids.as_deref().and_then(|text| ids(text, RESOURCES_MAX as usize, &mut invalid));
    let places = (query.site_id.as_deref(), query.area_id.as_deref());
    let wanted = values::wanted_by_query(query.tags.as_deref(), query.attributes.as_deref(), &mut invalid);
    let which = which(resources, places, query.kind, wanted, &mut invalid);
    let window = window(&query.from, &query.to, &mut invalid);
    let need = need(query.duration_minutes, query.party_size, query.quantity, &mut invalid);
    let along = along_in_query(query.along.as_deref(), &mut invalid);
    let (window, need) = checked(window.zip(need), invalid)?;
    let found = availability::slots(&app, &caller, availability::Wanted { which, window, need, along }).await?;
    let mut merged: BTreeMap<Timestamp, usize> = BTreeMap::new();
    for slot in found.iter().flat_map(|(_, slots)| slots) {
        *merged.entry(slot.start()).or_insert(0) += 1;
    }
    let merged = merged.into_iter().map(|(start, resources)| MergedSlot { starts_at: UtcTime(start), resources });
    Ok(streamed(found, merged.collect()))
}

/// [`Slots`] as an answer that is written resource by resource, while it is sent: a day of a thousand resources is megabytes of text.
fn streamed(found: Vec<(ResourceId, Vec<Interval>)>, merged: Vec<MergedSlot>) -> Response {
    let items = found.into_iter().enumerate().map(|(place, (resource, slots))| {
        let mut text = if place == 0 { Vec::new() } else { b",".to_vec() };
        let slots = slots.into_iter().map(Into::into).collect();
        serde_json::to_writer(&mut text, &ResourceSlots { resource_id: resource.0, slots })?;
        Ok::<_, serde_json::Error>(text)
    });
    let rest = std::iter::once_with(move || {
        let mut text = br#"],"merged":"#.to_vec();
        serde_json::to_writer(&mut text, &merged)?;
        text.push(b'}');
        Ok(text)
    });
    let text = std::iter::once(Ok(br#"{"items":["#.to_vec())).chain(items).chain(rest);
    ([(CONTENT_TYPE, "application/json")], Body::from_stream(stream::iter(text))).into_response()
}

/// What somebody is looking for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Among these resources.
    #[serde(default)]
    #[schema(max_items = 2000)]
    resource_ids: Option<Vec<String>>,
    /// Among those of this site.
    #[serde(default)]
    #[schema(format = "uuid")]
    site_id: Option<String>,
    /// Among those in this area, or in one that stands in it.
    #[serde(default)]
    #[schema(format = "uuid")]
    area_id: Option<String>,
    /// Among those of this kind.
    #[serde(default)]
    #[schema(max_length = 64)]
    kind: Option<String>,
    /// Among those with all of these tags.
    #[serde(default)]
    #[schema(max_items = 20)]
    tags: Option<Vec<String>>,
    /// Among those with these attributes: under each key a value, or a range of numbers.
    #[serde(default)]
    #[schema(value_type = Option<ConditionsBody>)]
    attributes: Option<ConditionsBody>,
    /// From when on; RFC 3339 with an offset.
    #[schema(format = DateTime, example = "2026-11-27T18:00:00Z")]
    from: String,
    /// By when it is to be over; at most 62 days later.
    #[schema(format = DateTime, example = "2026-11-27T22:00:00Z")]
    to: String,
    /// For how long; where it is left out, as long as the place says for a party of this size, or an hour.
    #[serde(default)]
    #[schema(minimum = 1)]
    duration_minutes: Option<i64>,
    /// How many people.
    #[serde(default)]
    #[schema(minimum = 1)]
    party_size: Option<i64>,
    /// How many units of one resource.
    #[serde(default)]
    #[schema(minimum = 1, default = 1)]
    quantity: Option<i64>,
    /// What has to be had along: a projector with the room.
    #[serde(default)]
    #[schema(max_items = 50)]
    along: Option<Vec<NewAlong>>,
    /// At times when all these users have no booking.
    #[serde(default)]
    #[schema(max_items = 20)]
    people: Option<Vec<String>>,
    /// How many candidates at most.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100, default = 10)]
    limit: Option<i64>,
}

/// A time on a resource that could be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Candidate {
    /// The resource.
    resource_id: Uuid,
    /// When it would start.
    starts_at: UtcTime,
    /// When it would end.
    ends_at: UtcTime,
}

impl From<Offer> for Candidate {
    fn from(offer: Offer) -> Self {
        let (starts_at, ends_at) = (UtcTime(offer.interval.start()), UtcTime(offer.interval.end()));
        Self { resource_id: offer.resource.0, starts_at, ends_at }
    }
}

/// What a search found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchResult {
    /// What fits: the fewest empty seats first, of these what is made of the fewest parts, then the fewest gaps too short for another,
    /// then the earliest; at most three times of one resource.
    candidates: Vec<Candidate>,
    /// Where nothing fits: the times within a week that are nearest to the window, at most three of one resource.
    alternatives: Vec<Candidate>,
}

/// Search for the best time and place.
///
/// "Six people, two hours, Friday between 18:00 and 22:00, in a room with a screen and a view."
#[utoipa::path(
    post, path = "/availability/search", tag = "Availability", operation_id = "searchAvailability", security(("bearer" = [])),
    request_body = Search,
    responses(
        (status = 200, description = "What could be booked", body = SearchResult),
        (status = 404, description = "`/problems/resource-not-found`: of what is to be had along; `/problems/user-not-found`: of `people`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn search(
    State(app): State<App>,
    caller: Caller,
    Json(search): Json<Search>,
) -> Result<Json<SearchResult>, Problem> {
    let mut invalid = Invalid::new();
    let resources =
        search.resource_ids.as_ref().and_then(|texts| ids(&texts.join(","), RESOURCES_MAX as usize, &mut invalid));
    let places = (search.site_id.as_deref(), search.area_id.as_deref());
    let wanted = values::wanted_by_body(search.tags.as_deref(), search.attributes, &mut invalid);
    let which = which(resources, places, search.kind, wanted, &mut invalid);
    let window = window(&search.from, &search.to, &mut invalid);
    let need = need(search.duration_minutes, search.party_size, search.quantity, &mut invalid);
    let people: Option<Vec<UserId>> =
        search.people.unwrap_or_default().iter().map(|id| parse_uuid(id).map(UserId)).collect();
    match &people {
        None => invalid.push("/people", "must be ids of users"),
        Some(people) if PEOPLE_MAX < people.len() => invalid.push("/people", "must be at most 20"),
        Some(_) => {}
    }
    let limit = search.limit.unwrap_or(CANDIDATES_DEFAULT);
    let limit = wire::number(limit, 1, CANDIDATES_MAX, "/limit", &mut invalid);
    let along = bookings::along(search.along.as_deref().unwrap_or_default(), &mut invalid);
    let asked = window.zip(need).zip(people.zip(limit));
    let ((window, need), (people, limit)) = checked(asked, invalid)?;
    let wanted = availability::Wanted { which, window, need, along };
    let found = availability::search(&app, &caller, wanted, people, limit as usize).await?;
    let show = |offers: Vec<Offer>| offers.into_iter().map(Into::into).collect();
    Ok(Json(SearchResult { candidates: show(found.candidates), alternatives: show(found.alternatives) }))
}
