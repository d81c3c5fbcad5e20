//! The log of who did what when, for administrators.

use bronya_store::events::{self, Event};
use uuid::Uuid;

use super::{App, Caller, Result, must_be_admin, read_as};

/// Lines of the log, the newest first, from the one before `before` on.
pub async fn list(app: &App, caller: &Caller, before: Option<Uuid>, limit: u32) -> Result<Vec<Event>> {
    read_as!(app, caller, |tx, principal| {
        must_be_admin(principal)?;
        Ok(events::list(tx, before, limit).await?)
    })
}
