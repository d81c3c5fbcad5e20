//! Floor plans: who draws, who sees what of them, what drops out, and the picture under them.

use bronya_domain::floor_plan::FloorPlan;
use bronya_domain::ids::PictureId;
use bronya_store::StoreError;
use bronya_testkit::{TestApp, User, on_both};
use serde_json::{Value, json};

use crate::matrix::PICTURE;

async fn site(app: &TestApp, by: &User, slug: &str) -> String {
    app.post("/sites/", json!({ "name": slug, "slug": slug })).by(by).await.is(201).id()
}

async fn area(app: &TestApp, by: &User, site: &str, name: &str, parent: Option<&str>) -> String {
    let body = json!({ "name": name, "parent_id": parent });
    app.post(&format!("/sites/{site}/areas"), body).by(by).await.is(201).id()
}

async fn table(app: &TestApp, by: &User, name: &str, site: &str, area: Option<&str>) -> String {
    app.resource_with(by, json!({ "name": name, "site_id": site, "area_id": area })).await
}

fn placed(resource: &str) -> Value {
    json!({ "resource_id": resource, "x": 200, "y": 150, "width": 120, "height": 80, "rotation": 0, "shape": "rect" })
}

on_both! {
    async fn a_plan_is_drawn_and_drawn_again(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let neva = site(&app, &root, "neva").await;
        let hall = area(&app, &root, &neva, "Hall", None).await;
        let one = table(&app, &root, "one", &neva, Some(&hall)).await;
        let path = format!("/areas/{hall}/floor-plan");
        let empty = app.get(&path).by(&anna).await.is(200);
        assert_eq!(empty.json(), json!({
            "site_id": neva, "area_id": hall, "width": 1200, "height": 800, "background": null, "background_opacity_percent": 60,
            "resources": [], "shapes": [], "may_edit": false, "version": 0, "updated_at": null,
        }));
        assert_eq!(empty.etag(), "\"0\"");
        let drawing = json!({
            "width": 900, "height": 600, "background_opacity_percent": 30,
            "resources": [{ "resource_id": one, "x": 200, "y": 150, "width": 120, "height": 80, "rotation": 45, "shape": "round" }],
            "shapes": [
                { "kind": "zone", "x": 450, "y": 300, "width": 900, "height": 600, "rotation": 0, "text": null },
                { "kind": "bar", "x": 800, "y": 40, "width": 200, "height": 60, "rotation": 359, "text": "Бар «Нева» <b>" },
            ],
        });
        let drawn = app.put(&path, drawing.clone()).by(&root).if_match("\"0\"").await.is(200);
        let mut expected = drawing.clone();
        for (member, value) in [
            ("site_id", json!(neva)), ("area_id", json!(hall)), ("background", Value::Null), ("may_edit", json!(true)),
            ("version", json!(1)), ("updated_at", json!("2026-11-23T09:00:00Z")),
        ] {
            expected[member] = value;
        }
        assert_eq!((drawn.json(), drawn.etag()), (expected.clone(), "\"1\"".to_owned()));
        expected["may_edit"] = json!(false);
        assert_eq!(app.get(&path).by(&anna).await.is(200).json(), expected);
        // Two who draw at once: the second is told, and nothing of the first is lost.
        let stale = app.put(&path, json!({})).by(&root).if_match("\"0\"").await.problem(412, "stale");
        assert_eq!(stale["version"], 1);
        assert_eq!(app.get(&path).by(&anna).await.is(200).json(), expected);
        // What is left out goes back to its default, without If-Match whatever the version.
        let cleared = app.put(&path, json!({})).by(&root).await.is(200);
        assert_eq!(
            (cleared.at("/width"), cleared.at("/resources"), cleared.at("/shapes"), cleared.at("/version")),
            (json!(1200), json!([]), json!([]), json!(2))
        );
        let log = app.get("/audit").by(&root).await.is(200);
        let mut changes = log.items();
        changes.retain(|line| line["action"] == "area.floor_plan_changed");
        assert_eq!(changes.len(), 2);
        assert_eq!((&changes[0]["area_id"], &changes[0]["site_id"]), (&json!(hall), &json!(neva)));
        for path in ["/areas/01936f7e-0000-7000-8000-000000000000/floor-plan", "/sites/01936f7e-0000-7000-8000-000000000000/floor-plan"] {
            app.get(path).by(&root).await.problem(404, "place-not-found");
            app.put(path, json!({})).by(&root).await.problem(404, "place-not-found");
        }
    }

    async fn managers_of_the_site_draw_and_nobody_else(app) {
        let (root, anna, berta) = (app.admin("root").await, app.user("anna").await, app.user("berta").await);
        let neva = site(&app, &root, "neva").await;
        let hall = area(&app, &root, &neva, "Hall", None).await;
        app.call("PUT", &format!("/sites/{neva}/managers/{}", anna.id)).by(&root).await.was(204);
        for path in [format!("/areas/{hall}/floor-plan"), format!("/sites/{neva}/floor-plan")] {
            app.put(&path, json!({})).by(&berta).await.problem(403, "forbidden");
            assert_eq!(app.put(&path, json!({})).by(&anna).await.is(200).at("/may_edit"), true);
            let background = format!("{path}/background");
            // Who may not is told so before anything is read.
            app.call("PUT", &background).body("image/png", vec![0; 5 * 1024 * 1024 + 1]).by(&berta).await.problem(403, "forbidden");
            app.delete(&background).by(&berta).await.problem(403, "forbidden");
        }
    }

    async fn only_what_stands_there_is_in_a_plan(app) {
        let root = app.admin("root").await;
        let (neva, other) = (site(&app, &root, "neva").await, site(&app, &root, "other").await);
        let hall = area(&app, &root, &neva, "Hall", None).await;
        let corner = area(&app, &root, &neva, "Corner", Some(&hall)).await;
        let terrace = area(&app, &root, &neva, "Terrace", None).await;
        let here = table(&app, &root, "here", &neva, Some(&hall)).await;
        let inside = table(&app, &root, "inside", &neva, Some(&corner)).await;
        let outside = table(&app, &root, "outside", &neva, Some(&terrace)).await;
        let nowhere = table(&app, &root, "nowhere", &neva, None).await;
        let elsewhere = table(&app, &root, "elsewhere", &other, None).await;
        let (of_hall, of_site) = (format!("/areas/{hall}/floor-plan"), format!("/sites/{neva}/floor-plan"));
        let all = [&here, &inside, &outside, &nowhere, &elsewhere].map(|id| placed(id));
        app.put(&of_hall, json!({ "resources": all })).by(&root).await
            .names(&["/resources/2/resource_id", "/resources/3/resource_id", "/resources/4/resource_id"]);
        app.put(&of_site, json!({ "resources": all })).by(&root).await
            .names(&["/resources/0/resource_id", "/resources/1/resource_id", "/resources/2/resource_id", "/resources/4/resource_id"]);
        assert_eq!(app.get(&of_hall).by(&root).await.is(200).at("/version"), 0);
        app.put(&of_site, json!({ "resources": [placed(&nowhere)] })).by(&root).await.was(200);
        let drawing = json!({ "resources": [placed(&inside), placed(&here)] });
        let drawn = app.put(&of_hall, drawing).by(&root).await.is(200);
        assert_eq!(drawn.column_of("/resources", "resource_id"), [inside.as_str(), &here]);
        // What moves away and what is deleted drops out, and comes back with its place when it comes back.
        app.patch(&format!("/resources/{here}"), json!({ "area_id": terrace })).by(&root).await.was(200);
        assert_eq!(app.get(&of_hall).by(&root).await.is(200).column_of("/resources", "resource_id"), [inside.as_str()]);
        app.patch(&format!("/resources/{here}"), json!({ "area_id": hall })).by(&root).await.was(200);
        app.delete(&format!("/resources/{inside}")).by(&root).await.was(204);
        let seen = app.get(&of_hall).by(&root).await.is(200);
        assert_eq!((seen.column_of("/resources", "resource_id"), seen.at("/version")), (vec![here.clone()], json!(1)));
        app.put(&of_hall, json!({ "resources": [placed(&inside)] })).by(&root).await.names(&["/resources/0/resource_id"]);
        // A place that goes takes its plan with it.
        app.put(&format!("/areas/{terrace}/floor-plan"), json!({ "resources": [placed(&outside)] })).by(&root).await.was(200);
        app.delete(&format!("/resources/{outside}")).by(&root).await.was(204);
        app.delete(&format!("/areas/{terrace}")).by(&root).await.was(204);
        app.get(&format!("/areas/{terrace}/floor-plan")).by(&root).await.problem(404, "place-not-found");
        let place: uuid::Uuid = terrace.parse().unwrap();
        let store = &app.app().store;
        let kept = store.read::<_, StoreError, _>(move |tx| Box::pin(bronya_store::floor_plans::of_place(tx, place))).await;
        assert_eq!(kept.unwrap(), FloorPlan::default());
    }

    async fn what_is_hidden_is_in_no_plan_of_others(app) {
        let (root, anna, berta) = (app.admin("root").await, app.user("anna").await, app.user("berta").await);
        let neva = site(&app, &root, "neva").await;
        app.call("PUT", &format!("/sites/{neva}/managers/{}", anna.id)).by(&root).await.was(204);
        let plain = table(&app, &root, "plain", &neva, None).await;
        let hidden = app.resource_with(&root, json!({ "name": "hidden", "site_id": neva, "visibility": "hidden" })).await;
        let path = format!("/sites/{neva}/floor-plan");
        app.put(&path, json!({ "resources": [placed(&hidden), placed(&plain)] })).by(&anna).await.was(200);
        for (who, sees) in [(&root, 2), (&anna, 2), (&berta, 1)] {
            let seen = app.get(&path).by(who).await.is(200);
            assert_eq!(seen.column_of("/resources", "resource_id").len(), sees);
            assert_eq!(String::from_utf8_lossy(&seen.body).contains(&hidden), sees == 2);
        }
    }

    async fn bad_plans_are_refused_with_every_place(app) {
        let root = app.admin("root").await;
        let neva = site(&app, &root, "neva").await;
        let one = table(&app, &root, "one", &neva, None).await;
        let path = format!("/sites/{neva}/floor-plan");
        let with = |change: &[(&str, Value)]| {
            let mut frame = placed(&one);
            for (member, value) in change {
                frame[*member] = value.clone();
            }
            frame
        };
        let put = |body: Value| app.put(&path, body).by(&root);
        put(json!({ "width": 99, "height": 20_001, "background_opacity_percent": -1 })).await
            .names(&["/background_opacity_percent", "/height", "/width"]);
        let strays = with(&[("x", json!(1_201)), ("y", json!(-1)), ("width", json!(4)), ("height", json!(99_999)), ("rotation", json!(360))]);
        put(json!({ "resources": [strays] })).await
            .names(&["/resources/0/height", "/resources/0/rotation", "/resources/0/width", "/resources/0/x", "/resources/0/y"]);
        put(json!({ "resources": [placed(&one), placed(&one)] })).await.names(&["/resources/1/resource_id"]);
        put(json!({ "resources": [with(&[("resource_id", json!("x"))])] })).await.names(&["/resources/0/resource_id"]);
        put(json!({ "resources": [with(&[("shape", json!("star"))])] })).await.problem(422, "validation");
        put(json!({ "resources": [with(&[("x", json!(1.5))])] })).await.problem(422, "validation");
        put(json!({ "resources": [with(&[("colour", json!("red"))])] })).await.problem(422, "validation");
        put(json!({ "grid": 10 })).await.problem(422, "validation");
        let shape = |kind: &str, text: &str| json!({ "kind": kind, "x": 1, "y": 1, "width": 10, "height": 10, "text": text });
        put(json!({ "shapes": [shape("wall", "ok"), shape("door", ""), shape("label", "a\nb"), shape("bar", &"x".repeat(101))] })).await
            .names(&["/shapes/1/text", "/shapes/2/text", "/shapes/3/text"]);
        put(json!({ "shapes": [shape("dragon", "x")] })).await.problem(422, "validation");
        put(json!({ "shapes": vec![shape("wall", "x"); 501] })).await.names(&["/shapes"]);
        put(json!({ "resources": vec![placed(&one); 501] })).await.names(&["/resources"]);
        assert_eq!(put(json!({ "shapes": vec![shape("wall", "x"); 500] })).await.is(200).at("/version"), 1);
    }

    async fn a_picture_lies_under_a_plan(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let neva = site(&app, &root, "neva").await;
        let (plan, path) = (format!("/sites/{neva}/floor-plan"), format!("/sites/{neva}/floor-plan/background"));
        app.get(&path).by(&anna).await.problem(404, "picture-not-found");
        let put = |kind: &str, body: &[u8]| app.call("PUT", &path).body(kind, body).by(&root);
        put("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>").await.problem(415, "unsupported-media-type");
        put("image/png", b"<svg xmlns='http://www.w3.org/2000/svg'/>").await.problem(422, "validation");
        put("image/png", &vec![0; 5 * 1024 * 1024 + 1]).await.problem(413, "payload-too-large");
        put("image/png", PICTURE).if_match("\"7\"").await.problem(412, "stale");
        let taken = put("image/png", PICTURE).if_match("\"0\"").await.is(200);
        assert_eq!((taken.at("/background/width"), taken.at("/version")), (json!(1), json!(1)));
        let shown = app.get(&path).by(&anna).await.is(200);
        assert_eq!((shown.header("content-type"), &shown.body[..3]), (Some("image/jpeg"), &[0xFF, 0xD8, 0xFF][..]));
        assert_eq!(shown.etag(), format!("\"{}\"", taken.text("/background/id")));
        app.get(&path).by(&anna).header("if-none-match", &shown.etag()).await.was(304);
        // It stays when the plan is drawn, and when pictures that nothing has are swept away.
        app.put(&plan, json!({ "width": 500 })).by(&root).await.was(200);
        let root = app.later(&root, jiff::SignedDuration::from_hours(2)).await;
        bronya_server::app::upkeep::sweep_once(&app.app(), uuid::Uuid::from_u128(1)).await.unwrap();
        let seen = app.get(&plan).by(&root).await.is(200);
        assert_eq!((seen.at("/background"), seen.at("/version")), (taken.at("/background"), json!(2)));
        app.get(&path).by(&root).await.was(200);
        app.delete(&path).by(&root).if_match("\"1\"").await.problem(412, "stale");
        app.delete(&path).by(&root).await.was(204);
        app.delete(&path).by(&root).await.was(204);
        app.get(&path).by(&root).await.problem(404, "picture-not-found");
        assert_eq!(app.get(&plan).by(&root).await.is(200).at("/version"), 3);
        let _root = app.later(&root, jiff::SignedDuration::from_hours(2)).await;
        bronya_server::app::upkeep::sweep_once(&app.app(), uuid::Uuid::from_u128(1)).await.unwrap();
        let id = PictureId(taken.text("/background/id").parse().unwrap());
        let store = &app.app().store;
        let kept = store.read::<_, StoreError, _>(move |tx| Box::pin(bronya_store::pictures::bytes(tx, id))).await;
        assert_eq!(kept.unwrap(), None);
    }
}
