//! What a resource is like beyond what every resource has: tags, attributes of its kind, its place in lists, who may see
//! it, and whether it is out of order; and what can be asked of these.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::ids::PictureId;
use crate::interval::Interval;
use crate::kind::{FieldValue, Values, ValuesEdit};
use crate::limits::REASON_CHARS_MAX;
use crate::place::POSITION_MAX;
use crate::resource::AttributeProblem;
use crate::text;

/// Tags of one resource, and tags that one question names.
pub const TAGS_MAX: usize = 20;
/// Characters in a tag.
pub const TAG_CHARS_MAX: usize = 32;

/// Who may know of a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Everybody, also without an account.
    Public,
    /// Everybody who has signed in.
    #[default]
    Internal,
    /// Its managers and administrators.
    Hidden,
}

impl Visibility {
    /// Every visibility.
    pub const ALL: [Self; 3] = [Self::Public, Self::Internal, Self::Hidden];

    /// The word that stands for it in the API and in the databases.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Hidden => "hidden",
        }
    }

    /// The visibility that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|visibility| visibility.as_str() == word)
    }
}

/// A time in which a resource can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutOfOrder {
    /// Why: one line, 1 to 500 characters.
    pub reason: String,
    /// From when on; `None`: at once.
    pub from: Option<Timestamp>,
    /// Until when; `None`: nobody knows yet.
    pub until: Option<Timestamp>,
}

impl OutOfOrder {
    /// Whether it is out of order at some time of `interval`.
    pub fn touches(&self, interval: Interval) -> bool {
        self.from.is_none_or(|from| from < interval.end()) && self.until.is_none_or(|until| interval.start() < until)
    }
}

/// A picture of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Which.
    pub id: PictureId,
    /// What is to be seen, for those who don't see it: one line, 1 to 500 characters.
    pub alt: Option<String>,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

/// What a resource is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// At most [`TAGS_MAX`], as [`tag`] writes them.
    pub tags: BTreeSet<String>,
    /// Its place among what stands in the same area: the smallest stands first.
    pub position: u32,
    /// Who may know of it.
    pub visibility: Visibility,
    /// What its kind lets it say.
    pub values: Values,
    /// When it can't be used.
    pub out_of_order: Option<OutOfOrder>,
    /// What it looks like.
    pub picture: Option<Picture>,
}

/// An edit of a [`Profile`]; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileEdit {
    /// Other tags.
    pub tags: Option<BTreeSet<String>>,
    /// Another place.
    pub position: Option<u32>,
    /// Who may know of it.
    pub visibility: Option<Visibility>,
    /// Other attributes.
    pub values: Option<ValuesEdit>,
    /// Out of order, or no longer.
    pub out_of_order: Option<Option<OutOfOrder>>,
    /// Another picture, or none.
    pub picture: Option<Option<Picture>>,
}

impl ProfileEdit {
    /// The edit that makes a resource like this, whatever it was like; its picture, which has an address of its own, stays.
    pub fn to(profile: Profile) -> Self {
        Self {
            tags: Some(profile.tags),
            position: Some(profile.position),
            visibility: Some(profile.visibility),
            values: Some(ValuesEdit::Replace(profile.values)),
            out_of_order: Some(profile.out_of_order),
            picture: None,
        }
    }

    /// The profile after the edit.
    pub fn of(&self, old: &Profile) -> Profile {
        Profile {
            tags: self.tags.clone().unwrap_or_else(|| old.tags.clone()),
            position: self.position.unwrap_or(old.position),
            visibility: self.visibility.unwrap_or(old.visibility),
            values: self.values.as_ref().map_or_else(|| old.values.clone(), |edit| edit.of(&old.values)),
            out_of_order: self.out_of_order.clone().unwrap_or_else(|| old.out_of_order.clone()),
            picture: self.picture.clone().unwrap_or_else(|| old.picture.clone()),
        }
    }
}

/// A tag as it is kept: in small letters, with single spaces. `Err` says what is wrong with it.
pub fn tag(text: &str) -> Result<String, String> {
    text::required_line(text, TAG_CHARS_MAX).map_err(|problem| problem.to_string())?;
    if text.contains(',') {
        return Err("must have no comma".to_owned());
    }
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let tag = words.join(" ");
    // Some letters grow when they are made small.
    text::line(&tag, TAG_CHARS_MAX).map_err(|problem| problem.to_string())?;
    Ok(tag)
}

impl Profile {
    /// Everything that is wrong with it by itself; empty where it can stand. Whether its values are what the kind
    /// declares is asked where the kind is known.
    pub(crate) fn check(&self) -> Vec<AttributeProblem> {
        let mut problems = Vec::new();
        let mut refuse = |attribute, detail: String| problems.push(AttributeProblem { attribute, detail });
        if TAGS_MAX < self.tags.len() {
            refuse("tags", format!("must be at most {TAGS_MAX}"));
        }
        if POSITION_MAX < self.position {
            refuse("position", format!("must be from 0 to {POSITION_MAX}"));
        }
        if let Some(out) = &self.out_of_order {
            if let Err(problem) = text::required_line(&out.reason, REASON_CHARS_MAX) {
                refuse("out_of_order/reason", problem.to_string());
            }
            if let (Some(from), Some(until)) = (out.from, out.until)
                && until <= from
            {
                refuse("out_of_order/ends_at", "must be after starts_at".to_owned());
            }
        }
        problems
    }

