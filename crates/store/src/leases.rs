//! Rows that one transaction or one server at a time may hold: locks by name, and leases that run out.

use jiff::Timestamp;
use uuid::Uuid;

use crate::db::{Sql, Tx};
use crate::error::Result;

pub(crate) const HOLD: Sql<3> = Sql::new(
    "INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder",
);
pub(crate) const ACQUIRE: Sql<4> = Sql::new(
    "INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
    WHERE lease.until < $4 OR lease.holder = excluded.holder",
);

/// Waits until no other transaction holds the name, and holds it until this one ends.
pub(crate) async fn hold(tx: &mut Tx, name: &'static str) -> Result<()> {
    tx.execute(&HOLD, [name.into(), Uuid::nil().into(), Timestamp::UNIX_EPOCH.into()]).await?;
    Ok(())
}

/// Takes or renews a lease until `until`; false where another holder's has not run out at `now`.
pub async fn acquire(tx: &mut Tx, name: &'static str, holder: Uuid, now: Timestamp, until: Timestamp) -> Result<bool> {
    let touched = tx.execute(&ACQUIRE, [name.into(), holder.into(), until.into(), now.into()]).await?;
    Ok(touched == 1)
}
