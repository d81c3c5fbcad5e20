//! A series is had as a whole or not at all, or says of each date that it could not have: never half in silence. First
//! single bookings race for dates of it, then the server is killed in its midst.

use super::Settings;
use crate::api::{Session, World};
use crate::history::Id;
use crate::http::{NoAnswer, Request};
use crate::report::Report;
use crate::target::{Own, TargetError};
use crate::time::{self, DAY, HOUR, rfc3339};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Dates of a series that others race for.
const DATES: i64 = 10;
/// Dates of a series that the server is killed in.
const MANY_DATES: usize = 100;
/// Rounds on one resource, each at an hour of its own.
const ROUNDS_PER_RESOURCE: u32 = 20;
/// Who race with a series for its dates.
const SINGLES: u32 = 15;
/// Who send series while the server is killed, each this many.
const SENDERS: u32 = 8;
const SERIES_PER_SENDER: u32 = 3;
/// From the start of the load to the kill, in milliseconds.
const KILL_AFTER: (i64, i64) = (2, 60);

/// What came of one request: its status and its body, or nothing where the answer was lost.
type Came = Option<(u16, Value)>;

async fn post(session: &mut Session, path: &str, body: &Value) -> Result<Came, TargetError> {
    let body = body.to_string();
    match session.ask(&Request { body: &body, ..Request::new("POST", path) }).await {
        Ok(answer) => Ok(Some((answer.status, serde_json::from_slice(&answer.body).unwrap_or(Value::Null)))),
        Err(NoAnswer::Lost(_) | NoAnswer::TooLate(_) | NoAnswer::NotSent(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn series(resource: Id, first: i64, dates: usize, on_conflict: &str) -> Value {
    let local = |second: i64| rfc3339(second).trim_end_matches('Z').to_owned();
    json!({
        "resource_id": resource.to_string(), "rule": format!("FREQ=DAILY;COUNT={dates}"), "on_conflict": on_conflict,
        "starts_at_local": local(first), "ends_at_local": local(first + HOUR),
    })
}

/// The bookings that hold time on a resource: when each starts, and which series it is of.
async fn standing(admin: &mut Session, resource: Id) -> Result<Vec<(i64, Option<String>)>, TargetError> {
    let mut found = Vec::new();
    for item in admin.list(&format!("/bookings/?resource_id={resource}")).await? {
        let starts_at = item.get("starts_at").and_then(Value::as_str).and_then(time::parse);
        let of = item.get("series_id").and_then(Value::as_str).map(str::to_owned);
        if item.get("status").and_then(Value::as_str) == Some("confirmed") {
            found.push((starts_at.unwrap_or_default(), of));
        }
    }
    Ok(found)
}

/// Runs the races and reports.
pub async fn run(world: &World, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let mut random = settings.random();
    let mut admin = world.admin(SINGLES + 1);
    let mut sessions = super::clients(world, SINGLES + 1);
    let (mut rounds, mut whole, mut refused, mut wrong) = (0_u32, 0_u32, 0_u32, Vec::new());
    let mut room = None;
    for round in settings.rounds() {
        let hour = round % ROUNDS_PER_RESOURCE;
        let resource = match room {
            Some(resource) if hour != 0 => resource,
            _ => *room.insert(admin.make_resource(&format!("series {round} {}", world.run), 1, false).await?),
        };
        let first = world.first_day + i64::from(hour) * HOUR;
        let on_conflict = if random.chance(50) { "refuse" } else { "skip" };
        let barrier = Arc::new(Barrier::new(sessions.len()));
        let mut tasks = JoinSet::new();
        // Some rounds nobody is in the way.
        let racing = if random.chance(20) { 0 } else { random.between(1, i64::from(SINGLES)) };
        for (number, mut session) in (0_i64..).zip(sessions.drain(..)) {
            let barrier = Arc::clone(&barrier);
            let date = first + random.between(0, DATES - 1) * DAY;
            let (path, body) = if number == 0 {
                ("/series/", series(resource, first, usize::try_from(DATES).unwrap_or_default(), on_conflict))
            } else {
                let (starts_at, ends_at) = (rfc3339(date), rfc3339(date + HOUR));
                let body = json!({ "resource_id": resource.to_string(), "starts_at": starts_at, "ends_at": ends_at });
                ("/bookings/", body)
            };
            tasks.spawn(async move {
                barrier.wait().await;
                let came = if number <= racing { post(&mut session, path, &body).await } else { Ok(None) };
                (number, session, date, came)
            });
        }
        let mut back = tasks.join_all().await;
        back.sort_by_key(|(number, ..)| *number);
        let (mut of_series, mut singles) = (None, BTreeSet::new());
        for (number, session, date, came) in back {
            sessions.push(session);
            let came = came?;
            if number == 0 {
                of_series = came;
            } else if matches!(came, Some((201, _))) {
                singles.insert(date);
            }
        }
        let at_this_hour = |start: &i64| (start - first) % DAY == 0;
        let stand = standing(&mut admin, resource).await?;
        let starts: Vec<i64> = stand.iter().map(|(start, _)| *start).filter(at_this_hour).collect();
        let of_it = stand.iter().filter(|(start, of)| of.is_some() && at_this_hour(start)).count();
        let dates = usize::try_from(DATES).unwrap_or_default();
        let distinct = starts.iter().collect::<BTreeSet<_>>().len();
        let (status, body) = of_series.unwrap_or_default();
        let told = body.get("skipped").and_then(Value::as_array).map_or(0, Vec::len);
        let good = distinct == starts.len()
            && match (status, on_conflict) {
                (201, "refuse") => of_it == dates && singles.is_empty(),
                (201, _) => of_it + told == dates && starts.len() == of_it + singles.len(),
                (409, _) => of_it == 0 && starts.len() == singles.len() && !singles.is_empty(),
                _ => false,
            };
        if !good {
            wrong.push(format!(
                "round {round}, {on_conflict}: {status}, {of_it} of the series stand, {told} told, {} singles",
                singles.len()
            ));
        }
        whole += u32::from(of_it == dates);
        refused += u32::from(status == 409);
        rounds += 1;
    }
    let first = wrong.first().cloned().unwrap_or_default();
    let seen = format!("{rounds} races, {whole} whole, {refused} refused, {} otherwise {first}", wrong.len());
    let good = wrong.is_empty() && rounds == settings.rounds && (rounds < 50 || (whole > 0 && refused > 0));
    report.check("race-series: all of a series, or each date that it could not have", good, seen);
    Ok(())
}

/// Kills the server while series are written, and looks at what there is of each.
pub async fn kill(own: &mut Own, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let mut random = settings.random();
    let world = own.enter(settings.seed).await?;
    let mut admin = world.admin(SENDERS);
    let mut sessions = super::clients(&world, SENDERS);
    let (mut kills, mut lost, mut answered, mut wrong) = (0_u32, 0_u32, 0_u32, Vec::new());
    for round in settings.rounds() {
        let resource = admin.make_resource(&format!("killed {round} {}", world.run), 1, false).await?;
        let mut tasks = JoinSet::new();
        for (number, mut session) in (0..).zip(sessions.drain(..)) {
            let first_day = world.first_day;
            tasks.spawn(async move {
                let mut came = Vec::new();
                for nth in 0..SERIES_PER_SENDER {
                    let hour = i64::from(number * SERIES_PER_SENDER + nth);
                    let body = series(resource, first_day + hour * HOUR, MANY_DATES, "refuse");
                    came.push(post(&mut session, "/series/", &body).await);
                }
                session.client.disconnect();
                (session, came)
            });
        }
        sleep(Duration::from_millis(random.between(KILL_AFTER.0, KILL_AFTER.1).unsigned_abs())).await;
        own.kill_and_restart(0).await?;
        kills += 1;
        let mut acknowledged = BTreeSet::new();
        for (session, came) in tasks.join_all().await {
            sessions.push(session);
            for came in came {
                match came? {
                    // No answer, or one from a server that was stopping or could not tell.
                    None | Some((503, _)) => lost += 1,
                    Some((201, body)) => {
                        answered += 1;
                        acknowledged.extend(body.pointer("/series/id").and_then(Value::as_str).map(str::to_owned));
                    }
                    Some((status, body)) => wrong.push(format!("round {round}: {status} {body}")),
                }
            }
        }
        admin.client.disconnect();
        let mut dates: BTreeMap<String, usize> = BTreeMap::new();
        for (_, of) in standing(&mut admin, resource).await? {
            *dates.entry(of.unwrap_or_default()).or_default() += 1;
        }
        let half = dates.iter().filter(|(_, count)| **count != MANY_DATES);
        wrong.extend(half.map(|(id, count)| format!("round {round}: {count} dates of series {id}")));
        let gone = acknowledged.iter().filter(|id| !dates.contains_key(*id));
        wrong.extend(gone.map(|id| format!("round {round}: series {id} was acknowledged and is gone")));
    }
    let first = wrong.first().cloned().unwrap_or_default();
    let seen = format!("{kills} kills, {answered} series answered, {lost} not, {} otherwise {first}", wrong.len());
    let good = wrong.is_empty() && kills == settings.rounds && lost > 0 && answered > 0;
    report.check("kill-series: every series is there as a whole or not at all", good, seen);
    Ok(())
}
