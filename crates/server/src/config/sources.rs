//! Where values come from: flags, variables, the file, defaults; which of them wins; and how they are shown, secrets masked. It knows
//! no setting by name.

use std::ffi::OsString;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Config, Fallback, KEYS, Key, Kind, Secrecy, parse};

/// What variables begin with.
pub(super) const PREFIX: &str = "BRONYA_";
/// The flag that names the file, without its dashes.
pub const FILE_FLAG: &str = "config";
/// The variable that names the file.
pub const FILE_VARIABLE: &str = "BRONYA_CONFIG";
/// Bytes of the file, at most.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Everything that is wrong with the configuration: a sentence each, without any secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(Vec<String>);

impl ConfigError {
    pub(super) fn one(sentence: String) -> Self {
        Self(vec![sentence])
    }

    /// The sentences.
    pub fn sentences(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This flag.
    Flag(String),
    /// This variable.
    Variable(String),
    /// This file.
    File(PathBuf),
    /// Nobody gave one.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag {flag}"),
            Self::Variable(variable) => write!(f, "variable {variable}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value as it was given, and where. It has no `Debug`, since it may be a secret.
pub struct Value {
    /// Whose.
    pub key: &'static Key,
    /// Where it came from.
    pub origin: Origin,
    pub(super) text: String,
}

impl Value {
    /// The value as a line of the file would have it, secrets masked.
    pub fn shown(&self) -> String {
        let text = match self.key.secrecy {
            Secrecy::Whole if !self.text.is_empty() => "***".to_owned(),
            Secrecy::Url => mask_url(&self.text),
            Secrecy::Whole | Secrecy::Open => self.text.clone(),
        };
        as_toml(self.key.kind, &text)
    }

    fn is_secret(&self) -> bool {
        match self.key.secrecy {
            Secrecy::Open => false,
            Secrecy::Whole => !self.text.is_empty(),
            Secrecy::Url => mask_url(&self.text) != self.text,
        }
    }
}

/// Text as a value of a TOML file.
pub(super) fn as_toml(kind: Kind, text: &str) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    match kind {
        Kind::Text => quoted(text),
        Kind::Number => text.to_owned(),
        Kind::Switch => parse::switch(text).map_or_else(|_| quoted(text), |on| on.to_string()),
        Kind::List => {
            let entries = parse::list(text, |entry| Ok(quoted(entry))).unwrap_or_default();
            format!("[{}]", entries.join(", "))
        }
    }
}

/// A URL without its password, wherever it stands in it. Generous: what can't be told apart from a password is hidden.
fn mask_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    if scheme == "sqlite" {
        return url.to_owned();
    }
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let mut masked = format!("{scheme}://");
    // A password may hold an @ that was not escaped: the last one ends it.
    match rest.rsplit_once('@') {
        Some((account, host)) => {
            let user = account.split_once(':').map(|(user, _)| user);
            masked.push_str(&user.map_or_else(|| account.to_owned(), |user| format!("{user}:***")));
            masked.push('@');
            masked.push_str(host);
        }
        None => masked.push_str(rest),
    }
    if let Some(query) = query {
        let hide = |pair: &str| match pair.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("pass") => format!("{name}=***"),
            _ => pair.to_owned(),
        };
        masked.push('?');
        masked.push_str(&query.split('&').map(hide).collect::<Vec<_>>().join("&"));
    }
    masked
}

/// Where the program runs, as far as defaults depend on it.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) home: Option<PathBuf>,
    pub(super) xdg_data_home: Option<PathBuf>,
    pub(super) xdg_config_home: Option<PathBuf>,
    pub(super) is_root: bool,
    pub(super) cores: usize,
}

impl Place {
    pub(super) fn data_dir(&self) -> Option<String> {
        let dir = if self.is_root {
            PathBuf::from("/var/lib/bronya")
        } else {
            let data = self.xdg_data_home.clone().or_else(|| Some(self.home.as_ref()?.join(".local/share")));
            data?.join("bronya")
        };
        dir.to_str().map(str::to_owned)
    }

    /// The file that is read, if it is there, where none is named.
    fn usual_file(&self) -> Option<PathBuf> {
        if self.is_root {
            return Some("/etc/bronya/bronya.toml".into());
        }
        let config = self.xdg_config_home.clone().or_else(|| Some(self.home.as_ref()?.join(".config")));
        Some(config?.join("bronya/bronya.toml"))
    }
}

/// A file as it was found.
#[derive(Clone)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// Why secrets should not stand in it.
    pub(super) exposed: Option<String>,
}

