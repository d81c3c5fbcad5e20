//! The only crate that knows SQL: both databases behind one face, the engine that commits in groups,
//! and one file per entity. It never speaks HTTP, never hashes a password and never calls out.

pub mod db;
pub mod engine;
pub mod error;
pub mod events;
mod facts;
mod migrate;
pub mod ports;
pub mod store;
mod write;

pub use error::{Result, StoreError};
pub use facts::Answer;
pub use migrate::SCHEMA_VERSION;
pub use store::{DatabaseUrl, Options, Store};
