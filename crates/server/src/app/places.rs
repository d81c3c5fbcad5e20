//! Sites and areas: adding, reading, editing, taking away. Administrators make and unmake sites; whoever manages a site
//! changes it and its areas; everybody who has signed in reads them.

use std::sync::Arc;

use bronya_domain::facts::PlaceId;
use bronya_domain::ids::{AreaId, SiteId};
use bronya_domain::place::{Area, AreaAttributes, Site, SiteAttributes, Tree};
use bronya_domain::refusal::{Refusal, check_version};
use bronya_domain::rules::Rules;
use bronya_domain::user::Principal;
use bronya_store::StoreError;
use bronya_store::db::Tx;
use bronya_store::engine::{Idempotency, Reply};
use bronya_store::events::{self, NewEvent};
use bronya_store::places::{self, Held};
use jiff::Timestamp;
use uuid::Uuid;

use super::groups::must_be_known;
use super::making::{self, answered, keep};
use super::sign_in::event;
use super::{App, AppError, Caller, Result, again_where_it_gave_way, must_be_admin, read_as, write_as};

/// There is no such site.
pub(super) fn no_site(id: SiteId) -> AppError {
    Refusal::PlaceNotFound(PlaceId::Site(id)).into()
}

/// There is no such area.
pub(super) fn no_area(id: AreaId) -> AppError {
    Refusal::PlaceNotFound(PlaceId::Area(id)).into()
}

/// A line of the log about a place.
pub(super) fn happened(
    app: &App,
    action: &'static str,
    caller: &Caller,
    (site, area): (SiteId, Option<AreaId>),
    now: Timestamp,
) -> NewEvent {
    NewEvent { site: Some(site), area, ..event(app, action, Some(caller.user), None, caller.origin.clone(), now) }
}

/// Refuses whoever does not manage the site; who may not is still told that there is none.
pub(super) async fn must_manage(tx: &mut Tx, id: SiteId, principal: Principal) -> Result<()> {
    if principal.is_admin() || places::manages(tx, id, principal.user).await? {
        return Ok(());
    }
    Err(if places::site(tx, id).await?.is_some() { AppError::Forbidden } else { no_site(id) })
}

/// A site that somebody manages, with nobody else changing anything in it.
async fn hold(tx: &mut Tx, id: SiteId, principal: Principal) -> Result<Held> {
    must_manage(tx, id, principal).await?;
    places::hold(tx, id).await?.ok_or_else(|| no_site(id))
}

/// The same for the site of an area; with the place of the area among the site's.
async fn hold_area(tx: &mut Tx, id: AreaId, principal: Principal) -> Result<(Held, usize)> {
    let site = places::area(tx, id).await?.ok_or_else(|| no_area(id))?.site;
    let held = hold(tx, site, principal).await?;
    let nth = held.areas.iter().position(|area| area.id == id).ok_or_else(|| no_area(id))?;
    Ok((held, nth))
}

fn slug_taken(error: StoreError) -> AppError {
    match error {
        StoreError::NotUnique(_) => AppError::SlugTaken,
        other => other.into(),
    }
}

/// Adds a site. Only administrators may.
pub async fn create_site(
    app: &App,
    caller: &Caller,
    attributes: SiteAttributes,
    idempotency: Option<Idempotency<Site>>,
) -> Result<Reply<Site>> {
    let now = app.clock.now();
    let site = Site { id: SiteId(app.ids.next()), attributes, version: 1, created_at: now, updated_at: now };
    let attempt = |idempotency: &Option<Idempotency<Site>>| {
        let (site, idempotency) = (site.clone(), idempotency.clone());
        let line = happened(app, "site.created", caller, (site.id, None), now);
        let event = NewEvent { rules: Some(Arc::clone(&site.attributes.rules)), ..line };
        async move {
            write_as!(app, caller, now, |tx, principal| {
                if let Some(reply) = answered(tx, principal, idempotency.as_ref(), now).await? {
                    return Ok(reply);
                }
                must_be_admin(principal)?;
                places::insert_site(tx, &site).await.map_err(slug_taken)?;
                events::append(tx, event).await?;
                keep(tx, principal, idempotency.as_ref(), site, now).await
            })
        }
    };
    let attempt = &attempt;
    making::once(idempotency, |idempotency| again_where_it_gave_way(move || attempt(&idempotency))).await
}

/// Sites in the order they were made, after `after`.
pub async fn sites(app: &App, caller: &Caller, managed: bool, after: Option<SiteId>, limit: u32) -> Result<Vec<Site>> {
    let after = after.unwrap_or(SiteId(Uuid::nil()));
    read_as!(app, caller, |tx, principal| {
        if managed && !principal.is_admin() {
            return Ok(places::sites_of(tx, principal.user, after, limit).await?);
        }
        Ok(places::sites(tx, after, limit).await?)
    })
}

