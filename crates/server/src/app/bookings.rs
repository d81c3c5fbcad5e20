//! Bookings: making, reading, moving, cancelling, deciding.

use std::collections::BTreeSet;

use bronya_domain::availability::{Need, Offer, Onlooker, SEARCH_AROUND};
use bronya_domain::booking::{Along, Booking, Participant, Status};
use bronya_domain::command::{Amend, Book, BookAny, CANDIDATES_MAX, Close, Command, TakeUp, Targeted, WITHIN_MAX};
use bronya_domain::effect::Outcome;
use bronya_domain::ids::{BookingId, ResourceId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::limits::ALTERNATIVES_MAX;
use bronya_domain::refusal::{Conflict, Refusal};
use bronya_domain::resource::Resource;
use bronya_domain::user::{Principal, Role};
use bronya_store::availability::Which;
use bronya_store::db::Tx;
use bronya_store::engine::{Answered, Denied, Idempotency, Reply};
use bronya_store::events::{self, Event};
use bronya_store::{accounts, availability, bookings, resources};
use jiff::Timestamp;

use super::availability::Wanted;
use super::{App, AppError, Caller, Result, outcome, read_as};

/// How often somebody looks who leaves the resource open and finds that others were faster.
const LOOKS_MAX: u32 = 3;
/// Resources that are looked at for alternatives.
const SIMILAR_MAX: u32 = 50;

/// A booking to make.
#[derive(Clone, Debug)]
pub struct NewBooking {
    /// What is wanted.
    pub book: Book,
    /// Among which resources the best is to be taken, whatever resource is named; `None`: the one that is named.
    pub among: Option<Which>,
}

/// Takes or holds time on a resource. A conflict comes with what could be had instead.
pub async fn book(app: &App, caller: &Caller, new: NewBooking, idempotency: Option<Idempotency>) -> Result<Reply> {
    let asked = Asked::by(caller, &new);
    must_stand(app, caller, &new.book.details.participants, new.book.on_behalf_of).await?;
    let mut looks = 1;
    loop {
        let command = command(app, caller, new.clone(), asked.need()).await?;
        let answered = app.submit(caller, command, idempotency.clone()).await;
        match with_alternatives(app, caller, asked.clone(), answered).await {
            // What came free between the look and the lock was no candidate: whoever leaves the resource open looks again.
            Err(AppError::BookingConflict(_, offers))
                if looks < LOOKS_MAX && asked.among.is_some() && offers.iter().any(|it| asked.is_met_by(it)) =>
            {
                looks += 1;
            }
            reply => return reply,
        }
    }
}

/// Refuses people whom nobody knows. Accounts are never taken away, so this needs no lock.
pub(super) async fn must_stand(
    app: &App,
    caller: &Caller,
    participants: &[Participant],
    owner: Option<UserId>,
) -> Result<()> {
    let user = |it: &Participant| if let Participant::User(id) = it { Some(*id) } else { None };
    let people: BTreeSet<UserId> =
        participants.iter().filter_map(user).chain(owner).filter(|id| *id != caller.user).collect();
    if people.is_empty() {
        return Ok(());
    }
    read_as!(app, caller, |tx, _principal| {
        if accounts::stand(tx, &people).await? { Ok(()) } else { Err(AppError::UserNotFound) }
    })
}

/// The command that makes it. Which of several resources it gets is decided under the lock, among the best that seem free; where
/// none is, those that would leave the fewest seats empty are asked, so that there is a reason.
async fn command(app: &App, caller: &Caller, NewBooking { book, among }: NewBooking, need: Need) -> Result<Command> {
    let Some(which) = among else { return Ok(Command::Book(book)) };
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| {
        let found = availability::resources_of(tx, &which, principal).await?;
        any_of(tx, found, principal, book, need, now).await
    })
}

