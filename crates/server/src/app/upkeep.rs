//! What a server does for itself: whether it can serve, the keys that sign its tokens, room where time has passed. It is
//! asked by jobs and by those who watch the server, never by a user.

use bronya_domain::command::Command;
use bronya_store::engine::Actor;
use bronya_store::events::Origin;
use bronya_store::{bookings, leases, sweep};
use futures_util::future::join_all;
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

/// Bookings that one [`lapse_once`] writes down at most.
pub const LAPSED_MAX: u32 = 200;
/// How long a server that writes down what has lapsed keeps others from it.
const LAPSE_LEASE: SignedDuration = SignedDuration::from_secs(20);

/// Writes down which bookings have lapsed, unless another server does; returns how many. They stood in nobody's way
/// before that either.
pub async fn lapse_once(app: &App, holder: Uuid) -> Result<u32> {
    let now = app.clock.now();
    let due = app.store.read(move |tx| Box::pin(bookings::lapsed(tx, now, LAPSED_MAX))).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let until = now.checked_add(LAPSE_LEASE).unwrap_or(Timestamp::MAX);
    let mine = app.store.write(move |tx| Box::pin(leases::acquire(tx, "lapse", holder, now, until))).await?;
    if !mine {
        return Ok(0);
    }
    let lapse = |id| app.submit_as(Actor::System, Command::Lapse(id), Origin::default());
    let lapses = due.into_iter().map(lapse);
    let mut written = 0;
    for answered in join_all(lapses).await {
        answered?;
        written += 1;
    }
    Ok(written)
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
