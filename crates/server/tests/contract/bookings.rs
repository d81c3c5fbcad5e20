//! Bookings: making, seeing, moving, cancelling and deciding them; conflicts and what is offered instead; the limits.

use bronya_testkit::{Answer, TestApp, User, on_both};
use serde_json::{Value, json};

/// Every verb and sub-route that takes a booking's id, sent by somebody.
async fn everything_about(app: &TestApp, by: &User, id: &str) -> Vec<Answer> {
    let path = format!("/bookings/{id}");
    vec![
        app.get(&path).by(by).await,
        app.patch(&path, json!({ "title": "mine now" })).by(by).await,
        app.patch(&path, json!({ "starts_at": app.clock().in_minutes(600), "ends_at": app.clock().in_minutes(660) }))
            .by(by)
            .await,
        app.delete(&path).by(by).await,
        app.call("POST", &format!("{path}/confirm")).by(by).await,
        app.call("POST", &format!("{path}/reject")).by(by).await,
    ]
}

/// Books what was offered, which must succeed, and gives it back.
async fn takes(app: &TestApp, by: &User, alternative: &Value, like: &Value) {
    let mut body = like.clone();
    for member in ["resource_id", "starts_at", "ends_at"] {
        body[member] = alternative[member].clone();
    }
    let booking = app.post("/bookings", body).by(by).await.is(201);
    app.delete(&format!("/bookings/{}", booking.id())).by(by).await.was(200);
}

