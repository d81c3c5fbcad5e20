//! `/series`: bookings that recur by one rule.

use axum::extract::State;
use axum::response::Response;
use bronya_domain::booking::Details;
use bronya_domain::command::OnRefusal;
use bronya_domain::effect::{Outcome, SeriesMade};
use bronya_domain::ids::SeriesId;
use bronya_domain::interval::Interval;
use bronya_domain::recurrence::{Moment, Rule};
use bronya_domain::refusal::Refusal;
use bronya_store::Answer;
use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer;
use super::bookings::{BookingView, Closing, NewAlong, along, check_reason, check_texts, party_size, quantity};
use super::caller::Caller;
use super::extract::{IdempotencyKey, Invalid, Json, JsonIfAny, Patch, Path, Query};
use super::people::{self, ContactBody, ParticipantBody};
use super::problem::{Problem, ProblemBody};
use super::values::{self, ValuesBody};
use super::wire::{self, UtcTime, Word, parse_time};
use crate::app::series::{EditPattern, EditSeries, NewSeries, Pattern};
use crate::app::{App, AppError, series};

/// What to do about occurrences that can't be had.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OnSeriesConflict)]
pub enum OnConflictView {
    /// Book nothing, and say of each why.
    #[default]
    Refuse,
    /// Leave them out.
    Skip,
    /// Take the nearest time within a day; leave out those that have none.
    Nearest,
}

impl From<OnConflictView> for OnRefusal {
    fn from(choice: OnConflictView) -> Self {
        match choice {
            OnConflictView::Refuse => Self::Refuse,
            OnConflictView::Skip => Self::Skip,
            OnConflictView::Nearest => Self::Nearest,
        }
    }
}

/// A series to be.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSeriesBody {
    /// The resource.
    #[schema(format = "uuid")]
    resource_id: String,
    /// A rule of RFC 5545 that ends: by `COUNT` (at most 366) or by `UNTIL` (within two years). `FREQ` is `DAILY` or
    /// slower; `BYSETPOS`, `BYWEEKNO` and `BYYEARDAY` are not taken.
    #[schema(max_length = 1000, example = "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10")]
    rule: String,
    /// When the first occurrence starts, on the clock on the wall: a local time, without an offset.
    #[schema(example = "2026-11-30T09:00")]
    starts_at_local: String,
    /// When it ends. Both ends stay on the clock on the wall.
    #[schema(example = "2026-11-30T10:00")]
    ends_at_local: String,
    /// Whose wall: an IANA time zone; the resource's where it is left out.
    #[serde(default)]
    time_zone: Option<String>,
    /// Starts that are left out: local times, or RFC 3339 with an offset.
    #[serde(default)]
    #[schema(max_items = 366)]
    exdates: Vec<String>,
    /// Starts that are added.
    #[serde(default)]
    #[schema(max_items = 366)]
    rdates: Vec<String>,
    /// What to do about occurrences that can't be had.
    #[serde(default)]
    #[schema(value_type = Option<OnConflictView>, default = "refuse")]
    on_conflict: Option<Word<OnConflictView>>,
    /// One line, on each booking.
    #[serde(default)]
    #[schema(max_length = 200)]
    title: Option<String>,
    /// How many people come.
    #[serde(default)]
    #[schema(minimum = 1)]
    party_size: Option<i64>,
    /// How many of the resource's units.
    #[serde(default)]
    #[schema(minimum = 1, default = 1)]
    quantity: Option<i64>,
    /// More about it.
    #[serde(default)]
    #[schema(max_length = 4000)]
    notes: Option<String>,
    /// What the kind of the resource lets a booking carry, by key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ValuesBody>)]
    fields: Option<ValuesBody>,
    /// Whose it is to be, where that is not yours. Only for the resource's managers.
    #[serde(default)]
    #[schema(format = "uuid")]
    on_behalf_of: Option<String>,
    /// Whose it is to be, where that is somebody without an account. Only for the resource's managers. Each booking is then a guest's of its
    /// own, and gets its own link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guest: Option<ContactBody>,
    /// Who else takes part in each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 50)]
    participants: Option<Vec<ParticipantBody>>,
    /// Why the rules of the place are to be set aside. Only for the resource's managers.
    #[serde(default)]
    #[schema(max_length = 500)]
    override_reason: Option<String>,
    /// What to book along each time. All of it is had, or nothing.
    #[serde(default)]
    #[schema(max_items = 50)]
    along: Option<Vec<NewAlong>>,
}

