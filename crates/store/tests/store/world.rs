//! A database of either kind with a store on it, a clock that stands still, ids that count, and a way around the
//! store by plain SQL. It leaves nothing behind.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bronya_domain::booking::Details;
use bronya_domain::command::{
    Amend, Book, Command, CreateResource, DeleteResource, Edit, MakeBlock, OnConflict, Targeted, UpdateResource,
};
use bronya_domain::effect::Outcome;
use bronya_domain::ids::{BlockId, BookingId, ResourceId, SessionId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::resource::Attributes;
use bronya_domain::user::{Principal, Role};
use bronya_store::accounts::{self, Account};
use bronya_store::engine::{Actor, Answered, BatchReport, Denied, Idempotency, Reply, Submission};
use bronya_store::events::Origin;
use bronya_store::ports::{Clock, Ids};
use bronya_store::sessions::{self, Session};
use bronya_store::{Answer, DatabaseUrl, Options, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use rusqlite::fallible_iterator::FallibleIterator as _;
use uuid::Uuid;

use crate::postgres;

/// Runs each test on both databases.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident) $body:block)+) => {
        $(mod $name {
            use super::*;

            async fn run($world: crate::world::World) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                run(crate::world::World::open(crate::world::Kind::Sqlite).await).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                run(crate::world::World::open(crate::world::Kind::Postgres).await).await;
            }
        })+
    };
}
pub(crate) use on_both;

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// A database that goes away with this value.
#[derive(Debug)]
pub(crate) enum Database {
    Sqlite { folder: PathBuf },
    Postgres(postgres::Database),
}

impl Database {
    pub(crate) fn fresh(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                static NUMBER: AtomicU64 = AtomicU64::new(0);
                let number = NUMBER.fetch_add(1, Ordering::Relaxed);
                let folder = std::env::temp_dir().join(format!("bronya-store-{}-{number}", std::process::id()));
                std::fs::create_dir_all(&folder).unwrap();
                Self::Sqlite { folder }
            }
            Kind::Postgres => Self::Postgres(postgres::fresh_database().unwrap()),
        }
    }

    fn sqlite_file(folder: &Path) -> PathBuf {
        folder.join("bronya.db")
    }

    pub(crate) fn url(&self) -> DatabaseUrl {
        match self {
            Self::Sqlite { folder } => DatabaseUrl::Sqlite(Self::sqlite_file(folder)),
            Self::Postgres(database) => DatabaseUrl::Postgres(database.url().to_owned()),
        }
    }

    /// Runs plain SQL, around the store; rows one a line, columns parted by `|`.
    pub(crate) fn sql(&self, text: &str) -> Result<String, String> {
        match self {
            Self::Postgres(database) => database.query(text).map_err(|error| error.to_string()),
            Self::Sqlite { folder } => sqlite(&Self::sqlite_file(folder), text).map_err(|error| error.to_string()),
        }
    }

    /// A literal of an id.
    pub(crate) fn id(&self, id: Uuid) -> String {
        match self {
            Self::Sqlite { .. } => format!("x'{}'", id.simple()),
            Self::Postgres(_) => format!("'{id}'::uuid"),
        }
    }

    /// A literal of a time.
    pub(crate) fn time(&self, time: Timestamp) -> String {
        match self {
            Self::Sqlite { .. } => time.as_microsecond().to_string(),
            Self::Postgres(_) => format!("'{time}'::timestamptz"),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Sqlite { folder } = self {
            drop(std::fs::remove_dir_all(folder));
        }
    }
}

/// Runs statements and answers the rows of the last one that has columns.
fn sqlite(path: &Path, text: &str) -> rusqlite::Result<String> {
    let connection = rusqlite::Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    let mut answer = String::new();
    let mut batch = rusqlite::Batch::new(&connection, text);
    while let Some(mut statement) = batch.next()? {
        if statement.column_count() == 0 {
            statement.execute([])?;
            continue;
        }
        answer.clear();
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for at in 0..columns {
                if at > 0 {
                    answer.push('|');
                }
                match row.get_ref(at)? {
                    rusqlite::types::ValueRef::Null => {}
                    rusqlite::types::ValueRef::Integer(number) => write!(answer, "{number}").unwrap(),
                    rusqlite::types::ValueRef::Real(number) => write!(answer, "{number}").unwrap(),
                    rusqlite::types::ValueRef::Text(text) => answer.push_str(&String::from_utf8_lossy(text)),
                    rusqlite::types::ValueRef::Blob(bytes) => match Uuid::from_slice(bytes) {
                        Ok(id) => write!(answer, "{id}").unwrap(),
                        Err(_) => write!(answer, "{bytes:02x?}").unwrap(),
                    },
                }
            }
            answer.push('\n');
        }
    }
    Ok(answer.trim_end().to_owned())
}

