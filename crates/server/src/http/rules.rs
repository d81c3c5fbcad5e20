//! The rules of sites, areas and resources on the wire: one form for every level, what is in force and from where, and
//! trying rules out.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use axum::extract::State;
use bronya_domain::command::{Edit, Targeted};
use bronya_domain::hours::{Exception, OpeningHours};
use bronya_domain::ids::{AreaId, GroupId, ResourceId, SiteId};
use bronya_domain::policy::{Approval, GROUPS_MAX, Policy, Quota, QuotaMeasure, QuotaPeriod, QuotaScope, TurnTime};
use bronya_domain::rules::{Rules, deciding, in_force};
use bronya_store::bookings::TriedOn;
use bronya_store::said::Said;
use http::{HeaderName, HeaderValue};
use jiff::civil::Date;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::caller::Caller;
use super::etag::ETag;
use super::extract::{IfMatch, Invalid, Json, Path, Query, parse_uuid};
use super::holidays::YearsView;
use super::modes::{ModeBody, ServiceBody};
use super::page::{Cursor, List, PageQuery};
use super::problem::{Problem, ProblemBody};
use super::refused;
use super::wire::{UtcTime, Word};
use crate::app::holidays;
use crate::app::places::{self, EditArea, EditSite};
use crate::app::rules::{self, Level, Levels, TRIED_DAYS, TRIED_MAX, Tally, Trial};
use crate::app::{App, resources};

/// What one level says. What is `null` or left out it says nothing about: there the level above decides, from the
/// resource over its areas to the site, and where no level says anything, nothing is restricted.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = Rules)]
pub struct RulesBody {
    /// The shortest booking.
    #[schema(minimum = 1, maximum = 527_040)]
    duration_minutes_min: Option<i64>,
    /// The longest booking.
    #[schema(minimum = 1, maximum = 527_040)]
    duration_minutes_max: Option<i64>,
    /// Bookings start at multiples of this after midnight, on the clock of the place.
    #[schema(minimum = 1, maximum = 1440, example = 15)]
    start_step_minutes: Option<i64>,
    /// Time that is kept free before a booking.
    #[schema(minimum = 0, maximum = 1440)]
    buffer_before_minutes: Option<i64>,
    /// Time that is kept free after a booking.
    #[schema(minimum = 0, maximum = 1440)]
    buffer_after_minutes: Option<i64>,
    /// Whether the time kept after one booking may be the time kept before the next; it may lie in blocked time then, too.
    buffers_overlap: Option<bool>,
    /// How long before its start a booking has to be made.
    #[schema(minimum = 0, maximum = 5_270_400)]
    book_notice_minutes_min: Option<i64>,
    /// How far ahead a booking may start.
    #[schema(minimum = 0, maximum = 5_270_400)]
    book_ahead_minutes_max: Option<i64>,
    /// Until how long before its start a booking may be moved.
    #[schema(minimum = 0, maximum = 5_270_400)]
    move_notice_minutes_min: Option<i64>,
    /// Until how long before its start a booking may be taken back by its owner.
    #[schema(minimum = 0, maximum = 5_270_400)]
    cancel_notice_minutes_min: Option<i64>,
    /// The smallest party.
    #[schema(minimum = 1, maximum = 100_000)]
    party_min: Option<i64>,
    /// The largest party, where that is less than what can be seated.
    #[schema(minimum = 1, maximum = 100_000)]
    party_max: Option<i64>,
    /// Whether the number of people has to be said.
    party_required: Option<bool>,
    /// Whether a booking that was made `among` several resources may go to another one that would have done, before it starts,
    /// when that lets one more in. It is not, where this is not said.
    reseating: Option<bool>,
    /// When a booking waits for a manager: `never`, `always`, or in the cases that are named.
    approval: Option<ApprovalBody>,
    /// How long a request waits for a manager before it lapses.
    #[schema(minimum = 1, maximum = 5_270_400)]
    pending_minutes_max: Option<i64>,
    /// How long a time is held while a form is filled.
    #[schema(minimum = 1, maximum = 1440)]
    hold_minutes_max: Option<i64>,
    /// How long before its start somebody may check in.
    #[schema(minimum = 0, maximum = 1440)]
    check_in_opens_minutes: Option<i64>,
    /// How long after its start a booking lapses unless somebody has checked in.
    #[schema(minimum = 1, maximum = 1440)]
    check_in_closes_minutes: Option<i64>,
    /// What one person may have.
    #[schema(max_items = 16)]
    quotas: Option<Vec<QuotaBody>>,
    /// How long parties stay, from the smallest to the largest; decides the end where a booking doesn't say.
    #[schema(max_items = 16)]
    turn_times: Option<Vec<TurnTimeBody>>,
    /// How many people may start within the same quarter of an hour, over the whole site.
    #[schema(minimum = 1, maximum = 100_000)]
    pacing_max: Option<i64>,
    /// Groups for which it is kept: only who is in one of them may book. None in the list: whoever.
    #[schema(max_items = 32, value_type = Option<Vec<Uuid>>)]
    groups: Option<Vec<String>>,
    /// In which pieces time is given out: any stretch where no level says.
    mode: Option<ModeBody>,
    /// When guests are seated: lunch, dinner. At any time, where there is none in the list.
    #[schema(max_items = 16)]
    services: Option<Vec<ServiceBody>>,
    /// Opening hours, in the language of OpenStreetMap's `opening_hours`. Always open where no level says.
    #[schema(max_length = 1000, example = "Mo-Fr 09:00-18:00; PH off")]
    hours: Option<String>,
    /// Days on which other hours hold; each goes before what levels above say of the same day.
    #[schema(max_items = 1000)]
    exceptions: Option<Vec<ExceptionBody>>,
    /// Public holidays, which `PH` means; those of all levels together.
    #[schema(max_items = 1000, example = json!(["2026-12-25"]))]
    holidays: Option<Vec<String>>,
    /// The country whose public holidays `PH` means too, or a subdivision of it, as ISO 3166 names them: `DE`, `DE-BY`. What is
    /// known of it tells `GET /holidays/{region}`.
    #[schema(min_length = 2, max_length = 6, example = "DE")]
    holidays_of: Option<String>,
}

