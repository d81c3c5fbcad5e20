//! Data in and out: what there is about somebody and its end, exports, imports, reports.

use bronya_server::http::address::TrustedProxies;
use bronya_testkit::{Answer, Backend, PASSWORD, TestApp, User, on_both};
use serde_json::{Value, json};

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

/// The lines of a CSV, by a reader of its own: names, then rows.
fn csv(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"), "{answer}");
    let (text, mut rows, mut row, mut cell, mut quoted) = (text(answer), Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, quoted) {
            ('"', true) if chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            ('"', _) => quoted = !quoted,
            (',', false) => row.push(std::mem::take(&mut cell)),
            ('\r', false) => {
                assert_eq!(chars.next(), Some('\n'), "a line ends with CR LF");
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            ('\n', false) => panic!("a line ends with CR LF: {text}"),
            (c, _) => cell.push(c),
        }
    }
    assert!(cell.is_empty() && row.is_empty() && !quoted, "the last line ends: {text}");
    let width = rows[0].len();
    assert!(rows.iter().all(|row: &Vec<String>| row.len() == width), "{rows:?}");
    rows
}

/// One column of a CSV.
fn column(answer: &Answer, name: &str) -> Vec<String> {
    let rows = csv(answer);
    let at = rows[0].iter().position(|known| known == name).unwrap_or_else(|| panic!("no {name}: {answer}"));
    rows[1..].iter().map(|row| row[at].clone()).collect()
}

fn erase(app: &TestApp, user: &User) -> bronya_testkit::Call {
    app.delete("/users/me").json(json!({ "current_password": PASSWORD })).by(user)
}

/// A booking on a resource, with texts.
async fn said(app: &TestApp, by: &User, resource: &str, from: i64, title: &str, notes: &str) -> String {
    let body = json!({ "resource_id": resource, "starts_at": app.clock().in_minutes(from),
        "ends_at": app.clock().in_minutes(from + 60), "title": title, "notes": notes });
    app.post("/bookings", body).by(by).await.is(201).id()
}

/// What the row of an import came to: its errors as `column: type`.
fn errors(answer: &Answer, row: usize) -> Vec<String> {
    let found = answer.at("/rows").as_array().unwrap().iter().find(|it| it["row"] == row).unwrap().clone();
    assert_eq!(found["accepted"], found["errors"].as_array().unwrap().is_empty(), "{answer}");
    let told = |error: &Value| {
        let slug = error["type"].as_str().unwrap().trim_start_matches("/problems/").to_owned();
        format!("{}: {slug}", error["column"].as_str().unwrap_or("row"))
    };
    found["errors"].as_array().unwrap().iter().map(told).collect()
}

