//! Series: bookings that recur by one rule. A series is decided as a whole, in one transaction; its occurrences are bookings
//! like any other.

use bronya_domain::booking::{Along, Booking, Contact, Details, Guest, Participant, Status};
use bronya_domain::command::{Amend, Book, BookSeries, ChangeSeries, Close, Command, OnRefusal, Series, Targeted};
use bronya_domain::effect::{Outcome, SeriesMade, Step};
use bronya_domain::ids::{BookingId, ResourceId, SeriesId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::kind::ValuesEdit;
use bronya_domain::recurrence::{self, Bounds, Moment, Rule};
use bronya_domain::refusal::Refusal;
use bronya_store::engine::{Denied, Idempotency, Reply};
use bronya_store::{resources, series};
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::bookings::must_stand;
use super::{App, AppError, Caller, Result, outcome, read_as};

/// Times that a change of a series is tried anew because somebody else changed one of its bookings meanwhile.
const TRIES_MAX: usize = 5;

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
    // Guests go by ids that are nobody's else, and so does what recurs for one.
    let guests = new.details.guest.as_ref().map(|_| UserId(id.0));
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
        user: guests.or(new.on_behalf_of).unwrap_or(caller.user),
        rule: new.pattern.rule.to_string(),
        starts_at: new.pattern.starts_at,
        ends_at: new.pattern.ends_at,
        without: new.pattern.without,
        with: new.pattern.with,
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
    let cancelled = change(app, caller, id, from, false, move |_, bookings, _| {
        let close = |it: &Booking| (it.interval, cancelling(it, reason.as_ref()));
        Ok(Plan { series: None, steps: bookings.iter().map(close).collect(), on_refusal: OnRefusal::Refuse })
    });
    Ok(cancelled.await?.cancelled)
}

fn cancelling(booking: &Booking, reason: Option<&String>) -> Command {
    let target = Targeted { id: booking.id, versions: None };
    Command::Cancel(Close { target, reason: reason.cloned() })
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
    /// By how many days each is moved, on the clock of the series.
    pub shift_days: i32,
    /// When each starts, on its day, on the clock of the series.
    pub start_time: Option<Time>,
    /// When each ends.
    pub end_time: Option<Time>,
    /// Other times than those by which it recurs.
    pub pattern: EditPattern,
    /// How many units.
    pub quantity: Option<u32>,
    /// What is booked along.
    pub along: Option<Vec<Along>>,
    /// A title, or none.
    pub title: Option<Option<String>>,
    /// What its kind lets it carry.
    pub fields: Option<ValuesEdit>,
    /// Notes, or none.
    pub notes: Option<Option<String>>,
    /// A party size, or none.
    pub party_size: Option<Option<u32>>,
    /// How its guest is reached.
    pub contact: Option<Contact>,
    /// Who else takes part.
    pub participants: Option<Vec<Participant>>,
    /// Why the rules of the place are to be set aside.
    pub override_reason: Option<String>,
    /// What to do about bookings that can't be had so.
    pub on_refusal: OnRefusal,
}

/// What changes about the times by which a series recurs.
#[derive(Clone, Debug, Default)]
pub struct EditPattern {
    /// Another rule.
    pub rule: Option<Rule>,
    /// Another first start.
    pub starts_at: Option<DateTime>,
    /// When the first ends; where only the start is said, it keeps its length.
    pub ends_at: Option<DateTime>,
    /// Other times that are left out.
    pub without: Option<Vec<Moment>>,
    /// Other times that are added.
    pub with: Option<Vec<Moment>>,
}

