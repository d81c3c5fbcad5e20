//! A stand-in for the server: the part of the contract and of the command line that the scenarios use, in memory, with a
//! log file that survives a kill. It can be broken on purpose, so that every check can be seen red. It is for the tests of
//! this crate alone, and shares no code with the real thing.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use bronya_torture::history::Id;
use bronya_torture::random::Random;
use bronya_torture::time;
use clap::{Parser, Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Fault {
    /// Checks, then waits, then inserts.
    Racy,
    /// Answers first and writes to its log a little later.
    Forgetful,
    /// Never looks at an idempotency key.
    Keyless,
    /// Keeps the time of what was cancelled.
    Grudging,
    /// Never looks at `If-Match`.
    Careless,
    /// Gives each booking a unit for good, and refuses when no single one is free throughout.
    Unseated,
    /// Confirms and rejects whatever its state.
    Indecisive,
    /// Takes touching for overlapping.
    Closed,
    /// Checks user names before it waits.
    Namesakes,
    /// Lets blocks and bookings overlap.
    Blind,
}

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Serve {
        #[arg(long)]
        database: String,
        #[arg(long)]
        listen: SocketAddr,
        #[arg(long)]
        data_dir: PathBuf,
        #[arg(long)]
        rate_limit: String,
        #[arg(long, value_enum)]
        fault: Option<Fault>,
    },
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    Check {
        #[arg(long)]
        database: String,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    Create {
        name: String,
        #[arg(long)]
        admin: bool,
        #[arg(long)]
        database: String,
    },
}

/// Everything, as the JSON of the contract, by id.
#[derive(Default)]
struct Data {
    users: HashMap<String, Value>,
    resources: HashMap<String, Value>,
    bookings: HashMap<String, Value>,
    blocks: HashMap<String, Value>,
    keys: HashMap<String, (String, String)>,
    log: Option<File>,
}

struct Fake {
    data: Mutex<Data>,
    random: Mutex<Random>,
    fault: Option<Fault>,
}

fn log_path(database: &str) -> PathBuf {
    PathBuf::from(database.trim_start_matches("sqlite://"))
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve { database, listen, data_dir: _, rate_limit: _, fault } => serve(&database, listen, fault).await,
        Command::User { command: UserCommand::Create { name, admin, database } } => {
            create_user(&name, admin, &database)
        }
        Command::Check { database } => Data::load(&database).map(|data| println!("{} bookings", data.bookings.len())),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn create_user(name: &str, admin: bool, database: &str) -> io::Result<()> {
    let mut password = String::new();
    io::stdin().read_line(&mut password)?;
    let mut data = Data::load(database)?;
    let id = Id(u128::from(Random::fresh_seed())).to_string();
    let role = if admin { "admin" } else { "user" };
    data.put("users", &id, json!({ "id": id, "username": name, "password": password.trim_end(), "role": role }))
}

async fn serve(database: &str, listen: SocketAddr, fault: Option<Fault>) -> io::Result<()> {
    let fake =
        Fake { data: Mutex::new(Data::load(database)?), random: Mutex::new(Random::new(Random::fresh_seed())), fault };
    let router = Router::new()
        .route("/readyz", get(|| async { "ready" }))
        .route("/users/register", any(register))
        .route("/users/token", any(token))
        .route("/users/me", any(me))
        .route("/resources/", any(resources))
        .route("/resources/{id}", any(resource))
        .route("/schedule/", any(schedule))
        .route("/schedule/{id}", any(unblock))
        .route("/bookings/", any(bookings))
        .route("/bookings/{id}", any(booking))
        .route("/bookings/{id}/{decision}", any(decide))
        .with_state(Arc::new(fake));
    let listener = TcpListener::bind(listen).await?;
    let mut stop = signal(SignalKind::terminate())?;
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            stop.recv().await;
        })
        .await
}

