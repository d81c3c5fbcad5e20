//! Sites, their areas, and who manages them and resources. They are no reservations, so they are written in transactions
//! of their own; but what they say is in force for resources, on which reservations are decided.
//!
//! # How rules change
//!
//! Whoever decides where a resource stands locks the resource and then, shared, its site. Whoever changes what a
//! site or an area says locks in the same order: first every resource of the site, in order of their ids, then the
//! site itself ([`hold`]). From there until the end of that transaction nothing moves into the site or within it, no
//! booking on it is decided, and what is in force is written anew ([`put_in_force`]). A resource that came into the site
//! between the two locks is not locked; that is seen, and the transaction gives way and is tried again.

use std::collections::BTreeSet;

use bronya_domain::ids::{AreaId, ResourceId, SiteId, UserId};
use bronya_domain::place::{Area, AreaAttributes, Site, SiteAttributes, Tree};
use bronya_domain::rules::{Rules, in_force};
use jiff::Timestamp;
use std::sync::Arc;
use uuid::Uuid;

use crate::db::{Around, Each, Row, Sql, Step, Tx, Value};
use crate::error::{Result, StoreError};
use crate::floor_plans;
use crate::rules::{self, INSERT_RULES};

/// A site's columns, in the order in which [`UnresolvedSite`] reads them.
macro_rules! site_columns {
    () => {
        "id, name, slug, address, time_zone, locale, rules_id, version, created_at, updated_at"
    };
}

/// An area's columns, in the order in which [`UnresolvedArea`] reads them.
macro_rules! area_columns {
    () => {
        "id, site_id, parent_id, name, position, rules_id, version, created_at, updated_at"
    };
}

pub(crate) const SITE: Sql<1> =
    Sql::new(concat!("SELECT ", site_columns!(), " FROM site WHERE id = $1 AND deleted_at IS NULL"));
pub(crate) const SITES: Sql<2> = Sql::new(concat!(
    "SELECT ",
    site_columns!(),
    " FROM site WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2"
));
pub(crate) const MANAGED_SITES: Sql<3> = Sql::new(concat!(
    "SELECT ",
    site_columns!(),
    " FROM site WHERE id > $1 AND deleted_at IS NULL AND id IN (SELECT site_id FROM site_manager WHERE user_id = $2)
    ORDER BY id LIMIT $3"
));
/// Writes nothing new: it locks the row, and returns what stands in it under the lock.
pub(crate) const HOLD_SITE: Sql<1> = Sql::new(concat!(
    "UPDATE site SET version = version WHERE id = $1 AND deleted_at IS NULL RETURNING ",
    site_columns!()
));
pub(crate) const INSERT_SITE: Sql<9> = Sql::new(
    "INSERT INTO site (id, name, slug, address, time_zone, locale, rules_id, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
);
pub(crate) const UPDATE_SITE: Sql<8> = Sql::new(
    "UPDATE site SET name = $1, slug = $2, address = $3, time_zone = $4, locale = $5, rules_id = $6, updated_at = $7,
        version = version + 1
    WHERE id = $8",
);
pub(crate) const DELETE_SITE: Sql<2> = Sql::new("UPDATE site SET deleted_at = $1, version = version + 1 WHERE id = $2");
pub(crate) const AREA: Sql<1> =
    Sql::new(concat!("SELECT ", area_columns!(), " FROM area WHERE id = $1 AND deleted_at IS NULL"));
