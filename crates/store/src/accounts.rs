//! Accounts: who may sign in. Names are unique by their key; nobody is ever deleted, so ids are never used again.

use std::collections::BTreeSet;

use bronya_domain::ids::UserId;
use bronya_domain::user::Role;
use jiff::Timestamp;

use crate::db::{Around, Each, Row, Sql, Step, Tx, Value};
use crate::error::Result;
use crate::facts::role;
use crate::leases;

/// An account as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// The name as its owner writes it.
    pub username: String,
    /// An address for mail.
    pub email: Option<String>,
    /// What others see.
    pub display_name: Option<String>,
    /// What it may do.
    pub role: Role,
    /// A PHC string.
    pub password_hash: String,
    /// Since when it is disabled.
    pub disabled_at: Option<Timestamp>,
    /// Counts its changes: its entity tag.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When the person was erased: what is left is an id that is nobody's, under a name that says so.
    pub erased_at: Option<Timestamp>,
}

pub(crate) const INSERT: Sql<8> = Sql::new(
    "INSERT INTO account (id, username, username_key, email, display_name, role, password_hash, version, created_at,
        updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8)",
);
/// Answers nothing where somebody has the name.
pub(crate) const INSERT_UNLESS_TAKEN: Sql<8> = Sql::new(
    "INSERT INTO account (id, username, username_key, email, display_name, role, password_hash, version, created_at,
        updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $8)
    ON CONFLICT (username_key) DO NOTHING RETURNING id",
);
pub(crate) const BY_ID: Sql<1> = Sql::new(
    "SELECT id, username, email, display_name, role, password_hash, disabled_at, version, created_at, updated_at,
        erased_at
    FROM account WHERE id = $1",
);
pub(crate) const BY_USERNAME: Sql<1> = Sql::new(
    "SELECT id, username, email, display_name, role, password_hash, disabled_at, version, created_at, updated_at,
        erased_at
    FROM account WHERE username_key = $1",
);
pub(crate) const LIST: Sql<3> = Sql::new(
    "SELECT id, username, email, display_name, role, password_hash, disabled_at, version, created_at, updated_at,
        erased_at
    FROM account WHERE id > $1 AND username_key LIKE $2 ESCAPE '\\' ORDER BY id LIMIT $3",
);
pub(crate) const UPDATE: Sql<7> = Sql::new(
    "UPDATE account SET email = $1, display_name = $2, role = $3, password_hash = $4, disabled_at = $5,
        updated_at = $6, version = version + 1
    WHERE id = $7",
);
/// Writes nothing new: it locks the row, and returns what stands in it under the lock.
pub(crate) const FOR_CHANGE: Sql<1> = Sql::new(
    "UPDATE account SET version = version WHERE id = $1
    RETURNING id, username, email, display_name, role, password_hash, disabled_at, version, created_at, updated_at,
        erased_at",
);
/// Whether somebody has an account and is not erased.
pub(crate) const STANDS: Each<1> = Each::new(
    "SELECT id FROM account WHERE id = $1 AND erased_at IS NULL",
    "SELECT id FROM account WHERE id = ANY ($1::uuid[]) AND erased_at IS NULL",
);
pub(crate) const COUNT_ADMINS: Sql<0> =
    Sql::new("SELECT count(*) FROM account WHERE role = 'admin' AND disabled_at IS NULL");
pub(crate) const COUNT: Sql<0> = Sql::new("SELECT count(*) FROM account");

/// Adds an account, under the key by which its name is unique; [`StoreError::NotUnique`](crate::StoreError) where
/// somebody has it.
pub async fn insert(tx: &mut Tx, account: &Account, username_key: &str) -> Result<()> {
    tx.execute(&INSERT, inserted(account, username_key)).await?;
    Ok(())
}

/// Adds an account, unless somebody has the name; whether it was added. The transaction goes on either way.
pub async fn insert_unless_taken(tx: &mut Tx, account: &Account, username_key: &str) -> Result<bool> {
    let added = tx.row(&INSERT_UNLESS_TAKEN, inserted(account, username_key), |row| row.get::<UserId>(0)).await?;
    Ok(added.is_some())
}

fn inserted(account: &Account, username_key: &str) -> [Value; 8] {
    [
        account.id.into(),
        account.username.as_str().into(),
        username_key.into(),
        account.email.as_deref().into(),
        account.display_name.as_deref().into(),
        Value::Word(account.role.as_str()),
        account.password_hash.as_str().into(),
        account.created_at.into(),
    ]
}

/// Whether all of these have accounts, and nobody of them is erased.
pub async fn stand(tx: &mut Tx, people: &BTreeSet<UserId>) -> Result<bool> {
    let rows: Vec<[Value; 1]> = people.iter().map(|id| [(*id).into()]).collect();
    let mut found = 0;
    let mut sink = |_: &Row<'_>| {
        found += 1;
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&STANDS, &rows, Some(&mut sink))]).await?;
    Ok(found == people.len())
}

/// The account with this id.
pub async fn by_id(tx: &mut Tx, id: UserId) -> Result<Option<Account>> {
    tx.row(&BY_ID, [id.into()], account).await
}

/// The account with this id, which no other transaction changes until this one ends. [`update`] writes an account whole, so
/// only one that was read by this may be written.
pub async fn for_change(tx: &mut Tx, id: UserId) -> Result<Option<Account>> {
    tx.row(&FOR_CHANGE, [id.into()], account).await
}

/// The account whose name has this key.
pub async fn by_username(tx: &mut Tx, username_key: &str) -> Result<Option<Account>> {
    tx.row(&BY_USERNAME, [username_key.into()], account).await
}

/// Accounts in the order they were made, after `after`, whose name's key contains `part`.
pub async fn list(tx: &mut Tx, part: &str, after: UserId, limit: u32) -> Result<Vec<Account>> {
    tx.rows(&LIST, [after.into(), contains(part).into(), limit.into()], account).await
}

/// Writes what can change of an account that was read [for that](for_change), one version on.
pub async fn update(tx: &mut Tx, account: &Account) -> Result<()> {
    let values = [
        account.email.as_deref().into(),
        account.display_name.as_deref().into(),
        Value::Word(account.role.as_str()),
        account.password_hash.as_str().into(),
        account.disabled_at.into(),
        account.updated_at.into(),
        account.id.into(),
    ];
    tx.execute(&UPDATE, values).await?;
    Ok(())
}

/// How many administrators can sign in. Inside a transaction that [changes who they are](hold_administrators).
pub async fn count_administrators(tx: &mut Tx) -> Result<i64> {
    Ok(tx.row(&COUNT_ADMINS, [], |row| row.get(0)).await?.unwrap_or(0))
}

/// How many accounts there are.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    Ok(tx.row(&COUNT, [], |row| row.get(0)).await?.unwrap_or(0))
}

/// Keeps every other transaction from changing who the administrators are, until this one ends.
pub async fn hold_administrators(tx: &mut Tx) -> Result<()> {
    leases::hold(tx, "administrators").await
}

/// A pattern for LIKE that finds `part` anywhere, with its special characters escaped.
pub(crate) fn contains(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

fn account(row: &Row<'_>) -> Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        username: row.get(1)?,
        email: row.get(2)?,
        display_name: row.get(3)?,
        role: role(row, 4)?,
        password_hash: row.get(5)?,
        disabled_at: row.get(6)?,
        version: row.get(7)?,
        created_at: row.get(8)?,
        updated_at: row.get(9)?,
        erased_at: row.get(10)?,
    })
}
