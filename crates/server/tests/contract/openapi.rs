//! The document that describes the API: well-formed, complete, and served. That each answer of the whole suite is one that it
//! knows of, the testkit sees to.

use std::collections::BTreeSet;

use bronya_testkit::{Backend, TestApp, operations, run};
use serde_json::Value;

fn document() -> Value {
    serde_json::from_str(bronya_server::http::openapi::text()).unwrap()
}

/// Calls `f` on every value in the document, with its place.
fn walk(value: &Value, place: &str, f: &mut impl FnMut(&Value, &str)) {
    f(value, place);
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                walk(value, &format!("{place}/{}", name.replace('/', "~1")), f);
            }
        }
        Value::Array(items) => {
            for (nth, value) in items.iter().enumerate() {
                walk(value, &format!("{place}/{nth}"), f);
            }
        }
        _ => {}
    }
}

/// The routes of a source file that registers them, each as `METHOD /path`.
fn routes(source: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in source.split(".route(").skip(1) {
        let path = part.split('"').nth(1).expect("a route has a path");
        let handlers = part.split_once(',').expect("a route has handlers").1;
        for method in ["get", "post", "put", "patch", "delete"] {
            let called = format!("{method}(");
            let starts =
                |at: usize| at == 0 || !handlers[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
            if handlers.match_indices(&called).any(|(at, _)| starts(at)) {
                found.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    found
}

/// Pages and files for browsers, which no program calls.
const PAGES: [&str; 8] = [
    "GET /docs",
    "GET /docs/assets/{file}",
    "GET /openapi.json",
    "GET /problems",
    "GET /problems/{slug}",
    "GET /redoc",
    "GET /setup/page.css",
    "GET /setup/page.js",
];

#[test]
fn every_route_is_documented_and_every_operation_routed() {
    let mut routed = routes(include_str!("../../src/http/router.rs"));
    let documentation = include_str!("../../src/http/docs.rs").split("#[cfg(test)]").next().unwrap();
    routed.extend(routes(documentation));
    let documented: BTreeSet<String> = operations()
        .iter()
        .map(|operation| {
            let path = operation.path.strip_suffix('/').unwrap_or(&operation.path);
            format!("{} {path}", operation.method)
        })
        .collect();
    let undocumented: Vec<&String> = routed.difference(&documented).collect();
    assert_eq!(undocumented, PAGES);
    let unrouted: Vec<&String> = documented.difference(&routed).collect();
    assert!(unrouted.is_empty(), "{unrouted:?}");
}

#[test]
fn the_document_is_openapi_3_1() {
    let document = document();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let mut operation_ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with('/'), "{path}");
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(operation_ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{name}");
            assert!(operation["summary"].as_str().is_some_and(|text| text.ends_with(['.', '?'])), "{name}: no summary");
            let empty = Vec::new();
            let parameters = operation.get("parameters").and_then(Value::as_array).unwrap_or(&empty);
            let mut seen = BTreeSet::new();
            for parameter in parameters {
                let at = (parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap());
                assert!(seen.insert(at), "{name}: {at:?} twice");
                assert!(parameter["schema"].is_object(), "{name}: {at:?} has no schema");
                let required = parameter["required"] == true;
                assert!(if at.0 == "path" { required } else { !required || at.0 == "query" }, "{name}: {at:?}");
            }
            let in_path: BTreeSet<&str> =
                path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
            let declared: BTreeSet<&str> = seen.iter().filter(|at| at.0 == "path").map(|at| at.1).collect();
            assert_eq!(in_path, declared, "{name}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
            for security in operation.get("security").and_then(Value::as_array).unwrap_or(&empty) {
                for scheme in security.as_object().unwrap().keys() {
                    assert!(document["components"]["securitySchemes"].get(scheme).is_some(), "{name}: {scheme}");
                }
            }
        }
    }
    let mut references = 0;
    walk(&document, "", &mut |value, place| {
        let Some(object) = value.as_object() else { return };
        if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
            references += 1;
            let target = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
            assert!(target.is_some(), "{place}: {reference} leads nowhere");
        }
        // A schema of OpenAPI 3.0, and one that nothing fits.
        assert!(!object.contains_key("nullable"), "{place}");
        if let Some(parts) = object.get("allOf").and_then(Value::as_array) {
            let kinds: BTreeSet<&str> = parts.iter().filter_map(|part| part["type"].as_str()).collect();
            assert!(kinds.len() <= 1, "{place} is {kinds:?} at once");
        }
    });
    assert!(references > 50);
}

#[test]
fn every_refusal_names_its_problem() {
    let document = document();
    let mut named = BTreeSet::new();
    for operation in document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values())
    {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let response = match response.get("$ref").and_then(Value::as_str) {
                Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap(),
                None => response,
            };
            // What is well, and what is as it was.
            if status.starts_with('2') || status == "304" {
                continue;
            }
            let place = format!("{}: {status}", operation["operationId"]);
            let description = response["description"].as_str().unwrap();
            let slugs: Vec<&str> = description.split('`').filter_map(|word| word.strip_prefix("/problems/")).collect();
            assert!(!slugs.is_empty(), "{place}: {description}");
            for slug in slugs {
                let kind = bronya_server::http::problem::ProblemKind::from_slug(slug);
                let kind = kind.unwrap_or_else(|| panic!("{place}: there is no {slug}"));
                assert_eq!(kind.status().as_str(), status, "{place}: {slug}");
                named.insert(slug.to_owned());
            }
            let content = response["content"].as_object().unwrap();
            assert_eq!(content.keys().collect::<Vec<_>>(), ["application/problem+json"], "{place}");
        }
    }
    // And every problem that an operation can have is named by one; the others are of HTTP's own ways.
    let everywhere = ["headers-too-large", "internal", "method-not-allowed", "not-acceptable", "uri-too-long"];
    for kind in bronya_server::http::problem::ProblemKind::ALL {
        assert!(named.contains(kind.slug()) || everywhere.contains(&kind.slug()), "{} is nowhere named", kind.slug());
    }
}

