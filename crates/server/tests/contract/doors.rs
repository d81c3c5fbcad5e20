//! Displays at doors: paired by a code that is good once, with a secret of their own that can be taken away at any moment; what is done at
//! a door is decided like everything, and the log names the display.

use bronya_server::app::live::STREAMS_OF_DISPLAY_MAX;
use bronya_testkit::{Answer, Backend, Call, TestApp, User, on_both, run};
use serde_json::{Value, json};

fn tablet(app: &TestApp, method: &str, path: &str, token: &str) -> Call {
    app.call(method, &format!("/display{path}")).header("authorization", &format!("Bearer {token}"))
}

async fn a_code(app: &TestApp) -> (String, String) {
    let pairing = app.call("POST", "/display/pairing").await.is(201);
    (pairing.text("/code"), pairing.text("/token"))
}

/// A display at the door of the resource; its id, and its secret.
async fn paired(app: &TestApp, by: &User, resource: &str, more: Value) -> (String, String) {
    let (code, token) = a_code(app).await;
    let mut body = json!({ "code": code, "resource_id": resource });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    let made = app.post("/displays", body).by(by).await.is(201);
    (made.id(), token)
}

async fn door(app: &TestApp, token: &str) -> Answer {
    tablet(app, "GET", "", token).await.is(200)
}

fn minutes_of(door: &Answer) -> Vec<i64> {
    door.at("/offers").as_array().unwrap().iter().map(|it| it["minutes"].as_i64().unwrap()).collect()
}

