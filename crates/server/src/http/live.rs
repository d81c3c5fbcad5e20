//! `GET /events/stream`: what has changed, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bronya_domain::ids::ResourceId;
use futures_util::stream;
use http::header::{CONTENT_TYPE, HeaderName};
use serde_json::json;

use super::caller::Caller;
use super::displays::Tablet;
use super::problem::{Problem, ProblemBody};
use crate::app::App;
use crate::app::live::{self, Change, Listener};

/// How often something is sent at least, so that whoever is between keeps the connection. A listener who has gone is noticed by what
/// can't be sent, at the second beat.
const BEAT_EVERY: Duration = Duration::from_secs(5);
/// What proxies are told not to do: to keep what comes until there is more of it.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Hear what changes.
///
/// A stream of server-sent events. `hello` comes first: read what you show then, or again; what changes from there on is told within a
/// second. `changed` says of which resources the free time may be another, or what they are: `{"resource_ids": […]}`, or
/// `{"resource_ids": null}` where everything has to be read again. Nothing is told of what you may not know of. A comment comes every
/// five seconds. The stream ends with your session, and when the server stops: connect again then. One person has 32 at most.
#[utoipa::path(
    get, path = "/events/stream", tag = "Availability", operation_id = "streamEvents", security(("bearer" = [])),
    responses(
        (status = 200, description = "Events, as long as you listen", content((String = "text/event-stream"))),
        (status = 429, description = "`/problems/too-many-requests`: 32 streams are open already", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
        (status = 503, description = "`/problems/overloaded`: as many streams are open as one server has", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn stream(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    Ok(told(live::listen(&app, &caller).await?))
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
    Ok(told(live::listen_at_door(&app, &at).await?))
}

/// What a listener is told, as events.
fn told(listener: Listener) -> Response {
    let events = stream::unfold((listener, true), |(mut listener, is_first)| async move {
        let text = if is_first { "event: hello\ndata: {}\n\n".to_owned() } else { next(&mut listener).await? };
        Some((Ok::<_, Infallible>(text), (listener, false)))
    });
    let headers = [(CONTENT_TYPE, "text/event-stream"), (X_ACCEL_BUFFERING, "no")];
    (headers, Body::from_stream(events)).into_response()
}

/// The next piece of the stream; `None` where it is over.
async fn next(listener: &mut Listener) -> Option<String> {
    let ids = match listener.next(BEAT_EVERY).await? {
        None => return Some(":\n\n".to_owned()),
        Some(Change::Everything) => None,
        Some(Change::Resources(ids)) => Some(ids.into_iter().map(|ResourceId(id)| id).collect::<Vec<_>>()),
    };
    Some(format!("event: changed\ndata: {}\n\n", json!({ "resource_ids": ids })))
}
