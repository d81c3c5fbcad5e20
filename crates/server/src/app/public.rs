//! Booking without an account, on the page of a site: what a visitor sees, holds, books, moves and waits for. Whoever visits is a guest
//! ([`Role::Guest`]): knows of what is public, keeps to every rule and sets none aside. All of it is decided by the one engine, like
//! anybody's booking; what is offered here names no resource and tells of nobody.

use std::collections::{BTreeMap, BTreeSet};

use bronya_domain::availability::{Need, Onlooker};
use bronya_domain::booking::{Booking, Contact, Details, Guest as Contacted, Status};
use bronya_domain::calendar::{Calendar, Holder};
use bronya_domain::command::{Amend, Book, Command, TakeUp, Targeted};
use bronya_domain::facts::Facts;
use bronya_domain::ids::{BookingId, ResourceId, SiteId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::kind::ValuesEdit;
use bronya_domain::limits::{ALTERNATIVES_MAX, QUANTITY_MAX};
use bronya_domain::pace::Pace;
use bronya_domain::place::Site;
use bronya_domain::policy::HOLD_MINUTES_MAX;
use bronya_domain::profile::Visibility;
use bronya_domain::public_page::{Asked, PublicPage};
use bronya_domain::refusal::{Refusal, Violation, check_version};
use bronya_domain::resource::Resource;
use bronya_domain::user::{Principal, Role};
use bronya_store::availability::{self, Which};
use bronya_store::db::Tx;
use bronya_store::engine::{Actor, Denied};
use bronya_store::events;
use bronya_store::places::{self, Managed};
use bronya_store::public_pages::{self, StoredPage};
use bronya_store::waiting::{self, Entry};
use bronya_store::{bookings as rows, limits as limit_rows, resources as resource_rows};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::availability::{bound_starts, reaching};
use super::bookings::{any_of, booking};
use super::guests::{self, Guest};
use super::places::{happened, must_manage, no_site};
use super::sign_in::{Client, event, limited};
use super::waiting::large_enough;
use super::{App, AppError, Caller, Result, outcome, read_as, write_as};
use crate::auth::limits;
use crate::auth::secret::{SecretKind, SecretToken};

/// What one address may hold at a time.
pub const HOLDS_OF_ADDRESS_MAX: u32 = 5;
/// When somebody who holds as much may try again.
const AGAIN_SECONDS: u32 = 60;
/// How far around a time that is taken others are looked for.
const BEFORE: SignedDuration = SignedDuration::from_hours(12);
const AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Resources that a booking is tried to be moved to.
const MOVES_MAX: usize = 8;
/// What the guest is called as long as the form is not filled.
const NO_NAME_YET: &str = "—";

// --- the page, for those who manage the site -----------------------------------------------------------------------

/// The page of a site. For its managers.
pub async fn page(app: &App, caller: &Caller, site: SiteId) -> Result<StoredPage> {
    read_as!(app, caller, |tx, principal| {
        must_manage(tx, site, principal).await?;
        Ok(public_pages::of_site(tx, site).await?)
    })
}

/// Says anew what the page of a site is. For its managers.
pub async fn replace_page(
    app: &App,
    caller: &Caller,
    site: SiteId,
    page: PublicPage,
    versions: Option<Vec<i64>>,
) -> Result<StoredPage> {
    let now = app.clock.now();
    let event = happened(app, "site.public_page_changed", caller, (site, None), now);
    write_as!(app, caller, now, |tx, principal| {
        must_manage(tx, site, principal).await?;
        // Nobody else writes the page as long as the site is held.
        if !places::hold_managers(tx, Managed::Site(site)).await? {
            return Err(no_site(site));
        }
        let old = public_pages::of_site(tx, site).await?;
        check_version(versions.as_deref(), old.version)?;
        if old.page == page && versions.is_none() && 0 < old.version {
            return Ok(old);
        }
        let stored = StoredPage { site, page, version: old.version + 1 };
        public_pages::put(tx, &stored, now).await?;
        events::append(tx, event).await?;
        Ok(stored)
    })
}

/// The origins that may show the page of the site with this slug in a frame; none where there is no such page.
pub async fn framers(app: &App, slug: &str) -> Result<Vec<String>> {
    let slug = slug.to_owned();
    let found =
        app.store.read(move |tx| Box::pin(async move { Ok::<_, AppError>(public_pages::by_slug(tx, &slug).await?) }));
    let open = found.await?.filter(|found| found.page.is_open);
    Ok(open.map_or_else(Vec::new, |found| found.page.origins))
}

// --- what a visitor sees -------------------------------------------------------------------------------------------

/// A site that takes bookings of the public, as a visitor sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The site.
    pub site: Site,
    /// What is said of its page.
    pub page: PublicPage,
    /// The kinds that there are to choose from.
    pub kinds: BTreeSet<String>,
    /// The largest party that anything can seat.
    pub party_max: u32,
    /// The first and the last day for which it takes bookings now; `None` where it takes them as far ahead as anybody.
    pub today: Date,
    /// See above.
    pub last_date: Option<Date>,
}

