//! The shell around the router, as one hand-written service: request ids, limits, deadline, panics, security headers, CORS,
//! metrics and the access log. It allocates one context per request and adds no task and no box; it never logs a path
//! or a query, since both can hold secrets.

use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::MatchedPath;
use axum::response::{IntoResponse, Response};
use axum::routing::future::RouteFuture;
use bronya_store::ports::Ids;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL,
    CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};
use tower::{Layer, Service};
use uuid::Uuid;

use super::address::TrustedProxies;
use super::context::{BodyLimits, RequestContext};
use super::problem::{self, Problem, ProblemKind};
use crate::metrics::HttpMetrics;
use crate::telemetry::in_request;

/// The header that carries the request id.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is asked often and must be answered while everything else is shed.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// How the shell treats requests.
#[derive(Clone, Debug)]
pub struct ShellConfig {
    /// What bodies may be.
    pub body: BodyLimits,
    /// How long an answer may take, not counting a slow body; 10 s by default.
    pub request_time_max: Duration,
    /// Requests that are worked on at the same time; 2,048 by default. More are shed.
    pub in_flight_max: usize,
    /// Bytes of path and query; 8 KiB by default.
    pub uri_bytes_max: usize,
    /// Whose forwarding headers are believed; nobody's by default.
    pub trusted_proxies: TrustedProxies,
    /// Which other origins a browser may call from; none by default.
    pub cors: AllowedOrigins,
}

impl Default for ShellConfig {
    fn default() -> Self {
        Self {
            body: BodyLimits::default(),
            request_time_max: Duration::from_secs(10),
            in_flight_max: 2_048,
            uri_bytes_max: 8 * 1024,
            trusted_proxies: TrustedProxies::default(),
            cors: AllowedOrigins::default(),
        }
    }
}

/// The origins that may call from a browser: an exact match or none.
#[derive(Clone, Debug, Default)]
pub struct AllowedOrigins(Vec<HeaderValue>);

/// Text that is no origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no origin: write `https://example.org`, with neither a path nor a wildcard")]
pub struct OriginError(String);

impl AllowedOrigins {
    /// These origins, each as a browser sends it: scheme, host, and the port unless it is the usual one.
    pub fn new<T: AsRef<str>>(origins: impl IntoIterator<Item = T>) -> Result<Self, OriginError> {
        let origins = origins.into_iter().map(|origin| {
            let origin = origin.as_ref();
            let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            let plain = |host: &str| {
                !host.is_empty()
                    && host.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b':' | b'[' | b']'))
            };
            host.filter(|host| plain(host))
                .and_then(|_| HeaderValue::from_str(origin).ok())
                .ok_or_else(|| OriginError(origin.to_owned()))
        });
        origins.collect::<Result<_, _>>().map(Self)
    }

    fn is_off(&self) -> bool {
        self.0.is_empty()
    }

    /// The origin of the request, if it may call.
    fn matching(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(ORIGIN)?;
        self.0.iter().find(|allowed| *allowed == origin).cloned()
    }
}

/// The shell around a router, for one peer. Cheap to clone.
#[derive(Clone)]
pub struct Shell {
    router: Router,
    shared: Arc<Shared>,
    peer: IpAddr,
}

struct Shared {
    config: ShellConfig,
    metrics: HttpMetrics,
    ids: Ids,
}

impl Shell {
    /// Puts the shell around a router whose routes are all registered without a slash at their end; each then answers
    /// with and without it. Until [`Shell::for_peer`] says otherwise requests come from 127.0.0.1.
    pub fn new(router: Router, config: ShellConfig, metrics: HttpMetrics, ids: Ids) -> Self {
        // `with_state` lets axum do once what it would else do for each request.
        let router = router.layer(RecordRoute).with_state(());
        let shared = Shared { config, metrics, ids };
        Self { router, shared: Arc::new(shared), peer: IpAddr::V4(Ipv4Addr::LOCALHOST) }
    }

    /// The same shell for requests of this peer.
    #[must_use]
    pub fn for_peer(&self, peer: SocketAddr) -> Self {
        Self { peer: peer.ip().to_canonical(), ..self.clone() }
    }

    /// Its metrics.
    pub(crate) fn metrics(&self) -> &HttpMetrics {
        &self.shared.metrics
    }

