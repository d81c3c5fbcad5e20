//! An answer as a test reads it: with assertions whose failures show the whole answer.

use std::fmt;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// Words that stand in an answer only where something inside has leaked out.
pub const FORBIDDEN_KEYS: [&str; 6] = ["password_hash", "argon2", "SELECT ", "INSERT ", "panicked", "/crates/"];

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was asked, for messages.
    pub asked: String,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        let body: String = body.chars().take(2_000).collect();
        write!(f, "{}\n{}\n{:#?}\n{body}", self.asked, self.status, self.headers)
    }
}

impl Answer {
    /// Must have this status.
    #[track_caller]
    #[must_use = "an answer that is not looked at further: write `.is(…)` and a semicolon through `drop`"]
    pub fn is(self, status: u16) -> Self {
        assert!(self.status.as_u16() == status, "expected {status}, and not: {self}");
        self
    }

    /// Must have this status; there is nothing more to look at.
    #[track_caller]
    pub fn was(self, status: u16) {
        drop(self.is(status));
    }

    /// Its JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let kind = self.header("content-type").unwrap_or_default();
        assert!(kind == "application/json" || kind == "application/problem+json", "no JSON: {self}");
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// The value at a JSON Pointer.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> Value {
        let found = self.json().pointer(pointer).cloned();
        found.unwrap_or_else(|| panic!("nothing at {pointer}: {self}"))
    }

    /// The text at a JSON Pointer.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        let value = self.at(pointer);
        value.as_str().unwrap_or_else(|| panic!("no text at {pointer}: {self}")).to_owned()
    }

    /// The id of what it shows.
    #[track_caller]
    pub fn id(&self) -> String {
        self.text("/id")
    }

    /// The items of a list.
    #[track_caller]
    pub fn items(&self) -> Vec<Value> {
        let items = self.at("/items");
        items.as_array().unwrap_or_else(|| panic!("no list: {self}")).clone()
    }

    /// One member of each item of the list at a JSON Pointer, as text.
    pub fn column_of(&self, pointer: &str, member: &str) -> Vec<String> {
        let items = self.at(pointer).as_array().cloned().unwrap_or_else(|| panic!("no list at {pointer}: {self}"));
        items
            .iter()
            .map(|item| item[member].as_str().unwrap_or_else(|| panic!("no {member}: {self}")).to_owned())
            .collect()
    }

    /// One member of each item of a list, as text.
    #[track_caller]
    pub fn column(&self, member: &str) -> Vec<String> {
        let text = |item: &Value| match item.get(member) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => panic!("an item has no {member}: {self}"),
        };
        self.items().iter().map(text).collect()
    }

    /// A header, where there is exactly one of it.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }

    /// Its entity tag.
    #[track_caller]
    pub fn etag(&self) -> String {
        let tag = self.header("etag").unwrap_or_else(|| panic!("no ETag: {self}"));
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 2, "no strong tag: {self}");
        tag.to_owned()
    }

    /// Must be this problem, in the form that every problem has (RFC 9457), with its status' own headers; returns it.
    #[track_caller]
    pub fn problem(&self, status: u16, slug: &str) -> Value {
        assert!(self.status.as_u16() == status, "expected {status} {slug}, and not: {self}");
        let problem = self.any_problem();
        assert!(problem["type"] == format!("/problems/{slug}"), "expected {slug}, and not: {self}");
        problem
    }

    /// Must be a problem; returns it.
    #[track_caller]
    pub fn any_problem(&self) -> Value {
        assert!(self.status.is_client_error() || self.status.is_server_error(), "no problem: {self}");
        assert!(self.header("content-type") == Some("application/problem+json"), "not a problem's type: {self}");
        let problem = self.json();
        for member in ["type", "title", "detail", "instance"] {
            let text = problem[member].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "no {member}: {self}");
        }
        assert!(problem["status"] == self.status.as_u16(), "its status is another: {self}");
        assert!(problem["instance"].as_str() == self.header("x-request-id"), "its request id is another: {self}");
        if let Some(errors) = problem.get("errors") {
            for error in errors.as_array().unwrap_or_else(|| panic!("errors are no list: {self}")) {
                let pointer = error["pointer"].as_str().unwrap_or_else(|| panic!("no pointer: {self}"));
                assert!(pointer.is_empty() || pointer.starts_with('/'), "no JSON Pointer: {self}");
                assert!(error["detail"].as_str().is_some_and(|text| !text.is_empty()), "no detail: {self}");
            }
        }
        match self.status.as_u16() {
            401 => {
                let scheme = self.header("www-authenticate").unwrap_or_default();
                assert!(scheme.starts_with("Bearer"), "401 without its scheme: {self}");
            }
            422 => assert!(
                problem["errors"].as_array().is_some_and(|errors| !errors.is_empty()),
                "422 that names nothing: {self}"
            ),
            405 => assert!(self.header("allow").is_some_and(|allow| !allow.is_empty()), "405 without Allow: {self}"),
            429 | 503 => {
                let seconds = self.header("retry-after").and_then(|text| text.parse::<u32>().ok());
                assert!(seconds.is_some_and(|seconds| seconds >= 1), "no Retry-After: {self}");
            }
            _ => {}
        }
        self.leaks_nothing();
        problem
    }

    /// Must be a 422 that names these places, and no others.
    #[track_caller]
    pub fn names(&self, pointers: &[&str]) {
        assert!(self.status.as_u16() == 422, "expected 422 about {pointers:?}, and not: {self}");
        let problem = self.any_problem();
        let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("no errors: {self}"));
        let mut named: Vec<&str> = errors.iter().filter_map(|error| error["pointer"].as_str()).collect();
        named.sort_unstable();
        let mut expected = pointers.to_vec();
        expected.sort_unstable();
        assert!(named == expected, "expected errors at {expected:?}, and not: {self}");
    }

    /// Must hold nothing from inside.
    #[track_caller]
    pub fn leaks_nothing(&self) {
        let text = String::from_utf8_lossy(&self.body);
        for word in FORBIDDEN_KEYS {
            assert!(!text.contains(word), "{word:?} leaks: {self}");
        }
    }
}
