//! The web UI: a page for those who sign in, which every address of theirs is answered with, one for guests, one for displays at
//! doors, and the files that these consist of. All of it is in the binary; it asks no other host for anything.

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
/// For whoever has no account.
const PUBLIC_PAGE: Asset =
    Asset { name: "public.html", gzip: include_bytes!(concat!(env!("OUT_DIR"), "/public.html.gz")) };

/// For displays at doors.
const DOOR_PAGE: Asset = Asset { name: "door.html", gzip: include_bytes!(concat!(env!("OUT_DIR"), "/door.html.gz")) };

/// The addresses of the UI; the page itself knows what each shows.
const ADDRESSES: [&str; 17] = [
    "/",
    "/book",
    "/timeline",
    "/floor",
    "/host",
    "/today",
    "/reports",
    "/my",
    "/approvals",
    "/resource/{id}",
    "/profile",
    "/sign-in",
    "/register",
    "/forgotten",
    "/new-password",
    "/admin",
    "/admin/{*rest}",
];

/// The addresses for guests, which no other page has in a frame.
const PUBLIC_ADDRESSES: [&str; 2] = ["/book/{site}", "/guest/{id}"];

/// Nothing but files of our own, no script that stands in a page, and no text that is ever taken for one.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";
const FRAMED_BY_NOBODY: &str = "frame-ancestors 'none'";

/// The address of a file changes with it, so a browser never has to ask again.
const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The page and its files.
pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let page = async |headers: HeaderMap| answer(&headers, &PAGE, &[]);
    let public = async |headers: HeaderMap| answer(&headers, &PUBLIC_PAGE, &[]);
    let pages = ADDRESSES.iter().fold(Router::new(), |router, address| router.route(address, get(page)));
    let pages = PUBLIC_ADDRESSES.iter().fold(pages, |router, address| router.route(address, get(public)));
    let door = async |headers: HeaderMap| answer(&headers, &DOOR_PAGE, &[]);
    pages.route("/door", get(door)).route("/embed.js", get(widget)).route("/assets/{version}/{*name}", get(file))
}

/// The page for guests, in a frame of pages of these origins.
pub(super) fn public_page(headers: &HeaderMap, framers: &[String]) -> Response {
    answer(headers, &PUBLIC_PAGE, framers)
}

fn answer(headers: &HeaderMap, page: &Asset, framers: &[String]) -> Response {
    let mut response = page.send(headers);
    let framed = format!("frame-ancestors {}", framers.join(" "));
    let policy = if framers.is_empty() { POLICY.to_owned() } else { POLICY.replace(FRAMED_BY_NOBODY, &framed) };
    // What is no header is no list of origins either: then nobody has the page in a frame.
    let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static(POLICY));
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    // A new version of the server has a new page.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The script that puts the page for guests into pages of others. Its address stands in those and never changes.
async fn widget(headers: HeaderMap) -> Response {
    let Some(file) = FILES.iter().find(|file| file.name == "embed.js") else {
        return ProblemKind::NotFound.into_response();
    };
    let mut response = file.send(&headers);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
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
        for page in [PAGE, PUBLIC_PAGE, DOOR_PAGE] {
            let text = text(&page);
            assert!(!text.contains("{{"), "{text}");
            let folder = format!("/assets/{VERSION}/");
            let mut named = 0;
            for after in text.split(&folder).skip(1) {
                let name = after.split('"').next().unwrap();
                assert!(FILES.iter().any(|file| file.name == name), "{name}");
                named += 1;
            }
            assert!(3 <= named, "{text}");
        }
        for file in FILES.iter().filter(|file| !file.name.ends_with("LICENSE")) {
            assert!(!media_type(file.name).starts_with("text/plain"), "{}", file.name);
        }
    }
}
