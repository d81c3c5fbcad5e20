//! Everything that talks to the world: use cases (`app`), HTTP (`http`), sign-in (`auth`), jobs, configuration.
//! It never knows SQL; what it asks of a database stands in `bronya-store`.

pub mod auth;
pub mod config;
pub mod http;
pub mod metrics;
pub mod telemetry;
