//! What only a socket shows: that the same server answers over one, and what it does when it stops or loses its database.

use std::time::{Duration, Instant};

use bronya_server::run::Options;
use bronya_store::DatabaseUrl;
use bronya_testkit::{Backend, PASSWORD, RealServer, TestApp, TestDatabase, on_both, run};
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

/// What a proxy that asks every now and then sees before the port is closed.
#[test]
fn a_server_that_stops_says_so_before_it_closes_its_port() {
    run(Backend::Sqlite, async |app: TestApp| {
        let options = Options { drain_delay: Duration::from_secs(1), ..app.options() };
        app.stop();
        let mut server = RealServer::start(options).await;
        let ready = request("GET", "/readyz", None, "text/plain", "");
        assert!(server.exchange(&ready).await.starts_with("HTTP/1.1 200"));
        server.ask_to_stop();
        let began = Instant::now();
        let mut answer = server.exchange(&ready).await;
        while answer.starts_with("HTTP/1.1 200") {
            assert!(began.elapsed() < Duration::from_millis(500), "still ready");
            answer = server.exchange(&ready).await;
        }
        assert!(answer.starts_with("HTTP/1.1 503") && json_of(&answer)["type"] == "/problems/unavailable", "{answer}");
        // Who comes nevertheless is answered.
        let listed = server.exchange(&request("GET", "/openapi.json", None, "text/plain", "")).await;
        assert!(listed.starts_with("HTTP/1.1 200"), "{listed}");
        let address = server.address();
        assert!(server.stop().await, "the server left a request unanswered");
        assert!(Duration::from_secs(1) <= began.elapsed(), "{:?}", began.elapsed());
        assert!(tokio::net::TcpStream::connect(address).await.is_err(), "the port is still open");
    });
}

/// The file alone is the database, without the write-ahead log that stands beside it.
#[test]
fn a_server_that_stops_leaves_one_whole_file() {
    run(Backend::Sqlite, async |app: TestApp| {
        let anna = app.user("anna").await;
        let table = app.resource(&anna, "Table").await;
        let options = app.options();
        let DatabaseUrl::Sqlite(file) = options.database.clone() else { panic!("a file") };
        app.stop();
        let server = RealServer::start(options.clone()).await;
        let body = json!({
            "resource_id": table, "starts_at": app.clock().in_minutes(60), "ends_at": app.clock().in_minutes(120)
        });
        let book = request("POST", "/bookings/", Some(&anna.token), "application/json", &body.to_string());
        let answer = server.exchange(&book).await;
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        let log = file.with_extension("db-wal");
        assert!(0 < log.metadata().unwrap().len(), "the booking is in the log");
        assert!(server.stop().await, "the server left a request unanswered");
        assert_eq!(log.metadata().map_or(0, |log| log.len()), 0, "what is left of the log");
        let copy = file.with_file_name("copy.db");
        std::fs::copy(&file, &copy).unwrap();
        let copied = TestApp::start_on(TestDatabase::lent(DatabaseUrl::Sqlite(copy))).await;
        let anna = copied.user("anna").await;
        assert_eq!(copied.get("/bookings/my").by(&anna).await.items().len(), 1);
    });
}

/// A primary that was made a standby still reads.
#[test]
fn a_database_that_takes_no_writes_is_not_ready() {
    run(Backend::Postgres, async |app: TestApp| {
        let DatabaseUrl::Postgres(url) = app.options().database else { panic!("a URL") };
        let name = url.rsplit('/').next().unwrap().to_owned();
        app.get("/readyz").await.was(200);
        for (read_only, status) in [("on", 503), ("off", 200)] {
            let sql = format!(
                "SET transaction_read_only = off; ALTER DATABASE {name} SET default_transaction_read_only = {read_only}"
            );
            app.sql(&sql);
            app.lose_database();
            app.find_database();
            // Connections that were cut are found out one by one.
            let mut answer = app.get("/readyz").await;
            for _ in 0..20 {
                if answer.status == status {
                    break;
                }
                answer = app.get("/readyz").await;
            }
            assert_eq!(answer.status, status, "{read_only}: {answer}");
        }
    });
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