/// A local time as it is written on the wall: `2026-11-30T09:00`, with or without seconds.
fn local_time(text: &str) -> Result<DateTime, &'static str> {
    let form = text.len() == 16 || text.len() == 19;
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'T' | b':'));
    let read = if form && plain { text.parse().ok() } else { None };
    read.ok_or("must be a local time such as 2026-11-30T09:00, without an offset")
}

/// A time of the day, `HH:MM`.
pub(super) fn time_of_day(text: &str) -> Result<Time, &'static str> {
    let plain = text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    let read = if plain { text.parse().ok() } else { None };
    read.ok_or("must be a time of day such as 09:00")
}

fn moments(texts: &[String], name: &str, invalid: &mut Invalid) -> Vec<Moment> {
    let mut read = |(place, text): (usize, &String)| {
        let moment = match local_time(text) {
            Ok(local) => Ok(Moment::Local(local)),
            Err(local) => parse_time(text).map(Moment::Utc).map_err(|_| local),
        };
        invalid.take(format!("/{name}/{place}"), moment)
    };
    texts.iter().enumerate().filter_map(&mut read).collect()
}

/// A pattern as it is written in a request.
pub(super) struct PatternTexts<'a> {
    pub(super) rule: &'a str,
    pub(super) starts_at_local: &'a str,
    pub(super) ends_at_local: &'a str,
    pub(super) time_zone: Option<&'a str>,
    pub(super) exdates: &'a [String],
    pub(super) rdates: &'a [String],
}

impl PatternTexts<'_> {
    /// The pattern, with what is wrong noted.
    pub(super) fn read(&self, invalid: &mut Invalid) -> Option<Pattern> {
        let rule: Option<Rule> = invalid.take("/rule", self.rule.parse());
        let starts_at = invalid.take("/starts_at_local", local_time(self.starts_at_local));
        let ends_at = invalid.take("/ends_at_local", local_time(self.ends_at_local));
        if let Some(zone) = self.time_zone
            && (64 < zone.len() || jiff::tz::TimeZone::get(zone).is_err())
        {
            invalid.push("/time_zone", "must be the name of an IANA time zone, such as Europe/Berlin");
        }
        let without = moments(self.exdates, "exdates", invalid);
        let with = moments(self.rdates, "rdates", invalid);
        let time_zone = self.time_zone.map(str::to_owned);
        Some(Pattern { rule: rule?, starts_at: starts_at?, ends_at: ends_at?, time_zone, without, with })
    }
}

impl NewSeriesBody {
    fn read(&self) -> Result<NewSeries, Problem> {
        let mut invalid = Invalid::new();
        let resource = wire::resource_id(&self.resource_id, &mut invalid);
        let pattern = PatternTexts {
            rule: &self.rule,
            starts_at_local: &self.starts_at_local,
            ends_at_local: &self.ends_at_local,
            time_zone: self.time_zone.as_deref(),
            exdates: &self.exdates,
            rdates: &self.rdates,
        };
        let pattern = pattern.read(&mut invalid);
        let quantity = quantity(self.quantity.unwrap_or(1), &mut invalid);
        let party_size = self.party_size.and_then(|size| party_size(size, &mut invalid));
        check_texts(self.title.as_deref(), self.notes.as_deref(), &mut invalid);
        check_reason(self.override_reason.as_deref(), &mut invalid);
        let along = along(self.along.as_deref().unwrap_or_default(), &mut invalid);
        let (guest, on_behalf_of) = people::for_whom(self.guest.as_ref(), self.on_behalf_of.as_deref(), &mut invalid);
        let participants = people::participants(self.participants.as_deref().unwrap_or_default(), &mut invalid);
        invalid.finish()?;
        let (Some(resource), Some(pattern), Some(quantity)) = (resource, pattern, quantity) else {
            return Err(AppError::internal("a value was refused without a reason").into());
        };
        Ok(NewSeries {
            resource,
            pattern,
            quantity,
            details: Details {
                title: self.title.clone(),
                notes: self.notes.clone(),
                party_size,
                fields: self.fields.as_ref().map(ValuesBody::values).unwrap_or_default(),
                guest,
                participants,
            },
            on_behalf_of,
            override_reason: self.override_reason.clone(),
            along,
            on_refusal: self.on_conflict.map(|Word(choice)| choice).unwrap_or_default().into(),
        })
    }
}

