//! The load of the benchmark: a number of clients that each send one request after the other, on a thread of their own, with
//! as little work per request as can be. It counts and times; it judges nothing and keeps no history.

use crate::history::Id;
use crate::http::{Answer, Client, NoAnswer, Request};
use crate::process;
use crate::report::Latencies;
use crate::time::{DAY, Interval, rfc3339};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Requests that are sent before anything is measured.
const WARM_UP: Duration = Duration::from_millis(500);
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// A prime (Knuth's for multiplicative hashing): multiplying by it walks through all slots in an order that looks random.
const STRIDE: u128 = 2_654_435_761;

/// The slots of some resources, handed out each once, in an order that looks random: so the leaves of the indexes are hit as
/// by people who book all over the calendar.
#[derive(Debug)]
pub struct Calendar {
    resources: Vec<Id>,
    first_day: i64,
    slot_seconds: i64,
    slots: u128,
    next: AtomicU64,
}

impl Calendar {
    /// `days` of slots for each of the resources.
    pub fn new(resources: Vec<Id>, first_day: i64, days: i64, slot_seconds: i64) -> Self {
        let slots = u128::from((days * DAY / slot_seconds).unsigned_abs()) * resources.len() as u128;
        Self { resources, first_day, slot_seconds, slots, next: AtomicU64::new(0) }
    }

    /// The next slot that nobody has had. It starts over when all have been had.
    pub fn take(&self) -> (Id, Interval) {
        let number = u128::from(self.next.fetch_add(1, Ordering::Relaxed));
        let place = number * STRIDE % self.slots.max(1);
        let count = self.resources.len().max(1) as u128;
        let resource = usize::try_from(place % count).unwrap_or(0);
        let slot = i64::try_from(place / count).unwrap_or(0);
        let starts_at = self.first_day + slot * self.slot_seconds;
        (self.resources[resource], Interval::lasting(starts_at, self.slot_seconds))
    }

    /// How many have been handed out.
    pub fn taken(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }
}

/// What the clients ask for.
#[derive(Debug, Clone)]
pub enum Work {
    /// `POST /bookings/`, each answered 201.
    Book(Arc<Calendar>),
    /// `GET` of these paths in turn, each answered 200.
    Fetch(Arc<Vec<String>>),
    /// One `POST` after the other, each with a body of its own.
    Post(Arc<Post>),
}

/// Bodies that go to one path.
pub struct Post {
    path: &'static str,
    wanted: u16,
    next: AtomicU64,
    body: Box<dyn Fn(u64) -> String + Send + Sync>,
}

impl Post {
    /// Sends `body` of 0, 1, 2 and so on to `path`, each to be answered with the status `wanted`.
    pub fn new(path: &'static str, wanted: u16, body: impl Fn(u64) -> String + Send + Sync + 'static) -> Self {
        Self { path, wanted, next: AtomicU64::new(0), body: Box::new(body) }
    }
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Post").field("path", &self.path).field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

/// Who asks whom.
#[derive(Debug, Clone)]
pub struct Load {
    /// The server.
    pub address: SocketAddr,
    /// Concurrent clients.
    pub clients: u32,
    /// Bearer tokens, taken in turn.
    pub tokens: Vec<Arc<str>>,
    /// What they ask for.
    pub work: Work,
}

/// How long to go on.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// This much time, after a warm-up.
    Passed(Duration),
    /// This many bookings have been handed out by the calendar, without a warm-up.
    Taken(u64),
}

/// What was seen.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// Answers.
    pub requests: usize,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// How long each answer took.
    pub latencies: Latencies,
    /// Answers with another status, and requests without an answer.
    pub failed: usize,
    /// The first of them.
    pub failure: Option<String>,
    /// CPU time of the processes that were watched, in seconds.
    pub cpu_seconds: f64,
    /// CPU time of this process, in seconds.
    pub client_cpu_seconds: f64,
}

impl Measured {
    /// Answers a second.
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    pub fn rate(&self) -> f64 {
        self.requests as f64 / self.seconds.max(f64::EPSILON)
    }

    /// CPU time of the watched processes per answer, in milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn cpu_milliseconds(&self) -> f64 {
        self.cpu_seconds * 1e3 / self.requests.max(1) as f64
    }

    /// CPU time of the clients per answer, in milliseconds.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn client_cpu_milliseconds(&self) -> f64 {
        self.client_cpu_seconds * 1e3 / self.requests.max(1) as f64
    }
}

const WARMING: u8 = 0;
const MEASURING: u8 = 1;
const DONE: u8 = 2;

#[derive(Debug, Default)]
struct Seen {
    nanoseconds: Vec<u64>,
    failed: usize,
    failure: Option<String>,
}

