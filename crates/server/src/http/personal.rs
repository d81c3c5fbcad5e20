//! What the law gives everybody about their own data: all of it in one document (`GET /users/me/export`), and its end
//! (`DELETE /users/me`, `DELETE /users/{user_id}`). Wire types, handlers and their documentation.

use axum::extract::State;
use axum::response::Response;
use bronya_domain::booking::Booking;
use bronya_domain::ids::{BookingId, UserId};
use bronya_store::events::Event;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::bookings::{BookingView, StatusView};
use super::caller::Caller;
use super::extract::{ClientAddress, IfMatch, Json, Path};
use super::problem::{Problem, ProblemBody};
use super::table::{Format, download, streamed};
use super::told::{MovedView, SetAsideView};
use super::users::{ManagedUserView, SessionView, show_session};
use super::waiting::EntryView;
use super::wire::UtcTime;
use crate::app::bookings::{self, InIt, ListBookings};
use crate::app::export::{self, Lines};
use crate::app::{self, App, erasure, groups, password_links, sign_in, users, waiting};

/// Bookings or lines of the log that are read at once.
const PAGE_ROWS: u32 = 500;

/// Everything that there is about you.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonalData)]
pub struct PersonalView {
    /// When it was put together.
    exported_at: UtcTime,
    /// Your account.
    account: ManagedUserView,
    /// Your sessions that are alive.
    sessions: Vec<SessionView>,
    /// Until when there is a link that sets your password, which an administrator has made; `null` where there is none.
    #[schema(required = true)]
    password_link_expires_at: Option<UtcTime>,
    /// Resources that you manage.
    managed_resources: Vec<NamedView>,
    /// Sites that you manage.
    managed_sites: Vec<NamedView>,
    /// Groups that you are in.
    groups: Vec<NamedView>,
    /// Your bookings in order of their start, each with what happened to it.
    bookings: Vec<PersonalBookingView>,
    /// What of others' bookings you take part in, in order of their start.
    taking_part: Vec<TakingPartView>,
    /// What you wait for, or have waited for, in the order in which you asked.
    waiting_list: Vec<EntryView>,
    /// What the log holds of what you did, and then of what was done to your account, each the oldest first.
    log: Vec<PersonalLineView>,
}

/// Something with a name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Named)]
pub struct NamedView {
    /// Its id.
    pub(super) id: Uuid,
    /// What it is called.
    pub(super) name: String,
}

/// A booking of yours.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonalBooking)]
pub struct PersonalBookingView {
    /// The booking.
    #[serde(flatten)]
    booking: BookingView,
    /// What happened to it, the oldest first.
    history: Vec<PersonalLineView>,
}

/// A booking of somebody else that you take part in: who else does, and what its owner noted, is theirs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TakingPart)]
pub struct TakingPartView {
    /// The booking.
    booking_id: Uuid,
    /// On what.
    resource_id: Uuid,
    /// From when.
    starts_at: UtcTime,
    /// Until when.
    ends_at: UtcTime,
    /// What it is called.
    #[schema(required = true)]
    title: Option<String>,
    /// Where it stands.
    status: StatusView,
}

impl From<Booking> for TakingPartView {
    fn from(booking: Booking) -> Self {
        Self {
            booking_id: booking.id.0,
            resource_id: booking.resource.0,
            starts_at: UtcTime(booking.interval.start()),
            ends_at: UtcTime(booking.interval.end()),
            title: booking.details.title,
            status: booking.status.into(),
        }
    }
}

/// A line of the log that is about you. Who else did something, it does not say.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonalEvent)]
pub struct PersonalLineView {
    /// Its id.
    id: Uuid,
    /// When it happened.
    at: UtcTime,
    /// What happened.
    #[schema(example = "booking.created")]
    action: String,
    /// Whether you did it.
    by_you: bool,
    /// The resource it is about.
    #[schema(required = true)]
    resource_id: Option<Uuid>,
    /// The booking it is about.
    #[schema(required = true)]
    booking_id: Option<Uuid>,
    /// The block it is about.
    #[schema(required = true)]
    block_id: Option<Uuid>,
    /// The address from which it was done, where you or somebody unknown did it.
    #[schema(required = true)]
    address: Option<String>,
    /// In the history of a booking: from where to where it went.
    #[schema(required = true)]
    moved: Option<MovedView>,
    /// There: rules of the place that were set aside for it, and why.
    #[schema(required = true)]
    set_aside: Option<SetAsideView>,
}

