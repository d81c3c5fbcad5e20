//! Many clients want the same time of the same resource at the same moment: one gets it in every round, and every other
//! is told that it is taken.

use super::{Settings, clients, latencies, race, tally, verdict};
use crate::api::World;
use crate::history::{Op, Outcome};
use crate::report::Report;
use crate::target::TargetError;
use crate::time::{DAY, HOUR, Interval};

/// The slowest of a hundred answers may take this long, in milliseconds.
const P99_MILLISECONDS_MAX: f64 = 500.0;

/// How the intervals of one round lie to each other. All of them hold the middle, so that any two overlap.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Same,
    Staggered,
    Nested,
}

impl Shape {
    fn interval(self, middle: i64, client: u32) -> Interval {
        let step = i64::from(client) * 60;
        match self {
            Self::Same => Interval::lasting(middle - HOUR, 2 * HOUR),
            Self::Staggered => Interval::lasting(middle - 5 * HOUR + step, 6 * HOUR),
            Self::Nested => Interval { starts_at: middle - 60 - step, ends_at: middle + 60 + step },
        }
    }
}

/// Runs the rounds and reports.
pub async fn run(world: &World, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let mut admin = world.admin(settings.clients);
    let room = admin.make_resource(&format!("race-slot {}", world.run), 1, false).await?;
    let mut sessions = clients(world, settings.clients);
    let (mut rounds, mut unfair) = (0, Vec::new());
    for round in settings.rounds() {
        let shape = [Shape::Same, Shape::Staggered, Shape::Nested][round as usize % 3];
        let middle = world.first_day + i64::from(round) * DAY + 12 * HOUR;
        let op = |client| Op::Book { resource: room, interval: shape.interval(middle, client), units: 1, key: None };
        let outcomes = race(&mut sessions, (0..settings.clients).map(op).collect()).await?;
        let winners = outcomes.iter().filter(|(outcome, _)| matches!(outcome, Outcome::Done(_))).count();
        let refused = outcomes.iter().filter(|(outcome, _)| *outcome == Outcome::Conflict).count();
        if winners != 1 || winners + refused != outcomes.len() {
            unfair.push(format!("round {round} ({shape:?}): {}", tally(&outcomes)));
        }
        rounds += 1;
    }
    let seen =
        format!("{rounds} rounds, {} clients, {} servers; {}", settings.clients, world.nodes.len(), fault(&unfair));
    report.check(
        "race-slot: one winner in every round, 409 for every other",
        unfair.is_empty() && rounds == settings.rounds,
        seen,
    );
    let history = verdict("race-slot", &mut sessions, &mut admin, Some(&[room]), settings, report).await?;
    let waited = latencies(&history, |op| matches!(op, Op::Book { .. }));
    let slow = waited.milliseconds(990);
    let seen = format!("{slow:.1} ms, half within {:.1} ms", waited.milliseconds(500));
    report.check("race-slot: p99 below 500 ms", slow < P99_MILLISECONDS_MAX, seen);
    Ok(())
}

fn fault(unfair: &[String]) -> String {
    unfair.first().map_or_else(|| "none was unfair".to_owned(), |first| format!("{} unfair, {first}", unfair.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_two_intervals_of_a_round_overlap() {
        for shape in [Shape::Same, Shape::Staggered, Shape::Nested] {
            let all: Vec<Interval> = (0..256).map(|client| shape.interval(100 * DAY, client)).collect();
            assert!(all.iter().all(|one| all.iter().all(|other| one.overlaps(*other))), "{shape:?}");
        }
    }
}