impl EditPattern {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        let Self { rule, starts_at, ends_at, without, with } = self;
        rule.is_none() && starts_at.is_none() && ends_at.is_none() && without.is_none() && with.is_none()
    }

    /// The times of the series after the change; `None` where they stay as they are.
    fn of(&self, series: &Series) -> Result<Option<Pattern>> {
        if self.is_empty() {
            return Ok(None);
        }
        let kept = |error: &dyn std::fmt::Display| AppError::internal(format!("a series has no rule: {error}"));
        let rule = match &self.rule {
            Some(rule) => rule.clone(),
            None => series.rule.parse().map_err(|error| kept(&error))?,
        };
        let starts_at = self.starts_at.unwrap_or(series.starts_at);
        let length = series.starts_at.duration_until(series.ends_at);
        let ends_at = match (self.ends_at, self.starts_at) {
            (Some(ends_at), _) => ends_at,
            (None, Some(starts_at)) => {
                starts_at.checked_add(length).map_err(|error| AppError::NoSeries(error.to_string()))?
            }
            (None, None) => series.ends_at,
        };
        Ok(Some(Pattern {
            rule,
            starts_at,
            ends_at,
            time_zone: None,
            without: self.without.clone().unwrap_or_else(|| series.without.clone()),
            with: self.with.clone().unwrap_or_else(|| series.with.clone()),
        }))
    }
}

/// What came of a change of a series, in order of start.
#[derive(Clone, Debug, Default)]
pub struct SeriesChange {
    /// What was changed, and what was booked beside.
    pub items: Vec<Booking>,
    /// What was cancelled.
    pub cancelled: Vec<Booking>,
    /// What has another time than it was to have: which, which instead, and why.
    pub moved: Vec<(Interval, Interval, Refusal)>,
    /// What could not be had, and stays as it was: when it would have been, and why.
    pub skipped: Vec<(Interval, Refusal)>,
}

/// Changes every booking of a series that still stands and starts at `from` or later, all of them or none, unless `edit` says otherwise; with
/// `dry_run` it is only found out what would come of that.
pub async fn edit(
    app: &App,
    caller: &Caller,
    id: SeriesId,
    from: Option<Timestamp>,
    edit: EditSeries,
    dry_run: bool,
) -> Result<SeriesChange> {
    must_stand(app, caller, edit.participants.as_deref().unwrap_or_default(), None).await?;
    change(app, caller, id, from, dry_run, move |series, bookings, from| {
        let on_refusal = edit.on_refusal;
        let Some(pattern) = edit.pattern.of(series)? else {
            return Ok(Plan { series: None, steps: edit.each(series, bookings)?, on_refusal });
        };
        let mut times = pattern.expand(&series.time_zone)?;
        times.retain(|time| from <= time.start());
        let goes_by = Series {
            rule: pattern.rule.to_string(),
            starts_at: pattern.starts_at,
            ends_at: pattern.ends_at,
            without: pattern.without,
            with: pattern.with,
            ..series.clone()
        };
        let steps = edit.anew(app, caller, bookings, times);
        Ok(Plan { series: Some(goes_by), steps, on_refusal })
    })
    .await
}

impl EditSeries {
    fn amend(&self, booking: &Booking, starts_at: Option<Timestamp>, ends_at: Option<Timestamp>) -> Command {
        Command::Amend(Amend {
            target: Targeted { id: booking.id, versions: None },
            resource: self.resource,
            starts_at,
            ends_at,
            quantity: self.quantity,
            title: self.title.clone(),
            fields: self.fields.clone(),
            notes: self.notes.clone(),
            party_size: self.party_size,
            along: self.along.clone(),
            contact: self.contact.clone(),
            participants: self.participants.clone(),
            override_reason: self.override_reason.clone(),
        })
    }

    /// Whether something is to change besides the times.
    fn says_more(&self) -> bool {
        self.resource.is_some()
            || self.quantity.is_some()
            || self.along.is_some()
            || self.title.is_some()
            || self.fields.is_some()
            || self.notes.is_some()
            || self.party_size.is_some()
            || self.contact.is_some()
            || self.participants.is_some()
    }

    /// The steps that change each booking on its day, or on another one as far away.
    fn each(&self, series: &Series, bookings: &[Booking]) -> Result<Vec<(Interval, Command)>> {
        let zone = TimeZone::get(&series.time_zone).map_err(|error| AppError::internal(error.to_string()))?;
        let mut steps = Vec::with_capacity(bookings.len());
        for booking in bookings {
            let (starts_at, ends_at) = self.times(&zone, booking.interval)?;
            // What ends before it starts is refused, and told of as it stands.
            let asked = Interval::new(starts_at, ends_at).unwrap_or(booking.interval);
            let (start, end) = (self.start_time.is_some() || self.shift_days != 0, self.end_time.is_some());
            let amend = self.amend(booking, start.then_some(starts_at), (start || end).then_some(ends_at));
            steps.push((booking.interval, asked, amend));
        }
        Ok(in_order(steps))
    }

