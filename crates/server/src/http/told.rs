//! What a line of a booking's history says beyond what happened, on the wire: from where to where the booking went, and which rules were set
//! aside for it and why.

use bronya_domain::effect::SetAside;
use bronya_domain::facts::Located;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::wire::UtcTime;

/// From where to where a booking went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Moved)]
pub struct MovedView {
    /// Where it stood.
    from: StoodView,
    /// Where it stands from then on.
    to: StoodView,
}

/// Where a booking stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Stood)]
pub struct StoodView {
    /// On which resource.
    resource_id: Uuid,
    /// From when.
    starts_at: UtcTime,
    /// Until when.
    ends_at: UtcTime,
}

impl From<Located> for StoodView {
    fn from(Located { resource, interval }: Located) -> Self {
        Self { resource_id: resource.0, starts_at: UtcTime(interval.start()), ends_at: UtcTime(interval.end()) }
    }
}

impl From<(Located, Located)> for MovedView {
    fn from((from, to): (Located, Located)) -> Self {
        Self { from: from.into(), to: to.into() }
    }
}

/// Rules of a place that were set aside for a booking.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RulesSetAside)]
pub struct SetAsideView {
    /// Their names, as the rules of a place have them.
    #[schema(example = json!(["hours", "duration_minutes_max"]))]
    rules: Vec<String>,
    /// Why, in the words of whoever set them aside; `erased` once the booking's owner is.
    reason: String,
}

impl From<SetAside> for SetAsideView {
    fn from(SetAside { rules, reason }: SetAside) -> Self {
        Self { rules, reason }
    }
}
