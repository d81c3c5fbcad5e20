//! `bronya check`.

use bronya_store::ports::Clock;
use clap::Args;

use super::{as_it_is, block_on};
use crate::failure::Failure;
use crate::output;
use crate::settings::DatabaseSettings;

/// Audit every invariant of the stored data: overlaps, by a sweep of its own and not by the database's constraint, claims without a
/// booking, bookings without their claims. Nothing is changed, and a server may be running.
#[derive(Args)]
#[command(after_help = "Examples:
  bronya check
  bronya check --database sqlite:///var/lib/bronya/bronya.db || mail -s 'bronya check' ops@example.org

Exit codes: 0 everything is as it must be; 1 something is not, and the standard output lists it, or the check failed.")]
pub(crate) struct Check {
    #[command(flatten)]
    settings: DatabaseSettings,
}

impl Check {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?.config;
        let report = block_on(async { Ok(as_it_is(&config).await?.audit(Clock::system().now()).await?) })?;
        let lines = report.findings.iter().fold(String::new(), |text, finding| text + &format!("{finding}\n"));
        output::print(&lines)?;
        let seen = format!("{} bookings and {} claims were looked at", report.bookings, report.claims);
        match report.findings.len() {
            0 => {
                output::tell(&format!("{seen}; everything is as it must be"));
                Ok(())
            }
            found => Err(Failure::Failed(format!("{seen}; {found} things must not be so"))),
        }
    }
}
