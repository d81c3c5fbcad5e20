//! Series: by the clock on the wall, all or none, and what differs is told.

use bronya_testkit::{TestApp, on_both};
use serde_json::{Value, json};

/// The clock of the tests shows Monday, 23 November 2026, 09:00 UTC.
fn weekly(resource: &str, count: u8) -> Value {
    json!({
        "resource_id": resource, "rule": format!("FREQ=WEEKLY;COUNT={count}"),
        "starts_at_local": "2026-11-30T09:00", "ends_at_local": "2026-11-30T10:00",
    })
}

fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

async fn room(app: &TestApp, by: &bronya_testkit::User) -> String {
    app.resource_with(by, json!({ "name": "Room", "time_zone": "Europe/Berlin" })).await
}

fn starts(bookings: &Value) -> Vec<String> {
    bookings.as_array().unwrap().iter().map(|it| it["starts_at"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    /// What is sent to keep a server busy: refused, each with less work than is worth mentioning. The domain's tests know why each is.
    async fn bombs_are_refused_at_once(app) {
        let anna = app.user("anna").await;
        let room = room(&app, &anna).await;
        let numbers = |max: u32| (0..max).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        let product = format!("FREQ=DAILY;BYHOUR={};BYMINUTE={1};BYSECOND={1};BYSETPOS=1", numbers(24), numbers(60));
        let long = format!("FREQ=WEEKLY;BYDAY=MO{}", ",MO".repeat(60_000));
        let rules = [
            "FREQ=SECONDLY", "FREQ=MINUTELY;COUNT=1", "FREQ=HOURLY;INTERVAL=1000", "FREQ=DAILY;COUNT=1000000000",
            "FREQ=DAILY;COUNT=99999999999999999999999999", "FREQ=DAILY;INTERVAL=0", "FREQ=YEARLY;INTERVAL=0;COUNT=5",
            "FREQ=DAILY;INTERVAL=18446744073709551616", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;UNTIL=99991231", "FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=YEARLY;BYMONTH=4,6,9,11;BYMONTHDAY=31;COUNT=366", "FREQ=YEARLY;BYDAY=1MO;BYMONTHDAY=30;COUNT=366",
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;COUNT=366", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=TU;COUNT=366",
            "FREQ=YEARLY;INTERVAL=999;COUNT=2", "FREQ=YEARLY;BYDAY=TU;BYMONTHDAY=29;BYMONTH=2;UNTIL=99991231", "FREQ=DAILY;UNTIL=99991231",
            "FREQ=DAILY;UNTIL=99991231T235959Z", "FREQ=YEARLY;INTERVAL=1000;UNTIL=99991231T235959", "FREQ=MONTHLY;BYMONTHDAY=4;UNTIL=99991231T235959Z",
            &product, &long, "RRULE:FREQ=DAILY;COUNT=2\r\nRRULE:FREQ=DAILY;COUNT=2", "FREQ=DAILY\nRRULE:FREQ=DAILY", "FREQ=DAILY;RRULE:FREQ=DAILY",
            "FREQ=DAILY;FREQ=SECONDLY", "FREQ=DAILY;UNTIL=20270103T235959Z", "FREQ=DAILY;UNTIL=00000101", "FREQ=DAILY", "",
        ];
        assert!(30 <= rules.len());
        let mut slowest = std::time::Duration::MAX;
        for rule in rules {
            let body = json!({ "resource_id": room, "rule": rule, "starts_at_local": "2027-01-04T09:00", "ends_at_local": "2027-01-04T10:00" });
            // A machine that does something else may take its time once, and not each time.
            let mut fastest = std::time::Duration::MAX;
            for path in ["/series/", "/series/check", "/schedule/series"].into_iter().cycle().take(30) {
                let began = std::time::Instant::now();
                app.post(path, body.clone()).by(&anna).await.problem(422, "validation");
                fastest = fastest.min(began.elapsed());
                if fastest.as_millis() < 100 && path == "/schedule/series" {
                    break;
                }
            }
            assert!(fastest.as_millis() < 100, "{fastest:?} for {}", &rule[..rule.len().min(80)]);
            slowest = if slowest == std::time::Duration::MAX { fastest } else { slowest.max(fastest) };
        }
        println!("{} bombs, the slowest refused after {slowest:?}", rules.len());
        let mut dates = json!({ "resource_id": room, "rule": "FREQ=DAILY;COUNT=2", "starts_at_local": "2027-01-04T09:00", "ends_at_local": "2027-01-04T10:00" });
        dates["exdates"] = (0..10_000).map(|_| json!("2027-01-05T09:00")).collect();
        let refused = app.post("/series/check", dates).by(&anna).await;
        assert!(refused.status == 422 || refused.status == 413, "{refused}");
        app.audit().await;
    }

    async fn nine_stays_nine_when_clocks_change(app) {
        let anna = app.user("anna").await;
        let room = room(&app, &anna).await;
        let body = json!({
            "resource_id": room, "rule": "FREQ=WEEKLY;COUNT=3", "title": "Stand-up",
            "starts_at_local": "2027-03-21T09:00", "ends_at_local": "2027-03-21T10:00",
        });
        let made = app.post("/series/", body).by(&anna).await.is(201);
        let expected = ["2027-03-21T08:00:00Z", "2027-03-28T07:00:00Z", "2027-04-04T07:00:00Z"];
        assert_eq!(starts(&made.at("/series/bookings")), expected);
        let id = made.text("/series/id");
        assert_eq!(made.header("location"), Some(format!("/series/{id}").as_str()));
        assert_eq!((made.at("/moved"), made.at("/skipped")), (json!([]), json!([])));
        let read = app.get(&format!("/series/{id}")).by(&anna).await.is(200);
        assert_eq!(read.json(), made.at("/series"));
        assert_eq!((read.text("/rule"), read.text("/time_zone")), ("FREQ=WEEKLY;COUNT=3".to_owned(), "Europe/Berlin".to_owned()));
        let first = app.get("/bookings/my").by(&anna).await.is(200).items().remove(0);
        assert_eq!((&first["series_id"], &first["title"]), (&json!(id), &json!("Stand-up")));
        app.audit().await;
    }

    async fn all_or_none_and_every_reason_is_told(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let room = room(&app, &anna).await;
        let taken = |day: &str| json!({ "resource_id": room, "starts_at": format!("{day}T08:30:00Z"), "ends_at": format!("{day}T09:30:00Z") });
        app.post("/bookings/", taken("2026-12-07")).by(&berta).await.was(201);
        app.post("/bookings/", taken("2026-12-21")).by(&berta).await.was(201);
        let before = app.stored().await;
        let check = app.post("/series/check", weekly(&room, 5)).by(&anna).await.is(200);
        assert_eq!((check.at("/allowed"), check.at("/report")), (json!(false), Value::Null));
        assert_eq!(starts(&check.at("/refused")), ["2026-12-07T08:00:00Z", "2026-12-21T08:00:00Z"]);
        let refused = app.post("/series/", weekly(&room, 5)).by(&anna).await.problem(409, "series-refused");
        assert_eq!(starts(&refused["refused"]), ["2026-12-07T08:00:00Z", "2026-12-21T08:00:00Z"]);
        assert_eq!(refused["refused"][0]["problem"]["type"], "/problems/booking-conflict");
        assert_eq!(app.stored().await, before);

        let nearest = app.post("/series/check", with(weekly(&room, 5), "on_conflict", json!("nearest"))).by(&anna).await.is(200);
        assert_eq!(nearest.at("/report/moved").as_array().unwrap().len(), 2);
        assert_eq!(nearest.text("/report/moved/0/moved_to_starts_at"), "2026-12-07T07:30:00Z");
        assert_eq!(app.stored().await, before);
        let skip = app.post("/series/", with(weekly(&room, 5), "on_conflict", json!("skip"))).by(&anna).await.is(201);
        assert_eq!(starts(&skip.at("/series/bookings")), ["2026-11-30T08:00:00Z", "2026-12-14T08:00:00Z", "2026-12-28T08:00:00Z"]);
        assert_eq!(starts(&skip.at("/skipped")), ["2026-12-07T08:00:00Z", "2026-12-21T08:00:00Z"]);
        // Of nothing there is no series.
        let all = app.post("/series/", with(weekly(&room, 1), "on_conflict", json!("skip"))).by(&berta).await;
        all.problem(409, "series-refused");
        app.audit().await;
    }

    async fn what_is_moved_goes_where_everything_is_free(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let (left, right) = (room(&app, &anna).await, room(&app, &anna).await);
        let hall = app.resource_with(&anna, json!({ "name": "Hall", "time_zone": "Europe/Berlin", "part_ids": [left, right] })).await;
        let projector = app.resource_with(&anna, json!({ "name": "Projector", "time_zone": "Europe/Berlin" })).await;
        let once = json!({ "quotas": [{ "scope": "resource", "measure": "bookings_a_day", "max": 1 }], "hours": "08:00-18:00" });
        app.put(&format!("/resources/{projector}/rules"), once).by(&anna).await.was(200);
        let taken = |resource: &str, from: &str, to: &str| json!({ "resource_id": resource, "starts_at": from, "ends_at": to });
        let moved = async |body: Value| {
            let checked = app.post("/series/check", with(body, "on_conflict", json!("nearest"))).by(&anna).await.is(200);
            assert_eq!((checked.at("/allowed"), checked.at("/report/skipped")), (json!(true), json!([])), "{checked}");
            checked.column_of("/report/moved", "moved_to_starts_at")
        };
        // Half of the hall is taken at that time, and the other half in the hour before.
        for (half, from, to) in [(&left, "08", "09"), (&right, "07", "08")] {
            let asked = taken(half, &format!("2026-12-07T{from}:00:00Z"), &format!("2026-12-07T{to}:00:00Z"));
            app.post("/bookings/", asked).by(&berta).await.was(201);
        }
        assert_eq!(moved(weekly(&hall, 3)).await, ["2026-12-07T09:00:00Z"]);
        // The projector is taken the whole day, and on the next day there is one booking for each.
        app.post("/bookings/", taken(&projector, "2026-12-14T07:00:00Z", "2026-12-14T17:00:00Z")).by(&berta).await.was(201);
        app.post("/bookings/", taken(&projector, "2026-12-13T16:30:00Z", "2026-12-13T17:00:00Z")).by(&anna).await.was(201);
        let body = with(weekly(&right, 4), "along", json!([{ "resource_id": projector }]));
        assert_eq!(moved(body).await, ["2026-12-15T07:00:00Z"]);
        // By itself the place is open later on that day.
        app.put(&format!("/resources/{left}/rules"), json!({ "hours": "12:00-14:00" })).by(&anna).await.was(200);
        let noon = ["2026-11-30T11:00:00Z", "2026-12-07T11:00:00Z", "2026-12-14T11:00:00Z"];
        assert_eq!(moved(weekly(&left, 3)).await, noon);
    }

    async fn a_series_is_in_its_own_way_too(app) {
        let anna = app.user("anna").await;
        let room = room(&app, &anna).await;
        let body = json!({
            "resource_id": room, "rule": "FREQ=DAILY;COUNT=3", "starts_at_local": "2026-11-30T09:00",
            "ends_at_local": "2026-12-01T10:00",
        });
        let refused = app.post("/series/", body).by(&anna).await.problem(409, "series-refused");
        // The second stands on the first; the third only on the second, which is not there.
        assert_eq!(refused["refused"].as_array().unwrap().len(), 1);
    }

    async fn this_following_and_all(app) {
        let anna = app.user("anna").await;
        let room = room(&app, &anna).await;
        let made = app.post("/series/", weekly(&room, 6)).by(&anna).await.is(201);
        let path = format!("/series/{}", made.text("/series/id"));
        let booking = |place: usize| made.text(&format!("/series/bookings/{place}/id"));
        // This one.
        app.delete(&format!("/bookings/{}", booking(1))).by(&anna).await.was(200);
        // All: an hour later, which makes room from the end.
        let later = app.patch(&path, json!({ "start_time": "09:30" })).by(&anna).await.is(200);
        let expected = ["30T08:30", "14T08:30", "21T08:30", "28T08:30", "04T08:30"];
        let seen: Vec<String> = starts(&later.at("/items")).iter().map(|it| it[8..16].to_owned()).collect();
        assert_eq!(seen, expected);
        assert_eq!(later.text("/items/0/ends_at"), "2026-11-30T09:30:00Z");
        // This and following.
        let from = "from=2026-12-21T08:30:00Z";
        for wrong in [json!(""), json!("a\nb"), json!("x".repeat(501)), json!(7)] {
            app.delete(&path).query(from).json(json!({ "reason": wrong })).by(&anna).await.names(&["/reason"]);
        }
        let gone = app.delete(&path).query(from).json(json!({ "reason": "The team moves out" })).by(&anna).await.is(200);
        assert_eq!(gone.column("closed_reason"), ["The team moves out"; 3]);
        let left = app.get(&path).by(&anna).await.is(200);
        let statuses: Vec<Value> = left.at("/bookings").as_array().unwrap().iter().map(|it| it["status"].clone()).collect();
        let standing = statuses.iter().filter(|it| *it == "confirmed").count();
        assert_eq!((standing, statuses.len()), (2, 6));
        // Nothing is left of it to change, and that is no error.
        assert_eq!(app.delete(&path).query(from).by(&anna).await.is(200).at("/items"), json!([]));
        app.audit().await;
    }

    async fn a_cancelling_is_taken_back_as_far_as_it_can_be(app) {
        let (mia, anna, berta) = (app.user("mia").await, app.user("anna").await, app.user("berta").await);
        let room = room(&app, &mia).await;
        let made = app.post("/series/", weekly(&room, 5)).by(&anna).await.is(201);
        let path = format!("/series/{}", made.text("/series/id"));
        let undo = || app.call("POST", &format!("{path}/undo"));
        undo().by(&anna).await.problem(409, "nothing-to-undo");
        // One was cancelled by itself before, and is no part of what is taken back.
        app.delete(&format!("/bookings/{}", made.text("/series/bookings/0/id"))).by(&anna).await.was(200);
        app.clock().advance_secs(60);
        let gone = app.delete(&path).query("from=2026-12-01T00:00:00Z").by(&anna).await.is(200);
        assert_eq!(starts(&gone.at("/items")).len(), 4);
        let other = |day: &str| json!({ "resource_id": room, "starts_at": format!("2026-12-{day}T08:30:00Z"), "ends_at": format!("2026-12-{day}T09:00:00Z") });
        let taken = app.post("/bookings/", other("14")).by(&berta).await.is(201).id();
        undo().by(&berta).await.problem(404, "series-not-found");
        let again = undo().by(&anna).await.is(200);
        assert_eq!(starts(&again.at("/items")), ["2026-12-07T08:00:00Z", "2026-12-21T08:00:00Z", "2026-12-28T08:00:00Z"]);
        assert_eq!(starts(&again.at("/refused")), ["2026-12-14T08:00:00Z"]);
        assert_eq!(again.text("/refused/0/problem/type"), "/problems/booking-conflict");
        assert_eq!((again.text("/items/0/status"), again.at("/items/0/series_id")), ("confirmed".to_owned(), made.at("/series/id")));
        // The rest is not lost: once it is free it stands again too.
        undo().by(&anna).await.problem(409, "series-refused");
        app.delete(&format!("/bookings/{taken}")).by(&berta).await.was(200);
        assert_eq!(starts(&undo().by(&mia).await.is(200).at("/items")), ["2026-12-14T08:00:00Z"]);
        // What is left was cancelled before all that.
        assert_eq!(starts(&undo().by(&anna).await.is(200).at("/items")), ["2026-11-30T08:00:00Z"]);
        undo().by(&anna).await.problem(409, "nothing-to-undo");
        app.audit().await;
    }

    async fn a_cancelled_booking_stands_again_by_the_rules_of_now(app) {
        let (mia, anna) = (app.user("mia").await, app.user("anna").await);
        let room = room(&app, &mia).await;
        app.put(&format!("/resources/{room}/rules"), json!({ "quotas": [{ "scope": "everything", "measure": "at_a_time", "max": 1 }] })).by(&mia).await.was(200);
        let first = app.booked(&anna, &room, 60, 120).await;
        let cancelled = app.delete(&format!("/bookings/{first}")).by(&anna).await.is(200);
        assert_eq!(cancelled.text("/undo_until"), app.clock().in_minutes(60));
        // Who has taken something else instead has no second one by that.
        let second = app.booked(&anna, &room, 180, 240).await;
        let undo = || app.call("POST", &format!("/bookings/{first}/undo"));
        undo().by(&anna).await.problem(422, "against-policy");
        app.delete(&format!("/bookings/{second}")).by(&anna).await.was(200);
        let again = undo().by(&anna).await.is(200);
        assert_eq!((again.text("/status"), again.at("/undo_until")), ("confirmed".to_owned(), Value::Null));
        let told = app.get(&format!("/bookings/{first}/events")).by(&anna).await.is(200).column("action");
        assert_eq!(told, ["booking.created", "booking.cancelled", "booking.undone"]);
        // An hour later nothing is taken back.
        app.delete(&format!("/bookings/{first}")).by(&anna).await.was(200);
        let anna = app.later(&anna, jiff::SignedDuration::from_mins(61)).await;
        undo().by(&anna).await.problem(409, "nothing-to-undo");
        app.audit().await;
    }

    async fn a_change_of_a_series_is_all_or_none(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let room = room(&app, &anna).await;
        let made = app.post("/series/", weekly(&room, 3)).by(&anna).await.is(201);
        let path = format!("/series/{}", made.text("/series/id"));
        let other = json!({ "resource_id": room, "starts_at": "2026-12-07T09:00:00Z", "ends_at": "2026-12-07T10:00:00Z" });
        app.post("/bookings/", other).by(&berta).await.was(201);
        let before = app.stored().await;
        let refused = app.patch(&path, json!({ "start_time": "10:00" })).by(&anna).await.problem(409, "series-refused");
        assert_eq!(app.stored().await, before);
        // Whoever moves later is decided from the end, and told of the date all the same.
        assert_eq!(starts(&refused["refused"]), ["2026-12-07T09:00:00Z"], "{refused}");
        assert_eq!(refused["refused"][0]["ends_at"], "2026-12-07T10:00:00Z");
        assert_eq!(refused["refused"][0]["problem"]["type"], "/problems/booking-conflict");
        app.put(&format!("/resources/{room}/rules"), json!({ "cancel_notice_minutes_min": 15_000 })).by(&anna).await.was(200);
        let carl = app.user("carl").await;
        let early = with(weekly(&room, 3), "starts_at_local", json!("2026-11-30T06:00"));
        let made = app.post("/series/", with(early, "ends_at_local", json!("2026-11-30T07:00"))).by(&carl).await.is(201);
        let path_of_carl = format!("/series/{}", made.text("/series/id"));
        let refused = app.delete(&path_of_carl).by(&carl).await.problem(409, "series-refused");
        assert_eq!(starts(&refused["refused"]), ["2026-11-30T05:00:00Z"], "{refused}");
        app.patch(&path, json!({ "title": "x" })).by(&berta).await.problem(404, "series-not-found");
        app.patch(&path, json!({ "start_time": "25:00", "colour": 1 })).by(&anna).await.any_problem();
    }

    async fn a_key_makes_one_series(app) {
        let anna = app.user("anna").await;
        let room = room(&app, &anna).await;
        let first = app.post("/series/", weekly(&room, 3)).key("k").by(&anna).await.is(201);
        let again = app.post("/series/", weekly(&room, 3)).key("k").by(&anna).await.is(201);
        assert_eq!((again.json(), again.header("idempotent-replayed")), (first.json(), Some("true")));
        assert_eq!(app.get("/bookings/my").by(&anna).await.is(200).items().len(), 3);
    }

    async fn what_makes_no_series_is_refused_with_its_place(app) {
        let anna = app.user("anna").await;
        let room = room(&app, &anna).await;
        let rule = |rule: &str| with(weekly(&room, 1), "rule", json!(rule));
        for bad in ["", "FREQ=HOURLY;COUNT=2", "FREQ=WEEKLY", "FREQ=DAILY;COUNT=1000000000", "FREQ=DAILY;INTERVAL=0;COUNT=2",
            "FREQ=YEARLY;COUNT=300", "FREQ=WEEKLY;BYDAY=TU;COUNT=3"] {
            app.post("/series/", rule(bad)).by(&anna).await.names(&["/rule"]);
        }
        let at = |member: &str, text: &str| with(weekly(&room, 1), member, json!(text));
        for bad in ["2026-11-30T09:00:00Z", "2026-11-30 09:00", "2026-02-30T09:00", "9:00"] {
            app.post("/series/", at("starts_at_local", bad)).by(&anna).await.names(&["/starts_at_local"]);
        }
        app.post("/series/", at("time_zone", "Mars/Phobos")).by(&anna).await.names(&["/time_zone"]);
        let exdates = with(weekly(&room, 3), "exdates", json!(["2026-12-07T09:00", "soon"]));
        app.post("/series/", exdates).by(&anna).await.names(&["/exdates/1"]);
        let left_out = with(weekly(&room, 3), "exdates", json!(["2026-12-07T09:00"]));
        let made = app.post("/series/", left_out).by(&anna).await.is(201);
        assert_eq!(starts(&made.at("/series/bookings")), ["2026-11-30T08:00:00Z", "2026-12-14T08:00:00Z"]);
    }

    async fn what_was_left_out_and_added_is_told(app) {
        let anna = app.user("anna").await;
        let room = room(&app, &anna).await;
        let body = with(with(weekly(&room, 3), "exdates", json!(["2026-12-07T09:00"])), "rdates", json!(["2026-12-09T09:00:00+01:00", "2026-12-10T09:00"]));
        let made = app.post("/series/", body).by(&anna).await.is(201);
        assert_eq!(starts(&made.at("/series/bookings")), ["2026-11-30T08:00:00Z", "2026-12-09T08:00:00Z", "2026-12-10T08:00:00Z", "2026-12-14T08:00:00Z"]);
        let read = app.get(&format!("/series/{}", made.text("/series/id"))).by(&anna).await.is(200);
        assert_eq!(read.at("/exdates"), json!(["2026-12-07T09:00:00"]));
        assert_eq!(read.at("/rdates"), json!(["2026-12-09T08:00:00Z", "2026-12-10T09:00:00"]));
        assert_eq!(read.json(), made.at("/series"));
    }

    /// "Every Tuesday instead of Monday", for what is to come: all or none, or as far as it can be had.
    async fn mondays_become_tuesdays(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let room = room(&app, &anna).await;
        let made = app.post("/series/", weekly(&room, 5)).by(&anna).await.is(201);
        let path = format!("/series/{}", made.text("/series/id"));
        app.delete(&format!("/bookings/{}", made.text("/series/bookings/1/id"))).by(&anna).await.was(200);
        let other = json!({ "resource_id": room, "starts_at": "2026-12-15T08:30:00Z", "ends_at": "2026-12-15T09:30:00Z" });
        app.post("/bookings/", other).by(&berta).await.was(201);
        let before = app.stored().await;
        let shift = |query: &str, body: Value| app.patch(&path, body).query(query).by(&anna);
        let refused = shift("", json!({ "shift_days": 1 })).await.problem(409, "series-refused");
        assert_eq!(starts(&refused["refused"]), ["2026-12-15T08:00:00Z"]);
        let tried = shift("dry_run=true", json!({ "shift_days": 1, "on_conflict": "nearest" })).await.is(200);
        assert_eq!(starts(&tried.at("/items")), ["2026-12-01T08:00:00Z", "2026-12-15T07:30:00Z", "2026-12-22T08:00:00Z", "2026-12-29T08:00:00Z"]);
        assert_eq!((starts(&tried.at("/moved")), tried.text("/moved/0/moved_to_starts_at")), (vec!["2026-12-15T08:00:00Z".to_owned()], "2026-12-15T07:30:00Z".to_owned()));
        assert_eq!(app.stored().await, before);
        let skipped = shift("", json!({ "shift_days": 1, "on_conflict": "skip" })).await.is(200);
        assert_eq!(starts(&skipped.at("/items")), ["2026-12-01T08:00:00Z", "2026-12-22T08:00:00Z", "2026-12-29T08:00:00Z"]);
        assert_eq!((starts(&skipped.at("/skipped")), skipped.text("/skipped/0/problem/type")), (vec!["2026-12-15T08:00:00Z".to_owned()], "/problems/booking-conflict".to_owned()));
        // This and following, and back: what was cancelled stays so, and what was left where it was is there.
        let back = shift("from=2026-12-22T08:00:00Z", json!({ "shift_days": -1, "start_time": "10:00" })).await.is(200);
        assert_eq!(starts(&back.at("/items")), ["2026-12-21T09:00:00Z", "2026-12-28T09:00:00Z"]);
        let now = app.get(&path).by(&anna).await.is(200).at("/bookings");
        assert_eq!(starts(&now), ["2026-12-01T08:00:00Z", "2026-12-07T08:00:00Z", "2026-12-14T08:00:00Z", "2026-12-21T09:00:00Z", "2026-12-28T09:00:00Z"]);
        assert_eq!(now[1]["status"], "cancelled");
        for bad in [json!(367), json!(-367)] {
            shift("", json!({ "shift_days": bad })).await.names(&["/shift_days"]);
        }
        shift("", json!({ "shift_days": 1, "rule": "FREQ=DAILY;COUNT=2", "exdates": [] })).await.names(&["/rule", "/exdates"]);
        // Nobody is in the way of the one before, in either direction, and nine stays nine.
        let daily = json!({ "resource_id": room, "rule": "FREQ=DAILY;COUNT=4", "starts_at_local": "2027-03-26T09:00", "ends_at_local": "2027-03-27T09:00" });
        let daily = format!("/series/{}", app.post("/series/", daily).by(&anna).await.is(201).text("/series/id"));
        let there = app.patch(&daily, json!({ "shift_days": 1 })).by(&anna).await.is(200);
        assert_eq!(starts(&there.at("/items")), ["2027-03-27T08:00:00Z", "2027-03-28T07:00:00Z", "2027-03-29T07:00:00Z", "2027-03-30T07:00:00Z"]);
        app.patch(&daily, json!({ "shift_days": -1 })).by(&anna).await.was(200);
        app.audit().await;
    }

    async fn a_series_goes_by_another_rule(app) {
        let (mia, otto, anna) = (app.user("mia").await, app.user("otto").await, app.user("anna").await);
        let (room, projector) = (room(&app, &mia).await, app.resource(&otto, "Projector").await);
        let along = json!([{ "resource_id": projector, "quantity": 1 }]);
        let body = with(with(weekly(&room, 4), "along", along.clone()), "title", json!("Choir"));
        let made = app.post("/series/", body).by(&anna).await.is(201);
        let path = format!("/series/{}", made.text("/series/id"));
        let ids = |bookings: &Value| bookings.as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let go = |by: &bronya_testkit::User, query: &str, body: Value| app.patch(&path, body).query(query).by(by);
        let tuesdays = json!({ "rule": "FREQ=WEEKLY;BYDAY=TU;COUNT=4", "starts_at_local": "2026-12-01T09:00", "participants": [{ "name": "Carl" }] });
        go(&otto, "", tuesdays.clone()).await.problem(403, "forbidden");
        let changed = go(&anna, "", tuesdays).await.is(200);
        assert_eq!(starts(&changed.at("/items")), ["2026-12-01T08:00:00Z", "2026-12-08T08:00:00Z", "2026-12-15T08:00:00Z", "2026-12-22T08:00:00Z"]);
        assert_eq!((ids(&changed.at("/items")), changed.at("/cancelled")), (ids(&made.at("/series/bookings")), json!([])));
        assert_eq!(changed.at("/items/3/participants"), json!([{ "name": "Carl" }]));
        let read = app.get(&path).by(&anna).await.is(200);
        assert_eq!((read.text("/rule"), read.text("/starts_at_local"), read.text("/ends_at_local")), ("FREQ=WEEKLY;COUNT=4;BYDAY=TU".to_owned(), "2026-12-01T09:00:00".to_owned(), "2026-12-01T10:00:00".to_owned()));
        // Twice a week from the third on: what stands stays, and what is new is like the last one.
        let twice = json!({ "rule": "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=8" });
        // Whoever books in somebody's name manages all of it.
        go(&mia, "from=2026-12-15T08:00:00Z", twice.clone()).await.problem(403, "forbidden");
        let root = app.admin("root").await;
        let more = go(&root, "from=2026-12-15T08:00:00Z", twice.clone()).await.is(200);
        assert_eq!(starts(&more.at("/items")), ["2026-12-17T08:00:00Z", "2026-12-24T08:00:00Z"]);
        let new = more.at("/items/0");
        assert_eq!((&new["user_id"], &new["made_by"], &new["title"], &new["along"]), (&json!(anna.id), &json!(root.id), &json!("Choir"), &along));
        assert_eq!((&new["participants"], &new["series_id"]), (&json!([{ "name": "Carl" }]), &made.at("/series/id")));
        assert_eq!(go(&anna, "from=2026-12-15T08:00:00Z", twice).await.is(200).at("/items"), json!([]));
        // Back to once: what there is no date for is cancelled. Dates that are taken are told, and then nothing is changed.
        let once = json!({ "rule": "FREQ=WEEKLY;BYDAY=TU;COUNT=4", "exdates": ["2026-12-22T09:00"] });
        let fewer = go(&anna, "", once).await.is(200);
        assert_eq!(starts(&fewer.at("/cancelled")), ["2026-12-22T08:00:00Z", "2026-12-17T08:00:00Z", "2026-12-24T08:00:00Z"].map(str::to_owned).into_iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>());
        let taken = json!({ "resource_id": room, "starts_at": "2026-12-16T08:30:00Z", "ends_at": "2026-12-16T09:00:00Z" });
        app.post("/bookings/", taken).by(&mia).await.was(201);
        let wednesdays = json!({ "rule": "FREQ=WEEKLY;BYDAY=WE;COUNT=4", "starts_at_local": "2026-12-02T09:00", "exdates": [] });
        let before = app.get(&path).by(&anna).await.is(200).json();
        let refused = go(&anna, "", wednesdays.clone()).await.problem(409, "series-refused");
        assert_eq!(starts(&refused["refused"]), ["2026-12-16T08:00:00Z"]);
        assert_eq!(app.get(&path).by(&anna).await.is(200).json(), before);
        let nearest = go(&anna, "", with(wednesdays, "on_conflict", json!("nearest"))).await.is(200);
        assert_eq!(starts(&nearest.at("/items")), ["2026-12-02T08:00:00Z", "2026-12-09T08:00:00Z", "2026-12-16T07:30:00Z", "2026-12-23T08:00:00Z"]);
        go(&anna, "", json!({ "rule": "FREQ=WEEKLY;BYDAY=MO;COUNT=4" })).await.names(&["/rule"]);
        go(&anna, "", json!({ "rule": "FREQ=HOURLY;COUNT=4", "ends_at_local": "soon", "rdates": ["x"] })).await.names(&["/ends_at_local", "/rule", "/rdates/0"]);
        app.audit().await;
    }

    /// Two who give a series the same rule at once book what is new once, also where there is room for more.
    async fn two_who_change_a_rule_at_once_book_nothing_twice(app) {
        let anna = app.user("anna").await;
        let pool = app.resource_with(&anna, json!({ "name": "Desks", "time_zone": "Europe/Berlin", "quantity": 9 })).await;
        let path = format!("/series/{}", app.post("/series/", weekly(&pool, 2)).by(&anna).await.is(201).text("/series/id"));
        let more = || tokio::spawn(app.patch(&path, json!({ "rule": "FREQ=WEEKLY;COUNT=4" })).by(&anna).into_future());
        for answer in [more(), more(), more(), more()] {
            let status = answer.await.unwrap().status.as_u16();
            assert!(matches!(status, 200 | 503), "{status}");
        }
        assert_eq!(app.get(&path).by(&anna).await.is(200).at("/bookings").as_array().unwrap().len(), 4);
        app.audit().await;
    }

    async fn whatever_can_be_changed_about_one_can_be_about_all(app) {
        let (mia, anna, carl) = (app.user("mia").await, app.user("anna").await, app.user("carl").await);
        let room = app.resource_with(&mia, json!({ "name": "Room", "time_zone": "Europe/Berlin", "quantity": 2 })).await;
        let projector = app.resource(&mia, "Projector").await;
        let guest = with(weekly(&room, 3), "guest", json!({ "name": "Mrs Regular", "phone": "+49 30 1" }));
        app.post("/series/", guest.clone()).by(&anna).await.problem(409, "series-refused");
        app.post("/series/", with(guest.clone(), "on_behalf_of", json!(anna.id))).by(&mia).await.names(&["/guest"]);
        let made = app.post("/series/", guest).by(&mia).await.is(201);
        let path = format!("/series/{}", made.text("/series/id"));
        // Each is its own guest's, and the series nobody's who could sign in.
        let owners: std::collections::BTreeSet<String> = made.column_of("/series/bookings", "user_id").into_iter().collect();
        assert!(owners.len() == 3 && !owners.contains(&mia.id));
        app.get(&path).by(&carl).await.problem(404, "series-not-found");
        let contact = json!({ "name": "Mrs Regular", "email": "regular@example.org", "phone": null });
        let body = json!({ "guest": contact, "participants": [{ "user_id": carl.id }], "along": [{ "resource_id": projector }], "quantity": 2, "notes": "By the window" });
        let changed = app.patch(&path, body.clone()).query("from=2026-12-07T08:00:00Z").by(&mia).await.is(200);
        assert_eq!(starts(&changed.at("/items")), ["2026-12-07T08:00:00Z", "2026-12-14T08:00:00Z"]);
        for it in changed.at("/items").as_array().unwrap() {
            assert_eq!((&it["guest"], &it["participants"]), (&contact, &body["participants"]));
            assert_eq!((&it["along"], &it["quantity"], &it["notes"]), (&json!([{ "resource_id": projector, "quantity": 1 }]), &json!(2), &json!("By the window")));
        }
        assert_eq!(app.get("/bookings/my").query("role=participant").by(&carl).await.is(200).items().len(), 2);
        // More dates are more guests of the same name.
        let more = app.patch(&path, json!({ "rule": "FREQ=WEEKLY;COUNT=4" })).by(&mia).await.is(200);
        assert_eq!((more.at("/items/0/guest"), more.at("/items/0/made_by")), (contact.clone(), json!(mia.id)));
        assert_eq!(more.at("/items/0/user_id"), more.at("/items/0/id"));
        let nothing = app.patch(&path, json!({ "along": null, "participants": null })).by(&mia).await.is(200);
        assert_eq!((nothing.at("/items/3/along"), nothing.at("/items/3/participants")), (json!([]), json!([])));
        for (bad, pointer) in [(json!({ "guest": null }), "/guest"), (json!({ "quantity": 0 }), "/quantity"), (json!({ "along": [{ "resource_id": 1 }] }), "/along/0/resource_id"),
            (json!({ "participants": [{}] }), "/participants/0")] {
            app.patch(&path, bad).by(&mia).await.names(&[pointer]);
        }
        app.patch(&path, json!({ "participants": [{ "user_id": "01a207ab-9591-7242-b1a5-d937d654a77e" }] })).by(&mia).await.problem(404, "user-not-found");
        // Who has no guest is given none.
        let own = app.post("/series/", weekly(&app.resource(&mia, "Other").await, 2)).by(&anna).await.is(201);
        let refused = app.patch(&format!("/series/{}", own.text("/series/id")), json!({ "guest": contact })).by(&anna).await.problem(409, "series-refused");
        assert_eq!(refused["refused"].as_array().unwrap().len(), 2);
        app.audit().await;
    }
}
