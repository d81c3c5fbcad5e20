//! PostgreSQL: connections that keep their statements prepared, hear the server's warnings, and send several
//! statements in one flight. READ COMMITTED with row locks; never an answer before its COMMIT is known.

use std::collections::HashMap;
use std::error::Error as _;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use deadpool::managed::{self, RecycleError};
use futures_util::future::{join_all, join3};
use futures_util::{StreamExt, pin_mut};
use jiff::Timestamp;
use postgres_protocol::types as wire;
use postgres_types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};
use tokio::task::AbortHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{AsyncMessage, Client, Statement};

use super::route::Route;
use super::{Around, Row, Sink, Step, Value};
use crate::error::{Result, StoreError};

/// Microseconds from 1970 to 2000, where PostgreSQL's time begins.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;
/// How long one statement may take on the server.
const STATEMENT_MAX: Duration = Duration::from_secs(5);
/// How long a statement waits for a row that another transaction holds.
const LOCK_WAIT_MAX: Duration = Duration::from_secs(4);
/// After this the client gives up on a connection that does not answer.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(8);
/// The same for work that looks at everything.
const PATIENT_WAIT_MAX: Duration = Duration::from_hours(1);

/// Opens connections and checks them before they are used again.
#[derive(Debug)]
pub(crate) struct Manager {
    route: Route,
}

/// A connection and what goes with it.
pub(crate) struct Connection {
    client: Client,
    statements: HashMap<&'static str, Statement>,
    /// Set by the driver's task when the server sends a WARNING.
    warned: Arc<AtomicBool>,
    /// The driver's task, with which the connection ends.
    driver: AbortHandle,
    /// Something went wrong, or was set, that a later user must not inherit.
    broken: bool,
    /// A transaction was begun and neither committed nor rolled back. Whoever holds the connection may go away in the
    /// middle of one, as a request does whose client hangs up.
    in_transaction: bool,
    /// After this the client gives up on an answer.
    answer_wait_max: Duration,
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection")
    }
}

/// A connection out of the pool.
pub(crate) type Pooled = managed::Object<Manager>;

impl managed::Manager for Manager {
    type Type = Connection;
    type Error = StoreError;

    async fn create(&self) -> Result<Connection> {
        let (client, mut driver) = self.route.connect().await?;
        let warned = Arc::new(AtomicBool::new(false));
        let hears = Arc::clone(&warned);
        let driver = tokio::spawn(async move {
            while let Some(message) = poll_fn(|context| driver.poll_message(context)).await {
                match message {
                    Ok(AsyncMessage::Notice(notice)) if notice.severity() == "WARNING" => {
                        tracing::warn!(code = notice.code().code(), message = notice.message(), "PostgreSQL warns");
                        hears.store(true, Ordering::Release);
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "a connection to PostgreSQL ended");
                        break;
                    }
                }
            }
        });
        Ok(Connection {
            client,
            statements: HashMap::new(),
            warned,
            driver: driver.abort_handle(),
            broken: false,
            in_transaction: false,
            answer_wait_max: ANSWER_WAIT_MAX,
        })
    }

    async fn recycle(&self, connection: &mut Connection, _: &managed::Metrics) -> managed::RecycleResult<StoreError> {
        if connection.broken || connection.in_transaction || connection.client.is_closed() {
            return Err(RecycleError::message("the connection is of no more use"));
        }
        Ok(())
    }
}

/// A bounded pool with bounded waits.
#[derive(Clone, Debug)]
pub(crate) struct PostgresPool(managed::Pool<Manager>);

/// How a pool stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct PoolState {
    /// Connections that are open.
    pub open: usize,
    /// Connections nobody uses right now.
    pub idle: usize,
    /// Callers that wait for one.
    pub waiting: usize,
}

