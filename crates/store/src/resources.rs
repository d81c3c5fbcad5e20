//! Reading resources and who manages them. They are changed by commands only.

use std::collections::{BTreeSet, HashMap};

use bronya_domain::calendar::Calendar;
use bronya_domain::ids::{AreaId, ResourceId, SiteId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::place::Tree;
use bronya_domain::resource::Resource;

use crate::accounts::contains;
use crate::db::{Around, Row, Sql, Step, Tx, Value};
use crate::error::Result;
use crate::facts::{self, LOAD_CLAIMS, Unresolved};
use crate::places;

pub(crate) const BY_ID: Sql<1> = Sql::new(concat!(select_resource!(), " WHERE id = $1 AND deleted_at IS NULL"));
pub(crate) const LIST: Sql<4> = Sql::new(concat!(
    select_resource!(),
    "
    WHERE id > $1 AND deleted_at IS NULL AND search LIKE $2 ESCAPE '\\' AND coalesce(capacity, 0) >= $3
    ORDER BY id LIMIT $4"
));
pub(crate) const LIST_OF_KIND: Sql<5> = Sql::new(concat!(
    select_resource!(),
    "
    WHERE id > $1 AND kind = $2 AND deleted_at IS NULL AND search LIKE $3 ESCAPE '\\'
        AND coalesce(capacity, 0) >= $4
    ORDER BY id LIMIT $5"
));
pub(crate) const LIST_OF_SITE: Sql<5> = Sql::new(concat!(
    select_resource!(),
    "
    WHERE id > $1 AND site_id = $2 AND deleted_at IS NULL AND search LIKE $3 ESCAPE '\\'
        AND coalesce(capacity, 0) >= $4
    ORDER BY id LIMIT $5"
));
/// Others of the same kind that seat as many, the tightest fit first. Those that need approval are no quick answer.
pub(crate) const SIMILAR: Sql<5> = Sql::new(concat!(
    select_resource!(),
    "
    WHERE kind = $1 AND id <> $2 AND deleted_at IS NULL AND quantity >= $3 AND coalesce(capacity, 0) >= $4
    ORDER BY capacity, id LIMIT $5"
));
pub(crate) const MANAGES: Sql<2> = Sql::new(
    "SELECT user_id FROM resource_manager WHERE resource_id = $1 AND user_id = $2
    UNION ALL
    SELECT site_manager.user_id FROM resource JOIN site_manager ON site_manager.site_id = resource.site_id
    WHERE resource.id = $1 AND site_manager.user_id = $2",
);
pub(crate) const MANAGES_ANY: Sql<1> = Sql::new(
    "SELECT user_id FROM resource_manager WHERE user_id = $1
    UNION ALL
    SELECT user_id FROM site_manager WHERE user_id = $1
    LIMIT 1",
);

/// What a list of resources is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// In the name, the kind or the description.
    pub q: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// Seats at least as many.
    pub min_capacity: Option<u32>,
    /// Of this site.
    pub site: Option<SiteId>,
    /// In this area, or in one that stands in it.
    pub area: Option<AreaId>,
}

/// The resource with this id, unless it was deleted.
pub async fn by_id(tx: &mut Tx, id: ResourceId) -> Result<Option<Resource>> {
    let found = tx.rows(&BY_ID, [id.into()], Unresolved::read).await?;
    Ok(facts::resolve(tx, found).await?.pop())
}

/// Resources in the order they were made, after `after`.
pub async fn list(tx: &mut Tx, filter: &Filter, after: ResourceId, limit: u32) -> Result<Vec<Resource>> {
    let pattern: Value = contains(&filter.q.as_deref().unwrap_or_default().to_lowercase()).into();
    let capacity: Value = filter.min_capacity.unwrap_or(0).into();
    if filter.site.is_some() || filter.area.is_some() {
        return list_in_place(tx, filter, pattern, capacity, after, limit).await;
    }
    let found = match &filter.kind {
        None => tx.rows(&LIST, [after.into(), pattern, capacity, limit.into()], Unresolved::read).await?,
        Some(kind) => {
            let values = [after.into(), kind.as_str().into(), pattern, capacity, limit.into()];
            tx.rows(&LIST_OF_KIND, values, Unresolved::read).await?
        }
    };
    facts::resolve(tx, found).await
}

