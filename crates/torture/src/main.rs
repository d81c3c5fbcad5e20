//! The command line of the torturer: which scenario, against which servers, how much of it. It prints plain lines, ends
//! them with the sum, and its exit code says whether everything held.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program")]

use bronya_torture::history::History;
use bronya_torture::process::ServerCommand;
use bronya_torture::report::Report;
use bronya_torture::scenario::{
    Settings, fast_clock, faults, faults::Fault, jump_clock, race_approval, race_etag, race_idempotency, race_matrix,
    race_partition, race_pool, race_series, race_slot, race_username,
};
use bronya_torture::target::{Backend, Own, OwnOptions, TargetError};
use bronya_torture::{api::World, bench, checker, postgres, random::Random};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::fs::File;
use std::io::BufReader;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Tries to make a Bronya server break its word: races, crashes, load.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// One scenario.
    Run(Run),
    /// The short run of every scenario, each on servers of its own, on each database.
    Smoke(Suite),
    /// The same with as many rounds as each promise asks for, which takes a quarter of an hour.
    Full(Suite),
    /// Measures, beside the ceilings of the same run.
    Bench(Bench),
    /// The ceiling of HTTP, for the benchmark.
    #[command(hide = true)]
    BareServer {
        /// Where.
        #[arg(long)]
        listen: SocketAddr,
    },
    /// Judges a history that an earlier run has kept.
    Judge {
        /// The file.
        file: PathBuf,
    },
    /// Says where PostgreSQL's programs are, or how to install them.
    Postgres,
    /// Runs a command with a throw-away PostgreSQL, whose URL is in `BRONYA_TEST_POSTGRES_URL`.
    WithPostgres {
        /// Wait for the disk on each commit.
        #[arg(long)]
        durable: bool,
        /// The command and its arguments.
        #[arg(trailing_var_arg = true, required = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    RaceSlot,
    RaceMatrix,
    RacePool,
    RacePartition,
    RaceUsername,
    RaceIdempotency,
    RaceEtag,
    RaceSeries,
    RaceApproval,
    Kill,
    KillSeries,
    Stop,
    CrashDatabase,
    StallDatabase,
    JumpClock,
    FastClock,
}

#[derive(Args)]
struct Run {
    /// Which.
    scenario: Scenario,
    /// A server that runs already, as IP:PORT; several are taken in turn. Without it, servers of our own are started.
    #[arg(long = "server")]
    servers: Vec<SocketAddr>,
    /// An administrator of that server.
    #[arg(long, default_value = "admin")]
    username: String,
    /// The variable that holds the administrator's password.
    #[arg(long = "password", env = "BRONYA_TORTURE_PASSWORD", hide_env_values = true, default_value = "")]
    password: String,
    #[command(flatten)]
    own: OwnArgs,
    /// The database of our own servers.
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Backend,
    /// How many servers of our own, on one PostgreSQL.
    #[arg(long, default_value_t = 1)]
    nodes: usize,
    /// Concurrent clients.
    #[arg(long, default_value_t = 64)]
    clients: u32,
    /// Rounds, kills, partitions; the default is the scenario's own.
    #[arg(long)]
    rounds: Option<u32>,
    /// No new round begins after this many seconds.
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// How long the database stands still, in seconds.
    #[arg(long, default_value_t = 60)]
    stall_seconds: u64,
    /// The seed of an earlier run, to get its workload again.
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(Args, Clone)]
struct OwnArgs {
    /// The server's binary.
    #[arg(long, default_value = "target/release/bronya")]
    bronya: PathBuf,
    /// Where databases of our own and kept histories go; the system's temporary folder by default.
    #[arg(long)]
    work_folder: Option<PathBuf>,
    /// One more argument for `bronya serve`; may be given several times.
    #[arg(long = "serve-argument", allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl OwnArgs {
    fn options(&self, backend: Backend, nodes: usize) -> OwnOptions {
        let work_folder = self.work_folder();
        OwnOptions { bronya: self.bronya.clone(), backend, nodes, work_folder, arguments: self.arguments.clone() }
    }

