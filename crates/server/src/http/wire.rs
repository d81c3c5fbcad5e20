//! Values as they stand on the wire: times, intervals, optional numbers. One place per direction; what is wrong with a
//! value is noted with its place, so that the client learns of everything at once.

use std::borrow::Cow;
use std::fmt;

use bronya_domain::ids::ResourceId;
use bronya_domain::interval::Interval;
use bronya_domain::text::TextProblem;
use jiff::{SignedDuration, Timestamp};
use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde::{Serialize, Serializer};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::extract::{Invalid, parse_uuid};
use super::problem::Problem;

/// The longest range that a list can be asked for: 366 days.
pub const RANGE_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);

/// A time, RFC 3339 in UTC (`2026-11-23T09:00:00Z`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtcTime(pub Timestamp);

impl Serialize for UtcTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl PartialSchema for UtcTime {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .examples(["2026-11-23T09:00:00Z"])
            .build()
            .into()
    }
}

impl ToSchema for UtcTime {}

/// One of a few words: a text and nothing else, where serde alone would take `{"word": null}` as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Word<T>(pub T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'_, str>::deserialize(deserializer)?;
        T::deserialize(StrDeserializer::new(&text)).map(Self)
    }
}

/// Why a text is no time that can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeProblem {
    /// Not of RFC 3339's form.
    Form,
    /// A local time: no offset.
    NoOffset,
    /// Of the right form, and no such time: a 30th of February, a 25th hour, a leap second.
    NoSuchTime,
}

impl fmt::Display for TimeProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "must be a time such as 2026-11-23T09:00:00Z (RFC 3339)",
            Self::NoOffset => "must say its offset from UTC: end it with Z, or with one such as +03:00",
            Self::NoSuchTime => "must be a time that exists, in the years 0001 to 9999 (leap seconds are not taken)",
        })
    }
}

/// Reads RFC 3339's `date-time` with an offset, cut to whole microseconds. Stricter than the time library, which
/// also reads annotations, and than the standard, which has leap seconds.
pub fn parse_time(text: &str) -> Result<Timestamp, TimeProblem> {
    let bytes = text.as_bytes();
    let digits = |from: usize, count: usize| {
        bytes.get(from..from + count).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let is = |at: usize, any: &[u8]| bytes.get(at).is_some_and(|byte| any.contains(byte));
    let date_and_time = digits(0, 4)
        && is(4, b"-")
        && digits(5, 2)
        && is(7, b"-")
        && digits(8, 2)
        && is(10, b"Tt ")
        && digits(11, 2)
        && is(13, b":")
        && digits(14, 2)
        && is(16, b":")
        && digits(17, 2);
    if !date_and_time || bytes.len() > 40 {
        return Err(TimeProblem::Form);
    }
    let mut at = 19;
    if is(at, b".") {
        let fraction = bytes.iter().skip(at + 1).take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=9).contains(&fraction) {
            return Err(TimeProblem::Form);
        }
        at += 1 + fraction;
    }
    match bytes.len() - at {
        0 => return Err(TimeProblem::NoOffset),
        1 if is(at, b"Zz") => {}
        6 if is(at, b"+-") && digits(at + 1, 2) && is(at + 3, b":") && digits(at + 4, 2) => {}
        _ => return Err(TimeProblem::Form),
    }
    // The library reads offsets of up to 25:59; a day has 24 hours.
    let offset_hour = bytes.get(at + 1..at + 3).filter(|_| !is(at, b"Zz"));
    if bytes.get(17..19) == Some(b"60") || bytes.get(..4) == Some(b"0000") || Some(b"23".as_slice()) < offset_hour {
        return Err(TimeProblem::NoSuchTime);
    }
    let time: Timestamp = text.parse().map_err(|_| TimeProblem::NoSuchTime)?;
    Timestamp::from_microsecond(time.as_microsecond()).map_err(|_| TimeProblem::NoSuchTime)
}

/// The interval that two texts make, with what is wrong noted.
pub fn interval(starts_at: &str, ends_at: &str, invalid: &mut Invalid) -> Option<Interval> {
    let start = invalid.take("/starts_at", parse_time(starts_at));
    let end = invalid.take("/ends_at", parse_time(ends_at));
    let interval = Interval::new(start?, end?);
    invalid.take("/ends_at", interval.map_err(|_| "must be after starts_at"))
}

/// A number from `min` to `max`, with what is wrong noted.
pub fn number(
    value: i64,
    min: u32,
    max: u32,
    pointer: impl Into<Cow<'static, str>>,
    invalid: &mut Invalid,
) -> Option<u32> {
    match u32::try_from(value) {
        Ok(number) if (min..=max).contains(&number) => Some(number),
        _ => {
            invalid.push(pointer, format!("must be from {min} to {max}"));
            None
        }
    }
}

/// A text that a rule of the domain looks at, with what is wrong noted.
pub fn text(
    value: Option<&str>,
    check: impl Fn(&str) -> Result<(), TextProblem>,
    pointer: &'static str,
    invalid: &mut Invalid,
) {
    if let Some(text) = value {
        invalid.take(pointer, check(text));
    }
}

/// An id in a body or a query, where one is given.
pub fn id(text: Option<&str>, pointer: &'static str, invalid: &mut Invalid) -> Option<Uuid> {
    let text = text?;
    let id = parse_uuid(text);
    if id.is_none() {
        invalid.push(pointer, "must be an id (a UUID)");
    }
    id
}