impl PostgresPool {
    /// Reads the URL; opens nothing yet.
    pub(crate) fn new(url: &str, connections_max: usize, wait_max: Duration) -> Result<Self> {
        // Compiling a statement of ours takes longer than running it, and so does planning it again each time. A plan that
        // is made once must hold for a table that was empty then and is full now: every statement of a request has an
        // index for each table, so going through a whole one is never right.
        let settings = format!(
            "-c statement_timeout={} -c lock_timeout={} -c idle_in_transaction_session_timeout=15000 \
             -c default_transaction_isolation=read\\ committed -c timezone=UTC \
             -c jit=off -c plan_cache_mode=force_generic_plan \
             -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off",
            STATEMENT_MAX.as_millis(),
            LOCK_WAIT_MAX.as_millis()
        );
        // Opening a connection is bounded for each host, by the route.
        let pool = managed::Pool::builder(Manager { route: Route::new(url, &settings)? })
            .max_size(connections_max)
            .runtime(deadpool::Runtime::Tokio1)
            .wait_timeout(Some(wait_max))
            .build()
            .map_err(|error| StoreError::Internal(error.to_string()))?;
        Ok(Self(pool))
    }

    /// A connection, within the pool's wait.
    pub(crate) async fn get(&self) -> Result<Pooled> {
        self.0.get().await.map_err(|error| match error {
            managed::PoolError::Timeout(managed::TimeoutType::Wait) => {
                StoreError::Busy("no connection became free in time")
            }
            // Whatever it is that keeps us out, a password or a rule of the server's: it is not the fault of a statement.
            managed::PoolError::Backend(StoreError::Internal(text)) => StoreError::Unavailable(text),
            managed::PoolError::Backend(error) => error,
            other => StoreError::Unavailable(other.to_string()),
        })
    }

    pub(crate) fn state(&self) -> PoolState {
        let status = self.0.status();
        PoolState { open: status.size, idle: status.available, waiting: status.waiting }
    }
}

impl Connection {
    async fn statement(&mut self, text: &'static str) -> std::result::Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.statements.get(text) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(text).await?;
        self.statements.insert(text, statement.clone());
        Ok(statement)
    }

    #[cfg(test)]
    pub(super) async fn prepared_arguments(&mut self, text: &'static str) -> Result<usize> {
        Ok(self.statement(text).await.map_err(|error| failed(&error))?.params().len())
    }

    pub(super) async fn run(&mut self, text: &'static str, arguments: &[Value], sink: Option<Sink<'_>>) -> Result<u64> {
        let answer_wait_max = self.answer_wait_max;
        let work = async {
            let statement = self.statement(text).await.map_err(|error| failed(&error))?;
            let (rows, touched) =
                fetch(&self.client, &statement, arguments.iter()).await.map_err(|error| failed(&error))?;
            drain(&rows, sink)?;
            Ok(touched)
        };
        match tokio::time::timeout(answer_wait_max, work).await {
            Ok(answer) => answer,
            Err(_) => self.gave_up(),
        }
    }

    fn gave_up<T>(&mut self) -> Result<T> {
        self.hang_up();
        Err(StoreError::Unavailable("PostgreSQL does not answer".to_owned()))
    }

    /// Closes the connection without a word. Whatever more was sent would wait behind what was not answered in time; the
    /// server finishes that, finds nobody there, and rolls back. A COMMIT that waits for a standby goes on waiting.
    fn hang_up(&mut self) {
        self.driver.abort();
        self.broken = true;
        self.in_transaction = false;
    }

    pub(super) async fn pipeline(&mut self, around: Around, mut steps: Vec<Step<'_>>) -> Result<()> {
        steps.retain(|step| !step.rows.is_empty());
        match around {
            Around::Nothing => {}
            Around::Begin => self.in_transaction = true,
            Around::Commit => self.warned.store(false, Ordering::Release),
        }
        match tokio::time::timeout(ANSWER_WAIT_MAX, self.fly(around, steps)).await {
            Ok(answer) => answer,
            Err(_) if around == Around::Commit => {
                self.hang_up();
                Err(StoreError::OutcomeUnknown("PostgreSQL does not answer a COMMIT".to_owned()))
            }
            Err(_) => self.gave_up(),
        }
    }

