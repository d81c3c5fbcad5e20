//! The only crate that knows SQL: both databases behind one face, the engine that commits in groups,
//! and one file per entity. It never speaks HTTP, never hashes a password and never calls out.

pub mod accounts;
pub mod audit;
pub mod blocks;
pub mod bookings;
#[cfg(test)]
mod catalogue;
pub mod db;
pub mod doctor;
pub mod engine;
pub mod error;
pub mod events;
mod facts;
pub mod keys;
pub mod leases;
pub mod limits;
mod migrate;
#[cfg(test)]
mod plans;
pub mod ports;
pub mod resources;
pub mod sessions;
pub mod setup;
pub mod store;
pub mod sweep;
#[cfg(test)]
mod testing;
mod write;

pub use error::{Result, StoreError};
pub use facts::Answer;
pub use migrate::SCHEMA_VERSION;
pub use store::{DatabaseUrl, Options, Store};
