//! Reading series. They are made by commands, and their occurrences are bookings like any other.

use bronya_domain::booking::Booking;
use bronya_domain::command::Series;
use std::collections::BTreeSet;

use bronya_domain::ids::{ResourceId, SeriesId};
use bronya_domain::recurrence::Moment;
use jiff::civil::DateTime;

use crate::db::{Each, Row, Sql, Tx, Value};
use crate::error::{Result, StoreError};
use crate::facts::booking;

pub(crate) const BY_ID: Sql<1> = Sql::new(
    "SELECT id, resource_id, user_id, rule, starts_at, ends_at, time_zone, created_at, exdates, rdates FROM series
    WHERE id = $1",
);
pub(crate) const BOOKINGS: Sql<1> =
    Sql::new(concat!(select_booking!(), " WHERE series_id = $1 ORDER BY starts_at, id LIMIT 1000"));
/// What its bookings are of, and what was booked along with them.
pub(crate) const PLACES: Sql<1> = Sql::new(
    "SELECT resource_id FROM booking WHERE series_id = $1
    UNION SELECT share.resource_id FROM booking JOIN share ON share.holder_id = booking.id
    WHERE booking.series_id = $1 AND share.asked",
);

pub(crate) const INSERT_SERIES: Each<10> = Each::new(
    "INSERT INTO series (id, resource_id, user_id, rule, starts_at, ends_at, time_zone, created_at, exdates, rdates)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    "INSERT INTO series (id, resource_id, user_id, rule, starts_at, ends_at, time_zone, created_at, exdates, rdates)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::timestamptz[], $9::text[], $10::text[])",
);
pub(crate) const UPDATE_SERIES: Each<6> = Each::new(
    "UPDATE series SET rule = $1, starts_at = $2, ends_at = $3, exdates = $4, rdates = $5 WHERE id = $6",
    "UPDATE series SET rule = fresh.rule, starts_at = fresh.starts_at, ends_at = fresh.ends_at,
        exdates = fresh.exdates, rdates = fresh.rdates
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[])
        AS fresh (rule, starts_at, ends_at, exdates, rdates, id)
    WHERE series.id = fresh.id",
);

/// A new series as a row.
pub(crate) fn inserted(series: &Series) -> [Value; 10] {
    [
        series.id.into(),
        series.resource.into(),
        series.user.into(),
        series.rule.as_str().into(),
        series.starts_at.to_string().into(),
        series.ends_at.to_string().into(),
        series.time_zone.as_str().into(),
        series.created_at.into(),
        written(&series.without).into(),
        written(&series.with).into(),
    ]
}

/// By what rule a series goes, as a row.
pub(crate) fn updated(series: &Series) -> [Value; 6] {
    [
        series.rule.as_str().into(),
        series.starts_at.to_string().into(),
        series.ends_at.to_string().into(),
        written(&series.without).into(),
        written(&series.with).into(),
        series.id.into(),
    ]
}

/// The column that holds these times; empty where there are none.
fn written(moments: &[Moment]) -> Option<String> {
    let text = |it: &Moment| match it {
        Moment::Local(local) => local.to_string(),
        Moment::Utc(time) => time.to_string(),
    };
    (!moments.is_empty()).then(|| moments.iter().map(text).collect::<Vec<_>>().join(","))
}

/// What [`written`] wrote.
fn moments(row: &Row<'_>, at: usize, column: &'static str) -> Result<Vec<Moment>> {
    let text: Option<String> = row.get(at)?;
    let read = |text: &str| {
        let instant = text.ends_with('Z');
        let moment = if instant { text.parse().map(Moment::Utc) } else { text.parse().map(Moment::Local) };
        moment.map_err(|error: jiff::Error| StoreError::inconsistent("series", column, &error))
    };
    text.iter().flat_map(|text| text.split(',')).map(read).collect()
}

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
        without: moments(row, 8, "exdates")?,
        with: moments(row, 9, "rdates")?,
    })
}
