//! Booking without an account on the page of a site: only what is public, by all rules, told of nobody else; held, booked, moved, given
//! back and waited for with a secret and nothing else.

use bronya_server::app::waiting::{Asked, Seen, offer_due};
use bronya_testkit::{Answer, Call, TestApp, User, on_both};
use serde_json::{Value, json};
use uuid::Uuid;

/// A restaurant with an open page.
struct Place {
    mia: User,
    site: String,
    tables: Vec<String>,
}

/// Tables of these sizes, all public, for an hour each.
async fn place(app: &TestApp, sizes: &[u32]) -> Place {
    let root = app.admin("root").await;
    let mia = app.user("mia").await;
    let site = json!({ "name": "Neva", "slug": "neva", "address": "Nevsky 1", "locale": "ru" });
    let site = app.post("/sites/", site).by(&root).await.is(201).id();
    app.call("PUT", &format!("/sites/{site}/managers/{}", mia.id)).by(&root).await.was(204);
    let mut tables = Vec::new();
    for (nth, seats) in sizes.iter().enumerate() {
        let table = json!({
            "name": format!("Table {nth}"), "kind": "table", "capacity": seats, "site_id": site, "visibility": "public",
        });
        tables.push(app.resource_with(&mia, table).await);
    }
    let place = Place { mia, site, tables };
    open(app, &place, json!({})).await;
    place
}

async fn open(app: &TestApp, place: &Place, more: Value) {
    let mut page = json!({ "is_open": true, "duration_minutes": 60 });
    for (name, value) in more.as_object().unwrap() {
        page[name] = value.clone();
    }
    app.put(&format!("/sites/{}/public-page", place.site), page).by(&place.mia).await.was(200);
}

fn day(app: &TestApp, minutes: i64) -> String {
    app.clock().in_minutes(minutes)[..10].to_owned()
}

async fn slots(app: &TestApp, date: &str, party: u32) -> Vec<(String, String)> {
    let path = "/public/sites/neva/slots";
    let found = app.get(path).query(&format!("date={date}&party_size={party}")).await.is(200);
    let slot = |it: &Value| (it["starts_at"].as_str().unwrap().to_owned(), it["status"].as_str().unwrap().to_owned());
    found.at("/slots").as_array().unwrap().iter().map(slot).collect()
}

fn hold(app: &TestApp, minutes: i64, party: u32) -> Call {
    app.post("/public/sites/neva/holds", json!({ "starts_at": app.clock().in_minutes(minutes), "party_size": party }))
}

fn guest(app: &TestApp, method: &str, path: &str, token: &str) -> Call {
    app.call(method, &format!("/guest/{path}")).header("authorization", &format!("Bearer {token}"))
}

fn filled() -> Value {
    json!({ "name": "Jo Brand", "email": "jo@example.org", "notes": "window, please" })
}

