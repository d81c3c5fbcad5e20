//! Places: sites, and the areas that they are divided into. This file holds what is said of them and what a tree of
//! areas may look like; which rules are in force where is [`rules`](crate::rules)' question.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::ids::{AreaId, SiteId};
use crate::limits::{NOTES_CHARS_MAX, TITLE_CHARS_MAX};
use crate::resource::AttributeProblem;
use crate::rules::Rules;
use crate::text;

/// Characters in a slug.
pub const SLUG_CHARS_MAX: usize = 64;
/// Areas of one site.
pub const AREAS_MAX: usize = 1_000;
/// How deep areas may stand in one another: an area of the site itself stands at depth 1.
pub const AREA_DEPTH_MAX: usize = 8;
/// The largest position of an area among its siblings.
pub const POSITION_MAX: u32 = 1_000_000;

/// What is said of a site. Build it through [`SiteAttributes::check`] before it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteAttributes {
    /// What it is called: one line, 1 to 200 characters.
    pub name: String,
    /// Its name in addresses: 1 to 64 lower-case letters, digits and hyphens; unique among sites.
    pub slug: String,
    /// Where it is: at most 4,000 characters.
    pub address: Option<String>,
    /// An IANA time zone name.
    pub time_zone: String,
    /// A language tag such as `de` or `pt-BR`.
    pub locale: String,
    /// What it says to everything that stands in it.
    pub rules: Arc<Rules>,
}

/// A site as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// What is said of it.
    pub attributes: SiteAttributes,
    /// Counts its edits, those of its rules among them: its entity tag.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
}

/// What is said of an area. Build it through [`AreaAttributes::check`] before it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AreaAttributes {
    /// The area that it stands in; `None` where that is the site itself.
    pub parent: Option<AreaId>,
    /// What it is called: one line, 1 to 200 characters.
    pub name: String,
    /// Its place among its siblings: the smallest stands first.
    pub position: u32,
    /// What it says to everything that stands in it.
    pub rules: Arc<Rules>,
}

/// An area as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Its id.
    pub id: AreaId,
    /// The site that it is a part of, for good.
    pub site: SiteId,
    /// What is said of it.
    pub attributes: AreaAttributes,
    /// Counts its edits, those of its rules among them: its entity tag.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
}

impl SiteAttributes {
    /// Everything that is wrong with them; empty where they can stand.
    pub fn check(&self) -> Vec<AttributeProblem> {
        let mut problems = Vec::new();
        let mut note = |attribute, problem: Result<(), text::TextProblem>| {
            if let Err(problem) = problem {
                problems.push(AttributeProblem { attribute, detail: problem.to_string() });
            }
        };
        note("name", text::required_line(&self.name, TITLE_CHARS_MAX));
        note("address", self.address.as_deref().map_or(Ok(()), |text| text::paragraphs(text, NOTES_CHARS_MAX)));
        let mut refuse = |attribute, detail: String| problems.push(AttributeProblem { attribute, detail });
        if !is_slug(&self.slug) {
            refuse("slug", format!("must be 1 to {SLUG_CHARS_MAX} lower-case letters a-z, digits and hyphens"));
        }
        if self.time_zone.len() > 64 || jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            refuse("time_zone", "must be the name of an IANA time zone, such as Europe/Berlin".to_owned());
        }
        if !is_locale(&self.locale) {
            refuse("locale", "must be a language tag, such as de, pt-BR or sr-Latn-RS".to_owned());
        }
        problems.extend(self.rules.check());
        problems
    }
}

impl AreaAttributes {
    /// Everything that is wrong with them by themselves; empty where they can stand. Whether the parent may be one, only
    /// the [`Tree`] knows.
    pub fn check(&self) -> Vec<AttributeProblem> {
        let mut problems = Vec::new();
        if let Err(problem) = text::required_line(&self.name, TITLE_CHARS_MAX) {
            problems.push(AttributeProblem { attribute: "name", detail: problem.to_string() });
        }
        if POSITION_MAX < self.position {
            let detail = format!("must be from 0 to {POSITION_MAX}");
            problems.push(AttributeProblem { attribute: "position", detail });
        }
        problems.extend(self.rules.check());
        problems
    }
}

