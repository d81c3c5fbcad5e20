//! The schedule: time that is blocked.

use bronya_domain::block::Block;
use bronya_domain::command::{Command, MakeBlock};
use bronya_domain::ids::{BlockId, ResourceId};
use bronya_store::engine::{Idempotency, Reply};
use bronya_store::{blocks, bookings, resources};
use jiff::Timestamp;

use super::{App, Caller, Result, outcome, read_as};

/// Blocks time.
pub async fn block(app: &App, caller: &Caller, make: MakeBlock, idempotency: Option<Idempotency>) -> Result<Reply> {
    Ok(app.submit(caller, Command::Block(make), idempotency).await?)
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
