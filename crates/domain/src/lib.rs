//! The rules of reservation, and nothing else. This crate does no IO, reads no clock, draws no random number and
//! knows no SQL, no HTTP and no serialisation format: everything a rule needs comes in as a fact, and everything
//! it wants done goes out as a change.
//!
//! The way through it: the shell builds a [`Command`](command::Command), the store loads the
//! [`Facts`](facts::Facts) it [needs](command::Command::needs) under lock, [`decide`](decide::decide) answers
//! with a [`Decision`](effect::Decision) or a [`Refusal`](refusal::Refusal), and the store writes the changes.

pub mod availability;
pub mod block;
pub mod booking;
pub mod calendar;
pub mod command;
pub mod decide;
pub mod door;
pub mod effect;
pub mod facts;
pub mod floor_plan;
pub mod hours;
pub mod ids;
pub mod interval;
pub mod kind;
pub mod limits;
pub mod mode;
pub mod pace;
pub mod place;
pub mod policy;
pub mod profile;
pub mod public_page;
pub mod recurrence;
pub mod refusal;
pub mod report;
pub mod resource;
pub mod rules;
pub mod seating;
pub mod text;
pub mod user;
pub mod zone_change;
