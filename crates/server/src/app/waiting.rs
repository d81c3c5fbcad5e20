//! The waiting list. Whoever finds nothing free says what would do and within which time; when time becomes free, the first who fits is
//! offered it: a hold in their name, which they take up or let lapse, and then it is offered to the next.
//!
//! Nothing here decides anything: an offer is a booking, decided like any other. What is offered has the id of the entry, and the
//! database takes an id once.

use std::collections::BTreeSet;

use bronya_domain::availability::{Need, Onlooker};
use bronya_domain::booking::Details;
use bronya_domain::command::{Book, Command, Targeted};
use bronya_domain::ids::{BookingId, ResourceId, SiteId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::refusal::{Refusal, Violation};
use bronya_domain::resource::Resource;
use bronya_domain::user::{Principal, Role};
use bronya_store::availability::{self, Which};
use bronya_store::db::Tx;
use bronya_store::engine::{Actor, Denied, Idempotency, Reply};
use bronya_store::events::{self, Origin};
use bronya_store::waiting::{self, Entry, OPEN_MAX, RESOURCES_MAX};
use bronya_store::{StoreError, accounts, leases, news, resources};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::availability::{bound_starts, reaching};
use super::bookings::must_stand;
use super::making::{answered, keep};
use super::places::must_manage as must_manage_site;
use super::sign_in::event;
use super::{App, AppError, Caller, Result, again_where_it_gave_way, read_as, write_as};

/// Times that an offer is tried at before the next in the list is asked.
const TRIED_MAX: usize = 8;
/// For how long an offer is held where the rules of the place allow it; by themselves they say ten minutes.
const OFFER_MINUTES: u32 = 24 * 60;
/// How long a server that makes offers keeps others from it.
const LEASE: SignedDuration = SignedDuration::from_secs(20);
/// How far back changes are looked for: they are written down with the time at which their transaction began.
const LOOK_BACK: SignedDuration = SignedDuration::from_secs(10);
/// How many are asked in one go, the first of those who wait.
const ASKED_MAX: u32 = 500;
/// Changes that one look takes in; where there were more, everybody is asked.
const NEWS_MAX: u32 = 2_000;

/// What somebody would have.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// Which resources would do.
    pub which: Which,
    /// Within which time.
    pub window: Interval,
    /// For how long, for how many.
    pub need: Need,
    /// What the booking will say.
    pub details: Details,
    /// Who waits, where that is somebody else.
    pub on_behalf_of: Option<UserId>,
}

/// Puts somebody on the list.
pub async fn join(
    app: &App,
    caller: &Caller,
    new: NewEntry,
    idempotency: Option<Idempotency<Entry>>,
) -> Result<Reply<Entry>> {
    must_stand(app, caller, &new.details.participants, new.on_behalf_of).await?;
    let (id, now) = (BookingId(app.ids.next()), app.clock.now());
    again_where_it_gave_way(|| {
        let (new, idempotency) = (new.clone(), idempotency.clone());
        let event = event(app, "waiting.joined", Some(caller.user), None, caller.origin.clone(), now);
        async move {
            write_as!(app, caller, now, |tx, principal| {
                if let Some(reply) = answered(tx, principal, idempotency.as_ref(), now).await? {
                    return Ok(reply);
                }
                let user = new.details.owner(id, new.on_behalf_of, principal.user);
                if new.window.end() <= now {
                    return Err(Refusal::Rules(vec![Violation::InThePast]).into());
                }
                let found = availability::resources_of(tx, &new.which, principal).await?;
                bound_starts(&found, new.window)?;
                let resources = large_enough(&found, new.need)?;
                if user != principal.user {
                    must_manage(tx, principal, &resources).await?;
                }
                // Two requests at once may both be let in: the bound is against abuse, not a promise.
                if OPEN_MAX <= waiting::count_open(tx, user, now).await? {
                    return Err(AppError::TooMany(OPEN_MAX));
                }
                let entry = Entry {
                    id,
                    user,
                    made_by: (user != principal.user).then_some(principal.user),
                    window: new.window,
                    duration: new.need.duration,
                    quantity: new.need.quantity,
                    details: new.details,
                    resources,
                    created_at: now,
                    offered_at: None,
                    left_at: None,
                    offer: None,
                };
                waiting::insert(tx, &entry).await?;
                events::append(tx, event).await?;
                keep(tx, principal, idempotency.as_ref(), entry, now).await
            })
        }
    })
    .await
}

