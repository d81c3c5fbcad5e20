//! Reading what searches for free time need: resources, the claims on them, and what people have booked, as they are
//! committed now. Good for offers, never for decisions.

use std::collections::{BTreeMap, BTreeSet};

use bronya_domain::facts::Facts;
use bronya_domain::ids::{AreaId, ResourceId, SiteId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::limits::BOOKING_MAX;
use bronya_domain::pace::PaceScope;
use bronya_domain::place::Tree;
use bronya_domain::profile::{Visibility, Wanted};
use bronya_domain::resource::Resource;
use bronya_domain::user::Principal;
use jiff::{SignedDuration, Timestamp};

use crate::bookings::{self, EARLIEST};
use crate::db::{Around, Each, Row, Sql, Step, Tx, Value};
use crate::diaries;
use crate::error::{Result, StoreError};
use crate::facts::{self, Unresolved};
use crate::groups;
use crate::paces;
use crate::places;
use crate::profiles;
use crate::resources;

/// Resources that one question looks at.
pub const RESOURCES_MAX: u32 = 2_000;
pub(crate) const BY_IDS: Each<1> = Each::new(
    concat!(select_resource!(), " WHERE id = $1 AND deleted_at IS NULL"),
    concat!(select_resource!(), " WHERE id = ANY ($1::uuid[]) AND deleted_at IS NULL ORDER BY id"),
);
pub(crate) const OF_SITE: Sql<2> =
    Sql::new(concat!(select_resource!(), " WHERE site_id = $1 AND deleted_at IS NULL ORDER BY id LIMIT $2"));
pub(crate) const OF_KIND: Sql<2> =
    Sql::new(concat!(select_resource!(), " WHERE kind = $1 AND deleted_at IS NULL ORDER BY id LIMIT $2"));
pub(crate) const OF_TERM: Sql<2> = Sql::new(concat!(
    select_resource!(),
    " JOIN resource_term ON resource_term.resource_id = resource.id
    WHERE resource_term.term = $1 AND deleted_at IS NULL ORDER BY resource_term.resource_id LIMIT $2"
));
pub(crate) const ALL: Sql<2> =
    Sql::new(concat!(select_resource!(), " WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2"));

/// Which resources a question is about: those with the ids, or else all that fit what is said.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// These.
    pub ids: Option<Vec<ResourceId>>,
    /// Of this site.
    pub site: Option<SiteId>,
    /// In this area, or in one that stands in it.
    pub area: Option<AreaId>,
    /// Of this kind.
    pub kind: Option<String>,
    /// With these tags and attributes.
    pub wanted: Wanted,
}

/// The resources that a question of `viewer` is about; too many for one question is [`StoreError::TooMuch`].
pub async fn resources_of(tx: &mut Tx, which: &Which, viewer: Principal) -> Result<Vec<Resource>> {
    let limit: Value = (RESOURCES_MAX + 1).into();
    // An area holds what stands in the areas within it too.
    let (mut site, mut inside) = (which.site, BTreeSet::new());
    if let Some(id) = which.area {
        let Some(area) = places::area(tx, id).await? else { return Ok(Vec::new()) };
        inside = Tree::of(&places::areas(tx, area.site).await?).within(id);
        site = site.or(Some(area.site));
    }
    let found = if let Some(ids) = &which.ids {
        by_ids(tx, &ids.iter().copied().collect()).await?
    } else if let Some(term) = profiles::seek(&which.wanted) {
        tx.rows(&OF_TERM, [term.into(), limit], Unresolved::read).await?
    } else if let Some(site) = site {
        tx.rows(&OF_SITE, [site.into(), limit], Unresolved::read).await?
    } else if let Some(kind) = &which.kind {
        tx.rows(&OF_KIND, [kind.as_str().into(), limit], Unresolved::read).await?
    } else {
        tx.rows(&ALL, [uuid::Uuid::nil().into(), limit], Unresolved::read).await?
    };
    if RESOURCES_MAX < u32::try_from(found.len()).unwrap_or(u32::MAX) {
        return Err(StoreError::TooMuch("resources"));
    }
    let mut found = facts::resolve(tx, found).await?;
    found.retain(|resource| {
        let attributes = &resource.attributes;
        attributes.profile.meets(&which.wanted)
            && which.site.is_none_or(|site| attributes.site == Some(site))
            && (which.area.is_none() || attributes.area.is_some_and(|area| inside.contains(&area)))
            && (which.kind.is_none() || which.kind == attributes.kind)
    });
    resources::known_to(tx, viewer, found).await
}

