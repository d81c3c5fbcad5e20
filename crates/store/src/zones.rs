//! The rules of time zones by which bookings were made, and what others would have done to them: read and written for a job. It
//! compares nothing.

use bronya_domain::ids::{ResourceId, SeriesId};
use bronya_domain::interval::Interval;
use jiff::Timestamp;
use uuid::Uuid;

use crate::db::{Around, Each, Row, Sql, Step, Tx, Value};
use crate::error::Result;
use crate::facts::interval;

pub(crate) const VERSION: Sql<0> = Sql::new("SELECT max(version) FROM zone_rules");
pub(crate) const RULES: Sql<0> = Sql::new("SELECT name, rules FROM zone_rules");
pub(crate) const PUT: Each<3> = Each::new(
    "INSERT INTO zone_rules (name, version, rules) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, rules = excluded.rules",
    "INSERT INTO zone_rules (name, version, rules) SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[])
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, rules = excluded.rules",
);
/// What is to come and was booked before a time, with what is said of it already.
pub(crate) const TO_COME: Sql<4> = Sql::new(
    "SELECT booking.id, coalesce(series.time_zone, resource.time_zone), booking.starts_at, booking.ends_at,
        shift.from_version, shift.to_version, shift.kept_starts_at, shift.kept_ends_at
    FROM booking JOIN resource ON resource.id = booking.resource_id
    LEFT JOIN series ON series.id = booking.series_id
    LEFT JOIN zone_shift AS shift ON shift.holder_id = booking.id AND shift.starts_at = booking.starts_at
        AND shift.ends_at = booking.ends_at
    WHERE (booking.starts_at, booking.id) > ($1, $2) AND booking.updated_at < $3
        AND booking.status IN ('pending', 'confirmed', 'held', 'checked_in')
    ORDER BY booking.starts_at, booking.id LIMIT $4",
);
/// The same of blocks. How one recurred is kept nowhere, so its resource says whose clock it was meant by.
pub(crate) const BLOCKS_TO_COME: Sql<4> = Sql::new(
    "SELECT block.id, resource.time_zone, block.starts_at, block.ends_at,
        shift.from_version, shift.to_version, shift.kept_starts_at, shift.kept_ends_at
    FROM block JOIN resource ON resource.id = block.resource_id
    LEFT JOIN zone_shift AS shift ON shift.holder_id = block.id
    WHERE (block.starts_at, block.id) > ($1, $2) AND block.created_at < $3
    ORDER BY block.starts_at, block.id LIMIT $4",
);
pub(crate) const NOTE: Each<9> = Each::new(
    "INSERT INTO zone_shift (holder_id, from_version, to_version, time_zone, starts_at, ends_at, kept_starts_at,
        kept_ends_at, noticed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    "INSERT INTO zone_shift (holder_id, from_version, to_version, time_zone, starts_at, ends_at, kept_starts_at,
        kept_ends_at, noticed_at)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[],
        $7::timestamptz[], $8::timestamptz[], $9::timestamptz[])",
);
pub(crate) const FORGET: Each<1> = Each::new(
    "DELETE FROM zone_shift WHERE holder_id = $1",
    "DELETE FROM zone_shift WHERE holder_id = ANY ($1::uuid[])",
);
/// What is said of bookings that are still to come and stand where they stood.
pub(crate) const LIST: Sql<4> = Sql::new(
    "SELECT shift.holder_id, booking.resource_id, booking.series_id, shift.time_zone, shift.starts_at, shift.ends_at,
        shift.kept_starts_at, shift.kept_ends_at, shift.from_version, shift.to_version, shift.noticed_at
    FROM zone_shift AS shift JOIN booking ON booking.id = shift.holder_id
    WHERE (shift.starts_at, shift.holder_id) > ($1, $2) AND shift.starts_at > $3
        AND booking.starts_at = shift.starts_at AND booking.ends_at = shift.ends_at
        AND booking.status IN ('pending', 'confirmed', 'held', 'checked_in')
    ORDER BY shift.starts_at, shift.holder_id LIMIT $4",
);
/// The same of blocks, which are never moved.
pub(crate) const LIST_BLOCKS: Sql<4> = Sql::new(
    "SELECT shift.holder_id, block.resource_id, block.series_id, shift.time_zone, shift.starts_at, shift.ends_at,
        shift.kept_starts_at, shift.kept_ends_at, shift.from_version, shift.to_version, shift.noticed_at
    FROM zone_shift AS shift JOIN block ON block.id = shift.holder_id
    WHERE (shift.starts_at, shift.holder_id) > ($1, $2) AND shift.starts_at > $3
    ORDER BY shift.starts_at, shift.holder_id LIMIT $4",
);
pub(crate) const SWEEP: Sql<2> = Sql::new(
    "DELETE FROM zone_shift WHERE holder_id IN (
        SELECT old.holder_id FROM zone_shift AS old WHERE old.starts_at < $1 LIMIT $2)",
);

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Bookings.
    Bookings,
    /// Blocks.
    Blocks,
}