/// Cases in which a booking waits for a manager.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = ApprovalCases)]
pub struct ApprovalCases {
    /// It is longer than this.
    #[schema(minimum = 0, maximum = 527_040)]
    longer_than_minutes: Option<i64>,
    /// It is not within the opening hours, and would be refused otherwise.
    #[schema(default = false)]
    outside_hours: bool,
    /// It is for somebody in one of these groups.
    #[schema(max_items = 32, value_type = Vec<Uuid>)]
    groups: Vec<String>,
}

/// When a booking waits for a manager.
#[derive(Clone, Debug)]
enum ApprovalBody {
    Never,
    Always,
    When(ApprovalCases),
}

impl Serialize for ApprovalBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Never => serializer.serialize_str("never"),
            Self::Always => serializer.serialize_str("always"),
            Self::When(cases) => cases.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ApprovalBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WordOrCases;

        impl<'de> Visitor<'de> for WordOrCases {
            type Value = ApprovalBody;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`never`, `always`, or an object that names cases")
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<ApprovalBody, E> {
                match word {
                    "never" => Ok(ApprovalBody::Never),
                    "always" => Ok(ApprovalBody::Always),
                    other => Err(E::invalid_value(Unexpected::Str(other), &self)),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ApprovalBody, A::Error> {
                ApprovalCases::deserialize(MapAccessDeserializer::new(map)).map(ApprovalBody::When)
            }
        }

        deserializer.deserialize_any(WordOrCases)
    }
}

impl PartialSchema for ApprovalBody {
    fn schema() -> RefOr<Schema> {
        let words = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["never", "always"]));
        RefOr::T(Schema::OneOf(OneOfBuilder::new().item(words).item(ApprovalCases::schema()).build()))
    }
}

impl ToSchema for ApprovalBody {
    fn name() -> std::borrow::Cow<'static, str> {
        "Approval".into()
    }
}

/// How much one person may have.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Quota)]
pub struct QuotaBody {
    /// Over what it counts.
    #[schema(value_type = ScopeWord)]
    scope: Word<ScopeWord>,
    /// What it counts.
    #[schema(value_type = MeasureWord)]
    measure: Word<MeasureWord>,
    /// How much of it is the most.
    #[schema(minimum = 0, maximum = 1_000_000)]
    max: i64,
}

/// Over what a quota counts: the resource that is booked, all of its kind, all of its site, or everything.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QuotaScope)]
pub enum ScopeWord {
    /// The resource that is booked.
    Resource,
    /// All resources of its kind.
    Kind,
    /// All resources of its site.
    Site,
    /// Everything.
    Everything,
}

/// What a quota counts: bookings that are not over, or bookings or minutes that start in the same day, week (from Monday)
/// or month.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QuotaMeasure)]
pub enum MeasureWord {
    /// Bookings that are not over.
    AtATime,
    /// Bookings a day.
    BookingsADay,
    /// Bookings a week.
    BookingsAWeek,
    /// Bookings a month.
    BookingsAMonth,
    /// Minutes a day.
    MinutesADay,
    /// Minutes a week.
    MinutesAWeek,
    /// Minutes a month.
    MinutesAMonth,
}

/// The largest quota.
const QUOTA_MAX: u32 = 1_000_000;