/// A clock that moves when it is told to, and at which the engine can be held up in the middle of a batch: it looks
/// at the clock when it has locked and loaded what the batch needs.
#[derive(Clone, Debug)]
pub(crate) struct FakeClock {
    micros: Arc<AtomicI64>,
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Open,
    /// The next one to look at the clock waits.
    Closed,
    /// Somebody waits.
    Occupied,
}

impl FakeClock {
    fn new() -> Self {
        let micros = Arc::new(AtomicI64::new(DAY.as_microsecond()));
        Self { micros, gate: Arc::new((Mutex::new(Gate::Open), Condvar::new())) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.micros.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn advance(&self, by: SignedDuration) {
        self.micros.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }

    fn set(&self, gate: Gate) {
        *self.gate.0.lock().unwrap() = gate;
        self.gate.1.notify_all();
    }

    fn pass(&self) {
        let mut gate = self.gate.0.lock().unwrap();
        if *gate == Gate::Closed {
            *gate = Gate::Occupied;
            while *gate == Gate::Occupied {
                gate = self.gate.1.wait(gate).unwrap();
            }
        }
    }

    fn is_occupied(&self) -> bool {
        *self.gate.0.lock().unwrap() == Gate::Occupied
    }

    fn port(&self) -> Clock {
        let clock = self.clone();
        Clock::from_fn(move || {
            // Whoever decides has a thread of their own, and may be kept waiting.
            clock.pass();
            clock.now()
        })
    }
}

/// Midnight of the day on which everything happens: 2030-01-01 UTC, which is also when the clock starts.
pub(crate) const DAY: Timestamp = Timestamp::constant(1_893_456_000, 0);

/// An hour of that day.
pub(crate) fn at(hour: i64) -> Timestamp {
    DAY + SignedDuration::from_hours(hour)
}

/// From one hour of that day to another.
pub(crate) fn hours(start: i64, end: i64) -> Interval {
    Interval::new(at(start), at(end)).unwrap()
}

/// Somebody who is signed in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    pub(crate) session: SessionId,
}

impl Person {
    pub(crate) fn actor(self) -> Actor {
        Actor::Session { user: self.id, session: self.session }
    }
}

/// A database, a store on it, and what the ports answer.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) kind: Kind,
    pub(crate) store: Store,
    pub(crate) clock: FakeClock,
    pub(crate) ids: Arc<AtomicU64>,
    pub(crate) reports: Reports,
    pub(crate) database: Database,
}

/// What the engine told of its batches.
pub(crate) type Reports = Arc<Mutex<Vec<BatchReport>>>;

impl World {
    pub(crate) async fn open(kind: Kind) -> Self {
        Self::open_with(kind, |_| {}).await
    }

    pub(crate) async fn open_with(kind: Kind, set: impl FnOnce(&mut Options)) -> Self {
        let database = Database::fresh(kind);
        let (clock, ids, reports) = (FakeClock::new(), Arc::new(AtomicU64::new(1)), Reports::default());
        let mut options = options(&database, &clock, &ids, &reports);
        set(&mut options);
        let store = Store::open(options).await.unwrap();
        Self { kind, store, clock, ids, reports, database }
    }

    /// The options that this world's store was opened with, for another one beside it.
    pub(crate) fn options(&self) -> Options {
        options(&self.database, &self.clock, &self.ids, &self.reports)
    }