/// The command that books one of these, for somebody who asks: the best that seem free are named in it.
pub(super) async fn any_of(
    tx: &mut Tx,
    mut found: Vec<Resource>,
    asker: Principal,
    book: Book,
    need: Need,
    now: Timestamp,
) -> Result<Command> {
    let owner = book.owner(asker.user);
    let (interval, start) = (book.interval, book.interval.start());
    found.sort_by_key(|it| by_seats(it, need));
    let by_place = |it: &Resource| need.duration.is_none().then(|| it.interval_from(start, need.party_size)).flatten();
    let window = |it: &Resource| by_place(it).unwrap_or(interval);
    let windows: Vec<Interval> = found.iter().map(window).collect();
    let looked_at: Vec<(Resource, Interval)> = found.into_iter().zip(windows).collect();
    let facts = availability::look(tx, &looked_at, owner, &[], now).await?;
    let resources: Vec<&Resource> = looked_at.iter().map(|(it, _)| it).collect();
    let fitting = Onlooker::new(asker, &facts, now).fitting(&resources, start, need, owner);
    let within: Vec<ResourceId> = resources.iter().take(WITHIN_MAX).map(|it| it.id).collect();
    // Those that are too small come last.
    let large = resources.iter().take_while(|it| !by_seats(it, need).0);
    let would_do: Vec<ResourceId> = large.take(WITHIN_MAX).map(|it| it.id).collect();
    let mut candidates = if fitting.is_empty() { resources.iter().map(|it| it.id).collect() } else { fitting };
    candidates.truncate(CANDIDATES_MAX);
    let resource = *candidates.first().ok_or(Refusal::ResourceNotFound)?;
    Ok(Command::BookAny(BookAny { book: Book { resource, ..book }, candidates, would_do, within }))
}

/// Smaller resources first, of these what is made of the fewest parts, and last those that are too small, of which the largest tells
/// how many can be seated.
fn by_seats(resource: &Resource, need: Need) -> (bool, u32, usize) {
    let parts = resource.attributes.parts.len();
    let Some(seats) = resource.attributes.capacity.map(|seats| seats.saturating_mul(need.quantity)) else {
        return (false, 0, parts);
    };
    let too_small = need.party_size.is_some_and(|party| seats < party);
    (too_small, if too_small { u32::MAX - seats } else { seats }, parts)
}

/// The same decision, and nothing is written: the booking as it would be.
pub async fn check(app: &App, caller: &Caller, new: NewBooking) -> Result<Booking> {
    let asked = Asked::by(caller, &new);
    must_stand(app, caller, &new.book.details.participants, new.book.on_behalf_of).await?;
    let command = command(app, caller, new, asked.need()).await?;
    let answered = app.try_out(caller, command).await;
    match with_alternatives(app, caller, asked, answered).await? {
        Reply::Done(outcome) => booking(outcome),
        Reply::Kept(_) | Reply::Replayed(_) => Err(AppError::internal("an answer was kept without a key")),
    }
}

async fn with_alternatives(app: &App, caller: &Caller, asked: Asked, answered: Answered) -> Result<Reply> {
    match answered {
        Err(Denied::Refused(Refusal::BookingConflict(conflicts))) => {
            let offers = match asked.among.clone() {
                Some(which) => others_among(app, caller, which, &asked).await?,
                None => alternatives(app, asked).await?,
            };
            Err(AppError::BookingConflict(conflicts, offers))
        }
        other => Ok(other?),
    }
}

/// Makes a booking of a time that is held.
pub async fn take_up(app: &App, caller: &Caller, take_up: TakeUp) -> Result<Booking> {
    booking(outcome(app.submit(caller, Command::TakeUp(take_up), None).await)?)
}

/// Notes that whoever booked is there.
pub async fn check_in(app: &App, caller: &Caller, target: Targeted<BookingId>) -> Result<Booking> {
    booking(outcome(app.submit(caller, Command::CheckIn(target), None).await)?)
}

