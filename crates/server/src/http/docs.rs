//! The documentation pages: Swagger UI at `/docs`, Redoc at `/redoc`. Everything they need is in the binary; they never ask
//! another host for anything, and run no script that stands in a page.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

use super::assets::{Asset, media_type};
use super::problem::{self, ProblemKind};

include!(concat!(env!("OUT_DIR"), "/docs.rs"));

/// Scripts, styles and requests of our own only.
const SWAGGER_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The same, and: the style elements that Redoc makes, an empty one to fill by script and a fixed one of its scroll bar's, by
/// their hashes; and its search, which runs in a worker made from a part of itself. A new version may need new hashes.
const REDOC_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; \
     style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' \
     'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='; img-src 'self' data:; connect-src 'self'; \
     worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// How long a browser may keep an asset without asking again, in the form of its header.
const ASSET_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// The pages, their assets, and the explanations of problems. `/openapi.json`, which both show, is the API's own.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/docs", get(async || page(include_str!("../../assets/docs/swagger.html"), SWAGGER_POLICY)))
        .route("/redoc", get(async || page(include_str!("../../assets/docs/redoc.html"), REDOC_POLICY)))
        .route("/docs/assets/{file}", get(asset))
        .route("/problems", get(problem::list))
        .route("/problems/{slug}", get(problem::show))
}

fn page(html: &'static str, policy: HeaderValue) -> Response {
    let mut response = Response::new(Body::from(html));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    response
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    // A closed list: a name is looked up, never opened.
    let mut response = match (FILES.iter().find(|file| file.name == name), own(&name)) {
        (Some(file), _) => file.send(&headers),
        (None, Some(text)) => {
            let content_type = HeaderValue::from_static(media_type(&name));
            ([(CONTENT_TYPE, content_type)], text).into_response()
        }
        (None, None) => return ProblemKind::NotFound.into_response(),
    };
    response.headers_mut().insert(CACHE_CONTROL, ASSET_CACHE);
    response
}

/// The small files, which are our own.
fn own(name: &str) -> Option<&'static str> {
    match name {
        "docs.css" => Some(include_str!("../../assets/docs/docs.css")),
        "problems.css" => Some(include_str!("../../assets/docs/problems.css")),
        "swagger-start.js" => Some(include_str!("../../assets/docs/swagger-start.js")),
        "redoc-start.js" => Some(include_str!("../../assets/docs/redoc-start.js")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn get_text(path: &str) -> (http::response::Parts, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (parts, body) = router().oneshot(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts, String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Every `src` and `href` of a page.
    fn links(html: &str) -> Vec<&str> {
        let parts = html.split("src=\"").skip(1).chain(html.split("href=\"").skip(1));
        parts.map(|part| part.split('"').next().unwrap()).collect()
    }

    #[tokio::test]
    async fn the_pages_hold_no_script_and_everything_they_name_is_here() {
        for path in ["/docs", "/redoc", "/problems"] {
            let request = Request::get(path).header("accept", "text/html").body(Body::empty()).unwrap();
            let (parts, body) = router::<()>().oneshot(request).await.unwrap().into_parts();
            assert_eq!(parts.status, 200);
            let policy = parts.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
            let html = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
            for script in html.split("<script").skip(1) {
                assert!(script.starts_with(" src=\"/docs/assets/") && script.contains("></script>"), "{script}");
            }
            for link in links(&html) {
                assert!(link.starts_with('/') && !link.starts_with("//"), "{path}: {link}");
                if link != "/openapi.json" {
                    assert_eq!(get_text(link).await.0.status, 200, "{path}: {link}");
                }
            }
        }
    }

    #[tokio::test]
    async fn assets_are_a_closed_list() {
        for missing in
            ["", "index.html", "swagger-initializer.js", "..%2Fmod.rs", "..%2f..%2f..%2fetc%2fpasswd", "x.js"]
        {
            assert_eq!(get_text(&format!("/docs/assets/{missing}")).await.0.status, 404, "{missing}");
        }
        let (parts, text) = get_text("/docs/assets/redoc.standalone.js").await;
        assert_eq!(parts.headers[CONTENT_TYPE], "text/javascript; charset=utf-8");
        // What a script of theirs would load from elsewhere.
        for host in ["cdn.redoc", "fonts.googleapis", "unpkg.com", "jsdelivr", "otel."] {
            assert!(!text.contains(host), "{host}");
        }
    }
}
