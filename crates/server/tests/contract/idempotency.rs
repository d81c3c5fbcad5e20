//! `Idempotency-Key`: sending a request that creates something again is safe.

use bronya_testkit::{Answer, Backend, TestApp, User, on_both};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// The requests that create something, and what they have to be another request. `nth` makes their times differ.
fn creating(resource: &str, nth: i64) -> [(&'static str, Value, Value); 3] {
    let times = |day: i64| {
        json!({
            "resource_id": resource,
            "starts_at": format!("2026-12-{:02}T08:00:00Z", day),
            "ends_at": format!("2026-12-{:02}T09:00:00Z", day),
        })
    };
    [
        ("/resources", json!({ "name": "Hall" }), json!({ "name": "Hall", "capacity": 4 })),
        ("/schedule", times(2 * nth), times(2 * nth + 10)),
        ("/bookings", times(2 * nth + 1), times(2 * nth + 11)),
    ]
}

#[track_caller]
fn same(first: &Answer, again: &Answer) {
    assert_eq!(again.status, first.status, "{again}");
    assert_eq!(String::from_utf8_lossy(&again.body), String::from_utf8_lossy(&first.body));
    for header in ["location", "etag", "content-type"] {
        assert_eq!(again.header(header), first.header(header), "{header}: {again}");
    }
    assert_eq!(again.header("idempotent-replayed"), Some("true"), "{again}");
}

async fn send(app: &TestApp, by: &User, path: &str, body: &Value, key: &str) -> Answer {
    app.post(path, body.clone()).by(by).key(key).await
}

on_both! {
    async fn the_same_request_gets_the_same_answer(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        for (path, body, other) in creating(&table, 1) {
            let first = send(&app, &anna, path, &body, path).await.is(201);
            assert_eq!(first.header("idempotent-replayed"), None);
            assert!(first.header("location").is_some());
            // Time passes, and the same JSON is written in another way.
            app.clock().advance_secs(1);
            same(&first, &send(&app, &anna, path, &body, path).await);
            let spaced = serde_json::to_string_pretty(&body).unwrap();
            let call = app.call("POST", path).body("application/json", spaced).by(&anna).key(path);
            same(&first, &call.await);
            send(&app, &anna, path, &other, path).await.problem(422, "idempotency-key-reused");
            same(&first, &send(&app, &anna, path, &body, path).await);
        }
        let (resources, bookings) = (app.get("/resources").by(&anna).await, app.get("/bookings/my").by(&anna).await);
        assert_eq!((resources.items().len(), bookings.items().len()), (2, 1));
    }

    async fn a_key_is_of_one_route_and_of_one_user(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let table = app.resource(&anna, "Table").await;
        let [_, (_, block, _), (_, booking, _)] = creating(&table, 1);
        let first = send(&app, &anna, "/bookings", &booking, "k").await.is(201);
        send(&app, &anna, "/schedule", &block, "k").await.problem(422, "idempotency-key-reused");
        // To another user the key is new; the time is taken.
        send(&app, &berta, "/bookings", &booking, "k").await.problem(409, "booking-conflict");
        let mut later = booking.clone();
        later["starts_at"] = json!("2026-12-20T08:00:00Z");
        later["ends_at"] = json!("2026-12-20T09:00:00Z");
        let hers = send(&app, &berta, "/bookings", &later, "k").await.is(201);
        assert_eq!(hers.header("idempotent-replayed"), None);
        assert_eq!(hers.text("/user_id"), berta.id);
        // Another session of the same user is the same user.
        let again = app.user("anna").await;
        same(&first, &send(&app, &again, "/bookings", &booking, "k").await);
    }

    async fn a_refusal_is_not_kept(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let [_, (_, block, _), (_, booking, _)] = creating(&table, 1);
        // 409: when what stood there is gone, the same request is done.
        let standing = app.post("/bookings", booking.clone()).by(&anna).await.is(201).id();
        send(&app, &anna, "/bookings", &booking, "k").await.problem(409, "booking-conflict");
        app.delete(&format!("/bookings/{standing}")).by(&anna).await.was(200);
        let first = send(&app, &anna, "/bookings", &booking, "k").await.is(201);
        assert_eq!(first.header("idempotent-replayed"), None);
        // 422, 404, 403 and a malformed body: the key is still free for another body.
        send(&app, &anna, "/resources", &json!({}), "r").await.problem(422, "validation");
        send(&app, &anna, "/resources", &json!({ "name": "Hall" }), "r").await.was(201);
        let mut nowhere = block.clone();
        nowhere["resource_id"] = json!("00000000-0000-7000-8000-000000000000");
        send(&app, &anna, "/schedule", &nowhere, "b").await.problem(404, "resource-not-found");
        send(&app, &anna, "/schedule", &block, "b").await.was(201);
        let berta = app.user("berta").await;
        send(&app, &berta, "/schedule", &block, "b").await.problem(403, "forbidden");
    }

    async fn a_key_is_kept_for_a_day(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let [(path, body, other), ..] = creating(&table, 1);
        let first = send(&app, &anna, path, &body, "k").await.is(201);
        let anna = app.later(&anna, SignedDuration::from_hours(24) - SignedDuration::from_micros(1)).await;
        same(&first, &send(&app, &anna, path, &body, "k").await);
        send(&app, &anna, path, &other, "k").await.problem(422, "idempotency-key-reused");
        app.clock().advance(SignedDuration::from_micros(1));
        // A day has passed: the key is new, and belongs to what came with it now.
        let second = send(&app, &anna, path, &other, "k").await.is(201);
        assert_ne!(first.id(), second.id());
        assert_eq!(second.header("idempotent-replayed"), None);
        same(&second, &send(&app, &anna, path, &other, "k").await);
        send(&app, &anna, path, &body, "k").await.problem(422, "idempotency-key-reused");
    }

    async fn a_replay_tells_of_what_was_and_changes_nothing(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let [.., (path, body, _)] = creating(&table, 1);
        let first = send(&app, &anna, path, &body, "k").await.is(201);
        app.delete(&format!("/bookings/{}", first.id())).by(&anna).await.was(200);
        app.delete(&format!("/resources/{table}")).by(&anna).await.was(204);
        same(&first, &send(&app, &anna, path, &body, "k").await);
        assert_eq!(app.booking(&anna, &first.id()).await["status"], "cancelled");
    }

    async fn keys_are_1_to_255_printable_characters(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let longest = "k".repeat(255);
        for (path, body, _) in creating(&table, 1) {
            for wrong in ["", "ключ", "a\tb", &"k".repeat(256), &"k".repeat(5_000)] {
                send(&app, &anna, path, &body, wrong).await.problem(400, "bad-request");
            }
            let twice = app.post(path, body.clone()).by(&anna).key("a").key("b");
            twice.await.problem(400, "bad-request");
        }
        for (nth, key) in ["k", "\"quoted\"", "~ !#$%&'()*+", &longest].into_iter().enumerate() {
            let body = json!({ "name": format!("Hall {nth}") });
            let first = send(&app, &anna, "/resources", &body, key).await.is(201);
            same(&first, &send(&app, &anna, "/resources", &body, key).await);
        }
    }

    async fn many_at_once_do_it_once(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let body = json!({ "resource_id": table, "starts_at": app.clock().in_minutes(60), "ends_at": app.clock().in_minutes(120) });
        let node = if app.backend() == Backend::Postgres { app.another_node().await } else { app.clone() };
        let send = |app: &TestApp| tokio::spawn(app.post("/bookings", body.clone()).by(&anna).key("k").into_future());
        let calls: Vec<_> = (0..32).map(|nth| send(if nth % 2 == 0 { &app } else { &node })).collect();
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.unwrap().is(201));
        }
        assert!(answers.iter().all(|answer| answer.body == answers[0].body));
        let first = answers.iter().filter(|answer| answer.header("idempotent-replayed").is_none()).count();
        assert_eq!(first, 1);
        assert_eq!(app.get("/bookings/my").by(&anna).await.items().len(), 1);
    }
}
