//! The store's tests: one set, run on SQLite and on PostgreSQL, because a green race on the one proves nothing about
//! the other. They go through the public face of the crate, and around it by plain SQL where that is the point.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod audit;
mod batches;
mod commands;
mod files;
mod idempotency;
mod no_overlap;
mod nodes;
mod parity;
mod people;
mod places;
#[path = "../../../testkit/src/postgres.rs"]
#[expect(dead_code, unreachable_pub, reason = "a file of the test kit, which uses the standard library alone")]
mod postgres;
mod reading;
mod rules;
mod smoke;
mod tls;
mod upgrades;
mod world;
