//! Links with which a password is set once, by whoever has forgotten it or was invited: at most one for an account.

use bronya_domain::ids::UserId;
use jiff::Timestamp;

use crate::db::{Sql, Tx};
use crate::error::Result;

pub(crate) const PUT: Sql<3> = Sql::new(
    "INSERT INTO password_link (user_id, secret, expires_at) VALUES ($1, $2, $3)
    ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, expires_at = excluded.expires_at",
);
pub(crate) const FIND: Sql<2> = Sql::new("SELECT user_id FROM password_link WHERE secret = $1 AND expires_at > $2");
/// A link is good once.
pub(crate) const TAKE: Sql<2> =
    Sql::new("DELETE FROM password_link WHERE secret = $1 AND expires_at > $2 RETURNING user_id");
pub(crate) const VOID: Sql<1> = Sql::new("DELETE FROM password_link WHERE user_id = $1");
pub(crate) const OF_USER: Sql<2> =
    Sql::new("SELECT expires_at FROM password_link WHERE user_id = $1 AND expires_at > $2");
pub(crate) const SWEEP: Sql<2> = Sql::new(
    "DELETE FROM password_link WHERE user_id IN (
        SELECT old.user_id FROM password_link AS old WHERE old.expires_at <= $1 LIMIT $2)",
);

/// Puts a new link for an account in the place of any older one.
pub async fn put(tx: &mut Tx, user: UserId, secret: [u8; 32], expires_at: Timestamp) -> Result<()> {
    tx.execute(&PUT, [user.into(), secret.to_vec().into(), expires_at.into()]).await?;
    Ok(())
}

/// Whose password a link sets; `None` where it is not good.
pub async fn find(tx: &mut Tx, secret: [u8; 32], now: Timestamp) -> Result<Option<UserId>> {
    tx.row(&FIND, [secret.to_vec().into(), now.into()], |row| row.get(0)).await
}

/// Uses a link up; whose password it sets, `None` where it is not good.
pub async fn take(tx: &mut Tx, secret: [u8; 32], now: Timestamp) -> Result<Option<UserId>> {
    tx.row(&TAKE, [secret.to_vec().into(), now.into()], |row| row.get(0)).await
}

/// The link for an account, if there is one, is good for nothing from then on.
pub async fn void(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.execute(&VOID, [user.into()]).await?;
    Ok(())
}

/// Until when there is a link for an account.
pub async fn good_until(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Option<Timestamp>> {
    tx.row(&OF_USER, [user.into(), now.into()], |row| row.get(0)).await
}
