//! Files that are in the binary, compressed when it was built: how one is sent, and of which type it is. It never opens a file.

use std::io::Read as _;

use axum::body::Body;
use axum::response::Response;
use flate2::read::GzDecoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue};

/// A file.
pub(super) struct Asset {
    /// Its name, with `/` between the parts of a path.
    pub(super) name: &'static str,
    /// What is in it, as gzip.
    pub(super) gzip: &'static [u8],
}

impl Asset {
    /// The file as the client takes it.
    pub(super) fn send(&self, asked: &HeaderMap) -> Response {
        let takes = |value: &HeaderValue| value.to_str().is_ok_and(takes_gzip);
        let compressed = asked.get_all(ACCEPT_ENCODING).iter().any(takes);
        let body = if compressed { Body::from(self.gzip) } else { Body::from(inflated(self.gzip)) };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(self.name)));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if compressed {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

/// What we have compressed ourselves. Browsers all take gzip, so this is rare.
fn inflated(gzip: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    GzDecoder::new(gzip).read_to_end(&mut plain).expect("a file of the binary is whole");
    plain
}

/// Whether a list of encodings has gzip in it and does not forbid it with `q=0`.
pub(super) fn takes_gzip(list: &str) -> bool {
    list.split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_none_or(|weight| 0.0 < weight)
    })
}

/// By the ending of a name.
pub(super) fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
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
pub(super) mod tests {
    use super::*;

    /// The text of a file.
    pub(in super::super) fn text(asset: &Asset) -> String {
        String::from_utf8(inflated(asset.gzip)).unwrap()
    }

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
}
