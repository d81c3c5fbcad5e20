//! `GET /events/stream`: what has changed, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bronya_domain::ids::ResourceId;
use futures_util::stream;
use http::header::{CONTENT_TYPE, HeaderName};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::caller::Caller;
use super::displays::Tablet;
use super::extract::{Invalid, Query};
use super::problem::{Problem, ProblemBody};
use super::wire::parse_time;
use crate::app::App;
use crate::app::live::{self, Change, Listener};

/// How often something is sent at least, so that whoever is between keeps the connection. A listener who has gone is noticed by what
/// can't be sent, at the second beat.
const BEAT_EVERY: Duration = Duration::from_secs(5);
/// What proxies are told not to do: to keep what comes until there is more of it.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// From when on it is told.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SinceQuery {
    /// A time of the server (RFC 3339 with an offset) before which nothing was read that is shown.
    #[param(required = false)]
    since: Option<String>,
}

impl SinceQuery {
    fn read(&self) -> Result<Option<Timestamp>, Problem> {
        let mut invalid = Invalid::new();
        let since = self.since.as_deref().and_then(|text| invalid.take("/since", parse_time(text)));
        invalid.finish()?;
        Ok(since)
    }
}

/// Hear what changes.
///
/// A stream of server-sent events. `hello` comes first: read what you show then; what changes from there on is told within a
/// second. `changed` says of which resources the free time may be another, or what they are: `{"resource_ids": […]}`, or
/// `{"resource_ids": null}` where everything has to be read again. Nothing is told of what you may not know of. A comment comes every
/// five seconds. The stream ends with your session, and when the server stops: connect again then. One person has 32 at most.
///
/// Whoever has read before the stream stood need not read again: with `since`, the server's time at some moment before that reading
/// (`Date` of any answer), `hello` says in the same way what has changed since, or in the ten seconds before: often nothing, `[]`.
/// Without it, or where there is too much to tell, that is `null`.
#[utoipa::path(
    get, path = "/events/stream", tag = "Availability", operation_id = "streamEvents", security(("bearer" = [])),
    params(SinceQuery),
    responses(
        (status = 200, description = "Events, as long as you listen", content((String = "text/event-stream"))),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`: 32 streams are open already", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
        (status = 503, description = "`/problems/overloaded`: as many streams are open as one server has", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn stream(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<SinceQuery>,
) -> Result<Response, Problem> {
    let since = query.read()?;
    let listener = live::listen(&app, &caller).await?;
    let missed = listener.since(since).await?;
    Ok(told(listener, missed))
}

/// Hear what changes behind the door.
///
/// The stream of `GET /events/stream` for a display: `hello` first, then `changed` whenever something else may be shown there, told
/// within a second; read `GET /display` then. Of nothing else anything is told. A comment comes every five seconds. The stream ends
/// where the display is taken away, and when the server stops. A display has four at most; a browser listens by `fetch`, since
/// `EventSource` sends no token.
#[utoipa::path(
    get, path = "/display/stream", tag = "Doors", operation_id = "streamDoor", security(("display" = [])),
    responses(
        (status = 200, description = "Events, as long as you listen", content((String = "text/event-stream"))),
        (status = 429, description = "`/problems/too-many-requests`: four streams are open already", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
        (status = 503, description = "`/problems/overloaded`: as many streams are open as one server has", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn stream_at_door(State(app): State<App>, Tablet(at): Tablet) -> Result<Response, Problem> {
    Ok(told(live::listen_at_door(&app, &at).await?, Change::Everything))
}

/// What a listener is told, as events: first what it has missed.
fn told(listener: Listener, missed: Change) -> Response {
    let events = stream::unfold((listener, Some(missed)), |(mut listener, missed)| async move {
        let text = match missed {
            Some(missed) => event("hello", missed),
            None => {
                listener.next(BEAT_EVERY).await?.map_or_else(|| ":\n\n".to_owned(), |change| event("changed", change))
            }
        };
        Some((Ok::<_, Infallible>(text), (listener, None)))
    });
    let headers = [(CONTENT_TYPE, "text/event-stream"), (X_ACCEL_BUFFERING, "no")];
    (headers, Body::from_stream(events)).into_response()
}

fn event(name: &str, change: Change) -> String {
    let ids = match change {
        Change::Everything => None,
        Change::Resources(ids) => Some(ids.into_iter().map(|ResourceId(id)| id).collect::<Vec<_>>()),
    };
    format!("event: {name}\ndata: {}\n\n", json!({ "resource_ids": ids }))
}