    async fn fly(&mut self, around: Around, steps: Vec<Step<'_>>) -> Result<()> {
        // Preparing waits for an answer, so all of it comes first; after the first batch nothing is left of it.
        let mut flights = Vec::with_capacity(steps.len());
        let mut sinks = Vec::with_capacity(steps.len());
        for Step { postgres, rows, columns, sink, .. } in steps {
            let statement = self.statement(postgres).await.map_err(|error| failed(&error))?;
            flights.push((statement, rows, columns));
            sinks.push(sink);
        }
        let client = &self.client;
        let bracket =
            |now: bool, text: &'static str| async move { if now { client.batch_execute(text).await } else { Ok(()) } };
        let flights = flights.iter().map(|(statement, rows, columns)| async move {
            let arrays = (0..*columns).map(|at| ColumnOf { rows, columns: *columns, at });
            fetch(client, statement, arrays).await
        });
        // Each future puts its message on the wire when it is first polled, and these are polled in order.
        let (began, answers, committed) = join3(
            bracket(around == Around::Begin, "BEGIN"),
            join_all(flights),
            bracket(around == Around::Commit, "SET LOCAL statement_timeout = 0; COMMIT"),
        )
        .await;
        began.map_err(|error| failed(&error))?;
        if around == Around::Commit {
            // Behind a statement that failed no other is looked at, and the transaction is still there. A COMMIT that was
            // looked at has ended it, one way or the other.
            let still = |error: &tokio_postgres::Error| error.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION);
            self.in_transaction = committed.as_ref().is_err_and(still);
        }
        let mut unknown = None;
        let mut rows = Vec::with_capacity(answers.len());
        for answer in answers {
            match answer {
                Ok((found, _)) => rows.push(found),
                // The server said no to a statement, so nothing behind it was done, the COMMIT included.
                Err(error) if error.as_db_error().is_some() => return Err(failed(&error)),
                Err(error) => unknown = Some(error),
            }
        }
        if around == Around::Commit {
            if let Some(error) = unknown.or(committed.err()) {
                self.broken = true;
                return Err(match error.as_db_error() {
                    // A deferred check failed: nothing was written.
                    Some(refused) if refused.severity() == "ERROR" => failed(&error),
                    _ => StoreError::OutcomeUnknown(describe(&error)),
                });
            }
            if self.warned.swap(false, Ordering::AcqRel) {
                // Such as "canceling wait for synchronous replication": it is on this disk and perhaps nowhere else.
                return Err(StoreError::OutcomeUnknown("PostgreSQL warned during COMMIT".to_owned()));
            }
        } else if let Some(error) = unknown {
            return Err(failed(&error));
        }
        for (sink, rows) in sinks.into_iter().zip(rows) {
            drain(&rows, sink)?;
        }
        Ok(())
    }

    pub(super) async fn rollback(&mut self) {
        if !self.in_transaction {
            return;
        }
        let work = self.client.batch_execute("ROLLBACK");
        match tokio::time::timeout(ANSWER_WAIT_MAX, work).await {
            Ok(Ok(())) => self.in_transaction = false,
            _ => self.hang_up(),
        }
    }

    pub(super) async fn be_patient(&mut self) -> Result<()> {
        // The connection goes when its user is done with it.
        self.broken = true;
        self.answer_wait_max = PATIENT_WAIT_MAX;
        let lifted = "SET statement_timeout = 0; SET lock_timeout = 0; \
            SET enable_seqscan = on; SET enable_hashjoin = on; SET enable_mergejoin = on";
        self.script(lifted).await
    }

    pub(super) async fn begin_reading(&mut self) -> Result<()> {
        self.in_transaction = true;
        self.script("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").await
    }

    pub(super) async fn script(&mut self, text: &str) -> Result<()> {
        self.client.batch_execute(text).await.map_err(|error| failed(&error))
    }
}

type Fetched = (Vec<tokio_postgres::Row>, u64);