impl Data {
    fn load(database: &str) -> io::Result<Self> {
        let path = log_path(database);
        let log = File::options().create(true).append(true).open(&path)?;
        let mut data = Self::default();
        for line in io::BufReader::new(File::open(&path)?).lines() {
            // The last line may have been cut by a kill; then nobody was told of it.
            let Ok(Value::Array(parts)) = serde_json::from_str::<Value>(&line?) else {
                continue;
            };
            let [table, id, value] = parts.as_slice() else {
                continue;
            };
            data.apply(table.as_str().unwrap_or_default(), id.as_str().unwrap_or_default(), value.clone());
        }
        data.log = Some(log);
        Ok(data)
    }

    fn apply(&mut self, table: &str, id: &str, value: Value) {
        let id = id.to_owned();
        if let Some(key) = value.get("key").and_then(Value::as_str) {
            let body = value.get("request").and_then(Value::as_str).unwrap_or_default().to_owned();
            self.keys.insert(key.to_owned(), (id.clone(), body));
        }
        let table = match table {
            "users" => &mut self.users,
            "resources" => &mut self.resources,
            "bookings" => &mut self.bookings,
            _ => &mut self.blocks,
        };
        if value.is_null() {
            table.remove(&id)
        } else {
            table.insert(id, value)
        };
    }

    fn put(&mut self, table: &str, id: &str, value: Value) -> io::Result<()> {
        let mut line = json!([table, id, value]).to_string();
        line.push('\n');
        self.apply(table, id, value);
        match &mut self.log {
            Some(log) => log.write_all(line.as_bytes()),
            None => Ok(()),
        }
    }

    fn standing(&self, resource: &str) -> impl Iterator<Item = &Value> {
        self.bookings.values().filter(move |booking| booking["resource_id"] == resource && active(booking))
    }

    fn blocks_of(&self, resource: &str) -> impl Iterator<Item = &Value> {
        self.blocks.values().filter(move |block| block["resource_id"] == resource)
    }
}

fn active(booking: &Value) -> bool {
    booking["status"] == "pending" || booking["status"] == "confirmed"
}

fn seconds(item: &Value) -> (i64, i64) {
    let at = |field: &str| item[field].as_str().and_then(time::parse).unwrap_or(0);
    (at("starts_at"), at("ends_at"))
}

fn problem(status: u16, name: &str) -> Response {
    answer(status, &json!({ "type": format!("/problems/{name}"), "status": status }))
}

fn answer(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [("content-type", "application/json"), ("etag", &format!("\"{}\"", body["version"]))];
    (status, headers, body.to_string()).into_response()
}

type Shared = State<Arc<Fake>>;

impl Fake {
    fn data(&self) -> MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh_id(&self) -> String {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        Id(u128::from(random.next()) << 64 | u128::from(random.next())).to_string()
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn user(&self, headers: &HeaderMap) -> Option<Value> {
        let token = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?.to_owned();
        self.data().users.get(&token).cloned()
    }

    /// Stores a change, before anybody is told of it; a forgetful server keeps it in memory and writes it later.
    fn store(self: &Arc<Self>, data: &mut Data, table: &'static str, id: &str, value: Value) {
        if self.is(Fault::Forgetful) {
            data.apply(table, id, value.clone());
            let (fake, id) = (Arc::clone(self), id.to_owned());
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(50)).await;
                written(fake.data().put(table, &id, value));
            });
        } else {
            written(data.put(table, id, value));
        }
    }

    async fn pause_if(&self, fault: Fault) {
        if self.is(fault) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Whether a booking fits beside all others.
    fn fits(&self, data: &Data, wanted: &Value, except: Option<&str>) -> bool {
        let resource = wanted["resource_id"].as_str().unwrap_or_default();
        let (from, to) = seconds(wanted);
        let touch = i64::from(self.is(Fault::Closed));
        let overlaps = |other: &Value| {
            let (start, end) = seconds(other);
            start < to + touch && from < end + touch
        };
        let counts = |other: &&Value| Some(other["id"].as_str().unwrap_or_default()) != except && overlaps(other);
        if !self.is(Fault::Blind) && data.blocks_of(resource).any(overlaps) {
            return false;
        }
        let quantity = data.resources.get(resource).and_then(|resource| resource["quantity"].as_u64()).unwrap_or(1);
        let units = wanted["quantity"].as_u64().unwrap_or(1);
        let grudge = data.bookings.values().filter(|other| {
            self.is(Fault::Grudging) && other["resource_id"] == resource && other["status"] == "cancelled"
        });
        let others: Vec<&Value> = data.standing(resource).chain(grudge).filter(counts).collect();
        let taken = |at: i64| -> u64 {
            let here = others.iter().filter(|other| {
                let (start, end) = seconds(other);
                self.is(Fault::Closed) || start <= at && at < end
            });
            here.map(|other| other["quantity"].as_u64().unwrap_or(1)).sum()
        };
        if self.is(Fault::Unseated) {
            // As if each overlapping booking sat on a unit of its own.
            let all: u64 = others.iter().map(|other| other["quantity"].as_u64().unwrap_or(1)).sum();
            return all + units <= quantity;
        }
        let starts = others.iter().map(|other| seconds(other).0.max(from));
        std::iter::once(from).chain(starts).all(|at| taken(at) + units <= quantity)
    }
}

