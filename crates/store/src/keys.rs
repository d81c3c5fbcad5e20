//! The keys that sign access tokens, shared by every server on the database.

use jiff::Timestamp;

use crate::db::{Sql, Tx};
use crate::error::Result;
use crate::leases;

/// A key as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Its short name, which tokens carry.
    pub kid: String,
    /// The secret.
    pub secret: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it signs nothing any more; it still verifies for a while.
    pub retired_at: Option<Timestamp>,
}

impl std::fmt::Debug for StoredKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

pub(crate) const LIST: Sql<0> =
    Sql::new("SELECT kid, secret, created_at, retired_at FROM signing_key ORDER BY created_at DESC, kid");
pub(crate) const RETIRE: Sql<1> = Sql::new("UPDATE signing_key SET retired_at = $1 WHERE retired_at IS NULL");
pub(crate) const INSERT: Sql<3> = Sql::new("INSERT INTO signing_key (kid, secret, created_at) VALUES ($1, $2, $3)");

/// All keys, the newest first.
pub async fn list(tx: &mut Tx) -> Result<Vec<StoredKey>> {
    tx.rows(&LIST, [], |row| {
        Ok(StoredKey { kid: row.get(0)?, secret: row.get(1)?, created_at: row.get(2)?, retired_at: row.get(3)? })
    })
    .await
}

/// Keeps every other transaction from making keys, until this one ends: of several servers that start at once,
/// one makes the first key.
pub async fn hold(tx: &mut Tx) -> Result<()> {
    leases::hold(tx, "signing_key").await
}

/// Retires the keys that sign and adds the one that signs from now on.
pub async fn rotate(tx: &mut Tx, kid: &str, secret: &[u8], now: Timestamp) -> Result<()> {
    tx.execute(&RETIRE, [now.into()]).await?;
    tx.execute(&INSERT, [kid.into(), secret.to_vec().into(), now.into()]).await?;
    Ok(())
}