pub(crate) const AREAS: Sql<1> = Sql::new(concat!(
    "SELECT ",
    area_columns!(),
    " FROM area WHERE site_id = $1 AND deleted_at IS NULL ORDER BY position, id"
));
pub(crate) const ALL_AREAS: Sql<2> = Sql::new(concat!(
    "SELECT ",
    area_columns!(),
    " FROM area WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2"
));
pub(crate) const AREAS_OF_SITE: Sql<3> = Sql::new(concat!(
    "SELECT ",
    area_columns!(),
    " FROM area WHERE site_id = $1 AND id > $2 AND deleted_at IS NULL ORDER BY id LIMIT $3"
));
pub(crate) const INSERT_AREA: Sql<8> = Sql::new(
    "INSERT INTO area (id, site_id, parent_id, name, position, rules_id, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
);
pub(crate) const UPDATE_AREA: Sql<6> = Sql::new(
    "UPDATE area SET parent_id = $1, name = $2, position = $3, rules_id = $4, updated_at = $5, version = version + 1
    WHERE id = $6",
);
pub(crate) const DELETE_AREA: Sql<2> = Sql::new("UPDATE area SET deleted_at = $1, version = version + 1 WHERE id = $2");
/// The lock that every decision about a resource holds, of all resources of a site. SQLite has one writer.
pub(crate) const LOCK_RESOURCES_OF_SITE: Each<1> = Each::new(
    "SELECT id FROM resource WHERE site_id = $1 AND deleted_at IS NULL ORDER BY id",
    "SELECT id FROM resource WHERE site_id = ANY ($1::uuid[]) AND deleted_at IS NULL ORDER BY id FOR NO KEY UPDATE",
);
pub(crate) const STANDING: Sql<1> = Sql::new(
    "SELECT id, area_id, rules_id, in_force_id FROM resource WHERE site_id = $1 AND deleted_at IS NULL ORDER BY id",
);
pub(crate) const PUT_IN_FORCE: Each<2> = Each::new(
    "UPDATE resource SET in_force_id = $1, revision = revision + 1 WHERE id = $2",
    "UPDATE resource SET in_force_id = fresh.in_force_id, revision = resource.revision + 1
    FROM unnest($1::uuid[], $2::uuid[]) AS fresh (in_force_id, id) WHERE resource.id = fresh.id",
);
/// Without a place, only what a resource says of its own is in force.
pub(crate) const NOT_ITS_OWN: Sql<1> = Sql::new(
    "SELECT id FROM resource WHERE site_id IS NULL AND deleted_at IS NULL AND in_force_id IS DISTINCT FROM rules_id
    ORDER BY id LIMIT $1",
);
pub(crate) const MANAGES_SITE: Sql<2> =
    Sql::new("SELECT user_id FROM site_manager WHERE site_id = $1 AND user_id = $2");
pub(crate) const SITE_MANAGERS: Sql<3> = Sql::new(
    "SELECT user_id, created_at FROM site_manager WHERE site_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3",
);
pub(crate) const ADD_SITE_MANAGER: Sql<3> = Sql::new(
    "INSERT INTO site_manager (site_id, user_id, created_at) VALUES ($1, $2, $3) ON CONFLICT (site_id, user_id) DO NOTHING",
);
pub(crate) const REMOVE_SITE_MANAGER: Sql<2> = Sql::new("DELETE FROM site_manager WHERE site_id = $1 AND user_id = $2");
/// Writes nothing new: it locks the row. Managers come and go without a change of the resource's version.
pub(crate) const HOLD_RESOURCE: Sql<1> =
    Sql::new("UPDATE resource SET revision = revision WHERE id = $1 AND deleted_at IS NULL RETURNING id");
pub(crate) const RESOURCE_MANAGERS: Sql<3> = Sql::new(
    "SELECT user_id, created_at FROM resource_manager WHERE resource_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3",
);
pub(crate) const ADD_RESOURCE_MANAGER: Sql<3> = Sql::new(
    "INSERT INTO resource_manager (resource_id, user_id, created_at) VALUES ($1, $2, $3)
    ON CONFLICT (resource_id, user_id) DO NOTHING",
);
pub(crate) const REMOVE_RESOURCE_MANAGER: Sql<2> =
    Sql::new("DELETE FROM resource_manager WHERE resource_id = $1 AND user_id = $2");

/// Sites that an audit reads in one go.
const SITES_AT_ONCE: u32 = 100;

/// A site that nobody else changes, or changes anything in, until the transaction ends.
#[derive(Debug)]
pub struct Held {
    /// The site.
    pub site: Site,
    /// Its areas, the first position first.
    pub areas: Vec<Area>,
    /// The resources that stand in it, in order of their ids; locked.
    standing: Vec<Standing>,
}