    fn work_folder(&self) -> PathBuf {
        self.work_folder.clone().unwrap_or_else(std::env::temp_dir)
    }
}

/// No scenario of a suite begins another round after this many seconds. Nearly all end long before, and one that is cut short fails.
const SUITE_SECONDS_MAX: u64 = 1_800;
/// How long the database stands still in a suite.
const SUITE_STALL_SECONDS: u64 = 12;

#[derive(Args)]
struct Suite {
    #[command(flatten)]
    own: OwnArgs,
    /// Only this database.
    #[arg(long, value_enum)]
    database: Option<Backend>,
    /// The seed of an earlier run.
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut report = Report::default();
    let result = match Cli::parse().command {
        Command::Run(run) => run.run(&mut report).await,
        Command::Smoke(suite) => suite.run(Scenario::smoke_rounds, &mut report).await,
        Command::Full(suite) => suite.run(Scenario::rounds, &mut report).await,
        Command::Bench(bench) => bench.run(&mut report).await,
        Command::BareServer { listen } => bench::bare::serve(listen).await.map_err(TargetError::from),
        Command::Judge { file } => judge(&file, &mut report),
        Command::Postgres => return find_postgres(),
        Command::WithPostgres { durable, command } => return with_postgres(durable, &command),
    };
    if let Err(error) = result {
        report.check("the run could go on", false, error);
    }
    if report.finish() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Scenario {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// As many as the promise is about.
    fn rounds(self) -> u32 {
        match self {
            Self::RaceSlot | Self::RaceSeries => 500,
            Self::RaceEtag => 1_000,
            Self::RaceMatrix => 5,
            Self::RacePool | Self::RaceIdempotency | Self::CrashDatabase => 100,
            Self::RacePartition => 10_000,
            Self::RaceUsername | Self::JumpClock | Self::FastClock => 10,
            Self::RaceApproval => 300,
            Self::KillSeries => 50,
            Self::Kill => 200,
            Self::Stop => 20,
            Self::StallDatabase => 1,
        }
    }

    /// As many as there is time for before each change.
    fn smoke_rounds(self) -> u32 {
        match self {
            Self::RaceSlot | Self::RaceEtag => 200,
            Self::RaceSeries => 100,
            Self::RacePool | Self::RaceIdempotency | Self::RacePartition => 50,
            Self::RaceApproval => 30,
            Self::Kill => 20,
            Self::KillSeries | Self::Stop | Self::CrashDatabase => 5,
            Self::RaceMatrix | Self::RaceUsername | Self::JumpClock | Self::FastClock => 3,
            Self::StallDatabase => 1,
        }
    }

    fn fault(self, stall_seconds: u64) -> Option<Fault> {
        match self {
            Self::Kill => Some(Fault::Kill),
            Self::Stop => Some(Fault::Stop),
            Self::CrashDatabase => Some(Fault::CrashDatabase),
            Self::StallDatabase => Some(Fault::StallDatabase { seconds: stall_seconds }),
            _ => None,
        }
    }

    async fn run(self, world: &World, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
        match self {
            Self::RaceSlot => race_slot::run(world, settings, report).await,
            Self::RaceMatrix => race_matrix::run(world, settings, report).await,
            Self::RacePool => race_pool::run(world, settings, report).await,
            Self::RacePartition => race_partition::run(world, settings, report).await,
            Self::RaceUsername => race_username::run(world, settings, report).await,
            Self::RaceIdempotency => race_idempotency::run(world, settings, report).await,
            Self::RaceEtag => race_etag::run(world, settings, report).await,
            Self::RaceSeries => race_series::run(world, settings, report).await,
            Self::RaceApproval => race_approval::run(world, settings, report).await,
            Self::Kill
            | Self::KillSeries
            | Self::Stop
            | Self::CrashDatabase
            | Self::StallDatabase
            | Self::JumpClock
            | Self::FastClock => Err(TargetError::Usage(format!("{} needs servers of our own", self.name()))),
        }
    }
}

impl Run {
    async fn run(self, report: &mut Report) -> Result<(), TargetError> {
        let settings = Settings {
            clients: self.clients,
            rounds: self.rounds.unwrap_or_else(|| self.scenario.rounds()),
            seconds_max: self.seconds,
            seed: self.seed.unwrap_or_else(Random::fresh_seed),
            history_folder: self.own.work_folder().join("bronya-histories"),
        };
        let name = self.scenario.name();
        if !self.servers.is_empty() {
            report.note(format_args!("{name}, seed {}", settings.seed));
            let world = World::enter(self.servers, (&self.username, &self.password), settings.seed).await?;
            return self.scenario.run(&world, &settings, report).await;
        }
        report.note(format_args!("{name} on {}, seed {}", self.database, settings.seed));
        let alone = || self.own.options(self.database, 1);
        match self.scenario {
            Scenario::JumpClock => return jump_clock::run(&alone(), &settings, report).await,
            Scenario::FastClock => return fast_clock::run(&alone(), &settings, report).await,
            _ => {}
        }
        let mut own = Own::start(&self.own.options(self.database, self.nodes)).await?;
        if let Some(fault) = self.scenario.fault(self.stall_seconds) {
            return faults::run(&mut own, fault, &settings, report).await;
        }
        if matches!(self.scenario, Scenario::KillSeries) {
            race_series::kill(&mut own, &settings, report).await?;
            return aftermath(&mut own, &name, report).await;
        }
        let world = own.enter(settings.seed).await?;
        self.scenario.run(&world, &settings, report).await?;
        aftermath(&mut own, &name, report).await
    }
}

/// After races on servers of our own: nothing in the database's log, a good end, and a clean audit.
async fn aftermath(own: &mut Own, name: &str, report: &mut Report) -> Result<(), TargetError> {
    let errors = own.database_errors();
    let first = errors.first().cloned().unwrap_or_default();
    let claim = format!("{name}: no deadlock in the database's log");
    report.check(&claim, errors.is_empty(), format_args!("{} {first}", errors.len()));
    for server in &mut own.servers {
        let ended = server.stop(30).await;
        let well = ended.as_ref().is_ok_and(std::process::ExitStatus::success);
        report.check(&format!("{name}: the server ends well"), well, format_args!("{ended:?}"));
    }
    let (clean, text) = ServerCommand::check(&own.command)?;
    report.check(&format!("{name}: `bronya check` finds nothing"), clean, text.lines().last().unwrap_or_default());
    Ok(())
}

impl Suite {
    /// Everything that a change must survive.
    async fn run(self, rounds: fn(Scenario) -> u32, report: &mut Report) -> Result<(), TargetError> {
        let seed = self.seed.unwrap_or_else(Random::fresh_seed);
        let backends = self.database.map_or_else(|| vec![Backend::Sqlite, Backend::Postgres], |only| vec![only]);
        for backend in backends {
            // Three nodes on PostgreSQL, since that is what it is for.
            let nodes = if backend == Backend::Postgres { 3 } else { 1 };
            report.note(format_args!("{backend}, {nodes} nodes, seed {seed}"));
            let settings = |scenario| self.settings(rounds(scenario), seed);
            let mut own = Own::start(&self.own.options(backend, nodes)).await?;
            let world = own.enter(seed).await?;
            for scenario in [
                Scenario::RaceSlot,
                Scenario::RaceMatrix,
                Scenario::RacePool,
                Scenario::RacePartition,
                Scenario::RaceUsername,
                Scenario::RaceIdempotency,
                Scenario::RaceEtag,
                Scenario::RaceSeries,
                Scenario::RaceApproval,
            ] {
                scenario.run(&world, &settings(scenario), report).await?;
            }
            aftermath(&mut own, "races", report).await?;
            drop(own);
            let alone = self.own.options(backend, 1);
            let mut own = Own::start(&alone).await?;
            race_series::kill(&mut own, &settings(Scenario::KillSeries), report).await?;
            drop(own);
            jump_clock::run(&alone, &settings(Scenario::JumpClock), report).await?;
            fast_clock::run(&alone, &settings(Scenario::FastClock), report).await?;
            let mut faults = vec![Scenario::Kill, Scenario::Stop];
            if backend == Backend::Postgres {
                faults.extend([Scenario::CrashDatabase, Scenario::StallDatabase]);
            }
            for scenario in faults {
                let Some(fault) = scenario.fault(SUITE_STALL_SECONDS) else { continue };
                let mut own = Own::start(&alone).await?;
                faults::run(&mut own, fault, &settings(scenario), report).await?;
            }
        }
        Ok(())
    }

