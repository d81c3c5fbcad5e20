//! Holds, checks without a booking, checking in, ending early, not coming, what time does, and the history of it all.

use bronya_domain::ids::BookingId;
use bronya_server::app::upkeep;
use bronya_testkit::{TestApp, User, on_both};
use serde_json::{Value, json};

fn wish(app: &TestApp, resource: &str, from: i64, to: i64) -> Value {
    json!({ "resource_id": resource, "starts_at": app.clock().in_minutes(from), "ends_at": app.clock().in_minutes(to) })
}

async fn actions(app: &TestApp, by: &User, id: &str) -> Vec<String> {
    app.get(&format!("/bookings/{id}/events")).by(by).await.is(200).column("action")
}

on_both! {
    async fn a_hold_keeps_its_time_until_it_is_booked(app) {
        let manager = app.user("manager").await;
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let table = app.resource_with(&manager, json!({ "name": "Table", "capacity": 4 })).await;
        let hold = app.post("/holds/", wish(&app, &table, 60, 120)).by(&anna).await.is(201);
        let id = hold.id();
        assert_eq!((hold.text("/status"), hold.text("/lapses_at")), ("held".to_owned(), app.clock().in_minutes(10)));
        assert_eq!(hold.header("location"), Some(format!("/bookings/{id}").as_str()));
        app.book(&berta, &table, 60, 120).await.problem(409, "booking-conflict");
        app.post("/holds", wish(&app, &table, 60, 120)).by(&berta).await.problem(409, "booking-conflict");

        let path = format!("/holds/{id}/book");
        app.post(&path, json!({})).by(&berta).await.problem(404, "booking-not-found");
        app.post(&path, json!({ "party_size": 5 })).by(&anna).await.problem(422, "party-too-large");
        app.post(&path, json!({ "status": "confirmed" })).by(&anna).await.names(&["/status"]);
        let booked = app.post(&path, json!({ "title": "Dinner", "party_size": 4 })).by(&anna).await.is(200);
        assert_eq!((booked.text("/status"), booked.text("/title")), ("confirmed".to_owned(), "Dinner".to_owned()));
        assert_eq!((booked.at("/lapses_at"), booked.at("/version")), (Value::Null, json!(2)));
        let refused = app.post(&path, json!({})).by(&anna).await.problem(409, "booking-state");
        assert_eq!(refused["booking_status"], "confirmed");
        app.clock().advance_secs(30 * 60);
        let anna = app.user("anna").await;
        assert_eq!(app.booking(&anna, &id).await["status"], "confirmed");
        assert_eq!(actions(&app, &anna, &id).await, ["booking.held", "booking.created"]);
    }

    async fn a_hold_lapses_by_itself_and_whoever_comes_next_has_the_time(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let table = app.resource(&anna, "Table").await;
        let hold = app.post("/holds/", wish(&app, &table, 60, 120)).query("minutes=5").by(&anna).await.is(201).id();
        app.post("/holds/", wish(&app, &table, 60, 120)).query("minutes=0").by(&anna).await.names(&["/minutes"]);
        app.clock().advance_secs(5 * 60 - 1);
        app.book(&berta, &table, 55, 115).await.problem(409, "booking-conflict");
        app.clock().advance_secs(1);
        // Nobody has written it down yet, and still it stands in nobody's way.
        assert_eq!(app.booking(&anna, &hold).await["status"], "expired");
        app.post(&format!("/holds/{hold}/book"), json!({})).by(&anna).await.problem(409, "booking-state");
        app.delete(&format!("/bookings/{hold}")).by(&anna).await.problem(409, "booking-closed");
        app.book(&berta, &table, 55, 115).await.was(201);
        let expired = app.booking(&anna, &hold).await;
        assert_eq!((&expired["status"], &expired["lapses_at"]), (&json!("expired"), &Value::Null));
        assert_eq!(actions(&app, &anna, &hold).await, ["booking.held", "booking.expired"]);
    }

    async fn what_has_lapsed_is_written_down_without_being_asked(app) {
        let anna = app.user("anna").await;
        let table = app.resource_with(&anna, json!({ "name": "Table", "requires_approval": true })).await;
        let held = app.post("/holds/", wish(&app, &table, 60, 120)).by(&anna).await.is(201).id();
        let asked = app.book(&anna, &table, 200, 260).await.is(201);
        assert_eq!(asked.text("/lapses_at"), app.clock().in_minutes(200), "a request is over when its time comes");
        let far = app.book(&anna, &table, 5 * 24 * 60, 5 * 24 * 60 + 30).await.is(201);
        assert_eq!(far.text("/lapses_at"), app.clock().in_minutes(72 * 60));
        let inner = app.app();
        assert_eq!(upkeep::lapse_once(&inner, inner.ids.next()).await.unwrap(), 0);
        app.clock().advance_secs(200 * 60);
        assert_eq!(upkeep::lapse_once(&inner, inner.ids.next()).await.unwrap(), 2);
        assert_eq!(upkeep::lapse_once(&inner, inner.ids.next()).await.unwrap(), 0);
        for id in [&held, &asked.id()] {
            let stored = inner.store.read({
                let id = BookingId(id.parse().unwrap());
                move |tx| Box::pin(bronya_store::bookings::by_id(tx, id))
            });
            assert_eq!(stored.await.unwrap().unwrap().status.as_str(), "expired");
        }
        app.audit().await;
    }

    async fn what_has_lapsed_is_written_down_also_where_its_resource_is_gone(app) {
        let anna = app.user("anna").await;
        let room = app.resource_with(&anna, json!({ "name": "Room", "requires_approval": true })).await;
        let asked = app.booked(&anna, &room, 30, 60).await;
        app.clock().advance_secs(90 * 60);
        let anna = app.user("anna").await;
        // It is over, so nothing stands in the way.
        app.delete(&format!("/resources/{room}")).by(&anna).await.was(204);
        let inner = app.app();
        assert_eq!(upkeep::lapse_once(&inner, inner.ids.next()).await.unwrap(), 1);
        assert_eq!(upkeep::lapse_once(&inner, inner.ids.next()).await.unwrap(), 0);
        assert_eq!(actions(&app, &anna, &asked).await, ["booking.created", "booking.expired"]);
    }

    async fn a_check_decides_and_writes_nothing(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let table = app.resource_with(&manager, json!({ "name": "Table", "capacity": 2 })).await;
        let before = app.stored().await;
        let yes = app.post("/bookings/check", wish(&app, &table, 60, 120)).by(&anna).await.is(200);
        assert_eq!((yes.at("/allowed"), yes.text("/booking/status")), (json!(true), "confirmed".to_owned()));
        assert_eq!(app.stored().await, before);
        app.book(&anna, &table, 60, 120).await.was(201);
        let no = app.post("/bookings/check", wish(&app, &table, 60, 120)).by(&anna).await.is(200);
        assert_eq!((no.at("/allowed"), no.text("/problem/type")), (json!(false), "/problems/booking-conflict".to_owned()));
        assert!(!no.at("/problem/alternatives").as_array().unwrap().is_empty());
        let mut large = wish(&app, &table, 160, 220);
        large["party_size"] = json!(3);
        let no = app.post("/bookings/check", large).by(&anna).await.is(200);
        assert_eq!(no.text("/problem/type"), "/problems/party-too-large");
        app.post("/bookings/check", wish(&app, &table, 60, 60)).by(&anna).await.names(&["/ends_at"]);
    }

    async fn somebody_comes_stays_and_goes_early(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let room = app.resource(&manager, "Room").await;
        let id = app.booked(&anna, &room, 60, 120).await;
        let path = |verb: &str| format!("/bookings/{id}/{verb}");
        let early = app.call("POST", &path("check-in")).by(&anna).await.problem(409, "too-early");
        assert_eq!(early["earliest"], json!(app.clock().in_minutes(45)));
        app.call("POST", &path("end")).by(&anna).await.problem(409, "too-early");
        app.clock().advance_secs(50 * 60);
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        app.call("POST", &path("check-in")).by(&berta).await.problem(404, "booking-not-found");
        assert_eq!(app.call("POST", &path("check-in")).by(&anna).await.is(200).text("/status"), "checked_in");
        app.call("POST", &path("check-in")).by(&anna).await.problem(409, "booking-state");
        // Who is there can stay longer, if nobody comes after.
        let longer = json!({ "ends_at": app.clock().in_minutes(100) });
        let stays = app.patch(&format!("/bookings/{id}"), longer).by(&anna).await.is(200);
        assert_eq!(stays.text("/status"), "checked_in");
        app.book(&berta, &room, 60, 90).await.problem(409, "booking-conflict");
        app.clock().advance_secs(30 * 60);
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let ended = app.call("POST", &path("end")).by(&anna).await.is(200);
        assert_eq!((ended.text("/status"), ended.text("/ends_at")), ("completed".to_owned(), app.clock().in_minutes(0)));
        app.book(&berta, &room, 0, 60).await.was(201);
        app.delete(&format!("/bookings/{id}")).by(&anna).await.problem(409, "booking-closed");
        let expected = ["booking.created", "booking.checked_in", "booking.moved", "booking.ended"];
        assert_eq!(actions(&app, &anna, &id).await, expected);
        app.get(&path("events")).by(&berta).await.problem(404, "booking-not-found");
        app.audit().await;
    }

    async fn who_is_there_still_when_the_time_is_over_stays_longer_or_goes(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let room = app.resource(&manager, "Room").await;
        let (stays, goes) = (app.booked(&anna, &room, 0, 60).await, app.resource(&manager, "Other").await);
        let goes = app.booked(&anna, &goes, 0, 60).await;
        for id in [&stays, &goes] {
            app.call("POST", &format!("/bookings/{id}/check-in")).by(&anna).await.was(200);
        }
        app.clock().advance_secs(70 * 60);
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let path = format!("/bookings/{stays}");
        let over = app.booking(&anna, &stays).await;
        let until = json!(app.clock().in_minutes(-10 + 6 * 60));
        assert_eq!((&over["status"], &over["may_stay_until"]), (&json!("completed"), &until));
        app.patch(&path, json!({ "title": "Late" })).by(&anna).await.problem(409, "booking-closed");
        // Not into what is over, and not to another time; and not where somebody has come since.
        app.patch(&path, json!({ "ends_at": app.clock().in_minutes(-5) })).by(&anna).await.problem(409, "booking-closed");
        let elsewhere = json!({ "starts_at": app.clock().in_minutes(5), "ends_at": app.clock().in_minutes(30) });
        app.patch(&path, elsewhere).by(&anna).await.problem(409, "booking-closed");
        let next = app.booked(&manager, &room, 15, 45).await;
        app.patch(&path, json!({ "ends_at": app.clock().in_minutes(20) })).by(&anna).await.problem(409, "booking-conflict");
        let longer = app.patch(&path, json!({ "ends_at": app.clock().in_minutes(15) })).by(&anna).await.is(200);
        assert_eq!((longer.text("/status"), longer.text("/ends_at")), ("checked_in".to_owned(), app.clock().in_minutes(15)));
        assert_eq!(longer.at("/may_stay_until"), Value::Null);
        app.book(&manager, &room, 0, 15).await.problem(409, "booking-conflict");
        let ended = app.call("POST", &format!("/bookings/{goes}/end")).by(&anna).await.is(200);
        assert_eq!(ended.text("/status"), "completed");
        assert_eq!((ended.text("/ends_at"), ended.at("/undo_until")), (app.clock().in_minutes(-10), Value::Null));
        assert_eq!(ended.at("/may_stay_until"), Value::Null);
        app.call("POST", &format!("/bookings/{goes}/end")).by(&anna).await.problem(409, "booking-state");
        app.call("POST", &format!("/bookings/{next}/end")).by(&manager).await.problem(409, "too-early");
        app.audit().await;
    }

    /// What is shown, what is asked for and what is reported is the same before anybody has written it down and after.
    async fn who_was_there_to_the_end_has_completed_it(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let room = app.resource(&manager, "Room").await;
        app.put(&format!("/resources/{room}/rules"), json!({ "buffer_after_minutes": 20, "check_in_closes_minutes": 15 })).by(&manager).await.was(200);
        let (id, missed) = (app.booked(&anna, &room, 0, 60).await, app.booked(&anna, &room, 80, 140).await);
        let come = app.call("POST", &format!("/bookings/{id}/check-in")).by(&anna).await.is(200);
        assert_eq!((come.at("/lapses_at"), come.at("/may_stay_until")), (Value::Null, Value::Null));
        app.clock().advance_secs(100 * 60);
        for written in [false, true] {
            if written {
                let inner = app.app();
                assert_eq!(upkeep::lapse_once(&inner, inner.ids.next()).await.unwrap(), 2);
                app.audit().await;
            }
            let (manager, anna) = (app.user("manager").await, app.user("anna").await);
            assert_eq!(app.booking(&anna, &id).await["status"], "completed");
            for (status, found) in [("checked_in", vec![]), ("confirmed", vec![]), ("completed", vec![id.clone()]), ("no_show", vec![missed.clone()])] {
                let query = format!("status={status}&resource_id={room}");
                let lists = [("/bookings/", &manager, query.as_str()), ("/bookings/my", &anna, query.as_str()), ("/export/bookings", &manager, query.as_str())];
                for (path, who, query) in lists {
                    assert_eq!(app.get(path).query(query).by(who).await.is(200).column("id"), found, "{path} {query} {written}");
                }
            }
        }
        let anna = app.user("anna").await;
        let told = ["booking.created", "booking.checked_in", "booking.completed"];
        assert_eq!(actions(&app, &anna, &id).await, told);
        app.call("POST", &format!("/bookings/{id}/undo")).by(&app.user("manager").await).await.problem(409, "nothing-to-undo");
    }

    async fn a_manager_says_that_nobody_came(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let room = app.resource(&manager, "Room").await;
        let id = app.booked(&anna, &room, 60, 120).await;
        let path = format!("/bookings/{id}/no-show");
        app.call("POST", &path).by(&anna).await.problem(403, "forbidden");
        app.call("POST", &path).by(&manager).await.problem(409, "too-early");
        app.clock().advance_secs(70 * 60);
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        for wrong in ["", "two\nlines", &"x".repeat(501)] {
            app.call("POST", &path).json(json!({ "reason": wrong })).by(&manager).await.names(&["/reason"]);
        }
        app.call("POST", &path).json(json!({ "why": "x" })).by(&manager).await.names(&["/why"]);
        let said = |answer: Value| (answer["status"].clone(), answer["closed_reason"].clone());
        let missed = app.call("POST", &path).json(json!({ "reason": "The train was late" })).by(&manager).await.is(200).json();
        assert_eq!(said(missed), (json!("no_show"), json!("The train was late")));
        // What is taken back was not said; and without a word it can be said again.
        let undo = format!("/bookings/{id}/undo");
        assert_eq!(said(app.call("POST", &undo).by(&manager).await.is(200).json()), (json!("confirmed"), Value::Null));
        assert_eq!(said(app.call("POST", &path).by(&manager).await.is(200).json()), (json!("no_show"), Value::Null));
        app.call("POST", &undo).by(&manager).await.was(200);
        app.call("POST", &path).json(json!({ "reason": "Ill" })).by(&manager).await.was(200);
        app.book(&anna, &room, 0, 50).await.was(201);
        // The reason stands at the line to which it belongs, whatever was closed before, and on any page.
        let events = format!("/bookings/{id}/events");
        let lines: Vec<_> = app.get(&events).by(&anna).await.is(200).items().iter().map(|it| (it["action"].clone(), it["reason"].clone())).collect();
        let none = |action: &str| (json!(action), Value::Null);
        let gone_and_back = [none("booking.no_show"), none("booking.undone")];
        let told = [vec![none("booking.created")], gone_and_back.to_vec(), gone_and_back.to_vec(), vec![(json!("booking.no_show"), json!("Ill"))]].concat();
        assert_eq!(lines, told);
        let first = app.get(&events).query("limit=2").by(&anna).await.is(200);
        assert_eq!(first.items()[1]["reason"], Value::Null);
    }

    /// A clock that is set forward and back: nothing panics, no id is given twice, nothing overlaps, and what is refused is refused in
    /// words.
    async fn a_clock_that_jumps_breaks_nothing(app) {
        let root = app.admin("root").await;
        let rooms = [app.resource(&root, "Room").await, app.resource_with(&root, json!({ "name": "Asks", "requires_approval": true })).await];
        let mut ids = std::collections::BTreeSet::new();
        let day = 24 * 60 * 60;
        for (round, jump) in (0..).zip([0, 3_600, -3_600, day, -day, -3_600, 60, -60, 30 * day, -30 * day, 1, -1]) {
            app.clock().advance_secs(jump);
            let inner = app.app();
            upkeep::lapse_once(&inner, inner.ids.next()).await.unwrap();
            let anna = app.user("anna").await;
            for room in &rooms {
                let from = 15 + 70 * round;
                for path in ["/bookings/", "/holds/"] {
                    let answer = app.post(path, wish(&app, room, from, from + 60)).by(&anna).await;
                    match answer.status.as_u16() {
                        201 => assert!(ids.insert(answer.id()), "an id twice: {answer}"),
                        409 => {}
                        _ => panic!("after a jump of {jump} s: {answer}"),
                    }
                }
            }
            for id in &ids {
                for verb in ["check-in", "end"] {
                    let answer = app.call("POST", &format!("/bookings/{id}/{verb}")).by(&anna).await;
                    assert!(answer.status == 200 || answer.status == 409, "after a jump of {jump} s: {answer}");
                }
                assert!(!app.booking(&anna, id).await["status"].is_null());
            }
            app.get("/bookings/my").by(&anna).await.was(200);
            app.audit().await;
        }
        assert!(12 < ids.len(), "{} were booked", ids.len());
    }

    async fn what_was_a_mistake_is_taken_back(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let room = app.resource(&manager, "Room").await;
        let id = app.booked(&anna, &room, 0, 120).await;
        let path = |verb: &str| format!("/bookings/{id}/{verb}");
        app.call("POST", &path("undo")).by(&manager).await.problem(409, "nothing-to-undo");
        // A check-in at the wrong table.
        let come = app.call("POST", &path("check-in")).by(&anna).await.is(200);
        assert_eq!(come.text("/undo_until"), app.clock().in_minutes(60));
        app.call("POST", &path("undo")).by(&anna).await.problem(403, "forbidden");
        app.call("POST", &path("undo")).if_match("\"1\"").by(&manager).await.problem(412, "stale");
        let undone = app.call("POST", &path("undo")).if_match("\"2\"").by(&manager).await.is(200);
        assert_eq!((undone.text("/status"), undone.at("/undo_until")), ("confirmed".to_owned(), Value::Null));
        app.call("POST", &path("undo")).by(&manager).await.problem(409, "nothing-to-undo");
        // An end too early: the time is had again, unless somebody was faster.
        app.call("POST", &path("check-in")).by(&anna).await.was(200);
        app.clock().advance_secs(10 * 60);
        app.call("POST", &path("end")).by(&manager).await.was(200);
        let other = app.booked(&anna, &room, 60, 90).await;
        let refused = app.call("POST", &path("undo")).by(&manager).await.problem(409, "booking-conflict");
        let (from, to) = (app.clock().in_minutes(60), app.clock().in_minutes(90));
        assert_eq!(refused["conflicts"], json!([{ "kind": "booking", "starts_at": from, "ends_at": to }]));
        app.delete(&format!("/bookings/{other}")).by(&anna).await.was(200);
        let undone = app.call("POST", &path("undo")).by(&manager).await.is(200);
        let stands = (undone.text("/status"), undone.text("/ends_at"));
        assert_eq!(stands, ("checked_in".to_owned(), app.clock().in_minutes(110)));
        app.book(&anna, &room, 60, 90).await.problem(409, "booking-conflict");
        let told = [
            "booking.created", "booking.checked_in", "booking.undone", "booking.checked_in", "booking.ended", "booking.undone",
        ];
        assert_eq!(actions(&app, &anna, &id).await, told);
        app.audit().await;
    }

    async fn who_was_only_late_is_let_in_again(app) {
        let manager = app.user("manager").await;
        let room = app.resource(&manager, "Room").await;
        let rules = json!({ "check_in_closes_minutes": 15 });
        app.put(&format!("/resources/{room}/rules"), rules).by(&manager).await.was(200);
        let id = app.booked(&manager, &room, 0, 120).await;
        app.clock().advance_secs(20 * 60);
        let manager = app.user("manager").await;
        // Nobody has written it down yet; the list tells it as it is all the same.
        let missed = app.booking(&manager, &id).await;
        let until = app.clock().in_minutes(55);
        assert_eq!((&missed["status"], &missed["undo_until"]), (&json!("no_show"), &json!(until)));
        let path = format!("/bookings/{id}/undo");
        let again = app.call("POST", &path).by(&manager).await.is(200);
        assert_eq!((again.text("/status"), again.text("/lapses_at")), ("confirmed".to_owned(), app.clock().in_minutes(15)));
        app.audit().await;
        app.clock().advance_secs(16 * 60);
        let inner = app.app();
        assert_eq!(upkeep::lapse_once(&inner, inner.ids.next()).await.unwrap(), 1);
        let manager = app.user("manager").await;
        app.clock().advance_secs(60 * 60);
        let manager = app.user(&manager.name).await;
        assert_eq!(app.booking(&manager, &id).await["undo_until"], Value::Null);
        app.call("POST", &path).by(&manager).await.problem(409, "nothing-to-undo");
        let told = ["booking.created", "booking.no_show", "booking.undone", "booking.no_show"];
        assert_eq!(actions(&app, &manager, &id).await, told);
        app.audit().await;
    }

    async fn a_manager_books_for_somebody_else(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let room = app.resource(&manager, "Room").await;
        let mut body = wish(&app, &room, 60, 120);
        body["on_behalf_of"] = json!(anna.id);
        let made = app.post("/bookings/", body.clone()).by(&manager).await.is(201);
        assert_eq!((made.text("/user_id"), made.text("/made_by")), (anna.id.clone(), manager.id.clone()));
        assert_eq!(app.get("/bookings/my").by(&anna).await.is(200).column("id"), [made.id()]);
        body["on_behalf_of"] = json!(manager.id);
        app.post("/bookings/", body).by(&anna).await.problem(403, "forbidden");
    }
}
