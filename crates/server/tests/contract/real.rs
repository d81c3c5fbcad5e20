//! What only a socket shows: that the same server answers over one, and what it does when it stops or loses its database.

use bronya_testkit::{Backend, PASSWORD, RealServer, TestApp, on_both, run};
use serde_json::{Value, json};

/// A request as it goes over the wire, on a connection that closes after it.
fn request(method: &str, path: &str, token: Option<&str>, kind: &str, body: &str) -> Vec<u8> {
    let authorization = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}Content-Type: {kind}\r\nContent-Length: {}\r\n\
        Connection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn json_of(answer: &str) -> Value {
    let body = answer.split_once("\r\n\r\n").expect("a head and a body").1;
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

on_both! {
    async fn the_same_server_answers_over_a_socket(app) {
        app.user("anna").await;
        let options = app.options();
        app.stop();
        let server = RealServer::start(options).await;
        let form = format!("username=anna&password={}", PASSWORD.replace(' ', "+"));
        let answer = server.exchange(&request("POST", "/users/token/", None, "application/x-www-form-urlencoded", &form)).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        let token = json_of(&answer)["access_token"].as_str().unwrap().to_owned();
        let body = json!({ "name": "Table" }).to_string();
        let answer = server.exchange(&request("POST", "/resources/", Some(&token), "application/json", &body)).await;
        assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
        let id = json_of(&answer)["id"].as_str().unwrap().to_owned();
        let answer = server.exchange(&request("GET", &format!("/resources/{id}"), Some(&token), "", "")).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert_eq!(json_of(&answer)["name"], "Table");
        // What is no HTTP is a problem too.
        let answer = server.exchange(b"BREW / HTCPCP/1.0\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert_eq!(json_of(&answer)["type"], "/problems/bad-request");
        assert!(server.stop().await, "the server left a request unanswered");
        app.restart(|_| {}).await;
        let anna = app.user("anna").await;
        assert_eq!(app.get(&format!("/resources/{id}")).by(&anna).await.is(200).text("/name"), "Table");
    }
}

/// On SQLite the database is a file that the server holds open; it can't go away.
#[test]
fn without_its_database_a_server_lets_nobody_in() {
    run(Backend::Postgres, async |app: TestApp| {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        app.lose_database();
        app.get("/readyz").await.problem(503, "unavailable");
        app.get("/healthz").await.was(200);
        app.get("/users/me").by(&anna).await.problem(503, "unavailable");
        app.get("/resources").by(&anna).await.problem(503, "unavailable");
        let refused = app.book(&anna, &table, 60, 120).await;
        assert_eq!(refused.status, 503, "{refused}");
        refused.any_problem();
        app.token("anna", PASSWORD).await.problem(503, "unavailable");
        app.post("/setup", json!({ "token": "bst_x", "username": "root", "password": PASSWORD })).await.any_problem();
        // And when it comes back, so does the server, without being started anew.
        app.find_database();
        app.get("/readyz").await.was(200);
        app.get("/users/me").by(&anna).await.was(200);
        app.booked(&anna, &table, 60, 120).await;
    });
}
