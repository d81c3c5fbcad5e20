//! Displays at doors, and the tablets that wait to become one.

use bronya_domain::door::{Display, DoorSettings, Shows};
use bronya_domain::ids::{DisplayId, ResourceId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::{Row, Sql, Tx, Value};
use crate::error::{Result, StoreError};

/// A display's columns, in the order in which [`read`] reads them.
macro_rules! select_display {
    () => {
        "SELECT id, resource_id, settings, pin, version, created_by, created_at, updated_at, seen_at FROM display"
    };
}

pub(crate) const BY_ID: Sql<1> = Sql::new(concat!(select_display!(), " WHERE id = $1 AND revoked_at IS NULL"));
pub(crate) const BY_SECRET: Sql<1> = Sql::new(concat!(select_display!(), " WHERE secret = $1 AND revoked_at IS NULL"));
/// Writes nothing new: it locks the row, and returns what stands in it under the lock.
pub(crate) const HOLD: Sql<1> = Sql::new(
    "UPDATE display SET version = version WHERE id = $1 AND revoked_at IS NULL
    RETURNING id, resource_id, settings, pin, version, created_by, created_at, updated_at, seen_at",
);
pub(crate) const LIST: Sql<2> =
    Sql::new(concat!(select_display!(), " WHERE id > $1 AND revoked_at IS NULL ORDER BY id LIMIT $2"));
/// Those at doors of what somebody manages.
pub(crate) const MANAGED: Sql<3> = Sql::new(concat!(
    select_display!(),
    " WHERE id > $1 AND revoked_at IS NULL AND (
        EXISTS (SELECT 1 FROM resource_manager AS own WHERE own.resource_id = display.resource_id AND own.user_id = $2)
        OR EXISTS (
            SELECT 1 FROM resource JOIN site_manager ON site_manager.site_id = resource.site_id
            WHERE resource.id = display.resource_id AND site_manager.user_id = $2))
    ORDER BY id LIMIT $3"
));
pub(crate) const OF_RESOURCE: Sql<1> =
    Sql::new("SELECT count(*) FROM display WHERE resource_id = $1 AND revoked_at IS NULL");
pub(crate) const INSERT: Sql<9> = Sql::new(
    "INSERT INTO display (id, resource_id, secret, pin, settings, version, created_by, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
);
pub(crate) const UPDATE: Sql<5> =
    Sql::new("UPDATE display SET pin = $1, settings = $2, updated_at = $3, version = $4 WHERE id = $5");
pub(crate) const REVOKE: Sql<2> = Sql::new("UPDATE display SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL");
pub(crate) const SEEN: Sql<2> = Sql::new("UPDATE display SET seen_at = $1 WHERE id = $2");
pub(crate) const PAIR: Sql<3> = Sql::new("INSERT INTO display_pairing (code, secret, expires_at) VALUES ($1, $2, $3)");
pub(crate) const PAIRING: Sql<2> =
    Sql::new("SELECT expires_at FROM display_pairing WHERE secret = $1 AND expires_at > $2");
/// A code is good once.
pub(crate) const TAKE: Sql<2> =
    Sql::new("DELETE FROM display_pairing WHERE code = $1 AND expires_at > $2 RETURNING secret");
pub(crate) const SWEEP: Sql<2> = Sql::new(
    "DELETE FROM display_pairing WHERE code IN (
        SELECT old.code FROM display_pairing AS old WHERE old.expires_at <= $1 LIMIT $2)",
);

#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    name: String,
    may_book: bool,
    may_check_in: bool,
    may_extend: bool,
    may_end: bool,
    shows: StoredShows,
    language: Option<String>,
    is_dark: Option<bool>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredShows {
    Busy,
    Titles,
    People,
}

fn write(settings: &DoorSettings) -> Result<Value> {
    let stored = Stored {
        name: settings.name.clone(),
        may_book: settings.may_book,
        may_check_in: settings.may_check_in,
        may_extend: settings.may_extend,
        may_end: settings.may_end,
        shows: match settings.shows {
            Shows::Busy => StoredShows::Busy,
            Shows::Titles => StoredShows::Titles,
            Shows::People => StoredShows::People,
        },
        language: settings.language.clone(),
        is_dark: settings.is_dark,
    };
    let text = serde_json::to_string(&stored)
        .map_err(|error| StoreError::Internal(format!("settings of a display can't be written: {error}")))?;
    Ok(text.into())
}

fn hash(bytes: Vec<u8>, column: &'static str) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| StoreError::inconsistent("display", column, "a hash has another length"))
}