/// A site.
pub async fn site(app: &App, caller: &Caller, id: SiteId) -> Result<Site> {
    read_as!(app, caller, |tx, _principal| places::site(tx, id).await?.ok_or_else(|| no_site(id)))
}

/// What somebody changes of a site. `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct EditSite {
    /// Another name.
    pub name: Option<String>,
    /// Another slug.
    pub slug: Option<String>,
    /// Another address, or none.
    pub address: Option<Option<String>>,
    /// Another time zone; resources keep theirs.
    pub time_zone: Option<String>,
    /// Another locale.
    pub locale: Option<String>,
    /// Other rules; they are in force at once for everything that stands in it.
    pub rules: Option<Arc<Rules>>,
    /// The versions that may be changed.
    pub versions: Option<Vec<i64>>,
}

/// Changes a site.
pub async fn edit_site(app: &App, caller: &Caller, id: SiteId, edit: EditSite) -> Result<Site> {
    if let Some(rules) = &edit.rules {
        must_be_known(app, caller, rules).await?;
    }
    let now = app.clock.now();
    again_where_it_gave_way(|| {
        let edit = edit.clone();
        let action = if edit.rules.is_some() { "site.rules_changed" } else { "site.updated" };
        let event = NewEvent { rules: edit.rules.clone(), ..happened(app, action, caller, (id, None), now) };
        async move {
            write_as!(app, caller, now, |tx, principal| {
                let mut held = hold(tx, id, principal).await?;
                check_version(edit.versions.as_deref(), held.site.version)?;
                let old = held.site.attributes.clone();
                held.site.attributes = SiteAttributes {
                    name: edit.name.unwrap_or_else(|| old.name.clone()),
                    slug: edit.slug.unwrap_or_else(|| old.slug.clone()),
                    address: edit.address.unwrap_or_else(|| old.address.clone()),
                    time_zone: edit.time_zone.unwrap_or_else(|| old.time_zone.clone()),
                    locale: edit.locale.unwrap_or_else(|| old.locale.clone()),
                    rules: edit.rules.unwrap_or_else(|| Arc::clone(&old.rules)),
                };
                if held.site.attributes == old && edit.versions.is_none() {
                    return Ok(held.site);
                }
                places::update_site(tx, &mut held.site, now).await.map_err(slug_taken)?;
                if held.site.attributes.rules != old.rules {
                    places::put_in_force(tx, &held, now).await?;
                }
                events::append(tx, event).await?;
                Ok(held.site)
            })
        }
    })
    .await
}

/// Takes a site away in which nothing stands. Only administrators may.
pub async fn delete_site(app: &App, caller: &Caller, id: SiteId, versions: Option<Vec<i64>>) -> Result<()> {
    let now = app.clock.now();
    again_where_it_gave_way(|| {
        let versions = versions.clone();
        let event = happened(app, "site.deleted", caller, (id, None), now);
        async move {
            write_as!(app, caller, now, |tx, principal| {
                if !principal.is_admin() {
                    return Err(if places::site(tx, id).await?.is_some() { AppError::Forbidden } else { no_site(id) });
                }
                let held = hold(tx, id, principal).await?;
                check_version(versions.as_deref(), held.site.version)?;
                if held.is_in_use() {
                    return Err(AppError::PlaceInUse);
                }
                places::delete_site(tx, id, now).await?;
                Ok(events::append(tx, event).await?)
            })
        }
    })
    .await
}

/// All areas of a site, the first position first.
pub async fn areas(app: &App, caller: &Caller, site: SiteId) -> Result<Vec<Area>> {
    read_as!(app, caller, |tx, _principal| {
        places::site(tx, site).await?.ok_or_else(|| no_site(site))?;
        Ok(places::areas(tx, site).await?)
    })
}

/// Areas in the order they were made, after `after`: of one site, or of all.
pub async fn areas_after(
    app: &App,
    caller: &Caller,
    site: Option<SiteId>,
    after: Option<AreaId>,
    limit: u32,
) -> Result<Vec<Area>> {
    let after = after.unwrap_or(AreaId(Uuid::nil()));
    read_as!(app, caller, |tx, _principal| Ok(places::areas_after(tx, site, after, limit).await?))
}

/// An area.
pub async fn area(app: &App, caller: &Caller, id: AreaId) -> Result<Area> {
    read_as!(app, caller, |tx, _principal| places::area(tx, id).await?.ok_or_else(|| no_area(id)))
}