/// Those that could ever seat so many.
pub(super) fn large_enough(found: &[Resource], need: Need) -> Result<Vec<ResourceId>> {
    let seats = |it: &Resource| it.attributes.capacity.map(|seats| seats.saturating_mul(need.quantity));
    let units: Vec<&Resource> = found.iter().filter(|it| need.quantity <= it.attributes.quantity).collect();
    let seating: Vec<ResourceId> = units
        .iter()
        .filter(|it| need.party_size.is_none_or(|party| seats(it).is_none_or(|seats| party <= seats)))
        .map(|it| it.id)
        .collect();
    if RESOURCES_MAX < seating.len() {
        return Err(AppError::TooWide);
    }
    if !seating.is_empty() {
        return Ok(seating);
    }
    let violation = if let Some(most) = units.iter().filter_map(|it| seats(it)).max() {
        Violation::PartyTooLarge(most)
    } else {
        let most = found.iter().map(|it| it.attributes.quantity).max().ok_or(Refusal::ResourceNotFound)?;
        Violation::QuantityTooLarge(most)
    };
    Err(Refusal::Rules(vec![violation]).into())
}

async fn must_manage(tx: &mut Tx, principal: Principal, resources: &[ResourceId]) -> Result<()> {
    if manages_all(tx, principal, resources).await? { Ok(()) } else { Err(AppError::Forbidden) }
}

async fn manages_all(tx: &mut Tx, principal: Principal, resources: &[ResourceId]) -> Result<bool> {
    let ids: BTreeSet<ResourceId> = resources.iter().copied().collect();
    Ok(principal.is_admin() || resources::managed_among(tx, &ids, principal.user).await?.len() == ids.len())
}

/// An entry that the caller may know of: one's own, one that one has made, or one for nothing but what one manages.
pub async fn by_id(app: &App, caller: &Caller, id: BookingId) -> Result<Entry> {
    read_as!(app, caller, |tx, principal| visible(tx, principal, id).await)
}

async fn visible(tx: &mut Tx, principal: Principal, id: BookingId) -> Result<Entry> {
    let entry = waiting::by_id(tx, id).await?.ok_or(AppError::WaitingNotFound)?;
    let own = entry.user == principal.user || entry.made_by == Some(principal.user);
    if own || manages_all(tx, principal, &entry.resources).await? { Ok(entry) } else { Err(AppError::WaitingNotFound) }
}

/// The caller's own entries, in the order in which they were made.
pub async fn my(app: &App, caller: &Caller, after: Option<BookingId>, limit: u32) -> Result<Vec<Entry>> {
    let after = after.unwrap_or(BookingId(Uuid::nil()));
    read_as!(app, caller, |tx, principal| Ok(waiting::of_user(tx, principal.user, after, limit).await?))
}

/// Who waits for a resource, the first first. For its managers.
pub async fn of_resource(
    app: &App,
    caller: &Caller,
    resource: ResourceId,
    after: Option<BookingId>,
    limit: u32,
) -> Result<Vec<Entry>> {
    let after = after.unwrap_or(BookingId(Uuid::nil()));
    read_as!(app, caller, |tx, principal| {
        must_manage(tx, principal, &[resource]).await?;
        Ok(waiting::for_resource(tx, resource, after, limit).await?)
    })
}

/// Who waits for something of a site, the first first. For managers of the site.
pub async fn of_site(
    app: &App,
    caller: &Caller,
    site: SiteId,
    after: Option<BookingId>,
    limit: u32,
) -> Result<Vec<Entry>> {
    let after = after.unwrap_or(BookingId(Uuid::nil()));
    read_as!(app, caller, |tx, principal| {
        must_manage_site(tx, site, principal).await?;
        Ok(waiting::for_site(tx, site, after, limit).await?)
    })
}

