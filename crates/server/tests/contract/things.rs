//! What resources are like: tags, order, who may see them, and when they are out of order.

use bronya_testkit::{Call, TestApp, User, on_both};
use serde_json::{Value, json};

fn window(app: &TestApp, from: i64, to: i64) -> String {
    format!("from={}&to={}", app.clock().in_minutes(from), app.clock().in_minutes(to))
}

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|it| it["name"].as_str().unwrap()).collect()
}

fn booking(app: &TestApp, resource: &str, from: i64, to: i64) -> Value {
    json!({ "resource_id": resource, "starts_at": app.clock().in_minutes(from), "ends_at": app.clock().in_minutes(to) })
}

on_both! {
    async fn tags_are_kept_one_way_and_found(app) {
        let anna = app.user("anna").await;
        let made = app.post("/resources", json!({ "name": "Terrace 1", "kind": "table", "tags": ["View", " with  A view ", "view"], "position": 3 }));
        let made = made.by(&anna).await.is(201);
        assert_eq!((made.at("/tags"), made.at("/position")), (json!(["view", "with a view"]), json!(3)));
        app.resource_with(&anna, json!({ "name": "Terrace 2", "kind": "table", "tags": ["view"] })).await;
        app.resource_with(&anna, json!({ "name": "Cellar", "kind": "room", "tags": ["quiet"] })).await;
        app.resource_with(&anna, json!({ "name": "Attic", "kind": "room", "tags": ["quiet", "view"] })).await;
        for (query, expected) in [
            ("tags=view", vec!["Terrace 1", "Terrace 2", "Attic"]),
            ("tags=VIEW,quiet", vec!["Attic"]),
            ("tags=view&kind=table", vec!["Terrace 1", "Terrace 2"]),
            ("tags=with%20a%20view", vec!["Terrace 1"]),
            ("tags=loud", vec![]),
            ("q=quiet", vec!["Cellar", "Attic"]),
        ] {
            let found = app.get("/resources").query(query).by(&anna).await.is(200).items();
            assert_eq!(names(&found), expected, "{query}");
            let slots = app.get("/availability/slots").query(&format!("{query}&{}", window(&app, 0, 60)));
            if query.starts_with("tags") {
                assert_eq!(slots.by(&anna).await.is(200).items().len(), expected.len(), "{query}");
            }
        }
        // Page by page.
        let first = app.get("/resources").query("tags=view&limit=2").by(&anna).await.is(200);
        assert_eq!(names(&first.items()), ["Terrace 1", "Terrace 2"]);
        let rest = app.get("/resources").query(&format!("tags=view&limit=2&cursor={}", first.text("/next_cursor")));
        assert_eq!(names(&rest.by(&anna).await.items()), ["Attic"]);
        // Other tags are found, the old ones are not, and those of what is gone neither.
        let path = format!("/resources/{}", made.id());
        app.patch(&path, json!({ "name": "Terrace One" })).by(&anna).await.was(200);
        assert_eq!(app.get("/resources").query("tags=with%20a%20view").by(&anna).await.items().len(), 1);
        app.patch(&path, json!({ "tags": ["sun"] })).by(&anna).await.was(200);
        assert_eq!(app.get("/resources").query("tags=sun").by(&anna).await.items().len(), 1);
        assert_eq!(app.get("/resources").query("tags=with%20a%20view").by(&anna).await.items().len(), 0);
        app.delete(&path).by(&anna).await.was(204);
        assert_eq!(app.get("/resources").query("tags=sun").by(&anna).await.items().len(), 0);
    }

    async fn bad_profiles_are_refused_with_their_place(app) {
        let anna = app.user("anna").await;
        let many: Vec<String> = (0..21).map(|nth| format!("tag {nth}")).collect();
        let later = app.clock().in_minutes(60);
        for (member, wrong, pointer) in [
            ("tags", json!([""]), "/tags"), ("tags", json!(["a,b"]), "/tags"), ("tags", json!(["x".repeat(33)]), "/tags"),
            ("tags", json!(["a\u{0}"]), "/tags"), ("tags", json!(many), "/tags"), ("tags", json!("view"), "/tags"),
            ("position", json!(-1), "/position"), ("position", json!(1_000_001), "/position"),
            ("visibility", json!("secret"), "/visibility"), ("visibility", json!({ "hidden": null }), "/visibility"),
            ("attributes", json!({ "screen": true }), "/attributes/screen"), ("attributes", json!([]), "/attributes"),
            ("attributes", json!({ "screen": 1.5 }), "/attributes/screen"),
            ("out_of_order", json!({}), "/out_of_order/reason"), ("out_of_order", json!({ "reason": " " }), "/out_of_order/reason"),
            ("out_of_order", json!({ "reason": "x", "starts_at": "soon" }), "/out_of_order/starts_at"),
            ("out_of_order", json!({ "reason": "x", "starts_at": later, "ends_at": later }), "/out_of_order/ends_at"),
        ] {
            let mut body = json!({ "name": "Hall" });
            body[member] = wrong;
            app.post("/resources", body).by(&anna).await.names(&[pointer]);
        }
        for query in ["tags=", "tags=a,,b", "attributes=screen", "attributes=Screen:true", "attributes=a:%00", "tags=%00"] {
            let pointer = if query.starts_with('t') { "/tags" } else { "/attributes" };
            app.get("/resources").query(query).by(&anna).await.names(&[pointer]);
        }
    }

    async fn what_is_hidden_is_not_there_for_others(app) {
        let (anna, berta, root) = (app.user("anna").await, app.user("berta").await, app.admin("root").await);
        let seen = app.resource_with(&anna, json!({ "name": "Seen", "kind": "room", "capacity": 4 })).await;
        let hidden = app.resource_with(&anna, json!({ "name": "Hidden", "kind": "room", "capacity": 4, "tags": ["vault"], "visibility": "hidden" })).await;
        app.resource_with(&anna, json!({ "name": "Public", "kind": "hall", "visibility": "public" })).await;
        let block = app.block(&anna, &hidden, 600, 660).await.is(201).id();
        let path = format!("/resources/{hidden}");
        let asks = |by: &User| -> Vec<(Call, &'static str)> {
            let times = booking(&app, &hidden, 60, 120);
            let mut in_bulk = times.clone();
            in_bulk["title"] = json!("x");
            vec![
                (app.get(&path).by(by), "resource-not-found"),
                (app.patch(&path, json!({ "name": "Mine" })).by(by), "resource-not-found"),
                (app.put(&path, json!({ "name": "Mine" })).by(by), "resource-not-found"),
                (app.delete(&path).by(by), "resource-not-found"),
                (app.get(&format!("{path}/rules")).by(by), "resource-not-found"),
                (app.get(&format!("{path}/rules/in-force")).by(by), "resource-not-found"),
                (app.put(&format!("{path}/rules"), json!({})).by(by), "resource-not-found"),
                (app.post(&format!("{path}/rules/trial"), json!({})).by(by), "resource-not-found"),
                (app.get(&format!("{path}/managers")).by(by), "resource-not-found"),
                (app.call("PUT", &format!("{path}/managers/{}", by.id)).by(by), "resource-not-found"),
                (app.post("/bookings", times.clone()).by(by), "resource-not-found"),
                (app.post("/holds", times.clone()).by(by), "resource-not-found"),
                (app.post("/schedule", times).by(by), "resource-not-found"),
                (app.delete(&format!("/schedule/{block}")).by(by), "block-not-found"),
                (app.post("/series", json!({
                    "resource_id": hidden, "rule": "FREQ=DAILY;COUNT=2", "starts_at_local": "2026-12-01T08:00", "ends_at_local": "2026-12-01T09:00",
                })).by(by), "resource-not-found"),
            ]
        };
        for (call, problem) in asks(&berta) {
            call.await.problem(404, problem);
        }
        let booked = app.booked(&berta, &seen, 60, 120).await;
        app.patch(&format!("/bookings/{booked}"), json!({ "resource_id": hidden })).by(&berta).await.problem(404, "resource-not-found");
        // No list, search or alternative tells of it.
        app.booked(&anna, &seen, 210, 270).await;
        let refused = app.book(&berta, &seen, 210, 270).await;
        refused.problem(409, "booking-conflict");
        let search = json!({ "from": app.clock().in_minutes(210), "to": app.clock().in_minutes(270), "kind": "room", "party_size": 2 });
        for answer in [
            refused,
            app.get("/resources").by(&berta).await,
            app.get("/resources").query("q=hidden").by(&berta).await,
            app.get("/resources").query("tags=vault").by(&berta).await,
            app.get("/resources").query("kind=room").by(&berta).await,
            app.get("/export/resources").query("format=csv").by(&berta).await,
            app.get("/schedule").by(&berta).await,
            app.get("/schedule").query(&format!("resource_id={hidden}")).by(&berta).await,
            app.get("/availability").query(&window(&app, 0, 300)).by(&berta).await,
            app.get("/availability").query(&format!("resource_ids={hidden}&{}", window(&app, 0, 300))).by(&berta).await,
            app.get("/availability/slots").query(&format!("resource_ids={hidden}&{}", window(&app, 0, 300))).by(&berta).await,
            app.post("/availability/search", search.clone()).by(&berta).await,
            app.get("/users/me/export").by(&berta).await,
        ] {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(!text.contains(&hidden) && !text.contains("Hidden"), "{answer}");
        }
        // Its manager and administrators have it as any other.
        for somebody in [&anna, &root] {
            app.get(&path).by(somebody).await.was(200);
            assert_eq!(names(&app.get("/resources").query("tags=vault").by(somebody).await.items()), ["Hidden"]);
            assert_eq!(app.get("/schedule").query(&format!("resource_id={hidden}")).by(somebody).await.items().len(), 1);
            let found = app.post("/availability/search", search.clone()).by(somebody).await.is(200);
            assert!(found.column_of("/candidates", "resource_id").contains(&hidden), "{found}");
        }
        app.book(&anna, &hidden, 60, 120).await.was(201);
        // Whoever has a booking on it keeps that, whatever becomes of the resource.
        app.patch(&format!("/resources/{seen}"), json!({ "visibility": "hidden" })).by(&anna).await.was(200);
        app.get(&format!("/bookings/{booked}")).by(&berta).await.was(200);
        app.patch(&format!("/bookings/{booked}"), json!({ "ends_at": app.clock().in_minutes(130) })).by(&berta).await.was(200);
        app.delete(&format!("/bookings/{booked}")).by(&berta).await.was(200);
        app.book(&berta, &seen, 60, 120).await.problem(404, "resource-not-found");
        app.patch(&format!("/resources/{seen}"), json!({ "visibility": null })).by(&anna).await.was(200);
        app.book(&berta, &seen, 60, 120).await.was(201);
    }

    async fn what_is_out_of_order_takes_no_new_bookings(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let room = app.resource_with(&anna, json!({ "name": "Room", "kind": "room" })).await;
        let standing = app.booked(&berta, &room, 120, 180).await;
        let path = format!("/resources/{room}");
        let (from, until) = (app.clock().in_minutes(60), app.clock().in_minutes(240));
        let out = json!({ "reason": "The roof leaks", "starts_at": from, "ends_at": until });
        assert_eq!(app.patch(&path, json!({ "out_of_order": out })).by(&anna).await.is(200).at("/out_of_order"), out);
        assert_eq!(app.get(&path).by(&berta).await.at("/out_of_order"), out);
        // What stands stays, and its manager sees it.
        assert_eq!(app.booking(&berta, &standing).await["status"], "confirmed");
        let listed = app.get("/bookings").query(&format!("resource_id={room}&{}", window(&app, 60, 240))).by(&anna).await.is(200);
        assert_eq!(listed.column("id"), [standing.as_str()]);
        for (from, to, status) in [(0, 60, 201), (30, 61, 422), (60, 120, 422), (180, 240, 422), (239, 300, 422), (240, 300, 201)] {
            let answer = app.book(&berta, &room, from, to).await;
            assert_eq!(answer.status, status, "{from} {answer}");
            if status == 422 {
                answer.problem(422, "against-policy");
                assert_eq!(answer.at("/broken_rules/0/rule"), json!("out_of_order"));
                assert!(answer.text("/errors/0/detail").contains("The roof leaks"), "{answer}");
            }
        }
        let slots = app.get("/availability/slots").query(&format!("resource_ids={room}&duration_minutes=60&{}", window(&app, 0, 420)));
        let starts = slots.by(&berta).await.is(200).column_of("/items/0/slots", "starts_at");
        let expected: Vec<String> = [300, 315, 330, 345, 360, 375, 390, 405].map(|minute| app.clock().in_minutes(minute)).to_vec();
        assert_eq!(starts, expected);
        let seen = app.get("/availability").query(&format!("resource_ids={room}&{}", window(&app, 0, 300))).by(&berta).await.is(200);
        assert_eq!(seen.column_of("/items/0/busy", "reason"), ["booking", "out_of_order", "booking"]);
        // Neither is anything moved into that time; a title may change. A manager who knows better says why.
        app.patch(&format!("/bookings/{standing}"), json!({ "ends_at": app.clock().in_minutes(190) })).by(&berta).await.problem(422, "against-policy");
        app.patch(&format!("/bookings/{standing}"), json!({ "title": "x" })).by(&berta).await.was(200);
        let mut body = booking(&app, &room, 190, 200);
        body["override_reason"] = json!("the roofer comes");
        app.post("/bookings", body.clone()).by(&berta).await.problem(403, "forbidden");
        app.post("/bookings", body).by(&anna).await.was(201);
        // Nobody knows until when; and then it works again.
        app.patch(&path, json!({ "out_of_order": { "reason": "Burnt down" } })).by(&anna).await.was(200);
        app.book(&berta, &room, 100_000, 100_060).await.problem(422, "against-policy");
        app.patch(&path, json!({ "out_of_order": null })).by(&anna).await.was(200);
        app.book(&berta, &room, 100_000, 100_060).await.was(201);
    }
}
