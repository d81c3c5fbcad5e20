//! Values of declared fields on the wire: what is said of resources and bookings under the keys of their kind, and what
//! can be asked of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use bronya_domain::kind::{FieldValue, VALUE_CHARS_MAX, Values, ValuesEdit, is_key};
use bronya_domain::profile::{Condition, TAGS_MAX, Wanted, tag, written};
use bronya_domain::text;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::{Serialize, Serializer};
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::extract::{Invalid, Patch};

/// Values that one object may have, and conditions that one question may: more than any kind declares.
const MEMBERS_MAX: usize = 64;

/// One value: yes or no, a whole number, or text.
#[derive(Clone, Debug)]
pub struct ValueBody(FieldValue);

impl Serialize for ValueBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            FieldValue::Flag(flag) => serializer.serialize_bool(*flag),
            FieldValue::Number(number) => serializer.serialize_i64(*number),
            FieldValue::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for ValueBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl Visitor<'_> for Read {
            type Value = ValueBody;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false, a whole number, or text")
            }

            fn visit_bool<E>(self, flag: bool) -> Result<ValueBody, E> {
                Ok(ValueBody(FieldValue::Flag(flag)))
            }

            fn visit_i64<E>(self, number: i64) -> Result<ValueBody, E> {
                Ok(ValueBody(FieldValue::Number(number)))
            }

            fn visit_u64<E>(self, number: u64) -> Result<ValueBody, E> {
                // What is too large for any field stays so.
                Ok(ValueBody(FieldValue::Number(i64::try_from(number).unwrap_or(i64::MAX))))
            }

            fn visit_str<E>(self, text: &str) -> Result<ValueBody, E> {
                Ok(ValueBody(FieldValue::Text(text.to_owned())))
            }
        }

        deserializer.deserialize_any(Read)
    }
}

fn value_schema() -> Schema {
    let of = |kind| ObjectBuilder::new().schema_type(kind);
    OneOfBuilder::new().item(of(Type::Boolean)).item(of(Type::Integer)).item(of(Type::String)).build().into()
}

/// An object of so many members at most, none of them twice.
fn members<'de, D, T>(deserializer: D, what: &'static str) -> Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Read<T>(&'static str, std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Read<T> {
        type Value = BTreeMap<String, T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut found = BTreeMap::new();
            while let Some(key) = map.next_key::<String>()? {
                if found.contains_key(&key) {
                    return Err(A::Error::custom("a member is given twice"));
                }
                if found.len() == MEMBERS_MAX {
                    return Err(A::Error::custom(format!("must have at most {MEMBERS_MAX} members")));
                }
                let value = map.next_value()?;
                found.insert(key, value);
            }
            Ok(found)
        }
    }

    deserializer.deserialize_map(Read(what, std::marker::PhantomData))
}

/// An object of texts, none of them twice.
pub(super) fn once_each<'de, D, T>(deserializer: D) -> Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    members(deserializer, "an object of texts")
}

/// Values by key. In a patch `null` takes one away, and what is left out stays.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ValuesBody(BTreeMap<String, Option<ValueBody>>);

impl<'de> Deserialize<'de> for ValuesBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members(deserializer, "an object of values").map(Self)
    }
}

impl From<&Values> for ValuesBody {
    fn from(values: &Values) -> Self {
        Self(values.iter().map(|(key, value)| (key.clone(), Some(ValueBody(value.clone())))).collect())
    }
}

impl ValuesBody {
    /// The values that it has; `null` is none.
    pub(super) fn values(&self) -> Values {
        let given = |(key, value): (&String, &Option<ValueBody>)| Some((key.clone(), value.as_ref()?.0.clone()));
        self.0.iter().filter_map(given).collect()
    }

    /// The edit that it is as a patch.
    fn into_edit(self) -> ValuesEdit {
        ValuesEdit::Merge(self.0.into_iter().map(|(key, value)| (key, value.map(|value| value.0))).collect())
    }
}

