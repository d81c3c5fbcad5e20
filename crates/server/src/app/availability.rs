//! Finding a free time: what is free, where one could start, and what fits best. Only offers: whoever takes one is decided
//! anew, by the same rules.

use bronya_domain::availability::{Need, Offer, Onlooker, SEARCH_AROUND, STEP_MINUTES, Stretch, longest};
use bronya_domain::booking::Along;
use bronya_domain::ids::{ResourceId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::refusal::Refusal;
use bronya_domain::resource::Resource;
use bronya_domain::user::Principal;
use bronya_store::accounts;
use bronya_store::availability::{self, Which};
use bronya_store::db::Tx;

use super::{App, AppError, Caller, Result, read_as};

/// Start times that one question may try, over all its resources.
pub const STARTS_MAX: i64 = 500_000;
/// Days of resources that one question may show: so many resources for a day, or one for so many days.
pub const RESOURCE_DAYS_MAX: i64 = 2_000;

/// What is free on the resources, and what is not and why.
pub async fn stretches(
    app: &App,
    caller: &Caller,
    which: Which,
    window: Interval,
) -> Result<Vec<(ResourceId, Vec<Stretch>)>> {
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| {
        let found = availability::resources_of(tx, &which, principal).await?;
        bound(found.len(), days(window), RESOURCE_DAYS_MAX)?;
        let looked_at: Vec<_> = found.into_iter().map(|resource| (resource, window)).collect();
        let facts = availability::look(tx, &looked_at, principal.user, &[], now).await?;
        let onlooker = Onlooker::new(principal, &facts, now);
        Ok(looked_at.iter().map(|(resource, _)| (resource.id, onlooker.stretches(resource, window))).collect())
    })
}

/// What somebody is looking for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Among which resources.
    pub which: Which,
    /// When.
    pub window: Interval,
    /// For what.
    pub need: Need,
    /// What has to be had along.
    pub along: Vec<Along>,
}

/// What the caller could book that starts in the window, for each resource.
pub async fn slots(app: &App, caller: &Caller, wanted: Wanted) -> Result<Vec<(ResourceId, Vec<Interval>)>> {
    let now = app.clock.now();
    let Wanted { which, window, need, along } = wanted;
    read_as!(app, caller, |tx, principal| {
        let found = availability::resources_of(tx, &which, principal).await?;
        bound_starts(&found, window)?;
        let mut looked_at = reaching(found, window, need);
        let beside = self::beside(tx, &along, principal, &looked_at).await?;
        let own = looked_at.len();
        looked_at.extend(beside);
        let facts = availability::look(tx, &looked_at, principal.user, &[], now).await?;
        let (own, beside) = looked_at.split_at(own);
        let beside = in_units(beside, &along);
        let onlooker = Onlooker::new(principal, &facts, now).along(&beside);
        let slots = |resource: &Resource| onlooker.slots(resource, window, need, principal.user);
        Ok(own.iter().map(|(resource, _)| (resource.id, slots(resource))).collect())
    })
}

/// What is booked along, each with the time of it that has to be known beside what is looked at.
async fn beside(
    tx: &mut Tx,
    along: &[Along],
    principal: Principal,
    looked_at: &[(Resource, Interval)],
) -> Result<Vec<(Resource, Interval)>> {
    let start = looked_at.iter().map(|(_, window)| window.start()).min();
    let end = looked_at.iter().map(|(_, window)| window.end()).max();
    let window = start.zip(end).and_then(|(start, end)| Interval::new(start, end).ok());
    let (Some(window), false) = (window, along.is_empty()) else { return Ok(Vec::new()) };
    let ids = along.iter().map(|it| it.resource).collect();
    let found = availability::resources_of(tx, &Which { ids: Some(ids), ..Which::default() }, principal).await?;
    if found.len() < along.len() {
        return Err(Refusal::ResourceNotFound.into());
    }
    Ok(found.into_iter().map(|resource| (resource, window)).collect())
}

/// The same with how many units of each.
fn in_units<'a>(beside: &'a [(Resource, Interval)], along: &[Along]) -> Vec<(&'a Resource, u32)> {
    let units = |resource: &Resource| along.iter().find(|it| it.resource == resource.id).map_or(1, |it| it.quantity);
    beside.iter().map(|(resource, _)| (resource, units(resource))).collect()
}

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What fits, the best first.
    pub candidates: Vec<Offer>,
    /// The nearest that could be had within a week of the window, where nothing fits.
    pub alternatives: Vec<Offer>,
}

