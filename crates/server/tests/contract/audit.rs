//! The audit log: every action leaves its line, no refusal and no repetition leaves one, and no line is ever changed.

use bronya_domain::user::Role;
use bronya_server::app::keys;
use bronya_server::app::users::{self, EditUser};
use bronya_server::auth::username::Username;
use bronya_testkit::{Answer, PASSWORD, TestApp, User, on_both};
use serde_json::{Value, json};

/// The lines that were written since there were `before` of them, the oldest first.
async fn since(app: &TestApp, root: &User, before: usize) -> Vec<Value> {
    let mut lines = app.get("/audit").query("limit=1000").by(root).await.is(200).items();
    lines.truncate(lines.len() - before);
    lines.reverse();
    lines
}

async fn count(app: &TestApp, root: &User) -> usize {
    app.get("/audit").query("limit=1000").by(root).await.is(200).items().len()
}

/// Must have left exactly these lines, each by this actor and from this request.
async fn left(
    app: &TestApp,
    root: &User,
    before: usize,
    answer: &Answer,
    actor: Option<&User>,
    actions: &[&str],
) -> Vec<Value> {
    let lines = since(app, root, before).await;
    let found: Vec<&str> = lines.iter().filter_map(|line| line["action"].as_str()).collect();
    assert_eq!(found, actions, "{answer}");
    for line in &lines {
        assert_eq!(line["request_id"].as_str(), answer.header("x-request-id"), "{line:#}");
        assert_eq!(line["address"], "127.0.0.1");
        assert_eq!(line["at"], app.clock().now().to_string());
        if let Some(actor) = actor {
            assert_eq!(line["actor_id"], actor.id, "{line:#}");
        }
    }
    lines
}

