//! The same request under the same idempotency key, many times at the same moment and again later: one booking, and
//! the same answer to the byte. The key belongs to its user and to its body.

use super::{Settings, clients, race, tally, verdict};
use crate::api::World;
use crate::history::{Op, Outcome};
use crate::report::Report;
use crate::target::TargetError;
use crate::time::{HOUR, Interval};

/// Runs the rounds and reports.
pub async fn run(world: &World, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let mut admin = world.admin(settings.clients);
    let room = admin.make_resource(&format!("race-idempotency {}", world.run), 1, false).await?;
    let mut sessions = clients(world, settings.clients);
    // A key belongs to one user.
    let user = sessions[0].account.clone();
    for session in &mut sessions {
        session.account = user.clone();
    }
    let mut stranger = world.client(settings.clients * u32::try_from(world.nodes.len()).unwrap_or(1) + 1);
    if stranger.account.id == user.id {
        stranger.account = world.users[1].clone();
    }
    let (mut rounds, mut unfair) = (0, Vec::new());
    let (mut reused, mut foreign) = (Vec::new(), Vec::new());
    for round in settings.rounds() {
        let key = format!("key-{}-{round}", world.run);
        let interval = Interval::lasting(world.first_day + i64::from(round) * 3 * HOUR, HOUR);
        let later = Interval::lasting(interval.ends_at, HOUR);
        let op = |interval| Op::Book { resource: room, interval, units: 1, key: Some(key.clone()) };
        let mut outcomes = race(&mut sessions, (0..settings.clients).map(|_| op(interval)).collect()).await?;
        // Those that were told to wait may have been; asked again, everyone gets the answer.
        outcomes.retain(|(outcome, _)| *outcome != Outcome::Closed);
        outcomes.push(sessions[0].act(op(interval)).await?);
        let bodies: Vec<_> =
            outcomes.iter().filter_map(|(_, answer)| Some((answer.as_ref()?.status, &answer.as_ref()?.body))).collect();
        let equal = bodies.windows(2).all(|pair| pair[0] == pair[1]) && bodies.len() == outcomes.len();
        let fresh =
            outcomes.iter().filter(|(_, answer)| answer.as_ref().is_some_and(|answer| !answer.replayed)).count();
        if !equal || fresh != 1 || !matches!(outcomes[0].0, Outcome::Done(_)) {
            unfair.push(format!(
                "round {round}: {}, {fresh} of them not marked as replayed, equal: {equal}",
                tally(&outcomes)
            ));
        }
        // These two are no part of the history: the checker takes a key for one wish of one user.
        let (outcome, _) = sessions[0].act(op(later)).await?;
        sessions[0].events.pop();
        if outcome != Outcome::Refused(422) {
            reused.push(format!("round {round}: {outcome:?}"));
        }
        let (outcome, _) = stranger.act(op(later)).await?;
        let Some(event) = stranger.events.last_mut() else {
            continue;
        };
        event.op = Op::Book { resource: room, interval: later, units: 1, key: Some(format!("{key} of a stranger")) };
        if !matches!(outcome, Outcome::Done(_)) {
            foreign.push(format!("round {round}: {outcome:?}"));
        }
        rounds += 1;
    }
    let first = |faults: &[String]| faults.first().cloned().unwrap_or_default();
    let seen = format!("{rounds} rounds, {} clients, {} unfair {}", settings.clients, unfair.len(), first(&unfair));
    report.check(
        "race-idempotency: one booking a key, and answers equal to the byte",
        unfair.is_empty() && rounds == settings.rounds,
        seen,
    );
    let seen = format!("{} others {}", reused.len(), first(&reused));
    report.check("race-idempotency: 422 for another body", reused.is_empty() && rounds == settings.rounds, seen);
    let seen = format!("{} refused {}", foreign.len(), first(&foreign));
    report.check(
        "race-idempotency: another user's key is another key",
        foreign.is_empty() && rounds == settings.rounds,
        seen,
    );
    sessions.push(stranger);
    verdict("race-idempotency", &mut sessions, &mut admin, Some(&[room]), settings, report).await?;
    Ok(())
}
