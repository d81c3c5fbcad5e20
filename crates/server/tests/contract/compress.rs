//! Compressed answers: which ones, to whom, and which never.

use std::io::Read as _;

use bronya_testkit::{TestApp, User, on_both};
use flate2::read::GzDecoder;
use serde_json::json;

/// Somebody, and things enough for lists that are worth it.
async fn a_long_list(app: &TestApp) -> User {
    let root = app.admin("root").await;
    let site = app.post("/sites/", json!({ "name": "Neva", "slug": "neva" })).by(&root).await.is(201).id();
    for nth in 0..12 {
        app.post(&format!("/sites/{site}/areas"), json!({ "name": format!("Hall {nth}") })).by(&root).await.was(201);
        app.resource_with(&root, json!({ "name": format!("Table {nth}"), "site_id": site })).await;
    }
    root
}

fn inflated(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}

on_both! {
    async fn long_lists_of_what_there_is_are_compressed_for_who_takes_it(app) {
        let root = a_long_list(&app).await;
        for path in ["/resources", "/areas", "/areas/"] {
            let plain = app.get(path).by(&root).await.is(200);
            assert_eq!((plain.header("content-encoding"), plain.header("vary")), (None, Some("accept-encoding")), "{path}");
            for unwanted in ["identity", "br", "gzip;q=0"] {
                assert_eq!(app.get(path).by(&root).header("accept-encoding", unwanted).await.is(200).body, plain.body, "{path}");
            }
            let packed = app.get(path).by(&root).header("accept-encoding", "br, gzip").await.is(200);
            assert_eq!((packed.header("content-encoding"), packed.header("vary")), (Some("gzip"), Some("accept-encoding")), "{path}");
            assert_eq!((packed.header("content-length"), packed.header("content-type")), (None, Some("application/json")), "{path}");
            assert_eq!(inflated(&packed.body), plain.body, "{path}");
            assert!(packed.body.len() < plain.body.len() / 4, "{path}: {} of {}", packed.body.len(), plain.body.len());
        }
    }

    async fn what_is_short_has_a_tag_or_tells_of_people_is_not(app) {
        let root = a_long_list(&app).await;
        let table = app.resource_with(&root, json!({ "name": "Long", "description": "x".repeat(2_000) })).await;
        for nth in 0..8 {
            app.user(&format!("user{nth}")).await;
            app.book(&root, &table, 60 * nth, 60 * nth + 30).await.was(201);
        }
        for path in [&format!("/resources/{table}"), "/resources?limit=1", "/users", "/bookings", "/bookings/my", "/audit", "/users/me"] {
            let answer = app.get(path).by(&root).header("accept-encoding", "gzip").await.is(200);
            assert_eq!(answer.header("content-encoding"), None, "{path}");
        }
        // A refusal is no list.
        let refused = app.get("/resources?limit=0").by(&root).header("accept-encoding", "gzip").await;
        assert_eq!((refused.status.as_u16(), refused.header("content-encoding")), (422, None));
    }
}
