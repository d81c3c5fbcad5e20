//! Clients work without pause while something is killed, stopped or frozen under them, again and again. Afterwards
//! everything that was acknowledged must be there, once; what nobody knows is settled by asking again under the same key.

use super::{Settings, clients, verdict};
use crate::api::{Session, World};
use crate::history::{Id, Op, Outcome};
use crate::http::{Client, NoAnswer, Request};
use crate::process::signal;
use crate::random::Random;
use crate::report::Report;
use crate::target::{Own, TargetError};
use crate::time::{DAY, HOUR, Interval};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Resources that the load is spread over.
const RESOURCES: usize = 100;
/// Days of the calendar that are filled.
const DAYS: i64 = 300;
/// Bookings go to one busy day of one resource in this share of all cases, in percent, so that conflicts happen too.
const BUSY_PERCENT: u64 = 10;
/// Between two faults, in milliseconds.
const PAUSE_MILLISECONDS: (i64, i64) = (200, 1500);
/// A server that is down is asked again after this long.
const RETRY: Duration = Duration::from_millis(5);
/// A client gives up after this long without any answer.
const OUTAGE_SECONDS_MAX: u64 = 120;
/// A killed server is ready again within this.
const READY_MAX: Duration = Duration::from_secs(2);
/// A stopped server has answered everyone and ended within this, in seconds.
const STOP_SECONDS_MAX: u64 = 30;
/// A request is refused within this after the database died.
const REFUSAL_MAX: Duration = Duration::from_secs(1);
/// The server is healthy within this after the database is.
const HEALTHY_MAX: Duration = Duration::from_secs(10);
/// A request to a frozen database is refused within this.
const STALL_REFUSAL_MAX: Duration = Duration::from_millis(10_500);
/// The server is healthy within this after a frozen database goes on.
const THAWED_MAX: Duration = Duration::from_secs(5);

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL to the server.
    Kill,
    /// SIGTERM to the server: it must end well.
    Stop,
    /// SIGKILL to PostgreSQL; the server must live through it.
    CrashDatabase,
    /// SIGSTOP to PostgreSQL for some seconds.
    StallDatabase {
        /// How long.
        seconds: u64,
    },
}

impl Fault {
    fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Stop => "stop",
            Self::CrashDatabase => "crash-database",
            Self::StallDatabase { .. } => "stall-database",
        }
    }
}

/// What all clients of a run share.
#[derive(Debug, Default)]
struct Shared {
    /// Set when the faults are over.
    enough: AtomicBool,
    /// Requests whose answer was lost and that had been done all the same.
    done_unheard: AtomicU64,
}

/// Runs the load and the faults, and reports.
pub async fn run(own: &mut Own, fault: Fault, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let name = fault.name();
    let world = own.enter(settings.seed).await?;
    let mut admin = world.admin(settings.clients);
    let mut resources = Vec::with_capacity(RESOURCES);
    for number in 0..RESOURCES {
        resources.push(admin.make_resource(&format!("{name} {number} {}", world.run), 1, false).await?);
    }
    let (shared, resources) = (Arc::new(Shared::default()), Arc::new(resources));
    let mut tasks = JoinSet::new();
    for session in clients(&world, settings.clients) {
        let random = settings.random().fork(u64::from(session.number) + 1);
        let worker = Worker {
            session,
            random,
            resources: Arc::clone(&resources),
            first_day: world.first_day,
            run: world.run.clone(),
            shared: Arc::clone(&shared),
            own: Vec::new(),
        };
        tasks.spawn(worker.work());
    }
    let mut random = settings.random();
    let mut log = Log::default();
    for _ in settings.rounds() {
        let pause = random.between(PAUSE_MILLISECONDS.0, PAUSE_MILLISECONDS.1);
        sleep(Duration::from_millis(pause.unsigned_abs())).await;
        strike(own, fault, &world, &mut random, &mut log).await?;
    }
    shared.enough.store(true, Ordering::Relaxed);
    let mut sessions = Vec::new();
    for finished in tasks.join_all().await {
        sessions.push(finished?);
    }
    // The server at the other end of this connection is long gone.
    admin.client.disconnect();
    log.report(fault, settings, report);
    if fault == Fault::Stop {
        let unheard = shared.done_unheard.load(Ordering::Relaxed);
        report.check("stop: no request was done and left unanswered", unheard == 0, format_args!("{unheard} were"));
    }
    let history = verdict(name, &mut sessions, &mut admin, None, settings, report).await?;
    let count = |wanted: fn(&Outcome) -> bool| history.events.iter().filter(|event| wanted(&event.outcome)).count();
    let (done, unknown) = (count(|o| matches!(o, Outcome::Done(_))), count(|o| *o == Outcome::Unknown));
    let seen = format!("{done} done, {unknown} unknown");
    // A stop leaves nothing unknown if all goes well; the other faults that leave nothing unknown have hit nobody.
    report.check(
        &format!("{name}: the faults hit a working server"),
        done > 100 && (unknown > 0 || fault == Fault::Stop),
        seen,
    );
    let errors = own.database_errors();
    let first = errors.first().cloned().unwrap_or_default();
    report.check(
        &format!("{name}: no deadlock in the database's log"),
        errors.is_empty(),
        format_args!("{} {first}", errors.len()),
    );
    for server in &mut own.servers {
        let began = Instant::now();
        let ended = server.stop(STOP_SECONDS_MAX).await;
        let well = ended.as_ref().is_ok_and(std::process::ExitStatus::success);
        report.check(
            &format!("{name}: the server ends well"),
            well,
            format_args!("{ended:?} after {:?}", began.elapsed()),
        );
    }
    let (clean, text) = own.command.check()?;
    report.check(&format!("{name}: `bronya check` finds nothing"), clean, text.lines().last().unwrap_or_default());
    Ok(())
}

