//! The whole server in process, on either database, without a socket: requests go into its shell as a service. Users are
//! put straight into the database where a test is not about signing in, since hashing a password takes long by design.

use std::fmt;
use std::fmt::Write as _;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use bronya_domain::ids::{SessionId, UserId};
use bronya_domain::user::Role;
use bronya_server::app::App;
use bronya_server::auth::secret::{SecretKind, SecretToken};
use bronya_server::auth::token::SigningKey;
use bronya_server::auth::username::Username;
use bronya_server::http::middleware::Shell;
use bronya_server::run::{Options, Server};
use bronya_store::StoreError;
use bronya_store::accounts::{self, Account};
use bronya_store::ports::Ids;
use bronya_store::sessions::{self, Session};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::BodyExt;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::answer::Answer;
use crate::database::{Backend, TestDatabase};
use crate::documented;
use crate::ports::{FakeClock, fake_ids};
use crate::real::open_when_free;

/// A password that the policy takes, and that every user of [`TestApp::user`] has.
pub const PASSWORD: &str = "seventeen quiet otters";

/// Its hash, with parameters far below the real ones.
const PASSWORD_HASH: &str =
    "$argon2id$v=19$m=64,t=1,p=1$UXQ95pOVQ7sRIJkyspWqmA$FBe68BEprAa0D7/jzAutRZXIjrxcyyQjndj7yjhrAus";

/// A server in process. Clones are the same server.
#[derive(Clone)]
pub struct TestApp(Arc<World>);

struct World {
    // Dropped in this order: the server lets go of the database before that goes away.
    running: Mutex<Option<Running>>,
    clock: FakeClock,
    ids: Ids,
    key: SigningKey,
    database: Arc<TestDatabase>,
}

#[derive(Clone)]
struct Running {
    shell: Shell,
    app: App,
    link: Arc<Server>,
}

impl fmt::Debug for TestApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TestApp").field(&self.0.database).finish()
    }
}

/// Somebody who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: String,
    /// The account's id.
    pub id: String,
    /// An access token.
    pub token: String,
    /// The refresh token that came with it.
    pub refresh: String,
}

/// Runs a test on a fresh database of this kind. Afterwards an audit of the database must find nothing wrong.
///
/// # Panics
///
/// The test failed, or left a database behind that breaks an invariant.
pub fn run<F: Future<Output = ()>>(backend: Backend, test: impl FnOnce(TestApp) -> F) {
    run_on(|| TestDatabase::fresh(backend), test);
}

/// The same on a database of the test's own.
///
/// # Panics
///
/// As [`run`].
pub fn run_on<F: Future<Output = ()>>(database: impl FnOnce() -> TestDatabase, test: impl FnOnce(TestApp) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime needs nothing but threads");
    runtime.block_on(async {
        let app = TestApp::start_on(database()).await;
        test(app.clone()).await;
        app.audit().await;
    });
}

impl TestApp {
    /// A server on a fresh database.
    pub async fn start(backend: Backend) -> Self {
        Self::start_on(TestDatabase::fresh(backend)).await
    }

    /// A server on this database.
    pub async fn start_on(database: TestDatabase) -> Self {
        let clock = FakeClock::default();
        let world = World {
            running: Mutex::new(None),
            ids: fake_ids(&clock),
            clock,
            key: SigningKey::generate(),
            database: Arc::new(database),
        };
        let app = Self(Arc::new(world));
        app.restart(|_| {}).await;
        app
    }

    /// Another server on the same database, with the same clock, ids and key. Only PostgreSQL takes two at once.
    pub async fn another_node(&self) -> Self {
        let World { clock, ids, key, database, .. } = &*self.0;
        let world = World {
            running: Mutex::new(None),
            clock: clock.clone(),
            ids: ids.clone(),
            key: key.clone(),
            database: Arc::clone(database),
        };
        let app = Self(Arc::new(world));
        app.restart(|_| {}).await;
        app
    }

    /// Starts the server anew on its database, with other options where the test wants some.
    pub async fn restart(&self, configure: impl FnOnce(&mut Options)) {
        // The old one has to be gone: a file takes one server.
        drop(self.running().take());
        let mut options = self.options();
        configure(&mut options);
        let server = open_when_free(&options).await;
        let running = Running { shell: server.shell(), app: server.app().clone(), link: Arc::new(server) };
        *self.running() = Some(running);
    }

    /// The options that a server of this test starts with.
    pub fn options(&self) -> Options {
        let mut options = Options::new(self.0.database.url());
        options.connections_max = 4;
        options.limits_on = false;
        options.durable_only = false;
        options.clock = self.0.clock.port();
        options.ids = self.0.ids.clone();
        options.signing_keys = Some((self.0.key.clone(), vec![]));
        options
    }

