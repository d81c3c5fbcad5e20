//! What a decision may know: loaded under lock, for a whole batch of commands at once. The changes of each
//! decision are applied to it, so that the next command of the batch sees them.

use std::collections::HashMap;

use crate::block::Block;
use crate::booking::Booking;
use crate::calendar::Calendar;
use crate::effect::Change;
use crate::ids::{BlockId, BookingId, ResourceId, UserId};
use crate::interval::Interval;
use crate::resource::Resource;

/// Where a booking or a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// On which resource.
    pub resource: ResourceId,
    /// When.
    pub interval: Interval,
}

/// Everything that was loaded. An entry that is there with `None` was looked for and does not exist;
/// one that is not there at all has not been looked for.
#[derive(Debug, Default)]
pub struct Facts {
    /// Resources that are locked; `None` for one that does not exist or was deleted.
    pub resources: HashMap<ResourceId, Option<Resource>>,
    /// Whether somebody manages a resource, as far as it was asked.
    pub managers: HashMap<(ResourceId, UserId), bool>,
    /// Bookings.
    pub bookings: HashMap<BookingId, Option<Booking>>,
    /// Blocks.
    pub blocks: HashMap<BlockId, Option<Block>>,
    /// The claims of resources.
    pub calendars: HashMap<ResourceId, Calendar>,
}

impl Facts {
    /// Makes a change part of what is known.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::InsertBooking(booking) | Change::UpdateBooking(booking) => {
                self.bookings.insert(booking.id, Some(booking.clone()));
            }
            Change::AddClaim(resource, claim) => self.calendars.entry(*resource).or_default().insert(*claim),
            Change::RemoveClaim(resource, claim) => self.calendars.entry(*resource).or_default().remove(*claim),
            Change::InsertBlock(block) => {
                self.blocks.insert(block.id, Some(block.clone()));
            }
            Change::DeleteBlock(id) => {
                self.blocks.insert(*id, None);
            }
            Change::InsertResource { resource, manager } => {
                self.resources.insert(resource.id, Some(resource.clone()));
                self.managers.insert((resource.id, *manager), true);
            }
            Change::UpdateResource(resource) => {
                self.resources.insert(resource.id, Some(resource.clone()));
            }
            Change::DeleteResource(id, _) => {
                self.resources.insert(*id, None);
            }
        }
    }
}