/// What was seen of the faults.
#[derive(Debug, Default)]
struct Log {
    faults: u32,
    /// From the fault's end until the server was ready.
    recovered: Vec<Duration>,
    /// From the request to its refusal while the database was away.
    refused: Vec<Duration>,
    /// What was not as it should be.
    wrong: Vec<String>,
}

impl Log {
    fn report(&self, fault: Fault, settings: &Settings, report: &mut Report) {
        let name = fault.name();
        report.check(
            &format!("{name}: as many faults as asked for"),
            self.faults == settings.rounds,
            format_args!("{} of {} in {} s", self.faults, settings.rounds, settings.seconds_max),
        );
        let limit = match fault {
            Fault::Kill | Fault::Stop => READY_MAX,
            Fault::CrashDatabase => HEALTHY_MAX,
            Fault::StallDatabase { .. } => THAWED_MAX,
        };
        let longest = self.recovered.iter().max().copied().unwrap_or_default();
        report.check(
            &format!("{name}: ready again within {limit:?}"),
            longest <= limit,
            format_args!("{longest:?} at most"),
        );
        if matches!(fault, Fault::CrashDatabase | Fault::StallDatabase { .. }) {
            let limit = if fault == Fault::CrashDatabase { REFUSAL_MAX } else { STALL_REFUSAL_MAX };
            let longest = self.refused.iter().max().copied().unwrap_or_default();
            let seen = format!("{longest:?} at most");
            report.check(
                &format!("{name}: refused within {limit:?}"),
                longest <= limit && !self.refused.is_empty(),
                seen,
            );
        }
        let first = self.wrong.first().cloned().unwrap_or_default();
        let seen = format!("{} times otherwise {first}", self.wrong.len());
        report.check(&format!("{name}: the fault went as it should"), self.wrong.is_empty(), seen);
    }
}

async fn strike(
    own: &mut Own,
    fault: Fault,
    world: &World,
    random: &mut Random,
    log: &mut Log,
) -> Result<(), TargetError> {
    let node = random.index(own.servers.len());
    match fault {
        Fault::Kill => log.recovered.push(own.kill_and_restart(node).await?),
        Fault::Stop => {
            match own.servers[node].stop(STOP_SECONDS_MAX).await {
                Ok(status) if status.success() => {}
                other => log.wrong.push(format!("SIGTERM: {other:?}")),
            }
            log.recovered.push(own.kill_and_restart(node).await?);
        }
        Fault::CrashDatabase => {
            let Some(cluster) = own.cluster.as_mut() else {
                return Err(needs_postgres());
            };
            tokio::task::block_in_place(|| cluster.crash());
            expect_refusal(world, log).await;
            tokio::task::block_in_place(|| cluster.restart())?;
            log.recovered.push(healthy(world).await);
            if let Some(server) = own.servers.iter().find(|server| crate::process::usage(server.pid()).is_none()) {
                log.wrong.push(format!("the server died: {}", server.log()));
            }
        }
        Fault::StallDatabase { seconds } => {
            let Some(cluster) = own.cluster.as_ref() else {
                return Err(needs_postgres());
            };
            // A backend that ends while we go through the list can't be stopped, and need not be.
            let stalled: Vec<u32> =
                cluster.processes().into_iter().filter(|pid| signal(*pid, "STOP").is_ok()).collect();
            let began = Instant::now();
            expect_refusal(world, log).await;
            sleep(Duration::from_secs(seconds).saturating_sub(began.elapsed())).await;
            for pid in stalled {
                signal(pid, "CONT")?;
            }
            log.recovered.push(healthy(world).await);
        }
    }
    log.faults += 1;
    Ok(())
}

fn needs_postgres() -> TargetError {
    TargetError::Usage("this fault needs a PostgreSQL of our own".to_owned())
}

