//! Kinds of resource: declaring, reading, changing, taking away. Administrators change them; everybody who has signed in
//! reads them.
//!
//! A kind may change whatever its resources and bookings say already. What was written stays as it is and is shown; it has
//! to be what the kind declares from the next time on that somebody writes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bronya_domain::ids::KindId;
use bronya_domain::kind::{Kind, KindAttributes, Schema};
use bronya_domain::refusal::check_version;
use bronya_domain::user::Principal;
use bronya_store::db::Tx;
use bronya_store::engine::{Idempotency, Reply};
use bronya_store::events::{self, NewEvent};
use bronya_store::kinds::{self, KINDS_MAX};
use jiff::Timestamp;

use super::making::{self, answered, keep, name_taken};
use super::sign_in::event;
use super::{App, AppError, Caller, Result, must_be_admin, read_as, write_as};

/// A kind by its id or by its name.
#[derive(Clone, Debug)]
pub enum Named {
    /// By its id.
    Id(KindId),
    /// By the word that its resources have.
    Name(String),
}

/// A line of the log about a kind.
fn happened(app: &App, action: &'static str, caller: &Caller, id: KindId, now: Timestamp) -> NewEvent {
    NewEvent { kind: Some(id), ..event(app, action, Some(caller.user), None, caller.origin.clone(), now) }
}

async fn find(tx: &mut Tx, named: &Named) -> Result<Kind> {
    let found = match named {
        Named::Id(id) => kinds::by_id(tx, *id).await?,
        Named::Name(name) => kinds::by_name(tx, name).await?,
    };
    found.ok_or(AppError::KindNotFound)
}

/// A kind with nobody else changing it, for administrators.
async fn hold(tx: &mut Tx, named: &Named, principal: Principal) -> Result<Kind> {
    let kind = find(tx, named).await?;
    must_be_admin(principal)?;
    kinds::hold(tx, kind.id).await?.ok_or(AppError::KindNotFound)
}

/// Every kind, by name.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Kind>> {
    read_as!(app, caller, |tx, _principal| Ok(kinds::list(tx).await?))
}

/// A kind.
pub async fn show(app: &App, caller: &Caller, named: Named) -> Result<Kind> {
    read_as!(app, caller, |tx, _principal| find(tx, &named).await)
}

/// Declares a kind.
pub async fn create(
    app: &App,
    caller: &Caller,
    attributes: KindAttributes,
    idempotency: Option<Idempotency<Kind>>,
) -> Result<Reply<Kind>> {
    let now = app.clock.now();
    let kind = Kind { id: KindId(app.ids.next()), attributes, version: 1, created_at: now, updated_at: now };
    making::once(idempotency, |idempotency| {
        let kind = kind.clone();
        let event = happened(app, "kind.created", caller, kind.id, now);
        async move {
            write_as!(app, caller, now, |tx, principal| {
                if let Some(reply) = answered(tx, principal, idempotency.as_ref(), now).await? {
                    return Ok(reply);
                }
                must_be_admin(principal)?;
                if KINDS_MAX <= kinds::count(tx).await? {
                    return Err(AppError::TooMany(KINDS_MAX));
                }
                kinds::insert(tx, &kind).await.map_err(name_taken)?;
                events::append(tx, event).await?;
                keep(tx, principal, idempotency.as_ref(), kind, now).await
            })
        }
    })
    .await
}

/// What changes about a kind. `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct EditKind {
    /// Another name. Resources that have the old word keep it, and are of no declared kind then.
    pub name: Option<String>,
    /// Labels that are put or, where there is none, taken away.
    pub labels: BTreeMap<String, Option<String>>,
    /// Other attributes, all of them.
    pub attributes: Option<Vec<bronya_domain::kind::Field>>,
    /// Other fields of bookings, all of them.
    pub booking_fields: Option<Vec<bronya_domain::kind::Field>>,
    /// The versions that may be changed.
    pub versions: Option<Vec<i64>>,
}

impl EditKind {
    /// The kind as it is after the edit.
    pub fn of(&self, old: &KindAttributes) -> KindAttributes {
        let mut labels = old.labels.clone();
        for (locale, label) in &self.labels {
            match label {
                Some(label) => labels.insert(locale.clone(), label.clone()),
                None => labels.remove(locale),
            };
        }
        let schema = Schema {
            attributes: self.attributes.clone().unwrap_or_else(|| old.schema.attributes.clone()),
            booking_fields: self.booking_fields.clone().unwrap_or_else(|| old.schema.booking_fields.clone()),
        };
        KindAttributes { name: self.name.clone().unwrap_or_else(|| old.name.clone()), labels, schema: Arc::new(schema) }
    }
}

/// Changes a kind.
pub async fn edit(app: &App, caller: &Caller, named: Named, edit: EditKind) -> Result<Kind> {
    let now = app.clock.now();
    let (inner, by) = (app.clone(), caller.clone());
    write_as!(app, caller, now, |tx, principal| {
        let mut kind = hold(tx, &named, principal).await?;
        check_version(edit.versions.as_deref(), kind.version)?;
        let attributes = edit.of(&kind.attributes);
        if attributes == kind.attributes && edit.versions.is_none() {
            return Ok(kind);
        }
        // Labels of two edits can be too many together.
        if let Some(problem) = attributes.check().into_iter().next() {
            return Err(AppError::KindProblem(problem));
        }
        kind.attributes = attributes;
        kinds::update(tx, &mut kind, now).await.map_err(name_taken)?;
        events::append(tx, happened(&inner, "kind.updated", &by, kind.id, now)).await?;
        Ok(kind)
    })
}

/// Takes a kind away. Its resources keep the word and what they say.
pub async fn delete(app: &App, caller: &Caller, named: Named, versions: Option<Vec<i64>>) -> Result<()> {
    let now = app.clock.now();
    let (inner, by) = (app.clone(), caller.clone());
    write_as!(app, caller, now, |tx, principal| {
        let kind = hold(tx, &named, principal).await?;
        check_version(versions.as_deref(), kind.version)?;
        kinds::delete(tx, kind.id).await?;
        Ok(events::append(tx, happened(&inner, "kind.deleted", &by, kind.id, now)).await?)
    })
}
