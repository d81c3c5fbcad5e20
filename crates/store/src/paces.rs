//! Reading who starts when, for pacing: under the lock of the site for decisions, without it for offers. It knows nothing of
//! how many are too many.

use std::collections::{BTreeSet, HashMap};

use bronya_domain::ids::{BookingId, SiteId};
use bronya_domain::interval::Interval;
use bronya_domain::pace::{Pace, PaceScope, Start, covers};

use crate::db::{Around, Each, Row, Step, Tx, Value};
use crate::error::{Result, StoreError};
use crate::facts::status;

/// Starts that one flight may load.
const STARTS_MAX: usize = 200_000;

/// Sites whose starts are counted, so that nobody counts them at the same time. SQLite has one writer.
pub(crate) const LOCK_SITES: Each<1> = Each::new(
    "SELECT id FROM site WHERE id = $1",
    "SELECT id FROM site WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE",
);

/// Who starts when at a site.
pub(crate) const STARTS_OF_SITES: Each<3> = Each::new(
    "SELECT resource.site_id, booking.id, booking.starts_at, booking.party_size, booking.quantity, booking.status,
        booking.lapses_at
    FROM resource JOIN booking ON booking.resource_id = resource.id
    WHERE resource.site_id = $1 AND booking.starts_at >= $2 AND booking.starts_at < $3
        AND booking.status NOT IN ('rejected', 'cancelled', 'expired', 'no_show')
    LIMIT 200001",
    "SELECT resource.site_id, booking.id, booking.starts_at, booking.party_size, booking.quantity, booking.status,
        booking.lapses_at
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS asked (site_id, from_at, to_at)
    JOIN resource ON resource.site_id = asked.site_id
    JOIN booking ON booking.resource_id = resource.id AND booking.starts_at >= asked.from_at
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

/// Locks the sites, then loads who starts when, in one flight; the resources and people are locked before. Nothing is asked
/// of the database where nothing is paced.
pub(crate) async fn load_locked(
    tx: &mut Tx,
    wanted: &[(PaceScope, Interval)],
    paces: &mut HashMap<PaceScope, Pace>,
) -> Result<()> {
    read(tx, wanted, true, paces).await
}

/// Loads who starts when, as it is committed now.
pub(crate) async fn load(
    tx: &mut Tx,
    wanted: &[(PaceScope, Interval)],
    paces: &mut HashMap<PaceScope, Pace>,
) -> Result<()> {
    read(tx, wanted, false, paces).await
}

async fn read(
    tx: &mut Tx,
    wanted: &[(PaceScope, Interval)],
    locked: bool,
    paces: &mut HashMap<PaceScope, Pace>,
) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let (mut of_sites, mut of_resources) = (Vec::<[Value; 3]>::new(), Vec::<[Value; 3]>::new());
    let mut sites = BTreeSet::<SiteId>::new();
    for (scope, window) in wanted {
        let (from, to) = (window.start().into(), window.end().into());
        match scope {
            PaceScope::Site(id) => {
                sites.insert(*id);
                of_sites.push([(*id).into(), from, to]);
            }
            PaceScope::Resource(id) => of_resources.push([(*id).into(), from, to]),
        }
    }
    let locks: Vec<[Value; 1]> = sites.into_iter().filter(|_| locked).map(|id| [id.into()]).collect();
    let (mut at_sites, mut on_resources) = (Vec::new(), Vec::new());
    let mut site_sink = |row: &Row<'_>| {
        at_sites.push((PaceScope::Site(row.get(0)?), row.get::<BookingId>(1)?, start(row)?));
        Ok(())
    };
    let mut resource_sink = |row: &Row<'_>| {
        on_resources.push((PaceScope::Resource(row.get(0)?), row.get::<BookingId>(1)?, start(row)?));
        Ok(())
    };
    let steps = vec![
        Step::each(&LOCK_SITES, &locks, None),
        Step::each(&STARTS_OF_SITES, &of_sites, Some(&mut site_sink)),
        Step::each(&STARTS_OF_RESOURCES, &of_resources, Some(&mut resource_sink)),
    ];
    tx.pipeline(Around::Nothing, steps).await?;
    if STARTS_MAX < at_sites.len().max(on_resources.len()) {
        return Err(StoreError::TooMuch("bookings of one site"));
    }
    for (scope, id, start) in at_sites.into_iter().chain(on_resources) {
        paces.entry(scope).or_default().insert(id, start);
    }
    for (scope, window) in wanted {
        paces.entry(*scope).or_default().mark_known(*window);
    }
    Ok(())
}

fn start(row: &Row<'_>) -> Result<Start> {
    Ok(Start {
        at: row.get(2)?,
        covers: covers(row.get(3)?, row.get(4)?),
        status: status(row, 5)?,
        lapses_at: row.get(6)?,
    })
}
