//! Reading series. They are made by commands, and their occurrences are bookings like any other.

use bronya_domain::booking::Booking;
use bronya_domain::command::Series;
use std::collections::BTreeSet;

use bronya_domain::ids::{ResourceId, SeriesId};
use jiff::civil::DateTime;

use crate::db::{Row, Sql, Tx};
use crate::error::{Result, StoreError};
use crate::facts::booking;

pub(crate) const BY_ID: Sql<1> = Sql::new(
    "SELECT id, resource_id, user_id, rule, starts_at, ends_at, time_zone, created_at FROM series WHERE id = $1",
);
pub(crate) const BOOKINGS: Sql<1> =
    Sql::new(concat!(select_booking!(), " WHERE series_id = $1 ORDER BY starts_at, id LIMIT 1000"));
/// What its bookings are of, and what was booked along with them.
pub(crate) const PLACES: Sql<1> = Sql::new(
    "SELECT resource_id FROM booking WHERE series_id = $1
    UNION SELECT share.resource_id FROM booking JOIN share ON share.holder_id = booking.id
    WHERE booking.series_id = $1 AND share.asked",
);

/// The series with this id, as it was asked for.
pub async fn by_id(tx: &mut Tx, id: SeriesId) -> Result<Option<Series>> {
    tx.row(&BY_ID, [id.into()], series).await
}

/// Its bookings, in order of their start.
pub async fn bookings(tx: &mut Tx, id: SeriesId) -> Result<Vec<Booking>> {
    tx.rows(&BOOKINGS, [id.into()], booking).await
}

/// Every resource that one of its bookings was asked for.
pub async fn places(tx: &mut Tx, id: SeriesId) -> Result<BTreeSet<ResourceId>> {
    Ok(tx.rows(&PLACES, [id.into()], |row| row.get(0)).await?.into_iter().collect())
}

fn series(row: &Row<'_>) -> Result<Series> {
    let local = |at: usize, column: &'static str| {
        let text: String = row.get(at)?;
        text.parse::<DateTime>().map_err(|error| StoreError::inconsistent("series", column, &error))
    };
    Ok(Series {
        id: row.get(0)?,
        resource: row.get(1)?,
        user: row.get(2)?,
        rule: row.get(3)?,
        starts_at: local(4, "starts_at")?,
        ends_at: local(5, "ends_at")?,
        time_zone: row.get(6)?,
        created_at: row.get(7)?,
    })
}