    /// The times of a booking on its day, or so many days later; one that ended on the next day still does, and one keeps its length where
    /// only its start is said.
    fn times(&self, zone: &TimeZone, interval: Interval) -> Result<(Timestamp, Timestamp)> {
        let no_series = |error: jiff::Error| AppError::NoSeries(error.to_string());
        let instant = |local: DateTime| zone.to_ambiguous_timestamp(local).compatible().map_err(no_series);
        let shifted = |local: DateTime| local.checked_add(Span::new().days(self.shift_days)).map_err(no_series);
        let (start, end) = (zone.to_datetime(interval.start()), zone.to_datetime(interval.end()));
        let (start, end) = (shifted(start)?, shifted(end)?);
        let new_start = self.start_time.map_or(start, |time| start.date().to_datetime(time));
        let new_end = match (self.start_time, self.end_time) {
            (_, Some(time)) => end.date().to_datetime(time),
            (Some(_), None) => new_start.checked_add(start.duration_until(end)).map_err(no_series)?,
            (None, None) => end,
        };
        Ok((instant(new_start)?, instant(new_end)?))
    }

    /// The steps that bring the bookings to other times: what stands at one of them stays, the rest goes to the others in their order; what
    /// there is no time for is cancelled, and what is left of the times is booked like the last one.
    fn anew(
        &self,
        app: &App,
        caller: &Caller,
        bookings: &[Booking],
        mut times: Vec<Interval>,
    ) -> Vec<(Interval, Command)> {
        let (mut stay, mut go) = (Vec::new(), Vec::new());
        for booking in bookings {
            match times.iter().position(|time| *time == booking.interval) {
                Some(place) => {
                    times.remove(place);
                    stay.push(booking);
                }
                None => go.push(booking),
            }
        }
        let paired = go.len().min(times.len());
        let over = go.split_off(paired);
        let more = times.split_off(paired);
        let mut steps: Vec<(Interval, Command)> =
            over.into_iter().map(|it| (it.interval, cancelling(it, None))).collect();
        let moved = go
            .into_iter()
            .zip(times)
            .map(|(booking, time)| (booking.interval, time, self.amend(booking, Some(time.start()), Some(time.end()))));
        let edited = stay.into_iter().filter(|_| self.says_more());
        let edited = edited.map(|booking| (booking.interval, booking.interval, self.amend(booking, None, None)));
        steps.extend(in_order(moved.chain(edited).collect()));
        if let Some(like) = bookings.last() {
            steps.extend(more.into_iter().map(|time| (time, Command::Book(self.like(app, caller, like, time)))));
        }
        steps
    }

    /// A booking such as this one will be, at another time.
    fn like(&self, app: &App, caller: &Caller, booking: &Booking, interval: Interval) -> Book {
        let old = booking.details.clone();
        let guest = old.guest.map(|it| Guest { contact: self.contact.clone().unwrap_or(it.contact), link: None });
        let on_behalf_of = Some(booking.user).filter(|user| guest.is_none() && *user != caller.user);
        Book {
            id: BookingId(app.ids.next()),
            resource: self.resource.unwrap_or(booking.resource),
            interval,
            ends_by_place: false,
            quantity: self.quantity.unwrap_or(booking.quantity),
            details: Details {
                title: self.title.clone().unwrap_or(old.title),
                notes: self.notes.clone().unwrap_or(old.notes),
                party_size: self.party_size.unwrap_or(old.party_size),
                fields: self.fields.as_ref().map_or_else(|| old.fields.clone(), |it| it.of(&old.fields)),
                guest,
                participants: self.participants.clone().unwrap_or(old.participants),
            },
            on_behalf_of,
            override_reason: self.override_reason.clone(),
            hold_minutes: None,
            series: booking.series,
            along: self.along.clone().unwrap_or_else(|| booking.along().collect()),
        }
    }
}