/// A resource's id in a body or a query.
pub fn resource_id(text: &str, invalid: &mut Invalid) -> Option<ResourceId> {
    resource_id_at(text, "/resource_id", invalid)
}

/// A resource's id that stands at `pointer`.
pub fn resource_id_at(text: &str, pointer: impl Into<Cow<'static, str>>, invalid: &mut Invalid) -> Option<ResourceId> {
    let id = parse_uuid(text);
    if id.is_none() {
        invalid.push(pointer, "must be the id of a resource");
    }
    id.map(ResourceId)
}

/// A range of time that a list is narrowed to: both ends may be open; between two there are at most 366 days.
pub fn range(from: Option<&str>, to: Option<&str>) -> Result<(Option<Timestamp>, Option<Timestamp>), Problem> {
    let mut invalid = Invalid::new();
    let from = from.and_then(|text| invalid.take("/from", parse_time(&restore_plus(text))));
    let to = to.and_then(|text| invalid.take("/to", parse_time(&restore_plus(text))));
    if let (Some(from), Some(to)) = (from, to) {
        if to <= from {
            invalid.push("/to", "must be after from");
        } else if to.duration_since(from) > RANGE_MAX {
            invalid.push("/to", "must be at most 366 days after from");
        }
    }
    invalid.finish()?;
    Ok((from, to))
}

/// In a query a bare `+` is a space (`…T09:00:00+03:00` arrives as `…T09:00:00 03:00`): before an offset, and nowhere
/// else in a time, it can only have been a plus.
fn restore_plus(text: &str) -> String {
    match text.rfind(' ') {
        Some(at) if at > 10 => {
            let mut restored = text.to_owned();
            restored.replace_range(at..=at, "+");
            restored
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_an_offset_are_read_in_utc() {
        for (text, utc) in [
            ("2026-11-23T09:00:00Z", "2026-11-23T09:00:00Z"),
            ("2026-11-23t09:00:00z", "2026-11-23T09:00:00Z"),
            ("2026-11-23T12:00:00+03:00", "2026-11-23T09:00:00Z"),
            ("2026-11-23 04:30:00-04:30", "2026-11-23T09:00:00Z"),
            ("2026-11-23T09:00:00.25Z", "2026-11-23T09:00:00.25Z"),
            ("2026-11-23T09:00:00.123456789Z", "2026-11-23T09:00:00.123456Z"),
            ("2026-11-23T09:00:00-00:00", "2026-11-23T09:00:00Z"),
            ("2026-11-23T09:00:00-23:59", "2026-11-24T08:59:00Z"),
            ("2028-02-29T23:59:59Z", "2028-02-29T23:59:59Z"),
        ] {
            assert_eq!(parse_time(text).map(|time| time.to_string()).as_deref(), Ok(utc), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        for text in ["2026-11-23T09:00:00", "2026-11-23T09:00:00.5"] {
            assert_eq!(parse_time(text), Err(TimeProblem::NoOffset), "{text}");
        }
        for text in [
            "2026-02-30T09:00:00Z",
            "2026-11-23T24:00:00Z",
            "2026-11-23T23:59:60Z",
            "0000-01-01T00:00:00Z",
            "2026-11-23T09:00:00+99:00",
            "2026-11-23T09:00:00+24:00",
            "2026-11-23T09:00:00-25:59",
            "2026-11-23T09:00:00+03:60",
            "2026-00-01T00:00:00Z",
        ] {
            assert_eq!(parse_time(text), Err(TimeProblem::NoSuchTime), "{text}");
        }
        for text in [
            "",
            "now",
            "2026-11-23",
            "2026-11-23T09:00Z",
            "2026-11-23T09:00:00Z[UTC]",
            "2026-11-23T09:00:00+0300",
            "10000-01-01T00:00:00Z",
            "-009999-01-01T00:00:00Z",
            "2026-11-23T09:00:00.Z",
            "2026-11-23T09:00:00.1234567890Z",
            " 2026-11-23T09:00:00Z",
            "infinity",
            "20261123T090000Z",
        ] {
            assert_eq!(parse_time(text), Err(TimeProblem::Form), "{text}");
        }
    }

    #[test]
    fn a_word_is_a_text() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Colour {
            Red,
        }
        let read = |text| serde_json::from_str::<Word<Colour>>(text).ok();
        assert_eq!(read("\"red\""), Some(Word(Colour::Red)));
        for wrong in ["{\"red\":null}", "\"Red\"", "0", "null", "[\"red\"]"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_plus_that_the_query_made_a_space_is_restored() {
        let (from, _) = range(Some("2026-11-23T12:00:00 03:00"), None).unwrap();
        assert_eq!(from.unwrap().to_string(), "2026-11-23T09:00:00Z");
    }

    #[test]
    fn ranges_are_bounded() {
        let day = "2026-01-01T00:00:00Z";
        assert!(range(Some(day), Some("2027-01-02T00:00:00Z")).is_ok());
        for to in ["2027-01-02T00:00:01Z", day, "2025-01-01T00:00:00Z", "9999-12-31T00:00:00Z"] {
            assert!(range(Some(day), Some(to)).is_err(), "{to}");
        }
    }
}
