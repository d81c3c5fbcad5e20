//! What a resource is like, on the wire: the parts of `/resources` that tell who may see it and when it is out of order.

use bronya_domain::profile::{OutOfOrder, Visibility};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::Invalid;
use super::wire::{self, UtcTime};

/// Who may know of a resource.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Visibility)]
pub enum VisibilityWord {
    /// Everybody, also without an account.
    Public,
    /// Everybody who has signed in.
    Internal,
    /// Its managers and administrators; for everybody else there is no such resource.
    Hidden,
}

impl From<Visibility> for VisibilityWord {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Public => Self::Public,
            Visibility::Internal => Self::Internal,
            Visibility::Hidden => Self::Hidden,
        }
    }
}

impl From<VisibilityWord> for Visibility {
    fn from(word: VisibilityWord) -> Self {
        match word {
            VisibilityWord::Public => Self::Public,
            VisibilityWord::Internal => Self::Internal,
            VisibilityWord::Hidden => Self::Hidden,
        }
    }
}

/// A time in which a resource can't be used. Bookings that stand then stay, and its managers find them at
/// `GET /bookings/?resource_id=…`; new ones are refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OutOfOrder)]
pub struct OutOfOrderView {
    /// Why.
    reason: String,
    /// From when on; `null`: at once.
    #[schema(required = true)]
    starts_at: Option<UtcTime>,
    /// Until when; `null`: nobody knows yet.
    #[schema(required = true)]
    ends_at: Option<UtcTime>,
}

impl From<OutOfOrder> for OutOfOrderView {
    fn from(out: OutOfOrder) -> Self {
        Self { reason: out.reason, starts_at: out.from.map(UtcTime), ends_at: out.until.map(UtcTime) }
    }
}

/// A time in which a resource is to be out of order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOutOfOrder)]
pub struct OutOfOrderBody {
    /// Why, for everybody to read.
    #[schema(min_length = 1, max_length = 500, example = "The projector is broken")]
    reason: String,
    /// From when on; at once where it is left out.
    #[serde(default)]
    #[schema(format = DateTime)]
    starts_at: Option<String>,
    /// Until when; open where it is left out.
    #[serde(default)]
    #[schema(format = DateTime)]
    ends_at: Option<String>,
}

impl OutOfOrderBody {
    /// The time that it says, with what can't be read noted.
    pub(super) fn out_of_order(&self, invalid: &mut Invalid) -> OutOfOrder {
        let from = self.starts_at.as_deref();
        let until = self.ends_at.as_deref();
        OutOfOrder {
            reason: self.reason.clone(),
            from: from.and_then(|text| invalid.take("/out_of_order/starts_at", wire::parse_time(text))),
            until: until.and_then(|text| invalid.take("/out_of_order/ends_at", wire::parse_time(text))),
        }
    }
}
