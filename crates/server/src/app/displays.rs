//! Displays at doors. A tablet shows a code; whoever manages a resource enters it, and from then on the tablet has a secret of its own and
//! no user behind it. What is booked at a door is a guest's, with the name of the display: it belongs to nobody who has an account. All
//! of it is decided by the one engine, in which a display manages its one resource; what it may beyond that, its settings say.

use bronya_domain::availability::{Need, Onlooker, Reason, Stretch};
use bronya_domain::booking::{Booking, Contact, Details, Guest, Status};
use bronya_domain::calendar::Holder;
use bronya_domain::command::{Amend, Book, Command, Targeted};
use bronya_domain::door::{BOOKED_MINUTES, Display, DoorSettings, EXTENDED_MINUTES_MAX, Shows};
use bronya_domain::facts::Facts;
use bronya_domain::ids::{BookingId, DisplayId, ResourceId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::policy::{Approval, CHECK_IN_OPENS_MINUTES, minutes};
use bronya_domain::refusal::{Refusal, Violation, check_version};
use bronya_domain::resource::Resource;
use bronya_domain::user::{Principal, Role};
use bronya_store::db::Tx;
use bronya_store::engine::{Actor, Denied, Idempotency, Reply};
use bronya_store::events::{self, NewEvent, Origin};
use bronya_store::{accounts, availability, bookings as rows, displays, places, resources};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::bookings::booking;
use super::making::{answered, keep};
use super::sign_in::{Client, event, later, limited};
use super::{App, AppError, Caller, Result, outcome, read_as, write_as};
use crate::auth::limits;
use crate::auth::secret::{PairingCode, SecretKind, SecretToken};

/// How long the code of a tablet is good.
pub const CODE_GOOD: SignedDuration = SignedDuration::from_mins(10);
/// Displays at one door.
pub const DISPLAYS_MAX: u32 = 20;
/// How often it is noted that a display is there.
const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// How far ahead a display looks.
const LOOK_AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// Bookings that come next.
const NEXT_MAX: usize = 4;
/// How long one who stands at a door waits for a start on the grid of the place.
const START_WITHIN: SignedDuration = SignedDuration::from_mins(30);

// --- pairing -------------------------------------------------------------------------------------------------------

/// What a tablet gets that wants to be paired.
#[derive(Debug)]
pub struct Pairing {
    /// What it shows.
    pub code: PairingCode,
    /// What it keeps: good for nothing until somebody has entered the code.
    pub secret: SecretToken,
    /// Until when the code is good.
    pub expires_at: Timestamp,
}

/// A tablet asks for a code.
pub async fn start_pairing(app: &App, visitor: Client) -> Result<Pairing> {
    limited(app, vec![(limits::pairing_key(visitor.address), limits::PAIRING_PER_ADDRESS)]).await?;
    let (code, secret) = (PairingCode::generate(), SecretToken::generate(SecretKind::Display));
    let expires_at = later(app.clock.now(), CODE_GOOD);
    let (of_code, of_secret) = (code.hash(), secret.hash());
    app.store.write(move |tx| Box::pin(displays::pair(tx, of_code, of_secret, expires_at))).await?;
    Ok(Pairing { code, secret, expires_at })
}

/// Until when the code of a tablet is good; `None` where it has been entered.
pub async fn pairing(app: &App, secret: [u8; 32]) -> Result<Option<Timestamp>> {
    let now = app.clock.now();
    app.store
        .read(move |tx| {
            Box::pin(async move {
                if displays::by_secret(tx, secret).await?.is_some() {
                    return Ok(None);
                }
                displays::pairing(tx, secret, now).await?.map(Some).ok_or(AppError::NotSignedIn)
            })
        })
        .await
}

// --- for those who manage the resource -----------------------------------------------------------------------------

/// A display to be.
#[derive(Clone, Debug)]
pub struct NewDisplay {
    /// What the tablet shows.
    pub code: [u8; 32],
    /// At whose door it is.
    pub resource: ResourceId,
    /// What it may.
    pub settings: DoorSettings,
    /// What is asked for before anything is changed.
    pub pin: Option<String>,
}

fn happened(app: &App, action: &'static str, caller: &Caller, resource: ResourceId, now: Timestamp) -> NewEvent {
    NewEvent { resource: Some(resource), ..event(app, action, Some(caller.user), None, caller.origin.clone(), now) }
}

/// Hashes a PIN together with the display's id. It keeps passers-by away and no thief of the database: it has few digits.
fn pin_hash(id: DisplayId, pin: &str) -> [u8; 32] {
    Sha256::new().chain_update(id.0.as_bytes()).chain_update(pin.as_bytes()).finalize().into()
}

/// Pairs the tablet that shows the code. For managers of the resource.
pub async fn create(
    app: &App,
    caller: &Caller,
    new: NewDisplay,
    idempotency: Option<Idempotency<Display>>,
) -> Result<Reply<Display>> {
    limited(app, vec![(limits::pairing_user_key(caller.user), limits::PAIRING_PER_USER)]).await?;
    let (id, now) = (DisplayId(app.ids.next()), app.clock.now());
    let event = happened(app, "display.paired", caller, new.resource, now);
    write_as!(app, caller, now, |tx, principal| {
        if let Some(reply) = answered(tx, principal, idempotency.as_ref(), now).await? {
            return Ok(reply);
        }
        must_manage(tx, principal, new.resource).await?;
        if DISPLAYS_MAX <= displays::count(tx, new.resource).await? {
            return Err(AppError::TooMany(DISPLAYS_MAX));
        }
        let secret = displays::take(tx, new.code, now).await?.ok_or(AppError::NoSuchCode)?;
        let display = Display {
            id,
            resource: new.resource,
            settings: new.settings,
            pin: new.pin.map(|pin| pin_hash(id, &pin)),
            version: 1,
            created_by: principal.user,
            created_at: now,
            updated_at: now,
            seen_at: None,
        };
        displays::insert(tx, &display, secret).await?;
        events::append(tx, event).await?;
        keep(tx, principal, idempotency.as_ref(), display, now).await
    })
}

async fn must_manage(tx: &mut Tx, principal: Principal, resource: ResourceId) -> Result<()> {
    resources::known(tx, principal, resource).await?.ok_or(Refusal::ResourceNotFound)?;
    if principal.is_admin() || resources::manages(tx, resource, principal.user).await? {
        return Ok(());
    }
    Err(AppError::Forbidden)
}

/// Displays in the order in which they were paired: all for administrators, for others those at doors of what they manage.
pub async fn list(app: &App, caller: &Caller, after: Option<DisplayId>, limit: u32) -> Result<Vec<Display>> {
    let after = after.unwrap_or(DisplayId(Uuid::nil()));
    read_as!(app, caller, |tx, principal| {
        let manager = (!principal.is_admin()).then_some(principal.user);
        Ok(displays::list(tx, manager, after, limit).await?)
    })
}

/// A display at the door of something that the caller manages.
pub async fn by_id(app: &App, caller: &Caller, id: DisplayId) -> Result<Display> {
    read_as!(app, caller, |tx, principal| {
        let found = displays::by_id(tx, id).await?;
        managed(tx, principal, found).await
    })
}

/// Whoever does not manage the resource knows of no display at its door.
async fn managed(tx: &mut Tx, principal: Principal, found: Option<Display>) -> Result<Display> {
    let display = found.ok_or(AppError::DisplayNotFound)?;
    if principal.is_admin() || resources::manages(tx, display.resource, principal.user).await? {
        return Ok(display);
    }
    Err(AppError::DisplayNotFound)
}

/// What changes about a display. `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct EditDisplay {
    /// Other settings.
    pub settings: Option<DoorSettings>,
    /// Another PIN, or none.
    pub pin: Option<Option<String>>,
    /// The versions that may be changed.
    pub versions: Option<Vec<i64>>,
}

