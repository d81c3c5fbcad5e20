//! The ceiling of HTTP: a handler that verifies the same kind of token and parses the same body as a booking's, and answers
//! with as many bytes, without any database. What a server with one does can't be faster.

use crate::history::Id;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Loopback only, for the length of a benchmark: no secret.
const SECRET: &[u8] = b"the benchmark's own key of 32 by";
const ISSUER: &str = "bronya";
/// Year 9999: the token of a benchmark does not end in the middle of it.
const FOREVER: u64 = 253_402_300_799;

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    jti: String,
    iat: u64,
    exp: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    resource_id: Id,
    #[serde(with = "utc")]
    starts_at: Timestamp,
    #[serde(with = "utc")]
    ends_at: Timestamp,
    title: Option<String>,
    party_size: Option<u32>,
    quantity: Option<u32>,
    notes: Option<String>,
}

#[derive(Serialize)]
struct Booking<'a> {
    id: Id,
    resource_id: Id,
    user_id: &'a str,
    #[serde(with = "utc")]
    starts_at: Timestamp,
    #[serde(with = "utc")]
    ends_at: Timestamp,
    title: Option<String>,
    party_size: Option<u32>,
    quantity: u32,
    notes: Option<String>,
    status: &'static str,
    version: u32,
    #[serde(with = "utc")]
    created_at: Timestamp,
    #[serde(with = "utc")]
    updated_at: Timestamp,
}

/// Times as the contract writes them.
mod utc {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(time)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        <&str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

struct Keys {
    decoding: DecodingKey,
    validation: Validation,
}

/// A token that [`serve`] takes.
pub fn token() -> io::Result<String> {
    let id = || Id(0x0190_0000_0000_7000_8000_0000_0000_0001).to_string();
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: ISSUER.to_owned(),
        sub: id(),
        sid: id(),
        jti: id(),
        iat: 1_700_000_000,
        exp: FOREVER,
    };
    let header = Header { typ: Some("at+jwt".to_owned()), ..Header::new(Algorithm::HS256) };
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(SECRET)).map_err(io::Error::other)
}

/// Serves until the process is killed.
pub async fn serve(address: SocketAddr) -> io::Result<()> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[ISSUER]);
    let keys = Arc::new(Keys { decoding: DecodingKey::from_secret(SECRET), validation });
    let router =
        Router::new().route("/readyz", get(|| async { "ready" })).route("/bookings/", post(book)).with_state(keys);
    axum::serve(TcpListener::bind(address).await?, router).await
}

async fn book(State(keys): State<Arc<Keys>>, headers: HeaderMap, body: Bytes) -> Response {
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let Some(token) = token else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let Ok(token) = jsonwebtoken::decode::<Claims>(token, &keys.decoding, &keys.validation) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let Ok(body) = serde_json::from_slice::<Body>(&body) else {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    };
    let booking = Booking {
        id: body.resource_id,
        resource_id: body.resource_id,
        user_id: &token.claims.sub,
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        title: body.title,
        party_size: body.party_size,
        quantity: body.quantity.unwrap_or(1),
        notes: body.notes,
        status: "confirmed",
        version: 1,
        created_at: body.starts_at,
        updated_at: body.starts_at,
    };
    match serde_json::to_vec(&booking) {
        Ok(json) => (StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
