//! `bronya serve`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bronya_server::app::demo;
use bronya_server::config::Config;
use bronya_server::run::{Options, Server};
use bronya_server::telemetry;
use bronya_store::ports::Ids;
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::block_on;
use crate::failure::Failure;
use crate::output;
use crate::settings::ServerSettings;

/// Run the server, until it gets SIGTERM or SIGINT; then it answers what it has accepted, and stops. A second signal stops it at once.
#[derive(Args)]
#[command(after_help = "Examples:
  bronya serve --demo
  bronya serve --listen 127.0.0.1:9000 --data-dir ./data
  BRONYA_DATABASE=postgres://bronya:…@db.example.org/bronya bronya serve --log-format json

Exit codes: 0 stopped when asked to, with everything answered; 1 could not start, or stopped with
requests unanswered; 2 a setting is wrong.")]
pub(crate) struct Serve {
    #[command(flatten)]
    settings: ServerSettings,
}

impl Serve {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let config = self.settings.load()?.config;
        let options = Options::from_config(&config)?;
        telemetry::init(config.log_format, &config.log_level, options.clock.clone())
            .map_err(|error| Failure::Failed(error.to_string()))?;
        block_on(serve(&config, options))
    }
}

async fn serve(config: &Config, mut options: Options) -> Result<(), Failure> {
    let fail = |what: String| move |error: std::io::Error| Failure::Failed(format!("{what}: {error}"));
    // From now on a signal is waited for, and no longer ends the process in the middle of a migration.
    let mut terminate = signal(SignalKind::terminate()).map_err(fail("can't wait for SIGTERM".to_owned()))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(fail("can't wait for SIGINT".to_owned()))?;
    let hands = demo::Hands::default();
    if config.demo {
        // What has been is done at its time; from then on the clock is everybody's.
        options.clock = hands.clock(options.clock);
        options.ids = Ids::system(options.clock.clone());
    }
    let server = Server::open(options).await?;
    if config.demo {
        fill(&server, &hands).await?;
    }
    if !config.listen.ip().is_loopback() && demo::is_left(server.app()).await? {
        return Err(Failure::Failed(format!(
            "the database holds sample accounts, whose password everybody knows, so it is not served on {}: use another \
             database, or give these accounts other passwords with `bronya user reset-password`",
            config.listen
        )));
    }
    let listener =
        TcpListener::bind(config.listen).await.map_err(fail(format!("can't listen on {}", config.listen)))?;
    let address = listener.local_addr().map_err(fail("can't tell the address".to_owned()))?;
    let base_url = base_url(config, address);
    if let Some(link) = server.set_up_link(&base_url).await? {
        output::tell(&format!("there is no administrator yet; make one within 30 minutes at\n{link}"));
    }
    output::tell(&format!("listening on http://{address}"));
    let (signals, mut first) = watch::channel(0_u32);
    let mut second = signals.subscribe();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            signals.send_modify(|count| *count += 1);
        }
    });
    let stop = async move {
        // The sender lives as long as the process.
        let _ = first.wait_for(|count| 1 <= *count).await;
    };
    let unanswered = || Err(Failure::Failed("stopped with requests unanswered".to_owned()));
    tokio::select! {
        drained = server.serve(listener, stop) => if drained { Ok(()) } else { unanswered() },
        // Whoever asks twice does not want to wait.
        _ = second.wait_for(|count| 2 <= *count) => unanswered(),
    }
}

async fn fill(server: &Server, hands: &demo::Hands) -> Result<(), Failure> {
    if !demo::fill(server.app(), hands).await? {
        output::tell("the database is not empty: no sample data was added");
        return Ok(());
    }
    output::tell(&format!("sample data was added; sign in with the password {} as", demo::PASSWORD));
    for person in demo::PEOPLE {
        output::tell(&format!("  {:10} {}", person.username, person.part));
    }
    Ok(())
}

/// What links to this server begin with, where it listens at `address`.
pub(super) fn base_url(config: &Config, address: SocketAddr) -> String {
    config.public_url.clone().unwrap_or_else(|| format!("http://{}", reachable(address)))
}

/// An address that a browser on this machine can open.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_an_address_that_can_be_opened() {
        for (listen, link) in [
            ("0.0.0.0:8000", "127.0.0.1:8000"),
            ("[::]:8000", "[::1]:8000"),
            ("192.0.2.1:80", "192.0.2.1:80"),
            ("127.0.0.1:8000", "127.0.0.1:8000"),
        ] {
            assert_eq!(reachable(listen.parse().unwrap()).to_string(), link);
        }
    }
}
