//! The benchmark: the release server on a fresh database of each kind, beside the two ceilings of the same run, as tables in
//! Markdown. It says what it measured and how; whether the aims were met stands beside them.

pub mod bare;
pub mod load;
pub mod raw;
mod ruled;

use crate::api::World;
use crate::history::Id;
use crate::process::{Server, TemporaryFolder, free_address, usage};
use crate::random::Random;
use crate::report::Report;
use crate::target::{Backend, Own, OwnOptions, TargetError};
use crate::time::{self, DAY, HOUR, rfc3339};
use load::{Calendar, Load, Measured, Post, Until, Work};
use serde_json::json;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Resources of the spread load.
const RESOURCES: usize = 1000;
/// Days over which it is spread.
const SPREAD_DAYS: i64 = 365;
/// What kind the resources of the spread load are of.
const KIND: &str = "bench-room";
/// A slot of the spread load, in seconds.
const SPREAD_SLOT: i64 = 30 * 60;
/// Resources that one question about free slots names: as many as an address holds.
const SLOT_RESOURCES: usize = 100;
/// One hot resource needs many slots: nearly all that may be booked ahead.
const HOT_DAYS: i64 = 3600;
/// A slot of the hot resource, in seconds.
const HOT_SLOT: i64 = 10 * 60;
/// Paths that a reading load goes through.
const PATHS: usize = 1000;
/// Clients of everything that is measured with one number of clients, and of the ceilings.
const CLIENTS: u32 = 64;
/// Clients that fill the database between the levels.
const SEEDING_CLIENTS: u32 = 128;
/// How long a server may take to end, in seconds.
const STOP_SECONDS_MAX: u64 = 30;
/// Starts of which the middle one is reported.
const STARTS: usize = 5;
/// Flushes of which the middle one is reported.
const FLUSHES: usize = 100;
/// Group size of the raw database where the server's metrics don't tell its own.
const GROUP_DEFAULT: usize = 48;

/// How much to measure.
#[derive(Debug, Clone)]
pub struct Options {
    /// The binary.
    pub bronya: PathBuf,
    /// Which databases.
    pub backends: Vec<Backend>,
    /// Where they go.
    pub work_folder: PathBuf,
    /// Stored bookings at which everything is measured, rising.
    pub stored: Vec<u64>,
    /// Numbers of clients.
    pub clients: Vec<u32>,
    /// How long each row is measured.
    pub measure: Duration,
}

/// One row.
struct Row {
    stored: u64,
    what: String,
    clients: u32,
    seen: Measured,
    /// Statements that the server sent to its database, per request.
    statements: f64,
    resident_bytes: u64,
}

/// What one database came to.
struct Results {
    backend: Backend,
    rows: Vec<Row>,
    /// Per level: group size, and bookings a second of the raw database.
    raw: Vec<(u64, usize, f64)>,
    bare: Measured,
    first_start: Duration,
    restart: Duration,
    resident_bytes_max: u64,
}

/// Measures everything and answers the tables.
pub async fn run(options: &Options, report: &mut Report) -> Result<String, TargetError> {
    fs::create_dir_all(&options.work_folder)?;
    let mut text = about(options)?;
    for backend in &options.backends {
        let results = measure(*backend, options, report).await?;
        results.write(&mut text);
        results.aims(options, &mut text, report)?;
    }
    Ok(text)
}

async fn measure(backend: Backend, options: &Options, report: &mut Report) -> Result<Results, TargetError> {
    report.note(format_args!("{backend}: the bare handler"));
    let bare = measure_bare(options).await?;
    let own_options = OwnOptions {
        bronya: options.bronya.clone(),
        backend,
        nodes: 1,
        work_folder: options.work_folder.clone(),
        arguments: Vec::new(),
    };
    let mut own = Own::start(&own_options).await?;
    let mut results = Results {
        backend,
        rows: Vec::new(),
        raw: Vec::new(),
        bare,
        first_start: own.first_start,
        restart: Duration::ZERO,
        resident_bytes_max: 0,
    };
    let world = own.enter(0).await?;
    let mut admin = world.admin(0);
    let mut resources = Vec::with_capacity(RESOURCES);
    for number in 0..RESOURCES {
        let room = json!({ "name": format!("Room {number}"), "kind": KIND });
        resources.push(ruled::made(&mut admin, "/resources/", &room).await?);
    }
    let spread = Arc::new(Calendar::new(resources.clone(), world.first_day, SPREAD_DAYS, SPREAD_SLOT));
    let mut stored = 0;
    for level in &options.stored {
        stored += fill(&own, &spread, level.saturating_sub(stored), report).await?;
        report.note(format_args!("{backend}: {level} stored bookings"));
        let mut bench = Level { own: &mut own, options, results: &mut results, stored: *level, spread: &spread };
        stored += bench.bookings(report).await?;
        bench.reads(&resources, report).await?;
    }
    results.restart = restart(&mut own).await?;
    let (clean, text) = own.command.check()?;
    report.check(&format!("{backend}: `bronya check` finds nothing"), clean, text.lines().last().unwrap_or_default());
    Ok(results)
}

