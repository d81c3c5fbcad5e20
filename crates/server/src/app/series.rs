//! Series: bookings that recur by one rule. A series is decided as a whole, in one transaction; its occurrences are bookings
//! like any other.

use bronya_domain::booking::{Along, Booking, Details, Status};
use bronya_domain::command::{Amend, Book, BookSeries, Close, Command, OnRefusal, Series, Targeted};
use bronya_domain::effect::{Outcome, SeriesMade};
use bronya_domain::ids::{BookingId, ResourceId, SeriesId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::kind::ValuesEdit;
use bronya_domain::recurrence::{self, Bounds, Moment, Rule};
use bronya_domain::refusal::Refusal;
use bronya_store::engine::{Denied, Idempotency, Reply};
use bronya_store::{resources, series};
use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;

use super::bookings::must_stand;
use super::{App, AppError, Caller, Result, outcome, read_as};

/// Times that a change of a series is tried anew because somebody else changed one of its bookings meanwhile.
const TRIES_MAX: usize = 3;

/// Times that recur by one rule.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// By which rule.
    pub rule: Rule,
    /// When the first occurrence starts, on the clock on the wall.
    pub starts_at: DateTime,
    /// When it ends.
    pub ends_at: DateTime,
    /// Whose wall; the resource's where it is not said.
    pub time_zone: Option<String>,
    /// Times that are left out.
    pub without: Vec<Moment>,
    /// Times that are added.
    pub with: Vec<Moment>,
}

impl Pattern {
    /// Every time, by the clock of this zone.
    pub(super) fn expand(&self, time_zone: &str) -> Result<Vec<Interval>> {
        let no_series = |error: &dyn std::fmt::Display| AppError::NoSeries(error.to_string());
        let zone = TimeZone::get(time_zone).map_err(|error| no_series(&error))?;
        let expanded = recurrence::Series::new(self.starts_at, self.ends_at, zone, &self.rule)
            .and_then(|series| series.without(&self.without))
            .and_then(|series| series.with(&self.with))
            .map_err(|error| no_series(&error))?
            .expand(Bounds::SERIES)
            .map_err(|error| no_series(&error))?;
        Ok(expanded.iter().map(|occurrence| occurrence.interval).collect())
    }
}

/// A series that somebody asks for.
#[derive(Clone, Debug)]
pub struct NewSeries {
    /// What to book.
    pub resource: ResourceId,
    /// When.
    pub pattern: Pattern,
    /// How many units.
    pub quantity: u32,
    /// What the owner says of each.
    pub details: Details,
    /// Whose it is to be, where that is not the caller's.
    pub on_behalf_of: Option<UserId>,
    /// Why the rules of the place are to be set aside.
    pub override_reason: Option<String>,
    /// What to book along each time.
    pub along: Vec<Along>,
    /// What to do about occurrences that can't be had.
    pub on_refusal: OnRefusal,
}

/// Books a series.
pub async fn book(app: &App, caller: &Caller, new: NewSeries, idempotency: Option<Idempotency>) -> Result<Reply> {
    must_stand(app, caller, &new.details.participants, new.on_behalf_of).await?;
    let command = command(app, caller, new).await?;
    let intervals = intervals(&command);
    let answered = app.submit(caller, Command::BookSeries(command), idempotency).await;
    answered.map_err(|denied| told(denied, &intervals))
}

/// The same decision, and nothing is written.
pub async fn check(app: &App, caller: &Caller, new: NewSeries) -> Result<SeriesMade> {
    must_stand(app, caller, &new.details.participants, new.on_behalf_of).await?;
    let command = command(app, caller, new).await?;
    let intervals = intervals(&command);
    match app.try_out(caller, Command::BookSeries(command)).await {
        Ok(Reply::Done(Outcome::Series(made))) => Ok(made),
        Ok(_) => Err(AppError::internal("a series had the outcome of another kind of command")),
        Err(denied) => Err(told(denied, &intervals)),
    }
}

fn intervals(command: &BookSeries) -> Vec<Interval> {
    command.occurrences.iter().map(|book| book.interval).collect()
}

/// Says of refused occurrences when they would have been, the first first, whatever order they were decided in.
pub(super) fn told(denied: Denied, intervals: &[Interval]) -> AppError {
    match denied {
        Denied::Refused(Refusal::Several(refused)) => {
            let when = |(place, why): (usize, Refusal)| Some((*intervals.get(place)?, why));
            let mut refused: Vec<(Interval, Refusal)> = refused.into_iter().filter_map(when).collect();
            refused.sort_by_key(|(interval, _)| interval.start());
            AppError::SeriesRefused(refused)
        }
        other => other.into(),
    }
}

