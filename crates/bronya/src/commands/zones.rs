//! `bronya zones`.

use bronya_server::app::zones::{Rules, preview};
use bronya_store::ports::Clock;
use clap::Args;

use super::{as_it_is, block_on};
use crate::failure::Failure;
use crate::output;
use crate::settings::DatabaseSettings;

/// List the bookings and blocks to come that the clock on the wall tells otherwise than when they were made, because the rules of a time zone have changed
/// since; with what a server of this program would find. Nothing is moved or written, and a server may be running.
#[derive(Args)]
#[command(
    after_help = "Each line: booking or block, series or -, zone, when it is and stays, and when it would have to be to keep its time on the wall.

Examples:
  bronya zones
  bronya zones --database postgres://bronya@db.example.org/bronya

Exit codes: 0 done; 1 the database can't be reached."
)]
pub(crate) struct Zones {
    #[command(flatten)]
    settings: DatabaseSettings,
}

impl Zones {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?.config;
        let rules = Rules::bundled();
        let (known, said, would) = block_on(async {
            let store = as_it_is(&config).await?;
            Ok(preview(&store, &rules, Clock::system().now()).await?)
        })?;
        let said = said.into_iter().map(|it| (it.series, it.shift));
        let lines =
            said.chain(would.into_iter().map(|shift| (None, shift))).fold(String::new(), |text, (series, it)| {
                let series = series.map_or_else(|| "-".to_owned(), |id| id.to_string());
                let (stands, kept) = (it.interval, it.kept);
                let times = format!("{}/{} {}/{}", stands.start(), stands.end(), kept.start(), kept.end());
                text + &format!("{} {series} {} {times}\n", it.holder, it.time_zone)
            });
        output::print(&lines)?;
        let known = known.unwrap_or_else(|| "none yet".to_owned());
        output::tell(&format!(
            "what is booked was made by version {known} of the time zone database, this program has {}; {} bookings and blocks would be at another time",
            rules.version,
            lines.lines().count()
        ));
        Ok(())
    }
}
