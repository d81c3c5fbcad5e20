use std::sync::atomic::{AtomicU64, Ordering};

use axum::routing::{get, post};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use crate::http::extract::{ClientAddress, Json, RequestId};
use crate::metrics::Metrics;

fn ids() -> Ids {
    let next = AtomicU64::new(1);
    Ids::from_fn(move || Uuid::from_u128(next.fetch_add(1, Ordering::Relaxed).into()))
}

fn router() -> Router {
    Router::new()
        .route("/", get(async || "root"))
        .route("/things", get(async || "list").post(async |Json(value): Json<Value>| Json(value)))
        .route("/things/{id}", get(async |axum::extract::Path(id): axum::extract::Path<String>| id))
        .route("/query", get(async |uri: Uri| uri.to_string()))
        .route("/who", get(async |ClientAddress(address): ClientAddress| address.to_string()))
        .route("/id", get(async |RequestId(id): RequestId| id.to_string()))
        .route(
            "/page",
            get(async || ([(CONTENT_SECURITY_POLICY, "script-src 'self'"), (CACHE_CONTROL, "max-age=60")], "x")),
        )
        .route("/text-error", get(async || (StatusCode::BAD_REQUEST, [("x-more", "1")], "secret detail of a library")))
        .route("/panic", get(async || -> &str { panic!("expected") }))
        .route(
            "/panic-late",
            get(async || -> &str {
                tokio::task::yield_now().await;
                panic!("expected")
            }),
        )
        .route("/forever", get(std::future::pending::<()>).post(std::future::pending::<()>))
        .route("/healthz", get(async || "ok"))
}

struct App {
    shell: Shell,
    metrics: Metrics,
}

fn app(config: ShellConfig) -> App {
    let metrics = Metrics::new();
    App { shell: Shell::new(router(), config, metrics.http().clone(), ids()), metrics }
}

