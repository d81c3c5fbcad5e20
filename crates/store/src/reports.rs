//! Reading what reports and exports need beside the lists: resources with their history, also those that were deleted,
//! and what somebody manages.

use std::collections::BTreeSet;

use bronya_domain::ids::{ResourceId, SiteId, UserId};
use bronya_domain::resource::Resource;
use uuid::Uuid;

use crate::db::{Around, Each, Row, Sql, Step, Tx, Value};
use crate::error::{Result, StoreError};
use crate::facts::{self, Unresolved};

/// Resources that one report is about at most.
pub const RESOURCES_MAX: u32 = 1_000;
/// Things of one kind that somebody's export lists as managed.
const MANAGED_MAX: u32 = 10_000;

pub(crate) const BY_IDS: Each<1> = Each::new(
    concat!(select_resource!(), " WHERE id = $1"),
    concat!(select_resource!(), " WHERE id = ANY ($1::uuid[]) ORDER BY id"),
);
pub(crate) const ALL: Sql<2> = Sql::new(concat!(select_resource!(), " WHERE id > $1 ORDER BY id LIMIT $2"));
pub(crate) const OF_SITE: Sql<2> = Sql::new(concat!(select_resource!(), " WHERE site_id = $1 ORDER BY id LIMIT $2"));
/// Some of them twice, where somebody manages both a resource and its site.
pub(crate) const MANAGED: Sql<2> = Sql::new(
    "SELECT resource_id FROM resource_manager WHERE resource_manager.user_id = $1
    UNION ALL
    SELECT resource.id FROM site_manager JOIN resource ON resource.site_id = site_manager.site_id
    WHERE site_manager.user_id = $1
    LIMIT $2",
);
pub(crate) const RESOURCES_OF_MANAGER: Sql<2> = Sql::new(
    "SELECT resource.id, resource.name FROM resource_manager JOIN resource ON resource.id = resource_manager.resource_id
    WHERE resource_manager.user_id = $1 LIMIT $2",
);
pub(crate) const SITES_OF_MANAGER: Sql<2> = Sql::new(
    "SELECT site.id, site.name FROM site_manager JOIN site ON site.id = site_manager.site_id
    WHERE site_manager.user_id = $1 LIMIT $2",
);

/// Which resources a report is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// This one.
    pub resource: Option<ResourceId>,
    /// Those of this site.
    pub site: Option<SiteId>,
    /// Those that this user manages.
    pub managed_by: Option<UserId>,
}

/// The resources that a report is about, also those that were deleted, in the order they were made. Too many for one
/// report is [`StoreError::TooMuch`].
pub async fn resources_of(tx: &mut Tx, which: Which) -> Result<Vec<Resource>> {
    let limit: Value = (RESOURCES_MAX + 1).into();
    let found = match which {
        Which { managed_by: Some(user), .. } => {
            // Each may be there twice.
            let most: Value = (2 * RESOURCES_MAX + 1).into();
            let ids: Vec<ResourceId> = tx.rows(&MANAGED, [user.into(), most], |row| row.get(0)).await?;
            by_ids(tx, ids.into_iter().collect()).await?
        }
        Which { resource: Some(id), .. } => by_ids(tx, BTreeSet::from([id])).await?,
        Which { site: Some(site), .. } => tx.rows(&OF_SITE, [site.into(), limit], Unresolved::read).await?,
        Which { resource: None, site: None, managed_by: None } => {
            tx.rows(&ALL, [Uuid::nil().into(), limit], Unresolved::read).await?
        }
    };
    if RESOURCES_MAX < u32::try_from(found.len()).unwrap_or(u32::MAX) {
        return Err(StoreError::TooMuch("resources"));
    }
    let mut found = facts::resolve(tx, found).await?;
    found.retain(|it| {
        which.resource.is_none_or(|id| it.id == id) && which.site.is_none_or(|site| it.attributes.site == Some(site))
    });
    Ok(found)
}

async fn by_ids(tx: &mut Tx, ids: BTreeSet<ResourceId>) -> Result<Vec<Unresolved>> {
    let rows: Vec<[Value; 1]> = ids.into_iter().map(|id| [id.into()]).collect();
    let mut found = Vec::with_capacity(rows.len());
    let mut sink = |row: &Row<'_>| {
        found.push(Unresolved::read(row)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&BY_IDS, &rows, Some(&mut sink))]).await?;
    Ok(found)
}

/// What somebody manages, each with its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Managed {
    /// Resources.
    pub resources: Vec<(ResourceId, String)>,
    /// Sites, with all that is in them.
    pub sites: Vec<(SiteId, String)>,
}

/// What the user manages.
pub async fn managed(tx: &mut Tx, user: UserId) -> Result<Managed> {
    let values = || [user.into(), MANAGED_MAX.into()];
    let resource = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let resources = tx.rows(&RESOURCES_OF_MANAGER, values(), resource).await?;
    let sites = tx.rows(&SITES_OF_MANAGER, values(), |row| Ok((row.get(0)?, row.get(1)?))).await?;
    Ok(Managed { resources, sites })
}