on_both! {
    async fn a_booking_is_what_was_asked_for(app) {
        let anna = app.user("anna").await;
        let table = app.resource_with(&anna, json!({ "name": "Pool", "quantity": 3, "capacity": 4 })).await;
        let body = json!({
            "resource_id": table, "starts_at": "2026-11-27T18:00:00Z", "ends_at": "2026-11-27T20:00:00Z",
            "title": "Ужин", "party_size": 8, "quantity": 2, "notes": "A high chair,\nplease",
        });
        let made = app.post("/bookings/", body).by(&anna).await.is(201);
        let id = made.id();
        let expected = json!({
            "id": id, "resource_id": table, "user_id": anna.id, "starts_at": "2026-11-27T18:00:00Z",
            "ends_at": "2026-11-27T20:00:00Z", "title": "Ужин", "party_size": 8, "quantity": 2,
            "notes": "A high chair,\nplease", "status": "confirmed", "version": 1,
            "lapses_at": null, "undo_until": null, "may_stay_until": null, "override_reason": null, "closed_reason": null, "fields": {}, "made_by": null, "series_id": null, "along": [],
            "guest": null, "participants": [],
            "created_at": "2026-11-23T09:00:00Z", "updated_at": "2026-11-23T09:00:00Z",
        });
        assert_eq!(made.json(), expected);
        assert_eq!(made.header("location"), Some(format!("/bookings/{id}").as_str()));
        let read = app.get(&format!("/bookings/{id}")).by(&anna).await.is(200);
        assert_eq!((read.json(), read.etag()), (expected, made.etag()));
        let bare = app.book(&anna, &table, 60, 120).await.is(201).json();
        assert_eq!((&bare["title"], &bare["party_size"], &bare["quantity"], &bare["notes"]), (&Value::Null, &Value::Null, &json!(1), &Value::Null));
    }

    async fn bad_values_are_refused_all_at_once(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let booking = app.booked(&anna, &table, 600, 660).await;
        let path = format!("/bookings/{booking}");
        let before = app.booking(&anna, &booking).await;
        let good = json!({ "resource_id": table, "starts_at": "2026-11-27T18:00:00Z", "ends_at": "2026-11-27T20:00:00Z" });
        for (member, wrong) in [
            ("resource_id", json!("x")), ("resource_id", json!("")), ("resource_id", json!(1)), ("resource_id", json!(null)),
            ("starts_at", json!("tomorrow")), ("starts_at", json!("")), ("starts_at", json!(1_800_000_000)), ("starts_at", json!(null)),
            ("starts_at", json!("2026-11-27")), ("starts_at", json!("2026-11-27T18:00Z")), ("starts_at", json!("2026-02-30T18:00:00Z")),
            ("ends_at", json!("2026-11-27T23:59:60Z")), ("ends_at", json!("0000-01-01T00:00:00Z")), ("ends_at", json!("10000-01-01T00:00:00Z")),
            ("ends_at", json!("infinity")), ("ends_at", json!("2026-11-27T20:00:00Z[Europe/Berlin]")), ("ends_at", json!("2026-11-27T25:00:00Z")),
            ("ends_at", json!("2026-11-28T20:00:00+24:00")),
            ("title", json!("x".repeat(201))), ("title", json!("a\nb")), ("title", json!("\u{0}")), ("title", json!(1)),
            ("notes", json!("x".repeat(4_001))), ("notes", json!("a\u{0}")), ("notes", json!([])),
            ("party_size", json!(0)), ("party_size", json!(-1)), ("party_size", json!(1.5)), ("party_size", json!("4")), ("party_size", json!(1_000_000_000_000_i64)),
            ("quantity", json!(0)), ("quantity", json!(-1)), ("quantity", json!(1_001)), ("quantity", json!({})),
        ] {
            let mut body = good.clone();
            body[member] = wrong.clone();
            let pointer = format!("/{member}");
            app.post("/bookings", body).by(&anna).await.names(&[&pointer]);
            app.patch(&path, json!({ member: wrong })).by(&anna).await.names(&[&pointer]);
        }
        for member in ["resource_id", "starts_at", "ends_at"] {
            let mut body = good.clone();
            body.as_object_mut().unwrap().remove(member);
            app.post("/bookings", body).by(&anna).await.names(&[&format!("/{member}")]);
        }
        let body = json!({ "resource_id": "x", "starts_at": "x", "ends_at": "2026-11-27T20:00:00", "title": "\n", "notes": "\u{7}", "party_size": 0, "quantity": 0 });
        let all = ["/resource_id", "/starts_at", "/ends_at", "/title", "/notes", "/party_size", "/quantity"];
        app.post("/bookings", body.clone()).by(&anna).await.names(&all);
        app.patch(&path, body).by(&anna).await.names(&all);
        for stray in ["id", "user_id", "status", "version", "created_at", "updated_at", "owner_id", "approved_by"] {
            let mut body = good.clone();
            body[stray] = json!("confirmed");
            app.post("/bookings", body).by(&anna).await.names(&[&format!("/{stray}")]);
            app.patch(&path, json!({ stray: "confirmed" })).by(&anna).await.names(&[&format!("/{stray}")]);
        }
        assert_eq!(app.booking(&anna, &booking).await, before);
        assert_eq!(app.get("/bookings/my").by(&anna).await.items().len(), 1);
        let nowhere = json!({ "resource_id": "00000000-0000-7000-8000-000000000000", "starts_at": "2026-11-27T18:00:00Z", "ends_at": "2026-11-27T20:00:00Z" });
        app.post("/bookings", nowhere).by(&anna).await.problem(404, "resource-not-found");
    }

    async fn an_interval_has_a_length(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let booking = format!("/bookings/{}", app.booked(&anna, &table, 600, 660).await);
        for (from, to) in [(60, 60), (120, 60)] {
            app.book(&anna, &table, from, to).await.names(&["/ends_at"]);
            app.block(&anna, &table, from, to).await.names(&["/ends_at"]);
            let body = json!({ "starts_at": app.clock().in_minutes(from), "ends_at": app.clock().in_minutes(to) });
            app.patch(&booking, body).by(&anna).await.names(&["/ends_at"]);
        }
        app.patch(&booking, json!({ "starts_at": app.clock().in_minutes(660) })).by(&anna).await.names(&["/ends_at"]);
        app.patch(&booking, json!({ "ends_at": app.clock().in_minutes(600) })).by(&anna).await.names(&["/ends_at"]);
    }

    async fn the_limits_hold_and_one_beyond_does_not(app) {
        let anna = app.user("anna").await;
        let table = app.resource_with(&anna, json!({ "name": "Pool", "quantity": 100 })).await;
        let moved = format!("/bookings/{}", app.booked(&anna, &table, 600, 660).await);
        for (from, to, slug) in [
            // One minute.
            ("2026-11-24T09:00:00Z", "2026-11-24T09:01:00Z", None),
            ("2026-11-24T09:00:00Z", "2026-11-24T09:00:59.999999Z", Some("too-short")),
            // 366 days.
            ("2026-11-24T09:00:00Z", "2027-11-25T09:00:00Z", None),
            ("2026-11-24T09:00:00Z", "2027-11-25T09:00:00.000001Z", Some("too-long")),
            // A minute of grace.
            ("2026-11-23T08:59:00Z", "2026-11-23T10:00:00Z", None),
            ("2026-11-23T08:58:59.999999Z", "2026-11-23T10:00:00Z", Some("in-the-past")),
            ("1969-12-31T23:59:59Z", "1970-01-01T00:00:01Z", Some("too-short")),
            ("1969-12-31T23:00:00Z", "1970-01-01T00:00:01Z", Some("in-the-past")),
            // Ten years.
            ("2036-11-23T09:00:00Z", "2036-11-23T10:00:00Z", None),
            ("2036-11-23T09:00:00.000001Z", "2036-11-23T10:00:00Z", Some("too-far-ahead")),
            ("9998-11-23T09:00:00Z", "9998-11-23T10:00:00Z", Some("too-far-ahead")),
        ] {
            let times = json!({ "starts_at": from, "ends_at": to });
            let mut body = times.clone();
            body["resource_id"] = json!(table);
            let (booked, amended) = (app.post("/bookings", body).by(&anna).await, app.patch(&moved, times).by(&anna).await);
            match slug {
                None => {
                    booked.was(201);
                    amended.was(200);
                }
                Some(slug) => {
                    booked.problem(422, slug);
                    amended.problem(422, slug);
                }
            }
        }
        // What is wrong is told all at once: by its first kind, and with every place.
        let body = json!({ "resource_id": table, "starts_at": "2020-01-01T00:00:00Z", "ends_at": "2020-01-01T00:00:01Z", "quantity": 101 });
        let refused = app.post("/bookings", body).by(&anna).await;
        refused.problem(422, "too-short");
        refused.names(&["/ends_at", "/starts_at", "/quantity"]);
    }

    async fn a_conflict_says_when_and_never_whose(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let table = app.resource(&anna, "Table").await;
        let at = |minutes| app.clock().in_minutes(minutes);
        let body = json!({ "resource_id": table, "starts_at": at(60), "ends_at": at(120), "title": "Secret title", "notes": "Secret notes" });
        let booking = app.post("/bookings", body).by(&anna).await.is(201).id();
        app.post("/schedule", json!({ "resource_id": table, "starts_at": at(150), "ends_at": at(180), "reason": "Secret reason" })).by(&anna).await.was(201);
        let refused = app.book(&berta, &table, 90, 160).await;
        let problem = refused.problem(409, "booking-conflict");
        let expected = json!([
            { "kind": "booking", "starts_at": at(60), "ends_at": at(120) },
            { "kind": "block", "starts_at": at(150), "ends_at": at(180) },
        ]);
        assert_eq!(problem["conflicts"], expected);
        let text = String::from_utf8_lossy(&refused.body);
        assert!(!text.contains("Secret") && !text.contains(&anna.id) && !text.contains(&booking), "{refused}");
        for alternative in problem["alternatives"].as_array().unwrap() {
            let members: Vec<&String> = alternative.as_object().unwrap().keys().collect();
            assert_eq!(members, ["ends_at", "resource_id", "starts_at"]);
        }
        assert!(app.get("/bookings/my").by(&berta).await.items().is_empty());
    }

    async fn what_is_offered_can_be_had(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let table = app.resource_with(&anna, json!({ "name": "Table", "kind": "table", "capacity": 4 })).await;
        let small = app.resource_with(&anna, json!({ "name": "Small", "kind": "table", "capacity": 2 })).await;
        let like = app.resource_with(&anna, json!({ "name": "Like it", "kind": "table", "capacity": 4 })).await;
        let taken = app.resource_with(&anna, json!({ "name": "Taken", "kind": "table", "capacity": 4 })).await;
        let desk = app.resource_with(&anna, json!({ "name": "Desk", "kind": "desk", "capacity": 4 })).await;
        app.booked(&anna, &taken, 0, 600).await;
        for (from, to) in [(60, 120), (120, 150), (200, 240), (300, 301)] {
            app.booked(&anna, &table, from, to).await;
        }
        app.block(&anna, &table, 400, 500).await.was(201);
        for (from, to) in [(60, 120), (100, 130), (30, 90), (0, 301), (130, 131), (399, 401), (60, 6_000)] {
            let at = |minutes| app.clock().in_minutes(minutes);
            let body = json!({ "resource_id": table, "starts_at": at(from), "ends_at": at(to), "party_size": 3 });
            let problem = app.post("/bookings", body.clone()).by(&berta).await.problem(409, "booking-conflict");
            let offered = problem["alternatives"].as_array().unwrap();
            assert!((1..=5).contains(&offered.len()), "{problem:#}");
            for (nth, alternative) in offered.iter().enumerate() {
                assert!(!offered[..nth].contains(alternative), "offered twice: {problem:#}");
                let resource = alternative["resource_id"].as_str().unwrap();
                assert!(resource != small && resource != desk && resource != taken, "{problem:#}");
                assert!(resource == table || resource == like, "{problem:#}");
                takes(&app, &berta, alternative, &body).await;
            }
            assert!(offered.iter().any(|it| it["resource_id"] == json!(table)), "nothing near: {problem:#}");
        }
        // The nearest comes first.
        let problem = app.book(&berta, &table, 130, 160).await.problem(409, "booking-conflict");
        assert_eq!(problem["alternatives"][0]["starts_at"], app.clock().in_minutes(150));
    }

    async fn what_is_offered_is_when_it_is_open(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let table = app.resource(&anna, "Table").await;
        let projector = app.resource(&anna, "Projector").await;
        app.put(&format!("/resources/{table}/rules"), json!({ "hours": "12:00-14:00" })).by(&anna).await.was(200);
        app.put(&format!("/resources/{projector}/rules"), json!({ "hours": "08:00-13:00" })).by(&anna).await.was(200);
        let body = |from: &str, to: &str, along: &[&String]| json!({
            "resource_id": table, "starts_at": format!("2026-11-25T{from}:00Z"), "ends_at": format!("2026-11-25T{to}:00Z"),
            "along": along.iter().map(|it| json!({ "resource_id": it })).collect::<Vec<_>>(),
        });
        let offered = async |asked: Value| {
            let refused = app.post("/bookings", asked.clone()).by(&berta).await;
            let found = refused.problem(409, "booking-conflict")["alternatives"].as_array().unwrap().clone();
            let starts = found.iter().map(|it| it["starts_at"].as_str().unwrap()[8..16].to_owned()).take(2).collect::<Vec<_>>();
            for alternative in found {
                takes(&app, &berta, &alternative, &asked).await;
            }
            starts
        };
        // The whole lunch is taken, and touches nothing on any other day.
        app.post("/bookings", body("12:00", "14:00", &[])).by(&anna).await.was(201);
        assert_eq!(offered(body("12:00", "14:00", &[])).await, ["24T12:00", "26T12:00"]);
        // With the projector there is only the hour in which both are open.
        assert_eq!(offered(body("12:00", "13:00", &[&projector])).await, ["24T12:00", "26T12:00"]);
    }

    // There are more than two hundred quarters of an hour between what is asked for and what is free.
    async fn what_is_taken_or_closed_for_days_does_not_hide_what_is_free_behind_it(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let court = app.resource(&anna, "Court").await;
        let rules = json!({ "hours": "09:00-21:00", "start_step_minutes": 15 });
        app.put(&format!("/resources/{court}/rules"), rules).by(&anna).await.was(200);
        let (day, hour) = (24 * 60, 60);
        for nth in 1..=9 {
            app.book(&anna, &court, nth * day, nth * day + 12 * hour).await.was(201);
        }
        let asked = 5 * day + 5 * hour;
        let problem = app.book(&berta, &court, asked, asked + hour).await.problem(409, "booking-conflict");
        assert_eq!(problem["alternatives"][0]["starts_at"], app.clock().in_minutes(11 * hour));
    }

    async fn offers_keep_the_limits_too(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        // At the end of what can be booked: what would come later can't be had.
        let body = json!({ "resource_id": table, "starts_at": "2036-11-23T09:00:00Z", "ends_at": "2036-11-23T10:00:00Z" });
        app.post("/bookings", body.clone()).by(&anna).await.was(201);
        let problem = app.post("/bookings", body.clone()).by(&anna).await.problem(409, "booking-conflict");
        for alternative in problem["alternatives"].as_array().unwrap() {
            takes(&app, &anna, alternative, &body).await;
        }
        // And at its beginning: nothing in the past is offered.
        app.booked(&anna, &table, 0, 60).await;
        let problem = app.book(&anna, &table, 0, 60).await.problem(409, "booking-conflict");
        let like = json!({ "resource_id": table });
        assert!(!problem["alternatives"].as_array().unwrap().is_empty());
        for alternative in problem["alternatives"].as_array().unwrap() {
            takes(&app, &anna, alternative, &like).await;
        }
    }

    async fn offers_hold_for_pools_and_for_moves(app) {
        let anna = app.user("anna").await;
        let pool = app.resource_with(&anna, json!({ "name": "Pool", "quantity": 3, "kind": "desk" })).await;
        let other = app.resource_with(&anna, json!({ "name": "Other", "quantity": 2, "kind": "desk" })).await;
        let at = |minutes| app.clock().in_minutes(minutes);
        app.booked(&anna, &pool, 60, 120).await;
        let moving = app.booked(&anna, &pool, 90, 150).await;
        let body = json!({ "resource_id": pool, "starts_at": at(60), "ends_at": at(120), "quantity": 2 });
        let problem = app.post("/bookings", body.clone()).by(&anna).await.problem(409, "booking-conflict");
        let offered = problem["alternatives"].as_array().unwrap();
        assert!(offered.iter().any(|it| it["resource_id"] == json!(other)), "{problem:#}");
        for alternative in offered {
            takes(&app, &anna, alternative, &body).await;
        }
        app.block(&anna, &pool, 300, 360).await.was(201);
        let change = json!({ "starts_at": at(310), "ends_at": at(370), "quantity": 2 });
        let problem = app.patch(&format!("/bookings/{moving}"), change).by(&anna).await.problem(409, "booking-conflict");
        assert_eq!(problem["conflicts"], json!([{ "kind": "block", "starts_at": at(300), "ends_at": at(360) }]));
        let offered = problem["alternatives"].as_array().unwrap().clone();
        assert!(!offered.is_empty());
        for mut alternative in offered {
            alternative["quantity"] = json!(2);
            let moved = app.patch(&format!("/bookings/{moving}"), alternative.clone()).by(&anna).await.is(200);
            assert_eq!(moved.text("/resource_id"), alternative["resource_id"]);
        }
    }

    async fn a_party_has_to_fit(app) {
        let anna = app.user("anna").await;
        let pool = app.resource_with(&anna, json!({ "name": "Tables", "quantity": 3, "capacity": 4 })).await;
        let at = |minutes| app.clock().in_minutes(minutes);
        let ask = |party: i64, quantity: i64, nth: i64| {
            let body = json!({ "resource_id": pool, "starts_at": at(60 * nth), "ends_at": at(60 * nth + 60), "party_size": party, "quantity": quantity });
            app.post("/bookings", body).by(&anna)
        };
        ask(4, 1, 1).await.was(201);
        ask(12, 3, 2).await.was(201);
        for (party, quantity) in [(5, 1), (9, 2), (13, 3)] {
            let refused = ask(party, quantity, 3).await;
            refused.problem(422, "party-too-large");
            refused.names(&["/party_size"]);
        }
        let refused = ask(1, 4, 3).await;
        refused.problem(422, "quantity-too-large");
        refused.names(&["/quantity"]);
        let booking = format!("/bookings/{}", ask(4, 1, 4).await.is(201).id());
        app.patch(&booking, json!({ "party_size": 5 })).by(&anna).await.problem(422, "party-too-large");
        app.patch(&booking, json!({ "party_size": 5, "quantity": 2 })).by(&anna).await.was(200);
        app.patch(&booking, json!({ "quantity": 1 })).by(&anna).await.problem(422, "party-too-large");
        app.patch(&booking, json!({ "quantity": 4 })).by(&anna).await.problem(422, "quantity-too-large");
        // Where no capacity is given, any party fits.
        let hall = app.resource(&anna, "Hall").await;
        let body = json!({ "resource_id": hall, "starts_at": at(60), "ends_at": at(120), "party_size": 5_000 });
        app.post("/bookings", body).by(&anna).await.was(201);
    }

    async fn a_pool_is_full_only_when_its_count_is_reached(app) {
        let anna = app.user("anna").await;
        let pool = app.resource_with(&anna, json!({ "name": "Pool", "quantity": 2 })).await;
        // 0–60 and 30–90 sit on two units; what follows has to be seated anew to fit.
        app.booked(&anna, &pool, 0, 60).await;
        app.booked(&anna, &pool, 30, 90).await;
        app.booked(&anna, &pool, 60, 120).await;
        app.booked(&anna, &pool, 90, 150).await;
        for (from, to) in [(45, 46), (60, 61), (0, 150)] {
            app.book(&anna, &pool, from, to).await.problem(409, "booking-conflict");
        }
        app.booked(&anna, &pool, 0, 30).await;
        app.booked(&anna, &pool, 120, 180).await;
        // Gaps of single units do not add up to a refusal: the count is free all the time.
        let pool = app.resource_with(&anna, json!({ "name": "Another", "quantity": 2 })).await;
        app.booked(&anna, &pool, 100, 200).await;
        app.booked(&anna, &pool, 200, 300).await;
        let first = app.booked(&anna, &pool, 300, 400).await;
        app.booked(&anna, &pool, 150, 250).await;
        app.booked(&anna, &pool, 250, 350).await;
        app.delete(&format!("/bookings/{first}")).by(&anna).await.was(200);
        app.booked(&anna, &pool, 350, 500).await;
        app.booked(&anna, &pool, 300, 500).await;
    }

    async fn its_owner_managers_and_administrators_see_it_and_nobody_else(app) {
        let (manager, owner, root) = (app.user("manager").await, app.user("owner").await, app.admin("root").await);
        let (stranger, other_manager) = (app.user("stranger").await, app.user("other").await);
        app.resource(&other_manager, "Other").await;
        let table = app.resource_with(&manager, json!({ "name": "Table", "requires_approval": true })).await;
        let booking = app.booked(&owner, &table, 60, 120).await;
        let before = app.booking(&owner, &booking).await;
        for by in [&manager, &root] {
            assert_eq!(app.booking(by, &booking).await, before);
        }
        let nobodys = "00000000-0000-7000-8000-000000000000";
        for by in [&stranger, &other_manager] {
            let (theirs, none) = (everything_about(&app, by, &booking).await, everything_about(&app, by, nobodys).await);
            for (refused, none) in theirs.iter().zip(none) {
                // Not a word differs from what stands at no booking at all.
                let (mut problem, mut nothing) = (refused.problem(404, "booking-not-found"), none.problem(404, "booking-not-found"));
                problem["instance"] = json!(null);
                nothing["instance"] = json!(null);
                assert_eq!(problem, nothing);
            }
        }
        assert_eq!(app.booking(&owner, &booking).await, before);
        // With an id that belongs to something else it is the same.
        for id in [&table, &owner.id] {
            for refused in everything_about(&app, &root, id).await {
                refused.problem(404, "booking-not-found");
            }
        }
    }

    async fn who_lists_what(app) {
        let (manager, anna, berta, root) = (app.user("manager").await, app.user("anna").await, app.user("berta").await, app.admin("root").await);
        let (table, hall) = (app.resource(&manager, "Table").await, app.resource(&root, "Hall").await);
        let annas = app.booked(&anna, &table, 60, 120).await;
        let bertas = app.booked(&berta, &table, 120, 180).await;
        let elsewhere = app.booked(&anna, &hall, 180, 240).await;
        let list = |by: &User, query: &str| app.get("/bookings/").query(query).by(by);
        assert_eq!(list(&root, "").await.is(200).column("id"), [&*annas, &bertas, &elsewhere]);
        assert_eq!(list(&manager, "").await.is(200).column("id"), [&*annas, &bertas]);
        for by in [&anna, &berta] {
            list(by, "").await.problem(403, "forbidden");
            list(by, &format!("user_id={}", by.id)).await.problem(403, "forbidden");
            list(by, &format!("resource_id={table}")).await.problem(403, "forbidden");
        }
        list(&manager, &format!("resource_id={hall}")).await.problem(403, "forbidden");
        assert_eq!(list(&manager, &format!("resource_id={table}&user_id={}", berta.id)).await.is(200).column("id"), [&*bertas]);
        assert_eq!(list(&manager, &format!("user_id={}", anna.id)).await.is(200).column("id"), [&*annas]);
        assert_eq!(list(&root, &format!("user_id={}", anna.id)).await.is(200).column("id"), [&*annas, &elsewhere]);
        assert_eq!(list(&root, &format!("resource_id={hall}&user_id={}", berta.id)).await.is(200).items(), Vec::<Value>::new());
        app.delete(&format!("/bookings/{bertas}")).by(&berta).await.was(200);
        assert_eq!(list(&root, "status=cancelled").await.is(200).column("id"), [&*bertas]);
        assert_eq!(list(&root, "status=confirmed").await.is(200).column("id"), [&*annas, &elsewhere]);
        assert_eq!(list(&root, "status=pending").await.is(200).items(), Vec::<Value>::new());
        let at = |minutes| app.clock().in_minutes(minutes);
        let range = format!("from={}&to={}", at(119), at(121));
        assert_eq!(list(&root, &range).await.is(200).column("id"), [&*annas, &bertas]);
        let my = |by: &User, query: &str| app.get("/bookings/my").query(query).by(by);
        assert_eq!(my(&anna, "").await.is(200).column("id"), [&*annas, &elsewhere]);
        assert_eq!(my(&anna, &format!("resource_id={hall}")).await.is(200).column("id"), [&*elsewhere]);
        assert_eq!(my(&berta, "status=cancelled").await.is(200).column("id"), [&*bertas]);
        assert_eq!(my(&berta, "status=confirmed").await.is(200).items(), Vec::<Value>::new());
        assert_eq!(my(&manager, "").await.is(200).items(), Vec::<Value>::new());
    }

    async fn a_move_is_one_step(app) {
        let anna = app.user("anna").await;
        let (table, other) = (app.resource(&anna, "Table").await, app.resource(&anna, "Other").await);
        let booking = app.booked(&anna, &table, 60, 120).await;
        let path = format!("/bookings/{booking}");
        app.booked(&anna, &table, 180, 240).await;
        let at = |minutes| app.clock().in_minutes(minutes);
        let move_to = |from: i64, to: i64| app.patch(&path, json!({ "starts_at": at(from), "ends_at": at(to) })).by(&anna);
        // Refused: the old time is still had.
        for (from, to) in [(180, 240), (90, 200), (150, 181)] {
            move_to(from, to).await.problem(409, "booking-conflict");
            assert_eq!(app.booking(&anna, &booking).await["starts_at"], at(60));
            app.book(&anna, &table, 60, 120).await.problem(409, "booking-conflict");
        }
        // Onto itself, longer and shorter.
        let moved = move_to(90, 180).await.is(200).json();
        assert_eq!((&moved["starts_at"], &moved["ends_at"], &moved["version"]), (&json!(at(90)), &json!(at(180)), &json!(2)));
        app.patch(&path, json!({ "ends_at": at(100) })).by(&anna).await.was(200);
        // The old time is free at once, the new one is not.
        app.booked(&anna, &table, 60, 90).await;
        app.booked(&anna, &table, 100, 180).await;
        app.book(&anna, &table, 95, 96).await.problem(409, "booking-conflict");
        // To another resource, together with other changes, or not at all.
        app.booked(&anna, &other, 90, 91).await;
        let change = json!({ "resource_id": other, "title": "Moved", "notes": "There", "party_size": 2 });
        app.patch(&path, change.clone()).by(&anna).await.problem(409, "booking-conflict");
        let unmoved = app.booking(&anna, &booking).await;
        assert_eq!((&unmoved["title"], &unmoved["resource_id"]), (&Value::Null, &json!(table)));
        app.patch(&path, json!({ "starts_at": at(91) })).by(&anna).await.was(200);
        let moved = app.patch(&path, change).by(&anna).await.is(200).json();
        assert_eq!((&moved["resource_id"], &moved["title"], &moved["party_size"]), (&json!(other), &json!("Moved"), &json!(2)));
        app.booked(&anna, &table, 91, 100).await;
        app.book(&anna, &other, 91, 100).await.problem(409, "booking-conflict");
        app.patch(&path, json!({ "resource_id": "00000000-0000-7000-8000-000000000000" })).by(&anna).await.problem(404, "resource-not-found");
        app.clock().advance_secs(1);
        let emptied = app.patch(&path, json!({ "title": null, "notes": null, "party_size": null })).by(&anna).await.is(200).json();
        assert_eq!((&emptied["title"], &emptied["notes"], &emptied["party_size"]), (&Value::Null, &Value::Null, &Value::Null));
        assert_eq!((&emptied["created_at"], &emptied["updated_at"]), (&json!("2026-11-23T09:00:00Z"), &json!("2026-11-23T09:00:01Z")));
        for member in ["resource_id", "starts_at", "ends_at", "quantity"] {
            app.patch(&path, json!({ member: null })).by(&anna).await.names(&[&format!("/{member}")]);
        }
    }

    async fn what_has_begun_may_end_later_but_not_begin_anew(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let booking = app.booked(&anna, &table, 0, 60).await;
        let path = format!("/bookings/{booking}");
        app.clock().advance_secs(30 * 60);
        let anna = app.user("anna").await;
        app.patch(&path, json!({ "ends_at": app.clock().in_minutes(60) })).by(&anna).await.was(200);
        app.patch(&path, json!({ "starts_at": app.clock().in_minutes(-10) })).by(&anna).await.problem(422, "in-the-past");
        app.clock().advance_secs(60 * 60);
        let anna = app.user("anna").await;
        // Over: it takes no other time, and can't be taken back.
        app.patch(&path, json!({ "ends_at": app.clock().in_minutes(60) })).by(&anna).await.problem(409, "booking-closed");
        app.delete(&path).by(&anna).await.problem(409, "booking-closed");
        assert_eq!(app.booking(&anna, &booking).await["status"], "confirmed");
    }

    async fn a_cancelled_booking_is_closed(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let table = app.resource(&manager, "Table").await;
        for by in [&anna, &manager, &app.admin("root").await] {
            let booking = app.booked(&anna, &table, 60, 120).await;
            let path = format!("/bookings/{booking}");
            let cancelled = app.delete(&path).by(by).await.is(200);
            assert_eq!((cancelled.text("/status"), cancelled.id()), ("cancelled".into(), booking.clone()));
            assert_eq!(app.booking(&anna, &booking).await, cancelled.json());
            let again = app.delete(&path).by(by).await.problem(409, "booking-closed");
            assert_eq!(again["booking_status"], "cancelled");
            app.patch(&path, json!({ "title": "x" })).by(by).await.problem(409, "booking-closed");
            app.patch(&path, json!({ "ends_at": app.clock().in_minutes(600) })).by(by).await.problem(409, "booking-closed");
            for verb in ["confirm", "reject"] {
                let decide = app.call("POST", &format!("{path}/{verb}")).by(&manager).await;
                decide.problem(409, "booking-not-pending");
            }
        }
        app.booked(&anna, &table, 60, 120).await;
    }

    async fn what_needs_approval_waits_and_holds_its_time(app) {
        let (manager, anna, berta) = (app.user("manager").await, app.user("anna").await, app.user("berta").await);
        let table = app.resource_with(&manager, json!({ "name": "Table", "requires_approval": true })).await;
        let root = app.admin("root").await;
        let pending = app.book(&anna, &table, 60, 120).await.is(201);
        assert_eq!(pending.text("/status"), "pending");
        app.book(&berta, &table, 60, 120).await.problem(409, "booking-conflict");
        let path = format!("/bookings/{}", pending.id());
        let decide = |path: &str, verb: &str, by: &User| app.call("POST", &format!("{path}/{verb}")).by(by);
        // One who only asked does not decide; one who may not know of it learns nothing.
        for verb in ["confirm", "reject"] {
            decide(&path, verb, &anna).await.problem(403, "forbidden");
            decide(&path, verb, &berta).await.problem(404, "booking-not-found");
        }
        app.patch(&path, json!({ "status": "confirmed" })).by(&manager).await.names(&["/status"]);
        assert_eq!(app.booking(&anna, &pending.id()).await["status"], "pending");
        let confirmed = decide(&path, "confirm", &manager).await.is(200);
        assert_eq!(confirmed.text("/status"), "confirmed");
        assert_eq!(app.booking(&anna, &pending.id()).await, confirmed.json());
        for verb in ["confirm", "reject"] {
            let refused = decide(&path, verb, &manager).await.problem(409, "booking-not-pending");
            assert_eq!(refused["booking_status"], "confirmed");
        }
        app.book(&berta, &table, 60, 120).await.problem(409, "booking-conflict");

        let rejected = app.book(&anna, &table, 120, 180).await.is(201).id();
        let path = format!("/bookings/{rejected}");
        assert_eq!(decide(&path, "reject", &root).await.is(200).text("/status"), "rejected");
        app.delete(&path).by(&anna).await.problem(409, "booking-closed");
        app.patch(&path, json!({ "title": "x" })).by(&anna).await.problem(409, "booking-closed");
        decide(&path, "confirm", &root).await.problem(409, "booking-not-pending");
        // Its time is free again.
        let next = app.book(&berta, &table, 120, 180).await.is(201).id();
        // One may take back what still waits.
        assert_eq!(app.delete(&format!("/bookings/{next}")).by(&berta).await.is(200).text("/status"), "cancelled");
        // What was decided too late is not decided.
        let late = app.book(&anna, &table, 180, 240).await.is(201).id();
        app.clock().advance_secs(240 * 60);
        let manager = app.user("manager").await;
        let refused = decide(&format!("/bookings/{late}"), "confirm", &manager).await.problem(409, "booking-not-pending");
        assert_eq!(refused["booking_status"], "expired");
    }

    async fn a_move_of_ones_own_needs_approval_anew(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let table = app.resource_with(&manager, json!({ "name": "Table", "requires_approval": true })).await;
        let free = app.resource(&manager, "Free").await;
        let at = |minutes| app.clock().in_minutes(minutes);
        let booking = app.booked(&anna, &table, 60, 120).await;
        let path = format!("/bookings/{booking}");
        app.call("POST", &format!("{path}/confirm")).by(&manager).await.was(200);
        // A word more is no other time.
        assert_eq!(app.patch(&path, json!({ "title": "x" })).by(&anna).await.is(200).text("/status"), "confirmed");
        let moved = app.patch(&path, json!({ "ends_at": at(180) })).by(&manager).await.is(200);
        assert_eq!(moved.text("/status"), "confirmed");
        let moved = app.patch(&path, json!({ "ends_at": at(240) })).by(&anna).await.is(200);
        assert_eq!(moved.text("/status"), "pending");
        // Nor is there a way in from a resource that asks nobody.
        let booking = app.booked(&anna, &free, 300, 360).await;
        let path = format!("/bookings/{booking}");
        let moved = app.patch(&path, json!({ "resource_id": table })).by(&anna).await.is(200);
        assert_eq!(moved.text("/status"), "pending");
        // And where nobody is asked, nobody is waited for.
        let moved = app.patch(&path, json!({ "resource_id": free })).by(&anna).await.is(200);
        assert_eq!(moved.text("/status"), "confirmed");
    }

    /// Of all that is wrong the first is told, in an order that doesn't change; what comes later is mended last.
    async fn refusals_have_their_order(app) {
        let (manager, anna, berta) = (app.user("manager").await, app.user("anna").await, app.user("berta").await);
        let table = app.resource_with(&manager, json!({ "name": "Table", "capacity": 4 })).await;
        let at = |minutes| app.clock().in_minutes(minutes);
        app.booked(&berta, &table, 200, 260).await;
        let booking = app.booked(&anna, &table, 60, 120).await;
        let path = format!("/bookings/{booking}");
        let change = |start: i64, end: i64, party: i64, by: &User, tag: &str| {
            let body = json!({ "starts_at": at(start), "ends_at": at(end), "party_size": party });
            app.patch(&path, body).by(by).if_match(tag)
        };
        let (good, stale) = ("\"1\"", "\"7\"");
        change(200, 260, 9, &berta, stale).await.problem(404, "booking-not-found");
        change(200, 260, 9, &anna, stale).await.problem(412, "stale");
        change(200, 260, 9, &anna, good).await.problem(422, "party-too-large");
        change(200, 260, 4, &anna, good).await.problem(409, "booking-conflict");
        app.delete(&path).by(&anna).await.was(200);
        change(200, 260, 9, &anna, stale).await.problem(412, "stale");
        change(200, 260, 9, &anna, "\"2\"").await.problem(409, "booking-closed");
        // Who may decide, about what was seen, and whether there is something to decide.
        let confirm = |by: &User, tag: &str| app.call("POST", &format!("{path}/confirm")).by(by).if_match(tag);
        confirm(&berta, stale).await.problem(404, "booking-not-found");
        confirm(&anna, stale).await.problem(403, "forbidden");
        confirm(&manager, stale).await.problem(412, "stale");
        confirm(&manager, "\"2\"").await.problem(409, "booking-not-pending");
    }

    async fn of_many_that_want_one_slot_one_gets_it(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        for round in 0..5 {
            let at = 60 * round;
            // The same slot, one that overlaps it, one within it, and moves into it from elsewhere.
            let mut calls = Vec::new();
            let elsewhere = app.booked(&anna, &table, 10_000 + at, 10_060 + at).await;
            for nth in 0..24 {
                let (from, to) = [(at, at + 60), (at, at + 30), (at + 10, at + 50), (at + 29, at + 31)][nth % 4];
                let call = if nth == 12 {
                    let body = json!({ "starts_at": app.clock().in_minutes(at + 20), "ends_at": app.clock().in_minutes(at + 40) });
                    app.patch(&format!("/bookings/{elsewhere}"), body).by(&anna)
                } else if nth == 13 {
                    app.block(&anna, &table, at + 15, at + 45)
                } else {
                    app.book(&anna, &table, from, to)
                };
                calls.push(tokio::spawn(call.into_future()));
            }
            let mut won = 0;
            for call in calls {
                let answer = call.await.unwrap();
                match answer.status.as_u16() {
                    200 | 201 => won += 1,
                    409 => drop(answer.any_problem()),
                    _ => panic!("{answer}"),
                }
            }
            // What does not cover 29–31 does not stand in the way of what does not either.
            let query = format!("resource_id={table}&from={}&to={}", app.clock().in_minutes(at + 29), app.clock().in_minutes(at + 30));
            let standing = app.get("/bookings").query(&query).query("status=confirmed").by(&anna).await.items().len()
                + app.get("/schedule").query(&query).by(&anna).await.items().len();
            assert_eq!((won, standing), (1, 1), "round {round}");
        }
    }

    async fn what_was_said_when_a_booking_was_closed_stays_with_it(app) {
        let (root, anna, berta) = (app.admin("root").await, app.user("anna").await, app.user("berta").await);
        let table = app.resource_with(&root, json!({ "name": "Table", "requires_approval": true })).await;
        let asked = [app.booked(&anna, &table, 60, 120).await, app.booked(&anna, &table, 180, 240).await, app.booked(&anna, &table, 300, 360).await];
        let [first, second, third] = asked.map(|id| format!("/bookings/{id}"));
        let reject = |path: &str| app.call("POST", &format!("{path}/reject"));
        // Bounded, one line, and nothing else can be sent along.
        for wrong in ["", " ", "two\nlines", &"x".repeat(501)] {
            reject(&first).json(json!({ "reason": wrong })).by(&root).await.names(&["/reason"]);
            app.delete(&first).json(json!({ "reason": wrong })).by(&root).await.names(&["/reason"]);
        }
        reject(&first).json(json!({ "status": "confirmed" })).by(&root).await.names(&["/status"]);
        reject(&first).body("text/plain", b"why").by(&root).await.problem(415, "unsupported-media-type");
        assert_eq!(app.get(&first).by(&anna).await.is(200).text("/status"), "pending");
        let why = "Painters are in – \u{421}\u{442}\u{43e}\u{43b} \u{43d}\u{430} \u{440}\u{435}\u{43c}\u{43e}\u{43d}\u{442}\u{435}";
        let rejected = reject(&first).json(json!({ "reason": why })).by(&root).await.is(200);
        assert_eq!((rejected.text("/status"), rejected.text("/closed_reason")), ("rejected".to_owned(), why.to_owned()));
        let cancelled = app.delete(&second).json(json!({ "reason": "A wedding" })).by(&root).await.is(200);
        assert_eq!((cancelled.text("/status"), cancelled.text("/closed_reason")), ("cancelled".to_owned(), "A wedding".to_owned()));
        // As ever, without a word.
        assert_eq!(reject(&third).by(&root).await.is(200).at("/closed_reason"), Value::Null);
        // The person sees it, also in the history, where it stands at its line; in the log nothing is said.
        let mine = app.get("/bookings/my").by(&anna).await.is(200);
        assert_eq!(mine.items().iter().map(|it| it["closed_reason"].clone()).collect::<Vec<_>>(), [json!(why), json!("A wedding"), Value::Null]);
        let history = app.get(&format!("{first}/events")).by(&anna).await.is(200).items();
        let said: Vec<_> = history.iter().map(|it| (it["action"].as_str().unwrap(), it["reason"].clone())).collect();
        assert_eq!(said, [("booking.created", Value::Null), ("booking.rejected", json!(why))]);
        let log = app.get("/audit").by(&root).await.is(200);
        assert!(!String::from_utf8_lossy(&log.body).contains("wedding"));
        for path in [&first, &format!("{first}/events")] {
            app.get(path).by(&berta).await.problem(404, "booking-not-found");
        }
        let mine = app.get("/users/me/export").by(&anna).await.is(200).json();
        assert_eq!(mine["bookings"][0]["closed_reason"], why);
        // Many at once may say why, too.
        let fourth = app.booked(&anna, &table, 400, 460).await;
        let all = json!({ "operations": [{ "cancel": { "booking_id": fourth, "reason": "A wedding" } }] });
        assert_eq!(app.post("/bookings/bulk", all).by(&root).await.is(200).at("/results/0/booking/closed_reason"), json!("A wedding"));
    }

    /// Who had rules set aside, which and why, each time; and from where to where a booking went.
    async fn the_history_says_what_was_set_aside_and_where_a_booking_went(app) {
        let (root, mia, anna, berta) = (app.admin("root").await, app.user("mia").await, app.user("anna").await, app.user("berta").await);
        let (room, other) = (app.resource(&mia, "Room").await, app.resource(&mia, "Other").await);
        for place in [&room, &other] {
            let rules = json!({ "duration_minutes_max": 30, "party_required": true, "party_max": 8 });
            app.put(&format!("/resources/{place}/rules"), rules).by(&mia).await.was(200);
        }
        let at = |minute: i64| app.clock().in_minutes(minute);
        let body = json!({ "resource_id": room, "starts_at": at(60), "ends_at": at(120), "on_behalf_of": anna.id, "override_reason": "Her birthday",
            "participants": [{ "user_id": berta.id }] });
        let path = format!("/bookings/{}", app.post("/bookings/", body).by(&mia).await.is(201).id());
        let patch = async |by: &bronya_testkit::User, body: Value| app.patch(&path, body).by(by).await.was(200);
        patch(&mia, json!({ "resource_id": other, "starts_at": at(200), "ends_at": at(260), "override_reason": "The fair" })).await;
        patch(&anna, json!({ "title": "Birthday" })).await;
        patch(&mia, json!({ "party_size": 9, "override_reason": "One cousin more" })).await;
        patch(&anna, json!({ "party_size": 8, "ends_at": at(230) })).await;
        let stood = |place: &str, from: i64, to: i64| json!({ "resource_id": place, "starts_at": at(from), "ends_at": at(to) });
        let went = |from: Value, to: Value| json!({ "from": from, "to": to });
        let aside = |rules: &[&str], why: &str| json!({ "rules": rules, "reason": why });
        let told = [
            ("booking.created", Value::Null, aside(&["duration_minutes_max", "party_required"], "Her birthday")),
            ("booking.moved", went(stood(&room, 60, 120), stood(&other, 200, 260)), aside(&["duration_minutes_max", "party_required"], "The fair")),
            ("booking.edited", Value::Null, Value::Null),
            ("booking.edited", Value::Null, aside(&["party_max"], "One cousin more")),
            ("booking.moved", went(stood(&other, 200, 260), stood(&other, 200, 230)), Value::Null),
        ];
        let events = format!("{path}/events");
        for viewer in [&anna, &berta, &mia, &root] {
            let lines = app.get(&events).by(viewer).await.is(200).items();
            let lines: Vec<_> = lines.iter().map(|it| (it["action"].as_str().unwrap(), it["moved"].clone(), it["set_aside"].clone())).collect();
            assert_eq!(lines, told);
        }
        app.get(&events).by(&app.user("carl").await).await.problem(404, "booking-not-found");
        assert_eq!(app.get(&events).query("limit=2").by(&anna).await.is(200).items()[1]["set_aside"], told[1].2);
        // The log names the rules, and says nothing that somebody typed.
        let log = app.get("/audit").query(&format!("booking_id={}", &path[10..])).by(&root).await.is(200);
        assert!(!String::from_utf8_lossy(&log.body).contains("fair"));
        assert_eq!(log.at("/items/3/rules_set_aside"), told[1].2["rules"]);
        assert_eq!((log.at("/items/3/moved"), log.at("/items/2/rules_set_aside")), (told[1].1.clone(), json!([])));
        let mine = app.get("/users/me/export").by(&anna).await.is(200).json();
        assert_eq!((&mine["bookings"][0]["history"][1]["moved"], &mine["bookings"][0]["history"][1]["set_aside"]), (&told[1].1, &told[1].2));
        // An end before its time is one more, and so is taking it back.
        app.clock().advance_secs(210 * 60);
        let (mia, now) = (app.sign_in("mia").await, at(0));
        for what in ["check-in", "end", "undo"] {
            app.call("POST", &format!("{path}/{what}")).by(&mia).await.was(200);
        }
        let lines = app.get(&events).by(&mia).await.is(200).items();
        assert_eq!((&lines[5]["moved"], &lines[6]["moved"]["to"]["ends_at"]), (&Value::Null, &json!(now)));
        assert_eq!((&lines[7]["moved"]["from"]["ends_at"], &lines[7]["moved"]["to"]["ends_at"]), (&json!(now), &told[4].1["to"]["ends_at"]));
        app.audit().await;
    }
}
