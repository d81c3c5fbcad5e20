//! Sessions and their refresh tokens. A session is looked up on every request, by every server: that it is there,
//! not revoked and not over is what makes a token good, so a lost row or an unreachable database refuses.

use bronya_domain::ids::{SessionId, UserId};
use bronya_domain::user::Principal;
use jiff::{SignedDuration, Timestamp};

use crate::db::{Row, Sql, Tx};
use crate::error::Result;
use crate::facts::role;

/// One sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id, which its access tokens carry.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// When it began.
    pub created_at: Timestamp,
    /// When a token was last made for it.
    pub used_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// From where it began.
    pub address: Option<String>,
    /// What the client called itself.
    pub user_agent: Option<String>,
}

/// Sessions of one user that are kept; a new one ends the one unused the longest.
const SESSIONS_MAX: u32 = 1_000;

/// How long a used refresh token is still good, for an answer that was lost on its way.
pub const REFRESH_GRACE: SignedDuration = SignedDuration::from_secs(10);

pub(crate) const INSERT: Sql<6> = Sql::new(
    "INSERT INTO session (id, user_id, created_at, used_at, expires_at, address, user_agent)
    VALUES ($1, $2, $3, $3, $4, $5, $6)",
);
pub(crate) const REVOKE_OLDEST: Sql<3> = Sql::new(
    "UPDATE session SET revoked_at = $1
    WHERE user_id = $2 AND revoked_at IS NULL AND id IN (
        SELECT id FROM session WHERE user_id = $2 AND revoked_at IS NULL ORDER BY used_at DESC LIMIT 100 OFFSET $3
    )",
);
pub(crate) const PRINCIPAL: Sql<3> = Sql::new(
    "SELECT account.id, account.role FROM session JOIN account ON account.id = session.user_id
    WHERE session.id = $1 AND session.user_id = $2 AND session.expires_at > $3 AND session.revoked_at IS NULL
        AND account.disabled_at IS NULL",
);
pub(crate) const INSERT_REFRESH: Sql<4> =
    Sql::new("INSERT INTO refresh_token (hash, session_id, issued_at, expires_at) VALUES ($1, $2, $3, $4)");
pub(crate) const USE_REFRESH: Sql<2> = Sql::new(
    "UPDATE refresh_token SET used_at = coalesce(used_at, $1) WHERE hash = $2
    RETURNING session_id, used_at, expires_at",
);
pub(crate) const BY_ID: Sql<1> = Sql::new(
    "SELECT id, user_id, created_at, used_at, expires_at, address, user_agent FROM session
    WHERE id = $1 AND revoked_at IS NULL",
);
pub(crate) const TOUCH: Sql<2> = Sql::new("UPDATE session SET used_at = $1 WHERE id = $2");
pub(crate) const OF_USER: Sql<3> = Sql::new(
    "SELECT id, user_id, created_at, used_at, expires_at, address, user_agent FROM session
    WHERE user_id = $1 AND expires_at > $2 AND revoked_at IS NULL ORDER BY used_at DESC, id LIMIT $3",
);
pub(crate) const REVOKE: Sql<3> =
    Sql::new("UPDATE session SET revoked_at = $1 WHERE id = $2 AND user_id = $3 AND revoked_at IS NULL");
pub(crate) const REVOKE_OTHERS: Sql<3> =
    Sql::new("UPDATE session SET revoked_at = $1 WHERE user_id = $2 AND id <> $3 AND revoked_at IS NULL");

/// Adds a session.
pub async fn insert(tx: &mut Tx, session: &Session) -> Result<()> {
    let values = [
        session.id.into(),
        session.user.into(),
        session.created_at.into(),
        session.expires_at.into(),
        session.address.as_deref().into(),
        session.user_agent.as_deref().into(),
    ];
    tx.execute(&INSERT, values).await?;
    tx.execute(&REVOKE_OLDEST, [session.created_at.into(), session.user.into(), SESSIONS_MAX.into()]).await?;
    Ok(())
}

/// Who this is, if the session is alive and the account not disabled.
pub async fn principal(tx: &mut Tx, session: SessionId, user: UserId, now: Timestamp) -> Result<Option<Principal>> {
    tx.row(&PRINCIPAL, [session.into(), user.into(), now.into()], |row| {
        Ok(Principal { user: row.get(0)?, role: role(row, 1)? })
    })
    .await
}

/// Adds a refresh token to a session.
pub async fn insert_refresh(
    tx: &mut Tx,
    hash: [u8; 32],
    session: SessionId,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    tx.execute(&INSERT_REFRESH, [hash.into(), session.into(), now.into(), expires_at.into()]).await?;
    Ok(())
}

/// What presenting a refresh token comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// The session goes on.
    Good(Session),
    /// The token was used before, longer ago than the grace: its session was ended.
    Reused(SessionId, UserId),
    /// There is no such token, or it or its session is over.
    Unknown,
}

/// Uses a refresh token up. Whoever comes with a used one after the grace is not the one it was given to, or the
/// one who used it was not; so nobody keeps the session.
pub async fn refresh(tx: &mut Tx, hash: [u8; 32], now: Timestamp) -> Result<Refreshed> {
    let used = tx
        .row(&USE_REFRESH, [now.into(), hash.into()], |row| {
            Ok((row.get::<SessionId>(0)?, row.get::<Timestamp>(1)?, row.get::<Timestamp>(2)?))
        })
        .await?;
    let Some((id, used_at, expires_at)) = used else { return Ok(Refreshed::Unknown) };
    let Some(session) = by_id(tx, id).await? else { return Ok(Refreshed::Unknown) };
    if now.duration_since(used_at) > REFRESH_GRACE {
        revoke(tx, id, session.user, now).await?;
        return Ok(Refreshed::Reused(id, session.user));
    }
    if expires_at <= now || session.expires_at <= now {
        return Ok(Refreshed::Unknown);
    }
    tx.execute(&TOUCH, [now.into(), id.into()]).await?;
    Ok(Refreshed::Good(session))
}

/// The session, if it was not revoked.
pub async fn by_id(tx: &mut Tx, id: SessionId) -> Result<Option<Session>> {
    tx.row(&BY_ID, [id.into()], session).await
}

/// The sessions of a user that are alive, the last used first.
pub async fn of_user(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Vec<Session>> {
    tx.rows(&OF_USER, [user.into(), now.into(), SESSIONS_MAX.into()], session).await
}

/// Ends a session of the user's; false where there is no such session to end.
pub async fn revoke(tx: &mut Tx, id: SessionId, user: UserId, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&REVOKE, [now.into(), id.into(), user.into()]).await? > 0)
}

/// Ends all sessions of a user but `keep`.
pub async fn revoke_others(tx: &mut Tx, user: UserId, keep: Option<SessionId>, now: Timestamp) -> Result<u64> {
    let keep = keep.unwrap_or(SessionId(uuid::Uuid::nil()));
    tx.execute(&REVOKE_OTHERS, [now.into(), user.into(), keep.into()]).await
}

fn session(row: &Row<'_>) -> Result<Session> {
    Ok(Session {
        id: row.get(0)?,
        user: row.get(1)?,
        created_at: row.get(2)?,
        used_at: row.get(3)?,
        expires_at: row.get(4)?,
        address: row.get(5)?,
        user_agent: row.get(6)?,
    })
}
