//! What has happened lately, for those who look on: read from the log, which every change of a reservation is written to in its own
//! transaction, whichever server makes it.

use std::collections::BTreeSet;

use bronya_domain::ids::ResourceId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::db::{Around, Each, Row, Sql, Step, Tx, Value};
use crate::error::Result;
use crate::shares::{LOAD_PARTS, LOAD_WHOLES};

pub(crate) const SINCE: Sql<2> = Sql::new(
    "SELECT id, resource_id, booking_id, block_id, site_id, area_id, kind_id, group_id FROM event
    WHERE id > $1 ORDER BY id DESC LIMIT $2",
);
pub(crate) const ALSO_HELD: Each<1> = Each::new(
    "SELECT resource_id FROM share WHERE holder_id = $1",
    "SELECT resource_id FROM share WHERE holder_id = ANY ($1::uuid[])",
);

/// From where bookings went elsewhere.
pub(crate) const LEFT: Each<1> = Each::new(
    "SELECT from_resource_id FROM event_detail WHERE event_id = $1 AND from_resource_id IS NOT NULL",
    "SELECT from_resource_id FROM event_detail WHERE event_id = ANY ($1::uuid[]) AND from_resource_id IS NOT NULL",
);

/// A line of the log, as far as it is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    /// Its id.
    pub id: Uuid,
    /// The resource that it is about.
    pub resource: Option<ResourceId>,
    /// The booking or block that it is about.
    pub holder: Option<Uuid>,
    /// Whether it may be about any resource: a place, a kind or a group changed.
    pub is_wide: bool,
}

/// The newest lines that were begun after a time, at most so many. Whoever writes a line gives it its time before the transaction
/// ends, so some that are older than the newest may still come.
pub async fn since(tx: &mut Tx, time: Timestamp, limit: u32) -> Result<Vec<News>> {
    let millis = u64::try_from(time.as_millisecond()).unwrap_or(0);
    let first = uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid();
    tx.rows(&SINCE, [first.into(), limit.into()], |row| {
        let (booking, block): (Option<Uuid>, Option<Uuid>) = (row.get(2)?, row.get(3)?);
        let mut is_wide = false;
        for column in 4..8 {
            is_wide |= row.get::<Option<Uuid>>(column)?.is_some();
        }
        Ok(News { id: row.get(0)?, resource: row.get(1)?, holder: booking.or(block), is_wide })
    })
    .await
}

/// Every resource whose free time these lines may have changed: what they name, what was booked or blocked along with it,
/// from where a booking went, what all that is made of, which whoever has left it holds no more, and
/// what is made of any of it.
pub async fn touched(tx: &mut Tx, news: &[News]) -> Result<BTreeSet<ResourceId>> {
    let mut found: BTreeSet<ResourceId> = news.iter().filter_map(|line| line.resource).collect();
    let holders: BTreeSet<Uuid> = news.iter().filter_map(|line| line.holder).collect();
    let holders: Vec<[Value; 1]> = holders.into_iter().map(|id| [id.into()]).collect();
    let mut held = |row: &Row<'_>| {
        found.insert(row.get(0)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&ALSO_HELD, &holders, Some(&mut held))]).await?;
    let lines: Vec<[Value; 1]> = news.iter().filter(|it| it.holder.is_some()).map(|it| [it.id.into()]).collect();
    let mut left = |row: &Row<'_>| {
        found.insert(row.get(0)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&LEFT, &lines, Some(&mut left))]).await?;
    let named: Vec<[Value; 1]> = found.iter().map(|id| [(*id).into()]).collect();
    let mut part = |row: &Row<'_>| {
        found.insert(row.get(0)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&LOAD_PARTS, &named, Some(&mut part))]).await?;
    let parts: Vec<[Value; 1]> = found.iter().map(|id| [(*id).into()]).collect();
    let mut whole = |row: &Row<'_>| {
        found.insert(row.get(1)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&LOAD_WHOLES, &parts, Some(&mut whole))]).await?;
    Ok(found)
}
