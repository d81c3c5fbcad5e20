//! Sites, areas and managers: who may, what is refused, where things stand.

use std::collections::BTreeSet;

use bronya_testkit::{TestApp, User, on_both};
use serde_json::{Value, json};

async fn site(app: &TestApp, by: &User, slug: &str) -> String {
    app.post("/sites/", json!({ "name": slug, "slug": slug, "time_zone": "Europe/Berlin" })).by(by).await.is(201).id()
}

async fn area(app: &TestApp, by: &User, site: &str, body: Value) -> String {
    app.post(&format!("/sites/{site}/areas"), body).by(by).await.is(201).id()
}

on_both! {
    async fn a_site_from_its_first_day_to_its_last(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let made = app.post("/sites/", json!({ "name": "Нева", "slug": "neva" })).by(&root).await.is(201);
        let path = format!("/sites/{}", made.id());
        assert_eq!(made.header("location"), Some(path.as_str()));
        let expected = json!({
            "id": made.id(), "name": "Нева", "slug": "neva", "address": null, "time_zone": "UTC", "locale": "en", "version": 1,
            "created_at": "2026-11-23T09:00:00Z", "updated_at": "2026-11-23T09:00:00Z",
        });
        assert_eq!(made.json(), expected);
        let read = app.get(&path).by(&anna).await.is(200);
        assert_eq!((read.json(), read.etag()), (expected, made.etag()));
        app.post("/sites/", json!({ "name": "Other", "slug": "neva" })).by(&root).await.problem(409, "slug-taken");
        let other = site(&app, &root, "other").await;
        app.patch(&format!("/sites/{other}"), json!({ "slug": "neva" })).by(&root).await.problem(409, "slug-taken");
        assert_eq!(app.get("/sites").by(&anna).await.is(200).column("slug"), ["neva", "other"]);
        let page = app.get("/sites").query("limit=1").by(&anna).await.is(200);
        assert_eq!(page.column("slug"), ["neva"]);
        let rest = app.get("/sites").query(&format!("cursor={}", page.text("/next_cursor"))).by(&anna).await.is(200);
        assert_eq!((rest.column("slug"), rest.at("/next_cursor")), (vec!["other".to_owned()], Value::Null));

        app.clock().advance_secs(1);
        let edit = json!({ "name": "Neva", "address": "Quay 1\nBerlin", "time_zone": "Europe/Berlin", "locale": "de-DE" });
        let edited = app.patch(&path, edit.clone()).by(&root).if_match(&read.etag()).await.is(200);
        assert_eq!((edited.at("/version"), edited.at("/updated_at")), (json!(2), json!("2026-11-23T09:00:01Z")));
        assert_eq!((edited.at("/address"), edited.at("/locale")), (json!("Quay 1\nBerlin"), json!("de-DE")));
        app.patch(&path, edit.clone()).by(&root).if_match(&read.etag()).await.problem(412, "stale");
        assert_eq!(app.patch(&path, edit).by(&root).await.is(200).at("/version"), json!(2), "nothing changed");
        let back = app.patch(&path, json!({ "address": null, "locale": null })).by(&root).await.is(200);
        assert_eq!((back.at("/address"), back.at("/locale")), (Value::Null, json!("en")));
        app.delete(&path).by(&root).if_match(&read.etag()).await.problem(412, "stale");
        app.delete(&path).by(&root).await.was(204);
        app.get(&path).by(&root).await.problem(404, "place-not-found");
        // Its slug is free again.
        site(&app, &root, "neva").await;
    }

    async fn what_is_wrong_is_named(app) {
        let root = app.admin("root").await;
        app.post("/sites/", json!({ "name": " ", "slug": "No!", "time_zone": "Berlin", "locale": "german", "address": "\u{0}" }))
            .by(&root).await.names(&["/address", "/locale", "/name", "/slug", "/time_zone"]);
        app.post("/sites/", json!({ "name": "x" })).by(&root).await.names(&["/slug"]);
        app.post("/sites/", json!({ "name": "x", "slug": "x", "rules": {} })).by(&root).await.names(&["/rules"]);
        let id = site(&app, &root, "neva").await;
        app.patch(&format!("/sites/{id}"), json!({ "name": null, "slug": "" })).by(&root).await.names(&["/name", "/slug"]);
        let areas = format!("/sites/{id}/areas");
        app.post(&areas, json!({ "name": "", "parent_id": "x", "position": -1 })).by(&root).await.names(&["/name", "/parent_id", "/position"]);
        let stranger = "00000000-0000-7000-8000-000000000000";
        app.post(&areas, json!({ "name": "x", "parent_id": stranger })).by(&root).await.names(&["/parent_id"]);
        app.get(&format!("/sites/{stranger}/areas")).by(&root).await.problem(404, "place-not-found");
        app.post(&format!("/sites/{stranger}/areas"), json!({ "name": "x" })).by(&root).await.problem(404, "place-not-found");
        app.get("/areas/x").by(&root).await.problem(404, "place-not-found");
    }

    async fn what_is_made_under_a_key_is_made_once(app) {
        let root = app.admin("root").await;
        let body = json!({ "name": "Neva", "slug": "neva" });
        let first = app.post("/sites", body.clone()).by(&root).key("k").await.is(201);
        let again = app.post("/sites", body.clone()).by(&root).key("k").await.is(201);
        assert_eq!((again.body.clone(), again.header("idempotent-replayed")), (first.body.clone(), Some("true")));
        assert_eq!((again.etag(), again.header("location")), (first.etag(), first.header("location")));
        app.post("/sites", json!({ "name": "Neva", "slug": "x" })).by(&root).key("k").await.problem(422, "idempotency-key-reused");
        // Many at once: who finds the slug taken by the same request is told what that one was told.
        for round in 0..5 {
            let body = json!({ "name": "Round", "slug": format!("round-{round}") });
            let many: Vec<_> = (0..6).map(|_| {
                tokio::spawn(app.post("/sites", body.clone()).by(&root).key(&format!("round {round}")).into_future())
            }).collect();
            let mut ids = BTreeSet::new();
            for one in many {
                ids.insert(one.await.unwrap().is(201).id());
            }
            assert_eq!(ids.len(), 1, "{ids:?}");
        }
        let areas = format!("/sites/{}/areas", first.id());
        let many: Vec<_> = (0..6).map(|_| tokio::spawn(app.post(&areas, json!({ "name": "Hall" })).by(&root).key("hall").into_future())).collect();
        let mut ids = Vec::new();
        for one in many {
            ids.push(one.await.unwrap().is(201).id());
        }
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(app.get(&areas).by(&root).await.is(200).column("id"), ids[..1]);
        // A day later the key is free.
        let root = app.later(&root, jiff::SignedDuration::from_hours(24)).await;
        assert_ne!(app.post(&areas, json!({ "name": "Hall" })).by(&root).key("hall").await.is(201).id(), ids[0]);
    }

    async fn areas_stand_in_one_another(app) {
        let root = app.admin("root").await;
        let (neva, other) = (site(&app, &root, "neva").await, site(&app, &root, "other").await);
        let mut chain = Vec::new();
        for depth in 0..8 {
            let parent = chain.last().cloned();
            chain.push(area(&app, &root, &neva, json!({ "name": format!("{depth}"), "parent_id": parent, "position": depth })).await);
        }
        app.post(&format!("/sites/{neva}/areas"), json!({ "name": "9", "parent_id": chain[7] })).by(&root).await.names(&["/parent_id"]);
        let first = format!("/areas/{}", chain[0]);
        app.patch(&first, json!({ "parent_id": chain[7] })).by(&root).await.names(&["/parent_id"]);
        app.patch(&first, json!({ "parent_id": chain[0] })).by(&root).await.names(&["/parent_id"]);
        let elsewhere = area(&app, &root, &other, json!({ "name": "elsewhere" })).await;
        app.patch(&first, json!({ "parent_id": elsewhere })).by(&root).await.names(&["/parent_id"]);
        app.delete(&first).by(&root).await.problem(409, "place-in-use");
        let last = format!("/areas/{}", chain[7]);
        let moved = app.patch(&last, json!({ "parent_id": null, "position": 0 })).by(&root).await.is(200);
        assert_eq!((moved.at("/parent_id"), moved.at("/site_id"), moved.at("/version")), (Value::Null, json!(neva), json!(2)));
        let order = app.get(&format!("/sites/{neva}/areas")).by(&root).await.is(200).column("name");
        assert_eq!(order, ["0", "7", "1", "2", "3", "4", "5", "6"]);
        app.delete(&last).by(&root).if_match("\"1\"").await.problem(412, "stale");
        app.delete(&last).by(&root).await.was(204);
        app.get(&last).by(&root).await.problem(404, "place-not-found");
        app.delete(&format!("/sites/{neva}")).by(&root).await.problem(409, "place-in-use");
    }

    async fn resources_stand_in_places(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let neva = site(&app, &root, "neva").await;
        let hall = area(&app, &root, &neva, json!({ "name": "Hall" })).await;
        let corner = area(&app, &root, &neva, json!({ "name": "Corner", "parent_id": hall })).await;
        let terrace = area(&app, &root, &neva, json!({ "name": "Terrace" })).await;
        let table = |area: Option<&str>, name: &str| json!({ "name": name, "kind": "table", "site_id": neva, "area_id": area });
        app.post("/resources", table(None, "x")).by(&anna).await.problem(403, "forbidden");
        let one = app.post("/resources", table(Some(&corner), "one")).by(&root).await.is(201);
        assert_eq!(one.text("/time_zone"), "Europe/Berlin", "that of its site");
        app.resource_with(&root, table(Some(&hall), "two")).await;
        app.resource_with(&root, table(Some(&terrace), "three")).await;
        app.resource_with(&root, table(None, "four")).await;
        let mut own = table(None, "five");
        own["time_zone"] = json!("America/New_York");
        own["kind"] = json!("room");
        assert_eq!(app.post("/resources", own).by(&root).await.is(201).text("/time_zone"), "America/New_York");
        app.resource(&root, "elsewhere").await;
        for (query, expected) in [
            (format!("site_id={neva}"), &["one", "two", "three", "four", "five"][..]),
            (format!("area_id={hall}"), &["one", "two"]),
            (format!("area_id={corner}&site_id={neva}"), &["one"]),
            (format!("site_id={neva}&kind=room"), &["five"]),
            (format!("site_id={neva}&q=T"), &["one", "two", "three", "four"]),
            (format!("site_id={hall}"), &[]),
            (format!("area_id={neva}"), &[]),
        ] {
            assert_eq!(app.get("/resources").query(&query).by(&anna).await.is(200).column("name"), expected, "{query}");
        }
        // Searches for free time see them the same way.
        let search = json!({ "from": app.clock().in_minutes(0), "to": app.clock().in_minutes(120), "duration_minutes": 60, "area_id": hall });
        let found = app.post("/availability/search", search).by(&anna).await.is(200);
        let found = found.at("/candidates");
        let ids: BTreeSet<&str> = found.as_array().unwrap().iter().filter_map(|it| it["resource_id"].as_str()).collect();
        assert_eq!((ids.len(), ids.contains(one.id().as_str())), (2, true), "{ids:?}");
        let mut seen = Vec::new();
        let mut cursor = String::new();
        for _ in 0..3 {
            let page = app.get("/resources").query(&format!("area_id={hall}&limit=1{cursor}")).by(&anna).await.is(200);
            seen.extend(page.column("name"));
            match page.at("/next_cursor") {
                Value::String(next) => cursor = format!("&cursor={next}"),
                _ => break,
            }
        }
        assert_eq!(seen, ["one", "two"]);
        app.get("/resources").query("site_id=x&area_id=y").by(&anna).await.names(&["/area_id", "/site_id"]);
        app.delete(&format!("/areas/{corner}")).by(&root).await.problem(409, "place-in-use");
        app.patch(&format!("/resources/{}", one.id()), json!({ "area_id": null })).by(&root).await.was(200);
        app.delete(&format!("/areas/{corner}")).by(&root).await.was(204);
        app.patch(&format!("/resources/{}", one.id()), json!({ "area_id": corner })).by(&root).await.problem(404, "place-not-found");
    }

    async fn managers_of_a_site_manage_what_stands_in_it(app) {
        let (root, berta, carl) = (app.admin("root").await, app.user("berta").await, app.user("carl").await);
        let neva = site(&app, &root, "neva").await;
        let table = app.resource_with(&root, json!({ "name": "Table", "site_id": neva, "requires_approval": true })).await;
        let (resource, managers) = (format!("/resources/{table}"), format!("/sites/{neva}/managers"));
        app.patch(&resource, json!({ "name": "x" })).by(&berta).await.problem(403, "forbidden");
        app.get(&managers).by(&berta).await.problem(403, "forbidden");
        app.put(&format!("{managers}/{}", berta.id), json!({})).by(&berta).await.problem(403, "forbidden");
        for _ in 0..2 {
            app.call("PUT", &format!("{managers}/{}", berta.id)).by(&root).await.was(204);
        }
        assert_eq!(app.get(&managers).by(&berta).await.is(200).column("user_id"), [berta.id.as_str()]);
        // Which sites that are, one question says; whoever manages a resource manages no site.
        let other = site(&app, &root, "other").await;
        let own = app.resource_with(&root, json!({ "name": "Bar", "site_id": other })).await;
        app.call("PUT", &format!("/resources/{own}/managers/{}", berta.id)).by(&root).await.was(204);
        for (who, expected) in [(&berta, vec![neva.as_str()]), (&carl, vec![]), (&root, vec![neva.as_str(), other.as_str()])] {
            assert_eq!(app.get("/sites/").query("managed=true").by(who).await.is(200).column("id"), expected);
        }
        assert_eq!(app.get("/sites/").query("managed=false").by(&carl).await.is(200).items().len(), 2);
        let first = app.get("/sites/").query("managed=true&limit=1").by(&root).await.is(200);
        let next = format!("managed=true&cursor={}", first.text("/next_cursor"));
        assert_eq!(app.get("/sites/").query(&next).by(&root).await.is(200).column("id"), [other.as_str()]);
        app.get("/sites/").query("managed=x").by(&berta).await.names(&["/managed"]);
        // From now on: the site, its areas, its resources, what is booked on them, its managers; but not its existence.
        app.patch(&format!("/sites/{neva}"), json!({ "name": "Berta's" })).by(&berta).await.was(200);
        area(&app, &berta, &neva, json!({ "name": "Hall" })).await;
        app.patch(&resource, json!({ "name": "Berta's" })).by(&berta).await.was(200);
        app.resource_with(&berta, json!({ "name": "Another", "site_id": neva })).await;
        let booking = app.booked(&carl, &table, 60, 120).await;
        app.call("POST", &format!("/bookings/{booking}/confirm")).by(&berta).await.was(200);
        app.block(&berta, &table, 600, 660).await.was(201);
        app.delete(&format!("/sites/{neva}")).by(&berta).await.problem(403, "forbidden");
        app.post("/sites", json!({ "name": "x", "slug": "x" })).by(&berta).await.problem(403, "forbidden");
        app.call("PUT", &format!("{managers}/{}", carl.id)).by(&berta).await.was(204);
        // Those of a resource are its own.
        let of_table = format!("{resource}/managers");
        assert_eq!(app.get(&of_table).by(&berta).await.is(200).column("user_id"), [root.id.as_str()]);
        app.call("PUT", &format!("{of_table}/{}", carl.id)).by(&berta).await.was(204);
        app.delete(&format!("{managers}/{}", carl.id)).by(&berta).await.was(204);
        app.delete(&format!("{managers}/{}", carl.id)).by(&berta).await.problem(404, "user-not-found");
        app.patch(&resource, json!({ "name": "Carl's" })).by(&carl).await.was(200);
        app.delete(&format!("{of_table}/{}", carl.id)).by(&root).await.was(204);
        app.patch(&resource, json!({ "name": "x" })).by(&carl).await.problem(403, "forbidden");
        app.call("PUT", &format!("{of_table}/{neva}")).by(&root).await.problem(404, "user-not-found");
        app.call("PUT", &format!("/resources/{neva}/managers/{}", carl.id)).by(&root).await.problem(404, "resource-not-found");
        app.call("PUT", &format!("/sites/{table}/managers/{}", carl.id)).by(&root).await.problem(404, "place-not-found");
        // The log says who did what to what.
        let log: Vec<_> = app.get("/audit").query("limit=1000").by(&root).await.items();
        let line = |action: &str, member: &str| log.iter().filter(|line| line["action"] == action).map(|line| line[member].clone()).collect::<Vec<_>>();
        assert_eq!(line("site.manager_added", "user_id"), [json!(carl.id), json!(berta.id)]);
        assert_eq!(line("site.manager_added", "actor_id"), [json!(berta.id), json!(root.id)]);
        assert_eq!(line("site.manager_added", "site_id"), [json!(neva), json!(neva)]);
        assert_eq!(line("site.manager_removed", "user_id"), [json!(carl.id)]);
        assert_eq!(line("resource.manager_added", "resource_id"), [json!(table), json!(own)]);
        assert_eq!(line("resource.manager_removed", "resource_id"), [json!(table)]);
    }

    async fn every_change_of_a_place_leaves_its_line(app) {
        let root = app.admin("root").await;
        let neva = site(&app, &root, "neva").await;
        let hall = area(&app, &root, &neva, json!({ "name": "Hall" })).await;
        let (of_site, of_area) = (format!("/sites/{neva}"), format!("/areas/{hall}"));
        app.patch(&of_site, json!({ "name": "x" })).by(&root).await.was(200);
        app.patch(&of_site, json!({ "name": "x" })).by(&root).await.was(200);
        app.put(&format!("{of_site}/rules"), json!({ "party_max": 4 })).by(&root).await.was(200);
        app.patch(&of_area, json!({ "name": "x" })).by(&root).await.was(200);
        app.put(&format!("{of_area}/rules"), json!({ "party_max": 4 })).by(&root).await.was(200);
        app.delete(&of_site).by(&root).await.problem(409, "place-in-use");
        app.delete(&of_area).by(&root).await.was(204);
        app.delete(&of_site).by(&root).await.was(204);
        let mut log = app.get("/audit").by(&root).await.items();
        log.reverse();
        let lines: Vec<_> = log.iter().map(|line| (line["action"].as_str().unwrap(), &line["site_id"], &line["area_id"])).collect();
        let (site, area, none) = (json!(neva), json!(hall), Value::Null);
        let expected = [
            ("site.created", &site, &none),
            ("area.created", &site, &area),
            ("site.updated", &site, &none),
            ("site.rules_changed", &site, &none),
            ("area.updated", &site, &area),
            ("area.rules_changed", &site, &area),
            ("area.deleted", &site, &area),
            ("site.deleted", &site, &none),
        ];
        assert_eq!(lines, expected);
    }
}
