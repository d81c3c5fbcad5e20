//! Reading resources and who manages them. They are changed by commands only.

use std::collections::{BTreeSet, HashMap};

use bronya_domain::calendar::Calendar;
use bronya_domain::ids::{AreaId, ResourceId, SiteId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::place::Tree;
use bronya_domain::profile::{Visibility, Wanted};
use bronya_domain::resource::Resource;
use bronya_domain::user::Principal;

use crate::accounts::contains;
use crate::db::{Around, Each, Row, Sql, Step, Tx, Value};
use crate::error::Result;
use crate::facts::{self, LOAD_CLAIMS, LOAD_MANAGERS, Unresolved};
use crate::{places, profiles};

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
/// By a term; the terms of resources that were deleted are deleted too.
pub(crate) const LIST_OF_TERM: Sql<5> = Sql::new(concat!(
    select_resource!(),
    "
    JOIN resource_term ON resource_term.resource_id = resource.id
    WHERE resource_term.resource_id > $1 AND resource_term.term = $2 AND deleted_at IS NULL
        AND search LIKE $3 ESCAPE '\\' AND coalesce(capacity, 0) >= $4
    ORDER BY resource_term.resource_id LIMIT $5"
));
/// How many there are of each kind, and the most that one of them seats; what is hidden is asked for by itself.
pub(crate) const OVERVIEW: Sql<1> = Sql::new(
    "SELECT kind, count(*), max(capacity) FROM resource WHERE deleted_at IS NULL AND visibility <> 'hidden'
    GROUP BY kind ORDER BY count(*) DESC, kind LIMIT $1",
);
pub(crate) const ZONE_OF_MOST: Sql<0> = Sql::new(
    "SELECT time_zone FROM resource WHERE deleted_at IS NULL AND visibility <> 'hidden'
    GROUP BY time_zone ORDER BY count(*) DESC, time_zone LIMIT 1",
);
pub(crate) const HIDDEN_ONES: Sql<0> =
    Sql::new("SELECT id, kind, capacity FROM resource WHERE visibility = 'hidden' AND deleted_at IS NULL ORDER BY id");
pub(crate) const HIDDEN: Each<1> = Each::new(
    "SELECT id FROM resource WHERE id = $1 AND visibility = 'hidden'",
    "SELECT id FROM resource WHERE id = ANY ($1::uuid[]) AND visibility = 'hidden'",
);
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
    /// With these tags and attributes.
    pub wanted: Wanted,
    /// Only what the viewer manages, which for administrators is all.
    pub managed: bool,
}

/// The resource with this id, unless it was deleted.
pub async fn by_id(tx: &mut Tx, id: ResourceId) -> Result<Option<Resource>> {
    let found = tx.rows(&BY_ID, [id.into()], Unresolved::read).await?;
    Ok(facts::resolve(tx, found).await?.pop())
}

/// Rows that are looked through at once, where not all of them are wanted.
const LOOKED_THROUGH: u32 = 1_000;

/// Resources that `viewer` may know of, in the order they were made, after `after`.
pub async fn list(
    tx: &mut Tx,
    filter: &Filter,
    viewer: Principal,
    mut after: ResourceId,
    limit: u32,
) -> Result<Vec<Resource>> {
    let managed_only = filter.managed && !viewer.is_admin();
    // Who manages nothing is not to look through everything for it.
    if managed_only && !manages_any(tx, viewer.user).await? {
        return Ok(Vec::new());
    }
    let pattern: Value = contains(&filter.q.as_deref().unwrap_or_default().to_lowercase()).into();
    let capacity: Value = filter.min_capacity.unwrap_or(0).into();
    let (mut site, mut inside) = (filter.site, None);
    if let Some(asked) = filter.area {
        let Some(area) = places::area(tx, asked).await? else { return Ok(Vec::new()) };
        if site.is_some_and(|site| site != area.site) {
            return Ok(Vec::new());
        }
        site = Some(area.site);
        inside = Some(Tree::of(&places::areas(tx, area.site).await?).within(asked));
    }
    let term = profiles::seek(&filter.wanted);
    let all_are_wanted = site.is_none() && term.is_none() && !managed_only;
    let at_once = if all_are_wanted { limit } else { limit.max(LOOKED_THROUGH) };
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    loop {
        let (start, rows): (Value, Value) = (after.into(), at_once.into());
        let (pattern, capacity) = (pattern.clone(), capacity.clone());
        let rows = if let Some(term) = &term {
            let values = [start, term.as_str().into(), pattern, capacity, rows];
            tx.rows(&LIST_OF_TERM, values, Unresolved::read).await?
        } else if let Some(site) = site {
            tx.rows(&LIST_OF_SITE, [start, site.into(), pattern, capacity, rows], Unresolved::read).await?
        } else if let Some(kind) = &filter.kind {
            tx.rows(&LIST_OF_KIND, [start, kind.as_str().into(), pattern, capacity, rows], Unresolved::read).await?
        } else {
            tx.rows(&LIST, [start, pattern, capacity, rows], Unresolved::read).await?
        };
        let is_last = rows.len() < at_once as usize;
        let mut rows = facts::resolve(tx, rows).await?;
        after = rows.last().map_or(after, |resource| resource.id);
        rows.retain(|resource| {
            let attributes = &resource.attributes;
            let is_inside = |inside: &BTreeSet<AreaId>| attributes.area.is_some_and(|area| inside.contains(&area));
            site.is_none_or(|site| attributes.site == Some(site))
                && inside.as_ref().is_none_or(is_inside)
                && (filter.kind.is_none() || filter.kind == attributes.kind)
                && attributes.profile.meets(&filter.wanted)
        });
        if managed_only {
            let managed = managed_among(tx, &rows.iter().map(|it| it.id).collect(), viewer.user).await?;
            rows.retain(|resource| managed.contains(&resource.id));
        }
        found.extend(known_to(tx, viewer, rows).await?);
        if is_last || wanted <= found.len() {
            found.truncate(wanted);
            return Ok(found);
        }
    }
}

