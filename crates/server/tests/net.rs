//! The accept loop over real sockets, with limits short enough to wait for: slow, broken and hostile clients. It tests no
//! endpoint of the product.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use bronya_server::http::context::BodyLimits;
use bronya_server::http::extract::Json;
use bronya_server::http::middleware::{Shell, ShellConfig};
use bronya_server::http::net::{NetLimits, serve};
use bronya_server::metrics::Metrics;
use bronya_store::ports::{Clock, Ids};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;

/// The server's deadlines in these tests.
const HEAD: Duration = Duration::from_millis(400);
const IDLE: Duration = Duration::from_millis(900);
const BODY: Duration = Duration::from_millis(600);
const WRITE: Duration = Duration::from_millis(500);
const DRAIN: Duration = Duration::from_millis(1_500);
/// How much later than its deadline a thing may happen on a busy machine.
const LATE: Duration = Duration::from_millis(400);
/// Longer than everything: a read that takes this long never ends.
const EVER: Duration = Duration::from_secs(5);

/// More than both sockets' buffers hold together.
const LARGE_BYTES: usize = 32 * 1024 * 1024;

struct Server {
    address: SocketAddr,
    metrics: Metrics,
    reached: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
    ended: mpsc::Receiver<bool>,
}

fn limits() -> NetLimits {
    NetLimits {
        head_time_max: HEAD,
        idle_time_max: IDLE,
        write_time_max: WRITE,
        drain_time_max: DRAIN,
        ..NetLimits::default()
    }
}

/// What is served, and how often `/slow` was reached.
fn shell(metrics: &Metrics) -> (Shell, Arc<AtomicUsize>) {
    let reached = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&reached);
    let large = Bytes::from(vec![b'x'; LARGE_BYTES]);
    let router = Router::new()
        .route("/", get(async || "hello"))
        .route("/large", get(async move || large.clone()))
        .route("/echo", post(async |Json(value): Json<serde_json::Value>| Json(value)))
        .route("/ignore", post(async || "ignored"))
        .route(
            "/slow",
            get(async move || {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(700)).await;
                "slow"
            }),
        )
        .route("/slower", get(async || tokio::time::sleep(EVER).await));
    let body = BodyLimits { body_time_max: BODY, ..BodyLimits::default() };
    let config = ShellConfig { body, ..ShellConfig::default() };
    let ids = Ids::system(Clock::system());
    (Shell::new(router, config, metrics.http().clone(), ids), reached)
}

fn start(limits: NetLimits) -> Server {
    let metrics = Metrics::new();
    let (shell, reached) = shell(&metrics);
    let (stop, stopped) = oneshot::channel();
    let (address_sender, address) = mpsc::channel();
    let (ended_sender, ended) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            address_sender.send(listener.local_addr().unwrap()).unwrap();
            let drained = serve(listener, shell, limits, async {
                let _ = stopped.await;
            });
            let _ = ended_sender.send(drained.await);
        });
    });
    Server { address: address.recv().unwrap(), metrics, reached, stop: Some(stop), ended }
}

impl Server {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(EVER)).unwrap();
        stream
    }

    fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// A client that does everything right is served, at once.
    fn assert_well(&self) {
        let started = Instant::now();
        let mut stream = self.connect();
        send(&mut stream, GET);
        assert_eq!(read_answer(&mut stream).0, 200);
        assert!(started.elapsed() < LATE);
    }

    fn open_connections(&self) -> i64 {
        self.metrics.http().connections.get()
    }
}

const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).unwrap();
}

/// One answer: status, head and body.
fn read_answer(stream: &mut TcpStream) -> (u16, String, String) {
    let mut bytes = Vec::new();
    let mut byte = [0_u8; 1];
    while !bytes.ends_with(b"\r\n\r\n") {
        let read = stream.read(&mut byte).unwrap();
        assert_ne!(read, 0, "closed after {:?}", String::from_utf8_lossy(&bytes));
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).unwrap().to_ascii_lowercase();
    let status = head[9..12].parse().unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (status, head, String::from_utf8(body).unwrap())
}

