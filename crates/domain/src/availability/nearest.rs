//! What is nearest, where the time that was asked for can't be had. A time that can be had and is as near as can be touches something:
//! somebody else's booking, the time when the place opens or closes, the first or last seating, the end of a day that is used up.
//! So only such times are tried, or what stands on the grid of the place. Nothing here decides anything.

use jiff::{SignedDuration, Timestamp};

use super::{Hours, Need, Offer, Onlooker, SEARCH_AROUND, STEP_MINUTES, grid};
use crate::booking::Buffers;
use crate::calendar::Holder;
use crate::command::Need as Missing;
use crate::decide::{Undecided, zone};
use crate::ids::UserId;
use crate::interval::Interval;
use crate::limits::{ALTERNATIVES_MAX, latest_start};
use crate::mode::seatings;
use crate::pace::{QUARTER, quarter_of};
use crate::policy::{QuotaMeasure, minutes};
use crate::resource::Resource;

/// How many times of one resource are tried by all its rules.
const TRIED_MAX: usize = 200;
/// From one midnight to the next.
const DAY_MINUTES: u32 = 24 * 60;

/// What is asked for, and how far around it is looked.
struct Asked {
    time: Interval,
    around: Interval,
}

/// Starts that may be worth a try.
struct Starts {
    length: SignedDuration,
    found: Vec<Timestamp>,
}

impl Starts {
    /// What starts here.
    fn from(&mut self, time: Timestamp) {
        self.found.push(time);
    }

    /// What ends here.
    fn until(&mut self, time: Timestamp) {
        self.found.extend(time.checked_sub(self.length).ok());
    }
}

