//! Errors as clients see them: problem details (RFC 9457) from one closed, documented list of kinds. It never carries
//! what went wrong inside (SQL, paths, stack traces): that belongs into the log, under the same request id.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $slug:literal, $status:ident, $title:literal, $meaning:literal;)+) => {
        /// What can go wrong, as clients are told. The slugs are part of the public contract: none is ever renamed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ProblemKind {
            $(#[doc = $meaning] $variant,)+
        }

        impl ProblemKind {
            /// Every kind, in the order of their status.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name, the last part of the type URI.
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$variant => $slug,)+ }
            }

            /// The type URI reference, such as `/problems/booking-conflict`.
            pub const fn type_uri(self) -> &'static str {
                match self { $(Self::$variant => concat!("/problems/", $slug),)+ }
            }

            /// The HTTP status it is answered with.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            /// A few words that are the same each time.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// What it means, and what the client can do.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }
        }
    };
}

kinds! {
    BadRequest = "bad-request", BAD_REQUEST, "The request can't be read",
        "The request is not well-formed: broken JSON, text that is not UTF-8, or a header that can't be read. Mend the request; sending it again unchanged gives the same answer.";
    TwoCredentials = "two-credentials", BAD_REQUEST, "Two sign-ins in one request",
        "The request brought the cookie of a browser that is signed in and a token as well, and they may be two people's. Send one of them.";
    LinkNotGood = "link-not-good", BAD_REQUEST, "The link is not good",
        "The link was used, has run out, was replaced by another one, or never was one. Which of these is not told. Ask an administrator for a new one.";
    Unauthorized = "unauthorized", UNAUTHORIZED, "Sign in first",
        "No valid access token came with the request: there was none, it has expired, or it was logged out. Get a new one from `POST /users/token`, and send it as `Authorization: Bearer …`.";
    InvalidCredentials = "invalid-credentials", UNAUTHORIZED, "Wrong user name or password",
        "The user name and the password, or the refresh token, do not fit any account that may sign in. Which of them is wrong is not told.";
    Forbidden = "forbidden", FORBIDDEN, "Not allowed",
        "You are signed in, and this is not yours to do. Someone with the right role has to do it.";
    CrossSite = "cross-site", FORBIDDEN, "Not from a page of this server",
        "A browser that is signed in by its cookie changes things only from pages of this server itself. What is no browser sends `X-Requested-With`, or better a token.";
    InsecureOrigin = "insecure-origin", FORBIDDEN, "This needs https",
        "Over plain http whoever listens in on the network could take a browser's sign-in, so it is refused. Open the https address; whoever runs the server finds how in its documentation (`plain_http_sign_in` allows it all the same).";
    NotFound = "not-found", NOT_FOUND, "Not found",
        "There is nothing at this address, or nothing that you may know of. Check the address.";
    ResourceNotFound = "resource-not-found", NOT_FOUND, "No such resource",
        "There is no resource with this id, or none that you may know of.";
    BookingNotFound = "booking-not-found", NOT_FOUND, "No such booking",
        "There is no booking with this id, or none that you may know of.";
    BlockNotFound = "block-not-found", NOT_FOUND, "No such block",
        "There is no block with this id, or none that you may know of.";
    PlaceNotFound = "place-not-found", NOT_FOUND, "No such site or area",
        "There is no site or area with this id, or the area belongs to another site.";
    DisplayNotFound = "display-not-found", NOT_FOUND, "No such display",
        "There is no display with this id, or none that you may know of.";
    PairingCodeNotFound = "pairing-code-not-found", NOT_FOUND, "No such code",
        "No tablet shows this code, or no longer: a code is good for ten minutes, and once. Look at the tablet again.";
    PublicPageNotFound = "public-page-not-found", NOT_FOUND, "No page for the public",
        "No site takes bookings of the public under this name.";
    SeriesNotFound = "series-not-found", NOT_FOUND, "No such series",
        "There is no series with this id, or none that you may know of.";
    KindNotFound = "kind-not-found", NOT_FOUND, "No such kind",
        "No kind with this id or name is declared.";
    GroupNotFound = "group-not-found", NOT_FOUND, "No such group",
        "There is no group with this id.";
    WaitingNotFound = "waiting-not-found", NOT_FOUND, "Not on the waiting list",
        "There is no such entry of the waiting list, or none that you may know of.";
    PictureNotFound = "picture-not-found", NOT_FOUND, "No picture",
        "The resource has no picture.";
    UserNotFound = "user-not-found", NOT_FOUND, "No such user",
        "There is no user with this id, or none that you may know of.";
    SessionNotFound = "session-not-found", NOT_FOUND, "No such session",
        "You have no session with this id: it may have ended already.";
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "Method not allowed",
        "This address exists and does not know this method. `Allow` names those that it knows.";
    NotAcceptable = "not-acceptable", NOT_ACCEPTABLE, "No such format",
        "`Accept` asks for a format that this address does not have. Ask for `application/json`.";
    BookingConflict = "booking-conflict", CONFLICT, "That time is taken",
        "Another booking or a block stands at that time. `conflicts` says when, `alternatives` what was free when the answer was made.";
    BlockConflict = "block-conflict", CONFLICT, "Bookings stand in that time",
        "Active bookings, or another block, stand where the block is to be. Cancel or move them first, or send `on_conflict: \"cancel\"`.";
    BookingClosed = "booking-closed", CONFLICT, "The booking is closed",
        "The booking is cancelled, rejected or over, and takes no more changes. Make a new one.";
    BookingNotPending = "booking-not-pending", CONFLICT, "The booking does not wait for a decision",
        "Only a pending booking can be confirmed or rejected; this one was decided before.";
    BookingState = "booking-state", CONFLICT, "The booking is not in a state for that",
        "What was asked can only be done with a booking in another state; `booking_status` says in which one it is.";
    TooEarly = "too-early", CONFLICT, "Too early for that",
        "This can be done later; `earliest` says from when on.";
    NothingToUndo = "nothing-to-undo", CONFLICT, "Nothing to take back",
        "The last thing that happened to the booking is no check-in, end or no-show; or it was taken back already, or too long ago. `undo_until` of a booking says until when.";
    SeriesRefused = "series-refused", CONFLICT, "Not all of it can be had",
        "Some of what was asked for together is refused, so nothing was changed. `refused` says which, and for each why (`problem`).";
    ResourceInUse = "resource-in-use", CONFLICT, "The resource has bookings to come",
        "Cancel its bookings first, or delete it with `?cancel_bookings=true`.";
    ResourceIsPart = "resource-is-part", CONFLICT, "Other resources are made of it",
        "Take it out of the resources that are made of it (`resource_ids`) first.";
    PlaceInUse = "place-in-use", CONFLICT, "Something stands in the place",
        "Areas or resources stand in the site or area. Delete them or move them elsewhere first.";
    SlugTaken = "slug-taken", CONFLICT, "That slug is taken",
        "Another site has this slug. Choose another.";
    NameTaken = "name-taken", CONFLICT, "That name is taken",
        "Another one has this name. Choose another.";
    TooMany = "too-many", CONFLICT, "There are too many already",
        "There can't be more of these. Delete one that is not needed first.";
    UsernameTaken = "username-taken", CONFLICT, "That user name is taken",
        "Someone has this user name; upper and lower case do not matter. Choose another.";
    UserErased = "user-erased", CONFLICT, "The user was erased",
        "What is left of the user is an id that is nobody's. There is nothing to change, and no way back.";
    UserDisabled = "user-disabled", CONFLICT, "The user is disabled",
        "The user can't sign in. Enable the account first.";
    LastAdministrator = "last-administrator", CONFLICT, "The last administrator stays",
        "There would be no administrator left. Make someone else one first.";
    TooManyAffected = "too-many-affected", CONFLICT, "Too much at once",
        "One request would have to cancel or move more bookings than it may. Do it in smaller parts.";
    Stale = "stale", PRECONDITION_FAILED, "It was changed in the meantime",
        "`If-Match` names a version that is no longer the current one. Read it again, and repeat the change on what you then see.";
    PayloadTooLarge = "payload-too-large", PAYLOAD_TOO_LARGE, "The body is too large",
        "The body is larger than this address takes. Send less.";
    UriTooLong = "uri-too-long", URI_TOO_LONG, "The address is too long",
        "Path and query together are longer than the server takes.";
    UnsupportedMediaType = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body's format is not known",
        "Send the format that this address takes, `application/json` as a rule, uncompressed, and name it in `Content-Type`.";
    Validation = "validation", UNPROCESSABLE_ENTITY, "Something in the request is wrong",
        "The request can be read, and its content is wrong. `errors` says where (`pointer`: a JSON Pointer into the body, or `/` and the parameter's name) and what (`detail`).";
    PartyTooLarge = "party-too-large", UNPROCESSABLE_ENTITY, "The party is too large",
        "More people than the booked units seat. Book more units, or a larger resource.";
    QuantityTooLarge = "quantity-too-large", UNPROCESSABLE_ENTITY, "More than there are",
        "More units than the resource has.";
    TooShort = "too-short", UNPROCESSABLE_ENTITY, "The booking is too short",
        "The booking is shorter than the resource allows.";
    TooLong = "too-long", UNPROCESSABLE_ENTITY, "The booking is too long",
        "The booking is longer than the resource allows.";
    InThePast = "in-the-past", UNPROCESSABLE_ENTITY, "That time has passed",
        "The booking would start in the past.";
    TooFarAhead = "too-far-ahead", UNPROCESSABLE_ENTITY, "That is too far ahead",
        "The booking would start later than bookings are taken for now.";
    AgainstPolicy = "against-policy", UNPROCESSABLE_ENTITY, "The place does not allow that",
        "One or more rules of the place say no. `errors` lists every one of them: its name (`rule`), its value (`value`), and what would be allowed (`detail`, `allowed`). A manager of the resource may set them aside with an `override_reason`.";
    TooWide = "too-wide", UNPROCESSABLE_ENTITY, "Too much for one question",
        "The question is about more resources, or a longer time, than one answer can hold. Narrow it.";
    WeakPassword = "weak-password", UNPROCESSABLE_ENTITY, "The password is too weak",
        "The password is too short or too easy to guess. A few unusual words make a good one.";
    IdempotencyKeyReused = "idempotency-key-reused", UNPROCESSABLE_ENTITY, "The key belongs to another request",
        "This `Idempotency-Key` was sent before with another body or to another address. A new request needs a new key.";
    TooManyRequests = "too-many-requests", TOO_MANY_REQUESTS, "Too many requests",
        "Wait as long as `Retry-After` says (seconds), then try again.";
    HeadersTooLarge = "headers-too-large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large",
        "The request's headers are larger than the server takes.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "A fault of the server",
        "Something went wrong inside the server. The log says what, under the request id in `instance`.";
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "Too much to do",
        "The server has more to do than it can take. Nothing was done; try again after `Retry-After` seconds.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "Not available at the moment",
        "The server can't reach what it needs, its database as a rule, or took too long. Try again after `Retry-After` seconds, with the same `Idempotency-Key`.";
    OutcomeUnknown = "outcome-unknown", SERVICE_UNAVAILABLE, "It may or may not have happened",
        "The connection to the database broke while the change was being stored. Send the same request with the same `Idempotency-Key`: its answer tells the truth.";
    StorageFull = "storage-full", INSUFFICIENT_STORAGE, "The disk is full",
        "The server has no room to store this. Nothing was changed, and reading still works. Its operator must make room.";
}

