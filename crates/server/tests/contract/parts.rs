//! What is made of parts, and what is booked along: whole and part exclude each other, and all of a booking is had or nothing.

use bronya_domain::ids::BookingId;
use bronya_testkit::{TestApp, User, on_both};
use serde_json::{Value, json};

fn at(app: &TestApp, minutes: i64) -> String {
    app.clock().in_minutes(minutes)
}

fn wish(app: &TestApp, resource: &str, from: i64, to: i64) -> Value {
    json!({ "resource_id": resource, "starts_at": at(app, from), "ends_at": at(app, to) })
}

fn along(mut wish: Value, along: Value) -> Value {
    wish["along"] = along;
    wish
}

/// A hall of two halves.
async fn hall(app: &TestApp, by: &User) -> [String; 3] {
    let (west, east) = (app.resource(by, "West").await, app.resource(by, "East").await);
    let hall = app.resource_with(by, json!({ "name": "Hall", "part_ids": [east, west] })).await;
    [hall, west, east]
}

on_both! {
    async fn whoever_has_the_whole_has_its_parts(app) {
        let (mia, anna) = (app.user("mia").await, app.user("anna").await);
        let [hall, west, east] = hall(&app, &mia).await;
        let shown = app.get(&format!("/resources/{hall}")).by(&anna).await.is(200);
        assert_eq!(shown.at("/part_ids"), json!([west, east]));
        let booked = app.booked(&anna, &hall, 60, 120).await;
        let refused = app.book(&mia, &west, 90, 150).await.problem(409, "booking-conflict");
        assert_eq!(refused["conflicts"], json!([{ "kind": "booking", "starts_at": at(&app, 60), "ends_at": at(&app, 120) }]));
        assert_eq!(refused["alternatives"][0]["starts_at"], json!(at(&app, 120)));
        app.book(&mia, &east, 120, 180).await.was(201);
        let refused = app.book(&anna, &hall, 150, 200).await.problem(409, "booking-conflict");
        // What is offered instead of the whole is free on every part.
        for offer in refused["alternatives"].as_array().unwrap() {
            let asked = json!({ "resource_id": hall, "starts_at": offer["starts_at"], "ends_at": offer["ends_at"] });
            assert_eq!(app.post("/bookings/check", asked).by(&anna).await.is(200).at("/allowed"), json!(true), "{offer}");
        }
        let window = format!("resource_ids={hall}&from={}&to={}&duration_minutes=60", at(&app, 0), at(&app, 240));
        let slots = app.get("/availability/slots").query(&window).by(&anna).await.is(200).at("/items/0/slots");
        let starts: Vec<&Value> = slots.as_array().unwrap().iter().map(|it| &it["starts_at"]).collect();
        let expected = [0, 180, 195, 210, 225].map(|minutes| json!(at(&app, minutes)));
        assert_eq!(starts, expected.iter().collect::<Vec<_>>());
        // The manager of a part sees who has it.
        let path = format!("resource_id={west}");
        assert_eq!(app.get("/bookings").query(&path).by(&mia).await.is(200).column("id"), [booked.as_str()]);
        app.delete(&format!("/bookings/{booked}")).by(&anna).await.was(200);
        app.book(&mia, &west, 60, 120).await.was(201);
        app.audit().await;
    }

    async fn a_part_stays_as_it_is_while_it_is_one(app) {
        let (mia, otto) = (app.user("mia").await, app.user("otto").await);
        let [hall, west, east] = hall(&app, &mia).await;
        let path = |id: &str| format!("/resources/{id}");
        let refused = app.delete(&path(&west)).by(&mia).await.problem(409, "resource-is-part");
        assert_eq!(refused["resource_ids"], json!([hall]));
        app.patch(&path(&west), json!({ "quantity": 2 })).by(&mia).await.problem(409, "resource-is-part");
        app.patch(&path(&west), json!({ "part_ids": [east] })).by(&mia).await.problem(409, "resource-is-part");
        app.patch(&path(&west), json!({ "name": "Westend" })).by(&mia).await.was(200);
        let chairs = app.resource_with(&mia, json!({ "name": "Chairs", "quantity": 2 })).await;
        let foreign = app.resource(&otto, "Foreign").await;
        let nowhere = BookingId(uuid::Uuid::from_u128(7)).to_string();
        for part in [&hall, &chairs, &foreign, &nowhere] {
            let body = json!({ "name": "Wing", "part_ids": [part] });
            app.post("/resources/", body).by(&mia).await.names(&["/part_ids"]);
        }
        app.post("/resources/", json!({ "name": "Wing", "part_ids": ["x"] })).by(&mia).await.names(&["/part_ids"]);
        let many = json!({ "name": "Wing", "part_ids": [west], "quantity": 2 });
        app.post("/resources/", many).by(&mia).await.names(&["/quantity"]);
        // Parts change only where nobody holds those of before.
        let booked = app.booked(&otto, &hall, 60, 120).await;
        app.patch(&path(&hall), json!({ "part_ids": [west] })).by(&mia).await.problem(409, "resource-in-use");
        app.delete(&format!("/bookings/{booked}")).by(&otto).await.was(200);
        let changed = app.patch(&path(&hall), json!({ "part_ids": [west] })).by(&mia).await.is(200);
        assert_eq!(changed.at("/part_ids"), json!([west]));
        app.delete(&path(&east)).by(&mia).await.was(204);
        let replaced = app.put(&path(&hall), json!({ "name": "Hall" })).by(&mia).await.is(200);
        assert_eq!(replaced.at("/part_ids"), json!([]));
        app.delete(&path(&west)).by(&mia).await.was(204);
        app.audit().await;
    }

    async fn a_block_of_the_whole_keeps_everybody_from_the_parts(app) {
        let (mia, anna) = (app.user("mia").await, app.user("anna").await);
        let [hall, west, _] = hall(&app, &mia).await;
        let booked = app.booked(&anna, &west, 60, 120).await;
        let refused = app.block(&mia, &hall, 0, 240).await.problem(409, "block-conflict");
        assert_eq!(refused["conflicts"][0]["booking_id"], json!(booked));
        let mut body = wish(&app, &hall, 0, 240);
        body["on_conflict"] = json!("cancel");
        let block = app.post("/schedule/", body).by(&mia).await.is(201).id();
        assert_eq!(app.booking(&anna, &booked).await["status"], "cancelled");
        app.book(&anna, &west, 60, 120).await.problem(409, "booking-conflict");
        app.audit().await;
        app.delete(&format!("/schedule/{block}")).by(&mia).await.was(204);
        app.book(&anna, &west, 60, 120).await.was(201);
        app.audit().await;
    }

    async fn a_part_that_is_hidden_is_named_to_nobody_else(app) {
        let (root, mia, otto, anna) = (app.admin("root").await, app.user("mia").await, app.user("otto").await, app.user("anna").await);
        let (west, vault) = (app.resource(&root, "West").await, app.resource_with(&root, json!({ "name": "Vault", "visibility": "hidden" })).await);
        let hall = app.resource_with(&root, json!({ "name": "Hall", "kind": "hall", "part_ids": [west, vault] })).await;
        for (place, who) in [(&hall, &mia), (&west, &mia), (&vault, &otto)] {
            app.call("PUT", &format!("/resources/{place}/managers/{}", who.id)).by(&root).await.was(204);
        }
        let path = format!("/resources/{hall}");
        let both = async || { let mut parts = app.get(&path).by(&root).await.is(200).at("/part_ids"); parts.as_array_mut().unwrap().sort_by_key(Value::to_string); parts };
        let all = both().await;
        assert_eq!(all.as_array().unwrap().len(), 2);
        assert_eq!(app.get(&path).by(&otto).await.is(200).at("/part_ids").as_array().unwrap().len(), 2);
        // It keeps others from the whole all the same; nothing says which part, whoever asks.
        app.booked(&otto, &vault, 60, 120).await;
        let window = format!("resource_ids={hall}&from={}&to={}", at(&app, 0), at(&app, 240));
        for somebody in [&anna, &mia] {
            let taken = app.book(somebody, &hall, 90, 150).await;
            taken.problem(409, "booking-conflict");
            let free = app.get("/availability/").query(&window).by(somebody).await.is(200);
            assert_eq!(free.at("/items/0/busy/0/starts_at"), json!(at(&app, 60)));
            for answer in [
                taken, free,
                app.get(&path).by(somebody).await.is(200),
                app.get("/resources/").by(somebody).await.is(200),
                app.get("/resources/").query(&format!("resource_ids={hall},{vault}")).by(somebody).await.is(200),
                app.get("/resources/").query("kind=hall").by(somebody).await.is(200),
                app.get("/export/resources").by(somebody).await.is(200),
                app.get("/export/resources").query("format=csv").by(somebody).await.is(200),
                app.get("/availability/slots").query(&window).by(somebody).await.is(200),
            ] {
                assert!(!String::from_utf8_lossy(&answer.body).contains(&vault), "{answer}");
            }
        }
        app.patch(&path, json!({ "name": "Great hall" })).by(&mia).await.was(200);
        // Whoever says anew what it is made of takes away what is seen, and nothing else.
        let put = json!({ "name": "Hall", "kind": "hall", "part_ids": [west] });
        let answer = app.put(&path, put).by(&mia).await.is(200);
        assert_eq!((answer.at("/part_ids"), both().await), (json!([west]), all.clone()));
        let picture = app.call("PUT", &format!("{path}/picture")).body("image/png", crate::matrix::PICTURE).by(&mia).await.is(200);
        assert_eq!(picture.at("/part_ids"), json!([west]));
        let answer = app.patch(&path, json!({ "part_ids": [] })).by(&mia).await.is(200);
        assert_eq!((answer.at("/part_ids"), both().await), (json!([]), json!([vault])));
        let answer = app.patch(&path, json!({ "part_ids": [west] })).by(&mia).await.is(200);
        assert_eq!((answer.at("/part_ids"), both().await), (json!([west]), all));
        // That it is there nobody learns by naming it.
        let nowhere = BookingId(uuid::Uuid::from_u128(7)).to_string();
        let said = async |part: &str| {
            let refused = app.post("/resources/", json!({ "name": "Wing", "part_ids": [part] })).by(&mia).await;
            refused.names(&["/part_ids"]);
            refused.text("/errors/0/detail").replace(part, "it")
        };
        assert_eq!(said(&vault).await, said(&nowhere).await);
        // Nor what it is a part of, where that is hidden from whoever asks.
        app.patch(&path, json!({ "visibility": "hidden" })).by(&root).await.was(200);
        let refused = app.delete(&format!("/resources/{vault}")).by(&otto).await;
        assert_eq!(refused.problem(409, "resource-is-part")["resource_ids"], json!([]));
        let refused = app.patch(&format!("/resources/{vault}"), json!({ "quantity": 2 })).by(&otto).await;
        assert_eq!(refused.problem(409, "resource-is-part")["resource_ids"], json!([]));
        let refused = app.delete(&format!("/resources/{vault}")).by(&root).await;
        assert_eq!(refused.problem(409, "resource-is-part")["resource_ids"], json!([hall]));
        app.audit().await;
    }

    async fn a_broken_part_is_a_broken_whole(app) {
        let (mia, anna) = (app.user("mia").await, app.user("anna").await);
        let [hall, west, _east] = hall(&app, &mia).await;
        let out = json!({ "out_of_order": { "reason": "Flooded", "starts_at": at(&app, 60), "ends_at": at(&app, 120) } });
        app.patch(&format!("/resources/{west}"), out).by(&mia).await.was(200);
        let refused = app.book(&anna, &hall, 90, 150).await.problem(422, "against-policy");
        assert_eq!(refused["broken_rules"][0]["rule"], json!("out_of_order"), "{refused}");
        let window = format!("resource_ids={hall}&from={}&to={}", at(&app, 0), at(&app, 180));
        let starts = app.get("/availability/slots").query(&format!("{window}&duration_minutes=60")).by(&anna).await;
        let starts = starts.is(200).at("/items/0/slots").as_array().unwrap().iter().map(|it| it["starts_at"].clone()).collect::<Vec<_>>();
        assert_eq!(starts, [0, 120, 135, 150, 165].map(|minutes| json!(at(&app, minutes))));
        let busy = app.get("/availability/").query(&window).by(&anna).await.is(200).at("/items/0/busy");
        assert_eq!(busy, json!([{ "starts_at": at(&app, 60), "ends_at": at(&app, 120), "reason": "out_of_order" }]));
        app.book(&anna, &hall, 120, 180).await.was(201);
    }

    async fn what_is_booked_along_is_had_with_it_or_nothing_is(app) {
        let (mia, anna, berta) = (app.user("mia").await, app.user("anna").await, app.user("berta").await);
        let room = app.resource_with(&mia, json!({ "name": "Room", "kind": "room", "capacity": 4 })).await;
        let other = app.resource_with(&mia, json!({ "name": "Other", "kind": "room", "capacity": 4 })).await;
        let projector = app.resource_with(&mia, json!({ "name": "Projector", "quantity": 2 })).await;
        let one = json!([{ "resource_id": projector }]);
        let booked = app.post("/bookings/", along(wish(&app, &room, 60, 120), one.clone())).by(&anna).await.is(201);
        assert_eq!(booked.at("/along"), json!([{ "resource_id": projector, "quantity": 1 }]));
        let id = booked.id();
        assert_eq!(app.get(&format!("/bookings/{id}")).by(&anna).await.is(200).at("/along"), booked.at("/along"));
        assert_eq!(app.get("/bookings/my").by(&anna).await.is(200).at("/items/0/along"), booked.at("/along"));

        let two = json!([{ "resource_id": projector, "quantity": 2 }]);
        let refused = app.post("/bookings/", along(wish(&app, &other, 90, 150), two)).by(&berta).await;
        let refused = refused.problem(409, "booking-conflict");
        assert_eq!(refused["alternatives"][0]["starts_at"], json!(at(&app, 120)));
        app.book(&berta, &other, 90, 150).await.was(201);
        let three = json!([{ "resource_id": projector, "quantity": 3 }]);
        app.post("/bookings/", along(wish(&app, &other, 200, 260), three)).by(&berta).await.problem(422, "quantity-too-large");
        for (wrong, pointer) in [
            (json!([{ "resource_id": "x" }]), "/along/0/resource_id"),
            (json!([{ "resource_id": projector, "quantity": 0 }]), "/along/0/quantity"),
            (json!([{ "resource_id": projector }, { "resource_id": projector }]), "/along/1/resource_id"),
            (json!([{ "resource_id": projector, "units": 1 }]), "/along/0/units"),
            (json!([{ "resource_id": room }]), "/along"),
        ] {
            let asked = along(wish(&app, &room, 200, 260), wrong);
            app.post("/bookings/", asked).by(&berta).await.names(&[pointer]);
        }
        // Two tables pushed together seat as many as both.
        let mut large = along(wish(&app, &room, 300, 360), json!([{ "resource_id": other }]));
        large["party_size"] = json!(9);
        app.post("/bookings/", large.clone()).by(&berta).await.problem(422, "party-too-large");
        large["party_size"] = json!(8);
        app.post("/bookings/", large).by(&berta).await.was(201);
        app.book(&anna, &other, 330, 390).await.problem(409, "booking-conflict");

        // Moving moves all of it, and what is booked along can change.
        let path = format!("/bookings/{id}");
        app.patch(&path, json!({ "starts_at": at(&app, 400), "ends_at": at(&app, 460) })).by(&anna).await.was(200);
        let all = json!([{ "resource_id": projector, "quantity": 2 }]);
        app.post("/bookings/", along(wish(&app, &other, 60, 90), all.clone())).by(&berta).await.was(201);
        app.post("/bookings/", along(wish(&app, &other, 400, 460), all)).by(&berta).await.problem(409, "booking-conflict");
        let without = app.patch(&path, json!({ "along": null })).by(&anna).await.is(200);
        assert_eq!(without.at("/along"), json!([]));
        assert_eq!(app.get("/bookings").query(&format!("resource_id={projector}")).by(&mia).await.is(200).items().len(), 1);
        app.audit().await;
    }

    async fn who_manages_what_is_booked_along_sees_the_booking_and_may_take_it_back(app) {
        let (mia, otto, lena) = (app.user("mia").await, app.user("otto").await, app.user("lena").await);
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let room = app.resource_with(&mia, json!({ "name": "Room", "requires_approval": true })).await;
        app.put(&format!("/resources/{room}/rules"), json!({ "cancel_notice_minutes_min": 600 })).by(&mia).await.was(200);
        let projector = app.resource(&otto, "Projector").await;
        let half = app.resource(&lena, "Half").await;
        let root = app.admin("root").await;
        let stage = app.resource_with(&root, json!({ "name": "Stage", "part_ids": [half] })).await;
        let with = json!([{ "resource_id": projector }, { "resource_id": stage }]);
        let id = app.post("/bookings/", along(wish(&app, &room, 60, 120), with)).by(&anna).await.is(201).id();
        let alone = app.booked(&anna, &room, 200, 260).await;
        let path = format!("/bookings/{id}");
        for manager in [&mia, &otto] {
            assert_eq!(app.booking(manager, &id).await["status"], "pending");
            app.get(&format!("{path}/events")).by(manager).await.was(200);
            app.get(&format!("/users/{}/name", anna.id)).by(manager).await.was(200);
            let of_anna = format!("user_id={}", anna.id);
            for query in ["limit=9", "status=pending", of_anna.as_str(), &format!("{of_anna}&resource_id={projector}")] {
                if manager.id == mia.id && query.contains(&projector) { continue }
                let found = app.get("/bookings").query(query).by(manager).await.is(200).column("id");
                let expected: &[&str] = if manager.id == mia.id { &[&id, &alone] } else { &[&id] };
                assert_eq!(found, expected, "{query}");
            }
        }
        let exported = app.get("/export/bookings").by(&otto).await.is(200).column("id");
        assert_eq!(exported, [id.as_str()]);
        // A mere part of something was not asked for, and who manages nothing of it knows of nothing.
        for stranger in [&lena, &berta] {
            app.get(&path).by(stranger).await.problem(404, "booking-not-found");
            app.delete(&path).by(stranger).await.problem(404, "booking-not-found");
        }
        assert_eq!(app.get("/bookings").by(&lena).await.is(200).column("id"), Vec::<String>::new());
        // Another's room is not for otto to give away, and what was said not for him to change.
        app.get(&format!("/bookings/{alone}")).by(&otto).await.problem(404, "booking-not-found");
        for body in [json!({ "title": "Mine" }), json!({ "starts_at": at(&app, 61), "ends_at": at(&app, 121) }), json!({ "along": [] })] {
            app.patch(&path, body).by(&otto).await.problem(403, "forbidden");
        }
        // The room asks, so its manager says yes; no is said by any of them.
        app.call("POST", &format!("{path}/confirm")).by(&otto).await.problem(403, "forbidden");
        let one = json!([{ "resource_id": projector }]);
        let other = app.post("/bookings/", along(wish(&app, &room, 300, 360), one)).by(&anna).await.is(201).id();
        let rejected = app.call("POST", &format!("/bookings/{other}/reject")).by(&otto).await.is(200);
        assert_eq!(rejected.text("/status"), "rejected");
        app.call("POST", &format!("{path}/confirm")).by(&mia).await.was(200);
        app.delete(&path).by(&anna).await.problem(422, "against-policy");
        assert_eq!(app.delete(&path).by(&otto).await.is(200).text("/status"), "cancelled");
        app.book(&berta, &projector, 60, 120).await.was(201);
        app.audit().await;
    }

    async fn who_manages_what_a_series_takes_along_may_take_it_back(app) {
        let (mia, otto, anna) = (app.user("mia").await, app.user("otto").await, app.user("anna").await);
        let (room, projector) = (app.resource(&mia, "Room").await, app.resource(&otto, "Projector").await);
        let body = json!({
            "resource_id": room, "along": [{ "resource_id": projector }], "rule": "FREQ=DAILY;COUNT=3",
            "starts_at_local": "2026-11-30T09:00", "ends_at_local": "2026-11-30T10:00",
        });
        let made = app.post("/series/", body).by(&anna).await.is(201);
        let path = format!("/series/{}", made.text("/series/id"));
        let first = made.text("/series/bookings/0/id");
        app.patch(&format!("/bookings/{first}"), json!({ "along": [] })).by(&anna).await.was(200);
        let seen = app.get(&path).by(&otto).await.is(200);
        assert_eq!(seen.at("/bookings").as_array().unwrap().len(), 2);
        app.patch(&path, json!({ "title": "Mine" })).by(&otto).await.problem(403, "forbidden");
        app.delete(&path).by(&otto).await.was(200);
        let left = app.get(&path).by(&mia).await.is(200).at("/bookings");
        let left: Vec<&Value> = left.as_array().unwrap().iter().map(|it| &it["status"]).collect();
        assert_eq!(left, ["confirmed", "cancelled", "cancelled"]);
        app.get(&path).by(&app.user("berta").await).await.problem(404, "series-not-found");
    }

    async fn a_series_and_a_hold_take_along_too(app) {
        let (mia, anna) = (app.user("mia").await, app.user("anna").await);
        let room = app.resource(&mia, "Room").await;
        let projector = app.resource(&mia, "Projector").await;
        let one = json!([{ "resource_id": projector }]);
        let hold = app.post("/holds/", along(wish(&app, &room, 60, 120), one.clone())).by(&anna).await.is(201).id();
        app.book(&mia, &projector, 60, 120).await.problem(409, "booking-conflict");
        let taken = app.post(&format!("/holds/{hold}/book"), json!({})).by(&anna).await.is(200);
        assert_eq!(taken.at("/along/0/resource_id"), json!(projector));
        let lapsing = app.post("/holds/", along(wish(&app, &room, 200, 260), one.clone())).by(&anna).await.is(201).id();
        app.clock().advance_secs(11 * 60);
        // The hold has lapsed, and stands in nobody's way on anything that it held.
        app.book(&mia, &projector, 195, 255).await.was(201);
        assert_eq!(app.booking(&anna, &lapsing).await["status"], "expired");
        app.audit().await;
    }
}
