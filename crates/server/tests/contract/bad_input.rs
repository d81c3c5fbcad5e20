//! Bad input of every kind: a clear refusal, nothing stored, never a fault of the server.

use bronya_testkit::{Answer, Call, PASSWORD, TestApp, User, on_both};
use serde_json::{Value, json};

/// Every request with a body: what it is, and one that would be taken.
struct Target {
    method: &'static str,
    path: String,
    good: Value,
}

async fn targets(app: &TestApp, root: &User) -> Vec<Target> {
    let table = app.resource(root, "Table").await;
    let booking = app.booked(root, &table, 600, 660).await;
    let anna = app.user("anna").await;
    let times = json!({ "resource_id": table, "starts_at": app.clock().in_minutes(60), "ends_at": app.clock().in_minutes(120) });
    let with = |more: Value| {
        let mut body = times.clone();
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        body
    };
    let resource = json!({
        "name": "Hall", "kind": "room", "description": "Large", "capacity": 4, "quantity": 2, "time_zone": "UTC",
        "requires_approval": false,
    });
    let target = |method, path: String, good| Target { method, path, good };
    vec![
        target(
            "POST",
            "/users/register".to_owned(),
            json!({ "username": "newcomer", "password": PASSWORD, "email": "a@b.example", "display_name": "N" }),
        ),
        target(
            "POST",
            "/setup".to_owned(),
            json!({ "token": "bst_x", "username": "newcomer", "password": PASSWORD, "email": "a@b.example", "display_name": "N" }),
        ),
        target("PATCH", "/users/me".to_owned(), json!({ "email": "a@b.example", "display_name": "N" })),
        target(
            "PUT",
            "/users/me/password".to_owned(),
            json!({ "current_password": "wrong", "new_password": PASSWORD }),
        ),
        target("PATCH", format!("/users/{}", anna.id), json!({ "role": "user", "disabled": false })),
        target("POST", "/resources".to_owned(), resource.clone()),
        target("PUT", format!("/resources/{table}"), resource.clone()),
        target("PATCH", format!("/resources/{table}"), resource),
        target("POST", "/schedule".to_owned(), with(json!({ "reason": "x", "on_conflict": "refuse" }))),
        target(
            "POST",
            "/bookings".to_owned(),
            with(json!({ "title": "x", "notes": "x", "party_size": 2, "quantity": 1 })),
        ),
        target(
            "PATCH",
            format!("/bookings/{booking}"),
            with(json!({ "title": "x", "notes": "x", "party_size": 2, "quantity": 1 })),
        ),
    ]
}

impl Target {
    fn send(&self, app: &TestApp, by: &User, body: impl Into<Vec<u8>>) -> Call {
        app.call(self.method, &self.path).body("application/json", body).by(by)
    }
}

/// Must be refused, and with one of these.
#[track_caller]
fn refused(answer: &Answer, statuses: &[u16]) {
    assert!(statuses.contains(&answer.status.as_u16()), "expected one of {statuses:?}: {answer}");
    answer.any_problem();
}

/// Values that stand where something else belongs, as they are written in JSON.
fn odd_values() -> Vec<String> {
    let mut values: Vec<String> = [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-1",
        "1",
        "1.5",
        "1e308",
        "1e400",
        "-1e400",
        "1E+2",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        "\"\"",
        "\" \"",
        "\"\\u0000\"",
        "\"a\\u0000b\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\u2028\"",
        "\"\\r\\nBcc: x@y\"",
        "\"\\u202e\"",
        "\"null\"",
        "\"1\"",
        "[]",
        "[null]",
        "{}",
        "{\"$ne\":null}",
        "[[[]]]",
        "\"'; DROP TABLE account; --\"",
        "\"%00\"",
        "\"../../etc/passwd\"",
        "\"{{7*7}}\"",
        "\"<script>alert(1)</script>\"",
        "\"${jndi:ldap://x}\"",
        "\"\\uffff\"",
        "\"9999-12-31T23:59:59Z\"",
        "\"0001-01-01T00:00:00Z\"",
        "\"-9999-01-01T00:00:00Z\"",
        "\"2026-11-23T23:59:60Z\"",
        "\"NaN\"",
        "\"Infinity\"",
        "\"2026-11-23T09:00:00+24:00\"",
        "\"00000000-0000-0000-0000-000000000000\"",
        "\"ffffffff-ffff-ffff-ffff-ffffffffffff\"",
    ]
    .map(str::to_owned)
    .to_vec();
    values.push(format!("\"{}\"", "x".repeat(100_000)));
    values.push(format!("\"{}\"", "\u{1f9a6}".repeat(10_000)));
    values.push("9".repeat(100_000));
    values.push(format!("{}{}", "[".repeat(50_000), "]".repeat(50_000)));
    values
}

