//! Who manages a site or a resource. Those who do, and administrators, see it and change it; the log keeps who did.

use bronya_domain::ids::UserId;
use bronya_domain::refusal::Refusal;
use bronya_domain::user::Principal;
use bronya_store::db::Tx;
use bronya_store::events::{self, NewEvent};
use bronya_store::places::{self, Managed, Manager};
use bronya_store::{accounts, resources};
use jiff::Timestamp;
use uuid::Uuid;

use super::places::{must_manage, no_site};
use super::sign_in::event;
use super::{App, AppError, Caller, Result, read_as, write_as};

async fn must_manage_it(tx: &mut Tx, of: Managed, principal: Principal) -> Result<()> {
    match of {
        Managed::Site(id) => must_manage(tx, id, principal).await,
        Managed::Resource(id) => {
            if principal.is_admin() || resources::manages(tx, id, principal.user).await? {
                return Ok(());
            }
            let known = resources::known(tx, principal, id).await?.is_some();
            Err(if known { AppError::Forbidden } else { Refusal::ResourceNotFound.into() })
        }
    }
}

fn not_found(of: Managed) -> AppError {
    match of {
        Managed::Site(id) => no_site(id),
        Managed::Resource(_) => Refusal::ResourceNotFound.into(),
    }
}

/// Who manages it, in order of their ids, after `after`. Who manages a resource's site is not listed for the resource.
pub async fn list(app: &App, caller: &Caller, of: Managed, after: Option<UserId>, limit: u32) -> Result<Vec<Manager>> {
    let after = after.unwrap_or(UserId(Uuid::nil()));
    read_as!(app, caller, |tx, principal| {
        must_manage_it(tx, of, principal).await?;
        let known = match of {
            Managed::Site(id) => places::site(tx, id).await?.is_some(),
            Managed::Resource(id) => resources::by_id(tx, id).await?.is_some(),
        };
        if !known {
            return Err(not_found(of));
        }
        Ok(places::managers(tx, of, after, limit).await?)
    })
}

/// Makes somebody a manager. Who is one already stays one, and nothing is logged.
pub async fn add(app: &App, caller: &Caller, of: Managed, user: UserId) -> Result<()> {
    let now = app.clock.now();
    let event = happened(app, caller, of, user, ["site.manager_added", "resource.manager_added"], now);
    write_as!(app, caller, now, |tx, principal| {
        must_manage_it(tx, of, principal).await?;
        if !places::hold_managers(tx, of).await? {
            return Err(not_found(of));
        }
        accounts::by_id(tx, user).await?.ok_or(AppError::UserNotFound)?;
        if places::add_manager(tx, of, user, now).await? {
            events::append(tx, event).await?;
        }
        Ok(())
    })
}

/// Takes somebody from the managers, perhaps the last one: administrators manage everything.
pub async fn remove(app: &App, caller: &Caller, of: Managed, user: UserId) -> Result<()> {
    let now = app.clock.now();
    let event = happened(app, caller, of, user, ["site.manager_removed", "resource.manager_removed"], now);
    write_as!(app, caller, now, |tx, principal| {
        must_manage_it(tx, of, principal).await?;
        if !places::hold_managers(tx, of).await? {
            return Err(not_found(of));
        }
        if !places::remove_manager(tx, of, user).await? {
            return Err(AppError::UserNotFound);
        }
        Ok(events::append(tx, event).await?)
    })
}

/// A line of the log about somebody and a site, or a resource.
fn happened(
    app: &App,
    caller: &Caller,
    of: Managed,
    user: UserId,
    [of_site, of_resource]: [&'static str; 2],
    now: Timestamp,
) -> NewEvent {
    let line = |action| event(app, action, Some(caller.user), Some(user), caller.origin.clone(), now);
    match of {
        Managed::Site(id) => NewEvent { site: Some(id), ..line(of_site) },
        Managed::Resource(id) => NewEvent { resource: Some(id), ..line(of_resource) },
    }
}
