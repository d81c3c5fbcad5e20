//! Configuration: every setting is declared once, in the table below, and has the same name everywhere: `password_chars_min` is the
//! flag `--password-chars-min`, the variable `BRONYA_PASSWORD_CHARS_MIN` and the key `password_chars_min` of the
//! file. What is given in several places is taken from the first of: flag, variable, file, default. This is the only part of
//! the workspace that reads the environment, and it never shows a secret.

mod parse;
mod sources;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bronya_store::DatabaseUrl;
use jiff::SignedDuration;

use crate::auth::token::SigningKey;
use crate::http::address::TrustedProxies;
use crate::http::middleware::AllowedOrigins;
use crate::telemetry::LogFormat;

pub use parse::{Concealed, Registration, ResourceCreation};
pub use sources::{ConfigError, FILE_FLAG, FILE_VARIABLE, Loaded, Origin, Sources, Value};

use parse::{
    database, from_str, list, log_filter, number, optional, origin_url, path, seconds, span, switch, token_name, word,
};
use sources::{Place, Values, check_secret_file};

/// How a setting is given on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// `--name VALUE`.
    Value,
    /// `--name`, which means yes.
    Present,
    /// `--no-name`, which means no.
    Absent,
    /// Not at all: everybody on the machine can read the command lines of others.
    None,
}

/// What a setting holds, as far as its way into a TOML file goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`; elsewhere also `yes`, `no`, `on`, `off`, `1`, `0`.
    Switch,
    /// An array of strings; elsewhere separated by commas.
    List,
}

/// What a setting is about. Commands other than `serve` take flags for [`Group::Database`] and [`Group::Logs`] only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Where the data is.
    Database,
    /// Log lines.
    Logs,
    /// Where and how the server listens.
    Server,
    /// Who may do what.
    Rules,
    /// Passwords, tokens and sessions.
    SignIn,
    /// Bounds on what clients can make large.
    Limits,
}

impl Group {
    /// A heading for its settings.
    pub fn title(self) -> &'static str {
        match self {
            Self::Database => "Database",
            Self::Logs => "Logs",
            Self::Server => "Server",
            Self::Rules => "Rules",
            Self::SignIn => "Sign-in",
            Self::Limits => "Limits",
        }
    }
}

/// What of a value is hidden when it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Secrecy {
    Open,
    /// The password in a URL.
    Url,
    Whole,
}