/// A server that can't write to its log must not go on.
fn written(result: io::Result<()>) {
    if let Err(error) = result {
        eprintln!("the log can't be written: {error}");
        std::process::exit(1);
    }
}

async fn register(State(fake): Shared, body: Bytes) -> Response {
    let Ok(mut user) = serde_json::from_slice::<Value>(&body) else {
        return problem(400, "bad-request");
    };
    let name = user["username"].as_str().unwrap_or_default().to_lowercase();
    let is_taken = |data: &Data| {
        data.users.values().any(|user| user["username"].as_str().unwrap_or_default().to_lowercase() == name)
    };
    let taken = is_taken(&fake.data());
    fake.pause_if(Fault::Namesakes).await;
    let mut data = fake.data();
    if if fake.is(Fault::Namesakes) { taken } else { is_taken(&data) } {
        return problem(409, "username-taken");
    }
    let id = fake.fresh_id();
    user["id"] = json!(id);
    user["role"] = json!("user");
    fake.store(&mut data, "users", &id, user.clone());
    answer(201, &user)
}

async fn token(State(fake): Shared, body: Bytes) -> Response {
    let form = String::from_utf8_lossy(&body).replace("%2D", "-");
    let field = |name: &str| {
        form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default().to_owned()
    };
    let data = fake.data();
    let found =
        data.users.values().find(|user| user["username"] == field("username") && user["password"] == field("password"));
    found
        .map_or_else(|| problem(401, "invalid-credentials"), |user| answer(200, &json!({ "access_token": user["id"] })))
}

async fn me(State(fake): Shared, headers: HeaderMap) -> Response {
    fake.user(&headers).map_or_else(|| problem(401, "unauthorized"), |user| answer(200, &user))
}

async fn resources(State(fake): Shared, uri: Uri, body: Bytes) -> Response {
    if body.is_empty() {
        return page(&uri, fake.data().resources.values().cloned().collect());
    }
    let Ok(mut resource) = serde_json::from_slice::<Value>(&body) else {
        return problem(400, "bad-request");
    };
    let id = fake.fresh_id();
    resource["id"] = json!(id);
    fake.store(&mut fake.data(), "resources", &id, resource.clone());
    answer(201, &resource)
}

/// One page of a list, in the order of ids; the cursor is where the next begins.
fn page(uri: &Uri, mut items: Vec<Value>) -> Response {
    let query = uri.query().unwrap_or_default();
    let field = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    if let Some(resource) = field("resource_id") {
        items.retain(|item| item["resource_id"] == resource);
    }
    items.sort_by_key(|item| item["id"].as_str().unwrap_or_default().to_owned());
    let from: usize = field("cursor").and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let limit: usize = field("limit").and_then(|limit| limit.parse().ok()).unwrap_or(100);
    let rest = items.split_off(from.min(items.len()));
    let next = (rest.len() > limit).then(|| (from + limit).to_string());
    let items: Vec<Value> = rest.into_iter().take(limit).collect();
    answer(200, &json!({ "items": items, "next_cursor": next }))
}

