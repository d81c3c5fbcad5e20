//! Kinds of resource: what all rooms, or all tables, have in common. A kind that is declared says which attributes its
//! resources have and which fields their bookings carry, each of a type. A resource's kind is a word, and may be one that
//! nobody declared: then there is nothing to say in attributes and fields.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::ids::KindId;
use crate::limits::TITLE_CHARS_MAX;
use crate::place::{SLUG_CHARS_MAX, is_locale, is_slug};
use crate::text;

/// Attributes of one kind, and likewise fields of its bookings.
pub const FIELDS_MAX: usize = 32;
/// Characters in the key of a field.
pub const KEY_CHARS_MAX: usize = 64;
/// Options of one choice.
pub const OPTIONS_MAX: usize = 50;
/// Characters in an option or in a unit.
pub const OPTION_CHARS_MAX: usize = 64;
/// Characters in all options of one kind.
pub const OPTIONS_CHARS_MAX: usize = 10_000;
/// Characters in a value that is text.
pub const VALUE_CHARS_MAX: u32 = 500;
/// The largest number, and as much below zero.
pub const NUMBER_MAX: i64 = 1_000_000_000_000;
/// Languages in which a kind has a label.
pub const LABELS_MAX: usize = 20;

/// What a value has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Yes or no.
    Flag,
    /// A whole number.
    Number {
        /// What is counted or measured, for showing.
        unit: Option<String>,
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// One of these: 1 to [`OPTIONS_MAX`], each once.
    Choice(Vec<String>),
    /// One line of at most so many characters.
    Text(u32),
}

/// One thing that is said of a resource or of a booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in the API: 1 to 64 lower-case letters, digits and underscores.
    pub key: String,
    /// Its name for people: one line, 1 to 200 characters.
    pub label: String,
    /// Whether it has to be said.
    pub is_required: bool,
    /// What it has to be.
    pub takes: FieldType,
}

/// What is said under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(i64),
    /// An option of a choice, or text.
    Text(String),
}

/// Everything that is said, by key.
pub type Values = BTreeMap<String, FieldValue>;

/// How values change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValuesEdit {
    /// All of them are these now.
    Replace(Values),
    /// These are put or, where there is none, taken away; the others stay.
    Merge(BTreeMap<String, Option<FieldValue>>),
}

impl ValuesEdit {
    /// The values after the edit.
    pub fn of(&self, old: &Values) -> Values {
        match self {
            Self::Replace(values) => values.clone(),
            Self::Merge(changes) => {
                let mut values = old.clone();
                for (key, value) in changes {
                    match value {
                        Some(value) => values.insert(key.clone(), value.clone()),
                        None => values.remove(key),
                    };
                }
                values
            }
        }
    }
}

/// What a kind declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema {
    /// What its resources are like.
    pub attributes: Vec<Field>,
    /// What its bookings carry.
    pub booking_fields: Vec<Field>,
}

/// What is said of a kind. Build it through [`KindAttributes::check`] before it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindAttributes {
    /// The word in the `kind` of its resources: 1 to 64 lower-case letters, digits and hyphens; unique.
    pub name: String,
    /// Its name for people, by language tag.
    pub labels: BTreeMap<String, String>,
    /// What it declares.
    pub schema: Arc<Schema>,
}

/// A kind as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its id.
    pub id: KindId,
    /// What is said of it.
    pub attributes: KindAttributes,
    /// Counts its edits: its entity tag.
    pub version: i64,
    /// When it was declared.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
}

/// Something that can't stand, with its place as a JSON Pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedProblem {
    /// Where.
    pub pointer: String,
    /// What is wrong there.
    pub detail: String,
}

