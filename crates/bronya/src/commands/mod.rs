//! The commands, one file each: its words, and the one function that carries it out.

mod backup;
mod check;
mod completions;
mod config;
mod doctor;
mod keys;
mod migrate;
mod openapi;
mod restore;
mod serve;
mod user;
mod zones;

use std::future::Future;

use bronya_server::app::App;
use bronya_server::config::Config;
use bronya_server::run::{Options, Server};
use bronya_store::{DatabaseUrl, Store, StoreError};
use clap::Subcommand;

use crate::failure::Failure;

/// What can be asked for.
#[derive(Subcommand)]
pub(crate) enum Command {
    Serve(serve::Serve),
    #[command(subcommand)]
    User(user::User),
    #[command(subcommand)]
    Keys(keys::Keys),
    Migrate(migrate::Migrate),
    Check(check::Check),
    Zones(zones::Zones),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Doctor(doctor::Doctor),
    Openapi(openapi::OpenApi),
    Config(config::PrintConfig),
    Completions(completions::Completions),
}

/// Carries a command out.
pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(command) => command.run(),
        Command::User(command) => command.run(),
        Command::Keys(command) => command.run(),
        Command::Migrate(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::Zones(command) => command.run(),
        Command::Backup(command) => command.run(),
        Command::Restore(command) => command.run(),
        Command::Doctor(command) => command.run(),
        Command::Openapi(command) => command.run(),
        Command::Config(command) => command.run(),
        Command::Completions(command) => command.run(),
    }
}

/// Runs something asynchronous to its end.
fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Failed(format!("can't start threads: {error}")))?;
    runtime.block_on(future)
}

/// The use cases on the configured database, beside a server that may be running.
async fn beside_a_server(config: &Config) -> Result<App, Failure> {
    let options = Options { exclusive: false, ..Options::from_config(config)? };
    Ok(Server::open(options).await?.app().clone())
}

/// The configured database as it is, beside a server that may be running. None is made where there is none.
async fn as_it_is(config: &Config) -> Result<Store, StoreError> {
    if let DatabaseUrl::Sqlite(file) = &config.database
        && !file.exists()
    {
        return Err(StoreError::Unavailable(format!("there is no file {}", file.display())));
    }
    let mut options = bronya_store::Options::new(config.database.clone());
    options.migrate = false;
    options.exclusive = false;
    options.durable_only = false;
    options.wait_max = config.database_wait_seconds_max;
    Store::open(options).await
}