async fn resource(State(fake): Shared, Path(id): Path<String>, uri: Uri, body: Bytes) -> Response {
    let mut data = fake.data();
    let Some(mut resource) = data.resources.get(&id).cloned() else {
        return problem(404, "resource-not-found");
    };
    if body.is_empty() {
        let standing: Vec<Value> = data.standing(&id).cloned().collect();
        if !standing.is_empty() && uri.query().is_none() {
            return problem(409, "resource-in-use");
        }
        for booking in standing {
            cancel(&fake, &mut data, booking);
        }
        fake.store(&mut data, "resources", &id, Value::Null);
        return StatusCode::NO_CONTENT.into_response();
    }
    let Ok(patch) = serde_json::from_slice::<Value>(&body) else {
        return problem(400, "bad-request");
    };
    resource["quantity"] = patch["quantity"].clone();
    let busy = data.standing(&id).count() as u64;
    if busy > resource["quantity"].as_u64().unwrap_or(1) {
        return problem(409, "resource-in-use");
    }
    fake.store(&mut data, "resources", &id, resource.clone());
    answer(200, &resource)
}

fn cancel(fake: &Arc<Fake>, data: &mut Data, mut booking: Value) {
    booking["status"] = json!("cancelled");
    let id = booking["id"].as_str().unwrap_or_default().to_owned();
    fake.store(data, "bookings", &id, booking);
}

async fn schedule(State(fake): Shared, uri: Uri, body: Bytes) -> Response {
    if body.is_empty() {
        return page(&uri, fake.data().blocks.values().cloned().collect());
    }
    let Ok(mut block) = serde_json::from_slice::<Value>(&body) else {
        return problem(400, "bad-request");
    };
    let mut data = fake.data();
    let resource = block["resource_id"].as_str().unwrap_or_default().to_owned();
    if !data.resources.contains_key(&resource) {
        return problem(404, "resource-not-found");
    }
    let (from, to) = seconds(&block);
    let overlaps = |other: &&Value| {
        let (start, end) = seconds(other);
        start < to && from < end
    };
    let standing: Vec<Value> = data.standing(&resource).filter(overlaps).cloned().collect();
    let cancels = block["on_conflict"] == "cancel";
    let in_the_way = !cancels && !standing.is_empty() || data.blocks_of(&resource).any(|other| overlaps(&other));
    if in_the_way && !fake.is(Fault::Blind) {
        return problem(409, "block-conflict");
    }
    if cancels {
        for booking in standing {
            cancel(&fake, &mut data, booking);
        }
    }
    let id = fake.fresh_id();
    block["id"] = json!(id);
    fake.store(&mut data, "blocks", &id, block.clone());
    answer(201, &block)
}

async fn unblock(State(fake): Shared, Path(id): Path<String>) -> Response {
    let mut data = fake.data();
    if !data.blocks.contains_key(&id) {
        return problem(404, "block-not-found");
    }
    fake.store(&mut data, "blocks", &id, Value::Null);
    StatusCode::NO_CONTENT.into_response()
}

