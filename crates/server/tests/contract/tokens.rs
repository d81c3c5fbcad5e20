//! Tokens and sessions: signing in, refreshing, signing out, and every way to come with a token that is none.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bronya_server::auth::token::SigningKey;
use bronya_server::http::address::{Network, TrustedProxies};
use bronya_testkit::{Backend, PASSWORD, TestApp, User, on_both};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

/// How many passwords the server has hashed.
async fn hashed(app: &TestApp) -> usize {
    let metrics = String::from_utf8(app.get("/metrics").await.is(200).body.clone()).unwrap();
    let line = metrics.lines().find_map(|line| line.strip_prefix("bronya_password_hashes_total ")).expect("a metric");
    line.parse().unwrap()
}

/// A token of this header and these claims, signed with these bytes.
fn forge(header: &Value, claims: &Value, secret: &[u8], algorithm: Algorithm) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = crypto::sign(signed.as_bytes(), &EncodingKey::from_secret(secret), algorithm).expect("HMAC signs");
    format!("{signed}.{signature}")
}

/// The header and the claims of a token.
fn taken_apart(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url"));
    let mut json = || serde_json::from_slice(&parts.next().expect("three parts")).expect("JSON");
    (json(), json())
}

async fn is_refused(app: &TestApp, token: &str) {
    let refused = app.get("/users/me").bearer(token).await;
    refused.problem(401, "unauthorized");
    assert!(!String::from_utf8_lossy(&refused.body).contains("signature"), "says too much: {refused}");
    // Writing goes another way than reading.
    app.post("/resources", json!({ "name": "x" })).bearer(token).await.problem(401, "unauthorized");
}

async fn is_alive(app: &TestApp, user: &User) -> bool {
    let answer = app.get("/users/me").by(user).await;
    if answer.status != 200 {
        answer.problem(401, "unauthorized");
    }
    answer.status == 200
}

