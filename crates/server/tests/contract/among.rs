//! Bookings of whichever resource fits best, instead of a certain one.

use std::collections::BTreeSet;
use std::time::Duration;

use bronya_testkit::{Backend, TestApp, User, on_both};
use futures_util::future::join_all;
use serde_json::{Value, json};

/// A restaurant: tables for two, two, four and six, two of them on the terrace, and a table for ten made of the last two.
struct Restaurant {
    site: String,
    terrace: String,
    /// By name.
    tables: Vec<(&'static str, String)>,
}

impl Restaurant {
    fn table(&self, booking: &Value) -> &'static str {
        self.tables.iter().find(|(_, id)| booking["resource_id"] == *id).map_or("none of these", |(name, _)| name)
    }
}

async fn restaurant(app: &TestApp, by: &User) -> Restaurant {
    let site = app.post("/sites/", json!({ "name": "Neva", "slug": "neva" })).by(by).await.is(201).id();
    let terrace = app.post(&format!("/sites/{site}/areas"), json!({ "name": "Terrace" })).by(by).await.is(201).id();
    let mut tables = Vec::new();
    for (name, seats, outside) in [("A", 2, false), ("B", 2, true), ("C", 4, true), ("D", 6, false)] {
        let area = if outside { json!(terrace) } else { Value::Null };
        let tags = if outside { json!(["view"]) } else { json!([]) };
        let table =
            json!({ "name": name, "kind": "table", "capacity": seats, "site_id": site, "area_id": area, "tags": tags });
        tables.push((name, app.resource_with(by, table).await));
    }
    let parts = json!([tables[2].1, tables[3].1]);
    let large = json!({ "name": "CD", "kind": "table", "capacity": 10, "site_id": site, "part_ids": parts });
    tables.push(("CD", app.resource_with(by, large).await));
    Restaurant { site, terrace, tables }
}

fn party(app: &TestApp, among: &Value, size: u32) -> Value {
    let (from, to) = (app.clock().in_minutes(60), app.clock().in_minutes(180));
    json!({ "among": among, "starts_at": from, "ends_at": to, "party_size": size })
}

/// Keeps everything from being written for a moment.
async fn hold_up(app: TestApp) {
    const MILLIS: u64 = 1_500;
    match app.backend() {
        Backend::Sqlite => {
            let inner = app.app();
            let waits = inner.store.write(|_| {
                Box::pin(async {
                    std::thread::sleep(Duration::from_millis(MILLIS));
                    Ok::<_, bronya_store::StoreError>(())
                })
            });
            waits.await.unwrap();
        }
        Backend::Postgres => {
            let sql = format!("SELECT id FROM resource FOR UPDATE; SELECT pg_sleep(0.001 * {MILLIS})");
            tokio::task::spawn_blocking(move || app.sql(&sql)).await.unwrap();
        }
    }
}

