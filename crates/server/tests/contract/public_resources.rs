//! Resources that are public, for whoever has no account: what each is and when it is free, nothing more, and nothing of what is not public.

use std::collections::BTreeSet;

use bronya_testkit::{Answer, TestApp, User, on_both};
use serde_json::{Value, json};

use crate::matrix::PICTURE;

/// Everything that may stand in an answer.
const MEMBERS: [&str; 15] = [
    "id",
    "name",
    "kind",
    "description",
    "capacity",
    "time_zone",
    "picture",
    "site",
    "alt",
    "width",
    "height",
    "slug",
    "free",
    "busy",
    "starts_at",
];

/// Every member of an answer, however deep.
fn members(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| {
            found.insert(name.clone());
            members(value, found);
        }),
        Value::Array(items) => items.iter().for_each(|value| members(value, found)),
        _ => {}
    }
}

/// Refuses an answer that says anything beside what everybody may know.
fn says_no_more(answer: &Answer) {
    let mut found = BTreeSet::new();
    members(&answer.json(), &mut found);
    found.retain(|name| name != "ends_at" && !MEMBERS.contains(&name.as_str()));
    assert!(found.is_empty(), "{found:?}: {answer}");
}

/// When it is free and when it is not, in minutes from now.
async fn seen(app: &TestApp, resource: &str, from: i64, to: i64) -> (Vec<(i64, i64)>, Vec<(i64, i64)>) {
    let clock = |minutes| app.clock().in_minutes(minutes);
    let query = format!("from={}&to={}", clock(from), clock(to));
    let answer = app.get(&format!("/public/resources/{resource}/availability")).query(&query).await.is(200);
    says_no_more(&answer);
    let minutes = |it: &Value| (from - 30..=to + 30).find(|minutes| it == &json!(clock(*minutes))).unwrap();
    let stretches = |list: &str| {
        let found = answer.at(list);
        let stretch = |it: &Value| (minutes(&it["starts_at"]), minutes(&it["ends_at"]));
        found.as_array().unwrap().iter().map(stretch).collect()
    };
    (stretches("/free"), stretches("/busy"))
}

async fn public(app: &TestApp, by: &User, mut more: Value) -> String {
    more["visibility"] = json!("public");
    app.resource_with(by, more).await
}