    /// Stops the server; it can be [started again](Self::restart).
    pub fn stop(&self) {
        drop(self.running().take());
    }

    /// Takes a PostgreSQL database away from the server, which goes on running.
    pub fn lose_database(&self) {
        self.0.database.admit(false);
    }

    /// Everything that the database holds: on SQLite the bytes of its files, on PostgreSQL all rows of all tables as text.
    pub async fn dump(&self) -> Vec<u8> {
        let database = Arc::clone(&self.0.database);
        tokio::task::spawn_blocking(move || database.dump()).await.expect("the database can be read")
    }

    /// Gives it back.
    pub fn find_database(&self) {
        self.0.database.admit(true);
    }

    /// Runs a statement on a PostgreSQL database, around the server.
    pub fn sql(&self, sql: &str) -> String {
        self.0.database.sql(sql)
    }

    /// The clock.
    pub fn clock(&self) -> &FakeClock {
        &self.0.clock
    }

    /// The key that signs tokens here.
    pub fn signing_key(&self) -> &SigningKey {
        &self.0.key
    }

    /// Which kind of database it is on.
    pub fn backend(&self) -> Backend {
        self.0.database.backend()
    }

    /// The use cases, for what no request can do.
    pub fn app(&self) -> App {
        self.now_running().app
    }