impl From<Quota> for QuotaBody {
    fn from(quota: Quota) -> Self {
        let scope = match quota.scope {
            QuotaScope::Resource => ScopeWord::Resource,
            QuotaScope::Kind => ScopeWord::Kind,
            QuotaScope::Site => ScopeWord::Site,
            QuotaScope::Everything => ScopeWord::Everything,
        };
        let measure = match quota.measure {
            QuotaMeasure::AtATime => MeasureWord::AtATime,
            QuotaMeasure::Bookings(QuotaPeriod::Day) => MeasureWord::BookingsADay,
            QuotaMeasure::Bookings(QuotaPeriod::Week) => MeasureWord::BookingsAWeek,
            QuotaMeasure::Bookings(QuotaPeriod::Month) => MeasureWord::BookingsAMonth,
            QuotaMeasure::Minutes(QuotaPeriod::Day) => MeasureWord::MinutesADay,
            QuotaMeasure::Minutes(QuotaPeriod::Week) => MeasureWord::MinutesAWeek,
            QuotaMeasure::Minutes(QuotaPeriod::Month) => MeasureWord::MinutesAMonth,
        };
        Self { scope: Word(scope), measure: Word(measure), max: quota.max.into() }
    }
}

impl QuotaBody {
    fn quota(&self, nth: usize, invalid: &mut Invalid) -> Quota {
        let scope = match self.scope.0 {
            ScopeWord::Resource => QuotaScope::Resource,
            ScopeWord::Kind => QuotaScope::Kind,
            ScopeWord::Site => QuotaScope::Site,
            ScopeWord::Everything => QuotaScope::Everything,
        };
        let measure = match self.measure.0 {
            MeasureWord::AtATime => QuotaMeasure::AtATime,
            MeasureWord::BookingsADay => QuotaMeasure::Bookings(QuotaPeriod::Day),
            MeasureWord::BookingsAWeek => QuotaMeasure::Bookings(QuotaPeriod::Week),
            MeasureWord::BookingsAMonth => QuotaMeasure::Bookings(QuotaPeriod::Month),
            MeasureWord::MinutesADay => QuotaMeasure::Minutes(QuotaPeriod::Day),
            MeasureWord::MinutesAWeek => QuotaMeasure::Minutes(QuotaPeriod::Week),
            MeasureWord::MinutesAMonth => QuotaMeasure::Minutes(QuotaPeriod::Month),
        };
        let max = u32::try_from(self.max).ok().filter(|max| *max <= QUOTA_MAX);
        if max.is_none() {
            invalid.push(format!("/quotas/{nth}/max"), format!("must be from 0 to {QUOTA_MAX}"));
        }
        Quota { scope, measure, max: max.unwrap_or(0) }
    }
}

/// How long a party stays, by its size.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TurnTime)]
pub struct TurnTimeBody {
    /// For parties of up to so many.
    #[schema(minimum = 1, maximum = 100_000)]
    party_max: i64,
    /// So long.
    #[schema(minimum = 1, maximum = 527_040)]
    stay_minutes: i64,
}

/// What holds on one day instead.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DatedHours)]
pub struct ExceptionBody {
    /// The day.
    #[schema(example = "2026-12-24")]
    date: String,
    /// `closed`, or times such as `10:00-14:00`.
    #[schema(max_length = 1000, example = "10:00-14:00")]
    hours: String,
}

/// A number for the rules to look at, which say by themselves what they take: what no rule takes stands for all that is
/// out of range.
fn whole(number: Option<i64>) -> Option<u32> {
    number.map(|number| u32::try_from(number).unwrap_or(u32::MAX))
}

macro_rules! body_of {
    ($policy:ident, $($number:ident),+) => {
        RulesBody { $($number: $policy.$number.map(i64::from),)+ ..RulesBody::default() }
    };
}

impl From<&Rules> for RulesBody {
    fn from(rules: &Rules) -> Self {
        let policy = &rules.policy;
        let numbers = body_of!(
            policy,
            duration_minutes_min,
            duration_minutes_max,
            start_step_minutes,
            buffer_before_minutes,
            buffer_after_minutes,
            book_notice_minutes_min,
            book_ahead_minutes_max,
            move_notice_minutes_min,
            cancel_notice_minutes_min,
            party_min,
            party_max,
            pending_minutes_max,
            hold_minutes_max,
            check_in_opens_minutes,
            check_in_closes_minutes,
            pacing_max
        );
        let turn =
            |turn: &TurnTime| TurnTimeBody { party_max: turn.party_max.into(), stay_minutes: turn.stay_minutes.into() };
        let exceptions: Vec<ExceptionBody> = rules
            .exceptions()
            .iter()
            .map(|(date, exception)| ExceptionBody { date: date.to_string(), hours: exception.to_string() })
            .collect();
        let holidays: Vec<String> = rules.holidays().iter().map(Date::to_string).collect();
        Self {
            buffers_overlap: policy.buffers_overlap,
            party_required: policy.party_required,
            reseating: policy.reseating,
            approval: policy.approval.as_ref().map(|approval| match approval {
                Approval::Never => ApprovalBody::Never,
                Approval::Always => ApprovalBody::Always,
                Approval::When { longer_than_minutes, outside_hours, groups } => ApprovalBody::When(ApprovalCases {
                    longer_than_minutes: longer_than_minutes.map(i64::from),
                    outside_hours: *outside_hours,
                    groups: shown(groups),
                }),
            }),
            quotas: policy.quotas.as_ref().map(|quotas| quotas.iter().copied().map(QuotaBody::from).collect()),
            turn_times: policy.turn_times.as_ref().map(|turns| turns.iter().map(turn).collect()),
            groups: policy.groups.as_deref().map(shown),
            mode: policy.mode.as_ref().map(Into::into),
            services: policy.services.as_ref().map(|services| services.iter().map(Into::into).collect()),
            hours: rules.hours().map(ToString::to_string),
            exceptions: (!exceptions.is_empty()).then_some(exceptions),
            holidays: (!holidays.is_empty()).then_some(holidays),
            holidays_of: rules.region().map(|region| region.code.clone()),
            ..numbers
        }
    }
}