    /// Whether it has all these tags and is as all these conditions ask.
    pub fn meets(&self, wanted: &Wanted) -> bool {
        wanted.tags.is_subset(&self.tags) && wanted.conditions.iter().all(|condition| condition.holds(&self.values))
    }
}

/// What is asked of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// It has all of these.
    pub tags: BTreeSet<String>,
    /// All of these hold.
    pub conditions: Vec<Condition>,
}

impl Wanted {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.conditions.is_empty()
    }
}

/// What is asked of one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It is this, written as text: `true`, `6`, `red`.
    Is(String, String),
    /// It is a number from here to there; an end that is `None` is open.
    Between(String, Option<i64>, Option<i64>),
}

impl Condition {
    /// The key of the attribute that it is about.
    pub fn key(&self) -> &str {
        match self {
            Self::Is(key, _) | Self::Between(key, _, _) => key,
        }
    }

    fn holds(&self, values: &Values) -> bool {
        match (self, values.get(self.key())) {
            (Self::Is(_, wanted), Some(value)) => written(value) == *wanted,
            (Self::Between(_, min, max), Some(FieldValue::Number(number))) => {
                min.is_none_or(|min| min <= *number) && max.is_none_or(|max| *number <= max)
            }
            (Self::Is(..), None) | (Self::Between(..), _) => false,
        }
    }
}

/// A value as text, as it is asked for.
pub fn written(value: &FieldValue) -> String {
    match value {
        FieldValue::Flag(flag) => flag.to_string(),
        FieldValue::Number(number) => number.to_string(),
        FieldValue::Text(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_written_one_way() {
        for (text, expected) in [
            ("View", Ok("view")),
            ("  With  a View ", Ok("with a view")),
            ("ВИД НА РЕКУ", Ok("вид на реку")),
            ("", Err(())),
            (" ", Err(())),
            ("a,b", Err(())),
            ("a\nb", Err(())),
            ("a\u{0}", Err(())),
            ("123456789012345678901234567890123", Err(())),
        ] {
            assert_eq!(tag(text).map_err(drop), expected.map(str::to_owned), "{text:?}");
        }
    }

    #[test]
    fn out_of_order_is_half_open() {
        let at = |hour: i64| Timestamp::from_second(hour * 3600).unwrap();
        let out = |from: Option<i64>, until: Option<i64>| OutOfOrder {
            reason: "broken".to_owned(),
            from: from.map(at),
            until: until.map(at),
        };
        for (from, until, start, end, touches) in [
            (Some(2), Some(4), 0, 2, false),
            (Some(2), Some(4), 0, 3, true),
            (Some(2), Some(4), 3, 4, true),
            (Some(2), Some(4), 4, 5, false),
            (Some(2), Some(4), 1, 5, true),
            (None, Some(4), 0, 1, true),
            (None, Some(4), 4, 5, false),
            (Some(2), None, 900, 901, true),
            (Some(2), None, 1, 2, false),
            (None, None, 0, 1, true),
        ] {
            let interval = Interval::new(at(start), at(end)).unwrap();
            assert_eq!(out(from, until).touches(interval), touches, "{from:?} {until:?} {start} {end}");
        }
    }

    #[test]
    fn what_is_asked_is_met() {
        let profile = Profile {
            tags: ["view".to_owned(), "quiet".to_owned()].into(),
            values: [
                ("screen".to_owned(), FieldValue::Flag(true)),
                ("seats".to_owned(), FieldValue::Number(6)),
                ("colour".to_owned(), FieldValue::Text("red".to_owned())),
            ]
            .into(),
            ..Profile::default()
        };
        let is = |key: &str, value: &str| Condition::Is(key.to_owned(), value.to_owned());
        let between = |key: &str, min, max| Condition::Between(key.to_owned(), min, max);
        for (tags, condition, met) in [
            (&["view"][..], None, true),
            (&["view", "quiet"], None, true),
            (&["view", "loud"], None, false),
            (&[], Some(is("screen", "true")), true),
            (&[], Some(is("screen", "false")), false),
            (&[], Some(is("beamer", "false")), false),
            (&[], Some(is("seats", "6")), true),
            (&[], Some(is("colour", "red")), true),
            (&["loud"], Some(is("colour", "red")), false),
            (&[], Some(between("seats", Some(6), None)), true),
            (&[], Some(between("seats", Some(7), None)), false),
            (&[], Some(between("seats", None, Some(6))), true),
            (&[], Some(between("seats", None, Some(5))), false),
            (&[], Some(between("colour", None, None)), false),
        ] {
            let wanted = Wanted {
                tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
                conditions: condition.into_iter().collect(),
            };
            assert_eq!(profile.meets(&wanted), met, "{wanted:?}");
        }
    }
}