/// A resource with its place.
#[derive(Debug)]
struct Standing {
    id: ResourceId,
    area: Option<AreaId>,
    rules: Option<Uuid>,
    in_force: Option<Uuid>,
}

impl Standing {
    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self { id: row.get(0)?, area: row.get(1)?, rules: row.get(2)?, in_force: row.get(3)? })
    }
}

impl Held {
    /// Whether a resource stands in the site, in whatever area.
    pub fn is_in_use(&self) -> bool {
        !(self.standing.is_empty() && self.areas.is_empty())
    }

    /// Whether a resource or another area stands in this area.
    pub fn is_area_in_use(&self, area: AreaId) -> bool {
        self.standing.iter().any(|resource| resource.area == Some(area))
            || self.areas.iter().any(|other| other.attributes.parent == Some(area))
    }
}

/// Locks a site's resources and then the site: see [above](self). `None` where there is no such site.
/// [`StoreError::GaveWay`] asks for the whole transaction to be tried again.
pub async fn hold(tx: &mut Tx, id: SiteId) -> Result<Option<Held>> {
    let mut locked: BTreeSet<ResourceId> = BTreeSet::new();
    let mut sink = |row: &Row<'_>| {
        locked.insert(row.get(0)?);
        Ok(())
    };
    let rows: [[Value; 1]; 1] = [[id.into()]];
    tx.pipeline(Around::Nothing, vec![Step::each(&LOCK_RESOURCES_OF_SITE, &rows, Some(&mut sink))]).await?;
    let Some(found) = tx.row(&HOLD_SITE, [id.into()], UnresolvedSite::read).await? else { return Ok(None) };
    // From here on nothing comes into the site: lock and look are separate statements.
    let standing = tx.rows(&STANDING, [id.into()], Standing::read).await?;
    if standing.iter().any(|resource| !locked.contains(&resource.id)) {
        return Err(StoreError::GaveWay("a resource came into the site before it was locked".to_owned()));
    }
    let site = resolve_sites(tx, vec![found]).await?.pop();
    let areas = areas(tx, id).await?;
    Ok(site.map(|site| Held { site, areas, standing }))
}

/// Writes what is in force for every resource of a site, by what the site and its areas say *now*: for whoever holds
/// it and has changed that. Resources for which nothing changes are not touched.
pub async fn put_in_force(tx: &mut Tx, held: &Held, now: Timestamp) -> Result<()> {
    let changed = changed(tx, held).await?;
    let sets = changed.iter().filter_map(|(_, merged)| rules::row(merged, now).map(|(_, row)| row)).collect();
    write_sets(tx, sets).await?;
    let rows: Vec<[Value; 2]> =
        changed.iter().map(|(resource, merged)| [rules::id(merged).into(), (*resource).into()]).collect();
    tx.pipeline(Around::Nothing, vec![Step::each(&PUT_IN_FORCE, &rows, None)]).await
}

/// The resources for which something else is in force than their places and they say, with what these say.
async fn changed(tx: &mut Tx, held: &Held) -> Result<Vec<(ResourceId, Arc<Rules>)>> {
    let tree = Tree::of(&held.areas);
    let own = rules::load(tx, held.standing.iter().filter_map(|resource| resource.rules).collect()).await?;
    let mut changed = Vec::new();
    for resource in &held.standing {
        let own = rules::of(resource.rules, &own)?;
        let merged = in_force(levels(&held.site, &held.areas, &tree, resource.area, &own));
        if rules::id(&merged) != resource.in_force {
            changed.push((resource.id, merged));
        }
    }
    Ok(changed)
}

/// For the audit: the first resources for which something else is in force than their places and they say.
pub(crate) async fn not_in_force(tx: &mut Tx, most: usize) -> Result<Vec<ResourceId>> {
    let limit = u32::try_from(most).unwrap_or(u32::MAX);
    let mut found = tx.rows(&NOT_ITS_OWN, [limit.into()], |row| row.get(0)).await?;
    let mut after = SiteId(Uuid::nil());
    loop {
        let page = sites(tx, after, SITES_AT_ONCE).await?;
        let is_last = page.len() < SITES_AT_ONCE as usize;
        for site in page {
            after = site.id;
            let standing = tx.rows(&STANDING, [site.id.into()], Standing::read).await?;
            let areas = areas(tx, site.id).await?;
            let seen = Held { site, areas, standing };
            found.extend(changed(tx, &seen).await?.into_iter().map(|(resource, _)| resource));
        }
        if is_last || most <= found.len() {
            found.truncate(most);
            return Ok(found);
        }
    }
}