    /// Hands all of these to the engine as one batch, in this order.
    pub(crate) async fn batch(&self, submissions: Vec<Submission>) -> Vec<Answered> {
        let count = submissions.len();
        let first = self.hold_engine().await;
        // At the gate, the engine has told of everything before.
        let reported = self.reports.lock().unwrap().len();
        let all = futures_util::future::join_all(submissions.into_iter().map(|it| self.store.submit(it)));
        let release = async {
            while self.store.load().queued < count {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            self.clock.set(Gate::Open);
        };
        let (answers, ()) = tokio::join!(all, release);
        first.await.unwrap();
        // The engine answers first and reports then.
        while self.reports.lock().unwrap().len() < reported + 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let commands: Vec<usize> = self.reports.lock().unwrap()[reported..].iter().map(|it| it.commands).collect();
        assert_eq!(commands, [1, count], "they were one batch");
        answers
    }

    /// Keeps the engine busy until [`release_engine`](Self::release_engine).
    pub(crate) async fn hold_engine(&self) -> tokio::task::JoinHandle<()> {
        self.clock.set(Gate::Closed);
        let (store, nothing) = (self.store.clone(), cancel(BookingId(self.fresh_id())));
        let nobody = Principal { user: UserId(self.fresh_id()), role: Role::Admin };
        let held = tokio::spawn(async move {
            let refused = store.submit(submission(Actor::Trusted(nobody), nothing)).await;
            assert_eq!(word(&refused), "BookingNotFound");
        });
        while !self.clock.is_occupied() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        held
    }

    pub(crate) fn release_engine(&self) {
        self.clock.set(Gate::Open);
    }

    pub(crate) fn fresh_id(&self) -> Uuid {
        numbered(self.ids.fetch_add(1, Ordering::SeqCst))
    }

    pub(crate) fn sql(&self, text: &str) -> Result<String, String> {
        self.database.sql(text)
    }

    /// Adds an account and signs it in.
    pub(crate) async fn person(&self, name: &str, role: Role) -> Person {
        let (id, session) = (UserId(self.fresh_id()), SessionId(self.fresh_id()));
        let (now, name) = (self.clock.now(), name.to_owned());
        let account = Account {
            id,
            username: name.clone(),
            email: None,
            display_name: None,
            role,
            password_hash: "none".to_owned(),
            disabled_at: None,
            version: 1,
            created_at: now,
            updated_at: now,
            erased_at: None,
        };
        let session_row = Session {
            id: session,
            user: id,
            created_at: now,
            used_at: now,
            expires_at: now + SignedDuration::from_hours(10_000),
            address: None,
            user_agent: None,
        };
        self.store
            .write::<_, StoreError, _>(move |tx| {
                Box::pin(async move {
                    accounts::insert(tx, &account, &name).await?;
                    sessions::insert(tx, &session_row).await
                })
            })
            .await
            .unwrap();
        Person { id, session }
    }

    pub(crate) async fn submit(&self, who: Person, command: Command) -> Answered {
        self.store.submit(submission(who.actor(), command)).await
    }

    /// Submits under an idempotency key; the fingerprint is the body's first byte.
    pub(crate) async fn submit_keyed(&self, who: Person, command: Command, key: &str, body: u8) -> Answered {
        self.store.submit(keyed(who.actor(), command, key, body)).await
    }

    pub(crate) async fn resource(&self, manager: Person, name: &str, quantity: u32) -> ResourceId {
        let id = ResourceId(self.fresh_id());
        let create =
            CreateResource { id, attributes: attributes(name, quantity), zone_of_site: false, admins_only: false };
        self.submit(manager, Command::CreateResource(create)).await.unwrap();
        id
    }

    /// A command to book one unit.
    pub(crate) fn book(&self, resource: ResourceId, interval: Interval) -> Command {
        self.book_units(resource, interval, 1)
    }

    pub(crate) fn book_units(&self, resource: ResourceId, interval: Interval, quantity: u32) -> Command {
        let id = BookingId(self.fresh_id());
        Command::Book(Book {
            id,
            resource,
            interval,
            ends_by_place: false,
            quantity,
            details: Details::default(),
            on_behalf_of: None,
            override_reason: None,
            hold_minutes: None,
            series: None,
            along: vec![],
        })
    }

    pub(crate) fn block(&self, resource: ResourceId, interval: Interval, on_conflict: OnConflict) -> Command {
        let id = BlockId(self.fresh_id());
        Command::Block(MakeBlock { id, resource, interval, reason: None, on_conflict, series: None })
    }

    /// Books, and says which booking it became.
    pub(crate) async fn booked(&self, who: Person, resource: ResourceId, interval: Interval) -> BookingId {
        booking_of(&self.submit(who, self.book(resource, interval)).await)
    }

    /// All claims of a resource in order: unit, hours, and whether a booking's or a block's.
    pub(crate) fn claims(&self, resource: ResourceId) -> Vec<String> {
        let hour = match self.kind {
            Kind::Sqlite => |column: &str| format!("({column} - {}) / 3600000000", DAY.as_microsecond()),
            Kind::Postgres => {
                |column: &str| format!("(extract(epoch FROM {column})::bigint - {}) / 3600", DAY.as_second())
            }
        };
        let rows = self
            .sql(&format!(
                "SELECT unit, {}, {}, booking_id IS NULL FROM claim WHERE resource_id = {} ORDER BY unit, starts_at",
                hour("starts_at"),
                hour("ends_at"),
                self.database.id(resource.0)
            ))
            .unwrap();
        rows.lines()
            .map(|row| {
                let columns: Vec<&str> = row.split('|').collect();
                let holder = if matches!(columns[3], "1" | "t") { "block" } else { "booking" };
                format!("{} {}-{} {holder}", columns[0], columns[1], columns[2])
            })
            .collect()
    }

    /// The actions of the log, the oldest first.
    pub(crate) fn log(&self) -> Vec<String> {
        self.sql("SELECT action FROM event ORDER BY id").unwrap().lines().map(str::to_owned).collect()
    }

    /// Audits, and fails the test where anything was found.
    pub(crate) async fn must_be_clean(&self) {
        let report = self.store.audit(self.clock.now()).await.unwrap();
        assert_eq!(report.findings, [], "the audit finds nothing");
    }
}

/// The id with this number: of version 7, in order.
pub(crate) fn numbered(number: u64) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | u128::from(number))
}