    /// A whole answer for what never became a request: HTTP that can't be parsed, or a connection too many.
    pub(crate) fn refusal(&self, kind: ProblemKind) -> Vec<u8> {
        let id = self.shared.ids.next();
        self.shared.metrics.malformed(kind.status());
        in_request(id, || {
            tracing::debug!(status = kind.status().as_u16(), "refused before it was a request");
        });
        let problem = Problem::new(kind);
        let body = problem.to_json(Some(id));
        let mut response = problem.into_response();
        self.finish_headers(response.headers_mut(), id, false, None);
        let status = kind.status();
        let mut raw =
            format!("HTTP/1.1 {} {}\r\n", status.as_str(), status.canonical_reason().unwrap_or_default()).into_bytes();
        for (name, value) in response.headers() {
            raw.extend_from_slice(name.as_str().as_bytes());
            raw.extend_from_slice(b": ");
            raw.extend_from_slice(value.as_bytes());
            raw.extend_from_slice(b"\r\n");
        }
        raw.extend_from_slice(format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len()).as_bytes());
        raw.extend_from_slice(&body);
        raw
    }

    fn finish_headers(&self, headers: &mut HeaderMap, id: Uuid, https: bool, origin: Option<HeaderValue>) {
        self.shared.finish_headers(headers, id, https, origin);
    }

    /// Answers a request with a problem, and takes it no further.
    pub(crate) fn refuse(&self, request: Request<Body>, problem: Problem) -> Answer {
        self.start(request, Some(problem))
    }

    fn start(&self, mut request: Request<Body>, problem: Option<Problem>) -> Answer {
        let shared = &self.shared;
        let config = &shared.config;
        // The gauge is the count, too: one contended number less for each request.
        let in_flight = usize::try_from(shared.metrics.in_flight.inc()).unwrap_or(0);
        let headers = request.headers();
        let client = config.trusted_proxies.client(self.peer, headers);
        let context = RequestContext::new(shared.ids.next(), client, config.body, config.request_time_max);
        let running = Running {
            context: context.clone(),
            method: request.method().clone(),
            https: config.trusted_proxies.is_https(self.peer, headers),
            origin: if config.cors.is_off() { None } else { config.cors.matching(headers) },
            finished: false,
            shared: Arc::clone(shared),
        };
        let uri_bytes = request.uri().path_and_query().map_or(0, |p| p.as_str().len());
        let refusal = if let Some(problem) = problem {
            Some(problem.into_response())
        } else if config.uri_bytes_max < uri_bytes {
            Some(ProblemKind::UriTooLong.detail(format!("at most {} bytes", config.uri_bytes_max)).into_response())
        } else if running.origin.is_some() && is_preflight(&request) {
            Some(preflight())
        } else if config.in_flight_max <= in_flight && !PROBES.contains(&request.uri().path()) {
            shared.metrics.shed.inc();
            Some(ProblemKind::Overloaded.into_response())
        } else {
            None
        };
        if refusal.is_some() {
            return Answer { route: None, timer: None, early: refusal, running };
        }
        trim_slash(request.uri_mut());
        request.extensions_mut().insert(context);
        // The call itself runs code of the router's and of extractors, which may panic as well as their futures.
        let called = catch_unwind(AssertUnwindSafe(|| self.router.clone().call(request)));
        match called {
            Ok(route) => Answer { route: Some(route), timer: None, early: None, running },
            Err(_) => Answer { route: None, timer: None, early: Some(running.panicked()), running },
        }
    }
}

impl Service<Request<Body>> for Shell {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        self.start(request, None)
    }
}

impl Shared {
    fn finish_headers(&self, headers: &mut HeaderMap, id: Uuid, https: bool, origin: Option<HeaderValue>) {
        // One growth of the table instead of two.
        headers.reserve(8);
        let mut text = [0_u8; 36];
        let id = HeaderValue::from_str(id.hyphenated().encode_lower(&mut text));
        // An id is always a valid header value.
        if let Ok(id) = id {
            headers.insert(X_REQUEST_ID, id);
        }
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers
            .entry(CONTENT_SECURITY_POLICY)
            .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        if https {
            headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
        }
        if !self.config.cors.is_off() {
            // Which origin asks changes the answer, also where it is refused: a cache must know.
            headers.append(VARY, HeaderValue::from_static("origin"));
            if let Some(origin) = origin {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
                headers.insert(
                    ACCESS_CONTROL_EXPOSE_HEADERS,
                    HeaderValue::from_static("etag, idempotent-replayed, location, retry-after, x-request-id"),
                );
            }
        }
    }
}

