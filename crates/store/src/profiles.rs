//! What resources are like, as it is stored: JSON in a column of the resource, and the terms that they are found by.

use std::collections::{BTreeMap, BTreeSet};

use bronya_domain::ids::PictureId;
use bronya_domain::kind::{FieldValue, Values};
use bronya_domain::profile::{Condition, OutOfOrder, Picture, Profile, Visibility, Wanted, written};
use bronya_domain::resource::Resource;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::db::{Each, Row, Value};
use crate::error::{Result, StoreError};

/// Characters of a value up to which it can be asked for: longer text is found by words.
const TERM_CHARS_MAX: usize = 64;

pub(crate) const DELETE_TERMS: Each<1> = Each::new(
    "DELETE FROM resource_term WHERE resource_id = $1",
    "DELETE FROM resource_term WHERE resource_id = ANY ($1::uuid[])",
);
pub(crate) const INSERT_TERMS: Each<2> = Each::new(
    "INSERT INTO resource_term (term, resource_id) VALUES ($1, $2)",
    "INSERT INTO resource_term (term, resource_id) SELECT * FROM unnest($1::text[], $2::uuid[])",
);

/// A value as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum StoredValue {
    Flag(bool),
    Number(i64),
    Text(String),
}

impl From<&FieldValue> for StoredValue {
    fn from(value: &FieldValue) -> Self {
        match value {
            FieldValue::Flag(flag) => Self::Flag(*flag),
            FieldValue::Number(number) => Self::Number(*number),
            FieldValue::Text(text) => Self::Text(text.clone()),
        }
    }
}

impl From<StoredValue> for FieldValue {
    fn from(value: StoredValue) -> Self {
        match value {
            StoredValue::Flag(flag) => Self::Flag(flag),
            StoredValue::Number(number) => Self::Number(number),
            StoredValue::Text(text) => Self::Text(text),
        }
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Stored {
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    tags: BTreeSet<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    values: BTreeMap<String, StoredValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out_of_order: Option<StoredOutOfOrder>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<StoredPicture>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredOutOfOrder {
    reason: String,
    from: Option<String>,
    until: Option<String>,
}

/// What is said of a picture; which it is stands in a column of its own.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredPicture {
    alt: Option<String>,
    width: u32,
    height: u32,
}

/// Values as they are stored; `None` where there are none.
pub(crate) fn encode_values(values: &Values) -> Option<String> {
    if values.is_empty() {
        return None;
    }
    let stored: BTreeMap<&String, StoredValue> = values.iter().map(|(key, value)| (key, value.into())).collect();
    // Nothing in it can fail to be written: keys are strings, numbers are whole.
    serde_json::to_string(&stored).ok()
}

/// Reads a column of a booking that holds what [`encode_values`] wrote.
pub(crate) fn read_values(row: &Row<'_>, at: usize) -> Result<Values> {
    let Some(text) = row.get::<Option<String>>(at)? else { return Ok(Values::new()) };
    let stored: BTreeMap<String, StoredValue> =
        serde_json::from_str(&text).map_err(|error| StoreError::inconsistent("booking", "fields", &error))?;
    Ok(stored.into_iter().map(|(key, value)| (key, value.into())).collect())
}

/// What stands in the column `profile`.
pub(crate) fn encode(profile: &Profile) -> String {
    let stored = Stored {
        tags: profile.tags.clone(),
        values: profile.values.iter().map(|(key, value)| (key.clone(), value.into())).collect(),
        out_of_order: profile.out_of_order.as_ref().map(|out| StoredOutOfOrder {
            reason: out.reason.clone(),
            from: out.from.as_ref().map(Timestamp::to_string),
            until: out.until.as_ref().map(Timestamp::to_string),
        }),
        picture: profile.picture.as_ref().map(|picture| StoredPicture {
            alt: picture.alt.clone(),
            width: picture.width,
            height: picture.height,
        }),
    };
    // Nothing in it can fail to be written: keys are strings, numbers are whole.
    serde_json::to_string(&stored).unwrap_or_default()
}

/// Reads the columns `visibility`, `position`, `profile` and `picture_id`, which stand side by side.
pub(crate) fn read(row: &Row<'_>, at: usize) -> Result<Profile> {
    let (word, position, text): (String, u32, String) = (row.get(at)?, row.get(at + 1)?, row.get(at + 2)?);
    let visibility =
        Visibility::from_word(&word).ok_or_else(|| StoreError::inconsistent("resource", "visibility", &word))?;
    if text == "{}" {
        return Ok(Profile { visibility, position, ..Profile::default() });
    }
    let wrong = |error: &dyn std::fmt::Display| StoreError::inconsistent("resource", "profile", &error);
    let stored: Stored = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    let time = |text: Option<String>| text.map(|text| text.parse::<Timestamp>()).transpose();
    let out_of_order = match stored.out_of_order {
        None => None,
        Some(out) => Some(OutOfOrder {
            reason: out.reason,
            from: time(out.from).map_err(|error| wrong(&error))?,
            until: time(out.until).map_err(|error| wrong(&error))?,
        }),
    };
    let values = stored.values.into_iter().map(|(key, value)| (key, value.into())).collect();
    let id: Option<PictureId> = row.get(at + 3)?;
    let picture =
        id.zip(stored.picture).map(|(id, StoredPicture { alt, width, height })| Picture { id, alt, width, height });
    Ok(Profile { tags: stored.tags, position, visibility, values, out_of_order, picture })
}

/// The rows of `resource_term` that belong to a resource.
pub(crate) fn terms(resource: &Resource) -> impl Iterator<Item = [Value; 2]> + use<> {
    let profile = &resource.attributes.profile;
    let mut terms: BTreeSet<String> = profile.tags.iter().map(|tag| tag_term(tag)).collect();
    for (key, value) in &profile.values {
        terms.insert(key_term(key));
        let text = written(value);
        if text.chars().count() <= TERM_CHARS_MAX {
            terms.insert(value_term(key, &text));
        }
    }
    let id = resource.id;
    terms.into_iter().map(move |term| [term.into(), id.into()])
}

/// A term that everything that is `wanted` has: what its rows are sought by. The rest is asked of each.
pub(crate) fn seek(wanted: &Wanted) -> Option<String> {
    let by_value = wanted.conditions.iter().find_map(|condition| match condition {
        Condition::Is(key, text) if text.chars().count() <= TERM_CHARS_MAX => Some(value_term(key, text)),
        _ => None,
    });
    let by_key = || wanted.conditions.first().map(|condition| key_term(condition.key()));
    wanted.tags.first().map(|tag| tag_term(tag)).or(by_value).or_else(by_key)
}

fn tag_term(tag: &str) -> String {
    format!("t:{tag}")
}

fn key_term(key: &str) -> String {
    format!("a:{key}")
}

fn value_term(key: &str, text: &str) -> String {
    format!("a:{key}={text}")
}
