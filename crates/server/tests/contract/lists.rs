//! Lists: pages, limits, cursors, filters.

use bronya_testkit::{TestApp, User, on_both};
use serde_json::{Value, json};

/// Walks through all pages of a list; each but the last is full.
async fn walk(app: &TestApp, by: &User, path: &str, query: &str, limit: usize) -> Vec<Value> {
    let mut all = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut call = app.get(path).by(by).query(&format!("limit={limit}")).query(query);
        if let Some(cursor) = &cursor {
            call = call.query(&format!("cursor={cursor}"));
        }
        let page = call.await.is(200);
        let members: Vec<String> = page.json().as_object().expect("an object").keys().cloned().collect();
        assert_eq!(members, ["items", "next_cursor"]);
        let items = page.items();
        assert!(items.len() <= limit, "{page}");
        all.extend(items.iter().cloned());
        assert!(all.len() < 100, "the pages of {path} never end");
        match page.at("/next_cursor") {
            Value::Null => return all,
            Value::String(next) => {
                assert_eq!(items.len(), limit, "{page}");
                cursor = Some(next);
            }
            _ => panic!("no cursor: {page}"),
        }
    }
}

/// Seven of everything, three of each starting at the same moment.
async fn seven_of_everything(app: &TestApp) -> User {
    for nth in 0..6 {
        app.clock().advance_secs(i64::from(nth == 3));
        app.admin("root").await;
    }
    let root = app.admin("root").await;
    let pool = app.resource_with(&root, json!({ "name": "Pool", "quantity": 10 })).await;
    for nth in 0..6 {
        app.user(&format!("user{nth}")).await;
        let other = app.resource(&root, &format!("Table {nth}")).await;
        app.block(&root, &other, 60 * (nth / 3), 600).await.was(201);
    }
    let other = app.resource(&root, "Last").await;
    app.block(&root, &other, 0, 600).await.was(201);
    for nth in 0..7 {
        app.booked(&root, &pool, 60 * (nth / 3), 600).await;
    }
    root
}