/// Signs in anew, since tokens end, and books until so many more are stored.
async fn fill(own: &Own, spread: &Arc<Calendar>, more: u64, report: &Report) -> Result<u64, TargetError> {
    if more == 0 {
        return Ok(0);
    }
    let mut left = more;
    let began = Instant::now();
    // A token lives for a quarter of an hour, in which a slow machine may not be done.
    while left > 0 {
        let world = own.enter(0).await?;
        let part = left.min(200_000);
        let load = Load {
            address: world.nodes[0],
            clients: SEEDING_CLIENTS,
            tokens: tokens(&world),
            work: Work::Book(Arc::clone(spread)),
        };
        let seen = load::run(&load, Until::Taken(spread.taken() + part), || 0.0).await?;
        if let Some(failure) = seen.failure {
            return Err(TargetError::Usage(format!("the database can't be filled: {failure}")));
        }
        left -= part;
    }
    report.note(format_args!("{more} bookings stored through the API in {:.0} s", began.elapsed().as_secs_f64()));
    Ok(more)
}

fn tokens(world: &World) -> Vec<Arc<str>> {
    world.users.iter().map(|user| Arc::clone(&user.token)).collect()
}

/// CPU seconds of the server and of its database's processes.
fn watched(own: &Own) -> f64 {
    let server =
        own.servers.iter().filter_map(|server| usage(server.pid())).map(|usage| usage.cpu_seconds).sum::<f64>();
    let cluster = own.cluster.as_ref();
    let processes = cluster.map(crate::postgres::Cluster::processes).unwrap_or_default();
    server + processes.into_iter().filter_map(usage).map(|usage| usage.cpu_seconds).sum::<f64>()
}

struct Level<'a> {
    own: &'a mut Own,
    options: &'a Options,
    results: &'a mut Results,
    stored: u64,
    spread: &'a Arc<Calendar>,
}

