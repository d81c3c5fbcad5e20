//! A wall clock that is set forward and back while the server works: nothing is given twice, no id comes twice, nobody is let in
//! again, and everybody can sign in whatever the clock shows.

use super::faketime::{Clock, aftermath};
use super::{Settings, clients, race_slot};
use crate::history::{Id, Op, Outcome};
use crate::http::Request;
use crate::report::Report;
use crate::target::{Own, OwnOptions, TargetError};
use crate::time::{HOUR, Interval};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// What the clock is set to, in seconds beside the true time; between any two it jumps.
const OFFSETS: [i64; 9] = [0, 3_600, 0, -3_600, 0, 86_400, 0, -86_400, 0];
/// How long the load goes on before each jump.
const HUM: Duration = Duration::from_millis(300);
/// Clients whose load goes on while the clock jumps.
const HUMMING: u32 = 4;

/// Starts a server of its own, jumps its clock, and reports.
pub async fn run(options: &OwnOptions, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let Some(clock) = Clock::new("jump-clock", &set_by(0), options, report)? else { return Ok(()) };
    let mut own = Own::start(&clock.options(options)).await?;

    let world = own.enter(settings.seed).await?;
    let mut leaver = world.client(0);
    leaver.expect(&Request::new("POST", "/users/logout"), 204).await?;
    let (mut ids, mut booked, mut broken, mut let_in) = (BTreeSet::new(), 0_usize, Vec::new(), Vec::new());
    for pair in OFFSETS.windows(2) {
        // Whoever signed in before the jump works on through it.
        let world = own.enter(settings.seed).await?;
        let mut admin = world.admin(0);
        let room = admin.make_resource(&format!("jump-clock {}", world.run), 1_000, false).await?;
        let enough = Arc::new(AtomicBool::new(false));
        let mut humming = JoinSet::new();
        for mut session in clients(&world, HUMMING) {
            let (enough, first) = (Arc::clone(&enough), world.first_day);
            humming.spawn(async move {
                let (mut made, mut wrong): (Vec<Id>, Vec<String>) = (Vec::new(), Vec::new());
                for hour in 0_i64.. {
                    if enough.load(Ordering::Relaxed) {
                        break;
                    }
                    let interval = Interval::lasting(first + hour % 500 * HOUR, HOUR);
                    match session.act(Op::Book { resource: room, interval, units: 1, key: None }).await {
                        Ok((Outcome::Done(id), _)) => made.push(id),
                        Ok((Outcome::Conflict | Outcome::Refused(401), _)) => {}
                        other => wrong.push(format!("{other:?}").chars().take(200).collect()),
                    }
                }
                (made, wrong)
            });
        }
        sleep(HUM).await;
        clock.set(&set_by(pair[1]))?;
        sleep(HUM).await;
        enough.store(true, Ordering::Relaxed);
        for (made, wrong) in humming.join_all().await {
            booked += made.len();
            ids.extend(made);
            broken.extend(wrong.into_iter().map(|what| format!("{} to {}: {what}", pair[0], pair[1])));
        }
        if leaver.ask(&Request::new("GET", "/users/me")).await?.status != 401 {
            let_in.push(pair[1]);
        }
        // By the new time: everybody signs in, and one gets what many want.
        let world = own.enter(settings.seed).await?;
        race_slot::run(&world, &Settings { clients: 16, rounds: settings.rounds, ..settings.clone() }, report).await?;
    }
    report.check(
        "jump-clock: no answer but yes, taken and signed out",
        broken.is_empty(),
        format_args!("{} others {:?}", broken.len(), broken.first()),
    );
    report.check(
        "jump-clock: no id came twice",
        ids.len() == booked && 100 < booked,
        format_args!("{booked} bookings, {} ids", ids.len()),
    );
    report.check(
        "jump-clock: whoever has signed out stays out",
        let_in.is_empty(),
        format_args!("let in at {let_in:?}"),
    );
    aftermath(&mut own, "jump-clock", report).await
}

/// So many seconds beside the true time.
fn set_by(seconds: i64) -> String {
    format!("{seconds:+}")
}
