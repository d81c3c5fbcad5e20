//! The page of a site on which the public books, without an account: whether there is one, for what, and what it asks of
//! guests. How far ahead, at which times and for how many people the rules in force say; this adds no rule to them.

use crate::limits::{BOOKING_MAX, CAPACITY_MAX, KIND_CHARS_MAX, NOTES_CHARS_MAX};
use crate::resource::AttributeProblem;
use crate::text;

/// Kinds that one page offers.
pub const KINDS_MAX: usize = 20;
/// Origins that may show one page in a frame.
pub const ORIGINS_MAX: usize = 20;
/// Characters of an origin.
pub const ORIGIN_CHARS_MAX: usize = 200;
/// The longest that a page holds a time while its form is filled; the rules of the place may allow less.
pub const PAGE_HOLD_MINUTES_MAX: u32 = 30;

/// Whether a guest is asked for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It is not asked for.
    No,
    /// It may be left out.
    Optional,
    /// It has to be given.
    Required,
}

/// What is said of the page of a site. Build it through [`PublicPage::check`] before it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicPage {
    /// Whether the public may book.
    pub is_open: bool,
    /// Of which kinds, of what is public: at most [`KINDS_MAX`]; none: of all.
    pub kinds: Vec<String>,
    /// The largest party.
    pub party_max: u32,
    /// How long a booking is where the place does not say.
    pub duration_minutes: u32,
    /// How long a time is held while the form is filled.
    pub hold_minutes: u32,
    /// What guests are told before they book: at most 4,000 characters.
    pub policy_text: Option<String>,
    /// Whether they are asked for an address for mail.
    pub email: Asked,
    /// Whether they are asked for a telephone number.
    pub phone: Asked,
    /// The origins whose pages may show it in a frame: at most [`ORIGINS_MAX`], each as a browser names it.
    pub origins: Vec<String>,
    /// The colour of its buttons: six hexadecimal digits in lower case.
    pub accent: Option<String>,
}

impl Default for PublicPage {
    fn default() -> Self {
        Self {
            is_open: false,
            kinds: Vec::new(),
            party_max: 8,
            duration_minutes: 90,
            hold_minutes: 10,
            policy_text: None,
            email: Asked::Required,
            phone: Asked::Optional,
            origins: Vec::new(),
            accent: None,
        }
    }
}

impl PublicPage {
    /// Everything that is wrong with it; empty where it can stand.
    pub fn check(&self) -> Vec<AttributeProblem> {
        let mut problems = Vec::new();
        let mut refuse = |attribute, detail: String| problems.push(AttributeProblem { attribute, detail });
        let longest = u32::try_from(BOOKING_MAX.as_mins()).unwrap_or(u32::MAX);
        for (attribute, value, most) in [
            ("party_max", self.party_max, CAPACITY_MAX),
            ("duration_minutes", self.duration_minutes, longest),
            ("hold_minutes", self.hold_minutes, PAGE_HOLD_MINUTES_MAX),
        ] {
            if !(1..=most).contains(&value) {
                refuse(attribute, format!("must be from 1 to {most}"));
            }
        }
        if KINDS_MAX < self.kinds.len() {
            refuse("kinds", format!("must be at most {KINDS_MAX}"));
        }
        for kind in self.kinds.iter().take(KINDS_MAX) {
            if let Err(problem) = text::required_line(kind, KIND_CHARS_MAX) {
                refuse("kinds", problem.to_string());
            }
        }
        if let Some(Err(problem)) = self.policy_text.as_deref().map(|text| text::paragraphs(text, NOTES_CHARS_MAX)) {
            refuse("policy_text", problem.to_string());
        }
        if ORIGINS_MAX < self.origins.len() {
            refuse("origins", format!("must be at most {ORIGINS_MAX}"));
        }
        if !self.origins.iter().take(ORIGINS_MAX).all(|origin| is_origin(origin)) {
            let form = "must be origins such as https://www.example.org, with neither a path nor a wildcard";
            refuse("origins", form.to_owned());
        }
        let is_colour =
            |colour: &str| colour.len() == 6 && colour.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if self.accent.as_deref().is_some_and(|colour| !is_colour(colour)) {
            refuse("accent", "must be six hexadecimal digits in lower case, such as 3056d3".to_owned());
        }
        problems
    }

    /// Whether a resource of this kind is offered.
    pub fn offers(&self, kind: Option<&str>) -> bool {
        self.kinds.is_empty() || kind.is_some_and(|kind| self.kinds.iter().any(|it| it == kind))
    }
}

/// Whether `text` is an origin that may show a page in a frame: https, a host in lower case, perhaps a port, and nothing that
/// would be anything else in a policy. On the machine itself http will do.
fn is_origin(text: &str) -> bool {
    let local = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
    let (host, port) = if let Some(rest) = text.strip_prefix("https://") {
        match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        }
    } else {
        let Some(rest) = local.iter().find_map(|it| text.strip_prefix(it)) else { return false };
        ("localhost", if rest.is_empty() { None } else { Some(rest.strip_prefix(':').unwrap_or("")) })
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let digits = |port: &str| !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= ORIGIN_CHARS_MAX
        && host.split('.').all(label)
        && port.is_none_or(|port| digits(port) && port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_exact_and_can_be_nothing_else_in_a_policy() {
        for origin in [
            "https://www.example.org",
            "https://example.org:8443",
            "http://localhost:8080",
            "http://127.0.0.1",
            "https://xn--e1afmkfd.xn--p1ai",
        ] {
            assert!(is_origin(origin), "{origin}");
        }
        for wrong in [
            "",
            "https://",
            "http://example.org",
            "https://*.example.org",
            "https://example.org/",
            "https://example.org/a",
            "https://Example.org",
            "https://example.org:0",
            "https://example.org:99999",
            "https://example.org:",
            "https://a b",
            "https://example.org; script-src *",
            "https://example.org 'self'",
            "https://user@example.org",
            "https://-a.org",
            "http://localhost.example.org",
            "http://127.0.0.1:",
            "null",
            "https:",
        ] {
            assert!(!is_origin(wrong), "{wrong}");
        }
    }

    #[test]
    fn what_can_not_stand_is_named() {
        assert_eq!(PublicPage::default().check(), []);
        let wrong = PublicPage {
            kinds: vec![" ".to_owned(); KINDS_MAX + 1],
            party_max: 0,
            duration_minutes: 0,
            hold_minutes: PAGE_HOLD_MINUTES_MAX + 1,
            policy_text: Some("\0".to_owned()),
            origins: vec!["*".to_owned(); ORIGINS_MAX + 1],
            accent: Some("ABCDEF".to_owned()),
            ..PublicPage::default()
        };
        let mut named: Vec<&str> = wrong.check().iter().map(|it| it.attribute).collect();
        named.dedup();
        let all = ["party_max", "duration_minutes", "hold_minutes", "kinds", "policy_text", "origins", "accent"];
        assert_eq!(named, all);
        let tables = PublicPage { kinds: vec!["table".to_owned()], ..PublicPage::default() };
        assert!(tables.offers(Some("table")) && !tables.offers(Some("room")) && !tables.offers(None));
        assert!(PublicPage::default().offers(None));
    }
}
