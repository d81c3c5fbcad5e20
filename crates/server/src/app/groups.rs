//! Groups of people, for whom places can be kept. Administrators make them and say who is in them; managers see which
//! there are, since they write rules with them.

use std::collections::BTreeSet;

use bronya_domain::ids::{GroupId, UserId};
use bronya_domain::refusal::check_version;
use bronya_domain::rules::Rules;
use bronya_domain::user::Principal;
use bronya_store::db::Tx;
use bronya_store::engine::{Idempotency, Reply};
use bronya_store::events::{self, NewEvent};
use bronya_store::groups::{self, GROUPS_MAX, Group, Member};
use bronya_store::{accounts, resources};
use jiff::Timestamp;
use uuid::Uuid;

use super::making::{self, answered, keep, name_taken};
use super::sign_in::event;
use super::{App, AppError, Caller, Result, must_be_admin, read_as, write_as};

/// A line of the log about a group, and perhaps somebody in it.
fn happened(
    app: &App,
    action: &'static str,
    caller: &Caller,
    id: GroupId,
    user: Option<UserId>,
    now: Timestamp,
) -> NewEvent {
    NewEvent { group: Some(id), ..event(app, action, Some(caller.user), user, caller.origin.clone(), now) }
}

async fn must_see(tx: &mut Tx, principal: Principal) -> Result<()> {
    let sees = principal.is_admin() || resources::manages_any(tx, principal.user).await?;
    if sees { Ok(()) } else { Err(AppError::Forbidden) }
}

/// Every group, by name.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Group>> {
    read_as!(app, caller, |tx, principal| {
        must_see(tx, principal).await?;
        Ok(groups::list(tx).await?)
    })
}

/// A group.
pub async fn show(app: &App, caller: &Caller, id: GroupId) -> Result<Group> {
    read_as!(app, caller, |tx, principal| {
        must_see(tx, principal).await?;
        groups::by_id(tx, id).await?.ok_or(AppError::GroupNotFound)
    })
}

/// Makes a group of nobody.
pub async fn create(
    app: &App,
    caller: &Caller,
    name: String,
    description: Option<String>,
    idempotency: Option<Idempotency<Group>>,
) -> Result<Reply<Group>> {
    let now = app.clock.now();
    let group = Group { id: GroupId(app.ids.next()), name, description, version: 1, created_at: now, updated_at: now };
    making::once(idempotency, |idempotency| {
        let group = group.clone();
        let event = happened(app, "group.created", caller, group.id, None, now);
        async move {
            write_as!(app, caller, now, |tx, principal| {
                if let Some(reply) = answered(tx, principal, idempotency.as_ref(), now).await? {
                    return Ok(reply);
                }
                must_be_admin(principal)?;
                if GROUPS_MAX <= groups::count(tx).await? {
                    return Err(AppError::TooMany(GROUPS_MAX));
                }
                groups::insert(tx, &group).await.map_err(name_taken)?;
                events::append(tx, event).await?;
                keep(tx, principal, idempotency.as_ref(), group, now).await
            })
        }
    })
    .await
}

/// What changes about a group. `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct EditGroup {
    /// Another name.
    pub name: Option<String>,
    /// Another description, or none.
    pub description: Option<Option<String>>,
    /// The versions that may be changed.
    pub versions: Option<Vec<i64>>,
}

/// Changes a group.
pub async fn edit(app: &App, caller: &Caller, id: GroupId, edit: EditGroup) -> Result<Group> {
    let now = app.clock.now();
    let event = happened(app, "group.updated", caller, id, None, now);
    write_as!(app, caller, now, |tx, principal| {
        must_be_admin(principal)?;
        let mut group = groups::hold(tx, id).await?.ok_or(AppError::GroupNotFound)?;
        check_version(edit.versions.as_deref(), group.version)?;
        let old = group.clone();
        group.name = edit.name.unwrap_or(group.name);
        group.description = edit.description.unwrap_or(group.description);
        if group == old && edit.versions.is_none() {
            return Ok(group);
        }
        groups::update(tx, &mut group, now).await.map_err(name_taken)?;
        events::append(tx, event).await?;
        Ok(group)
    })
}