/// Steps in an order in which none stands in the way of another: whoever goes back goes first, the first of them first, and whoever goes on
/// makes room from the end. Each comes with when it stands and when it would.
fn in_order(steps: Vec<(Interval, Interval, Command)>) -> Vec<(Interval, Command)> {
    let goes_on = |(from, to, _): &(Interval, Interval, Command)| from.start() < to.start() || from.end() < to.end();
    let (mut on, mut back): (Vec<_>, Vec<_>) = steps.into_iter().partition(goes_on);
    back.sort_by_key(|(from, ..)| from.start());
    on.sort_by_key(|(from, ..)| std::cmp::Reverse(from.start()));
    back.into_iter().chain(on).map(|(_, to, command)| (to, command)).collect()
}

/// What is to become of the bookings of a series: one step for each that changes, with the time at which it would be then.
struct Plan {
    /// What it is from then on, where its rule is another.
    series: Option<Series>,
    steps: Vec<(Interval, Command)>,
    on_refusal: OnRefusal,
}

/// Has a plan made for what of a series still stands and starts at `from` or later, and carries it out, or only finds out what would come of it.
async fn change(
    app: &App,
    caller: &Caller,
    id: SeriesId,
    from: Option<Timestamp>,
    dry_run: bool,
    plan: impl Fn(&Series, &[Booking], Timestamp) -> Result<Plan>,
) -> Result<SeriesChange> {
    let from = from.unwrap_or_else(|| app.clock.now());
    let mut tries = 1;
    loop {
        let (series, mut bookings) = by_id(app, caller, id).await?;
        bookings.retain(|booking| booking.status.holds_time() && from <= booking.interval.start());
        if bookings.is_empty() {
            return Ok(SeriesChange::default());
        }
        let Plan { series, steps, on_refusal } = plan(&series, &bookings, from)?;
        let seen = bookings.iter().filter(|_| series.is_some()).map(|it| (it.id, it.version)).collect();
        let (intervals, steps): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
        let command = Command::ChangeSeries(ChangeSeries { series, seen, steps, on_refusal });
        let answered =
            if dry_run { app.try_out(caller, command).await } else { app.submit(caller, command, None).await };
        // What was taken back between the look and the lock is no reason to leave the rest.
        let raced = |(_, why): &(usize, Refusal)| matches!(why, Refusal::BookingClosed(_) | Refusal::BookingNotFound);
        match answered {
            Err(Denied::Refused(Refusal::Several(refused))) if refused.iter().all(raced) && tries < TRIES_MAX => {
                tries += 1;
            }
            // Its rule was changed by somebody else in between.
            Err(Denied::Refused(Refusal::Stale(_))) if tries < TRIES_MAX => tries += 1,
            Err(Denied::Refused(Refusal::Stale(_))) => return Err(AppError::Overloaded),
            Err(denied) => {
                return Err(match told(denied, &intervals) {
                    AppError::SeriesRefused(each) if each.iter().all(|(_, why)| *why == Refusal::Forbidden) => {
                        AppError::Forbidden
                    }
                    other => other,
                });
            }
            other => {
                let Outcome::SeriesChanged(steps) = outcome(other)? else {
                    return Err(AppError::internal("a change of a series had the outcome of another kind of command"));
                };
                return Ok(came_of(intervals, steps));
            }
        }
    }
}

fn came_of(intervals: Vec<Interval>, steps: Vec<Step>) -> SeriesChange {
    let mut change = SeriesChange::default();
    for (asked, step) in intervals.into_iter().zip(steps) {
        match step {
            Step::Taken(booking) if booking.status == Status::Cancelled => change.cancelled.push(booking),
            Step::Taken(booking) => change.items.push(booking),
            Step::Nearest(booking, why) => {
                change.moved.push((asked, booking.interval, why));
                change.items.push(booking);
            }
            Step::Left(why) => change.skipped.push((asked, why)),
        }
    }
    change.items.sort_by_key(|booking| booking.interval.start());
    change.cancelled.sort_by_key(|booking| booking.interval.start());
    change.moved.sort_by_key(|(asked, ..)| asked.start());
    change.skipped.sort_by_key(|(asked, _)| asked.start());
    change
}
