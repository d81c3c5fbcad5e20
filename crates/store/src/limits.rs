//! Where the state of rate limits is kept, so that all servers count together. What a limit is, the caller decides.

use jiff::Timestamp;

use crate::db::{Sql, Tx};
use crate::error::Result;

pub(crate) const LOCK: Sql<2> = Sql::new(
    "INSERT INTO rate_limit (key, arrival_at) VALUES ($1, $2)
    ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING arrival_at",
);
pub(crate) const SET: Sql<2> = Sql::new("UPDATE rate_limit SET arrival_at = $1 WHERE key = $2");

/// Locks the row of a limited thing until the transaction ends; returns its theoretical arrival time, `now` for one
/// that was not there.
pub async fn lock(tx: &mut Tx, key: &str, now: Timestamp) -> Result<Timestamp> {
    Ok(tx.row(&LOCK, [key.into(), now.into()], |row| row.get(0)).await?.unwrap_or(now))
}

/// Moves the theoretical arrival time.
pub async fn set(tx: &mut Tx, key: &str, arrival_at: Timestamp) -> Result<()> {
    tx.execute(&SET, [arrival_at.into(), key.into()]).await?;
    Ok(())
}