impl PersonalLineView {
    fn of(event: Event, me: UserId) -> Self {
        let by_you = event.actor == Some(me);
        Self {
            id: event.id,
            at: UtcTime(event.at),
            action: event.action,
            by_you,
            resource_id: event.resource.map(|id| id.0),
            booking_id: event.booking.map(|id| id.0),
            block_id: event.block.map(|id| id.0),
            // Another's address is another's data.
            address: event.origin.address.filter(|_| by_you || event.actor.is_none()),
            moved: event.detail.moved.map(Into::into),
            set_aside: event.detail.set_aside.map(Into::into),
        }
    }
}

/// Where a list of bookings goes on: after this start and id.
type Place = (jiff::Timestamp, BookingId);

/// Those of the bookings that somebody has something to do with, from a place on.
fn page(after: Option<Place>) -> ListBookings {
    ListBookings { user: None, resource: None, status: None, from: None, to: None, after, limit: PAGE_ROWS }
}

/// What comes next.
enum Part {
    Bookings(Option<Place>),
    Joined(Option<Place>),
    Waiting(Option<BookingId>),
    Log(Lines, Option<Uuid>),
    End,
}

struct Progress {
    app: App,
    caller: app::Caller,
    part: Part,
    /// What was made and not sent yet.
    piece: Vec<u8>,
    /// Whether an item of the part's list stands there already.
    begun: bool,
}

impl Progress {
    fn push(&mut self, item: &impl Serialize) -> Result<(), Problem> {
        if std::mem::replace(&mut self.begun, true) {
            self.piece.push(b',');
        }
        self.piece.extend(json(item)?);
        Ok(())
    }

    /// Goes on with the rest of the list, or behind its end with the next part.
    fn go_on(&mut self, rest: Option<Part>, between: &str, next: Part) {
        if let Some(rest) = rest {
            self.part = rest;
            return;
        }
        self.piece.extend_from_slice(between.as_bytes());
        (self.part, self.begun) = (next, false);
    }
}

/// Where a list goes on behind what was found of it; nowhere, where that is all.
fn rest<T>(found: &[T], place: impl Fn(&T) -> Part) -> Option<Part> {
    let full = usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX);
    found.last().filter(|_| found.len() == full).map(place)
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(value).map_err(|error| app::AppError::internal(format!("an export: {error}")).into())
}