/// What holds where nothing is given.
#[derive(Clone, Copy)]
enum Fallback {
    Text(&'static str),
    /// Found out from where the program runs and from the settings that stand before this one; with words for it.
    Computed(&'static str, fn(&Place, &[Value]) -> Option<String>),
}

/// A setting.
pub struct Key {
    /// Its name in the file.
    pub name: &'static str,
    /// How it is given on the command line.
    pub flag: Flag,
    /// What it is about.
    pub group: Group,
    /// What it holds.
    pub kind: Kind,
    /// What stands for its value in a synopsis, such as `ADDRESS:PORT`.
    pub value_name: &'static str,
    secrecy: Secrecy,
    fallback: Fallback,
    doc: &'static str,
}

impl Key {
    /// The key with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// Its variable: `BRONYA_…`.
    pub fn variable(&self) -> String {
        format!("{}{}", sources::PREFIX, self.name.to_ascii_uppercase())
    }

    /// Its flag without the two dashes; `None` where it has none.
    pub fn flag_name(&self) -> Option<String> {
        let name = self.name.replace('_', "-");
        match self.flag {
            Flag::Value | Flag::Present => Some(name),
            Flag::Absent => Some(format!("no-{name}")),
            Flag::None => None,
        }
    }

    /// What it is for, a sentence or more.
    pub fn doc(&self) -> String {
        self.doc.trim().lines().map(str::trim).collect::<Vec<_>>().join(" ")
    }

    /// What holds where it is given nowhere, in words; empty for nothing.
    pub fn default(&self) -> &'static str {
        match self.fallback {
            Fallback::Text(text) | Fallback::Computed(text, _) => text,
        }
    }
}

macro_rules! settings {
    ($($(#[doc = $doc:literal])+
        $name:ident: $type:ty {
            $group:ident, $flag:ident, $kind:ident $value_name:literal, $secrecy:ident, $fallback:expr, $parse:expr
        })+) => {
        /// What is in force. It has no `Debug`, since it holds secrets; [`Loaded::values`] can be shown.
        #[derive(Clone)]
        pub struct Config {
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        /// Every setting, in an order in which one can be computed from those before it.
        pub static KEYS: &[Key] = &[
            $(Key {
                name: stringify!($name),
                flag: Flag::$flag,
                group: Group::$group,
                kind: Kind::$kind,
                value_name: $value_name,
                secrecy: Secrecy::$secrecy,
                fallback: $fallback,
                doc: concat!($($doc, "\n"),+),
            },)+
        ];

        impl Config {
            /// Reads every value, and notes everything that is wrong.
            fn parse(values: &mut Values) -> Option<Self> {
                $(let $name: Option<$type> = values.read(stringify!($name), $parse);)+
                Some(Self { $($name: $name?,)+ })
            }
        }
    };
}

use Fallback::{Computed, Text};

settings! {
    /// The folder for what the server keeps.
    data_dir: PathBuf {
        Database, Value, Text "DIR", Open,
        Computed("$XDG_DATA_HOME/bronya or ~/.local/share/bronya; as root /var/lib/bronya", |place, _| place.data_dir()),
        path
    }
    /// The database: `sqlite://PATH`, or `postgres://USER:PASSWORD@HOST:PORT/NAME`. A SQLite file that is not there is made, with its
    /// folder. Give a URL with a password by variable or file: everybody on the machine can read command lines.
    database: DatabaseUrl {
        Database, Value, Text "URL", Url,
        Computed("bronya.db in the data folder", |_, before| {
            let dir = before.iter().find(|value| value.key.name == "data_dir")?;
            Some(format!("sqlite://{}", Path::new(&dir.text).join("bronya.db").display()))
        }),
        database
    }
    /// Connections to PostgreSQL besides the one that writes, or threads that read SQLite, each with memory of its own: on SQLite more
    /// than the cores keep busy only cost.
    database_connections_max: usize {
        Database, Value, Number "N", Open,
        Computed("8 on PostgreSQL; on SQLite twice the number of cores, from 4 to 8", |place, before| {
            let database = before.iter().find(|value| value.key.name == "database")?;
            let on_sqlite = matches!(parse::database(&database.text), Ok(DatabaseUrl::Sqlite(_)));
            Some(if on_sqlite { place.cores.saturating_mul(2).clamp(4, 8) } else { 8 }.to_string())
        }),
        number(1, 1_000)
    }
    /// How long a request waits for a connection to the database, in seconds.
    database_wait_seconds_max: Duration { Database, Value, Number "SECONDS", Open, Text("3"), seconds(1, 60) }
    /// Commands that may wait for the engine; one more is refused as overload.
    engine_queue_max: usize { Database, Value, Number "N", Open, Text("4096"), number(1, 1_000_000) }
    /// Bring an older schema up to date at the start, which `--no-migrate` forbids: then it is refused.
    migrate: bool { Database, Absent, Switch "YES|NO", Open, Text("yes"), switch }
    /// How log lines look: `human` or `json`.
    log_format: LogFormat { Logs, Value, Text "FORMAT", Open, Text("human"), from_str }
    /// What is logged: `error`, `warn`, `info`, `debug` or `trace`, or levels by part, such as `info,bronya_store=debug`.
    log_level: String { Logs, Value, Text "LEVEL", Open, Text("info"), log_filter }
    /// Where to listen.
    listen: SocketAddr { Server, Value, Text "ADDRESS:PORT", Open, Text("127.0.0.1:8000"), from_str }
    /// Fill an empty database with a sample restaurant and a sample office, and listen on loopback only.
    demo: bool { Server, Present, Switch "YES|NO", Open, Text("no"), switch }
    /// The address under which people reach the server, such as `https://book.example.org`. Links in mail and on the set-up page begin
    /// with it, whatever a request claims.
    public_url: Option<String> { Server, Value, Text "URL", Open, Text(""), optional(origin_url) }
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses or networks, such as `10.0.0.0/8`.
    trusted_proxies: TrustedProxies {
        Server, Value, List "NETWORK,…", Open, Text(""), |text: &str| list(text, from_str).map(TrustedProxies::new)
    }
    /// Other web origins that may call the API from a browser, such as `https://www.example.org`.
    cors_origins: AllowedOrigins {
        Server, Value, List "ORIGIN,…", Open, Text(""),
        |text: &str| list(text, |origin| Ok(origin.to_owned())).and_then(|origins| {
            AllowedOrigins::new(origins).map_err(|error| error.to_string())
        })
    }
    /// How long a server that stops only says that it is not ready (`/readyz`) and goes on taking connections, in seconds: as long as
    /// the proxies before it need to see that. Then it stops listening.
    drain_delay_seconds: Duration { Server, Value, Number "SECONDS", Open, Text("0"), seconds(0, 3_600) }
    /// How long running requests have to finish after that, in seconds.
    drain_seconds_max: Duration { Server, Value, Number "SECONDS", Open, Text("30"), seconds(0, 3_600) }
    /// Who may make an account: everybody (`open`), or nobody but an administrator on the command line (`closed`).
    registration: Registration { Rules, Value, Text "open|closed", Open, Text("open"), word }
    /// Who may add resources: `everyone` who is signed in, or `admins`.
    resource_creation: ResourceCreation { Rules, Value, Text "everyone|admins", Open, Text("everyone"), word }
    /// Whether browsers may sign in over plain http from other machines too, with cookies that whoever listens in on the network can take.
    /// For trying things out; this machine itself is always allowed.
    plain_http_sign_in: bool { SignIn, Value, Switch "YES|NO", Open, Text("no"), switch }
    /// Whether sign-in, registration and the like are limited per address and per account.
    rate_limit: bool { Rules, Value, Switch "on|off", Open, Text("on"), switch }
    /// Characters that a password needs.
    password_chars_min: usize { SignIn, Value, Number "N", Open, Text("8"), number(8, 128) }
    /// How hard to guess a password has to be: zxcvbn's score, from 0 (anything goes) to 4.
    password_score_min: u8 { SignIn, Value, Number "N", Open, Text("2"), number(0, 4) }
    /// Passwords that are hashed at the same time, each with 19 MiB of memory.
    password_workers_max: usize {
        SignIn, Value, Number "N", Open,
        Computed("the number of cores, 4 at most", |place, _| Some(place.cores.min(4).to_string())),
        number(1, 64)
    }
    /// Sign-ins that may wait for one of those; one more is refused as overload.
    password_waiting_max: usize { SignIn, Value, Number "N", Open, Text("64"), number(0, 10_000) }
    /// The key that signs access tokens: at least 32 random bytes in base64, the same on every server. Where neither this nor
    /// `signing_key_file` is given, a key is made at the first start and kept in the database.
    signing_key: Option<Concealed> { SignIn, None, Text "BASE64", Whole, Text(""), optional(Concealed::parse) }
    /// A file with that key, which only its owner may read.
    signing_key_file: Option<PathBuf> { SignIn, Value, Text "FILE", Open, Text(""), optional(path) }
    /// How long an access token is good, in minutes. Signing out ends it earlier.
    access_token_minutes: SignedDuration { SignIn, Value, Number "MINUTES", Open, Text("15"), span(60, 1, 1_440) }
    /// How long one sign-in can be prolonged by refresh tokens, in days.
    refresh_days_max: SignedDuration { SignIn, Value, Number "DAYS", Open, Text("30"), span(86_400, 1, 366) }
    /// How long a sign-in lasts that nobody uses, in days.
    refresh_idle_days_max: SignedDuration { SignIn, Value, Number "DAYS", Open, Text("14"), span(86_400, 1, 366) }
    /// The issuer (`iss`) of access tokens.
    jwt_issuer: String {
        SignIn, Value, Text "TEXT", Open,
        Computed("the public URL, or else `bronya`", |_, before| {
            let url = before.iter().find(|value| value.key.name == "public_url")?;
            Some(if url.text.is_empty() { "bronya".to_owned() } else { url.text.trim_end_matches('/').to_owned() })
        }),
        token_name
    }
    /// The audience (`aud`) of access tokens.
    jwt_audience: String { SignIn, Value, Text "TEXT", Open, Text("bronya"), token_name }
    /// Connections in all.
    connections_max: usize { Limits, Value, Number "N", Open, Text("4096"), number(1, 1_000_000) }
    /// Connections from one address (IPv6: from one /64). Loopback and trusted proxies are not counted.
    connections_per_address_max: usize { Limits, Value, Number "N", Open, Text("64"), number(1, 1_000_000) }
    /// Requests that are worked on at the same time; more are shed.
    in_flight_max: usize { Limits, Value, Number "N", Open, Text("2048"), number(1, 1_000_000) }
    /// Bytes of a request's head.
    head_bytes_max: usize { Limits, Value, Number "BYTES", Open, Text("16384"), number(8_192, 1_048_576) }
    /// Bytes of a request's path and query.
    uri_bytes_max: usize { Limits, Value, Number "BYTES", Open, Text("8192"), number(1_024, 65_534) }
    /// Bytes of a JSON body.
    json_body_bytes_max: usize { Limits, Value, Number "BYTES", Open, Text("262144"), number(4_096, 67_108_864) }
    /// Bytes of a form.
    form_body_bytes_max: usize { Limits, Value, Number "BYTES", Open, Text("16384"), number(4_096, 1_048_576) }
    /// How long a request's head may take, in seconds.
    head_seconds_max: Duration { Limits, Value, Number "SECONDS", Open, Text("10"), seconds(1, 3_600) }
    /// How long a request's body may take, in seconds.
    body_seconds_max: Duration { Limits, Value, Number "SECONDS", Open, Text("30"), seconds(1, 3_600) }
    /// How long a connection may rest between requests, in seconds.
    idle_seconds_max: Duration { Limits, Value, Number "SECONDS", Open, Text("60"), seconds(1, 3_600) }
    /// How long a client may take to accept 64 KiB of an answer, in seconds.
    write_seconds_max: Duration { Limits, Value, Number "SECONDS", Open, Text("30"), seconds(1, 3_600) }
    /// How long an answer may take, not counting a slow body, in seconds.
    request_seconds_max: Duration { Limits, Value, Number "SECONDS", Open, Text("10"), seconds(1, 3_600) }
}

impl Config {
    /// What no value can be judged on alone.
    fn check(&self, values: &mut Values) {
        if self.demo && !self.listen.ip().is_loopback() {
            values.problem(
                "listen",
                "must be a loopback address such as 127.0.0.1:8000 while `demo` is on: its passwords are known",
            );
        }
        if self.refresh_days_max < self.refresh_idle_days_max {
            values.problem("refresh_idle_days_max", "must not be more than `refresh_days_max`");
        }
        if self.signing_key.is_some() && self.signing_key_file.is_some() {
            values.problem("signing_key_file", "must not be given together with `signing_key`");
        }
    }

    /// The configured signing key, where there is one; read from its file now. The sentence in the error names the setting, never the key.
    pub fn signing_key(&self) -> Result<Option<SigningKey>, ConfigError> {
        let (name, text) = match (&self.signing_key, &self.signing_key_file) {
            (Some(text), _) => ("signing_key".to_owned(), text.expose().to_owned()),
            (None, Some(file)) => {
                let name = format!("signing_key_file {}", file.display());
                let text = check_secret_file(file)
                    .and_then(|()| std::fs::read_to_string(file).map_err(|error| error.to_string()))
                    .map_err(|problem| ConfigError::one(format!("{name}: {problem}")))?;
                (name, text)
            }
            (None, None) => return Ok(None),
        };
        let key = SigningKey::from_text(&text);
        key.map(Some).map_err(|problem| ConfigError::one(format!("{name}: {problem}")))
    }
}

/// A file with every setting, its explanation and its default, all commented out.
pub fn example() -> String {
    let mut lines = vec![
        "# Every setting of Bronya, with its default. A flag or a BRONYA_… variable is stronger than this file."
            .to_owned(),
    ];
    let mut group = None;
    for key in KEYS {
        if group != Some(key.group) {
            lines.push(format!("\n# --- {} ---", key.group.title()));
            group = Some(key.group);
        }
        let flag = key.flag_name().map_or_else(String::new, |flag| format!(", --{flag}"));
        lines.push(format!("\n# {}\n# ({}{flag})", key.doc(), key.variable()));
        lines.push(match key.fallback {
            Fallback::Text(default) => format!("#{} = {}", key.name, sources::as_toml(key.kind, default)),
            Fallback::Computed(words, _) => format!("#{} = …    # by default {words}", key.name),
        });
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests;
