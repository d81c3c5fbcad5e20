//! Who may know of a resource, and whether what is said of it is what its kind declares.

use std::sync::Arc;

use super::{Room, Undecided};
use crate::command::Need;
use crate::ids::ResourceId;
use crate::kind::{Schema, check_values};
use crate::profile::Visibility;
use crate::refusal::{Refusal, Violation};
use crate::resource::{Attributes, Resource};

impl Room<'_> {
    /// Whether the actor may know that the resource is there.
    pub(crate) fn may_know(&self, resource: &Resource) -> Result<bool, Undecided> {
        match resource.attributes.profile.visibility {
            Visibility::Public | Visibility::Internal => Ok(true),
            Visibility::Hidden => self.manages(resource.id),
        }
    }

    /// A resource that the actor may know of.
    pub(super) fn known_resource(&self, id: ResourceId) -> Result<&Resource, Undecided> {
        let resource = self.resource(id)?;
        if self.may_know(resource)? { Ok(resource) } else { Err(Refusal::ResourceNotFound.into()) }
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
        let problems = check_values("/attributes", &schema.attributes, &attributes.profile.values);
        if problems.is_empty() {
            return Ok(schema);
        }
        Err(Refusal::Rules(problems.into_iter().map(Violation::Value).collect()).into())
    }
}
