//! `/public`: booking without an account, on the page of a site; what a guest does with it then, below `/guest`; and what the managers of
//! the site say of its page. No answer here names a resource or tells of anybody else.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::{FromRef, FromRequestParts, RawPathParams, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bronya_domain::booking::Booking;
use bronya_domain::ids::{BookingId, SiteId};
use bronya_domain::interval::Interval;
use bronya_domain::limits::{CAPACITY_MAX, KIND_CHARS_MAX, NOTES_CHARS_MAX};
use bronya_domain::place::is_slug;
use bronya_domain::public_page::{Asked, PublicPage};
use bronya_domain::text;
use bronya_store::public_pages::StoredPage;
use bronya_store::waiting::Entry;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::bookings::{BookingView, One, StatusView, one};
use super::caller::Caller;
use super::etag::ETag;
use super::extract::{IfMatch, Invalid, Json, Path, Query};
use super::guests::Guest;
use super::ics;
use super::people::ContactBody;
use super::problem::{Problem, ProblemBody, ProblemKind};
use super::ui;
use super::users::Anonymous;
use super::values::{self, ValuesBody};
use super::waiting::{WaitingStatus, status};
use super::wire::{self, UtcTime, parse_time};
use crate::app::public::{self, DAYS_MAX, DayStatus, Filled, Shown, Slot, Wish};
use crate::app::sign_in::Client;
use crate::app::{App, guests};

/// The longest time within which somebody waits.
const WAIT_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The name of a site in addresses.
#[derive(Clone, Debug)]
pub struct Slug(String);

impl<S: Send + Sync> FromRequestParts<S> for Slug {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let not_found = || Problem::from(ProblemKind::PublicPageNotFound);
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| not_found())?;
        let slug = params.iter().last().map(|(_, value)| value).filter(|text| is_slug(text));
        slug.map(|text| Self(text.to_owned())).ok_or_else(not_found)
    }
}

// --- the page, for those who manage the site -----------------------------------------------------------------------

/// Whether a guest is asked for something.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AskedOfGuests)]
pub enum AskedView {
    /// It is not asked for.
    No,
    /// It may be left out.
    Optional,
    /// It has to be given.
    Required,
}

impl From<Asked> for AskedView {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::No => Self::No,
            Asked::Optional => Self::Optional,
            Asked::Required => Self::Required,
        }
    }
}

impl From<AskedView> for Asked {
    fn from(asked: AskedView) -> Self {
        match asked {
            AskedView::No => Self::No,
            AskedView::Optional => Self::Optional,
            AskedView::Required => Self::Required,
        }
    }
}

/// The page of a site on which the public books. What is left out of a request is as pages begin.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = PublicPage)]
pub struct PageBody {
    /// Whether the public may book here. Only resources that are `public` can be had, and none of a kind whose bookings have to carry
    /// fields.
    #[schema(default = false)]
    is_open: bool,
    /// Of which kinds; none: of all.
    #[schema(max_items = 20)]
    kinds: Vec<String>,
    /// The largest party.
    #[schema(minimum = 1, maximum = 100_000, default = 8)]
    party_max: i64,
    /// How long a booking is where the place does not say, by turn times or by the pieces in which it gives its time out.
    #[schema(minimum = 1, maximum = 527_040, default = 90)]
    duration_minutes: i64,
    /// How long a time is held while the form is filled; never longer than the rules of the place hold a time.
    #[schema(minimum = 1, maximum = 30, default = 10)]
    hold_minutes: i64,
    /// What guests are told before they book.
    #[schema(max_length = 4000, required = true)]
    policy_text: Option<String>,
    /// Whether they are asked for an address for mail.
    #[schema(value_type = AskedView, default = "required")]
    email: wire::Word<AskedView>,
    /// Whether they are asked for a telephone number.
    #[schema(value_type = AskedView, default = "optional")]
    phone: wire::Word<AskedView>,
    /// Whose pages may show it in a frame: exact origins (`https://www.example.org`).
    #[schema(max_items = 20)]
    origins: Vec<String>,
    /// The colour of its buttons: six hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{6}$", required = true)]
    accent: Option<String>,
}

impl Default for PageBody {
    fn default() -> Self {
        PublicPage::default().into()
    }
}

impl From<PublicPage> for PageBody {
    fn from(page: PublicPage) -> Self {
        Self {
            is_open: page.is_open,
            kinds: page.kinds,
            party_max: page.party_max.into(),
            duration_minutes: page.duration_minutes.into(),
            hold_minutes: page.hold_minutes.into(),
            policy_text: page.policy_text,
            email: wire::Word(page.email.into()),
            phone: wire::Word(page.phone.into()),
            origins: page.origins,
            accent: page.accent,
        }
    }
}

