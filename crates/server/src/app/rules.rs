//! What is in force for a resource and where each of it comes from, and trying rules out before they are: how many of the
//! bookings that were taken would they have refused? Changing rules is an edit of the place or resource they belong to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bronya_domain::booking::Booking;
use bronya_domain::decide::would_break;
use bronya_domain::facts::{Diary, Entry, Facts};
use bronya_domain::ids::{AreaId, BookingId, GroupId, ResourceId, SiteId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::pace::{PaceScope, Start};
use bronya_domain::place::{Area, Site, Tree};
use bronya_domain::refusal::{Broken, Refusal};
use bronya_domain::resource::Resource;
use bronya_domain::rules::{Rules, in_force};
use bronya_domain::user::Principal;
use bronya_store::availability::{self, Which};
use bronya_store::bookings::{self, EARLIEST, TriedOn};
use bronya_store::db::Tx;
use bronya_store::said::{self, Said};
use bronya_store::{groups, places, resources};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::groups::must_be_known;
use super::places::{must_manage, no_area, no_site};
use super::{App, AppError, Caller, Result, read_as};

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The site.
    Site(SiteId),
    /// An area around the resource.
    Area(AreaId),
    /// The resource itself.
    Resource(ResourceId),
}

/// What every level says to a resource, from the outside in.
#[derive(Clone, Debug)]
pub struct Levels {
    /// Which they are.
    pub levels: Vec<Level>,
    /// What each says.
    pub rules: Vec<Arc<Rules>>,
}

/// What every level says to a resource.
pub async fn of_resource(app: &App, caller: &Caller, id: ResourceId) -> Result<Levels> {
    read_as!(app, caller, |tx, principal| {
        let resource = resources::known(tx, principal, id).await?.ok_or(Refusal::ResourceNotFound)?;
        levels_of(tx, &resource).await
    })
}

async fn levels_of(tx: &mut Tx, resource: &Resource) -> Result<Levels> {
    let (mut levels, mut rules) = (Vec::new(), Vec::new());
    if let Some(site) = resource.attributes.site
        && let Some(site) = places::site(tx, site).await?
    {
        levels.push(Level::Site(site.id));
        rules.push(site.attributes.rules);
        let areas = places::areas(tx, site.id).await?;
        for id in resource.attributes.area.map(|area| Tree::of(&areas).path(area)).unwrap_or_default() {
            levels.push(Level::Area(id));
            let area = areas.iter().find(|area| area.id == id);
            rules.push(area.map(|area| Arc::clone(&area.attributes.rules)).unwrap_or_default());
        }
    }
    levels.push(Level::Resource(resource.id));
    rules.push(Arc::clone(&resource.attributes.rules));
    Ok(Levels { levels, rules })
}

/// Bookings that a trial looks at.
pub const TRIED_MAX: u32 = 10_000;
/// How far back it looks.
pub const TRIED_DAYS: i64 = 30;
/// Bookings that it shows.
const EXAMPLES_MAX: usize = 20;
/// How long before a booking another one can count for the same quota: a month and a little more.
const QUOTA_REACH: SignedDuration = SignedDuration::from_hours(32 * 24);

/// What rules would have done.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// Bookings that were looked at.
    pub looked_at: usize,
    /// Whether there were no more than can be looked at.
    pub is_complete: bool,
    /// How many of them would have been refused.
    pub refused: usize,
    /// The same of those that have started by now.
    pub past: Tally,
    /// The same of those to come.
    pub to_come: Tally,
    /// How often each rule would have said no.
    pub by_rule: BTreeMap<&'static str, usize>,
    /// The first of them, in the order they were made, with what each would have broken.
    pub examples: Vec<(Booking, Vec<Broken>)>,
}

/// How many bookings were looked at, and how many of these would have been refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Bookings that were looked at.
    pub looked_at: usize,
    /// How many of them would have been refused.
    pub refused: usize,
}

