//! The cookies that browsers are signed in by, and the proof that a request which they send by themselves was meant: a
//! page of another site can make a browser send its cookies here, but can't make it say that the request is from here.

use std::net::IpAddr;

use cookie::{Cookie, SameSite};
use http::header::{COOKIE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};

use super::extract::essence;
use super::problem::{Problem, ProblemKind};
use crate::app::sign_in::Tokens;
use crate::app::{App, Settings};

/// The path below which the browser sends the refresh token: nothing else has a use for it.
const REFRESH_PATH: &str = "/session";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

/// What the cookies are called. The prefixes bind a name to https and to this host (RFC 6265bis, section 4.1.3): nobody on the
/// same network or on a neighbouring host can put others in their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Names {
    access: &'static str,
    refresh: &'static str,
    secure: bool,
}

const OVER_HTTPS: Names = Names { access: "__Host-bronya", refresh: "__Secure-bronya-refresh", secure: true };
/// Without https no browser keeps those: on the machine itself nobody can listen in, and these do.
const OVER_HTTP: Names = Names { access: "bronya-http", refresh: "bronya-http-refresh", secure: false };

/// What a request brought along of ours.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Access,
    Refresh,
}

impl Names {
    fn of(self, kind: Kind) -> &'static str {
        match kind {
            Kind::Access => self.access,
            Kind::Refresh => self.refresh,
        }
    }

    fn cookie(self, kind: Kind, value: String, good: SignedDuration) -> Cookie<'static> {
        let path = match kind {
            Kind::Access => "/",
            Kind::Refresh => REFRESH_PATH,
        };
        Cookie::build((self.of(kind), value))
            .path(path)
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Strict)
            .max_age(cookie::time::Duration::seconds(good.as_secs()))
            .build()
    }
}

/// The host that was asked, with its port.
fn authority(parts: &Parts) -> Option<&str> {
    let named = parts.headers.get(HOST).and_then(|value| value.to_str().ok());
    named.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str))
}

