//! `/displays`: displays at doors, for those who manage what is behind them. `/display`: what the tablet itself asks, with a secret of its
//! own and nobody signed in.

use axum::extract::{FromRef, FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use bronya_domain::availability::Reason;
use bronya_domain::booking::Booking;
use bronya_domain::door::{BOOKED_MINUTES, Display, DoorSettings, EXTENDED_MINUTES_MAX, PIN_DIGITS, Shows};
use bronya_domain::ids::{BookingId, DisplayId};
use bronya_store::Answer;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer;
use super::bookings::StatusView;
use super::caller::{Caller, bearer, origin};
use super::etag::ETag;
use super::extract::{IdempotencyKey, IfMatch, Invalid, Json, Patch, Path, Query};
use super::page::{Cursor, List, PageQuery};
use super::problem::{Problem, ProblemBody, ProblemKind};
use super::users::Anonymous;
use super::wire::{self, UtcTime};
use crate::app::displays::{self, AtDoor, Door, EditDisplay, Listed, NewDisplay};
use crate::app::{App, AppError};
use crate::auth::secret::{PairingCode, SecretKind, SecretToken};

/// A tablet: whoever sends the secret of a display as a bearer token.
#[derive(Clone, Debug)]
pub struct Tablet(pub AtDoor);

impl<S: Send + Sync> FromRequestParts<S> for Tablet
where
    App: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let not_good = || ProblemKind::Unauthorized.detail("the display is not paired, or no longer").invalid_token();
        let origin = origin(parts, state).await?;
        let secret = SecretToken::parse(SecretKind::Display, bearer(parts)?).ok_or_else(not_good)?;
        Ok(Self(AtDoor { secret: secret.hash(), origin }))
    }
}

/// What a display tells of bookings.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShowsView {
    /// When it is taken.
    Busy,
    /// Titles as well.
    Titles,
    /// Titles, and whose it is.
    People,
}

/// How a display looks.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DoorTheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// What a display may, and what it shows. What is left out is as displays begin.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = DoorSettings)]
pub struct SettingsBody {
    /// What it is called; bookings that are made at it are in that name.
    #[schema(min_length = 1, max_length = 200, default = "Door")]
    name: String,
    /// Whether one can book at it.
    #[schema(default = true)]
    may_book: bool,
    /// Whether one can check in, also a little early.
    #[schema(default = true)]
    may_check_in: bool,
    /// Whether one can stay longer.
    #[schema(default = true)]
    may_extend: bool,
    /// Whether one can end what is running.
    #[schema(default = true)]
    may_end: bool,
    /// What it tells of bookings.
    #[schema(value_type = ShowsView, default = "busy")]
    shows: wire::Word<ShowsView>,
    /// Its language; `null`: that of its site.
    #[schema(required = true)]
    language: Option<String>,
    /// How it looks; `null`: as the tablet has it.
    #[schema(value_type = Option<DoorTheme>, required = true)]
    theme: Option<wire::Word<DoorTheme>>,
}

impl Default for SettingsBody {
    fn default() -> Self {
        Self {
            name: "Door".to_owned(),
            may_book: true,
            may_check_in: true,
            may_extend: true,
            may_end: true,
            shows: wire::Word(ShowsView::Busy),
            language: None,
            theme: None,
        }
    }
}

impl From<DoorSettings> for SettingsBody {
    fn from(settings: DoorSettings) -> Self {
        Self {
            name: settings.name,
            may_book: settings.may_book,
            may_check_in: settings.may_check_in,
            may_extend: settings.may_extend,
            may_end: settings.may_end,
            shows: wire::Word(match settings.shows {
                Shows::Busy => ShowsView::Busy,
                Shows::Titles => ShowsView::Titles,
                Shows::People => ShowsView::People,
            }),
            language: settings.language,
            theme: settings.is_dark.map(|dark| wire::Word(if dark { DoorTheme::Dark } else { DoorTheme::Light })),
        }
    }
}