async fn by_ids(tx: &mut Tx, ids: &BTreeSet<ResourceId>) -> Result<Vec<Unresolved>> {
    let rows: Vec<[Value; 1]> = ids.iter().map(|id| [(*id).into()]).collect();
    let mut found = Vec::with_capacity(rows.len());
    let mut sink = |row: &Row<'_>| {
        found.push(Unresolved::read(row)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&BY_IDS, &rows, Some(&mut sink))]).await?;
    Ok(found)
}

/// Facts for looking at `resources`, each in its window: their claims, who starts when where that is paced, and what the
/// people have booked, where a quota or a search asks for that.
pub async fn look(
    tx: &mut Tx,
    resources: &[(Resource, Interval)],
    owner: UserId,
    people: &[UserId],
    now: Timestamp,
) -> Result<Facts> {
    // Buffers reach out of the window that is asked about.
    let day = SignedDuration::from_hours(24);
    let windows: Vec<(ResourceId, Interval)> = resources
        .iter()
        .flat_map(|(resource, window)| {
            let window = widened(*window, day, day);
            std::iter::once(resource.id).chain(resource.attributes.parts.iter().copied()).map(move |id| (id, window))
        })
        .collect();
    let mut facts = Facts { calendars: resources::calendars(tx, &windows).await?, ..Facts::default() };
    let parts: BTreeSet<ResourceId> =
        resources.iter().flat_map(|(resource, _)| resource.attributes.parts.iter().copied()).collect();
    if !parts.is_empty() {
        let found = by_ids(tx, &parts).await?;
        let found = facts::resolve(tx, found).await?;
        facts.resources.extend(found.into_iter().map(|part| (part.id, Some(part))));
    }
    let is_hidden = |resource: &Resource| resource.attributes.profile.visibility == Visibility::Hidden;
    let hidden: BTreeSet<ResourceId> = resources.iter().filter(|(it, _)| is_hidden(it)).map(|(it, _)| it.id).collect();
    if !hidden.is_empty() {
        let managed = resources::managed_among(tx, &hidden, owner).await?;
        facts.managers.extend(hidden.into_iter().map(|id| ((id, owner), managed.contains(&id))));
    }
    if resources.iter().any(|(it, _)| it.in_force.policy.named_groups().next().is_some()) {
        facts.groups = groups::of_people(tx, &BTreeSet::from([owner])).await?;
    }
    let paced = resources.iter().filter(|(resource, _)| resource.in_force.policy.pacing_max.is_some());
    let mut starts: BTreeMap<PaceScope, Interval> = BTreeMap::new();
    for (resource, window) in paced {
        let window = widened(*window, day, day);
        let whole = starts.entry(PaceScope::of(resource)).or_insert(window);
        *whole = Interval::new(whole.start().min(window.start()), whole.end().max(window.end())).unwrap_or(*whole);
    }
    paces::load(tx, &starts.into_iter().collect::<Vec<_>>(), &mut facts.paces).await?;
    let counted = resources.iter().any(|(resource, _)| resource.in_force.policy.quotas.is_some());
    let mut asked: BTreeSet<UserId> = people.iter().copied().collect();
    if counted {
        asked.insert(owner);
    }
    let whole = resources
        .iter()
        .map(|(_, window)| *window)
        .reduce(|a, b| Interval::new(a.start().min(b.start()), a.end().max(b.end())).unwrap_or(a));
    if let Some(whole) = whole.filter(|_| !people.is_empty()) {
        facts.taking_part = bookings::engaged(tx, people, whole, now).await?;
    }
    if let Some(whole) = whole.filter(|_| !asked.is_empty()) {
        // A quota of what somebody has at a time, and who is free when, ask for what started long ago and lasts.
        let from = whole.start().min(now).checked_sub(BOOKING_MAX).unwrap_or(EARLIEST).max(EARLIEST);
        let known = Interval::new(from, Timestamp::MAX).unwrap_or(whole);
        for (id, person, entry) in diaries::of(tx, &asked, known).await? {
            facts.diaries.entry(person).or_default().insert(id, entry);
        }
        for person in asked {
            facts.diaries.entry(person).or_default().mark_known(known, true);
        }
    }
    Ok(facts)
}

fn widened(window: Interval, before: SignedDuration, after: SignedDuration) -> Interval {
    let start = window.start().checked_sub(before).unwrap_or(EARLIEST).max(EARLIEST);
    let end = window.end().checked_add(after).unwrap_or(Timestamp::MAX);
    Interval::new(start, end).unwrap_or(window)
}