impl KindAttributes {
    /// Everything that is wrong with them; empty where they can stand.
    pub fn check(&self) -> Vec<PlacedProblem> {
        let mut problems = Vec::new();
        let mut refuse = |pointer: String, detail: String| problems.push(PlacedProblem { pointer, detail });
        // An id in its place would be taken for the id of a kind.
        if !is_slug(&self.name) || uuid::Uuid::try_parse(&self.name).is_ok() {
            let detail =
                format!("must be 1 to {SLUG_CHARS_MAX} lower-case letters a-z, digits and hyphens, and no UUID");
            refuse("/name".to_owned(), detail);
        }
        if LABELS_MAX < self.labels.len() {
            refuse("/labels".to_owned(), format!("must be at most {LABELS_MAX}"));
        }
        for (locale, label) in &self.labels {
            let pointer = format!("/labels/{}", escaped(locale));
            if !is_locale(locale) {
                refuse(pointer, "must be under a language tag, such as de, pt-BR or sr-Latn-RS".to_owned());
            } else if let Err(problem) = text::required_line(label, TITLE_CHARS_MAX) {
                refuse(pointer, problem.to_string());
            }
        }
        for (list, fields) in
            [("/attributes", &self.schema.attributes), ("/booking_fields", &self.schema.booking_fields)]
        {
            problems.extend(check_fields(list, fields));
        }
        let fields = self.schema.attributes.iter().chain(&self.schema.booking_fields);
        let options =
            fields.filter_map(|field| if let FieldType::Choice(options) = &field.takes { Some(options) } else { None });
        if OPTIONS_CHARS_MAX < options.flatten().map(|option| option.chars().count()).sum() {
            let detail = format!("must have at most {OPTIONS_CHARS_MAX} characters in all options together");
            problems.push(PlacedProblem { pointer: String::new(), detail });
        }
        problems
    }
}

fn check_fields(list: &str, fields: &[Field]) -> Vec<PlacedProblem> {
    let mut problems = Vec::new();
    if FIELDS_MAX < fields.len() {
        let detail = format!("must be at most {FIELDS_MAX}");
        return vec![PlacedProblem { pointer: list.to_owned(), detail }];
    }
    let mut seen = BTreeSet::new();
    for (nth, field) in fields.iter().enumerate() {
        let mut refuse = |member: &str, detail: String| {
            problems.push(PlacedProblem { pointer: format!("{list}/{nth}/{member}"), detail });
        };
        if !is_key(&field.key) {
            refuse("key", format!("must be 1 to {KEY_CHARS_MAX} lower-case letters a-z, digits and underscores"));
        } else if !seen.insert(&field.key) {
            refuse("key", "must not be there twice".to_owned());
        }
        if let Err(problem) = text::required_line(&field.label, TITLE_CHARS_MAX) {
            refuse("label", problem.to_string());
        }
        match &field.takes {
            FieldType::Flag => {}
            FieldType::Number { unit, min, max } => {
                if let Some(Err(problem)) = unit.as_deref().map(|unit| text::required_line(unit, OPTION_CHARS_MAX)) {
                    refuse("unit", problem.to_string());
                }
                for (member, number) in [("min", *min), ("max", *max)] {
                    if !(-NUMBER_MAX..=NUMBER_MAX).contains(&number) {
                        refuse(member, format!("must be from -{NUMBER_MAX} to {NUMBER_MAX}"));
                    }
                }
                if max < min {
                    refuse("max", "must not be less than min".to_owned());
                }
            }
            FieldType::Choice(options) => {
                if !(1..=OPTIONS_MAX).contains(&options.len()) {
                    refuse("options", format!("must be 1 to {OPTIONS_MAX}"));
                } else if options.iter().collect::<BTreeSet<_>>().len() < options.len() {
                    refuse("options", "must not have one twice".to_owned());
                } else if let Some(Err(problem)) = options.iter().map(|it| check_option(it)).find(Result::is_err) {
                    refuse("options", problem);
                }
            }
            FieldType::Text(chars_max) => {
                if !(1..=VALUE_CHARS_MAX).contains(chars_max) {
                    refuse("max_length", format!("must be from 1 to {VALUE_CHARS_MAX}"));
                }
            }
        }
    }
    problems
}

