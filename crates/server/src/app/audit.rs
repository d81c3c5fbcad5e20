//! The log of who did what when, for administrators.

use bronya_store::events::{self, Filter, Found};
use uuid::Uuid;

use super::{App, Caller, Result, must_be_admin, read_as};

/// Lines of the log that are wanted, the newest first, from the one before `before` on; and where the search stopped, where there may be
/// more that it has not looked at.
pub async fn search(app: &App, caller: &Caller, filter: Filter, before: Option<Uuid>, limit: u32) -> Result<Found> {
    read_as!(app, caller, |tx, principal| {
        must_be_admin(principal)?;
        Ok(events::search(tx, &filter, before, limit, events::LOOKED_AT_MAX).await?)
    })
}