fn read(row: &Row<'_>) -> Result<Display> {
    let text: String = row.get(2)?;
    let stored: Stored =
        serde_json::from_str(&text).map_err(|error| StoreError::inconsistent("display", "settings", &error))?;
    let settings = DoorSettings {
        name: stored.name,
        may_book: stored.may_book,
        may_check_in: stored.may_check_in,
        may_extend: stored.may_extend,
        may_end: stored.may_end,
        shows: match stored.shows {
            StoredShows::Busy => Shows::Busy,
            StoredShows::Titles => Shows::Titles,
            StoredShows::People => Shows::People,
        },
        language: stored.language,
        is_dark: stored.is_dark,
    };
    Ok(Display {
        id: row.get(0)?,
        resource: row.get(1)?,
        settings,
        pin: row.get::<Option<Vec<u8>>>(3)?.map(|bytes| hash(bytes, "pin")).transpose()?,
        version: row.get(4)?,
        created_by: row.get(5)?,
        created_at: row.get(6)?,
        updated_at: row.get(7)?,
        seen_at: row.get(8)?,
    })
}

/// The display with this id, unless it was revoked.
pub async fn by_id(tx: &mut Tx, id: DisplayId) -> Result<Option<Display>> {
    tx.row(&BY_ID, [id.into()], read).await
}

/// The display whose secret has this hash, unless it was revoked.
pub async fn by_secret(tx: &mut Tx, secret: [u8; 32]) -> Result<Option<Display>> {
    tx.row(&BY_SECRET, [secret.to_vec().into()], read).await
}

/// The same as [`by_id`], and nobody else changes it until the transaction ends.
pub async fn hold(tx: &mut Tx, id: DisplayId) -> Result<Option<Display>> {
    tx.row(&HOLD, [id.into()], read).await
}

/// Displays in the order in which they were paired, after `after`: all, or those at doors of what somebody manages.
pub async fn list(tx: &mut Tx, manager: Option<UserId>, after: DisplayId, limit: u32) -> Result<Vec<Display>> {
    match manager {
        None => tx.rows(&LIST, [after.into(), limit.into()], read).await,
        Some(user) => tx.rows(&MANAGED, [after.into(), user.into(), limit.into()], read).await,
    }
}

/// How many there are at a door.
pub async fn count(tx: &mut Tx, resource: ResourceId) -> Result<u32> {
    Ok(tx.row(&OF_RESOURCE, [resource.into()], |row| row.get(0)).await?.unwrap_or(0))
}

/// Adds one.
pub async fn insert(tx: &mut Tx, display: &Display, secret: [u8; 32]) -> Result<()> {
    let values = [
        display.id.into(),
        display.resource.into(),
        secret.to_vec().into(),
        display.pin.map(|pin| pin.to_vec()).into(),
        write(&display.settings)?,
        display.version.into(),
        display.created_by.into(),
        display.created_at.into(),
        display.updated_at.into(),
    ];
    tx.execute(&INSERT, values).await?;
    Ok(())
}

/// Writes one that is [held](hold).
pub async fn update(tx: &mut Tx, display: &Display) -> Result<()> {
    let values = [
        display.pin.map(|pin| pin.to_vec()).into(),
        write(&display.settings)?,
        display.updated_at.into(),
        display.version.into(),
        display.id.into(),
    ];
    tx.execute(&UPDATE, values).await?;
    Ok(())
}

/// Its secret is good for nothing from then on.
pub async fn revoke(tx: &mut Tx, id: DisplayId, now: Timestamp) -> Result<()> {
    tx.execute(&REVOKE, [now.into(), id.into()]).await?;
    Ok(())
}

/// Notes that it has asked for something.
pub async fn seen(tx: &mut Tx, id: DisplayId, now: Timestamp) -> Result<()> {
    tx.execute(&SEEN, [now.into(), id.into()]).await?;
    Ok(())
}

/// A tablet waits for somebody to enter its code; [`StoreError::NotUnique`] where another one shows the same.
pub async fn pair(tx: &mut Tx, code: [u8; 32], secret: [u8; 32], until: Timestamp) -> Result<()> {
    tx.execute(&PAIR, [code.to_vec().into(), secret.to_vec().into(), until.into()]).await?;
    Ok(())
}

/// Until when the code of a tablet is good; `None` where it is not, or somebody has entered it.
pub async fn pairing(tx: &mut Tx, secret: [u8; 32], now: Timestamp) -> Result<Option<Timestamp>> {
    tx.row(&PAIRING, [secret.to_vec().into(), now.into()], |row| row.get(0)).await
}

/// The hash of the secret of the tablet that shows this code, which is good no longer.
pub async fn take(tx: &mut Tx, code: [u8; 32], now: Timestamp) -> Result<Option<[u8; 32]>> {
    let found = tx.row(&TAKE, [code.to_vec().into(), now.into()], |row| row.get::<Vec<u8>>(0)).await?;
    found.map(|bytes| hash(bytes, "secret")).transpose()
}