/// Tries rules of a site out, of an area or of a resource. For its managers, since it shows what others have booked.
pub async fn attempt(app: &App, caller: &Caller, on: TriedOn, rules: Arc<Rules>) -> Result<Trial> {
    must_be_known(app, caller, &rules).await?;
    let now = app.clock.now();
    let from = now.checked_sub(SignedDuration::from_hours(24 * TRIED_DAYS)).unwrap_or(EARLIEST).max(EARLIEST);
    let gathered = read_as!(app, caller, |tx, principal| {
        let tried = match on {
            TriedOn::Site(id) => {
                must_manage(tx, id, principal).await?;
                let mut site = places::site(tx, id).await?.ok_or_else(|| no_site(id))?;
                site.attributes.rules = rules;
                let areas = places::areas(tx, id).await?;
                as_if(tx, principal, (&site, &areas), Which { site: Some(id), ..Which::default() }).await?
            }
            TriedOn::Area(id) => {
                let site = places::area(tx, id).await?.ok_or_else(|| no_area(id))?.site;
                must_manage(tx, site, principal).await?;
                let mut areas = places::areas(tx, site).await?;
                let site = places::site(tx, site).await?.ok_or_else(|| no_site(site))?;
                for area in areas.iter_mut().filter(|area| area.id == id) {
                    area.attributes.rules = Arc::clone(&rules);
                }
                as_if(tx, principal, (&site, &areas), Which { area: Some(id), ..Which::default() }).await?
            }
            TriedOn::Resource(id) => {
                let mut resource = resources::known(tx, principal, id).await?.ok_or(Refusal::ResourceNotFound)?;
                if !principal.is_admin() && !resources::manages(tx, id, principal.user).await? {
                    return Err(AppError::Forbidden);
                }
                resource.attributes.rules = rules;
                resource.in_force = in_force(&levels_of(tx, &resource).await?.rules);
                vec![resource]
            }
        };
        let grouped = tried.iter().any(|resource| resource.in_force.policy.named_groups().next().is_some());
        let counted = tried.iter().any(|resource| resource.in_force.policy.quotas.is_some());
        let paced = tried.iter().find(|resource| resource.in_force.policy.pacing_max.is_some()).map(PaceScope::of);
        let by_id: HashMap<_, _> = tried.into_iter().map(|resource| (resource.id, resource)).collect();
        let found = bookings::tried(tx, on, from, TRIED_MAX + 1).await?;
        let people: BTreeSet<UserId> = found.iter().map(|booking| booking.user).collect();
        // Who was in which group then, nobody knows any more: whoever is in it now.
        let groups = if grouped { groups::of_people(tx, &people).await? } else { HashMap::new() };
        // Starts are counted over the whole site, also where one resource is tried.
        let starts = match paced {
            Some(PaceScope::Site(id)) => bookings::starting_at(tx, id, from, TRIED_MAX + 1).await?,
            Some(PaceScope::Resource(id)) => found.iter().filter(|it| it.resource == id).cloned().collect(),
            None => Vec::new(),
        };
        let entries = if counted {
            let reach = from.checked_sub(QUOTA_REACH).unwrap_or(EARLIEST).max(EARLIEST);
            bookings::entries(tx, &people, reach).await?
        } else {
            Vec::new()
        };
        Ok::<_, AppError>((by_id, found, entries, groups, paced.map(|scope| (scope, starts))))
    });
    let (by_id, found, entries, groups, starts) = gathered?;
    // Ten thousand bookings are some work, which is not the runtime's to wait for.
    tokio::task::spawn_blocking(move || judge(&by_id, found, entries, groups, starts, now))
        .await
        .map_err(|error| AppError::internal(format!("a trial came to nothing: {error}")))?
}

/// These resources as they would be if this is what their places say.
async fn as_if(
    tx: &mut Tx,
    principal: Principal,
    (site, areas): (&Site, &[Area]),
    which: Which,
) -> Result<Vec<Resource>> {
    let tree = Tree::of(areas);
    let mut tried = availability::resources_of(tx, &which, principal).await?;
    for resource in &mut tried {
        let own = Arc::clone(&resource.attributes.rules);
        resource.in_force = in_force(places::levels(site, areas, &tree, resource.attributes.area, &own));
    }
    Ok(tried)
}