/// What there is of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfKind {
    /// The kind; `None` for what has none.
    pub kind: Option<String>,
    /// How many resources.
    pub resources: u32,
    /// The most that one of them seats; `None` where no one says.
    pub capacity_max: Option<u32>,
}

/// What there is that `viewer` may know of, by kinds; the `limit` kinds with most resources.
pub async fn overview(tx: &mut Tx, viewer: Principal, limit: u32) -> Result<Vec<OfKind>> {
    let read = |row: &Row<'_>| Ok(OfKind { kind: row.get(0)?, resources: row.get(1)?, capacity_max: row.get(2)? });
    let mut found = tx.rows(&OVERVIEW, [limit.into()], read).await?;
    let hidden = tx.rows(&HIDDEN_ONES, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).await?;
    let ids = hidden.iter().map(|(id, _, _)| *id).collect();
    let unknown = hidden_from(tx, viewer, &ids).await?;
    for (_, kind, capacity) in hidden.into_iter().filter(|(id, _, _)| !unknown.contains(id)) {
        let of_kind: &mut OfKind = match found.iter_mut().position(|it| it.kind == kind) {
            Some(at) => &mut found[at],
            None if found.len() < limit as usize => {
                found.push(OfKind { kind, resources: 0, capacity_max: None });
                let last = found.len() - 1;
                &mut found[last]
            }
            None => continue,
        };
        of_kind.resources += 1;
        of_kind.capacity_max = of_kind.capacity_max.max(capacity);
    }
    Ok(found)
}

/// The time zone that most of what is not hidden is in.
pub async fn zone_of_most(tx: &mut Tx) -> Result<Option<String>> {
    tx.row(&ZONE_OF_MOST, [], |row| row.get(0)).await
}

/// The resource with this id, if `viewer` may know of it.
pub async fn known(tx: &mut Tx, viewer: Principal, id: ResourceId) -> Result<Option<Resource>> {
    let found = by_id(tx, id).await?;
    Ok(known_to(tx, viewer, found.into_iter().collect()).await?.pop())
}

/// Of these, the ones that `viewer` may know of.
pub async fn known_to(tx: &mut Tx, viewer: Principal, mut found: Vec<Resource>) -> Result<Vec<Resource>> {
    let is_hidden = |resource: &Resource| resource.attributes.profile.visibility == Visibility::Hidden;
    let hidden: BTreeSet<ResourceId> = found.iter().filter(|it| is_hidden(it)).map(|it| it.id).collect();
    if !hidden.is_empty() && !viewer.is_admin() {
        let managed = managed_among(tx, &hidden, viewer.user).await?;
        found.retain(|it| !is_hidden(it) || managed.contains(&it.id));
    }
    Ok(found)
}

/// Of the resources with these ids, those that `viewer` may not know of.
pub async fn hidden_from(tx: &mut Tx, viewer: Principal, ids: &BTreeSet<ResourceId>) -> Result<BTreeSet<ResourceId>> {
    if viewer.is_admin() || ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let rows: Vec<[Value; 1]> = ids.iter().map(|id| [(*id).into()]).collect();
    let mut hidden = BTreeSet::new();
    let mut sink = |row: &Row<'_>| {
        hidden.insert(row.get(0)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&HIDDEN, &rows, Some(&mut sink))]).await?;
    let managed = managed_among(tx, &hidden, viewer.user).await?;
    Ok(hidden.difference(&managed).copied().collect())
}

/// Takes away of what resources are made of what `viewer` may not know of.
pub async fn conceal_parts(tx: &mut Tx, viewer: Principal, found: &mut [Resource]) -> Result<()> {
    let parts = found.iter().flat_map(|it| it.attributes.parts.iter().copied()).collect();
    let hidden = hidden_from(tx, viewer, &parts).await?;
    for resource in found.iter_mut().filter(|_| !hidden.is_empty()) {
        resource.attributes.parts.retain(|part| !hidden.contains(part));
    }
    Ok(())
}

/// Of these, the ones that the user manages.
pub async fn managed_among(tx: &mut Tx, ids: &BTreeSet<ResourceId>, user: UserId) -> Result<BTreeSet<ResourceId>> {
    let rows: Vec<[Value; 2]> = ids.iter().map(|id| [(*id).into(), user.into()]).collect();
    let mut managed = BTreeSet::new();
    let mut sink = |row: &Row<'_>| {
        managed.insert(row.get(0)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&LOAD_MANAGERS, &rows, Some(&mut sink))]).await?;
    Ok(managed)
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
