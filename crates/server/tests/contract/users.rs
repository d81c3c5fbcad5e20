//! Accounts: registering, one's own account, passwords, and what administrators do with those of others.

use bronya_testkit::{Backend, PASSWORD, TestApp, User, on_both};
use serde_json::{Value, json};

const OTHER_PASSWORD: &str = "eleven loud badgers";

fn new(name: &str) -> Value {
    json!({ "username": name, "password": PASSWORD })
}

/// Signs in with the password that every user of the tests has.
async fn signs_in(app: &TestApp, name: &str) -> bool {
    let answer = app.token(name, PASSWORD).await;
    if answer.status != 200 {
        answer.problem(401, "invalid-credentials");
    }
    answer.status == 200
}

on_both! {
    async fn whoever_registers_is_a_user_and_nothing_more(app) {
        let body = json!({ "username": "Anna", "password": PASSWORD, "email": "anna@example.org", "display_name": "Anna К." });
        let made = app.post("/users/register", body).await.is(201);
        let mut user = made.json();
        assert_eq!(user["created_at"], "2026-11-23T09:00:00Z");
        let id = made.id();
        assert_eq!(made.header("location"), Some(format!("/users/{id}").as_str()));
        let members: Vec<String> = user.as_object().unwrap().keys().cloned().collect();
        assert_eq!(members, ["created_at", "display_name", "email", "id", "role", "username"]);
        made.leaks_nothing();
        user.as_object_mut().unwrap().retain(|member, _| !matches!(member.as_str(), "id" | "created_at"));
        let expected = json!({ "username": "Anna", "email": "anna@example.org", "display_name": "Anna К.", "role": "user" });
        assert_eq!(user, expected);

        let bare = app.register("berta", PASSWORD).await.is(201).json();
        assert_eq!((&bare["email"], &bare["display_name"]), (&Value::Null, &Value::Null));
        let anna = app.sign_in("ANNA").await;
        let me = app.get("/users/me").by(&anna).await.is(200);
        assert_eq!(me.json(), made.json());
        me.etag();
    }

    async fn nobody_becomes_an_administrator_by_registering(app) {
        for stray in ["role", "is_admin", "id", "created_at", "disabled_at", "version"] {
            let mut body = new("anna");
            body[stray] = json!("admin");
            app.post("/users/register", body).await.names(&[&format!("/{stray}")]);
        }
        let calls: Vec<_> =
            (0..12).map(|nth| tokio::spawn(app.register(&format!("user{nth}"), PASSWORD).into_future())).collect();
        for call in calls {
            assert_eq!(call.await.unwrap().is(201).text("/role"), "user");
        }
    }

    async fn a_name_is_taken_whatever_its_case_or_width(app) {
        app.register("Straße", PASSWORD).await.was(201);
        app.register("anna", PASSWORD).await.was(201);
        for twin in ["anna", "ANNA", "Anna", "ａｎｎａ", "ＡＮＮＡ", "strasse", "STRASSE", "straße"] {
            app.register(twin, OTHER_PASSWORD).await.problem(409, "username-taken");
        }
        // Each of them is a way to write the name that signs in, too.
        app.token("ＡＮＮＡ", PASSWORD).await.was(200);
        app.token("STRASSE", PASSWORD).await.was(200);
        app.register("anno", PASSWORD).await.was(201);
    }

    async fn of_many_that_want_one_name_one_gets_it(app) {
        let calls: Vec<_> = ["anna", "ANNA", "Anna", "aNNA", "anNA", "annA", "ANna", "AnnA"]
            .map(|name| tokio::spawn(app.register(name, PASSWORD).into_future()))
            .into_iter()
            .collect();
        let mut made = 0;
        for call in calls {
            let answer = call.await.unwrap();
            if answer.status == 201 {
                made += 1;
            } else {
                answer.problem(409, "username-taken");
            }
        }
        assert_eq!(made, 1);
    }

    async fn bad_names_and_addresses_are_refused(app) {
        let long = "a".repeat(65);
        for name in ["", "a", " anna", "anna ", "an na", "_anna", "anna!", "an\nna", "an\u{0}na", "an\u{202e}na", "an/na", "<b>", &long] {
            app.register(name, PASSWORD).await.names(&["/username"]);
        }
        app.register(&"a".repeat(64), PASSWORD).await.was(201);
        for name in ["ab", "anna.k", "anna_k", "anna-k", "anna@example.org", "anna+k", "Анна", "安娜"] {
            app.register(name, PASSWORD).await.was(201);
        }
        let long = format!("{}@example.org", "a".repeat(250));
        for address in ["", "anna", "@example.org", "anna@", "anna@example..org", "an na@example.org", "anna@example.org\r\nBcc: x@y", &long] {
            let mut body = new("berta");
            body["email"] = json!(address);
            app.post("/users/register", body).await.names(&["/email"]);
        }
        let long = "a".repeat(101);
        for name in ["", "  ", "a\nb", "a\u{0}", &long] {
            let mut body = new("berta");
            body["display_name"] = json!(name);
            app.post("/users/register", body).await.names(&["/display_name"]);
        }
        // Everything that is wrong is told at once.
        let body = json!({ "username": "?", "password": PASSWORD, "email": "?", "display_name": "" });
        app.post("/users/register", body).await.names(&["/username", "/email", "/display_name"]);
        app.post("/users/register", json!({ "password": PASSWORD })).await.names(&["/username"]);
        app.post("/users/register", json!({ "username": "berta" })).await.names(&["/password"]);
        app.register("berta", PASSWORD).await.was(201);
    }

    async fn weak_passwords_are_refused(app) {
        let long = "correct horse battery staple ".repeat(36);
        assert!(long.len() > 1_024);
        for weak in ["", "short", "7 chars", "password", "12345678", "qwertyuiop", "aaaaaaaaaaaa", "Password1!", "berta2026berta", "bronya-bronya", &long] {
            let refused = app.register("berta", weak).await;
            refused.problem(422, "weak-password");
            refused.names(&vec!["/password"; refused.json()["errors"].as_array().unwrap().len()]);
            assert!(weak.is_empty() || weak == "password" || !String::from_utf8_lossy(&refused.body).contains(weak), "{refused}");
        }
        let body = json!({ "username": "berta", "password": "oleander-and-more", "email": "oleander@example.org" });
        app.post("/users/register", body).await.problem(422, "weak-password");
        // Neither digits nor capitals are asked for; spaces and other alphabets are welcome; nothing is trimmed.
        for (nth, good) in ["vermilion otter", "птица на крыше", "  spaces at both ends  ", "🦦🦦 otters 🦡", &"xkcd 936 ".repeat(100)].into_iter().enumerate() {
            let name = format!("user{nth}");
            app.register(&name, good).await.was(201);
            app.token(&name, good).await.was(200);
            for other in [good.to_uppercase(), format!("{good} "), good.trim().to_owned() + "x"] {
                app.token(&name, &other).await.problem(401, "invalid-credentials");
            }
        }
    }

    async fn one_edits_ones_own_account(app) {
        app.register("anna", PASSWORD).await.was(201);
        let anna = app.sign_in("anna").await;
        let first = app.get("/users/me").by(&anna).await.etag();
        let body = json!({ "email": "anna@example.org", "display_name": "Anna" });
        let edited = app.patch("/users/me", body).by(&anna).if_match(&first).await.is(200);
        assert_eq!((edited.text("/email"), edited.text("/display_name")), ("anna@example.org".into(), "Anna".into()));
        assert_ne!(edited.etag(), first);
        app.patch("/users/me", json!({ "email": null })).by(&anna).if_match(&first).await.problem(412, "stale");
        let edited = app.patch("/users/me", json!({ "email": null })).by(&anna).await.is(200);
        assert_eq!((edited.at("/email"), edited.text("/display_name")), (Value::Null, "Anna".into()));
        assert_eq!(app.get("/users/me").by(&anna).await.body, edited.body);
        app.patch("/users/me", json!({ "email": "x" })).by(&anna).await.names(&["/email"]);
        for (member, value) in [("role", "admin"), ("username", "berta"), ("password", OTHER_PASSWORD), ("id", "x")] {
            app.patch("/users/me", json!({ member: value })).by(&anna).await.names(&[&format!("/{member}")]);
        }
    }

    async fn a_change_of_password_ends_all_other_sessions(app) {
        let anna = app.user("anna").await;
        let elsewhere = app.sign_in("anna").await;
        let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
        app.put("/users/me/password", change("wrong", OTHER_PASSWORD)).by(&anna).await.problem(403, "forbidden");
        let weak = app.put("/users/me/password", change(PASSWORD, "password")).by(&anna).await;
        weak.problem(422, "weak-password");
        weak.names(&["/new_password"]);
        app.get("/users/me").by(&elsewhere).await.was(200);
        app.put("/users/me/password", change(PASSWORD, OTHER_PASSWORD)).by(&anna).await.was(204);
        app.get("/users/me").by(&anna).await.was(200);
        app.get("/users/me").by(&elsewhere).await.problem(401, "unauthorized");
        app.refresh(&elsewhere.refresh).await.problem(401, "invalid-credentials");
        assert!(!signs_in(&app, "anna").await);
        app.token("anna", OTHER_PASSWORD).await.was(200);
    }

    async fn guessing_the_current_password_counts(app) {
        app.restart(|options| options.limits_on = true).await;
        let anna = app.user("anna").await;
        let wrong = json!({ "current_password": "wrong", "new_password": OTHER_PASSWORD });
        for _ in 0..10 {
            app.put("/users/me/password", wrong.clone()).by(&anna).await.problem(403, "forbidden");
        }
        app.put("/users/me/password", wrong).by(&anna).await.problem(429, "too-many-requests");
    }

    async fn administrators_list_users_and_find_them(app) {
        let root = app.admin("root").await;
        for name in ["Anna", "berta", "Annabel"] {
            app.user(name).await;
        }
        let all = app.get("/users").by(&root).await.is(200);
        assert_eq!(all.column("username"), ["root", "Anna", "berta", "Annabel"]);
        let members: Vec<String> = all.items()[0].as_object().unwrap().keys().cloned().collect();
        let expected =
            ["created_at", "disabled_at", "display_name", "email", "erased_at", "id", "role", "updated_at", "username", "version"];
        assert_eq!(members, expected);
        all.leaks_nothing();
        for (q, found) in [("anna", vec!["Anna", "Annabel"]), ("ANNA", vec!["Anna", "Annabel"]), ("%25", vec![]), ("_", vec![]), ("", vec!["root", "Anna", "berta", "Annabel"])] {
            assert_eq!(app.get("/users").query(&format!("q={q}")).by(&root).await.is(200).column("username"), found, "{q}");
        }
        app.get("/users").query(&format!("q={}", "x".repeat(65))).by(&root).await.names(&["/q"]);
        app.get("/users").query("q=%00").by(&root).await.names(&["/q"]);
    }

    async fn administrators_disable_and_enable(app) {
        let root = app.admin("root").await;
        app.register("anna", PASSWORD).await.was(201);
        let anna = app.sign_in("anna").await;
        let path = format!("/users/{}", anna.id);
        let table = app.resource(&anna, "Table").await;
        let tag = app.get(&path).by(&root).await.etag();
        let disabled = app.patch(&path, json!({ "disabled": true })).by(&root).if_match(&tag).await.is(200);
        assert_eq!(disabled.text("/disabled_at"), "2026-11-23T09:00:00Z");
        // Everything stops at once: tokens, refreshing, signing in.
        app.get("/users/me").by(&anna).await.problem(401, "unauthorized");
        app.book(&anna, &table, 60, 120).await.problem(401, "unauthorized");
        app.refresh(&anna.refresh).await.problem(401, "invalid-credentials");
        assert!(!signs_in(&app, "anna").await);
        app.patch(&path, json!({ "disabled": false })).by(&root).if_match(&tag).await.problem(412, "stale");
        let enabled = app.patch(&path, json!({ "disabled": false })).by(&root).if_match(&disabled.etag()).await.is(200);
        assert_eq!(enabled.at("/disabled_at"), Value::Null);
        // What was ended stays ended.
        app.get("/users/me").by(&anna).await.problem(401, "unauthorized");
        assert!(signs_in(&app, "anna").await);
        let same = app.patch(&path, json!({ "disabled": false })).by(&root).await.is(200);
        app.patch(&path, json!({})).by(&root).await.was(200);
        assert_eq!(app.get(&path).by(&root).await.etag(), same.etag());
    }

    async fn the_role_is_what_the_database_says_and_not_the_token(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let path = format!("/users/{}", anna.id);
        app.get("/users").by(&anna).await.problem(403, "forbidden");
        assert_eq!(app.patch(&path, json!({ "role": "admin" })).by(&root).await.is(200).text("/role"), "admin");
        app.get("/users").by(&anna).await.was(200);
        // And back, by the one who was just made an administrator.
        app.patch(&format!("/users/{}", root.id), json!({ "role": "user" })).by(&anna).await.was(200);
        app.get("/users").by(&root).await.problem(403, "forbidden");
        app.get("/audit").by(&root).await.problem(403, "forbidden");
        app.patch(&path, json!({ "role": "user" })).by(&root).await.problem(403, "forbidden");
        for wrong in [json!({ "role": "root" }), json!({ "role": null }), json!({ "role": 1 }), json!({ "role": { "admin": null } })] {
            app.patch(&path, wrong).by(&anna).await.names(&["/role"]);
        }
        for wrong in [json!({ "disabled": "yes" }), json!({ "disabled": null })] {
            app.patch(&path, wrong).by(&anna).await.names(&["/disabled"]);
        }
    }

    async fn a_user_sees_and_changes_nobody_else(app) {
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let path = format!("/users/{}", berta.id);
        app.get(&format!("/users/{}", anna.id)).by(&anna).await.was(200);
        let strangers = app.get(&path).by(&anna).await;
        let nobodys = app.get("/users/00000000-0000-7000-8000-000000000000").by(&anna).await;
        assert_eq!(strangers.problem(404, "user-not-found")["detail"], nobodys.problem(404, "user-not-found")["detail"]);
        app.patch(&path, json!({ "disabled": true })).by(&anna).await.problem(403, "forbidden");
        app.patch(&format!("/users/{}", anna.id), json!({ "role": "admin" })).by(&anna).await.problem(403, "forbidden");
        app.delete(&format!("{path}/sessions")).by(&anna).await.problem(403, "forbidden");
        app.get("/users/me").by(&berta).await.was(200);
    }

    async fn the_last_administrator_stays(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let own = format!("/users/{}", root.id);
        for change in [json!({ "role": "user" }), json!({ "disabled": true }), json!({ "role": "user", "disabled": true })] {
            app.patch(&own, change).by(&root).await.problem(409, "last-administrator");
        }
        app.get("/users").by(&root).await.was(200);
        // An administrator who can't sign in is none.
        app.patch(&format!("/users/{}", anna.id), json!({ "role": "admin", "disabled": true })).by(&root).await.was(200);
        app.patch(&own, json!({ "role": "user" })).by(&root).await.problem(409, "last-administrator");
        app.patch(&format!("/users/{}", anna.id), json!({ "disabled": false })).by(&root).await.was(200);
        app.patch(&own, json!({ "role": "user" })).by(&root).await.was(200);
    }

    async fn two_administrators_who_demote_each_other_leave_one(app) {
        let node = if app.backend() == Backend::Postgres { app.another_node().await } else { app.clone() };
        for round in 0..20 {
            let demote = if round % 2 == 0 { json!({ "role": "user" }) } else { json!({ "disabled": true }) };
            let (one, two) = (app.admin(&format!("one{round}")).await, app.admin(&format!("two{round}")).await);
            let call = |app: &TestApp, by: &User, whom: &User| {
                tokio::spawn(app.patch(&format!("/users/{}", whom.id), demote.clone()).by(by).into_future())
            };
            let calls = [call(&app, &one, &two), call(&node, &two, &one)];
            let mut done = 0;
            for call in calls {
                let answer = call.await.unwrap();
                match answer.status.as_u16() {
                    200 => done += 1,
                    // Who lost the race is no administrator any more, or has no session.
                    401 | 403 | 409 => drop(answer.any_problem()),
                    _ => panic!("{answer}"),
                }
            }
            assert_eq!(done, 1, "round {round}");
            // Nobody but this pair may be an administrator in the next round.
            for one in [&one, &two] {
                app.demote(one).await;
            }
        }
    }

    async fn signing_in_undoes_nothing_that_happens_meanwhile(app) {
        let root = app.admin("root").await;
        for round in 0..6 {
            // Its hash is an old one, so that signing in stores a new one.
            let anna = app.user(&format!("anna{round}")).await;
            let path = format!("/users/{}", anna.id);
            let signing_in = tokio::spawn(app.token(&anna.name, PASSWORD).into_future());
            tokio::time::sleep(std::time::Duration::from_millis(5 * round)).await;
            let change = json!({ "disabled": true, "role": "admin" });
            app.patch(&path, change).by(&root).await.was(200);
            let answer = signing_in.await.unwrap();
            assert!(matches!(answer.status.as_u16(), 200 | 401), "{answer}");
            let after = app.get(&path).by(&root).await.is(200);
            assert_ne!(after.at("/disabled_at"), Value::Null, "round {round}");
            assert_eq!(after.text("/role"), "admin", "round {round}");
            if answer.status == 200 {
                app.get("/users/me").bearer(&answer.text("/access_token")).await.problem(401, "unauthorized");
            }
        }
    }

    async fn editing_oneself_undoes_nothing_that_happens_meanwhile(app) {
        let root = app.admin("root").await;
        let anna = app.user("anna").await;
        let path = format!("/users/{}", anna.id);
        for round in 0..40 {
            let role = if round % 2 == 0 { "admin" } else { "user" };
            let name = json!({ "display_name": format!("Anna {round}") });
            let edits: Vec<_> =
                (0..3).map(|_| tokio::spawn(app.patch("/users/me", name.clone()).by(&anna).into_future())).collect();
            app.patch(&path, json!({ "role": role })).by(&root).await.was(200);
            for edit in edits {
                edit.await.unwrap().was(200);
            }
            assert_eq!(app.get(&path).by(&root).await.text("/role"), role, "round {round}");
        }
    }

    async fn who_manages_something_learns_who_books_it(app) {
        let (root, manager, other) = (app.admin("root").await, app.user("manager").await, app.user("other").await);
        let (anna, berta) = (app.user("anna").await, app.user("berta").await);
        let table = app.resource(&manager, "Table").await;
        app.resource(&other, "Elsewhere").await;
        let booking = app.booked(&anna, &table, 60, 120).await;
        let name = |who: &User, by: &User| app.get(&format!("/users/{}/name", who.id)).by(by);
        assert_eq!(name(&anna, &manager).await.is(200).json(), json!({ "id": anna.id, "name": "anna" }));
        app.patch("/users/me", json!({ "display_name": "Anna К." })).by(&anna).await.was(200);
        assert_eq!(name(&anna, &manager).await.is(200).text("/name"), "Anna К.");
        assert_eq!(name(&anna, &root).await.is(200).text("/name"), "Anna К.");
        // Whoever books nothing of one's own stays unknown, and who manages nothing that one books knows nobody.
        name(&berta, &manager).await.problem(404, "user-not-found");
        name(&anna, &other).await.problem(404, "user-not-found");
        name(&anna, &berta).await.problem(404, "user-not-found");
        // The booking is history then, and the one whose it was is nobody.
        app.delete(&format!("/bookings/{booking}")).by(&anna).await.was(200);
        name(&anna, &manager).await.was(200);
        app.delete(&format!("/users/{}", anna.id)).by(&root).await.was(204);
        name(&anna, &manager).await.problem(404, "user-not-found");
        name(&anna, &root).await.problem(404, "user-not-found");
    }

    async fn registering_can_be_closed(app) {
        app.restart(|options| options.settings.registration_open = false).await;
        app.register("anna", PASSWORD).await.problem(403, "forbidden");
    }

    async fn registering_is_limited_by_address(app) {
        app.restart(|options| options.limits_on = true).await;
        for nth in 0..10 {
            app.register(&format!("user{nth}"), PASSWORD).await.was(201);
        }
        app.register("one-too-many", PASSWORD).await.problem(429, "too-many-requests");
        app.clock().advance_secs(30);
        app.register("one-too-many", PASSWORD).await.was(201);
    }
}