/// Ends a booking now; the rest of its time is free at once.
pub async fn end(app: &App, caller: &Caller, target: Targeted<BookingId>) -> Result<Booking> {
    booking(outcome(app.submit(caller, Command::End(target), None).await)?)
}

/// Notes that nobody came.
pub async fn no_show(app: &App, caller: &Caller, close: Close) -> Result<Booking> {
    booking(outcome(app.submit(caller, Command::NoShow(close), None).await)?)
}

/// Takes back that somebody came, went or did not come.
pub async fn undo(app: &App, caller: &Caller, target: Targeted<BookingId>) -> Result<Booking> {
    booking(outcome(app.submit(caller, Command::Undo(target), None).await)?)
}

/// What happened to a booking that the caller may know of, the oldest first; and what was said when it was closed, with the line that closed it.
pub async fn history(
    app: &App,
    caller: &Caller,
    id: BookingId,
    after: Option<uuid::Uuid>,
    limit: u32,
) -> Result<(Vec<Event>, Option<(uuid::Uuid, String)>)> {
    read_as!(app, caller, |tx, principal| {
        let booking = visible(tx, principal, id).await?;
        let closed = match booking.closed_reason {
            Some(reason) => events::closing(tx, id).await?.map(|line| (line, reason)),
            None => None,
        };
        Ok((events::of_booking(tx, id, after, limit).await?, closed))
    })
}

/// Moves, resizes or edits a booking in one step.
pub async fn amend(app: &App, caller: &Caller, amend: Amend) -> Result<Booking> {
    let id = amend.target.id;
    let change = amend.clone();
    must_stand(app, caller, amend.participants.as_deref().unwrap_or_default(), None).await?;
    match app.submit(caller, Command::Amend(amend), None).await {
        Err(Denied::Refused(Refusal::BookingConflict(conflicts))) => {
            let old = by_id(app, caller, id).await?;
            Err(not_moved(app, &old, change, conflicts, Role::User).await?)
        }
        other => booking(outcome(other)?),
    }
}

/// What a booking that can't be moved there could have instead, for somebody in this role.
pub(super) async fn not_moved(
    app: &App,
    old: &Booking,
    change: Amend,
    conflicts: Vec<Conflict>,
    role: Role,
) -> Result<AppError> {
    let start = change.starts_at.unwrap_or(old.interval.start());
    let end = change.ends_at.unwrap_or(old.interval.end());
    // Somebody may have moved it since, and then what is asked is no time any more: nothing is offered for that.
    let Ok(window) = Interval::new(start, end) else {
        return Ok(AppError::BookingConflict(conflicts, Vec::new()));
    };
    let asked = Asked {
        resource: change.resource.unwrap_or(old.resource),
        along: change.along.unwrap_or_else(|| old.along().collect()),
        window,
        ends_by_place: false,
        among: None,
        quantity: change.quantity.unwrap_or(old.quantity),
        party_size: change.party_size.unwrap_or(old.details.party_size),
        owner: Principal { user: old.user, role },
    };
    Ok(AppError::BookingConflict(conflicts, alternatives(app, asked).await?))
}

/// Takes a booking back.
pub async fn cancel(app: &App, caller: &Caller, close: Close) -> Result<Booking> {
    booking(outcome(app.submit(caller, Command::Cancel(close), None).await)?)
}

/// Says yes to a pending booking.
pub async fn confirm(app: &App, caller: &Caller, target: Targeted<BookingId>) -> Result<Booking> {
    booking(outcome(app.submit(caller, Command::Confirm(target), None).await)?)
}

/// Says no to a pending booking.
pub async fn reject(app: &App, caller: &Caller, close: Close) -> Result<Booking> {
    booking(outcome(app.submit(caller, Command::Reject(close), None).await)?)
}

pub(super) fn booking(outcome: Outcome) -> Result<Booking> {
    match outcome {
        Outcome::Booking(booking) => Ok(booking),
        other => Err(AppError::internal(format!("a booking was expected, and not {other:?}"))),
    }
}