/// While the database is away: a write is refused with 503 and `Retry-After`, and the server says that it is not ready.
async fn expect_refusal(world: &World, log: &mut Log) {
    for node in &world.nodes {
        let mut client = Client::new(*node, STALL_REFUSAL_MAX * 2);
        let path = "/bookings/my";
        let began = Instant::now();
        let answer = client.send(&Request { token: Some(&world.admin.token), ..Request::new("GET", path) }).await;
        log.refused.push(began.elapsed());
        match answer {
            Ok(answer) if answer.status == 503 && answer.retry_after => {}
            Ok(answer) => {
                log.wrong.push(format!("without a database: {}, Retry-After: {}", answer.status, answer.retry_after));
            }
            Err(error) => log.wrong.push(format!("without a database: {error}")),
        }
        match client.send(&Request::new("GET", "/readyz")).await {
            Ok(answer) if answer.status == 503 => {}
            other => log.wrong.push(format!("/readyz without a database: {other:?}")),
        }
    }
}

/// How long until every node is ready.
async fn healthy(world: &World) -> Duration {
    let began = Instant::now();
    for node in &world.nodes {
        let mut client = Client::new(*node, Duration::from_secs(1));
        while !client.send(&Request::new("GET", "/readyz")).await.is_ok_and(|answer| answer.status == 200) {
            if began.elapsed() > HEALTHY_MAX * 2 {
                return began.elapsed();
            }
            sleep(RETRY).await;
        }
    }
    began.elapsed()
}

/// One client and what it holds.
struct Worker {
    session: Session,
    random: Random,
    resources: Arc<Vec<Id>>,
    first_day: i64,
    run: String,
    shared: Arc<Shared>,
    own: Vec<(Id, Id)>,
}

impl Worker {
    async fn work(mut self) -> Result<Session, TargetError> {
        for number in 0_u64.. {
            if self.shared.enough.load(Ordering::Relaxed) {
                break;
            }
            let picked = self.random.index(self.own.len());
            let held = self.own.get(picked).copied();
            match (self.random.below(100), held) {
                (0..12, Some((booking, _))) => {
                    self.own.swap_remove(picked);
                    self.change(Op::Cancel { booking }).await?;
                }
                (12..20, Some((booking, resource))) => {
                    let (_, interval) = self.wish();
                    let moved = self.change(Op::Move { booking, resource, interval, units: 1 }).await?;
                    // Where it is now is unknown; it is left alone from here on.
                    if moved == Outcome::Unknown {
                        self.own.swap_remove(picked);
                    }
                }
                (20..25, Some((booking, _))) => self.look(booking).await?,
                _ => self.book(number).await?,
            }
        }
        Ok(self.session)
    }

    fn wish(&mut self) -> (Id, Interval) {
        let busy = self.random.chance(BUSY_PERCENT);
        let resource = self.resources[if busy { 0 } else { self.random.index(self.resources.len()) }];
        let day = if busy { DAYS } else { self.random.between(0, DAYS) };
        let starts_at = self.first_day + day * DAY + self.random.between(0, 24 * 4) * HOUR / 4;
        (resource, Interval::lasting(starts_at, self.random.between(1, 5) * HOUR / 4))
    }

    /// Books, and asks until the answer is known.
    async fn book(&mut self, number: u64) -> Result<(), TargetError> {
        let (resource, interval) = self.wish();
        let key = format!("{}-{}-{number}", self.run, self.session.number);
        let began = Instant::now();
        let mut lost = false;
        loop {
            let op = Op::Book { resource, interval, units: 1, key: Some(key.clone()) };
            match self.session.act(op).await {
                Ok((Outcome::Unknown, answer)) => {
                    lost |= answer.is_none();
                    if began.elapsed() > Duration::from_secs(OUTAGE_SECONDS_MAX) {
                        return Ok(());
                    }
                    sleep(RETRY).await;
                }
                Ok((Outcome::Done(id), answer)) => {
                    if lost && answer.is_some_and(|answer| answer.replayed) {
                        self.shared.done_unheard.fetch_add(1, Ordering::Relaxed);
                    }
                    // The last that was acknowledged before an outage is the one that is likeliest to be lost.
                    if lost && let Some((last, _)) = self.own.last().copied() {
                        self.look(last).await?;
                    }
                    self.own.push((id, resource));
                    return Ok(());
                }
                Ok(_) => return Ok(()),
                Err(error) => self.wait(began, error).await?,
            }
        }
    }

    /// Changes a booking. What is lost here stays unknown: there is no key under which to ask again.
    async fn change(&mut self, op: Op) -> Result<Outcome, TargetError> {
        let began = Instant::now();
        loop {
            match self.session.act(op.clone()).await {
                Ok((outcome, _)) => return Ok(outcome),
                Err(error) => self.wait(began, error).await?,
            }
        }
    }

    async fn look(&mut self, booking: Id) -> Result<(), TargetError> {
        self.change(Op::Read { booking }).await.map(drop)
    }

    /// Nobody listens: a little patience.
    async fn wait(&self, began: Instant, error: NoAnswer) -> Result<(), TargetError> {
        if began.elapsed() > Duration::from_secs(OUTAGE_SECONDS_MAX) {
            return Err(error.into());
        }
        sleep(RETRY).await;
        Ok(())
    }
}
