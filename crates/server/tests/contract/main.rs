//! The public contract, line by line, on both databases: each module is a section of it. What a handler refuses by itself is
//! tested beside it; here stands what a client can rely on.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod among;
mod attendance;
mod audit;
mod availability;
mod bad_input;
mod bookings;
mod bulk;
mod compress;
mod conditional;
mod data;
mod demo;
mod doors;
mod floor_plans;
mod ground;
mod groups;
mod idempotency;
mod kinds;
mod lists;
mod live;
mod matrix;
mod openapi;
mod pacing;
mod parts;
mod password_links;
mod people;
mod pictures;
mod places;
mod public;
mod public_resources;
mod real;
mod resources;
mod rules;
mod schedule;
mod series;
mod session;
mod set_up;
mod standby;
mod things;
mod tokens;
mod users;
mod waiting;
mod zones;
