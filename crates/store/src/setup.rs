//! The one-time link with which the first administrator is made in the browser.

use jiff::Timestamp;

use crate::db::{Sql, Tx};
use crate::error::Result;

pub(crate) const PUT: Sql<2> = Sql::new(
    "INSERT INTO setup_link (id, token_hash, expires_at) VALUES (1, $1, $2)
    ON CONFLICT (id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at",
);
pub(crate) const FIND: Sql<2> = Sql::new("SELECT id FROM setup_link WHERE token_hash = $1 AND expires_at > $2");
pub(crate) const TAKE: Sql<2> = Sql::new("DELETE FROM setup_link WHERE token_hash = $1 AND expires_at > $2");

/// Puts a new link in the place of any older one.
pub async fn put(tx: &mut Tx, token_hash: [u8; 32], expires_at: Timestamp) -> Result<()> {
    tx.execute(&PUT, [token_hash.into(), expires_at.into()]).await?;
    Ok(())
}

/// Whether a link is good.
pub async fn is_good(tx: &mut Tx, token_hash: [u8; 32], now: Timestamp) -> Result<bool> {
    Ok(tx.row(&FIND, [token_hash.into(), now.into()], |row| row.get::<i64>(0)).await?.is_some())
}

/// Uses a link up; false where it is not good.
pub async fn take(tx: &mut Tx, token_hash: [u8; 32], now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&TAKE, [token_hash.into(), now.into()]).await? > 0)
}