/// A series, as it was asked for last, and its bookings. What became of one of them since, that one says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Series)]
pub struct SeriesView {
    /// Its id.
    id: Uuid,
    /// What is booked.
    resource_id: Uuid,
    /// Whose it is; nobody else's where it is a guest's.
    user_id: Uuid,
    /// The rule: the one that it was made by, or was given since.
    rule: String,
    /// When the first occurrence starts, on the clock on the wall.
    starts_at_local: String,
    /// When it ends.
    ends_at_local: String,
    /// Starts that the rule has and that are left out: local times, or instants in UTC, as they were asked for.
    exdates: Vec<String>,
    /// Starts that are added to those of the rule.
    rdates: Vec<String>,
    /// Whose wall.
    time_zone: String,
    /// When it was made.
    created_at: UtcTime,
    /// Its bookings, in order of their start.
    bookings: Vec<BookingView>,
}

/// An occurrence that was moved or left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct OccurrenceView {
    /// When it would have started.
    starts_at: UtcTime,
    /// When it would have ended.
    ends_at: UtcTime,
    /// When it starts instead.
    #[schema(required = true)]
    moved_to_starts_at: Option<UtcTime>,
    /// When it ends instead.
    #[schema(required = true)]
    moved_to_ends_at: Option<UtcTime>,
    /// Why.
    problem: ProblemBody,
}

/// What came of a series: what is booked, and what differs from what was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesReport {
    /// The series with its bookings.
    series: SeriesView,
    /// Occurrences that were moved (`on_conflict: "nearest"`).
    moved: Vec<OccurrenceView>,
    /// Occurrences that were left out (`on_conflict: "skip"` or `"nearest"`).
    skipped: Vec<OccurrenceView>,
}

fn view(series: bronya_domain::command::Series, bookings: Vec<bronya_domain::booking::Booking>) -> SeriesView {
    let local = |time: DateTime| time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let moment = |it: Moment| match it {
        Moment::Local(time) => local(time),
        Moment::Utc(time) => time.to_string(),
    };
    SeriesView {
        id: series.id.0,
        resource_id: series.resource.0,
        user_id: series.user.0,
        rule: series.rule,
        starts_at_local: local(series.starts_at),
        ends_at_local: local(series.ends_at),
        exdates: series.without.into_iter().map(moment).collect(),
        rdates: series.with.into_iter().map(moment).collect(),
        time_zone: series.time_zone,
        created_at: UtcTime(series.created_at),
        bookings: bookings.into_iter().map(Into::into).collect(),
    }
}

impl From<SeriesMade> for SeriesReport {
    fn from(made: SeriesMade) -> Self {
        Self {
            moved: made.moved.into_iter().map(elsewhere).collect(),
            skipped: made.skipped.into_iter().map(left_out).collect(),
            series: view(made.series, made.bookings),
        }
    }
}

fn render(outcome: &Outcome) -> Option<Answer> {
    match outcome {
        Outcome::Series(made) => {
            let location = format!("/series/{}", made.series.id);
            Some(answer::created(location, None, &SeriesReport::from(made.clone())))
        }
        _ => None,
    }
}