/// Takes somebody off the list. What was offered already is a booking, and is cancelled like one.
pub async fn leave(app: &App, caller: &Caller, id: BookingId) -> Result<()> {
    let now = app.clock.now();
    let event = event(app, "waiting.left", Some(caller.user), None, caller.origin.clone(), now);
    write_as!(app, caller, now, |tx, principal| {
        visible(tx, principal, id).await?;
        if waiting::left(tx, id, now).await? {
            events::append(tx, event).await?;
        }
        Ok(())
    })
}

/// What was seen already of what changes.
#[derive(Debug, Default)]
pub struct Seen {
    lines: BTreeSet<Uuid>,
    entries: BTreeSet<BookingId>,
}

/// Who is to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Whoever waits for something that has changed lately, and whoever is new.
    Touched,
    /// Everybody: rules and hours change without anybody being told which times that frees.
    Everybody,
}

/// Offers what has become free to those who wait for it, the first first, unless another server does; returns how many offers were
/// made. Where nobody waits that is one read.
pub async fn offer_due(app: &App, holder: Uuid, seen: &mut Seen, asked: Asked) -> Result<u32> {
    let now = app.clock.now();
    let since = now.checked_sub(LOOK_BACK).unwrap_or(now);
    let old = std::mem::take(seen);
    let looked = app
        .store
        .read(move |tx| {
            Box::pin(async move {
                let mut seen = Seen::default();
                if !waiting::is_any(tx).await? {
                    return Ok::<_, AppError>((BTreeSet::new(), seen));
                }
                if asked == Asked::Everybody {
                    return Ok((waiting::made_since(tx, Timestamp::UNIX_EPOCH, ASKED_MAX).await?, seen));
                }
                let lines = news::since(tx, since, NEWS_MAX).await?;
                let all = u32::try_from(lines.len()).is_ok_and(|count| count == NEWS_MAX)
                    || lines.iter().any(|it| it.is_wide);
                seen.lines = lines.iter().map(|it| it.id).collect();
                seen.entries = waiting::made_since(tx, since, ASKED_MAX).await?;
                if all && !seen.lines.is_subset(&old.lines) {
                    return Ok((waiting::made_since(tx, Timestamp::UNIX_EPOCH, ASKED_MAX).await?, seen));
                }
                let fresh: Vec<news::News> = lines.into_iter().filter(|it| !old.lines.contains(&it.id)).collect();
                let touched = news::touched(tx, &fresh).await?;
                let mut due = waiting::waiting_for(tx, &touched).await?;
                due.extend(seen.entries.difference(&old.entries).copied());
                Ok((due, seen))
            })
        })
        .await;
    let (due, fresh) = looked?;
    if due.is_empty() {
        *seen = fresh;
        return Ok(0);
    }
    let until = now.checked_add(LEASE).unwrap_or(Timestamp::MAX);
    let mine = app.store.write(move |tx| Box::pin(leases::acquire(tx, "waiting", holder, now, until))).await?;
    *seen = fresh;
    if !mine {
        return Ok(0);
    }
    let (mut made, mut passed_over) = (0, Vec::<(BookingId, Vec<ResourceId>)>::new());
    for id in due.into_iter().take(ASKED_MAX as usize) {
        let Some(chance) = look_at(app, id).await? else { continue };
        let found: BTreeSet<ResourceId> = chance.offers.iter().map(|(resource, _)| *resource).collect();
        // What is free for this one may have become free after those before were looked at: they are asked again.
        let mut earlier = Vec::new();
        for (earlier_id, resources) in std::mem::take(&mut passed_over) {
            let again =
                if resources.iter().any(|it| found.contains(it)) { look_at(app, earlier_id).await? } else { None };
            match again {
                Some(again) if offer(app, &again).await? => made += 1,
                _ => earlier.push((earlier_id, resources)),
            }
        }
        passed_over = earlier;
        if offer(app, &chance).await? {
            made += 1;
        } else {
            passed_over.push((id, chance.entry.resources));
        }
    }
    Ok(made)
}

/// Somebody who waits, in whose name an offer is made, and what that could be.
#[derive(Debug)]
struct Chance {
    entry: Entry,
    principal: Principal,
    offers: Vec<(ResourceId, Interval)>,
}

async fn look_at(app: &App, id: BookingId) -> Result<Option<Chance>> {
    let now = app.clock.now();
    app.store.read(move |tx| Box::pin(look(tx, id, now))).await
}