async fn command(app: &App, caller: &Caller, new: NewSeries) -> Result<BookSeries> {
    let time_zone = match &new.pattern.time_zone {
        Some(zone) => zone.clone(),
        None => super::resources::by_id(app, caller, new.resource).await?.attributes.time_zone,
    };
    let intervals = new.pattern.expand(&time_zone)?;
    let id = SeriesId(app.ids.next());
    let occurrences = intervals.into_iter().map(|interval| Book {
        ends_by_place: false,
        id: BookingId(app.ids.next()),
        resource: new.resource,
        interval,
        quantity: new.quantity,
        details: new.details.clone(),
        on_behalf_of: new.on_behalf_of,
        override_reason: new.override_reason.clone(),
        hold_minutes: None,
        series: Some(id),
        along: new.along.clone(),
    });
    let occurrences = occurrences.collect();
    let series = Series {
        id,
        resource: new.resource,
        user: new.on_behalf_of.unwrap_or(caller.user),
        rule: new.pattern.rule.to_string(),
        starts_at: new.pattern.starts_at,
        ends_at: new.pattern.ends_at,
        time_zone,
        created_at: app.clock.now(),
    };
    Ok(BookSeries { series, occurrences, on_refusal: new.on_refusal })
}

/// A series that the caller may know of, and its bookings in order of their start: for who manages something that was booked along
/// those that still are for it.
pub async fn by_id(app: &App, caller: &Caller, id: SeriesId) -> Result<(Series, Vec<Booking>)> {
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| {
        let series = series::by_id(tx, id).await?.ok_or(AppError::SeriesNotFound)?;
        let whole = series.user == principal.user
            || principal.is_admin()
            || resources::manages(tx, series.resource, principal.user).await?;
        let managed = if whole {
            None
        } else {
            // What it says is read by nobody who may not know of it.
            let places = series::places(tx, id).await?;
            let managed = resources::managed_among(tx, &places, principal.user).await?;
            if managed.is_empty() {
                return Err(AppError::SeriesNotFound);
            }
            Some(managed)
        };
        let mut bookings = series::bookings(tx, id).await?;
        if let Some(managed) = managed {
            bookings.retain(|it| it.asked_for().any(|place| managed.contains(&place)));
        }
        Ok((series, bookings.into_iter().map(|booking| booking.seen_at(now)).collect()))
    })
}

/// Takes back every booking of a series that still stands and starts at `from` or later, and says of each the same; returns them.
pub async fn cancel(
    app: &App,
    caller: &Caller,
    id: SeriesId,
    from: Option<Timestamp>,
    reason: Option<String>,
) -> Result<Vec<Booking>> {
    change(app, caller, id, from, move |_, bookings| {
        let target = |it: &Booking| Targeted { id: it.id, versions: None };
        let close = |it: &Booking| (it.interval, Command::Cancel(Close { target: target(it), reason: reason.clone() }));
        Ok(bookings.iter().map(close).collect())
    })
    .await
}

/// Takes the last cancelling of a series back, as far as what it gave back can be had again; what stands again, and what does not and why.
pub async fn undo(app: &App, caller: &Caller, id: SeriesId) -> Result<(Vec<Booking>, Vec<(Interval, Refusal)>)> {
    let (_, mut bookings) = by_id(app, caller, id).await?;
    // What one decision cancelled was cancelled at one moment.
    let taken_at = |it: &Booking| it.undo.filter(|_| it.status == Status::Cancelled).map(|undo| undo.taken_at);
    let last = bookings.iter().filter_map(taken_at).max().ok_or(Refusal::NothingToUndo)?;
    bookings.retain(|it| taken_at(it) == Some(last));
    let each = bookings.iter().map(|it| Command::Undo(Targeted { id: it.id, versions: None })).collect();
    let Outcome::Each(outcomes) = outcome(app.submit(caller, Command::Each(each), None).await)? else {
        return Err(AppError::internal("several commands had one outcome"));
    };
    let (mut again, mut refused) = (Vec::new(), Vec::new());
    for (was, outcome) in bookings.into_iter().zip(outcomes) {
        match outcome {
            Ok(Outcome::Booking(booking)) => again.push(booking),
            Ok(other) => return Err(AppError::internal(format!("a booking was expected, and not {other:?}"))),
            Err(refusal) => refused.push((was.interval, refusal)),
        }
    }
    if again.is_empty() { Err(AppError::SeriesRefused(refused)) } else { Ok((again, refused)) }
}

/// What changes about the bookings of a series. `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct EditSeries {
    /// Another resource.
    pub resource: Option<ResourceId>,
    /// When each starts, on its day, on the clock of the series.
    pub start_time: Option<Time>,
    /// When each ends.
    pub end_time: Option<Time>,
    /// A title, or none.
    pub title: Option<Option<String>>,
    /// What its kind lets it carry.
    pub fields: Option<ValuesEdit>,
    /// Notes, or none.
    pub notes: Option<Option<String>>,
    /// A party size, or none.
    pub party_size: Option<Option<u32>>,
    /// Why the rules of the place are to be set aside.
    pub override_reason: Option<String>,
}

