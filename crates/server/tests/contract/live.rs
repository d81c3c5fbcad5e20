//! The stream of what changes.

use bronya_server::app::live::STREAMS_OF_ONE_MAX;
use bronya_testkit::{Backend, on_both};
use serde_json::json;

on_both! {
    async fn what_others_change_is_told(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let hall = app.resource(&manager, "Hall").await;
        let [left, right] = [app.resource(&manager, "Left").await, app.resource(&manager, "Right").await];
        let whole = app.resource_with(&manager, json!({ "name": "Whole", "part_ids": [left, right] })).await;
        let mut events = app.get("/events/stream").by(&anna).listen().await;
        // What was done before is there to be read, and is told to nobody.
        assert_eq!(events.next().await, Some(("hello".to_owned(), json!({ "resource_ids": null }))));
        let booking = app.booked(&anna, &hall, 60, 120).await;
        assert_eq!(events.next().await, Some(("changed".to_owned(), json!({ "resource_ids": [hall] }))));
        app.delete(&format!("/bookings/{booking}")).by(&anna).await.was(200);
        events.changed(&hall).await;
        // Whoever has a part keeps others from the whole, and the other way round.
        app.booked(&anna, &left, 60, 120).await;
        events.changed(&whole).await;
        app.booked(&anna, &whole, 180, 240).await;
        events.changed(&right).await;
        app.block(&manager, &hall, 300, 360).await.was(201);
        events.changed(&hall).await;
        app.patch(&format!("/resources/{hall}"), json!({ "name": "Great hall" })).by(&manager).await.was(200);
        events.changed(&hall).await;
    }

    async fn what_a_booking_has_left_is_told_too(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let [hall, room, west, projector, screen] = {
            let name = async |name: &str| app.resource(&manager, name).await;
            [name("Hall").await, name("Room").await, name("West").await, name("Projector").await, name("Screen").await]
        };
        let whole = app.resource_with(&manager, json!({ "name": "Whole", "part_ids": [west] })).await;
        let made = json!({
            "resource_id": hall, "along": [{ "resource_id": projector }], "starts_at": app.clock().in_minutes(60), "ends_at": app.clock().in_minutes(120),
        });
        let booking = app.post("/bookings/", made).by(&anna).await.is(201).id();
        let path = format!("/bookings/{booking}");
        let heard = async |change: serde_json::Value| {
            let mut events = app.get("/events/stream").by(&anna).listen().await;
            events.next().await.unwrap();
            app.patch(&path, change).by(&anna).await.was(200);
            let mut ids: Vec<String> = serde_json::from_value(events.next().await.unwrap().1["resource_ids"].clone()).unwrap();
            ids.sort();
            ids
        };
        let sorted = |ids: &[&String]| { let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect(); ids.sort(); ids };
        // Another time is no other place.
        assert_eq!(heard(json!({ "ends_at": app.clock().in_minutes(130) })).await, sorted(&[&hall, &projector]));
        assert_eq!(heard(json!({ "resource_id": room })).await, sorted(&[&hall, &room, &projector]));
        assert_eq!(heard(json!({ "along": [{ "resource_id": screen }] })).await, sorted(&[&room, &projector, &screen]));
        assert_eq!(heard(json!({ "resource_id": whole, "along": [] })).await, sorted(&[&room, &screen, &whole, &west]));
        // What it was made of is free again too.
        assert_eq!(heard(json!({ "resource_id": room })).await, sorted(&[&room, &whole, &west]));
        let told = app.get(&format!("{path}/events")).by(&anna).await.is(200).column("action");
        assert_eq!(told.iter().filter(|it| *it == "booking.left").count(), 2, "{told:?}");
    }

    async fn other_servers_are_heard_too(app) {
        let other = if app.backend() == Backend::Postgres { app.another_node().await } else { app.clone() };
        let anna = app.user("anna").await;
        let hall = app.resource(&anna, "Hall").await;
        let mut events = other.get("/events/stream").by(&anna).listen().await;
        app.booked(&anna, &hall, 60, 120).await;
        events.changed(&hall).await;
    }

    async fn nobody_hears_of_what_is_hidden(app) {
        let (manager, anna) = (app.user("manager").await, app.user("anna").await);
        let open = app.resource(&manager, "Hall").await;
        let secret = app.resource_with(&manager, json!({ "name": "Vault", "visibility": "hidden" })).await;
        let mut own = app.get("/events/stream").by(&manager).listen().await;
        let mut others = app.get("/events/stream").by(&anna).listen().await;
        app.booked(&manager, &secret, 60, 120).await;
        own.changed(&secret).await;
        app.booked(&anna, &open, 60, 120).await;
        let heard = others.until(&open).await;
        assert!(!heard.contains(&secret), "{heard}");
        // Nor of what was missed of it.
        let since = format!("since={}", app.clock().in_minutes(0));
        let missed = |by: &bronya_testkit::User| app.get("/events/stream").query(&since).by(by).listen();
        let heard = missed(&anna).await.next().await.map(|(_, data)| data["resource_ids"].clone());
        assert_eq!(heard, Some(json!([open])));
        assert!(missed(&manager).await.next().await.unwrap().1.to_string().contains(&secret));
    }

    async fn whoever_has_read_is_told_what_was_missed_and_nothing_else(app) {
        let anna = app.user("anna").await;
        let [hall, room] = [app.resource(&anna, "Hall").await, app.resource(&anna, "Room").await];
        // Longer ago than a line may come late.
        app.clock().advance_secs(60);
        let since = app.clock().in_minutes(0);
        let hello = async |call: bronya_testkit::Call| {
            let (name, data) = call.by(&anna).listen().await.next().await.unwrap();
            assert_eq!(name, "hello");
            data["resource_ids"].clone()
        };
        let late = || app.get("/events/stream").query(&format!("since={since}"));
        assert_eq!(hello(late()).await, json!([]), "nothing has changed since, and nothing need be read again");
        app.booked(&anna, &room, 60, 120).await;
        assert_eq!(hello(late()).await, json!([room]));
        app.clock().advance_secs(60);
        app.booked(&anna, &hall, 60, 120).await;
        assert_eq!(hello(late()).await.as_array().unwrap().len(), 2);
        let before = app.clock().in_minutes(0);
        assert_eq!(hello(app.get("/events/stream").query(&format!("since={before}"))).await, json!([hall]));
        // What may be about anything is told as everything, and so is what nobody has said since when.
        app.post("/kinds", json!({ "name": "room" })).by(&app.admin("root").await).await.was(201);
        assert_eq!(hello(late()).await, json!(null));
        assert_eq!(hello(app.get("/events/stream")).await, json!(null));
        // Nobody has read in a time to come: that clock was set back.
        app.clock().advance_secs(60);
        let ahead = |minutes| app.get("/events/stream").query(&format!("since={}", app.clock().in_minutes(minutes)));
        assert_eq!((hello(ahead(0)).await, hello(ahead(60)).await), (json!([]), json!(null)));
        for (wrong, at) in [("since=yesterday", "/since"), ("from=x", "/from")] {
            app.get("/events/stream").query(wrong).by(&anna).await.names(&[at]);
        }
    }

    async fn a_stream_ends_with_the_session_and_with_the_server(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let hall = app.resource(&anna, "Hall").await;
        let mut events = app.get("/events/stream").by(&anna).listen().await;
        let mut others = app.get("/events/stream").by(&berta).listen().await;
        app.booked(&berta, &hall, 180, 240).await;
        events.changed(&hall).await;
        app.post("/users/logout", json!({})).by(&anna).await.was(204);
        app.booked(&berta, &hall, 60, 120).await;
        assert_eq!(events.next().await, None, "whoever is signed out hears nothing any more");
        others.changed(&hall).await;
        app.app().live.stop();
        while others.next().await.is_some() {}
        app.get("/events/stream").by(&berta).await.problem(503, "overloaded");
    }

    async fn one_person_has_so_many_streams(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let mut open = Vec::new();
        for _ in 0..STREAMS_OF_ONE_MAX {
            open.push(app.get("/events/stream").by(&anna).listen().await);
        }
        assert_eq!(app.app().live.open(), STREAMS_OF_ONE_MAX);
        app.get("/events/stream").by(&anna).await.problem(429, "too-many-requests");
        open.push(app.get("/events/stream").by(&berta).listen().await);
        drop(open.remove(0));
        let _one_more = app.get("/events/stream").by(&anna).listen().await;
        app.get("/events/stream").await.problem(401, "unauthorized");
        open.clear();
        assert_eq!(app.app().live.open(), 1);
    }
}