/// Book a series.
///
/// Every occurrence is decided like a booking of its own, in local time: 09:00 stays 09:00 when clocks change. All are booked
/// or none, unless `on_conflict` says to leave out or to move those that can't be had.
#[utoipa::path(
    post, path = "/series/", tag = "Series", operation_id = "createSeries", security(("bearer" = [])),
    request_body = NewSeriesBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to send the request again for 24 hours")),
    responses(
        (status = 201, description = "Booked", body = SeriesReport, headers(("Location" = String), ("Idempotent-Replayed" = String))),
        (status = 404, description = "`/problems/user-not-found`, `/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/series-refused`, with `refused`: each occurrence that can't be had, and why; `/problems/too-many-affected`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/idempotency-key-reused`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(new): Json<NewSeriesBody>,
) -> Result<Response, Problem> {
    let asked = new.read()?;
    let idempotency = answer::idempotency(key, "POST /series/", &new, render);
    let reply = series::book(&app, &caller, asked, idempotency).await?;
    Ok(answer::reply(reply, render))
}

/// What would come of a series.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesCheck {
    /// Whether it would be booked.
    allowed: bool,
    /// What would be booked; its ids are not kept.
    #[schema(required = true)]
    report: Option<SeriesReport>,
    /// The occurrences that can't be had, where that keeps the whole from being booked.
    refused: Vec<OccurrenceView>,
}

