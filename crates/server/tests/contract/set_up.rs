//! The first administrator: made by a one-time link while there is none, and by nothing else.

use bronya_testkit::{Backend, PASSWORD, on_both};
use serde_json::{Value, json};

fn body(token: &str, name: &str) -> Value {
    json!({ "token": token, "username": name, "password": PASSWORD })
}

on_both! {
    async fn the_link_makes_one_administrator_once(app) {
        let token = app.set_up_token().await.unwrap();
        app.get("/setup").await.was(200);
        let made = app.post("/setup", body(&token, "root")).await.is(201);
        app.get("/setup").await.problem(404, "not-found");
        assert_eq!((made.text("/role"), made.text("/username")), ("admin".into(), "root".into()));
        let root = app.sign_in("root").await;
        app.get("/users").by(&root).await.was(200);
        app.post("/setup", body(&token, "second")).await.problem(404, "not-found");
        assert_eq!(app.set_up_token().await, None);
        app.restart(|_| {}).await;
        app.post("/setup", body(&token, "second")).await.problem(404, "not-found");
        assert_eq!(app.administrators().await, 1);
    }

    async fn a_wrong_link_an_old_one_and_one_that_was_replaced_are_none(app) {
        let replaced = app.set_up_token().await.unwrap();
        let token = app.set_up_token().await.unwrap();
        let cut = &token[..token.len() - 1];
        let other = format!("bst_{}", "A".repeat(43));
        for wrong in ["", "x", cut, &other, &replaced, &token.replacen("bst_", "brt_", 1)] {
            app.post("/setup", body(wrong, "root")).await.problem(404, "not-found");
        }
        let anna = app.user("anna").await;
        app.post("/setup", body(&anna.refresh, "root")).await.problem(404, "not-found");
        app.clock().advance_secs(30 * 60);
        app.post("/setup", body(&token, "root")).await.problem(404, "not-found");
        let token = app.set_up_token().await.unwrap();
        app.clock().advance_secs(30 * 60 - 1);
        // A mistake in the form does not use it up.
        app.post("/setup", json!({ "token": token, "username": "root", "password": "password" })).await.problem(422, "weak-password");
        app.post("/setup", body(&token, "?")).await.names(&["/username"]);
        app.post("/setup", body(&token, "ANNA")).await.problem(409, "username-taken");
        assert_eq!(app.administrators().await, 0);
        app.post("/setup", body(&token, "root")).await.was(201);
    }

    async fn a_link_is_dead_once_somebody_else_is_an_administrator(app) {
        let token = app.set_up_token().await.unwrap();
        app.admin("made-on-the-command-line").await;
        app.post("/setup", body(&token, "root")).await.problem(404, "not-found");
        assert_eq!(app.administrators().await, 1);
    }

    async fn of_many_with_the_right_link_one_wins(app) {
        let token = app.set_up_token().await.unwrap();
        let node = if app.backend() == Backend::Postgres { app.another_node().await } else { app.clone() };
        let calls: Vec<_> = (0..24)
            .map(|nth| {
                let app = if nth % 2 == 0 { &app } else { &node };
                tokio::spawn(app.post("/setup", body(&token, &format!("root{nth}"))).into_future())
            })
            .collect();
        let mut made = 0;
        for call in calls {
            let answer = call.await.unwrap();
            match answer.status.as_u16() {
                201 => made += 1,
                // A machine with much to do hashes no two dozen passwords at once; nothing was done then either.
                503 => _ = answer.problem(503, "overloaded"),
                _ => _ = answer.problem(404, "not-found"),
            }
        }
        assert_eq!((made, app.administrators().await), (1, 1));
    }

    async fn guessing_is_limited(app) {
        app.restart(|options| options.limits_on = true).await;
        let token = app.set_up_token().await.unwrap();
        for _ in 0..10 {
            app.post("/setup", body("bst_x", "root")).await.problem(404, "not-found");
        }
        app.post("/setup", body(&token, "root")).await.problem(429, "too-many-requests");
        assert_eq!(app.administrators().await, 0);
    }

    async fn the_page_is_there_for_browsers(app) {
        let page = app.get("/setup").await.is(200);
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let html = String::from_utf8(page.body.clone()).unwrap();
        for file in ["/setup/page.js", "/setup/page.css"] {
            assert!(html.contains(file));
            app.get(file).await.was(200);
        }
        assert!(!html.contains("http://") && !html.contains("https://"), "{html}");
    }
}
