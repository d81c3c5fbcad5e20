//! `bronya doctor`.

use bronya_server::config::Loaded;
use bronya_store::doctor::{self, Diagnosis, Level};
use bronya_store::ports::Clock;
use bronya_store::{DatabaseUrl, StoreError};
use clap::Args;

use super::{as_it_is, block_on};
use crate::failure::Failure;
use crate::output;
use crate::settings::ServerSettings;

/// Look for what is wrong with the configuration, the data folder and the database, and say how to mend it. Nothing is changed.
#[derive(Args)]
#[command(after_help = "Examples:
  bronya doctor
  bronya doctor --database postgres://bronya@db.example.org/bronya

Exit codes: 0 nothing has to be mended; 1 something has; 2 a setting can't be read.")]
pub(crate) struct Doctor {
    #[command(flatten)]
    settings: ServerSettings,
}

impl Doctor {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let loaded = self.settings.load()?;
        let mut findings = vec![configuration(&loaded)];
        findings.extend(data_dir(&loaded));
        findings.extend(block_on(async { Ok(database(&loaded).await) })?);
        let line = |text: String, found: &Diagnosis| {
            let level = match found.level {
                Level::Good => "ok     ",
                Level::Warning => "warning",
                Level::Bad => "BAD    ",
            };
            let remedy = if found.remedy.is_empty() { String::new() } else { format!("\n           {}", found.remedy) };
            text + &format!("{level}  {}{remedy}\n", found.what)
        };
        output::print(&findings.iter().fold(String::new(), line))?;
        match findings.iter().filter(|found| found.level == Level::Bad).count() {
            0 => Ok(()),
            bad => Err(Failure::Failed(format!("to mend: {bad}"))),
        }
    }
}

fn configuration(loaded: &Loaded) -> Diagnosis {
    match loaded.config.signing_key() {
        Err(error) => Diagnosis::bad(error.to_string(), "see `signing_key` in `bronya config --example`"),
        Ok(_) if !loaded.warnings.is_empty() => {
            Diagnosis::warning(loaded.warnings.join("; "), "`bronya config --example` lists all settings")
        }
        Ok(_) => Diagnosis::good("the configuration can be read"),
    }
}

/// The folder with a SQLite file holds password hashes and keys: nobody else should be able to read it.
fn data_dir(loaded: &Loaded) -> Option<Diagnosis> {
    let DatabaseUrl::Sqlite(file) = &loaded.config.database else { return None };
    let shown = file.display();
    // That there is none, opening it tells.
    let found = std::fs::metadata(file).ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if found.permissions().mode() & 0o077 != 0 {
            return Some(Diagnosis::bad(
                format!("others can read or write {shown}"),
                "chmod 600 the file and chmod 700 its folder",
            ));
        }
    }
    Some(if found.permissions().readonly() {
        Diagnosis::bad(format!("{shown} can't be written"), "make it belong to the user that the server runs as")
    } else {
        Diagnosis::good(format!("{shown} belongs to its owner alone"))
    })
}

async fn database(loaded: &Loaded) -> Vec<Diagnosis> {
    let bad = |error: StoreError| {
        vec![Diagnosis::bad(
            error.to_string(),
            "see `database` in `bronya config`; `bronya migrate` makes what is missing",
        )]
    };
    let store = match as_it_is(&loaded.config).await {
        Ok(store) => store,
        Err(error) => return bad(error),
    };
    let now = Clock::system().now();
    store.read(move |tx| Box::pin(doctor::examine(tx, now))).await.unwrap_or_else(bad)
}