#[test]
fn what_can_be_made_twice_takes_a_key_and_what_can_be_edited_takes_a_tag() {
    let document = document();
    for operation in operations() {
        let item = &document["paths"][&operation.path][operation.method.to_lowercase()];
        let has = |name: &str| item["parameters"].as_array().is_some_and(|all| all.iter().any(|it| it["name"] == name));
        // Imports and bulks make many things and tell of each; users are known by their names, so that none is made twice.
        let many =
            ["bulkBookings", "importResources", "importBlocks", "importBookings"].contains(&operation.id.as_str());
        let made = item["responses"].get("201").is_some() || many;
        let creates = operation.method == "POST" && operation.secured && made;
        assert_eq!(has("Idempotency-Key"), creates, "{}", operation.id);
        let edits = item["responses"].get("412").is_some();
        assert_eq!(has("If-Match"), edits, "{}", operation.id);
        let reads = document["paths"][&operation.path].get("get");
        let tagged = reads.is_some_and(|get| get["responses"]["200"]["headers"].get("ETag").is_some());
        if tagged && operation.method != "GET" {
            assert!(edits, "{} changes what has a tag and takes none", operation.id);
        }
    }
}

#[test]
fn it_is_served_and_its_pages_need_no_other_host() {
    run(Backend::Sqlite, async |app: TestApp| {
        let served = app.get("/openapi.json").await.is(200);
        assert_eq!(served.json(), document());
        for page in ["/docs", "/redoc"] {
            let answer = app.get(page).await.is(200);
            assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
            let html = String::from_utf8(answer.body.clone()).unwrap();
            for attribute in ["src=\"", "href=\""] {
                for link in html.split(attribute).skip(1) {
                    let link = link.split('"').next().unwrap();
                    assert!(link.starts_with('/') && !link.starts_with("//"), "{page} loads {link}");
                    app.get(link).await.was(200);
                }
            }
        }
        for kind in bronya_server::http::problem::ProblemKind::ALL {
            app.get(kind.type_uri()).await.was(200);
        }
        app.get("/problems/none").await.problem(404, "not-found");
        app.get("/docs/assets/..%2Fmain.rs").await.problem(404, "not-found");
    });
}
