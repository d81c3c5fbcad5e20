//! Many managers decide on the same requests at once: each request is decided once, by one of them, and nothing that is confirmed
//! overlaps.

use super::Settings;
use crate::api::World;
use crate::http::Request;
use crate::report::Report;
use crate::target::TargetError;
use crate::time::{DAY, HOUR, Interval};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Who decide.
const MANAGERS: u32 = 32;
/// Requests of a round, one after the other in time.
const REQUESTS: i64 = 4;

/// Runs the rounds and reports.
pub async fn run(world: &World, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let mut random = settings.random();
    let mut admin = world.admin(MANAGERS);
    let room = admin.make_resource(&format!("race-approval {}", world.run), 1, true).await?;
    let mut asking = world.client(0);
    // Whoever may decide: the administrator, on many connections and on all nodes.
    let mut managers: Vec<_> = (0..MANAGERS).map(|number| world.admin(number)).collect();
    let (mut rounds, mut decided, mut wrong) = (0_u32, 0_u32, Vec::new());
    for round in settings.rounds() {
        let first = world.first_day + i64::from(round) * DAY;
        let mut requests = Vec::new();
        for nth in 0..REQUESTS {
            requests.push(asking.must_book(room, Interval::lasting(first + nth * HOUR, HOUR)).await?);
        }
        let barrier = Arc::new(Barrier::new(managers.len()));
        let mut tasks = JoinSet::new();
        for mut manager in managers.drain(..) {
            let barrier = Arc::clone(&barrier);
            let mut asked: Vec<(usize, &'static str)> =
                (0..requests.len()).map(|at| (at, if random.chance(50) { "confirm" } else { "reject" })).collect();
            random.shuffle(&mut asked);
            let paths: Vec<(usize, &'static str, String)> =
                asked.into_iter().map(|(at, verb)| (at, verb, format!("/bookings/{}/{verb}", requests[at]))).collect();
            tasks.spawn(async move {
                barrier.wait().await;
                let mut came = Vec::new();
                for (at, verb, path) in paths {
                    let status = manager.ask(&Request::new("POST", &path)).await.map(|answer| answer.status);
                    came.push((at, verb, status));
                }
                (manager, came)
            });
        }
        let mut winners: BTreeMap<usize, Vec<&'static str>> = BTreeMap::new();
        for (manager, came) in tasks.join_all().await {
            managers.push(manager);
            for (at, verb, status) in came {
                match status? {
                    200 => winners.entry(at).or_default().push(verb),
                    409 => {}
                    status => wrong.push(format!("round {round}: {verb} was answered {status}")),
                }
            }
        }
        for (at, request) in requests.iter().enumerate() {
            let path = format!("/bookings/{request}/events");
            let answer = admin.expect(&Request::new("GET", &path), 200).await?;
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
            let events = body.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
            let of = |action: &str| {
                events.iter().filter(|it| it.get("action").and_then(Value::as_str) == Some(action)).count()
            };
            let told = (of("booking.confirmed"), of("booking.rejected"));
            let good = match winners.get(&at).map(Vec::as_slice) {
                Some(["confirm"]) => told == (1, 0),
                Some(["reject"]) => told == (0, 1),
                _ => false,
            };
            if good {
                decided += 1;
            } else {
                wrong.push(format!(
                    "round {round}, request {at}: {:?} won, and the history has {told:?}",
                    winners.get(&at)
                ));
            }
        }
        rounds += 1;
    }
    let first = wrong.first().cloned().unwrap_or_default();
    let seen =
        format!("{rounds} rounds, {MANAGERS} managers, {decided} decided once, {} otherwise {first}", wrong.len());
    report.check(
        "race-approval: each request is decided once, and its history says so",
        wrong.is_empty() && rounds > 0,
        seen,
    );
    Ok(())
}
