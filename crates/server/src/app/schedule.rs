//! The schedule: time that is blocked.

use bronya_domain::block::Block;
use bronya_domain::command::{Command, MakeBlock, OnConflict};
use bronya_domain::ids::{BlockId, ResourceId, SeriesId};
use bronya_domain::interval::Interval;
use bronya_domain::limits::SERIES_OCCURRENCES_MAX;
use bronya_domain::refusal::Refusal;
use bronya_store::engine::{Denied, Idempotency, Reply};
use bronya_store::{blocks, bookings, resources};
use jiff::Timestamp;

use super::series::{Pattern, told};
use super::{App, AppError, Caller, Result, outcome, read_as};

/// Blocks time.
pub async fn block(app: &App, caller: &Caller, make: MakeBlock, idempotency: Option<Idempotency>) -> Result<Reply> {
    Ok(app.submit(caller, Command::Block(make), idempotency).await?)
}

/// Claims that the blocks of one series may hold.
const CLAIMS_MAX: usize = 20_000;

/// Blocks that recur.
#[derive(Clone, Debug)]
pub struct NewSeries {
    /// What to block.
    pub resource: ResourceId,
    /// When.
    pub pattern: Pattern,
    /// Why.
    pub reason: Option<String>,
    /// What happens to bookings that stand there.
    pub on_conflict: OnConflict,
}

/// Blocks time again and again: all of it, or none.
pub async fn block_series(
    app: &App,
    caller: &Caller,
    new: NewSeries,
    idempotency: Option<Idempotency>,
) -> Result<Reply> {
    let resource = super::resources::by_id(app, caller, new.resource).await?;
    let intervals = new.pattern.expand(new.pattern.time_zone.as_ref().unwrap_or(&resource.attributes.time_zone))?;
    let claims = resource.attributes.quantity as usize + resource.attributes.parts.len();
    if CLAIMS_MAX < claims * intervals.len() {
        return Err(Refusal::TooManyAffected.into());
    }
    let series = Some(SeriesId(app.ids.next()));
    let block = |interval: &Interval| {
        let (id, reason) = (BlockId(app.ids.next()), new.reason.clone());
        let (resource, interval, on_conflict) = (new.resource, *interval, new.on_conflict);
        Command::Block(MakeBlock { id, resource, interval, reason, on_conflict, series })
    };
    let blocks = Command::All(intervals.iter().map(block).collect());
    app.submit(caller, blocks, idempotency).await.map_err(|denied| refused(denied, &intervals))
}

/// Gives the blocks of a series back that start at `from` or later; now, where that is not said.
pub async fn unblock_series(
    app: &App,
    caller: &Caller,
    series: SeriesId,
    from: Option<Timestamp>,
) -> Result<Vec<Block>> {
    let from = from.unwrap_or_else(|| app.clock.now());
    let found: Result<Vec<Block>> = read_as!(app, caller, |tx, principal| {
        let most = u32::try_from(SERIES_OCCURRENCES_MAX).unwrap_or(u32::MAX);
        let found = blocks::of_series(tx, series, from, most).await?;
        let on = found.iter().map(|block| block.resource).collect();
        let hidden = resources::hidden_from(tx, principal, &on).await?;
        Ok(found.into_iter().filter(|block| !hidden.contains(&block.resource)).collect())
    });
    let found = found?;
    if found.is_empty() {
        return Err(Refusal::BlockNotFound.into());
    }
    let intervals: Vec<Interval> = found.iter().map(|block| block.interval).collect();
    let gone = Command::All(found.iter().map(|block| Command::Unblock(block.id)).collect());
    app.submit(caller, gone, None).await.map_err(|denied| refused(denied, &intervals))?;
    Ok(found)
}

/// Who may not is told so once.
fn refused(denied: Denied, intervals: &[Interval]) -> AppError {
    match told(denied, intervals) {
        AppError::SeriesRefused(each) if each.iter().all(|(_, why)| *why == Refusal::Forbidden) => AppError::Forbidden,
        other => other,
    }
}

/// Gives blocked time back.
pub async fn unblock(app: &App, caller: &Caller, id: BlockId) -> Result<()> {
    outcome(app.submit(caller, Command::Unblock(id), None).await).map(drop)
}

/// What a list is narrowed to, and where it goes on.
#[derive(Clone, Copy, Debug)]
pub struct ListBlocks {
    /// On which resource.
    pub resource: Option<ResourceId>,
    /// Ending after this.
    pub from: Option<Timestamp>,
    /// Starting before this.
    pub to: Option<Timestamp>,
    /// After this place.
    pub after: Option<(Timestamp, BlockId)>,
    /// At most so many.
    pub limit: u32,
}

/// Blocks on resources that the caller may know of, in order of their start.
pub async fn list(app: &App, caller: &Caller, list: ListBlocks) -> Result<Vec<Block>> {
    read_as!(app, caller, |tx, principal| {
        let window = (list.from.unwrap_or(bookings::EARLIEST), list.to.unwrap_or(bookings::LATEST));
        let mut after = list.after.unwrap_or((bookings::EARLIEST, BlockId(uuid::Uuid::nil())));
        let wanted = usize::try_from(list.limit).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        loop {
            let rows = blocks::list(tx, list.resource, window, after, list.limit).await?;
            let is_last = rows.len() < wanted;
            after = rows.last().map_or(after, |block| (block.interval.start(), block.id));
            let on = rows.iter().map(|block| block.resource).collect();
            let hidden = resources::hidden_from(tx, principal, &on).await?;
            found.extend(rows.into_iter().filter(|block| !hidden.contains(&block.resource)));
            if is_last || wanted <= found.len() {
                found.truncate(wanted);
                return Ok(found);
            }
        }
    })
}
