//! Groups of people, and what is kept for them.

use std::time::Duration;

use bronya_testkit::{Backend, TestApp, User, on_both, run};
use serde_json::json;

async fn group(app: &TestApp, root: &User, name: &str, members: &[&User]) -> String {
    let id = app.post("/groups", json!({ "name": name })).by(root).await.is(201).id();
    for member in members {
        app.call("PUT", &format!("/groups/{id}/members/{}", member.id)).by(root).await.was(204);
    }
    id
}

on_both! {
    async fn a_group_is_made_changed_and_taken_away(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let made = app.post("/groups/", json!({ "name": "Staff", "description": "Whoever works here" })).by(&root).await.is(201);
        let path = format!("/groups/{}", made.id());
        assert_eq!(made.header("location"), Some(path.as_str()));
        assert_eq!(app.get(&path).by(&root).await.json(), made.json());
        app.post("/groups", json!({ "name": "Staff" })).by(&root).await.problem(409, "name-taken");
        for (body, pointer) in [(json!({ "name": " " }), "/name"), (json!({ "name": "a\nb" }), "/name"), (json!({ "name": "x", "description": "\u{0}" }), "/description")] {
            app.post("/groups", body).by(&root).await.names(&[pointer]);
        }
        app.post("/groups", json!({ "name": "Guests" })).by(&root).await.was(201);
        app.patch(&path, json!({ "name": "Guests" })).by(&root).await.problem(409, "name-taken");
        app.patch(&path, json!({ "name": "Crew" })).by(&root).if_match("\"2\"").await.problem(412, "stale");
        let patched = app.patch(&path, json!({ "name": "Crew", "description": null })).by(&root).if_match("\"1\"").await.is(200);
        assert_eq!((patched.text("/name"), patched.at("/version")), ("Crew".to_owned(), json!(2)));
        assert_eq!(app.get("/groups").by(&root).await.is(200).column("name"), ["Crew", "Guests"]);
        // Who is in it.
        let member = format!("{path}/members/{}", anna.id);
        for _ in 0..2 {
            app.call("PUT", &member).by(&root).await.was(204);
        }
        assert_eq!(app.get(&format!("{path}/members")).by(&root).await.is(200).column("user_id"), [anna.id.as_str()]);
        let told = app.get("/users/me/export").by(&anna).await.is(200).at("/groups");
        assert_eq!(told, json!([{ "id": made.id(), "name": "Crew" }]));
        app.delete(&member).by(&root).await.was(204);
        app.delete(&member).by(&root).await.problem(404, "user-not-found");
        app.call("PUT", &format!("{path}/members/{}", made.id())).by(&root).await.problem(404, "user-not-found");
        let log = app.get("/audit").by(&root).await.items();
        let lines: Vec<_> = log.iter().filter(|line| line["group_id"] == made.at("/id")).map(|line| line["action"].as_str().unwrap()).collect();
        assert_eq!(lines, ["group.member_removed", "group.member_added", "group.updated", "group.created"]);
        assert!(log.iter().any(|line| line["action"] == "group.member_removed" && line["user_id"] == anna.id));
        app.call("PUT", &member).by(&root).await.was(204);
        app.delete(&path).by(&root).await.was(204);
        app.get(&path).by(&root).await.problem(404, "group-not-found");
        // Nobody is in a group any more once nobody is that person.
        let crew = group(&app, &root, "Crew", &[&anna]).await;
        app.delete(&format!("/users/{}", anna.id)).by(&root).await.was(204);
        assert!(app.get(&format!("/groups/{crew}/members")).by(&root).await.is(200).items().is_empty());
        app.call("PUT", &format!("/groups/{crew}/members/{}", anna.id)).by(&root).await.problem(404, "user-not-found");
    }

    async fn what_has_a_name_is_made_once_however_often_it_is_sent(app) {
        let root = app.admin("root").await;
        for (path, name) in [("/groups", "crew"), ("/kinds", "room")] {
            for round in 0..5 {
                let body = json!({ "name": format!("{name}-{round}") });
                let key = format!("{name} {round}");
                let sent: Vec<_> = (0..6).map(|_| tokio::spawn(app.post(path, body.clone()).by(&root).key(&key).into_future())).collect();
                let mut answers = Vec::new();
                for answer in sent {
                    answers.push(answer.await.unwrap().is(201).body);
                }
                answers.dedup();
                assert_eq!(answers.len(), 1, "{path}");
                app.post(path, json!({ "name": "other" })).by(&root).key(&key).await.problem(422, "idempotency-key-reused");
                app.post(path, body).by(&root).await.problem(409, "name-taken");
            }
            assert_eq!(app.get(path).by(&root).await.is(200).items().len(), 5, "{path}");
        }
    }

    async fn what_is_kept_for_groups_others_can_not_have(app) {
        let root = app.admin("root").await;
        let (anna, berta, carl) = (app.user("anna").await, app.user("berta").await, app.user("carl").await);
        let staff = group(&app, &root, "Staff", &[&berta]).await;
        let board = group(&app, &root, "Board", &[]).await;
        let room = app.resource_with(&anna, json!({ "name": "Room", "kind": "room" })).await;
        let other = app.resource_with(&anna, json!({ "name": "Other", "kind": "room" })).await;
        let rules = format!("/resources/{room}/rules");
        let kept = json!({ "groups": [staff, board] });
        assert_eq!(app.put(&rules, kept.clone()).by(&anna).await.is(200).at("/groups"), kept["groups"]);
        app.book(&berta, &room, 60, 120).await.was(201);
        let refused = app.book(&carl, &room, 120, 180).await;
        refused.problem(422, "against-policy");
        assert_eq!(refused.at("/broken_rules/0"), json!({ "rule": "groups", "value": [staff, board], "allowed": { "groups": [staff, board] }, "override_by": "manager" }));
        // It counts whose the booking is to be, and a manager may set the rule aside.
        let times = |resource: &str, from, to| json!({ "resource_id": resource, "starts_at": app.clock().in_minutes(from), "ends_at": app.clock().in_minutes(to) });
        let mut body = times(&room, 180, 240);
        body["on_behalf_of"] = json!(berta.id);
        app.post("/bookings", body.clone()).by(&anna).await.was(201);
        body["on_behalf_of"] = json!(carl.id);
        app.post("/bookings", body.clone()).by(&anna).await.problem(422, "against-policy");
        (body["starts_at"], body["ends_at"]) = (json!(app.clock().in_minutes(240)), json!(app.clock().in_minutes(300)));
        body["override_reason"] = json!("a guest of the house");
        app.post("/bookings", body).by(&anna).await.was(201);
        // Nothing of it is offered, and nothing is moved there.
        let window = format!("from={}&to={}", app.clock().in_minutes(0), app.clock().in_minutes(600));
        for (who, some) in [(&berta, true), (&carl, false)] {
            let slots = app.get("/availability/slots").query(&format!("resource_ids={room}&{window}")).by(who).await.is(200);
            assert_eq!(slots.at("/items/0/slots").as_array().unwrap().is_empty(), !some, "{slots}");
            let search = json!({ "from": app.clock().in_minutes(0), "to": app.clock().in_minutes(600), "limit": 100 });
            let found = app.post("/availability/search", search).by(who).await.is(200).column_of("/candidates", "resource_id");
            assert_eq!(found.contains(&room), some, "{found:?}");
        }
        app.booked(&anna, &other, 400, 460).await;
        let refused = app.book(&carl, &other, 400, 460).await;
        refused.problem(409, "booking-conflict");
        assert!(!refused.column_of("/alternatives", "resource_id").contains(&room), "{refused}");
        let own = app.booked(&carl, &other, 500, 560).await;
        app.patch(&format!("/bookings/{own}"), json!({ "resource_id": room })).by(&carl).await.problem(422, "against-policy");
        // Whoever leaves keeps the booking and gets no other; whoever comes in gets one.
        app.delete(&format!("/groups/{staff}/members/{}", berta.id)).by(&root).await.was(204);
        app.book(&berta, &room, 700, 760).await.problem(422, "against-policy");
        app.call("PUT", &format!("/groups/{board}/members/{}", carl.id)).by(&root).await.was(204);
        app.book(&carl, &room, 700, 760).await.was(201);
        // A group that is gone has nobody in it; no groups are no rule.
        app.delete(&format!("/groups/{board}")).by(&root).await.was(204);
        app.book(&carl, &room, 800, 860).await.problem(422, "against-policy");
        app.put(&rules, kept).by(&anna).await.names(&["/groups"]);
        app.put(&rules, json!({ "groups": ["staff"] })).by(&anna).await.names(&["/groups/0"]);
        app.put(&rules, json!({ "groups": [] })).by(&anna).await.was(200);
        app.book(&carl, &room, 800, 860).await.was(201);
    }

    async fn groups_come_from_the_nearest_level_that_names_any(app) {
        let root = app.admin("root").await;
        let berta = app.user("berta").await;
        let staff = group(&app, &root, "Staff", &[]).await;
        let site = app.post("/sites", json!({ "name": "Site", "slug": "site" })).by(&root).await.is(201).id();
        let area = app.post(&format!("/sites/{site}/areas"), json!({ "name": "Hall" })).by(&root).await.is(201).id();
        let table = app.resource_with(&root, json!({ "name": "Table", "site_id": site, "area_id": area })).await;
        let rules = |path: String, body| app.put(&format!("{path}/rules"), body).by(&root);
        rules(format!("/sites/{site}"), json!({ "groups": [staff] })).await.was(200);
        app.book(&berta, &table, 60, 120).await.problem(422, "against-policy");
        let in_force = app.get(&format!("/resources/{table}/rules/in-force")).by(&berta).await.is(200);
        let rule = in_force.at("/rules").as_array().unwrap().iter().find(|rule| rule["rule"] == "groups").cloned().unwrap();
        assert_eq!((&rule["value"], &rule["from"]["id"]), (&json!([staff]), &json!(site)), "{in_force}");
        rules(format!("/areas/{area}"), json!({ "groups": [] })).await.was(200);
        app.book(&berta, &table, 60, 120).await.was(201);
        rules(format!("/resources/{table}"), json!({ "groups": [staff] })).await.was(200);
        app.book(&berta, &table, 180, 240).await.problem(422, "against-policy");
        // Of the bookings that stand, one would not have been taken.
        let trial = app.post(&format!("/resources/{table}/rules/trial"), json!({ "groups": [staff] })).by(&root).await.is(200);
        assert_eq!((trial.at("/refused"), trial.at("/by_rule/0/rule")), (json!(1), json!("groups")), "{trial}");
    }

    async fn some_groups_wait_for_a_manager(app) {
        let root = app.admin("root").await;
        let (anna, berta, carl) = (app.user("anna").await, app.user("berta").await, app.user("carl").await);
        let students = group(&app, &root, "Students", &[&carl]).await;
        let room = app.resource(&anna, "Room").await;
        let approval = json!({ "approval": { "longer_than_minutes": null, "outside_hours": false, "groups": [students] } });
        assert_eq!(app.put(&format!("/resources/{room}/rules"), approval.clone()).by(&anna).await.is(200).at("/approval"), approval["approval"]);
        assert_eq!(app.book(&berta, &room, 60, 120).await.is(201).text("/status"), "confirmed");
        assert_eq!(app.book(&carl, &room, 120, 180).await.is(201).text("/status"), "pending");
        // The same where the time was held before.
        let times = json!({ "resource_id": room, "starts_at": app.clock().in_minutes(200), "ends_at": app.clock().in_minutes(260) });
        let hold = app.post("/holds", times).by(&carl).await.is(201).id();
        assert_eq!(app.post(&format!("/holds/{hold}/book"), json!({})).by(&carl).await.is(200).text("/status"), "pending");
        app.put(&format!("/resources/{room}/rules"), json!({ "approval": { "groups": [room] } })).by(&anna).await.names(&["/groups"]);
    }
}