/// An option can be asked for in a list with commas.
fn check_option(option: &str) -> Result<(), String> {
    text::required_line(option, OPTION_CHARS_MAX).map_err(|problem| problem.to_string())?;
    if option.contains(',') || option.trim() != option {
        return Err("must have no commas, and no space around".to_owned());
    }
    Ok(())
}

/// Whether `text` can be the key of a field.
pub fn is_key(text: &str) -> bool {
    (1..=KEY_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A member's name as a part of a JSON Pointer (RFC 6901).
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Everything that is wrong with `values` where these fields are asked for, and where they are to be `complete` what is
/// missing; `list` is the pointer to the values.
pub fn check_values(list: &str, fields: &[Field], values: &Values, complete: bool) -> Vec<PlacedProblem> {
    let problem = |key: &str, detail: String| PlacedProblem { pointer: format!("{list}/{}", escaped(key)), detail };
    let mut problems = Vec::new();
    for (key, value) in values {
        match fields.iter().find(|field| field.key == *key) {
            None => problems.push(problem(key, "is nothing that the kind declares".to_owned())),
            Some(field) => {
                if let Err(detail) = field.takes.check(value) {
                    problems.push(problem(key, detail));
                }
            }
        }
    }
    let missing = fields.iter().filter(|field| complete && field.is_required && !values.contains_key(&field.key));
    problems.extend(missing.map(|field| problem(&field.key, "is required by the kind".to_owned())));
    problems
}

impl FieldType {
    /// Whether a value is what it has to be; if not, what it has to be.
    fn check(&self, value: &FieldValue) -> Result<(), String> {
        match (self, value) {
            (Self::Flag, FieldValue::Flag(_)) => Ok(()),
            (Self::Flag, _) => Err("must be true or false".to_owned()),
            (Self::Number { min, max, .. }, FieldValue::Number(number)) if min <= number && number <= max => Ok(()),
            (Self::Number { min, max, .. }, _) => Err(format!("must be a whole number from {min} to {max}")),
            (Self::Choice(options), FieldValue::Text(text)) if options.contains(text) => Ok(()),
            (Self::Choice(options), _) => Err(format!("must be one of: {}", options.join(", "))),
            (Self::Text(chars_max), FieldValue::Text(line)) => {
                let most = usize::try_from(*chars_max).unwrap_or(usize::MAX);
                text::required_line(line, most).map_err(|problem| problem.to_string())
            }
            (Self::Text(_), _) => Err("must be text".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(key: &str, is_required: bool, takes: FieldType) -> Field {
        Field { key: key.to_owned(), label: key.to_owned(), is_required, takes }
    }

    fn room() -> Vec<Field> {
        vec![
            field("screen", false, FieldType::Flag),
            field("seats", true, FieldType::Number { unit: None, min: 1, max: 40 }),
            field("colour", false, FieldType::Choice(vec!["red".to_owned(), "blue".to_owned()])),
            field("sign", false, FieldType::Text(5)),
        ]
    }

    #[test]
    fn values_have_the_type_that_is_declared() {
        let text = |text: &str| FieldValue::Text(text.to_owned());
        for (key, value, fits) in [
            ("screen", FieldValue::Flag(true), true),
            ("screen", FieldValue::Number(1), false),
            ("screen", text("true"), false),
            ("seats", FieldValue::Number(1), true),
            ("seats", FieldValue::Number(40), true),
            ("seats", FieldValue::Number(0), false),
            ("seats", FieldValue::Number(41), false),
            ("seats", text("4"), false),
            ("colour", text("red"), true),
            ("colour", text("Red"), false),
            ("colour", FieldValue::Flag(true), false),
            ("sign", text("Зал 1"), true),
            ("sign", text("Зал 12"), false),
            ("sign", text("a\nb"), false),
            ("sign", text(" "), false),
            ("sign", FieldValue::Number(1), false),
            ("beamer", FieldValue::Flag(true), false),
        ] {
            let mut values: Values = [("seats".to_owned(), FieldValue::Number(4))].into();
            values.insert(key.to_owned(), value.clone());
            let problems = check_values("/attributes", &room(), &values, true);
            assert_eq!(problems.is_empty(), fits, "{key} {value:?}: {problems:?}");
            if let Some(problem) = problems.first() {
                assert_eq!(problem.pointer, format!("/attributes/{key}"));
            }
        }
    }

    #[test]
    fn what_is_required_is_missed() {
        let problems = check_values("/fields", &room(), &Values::new(), true);
        let expected =
            PlacedProblem { pointer: "/fields/seats".to_owned(), detail: "is required by the kind".to_owned() };
        assert_eq!(problems, [expected]);
        assert!(check_values("/fields", &room(), &Values::new(), false).is_empty());
        assert!(check_values("/fields", &[], &Values::new(), true).is_empty());
        let odd: Values = [("a/b~".to_owned(), FieldValue::Flag(true))].into();
        assert_eq!(check_values("/fields", &[], &odd, true)[0].pointer, "/fields/a~1b~0");
    }

    #[test]
    fn edits_merge_or_replace() {
        let old: Values = [("a".to_owned(), FieldValue::Flag(true)), ("b".to_owned(), FieldValue::Number(1))].into();
        let merge = ValuesEdit::Merge(
            [("a".to_owned(), None), ("c".to_owned(), Some(FieldValue::Number(3))), ("d".to_owned(), None)].into(),
        );
        let merged: Values = [("b".to_owned(), FieldValue::Number(1)), ("c".to_owned(), FieldValue::Number(3))].into();
        assert_eq!(merge.of(&old), merged);
        assert_eq!(ValuesEdit::Replace(Values::new()).of(&old), Values::new());
    }

    #[test]
    fn what_can_not_be_declared_is_named() {
        let kind = |name: &str, attributes: Vec<Field>| KindAttributes {
            name: name.to_owned(),
            labels: BTreeMap::new(),
            schema: Arc::new(Schema { attributes, booking_fields: Vec::new() }),
        };
        let named = |kind: KindAttributes| kind.check().into_iter().map(|it| it.pointer).collect::<Vec<_>>();
        assert!(named(kind("meeting-room", room())).is_empty());
        for name in ["", "Room", "a room", "x/y", "01a207ab-9591-7242-b1a5-d937d654a77e"] {
            assert_eq!(named(kind(name, vec![])), ["/name"], "{name}");
        }
        let choice = |options: &[&str]| {
            field("c", false, FieldType::Choice(options.iter().map(|it| (*it).to_owned()).collect()))
        };
        let number = |min, max| field("n", false, FieldType::Number { unit: None, min, max });
        for (bad, pointer) in [
            (field("Screen", false, FieldType::Flag), "/attributes/0/key"),
            (field("a.b", false, FieldType::Flag), "/attributes/0/key"),
            (Field { label: " ".to_owned(), ..field("a", false, FieldType::Flag) }, "/attributes/0/label"),
            (number(2, 1), "/attributes/0/max"),
            (number(-NUMBER_MAX - 1, 1), "/attributes/0/min"),
            (choice(&[]), "/attributes/0/options"),
            (choice(&["a", "a"]), "/attributes/0/options"),
            (choice(&["a,b"]), "/attributes/0/options"),
            (field("t", false, FieldType::Text(501)), "/attributes/0/max_length"),
        ] {
            assert_eq!(named(kind("room", vec![bad.clone()])), [pointer], "{bad:?}");
        }
        let twice = vec![field("a", false, FieldType::Flag), field("a", true, FieldType::Flag)];
        assert_eq!(named(kind("room", twice)), ["/attributes/1/key"]);
        let many = (0..=FIELDS_MAX).map(|nth| field(&format!("f{nth}"), false, FieldType::Flag)).collect();
        assert_eq!(named(kind("room", many)), ["/attributes"]);
        let labelled = |tag: &str, label: &str| KindAttributes {
            labels: [(tag.to_owned(), label.to_owned())].into(),
            ..kind("room", vec![])
        };
        assert_eq!(named(labelled("german", "Raum")), ["/labels/german"]);
        assert_eq!(named(labelled("de", "")), ["/labels/de"]);
    }
}