on_both! {
    async fn a_name_and_a_password_get_a_pair_of_tokens(app) {
        app.register("anna", PASSWORD).await.was(201);
        let plain = [("username", "anna"), ("password", PASSWORD)];
        let granted = [("grant_type", "password"), ("username", "anna"), ("password", PASSWORD)];
        let oauth = [
            ("grant_type", "password"), ("username", "ANNA"), ("password", PASSWORD), ("scope", "a b"),
            ("client_id", "x"), ("client_secret", ""), ("whatever", "1"), ("whatever", "2"),
        ];
        let empty = [("grant_type", ""), ("username", "anna"), ("password", PASSWORD)];
        for form in [&plain[..], &granted, &oauth, &empty] {
            let tokens = app.call("POST", "/users/token").form(form).await.is(200);
            let members: Vec<String> = tokens.json().as_object().unwrap().keys().cloned().collect();
            assert_eq!(members, ["access_token", "expires_in", "refresh_token", "token_type"]);
            assert_eq!((tokens.text("/token_type"), tokens.at("/expires_in")), ("bearer".into(), json!(900)));
            assert_eq!(tokens.header("cache-control"), Some("no-store"));
            assert_eq!(tokens.header("set-cookie"), None);
            let user = app.signed_in("anna", &tokens).await;
            app.get("/users/me").header("authorization", &format!("bEaReR {}", user.token)).await.was(200);
        }
        let charset = "application/x-www-form-urlencoded; charset=utf-8";
        let body = "username=anna&password=seventeen+quiet+otters";
        app.call("POST", "/users/token").body(charset, body).await.was(200);
    }

    async fn an_unknown_name_and_a_wrong_password_look_the_same(app) {
        app.user("anna").await;
        let root = app.admin("root").await;
        let off = app.user("off").await;
        app.patch(&format!("/users/{}", off.id), json!({ "disabled": true })).by(&root).await.was(200);
        let answers = [
            app.token("anna", "wrong").await,
            app.token("nobody", PASSWORD).await,
            app.token("off", PASSWORD).await,
            app.token("!", PASSWORD).await,
            app.token("", "").await,
            app.token("anna", &"x".repeat(2_000)).await,
            app.token("anna\u{0}", PASSWORD).await,
        ];
        let without_id = |answer: &bronya_testkit::Answer| {
            let mut problem = answer.problem(401, "invalid-credentials");
            problem.as_object_mut().unwrap().remove("instance");
            let mut headers = answer.headers.clone();
            headers.remove("x-request-id");
            (problem, headers)
        };
        for answer in &answers {
            assert_eq!(without_id(answer), without_id(&answers[0]), "{answer}");
        }
        // A fresh database has no account that anybody could guess.
        for (name, password) in [("admin", "admin"), ("root", "root"), ("admin", ""), ("bronya", "bronya")] {
            app.token(name, password).await.problem(401, "invalid-credentials");
        }
    }

    async fn a_malformed_request_for_tokens_is_told_what_lacks(app) {
        let send = |form: &[(&str, &str)]| app.call("POST", "/users/token").form(form);
        send(&[]).await.names(&["/username", "/password"]);
        send(&[("username", "anna")]).await.names(&["/password"]);
        send(&[("grant_type", "refresh_token")]).await.names(&["/refresh_token"]);
        for grant in ["client_credentials", "authorization_code", "PASSWORD", "\u{0}"] {
            send(&[("grant_type", grant), ("username", "a"), ("password", "b")]).await.names(&["/grant_type"]);
        }
        send(&[("username", "a"), ("username", "b"), ("password", "c")]).await.names(&["/username"]);
    }

    async fn a_refresh_token_gets_a_new_pair_of_the_same_session(app) {
        app.user("anna").await;
        let first = app.sign_in("anna").await;
        app.clock().advance_secs(1);
        let second = app.refresh(&first.refresh).await.is(200);
        let second = app.signed_in("anna", &second).await;
        assert!(first.token != second.token && first.refresh != second.refresh);
        assert!(is_alive(&app, &first).await);
        let (one, two) = (taken_apart(&first.token).1, taken_apart(&second.token).1);
        assert_eq!((&one["sid"], &one["sub"]), (&two["sid"], &two["sub"]));
        assert_ne!(one["jti"], two["jti"]);
        for unknown in ["", "x", "brt_", &format!("brt_{}", "A".repeat(43)), &first.token, &second.refresh[..46]] {
            app.refresh(unknown).await.problem(401, "invalid-credentials");
        }
        assert!(is_alive(&app, &second).await);
    }

    async fn a_lost_answer_can_be_asked_for_again_for_ten_seconds(app) {
        app.user("anna").await;
        let first = app.sign_in("anna").await;
        let second = app.refresh(&first.refresh).await.is(200);
        app.clock().advance_secs(10);
        let third = app.refresh(&first.refresh).await.is(200);
        let (second, third) = (app.signed_in("anna", &second).await, app.signed_in("anna", &third).await);
        assert_eq!(taken_apart(&second.token).1["sid"], taken_apart(&third.token).1["sid"]);
        // Either of the pairs can be used on: the client has one of them.
        app.refresh(&second.refresh).await.was(200);
        app.refresh(&third.refresh).await.was(200);
    }

    async fn a_token_used_again_later_ends_its_whole_family(app) {
        let root = app.admin("root").await;
        app.user("anna").await;
        let (first, other) = (app.sign_in("anna").await, app.sign_in("anna").await);
        let second = app.refresh(&first.refresh).await.is(200);
        let second = app.signed_in("anna", &second).await;
        app.clock().advance(SignedDuration::from_secs(10) + SignedDuration::from_micros(1));
        app.refresh(&first.refresh).await.problem(401, "invalid-credentials");
        assert!(!is_alive(&app, &first).await);
        assert!(!is_alive(&app, &second).await);
        app.refresh(&second.refresh).await.problem(401, "invalid-credentials");
        // It ends that session and no other.
        assert!(is_alive(&app, &other).await);
        app.refresh(&other.refresh).await.was(200);
        let log = app.get("/audit").by(&root).await.is(200);
        assert!(log.column("action").contains(&"session.reuse_detected".to_owned()), "{log}");
    }

    async fn refreshing_is_limited_by_address(app) {
        app.restart(|options| options.limits_on = true).await;
        let mut refresh = app.user("anna").await.refresh;
        for _ in 0..60 {
            refresh = app.refresh(&refresh).await.is(200).text("/refresh_token");
        }
        let refused = app.refresh(&refresh).await;
        refused.problem(429, "too-many-requests");
        assert_eq!(refused.header("retry-after"), Some("1"));
        app.clock().advance_secs(1);
        app.refresh(&refresh).await.was(200);
    }

    async fn guessing_from_many_addresses_is_limited_by_account(app) {
        app.user("anna").await;
        app.user("berta").await;
        let guess = |name: &str, nth: u32| app.token(name, "wrong").header("x-forwarded-for", &format!("192.0.2.{nth}"));
        // Whoever is no trusted proxy can't claim to be somebody else.
        app.restart(|options| options.limits_on = true).await;
        for nth in 0..10 {
            guess("anna", nth).await.problem(401, "invalid-credentials");
        }
        guess("anna", 11).await.problem(429, "too-many-requests");

        app.clock().advance_secs(3_600);
        let proxy: Network = "127.0.0.1".parse().unwrap();
        app.restart(|options| {
            options.limits_on = true;
            options.shell.trusted_proxies = TrustedProxies::new([proxy]);
        })
        .await;
        for nth in 0..20 {
            guess("anna", nth).await.problem(401, "invalid-credentials");
        }
        guess("anna", 21).await.problem(429, "too-many-requests");
        guess("ANNA", 22).await.problem(429, "too-many-requests");
        guess("berta", 21).await.problem(401, "invalid-credentials");
        // It slows guessing down, and locks nobody out.
        app.clock().advance_secs(2);
        app.token("anna", PASSWORD).header("x-forwarded-for", "192.0.2.99").await.was(200);
    }

    /// Argon2 is what takes long in signing in. Whether there is such an account must not show in it.
    async fn who_is_unknown_takes_as_much_work_as_a_wrong_password(app) {
        let root = app.admin("root").await;
        let banned = app.user("banned").await;
        app.patch(&format!("/users/{}", banned.id), json!({ "disabled": true })).by(&root).await.was(200);
        let before = hashed(&app).await;
        for (nth, (name, password)) in
            [("root", "wrong"), ("nobody", "wrong"), ("no name at all", "wrong"), ("banned", PASSWORD)].into_iter().enumerate()
        {
            app.token(name, password).await.problem(401, "invalid-credentials");
            assert_eq!(hashed(&app).await - before, nth + 1, "{name}");
        }
    }

    async fn many_refreshes_at_once_lock_nobody_out(app) {
        app.user("anna").await;
        let first = app.sign_in("anna").await;
        let calls: Vec<_> = (0..20).map(|_| tokio::spawn(app.refresh(&first.refresh).into_future())).collect();
        let mut sessions = std::collections::BTreeSet::new();
        for call in calls {
            let tokens = call.await.unwrap().is(200);
            sessions.insert(taken_apart(&tokens.text("/access_token")).1["sid"].to_string());
            app.refresh(&tokens.text("/refresh_token")).await.was(200);
        }
        assert_eq!(sessions.len(), 1);
    }

    async fn tokens_run_out(app) {
        app.user("anna").await;
        let anna = app.sign_in("anna").await;
        app.clock().advance_secs(899);
        assert!(is_alive(&app, &anna).await);
        app.clock().advance_secs(1);
        assert!(!is_alive(&app, &anna).await);
        // Nobody used the refresh token for a fortnight.
        let idle = app.sign_in("anna").await;
        app.clock().advance(SignedDuration::from_hours(14 * 24) - SignedDuration::from_secs(1));
        app.refresh(&idle.refresh).await.was(200);
        let idle = app.sign_in("anna").await;
        app.clock().advance(SignedDuration::from_hours(14 * 24));
        app.refresh(&idle.refresh).await.problem(401, "invalid-credentials");
        // However often it is refreshed, a session ends after thirty days.
        let mut refresh = app.sign_in("anna").await.refresh;
        for _ in 0..29 {
            app.clock().advance(SignedDuration::from_hours(24));
            refresh = app.refresh(&refresh).await.is(200).text("/refresh_token");
        }
        app.clock().advance(SignedDuration::from_hours(24) - SignedDuration::from_secs(1));
        let tokens = app.refresh(&refresh).await.is(200);
        let anna = app.signed_in("anna", &tokens).await;
        app.clock().advance_secs(1);
        assert!(!is_alive(&app, &anna).await);
        app.refresh(&anna.refresh).await.problem(401, "invalid-credentials");
    }

    async fn logging_out_ends_the_session_on_every_server(app) {
        app.user("anna").await;
        let (here, elsewhere) = (app.sign_in("anna").await, app.sign_in("anna").await);
        let second = app.refresh(&here.refresh).await.is(200);
        let second = app.signed_in("anna", &second).await;
        let other = if app.backend() == Backend::Postgres { Some(app.another_node().await) } else { None };
        if let Some(other) = &other {
            assert!(is_alive(other, &here).await && is_alive(other, &second).await);
        }
        app.call("POST", "/users/logout").by(&here).await.was(204);
        for node in std::iter::once(&app).chain(&other) {
            is_refused(node, &here.token).await;
            is_refused(node, &second.token).await;
            node.refresh(&here.refresh).await.problem(401, "invalid-credentials");
            node.refresh(&second.refresh).await.problem(401, "invalid-credentials");
            assert!(is_alive(node, &elsewhere).await);
        }
        app.call("POST", "/users/logout").by(&here).await.problem(401, "unauthorized");
        app.call("POST", "/users/logout").await.problem(401, "unauthorized");
        drop(other);
        app.restart(|_| {}).await;
        is_refused(&app, &here.token).await;
        app.refresh(&second.refresh).await.problem(401, "invalid-credentials");
        assert!(is_alive(&app, &elsewhere).await);
    }

    async fn sessions_can_be_seen_and_ended(app) {
        let (root, stranger) = (app.admin("root").await, app.user("berta").await);
        app.user("anna").await;
        let mut users = Vec::new();
        for agent in ["one", "two", "three"] {
            app.clock().advance_secs(1);
            let form = [("username", "anna"), ("password", PASSWORD)];
            let tokens = app.call("POST", "/users/token").form(&form).header("user-agent", agent).await.is(200);
            users.push(app.signed_in("anna", &tokens).await);
        }
        let list = app.get("/users/me/sessions").by(&users[1]).await.is(200);
        // The one that the test put into the database is the oldest.
        let items = list.items();
        let agents: Vec<&Value> = items.iter().map(|item| &item["user_agent"]).collect();
        assert_eq!(agents, [&json!("three"), &json!("two"), &json!("one"), &Value::Null]);
        let current: Vec<&Value> = items.iter().map(|item| &item["current"]).collect();
        assert_eq!(current, [&json!(false), &json!(true), &json!(false), &json!(false)]);
        assert_eq!(items[0]["address"], "127.0.0.1");
        let third = format!("/users/me/sessions/{}", items[0]["id"].as_str().unwrap());
        app.delete(&third).by(&stranger).await.problem(404, "session-not-found");
        assert!(is_alive(&app, &users[2]).await);
        app.delete(&third).by(&users[0]).await.was(204);
        assert!(!is_alive(&app, &users[2]).await);
        app.delete(&third).by(&users[0]).await.problem(404, "session-not-found");
        app.delete("/users/me/sessions").by(&users[0]).await.was(204);
        assert!(is_alive(&app, &users[0]).await && !is_alive(&app, &users[1]).await);
        assert_eq!(app.get("/users/me/sessions").by(&users[0]).await.items().len(), 1);
        app.delete(&format!("/users/{}/sessions", users[0].id)).by(&root).await.was(204);
        assert!(!is_alive(&app, &users[0]).await && is_alive(&app, &root).await && is_alive(&app, &stranger).await);
        app.delete("/users/00000000-0000-7000-8000-000000000000/sessions").by(&root).await.problem(404, "user-not-found");
    }

    async fn no_header_and_no_signature_but_ours_is_taken(app) {
        let anna = app.user("anna").await;
        let key = app.signing_key().expose().to_vec();
        let (header, claims) = taken_apart(&anna.token);
        assert_eq!((&header["alg"], &header["typ"]), (&json!("HS256"), &json!("at+jwt")));
        // The forge is a good one: what it makes of the true parts is taken.
        let parts: Vec<&str> = anna.token.split('.').collect();
        let signature = crypto::sign(format!("{}.{}", parts[0], parts[1]).as_bytes(), &EncodingKey::from_secret(&key), Algorithm::HS256).unwrap();
        assert_eq!(signature, parts[2]);

        let with = |name: &str, value: Value| {
            let mut header = header.clone();
            header[name] = value;
            forge(&header, &claims, &key, Algorithm::HS256)
        };
        for alg in ["none", "None", "nOnE", "NONE", "", "HS384", "HS512", "RS256", "ES256", "EdDSA", "hs256"] {
            is_refused(&app, &with("alg", json!(alg))).await;
            let mut header = header.clone();
            header["alg"] = json!(alg);
            let unsigned = forge(&header, &claims, &key, Algorithm::HS256);
            let unsigned = unsigned.rsplit_once('.').unwrap().0.to_owned();
            is_refused(&app, &format!("{unsigned}.")).await;
            is_refused(&app, &unsigned).await;
        }
        is_refused(&app, &forge(&header, &claims, &key, Algorithm::HS512)).await;
        is_refused(&app, &forge(&header, &claims, b"another key of 32 bytes or more..", Algorithm::HS256)).await;
        is_refused(&app, &forge(&header, &claims, b"", Algorithm::HS256)).await;
        for typ in [json!("JWT"), json!("rt+jwt"), json!(null), json!("AT+JWT")] {
            is_refused(&app, &with("typ", typ)).await;
        }
        for (name, value) in [
            ("jwk", json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode(&key) })),
            ("jku", json!("http://127.0.0.1:9/keys")),
            ("x5u", json!("http://127.0.0.1:9/keys")),
            ("x5c", json!(["MIIB"])),
            ("crit", json!(["b64"])),
            ("b64", json!(false)),
            ("zip", json!("DEF")),
            ("cty", json!("JWT")),
        ] {
            is_refused(&app, &with(name, value)).await;
        }
        let long = "k".repeat(10_000);
        for kid in ["", "unknown", "../../dev/null", "' OR 1=1 --", "\u{0}", &long] {
            is_refused(&app, &with("kid", json!(kid))).await;
        }
        // Cut, stretched, joined, bent.
        let token = &anna.token;
        let flipped: String = {
            let mut bytes = token.clone().into_bytes();
            let at = bytes.len() - 10;
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            String::from_utf8(bytes).unwrap()
        };
        for bent in [
            &token[..token.len() - 1], &format!("{token}A"), &format!("{token}."), &format!("{token}.x"),
            &format!(".{token}"), &flipped, parts[1], "..", "a.b.c", &format!("{}.{}.", parts[0], parts[1]),
            &format!("{}..{}", parts[0], parts[2]), &token.replace('.', ":"), &format!("{token}="),
            &format!("{}.{}.{}", parts[0], parts[2], parts[1]),
        ] {
            is_refused(&app, bent).await;
        }
        // Nothing else that we give out opens a door.
        is_refused(&app, &anna.refresh).await;
        is_refused(&app, &app.set_up_token().await.unwrap()).await;
        is_refused(&app, PASSWORD).await;
    }

    async fn no_claims_but_those_of_an_access_token_are_taken(app) {
        let anna = app.user("anna").await;
        let key = app.signing_key().expose().to_vec();
        let (_, claims) = taken_apart(&anna.token);
        // The header must be ours to the byte, so it is copied and not made anew.
        let head = anna.token.split('.').next().unwrap().to_owned();
        let sign = |claims: &Value| {
            let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
            let signature = crypto::sign(signed.as_bytes(), &EncodingKey::from_secret(&key), Algorithm::HS256).unwrap();
            format!("{signed}.{signature}")
        };
        let with = |name: &str, value: Value| {
            let mut claims = claims.clone();
            claims[name] = value;
            sign(&claims)
        };
        app.get("/users/me").bearer(&sign(&claims)).await.was(200);
        let now = app.clock().now().as_second();
        for exp in [json!(now), json!(now - 1), json!(0), json!(-1), json!("9999999999"), json!(9_999_999_999.5), json!(1e308), json!([now + 60]), json!(null), json!(true), json!({})] {
            is_refused(&app, &with("exp", exp)).await;
        }
        for (name, value) in [("nbf", json!(now + 61)), ("iat", json!(now + 61)), ("nbf", json!("0")), ("nbf", json!(null)), ("iat", json!(-1)), ("iat", json!(1.5))] {
            is_refused(&app, &with(name, value)).await;
        }
        app.get("/users/me").bearer(&with("iat", json!(now + 60))).await.was(200);
        app.get("/users/me").bearer(&with("nbf", json!(now + 60))).await.was(200);
        for name in ["iss", "aud"] {
            for value in [json!("other"), json!(""), json!(["bronya"]), json!(["bronya", "other"]), json!(null), json!(1), json!("Bronya")] {
                is_refused(&app, &with(name, value)).await;
            }
        }
        for name in ["iss", "aud", "exp", "iat", "sub", "sid", "jti"] {
            let mut claims = claims.clone();
            claims.as_object_mut().unwrap().remove(name);
            is_refused(&app, &sign(&claims)).await;
        }
        let root = app.admin("root").await;
        let admins = taken_apart(&root.token).1;
        for (name, value) in [
            // Another's name with one's own session, and the other way round.
            ("sub", admins["sub"].clone()), ("sid", admins["sid"].clone()), ("sub", json!("anna")), ("sub", json!("")),
            ("sub", json!("00000000-0000-0000-0000-000000000000")), ("sid", json!("00000000-0000-7000-8000-000000000000")),
        ] {
            is_refused(&app, &with(name, value)).await;
        }
        // A role in a token is only text.
        let token = with("role", json!("admin"));
        app.get("/users/me").bearer(&token).await.was(200);
        app.get("/users").bearer(&token).await.problem(403, "forbidden");
    }

    async fn two_deployments_do_not_take_each_others_tokens(app) {
        let anna = app.user("anna").await;
        for (issuer, audience) in [("bronya", "other"), ("other", "bronya")] {
            app.restart(|options| (options.issuer, options.audience) = (issuer.into(), audience.into())).await;
            is_refused(&app, &anna.token).await;
        }
        app.restart(|_| {}).await;
        assert!(is_alive(&app, &anna).await);
        let other = SigningKey::generate();
        app.restart(|options| options.signing_keys = Some((other.clone(), vec![]))).await;
        is_refused(&app, &anna.token).await;
        // While a key is taken out of use, it still verifies.
        let old = app.signing_key().clone();
        app.restart(|options| options.signing_keys = Some((other, vec![old]))).await;
        assert!(is_alive(&app, &anna).await);
        assert_ne!(taken_apart(&app.user("anna").await.token).0["kid"], taken_apart(&anna.token).0["kid"]);
    }

    async fn the_keys_of_the_database_are_the_same_for_every_server(app) {
        app.restart(|options| options.signing_keys = None).await;
        let anna = app.user("anna").await;
        app.restart(|options| options.signing_keys = None).await;
        assert!(is_alive(&app, &anna).await);
    }
}
