//! Groups of people, for whom places can be kept.

use std::collections::{BTreeSet, HashMap};

use bronya_domain::ids::{GroupId, UserId};
use jiff::Timestamp;

use crate::db::{Around, Each, Row, Sql, Step, Tx, Value};
use crate::error::Result;

/// Groups that there can be: what one list shows, and what one person can be in.
pub const GROUPS_MAX: u32 = 1_000;

/// A group's columns, in the order in which [`read`] reads them.
macro_rules! group_columns {
    () => {
        "id, name, description, version, created_at, updated_at"
    };
}

pub(crate) const LIST: Sql<1> =
    Sql::new(concat!("SELECT ", group_columns!(), " FROM user_group ORDER BY name LIMIT $1"));
pub(crate) const BY_ID: Sql<1> = Sql::new(concat!("SELECT ", group_columns!(), " FROM user_group WHERE id = $1"));
/// Writes nothing new: it locks the row, and returns what stands in it under the lock.
pub(crate) const HOLD: Sql<1> =
    Sql::new(concat!("UPDATE user_group SET version = version WHERE id = $1 RETURNING ", group_columns!()));
pub(crate) const COUNT: Sql<0> = Sql::new("SELECT count(*) FROM user_group");
pub(crate) const INSERT: Sql<5> = Sql::new(
    "INSERT INTO user_group (id, name, description, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)",
);
pub(crate) const UPDATE: Sql<4> =
    Sql::new("UPDATE user_group SET name = $1, description = $2, updated_at = $3, version = version + 1 WHERE id = $4");
/// Its members go with it.
pub(crate) const DELETE: Sql<1> = Sql::new("DELETE FROM user_group WHERE id = $1");
pub(crate) const MEMBERS: Sql<3> = Sql::new(
    "SELECT user_id, created_at FROM group_member WHERE group_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3",
);
pub(crate) const ADD: Sql<3> = Sql::new(
    "INSERT INTO group_member (group_id, user_id, created_at) VALUES ($1, $2, $3)
    ON CONFLICT (group_id, user_id) DO NOTHING",
);
pub(crate) const REMOVE: Sql<2> = Sql::new("DELETE FROM group_member WHERE group_id = $1 AND user_id = $2");
pub(crate) const OF_USER: Sql<2> = Sql::new(
    "SELECT user_group.id, user_group.name FROM group_member JOIN user_group ON user_group.id = group_member.group_id
    WHERE group_member.user_id = $1 ORDER BY user_group.name LIMIT $2",
);
/// Which groups people are in. Whoever decides by it has [locked](crate::facts::LOCK_PEOPLE) them before, as whoever takes
/// them in or out has.
pub(crate) const OF_PEOPLE: Each<1> = Each::new(
    "SELECT user_id, group_id FROM group_member WHERE user_id = $1",
    "SELECT user_id, group_id FROM group_member WHERE user_id = ANY ($1::uuid[])",
);
pub(crate) const KNOWN: Each<1> =
    Each::new("SELECT id FROM user_group WHERE id = $1", "SELECT id FROM user_group WHERE id = ANY ($1::uuid[])");

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// What it is called: one line, 1 to 200 characters; unique.
    pub name: String,
    /// At most 4,000 characters.
    pub description: Option<String>,
    /// Counts its edits, but not who comes and goes: its entity tag.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
}

/// Somebody who is in a group, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Since when.
    pub since: Timestamp,
}

fn read(row: &Row<'_>) -> Result<Group> {
    Ok(Group {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        version: row.get(3)?,
        created_at: row.get(4)?,
        updated_at: row.get(5)?,
    })
}

/// Every group, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<Group>> {
    tx.rows(&LIST, [GROUPS_MAX.into()], read).await
}

/// The group with this id.
pub async fn by_id(tx: &mut Tx, id: GroupId) -> Result<Option<Group>> {
    tx.row(&BY_ID, [id.into()], read).await
}

