//! `/reports`: what became of bookings, by resource, hour of the day, day of the week and person, as JSON or CSV. Wire types,
//! handlers and their documentation.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bronya_domain::ids::{ResourceId, SiteId};
use bronya_domain::interval::Interval;
use bronya_domain::report::{By, Spread, Tally};
use bronya_store::reports::Which;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::{Invalid, Json, Query};
use super::problem::{Problem, ProblemBody};
use super::table::{Format, download, line, line_of};
use super::wire::{self, UtcTime, Word};
use crate::app::reports::{self, Counted, busy};
use crate::app::{App, AppError};

/// What a report is about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// From when (RFC 3339 with an offset).
    from: String,
    /// To when: at most 366 days later.
    to: String,
    /// Of this site.
    #[param(required = false)]
    site_id: Option<String>,
    /// Of this resource.
    #[param(required = false)]
    resource_id: Option<String>,
    /// `json` or `csv`.
    #[param(required = false, inline, value_type = Option<Format>)]
    format: Option<Word<Format>>,
}

impl ReportQuery {
    async fn count(&self, app: &App, caller: &Caller, timed: bool) -> Result<(Interval, Counted), Problem> {
        let mut invalid = Invalid::new();
        let site = wire::id(self.site_id.as_deref(), "/site_id", &mut invalid).map(SiteId);
        let resource = wire::id(self.resource_id.as_deref(), "/resource_id", &mut invalid).map(ResourceId);
        invalid.finish()?;
        let (from, to) = wire::range(Some(&self.from), Some(&self.to))?;
        let (Some(from), Some(to)) = (from, to) else {
            return Err(AppError::internal("a time was refused without a reason").into());
        };
        let window = Interval::new(from, to).map_err(|_| Problem::invalid("/to", "must be after from"))?;
        let which = Which { resource, site, managed_by: None };
        Ok((window, reports::count(app, caller, which, window, timed).await?))
    }

    fn answer<T: Serialize>(
        &self,
        name: &'static str,
        columns: &[&str],
        window: Interval,
        lines: Vec<LineView<T>>,
    ) -> Response {
        let format = self.format.map(|Word(format)| format).unwrap_or_default();
        if format == Format::Json {
            let (from, to) = (UtcTime(window.start()), UtcTime(window.end()));
            return Json(ReportView { from, to, lines }).into_response();
        }
        let columns: Vec<&str> = ["by", "key", "name"].iter().chain(columns).copied().collect();
        let mut text = line(columns.iter().copied());
        for shown in &lines {
            // Wire types are structs of strings and numbers: these always serialise.
            text.extend(line_of(&columns, &serde_json::to_value(shown).unwrap_or(Value::Null)));
        }
        download(name, format, Body::from(text))
    }
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Report)]
pub struct ReportView<T> {
    /// From when.
    from: UtcTime,
    /// To when.
    to: UtcTime,
    /// Its lines.
    lines: Vec<LineView<T>>,
}

/// A line of a report.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReportLine)]
pub struct LineView<T> {
    /// What it is about.
    by: ByView,
    /// Which one: an id, an hour from `0` to `23`, a day from `monday` to `sunday`, both as `monday-18`, a date as
    /// `2026-11-23`. Hours and days are those on the clock of each resource.
    #[schema(example = "18")]
    key: String,
    /// The name of the resource or, for administrators, of the person.
    #[schema(required = true)]
    name: Option<String>,
    /// What was counted.
    #[serde(flatten)]
    counted: T,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReportBy)]
pub enum ByView {
    /// A resource.
    Resource,
    /// An hour of the day.
    Hour,
    /// A day of the week.
    Weekday,
    /// An hour of a day of the week.
    HourOfWeek,
    /// A day.
    Day,
    /// A person.
    Person,
}

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

fn lines<T>(counted: Counted, people: bool, show: impl Fn(&Tally) -> T) -> Vec<LineView<T>> {
    let Counted { lines, mut names } = counted;
    let weekday = |day: u8| WEEKDAYS.get(usize::from(day)).copied().unwrap_or_default();
    lines
        .iter()
        .filter(|(by, _)| matches!(by, By::Person(_)) == people)
        .map(|(by, tally)| {
            let (kind, key) = match by {
                By::Resource(id) => (ByView::Resource, id.to_string()),
                By::Hour(hour) => (ByView::Hour, hour.to_string()),
                By::Weekday(day) => (ByView::Weekday, weekday(*day).to_owned()),
                By::HourOfWeek(day, hour) => (ByView::HourOfWeek, format!("{}-{hour}", weekday(*day))),
                By::Day(date) => (ByView::Day, date.to_string()),
                By::Person(id) => (ByView::Person, id.to_string()),
            };
            LineView { by: kind, key, name: names.remove(by), counted: show(tally) }
        })
        .collect()
}

