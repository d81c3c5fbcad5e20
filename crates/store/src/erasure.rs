//! Erasing a person: an account without anything personal, and then, in bounded steps, every other row that holds
//! something of that person. What was said in bookings, the engine's own command forgets. The id stays: as a pseudonym
//! that nobody can follow back, it keeps the log and the history of resources whole.

use bronya_domain::booking::REASON_ERASED;
use bronya_domain::ids::{BookingId, UserId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::bookings::EARLIEST;
use crate::db::{Around, Each, Row, Sql, Step, Tx, Value};
use crate::error::Result;
use crate::{password_links, waiting};

/// Rows that one step takes out or changes at most.
pub const ROWS_MAX: u32 = 500;
/// What stands in place of an erased person's name. No name that can be registered has a space.
pub const ERASED_NAME: &str = "deleted user";

pub(crate) const ACCOUNT: Sql<4> = Sql::new(
    "UPDATE account SET username = $1, username_key = $2, email = NULL, display_name = NULL, role = 'user',
        password_hash = '', disabled_at = $3, erased_at = $3, updated_at = $3, version = version + 1
    WHERE id = $4",
);
pub(crate) const OPEN: Sql<3> = Sql::new("INSERT INTO erasure (user_id, asked_by, asked_at) VALUES ($1, $2, $3)");
pub(crate) const DUE: Sql<2> = Sql::new(
    "SELECT user_id, asked_by FROM erasure WHERE done_at IS NULL AND asked_at <= $1 ORDER BY asked_at, user_id
    LIMIT $2",
);
pub(crate) const LAST_DONE: Sql<0> =
    Sql::new("SELECT done_at FROM erasure WHERE done_at IS NOT NULL ORDER BY done_at DESC LIMIT 1");
pub(crate) const DONE: Sql<2> = Sql::new("UPDATE erasure SET done_at = $1 WHERE user_id = $2 AND done_at IS NULL");
pub(crate) const RESOURCES_MANAGED: Sql<1> = Sql::new("DELETE FROM resource_manager WHERE user_id = $1");
pub(crate) const SITES_MANAGED: Sql<1> = Sql::new("DELETE FROM site_manager WHERE user_id = $1");
pub(crate) const GROUPS: Sql<1> = Sql::new("DELETE FROM group_member WHERE user_id = $1");
/// Their refresh tokens go with them.
pub(crate) const SESSIONS: Sql<2> =
    Sql::new("DELETE FROM session WHERE id IN (SELECT own.id FROM session AS own WHERE own.user_id = $1 LIMIT $2)");
pub(crate) const ANSWERS: Sql<2> = Sql::new(
    "DELETE FROM idempotency WHERE (user_id, key) IN (
        SELECT own.user_id, own.key FROM idempotency AS own WHERE own.user_id = $1 LIMIT $2)",
);
/// The answer that somebody else was given who made the booking.
pub(crate) const ANSWERS_ABOUT: Each<2> = Each::new(
    "DELETE FROM idempotency WHERE user_id = $1 AND location = $2",
    "DELETE FROM idempotency USING unnest($1::uuid[], $2::text[]) AS made (user_id, location)
    WHERE idempotency.user_id = made.user_id AND idempotency.location = made.location",
);
pub(crate) const ADDRESSES_AS_ACTOR: Sql<3> = Sql::new(
    "UPDATE event SET address = NULL WHERE id IN (
        SELECT own.id FROM event AS own WHERE own.actor_id = $1 AND own.id > $2 AND own.address IS NOT NULL
        ORDER BY own.id LIMIT $3)
    RETURNING id",
);
pub(crate) const ADDRESSES_OF_ATTEMPTS: Sql<3> = Sql::new(
    "UPDATE event SET address = NULL WHERE id IN (
        SELECT own.id FROM event AS own
        WHERE own.user_id = $1 AND own.actor_id IS NULL AND own.id > $2 AND own.address IS NOT NULL
        ORDER BY own.id LIMIT $3)
    RETURNING id",
);
/// Bookings in which something is said or that are still to come, in order of start and id, and who made them.
pub(crate) const BOOKINGS: Sql<6> = Sql::new(
    "SELECT id, starts_at, made_by FROM booking
    WHERE user_id = $1 AND (starts_at, id) > ($2, $3) AND (
        title IS NOT NULL OR notes IS NOT NULL OR fields IS NOT NULL OR people IS NOT NULL
        OR coalesce(override_reason, $4) <> $4 OR closed_reason IS NOT NULL
        OR (starts_at > $5 AND status IN ('pending', 'confirmed', 'held', 'checked_in')))
    ORDER BY starts_at, id LIMIT $6",
);

