//! Pictures of resources: what is taken, what is kept of it, and who sees it.

use bronya_testkit::on_both;
use serde_json::{Value, json};

use crate::matrix::PICTURE;

on_both! {
    async fn a_picture_is_taken_shown_and_taken_away(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let hall = app.resource(&anna, "Hall").await;
        let (resource, path) = (format!("/resources/{hall}"), format!("/resources/{hall}/picture"));
        app.get(&path).by(&berta).await.problem(404, "picture-not-found");
        let put = app.call("PUT", &path).query("alt=The%20hall%20from%20the%20north").body("image/png", PICTURE).by(&anna).await.is(200);
        let picture = put.at("/picture");
        assert_eq!((&picture["alt"], &picture["width"], &picture["height"]), (&json!("The hall from the north"), &json!(1), &json!(1)));
        assert_eq!((put.at("/version"), app.get(&resource).by(&berta).await.json()), (json!(2), put.json()));
        let shown = app.get(&path).by(&berta).await.is(200);
        assert_eq!(shown.header("content-type"), Some("image/jpeg"));
        assert_eq!(shown.header("cache-control"), Some("private, no-cache"));
        assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(shown.body[..3], [0xFF, 0xD8, 0xFF]);
        let tag = shown.etag();
        assert_eq!(tag, format!("\"{}\"", picture["id"].as_str().unwrap()));
        for known in [tag.clone(), format!("W/{tag}"), "*".to_owned(), format!("\"x\", {tag}")] {
            let again = app.get(&path).by(&berta).header("if-none-match", &known).await.is(304);
            assert_eq!((again.body.len(), again.header("etag")), (0, Some(tag.as_str())), "{known}");
        }
        app.get(&path).by(&berta).header("if-none-match", "\"x\"").await.was(200);
        // Whatever else changes about the resource, the picture stays.
        app.patch(&resource, json!({ "name": "Great hall" })).by(&anna).await.was(200);
        assert_eq!(app.put(&resource, json!({ "name": "Hall" })).by(&anna).await.is(200).at("/picture"), picture);
        // One that is changed meanwhile is not changed by accident.
        app.call("PUT", &path).body("image/png", PICTURE).by(&anna).if_match("\"2\"").await.problem(412, "stale");
        app.delete(&path).by(&anna).if_match("\"2\"").await.problem(412, "stale");
        app.delete(&path).by(&berta).await.problem(403, "forbidden");
        app.delete(&path).by(&anna).await.was(204);
        app.delete(&path).by(&anna).await.was(204);
        app.get(&path).by(&anna).await.problem(404, "picture-not-found");
        assert_eq!(app.get(&resource).by(&anna).await.at("/picture"), Value::Null);
    }

    async fn everything_else_is_refused(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let hall = app.resource(&anna, "Hall").await;
        let path = format!("/resources/{hall}/picture");
        let put = |kind: &str, body: &[u8]| app.call("PUT", &path).body(kind, body).by(&anna);
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        for kind in ["image/svg+xml", "image/gif", "image/avif", "application/octet-stream", "text/html", "application/json"] {
            put(kind, svg).await.problem(415, "unsupported-media-type");
        }
        for kind in ["image/png", "image/jpeg", "image/webp"] {
            put(kind, svg).await.problem(422, "validation");
            put(kind, b"").await.problem(422, "validation");
        }
        put("image/jpeg", PICTURE).await.problem(422, "validation");
        put("image/png", &PICTURE[..40]).await.problem(422, "validation");
        put("image/png", &vec![0; 5 * 1024 * 1024 + 1]).await.problem(413, "payload-too-large");
        // A head that announces two and a half thousand million pixels.
        let mut bomb = PICTURE.to_vec();
        for side in [16..20, 20..24] {
            bomb[side].copy_from_slice(&50_000_u32.to_be_bytes());
        }
        put("image/png", &bomb).await.problem(422, "validation");
        for alt in ["alt=", "alt=a%0Ab", "alt=%00", "other=x"] {
            put("image/png", PICTURE).query(alt).await.problem(422, "validation");
        }
        // Who may not is told so before anything is read.
        app.call("PUT", &path).body("image/png", vec![0; 5 * 1024 * 1024 + 1]).by(&berta).await.problem(403, "forbidden");
        assert_eq!(app.get(&format!("/resources/{hall}")).by(&anna).await.at("/version"), json!(1));
        // What is hidden shows no picture, and takes none.
        app.call("PUT", &path).body("image/png", PICTURE).by(&anna).await.was(200);
        app.patch(&format!("/resources/{hall}"), json!({ "visibility": "hidden" })).by(&anna).await.was(200);
        app.get(&path).by(&berta).await.problem(404, "resource-not-found");
        app.call("PUT", &path).body("image/png", PICTURE).by(&berta).await.problem(404, "resource-not-found");
        app.delete(&path).by(&berta).await.problem(404, "resource-not-found");
        app.get(&path).by(&anna).await.was(200);
    }

    async fn what_no_resource_has_is_swept_away(app) {
        let anna = app.user("anna").await;
        let (one, other) = (app.resource(&anna, "One").await, app.resource(&anna, "Other").await);
        for resource in [&one, &other] {
            app.call("PUT", &format!("/resources/{resource}/picture")).body("image/png", PICTURE).by(&anna).await.was(200);
        }
        let id = app.get(&format!("/resources/{one}")).by(&anna).await.text("/picture/id");
        let id = bronya_domain::ids::PictureId(id.parse().unwrap());
        let is_kept = || async {
            let inner = app.app();
            let kept = inner.store.read::<_, bronya_store::StoreError, _>(move |tx| Box::pin(bronya_store::pictures::bytes(tx, id)));
            kept.await.is_ok_and(|bytes: Option<Vec<u8>>| bytes.is_some())
        };
        assert!(is_kept().await);
        let sweep = || async { bronya_server::app::upkeep::sweep_once(&app.app(), uuid::Uuid::from_u128(1)).await.map(drop) };
        app.clock().advance_secs(2 * 3_600);
        let anna = app.later(&anna, jiff::SignedDuration::from_secs(1)).await;
        app.delete(&format!("/resources/{one}/picture")).by(&anna).await.was(204);
        sweep().await.unwrap();
        assert!(is_kept().await, "the other one still has it");
        app.delete(&format!("/resources/{other}")).by(&anna).await.was(204);
        sweep().await.unwrap();
        assert!(!is_kept().await);
    }
}