/// What each level says, from the outside in: the site, the areas around, the resource.
pub fn levels<'a>(
    site: &'a Site,
    areas: &'a [Area],
    tree: &Tree,
    area: Option<AreaId>,
    own: &'a Arc<Rules>,
) -> Vec<&'a Arc<Rules>> {
    let path = area.map(|area| tree.path(area)).unwrap_or_default();
    let of = |id: &AreaId| areas.iter().find(|area| area.id == *id).map(|area| &area.attributes.rules);
    let mut levels = vec![&site.attributes.rules];
    levels.extend(path.iter().filter_map(of));
    levels.push(own);
    levels
}

/// Adds a site; [`StoreError::NotUnique`] where another has its slug.
pub async fn insert_site(tx: &mut Tx, site: &Site) -> Result<()> {
    let attributes = &site.attributes;
    let rules = put_rules(tx, &attributes.rules, site.created_at).await?;
    let values = [
        site.id.into(),
        attributes.name.as_str().into(),
        attributes.slug.as_str().into(),
        attributes.address.as_deref().into(),
        attributes.time_zone.as_str().into(),
        attributes.locale.as_str().into(),
        rules,
        site.version.into(),
        site.created_at.into(),
    ];
    tx.execute(&INSERT_SITE, values).await?;
    Ok(())
}

/// Writes a site that is [held](hold), one version on; [`StoreError::NotUnique`] where another has its slug.
pub async fn update_site(tx: &mut Tx, site: &mut Site, now: Timestamp) -> Result<()> {
    let attributes = &site.attributes;
    let rules = put_rules(tx, &attributes.rules, now).await?;
    let values = [
        attributes.name.as_str().into(),
        attributes.slug.as_str().into(),
        attributes.address.as_deref().into(),
        attributes.time_zone.as_str().into(),
        attributes.locale.as_str().into(),
        rules,
        now.into(),
        site.id.into(),
    ];
    tx.execute(&UPDATE_SITE, values).await?;
    (site.version, site.updated_at) = (site.version + 1, now);
    Ok(())
}

/// Takes a site away that is [held](hold) and [not in use](Held::is_in_use), with its floor plan.
pub async fn delete_site(tx: &mut Tx, id: SiteId, now: Timestamp) -> Result<()> {
    floor_plans::delete(tx, id.0).await?;
    tx.execute(&DELETE_SITE, [now.into(), id.into()]).await?;
    Ok(())
}

/// Adds an area to a site that is [held](hold).
pub async fn insert_area(tx: &mut Tx, area: &Area) -> Result<()> {
    let attributes = &area.attributes;
    let rules = put_rules(tx, &attributes.rules, area.created_at).await?;
    let values = [
        area.id.into(),
        area.site.into(),
        attributes.parent.into(),
        attributes.name.as_str().into(),
        attributes.position.into(),
        rules,
        area.version.into(),
        area.created_at.into(),
    ];
    tx.execute(&INSERT_AREA, values).await?;
    Ok(())
}

/// Writes an area of a site that is [held](hold), one version on.
pub async fn update_area(tx: &mut Tx, area: &mut Area, now: Timestamp) -> Result<()> {
    let attributes = &area.attributes;
    let rules = put_rules(tx, &attributes.rules, now).await?;
    let values = [
        attributes.parent.into(),
        attributes.name.as_str().into(),
        attributes.position.into(),
        rules,
        now.into(),
        area.id.into(),
    ];
    tx.execute(&UPDATE_AREA, values).await?;
    (area.version, area.updated_at) = (area.version + 1, now);
    Ok(())
}