/// Check a series without booking it.
///
/// The same decision as `POST /series/`, at this moment, and nothing is written.
#[utoipa::path(
    post, path = "/series/check", tag = "Series", operation_id = "checkSeries", security(("bearer" = [])),
    request_body = NewSeriesBody,
    responses(
        (status = 200, description = "What would come of it", body = SeriesCheck),
        (status = 404, description = "`/problems/user-not-found`, `/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`: it can't even be asked", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn check(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewSeriesBody>,
) -> Result<Json<SeriesCheck>, Problem> {
    let (report, refused) = match series::check(&app, &caller, new.read()?).await {
        Ok(made) => (Some(made.into()), Vec::new()),
        Err(AppError::SeriesRefused(refused)) => (None, refused),
        Err(error) => return Err(error.into()),
    };
    Ok(Json(SeriesCheck { allowed: report.is_some(), report, refused: refused.into_iter().map(left_out).collect() }))
}

/// An occurrence that was moved.
fn elsewhere((from, to, why): (Interval, Interval, Refusal)) -> OccurrenceView {
    let (moved_to_starts_at, moved_to_ends_at) = (Some(UtcTime(to.start())), Some(UtcTime(to.end())));
    OccurrenceView { moved_to_starts_at, moved_to_ends_at, ..left_out((from, why)) }
}

/// An occurrence that can't be had.
fn left_out((interval, why): (Interval, Refusal)) -> OccurrenceView {
    OccurrenceView {
        starts_at: UtcTime(interval.start()),
        ends_at: UtcTime(interval.end()),
        moved_to_starts_at: None,
        moved_to_ends_at: None,
        problem: Problem::from(AppError::Refused(why)).body(),
    }
}

/// Read a series.
#[utoipa::path(
    get, path = "/series/{series_id}", tag = "Series", operation_id = "getSeries", security(("bearer" = [])),
    params(("series_id" = Uuid, Path)),
    responses(
        (status = 200, description = "As it was asked for last, with its bookings as they are now", body = SeriesView),
        (status = 404, description = "`/problems/series-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SeriesId>,
) -> Result<Json<SeriesView>, Problem> {
    let (series, bookings) = series::by_id(&app, &caller, id).await?;
    Ok(Json(view(series, bookings)))
}

/// From when on a series is changed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FromQuery {
    /// Only bookings that start at this time or later (RFC 3339 with an offset); now, where it is left out. The start of a
    /// booking makes it "this and following".
    #[param(required = false)]
    from: Option<String>,
}

impl FromQuery {
    pub(super) fn read(&self) -> Result<Option<Timestamp>, Problem> {
        let mut invalid = Invalid::new();
        let from = self.from.as_deref().and_then(|text| invalid.take("/from", parse_time(text)));
        invalid.finish()?;
        Ok(from)
    }
}

/// Bookings that were changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedBookings {
    /// As they are now, in order of their start.
    items: Vec<BookingView>,
}

/// Cancel a series, from a time on.
///
/// One occurrence is cancelled like any booking: `DELETE /bookings/{booking_id}`. A body is not needed; it may say why, once for all of
/// them.
#[utoipa::path(
    delete, path = "/series/{series_id}", tag = "Series", operation_id = "cancelSeries", security(("bearer" = [])),
    params(("series_id" = Uuid, Path), FromQuery),
    request_body = Option<Closing>,
    responses(
        (status = 200, description = "What was cancelled", body = ChangedBookings),
        (status = 404, description = "`/problems/series-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/series-refused`, with `refused`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SeriesId>,
    Query(query): Query<FromQuery>,
    JsonIfAny(closing): JsonIfAny<Closing>,
) -> Result<Json<ChangedBookings>, Problem> {
    let changed = series::cancel(&app, &caller, id, query.read()?, closing.read()?).await?;
    Ok(Json(ChangedBookings { items: changed.into_iter().map(Into::into).collect() }))
}

/// What came of taking a cancelling back.
#[derive(Debug, Serialize, ToSchema)]
pub struct UndoneSeries {
    /// What stands again, in order of start.
    items: Vec<BookingView>,
    /// What does not, and why: its time was taken meanwhile, or a rule is against it by now.
    refused: Vec<OccurrenceView>,
}

/// Take the last cancelling of a series back.
///
/// Within an hour, by whoever may cancel it: everything that one request cancelled stands again as it was, as far as its time can be had
/// by the rules of now, in one decision. What can't be had is told date by date; where that is all of it, it is 409 and nothing
/// changes. One occurrence is taken back like any booking: `POST /bookings/{booking_id}/undo`.
#[utoipa::path(
    post, path = "/series/{series_id}/undo", tag = "Series", operation_id = "undoSeries", security(("bearer" = [])),
    params(("series_id" = Uuid, Path)),
    responses(
        (status = 200, description = "What stands again, and what does not", body = UndoneSeries),
        (status = 404, description = "`/problems/series-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/nothing-to-undo`; `/problems/series-refused`, with `refused`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn undo(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SeriesId>,
) -> Result<Json<UndoneSeries>, Problem> {
    let (items, refused) = series::undo(&app, &caller, id).await?;
    Ok(Json(UndoneSeries {
        items: items.into_iter().map(Into::into).collect(),
        refused: refused.into_iter().map(left_out).collect(),
    }))
}

/// From when on a series is changed, and whether it is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChangeQuery {
    /// Only bookings that start at this time or later (RFC 3339 with an offset); now, where it is left out. The start of a
    /// booking makes it "this and following".
    #[param(required = false)]
    from: Option<String>,
    /// Only find out what would come of it.
    #[serde(default)]
    #[param(required = false, value_type = bool, default = false)]
    dry_run: bool,
}

/// What changes about the bookings of a series.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesPatch {
    /// Move them to another resource.
    #[serde(default)]
    #[schema(format = "uuid")]
    resource_id: Option<String>,
    /// Move each by so many days, forward or back (negative), on the clock of the series: 1 makes Tuesdays of Mondays. What was moved or
    /// cancelled by itself stays so, and the rule that the series tells stays the one that it was made by.
    #[serde(default)]
    #[schema(minimum = -366, maximum = 366)]
    shift_days: Option<i64>,
    /// When each starts, on its day, on the clock of the series.
    #[serde(default)]
    #[schema(example = "10:00")]
    start_time: Option<String>,
    /// When each ends, on the day on which it ends. Where only the start is said, each keeps its length.
    #[serde(default)]
    #[schema(example = "11:00")]
    end_time: Option<String>,
    /// Another rule for what is to come. Then every date from `from` on is one of the rule: what stands at one stays there, the other bookings
    /// go to the other dates in their order; those that no date is left for are cancelled, and dates that are left are booked like the last
    /// one. The rule counts (`COUNT`) from `starts_at_local`, also what is over. It goes without `shift_days`, `start_time` and `end_time`.
    #[serde(default)]
    #[schema(max_length = 1000, example = "FREQ=WEEKLY;BYDAY=TU;COUNT=10")]
    rule: Option<String>,
    /// Another first start to count from; it has to be a date of the rule.
    #[serde(default)]
    #[schema(example = "2026-12-01T09:00")]
    starts_at_local: Option<String>,
    /// When the first ends. Where only the start is said, it keeps its length.
    #[serde(default)]
    #[schema(example = "2026-12-01T10:00")]
    ends_at_local: Option<String>,
    /// Other starts that are left out.
    #[serde(default)]
    #[schema(max_items = 366)]
    exdates: Option<Vec<String>>,
    /// Other starts that are added.
    #[serde(default)]
    #[schema(max_items = 366)]
    rdates: Option<Vec<String>>,
    /// What to do about those that can't be had so: nothing is changed at all (`refuse`), they stay as they are (`skip`), or they take the
    /// nearest time within a day (`nearest`).
    #[serde(default)]
    #[schema(value_type = Option<OnConflictView>, default = "refuse")]
    on_conflict: Option<Word<OnConflictView>>,
    /// Another number of units.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1)]
    quantity: Patch<i64>,
    /// What is booked along from then on, or `null` for nothing.
    #[serde(default)]
    #[schema(value_type = Option<Vec<NewAlong>>, max_items = 50)]
    along: Patch<Vec<NewAlong>>,
    /// A new title, or `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    title: Patch<String>,
    /// A new party size, or `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1)]
    party_size: Patch<i64>,
    /// New notes, or `null` for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 4000)]
    notes: Patch<String>,
    /// What its kind lets it carry: `null` under a key takes one away, `null` for the whole takes all.
    #[serde(default)]
    #[schema(value_type = Option<ValuesBody>)]
    fields: Patch<ValuesBody>,
    /// How its guest is reached from now on.
    #[serde(default)]
    #[schema(value_type = Option<ContactBody>)]
    guest: Patch<ContactBody>,
    /// Who else takes part from then on, or `null` for nobody.
    #[serde(default)]
    #[schema(value_type = Option<Vec<ParticipantBody>>, max_items = 50)]
    participants: Patch<Vec<ParticipantBody>>,
    /// Why the rules of the place are to be set aside. Only for the resource's managers.
    #[serde(default)]
    #[schema(max_length = 500)]
    override_reason: Option<String>,
}

/// The most days by which a series is moved at once.
const SHIFT_DAYS_MAX: i64 = 366;

impl SeriesPatch {
    fn pattern(&self, invalid: &mut Invalid) -> EditPattern {
        let mut local = |text: &Option<String>, at: &str| {
            text.as_deref().and_then(|text| invalid.take(at.to_owned(), local_time(text)))
        };
        let starts_at = local(&self.starts_at_local, "/starts_at_local");
        let ends_at = local(&self.ends_at_local, "/ends_at_local");
        EditPattern {
            rule: self.rule.as_deref().and_then(|text| invalid.take("/rule", text.parse())),
            starts_at,
            ends_at,
            without: self.exdates.as_deref().map(|texts| moments(texts, "exdates", invalid)),
            with: self.rdates.as_deref().map(|texts| moments(texts, "rdates", invalid)),
        }
    }

    fn read(self) -> Result<EditSeries, Problem> {
        let mut invalid = Invalid::new();
        let pattern = self.pattern(&mut invalid);
        let resource = self.resource_id.as_deref().and_then(|text| wire::resource_id(text, &mut invalid));
        let start_time = self.start_time.as_deref().and_then(|text| invalid.take("/start_time", time_of_day(text)));
        let end_time = self.end_time.as_deref().and_then(|text| invalid.take("/end_time", time_of_day(text)));
        let days = |days: &i64| (-SHIFT_DAYS_MAX..=SHIFT_DAYS_MAX).contains(days);
        let shift = self.shift_days.map(|it| i32::try_from(it).ok().filter(|_| days(&it)));
        if shift == Some(None) {
            invalid.push("/shift_days", format!("must be from -{SHIFT_DAYS_MAX} to {SHIFT_DAYS_MAX}"));
        }
        let other_times = [
            (self.rule.is_some(), "/rule"),
            (self.starts_at_local.is_some(), "/starts_at_local"),
            (self.ends_at_local.is_some(), "/ends_at_local"),
            (self.exdates.is_some(), "/exdates"),
            (self.rdates.is_some(), "/rdates"),
        ];
        if self.shift_days.is_some() || self.start_time.is_some() || self.end_time.is_some() {
            for (_, pointer) in other_times.into_iter().filter(|(said, _)| *said) {
                invalid.push(pointer, "goes without shift_days, start_time and end_time");
            }
        }
        let number = self.quantity.into_required("/quantity", &mut invalid);
        let quantity = number.and_then(|number| quantity(number, &mut invalid));
        let asked = self.along.into_change();
        let along = asked.map(|asked| along(asked.as_deref().unwrap_or_default(), &mut invalid));
        let size = self.party_size.into_change();
        let party_size = size.map(|size| size.and_then(|size| party_size(size, &mut invalid)));
        let (title, notes) = (self.title.into_change(), self.notes.into_change());
        let set = |change: &Option<Option<String>>| change.clone().flatten();
        check_texts(set(&title).as_deref(), set(&notes).as_deref(), &mut invalid);
        check_reason(self.override_reason.as_deref(), &mut invalid);
        let guest = self.guest.into_required("/guest", &mut invalid);
        let contact = guest.and_then(|guest| guest.read("/guest", &mut invalid));
        let participants = self.participants.into_change();
        let participants = participants.map(|it| people::participants(it.as_deref().unwrap_or_default(), &mut invalid));
        invalid.finish()?;
        Ok(EditSeries {
            resource,
            shift_days: shift.flatten().unwrap_or_default(),
            start_time,
            end_time,
            pattern,
            quantity,
            along,
            title,
            fields: values::edit(self.fields),
            notes,
            party_size,
            contact,
            participants,
            override_reason: self.override_reason,
            on_refusal: self.on_conflict.map(|Word(choice)| choice).unwrap_or_default().into(),
        })
    }
}

/// What came of a change of a series.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChangedSeries)]
pub struct ChangedSeriesView {
    /// What was changed, as it is now, and what was booked because a date was left; in order of start.
    items: Vec<BookingView>,
    /// What was cancelled because the rule has no date for it.
    cancelled: Vec<BookingView>,
    /// What has the nearest time instead of the one that it was to have (`on_conflict: "nearest"`).
    moved: Vec<OccurrenceView>,
    /// What could not be had (`on_conflict: "skip"` or `"nearest"`): when it would have been. What stood stays as it was.
    skipped: Vec<OccurrenceView>,
}

/// Change a series, from a time on.
///
/// All of its bookings that still stand, or none, unless `on_conflict` says otherwise; each is decided as if it were changed by itself, and
/// all that can't be had is told. One occurrence is changed like any booking: `PATCH /bookings/{booking_id}`.
#[utoipa::path(
    patch, path = "/series/{series_id}", tag = "Series", operation_id = "updateSeries", security(("bearer" = [])),
    request_body = SeriesPatch,
    params(("series_id" = Uuid, Path), ChangeQuery),
    responses(
        (status = 200, description = "What came of it, or would", body = ChangedSeriesView),
        (status = 403, description = "`/problems/forbidden`: who manages only what was booked along may take it back, not edit it", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/series-not-found`, `/problems/user-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`/problems/series-refused`, with `refused`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SeriesId>,
    Query(query): Query<ChangeQuery>,
    Json(patch): Json<SeriesPatch>,
) -> Result<Json<ChangedSeriesView>, Problem> {
    let from = FromQuery { from: query.from }.read()?;
    let change = series::edit(&app, &caller, id, from, patch.read()?, query.dry_run).await?;
    Ok(Json(ChangedSeriesView {
        items: change.items.into_iter().map(Into::into).collect(),
        cancelled: change.cancelled.into_iter().map(Into::into).collect(),
        moved: change.moved.into_iter().map(elsewhere).collect(),
        skipped: change.skipped.into_iter().map(left_out).collect(),
    }))
}