/// A booking or block to come, and by which clock it was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToCome {
    /// Its id.
    pub id: Uuid,
    /// The zone of its series, or else of its resource.
    pub time_zone: String,
    /// When it is.
    pub interval: Interval,
    /// What is said of it already.
    pub said: Option<Said>,
}

/// What an earlier change of rules would have done to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The version by which it was meant.
    pub from_version: String,
    /// The version that differed.
    pub to_version: String,
    /// When it would have had to be.
    pub kept: Interval,
}

/// What a change of rules would have done to a booking or block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Its id.
    pub holder: Uuid,
    /// The version of the rules by which it was meant.
    pub from_version: String,
    /// The version of those that differ.
    pub to_version: String,
    /// The zone.
    pub time_zone: String,
    /// When it is, and stays.
    pub interval: Interval,
    /// When it would have to be, to be at the same time on the wall.
    pub kept: Interval,
    /// When that was found out.
    pub noticed_at: Timestamp,
}

/// The same, with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What would differ.
    pub shift: Shift,
    /// On which resource.
    pub resource: ResourceId,
    /// Of which series, where it is an occurrence of one.
    pub series: Option<SeriesId>,
}

/// The version of the rules that are kept; `None` before any were.
pub async fn version(tx: &mut Tx) -> Result<Option<String>> {
    Ok(tx.row(&VERSION, [], |row| row.get(0)).await?.flatten())
}

/// The rules that are kept, by the names of the zones.
pub async fn rules(tx: &mut Tx) -> Result<Vec<(String, Vec<u8>)>> {
    tx.rows(&RULES, [], |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// Keeps the rules of a version in place of those that were kept before.
pub async fn put(tx: &mut Tx, version: &str, rules: &[(String, Vec<u8>)]) -> Result<()> {
    let rows: Vec<[Value; 3]> =
        rules.iter().map(|(name, rules)| [name.as_str().into(), version.into(), rules.clone().into()]).collect();
    tx.pipeline(Around::Nothing, vec![Step::each(&PUT, &rows, None)]).await
}

/// What starts after a place in the order of starts, and was last changed before a time.
pub async fn to_come(
    tx: &mut Tx,
    of: Of,
    after: (Timestamp, Uuid),
    before: Timestamp,
    limit: u32,
) -> Result<Vec<ToCome>> {
    let (sql, table) = match of {
        Of::Bookings => (&TO_COME, "booking"),
        Of::Blocks => (&BLOCKS_TO_COME, "block"),
    };
    tx.rows(sql, [after.0.into(), after.1.into(), before.into(), limit.into()], |row| {
        let said = match row.get::<Option<String>>(4)? {
            Some(from_version) => {
                Some(Said { from_version, to_version: row.get(5)?, kept: interval(row, "zone_shift", 6)? })
            }
            None => None,
        };
        Ok(ToCome { id: row.get(0)?, time_zone: row.get(1)?, interval: interval(row, table, 2)?, said })
    })
    .await
}

/// Says what would differ, in place of what was said of the same before; of those that are only named, nothing is said any more.
pub async fn note(tx: &mut Tx, shifts: &[Shift], settled: &[Uuid]) -> Result<()> {
    let gone = shifts.iter().map(|shift| shift.holder).chain(settled.iter().copied());
    let gone: Vec<[Value; 1]> = gone.map(|id| [id.into()]).collect();
    let fresh: Vec<[Value; 9]> = shifts
        .iter()
        .map(|it| {
            [
                it.holder.into(),
                it.from_version.as_str().into(),
                it.to_version.as_str().into(),
                it.time_zone.as_str().into(),
                it.interval.start().into(),
                it.interval.end().into(),
                it.kept.start().into(),
                it.kept.end().into(),
                it.noticed_at.into(),
            ]
        })
        .collect();
    let steps = vec![Step::each(&FORGET, &gone, None), Step::each(&NOTE, &fresh, None)];
    tx.pipeline(Around::Nothing, steps).await
}

/// What is said of what starts after `now`, after a place in the order of starts.
pub async fn list(tx: &mut Tx, of: Of, after: (Timestamp, Uuid), now: Timestamp, limit: u32) -> Result<Vec<Listed>> {
    let sql = match of {
        Of::Bookings => &LIST,
        Of::Blocks => &LIST_BLOCKS,
    };
    tx.rows(sql, [after.0.into(), after.1.into(), now.into(), limit.into()], listed).await
}

fn listed(row: &Row<'_>) -> Result<Listed> {
    Ok(Listed {
        shift: Shift {
            holder: row.get(0)?,
            time_zone: row.get(3)?,
            interval: interval(row, "zone_shift", 4)?,
            kept: interval(row, "zone_shift", 6)?,
            from_version: row.get(8)?,
            to_version: row.get(9)?,
            noticed_at: row.get(10)?,
        },
        resource: row.get(1)?,
        series: row.get(2)?,
    })
}