impl Level<'_> {
    async fn row(
        &mut self,
        what: &str,
        clients: u32,
        world: &World,
        work: Work,
        report: &mut Report,
    ) -> Result<u64, TargetError> {
        let tokens = if matches!(work, Work::Fetch(_)) && what != "my bookings" {
            vec![Arc::clone(&world.admin.token)]
        } else {
            tokens(world)
        };
        self.row_of(what, clients, world, tokens, work, report).await
    }

    /// The same with other tokens.
    async fn row_of(
        &mut self,
        what: &str,
        clients: u32,
        world: &World,
        tokens: Vec<Arc<str>>,
        work: Work,
        report: &mut Report,
    ) -> Result<u64, TargetError> {
        let load = Load { address: world.nodes[0], clients, tokens, work };
        let own = &*self.own;
        let before = Counts::of(world).await;
        let seen = load::run(&load, Until::Passed(self.options.measure), || watched(own)).await?;
        let statements = Counts::of(world).await.statements_since(&before);
        let resident_bytes =
            own.servers.iter().filter_map(|server| usage(server.pid())).map(|usage| usage.resident_bytes).sum();
        // The answer to a question about everything is large by itself; its row shows what it takes.
        if !what.contains("slots") {
            self.results.resident_bytes_max = self.results.resident_bytes_max.max(resident_bytes);
        }
        let failure = seen.failure.clone().unwrap_or_default();
        let claim = format!("{}: {what} at {clients} clients, {} stored", self.results.backend, self.stored);
        let rate = format!(
            "{:.0}/s, p99 {:.1} ms, {:.3} ms of CPU, {:.4} of the client's, {statements:.1} statements; {} failed {failure}",
            seen.rate(),
            seen.latencies.milliseconds(990),
            seen.cpu_milliseconds(),
            seen.client_cpu_milliseconds(),
            seen.failed
        );
        report.check(&claim, seen.failed == 0 && seen.requests > 0, rate);
        let requests = seen.requests as u64;
        let (stored, what) = (self.stored, what.to_owned());
        self.results.rows.push(Row { stored, what, clients, seen, statements, resident_bytes });
        Ok(requests)
    }

    async fn bookings(&mut self, report: &mut Report) -> Result<u64, TargetError> {
        let mut booked = 0;
        for clients in self.options.clients.clone() {
            let spread = Work::Book(Arc::clone(self.spread));
            if clients != CLIENTS {
                let world = self.own.enter(0).await?;
                booked += self.row("spread", clients, &world, spread, report).await?;
                continue;
            }
            // The raw database before and after, since both grow while they are measured.
            let (group, before) = self.group().await?;
            let first = self.raw(group, report).await?;
            let world = self.own.enter(0).await?;
            let between = self.row("spread", clients, &world, spread, report).await?;
            let second = self.raw(group, report).await?;
            self.results.raw.push((self.stored, group, f64::midpoint(first.rate(), second.rate())));
            booked += before + first.bookings + between + second.bookings;
        }
        let world = self.own.enter(0).await?;
        let mut admin = world.admin(0);
        let hot = admin.make_resource(&format!("Hot room at {}", self.stored), 1, false).await?;
        let calendar = Arc::new(Calendar::new(vec![hot], world.first_day, HOT_DAYS, HOT_SLOT));
        booked += self.row("one hot resource", CLIENTS, &world, Work::Book(calendar), report).await?;
        booked += self.series(report).await? * ruled::WEEKS;
        Ok(booked + self.ruled(report).await?)
    }

    /// The size of the server's groups under this load, by its own count, and the bookings that it took to learn that.
    async fn group(&mut self) -> Result<(usize, u64), TargetError> {
        let world = self.own.enter(0).await?;
        let before = Counts::of(&world).await;
        let load = Load {
            address: world.nodes[0],
            clients: CLIENTS,
            tokens: tokens(&world),
            work: Work::Book(Arc::clone(self.spread)),
        };
        let seen = load::run(&load, Until::Passed(Duration::from_secs(1)), || 0.0).await?;
        Ok((Counts::of(&world).await.group_since(&before), seen.requests as u64))
    }

    async fn reads(&mut self, resources: &[Id], report: &mut Report) -> Result<(), TargetError> {
        let world = self.own.enter(0).await?;
        // So that whoever asks has something to see.
        let load = Load {
            address: world.nodes[0],
            clients: CLIENTS,
            tokens: tokens(&world),
            work: Work::Book(Arc::clone(self.spread)),
        };
        load::run(&load, Until::Taken(self.spread.taken() + 1000), || 0.0).await?;
        let day = |path: &str| {
            let paths = (0..PATHS).map(|number| {
                let from = world.first_day + i64::try_from(number).unwrap_or(0) % SPREAD_DAYS * DAY;
                let (from, to) = (rfc3339(from), rfc3339(from + DAY));
                format!("{path}?resource_id={}&from={from}&to={to}", resources[number % resources.len()])
            });
            Work::Fetch(Arc::new(paths.collect()))
        };
        let mine = Work::Fetch(Arc::new(vec!["/bookings/my".to_owned()]));
        self.row("my bookings", CLIENTS, &world, mine, report).await?;
        self.row("a resource's day", CLIENTS, &world, day("/bookings/"), report).await?;
        self.row("a resource's blocks", CLIENTS, &world, day("/schedule/"), report).await?;
        let slots = (0..SPREAD_DAYS.min(30)).map(|number| {
            let from = world.first_day + number * DAY;
            let (from, to) = (rfc3339(from), rfc3339(from + DAY));
            format!("/availability/slots?from={from}&to={to}&duration_minutes=60")
        });
        let few = resources.iter().take(SLOT_RESOURCES).map(ToString::to_string).collect::<Vec<_>>().join(",");
        let of_few = slots.clone().map(|path| format!("{path}&resource_ids={few}")).collect();
        self.row("a day's slots of 100 resources", 1, &world, Work::Fetch(Arc::new(of_few)), report).await?;
        // Other rows make resources of their own, more at each level.
        let of_all = slots.map(|path| format!("{path}&kind={KIND}")).collect();
        self.row("a day's slots of 1000 resources", 1, &world, Work::Fetch(Arc::new(of_all)), report).await?;
        let first_day = world.first_day;
        let search = Post::new("/availability/search", 200, move |number| {
            let evening = first_day + i64::try_from(number).unwrap_or(0) % SPREAD_DAYS * DAY + 18 * HOUR;
            let (from, to) = (rfc3339(evening), rfc3339(evening + 4 * HOUR));
            format!(r#"{{"from":"{from}","to":"{to}","duration_minutes":120,"kind":"{KIND}"}}"#)
        });
        self.row("search over 1000 resources", 1, &world, Work::Post(Arc::new(search)), report).await?;
        Ok(())
    }

    /// Stops the server, writes into its tables, and starts it again.
    async fn raw(&mut self, group: usize, report: &mut Report) -> Result<raw::Written, TargetError> {
        let world = self.own.enter(0).await?;
        let address = self.own.servers[0].address;
        self.own.servers[0].stop(STOP_SECONDS_MAX).await?;
        let plan = raw::Plan {
            group,
            measure: self.options.measure,
            user: world.users[0].id,
            now: time::now(),
            seed: Random::fresh_seed(),
        };
        let written = if let Some(file) = self.own.database_file() {
            let (file, spread) = (file.to_path_buf(), Arc::clone(self.spread));
            tokio::task::spawn_blocking(move || raw::sqlite(&file, &spread, plan)).await??
        } else {
            raw::postgres(&self.own.command.database, self.spread, plan).await?
        };
        let (server, _) = self.own.command.start(address).await?;
        self.own.servers[0] = server;
        let claim = format!("{}: the raw database in groups of {group}, {} stored", self.results.backend, self.stored);
        report.check(&claim, written.bookings > 0, format_args!("{:.0}/s", written.rate()));
        Ok(written)
    }
}

