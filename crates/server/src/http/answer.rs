//! Answers to requests that create something: rendered once, kept under the idempotency key where one was given, and
//! sent the same each time.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bronya_store::Answer;
use bronya_store::engine::{Idempotency, Reply};
use http::header::{CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::extract::IdempotencyKey;
use super::problem::ProblemKind;

/// Tells that an answer is the first one again.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// An answer `201 Created`.
pub fn created(location: String, etag: Option<i64>, body: &impl Serialize) -> Answer {
    Answer {
        status: StatusCode::CREATED.as_u16(),
        location: Some(location),
        etag: etag.map(|version| format!("\"{version}\"")),
        // Wire types are structs of strings and numbers: these always serialise.
        body: serde_json::to_string(body).unwrap_or_default(),
    }
}

/// The key a request came under, with a hash of what it asks. The hash is of the request as it was understood, so a
/// client that writes the same JSON in another order asks the same.
pub fn idempotency<O>(
    key: IdempotencyKey,
    route: &'static str,
    request: &impl Serialize,
    render: fn(&O) -> Option<Answer>,
) -> Option<Idempotency<O>> {
    key.0.map(|key| {
        let mut hash = Sha256::new();
        hash.update(route.as_bytes());
        hash.update([0]);
        hash.update(serde_json::to_vec(request).unwrap_or_default());
        Idempotency { key, fingerprint: hash.finalize().into(), render }
    })
}

/// The answer to a request that creates something.
pub fn reply<O>(reply: Reply<O>, render: fn(&O) -> Option<Answer>) -> Response {
    let (answer, replayed) = match reply {
        Reply::Done(outcome) => (render(&outcome), false),
        Reply::Kept(answer) => (Some(answer), false),
        Reply::Replayed(answer) => (Some(answer), true),
    };
    let Some(answer) = answer else {
        tracing::error!("a command had the outcome of another kind of command");
        return ProblemKind::Internal.into_response();
    };
    respond(answer, replayed)
}

fn respond(answer: Answer, replayed: bool) -> Response {
    let Ok(status) = StatusCode::from_u16(answer.status) else {
        tracing::error!(status = answer.status, "a kept answer has no such status");
        return ProblemKind::Internal.into_response();
    };
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [(LOCATION, answer.location), (ETAG, answer.etag)] {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    }
    if replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}
