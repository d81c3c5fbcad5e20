//! What stands in one cell of a table that is imported: read so that nothing that is small as text gets large in memory.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::{Map, Value};

/// Members of a list or an object in a cell.
const MEMBERS_MAX: usize = 64;

/// How to read a cell: a text, a number, a truth or nothing; and, so many levels deep, short lists and objects of these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// 0: no lists and no objects.
    pub(super) levels: u8,
}

impl Cell {
    fn within<E: Error>(self, found: Unexpected<'_>) -> Result<Self, E> {
        match self.levels.checked_sub(1) {
            Some(levels) => Ok(Self { levels }),
            None => Err(E::invalid_type(found, &Read(self))),
        }
    }
}

fn few<E: Error>(members: usize) -> Result<(), E> {
    if members <= MEMBERS_MAX { Ok(()) } else { Err(E::custom(format!("must have at most {MEMBERS_MAX} members"))) }
}

impl<'de> DeserializeSeed<'de> for Cell {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(Read(self))
    }
}

struct Read(Cell);

impl<'de> Visitor<'de> for Read {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, `true`, `false` or `null`")?;
        if self.0.levels == 0 { Ok(()) } else { f.write_str(", or a list or an object") }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let within = self.0.within(Unexpected::Seq)?;
        let mut list = Vec::new();
        while let Some(value) = seq.next_element_seed(within)? {
            list.push(value);
            few(list.len())?;
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let within = self.0.within(Unexpected::Map)?;
        let mut object = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            if object.insert(name, map.next_value_seed(within)?).is_some() {
                return Err(A::Error::custom("a member is given twice"));
            }
            few(object.len())?;
        }
        Ok(object.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Value, E> {
        Ok(yes.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, levels: u8) -> Result<Value, String> {
        let mut source = serde_json::Deserializer::from_str(text);
        Cell { levels }.deserialize(&mut source).map_err(|error| error.to_string())
    }

    #[test]
    fn a_cell_is_as_deep_as_it_may_be() {
        for text in ["null", "true", "-1", "1.5", "\"x\""] {
            assert_eq!(read(text, 0), Ok(text.parse().unwrap()), "{text}");
        }
        assert!(read("[]", 0).unwrap_err().contains("expected a text, a number, `true`, `false` or `null`"));
        assert!(read("{}", 0).is_err());
        for text in ["[]", "[1,\"x\"]", "{\"a\":null}"] {
            assert_eq!(read(text, 1), Ok(text.parse().unwrap()), "{text}");
        }
        assert!(read("[{}]", 1).is_err());
        assert_eq!(read("[{\"a\":1}]", 2), Ok("[{\"a\":1}]".parse().unwrap()));
    }

    #[test]
    fn a_cell_is_as_long_as_it_may_be() {
        let list = |members: usize| format!("[{}]", vec!["1"; members].join(","));
        assert!(read(&list(MEMBERS_MAX), 1).is_ok());
        assert!(read(&list(MEMBERS_MAX + 1), 1).unwrap_err().contains("at most 64 members"));
        let members = (0..=MEMBERS_MAX).map(|member| format!("\"{member}\":1")).collect::<Vec<_>>().join(",");
        assert!(read(&format!("{{{members}}}"), 1).unwrap_err().contains("at most 64 members"));
        assert!(read("{\"a\":1,\"a\":2}", 1).unwrap_err().contains("given twice"));
    }
}
