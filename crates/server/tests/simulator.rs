//! The simulator on both databases: a seeded workload with an auditor beside it. Each seed is a run of its own; one that
//! fails prints its seed, and `BRONYA_SIMULATOR_SEED=<seed>` plays it again. `BRONYA_SIMULATOR_SEEDS=<count>` plays more.

use bronya_testkit::on_both;
use bronya_testkit::simulator::{Tally, seeds, simulate};

/// How long one run is.
const ROUNDS: u32 = 64;
/// Seeds that every run of the tests plays.
const SEEDS: u64 = 20;

/// What has to be met on the way, or the workload is too tame to find anything.
const MET: [&str; 22] = [
    "book 201",
    "book replayed",
    "book idempotency-key-reused",
    "book booking-conflict",
    "read 200",
    "read booking-not-found",
    "amend 200",
    "amend stale",
    "amend booking-conflict",
    "amend booking-closed",
    "cancel 200",
    "cancel stale",
    "cancel booking-closed",
    "confirm 200",
    "reject 200",
    "block 201",
    "block replayed",
    "block block-conflict",
    "unblock 204",
    "resize 200",
    "resize stale",
    "resize resource-in-use",
];

on_both! {
    async fn every_answer_has_its_place_in_one_order(app) {
        let mut tally = Tally::new();
        let seeds = seeds(SEEDS);
        for seed in &seeds {
            simulate(&app, *seed, ROUNDS, &mut tally).await;
        }
        println!("{tally:#?}");
        let missed: Vec<&str> = MET.into_iter().filter(|met| !tally.contains_key(*met)).collect();
        assert!(missed.is_empty() || seeds.len() == 1, "never met: {missed:?} in {tally:#?}");
    }
}