/// What a level has said so far, the newest first, from the one before `before` on. For its managers, since it names them.
pub async fn versions(app: &App, caller: &Caller, of: TriedOn, before: Option<Uuid>, limit: u32) -> Result<Vec<Said>> {
    read_as!(app, caller, |tx, principal| {
        match of {
            TriedOn::Site(id) => must_manage(tx, id, principal).await?,
            TriedOn::Area(id) => {
                let area = places::area(tx, id).await?.ok_or_else(|| no_area(id))?;
                must_manage(tx, area.site, principal).await?;
            }
            TriedOn::Resource(id) => {
                resources::known(tx, principal, id).await?.ok_or(Refusal::ResourceNotFound)?;
                if !principal.is_admin() && !resources::manages(tx, id, principal.user).await? {
                    return Err(AppError::Forbidden);
                }
            }
        }
        Ok(said::versions(tx, of, before, limit).await?)
    })
}

/// Asks of each booking what it would have broken when it was made, from the first that was made to the last.
fn judge(
    resources: &HashMap<ResourceId, Resource>,
    mut bookings: Vec<Booking>,
    entries: Vec<(BookingId, UserId, Entry)>,
    groups: HashMap<UserId, BTreeSet<GroupId>>,
    starts: Option<(PaceScope, Vec<Booking>)>,
    now: Timestamp,
) -> Result<Trial> {
    let most = TRIED_MAX as usize;
    let mut trial = Trial { is_complete: bookings.len() <= most, ..Trial::default() };
    bookings.truncate(most);
    trial.looked_at = bookings.len();
    bookings.sort_by_key(|booking| booking.id);
    let always = Interval::new(Timestamp::MIN, Timestamp::MAX).map_err(|_| AppError::internal("time has no length"))?;
    let mut facts = Facts { groups, ..Facts::default() };
    for booking in &bookings {
        facts.diaries.entry(booking.user).or_insert_with(|| {
            let mut diary = Diary::default();
            diary.mark_known(always, true);
            diary
        });
    }
    let (scope, mut starts) = starts.map_or((None, Vec::new()), |(scope, starts)| (Some(scope), starts));
    starts.sort_by_key(|booking| booking.id);
    let mut started_before = starts.into_iter().peekable();
    if let Some(scope) = scope {
        facts.paces.entry(scope).or_default().mark_known(always);
    }
    let mut made_before = entries.into_iter().peekable();
    for booking in bookings {
        // Ids are in the order in which they were made.
        while let Some((id, owner, entry)) = made_before.next_if(|(id, _, _)| *id < booking.id) {
            facts.diaries.entry(owner).or_default().insert(id, entry);
        }
        while let Some(before) = started_before.next_if(|before| before.id < booking.id) {
            if let Some(pace) = scope.and_then(|scope| facts.paces.get_mut(&scope)) {
                pace.insert(before.id, Start::of(&before));
            }
        }
        let when = if booking.interval.start() <= now { &mut trial.past } else { &mut trial.to_come };
        when.looked_at += 1;
        if booking.override_reason.is_some() {
            continue;
        }
        let mut broken: Vec<Broken> = Vec::new();
        for resource in booking.asked_for().filter_map(|id| resources.get(&id)) {
            let also = would_break(resource, &booking, &facts)
                .map_err(|undecided| AppError::internal(format!("a trial wants {undecided:?}")))?;
            broken.extend(also.into_iter().filter(|it| !broken.contains(it)).collect::<Vec<_>>());
        }
        if broken.is_empty() {
            continue;
        }
        trial.refused += 1;
        when.refused += 1;
        // Of two quotas that are broken, the rule is one.
        for rule in broken.iter().map(Broken::rule).collect::<BTreeSet<_>>() {
            *trial.by_rule.entry(rule).or_default() += 1;
        }
        if trial.examples.len() < EXAMPLES_MAX {
            trial.examples.push((booking, broken));
        }
    }
    Ok(trial)
}