    /// The link that makes the first administrator, without its address; `None` where there is one.
    pub async fn set_up_token(&self) -> Option<String> {
        let link = self.now_running().link.set_up_link("http://x").await.expect("the database answers");
        link.map(|link| link.strip_prefix("http://x/setup#").expect("the link leads to the page").to_owned())
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_running(&self) -> Running {
        self.running().clone().expect("the server runs")
    }

    /// Fails where the database breaks an invariant, or a job was left over.
    #[track_caller]
    pub fn audit(&self) -> impl Future<Output = ()> {
        let place = std::panic::Location::caller();
        let store = self.running().as_ref().map(|running| running.app.store.clone());
        let now = self.0.clock.now();
        async move {
            let Some(store) = store else { return };
            let report = store.audit(now).await.unwrap_or_else(|error| panic!("{place}: no audit: {error}"));
            assert!(report.findings.is_empty(), "{place}: the database is broken: {:#?}", report.findings);
        }
    }

    /// How many rows the tables hold that a request can add to, by name; what a refused request must leave alone.
    pub async fn stored(&self) -> Stored {
        let admin = self.user_with_role("the-census", Role::Admin).await;
        let mut counts = Vec::new();
        for path in ["/users", "/resources", "/sites", "/schedule", "/bookings"] {
            counts.push((path, self.get(path).query("limit=1000").by(&admin).await.is(200).items()));
        }
        Stored(counts)
    }

    // --- requests ----------------------------------------------------------------------------------------------

    /// A request. It is sent when it is awaited.
    pub fn call(&self, method: &str, path: &str) -> Call {
        Call {
            app: self.clone(),
            method: Method::from_bytes(method.as_bytes()).expect("a method of the test's own"),
            uri: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Call {
        self.call("GET", path)
    }

    /// `POST` of this JSON.
    pub fn post(&self, path: &str, body: Value) -> Call {
        self.call("POST", path).json(body)
    }

    /// `PUT` of this JSON.
    pub fn put(&self, path: &str, body: Value) -> Call {
        self.call("PUT", path).json(body)
    }

    /// `PATCH` with this JSON.
    pub fn patch(&self, path: &str, body: Value) -> Call {
        self.call("PATCH", path).json(body)
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> Call {
        self.call("DELETE", path)
    }

    // --- people ------------------------------------------------------------------------------------------------

    /// A user who has signed in, put straight into the database. The password is [`PASSWORD`].
    pub async fn user(&self, name: &str) -> User {
        self.user_with_role(name, Role::User).await
    }

    /// The same, as an administrator.
    pub async fn admin(&self, name: &str) -> User {
        self.user_with_role(name, Role::Admin).await
    }

    async fn user_with_role(&self, name: &str, role: Role) -> User {
        let app = self.app();
        let username = Username::parse(name).expect("a name of the test's own");
        let (key, now) = (username.key().to_owned(), app.clock.now());
        let known = {
            let key = key.clone();
            app.store.read(move |tx| Box::pin(async move { accounts::by_username(tx, &key).await })).await
        };
        let id = match known.expect("the database answers") {
            Some(account) => account.id,
            None => UserId(app.ids.next()),
        };
        let account = Account {
            id,
            username: name.to_owned(),
            email: None,
            display_name: None,
            role,
            password_hash: PASSWORD_HASH.to_owned(),
            disabled_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
            erased_at: None,
        };
        let session = Session {
            id: SessionId(app.ids.next()),
            user: id,
            created_at: now,
            used_at: now,
            expires_at: now.checked_add(app.sign_in.session_good).expect("a test stays in time"),
            address: None,
            user_agent: None,
        };
        let refresh = SecretToken::generate(SecretKind::Refresh);
        let (hash, until) = (refresh.hash(), now.checked_add(app.sign_in.refresh_good).expect("a test stays in time"));
        let new = session.clone();
        let written = app.store.write(move |tx| {
            Box::pin(async move {
                if accounts::by_username(tx, &key).await?.is_none() {
                    accounts::insert(tx, &account, &key).await?;
                }
                sessions::insert(tx, &new).await?;
                sessions::insert_refresh(tx, hash, new.id, now, until).await
            })
        });
        written.await.expect("the database takes a user");
        let token = app.sign_in.tokens.issue(id, session.id, app.ids.next(), now).token;
        User { name: name.to_owned(), id: id.to_string(), token, refresh: refresh.expose().to_owned() }
    }

    /// How many administrators can sign in.
    pub async fn administrators(&self) -> i64 {
        let counted: Result<i64, StoreError> =
            self.app().store.read(|tx| Box::pin(async move { accounts::count_administrators(tx).await })).await;
        counted.expect("the database answers")
    }

    /// Makes an administrator a user, also the last one, which no request can do.
    pub async fn demote(&self, user: &User) {
        let id = UserId(user.id.parse().expect("an id"));
        let store = self.app().store.clone();
        let written = store.write(move |tx| {
            Box::pin(async move {
                let account = accounts::by_id(tx, id).await?.expect("the account is there");
                accounts::update(tx, &Account { role: Role::User, ..account }).await
            })
        });
        let written: Result<(), StoreError> = written.await;
        written.expect("the database takes it");
    }

    /// Registers somebody as a client does.
    pub fn register(&self, name: &str, password: &str) -> Call {
        self.post("/users/register", json!({ "username": name, "password": password }))
    }

    /// Signs somebody in as a client does.
    pub fn token(&self, name: &str, password: &str) -> Call {
        self.call("POST", "/users/token").form(&[("username", name), ("password", password)])
    }

    /// Uses a refresh token.
    pub fn refresh(&self, token: &str) -> Call {
        self.call("POST", "/users/token").form(&[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// Signs in with [`PASSWORD`], as a client does, and reads who that is.
    pub async fn sign_in(&self, name: &str) -> User {
        let tokens = self.token(name, PASSWORD).await.is(200);
        self.signed_in(name, &tokens).await
    }

    /// The user of a pair of tokens.
    pub async fn signed_in(&self, name: &str, tokens: &Answer) -> User {
        let mut user = User {
            name: name.to_owned(),
            id: String::new(),
            token: tokens.text("/access_token"),
            refresh: tokens.text("/refresh_token"),
        };
        user.id = self.get("/users/me").by(&user).await.is(200).id();
        user
    }

    // --- things ------------------------------------------------------------------------------------------------

    /// Adds a resource of this name; returns its id.
    pub async fn resource(&self, by: &User, name: &str) -> String {
        self.resource_with(by, json!({ "name": name })).await
    }

    /// Adds a resource; returns its id.
    pub async fn resource_with(&self, by: &User, body: Value) -> String {
        self.post("/resources", body).by(by).await.is(201).id()
    }

    /// Books; `from` and `to` are minutes from what the clock shows.
    pub fn book(&self, by: &User, resource: &str, from: i64, to: i64) -> Call {
        let body = json!({ "resource_id": resource, "starts_at": self.clock().in_minutes(from), "ends_at": self.clock().in_minutes(to) });
        self.post("/bookings", body).by(by)
    }

    /// Books, which must succeed; returns the booking's id.
    pub async fn booked(&self, by: &User, resource: &str, from: i64, to: i64) -> String {
        self.book(by, resource, from, to).await.is(201).id()
    }

    /// Blocks; `from` and `to` are minutes from what the clock shows.
    pub fn block(&self, by: &User, resource: &str, from: i64, to: i64) -> Call {
        let body = json!({ "resource_id": resource, "starts_at": self.clock().in_minutes(from), "ends_at": self.clock().in_minutes(to) });
        self.post("/schedule", body).by(by)
    }

    /// A booking as its user sees it.
    pub async fn booking(&self, by: &User, id: &str) -> Value {
        self.get(&format!("/bookings/{id}")).by(by).await.is(200).json()
    }

    /// Moves the clock on so far that every access token has run out, and gives the user a new one.
    pub async fn later(&self, user: &User, by: SignedDuration) -> User {
        self.clock().advance(by);
        self.user(&user.name).await
    }
}

/// Everything that a request can store, as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored(Vec<(&'static str, Vec<Value>)>);

/// A request; awaiting it sends it.
#[derive(Clone, Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct Call {
    app: TestApp,
    method: Method,
    uri: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Vec<u8>,
}

impl Call {
    /// In the name of this user.
    pub fn by(self, user: &User) -> Self {
        self.bearer(&user.token)
    }

    /// With this access token.
    pub fn bearer(self, token: &str) -> Self {
        self.header(AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// With this header, beside those of the same name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header of the test's own");
        self.headers.push((name, HeaderValue::from_bytes(value.as_bytes()).expect("a value that HTTP can carry")));
        self
    }

    /// Without any header of this name.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known.as_str() != name);
        self
    }

    /// With this query.
    pub fn query(mut self, query: &str) -> Self {
        let mark = if self.uri.contains('?') { '&' } else { '?' };
        self.uri.push(mark);
        self.uri.push_str(query);
        self
    }

    /// With this `Idempotency-Key`.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// With this `If-Match`.
    pub fn if_match(self, tag: &str) -> Self {
        self.header("if-match", tag)
    }

    /// With these bytes as the body.
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.without("content-type").header(CONTENT_TYPE.as_str(), content_type)
    }

    /// With this JSON as the body.
    #[expect(clippy::needless_pass_by_value, reason = "`json!` makes a value that nobody needs afterwards")]
    pub fn json(self, body: Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With this form as the body.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        self.body("application/x-www-form-urlencoded", pairs.join("&"))
    }

    /// Sends it, and listens to the events that it is answered with.
    pub async fn listen(self) -> Events {
        let asked = format!("{} {}", self.method, self.uri);
        let response = self.response().await;
        assert_eq!(response.status(), 200, "{asked}");
        Events { body: response.into_body(), text: String::new() }
    }

    async fn response(self) -> axum::response::Response {
        let shell = self.app.now_running().shell;
        let asked = format!("{} {}", self.method, self.uri);
        let mut request = Request::builder().method(self.method).uri(self.uri.as_str());
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(self.body)).unwrap_or_else(|error| panic!("{asked}: {error}"));
        let Ok(response) = shell.oneshot(request).await;
        response
    }

    async fn send(self) -> Answer {
        let (method, uri) = (self.method.clone(), self.uri.clone());
        let asked = format!("{} {} {}", self.method, self.uri, String::from_utf8_lossy(&self.body));
        let (parts, mut body) = self.response().await.into_parts();
        let is_stream = parts.headers.get("content-type").is_some_and(|it| it == "text/event-stream");
        // A stream has no end; what comes first shows what it is.
        let body = if is_stream {
            body.frame()
                .await
                .and_then(Result::ok)
                .and_then(|frame| frame.into_data().ok())
                .unwrap_or_default()
                .to_vec()
        } else {
            body.collect().await.unwrap_or_else(|error| panic!("{asked}: {error}")).to_bytes().to_vec()
        };
        let asked = asked.chars().take(2_000).collect();
        let answer = Answer { asked, status: parts.status, headers: parts.headers, body };
        documented::check(method.as_str(), &uri, &answer);
        answer
    }
}

impl IntoFuture for Call {
    type Output = Answer;
    type IntoFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// A stream of events.
#[derive(Debug)]
pub struct Events {
    body: Body,
    text: String,
}

impl Events {
    /// The next event, its name and its data; `None` where the stream is over. Comments are passed over.
    ///
    /// # Panics
    ///
    /// Where none comes within ten seconds, or what comes is none.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.clone().split_once("\n\n") {
                rest.clone_into(&mut self.text);
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                if let Some((name, data)) = field("event: ").zip(field("data: ")) {
                    return Some((name, data.parse().unwrap_or_else(|_| panic!("{data} is no JSON"))));
                }
                continue;
            }
            let frame = tokio::time::timeout(Duration::from_secs(10), self.body.frame()).await;
            let frame = frame.expect("something within ten seconds")?.expect("the stream is whole");
            if let Ok(data) = frame.into_data() {
                self.text.push_str(&String::from_utf8_lossy(&data));
            }
        }
    }

    /// Everything that is heard until the next change that names this resource, or everything.
    ///
    /// # Panics
    ///
    /// Where the stream ends before.
    pub async fn until(&mut self, resource: &str) -> String {
        let mut heard = String::new();
        while let Some((name, data)) = self.next().await {
            let ids = &data["resource_ids"];
            heard.push_str(&data.to_string());
            let named = || ids.as_array().is_some_and(|ids| ids.iter().any(|id| id == resource));
            if name == "changed" && (ids.is_null() || named()) {
                return heard;
            }
        }
        panic!("the stream ended before anything changed, after {heard}");
    }

    /// The next change that names this resource, or everything; what else changed is passed over.
    pub async fn changed(&mut self, resource: &str) {
        self.until(resource).await;
    }
}

/// Percent-encodes everything but letters and digits, as a form or a query needs it.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