/// A start time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// When.
    pub starts_at: Timestamp,
    /// When the longest ends that starts then.
    pub ends_at: Timestamp,
    /// Whether something is free then.
    pub is_free: bool,
}

/// What there is on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayStatus {
    /// Something is free.
    Free,
    /// All is taken.
    Full,
    /// Nobody could come, whoever has booked.
    Closed,
}

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// How many come.
    pub party: u32,
    /// Of which kind it is to be; `None`: of any.
    pub kind: Option<String>,
}

/// An open page with what can be had on it.
struct Open {
    stored: StoredPage,
    site: Site,
    zone: TimeZone,
    resources: Vec<Resource>,
}

/// Whoever has no account and no booking: every guest is another, and this one is nobody in particular.
pub(super) fn anybody() -> Principal {
    Principal { user: UserId(Uuid::nil()), role: Role::Guest }
}

async fn open(tx: &mut Tx, slug: &str, kind: Option<&str>) -> Result<Open> {
    let stored = public_pages::by_slug(tx, slug).await?.filter(|found| found.page.is_open);
    open_page(tx, stored.ok_or(AppError::NoPublicPage)?, kind).await
}

async fn open_page(tx: &mut Tx, stored: StoredPage, kind: Option<&str>) -> Result<Open> {
    let site = places::site(tx, stored.site).await?.ok_or(AppError::NoPublicPage)?;
    let which = Which { site: Some(site.id), kind: kind.map(str::to_owned), ..Which::default() };
    let mut resources = availability::resources_of(tx, &which, anybody()).await?;
    resources.retain(|it| is_offered(it, &stored.page));
    let zone = zone_of(&site)?;
    Ok(Open { stored, site, zone, resources })
}

/// Only what is public, and what a form can fill that asks for nothing but names and numbers.
pub(super) fn is_offered(resource: &Resource, page: &PublicPage) -> bool {
    resource.attributes.profile.visibility == Visibility::Public
        && page.offers(resource.attributes.kind.as_deref())
        && !resource.schema.booking_fields.iter().any(|field| field.is_required)
}

fn zone_of(site: &Site) -> Result<TimeZone> {
    TimeZone::get(&site.attributes.time_zone).map_err(|error| AppError::internal(format!("a site's zone: {error}")))
}

impl Open {
    /// What is needed for a party, and whether each place says for how long.
    fn need(&self, party: u32) -> Result<(Need, bool)> {
        if self.stored.page.party_max < party {
            return Err(Refusal::Rules(vec![Violation::PartyTooLarge(self.stored.page.party_max)]).into());
        }
        let says = |it: &Resource| it.in_force.policy.pieces().is_some() || it.in_force.policy.stay(party).is_some();
        let by_place = !self.resources.is_empty() && self.resources.iter().all(says);
        let length = SignedDuration::from_mins(i64::from(self.stored.page.duration_minutes));
        let duration = (!by_place).then_some(length);
        Ok((Need { duration, quantity: 1, party_size: Some(party) }, by_place))
    }
}

/// All of a day, as the clock on the wall has it.
fn day_in(zone: &TimeZone, date: Date) -> Result<Interval> {
    let midnight = |date: Date| date.to_zoned(zone.clone()).map(|it| it.timestamp());
    let tomorrow = date.tomorrow().and_then(midnight);
    let day = midnight(date).ok().zip(tomorrow.ok()).and_then(|(start, end)| Interval::new(start, end).ok());
    day.ok_or_else(|| Refusal::Rules(vec![Violation::InThePast]).into())
}

