//! The borders of `design.md` that the compiler doesn't draw: who imports whom, inside the server and among the crates, and
//! what the domain must never hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a crate lies two below the root").to_path_buf()
}

/// The Rust files below a folder, and their text without comments and without their tests.
fn sources(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a folder can be read").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() {
            found.append(&mut sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && !name.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).expect("a source is text");
            let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            found.insert(path, code);
        }
    }
    found
}

/// What follows `prefix` in a text, each time: the paths that are named there, also those in braces.
fn named(code: &str, prefix: &str) -> Vec<String> {
    let word =
        |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect::<String>();
    let mut found = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        let path = word(rest);
        match rest[path.len()..].strip_prefix('{') {
            None => found.push(path),
            Some(braces) => {
                let braces = braces.split('}').next().unwrap_or_default();
                let parts = braces.split(',').map(|part| word(part.trim())).filter(|part| !part.is_empty());
                found.extend(parts.map(|part| format!("{path}{part}")));
            }
        }
    }
    found
}

/// The parts of the server, and which others each may name.
const PARTS: [(&str, &[&str]); 8] = [
    ("auth", &[]),
    ("metrics", &[]),
    ("telemetry", &[]),
    ("app", &["app", "auth"]),
    ("http", &["app", "auth", "http", "metrics", "telemetry"]),
    ("jobs", &["app", "metrics"]),
    // Settings are parsed into the types of the parts that they are for.
    ("config", &["auth", "http", "telemetry"]),
    // The one place that knows all: it puts a server together.
    ("run", &["app", "auth", "config", "http", "jobs", "metrics"]),
];

fn part_of(path: &Path) -> Option<String> {
    let source = workspace().join("crates/server/src");
    let first = path.strip_prefix(source).ok()?.iter().next()?.to_str()?;
    Some(first.trim_end_matches(".rs").to_owned())
}

#[test]
fn the_parts_of_the_server_name_only_those_below_them() {
    let mut seen = BTreeSet::new();
    for (path, code) in sources(&workspace().join("crates/server/src")) {
        let part = part_of(&path).expect("a source is in a part");
        if part == "lib" {
            continue;
        }
        let (_, may) = PARTS
            .iter()
            .find(|(name, _)| *name == part)
            .unwrap_or_else(|| panic!("{part} is a new part: what may it name?"));
        for other in named(&code, "crate::").iter().filter_map(|path| path.split("::").next()) {
            assert!(other == part || may.contains(&other), "{}: {part} names {other}", path.display());
        }
        seen.insert(part);
    }
    assert_eq!(seen.len(), PARTS.len(), "{seen:?}");
}

#[test]
fn only_use_cases_ask_the_store() {
    for (path, code) in sources(&workspace().join("crates/server/src")) {
        let part = part_of(&path).expect("a source is in a part");
        if part == "app" {
            continue;
        }
        // `http` renders what the store returns and `config` reads where it is, so they name its types. What asks it,
        // functions and modules of functions, begins with a small letter.
        for name in named(&code, "bronya_store::") {
            let last = name.rsplit("::").find(|part| !part.is_empty()).unwrap_or_default();
            let a_type = last.starts_with(char::is_uppercase) || name.contains("::Ids::") || name.contains("::Clock::");
            let opens = part == "run" && matches!(name.as_str(), "Store" | "Options" | "DatabaseUrl" | "store::Load");
            assert!(a_type || opens, "{}: {part} asks the store: {name}", path.display());
            assert!(part != "auth" && part != "jobs", "{}: {part} knows the store: {name}", path.display());
        }
        if matches!(part.as_str(), "http" | "jobs") {
            let asks = code.find("app.store").map(|at| code.get(at..at + 40));
            assert!(asks.is_none(), "{}: {part} asks the store: {asks:?}", path.display());
        }
    }
}

#[test]
fn only_the_store_knows_a_driver_and_sql() {
    let root = workspace().join("crates");
    for name in ["domain", "store", "server", "bronya"] {
        for (path, code) in sources(&root.join(name).join("src")) {
            let inside = path.strip_prefix(&root).expect("below").starts_with("store/src");
            let driver = path.strip_prefix(&root).expect("below").starts_with("store/src/db");
            for word in ["rusqlite::", "tokio_postgres::", "postgres_types::", "postgres_protocol::", "deadpool::"] {
                assert!(driver || !code.contains(word), "{} names {word}", path.display());
            }
            for word in ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE FROM"] {
                assert!(inside || !code.contains(word), "{} holds SQL: {word}", path.display());
            }
        }
    }
}

#[test]
fn crates_depend_on_those_below_them_only() {
    let allowed: [(&str, &[&str]); 6] = [
        ("domain", &[]),
        ("store", &["domain"]),
        ("server", &["domain", "store"]),
        ("bronya", &["domain", "store", "server"]),
        ("testkit", &["domain", "store", "server"]),
        ("torture", &["domain", "store", "server", "testkit", "bronya"]),
    ];
    let mut folders: Vec<String> = fs::read_dir(workspace().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort_unstable();
    let mut known: Vec<&str> = allowed.iter().map(|(name, _)| *name).collect();
    known.sort_unstable();
    assert_eq!(folders, known);
    for (name, may) in allowed {
        let manifest = fs::read_to_string(workspace().join("crates").join(name).join("Cargo.toml")).unwrap();
        let manifest = manifest.split_once("[dependencies]").map_or("", |(_, rest)| rest);
        // Tests may use what they like.
        let normal = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for line in normal.lines() {
            if let Some(other) = line.strip_prefix("bronya-") {
                let other: String = other.chars().take_while(|c| c.is_alphanumeric()).collect();
                assert!(may.contains(&other.as_str()), "{name} depends on {other}");
            }
        }
    }
}

#[test]
fn the_domain_holds_no_runtime_no_driver_no_format_and_no_chance() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--package",
            "bronya-domain",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--offline",
            "--format",
            "{p}",
        ])
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let crates: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(crates.contains("bronya-domain") && crates.contains("jiff"), "{tree}");
    let forbidden = [
        "tokio",
        "mio",
        "async-std",
        "smol",
        "futures",
        "hyper",
        "axum",
        "tower",
        "http",
        "rusqlite",
        "libsqlite3",
        "postgres",
        "sqlx",
        "diesel",
        "sea-orm",
        "serde",
        "rand",
        "getrandom",
        "fastrand",
        "tracing",
        "log",
        "utoipa",
        "argon2",
        "jsonwebtoken",
    ];
    for name in crates {
        let hit = forbidden.iter().find(|word| {
            name == **word || name.starts_with(&format!("{word}-")) || name.starts_with(&format!("{word}_"))
        });
        assert!(hit.is_none(), "the domain holds {name}:\n{tree}");
    }
}

#[test]
fn the_domain_reads_no_clock_and_no_environment() {
    for (path, code) in sources(&workspace().join("crates/domain/src")) {
        for word in [
            "::now()",
            "std::env",
            "std::fs",
            "std::net",
            "std::thread",
            "std::io",
            "async fn",
            ".await",
            "println!",
            "SystemTime",
            "Instant",
        ] {
            assert!(!code.contains(word), "{} holds {word}", path.display());
        }
    }
}
