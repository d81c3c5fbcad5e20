//! A resource of several interchangeable units: as many as there are can be had at an instant, never one more, and never
//! one less, however the units have been handed out before.

use super::{Settings, clients, race, tally, verdict};
use crate::api::World;
use crate::history::{Id, Op, Outcome};
use crate::random::Random;
use crate::report::Report;
use crate::target::TargetError;
use crate::time::{DAY, HOUR, Interval};

/// Units of the resource.
const QUANTITY: u32 = 5;
/// The sequence of one client is this many times as long as there are rounds.
const STEPS_PER_ROUND: u32 = 3;
/// Quarters of an hour in the window that the sequence fills; small, so that it is often full.
const WINDOW_QUARTERS: i64 = 24;

/// Runs the rounds and reports.
pub async fn run(world: &World, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    one_slot(world, settings, report).await?;
    crowd(world, settings, report).await?;
    sequence(world, settings, report).await
}

/// All want the same time: exactly as many as there are units get it.
async fn one_slot(world: &World, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let mut admin = world.admin(settings.clients);
    let pool = admin.make_resource(&format!("pool {}", world.run), QUANTITY, false).await?;
    let mut sessions = clients(world, settings.clients);
    let (mut rounds, mut unfair) = (0, Vec::new());
    for round in settings.rounds() {
        let interval = Interval::lasting(world.first_day + i64::from(round) * 2 * HOUR, HOUR);
        let op = |_| Op::Book { resource: pool, interval, units: 1, key: None };
        let outcomes = race(&mut sessions, (0..settings.clients).map(op).collect()).await?;
        let winners = outcomes.iter().filter(|(outcome, _)| matches!(outcome, Outcome::Done(_))).count();
        if winners != QUANTITY.min(settings.clients) as usize {
            unfair.push(format!("round {round}: {}", tally(&outcomes)));
        }
        rounds += 1;
    }
    let first = unfair.first().cloned().unwrap_or_default();
    let seen = format!("{rounds} rounds, {} clients, {} unfair {first}", settings.clients, unfair.len());
    report.check("race-pool: as many winners as units", unfair.is_empty() && rounds == settings.rounds, seen);
    verdict("race-pool-slot", &mut sessions, &mut admin, Some(&[pool]), settings, report).await?;
    Ok(())
}

/// All want different times and numbers of units at once, and half of what was had is given back.
async fn crowd(world: &World, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let mut random = settings.random();
    let mut admin = world.admin(settings.clients);
    let pool = admin.make_resource(&format!("crowded pool {}", world.run), QUANTITY, false).await?;
    let mut sessions = clients(world, settings.clients);
    let mut held: Vec<Option<Id>> = vec![None; sessions.len()];
    let mut rounds = 0;
    for _ in settings.rounds() {
        let ops = held.iter().map(|held| match held {
            Some(booking) if random.chance(50) => Op::Cancel { booking: *booking },
            _ => wish(&mut random, pool, world.first_day),
        });
        let ops: Vec<Op> = ops.collect();
        let outcomes = race(&mut sessions, ops.clone()).await?;
        for ((held, op), (outcome, _)) in held.iter_mut().zip(ops).zip(outcomes) {
            match (op, outcome) {
                (Op::Cancel { .. }, _) => *held = None,
                (_, Outcome::Done(id)) => *held = Some(id),
                _ => {}
            }
        }
        rounds += 1;
    }
    let seen = format!("{rounds} of {} rounds in {} s", settings.rounds, settings.seconds_max);
    report.check("race-pool: a crowd in every round", rounds == settings.rounds, seen);
    verdict("race-pool-crowd", &mut sessions, &mut admin, Some(&[pool]), settings, report).await?;
    Ok(())
}

/// One client alone, so that each answer can be foretold exactly: refused only where the count would be exceeded at some
/// instant, whatever units the others sit on.
async fn sequence(world: &World, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let mut random = settings.random().fork(1);
    let mut admin = world.admin(1);
    let pool = admin.make_resource(&format!("foretold pool {}", world.run), QUANTITY, false).await?;
    let mut sessions = clients(world, 1);
    let mut standing: Vec<(Id, Interval, u32)> = Vec::new();
    let (mut booked, mut refused, mut wrong) = (0_u32, 0_u32, Vec::new());
    for _ in 0..settings.rounds.saturating_mul(STEPS_PER_ROUND) {
        if random.chance(40) && !standing.is_empty() {
            let (booking, ..) = standing.swap_remove(random.index(standing.len()));
            sessions[0].act(Op::Cancel { booking }).await?;
            continue;
        }
        let op = wish(&mut random, pool, world.first_day + DAY);
        let Op::Book { interval, units, .. } = op else {
            continue;
        };
        let fits = fits(&standing, interval, units);
        match sessions[0].act(op).await? {
            (Outcome::Done(id), _) if fits => {
                standing.push((id, interval, units));
                booked += 1;
            }
            (Outcome::Conflict, _) if !fits => refused += 1,
            (outcome, _) => wrong.push(format!("{units} units at {interval}: {outcome:?}, and it fits: {fits}")),
        }
    }
    let first = wrong.first().cloned().unwrap_or_default();
    let seen = format!("{booked} booked, {refused} refused, {} otherwise than foretold {first}", wrong.len());
    report.check(
        "race-pool: refused only where the count is exceeded",
        wrong.is_empty() && booked > 0 && refused > 0,
        seen,
    );
    verdict("race-pool-sequence", &mut sessions, &mut admin, Some(&[pool]), settings, report).await?;
    Ok(())
}

fn wish(random: &mut Random, resource: Id, day: i64) -> Op {
    let starts_at = day + random.between(0, WINDOW_QUARTERS) * HOUR / 4;
    let interval = Interval::lasting(starts_at, random.between(1, WINDOW_QUARTERS / 2) * HOUR / 4);
    let units = if random.chance(70) { 1 } else { 2 };
    Op::Book { resource, interval, units, key: None }
}

/// Counts at every quarter of an hour.
fn fits(standing: &[(Id, Interval, u32)], wanted: Interval, units: u32) -> bool {
    let quarters = (wanted.starts_at..wanted.ends_at).step_by(900);
    quarters.map(|at| Interval::lasting(at, 900)).all(|quarter| {
        let taken = standing.iter().filter(|(_, interval, _)| interval.overlaps(quarter));
        taken.map(|(.., units)| units).sum::<u32>() + units <= QUANTITY
    })
}
