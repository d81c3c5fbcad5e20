//! Support for the other crates' tests. No crate depends on it outside its tests, and it holds no tests of theirs.

mod answer;
mod app;
mod database;
mod documented;
mod ports;
pub mod postgres;
mod real;
pub mod simulator;

pub use answer::{Answer, FORBIDDEN_KEYS};
pub use app::{Call, PASSWORD, TestApp, User, run, run_on};
pub use database::{Backend, TestDatabase};
pub use documented::{Operation, operations};
pub use ports::{FakeClock, START, fake_ids};
pub use real::RealServer;

/// Runs each test on both databases: `name::sqlite` and `name::postgres`. The app's clock stands still, its ids count
/// up, and when the test is through, an audit of the whole database must find nothing wrong.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block)+) => {$(
        #[cfg(test)]
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "a test may use nothing but the app")]
            use super::*;

            $(#[$meta])*
            async fn test($app: $crate::TestApp) $body

            #[test]
            fn sqlite() {
                $crate::run($crate::Backend::Sqlite, test);
            }

            #[test]
            fn postgres() {
                $crate::run($crate::Backend::Postgres, test);
            }
        }
    )+};
}