/// Reads until the connection ends; says when that was, and what came. A reset is an end too.
fn read_to_end(stream: &mut TcpStream) -> (Duration, Vec<u8>) {
    let started = Instant::now();
    let mut all = Vec::new();
    let mut buffer = vec![0_u8; 64 * 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(bytes) => all.extend_from_slice(&buffer[..bytes]),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("never closed: {error}"),
        }
    }
    (started.elapsed(), all)
}

fn assert_about(took: Duration, wanted: Duration) {
    let early = Duration::from_millis(50);
    assert!(wanted.saturating_sub(early) <= took && took <= wanted + LATE, "took {took:?} instead of {wanted:?}");
}

#[test]
fn a_connection_is_kept_and_then_closed_when_it_rests() {
    let server = start(limits());
    let mut stream = server.connect();
    for _ in 0..3 {
        send(&mut stream, GET);
        assert_eq!(read_answer(&mut stream).2, "hello");
        // Resting for longer than a head may take is no fault.
        thread::sleep(HEAD + Duration::from_millis(200));
    }
    send(&mut stream, GET);
    assert_eq!(read_answer(&mut stream).0, 200);
    let (took, rest) = read_to_end(&mut stream);
    assert_about(took, IDLE);
    assert!(rest.is_empty());
    // That a client rests is not its fault.
    assert_eq!(server.metrics.http().timed_out.get(), 0);
}

#[test]
fn slow_heads_are_cut_and_harm_nobody() {
    let server = start(limits());
    let started = Instant::now();
    let slow: Vec<_> = ["", "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nhost: x\r\n"]
        .into_iter()
        .map(|start| {
            let mut stream = server.connect();
            send(&mut stream, start);
            let mut writer = stream.try_clone().unwrap();
            // A byte now and then earns no more time.
            let dripping = thread::spawn(move || {
                while writer.write_all(b"x").is_ok() && started.elapsed() < EVER {
                    thread::sleep(Duration::from_millis(50));
                }
            });
            thread::spawn(move || {
                let took = read_to_end(&mut stream).0;
                dripping.join().unwrap();
                took
            })
        })
        .collect();
    server.assert_well();
    for client in slow {
        assert_about(client.join().unwrap(), HEAD);
    }
    assert_eq!(server.metrics.http().timed_out.get(), 4);
}

#[test]
fn a_second_head_has_the_same_deadline() {
    let server = start(limits());
    let mut stream = server.connect();
    send(&mut stream, GET);
    read_answer(&mut stream);
    send(&mut stream, "GET / HT");
    assert_about(read_to_end(&mut stream).0, HEAD);
}

