//! Finding a free time: what is free, where one could start, and what fits best. Only offers: whoever takes one is decided
//! anew, by the same rules.

use bronya_domain::availability::{Need, Offer, Onlooker, SEARCH_AROUND, STEP_MINUTES, Stretch, longest};
use bronya_domain::ids::{ResourceId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::resource::Resource;
use bronya_store::availability::{self, Which};

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

/// What the caller could book that starts in the window, for each resource.
pub async fn slots(
    app: &App,
    caller: &Caller,
    which: Which,
    window: Interval,
    need: Need,
) -> Result<Vec<(ResourceId, Vec<Interval>)>> {
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| {
        let found = availability::resources_of(tx, &which, principal).await?;
        bound_starts(&found, window)?;
        let looked_at = reaching(found, window, need);
        let facts = availability::look(tx, &looked_at, principal.user, &[], now).await?;
        let onlooker = Onlooker::new(principal, &facts, now);
        let slots = |resource: &Resource| onlooker.slots(resource, window, need, principal.user);
        Ok(looked_at.iter().map(|(resource, _)| (resource.id, slots(resource))).collect())
    })
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
pub async fn search(
    app: &App,
    caller: &Caller,
    which: Which,
    window: Interval,
    need: Need,
    people: Vec<UserId>,
    limit: usize,
) -> Result<Found> {
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| {
        let found = availability::resources_of(tx, &which, principal).await?;
        bound_starts(&found, window)?;
        let looked_at = reaching(found, window, need);
        let facts = availability::look(tx, &looked_at, principal.user, &people, now).await?;
        let onlooker = Onlooker::new(principal, &facts, now);
        let resources: Vec<&Resource> = looked_at.iter().map(|(resource, _)| resource).collect();
        let candidates = onlooker.search(&resources, window, need, principal.user, &people, limit);
        if !candidates.is_empty() {
            return Ok(Found { candidates, alternatives: Vec::new() });
        }
        let start = window.start().checked_sub(SEARCH_AROUND).unwrap_or(window.start()).max(now);
        let end = window.end().checked_add(SEARCH_AROUND).unwrap_or(window.end());
        let Ok(wide) = Interval::new(start, end) else { return Ok(Found::default()) };
        let found: Vec<Resource> = looked_at.into_iter().map(|(resource, _)| resource).collect();
        if bound_starts(&found, wide).is_err() {
            return Ok(Found::default());
        }
        let looked_at = reaching(found, wide, need);
        let facts = availability::look(tx, &looked_at, principal.user, &people, now).await?;
        let onlooker = Onlooker::new(principal, &facts, now);
        let resources: Vec<&Resource> = looked_at.iter().map(|(resource, _)| resource).collect();
        let mut alternatives = onlooker.search(&resources, wide, need, principal.user, &people, usize::MAX);
        alternatives.sort_by_key(|it| it.interval.start().duration_since(window.start()).abs());
        alternatives.truncate(limit);
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

fn days(window: Interval) -> i64 {
    window.duration().as_hours() / 24 + 1
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