/// Changes every booking of a series that still stands and starts at `from` or later, all of them or none; returns them.
pub async fn edit(
    app: &App,
    caller: &Caller,
    id: SeriesId,
    from: Option<Timestamp>,
    edit: EditSeries,
) -> Result<Vec<Booking>> {
    change(app, caller, id, from, move |series, bookings| {
        let zone = TimeZone::get(&series.time_zone).map_err(|error| AppError::internal(error.to_string()))?;
        let mut commands = Vec::with_capacity(bookings.len());
        for booking in bookings {
            let (starts_at, ends_at) = times(&zone, booking.interval, edit.start_time, edit.end_time)?;
            // What ends before it starts is refused, and told of as it stands.
            let asked = Interval::new(starts_at, ends_at).unwrap_or(booking.interval);
            let amend = Command::Amend(Amend {
                target: Targeted { id: booking.id, versions: None },
                resource: edit.resource,
                starts_at: edit.start_time.map(|_| starts_at),
                ends_at: (edit.start_time.is_some() || edit.end_time.is_some()).then_some(ends_at),
                quantity: None,
                title: edit.title.clone(),
                fields: edit.fields.clone(),
                notes: edit.notes.clone(),
                party_size: edit.party_size,
                along: None,
                contact: None,
                participants: None,
                override_reason: edit.override_reason.clone(),
            });
            commands.push((asked, amend));
        }
        // Whoever moves later makes room from the end.
        let later = |booking: &Booking| {
            edit.start_time.is_some_and(|time| zone.to_datetime(booking.interval.start()).time() < time)
        };
        if bookings.first().is_some_and(later) {
            commands.reverse();
        }
        Ok(commands)
    })
    .await
}

/// The times of a booking on its day; one that ended on the next day still does, and one keeps its length where only its start
/// is said.
fn times(
    zone: &TimeZone,
    interval: Interval,
    start_time: Option<Time>,
    end_time: Option<Time>,
) -> Result<(Timestamp, Timestamp)> {
    let instant = |local: DateTime| {
        let found = zone.to_ambiguous_timestamp(local).compatible();
        found.map_err(|error| AppError::NoSeries(error.to_string()))
    };
    let (start, end) = (zone.to_datetime(interval.start()), zone.to_datetime(interval.end()));
    let new_start = start_time.map_or(start, |time| start.date().to_datetime(time));
    let new_end = match (start_time, end_time) {
        (_, Some(time)) => end.date().to_datetime(time),
        (Some(_), None) => new_start
            .checked_add(start.until(end).map_err(|error| AppError::internal(error.to_string()))?)
            .map_err(|error| AppError::NoSeries(error.to_string()))?,
        (None, None) => end,
    };
    Ok((instant(new_start)?, instant(new_end)?))
}

/// Submits one command for each booking of a series that still stands and starts at `from` or later, each with the time at which that one
/// would be then.
async fn change(
    app: &App,
    caller: &Caller,
    id: SeriesId,
    from: Option<Timestamp>,
    commands: impl Fn(&Series, &[Booking]) -> Result<Vec<(Interval, Command)>>,
) -> Result<Vec<Booking>> {
    let from = from.unwrap_or_else(|| app.clock.now());
    let mut tries = 1;
    loop {
        let (series, mut bookings) = by_id(app, caller, id).await?;
        bookings.retain(|booking| booking.status.holds_time() && from <= booking.interval.start());
        if bookings.is_empty() {
            return Ok(bookings);
        }
        let (intervals, commands): (Vec<_>, Vec<_>) = commands(&series, &bookings)?.into_iter().unzip();
        let answered = app.submit(caller, Command::All(commands), None).await;
        // What was taken back between the look and the lock is no reason to leave the rest.
        let raced = |(_, why): &(usize, Refusal)| matches!(why, Refusal::BookingClosed(_) | Refusal::BookingNotFound);
        match answered {
            Err(Denied::Refused(Refusal::Several(refused))) if refused.iter().all(raced) && tries < TRIES_MAX => {
                tries += 1;
            }
            Err(denied) => {
                return Err(match told(denied, &intervals) {
                    AppError::SeriesRefused(each) if each.iter().all(|(_, why)| *why == Refusal::Forbidden) => {
                        AppError::Forbidden
                    }
                    other => other,
                });
            }
            other => {
                let Outcome::All(outcomes) = outcome(other)? else {
                    return Err(AppError::internal("several commands had one outcome"));
                };
                let mut changed: Vec<Booking> = outcomes
                    .into_iter()
                    .filter_map(|it| if let Outcome::Booking(booking) = it { Some(booking) } else { None })
                    .collect();
                changed.sort_by_key(|booking| booking.interval.start());
                return Ok(changed);
            }
        }
    }
}