impl ProblemKind {
    /// The kind with this slug.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.slug() == slug)
    }

    /// The general kind for a status that something else than a handler of ours answered.
    pub fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthorized,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::NOT_ACCEPTABLE => Self::NotAcceptable,
            StatusCode::PRECONDITION_FAILED => Self::Stale,
            StatusCode::PAYLOAD_TOO_LARGE => Self::PayloadTooLarge,
            StatusCode::URI_TOO_LONG => Self::UriTooLong,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            StatusCode::UNPROCESSABLE_ENTITY => Self::Validation,
            StatusCode::TOO_MANY_REQUESTS => Self::TooManyRequests,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Self::HeadersTooLarge,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            StatusCode::INSUFFICIENT_STORAGE => Self::StorageFull,
            other if other.is_client_error() => Self::BadRequest,
            _ => Self::Internal,
        }
    }

    /// A problem of this kind with one sentence on this very case.
    pub fn detail(self, detail: impl Into<Cow<'static, str>>) -> Problem {
        Problem::new(self).detail(detail)
    }

    /// Seconds after which to try again, where the problem doesn't know better.
    const fn retry_after_default(self) -> Option<u32> {
        match self {
            Self::TooManyRequests | Self::Overloaded | Self::Unavailable | Self::OutcomeUnknown => Some(1),
            _ => None,
        }
    }
}

