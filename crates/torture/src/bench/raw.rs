//! The ceiling of the database: the rows that a booking is made of, written in groups of the server's own size into the
//! server's own tables, with its indexes, triggers and flushes, by one loop without any server, rule or question before it.
//! The server must not be running on a SQLite file meanwhile.

use super::load::Calendar;
use crate::history::Id;
use crate::random::Random;
use crate::time::Interval;
use futures_util::future::{try_join_all, try_join3};
use rusqlite::Connection;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

/// Groups that are written before anything is measured.
const WARM_UP: Duration = Duration::from_millis(500);
/// Microseconds of a second.
const MICROS: i64 = 1_000_000;

/// What was written in the measured time.
#[derive(Debug, Clone, Copy)]
pub struct Written {
    /// Bookings.
    pub bookings: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl Written {
    /// Bookings a second.
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub fn rate(&self) -> f64 {
        self.bookings as f64 / self.seconds.max(f64::EPSILON)
    }
}

/// The rows of one booking.
struct Rows {
    booking: Uuid,
    event: Uuid,
    request: Uuid,
    resource: Uuid,
    interval: Interval,
}

struct Source<'a> {
    calendar: &'a Calendar,
    random: Random,
    user: Uuid,
    /// Milliseconds since 1970; stands for the clock, so that ids grow as the server's do.
    milliseconds: u64,
}

impl Source<'_> {
    fn group(&mut self, size: usize) -> Vec<Rows> {
        self.milliseconds += 1;
        (0..size)
            .map(|_| {
                let (Id(resource), interval) = self.calendar.take();
                let [booking, event, request] = std::array::from_fn(|_| self.id());
                Rows { booking, event, request, resource: Uuid::from_u128(resource), interval }
            })
            .collect()
    }

    /// A version 7 id (RFC 9562): the time, then chance.
    fn id(&mut self) -> Uuid {
        let chance = u128::from(self.random.next()) << 64 | u128::from(self.random.next());
        let fixed = u128::from(self.milliseconds) << 80 | 0x7000_u128 << 64 | 0x8000_u128 << 48;
        Uuid::from_u128(fixed | chance & 0x0fff_3fff_ffff_ffff_ffff)
    }
}

/// How much to write.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Bookings of one transaction.
    pub group: usize,
    /// How long to measure.
    pub measure: Duration,
    /// Whose bookings they are.
    pub user: Id,
    /// Now, in seconds since 1970.
    pub now: i64,
    /// Of the random part of ids.
    pub seed: u64,
}

impl Plan {
    fn source<'a>(&self, calendar: &'a Calendar) -> Source<'a> {
        Source {
            calendar,
            random: Random::new(self.seed),
            user: Uuid::from_u128(self.user.0),
            milliseconds: self.now.unsigned_abs() * 1000,
        }
    }

    fn micros(&self) -> i64 {
        self.now * MICROS
    }
}

/// Goes on until the measured time is over.
struct Watch {
    began: Instant,
    measure: Duration,
    measuring: Option<Instant>,
    bookings: u64,
}

impl Watch {
    fn new(measure: Duration) -> Self {
        Self { began: Instant::now(), measure, measuring: None, bookings: 0 }
    }

    /// After each group; answers when it is over.
    fn tick(&mut self, group: usize) -> Option<Written> {
        let Some(since) = self.measuring else {
            if self.began.elapsed() > WARM_UP {
                self.measuring = Some(Instant::now());
            }
            return None;
        };
        self.bookings += group as u64;
        let elapsed = since.elapsed();
        (elapsed >= self.measure).then_some(Written { bookings: self.bookings, seconds: elapsed.as_secs_f64() })
    }
}

/// Writes into the file, with the pragmas of the server's writer.
pub fn sqlite(file: &Path, calendar: &Calendar, plan: Plan) -> io::Result<Written> {
    write_sqlite(file, calendar, plan).map_err(io::Error::other)
}

