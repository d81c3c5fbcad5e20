//! Kinds of resource: what they declare, what resources may say of themselves, and what is found by it.

use bronya_testkit::{TestApp, User, on_both};
use serde_json::{Value, json};

fn room() -> Value {
    json!({
        "name": "room", "labels": { "en": "Room", "de": "Raum" },
        "attributes": [
            { "key": "screen", "label": "Screen", "type": "flag" },
            { "key": "seats", "label": "Seats", "type": "number", "required": true, "unit": "people", "min": 1, "max": 40 },
            { "key": "colour", "label": "Colour", "type": "choice", "options": ["red", "dark blue"] },
            { "key": "sign", "label": "Sign at the door", "type": "text", "max_length": 10 },
        ],
    })
}

async fn found(app: &TestApp, by: &User, query: &str) -> Vec<String> {
    app.get("/resources").query(query).by(by).await.is(200).column("name")
}

on_both! {
    async fn a_kind_is_declared_read_changed_and_taken_away(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let made = app.post("/kinds/", room()).by(&root).await.is(201);
        let id = made.id();
        assert_eq!(made.header("location"), Some(format!("/kinds/{id}").as_str()));
        let shown = app.get("/kinds/room").by(&anna).await.is(200);
        assert_eq!((shown.json(), shown.etag()), (made.json(), made.etag()));
        assert_eq!(app.get(&format!("/kinds/{id}")).by(&anna).await.json(), made.json());
        assert_eq!(made.at("/attributes/1"), json!({ "key": "seats", "label": "Seats", "type": "number", "required": true, "unit": "people", "min": 1, "max": 40 }));
        assert_eq!(made.at("/booking_fields"), json!([]));
        app.post("/kinds", room()).by(&root).await.problem(409, "name-taken");
        app.post("/kinds", json!({ "name": "desk" })).by(&anna).await.problem(403, "forbidden");
        app.post("/kinds", json!({ "name": "desk" })).by(&root).await.was(201);
        assert_eq!(app.get("/kinds").by(&anna).await.is(200).column("name"), ["desk", "room"]);
        app.patch("/kinds/desk", json!({ "name": "room" })).by(&root).await.problem(409, "name-taken");
        app.patch("/kinds/room", json!({ "labels": {} })).by(&root).if_match("\"9\"").await.problem(412, "stale");
        let patched = app.patch("/kinds/room", json!({ "labels": { "de": null, "fr": "Salle" } })).by(&root).await.is(200);
        assert_eq!((patched.at("/labels"), patched.at("/version")), (json!({ "en": "Room", "fr": "Salle" }), json!(2)));
        assert_eq!(patched.at("/attributes"), made.at("/attributes"));
        for (body, pointer) in [
            (json!({ "name": "A room" }), "/name"),
            (json!({ "name": "x", "labels": { "english": "X" } }), "/labels/english"),
            (json!({ "name": "x", "attributes": [{ "key": "Seats", "label": "S", "type": "flag" }] }), "/attributes/0/key"),
            (json!({ "name": "x", "attributes": [{ "key": "s", "label": "S", "type": "colour" }] }), "/attributes/0/type"),
            (json!({ "name": "x", "attributes": [{ "key": "s", "label": "S", "type": "flag", "min": 1 }] }), "/attributes/0/min"),
            (json!({ "name": "x", "attributes": [{ "key": "s", "label": "S", "type": "choice" }] }), "/attributes/0/options"),
            (json!({ "name": "x", "booking_fields": [{ "key": "s", "label": "S", "type": "text", "max_length": 501 }] }), "/booking_fields/0/max_length"),
        ] {
            app.post("/kinds", body).by(&root).await.names(&[pointer]);
        }
        for nobody in ["/kinds/hall", "/kinds/%00", "/kinds/A%20B", "/kinds/01a207ab-9591-7242-b1a5-d937d654a77e"] {
            app.get(nobody).by(&anna).await.problem(404, "kind-not-found");
        }
        app.delete("/kinds/room").by(&root).await.was(204);
        app.get("/kinds/room").by(&anna).await.problem(404, "kind-not-found");
    }

    async fn resources_say_what_their_kind_declares(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        // A word that nobody declared is a kind as well, of which there is nothing to say.
        app.resource_with(&anna, json!({ "name": "Old", "kind": "room" })).await;
        app.post("/resources", json!({ "name": "X", "kind": "room", "attributes": { "seats": 4 } })).by(&anna).await.names(&["/attributes/seats"]);
        app.post("/kinds", room()).by(&root).await.was(201);
        for (attributes, pointers) in [
            (json!({}), &["/attributes/seats"][..]),
            (json!({ "seats": 0 }), &["/attributes/seats"]),
            (json!({ "seats": 41 }), &["/attributes/seats"]),
            (json!({ "seats": "4" }), &["/attributes/seats"]),
            (json!({ "seats": null }), &["/attributes/seats"]),
            (json!({ "seats": 4, "screen": "yes" }), &["/attributes/screen"]),
            (json!({ "seats": 4, "colour": "green" }), &["/attributes/colour"]),
            (json!({ "seats": 4, "sign": "x".repeat(11) }), &["/attributes/sign"]),
            (json!({ "beamer": true, "screen": 1 }), &["/attributes/beamer", "/attributes/screen", "/attributes/seats"]),
        ] {
            let body = json!({ "name": "X", "kind": "room", "attributes": attributes });
            app.post("/resources", body).by(&anna).await.names(pointers);
        }
        let said = json!({ "seats": 4, "screen": true, "colour": "dark blue", "sign": "Зал 1" });
        let hall = app.post("/resources", json!({ "name": "Hall", "kind": "room", "attributes": said })).by(&anna).await.is(201);
        assert_eq!(hall.at("/attributes"), said);
        let path = format!("/resources/{}", hall.id());
        // A patch merges, and what comes of it has to stand as a whole.
        let patched = app.patch(&path, json!({ "attributes": { "seats": 6, "sign": null } })).by(&anna).await.is(200);
        assert_eq!(patched.at("/attributes"), json!({ "seats": 6, "screen": true, "colour": "dark blue" }));
        app.patch(&path, json!({ "attributes": { "seats": null } })).by(&anna).await.names(&["/attributes/seats"]);
        app.patch(&path, json!({ "attributes": null })).by(&anna).await.names(&["/attributes/seats"]);
        app.patch(&path, json!({ "kind": "desk" })).by(&anna).await.names(&["/attributes/colour", "/attributes/screen", "/attributes/seats"]);
        app.put(&path, json!({ "name": "Hall", "kind": "room" })).by(&anna).await.names(&["/attributes/seats"]);
        let moved = app.patch(&path, json!({ "kind": "desk", "attributes": null })).by(&anna).await.is(200);
        assert_eq!(moved.at("/attributes"), json!({}));
    }

    async fn what_was_said_stays_when_the_kind_changes(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        app.post("/kinds", room()).by(&root).await.was(201);
        let said = json!({ "seats": 30, "screen": true });
        let hall = app.resource_with(&anna, json!({ "name": "Hall", "kind": "room", "attributes": said })).await;
        let path = format!("/resources/{hall}");
        let fewer = json!([
            { "key": "seats", "label": "Seats", "type": "number", "min": 1, "max": 20 },
            { "key": "floor", "label": "Floor", "type": "number", "required": true },
        ]);
        app.patch("/kinds/room", json!({ "attributes": fewer })).by(&root).await.was(200);
        // It is shown and found, and nothing else about the resource is held up.
        assert_eq!(app.get(&path).by(&anna).await.at("/attributes"), said);
        assert_eq!(found(&app, &anna, "attributes=screen:true").await, ["Hall"]);
        app.patch(&path, json!({ "name": "Great hall", "tags": ["old"] })).by(&anna).await.was(200);
        app.book(&anna, &hall, 60, 120).await.was(201);
        // Whoever writes the attributes again writes them as they are declared now.
        app.patch(&path, json!({ "attributes": { "floor": 2 } })).by(&anna).await.names(&["/attributes/screen", "/attributes/seats"]);
        let patched = app.patch(&path, json!({ "attributes": { "floor": 2, "screen": null, "seats": 20 } })).by(&anna).await.is(200);
        assert_eq!(patched.at("/attributes"), json!({ "floor": 2, "seats": 20 }));
        assert_eq!(found(&app, &anna, "attributes=screen:true").await, Vec::<String>::new());
        // Without the kind the word and what was said are left.
        app.delete("/kinds/room").by(&root).await.was(204);
        assert_eq!(app.get(&path).by(&anna).await.at("/attributes"), json!({ "floor": 2, "seats": 20 }));
        app.patch(&path, json!({ "attributes": { "floor": 3 } })).by(&anna).await.names(&["/attributes/floor", "/attributes/seats"]);
        app.patch(&path, json!({ "attributes": null })).by(&anna).await.was(200);
    }

    async fn resources_are_found_by_what_they_say(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        app.post("/kinds", room()).by(&root).await.was(201);
        for (name, said) in [
            ("A", json!({ "seats": 4, "screen": true, "colour": "red" })),
            ("B", json!({ "seats": 6, "screen": false, "sign": "Б-6" })),
            ("C", json!({ "seats": 12, "screen": true, "colour": "dark blue" })),
        ] {
            app.resource_with(&anna, json!({ "name": name, "kind": "room", "capacity": 20, "attributes": said, "tags": [name] })).await;
        }
        app.resource_with(&anna, json!({ "name": "D", "kind": "hall" })).await;
        let times = format!("from={}&to={}", app.clock().in_minutes(0), app.clock().in_minutes(60));
        for (query, body, expected) in [
            ("attributes=screen:true", json!({ "attributes": { "screen": true } }), vec!["A", "C"]),
            ("attributes=screen:false", json!({ "attributes": { "screen": false } }), vec!["B"]),
            ("attributes=seats:6", json!({ "attributes": { "seats": 6 } }), vec!["B"]),
            ("attributes=seats:6..", json!({ "attributes": { "seats": { "min": 6 } } }), vec!["B", "C"]),
            ("attributes=seats:..6", json!({ "attributes": { "seats": { "max": 6 } } }), vec!["A", "B"]),
            ("attributes=seats:5..11", json!({ "attributes": { "seats": { "min": 5, "max": 11 } } }), vec!["B"]),
            ("attributes=seats:6..,screen:true", json!({ "attributes": { "seats": { "min": 6 }, "screen": true } }), vec!["C"]),
            ("attributes=colour:dark%20blue", json!({ "attributes": { "colour": "dark blue" } }), vec!["C"]),
            ("attributes=sign:%D0%91-6", json!({ "attributes": { "sign": "Б-6" } }), vec!["B"]),
            ("attributes=screen:true&tags=a", json!({ "attributes": { "screen": true }, "tags": ["A"] }), vec!["A"]),
            ("attributes=beamer:true", json!({ "attributes": { "beamer": true } }), vec![]),
        ] {
            assert_eq!(found(&app, &anna, query).await, expected, "{query}");
            let offered = app.get("/availability/slots").query(&format!("{query}&{times}")).by(&anna).await.is(200);
            assert_eq!(offered.items().len(), expected.len(), "{query}");
            let seen = app.get("/availability").query(&format!("{query}&{times}")).by(&anna).await.is(200);
            assert_eq!(seen.items().len(), expected.len(), "{query}");
            let mut search = json!({ "from": app.clock().in_minutes(0), "to": app.clock().in_minutes(60), "limit": 100 });
            for (member, value) in body.as_object().unwrap() {
                search[member] = value.clone();
            }
            let found = app.post("/availability/search", search).by(&anna).await.is(200);
            let mut ids = found.column_of("/candidates", "resource_id");
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), expected.len(), "{body} {found}");
        }
        for wrong in [json!({ "seats": { "most": 3 } }), json!({ "seats": [3] }), json!({ "seats": { "min": "3" } }), json!([])] {
            let search = json!({ "from": app.clock().in_minutes(0), "to": app.clock().in_minutes(60), "attributes": wrong });
            let answer = app.post("/availability/search", search).by(&anna).await;
            answer.problem(422, "validation");
            assert!(answer.text("/errors/0/pointer").starts_with("/attributes"), "{answer}");
        }
    }

    async fn what_is_exported_can_be_imported(app) {
        let root = app.admin("root").await;
        app.post("/kinds", room()).by(&root).await.was(201);
        let body = json!({
            "name": "Hall", "kind": "room", "attributes": { "seats": 4, "sign": "a, \"b\"" }, "tags": ["view", "old wood"], "position": 7,
            "visibility": "hidden", "out_of_order": { "reason": "Painting", "starts_at": "2026-12-01T00:00:00Z", "ends_at": null },
        });
        app.resource_with(&root, body.clone()).await;
        for format in ["csv", "json"] {
            let out = app.get("/export/resources").query(&format!("format={format}&limit=1")).by(&root).await.is(200);
            let kind = if format == "csv" { "text/csv" } else { "application/json" };
            let again = app.call("POST", "/import/resources").body(kind, out.body.clone()).by(&root).await.is(200);
            assert_eq!(again.at("/accepted"), json!(1), "{again}");
            let copy = app.get(&format!("/resources/{}", again.text("/rows/0/id"))).by(&root).await.is(200).json();
            for member in ["name", "kind", "attributes", "position", "visibility", "out_of_order"] {
                assert_eq!(copy[member], body[member], "{format} {member}");
            }
            assert_eq!(copy["tags"], json!(["old wood", "view"]));
        }
        let nested = json!({ "items": [{ "name": "x", "tags": [[["view"]]] }] });
        app.post("/import/resources", nested).by(&root).await.problem(422, "validation");
    }
}