async fn booked(app: &TestApp, minutes: i64, party: u32) -> (String, String) {
    let held = hold(app, minutes, party).await.is(201);
    let (id, token) = (held.id(), held.text("/token"));
    guest(app, "POST", &format!("bookings/{id}/book"), &token).json(filled()).await.was(200);
    (id, token)
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// The next full hour: the start of a slot.
const SOON: i64 = 24 * 60;

on_both! {
    async fn a_site_takes_no_bookings_of_the_public_before_it_says_so(app) {
        let place = place(&app, &[4]).await;
        let stranger = app.user("stranger").await;
        let path = format!("/sites/{}/public-page", place.site);
        app.get(&path).by(&stranger).await.problem(403, "forbidden");
        app.put(&path, json!({ "is_open": true })).by(&stranger).await.problem(403, "forbidden");
        let page = app.get(&path).by(&place.mia).await.is(200);
        assert_eq!((page.at("/is_open"), page.at("/email"), page.at("/party_max")), (json!(true), json!("required"), json!(8)));
        let tag = page.header("etag").unwrap().to_owned();
        app.put(&path, json!({ "is_open": false })).by(&place.mia).if_match("\"7\"").await.problem(412, "stale");
        app.put(&path, json!({ "is_open": false })).by(&place.mia).if_match(&tag).await.was(200);
        let closed = app.get("/public/sites/neva").await;
        closed.problem(404, "public-page-not-found");
        for path in ["/public/sites/nowhere", "/public/sites/NEVA", "/public/sites/neva/slots?date=2026-12-01&party_size=2"] {
            assert_eq!(app.get(path).await.any_problem()["title"], closed.any_problem()["title"], "{path}");
        }
        hold(&app, SOON, 2).await.problem(404, "public-page-not-found");
        let wrong = json!({
            "origins": ["https://*.example.org"], "party_max": 0, "hold_minutes": 31, "accent": "red", "kinds": [""],
            "policy_text": "\u{0}", "duration_minutes": -1,
        });
        let refused = app.put(&path, wrong).by(&place.mia).await;
        refused.names(&["/accent", "/duration_minutes", "/hold_minutes", "/kinds", "/origins", "/party_max", "/policy_text"]);
        app.put(&path, json!({ "email": "perhaps" })).by(&place.mia).await.problem(422, "validation");
        app.put(&path, json!({ "colour": "red" })).by(&place.mia).await.names(&["/colour"]);
    }

    async fn a_visitor_sees_when_and_never_what_or_whose(app) {
        let place = place(&app, &[2, 4]).await;
        open(&app, &place, json!({ "policy_text": "Be on time.", "phone": "no", "accent": "aa3300" })).await;
        let ahead = json!({ "book_ahead_minutes_max": 7 * 24 * 60, "start_step_minutes": 60 });
        app.put(&format!("/sites/{}/rules", place.site), ahead).by(&place.mia).await.was(200);
        let shown = app.get("/public/sites/neva").await.is(200);
        assert_eq!((shown.text("/name"), shown.text("/address"), shown.text("/policy_text")), ("Neva".into(), "Nevsky 1".into(), "Be on time.".into()));
        assert_eq!((shown.at("/party_max"), shown.at("/kinds"), shown.at("/phone")), (json!(4), json!(["table"]), json!("no")));
        assert_eq!((shown.text("/today"), shown.text("/last_date")), (day(&app, 0), day(&app, 7 * 24 * 60)));
        assert!(!text(&shown).contains(&place.site) && !text(&shown).contains(&place.tables[0]), "{shown}");

        let anna = app.user("anna").await;
        let date = day(&app, SOON);
        let before = slots(&app, &date, 2).await;
        assert!(before.iter().all(|(_, status)| status == "free"), "{before:?}");
        for table in &place.tables {
            app.booked(&anna, table, SOON, SOON + 60).await;
        }
        let taken = app.clock().in_minutes(SOON);
        let status = |found: &[(String, String)]| found.iter().find(|(at, _)| *at == taken).map(|(_, status)| status.clone());
        let after = slots(&app, &date, 2).await;
        assert_eq!((after.len(), status(&after).as_deref()), (before.len(), Some("full")));
        // A block is told of no more than a booking is.
        app.block(&place.mia, &place.tables[1], SOON + 60, SOON + 120).await.was(201);
        app.book(&anna, &place.tables[0], SOON + 60, SOON + 120).await.was(201);
        let found = app.get("/public/sites/neva/slots").query(&format!("date={date}&party_size=2")).await.is(200);
        for secret in [&place.tables[0], &place.tables[1], &anna.id] {
            assert!(!text(&found).contains(secret.as_str()), "{found}");
        }
        // Larger parties than anything seats have no time, and larger ones than are taken are told so.
        assert_eq!(slots(&app, &date, 8).await, []);
        let path = format!("/public/sites/neva/slots?date={date}&party_size=9");
        app.get(&path).await.problem(422, "party-too-large");
        for wrong in ["date=2026-02-30&party_size=2", "date=20261201&party_size=2", "date=x&party_size=0", "party_size=2", "date=2026-12-01&party_size=2&table=1"] {
            app.get("/public/sites/neva/slots").query(wrong).await.problem(422, "validation");
        }
        assert_eq!(slots(&app, "2026-01-01", 2).await, []);
    }

    async fn days_are_free_full_or_closed_as_their_times_are(app) {
        let place = place(&app, &[2, 4]).await;
        let rules = json!({ "hours": "Mo-Sa 10:00-12:00", "start_step_minutes": 60, "book_ahead_minutes_max": 20 * 24 * 60 });
        app.put(&format!("/sites/{}/rules", place.site), rules).by(&place.mia).await.was(200);
        let anna = app.user("anna").await;
        // One day is taken whole, of another one hour, of a third one table.
        let ahead = |days: i64| day(&app, days * 24 * 60);
        let open: Vec<i64> = { let mut open = Vec::new(); for it in 1..12 { if !slots(&app, &ahead(it), 2).await.is_empty() { open.push(it); } } open };
        for (nth, tables, hours) in [(0, 2, 2), (1, 2, 1), (2, 1, 2)] {
            for table in &place.tables[..tables] {
                for hour in 10..10 + hours {
                    let [starts_at, ends_at] = [hour, hour + 1].map(|it| format!("{}T{it}:00:00Z", ahead(open[nth])));
                    app.post("/bookings/", json!({ "resource_id": table, "starts_at": starts_at, "ends_at": ends_at })).by(&anna).await.was(201);
                }
            }
        }
        let (from, to) = (ahead(-2), ahead(28));
        let found = app.get("/public/sites/neva/days").query(&format!("from={from}&to={to}&party_size=2")).await.is(200);
        let found = found.at("/days").as_array().unwrap().clone();
        assert_eq!((found.len(), &found[0]["date"], &found[30]["date"]), (31, &json!(from), &json!(to)));
        let mut seen = std::collections::BTreeMap::new();
        for it in &found {
            let times = slots(&app, it["date"].as_str().unwrap(), 2).await;
            let expected = if times.is_empty() { "closed" } else if times.iter().any(|(_, status)| status == "free") { "free" } else { "full" };
            assert_eq!(it["status"], expected, "{it}");
            *seen.entry(expected).or_insert(0) += 1;
        }
        assert_eq!(seen["full"], 1, "{seen:?}");
        assert!(3 <= seen["closed"] && 5 <= seen["free"], "{seen:?}");
        // For four there is the larger table alone.
        let four = app.get("/public/sites/neva/days").query(&format!("from={0}&to={0}&party_size=4", ahead(open[2]))).await.is(200);
        assert_eq!(four.text("/days/0/status"), "free");
        for (wrong, at) in [
            ("from=2026-12-01&to=2027-01-01&party_size=2", "/to"), ("from=2026-12-02&to=2026-12-01&party_size=2", "/to"),
            ("from=x&to=2026-12-01&party_size=2", "/from"), ("from=2026-12-01&to=2026-13-01&party_size=2", "/to"), ("from=2026-12-01&to=2026-12-01&party_size=0", "/party_size"),
        ] {
            app.get("/public/sites/neva/days").query(wrong).await.names(&[at]);
        }
        app.get("/public/sites/neva/days").query("from=2026-12-01&to=2026-12-02&party_size=9").await.problem(422, "party-too-large");
        app.get("/public/sites/nowhere/days").query("from=2026-12-01&to=2026-12-02&party_size=2").await.problem(404, "public-page-not-found");
        let past = app.get("/public/sites/neva/days").query("from=2020-01-01&to=2020-01-02&party_size=2").await.is(200);
        assert_eq!(past.at("/days/1/status"), json!("closed"));
    }

    async fn a_guest_brings_no_more_than_the_page_takes(app) {
        let place = place(&app, &[20]).await;
        open(&app, &place, json!({ "party_max": 4 })).await;
        let held = hold(&app, SOON + 60, 2).await.is(201);
        let (id, token) = (held.id(), held.text("/token"));
        let mut form = filled();
        form["party_size"] = json!(6);
        guest(&app, "POST", &format!("bookings/{id}/book"), &token).json(form.clone()).await.problem(422, "party-too-large");
        form["party_size"] = json!(4);
        guest(&app, "POST", &format!("bookings/{id}/book"), &token).json(form).await.was(200);
        let path = format!("bookings/{id}");
        guest(&app, "PATCH", &path, &token).json(json!({ "party_size": 5 })).await.problem(422, "party-too-large");
        // Whoever runs the place knows better, and what was said is not taken back by a guest who comes with fewer.
        app.patch(&format!("/bookings/{id}"), json!({ "party_size": 12 })).by(&place.mia).await.was(200);
        guest(&app, "PATCH", &path, &token).json(json!({ "party_size": 11 })).await.was(200);
        guest(&app, "PATCH", &path, &token).json(json!({ "party_size": 12 })).await.problem(422, "party-too-large");
        // What the rules of the place say holds wherever a party changes.
        let rules = json!({ "party_max": 3 });
        app.put(&format!("/sites/{}/rules", place.site), rules).by(&place.mia).await.was(200);
        let held = hold(&app, SOON + 180, 2).await.is(201);
        let mut form = filled();
        form["party_size"] = json!(4);
        let refused = guest(&app, "POST", &format!("bookings/{}/book", held.id()), &held.text("/token")).json(form).await;
        refused.problem(422, "against-policy");
    }

    async fn only_what_is_public_is_to_be_had(app) {
        let place = place(&app, &[2]).await;
        let root = app.admin("root").await;
        for visibility in ["internal", "hidden"] {
            let table = json!({ "name": visibility, "kind": "table", "capacity": 8, "site_id": place.site, "visibility": visibility });
            app.resource_with(&place.mia, table).await;
        }
        let asks = json!({ "name": "booth", "booking_fields": [{ "key": "why", "label": "Why", "type": "text", "required": true }] });
        app.post("/kinds", asks).by(&root).await.was(201);
        let booth = json!({ "name": "Booth", "kind": "booth", "capacity": 8, "site_id": place.site, "visibility": "public" });
        app.resource_with(&place.mia, booth).await;
        assert_eq!(app.get("/public/sites/neva").await.is(200).at("/kinds"), json!(["table"]));
        assert_eq!(slots(&app, &day(&app, SOON), 3).await, []);
        hold(&app, SOON, 2).await.was(201);
        hold(&app, SOON, 2).await.problem(409, "booking-conflict");
        hold(&app, SOON, 3).await.problem(422, "party-too-large");
        // What is kept for a group is not for guests, and a rule of the place is a rule.
        let group = app.post("/groups", json!({ "name": "club" })).by(&root).await.is(201).id();
        app.put(&format!("/resources/{}/rules", place.tables[0]), json!({ "groups": [group] })).by(&place.mia).await.was(200);
        hold(&app, SOON + 240, 2).await.problem(422, "against-policy");
        assert_eq!(slots(&app, &day(&app, SOON), 2).await, []);
        // Other kinds than are offered are not there.
        app.put(&format!("/resources/{}/rules", place.tables[0]), json!({})).by(&place.mia).await.was(200);
        open(&app, &place, json!({ "kinds": ["court"] })).await;
        hold(&app, SOON + 240, 2).await.problem(404, "resource-not-found");
        let kind = json!({ "starts_at": app.clock().in_minutes(SOON + 240), "party_size": 2, "kind": "table" });
        app.post("/public/sites/neva/holds", kind).await.problem(404, "resource-not-found");
    }

    async fn a_guest_holds_books_and_is_told_the_same_twice(app) {
        let place = place(&app, &[2, 4]).await;
        let held = hold(&app, SOON, 3).await.is(201);
        let (id, token) = (held.id(), held.text("/token"));
        assert_eq!((held.text("/lapses_at"), held.text("/ends_at")), (app.clock().in_minutes(10), app.clock().in_minutes(SOON + 60)));
        assert!(!text(&held).contains(&place.tables[1]), "{held}");
        let seen = app.booking(&place.mia, &id).await;
        assert_eq!((&seen["status"], &seen["resource_id"], &seen["guest"]["name"]), (&json!("held"), &json!(place.tables[1]), &json!("—")));
        // The id proves nothing, and another secret neither.
        let path = format!("bookings/{id}/book");
        app.post(&format!("/guest/{path}"), filled()).await.problem(401, "unauthorized");
        let other = hold(&app, SOON + 240, 2).await.is(201);
        guest(&app, "POST", &path, &other.text("/token")).json(filled()).await.problem(401, "unauthorized");
        // What the place asks for has to be there.
        guest(&app, "POST", &path, &token).json(json!({ "name": "Jo" })).await.names(&["/email"]);
        guest(&app, "POST", &path, &token).json(json!({ "name": " ", "email": "x", "phone": "1".repeat(41), "notes": "\u{0}", "party_size": 0 })).await
            .names(&["/email", "/name", "/notes", "/party_size", "/phone"]);
        guest(&app, "POST", &path, &token).json(json!({ "name": "Jo", "override_reason": "me" })).await.names(&["/override_reason"]);
        let made = guest(&app, "POST", &path, &token).json(filled()).await.is(200);
        assert_eq!((made.text("/status"), made.text("/guest/name"), made.text("/notes")), ("confirmed".into(), "Jo Brand".into(), "window, please".into()));
        let again = guest(&app, "POST", &path, &token).json(filled()).await.is(200);
        assert_eq!((again.id(), again.at("/version")), (made.id(), made.at("/version")));
        guest(&app, "POST", &format!("bookings/{id}/renew"), &token).await.problem(409, "booking-state");
        // It is a booking like any other: the calendar knows it, and its manager.
        let calendar = guest(&app, "GET", &format!("bookings/{id}/calendar.ics"), &token).await.is(200);
        let ics = text(&calendar);
        assert!(ics.contains("SUMMARY:Neva\r\n") && ics.contains("LOCATION:Nevsky 1\r\n") && ics.contains("STATUS:CONFIRMED\r\n"), "{ics}");
        assert_eq!(calendar.header("content-disposition"), Some("attachment; filename=\"booking.ics\""));
        let cancelled = guest(&app, "DELETE", &format!("bookings/{id}"), &token).await.is(200);
        assert_eq!(cancelled.text("/status"), "cancelled");
        assert_eq!(guest(&app, "POST", &path, &token).json(filled()).await.problem(409, "booking-state")["booking_status"], "cancelled");
        app.audit().await;
    }

    async fn what_is_held_lapses_is_held_once_more_and_is_given_back(app) {
        let place = place(&app, &[2]).await;
        app.put(&format!("/sites/{}/rules", place.site), json!({ "cancel_notice_minutes_min": 7 * 24 * 60 })).by(&place.mia).await.was(200);
        let held = hold(&app, SOON, 2).await.is(201);
        let (id, token) = (held.id(), held.text("/token"));
        app.clock().advance_secs(9 * 60);
        let longer = guest(&app, "POST", &format!("bookings/{id}/renew"), &token).await.is(200);
        assert_eq!(longer.text("/lapses_at"), app.clock().in_minutes(10));
        app.clock().advance_secs(9 * 60);
        let no_longer = guest(&app, "POST", &format!("bookings/{id}/renew"), &token).await.is(200);
        assert_eq!(no_longer.text("/lapses_at"), app.clock().in_minutes(2));
        hold(&app, SOON - 18, 2).await.problem(409, "booking-conflict");
        app.clock().advance_secs(2 * 60);
        guest(&app, "POST", &format!("bookings/{id}/book"), &token).json(filled()).await.problem(409, "booking-state");
        // The time is anybody's again, and what was never booked is given back at once, whatever the notice.
        let mine = hold(&app, SOON - 20, 2).await.is(201);
        let mia = app.user("mia").await;
        app.book(&mia, &place.tables[0], SOON - 20, SOON + 40).await.problem(409, "booking-conflict");
        guest(&app, "DELETE", &format!("bookings/{}", mine.id()), &mine.text("/token")).await.was(200);
        app.book(&mia, &place.tables[0], SOON - 20, SOON + 40).await.was(201);
    }

    async fn of_many_guests_one_gets_the_last_table_and_the_others_are_offered_times(app) {
        let place = place(&app, &[2]).await;
        for round in 0..10 {
            let at = SOON + round * 120;
            let calls: Vec<_> = (0..8).map(|_| tokio::spawn(hold(&app, at, 2).into_future())).collect();
            let mut won = Vec::new();
            for call in calls {
                let answer = call.await.unwrap();
                if answer.status == 201 {
                    won.push(answer);
                    continue;
                }
                let problem = answer.problem(409, "booking-conflict");
                let offered = problem["alternatives"].as_array().unwrap();
                assert!(!offered.is_empty() && offered.iter().all(|it| it["starts_at"] != json!(app.clock().in_minutes(at))), "{answer}");
                assert!(!text(&answer).contains(&place.tables[0]) && problem["conflicts"] == json!([]), "{answer}");
            }
            assert_eq!(won.len(), 1, "round {round}");
        }
        app.audit().await;
    }

    async fn a_guest_moves_within_what_is_free(app) {
        let place = place(&app, &[2, 4]).await;
        let (id, token) = booked(&app, SOON, 2).await;
        let (path, slots_path) = (format!("bookings/{id}/move"), format!("bookings/{id}/slots"));
        let resource = || async { app.booking(&place.mia, &id).await["resource_id"].as_str().unwrap().to_owned() };
        assert_eq!(resource().await, place.tables[0]);
        // Its own time is in nobody's way.
        let date = day(&app, SOON);
        let found = guest(&app, "GET", &slots_path, &token).query(&format!("date={date}&party_size=2")).await.is(200);
        let own = app.clock().in_minutes(SOON);
        let at = |found: &Answer| found.at("/slots").as_array().unwrap().iter().find(|it| it["starts_at"] == json!(own)).cloned();
        assert_eq!(at(&found).unwrap()["status"], "free");
        let moved = guest(&app, "POST", &path, &token).json(json!({ "starts_at": app.clock().in_minutes(SOON + 30) })).await.is(200);
        assert_eq!((moved.text("/starts_at"), moved.text("/ends_at")), (app.clock().in_minutes(SOON + 30), app.clock().in_minutes(SOON + 90)));
        assert_eq!(resource().await, place.tables[0]);
        // A day on which all else is taken is full for others, and not for whoever has a table of it.
        let [first, last] = [date.as_str(), &day(&app, SOON + 48 * 60)];
        let (from, to) = (format!("{first}T00:00:00Z"), format!("{}T00:00:00Z", day(&app, SOON + 24 * 60)));
        app.post("/schedule", json!({ "resource_id": place.tables[1], "starts_at": from, "ends_at": to })).by(&place.mia).await.was(201);
        let around = [(from, app.clock().in_minutes(SOON + 30)), (app.clock().in_minutes(SOON + 90), to)];
        for (from, to) in &around {
            app.post("/schedule", json!({ "resource_id": place.tables[0], "starts_at": from, "ends_at": to })).by(&place.mia).await.was(201);
        }
        let days_path = format!("bookings/{id}/days");
        let asked = format!("from={first}&to={last}&party_size=2");
        let statuses = |found: Answer| found.is(200).at("/days").as_array().unwrap().iter().map(|it| it["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(statuses(app.get("/public/sites/neva/days").query(&asked).await), ["full", "free", "free"]);
        assert_eq!(statuses(guest(&app, "GET", &days_path, &token).query(&asked).await), ["free", "free", "free"]);
        assert_eq!(statuses(guest(&app, "GET", &days_path, &token).query(&format!("from={first}&to={first}&party_size=4")).await), ["full"]);
        assert_eq!(statuses(guest(&app, "GET", &days_path, &token).query("from=2020-01-01&to=2020-01-01").await), ["closed"]);
        for (wrong, at) in [("from=2026-12-01&to=2027-01-01", "/to"), ("from=x&to=2026-12-01", "/from"), ("from=2026-12-01&to=2026-12-01&party_size=0", "/party_size")] {
            guest(&app, "GET", &days_path, &token).query(wrong).await.names(&[at]);
        }
        guest(&app, "GET", &days_path, "bgl_x").query(&asked).await.problem(401, "unauthorized");
        for block in app.get("/schedule/").query(&format!("from={}&to={}", around[0].0, around[1].1)).by(&place.mia).await.is(200).column("id") {
            app.delete(&format!("/schedule/{block}")).by(&place.mia).await.was(204);
        }
        // More people need another table, and get it.
        let more = json!({ "starts_at": app.clock().in_minutes(SOON + 30), "party_size": 4 });
        assert_eq!(guest(&app, "POST", &path, &token).json(more).await.is(200).at("/party_size"), json!(4));
        assert_eq!(resource().await, place.tables[1]);
        // What is taken stays taken, the booking stays where it is, and other times are offered.
        app.booked(&place.mia, &place.tables[1], SOON + 240, SOON + 300).await;
        let refused = guest(&app, "POST", &path, &token).json(json!({ "starts_at": app.clock().in_minutes(SOON + 240) })).await;
        assert!(!refused.problem(409, "booking-conflict")["alternatives"].as_array().unwrap().is_empty(), "{refused}");
        assert_eq!(app.booking(&place.mia, &id).await["starts_at"], json!(app.clock().in_minutes(SOON + 30)));
        guest(&app, "POST", &path, &token).json(json!({ "starts_at": app.clock().in_minutes(-60) })).await.problem(422, "in-the-past");
        guest(&app, "POST", &path, &token).json(json!({ "starts_at": app.clock().in_minutes(SOON), "party_size": 9 })).await.problem(422, "party-too-large");
        guest(&app, "POST", &path, "bgl_x").json(json!({ "starts_at": app.clock().in_minutes(SOON) })).await.problem(401, "unauthorized");
        guest(&app, "GET", &slots_path, &token).query("date=x").await.names(&["/date"]);
        app.audit().await;
    }

    async fn a_guest_waits_is_offered_and_takes_it_up(app) {
        let place = place(&app, &[2]).await;
        let first = app.booked(&place.mia, &place.tables[0], SOON, SOON + 60).await;
        let mut wish = filled();
        wish["from"] = json!(app.clock().in_minutes(SOON));
        wish["to"] = json!(app.clock().in_minutes(SOON + 60));
        wish["party_size"] = json!(2);
        let joined = app.post("/public/sites/neva/waiting-list", wish.clone()).await.is(201);
        let (id, token) = (joined.id(), joined.text("/token"));
        let path = format!("waiting-list/{id}");
        let seen = guest(&app, "GET", &path, &token).await.is(200);
        assert_eq!((seen.text("/status"), seen.text("/site_name"), seen.at("/offer")), ("waiting".into(), "Neva".into(), Value::Null));
        assert!(seen.at("/token") == Value::Null && !text(&seen).contains(&place.tables[0]), "{seen}");
        guest(&app, "GET", &path, "bgl_x").await.problem(401, "unauthorized");
        // The manager sees who waits.
        let listed = app.get("/waiting-list").query(&format!("resource_id={}", place.tables[0])).by(&place.mia).await.is(200);
        assert_eq!(listed.items()[0]["guest"]["email"], "jo@example.org");
        app.delete(&format!("/bookings/{first}")).by(&place.mia).await.was(200);
        assert_eq!(offer_due(&app.app(), Uuid::from_u128(1), &mut Seen::default(), Asked::Everybody).await.unwrap(), 1);
        let offered = guest(&app, "GET", &path, &token).await.is(200);
        assert_eq!((offered.text("/status"), offered.text("/offer/lapses_at")), ("offered".into(), app.clock().in_minutes(10)));
        let taken = guest(&app, "POST", &format!("bookings/{id}/book"), &token).json(filled()).await.is(200);
        assert_eq!((taken.text("/status"), taken.text("/guest/email")), ("confirmed".into(), "jo@example.org".into()));
        assert_eq!(guest(&app, "GET", &path, &token).await.is(200).text("/status"), "booked");
        // Whoever leaves is forgotten.
        let other = app.post("/public/sites/neva/waiting-list", wish.clone()).await.is(201);
        let path = format!("waiting-list/{}", other.id());
        guest(&app, "DELETE", &path, &other.text("/token")).await.was(204);
        guest(&app, "GET", &path, &other.text("/token")).await.problem(401, "unauthorized");
        for (name, value, pointer) in [("to", json!(app.clock().in_minutes(SOON + 8 * 24 * 60)), "/to"), ("name", json!(""), "/name"), ("email", Value::Null, "/email")] {
            let mut wrong = wish.clone();
            wrong[name] = value;
            app.post("/public/sites/neva/waiting-list", wrong).await.names(&[pointer]);
        }
        app.audit().await;
    }

    async fn one_address_holds_so_much_and_asks_so_often(app) {
        app.restart(|options| options.limits_on = true).await;
        let _place = place(&app, &[2, 2, 2, 2, 2, 2, 2, 2]).await;
        let calls: Vec<_> = (0..8).map(|_| tokio::spawn(hold(&app, SOON, 2).into_future())).collect();
        let mut held = Vec::new();
        for call in calls {
            let answer = call.await.unwrap();
            if answer.status == 201 { held.push(answer) } else { answer.problem(429, "too-many-requests"); }
        }
        assert_eq!(held.len(), 5);
        // What is given back, booked or lapsed is not held.
        let one = held.pop().unwrap();
        guest(&app, "DELETE", &format!("bookings/{}", one.id()), &one.text("/token")).await.was(200);
        let two = held.pop().unwrap();
        guest(&app, "POST", &format!("bookings/{}/book", two.id()), &two.text("/token")).json(filled()).await.was(200);
        hold(&app, SOON, 2).await.was(201);
        hold(&app, SOON, 2).await.was(201);
        assert!(hold(&app, SOON, 2).await.problem(429, "too-many-requests").is_object());
        app.clock().advance_secs(21 * 60);
        hold(&app, SOON, 2).await.was(201);
        // Looking is cheap, and bounded.
        let mut refused = 0;
        for _ in 0..125 {
            refused += u32::from(app.get("/public/sites/neva").await.status == 429);
        }
        assert_eq!(refused, 5);
    }

    async fn only_the_pages_that_a_site_names_have_it_in_a_frame(app) {
        let place = place(&app, &[2]).await;
        let policy = |answer: &Answer| answer.header("content-security-policy").unwrap().to_owned();
        let embedded = app.get("/embed/neva").await.is(200);
        assert!(policy(&embedded).contains("frame-ancestors 'none'"), "{embedded}");
        open(&app, &place, json!({ "origins": ["https://neva.example", "https://www.neva.example:8443"] })).await;
        let embedded = app.get("/embed/neva").await.is(200);
        assert!(policy(&embedded).contains("; frame-ancestors https://neva.example https://www.neva.example:8443; "), "{embedded}");
        for path in ["/book/neva", "/", "/guest/x", "/embed/nowhere", "/public/sites/neva", "/embed.js"] {
            assert!(policy(&app.get(path).await).contains("frame-ancestors 'none'"), "{path}");
        }
        open(&app, &place, json!({ "is_open": false, "origins": ["https://neva.example"] })).await;
        assert!(policy(&app.get("/embed/neva").await).contains("frame-ancestors 'none'"));
        assert_eq!(app.get("/embed.js").await.is(200).header("content-type"), Some("text/javascript; charset=utf-8"));
    }
}
