//! The web UI: one page, which every address of the UI is answered with, and the files that it consists of. All of it is in the
//! binary; it asks no other host for anything.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue};

use super::problem::ProblemKind;

/// A file of the UI.
struct File {
    name: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/ui.rs"));

const PAGE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/index.html"));
const PAGE_GZIP: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/index.html.gz"));

/// The addresses of the UI; the page itself knows what each shows.
const ADDRESSES: [&str; 20] = [
    "/",
    "/book",
    "/book/{site}",
    "/timeline",
    "/floor",
    "/host",
    "/today",
    "/reports",
    "/my",
    "/approvals",
    "/door",
    "/resource/{id}",
    "/profile",
    "/guest/{id}",
    "/sign-in",
    "/register",
    "/forgotten",
    "/new-password",
    "/admin",
    "/admin/{*rest}",
];

/// Nothing but files of our own, no script that stands in a page, and no text that is ever taken for one.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
     manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
     trusted-types 'none'",
);

/// The address of a file changes with it, so a browser never has to ask again.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The page and its files.
pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let pages = ADDRESSES.iter().fold(Router::new(), |router, address| router.route(address, get(page)));
    pages.route("/assets/{version}/{*name}", get(file))
}

async fn page(headers: HeaderMap) -> Response {
    let mut response = encoded(&headers, PAGE, PAGE_GZIP, "text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    // A new version of the server has a new page.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

async fn file(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let found = FILES.iter().find(|file| file.name == name).filter(|_| version == VERSION);
    let Some(file) = found else { return ProblemKind::NotFound.into_response() };
    let mut response = encoded(&headers, file.plain, file.gzip, media_type(file.name));
    response.headers_mut().insert(CACHE_CONTROL, FOR_GOOD);
    response
}

/// Compressed for who takes that.
fn encoded(asked: &HeaderMap, plain: &'static [u8], gzip: &'static [u8], media_type: &'static str) -> Response {
    let takes = |value: &HeaderValue| value.to_str().is_ok_and(takes_gzip);
    let compressed = asked.get_all(ACCEPT_ENCODING).iter().any(takes);
    let mut response = Response::new(Body::from(if compressed { gzip } else { plain }));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if compressed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether a list of encodings has gzip in it and does not forbid it with `q=0`.
fn takes_gzip(list: &str) -> bool {
    list.split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_none_or(|weight| 0.0 < weight)
    })
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_who_takes_it() {
        for (list, takes) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("br", false),
            ("", false),
            ("x-gzip", false),
        ] {
            assert_eq!(takes_gzip(list), takes, "{list}");
        }
    }

    #[test]
    fn every_file_has_a_media_type_and_the_page_names_files_that_are_there() {
        let text = std::str::from_utf8(PAGE).unwrap();
        assert!(!text.contains("{{"), "{text}");
        let folder = format!("/assets/{VERSION}/");
        let mut named = 0;
        for after in text.split(&folder).skip(1) {
            let name = after.split('"').next().unwrap();
            assert!(FILES.iter().any(|file| file.name == name), "{name}");
            named += 1;
        }
        assert!(3 <= named, "{text}");
        for file in FILES.iter().filter(|file| !file.name.ends_with("LICENSE")) {
            assert!(!media_type(file.name).starts_with("text/plain"), "{}", file.name);
        }
    }
}