/// Rows of a site's resources that are looked through at once for those of one area or kind.
const LOOKED_THROUGH: u32 = 1_000;

async fn list_in_place(
    tx: &mut Tx,
    filter: &Filter,
    pattern: Value,
    capacity: Value,
    mut after: ResourceId,
    limit: u32,
) -> Result<Vec<Resource>> {
    let mut inside = None;
    let mut site = filter.site;
    if let Some(asked) = filter.area {
        let Some(area) = places::area(tx, asked).await? else { return Ok(Vec::new()) };
        if site.is_some_and(|site| site != area.site) {
            return Ok(Vec::new());
        }
        site = Some(area.site);
        inside = Some(Tree::of(&places::areas(tx, area.site).await?).within(asked));
    }
    let Some(site) = site else { return Ok(Vec::new()) };
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    loop {
        let values = [after.into(), site.into(), pattern.clone(), capacity.clone(), LOOKED_THROUGH.into()];
        let rows = tx.rows(&LIST_OF_SITE, values, Unresolved::read).await?;
        let is_last = rows.len() < LOOKED_THROUGH as usize;
        let rows = facts::resolve(tx, rows).await?;
        after = rows.last().map_or(after, |resource| resource.id);
        found.extend(rows.into_iter().filter(|resource| {
            let attributes = &resource.attributes;
            let is_inside = |inside: &BTreeSet<AreaId>| attributes.area.is_some_and(|area| inside.contains(&area));
            inside.as_ref().is_none_or(is_inside) && (filter.kind.is_none() || filter.kind == attributes.kind)
        }));
        if is_last || wanted <= found.len() {
            found.truncate(wanted);
            return Ok(found);
        }
    }
}

/// Other resources of the same kind with as many units and seats, the tightest first.
pub async fn similar(
    tx: &mut Tx,
    to: &Resource,
    quantity: u32,
    seats: Option<u32>,
    limit: u32,
) -> Result<Vec<Resource>> {
    let Some(kind) = &to.attributes.kind else { return Ok(Vec::new()) };
    let seats_of_one = seats.unwrap_or(0).div_ceil(quantity.max(1));
    let values = [kind.as_str().into(), to.id.into(), quantity.into(), seats_of_one.into(), limit.into()];
    let found = tx.rows(&SIMILAR, values, Unresolved::read).await?;
    facts::resolve(tx, found).await
}

/// Whether the user manages the resource.
pub async fn manages(tx: &mut Tx, id: ResourceId, user: UserId) -> Result<bool> {
    Ok(tx.row(&MANAGES, [id.into(), user.into()], |row| row.get::<UserId>(0)).await?.is_some())
}

/// Whether the user manages anything.
pub async fn manages_any(tx: &mut Tx, user: UserId) -> Result<bool> {
    Ok(tx.row(&MANAGES_ANY, [user.into()], |row| row.get::<UserId>(0)).await?.is_some())
}

/// The claims of resources around their windows, as they are committed now. Good for offers, never for decisions.
pub async fn calendars(tx: &mut Tx, windows: &[(ResourceId, Interval)]) -> Result<HashMap<ResourceId, Calendar>> {
    let rows: Vec<[Value; 3]> =
        windows.iter().map(|(id, window)| [(*id).into(), window.start().into(), window.end().into()]).collect();
    let mut found: HashMap<ResourceId, Calendar> = HashMap::new();
    let mut sink = |row: &Row<'_>| {
        found.entry(row.get(0)?).or_default().insert(facts::claim(row)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&LOAD_CLAIMS, &rows, Some(&mut sink))]).await?;
    for (id, window) in windows {
        found.entry(*id).or_default().mark_known(*window);
    }
    Ok(found)
}
