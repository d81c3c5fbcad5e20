//! Everything that tries to make a running server break its word: a lean client, races, crashes, a benchmark, and the
//! checker that judges what came of it. It speaks the HTTP contract over real sockets and never imports the server, so
//! that no mistake of the server's can hide in here too.

pub mod api;
pub mod bench;
pub mod checker;
pub mod history;
pub mod http;
/// The very file of the test kit, included rather than imported: a dependency would bring the server along.
#[path = "../../testkit/src/postgres.rs"]
pub mod postgres;
pub mod process;
pub mod random;
pub mod report;
pub mod scenario;
pub mod target;
pub mod time;