/// One thing that is wrong in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where: a JSON Pointer (RFC 6901) into the body; for a parameter of the query or the path, `/` and its name.
    #[schema(example = "/starts_at")]
    pub pointer: Cow<'static, str>,
    /// What is wrong with it.
    #[schema(example = "is required")]
    pub detail: Cow<'static, str>,
}

/// Problem details (RFC 9457), as they go over the wire.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// The kind of problem: a stable URI reference, which leads to its explanation.
    #[serde(rename = "type")]
    #[schema(example = "/problems/booking-conflict")]
    pub type_uri: &'static str,
    /// A few words that are the same each time.
    pub title: &'static str,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: u16,
    /// What happened in this very case; where there is no more to say than its kind says, what that means.
    pub detail: Cow<'static, str>,
    /// What is wrong in the request, each with its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldError>,
    /// Members of this kind's own, such as `conflicts` and `alternatives` of a booking conflict.
    #[serde(flatten)]
    #[schema(ignore)]
    pub members: Map<String, Value>,
    /// The request id, which is also in `X-Request-Id` and in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

/// An error on its way to the client. Small, so that a `Result` with it is cheap to return.
#[derive(Clone, Debug)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: ProblemKind,
    detail: Option<Cow<'static, str>>,
    errors: Vec<FieldError>,
    members: Map<String, Value>,
    headers: HeaderMap,
}