on_both! {
    async fn all_pages_together_are_the_whole_list(app) {
        let root = seven_of_everything(&app).await;
        for (path, count) in [("/resources", 8), ("/users", 7), ("/bookings", 7), ("/bookings/my", 7), ("/schedule", 7), ("/users/me/sessions", 7), ("/audit", 22)] {
            let whole = app.get(path).by(&root).await.is(200);
            assert_eq!(whole.at("/next_cursor"), Value::Null, "{path}");
            assert_eq!(whole.items().len(), count, "{path}: {whole}");
            for limit in [1, 2, 3, 7, 8, 1_000] {
                assert_eq!(walk(&app, &root, path, "", limit).await, whole.items(), "{path} by {limit}");
            }
        }
        let order = |items: Vec<Value>, member: &str| -> Vec<String> {
            items.iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
        };
        for (path, member) in [("/bookings", "starts_at"), ("/schedule", "starts_at"), ("/resources", "id"), ("/users", "id")] {
            let found = order(app.get(path).by(&root).await.items(), member);
            assert!(found.is_sorted(), "{path}: {found:?}");
        }
        let log = order(app.get("/audit").by(&root).await.items(), "at");
        assert!(log.iter().rev().is_sorted(), "{log:?}");
    }

    async fn a_filter_goes_along_from_page_to_page(app) {
        let root = seven_of_everything(&app).await;
        let at = |minutes| app.clock().in_minutes(minutes);
        for (path, query, count) in [
            ("/resources", "q=table".to_owned(), 6),
            ("/users", "q=user".to_owned(), 6),
            ("/bookings", format!("user_id={}&status=confirmed", root.id), 7),
            ("/bookings/my", format!("from={}&to={}", at(0), at(60)), 3),
            ("/bookings", format!("from={}&to={}", at(60), at(61)), 6),
            ("/schedule", format!("from={}&to={}", at(0), at(60)), 4),
        ] {
            for limit in [1, 2, 100] {
                assert_eq!(walk(&app, &root, path, &query, limit).await.len(), count, "{path}?{query} by {limit}");
            }
        }
    }

    async fn what_comes_or_goes_between_pages_disturbs_nothing_else(app) {
        let root = app.admin("root").await;
        let pool = app.resource_with(&root, json!({ "name": "Pool", "quantity": 10 })).await;
        let mut ids = Vec::new();
        for nth in 0..4 {
            ids.push(app.booked(&root, &pool, 60 * nth, 600).await);
        }
        let first = app.get("/bookings/my").query("limit=2").by(&root).await.is(200);
        assert_eq!(first.column("id"), ids[..2]);
        // One that stands before the place, one after it, and the place itself moves away.
        app.booked(&root, &pool, 30, 600).await;
        let new = app.booked(&root, &pool, 150, 600).await;
        app.patch(&format!("/bookings/{}", ids[1]), json!({ "starts_at": app.clock().in_minutes(500) })).by(&root).await.was(200);
        let cursor = first.text("/next_cursor");
        let rest = app.get("/bookings/my").query("limit=100").query(&format!("cursor={cursor}")).by(&root).await.is(200);
        assert_eq!(rest.column("id"), [&*ids[2], &*new, &*ids[3], &*ids[1]]);
    }

    async fn a_hundred_items_unless_asked_for_more(app) {
        let root = app.admin("root").await;
        for nth in 0..101 {
            app.resource(&root, &format!("Table {nth}")).await;
        }
        let page = app.get("/resources").by(&root).await.is(200);
        assert_eq!(page.items().len(), 100);
        assert_ne!(page.at("/next_cursor"), Value::Null);
        assert_eq!(app.get("/resources").query("limit=1000").by(&root).await.is(200).items().len(), 101);
    }

    async fn areas_of_all_sites_are_one_list(app) {
        let root = app.admin("root").await;
        let mut sites = Vec::new();
        for slug in ["neva", "moika"] {
            let site = app.post("/sites/", json!({ "name": slug, "slug": slug })).by(&root).await.is(201).id();
            for nth in 0..3 {
                app.post(&format!("/sites/{site}/areas"), json!({ "name": format!("{slug} {nth}"), "position": 9 - nth })).by(&root).await.was(201);
            }
            sites.push(site);
        }
        let whole = app.get("/areas/").by(&root).await.is(200);
        assert_eq!(whole.column("name"), ["neva 0", "neva 1", "neva 2", "moika 0", "moika 1", "moika 2"]);
        for limit in [1, 2, 6, 7] {
            assert_eq!(walk(&app, &root, "/areas", "", limit).await, whole.items(), "by {limit}");
            let of_one = walk(&app, &root, "/areas", &format!("site_id={}", sites[1]), limit).await;
            assert_eq!(of_one, whole.items()[3..], "by {limit}");
        }
        let gone = &whole.column("id")[4];
        app.delete(&format!("/areas/{gone}")).by(&root).await.was(204);
        assert_eq!(app.get("/areas/").by(&root).await.items().len(), 5);
        assert_eq!(app.get("/areas/").query(&format!("site_id={gone}")).by(&root).await.items().len(), 0);
        app.get("/areas/").query("site_id=x").by(&root).await.names(&["/site_id"]);
        app.get("/areas/").query("area_id=x").by(&root).await.any_problem();
    }

    async fn resources_are_found_by_their_ids(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let mut ids = Vec::new();
        for (nth, visibility) in ["internal", "hidden", "public"].into_iter().enumerate() {
            ids.push(app.resource_with(&root, json!({ "name": format!("T{nth}"), "visibility": visibility })).await);
        }
        let gone = app.resource(&root, "Gone").await;
        app.delete(&format!("/resources/{gone}")).by(&root).await.was(204);
        let these = format!("resource_ids={},{},{gone},{},{}", ids[2], ids[0], ids[1], ids[0]);
        assert_eq!(app.get("/resources").query(&these).by(&root).await.is(200).column("id"), ids);
        // What is hidden is not there for others.
        assert_eq!(app.get("/resources").query(&these).by(&anna).await.is(200).column("id"), [&*ids[0], &*ids[2]]);
        app.get("/resources").query("resource_ids=x").by(&anna).await.names(&["/resource_ids"]);
        app.get("/resources").query("resource_ids=").by(&anna).await.names(&["/resource_ids"]);
        let many = vec![ids[0].as_str(); 101].join(",");
        app.get("/resources").query(&format!("resource_ids={many}")).by(&anna).await.names(&["/resource_ids"]);
        app.get("/resources").query(&these).query("limit=2").query("kind=x").query("managed=true").by(&anna).await.names(&["/kind", "/managed", "/limit"]);
    }

    async fn an_overview_tells_what_there_is(app) {
        let (root, anna, mia) = (app.admin("root").await, app.user("anna").await, app.user("mia").await);
        let empty = app.get("/resources/overview").by(&anna).await.is(200).json();
        assert_eq!(empty, json!({ "manages": false, "time_zone": null, "kinds": [], "sites": [] }));
        let site = app.post("/sites/", json!({ "name": "Neva", "slug": "neva", "time_zone": "Europe/Berlin" })).by(&root).await.is(201).id();
        for (kind, capacity, visibility) in [("table", 2, "internal"), ("table", 6, "public"), ("table", 9, "hidden"), ("vault", 1, "hidden")] {
            app.resource_with(&root, json!({ "name": kind, "kind": kind, "capacity": capacity, "visibility": visibility, "site_id": site })).await;
        }
        let thing = app.resource_with(&root, json!({ "name": "Thing" })).await;
        let gone = app.resource_with(&root, json!({ "name": "Gone", "kind": "boat" })).await;
        app.delete(&format!("/resources/{gone}")).by(&root).await.was(204);
        let of = |who: User| { let app = &app; async move { app.get("/resources/overview").by(&who).await.is(200).json() } };
        let sites = json!([{ "id": site, "name": "Neva", "slug": "neva", "time_zone": "Europe/Berlin" }]);
        let seen = json!([{ "kind": "table", "resources": 2, "capacity_max": 6 }, { "kind": null, "resources": 1, "capacity_max": null }]);
        assert_eq!(of(anna.clone()).await, json!({ "manages": false, "time_zone": "Europe/Berlin", "kinds": seen, "sites": sites }));
        // Who manages a place knows what is hidden in it.
        app.call("PUT", &format!("/sites/{site}/managers/{}", mia.id)).by(&root).await.was(204);
        let all = json!([{ "kind": "table", "resources": 3, "capacity_max": 9 }, { "kind": null, "resources": 1, "capacity_max": null }, { "kind": "vault", "resources": 1, "capacity_max": 1 }]);
        for who in [mia, root.clone()] {
            assert_eq!(of(who).await, json!({ "manages": true, "time_zone": "Europe/Berlin", "kinds": all, "sites": sites }));
        }
        app.call("PUT", &format!("/resources/{thing}/managers/{}", anna.id)).by(&root).await.was(204);
        assert_eq!(of(anna).await["manages"], json!(true));
    }

    async fn limits_and_cursors_out_of_range_are_refused(app) {
        let root = seven_of_everything(&app).await;
        let long = "A".repeat(4_000);
        for path in ["/resources", "/users", "/users/me/sessions", "/bookings", "/bookings/my", "/schedule", "/audit"] {
            for limit in ["0", "-1", "1001", "1000000000", "99999999999999999999", "x", "", "1.5", "1e2", "0x10", "%00", "٣"] {
                app.get(path).query(&format!("limit={limit}")).by(&root).await.names(&["/limit"]);
            }
            app.get(path).query("limit=1000").by(&root).await.was(200);
            let cursor = app.get(path).query("limit=1").by(&root).await.text("/next_cursor");
            let mut bent = cursor.clone().into_bytes();
            bent[0] ^= 1;
            let bent = String::from_utf8_lossy(&bent).into_owned();
            for forged in ["", "x", "null", "%00", "' OR 1=1 --", &long, &cursor[1..], &bent, &format!("{cursor}="), &format!("{cursor}A"), "////////////////////////////////////", "____________________________________"] {
                let query = format!("cursor={}", forged.replace(' ', "%20"));
                app.get(path).query(&query).by(&root).await.names(&["/cursor"]);
            }
            app.get(path).query("limit=1&limit=2").by(&root).await.names(&["/limit"]);
            // One list's cursor is a place in another list's order, too: an answer or a refusal, and never a fault.
            for other in ["/resources", "/users", "/bookings", "/schedule", "/audit"] {
                let foreign = app.get(other).query("limit=1").by(&root).await.text("/next_cursor");
                app.get(path).query(&format!("cursor={foreign}")).by(&root).await.was(200);
            }
        }
    }

    async fn ranges_are_bounded(app) {
        let root = seven_of_everything(&app).await;
        for path in ["/schedule", "/bookings", "/bookings/my"] {
            let ask = |from: &str, to: &str| app.get(path).query(&format!("from={from}&to={to}")).by(&root);
            ask("2026-01-01T00:00:00Z", "2027-01-02T00:00:00Z").await.was(200);
            ask("2026-01-01T00:00:00Z", "2027-01-02T00:00:00.000001Z").await.names(&["/to"]);
            ask("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z").await.names(&["/to"]);
            ask("2027-01-01T00:00:00Z", "2026-01-01T00:00:00Z").await.names(&["/to"]);
            ask("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z").await.names(&["/to"]);
            ask("x", "y").await.names(&["/from", "/to"]);
            // An offset's plus is a space in a query, unless it is encoded; either is understood.
            let all = app.get(path).by(&root).await.items();
            for from in ["2026-11-23T12:00:00%2B03:00", "2026-11-23T12:00:00+03:00", "0001-01-01T00:00:00Z"] {
                assert_eq!(app.get(path).query(&format!("from={from}")).by(&root).await.is(200).items(), all, "{from}");
            }
            assert_eq!(app.get(path).query("to=9999-12-30T00:00:00Z").by(&root).await.is(200).items(), all);
            assert!(app.get(path).query("from=9999-12-30T00:00:00Z").by(&root).await.is(200).items().is_empty());
            assert!(app.get(path).query("to=0001-01-01T00:00:00Z").by(&root).await.is(200).items().is_empty());
        }
    }

    async fn filters_that_are_none_are_refused(app) {
        let root = seven_of_everything(&app).await;
        for (path, parameter, wrong) in [
            ("/schedule", "resource_id", "x"),
            ("/bookings", "resource_id", "%00"),
            ("/bookings", "user_id", "anna"),
            ("/bookings", "status", "done"),
            ("/bookings/my", "status", "CONFIRMED"),
            ("/resources", "min_capacity", "-1"),
            ("/resources", "min_capacity", "four"),
            ("/resources", "min_capacity", "100001"),
            ("/resources", "q", "a%00b"),
            ("/resources", "kind", "a%0Ab"),
            // There is only one whose bookings they can be.
            ("/bookings/my", "user_id", "00000000-0000-7000-8000-000000000000"),
        ] {
            let answer = app.get(path).query(&format!("{parameter}={wrong}")).by(&root).await;
            answer.names(&[&format!("/{parameter}")]);
        }
        // A filter that fits nothing finds nothing.
        let nobody = "00000000-0000-7000-8000-000000000000";
        for query in [format!("resource_id={nobody}"), format!("user_id={nobody}"), "status=rejected".to_owned()] {
            assert!(app.get("/bookings").query(&query).by(&root).await.is(200).items().is_empty(), "{query}");
        }
    }
}