on_both! {
    async fn everybody_sees_what_a_public_resource_is_and_nothing_else(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        app.post("/kinds", json!({ "name": "court", "attributes": [{ "key": "code", "label": "Code", "type": "text" }] })).by(&root).await.was(201);
        let site = app.post("/sites/", json!({ "name": "Park", "slug": "park", "address": "Ufer 1", "time_zone": "Europe/Berlin" })).by(&root).await.is(201).id();
        let court = public(&app, &root, json!({
            "name": "Court 1", "kind": "court", "description": "Clay.", "capacity": 4, "site_id": site, "tags": ["private words"],
            "attributes": { "code": "private words" }, "requires_approval": true,
        })).await;
        app.put(&format!("/resources/{court}/rules"), json!({ "party_max": 3, "buffer_after_minutes": 15 })).by(&root).await.was(200);
        let path = format!("/public/resources/{court}");
        let seen = app.get(&path).await.is(200);
        says_no_more(&seen);
        assert_eq!(seen.header("cache-control"), Some("no-store"));
        assert_eq!(seen.json(), json!({
            "id": court, "name": "Court 1", "kind": "court", "description": "Clay.", "capacity": 4, "time_zone": "Europe/Berlin", "picture": null, "site": null,
        }));
        // Where it can be booked without an account is said as long as that is so.
        let page = |more: Value| app.put(&format!("/sites/{site}/public-page"), more).by(&root);
        page(json!({ "is_open": true, "kinds": ["table"] })).await.was(200);
        assert_eq!(app.get(&path).await.at("/site"), Value::Null);
        page(json!({ "is_open": true })).await.was(200);
        assert_eq!(app.get(&path).await.at("/site"), json!({ "name": "Park", "slug": "park" }));
        page(json!({ "is_open": false })).await.was(200);
        assert_eq!(app.get(&path).await.at("/site"), Value::Null);
        // Its picture is for everybody too, and only as long as it is.
        let picture = format!("{path}/picture");
        app.get(&picture).await.problem(404, "picture-not-found");
        app.call("PUT", &format!("/resources/{court}/picture")).query("alt=Clay").body("image/png", PICTURE).by(&root).await.was(200);
        let shown = app.get(&picture).await.is(200);
        assert_eq!((shown.header("content-type"), shown.header("cache-control")), (Some("image/jpeg"), Some("private, no-cache")));
        app.get(&picture).header("if-none-match", &shown.etag()).await.was(304);
        let told = app.get(&path).await.is(200);
        says_no_more(&told);
        assert_eq!(told.text("/picture/alt"), "Clay");
        // A token makes no difference, and one that is no good neither: nobody is asked who it is.
        assert_eq!(app.get(&path).by(&anna).await.is(200).json(), told.json());
        assert_eq!(app.get(&path).header("authorization", "Bearer x").await.is(200).json(), told.json());
        // The same by the addresses of those who are signed in is still theirs alone.
        app.get(&format!("/resources/{court}")).await.problem(401, "unauthorized");
        app.get(&format!("/resources/{court}/picture")).await.problem(401, "unauthorized");
    }

    async fn what_is_not_public_is_as_if_it_never_was(app) {
        let root = app.admin("root").await;
        let never = "01900000-0000-7000-8000-000000000000";
        let window = format!("from={}&to={}", app.clock().in_minutes(0), app.clock().in_minutes(60));
        let without_instance = |answer: &Answer| { let mut problem = answer.problem(404, "resource-not-found"); problem["instance"] = Value::Null; problem };
        let gone = public(&app, &root, json!({ "name": "Gone" })).await;
        app.delete(&format!("/resources/{gone}")).by(&root).await.was(204);
        let mut unseen = vec![gone];
        for visibility in ["internal", "hidden"] {
            unseen.push(app.resource_with(&root, json!({ "name": "Unseen", "visibility": visibility })).await);
        }
        app.call("PUT", &format!("/resources/{}/picture", unseen[1])).body("image/png", PICTURE).by(&root).await.was(200);
        for below in ["", "/availability", "/picture"] {
            let ask = |id: &str| { let call = app.get(&format!("/public/resources/{id}{below}")); if below == "/availability" { call.query(&window) } else { call } };
            let expected = without_instance(&ask(never).await);
            for id in &unseen {
                assert_eq!(without_instance(&ask(id).await), expected, "{below}");
                // Not to those either who may know of it by its own address.
                assert_eq!(without_instance(&ask(id).by(&root).await), expected, "{below}");
            }
            assert_eq!(without_instance(&ask("x").await), expected, "{below}");
        }
        // It comes and goes with what is said of it.
        app.patch(&format!("/resources/{}", unseen[1]), json!({ "visibility": "public" })).by(&root).await.was(200);
        app.get(&format!("/public/resources/{}", unseen[1])).await.was(200);
        app.patch(&format!("/resources/{}", unseen[1]), json!({ "visibility": "internal" })).by(&root).await.was(200);
        app.get(&format!("/public/resources/{}", unseen[1])).await.problem(404, "resource-not-found");
    }

    async fn everybody_sees_when_it_is_free_and_never_why_not(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let room = public(&app, &root, json!({ "name": "Room" })).await;
        assert_eq!(seen(&app, &room, 0, 600).await, (vec![(0, 600)], vec![]));
        // A booking with what is kept free around it, a block that touches it, and what is held: one stretch each that is busy.
        app.put(&format!("/resources/{room}/rules"), json!({ "buffer_before_minutes": 10, "buffer_after_minutes": 20 })).by(&root).await.was(200);
        let booking = json!({ "resource_id": room, "starts_at": app.clock().in_minutes(60), "ends_at": app.clock().in_minutes(120), "title": "private words" });
        app.post("/bookings/", booking).by(&anna).await.was(201);
        let block = json!({ "resource_id": room, "starts_at": app.clock().in_minutes(140), "ends_at": app.clock().in_minutes(180), "reason": "private words" });
        app.post("/schedule/", block).by(&root).await.was(201);
        app.post("/holds", json!({ "resource_id": room, "starts_at": app.clock().in_minutes(300), "ends_at": app.clock().in_minutes(330) })).by(&anna).await.was(201);
        assert_eq!(seen(&app, &room, 0, 600).await, (vec![(0, 50), (180, 290), (350, 600)], vec![(50, 180), (290, 350)]));
        // Closed is not free, and what is over neither.
        app.put(&format!("/resources/{room}/rules"), json!({ "hours": "off" })).by(&root).await.was(200);
        assert_eq!(seen(&app, &room, -30, 600).await, (vec![], vec![(-30, 600)]));
        // Of several units one is enough, and how many are free is nobody's business; a part that is taken takes the whole.
        let desks = public(&app, &root, json!({ "name": "Desks", "quantity": 2 })).await;
        app.book(&anna, &desks, 60, 120).await.was(201);
        assert_eq!(seen(&app, &desks, 0, 600).await, (vec![(0, 600)], vec![]));
        app.book(&anna, &desks, 90, 150).await.was(201);
        assert_eq!(seen(&app, &desks, 0, 600).await, (vec![(0, 90), (120, 600)], vec![(90, 120)]));
        let half = app.resource(&root, "Half").await;
        let hall = public(&app, &root, json!({ "name": "Hall", "part_ids": [half] })).await;
        app.book(&anna, &half, 60, 120).await.was(201);
        assert_eq!(seen(&app, &hall, 0, 600).await, (vec![(0, 60), (120, 600)], vec![(60, 120)]));
    }

    async fn a_question_about_public_time_is_bounded(app) {
        let root = app.admin("root").await;
        let room = public(&app, &root, json!({ "name": "Room" })).await;
        let path = format!("/public/resources/{room}/availability");
        for (query, at) in [
            ("to=2026-12-01T00:00:00Z", "/from"), ("from=2026-12-01T00:00:00Z", "/to"), ("from=2026-12-01T00:00:00&to=2026-12-02T00:00:00Z", "/from"),
            ("from=2026-12-02T00:00:00Z&to=2026-12-01T00:00:00Z", "/to"), ("from=2026-12-01T00:00:00Z&to=2027-02-01T00:00:01Z", "/to"),
            ("from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z&resource_ids=x", "/resource_ids"),
        ] {
            app.get(&path).query(query).await.names(&[at]);
        }
        app.get(&path).query("from=2026-12-01T00:00:00Z&to=2027-02-01T00:00:00Z").await.was(200);
        app.restart(|options| options.limits_on = true).await;
        let mut refused = 0;
        for _ in 0..125 {
            refused += u32::from(app.get(&format!("/public/resources/{room}")).await.status == 429);
        }
        assert!((1..=5).contains(&refused), "{refused}");
        app.get(&path).query("from=2026-12-01T00:00:00Z&to=2026-12-02T00:00:00Z").await.problem(429, "too-many-requests");
        app.get(&format!("/public/resources/{room}/picture")).await.problem(429, "too-many-requests");
    }
}
