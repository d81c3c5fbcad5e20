//! The only crate that knows SQL: both databases behind one face, the engine that commits in groups,
//! and one file per entity. It never speaks HTTP, never hashes a password and never calls out.

pub mod ports;