/// What a visitor is shown of a site that takes bookings of the public.
pub async fn shown(app: &App, slug: String, visitor: Client) -> Result<Shown> {
    limited(app, vec![(limits::public_read_key(visitor.address), limits::PUBLIC_READ_PER_ADDRESS)]).await?;
    let now = app.clock.now();
    app.store
        .read(move |tx| {
            Box::pin(async move {
                let open = open(tx, &slug, None).await?;
                let kinds = open.resources.iter().filter_map(|it| it.attributes.kind.clone()).collect();
                let seats = |it: &Resource| it.attributes.capacity.unwrap_or(u32::MAX);
                let by_rules = |it: &Resource| it.in_force.policy.party_max.unwrap_or(u32::MAX).min(seats(it));
                let largest = open.resources.iter().map(by_rules).max().unwrap_or(1);
                let ahead: Option<Vec<u32>> =
                    open.resources.iter().map(|it| it.in_force.policy.book_ahead_minutes_max).collect();
                let last = ahead
                    .and_then(|ahead| ahead.into_iter().max())
                    .and_then(|ahead| now.checked_add(SignedDuration::from_mins(i64::from(ahead))).ok());
                let date = |time: Timestamp| open.zone.to_datetime(time).date();
                Ok(Shown {
                    kinds,
                    party_max: open.stored.page.party_max.min(largest),
                    today: date(now),
                    last_date: last.map(date),
                    site: open.site,
                    page: open.stored.page,
                })
            })
        })
        .await
}

/// The start times of a day, each with whether something is free then.
pub async fn slots(app: &App, slug: String, date: Date, wish: Wish, visitor: Client) -> Result<Vec<Slot>> {
    limited(app, vec![(limits::public_read_key(visitor.address), limits::PUBLIC_READ_PER_ADDRESS)]).await?;
    let now = app.clock.now();
    app.store
        .read(move |tx| {
            Box::pin(async move {
                let open = open(tx, &slug, wish.kind.as_deref()).await?;
                let (need, _) = open.need(wish.party)?;
                let day = day_in(&open.zone, date)?;
                times(tx, open.resources, need, day, None, now).await
            })
        })
        .await
}

/// Days that one question is about: a month.
pub const DAYS_MAX: usize = 31;

/// How each of some days stands, of which the first comes first and none is left out. A day is free from the first time that is.
pub async fn days(
    app: &App,
    slug: String,
    dates: Vec<Date>,
    wish: Wish,
    visitor: Client,
) -> Result<Vec<(Date, DayStatus)>> {
    limited(app, vec![(limits::public_days_key(visitor.address), limits::PUBLIC_DAYS_PER_ADDRESS)]).await?;
    let now = app.clock.now();
    app.store
        .read(move |tx| {
            Box::pin(async move {
                let open = open(tx, &slug, wish.kind.as_deref()).await?;
                let (need, _) = open.need(wish.party)?;
                standings(tx, open.resources, need, &open.zone, dates, None, now).await
            })
        })
        .await
}

/// How each of some days stands. What a booking holds that is to be moved is in nobody's way.
async fn standings(
    tx: &mut Tx,
    resources: Vec<Resource>,
    need: Need,
    zone: &TimeZone,
    dates: Vec<Date>,
    moved: Option<&Booking>,
    now: Timestamp,
) -> Result<Vec<(Date, DayStatus)>> {
    let days: Vec<Interval> = dates.iter().map(|date| day_in(zone, *date)).collect::<Result<_>>()?;
    let whole = days.iter().map(|day| day.end()).max().and_then(|end| {
        let start = days.iter().map(|day| day.start()).min()?;
        Interval::new(start.max(now), end).ok()
    });
    // What has passed is asked of nobody.
    let Some(whole) = whole else {
        return Ok(dates.into_iter().map(|it| (it, DayStatus::Closed)).collect());
    };
    bound_starts(&resources, whole)?;
    let guest = visitor(moved);
    let looked_at = reaching(resources, whole, need);
    let facts = seen(tx, &looked_at, guest, moved, now).await?;
    let empty = emptied(&facts, &looked_at);
    let (real, empty) = (Onlooker::new(guest, &facts, now), Onlooker::new(guest, &empty, now));
    let has_any = |world: &Onlooker<'_>, day: Interval| {
        looked_at.iter().any(|(resource, _)| world.has_slot(resource, day, need, guest.user))
    };
    let status = |day: Interval| match Interval::new(day.start().max(now), day.end()) {
        Ok(rest) if has_any(&real, rest) => DayStatus::Free,
        Ok(rest) if has_any(&empty, rest) => DayStatus::Full,
        _ => DayStatus::Closed,
    };
    Ok(dates.into_iter().zip(days).map(|(date, day)| (date, status(day))).collect())
}