impl App {
    async fn send(&self, request: http::request::Builder) -> (http::Response<()>, String) {
        let response = self.shell.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (http::Response::from_parts(parts, ()), String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn get(&self, path: &str) -> (http::Response<()>, String) {
        self.send(Request::get(path)).await
    }

    async fn problem(&self, request: http::request::Builder) -> (http::Response<()>, Value) {
        let (response, text) = self.send(request).await;
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json", "{text}");
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["status"], response.status().as_u16());
        assert_eq!(value["instance"], response.headers()[X_REQUEST_ID].to_str().unwrap());
        (response, value)
    }
}

#[tokio::test]
async fn every_route_answers_with_and_without_its_slash() {
    let app = app(ShellConfig::default());
    for (path, body) in [
        ("/", "root"),
        ("/things", "list"),
        ("/things/", "list"),
        ("/things/7", "7"),
        ("/things/7/", "7"),
        ("/things/?limit=3", "list"),
        ("/query/?a=/b/", "/query?a=/b/"),
        ("/query?a=/b/", "/query?a=/b/"),
        ("http://example.org/query/?x", "http://example.org/query?x"),
    ] {
        let (response, text) = app.get(path).await;
        assert_eq!((response.status().as_u16(), text.as_str()), (200, body), "{path}");
    }
    assert_eq!(app.get("/things//").await.0.status(), 404);
}

#[tokio::test]
async fn the_request_id_is_everywhere_and_never_the_client_s() {
    let app = app(ShellConfig::default());
    let (response, text) = app.send(Request::get("/id").header("x-request-id", "evil")).await;
    assert_eq!(response.headers()[X_REQUEST_ID], "00000000-0000-0000-0000-000000000001");
    assert_eq!(text, "00000000-0000-0000-0000-000000000001");
    app.problem(Request::get("/nowhere")).await;
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems() {
    let app = app(ShellConfig::default());
    let (_, problem) = app.problem(Request::get("/.git/config")).await;
    assert_eq!(problem["type"], "/problems/not-found");
    for method in ["DELETE", "TRACE", "CONNECT", "OPTIONS", "EVIL"] {
        let (response, problem) = app.problem(Request::builder().method(method).uri("/things")).await;
        assert_eq!(problem["type"], "/problems/method-not-allowed", "{method}");
        assert_eq!(response.headers()["allow"], "GET,HEAD,POST", "{method}");
    }
    let connect = Request::builder().method("CONNECT").uri("example.org:443");
    assert_eq!(app.problem(connect).await.1["status"], 404);
    assert_eq!(app.problem(Request::options("*")).await.1["status"], 404);
}

#[tokio::test]
async fn a_library_s_plain_error_becomes_a_problem() {
    let app = app(ShellConfig::default());
    let (response, problem) = app.problem(Request::get("/text-error")).await;
    assert_eq!(response.headers()["x-more"], "1");
    assert_eq!(problem["type"], "/problems/bad-request");
    assert!(!problem.to_string().contains("secret"));
}

#[tokio::test]
async fn security_headers_are_on_every_answer() {
    let app = app(ShellConfig::default());
    for path in ["/things", "/nowhere", "/panic", "/page"] {
        let (response, _) = app.get(path).await;
        let headers = response.headers();
        assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(headers[REFERRER_POLICY], "no-referrer", "{path}");
        let (csp, cache) = if path == "/page" {
            ("script-src 'self'", "max-age=60")
        } else {
            ("default-src 'none'; frame-ancestors 'none'", "no-store")
        };
        assert_eq!(
            (&headers[CONTENT_SECURITY_POLICY], &headers[CACHE_CONTROL]),
            (&csp.parse().unwrap(), &cache.parse().unwrap())
        );
        for absent in ["server", "access-control-allow-origin", "strict-transport-security", "vary"] {
            assert!(!headers.contains_key(absent), "{path}: {absent}");
        }
    }
}

#[tokio::test]
async fn a_panic_is_a_500_and_no_more() {
    let app = app(ShellConfig::default());
    for path in ["/panic", "/panic-late"] {
        let (response, problem) = app.problem(Request::get(path)).await;
        assert_eq!(response.status(), 500);
        assert!(!problem.to_string().contains("expected"), "{problem}");
    }
    assert_eq!(app.get("/things").await.0.status(), 200);
    assert_eq!(app.metrics.http().panics.get(), 2);
    assert_eq!(app.metrics.http().in_flight.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_takes_too_long_is_answered_all_the_same() {
    let app = app(ShellConfig::default());
    let started = Instant::now();
    let (response, problem) = app.problem(Request::get("/forever")).await;
    assert_eq!(problem["type"], "/problems/unavailable");
    assert!(response.headers().contains_key("retry-after"));
    assert_eq!(started.elapsed().as_secs(), 10);
    // What writes may have happened.
    assert_eq!(app.problem(Request::post("/forever")).await.1["type"], "/problems/outcome-unknown");
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_has_a_time_of_its_own() {
    let app = app(ShellConfig::default());
    let piece = |seconds: u64, text: &'static str| async move {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        Some((Ok::<_, Infallible>(text), ()))
    };
    let post = |body: Body| Request::post("/things").header(CONTENT_TYPE, "application/json").body(body).unwrap();
    // Slower than the deadline of an answer, and within that of a body.
    let slow = Body::from_stream(futures_util::stream::once(async move { piece(25, "{}").await.unwrap().0 }));
    assert_eq!(app.shell.clone().oneshot(post(slow)).await.unwrap().status(), 200);
    // One that drips for ever is given up at its own deadline.
    let started = Instant::now();
    let dripping = Body::from_stream(futures_util::stream::unfold((), move |()| piece(1, " ")));
    assert_eq!(app.shell.clone().oneshot(post(dripping)).await.unwrap().status(), 400);
    assert_eq!(started.elapsed().as_secs(), 30);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_counts_again_from_the_end_of_a_slow_body() {
    let router = Router::new().route("/", post(async |Json(_): Json<Value>| std::future::pending::<()>().await));
    let shell = Shell::new(router, ShellConfig::default(), Metrics::new().http().clone(), ids());
    let slow = Body::from_stream(futures_util::stream::once(async {
        tokio::time::sleep(Duration::from_secs(15)).await;
        Ok::<_, Infallible>("{}")
    }));
    let started = Instant::now();
    let request = Request::post("/").header(CONTENT_TYPE, "application/json").body(slow).unwrap();
    assert_eq!(shell.oneshot(request).await.unwrap().status(), 503);
    assert_eq!(started.elapsed().as_secs(), 25);
}

#[tokio::test]
async fn too_many_at_once_are_shed_and_probes_are_not() {
    let app = app(ShellConfig { in_flight_max: 1, ..ShellConfig::default() });
    let mut first = Box::pin(app.shell.clone().oneshot(Request::get("/forever").body(Body::empty()).unwrap()));
    assert!(futures_util::FutureExt::now_or_never(first.as_mut()).is_none());
    let (response, problem) = app.problem(Request::get("/things")).await;
    assert_eq!(problem["type"], "/problems/overloaded");
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(app.get("/healthz").await.0.status(), 200);
    // A client that goes away frees its place.
    drop(first);
    assert_eq!(app.get("/things").await.0.status(), 200);
    assert_eq!(app.metrics.http().shed.get(), 1);
    assert_eq!(app.metrics.http().in_flight.get(), 0);
    assert!(app.metrics.render().contains("route=\"/forever\",status=\"499\"} 1"));
}

#[tokio::test]
async fn addresses_that_are_too_long_are_refused() {
    let app = app(ShellConfig::default());
    let path = |bytes: usize| format!("/things?{}", "x".repeat(bytes - 8));
    assert_eq!(app.get(&path(8 * 1024)).await.0.status(), 200);
    let (_, problem) = app.problem(Request::get(path(8 * 1024 + 1))).await;
    assert_eq!(problem["type"], "/problems/uri-too-long");
}

#[tokio::test]
async fn metrics_know_templates_only() {
    let app = app(ShellConfig::default());
    app.get("/things/canary?token=canary").await;
    app.get("/canary").await;
    app.send(Request::delete("/things")).await;
    let text = app.metrics.render();
    assert!(!text.contains("canary"), "{text}");
    for line in [
        "bronya_http_requests_total{method=\"GET\",route=\"/things/{id}\",status=\"200\"} 1",
        "bronya_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} 1",
        "bronya_http_requests_total{method=\"DELETE\",route=\"/things\",status=\"405\"} 1",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

#[tokio::test]
async fn other_origins_need_to_be_allowed_by_name() {
    let origins = AllowedOrigins::new(["https://app.example.org"]).unwrap();
    let app = app(ShellConfig { cors: origins, ..ShellConfig::default() });
    let ask = |origin: &str| Request::get("/things").header(ORIGIN, origin);
    let (response, _) = app.send(ask("https://app.example.org")).await;
    assert_eq!(response.headers()[ACCESS_CONTROL_ALLOW_ORIGIN], "https://app.example.org");
    assert_eq!(response.headers()[VARY], "origin");
    for other in [
        "null",
        "*",
        "https://app.example.org.evil.com",
        "https://evil.app.example.org",
        "http://app.example.org",
        "https://app.example.org:444",
        "HTTPS://APP.EXAMPLE.ORG",
    ] {
        let (response, _) = app.send(ask(other)).await;
        assert!(!response.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), "{other}");
        assert_eq!(response.headers()[VARY], "origin");
    }
    let preflight = |origin: &str| {
        Request::options("/things/").header(ORIGIN, origin).header(ACCESS_CONTROL_REQUEST_METHOD, "PATCH")
    };
    let (response, _) = app.send(preflight("https://app.example.org")).await;
    assert_eq!(response.status(), 204);
    assert!(response.headers()[ACCESS_CONTROL_ALLOW_HEADERS].to_str().unwrap().contains("authorization"));
    assert!(!response.headers().contains_key("access-control-allow-credentials"));
    assert_eq!(app.send(preflight("https://evil.com")).await.0.status(), 405);
    for wrong in ["*", "null", "https://*.example.org", "https://example.org/", "example.org", "https://", ""] {
        assert!(AllowedOrigins::new([wrong]).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn only_a_trusted_proxy_is_believed() {
    let proxies = TrustedProxies::new(["10.0.0.1".parse().unwrap()]);
    let app = app(ShellConfig { trusted_proxies: proxies, ..ShellConfig::default() });
    let ask = || Request::get("/who").header("x-forwarded-for", "203.0.113.7").header("x-forwarded-proto", "https");
    for (peer, client, https) in [("10.0.0.1:1", "203.0.113.7", true), ("10.0.0.2:1", "10.0.0.2", false)] {
        let app = App { shell: app.shell.for_peer(peer.parse().unwrap()), metrics: app.metrics.clone() };
        let (response, text) = app.send(ask()).await;
        assert_eq!(text, client);
        assert_eq!(response.headers().contains_key(STRICT_TRANSPORT_SECURITY), https);
    }
}

#[test]
fn a_refusal_is_a_whole_answer() {
    let raw = String::from_utf8(app(ShellConfig::default()).shell.refusal(ProblemKind::Overloaded)).unwrap();
    let (head, body) = raw.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{head}");
    for header in [
        "retry-after: 1",
        "connection: close",
        "x-content-type-options: nosniff",
        &format!("content-length: {}", body.len()),
    ] {
        assert!(head.lines().any(|line| line == header), "{header} is not in {head}");
    }
    let value: Value = serde_json::from_str(body).unwrap();
    assert_eq!(value["instance"], "00000000-0000-0000-0000-000000000001");
}