#[test]
fn a_slow_body_is_given_up() {
    let server = start(limits());
    let mut stream = server.connect();
    send(
        &mut stream,
        "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{",
    );
    let started = Instant::now();
    let mut writer = stream.try_clone().unwrap();
    let dripping = thread::spawn(move || {
        while started.elapsed() < EVER && writer.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let (status, head, body) = read_answer(&mut stream);
    assert_about(started.elapsed(), BODY);
    assert_eq!(status, 400);
    assert!(head.contains("application/problem+json") && body.contains("/problems/bad-request"), "{head}{body}");
    // Nothing can follow a body that is not complete.
    assert!(read_to_end(&mut stream).0 <= Duration::from_secs(2) + LATE);
    drop(stream);
    dripping.join().unwrap();
    server.assert_well();
}

#[test]
fn a_client_that_does_not_read_is_cut() {
    let server = start(limits());
    let mut stream = server.connect();
    send(&mut stream, "GET /large HTTP/1.1\r\nhost: x\r\n\r\n");
    thread::sleep(WRITE + LATE);
    let (took, read) = read_to_end(&mut stream);
    assert!(took < LATE, "{took:?}");
    assert!(read.len() < LARGE_BYTES, "the whole answer fitted into the buffers");
    assert_eq!(server.metrics.http().timed_out.get(), 1);
    server.assert_well();
}

#[test]
fn a_client_that_reads_a_little_now_and_then_is_cut_as_well() {
    let server = start(limits());
    // A small window, so that every little that is read lets the server write a little.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut stream = runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        socket.connect(server.address).await.unwrap().into_std().unwrap()
    });
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(EVER)).unwrap();
    send(&mut stream, "GET /large HTTP/1.1\r\nhost: x\r\n\r\n");
    let started = Instant::now();
    let mut few = [0_u8; 1_024];
    while server.open_connections() != 0 || started.elapsed() < LATE {
        assert!(started.elapsed() < WRITE + LATE * 2, "still open");
        stream.read_exact(&mut few).unwrap();
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_client_that_is_slow_and_steady_gets_everything() {
    let server = start(limits());
    let mut stream = server.connect();
    send(&mut stream, "GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let started = Instant::now();
    let mut read = 0;
    let mut buffer = vec![0_u8; 256 * 1024];
    loop {
        match stream.read(&mut buffer).unwrap() {
            0 => break,
            bytes => read += bytes,
        }
        thread::sleep(Duration::from_millis(8));
    }
    assert!(LARGE_BYTES < read);
    assert!(WRITE < started.elapsed(), "too fast to prove anything");
}

#[test]
fn a_client_that_closes_its_side_still_gets_its_answer() {
    let server = start(limits());
    let mut stream = server.connect();
    send(&mut stream, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_answer(&mut stream).2, "slow");
    assert!(read_to_end(&mut stream).0 < LATE);
}

#[test]
fn requests_may_come_before_their_answers() {
    let server = start(limits());
    let mut stream = server.connect();
    send(
        &mut stream,
        &format!("{GET}GET /slow HTTP/1.1\r\nhost: x\r\n\r\n{GET}GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n"),
    );
    for (status, body) in [(200, "hello"), (200, "slow"), (200, "hello"), (404, "")] {
        let answer = read_answer(&mut stream);
        assert_eq!(answer.0, status);
        assert!(answer.2.starts_with(body), "{}", answer.2);
    }
}

#[test]
fn a_body_nobody_reads_does_not_become_the_next_request() {
    let server = start(limits());
    let mut stream = server.connect();
    send(&mut stream, &format!("POST /ignore HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{GET}{GET}", GET.len()));
    assert_eq!(read_answer(&mut stream).2, "ignored");
    assert_eq!(read_answer(&mut stream).2, "hello");
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(stream.read(&mut [0]).is_err(), "a third answer");
}

#[test]
fn a_refused_body_does_not_cost_the_client_its_answer() {
    let server = start(limits());
    for _ in 0..20 {
        let mut stream = server.connect();
        let body = vec![b'x'; 600 * 1024];
        send(
            &mut stream,
            &format!(
                "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            ),
        );
        thread::sleep(Duration::from_millis(20));
        // Sending goes on after the server has refused; a reset would end it, and lose the answer.
        stream.write_all(&body).unwrap();
        let (status, _, body) = read_answer(&mut stream);
        assert_eq!(status, 413);
        assert!(body.contains("/problems/payload-too-large"));
    }
    server.assert_well();
}

#[test]
fn what_is_not_http_gets_a_problem_and_the_door() {
    let server = start(limits());
    let long_header = format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(17 * 1024));
    let many_headers = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(200));
    let long_uri = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(9 * 1024));
    let cases: Vec<(&[u8], u16)> = vec![
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"\0\0\0\0\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\n folded: x\r\n\r\n", 400),
        (b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx", 400),
        (b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", 400),
        (b"POST /echo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nhost: x\n\n", 400),
        (b"\nGET / HTTP/1.1\r\nhost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\na: b\ncontent-length: 40\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\na: b\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\r\n\n", 400),
        (b"GET / HTTP/1.1\r\nhost: x\ra: b\r\n\r\n", 400),
        (long_header.as_bytes(), 431),
        (many_headers.as_bytes(), 431),
        (long_uri.as_bytes(), 414),
    ];
    for (bytes, wanted) in cases {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        let mut stream = server.connect();
        stream.write_all(bytes).unwrap();
        let (status, head, body) = read_answer(&mut stream);
        assert_eq!(status, wanted, "{shown}");
        assert!(head.contains("content-type: application/problem+json"), "{shown}: {head}");
        assert!(!head.contains("\r\nserver:"));
        let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(problem["status"], wanted);
        assert!(head.contains(problem["instance"].as_str().unwrap()), "{shown}: {head}{body}");
        if wanted != 414 {
            assert!(head.contains("connection: close"), "{shown}: {head}");
            assert!(read_to_end(&mut stream).0 < Duration::from_secs(2) + LATE, "{shown}");
        }
    }
    // HTTP/2 is off: its preface is not answered in a language that its client would not read anyway.
    let mut stream = server.connect();
    send(&mut stream, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(read_to_end(&mut stream).0 < LATE);
    server.assert_well();
}

#[test]
fn two_lengths_are_one_request_or_none() {
    let server = start(limits());
    // A length beside chunks is how requests are smuggled past a proxy: the connection must not go on after it.
    let mut stream = server.connect();
    let chunks = "0\r\n\r\n";
    send(
        &mut stream,
        &format!(
            "POST /ignore HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\ntransfer-encoding: chunked\r\n\r\n{chunks}{GET}",
            chunks.len() + GET.len()
        ),
    );
    let (took, rest) = read_to_end(&mut stream);
    let text = String::from_utf8(rest).unwrap();
    assert!(took < Duration::from_secs(2) + LATE);
    assert!(!text.contains("hello"), "the rest was taken for a request: {text}");
}

#[test]
fn the_lines_of_each_head_end_with_cr_lf() {
    let server = start(limits());
    let body = "{\"a\":\n\"b\"}";
    let post = format!(
        "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    // Requests that come in one piece, behind one another's bodies, are each looked through; bodies may hold what they like.
    let requests = [GET, &post, &post, "\r\n", GET, "\r\n\r\n", &post];
    let wanted = ["hello", r#"{"a":"b"}"#, r#"{"a":"b"}"#, "hello", r#"{"a":"b"}"#];
    let whole = requests.concat();
    for piece in [1, 7, 50, whole.len()] {
        let mut stream = server.connect();
        for bytes in whole.as_bytes().chunks(piece) {
            stream.write_all(bytes).unwrap();
        }
        for wanted in wanted {
            let (status, _, body) = read_answer(&mut stream);
            assert_eq!((status, body.as_str()), (200, wanted), "in pieces of {piece}");
        }
    }
    for before in [GET, &post] {
        let mut stream = server.connect();
        send(&mut stream, &format!("{before}GET / HTTP/1.1\r\nhost: x\na: b\r\n\r\n"));
        assert_eq!(read_answer(&mut stream).0, 200);
        assert_eq!(read_answer(&mut stream).0, 400, "behind {before}");
    }
    server.assert_well();
}

#[test]
fn behind_a_body_in_chunks_the_connection_ends() {
    let server = start(limits());
    let mut stream = server.connect();
    send(
        &mut stream,
        &format!(
            "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n\
             3\r\n{{\"a\r\n4\r\n\":1}}\r\n0\r\n\r\n{GET}"
        ),
    );
    let (status, head, body) = read_answer(&mut stream);
    assert_eq!((status, body.as_str()), (200, r#"{"a":1}"#));
    assert!(head.contains("connection: close"), "{head}");
    assert!(read_to_end(&mut stream).1.is_empty());
}

#[test]
fn a_request_names_one_host() {
    let server = start(limits());
    for (head, wanted) in [
        ("GET / HTTP/1.1\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n", 400),
        ("GET / HTTP/1.0\r\nhost: a\r\nhost: b\r\n", 400),
        ("GET / HTTP/1.1\r\nhost:\r\n", 200),
        ("GET / HTTP/1.0\r\n", 200),
    ] {
        let mut stream = server.connect();
        send(&mut stream, &format!("{head}\r\n"));
        let (status, head, body) = read_answer(&mut stream);
        assert_eq!(status, wanted, "{head}");
        assert!(wanted == 200 || body.contains("/problems/bad-request"), "{body}");
        assert!(wanted == 200 || read_to_end(&mut stream).1.is_empty());
    }
}

#[test]
fn random_bytes_kill_nothing() {
    let server = start(limits());
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..300 {
        let mut stream = server.connect();
        let bytes: Vec<u8> = (0..4_096)
            .flat_map(|_| {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                seed.to_le_bytes()
            })
            .collect();
        // The server may close before everything is sent.
        let _ = stream.write_all(&bytes);
    }
    server.assert_well();
    assert_eq!(server.metrics.http().panics.get(), 0);
}

#[test]
fn more_connections_than_allowed_are_told_so() {
    let server = start(NetLimits { connections_max: 3, ..limits() });
    let mut kept: Vec<_> = (0..3).map(|_| server.connect()).collect();
    for stream in &mut kept {
        send(stream, GET);
        assert_eq!(read_answer(stream).0, 200);
    }
    let mut more = server.connect();
    let (status, head, body) = read_answer(&mut more);
    assert_eq!(status, 503);
    assert!(head.contains("retry-after: 1") && body.contains("/problems/overloaded"), "{head}{body}");
    assert!(read_to_end(&mut more).0 < LATE);
    assert_eq!(server.metrics.http().refused.get(), 1);
    // A place that becomes free is given again.
    drop(kept.pop());
    thread::sleep(LATE);
    server.assert_well();
}

#[test]
fn loopback_is_not_counted_by_address() {
    let server = start(NetLimits { connections_per_address_max: 1, ..limits() });
    let kept: Vec<_> = (0..5).map(|_| server.connect()).collect();
    server.assert_well();
    drop(kept);
}

#[test]
fn stopping_closes_what_rests_and_finishes_what_runs() {
    let mut server = start(limits());
    let mut idle = server.connect();
    send(&mut idle, GET);
    read_answer(&mut idle);
    let mut fresh = server.connect();
    let mut running = server.connect();
    send(&mut running, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n");
    while server.reached.load(Ordering::SeqCst) == 0 {
        thread::yield_now();
    }
    let stopped = Instant::now();
    server.stop();
    assert!(read_to_end(&mut idle).0 < LATE, "a resting connection holds up the stop");
    assert!(read_to_end(&mut fresh).0 < LATE, "a fresh connection holds up the stop");
    let (status, head, body) = read_answer(&mut running);
    assert_eq!((status, body.as_str()), (200, "slow"));
    assert!(head.contains("connection: close"), "{head}");
    assert!(server.ended.recv_timeout(EVER).unwrap(), "not drained");
    assert!(stopped.elapsed() < DRAIN);
    assert!(TcpStream::connect(server.address).is_err(), "still listening");
    assert_eq!(server.open_connections(), 0);
}

#[test]
fn stopping_does_not_wait_for_ever() {
    let mut server = start(limits());
    let mut stuck = server.connect();
    send(&mut stuck, "GET /slower HTTP/1.1\r\nhost: x\r\n\r\n");
    thread::sleep(Duration::from_millis(100));
    let stopped = Instant::now();
    server.stop();
    assert!(!server.ended.recv_timeout(EVER).unwrap(), "said to be drained");
    assert_about(stopped.elapsed(), DRAIN);
    assert_eq!(server.open_connections(), 0);
}