/// What the server has counted by itself.
#[derive(Default)]
struct Counts {
    commands: f64,
    groups: f64,
    statements: f64,
    requests: f64,
}

impl Counts {
    /// Those of now; none where the server does not tell.
    async fn of(world: &World) -> Self {
        let mut admin = world.admin(0);
        let answer = admin.ask(&crate::http::Request::new("GET", "/metrics")).await;
        let text = answer.ok().and_then(|answer| String::from_utf8(answer.body).ok()).unwrap_or_default();
        // Of what has labels, all of them together.
        let sum = |name: &str| {
            let lines = text.lines().filter_map(|line| line.strip_prefix(name));
            let values = lines.filter(|rest| rest.starts_with([' ', '{'])).filter_map(|rest| rest.rsplit(' ').next());
            values.filter_map(|value| value.parse::<f64>().ok()).sum()
        };
        Self {
            commands: sum("bronya_engine_batch_commands_sum"),
            groups: sum("bronya_engine_batch_commands_count"),
            statements: sum("bronya_database_statements"),
            requests: sum("bronya_http_requests_total"),
        }
    }

    /// The mean size of the groups since then.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean between 1 and a few hundred")]
    fn group_since(&self, before: &Self) -> usize {
        let groups = self.groups - before.groups;
        if groups < 1.0 {
            GROUP_DEFAULT
        } else {
            ((self.commands - before.commands) / groups).round().max(1.0) as usize
        }
    }

    /// Statements per request since then.
    fn statements_since(&self, before: &Self) -> f64 {
        (self.statements - before.statements) / (self.requests - before.requests).max(1.0)
    }
}

/// The middle of a few starts on the database as it is now.
async fn restart(own: &mut Own) -> Result<Duration, TargetError> {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        own.servers[0].stop(STOP_SECONDS_MAX).await?;
        let (server, ready) = own.command.start(own.servers[0].address).await?;
        own.servers[0] = server;
        starts.push(ready);
    }
    starts.sort_unstable();
    own.servers[0].stop(STOP_SECONDS_MAX).await?;
    Ok(starts[STARTS / 2])
}

