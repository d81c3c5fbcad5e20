//! Resources: adding, reading, editing, taking away.

use bronya_domain::command::{Command, CreateResource, DeleteResource, Edit, Targeted, UpdateResource};
use bronya_domain::effect::Outcome;
use bronya_domain::ids::{ResourceId, SiteId};
use bronya_domain::place::Site;
use bronya_domain::refusal::Refusal;
use bronya_domain::resource::{Attributes, Resource};
use bronya_store::availability::{self, Which};
use bronya_store::engine::{Idempotency, Reply};
use bronya_store::places;
use bronya_store::resources::{self, Filter, OfKind};
use uuid::Uuid;

use super::groups::must_be_known;
use super::{App, AppError, Caller, Result, outcome, read_as};

/// Adds a resource, whose manager the caller becomes; on the clock of its site, where it has one, if `zone_of_site`.
pub async fn create(
    app: &App,
    caller: &Caller,
    attributes: Attributes,
    zone_of_site: bool,
    idempotency: Option<Idempotency>,
) -> Result<Reply> {
    let create = CreateResource {
        id: ResourceId(app.ids.next()),
        attributes,
        zone_of_site,
        admins_only: app.settings.resource_creation_by_admins_only,
    };
    Ok(app.submit(caller, Command::CreateResource(create), idempotency).await?)
}

/// Edits a resource.
pub async fn update(app: &App, caller: &Caller, target: Targeted<ResourceId>, edit: Edit) -> Result<Resource> {
    if let Some(rules) = &edit.rules {
        must_be_known(app, caller, rules).await?;
    }
    let command = Command::UpdateResource(UpdateResource { target, edit });
    match without_unknown(app, caller, outcome(app.submit(caller, command, None).await)).await? {
        Outcome::Resource(resource) => as_seen(app, caller, resource).await,
        other => Err(AppError::internal(format!("a resource was expected, and not {other:?}"))),
    }
}

/// Takes a resource away.
pub async fn delete(app: &App, caller: &Caller, target: Targeted<ResourceId>, cancel_bookings: bool) -> Result<()> {
    let command = Command::DeleteResource(DeleteResource { target, cancel_bookings });
    without_unknown(app, caller, outcome(app.submit(caller, command, None).await)).await.map(drop)
}

/// A resource as the caller may see it: made of what the caller may know of.
pub(super) async fn as_seen(app: &App, caller: &Caller, resource: Resource) -> Result<Resource> {
    if resource.attributes.parts.is_empty() {
        return Ok(resource);
    }
    read_as!(app, caller, |tx, principal| {
        let mut resource = resource;
        resources::conceal_parts(tx, principal, std::slice::from_mut(&mut resource)).await?;
        Ok(resource)
    })
}

/// The same answer, where it says what a resource is a part of without what the caller may not know of.
async fn without_unknown(app: &App, caller: &Caller, answer: Result<Outcome>) -> Result<Outcome> {
    let Err(AppError::Refused(Refusal::IsPart(mut wholes))) = answer else { return answer };
    read_as!(app, caller, |tx, principal| {
        let hidden = resources::hidden_from(tx, principal, &wholes.iter().copied().collect()).await?;
        wholes.retain(|whole| !hidden.contains(whole));
        Err(AppError::Refused(Refusal::IsPart(wholes)))
    })
}

/// A resource that the caller may know of.
pub async fn by_id(app: &App, caller: &Caller, id: ResourceId) -> Result<Resource> {
    read_as!(app, caller, |tx, principal| {
        resources::known(tx, principal, id).await?.ok_or_else(|| Refusal::ResourceNotFound.into())
    })
}

/// The same as the caller may see it.
pub async fn seen(app: &App, caller: &Caller, id: ResourceId) -> Result<Resource> {
    let resource = by_id(app, caller, id).await?;
    as_seen(app, caller, resource).await
}

/// Kinds that an overview tells of.
pub const OVERVIEW_KINDS_MAX: u32 = 200;

/// Sites that an overview tells of.
pub const OVERVIEW_SITES_MAX: u32 = 100;

/// What there is, in a few numbers.
#[derive(Clone, Debug)]
pub struct Overview {
    /// By kinds, those with most resources first.
    pub kinds: Vec<OfKind>,
    /// The first sites.
    pub sites: Vec<Site>,
    /// The time zone that most of it is in.
    pub time_zone: Option<String>,
    /// Whether the caller manages some of it.
    pub manages: bool,
}

/// What there is that the caller may know of: as short for a thousand resources as for ten.
pub async fn overview(app: &App, caller: &Caller) -> Result<Overview> {
    read_as!(app, caller, |tx, principal| {
        Ok(Overview {
            kinds: resources::overview(tx, principal, OVERVIEW_KINDS_MAX).await?,
            sites: places::sites(tx, SiteId(Uuid::nil()), OVERVIEW_SITES_MAX).await?,
            time_zone: resources::zone_of_most(tx).await?,
            manages: principal.is_admin() || resources::manages_any(tx, principal.user).await?,
        })
    })
}

/// Those of these resources that the caller may know of.
pub async fn by_ids(app: &App, caller: &Caller, ids: Vec<ResourceId>) -> Result<Vec<Resource>> {
    let which = Which { ids: Some(ids), ..Which::default() };
    read_as!(app, caller, |tx, principal| {
        let mut found = availability::resources_of(tx, &which, principal).await?;
        resources::conceal_parts(tx, principal, &mut found).await?;
        Ok(found)
    })
}

/// Resources that the caller may know of, in the order they were made, after `after`.
pub async fn list(
    app: &App,
    caller: &Caller,
    filter: Filter,
    after: Option<ResourceId>,
    limit: u32,
) -> Result<Vec<Resource>> {
    let after = after.unwrap_or(ResourceId(Uuid::nil()));
    read_as!(app, caller, |tx, principal| {
        let mut found = resources::list(tx, &filter, principal, after, limit).await?;
        resources::conceal_parts(tx, principal, &mut found).await?;
        Ok(found)
    })
}
