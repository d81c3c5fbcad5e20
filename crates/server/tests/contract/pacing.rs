//! Pacing: how many people may start within a quarter of an hour over a site, whoever asks and however.

use bronya_testkit::{Answer, TestApp, User, on_both};
use serde_json::{Value, json};

/// A site that takes so many at a time, and tables in it.
async fn place(app: &TestApp, by: &User, pacing_max: u32, tables: usize) -> (String, Vec<String>) {
    let site = app.post("/sites/", json!({ "name": "Neva", "slug": "neva" })).by(by).await.is(201).id();
    let rules = json!({ "pacing_max": pacing_max, "start_step_minutes": 5 });
    app.put(&format!("/sites/{site}/rules"), rules).by(by).await.was(200);
    let mut found = Vec::new();
    for number in 0..tables {
        found.push(app.resource_with(by, json!({ "name": format!("Table {number}"), "site_id": site })).await);
    }
    (site, found)
}

fn party(app: &TestApp, table: &str, minute: i64, size: Option<u32>) -> Value {
    let (starts_at, ends_at) = (app.clock().in_minutes(minute), app.clock().in_minutes(minute + 60));
    json!({ "resource_id": table, "starts_at": starts_at, "ends_at": ends_at, "party_size": size })
}

/// What a refusal by pacing says: the rule's value, how many there would be, and the nearest quarters with room.
fn paced(answer: &Answer) -> (Value, Value, Value) {
    let problem = answer.problem(422, "against-policy");
    let rules = problem["broken_rules"].as_array().unwrap();
    assert_eq!((rules.len(), &rules[0]["rule"]), (1, &json!("pacing_max")), "{answer}");
    answer.names(&["/starts_at"]);
    let rule = &rules[0];
    (rule["value"].clone(), rule["allowed"]["would_have"].clone(), rule["allowed"]["quarters"].clone())
}

