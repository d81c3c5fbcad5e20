//! Those in a booking who are not its owner's account: a guest without one, with the link to look after the booking, and who
//! takes part.

use bronya_testkit::{Answer, Call, TestApp, User, on_both};
use serde_json::{Value, json};

fn times(app: &TestApp, resource: &str, from: i64, to: i64) -> Value {
    json!({
        "resource_id": resource, "starts_at": app.clock().in_minutes(from), "ends_at": app.clock().in_minutes(to),
    })
}

/// A booking for somebody without an account.
fn for_guest(app: &TestApp, resource: &str, from: i64, to: i64) -> Value {
    let mut body = times(app, resource, from, to);
    body["guest"] = json!({ "name": "Jo Brand", "email": "jo@example.org", "phone": "+44 20 7946 0000" });
    body
}

async fn link(app: &TestApp, manager: &User, booking: &str) -> String {
    let made = app.call("POST", &format!("/bookings/{booking}/guest-link")).by(manager).await.is(200);
    assert_eq!((made.text("/booking_id"), made.at("/url")), (booking.to_owned(), Value::Null));
    made.text("/token")
}

/// A request of whoever has a link.
fn as_guest(app: &TestApp, method: &str, booking: &str, token: &str) -> Call {
    app.call(method, &format!("/guest/bookings/{booking}")).header("authorization", &format!("Bearer {token}"))
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

on_both! {
    async fn a_guest_looks_after_a_booking_with_a_link(app) {
        let (mia, anna) = (app.user("mia").await, app.user("anna").await);
        let table = app.resource_with(&mia, json!({ "name": "Table", "visibility": "public" })).await;
        let office = app.resource(&mia, "Office").await;
        let hidden = app.resource_with(&mia, json!({ "name": "Vault", "visibility": "hidden" })).await;
        app.post("/bookings", for_guest(&app, &table, 60, 120)).by(&anna).await.problem(403, "forbidden");
        let made = app.post("/bookings", for_guest(&app, &table, 60, 120)).by(&mia).await.is(201);
        let id = made.id();
        assert_eq!(made.at("/guest"), json!({ "name": "Jo Brand", "email": "jo@example.org", "phone": "+44 20 7946 0000" }));
        assert_eq!((made.text("/made_by"), made.text("/user_id") == mia.id), (mia.id.clone(), false));
        let token = link(&app, &mia, &id).await;

        // It shows and changes that one booking.
        let seen = as_guest(&app, "GET", &id, &token).await.is(200);
        assert_eq!((seen.id(), seen.text("/guest/name")), (id.clone(), "Jo Brand".to_owned()));
        assert_eq!((seen.text("/resource_name"), seen.at("/site_name")), ("Table".to_owned(), Value::Null));
        let later = json!({ "ends_at": app.clock().in_minutes(150), "guest": { "name": "Joanna Brand" } });
        let moved = as_guest(&app, "PATCH", &id, &token).json(later).await.is(200);
        assert_eq!(moved.at("/guest"), json!({ "name": "Joanna Brand", "email": null, "phone": null }));
        let other = app.post("/bookings", for_guest(&app, &table, 200, 260)).by(&mia).await.is(201).id();
        as_guest(&app, "GET", &other, &token).await.problem(401, "unauthorized");
        for (method, path) in [("GET", "/bookings/my".to_owned()), ("GET", format!("/bookings/{id}")), ("GET", "/resources".to_owned())] {
            app.call(method, &path).header("authorization", &format!("Bearer {token}")).await.problem(401, "unauthorized");
        }

        // A guest learns of nothing that is not public, by no answer.
        for room in [&office, &hidden] {
            as_guest(&app, "PATCH", &id, &token).json(json!({ "resource_id": room })).await.problem(404, "resource-not-found");
        }
        let reason = json!({ "override_reason": "I want to", "ends_at": app.clock().in_minutes(160) });
        as_guest(&app, "PATCH", &id, &token).json(reason).await.problem(403, "forbidden");
        let in_the_way = json!({ "starts_at": app.clock().in_minutes(200), "ends_at": app.clock().in_minutes(260) });
        let refused = as_guest(&app, "PATCH", &id, &token).json(in_the_way).await;
        let offered = refused.problem(409, "booking-conflict")["alternatives"].as_array().unwrap().clone();
        assert!(!offered.is_empty() && offered.iter().all(|it| it["resource_id"] == json!(table)), "{refused}");

        // Another link ends the first; the secret is in no table and in no log.
        let again = link(&app, &mia, &id).await;
        as_guest(&app, "GET", &id, &token).await.problem(401, "unauthorized");
        as_guest(&app, "GET", &id, "bgl_x").await.problem(401, "unauthorized");
        let stale = as_guest(&app, "DELETE", &id, &again).header("if-match", "\"1\"").await;
        stale.problem(412, "stale");
        assert_eq!(as_guest(&app, "DELETE", &id, &again).await.is(200).text("/status"), "cancelled");
        as_guest(&app, "DELETE", &id, &again).await.problem(409, "booking-closed");
        app.book(&anna, &table, 60, 120).await.was(201);
        app.audit().await;
    }

    async fn the_rules_of_the_place_hold_for_guests(app) {
        let mia = app.user("mia").await;
        let table = app.resource_with(&mia, json!({ "name": "Table", "visibility": "public", "capacity": 4 })).await;
        let rules = json!({ "cancel_notice_minutes_min": 60, "party_max": 3 });
        app.put(&format!("/resources/{table}/rules"), rules).by(&mia).await.was(200);
        let id = app.post("/bookings", for_guest(&app, &table, 90, 150)).by(&mia).await.is(201).id();
        let token = link(&app, &mia, &id).await;
        as_guest(&app, "PATCH", &id, &token).json(json!({ "party_size": 5 })).await.problem(422, "party-too-large");
        app.clock().advance_secs(45 * 60);
        let mia = app.sign_in(&mia.name).await;
        as_guest(&app, "DELETE", &id, &token).await.problem(422, "against-policy");
        assert_eq!(app.call("DELETE", &format!("/bookings/{id}")).by(&mia).await.is(200).text("/status"), "cancelled");
    }

    async fn a_guest_is_forgotten(app) {
        let (mia, root) = (app.user("mia").await, app.admin("root").await);
        let table = app.resource_with(&mia, json!({ "name": "Table", "visibility": "public" })).await;
        let mut body = for_guest(&app, &table, 60, 120);
        body["notes"] = json!("nut allergy");
        let made = app.post("/bookings", body.clone()).by(&mia).key("first").await.is(201);
        let id = made.id();
        let other = app.post("/bookings", for_guest(&app, &table, 200, 260)).by(&mia).await.is(201).id();
        let token = link(&app, &mia, &other).await;
        let left = app.delete(&format!("/bookings/{id}/guest")).by(&mia).await.is(200);
        assert_eq!((left.text("/status"), left.at("/guest"), left.at("/notes")), ("cancelled".to_owned(), Value::Null, Value::Null));
        as_guest(&app, "DELETE", &other, &token).await.was(200);
        let path = format!("/guest/bookings/{other}/me");
        let forget = || app.call("DELETE", &path).header("authorization", &format!("Bearer {token}"));
        forget().await.was(204);
        forget().await.problem(401, "unauthorized");
        for path in [format!("/bookings/{id}"), format!("/bookings/{other}"), "/export/bookings".to_owned()] {
            let seen = text(&app.get(&path).by(&root).await.is(200));
            assert!(!seen.contains("Brand") && !seen.contains("allergy") && !seen.contains("jo@"), "{seen}");
        }
        // The answer that was kept under the key is gone too: it would tell the name again.
        let again = app.post("/bookings", body).by(&mia).key("first").await.is(201);
        assert_ne!(again.id(), id);
        // Whoever has an account is not forgotten by a manager.
        let anna = app.user("anna").await;
        let hers = app.booked(&anna, &table, 300, 360).await;
        app.delete(&format!("/bookings/{hers}/guest")).by(&mia).await.problem(403, "forbidden");
        app.call("POST", &format!("/bookings/{hers}/guest-link")).by(&mia).await.problem(422, "validation");
    }

    async fn who_takes_part_sees_the_booking_and_is_busy(app) {
        let (anna, berta, carl) = (app.user("anna").await, app.user("berta").await, app.user("carl").await);
        let room = app.resource(&anna, "Room").await;
        let second = app.resource(&anna, "Second").await;
        let mut body = times(&app, &room, 60, 120);
        body["participants"] = json!([{ "user_id": berta.id }, { "name": "Dr. Who", "email": "who@example.org" }]);
        let made = app.post("/bookings", body.clone()).by(&anna).await.is(201);
        let id = made.id();
        assert_eq!(made.at("/participants"), body["participants"]);
        let path = format!("/bookings/{id}");
        assert_eq!(app.get(&path).by(&berta).await.is(200).at("/participants"), body["participants"]);
        app.get(&path).by(&carl).await.problem(404, "booking-not-found");
        app.patch(&path, json!({ "title": "Mine" })).by(&berta).await.problem(403, "forbidden");
        app.delete(&path).by(&berta).await.problem(403, "forbidden");
        let mine = |role: &str| app.get("/bookings/my").query(&format!("role={role}")).by(&berta);
        assert_eq!(mine("participant").await.is(200).column("id"), std::slice::from_ref(&id));
        assert_eq!(mine("owner").await.is(200).column("id"), Vec::<String>::new());

        // A time when all are free leaves out what they take part in.
        let search = |people: Value| {
            let (from, to) = (app.clock().in_minutes(60), app.clock().in_minutes(180));
            app.post("/availability/search", json!({ "from": from, "to": to, "duration_minutes": 60, "people": people, "limit": 20 })).by(&carl)
        };
        let free_at = |found: Answer| -> Vec<String> {
            let mut times: Vec<String> = found.at("/candidates").as_array().unwrap().iter()
                .filter(|it| it["resource_id"] == json!(second)).map(|it| it["starts_at"].as_str().unwrap().to_owned()).collect();
            times.sort();
            times
        };
        let with_berta = free_at(search(json!([berta.id])).await.is(200));
        assert_eq!(with_berta.first(), Some(&app.clock().in_minutes(120)));
        let with_carl = free_at(search(json!([carl.id])).await.is(200));
        assert_eq!(with_carl.first(), Some(&app.clock().in_minutes(60)));

        // The list is written whole, and those who are no longer in it see nothing any more.
        let changed = app.patch(&path, json!({ "participants": [{ "user_id": carl.id }] })).by(&anna).await.is(200);
        assert_eq!(changed.at("/participants"), json!([{ "user_id": carl.id }]));
        app.get(&path).by(&berta).await.problem(404, "booking-not-found");
        assert_eq!(mine("participant").await.is(200).column("id"), Vec::<String>::new());
        assert_eq!(free_at(search(json!([berta.id])).await.is(200)).first(), Some(&app.clock().in_minutes(60)));
        assert_eq!(app.patch(&path, json!({ "participants": null })).by(&anna).await.is(200).at("/participants"), json!([]));
    }

    async fn bad_people_are_refused_with_their_places(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let room = app.resource(&anna, "Room").await;
        let mut body = times(&app, &room, 60, 120);
        body["guest"] = json!({ "name": "", "email": "nobody", "phone": "1".repeat(41) });
        body["on_behalf_of"] = json!(berta.id);
        body["participants"] = json!([
            { "user_id": "x" }, { "user_id": berta.id, "name": "Berta" }, {}, { "name": "A\nB" }, { "user_id": berta.id }, { "user_id": berta.id },
        ]);
        let refused = app.post("/bookings", body).by(&anna).await;
        refused.problem(422, "validation");
        refused.names(&[
            "/guest", "/guest/email", "/guest/name", "/guest/phone", "/participants/0/user_id", "/participants/1", "/participants/2",
            "/participants/3/name", "/participants/5/user_id",
        ]);
        let mut many = times(&app, &room, 60, 120);
        many["participants"] = (0..51).map(|it| json!({ "name": format!("P{it}") })).collect();
        app.post("/bookings", many).by(&anna).await.names(&["/participants"]);
        let nobody = "00000000-0000-7000-8000-000000000000";
        let mut unknown = times(&app, &room, 60, 120);
        unknown["participants"] = json!([{ "user_id": nobody }]);
        app.post("/bookings", unknown).by(&anna).await.problem(404, "user-not-found");
        let mut unknown = times(&app, &room, 60, 120);
        unknown["on_behalf_of"] = json!(nobody);
        app.post("/bookings", unknown).by(&anna).await.problem(404, "user-not-found");
        let hers = app.booked(&anna, &room, 60, 120).await;
        app.patch(&format!("/bookings/{hers}"), json!({ "guest": { "name": "Jo" } })).by(&anna).await.names(&["/guest"]);
    }
}
