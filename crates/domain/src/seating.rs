//! Which of a resource's interchangeable units a booking gets. Claims are intervals, and interval graphs are
//! perfect: wherever at no instant more units are wanted than there are, an assignment exists, and going through
//! the claims by their start and giving each any free unit finds one (M. C. Golumbic, *Algorithmic Graph Theory
//! and Perfect Graphs*, ch. 8). So a booking is refused only if the count is truly exceeded.

use jiff::{SignedDuration, Timestamp};

use crate::calendar::{Calendar, Claim, Holder, peak};
use crate::interval::Interval;
use crate::limits::AFFECTED_MAX;

/// Units for what was wanted, and what has to move for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seating {
    /// One unit for each claim that was wanted.
    pub units: Vec<u32>,
    /// Claims that go to another unit.
    pub moves: Vec<Move>,
}

/// A claim that goes to another unit, at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The claim as it stands.
    pub claim: Claim,
    /// The unit it goes to.
    pub to: u32,
}

/// Why nothing was seated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unseated {
    /// The claims of this window have to be known first.
    Unknown(Interval),
    /// At some instant more than the quantity would be taken; these stand in the way.
    Full(Vec<Claim>),
}

/// Finds `wanted` units of a resource of `quantity` for all of `window`, moving other claims where only that helps.
/// Claims that began before the window does stay where they are, and so do blocks.
pub fn seat(calendar: &Calendar, quantity: u32, window: Interval, wanted: u32) -> Result<Seating, Unseated> {
    if !calendar.knows(window) {
        return Err(Unseated::Unknown(window));
    }
    let wanted_count = wanted as usize;
    let free: Vec<u32> =
        (1..=quantity).filter(|&unit| calendar.on_unit(unit, window).next().is_none()).take(wanted_count).collect();
    if free.len() == wanted_count {
        return Ok(Seating { units: free, moves: Vec::new() });
    }
    let standing = calendar.overlapping(quantity, window);
    if peak(&standing, window) + wanted_count > quantity as usize {
        return Err(Unseated::Full(standing));
    }
    // The count fits but no unit is free throughout. Look as far ahead as is known; ask for more if that ends
    // before everything that moved has ended.
    let mut ahead = SignedDuration::from_hours(24);
    loop {
        let reach = window.end().checked_add(ahead).unwrap_or(Timestamp::MAX);
        let Ok(horizon) = Interval::new(window.start(), reach) else { return Err(Unseated::Full(standing)) };
        if !calendar.knows(horizon) {
            return Err(Unseated::Unknown(horizon));
        }
        let claims = calendar.overlapping(quantity, horizon);
        match arrange(&claims, quantity, window.start(), Some((window, wanted_count))) {
            Some(arranged) if arranged.settled_at <= reach => return Ok(arranged.seating),
            Some(_) if reach < Timestamp::MAX && claims.len() < 10 * AFFECTED_MAX => ahead = ahead.saturating_mul(4),
            _ => return Err(Unseated::Full(standing)),
        }
    }
}

/// Moves all `claims` (those that have not ended at `from`, in order of start) onto the units up to `quantity`;
/// `None` where at some instant more of them stand.
pub fn shrink(claims: &[Claim], quantity: u32, from: Timestamp) -> Option<Vec<Move>> {
    arrange(claims, quantity, from, None).map(|arranged| arranged.seating.moves)
}

struct Arranged {
    seating: Seating,
    /// From this instant on every claim stands on its old unit again.
    settled_at: Timestamp,
}

