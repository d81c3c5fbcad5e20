//! What handlers take: bodies, parameters, ids and headers, each read strictly and refused with a problem that says where
//! and why. It never repeats a value that the client sent, since that may be a password, and never reads without a limit.

use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::net::IpAddr;
use std::task::Poll;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams};
use axum::response::{IntoResponse, Response};
use bronya_domain::ids::{
    AreaId, BlockId, BookingId, DisplayId, GroupId, ResourceId, SeriesId, SessionId, SiteId, UserId,
};
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use percent_encoding::percent_decode;
use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use serde_path_to_error::{Path as SerdePath, Segment};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::context::{BodyLimits, RequestContext};
use super::problem::{FieldError, Problem, ProblemKind};

pub use super::etag::IfMatch;

/// How long a detail may get that a type's own `Deserialize` wrote.
const DETAIL_CHARS_MAX: usize = 300;

/// How long an `Idempotency-Key` may be.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;

// --- bodies ------------------------------------------------------------------------------------------------------

/// A JSON body; as an answer, JSON. Refuses with 415 what is not JSON (or compressed), 413 what is too large, 400 what can't be
/// parsed or does not arrive in time, and 422, with a pointer, what is well-formed and wrong. Whether unknown fields are
/// refused is the type's own matter: give it `#[serde(deny_unknown_fields)]`.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(not_json());
        }
        let bytes = read_body(request, |limits| limits.json_body_bytes_max).await?;
        parse_json(&bytes).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// A JSON body that may be left out, as [`Json`] otherwise.
#[derive(Clone, Copy, Debug)]
pub struct JsonIfAny<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for JsonIfAny<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _state: &S) -> Result<Self, Problem> {
        let json = is_json(request.headers());
        let bytes = read_body(request, |limits| limits.json_body_bytes_max).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        if json { parse_json(&bytes).map(Self) } else { Err(not_json()) }
    }
}

fn not_json() -> Problem {
    ProblemKind::UnsupportedMediaType.detail("send `Content-Type: application/json`")
}

/// A form body (`application/x-www-form-urlencoded`), with the same refusals as [`Json`]. OAuth clients send fields that are
/// nothing to us (`scope`, `client_id`), so types for it do not deny unknown fields.
#[derive(Clone, Copy, Debug)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, _state: &S) -> Result<Self, Problem> {
        if essence(request.headers()).is_none_or(|e| !e.eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
            return Err(
                ProblemKind::UnsupportedMediaType.detail("send `Content-Type: application/x-www-form-urlencoded`")
            );
        }
        let bytes = read_body(request, |limits| limits.form_body_bytes_max).await?;
        parse_pairs(&bytes).map(Self)
    }
}

/// The media type without its parameters.
pub(super) fn essence(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or(value).trim())
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(essence) = essence(headers) else {
        return false;
    };
    if essence.eq_ignore_ascii_case("application/json") {
        return true;
    }
    let essence = essence.to_ascii_lowercase();
    essence.strip_prefix("application/").and_then(|sub| sub.strip_suffix("+json")).is_some_and(|sub| !sub.is_empty())
}

/// Reads a body whole: within its limit of bytes and of time.
pub(super) async fn read_body(
    request: Request<Body>,
    bytes_max: impl Fn(&BodyLimits) -> usize,
) -> Result<Bytes, Problem> {
    let context = request.extensions().get::<RequestContext>().cloned();
    let limits = context.as_ref().map_or_else(BodyLimits::default, RequestContext::body_limits);
    let bytes_max = bytes_max(&limits);
    // A compressed body is refused rather than inflated: an honest client has no need for it at this size.
    if request.headers().get(CONTENT_ENCODING).is_some_and(|v| !v.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(ProblemKind::UnsupportedMediaType.detail("send the body uncompressed"));
    }
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| usize::try_from(bytes).is_ok_and(|bytes| bytes_max < bytes)) {
        return Err(too_large(bytes_max));
    }
    let mut reading = std::pin::pin!(collect(request.into_body(), bytes_max));
    // A body that came along with its head is complete at once, and needs no timer.
    if let Poll::Ready(result) = poll_fn(|cx| Poll::Ready(reading.as_mut().poll(cx))).await {
        return result;
    }
    if let Some(context) = &context {
        context.body_began();
    }
    let result = tokio::time::timeout(limits.body_time_max, reading).await;
    if let Some(context) = &context {
        context.body_ended();
    }
    result.unwrap_or_else(|_| Err(ProblemKind::BadRequest.detail("the body did not arrive in time")))
}