impl RulesBody {
    /// What the level says, with everything that can't stand noted.
    fn rules(&self) -> Result<Arc<Rules>, Problem> {
        let mut invalid = Invalid::new();
        let turn = |turn: &TurnTimeBody| TurnTime {
            party_max: whole(Some(turn.party_max)).unwrap_or(u32::MAX),
            stay_minutes: whole(Some(turn.stay_minutes)).unwrap_or(u32::MAX),
        };
        let quotas = self.quotas.as_ref().map(|quotas| {
            quotas.iter().enumerate().map(|(nth, quota)| quota.quota(nth, &mut invalid)).collect::<Vec<_>>()
        });
        let policy = Policy {
            duration_minutes_min: whole(self.duration_minutes_min),
            duration_minutes_max: whole(self.duration_minutes_max),
            start_step_minutes: whole(self.start_step_minutes),
            buffer_before_minutes: whole(self.buffer_before_minutes),
            buffer_after_minutes: whole(self.buffer_after_minutes),
            buffers_overlap: self.buffers_overlap,
            book_notice_minutes_min: whole(self.book_notice_minutes_min),
            book_ahead_minutes_max: whole(self.book_ahead_minutes_max),
            move_notice_minutes_min: whole(self.move_notice_minutes_min),
            cancel_notice_minutes_min: whole(self.cancel_notice_minutes_min),
            party_min: whole(self.party_min),
            party_max: whole(self.party_max),
            party_required: self.party_required,
            reseating: self.reseating,
            approval: self.approval.as_ref().map(|approval| match approval {
                ApprovalBody::Never => Approval::Never,
                ApprovalBody::Always => Approval::Always,
                ApprovalBody::When(cases) => Approval::When {
                    longer_than_minutes: whole(cases.longer_than_minutes),
                    outside_hours: cases.outside_hours,
                    groups: groups("/approval/groups", &cases.groups, &mut invalid),
                },
            }),
            pending_minutes_max: whole(self.pending_minutes_max),
            hold_minutes_max: whole(self.hold_minutes_max),
            check_in_opens_minutes: whole(self.check_in_opens_minutes),
            check_in_closes_minutes: whole(self.check_in_closes_minutes),
            quotas,
            turn_times: self.turn_times.as_ref().map(|turns| turns.iter().map(turn).collect()),
            pacing_max: whole(self.pacing_max),
            groups: self.groups.as_ref().map(|texts| groups("/groups", texts, &mut invalid)),
            mode: self.mode.as_ref().and_then(|mode| mode.mode(&mut invalid)),
            services: self.services.as_ref().map(|services| {
                services.iter().enumerate().filter_map(|(nth, it)| it.service(nth, &mut invalid)).collect()
            }),
        };
        let hours = self.hours.as_deref().and_then(|text| invalid.take("/hours", OpeningHours::parse(text)));
        let mut exceptions = BTreeMap::new();
        for (nth, exception) in self.exceptions.iter().flatten().enumerate() {
            let date = date(&exception.date, &format!("/exceptions/{nth}/date"), &mut invalid);
            let hours = invalid.take(format!("/exceptions/{nth}/hours"), Exception::parse(&exception.hours));
            if let (Some(date), Some(hours)) = (date, hours)
                && exceptions.insert(date, hours).is_some()
            {
                invalid.push(format!("/exceptions/{nth}/date"), "is given twice");
            }
        }
        let holidays = self.holidays.iter().flatten().enumerate();
        let holidays =
            holidays.filter_map(|(nth, text)| date(text, &format!("/holidays/{nth}"), &mut invalid)).collect();
        let region = self.holidays_of.as_deref().and_then(|code| {
            let region = holidays::region(code);
            if region.is_none() {
                invalid
                    .push("/holidays_of", "must be a region of which public holidays are known, such as DE or DE-BY");
            }
            region
        });
        let rules = Rules::new(policy, hours, exceptions, holidays).within(region);
        for problem in rules.check() {
            invalid.push(format!("/{}", problem.attribute), problem.detail);
        }
        invalid.finish()?;
        Ok(Arc::new(rules))
    }
}