/// Changes what a display may, and what it is asked for.
pub async fn edit(app: &App, caller: &Caller, id: DisplayId, edit: EditDisplay) -> Result<Display> {
    let now = app.clock.now();
    let (inner, by) = (app.clone(), caller.clone());
    write_as!(app, caller, now, |tx, principal| {
        let found = displays::hold(tx, id).await?;
        let old = managed(tx, principal, found).await?;
        check_version(edit.versions.as_deref(), old.version)?;
        let pin = match edit.pin {
            None => old.pin,
            Some(pin) => pin.map(|pin| pin_hash(id, &pin)),
        };
        let settings = edit.settings.unwrap_or_else(|| old.settings.clone());
        if (settings == old.settings && pin == old.pin) && edit.versions.is_none() {
            return Ok(old);
        }
        let display = Display { settings, pin, version: old.version + 1, updated_at: now, ..old };
        displays::update(tx, &display).await?;
        events::append(tx, happened(&inner, "display.changed", &by, display.resource, now)).await?;
        Ok(display)
    })
}

/// Takes a display's right away: on every server its secret is good for nothing from then on.
pub async fn revoke(app: &App, caller: &Caller, id: DisplayId, versions: Option<Vec<i64>>) -> Result<()> {
    let now = app.clock.now();
    let (inner, by) = (app.clone(), caller.clone());
    write_as!(app, caller, now, |tx, principal| {
        let found = displays::hold(tx, id).await?;
        let display = managed(tx, principal, found).await?;
        check_version(versions.as_deref(), display.version)?;
        displays::revoke(tx, id, now).await?;
        events::append(tx, happened(&inner, "display.revoked", &by, display.resource, now)).await?;
        Ok(())
    })
}