fn write_sqlite(file: &Path, calendar: &Calendar, plan: Plan) -> rusqlite::Result<Written> {
    let connection = Connection::open(file)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 4000; PRAGMA synchronous = FULL;
        PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -49152;",
    )?;
    let mut touch = connection.prepare(
        "UPDATE resource SET revision = revision + 1, booking_longest_us = max(booking_longest_us, ?1) WHERE id = ?2",
    )?;
    let mut booking = connection.prepare(
        "INSERT INTO booking (id, resource_id, user_id, starts_at, ends_at, quantity, status, version, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, 1, 'confirmed', 1, ?6, ?6)",
    )?;
    let mut claim = connection
        .prepare("INSERT INTO claim (resource_id, unit, starts_at, ends_at, booking_id) VALUES (?1, 1, ?2, ?3, ?4)")?;
    let mut event = connection.prepare(
        "INSERT INTO event (id, at, action, actor_id, resource_id, booking_id, request_id, address)
        VALUES (?1, ?2, 'booking.created', ?3, ?4, ?5, ?6, '127.0.0.1')",
    )?;
    let (mut source, mut watch) = (plan.source(calendar), Watch::new(plan.measure));
    let (user, now) = (source.user, plan.micros());
    loop {
        let group = source.group(plan.group);
        connection.execute_batch("BEGIN IMMEDIATE")?;
        // Table by table, as the server does.
        for rows in &group {
            let longest = (rows.interval.ends_at - rows.interval.starts_at) * MICROS;
            touch.execute((longest, rows.resource.as_bytes()))?;
        }
        for rows in &group {
            let Interval { starts_at, ends_at } = rows.interval;
            let (id, resource) = (rows.booking.as_bytes(), rows.resource.as_bytes());
            booking.execute((id, resource, user.as_bytes(), starts_at * MICROS, ends_at * MICROS, now))?;
        }
        for rows in &group {
            let Interval { starts_at, ends_at } = rows.interval;
            claim.execute((rows.resource.as_bytes(), starts_at * MICROS, ends_at * MICROS, rows.booking.as_bytes()))?;
        }
        for rows in &group {
            let (id, resource, booking) = (rows.event.as_bytes(), rows.resource.as_bytes(), rows.booking.as_bytes());
            event.execute((id, now, user.as_bytes(), resource, booking, rows.request.as_bytes()))?;
        }
        connection.execute_batch("COMMIT")?;
        if let Some(written) = watch.tick(group.len()) {
            return Ok(written);
        }
    }
}

/// Writes into the database over one connection with the server's own settings, everything of a group in one flight.
pub async fn postgres(url: &str, calendar: &Calendar, plan: Plan) -> io::Result<Written> {
    let mut config: tokio_postgres::Config = url.parse().map_err(io::Error::other)?;
    config.options("-c jit=off -c plan_cache_mode=force_generic_plan");
    let (client, connection) = config.connect(NoTls).await.map_err(io::Error::other)?;
    let connection = tokio::spawn(connection);
    let written = write_postgres(&client, calendar, plan).await.map_err(io::Error::other);
    drop(client);
    connection.await.map_err(io::Error::other)?.map_err(io::Error::other)?;
    written
}

/// The arguments of one statement.
type Parameters<'p> = &'p [&'p (dyn tokio_postgres::types::ToSql + Sync)];

struct Statements {
    touch: Statement,
    booking: Statement,
    claim: Statement,
    event: Statement,
}

async fn prepare(client: &Client) -> Result<Statements, tokio_postgres::Error> {
    Ok(Statements {
        touch: client
            .prepare(
                "UPDATE resource SET revision = resource.revision + 1,
                    booking_longest_us = greatest(resource.booking_longest_us, touched.longest_us)
                FROM unnest($1::bigint[], $2::uuid[]) AS touched (longest_us, id) WHERE resource.id = touched.id",
            )
            .await?,
        booking: client
            .prepare(
                "INSERT INTO booking (id, resource_id, user_id, starts_at, ends_at, quantity, status, version, created_at, updated_at)
                SELECT id, resource_id, $3, starts_at, ends_at, 1, 'confirmed', 1, $6, $6
                FROM unnest($1::uuid[], $2::uuid[], $4::timestamptz[], $5::timestamptz[])
                    AS fresh (id, resource_id, starts_at, ends_at)",
            )
            .await?,
        claim: client
            .prepare(
                "INSERT INTO claim (resource_id, unit, starts_at, ends_at, booking_id)
                SELECT resource_id, 1, starts_at, ends_at, booking_id
                FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::uuid[])
                    AS fresh (resource_id, starts_at, ends_at, booking_id)",
            )
            .await?,
        event: client
            .prepare(
                "INSERT INTO event (id, at, action, actor_id, resource_id, booking_id, request_id, address)
                SELECT id, $5, 'booking.created', $6, resource_id, booking_id, request_id, '127.0.0.1'
                FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[])
                    AS fresh (id, resource_id, booking_id, request_id)",
            )
            .await?,
    })
}

