//! Sets of rules as they are stored: a body in JSON under a hash of that body. A set never changes, so one that was
//! read once is kept in memory and is never wrong; what may change, which set a resource or a place has, is a column
//! of its row and is read under its lock.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use bronya_domain::hours::{Exception, OpeningHours};
use bronya_domain::ids::GroupId;
use bronya_domain::mode::{Mode, Period, Service};
use bronya_domain::policy::{Approval, Policy, Quota, QuotaMeasure, QuotaPeriod, QuotaScope, TurnTime};
use bronya_domain::rules::{Region, Rules};
use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::db::{Around, Each, Row, Step, Tx, Value};
use crate::error::{Result, StoreError};
use crate::holidays;

/// Sets that are kept in memory; a place rarely has more than a few.
const KEPT_MAX: usize = 10_000;

pub(crate) const LOAD_RULES: Each<1> = Each::new(
    "SELECT id, body FROM rule_set WHERE id = $1",
    "SELECT id, body FROM rule_set WHERE id = ANY ($1::uuid[])",
);
pub(crate) const INSERT_RULES: Each<3> = Each::new(
    "INSERT INTO rule_set (id, body, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
    "INSERT INTO rule_set (id, body, created_at) SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[])
    ON CONFLICT (id) DO NOTHING",
);

static KEPT: LazyLock<RwLock<HashMap<Uuid, Arc<Rules>>>> = LazyLock::new(RwLock::default);

/// The sets with these ids, from memory or else from the database.
pub(crate) async fn load(tx: &mut Tx, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Arc<Rules>>> {
    let mut found = HashMap::new();
    let mut missing = BTreeSet::new();
    {
        let kept = KEPT.read().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            match kept.get(&id) {
                Some(rules) => {
                    found.insert(id, Arc::clone(rules));
                }
                None => {
                    missing.insert(id);
                }
            }
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    let rows: Vec<[Value; 1]> = missing.iter().map(|id| [(*id).into()]).collect();
    let mut loaded: Vec<(Uuid, Arc<Rules>)> = Vec::with_capacity(rows.len());
    let mut sink = |row: &Row<'_>| {
        let (id, body): (Uuid, String) = (row.get(0)?, row.get(1)?);
        let rules = decode(&body).map_err(|error| StoreError::inconsistent("rule_set", "body", &error))?;
        loaded.push((id, Arc::new(rules)));
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&LOAD_RULES, &rows, Some(&mut sink))]).await?;
    let mut kept = KEPT.write().unwrap_or_else(PoisonError::into_inner);
    if KEPT_MAX < kept.len() + loaded.len() {
        kept.clear();
    }
    for (id, rules) in loaded {
        kept.insert(id, Arc::clone(&rules));
        found.insert(id, rules);
    }
    Ok(found)
}

/// The set that a column names; a column without one says nothing.
pub(crate) fn of(id: Option<Uuid>, found: &HashMap<Uuid, Arc<Rules>>) -> Result<Arc<Rules>> {
    match id {
        None => Ok(Arc::default()),
        Some(id) => {
            found.get(&id).cloned().ok_or_else(|| StoreError::inconsistent("rule_set", "id", &format!("no set {id}")))
        }
    }
}

/// The id of a set, and its row where it says anything.
pub(crate) fn row(rules: &Rules, at: Timestamp) -> Option<(Uuid, [Value; 3])> {
    if rules.is_empty() {
        return None;
    }
    let body = encode(rules);
    let mut id = [0; 16];
    id.copy_from_slice(&Sha256::digest(&body)[..16]);
    let id = uuid::Builder::from_custom_bytes(id).into_uuid();
    Some((id, [id.into(), body.into(), at.into()]))
}

/// The id of a set; `None` where it says nothing.
pub(crate) fn id(rules: &Rules) -> Option<Uuid> {
    row(rules, Timestamp::UNIX_EPOCH).map(|(id, _)| id)
}

fn encode(rules: &Rules) -> String {
    // Nothing in it can fail to be written: no map with odd keys, no number that is none.
    serde_json::to_string(&Stored::from(rules)).unwrap_or_default()
}

fn decode(body: &str) -> std::result::Result<Rules, String> {
    let stored: Stored = serde_json::from_str(body).map_err(|error| error.to_string())?;
    stored.read()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<StoredPolicy>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hours: Option<String>,
    /// Dates, and what holds on them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    exceptions: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    holidays: Vec<String>,
    /// The region whose holidays hold. Which days these are the program knows, so that a newer one knows more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holidays_of: Option<String>,
}

