//! `bronya config`.

use bronya_server::config::{self, Loaded};
use clap::Args;

use crate::failure::Failure;
use crate::output;
use crate::settings::ServerSettings;

/// Print the settings in force, and where each came from; passwords and keys are masked.
#[derive(Args)]
#[command(after_help = "Examples:
  bronya config
  bronya config --example > bronya.toml      a file to start from, with every setting explained
  BRONYA_LISTEN=[::1]:9000 bronya config --rate-limit off

Exit codes: 0 printed; 2 a setting is wrong, and the standard error says which, where and what is allowed.")]
pub(crate) struct PrintConfig {
    /// Print a file with every setting, its explanation and its default instead.
    #[arg(long)]
    example: bool,
    #[command(flatten)]
    settings: ServerSettings,
}

impl PrintConfig {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if self.example {
            return output::print(&config::example());
        }
        let loaded = self.settings.load()?;
        // A key that can't be used is a wrong setting too.
        loaded.config.signing_key()?;
        output::print(&listing(&loaded))
    }
}

/// A line for each setting, as a file would have it, with its origin in a column of its own.
fn listing(loaded: &Loaded) -> String {
    let lines: Vec<(String, String)> = loaded
        .values
        .iter()
        .map(|value| (format!("{} = {}", value.key.name, value.shown()), value.origin.to_string()))
        .collect();
    let width = lines.iter().map(|(line, _)| line.chars().count()).max().unwrap_or(0);
    let line = |text: String, (line, origin): &(String, String)| text + &format!("{line:width$}  # {origin}\n");
    lines.iter().fold(String::new(), line)
}
