//! Support for the other crates' tests. No crate depends on it outside its tests, and it holds no tests of theirs.

pub mod postgres;