/// Takes a group away. What is kept for it alone is then kept for nobody, until its rules are changed.
pub async fn delete(app: &App, caller: &Caller, id: GroupId, versions: Option<Vec<i64>>) -> Result<()> {
    let now = app.clock.now();
    let event = happened(app, "group.deleted", caller, id, None, now);
    write_as!(app, caller, now, |tx, principal| {
        must_be_admin(principal)?;
        let group = groups::hold(tx, id).await?.ok_or(AppError::GroupNotFound)?;
        check_version(versions.as_deref(), group.version)?;
        groups::delete(tx, id).await?;
        Ok(events::append(tx, event).await?)
    })
}

/// Who is in a group, in order of their ids, after `after`.
pub async fn members(
    app: &App,
    caller: &Caller,
    id: GroupId,
    after: Option<UserId>,
    limit: u32,
) -> Result<Vec<Member>> {
    let after = after.unwrap_or(UserId(Uuid::nil()));
    read_as!(app, caller, |tx, principal| {
        must_be_admin(principal)?;
        groups::by_id(tx, id).await?.ok_or(AppError::GroupNotFound)?;
        Ok(groups::members(tx, id, after, limit).await?)
    })
}

/// Takes somebody into a group. Who is in it already stays in it, and nothing is logged.
pub async fn add(app: &App, caller: &Caller, id: GroupId, user: UserId) -> Result<()> {
    let now = app.clock.now();
    let event = happened(app, "group.member_added", caller, id, Some(user), now);
    write_as!(app, caller, now, |tx, principal| {
        must_be_admin(principal)?;
        groups::hold(tx, id).await?.ok_or(AppError::GroupNotFound)?;
        // An account that is being erased is left alone: what was taken out of it does not come back.
        let account = accounts::for_change(tx, user).await?.ok_or(AppError::UserNotFound)?;
        if account.erased_at.is_some() {
            return Err(AppError::UserNotFound);
        }
        if groups::add(tx, id, user, now).await? {
            events::append(tx, event).await?;
        }
        Ok(())
    })
}

/// Takes somebody out of a group. Bookings that were made in it stay.
pub async fn remove(app: &App, caller: &Caller, id: GroupId, user: UserId) -> Result<()> {
    let now = app.clock.now();
    let event = happened(app, "group.member_removed", caller, id, Some(user), now);
    write_as!(app, caller, now, |tx, principal| {
        must_be_admin(principal)?;
        groups::hold(tx, id).await?.ok_or(AppError::GroupNotFound)?;
        // What is decided by it is written before, or decided after.
        accounts::for_change(tx, user).await?.ok_or(AppError::UserNotFound)?;
        if !groups::remove(tx, id, user).await? {
            return Err(AppError::UserNotFound);
        }
        Ok(events::append(tx, event).await?)
    })
}

/// The groups that the caller is in, with their names.
pub async fn my(app: &App, caller: &Caller) -> Result<Vec<(GroupId, String)>> {
    read_as!(app, caller, |tx, principal| Ok(groups::of_user(tx, principal.user).await?))
}

/// Whether there are all groups that these rules name. One that goes later stays named, and nobody is in it.
pub(super) async fn must_be_known(app: &App, caller: &Caller, rules: &Rules) -> Result<()> {
    let named: BTreeSet<GroupId> = rules.policy.named_groups().collect();
    if named.is_empty() {
        return Ok(());
    }
    let asked = named.clone();
    let known = read_as!(app, caller, |tx, _principal| Ok::<_, AppError>(groups::known(tx, &asked).await?))?;
    match named.difference(&known).next() {
        None => Ok(()),
        Some(unknown) => Err(AppError::NoSuchGroup(*unknown)),
    }
}
