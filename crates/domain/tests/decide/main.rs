//! The decision from the outside: tables of cases that show each refusal and which of two is told, small worlds tried
//! exhaustively, and a million random commands against a model that any reader can check by eye. It looks at what
//! `decide` answers and at what its changes come to, never at how it got there.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]
#![expect(clippy::option_option, reason = "what stays and what is taken away are two things, as in the command")]

mod bench;
mod evening;
mod model;
mod random;
mod scene;
mod small_worlds;
mod tables;
mod world;