/// Whoever looks: the guest whose booking is to be moved, or nobody in particular.
fn visitor(moved: Option<&Booking>) -> Principal {
    moved.map_or(anybody(), |it| Principal { user: it.user, role: Role::Guest })
}

/// What is known of resources, but for what a booking holds that is to be moved.
async fn seen(
    tx: &mut Tx,
    looked_at: &[(Resource, Interval)],
    guest: Principal,
    moved: Option<&Booking>,
    now: Timestamp,
) -> Result<Facts> {
    let mut facts = availability::look(tx, looked_at, guest.user, &[], now).await?;
    if let Some(booking) = moved {
        without(&mut facts, booking);
    }
    Ok(facts)
}

/// Start times in a window: those that could be had if nobody had booked anything, and whether they can be had. What a booking holds
/// that is to be moved is in nobody's way.
async fn times(
    tx: &mut Tx,
    resources: Vec<Resource>,
    need: Need,
    window: Interval,
    moved: Option<&Booking>,
    now: Timestamp,
) -> Result<Vec<Slot>> {
    bound_starts(&resources, window)?;
    let guest = visitor(moved);
    let looked_at = reaching(resources, window, need);
    let facts = seen(tx, &looked_at, guest, moved, now).await?;
    let empty = emptied(&facts, &looked_at);
    let mut found: BTreeMap<Timestamp, Slot> = BTreeMap::new();
    for (resource, _) in &looked_at {
        for (facts, is_free) in [(&empty, false), (&facts, true)] {
            let onlooker = Onlooker::new(guest, facts, now);
            for interval in onlooker.slots(resource, window, need, guest.user) {
                let (starts_at, ends_at) = (interval.start(), interval.end());
                let known = found.entry(starts_at).or_insert(Slot { starts_at, ends_at, is_free });
                known.ends_at = known.ends_at.max(ends_at);
                known.is_free = known.is_free || is_free;
            }
        }
    }
    Ok(found.into_values().collect())
}

/// The same world with nobody in it.
fn emptied(facts: &Facts, looked_at: &[(Resource, Interval)]) -> Facts {
    let day = SignedDuration::from_hours(24);
    let whole = looked_at
        .iter()
        .map(|(_, window)| *window)
        .reduce(|a, b| Interval::new(a.start().min(b.start()), a.end().max(b.end())).unwrap_or(a));
    let Some(whole) = whole else { return Facts::default() };
    let start = whole.start().checked_sub(day).unwrap_or(whole.start());
    let end = whole.end().checked_add(day).unwrap_or(whole.end());
    let wide = Interval::new(start, end).unwrap_or(whole);
    let mut calendar = Calendar::default();
    calendar.mark_known(wide);
    let mut pace = Pace::default();
    pace.mark_known(wide);
    Facts {
        calendars: facts.calendars.keys().map(|id| (*id, calendar.clone())).collect(),
        paces: facts.paces.keys().map(|scope| (*scope, pace.clone())).collect(),
        ..facts.clone()
    }
}

/// Takes a booking out of what is known.
fn without(facts: &mut Facts, booking: &Booking) {
    for (place, _) in booking.places() {
        let Some(calendar) = facts.calendars.get_mut(&place) else { continue };
        let own = calendar.overlapping(QUANTITY_MAX, booking.held());
        for claim in own.into_iter().filter(|claim| claim.holder == Holder::Booking(booking.id)) {
            calendar.remove(claim);
        }
    }
    for pace in facts.paces.values_mut() {
        pace.remove(booking.id);
    }
}

/// The nearest times to `start` that can be had.
async fn nearest(
    tx: &mut Tx,
    resources: Vec<Resource>,
    need: Need,
    start: Timestamp,
    moved: Option<&Booking>,
    now: Timestamp,
) -> Result<Vec<Timestamp>> {
    let from = start.checked_sub(BEFORE).unwrap_or(start).max(now);
    let to = start.checked_add(AFTER).unwrap_or(start);
    let Ok(window) = Interval::new(from, to) else { return Ok(Vec::new()) };
    let mut free: Vec<Timestamp> = times(tx, resources, need, window, moved, now)
        .await?
        .into_iter()
        .filter(|slot| slot.is_free)
        .map(|slot| slot.starts_at)
        .collect();
    free.sort_by_key(|it| it.duration_since(start).abs());
    free.truncate(ALTERNATIVES_MAX);
    free.sort_unstable();
    Ok(free)
}

