//! What the sample resources are like: their kinds, tags and attributes, and for whom one of them is kept.

use std::collections::BTreeSet;
use std::sync::Arc;

use bronya_domain::command::{Command, CreateResource};
use bronya_domain::hours::{Exception, OpeningHours};
use bronya_domain::ids::{AreaId, GroupId, KindId, ResourceId, SiteId, UserId};
use bronya_domain::kind::{Field, FieldType, FieldValue, Kind, KindAttributes, Schema, Values};
use bronya_domain::place::{Area, AreaAttributes, Site, SiteAttributes};
use bronya_domain::policy::Policy;
use bronya_domain::profile::{OutOfOrder, Profile, Visibility};
use bronya_domain::public_page::PublicPage;
use bronya_domain::resource::Attributes;
use bronya_domain::rules::Rules;
use bronya_store::groups::{self, Group};
use bronya_store::kinds;
use bronya_store::places::{self, Managed};
use bronya_store::public_pages::{self, StoredPage};
use jiff::SignedDuration;
use jiff::civil::Date;

use super::{Stage, ZONE};
use crate::app::{App, AppError, Result};

fn field(key: &str, label: &str, takes: FieldType) -> Field {
    Field { key: key.to_owned(), label: label.to_owned(), is_required: false, takes }
}

fn options(options: &[&str]) -> FieldType {
    FieldType::Choice(options.iter().map(|option| (*option).to_owned()).collect())
}

/// Declares the kinds, and makes the group of the board; its id.
pub(super) async fn declare(app: &App, board: &[UserId]) -> Result<GroupId> {
    let now = app.clock.now();
    let kind = |name: &str, labels: [(&str, &str); 3], attributes, booking_fields| Kind {
        id: KindId(app.ids.next()),
        attributes: KindAttributes {
            name: name.to_owned(),
            labels: labels.map(|(locale, label)| (locale.to_owned(), label.to_owned())).into(),
            schema: Arc::new(Schema { attributes, booking_fields }),
        },
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let guests = FieldType::Number { unit: Some("guests".to_owned()), min: 0, max: 24 };
    let declared = [
        kind(
            "table",
            [("en", "Table"), ("de", "Tisch"), ("ru", "Стол")],
            vec![field("shape", "Shape", options(&["round", "square", "long"]))],
            vec![
                field("vegetarian", "Vegetarian", guests),
                field("high_chair", "High chair", FieldType::Flag),
                field("allergies", "Allergies", FieldType::Text(200)),
            ],
        ),
        kind(
            "room",
            [("en", "Room"), ("de", "Raum"), ("ru", "Комната")],
            vec![
                field("screen", "Screen", FieldType::Flag),
                field("floor", "Floor", FieldType::Number { unit: None, min: -1, max: 20 }),
            ],
            vec![field("cost_centre", "Cost centre", FieldType::Text(20))],
        ),
    ];
    let id = GroupId(app.ids.next());
    let name = "Board".to_owned();
    let description = Some("For whom the board room is kept".to_owned());
    let group = Group { id, name, description, version: 1, created_at: now, updated_at: now };
    let members = board.to_vec();
    app.store
        .write(move |tx| {
            Box::pin(async move {
                for kind in &declared {
                    kinds::insert(tx, kind).await?;
                }
                groups::insert(tx, &group).await?;
                for member in members {
                    groups::add(tx, id, member, now).await?;
                }
                Ok::<_, AppError>(id)
            })
        })
        .await
}

/// A site at an address that is open by these hours, and all day long on some days, and the person who manages it; its id.
pub(super) async fn site(
    app: &App,
    (name, slug): (&str, &str),
    address: &str,
    (hours, all_day): (&str, Vec<Date>),
    manager: UserId,
) -> Result<SiteId> {
    let problem = |error| AppError::internal(format!("sample hours: {error}"));
    let hours = OpeningHours::parse(hours).map_err(problem)?;
    let long = Exception::parse("00:00-24:00").map_err(problem)?;
    let exceptions = all_day.into_iter().map(|date| (date, long.clone())).collect();
    let policy = Policy { start_step_minutes: Some(15), ..Policy::default() };
    let (id, now) = (SiteId(app.ids.next()), app.clock.now());
    let site = Site {
        id,
        attributes: SiteAttributes {
            name: name.to_owned(),
            slug: slug.to_owned(),
            address: Some(address.to_owned()),
            time_zone: ZONE.to_owned(),
            locale: "en".to_owned(),
            rules: Arc::new(Rules::new(policy, Some(hours), exceptions, BTreeSet::new())),
        },
        version: 1,
        created_at: now,
        updated_at: now,
    };
    app.store
        .write(move |tx| {
            Box::pin(async move {
                places::insert_site(tx, &site).await?;
                places::add_manager(tx, Managed::Site(id), manager, now).await?;
                Ok::<_, AppError>(id)
            })
        })
        .await
}

/// Lets the public book the tables of the restaurant.
pub(super) async fn open_to_the_public(app: &App, site: SiteId) -> Result<()> {
    let now = app.clock.now();
    let policy = "We keep your table for a quarter of an hour. Dogs are welcome on the terrace.\n\
        Parties of more than eight: call us, and we set the garden room.";
    let page = PublicPage {
        is_open: true,
        kinds: vec!["table".to_owned()],
        duration_minutes: 105,
        policy_text: Some(policy.to_owned()),
        ..PublicPage::default()
    };
    let stored = StoredPage { site, page, version: 1 };
    app.store.write(move |tx| Box::pin(async move { Ok(public_pages::put(tx, &stored, now).await?) })).await
}

/// An area of a site; its id.
pub(super) async fn area(app: &App, site: SiteId, name: &str, position: usize) -> Result<AreaId> {
    let (id, now) = (AreaId(app.ids.next()), app.clock.now());
    let attributes = AreaAttributes {
        parent: None,
        name: name.to_owned(),
        position: u32::try_from(position).unwrap_or(0),
        rules: Arc::default(),
    };
    let area = Area { id, site, attributes, version: 1, created_at: now, updated_at: now };
    app.store
        .write(move |tx| {
            Box::pin(async move {
                places::insert_area(tx, &area).await?;
                Ok::<_, AppError>(id)
            })
        })
        .await
}

/// A sample resource.
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) seats: Option<u32>,
    pub(super) quantity: u32,
    pub(super) requires_approval: bool,
    /// What it says of its attributes.
    pub(super) values: Values,
}

