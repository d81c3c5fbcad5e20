//! Many managers decide on the same requests at once, which overlap two at a time, while somebody else asks for the same times: each request
//! is decided once, by one of them, and nothing that is confirmed stands where there is no unit for it.

use super::{Settings, verdict};
use crate::api::{Session, World};
use crate::history::{Op, Outcome};
use crate::http::{NoAnswer, Request};
use crate::report::Report;
use crate::target::TargetError;
use crate::time::{DAY, HOUR, Interval};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Connections of those who decide.
const MANAGERS: u32 = 32;
/// Requests of a round. Each begins when the one before is half over, so that both units are taken.
const REQUESTS: i64 = 4;
/// Units of the resource.
const UNITS: u32 = 2;

/// What somebody did in a round: which request, and what came of it.
type Came = Vec<(usize, &'static str, Result<Outcome, NoAnswer>)>;

/// Does these one after the other.
async fn act(session: &mut Session, ops: Vec<(usize, &'static str, Op)>) -> Came {
    let mut came = Vec::new();
    for (at, verb, op) in ops {
        came.push((at, verb, session.act(op).await.map(|(outcome, _)| outcome)));
    }
    came
}

/// Runs the rounds and reports.
pub async fn run(world: &World, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let mut random = settings.random();
    let mut admin = world.admin(MANAGERS + 2);
    let room = admin.make_resource(&format!("race-approval {}", world.run), UNITS, true).await?;
    let (asking, rival) = (world.client(MANAGERS), world.client(MANAGERS + 1));
    // Whoever else is there manages the room; with the administrator, on many connections and on all nodes.
    let others = world.users.iter().filter(|it| ![asking.account.id, rival.account.id].contains(&it.id));
    let mut deciding = vec![world.admin.clone()];
    for account in others {
        let path = format!("/resources/{room}/managers/{}", account.id);
        admin.expect(&Request::new("PUT", &path), 204).await?;
        deciding.push(account.clone());
    }
    let mut sessions: Vec<Session> = (0..MANAGERS).map(|number| world.client(number)).collect();
    for (session, account) in sessions.iter_mut().zip(deciding.iter().cycle()) {
        session.account = account.clone();
    }
    sessions.extend([rival, asking]);
    let (mut rounds, mut decided, mut wrong) = (0_u32, 0_u32, Vec::new());
    for round in settings.rounds() {
        let first = world.first_day + i64::from(round) * DAY;
        let times: Vec<Interval> = (0..REQUESTS).map(|nth| Interval::lasting(first + nth * HOUR / 2, HOUR)).collect();
        let Some(mut asking) = sessions.pop() else { break };
        let mut requests = Vec::new();
        for time in &times {
            requests.push(asking.must_book(room, *time).await?);
        }
        let barrier = Arc::new(Barrier::new(sessions.len()));
        let mut tasks = JoinSet::new();
        let rival = sessions.len() - 1;
        for (number, mut session) in sessions.drain(..).enumerate() {
            let barrier = Arc::clone(&barrier);
            let mut ops: Vec<(usize, &'static str, Op)> = Vec::new();
            for (at, booking) in requests.iter().copied().enumerate() {
                let op = match (number == rival, random.chance(50)) {
                    (true, _) => ("book", Op::Book { resource: room, interval: times[at], units: 1, key: None }),
                    (_, true) => ("confirm", Op::Confirm { booking }),
                    (_, false) => ("reject", Op::Reject { booking }),
                };
                ops.push((at, op.0, op.1));
            }
            random.shuffle(&mut ops);
            tasks.spawn(async move {
                barrier.wait().await;
                let came = act(&mut session, ops).await;
                (number, session, came)
            });
        }
        let mut back = tasks.join_all().await;
        back.sort_by_key(|(number, ..)| *number);
        let mut winners: BTreeMap<usize, Vec<&'static str>> = BTreeMap::new();
        for (_, session, came) in back {
            sessions.push(session);
            for (at, verb, outcome) in came {
                match (verb, outcome?) {
                    ("book", Outcome::Done(_) | Outcome::Conflict) | (_, Outcome::Closed) => {}
                    (_, Outcome::Done(_)) => winners.entry(at).or_default().push(verb),
                    (_, outcome) => wrong.push(format!("round {round}: {verb} was answered {outcome:?}")),
                }
            }
        }
        sessions.push(asking);
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
    let seen = format!(
        "{rounds} rounds, {MANAGERS} connections of {} managers, {decided} decided once, {} otherwise {first}",
        deciding.len(),
        wrong.len()
    );
    report.check(
        "race-approval: each request is decided once, and its history says so",
        wrong.is_empty() && rounds == settings.rounds,
        seen,
    );
    verdict("race-approval", &mut sessions, &mut admin, Some(&[room]), settings, report).await?;
    Ok(())
}