impl Problem {
    /// A problem of this kind, with the headers that belong to it.
    pub fn new(kind: ProblemKind) -> Self {
        let mut headers = HeaderMap::new();
        if kind.status() == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = kind.retry_after_default() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        Self(Box::new(Inner { kind, detail: None, errors: Vec::new(), members: Map::new(), headers }))
    }

    /// A 422 about one place: see [`FieldError`].
    pub fn invalid(pointer: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ProblemKind::Validation).error(pointer, detail)
    }

    /// Says what happened in this very case. Never put a secret, SQL or a path of the server's in here.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds a member of the kind's own. The names that RFC 9457 defines, and `errors`, have methods of their own.
    #[must_use]
    pub fn member(mut self, name: &str, value: impl Into<Value>) -> Self {
        debug_assert!(
            !matches!(name, "type" | "title" | "status" | "detail" | "instance" | "errors"),
            "{name} is not a member of the kind's own"
        );
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds one thing that is wrong, with its place.
    #[must_use]
    pub fn error(mut self, pointer: impl Into<Cow<'static, str>>, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.errors.push(FieldError { pointer: pointer.into(), detail: detail.into() });
        self
    }

    /// Adds several things that are wrong.
    #[must_use]
    pub fn errors(mut self, errors: impl IntoIterator<Item = FieldError>) -> Self {
        self.0.errors.extend(errors);
        self
    }

    /// Sets `Retry-After`, in seconds; at least 1, since 0 would invite an endless loop.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        self
    }

    /// Says that a token came and was no good (RFC 6750, section 3.1).
    #[must_use]
    pub fn invalid_token(mut self) -> Self {
        self.0.headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
        self
    }

    /// Names the methods that the address knows; for a 405.
    #[must_use]
    pub fn allow(mut self, methods: &'static str) -> Self {
        self.0.headers.insert(ALLOW, HeaderValue::from_static(methods));
        self
    }

    /// Its kind.
    pub fn kind(&self) -> ProblemKind {
        self.0.kind
    }

    /// What is wrong, with its places.
    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// The sentence on this very case.
    pub fn detail_text(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// What the client reads as `detail`: the sentence on this case, the first of the things that are wrong, or else what
    /// the kind means.
    fn sentence(&self) -> Cow<'static, str> {
        let inner = &*self.0;
        match (&inner.detail, inner.errors.first()) {
            (Some(detail), _) => detail.clone(),
            (None, Some(error)) => format!("{} {}", error.pointer, error.detail).into(),
            (None, None) => inner.kind.meaning().into(),
        }
    }

    /// The body without a request id, for an answer that holds a problem rather than being one.
    pub fn body(&self) -> ProblemBody {
        let inner = &*self.0;
        ProblemBody {
            type_uri: inner.kind.type_uri(),
            title: inner.kind.title(),
            status: inner.kind.status().as_u16(),
            detail: self.sentence(),
            errors: inner.errors.clone(),
            members: inner.members.clone(),
            instance: None,
        }
    }

    /// The body with this request id, as bytes of JSON.
    pub fn to_json(&self, instance: Option<Uuid>) -> Vec<u8> {
        let body = ProblemBody { instance: instance.map(|id| id.to_string()), ..self.body() };
        // Strings, numbers and JSON values always serialise; an empty object would still be valid JSON.
        serde_json::to_vec(&body).unwrap_or_else(|_| b"{}".to_vec())
    }
}

