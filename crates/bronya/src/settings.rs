//! The flags of settings: made from the table in `bronya_server::config`, so that a setting is declared once. They only collect
//! texts; what wins and what is allowed is decided there.

use std::path::PathBuf;

use bronya_server::config::{FILE_FLAG, FILE_VARIABLE, Flag, Group, KEYS, Key, Loaded, Sources};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::failure::Failure;
use crate::output;

/// Settings as they were given on the command line: all of them, or, for commands that only need the database, those of the
/// database and of logs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings<const ALL: bool> {
    file: Option<PathBuf>,
    given: Vec<(&'static str, String)>,
}

/// The settings of a command that doesn't serve.
pub(crate) type DatabaseSettings = Settings<false>;
/// The settings of a server.
pub(crate) type ServerSettings = Settings<true>;

/// What `-h` shows already; `--help` shows everything.
const FIRST: [&str; 8] =
    ["data_dir", "database", "listen", "demo", "rate_limit", "migrate", "public_url", "log_format"];

impl<const ALL: bool> Settings<ALL> {
    /// Puts flags, variables and the file together. What looks like a mistake is told on the standard error.
    pub(crate) fn load(self) -> Result<Loaded, Failure> {
        let loaded = Sources::of_process(self.file.as_deref(), self.given)?.load()?;
        for warning in &loaded.warnings {
            output::tell(&format!("warning: {warning}"));
        }
        Ok(loaded)
    }

    fn keys() -> impl Iterator<Item = (&'static Key, String)> {
        let here = |key: &&Key| ALL || matches!(key.group, Group::Database | Group::Logs);
        KEYS.iter().filter(here).filter_map(|key| Some((key, key.flag_name()?)))
    }
}

fn argument(key: &'static Key, flag: String) -> Arg {
    let doc = key.doc();
    let switch = matches!(key.flag, Flag::Present | Flag::Absent);
    let default =
        if switch || key.default().is_empty() { String::new() } else { format!(" [default: {}]", key.default()) };
    let variable = format!(" [variable: {}]", key.variable());
    // The first sentence; a stop is followed by a space there, and nowhere else in these texts.
    let short = doc.split_once(". ").map_or(doc.trim_end_matches('.'), |(first, _)| first).to_owned();
    let arg = Arg::new(key.name)
        .long(flag)
        .help(format!("{short}{default}"))
        .long_help(format!("{doc}{variable}{default}"))
        .help_heading(key.group.title())
        .hide_short_help(!FIRST.contains(&key.name));
    if switch { arg.action(ArgAction::SetTrue) } else { arg.value_name(key.value_name) }
}

impl<const ALL: bool> Args for Settings<ALL> {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new(FILE_FLAG)
            .long(FILE_FLAG)
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .help("A TOML file with settings")
            .long_help(format!(
                "A TOML file with settings; `bronya config --example` prints one. [variable: {FILE_VARIABLE}] \
                 [default: ~/.config/bronya/bronya.toml, as root /etc/bronya/bronya.toml, if it is there]"
            ));
        Self::keys().fold(command.arg(file), |command, (key, flag)| command.arg(argument(key, flag)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<const ALL: bool> FromArgMatches for Settings<ALL> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = Self::keys().filter_map(|(key, _)| {
            let text = match key.flag {
                Flag::Present => matches.get_flag(key.name).then(|| "yes".to_owned()),
                Flag::Absent => matches.get_flag(key.name).then(|| "no".to_owned()),
                Flag::Value | Flag::None => matches.get_one::<String>(key.name).cloned(),
            };
            Some((key.name, text?))
        });
        Ok(Self { file: matches.get_one::<PathBuf>(FILE_FLAG).cloned(), given: given.collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse<const ALL: bool>(line: &str) -> Result<Settings<ALL>, clap::Error> {
        let command = Settings::<ALL>::augment_args(Command::new("x"));
        let matches = command.try_get_matches_from(line.split(' '))?;
        Settings::from_arg_matches(&matches)
    }

    #[test]
    fn flags_become_texts() {
        let line = "x --listen 127.0.0.1:1 --demo --no-migrate --rate-limit off --config /etc/x.toml";
        let settings = parse::<true>(line).unwrap();
        assert_eq!(settings.file, Some(PathBuf::from("/etc/x.toml")));
        let mut given: Vec<_> = settings.given.iter().map(|(name, text)| (*name, text.as_str())).collect();
        given.sort_unstable();
        assert_eq!(given, [("demo", "yes"), ("listen", "127.0.0.1:1"), ("migrate", "no"), ("rate_limit", "off")]);
        assert_eq!(parse::<true>("x").unwrap().given, []);
    }

    #[test]
    fn commands_that_do_not_serve_know_the_database_and_logs_only() {
        assert_eq!(parse::<false>("x --database sqlite://x").unwrap().given.len(), 1);
        assert!(parse::<false>("x --listen 127.0.0.1:1").is_err());
        assert!(parse::<true>("x --signing-key AAAA").is_err(), "no secret on a command line");
    }
}
