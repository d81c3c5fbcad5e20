use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use futures_util::stream;
use http::HeaderValue;
use proptest::prelude::*;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    count: Option<u8>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Colour {
    Red,
    Green,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    name: String,
    #[serde(default)]
    size: Option<u32>,
    #[serde(default)]
    inner: Vec<Inner>,
    #[serde(default)]
    by_name: BTreeMap<String, Inner>,
    #[serde(default)]
    colour: Option<Colour>,
    #[serde(default)]
    open: Option<bool>,
}

fn refused(text: &[u8]) -> (u16, String, String) {
    let problem = parse_json::<Thing>(text).unwrap_err();
    let status = problem.kind().status().as_u16();
    match problem.field_errors() {
        [error] => (status, error.pointer.to_string(), error.detail.to_string()),
        [] => (status, String::new(), problem.detail_text().unwrap().to_owned()),
        more => panic!("{more:?}"),
    }
}

#[test]
fn what_can_not_be_parsed_is_400() {
    let deep = "[".repeat(100_000);
    let deep_and_closed = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_field = format!("{{\"name\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let huge_number = format!("{{\"name\":\"x\",\"size\":1{}}}", "0".repeat(1_000_000));
    let broken: Vec<&[u8]> = vec![
        b"",
        b" ",
        b"{",
        b"{\"name\":\"x\"",
        b"{\"name\":\"x\"}x",
        b"{\"name\":\"x\"} {}",
        b"{\"name\":\"x\",}",
        b"{name:\"x\"}",
        b"{\"name\":'x'}",
        b"\xef\xbb\xbf{\"name\":\"x\"}",
        b"{\"name\":\"\xff\"}",
        b"{\"name\":\"\\ud800\"}",
        b"{\"name\":\"\\ud800x\"}",
        b"{\"name\":\"x\",\"size\":1e400}",
        b"{\"name\":\"x\",\"size\":01}",
        b"{\"name\":\"x\",\"size\":NaN}",
        // A wrong field before the broken place doesn't make it well-formed.
        b"{\"nome\":\"x\", garbage",
        b"{\"nome\":\"\xff\"}",
        deep.as_bytes(),
        deep_and_closed.as_bytes(),
        deep_field.as_bytes(),
        huge_number.as_bytes(),
    ];
    for text in broken {
        let shown = String::from_utf8_lossy(text.get(..60).unwrap_or(text)).into_owned();
        assert_eq!(refused(text).0, 400, "{shown}");
    }
}

#[test]
fn what_is_wrong_is_422_with_its_place() {
    for (text, pointer, detail) in [
        (r"{}", "/name", "is required"),
        (r#"{"name":null}"#, "/name", "must be a string"),
        (r#"{"name":7}"#, "/name", "must be a string"),
        (r#"{"name":"x","nome":"y"}"#, "/nome", "is not known here"),
        (r#"{"name":"x","a/b~c":1}"#, "/a~1b~0c", "is not known here"),
        (r#"{"name":"x","name":"y"}"#, "/name", "is given twice"),
        (r#"{"name":"x","size":-1}"#, "/size", "must be a whole number from 0 to 4294967295"),
        (r#"{"name":"x","size":1.5}"#, "/size", "must be a whole number from 0 to 4294967295"),
        (r#"{"name":"x","size":99999999999999999999}"#, "/size", "must be a whole number from 0 to 4294967295"),
        (r#"{"name":"x","size":"7"}"#, "/size", "must be a whole number from 0 to 4294967295"),
        (r#"{"name":"x","inner":[{},{"count":300}]}"#, "/inner/1/count", "must be a whole number from 0 to 255"),
        (r#"{"name":"x","inner":[{"cuont":3}]}"#, "/inner/0/cuont", "is not known here"),
        (r#"{"name":"x","inner":{}}"#, "/inner", "must be an array"),
        (r#"{"name":"x","by_name":{"k":{"count":1,"count":2}}}"#, "/by_name/k/count", "is given twice"),
        (r#"{"name":"x","colour":"blue"}"#, "/colour", "must be `red` or `green`"),
        (r#"{"name":"x","open":"yes"}"#, "/open", "must be `true` or `false`"),
        (r"[]", "", "must be an object"),
        (r"null", "", "must be an object"),
        (r#""x""#, "", "must be an object"),
    ] {
        assert_eq!(refused(text.as_bytes()), (422, pointer.to_owned(), detail.to_owned()), "{text}");
    }
}

#[test]
fn no_value_of_the_client_comes_back() {
    for text in [
        r#"{"name":"x","size":"canary, expected canary"}"#,
        r#"{"name":"x","size":"canary` canary"}"#,
        r#"{"name":"x","colour":"canary"}"#,
        r#"{"name":"x","open":"canary"}"#,
        r#"{"name":"x","inner":["canary"]}"#,
        r#""canary""#,
    ] {
        let (status, pointer, detail) = refused(text.as_bytes());
        assert_eq!(status, 422);
        assert!(!pointer.contains("canary") && !detail.contains("canary"), "{text}: {pointer} {detail}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_anything_but_a_refusal(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Err(problem) = parse_json::<Thing>(&bytes) {
            prop_assert!(matches!(problem.kind(), ProblemKind::BadRequest | ProblemKind::Validation));
        }
        let _ = parse_pairs::<Thing>(&bytes).map_err(|problem| {
            assert!(matches!(problem.kind(), ProblemKind::BadRequest | ProblemKind::Validation));
        });
    }

    /// Whatever stands in a JSON value, its kind of refusal follows from whether serde_json can parse it.
    #[test]
    fn well_formed_is_422_and_the_rest_400(text in r#"[\[\]{}:,"a1 .\\nulltrefas-]{0,40}"#) {
        if let Err(problem) = parse_json::<Thing>(text.as_bytes()) {
            let well_formed = serde_json::from_str::<Value>(&text).is_ok();
            let expected = if well_formed { ProblemKind::Validation } else { ProblemKind::BadRequest };
            prop_assert_eq!(problem.kind(), expected);
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only whether it can be read matters")]
struct Filter {
    q: Option<String>,
    limit: Option<i64>,
    cancel: Option<bool>,
}

#[test]
fn parameters_are_refused_by_name() {
    assert_eq!(parse_pairs::<Filter>(b"q=a%20b&limit=7").unwrap().q.unwrap(), "a b");
    for (text, pointer, detail) in [
        ("limit=x", "/limit", "must be a whole number"),
        ("limit=", "/limit", "must be a whole number"),
        ("limit=1e9", "/limit", "must be a whole number"),
        ("limit=99999999999999999999", "/limit", "is out of range"),
        ("cancel=yes", "/cancel", "must be `true` or `false`"),
        ("limit=1&limit=2", "/limit", "is given twice"),
        ("q=1&q=1", "/q", "is given twice"),
        ("limt=1", "/limt", "is not known here"),
    ] {
        let problem = parse_pairs::<Filter>(text.as_bytes()).unwrap_err();
        let expected = [FieldError { pointer: pointer.into(), detail: detail.into() }];
        assert_eq!(problem.field_errors(), expected, "{text}");
    }
    for text in [b"q=%ff".as_slice(), b"q=%C3", b"q=\xff", b"%ff=1", b"q=%ED%A0%80", b"q=%C3&limit=%A9"] {
        assert_eq!(parse_pairs::<Filter>(text).unwrap_err().kind(), ProblemKind::BadRequest, "{text:?}");
    }
}

fn app() -> Router {
    #[derive(Deserialize)]
    struct Login {
        username: String,
    }
    Router::new()
        .route("/thing", post(async |Json(thing): Json<Thing>| thing.name))
        .route("/login", post(async |Form(login): Form<Login>| login.username))
        .route("/bookings/{id}", get(async |Path(id): Path<BookingId>| id.to_string()))
        .route("/resources/{id}/x", get(async |Path(id): Path<ResourceId>| id.to_string()))
        .route("/key", get(async |IdempotencyKey(key): IdempotencyKey| key.unwrap_or_else(|| "none".to_owned())))
        .route("/who", get(async |ClientAddress(address): ClientAddress| address.to_string()))
}

async fn send(request: Request<Body>) -> (u16, String) {
    let response = app().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(body.to_vec()).unwrap();
    let kind = serde_json::from_str::<Value>(&text).ok().and_then(|v| v["type"].as_str().map(str::to_owned));
    (status, kind.unwrap_or(text))
}

fn post_thing(content_type: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post("/thing").header(CONTENT_TYPE, content_type).body(body.into()).unwrap()
}

#[tokio::test]
async fn json_bodies_must_say_that_they_are_json() {
    let good = r#"{"name":"x"}"#;
    for content_type in
        ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/merge-patch+json"]
    {
        assert_eq!(send(post_thing(content_type, good)).await, (200, "x".into()), "{content_type}");
    }
    for content_type in
        ["text/plain", "text/json", "application/x-www-form-urlencoded", "json", "", "application/+json"]
    {
        let answer = send(post_thing(content_type, good)).await;
        assert_eq!(answer, (415, "/problems/unsupported-media-type".into()), "{content_type}");
    }
    let without = Request::post("/thing").body(Body::from(good)).unwrap();
    assert_eq!(send(without).await.0, 415);
    let mut compressed = post_thing("application/json", good);
    compressed.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    assert_eq!(send(compressed).await.0, 415);
}

#[tokio::test]
async fn bodies_at_the_limit_and_one_byte_beyond() {
    let body = |bytes: usize| format!("{{\"name\":\"{}\"}}", "x".repeat(bytes - 11));
    let limit = BodyLimits::default().json_body_bytes_max;
    assert_eq!(send(post_thing("application/json", body(limit))).await.0, 200);
    assert_eq!(send(post_thing("application/json", body(limit + 1))).await.0, 413);
    // The same in pieces, without an announced length.
    for (bytes, status) in [(limit, 200), (limit + 1, 413)] {
        let text = body(bytes).into_bytes();
        let pieces: Vec<Result<Vec<u8>, Infallible>> = text.chunks(1_000).map(|piece| Ok(piece.to_vec())).collect();
        let request = post_thing("application/json", Body::from_stream(stream::iter(pieces)));
        assert_eq!(send(request).await.0, status);
    }
    // An announced length is enough: nothing is read.
    let mut announced =
        post_thing("application/json", Body::from_stream(stream::pending::<Result<Bytes, Infallible>>()));
    announced.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(limit + 1));
    assert_eq!(send(announced).await, (413, "/problems/payload-too-large".into()));
}

#[tokio::test]
async fn a_body_that_never_comes_is_given_up() {
    let mut request = post_thing("application/json", Body::from_stream(stream::pending::<Result<Bytes, Infallible>>()));
    let body = BodyLimits { body_time_max: Duration::from_millis(20), ..BodyLimits::default() };
    let address = IpAddr::from([127, 0, 0, 1]);
    request.extensions_mut().insert(RequestContext::new(Uuid::nil(), address, body, Duration::from_secs(10)));
    assert_eq!(send(request).await, (400, "/problems/bad-request".into()));
}

#[tokio::test]
async fn forms_take_what_oauth_clients_send_along() {
    let form = |body: &'static str| {
        Request::post("/login")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap()
    };
    assert_eq!(send(form("username=a&scope=&client_id=x")).await, (200, "a".into()));
    assert_eq!(send(form("username=a&username=b")).await.0, 422);
    assert_eq!(send(form("name=a")).await.0, 422);
    let json = Request::post("/login").header(CONTENT_TYPE, "application/json").body(Body::from("{}")).unwrap();
    assert_eq!(send(json).await.0, 415);
}

#[tokio::test]
async fn a_malformed_id_is_answered_like_an_unknown_one() {
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    let id = "0190163d-8694-739b-aea5-966c26f8ad91";
    assert_eq!(send(get(&format!("/bookings/{id}"))).await, (200, id.into()));
    assert_eq!(send(get(&format!("/resources/{id}/x"))).await, (200, id.into()));
    let simple = id.replace('-', "");
    for wrong in ["1", "x", &simple, &format!("%7B{id}%7D"), &format!("urn:uuid:{id}"), "%FF", "%00", "..%2F..%2Fetc"] {
        let answer = send(get(&format!("/bookings/{wrong}"))).await;
        assert_eq!(answer, (404, "/problems/booking-not-found".into()), "{wrong}");
    }
}

#[tokio::test]
async fn idempotency_keys_are_short_and_printable() {
    let get = |keys: &[&[u8]]| {
        let mut request = Request::get("/key").body(Body::empty()).unwrap();
        for key in keys {
            request.headers_mut().append("idempotency-key", HeaderValue::from_bytes(key).unwrap());
        }
        request
    };
    let longest = [b'k'; IDEMPOTENCY_KEY_BYTES_MAX];
    assert_eq!(send(get(&[])).await, (200, "none".into()));
    assert_eq!(send(get(&[b"a b"])).await, (200, "a b".into()));
    assert_eq!(send(get(&[&longest])).await.0, 200);
    for wrong in [&[&b""[..]][..], &[&[b'k'; 256]], &[b"\xc3\xa9"], &[b"a\tb"], &[b"a", b"a"]] {
        assert_eq!(send(get(wrong)).await, (400, "/problems/bad-request".into()), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_router_without_the_shell_is_a_fault_of_ours() {
    let request = Request::get("/who").body(Body::empty()).unwrap();
    assert_eq!(send(request).await, (500, "/problems/internal".into()));
}

#[test]
fn a_patch_tells_absent_from_null() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Change {
        #[serde(default)]
        name: Patch<String>,
        #[serde(default)]
        size: Patch<u32>,
    }
    let parse = |text: &str| parse_json::<Change>(text.as_bytes());
    assert_eq!(parse("{}").unwrap(), Change { name: Patch::Absent, size: Patch::Absent });
    assert_eq!(parse(r#"{"name":null,"size":3}"#).unwrap(), Change { name: Patch::Null, size: Patch::Value(3) });
    assert_eq!(parse(r#"{"size":"x"}"#).unwrap_err().field_errors()[0].pointer, "/size");
    assert_eq!(parse(r#"{"name":null,"name":"x"}"#).unwrap_err().field_errors()[0].detail, "is given twice");

    assert_eq!(Patch::<u8>::Absent.into_change(), None);
    assert_eq!(Patch::<u8>::Null.into_change(), Some(None));
    assert_eq!(Patch::Value(1).map(|n| n + 1).into_change(), Some(Some(2)));
    let mut invalid = Invalid::new();
    assert_eq!(Patch::<u8>::Null.into_required("/name", &mut invalid), None);
    assert_eq!(invalid.finish().unwrap_err().field_errors()[0].pointer, "/name");
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let mut invalid = Invalid::new();
    assert_eq!(invalid.take("/a", "1".parse::<u8>()), Some(1));
    assert!(invalid.is_empty());
    assert!(invalid.clone().finish().is_ok());
    assert_eq!(invalid.take("/b", "x".parse::<u8>()), None);
    invalid.push("/c", "is too long");
    let problem = invalid.finish().unwrap_err();
    assert_eq!(problem.kind(), ProblemKind::Validation);
    let value: Value = serde_json::from_slice(&problem.to_json(None)).unwrap();
    assert_eq!(
        value["errors"],
        json!([{"pointer": "/b", "detail": "invalid digit found in string"}, {"pointer": "/c", "detail": "is too long"}])
    );
}