on_both! {
    // --- what there is about somebody ----------------------------------------------------------------------------

    async fn everything_about_me_and_nothing_of_others(app) {
        let (root, manager) = (app.admin("root").await, app.user("manager").await);
        app.register("anna", PASSWORD).await.was(201);
        app.token("anna", "wrong").await.was(401);
        let anna = app.sign_in("anna").await;
        let berta = app.user("berta").await;
        app.patch("/users/me", json!({ "email": "anna@example.org", "display_name": "Anna K." })).by(&anna).await.was(200);
        app.patch("/users/me", json!({ "email": "berta@example.org" })).by(&berta).await.was(200);
        let own = app.resource(&anna, "Anna's table").await;
        let table = app.resource_with(&manager, json!({ "name": "Table", "requires_approval": true })).await;
        let first = said(&app, &anna, &table, 60, "Birthday", "with cake").await;
        let second = said(&app, &anna, &own, 60, "Lunch", "soup").await;
        said(&app, &berta, &table, 200, "Secret of Berta", "hers").await;
        said(&app, &berta, &own, 200, "Another of Berta", "hers").await;
        app.call("POST", &format!("/bookings/{first}/confirm")).by(&manager).await.was(200);
        let mine = app.get("/users/me/export").by(&anna).await.is(200);
        assert_eq!(mine.header("content-disposition"), Some("attachment; filename=\"my-data.json\""));
        let shown = mine.json();
        assert_eq!((&shown["account"]["username"], &shown["account"]["email"]), (&json!("anna"), &json!("anna@example.org")));
        assert_eq!((shown["sessions"].as_array().unwrap().len(), &shown["sessions"][0]["current"]), (1, &json!(true)));
        assert_eq!(shown["managed_resources"], json!([{ "id": own, "name": "Anna's table" }]));
        let mut bookings: Vec<&str> = shown["bookings"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
        bookings.sort_unstable();
        let mut expected = [first.as_str(), second.as_str()];
        expected.sort_unstable();
        assert_eq!(bookings, expected);
        let of_first = shown["bookings"].as_array().unwrap().iter().find(|it| it["id"] == first.as_str()).unwrap();
        assert_eq!((&of_first["title"], &of_first["notes"]), (&json!("Birthday"), &json!("with cake")));
        let history: Vec<_> = of_first["history"].as_array().unwrap().iter()
            .map(|it| (it["action"].as_str().unwrap(), it["by_you"] == true, it["address"].is_string())).collect();
        assert_eq!(history, [("booking.created", true, true), ("booking.confirmed", false, false)]);
        let log: Vec<&str> = shown["log"].as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap()).collect();
        assert_eq!(log, ["user.created", "session.created", "user.updated", "resource.created", "booking.created",
            "booking.created", "export.me", "session.refused"]);
        let all = text(&mine);
        for other in ["berta", "Berta", &berta.id, &manager.id, &root.id, "argon2", &anna.refresh, &anna.token] {
            assert!(!all.contains(other), "{other}: {mine}");
        }
    }

    async fn what_i_wait_for_and_what_i_take_part_in_is_about_me_too(app) {
        let (mia, anna, berta) = (app.user("mia").await, app.user("anna").await, app.user("berta").await);
        let table = app.resource(&mia, "Table").await;
        let (from, to) = (app.clock().in_minutes(60), app.clock().in_minutes(120));
        let booked = app.post("/bookings", json!({
            "resource_id": table, "starts_at": from, "ends_at": to, "title": "Board", "notes": "Secret of Berta",
            "participants": [{ "user_id": anna.id }, { "name": "Clara of Berta" }],
        })).by(&berta).await.is(201).id();
        let waits = json!({ "resource_id": table, "from": from, "to": to, "duration_minutes": 60, "notes": "by the window" });
        let entry = app.post("/waiting-list", waits).by(&anna).await.is(201).id();
        let mine = app.get("/users/me/export").by(&anna).await.is(200);
        let expected = json!({ "booking_id": booked, "resource_id": table, "starts_at": from, "ends_at": to, "title": "Board", "status": "confirmed" });
        assert_eq!(mine.at("/taking_part"), json!([expected]));
        assert_eq!((mine.column_of("/waiting_list", "id"), mine.text("/waiting_list/0/notes")), (vec![entry], "by the window".to_owned()));
        assert!(!text(&mine).contains("of Berta"), "{mine}");
        let hers = app.get("/users/me/export").by(&berta).await.is(200);
        assert_eq!((hers.at("/taking_part"), hers.at("/waiting_list")), (json!([]), json!([])));
    }

    async fn much_comes_in_many_pages(app) {
        let anna = app.user("anna").await;
        let table = app.resource_with(&anna, json!({ "name": "Desks", "quantity": 1000 })).await;
        let rows: Vec<Value> = (0..1_203).map(|nth| json!({ "resource_id": table, "title": format!("no. {nth}"),
            "starts_at": app.clock().in_minutes(60 + nth), "ends_at": app.clock().in_minutes(90 + nth) })).collect();
        let imported = app.post("/import/bookings", json!({ "items": rows })).by(&anna).await.is(200);
        assert_eq!((imported.at("/accepted"), imported.at("/refused")), (json!(1_203), json!(0)));
        let mine = app.get("/users/me/export").by(&anna).await.is(200).json();
        let ids: std::collections::BTreeSet<&str> = mine["bookings"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 1_203);
        assert_eq!(mine["bookings"].as_array().unwrap().len(), 1_203);
        // One line for each booking, the resource's and the export's own.
        assert_eq!(mine["log"].as_array().unwrap().len(), 1_205);
        let table = app.get("/export/bookings").query("format=csv").by(&anna).await.is(200);
        let expected: Vec<String> = (0..1_203).map(|nth| format!("no. {nth}")).collect();
        assert_eq!(column(&table, "title"), expected);
        let document = app.get("/export/bookings").by(&anna).await.is(200);
        assert_eq!((document.column("title"), document.at("/next_cursor")), (expected.clone(), Value::Null));
        // What is cut says so, in both forms, and goes on from there.
        let cut = app.get("/export/bookings").query("format=csv&limit=1002").by(&anna).await.is(200);
        let shown = column(&cut, "title");
        assert_eq!((&shown[..1_002], shown[1_002].as_str()), (&expected[..1_002], ""));
        let told = column(&cut, "id")[1_002].clone();
        let cursor = told.strip_prefix("cut after 1002 rows: go on with cursor=").unwrap_or_else(|| panic!("{told}"));
        let rest = app.get("/export/bookings").query(&format!("cursor={cursor}")).by(&anna).await.is(200);
        assert_eq!(rest.column("title"), expected[1_002..]);
        let cut = app.get("/export/bookings").query("limit=1202").by(&anna).await.is(200);
        assert_eq!((cut.items().len(), cut.text("/next_cursor").is_empty()), (1_202, false));
        for wrong in ["limit=0", "limit=100001", "cursor=x", "format=xml", "format", "limit=1&limit=2"] {
            app.get("/export/bookings").query(wrong).by(&anna).await.problem(422, "validation");
        }
    }

    // --- its end -------------------------------------------------------------------------------------------------

    async fn an_erased_user_leaves_an_id_and_nothing_else(app) {
        let (root, manager) = (app.admin("root").await, app.user("manager").await);
        app.register("wilhelmina", PASSWORD).await.was(201);
        app.token("wilhelmina", "wrong").await.was(401);
        let tokens = app.token("wilhelmina", PASSWORD).header("user-agent", "Netscape-of-Wilhelmina").await.is(200);
        let anna = app.signed_in("wilhelmina", &tokens).await;
        let names = json!({ "email": "mina@harker.example", "display_name": "Mina Harker" });
        app.patch("/users/me", names).by(&anna).await.was(200);
        let table = app.resource_with(&manager, json!({ "name": "Table", "quantity": 2 })).await;
        let own = app.resource(&anna, "Her table").await;
        // Long ago, under way, to come; one that a manager made, whose kept answer is the manager's.
        let past = said(&app, &anna, &table, 10, "Garlic-dinner", "no mirrors-please").await;
        let mut on_behalf = json!({ "resource_id": own, "on_behalf_of": anna.id, "title": "Stake-tasting", "notes": "bring hammer-and-nails",
            "starts_at": app.clock().in_minutes(5_000), "ends_at": app.clock().in_minutes(5_060) });
        let made = app.post("/bookings", on_behalf.clone()).by(&root).key("k").await.is(201).id();
        app.clock().advance_secs(40 * 60);
        let anna = app.user("wilhelmina").await;
        let root = app.user("root").await;
        let manager = app.user("manager").await;
        let come = app.post("/bookings", json!({ "resource_id": table, "title": "Holy-water", "notes": "chilled-please",
            "starts_at": app.clock().in_minutes(600), "ends_at": app.clock().in_minutes(660) })).by(&anna).key("mine").await.is(201).id();
        let theirs = said(&app, &manager, &table, 600, "Kept by others", "stays").await;
        let before = app.get("/audit").query("limit=1000").by(&root).await.is(200).items();

        app.delete("/users/me").json(json!({ "current_password": "another password" })).by(&anna).await.problem(403, "forbidden");
        app.delete("/users/me").json(json!({})).by(&anna).await.names(&["/current_password"]);
        erase(&app, &anna).await.was(204);

        // Nobody signs in or acts in that name any more, and somebody else may have it.
        app.get("/users/me").by(&anna).await.problem(401, "unauthorized");
        app.refresh(&anna.refresh).await.problem(401, "invalid-credentials");
        app.token("wilhelmina", PASSWORD).await.problem(401, "invalid-credentials");
        for name in [&anna.id, &format!("deleted user {}", anna.id), &"deleted user".to_owned()] {
            app.token(name, PASSWORD).await.problem(401, "invalid-credentials");
        }
        app.register("wilhelmina", PASSWORD).await.was(201);
        let left = app.get(&format!("/users/{}", anna.id)).by(&root).await.is(200).json();
        assert_eq!((&left["username"], &left["email"], &left["display_name"]), (&json!("deleted user"), &Value::Null, &Value::Null));
        assert_eq!(left["erased_at"], app.clock().now().to_string());

        // What was to come is cancelled, and its time is free; what was, is history, without a word of hers.
        let status = async |id: &str| { let it = app.booking(&root, id).await; (it["status"].clone(), it["title"].clone(), it["notes"].clone(), it["user_id"].clone()) };
        let gone = |status: &str| (json!(status), Value::Null, Value::Null, json!(anna.id));
        assert_eq!(status(&past).await, gone("confirmed"));
        assert_eq!(status(&come).await, gone("cancelled"));
        assert_eq!(status(&made).await, gone("cancelled"));
        assert_eq!(app.booking(&manager, &theirs).await["title"], "Kept by others");
        app.book(&manager, &table, 600, 660).await.was(201);
        // Asked again under their keys, these are new bookings: the answers that were kept are gone.
        on_behalf["on_behalf_of"] = json!(root.id);
        app.post("/bookings", on_behalf).by(&root).key("k").await.was(201);

        // The log keeps every line under the pseudonym, and no address of hers; those of others stay.
        let after = app.get("/audit").query("limit=1000").by(&root).await.is(200).items();
        let hers = |line: &Value| line["actor_id"] == anna.id || line["actor_id"].is_null() && line["user_id"] == anna.id;
        assert!(before.iter().any(|line| hers(line) && line["address"].is_string()));
        assert!(before.iter().any(|line| line["action"] == "session.refused" && line["address"].is_string()));
        for line in &before {
            let now = after.iter().find(|it| it["id"] == line["id"]).unwrap();
            let mut expected = line.clone();
            if hers(line) {
                expected["address"] = Value::Null;
            }
            assert_eq!(*now, expected);
        }
        let new: Vec<(&Value, &Value, &Value)> = after.iter().filter(|it| hers(it) && !before.iter().any(|old| old["id"] == it["id"]))
            .map(|it| (&it["action"], &it["actor_id"], &it["address"])).collect();
        let mut actions: Vec<&str> = new.iter().map(|(action, ..)| action.as_str().unwrap()).collect();
        actions.sort_unstable();
        assert_eq!(actions, ["booking.cancelled", "booking.cancelled", "booking.erased", "user.erased"]);
        assert!(new.iter().all(|(_, actor, address)| **actor == anna.id && address.is_null()), "{new:?}");

        // There is no way back, and nothing left to change.
        let path = format!("/users/{}", anna.id);
        app.patch(&path, json!({ "disabled": false })).by(&root).await.problem(409, "user-erased");
        app.patch(&path, json!({ "role": "admin" })).by(&root).await.problem(409, "user-erased");
        app.delete(&path).by(&root).await.problem(409, "user-erased");
    }

    async fn nothing_of_an_erased_user_is_found_in_any_table(app) {
        // Strings that are nowhere else, in everything that holds a text of somebody's.
        let root = app.admin("root").await;
        let words = ["xylo-username", "xylo@mail.example", "Xylo Display", "xylo-title", "xylo-notes", "xylo-friend", "xylo-waits", "xylo-refused", "xylo-first", "xylo-second", "Xylo-Agent", "10.77.66.55"];
        app.restart(|options| options.shell.trusted_proxies = TrustedProxies::new(["127.0.0.1".parse().unwrap()])).await;
        let from = |call: bronya_testkit::Call| call.header("x-forwarded-for", "10.77.66.55");
        from(app.register("xylo-username", PASSWORD)).await.was(201);
        from(app.token("xylo-username", "wrong")).await.was(401);
        let tokens = from(app.token("xylo-username", PASSWORD)).header("user-agent", "Xylo-Agent").await.is(200);
        let xylo = app.signed_in("xylo-username", &tokens).await;
        let names = json!({ "email": "xylo@mail.example", "display_name": "Xylo Display" });
        from(app.patch("/users/me", names)).by(&xylo).await.was(200);
        let table = app.resource_with(&root, json!({ "name": "Table", "quantity": 1000 })).await;
        // Many, so that pages of the database split and are rebuilt between them.
        for nth in 0..120 {
            let body = json!({ "resource_id": table, "title": "xylo-title", "notes": format!("xylo-notes {nth} {}", "x".repeat(300)),
                "starts_at": app.clock().in_minutes(600 + nth * 7), "ends_at": app.clock().in_minutes(660 + nth * 7) });
            let made = from(app.post("/bookings", body)).by(&xylo).key(&format!("k{nth}")).await.is(201).id();
            if nth % 3 == 0 {
                from(app.patch(&format!("/bookings/{made}"), json!({ "notes": "xylo-notes shorter" }))).by(&xylo).await.was(200);
            }
        }
        let with_friend = json!({ "resource_id": table, "participants": [{ "name": "xylo-friend" }],
            "starts_at": app.clock().in_minutes(10_000), "ends_at": app.clock().in_minutes(10_060) });
        app.post("/bookings", with_friend).by(&xylo).await.was(201);
        let waits = json!({ "resource_id": table, "title": "xylo-waits", "from": app.clock().in_minutes(600), "to": app.clock().in_minutes(660) });
        app.post("/waiting-list", waits).by(&xylo).key("waits").await.was(201);
        let refused = json!({ "reason": "xylo-refused: you were late" });
        let taken_back = app.booked(&xylo, &table, 20_000, 20_060).await;
        app.delete(&format!("/bookings/{taken_back}")).json(refused).by(&root).await.was(200);
        // The second reason for which rules were set aside stands in the booking, and the first one in its history.
        let strict = app.resource(&root, "Strict").await;
        app.put(&format!("/resources/{strict}/rules"), json!({ "party_required": true })).by(&root).await.was(200);
        let against = json!({ "resource_id": strict, "on_behalf_of": xylo.id, "override_reason": "xylo-first",
            "starts_at": app.clock().in_minutes(600), "ends_at": app.clock().in_minutes(660) });
        let strictly = app.post("/bookings", against).by(&root).await.is(201).id();
        let later = json!({ "ends_at": app.clock().in_minutes(670), "override_reason": "xylo-second" });
        app.patch(&format!("/bookings/{strictly}"), later).by(&root).await.was(200);
        let found = app.dump().await;
        for word in words {
            assert!(contains(&found, word), "{word} was never written: this test can't fail");
        }
        from(app.delete("/users/me").json(json!({ "current_password": PASSWORD }))).by(&xylo).await.was(204);
        // Whatever was under way has come in by then.
        app.clock().advance_secs(120);
        assert_eq!(bronya_server::app::erasure::finish_due(&app.app()).await.unwrap(), 1);
        let found = app.dump().await;
        for word in words {
            assert!(!contains(&found, word), "{word} is still there");
        }
        let told = app.get(&format!("/bookings/{strictly}/events")).by(&root).await.is(200);
        assert_eq!(told.at("/items/1/set_aside"), json!({ "rules": ["party_required"], "reason": "erased" }));
        assert!(told.at("/items/1/moved").is_object());
        // Once a day at most the files are written anew; until then an erasure is not finished, and everything else is.
        let second = app.user("second").await;
        erase(&app, &second).await.was(204);
        app.clock().advance_secs(120);
        assert_eq!(bronya_server::app::erasure::finish_due(&app.app()).await.unwrap(), 0);
        app.clock().advance_secs(24 * 3_600);
        assert_eq!(bronya_server::app::erasure::finish_due(&app.app()).await.unwrap(), 1);
        assert_eq!(bronya_server::app::erasure::finish_due(&app.app()).await.unwrap(), 0);
    }

    async fn an_administrator_erases_and_the_last_one_stays(app) {
        let root = app.admin("root").await;
        let anna = app.user("anna").await;
        let (path, roots) = (format!("/users/{}", anna.id), format!("/users/{}", root.id));
        erase(&app, &root).await.problem(409, "last-administrator");
        app.delete(&roots).by(&root).await.problem(409, "last-administrator");
        assert_eq!(app.get("/users/me").by(&root).await.is(200).text("/username"), "root");
        app.delete(&path).by(&anna).await.problem(403, "forbidden");
        let tag = app.get(&path).by(&root).await.etag();
        app.delete(&path).by(&root).if_match("\"99\"").await.problem(412, "stale");
        app.delete(&path).by(&root).if_match(&tag).await.was(204);
        app.get("/users/me").by(&anna).await.problem(401, "unauthorized");
        app.delete("/users/01a207ab-9591-7242-b1a5-d937d654a77e").by(&root).await.problem(404, "user-not-found");
        // Two who erase each other at once leave one.
        let other = app.admin("other").await;
        let (mine, theirs) = (app.delete(&roots).by(&other), app.delete(&format!("/users/{}", other.id)).by(&root));
        let (mine, theirs) = (tokio::spawn(mine.into_future()), tokio::spawn(theirs.into_future()));
        let mut statuses = [mine.await.unwrap().status.as_u16(), theirs.await.unwrap().status.as_u16()];
        statuses.sort_unstable();
        assert!(matches!(statuses, [204, 401 | 403 | 409]), "{statuses:?}");
        assert_eq!(app.administrators().await, 1);
    }

    // --- exports -------------------------------------------------------------------------------------------------

    async fn everybody_takes_out_what_is_ones_own(app) {
        let (mia, otto) = (app.user("mia").await, app.user("otto").await);
        let (own, other) = (app.resource(&mia, "Own").await, app.resource(&otto, "Other").await);
        let (here, there) = (app.booked(&mia, &own, 60, 120).await, app.booked(&mia, &other, 60, 120).await);
        app.booked(&otto, &own, 200, 260).await;
        let export = |query: &str| app.get("/export/bookings").query(query).by(&mia);
        assert_eq!(export("").await.is(200).column("id").len(), 2);
        assert_eq!(export("mine=true").await.is(200).column("id"), [here.as_str(), there.as_str()]);
        assert_eq!(export(&format!("mine=true&resource_id={other}")).await.is(200).column("id"), [there.as_str()]);
        let csv = String::from_utf8(export("mine=true&format=csv").await.is(200).body.clone()).unwrap();
        assert!(csv.contains(&there) && csv.lines().count() == 3, "{csv}");
        let root = app.admin("root").await;
        assert!(app.get("/export/bookings").query("mine=true").by(&root).await.is(200).column("id").is_empty());
        export(&format!("mine=true&user_id={}", mia.id)).await.names(&["/user_id"]);
    }

    async fn exports_show_what_is_ones_to_see(app) {
        let (root, manager, anna) = (app.admin("root").await, app.user("manager").await, app.user("anna").await);
        let table = app.resource(&manager, "Table").await;
        let other = app.resource(&root, "Other").await;
        let mine = app.booked(&anna, &table, 60, 120).await;
        let hers = app.booked(&anna, &other, 60, 120).await;
        let managers = app.booked(&manager, &other, 200, 260).await;
        let ids = |answer: &Answer| { let mut ids = column(answer, "id"); ids.sort_unstable(); ids };
        let sorted = |mut ids: Vec<String>| { ids.sort_unstable(); ids };
        let get = |query: &str, by: &User| app.get("/export/bookings").query(&format!("format=csv&{query}")).by(by);
        assert_eq!(ids(&get("", &root).await), sorted(vec![mine.clone(), hers.clone(), managers.clone()]));
        assert_eq!(ids(&get("", &manager).await), [mine.clone()].to_vec());
        assert_eq!(ids(&get("", &anna).await), sorted(vec![mine.clone(), hers.clone()]));
        // A filter never shows more.
        assert!(ids(&get(&format!("user_id={}", manager.id), &anna).await).is_empty());
        assert_eq!(ids(&get(&format!("resource_id={other}"), &anna).await), [hers.clone()].to_vec());
        assert_eq!(ids(&get(&format!("resource_id={other}"), &manager).await), [managers.clone()].to_vec());
        assert_eq!(ids(&get(&format!("user_id={}&resource_id={other}", anna.id), &root).await), [hers].to_vec());
        assert_eq!(ids(&get(&format!("from={}", app.clock().in_minutes(200)), &root).await), [managers].to_vec());
        assert!(ids(&get("status=cancelled", &root).await).is_empty());
        // Users, for administrators.
        app.get("/export/users").by(&anna).await.problem(403, "forbidden");
        let users = app.get("/export/users").query("format=csv").by(&root).await.is(200);
        assert_eq!(column(&users, "username"), ["root", "manager", "anna"]);
        assert!(!text(&users).contains("argon2"), "{users}");
        // Both forms have the same members in each table, and fixed names.
        app.block(&manager, &table, 600, 660).await.was(201);
        for name in ["bookings", "resources", "blocks", "users"] {
            let path = format!("/export/{name}");
            let (table, document) = (app.get(&path).query("format=csv").by(&root).await.is(200), app.get(&path).by(&root).await.is(200));
            let mut columns = csv(&table)[0].clone();
            columns.sort_unstable();
            let members: Vec<String> = document.items()[0].as_object().unwrap().keys().cloned().collect();
            assert_eq!(columns, members, "{name}");
            for (answer, end) in [(&table, "csv"), (&document, "json")] {
                assert_eq!(answer.header("content-disposition"), Some(format!("attachment; filename=\"{name}.{end}\"").as_str()));
            }
            assert_eq!(csv(&table).len() - 1, document.items().len());
        }
        let log = app.get("/audit").query("limit=1").by(&root).await.items();
        assert_eq!((&log[0]["action"], &log[0]["actor_id"]), (&json!("export.users"), &json!(root.id)));
    }

    async fn no_cell_of_an_export_is_a_formula(app) {
        let root = app.admin("root").await;
        let table = app.resource_with(&root, json!({ "name": "=HYPERLINK(\"http://x\",\"y\")", "description": "\t=1\r\n2" })).await;
        let texts = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "'=1", "a,\"b\"", "'tis", "plain"];
        for (nth, title) in (0_i64..).zip(texts) {
            said(&app, &root, &table, 60 + nth * 60, title, "first\nsecond").await;
        }
        let answer = app.get("/export/bookings").query("format=csv").by(&root).await.is(200);
        let shown = column(&answer, "title");
        for (text, cell) in texts.iter().zip(&shown) {
            let harmless = ["a,\"b\"", "'tis", "plain"].contains(text);
            assert_eq!(*cell, if harmless { (*text).to_owned() } else { format!("'{text}") });
        }
        assert!(column(&answer, "notes").iter().all(|notes| notes == "first\nsecond"));
        let resources = app.get("/export/resources").query("format=csv").by(&root).await.is(200);
        assert_eq!(column(&resources, "name"), ["'=HYPERLINK(\"http://x\",\"y\")"]);
        assert_eq!(column(&resources, "description"), ["'\t=1\r\n2"]);
        // JSON says what it is, and what a CSV says is read back as it was.
        let document = app.get("/export/bookings").by(&root).await.is(200);
        assert_eq!(document.column("title"), texts);
        let again = app.call("POST", "/import/resources").body("text/csv", resources.body.clone()).by(&root).await.is(200);
        assert_eq!(again.at("/accepted"), 1, "{again}");
        let copy = app.get(&format!("/resources/{}", again.text("/rows/0/id"))).by(&root).await.is(200).json();
        assert_eq!((&copy["name"], &copy["description"]), (&json!("=HYPERLINK(\"http://x\",\"y\")"), &json!("\t=1\r\n2")));
    }

    // --- imports -------------------------------------------------------------------------------------------------

    async fn what_was_exported_is_imported_with_its_lists(app) {
        let root = app.admin("root").await;
        let (room, projector) = (app.resource(&root, "Room").await, app.resource(&root, "Projector").await);
        let wing = json!({ "name": "Wing", "part_ids": [room] });
        app.post("/resources/", wing).by(&root).await.was(201);
        let along = json!([{ "resource_id": projector, "quantity": 1 }]);
        let wish = |from: i64| json!({
            "resource_id": room, "along": along, "starts_at": app.clock().in_minutes(from), "ends_at": app.clock().in_minutes(from + 60),
        });
        let booked = app.post("/bookings/", wish(60)).by(&root).await.is(201).id();
        for (name, format, content_type) in [
            ("resources", "json", "application/json"), ("resources", "csv", "text/csv"),
            ("bookings", "json", "application/json"), ("bookings", "csv", "text/csv"),
        ] {
            let out = app.get(&format!("/export/{name}")).query(&format!("format={format}")).by(&root).await.is(200);
            if name == "bookings" {
                app.delete(&format!("/bookings/{booked}")).by(&root).await;
            }
            let import = app.call("POST", &format!("/import/{name}")).query("dry_run=true");
            let back = import.body(content_type, out.body.clone()).by(&root).await.is(200);
            assert_eq!(back.at("/refused"), 0, "{name} as {format}: {back}");
        }
        // Not passed over: the projector is taken, and a list that is none is told.
        let row = |along: &str| {
            let (from, to) = (app.clock().in_minutes(200), app.clock().in_minutes(260));
            format!("resource_id,starts_at,ends_at,along\n{room},{from},{to},\"{}\"", along.replace('"', "\"\""))
        };
        let csv = row(&along.to_string());
        let taken = app.call("POST", "/import/bookings").body("text/csv", csv).by(&root).await.is(200);
        assert_eq!(taken.at("/accepted"), 1, "{taken}");
        app.book(&root, &projector, 200, 260).await.problem(409, "booking-conflict");
        for wrong in ["x", "[", "[[[]]]", "{}"] {
            let refused = app.call("POST", "/import/bookings").body("text/csv", row(wrong)).by(&root).await.is(200);
            assert_eq!(refused.at("/refused"), 1, "{wrong}: {refused}");
            assert!(refused.to_string().contains("along"), "{wrong}: {refused}");
        }
        app.audit().await;
    }

    async fn each_row_of_an_import_is_judged_by_itself(app) {
        let (root, manager, anna) = (app.admin("root").await, app.user("manager").await, app.user("anna").await);
        let table = app.resource_with(&manager, json!({ "name": "Table", "capacity": 4 })).await;
        let other = app.resource(&root, "Other").await;
        app.booked(&anna, &table, 60, 120).await;
        let at = |minutes| app.clock().in_minutes(minutes);
        let mut lines = vec!["resource_id,starts_at,ends_at,user_id,title,party_size,notes".to_owned()];
        let mut add = |resource: &str, from: &str, to: &str, rest: &str| lines.push(format!("{resource},{from},{to},{rest}"));
        add(&table, &at(200), &at(260), &format!("{},\"Dinner, late\",4,'=x", anna.id));
        add(&table, &at(60), &at(120), ",,,");
        add(&table, &at(300), &at(300), ",,,");
        add("nothing", "yesterday", &at(360), ",,many,");
        add(&table, &at(-600), &at(-540), ",,,");
        add(&table, &at(400), &at(460), ",,5,");
        add(&other, &at(200), &at(260), &format!("{},,,", anna.id));
        add(&table, &at(500), &at(560), ",,");
        add(&table, &at(700), &at(760), ",,,");
        let body = lines.join("\r\n");
        let send = |query: &str| app.call("POST", "/import/bookings").query(query).body("text/csv", body.clone()).by(&manager);
        let before = app.stored().await;
        let tried = send("dry_run=true").await.is(200);
        assert_eq!(app.stored().await, before);
        let done = send("").await.is(200);
        for (answer, dry_run) in [(&tried, true), (&done, false)] {
            assert_eq!((answer.at("/dry_run"), answer.at("/accepted"), answer.at("/refused")), (json!(dry_run), json!(2), json!(7)), "{answer}");
            assert!(errors(answer, 1).is_empty() && errors(answer, 9).is_empty());
            assert_eq!(errors(answer, 2), ["row: booking-conflict"]);
            assert_eq!(errors(answer, 3), ["ends_at: validation"]);
            // What isn't of the right shape is told first, and then whatever else is wrong.
            assert_eq!(errors(answer, 4), ["party_size: validation", "resource_id: validation", "starts_at: validation"]);
            assert_eq!(errors(answer, 5), ["starts_at: in-the-past"]);
            assert_eq!(errors(answer, 6), ["party_size: party-too-large"]);
            assert_eq!(errors(answer, 7), ["row: forbidden"]);
            assert_eq!(errors(answer, 8), ["row: validation"]);
            assert_eq!(answer.at("/rows/0/id").is_null(), dry_run);
        }
        let made = app.booking(&anna, &done.text("/rows/0/id")).await;
        assert_eq!((&made["title"], &made["notes"], &made["party_size"]), (&json!("Dinner, late"), &json!("=x"), &json!(4)));
        assert_eq!((&made["user_id"], &made["made_by"], &made["starts_at"]), (&json!(anna.id), &json!(manager.id), &json!(at(200))));
        // A second time nothing is booked twice.
        assert_eq!(errors(&send("").await.is(200), 1), ["row: booking-conflict"]);
        // Rows see those before them, also in a dry run.
        let twice = json!({ "items": [{ "resource_id": table, "starts_at": at(900), "ends_at": at(960) }, { "resource_id": table, "starts_at": at(930), "ends_at": at(990) }] });
        for query in ["dry_run=true", ""] {
            let answer = app.post("/import/bookings", twice.clone()).query(query).by(&manager).await.is(200);
            assert_eq!((answer.at("/accepted"), errors(&answer, 2)), (json!(1), vec!["row: booking-conflict".to_owned()]), "{query}");
        }
    }

    async fn every_column_that_is_wrong_is_named(app) {
        let root = app.admin("root").await;
        let table = app.resource(&root, "Table").await;
        let at = |minutes| app.clock().in_minutes(minutes);
        let told = async |path: &str, row: Value| {
            let answer = app.post(path, json!({ "items": [row] })).query("dry_run=true").by(&root).await.is(200);
            let mut errors = errors(&answer, 1);
            errors.sort();
            errors.into_iter().map(|it| it.trim_end_matches(": validation").to_owned()).collect::<Vec<_>>()
        };
        let row = json!({ "resource_id": 7, "starts_at": true, "colour": 1, "quantity": "many", "party_size": 1.5, "title": "two\nlines", "along": [{ "resource_id": 5 }] });
        assert_eq!(told("/import/bookings", row).await, ["along/0/resource_id", "colour", "party_size", "quantity", "resource_id", "starts_at", "title"]);
        assert_eq!(told("/import/blocks", json!({ "resource_id": table, "starts_at": 1, "colour": "red" })).await, ["colour", "ends_at", "starts_at"]);
        assert_eq!(told("/import/resources", json!({ "capacity": "x", "quantity": "x", "requires_approval": "perhaps" })).await, ["capacity", "name", "quantity", "requires_approval"]);
        assert_eq!(told("/import/users", json!({ "username": 1, "role": "king", "email": "nobody" })).await, ["email", "role", "username"]);
        // However many there are, so many are told.
        let many: serde_json::Map<String, Value> = (0..100).map(|nth| (format!("c{nth:03}"), json!(1))).collect();
        assert!((20..40).contains(&told("/import/users", many.into()).await.len()));
        // Two blocks in one table are in each other's way before anything is written, and so are two of one name.
        let row = json!({ "resource_id": table, "starts_at": at(60), "ends_at": at(120) });
        let blocks = json!({ "items": [row.clone(), row] });
        let names = json!({ "items": [{ "username": "xenia" }, { "username": "XENIA" }] });
        for (path, rows, why) in [("/import/blocks", blocks, "block-conflict"), ("/import/users", names, "username-taken")] {
            for query in ["dry_run=true", ""] {
                let answer = app.post(path, rows.clone()).query(query).by(&root).await.is(200);
                assert_eq!((answer.at("/accepted"), errors(&answer, 2)), (json!(1), vec![format!("row: {why}")]), "{query}");
            }
        }
    }

    async fn an_import_can_be_sent_again_under_its_key(app) {
        let root = app.admin("root").await;
        let rows = json!({ "items": [{ "name": "A", "capacity": 4, "requires_approval": true }, { "name": "" }, { "name": "B", "quantity": 3 }], "next_cursor": null });
        let send = |key: &str| app.post("/import/resources", rows.clone()).by(&root).key(key);
        let first = send("k").await.is(200);
        assert_eq!((first.at("/accepted"), errors(&first, 2)), (json!(2), vec!["name: validation".to_owned()]));
        assert_eq!(send("k").await.is(200).body, first.body);
        assert_eq!(app.get("/resources").by(&root).await.items().len(), 2);
        assert_ne!(send("other").await.is(200).at("/rows/0/id"), first.at("/rows/0/id"));
        let other = json!({ "items": [{ "name": "C" }] });
        let reused = app.post("/import/resources", other).by(&root).key("k").await.is(200);
        assert_eq!(errors(&reused, 1), ["row: idempotency-key-reused"]);
        app.post("/import/resources", rows.clone()).by(&root).key(&"k".repeat(241)).await.problem(400, "bad-request");
        let made = app.get(&format!("/resources/{}", first.text("/rows/0/id"))).by(&root).await.is(200).json();
        assert_eq!((&made["capacity"], &made["quantity"], &made["requires_approval"], &made["time_zone"]), (&json!(4), &json!(1), &json!(true), &json!("UTC")));
    }

    async fn users_come_without_a_password(app) {
        let root = app.admin("root").await;
        app.user("taken").await;
        let body = "\u{feff}username,email,display_name,role\r\nanna,anna@example.org,Anna,\r\nTAKEN,,,\r\nx,,,\r\nberta,no address,,king\r\nanna,,,\r\ncarla,,,admin\r\n";
        let send = |query: &str| app.call("POST", "/import/users").query(query).body("text/csv; charset=utf-8", body).by(&root);
        let tried = send("dry_run=true").await.is(200);
        assert_eq!(app.get("/users").by(&root).await.items().len(), 2);
        let done = send("").await.is(200);
        for answer in [&tried, &done] {
            assert!(errors(answer, 1).is_empty() && errors(answer, 6).is_empty(), "{answer}");
            assert_eq!((errors(answer, 2), errors(answer, 5)), (vec!["row: username-taken".to_owned()], vec!["row: username-taken".to_owned()]));
            assert_eq!((errors(answer, 3), errors(answer, 4)), (vec!["username: validation".to_owned()], vec!["role: validation".to_owned(), "email: validation".to_owned()]));
        }
        let users = app.get("/users").by(&root).await.is(200);
        assert_eq!(users.column("username"), ["root", "taken", "anna", "carla"]);
        assert_eq!(users.column("role"), ["admin", "user", "user", "admin"]);
        assert_eq!((users.column("email")[2].as_str(), users.column("disabled_at")[2].as_str()), ("anna@example.org", "null"));
        for guess in ["", "anna", PASSWORD] {
            app.token("anna", guess).await.problem(401, "invalid-credentials");
        }
        let username = bronya_server::auth::username::Username::parse("anna").unwrap();
        bronya_server::app::users::reset_password(&app.app(), &username, PASSWORD).await.unwrap();
        app.token("anna", PASSWORD).await.was(200);
        assert_eq!(app.get("/audit").query("limit=1000").by(&root).await.items().iter().filter(|it| it["action"] == "user.created").count(), 2);
    }

    async fn blocks_come_in_by_those_who_manage(app) {
        let (root, manager) = (app.admin("root").await, app.user("manager").await);
        let (table, other) = (app.resource(&manager, "Table").await, app.resource(&root, "Other").await);
        let at = |minutes| app.clock().in_minutes(minutes);
        let row = |resource: &str, from, to| json!({ "resource_id": resource, "starts_at": at(from), "ends_at": at(to), "reason": "paint" });
        let rows = json!({ "items": [row(&table, 60, 120), row(&other, 60, 120), row(&table, 90, 150), { "resource_id": table, "colour": "red" }] });
        let answer = app.post("/import/blocks", rows).by(&manager).await.is(200);
        assert_eq!(answer.at("/accepted"), 1);
        assert_eq!((errors(&answer, 2), errors(&answer, 3)), (vec!["row: forbidden".to_owned()], vec!["row: block-conflict".to_owned()]));
        assert_eq!(errors(&answer, 4), ["colour: validation", "starts_at: validation", "ends_at: validation"]);
        assert_eq!(app.get("/schedule").by(&root).await.column("reason"), ["paint"]);
        // What an export wrote can be read again, by whoever may.
        let exported = app.get("/export/blocks").by(&root).await.is(200);
        app.delete(&format!("/schedule/{}", answer.text("/rows/0/id"))).by(&manager).await.was(204);
        let again = app.call("POST", "/import/blocks").body("application/json", exported.body.clone()).by(&manager).await.is(200);
        assert_eq!(again.at("/accepted"), 1, "{again}");
    }

    async fn an_import_is_bounded_and_strict(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let send = |kind: &str, body: Vec<u8>| app.call("POST", "/import/resources").body(kind, body).by(&root);
        let rows = |count: usize| format!("name\n{}", "x\n".repeat(count)).into_bytes();
        send("text/csv", rows(5_001)).await.names(&["/items"]);
        send("application/json", format!("{{\"items\":[{}]}}", vec!["{\"name\":\"x\"}"; 5_001].join(",")).into_bytes()).await.names(&["/items"]);
        send("text/csv", vec![b'x'; 5 * 1_024 * 1_024 + 1]).await.problem(413, "payload-too-large");
        assert_eq!(send("text/csv; charset=utf-8", format!("name,description\nx,{}\n", "y".repeat(400_000)).into_bytes()).await.is(200).at("/refused"), 1);
        for body in ["", "name\n", "name,name\nx,y\n"] {
            send("text/csv", body.into()).await.names(&["/items"]);
        }
        for body in ["{\"items\":[]}", "{\"items\":[1]}", "{\"items\":[{\"name\":[]}]}", "{\"items\":[{\"name\":{}}]}", "{}", "[]", "{\"items\":[{\"name\":\"x\",\"name\":\"y\"}]}", "{\"rows\":[]}"] {
            send("application/json", body.into()).await.problem(422, "validation");
        }
        send("text/csv", vec![0xff, b'\n', 0xff]).await.problem(400, "bad-request");
        send("application/json", b"{".to_vec()).await.problem(400, "bad-request");
        send("text/plain", b"name\nx\n".to_vec()).await.problem(415, "unsupported-media-type");
        send("text/csv", b"name\nx\n".to_vec()).header("content-encoding", "gzip").await.problem(415, "unsupported-media-type");
        send("text/csv", b"name\nx\n".to_vec()).query("dry_run=perhaps").await.problem(422, "validation");
        app.call("POST", "/import/resources").body("text/csv", "name\nx\n").by(&anna).await.problem(403, "forbidden");
        assert!(app.get("/resources").by(&root).await.items().is_empty());
        // As many as may be are taken.
        assert_eq!(send("text/csv", rows(5_000)).query("dry_run=true").await.is(200).at("/accepted"), 5_000);
    }

    // --- reports -------------------------------------------------------------------------------------------------

    async fn reports_count_what_became_of_bookings(app) {
        let (root, manager, anna, berta) = (app.admin("root").await, app.user("manager").await, app.user("anna").await, app.user("berta").await);
        // 2026-11-23 is a Monday; it is nine o'clock in UTC and twelve in Moscow.
        let table = app.resource_with(&manager, json!({ "name": "Table", "quantity": 2, "time_zone": "Europe/Moscow" })).await;
        let other = app.resource_with(&root, json!({ "name": "Other" })).await;
        let come = app.booked(&anna, &table, 60, 150).await;
        let missed = app.booked(&anna, &table, 60, 120).await;
        let cancelled = app.booked(&berta, &table, 600, 660).await;
        app.booked(&berta, &other, 600, 660).await;
        app.delete(&format!("/bookings/{cancelled}")).by(&berta).await.was(200);
        let day = format!("from={}&to={}", "2026-11-22T21:00:00Z", "2026-11-23T21:00:00Z");
        app.clock().advance_secs(65 * 60);
        let (root, manager, anna) = (app.user("root").await, app.user("manager").await, app.user("anna").await);
        app.call("POST", &format!("/bookings/{come}/check-in")).by(&manager).await.was(200);
        app.clock().advance_secs(60 * 60);
        let (root, manager, anna) = (app.user(&root.name).await, app.user(&manager.name).await, app.user(&anna.name).await);
        app.call("POST", &format!("/bookings/{missed}/no-show")).by(&manager).await.was(200);

        let line = |report: &Answer, by: &str, key: &str| {
            let lines = report.at("/lines");
            lines.as_array().unwrap().iter().find(|it| it["by"] == by && it["key"] == key).cloned().unwrap_or_else(|| panic!("no {by} {key}: {report}"))
        };
        let get = |name: &str, by: &User| app.get(&format!("/reports/{name}")).query(&day).by(by);
        let report = get("utilisation", &root).await.is(200);
        let of = line(&report, "resource", &table);
        assert_eq!((&of["name"], &of["bookings"], &of["booked_minutes"], &of["open_minutes"], &of["booked_permille"]), (&json!("Table"), &json!(1), &json!(90), &json!(2_880), &json!(31)));
        assert_eq!((&line(&report, "hour", "13")["booked_minutes"], &line(&report, "hour", "14")["booked_minutes"]), (&json!(60), &json!(30)));
        // The other stands in UTC, where it is another hour.
        assert_eq!((&line(&report, "hour", "19")["booked_minutes"], &line(&report, "weekday", "monday")["booked_minutes"]), (&json!(60), &json!(150)));
        let of = line(&report, "hour_of_week", "monday-13");
        assert_eq!((&of["booked_minutes"], &of["open_minutes"]), (&json!(60), &json!(180)));
        let of = line(&report, "day", "2026-11-23");
        assert_eq!((&of["bookings"], &of["booked_minutes"]), (&json!(2), &json!(150)));
        let report = get("no-shows", &root).await.is(200);
        let of = line(&report, "resource", &table);
        assert_eq!((&of["bookings"], &of["no_shows"], &of["missed_permille"]), (&json!(2), &json!(1), &json!(500)));
        let report = get("cancellations", &root).await.is(200);
        let of = line(&report, "resource", &table);
        assert_eq!((&of["bookings"], &of["cancelled"], &of["cancelled_permille"]), (&json!(3), &json!(1), &json!(333)));
        let report = get("lead-time", &root).await.is(200);
        let of = line(&report, "resource", &table);
        assert_eq!((&of["bookings"], &of["minutes_min"], &of["minutes_median"], &of["minutes_max"]), (&json!(2), &json!(60), &json!(60), &json!(60)));
        assert_eq!((&of["within_hour"], &of["within_day"]), (&json!(2), &json!(0)));
        let of = line(&report, "resource", &other);
        assert_eq!((&of["minutes_median"], &of["within_hour"], &of["within_day"], &of["earlier"]), (&json!(600), &json!(0), &json!(1), &json!(0)));
        assert_eq!(line(&report, "hour", "3")["minutes_median"], Value::Null);
        let report = get("busiest", &root).await.is(200);
        let first = report.at("/lines/0");
        assert_eq!((&first["key"], &first["name"], &first["bookings"], &first["booked_minutes"], &first["no_shows"]), (&json!(anna.id), &json!("anna"), &json!(2), &json!(90), &json!(1)));

        // A manager sees what is his, and nobody's name; others nothing.
        let report = get("busiest", &manager).await.is(200);
        assert_eq!((line(&report, "person", &anna.id)["name"].clone(), line(&report, "person", &berta.id)["cancelled"].clone()), (Value::Null, json!(1)));
        assert_eq!(line(&report, "person", &berta.id)["bookings"], 0);
        let report = get("utilisation", &manager).await.is(200);
        assert!(!text(&report).contains(&other), "{report}");
        let filtered = get("utilisation", &manager).await.is(200).at("/lines").as_array().unwrap().len();
        assert_eq!(filtered, 1 + 24 + 7 + 7 * 24 + 1);
        let none = get("utilisation", &manager).query(&format!("resource_id={other}")).await.is(200);
        assert!(none.at("/lines").as_array().unwrap().is_empty(), "{none}");
        let one = get("utilisation", &root).query(&format!("resource_id={other}")).await.is(200);
        assert!(!text(&one).contains(&table) && text(&one).contains(&other));
        for name in ["utilisation", "no-shows", "lead-time", "cancellations", "busiest"] {
            get(name, &anna).await.problem(403, "forbidden");
            let report = get(name, &root).await.is(200);
            let table = get(name, &root).query("format=csv").await.is(200);
            assert_eq!(table.header("content-disposition"), Some(format!("attachment; filename=\"{name}.csv\"").as_str()));
            let rows = csv(&table);
            assert_eq!(rows.len() - 1, report.at("/lines").as_array().unwrap().len());
            let mut columns = rows[0].clone();
            columns.sort_unstable();
            let members: Vec<String> = report.at("/lines/0").as_object().unwrap().keys().cloned().collect();
            assert_eq!(columns, members, "{name}");
            let path = format!("/reports/{name}");
            app.get(&path).by(&root).await.problem(422, "validation");
            app.get(&path).query("from=2026-01-01T00:00:00Z&to=2027-01-03T00:00:00Z").by(&root).await.names(&["/to"]);
            app.get(&path).query(&day).query("site_id=x").by(&root).await.names(&["/site_id"]);
        }
    }

    async fn what_was_deleted_is_still_reported(app) {
        let root = app.admin("root").await;
        let table = app.resource(&root, "Table").await;
        app.booked(&root, &table, 60, 120).await;
        app.clock().advance_secs(130 * 60);
        let root = app.user("root").await;
        app.delete(&format!("/resources/{table}")).by(&root).await.was(204);
        let query = format!("from={}&to={}", app.clock().in_minutes(-600), app.clock().in_minutes(600));
        let report = app.get("/reports/utilisation").query(&query).by(&root).await.is(200);
        assert_eq!((report.at("/lines/0/name"), report.at("/lines/0/booked_minutes")), (json!("Table"), json!(60)));
    }
}

/// Whether the bytes hold the word.
fn contains(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

#[test]
fn limits_hold_for_what_is_large() {
    bronya_testkit::run(Backend::Sqlite, async |app: TestApp| {
        app.restart(|options| options.limits_on = true).await;
        let anna = app.user("anna").await;
        for _ in 0..20 {
            app.get("/export/resources").by(&anna).await.was(200);
        }
        app.get("/export/resources").by(&anna).await.problem(429, "too-many-requests");
        app.get("/users/me/export").by(&anna).await.problem(429, "too-many-requests");
        app.post("/import/bookings", json!({ "items": [{}] })).by(&anna).await.problem(429, "too-many-requests");
    });
}
