//! HTTP: the shell that every request passes, and what the endpoints are made of. It never decides anything about a
//! booking: handlers translate between the wire and the use cases.

pub mod address;
pub mod answer;
pub mod attendance;
pub mod audit;
pub mod availability;
pub mod bookings;
pub mod bulk;
pub mod caller;
mod cells;
pub mod context;
pub mod docs;
pub mod etag;
pub mod export;
pub mod extract;
pub mod health;
pub mod import;
pub mod managers;
pub mod middleware;
pub mod net;
pub mod openapi;
pub mod page;
pub mod personal;
pub mod places;
pub mod problem;
mod refused;
pub mod reports;
pub mod resources;
pub mod router;
pub mod rules;
pub mod schedule;
pub mod series;
pub mod set_up;
pub mod table;
pub mod users;
pub mod wire;