/// Everything that was given.
#[derive(Clone, Default)]
pub struct Sources {
    pub(super) flags: Vec<(&'static str, String)>,
    pub(super) variables: Vec<(OsString, OsString)>,
    pub(super) file: Option<File>,
    pub(super) place: Place,
}

/// The configuration in force, and where each value came from.
pub struct Loaded {
    /// The values, typed.
    pub config: Config,
    /// The values as text, in the order of [`KEYS`].
    pub values: Vec<Value>,
    /// What looks like a mistake and is none for certain.
    pub warnings: Vec<String>,
}

impl Sources {
    /// Collects what this process was given: `flags` by the names of their keys, the variables of its environment, and the file that
    /// `file` (the flag `--config`) or `BRONYA_CONFIG` names, or else the usual one if it is there.
    pub fn of_process(file: Option<&Path>, flags: Vec<(&'static str, String)>) -> Result<Self, ConfigError> {
        let variables: Vec<(OsString, OsString)> = std::env::vars_os().collect();
        let variable = |name: &str| {
            let found = variables.iter().find(|(key, value)| key == name && !value.is_empty());
            found.map(|(_, value)| PathBuf::from(value))
        };
        // XDG's specification: a path that is not absolute is to be ignored.
        let absolute = |name: &str| variable(name).filter(|path| path.is_absolute());
        let place = Place {
            home: absolute("HOME"),
            xdg_data_home: absolute("XDG_DATA_HOME"),
            xdg_config_home: absolute("XDG_CONFIG_HOME"),
            is_root: is_root(),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        };
        let named = file.map(Path::to_owned).or_else(|| variable(FILE_VARIABLE));
        let file = match (named, place.usual_file()) {
            (Some(path), _) => Some(path),
            (None, Some(path)) if path.exists() => Some(path),
            (None, _) => None,
        };
        let file = file.map(|path| read_file(&path)).transpose()?;
        Ok(Self { flags, variables, file, place })
    }

    /// Puts everything together: of what is given several times the strongest wins. All that is wrong is told at once.
    pub fn load(&self) -> Result<Loaded, ConfigError> {
        let mut values = Values::default();
        let from_variables = self.read_variables(&mut values);
        let from_file = self.read_table(&mut values);
        for key in KEYS {
            let of = |pairs: &[(&'static str, String)]| {
                pairs.iter().find(|(name, _)| *name == key.name).map(|(_, text)| text.clone())
            };
            let (text, origin) = if let Some(text) = of(&self.flags) {
                (text, Origin::Flag(format!("--{}", key.flag_name().unwrap_or_default())))
            } else if let Some(text) = of(&from_variables) {
                (text, Origin::Variable(key.variable()))
            } else if let (Some(text), Some(file)) = (of(&from_file), &self.file) {
                (text, Origin::File(file.path.clone()))
            } else {
                let text = match key.fallback {
                    Fallback::Text(text) => Some(text.to_owned()),
                    Fallback::Computed(_, compute) => compute(&self.place, &values.all),
                };
                if text.is_none() {
                    let how = format!("--{} or {}", key.flag_name().unwrap_or_default(), key.variable());
                    values
                        .problems
                        .push(format!("{}: has no default here, since HOME is not set; give {how}", key.name));
                }
                (text.unwrap_or_default(), Origin::Default)
            };
            values.all.push(Value { key, origin, text });
        }
        self.check_exposure(&mut values);
        let config = Config::parse(&mut values);
        if let Some(config) = &config {
            config.check(&mut values);
        }
        match config {
            Some(config) if values.problems.is_empty() => {
                Ok(Loaded { config, values: values.all, warnings: values.warnings })
            }
            _ => Err(ConfigError(values.problems)),
        }
    }

    fn read_variables(&self, values: &mut Values) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        for (variable, text) in &self.variables {
            let Some(variable) = variable.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
            // Compose files and unit files set what they have no value for to nothing.
            if text.is_empty() || variable == FILE_VARIABLE {
                continue;
            }
            let Some(key) = KEYS.iter().find(|key| key.variable() == variable) else {
                // Not an error: clusters set variables such as BRONYA_SERVICE_HOST on their own.
                let meant = suggestion(variable, KEYS.iter().map(Key::variable));
                values.warnings.push(format!("the variable {variable} is no setting{meant}"));
                continue;
            };
            match text.to_str() {
                Some(text) => found.push((key.name, text.to_owned())),
                None => values.problems.push(format!("variable {variable}: must be UTF-8")),
            }
        }
        found
    }

    fn read_table(&self, values: &mut Values) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        let Some(file) = &self.file else { return found };
        let path = file.path.display();
        let table: toml::Table = match file.text.parse() {
            Ok(table) => table,
            Err(error) => {
                // The message without the lines that it quotes: there may be a secret in them.
                let line = error.span().map_or(1, |span| file.text[..span.start].matches('\n').count() + 1);
                values.problems.push(format!("{path}: line {line}: is no TOML: {}", error.message()));
                return found;
            }
        };
        for (name, value) in table {
            let Some(key) = Key::named(&name) else {
                let meant = suggestion(&name, KEYS.iter().map(|key| key.name.to_owned()));
                values.problems.push(format!("{path}: {name}: is no setting{meant}; `bronya config` lists them"));
                continue;
            };
            if let Some(text) = as_text(key.kind, &value) {
                found.push((key.name, text));
                continue;
            }
            let allowed = match key.kind {
                Kind::Text => "a string",
                Kind::Number => "a whole number",
                Kind::Switch => "true or false",
                Kind::List => "an array of strings",
            };
            values.problems.push(format!("{path}: {name}: must be {allowed}, not {}", value.type_str()));
        }
        found
    }

