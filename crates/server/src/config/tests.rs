//! Tables over made-up sources: nothing here reads the environment of the test.

use std::ffi::OsString;

use super::sources::{File, is_private};
use super::*;

fn place() -> Place {
    Place { home: Some("/home/zoya".into()), cores: 16, ..Place::default() }
}

fn sources(flags: &[(&'static str, &str)], variables: &[(&str, &str)], file: &str) -> Sources {
    Sources {
        flags: flags.iter().map(|(name, text)| (*name, (*text).to_owned())).collect(),
        variables: variables.iter().map(|(name, text)| (OsString::from(name), OsString::from(text))).collect(),
        file: Some(File { path: "/etc/bronya.toml".into(), text: file.to_owned(), exposed: None }),
        place: place(),
    }
}

fn shown(loaded: &Loaded, name: &str) -> (String, String) {
    let value = loaded.values.iter().find(|value| value.key.name == name).unwrap();
    (value.shown(), value.origin.to_string())
}

fn load(sources: &Sources) -> Loaded {
    sources.load().unwrap_or_else(|error| panic!("{error}"))
}

fn problems(sources: &Sources) -> Vec<String> {
    match sources.load() {
        Ok(_) => Vec::new(),
        Err(error) => error.sentences().to_vec(),
    }
}

#[test]
fn defaults() {
    let Loaded { config, warnings, .. } = load(&sources(&[], &[], ""));
    assert_eq!(config.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(config.data_dir, PathBuf::from("/home/zoya/.local/share/bronya"));
    assert_eq!(config.database, DatabaseUrl::Sqlite("/home/zoya/.local/share/bronya/bronya.db".into()));
    assert!(config.rate_limit && config.migrate && !config.demo);
    assert_eq!(config.password_workers_max, 4);
    assert_eq!((config.jwt_issuer.as_str(), config.jwt_audience.as_str()), ("bronya", "bronya"));
    assert_eq!(config.access_token_minutes, SignedDuration::from_mins(15));
    assert_eq!(config.refresh_days_max, SignedDuration::from_hours(30 * 24));
    assert_eq!(config.request_seconds_max, Duration::from_secs(10));
    assert!(config.public_url.is_none() && config.signing_key.is_none());
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn defaults_of_the_other_parts_are_the_same() {
    let config = load(&sources(&[], &[], "")).config;
    let shell = crate::http::middleware::ShellConfig::default();
    let net = crate::http::net::NetLimits::default();
    let policy = crate::auth::password::PasswordPolicy::default();
    let hasher = crate::auth::password::HasherSettings::default();
    assert_eq!(config.json_body_bytes_max, shell.body.json_body_bytes_max);
    assert_eq!(config.form_body_bytes_max, shell.body.form_body_bytes_max);
    assert_eq!(config.body_seconds_max, shell.body.body_time_max);
    assert_eq!(config.request_seconds_max, shell.request_time_max);
    assert_eq!(config.in_flight_max, shell.in_flight_max);
    assert_eq!(config.uri_bytes_max, shell.uri_bytes_max);
    assert_eq!(config.head_seconds_max, net.head_time_max);
    assert_eq!(config.idle_seconds_max, net.idle_time_max);
    assert_eq!(config.write_seconds_max, net.write_time_max);
    assert_eq!(config.head_bytes_max, net.head_bytes_max);
    assert_eq!(config.connections_max, net.connections_max);
    assert_eq!(config.connections_per_address_max, net.connections_per_address_max);
    assert_eq!(config.drain_seconds_max, net.drain_time_max);
    let usual = crate::run::Options::sqlite("x");
    assert_eq!(config.drain_delay_seconds, usual.drain_delay);
    assert_eq!((config.password_chars_min, config.password_score_min), (policy.chars_min, policy.score_min));
    assert_eq!(config.password_waiting_max, hasher.waiting_max);
}

#[test]
fn sqlite_has_as_many_readers_as_the_cores_keep_busy() {
    let readers = |database: &str, cores| {
        let mut sources = sources(&[("database", database)], &[], "");
        sources.place.cores = cores;
        load(&sources).config.database_connections_max
    };
    for (cores, expected) in [(1, 4), (3, 6), (64, 8)] {
        assert_eq!(readers("sqlite://b.db", cores), expected, "{cores} cores");
    }
    assert_eq!(readers("postgres://bronya@db/bronya", 1), 8);
}

#[test]
fn the_strongest_wins() {
    let flags = [("listen", "127.0.0.1:1")];
    let variables = [("BRONYA_LISTEN", "127.0.0.1:2"), ("BRONYA_DEMO", "on"), ("BRONYA_CORS_ORIGINS", "")];
    let file = r#"
        listen = "127.0.0.1:3"
        demo = false
        rate_limit = "off"
        password_chars_min = 12
        cors_origins = ["https://a.example", "https://b.example"]
    "#;
    let loaded = load(&sources(&flags, &variables, file));
    let expect = |name: &str, text: &str, origin: &str| {
        assert_eq!(shown(&loaded, name), (text.to_owned(), origin.to_owned()), "{name}");
    };
    expect("listen", "\"127.0.0.1:1\"", "flag --listen");
    expect("demo", "true", "variable BRONYA_DEMO");
    expect("rate_limit", "false", "file /etc/bronya.toml");
    expect("password_chars_min", "12", "file /etc/bronya.toml");
    expect("cors_origins", "[\"https://a.example\", \"https://b.example\"]", "file /etc/bronya.toml");
    expect("migrate", "true", "default");
    expect("trusted_proxies", "[]", "default");
    assert!(loaded.config.demo && !loaded.config.rate_limit);
    assert_eq!(loaded.config.password_chars_min, 12);
}

#[test]
fn what_depends_on_other_settings_and_on_the_place() {
    let loaded =
        load(&sources(&[("data_dir", "/srv/bronya")], &[("BRONYA_PUBLIC_URL", "https://book.example.org/")], ""));
    assert_eq!(loaded.config.database, DatabaseUrl::Sqlite("/srv/bronya/bronya.db".into()));
    assert_eq!(loaded.config.public_url.as_deref(), Some("https://book.example.org"));
    assert_eq!(loaded.config.jwt_issuer, "https://book.example.org");
    let at = |place: Place| Sources { place, ..sources(&[], &[], "") };
    let root = at(Place { is_root: true, cores: 1, ..place() });
    assert_eq!(load(&root).config.data_dir, PathBuf::from("/var/lib/bronya"));
    let xdg = at(Place { xdg_data_home: Some("/data".into()), ..place() });
    assert_eq!(load(&xdg).config.data_dir, PathBuf::from("/data/bronya"));
    let homeless = at(Place { home: None, ..place() });
    let [problem] = &problems(&homeless)[..] else { panic!("one problem") };
    assert_eq!(problem, "data_dir: has no default here, since HOME is not set; give --data-dir or BRONYA_DATA_DIR");
}

#[test]
fn what_can_not_be_read_is_told_with_its_place_and_what_is_allowed() {
    let file = |text: &str| problems(&sources(&[], &[], text));
    for (text, problem) in [
        (
            "lisen = \"127.0.0.1:1\"",
            "/etc/bronya.toml: lisen: is no setting (did you mean listen?); `bronya config` lists them",
        ),
        ("frobnicate = 1", "/etc/bronya.toml: frobnicate: is no setting; `bronya config` lists them"),
        ("[server]\nlisten = \"x\"", "/etc/bronya.toml: server: is no setting; `bronya config` lists them"),
        (
            "listen = \"8000\"",
            "/etc/bronya.toml: listen: is \"8000\", and must be an address and a port, such as 127.0.0.1:8000 or [::1]:8000",
        ),
        ("listen = 8000", "/etc/bronya.toml: listen: must be a string, not integer"),
        ("demo = 1", "/etc/bronya.toml: demo: must be true or false, not integer"),
        ("trusted_proxies = [1]", "/etc/bronya.toml: trusted_proxies: must be an array of strings, not array"),
        (
            "password_score_min = 5",
            "/etc/bronya.toml: password_score_min: is 5, and must be a whole number from 0 to 4",
        ),
        ("password_score_min = 2.5", "/etc/bronya.toml: password_score_min: must be a whole number, not float"),
        (
            "password_chars_min = 7",
            "/etc/bronya.toml: password_chars_min: is 7, and must be a whole number from 8 to 128",
        ),
        (
            "password_chars_min = -1",
            "/etc/bronya.toml: password_chars_min: is -1, and must be a whole number from 8 to 128",
        ),
        ("registration = \"invite\"", "/etc/bronya.toml: registration: is \"invite\", and must be `open` or `closed`"),
        ("log_format = \"xml\"", "/etc/bronya.toml: log_format: is \"xml\", and must be `human` or `json`"),
        (
            "database = \"mysql://x\"",
            "/etc/bronya.toml: database: is \"mysql://x\", and must be sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME",
        ),
        (
            "public_url = \"https://a.example/sub\"",
            "/etc/bronya.toml: public_url: is \"https://a.example/sub\", and must be a scheme and a host, such as https://book.example.org",
        ),
        (
            "cors_origins = [\"*\"]",
            "/etc/bronya.toml: cors_origins: is [\"*\"], and `*` is no origin: write `https://example.org`, with neither a path nor a wildcard",
        ),
        ("listen = ", "/etc/bronya.toml: line 1: is no TOML: string values must be quoted, expected literal string"),
    ] {
        assert_eq!(file(text), [problem], "{text}");
    }
    assert_eq!(
        problems(&sources(&[("rate_limit", "maybe")], &[("BRONYA_DATABASE_CONNECTIONS_MAX", "+8")], "demo = \"x\"")),
        [
            "variable BRONYA_DATABASE_CONNECTIONS_MAX: is +8, and must be a whole number from 1 to 1000",
            "/etc/bronya.toml: demo: is \"x\", and must be `yes` or `no` (or on, off, true, false)",
            "flag --rate-limit: is \"maybe\", and must be `yes` or `no` (or on, off, true, false)",
        ],
        "everything at once"
    );
}

#[test]
fn what_contradicts_itself() {
    let told = |file: &str| problems(&sources(&[], &[], file)).join("\n");
    assert!(told("demo = true\nlisten = \"0.0.0.0:80\"").contains("must be a loopback address"));
    assert_eq!(told("demo = true\nlisten = \"[::1]:80\""), "");
    assert!(told("refresh_days_max = 7").contains("must not be more than `refresh_days_max`"));
    assert!(told("signing_key = \"x\"\nsigning_key_file = \"y\"").contains("must not be given together"));
}

#[test]
fn public_urls() {
    for good in ["https://a.example", "http://127.0.0.1:8000", "https://[::1]:8443", "https://a.example/"] {
        assert_eq!(origin_url(good).as_deref(), Ok(good.trim_end_matches('/')), "{good}");
    }
    for bad in [
        "a.example",
        "ftp://a.example",
        "https://",
        "https:///",
        "https://a.example//",
        "https://a.example/?q",
        "https://a.example#f",
        "https://user@a.example",
        "https://a example",
        "javascript:alert(1)",
        "//a.example",
        "/",
    ] {
        assert!(origin_url(bad).is_err(), "{bad}");
    }
}

#[test]
fn unknown_variables_are_told_and_do_no_harm() {
    let variables = [("BRONYA_SERVICE_HOST", "10.0.0.1"), ("BRONYA_LISTN", "127.0.0.1:1"), ("PATH", "/bin")];
    let loaded = load(&sources(&[], &variables, ""));
    let expected = [
        "the variable BRONYA_SERVICE_HOST is no setting",
        "the variable BRONYA_LISTN is no setting (did you mean BRONYA_LISTEN?)",
    ];
    assert_eq!(loaded.warnings, expected);
}

#[test]
fn secrets_are_masked_wherever_they_are_shown() {
    let key = "c2VjcmV0LWNhbmFyeQ==";
    for (url, masked) in [
        ("postgres://zoya:canary@db.example/bronya", "postgres://zoya:***@db.example/bronya"),
        ("postgres://zoya:can@ary@db.example:5432/b", "postgres://zoya:***@db.example:5432/b"),
        ("postgres://zoya@db.example/bronya", "postgres://zoya@db.example/bronya"),
        ("postgresql://db.example/b?user=zoya&password=canary", "postgresql://db.example/b?user=zoya&password=***"),
        ("postgres://db.example/b?sslpassword=canary&x=1", "postgres://db.example/b?sslpassword=***&x=1"),
    ] {
        let loaded = load(&sources(&[], &[("BRONYA_DATABASE", url), ("BRONYA_SIGNING_KEY", key)], ""));
        assert_eq!(shown(&loaded, "database").0, format!("\"{masked}\""));
        assert_eq!(shown(&loaded, "signing_key").0, "\"***\"");
        let error = loaded.config.signing_key().unwrap_err().to_string();
        assert_eq!(error, "signing_key: a signing key needs at least 32 bytes; make one with: openssl rand -base64 32");
        assert!(!format!("{:?}", loaded.config.signing_key).contains(key));
    }
    let wrong = problems(&sources(&[], &[("BRONYA_DATABASE", "mysql://zoya:canary@db.example/b")], ""));
    assert_eq!(wrong, ["variable BRONYA_DATABASE: must be sqlite://PATH or postgres://USER:PASSWORD@HOST:PORT/NAME"]);
    let broken = problems(&sources(&[], &[], "signing_key = \"canary\" \"canary\""));
    assert!(!broken[0].contains("canary"), "{broken:?}");
}

#[test]
fn a_file_with_secrets_must_be_private() {
    let exposed = |text: &str| {
        let mut sources = sources(&[], &[], text);
        if let Some(file) = &mut sources.file {
            file.exposed = Some("can be read by others".to_owned());
        }
        problems(&sources)
    };
    let expected = ["/etc/bronya.toml: signing_key: is a secret, and the file can be read by others"];
    assert_eq!(exposed("signing_key = \"canary\""), expected);
    assert_eq!(exposed("database = \"postgres://a:b@c/d\"").len(), 1);
    assert_eq!(exposed("database = \"postgres://a@c/d\"\nlisten = \"127.0.0.1:1\"").len(), 0);
    for (mode, owner, private) in [
        (0o600, 1000, true),
        (0o400, 1000, true),
        (0o640, 1000, false),
        (0o640, 0, true),
        (0o660, 0, false),
        (0o644, 0, false),
        (0o604, 1000, false),
    ] {
        assert_eq!(is_private(mode, owner), private, "{mode:o} of {owner}");
    }
}

#[cfg(unix)]
#[test]
fn the_key_file_is_read_if_it_is_private_and_good() {
    use std::os::unix::fs::PermissionsExt;
    let file = std::env::temp_dir().join(format!("bronya-key-{}", std::process::id()));
    let key = SigningKey::generate();
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, key.expose());
    let config = load(&sources(&[("signing_key_file", file.to_str().unwrap())], &[], "")).config;
    let missing = config.signing_key().unwrap_err().to_string();
    assert!(missing.contains("can't be read"), "{missing}");
    std::fs::write(&file, format!("{text}\n")).unwrap();
    let chmod = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    chmod(0o644);
    let open = config.signing_key().unwrap_err().to_string();
    chmod(0o600);
    let good = config.signing_key().unwrap().unwrap();
    std::fs::write(&file, "changeme").unwrap();
    let bad = config.signing_key().unwrap_err().to_string();
    std::fs::remove_file(&file).unwrap();
    assert!(open.contains("can be read by others: chmod 600"), "{open}");
    assert_eq!(good.kid(), key.kid());
    assert!(bad.contains("a signing key needs at least 32 bytes"), "{bad}");
}

#[test]
fn what_is_shown_can_be_read_again() {
    let flags = [("listen", "127.0.0.1:9000"), ("rate_limit", "off"), ("trusted_proxies", "10.0.0.0/8, ::1")];
    let first = load(&sources(&flags, &[("BRONYA_LOG_LEVEL", "info,bronya_store=debug")], ""));
    let lines: Vec<String> =
        first.values.iter().map(|value| format!("{} = {}", value.key.name, value.shown())).collect();
    let second = load(&sources(&[], &[], &lines.join("\n")));
    for (a, b) in first.values.iter().zip(&second.values) {
        assert_eq!(a.shown(), b.shown(), "{}", a.key.name);
    }
}

#[test]
fn the_example_is_a_file_that_changes_nothing() {
    let example = example();
    let uncommented: String = example
        .lines()
        .filter_map(|line| line.strip_prefix('#').filter(|line| !line.starts_with(' ') && !line.contains('…')))
        .fold(String::new(), |text, line| text + line + "\n");
    let (given, default) = (load(&sources(&[], &[], &uncommented)), load(&sources(&[], &[], "")));
    for (given, default) in given.values.iter().zip(&default.values) {
        assert_eq!(given.shown(), default.shown(), "{}", given.key.name);
    }
    let documented = KEYS.iter().filter(|key| example.contains(&format!("\n#{} = ", key.name))).count();
    assert_eq!(documented, KEYS.len());
}

#[test]
fn names_are_told_apart_everywhere() {
    let mut names: Vec<String> =
        KEYS.iter().flat_map(|key| [key.variable()].into_iter().chain(key.flag_name())).collect();
    names.push(FILE_VARIABLE.to_owned());
    names.push(FILE_FLAG.to_owned());
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
    assert!(KEYS.iter().all(|key| key.doc().ends_with('.')), "every setting is explained in sentences");
    assert!(KEYS.iter().filter(|key| key.secrecy == Secrecy::Whole).all(|key| key.flag == Flag::None));
}
