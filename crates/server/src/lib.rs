//! Everything that talks to the world: use cases (`app`), HTTP (`http`), sign-in (`auth`), jobs, configuration.
//! It never knows SQL; what it asks of a database stands in `bronya-store`.

pub mod app;
pub mod auth;
pub mod config;
pub mod http;
pub mod jobs;
pub mod metrics;
pub mod run;
pub mod telemetry;