/// A booking that the caller may know of: its own, one on a resource it manages or for which that was booked along, or any for
/// administrators.
pub async fn by_id(app: &App, caller: &Caller, id: BookingId) -> Result<Booking> {
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| Ok(visible(tx, principal, id).await?.seen_at(now)))
}

async fn visible(tx: &mut Tx, principal: Principal, id: BookingId) -> Result<Booking> {
    let booking = bookings::by_id(tx, id).await?.ok_or(Refusal::BookingNotFound)?;
    let visible = booking.user == principal.user
        || booking.includes(principal.user)
        || principal.is_admin()
        || manages_some_of(tx, principal.user, &booking).await?;
    if visible { Ok(booking) } else { Err(Refusal::BookingNotFound.into()) }
}

/// Whether somebody manages something that a booking was asked for.
pub(super) async fn manages_some_of(tx: &mut Tx, user: UserId, booking: &Booking) -> Result<bool> {
    let asked = booking.asked_for().collect();
    Ok(!resources::managed_among(tx, &asked, user).await?.is_empty())
}

/// What a list is narrowed to, and where it goes on.
#[derive(Clone, Copy, Debug)]
pub struct ListBookings {
    /// Whose.
    pub user: Option<UserId>,
    /// On which resource.
    pub resource: Option<ResourceId>,
    /// In which status.
    pub status: Option<Status>,
    /// Ending after this.
    pub from: Option<Timestamp>,
    /// Starting before this.
    pub to: Option<Timestamp>,
    /// After this place.
    pub after: Option<(Timestamp, BookingId)>,
    /// At most so many.
    pub limit: u32,
}

impl ListBookings {
    pub(super) fn filter(&self, now: Timestamp) -> bookings::Filter {
        bookings::Filter {
            user: self.user,
            resource: self.resource,
            status: self.status,
            from: self.from.unwrap_or(bookings::EARLIEST),
            to: self.to.unwrap_or(bookings::LATEST),
            after: self.after.unwrap_or((bookings::EARLIEST, BookingId(uuid::Uuid::nil()))),
            now,
        }
    }
}

/// Everybody's bookings for administrators, for managers those of their resources, also where these were booked along; nobody else may.
pub async fn list(app: &App, caller: &Caller, list: ListBookings) -> Result<Vec<Booking>> {
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| {
        let scope = if principal.is_admin() {
            bookings::Scope::All
        } else {
            let may = match list.resource {
                Some(resource) => resources::manages(tx, resource, principal.user).await?,
                None => resources::manages_any(tx, principal.user).await?,
            };
            if !may {
                return Err(AppError::Forbidden);
            }
            bookings::Scope::ManagedBy(principal.user)
        };
        let found = bookings::list(tx, scope, &list.filter(now), list.limit).await?;
        Ok(found.into_iter().map(|booking| booking.seen_at(now)).collect())
    })
}

/// What somebody is in a booking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InIt {
    /// Whose it is.
    #[default]
    Owner,
    /// Somebody who takes part in what is another's.
    Participant,
}

/// The caller's own bookings, or those of others that the caller takes part in.
pub async fn my(app: &App, caller: &Caller, role: InIt, list: ListBookings) -> Result<Vec<Booking>> {
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| {
        let filter = bookings::Filter { user: Some(principal.user), ..list.filter(now) };
        let found = match role {
            InIt::Owner => bookings::list(tx, bookings::Scope::All, &filter, list.limit).await?,
            InIt::Participant => bookings::taking_part(tx, principal.user, &filter, list.limit).await?,
        };
        Ok(found.into_iter().map(|booking| booking.seen_at(now)).collect())
    })
}

