//! Who may know of a resource, and whether what is said of it is what its kind declares.

use std::sync::Arc;

use super::{Room, Undecided};
use crate::booking::{Booking, Status};
use crate::command::Need;
use crate::ids::ResourceId;
use crate::kind::{Schema, Values, check_values};
use crate::profile::Visibility;
use crate::refusal::{Refusal, Violation};
use crate::resource::{Attributes, Resource};
use crate::user::Role;

/// Everything that is wrong with what a booking of `resource` carries, and where it is to be `complete` what is missing.
pub(super) fn fields(resource: &Resource, values: &Values, complete: bool) -> Vec<Violation> {
    let problems = check_values("/fields", &resource.schema.booking_fields, values, complete);
    problems.into_iter().map(Violation::Value).collect()
}

/// What was decided, unless this is wrong too: all that is wrong is told at once.
pub(super) fn also<T>(decided: Result<T, Undecided>, wrong: Vec<Violation>) -> Result<T, Undecided> {
    match decided {
        Err(Undecided::Refused(Refusal::Rules(mut broken))) => {
            broken.extend(wrong);
            Err(Refusal::Rules(broken).into())
        }
        Ok(_) if !wrong.is_empty() => Err(Refusal::Rules(wrong).into()),
        decided => decided,
    }
}

impl Room<'_> {
    /// Whether the actor may know that the resource is there.
    pub(crate) fn may_know(&self, resource: &Resource) -> Result<bool, Undecided> {
        match resource.attributes.profile.visibility {
            Visibility::Public => Ok(true),
            Visibility::Internal => Ok(self.actor.role != Role::Guest),
            Visibility::Hidden => self.manages(resource.id),
        }
    }

    /// A resource that the actor may know of.
    pub(super) fn known_resource(&self, id: ResourceId) -> Result<&Resource, Undecided> {
        let resource = self.resource(id)?;
        if self.may_know(resource)? { Ok(resource) } else { Err(Refusal::ResourceNotFound.into()) }
    }

    /// Everything that is wrong with what a booking will carry that has carried `old`. What it carries already stays,
    /// whatever its kind declares by now, unless it goes to a resource that asks for other things.
    pub(super) fn fields_edited(&self, resource: &Resource, old: &Booking, values: &Values) -> Vec<Violation> {
        let before = self.facts.resources.get(&old.resource).and_then(Option::as_ref);
        let asked = before.map(|before| &before.schema.booking_fields);
        if *values == old.details.fields && asked == Some(&resource.schema.booking_fields) {
            return Vec::new();
        }
        fields(resource, values, old.status != Status::Held)
    }

    /// What the kind of a resource with these attributes declares. Values that are written have to be what it declares;
    /// what was written before the kind changed stays until somebody edits the values or the kind of the resource.
    pub(super) fn schema_for(&self, attributes: &Attributes, old: Option<&Resource>) -> Result<Arc<Schema>, Undecided> {
        if let Some(old) = old
            && (&old.attributes.kind, &old.attributes.profile.values) == (&attributes.kind, &attributes.profile.values)
        {
            return Ok(Arc::clone(&old.schema));
        }
        let schema = match &attributes.kind {
            None => Arc::default(),
            Some(name) => match self.facts.schemas.get(name) {
                None => return Err(Undecided::Needs(vec![Need::Kind(name.clone())])),
                Some(schema) => Arc::clone(schema),
            },
        };
        let problems = check_values("/attributes", &schema.attributes, &attributes.profile.values, true);
        if problems.is_empty() {
            return Ok(schema);
        }
        Err(Refusal::Rules(problems.into_iter().map(Violation::Value).collect()).into())
    }
}