on_both! {
    async fn bookings_carry_what_the_kind_asks_for(app) {
        let (root, anna, berta) = (app.admin("root").await, app.user("anna").await, app.user("berta").await);
        let kind = |fields| json!({ "name": "room", "booking_fields": fields });
        let asked = json!([
            { "key": "cost_centre", "label": "Cost centre", "type": "text", "max_length": 10, "required": true },
            { "key": "vegetarian", "label": "Vegetarian guests", "type": "number", "min": 0, "max": 20 },
            { "key": "coffee", "label": "Coffee", "type": "flag" },
        ]);
        app.post("/kinds", kind(asked.clone())).by(&root).await.was(201);
        let room = app.resource_with(&anna, json!({ "name": "Room", "kind": "room", "capacity": 4 })).await;
        let other = app.resource_with(&anna, json!({ "name": "Desk", "kind": "desk" })).await;
        let body = |resource: &str, from: i64, fields: Value| json!({
            "resource_id": resource, "starts_at": app.clock().in_minutes(from), "ends_at": app.clock().in_minutes(from + 60), "fields": fields,
        });
        for (fields, pointers) in [
            (json!({}), &["/fields/cost_centre"][..]),
            (json!({ "cost_centre": "" }), &["/fields/cost_centre"]),
            (json!({ "cost_centre": "K-1", "vegetarian": 21 }), &["/fields/vegetarian"]),
            (json!({ "cost_centre": "K-1", "coffee": "yes", "tea": true }), &["/fields/coffee", "/fields/tea"]),
        ] {
            app.post("/bookings", body(&room, 60, fields.clone())).by(&berta).await.names(pointers);
            let check = app.post("/bookings/check", body(&room, 60, fields)).by(&berta).await.is(200);
            assert_eq!(check.at("/allowed"), json!(false));
        }
        // All that is wrong is told at once, of whatever kind it is.
        let mut wrong = body(&room, 60, json!({ "tea": true }));
        wrong["party_size"] = json!(5);
        let refused = app.post("/bookings", wrong).by(&berta).await;
        refused.problem(422, "party-too-large");
        assert_eq!(refused.column_of("/errors", "pointer"), ["/party_size", "/fields/tea", "/fields/cost_centre"]);
        let made = app.post("/bookings", body(&room, 60, json!({ "cost_centre": "K-1", "vegetarian": 2, "coffee": null }))).by(&berta).await.is(201);
        assert_eq!(made.at("/fields"), json!({ "cost_centre": "K-1", "vegetarian": 2 }));
        // A patch merges; what is asked for stays asked for.
        let path = format!("/bookings/{}", made.id());
        let patched = app.patch(&path, json!({ "fields": { "coffee": true, "vegetarian": null } })).by(&berta).await.is(200);
        assert_eq!(patched.at("/fields"), json!({ "cost_centre": "K-1", "coffee": true }));
        app.patch(&path, json!({ "fields": { "cost_centre": null } })).by(&berta).await.names(&["/fields/cost_centre"]);
        app.patch(&path, json!({ "fields": null })).by(&berta).await.names(&["/fields/cost_centre"]);
        app.patch(&path, json!({ "fields": { "coffee": 1 }, "ends_at": app.clock().in_minutes(130) })).by(&berta).await.names(&["/fields/coffee"]);
        // Of another kind it carries something else.
        app.patch(&path, json!({ "resource_id": other })).by(&berta).await.names(&["/fields/coffee", "/fields/cost_centre"]);
        app.patch(&path, json!({ "resource_id": other, "fields": null })).by(&berta).await.was(200);
        app.patch(&path, json!({ "resource_id": room })).by(&berta).await.names(&["/fields/cost_centre"]);
        app.patch(&path, json!({ "resource_id": room, "fields": { "cost_centre": "K-2" } })).by(&berta).await.was(200);
        // While a form is filled nothing is missing yet.
        let hold = app.post("/holds", body(&room, 200, json!({ "coffee": true }))).by(&berta).await.is(201).id();
        app.post("/holds", body(&room, 300, json!({ "coffee": 1 }))).by(&berta).await.names(&["/fields/coffee"]);
        app.post(&format!("/holds/{hold}/book"), json!({})).by(&berta).await.names(&["/fields/cost_centre"]);
        let taken = app.post(&format!("/holds/{hold}/book"), json!({ "fields": { "cost_centre": "K-3" } })).by(&berta).await.is(200);
        assert_eq!(taken.at("/fields"), json!({ "coffee": true, "cost_centre": "K-3" }));
        // A series carries them on each, and all of them are changed together.
        let mut series = json!({
            "resource_id": room, "rule": "FREQ=DAILY;COUNT=2", "starts_at_local": "2026-12-01T08:00", "ends_at_local": "2026-12-01T09:00",
        });
        app.post("/series", series.clone()).by(&berta).await.problem(409, "series-refused");
        series["fields"] = json!({ "cost_centre": "K-4" });
        let series = app.post("/series", series).by(&berta).await.is(201);
        assert_eq!(series.at("/series/bookings/1/fields"), json!({ "cost_centre": "K-4" }));
        let changed = app.patch(&format!("/series/{}", series.text("/series/id")), json!({ "fields": { "coffee": true } }));
        assert_eq!(changed.by(&berta).await.is(200).at("/items/1/fields"), json!({ "cost_centre": "K-4", "coffee": true }));
        // What a booking carries already stays when the kind asks for other things, until somebody writes it again.
        app.patch("/kinds/room", json!({ "booking_fields": [{ "key": "host", "label": "Host", "type": "text", "required": true }] })).by(&root).await.was(200);
        app.patch(&path, json!({ "title": "x", "ends_at": app.clock().in_minutes(110) })).by(&berta).await.was(200);
        assert_eq!(app.get(&path).by(&berta).await.at("/fields"), json!({ "cost_centre": "K-2" }));
        app.patch(&path, json!({ "fields": { "host": "Berta" } })).by(&berta).await.names(&["/fields/cost_centre"]);
        app.patch(&path, json!({ "fields": { "host": "Berta", "cost_centre": null } })).by(&berta).await.was(200);
        // In bulk, out and in again.
        let bulk = json!({ "operations": [{ "create": body(&room, 500, json!({ "host": "Carl" })) }] });
        assert_eq!(app.post("/bookings/bulk", bulk).by(&berta).await.is(200).at("/results/0/booking/fields"), json!({ "host": "Carl" }));
        for format in ["csv", "json"] {
            let out = app.get("/export/bookings").query(&format!("format={format}&user_id={}", berta.id)).by(&anna).await.is(200);
            assert!(String::from_utf8_lossy(&out.body).contains("Carl"), "{out}");
        }
        let table = format!("resource_id,starts_at,ends_at,fields\n{room},{},{},\"{{\"\"host\"\":\"\"Dora\"\"}}\"\n", app.clock().in_minutes(700), app.clock().in_minutes(760));
        let imported = app.call("POST", "/import/bookings").body("text/csv", table).by(&anna).await.is(200);
        let copy = app.get(&format!("/bookings/{}", imported.text("/rows/0/id"))).by(&anna).await.is(200);
        assert_eq!(copy.at("/fields"), json!({ "host": "Dora" }));
        let told = app.get("/users/me/export").by(&berta).await.is(200);
        assert!(told.column_of("/bookings", "id").contains(&made.id()) && told.at("/bookings/0/fields") == json!({ "host": "Berta" }), "{told}");
        // Nothing of it is left of somebody who is erased.
        app.delete(&format!("/users/{}", berta.id)).by(&root).await.was(204);
        let left = app.get("/bookings").query(&format!("user_id={}", berta.id)).by(&root).await.is(200);
        assert!(!left.items().is_empty() && left.items().iter().all(|it| it["fields"] == json!({})), "{left}");
    }
}