async fn fetch<'a, P, I>(
    client: &Client,
    statement: &Statement,
    arguments: I,
) -> std::result::Result<Fetched, tokio_postgres::Error>
where
    P: postgres_types::BorrowToSql + 'a,
    I: IntoIterator<Item = P>,
    I::IntoIter: ExactSizeIterator,
{
    let stream = client.query_raw(statement, arguments).await?;
    pin_mut!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.next().await {
        rows.push(row?);
    }
    let touched = stream.rows_affected().unwrap_or(0);
    Ok((rows, touched))
}

fn drain(rows: &[tokio_postgres::Row], sink: Option<Sink<'_>>) -> Result<()> {
    if let Some(sink) = sink {
        for row in rows {
            sink(&Row::Postgres(row))?;
        }
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        // The server would take eight bytes for a time as well as for a number, so the kinds are compared here.
        match (self, ty) {
            (Self::Null, _) => return Ok(IsNull::Yes),
            (Self::Uuid(id), &Type::UUID) => wire::uuid_to_sql(*id.as_bytes(), out),
            (Self::Time(time), &Type::TIMESTAMPTZ) => {
                wire::timestamp_to_sql(time.as_microsecond() - POSTGRES_EPOCH_MICROS, out);
            }
            (Self::Int(number), &Type::INT2) => wire::int2_to_sql(i16::try_from(*number)?, out),
            (Self::Int(number), &Type::INT4) => wire::int4_to_sql(i32::try_from(*number)?, out),
            (Self::Int(number), &Type::INT8) => wire::int8_to_sql(*number, out),
            (Self::Bool(yes), &Type::BOOL) => wire::bool_to_sql(*yes, out),
            (Self::Text(text), &Type::TEXT) => wire::text_to_sql(text, out),
            (Self::Word(text), &Type::TEXT) => wire::text_to_sql(text, out),
            (Self::Bytes(bytes), &Type::BYTEA) => wire::bytea_to_sql(bytes, out),
            (_, ty) => return Err(format!("an argument of another kind where the statement has {ty}").into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        // It depends on the value; `to_sql` compares.
        true
    }

    to_sql_checked!();
}

/// One column of a set of rows, sent as an array.
#[derive(Clone, Copy, Debug)]
struct ColumnOf<'a> {
    rows: &'a [Value],
    columns: usize,
    at: usize,
}

impl ToSql for ColumnOf<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let Kind::Array(element) = ty.kind() else {
            return Err(format!("an array is wanted where the statement has {ty}").into());
        };
        let count = i32::try_from(self.rows.len() / self.columns)?;
        let dimension = wire::ArrayDimension { len: count, lower_bound: 1 };
        let values = self.rows.iter().skip(self.at).step_by(self.columns);
        wire::array_to_sql(
            Some(dimension),
            element.oid(),
            values,
            |value, out| match value.to_sql(element, out)? {
                IsNull::Yes => Ok(postgres_protocol::IsNull::Yes),
                IsNull::No => Ok(postgres_protocol::IsNull::No),
            },
            out,
        )?;
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(_))
    }

    to_sql_checked!();
}

/// A time as it comes over the wire.
struct WireTime(Timestamp);

impl<'a> FromSql<'a> for WireTime {
    fn from_sql(_: &Type, raw: &'a [u8]) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let micros = wire::timestamp_from_sql(raw)?.checked_add(POSTGRES_EPOCH_MICROS).ok_or("beyond all time")?;
        Ok(Self(Timestamp::from_microsecond(micros)?))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIMESTAMPTZ
    }
}

/// Any value, of which only its being NULL matters.
struct Anything;