/// Export everything about you.
///
/// One JSON document: your account, your sessions, what you manage, your bookings with what happened to them, those of others that you
/// take part in, what you wait for, and the lines of the log about you. No secret, and nothing of anybody else's.
#[utoipa::path(
    get, path = "/users/me/export", tag = "Data", operation_id = "exportMe", security(("bearer" = [])),
    responses(
        (status = 200, description = "Everything about you", body = PersonalView, headers(("Content-Disposition" = String))),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn export_me(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let Caller(caller) = caller;
    export::begin(&app, &caller, "export.me").await?;
    let account = ManagedUserView::from(users::me(&app, &caller).await?);
    let sessions = sign_in::list(&app, &caller).await?;
    let sessions: Vec<SessionView> = sessions.into_iter().map(|it| show_session(it, caller.session)).collect();
    let managed = export::managed(&app, &caller).await?;
    let resources: Vec<NamedView> =
        managed.resources.into_iter().map(|(id, name)| NamedView { id: id.0, name }).collect();
    let sites: Vec<NamedView> = managed.sites.into_iter().map(|(id, name)| NamedView { id: id.0, name }).collect();
    let groups = groups::my(&app, &caller).await?;
    let groups: Vec<NamedView> = groups.into_iter().map(|(id, name)| NamedView { id: id.0, name }).collect();
    let mut piece = b"{\"exported_at\":".to_vec();
    piece.extend(json(&UtcTime(app.clock.now()))?);
    piece.extend_from_slice(b",\"account\":");
    piece.extend(json(&account)?);
    let link = password_links::mine(&app, &caller).await?.map(UtcTime);
    for (name, list) in [
        ("sessions", json(&sessions)?),
        ("password_link_expires_at", json(&link)?),
        ("managed_resources", json(&resources)?),
        ("managed_sites", json(&sites)?),
        ("groups", json(&groups)?),
    ] {
        piece.extend_from_slice(format!(",\"{name}\":").as_bytes());
        piece.extend(list);
    }
    piece.extend_from_slice(b",\"bookings\":[");
    let progress = Progress { app, caller, part: Part::Bookings(None), piece, begun: false };
    Ok(download("my-data", Format::Json, streamed(progress, next_piece)))
}

async fn next_piece(mut progress: Progress) -> Result<Option<(Vec<u8>, Progress)>, Problem> {
    let me = progress.caller.user;
    match progress.part {
        Part::Bookings(after) => {
            let found = export::with_history(&progress.app, &progress.caller, page(after)).await?;
            let rest = rest(&found, |(it, _)| Part::Bookings(Some((it.interval.start(), it.id))));
            for (booking, history) in found {
                let history = history.into_iter().map(|event| PersonalLineView::of(event, me)).collect();
                progress.push(&PersonalBookingView { booking: booking.into(), history })?;
            }
            progress.go_on(rest, "],\"taking_part\":[", Part::Joined(None));
        }
        Part::Joined(after) => {
            let found = bookings::my(&progress.app, &progress.caller, InIt::Participant, page(after)).await?;
            let rest = rest(&found, |it| Part::Joined(Some((it.interval.start(), it.id))));
            for booking in found {
                progress.push(&TakingPartView::from(booking))?;
            }
            progress.go_on(rest, "],\"waiting_list\":[", Part::Waiting(None));
        }
        Part::Waiting(after) => {
            let found = waiting::my(&progress.app, &progress.caller, after, PAGE_ROWS).await?;
            let rest = rest(&found, |it| Part::Waiting(Some(it.id)));
            let now = progress.app.clock.now();
            for entry in found {
                progress.push(&EntryView::of(entry, now))?;
            }
            progress.go_on(rest, "],\"log\":[", Part::Log(Lines::By, None));
        }
        Part::Log(lines, after) => {
            let found = export::lines(&progress.app, &progress.caller, lines, after, PAGE_ROWS).await?;
            // One list goes on in the other.
            let other = (lines == Lines::By).then_some(Part::Log(Lines::To, None));
            let rest = rest(&found, |it| Part::Log(lines, Some(it.id))).or(other);
            for event in found {
                progress.push(&PersonalLineView::of(event, me))?;
            }
            progress.go_on(rest, "]}", Part::End);
        }
        Part::End => return Ok(None),
    }
    Ok(Some((std::mem::take(&mut progress.piece), progress)))
}

/// Says that it is really you.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Farewell {
    /// Your password as it is.
    #[schema(format = Password)]
    current_password: String,
}

/// Erase yourself.
///
/// Your name, address, sessions, and everything that was said in your bookings are gone, and what is still to come is
/// cancelled. That there were bookings stays with their resources, under an id that is nobody's. There is no way back.
#[utoipa::path(
    delete, path = "/users/me", tag = "Data", operation_id = "eraseMe", security(("bearer" = [])),
    params(("If-Match" = Option<String>, Header)),
    request_body = Farewell,
    responses(
        (status = 204, description = "Gone"),
        (status = 403, description = "`/problems/forbidden`: the current password is another", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/last-administrator`, `/problems/user-erased`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn erase_me(
    State(app): State<App>,
    caller: Caller,
    ClientAddress(address): ClientAddress,
    if_match: IfMatch,
    Json(farewell): Json<Farewell>,
) -> Result<StatusCode, Problem> {
    erasure::me(&app, &caller, address, &farewell.current_password, if_match.versions()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Erase a user.
///
/// For administrators. What is left is an id that is nobody's: see `DELETE /users/me`. The last administrator who can sign in
/// stays.
#[utoipa::path(
    delete, path = "/users/{user_id}", tag = "Data", operation_id = "eraseUser", security(("bearer" = [])),
    params(("user_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 204, description = "Gone"),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/user-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/last-administrator`, `/problems/user-erased`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn erase_user(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    if_match: IfMatch,
) -> Result<StatusCode, Problem> {
    erasure::user(&app, &caller, id, if_match.versions()).await?;
    Ok(StatusCode::NO_CONTENT)
}
