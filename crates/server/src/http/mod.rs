//! HTTP: the shell that every request passes, and what the endpoints are made of. It never decides anything about a
//! booking: handlers translate between the wire and the use cases.

pub mod address;
pub mod context;
pub mod docs;
pub mod etag;
pub mod extract;
pub mod middleware;
pub mod net;
pub mod page;
pub mod problem;