// --- for the display -----------------------------------------------------------------------------------------------

/// Whose secret came with a request. That it is a display's, the use case finds out.
#[derive(Clone, Debug)]
pub struct AtDoor {
    /// A hash of the secret.
    pub secret: [u8; 32],
    /// Where the request came from, for the log.
    pub origin: Origin,
}

/// What a display shows.
#[derive(Clone, Debug)]
pub struct Door {
    /// The display.
    pub display: Display,
    /// What is behind the door.
    pub resource: Resource,
    /// What its site is called, and its language.
    pub site: Option<(String, String)>,
    /// The time.
    pub now: Timestamp,
    /// What is going on.
    pub current: Option<Listed>,
    /// What comes next.
    pub next: Vec<Listed>,
    /// Why nothing can be had now, where that is no booking, and until when.
    pub closed: Option<(Reason, Timestamp)>,
    /// Until when it is free, where it is now.
    pub free_until: Option<Timestamp>,
    /// What can be booked at the door.
    pub offers: Vec<(u32, Interval)>,
}

/// A booking as a display tells of it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The booking.
    pub booking: Booking,
    /// Its title, where that is told.
    pub title: Option<String>,
    /// Whose it is, where that is told.
    pub who: Option<String>,
    /// Whether one can check in now.
    pub can_check_in: bool,
    /// By how many minutes it can be longer.
    pub extendable_minutes: u32,
}

async fn display(tx: &mut Tx, secret: [u8; 32]) -> Result<Display> {
    displays::by_secret(tx, secret).await?.ok_or(AppError::NotSignedIn)
}

/// What is on, what comes, and what can be done at the door.
pub async fn door(app: &App, at: &AtDoor) -> Result<Door> {
    let (secret, now) = (at.secret, app.clock.now());
    let found = app.store.read(move |tx| Box::pin(async move { look(tx, secret, now).await })).await;
    let door: Door = found?;
    let id = door.display.id;
    if door.display.seen_at.is_none_or(|seen| SEEN_EVERY <= now.duration_since(seen)) {
        app.store
            .write(move |tx| Box::pin(async move { Ok::<_, AppError>(displays::seen(tx, id, now).await?) }))
            .await?;
    }
    Ok(door)
}

