//! The rules of a place: when it is open and what its policy is. Each level (a site, its areas from the outside
//! in, a resource) says what it likes, and [`in_force`] is what comes of it for the innermost. Sharing is cheap: sets
//! of rules never change, a change makes another set.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::hours::{Exception, OpeningHours};
use crate::policy::Policy;
use crate::resource::AttributeProblem;

/// Dated exceptions that one level may have, and likewise holidays.
pub const DATES_MAX: usize = 1_000;

/// A country, or a subdivision of one, with the public holidays that are known of it. They are facts that are handed in: nothing
/// here knows any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// As ISO 3166 names it: `DE`, `DE-BY`.
    pub code: String,
    /// Its public holidays.
    pub days: Arc<BTreeSet<Date>>,
}

/// What one level says, or what is in force where several meet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What is allowed.
    pub policy: Policy,
    hours: Option<OpeningHours>,
    exceptions: BTreeMap<Date, Exception>,
    holidays: BTreeSet<Date>,
    region: Option<Region>,
    /// The four above, as they work together.
    opening: Option<OpeningHours>,
}

impl Rules {
    /// A level that says this. Exceptions and holidays stand beside the hours, not in them: a level below may have other
    /// hours and keep the exceptions, or the other way round.
    pub fn new(
        policy: Policy,
        hours: Option<OpeningHours>,
        exceptions: BTreeMap<Date, Exception>,
        holidays: BTreeSet<Date>,
    ) -> Self {
        Self { policy, hours, exceptions, holidays, region: None, opening: None }.opened()
    }

    /// The same, with the public holidays of a region besides.
    #[must_use]
    pub fn within(self, region: Option<Region>) -> Self {
        Self { region, ..self }.opened()
    }

    /// The same with everything that it says about when it is open taken together.
    fn opened(self) -> Self {
        if self.hours.is_none() && self.exceptions.is_empty() {
            return Self { opening: None, ..self };
        }
        // Where nobody said when it is open, it is open but for the exceptions.
        let hours = self.hours.clone().or_else(|| OpeningHours::parse("24/7").ok());
        let of_region = self.region.iter().flat_map(|region| region.days.iter());
        let holidays = self.holidays.iter().chain(of_region).copied().collect();
        let opening = hours.map(|hours| hours.with_holidays(holidays).with_exceptions(self.exceptions.clone()));
        Self { opening, ..self }
    }

    /// A level that has a policy and says nothing of hours.
    pub fn of(policy: Policy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// The opening hours as this level wrote them.
    pub fn hours(&self) -> Option<&OpeningHours> {
        self.hours.as_ref()
    }

    /// What holds on single days instead.
    pub fn exceptions(&self) -> &BTreeMap<Date, Exception> {
        &self.exceptions
    }

    /// The public holidays that are named one by one.
    pub fn holidays(&self) -> &BTreeSet<Date> {
        &self.holidays
    }

    /// The region whose public holidays hold.
    pub fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    /// When it is open, all things considered; `None` where that is always.
    pub fn opening(&self) -> Option<&OpeningHours> {
        self.opening.as_ref()
    }

    /// Whether nothing is said at all.
    pub fn is_empty(&self) -> bool {
        self.policy.is_empty()
            && self.hours.is_none()
            && self.exceptions.is_empty()
            && self.holidays.is_empty()
            && self.region.is_none()
    }

    /// Everything in it that can't stand; empty where it can.
    pub fn check(&self) -> Vec<AttributeProblem> {
        let mut problems = self.policy.check();
        for (attribute, dates) in [("exceptions", self.exceptions.len()), ("holidays", self.holidays.len())] {
            if DATES_MAX < dates {
                problems.push(AttributeProblem { attribute, detail: format!("must be at most {DATES_MAX}") });
            }
        }
        problems
    }

    /// What is in force where this level stands below `wider`: hours and region as a whole, exceptions day by day, holidays of
    /// both.
    #[must_use]
    pub fn over(&self, wider: &Self) -> Self {
        let mut exceptions = wider.exceptions.clone();
        exceptions.extend(self.exceptions.clone());
        let holidays = wider.holidays.union(&self.holidays).copied().collect();
        let hours = self.hours.as_ref().or(wider.hours.as_ref()).cloned();
        let region = self.region.as_ref().or(wider.region.as_ref()).cloned();
        Self { policy: self.policy.over(&wider.policy), hours, exceptions, holidays, region, opening: None }.opened()
    }
}

/// What is in force for the last of `levels`, which go from the outside in.
pub fn in_force<'a>(levels: impl IntoIterator<Item = &'a Arc<Rules>>) -> Arc<Rules> {
    let mut merged: Option<Arc<Rules>> = None;
    for level in levels {
        merged = Some(match merged {
            // Where only one level says something, its set is the one in force.
            Some(wider) if level.is_empty() => wider,
            Some(wider) if !wider.is_empty() => Arc::new(level.over(&wider)),
            _ => Arc::clone(level),
        });
    }
    merged.unwrap_or_default()
}

