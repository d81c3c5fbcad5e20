//! Reports over bookings: for administrators about everything, for managers about what they manage. The counting is
//! `domain`'s; here it is fed a page at a time.

use std::collections::BTreeMap;

use bronya_domain::ids::{BookingId, UserId};
use bronya_domain::interval::Interval;
use bronya_domain::report::{By, Report, Tally, TooMuch};
use bronya_store::reports::{self, Which};
use bronya_store::{accounts, bookings, resources};
use uuid::Uuid;

use super::sign_in::limited;
use super::{App, AppError, Caller, Result, read_as};
use crate::auth::limits;

/// Bookings that are read at once.
const PAGE_ROWS: u32 = 1_000;
/// People that a report names at most: those with the most bookings.
pub const PEOPLE_MAX: usize = 100;

/// What was counted, and the names of what it was counted for.
#[derive(Debug)]
pub struct Counted {
    /// The lines.
    pub lines: BTreeMap<By, Tally>,
    /// The names of resources and, for administrators, of people.
    pub names: BTreeMap<By, String>,
}

impl From<TooMuch> for AppError {
    fn from(_: TooMuch) -> Self {
        Self::TooWide
    }
}

/// Counts what became of the bookings of `window`. `timed` where it is also to tell how long things were booked.
pub async fn count(app: &App, caller: &Caller, which: Which, window: Interval, timed: bool) -> Result<Counted> {
    limited(app, vec![(limits::reports_user_key(caller.user), limits::REPORTS_PER_USER)]).await?;
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| {
        let managed_by = if principal.is_admin() {
            None
        } else if resources::manages_any(tx, principal.user).await? {
            Some(principal.user)
        } else {
            return Err(AppError::Forbidden);
        };
        let found = reports::resources_of(tx, Which { managed_by, ..which }).await?;
        let mut report = Report::new(window, now, timed);
        let mut names = BTreeMap::new();
        for resource in &found {
            names.insert(By::Resource(resource.id), resource.attributes.name.clone());
            report.resource(resource)?;
            let mut filter = bookings::Filter {
                user: None,
                resource: Some(resource.id),
                status: None,
                from: window.start(),
                to: window.end(),
                after: (bookings::EARLIEST, BookingId(Uuid::nil())),
                now,
            };
            loop {
                let page = bookings::list(tx, bookings::Scope::All, &filter, PAGE_ROWS).await?;
                for booking in &page {
                    report.booking(resource, booking)?;
                }
                match page.last() {
                    Some(last) if page.len() == usize::try_from(PAGE_ROWS).unwrap_or(usize::MAX) => {
                        filter.after = (last.interval.start(), last.id);
                    }
                    _ => break,
                }
            }
        }
        let mut lines = report.lines();
        let named = keep_busiest(&mut lines);
        if principal.is_admin() {
            for person in named {
                if let Some(account) = accounts::by_id(tx, person).await? {
                    names.insert(By::Person(person), account.display_name.unwrap_or(account.username));
                }
            }
        }
        Ok(Counted { lines, names })
    })
}

/// Leaves only the people with the most bookings, and returns them.
fn keep_busiest(lines: &mut BTreeMap<By, Tally>) -> Vec<UserId> {
    let mut people: Vec<(UserId, u64)> = lines
        .iter()
        .filter_map(|(by, tally)| if let By::Person(id) = by { Some((*id, busy(tally))) } else { None })
        .collect();
    people.sort_by_key(|(id, bookings)| (std::cmp::Reverse(*bookings), *id));
    for (id, _) in people.split_off(people.len().min(PEOPLE_MAX)) {
        lines.remove(&By::Person(id));
    }
    people.into_iter().map(|(id, _)| id).collect()
}

/// What makes somebody busy: bookings that stand, stood, or saw nobody.
pub fn busy(tally: &Tally) -> u64 {
    tally.standing + tally.no_shows
}