async fn measure_bare(options: &Options) -> Result<Measured, TargetError> {
    let address = free_address()?;
    let folder = TemporaryFolder::new(&options.work_folder, &format!("bronya-bare-{}", std::process::id()))?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bare-server", "--listen", &address.to_string()]).current_dir(folder.path()).stdin(Stdio::null());
    let (server, _) = Server::launch(command, address, folder.path().join("bare.log")).await?;
    let calendar = Calendar::new(vec![Id(1)], time::first_day(), HOT_DAYS, HOT_SLOT);
    let token: Arc<str> = bare::token()?.into();
    let load = Load { address, clients: CLIENTS, tokens: vec![token], work: Work::Book(Arc::new(calendar)) };
    let cpu = || usage(server.pid()).map_or(0.0, |usage| usage.cpu_seconds);
    let seen = load::run(&load, Until::Passed(options.measure), cpu).await?;
    match seen.failure {
        Some(failure) => Err(TargetError::Usage(format!("the bare handler failed: {failure}"))),
        None => Ok(seen),
    }
}

impl Results {
    fn raw_rate(&self, stored: u64) -> f64 {
        self.raw.iter().find(|(level, ..)| *level == stored).map_or(0.0, |(_, _, rate)| *rate)
    }

    fn find(&self, what: &str, stored: u64, clients: u32) -> Option<&Row> {
        self.rows.iter().find(|row| row.what == what && row.stored == stored && row.clients == clients)
    }

    fn write(&self, text: &mut String) {
        // Writing to a String can't fail.
        let mut line = |line: String| _ = writeln!(text, "{line}");
        line(format!("\n### {}\n", self.backend));
        line("| stored | what | clients | per second | p50 ms | p99 ms | CPU ms each | statements each | of the raw database | of the bare handler | server's RSS MiB |".to_owned());
        line("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |".to_owned());
        for row in &self.rows {
            let books = row.what == "spread" || row.what == "one hot resource";
            let raw = self.raw_rate(row.stored);
            // The raw database was measured in groups of that load alone.
            let like_raw = row.what == "spread" && row.clients == CLIENTS && raw > 0.0;
            let of_raw = if like_raw { percent(row.seen.rate() / raw) } else { String::new() };
            let of_bare = if books { percent(row.seen.rate() / self.bare.rate()) } else { String::new() };
            line(format!(
                "| {} | {} | {} | {:.0} | {:.2} | {:.2} | {:.3} | {:.1} | {of_raw} | {of_bare} | {} |",
                row.stored,
                row.what,
                row.clients,
                row.seen.rate(),
                row.seen.latencies.milliseconds(500),
                row.seen.latencies.milliseconds(990),
                row.seen.cpu_milliseconds(),
                row.statements,
                row.resident_bytes >> 20,
            ));
        }
        line(String::new());
        for (stored, group, rate) in &self.raw {
            line(format!(
                "- The raw database at {stored} stored bookings, in groups of {group}: {rate:.0} bookings/s."
            ));
        }
        line(format!(
            "- The bare handler at {CLIENTS} clients: {:.0} requests/s at {:.3} ms of CPU each ({:.4} ms more for the client).",
            self.bare.rate(),
            self.bare.cpu_milliseconds(),
            self.bare.client_cpu_milliseconds()
        ));
        line(format!(
            "- Start to ready: {:.0} ms on an empty database, {:.0} ms on the fullest one. Most resident memory of the server: {} MiB.",
            self.first_start.as_secs_f64() * 1e3,
            self.restart.as_secs_f64() * 1e3,
            self.resident_bytes_max >> 20
        ));
    }