impl From<&Rules> for Stored {
    fn from(rules: &Rules) -> Self {
        let exceptions = rules.exceptions().iter().map(|(date, it)| (date.to_string(), it.to_string()));
        Self {
            policy: (!rules.policy.is_empty()).then(|| (&rules.policy).into()),
            hours: rules.hours().map(ToString::to_string),
            exceptions: exceptions.collect(),
            holidays: rules.holidays().iter().map(ToString::to_string).collect(),
            holidays_of: rules.region().map(|region| region.code.clone()),
        }
    }
}

impl Stored {
    fn read(self) -> std::result::Result<Rules, String> {
        let date = |text: &str| text.parse::<Date>().map_err(|error| error.to_string());
        let hours = self.hours.map(|text| OpeningHours::parse(&text).map_err(|error| error.to_string()));
        let exceptions = self
            .exceptions
            .iter()
            .map(|(day, text)| Ok((date(day)?, Exception::parse(text).map_err(|error| error.to_string())?)));
        let holidays = self.holidays.iter().map(|day| date(day));
        // What a newer program knew, or an older one, is no reason to be of no use: nothing is known of it here, and it is told so.
        let region = self.holidays_of.map(|code| {
            holidays::region(&code).unwrap_or_else(|| {
                tracing::warn!(code, "rules name a region of which no public holidays are known");
                Region { code, days: Arc::default() }
            })
        });
        let rules = Rules::new(
            self.policy.map(Into::into).unwrap_or_default(),
            hours.transpose()?,
            exceptions.collect::<std::result::Result<_, String>>()?,
            holidays.collect::<std::result::Result<_, String>>()?,
        );
        Ok(rules.within(region))
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredApproval {
    Never,
    Always,
    When {
        longer_than_minutes: Option<u32>,
        outside_hours: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        groups: Vec<Uuid>,
    },
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredScope {
    Resource,
    Kind,
    Site,
    Everything,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredMeasure {
    AtATime,
    BookingsADay,
    BookingsAWeek,
    BookingsAMonth,
    MinutesADay,
    MinutesAWeek,
    MinutesAMonth,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredQuota {
    scope: StoredScope,
    measure: StoredMeasure,
    max: u32,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredTurn {
    party_max: u32,
    stay_minutes: u32,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredMode {
    Free,
    Periods(Vec<StoredPeriod>),
    Days,
    Nights { check_in: u16, check_out: u16 },
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredPeriod {
    name: String,
    starts: u16,
    ends: u16,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredService {
    name: String,
    /// From Monday, which is 0.
    days: Vec<i8>,
    starts: u16,
    last_seating: u16,
}

macro_rules! stored_policy {
    ($($rule:ident: $type:ty,)+) => {
        #[derive(Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct StoredPolicy {
            $(#[serde(default, skip_serializing_if = "Option::is_none")] $rule: Option<$type>,)+
        }

        impl From<&Policy> for StoredPolicy {
            fn from(policy: &Policy) -> Self {
                Self { $($rule: policy.$rule.clone().map(Keep::keep),)+ }
            }
        }

        impl From<StoredPolicy> for Policy {
            fn from(stored: StoredPolicy) -> Self {
                Self { $($rule: stored.$rule.map(Keep::give),)+ }
            }
        }
    };
}

stored_policy! {
    duration_minutes_min: u32,
    duration_minutes_max: u32,
    start_step_minutes: u32,
    buffer_before_minutes: u32,
    buffer_after_minutes: u32,
    buffers_overlap: bool,
    book_notice_minutes_min: u32,
    book_ahead_minutes_max: u32,
    move_notice_minutes_min: u32,
    cancel_notice_minutes_min: u32,
    party_min: u32,
    party_max: u32,
    party_required: bool,
    reseating: bool,
    approval: StoredApproval,
    pending_minutes_max: u32,
    hold_minutes_max: u32,
    check_in_opens_minutes: u32,
    check_in_closes_minutes: u32,
    quotas: Vec<StoredQuota>,
    turn_times: Vec<StoredTurn>,
    pacing_max: u32,
    groups: Vec<Uuid>,
    mode: StoredMode,
    services: Vec<StoredService>,
}

/// How a value of the domain is kept.
trait Keep<Stored> {
    fn keep(self) -> Stored;
    fn give(stored: Stored) -> Self;
}

macro_rules! kept_as_it_is {
    ($($type:ty),+) => {
        $(impl Keep<$type> for $type {
            fn keep(self) -> $type { self }
            fn give(stored: $type) -> Self { stored }
        })+
    };
}

kept_as_it_is!(bool, u32);

impl Keep<StoredApproval> for Approval {
    fn keep(self) -> StoredApproval {
        match self {
            Self::Never => StoredApproval::Never,
            Self::Always => StoredApproval::Always,
            Self::When { longer_than_minutes, outside_hours, groups } => {
                StoredApproval::When { longer_than_minutes, outside_hours, groups: groups.keep() }
            }
        }
    }

    fn give(stored: StoredApproval) -> Self {
        match stored {
            StoredApproval::Never => Self::Never,
            StoredApproval::Always => Self::Always,
            StoredApproval::When { longer_than_minutes, outside_hours, groups } => {
                Self::When { longer_than_minutes, outside_hours, groups: Keep::give(groups) }
            }
        }
    }
}

impl<Stored, T: Keep<Stored>> Keep<Vec<Stored>> for Vec<T> {
    fn keep(self) -> Vec<Stored> {
        self.into_iter().map(Keep::keep).collect()
    }

    fn give(stored: Vec<Stored>) -> Self {
        stored.into_iter().map(Keep::give).collect()
    }
}

impl Keep<StoredQuota> for Quota {
    fn keep(self) -> StoredQuota {
        let scope = match self.scope {
            QuotaScope::Resource => StoredScope::Resource,
            QuotaScope::Kind => StoredScope::Kind,
            QuotaScope::Site => StoredScope::Site,
            QuotaScope::Everything => StoredScope::Everything,
        };
        let measure = match self.measure {
            QuotaMeasure::AtATime => StoredMeasure::AtATime,
            QuotaMeasure::Bookings(QuotaPeriod::Day) => StoredMeasure::BookingsADay,
            QuotaMeasure::Bookings(QuotaPeriod::Week) => StoredMeasure::BookingsAWeek,
            QuotaMeasure::Bookings(QuotaPeriod::Month) => StoredMeasure::BookingsAMonth,
            QuotaMeasure::Minutes(QuotaPeriod::Day) => StoredMeasure::MinutesADay,
            QuotaMeasure::Minutes(QuotaPeriod::Week) => StoredMeasure::MinutesAWeek,
            QuotaMeasure::Minutes(QuotaPeriod::Month) => StoredMeasure::MinutesAMonth,
        };
        StoredQuota { scope, measure, max: self.max }
    }

    fn give(stored: StoredQuota) -> Self {
        let scope = match stored.scope {
            StoredScope::Resource => QuotaScope::Resource,
            StoredScope::Kind => QuotaScope::Kind,
            StoredScope::Site => QuotaScope::Site,
            StoredScope::Everything => QuotaScope::Everything,
        };
        let measure = match stored.measure {
            StoredMeasure::AtATime => QuotaMeasure::AtATime,
            StoredMeasure::BookingsADay => QuotaMeasure::Bookings(QuotaPeriod::Day),
            StoredMeasure::BookingsAWeek => QuotaMeasure::Bookings(QuotaPeriod::Week),
            StoredMeasure::BookingsAMonth => QuotaMeasure::Bookings(QuotaPeriod::Month),
            StoredMeasure::MinutesADay => QuotaMeasure::Minutes(QuotaPeriod::Day),
            StoredMeasure::MinutesAWeek => QuotaMeasure::Minutes(QuotaPeriod::Week),
            StoredMeasure::MinutesAMonth => QuotaMeasure::Minutes(QuotaPeriod::Month),
        };
        Self { scope, measure, max: stored.max }
    }
}

impl Keep<Uuid> for GroupId {
    fn keep(self) -> Uuid {
        self.0
    }

    fn give(stored: Uuid) -> Self {
        Self(stored)
    }
}

impl Keep<StoredMode> for Mode {
    fn keep(self) -> StoredMode {
        match self {
            Self::Free => StoredMode::Free,
            Self::Periods(periods) => StoredMode::Periods(periods.keep()),
            Self::Days => StoredMode::Days,
            Self::Nights { check_in, check_out } => {
                StoredMode::Nights { check_in: check_in.keep(), check_out: check_out.keep() }
            }
        }
    }

    fn give(stored: StoredMode) -> Self {
        match stored {
            StoredMode::Free => Self::Free,
            StoredMode::Periods(periods) => Self::Periods(Keep::give(periods)),
            StoredMode::Days => Self::Days,
            StoredMode::Nights { check_in, check_out } => {
                Self::Nights { check_in: Keep::give(check_in), check_out: Keep::give(check_out) }
            }
        }
    }
}

/// A time of the day in minutes after midnight.
impl Keep<u16> for Time {
    fn keep(self) -> u16 {
        u16::from(self.hour().unsigned_abs()) * 60 + u16::from(self.minute().unsigned_abs())
    }

    fn give(stored: u16) -> Self {
        let part = |number: u16| i8::try_from(number).unwrap_or(i8::MAX);
        Self::new(part(stored / 60), part(stored % 60), 0, 0).unwrap_or(Self::MAX)
    }
}

impl Keep<StoredPeriod> for Period {
    fn keep(self) -> StoredPeriod {
        StoredPeriod { name: self.name, starts: self.starts.keep(), ends: self.ends.keep() }
    }

    fn give(stored: StoredPeriod) -> Self {
        Self { name: stored.name, starts: Keep::give(stored.starts), ends: Keep::give(stored.ends) }
    }
}

impl Keep<StoredService> for Service {
    fn keep(self) -> StoredService {
        let days = self.days.iter().map(|day| day.to_monday_zero_offset()).collect();
        StoredService { name: self.name, days, starts: self.starts.keep(), last_seating: self.last_seating.keep() }
    }

    fn give(stored: StoredService) -> Self {
        let days = stored.days.iter().filter_map(|day| Weekday::from_monday_zero_offset(*day).ok()).collect();
        let (starts, last_seating) = (Keep::give(stored.starts), Keep::give(stored.last_seating));
        Self { name: stored.name, days, starts, last_seating }
    }
}

impl Keep<StoredTurn> for TurnTime {
    fn keep(self) -> StoredTurn {
        StoredTurn { party_max: self.party_max, stay_minutes: self.stay_minutes }
    }

    fn give(stored: StoredTurn) -> Self {
        Self { party_max: stored.party_max, stay_minutes: stored.stay_minutes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_comes_back_as_it_went() {
        let time = |text: &str| text.parse::<Time>().unwrap();
        let policy = Policy {
            duration_minutes_min: Some(15),
            duration_minutes_max: Some(60),
            start_step_minutes: Some(15),
            buffer_before_minutes: Some(0),
            buffer_after_minutes: Some(10),
            buffers_overlap: Some(true),
            book_notice_minutes_min: Some(30),
            book_ahead_minutes_max: Some(90 * 24 * 60),
            move_notice_minutes_min: Some(120),
            cancel_notice_minutes_min: Some(240),
            party_min: Some(1),
            party_max: Some(8),
            party_required: Some(true),
            reseating: Some(true),
            approval: Some(Approval::When {
                longer_than_minutes: Some(60),
                outside_hours: true,
                groups: vec![GroupId(Uuid::from_u128(1))],
            }),
            pending_minutes_max: Some(600),
            hold_minutes_max: Some(5),
            check_in_opens_minutes: Some(20),
            check_in_closes_minutes: Some(25),
            quotas: Some(vec![
                Quota { scope: QuotaScope::Kind, measure: QuotaMeasure::AtATime, max: 3 },
                Quota { scope: QuotaScope::Site, measure: QuotaMeasure::Minutes(QuotaPeriod::Week), max: 600 },
            ]),
            turn_times: Some(vec![TurnTime { party_max: 2, stay_minutes: 90 }]),
            pacing_max: Some(20),
            groups: Some(vec![GroupId(Uuid::from_u128(2)), GroupId(Uuid::from_u128(3))]),
            mode: Some(Mode::Nights { check_in: time("15:00"), check_out: time("11:00") }),
            services: Some(vec![Service {
                name: "Dinner".to_owned(),
                days: vec![Weekday::Monday, Weekday::Sunday],
                starts: time("18:00"),
                last_seating: time("21:30"),
            }]),
        };
        assert!(policy.says().all(|(_, said)| said), "the test says something about every rule");
        let exceptions = [
            ("2026-12-24", "10:00-14:00"),
            ("2026-12-25", "closed"),
            ("2026-12-31", "20:00-28:00"),
            ("2027-01-01", "00:00-24:00"),
        ];
        let exceptions = exceptions.map(|(day, text)| (day.parse().unwrap(), Exception::parse(text).unwrap()));
        let hours = OpeningHours::parse("Mo-Fr 09:00-17:00; PH off").unwrap();
        let holidays = ["2026-12-25".parse().unwrap()];
        let rules = Rules::new(policy, Some(hours), exceptions.into(), holidays.into());
        let rules = rules.within(holidays::region("DE-BY"));
        assert!(rules.region().is_some());
        assert_eq!(decode(&encode(&rules)), Ok(rules.clone()));
        assert_eq!(id(&rules), id(&rules.clone()));
        assert_ne!(id(&rules), id(&Rules::of(rules.policy.clone())));
        assert_eq!(id(&Rules::default()), None);
        let lesson = Period { name: "1".to_owned(), starts: time("08:00"), ends: time("08:45") };
        for mode in [Mode::Free, Mode::Days, Mode::Periods(vec![lesson])] {
            let rules = Rules::of(Policy { mode: Some(mode), ..Policy::default() });
            assert_eq!(decode(&encode(&rules)), Ok(rules));
        }
        assert!(decode(r#"{"policy":{"no_such_rule":1}}"#).is_err(), "what a newer program wrote is not half read");
        let unknown = decode(r#"{"holidays_of":"XX"}"#).unwrap();
        assert_eq!(unknown.region().map(|region| (region.code.as_str(), region.days.len())), Some(("XX", 0)));
    }
}