fn too_large(bytes_max: usize) -> Problem {
    ProblemKind::PayloadTooLarge.detail(format!("at most {bytes_max} bytes"))
}

async fn collect(mut body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| ProblemKind::BadRequest.detail("the body broke off, or is not well-formed"))?;
        // Trailers mean nothing to us.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes_max < first.len() + whole.len() + data.len() {
            return Err(too_large(bytes_max));
        }
        if first.is_empty() && whole.is_empty() {
            // Most bodies come in one piece, which is not copied.
            first = data;
        } else {
            whole.extend_from_slice(&std::mem::take(&mut first));
            whole.extend_from_slice(&data);
        }
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

/// Parses a JSON text that must hold one `T` and nothing after it.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = str::from_utf8(bytes).map_err(|_| ProblemKind::BadRequest.detail("the body is not UTF-8"))?;
    // Every body of ours is an object. serde would take an array as well: the fields' values in their order.
    if text.trim_ascii_start().starts_with('[') {
        return Err(match serde_json::from_str::<serde_json::Value>(text) {
            Ok(_) => Problem::invalid("", "must be an object"),
            Err(error) => unparsable(&error),
        });
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = match serde_path_to_error::deserialize(&mut deserializer) {
        Ok(value) => value,
        Err(error) => {
            let (path, inner) = (error.path().clone(), error.into_inner());
            if !inner.is_data() {
                return Err(unparsable(&inner));
            }
            // A wrong field may stand before a syntax error: what can't be parsed at all is 400 whatever else it holds.
            if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
                return Err(unparsable(&error));
            }
            let text = inner.to_string();
            // serde_json says where in the text; the pointer says it better.
            let message = text.rfind(" at line ").and_then(|at| text.get(..at)).unwrap_or(&text);
            return Err(wrong_value(&path, message));
        }
    };
    deserializer.end().map_err(|error| unparsable(&error))?;
    Ok(value)
}

fn unparsable(error: &serde_json::Error) -> Problem {
    // The texts of serde_json's syntax errors are fixed: they never repeat input.
    ProblemKind::BadRequest.detail(format!("the body is not valid JSON: {error}"))
}

/// Parses `a=1&b=2`, of a query or a form.
pub fn parse_pairs<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // The parser would put replacement characters for it, and another value than was sent would be looked for.
    if percent_decode(bytes).decode_utf8().is_err() {
        return Err(ProblemKind::BadRequest.detail("what is percent-encoded, or stands between, is not UTF-8"));
    }
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(bytes));
    serde_path_to_error::deserialize(pairs).map_err(|error| wrong_value(error.path(), &error.inner().to_string()))
}

/// A 422 out of a message of serde's, told in the words of the wire, and without the value that the client sent.
fn wrong_value(path: &SerdePath, message: &str) -> Problem {
    let mut pointer = pointer(path);
    let named = |prefix: &str| message.strip_prefix(prefix)?.split('`').next();
    let detail: Cow<'static, str> = if let Some(field) = named("missing field `") {
        add_segment(&mut pointer, field);
        "is required".into()
    } else if let Some(field) = named("duplicate field `") {
        end_with(&mut pointer, path, field);
        "is given twice".into()
    } else if message.starts_with("unknown field `") {
        // The name is the client's own and may hold anything; it stands in the pointer, where it is needed.
        if !ends_with_key(path) {
            let field = message.strip_prefix("unknown field `").and_then(|m| m.split("`, ").next()).unwrap_or_default();
            add_segment(&mut pointer, field);
        }
        "is not known here".into()
    } else if let Some(at) = message.rfind(", expected ") {
        expected(message.get(at + ", expected ".len()..).unwrap_or_default())
    } else if matches!(message, "invalid digit found in string" | "cannot parse integer from empty string") {
        "must be a whole number".into()
    } else if message.starts_with("number too ") {
        "is out of range".into()
    } else if message == "provided string was not `true` or `false`" {
        "must be `true` or `false`".into()
    } else {
        message.chars().take(DETAIL_CHARS_MAX).collect::<String>().into()
    };
    Problem::invalid(pointer, detail)
}

