//! Two editors have read the same version and write at the same moment: one is served, the other is told that it has
//! read something old, and what stands at the end is what the first one wrote.

use super::{Settings, clients, race_if, tally, verdict};
use crate::api::World;
use crate::history::{Op, Outcome};
use crate::http::{Answer, Request};
use crate::report::Report;
use crate::target::TargetError;
use crate::time::{HOUR, Interval};
use serde_json::Value;

/// Runs the rounds and reports.
pub async fn run(world: &World, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let mut admin = world.admin(3);
    let room = admin.make_resource(&format!("race-etag {}", world.run), 1, false).await?;
    let mut sessions = clients(world, 1);
    let booking = sessions[0].must_book(room, Interval::lasting(world.first_day, HOUR)).await?;
    // The owner and an administrator, on different nodes where there are several.
    sessions.push(world.admin(1));
    let path = format!("/bookings/{booking}");
    let (mut rounds, mut unfair) = (0, Vec::new());
    for round in settings.rounds() {
        let before = admin.expect(&Request::new("GET", &path), 200).await?;
        let edit = || (Op::Edit { booking }, before.etag.clone());
        let outcomes = race_if(&mut sessions, vec![edit(), edit()]).await?;
        let winner = outcomes.iter().position(|(outcome, _)| matches!(outcome, Outcome::Done(_)));
        let stale = outcomes.iter().filter(|(outcome, _)| *outcome == Outcome::Stale).count();
        let after = admin.expect(&Request::new("GET", &path), 200).await?;
        let title = title(&after);
        let wanted = winner.and_then(|index| outcomes[index].1.as_ref()).and_then(self::title);
        if wanted.is_none() || stale != 1 || title != wanted || before.etag.is_none() || before.etag == after.etag {
            unfair.push(format!("round {round}: {}, and the title is {title:?}", tally(&outcomes)));
        }
        rounds += 1;
    }
    let first = unfair.first().cloned().unwrap_or_default();
    let seen = format!("{rounds} rounds, {} unfair {first}", unfair.len());
    report.check(
        "race-etag: one 200, one 412, and the winner's text stands",
        unfair.is_empty() && rounds == settings.rounds,
        seen,
    );
    verdict("race-etag", &mut sessions, &mut admin, Some(&[room]), settings, report).await?;
    Ok(())
}

fn title(answer: &Answer) -> Option<Value> {
    serde_json::from_slice::<Value>(&answer.body).ok()?.get_mut("title").map(Value::take)
}