fn is_preflight(request: &Request<Body>) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE"));
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("authorization, content-type, idempotency-key, if-match"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

/// Takes one slash off the path's end, so that a route answers directly with and without it.
fn trim_slash(uri: &mut Uri) {
    let path = uri.path();
    let Some(trimmed) = path.strip_suffix('/').filter(|trimmed| !trimmed.is_empty()) else {
        return;
    };
    let mut text = String::with_capacity(uri.path_and_query().map_or(0, |p| p.as_str().len()));
    text.push_str(trimmed);
    if let Some(query) = uri.query() {
        text.push('?');
        text.push_str(query);
    }
    // What was a path stays one without its last slash; if not, the request goes on as it came.
    let Ok(path_and_query) = PathAndQuery::from_maybe_shared(bytes::Bytes::from(text)) else {
        return;
    };
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = Some(path_and_query);
    if let Ok(trimmed) = Uri::from_parts(parts) {
        *uri = trimmed;
    }
}

/// A request that is being worked on.
struct Running {
    shared: Arc<Shared>,
    context: RequestContext,
    method: Method,
    https: bool,
    origin: Option<HeaderValue>,
    finished: bool,
}

impl Running {
    /// Completes an answer, counts it and logs it.
    fn finish(&mut self, response: Response) -> Response {
        let mut response = as_problem(response);
        let id = self.context.id();
        let mut text = [0_u8; 36];
        problem::complete(&mut response, id.hyphenated().encode_lower(&mut text));
        self.shared.finish_headers(response.headers_mut(), id, self.https, self.origin.take());
        self.finished = true;
        self.record(response.status().as_u16());
        response
    }

    fn record(&self, status: u16) {
        let duration = self.context.started().elapsed();
        let route = self.context.route();
        self.shared.metrics.answered(&self.method, route, status, duration);
        let method = crate::metrics::method_label(&self.method);
        let route = route.map_or("unmatched", MatchedPath::as_str);
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        in_request(self.context.id(), || {
            // Shed requests are counted, not told one by one: overload is no time to write more.
            if status >= 500 && status != 503 {
                tracing::warn!(method, route, status, duration_us = micros, "answered");
            } else {
                tracing::debug!(method, route, status, duration_us = micros, "answered");
            }
        });
    }

    fn panicked(&self) -> Response {
        self.shared.metrics.panics.inc();
        in_request(self.context.id(), || tracing::error!("a handler panicked"));
        ProblemKind::Internal.into_response()
    }

    /// The answer where the deadline has passed. What only reads can be asked again; what writes may have happened, or
    /// may still.
    fn too_late(&self) -> Response {
        in_request(self.context.id(), || {
            tracing::warn!("the deadline of a request has passed");
        });
        if self.method.is_safe() {
            ProblemKind::Unavailable.detail("the answer took too long").into_response()
        } else {
            ProblemKind::OutcomeUnknown
                .detail("the answer took too long; the change may happen all the same")
                .into_response()
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.metrics.in_flight.dec();
        if !self.finished {
            // The client left before its answer was ready: nginx's number for it.
            self.record(499);
        }
    }
}

/// Errors that the router or a library answers as plain text or with nothing become problems, with their headers.
fn as_problem(response: Response) -> Response {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let plain = response.headers().get(CONTENT_TYPE).is_none_or(|value| value.as_bytes().starts_with(b"text/plain"));
    if !plain {
        return response;
    }
    let mut problem = ProblemKind::from_status(status).into_response();
    for (name, value) in response.headers() {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            problem.headers_mut().insert(name.clone(), value.clone());
        }
    }
    problem
}

pin_project! {
    /// The answer to one request.
    pub struct Answer {
        #[pin]
        route: Option<RouteFuture<Infallible>>,
        // Made only for answers that are not ready at once.
        #[pin]
        timer: Option<Sleep>,
        early: Option<Response>,
        running: Running,
    }
}

impl Future for Answer {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if let Some(response) = this.early.take() {
            return Poll::Ready(Ok(this.running.finish(response)));
        }
        let Some(mut route) = this.route.as_mut().as_pin_mut() else {
            // Polled again after the end.
            return Poll::Pending;
        };
        let id = this.running.context.id();
        let polled = in_request(id, || catch_unwind(AssertUnwindSafe(|| route.as_mut().poll(cx))));
        let response = match polled {
            Ok(Poll::Ready(Ok(response))) => response,
            Err(_) => this.running.panicked(),
            Ok(Poll::Pending) => {
                let context = &this.running.context;
                if this.timer.is_none() {
                    // Not `due`, which a slow body has perhaps put far ahead already, and which may come nearer again.
                    let first_look = context.started() + context.request_time_max();
                    this.timer.set(Some(tokio::time::sleep_until(first_look)));
                }
                let Some(mut timer) = this.timer.as_mut().as_pin_mut() else {
                    return Poll::Pending;
                };
                loop {
                    if timer.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    // The deadline moves while a body arrives slowly, but never to a time before now + `request_time_max`.
                    let (now, due) = (Instant::now(), context.due());
                    if due <= now {
                        break;
                    }
                    timer.as_mut().reset(due.min(now + context.request_time_max()));
                }
                this.running.too_late()
            }
        };
        // The handler's future goes first: whatever it holds is free before the client has its answer.
        this.route.set(None);
        Poll::Ready(Ok(this.running.finish(response)))
    }
}

/// Notes the template of the route, which only the inside of the router knows.
#[derive(Clone, Copy, Debug)]
struct RecordRoute;

impl<S> Layer<S> for RecordRoute {
    type Service = RouteRecorder<S>;

    fn layer(&self, inner: S) -> RouteRecorder<S> {
        RouteRecorder(inner)
    }
}

#[derive(Clone, Debug)]
struct RouteRecorder<S>(S);

impl<S: Service<Request<B>>, B> Service<Request<B>> for RouteRecorder<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> S::Future {
        let extensions = request.extensions();
        if let (Some(context), Some(route)) = (extensions.get::<RequestContext>(), extensions.get::<MatchedPath>()) {
            context.set_route(route);
        }
        self.0.call(request)
    }
}

#[cfg(test)]
#[path = "middleware_tests.rs"]
mod tests;