/// The group with this id, with nobody else changing it until the transaction ends.
pub async fn hold(tx: &mut Tx, id: GroupId) -> Result<Option<Group>> {
    tx.row(&HOLD, [id.into()], read).await
}

/// How many groups there are.
pub async fn count(tx: &mut Tx) -> Result<u32> {
    Ok(tx.row(&COUNT, [], |row| row.get(0)).await?.unwrap_or(0))
}

/// Adds a group; [`StoreError::NotUnique`](crate::StoreError::NotUnique) where there is one of its name.
pub async fn insert(tx: &mut Tx, group: &Group) -> Result<()> {
    let values = [
        group.id.into(),
        group.name.as_str().into(),
        group.description.as_deref().into(),
        group.version.into(),
        group.created_at.into(),
    ];
    tx.execute(&INSERT, values).await?;
    Ok(())
}

/// Writes a group that is [held](hold), one version on;
/// [`StoreError::NotUnique`](crate::StoreError::NotUnique) where there is one of its name.
pub async fn update(tx: &mut Tx, group: &mut Group, now: Timestamp) -> Result<()> {
    let values = [group.name.as_str().into(), group.description.as_deref().into(), now.into(), group.id.into()];
    tx.execute(&UPDATE, values).await?;
    (group.version, group.updated_at) = (group.version + 1, now);
    Ok(())
}

/// Takes a group away that is [held](hold). Rules that name it name a group that nobody is in.
pub async fn delete(tx: &mut Tx, id: GroupId) -> Result<()> {
    tx.execute(&DELETE, [id.into()]).await?;
    Ok(())
}

/// Who is in a group, in order of their ids, after `after`.
pub async fn members(tx: &mut Tx, id: GroupId, after: UserId, limit: u32) -> Result<Vec<Member>> {
    let member = |row: &Row<'_>| Ok(Member { user: row.get(0)?, since: row.get(1)? });
    tx.rows(&MEMBERS, [id.into(), after.into(), limit.into()], member).await
}

/// Takes somebody, whose account is locked, into a group that is [held](hold); false where that is so already.
pub async fn add(tx: &mut Tx, id: GroupId, user: UserId, now: Timestamp) -> Result<bool> {
    Ok(0 < tx.execute(&ADD, [id.into(), user.into(), now.into()]).await?)
}

/// Takes somebody, whose account is locked, out of a group; false where it was not in it.
pub async fn remove(tx: &mut Tx, id: GroupId, user: UserId) -> Result<bool> {
    Ok(0 < tx.execute(&REMOVE, [id.into(), user.into()]).await?)
}

/// The groups that somebody is in, with their names.
pub async fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<(GroupId, String)>> {
    tx.rows(&OF_USER, [user.into(), GROUPS_MAX.into()], |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// The groups that each of these people is in, as it is committed now.
pub async fn of_people(tx: &mut Tx, people: &BTreeSet<UserId>) -> Result<HashMap<UserId, BTreeSet<GroupId>>> {
    let rows: Vec<[Value; 1]> = people.iter().map(|person| [(*person).into()]).collect();
    let mut found: HashMap<UserId, BTreeSet<GroupId>> = people.iter().map(|it| (*it, BTreeSet::new())).collect();
    let mut sink = |row: &Row<'_>| {
        found.entry(row.get(0)?).or_default().insert(row.get(1)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&OF_PEOPLE, &rows, Some(&mut sink))]).await?;
    Ok(found)
}

/// Of these groups, those that there are.
pub async fn known(tx: &mut Tx, ids: &BTreeSet<GroupId>) -> Result<BTreeSet<GroupId>> {
    let rows: Vec<[Value; 1]> = ids.iter().map(|id| [(*id).into()]).collect();
    let mut found = BTreeSet::new();
    let mut sink = |row: &Row<'_>| {
        found.insert(row.get(0)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&KNOWN, &rows, Some(&mut sink))]).await?;
    Ok(found)
}