fn shown(groups: &[GroupId]) -> Vec<String> {
    groups.iter().map(GroupId::to_string).collect()
}

fn groups(list: &str, texts: &[String], invalid: &mut Invalid) -> Vec<GroupId> {
    let mut found = Vec::new();
    for (nth, text) in texts.iter().enumerate().take(GROUPS_MAX + 1) {
        match parse_uuid(text) {
            Some(id) => found.push(GroupId(id)),
            None => invalid.push(format!("{list}/{nth}"), "must be the id of a group"),
        }
    }
    found
}

/// A day, in the one form that ISO 8601 and RFC 3339 share.
fn date(text: &str, pointer: &str, invalid: &mut Invalid) -> Option<Date> {
    let date = if text.len() == 10 { text.parse::<Date>().ok() } else { None };
    if date.is_none() {
        invalid.push(pointer.to_owned(), "must be a day such as 2026-12-24");
    }
    date
}

type Tagged = ([(HeaderName, HeaderValue); 1], Json<RulesBody>);

fn tagged(rules: &Rules, version: i64) -> Tagged {
    (ETag(version).header(), Json(rules.into()))
}

/// Read the rules of a site.
#[utoipa::path(
    get, path = "/sites/{site_id}/rules", tag = "Rules", operation_id = "getSiteRules", security(("bearer" = [])),
    params(("site_id" = Uuid, Path)),
    responses(
        (status = 200, description = "What the site says", body = RulesBody, headers(("ETag" = String))),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn of_site(State(app): State<App>, caller: Caller, Path(id): Path<SiteId>) -> Result<Tagged, Problem> {
    let site = places::site(&app, &caller, id).await?;
    Ok(tagged(&site.attributes.rules, site.version))
}

/// Replace the rules of a site.
///
/// They are in force at once for everything that stands in it, as far as an area or the resource says nothing else. Bookings
/// that were taken stay as they are.
#[utoipa::path(
    put, path = "/sites/{site_id}/rules", tag = "Rules", operation_id = "replaceSiteRules", security(("bearer" = [])),
    request_body = RulesBody,
    params(("site_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "What the site says now", body = RulesBody, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn replace_of_site(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SiteId>,
    if_match: IfMatch,
    Json(body): Json<RulesBody>,
) -> Result<Tagged, Problem> {
    let edit = EditSite { rules: Some(body.rules()?), versions: if_match.versions(), ..EditSite::default() };
    let site = places::edit_site(&app, &caller, id, edit).await?;
    Ok(tagged(&site.attributes.rules, site.version))
}

/// Read the rules of an area.
#[utoipa::path(
    get, path = "/areas/{area_id}/rules", tag = "Rules", operation_id = "getAreaRules", security(("bearer" = [])),
    params(("area_id" = Uuid, Path)),
    responses(
        (status = 200, description = "What the area says", body = RulesBody, headers(("ETag" = String))),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn of_area(State(app): State<App>, caller: Caller, Path(id): Path<AreaId>) -> Result<Tagged, Problem> {
    let area = places::area(&app, &caller, id).await?;
    Ok(tagged(&area.attributes.rules, area.version))
}

/// Replace the rules of an area.
///
/// They are in force at once for everything that stands in it, as far as an area within or the resource says nothing else.
#[utoipa::path(
    put, path = "/areas/{area_id}/rules", tag = "Rules", operation_id = "replaceAreaRules", security(("bearer" = [])),
    request_body = RulesBody,
    params(("area_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "What the area says now", body = RulesBody, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn replace_of_area(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AreaId>,
    if_match: IfMatch,
    Json(body): Json<RulesBody>,
) -> Result<Tagged, Problem> {
    let edit = EditArea { rules: Some(body.rules()?), versions: if_match.versions(), ..EditArea::default() };
    let area = places::edit_area(&app, &caller, id, edit).await?;
    Ok(tagged(&area.attributes.rules, area.version))
}

/// Read a resource's own rules.
#[utoipa::path(
    get, path = "/resources/{resource_id}/rules", tag = "Rules", operation_id = "getResourceRules", security(("bearer" = [])),
    params(("resource_id" = Uuid, Path)),
    responses(
        (status = 200, description = "What the resource itself says", body = RulesBody, headers(("ETag" = String))),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn of_resource(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ResourceId>,
) -> Result<Tagged, Problem> {
    let resource = resources::by_id(&app, &caller, id).await?;
    Ok(tagged(&resource.attributes.rules, resource.version))
}

/// Replace a resource's own rules.
#[utoipa::path(
    put, path = "/resources/{resource_id}/rules", tag = "Rules", operation_id = "replaceResourceRules", security(("bearer" = [])),
    request_body = RulesBody,
    params(("resource_id" = Uuid, Path), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, description = "What the resource itself says now", body = RulesBody, headers(("ETag" = String))),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 412, description = "`/problems/stale`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn replace_of_resource(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ResourceId>,
    if_match: IfMatch,
    Json(body): Json<RulesBody>,
) -> Result<Tagged, Problem> {
    let edit = Edit { rules: Some(body.rules()?), ..Edit::default() };
    let target = Targeted { id, versions: if_match.versions() };
    let resource = resources::update(&app, &caller, target, edit).await?;
    Ok(tagged(&resource.attributes.rules, resource.version))
}

// --- what is in force --------------------------------------------------------------------------------------------

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = RuleOrigin)]
pub struct Origin {
    /// On which level it stands.
    level: LevelWord,
    /// The site, area or resource; `null` for what is built in.
    #[schema(required = true)]
    id: Option<Uuid>,
}

/// A level that rules come from.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RuleLevel)]
pub enum LevelWord {
    /// The site.
    Site,
    /// An area around the resource.
    Area,
    /// The resource itself.
    Resource,
    /// Nobody says anything.
    BuiltIn,
}

impl Origin {
    const BUILT_IN: Self = Self { level: LevelWord::BuiltIn, id: None };
}

impl From<Level> for Origin {
    fn from(level: Level) -> Self {
        let (level, id) = match level {
            Level::Site(id) => (LevelWord::Site, id.0),
            Level::Area(id) => (LevelWord::Area, id.0),
            Level::Resource(id) => (LevelWord::Resource, id.0),
        };
        Self { level, id: Some(id) }
    }
}

/// What is in force for a resource.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RulesInForce)]
pub struct InForceView {
    /// Every rule, once, with `hours` and `holidays_of`; `holidays` and `exceptions` stand apart, because they add up.
    rules: Vec<RuleView>,
    /// Days on which other hours hold.
    exceptions: Vec<DatedView>,
    /// Public holidays: those that a level names, and those of the region in `holidays_of`.
    holidays: Vec<HolidayView>,
    /// The years for which the holidays of the region are known; `null` where there is none.
    #[schema(required = true)]
    holiday_years: Option<YearsView>,
}

/// A rule that is in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleInForce)]
pub struct RuleView {
    /// Its name, as in the rules of a site.
    #[schema(example = "duration_minutes_max")]
    rule: &'static str,
    /// Its value, as in the rules of a site; `null` where nothing is restricted.
    #[schema(value_type = AnyValue, required = true)]
    value: AnyValue,
    /// Where it comes from.
    from: Origin,
}

/// A value of whatever type the rule has.
#[derive(Debug, Serialize)]
pub struct AnyValue(serde_json::Value);

impl PartialSchema for AnyValue {
    fn schema() -> RefOr<Schema> {
        let any = ObjectBuilder::new().schema_type(utoipa::openapi::schema::SchemaType::AnyValue);
        any.additional_properties(Some(AdditionalProperties::FreeForm(true))).build().into()
    }
}

impl ToSchema for AnyValue {
    fn name() -> std::borrow::Cow<'static, str> {
        "AnyValue".into()
    }
}

/// A day on which other hours hold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DatedHoursInForce)]
pub struct DatedView {
    /// The day.
    date: String,
    /// The hours.
    hours: String,
    /// Where they come from.
    from: Origin,
}

/// A public holiday.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HolidayInForce)]
pub struct HolidayView {
    /// The day.
    date: String,
    /// What it is called, in English; `null` where it is only named as a day.
    #[schema(required = true)]
    name: Option<&'static str>,
    /// The innermost level that says so.
    from: Origin,
}

impl From<Levels> for InForceView {
    fn from(Levels { levels, rules: said }: Levels) -> Self {
        let merged = in_force(&said);
        // What nobody says holds as it is built in.
        let policy = merged.policy.over(&Policy::built_in());
        let shown = Rules::new(policy, merged.hours().cloned(), BTreeMap::new(), [].into());
        let body = RulesBody::from(&shown.within(merged.region().cloned()));
        let values = serde_json::to_value(&body).unwrap_or_default();
        let origin = |nth: Option<usize>| {
            nth.and_then(|nth| levels.get(nth)).map_or(Origin::BUILT_IN, |level| Origin::from(*level))
        };
        let innermost = |says: &dyn Fn(&Rules) -> bool| origin(said.iter().rposition(|level| says(level)));
        let deciding = deciding(&said);
        let mut rules: Vec<RuleView> = Policy::RULES
            .iter()
            .map(|rule| RuleView {
                rule,
                value: AnyValue(values.get(rule).cloned().unwrap_or_default()),
                from: origin(deciding.get(rule).copied().flatten()),
            })
            .collect();
        rules.push(RuleView {
            rule: "hours",
            value: AnyValue(values.get("hours").cloned().unwrap_or_default()),
            from: innermost(&|level| level.hours().is_some()),
        });
        let of_region = innermost(&|level| level.region().is_some());
        rules.push(RuleView {
            rule: "holidays_of",
            value: AnyValue(values.get("holidays_of").cloned().unwrap_or_default()),
            from: of_region,
        });
        let exceptions = merged.exceptions().iter().map(|(date, exception)| DatedView {
            date: date.to_string(),
            hours: exception.to_string(),
            from: innermost(&|level| level.exceptions().contains_key(date)),
        });
        let known = merged.region().and_then(|region| holidays::of(&region.code)).unwrap_or_default();
        let mut days: BTreeMap<Date, HolidayView> = known
            .into_iter()
            .map(|it| (it.date, HolidayView { date: it.date.to_string(), name: Some(it.name), from: of_region }))
            .collect();
        for date in merged.holidays() {
            let from = innermost(&|level| level.holidays().contains(date));
            days.entry(*date).or_insert_with(|| HolidayView { date: date.to_string(), name: None, from });
        }
        let holiday_years = merged.region().map(|_| YearsView::known());
        Self { rules, exceptions: exceptions.collect(), holidays: days.into_values().collect(), holiday_years }
    }
}

/// Read what is in force for a resource, and where it comes from.
#[utoipa::path(
    get, path = "/resources/{resource_id}/rules/in-force", tag = "Rules", operation_id = "getRulesInForce", security(("bearer" = [])),
    params(("resource_id" = Uuid, Path)),
    responses(
        (status = 200, description = "Every rule with its value and the level that it comes from", body = InForceView),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn in_force_of_resource(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ResourceId>,
) -> Result<Json<InForceView>, Problem> {
    Ok(Json(rules::of_resource(&app, &caller, id).await?.into()))
}

// --- trying out --------------------------------------------------------------------------------------------------

/// What rules would have done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RulesTrial)]
pub struct TrialView {
    /// Bookings that were looked at: those that start in the last 30 days or later and were not taken back, also where what is tried was
    /// booked along. What a manager took against the rules counts as looked at, and not as refused.
    looked_at: usize,
    /// How many are looked at at most, the first start first.
    looked_at_max: u32,
    /// Whether there were no more than that.
    complete: bool,
    /// How far back was looked.
    days: i64,
    /// How many of them would have been refused, had they been made as they stand now.
    refused: usize,
    /// The same of those that have started by now.
    past: TrialTallyView,
    /// The same of those to come.
    to_come: TrialTallyView,
    /// How often each rule would have said no.
    by_rule: Vec<RuleCountView>,
    /// Up to 20 of them.
    examples: Vec<ExampleView>,
}

/// Some of the bookings that were looked at.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrialTally)]
pub struct TrialTallyView {
    /// How many they are.
    looked_at: usize,
    /// How many of them would have been refused.
    refused: usize,
}

impl From<Tally> for TrialTallyView {
    fn from(Tally { looked_at, refused }: Tally) -> Self {
        Self { looked_at, refused }
    }
}

/// How often a rule would have said no.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleCount)]
pub struct RuleCountView {
    /// The rule.
    rule: &'static str,
    /// To how many bookings.
    bookings: usize,
}

/// A booking that would have been refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrialExample)]
pub struct ExampleView {
    /// The booking.
    booking_id: Uuid,
    /// On what.
    resource_id: Uuid,
    /// From when.
    starts_at: UtcTime,
    /// Until when.
    ends_at: UtcTime,
    /// What it would have broken.
    broken_rules: Vec<ExampleRuleView>,
}

/// A rule that a booking would have broken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrialBrokenRule)]
pub struct ExampleRuleView {
    /// The rule.
    rule: &'static str,
    /// What would have been allowed.
    detail: String,
}

impl From<Trial> for TrialView {
    fn from(trial: Trial) -> Self {
        let examples = trial.examples.iter().map(|(booking, broken)| ExampleView {
            booking_id: booking.id.0,
            resource_id: booking.resource.0,
            starts_at: UtcTime(booking.interval.start()),
            ends_at: UtcTime(booking.interval.end()),
            broken_rules: broken
                .iter()
                .map(|broken| ExampleRuleView { rule: broken.rule(), detail: refused::broken_text(broken).1 })
                .collect(),
        });
        Self {
            looked_at: trial.looked_at,
            looked_at_max: TRIED_MAX,
            complete: trial.is_complete,
            days: TRIED_DAYS,
            refused: trial.refused,
            past: trial.past.into(),
            to_come: trial.to_come.into(),
            by_rule: trial.by_rule.iter().map(|(rule, bookings)| RuleCountView { rule, bookings: *bookings }).collect(),
            examples: examples.collect(),
        }
    }
}

/// Try rules of a site out.
///
/// How many of the bookings of the last 30 days, and of those to come, would these rules have refused? Nothing is changed.
#[utoipa::path(
    post, path = "/sites/{site_id}/rules/trial", tag = "Rules", operation_id = "trySiteRules", security(("bearer" = [])),
    request_body = RulesBody,
    params(("site_id" = Uuid, Path)),
    responses(
        (status = 200, description = "What they would have done", body = TrialView),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn try_on_site(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SiteId>,
    Json(body): Json<RulesBody>,
) -> Result<Json<TrialView>, Problem> {
    Ok(Json(rules::attempt(&app, &caller, TriedOn::Site(id), body.rules()?).await?.into()))
}

/// Try rules of an area out.
///
/// How many of the bookings of the last 30 days, and of those to come, on what stands in it would these rules have refused? Nothing
/// is changed.
#[utoipa::path(
    post, path = "/areas/{area_id}/rules/trial", tag = "Rules", operation_id = "tryAreaRules", security(("bearer" = [])),
    request_body = RulesBody,
    params(("area_id" = Uuid, Path)),
    responses(
        (status = 200, description = "What they would have done", body = TrialView),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn try_on_area(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AreaId>,
    Json(body): Json<RulesBody>,
) -> Result<Json<TrialView>, Problem> {
    Ok(Json(rules::attempt(&app, &caller, TriedOn::Area(id), body.rules()?).await?.into()))
}

/// Try a resource's own rules out.
///
/// How many of its bookings of the last 30 days, and of those to come, would these rules have refused? Nothing is changed.
#[utoipa::path(
    post, path = "/resources/{resource_id}/rules/trial", tag = "Rules", operation_id = "tryResourceRules", security(("bearer" = [])),
    request_body = RulesBody,
    params(("resource_id" = Uuid, Path)),
    responses(
        (status = 200, description = "What they would have done", body = TrialView),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`, `/problems/too-wide`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn try_on_resource(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ResourceId>,
    Json(body): Json<RulesBody>,
) -> Result<Json<TrialView>, Problem> {
    Ok(Json(rules::attempt(&app, &caller, TriedOn::Resource(id), body.rules()?).await?.into()))
}

// --- what was said before ----------------------------------------------------------------------------------------

/// What a site, an area or a resource said, from when on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RulesVersion)]
pub struct VersionView {
    /// Its id.
    id: Uuid,
    /// Since when it said so.
    since: UtcTime,
    /// Who said so; `null` where that is not known.
    #[schema(required = true)]
    user_id: Option<Uuid>,
    /// What it said.
    rules: RulesBody,
}

impl From<Said> for VersionView {
    fn from(said: Said) -> Self {
        Self { id: said.id, since: UtcTime(said.at), user_id: said.by.map(|id| id.0), rules: (&*said.rules).into() }
    }
}

async fn versions(
    app: &App,
    caller: &Caller,
    of: TriedOn,
    query: &PageQuery,
) -> Result<Json<List<VersionView>>, Problem> {
    let page = query.page()?;
    let said = rules::versions(app, caller, of, page.after.map(|place| place.id), page.rows()).await?;
    Ok(Json(page.list(said, |it| Cursor::new(it.at, it.id), VersionView::from)))
}

/// List what a site has said.
///
/// A version for each time that its rules became other ones, with who changed them, the newest first. What was said before
/// the server kept that is not told.
#[utoipa::path(
    get, path = "/sites/{site_id}/rules/versions", tag = "Rules", operation_id = "listSiteRulesVersions", security(("bearer" = [])),
    params(("site_id" = Uuid, Path), PageQuery),
    responses(
        (status = 200, description = "The newest first", body = List<VersionView>),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn versions_of_site(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SiteId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<VersionView>>, Problem> {
    versions(&app, &caller, TriedOn::Site(id), &query).await
}

/// List what an area has said.
#[utoipa::path(
    get, path = "/areas/{area_id}/rules/versions", tag = "Rules", operation_id = "listAreaRulesVersions", security(("bearer" = [])),
    params(("area_id" = Uuid, Path), PageQuery),
    responses(
        (status = 200, description = "The newest first", body = List<VersionView>),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/place-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn versions_of_area(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<AreaId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<VersionView>>, Problem> {
    versions(&app, &caller, TriedOn::Area(id), &query).await
}

/// List what a resource has said of its own.
#[utoipa::path(
    get, path = "/resources/{resource_id}/rules/versions", tag = "Rules", operation_id = "listResourceRulesVersions", security(("bearer" = [])),
    params(("resource_id" = Uuid, Path), PageQuery),
    responses(
        (status = 200, description = "The newest first", body = List<VersionView>),
        (status = 403, description = "`/problems/forbidden`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`/problems/resource-not-found`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`/problems/validation`", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub async fn versions_of_resource(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ResourceId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<List<VersionView>>, Problem> {
    versions(&app, &caller, TriedOn::Resource(id), &query).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_name_on_the_wire() {
        let names = serde_json::to_value(RulesBody::default()).unwrap();
        let mut names: Vec<&str> = names.as_object().unwrap().keys().map(String::as_str).collect();
        let mut expected: Vec<&str> =
            Policy::RULES.iter().copied().chain(["hours", "exceptions", "holidays", "holidays_of"]).collect();
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected);
    }
}
