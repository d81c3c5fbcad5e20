//! `ETag` and `If-Match`: nobody overwrites what somebody else has changed meanwhile.

use bronya_testkit::{Answer, TestApp, User, on_both};
use serde_json::json;

/// Everything that can be edited, as its path, and who may.
async fn editable(app: &TestApp) -> (User, Vec<String>) {
    let root = app.admin("root").await;
    let table = app.resource(&root, "Table").await;
    let booking = app.booked(&root, &table, 60, 120).await;
    let paths = vec![
        format!("/resources/{table}"),
        format!("/bookings/{booking}"),
        format!("/users/{}", app.user("anna").await.id),
    ];
    (root, paths)
}

/// An edit of what stands at a path, another each time.
fn edit(path: &str, nth: usize) -> serde_json::Value {
    if path.starts_with("/users/me") {
        json!({ "display_name": format!("n{nth}") })
    } else if path.starts_with("/users") {
        json!({ "role": if nth.is_multiple_of(2) { "admin" } else { "user" } })
    } else if path.starts_with("/bookings") {
        json!({ "title": format!("n{nth}") })
    } else {
        json!({ "name": format!("n{nth}") })
    }
}

/// What changes first changes the tag, and what is refused changes nothing.
async fn honours(app: &TestApp, by: &User, path: &str) {
    let before = app.get(path).by(by).await.is(200);
    let old = before.etag();
    let edited = app.patch(path, edit(path, 0)).by(by).if_match(&old).await.is(200);
    let tag = edited.etag();
    assert_ne!(tag, old, "{path}");
    let seen = app.get(path).by(by).await.is(200);
    assert_eq!((seen.etag(), seen.body), (tag.clone(), edited.body), "{path}");
    let weak = format!("W/{tag}");
    for stale in [&old, &weak, "\"nonsense\"", "\"\"", "\"-1\"", "\"99999999999999999999\""] {
        app.patch(path, edit(path, 1)).by(by).if_match(stale).await.problem(412, "stale");
    }
    for malformed in ["nonsense", "7", "\"", "*, \"1\"", ""] {
        app.patch(path, edit(path, 1)).by(by).if_match(malformed).await.problem(400, "bad-request");
    }
    assert_eq!(app.get(path).by(by).await.etag(), tag, "{path}");
    app.patch(path, edit(path, 1)).by(by).if_match(&format!("{old}, {tag}")).await.was(200);
    app.patch(path, edit(path, 2)).by(by).if_match("*").await.was(200);
    app.patch(path, edit(path, 3)).by(by).await.was(200);
    // What changes nothing keeps the tag, unless it came under one: then of two that write the same one is told.
    let tag = app.get(path).by(by).await.etag();
    assert_eq!(app.patch(path, edit(path, 3)).by(by).await.is(200).etag(), tag, "{path}");
    assert_ne!(app.patch(path, edit(path, 3)).by(by).if_match(&tag).await.is(200).etag(), tag, "{path}");
    app.patch(path, edit(path, 3)).by(by).if_match(&tag).await.problem(412, "stale");
}

on_both! {
    async fn everything_that_can_be_edited_has_a_tag_and_honours_it(app) {
        let (root, paths) = editable(&app).await;
        for path in paths {
            honours(&app, &root, &path).await;
        }
        let berta = app.user("berta").await;
        honours(&app, &berta, "/users/me").await;
    }

    async fn what_creates_answers_with_the_tag_of_what_it_made(app) {
        let anna = app.user("anna").await;
        let table = app.post("/resources", json!({ "name": "Table" })).by(&anna).await.is(201);
        assert_eq!(app.get(table.header("location").unwrap()).by(&anna).await.etag(), table.etag());
        let booking = app.book(&anna, &table.id(), 60, 120).await.is(201);
        assert_eq!(app.get(booking.header("location").unwrap()).by(&anna).await.etag(), booking.etag());
    }

    async fn replacing_deciding_and_deleting_honour_it_too(app) {
        let root = app.admin("root").await;
        let table = app.resource_with(&root, json!({ "name": "Table", "requires_approval": true })).await;
        let path = format!("/resources/{table}");
        let body = json!({ "name": "Other", "requires_approval": true });
        app.put(&path, body.clone()).by(&root).if_match("\"99\"").await.problem(412, "stale");
        let tag = app.get(&path).by(&root).await.etag();
        let replaced = app.put(&path, body).by(&root).if_match(&tag).await.is(200);
        app.delete(&path).by(&root).if_match(&tag).await.problem(412, "stale");

        for (nth, verb) in ["confirm", "reject"].into_iter().enumerate() {
            let start = 60 + 60 * i64::try_from(nth).unwrap();
            let booking = app.book(&root, &table, start, start + 60).await.is(201);
            let path = format!("/bookings/{}", booking.id());
            app.patch(&path, json!({ "title": "x" })).by(&root).await.was(200);
            let decide = format!("{path}/{verb}");
            app.call("POST", &decide).by(&root).if_match(&booking.etag()).await.problem(412, "stale");
            app.delete(&path).by(&root).if_match(&booking.etag()).await.problem(412, "stale");
            let tag = app.get(&path).by(&root).await.etag();
            let decided = app.call("POST", &decide).by(&root).if_match(&tag).await.is(200);
            assert_ne!(decided.etag(), tag);
            if verb == "confirm" {
                let cancelled = app.delete(&path).by(&root).if_match(&decided.etag()).await.is(200);
                assert_ne!(cancelled.etag(), decided.etag());
            }
        }
        // A booking that comes or goes is no edit of its resource.
        assert_eq!(app.get(&path).by(&root).await.etag(), replaced.etag());
        app.delete(&path).by(&root).if_match(&replaced.etag()).await.was(204);
    }

    async fn a_stranger_learns_nothing_from_a_tag(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let table = app.resource(&anna, "Table").await;
        let booking = format!("/bookings/{}", app.booked(&anna, &table, 60, 120).await);
        for tag in ["\"1\"", "\"2\"", "*"] {
            app.patch(&booking, json!({ "title": "x" })).by(&berta).if_match(tag).await.problem(404, "booking-not-found");
            app.delete(&booking).by(&berta).if_match(tag).await.problem(404, "booking-not-found");
            app.patch(&format!("/resources/{table}"), json!({ "name": "x" })).by(&berta).if_match(tag).await.problem(403, "forbidden");
            app.patch(&format!("/users/{}", anna.id), json!({ "role": "user" })).by(&berta).if_match(tag).await.problem(403, "forbidden");
        }
    }

    async fn of_many_that_edit_the_same_version_one_wins(app) {
        let (root, paths) = editable(&app).await;
        let mut paths = paths;
        paths.push("/users/me".to_owned());
        for path in paths {
            for round in 0..5 {
                let tag = app.get(&path).by(&root).await.etag();
                let name = |nth| edit(&path, if path.starts_with("/users/0") { round } else { 10 * round + nth });
                let calls: Vec<_> =
                    (0..4).map(|nth| tokio::spawn(app.patch(&path, name(nth)).by(&root).if_match(&tag).into_future())).collect();
                let mut won: Vec<Answer> = Vec::new();
                for call in calls {
                    let answer = call.await.unwrap();
                    if answer.status == 200 { won.push(answer) } else { drop(answer.problem(412, "stale")) }
                }
                assert_eq!(won.len(), 1, "{path}");
                assert_eq!(app.get(&path).by(&root).await.body, won[0].body, "{path}");
            }
        }
    }
}