on_both! {
    async fn starts_are_counted_over_the_tables_of_a_site(app) {
        let (root, anna, berta) = (app.admin("root").await, app.user("anna").await, app.user("berta").await);
        let (_, tables) = place(&app, &root, 6, 6).await;
        let at = |minute| json!(app.clock().in_minutes(minute));
        app.post("/bookings", party(&app, &tables[0], 60, Some(4))).by(&anna).await.was(201);
        // Nobody said how many: one for each unit.
        let one = app.post("/bookings", party(&app, &tables[1], 70, None)).by(&anna).await.is(201).id();
        app.post("/bookings", party(&app, &tables[2], 75, Some(6))).by(&anna).await.was(201);
        let refused = app.post("/bookings", party(&app, &tables[3], 65, Some(2))).by(&berta).await;
        assert_eq!(paced(&refused), (json!(6), json!(7), json!([at(45), at(90)])));
        let checked = app.post("/bookings/check", party(&app, &tables[3], 65, Some(2))).by(&berta).await.is(200);
        assert_eq!((checked.at("/allowed"), checked.text("/problem/type")), (json!(false), "/problems/against-policy".to_owned()));
        // A hold counts, and so does one that is moved in or grows; whoever is there already may stay longer.
        let hold = party(&app, &tables[3], 65, Some(1));
        let held = app.post("/holds", hold).query("minutes=5").by(&berta).await.is(201).id();
        let path = format!("/bookings/{one}");
        assert_eq!(paced(&app.patch(&path, json!({ "party_size": 2 })).by(&anna).await).1, json!(7));
        app.patch(&path, json!({ "ends_at": at(140) })).by(&anna).await.was(200);
        app.patch(&path, json!({ "party_size": 1, "starts_at": at(65) })).by(&anna).await.was(200);
        app.patch(&path, json!({ "resource_id": tables[4] })).by(&anna).await.was(200);
        let later = app.post("/bookings", party(&app, &tables[5], 180, Some(2))).by(&anna).await.is(201).id();
        let moved = json!({ "starts_at": at(60), "ends_at": at(120) });
        assert_eq!(paced(&app.patch(&format!("/bookings/{later}"), moved.clone()).by(&anna).await).1, json!(8));
        // What is taken back leaves room.
        app.delete(&format!("/bookings/{held}")).by(&berta).await.was(200);
        app.delete(&path).by(&anna).await.was(200);
        app.patch(&format!("/bookings/{later}"), moved).by(&anna).await.was(200);
    }

    async fn a_manager_may_set_pacing_aside_and_says_why(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let (_, tables) = place(&app, &root, 2, 2).await;
        let first = app.post("/bookings", party(&app, &tables[0], 60, Some(2))).by(&anna).await.is(201).id();
        let mut body = party(&app, &tables[1], 60, Some(2));
        body["override_reason"] = json!("The cook agreed");
        app.post("/bookings", body.clone()).by(&anna).await.problem(403, "forbidden");
        assert_eq!(app.post("/bookings", body).by(&root).await.is(201).text("/override_reason"), "The cook agreed");
        let grown = json!({ "party_size": 3, "override_reason": "A child" });
        app.patch(&format!("/bookings/{first}"), grown.clone()).by(&anna).await.problem(403, "forbidden");
        let changed = app.patch(&format!("/bookings/{first}"), grown).by(&root).await.is(200);
        assert_eq!((changed.text("/override_reason"), changed.at("/party_size")), ("A child".to_owned(), json!(3)));
    }

    async fn what_pacing_refuses_is_never_offered(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let (site, tables) = place(&app, &root, 4, 3).await;
        app.post("/bookings", party(&app, &tables[0], 60, Some(3))).by(&root).await.was(201);
        let window = format!("from={}&to={}", app.clock().in_minutes(30), app.clock().in_minutes(120));
        let asked = format!("site_id={site}&{window}&party_size=2&duration_minutes=60");
        let offered = app.get("/availability/slots").query(&asked).by(&anna).await.is(200).to_string();
        for minute in [45, 50, 55, 60, 65, 70, 75, 80] {
            let body = party(&app, &tables[1], minute, Some(2));
            let accepted = app.post("/bookings/check", body).by(&anna).await.is(200).at("/allowed") == json!(true);
            assert_eq!(accepted, !(60..75).contains(&minute), "{minute}");
            assert_eq!(offered.contains(&app.clock().in_minutes(minute)), accepted, "{minute}: {offered}");
        }
    }

    async fn a_table_takes_its_starts_along_to_another_site(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let (_, tables) = place(&app, &root, 4, 2).await;
        let other = app.post("/sites/", json!({ "name": "Volga", "slug": "volga" })).by(&root).await.is(201).id();
        app.put(&format!("/sites/{other}/rules"), json!({ "pacing_max": 4 })).by(&root).await.was(200);
        let there = app.resource_with(&root, json!({ "name": "There", "site_id": other })).await;
        app.post("/bookings", party(&app, &tables[0], 60, Some(3))).by(&anna).await.was(201);
        app.post("/bookings/check", party(&app, &there, 60, Some(2))).by(&anna).await.was(200);
        app.patch(&format!("/resources/{}", tables[0]), json!({ "site_id": other })).by(&root).await.was(200);
        let refused = app.post("/bookings", party(&app, &there, 60, Some(2))).by(&anna).await;
        assert_eq!(paced(&refused).1, json!(5));
        app.post("/bookings", party(&app, &tables[1], 60, Some(4))).by(&anna).await.was(201);
        // Without a site its starts are its own, and at the other site is room again.
        app.patch(&format!("/resources/{}", tables[0]), json!({ "site_id": null })).by(&root).await.was(200);
        app.post("/bookings", party(&app, &there, 60, Some(2))).by(&anna).await.was(201);
    }

    async fn pacing_is_tried_before_it_is_in_force(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let (site, tables) = place(&app, &root, 100, 3).await;
        for table in &tables {
            app.post("/bookings", party(&app, table, 60, Some(2))).by(&anna).await.was(201);
        }
        let tried = app.post(&format!("/sites/{site}/rules/trial"), json!({ "pacing_max": 4 })).by(&root).await.is(200);
        assert_eq!((tried.at("/refused"), tried.at("/by_rule")), (json!(1), json!([{ "rule": "pacing_max", "bookings": 1 }])));
        // The others at the site count also where one table is tried.
        let path = format!("/resources/{}/rules/trial", tables[2]);
        let tried = app.post(&path, json!({ "pacing_max": 4 })).by(&root).await.is(200);
        assert_eq!((tried.at("/looked_at"), tried.at("/refused")), (json!(1), json!(1)));
    }
}