/// The host that was asked, without its port.
fn host(parts: &Parts) -> Option<&str> {
    let authority = authority(parts)?;
    Some(authority.rsplit_once(':').filter(|(_, port)| !port.contains(']')).map_or(authority, |(host, _)| host))
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// Whether cookies that go over plain http are looked at.
fn http_will_do(parts: &Parts, settings: &Settings) -> bool {
    settings.plain_http_sign_in || host(parts).is_some_and(is_this_machine)
}

fn read(parts: &Parts, settings: &Settings, kind: Kind) -> Option<String> {
    // Most clients send none, and pay for no more than this.
    if !parts.headers.contains_key(COOKIE) {
        return None;
    }
    let names = if http_will_do(parts, settings) { &[OVER_HTTPS, OVER_HTTP][..] } else { &[OVER_HTTPS] };
    let sent = || {
        let lines = parts.headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        lines.flat_map(Cookie::split_parse).filter_map(Result::ok)
    };
    names.iter().find_map(|names| sent().find(|it| it.name() == names.of(kind)).map(|it| it.value().to_owned()))
}

/// The access token that a browser sent by itself.
pub(super) fn access(parts: &Parts, settings: &Settings) -> Option<String> {
    read(parts, settings, Kind::Access)
}

/// The refresh token that a browser sent by itself.
pub(super) fn refresh(parts: &Parts, settings: &Settings) -> Option<String> {
    read(parts, settings, Kind::Refresh)
}

/// Refuses what a page of another site may have made the browser send, where it would change something. A browser says
/// where a request comes from (Fetch Metadata, `Origin`); what is no browser says so by a header that no page of
/// another site can set.
pub(super) fn must_be_meant(parts: &Parts, settings: &Settings) -> Result<(), Problem> {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let refused = |detail: &'static str| Err(ProblemKind::CrossSite.detail(detail));
    let text = |name: &HeaderName| parts.headers.get(name).map(|value| value.to_str().unwrap_or_default());
    // What a form of any site can send.
    let forms = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"];
    if essence(&parts.headers).is_some_and(|sent| forms.iter().any(|form| form.eq_ignore_ascii_case(sent))) {
        return refused("a browser that is signed in by its cookie sends no forms here");
    }
    match (text(&SEC_FETCH_SITE), text(&ORIGIN)) {
        (Some("same-origin"), None) => Ok(()),
        (Some("same-origin") | None, Some(origin)) if is_ours(origin, parts, settings) => Ok(()),
        (None, None) if parts.headers.contains_key(X_REQUESTED_WITH) => Ok(()),
        (None, None) => refused("the request does not say where it comes from; send X-Requested-With"),
        _ => refused("the request comes from a page of another site"),
    }
}

/// Whether a page of this origin is one of ours: under the address that people are told, or under the one that was asked.
fn is_ours(origin: &str, parts: &Parts, settings: &Settings) -> bool {
    let origin_authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    settings.public_origin.as_deref().is_some_and(|ours| ours.eq_ignore_ascii_case(origin))
        || origin_authority.zip(authority(parts)).is_some_and(|(origin, asked)| origin.eq_ignore_ascii_case(asked))
}

/// Which cookies the browser that asks would keep; refused where it would keep none.
fn kept(parts: &Parts, settings: &Settings) -> Result<Names, Problem> {
    let origin = parts.headers.get(ORIGIN).and_then(|value| value.to_str().ok());
    let over_http = match (origin, host(parts)) {
        (Some(origin), _) => origin.starts_with("http://"),
        (None, Some(host)) => is_this_machine(host),
        (None, None) => false,
    };
    if !over_http {
        return Ok(OVER_HTTPS);
    }
    if http_will_do(parts, settings) { Ok(OVER_HTTP) } else { Err(ProblemKind::InsecureOrigin.into()) }
}

/// Where the cookies of a browser go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jar(Names);

impl Jar {
    /// For the browser that asks; refused where it would not keep them.
    pub(super) fn of(parts: &Parts, settings: &Settings) -> Result<Self, Problem> {
        kept(parts, settings).map(Self)
    }

    /// The headers that hand over tokens.
    pub(super) fn put(self, app: &App, tokens: Tokens, now: Timestamp) -> HeaderMap {
        let Self(names) = self;
        let access_good = tokens.access.expires_at.duration_since(now);
        Self::headers([
            names.cookie(Kind::Access, tokens.access.token, access_good),
            names.cookie(Kind::Refresh, tokens.refresh.expose().to_owned(), app.sign_in.refresh_good),
        ])
    }

    /// The headers that take them away, under whatever name they were handed over.
    pub(super) fn clear() -> HeaderMap {
        let gone = [OVER_HTTPS, OVER_HTTP].map(|names| {
            [Kind::Access, Kind::Refresh].map(|kind| names.cookie(kind, String::new(), SignedDuration::ZERO))
        });
        Self::headers(gone.into_iter().flatten())
    }

    fn headers(cookies: impl IntoIterator<Item = Cookie<'static>>) -> HeaderMap {
        let lines = cookies.into_iter().filter_map(|it| HeaderValue::from_str(&it.to_string()).ok());
        lines.map(|line| (http::header::SET_COOKIE, line)).collect()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let request =
            headers.iter().fold(Request::post("/session"), |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    fn settings() -> Settings {
        Settings { public_origin: Some("https://book.example".to_owned()), ..Settings::default() }
    }

    #[test]
    fn what_another_site_makes_a_browser_send_is_refused() {
        let host = ("host", "book.example");
        for (headers, meant) in [
            (&[host, ("sec-fetch-site", "same-origin")][..], true),
            (&[host, ("sec-fetch-site", "same-origin"), ("origin", "https://book.example")], true),
            (&[host, ("origin", "https://book.example")], true),
            (&[("host", "10.0.0.1:8000"), ("origin", "https://book.example")], true),
            (&[host, ("origin", "HTTPS://Book.Example")], true),
            (&[host, ("x-requested-with", "curl")], true),
            (&[host], false),
            (&[host, ("sec-fetch-site", "same-site")], false),
            (&[host, ("sec-fetch-site", "cross-site"), ("x-requested-with", "x")], false),
            (&[host, ("sec-fetch-site", "none")], false),
            (&[host, ("sec-fetch-site", "cross-site"), ("origin", "https://book.example")], false),
            (&[host, ("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], false),
            (&[host, ("origin", "null")], false),
            (&[host, ("origin", "null"), ("x-requested-with", "x")], false),
            (&[host, ("origin", "https://book.example.evil.example")], false),
            (&[host, ("origin", "https://evil.example")], false),
            (&[host, ("sec-fetch-site", "same-origin"), ("content-type", "text/plain;charset=UTF-8")], false),
            (&[host, ("sec-fetch-site", "same-origin"), ("content-type", "application/x-www-form-urlencoded")], false),
            (&[host, ("sec-fetch-site", "same-origin"), ("content-type", "Multipart/form-data; boundary=x")], false),
            (&[host, ("sec-fetch-site", "same-origin"), ("content-type", "application/json")], true),
        ] {
            assert_eq!(must_be_meant(&parts(headers), &settings()).is_ok(), meant, "{headers:?}");
        }
    }

    #[test]
    fn a_browser_gets_the_cookies_that_it_keeps() {
        let plain = Settings { plain_http_sign_in: true, ..settings() };
        for (headers, settings, names) in [
            (&[("host", "book.example"), ("origin", "https://book.example")][..], settings(), Some(OVER_HTTPS)),
            (&[("host", "127.0.0.1:8000"), ("origin", "https://book.example")], settings(), Some(OVER_HTTPS)),
            (&[("host", "127.0.0.1:8000"), ("origin", "http://127.0.0.1:8000")], settings(), Some(OVER_HTTP)),
            (&[("host", "localhost:8000"), ("origin", "http://localhost:8000")], settings(), Some(OVER_HTTP)),
            (&[("host", "[::1]:8000"), ("origin", "http://[::1]:8000")], settings(), Some(OVER_HTTP)),
            (&[("host", "[::1]")], settings(), Some(OVER_HTTP)),
            (&[("host", "book.example")], settings(), Some(OVER_HTTPS)),
            (&[("host", "192.168.1.5:8000"), ("origin", "http://192.168.1.5:8000")], settings(), None),
            (&[("host", "localhost.evil.example"), ("origin", "http://localhost.evil.example")], settings(), None),
            (&[("host", "192.168.1.5:8000"), ("origin", "http://192.168.1.5:8000")], plain, Some(OVER_HTTP)),
        ] {
            assert_eq!(kept(&parts(headers), &settings).ok(), names, "{headers:?}");
        }
    }

    #[test]
    fn over_the_network_no_cookie_is_believed_that_plain_http_could_have_put_there() {
        let sent = ("cookie", "a=b; bronya-http=tossed; c=d");
        let token = |host| access(&parts(&[("host", host), sent]), &settings());
        assert_eq!(token("book.example"), None);
        assert_eq!(token("localhost:8000").as_deref(), Some("tossed"));
        let both = ("cookie", "bronya-http=tossed; __Host-bronya=good");
        assert_eq!(access(&parts(&[("host", "localhost"), both]), &settings()).as_deref(), Some("good"));
    }

    #[test]
    fn cookies_are_for_this_host_and_for_no_script() {
        let line = |names: Names, kind| names.cookie(kind, "x".to_owned(), SignedDuration::from_mins(15)).to_string();
        assert_eq!(
            line(OVER_HTTPS, Kind::Access),
            "__Host-bronya=x; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=900"
        );
        assert_eq!(
            line(OVER_HTTPS, Kind::Refresh),
            "__Secure-bronya-refresh=x; HttpOnly; SameSite=Strict; Secure; Path=/session; Max-Age=900"
        );
        assert_eq!(line(OVER_HTTP, Kind::Access), "bronya-http=x; HttpOnly; SameSite=Strict; Path=/; Max-Age=900");
    }
}