on_both! {
    async fn a_tablet_is_paired_by_whoever_manages_the_room(app) {
        let (mia, anna) = (app.user("mia").await, app.user("anna").await);
        let room = app.resource(&mia, "Room D").await;
        let (code, token) = a_code(&app).await;
        assert_eq!(tablet(&app, "GET", "/pairing", &token).await.is(200).at("/is_paired"), json!(false));
        tablet(&app, "GET", "", &token).await.problem(401, "unauthorized");
        let body = |code: &str| json!({ "code": code, "resource_id": room, "settings": { "name": "Door of D" } });
        app.post("/displays", body(&code)).by(&anna).await.problem(403, "forbidden");
        app.post("/displays", body("ZZZZ-ZZZZ")).by(&mia).await.problem(404, "pairing-code-not-found");
        app.post("/displays", body("no code")).by(&mia).await.problem(404, "pairing-code-not-found");
        let made = app.post("/displays", body(&code.to_lowercase().replace('-', " "))).by(&mia).key("k").await.is(201);
        assert_eq!((made.text("/settings/name"), made.at("/has_pin"), made.at("/seen_at")), ("Door of D".into(), json!(false), Value::Null));
        let again = app.post("/displays", body(&code.to_lowercase().replace('-', " "))).by(&mia).key("k").await.is(201);
        assert_eq!((again.id(), again.header("idempotent-replayed")), (made.id(), Some("true")));
        // A code is good once.
        app.post("/displays", body(&code)).by(&mia).await.problem(404, "pairing-code-not-found");
        assert_eq!(tablet(&app, "GET", "/pairing", &token).await.is(200).at("/is_paired"), json!(true));
        assert_eq!(door(&app, &token).await.text("/resource_name"), "Room D");
        // Its managers know of it, and nobody else.
        let path = format!("/displays/{}", made.id());
        assert_eq!(app.get("/displays").by(&mia).await.is(200).column("id"), [made.id()]);
        assert_eq!(app.get("/displays").by(&anna).await.is(200).column("id"), Vec::<String>::new());
        assert_eq!(app.get(&path).by(&mia).await.is(200).text("/seen_at"), app.clock().in_minutes(0));
        for call in [app.get(&path), app.delete(&path), app.patch(&path, json!({ "pin": "1234" }))] {
            call.by(&anna).await.problem(404, "display-not-found");
        }
        // Its secret is a display's, and good for nothing else; what is another's is no display's.
        app.get("/resources").header("authorization", &format!("Bearer {token}")).await.problem(401, "unauthorized");
        tablet(&app, "GET", "", &mia.token).await.problem(401, "unauthorized");
        // Ten minutes later a code is good for nothing.
        let (late, late_token) = a_code(&app).await;
        app.clock().advance_secs(10 * 60);
        app.post("/displays", body(&late)).by(&mia).await.problem(404, "pairing-code-not-found");
        tablet(&app, "GET", "/pairing", &late_token).await.problem(401, "unauthorized");
        // Its right is taken away, and it is nothing any more.
        app.delete(&path).by(&mia).await.was(204);
        tablet(&app, "GET", "", &token).await.problem(401, "unauthorized");
        tablet(&app, "POST", "/bookings", &token).json(json!({ "minutes": 15 })).await.problem(401, "unauthorized");
        app.delete(&path).by(&mia).await.problem(404, "display-not-found");
    }

    async fn whoever_stands_at_the_door_books_stays_and_goes(app) {
        let root = app.admin("root").await;
        let room = app.resource(&root, "Room D").await;
        let (display, token) = paired(&app, &root, &room, json!({ "settings": { "name": "Door of D", "shows": "people" } })).await;
        let free = door(&app, &token).await;
        assert_eq!((minutes_of(&free), free.at("/current"), free.at("/closed")), (vec![15, 30, 60], Value::Null, Value::Null));
        let made = tablet(&app, "POST", "/bookings", &token).json(json!({ "minutes": 30 })).await.is(200);
        assert_eq!((made.text("/status"), made.text("/starts_at"), made.text("/ends_at")), ("checked_in".into(), app.clock().in_minutes(0), app.clock().in_minutes(30)));
        let taken = door(&app, &token).await;
        assert_eq!((taken.text("/current/id"), taken.text("/current/who"), taken.at("/offers"), taken.at("/free_until")), (made.id(), "Door of D".into(), json!([]), Value::Null));
        // It belongs to nobody with an account, and says where it was made.
        let seen = app.booking(&root, &made.id()).await;
        assert_eq!((&seen["made_by"], &seen["guest"]["name"]), (&json!(display), &json!("Door of D")));
        tablet(&app, "POST", "/bookings", &token).json(json!({ "minutes": 15 })).await.problem(409, "booking-conflict");
        // Nobody stays into what comes next.
        let anna = app.user("anna").await;
        app.booked(&anna, &room, 50, 80).await;
        let path = format!("/bookings/{}", made.id());
        let now = door(&app, &token).await;
        assert_eq!((now.at("/current/extendable_minutes"), now.text("/next/0/who")), (json!(20), "anna".into()));
        let longer = tablet(&app, "POST", &format!("{path}/extend"), &token).json(json!({ "minutes": 15 })).await.is(200);
        assert_eq!(longer.text("/ends_at"), app.clock().in_minutes(45));
        tablet(&app, "POST", &format!("{path}/extend"), &token).json(json!({ "minutes": 15 })).await.problem(409, "booking-conflict");
        app.clock().advance_secs(10 * 60);
        let ended = tablet(&app, "POST", &format!("{path}/end"), &token).json(json!({})).await.is(200);
        assert_eq!((ended.text("/status"), ended.text("/ends_at")), ("completed".into(), app.clock().in_minutes(0)));
        let free = door(&app, &token).await;
        assert_eq!((minutes_of(&free), free.text("/free_until")), (vec![15, 30], app.clock().in_minutes(40)));
        // The log names the display.
        let root = app.sign_in("root").await;
        let log = app.get("/audit").query("limit=100").by(&root).await.is(200);
        let by_display: Vec<String> = log.items().iter().filter(|it| it["actor_id"] == json!(display)).map(|it| it["action"].as_str().unwrap().to_owned()).collect();
        assert_eq!(by_display, ["booking.ended", "booking.moved", "booking.checked_in", "booking.created"]);
        app.audit().await;
    }

    async fn one_checks_in_at_the_door_and_at_no_other(app) {
        let (mia, anna) = (app.user("mia").await, app.user("anna").await);
        let (room, other) = (app.resource(&mia, "Room D").await, app.resource(&mia, "Room E").await);
        app.put(&format!("/resources/{room}/rules"), json!({ "check_in_closes_minutes": 10 })).by(&mia).await.was(200);
        let (_, token) = paired(&app, &mia, &room, json!({})).await;
        let soon = app.booked(&anna, &room, 10, 40).await;
        let elsewhere = app.booked(&anna, &other, 10, 40).await;
        let seen = door(&app, &token).await;
        // Nothing is told but when.
        assert_eq!((seen.text("/next/0/id"), seen.at("/next/0/can_check_in"), seen.at("/next/0/who"), seen.at("/next/0/title")), (soon.clone(), json!(true), Value::Null, Value::Null));
        for act in ["check-in", "end", "extend"] {
            let body = if act == "extend" { json!({ "minutes": 15 }) } else { json!({}) };
            tablet(&app, "POST", &format!("/bookings/{elsewhere}/{act}"), &token).json(body).await.problem(404, "booking-not-found");
        }
        let come = tablet(&app, "POST", &format!("/bookings/{soon}/check-in"), &token).json(json!({})).await.is(200);
        assert_eq!(come.text("/status"), "checked_in");
        // Who has to be asked first can't be asked at a door, and what is closed is closed.
        app.patch(&format!("/resources/{room}"), json!({ "requires_approval": true })).by(&mia).await.was(200);
        assert_eq!(door(&app, &token).await.at("/offers"), json!([]));
        let broken = json!({ "requires_approval": false, "out_of_order": { "reason": "A leak" } });
        app.patch(&format!("/resources/{room}"), broken).by(&mia).await.was(200);
        let closed = door(&app, &token).await;
        assert_eq!((closed.text("/closed/reason"), closed.at("/offers")), ("out_of_order".into(), json!([])));
        // A start on the grid of the place, where that has one.
        app.patch(&format!("/resources/{other}"), json!({ "capacity": 4 })).by(&mia).await.was(200);
        app.put(&format!("/resources/{other}/rules"), json!({ "start_step_minutes": 60, "duration_minutes_min": 30 })).by(&mia).await.was(200);
        app.delete(&format!("/bookings/{elsewhere}")).by(&anna).await.was(200);
        app.clock().advance_secs(40 * 60);
        let mia = app.sign_in("mia").await;
        let (_, at_other) = paired(&app, &mia, &other, json!({})).await;
        let offered = door(&app, &at_other).await;
        assert_eq!((minutes_of(&offered), offered.text("/offers/0/starts_at")), (vec![30, 60], app.clock().in_minutes(20)));
    }

    async fn a_display_does_what_its_settings_say_and_asks_for_its_pin(app) {
        app.restart(|options| options.limits_on = true).await;
        let mia = app.user("mia").await;
        let room = app.resource(&mia, "Room D").await;
        let (id, token) = paired(&app, &mia, &room, json!({ "pin": "4711" })).await;
        let book = |pin: Value| tablet(&app, "POST", "/bookings", &token).json(json!({ "minutes": 15, "pin": pin }));
        book(Value::Null).await.problem(403, "forbidden");
        book(json!("4712")).await.problem(403, "forbidden");
        book(json!("abcd")).await.names(&["/pin"]);
        book(json!("4711")).await.was(200);
        // Whoever tries all of them is slowed down.
        let mut refused = 0;
        for _ in 0..12 {
            refused += u32::from(book(json!("0000")).await.status == 429);
        }
        assert!(0 < refused, "{refused}");
        let path = format!("/displays/{id}");
        let settings = json!({ "name": "D", "may_book": false, "may_end": false, "may_extend": false, "may_check_in": false, "theme": "dark", "language": "ru" });
        let edited = app.patch(&path, json!({ "settings": settings, "pin": null })).by(&mia).await.is(200);
        assert_eq!((edited.at("/has_pin"), edited.at("/version"), edited.text("/settings/theme")), (json!(false), json!(2), "dark".into()));
        app.patch(&path, json!({ "pin": "1234" })).by(&mia).if_match("\"1\"").await.problem(412, "stale");
        app.patch(&path, json!({ "pin": "12", "settings": { "name": "", "language": "x!" } })).by(&mia).await
            .names(&["/pin", "/settings/language", "/settings/name"]);
        let current = door(&app, &token).await.text("/current/id");
        tablet(&app, "POST", "/bookings", &token).json(json!({ "minutes": 15 })).await.problem(403, "forbidden");
        tablet(&app, "POST", "/bookings", &token).json(json!({ "minutes": 17 })).await.names(&["/minutes"]);
        for (act, body) in [("end", json!({})), ("check-in", json!({})), ("extend", json!({ "minutes": 15 }))] {
            tablet(&app, "POST", &format!("/bookings/{current}/{act}"), &token).json(body).await.problem(403, "forbidden");
        }
        tablet(&app, "POST", &format!("/bookings/{current}/extend"), &token).json(json!({ "minutes": 61 })).await.names(&["/minutes"]);
        // Codes are guessed slowly.
        let mut slowed = 0;
        for _ in 0..12 {
            let guess = json!({ "code": "ZZZZ-ZZZZ", "resource_id": room });
            slowed += u32::from(app.post("/displays", guess).by(&mia).await.status == 429);
        }
        assert!(0 < slowed, "{slowed}");
    }

    async fn a_display_hears_what_changes_behind_its_door_and_nothing_else(app) {
        let (mia, anna) = (app.user("mia").await, app.user("anna").await);
        let [room, other] = [app.resource(&mia, "Room").await, app.resource(&mia, "Other").await];
        let (id, token) = paired(&app, &mia, &room, json!({})).await;
        let mut events = tablet(&app, "GET", "/stream", &token).listen().await;
        assert_eq!(events.next().await, Some(("hello".to_owned(), json!({ "resource_ids": null }))));
        app.booked(&anna, &other, 60, 120).await;
        let booking = app.booked(&anna, &room, 60, 120).await;
        assert_eq!(events.next().await, Some(("changed".to_owned(), json!({ "resource_ids": [room] }))));
        app.delete(&format!("/bookings/{booking}")).by(&anna).await.was(200);
        events.changed(&room).await;
        // What it may is another thing too.
        app.patch(&format!("/displays/{id}"), json!({ "pin": "4711" })).by(&mia).await.was(200);
        events.changed(&room).await;
        // Those of which nobody knows yet that they were left count, and a signed-in person has no display's stream.
        let mut more = Vec::new();
        for _ in 1..STREAMS_OF_DISPLAY_MAX {
            more.push(tablet(&app, "GET", "/stream", &token).listen().await);
        }
        tablet(&app, "GET", "/stream", &token).await.problem(429, "too-many-requests");
        drop(more);
        app.get("/display/stream").by(&mia).await.problem(401, "unauthorized");
        // Taken away, it hears nothing any more.
        app.delete(&format!("/displays/{id}")).by(&mia).await.was(204);
        assert_eq!(events.next().await, None);
        tablet(&app, "GET", "/stream", &token).await.problem(401, "unauthorized");
    }

    async fn two_at_doors_of_one_room_do_not_both_have_it(app) {
        let mia = app.user("mia").await;
        let room = app.resource(&mia, "Room D").await;
        let mut tokens = Vec::new();
        for _ in 0..4 {
            tokens.push(paired(&app, &mia, &room, json!({})).await.1);
        }
        for round in 0..5 {
            let calls: Vec<_> = tokens
                .iter()
                .map(|token| tokio::spawn(tablet(&app, "POST", "/bookings", token).json(json!({ "minutes": 15 })).into_future()))
                .collect();
            let mut won = 0;
            for call in calls {
                let answer = call.await.unwrap();
                if answer.status == 200 { won += 1 } else { answer.problem(409, "booking-conflict"); }
            }
            assert_eq!(won, 1, "round {round}");
            app.clock().advance_secs(20 * 60);
        }
        app.audit().await;
    }
}

#[test]
fn a_revoked_display_is_refused_on_every_node() {
    run(Backend::Postgres, async |app| {
        let mia = app.user("mia").await;
        let room = app.resource(&mia, "Room D").await;
        let (id, token) = paired(&app, &mia, &room, json!({})).await;
        let other = app.another_node().await;
        door(&other, &token).await;
        app.delete(&format!("/displays/{id}")).by(&mia).await.was(204);
        tablet(&other, "GET", "", &token).await.problem(401, "unauthorized");
        tablet(&other, "POST", "/bookings", &token).json(json!({ "minutes": 15 })).await.problem(401, "unauthorized");
    });
}