fn options(database: &Database, clock: &FakeClock, ids: &Arc<AtomicU64>, reports: &Reports) -> Options {
    let (ids, reports) = (Arc::clone(ids), Arc::clone(reports));
    Options {
        clock: clock.port(),
        ids: Ids::from_fn(move || numbered(ids.fetch_add(1, Ordering::SeqCst))),
        connections_max: 4,
        durable_only: false,
        observer: Arc::new(move |report| reports.lock().unwrap().push(report)),
        ..Options::new(database.url())
    }
}

pub(crate) fn submission(actor: Actor, command: Command) -> Submission {
    Submission { command, actor, dry_run: false, idempotency: None, origin: Origin::default() }
}

pub(crate) fn keyed(actor: Actor, command: Command, key: &str, body: u8) -> Submission {
    let idempotency = Idempotency { key: key.to_owned(), fingerprint: [body; 32], render };
    Submission { idempotency: Some(idempotency), ..submission(actor, command) }
}

#[expect(clippy::unnecessary_wraps, reason = "what the engine takes; others have outcomes without an answer")]
fn render(outcome: &Outcome) -> Option<Answer> {
    Some(Answer { status: 201, location: Some("/there".to_owned()), etag: None, body: format!("{outcome:?}") })
}

pub(crate) fn attributes(name: &str, quantity: u32) -> Attributes {
    Attributes {
        name: name.to_owned(),
        kind: None,
        description: None,
        capacity: None,
        quantity,
        time_zone: "UTC".to_owned(),
        requires_approval: false,
        site: None,
        area: None,
        parts: vec![],
        rules: std::sync::Arc::default(),
        profile: bronya_domain::profile::Profile::default(),
    }
}

pub(crate) fn any<Id>(id: Id) -> Targeted<Id> {
    Targeted { id, versions: None }
}

pub(crate) fn cancel(id: BookingId) -> Command {
    Command::Cancel(any(id).into())
}

pub(crate) fn amend(id: BookingId) -> Amend {
    Amend {
        target: any(id),
        resource: None,
        starts_at: None,
        ends_at: None,
        quantity: None,
        title: None,
        notes: None,
        party_size: None,
        along: None,
        fields: None,
        contact: None,
        participants: None,
        override_reason: None,
    }
}

pub(crate) fn move_to(id: BookingId, interval: Interval) -> Command {
    Command::Amend(Amend { starts_at: Some(interval.start()), ends_at: Some(interval.end()), ..amend(id) })
}

pub(crate) fn resize(id: ResourceId, quantity: u32) -> Command {
    let edit = Edit { quantity: Some(quantity), ..Edit::default() };
    Command::UpdateResource(UpdateResource { target: any(id), edit })
}

pub(crate) fn delete(id: ResourceId, cancel_bookings: bool) -> Command {
    Command::DeleteResource(DeleteResource { target: any(id), cancel_bookings })
}

pub(crate) fn booking_of(answered: &Answered) -> BookingId {
    match answered {
        Ok(Reply::Done(Outcome::Booking(booking))) => booking.id,
        other => panic!("no booking: {other:?}"),
    }
}

/// An answer in a word: `done`, `kept`, `replayed`, or why not.
pub(crate) fn word(answered: &Answered) -> String {
    match answered {
        Ok(Reply::Done(_)) => "done".to_owned(),
        Ok(Reply::Kept(_)) => "kept".to_owned(),
        Ok(Reply::Replayed(_)) => "replayed".to_owned(),
        Err(Denied::NotSignedIn) => "not signed in".to_owned(),
        Err(Denied::KeyReused) => "key reused".to_owned(),
        Err(Denied::Refused(refusal)) => {
            let text = format!("{refusal:?}");
            text.split(['(', ' ']).next().unwrap_or_default().to_owned()
        }
        Err(Denied::Store(error)) => format!("store: {error}"),
    }
}