on_both! {
    async fn the_best_fitting_table_is_taken(app) {
        let root = app.admin("root").await;
        let anna = app.user("anna").await;
        let here = restaurant(&app, &root).await;
        let tables = json!({ "site_id": here.site, "kind": "table" });
        let outside = json!({ "area_id": here.terrace });
        let checked = app.post("/bookings/check", party(&app, &outside, 2)).by(&anna).await.is(200);
        assert_eq!(here.table(&checked.at("/booking")), "B");
        for (among, size, table) in [
            (&outside, 3, "C"),
            (&tables, 5, "D"),
            (&json!({ "site_id": here.site, "tags": ["view"] }), 1, "B"),
            (&tables, 2, "A"),
        ] {
            let made = app.post("/bookings/", party(&app, among, size)).by(&anna).await.is(201);
            assert_eq!(here.table(&made.json()), table, "{made}");
        }
        // All tables are taken, and the one that is made of two of them with these.
        for size in [2, 8] {
            let full = app.post("/bookings/", party(&app, &tables, size)).by(&anna).await;
            let problem = full.problem(409, "booking-conflict");
            assert_eq!(problem["conflicts"][0]["kind"], "booking", "{full}");
            let offers = problem["alternatives"].as_array().unwrap();
            assert!(!offers.is_empty(), "{full}");
            let offer = &offers[0];
            let taken = json!({ "resource_id": offer["resource_id"], "starts_at": offer["starts_at"], "ends_at": offer["ends_at"], "party_size": size });
            app.post("/bookings/check", taken).by(&anna).await.is(200).at("/allowed").as_bool().filter(|yes| *yes).unwrap();
        }
    }

    async fn one_table_is_better_than_two_that_are_pushed_together(app) {
        let root = app.admin("root").await;
        let anna = app.user("anna").await;
        let table = async |name: &str, seats: u32, parts: &[&String]| {
            app.resource_with(&root, json!({ "name": name, "kind": "table", "capacity": seats, "part_ids": parts })).await
        };
        let (left, right) = (table("Left", 2, &[]).await, table("Right", 2, &[]).await);
        // What was made first is no better for that.
        let both = table("Both", 4, &[&left, &right]).await;
        let four = table("Four", 4, &[]).await;
        let asked = party(&app, &json!({ "kind": "table" }), 4);
        let search = json!({ "kind": "table", "party_size": 4, "from": asked["starts_at"], "to": asked["ends_at"], "duration_minutes": 120 });
        let found = app.post("/availability/search", search).by(&anna).await.is(200);
        assert_eq!(found.column_of("/candidates", "resource_id"), [four.as_str(), both.as_str()]);
        for expected in [four, both] {
            let made = app.post("/bookings/", asked.clone()).by(&anna).await.is(201);
            assert_eq!(made.text("/resource_id"), expected);
        }
    }

    async fn what_can_not_be_among(app) {
        let root = app.admin("root").await;
        let anna = app.user("anna").await;
        let here = restaurant(&app, &root).await;
        let post = |body: Value| app.post("/bookings/", body).by(&anna);
        let mut both = party(&app, &json!({ "site_id": here.site }), 2);
        both["resource_id"] = json!(here.tables[0].1);
        post(both).await.names(&["/among"]);
        let mut neither = party(&app, &json!({}), 2);
        post(neither.clone()).await.names(&["/among"]);
        neither.as_object_mut().unwrap().remove("among");
        post(neither).await.names(&["/resource_id"]);
        for (among, pointer) in [
            (json!({ "site_id": "x" }), "/among/site_id"),
            (json!({ "kind": "x".repeat(65) }), "/among/kind"),
            (json!({ "tags": [""] }), "/among/tags"),
            (json!({ "color": "red" }), "/among/color"),
        ] {
            post(party(&app, &among, 2)).await.names(&[pointer]);
        }
        post(party(&app, &json!({ "kind": "boat" }), 2)).await.problem(404, "resource-not-found");
        // The largest table says how many can be seated.
        let crowd = post(party(&app, &json!({ "kind": "table" }), 11)).await;
        let problem = crowd.problem(422, "party-too-large");
        assert_eq!(problem["errors"][0]["detail"], "must be at most 10: more can't be seated", "{crowd}");
        // What somebody may not know of is nothing to be had.
        app.patch(&format!("/resources/{}", here.tables[4].1), json!({ "visibility": "hidden" })).by(&root).await.was(200);
        let _ = post(party(&app, &json!({ "kind": "table" }), 10)).await.problem(422, "party-too-large");
    }

    async fn of_many_who_want_any_table_each_gets_one_of_their_own(app) {
        let root = app.admin("root").await;
        let here = restaurant(&app, &root).await;
        let mut people = Vec::new();
        for n in 0..12 {
            people.push(app.user(&format!("guest{n}")).await);
        }
        let asked = party(&app, &json!({ "site_id": here.site }), 2);
        let answers = join_all(people.iter().map(|it| app.post("/bookings/", asked.clone()).by(it).key("k").into_future())).await;
        let taken: Vec<Value> = answers.iter().filter(|it| it.status == 201).map(|it| it.json()).collect();
        let tables: BTreeSet<&str> = taken.iter().map(|it| here.table(it)).collect();
        assert_eq!((taken.len(), tables), (4, BTreeSet::from(["A", "B", "C", "D"])));
        for answer in answers.iter().filter(|it| it.status != 201) {
            let _ = answer.problem(409, "booking-conflict");
        }
        // The same question again is answered with the same booking, whatever is free by now.
        let first = &taken[0];
        let again = people.iter().zip(&answers).find(|(_, it)| it.status == 201).unwrap().0;
        assert_eq!(app.post("/bookings/", asked).by(again).key("k").await.is(201).json(), *first);
    }

    /// Between the look and the lock one table goes and another one comes free: whoever wants any of them is not turned away.
    async fn what_comes_free_between_the_look_and_the_lock_is_had(app) {
        let root = app.admin("root").await;
        let (anna, berta, carl) = (app.user("anna").await, app.user("berta").await, app.user("carl").await);
        let site = app.post("/sites/", json!({ "name": "Neva", "slug": "neva" })).by(&root).await.is(201).id();
        let mut tables = Vec::new();
        for name in ["A", "B"] {
            tables.push(app.resource_with(&root, json!({ "name": name, "site_id": site })).await);
        }
        let taken = app.booked(&berta, &tables[1], 60, 180).await;
        // Nothing is written meanwhile, and everybody sees that A is free and B is not.
        let held_up = tokio::spawn(hold_up(app.clone()));
        tokio::time::sleep(Duration::from_millis(300)).await;
        let gives_back = tokio::spawn(app.delete(&format!("/bookings/{taken}")).by(&berta).into_future());
        let takes = tokio::spawn(app.book(&carl, &tables[0], 60, 180).into_future());
        tokio::time::sleep(Duration::from_millis(400)).await;
        let booked = app.post("/bookings", party(&app, &json!({ "site_id": site }), 2)).by(&anna).await.is(201);
        gives_back.await.unwrap().was(200);
        if takes.await.unwrap().status == 201 {
            assert_eq!(booked.at("/resource_id"), json!(tables[1]));
        }
        held_up.await.unwrap();
    }

    async fn a_hold_of_any_table_and_the_place_says_for_how_long(app) {
        let root = app.admin("root").await;
        let anna = app.user("anna").await;
        let here = restaurant(&app, &root).await;
        let turns = json!({ "turn_times": [{ "party_max": 4, "stay_minutes": 90 }] });
        app.put(&format!("/sites/{}/rules", here.site), turns).by(&root).await.was(200);
        let mut asked = party(&app, &json!({ "site_id": here.site }), 3);
        asked.as_object_mut().unwrap().remove("ends_at");
        let held = app.post("/holds/", asked.clone()).by(&anna).await.is(201);
        assert_eq!((here.table(&held.json()), held.at("/ends_at")), ("C", json!(app.clock().in_minutes(150))));
        assert_eq!(here.table(&app.post("/holds/", asked.clone()).by(&anna).await.is(201).json()), "D");
        let full = app.post("/holds/", asked).by(&anna).await;
        assert!(!full.problem(409, "booking-conflict")["alternatives"].as_array().unwrap().is_empty(), "{full}");
    }

    async fn who_left_the_table_open_makes_room_for_one_more(app) {
        let root = app.admin("root").await;
        let (anna, berta, carl) = (app.user("anna").await, app.user("berta").await, app.user("carl").await);
        let here = restaurant(&app, &root).await;
        let tables = json!({ "site_id": here.site, "kind": "table" });
        app.put(&format!("/sites/{}/rules", here.site), json!({ "reseating": true })).by(&root).await.was(200);
        // The small tables are taken, so two people sit where six could.
        let first = app.post("/bookings", party(&app, &tables, 2)).by(&anna).await.is(201);
        let second = app.post("/bookings", party(&app, &tables, 2)).by(&anna).await.is(201);
        let four = app.post("/bookings", party(&app, &tables, 2)).by(&berta).await.is(201);
        let six = app.post("/bookings", party(&app, &tables, 2)).by(&berta).await.is(201);
        let names: Vec<_> = [&first, &second, &four, &six].iter().map(|it| here.table(&it.json())).collect();
        assert_eq!(names, ["A", "B", "C", "D"]);
        let large = || app.post("/bookings", party(&app, &tables, 5)).by(&carl);
        large().await.problem(409, "booking-conflict");
        app.delete(&format!("/bookings/{}", first.id())).by(&anna).await.was(200);
        // A dry run tells that it could be, and moves nobody.
        let checked = app.post("/bookings/check", party(&app, &tables, 5)).by(&carl).await.is(200);
        assert_eq!(checked.at("/allowed"), json!(true));
        assert_eq!(here.table(&app.booking(&berta, &six.id()).await), "D");
        let made = large().await.is(201);
        assert_eq!(here.table(&made.json()), "D");
        let moved = app.booking(&berta, &six.id()).await;
        assert_eq!((here.table(&moved), &moved["version"], &moved["starts_at"]), ("A", &json!(2), &six.json()["starts_at"]));
        let told = app.get(&format!("/bookings/{}/events", six.id())).by(&berta).await.is(200);
        assert_eq!(told.column("action"), ["booking.created", "booking.reseated"]);
        large().await.problem(409, "booking-conflict");
        app.audit().await;
    }

    async fn many_at_once_are_seated_and_nothing_is_given_twice(app) {
        let root = app.admin("root").await;
        let site = app.post("/sites/", json!({ "name": "Neva", "slug": "neva" })).by(&root).await.is(201).id();
        app.put(&format!("/sites/{site}/rules"), json!({ "reseating": true })).by(&root).await.was(200);
        for seats in [6, 2, 4, 2, 6, 4] {
            app.resource_with(&root, json!({ "name": format!("For {seats}"), "capacity": seats, "site_id": site })).await;
        }
        let tables = json!({ "site_id": site });
        let mut people = Vec::new();
        for nth in 0..18 {
            people.push(app.user(&format!("user{nth}")).await);
        }
        let ask = |(who, size): (&User, u32)| app.post("/bookings", party(&app, &tables, size)).by(who);
        let sizes = [2, 1, 2, 6, 3, 4, 2, 5, 1, 4, 2, 6, 3, 2, 1, 5, 4, 2];
        let answers = join_all(people.iter().zip(sizes).map(ask).map(std::future::IntoFuture::into_future)).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        assert!(answers.iter().all(|it| it.status == 201 || it.status == 409));
        // Small parties at large tables make room as long as there are small tables: at the end every table is taken.
        assert_eq!(made, 6);
        app.audit().await;
    }
}
