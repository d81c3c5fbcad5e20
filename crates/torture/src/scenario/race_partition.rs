//! A day cut at random into slots that touch, booked in random order by several clients at once: every one of them
//! must be had, because the end of one booking is no part of it.

use super::{Settings, clients, verdict};
use crate::api::World;
use crate::history::{Op, Outcome};
use crate::random::Random;
use crate::report::Report;
use crate::target::TargetError;
use crate::time::{DAY, Interval};
use tokio::task::JoinSet;

/// Clients that fill one day together.
const CLIENTS: u32 = 16;
/// Days on one room: bookings reach no more than ten years ahead.
const DAYS_PER_ROOM: u32 = 1_000;
/// Slots of one day.
const SLOTS_MAX: u64 = 48;

/// Runs the rounds and reports.
pub async fn run(world: &World, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let mut random = settings.random();
    let mut admin = world.admin(CLIENTS);
    let mut rooms = Vec::new();
    let mut sessions = clients(world, CLIENTS);
    let (mut days, mut booked, mut refused) = (0_u32, 0_u32, Vec::new());
    for round in settings.rounds() {
        let day = round % DAYS_PER_ROOM;
        if day == 0 {
            rooms.push(admin.make_resource(&format!("partition {round} {}", world.run), 1, false).await?);
        }
        let Some(room) = rooms.last().copied() else { break };
        let slots = partition(&mut random, world.first_day + i64::from(day) * DAY);
        let mut shares: Vec<Vec<Interval>> = vec![Vec::new(); sessions.len()];
        for (number, slot) in slots.into_iter().enumerate() {
            let count = shares.len();
            shares[number % count].push(slot);
        }
        let mut tasks = JoinSet::new();
        for (mut session, share) in sessions.drain(..).zip(shares) {
            tasks.spawn(async move {
                let mut outcomes = Vec::new();
                for interval in share {
                    let result = session.act(Op::Book { resource: room, interval, units: 1, key: None }).await;
                    outcomes.push(result.map(|(outcome, _)| (interval, outcome)));
                }
                (session, outcomes)
            });
        }
        for (session, outcomes) in tasks.join_all().await {
            sessions.push(session);
            for outcome in outcomes {
                match outcome? {
                    (_, Outcome::Done(_)) => booked += 1,
                    (interval, outcome) => refused.push(format!("{interval}: {outcome:?}")),
                }
            }
        }
        days += 1;
    }
    let first = refused.first().cloned().unwrap_or_default();
    let seen = format!("{days} of {} days, {booked} slots booked, {} refused {first}", settings.rounds, refused.len());
    let good = refused.is_empty() && days == settings.rounds && booked > 0;
    report.check("race-partition: slots that touch can all be had", good, seen);
    verdict("race-partition", &mut sessions, &mut admin, Some(&rooms), settings, report).await?;
    Ok(())
}

/// Cuts a day into slots of at least a minute, and mixes them.
fn partition(random: &mut Random, day: i64) -> Vec<Interval> {
    let mut cuts: Vec<i64> = (0..random.below(SLOTS_MAX)).map(|_| random.between(1, DAY / 60) * 60).collect();
    cuts.extend([0, DAY]);
    cuts.sort_unstable();
    cuts.dedup();
    let slots = cuts.windows(2).map(|cut| Interval { starts_at: day + cut[0], ends_at: day + cut[1] });
    let mut slots: Vec<Interval> = slots.collect();
    random.shuffle(&mut slots);
    slots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_covers_its_day_without_overlap() {
        let mut random = Random::new(3);
        for _ in 0..100 {
            let mut slots = partition(&mut random, 5 * DAY);
            slots.sort_unstable();
            assert_eq!((slots.first().unwrap().starts_at, slots.last().unwrap().ends_at), (5 * DAY, 6 * DAY));
            assert!(slots.windows(2).all(|pair| pair[0].ends_at == pair[1].starts_at));
        }
    }
}
