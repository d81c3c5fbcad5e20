//! Ground rules: paths, times, ids, errors, and the addresses that are no part of the API proper.

use bronya_testkit::on_both;
use serde_json::json;

/// A collection's path, a body that creates something in it.
fn creating(resource: &str) -> [(&'static str, serde_json::Value); 3] {
    [
        ("/resources", json!({ "name": "Hall" })),
        (
            "/schedule",
            json!({ "resource_id": resource, "starts_at": "2026-12-01T08:00:00Z", "ends_at": "2026-12-01T09:00:00Z" }),
        ),
        (
            "/bookings",
            json!({ "resource_id": resource, "starts_at": "2026-12-02T08:00:00Z", "ends_at": "2026-12-02T09:00:00Z" }),
        ),
    ]
}

on_both! {
    async fn a_path_answers_directly_with_and_without_its_slash(app) {
        let anna = app.user("anna").await;
        for slash in ["", "/"] {
            let resource = app.resource(&anna, "Table").await;
            for (path, body) in creating(&resource) {
                app.post(&format!("{path}{slash}"), body).by(&anna).await.was(201);
                app.get(&format!("{path}{slash}")).by(&anna).await.was(200);
                app.get(&format!("{path}{slash}")).by(&anna).query("limit=1").await.was(200);
            }
            let path = format!("/resources/{resource}{slash}");
            app.get(&path).by(&anna).await.was(200);
            app.patch(&path, json!({ "name": "Other" })).by(&anna).await.was(200);
            app.put(&path, json!({ "name": "Third" })).by(&anna).await.was(200);
            app.delete(&path).by(&anna).query("cancel_bookings=true").await.was(204);
            app.get(&format!("/users/me{slash}")).by(&anna).await.was(200);
            app.get(&format!("/bookings/my{slash}")).by(&anna).await.was(200);
            app.get(&format!("/healthz{slash}")).await.was(200);
            let name = if slash.is_empty() { "berta" } else { "carla" };
            let body = json!({ "username": name, "password": bronya_testkit::PASSWORD });
            app.post(&format!("/users/register{slash}"), body).await.was(201);
            let form = [("username", name), ("password", bronya_testkit::PASSWORD)];
            app.call("POST", &format!("/users/token{slash}")).form(&form).await.was(200);
        }
        // One slash, and no more than that.
        app.get("/resources//").by(&anna).await.problem(404, "not-found");
    }

    async fn times_need_an_offset_and_come_back_in_utc(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let body = |from: &str, to: &str| json!({ "resource_id": table, "starts_at": from, "ends_at": to });
        let booked = app
            .post("/bookings", body("2026-11-27T20:00:00+02:00", "2026-11-27T13:30:00.5-06:00"))
            .by(&anna)
            .await
            .is(201);
        assert_eq!(booked.text("/starts_at"), "2026-11-27T18:00:00Z");
        assert_eq!(booked.text("/ends_at"), "2026-11-27T19:30:00.5Z");
        assert_eq!(booked.text("/created_at"), "2026-11-23T09:00:00Z");
        let again = app.get(&format!("/bookings/{}", booked.id())).by(&anna).await.is(200);
        assert_eq!(again.body, booked.body);

        for path in ["/bookings", "/schedule"] {
            let local = body("2026-11-28T20:00:00", "2026-11-28T21:00:00");
            app.post(path, local).by(&anna).await.names(&["/starts_at", "/ends_at"]);
            let local = body("2026-11-28T20:00:00", "2026-11-28T21:00:00Z");
            app.post(path, local).by(&anna).await.names(&["/starts_at"]);
        }
        let path = format!("/bookings/{}", booked.id());
        app.patch(&path, json!({ "ends_at": "2026-11-28T21:00:00" })).by(&anna).await.names(&["/ends_at"]);
        for (path, parameter) in
            [("/schedule", "from"), ("/schedule", "to"), ("/bookings/my", "from"), ("/bookings", "to")]
        {
            let pointer = format!("/{parameter}");
            let query = format!("{parameter}=2026-11-28T21:00:00");
            app.get(path).query(&query).by(&anna).await.names(&[&pointer]);
        }
    }

    async fn what_touches_does_not_overlap(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        app.booked(&anna, &table, 60, 120).await;
        app.booked(&anna, &table, 120, 180).await;
        app.booked(&anna, &table, 0, 60).await;
        app.block(&anna, &table, 180, 240).await.was(201);
        app.booked(&anna, &table, 240, 300).await;
        app.block(&anna, &table, 300, 360).await.was(201);
        for (from, to) in [(59, 61), (119, 121), (179, 181), (239, 241), (0, 360), (70, 80)] {
            app.book(&anna, &table, from, to).await.problem(409, "booking-conflict");
        }
        // A list's range is half-open too: what ends when it begins, or begins when it ends, is not in it.
        let at = |minutes| app.clock().in_minutes(minutes);
        let query = format!("from={}&to={}", at(120), at(180));
        let found = app.get("/bookings/my").query(&query).by(&anna).await.is(200);
        assert_eq!(found.column("starts_at"), [at(120)]);
        let query = format!("resource_id={table}&from={}&to={}", at(240), at(300));
        assert!(app.get("/schedule").query(&query).by(&anna).await.is(200).items().is_empty());
    }

    async fn ids_are_of_version_7(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let booking = app.booked(&anna, &table, 60, 120).await;
        let block = app.block(&anna, &table, 180, 240).await.is(201).id();
        let account = app.register("berta", bronya_testkit::PASSWORD).await.is(201).id();
        let request = app.get("/healthz").await.header("x-request-id").unwrap().to_owned();
        for id in [&table, &booking, &block, &account, &request] {
            assert_eq!((id.len(), &id[14..15]), (36, "7"), "{id}");
            assert!(id.bytes().all(|byte| byte == b'-' || matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{id}");
        }
    }

    async fn every_error_is_a_problem(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let body = json!({ "name": "Hall" });
        // 400
        app.call("POST", "/resources").body("application/json", "{").by(&anna).await.problem(400, "bad-request");
        app.call("POST", "/resources").body("application/json", "").by(&anna).await.problem(400, "bad-request");
        app.call("POST", "/resources").body("application/json", vec![0xff]).by(&anna).await.problem(400, "bad-request");
        app.get("/resources").query("q=%ff").by(&anna).await.problem(400, "bad-request");
        let form = "application/x-www-form-urlencoded";
        app.call("POST", "/users/token").body(form, "username=%ff&password=x").await.problem(400, "bad-request");
        app.post("/resources", body.clone()).by(&anna).key("").await.problem(400, "bad-request");
        app.patch(&format!("/resources/{table}"), body.clone()).by(&anna).if_match("7").await.problem(400, "bad-request");
        // 401
        app.get("/resources").await.problem(401, "unauthorized");
        app.get("/resources").bearer("nonsense").await.problem(401, "unauthorized");
        app.get("/resources").header("authorization", "Basic YTpi").await.problem(401, "unauthorized");
        app.get("/resources").by(&anna).by(&anna).await.problem(401, "unauthorized");
        // A body is not even looked at before.
        app.call("POST", "/resources").body("application/json", "{").await.problem(401, "unauthorized");
        // 403
        app.get("/users").by(&anna).await.problem(403, "forbidden");
        // 404
        app.get("/nowhere").by(&anna).await.problem(404, "not-found");
        let nobody = "00000000-0000-7000-8000-000000000000";
        for id in [nobody, "x", "%00", "%ff", "1", "../users", "00000000000070008000000000000000"] {
            app.get(&format!("/resources/{}", id.replace('/', "%2F"))).by(&anna).await.problem(404, "resource-not-found");
            app.get(&format!("/bookings/{}", id.replace('/', "%2F"))).by(&anna).await.problem(404, "booking-not-found");
        }
        // 405
        let refused = app.call("PUT", "/bookings").by(&anna).await;
        refused.problem(405, "method-not-allowed");
        let mut allowed: Vec<&str> = refused.header("allow").unwrap().split(',').map(str::trim).collect();
        allowed.sort_unstable();
        assert_eq!(allowed, ["GET", "HEAD", "POST"]);
        for method in ["TRACE", "OPTIONS", "PATCH", "BREW", "post"] {
            app.call(method, "/resources").by(&anna).await.problem(405, "method-not-allowed");
        }
        // 409
        app.booked(&anna, &table, 60, 120).await;
        app.book(&anna, &table, 60, 120).await.problem(409, "booking-conflict");
        // 412
        app.patch(&format!("/resources/{table}"), body.clone()).by(&anna).if_match("\"99\"").await.problem(412, "stale");
        // 413
        let large = json!({ "name": "x".repeat(300_000) });
        app.post("/resources", large).by(&anna).await.problem(413, "payload-too-large");
        let form = [("username", "anna"), ("password", &"x".repeat(20_000))];
        app.call("POST", "/users/token").form(&form).await.problem(413, "payload-too-large");
        // 414
        app.get("/resources").query(&"x".repeat(9_000)).by(&anna).await.problem(414, "uri-too-long");
        // 415
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", "application/xml"] {
            let call = app.call("POST", "/resources").body(kind, body.to_string()).by(&anna);
            call.await.problem(415, "unsupported-media-type");
        }
        app.call("POST", "/resources").by(&anna).await.problem(415, "unsupported-media-type");
        app.post("/users/token", json!({ "username": "anna" })).await.problem(415, "unsupported-media-type");
        let call = app.post("/resources", body.clone()).header("content-encoding", "gzip");
        call.by(&anna).await.problem(415, "unsupported-media-type");
        // 422
        app.post("/resources", json!({})).by(&anna).await.problem(422, "validation");
        // What asks for another format gets JSON all the same: a problem in no format at all would help nobody.
        app.get("/users/me").by(&anna).header("accept", "image/png").await.is(200).json();
        app.get("/nowhere").header("accept", "image/png").await.problem(404, "not-found");
    }

    async fn too_many_requests_are_told_when_to_come_back(app) {
        app.restart(|options| options.limits_on = true).await;
        app.user("anna").await;
        for _ in 0..10 {
            app.token("anna", "wrong").await.problem(401, "invalid-credentials");
        }
        let refused = app.token("anna", bronya_testkit::PASSWORD).await;
        refused.problem(429, "too-many-requests");
        let seconds: i64 = refused.header("retry-after").unwrap().parse().unwrap();
        app.clock().advance_secs(seconds - 1);
        app.token("anna", bronya_testkit::PASSWORD).await.problem(429, "too-many-requests");
        app.clock().advance_secs(1);
        app.token("anna", bronya_testkit::PASSWORD).await.was(200);
    }

    async fn an_unknown_field_is_refused_and_named(app) {
        let anna = app.user("anna").await;
        let admin = app.admin("root").await;
        let table = app.resource(&anna, "Table").await;
        let booking = app.booked(&anna, &table, 60, 120).await;
        let before = app.stored().await;
        for (path, mut body) in creating(&table) {
            body["naem"] = json!("x");
            app.post(path, body).by(&anna).await.names(&["/naem"]);
        }
        let stray = json!({ "naem": "x" });
        let both = json!({ "name": "x", "naem": "x" });
        app.patch(&format!("/bookings/{booking}"), stray.clone()).by(&anna).await.names(&["/naem"]);
        app.patch(&format!("/resources/{table}"), stray.clone()).by(&anna).await.names(&["/naem"]);
        app.put(&format!("/resources/{table}"), both).by(&anna).await.names(&["/naem"]);
        app.patch("/users/me", stray.clone()).by(&anna).await.names(&["/naem"]);
        app.patch(&format!("/users/{}", anna.id), stray.clone()).by(&admin).await.names(&["/naem"]);
        app.put("/users/me/password", stray.clone()).by(&anna).await.names(&["/naem"]);
        let new = json!({ "username": "berta", "password": bronya_testkit::PASSWORD, "a/b~c": 1 });
        app.post("/users/register", new.clone()).await.names(&["/a~1b~0c"]);
        app.post("/setup", new).await.names(&["/a~1b~0c"]);
        // So is an unknown parameter of a query.
        for path in ["/resources", "/schedule", "/bookings", "/bookings/my", "/users", "/audit"] {
            app.get(path).query("naem=x").by(&admin).await.names(&["/naem"]);
        }
        app.delete(&format!("/resources/{table}")).query("cancel=true").by(&anna).await.names(&["/cancel"]);
        assert_eq!(app.stored().await, before);
    }

    async fn the_server_tells_how_it_is(app) {
        assert_eq!(app.get("/healthz").await.is(200).text("/status"), "ok");
        assert_eq!(app.get("/readyz").await.is(200).text("/status"), "ok");
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        app.booked(&anna, &table, 60, 120).await;
        let metrics = app.get("/metrics").await.is(200);
        let text = String::from_utf8(metrics.body.clone()).unwrap();
        assert!(metrics.header("content-type").unwrap().starts_with("application/openmetrics-text") || metrics.header("content-type").unwrap().starts_with("text/plain"), "{metrics}");
        for name in ["bronya_http_requests", "bronya_engine_batch_seconds", "bronya_engine_queued_commands"] {
            assert!(text.contains(name), "no {name} in {text}");
        }
        // The template of a route, and never an id.
        assert!(text.contains("/bookings") && !text.contains(&table), "{text}");
    }

    async fn every_answer_carries_the_headers_that_browsers_need(app) {
        let anna = app.user("anna").await;
        for answer in [
            app.get("/users/me").by(&anna).await.is(200),
            app.get("/users/me").await.is(401),
            app.get("/nowhere").await.is(404),
            app.post("/resources", json!({ "name": "x" })).by(&anna).await.is(201),
            app.get("/docs").await.is(200),
        ] {
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer}");
            assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{answer}");
            assert!(answer.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"), "{answer}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer}");
            assert_eq!(answer.header("access-control-allow-origin"), None, "{answer}");
            assert_eq!(answer.header("server"), None, "{answer}");
        }
    }
}