/// What fits best within the window, at times when all of `people` have nothing else.
pub async fn search(app: &App, caller: &Caller, wanted: Wanted, people: Vec<UserId>, limit: usize) -> Result<Found> {
    let now = app.clock.now();
    let Wanted { which, window, need, along } = wanted;
    read_as!(app, caller, |tx, principal| {
        // Somebody of whom nobody knows has nothing else at any time, and is not free for that.
        if !people.is_empty() && !accounts::stand(tx, &people.iter().copied().collect()).await? {
            return Err(AppError::UserNotFound);
        }
        let found = availability::resources_of(tx, &which, principal).await?;
        bound_starts(&found, window)?;
        let mut looked_at = reaching(found, window, need);
        let beside = self::beside(tx, &along, principal, &looked_at).await?;
        let own = looked_at.len();
        looked_at.extend(beside);
        let facts = availability::look(tx, &looked_at, principal.user, &people, now).await?;
        let candidates = {
            let (own, beside) = looked_at.split_at(own);
            let beside = in_units(beside, &along);
            let onlooker = Onlooker::new(principal, &facts, now).along(&beside);
            let resources: Vec<&Resource> = own.iter().map(|(resource, _)| resource).collect();
            onlooker.search(&resources, window, need, principal.user, &people, limit)
        };
        if !candidates.is_empty() {
            return Ok(Found { candidates, alternatives: Vec::new() });
        }
        let start = window.start().checked_sub(SEARCH_AROUND).unwrap_or(window.start()).max(now);
        let end = window.end().checked_add(SEARCH_AROUND).unwrap_or(window.end());
        let Ok(wide) = Interval::new(start, end) else { return Ok(Found::default()) };
        looked_at.truncate(own);
        let found: Vec<Resource> = looked_at.into_iter().map(|(resource, _)| resource).collect();
        if bound_starts(&found, wide).is_err() {
            return Ok(Found::default());
        }
        let mut looked_at = reaching(found, wide, need);
        let beside = self::beside(tx, &along, principal, &looked_at).await?;
        looked_at.extend(beside);
        let facts = availability::look(tx, &looked_at, principal.user, &people, now).await?;
        let (own, beside) = looked_at.split_at(own);
        let beside = in_units(beside, &along);
        let onlooker = Onlooker::new(principal, &facts, now).along(&beside);
        let resources: Vec<&Resource> = own.iter().map(|(resource, _)| resource).collect();
        let alternatives = onlooker.near(window).search(&resources, wide, need, principal.user, &people, limit);
        Ok(Found { candidates: Vec::new(), alternatives })
    })
}

/// The window of each resource that has to be known: whatever starts in the asked one ends somewhat later.
pub(super) fn reaching(found: Vec<Resource>, window: Interval, need: Need) -> Vec<(Resource, Interval)> {
    let widen = |resource: Resource| {
        let end = window.end().checked_add(longest(&resource, need)).unwrap_or(window.end());
        (resource, Interval::new(window.start(), end).unwrap_or(window))
    };
    found.into_iter().map(widen).collect()
}

/// Days that are looked at, also where one of them has an hour more.
fn days(window: Interval) -> i64 {
    ((window.duration().as_hours() + 22) / 24).max(1)
}

pub(super) fn bound_starts(found: &[Resource], window: Interval) -> Result<()> {
    let a_day = |resource: &Resource| {
        24 * 60 / i64::from(resource.in_force.policy.start_step_minutes.unwrap_or(STEP_MINUTES).max(1)) + 1
    };
    let starts: i64 = found.iter().map(|resource| a_day(resource).saturating_mul(days(window))).sum();
    if STARTS_MAX < starts { Err(AppError::TooWide) } else { Ok(()) }
}

fn bound(resources: usize, days: i64, max: i64) -> Result<()> {
    let resources = i64::try_from(resources).unwrap_or(i64::MAX);
    if max < resources.saturating_mul(days) { Err(AppError::TooWide) } else { Ok(()) }
}