async fn look(tx: &mut Tx, secret: [u8; 32], now: Timestamp) -> Result<Door> {
    let display = display(tx, secret).await?;
    let resource = resources::by_id(tx, display.resource).await?.ok_or(Refusal::ResourceNotFound)?;
    let site = match resource.attributes.site {
        Some(site) => places::site(tx, site).await?.map(|site| (site.attributes.name, site.attributes.locale)),
        None => None,
    };
    let end = later(now, LOOK_AHEAD);
    let window = Interval::new(now, end).map_err(|_| AppError::internal("time has come to an end"))?;
    let looked_at = vec![(resource, window)];
    let mut facts = availability::look(tx, &looked_at, UserId(Uuid::nil()), &[], now).await?;
    let Some((resource, _)) = looked_at.into_iter().next() else { return Err(Refusal::ResourceNotFound.into()) };
    // At its own door a display knows what is behind it.
    facts.managers.insert((resource.id, UserId(Uuid::nil())), true);
    let onlooker = Onlooker::new(Principal { user: UserId(Uuid::nil()), role: Role::User }, &facts, now);
    let stretches = onlooker.stretches(&resource, window);
    let standing = standing(tx, &resource, &facts, window, now).await?;
    let mut listed = Vec::new();
    for booking in standing {
        listed.push(list_one(tx, &display, &resource, &stretches, booking, now).await?);
    }
    let is_on = |it: &Listed| it.booking.interval.start() <= now;
    let at = listed.iter().position(is_on);
    let current = at.map(|at| listed.remove(at));
    listed.truncate(NEXT_MAX);
    let first = stretches.first();
    let free_until = first.filter(|it| 0 < it.free).map(|_| free_until(&stretches));
    let closed = first
        .filter(|it| it.free == 0 && current.is_none())
        .and_then(|it| it.reason.map(|reason| (reason, it.interval.end())));
    let offers =
        if display.settings.may_book && current.is_none() { offers(&onlooker, &resource, now) } else { Vec::new() };
    Ok(Door { display, resource, site, now, current, next: listed, closed, free_until, offers })
}

/// From now on, how long something is free throughout.
fn free_until(stretches: &[Stretch]) -> Timestamp {
    let free = stretches.iter().take_while(|it| 0 < it.free);
    free.last().map_or(Timestamp::MIN, |it| it.interval.end())
}

/// The bookings that hold time on the resource in the window, the first first.
async fn standing(
    tx: &mut Tx,
    resource: &Resource,
    facts: &Facts,
    window: Interval,
    now: Timestamp,
) -> Result<Vec<Booking>> {
    let Some(calendar) = facts.calendars.get(&resource.id) else { return Ok(Vec::new()) };
    let mut ids: Vec<BookingId> = Vec::new();
    for claim in calendar.overlapping(resource.attributes.quantity, window) {
        if let Holder::Booking(id) = claim.holder
            && !claim.has_lapsed(now)
            && !ids.contains(&id)
            && ids.len() <= NEXT_MAX + 1
        {
            ids.push(id);
        }
    }
    let mut found = Vec::new();
    for id in ids {
        if let Some(booking) = rows::by_id(tx, id).await?.map(|it| it.seen_at(now))
            && booking.status.holds_time()
            && now < booking.interval.end()
        {
            found.push(booking);
        }
    }
    found.sort_by_key(|it| it.interval.start());
    Ok(found)
}