impl SettingsBody {
    fn read(&self, invalid: &mut Invalid) -> DoorSettings {
        let settings = DoorSettings {
            name: self.name.clone(),
            may_book: self.may_book,
            may_check_in: self.may_check_in,
            may_extend: self.may_extend,
            may_end: self.may_end,
            shows: match self.shows.0 {
                ShowsView::Busy => Shows::Busy,
                ShowsView::Titles => Shows::Titles,
                ShowsView::People => Shows::People,
            },
            language: self.language.clone(),
            is_dark: self.theme.map(|theme| matches!(theme.0, DoorTheme::Dark)),
        };
        for problem in settings.check() {
            invalid.push(format!("/settings/{}", problem.attribute), problem.detail);
        }
        settings
    }
}

/// A display at a door.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Display)]
pub struct DisplayView {
    /// Its id; what it does stands under it in the log, and in `made_by` of bookings.
    id: Uuid,
    /// At whose door it is.
    resource_id: Uuid,
    /// What it may, and what it shows.
    settings: SettingsBody,
    /// Whether it asks for a PIN before anything is changed.
    has_pin: bool,
    /// When it last asked for something, to the minute.
    #[schema(required = true)]
    seen_at: Option<UtcTime>,
    /// Counts its edits; also its `ETag`.
    version: i64,
    /// When it was paired.
    created_at: UtcTime,
    /// When it was last changed.
    updated_at: UtcTime,
}

impl From<Display> for DisplayView {
    fn from(display: Display) -> Self {
        Self {
            id: display.id.0,
            resource_id: display.resource.0,
            settings: display.settings.into(),
            has_pin: display.pin.is_some(),
            seen_at: display.seen_at.map(UtcTime),
            version: display.version,
            created_at: UtcTime(display.created_at),
            updated_at: UtcTime(display.updated_at),
        }
    }
}

type OneDisplay = ([(HeaderName, HeaderValue); 1], Json<DisplayView>);

fn one_display(display: Display) -> OneDisplay {
    (ETag(display.version).header(), Json(display.into()))
}

fn check_pin(pin: Option<&str>, invalid: &mut Invalid) {
    let digits = |pin: &str| PIN_DIGITS.contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit());
    if pin.is_some_and(|pin| !digits(pin)) {
        invalid.push("/pin", "must be 4 to 8 digits");
    }
}

/// A display to be.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDisplayBody {
    /// The code that the tablet shows.
    #[schema(example = "K7QM-4XPR")]
    code: String,
    /// At whose door it is.
    #[schema(format = "uuid")]
    resource_id: String,
    /// What it may, and what it shows.
    #[serde(default)]
    settings: SettingsBody,
    /// 4 to 8 digits that it asks for before anything is changed. They keep passers-by away, and nobody who tries long.
    #[serde(default)]
    #[schema(min_length = 4, max_length = 8)]
    pin: Option<String>,
}

#[expect(clippy::unnecessary_wraps, reason = "what a kept answer is made by; of other things there may be none")]
fn render(display: &Display) -> Option<Answer> {
    let view = DisplayView::from(display.clone());
    Some(answer::created(format!("/displays/{}", display.id), Some(display.version), &view))
}

