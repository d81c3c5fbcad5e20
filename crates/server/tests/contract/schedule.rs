//! The schedule: time that is blocked, and the bookings that stand in a block's way.

use bronya_testkit::on_both;
use serde_json::{Value, json};

on_both! {
    async fn a_block_is_what_was_asked_for(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let body = json!({ "resource_id": table, "starts_at": "2026-12-24T00:00:00+03:00", "ends_at": "2026-12-27T00:00:00Z", "reason": "Праздник" });
        let made = app.post("/schedule/", body).by(&anna).await.is(201);
        assert_eq!(made.header("location"), Some(format!("/schedule/{}", made.id()).as_str()));
        let mut block = made.json();
        assert_eq!(block["cancelled_bookings"], json!([]));
        block.as_object_mut().unwrap().remove("cancelled_bookings");
        let expected = json!({
            "id": made.id(), "resource_id": table, "starts_at": "2026-12-23T21:00:00Z", "ends_at": "2026-12-27T00:00:00Z",
            "reason": "Праздник", "series_id": null, "created_by": anna.id, "created_at": "2026-11-23T09:00:00Z",
        });
        assert_eq!(block, expected);
        let berta = app.user("berta").await;
        let list = app.get("/schedule/").by(&berta).await.is(200);
        assert_eq!(list.json(), json!({ "items": [expected], "next_cursor": null }));
        assert_eq!(app.block(&anna, &table, 60, 120).await.is(201).at("/reason"), Value::Null);
    }

    async fn managers_and_administrators_block_and_nobody_else(app) {
        let (manager, other, stranger, root) =
            (app.user("manager").await, app.user("other").await, app.user("stranger").await, app.admin("root").await);
        let table = app.resource(&manager, "Table").await;
        app.resource(&other, "Other").await;
        let block = app.block(&manager, &table, 60, 120).await.is(201).id();
        let path = format!("/schedule/{block}");
        for by in [&other, &stranger] {
            app.block(by, &table, 180, 240).await.problem(403, "forbidden");
            app.delete(&path).by(by).await.problem(403, "forbidden");
        }
        assert_eq!(app.get("/schedule").by(&stranger).await.is(200).column("id"), [&*block]);
        app.delete(&path).by(&root).await.was(204);
        for by in [&manager, &root, &stranger] {
            app.delete(&path).by(by).await.problem(404, "block-not-found");
        }
        let block = app.block(&root, &table, 60, 120).await.is(201).id();
        app.delete(&format!("/schedule/{block}")).by(&manager).await.was(204);
        app.booked(&stranger, &table, 60, 120).await;
        let nowhere = "00000000-0000-7000-8000-000000000000";
        app.block(&manager, nowhere, 60, 120).await.problem(404, "resource-not-found");
        app.delete(&format!("/schedule/{table}")).by(&manager).await.problem(404, "block-not-found");
    }

    async fn bookings_in_the_way_are_listed_to_those_who_may_see_them(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let table = app.resource_with(&manager, json!({ "name": "Pool", "quantity": 2, "requires_approval": true })).await;
        let at = |minutes| app.clock().in_minutes(minutes);
        let first = app.booked(&anna, &table, 60, 120).await;
        let second = app.booked(&anna, &table, 90, 150).await;
        app.booked(&anna, &table, 200, 260).await;
        let gone = app.booked(&anna, &table, 150, 160).await;
        app.delete(&format!("/bookings/{gone}")).by(&anna).await.was(200);
        for on_conflict in [Value::Null, json!("refuse")] {
            let body = json!({ "resource_id": table, "starts_at": at(100), "ends_at": at(200), "on_conflict": on_conflict });
            let refused = app.post("/schedule", body).by(&manager).await.problem(409, "block-conflict");
            let expected = json!([
                { "kind": "booking", "booking_id": first, "starts_at": at(60), "ends_at": at(120) },
                { "kind": "booking", "booking_id": second, "starts_at": at(90), "ends_at": at(150) },
            ]);
            assert_eq!(refused["conflicts"], expected);
        }
        assert!(app.get("/schedule").by(&anna).await.items().is_empty());
        for wrong in [json!("CANCEL"), json!("delete"), json!(true), json!({ "cancel": null }), json!("")] {
            let body = json!({ "resource_id": table, "starts_at": at(100), "ends_at": at(200), "on_conflict": wrong });
            app.post("/schedule", body).by(&manager).await.names(&["/on_conflict"]);
        }
        // Between bookings there is room.
        app.block(&manager, &table, 150, 200).await.was(201);
    }

    async fn they_are_cancelled_where_that_is_asked_for(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let table = app.resource_with(&manager, json!({ "name": "Pool", "quantity": 2 })).await;
        let at = |minutes| app.clock().in_minutes(minutes);
        let first = app.booked(&anna, &table, 60, 120).await;
        let second = app.booked(&anna, &table, 90, 150).await;
        let before = app.booked(&anna, &table, 0, 60).await;
        let after = app.booked(&anna, &table, 150, 200).await;
        let body = json!({ "resource_id": table, "starts_at": at(60), "ends_at": at(150), "on_conflict": "cancel" });
        app.post("/schedule", body.clone()).by(&anna).await.problem(403, "forbidden");
        let made = app.post("/schedule", body.clone()).by(&manager).await.is(201);
        assert_eq!(made.at("/cancelled_bookings"), json!([first, second]));
        for (id, status) in [(&first, "cancelled"), (&second, "cancelled"), (&before, "confirmed"), (&after, "confirmed")] {
            assert_eq!(app.booking(&anna, id).await["status"], status);
        }
        app.delete(&format!("/bookings/{first}")).by(&anna).await.problem(409, "booking-closed");
        app.book(&anna, &table, 60, 70).await.problem(409, "booking-conflict");
        // Two blocks do not stand in one place, whatever is to become of bookings.
        let refused = app.post("/schedule", body).by(&manager).await.problem(409, "block-conflict");
        assert_eq!(refused["conflicts"], json!([{ "kind": "block", "starts_at": at(60), "ends_at": at(150) }]));
        app.delete(&format!("/schedule/{}", made.id())).by(&manager).await.was(204);
        app.booked(&anna, &table, 60, 150).await;
        app.booked(&anna, &table, 60, 150).await;
    }

    async fn a_block_holds_every_unit_also_those_that_come_later(app) {
        let anna = app.user("anna").await;
        let pool = app.resource_with(&anna, json!({ "name": "Pool", "quantity": 3 })).await;
        let block = app.block(&anna, &pool, 60, 120).await.is(201).id();
        app.book(&anna, &pool, 60, 120).await.problem(409, "booking-conflict");
        app.patch(&format!("/resources/{pool}"), json!({ "quantity": 5 })).by(&anna).await.was(200);
        app.book(&anna, &pool, 110, 130).await.problem(409, "booking-conflict");
        app.patch(&format!("/resources/{pool}"), json!({ "quantity": 1 })).by(&anna).await.was(200);
        app.book(&anna, &pool, 110, 130).await.problem(409, "booking-conflict");
        app.delete(&format!("/schedule/{block}")).by(&anna).await.was(204);
        app.booked(&anna, &pool, 60, 120).await;
    }

    async fn bad_values_are_refused_all_at_once(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let good = json!({ "resource_id": table, "starts_at": "2026-12-24T00:00:00Z", "ends_at": "2026-12-27T00:00:00Z" });
        for (member, wrong) in [
            ("resource_id", json!("x")), ("resource_id", json!(null)), ("starts_at", json!("2026-12-24")), ("starts_at", json!(0)),
            ("ends_at", json!("2026-12-24T00:00:00Z")), ("ends_at", json!("2026-12-23T00:00:00Z")), ("ends_at", json!(null)),
            ("reason", json!("x".repeat(501))), ("reason", json!("a\nb")), ("reason", json!("\u{0}")), ("reason", json!(1)),
        ] {
            let mut body = good.clone();
            body[member] = wrong;
            app.post("/schedule", body).by(&anna).await.names(&[&format!("/{member}")]);
        }
        for stray in ["id", "created_by", "created_at", "status"] {
            let mut body = good.clone();
            body[stray] = json!(anna.id);
            app.post("/schedule", body).by(&anna).await.names(&[&format!("/{stray}")]);
        }
        let body = json!({ "resource_id": "x", "starts_at": "x", "ends_at": "y", "reason": "\n" });
        app.post("/schedule", body).by(&anna).await.names(&["/resource_id", "/starts_at", "/ends_at", "/reason"]);
        assert!(app.get("/schedule").by(&anna).await.items().is_empty());
        let mut far = good.clone();
        (far["starts_at"], far["ends_at"]) = (json!("2036-11-23T09:00:00.000001Z"), json!("2036-11-24T00:00:00Z"));
        app.post("/schedule", far).by(&anna).await.problem(422, "too-far-ahead");
        let mut long = good.clone();
        long["ends_at"] = json!("2037-12-01T00:00:00Z");
        app.post("/schedule", long).by(&anna).await.problem(422, "too-long");
        // What has been may be blocked: a schedule also says how it was.
        let mut past = good;
        (past["starts_at"], past["ends_at"]) = (json!("2026-11-01T00:00:00Z"), json!("2026-11-02T00:00:00Z"));
        app.post("/schedule", past).by(&anna).await.was(201);
    }

    async fn what_has_been_is_not_cancelled_by_a_block(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let past = app.booked(&anna, &table, 0, 30).await;
        let to_come = app.booked(&anna, &table, 60, 90).await;
        app.clock().advance_secs(40 * 60);
        let anna = app.user("anna").await;
        let at = |minutes| app.clock().in_minutes(minutes);
        let body = json!({ "resource_id": table, "starts_at": at(-40), "ends_at": at(60), "on_conflict": "cancel" });
        app.post("/schedule", body).by(&anna).await.problem(409, "block-conflict");
        for id in [&past, &to_come] {
            assert_eq!(app.booking(&anna, id).await["status"], "confirmed");
        }
    }

    async fn the_list_is_narrowed_to_a_resource_and_a_range(app) {
        let anna = app.user("anna").await;
        let (table, hall) = (app.resource(&anna, "Table").await, app.resource(&anna, "Hall").await);
        let at = |minutes| app.clock().in_minutes(minutes);
        let mut ids = Vec::new();
        for (resource, from, to) in [(&table, 0, 60), (&table, 60, 120), (&hall, 60, 120), (&table, 120, 600)] {
            ids.push(app.block(&anna, resource, from, to).await.is(201).id());
        }
        for (query, found) in [
            (String::new(), vec![0, 1, 2, 3]),
            (format!("resource_id={table}"), vec![0, 1, 3]),
            (format!("resource_id={hall}"), vec![2]),
            (format!("from={}", at(60)), vec![1, 2, 3]),
            (format!("to={}", at(60)), vec![0]),
            (format!("from={}&to={}", at(59), at(61)), vec![0, 1, 2]),
            (format!("from={}&to={}&resource_id={table}", at(300), at(301)), vec![3]),
        ] {
            let expected: Vec<&str> = found.iter().map(|nth: &usize| ids[*nth].as_str()).collect();
            assert_eq!(app.get("/schedule").query(&query).by(&anna).await.is(200).column("id"), expected, "{query}");
        }
    }

    async fn blocks_that_recur_stay_on_the_clock_on_the_wall(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let room = app.resource_with(&manager, json!({ "name": "Room", "time_zone": "Europe/Berlin" })).await;
        // The clock of Berlin jumps ahead on the 28th of March 2027.
        let cleaning = json!({ "resource_id": room, "rule": "FREQ=WEEKLY;COUNT=4", "starts_at_local": "2027-03-15T08:00",
            "ends_at_local": "2027-03-15T09:30", "exdates": ["2027-03-22T08:00"], "reason": "Cleaning" });
        app.post("/schedule/series", cleaning.clone()).by(&anna).await.problem(403, "forbidden");
        let post = |body: Value, key: &str| app.post("/schedule/series", body).by(&manager).key(key);
        let made = post(cleaning.clone(), "a").await.is(201);
        let (series, starts) = (made.id(), ["2027-03-15T07:00:00Z", "2027-03-29T06:00:00Z", "2027-04-05T06:00:00Z"]);
        assert_eq!(made.column("starts_at"), starts);
        assert!(made.items().iter().all(|it| it["series_id"] == *series && it["reason"] == "Cleaning"), "{made}");
        assert_eq!(post(cleaning.clone(), "a").await.is(201).json(), made.json());
        let book = |from: &str, to: &str| app.post("/bookings/", json!({ "resource_id": room, "starts_at": from, "ends_at": to })).by(&anna);
        assert_eq!(book("2027-03-29T06:30:00Z", "2027-03-29T08:00:00Z").await.problem(409, "booking-conflict")["conflicts"][0]["kind"], "block");
        let stands = book("2027-03-22T07:00:00Z", "2027-03-22T08:00:00Z").await.is(201).id();
        // All of them or none: one stands where a booking is, one where it is blocked already.
        let mut again = cleaning.clone();
        again["starts_at_local"] = json!("2027-03-22T08:30");
        again["ends_at_local"] = json!("2027-03-22T08:45");
        again["exdates"] = json!([]);
        let refused = post(again.clone(), "b").await;
        let each = refused.problem(409, "series-refused")["refused"].as_array().unwrap().clone();
        let types: Vec<&Value> = each.iter().map(|it| &it["problem"]["type"]).collect();
        assert_eq!(types, ["/problems/block-conflict"; 3], "{refused}");
        assert_eq!(app.get("/schedule/").by(&anna).await.is(200).items().len(), 3);
        again["rule"] = json!("FREQ=WEEKLY;COUNT=1");
        again["on_conflict"] = json!("cancel");
        assert_eq!(post(again, "c").await.is(201).at("/cancelled_bookings"), json!([stands]));
        // This, this and following, all.
        let path = format!("/schedule/series/{series}");
        app.delete(&path).by(&anna).await.problem(403, "forbidden");
        app.delete(&format!("/schedule/{}", made.at("/items/1/id").as_str().unwrap())).by(&manager).await.was(204);
        let following = app.delete(&format!("{path}?from=2027-04-01T00:00:00Z")).by(&manager).await.is(200);
        assert_eq!(following.column("starts_at"), [starts[2]]);
        assert_eq!(app.delete(&path).by(&manager).await.is(200).column("starts_at"), [starts[0]]);
        app.delete(&path).by(&manager).await.problem(404, "block-not-found");
        assert_eq!(app.get("/schedule/").by(&anna).await.is(200).items().len(), 1, "the other series is left alone");
        let _ = book(starts[1], "2027-03-29T07:00:00Z").await.is(201);
    }

    async fn what_can_not_recur_is_named(app) {
        let manager = app.user("manager").await;
        let pool = app.resource_with(&manager, json!({ "name": "Pool", "quantity": 1000 })).await;
        let body = |rule: &str, to: &str| json!({ "resource_id": pool, "rule": rule, "starts_at_local": "2026-12-01T08:00", "ends_at_local": to });
        let post = |body: Value| app.post("/schedule/series", body).by(&manager);
        post(body("FREQ=WEEKLY", "2026-12-01T09:00")).await.names(&["/rule"]);
        post(body("FREQ=HOURLY;COUNT=3", "2026-12-01T09:00")).await.names(&["/rule"]);
        post(body("FREQ=DAILY;COUNT=3", "9 am")).await.names(&["/ends_at_local"]);
        let mut long = body("FREQ=DAILY;COUNT=3", "2026-12-01T09:00");
        long["reason"] = json!("x".repeat(501));
        post(long).await.names(&["/reason"]);
        // A thousand units each time are more than one transaction is to hold.
        post(body("FREQ=DAILY;COUNT=21", "2026-12-01T09:00")).await.problem(409, "too-many-affected");
        app.delete("/schedule/series/00000000-0000-7000-8000-000000000000").by(&manager).await.problem(404, "block-not-found");
    }
}