/// Takes an area away, of a site that is [held](hold), in which [nothing stands](Held::is_area_in_use), with its floor plan.
pub async fn delete_area(tx: &mut Tx, id: AreaId, now: Timestamp) -> Result<()> {
    floor_plans::delete(tx, id.0).await?;
    tx.execute(&DELETE_AREA, [now.into(), id.into()]).await?;
    Ok(())
}

/// The site with this id, unless it was deleted.
pub async fn site(tx: &mut Tx, id: SiteId) -> Result<Option<Site>> {
    let found = tx.rows(&SITE, [id.into()], UnresolvedSite::read).await?;
    Ok(resolve_sites(tx, found).await?.pop())
}

/// Sites in the order they were made, after `after`.
pub async fn sites(tx: &mut Tx, after: SiteId, limit: u32) -> Result<Vec<Site>> {
    let found = tx.rows(&SITES, [after.into(), limit.into()], UnresolvedSite::read).await?;
    resolve_sites(tx, found).await
}

/// Those of them that somebody manages.
pub async fn sites_of(tx: &mut Tx, manager: UserId, after: SiteId, limit: u32) -> Result<Vec<Site>> {
    let values = [after.into(), manager.into(), limit.into()];
    let found = tx.rows(&MANAGED_SITES, values, UnresolvedSite::read).await?;
    resolve_sites(tx, found).await
}

/// The area with this id, unless it was deleted.
pub async fn area(tx: &mut Tx, id: AreaId) -> Result<Option<Area>> {
    let found = tx.rows(&AREA, [id.into()], UnresolvedArea::read).await?;
    Ok(resolve_areas(tx, found).await?.pop())
}

/// All areas of a site, the first position first.
pub async fn areas(tx: &mut Tx, site: SiteId) -> Result<Vec<Area>> {
    let found = tx.rows(&AREAS, [site.into()], UnresolvedArea::read).await?;
    resolve_areas(tx, found).await
}

/// Areas in the order they were made, after `after`: of one site, or of all.
pub async fn areas_after(tx: &mut Tx, site: Option<SiteId>, after: AreaId, limit: u32) -> Result<Vec<Area>> {
    let found = match site {
        Some(site) => tx.rows(&AREAS_OF_SITE, [site.into(), after.into(), limit.into()], UnresolvedArea::read).await?,
        None => tx.rows(&ALL_AREAS, [after.into(), limit.into()], UnresolvedArea::read).await?,
    };
    resolve_areas(tx, found).await
}

/// Of what somebody is a manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Managed {
    /// Of a site, and so of all that stands in it.
    Site(SiteId),
    /// Of a resource.
    Resource(ResourceId),
}

/// Somebody who manages something, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manager {
    /// Who.
    pub user: UserId,
    /// Since when.
    pub since: Timestamp,
}

/// Whether the user manages the site.
pub async fn manages(tx: &mut Tx, site: SiteId, user: UserId) -> Result<bool> {
    Ok(tx.row(&MANAGES_SITE, [site.into(), user.into()], |row| row.get::<UserId>(0)).await?.is_some())
}

/// Keeps everybody else from changing a site, its areas, their plans and who manages it, until the transaction ends; what stands in
/// it is not locked. False where there is no such site.
pub async fn hold_site(tx: &mut Tx, id: SiteId) -> Result<bool> {
    Ok(tx.row(&HOLD_SITE, [id.into()], |row| row.get::<SiteId>(0)).await?.is_some())
}

/// Keeps everybody else from changing who manages a site or a resource, until the transaction ends; false where there is
/// no such thing.
pub async fn hold_managers(tx: &mut Tx, of: Managed) -> Result<bool> {
    Ok(match of {
        Managed::Site(id) => hold_site(tx, id).await?,
        Managed::Resource(id) => tx.row(&HOLD_RESOURCE, [id.into()], |row| row.get::<ResourceId>(0)).await?.is_some(),
    })
}

