//! Time on a resource that nobody can book.

use jiff::Timestamp;

use crate::ids::{BlockId, ResourceId, UserId};
use crate::interval::Interval;

/// A block: it holds every unit of its resource for its interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its id.
    pub id: BlockId,
    /// What is blocked.
    pub resource: ResourceId,
    /// When.
    pub interval: Interval,
    /// Why, in the manager's words: at most 500 characters.
    pub reason: Option<String>,
    /// Who blocked it.
    pub created_by: UserId,
    /// When it was blocked.
    pub created_at: Timestamp,
}