/// What could not be had.
#[derive(Clone, Debug)]
struct Asked {
    resource: ResourceId,
    along: Vec<Along>,
    window: Interval,
    /// Whether the place says when it ends.
    ends_by_place: bool,
    /// Among which resources the best was wanted.
    among: Option<Which>,
    quantity: u32,
    party_size: Option<u32>,
    /// Whose it is to be, without what a manager could have.
    owner: Principal,
}

impl Asked {
    fn by(caller: &Caller, NewBooking { book, among }: &NewBooking) -> Self {
        Self {
            resource: book.resource,
            along: book.along.clone(),
            window: book.interval,
            ends_by_place: book.ends_by_place,
            among: among.clone(),
            quantity: book.quantity,
            party_size: book.details.party_size,
            owner: Principal { user: book.owner(caller.user), role: Role::User },
        }
    }

    /// Whether an offer is of the very time that was asked for.
    fn is_met_by(&self, offer: &Offer) -> bool {
        let ends = self.ends_by_place || offer.interval.end() == self.window.end();
        offer.interval.start() == self.window.start() && ends
    }

    fn need(&self) -> Need {
        let duration = (!self.ends_by_place).then(|| self.window.duration());
        Need { duration, quantity: self.quantity, party_size: self.party_size }
    }
}

/// What could be had instead of any of several resources: what has just come free, or else the nearest times.
async fn others_among(app: &App, caller: &Caller, which: Which, asked: &Asked) -> Result<Vec<Offer>> {
    let wanted = Wanted { which, window: asked.window, need: asked.need(), along: asked.along.clone() };
    let found = super::availability::search(app, caller, wanted, Vec::new(), ALTERNATIVES_MAX).await?;
    Ok([found.candidates, found.alternatives].concat())
}

/// Up to five things that could be booked as the database stands now. Only an offer: whoever takes one is decided anew.
async fn alternatives(app: &App, mut asked: Asked) -> Result<Vec<Offer>> {
    let now = app.clock.now();
    app.store
        .read(move |tx| {
            Box::pin(async move {
                let Some(resource) = resources::by_id(tx, asked.resource).await? else { return Ok(Vec::new()) };
                if asked.ends_by_place
                    && let Some(window) = resource.interval_from(asked.window.start(), asked.party_size)
                {
                    asked.window = window;
                }
                let start = asked.window.start().checked_sub(SEARCH_AROUND).unwrap_or(asked.window.start()).max(now);
                let end = asked.window.end().checked_add(SEARCH_AROUND).unwrap_or(asked.window.end());
                let Ok(around) = Interval::new(start, end) else { return Ok(Vec::new()) };
                let others = resources::similar(tx, &resource, asked.quantity, asked.party_size, SIMILAR_MAX).await?;
                let mut looked_at = vec![(resource, around)];
                looked_at.extend(others.into_iter().map(|other| (other, asked.window)));
                let ids = asked.along.iter().map(|it| it.resource).collect();
                let viewer = asked.owner;
                let which = Which { ids: Some(ids), ..Which::default() };
                let along = availability::resources_of(tx, &which, viewer).await?;
                if along.len() < asked.along.len() {
                    return Ok(Vec::new());
                }
                let others = looked_at.len();
                looked_at.extend(along.into_iter().map(|it| (it, around)));
                let facts = availability::look(tx, &looked_at, viewer.user, &[], now).await?;
                let along = looked_at.split_off(others);
                let units = |id| asked.along.iter().find(|it| it.resource == id).map_or(1, |it| it.quantity);
                let along: Vec<(&Resource, u32)> = along.iter().map(|(it, _)| (it, units(it.id))).collect();
                let Some(((resource, _), others)) = looked_at.split_first() else { return Ok(Vec::new()) };
                let others: Vec<&Resource> = others.iter().map(|(other, _)| other).collect();
                let need = Need { duration: Some(asked.window.duration()), ..asked.need() };
                let onlooker = Onlooker::new(viewer, &facts, now).along(&along);
                Ok(onlooker.alternatives(resource, asked.window, need, &others, viewer.user))
            })
        })
        .await
}
