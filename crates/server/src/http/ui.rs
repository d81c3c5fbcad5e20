//! The web UI: one page, which every address of the UI is answered with, and the files that it consists of. All of it is in the
//! binary; it asks no other host for anything.

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use http::{HeaderMap, HeaderValue};

use super::assets::Asset;
use super::problem::ProblemKind;

include!(concat!(env!("OUT_DIR"), "/ui.rs"));

const PAGE: Asset = Asset { name: "index.html", gzip: include_bytes!(concat!(env!("OUT_DIR"), "/index.html.gz")) };

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
    let mut response = PAGE.send(&headers);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, POLICY);
    // A new version of the server has a new page.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

async fn file(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let found = FILES.iter().find(|file| file.name == name).filter(|_| version == VERSION);
    let Some(file) = found else { return ProblemKind::NotFound.into_response() };
    let mut response = file.send(&headers);
    response.headers_mut().insert(CACHE_CONTROL, FOR_GOOD);
    response
}

#[cfg(test)]
mod tests {
    use super::super::assets::{media_type, tests::text};
    use super::*;

    #[test]
    fn every_file_has_a_media_type_and_the_page_names_files_that_are_there() {
        let text = text(&PAGE);
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