// --- holding and booking -------------------------------------------------------------------------------------------

/// Holds the best fitting for a visitor, while the form is filled. The secret proves from then on whose it is: it is told this once.
pub async fn hold(
    app: &App,
    slug: String,
    start: Timestamp,
    wish: Wish,
    visitor: Client,
) -> Result<(Booking, SecretToken)> {
    let address = limits::network(visitor.address);
    limited(app, vec![(limits::public_hold_key(visitor.address), limits::PUBLIC_HOLD_PER_ADDRESS)]).await?;
    let (id, now) = (BookingId(app.ids.next()), app.clock.now());
    let secret = SecretToken::generate(SecretKind::GuestLink);
    let (asked, link) = ((slug.clone(), wish.clone()), secret.hash());
    let found = app.store.read(move |tx| {
        Box::pin(async move {
            let (slug, wish) = asked;
            let open = open(tx, &slug, wish.kind.as_deref()).await?;
            let (need, by_place) = open.need(wish.party)?;
            let nobody = Contact { name: NO_NAME_YET.to_owned(), email: None, phone: None };
            let length = need.duration.unwrap_or(SignedDuration::from_hours(1));
            let end = start.checked_add(length).unwrap_or(Timestamp::MAX);
            let interval = Interval::new(start, end).map_err(|_| Refusal::Rules(vec![Violation::InThePast]))?;
            let book = Book {
                id,
                resource: ResourceId(Uuid::nil()),
                interval,
                ends_by_place: by_place,
                quantity: 1,
                details: Details {
                    party_size: Some(wish.party),
                    guest: Some(Contacted { contact: nobody, link: Some(link) }),
                    ..Details::default()
                },
                on_behalf_of: None,
                override_reason: None,
                hold_minutes: Some(open.stored.page.hold_minutes),
                series: None,
                along: Vec::new(),
            };
            let guest = Principal { user: Booking::guest_of(id), role: Role::Guest };
            let minutes = open.stored.page.hold_minutes;
            Ok::<_, AppError>((any_of(tx, open.resources, guest, book, need, now).await?, guest, minutes))
        })
    });
    let (command, guest, minutes) = found.await?;
    count_hold(app, id, address, minutes).await?;
    let held = match app.submit_as(Actor::Trusted(guest), command, visitor.origin).await {
        Err(Denied::Refused(Refusal::BookingConflict(_))) => Err(taken(app, slug, start, wish).await?),
        other => booking(outcome(other)?),
    };
    if held.is_err() {
        drop_hold(app, id).await?;
    }
    Ok((held?, secret))
}

/// Counts what an address is about to hold, before it holds it.
async fn count_hold(app: &App, id: BookingId, address: String, minutes: u32) -> Result<()> {
    let (now, limits_on) = (app.clock.now(), app.sign_in.limits_on);
    // Once it may be held for longer.
    let longest = 2 * i64::from(minutes.max(HOLD_MINUTES_MAX));
    let until = now.checked_add(SignedDuration::from_mins(longest)).unwrap_or(Timestamp::MAX);
    app.store
        .write(move |tx| {
            Box::pin(async move {
                // Under a lock, so that no two are the last one.
                limit_rows::lock(tx, &limits::public_holds_key(&address), now).await?;
                if limits_on && HOLDS_OF_ADDRESS_MAX <= public_pages::holds_of(tx, &address, now).await? {
                    return Err(AppError::TooOften(AGAIN_SECONDS));
                }
                Ok(public_pages::note_hold(tx, id, &address, until).await?)
            })
        })
        .await
}

pub(super) async fn drop_hold(app: &App, id: BookingId) -> Result<()> {
    app.store.write(move |tx| Box::pin(async move { Ok(public_pages::drop_hold(tx, id).await?) })).await
}

/// Somebody was faster: what could be had instead.
async fn taken(app: &App, slug: String, start: Timestamp, wish: Wish) -> Result<AppError> {
    let now = app.clock.now();
    let instead = app.store.read(move |tx| {
        Box::pin(async move {
            let open = open(tx, &slug, wish.kind.as_deref()).await?;
            let (need, _) = open.need(wish.party)?;
            nearest(tx, open.resources, need, start, None, now).await
        })
    });
    Ok(AppError::SlotTaken(instead.await?))
}