async fn write_postgres(client: &Client, calendar: &Calendar, plan: Plan) -> Result<Written, tokio_postgres::Error> {
    let statements = prepare(client).await?;
    let (mut source, mut watch) = (plan.source(calendar), Watch::new(plan.measure));
    let (user, now) = (source.user, system_time(plan.now));
    loop {
        let group = source.group(plan.group);
        let mut touched: Vec<Uuid> = group.iter().map(|rows| rows.resource).collect();
        // Locks are taken in the order of ids.
        touched.sort_unstable();
        touched.dedup();
        let longest: Vec<i64> =
            touched.iter().map(|_| (group[0].interval.ends_at - group[0].interval.starts_at) * MICROS).collect();
        let of = |id: fn(&Rows) -> Uuid| group.iter().map(id).collect::<Vec<Uuid>>();
        let (bookings, events) = (of(|rows| rows.booking), of(|rows| rows.event));
        let (requests, resources) = (of(|rows| rows.request), of(|rows| rows.resource));
        let starts: Vec<SystemTime> = group.iter().map(|rows| system_time(rows.interval.starts_at)).collect();
        let ends: Vec<SystemTime> = group.iter().map(|rows| system_time(rows.interval.ends_at)).collect();
        let flight: [(&Statement, Parameters<'_>); 4] = [
            (&statements.touch, &[&longest, &touched]),
            (&statements.booking, &[&bookings, &resources, &user, &starts, &ends, &now]),
            (&statements.claim, &[&resources, &starts, &ends, &bookings]),
            (&statements.event, &[&events, &resources, &bookings, &requests, &now, &user]),
        ];
        let writes = try_join_all(flight.map(|(statement, parameters)| client.execute(statement, parameters)));
        // The first poll of each sends it, so they go out in this order without waiting for each other's answers.
        try_join3(client.batch_execute("BEGIN"), writes, client.batch_execute("COMMIT")).await?;
        if let Some(written) = watch.tick(group.len()) {
            return Ok(written);
        }
    }
}

fn system_time(second: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(second.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::fresh_database;
    use crate::process::TemporaryFolder;

    /// The server's own tables, so that a change of theirs is noticed here.
    fn schema(dialect: &str) -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/migrations").join(dialect);
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
    }

    const RESOURCE: &str =
        "INSERT INTO resource (id, name, quantity, time_zone, requires_approval, search, version, revision,
        booking_longest_us, created_at, updated_at)";

    fn plan() -> (Calendar, Plan) {
        let now = crate::time::now();
        let plan = Plan { group: 3, measure: Duration::from_millis(50), user: Id(2), now, seed: 1 };
        (Calendar::new(vec![Id(1)], crate::time::first_day(), 3000, 600), plan)
    }

    #[test]
    fn what_is_written_fits_the_tables_on_sqlite() {
        let folder =
            TemporaryFolder::new(&std::env::temp_dir(), &format!("bronya-raw-{}", std::process::id())).unwrap();
        let file = folder.path().join("raw.db");
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch(&schema("sqlite")).unwrap();
        let values = format!("{RESOURCE} VALUES (?1, '', 1, 'UTC', 0, '', 1, 1, 0, 0, 0)");
        connection.execute(&values, [Uuid::from_u128(1).as_bytes()]).unwrap();
        let (calendar, plan) = plan();
        let written = sqlite(&file, &calendar, plan).unwrap();
        for table in ["booking", "claim", "event"] {
            let count = |row: &rusqlite::Row<'_>| row.get::<_, u32>(0).map(u64::from);
            let rows = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], count).unwrap();
            assert!(written.bookings > 0 && rows >= written.bookings && rows == calendar.taken(), "{table}: {rows}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_written_fits_the_tables_on_postgres() {
        let database = fresh_database().unwrap();
        database.query(&schema("postgres")).unwrap();
        let id = Uuid::from_u128(1);
        database.query(&format!("{RESOURCE} VALUES ('{id}', '', 1, 'UTC', false, '', 1, 1, 0, now(), now())")).unwrap();
        let (calendar, plan) = plan();
        let written = postgres(database.url(), &calendar, plan).await.unwrap();
        for table in ["booking", "claim", "event"] {
            let rows: u64 = database.query(&format!("SELECT count(*) FROM {table}")).unwrap().parse().unwrap();
            assert!(written.bookings > 0 && rows >= written.bookings && rows == calendar.taken(), "{table}: {rows}");
        }
    }

    #[test]
    fn ids_are_of_version_seven_and_grow() {
        let calendar = Calendar::new(vec![Id(1)], 0, 1, 60);
        let plan = Plan { group: 1, measure: Duration::ZERO, user: Id(2), now: 1_800_000_000, seed: 1 };
        let mut source = plan.source(&calendar);
        let first = source.group(1).remove(0).booking;
        let second = source.group(1).remove(0).booking;
        assert_eq!((first.get_version_num(), first.get_variant()), (7, uuid::Variant::RFC4122));
        assert!(first < second);
    }
}
