//! What a server does for itself: whether it can serve, the keys that sign its tokens, room where time has passed. It is
//! asked by jobs and by those who watch the server, never by a user.

use bronya_store::{leases, sweep};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{App, Result, keys};

/// Rows that one [sweep](sweep_once) takes out at least where there is more to take.
pub const SWEPT_ROWS_MAX: u64 = sweep::ROWS_MAX as u64;
/// How long a server that sweeps keeps others from it: longer than the time between two sweeps.
const SWEEP_LEASE: SignedDuration = SignedDuration::from_secs(150);

/// Whether the database answers, with the schema that this program works with, and would take a write.
pub async fn ready(app: &App) -> Result<()> {
    Ok(app.store.ready().await?)
}

/// Leaves a SQLite file behind that is whole by itself. For a server that stops.
pub async fn settle(app: &App) -> Result<()> {
    Ok(app.store.settle().await?)
}

/// Reads the keys that sign tokens again.
pub async fn reload_keys(app: &App) -> Result<()> {
    let tokens = &app.sign_in.tokens;
    keys::reload(&app.store, tokens.keys(), app.clock.now(), tokens.lifetime()).await
}

/// Takes out rows that time made useless, unless another server does; returns how many.
pub async fn sweep_once(app: &App, holder: Uuid) -> Result<u64> {
    let now = app.clock.now();
    let until = now.checked_add(SWEEP_LEASE).unwrap_or(Timestamp::MAX);
    app.store
        .write(move |tx| {
            Box::pin(async move {
                if !leases::acquire(tx, "sweep", holder, now, until).await? {
                    return Ok(0);
                }
                Ok(sweep::sweep(tx, now).await?)
            })
        })
        .await
}