async fn list_one(
    tx: &mut Tx,
    display: &Display,
    resource: &Resource,
    stretches: &[Stretch],
    booking: Booking,
    now: Timestamp,
) -> Result<Listed> {
    let shows = display.settings.shows;
    let title = booking.details.title.clone().filter(|_| shows != Shows::Busy);
    let who = match (&booking.details.guest, shows) {
        (Some(guest), Shows::People) => Some(guest.contact.name.clone()),
        (None, Shows::People) => {
            let account = accounts::by_id(tx, booking.user).await?;
            account.map(|it| it.display_name.unwrap_or(it.username))
        }
        _ => None,
    };
    let policy = &resource.in_force.policy;
    let opens = minutes(policy.check_in_opens_minutes.unwrap_or(CHECK_IN_OPENS_MINUTES));
    let from = booking.interval.start().checked_sub(opens).unwrap_or(booking.interval.start());
    let can_check_in = display.settings.may_check_in && booking.status == Status::Confirmed && from <= now;
    let after = |it: &&Stretch| booking.held().end() <= it.interval.start();
    let free = stretches.iter().filter(after).take_while(|it| 0 < it.free);
    let end = booking.interval.end();
    let until = free.last().map_or(end, |it| it.interval.end());
    let longer = until.duration_since(end).as_mins().clamp(0, i64::from(EXTENDED_MINUTES_MAX));
    let may = display.settings.may_extend && matches!(booking.status, Status::Confirmed | Status::CheckedIn);
    let extendable_minutes = if may { u32::try_from(longer).unwrap_or(0) } else { 0 };
    Ok(Listed { booking, title, who, can_check_in, extendable_minutes })
}