impl<'a> FromSql<'a> for Anything {
    fn from_sql(_: &Type, _: &'a [u8]) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

pub(super) fn is_null(row: &tokio_postgres::Row, at: usize) -> Result<bool> {
    Ok(get::<Option<Anything>>(row, at)?.is_none())
}

pub(super) fn get<'a, T: FromSql<'a>>(row: &'a tokio_postgres::Row, at: usize) -> Result<T> {
    row.try_get(at).map_err(|error| StoreError::Internal(describe(&error)))
}

pub(super) fn time(row: &tokio_postgres::Row, at: usize) -> Result<Timestamp> {
    get::<WireTime>(row, at).map(|time| time.0)
}

pub(super) fn int(row: &tokio_postgres::Row, at: usize) -> Result<i64> {
    match row.columns().get(at).map(tokio_postgres::Column::type_) {
        Some(ty) if *ty == Type::INT4 => get::<i32>(row, at).map(i64::from),
        Some(ty) if *ty == Type::INT2 => get::<i16>(row, at).map(i64::from),
        _ => get(row, at),
    }
}

/// The error and its cause, which `Display` leaves out.
fn describe(error: &tokio_postgres::Error) -> String {
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

/// Sorts an error of PostgreSQL's.
pub(super) fn failed(error: &tokio_postgres::Error) -> StoreError {
    let text = describe(error);
    let Some(refused) = error.as_db_error() else { return StoreError::Unavailable(text) };
    let code = refused.code();
    if *code == SqlState::UNIQUE_VIOLATION {
        StoreError::NotUnique(refused.constraint().unwrap_or(&text).to_owned())
    } else if *code == SqlState::EXCLUSION_VIOLATION {
        StoreError::Overlap(text)
    } else if *code == SqlState::T_R_DEADLOCK_DETECTED || *code == SqlState::T_R_SERIALIZATION_FAILURE {
        StoreError::GaveWay(text)
    } else if *code == SqlState::LOCK_NOT_AVAILABLE {
        // Whoever holds it is stuck; to try again would only wait again, and so would everybody behind.
        StoreError::Busy("a row stayed locked for too long")
    } else if *code == SqlState::DISK_FULL {
        StoreError::Full(text)
    } else if *code == SqlState::TOO_MANY_CONNECTIONS {
        StoreError::Busy("PostgreSQL has no connection to spare")
    } else if *code == SqlState::QUERY_CANCELED
        || code.code().starts_with("57P")
        || code.code().starts_with("08")
        || *code == SqlState::READ_ONLY_SQL_TRANSACTION
    {
        StoreError::Unavailable(text)
    } else {
        StoreError::Internal(text)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::db::{Inner, Tx};
    use crate::testing::Migrated;

    fn connection(tx: &mut Tx) -> &mut Connection {
        let Inner::Postgres(connection) = &mut tx.0 else { panic!("not on PostgreSQL") };
        connection
    }

    #[tokio::test]
    async fn who_does_not_answer_is_not_waited_for_again() {
        let Migrated { mut tx, _guard } = Migrated::postgres().await;
        connection(&mut tx).answer_wait_max = Duration::from_millis(100);
        tx.begin().await.unwrap();
        let began = Instant::now();
        let late = tx.rows_of("SELECT 1 FROM pg_sleep(4)", |_| Ok(())).await;
        assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
        tx.rollback().await;
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
        let connection = connection(&mut tx);
        while !connection.client.is_closed() {
            assert!(began.elapsed() < Duration::from_secs(2), "the connection is still open");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// PostgreSQL warns of a ROLLBACK outside a transaction, and a warning is told to whoever reads the log.
    #[tokio::test]
    async fn what_a_commit_has_ended_is_not_rolled_back() {
        let Migrated { mut tx, _guard } = Migrated::postgres().await;
        tx.script("CREATE TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)").await.unwrap();
        tx.begin().await.unwrap();
        tx.script("INSERT INTO late VALUES (1), (1)").await.unwrap();
        let refused = tx.commit().await;
        assert!(matches!(refused, Err(StoreError::NotUnique(_))), "{refused:?}");
        tx.rollback().await;
        assert!(!connection(&mut tx).warned.load(Ordering::Acquire), "PostgreSQL warned");

        // Where the COMMIT was not looked at, there is something to roll back.
        tx.begin().await.unwrap();
        assert!(tx.script("INSERT INTO late VALUES ('x')").await.is_err());
        assert!(tx.commit().await.is_err());
        assert!(connection(&mut tx).in_transaction);
        tx.rollback().await;
        tx.begin().await.unwrap();
        tx.rollback().await;
        assert!(!connection(&mut tx).warned.load(Ordering::Acquire), "PostgreSQL warned");
    }
}