    fn settings(&self, rounds: u32, seed: u64) -> Settings {
        let history_folder = self.own.work_folder().join("bronya-histories");
        Settings { clients: 64, rounds, seconds_max: SUITE_SECONDS_MAX, seed, history_folder }
    }
}

#[derive(Args)]
struct Bench {
    #[command(flatten)]
    own: OwnArgs,
    /// Only this database.
    #[arg(long, value_enum)]
    database: Option<Backend>,
    /// Stored bookings at which everything is measured, rising.
    #[arg(long, value_delimiter = ',', default_value = "0,100000,1000000")]
    stored: Vec<u64>,
    /// Numbers of clients.
    #[arg(long, value_delimiter = ',', default_value = "1,16,64,256")]
    clients: Vec<u32>,
    /// How long each row is measured.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// A look rather than a measurement: nothing stored, 64 clients, 2 seconds.
    #[arg(long)]
    quick: bool,
    /// The file for the tables.
    #[arg(long)]
    markdown: Option<PathBuf>,
}

impl Bench {
    async fn run(self, report: &mut Report) -> Result<(), TargetError> {
        let mut options = bench::Options {
            bronya: self.own.bronya.clone(),
            backends: self.database.map_or_else(|| vec![Backend::Sqlite, Backend::Postgres], |only| vec![only]),
            work_folder: self.own.work_folder(),
            stored: self.stored,
            clients: self.clients,
            measure: Duration::from_secs(self.seconds),
        };
        if self.quick {
            options = bench::Options { stored: vec![0], clients: vec![64], measure: Duration::from_secs(2), ..options };
        }
        let text = bench::run(&options, report).await?;
        println!("{text}");
        if let Some(file) = self.markdown {
            std::fs::write(file, text)?;
        }
        Ok(())
    }
}

fn judge(file: &PathBuf, report: &mut Report) -> Result<(), TargetError> {
    let history = History::read(BufReader::new(File::open(file)?))?;
    report.violations("the history", &checker::check(&history), history.events.len());
    Ok(())
}

fn find_postgres() -> ExitCode {
    match postgres::Binaries::find() {
        Ok(found) => {
            println!("PostgreSQL {} in {}", found.version(), found.folder().display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn with_postgres(durable: bool, command: &[OsString]) -> ExitCode {
    let durability = if durable { postgres::Durability::Durable } else { postgres::Durability::Fast };
    let cluster = match postgres::Cluster::start(durability) {
        Ok(cluster) => cluster,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let Some((program, arguments)) = command.split_first() else {
        return ExitCode::FAILURE;
    };
    let status = std::process::Command::new(program)
        .args(arguments)
        .env(postgres::URL_VARIABLE, cluster.url())
        .env(postgres::BIN_VARIABLE, cluster.binaries().folder())
        .status();
    match status {
        Ok(status) => u8::try_from(status.code().unwrap_or(1)).unwrap_or(1).into(),
        Err(error) => {
            eprintln!("{}: {error}", program.display());
            ExitCode::FAILURE
        }
    }
}