/// Which of `levels`, from the outside in, decides each rule of policies: its place among them; `None` where no level says
/// anything.
pub fn deciding(levels: &[Arc<Rules>]) -> BTreeMap<&'static str, Option<usize>> {
    let mut found: BTreeMap<_, _> = Policy::RULES.iter().map(|rule| (*rule, None)).collect();
    for (nth, level) in levels.iter().enumerate() {
        found.extend(level.policy.says().filter(|(_, said)| *said).map(|(rule, _)| (rule, Some(nth))));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_innermost_level_that_says_something_decides() {
        let level = |policy| Arc::new(Rules::of(policy));
        let levels = [
            level(Policy { party_min: Some(1), party_max: Some(9), ..Policy::default() }),
            Arc::default(),
            level(Policy { party_max: Some(4), ..Policy::default() }),
        ];
        let found = deciding(&levels);
        assert_eq!((found["party_min"], found["party_max"], found["pacing_max"]), (Some(0), Some(2), None));
        assert_eq!(found.len(), Policy::RULES.len());
    }

    #[test]
    fn hours_are_one_thing_and_exceptions_another() {
        let hours = |text: &str| Some(OpeningHours::parse(text).unwrap());
        let closed = |day: &str| BTreeMap::from([(date(day), Exception::closed())]);
        let site = Rules::new(Policy::default(), hours("Mo-Fr 09:00-17:00"), closed("2026-12-24"), BTreeSet::new());
        let room = Rules::new(Policy::default(), hours("08:00-20:00"), closed("2026-12-31"), BTreeSet::new());
        let merged = room.over(&site);
        assert_eq!(merged.hours(), hours("08:00-20:00").as_ref());
        assert_eq!(merged.exceptions().len(), 2);
        let opening = merged.opening().unwrap();
        assert!(opening.on(date("2026-12-24")).are_closed() && opening.on(date("2026-12-31")).are_closed());
        assert!(!opening.on(date("2026-12-25")).are_closed());
        // Exceptions alone close a place that is open otherwise.
        let only = Rules::new(Policy::default(), None, closed("2026-12-24"), BTreeSet::new());
        assert!(only.opening().unwrap().on(date("2026-12-24")).are_closed());
        assert!(Rules::default().opening().is_none() && Rules::default().is_empty());
    }

    #[test]
    fn the_nearer_region_holds_with_what_is_named_besides() {
        let region = |code: &str, day: &str| Region { code: code.to_owned(), days: Arc::new([date(day)].into()) };
        let hours = OpeningHours::parse("Mo-Su 09:00-17:00; PH off").unwrap();
        let site = Rules::new(Policy::default(), Some(hours), BTreeMap::new(), [date("2026-12-24")].into())
            .within(Some(region("DE", "2026-10-03")));
        let closed = |rules: &Rules, day: &str| rules.opening().unwrap().on(date(day)).are_closed();
        let days = ["2026-10-03", "2026-10-26", "2026-12-24", "2026-12-25"];
        assert_eq!(days.map(|day| closed(&site, day)), [true, false, true, false]);
        let room = Rules::default().within(Some(region("AT", "2026-10-26")));
        assert!(!room.is_empty());
        assert_eq!(days.map(|day| closed(&room.over(&site), day)), [false, true, true, false]);
        assert_eq!(room.over(&site).region().unwrap().code, "AT");
        assert_eq!(Rules::default().over(&site), site);
    }
}