impl Stage<'_> {
    /// Adds a resource to an area; its id.
    pub(super) async fn resource(
        &self,
        manager: UserId,
        (site, area): (SiteId, AreaId),
        sample: Sample,
        nth: usize,
    ) -> Result<ResourceId> {
        let id = ResourceId(self.app.ids.next());
        let attributes = Attributes {
            kind: Some(sample.kind.to_owned()),
            description: None,
            capacity: sample.seats,
            quantity: sample.quantity,
            time_zone: ZONE.to_owned(),
            requires_approval: sample.requires_approval,
            site: Some(site),
            area: Some(area),
            parts: Vec::new(),
            rules: self.rules(&sample.name),
            profile: self.profile(&sample, nth),
            name: sample.name,
        };
        let create = CreateResource { id, attributes, zone_of_site: false, admins_only: false };
        self.submit(manager, Command::CreateResource(create)).await?;
        Ok(id)
    }

    /// What a resource says of its own: the board room is kept for the board.
    fn rules(&self, name: &str) -> Arc<Rules> {
        if name == "Board room" {
            Arc::new(Rules::of(Policy { groups: Some(vec![self.board]), ..Policy::default() }))
        } else {
            Arc::default()
        }
    }

    /// What it is like. One table is being mended.
    fn profile(&self, sample: &Sample, nth: usize) -> Profile {
        let mut tags: Vec<&str> = Vec::new();
        if sample.name.starts_with("Terrace") {
            tags.extend(["outdoors", "view"]);
        }
        if sample.name.starts_with("Focus") || sample.name == "Room Ada" {
            tags.push("quiet");
        }
        let around = |hours| self.now.checked_add(SignedDuration::from_hours(hours)).ok();
        let out_of_order = (sample.name == "Table 14").then(|| OutOfOrder {
            reason: "A leg is loose".to_owned(),
            from: around(-2),
            until: around(48),
        });
        Profile {
            tags: tags.into_iter().map(str::to_owned).collect(),
            position: u32::try_from(nth).unwrap_or(0),
            visibility: if sample.kind == "table" { Visibility::Public } else { Visibility::Internal },
            values: sample.values.clone(),
            out_of_order,
            picture: None,
        }
    }
}

/// Texts as values of attributes.
pub(super) fn values(texts: &[(&str, &str)]) -> Values {
    texts.iter().map(|(key, text)| ((*key).to_owned(), FieldValue::Text((*text).to_owned()))).collect()
}
