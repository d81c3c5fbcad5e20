//! The binary: the command line and the wiring, nothing else. What a command does stands in `bronya-server` and
//! `bronya-store`; here its words are read, its answer is printed and its exit code is chosen.

mod commands;
mod failure;
mod output;
mod password;
mod settings;

use std::process::ExitCode;

use clap::Parser;

use commands::Command;

/// A reservation server: tables, rooms, desks, courts, equipment, and never the same time given away twice.
#[derive(Parser)]
#[command(name = "bronya", version, max_term_width = 100, after_help = EXAMPLES, after_long_help = EXAMPLES_AND_MORE)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  bronya serve --demo            try it: sample data, http://127.0.0.1:8000
  bronya serve                   serve a database in the data folder
  bronya user create zoya --admin
  bronya serve --help            every setting, with its variable and its default";

const EXAMPLES_AND_MORE: &str = "Examples:
  bronya serve --demo            try it: sample data, http://127.0.0.1:8000
  bronya serve                   serve a database in the data folder
  bronya user create zoya --admin
  bronya serve --help            every setting, with its variable and its default

Settings come from flags, BRONYA_… variables, a TOML file and defaults, the first of these that has one.
`bronya config` shows what is in force and where it came from.

Exit codes:
  0  done
  1  the command found something wrong, or failed; the standard error says what
  2  the command line or the configuration is wrong; nothing was done";

fn main() -> ExitCode {
    match commands::run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::tell(&failure.to_string());
            ExitCode::from(failure.exit_code())
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_is_explained_with_an_example() {
        fn check(command: &clap::Command, path: &str) {
            for sub in command.get_subcommands() {
                let path = format!("{path} {}", sub.get_name());
                assert!(sub.get_about().is_some(), "{path} says what it does");
                if sub.has_subcommands() {
                    check(sub, &path);
                } else {
                    let after = sub.get_after_help().map(ToString::to_string).unwrap_or_default();
                    assert!(after.contains(&format!("  {}", path.trim())), "{path} has an example of its own: {after}");
                }
                for arg in sub.get_arguments() {
                    assert!(arg.get_help().is_some(), "{path} {} is explained", arg.get_id());
                }
            }
        }
        check(&Cli::command(), "bronya");
    }
}