impl From<ProblemKind> for Problem {
    fn from(kind: ProblemKind) -> Self {
        Self::new(kind)
    }
}

/// A problem's body that lacks its `instance`; travels in the response's extensions, so that the outermost layer,
/// which alone knows the request id, can complete it.
#[derive(Clone, Debug)]
struct WithoutInstance(Bytes);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let bytes = Bytes::from(self.to_json(None));
        let mut response = Response::new(Body::from(bytes.clone()));
        *response.status_mut() = self.0.kind.status();
        let headers = response.headers_mut();
        *headers = self.0.headers;
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.extensions_mut().insert(WithoutInstance(bytes));
        response
    }
}

impl IntoResponse for ProblemKind {
    fn into_response(self) -> Response {
        Problem::new(self).into_response()
    }
}

/// Puts the request id into a problem's body; leaves every other answer as it is.
pub(crate) fn complete(response: &mut Response, instance: &str) {
    let Some(WithoutInstance(bytes)) = response.extensions_mut().remove::<WithoutInstance>() else {
        return;
    };
    // The body is an object with at least a type, so it ends with a brace that a further member can go before.
    let Some(open) = bytes.strip_suffix(b"}") else {
        return;
    };
    let mut whole = Vec::with_capacity(bytes.len() + instance.len() + 16);
    whole.extend_from_slice(open);
    whole.extend_from_slice(b",\"instance\":\"");
    whole.extend_from_slice(instance.as_bytes());
    whole.extend_from_slice(b"\"}");
    // The router has noted the length of the body that was; the server notes that of the new one.
    response.headers_mut().remove(CONTENT_LENGTH);
    *response.body_mut() = Body::from(whole);
}

/// One kind, as `GET /problems` lists it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProblemDescription {
    /// The type URI reference that answers carry.
    #[serde(rename = "type")]
    pub type_uri: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// A few words.
    pub title: &'static str,
    /// What it means, and what to do.
    pub meaning: &'static str,
}

impl From<ProblemKind> for ProblemDescription {
    fn from(kind: ProblemKind) -> Self {
        Self { type_uri: kind.type_uri(), status: kind.status().as_u16(), title: kind.title(), meaning: kind.meaning() }
    }
}

/// `GET /problems`: every kind of problem, as a page for a browser and as JSON for everyone else.
pub async fn list(headers: HeaderMap) -> Response {
    if wants_html(&headers) {
        let mut rows = String::new();
        for kind in ProblemKind::ALL {
            describe(&mut rows, *kind);
        }
        page("Problems", &rows)
    } else {
        let all: Vec<ProblemDescription> = ProblemKind::ALL.iter().map(|kind| (*kind).into()).collect();
        axum::Json(all).into_response()
    }
}

/// `GET /problems/{slug}`: what a problem's `type` leads to.
pub async fn show(Path(slug): Path<String>, headers: HeaderMap) -> Response {
    let Some(kind) = ProblemKind::from_slug(&slug) else {
        return ProblemKind::NotFound.into_response();
    };
    if wants_html(&headers) {
        let mut row = String::new();
        describe(&mut row, kind);
        page(kind.title(), &row)
    } else {
        axum::Json(ProblemDescription::from(kind)).into_response()
    }
}

/// Browsers name `text/html` in `Accept`; programs name nothing, `*/*` or JSON.
pub(crate) fn wants_html(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|value| value.to_str().is_ok_and(|text| text.contains("text/html")))
}

fn describe(html: &mut String, kind: ProblemKind) {
    let (slug, status) = (kind.slug(), kind.status().as_u16());
    html.push_str("<h2 id=\"");
    html.push_str(slug);
    html.push_str("\">");
    escape(html, kind.title());
    html.push_str("</h2>\n<p><code>");
    html.push_str(kind.type_uri());
    html.push_str("</code> · HTTP ");
    html.push_str(&status.to_string());
    html.push_str("</p>\n<p>");
    // Backticks mark code, as in Markdown: every second part is inside.
    for (index, part) in kind.meaning().split('`').enumerate() {
        if index % 2 == 1 {
            html.push_str("<code>");
            escape(html, part);
            html.push_str("</code>");
        } else {
            escape(html, part);
        }
    }
    html.push_str("</p>\n");
}

fn escape(html: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
}

