//! Links that set a password once: made by administrators, used by whoever has one, and good for nothing after that.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bronya_testkit::{Answer, Backend, PASSWORD, TestApp, User, on_both};
use serde_json::{Value, json};

const NEW: &str = "eleven loud badgers";

fn body(token: &str, password: &str) -> Value {
    json!({ "token": token, "new_password": password })
}

async fn link(app: &TestApp, by: &User, of: &User) -> String {
    app.call("POST", &format!("/users/{}/password-link", of.id)).by(by).await.is(200).text("/token")
}

fn set(app: &TestApp, token: &str, password: &str) -> bronya_testkit::Call {
    app.post("/users/password", body(token, password))
}

/// What every link gets that is not good, whatever is the matter with it.
fn is_not_good(answer: &Answer) {
    let problem = answer.problem(400, "link-not-good");
    assert_eq!(problem.as_object().unwrap().len(), 5, "{problem:#}");
}

on_both! {
    async fn a_link_sets_the_password_once_and_ends_all_sessions(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let made = app.call("POST", &format!("/users/{}/password-link", anna.id)).by(&root).await.is(200);
        let token = made.text("/token");
        assert!(token.starts_with("bpl_") && token.len() == 47, "{token}");
        let expected = json!({ "user_id": anna.id, "token": token, "url": null, "expires_at": "2026-11-23T10:00:00Z" });
        assert_eq!(made.json(), expected);
        // Until it is used, nothing has changed.
        app.get("/users/me").by(&anna).await.was(200);
        let set_it = set(&app, &token, NEW).await.is(200);
        assert_eq!((set_it.text("/username"), set_it.id()), ("anna".to_owned(), anna.id.clone()));
        set_it.leaks_nothing();
        app.get("/users/me").by(&anna).await.problem(401, "unauthorized");
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", anna.refresh.as_str())];
        app.call("POST", "/users/token").form(&refresh).await.problem(401, "invalid-credentials");
        app.token("anna", PASSWORD).await.problem(401, "invalid-credentials");
        app.token("anna", NEW).await.was(200);
        is_not_good(&set(&app, &token, "twelve loud badgers").await);
        app.token("anna", NEW).await.was(200);
        app.get("/users/me").by(&root).await.was(200);
    }

    async fn every_link_that_is_not_good_gets_the_same_answer(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let replaced = link(&app, &root, &anna).await;
        let token = link(&app, &root, &anna).await;
        let berta = app.user("berta").await;
        let of_another = link(&app, &root, &berta).await;
        app.call("POST", &format!("/users/{}/password-link", root.id)).by(&root).await.problem(403, "forbidden");
        let never = format!("bpl_{}", "A".repeat(43));
        for wrong in ["", "x", &token[..46], &format!("{token}A"), &never, &replaced, &anna.refresh, &token.replacen("bpl_", "bgl_", 1)] {
            is_not_good(&set(&app, wrong, NEW).await);
        }
        // It proves nobody anywhere else.
        for path in ["/users/me", "/display", &format!("/guest/bookings/{}", anna.id)] {
            app.get(path).header("authorization", &format!("Bearer {token}")).await.problem(401, "unauthorized");
        }
        // A password that can't be used does not use it up; the account's own name is no password.
        set(&app, &token, "short").await.problem(422, "weak-password");
        set(&app, &token, "password1").await.names(&["/new_password"]);
        set(&app, &token, "anna anna anna").await.problem(422, "weak-password");
        set(&app, &token, &"a".repeat(1_025)).await.problem(422, "weak-password");
        app.post("/users/password", json!({ "token": token })).await.names(&["/new_password"]);
        app.clock().advance_secs(60 * 60);
        is_not_good(&set(&app, &token, NEW).await);
        is_not_good(&set(&app, &of_another, NEW).await);
        let root = app.sign_in("root").await;
        let last = link(&app, &root, &anna).await;
        app.clock().advance_secs(60 * 60 - 1);
        set(&app, &last, NEW).await.was(200);
    }

    async fn whatever_else_settles_the_password_voids_the_link(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let path = format!("/users/{}", anna.id);
        let token = link(&app, &root, &anna).await;
        let change = json!({ "current_password": PASSWORD, "new_password": "twelve loud badgers" });
        app.put("/users/me/password", change).by(&anna).await.was(204);
        is_not_good(&set(&app, &token, NEW).await);
        // Whoever is disabled meanwhile stays out, and a link is not made for them.
        let token = link(&app, &root, &anna).await;
        app.patch(&path, json!({ "disabled": true })).by(&root).await.was(200);
        is_not_good(&set(&app, &token, NEW).await);
        app.call("POST", &format!("{path}/password-link")).by(&root).await.problem(409, "user-disabled");
        app.patch(&path, json!({ "disabled": false })).by(&root).await.was(200);
        is_not_good(&set(&app, &token, NEW).await);
        let token = link(&app, &root, &anna).await;
        app.delete(&path).by(&root).await.was(204);
        is_not_good(&set(&app, &token, NEW).await);
        app.call("POST", &format!("{path}/password-link")).by(&root).await.problem(409, "user-erased");
        let nobody = app.post("/users/00000000-0000-7000-8000-000000000000/password-link", json!({})).by(&root).await;
        nobody.problem(404, "user-not-found");
    }

    async fn of_many_with_one_link_one_wins(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let token = link(&app, &root, &anna).await;
        let node = if app.backend() == Backend::Postgres { app.another_node().await } else { app.clone() };
        let calls: Vec<_> = (0..8)
            .map(|nth| {
                let app = if nth % 2 == 0 { &app } else { &node };
                tokio::spawn(set(app, &token, &format!("{NEW} {nth}")).into_future())
            })
            .collect();
        let mut won = Vec::new();
        for (nth, call) in calls.into_iter().enumerate() {
            let answer = call.await.unwrap();
            match answer.status.as_u16() {
                200 => won.push(nth),
                503 => _ = answer.problem(503, "overloaded"),
                _ => is_not_good(&answer),
            }
        }
        assert_eq!(won.len(), 1, "{won:?}");
        app.token("anna", &format!("{NEW} {}", won[0])).await.was(200);
    }

    async fn an_invited_user_begins_with_the_link(app) {
        let root = app.admin("root").await;
        let made = app.post("/import/users", json!({ "items": [{ "username": "berta" }] })).by(&root).await.is(200);
        let made = made.json();
        let id = made["rows"][0]["id"].as_str().unwrap();
        let token = app.call("POST", &format!("/users/{id}/password-link")).by(&root).await.is(200).text("/token");
        assert_eq!(set(&app, &token, NEW).await.is(200).text("/username"), "berta");
        app.token("berta", NEW).await.was(200);
    }

    async fn guessing_links_is_limited(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let token = link(&app, &root, &anna).await;
        app.restart(|options| options.limits_on = true).await;
        for _ in 0..10 {
            is_not_good(&set(&app, "bpl_x", NEW).await);
        }
        let limited = set(&app, &token, NEW).await;
        limited.problem(429, "too-many-requests");
        assert_eq!(limited.header("retry-after"), Some("6"));
        app.clock().advance_secs(6);
        set(&app, &token, NEW).await.was(200);
    }

    async fn the_secret_is_stored_nowhere_and_swept_away(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let token = link(&app, &root, &anna).await;
        let dump = app.dump().await;
        let holds = |text: &[u8]| dump.windows(text.len()).any(|it| it == text);
        assert!(holds(b"user.password_link_made"));
        // As it is written, as what that stands for, and as a dump writes such bytes.
        let secret = URL_SAFE_NO_PAD.decode(&token[4..]).unwrap();
        let hex = secret.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        for form in [&token.as_bytes()[4..], &secret, hex.as_bytes()] {
            assert!(!holds(form));
        }
        let mine = app.get("/users/me/export").by(&anna).await.is(200).json();
        assert_eq!(mine["password_link_expires_at"], "2026-11-23T10:00:00Z");
        app.clock().advance_secs(60 * 60);
        assert_eq!(bronya_server::app::upkeep::sweep_once(&app.app(), uuid::Uuid::nil()).await.unwrap(), 1);
    }
}
