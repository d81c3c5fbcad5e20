//! Resources: all verbs, who may, what is found, and what deleting one means.

use bronya_testkit::{User, on_both};
use serde_json::{Value, json};

on_both! {
    async fn only_the_name_is_required(app) {
        let anna = app.user("anna").await;
        let made = app.post("/resources/", json!({ "name": "Table 7" })).by(&anna).await.is(201);
        let id = made.id();
        assert_eq!(made.header("location"), Some(format!("/resources/{id}").as_str()));
        let expected = json!({
            "id": id, "name": "Table 7", "kind": null, "description": null, "capacity": null, "quantity": 1,
            "time_zone": "UTC", "requires_approval": false, "site_id": null, "area_id": null, "part_ids": [], "tags": [], "position": 0,
            "visibility": "internal", "attributes": {}, "out_of_order": null, "picture": null, "version": 1,
            "created_at": "2026-11-23T09:00:00Z", "updated_at": "2026-11-23T09:00:00Z",
        });
        assert_eq!(made.json(), expected);
        let read = app.get(&format!("/resources/{id}")).by(&anna).await.is(200);
        assert_eq!((read.json(), read.etag()), (expected, made.etag()));
        app.post("/resources", json!({})).by(&anna).await.names(&["/name"]);
        app.post("/resources", json!({ "name": null })).by(&anna).await.names(&["/name"]);
    }

    async fn everything_that_is_said_is_kept(app) {
        let anna = app.user("anna").await;
        let body = json!({
            "name": "Зал «Нева»", "kind": "room", "description": "Second floor.\nProjector.\tNo smoking.", "capacity": 40,
            "quantity": 3, "time_zone": "Europe/Berlin", "requires_approval": true,
        });
        let made = app.post("/resources", body.clone()).by(&anna).await.is(201).json();
        for (member, value) in body.as_object().unwrap() {
            assert_eq!(&made[member], value, "{member}");
        }
    }

    async fn bad_values_are_refused_all_at_once(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let path = format!("/resources/{table}");
        let before = app.get(&path).by(&anna).await.body;
        for (member, wrong) in [
            ("name", json!("")), ("name", json!("  ")), ("name", json!("x".repeat(201))), ("name", json!("a\nb")),
            ("name", json!("a\u{0}")), ("name", json!(1)), ("name", json!(["x"])),
            ("kind", json!("x".repeat(65))), ("kind", json!("a\nb")),
            ("description", json!("x".repeat(4_001))), ("description", json!("\u{0}")), ("description", json!({})),
            ("capacity", json!(0)), ("capacity", json!(-1)), ("capacity", json!(100_001)), ("capacity", json!(1.5)), ("capacity", json!("4")),
            ("quantity", json!(0)), ("quantity", json!(1_001)), ("quantity", json!(4_294_967_297_i64)), ("quantity", json!(true)),
            ("time_zone", json!("Mars/Olympus")), ("time_zone", json!("")), ("time_zone", json!("../../etc/passwd")), ("time_zone", json!("/etc/localtime")),
            ("time_zone", json!("+03:00")), ("time_zone", json!("UTC\u{0}")),
            ("requires_approval", json!("yes")), ("requires_approval", json!(1)),
        ] {
            let mut body = json!({ "name": "Hall" });
            body[member] = wrong.clone();
            let pointer = format!("/{member}");
            app.post("/resources", body.clone()).by(&anna).await.names(&[&pointer]);
            app.put(&path, body).by(&anna).await.names(&[&pointer]);
            app.patch(&path, json!({ member: wrong })).by(&anna).await.names(&[&pointer]);
        }
        let body = json!({ "name": "", "capacity": 0, "quantity": 0, "time_zone": "x", "kind": "\n" });
        app.post("/resources", body).by(&anna).await.names(&["/name", "/capacity", "/quantity", "/time_zone", "/kind"]);
        assert_eq!(app.get(&path).by(&anna).await.body, before);
        // At the limit.
        let body = json!({ "name": "é".repeat(200), "kind": "k".repeat(64), "description": "d".repeat(4_000), "capacity": 100_000, "quantity": 1_000 });
        app.post("/resources", body).by(&anna).await.was(201);
    }

    async fn patch_changes_what_it_names_and_put_everything(app) {
        let anna = app.user("anna").await;
        let body = json!({ "name": "Hall", "kind": "room", "description": "Large", "capacity": 40, "quantity": 2, "time_zone": "Europe/Berlin", "requires_approval": true });
        let hall = app.resource_with(&anna, body).await;
        let path = format!("/resources/{hall}");
        app.clock().advance_secs(60);
        let patched = app.patch(&path, json!({ "capacity": 50, "kind": null })).by(&anna).await.is(200).json();
        let expected = json!({
            "id": hall, "name": "Hall", "kind": null, "description": "Large", "capacity": 50, "quantity": 2,
            "time_zone": "Europe/Berlin", "requires_approval": true, "site_id": null, "area_id": null, "part_ids": [], "tags": [], "position": 0,
            "visibility": "internal", "attributes": {}, "out_of_order": null, "picture": null, "version": 2,
            "created_at": "2026-11-23T09:00:00Z", "updated_at": "2026-11-23T09:01:00Z",
        });
        assert_eq!(patched, expected);
        app.patch(&path, json!({ "name": null })).by(&anna).await.names(&["/name"]);
        let merge = app.call("PATCH", &path).body("application/merge-patch+json", r#"{"description":null}"#);
        assert_eq!(merge.by(&anna).await.is(200).at("/description"), Value::Null);
        // What has a default goes back to it.
        let patched = app.patch(&path, json!({ "quantity": null, "time_zone": null, "requires_approval": null, "capacity": null }));
        let patched = patched.by(&anna).await.is(200).json();
        assert_eq!((&patched["quantity"], &patched["time_zone"], &patched["requires_approval"], &patched["capacity"]), (&json!(1), &json!("UTC"), &json!(false), &Value::Null));
        app.patch(&path, json!({ "kind": "room" })).by(&anna).await.was(200);
        let replaced = app.put(&path, json!({ "name": "Other" })).by(&anna).await.is(200).json();
        assert_eq!((&replaced["name"], &replaced["kind"], &replaced["id"]), (&json!("Other"), &Value::Null, &json!(hall)));
        app.put(&path, json!({ "kind": "x" })).by(&anna).await.names(&["/name"]);
        for (member, value) in [("id", json!("x")), ("created_at", json!("x")), ("version", json!(7)), ("owner_id", json!("x"))] {
            app.patch(&path, json!({ member: value })).by(&anna).await.names(&[&format!("/{member}")]);
        }
    }

    async fn managers_and_administrators_change_it_and_nobody_else(app) {
        let (anna, berta, root) = (app.user("anna").await, app.user("berta").await, app.admin("root").await);
        let other = app.resource(&berta, "Other").await;
        let table = app.resource(&anna, "Table").await;
        let path = format!("/resources/{table}");
        app.get(&path).by(&berta).await.was(200);
        app.patch(&path, json!({ "name": "x" })).by(&berta).await.problem(403, "forbidden");
        app.put(&path, json!({ "name": "x" })).by(&berta).await.problem(403, "forbidden");
        app.delete(&path).by(&berta).await.problem(403, "forbidden");
        app.delete(&path).query("cancel_bookings=true").by(&berta).await.problem(403, "forbidden");
        assert_eq!(app.get(&path).by(&anna).await.text("/name"), "Table");
        app.patch(&path, json!({ "name": "By a manager" })).by(&anna).await.was(200);
        app.put(&path, json!({ "name": "By an administrator" })).by(&root).await.was(200);
        app.delete(&format!("/resources/{other}")).by(&root).await.was(204);
        let gone = format!("/resources/{other}");
        for by in [&anna, &berta, &root] {
            app.get(&gone).by(by).await.problem(404, "resource-not-found");
            app.patch(&gone, json!({ "name": "x" })).by(by).await.problem(404, "resource-not-found");
            app.put(&gone, json!({ "name": "x" })).by(by).await.problem(404, "resource-not-found");
            app.delete(&gone).by(by).await.problem(404, "resource-not-found");
            app.book(by, &other, 60, 120).await.problem(404, "resource-not-found");
            app.block(by, &other, 60, 120).await.problem(404, "resource-not-found");
        }
    }

    async fn adding_can_be_left_to_administrators(app) {
        app.restart(|options| options.settings.resource_creation_by_admins_only = true).await;
        let (anna, root) = (app.user("anna").await, app.admin("root").await);
        app.post("/resources", json!({ "name": "Table" })).by(&anna).await.problem(403, "forbidden");
        app.post("/resources", json!({ "name": "Table" })).by(&root).await.was(201);
    }

    async fn resources_are_found(app) {
        let anna = app.user("anna").await;
        for (name, kind, description, capacity) in [
            ("Table 1", Some("table"), None, Some(2)),
            ("Table 2", Some("table"), Some("By the window"), Some(4)),
            ("Hall", Some("room"), None, Some(40)),
            ("Окно", None, None, None),
            ("100%_\\", None, None, Some(4)),
        ] {
            let body = json!({ "name": name, "kind": kind, "description": description, "capacity": capacity });
            app.post("/resources", body).by(&anna).await.was(201);
        }
        for (query, found) in [
            ("", vec!["Table 1", "Table 2", "Hall", "Окно", "100%_\\"]),
            ("q=TABLE", vec!["Table 1", "Table 2"]),
            ("q=window", vec!["Table 2"]),
            ("q=room", vec!["Hall"]),
            ("q=%D0%9E%D0%9A%D0%9D%D0%9E", vec!["Окно"]),
            ("q=%25", vec!["100%_\\"]),
            ("q=_", vec!["100%_\\"]),
            ("q=%5C", vec!["100%_\\"]),
            ("q='", vec![]),
            ("kind=table", vec!["Table 1", "Table 2"]),
            ("kind=TABLE", vec![]),
            ("min_capacity=4", vec!["Table 2", "Hall", "100%_\\"]),
            ("min_capacity=5", vec!["Hall"]),
            ("min_capacity=0", vec!["Table 1", "Table 2", "Hall", "Окно", "100%_\\"]),
            ("kind=table&min_capacity=3&q=table", vec!["Table 2"]),
        ] {
            let list = app.get("/resources/").query(query).by(&anna).await.is(200);
            assert_eq!(list.column("name"), found, "{query}");
        }
    }

    async fn what_one_manages_is_found(app) {
        let (anna, berta, root) = (app.user("anna").await, app.user("berta").await, app.admin("root").await);
        let managed = async |by: &User, query: &str| {
            let query = format!("managed=true{query}");
            app.get("/resources/").query(&query).by(by).await.is(200).column("name")
        };
        app.resource(&anna, "Table").await;
        let hidden = json!({ "name": "Hidden table", "visibility": "hidden" });
        app.post("/resources", hidden).by(&anna).await.was(201);
        let site = app.post("/sites", json!({ "name": "Site", "slug": "site" })).by(&root).await.is(201).id();
        app.post("/resources", json!({ "name": "Hall", "site_id": site })).by(&root).await.was(201);
        assert_eq!(managed(&anna, "").await, ["Table", "Hidden table"]);
        assert_eq!(managed(&anna, "&q=hidden").await, ["Hidden table"]);
        assert_eq!(managed(&anna, "&limit=1").await, ["Table"]);
        assert_eq!(managed(&root, "").await, ["Table", "Hidden table", "Hall"]);
        assert_eq!(managed(&berta, "&limit=1").await, Vec::<String>::new());
        app.call("PUT", &format!("/sites/{site}/managers/{}", berta.id)).by(&root).await.was(204);
        assert_eq!(managed(&berta, "&limit=1").await, ["Hall"]);
        app.get("/resources/").query("managed=perhaps").by(&anna).await.names(&["/managed"]);
    }

    async fn a_resource_in_use_is_not_deleted_by_accident(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let table = app.resource(&anna, "Table").await;
        let path = format!("/resources/{table}");
        let past = app.booked(&berta, &table, 0, 30).await;
        let running = app.booked(&berta, &table, 60, 120).await;
        let to_come = app.booked(&berta, &table, 180, 240).await;
        let cancelled = app.booked(&berta, &table, 300, 360).await;
        app.delete(&format!("/bookings/{cancelled}")).by(&berta).await.was(200);
        app.block(&anna, &table, 400, 500).await.was(201);
        app.clock().advance_secs(90 * 60);
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let refused = app.delete(&path).by(&anna).await;
        assert_eq!(refused.problem(409, "resource-in-use")["bookings"], 2);
        app.delete(&path).query("cancel_bookings=false").by(&anna).await.problem(409, "resource-in-use");
        for wrong in ["yes", "1", "", "TRUE"] {
            app.delete(&path).query(&format!("cancel_bookings={wrong}")).by(&anna).await.names(&["/cancel_bookings"]);
        }
        app.delete(&path).query("cancel_bookings=true").by(&anna).await.was(204);
        // History stays readable, to the same people.
        for (id, status) in [(&past, "confirmed"), (&running, "cancelled"), (&to_come, "cancelled"), (&cancelled, "cancelled")] {
            for by in [&anna, &berta] {
                assert_eq!(app.booking(by, id).await["status"], status, "{id}");
            }
        }
        assert_eq!(app.get("/bookings/my").by(&berta).await.is(200).items().len(), 4);
        let query = format!("resource_id={table}");
        assert_eq!(app.get("/bookings").query(&query).by(&anna).await.is(200).items().len(), 4);
        let root = app.admin("root").await;
        assert_eq!(app.get("/bookings").query(&query).by(&root).await.is(200).items().len(), 4);
        app.get("/schedule").query(&query).by(&berta).await.was(200);
        assert!(app.get("/resources").by(&anna).await.items().is_empty());
        app.delete(&path).by(&anna).await.problem(404, "resource-not-found");
    }

    async fn a_resource_without_bookings_to_come_goes_at_once(app) {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        app.booked(&anna, &table, 0, 30).await;
        app.block(&anna, &table, 60, 90).await.was(201);
        app.clock().advance_secs(30 * 60);
        let anna = app.user("anna").await;
        app.delete(&format!("/resources/{table}")).by(&anna).await.was(204);
    }

    async fn fewer_units_only_where_all_bookings_still_fit(app) {
        let anna = app.user("anna").await;
        let pool = app.resource_with(&anna, json!({ "name": "Pool", "quantity": 3 })).await;
        let path = format!("/resources/{pool}");
        for _ in 0..2 {
            app.booked(&anna, &pool, 60, 120).await;
        }
        app.booked(&anna, &pool, 120, 180).await;
        app.patch(&path, json!({ "quantity": 1 })).by(&anna).await.problem(409, "resource-in-use");
        app.put(&path, json!({ "name": "Pool" })).by(&anna).await.problem(409, "resource-in-use");
        assert_eq!(app.get(&path).by(&anna).await.at("/quantity"), 3);
        app.patch(&path, json!({ "quantity": 2 })).by(&anna).await.was(200);
        app.book(&anna, &pool, 60, 120).await.problem(409, "booking-conflict");
        app.booked(&anna, &pool, 120, 180).await;
        app.patch(&path, json!({ "quantity": 3 })).by(&anna).await.was(200);
        app.booked(&anna, &pool, 60, 120).await;
    }

    async fn units_are_taken_away_while_their_bookings_run(app) {
        let anna = app.user("anna").await;
        let pool = app.resource_with(&anna, json!({ "name": "Pool", "quantity": 2 })).await;
        app.booked(&anna, &pool, 0, 60).await;
        let runs = app.booked(&anna, &pool, 30, 240).await;
        app.clock().advance_secs(90 * 60);
        let anna = app.user("anna").await;
        // Where the one that runs goes to, another one has been, at a time that both had.
        app.patch(&format!("/resources/{pool}"), json!({ "quantity": 1 })).by(&anna).await.was(200);
        app.book(&anna, &pool, 60, 120).await.problem(409, "booking-conflict");
        app.booked(&anna, &pool, 150, 180).await;
        assert_eq!(app.booking(&anna, &runs).await["status"], "confirmed");
    }
}