/// Says what serde expected, in JSON's words instead of Rust's.
fn expected(what: &str) -> Cow<'static, str> {
    let number = |least: i128, most: i128| format!("must be a whole number from {least} to {most}").into();
    match what {
        "u8" => number(0, u8::MAX.into()),
        "u16" => number(0, u16::MAX.into()),
        "u32" => number(0, u32::MAX.into()),
        "u64" => "must be a whole number, not negative".into(),
        "i8" => number(i8::MIN.into(), i8::MAX.into()),
        "i16" => number(i16::MIN.into(), i16::MAX.into()),
        "i32" => number(i32::MIN.into(), i32::MAX.into()),
        "i64" => "must be a whole number".into(),
        "f32" | "f64" => "must be a number".into(),
        "a boolean" => "must be `true` or `false`".into(),
        "a sequence" => "must be an array".into(),
        "a map" => "must be an object".into(),
        _ if what.starts_with("struct ") => "must be an object".into(),
        _ => format!("must be {}", what.chars().take(DETAIL_CHARS_MAX).collect::<String>()).into(),
    }
}

/// A JSON Pointer (RFC 6901) for the place.
fn pointer(path: &SerdePath) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => add_segment(&mut pointer, &index.to_string()),
            Segment::Map { key } => add_segment(&mut pointer, key),
            // A variant is no place in the document, and a key that is no string can't be in JSON.
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

fn add_segment(pointer: &mut String, segment: &str) {
    pointer.push('/');
    // The name may be as long as the body; to be recognised it needn't be.
    for character in segment.chars().take(DETAIL_CHARS_MAX) {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

fn ends_with_key(path: &SerdePath) -> bool {
    matches!(path.iter().next_back(), Some(Segment::Map { .. }))
}

fn end_with(pointer: &mut String, path: &SerdePath, field: &str) {
    if !matches!(path.iter().next_back(), Some(Segment::Map { key }) if key == field) {
        add_segment(pointer, field);
    }
}

// --- parameters --------------------------------------------------------------------------------------------------

/// The query's parameters. Refuses with 422 what is wrong, given twice, or, with `#[serde(deny_unknown_fields)]`, unknown; the
/// pointer is `/` and the parameter's name.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parse_pairs(parts.uri.query().unwrap_or_default().as_bytes()).map(Self)
    }
}

/// An id that stands in a path.
pub trait PathId: Sized {
    /// What is answered where there is no such thing; also for text that can't be an id at all, so that the two look the same.
    const NOT_FOUND: ProblemKind;

    /// The id.
    fn from_uuid(uuid: Uuid) -> Self;
}

macro_rules! path_id {
    ($($id:ident => $kind:ident),+ $(,)?) => {$(
        impl PathId for $id {
            const NOT_FOUND: ProblemKind = ProblemKind::$kind;

            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }
    )+};
}

path_id! {
    ResourceId => ResourceNotFound,
    SeriesId => SeriesNotFound,
    BookingId => BookingNotFound,
    BlockId => BlockNotFound,
    UserId => UserNotFound,
    SessionId => SessionNotFound,
    SiteId => PlaceNotFound,
    AreaId => PlaceNotFound,
    GroupId => GroupNotFound,
    DisplayId => DisplayNotFound,
}

/// The id in the path: its last parameter.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: PathId, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| T::NOT_FOUND)?;
        let text = params.iter().last().map(|(_, value)| value).unwrap_or_default();
        parse_uuid(text).map(|uuid| Self(T::from_uuid(uuid))).ok_or_else(|| T::NOT_FOUND.into())
    }
}

/// The two ids in the path: of a thing, and of a thing that belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct Path2<A, B>(pub A, pub B);