/// Pair a display.
///
/// For managers of the resource: the tablet that shows the code is the display at its door from then on.
#[utoipa::path(
    post, path = "/displays/", tag = "Doors", operation_id = "createDisplay", security(("bearer" = [])),
    request_body = NewDisplayBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again for 24 hours")),
    responses(
        (status = 201, description = "Paired", body = DisplayView, headers(("Location" = String), ("ETag" = String), ("Idempotent-Replayed" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`, `/problems/pairing-code-not-found`: no tablet shows it, or no longer", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/too-many`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/idempotency-key-reused`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(new): Json<NewDisplayBody>,
) -> Result<Response, Problem> {
    let mut invalid = Invalid::new();
    let resource = wire::resource_id(&new.resource_id, &mut invalid);
    let settings = new.settings.read(&mut invalid);
    check_pin(new.pin.as_deref(), &mut invalid);
    let resource = super::availability::checked(resource, invalid)?;
    let code = PairingCode::parse(&new.code).ok_or(AppError::NoSuchCode)?.hash();
    let idempotency = answer::idempotency(key, "POST /displays/", &new, render);
    let display = NewDisplay { code, resource, settings, pin: new.pin };
    let reply = displays::create(&app, &caller, display, idempotency).await?;
    Ok(answer::reply(reply, render))
}

/// List displays.
///
/// Those at doors of what you manage; for administrators all.
#[utoipa::path(
    get, path = "/displays/", tag = "Doors", operation_id = "listDisplays", security(("bearer" = [])),
    params(PageQuery),
    responses(
        (status = 200, description = "In the order in which they were paired", body = List<DisplayView>),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<DisplayView>>, Problem> {
    let page = query.page()?;
    let after = page.after.map(|place| DisplayId(place.id));
    let found = displays::list(&app, &caller, after, page.rows()).await?;
    Ok(Json(page.list(found, |it| Cursor::new(it.created_at, it.id.0), DisplayView::from)))
}

/// Read a display.
#[utoipa::path(
    get, path = "/displays/{display_id}", tag = "Doors", operation_id = "getDisplay", security(("bearer" = [])),
    params(("display_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The display", body = DisplayView, headers(("ETag" = String))),
        (status = 404, description = "`/problems/display-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<DisplayId>) -> Result<OneDisplay, Problem> {
    Ok(one_display(displays::by_id(&app, &caller, id).await?))
}

/// What changes about a display (JSON Merge Patch, RFC 7396).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisplayPatch {
    /// Other settings, whole.
    #[serde(default)]
    #[schema(value_type = Option<SettingsBody>)]
    settings: Patch<SettingsBody>,
    /// Another PIN, or `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 4, max_length = 8)]
    pin: Patch<String>,
}

/// Edit a display.
#[utoipa::path(
    patch, path = "/displays/{display_id}", tag = "Doors", operation_id = "updateDisplay", security(("bearer" = [])),
    request_body(content((DisplayPatch = "application/json"), (DisplayPatch = "application/merge-patch+json"))),
    params(("display_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "The display as it is now", body = DisplayView, headers(("ETag" = String))),
        (status = 404, description = "`/problems/display-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<DisplayId>,
    if_match: IfMatch,
    Json(patch): Json<DisplayPatch>,
) -> Result<OneDisplay, Problem> {
    let mut invalid = Invalid::new();
    let settings = patch.settings.into_required("/settings", &mut invalid).map(|it| it.read(&mut invalid));
    let pin = patch.pin.into_change();
    check_pin(pin.as_ref().and_then(|pin| pin.as_deref()), &mut invalid);
    invalid.finish()?;
    let edit = EditDisplay { settings, pin, versions: if_match.versions() };
    Ok(one_display(displays::edit(&app, &caller, id, edit).await?))
}

/// Revoke a display.
///
/// From then on it is nobody's display: the tablet says so, and shows a new code.
#[utoipa::path(
    delete, path = "/displays/{display_id}", tag = "Doors", operation_id = "deleteDisplay", security(("bearer" = [])),
    params(("display_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 204, description = "Revoked"),
        (status = 404, description = "`/problems/display-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn delete(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<DisplayId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    displays::revoke(&app, &caller, id, if_match.versions()).await?;
    Ok(StatusCode::NO_CONTENT)
}

// --- for the tablet ------------------------------------------------------------------------------------------------

/// What a tablet shows until somebody has paired it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Pairing)]
pub struct PairingView {
    /// What somebody who manages the resource enters. It is good once.
    #[schema(example = "K7QM-4XPR")]
    code: String,
    /// What the tablet keeps, and sends as a bearer token: good for nothing until the code has been entered. It is shown this once.
    token: String,
    /// Until when the code is good.
    expires_at: UtcTime,
}

/// Ask for a code.
///
/// For a tablet that is to be a display. Ten minutes later it needs another.
#[utoipa::path(
    post, path = "/display/pairing", tag = "Doors", operation_id = "startPairing",
    responses(
        (status = 201, description = "A code", body = PairingView, headers(("Location" = String))),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn start_pairing(State(app): State<App>, visitor: Anonymous) -> Result<Response, Problem> {
    let pairing = displays::start_pairing(&app, visitor.into()).await?;
    let view = PairingView {
        code: pairing.code.to_string(),
        token: pairing.secret.expose().to_owned(),
        expires_at: UtcTime(pairing.expires_at),
    };
    let location = [(http::header::LOCATION, HeaderValue::from_static("/display/pairing"))];
    Ok((StatusCode::CREATED, location, Json(view)).into_response())
}

/// Whether somebody has entered the code.
#[derive(Debug, Serialize, ToSchema)]
pub struct PairingState {
    /// Whether the tablet is a display by now.
    is_paired: bool,
    /// Until when the code is good, where it is not.
    #[schema(required = true)]
    expires_at: Option<UtcTime>,
}

/// Ask whether the code has been entered.
#[utoipa::path(
    get, path = "/display/pairing", tag = "Doors", operation_id = "getPairing", security(("display" = [])),
    responses((status = 200, description = "Whether it has", body = PairingState)),
)]
pub async fn pairing(State(app): State<App>, Tablet(at): Tablet) -> Result<Json<PairingState>, Problem> {
    let expires_at = displays::pairing(&app, at.secret).await?;
    Ok(Json(PairingState { is_paired: expires_at.is_none(), expires_at: expires_at.map(UtcTime) }))
}

/// Why nothing can be had.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DoorReason {
    /// Something that holds it along is booked.
    Booking,
    /// It is blocked.
    Block,
    /// It is out of order.
    OutOfOrder,
    /// It is closed.
    Closed,
}

/// Time in which nothing can be had.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoorClosed {
    /// Why.
    reason: DoorReason,
    /// Until when.
    until: UtcTime,
}

/// A booking as a display tells of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoorBooking {
    /// Its id.
    id: Uuid,
    /// When it starts.
    starts_at: UtcTime,
    /// When it ends.
    ends_at: UtcTime,
    /// Where it stands.
    status: StatusView,
    /// Its title, where the display tells it.
    #[schema(required = true)]
    title: Option<String>,
    /// Whose it is, where the display tells it.
    #[schema(required = true)]
    who: Option<String>,
    /// When it lapses unless somebody checks in.
    #[schema(required = true)]
    lapses_at: Option<UtcTime>,
    /// Whether one can check in now.
    can_check_in: bool,
    /// By how many minutes it can be longer, as far as is known.
    extendable_minutes: u32,
}

impl From<Listed> for DoorBooking {
    fn from(it: Listed) -> Self {
        Self {
            id: it.booking.id.0,
            starts_at: UtcTime(it.booking.interval.start()),
            ends_at: UtcTime(it.booking.interval.end()),
            status: it.booking.status.into(),
            title: it.title,
            who: it.who,
            lapses_at: it.booking.lapses_at.map(UtcTime),
            can_check_in: it.can_check_in,
            extendable_minutes: it.extendable_minutes,
        }
    }
}

/// A time that can be booked at the door.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoorOffer {
    /// For how long.
    minutes: u32,
    /// From when on: now, or the next start that the place allows.
    starts_at: UtcTime,
    /// Until when.
    ends_at: UtcTime,
}

/// What a display shows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Door)]
pub struct DoorView {
    /// What the display may, and what it shows.
    settings: SettingsBody,
    /// Whether it asks for a PIN.
    has_pin: bool,
    /// The resource.
    resource_id: Uuid,
    /// What it is called.
    resource_name: String,
    /// How many it seats.
    #[schema(required = true)]
    capacity: Option<u32>,
    /// What the site is called.
    #[schema(required = true)]
    site_name: Option<String>,
    /// Its language: that of the display, or of the site.
    language: String,
    /// Whose clock its times are on.
    time_zone: String,
    /// The time of the server.
    now: UtcTime,
    /// What is going on.
    #[schema(required = true)]
    current: Option<DoorBooking>,
    /// What comes in the next 24 hours, at most four.
    next: Vec<DoorBooking>,
    /// Why nothing can be had, where that is no booking.
    #[schema(required = true)]
    closed: Option<DoorClosed>,
    /// Until when it is free, where it is; within the next 24 hours.
    #[schema(required = true)]
    free_until: Option<UtcTime>,
    /// What can be booked at the door.
    offers: Vec<DoorOffer>,
}

impl From<Door> for DoorView {
    fn from(door: Door) -> Self {
        let (site_name, locale) = door.site.unzip();
        let language = door.display.settings.language.clone().or(locale).unwrap_or_else(|| "en".to_owned());
        let closed = door.closed.map(|(reason, until)| DoorClosed {
            reason: match reason {
                Reason::Booking => DoorReason::Booking,
                Reason::Block => DoorReason::Block,
                Reason::OutOfOrder => DoorReason::OutOfOrder,
                Reason::Closed | Reason::Past => DoorReason::Closed,
            },
            until: UtcTime(until),
        });
        let offer = |(minutes, interval): (u32, bronya_domain::interval::Interval)| DoorOffer {
            minutes,
            starts_at: UtcTime(interval.start()),
            ends_at: UtcTime(interval.end()),
        };
        Self {
            has_pin: door.display.pin.is_some(),
            settings: door.display.settings.into(),
            resource_id: door.resource.id.0,
            resource_name: door.resource.attributes.name,
            capacity: door.resource.attributes.capacity,
            site_name,
            language,
            time_zone: door.resource.attributes.time_zone,
            now: UtcTime(door.now),
            current: door.current.map(DoorBooking::from),
            next: door.next.into_iter().map(DoorBooking::from).collect(),
            closed,
            free_until: door.free_until.map(UtcTime),
            offers: door.offers.into_iter().map(offer).collect(),
        }
    }
}

/// Read what the display shows.
#[utoipa::path(
    get, path = "/display", tag = "Doors", operation_id = "getDoor", security(("display" = [])),
    responses(
        (status = 200, description = "What is on, and what comes next", body = DoorView),
        (status = 404, description = "`/problems/resource-not-found`: it was taken away", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn door(State(app): State<App>, Tablet(at): Tablet) -> Result<Json<DoorView>, Problem> {
    Ok(Json(displays::door(&app, &at).await?.into()))
}

/// What is to be booked at a door.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDoorBooking {
    /// For how long: 15, 30 or 60.
    minutes: i64,
    /// The PIN, where the display asks for one.
    #[serde(default)]
    #[schema(min_length = 4, max_length = 8)]
    pin: Option<String>,
}

/// What came of something that was done at a door.
#[derive(Debug, Serialize, ToSchema)]
pub struct DoorDone {
    /// The booking.
    id: Uuid,
    /// When it starts.
    starts_at: UtcTime,
    /// When it ends.
    ends_at: UtcTime,
    /// Where it stands.
    status: StatusView,
}

impl From<Booking> for DoorDone {
    fn from(booking: Booking) -> Self {
        Self {
            id: booking.id.0,
            starts_at: UtcTime(booking.interval.start()),
            ends_at: UtcTime(booking.interval.end()),
            status: booking.status.into(),
        }
    }
}

/// Book at the door.
///
/// From now on, or from the next start that the place allows within half an hour. The booking is a guest's, in the name of the display,
/// and belongs to nobody with an account; whoever stands there is checked in. Asked twice it is refused the second time: the first
/// has the time.
#[utoipa::path(
    post, path = "/display/bookings", tag = "Doors", operation_id = "bookAtDoor", security(("display" = [])),
    request_body = NewDoorBooking,
    responses(
        (status = 200, description = "Booked", body = DoorDone),
        (status = 403, description = "`/problems/forbidden`: this display may not, or the PIN is another", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-conflict`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/against-policy`, `/problems/too-short`, `/problems/too-long`, `/problems/in-the-past`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`: too many PINs", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn book(
    State(app): State<App>,
    Tablet(at): Tablet,
    Json(new): Json<NewDoorBooking>,
) -> Result<Json<DoorDone>, Problem> {
    let mut invalid = Invalid::new();
    let minutes = u32::try_from(new.minutes).ok().filter(|minutes| BOOKED_MINUTES.contains(minutes));
    if minutes.is_none() {
        invalid.push("/minutes", "must be 15, 30 or 60");
    }
    check_pin(new.pin.as_deref(), &mut invalid);
    let minutes = super::availability::checked(minutes, invalid)?;
    Ok(Json(displays::book(&app, &at, minutes, new.pin).await?.into()))
}

/// What is asked for before something is done at a door.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AtDoorBody {
    /// The PIN, where the display asks for one.
    #[serde(default)]
    #[schema(min_length = 4, max_length = 8)]
    pin: Option<String>,
}

impl AtDoorBody {
    fn read(self) -> Result<Option<String>, Problem> {
        let mut invalid = Invalid::new();
        check_pin(self.pin.as_deref(), &mut invalid);
        invalid.finish()?;
        Ok(self.pin)
    }
}

/// Check in at the door.
#[utoipa::path(
    post, path = "/display/bookings/{booking_id}/check-in", tag = "Doors", operation_id = "checkInAtDoor", security(("display" = [])),
    request_body = AtDoorBody,
    params(("booking_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The booking, now `checked_in`", body = DoorDone),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/booking-not-found`, `/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-state`, `/problems/too-early`, `/problems/booking-closed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`: too many PINs", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn check_in(
    State(app): State<App>,
    Tablet(at): Tablet,
    Path(id): Path<BookingId>,
    Json(body): Json<AtDoorBody>,
) -> Result<Json<DoorDone>, Problem> {
    Ok(Json(displays::check_in(&app, &at, id, body.read()?).await?.into()))
}

/// By how much something is to be longer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendBody {
    /// By how many minutes.
    #[schema(minimum = 1, maximum = 60)]
    minutes: i64,
    /// The PIN, where the display asks for one.
    #[serde(default)]
    #[schema(min_length = 4, max_length = 8)]
    pin: Option<String>,
}

/// Stay longer, at the door.
#[utoipa::path(
    post, path = "/display/bookings/{booking_id}/extend", tag = "Doors", operation_id = "extendAtDoor", security(("display" = [])),
    request_body = ExtendBody,
    params(("booking_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The booking as it is now", body = DoorDone),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/booking-not-found`, `/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-conflict`, `/problems/booking-closed`, `/problems/too-early`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/against-policy`, `/problems/too-long`, `/problems/too-far-ahead`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`: too many PINs", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn extend(
    State(app): State<App>,
    Tablet(at): Tablet,
    Path(id): Path<BookingId>,
    Json(body): Json<ExtendBody>,
) -> Result<Json<DoorDone>, Problem> {
    let mut invalid = Invalid::new();
    let minutes = wire::number(body.minutes, 1, EXTENDED_MINUTES_MAX, "/minutes", &mut invalid);
    check_pin(body.pin.as_deref(), &mut invalid);
    let minutes = super::availability::checked(minutes, invalid)?;
    Ok(Json(displays::extend(&app, &at, id, minutes, body.pin).await?.into()))
}

/// End what is going on, at the door.
///
/// The rest of its time is free at once.
#[utoipa::path(
    post, path = "/display/bookings/{booking_id}/end", tag = "Doors", operation_id = "endAtDoor", security(("display" = [])),
    request_body = AtDoorBody,
    params(("booking_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The booking, now `completed`", body = DoorDone),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/booking-not-found`, `/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/booking-state`, `/problems/too-early`, `/problems/booking-closed`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`: too many PINs", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn end(
    State(app): State<App>,
    Tablet(at): Tablet,
    Path(id): Path<BookingId>,
    Json(body): Json<AtDoorBody>,
) -> Result<Json<DoorDone>, Problem> {
    Ok(Json(displays::end(&app, &at, id, body.read()?).await?.into()))
}