/// What could be booked from now on: for each length the first start that the place allows, within half an hour. Where a manager has
/// to be asked, nothing is: whoever stands at a door can't wait.
fn offers(onlooker: &Onlooker<'_>, resource: &Resource, now: Timestamp) -> Vec<(u32, Interval)> {
    let policy = &resource.in_force.policy;
    if resource.attributes.requires_approval || !matches!(policy.approval, None | Some(Approval::Never)) {
        return Vec::new();
    }
    let minute = Timestamp::from_second(now.as_second().div_euclid(60) * 60).unwrap_or(now);
    let soon = Interval::new(now, later(now, START_WITHIN));
    let zone = jiff::tz::TimeZone::get(&resource.attributes.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let grid = match (policy.start_step_minutes, soon) {
        (Some(step), Ok(soon)) => bronya_domain::availability::grid(&zone, soon, step),
        _ => Vec::new(),
    };
    let starts: Vec<Timestamp> = std::iter::once(minute).chain(grid).collect();
    let offer = |length: u32| {
        let duration = minutes(length);
        let need = Need { duration: Some(duration), quantity: 1, party_size: None };
        starts.iter().find_map(|start| {
            let interval = Interval::new(*start, start.checked_add(duration).ok()?).ok()?;
            onlooker.could_book(resource, interval, need, UserId(Uuid::nil())).then_some((length, interval))
        })
    };
    BOOKED_MINUTES.into_iter().filter_map(offer).collect()
}

/// Refuses what a display may not, or whoever does not know its PIN.
async fn permitted(app: &App, at: &AtDoor, pin: Option<String>, may: fn(&DoorSettings) -> bool) -> Result<Display> {
    let secret = at.secret;
    let display = app.store.read(move |tx| Box::pin(async move { display(tx, secret).await })).await?;
    let display: Display = display;
    if !may(&display.settings) {
        return Err(AppError::Forbidden);
    }
    if let Some(wanted) = display.pin {
        limited(app, vec![(limits::pin_key(display.id), limits::PIN_PER_DISPLAY)]).await?;
        let given = pin.ok_or(AppError::WrongPin)?;
        if !bool::from(pin_hash(display.id, &given).ct_eq(&wanted)) {
            return Err(AppError::WrongPin);
        }
    }
    Ok(display)
}

async fn submit(app: &App, at: &AtDoor, command: Command) -> std::result::Result<Reply, Denied> {
    app.submit_as(Actor::Display { secret: at.secret }, command, at.origin.clone()).await
}

/// Books from now on, for so many minutes; whoever stands there has come already.
pub async fn book(app: &App, at: &AtDoor, length: u32, pin: Option<String>) -> Result<Booking> {
    let display = permitted(app, at, pin, |settings| settings.may_book).await?;
    let door = door(app, at).await?;
    let offer = door.offers.iter().find(|(minutes, _)| *minutes == length);
    let minute = Timestamp::from_second(door.now.as_second().div_euclid(60) * 60).unwrap_or(door.now);
    // Where nothing is offered, the decision says why.
    let now = Interval::new(minute, later(minute, minutes(length))).map_err(|_| Refusal::ResourceNotFound)?;
    let interval = offer.map_or(now, |(_, interval)| *interval);
    let contact = Contact { name: display.settings.name.clone(), email: None, phone: None };
    let details = Details { guest: Some(Guest { contact, link: None }), ..Details::default() };
    let id = BookingId(app.ids.next());
    let new = Book {
        id,
        resource: display.resource,
        interval,
        ends_by_place: false,
        quantity: 1,
        details,
        on_behalf_of: None,
        override_reason: None,
        hold_minutes: None,
        series: None,
        along: Vec::new(),
    };
    let made = booking(outcome(submit(app, at, Command::Book(new)).await)?)?;
    if made.status != Status::Confirmed || app.clock.now() < made.interval.start() {
        return Ok(made);
    }
    match submit(app, at, Command::CheckIn(Targeted { id, versions: None })).await {
        // It stands all the same, and can be checked in to.
        Err(Denied::Refused(_)) => Ok(made),
        other => booking(outcome(other)?),
    }
}

/// A booking at this door, and at no other.
async fn at_door(app: &App, display: &Display, id: BookingId) -> Result<Booking> {
    let (resource, now) = (display.resource, app.clock.now());
    let found: Option<Booking> =
        app.store.read(move |tx| Box::pin(async move { rows::by_id(tx, id).await })).await.map_err(AppError::Store)?;
    let found = found.filter(|booking| booking.places().any(|(place, _)| place == resource));
    Ok(found.ok_or(Refusal::BookingNotFound)?.seen_at(now))
}

/// Notes that whoever booked is there.
pub async fn check_in(app: &App, at: &AtDoor, id: BookingId, pin: Option<String>) -> Result<Booking> {
    let display = permitted(app, at, pin, |settings| settings.may_check_in).await?;
    at_door(app, &display, id).await?;
    booking(outcome(submit(app, at, Command::CheckIn(Targeted { id, versions: None })).await)?)
}

/// Makes what is going on longer.
pub async fn extend(app: &App, at: &AtDoor, id: BookingId, by: u32, pin: Option<String>) -> Result<Booking> {
    let display = permitted(app, at, pin, |settings| settings.may_extend).await?;
    let old = at_door(app, &display, id).await?;
    if app.clock.now() < old.interval.start() {
        return Err(Refusal::NotYet(old.interval.start()).into());
    }
    let ends_at = old
        .interval
        .end()
        .checked_add(minutes(by))
        .map_err(|_| AppError::from(Refusal::Rules(vec![Violation::TooFarAhead(old.interval.end())])))?;
    let amend = Amend {
        target: Targeted { id, versions: None },
        resource: None,
        starts_at: None,
        ends_at: Some(ends_at),
        quantity: None,
        along: None,
        title: None,
        notes: None,
        party_size: None,
        fields: None,
        contact: None,
        participants: None,
        override_reason: None,
    };
    booking(outcome(submit(app, at, Command::Amend(amend)).await)?)
}

/// Ends what is going on.
pub async fn end(app: &App, at: &AtDoor, id: BookingId, pin: Option<String>) -> Result<Booking> {
    let display = permitted(app, at, pin, |settings| settings.may_end).await?;
    at_door(app, &display, id).await?;
    booking(outcome(submit(app, at, Command::End(Targeted { id, versions: None })).await)?)
}
