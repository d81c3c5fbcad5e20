//! What time makes useless: answers older than their day, sessions that are over, limits that count nothing any
//! more. Whether something is over is decided where it is used; this only makes room.

use jiff::{SignedDuration, Timestamp};

use crate::db::{Sql, Tx};
use crate::displays;
use crate::engine::ANSWER_KEPT;
use crate::error::Result;
use crate::password_links;
use crate::pictures;
use crate::public_pages;
use crate::waiting;
use crate::zones;

/// Rows that one sweep takes out of a table at most, so that it holds nobody up.
pub const ROWS_MAX: u32 = 1_000;
/// How long a session that is over is still there.
const SESSION_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// How long a key that signs nothing any more is still there.
const KEY_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long a picture that nothing has is still there: longer than it takes to give it to something.
const PICTURE_KEPT: SignedDuration = SignedDuration::from_hours(1);
/// Pictures that one sweep takes out at most: they are larger than rows are.
const PICTURES_MAX: u32 = 20;

pub(crate) const ANSWERS: Sql<2> = Sql::new(
    "DELETE FROM idempotency WHERE (user_id, key) IN (
        SELECT old.user_id, old.key FROM idempotency AS old WHERE old.created_at < $1 LIMIT $2)",
);
pub(crate) const SESSIONS: Sql<2> =
    Sql::new("DELETE FROM session WHERE id IN (SELECT old.id FROM session AS old WHERE old.expires_at < $1 LIMIT $2)");
pub(crate) const REFRESH_TOKENS: Sql<2> = Sql::new(
    "DELETE FROM refresh_token WHERE hash IN (
        SELECT old.hash FROM refresh_token AS old WHERE old.expires_at < $1 LIMIT $2)",
);
pub(crate) const LIMITS: Sql<2> = Sql::new(
    "DELETE FROM rate_limit WHERE key IN (
        SELECT old.key FROM rate_limit AS old WHERE old.arrival_at < $1 LIMIT $2)",
);
pub(crate) const KEYS: Sql<1> = Sql::new("DELETE FROM signing_key WHERE retired_at < $1");

/// Makes room; returns how many rows went.
pub async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let before = |kept: SignedDuration| now.checked_sub(kept).unwrap_or(Timestamp::MIN);
    let mut gone = tx.execute(&ANSWERS, [before(ANSWER_KEPT).into(), ROWS_MAX.into()]).await?;
    gone += tx.execute(&REFRESH_TOKENS, [before(SESSION_KEPT).into(), ROWS_MAX.into()]).await?;
    gone += tx.execute(&SESSIONS, [before(SESSION_KEPT).into(), ROWS_MAX.into()]).await?;
    gone += tx.execute(&LIMITS, [now.into(), ROWS_MAX.into()]).await?;
    gone += tx.execute(&pictures::SWEEP, [before(PICTURE_KEPT).into(), PICTURES_MAX.into()]).await?;
    gone += tx.execute(&waiting::OVER, [now.into(), ROWS_MAX.into()]).await?;
    gone += tx.execute(&waiting::SWEEP, [before(waiting::KEPT).into(), ROWS_MAX.into()]).await?;
    gone += tx.execute(&public_pages::SWEEP, [now.into(), ROWS_MAX.into()]).await?;
    gone += tx.execute(&displays::SWEEP, [now.into(), ROWS_MAX.into()]).await?;
    gone += tx.execute(&password_links::SWEEP, [now.into(), ROWS_MAX.into()]).await?;
    gone += tx.execute(&zones::SWEEP, [now.into(), ROWS_MAX.into()]).await?;
    gone += tx.execute(&KEYS, [before(KEY_KEPT).into()]).await?;
    Ok(gone)
}