/// The edit that a member of a patch is.
pub(super) fn edit(patch: Patch<ValuesBody>) -> Option<ValuesEdit> {
    let values = patch.into_change()?;
    Some(values.map_or_else(|| ValuesEdit::Replace(Values::new()), ValuesBody::into_edit))
}

impl PartialSchema for ValuesBody {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::RefOr(RefOr::T(value_schema()))))
            .examples([serde_json::json!({ "screen": true, "seats": 6, "colour": "red" })])
            .build()
            .into()
    }
}

impl ToSchema for ValuesBody {
    fn name() -> Cow<'static, str> {
        "Values".into()
    }
}

/// What is asked of one attribute: a value, or a range of numbers.
#[derive(Clone, Debug)]
enum ConditionBody {
    Is(FieldValue),
    Between(Option<i64>, Option<i64>),
}

/// A range of numbers, with both its ends; open where there is none.
#[derive(Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    #[serde(default)]
    min: Option<i64>,
    #[serde(default)]
    max: Option<i64>,
}

impl Serialize for ConditionBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Is(value) => ValueBody(value.clone()).serialize(serializer),
            Self::Between(min, max) => Range { min: *min, max: *max }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ConditionBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = ConditionBody;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true or false, a whole number, text, or an object with min or max")
            }

            fn visit_bool<E>(self, flag: bool) -> Result<ConditionBody, E> {
                Ok(ConditionBody::Is(FieldValue::Flag(flag)))
            }

            fn visit_i64<E>(self, number: i64) -> Result<ConditionBody, E> {
                Ok(ConditionBody::Is(FieldValue::Number(number)))
            }

            fn visit_u64<E>(self, number: u64) -> Result<ConditionBody, E> {
                Ok(ConditionBody::Is(FieldValue::Number(i64::try_from(number).unwrap_or(i64::MAX))))
            }

            fn visit_str<E>(self, text: &str) -> Result<ConditionBody, E> {
                Ok(ConditionBody::Is(FieldValue::Text(text.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ConditionBody, A::Error> {
                let range = Range::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(ConditionBody::Between(range.min, range.max))
            }
        }

        deserializer.deserialize_any(Read)
    }
}

/// What is asked of attributes, by key.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ConditionsBody(BTreeMap<String, ConditionBody>);

impl<'de> Deserialize<'de> for ConditionsBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members(deserializer, "an object of conditions").map(Self)
    }
}

impl PartialSchema for ConditionsBody {
    fn schema() -> RefOr<Schema> {
        let number = || ObjectBuilder::new().schema_type(Type::Integer).format(Some(int64()));
        let range = ObjectBuilder::new().schema_type(Type::Object).property("min", number()).property("max", number());
        let condition = OneOfBuilder::new().item(value_schema()).item(range).build();
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::RefOr(RefOr::T(condition.into()))))
            .examples([serde_json::json!({ "screen": true, "seats": { "min": 6 } })])
            .build()
            .into()
    }
}

fn int64() -> utoipa::openapi::SchemaFormat {
    utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Int64)
}

impl ToSchema for ConditionsBody {
    fn name() -> Cow<'static, str> {
        "Conditions".into()
    }
}

/// Tags as they are kept, with what is wrong noted.
pub(super) fn tags<'a>(texts: impl IntoIterator<Item = &'a str>, invalid: &mut Invalid) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in texts {
        found.extend(invalid.take("/tags", tag(text)));
        // A list that is too long is refused before its end is read.
        if TAGS_MAX < found.len() {
            invalid.push("/tags", format!("must be at most {TAGS_MAX}"));
            return BTreeSet::new();
        }
    }
    found
}

/// What a query asks of tags and attributes: `tags=view,quiet` and `attributes=screen:true,seats:6..`.
pub(super) fn wanted_by_query(tags_: Option<&str>, attributes: Option<&str>, invalid: &mut Invalid) -> Wanted {
    let tags = tags_.map(|text| tags(text.split(','), invalid)).unwrap_or_default();
    let mut conditions = Vec::new();
    for part in attributes.map(|text| text.split(',')).into_iter().flatten() {
        let condition = part.split_once(':').filter(|(key, _)| is_key(key)).map(|(key, text)| condition(key, text));
        match condition {
            Some(condition) if conditions.len() < MEMBERS_MAX => {
                note(&condition, invalid);
                conditions.push(condition);
            }
            _ => {
                invalid.push(
                    "/attributes",
                    format!("must be at most {MEMBERS_MAX} of key:value or key:min..max, with commas between them"),
                );
                break;
            }
        }
    }
    Wanted { tags, conditions }
}

