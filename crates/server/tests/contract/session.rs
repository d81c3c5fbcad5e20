//! Browsers: the pages of the UI, and signing in by cookies.

use bronya_testkit::{Answer, Call, PASSWORD, TestApp, on_both};
use serde_json::json;

/// The cookies that an answer sets, as a browser sends them to a path; those that it takes away are not among them.
fn cookies(answer: &Answer, path: &str) -> String {
    let lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let kept = lines.filter(|line| !line.contains("Max-Age=0"));
    let sent = kept.filter(|line| path.starts_with("/session") || line.contains("Path=/;"));
    sent.map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

/// A request that a page of the server makes.
fn from_page(call: Call, cookies: &str) -> Call {
    let call = call.header("host", "book.example").header("origin", "https://book.example");
    call.header("sec-fetch-site", "same-origin").header("cookie", cookies)
}

async fn sign_in(app: &TestApp, name: &str) -> Answer {
    let call = app.post("/session", json!({ "username": name, "password": PASSWORD }));
    from_page(call, "").await.is(200)
}

on_both! {
    async fn a_browser_signs_in_books_and_signs_out(app) {
        let (mia, anna) = (app.user("mia").await, app.user("anna").await);
        let room = app.resource(&mia, "Room").await;
        let signed_in = sign_in(&app, "anna").await;
        assert_eq!((signed_in.text("/username"), signed_in.text("/id")), ("anna".to_owned(), anna.id.clone()));
        for line in signed_in.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            assert!(line.starts_with("__Host-bronya=") || line.starts_with("__Secure-bronya-refresh="), "{line}");
            for part in ["; HttpOnly", "; SameSite=Strict", "; Secure", "; Path=/", "; Max-Age="] {
                assert!(line.contains(part), "{part}: {line}");
            }
            assert!(!line.contains("Domain"), "{line}");
        }
        assert!(!signed_in.to_string().contains("access_token"), "the page sees no token");
        let sent = cookies(&signed_in, "/");
        let me = from_page(app.get("/users/me"), &sent).await.is(200);
        assert_eq!(me.id(), anna.id);
        let wish = json!({ "resource_id": room, "starts_at": app.clock().in_minutes(60), "ends_at": app.clock().in_minutes(120) });
        from_page(app.post("/bookings/", wish.clone()), &sent).await.was(201);
        let out = from_page(app.delete("/session"), &sent).await.is(204);
        assert_eq!(out.header("clear-site-data"), Some("\"cache\""));
        assert_eq!((cookies(&out, "/session"), out.headers.get_all("set-cookie").iter().count()), (String::new(), 4));
        from_page(app.get("/users/me"), &sent).await.problem(401, "unauthorized");
        from_page(app.call("POST", "/session/refresh"), &cookies(&signed_in, "/session")).await.problem(401, "unauthorized");
        // The session of the token is another, and goes on.
        app.get("/users/me").by(&anna).await.was(200);
        app.call("DELETE", "/session").by(&anna).await.was(204);
        app.get("/users/me").by(&anna).await.problem(401, "unauthorized");
    }

    async fn a_page_of_another_site_changes_nothing(app) {
        let anna = app.user("anna").await;
        let sent = cookies(&sign_in(&app, "anna").await, "/");
        let before = app.get("/users/me").by(&anna).await.is(200).json();
        let change = || app.patch("/users/me", json!({ "display_name": "Mallory" })).header("host", "book.example").header("cookie", &sent);
        for (name, value) in [
            ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("sec-fetch-site", "none"), ("origin", "https://evil.example"),
            ("origin", "null"), ("origin", "https://book.example.evil.example"), ("accept", "*/*"),
        ] {
            change().header(name, value).await.problem(403, "cross-site");
        }
        let form = app.call("POST", "/users/logout").header("host", "book.example").header("cookie", &sent).header("sec-fetch-site", "same-origin");
        form.body("text/plain", "{}").await.problem(403, "cross-site");
        assert_eq!(app.get("/users/me").by(&anna).await.is(200).json(), before);
        // Nor does it sign anybody in, which would make them write into somebody else's account.
        let login = || app.post("/session", json!({ "username": "anna", "password": PASSWORD })).header("host", "book.example");
        login().header("origin", "https://evil.example").await.problem(403, "cross-site");
        login().await.problem(403, "cross-site");
        assert_eq!(app.token("anna", PASSWORD).await.is(200).header("set-cookie"), None);
        // Reading is no change, and what another page reads the browser keeps from it.
        app.get("/users/me").header("cookie", &sent).header("sec-fetch-site", "cross-site").await.was(200);
        change().header("x-requested-with", "curl").await.was(200);
    }

    async fn two_sign_ins_in_one_request_are_none(app) {
        let (anna, wei) = (app.user("anna").await, app.user("wei").await);
        let sent = cookies(&sign_in(&app, "anna").await, "/");
        for call in [app.get("/users/me").by(&wei), app.get("/users/me").by(&anna), app.get("/users/me").header("authorization", "Basic x")] {
            call.header("cookie", &sent).await.problem(400, "two-credentials");
        }
    }

    async fn staying_signed_in_takes_new_cookies_and_two_tabs_do_no_harm(app) {
        app.user("anna").await;
        let first = cookies(&sign_in(&app, "anna").await, "/session");
        app.clock().advance_secs(16 * 60);
        from_page(app.get("/users/me"), &first).await.problem(401, "unauthorized");
        let refresh = |sent: &str| from_page(app.call("POST", "/session/refresh"), sent);
        // Two tabs find at once that the cookie has expired.
        let (one, other) = (refresh(&first).await.is(204), refresh(&first).await.is(204));
        for answer in [&one, &other] {
            from_page(app.get("/users/me"), &cookies(answer, "/")).await.was(200);
        }
        // A copy that turns up later is a stolen one: the session ends, for the thief and for the owner.
        app.clock().advance_secs(60);
        let stolen = refresh(&first).await;
        assert_eq!(cookies(&stolen, "/session"), "");
        stolen.problem(401, "unauthorized");
        from_page(app.get("/users/me"), &cookies(&one, "/")).await.problem(401, "unauthorized");
        refresh("").await.problem(401, "unauthorized");
    }

    async fn over_plain_http_only_this_machine_signs_in(app) {
        app.user("anna").await;
        let login = |host: &str| {
            let call = app.post("/session", json!({ "username": "anna", "password": PASSWORD }));
            call.header("host", host).header("origin", &format!("http://{host}"))
        };
        login("192.168.1.5:8000").await.problem(403, "insecure-origin");
        let here = login("127.0.0.1:8000").await.is(200);
        let sent = cookies(&here, "/");
        assert!(sent.starts_with("bronya-http=") && !here.to_string().contains("Secure"), "{here}");
        app.get("/users/me").header("host", "127.0.0.1:8000").header("cookie", &sent).await.was(200);
        // A neighbour's page could have put it there.
        app.get("/users/me").header("host", "book.example").header("cookie", &sent).await.problem(401, "unauthorized");
        app.restart(|options| options.settings.plain_http_sign_in = true).await;
        login("192.168.1.5:8000").await.was(200);
    }

    async fn the_wrong_password_and_a_disabled_user_stay_out(app) {
        let (root, anna) = (app.admin("root").await, app.user("anna").await);
        let wrong = app.post("/session", json!({ "username": "anna", "password": "wrong" }));
        from_page(wrong, "").await.problem(401, "invalid-credentials");
        let unknown = app.post("/session", json!({ "username": "nobody", "password": PASSWORD }));
        from_page(unknown, "").await.problem(401, "invalid-credentials");
        let sent = cookies(&sign_in(&app, "anna").await, "/session");
        app.patch(&format!("/users/{}", anna.id), json!({ "disabled": true })).by(&root).await.was(200);
        from_page(app.get("/users/me"), &sent).await.problem(401, "unauthorized");
        from_page(app.call("POST", "/session/refresh"), &sent).await.problem(401, "unauthorized");
    }

    async fn the_ui_comes_out_of_the_binary(app) {
        let page = app.get("/").header("accept-encoding", "br, gzip").await.is(200);
        assert_eq!(page.header("content-encoding"), Some("gzip"));
        let plain = app.get("/").await.is(200);
        let text = String::from_utf8(plain.body.clone()).unwrap();
        let policy = plain.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        for path in ["/book", "/timeline", "/my", "/approvals", "/resource/x", "/profile", "/sign-in", "/admin", "/admin/users"] {
            assert_eq!(app.get(path).await.is(200).body, plain.body, "{path}");
        }
        app.get("/nowhere").await.problem(404, "not-found");
        let mut seen = 0;
        for asset in text.split('"').filter(|part| part.starts_with("/assets/")) {
            let file = app.get(asset).await.is(200);
            assert_eq!(file.header("cache-control"), Some("public, max-age=31536000, immutable"), "{asset}");
            assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
            seen += 1;
        }
        assert!(10 < seen, "{text}");
        let folder = text.split('"').find_map(|part| part.strip_suffix("/app.js")).unwrap();
        for missing in [format!("{folder}/nothing.js"), format!("{folder}/../app.js"), "/assets/0000000000000000/app.js".to_owned(), format!("{folder}/index.html")] {
            app.get(&missing).await.problem(404, "not-found");
        }
    }
}
