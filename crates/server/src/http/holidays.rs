//! `/holidays`: which public holidays the server knows, of which regions, and for which years.

use axum::extract::{FromRequestParts, RawPathParams, State};
use http::request::Parts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::caller::Caller;
use super::extract::{Invalid, Json, Query};
use super::problem::{Problem, ProblemBody, ProblemKind};
use super::wire;
use crate::app::holidays::{self, Holiday};
use crate::app::{App, users};

/// The years for which public holidays are known.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = HolidayYears)]
pub struct YearsView {
    /// The first.
    from: i16,
    /// The last.
    to: i16,
}

impl YearsView {
    /// Those that this program knows.
    pub fn known() -> Self {
        let (from, to) = holidays::years();
        Self { from, to }
    }
}

/// Of which regions public holidays are known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HolidayRegions)]
pub struct RegionsView {
    /// For which years.
    years: YearsView,
    /// Countries and their subdivisions, as ISO 3166 names them.
    #[schema(example = json!(["DE", "DE-BY"]))]
    regions: Vec<&'static str>,
}

/// Read of which regions public holidays are known.
#[utoipa::path(
    get, path = "/holidays/", tag = "Rules", operation_id = "listHolidayRegions", security(("bearer" = [])),
    responses((status = 200, description = "In alphabetical order", body = RegionsView)),
)]
pub async fn regions(State(app): State<App>, caller: Caller) -> Result<Json<RegionsView>, Problem> {
    users::me(&app, &caller).await?;
    Ok(Json(RegionsView { years: YearsView::known(), regions: holidays::regions().collect() }))
}

/// What is known of the region in the path.
#[derive(Debug)]
pub struct Known {
    region: String,
    days: Vec<Holiday>,
}

impl<S: Send + Sync> FromRequestParts<S> for Known {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let nothing = || ProblemKind::NotFound.detail("nothing is known of such a region");
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| nothing())?;
        let region = params.iter().last().map(|(_, value)| value).unwrap_or_default();
        let days = holidays::of(region).ok_or_else(nothing)?;
        Ok(Self { region: region.to_owned(), days })
    }
}

/// Which year.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct YearQuery {
    /// Only this year.
    #[param(required = false, minimum = 1, maximum = 9999)]
    year: Option<i64>,
}

/// The public holidays of a region.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Holidays)]
pub struct HolidaysView {
    /// The region.
    region: String,
    /// The years for which they are known.
    years: YearsView,
    /// The days, in order.
    days: Vec<DayView>,
}

/// A public holiday.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Holiday)]
pub struct DayView {
    /// The day.
    #[schema(example = "2026-12-25")]
    date: String,
    /// What it is called, in English. Days that rest on the moon are estimates.
    name: &'static str,
}

impl From<Holiday> for DayView {
    fn from(holiday: Holiday) -> Self {
        Self { date: holiday.date.to_string(), name: holiday.name }
    }
}

/// Read the public holidays of a region.
///
/// A country has those of the whole nation; a subdivision these, with what it has besides, and without what it does not keep.
#[utoipa::path(
    get, path = "/holidays/{region}", tag = "Rules", operation_id = "getHolidays", security(("bearer" = [])),
    params(("region" = String, Path, description = "As ISO 3166 names it: `DE`, `DE-BY`"), YearQuery),
    responses(
        (status = 200, description = "The days", body = HolidaysView),
        (status = 404, description = "`/problems/not-found`: nothing is known of such a region", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn of_region(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<YearQuery>,
    Known { region, mut days }: Known,
) -> Result<Json<HolidaysView>, Problem> {
    let mut invalid = Invalid::new();
    if let Some(year) = query.year.and_then(|year| wire::number(year, 1, 9999, "/year", &mut invalid)) {
        days.retain(|it| i64::from(it.date.year()) == i64::from(year));
    }
    invalid.finish()?;
    users::me(&app, &caller).await?;
    Ok(Json(HolidaysView { region, years: YearsView::known(), days: days.into_iter().map(DayView::from).collect() }))
}