/// Holds for longer what a guest holds, once.
pub async fn prolong(app: &App, guest: &Guest) -> Result<Booking> {
    let target = Targeted { id: guest.booking, versions: None };
    booking(outcome(guests::submit(app, guest, Command::Prolong(target)).await)?)
}

/// What the page on which a guest booked asks of guests.
pub async fn asks(app: &App, guest: &Guest) -> Result<(Asked, Asked)> {
    let held = guests::by_link(app, guest).await?;
    let page = app.store.read(move |tx| Box::pin(async move { page_of(tx, held.resource).await }));
    Ok(page.await?.map_or((Asked::Optional, Asked::Optional), |stored| (stored.page.email, stored.page.phone)))
}

/// The page of the site that a resource stands in, where somebody has said something of it.
async fn page_of(tx: &mut Tx, resource: ResourceId) -> Result<Option<StoredPage>> {
    let Some(resource) = resource_rows::by_id(tx, resource).await? else { return Ok(None) };
    let Some(site) = resource.attributes.site else { return Ok(None) };
    Ok(Some(public_pages::of_site(tx, site).await?).filter(|stored| 0 < stored.version))
}

/// Refuses a party that is larger than the page takes, and than it was.
pub(super) async fn must_take(app: &App, guest: &Guest, party: Option<u32>) -> Result<()> {
    let Some(party) = party else { return Ok(()) };
    let booking = guests::by_link(app, guest).await?;
    if party <= booking.details.party_size.unwrap_or(0) {
        return Ok(());
    }
    let page = app.store.read(move |tx| Box::pin(async move { page_of(tx, booking.resource).await })).await?;
    match page.filter(|stored| stored.page.is_open && stored.page.party_max < party) {
        Some(stored) => Err(Refusal::Rules(vec![Violation::PartyTooLarge(stored.page.party_max)]).into()),
        None => Ok(()),
    }
}

/// What a guest fills a form with.
#[derive(Clone, Debug)]
pub struct Filled {
    /// How the guest is reached.
    pub contact: Contact,
    /// How many come, where that is another number by now.
    pub party: Option<u32>,
    /// What else there is to say.
    pub notes: Option<String>,
    /// What its kind lets it carry.
    pub fields: Option<ValuesEdit>,
}

/// Books what a guest holds. Whoever asks again, because the answer was lost, is told of the same booking.
pub async fn take_up(app: &App, guest: &Guest, visitor: &Client, filled: Filled) -> Result<Booking> {
    limited(app, vec![(limits::public_book_key(visitor.address), limits::PUBLIC_BOOK_PER_ADDRESS)]).await?;
    must_take(app, guest, filled.party).await?;
    let take_up = TakeUp {
        target: Targeted { id: guest.booking, versions: None },
        title: None,
        notes: filled.notes,
        party_size: filled.party,
        fields: filled.fields,
        contact: Some(filled.contact),
    };
    let taken = match guests::submit(app, guest, Command::TakeUp(take_up)).await {
        Err(Denied::Refused(Refusal::BookingNot { found: Status::Confirmed | Status::Pending, .. })) => {
            return guests::by_link(app, guest).await;
        }
        other => booking(outcome(other)?)?,
    };
    drop_hold(app, guest.booking).await?;
    Ok(taken)
}

// --- moving --------------------------------------------------------------------------------------------------------

/// What a guest's booking could be moved to: everything that is offered at its site, and the resource that it is of.
async fn elsewhere(tx: &mut Tx, booking: &Booking) -> Result<(Vec<Resource>, Need, TimeZone)> {
    let mut own = resource_rows::by_id(tx, booking.resource).await?.ok_or(Refusal::ResourceNotFound)?;
    // Of its own booking a guest knows, wherever it is.
    own.attributes.profile.visibility = Visibility::Public;
    let zone = TimeZone::get(&own.attributes.time_zone)
        .map_err(|error| AppError::internal(format!("a resource's zone: {error}")))?;
    let party = booking.details.party_size;
    let says = |it: &Resource| {
        it.in_force.policy.pieces().is_some() || party.is_some_and(|party| it.in_force.policy.stay(party).is_some())
    };
    let need = |all: &[Resource]| Need {
        duration: (!all.iter().all(says)).then(|| booking.interval.duration()),
        quantity: booking.quantity,
        party_size: party,
    };
    let stored = page_of(tx, booking.resource).await?.filter(|stored| stored.page.is_open);
    let mut found = match stored {
        Some(stored) => open_page(tx, stored, own.attributes.kind.as_deref()).await?.resources,
        None => Vec::new(),
    };
    found.retain(|it| it.id != own.id);
    found.insert(0, own);
    let need = need(&found);
    Ok((found, need, zone))
}