/// A booking that is decided and not yet written holds up whoever takes its owner out of the group: when that is answered,
/// nothing is on its way any more that was decided by it. SQLite has one writer anyway.
#[test]
fn nobody_books_after_leaving_the_group() {
    run(Backend::Postgres, async |app: TestApp| {
        let (root, anna, berta) = (app.admin("root").await, app.user("anna").await, app.user("berta").await);
        let staff = group(&app, &root, "Staff", &[&berta]).await;
        let room = app.resource(&anna, "Room").await;
        app.put(&format!("/resources/{room}/rules"), json!({ "groups": [staff] })).by(&anna).await.was(200);
        let book = app.book(&berta, &room, 60, 120);
        let leave = app.delete(&format!("/groups/{staff}/members/{}", berta.id)).by(&root);
        let listed = app.get("/bookings").query(&format!("resource_id={room}")).by(&anna);
        let race = tokio::spawn(async move {
            // While nobody writes claims, the booking waits between its decision and its commit.
            tokio::time::sleep(Duration::from_millis(200)).await;
            let booking = tokio::spawn(book.into_future());
            tokio::time::sleep(Duration::from_millis(300)).await;
            leave.await.was(204);
            (listed.await.is(200).items().len(), booking.await.unwrap())
        });
        tokio::task::block_in_place(|| {
            app.sql("BEGIN; LOCK TABLE claim IN EXCLUSIVE MODE; SELECT pg_sleep(0.9); COMMIT");
        });
        let (listed, booking) = race.await.unwrap();
        booking.was(201);
        assert_eq!(listed, 1, "the booking was made after its owner had left");
        app.book(&berta, &room, 180, 240).await.problem(422, "against-policy");
    });
}