/// A page without scripts; its one style sheet is the one of the documentation pages.
fn page(title: &str, content: &str) -> Response {
    let mut html = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
    escape(&mut html, title);
    html.push_str(
        " · Bronya</title>\n<link rel=\"stylesheet\" href=\"/docs/assets/problems.css\">\n</head>\n<body>\n<main>\n",
    );
    html.push_str("<p><a href=\"/problems\">All problems</a> · <a href=\"/docs\">API</a></p>\n");
    html.push_str(content);
    html.push_str("</main>\n</body>\n</html>\n");
    let mut response = Response::new(Body::from(html));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ),
    );
    response
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use http_body_util::BodyExt;
    use serde_json::json;

    use super::*;

    async fn body(response: Response) -> Value {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn slugs_are_unique_and_plain_and_every_status_is_an_error() {
        let mut seen = HashSet::new();
        for kind in ProblemKind::ALL {
            assert!(seen.insert(kind.slug()), "{} twice", kind.slug());
            assert!(kind.slug().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", kind.slug());
            assert_eq!(kind.type_uri(), format!("/problems/{}", kind.slug()));
            assert_eq!(ProblemKind::from_slug(kind.slug()), Some(*kind));
            assert!(kind.status().as_u16() >= 400);
            assert!(!kind.title().is_empty() && kind.meaning().ends_with('.'));
            assert_eq!(kind.meaning().matches('`').count() % 2, 0, "{}: an open backtick", kind.slug());
        }
        assert_eq!(ProblemKind::from_slug("no-such-problem"), None);
    }

    #[tokio::test]
    async fn a_problem_renders_with_its_members_and_without_an_instance() {
        let response = ProblemKind::BookingConflict
            .detail("19:00 is taken")
            .member("conflicts", json!([{"kind": "block"}]))
            .into_response();
        assert_eq!(response.status(), 409);
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        assert_eq!(
            body(response).await,
            json!({"type": "/problems/booking-conflict", "title": "That time is taken", "status": 409,
                   "detail": "19:00 is taken", "conflicts": [{"kind": "block"}]})
        );
    }

    #[tokio::test]
    async fn completing_adds_the_request_id_to_problems_only() {
        let mut response = Problem::invalid("/name", "is required").into_response();
        complete(&mut response, "id-1");
        let value = body(response).await;
        assert_eq!(value["instance"], "id-1");
        assert_eq!(value["errors"], json!([{"pointer": "/name", "detail": "is required"}]));

        let mut other = Response::new(Body::from("{}"));
        complete(&mut other, "id-1");
        assert_eq!(body(other).await, json!({}));
    }

    #[test]
    fn headers_come_with_the_kind() {
        let unauthorized = ProblemKind::Unauthorized.into_response();
        assert_eq!(unauthorized.headers()[WWW_AUTHENTICATE], "Bearer");
        let invalid = Problem::new(ProblemKind::Unauthorized).invalid_token().into_response();
        assert_eq!(invalid.headers()[WWW_AUTHENTICATE], "Bearer error=\"invalid_token\"");
        let overloaded = ProblemKind::Overloaded.into_response();
        assert_eq!(overloaded.headers()[RETRY_AFTER], "1");
        let limited = Problem::new(ProblemKind::TooManyRequests).retry_after(17).into_response();
        assert_eq!(limited.headers()[RETRY_AFTER], "17");
        let not_allowed = Problem::new(ProblemKind::MethodNotAllowed).allow("GET").into_response();
        assert_eq!(not_allowed.headers()[ALLOW], "GET");
    }

    #[tokio::test]
    async fn the_type_leads_to_an_explanation() {
        let mut browser = HeaderMap::new();
        browser.insert(ACCEPT, HeaderValue::from_static("text/html,application/xhtml+xml"));
        for kind in ProblemKind::ALL {
            let page = show(Path(kind.slug().to_owned()), browser.clone()).await;
            assert_eq!(page.status(), 200);
            let html = page.into_body().collect().await.unwrap().to_bytes();
            let html = String::from_utf8(html.to_vec()).unwrap();
            assert!(html.contains(kind.type_uri()) && !html.contains("<script"), "{html}");
            let value = body(show(Path(kind.slug().to_owned()), HeaderMap::new()).await).await;
            assert_eq!(value["type"], kind.type_uri());
        }
        assert_eq!(show(Path("<script>".to_owned()), browser).await.status(), 404);
        assert_eq!(body(list(HeaderMap::new()).await).await.as_array().unwrap().len(), ProblemKind::ALL.len());
    }
}