impl PageBody {
    fn read(self) -> Result<PublicPage, Problem> {
        // What is out of range is named by the check.
        let count = |number: i64| u32::try_from(number).unwrap_or(0);
        let page = PublicPage {
            is_open: self.is_open,
            kinds: self.kinds,
            party_max: count(self.party_max),
            duration_minutes: count(self.duration_minutes),
            hold_minutes: count(self.hold_minutes),
            policy_text: self.policy_text,
            email: self.email.0.into(),
            phone: self.phone.0.into(),
            origins: self.origins,
            accent: self.accent,
        };
        let mut invalid = Invalid::new();
        for problem in page.check() {
            invalid.push(format!("/{}", problem.attribute), problem.detail);
        }
        invalid.finish()?;
        Ok(page)
    }
}

type Tagged = ([(HeaderName, HeaderValue); 1], Json<PageBody>);

fn tagged(stored: StoredPage) -> Tagged {
    (ETag(stored.version).header(), Json(stored.page.into()))
}

/// Read what the page of a site is.
///
/// For managers of the site.
#[utoipa::path(
    get, path = "/sites/{site_id}/public-page", tag = "Public booking", operation_id = "getPublicPage", security(("bearer" = [])),
    params(("site_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The page", body = PageBody, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn page(State(app): State<App>, caller: Caller, Path(id): Path<SiteId>) -> Result<Tagged, Problem> {
    Ok(tagged(public::page(&app, &caller, id).await?))
}

/// Say what the page of a site is.
///
/// For managers of the site. It is open from then on, or closed; what was held or booked stands.
#[utoipa::path(
    put, path = "/sites/{site_id}/public-page", tag = "Public booking", operation_id = "replacePublicPage", security(("bearer" = [])),
    request_body = PageBody,
    params(("site_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The page as it is now", body = PageBody, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn replace_page(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SiteId>,
    if_match: IfMatch,
    Json(body): Json<PageBody>,
) -> Result<Tagged, Problem> {
    let page = body.read()?;
    Ok(tagged(public::replace_page(&app, &caller, id, page, if_match.versions()).await?))
}

// --- what a visitor sees -------------------------------------------------------------------------------------------

/// A site that takes bookings of the public.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicSite)]
pub struct SiteView {
    /// What it is called.
    name: String,
    /// Where it is.
    #[schema(required = true)]
    address: Option<String>,
    /// Whose clock its times are on.
    time_zone: String,
    /// Its language.
    locale: String,
    /// What guests are told before they book.
    #[schema(required = true)]
    policy_text: Option<String>,
    /// Whether they are asked for an address for mail.
    email: AskedView,
    /// Whether they are asked for a telephone number.
    phone: AskedView,
    /// What there is to choose from: more than one only where that is a question.
    kinds: BTreeSet<String>,
    /// The largest party.
    party_max: u32,
    /// The day that it is there.
    #[schema(value_type = String, format = Date)]
    today: String,
    /// The last day for which it takes bookings now; `null`: as far ahead as anybody.
    #[schema(value_type = Option<String>, format = Date, required = true)]
    last_date: Option<String>,
    /// The colour of its buttons.
    #[schema(required = true)]
    accent: Option<String>,
}

impl From<Shown> for SiteView {
    fn from(shown: Shown) -> Self {
        let attributes = shown.site.attributes;
        Self {
            name: attributes.name,
            address: attributes.address,
            time_zone: attributes.time_zone,
            locale: attributes.locale,
            policy_text: shown.page.policy_text,
            email: shown.page.email.into(),
            phone: shown.page.phone.into(),
            kinds: shown.kinds,
            party_max: shown.party_max,
            today: shown.today.to_string(),
            last_date: shown.last_date.map(|date| date.to_string()),
            accent: shown.page.accent,
        }
    }
}

/// Read what the page of a site says.
///
/// For everybody, without an account.
#[utoipa::path(
    get, path = "/public/sites/{slug}", tag = "Public booking", operation_id = "getPublicSite",
    params(("slug" = String, Path)),
    responses(
        (status = 200, description = "The site", body = SiteView),
        (status = 404, description = "`/problems/public-page-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
        (status = 503, description = "`/problems/overloaded`, `/problems/unavailable`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn site(State(app): State<App>, Slug(slug): Slug, visitor: Anonymous) -> Result<Json<SiteView>, Problem> {
    Ok(Json(public::shown(&app, slug, visitor.into()).await?.into()))
}

/// Of which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SlotsQuery {
    /// The day, on the clock of the place (`2026-11-27`).
    #[param(format = Date)]
    date: String,
    /// How many people come.
    #[param(minimum = 1)]
    party_size: i64,
    /// Of which kind it is to be.
    #[param(required = false, max_length = 64)]
    kind: Option<String>,
}

/// A start time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicSlot)]
pub struct SlotView {
    /// When.
    starts_at: UtcTime,
    /// When it ends, at the latest.
    ends_at: UtcTime,
    /// Whether something is free then.
    status: SlotStatus,
}

/// Whether something is free.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlotStatus {
    /// Something is.
    Free,
    /// Nothing is: one can wait for it.
    Full,
}

/// The start times of a day, the earliest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicSlots)]
pub struct SlotsView {
    /// The times at which the place takes bookings that day. None of them: it is closed, or the day has passed.
    slots: Vec<SlotView>,
}

fn slots_view(found: Vec<Slot>) -> Json<SlotsView> {
    let view = |slot: Slot| SlotView {
        starts_at: UtcTime(slot.starts_at),
        ends_at: UtcTime(slot.ends_at),
        status: if slot.is_free { SlotStatus::Free } else { SlotStatus::Full },
    };
    Json(SlotsView { slots: found.into_iter().map(view).collect() })
}

fn date(text: &str, pointer: &'static str, invalid: &mut Invalid) -> Option<Date> {
    // The one form, without what the time library would read as well.
    let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date = text.parse::<Date>().ok().filter(|date| plain && (1_970..=9_990).contains(&date.year()));
    if date.is_none() {
        invalid.push(pointer, "must be a day such as 2026-11-27");
    }
    date
}

fn party(number: i64, invalid: &mut Invalid) -> Option<u32> {
    wire::number(number, 1, CAPACITY_MAX, "/party_size", invalid)
}

fn wish(party_size: i64, kind: Option<String>, invalid: &mut Invalid) -> Option<Wish> {
    wire::text(kind.as_deref(), |text| text::line(text, KIND_CHARS_MAX), "/kind", invalid);
    Some(Wish { party: party(party_size, invalid)?, kind })
}

/// What was noted; where nothing was, the value is there.
fn checked<T>(value: Option<T>, invalid: Invalid) -> Result<T, Problem> {
    super::availability::checked(value, invalid)
}

/// List the start times of a day.
///
/// For everybody, without an account. Which tables they are on, and who has the others, nobody is told.
#[utoipa::path(
    get, path = "/public/sites/{slug}/slots", tag = "Public booking", operation_id = "listPublicSlots",
    params(("slug" = String, Path), SlotsQuery),
    responses(
        (status = 200, description = "The start times, with whether something is free", body = SlotsView),
        (status = 404, description = "`/problems/public-page-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/party-too-large`, `/problems/too-wide`, `/problems/in-the-past`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
        (status = 503, description = "`/problems/overloaded`, `/problems/unavailable`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn slots(
    State(app): State<App>,
    Slug(slug): Slug,
    visitor: Anonymous,
    Query(query): Query<SlotsQuery>,
) -> Result<Json<SlotsView>, Problem> {
    let mut invalid = Invalid::new();
    let date = date(&query.date, "/date", &mut invalid);
    let wish = wish(query.party_size, query.kind, &mut invalid);
    let (date, wish) = checked(date.zip(wish), invalid)?;
    Ok(slots_view(public::slots(&app, slug, date, wish, visitor.into()).await?))
}

/// Of which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DaysQuery {
    /// The first day, on the clock of the place (`2026-11-01`).
    #[param(format = Date)]
    from: String,
    /// The last one, at most 30 days later.
    #[param(format = Date)]
    to: String,
    /// How many people come.
    #[param(minimum = 1)]
    party_size: i64,
    /// Of which kind it is to be.
    #[param(required = false, max_length = 64)]
    kind: Option<String>,
}

/// Every day from the first to the last.
fn dates(from: &str, to: &str, invalid: &mut Invalid) -> Option<Vec<Date>> {
    let from = date(from, "/from", invalid);
    let to = date(to, "/to", invalid);
    let (from, to) = from.zip(to)?;
    let dates: Vec<Date> = from.series(1.day()).take_while(|it| *it <= to).take(DAYS_MAX + 1).collect();
    if dates.is_empty() {
        invalid.push("/to", "must not be before from");
    } else if DAYS_MAX < dates.len() {
        invalid.push("/to", format!("must be at most {} days after from", DAYS_MAX - 1));
    }
    Some(dates)
}

/// What there is on a day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayStatusView {
    /// Something is free.
    Free,
    /// All is taken: one can wait for it.
    Full,
    /// The place takes no bookings then, or the day has passed.
    Closed,
}

/// A day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicDay)]
pub struct DayView {
    /// Which.
    #[schema(format = Date)]
    date: String,
    /// What there is.
    status: DayStatusView,
}

impl From<(Date, DayStatus)> for DayView {
    fn from((date, status): (Date, DayStatus)) -> Self {
        let status = match status {
            DayStatus::Free => DayStatusView::Free,
            DayStatus::Full => DayStatusView::Full,
            DayStatus::Closed => DayStatusView::Closed,
        };
        Self { date: date.to_string(), status }
    }
}

/// Days, each after the one before.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicDays)]
pub struct DaysView {
    /// The days that were asked for.
    days: Vec<DayView>,
}

fn days_view(found: Vec<(Date, DayStatus)>) -> Json<DaysView> {
    Json(DaysView { days: found.into_iter().map(DayView::from).collect() })
}

/// Tell on which days there is something.
///
/// For everybody, without an account: for a party of this size, whether a day has any free start time. Which, says
/// `GET /public/sites/{slug}/slots`.
#[utoipa::path(
    get, path = "/public/sites/{slug}/days", tag = "Public booking", operation_id = "listPublicDays",
    params(("slug" = String, Path), DaysQuery),
    responses(
        (status = 200, description = "The days, with what there is on each", body = DaysView),
        (status = 404, description = "`/problems/public-page-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/party-too-large`, `/problems/too-wide`, `/problems/in-the-past`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
        (status = 503, description = "`/problems/overloaded`, `/problems/unavailable`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn days(
    State(app): State<App>,
    Slug(slug): Slug,
    visitor: Anonymous,
    Query(query): Query<DaysQuery>,
) -> Result<Json<DaysView>, Problem> {
    let mut invalid = Invalid::new();
    let dates = dates(&query.from, &query.to, &mut invalid);
    let wish = wish(query.party_size, query.kind, &mut invalid);
    let (dates, wish) = checked(dates.zip(wish), invalid)?;
    Ok(days_view(public::days(&app, slug, dates, wish, visitor.into()).await?))
}

// --- holding and booking -------------------------------------------------------------------------------------------

/// What is to be held.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPublicHold {
    /// When it starts: one of the start times.
    #[schema(format = DateTime)]
    starts_at: String,
    /// How many people come.
    #[schema(minimum = 1)]
    party_size: i64,
    /// Of which kind it is to be.
    #[serde(default)]
    #[schema(max_length = 64)]
    kind: Option<String>,
}

/// A time that is held for a guest while a form is filled.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PublicHold)]
pub struct HoldView {
    /// Its id, which is that of the booking that it becomes.
    id: Uuid,
    /// The secret that proves whose it is: the bearer token of the operations on `/guest/bookings/{id}`, and what manages the booking
    /// then. It is shown this once.
    token: String,
    /// When it starts.
    starts_at: UtcTime,
    /// When it ends.
    ends_at: UtcTime,
    /// How many people come.
    #[schema(required = true)]
    party_size: Option<u32>,
    /// Until when it is held.
    #[schema(required = true)]
    lapses_at: Option<UtcTime>,
}

fn location(id: BookingId) -> [(HeaderName, HeaderValue); 1] {
    let path = HeaderValue::try_from(format!("/guest/bookings/{id}"));
    // An id is always a valid header value.
    [(LOCATION, path.unwrap_or_else(|_| HeaderValue::from_static("/guest/bookings")))]
}

/// Hold a time, without an account.
///
/// Takes the best fitting of what is `public`, and keeps it for some minutes while the form is filled: then it is booked
/// (`POST /guest/bookings/{id}/book`), given back (`DELETE /guest/bookings/{id}`), or lapses by itself. All rules of the place hold.
/// It takes no `Idempotency-Key`: where the answer is lost, the hold lapses, and another one is asked for.
#[utoipa::path(
    post, path = "/public/sites/{slug}/holds", tag = "Public booking", operation_id = "createPublicHold",
    request_body = NewPublicHold,
    params(("slug" = String, Path)),
    responses(
        (status = 201, description = "Held until `lapses_at`", body = HoldView, headers(("Location" = String))),
        (status = 404, description = "`/problems/public-page-not-found`, `/problems/resource-not-found`: nothing of that kind is offered", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-conflict`: somebody was faster; up to five other start times (`alternatives`), `/problems/too-many-affected`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/party-too-large`, `/problems/quantity-too-large`, `/problems/too-short`, `/problems/too-long`, `/problems/in-the-past`, `/problems/too-far-ahead`, `/problems/against-policy`, `/problems/too-wide`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`: too often, or as much is held from this address as may be", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn hold(
    State(app): State<App>,
    Slug(slug): Slug,
    visitor: Anonymous,
    Json(new): Json<NewPublicHold>,
) -> Result<Response, Problem> {
    let mut invalid = Invalid::new();
    let start = invalid.take("/starts_at", parse_time(&new.starts_at));
    let wish = wish(new.party_size, new.kind, &mut invalid);
    let (start, wish) = checked(start.zip(wish), invalid)?;
    let (held, secret) = public::hold(&app, slug, start, wish, visitor.into()).await?;
    let id = held.id;
    let view = HoldView {
        id: id.0,
        token: secret.expose().to_owned(),
        starts_at: UtcTime(held.interval.start()),
        ends_at: UtcTime(held.interval.end()),
        party_size: held.details.party_size,
        lapses_at: held.lapses_at.map(UtcTime),
    };
    Ok((StatusCode::CREATED, location(id), Json(view)).into_response())
}

/// Hold a time for longer, as a guest.
///
/// As long again as the place holds a time, once.
#[utoipa::path(
    post, path = "/guest/bookings/{booking_id}/renew", tag = "Public booking", operation_id = "renewGuestHold", security(("guestLink" = [])),
    params(("booking_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The hold, with `lapses_at` as it is now", body = BookingView, headers(("ETag" = String))),
        (status = 409, description = "`/problems/booking-state`: it has lapsed, was given back or is booked; `/problems/booking-closed`: its time is over", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn renew(State(app): State<App>, Guest(guest): Guest) -> Result<One, Problem> {
    Ok(one(public::prolong(&app, &guest).await?))
}

/// What a guest fills a form with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilledByGuest {
    /// The name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// An address for mail, where the place asks for one.
    #[serde(default)]
    #[schema(max_length = 254)]
    email: Option<String>,
    /// A telephone number, likewise.
    #[serde(default)]
    #[schema(max_length = 40)]
    phone: Option<String>,
    /// How many people come, where that is another number by now.
    #[serde(default)]
    #[schema(minimum = 1)]
    party_size: Option<i64>,
    /// More about it.
    #[serde(default)]
    #[schema(max_length = 4000)]
    notes: Option<String>,
    /// What its kind lets it carry.
    #[serde(default)]
    #[schema(value_type = Option<ValuesBody>)]
    fields: super::extract::Patch<ValuesBody>,
}

fn missing(asked: (Asked, Asked), email: Option<&str>, phone: Option<&str>, invalid: &mut Invalid) {
    for (asked, given, pointer) in [(asked.0, email, "/email"), (asked.1, phone, "/phone")] {
        if asked == Asked::Required && given.is_none() {
            invalid.push(pointer, "is required here");
        }
    }
}

/// Book what is held, as a guest.
///
/// Answers with the booking: `confirmed`, or `pending` where it needs approval. The same hold taken up twice is one booking, and answered
/// as one. The secret manages the booking from then on. What the waiting list offers is booked in the same way.
#[utoipa::path(
    post, path = "/guest/bookings/{booking_id}/book", tag = "Public booking", operation_id = "bookGuestHold", security(("guestLink" = [])),
    request_body = FilledByGuest,
    params(("booking_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The booking", body = BookingView, headers(("ETag" = String))),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-state`: it has lapsed or was given back; `/problems/booking-closed`: its time is over", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/party-too-large`, `/problems/against-policy`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn book(
    State(app): State<App>,
    Guest(guest): Guest,
    visitor: Anonymous,
    Json(filled): Json<FilledByGuest>,
) -> Result<One, Problem> {
    let mut invalid = Invalid::new();
    let body = ContactBody::new(filled.name, filled.email, filled.phone);
    let contact = body.read("", &mut invalid);
    let party = filled.party_size.and_then(|it| party(it, &mut invalid));
    wire::text(filled.notes.as_deref(), |text| text::paragraphs(text, NOTES_CHARS_MAX), "/notes", &mut invalid);
    let asked = public::asks(&app, &guest).await?;
    missing(asked, body.email(), body.phone(), &mut invalid);
    let contact = checked(contact, invalid)?;
    let filled = Filled { contact, party, notes: filled.notes, fields: values::edit(filled.fields) };
    Ok(one(public::take_up(&app, &guest, &Client::from(visitor), filled).await?))
}

// --- afterwards ----------------------------------------------------------------------------------------------------

/// Of which day, for how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GuestSlotsQuery {
    /// The day, on the clock of the place (`2026-11-27`).
    #[param(format = Date)]
    date: String,
    /// How many people come; where it is left out, as many as before.
    #[param(required = false, minimum = 1)]
    party_size: Option<i64>,
}

/// List the start times that your booking could be moved to, as a guest.
#[utoipa::path(
    get, path = "/guest/bookings/{booking_id}/slots", tag = "Public booking", operation_id = "listGuestSlots", security(("guestLink" = [])),
    params(("booking_id" = Uuid, Path), GuestSlotsQuery),
    responses(
        (status = 200, description = "The start times, with whether something is free but for your own booking", body = SlotsView),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`, `/problems/in-the-past`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn slots_of_guest(
    State(app): State<App>,
    Guest(guest): Guest,
    Query(query): Query<GuestSlotsQuery>,
) -> Result<Json<SlotsView>, Problem> {
    let mut invalid = Invalid::new();
    let party = query.party_size.and_then(|it| party(it, &mut invalid));
    let date = date(&query.date, "/date", &mut invalid);
    let date = checked(date, invalid)?;
    Ok(slots_view(public::slots_of_guest(&app, &guest, date, party).await?))
}

/// Of which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct GuestDaysQuery {
    /// The first day, on the clock of the place (`2026-11-01`).
    #[param(format = Date)]
    from: String,
    /// The last one, at most 30 days later.
    #[param(format = Date)]
    to: String,
    /// How many people come; where it is left out, as many as before.
    #[param(required = false, minimum = 1)]
    party_size: Option<i64>,
}

/// Tell on which days there is something to move your booking to, as a guest.
///
/// Whether a day has any free start time but for your own booking. Which, says `GET /guest/bookings/{booking_id}/slots`.
#[utoipa::path(
    get, path = "/guest/bookings/{booking_id}/days", tag = "Public booking", operation_id = "listGuestDays", security(("guestLink" = [])),
    params(("booking_id" = Uuid, Path), GuestDaysQuery),
    responses(
        (status = 200, description = "The days, with what there is on each", body = DaysView),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`, `/problems/in-the-past`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn days_of_guest(
    State(app): State<App>,
    Guest(guest): Guest,
    visitor: Anonymous,
    Query(query): Query<GuestDaysQuery>,
) -> Result<Json<DaysView>, Problem> {
    let mut invalid = Invalid::new();
    let party = query.party_size.and_then(|it| party(it, &mut invalid));
    let dates = dates(&query.from, &query.to, &mut invalid);
    let dates = checked(dates, invalid)?;
    Ok(days_view(public::days_of_guest(&app, &guest, dates, party, visitor.into()).await?))
}

/// Where a guest's booking is to be moved to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuestMove {
    /// When it is to start.
    #[schema(format = DateTime)]
    starts_at: String,
    /// How many people come, where that changes.
    #[serde(default)]
    #[schema(minimum = 1)]
    party_size: Option<i64>,
}

/// Move your booking, as a guest.
///
/// To another time, perhaps for another number of people, on whatever fits best of what its site offers the public. The old time is
/// given up only if the new one is had.
#[utoipa::path(
    post, path = "/guest/bookings/{booking_id}/move", tag = "Public booking", operation_id = "moveGuestBooking", security(("guestLink" = [])),
    request_body = GuestMove,
    params(("booking_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The booking as it is now", body = BookingView, headers(("ETag" = String))),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-conflict`, with up to five other start times (`alternatives`); `/problems/booking-closed`, `/problems/too-many-affected`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/party-too-large`, `/problems/quantity-too-large`, `/problems/too-short`, `/problems/too-long`, `/problems/in-the-past`, `/problems/too-far-ahead`, `/problems/against-policy`, `/problems/too-wide`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn move_booking(
    State(app): State<App>,
    Guest(guest): Guest,
    Json(asked): Json<GuestMove>,
) -> Result<One, Problem> {
    let mut invalid = Invalid::new();
    let start = invalid.take("/starts_at", parse_time(&asked.starts_at));
    let party = asked.party_size.and_then(|it| party(it, &mut invalid));
    let start = checked(start, invalid)?;
    Ok(one(public::move_to(&app, &guest, start, party).await?))
}

/// Take your booking along in a calendar, as a guest.
#[utoipa::path(
    get, path = "/guest/bookings/{booking_id}/calendar.ics", tag = "Public booking", operation_id = "getGuestCalendar", security(("guestLink" = [])),
    params(("booking_id" = Uuid, Path)),
    responses((status = 200, description = "One event (RFC 5545)", body = String, content_type = "text/calendar")),
)]
pub async fn calendar(State(app): State<App>, Guest(guest): Guest) -> Result<Response, Problem> {
    let booking = guests::by_link(&app, &guest).await?;
    let found = guests::whereabouts(&app, &booking).await?;
    let (name, site) = found.map_or((None, None), |found| (Some(found.resource), found.site));
    let (site_name, address) = site.unzip();
    let summary = site_name.or(name).unwrap_or_else(|| "Bronya".to_owned());
    let event = ics::Event {
        id: booking.id.0,
        version: booking.version,
        changed_at: booking.updated_at,
        starts_at: booking.interval.start(),
        ends_at: booking.interval.end(),
        summary: &summary,
        location: address.as_ref().and_then(Option::as_deref),
        description: booking.details.notes.as_deref(),
        status: calendar_status(&booking),
    };
    let headers =
        [(CONTENT_TYPE, "text/calendar; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"booking.ics\"")];
    Ok((headers, ics::calendar(&event)).into_response())
}

fn calendar_status(booking: &Booking) -> &'static str {
    use bronya_domain::booking::Status;
    match booking.status {
        Status::Pending | Status::Held => "TENTATIVE",
        Status::Confirmed | Status::CheckedIn | Status::Completed => "CONFIRMED",
        Status::Rejected | Status::Cancelled | Status::NoShow | Status::Expired => "CANCELLED",
    }
}

// --- waiting -------------------------------------------------------------------------------------------------------

/// What a guest waits for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPublicWaiting {
    /// From when on it would do.
    #[schema(format = DateTime)]
    from: String,
    /// By when it is to be over; at most seven days later.
    #[schema(format = DateTime)]
    to: String,
    /// How many people come.
    #[schema(minimum = 1)]
    party_size: i64,
    /// Of which kind it is to be.
    #[serde(default)]
    #[schema(max_length = 64)]
    kind: Option<String>,
    /// The name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// An address for mail, where the place asks for one.
    #[serde(default)]
    #[schema(max_length = 254)]
    email: Option<String>,
    /// A telephone number, likewise.
    #[serde(default)]
    #[schema(max_length = 40)]
    phone: Option<String>,
    /// More about it.
    #[serde(default)]
    #[schema(max_length = 4000)]
    notes: Option<String>,
}

/// A guest on the waiting list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = GuestWaiting)]
pub struct WaitingView {
    /// Its id, which is also that of the booking that is offered.
    id: Uuid,
    /// The secret, shown this once: the bearer token of the operations on `/guest/waiting-list/{id}`, and on `/guest/bookings/{id}` once
    /// something is offered. `null` in every other answer.
    #[schema(required = true)]
    token: Option<String>,
    /// From when on.
    from: UtcTime,
    /// By when it is to be over.
    to: UtcTime,
    /// How many people come.
    #[schema(required = true)]
    party_size: Option<u32>,
    /// The name.
    #[schema(required = true)]
    name: Option<String>,
    /// Where it stands.
    status: WaitingStatus,
    /// What was offered.
    #[schema(required = true)]
    offer: Option<GuestOffer>,
    /// What the site is called.
    #[schema(required = true)]
    site_name: Option<String>,
    /// Its name in addresses.
    #[schema(required = true)]
    site_slug: Option<String>,
    /// Whose clock its times are on.
    #[schema(required = true)]
    time_zone: Option<String>,
}

/// What a guest who waits was offered.
#[derive(Debug, Serialize, ToSchema)]
pub struct GuestOffer {
    /// Where the booking stands.
    status: StatusView,
    /// When it would start.
    starts_at: UtcTime,
    /// When it would end.
    ends_at: UtcTime,
    /// Until when it is held.
    #[schema(required = true)]
    lapses_at: Option<UtcTime>,
}

fn waiting_view(
    entry: &Entry,
    site: Option<bronya_domain::place::Site>,
    token: Option<String>,
    now: Timestamp,
) -> WaitingView {
    let offer = entry.offer.map(|offer| {
        let standing = offer.status_at(now);
        GuestOffer {
            status: standing.into(),
            starts_at: UtcTime(offer.interval.start()),
            ends_at: UtcTime(offer.interval.end()),
            lapses_at: offer.lapses_at.filter(|_| standing.holds_time()).map(UtcTime),
        }
    });
    let site = site.map(|site| site.attributes);
    WaitingView {
        id: entry.id.0,
        token,
        from: UtcTime(entry.window.start()),
        to: UtcTime(entry.window.end()),
        party_size: entry.details.party_size,
        name: entry.details.guest.as_ref().map(|guest| guest.contact.name.clone()),
        status: status(entry, now),
        offer,
        site_name: site.as_ref().map(|site| site.name.clone()),
        site_slug: site.as_ref().map(|site| site.slug.clone()),
        time_zone: site.map(|site| site.time_zone),
    }
}

/// Join the waiting list, without an account.
///
/// When time becomes free, the first who fits is offered it: a hold with the id of the entry and its secret, for as long as the place
/// holds a time. It is booked with `POST /guest/bookings/{id}/book`. Nobody is told by mail: the page of the link shows it.
#[utoipa::path(
    post, path = "/public/sites/{slug}/waiting-list", tag = "Public booking", operation_id = "joinPublicWaitingList",
    request_body = NewPublicWaiting,
    params(("slug" = String, Path)),
    responses(
        (status = 201, description = "On the list", body = WaitingView, headers(("Location" = String))),
        (status = 404, description = "`/problems/public-page-not-found`, `/problems/resource-not-found`: nothing of that kind is offered", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`, `/problems/in-the-past`, `/problems/party-too-large`, `/problems/quantity-too-large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn wait(
    State(app): State<App>,
    Slug(slug): Slug,
    visitor: Anonymous,
    Json(new): Json<NewPublicWaiting>,
) -> Result<Response, Problem> {
    let mut invalid = Invalid::new();
    let window = super::availability::window(&new.from, &new.to, &mut invalid);
    if window.is_some_and(|window: Interval| WAIT_MAX < window.duration()) {
        invalid.push("/to", "must be at most 7 days after from");
    }
    let wish = wish(new.party_size, new.kind, &mut invalid);
    let body = ContactBody::new(new.name, new.email, new.phone);
    let contact = body.read("", &mut invalid);
    wire::text(new.notes.as_deref(), |text| text::paragraphs(text, NOTES_CHARS_MAX), "/notes", &mut invalid);
    let asked = public::asks_at(&app, slug.clone()).await?;
    missing(asked, body.email(), body.phone(), &mut invalid);
    let ((window, wish), contact) = checked(window.zip(wish).zip(contact), invalid)?;
    let filled = Filled { contact, party: None, notes: new.notes, fields: None };
    let (entry, secret) = public::wait(&app, slug, window, wish, filled, visitor.into()).await?;
    let path = HeaderValue::try_from(format!("/guest/waiting-list/{}", entry.id));
    let location = [(LOCATION, path.unwrap_or_else(|_| HeaderValue::from_static("/guest/waiting-list")))];
    let view = waiting_view(&entry, None, Some(secret.expose().to_owned()), app.clock.now());
    Ok((StatusCode::CREATED, location, Json(view)).into_response())
}

/// Read your entry of the waiting list, as a guest.
#[utoipa::path(
    get, path = "/guest/waiting-list/{waiting_id}", tag = "Public booking", operation_id = "getGuestWaiting", security(("guestLink" = [])),
    params(("waiting_id" = Uuid, Path)),
    responses((status = 200, description = "The entry", body = WaitingView)),
)]
pub async fn waiting(State(app): State<App>, Guest(guest): Guest) -> Result<Json<WaitingView>, Problem> {
    let (entry, site) = public::waits(&app, &guest).await?;
    Ok(Json(waiting_view(&entry, site, None, app.clock.now())))
}

/// Leave the waiting list, as a guest.
///
/// What was said is gone with the entry. What was offered already is a booking, and is cancelled like one
/// (`DELETE /guest/bookings/{id}`).
#[utoipa::path(
    delete, path = "/guest/waiting-list/{waiting_id}", tag = "Public booking", operation_id = "leaveGuestWaitingList", security(("guestLink" = [])),
    params(("waiting_id" = Uuid, Path)),
    responses((status = 204, description = "Off the list")),
)]
pub async fn leave(State(app): State<App>, Guest(guest): Guest) -> Result<StatusCode, Problem> {
    public::leave(&app, &guest).await?;
    Ok(StatusCode::NO_CONTENT)
}

// --- pages ---------------------------------------------------------------------------------------------------------

/// The page of a site in a frame of another page: which pages may have it, the site says.
pub(super) fn router<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    App: FromRef<S>,
{
    Router::new().route("/embed/{slug}", get(embedded))
}

async fn embedded(State(app): State<App>, Slug(slug): Slug, headers: HeaderMap) -> Result<Response, Problem> {
    let framers = public::framers(&app, &slug).await?;
    Ok(ui::public_page(&headers, &framers))
}