/// So many of a thousand, rounded; nothing of nothing is nothing.
fn permille(part: u64, whole: u64) -> u64 {
    (part.saturating_mul(1_000) + whole / 2).checked_div(whole).unwrap_or(0)
}

/// The ends of the steps in which lead times are counted: an hour, a day, a week, four weeks, in minutes.
const STEPS: [u32; 4] = [60, 1_440, 10_080, 40_320];

/// How many lie in each step, and how many after the last.
fn steps(leads: &[u32]) -> [u64; 5] {
    let mut counted = [0; 5];
    for lead in leads {
        let step = STEPS.iter().filter(|end| **end < *lead).count();
        if let Some(count) = counted.get_mut(step) {
            *count += 1;
        }
    }
    counted
}

fn natural(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// How much was booked of what could have been.
#[derive(Debug, Serialize, ToSchema)]
pub struct Utilisation {
    /// Bookings that start in the time and stand or stood.
    bookings: u64,
    /// Minutes for which units were booked.
    booked_minutes: u64,
    /// Minutes for which units could have been: those of the opening hours. Blocked time is not taken off.
    open_minutes: u64,
    /// Of a thousand minutes, so many were booked.
    booked_permille: u64,
}

/// How many did not come.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the members' names are the wire's")]
pub struct NoShows {
    /// Bookings that have begun, also those to which nobody came.
    bookings: u64,
    /// Of these, those to which nobody came.
    no_shows: u64,
    /// Of a thousand, so many.
    missed_permille: u64,
}

/// How long before their start bookings are made, in minutes.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeadTime {
    /// Bookings that were counted: those that stand, stood, or saw nobody.
    bookings: u64,
    /// Of these, those that were made at most an hour before.
    within_hour: u64,
    /// More than an hour and at most a day before.
    within_day: u64,
    /// More than a day and at most a week before.
    within_week: u64,
    /// More than a week and at most four weeks before.
    within_four_weeks: u64,
    /// Earlier than that.
    earlier: u64,
    /// The shortest.
    #[schema(required = true)]
    minutes_min: Option<u32>,
    /// Half of them were made at most so long before.
    #[schema(required = true)]
    minutes_median: Option<u32>,
    /// Nine of ten were made at most so long before.
    #[schema(required = true)]
    minutes_p90: Option<u32>,
    /// The longest.
    #[schema(required = true)]
    minutes_max: Option<u32>,
    /// Their mean.
    #[schema(required = true)]
    minutes_mean: Option<u32>,
}

/// How many bookings came to nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cancellations {
    /// Everything that was booked for the time.
    bookings: u64,
    /// Of these, what was taken back.
    cancelled: u64,
    /// What a manager said no to.
    rejected: u64,
    /// What nobody decided in time.
    expired: u64,
    /// Of a thousand, so many were taken back.
    cancelled_permille: u64,
}

/// How much somebody books.
#[derive(Debug, Serialize, ToSchema)]
pub struct Busiest {
    /// Bookings that stand, stood, or saw nobody.
    bookings: u64,
    /// Minutes for which units were booked.
    booked_minutes: u64,
    /// Bookings to which nobody came.
    no_shows: u64,
    /// Bookings that were taken back.
    cancelled: u64,
}

