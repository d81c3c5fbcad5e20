//! Time on a resource that nobody can book.

use jiff::Timestamp;

use crate::ids::{BlockId, ResourceId, SeriesId, UserId};
use crate::interval::Interval;

/// A block: it holds every unit of its resource, and of its resource's parts, for its interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its id.
    pub id: BlockId,
    /// What is blocked.
    pub resource: ResourceId,
    /// The parts of it that are blocked with it.
    pub parts: Vec<ResourceId>,
    /// When.
    pub interval: Interval,
    /// Why, in the manager's words: at most 500 characters.
    pub reason: Option<String>,
    /// The series that it is an occurrence of.
    pub series: Option<SeriesId>,
    /// Who blocked it.
    pub created_by: UserId,
    /// When it was blocked.
    pub created_at: Timestamp,
}
