//! What the sample resources are like: their kinds, tags and attributes, and for whom one of them is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bronya_domain::hours::OpeningHours;
use bronya_domain::ids::{GroupId, KindId, SiteId, UserId};
use bronya_domain::kind::{Field, FieldType, FieldValue, Kind, KindAttributes, Schema, Values};
use bronya_domain::place::{Site, SiteAttributes};
use bronya_domain::policy::Policy;
use bronya_domain::profile::{OutOfOrder, Profile, Visibility};
use bronya_domain::rules::Rules;
use bronya_store::groups::{self, Group};
use bronya_store::kinds;
use bronya_store::places::{self, Managed};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::ZONE;
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
    let kind = |name: &str, labels: [(&str, &str); 2], attributes, booking_fields| Kind {
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
            [("en", "Table"), ("de", "Tisch")],
            vec![field("shape", "Shape", options(&["round", "square", "long"]))],
            vec![field("vegetarian", "Vegetarian", guests), field("high_chair", "High chair", FieldType::Flag)],
        ),
        kind(
            "room",
            [("en", "Room"), ("de", "Raum")],
            vec![
                field("screen", "Screen", FieldType::Flag),
                field("floor", "Floor", FieldType::Number { unit: None, min: -1, max: 20 }),
            ],
            vec![field("cost_centre", "Cost centre", FieldType::Text(20))],
        ),
    ];
    let id = GroupId(app.ids.next());
    let name = "Board".to_owned();
    let group = Group { id, name, description: None, version: 1, created_at: now, updated_at: now };
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

/// A site that is open by these hours, and the person who manages it; its id.
pub(super) async fn site(app: &App, name: &str, slug: &str, hours: &str, manager: UserId) -> Result<SiteId> {
    let hours = OpeningHours::parse(hours).map_err(|error| AppError::internal(format!("sample hours: {error}")))?;
    let policy = Policy { start_step_minutes: Some(15), ..Policy::default() };
    let (id, now) = (SiteId(app.ids.next()), app.clock.now());
    let site = Site {
        id,
        attributes: SiteAttributes {
            name: name.to_owned(),
            slug: slug.to_owned(),
            address: None,
            time_zone: ZONE.to_owned(),
            locale: "en".to_owned(),
            rules: Arc::new(Rules::new(policy, Some(hours), BTreeMap::new(), BTreeSet::new())),
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

/// What a resource says of its own: the board room is kept for the board.
pub(super) fn rules(name: &str, board: GroupId) -> Arc<Rules> {
    if name == "Board room" {
        Arc::new(Rules::of(Policy { groups: Some(vec![board]), ..Policy::default() }))
    } else {
        Arc::default()
    }
}

/// What the `nth` resource of a sample is like. One table is mended from `later` on, when there are no bookings yet.
pub(super) fn profile(name: &str, kind: &str, nth: usize, later: Date) -> Profile {
    let text = |text: &str| FieldValue::Text(text.to_owned());
    let shape = ["round", "square", "long"];
    let values: Values = match kind {
        "table" => [("shape".to_owned(), text(shape[nth % shape.len()]))].into(),
        "room" => {
            let floor = i64::try_from(nth % 3).unwrap_or(0);
            let screen = FieldValue::Flag(nth.is_multiple_of(2));
            [("screen".to_owned(), screen), ("floor".to_owned(), FieldValue::Number(floor))].into()
        }
        _ => Values::new(),
    };
    let mut tags: Vec<&str> = Vec::new();
    if name.starts_with("Terrace") {
        tags.extend(["outdoors", "view"]);
    }
    if name.starts_with("Focus") || name == "Room Ada" {
        tags.push("quiet");
    }
    let zone = TimeZone::get(ZONE).unwrap_or(TimeZone::UTC);
    let mended = later.to_zoned(zone).ok().filter(|_| name == "Table 3");
    Profile {
        tags: tags.into_iter().map(str::to_owned).collect(),
        position: u32::try_from(nth).unwrap_or(0),
        visibility: if kind == "table" { Visibility::Public } else { Visibility::Internal },
        values,
        out_of_order: mended.map(|from| OutOfOrder {
            reason: "It gets a new top".to_owned(),
            from: Some(from.timestamp()),
            until: from.checked_add(jiff::Span::new().days(2)).ok().map(|until| until.timestamp()),
        }),
        picture: None,
    }
}
