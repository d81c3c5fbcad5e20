//! Reading blocks. They are changed by commands only.

use bronya_domain::block::Block;
use bronya_domain::ids::{BlockId, ResourceId, SeriesId};
use jiff::Timestamp;

use crate::db::{Sql, Tx};
use crate::error::Result;
use crate::facts::block;

pub(crate) const LIST: Sql<5> = Sql::new(concat!(
    select_block!(),
    " WHERE (starts_at, id) > ($1, $2) AND ends_at > $3 AND starts_at < $4 ORDER BY starts_at, id LIMIT $5"
));
pub(crate) const LIST_OF_RESOURCE: Sql<6> = Sql::new(concat!(
    select_block!(),
    " WHERE resource_id = $1 AND (starts_at, id) > ($2, $3) AND ends_at > $4 AND starts_at < $5
    ORDER BY starts_at, id LIMIT $6"
));

pub(crate) const OF_SERIES: Sql<3> =
    Sql::new(concat!(select_block!(), " WHERE series_id = $1 AND starts_at >= $2 ORDER BY starts_at, id LIMIT $3"));

/// The blocks of a series that start at `from` or later, in order of their start: at most `limit`.
pub async fn of_series(tx: &mut Tx, series: SeriesId, from: Timestamp, limit: u32) -> Result<Vec<Block>> {
    tx.rows(&OF_SERIES, [series.into(), from.into(), limit.into()], block).await
}

/// Blocks that overlap `[from, to)`, in order of their start, after the one that `after` tells.
pub async fn list(
    tx: &mut Tx,
    resource: Option<ResourceId>,
    (from, to): (Timestamp, Timestamp),
    after: (Timestamp, BlockId),
    limit: u32,
) -> Result<Vec<Block>> {
    let (start, id) = after;
    match resource {
        None => tx.rows(&LIST, [start.into(), id.into(), from.into(), to.into(), limit.into()], block).await,
        Some(resource) => {
            let values = [resource.into(), start.into(), id.into(), from.into(), to.into(), limit.into()];
            tx.rows(&LIST_OF_RESOURCE, values, block).await
        }
    }
}