/// Adds an area to a site.
pub async fn create_area(
    app: &App,
    caller: &Caller,
    site: SiteId,
    attributes: AreaAttributes,
    idempotency: Option<Idempotency<Area>>,
) -> Result<Reply<Area>> {
    let now = app.clock.now();
    let area = Area { id: AreaId(app.ids.next()), site, attributes, version: 1, created_at: now, updated_at: now };
    again_where_it_gave_way(|| {
        let (area, idempotency) = (area.clone(), idempotency.clone());
        let line = happened(app, "area.created", caller, (site, Some(area.id)), now);
        let event = NewEvent { rules: Some(Arc::clone(&area.attributes.rules)), ..line };
        async move {
            write_as!(app, caller, now, |tx, principal| {
                if let Some(reply) = answered(tx, principal, idempotency.as_ref(), now).await? {
                    return Ok(reply);
                }
                let held = hold(tx, site, principal).await?;
                Tree::of(&held.areas).may_stand(area.id, area.attributes.parent).map_err(AppError::AreaMisplaced)?;
                places::insert_area(tx, &area).await?;
                events::append(tx, event).await?;
                keep(tx, principal, idempotency.as_ref(), area, now).await
            })
        }
    })
    .await
}

/// What somebody changes of an area. `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct EditArea {
    /// Another area to stand in, or the site itself.
    pub parent: Option<Option<AreaId>>,
    /// Another name.
    pub name: Option<String>,
    /// Another place among its siblings.
    pub position: Option<u32>,
    /// Other rules; they are in force at once for everything that stands in it.
    pub rules: Option<Arc<Rules>>,
    /// The versions that may be changed.
    pub versions: Option<Vec<i64>>,
}

/// Changes an area.
pub async fn edit_area(app: &App, caller: &Caller, id: AreaId, edit: EditArea) -> Result<Area> {
    if let Some(rules) = &edit.rules {
        must_be_known(app, caller, rules).await?;
    }
    let now = app.clock.now();
    again_where_it_gave_way(|| {
        let (edit, inner, by) = (edit.clone(), app.clone(), caller.clone());
        async move {
            write_as!(app, caller, now, |tx, principal| {
                let (mut held, nth) = hold_area(tx, id, principal).await?;
                let mut area = held.areas.swap_remove(nth);
                check_version(edit.versions.as_deref(), area.version)?;
                let action = if edit.rules.is_some() { "area.rules_changed" } else { "area.updated" };
                let said = edit.rules.clone();
                let old = area.attributes.clone();
                area.attributes = AreaAttributes {
                    parent: edit.parent.unwrap_or(old.parent),
                    name: edit.name.unwrap_or_else(|| old.name.clone()),
                    position: edit.position.unwrap_or(old.position),
                    rules: edit.rules.unwrap_or_else(|| Arc::clone(&old.rules)),
                };
                if area.attributes == old && edit.versions.is_none() {
                    return Ok(area);
                }
                if area.attributes.parent != old.parent {
                    let before = Area { attributes: old.clone(), ..area.clone() };
                    Tree::of(held.areas.iter().chain([&before]))
                        .may_stand(id, area.attributes.parent)
                        .map_err(AppError::AreaMisplaced)?;
                }
                places::update_area(tx, &mut area, now).await?;
                held.areas.push(area.clone());
                if (&area.attributes.rules, area.attributes.parent) != (&old.rules, old.parent) {
                    places::put_in_force(tx, &held, now).await?;
                }
                let line = happened(&inner, action, &by, (area.site, Some(id)), now);
                events::append(tx, NewEvent { rules: said, ..line }).await?;
                Ok(area)
            })
        }
    })
    .await
}

/// Takes an area away in which nothing stands.
pub async fn delete_area(app: &App, caller: &Caller, id: AreaId, versions: Option<Vec<i64>>) -> Result<()> {
    let now = app.clock.now();
    again_where_it_gave_way(|| {
        let (versions, inner, by) = (versions.clone(), app.clone(), caller.clone());
        async move {
            write_as!(app, caller, now, |tx, principal| {
                let (held, nth) = hold_area(tx, id, principal).await?;
                let version = held.areas.get(nth).map_or(0, |area| area.version);
                check_version(versions.as_deref(), version)?;
                if held.is_area_in_use(id) {
                    return Err(AppError::PlaceInUse);
                }
                places::delete_area(tx, id, now).await?;
                let event = happened(&inner, "area.deleted", &by, (held.site.id, Some(id)), now);
                Ok(events::append(tx, event).await?)
            })
        }
    })
    .await
}
