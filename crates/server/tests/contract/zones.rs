//! New rules of time zones: nobody is moved, and what the clock on the wall tells otherwise is listed.

use bronya_server::app::zones::{Noticed, Rules, notice};
use bronya_testkit::{TestApp, on_both};
use serde_json::{Value, json};

/// Rules by which Berlin goes by the clock of another zone.
fn with_berlin_as(version: &str, zone: &str) -> Rules {
    let mut rules = Rules { version: version.to_owned(), ..Rules::bundled() };
    let of = |name: &str| rules.zones.iter().position(|(it, _)| it == name).unwrap();
    let (berlin, other) = (of("Europe/Berlin"), of(zone));
    let other = rules.zones[other].1.clone();
    rules.zones[berlin].1 = other;
    rules
}

async fn noticed(app: &TestApp, rules: &Rules) -> Noticed {
    notice(&app.app(), uuid::Uuid::from_u128(7), rules).await.unwrap().unwrap()
}

on_both! {
    async fn nobody_is_moved_and_what_differs_is_told(app) {
        let root = app.admin("root").await;
        let room = app.resource_with(&root, json!({ "name": "Room", "time_zone": "Europe/Berlin" })).await;
        let elsewhere = app.resource_with(&root, json!({ "name": "Elsewhere", "time_zone": "Europe/Paris" })).await;
        let own = with_berlin_as("2026y", "Europe/Berlin");
        assert_eq!(noticed(&app, &own).await, Noticed::First);
        assert_eq!(noticed(&app, &own).await, Noticed::Same);

        // Three weeks, of which the last is in summer time; a day in July here and there; and one that is cancelled.
        let series = json!({
            "resource_id": room, "rule": "FREQ=WEEKLY;COUNT=3", "starts_at_local": "2027-03-15T09:00", "ends_at_local": "2027-03-15T10:00",
        });
        let series = app.post("/series/", series).by(&root).await.is(201);
        let single = |place: &str| json!({ "resource_id": place, "starts_at": "2027-07-01T09:00:00+02:00", "ends_at": "2027-07-01T17:00:00+02:00" });
        let alone = app.post("/bookings", single(&room)).by(&root).await.is(201);
        app.post("/bookings", single(&elsewhere)).by(&root).await.was(201);
        let gone = json!({ "resource_id": room, "starts_at": "2027-07-02T09:00:00+02:00", "ends_at": "2027-07-02T17:00:00+02:00" });
        let gone = app.post("/bookings", gone).by(&root).await.is(201).id();
        app.delete(&format!("/bookings/{gone}")).by(&root).await.was(200);
        // Time that is blocked in July again and again, and some that stays as it is.
        let often = json!({ "resource_id": room, "rule": "FREQ=DAILY;COUNT=1", "starts_at_local": "2027-07-05T09:00", "ends_at_local": "2027-07-05T10:00" });
        let blocked = app.post("/schedule/series", often).by(&root).await.is(201);
        let winter = json!({ "resource_id": room, "starts_at": "2027-12-01T09:00:00+01:00", "ends_at": "2027-12-01T17:00:00+01:00" });
        app.post("/schedule", winter).by(&root).await.was(201);
        app.clock().advance_secs(60);
        let before = app.stored().await;

        // From now on Berlin has no summer time.
        let lagos = with_berlin_as("2026z", "Africa/Lagos");
        assert_eq!(noticed(&app, &lagos).await, Noticed::Changed { zones: 1, bookings: 2, blocks: 1 });
        assert_eq!(noticed(&app, &lagos).await, Noticed::Same);
        assert_eq!(app.stored().await, before, "nothing is moved");
        let list = || app.get("/time-zone-shifts/").by(&root);
        let items = list().await.is(200).items();
        let third = &series.at("/series/bookings/2/id");
        let line = |booking: &Value, series: Value, times: [&str; 4]| json!({
            "booking_id": booking, "series_id": series, "resource_id": room, "time_zone": "Europe/Berlin",
            "starts_at": times[0], "ends_at": times[1], "would_start_at": times[2], "would_end_at": times[3],
            "from_version": "2026y", "to_version": "2026z", "noticed_at": app.clock().in_minutes(0),
        });
        let summer = ["2027-03-29T07:00:00Z", "2027-03-29T08:00:00Z", "2027-03-29T08:00:00Z", "2027-03-29T09:00:00Z"];
        let july = ["2027-07-01T07:00:00Z", "2027-07-01T15:00:00Z", "2027-07-01T08:00:00Z", "2027-07-01T16:00:00Z"];
        assert_eq!(items, [line(third, series.at("/series/id"), summer), line(&alone.at("/id"), Value::Null, july)]);
        let blocks = || app.get("/time-zone-shifts/blocks").by(&root);
        assert_eq!(blocks().await.is(200).items(), [json!({
            "block_id": blocked.at("/items/0/id"), "series_id": blocked.at("/id"), "resource_id": room, "time_zone": "Europe/Berlin",
            "starts_at": "2027-07-05T07:00:00Z", "ends_at": "2027-07-05T08:00:00Z",
            "would_start_at": "2027-07-05T08:00:00Z", "would_end_at": "2027-07-05T09:00:00Z",
            "from_version": "2026y", "to_version": "2026z", "noticed_at": app.clock().in_minutes(0),
        })]);
        let page = app.get("/time-zone-shifts").query("limit=1").by(&root).await.is(200);
        let cursor = format!("cursor={}", page.text("/next_cursor"));
        assert_eq!(app.get("/time-zone-shifts").query(&cursor).by(&root).await.is(200).items(), items[1..]);

        // A server with the older rules says nothing of it, and what is booked by the new ones is what it is.
        assert_eq!(noticed(&app, &own).await, Noticed::Older);
        let late = json!({ "resource_id": room, "starts_at": "2027-08-01T09:00:00+01:00", "ends_at": "2027-08-01T10:00:00+01:00" });
        app.post("/bookings", late).by(&root).await.was(201);
        assert_eq!(list().await.is(200).items(), items);

        // The next version changes the same again: what counts is when it was meant. Who is moved has been seen to.
        let moved = json!({ "starts_at": july[2], "ends_at": july[3] });
        app.patch(&format!("/bookings/{}", alone.id()), moved).by(&root).await.was(200);
        assert_eq!(list().await.is(200).items(), items[..1]);
        app.clock().advance_secs(60);
        assert_eq!(noticed(&app, &with_berlin_as("2027a", "Europe/Moscow")).await, Noticed::Changed { zones: 1, bookings: 5, blocks: 2 });
        let first = list().await.is(200).items()[2].clone();
        let seen = [&first["booking_id"], &first["would_start_at"], &first["from_version"], &first["to_version"]];
        assert_eq!(seen, [third, &json!("2027-03-29T06:00:00Z"), &json!("2026y"), &json!("2027a")]);
        assert_eq!(blocks().await.is(200).at("/items/0/would_start_at"), json!("2027-07-05T06:00:00Z"));
        // And as it was when the series was booked, nothing of that series differs any more.
        app.clock().advance_secs(60);
        assert_eq!(noticed(&app, &with_berlin_as("2027b", "Europe/Berlin")).await, Noticed::Changed { zones: 1, bookings: 2, blocks: 0 });
        assert_eq!(blocks().await.is(200).items(), Vec::<Value>::new());
        let left: Vec<Value> = list().await.is(200).items().iter().map(|it| it["would_start_at"].clone()).collect();
        assert_eq!(left, ["2027-07-01T07:00:00Z", "2027-08-01T07:00:00Z"]);
    }
}