/// Sends the load; `watched` tells the CPU seconds that the servers have used so far.
pub async fn run(load: &Load, until: Until, watched: impl Fn() -> f64) -> std::io::Result<Measured> {
    let phase = Arc::new(AtomicU8::new(if matches!(until, Until::Taken(_)) { MEASURING } else { WARMING }));
    let (clients, their_phase) = (load.clone(), Arc::clone(&phase));
    let taken_max = if let Until::Taken(taken) = until { taken } else { u64::MAX };
    let thread =
        std::thread::Builder::new().name("load".to_owned()).spawn(move || send(&clients, taken_max, &their_phase))?;
    if let Until::Passed(_) = until {
        sleep(WARM_UP).await;
    }
    let own = || process::usage(std::process::id()).map_or(0.0, |usage| usage.cpu_seconds);
    let (servers_before, own_before) = (watched(), own());
    let began = Instant::now();
    phase.store(MEASURING, Ordering::Relaxed);
    match until {
        Until::Passed(duration) => sleep(duration).await,
        Until::Taken(_) => {
            while !thread.is_finished() {
                sleep(Duration::from_millis(20)).await;
            }
        }
    }
    phase.store(DONE, Ordering::Relaxed);
    let seconds = began.elapsed().as_secs_f64();
    let (servers_after, own_after) = (watched(), own());
    let seen = thread.join().map_err(|_| std::io::Error::other("a client panicked"))??;
    Ok(Measured {
        requests: seen.nanoseconds.len(),
        seconds,
        latencies: Latencies::new(seen.nanoseconds),
        failed: seen.failed,
        failure: seen.failure,
        cpu_seconds: servers_after - servers_before,
        client_cpu_seconds: own_after - own_before,
    })
}

/// One thread for all clients: hundreds of tasks that wait need no more, and the servers want the other cores.
fn send(load: &Load, taken_max: u64, phase: &Arc<AtomicU8>) -> std::io::Result<Seen> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let seen = runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for number in 0..load.clients {
            let token = load.tokens.get(number as usize % load.tokens.len().max(1)).cloned().unwrap_or_default();
            let client = Client::new(load.address, PATIENCE);
            let (work, phase) = (load.work.clone(), Arc::clone(phase));
            tasks.spawn(async move { one(client, number, token, work, taken_max, &phase).await });
        }
        tasks.join_all().await
    });
    Ok(seen.into_iter().fold(Seen::default(), |mut all, one| {
        all.nanoseconds.extend(one.nanoseconds);
        all.failed += one.failed;
        all.failure = all.failure.or(one.failure);
        all
    }))
}

async fn one(mut client: Client, number: u32, token: Arc<str>, work: Work, taken_max: u64, phase: &AtomicU8) -> Seen {
    let mut seen = Seen::default();
    let mut request = Vec::with_capacity(1024);
    let mut turn = number as usize;
    loop {
        let now = phase.load(Ordering::Relaxed);
        if now == DONE {
            return seen;
        }
        request.clear();
        let wanted = match &work {
            Work::Book(calendar) => {
                if calendar.taken() >= taken_max {
                    return seen;
                }
                write_booking(&mut request, &token, calendar.take());
                201
            }
            Work::Fetch(paths) => {
                turn += 1;
                let path = &paths[turn % paths.len()];
                Request { token: Some(&token), ..Request::new("GET", path) }.write_to(&mut request);
                200
            }
            Work::Post(post) => {
                let body = (post.body)(post.next.fetch_add(1, Ordering::Relaxed));
                Request { token: Some(&token), body: &body, ..Request::new("POST", post.path) }.write_to(&mut request);
                post.wanted
            }
        };
        let began = Instant::now();
        let result = client.send_bytes(&request).await;
        let nanoseconds = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        // What was asked before the clock ran, or answered after it stopped, is not counted.
        if now != MEASURING || phase.load(Ordering::Relaxed) != MEASURING {
            continue;
        }
        match result {
            Ok(answer) if answer.status == wanted => seen.nanoseconds.push(nanoseconds),
            other => seen.fail(other).await,
        }
    }
}

impl Seen {
    async fn fail(&mut self, result: Result<Answer, NoAnswer>) {
        self.failed += 1;
        self.failure.get_or_insert_with(|| match result {
            Ok(answer) => format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)),
            Err(error) => error.to_string(),
        });
        // A server that is down must not be asked in a tight loop.
        sleep(Duration::from_millis(1)).await;
    }
}

fn write_booking(out: &mut Vec<u8>, token: &str, (resource, interval): (Id, Interval)) {
    let Interval { starts_at, ends_at } = interval;
    let body = format!(
        r#"{{"resource_id":"{resource}","starts_at":"{}","ends_at":"{}"}}"#,
        rfc3339(starts_at),
        rfc3339(ends_at)
    );
    Request { token: Some(token), body: &body, ..Request::new("POST", "/bookings/") }.write_to(out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_calendar_hands_out_each_slot_once() {
        let resources: Vec<Id> = (0..10).map(Id).collect();
        let calendar = Calendar::new(resources, 0, 3, 3600);
        let slots: HashSet<(Id, Interval)> = (0..720).map(|_| calendar.take()).collect();
        assert_eq!(slots.len(), 720);
        let bounds = |interval: &Interval| interval.starts_at >= 0 && interval.ends_at <= 3 * DAY;
        assert!(slots.iter().all(|(_, interval)| bounds(interval)));
        assert_eq!(calendar.taken(), 720);
    }
}
