//! From text to typed values. Each function says what is allowed where the text is something else, as the end of a sentence that
//! begins with the name of the setting; none repeats the text, since it may be a secret.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use bronya_store::DatabaseUrl;
use jiff::SignedDuration;
use tracing_subscriber::EnvFilter;

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Everybody.
    Open,
    /// Nobody but who can use the command line.
    Closed,
}

/// Who may add resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceCreation {
    /// Every signed-in user.
    Everyone,
    /// Administrators.
    Admins,
}

/// Types that have one word for each value.
pub(super) trait Words: Copy + 'static {
    const WORDS: &'static [(&'static str, Self)];
}

impl Words for Registration {
    const WORDS: &'static [(&'static str, Self)] = &[("open", Self::Open), ("closed", Self::Closed)];
}

impl Words for ResourceCreation {
    const WORDS: &'static [(&'static str, Self)] = &[("everyone", Self::Everyone), ("admins", Self::Admins)];
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Concealed(String);

impl Concealed {
    // The face that all functions here have.
    #[expect(clippy::unnecessary_wraps, reason = "as all functions that read a setting")]
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }

    /// The text itself. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Concealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

pub(super) fn word<T: Words>(text: &str) -> Result<T, String> {
    let found = T::WORDS.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<String> = T::WORDS.iter().map(|(word, _)| format!("`{word}`")).collect();
        format!("must be {}", words.join(" or "))
    })
}

pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text {
        "yes" | "on" | "true" | "1" => Ok(true),
        "no" | "off" | "false" | "0" => Ok(false),
        _ => Err("must be `yes` or `no` (or on, off, true, false)".to_owned()),
    }
}

pub(super) fn number<T: TryFrom<u64>>(min: u64, max: u64) -> impl Fn(&str) -> Result<T, String> {
    move |text| {
        let plain = text.bytes().all(|b| b.is_ascii_digit());
        let value = text.parse::<u64>().ok().filter(|value| plain && min <= *value && *value <= max);
        value
            .and_then(|value| T::try_from(value).ok())
            .ok_or_else(|| format!("must be a whole number from {min} to {max}"))
    }
}

pub(super) fn seconds(min: u64, max: u64) -> impl Fn(&str) -> Result<Duration, String> {
    move |text| Ok(Duration::from_secs(number(min, max)(text)?))
}

/// A number of units of so many seconds.
pub(super) fn span(unit_secs: i64, min: u64, max: u64) -> impl Fn(&str) -> Result<SignedDuration, String> {
    move |text| {
        let count: i64 = number(min, max)(text)?;
        Ok(SignedDuration::from_secs(count * unit_secs))
    }
}

/// Where an empty text means that there is none.
pub(super) fn optional<T>(parse: impl Fn(&str) -> Result<T, String>) -> impl Fn(&str) -> Result<Option<T>, String> {
    move |text| if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// Values with commas between them; none in an empty text.
pub(super) fn list<T>(text: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(parse).collect()
}

/// Types that can say themselves what they are.
pub(super) fn from_str<T: FromStr<Err: Problem>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.problem())
}

/// An error that becomes the end of a sentence.
pub(super) trait Problem {
    fn problem(&self) -> String;
}

impl Problem for std::net::AddrParseError {
    fn problem(&self) -> String {
        "must be an address and a port, such as 127.0.0.1:8000 or [::1]:8000".to_owned()
    }
}

impl Problem for crate::http::address::NetworkError {
    fn problem(&self) -> String {
        "must be addresses such as 10.0.0.1 or networks such as 10.0.0.0/8, with commas between them".to_owned()
    }
}

impl Problem for crate::telemetry::LogFormatError {
    fn problem(&self) -> String {
        "must be `human` or `json`".to_owned()
    }
}

pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    if text.is_empty() || text.contains('\0') { Err("must be a path".to_owned()) } else { Ok(text.into()) }
}

pub(super) fn database(text: &str) -> Result<DatabaseUrl, String> {
    DatabaseUrl::parse(text).map_err(|_| "must be sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME".to_owned())
}

pub(super) fn log_filter(text: &str) -> Result<String, String> {
    let good = !text.is_empty() && EnvFilter::try_new(text).is_ok();
    let allowed =
        "must be a level (error, warn, info, debug, trace), or levels by part, such as info,bronya_store=debug";
    if good { Ok(text.to_owned()) } else { Err(allowed.to_owned()) }
}

/// Scheme, host and port of a web site, without the slash at the end.
pub(super) fn origin_url(text: &str) -> Result<String, String> {
    let text = text.strip_suffix('/').unwrap_or(text);
    let good = text.parse::<http::Uri>().is_ok_and(|url| {
        matches!(url.scheme_str(), Some("http" | "https"))
            && url
                .authority()
                .is_some_and(|authority| !authority.host().is_empty() && !authority.as_str().contains('@'))
            && url.path() == "/"
            && url.query().is_none()
    });
    let good = good && !text.contains('#') && !text.ends_with('/');
    if good {
        Ok(text.to_owned())
    } else {
        Err("must be a scheme and a host, such as https://book.example.org".to_owned())
    }
}

/// An issuer or audience: printable ASCII.
pub(super) fn token_name(text: &str) -> Result<String, String> {
    let good = (1..=200).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    if good {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 200 printable ASCII characters without spaces".to_owned())
    }
}
