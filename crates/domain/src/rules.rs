//! The rules of a place: when it is open and what its policy is. Each level (a site, its areas from the outside
//! in, a resource) says what it likes, and [`in_force`] is what comes of it for the innermost. Sharing is cheap: sets
//! of rules never change, a change makes another set.

use std::sync::Arc;

use crate::policy::Policy;

/// What one level says, or what is in force where several meet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What is allowed.
    pub policy: Policy,
}

impl Rules {
    /// Whether nothing is said at all.
    pub fn is_empty(&self) -> bool {
        self.policy.is_empty()
    }

    /// What is in force where this level stands below `wider`.
    #[must_use]
    pub fn over(&self, wider: &Self) -> Self {
        Self { policy: self.policy.over(&wider.policy) }
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