/// Whether `text` can be a name in addresses: 1 to 64 lower-case letters, digits and hyphens.
pub fn is_slug(text: &str) -> bool {
    (1..=SLUG_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// BCP 47 in the form that places need: a language, perhaps a script, perhaps a region.
pub(crate) fn is_locale(text: &str) -> bool {
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let mut parts = text.split('-');
    let language = parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && letters(part));
    let mut next = parts.next();
    if next.is_some_and(|part| part.len() == 4 && letters(part)) {
        next = parts.next();
    }
    let region = next.is_none_or(|part| {
        (part.len() == 2 && letters(part)) || (part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
    });
    language && region && parts.next().is_none()
}

/// Why an area can't stand where it is to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TreeProblem {
    /// The site has no such area.
    NoSuchParent,
    /// It would stand in itself.
    Cycle,
    /// It, or what stands in it, would stand deeper than [`AREA_DEPTH_MAX`].
    TooDeep,
    /// The site has [`AREAS_MAX`] areas already.
    TooMany,
}

/// The areas of one site, each with what it stands in.
#[derive(Clone, Debug, Default)]
pub struct Tree(BTreeMap<AreaId, Option<AreaId>>);

impl Tree {
    /// The tree of all areas of a site.
    pub fn of<'a>(areas: impl IntoIterator<Item = &'a Area>) -> Self {
        Self(areas.into_iter().map(|area| (area.id, area.attributes.parent)).collect())
    }

    /// An area and those that it stands in, from the outside in; empty for one that is not of the site.
    pub fn path(&self, area: AreaId) -> Vec<AreaId> {
        let mut path = Vec::new();
        let mut next = Some(area).filter(|area| self.0.contains_key(area));
        // What is stored has no cycle; a bound costs nothing.
        while let Some(area) = next.filter(|_| path.len() <= self.0.len()) {
            path.push(area);
            next = self.0.get(&area).copied().flatten();
        }
        path.reverse();
        path
    }

    /// An area and everything that stands in it.
    pub fn within(&self, area: AreaId) -> BTreeSet<AreaId> {
        let stands_in = |other: &&AreaId| self.path(**other).contains(&area);
        self.0.keys().filter(stands_in).copied().collect()
    }

    /// Whether `area`, which is new or is moved, may stand in `parent`.
    pub fn may_stand(&self, area: AreaId, parent: Option<AreaId>) -> Result<(), TreeProblem> {
        if !self.0.contains_key(&area) && AREAS_MAX <= self.0.len() {
            return Err(TreeProblem::TooMany);
        }
        let above = match parent {
            None => Vec::new(),
            Some(parent) => self.path(parent),
        };
        if parent.is_some() && above.is_empty() {
            return Err(TreeProblem::NoSuchParent);
        }
        if above.contains(&area) {
            return Err(TreeProblem::Cycle);
        }
        // How far down what stands in it reaches, the area itself counted.
        let own = self.path(area).len();
        let deepest = self.within(area).into_iter().map(|below| self.path(below).len()).max().unwrap_or(own);
        let height = if own == 0 { 1 } else { deepest + 1 - own };
        if AREA_DEPTH_MAX < above.len() + height { Err(TreeProblem::TooDeep) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn site(slug: &str, locale: &str) -> SiteAttributes {
        SiteAttributes {
            name: "Neva".to_owned(),
            slug: slug.to_owned(),
            address: None,
            time_zone: "Europe/Berlin".to_owned(),
            locale: locale.to_owned(),
            rules: Arc::default(),
        }
    }

    #[test]
    fn slugs_and_locales() {
        let longest = "x".repeat(SLUG_CHARS_MAX);
        for good in ["neva", "neva-2", "7", &longest] {
            assert_eq!(site(good, "de").check(), [], "{good}");
        }
        let too_long = "x".repeat(SLUG_CHARS_MAX + 1);
        for bad in ["", "Neva", "not ok", "нева", "a_b", "a/b", &too_long] {
            assert_eq!(site(bad, "de").check()[0].attribute, "slug", "{bad}");
        }
        for good in ["de", "kok", "pt-BR", "sr-Latn", "sr-Latn-RS", "es-419", "DE-de"] {
            assert_eq!(site("x", good).check(), [], "{good}");
        }
        for bad in ["", "d", "german", "de-", "de_DE", "de-DEU", "de-DE-1996", "de-41", "-", "de-Latn-Latn", "ру"] {
            assert_eq!(site("x", bad).check()[0].attribute, "locale", "{bad}");
        }
        let zone = SiteAttributes { time_zone: "Berlin".to_owned(), name: " ".to_owned(), ..site("x", "de") };
        let named: Vec<_> = zone.check().iter().map(|problem| problem.attribute).collect();
        assert_eq!(named, ["name", "time_zone"]);
    }

    fn id(number: usize) -> AreaId {
        AreaId(Uuid::from_u128(number as u128))
    }

    fn tree(pairs: &[(usize, usize)]) -> Tree {
        Tree(pairs.iter().map(|(area, parent)| (id(*area), (0 < *parent).then(|| id(*parent)))).collect())
    }

    #[test]
    fn areas_make_a_tree() {
        // 1 holds 2 and 3, 3 holds 4; 5 stands beside.
        let tree = tree(&[(1, 0), (2, 1), (3, 1), (4, 3), (5, 0)]);
        assert_eq!(tree.path(id(4)), [id(1), id(3), id(4)]);
        assert_eq!(tree.path(id(9)), []);
        assert_eq!(tree.within(id(3)), BTreeSet::from([id(3), id(4)]));
        for (area, parent, expected) in [
            (3, 5, Ok(())),
            (3, 0, Ok(())),
            (9, 4, Ok(())),
            (3, 9, Err(TreeProblem::NoSuchParent)),
            (3, 3, Err(TreeProblem::Cycle)),
            (1, 4, Err(TreeProblem::Cycle)),
        ] {
            assert_eq!(tree.may_stand(id(area), (0 < parent).then(|| id(parent))), expected, "{area} in {parent}");
        }
    }

    #[test]
    fn a_tree_has_its_bounds() {
        let chain: Vec<_> = (1..=AREA_DEPTH_MAX).map(|area| (area, area - 1)).collect();
        let deepest = tree(&chain);
        assert_eq!(deepest.may_stand(id(99), Some(id(AREA_DEPTH_MAX))), Err(TreeProblem::TooDeep));
        assert_eq!(deepest.may_stand(id(99), Some(id(AREA_DEPTH_MAX - 1))), Ok(()));
        // What is moved takes along what stands in it.
        let mut pairs = chain;
        pairs.extend([(50, 0), (51, 50)]);
        let two = tree(&pairs);
        assert_eq!(two.may_stand(id(50), Some(id(AREA_DEPTH_MAX - 1))), Err(TreeProblem::TooDeep));
        assert_eq!(two.may_stand(id(50), Some(id(AREA_DEPTH_MAX - 2))), Ok(()));
        let full = tree(&(1..=AREAS_MAX).map(|area| (area, 0)).collect::<Vec<_>>());
        assert_eq!(full.may_stand(id(AREAS_MAX + 1), None), Err(TreeProblem::TooMany));
        assert_eq!(full.may_stand(id(1), Some(id(2))), Ok(()));
    }
}