/// What is asked for is what a value can be.
fn note(condition: &Condition, invalid: &mut Invalid) {
    if let Condition::Is(_, text) = condition {
        let most = usize::try_from(VALUE_CHARS_MAX).unwrap_or(usize::MAX);
        invalid.take("/attributes", text::line(text, most));
    }
}

fn condition(key: &str, text: &str) -> Condition {
    let end = |text: &str| if text.is_empty() { Some(None) } else { text.parse::<i64>().ok().map(Some) };
    let range = text.split_once("..").and_then(|(min, max)| Some((end(min)?, end(max)?)));
    match range {
        Some((min, max)) => Condition::Between(key.to_owned(), min, max),
        None => Condition::Is(key.to_owned(), text.to_owned()),
    }
}

/// What a body asks of tags and attributes.
pub(super) fn wanted_by_body(tags_: Option<&[String]>, asked: Option<ConditionsBody>, invalid: &mut Invalid) -> Wanted {
    let tags = tags_.map(|texts| tags(texts.iter().map(String::as_str), invalid)).unwrap_or_default();
    let mut conditions = Vec::new();
    for (key, condition) in asked.unwrap_or_default().0 {
        if !is_key(&key) {
            invalid.push("/attributes", "must be under keys of attributes");
            continue;
        }
        let condition = match condition {
            ConditionBody::Between(min, max) => Condition::Between(key, min, max),
            ConditionBody::Is(value) => Condition::Is(key, written(&value)),
        };
        note(&condition, invalid);
        conditions.push(condition);
    }
    Wanted { tags, conditions }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_asks_for_values_and_ranges() {
        let is = |key: &str, text: &str| Condition::Is(key.to_owned(), text.to_owned());
        let between = |key: &str, min, max| Condition::Between(key.to_owned(), min, max);
        for (text, expected) in [
            ("screen:true", Some(vec![is("screen", "true")])),
            ("seats:6", Some(vec![is("seats", "6")])),
            ("seats:6..", Some(vec![between("seats", Some(6), None)])),
            ("seats:..10,screen:false", Some(vec![between("seats", None, Some(10)), is("screen", "false")])),
            ("floor:-2..-1", Some(vec![between("floor", Some(-2), Some(-1))])),
            ("sign:a..b", Some(vec![is("sign", "a..b")])),
            ("sign:a:b", Some(vec![is("sign", "a:b")])),
            ("", None),
            ("screen", None),
            ("Screen:true", None),
            ("screen:true,,", None),
        ] {
            let mut invalid = Invalid::new();
            let wanted = wanted_by_query(None, Some(text), &mut invalid);
            assert_eq!(invalid.is_empty().then_some(wanted.conditions), expected, "{text}");
        }
        let mut invalid = Invalid::new();
        let wanted = wanted_by_query(Some("View, with a  view"), None, &mut invalid);
        assert_eq!(wanted.tags.into_iter().collect::<Vec<_>>(), ["view", "with a view"]);
        assert!(invalid.is_empty());
    }

    #[test]
    fn objects_are_bounded_and_have_each_member_once() {
        let read = |text: &str| serde_json::from_str::<ValuesBody>(text).map(|body| body.values().len());
        assert_eq!(read(r#"{"a":true,"b":-1,"c":"x","d":null}"#).unwrap(), 3);
        for wrong in [r#"{"a":1,"a":2}"#, r#"{"a":1.5}"#, r#"{"a":[1]}"#, r#"{"a":{}}"#, "[]", "1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let many: Vec<String> = (0..=MEMBERS_MAX).map(|nth| format!("\"k{nth}\":1")).collect();
        assert!(read(&format!("{{{}}}", many.join(","))).is_err());
    }
}
