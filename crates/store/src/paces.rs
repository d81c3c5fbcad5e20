//! Reading who starts when, for pacing: under the lock of the site for decisions, without it for offers. It knows nothing of
//! how many are too many.

use std::collections::{BTreeSet, HashMap};

use bronya_domain::ids::{BookingId, SiteId};
use bronya_domain::interval::Interval;
use bronya_domain::pace::{Pace, PaceScope, Start, covers};

use crate::db::{Around, Each, Row, Step, Tx, Value};
use crate::error::{Result, StoreError};
use crate::facts::{status, widest};

/// Starts that one flight may load.
const STARTS_MAX: usize = 200_000;

/// Sites whose starts are counted, so that nobody counts them at the same time.
pub(crate) const LOCK_SITES: Each<1> =
    Each::lock("SELECT id FROM site WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE");

/// Who starts when at a site.
pub(crate) const STARTS_OF_SITES: Each<3> = Each::new(
    "SELECT site_id, id, starts_at, party_size, quantity, status, lapses_at FROM booking
    WHERE site_id = $1 AND starts_at >= $2 AND starts_at < $3
        AND status NOT IN ('rejected', 'cancelled', 'expired', 'no_show')
    LIMIT 200001",
    "SELECT booking.site_id, booking.id, booking.starts_at, booking.party_size, booking.quantity, booking.status,
        booking.lapses_at
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS asked (site_id, from_at, to_at)
    JOIN booking ON booking.site_id = asked.site_id AND booking.starts_at >= asked.from_at
        AND booking.starts_at < asked.to_at
    WHERE booking.status NOT IN ('rejected', 'cancelled', 'expired', 'no_show')
    LIMIT 200001",
);

/// Who starts when on a resource that has no site.
pub(crate) const STARTS_OF_RESOURCES: Each<3> = Each::new(
    "SELECT resource_id, id, starts_at, party_size, quantity, status, lapses_at FROM booking
    WHERE resource_id = $1 AND starts_at >= $2 AND starts_at < $3
        AND status NOT IN ('rejected', 'cancelled', 'expired', 'no_show')
    LIMIT 200001",
    "SELECT booking.resource_id, booking.id, booking.starts_at, booking.party_size, booking.quantity, booking.status,
        booking.lapses_at
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS asked (resource_id, from_at, to_at)
    JOIN booking ON booking.resource_id = asked.resource_id AND booking.starts_at >= asked.from_at
        AND booking.starts_at < asked.to_at
    WHERE booking.status NOT IN ('rejected', 'cancelled', 'expired', 'no_show')
    LIMIT 200001",
);

/// The rows of what is asked about paces.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) sites: Vec<[Value; 1]>,
    pub(crate) of_sites: Vec<[Value; 3]>,
    pub(crate) of_resources: Vec<[Value; 3]>,
}

impl Asked {
    pub(crate) fn of(wanted: &[(PaceScope, Interval)]) -> Self {
        let (mut asked, mut sites) = (Self::default(), BTreeSet::<SiteId>::new());
        for (scope, window) in widest(wanted) {
            let (from, to) = (window.start().into(), window.end().into());
            match scope {
                PaceScope::Site(id) => {
                    sites.insert(id);
                    asked.of_sites.push([id.into(), from, to]);
                }
                PaceScope::Resource(id) => asked.of_resources.push([id.into(), from, to]),
            }
        }
        asked.sites = sites.into_iter().map(|id| [id.into()]).collect();
        asked
    }
}

/// A start, and which booking it is.
pub(crate) type Found = (PaceScope, BookingId, Start);

/// A start as [`STARTS_OF_SITES`] answers it.
pub(crate) fn at_site(row: &Row<'_>) -> Result<Found> {
    Ok((PaceScope::Site(row.get(0)?), row.get(1)?, start(row)?))
}

/// A start as [`STARTS_OF_RESOURCES`] answers it.
pub(crate) fn on_resource(row: &Row<'_>) -> Result<Found> {
    Ok((PaceScope::Resource(row.get(0)?), row.get(1)?, start(row)?))
}

/// Makes what was found for `wanted` known.
pub(crate) fn note(
    found: Vec<Found>,
    wanted: &[(PaceScope, Interval)],
    paces: &mut HashMap<PaceScope, Pace>,
) -> Result<()> {
    if STARTS_MAX < found.len() {
        return Err(StoreError::TooMuch("bookings of one site"));
    }
    for (scope, id, start) in found {
        paces.entry(scope).or_default().insert(id, start);
    }
    for (scope, window) in wanted {
        paces.entry(*scope).or_default().mark_known(*window);
    }
    Ok(())
}

/// Loads who starts when, as it is committed now: good for offers.
pub(crate) async fn load(
    tx: &mut Tx,
    wanted: &[(PaceScope, Interval)],
    paces: &mut HashMap<PaceScope, Pace>,
) -> Result<()> {
    let asked = Asked::of(wanted);
    let (mut at_sites, mut on_resources) = (Vec::new(), Vec::new());
    let mut site_sink = |row: &Row<'_>| {
        at_sites.push(at_site(row)?);
        Ok(())
    };
    let mut resource_sink = |row: &Row<'_>| {
        on_resources.push(on_resource(row)?);
        Ok(())
    };
    let steps = vec![
        Step::each(&STARTS_OF_SITES, &asked.of_sites, Some(&mut site_sink)),
        Step::each(&STARTS_OF_RESOURCES, &asked.of_resources, Some(&mut resource_sink)),
    ];
    tx.pipeline(Around::Nothing, steps).await?;
    at_sites.append(&mut on_resources);
    note(at_sites, wanted, paces)
}

fn start(row: &Row<'_>) -> Result<Start> {
    Ok(Start {
        at: row.get(2)?,
        covers: covers(row.get(3)?, row.get(4)?),
        status: status(row, 5)?,
        lapses_at: row.get(6)?,
    })
}
