//! What is free, by the same facts and counts as the decision: what this offers, booking accepts.

use jiff::{SignedDuration, Timestamp};

use crate::calendar::{Calendar, peak};
use crate::ids::ResourceId;
use crate::interval::Interval;
use crate::limits::{ALTERNATIVES_MAX, latest_start};
use crate::resource::Resource;

/// A time on a resource that could be booked instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// Which resource.
    pub resource: ResourceId,
    /// When.
    pub interval: Interval,
}

/// Whether `wanted` units are free for all of `window`. The calendar must [know](Calendar::knows) the window.
pub fn is_free(calendar: &Calendar, quantity: u32, window: Interval, wanted: u32) -> bool {
    let standing = calendar.overlapping(quantity, window);
    peak(&standing, window) + wanted as usize <= quantity as usize
}

/// How many start times of the same resource are tried.
const CANDIDATES_MAX: usize = 200;

/// How far around the asked time the same resource is searched.
pub const SEARCH_AROUND: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Up to five things to book instead of `asked`: the same resource at the nearest free times, and `others` (in
/// order of preference) at the asked time. `around` is what the calendar of the asked resource knows.
pub fn alternatives(
    asked: (&Resource, &Calendar),
    around: Interval,
    window: Interval,
    wanted: u32,
    others: &[(Resource, Calendar)],
    now: Timestamp,
) -> Vec<Alternative> {
    let (resource, calendar) = asked;
    let elsewhere: Vec<Alternative> = others
        .iter()
        .filter(|(other, calendar)| {
            wanted <= other.attributes.quantity && is_free(calendar, other.attributes.quantity, window, wanted)
        })
        .map(|(other, _)| Alternative { resource: other.id, interval: window })
        .take(ALTERNATIVES_MAX)
        .collect();
    let mut found = nearest(resource, calendar, around, window, wanted, now);
    // Two places are kept for other resources where there are any; what one side lacks the other fills.
    let own = found.len().min(ALTERNATIVES_MAX - elsewhere.len().min(2));
    found.truncate(own);
    found.extend(elsewhere.into_iter().take(ALTERNATIVES_MAX - own));
    found
}

/// Free times of the same length on the same resource, the nearest first. A time that is free and as near as can be
/// touches something: it starts where a claim ends, or ends where one starts.
fn nearest(
    resource: &Resource,
    calendar: &Calendar,
    around: Interval,
    window: Interval,
    wanted: u32,
    now: Timestamp,
) -> Vec<Alternative> {
    let quantity = resource.attributes.quantity;
    if wanted > quantity {
        return Vec::new();
    }
    let mut starts: Vec<Timestamp> = Vec::new();
    for claim in calendar.overlapping(quantity, around) {
        starts.push(claim.interval.end());
        starts.extend(claim.interval.start().checked_sub(window.duration()).ok());
    }
    let distance = |start: Timestamp| start.duration_since(window.start()).abs();
    let latest = latest_start(now);
    starts.retain(|&start| now <= start && start <= latest && start != window.start());
    starts.sort_unstable_by_key(|&start| (distance(start), start));
    starts.dedup();
    starts.truncate(CANDIDATES_MAX);
    starts
        .into_iter()
        .filter_map(|start| window.starting_at(start))
        .filter(|&interval| around.contains(interval) && is_free(calendar, quantity, interval, wanted))
        .take(ALTERNATIVES_MAX)
        .map(|interval| Alternative { resource: resource.id, interval })
        .collect()
}
