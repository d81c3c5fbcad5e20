//! What stands in one cell of a table that is imported: read so that nothing that is small as text gets large in memory.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::{Map, Value};

/// Members of a list or an object in a cell.
const NESTED_MAX: usize = 64;

/// A text, a number or a truth; where it is `NESTED`, or a short list or object of these.
pub(super) struct Member<const NESTED: bool>(pub(super) Value);

impl<'de, const NESTED: bool> Deserialize<'de> for Member<NESTED> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<const NESTED: bool>;
        impl<'de, const NESTED: bool> Visitor<'de> for Read<NESTED> {
            type Value = Member<NESTED>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, `true`, `false` or `null`")?;
                if NESTED { f.write_str(", or a list or an object of these") } else { Ok(()) }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                if !NESTED {
                    return Err(serde::de::Error::invalid_type(Unexpected::Seq, &self));
                }
                let mut list = Vec::new();
                while let Some(Member::<false>(value)) = seq.next_element()? {
                    list.push(value);
                    if NESTED_MAX < list.len() {
                        return Err(serde::de::Error::custom(format!("must have at most {NESTED_MAX} members")));
                    }
                }
                Ok(Member(list.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                if !NESTED {
                    return Err(serde::de::Error::invalid_type(Unexpected::Map, &self));
                }
                let mut object = Map::new();
                while let Some((name, Member::<false>(value))) = map.next_entry::<String, Member<false>>()? {
                    if object.insert(name, value).is_some() {
                        return Err(serde::de::Error::custom("a member is given twice"));
                    }
                    if NESTED_MAX < object.len() {
                        return Err(serde::de::Error::custom(format!("must have at most {NESTED_MAX} members")));
                    }
                }
                Ok(Member(object.into()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Member(text.into()))
            }

            fn visit_bool<E>(self, yes: bool) -> Result<Self::Value, E> {
                Ok(Member(yes.into()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Member(number.into()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Member(number.into()))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Member(number.into()))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Member(Value::Null))
            }
        }
        deserializer.deserialize_any(Read)
    }
}
