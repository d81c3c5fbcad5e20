//! What can be booked.

use std::sync::Arc;

use jiff::Timestamp;

use crate::decide::zone;
use crate::ids::{AreaId, ResourceId, SiteId};
use crate::interval::Interval;
use crate::kind::Schema;
use crate::limits::{CAPACITY_MAX, KIND_CHARS_MAX, NOTES_CHARS_MAX, PARTS_MAX, QUANTITY_MAX, TITLE_CHARS_MAX};
use crate::profile::Profile;
use crate::rules::Rules;
use crate::text;

/// What a manager says of a resource. Build it through [`Attributes::check`] before it enters a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// What it is called: one line, 1 to 200 characters.
    pub name: String,
    /// Free text such as `table`, `room`, `desk`: one line, at most 64 characters.
    pub kind: Option<String>,
    /// At most 4,000 characters.
    pub description: Option<String>,
    /// How many people one unit seats: 1 to 100,000; `None` where that is not a question.
    pub capacity: Option<u32>,
    /// How many interchangeable units it stands for: 1 to 1,000.
    pub quantity: u32,
    /// An IANA time zone name.
    pub time_zone: String,
    /// Whether its bookings start as pending.
    pub requires_approval: bool,
    /// The site that it belongs to.
    pub site: Option<SiteId>,
    /// The area of the site that it stands in.
    pub area: Option<AreaId>,
    /// What it is made of: at most 50 other resources of one unit each, which have no parts themselves, in order of their ids.
    /// Whoever has it has all of them, and nobody has it while somebody has one of them.
    pub parts: Vec<ResourceId>,
    /// What it says of its own beyond what its area and site say.
    pub rules: Arc<Rules>,
    /// What it is like.
    pub profile: Profile,
}

/// A resource as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its id.
    pub id: ResourceId,
    /// What its managers say of it.
    pub attributes: Attributes,
    /// The rules that its bookings keep to: its own over those of its area and its site.
    pub in_force: Arc<Rules>,
    /// What its kind declares; nothing where the kind is a word that nobody declared.
    pub schema: Arc<Schema>,
    /// Counts the edits of its attributes: its entity tag.
    pub version: i64,
    /// Counts every write under its lock: its synchronisation token.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its attributes were last edited.
    pub updated_at: Timestamp,
}

impl Resource {
    /// When a booking is that starts at `start` and leaves its end to the place; `None` where that says nothing about it.
    pub fn interval_from(&self, start: Timestamp, party_size: Option<u32>) -> Option<Interval> {
        let end = self.in_force.policy.end(&zone(self), start, party_size)?;
        Interval::new(start, end).ok()
    }
}

/// One attribute that can't stand, with the reason in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeProblem {
    /// The attribute's name in the API.
    pub attribute: &'static str,
    /// What is wrong with it.
    pub detail: String,
}

impl Attributes {
    /// Everything that is wrong with them; empty where they can stand.
    pub fn check(&self) -> Vec<AttributeProblem> {
        let mut problems = Vec::new();
        let mut note = |attribute, problem: Result<(), text::TextProblem>| {
            if let Err(problem) = problem {
                problems.push(AttributeProblem { attribute, detail: problem.to_string() });
            }
        };
        note("name", text::required_line(&self.name, TITLE_CHARS_MAX));
        note("kind", self.kind.as_deref().map_or(Ok(()), |kind| text::line(kind, KIND_CHARS_MAX)));
        note("description", self.description.as_deref().map_or(Ok(()), |text| text::paragraphs(text, NOTES_CHARS_MAX)));
        let mut refuse = |attribute, detail: String| problems.push(AttributeProblem { attribute, detail });
        if self.capacity.is_some_and(|capacity| !(1..=CAPACITY_MAX).contains(&capacity)) {
            refuse("capacity", format!("must be from 1 to {CAPACITY_MAX}"));
        }
        if !(1..=QUANTITY_MAX).contains(&self.quantity) {
            refuse("quantity", format!("must be from 1 to {QUANTITY_MAX}"));
        }
        if self.time_zone.len() > 64 || jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            refuse("time_zone", "must be the name of an IANA time zone, such as Europe/Berlin".to_owned());
        }
        if self.area.is_some() && self.site.is_none() {
            refuse("area_id", "needs a site_id: an area is a part of a site".to_owned());
        }
        if PARTS_MAX < self.parts.len() {
            refuse("parts", format!("must be at most {PARTS_MAX}"));
        }
        if !self.parts.is_empty() && self.quantity != 1 {
            refuse("quantity", "must be 1: what is made of parts is there once".to_owned());
        }
        problems.extend(self.profile.check());
        problems.extend(self.rules.check());
        problems
    }
}