impl<A: PathId, B: PathId, S: Send + Sync> FromRequestParts<S> for Path2<A, B> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| A::NOT_FOUND)?;
        let first = params.iter().next().and_then(|(_, text)| parse_uuid(text)).ok_or(A::NOT_FOUND)?;
        let last = params.iter().last().and_then(|(_, text)| parse_uuid(text)).ok_or(B::NOT_FOUND)?;
        Ok(Self(A::from_uuid(first), B::from_uuid(last)))
    }
}

/// The one form of ids on the wire, `8-4-4-4-12`; the crate takes three more, and two spellings of one id would be two keys.
pub fn parse_uuid(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

// --- headers and the shell's knowledge -----------------------------------------------------------------------------

/// The `Idempotency-Key`, if there is one: 1 to 255 printable ASCII characters, else 400.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else {
            return Ok(Self(None));
        };
        let bytes = value.as_bytes();
        let printable = bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
        if values.next().is_some() || bytes.is_empty() || IDEMPOTENCY_KEY_BYTES_MAX < bytes.len() || !printable {
            return Err(ProblemKind::BadRequest
                .detail("`Idempotency-Key` must be one value of 1 to 255 printable ASCII characters"));
        }
        Ok(Self(Some(bytes.iter().copied().map(char::from).collect())))
    }
}

/// The client's address, as far as it can be believed; for limits and for the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The request's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

impl<S: Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        context(parts).map(|context| Self(context.client()))
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        context(parts).map(|context| Self(context.id()))
    }
}

/// The shell puts a context into every request; a router that is served without it is wired wrongly.
fn context(parts: &Parts) -> Result<&RequestContext, Problem> {
    parts.extensions.get::<RequestContext>().ok_or_else(|| {
        tracing::error!("a request came past the shell: it has no context");
        ProblemKind::Internal.into()
    })
}

// --- values ------------------------------------------------------------------------------------------------------

/// A field of a JSON Merge Patch (RFC 7396): left as it is, emptied, or set. Needs `#[serde(default)]` on the field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The field is not in the patch: it stays.
    #[default]
    Absent,
    /// `null`: it is emptied.
    Null,
    /// It gets this value.
    Value(T),
}

impl<T> Patch<T> {
    /// For a field that may be empty: `None` where it stays.
    pub fn into_change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }

    /// For a field that can't be empty: `None` where it stays; notes it in `invalid` if the patch empties it.
    pub fn into_required(self, pointer: impl Into<Cow<'static, str>>, invalid: &mut Invalid) -> Option<T> {
        match self {
            Self::Absent => None,
            Self::Null => {
                invalid.push(pointer, "can't be empty");
                None
            }
            Self::Value(value) => Some(value),
        }
    }

    /// Applies `f` to the value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(f(value)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

impl<T> PartialSchema for Patch<T>
where
    Option<T>: PartialSchema,
{
    fn schema() -> RefOr<Schema> {
        Option::<T>::schema()
    }
}

impl<T: ToSchema> ToSchema for Patch<T>
where
    Option<T>: PartialSchema,
{
    fn name() -> Cow<'static, str> {
        T::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        T::schemas(schemas);
    }
}

/// Gathers what is wrong in a request, so that the client learns of all of it at once.
#[derive(Clone, Debug, Default)]
pub struct Invalid(Vec<FieldError>);

impl Invalid {
    /// Nothing is wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes something.
    pub fn push(&mut self, pointer: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) {
        self.0.push(FieldError { pointer: pointer.into(), detail: detail.into() });
    }

    /// The value, or `None` with the error noted. The error's text goes to the client.
    pub fn take<T, E: fmt::Display>(
        &mut self,
        pointer: impl Into<Cow<'static, str>>,
        result: Result<T, E>,
    ) -> Option<T> {
        result.map_err(|error| self.push(pointer, error.to_string())).ok()
    }

    /// Notes what is wrong with the member at `pointer`.
    pub fn under(&mut self, pointer: &str, of_member: Self) {
        self.0.extend(
            of_member
                .0
                .into_iter()
                .map(|error| FieldError { pointer: format!("{pointer}{}", error.pointer).into(), ..error }),
        );
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One 422 with everything that was noted.
    pub fn finish(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::new(ProblemKind::Validation).errors(self.0)) }
    }
}

#[cfg(test)]
#[path = "extract_tests.rs"]
mod tests;
