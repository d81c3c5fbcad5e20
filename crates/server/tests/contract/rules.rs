//! The rules of places: what each level says, what is in force, what is refused and by which rule, and trying rules out.

use bronya_testkit::{Answer, TestApp, User, on_both};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// A site with a hall and a corner in it, and a table in the corner.
struct Place {
    site: String,
    hall: String,
    corner: String,
    table: String,
}

async fn place(app: &TestApp, by: &User) -> Place {
    let site = app.post("/sites/", json!({ "name": "Neva", "slug": "neva" })).by(by).await.is(201).id();
    let areas = format!("/sites/{site}/areas");
    let hall = app.post(&areas, json!({ "name": "Hall" })).by(by).await.is(201).id();
    let corner = app.post(&areas, json!({ "name": "Corner", "parent_id": hall })).by(by).await.is(201).id();
    let table = app.resource_with(by, json!({ "name": "Table", "site_id": site, "area_id": corner })).await;
    Place { site, hall, corner, table }
}

async fn rules(app: &TestApp, by: &User, of: &str, body: Value) {
    app.put(&format!("{of}/rules"), body).by(by).await.was(200);
}

fn wish(app: &TestApp, table: &str, from: i64, to: i64, more: &Value) -> Value {
    let mut body = json!({ "resource_id": table, "starts_at": app.clock().in_minutes(from), "ends_at": app.clock().in_minutes(to) });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    body
}

/// The rules that a refusal names, with their values and what would be allowed.
fn broken(answer: &Answer) -> Vec<(String, Value, Value)> {
    let problem = answer.problem(422, "against-policy");
    let rules = problem["broken_rules"].as_array().unwrap();
    assert_eq!(problem["errors"].as_array().unwrap().len(), rules.len(), "{answer}");
    assert!(rules.iter().all(|rule| rule["override_by"] == "manager"), "{answer}");
    rules
        .iter()
        .map(|rule| (rule["rule"].as_str().unwrap().to_owned(), rule["value"].clone(), rule["allowed"].clone()))
        .collect()
}

/// A quota as a refusal tells of it.
fn quota(scope: &str, measure: &str, max: u32, would_have: u32) -> (String, Value, Value) {
    let allowed = json!({ "scope": scope, "measure": measure, "max": max, "would_have": would_have });
    ("quotas".to_owned(), json!(max), allowed)
}