/// Offers the best of what there is for somebody; `false` where that is nothing, or is gone.
async fn offer(app: &App, Chance { entry, principal, offers }: &Chance) -> Result<bool> {
    if entry.offer.is_some() {
        // It was offered, and whoever offered it came no further.
        return note(app, entry, *principal).await;
    }
    for (resource, interval) in offers {
        let book = Book {
            id: entry.id,
            resource: *resource,
            interval: *interval,
            ends_by_place: false,
            quantity: entry.quantity,
            details: entry.details.clone(),
            on_behalf_of: entry.made_by.filter(|_| entry.details.guest.is_none()).map(|_| entry.user),
            override_reason: None,
            hold_minutes: Some(OFFER_MINUTES),
            series: None,
            along: Vec::new(),
        };
        match app.submit_as(Actor::Trusted(*principal), Command::Book(book), Origin::default()).await {
            Ok(_) => return note(app, entry, *principal).await,
            // Somebody was faster, or a rule counts what is there by now.
            Err(Denied::Refused(_)) => {}
            // Another server has just offered this entry something.
            Err(Denied::Store(StoreError::NotUnique(_))) => return Ok(false),
            Err(other) => return Err(other.into()),
        }
    }
    Ok(false)
}

/// An entry that waits or whose offer nobody has noted, in whose name it is offered something, and what that could be.
async fn look(tx: &mut Tx, id: BookingId, now: Timestamp) -> Result<Option<Chance>> {
    let Some(entry) = waiting::by_id(tx, id).await? else { return Ok(None) };
    let principal = if entry.made_by.is_none() && entry.details.guest.is_some() {
        // Who waits without an account is offered what a guest may have.
        Principal { user: entry.user, role: Role::Guest }
    } else {
        let in_name_of = entry.made_by.unwrap_or(entry.user);
        let account = accounts::by_id(tx, in_name_of).await?.filter(|it| it.disabled_at.is_none());
        let Some(account) = account else { return Ok(None) };
        Principal { user: in_name_of, role: account.role }
    };
    if entry.offer.is_some() {
        return Ok(Some(Chance { entry, principal, offers: Vec::new() }));
    }
    let window = Interval::new(entry.window.start().max(now), entry.window.end());
    let (true, Ok(window)) = (entry.waits_at(now), window) else { return Ok(None) };
    let need = Need { duration: entry.duration, quantity: entry.quantity, party_size: entry.details.party_size };
    let which = Which { ids: Some(entry.resources.clone()), ..Which::default() };
    let found = availability::resources_of(tx, &which, principal).await?;
    let looked_at = reaching(found, window, need);
    let owner = entry.user;
    let facts = availability::look(tx, &looked_at, owner, &[], now).await?;
    let viewer = Principal { user: owner, role: Role::User };
    let onlooker = Onlooker::new(if entry.details.guest.is_some() { principal } else { viewer }, &facts, now);
    let resources: Vec<&Resource> = looked_at.iter().map(|(resource, _)| resource).collect();
    let offers = onlooker.search(&resources, window, need, owner, &[], TRIED_MAX);
    let offers = offers.into_iter().map(|it| (it.resource, it.interval)).collect();
    Ok(Some(Chance { entry, principal, offers }))
}

/// Writes down that an entry was offered something; `false` where another server has written it down. Whoever left in between does
/// not want it, and it goes to the next.
async fn note(app: &App, entry: &Entry, principal: Principal) -> Result<bool> {
    let (id, now) = (entry.id, app.clock.now());
    let noted = app.store.write(move |tx| {
        Box::pin(async move {
            let noted = waiting::offered(tx, id, now).await?;
            Ok::<_, AppError>((noted, waiting::by_id(tx, id).await?))
        })
    });
    let (noted, entry) = noted.await?;
    let left = entry.is_none_or(|entry| entry.left_at.is_some());
    if left {
        match app
            .submit_as(
                Actor::Trusted(principal),
                Command::Cancel(Targeted { id, versions: None }.into()),
                Origin::default(),
            )
            .await
        {
            // It may have been taken up and cancelled by then, or have lapsed.
            Ok(_) | Err(Denied::Refused(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok(noted)
}