    /// What was aimed at, beside what came of it.
    fn aims(&self, options: &Options, text: &mut String, report: &Report) -> Result<(), TargetError> {
        let (of_raw_min, cpu_max) = if self.backend == Backend::Sqlite { (0.8, 0.12) } else { (0.6, 0.18) };
        let first = options.stored.first().copied().unwrap_or(0);
        let last = options.stored.last().copied().unwrap_or(0);
        let mut aims: Vec<(String, f64, f64, bool)> = Vec::new();
        let mut at_most = |name: &str, seen: f64, limit: f64| {
            aims.push((name.to_owned(), seen, limit, seen <= limit));
        };
        if let Some(spread) = self.find("spread", first, CLIENTS) {
            at_most("CPU per booking at 64 clients, ms", spread.seen.cpu_milliseconds(), cpu_max);
            if let Some(hot) = self.find("one hot resource", first, CLIENTS) {
                at_most("spread load over one hot resource, times", spread.seen.rate() / hot.seen.rate(), 2.0);
            }
            let ruled = self.find(ruled::EVERY_RULE, first, CLIENTS).zip(self.find(ruled::NO_RULE, first, CLIENTS));
            if let Some((every, none)) = ruled {
                let times = every.seen.cpu_milliseconds() / none.seen.cpu_milliseconds();
                at_most("CPU of a booking under every rule over one under none, times", times, 1.5);
            }
            if let Some(full) = self.find("spread", last, CLIENTS).filter(|_| last > first) {
                let name = format!("cost per booking at {last} stored over that at {first}, times");
                at_most(&name, full.seen.cpu_milliseconds() / spread.seen.cpu_milliseconds(), 1.3);
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "sizes for people")]
        let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        if self.backend == Backend::Sqlite {
            at_most("resident memory under load, MiB", mebibytes(self.resident_bytes_max), 150.0);
        }
        at_most("start to ready on an existing database, ms", self.restart.as_secs_f64() * 1e3, 300.0);
        at_most("release binary, MiB", mebibytes(fs::metadata(&options.bronya)?.len()), 30.0);
        if let Some(spread) = self.find("spread", first, CLIENTS).filter(|_| self.raw_rate(first) > 0.0) {
            let seen = spread.seen.rate() / self.raw_rate(first);
            aims.push((
                "bookings/s over the raw database's, at least".to_owned(),
                seen,
                of_raw_min,
                seen >= of_raw_min,
            ));
        }
        let mut line = |line: String| _ = writeln!(text, "{line}");
        line(format!("\n| aim on {} | seen | limit | met |\n| --- | ---: | ---: | --- |", self.backend));
        for (name, seen, limit, met) in aims {
            let met = if met { "yes" } else { "**no**" };
            line(format!("| {name} | {seen:.2} | {limit:.2} | {met} |"));
            report.note(format_args!("{}: {name}: {seen:.2}, limit {limit:.2}: {met}", self.backend));
        }
        Ok(())
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// The machine and the date.
fn about(options: &Options) -> Result<String, TargetError> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let processor = field(&read("/proc/cpuinfo"), "model name");
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let kibibytes: u64 = field(&read("/proc/meminfo"), "MemTotal").trim_end_matches("kB").trim().parse().unwrap_or(0);
    let kernel = read("/proc/sys/kernel/osrelease");
    let date = rfc3339(time::now());
    let filesystem = filesystem(&options.work_folder, &read("/proc/mounts"));
    Ok(format!(
        "Measured on {} with `cargo xtask bench`: {cores} cores of {processor}, {} GiB, Linux {}, data on {filesystem}, \
         where a flush of 4 KiB takes {:.2} ms. Client, server and database share the cores. Each row is {} s after a warm-up; \
         the spread load books {RESOURCES} resources in random order, every booking is answered 201 and is on disk. \
         CPU is that of the server and of the database's processes together, without the client's.\n",
        date.get(..10).unwrap_or(&date),
        kibibytes >> 20,
        kernel.trim(),
        flush(&options.work_folder)?.as_secs_f64() * 1e3,
        options.measure.as_secs_f64(),
    ))
}

/// The kind of file system that a folder is on, by the table of mounts.
fn filesystem(folder: &Path, mounts: &str) -> String {
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let holding = mounts.filter(|(point, _)| folder.starts_with(point)).max_by_key(|(point, _)| point.len());
    holding.map_or_else(|| "an unknown file system".to_owned(), |(_, kind)| kind.to_owned())
}

/// How long the disk takes to say that something is on it: the middle of many.
fn flush(folder: &Path) -> std::io::Result<Duration> {
    let folder = TemporaryFolder::new(folder, &format!("bronya-flush-{}", std::process::id()))?;
    let mut file = fs::File::create(folder.path().join("flushed"))?;
    let mut times = Vec::with_capacity(FLUSHES);
    for _ in 0..FLUSHES {
        let began = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok(times[FLUSHES / 2])
}
