//! Entity tags (RFC 9110, section 8.8.3): a thing's version as a strong tag, and `If-Match` against it. It never
//! compares weakly, since a weak tag can't guard a write.

use axum::extract::FromRequestParts;
use http::header::{ETAG, IF_MATCH};
use http::request::Parts;
use http::{HeaderName, HeaderValue};

use super::problem::{Problem, ProblemKind};

/// How many tags one `If-Match` may list.
const TAGS_MAX: usize = 64;

/// The strong tag of a version: `"7"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ETag(pub i64);

impl ETag {
    /// The header that carries it, for a response made of a tuple.
    pub fn header(self) -> [(HeaderName, HeaderValue); 1] {
        [(ETAG, self.value())]
    }

    /// The header's value.
    pub fn value(self) -> HeaderValue {
        HeaderValue::from_str(&format!("\"{}\"", self.0))
            // Digits between quotes are always a valid header value.
            .unwrap_or_else(|_| HeaderValue::from_static("\"\""))
    }
}

/// What `If-Match` asks for. Refuses with 400 what is not of the header's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// There was no such header: any version will do.
    Absent,
    /// `*`: any version will do, as long as the thing exists; every write of ours needs that anyway.
    Any,
    /// One of these versions. Tags that no version of ours can have (weak ones among them) are left out, so the list may
    /// be empty, and then nothing matches.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// The versions that will do, as a command takes them; `None` where any will.
    pub fn versions(self) -> Option<Vec<i64>> {
        match self {
            Self::Absent | Self::Any => None,
            Self::Versions(versions) => Some(versions),
        }
    }

    /// Reads the values of all `If-Match` headers of a request.
    fn parse<'a>(values: impl Iterator<Item = &'a HeaderValue>) -> Result<Self, Problem> {
        let mut seen = false;
        let mut any = false;
        let mut tags = 0_usize;
        let mut versions = Vec::new();
        for value in values {
            seen = true;
            let mut rest = value.as_bytes().trim_ascii();
            if rest == b"*" {
                any = true;
                continue;
            }
            while !rest.is_empty() {
                let (tag, after) = take_tag(rest).ok_or_else(malformed)?;
                tags += 1;
                if TAGS_MAX < tags {
                    return Err(ProblemKind::BadRequest.detail("`If-Match` lists more than 64 tags"));
                }
                if let Some(version) = tag {
                    versions.push(version);
                }
                rest = after;
            }
        }
        match (seen, any, tags) {
            (false, ..) => Ok(Self::Absent),
            (true, true, 0) => Ok(Self::Any),
            // `*` beside tags, or a header with nothing in it.
            (true, true, _) | (true, false, 0) => Err(malformed()),
            (true, false, _) => Ok(Self::Versions(versions)),
        }
    }
}

fn malformed() -> Problem {
    ProblemKind::BadRequest.detail("`If-Match` is neither `*` nor a list of quoted tags")
}

/// Takes one tag and the comma after it off the front: the version that it names, if a strong tag of ours, and the rest.
/// `None` where no tag stands there.
fn take_tag(text: &[u8]) -> Option<(Option<i64>, &[u8])> {
    let (weak, text) = match text.strip_prefix(b"W/") {
        Some(after) => (true, after),
        None => (false, text),
    };
    let text = text.strip_prefix(b"\"")?;
    let end = text.iter().position(|byte| *byte == b'"')?;
    let (tag, after) = (text.get(..end)?, text.get(end + 1..)?.trim_ascii_start());
    let after = match after.strip_prefix(b",") {
        // A comma at the very end announces a tag that does not come.
        Some(b"") => return None,
        Some(after) => after.trim_ascii_start(),
        None if after.is_empty() => after,
        None => return None,
    };
    Some((if weak { None } else { version(tag) }, after))
}

/// Digits as we write them, and nothing else: `+7` and `07` are other tags.
fn version(tag: &[u8]) -> Option<i64> {
    let text = str::from_utf8(tag).ok()?;
    let version: i64 = text.parse().ok()?;
    (version.to_string() == text).then_some(version)
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Self::parse(parts.headers.get_all(IF_MATCH).iter())
    }
}

#[cfg(test)]
mod tests {
    use bronya_domain::refusal::{Refusal, check_version};

    use super::*;

    fn parse(values: &[&str]) -> Result<IfMatch, ProblemKind> {
        let values: Vec<HeaderValue> = values.iter().map(|v| HeaderValue::from_str(v).unwrap()).collect();
        IfMatch::parse(values.iter()).map_err(|problem| problem.kind())
    }

    #[test]
    fn reads_what_rfc_9110_allows() {
        assert_eq!(parse(&[]), Ok(IfMatch::Absent));
        assert_eq!(parse(&["*"]), Ok(IfMatch::Any));
        assert_eq!(parse(&["\"7\""]), Ok(IfMatch::Versions(vec![7])));
        assert_eq!(parse(&["\"7\", \"8\"", "\"9\""]), Ok(IfMatch::Versions(vec![7, 8, 9])));
        // Known form, and no version of ours: nothing matches.
        for foreign in ["W/\"7\"", "\"xyz\"", "\"\"", "\"07\"", "\"+7\"", "\"a,b\"", "\"99999999999999999999\""] {
            assert_eq!(parse(&[foreign]), Ok(IfMatch::Versions(vec![])), "{foreign}");
        }
    }

    #[test]
    fn refuses_what_is_no_tag() {
        for wrong in ["", "7", "\"7", "7\"", "*, \"7\"", "\"7\" \"8\"", "\"7\",", "w/\"7\"", ", \"7\""] {
            assert_eq!(parse(&[wrong]), Err(ProblemKind::BadRequest), "{wrong}");
        }
        assert_eq!(parse(&["*", "\"7\""]), Err(ProblemKind::BadRequest));
        assert_eq!(parse(&[&"\"1\",".repeat(65)]), Err(ProblemKind::BadRequest));
        assert!(parse(&[&vec!["\"1\""; 64].join(",")]).is_ok());
    }

    #[test]
    fn a_tag_matches_its_own_version_only() {
        let seven = parse(&[ETag(7).value().to_str().unwrap()]).unwrap();
        let check = |seen: IfMatch, version| check_version(seen.versions().as_deref(), version);
        assert_eq!(check(seven.clone(), 7), Ok(()));
        assert_eq!(check(seven.clone(), 8), Err(Refusal::Stale(8)));
        assert_eq!(check(parse(&["W/\"7\""]).unwrap(), 7), Err(Refusal::Stale(7)));
        assert_eq!(check(IfMatch::Any, 7), Ok(()));
        assert_eq!(IfMatch::Any.versions(), None);
        assert_eq!(seven.versions(), Some(vec![7]));
    }
}
