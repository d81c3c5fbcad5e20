//! Finding a free time: what is offered is what booking accepts.

use bronya_testkit::{TestApp, on_both};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

fn at(app: &TestApp, minutes: i64) -> String {
    app.clock().in_minutes(minutes)
}

fn window(app: &TestApp, from: i64, to: i64) -> String {
    format!("from={}&to={}", at(app, from), at(app, to))
}

on_both! {
    async fn what_has_to_be_had_along_is_free_too(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let room = app.resource(&anna, "Room").await;
        let projectors = app.resource_with(&anna, json!({ "name": "Projector", "quantity": 2 })).await;
        let other = app.resource(&anna, "Other room").await;
        let taken = json!({ "resource_id": other, "starts_at": at(&app, 60), "ends_at": at(&app, 120), "along": [{ "resource_id": projectors }] });
        app.post("/bookings/", taken).by(&anna).await.was(201);
        let starts = async |along: &str| {
            let asked = format!("resource_ids={room}&duration_minutes=60&{}{along}", window(&app, 0, 121));
            let slots = app.get("/availability/slots").query(&asked).by(&berta).await.is(200);
            let slots = slots.at("/items/0/slots").as_array().unwrap().clone();
            slots.iter().map(|it| it["starts_at"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let all: Vec<String> = (0..=8).map(|quarter| at(&app, 15 * quarter)).collect();
        assert_eq!(starts("").await, all);
        assert_eq!(starts(&format!("&along={projectors}")).await, all);
        // One of the two is with the other room.
        let both = format!("&along={projectors}:2");
        assert_eq!(starts(&both).await, [at(&app, 0), at(&app, 120)]);
        for minute in (0..=120).step_by(15) {
            let wish = json!({ "resource_id": room, "starts_at": at(&app, minute), "ends_at": at(&app, minute + 60), "along": [{ "resource_id": projectors, "quantity": 2 }] });
            let allowed = app.post("/bookings/check", wish).by(&berta).await.is(200).at("/allowed");
            assert_eq!(allowed, json!(starts(&both).await.contains(&at(&app, minute))), "{minute}");
        }
        let mut search = json!({ "resource_ids": [room], "from": at(&app, 30), "to": at(&app, 150), "duration_minutes": 60, "along": [{ "resource_id": projectors, "quantity": 2 }] });
        let found = app.post("/availability/search", search.clone()).by(&berta).await.is(200);
        assert_eq!((found.at("/candidates"), found.at("/alternatives/0/starts_at")), (json!([]), json!(at(&app, 0))), "{found}");
        search["to"] = json!(at(&app, 180));
        let found = app.post("/availability/search", search).by(&berta).await.is(200);
        assert_eq!(found.at("/candidates/0/starts_at"), json!(at(&app, 120)), "{found}");
        for wrong in ["nothing".to_owned(), format!("{projectors}:0"), format!("{projectors},{projectors}")] {
            let asked = format!("resource_ids={room}&{}&along={wrong}", window(&app, 0, 60));
            app.get("/availability/slots").query(&asked).by(&berta).await.names(&["/along"]);
        }
        let asked = format!("resource_ids={room}&{}&along={}", window(&app, 0, 60), uuid());
        app.get("/availability/slots").query(&asked).by(&berta).await.problem(404, "resource-not-found");
    }

    async fn free_time_and_why_the_rest_is_not(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let pool = app.resource_with(&anna, json!({ "name": "Pool", "quantity": 3 })).await;
        app.book(&anna, &table, 60, 120).await.was(201);
        app.block(&anna, &table, 120, 180).await.was(201);
        app.book(&anna, &pool, 60, 120).await.was(201);
        let asked = format!("resource_ids={table},{pool}&{}", window(&app, -60, 240));
        let items = app.get("/availability/").query(&asked).by(&anna).await.is(200).items();
        let stretch = |from, to, rest: (&str, Value)| {
            let mut it = json!({ "starts_at": at(&app, from), "ends_at": at(&app, to) });
            it[rest.0] = rest.1;
            it
        };
        let of = |id: &str| items.iter().find(|it| it["resource_id"] == *id).unwrap().clone();
        assert_eq!(of(&table)["free"], json!([stretch(0, 60, ("units", json!(1))), stretch(180, 240, ("units", json!(1)))]));
        let busy = [
            stretch(-60, 0, ("reason", json!("past"))),
            stretch(60, 120, ("reason", json!("booking"))),
            stretch(120, 180, ("reason", json!("block"))),
        ];
        assert_eq!(of(&table)["busy"], json!(busy));
        let units: Vec<i64> = of(&pool)["free"].as_array().unwrap().iter().map(|it| it["units"].as_i64().unwrap()).collect();
        assert_eq!(units, [3, 2, 3]);
        let strange = app.get("/availability/").query(&format!("resource_ids={}&{}", uuid(), window(&app, 0, 60)));
        assert_eq!(strange.by(&anna).await.is(200).items(), Vec::<Value>::new());
    }

    async fn what_slots_offer_booking_accepts_and_the_rest_it_refuses(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let table = app.resource_with(&anna, json!({ "name": "Table", "capacity": 4 })).await;
        app.book(&anna, &table, 60, 120).await.was(201);
        app.book(&anna, &table, 150, 210).await.was(201);
        let asked = format!("resource_ids={table}&duration_minutes=30&party_size=4&{}", window(&app, 0, 240));
        let slots = app.get("/availability/slots").query(&asked).by(&berta).await.is(200);
        let offered: Vec<String> = slots.at("/items/0/slots").as_array().unwrap().iter()
            .map(|it| it["starts_at"].as_str().unwrap().to_owned()).collect();
        let expected: Vec<String> = [0, 15, 30, 120, 210, 225].map(|minute| at(&app, minute)).to_vec();
        assert_eq!(offered, expected);
        assert_eq!(slots.at("/merged").as_array().unwrap().len(), 6);
        for minute in (0..240).step_by(15) {
            let mut body = json!({ "resource_id": table, "starts_at": at(&app, minute), "ends_at": at(&app, minute + 30) });
            body["party_size"] = json!(4);
            let allowed = app.post("/bookings/check", body).by(&berta).await.is(200).at("/allowed");
            assert_eq!(allowed, json!(offered.contains(&at(&app, minute))), "{minute}");
        }
        // Nobody fits five at four seats.
        let asked = format!("resource_ids={table}&party_size=5&{}", window(&app, 0, 240));
        let none = app.get("/availability/slots").query(&asked).by(&berta).await.is(200);
        assert_eq!(none.at("/merged"), json!([]));
        // Of several, each has its own; of a kind that nothing is of, there is nothing.
        let other = app.resource_with(&anna, json!({ "name": "Other" })).await;
        let slots = app.get("/availability/slots").query(&window(&app, 0, 60)).by(&berta).await.is(200);
        let counted: Vec<(Value, usize)> = slots.items().iter()
            .map(|it| (it["resource_id"].clone(), it["slots"].as_array().unwrap().len())).collect();
        assert_eq!(counted, [(json!(table), 1), (json!(other), 4)]);
        assert_eq!(slots.at("/merged/0/resources"), json!(2));
        let none = app.get("/availability/slots").query(&format!("kind=moon&{}", window(&app, 0, 60))).by(&berta).await;
        assert_eq!(none.is(200).json(), json!({ "items": [], "merged": [] }));
    }

    // What others have got wrong in spring and autumn. The cases are those of cal.com's issues, a year or more later.
    async fn opening_hours_stay_on_the_wall_when_clocks_change(app) {
        let anna = app.user("anna").await;
        let hours = |day: &str, hours: std::ops::Range<i64>| hours.map(|hour| format!("{day}T{hour:02}:00:00Z")).collect::<Vec<_>>();
        let cases = [
            // #30021: one to six in the afternoon of the day that has 23 hours, once an hour late.
            ("America/New_York", "13:00-18:00", "2027-03-14T04:00:00Z", "2027-03-15T04:00:00Z", hours("2027-03-14", 17..22)),
            // #19589: three o'clock on Sundays, the one before and that of the change.
            ("America/Chicago", "Su 15:00-16:00", "2027-03-06T00:00:00Z", "2027-03-20T00:00:00Z", [hours("2027-03-07", 21..22), hours("2027-03-14", 20..21)].concat()),
            // #1092: nine o'clock before and after summer time ends, there and in London.
            ("America/Chicago", "Fr-Mo 09:00-10:00", "2027-11-06T00:00:00Z", "2027-11-09T00:00:00Z", [hours("2027-11-06", 14..15), hours("2027-11-07", 15..16), hours("2027-11-08", 15..16)].concat()),
            ("Europe/London", "09:00-10:00", "2027-10-30T00:00:00Z", "2027-11-01T00:00:00Z", [hours("2027-10-30", 8..9), hours("2027-10-31", 9..10)].concat()),
            // #10517: the days of November after the change began an hour early, and what was offered could not be booked.
            ("America/New_York", "09:00-12:00", "2027-11-06T00:00:00Z", "2027-11-09T00:00:00Z", [hours("2027-11-06", 13..16), hours("2027-11-07", 14..17), hours("2027-11-08", 14..17)].concat()),
        ];
        for (number, (zone, open, from, to, expected)) in cases.into_iter().enumerate() {
            let room = app.resource_with(&anna, json!({ "name": format!("Room {number}"), "time_zone": zone })).await;
            let rules = json!({ "hours": open, "start_step_minutes": 60 });
            app.put(&format!("/resources/{room}/rules"), rules).by(&anna).await.was(200);
            let asked = format!("resource_ids={room}&duration_minutes=60&from={from}&to={to}");
            let slots = app.get("/availability/slots").query(&asked).by(&anna).await.is(200);
            let starts: Vec<Value> = slots.at("/items/0/slots").as_array().unwrap().iter().map(|it| it["starts_at"].clone()).collect();
            assert_eq!(starts, expected, "{zone} {open}");
            let wish = |start: Timestamp| json!({ "resource_id": room, "starts_at": start.to_string(), "ends_at": (start + SignedDuration::from_hours(1)).to_string() });
            for start in expected.iter().map(|start| start.parse::<Timestamp>().unwrap()) {
                for beside in [-1, 1].map(|hours| start + SignedDuration::from_hours(hours)) {
                    let allowed = app.post("/bookings/check", wish(beside)).by(&anna).await.is(200).at("/allowed");
                    assert_eq!(allowed, json!(expected.contains(&beside.to_string())), "{zone} {open} {beside}");
                }
            }
            for start in expected {
                let booked = app.post("/bookings/", wish(start.parse().unwrap())).by(&anna).await.is(201);
                assert_eq!(booked.at("/starts_at"), json!(start));
            }
        }
    }

    async fn a_search_finds_the_smallest_that_fits(app) {
        let anna = app.user("anna").await;
        let mut tables = Vec::new();
        for seats in [8, 4, 6] {
            let body = json!({ "name": format!("For {seats}"), "kind": "table", "capacity": seats });
            tables.push(app.resource_with(&anna, body).await);
        }
        let wanted = |party: i64| json!({
            "kind": "table", "from": at(&app, 60), "to": at(&app, 180), "duration_minutes": 120, "party_size": party,
        });
        let best = async |party| {
            let found = app.post("/availability/search", wanted(party)).by(&anna).await.is(200);
            found.at("/candidates").as_array().unwrap().iter().map(|it| it["resource_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(best(4).await, [tables[1].clone(), tables[2].clone(), tables[0].clone()]);
        assert_eq!(best(5).await, [tables[2].clone(), tables[0].clone()]);
        app.book(&anna, &tables[2], 60, 180).await.was(201);
        assert_eq!(best(5).await, [tables[0].clone()]);
        app.book(&anna, &tables[0], 60, 180).await.was(201);
        let full = app.post("/availability/search", wanted(5)).by(&anna).await.is(200);
        assert_eq!(full.at("/candidates"), json!([]));
        // The nearest is when the guests before have gone.
        assert_eq!(full.at("/alternatives/0/starts_at"), json!(at(&app, 180)));
    }

    async fn where_nothing_fits_the_nearest_comes_first(app) {
        let anna = app.user("anna").await;
        let room = app.resource(&anna, "Room").await;
        // Everything is free but for an evening in ten days.
        let evening = 10 * 24 * 60 + 9 * 60;
        app.book(&anna, &room, evening, evening + 240).await.was(201);
        let nearest = async |from, to| {
            let body = json!({ "resource_ids": [room], "from": at(&app, from), "to": at(&app, to), "duration_minutes": 120, "limit": 2 });
            let found = app.post("/availability/search", body).by(&anna).await.is(200);
            assert_eq!(found.at("/candidates"), json!([]), "{found}");
            found.column_of("/alternatives", "starts_at")
        };
        // Later is as near as earlier, also where the window is longer than what is looked for.
        assert_eq!(nearest(evening, evening + 240).await, [at(&app, evening - 120), at(&app, evening + 240)]);
        assert_eq!(nearest(evening + 60, evening + 240).await, [at(&app, evening + 240), at(&app, evening + 255)]);
        assert_eq!(nearest(evening, evening + 120).await, [at(&app, evening - 120), at(&app, evening - 135)]);
    }

    async fn a_search_looks_at_what_people_have(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let (room, desk) = (app.resource(&anna, "Room").await, app.resource(&anna, "Desk").await);
        app.book(&berta, &desk, 60, 120).await.was(201);
        let body = json!({
            "resource_ids": [room], "from": at(&app, 60), "to": at(&app, 180), "duration_minutes": 60,
            "people": [anna.id, berta.id],
        });
        let found = app.post("/availability/search", body.clone()).by(&anna).await.is(200);
        assert_eq!(found.at("/candidates/0/starts_at"), json!(at(&app, 120)));
        // Somebody who is not there is not free.
        let mut strange = body;
        strange["people"] = json!([anna.id, uuid()]);
        app.post("/availability/search", strange).by(&anna).await.problem(404, "user-not-found");
    }

    async fn questions_are_bounded(app) {
        let anna = app.user("anna").await;
        let ask = |query: String| app.get("/availability/slots").query(&query).by(&anna);
        ask(format!("duration_minutes=0&{}", window(&app, 0, 60))).await.names(&["/duration_minutes"]);
        ask(window(&app, 60, 60)).await.names(&["/to"]);
        ask(window(&app, 0, 63 * 24 * 60)).await.names(&["/to"]);
        ask(format!("resource_ids=x&{}", window(&app, 0, 60))).await.names(&["/resource_ids"]);
        app.get("/availability/").query(&format!("from=2026-11-23&to={}", at(&app, 60))).by(&anna).await.names(&["/from"]);
        let body = json!({ "from": at(&app, 0), "to": at(&app, 60), "limit": 101, "people": ["x"], "colour": 1 });
        app.post("/availability/search", body).by(&anna).await.any_problem();
    }
}

fn uuid() -> &'static str {
    "01a207a2-3280-7000-8000-00000000ffff"
}