/// An erasure that is not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Who is erased.
    pub user: UserId,
    /// Who asked for it: the person, or an administrator.
    pub asked_by: UserId,
}

/// Takes everything personal out of the account, which nobody can sign in to any more, and notes that the rest is to
/// follow. Inside the transaction that has decided that it may be done.
pub async fn begin(tx: &mut Tx, user: UserId, asked_by: UserId, now: Timestamp) -> Result<()> {
    let key = format!("{ERASED_NAME} {user}");
    tx.execute(&ACCOUNT, [Value::Word(ERASED_NAME), key.into(), now.into(), user.into()]).await?;
    tx.execute(&RESOURCES_MANAGED, [user.into()]).await?;
    tx.execute(&SITES_MANAGED, [user.into()]).await?;
    tx.execute(&GROUPS, [user.into()]).await?;
    tx.execute(&waiting::FORGET, [user.into()]).await?;
    password_links::void(tx, user).await?;
    tx.execute(&OPEN, [user.into(), asked_by.into(), now.into()]).await?;
    Ok(())
}

/// Erasures that were asked for at `before` or earlier and are not finished, the oldest first.
pub async fn due(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<Vec<Erasure>> {
    tx.rows(&DUE, [before.into(), limit.into()], |row| Ok(Erasure { user: row.get(0)?, asked_by: row.get(1)? })).await
}

/// When one was finished last.
pub async fn last_done(tx: &mut Tx) -> Result<Option<Timestamp>> {
    tx.row(&LAST_DONE, [], |row| row.get(0)).await
}

/// Notes that nothing is left of a person.
pub async fn done(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<()> {
    tx.execute(&DONE, [now.into(), user.into()]).await?;
    Ok(())
}

/// A booking that has to be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Which one.
    pub id: BookingId,
    /// When it starts.
    pub starts_at: Timestamp,
    /// Who made it, where that is not its owner.
    pub made_by: Option<UserId>,
}

/// The next bookings of a person that have to be forgotten, after one of them.
pub async fn remembered(
    tx: &mut Tx,
    user: UserId,
    after: Option<Remembered>,
    now: Timestamp,
) -> Result<Vec<Remembered>> {
    let (start, id) = after.map_or((EARLIEST, BookingId(Uuid::nil())), |last| (last.starts_at, last.id));
    let values = [user.into(), start.into(), id.into(), Value::Word(REASON_ERASED), now.into(), ROWS_MAX.into()];
    tx.rows(&BOOKINGS, values, |row| Ok(Remembered { id: row.get(0)?, starts_at: row.get(1)?, made_by: row.get(2)? }))
        .await
}

/// Takes out the answers that others were given who made these bookings.
pub async fn forget_answers(tx: &mut Tx, made: &[(UserId, String)]) -> Result<()> {
    let rows: Vec<[Value; 2]> =
        made.iter().map(|(maker, location)| [(*maker).into(), location.as_str().into()]).collect();
    tx.pipeline(Around::Nothing, vec![Step::each(&ANSWERS_ABOUT, &rows, None)]).await
}

/// Takes out some sessions and kept answers of a person; whether there may be more.
pub async fn forget_rows(tx: &mut Tx, user: UserId) -> Result<bool> {
    let sessions = tx.execute(&SESSIONS, [user.into(), ROWS_MAX.into()]).await?;
    let answers = tx.execute(&ANSWERS, [user.into(), ROWS_MAX.into()]).await?;
    Ok(sessions.max(answers) == u64::from(ROWS_MAX))
}

/// Which lines of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// Those of what the person did.
    Done,
    /// Those of what nobody known did to the account: attempts to sign in.
    Attempts,
}

/// Empties the addresses in some lines of the log, after the one given; returns the last, where there may be more.
pub async fn forget_addresses(tx: &mut Tx, user: UserId, lines: Lines, after: Option<Uuid>) -> Result<Option<Uuid>> {
    let values = [user.into(), after.unwrap_or(Uuid::nil()).into(), ROWS_MAX.into()];
    let read = |row: &Row<'_>| row.get::<Uuid>(0);
    let emptied = match lines {
        Lines::Done => tx.rows(&ADDRESSES_AS_ACTOR, values, read).await?,
        Lines::Attempts => tx.rows(&ADDRESSES_OF_ATTEMPTS, values, read).await?,
    };
    let all = emptied.len() < usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
    Ok(if all { None } else { emptied.into_iter().max() })
}