    fn check_exposure(&self, values: &mut Values) {
        let Some(File { path, exposed: Some(why), .. }) = &self.file else { return };
        let secret = values.all.iter().find(|value| value.is_secret() && matches!(value.origin, Origin::File(_)));
        if let Some(value) = secret {
            values.problems.push(format!("{}: {}: is a secret, and the file {why}", path.display(), value.key.name));
        }
    }
}

/// A value of the file in the form that variables have.
fn as_text(kind: Kind, value: &toml::Value) -> Option<String> {
    match (kind, value) {
        (Kind::Number, toml::Value::Integer(number)) => Some(number.to_string()),
        (Kind::Switch, toml::Value::Boolean(on)) => Some(on.to_string()),
        (_, toml::Value::String(text)) => Some(text.clone()),
        (Kind::List, toml::Value::Array(entries)) => {
            let entries: Option<Vec<&str>> = entries.iter().map(toml::Value::as_str).collect();
            Some(entries?.join(","))
        }
        _ => None,
    }
}

/// Values on their way to becoming typed.
#[derive(Default)]
pub(super) struct Values {
    all: Vec<Value>,
    problems: Vec<String>,
    warnings: Vec<String>,
}

impl Values {
    pub(super) fn read<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let value = self.all.iter().find(|value| value.key.name == name)?;
        match parse(value.text.trim()) {
            Ok(typed) => Some(typed),
            Err(problem) => {
                // One that has no value was told already.
                if !(value.text.is_empty() && value.origin == Origin::Default) {
                    self.problem(name, &problem);
                }
                None
            }
        }
    }

    /// Notes what is wrong with a value, and where it came from.
    pub(super) fn problem(&mut self, name: &str, problem: &str) {
        let Some(value) = self.all.iter().find(|value| value.key.name == name) else { return };
        let shown = if value.is_secret() { String::new() } else { format!(" is {}, and", value.shown()) };
        let sentence = match &value.origin {
            Origin::Flag(_) | Origin::Variable(_) => format!("{}:{shown} {problem}", value.origin),
            Origin::File(path) => format!("{}: {name}:{shown} {problem}", path.display()),
            Origin::Default => format!("{name}:{shown} {problem}"),
        };
        self.problems.push(sentence);
    }
}

fn read_file(path: &Path) -> Result<File, ConfigError> {
    let fail = |problem: String| ConfigError::one(format!("{}: {problem}", path.display()));
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| fail(format!("can't be read: {error}")))?;
    file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(|error| fail(format!("can't be read: {error}")))?;
    if FILE_BYTES_MAX < u64::try_from(text.len()).unwrap_or(u64::MAX) {
        return Err(fail(format!("has more than {FILE_BYTES_MAX} bytes")));
    }
    Ok(File { path: path.to_owned(), text, exposed: check_secret_file(path).err() })
}

/// Whether a file keeps a secret: nobody but its owner may read it, or, where root owns it, its group. The error is the
/// end of a sentence that begins with the file.
pub(super) fn check_secret_file(path: &Path) -> Result<(), String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let found = std::fs::metadata(path).map_err(|error| format!("can't be read: {error}"))?;
        if !is_private(found.mode(), found.uid()) {
            return Err(format!("can be read by others: chmod 600 {}", path.display()));
        }
    }
    #[cfg(not(unix))]
    std::fs::metadata(path).map_err(|error| format!("can't be read: {error}"))?;
    Ok(())
}

/// Whether permission bits keep a file from everybody but its owner. Root may share one with a group, for reading.
#[cfg(unix)]
pub(super) fn is_private(mode: u32, owner: u32) -> bool {
    let shared = if owner == 0 { 0o037 } else { 0o077 };
    mode & shared == 0
}

/// Whether this process runs as root. Where there is no `/proc`, nobody is.
fn is_root() -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
    }
    #[cfg(not(unix))]
    false
}

/// The end of a sentence about a name that nobody knows: which known one was meant, where one is close.
fn suggestion(name: &str, known: impl Iterator<Item = String>) -> String {
    let close = known.map(|known| (distance(name, &known), known)).min().filter(|(distance, _)| *distance <= 3);
    close.map_or_else(String::new, |(_, known)| format!(" (did you mean {known}?)"))
}

/// How many characters must be put in, taken out or replaced to get from one text to the other (Levenshtein). A long
/// text is no typing error, and far from everything.
fn distance(a: &str, b: &str) -> usize {
    if 64 < a.len() {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