/// The start times of a day that a guest could move a booking to.
pub async fn slots_of_guest(app: &App, guest: &Guest, date: Date, party: Option<u32>) -> Result<Vec<Slot>> {
    let (old, now) = (guests::by_link(app, guest).await?, app.clock.now());
    app.store
        .read(move |tx| {
            Box::pin(async move {
                let asked = with_party(&old, party);
                let (resources, need, zone) = elsewhere(tx, &asked).await?;
                times(tx, resources, need, day_in(&zone, date)?, Some(&old), now).await
            })
        })
        .await
}

/// How some days stand for whoever moves a booking there, of which the first comes first and none is left out.
pub async fn days_of_guest(
    app: &App,
    guest: &Guest,
    dates: Vec<Date>,
    party: Option<u32>,
    visitor: Client,
) -> Result<Vec<(Date, DayStatus)>> {
    limited(app, vec![(limits::public_days_key(visitor.address), limits::PUBLIC_DAYS_PER_ADDRESS)]).await?;
    let (old, now) = (guests::by_link(app, guest).await?, app.clock.now());
    app.store
        .read(move |tx| {
            Box::pin(async move {
                let (resources, need, zone) = elsewhere(tx, &with_party(&old, party)).await?;
                standings(tx, resources, need, &zone, dates, Some(&old), now).await
            })
        })
        .await
}

fn with_party(booking: &Booking, party: Option<u32>) -> Booking {
    let details = Details { party_size: party.or(booking.details.party_size), ..booking.details.clone() };
    Booking { details, ..booking.clone() }
}

/// Moves a guest's booking to another time, perhaps for another number of people, on whatever fits best of what is offered at its site;
/// the old time is given up only if the new one is had.
pub async fn move_to(app: &App, guest: &Guest, start: Timestamp, party: Option<u32>) -> Result<Booking> {
    must_take(app, guest, party).await?;
    let (old, now) = (guests::by_link(app, guest).await?, app.clock.now());
    let asked = old.clone();
    let found = app.store.read(move |tx| {
        Box::pin(async move {
            let (resources, need, _) = elsewhere(tx, &with_party(&asked, party)).await?;
            let principal = Principal { user: asked.user, role: Role::Guest };
            let interval_on = |it: &Resource| match need.duration {
                Some(duration) => Interval::new(start, start.checked_add(duration).ok()?).ok(),
                None => it.interval_from(start, need.party_size),
            };
            let around = |it: &Resource| interval_on(it).unwrap_or(asked.interval);
            let windows: Vec<Interval> = resources.iter().map(around).collect();
            let looked_at: Vec<(Resource, Interval)> = resources.into_iter().zip(windows).collect();
            let mut facts = availability::look(tx, &looked_at, principal.user, &[], now).await?;
            without(&mut facts, &asked);
            let all: Vec<&Resource> = looked_at.iter().map(|(it, _)| it).collect();
            let mut fitting = Onlooker::new(principal, &facts, now).fitting(&all, start, need, principal.user);
            // Whoever can stay where they are stays there.
            fitting.sort_by_key(|id| *id != asked.resource);
            if fitting.is_empty() {
                // Nothing seems free: then the decision says why not.
                fitting.push(asked.resource);
            }
            fitting.truncate(MOVES_MAX);
            let end = |id: &ResourceId| all.iter().find(|it| it.id == *id).and_then(|it| interval_on(it));
            let moves: Vec<(ResourceId, Option<Interval>)> = fitting.iter().map(|id| (*id, end(id))).collect();
            Ok::<_, AppError>(moves)
        })
    });
    for (resource, interval) in found.await? {
        let interval = interval.ok_or_else(|| Refusal::Rules(vec![Violation::EndMissing]))?;
        let amend = Amend {
            target: Targeted { id: guest.booking, versions: None },
            resource: (resource != old.resource).then_some(resource),
            starts_at: Some(interval.start()),
            ends_at: Some(interval.end()),
            quantity: None,
            along: None,
            title: None,
            notes: None,
            party_size: party.map(Some),
            fields: None,
            contact: None,
            participants: None,
            override_reason: None,
        };
        match guests::submit(app, guest, Command::Amend(amend)).await {
            // Somebody was faster there.
            Err(Denied::Refused(Refusal::BookingConflict(_))) => {}
            other => return booking(outcome(other)?),
        }
    }
    let instead = app.store.read(move |tx| {
        Box::pin(async move {
            let (resources, need, _) = elsewhere(tx, &with_party(&old, party)).await?;
            nearest(tx, resources, need, start, Some(&old), now).await
        })
    });
    Err(AppError::SlotTaken(instead.await?))
}