on_both! {
    async fn rules_come_back_as_they_were_said(app) {
        let root = app.admin("root").await;
        let here = place(&app, &root).await;
        let group = app.post("/groups", json!({ "name": "Staff" })).by(&root).await.is(201).id();
        let everything = json!({
            "duration_minutes_min": 15, "duration_minutes_max": 240, "start_step_minutes": 15, "buffer_before_minutes": 0,
            "buffer_after_minutes": 10, "buffers_overlap": true, "book_notice_minutes_min": 30, "book_ahead_minutes_max": 129_600,
            "move_notice_minutes_min": 60, "cancel_notice_minutes_min": 120, "party_min": 1, "party_max": 8, "party_required": true, "reseating": true,
            "approval": { "longer_than_minutes": 180, "outside_hours": true, "groups": [group] }, "groups": [group], "pending_minutes_max": 600, "hold_minutes_max": 5,
            "check_in_opens_minutes": 20, "check_in_closes_minutes": 25,
            "quotas": [{ "scope": "kind", "measure": "at_a_time", "max": 3 }, { "scope": "everything", "measure": "minutes_a_week", "max": 600 }],
            "turn_times": [{ "party_max": 2, "stay_minutes": 90 }, { "party_max": 8, "stay_minutes": 120 }], "pacing_max": 20,
            "hours": "Mo-Fr 09:00-17:00; PH off", "exceptions": [{ "date": "2026-12-24", "hours": "10:00-14:00" }, { "date": "2026-12-31", "hours": "closed" }, { "date": "2027-01-01", "hours": "00:00-24:00" }],
            "holidays": ["2026-12-25"], "holidays_of": "DE-BY",
            "mode": { "by": "nights", "check_in": "15:00", "check_out": "11:00" },
            "services": [{ "name": "Dinner", "days": ["fr", "sa"], "starts": "18:00", "last_seating": "21:30" }],
        });
        for of in [format!("/sites/{}", here.site), format!("/areas/{}", here.hall), format!("/resources/{}", here.table)] {
            let path = format!("{of}/rules");
            let before = app.get(&path).by(&root).await.is(200);
            assert!(before.json().as_object().unwrap().values().all(Value::is_null), "{before}");
            let put = app.put(&path, everything.clone()).by(&root).if_match(&before.etag()).await.is(200);
            assert_eq!(put.json(), everything);
            let read = app.get(&path).by(&root).await.is(200);
            assert_eq!((read.json(), read.etag()), (everything.clone(), put.etag()));
            app.put(&path, json!({})).by(&root).if_match(&before.etag()).await.problem(412, "stale");
            for word in ["never", "always"] {
                let put = app.put(&path, json!({ "approval": word })).by(&root).await.is(200);
                assert_eq!((put.at("/approval"), put.at("/party_max")), (json!(word), Value::Null));
            }
            let lessons = json!({ "by": "periods", "periods": [{ "name": "1", "starts": "08:00", "ends": "08:45" }] });
            for mode in [json!({ "by": "free" }), json!({ "by": "days" }), lessons] {
                assert_eq!(app.put(&path, json!({ "mode": mode })).by(&root).await.is(200).at("/mode"), mode);
            }
        }
    }

    async fn what_can_not_be_a_rule_is_named(app) {
        let root = app.admin("root").await;
        let here = place(&app, &root).await;
        let path = format!("/sites/{}/rules", here.site);
        for (body, pointers) in [
            (json!({ "party_mox": 1 }), &["/party_mox"][..]),
            (json!({ "party_max": "4" }), &["/party_max"]),
            (json!({ "approval": "sometimes" }), &["/approval"]),
            (json!({ "approval": { "at_night": true } }), &["/approval/at_night"]),
            (json!({ "approval": 1 }), &["/approval"]),
            (json!({ "quotas": [{ "scope": "kind", "measure": "hours_a_day", "max": 1 }] }), &["/quotas/0/measure"]),
            (json!({ "quotas": [{ "scope": "kind", "measure": "at_a_time", "max": 1, "min": 1 }] }), &["/quotas/0/min"]),
            (json!({ "quotas": [{ "scope": "kind", "measure": "at_a_time", "max": -1 }] }), &["/quotas/0/max"]),
            (json!({ "turn_times": [{ "party_max": 4, "stay_minutes": 60 }, { "party_max": 2, "stay_minutes": 60 }] }), &["/turn_times"]),
            (json!({ "hours": "all day long" }), &["/hours"]),
            (json!({ "exceptions": [{ "date": "24.12.2026", "hours": "closed" }, { "date": "2026-12-24", "hours": "x" }] }), &["/exceptions/0/date", "/exceptions/1/hours"]),
            (json!({ "exceptions": [{ "date": "2026-12-24", "hours": "closed" }, { "date": "2026-12-24", "hours": "closed" }] }), &["/exceptions/1/date"]),
            (json!({ "holidays": ["2026-02-30", "2026-12-25"] }), &["/holidays/0"]),
            (json!({ "holidays_of": "de" }), &["/holidays_of"]),
            (json!({ "holidays_of": "DE-XX" }), &["/holidays_of"]),
            (json!({ "mode": { "by": "weeks" } }), &["/mode/by"]),
            (json!({ "mode": { "by": "days", "check_in": "15:00" } }), &["/mode"]),
            (json!({ "mode": { "by": "nights", "check_in": "3 pm", "check_out": "24:00" } }), &["/mode/check_in", "/mode/check_out"]),
            (json!({ "mode": { "by": "periods", "periods": [] } }), &["/mode"]),
            (json!({ "mode": { "by": "periods", "periods": [{ "name": "1", "starts": "9:00", "ends": "10:00" }] } }), &["/mode/periods/0/starts"]),
            (json!({ "mode": { "by": "periods", "periods": [{ "name": "1", "starts": "09:00", "ends": "10:00" }, { "name": "2", "starts": "22:00", "ends": "09:15" }] } }), &["/mode"]),
            (json!({ "services": [{ "name": " ", "starts": "18:00", "last_seating": "17:00" }] }), &["/services"]),
            (json!({ "services": [{ "name": "Dinner", "days": ["Friday"], "starts": "18:00", "last_seating": "19:00" }] }), &["/services/0/days/0"]),
            (json!({ "duration_minutes_min": 0, "duration_minutes_max": -5, "start_step_minutes": 1_441, "book_ahead_minutes_max": 99_999_999_999_i64,
                "party_min": 5, "party_max": 4 }),
                &["/book_ahead_minutes_max", "/duration_minutes_max", "/duration_minutes_min", "/party_max", "/start_step_minutes"]),
        ] {
            for path in [path.clone(), format!("/areas/{}/rules", here.hall), format!("/resources/{}/rules", here.table)] {
                app.put(&path, body.clone()).by(&root).await.names(pointers);
            }
            app.post(&format!("{path}/trial"), body).by(&root).await.names(pointers);
        }
        assert_eq!(app.get(&path).by(&root).await.at("/party_max"), Value::Null);
    }

    async fn the_nearer_level_decides_each_value_by_itself(app) {
        let root = app.admin("root").await;
        let here = place(&app, &root).await;
        rules(&app, &root, &format!("/sites/{}", here.site), json!({ "party_max": 9, "party_min": 2, "hours": "08:00-20:00", "holidays": ["2026-12-25"] })).await;
        rules(&app, &root, &format!("/areas/{}", here.hall), json!({ "party_max": 6, "exceptions": [{ "date": "2026-12-24", "hours": "closed" }] })).await;
        rules(&app, &root, &format!("/areas/{}", here.corner), json!({ "party_max": 5 })).await;
        rules(&app, &root, &format!("/resources/{}", here.table), json!({ "party_max": 4, "quotas": [] })).await;
        let path = format!("/resources/{}/rules/in-force", here.table);
        let seen = app.get(&path).by(&root).await.is(200);
        let rule = |seen: &Answer, name: &str| {
            let rules = seen.at("/rules");
            let found: Vec<_> = rules.as_array().unwrap().iter().filter(|rule| rule["rule"] == name).collect();
            assert_eq!(found.len(), 1, "{name}: {seen}");
            (found[0]["value"].clone(), found[0]["from"]["level"].clone(), found[0]["from"]["id"].clone())
        };
        assert_eq!(rule(&seen, "party_max"), (json!(4), json!("resource"), json!(here.table)));
        assert_eq!(rule(&seen, "party_min"), (json!(2), json!("site"), json!(here.site)));
        assert_eq!(rule(&seen, "hours"), (json!("08:00-20:00"), json!("site"), json!(here.site)));
        assert_eq!(rule(&seen, "quotas"), (json!([]), json!("resource"), json!(here.table)));
        assert_eq!(rule(&seen, "hold_minutes_max"), (json!(10), json!("built_in"), Value::Null));
        assert_eq!(rule(&seen, "approval"), (json!("never"), json!("built_in"), Value::Null));
        assert_eq!(rule(&seen, "pacing_max"), (Value::Null, json!("built_in"), Value::Null));
        assert_eq!(seen.at("/exceptions"), json!([{ "date": "2026-12-24", "hours": "closed", "from": { "level": "area", "id": here.hall } }]));
        assert_eq!(seen.at("/holidays"), json!([{ "date": "2026-12-25", "name": null, "from": { "level": "site", "id": here.site } }]));
        // Each level is taken away, from the inside out; and what is told is what is decided by.
        for (of, max, level, id) in [
            (format!("/resources/{}", here.table), 5, "area", &here.corner),
            (format!("/areas/{}", here.corner), 6, "area", &here.hall),
            (format!("/areas/{}", here.hall), 9, "site", &here.site),
        ] {
            rules(&app, &root, &of, json!({})).await;
            assert_eq!(rule(&app.get(&path).by(&root).await.is(200), "party_max"), (json!(max), json!(level), json!(id)));
            let refused = app.post("/bookings", wish(&app, &here.table, 60 * max, 60 * max + 60, &json!({ "party_size": max + 1 }))).by(&root).await;
            assert_eq!(broken(&refused), [("party_max".to_owned(), json!(max), json!({ "party_size": max }))]);
            app.post("/bookings", wish(&app, &here.table, 60 * max, 60 * max + 60, &json!({ "party_size": max }))).by(&root).await.was(201);
        }
    }

    async fn what_moves_comes_under_the_rules_of_where_it_stands(app) {
        let root = app.admin("root").await;
        let here = place(&app, &root).await;
        let terrace = app.post(&format!("/sites/{}/areas", here.site), json!({ "name": "Terrace" })).by(&root).await.is(201).id();
        rules(&app, &root, &format!("/areas/{}", here.hall), json!({ "party_max": 2 })).await;
        rules(&app, &root, &format!("/areas/{terrace}"), json!({ "party_max": 3 })).await;
        rules(&app, &root, &format!("/sites/{}", here.site), json!({ "party_max": 4 })).await;
        let table = format!("/resources/{}", here.table);
        let most = async |app: &TestApp, root: &User| {
            let body = wish(app, &here.table, 60, 120, &json!({ "party_size": 99 }));
            let answer = app.post("/bookings", body).by(root).await;
            if answer.status == 201 { None } else { Some(broken(&answer)[0].1.clone()) }
        };
        assert_eq!(most(&app, &root).await, Some(json!(2)));
        app.patch(&table, json!({ "area_id": terrace })).by(&root).await.was(200);
        assert_eq!(most(&app, &root).await, Some(json!(3)));
        app.patch(&table, json!({ "area_id": null })).by(&root).await.was(200);
        assert_eq!(most(&app, &root).await, Some(json!(4)));
        app.patch(&table, json!({ "area_id": here.hall })).by(&root).await.was(200);
        assert_eq!(app.patch(&table, json!({ "site_id": null })).by(&root).await.is(200).at("/area_id"), Value::Null);
        app.patch(&table, json!({ "area_id": here.hall })).by(&root).await.problem(404, "place-not-found");
        app.patch(&table, json!({ "site_id": null, "area_id": here.hall })).by(&root).await.names(&["/area_id"]);
        assert_eq!(most(&app, &root).await, None);
        app.patch(&table, json!({ "site_id": here.site, "area_id": here.corner })).by(&root).await.was(200);
        assert_eq!(most(&app, &root).await, Some(json!(2)));
        // And where an area moves, with all that stands in it.
        app.patch(&format!("/areas/{}", here.corner), json!({ "parent_id": terrace })).by(&root).await.was(200);
        assert_eq!(most(&app, &root).await, Some(json!(3)));
    }

    async fn each_rule_refuses_with_its_name_its_value_and_what_would_do(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let at = |minutes| app.clock().in_minutes(minutes);
        for (said, from, to, more, rule, value, allowed) in [
            (json!({ "duration_minutes_min": 60 }), 60, 90, json!({}), "duration_minutes_min", json!(60), json!({ "minutes": 60 })),
            (json!({ "duration_minutes_max": 30 }), 60, 120, json!({}), "duration_minutes_max", json!(30), json!({ "minutes": 30 })),
            (json!({ "start_step_minutes": 15 }), 67, 120, json!({}), "start_step_minutes", json!(15), json!({ "starts_at": [at(60), at(75)] })),
            (json!({ "book_notice_minutes_min": 120 }), 60, 120, json!({}), "book_notice_minutes_min", json!(120), json!({ "earliest": at(120) })),
            (json!({ "book_ahead_minutes_max": 1_440 }), 1_500, 1_560, json!({}), "book_ahead_minutes_max", json!(1_440), json!({ "latest": at(1_440) })),
            (json!({ "party_min": 2 }), 60, 120, json!({ "party_size": 1 }), "party_min", json!(2), json!({ "party_size": 2 })),
            (json!({ "party_max": 4 }), 60, 120, json!({ "party_size": 5 }), "party_max", json!(4), json!({ "party_size": 4 })),
            (json!({ "party_required": true }), 60, 120, json!({}), "party_required", json!(true), Value::Null),
            (json!({ "hours": "Mo-Fr 12:00-18:00" }), 60, 240, json!({}), "hours", json!("12:00-18:00"), json!({ "closed_at": at(60), "date": "2026-11-23", "hours": "12:00-18:00" })),
        ] {
            let table = app.resource(&root, "Table").await;
            rules(&app, &root, &format!("/resources/{table}"), said).await;
            let refused = app.post("/bookings", wish(&app, &table, from, to, &more)).by(&anna).await;
            assert_eq!(broken(&refused), [(rule.to_owned(), value, allowed)], "{refused}");
        }
        // Quotas count.
        let table = app.resource(&root, "Table").await;
        let quotas = json!([{ "scope": "resource", "measure": "at_a_time", "max": 1 }, { "scope": "everything", "measure": "minutes_a_day", "max": 90 }]);
        rules(&app, &root, &format!("/resources/{table}"), json!({ "quotas": quotas })).await;
        app.booked(&anna, &table, 60, 120).await;
        let refused = app.book(&anna, &table, 120, 180).await;
        let expected = [quota("resource", "at_a_time", 1, 2), quota("everything", "minutes_a_day", 90, 120)];
        assert_eq!(broken(&refused), expected);
        // Those of moving and taking back.
        let table = app.resource(&root, "Table").await;
        rules(&app, &root, &format!("/resources/{table}"), json!({ "move_notice_minutes_min": 60, "cancel_notice_minutes_min": 90 })).await;
        let path = format!("/bookings/{}", app.booked(&anna, &table, 30, 60).await);
        let refused = app.patch(&path, json!({ "ends_at": at(70) })).by(&anna).await;
        assert_eq!(broken(&refused), [("move_notice_minutes_min".to_owned(), json!(60), json!({ "until": at(-30) }))]);
        let refused = app.delete(&path).by(&anna).await;
        assert_eq!(broken(&refused), [("cancel_notice_minutes_min".to_owned(), json!(90), json!({ "until": at(-60) }))]);
        app.delete(&path).by(&root).await.was(200);
    }

    /// Quotas and parties are asked of everything that is booked together, whichever of it is named first.
    async fn what_is_booked_along_counts(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let here = place(&app, &root).await;
        let room = app.resource_with(&root, json!({ "name": "Room", "kind": "room", "site_id": here.site, "capacity": 4 })).await;
        let beamer = app.resource_with(&root, json!({ "name": "Projector", "kind": "beamer", "site_id": here.site, "quantity": 5 })).await;
        let a_site = json!([{ "scope": "site", "measure": "bookings_a_day", "max": 3 }]);
        rules(&app, &root, &format!("/sites/{}", here.site), json!({ "party_max": 8, "quotas": a_site })).await;
        let of_kind = json!([{ "scope": "kind", "measure": "minutes_a_day", "max": 60 }, { "scope": "site", "measure": "bookings_a_day", "max": 3 }]);
        rules(&app, &root, &format!("/resources/{beamer}"), json!({ "quotas": of_kind })).await;
        let with = |what: &str| json!({ "along": [{ "resource_id": what }] });
        let first = app.post("/bookings", wish(&app, &room, 60, 100, &with(&beamer))).by(&anna).await.is(201).id();
        // Of the kind there are forty minutes already, booked along.
        let minutes = quota("kind", "minutes_a_day", 60, 70);
        for body in [wish(&app, &beamer, 120, 150, &json!({})), wish(&app, &room, 120, 150, &with(&beamer)), wish(&app, &beamer, 120, 150, &with(&room))] {
            assert_eq!(broken(&app.post("/bookings", body).by(&anna).await), std::slice::from_ref(&minutes));
        }
        // Nothing is offered that would be refused.
        let slots = |along: &str| {
            let (from, to) = (app.clock().in_minutes(120), app.clock().in_minutes(240));
            app.get("/availability/slots").query(&format!("resource_ids={room}&from={from}&to={to}&duration_minutes=30{along}")).by(&anna)
        };
        assert!(!slots("").await.is(200).at("/merged").as_array().unwrap().is_empty());
        assert_eq!(slots(&format!("&along={beamer}")).await.is(200).at("/merged"), json!([]));
        // A booking counts once, however much of a site it has.
        app.post("/bookings", wish(&app, &room, 120, 140, &with(&beamer))).by(&anna).await.was(201);
        app.post("/bookings", wish(&app, &room, 150, 170, &json!({}))).by(&anna).await.was(201);
        let refused = app.post("/bookings", wish(&app, &room, 180, 190, &with(&beamer))).by(&anna).await;
        let of_site = quota("site", "bookings_a_day", 3, 4);
        let minutes = quota("kind", "minutes_a_day", 60, 70);
        assert_eq!(broken(&refused), [of_site, minutes]);
        app.patch(&format!("/bookings/{first}"), json!({ "along": [] })).by(&anna).await.was(200);
        // Who comes is asked of the room, too, where the projector is named first.
        let berta = app.user("berta").await;
        let mut many = wish(&app, &beamer, 200, 220, &with(&room));
        many["party_size"] = json!(5);
        let refused = app.post("/bookings", many.clone()).by(&berta).await.problem(422, "party-too-large");
        assert_eq!(refused["errors"][0]["detail"], "must be at most 4: more can't be seated");
        many["party_size"] = json!(4);
        app.post("/bookings", many).by(&berta).await.was(201);
    }

    async fn all_that_is_broken_is_told_at_once_and_a_manager_may_set_it_aside(app) {
        let (root, anna, berta) = (app.admin("root").await, app.user("anna").await, app.user("berta").await);
        let here = place(&app, &root).await;
        app.call("PUT", &format!("/sites/{}/managers/{}", here.site, berta.id)).by(&root).await.was(204);
        rules(&app, &root, &format!("/sites/{}", here.site), json!({ "duration_minutes_max": 30, "party_required": true })).await;
        rules(&app, &root, &format!("/areas/{}", here.hall), json!({ "start_step_minutes": 15, "book_notice_minutes_min": 120 })).await;
        let body = wish(&app, &here.table, 67, 127, &json!({}));
        let refused = app.post("/bookings", body.clone()).by(&anna).await;
        let names: Vec<_> = broken(&refused).into_iter().map(|(rule, _, _)| rule).collect();
        assert_eq!(names, ["duration_minutes_max", "start_step_minutes", "book_notice_minutes_min", "party_required"]);
        refused.names(&["/ends_at", "/starts_at", "/starts_at", "/party_size"]);
        let mut overridden = body;
        overridden["override_reason"] = json!("Her birthday");
        app.post("/bookings", overridden.clone()).by(&anna).await.problem(403, "forbidden");
        let made = app.post("/bookings", overridden.clone()).by(&berta).await.is(201);
        assert_eq!((made.text("/override_reason"), made.text("/status")), ("Her birthday".to_owned(), "confirmed".to_owned()));
        // Never the one promise.
        app.post("/bookings", overridden).by(&root).await.problem(409, "booking-conflict");
    }

    async fn the_next_booking_is_decided_by_the_rules_of_then(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let here = place(&app, &root).await;
        let site = format!("/sites/{}", here.site);
        let first = app.booked(&anna, &here.table, 60, 120).await;
        let revision = app.get(&format!("/resources/{}", here.table)).by(&anna).await.is(200).etag();
        rules(&app, &root, &site, json!({ "duration_minutes_max": 30, "approval": "always" })).await;
        assert_eq!(broken(&app.book(&anna, &here.table, 180, 240).await)[0].0, "duration_minutes_max");
        assert_eq!(app.book(&anna, &here.table, 180, 210).await.is(201).text("/status"), "pending");
        // What was taken stays, and the resource itself was not edited.
        assert_eq!(app.booking(&anna, &first).await["status"], "confirmed");
        assert_eq!(app.get(&format!("/resources/{}", here.table)).by(&anna).await.is(200).etag(), revision);
        rules(&app, &root, &site, json!({})).await;
        assert_eq!(app.book(&anna, &here.table, 300, 360).await.is(201).text("/status"), "confirmed");
    }

    async fn rules_are_tried_before_they_are_in_force(app) {
        let (mut root, mut anna) = (app.admin("root").await, app.user("anna").await);
        let here = place(&app, &root).await;
        let other = app.resource_with(&root, json!({ "name": "Other", "site_id": here.site })).await;
        let book = |table: &str, from: i64, more: Value| wish(&app, table, from, from + 60, &more);
        // More than thirty days ago: not looked at.
        app.post("/bookings", book(&other, 10, json!({ "party_size": 9 }))).by(&anna).await.was(201);
        root = app.later(&root, SignedDuration::from_hours(31 * 24)).await;
        anna = app.user("anna").await;
        app.post("/bookings", book(&here.table, 10, json!({ "party_size": 6 }))).by(&anna).await.was(201);
        app.post("/bookings", book(&here.table, 100, json!({ "party_size": 2 }))).by(&anna).await.was(201);
        let gone = app.post("/bookings", book(&here.table, 200, json!({ "party_size": 7 }))).by(&anna).await.is(201).id();
        app.delete(&format!("/bookings/{gone}")).by(&anna).await.was(200);
        root = app.later(&root, SignedDuration::from_hours(24)).await;
        anna = app.user("anna").await;
        let ahead = app.post("/bookings", wish(&app, &other, 300, 480, &json!({ "party_size": 5 }))).by(&anna).await.is(201).id();
        let tried = json!({ "party_max": 4, "duration_minutes_max": 90, "quotas": [{ "scope": "site", "measure": "bookings_a_day", "max": 1 }] });
        let path = format!("/sites/{}/rules/trial", here.site);
        let before = app.stored().await;
        let trial = app.post(&path, tried.clone()).by(&root).await.is(200);
        assert_eq!(app.stored().await, before, "trying writes nothing");
        assert_eq!((trial.at("/looked_at"), trial.at("/refused"), trial.at("/complete")), (json!(3), json!(3), json!(true)), "{trial}");
        let expected = json!([
            { "rule": "duration_minutes_max", "bookings": 1 }, { "rule": "party_max", "bookings": 2 }, { "rule": "quotas", "bookings": 1 },
        ]);
        assert_eq!(trial.at("/by_rule"), expected);
        assert_eq!((trial.at("/looked_at_max"), trial.at("/days")), (json!(10_000), json!(30)));
        assert_eq!(trial.at("/examples/2/booking_id"), json!(ahead));
        let names: Vec<_> = trial.at("/examples/2/broken_rules").as_array().unwrap().iter().map(|it| it["rule"].clone()).collect();
        assert_eq!(names, ["duration_minutes_max", "party_max"]);
        // A level below that says something else goes on saying it.
        rules(&app, &root, &format!("/resources/{}", here.table), json!({ "party_max": 6 })).await;
        let trial = app.post(&path, json!({ "party_max": 4 })).by(&root).await.is(200);
        assert_eq!((trial.at("/refused"), trial.at("/examples/0/booking_id")), (json!(1), json!(ahead)));
        let trial = app.post(&format!("/resources/{}/rules/trial", here.table), json!({ "party_max": 5 })).by(&root).await.is(200);
        assert_eq!((trial.at("/looked_at"), trial.at("/refused")), (json!(2), json!(1)));
        app.post(&path, tried).by(&anna).await.problem(403, "forbidden");
        assert_eq!(app.get(&format!("/sites/{}/rules", here.site)).by(&root).await.at("/party_max"), Value::Null);
    }

    async fn the_holidays_of_a_country_close_what_is_closed_on_holidays(app) {
        let root = app.admin("root").await;
        let anna = app.user("anna").await;
        let here = place(&app, &root).await;
        let known = app.get("/holidays/").by(&anna).await.is(200);
        assert_eq!(known.at("/years"), json!({ "from": 2024, "to": 2037 }));
        let regions = known.at("/regions");
        assert!(["DE", "DE-BY", "RU", "US-CA"].iter().all(|code| regions.as_array().unwrap().contains(&json!(code))), "{regions}");
        let days = app.get("/holidays/DE").query("year=2026").by(&anna).await.is(200).at("/days");
        assert_eq!((days[0].clone(), days.as_array().unwrap().len()), (json!({ "date": "2026-01-01", "name": "New Year's Day" }), 9));
        app.get("/holidays/XX").by(&anna).await.problem(404, "not-found");
        app.get("/holidays/DE").query("year=0").by(&anna).await.names(&["/year"]);

        rules(&app, &root, &format!("/sites/{}", here.site), json!({ "hours": "08:00-20:00; PH off", "holidays_of": "DE", "holidays": ["2027-02-08"] })).await;
        let book = async |date: &str| {
            let body = json!({ "resource_id": here.table, "starts_at": format!("{date}T10:00:00Z"), "ends_at": format!("{date}T11:00:00Z") });
            app.post("/bookings/check", body).by(&anna).await.is(200).at("/allowed")
        };
        // Good Friday, Corpus Christi (in Bavaria), the day that was named, and one that is none.
        let days = ["2027-03-26", "2027-05-27", "2027-02-08", "2027-02-09"];
        for (of, region, allowed, level) in [
            (format!("/areas/{}", here.hall), None, [false, true, false, true], "site"),
            (format!("/areas/{}", here.hall), Some("DE-BY"), [false, false, false, true], "area"),
            (format!("/resources/{}", here.table), Some("GB-SCT"), [false, true, false, true], "resource"),
            (format!("/resources/{}", here.table), Some("RU"), [true, true, false, true], "resource"),
        ] {
            rules(&app, &root, &of, json!({ "holidays_of": region })).await;
            for (day, allowed) in days.iter().zip(allowed) {
                assert_eq!(book(day).await, json!(allowed), "{day} in {region:?}");
            }
            let seen = app.get(&format!("/resources/{}/rules/in-force", here.table)).by(&anna).await.is(200);
            let rule = seen.at("/rules").as_array().unwrap().iter().find(|it| it["rule"] == "holidays_of").cloned().unwrap();
            assert_eq!((&rule["value"], &rule["from"]["level"]), (&json!(region.unwrap_or("DE")), &json!(level)));
            assert_eq!(seen.at("/holiday_years"), known.at("/years"));
            let listed = seen.at("/holidays");
            let on = |day: &str| listed.as_array().unwrap().iter().find(|it| it["date"] == day).cloned().unwrap_or_default();
            assert_eq!(on("2027-02-08"), json!({ "date": "2027-02-08", "name": null, "from": { "level": "site", "id": here.site } }));
            assert_eq!(on("2027-01-01")["from"]["level"], json!(level));
            assert!(on("2027-01-01")["name"].is_string(), "{listed}");
        }
        app.audit().await;
    }

    async fn rules_of_an_area_are_tried_on_what_stands_in_it(app) {
        let root = app.admin("root").await;
        let anna = app.user("anna").await;
        let here = place(&app, &root).await;
        let outside = app.resource_with(&root, json!({ "name": "Outside", "site_id": here.site })).await;
        for (table, size) in [(&here.table, 6), (&outside, 7)] {
            app.post("/bookings", wish(&app, table, 60, 120, &json!({ "party_size": size }))).by(&anna).await.was(201);
        }
        let before = app.stored().await;
        let path = |area: &str| format!("/areas/{area}/rules/trial");
        // The hall holds the corner and its table, and nothing of what stands beside it.
        let trial = app.post(&path(&here.hall), json!({ "party_max": 5 })).by(&root).await.is(200);
        assert_eq!((trial.at("/looked_at"), trial.at("/refused"), trial.at("/by_rule/0/rule")), (json!(1), json!(1), json!("party_max")));
        assert_eq!(app.stored().await, before, "trying writes nothing");
        // The corner says something else, and goes on saying it.
        rules(&app, &root, &format!("/areas/{}", here.corner), json!({ "party_max": 9 })).await;
        let trial = app.post(&path(&here.hall), json!({ "party_max": 5 })).by(&root).await.is(200);
        assert_eq!((trial.at("/looked_at"), trial.at("/refused")), (json!(1), json!(0)));
        let trial = app.post(&path(&here.corner), json!({ "party_max": 5 })).by(&root).await.is(200);
        assert_eq!(trial.at("/refused"), json!(1));
        app.post(&path(&here.hall), json!({ "party_max": 5 })).by(&anna).await.problem(403, "forbidden");
        app.post(&path(&here.table), json!({})).by(&root).await.problem(404, "place-not-found");
    }

    async fn what_was_said_before_is_kept_with_who_said_it(app) {
        let (root, manager) = (app.admin("root").await, app.user("manager").await);
        let here = place(&app, &root).await;
        app.call("PUT", &format!("/sites/{}/managers/{}", here.site, manager.id)).by(&root).await.was(204);
        for of in [format!("/sites/{}", here.site), format!("/areas/{}", here.hall), format!("/resources/{}", here.table)] {
            let path = format!("{of}/rules/versions");
            rules(&app, &root, &of, json!({ "party_max": 9, "hours": "08:00-20:00" })).await;
            app.clock().advance_secs(60);
            rules(&app, &manager, &of, json!({ "party_max": 8 })).await;
            // What changes nothing of the rules is no version of them.
            app.patch(&of, json!({ "name": "Other" })).by(&manager).await.was(200);
            app.put(&format!("{of}/rules"), json!({ "party_max": 8 })).by(&root).await.was(200);
            rules(&app, &manager, &of, json!({})).await;
            let seen = app.get(&path).by(&manager).await.is(200);
            let versions = seen.items();
            let told: Vec<_> = versions.iter().map(|it| (it["rules"]["party_max"].clone(), it["user_id"].clone())).collect();
            let (root_id, manager_id) = (json!(root.id), json!(manager.id));
            let expected = [
                (Value::Null, manager_id.clone()), (json!(8), manager_id), (json!(9), root_id.clone()), (Value::Null, root_id),
            ];
            assert_eq!(told, expected, "{seen}");
            assert_eq!(versions[2]["rules"]["hours"], "08:00-20:00");
            let minute = |it: &Value| it["since"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
            assert_eq!(minute(&versions[1]).duration_since(minute(&versions[2])), SignedDuration::from_secs(60));
            let page = app.get(&path).query("limit=3").by(&manager).await.is(200);
            let cursor = page.text("/next_cursor");
            let rest = app.get(&path).query(&format!("limit=3&cursor={cursor}")).by(&manager).await.is(200);
            assert_eq!([page.items(), rest.items()].concat(), versions);
            // What was said before can be said again as it stands there.
            let mut again = versions[2]["rules"].clone();
            again.as_object_mut().unwrap().retain(|_, value| !value.is_null());
            rules(&app, &manager, &of, again).await;
            assert_eq!(app.get(&format!("{of}/rules")).by(&manager).await.at("/hours"), "08:00-20:00");
        }
    }

    async fn time_is_given_out_in_pieces(app) {
        let root = app.admin("root").await;
        let anna = app.user("anna").await;
        let room = app.resource_with(&root, json!({ "name": "Suite", "time_zone": "Europe/Berlin" })).await;
        let of = format!("/resources/{room}");
        rules(&app, &root, &of, json!({ "mode": { "by": "nights", "check_in": "15:00", "check_out": "11:00" } })).await;
        // The 28th of March 2027 is the day on which the clock of Berlin jumps ahead.
        let book = |from: &str, to: Option<&str>| {
            let mut body = json!({ "resource_id": room, "starts_at": from });
            if let Some(to) = to {
                body["ends_at"] = json!(to);
            }
            app.post("/bookings/", body)
        };
        let wrong = book("2027-03-27T18:00:00Z", Some("2027-03-28T08:00:00Z")).by(&anna).await;
        let instead = json!({ "starts_at": "2027-03-27T14:00:00Z", "ends_at": "2027-03-28T09:00:00Z" });
        assert_eq!(broken(&wrong), [("mode".to_owned(), json!({ "by": "nights", "check_in": "15:00", "check_out": "11:00" }), instead.clone())]);
        let night = book("2027-03-27T14:00:00Z", None).by(&anna).await.is(201);
        assert_eq!((night.at("/starts_at"), night.at("/ends_at")), (instead["starts_at"].clone(), instead["ends_at"].clone()));
        // Who comes on the day on which others leave is in nobody's way.
        let next = book("2027-03-28T13:00:00Z", Some("2027-03-30T09:00:00Z")).by(&anna).await.is(201);
        let taken = book("2027-03-29T13:00:00Z", None).by(&anna).await;
        let problem = taken.problem(409, "booking-conflict");
        assert_eq!(problem["alternatives"][0]["starts_at"], "2027-03-30T13:00:00Z", "{taken}");
        assert_eq!(problem["alternatives"][0]["ends_at"], "2027-03-31T09:00:00Z", "{taken}");
        let slots = format!("/availability/slots?resource_ids={room}&from=2027-03-26T00:00:00Z&to=2027-04-01T00:00:00Z");
        let free = app.get(&slots).by(&anna).await.is(200);
        let starts = |free: &Answer| free.at("/merged").as_array().unwrap().iter().map(|it| it["starts_at"].clone()).collect::<Vec<_>>();
        assert_eq!(starts(&free), ["2027-03-26T14:00:00Z", "2027-03-30T13:00:00Z", "2027-03-31T13:00:00Z"]);
        // Two nights, because more than one was asked for.
        let two = app.get(&format!("{slots}&duration_minutes=2000")).by(&anna).await.is(200);
        assert_eq!(starts(&two), ["2027-03-30T13:00:00Z", "2027-03-31T13:00:00Z"]);
        let patch = |body| app.patch(&format!("/bookings/{}", next.id()), body).by(&anna);
        assert_eq!(broken(&patch(json!({ "ends_at": "2027-03-30T10:00:00Z" })).await)[0].0, "mode");
        patch(json!({ "ends_at": "2027-03-31T09:00:00Z" })).await.was(200);
    }

    async fn the_place_says_when_a_party_leaves(app) {
        let root = app.admin("root").await;
        let anna = app.user("anna").await;
        let table = app.resource_with(&root, json!({ "name": "Table", "capacity": 8 })).await;
        let of = format!("/resources/{table}");
        let body = |party: Value| json!({ "resource_id": table, "starts_at": "2026-12-04T18:00:00Z", "party_size": party });
        let check = |party| app.post("/bookings/check", body(party)).by(&anna);
        let missing = async |party: Value| {
            let answer = check(party).await.is(200);
            assert_eq!(answer.at("/problem/errors/0/pointer"), "/ends_at", "{answer}");
        };
        missing(json!(2)).await;
        rules(&app, &root, &of, json!({
            "turn_times": [{ "party_max": 2, "stay_minutes": 90 }, { "party_max": 6, "stay_minutes": 150 }],
            "services": [{ "name": "Dinner", "starts": "17:30", "last_seating": "20:00" }],
        })).await;
        for (party, ends_at) in [(2, "2026-12-04T19:30:00Z"), (3, "2026-12-04T20:30:00Z")] {
            assert_eq!(check(json!(party)).await.is(200).at("/booking/ends_at"), ends_at);
        }
        missing(json!(7)).await;
        missing(Value::Null).await;
        // A party that grows stays as long as one of its size, as long as the place decides.
        let two = app.post("/bookings/", body(json!(2))).by(&anna).await.is(201);
        let patch = |body| app.patch(&format!("/bookings/{}", two.id()), body).by(&anna);
        assert_eq!(patch(json!({ "party_size": 4 })).await.is(200).at("/ends_at"), "2026-12-04T20:30:00Z");
        assert_eq!(patch(json!({ "party_size": 2, "ends_at": "2026-12-04T20:00:00Z" })).await.is(200).at("/ends_at"), "2026-12-04T20:00:00Z");
        assert_eq!(patch(json!({ "party_size": 4 })).await.is(200).at("/ends_at"), "2026-12-04T20:00:00Z");
        app.delete(&format!("/bookings/{}", two.id())).by(&anna).await.was(200);
        app.post("/bookings/", body(json!(7))).by(&anna).await.names(&["/ends_at"]);
        // Holds and bookings alike, and the end is no matter of when somebody is seated.
        app.post("/holds/", body(json!(2))).by(&anna).await.was(201);
        let taken = app.post("/bookings/", body(json!(2))).by(&anna).await;
        let problem = taken.problem(409, "booking-conflict");
        assert_eq!(problem["alternatives"][0], json!({ "resource_id": table, "starts_at": "2026-12-04T19:30:00Z", "ends_at": "2026-12-04T21:00:00Z" }), "{taken}");
        let late = json!({ "resource_id": table, "starts_at": "2026-12-04T20:15:00Z", "ends_at": "2026-12-04T21:00:00Z" });
        let refused = app.post("/bookings/", late).by(&anna).await;
        let near = json!({ "starts_at": ["2026-12-04T20:00:00Z", "2026-12-05T17:30:00Z"] });
        let dinner = json!([{ "name": "Dinner", "days": [], "starts": "17:30", "last_seating": "20:00" }]);
        assert_eq!(broken(&refused), [("services".to_owned(), dinner, near)]);
    }

    async fn what_is_kept_free_beside_blocked_time(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let room = app.resource(&root, "Room").await;
        let of = format!("/resources/{room}");
        let kept = json!({ "buffer_before_minutes": 15, "buffer_after_minutes": 30 });
        rules(&app, &root, &of, kept).await;
        app.block(&root, &room, 600, 660).await.was(201);
        // As a rule it is free, and what is blocked is not.
        let beside = [(540, 600, 570), (660, 720, 675)];
        for (from, to, instead) in beside {
            let refused = app.book(&anna, &room, from, to).await.problem(409, "booking-conflict");
            assert_eq!(refused["conflicts"][0]["kind"], "block", "{refused}");
            let near = if from < 600 { instead - 60 } else { instead };
            assert_eq!(refused["alternatives"][0]["starts_at"], json!(app.clock().in_minutes(near)), "{refused}");
        }
        // Where neighbours may share it, it may be blocked, before and after alike.
        let shared = json!({ "buffer_before_minutes": 15, "buffer_after_minutes": 30, "buffers_overlap": true });
        rules(&app, &root, &of, shared).await;
        let window = format!("resource_ids={room}&from={}&to={}&duration_minutes=60", app.clock().in_minutes(530), app.clock().in_minutes(700));
        let slots = app.get("/availability/slots").query(&window).by(&anna).await.is(200).column_of("/merged", "starts_at");
        assert_eq!(slots, [540, 660, 675, 690].map(|it| app.clock().in_minutes(it)));
        let refused = app.book(&anna, &room, 545, 605).await.problem(409, "booking-conflict");
        assert_eq!(refused["alternatives"][0]["starts_at"], json!(app.clock().in_minutes(540)), "{refused}");
        for (from, to, _) in beside {
            app.book(&anna, &room, from, to).await.was(201);
        }
        // Among bookings it is kept as before: the larger of the two.
        app.book(&anna, &room, 749, 800).await.problem(409, "booking-conflict");
        app.book(&anna, &room, 750, 800).await.was(201);
        app.book(&anna, &room, 480, 511).await.problem(409, "booking-conflict");
        app.book(&anna, &room, 480, 510).await.was(201);
        app.audit().await;
        // A hall of which a part is blocked.
        let west = app.resource(&root, "West").await;
        let hall = app.resource_with(&root, json!({ "name": "Hall", "part_ids": [west] })).await;
        rules(&app, &root, &format!("/resources/{hall}"), json!({ "buffer_after_minutes": 30, "buffers_overlap": true })).await;
        app.block(&root, &west, 600, 660).await.was(201);
        app.book(&anna, &hall, 541, 601).await.problem(409, "booking-conflict");
        app.book(&anna, &hall, 540, 600).await.was(201);
        app.audit().await;
    }

    async fn an_evening_lasts_past_midnight(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let site = app.post("/sites/", json!({ "name": "Bar", "slug": "bar", "time_zone": "Europe/Berlin" })).by(&root).await.is(201).id();
        let bar = json!({ "name": "Table", "kind": "table", "site_id": site, "visibility": "public" });
        let bar = app.resource_with(&root, bar).await;
        let said = json!({
            "hours": "Fr,Sa 18:00-02:00", "start_step_minutes": 30,
            "services": [{ "name": "Bar", "days": ["fr", "sa"], "starts": "18:00", "last_seating": "01:00" }],
        });
        rules(&app, &root, &format!("/sites/{site}"), said.clone()).await;
        let kept = app.get(&format!("/sites/{site}/rules")).by(&root).await.is(200);
        assert_eq!(kept.at("/services"), said["services"]);
        app.put(&format!("/sites/{site}/public-page"), json!({ "is_open": true, "duration_minutes": 60 })).by(&root).await.was(200);
        // The 4th of December is a Friday. Berlin is an hour ahead.
        let book = |starts_at: &str, ends_at: &str| app.post("/bookings/", json!({ "resource_id": bar, "starts_at": starts_at, "ends_at": ends_at })).by(&anna);
        book("2026-12-04T23:30:00Z", "2026-12-05T00:00:00Z").await.was(201);
        let slots = app.get("/availability/slots").query(&format!("resource_ids={bar}&from=2026-12-04T22:00:00Z&to=2026-12-05T06:00:00Z&duration_minutes=60")).by(&anna).await.is(200);
        assert_eq!(slots.column_of("/merged", "starts_at"), ["2026-12-04T22:00:00Z", "2026-12-04T22:30:00Z", "2026-12-05T00:00:00Z"], "{slots}");
        for (starts_at, ends_at, near) in [
            ("2026-12-05T00:30:00Z", "2026-12-05T01:00:00Z", ["2026-12-05T00:00:00Z", "2026-12-05T17:00:00Z"]),
            ("2026-12-06T23:30:00Z", "2026-12-07T00:00:00Z", ["2026-12-06T00:00:00Z", "2026-12-11T17:00:00Z"]),
        ] {
            let refused = book(starts_at, ends_at).await;
            let told = broken(&refused);
            let services = told.iter().find(|it| it.0 == "services").unwrap_or_else(|| panic!("{refused}"));
            assert_eq!(services.2, json!({ "starts_at": near }), "{refused}");
        }
        // On the page for guests a time after midnight stands under the day that the clock shows.
        let shown = app.get("/public/sites/bar/slots").query("date=2026-12-05&party_size=1").await.is(200);
        let shown = shown.column_of("/slots", "starts_at");
        assert_eq!(shown.iter().filter(|it| it.as_str() < "2026-12-05T12:00:00Z").collect::<Vec<_>>(), ["2026-12-04T23:00:00Z", "2026-12-04T23:30:00Z", "2026-12-05T00:00:00Z"]);
        // What would have been refused without the night.
        let trial = app.post(&format!("/sites/{site}/rules/trial"), json!({ "services": [{ "name": "Bar", "starts": "18:00", "last_seating": "23:00" }] })).by(&root).await.is(200);
        assert_eq!(trial.at("/to_come/refused"), json!(1), "{trial}");
        let trial = app.post(&format!("/sites/{site}/rules/trial"), said).by(&root).await.is(200);
        assert_eq!(trial.at("/to_come/refused"), json!(0), "{trial}");
        // Periods likewise.
        let late = json!({ "mode": { "by": "periods", "periods": [{ "name": "early", "starts": "18:00", "ends": "22:00" }, { "name": "late", "starts": "22:00", "ends": "02:00" }] }, "services": [] });
        rules(&app, &root, &format!("/resources/{bar}"), late).await;
        book("2026-12-05T21:00:00Z", "2026-12-06T01:00:00Z").await.was(201);
        let refused = book("2026-12-12T00:00:00Z", "2026-12-12T01:00:00Z").await;
        assert_eq!(broken(&refused)[0].2, json!({ "starts_at": "2026-12-11T21:00:00Z", "ends_at": "2026-12-12T01:00:00Z" }), "{refused}");
    }

    /// It is a minute past nine.
    async fn nothing_that_is_over_is_suggested(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        app.clock().advance_secs(60);
        let at = |minutes| app.clock().in_minutes(minutes);
        let early = json!([{ "name": "Breakfast", "starts": "07:00", "last_seating": "08:30" }]);
        for (said, rule, allowed) in [
            (json!({ "start_step_minutes": 60 }), "start_step_minutes", json!({ "starts_at": [at(59)] })),
            (json!({ "services": early }), "services", json!({ "starts_at": [at(22 * 60 - 1)] })),
            (json!({ "mode": { "by": "days" } }), "mode", Value::Null),
        ] {
            let table = app.resource(&root, "Table").await;
            rules(&app, &root, &format!("/resources/{table}"), said).await;
            let refused = app.book(&anna, &table, 4, 34).await;
            let told = broken(&refused);
            assert_eq!((told[0].0.as_str(), &told[0].2), (rule, &allowed), "{refused}");
        }
    }

    async fn rules_are_tried_on_what_is_booked_along_too(app) {
        let (mut root, mut anna) = (app.admin("root").await, app.user("anna").await);
        let here = place(&app, &root).await;
        let there = app.post("/sites/", json!({ "name": "Volga", "slug": "volga" })).by(&root).await.is(201).id();
        let projector = app.resource_with(&root, json!({ "name": "Projector", "site_id": there })).await;
        let with = json!({ "along": [{ "resource_id": projector }], "party_size": 2 });
        app.post("/bookings", wish(&app, &here.table, 10, 70, &with)).by(&anna).await.was(201);
        app.booked(&anna, &projector, 80, 100).await;
        root = app.later(&root, SignedDuration::from_hours(24)).await;
        anna = app.user("anna").await;
        app.post("/bookings", wish(&app, &here.table, 10, 70, &with)).by(&anna).await.was(201);
        for path in [format!("/resources/{projector}"), format!("/sites/{there}")] {
            let trial = app.post(&format!("{path}/rules/trial"), json!({ "duration_minutes_max": 30 })).by(&root).await.is(200);
            assert_eq!((trial.at("/looked_at"), trial.at("/refused")), (json!(3), json!(2)), "{trial}");
            assert_eq!(trial.at("/past"), json!({ "looked_at": 2, "refused": 1 }));
            assert_eq!(trial.at("/to_come"), json!({ "looked_at": 1, "refused": 1 }));
            // Who starts when is counted where the booking is, and what is full is full for what brings more than it takes.
            let paced = app.post(&format!("{path}/rules/trial"), json!({ "pacing_max": 1 })).by(&root).await.is(200);
            assert_eq!(paced.at("/refused"), json!(2), "{paced}");
        }
        // Who tries rules of what it is booked with is told the same once.
        app.patch(&format!("/resources/{projector}"), json!({ "site_id": here.site, "area_id": here.hall })).by(&root).await.was(200);
        for path in [format!("/sites/{}", here.site), format!("/areas/{}", here.hall)] {
            let trial = app.post(&format!("{path}/rules/trial"), json!({ "duration_minutes_max": 30 })).by(&root).await.is(200);
            assert_eq!((trial.at("/looked_at"), trial.at("/refused")), (json!(3), json!(2)), "{trial}");
            assert_eq!(trial.at("/examples/0/broken_rules").as_array().unwrap().len(), 1);
        }
    }
}