impl Onlooker<'_> {
    /// Up to five things to book instead of `asked` on `resource`: the same resource at the nearest free times, and `others`
    /// (in order of preference) at the asked time.
    pub fn alternatives(
        &self,
        resource: &Resource,
        asked: Interval,
        need: Need,
        others: &[&Resource],
        owner: UserId,
    ) -> Vec<Offer> {
        let elsewhere: Vec<Offer> = others
            .iter()
            .filter(|other| self.could_book(other, asked, need, owner))
            .map(|other| Offer { resource: other.id, interval: asked })
            .take(ALTERNATIVES_MAX)
            .collect();
        // What is not known is not offered.
        let mut found = self.nearest(resource, asked, SEARCH_AROUND, need, owner).0;
        // Two places are kept for other resources where there are any; what one side lacks the other fills.
        let own = found.len().min(ALTERNATIVES_MAX - elsewhere.len().min(2));
        found.truncate(own);
        found.extend(elsewhere.into_iter().take(ALTERNATIVES_MAX - own));
        found
    }

    /// Times of the same length on the same resource, at most `reach` away, the nearest first; and what would have to be known to
    /// tell of all of them.
    pub(crate) fn nearest(
        &self,
        resource: &Resource,
        asked: Interval,
        reach: SignedDuration,
        need: Need,
        owner: UserId,
    ) -> (Vec<Offer>, Vec<Missing>) {
        let wide = Buffers { before: reach, after: reach }.around(asked);
        let Ok(around) = Interval::new(wide.start().max(self.room.now), wide.end()) else {
            return (Vec::new(), Vec::new());
        };
        let asked = Asked { time: asked, around };
        let (mut offers, mut missing) = (Vec::new(), Vec::new());
        let hours = Hours::new(resource, around.start(), around.end());
        // What costs little to rule out does not count as tried: a whole week may be taken, or closed.
        let promising = |it: &Interval| !hours.close(*it) && self.is_free(resource, *it, need.quantity);
        for interval in self.near_times(resource, &asked).into_iter().filter(promising).take(TRIED_MAX) {
            if offers.len() == ALTERNATIVES_MAX {
                break;
            }
            match self.could(resource, interval, need, owner, hours.within(interval)) {
                Ok(true) => offers.push(Offer { resource: resource.id, interval }),
                Ok(false) | Err(Undecided::Refused(_)) => {}
                Err(Undecided::Needs(needs)) => {
                    missing.extend(needs.into_iter().filter(|need| !missing.contains(need)).collect::<Vec<_>>());
                }
            }
        }
        (offers, missing)
    }

    /// The times that are tried, the nearest first.
    fn near_times(&self, resource: &Resource, asked: &Asked) -> Vec<Interval> {
        let length = asked.time.duration();
        let by = |it: &Resource| Some(it.in_force.policy.pieces()?.times(&zone(it), asked.around, Some(length)));
        let mut times = if let Some(pieces) = self.together(resource).find_map(by) {
            pieces
        } else {
            let on_grid = |it: &Resource| Some(grid(&zone(it), asked.around, it.in_force.policy.start_step_minutes?));
            let starts = self.together(resource).find_map(on_grid).unwrap_or_else(|| self.edges(resource, asked));
            let times = starts.into_iter().filter_map(|start| asked.time.starting_at(start));
            times.filter(|time| asked.around.contains(*time)).collect()
        };
        let latest = latest_start(self.room.now);
        times.retain(|time| *time != asked.time && time.start() <= latest);
        times.sort_unstable_by_key(|time| (time.start().duration_since(asked.time.start()).abs(), time.start()));
        times.dedup();
        times
    }

    /// Where what can be had may begin or end, in no order.
    fn edges(&self, resource: &Resource, asked: &Asked) -> Vec<Timestamp> {
        let Asked { time, around } = *asked;
        let mut starts = Starts { length: time.duration(), found: Vec::new() };
        let kept =
            self.together(resource).map(|it| it.in_force.policy.buffers()).fold(Buffers::default(), Buffers::max);
        for it in self.together(resource) {
            let (zone, policy) = (zone(it), &it.in_force.policy);
            for claim in self.standing(it, kept.around(around)) {
                // What is kept free around a booking is kept of what comes next to it.
                let free = Buffers { before: kept.after, after: kept.before }.around(claim.interval);
                starts.from(free.end());
                starts.until(free.start());
                // Where that time may be shared, it may lie in blocked time.
                if matches!(claim.holder, Holder::Block(_)) {
                    starts.until(claim.interval.start());
                }
            }
            let open = it.in_force.opening().and_then(|opening| opening.open(&zone, around).ok());
            for open in open.into_iter().flatten() {
                starts.from(open.start());
                starts.until(open.end());
            }
            for out in self.out_of_order(it) {
                out.until.into_iter().for_each(|until| starts.from(until));
                out.from.into_iter().for_each(|from| starts.until(from));
            }
            for (first, last) in seatings(policy.services.as_deref().unwrap_or_default(), &zone, around) {
                starts.from(first);
                starts.from(last);
            }
            // Nobody wants to come at eleven minutes and four seconds past: the next whole quarter of an hour will do.
            let notice = minutes(policy.book_notice_minutes_min.unwrap_or_default());
            let earliest = self.room.now.checked_add(notice).ok().filter(|earliest| time.start() < *earliest);
            let quarter = |earliest: Timestamp| {
                let begun = quarter_of(earliest);
                if begun == earliest { Some(begun) } else { begun.checked_add(QUARTER).ok() }
            };
            starts.found.extend(earliest.and_then(quarter));
            let ahead = policy.book_ahead_minutes_max.and_then(|ahead| self.room.now.checked_add(minutes(ahead)).ok());
            starts.found.extend(ahead.filter(|latest| *latest < time.start()).map(quarter_of));
            // What is used up is used up until a day ends, or from when it begins.
            let of_days = |measure| !matches!(measure, QuotaMeasure::AtATime);
            if policy.quotas.iter().flatten().any(|quota| of_days(quota.measure)) {
                for midnight in grid(&zone, around, DAY_MINUTES) {
                    let later = time.start() < midnight;
                    starts.found.extend(if later { Some(midnight) } else { midnight.checked_sub(QUARTER).ok() });
                }
            }
        }
        if self.together(resource).any(|it| it.in_force.policy.pacing_max.is_some()) {
            starts.found.extend(grid(&zone(resource), around, STEP_MINUTES));
        }
        starts.found
    }
}
