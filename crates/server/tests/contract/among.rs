//! Bookings of whichever resource fits best, instead of a certain one.

use std::collections::BTreeSet;

use bronya_testkit::{TestApp, User, on_both};
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
}
