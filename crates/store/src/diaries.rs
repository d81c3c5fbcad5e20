//! The rows of what people have booked, read so that quotas can be counted over them. It knows nothing of what counts.

use std::collections::{BTreeSet, HashMap};

use bronya_domain::facts::{Entry, Spot};
use bronya_domain::ids::{BookingId, ResourceId, UserId};
use bronya_domain::interval::Interval;

use crate::db::{Around, Each, Row, Step, Tx, Value};
use crate::error::{Result, StoreError};
use crate::facts::{interval, status};
use crate::shares::read_shares;

/// Bookings of people that one flight may load.
pub(crate) const DIARY_MAX: usize = 10_000;

/// What quotas are counted over of resources that were booked along.
pub(crate) const SPOTS: Each<1> = Each::new(
    "SELECT id, kind, site_id FROM resource WHERE id = $1",
    "SELECT id, kind, site_id FROM resource WHERE id = ANY ($1::uuid[])",
);

/// What somebody has booked that may count: everything that starts in a window and was not taken back. Of which kind it is costs
/// a search each, and is answered where it is wanted.
pub(crate) const LOAD_DIARIES: Each<4> = Each::new(
    "SELECT id, user_id, resource_id,
        CASE WHEN $1 THEN (SELECT kind FROM resource WHERE resource.id = booking.resource_id) END,
        site_id, starts_at, ends_at, status, lapses_at, shares
    FROM booking
    WHERE user_id = $2 AND starts_at < $3 AND starts_at >= $4 AND status NOT IN ('rejected', 'cancelled', 'expired')
    LIMIT 10001",
    "SELECT booking.id, booking.user_id, booking.resource_id,
        CASE WHEN asked.kinds THEN (SELECT kind FROM resource WHERE resource.id = booking.resource_id) END,
        booking.site_id, booking.starts_at, booking.ends_at, booking.status, booking.lapses_at, booking.shares
    FROM unnest($1::boolean[], $2::uuid[], $3::timestamptz[], $4::timestamptz[]) AS asked (kinds, user_id, to_at, from_at)
    JOIN booking ON booking.user_id = asked.user_id AND booking.starts_at < asked.to_at
        AND booking.starts_at >= asked.from_at
    WHERE booking.status NOT IN ('rejected', 'cancelled', 'expired')
    LIMIT 10001",
);

/// The arguments of [`LOAD_DIARIES`].
pub(crate) fn asked(person: UserId, window: Interval, kinds: bool) -> [Value; 4] {
    [kinds.into(), person.into(), window.end().into(), window.start().into()]
}

/// What people have booked that starts in `window`, of which kind each is, and its owner, as it is committed now.
/// [`StoreError::TooMuch`] where that is more than ten thousand.
pub(crate) async fn of(
    tx: &mut Tx,
    people: &BTreeSet<UserId>,
    window: Interval,
) -> Result<Vec<(BookingId, UserId, Entry)>> {
    let rows: Vec<[Value; 4]> = people.iter().map(|person| asked(*person, window, true)).collect();
    let mut entries = Entries::default();
    let mut sink = |row: &Row<'_>| entries.read(row);
    tx.pipeline(Around::Nothing, vec![Step::each(&LOAD_DIARIES, &rows, Some(&mut sink))]).await?;
    entries.resolve(tx).await
}

/// Rows of [`LOAD_DIARIES`], of which it has still to be found out what was booked along.
#[derive(Debug, Default)]
pub(crate) struct Entries(Vec<(BookingId, UserId, Entry, Vec<ResourceId>)>);

impl Entries {
    /// Takes a row in.
    pub(crate) fn read(&mut self, row: &Row<'_>) -> Result<()> {
        let shares = read_shares(row.get::<Option<String>>(9)?.as_deref())?;
        let along = shares.into_iter().filter(|it| it.asked).map(|it| it.resource).collect();
        let entry = Entry {
            spot: Spot { resource: row.get(2)?, kind: row.get(3)?, site: row.get(4)? },
            along: Vec::new(),
            interval: interval(row, "booking", 5)?,
            status: status(row, 7)?,
            lapses_at: row.get(8)?,
        };
        self.0.push((row.get(0)?, row.get(1)?, entry, along));
        Ok(())
    }

    /// Every booking with its owner. Nothing more is asked of the database where nothing was booked along.
    /// [`StoreError::TooMuch`] where there are more than ten thousand.
    pub(crate) async fn resolve(self, tx: &mut Tx) -> Result<Vec<(BookingId, UserId, Entry)>> {
        if DIARY_MAX < self.0.len() {
            return Err(StoreError::TooMuch("bookings of these people"));
        }
        let ids: BTreeSet<ResourceId> = self.0.iter().flat_map(|(.., along)| along).copied().collect();
        let mut spots = HashMap::with_capacity(ids.len());
        if !ids.is_empty() {
            let ids: Vec<[Value; 1]> = ids.into_iter().map(|id| [id.into()]).collect();
            let mut sink = |row: &Row<'_>| {
                let spot = Spot { resource: row.get(0)?, kind: row.get(1)?, site: row.get(2)? };
                spots.insert(spot.resource, spot);
                Ok(())
            };
            tx.pipeline(Around::Nothing, vec![Step::each(&SPOTS, &ids, Some(&mut sink))]).await?;
        }
        let found = |(id, person, entry, along): (BookingId, UserId, Entry, Vec<ResourceId>)| {
            let along = along.iter().filter_map(|it| spots.get(it).cloned()).collect();
            (id, person, Entry { along, ..entry })
        };
        Ok(self.0.into_iter().map(found).collect())
    }
}
