//! Compares every answer that a test gets with what OpenAPI says of it: its status, its problem type, its body. What a
//! server answers and does not document, no test sees without failing.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde_json::Value;

use crate::answer::Answer;

/// Refusals of the ways of HTTP, which any address has and no operation lists.
const EVERYWHERE: [u16; 4] = [404, 405, 414, 431];

/// An operation that OpenAPI documents.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Such as `GET`.
    pub method: String,
    /// The path as it is documented, with parameters in braces.
    pub path: String,
    /// Its `operationId`.
    pub id: String,
    /// Whether it needs a token.
    pub secured: bool,
}

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_str(bronya_server::http::openapi::text()).expect("OpenAPI is JSON"))
}

/// All operations.
pub fn operations() -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in document()["paths"].as_object().expect("there are paths") {
        for (method, operation) in item.as_object().expect("a path has operations") {
            found.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                id: operation["operationId"].as_str().expect("an operation has an id").to_owned(),
                secured: operation.get("security").is_some(),
            });
        }
    }
    found
}

/// The operations of the path that this address belongs to.
fn item(uri: &str) -> Option<&'static Value> {
    let path = uri.split('?').next().unwrap_or(uri);
    let segments: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    let paths = document()["paths"].as_object().expect("there are paths");
    let fitting = paths.iter().filter_map(|(template, item)| {
        let parts: Vec<&str> = template.strip_suffix('/').unwrap_or(template).split('/').collect();
        let parameters = parts.iter().filter(|part| part.starts_with('{')).count();
        let fits = parts.len() == segments.len()
            && parts
                .iter()
                .zip(&segments)
                .all(|(part, segment)| part == segment || (part.starts_with('{') && !segment.is_empty()));
        fits.then_some((parameters, item))
    });
    // What is spelt out goes before what stands for anything.
    fitting.min_by_key(|(parameters, _)| *parameters).map(|(_, item)| item)
}

fn resolved(value: &'static Value) -> &'static Value {
    match value.get("$ref").and_then(Value::as_str) {
        None => value,
        Some(reference) => {
            let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} is elsewhere"));
            document().pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
        }
    }
}

/// Fails where OpenAPI does not know of such an answer.
pub(crate) fn check(method: &str, uri: &str, answer: &Answer) {
    let status = answer.status.as_u16();
    let Some(operation) = item(uri).and_then(|item| item.get(method.to_lowercase())) else { return };
    let Some(response) = operation["responses"].get(status.to_string()) else {
        assert!(EVERYWHERE.contains(&status), "OpenAPI knows of no {status} here: {answer}");
        return;
    };
    let response = resolved(response);
    let description = response["description"].as_str().unwrap_or_default();
    if status >= 400 {
        let problem = answer.any_problem();
        let slug = problem["type"].as_str().unwrap_or_default();
        assert!(description.contains(&format!("`{slug}`")), "OpenAPI knows of no {slug} here: {answer}");
    }
    let kind = answer.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or(kind);
    match response.get("content") {
        None => assert!(answer.body.is_empty(), "OpenAPI knows of no body here: {answer}"),
        Some(content) => {
            let schema =
                &content.get(kind).unwrap_or_else(|| panic!("OpenAPI knows of no {kind} here: {answer}"))["schema"];
            // What came compressed is the same that comes uncompressed.
            if kind.ends_with("json") && answer.header("content-encoding").is_none() {
                let mut wrong = Vec::new();
                compare(schema, &answer.json(), "", &mut wrong);
                assert!(wrong.is_empty(), "OpenAPI says otherwise: {wrong:#?}: {answer}");
            }
        }
    }
    for (name, header) in response.get("headers").and_then(Value::as_object).into_iter().flatten() {
        // A header that stands there only at times is described in words.
        let always = header.get("description").is_none() && name != "Idempotent-Replayed";
        assert!(!always || answer.headers.contains_key(name), "OpenAPI promises {name}: {answer}");
    }
    for name in ["location", "etag", "retry-after"] {
        let promised = response
            .get("headers")
            .and_then(Value::as_object)
            .is_some_and(|headers| headers.keys().any(|known| known.eq_ignore_ascii_case(name)));
        assert!(promised || !answer.headers.contains_key(name), "OpenAPI knows of no {name} here: {answer}");
    }
}

/// The members that a schema knows of, also in its parts.
fn members(schema: &'static Value, found: &mut BTreeSet<&'static str>) {
    let schema = resolved(schema);
    found.extend(
        schema.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str()),
    );
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        members(part, found);
    }
}

/// Notes where a value is not what a schema of ours says: the part of JSON Schema that we use.
fn compare(schema: &'static Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
    let schema = resolved(schema);
    let before = wrong.len();
    compare_shallow(schema, value, place, wrong);
    if wrong.len() > before {
        return;
    }
    // Problems have members of their kind's own.
    if let (Value::Object(object), false) =
        (value, schema["description"] == "Problem details (RFC 9457), as they go over the wire.")
    {
        let mut known = BTreeSet::new();
        members(schema, &mut known);
        for name in object.keys().filter(|name| !known.is_empty() && !known.contains(name.as_str())) {
            wrong.push(format!("{place}/{name} is not documented"));
        }
    }
}

fn compare_shallow(schema: &'static Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
    let schema = resolved(schema);
    for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
        compare_shallow(part, value, place, wrong);
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(parts) = schema.get(choice).and_then(Value::as_array) {
            let fits = |part: &&'static Value| {
                let mut wrong = Vec::new();
                compare(part, value, place, &mut wrong);
                wrong.is_empty()
            };
            if parts.iter().filter(fits).count() != 1 {
                wrong.push(format!("{place} is none of {choice}"));
            }
        }
    }
    let actual = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    match schema.get("type") {
        Some(Value::String(kind)) if kind != actual => wrong.push(format!("{place} is no {kind}, but {actual}")),
        Some(Value::Array(kinds)) if !kinds.iter().any(|kind| kind == actual) => {
            wrong.push(format!("{place} is none of {kinds:?}, but {actual}"));
        }
        _ => {}
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        wrong.push(format!("{place} is none of {allowed:?}"));
    }
    if let (Some(format), Some(text)) = (schema.get("format").and_then(Value::as_str), value.as_str()) {
        let fits = match format {
            "uuid" => text.len() == 36 && text.parse::<uuid::Uuid>().is_ok(),
            "date-time" => text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok(),
            _ => true,
        };
        if !fits {
            wrong.push(format!("{place} is no {format}"));
        }
    }
    if let Some(object) = value.as_object() {
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                wrong.push(format!("{place}/{name} is not there"));
            }
        }
        for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if let Some(value) = object.get(name) {
                compare(schema, value, &format!("{place}/{name}"), wrong);
            }
        }
    }
    if let (Some(schema), Some(items)) = (schema.get("items"), value.as_array()) {
        for (nth, item) in items.iter().enumerate() {
            compare(schema, item, &format!("{place}/{nth}"), wrong);
        }
    }
}