on_both! {
    async fn every_action_leaves_its_line(app) {
        let root = app.admin("root").await;
        let anna = app.user("anna").await;
        let path = format!("/users/{}", anna.id);
        macro_rules! leaves {
            ($call:expr, $status:expr, $actor:expr, [$($action:expr),*]) => {{
                app.clock().advance_secs(1);
                let before = count(&app, &root).await;
                let answer = $call.await.is($status);
                let lines = left(&app, &root, before, &answer, $actor, &[$($action),*]).await;
                (answer, lines)
            }};
        }
        // Accounts and sessions.
        let (made, lines) = leaves!(app.register("berta", PASSWORD), 201, None, ["user.created"]);
        assert_eq!((&lines[0]["user_id"], &lines[0]["actor_id"]), (&json!(made.id()), &json!(made.id())));
        let (_, lines) = leaves!(app.token("berta", "wrong"), 401, None, ["session.refused"]);
        assert_eq!((&lines[0]["user_id"], &lines[0]["actor_id"]), (&json!(made.id()), &Value::Null));
        let (_, lines) = leaves!(app.token("nobody", "wrong"), 401, None, ["session.refused"]);
        assert_eq!(lines[0]["user_id"], Value::Null);
        let (tokens, _) = leaves!(app.token("berta", PASSWORD), 200, None, ["session.created"]);
        let berta = app.signed_in("berta", &tokens).await;
        leaves!(app.patch("/users/me", json!({ "display_name": "B" })).by(&berta), 200, Some(&berta), ["user.updated"]);
        let guess = json!({ "current_password": "wrong", "new_password": "eleven loud badgers" });
        leaves!(app.put("/users/me/password", guess).by(&berta), 403, Some(&berta), ["user.password_refused"]);
        let change = json!({ "current_password": PASSWORD, "new_password": "eleven loud badgers" });
        leaves!(app.put("/users/me/password", change).by(&berta), 204, Some(&berta), ["user.password_changed"]);
        leaves!(app.delete("/users/me/sessions").by(&berta), 204, Some(&berta), ["session.others_ended"]);
        leaves!(app.call("POST", "/users/logout").by(&berta), 204, Some(&berta), ["session.ended"]);
        let other = app.user("anna").await;
        let id = app.get("/users/me/sessions").by(&other).await.items().iter().find(|it| it["current"] == true).unwrap()["id"].clone();
        leaves!(app.delete(&format!("/users/me/sessions/{}", id.as_str().unwrap())).by(&anna), 204, Some(&anna), ["session.ended"]);
        leaves!(app.patch(&path, json!({ "role": "admin" })).by(&root), 200, Some(&root), ["user.role_changed"]);
        leaves!(app.patch(&path, json!({ "role": "user", "disabled": true })).by(&root), 200, Some(&root), ["user.role_changed", "user.disabled"]);
        leaves!(app.patch(&path, json!({ "disabled": false })).by(&root), 200, Some(&root), ["user.enabled"]);
        let (_, lines) = leaves!(app.delete(&format!("{path}/sessions")).by(&root), 204, Some(&root), ["session.all_ended"]);
        assert_eq!(lines[0]["user_id"], anna.id);
        let anna = app.user("anna").await;
        let of_berta = format!("/users/{}/password-link", made.id());
        let (link, lines) = leaves!(app.call("POST", &of_berta).by(&root), 200, Some(&root), ["user.password_link_made"]);
        assert_eq!(lines[0]["user_id"], made.id());
        let new = json!({ "token": link.text("/token"), "new_password": PASSWORD });
        // Who had it nobody knows.
        let (_, lines) = leaves!(app.post("/users/password", new), 200, None, ["user.password_link_used"]);
        assert_eq!((&lines[0]["user_id"], &lines[0]["actor_id"]), (&json!(made.id()), &Value::Null));
        // Resources, blocks, bookings.
        let body = json!({ "name": "Table", "requires_approval": true });
        let (table, lines) = leaves!(app.post("/resources", body).by(&root), 201, Some(&root), ["resource.created"]);
        assert_eq!(lines[0]["resource_id"], table.id());
        let table = table.id();
        let resource = format!("/resources/{table}");
        leaves!(app.patch(&resource, json!({ "name": "Other" })).by(&root), 200, Some(&root), ["resource.updated"]);
        leaves!(app.put(&resource, json!({ "name": "Third", "requires_approval": true })).by(&root), 200, Some(&root), ["resource.updated"]);
        let (block, lines) = leaves!(app.block(&root, &table, 600, 660), 201, Some(&root), ["block.created"]);
        assert_eq!((&lines[0]["block_id"], &lines[0]["resource_id"]), (&json!(block.id()), &json!(table)));
        leaves!(app.delete(&format!("/schedule/{}", block.id())).by(&root), 204, Some(&root), ["block.deleted"]);
        let (first, lines) = leaves!(app.book(&anna, &table, 60, 120), 201, Some(&anna), ["booking.created"]);
        assert_eq!((&lines[0]["booking_id"], &lines[0]["resource_id"]), (&json!(first.id()), &json!(table)));
        let booking = format!("/bookings/{}", first.id());
        leaves!(app.patch(&booking, json!({ "title": "x" })).by(&anna), 200, Some(&anna), ["booking.edited"]);
        leaves!(app.patch(&booking, json!({ "ends_at": app.clock().in_minutes(130) })).by(&anna), 200, Some(&anna), ["booking.moved"]);
        leaves!(app.call("POST", &format!("{booking}/confirm")).by(&root), 200, Some(&root), ["booking.confirmed"]);
        leaves!(app.delete(&booking).by(&anna), 200, Some(&anna), ["booking.cancelled"]);
        let (second, _) = leaves!(app.book(&anna, &table, 60, 120), 201, Some(&anna), ["booking.created"]);
        leaves!(app.call("POST", &format!("/bookings/{}/reject", second.id())).by(&root), 200, Some(&root), ["booking.rejected"]);
        let (third, _) = leaves!(app.book(&anna, &table, 60, 120), 201, Some(&anna), ["booking.created"]);
        let mut body = json!({ "resource_id": table, "on_conflict": "cancel" });
        (body["starts_at"], body["ends_at"]) = (json!(app.clock().in_minutes(50)), json!(app.clock().in_minutes(130)));
        let (_, lines) = leaves!(app.post("/schedule", body).by(&root), 201, Some(&root), ["booking.cancelled", "block.created"]);
        assert_eq!(lines[0]["booking_id"], third.id());
        leaves!(app.book(&anna, &table, 200, 260), 201, Some(&anna), ["booking.created"]);
        leaves!(app.delete(&resource).query("cancel_bookings=true").by(&root), 204, Some(&root), ["booking.cancelled", "resource.deleted"]);
    }

    async fn the_first_administrator_leaves_a_line(app) {
        let token = app.set_up_token().await.unwrap();
        let body = json!({ "token": token, "username": "root", "password": PASSWORD });
        let made = app.post("/setup", body).await.is(201);
        let root = app.sign_in("root").await;
        let lines = since(&app, &root, 0).await;
        assert_eq!((&lines[0]["action"], &lines[0]["user_id"]), (&json!("user.created"), &json!(made.id())));
    }

    async fn what_the_command_line_does_leaves_a_line_without_an_actor(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let before = count(&app, &root).await;
        let name = Username::parse("anna").unwrap();
        users::reset_password(&app.app(), &name, "eleven loud badgers").await.unwrap();
        let edit = EditUser { role: Some(Role::Admin), ..EditUser::default() };
        users::edit_by_name(&app.app(), &name, edit).await.unwrap();
        keys::rotate(&app.app()).await.unwrap();
        let lines = since(&app, &root, before).await;
        let found: Vec<_> = lines.iter().map(|line| (line["action"].as_str().unwrap(), line["user_id"].as_str())).collect();
        let of_anna = Some(anna.id.as_str());
        assert_eq!(found, [("user.password_reset", of_anna), ("user.role_changed", of_anna), ("signing_key.rotated", None)]);
        assert!(lines.iter().all(|line| line["actor_id"].is_null() && line["request_id"].is_null()), "{lines:#?}");
    }

    async fn a_refusal_and_a_repetition_leave_none(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let table = app.resource(&root, "Table").await;
        let booking = app.book(&anna, &table, 60, 120).key("k").await.is(201).id();
        let before = count(&app, &root).await;
        app.book(&anna, &table, 60, 120).key("k").await.was(201);
        app.book(&anna, &table, 60, 120).await.problem(409, "booking-conflict");
        app.book(&anna, &table, 120, 60).await.problem(422, "validation");
        app.block(&anna, &table, 200, 260).await.problem(403, "forbidden");
        app.delete(&format!("/resources/{table}")).by(&root).await.problem(409, "resource-in-use");
        app.patch(&format!("/bookings/{booking}"), json!({ "title": "x" })).by(&anna).if_match("\"9\"").await.problem(412, "stale");
        app.register("anna", PASSWORD).await.problem(409, "username-taken");
        app.patch(&format!("/users/{}", root.id), json!({ "role": "user" })).by(&root).await.problem(409, "last-administrator");
        app.patch(&format!("/users/{}", anna.id), json!({ "role": "user" })).by(&root).await.was(200);
        app.patch(&format!("/bookings/{booking}"), json!({})).by(&anna).await.was(200);
        assert_eq!(since(&app, &root, before).await, Vec::<Value>::new());
    }

    async fn no_request_changes_what_was_written(app) {
        let root = app.admin("root").await;
        app.resource(&root, "Table").await;
        let log = app.get("/audit/").by(&root).await.is(200);
        let line = format!("/audit/{}", log.column("id")[0]);
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            app.call(method, "/audit").json(json!({})).by(&root).await.problem(405, "method-not-allowed");
            app.call(method, &line).json(json!({})).by(&root).await.problem(404, "not-found");
        }
        let anna = app.user("anna").await;
        app.get("/audit").by(&anna).await.problem(403, "forbidden");
        app.get("/audit").await.problem(401, "unauthorized");
        assert_eq!(app.get("/audit/").by(&root).await.body, log.body);
        // No line holds what somebody typed; rules have names of their own.
        let members: Vec<String> = log.items()[0].as_object().unwrap().keys().cloned().collect();
        let expected = ["action", "actor_id", "address", "area_id", "at", "block_id", "booking_id", "group_id", "id", "kind_id", "moved", "request_id", "resource_id", "rules_set_aside", "site_id", "user_id"];
        assert_eq!(members, expected);
    }

    async fn the_log_is_searched_by_who_what_and_when(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let berta = app.user("berta").await;
        let [table, other] = [app.resource(&root, "Table").await, app.resource(&root, "Other").await];
        let begun = app.clock().now();
        app.clock().advance_secs(60);
        let booking = app.booked(&anna, &table, 60, 120).await;
        app.booked(&berta, &other, 60, 120).await;
        app.clock().advance_secs(60);
        app.delete(&format!("/bookings/{booking}")).by(&root).await.was(200);
        app.patch("/users/me", json!({ "display_name": "A" })).by(&anna).await.was(200);
        app.patch(&format!("/users/{}", anna.id), json!({ "disabled": true })).by(&root).await.was(200);
        let group = app.post("/groups", json!({ "name": "Board" })).by(&root).await.is(201).id();
        let site = app.post("/sites", json!({ "name": "Haus", "slug": "haus" })).by(&root).await.is(201).id();
        let find = async |query: String| app.get("/audit").query(&query).by(&root).await.is(200).column("action");
        for (query, found) in [
            (format!("booking_id={booking}"), vec!["booking.cancelled", "booking.created"]),
            (format!("resource_id={table}"), vec!["booking.cancelled", "booking.created", "resource.created"]),
            (format!("resource_id={table}&actor_id={}", root.id), vec!["booking.cancelled", "resource.created"]),
            (format!("actor_id={}", anna.id), vec!["user.updated", "booking.created"]),
            (format!("user_id={}", anna.id), vec!["user.disabled", "user.updated"]),
            (format!("person_id={}", anna.id), vec!["user.disabled", "user.updated", "booking.created"]),
            (format!("person_id={}&action=user", anna.id), vec!["user.disabled", "user.updated"]),
            (format!("group_id={group}"), vec!["group.created"]),
            (format!("site_id={site}"), vec!["site.created"]),
            ("action=booking".to_owned(), vec!["booking.cancelled", "booking.created", "booking.created"]),
            ("action=booking.cancelled,user.disabled".to_owned(), vec!["user.disabled", "booking.cancelled"]),
            ("action=book".to_owned(), vec![]),
            ("action=resource&limit=1".to_owned(), vec!["resource.created"]),
            (format!("action=booking&from={begun}&to={}", app.clock().now()), vec!["booking.created", "booking.created"]),
            (format!("action=booking&from={}", app.clock().now()), vec!["booking.cancelled"]),
            (format!("to={begun}"), vec![]),
        ] {
            assert_eq!(find(query.clone()).await, found, "{query}");
        }
        // Pages of what is found are as those of the whole list are.
        let first = app.get("/audit").query("action=booking&limit=2").by(&root).await.is(200);
        let next = first.text("/next_cursor");
        let rest = app.get("/audit").query(&format!("action=booking&limit=2&cursor={next}")).by(&root).await.is(200);
        assert_eq!((first.items().len(), rest.column("action"), rest.at("/next_cursor")), (2, vec!["booking.created".to_owned()], Value::Null));
        for (wrong, pointer) in [
            ("actor_id=x", "/actor_id"), ("kind_id=room", "/kind_id"), ("action=", "/action"), ("action=booking,,user", "/action"), ("action=Booking", "/action"),
            ("from=yesterday", "/from"), ("from=2026-01-01T00:00:00Z&to=2027-12-01T00:00:00Z", "/to"), ("who=me", "/who"),
        ] {
            app.get("/audit").query(wrong).by(&root).await.names(&[pointer]);
        }
        let many = vec!["booking"; 21].join(",");
        app.get("/audit").query(&format!("action={many}")).by(&root).await.names(&["/action"]);
    }
}