// --- waiting -------------------------------------------------------------------------------------------------------

/// Puts a visitor on the waiting list of a site. What is offered is a hold with the id of the entry and the secret that is told here.
pub async fn wait(
    app: &App,
    slug: String,
    window: Interval,
    wish: Wish,
    filled: Filled,
    visitor: Client,
) -> Result<(Entry, SecretToken)> {
    limited(app, vec![(limits::public_wait_key(visitor.address), limits::PUBLIC_WAIT_PER_ADDRESS)]).await?;
    let (id, now) = (BookingId(app.ids.next()), app.clock.now());
    let secret = SecretToken::generate(SecretKind::GuestLink);
    let link = Some(secret.hash());
    let user = Booking::guest_of(id);
    let event = event(app, "waiting.joined", Some(user), None, visitor.origin, now);
    let entry = app.store.write(move |tx| {
        Box::pin(async move {
            let open = open(tx, &slug, wish.kind.as_deref()).await?;
            let (need, _) = open.need(wish.party)?;
            if window.end() <= now {
                return Err(Refusal::Rules(vec![Violation::InThePast]).into());
            }
            bound_starts(&open.resources, window)?;
            let entry = Entry {
                id,
                user,
                made_by: None,
                window,
                duration: need.duration,
                quantity: need.quantity,
                details: Details {
                    party_size: Some(wish.party),
                    notes: filled.notes,
                    guest: Some(Contacted { contact: filled.contact, link }),
                    ..Details::default()
                },
                resources: large_enough(&open.resources, need)?,
                created_at: now,
                offered_at: None,
                left_at: None,
                offer: None,
            };
            waiting::insert(tx, &entry).await?;
            events::append(tx, event).await?;
            Ok::<_, AppError>(entry)
        })
    });
    Ok((entry.await?, secret))
}

/// What the site of a page asks of guests.
pub async fn asks_at(app: &App, slug: String) -> Result<(Asked, Asked)> {
    let found = app.store.read(move |tx| Box::pin(async move { public_pages::by_slug(tx, &slug).await })).await;
    let found: Option<StoredPage> = found.map_err(AppError::Store)?;
    let page = found.map(|stored| stored.page).filter(|page| page.is_open).ok_or(AppError::NoPublicPage)?;
    Ok((page.email, page.phone))
}

/// A guest's entry of the waiting list, with where it is.
pub async fn waits(app: &App, guest: &Guest) -> Result<(Entry, Option<Site>)> {
    let (id, link) = (guest.booking, guest.link);
    app.store
        .read(move |tx| {
            Box::pin(async move {
                let entry = waiting_of(tx, id, &link).await?;
                let first = match entry.resources.first() {
                    Some(first) => resource_rows::by_id(tx, *first).await?,
                    None => None,
                };
                let site = match first.and_then(|it| it.attributes.site) {
                    Some(site) => places::site(tx, site).await?,
                    None => None,
                };
                Ok((entry, site))
            })
        })
        .await
}

async fn waiting_of(tx: &mut Tx, id: BookingId, link: &[u8; 32]) -> Result<Entry> {
    let entry = waiting::by_id(tx, id).await?;
    let own = |entry: &Entry| entry.details.guest.as_ref().is_some_and(|guest| guest.link.as_ref() == Some(link));
    entry.filter(own).ok_or(AppError::NotSignedIn)
}

/// Takes a guest off the waiting list, with everything that was said. What was offered already is a booking, and is cancelled like one.
pub async fn leave(app: &App, guest: &Guest) -> Result<()> {
    let (id, link, now) = (guest.booking, guest.link, app.clock.now());
    let event = event(app, "waiting.left", Some(Booking::guest_of(id)), None, guest.origin.clone(), now);
    app.store
        .write(move |tx| {
            Box::pin(async move {
                waiting_of(tx, id, &link).await?;
                if waiting::left(tx, id, now).await? {
                    events::append(tx, event).await?;
                    if rows::by_id(tx, id).await?.is_none() {
                        waiting::forget(tx, id).await?;
                    }
                }
                Ok(())
            })
        })
        .await
}