/// How much was booked of what could have been.
///
/// For administrators, and for managers over what they manage. What is booked counts with the part of it that lies in the time.
#[utoipa::path(
    get, path = "/reports/utilisation", tag = "Data", operation_id = "reportUtilisation", security(("bearer" = [])),
    params(ReportQuery),
    responses(
        (status = 200, description = "By resource, by hour, by weekday, by hour of the week, by day", content((ReportView<Utilisation> = "application/json"), (String = "text/csv"))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn utilisation(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let (window, counted) = query.count(&app, &caller, true).await?;
    let lines = lines(counted, false, |tally| {
        let (booked, open) = (natural(tally.booked_minutes()), natural(tally.open_minutes()));
        Utilisation {
            bookings: tally.standing,
            booked_minutes: booked,
            open_minutes: open,
            booked_permille: permille(booked, open),
        }
    });
    let columns = ["bookings", "booked_minutes", "open_minutes", "booked_permille"];
    Ok(query.answer("utilisation", &columns, window, lines))
}

/// How many did not come.
///
/// For administrators, and for managers over what they manage. Counts bookings that start in the time and have begun.
#[utoipa::path(
    get, path = "/reports/no-shows", tag = "Data", operation_id = "reportNoShows", security(("bearer" = [])),
    params(ReportQuery),
    responses(
        (status = 200, description = "By resource, by hour, by weekday, by hour of the week, by day", content((ReportView<NoShows> = "application/json"), (String = "text/csv"))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn no_shows(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let (window, counted) = query.count(&app, &caller, false).await?;
    let lines = lines(counted, false, |tally| {
        let bookings = tally.begun + tally.no_shows;
        NoShows { bookings, no_shows: tally.no_shows, missed_permille: permille(tally.no_shows, bookings) }
    });
    Ok(query.answer("no-shows", &["bookings", "no_shows", "missed_permille"], window, lines))
}

/// How long before their start bookings are made.
///
/// For administrators, and for managers over what they manage. Counts bookings that start in the time.
#[utoipa::path(
    get, path = "/reports/lead-time", tag = "Data", operation_id = "reportLeadTime", security(("bearer" = [])),
    params(ReportQuery),
    responses(
        (status = 200, description = "By resource, by hour, by weekday, by hour of the week, by day", content((ReportView<LeadTime> = "application/json"), (String = "text/csv"))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn lead_time(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let (window, counted) = query.count(&app, &caller, false).await?;
    let lines = lines(counted, false, |tally| {
        let spread = Spread::of(&tally.leads);
        let [within_hour, within_day, within_week, within_four_weeks, earlier] = steps(&tally.leads);
        LeadTime {
            bookings: busy(tally),
            within_hour,
            within_day,
            within_week,
            within_four_weeks,
            earlier,
            minutes_min: spread.map(|it| it.min),
            minutes_median: spread.map(|it| it.median),
            minutes_p90: spread.map(|it| it.p90),
            minutes_max: spread.map(|it| it.max),
            minutes_mean: spread.map(|it| it.mean),
        }
    });
    let columns = [
        "bookings",
        "within_hour",
        "within_day",
        "within_week",
        "within_four_weeks",
        "earlier",
        "minutes_min",
        "minutes_median",
        "minutes_p90",
        "minutes_max",
        "minutes_mean",
    ];
    Ok(query.answer("lead-time", &columns, window, lines))
}

/// How many bookings came to nothing.
///
/// For administrators, and for managers over what they manage. Counts bookings that were to start in the time.
#[utoipa::path(
    get, path = "/reports/cancellations", tag = "Data", operation_id = "reportCancellations", security(("bearer" = [])),
    params(ReportQuery),
    responses(
        (status = 200, description = "By resource, by hour, by weekday, by hour of the week, by day", content((ReportView<Cancellations> = "application/json"), (String = "text/csv"))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn cancellations(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let (window, counted) = query.count(&app, &caller, false).await?;
    let lines = lines(counted, false, |tally| Cancellations {
        bookings: tally.made,
        cancelled: tally.cancelled,
        rejected: tally.rejected,
        expired: tally.expired,
        cancelled_permille: permille(tally.cancelled, tally.made),
    });
    let columns = ["bookings", "cancelled", "rejected", "expired", "cancelled_permille"];
    Ok(query.answer("cancellations", &columns, window, lines))
}

/// Who books most.
///
/// For administrators, and for managers over what they manage, who see no names. At most 100 people, the busiest first.
#[utoipa::path(
    get, path = "/reports/busiest", tag = "Data", operation_id = "reportBusiest", security(("bearer" = [])),
    params(ReportQuery),
    responses(
        (status = 200, description = "By person", content((ReportView<Busiest> = "application/json"), (String = "text/csv"))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`/problems/too-many-requests`", body = ProblemBody, content_type = "application/problem+json", headers(("Retry-After" = i64))),
    ),
)]
pub async fn busiest(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ReportQuery>,
) -> Result<Response, Problem> {
    let (window, counted) = query.count(&app, &caller, true).await?;
    let mut lines = lines(counted, true, |tally| Busiest {
        bookings: busy(tally),
        booked_minutes: natural(tally.booked_minutes()),
        no_shows: tally.no_shows,
        cancelled: tally.cancelled,
    });
    lines.sort_by_key(|it| std::cmp::Reverse((it.counted.bookings, it.counted.booked_minutes)));
    Ok(query.answer("busiest", &["bookings", "booked_minutes", "no_shows", "cancelled"], window, lines))
}
