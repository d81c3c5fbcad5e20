//! The use cases: what a caller can ask of Bronya, whichever way the question comes in. Each checks who asks inside
//! the same read or transaction that answers. Nothing here knows HTTP or SQL.

pub mod audit;
pub mod availability;
pub mod bookings;
pub mod demo;
pub mod displays;
pub mod erasure;
mod error;
pub mod export;
pub mod floor_plans;
pub mod groups;
pub mod guests;
pub mod holidays;
pub mod import;
pub mod keys;
pub mod kinds;
pub mod live;
mod making;
pub mod managers;
pub mod password_links;
pub mod pictures;
pub mod places;
pub mod public;
pub mod public_resources;
pub mod reports;
pub mod resources;
pub mod rules;
pub mod schedule;
pub mod series;
pub mod sign_in;
pub mod upkeep;
pub mod users;
pub mod waiting;
pub mod zones;

use std::ops::Deref;
use std::sync::Arc;

use bronya_domain::ids::{SessionId, UserId};
use bronya_domain::user::Principal;
use bronya_store::db::Tx;
use bronya_store::engine::{Actor, Answered, Idempotency, Reply, Submission};
use bronya_store::events::Origin;
use bronya_store::ports::{Clock, Ids};
use bronya_store::{Store, StoreError, sessions};
use jiff::Timestamp;

pub use error::{AppError, Result};

/// Whose token came with a request. That the session behind it is still alive, the use case finds out.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user that the token names.
    pub user: UserId,
    /// The session that the token belongs to.
    pub session: SessionId,
    /// Where the request came from, for the log.
    pub origin: Origin,
}

/// What every use case works with. Cheap to clone: all clones are one.
#[derive(Clone, Debug)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// New ids.
    pub ids: Ids,
    /// Signing in.
    pub sign_in: sign_in::SignIn,
    /// What the operator decided.
    pub settings: Settings,
    /// Those who listen to what changes.
    pub live: live::Live,
}

/// What the operator decided about who may do what.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Whether anybody may make an account.
    pub registration_open: bool,
    /// Whether only administrators may add resources.
    pub resource_creation_by_admins_only: bool,
    /// Whether browsers may sign in over plain http from other machines.
    pub plain_http_sign_in: bool,
    /// The origin of the address that people are told: scheme, host and port.
    pub public_origin: Option<String>,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// An application of these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Hands a command to the engine, in the caller's name.
    async fn submit(
        &self,
        caller: &Caller,
        command: bronya_domain::command::Command,
        idempotency: Option<Idempotency>,
    ) -> Answered {
        let actor = Actor::Session { user: caller.user, session: caller.session };
        let origin = caller.origin.clone();
        self.store.submit(Submission { command, actor, dry_run: false, idempotency, origin }).await
    }

    /// Hands a command to the engine for somebody who has no session.
    async fn submit_as(&self, actor: Actor, command: bronya_domain::command::Command, origin: Origin) -> Answered {
        self.store.submit(Submission { command, actor, dry_run: false, idempotency: None, origin }).await
    }

    /// Has a command decided in the caller's name, and writes nothing.
    async fn try_out(&self, caller: &Caller, command: bronya_domain::command::Command) -> Answered {
        let actor = Actor::Session { user: caller.user, session: caller.session };
        let origin = caller.origin.clone();
        self.store.submit(Submission { command, actor, dry_run: true, idempotency: None, origin }).await
    }
}

/// Who the caller is.
async fn principal(tx: &mut Tx, caller: &Caller, now: Timestamp) -> Result<Principal> {
    sessions::principal(tx, caller.session, caller.user, now).await?.ok_or(AppError::NotSignedIn)
}

/// Runs a read or a transaction whose first statement finds out who asks.
macro_rules! as_caller {
    ($method:ident, $app:expr, $caller:expr, $now:expr, |$tx:ident, $principal:ident| $body:expr) => {{
        let (caller, now) = ($caller.clone(), $now);
        $app.store
            .$method(move |$tx| {
                Box::pin(async move {
                    let $principal = $crate::app::principal($tx, &caller, now).await?;
                    $body
                })
            })
            .await
    }};
}
use as_caller;

/// Reads for somebody: `read_as!(app, caller, |tx, principal| …)`.
macro_rules! read_as {
    ($app:expr, $caller:expr, $($work:tt)+) => {
        $crate::app::as_caller!(read, $app, $caller, $app.clock.now(), $($work)+)
    };
}
use read_as;

/// Writes for somebody: `write_as!(app, caller, now, |tx, principal| …)`.
macro_rules! write_as {
    ($app:expr, $caller:expr, $now:expr, $($work:tt)+) => {
        $crate::app::as_caller!(write, $app, $caller, $now, $($work)+)
    };
}
use write_as;

/// Times that a transaction is tried which gave way to another one.
const TRIES_MAX: usize = 5;

/// Runs a transaction, and again where it gave way: what stood in its way can be seen then.
async fn again_where_it_gave_way<T, F>(mut attempt: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    for _ in 1..TRIES_MAX {
        match attempt().await {
            Err(AppError::Store(StoreError::GaveWay(why))) => tracing::debug!(why, "a transaction gave way"),
            done => return done,
        }
    }
    attempt().await
}

fn must_be_admin(principal: Principal) -> Result<()> {
    if principal.is_admin() { Ok(()) } else { Err(AppError::Forbidden) }
}

/// The reply's outcome, for commands that come without an idempotency key.
fn outcome(answered: Answered) -> Result<bronya_domain::effect::Outcome> {
    match answered? {
        Reply::Done(outcome) => Ok(outcome),
        Reply::Kept(_) | Reply::Replayed(_) => Err(AppError::internal("an answer was kept without a key")),
    }
}