/// Who manages a site or a resource, in order of their ids, after `after`. Who manages the site of a resource is not
/// listed for the resource.
pub async fn managers(tx: &mut Tx, of: Managed, after: UserId, limit: u32) -> Result<Vec<Manager>> {
    let read = |row: &Row<'_>| Ok(Manager { user: row.get(0)?, since: row.get(1)? });
    match of {
        Managed::Site(id) => tx.rows(&SITE_MANAGERS, [id.into(), after.into(), limit.into()], read).await,
        Managed::Resource(id) => tx.rows(&RESOURCE_MANAGERS, [id.into(), after.into(), limit.into()], read).await,
    }
}

/// Makes somebody a manager; false where that is so already.
pub async fn add_manager(tx: &mut Tx, of: Managed, user: UserId, now: Timestamp) -> Result<bool> {
    let added = match of {
        Managed::Site(id) => tx.execute(&ADD_SITE_MANAGER, [id.into(), user.into(), now.into()]).await?,
        Managed::Resource(id) => tx.execute(&ADD_RESOURCE_MANAGER, [id.into(), user.into(), now.into()]).await?,
    };
    Ok(0 < added)
}

/// Takes somebody from the managers; false where it was none.
pub async fn remove_manager(tx: &mut Tx, of: Managed, user: UserId) -> Result<bool> {
    let removed = match of {
        Managed::Site(id) => tx.execute(&REMOVE_SITE_MANAGER, [id.into(), user.into()]).await?,
        Managed::Resource(id) => tx.execute(&REMOVE_RESOURCE_MANAGER, [id.into(), user.into()]).await?,
    };
    Ok(0 < removed)
}

/// Stores a set of rules; its id, or NULL where it says nothing.
async fn put_rules(tx: &mut Tx, rules: &Rules, now: Timestamp) -> Result<Value> {
    let row = rules::row(rules, now);
    let id = row.as_ref().map(|(id, _)| *id);
    write_sets(tx, row.map(|(_, row)| row).into_iter().collect()).await?;
    Ok(id.into())
}

async fn write_sets(tx: &mut Tx, sets: Vec<[Value; 3]>) -> Result<()> {
    tx.pipeline(Around::Nothing, vec![Step::each(&INSERT_RULES, &sets, None)]).await
}

/// A site whose rules have still to be found.
struct UnresolvedSite(Site, Option<Uuid>);

impl UnresolvedSite {
    fn read(row: &Row<'_>) -> Result<Self> {
        let attributes = SiteAttributes {
            name: row.get(1)?,
            slug: row.get(2)?,
            address: row.get(3)?,
            time_zone: row.get(4)?,
            locale: row.get(5)?,
            rules: Arc::default(),
        };
        let site = Site {
            id: row.get(0)?,
            attributes,
            version: row.get(7)?,
            created_at: row.get(8)?,
            updated_at: row.get(9)?,
        };
        Ok(Self(site, row.get(6)?))
    }
}

async fn resolve_sites(tx: &mut Tx, found: Vec<UnresolvedSite>) -> Result<Vec<Site>> {
    let sets = rules::load(tx, found.iter().filter_map(|it| it.1).collect()).await?;
    let resolved = found.into_iter().map(|UnresolvedSite(mut site, rules)| {
        site.attributes.rules = rules::of(rules, &sets)?;
        Ok(site)
    });
    resolved.collect()
}

/// An area whose rules have still to be found.
struct UnresolvedArea(Area, Option<Uuid>);

impl UnresolvedArea {
    fn read(row: &Row<'_>) -> Result<Self> {
        let attributes =
            AreaAttributes { parent: row.get(2)?, name: row.get(3)?, position: row.get(4)?, rules: Arc::default() };
        let area = Area {
            id: row.get(0)?,
            site: row.get(1)?,
            attributes,
            version: row.get(6)?,
            created_at: row.get(7)?,
            updated_at: row.get(8)?,
        };
        Ok(Self(area, row.get(5)?))
    }
}

async fn resolve_areas(tx: &mut Tx, found: Vec<UnresolvedArea>) -> Result<Vec<Area>> {
    let sets = rules::load(tx, found.iter().filter_map(|it| it.1).collect()).await?;
    let resolved = found.into_iter().map(|UnresolvedArea(mut area, rules)| {
        area.attributes.rules = rules::of(rules, &sets)?;
        Ok(area)
    });
    resolved.collect()
}