async fn bookings(State(fake): Shared, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if body.is_empty() {
        return page(&uri, fake.data().bookings.values().cloned().collect());
    }
    let Some(user) = fake.user(&headers) else {
        return problem(401, "unauthorized");
    };
    let Ok(mut wanted) = serde_json::from_slice::<Value>(&body) else {
        return problem(400, "bad-request");
    };
    let given = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let key = given.filter(|_| !fake.is(Fault::Keyless)).map(|key| format!("{} {key}", user["id"]));
    if fake.is(Fault::Racy) {
        let fits = fake.fits(&fake.data(), &wanted, None);
        fake.pause_if(Fault::Racy).await;
        if !fits {
            return problem(409, "booking-conflict");
        }
    }
    let (id, resource) = (fake.fresh_id(), wanted["resource_id"].as_str().unwrap_or_default().to_owned());
    // From here on nobody else comes in.
    let mut data = fake.data();
    if let Some((id, request)) = key.as_ref().and_then(|key| data.keys.get(key)) {
        if request.as_bytes() != body {
            return problem(422, "idempotency-key-reused");
        }
        let mut first = data.bookings.get(id).cloned().unwrap_or_default();
        first["status"] = first["first_status"].clone();
        first["version"] = json!(1);
        return (StatusCode::CREATED, [("idempotent-replayed", "true")], first.to_string()).into_response();
    }
    let Some(resource) = data.resources.get(&resource) else {
        return problem(404, "resource-not-found");
    };
    if !fake.is(Fault::Racy) && !fake.fits(&data, &wanted, None) {
        return problem(409, "booking-conflict");
    }
    let status = if resource["requires_approval"] == true { "pending" } else { "confirmed" };
    for (field, value) in [
        ("id", json!(id)),
        ("status", json!(status)),
        ("first_status", json!(status)),
        ("version", json!(1)),
        ("user_id", user["id"].clone()),
        ("title", Value::Null),
        ("key", json!(key)),
        ("request", json!(String::from_utf8_lossy(&body))),
    ] {
        wanted[field] = value;
    }
    fake.store(&mut data, "bookings", &id, wanted.clone());
    answer(201, &wanted)
}

async fn booking(
    State(fake): Shared,
    Path(id): Path<String>,
    method: axum::http::Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut data = fake.data();
    let Some(mut booking) = data.bookings.get(&id).cloned() else {
        return problem(404, "booking-not-found");
    };
    if method == "GET" {
        return answer(200, &booking);
    }
    let tag = format!("\"{}\"", booking["version"]);
    if headers.get("if-match").is_some_and(|given| given != tag.as_str()) && !fake.is(Fault::Careless) {
        return problem(412, "stale");
    }
    if !active(&booking) {
        return problem(409, "booking-closed");
    }
    if method == "DELETE" {
        booking["status"] = json!("cancelled");
    } else {
        let Ok(Value::Object(patch)) = serde_json::from_slice(&body) else {
            return problem(400, "bad-request");
        };
        let moves = patch.contains_key("starts_at");
        for (field, value) in patch {
            booking[field] = value;
        }
        if moves && !fake.fits(&data, &booking, Some(&id)) {
            return problem(409, "booking-conflict");
        }
    }
    booking["version"] = json!(booking["version"].as_u64().unwrap_or(0) + 1);
    fake.store(&mut data, "bookings", &id, booking.clone());
    answer(200, &booking)
}

async fn decide(State(fake): Shared, Path((id, decision)): Path<(String, String)>) -> Response {
    let mut data = fake.data();
    let Some(mut booking) = data.bookings.get(&id).cloned() else {
        return problem(404, "booking-not-found");
    };
    let (from, to, otherwise) = match decision.as_str() {
        "confirm" => ("pending", "confirmed", "booking-not-pending"),
        "reject" => ("pending", "rejected", "booking-not-pending"),
        "no-show" => ("confirmed", "no_show", "booking-state"),
        _ => ("no_show", "confirmed", "nothing-to-undo"),
    };
    if booking["status"] != from && !(from == "pending" && fake.is(Fault::Indecisive)) {
        return problem(409, otherwise);
    }
    if from == "no_show" && !data.resources.contains_key(booking["resource_id"].as_str().unwrap_or_default()) {
        return problem(404, "resource-not-found");
    }
    if from == "no_show" && !fake.fits(&data, &booking, Some(&id)) {
        return problem(409, "booking-conflict");
    }
    booking["status"] = json!(to);
    fake.store(&mut data, "bookings", &id, booking.clone());
    answer(200, &booking)
}