on_both! {
    async fn what_is_no_body_of_ours_is_refused_and_nothing_is_stored(app) {
        let root = app.admin("root").await;
        let targets = targets(&app, &root).await;
        let before = app.stored().await;
        for target in &targets {
            let good = target.good.to_string();
            let unparsable: Vec<Vec<u8>> = vec![
                vec![], b" ".to_vec(), b"{".to_vec(), b"}".to_vec(), b"nul".to_vec(), b"{'name':'x'}".to_vec(), b"{\"name\"}".to_vec(),
                b"{\"name\":}".to_vec(), b"{name:\"x\"}".to_vec(), b"{\"name\":\"x\",}".to_vec(), b"\xff\xfe{}".to_vec(),
                b"{\"name\":\"\xc3\x28\"}".to_vec(), b"{\"name\":\"\xed\xa0\x80\"}".to_vec(), b"{\"name\":\"a\nb\"}".to_vec(),
                "\u{feff}{}".as_bytes().to_vec(), format!("{good}{good}").into_bytes(), format!("{good}x").into_bytes(),
                good.as_bytes()[..good.len() - 1].to_vec(), b"\0".to_vec(), vec![b'['; 100_000], b"{\"a\":".repeat(20_000),
                b"{\"name\":01}".to_vec(), b"{\"name\":+1}".to_vec(), b"{\"name\":NaN}".to_vec(), b"// {}".to_vec(), b"name=x".to_vec(),
                b"<?xml version=\"1.0\"?><name/>".to_vec(), b"{\"name\":\"\\ud800\"}".to_vec(), b"{\"name\":1e400}".to_vec(),
            ];
            for body in unparsable {
                let answer = target.send(&app, &root, body).await;
                refused(&answer, &[400]);
            }
            for body in ["null", "true", "0", "\"x\"", "[]", "[{}]", "[null]", "[\"x\",\"y\",\"z\",\"a\"]", &format!("[{good}]")] {
                refused(&target.send(&app, &root, body).await, &[422]);
            }
            for member in target.good.as_object().unwrap().keys() {
                // Twice, alike or not: neither the first nor the last is meant.
                let value = &target.good[member];
                let twice = format!("{},\"{member}\":{value}}}", &good[..good.len() - 1]);
                target.send(&app, &root, twice).await.names(&[&format!("/{member}")]);
                let mut deep = target.good.clone();
                deep[member] = json!({ "a": [{ "b": 1 }] });
                target.send(&app, &root, deep.to_string()).await.names(&[&format!("/{member}")]);
            }
            let mut large = target.good.clone();
            large["padding"] = json!("x".repeat(300_000));
            refused(&target.send(&app, &root, large.to_string()).await, &[413]);
            let padded = format!("{}{good}", " ".repeat(300_000));
            refused(&target.send(&app, &root, padded).await, &[413]);
            for kind in ["text/plain", "application/x-www-form-urlencoded", "text/json", "application/jsonx", "application/", "*/*", ""] {
                let call = app.call(target.method, &target.path).body(kind, good.clone()).by(&root);
                refused(&call.await, &[415]);
            }
            for encoding in ["gzip", "br", "deflate", "identity, gzip", "x"] {
                refused(&target.send(&app, &root, good.clone()).header("content-encoding", encoding).await, &[415]);
            }
        }
        assert_eq!(app.stored().await, before);
    }

    async fn no_value_in_any_place_is_a_fault_of_the_server(app) {
        let root = app.admin("root").await;
        let targets = targets(&app, &root).await;
        let expected = [200, 201, 204, 400, 403, 404, 409, 413, 422];
        for target in &targets {
            for member in target.good.as_object().unwrap().keys() {
                for value in odd_values() {
                    let mut marked = target.good.clone();
                    marked[member] = json!("@@");
                    let body = marked.to_string().replace("\"@@\"", &value);
                    let answer = target.send(&app, &root, body).await;
                    assert!(expected.contains(&answer.status.as_u16()), "{answer}");
                    if answer.status.as_u16() >= 400 {
                        answer.any_problem();
                    }
                }
            }
        }
        // The process lives, and so does the database.
        app.get("/readyz").await.was(200);
        app.resource(&root, "Still here").await;
    }

    async fn no_query_is_a_fault_of_the_server(app) {
        let root = app.admin("root").await;
        targets(&app, &root).await;
        let long = "x".repeat(5_000);
        for path in ["/resources", "/schedule", "/bookings", "/bookings/my", "/users", "/audit", "/users/me", "/users/me/sessions"] {
            for parameter in ["q", "kind", "min_capacity", "resource_id", "user_id", "status", "from", "to", "limit", "cursor"] {
                for value in ["", "%", "%zz", "%00", "%ff%fe", "%F0%9F%A6%A6", "'", "%22", "%27%20OR%201%3D1--", "1%3B%20DROP%20TABLE%20x", "%25%5F%5C", "null", "[]", "-1", "1e9", "..%2f..", "%0d%0aSet-Cookie:x", &long] {
                    let answer = app.get(path).query(&format!("{parameter}={value}")).by(&root).await;
                    assert!(matches!(answer.status.as_u16(), 200 | 400 | 403 | 422), "{answer}");
                    if answer.status != 200 {
                        answer.any_problem();
                    }
                    assert_eq!(answer.header("set-cookie"), None);
                }
                let twice = app.get(path).query(&format!("{parameter}=1&{parameter}=1")).by(&root).await;
                assert!(matches!(twice.status.as_u16(), 200 | 422), "{twice}");
            }
            for query in ["&", "=", "&&=&", "limit", "limit=1&", "%6cimit=1", "limit[]=1", "limit.x=1", "?"] {
                let answer = app.get(path).query(query).by(&root).await;
                assert!(matches!(answer.status.as_u16(), 200 | 422), "{answer}");
            }
        }
    }

    async fn no_form_is_a_fault_of_the_server(app) {
        app.user("anna").await;
        let kind = "application/x-www-form-urlencoded";
        let forms: Vec<Vec<u8>> = vec![
            vec![], b"&".to_vec(), b"=".to_vec(), b"username".to_vec(), b"username=%&password=%zz".to_vec(), b"username=%ff&password=%00".to_vec(),
            b"\xff\xfe".to_vec(), b"{}".to_vec(), b"username[]=a&password[]=b".to_vec(), b"grant_type=password&grant_type=password".to_vec(),
            b"grant_type=refresh_token&refresh_token=%00".to_vec(), b"username=a&password=".to_vec(), "username=\u{202e}&password=x".as_bytes().to_vec(),
            b"&".repeat(16_000), b"a=b&".repeat(4_000),
        ];
        for form in forms {
            refused(&app.call("POST", "/users/token").body(kind, form).await, &[400, 401, 422]);
        }
        refused(&app.call("POST", "/users/token").body(kind, b"a=b&".repeat(5_000)).await, &[413]);
    }

    async fn no_header_is_a_fault_of_the_server(app) {
        let root = app.admin("root").await;
        let table = app.resource(&root, "Table").await;
        let path = format!("/resources/{table}");
        let long = "x".repeat(8_000);
        for value in ["", "x", "\t", "\u{e9}", "Bearer", "Bearer ", "Bearer  x", "Basic x", "Digest", "bearer\tx", &long, "Bearer ..", "Bearer a.b.c"] {
            app.get("/users/me").header("authorization", value).await.problem(401, "unauthorized");
        }
        for (name, value) in [
            ("accept", "x"), ("accept", "text/html"), ("accept", ""), ("accept-encoding", "gzip, br"), ("accept-language", "xx"), ("range", "bytes=0-1"),
            ("if-none-match", "*"), ("if-modified-since", "x"), ("expect", "100-continue"), ("x-forwarded-for", "1.2.3.4, x"), ("x-forwarded-proto", "https"),
            ("forwarded", "for=\"[::1]\""), ("host", "evil.example"), ("origin", "https://evil.example"), ("referer", "javascript:"), ("cookie", "a=b; c"),
            ("user-agent", "\u{e9}\u{e9}"), ("x-request-id", "chosen"), ("traceparent", "00-x"), ("content-length", "5"), ("te", "trailers"),
        ] {
            let answer = app.get(&path).header(name, value).by(&root).await.is(200);
            assert_ne!(answer.header("x-request-id"), Some("chosen"));
        }
        // What a proxy is not trusted to say, nobody's address becomes.
        app.token("root", "wrong").header("x-forwarded-for", "1.2.3.4").await.problem(401, "invalid-credentials");
        assert_eq!(app.get("/audit").query("limit=1").by(&root).await.items()[0]["address"], "127.0.0.1");
        // Nothing makes of one method another one.
        for name in ["x-http-method-override", "x-method-override", "x-http-method"] {
            app.get(&path).header(name, "DELETE").by(&root).await.was(200);
            app.get(&path).query("_method=DELETE").by(&root).await.was(200);
        }
        for path in ["/users/logout", "/bookings/x/confirm", "/users/register"] {
            app.get(path).by(&root).await.problem(405, "method-not-allowed");
        }
        app.get("/users/me").by(&root).await.was(200);
    }

    async fn text_comes_back_as_it_was_given(app) {
        let root = app.admin("root").await;
        for text in [
            "<script>alert(1)</script>", "\"quoted\" 'and' \\backslash\\", "'; DROP TABLE resource; --", "%s %n %00", "=1+1", "{{7*7}}",
            "Ünïcödé", "Бронь", "予約", "🦦👩‍👩‍👧", "e\u{301}", "\u{202e}desrever", " leading and trailing ", "null", "NULL", "true", "1e5", "\u{fffd}", "\u{10ffff}",
        ] {
            let made = app.post("/resources", json!({ "name": text, "kind": text, "description": text })).by(&root).await.is(201);
            let read = app.get(&format!("/resources/{}", made.id())).by(&root).await.is(200).json();
            for member in ["name", "kind", "description"] {
                assert_eq!(read[member], text, "{member}");
            }
            let body = json!({ "resource_id": made.id(), "starts_at": app.clock().in_minutes(60), "ends_at": app.clock().in_minutes(120), "title": text, "notes": text });
            let booked = app.post("/bookings", body).by(&root).await.is(201).id();
            let read = app.booking(&root, &booked).await;
            assert_eq!((&read["title"], &read["notes"]), (&json!(text), &json!(text)));
        }
    }
}