/// Goes through `claims`, which are in order of start, and keeps each on its unit where that is free.
fn arrange(claims: &[Claim], quantity: u32, from: Timestamp, new: Option<(Interval, usize)>) -> Option<Arranged> {
    let slot = |unit: u32| (unit as usize).checked_sub(1);
    let mut free_from = vec![Timestamp::MIN; quantity as usize];
    let mut moves = Vec::new();
    let mut settled_at = from;

    let (begun, coming) = claims.split_at(claims.partition_point(|claim| claim.interval.start() < from));
    let (staying, homeless): (Vec<&Claim>, Vec<&Claim>) = begun.iter().partition(|claim| claim.unit <= quantity);
    for claim in staying {
        *free_from.get_mut(slot(claim.unit)?)? = claim.interval.end();
    }
    for claim in homeless {
        let to = free_from.iter().position(|&free| free <= from)?;
        free_from[to] = claim.interval.end();
        moves.push(Move { claim: *claim, to: u32::try_from(to + 1).ok()? });
    }

    let mut units = Vec::new();
    if let Some((window, wanted)) = new {
        // The units that stay free the longest disturb the fewest claims.
        let mut next_start = vec![Timestamp::MAX; quantity as usize];
        for claim in coming.iter().rev() {
            *next_start.get_mut(slot(claim.unit)?)? = claim.interval.start();
        }
        let mut free: Vec<usize> = (0..free_from.len()).filter(|&at| free_from[at] <= from).collect();
        free.sort_by_key(|&at| std::cmp::Reverse(next_start[at]));
        for &at in free.get(..wanted)? {
            free_from[at] = window.end();
            units.push(u32::try_from(at + 1).ok()?);
        }
        settled_at = window.end();
    }

    for claim in coming {
        let start = claim.interval.start();
        if new.is_some() && start >= settled_at {
            break;
        }
        let own = slot(claim.unit)?;
        let at = if free_from.get(own).is_some_and(|&free| free <= start) {
            own
        } else {
            free_from.iter().position(|&free| free <= start)?
        };
        free_from[at] = claim.interval.end();
        if at != own {
            // A block holds every unit: while it stands nothing else does, so each of its claims finds its own.
            if matches!(claim.holder, Holder::Block(_)) || moves.len() == AFFECTED_MAX {
                return None;
            }
            settled_at = settled_at.max(claim.interval.end());
            moves.push(Move { claim: *claim, to: u32::try_from(at + 1).ok()? });
        }
    }
    Some(Arranged { seating: Seating { units, moves }, settled_at })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::ids::BookingId;

    fn interval(start: i64, end: i64) -> Interval {
        let at = |hour: i64| Timestamp::from_second(hour * 3_600).unwrap();
        Interval::new(at(start), at(end)).unwrap()
    }

    fn calendar(claims: &[(u32, i64, i64)]) -> Calendar {
        let mut calendar = Calendar::default();
        calendar.mark_known(Interval::new(Timestamp::MIN, Timestamp::MAX).unwrap());
        for (n, &(unit, start, end)) in claims.iter().enumerate() {
            let holder = Holder::Booking(BookingId(Uuid::from_u128(n as u128)));
            calendar.insert(Claim { unit, interval: interval(start, end), holder, lapses_at: None });
        }
        calendar
    }

    #[test]
    fn a_free_unit_is_taken_without_moving_anybody() {
        let calendar = calendar(&[(1, 10, 12)]);
        assert_eq!(seat(&calendar, 2, interval(11, 13), 1), Ok(Seating { units: vec![2], moves: vec![] }));
    }

    #[test]
    fn no_unit_is_free_throughout_but_the_count_fits() {
        // Unit 1 is taken first, unit 2 later: 10 to 14 fits on neither until one of them moves.
        let calendar = calendar(&[(1, 10, 12), (2, 12, 14)]);
        let seating = seat(&calendar, 2, interval(10, 14), 1).unwrap();
        assert_eq!((seating.units.as_slice(), seating.moves.len()), ([2].as_slice(), 1));
        assert_eq!(seating.moves[0].to, 1);
    }

    #[test]
    fn one_too_many_is_full() {
        let calendar = calendar(&[(1, 10, 12), (2, 11, 14)]);
        assert!(matches!(seat(&calendar, 2, interval(11, 12), 1), Err(Unseated::Full(claims)) if claims.len() == 2));
    }

    #[test]
    fn what_is_not_known_is_asked_for() {
        let calendar = Calendar::default();
        assert_eq!(seat(&calendar, 1, interval(1, 2), 1), Err(Unseated::Unknown(interval(1, 2))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Whatever comes, exactly what the count allows is seated, and no unit is ever taken twice.
        #[test]
        fn seated_exactly_if_the_count_fits(
            quantity in 1_u32..5,
            asked in prop::collection::vec((0_i64..40, 1_i64..12, 1_u32..4), 1..40),
        ) {
            let mut calendar = calendar(&[]);
            let mut taken: Vec<(Interval, u32)> = Vec::new();
            for (n, (start, length, wanted)) in asked.into_iter().enumerate() {
                let window = interval(start, start + length);
                let fits = (start..start + length).all(|hour| {
                    let now = interval(hour, hour + 1);
                    let standing: u32 = taken.iter().filter(|(i, _)| i.overlaps(now)).map(|(_, q)| q).sum();
                    standing + wanted <= quantity
                });
                let seated = seat(&calendar, quantity, window, wanted);
                prop_assert_eq!(seated.is_ok(), fits);
                let Ok(Seating { units, moves }) = seated else { continue };
                for step in &moves { calendar.remove(step.claim); }
                for step in &moves {
                    prop_assert!(step.claim.interval.start() >= window.start(), "what has begun stays");
                    calendar.insert(Claim { unit: step.to, ..step.claim });
                }
                for unit in units {
                    let holder = Holder::Booking(BookingId(Uuid::from_u128(n as u128)));
                    calendar.insert(Claim { unit, interval: window, holder, lapses_at: None });
                }
                taken.push((window, wanted));
                let whole = Interval::new(Timestamp::MIN, Timestamp::MAX).unwrap();
                let claims = calendar.overlapping(quantity, whole);
                prop_assert_eq!(claims.len(), taken.iter().map(|(_, q)| *q as usize).sum::<usize>());
                for (i, a) in claims.iter().enumerate() {
                    for b in &claims[i + 1..] {
                        prop_assert!(a.unit != b.unit || !a.interval.overlaps(b.interval));
                    }
                }
            }
        }
    }
}
