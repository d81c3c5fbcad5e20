//! A server put together: the store, the use cases, the shell around them, the jobs. Starting and stopping, and nothing
//! that happens in between.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bronya_store::engine::BatchReport;
use bronya_store::ports::{Clock, Ids};
use bronya_store::{DatabaseUrl, Store};
use jiff::SignedDuration;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::Histogram;
use tokio::net::TcpListener;

use crate::app::live::Live;
use crate::app::sign_in::SignIn;
use crate::app::{App, Parts, Result, Settings, keys, upkeep, users};
use crate::auth::password::{Hasher, HasherSettings, PasswordPolicy};
use crate::auth::token::{AccessTokens, KeyRing, SigningKey};
use crate::config::{Config, ConfigError, Registration, ResourceCreation};
use crate::http::context::BodyLimits;
use crate::http::middleware::{Shell, ShellConfig};
use crate::http::net::{self, NetLimits};
use crate::http::router::{Http, router};
use crate::jobs::Jobs;
use crate::metrics::{Metrics, latency_histogram};

/// Sizes of batches, for the histogram.
const BATCH_COMMANDS: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// How a server is to be. [`Options::new`] has the usual values.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Options {
    /// Where the data is.
    pub database: DatabaseUrl,
    /// Whether to bring the schema up to date.
    pub migrate: bool,
    /// Connections to PostgreSQL, or threads that read SQLite.
    pub connections_max: usize,
    /// Commands that may wait for the engine.
    pub queue_max: usize,
    /// How long a request waits for a connection.
    pub connection_wait_max: Duration,
    /// Whether a PostgreSQL that can lose what it has acknowledged is refused. Only for tests to switch off.
    pub durable_only: bool,
    /// Whether to be the one server of a SQLite file. Commands that work beside a running server are not.
    pub exclusive: bool,
    /// The key that signs tokens, and others that verify; `None` for those of the database.
    pub signing_keys: Option<(SigningKey, Vec<SigningKey>)>,
    /// `iss` and `aud` of the tokens.
    pub issuer: String,
    /// See `issuer`.
    pub audience: String,
    /// How long an access token is good.
    pub access_good: SignedDuration,
    /// How long a session lasts at the most.
    pub session_good: SignedDuration,
    /// How long a refresh token is good while nobody uses it.
    pub refresh_good: SignedDuration,
    /// What a password has to be.
    pub password_policy: PasswordPolicy,
    /// How passwords are hashed.
    pub hasher: HasherSettings,
    /// Whether attempts to sign in and to register are limited.
    pub limits_on: bool,
    /// What the operator decided.
    pub settings: Settings,
    /// How requests are treated.
    pub shell: ShellConfig,
    /// What connections may cost.
    pub net: NetLimits,
    /// How long a server that stops says that it is not ready before it takes no more connections.
    pub drain_delay: Duration,
    /// The time.
    pub clock: Clock,
    /// Ids.
    pub ids: Ids,
}

impl Options {
    /// The usual values, for this database.
    pub fn new(database: DatabaseUrl) -> Self {
        let clock = Clock::system();
        Self {
            database,
            migrate: true,
            connections_max: 8,
            queue_max: 4_096,
            connection_wait_max: Duration::from_secs(3),
            durable_only: true,
            exclusive: true,
            signing_keys: None,
            issuer: "bronya".to_owned(),
            audience: "bronya".to_owned(),
            access_good: SignedDuration::from_mins(15),
            session_good: SignedDuration::from_hours(30 * 24),
            refresh_good: SignedDuration::from_hours(14 * 24),
            password_policy: PasswordPolicy::default(),
            hasher: HasherSettings::default(),
            limits_on: true,
            settings: Settings { registration_open: true, ..Settings::default() },
            shell: ShellConfig::default(),
            net: NetLimits::default(),
            drain_delay: Duration::ZERO,
            ids: Ids::system(clock.clone()),
            clock,
        }
    }

    /// What the configuration says.
    pub fn from_config(config: &Config) -> std::result::Result<Self, ConfigError> {
        let usual = Self::new(config.database.clone());
        Ok(Self {
            migrate: config.migrate,
            connections_max: config.database_connections_max,
            queue_max: config.engine_queue_max,
            connection_wait_max: config.database_wait_seconds_max,
            signing_keys: config.signing_key()?.map(|key| (key, Vec::new())),
            issuer: config.jwt_issuer.clone(),
            audience: config.jwt_audience.clone(),
            access_good: config.access_token_minutes,
            session_good: config.refresh_days_max,
            refresh_good: config.refresh_idle_days_max,
            password_policy: PasswordPolicy {
                chars_min: config.password_chars_min,
                score_min: config.password_score_min,
            },
            hasher: HasherSettings {
                workers_max: config.password_workers_max,
                waiting_max: config.password_waiting_max,
                ..usual.hasher
            },
            limits_on: config.rate_limit,
            settings: Settings {
                registration_open: config.registration == Registration::Open,
                resource_creation_by_admins_only: config.resource_creation == ResourceCreation::Admins,
                plain_http_sign_in: config.plain_http_sign_in,
                public_origin: config.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned()),
            },
            shell: ShellConfig {
                body: BodyLimits {
                    json_body_bytes_max: config.json_body_bytes_max,
                    form_body_bytes_max: config.form_body_bytes_max,
                    body_time_max: config.body_seconds_max,
                },
                request_time_max: config.request_seconds_max,
                in_flight_max: config.in_flight_max,
                uri_bytes_max: config.uri_bytes_max,
                trusted_proxies: config.trusted_proxies.clone(),
                cors: config.cors_origins.clone(),
            },
            net: NetLimits {
                head_time_max: config.head_seconds_max,
                idle_time_max: config.idle_seconds_max,
                write_time_max: config.write_seconds_max,
                head_bytes_max: config.head_bytes_max,
                connections_max: config.connections_max,
                connections_per_address_max: config.connections_per_address_max,
                drain_time_max: config.drain_seconds_max,
                trusted_proxies: config.trusted_proxies.clone(),
            },
            drain_delay: config.drain_delay_seconds,
            ..usual
        })
    }

    /// A SQLite database in this file.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self::new(DatabaseUrl::Sqlite(path.into()))
    }
}

/// A server that is ready to listen.
#[derive(Debug)]
pub struct Server {
    /// What handlers work with.
    pub http: Http,
    shell: ShellConfig,
    net: NetLimits,
    drain_delay: Duration,
    keys_from_database: bool,
}

impl Server {
    /// Opens the database and puts everything together. Needs a running tokio runtime.
    pub async fn open(options: Options) -> Result<Self> {
        let metrics = Metrics::new();
        let store = Store::open(bronya_store::Options {
            url: options.database,
            migrate: options.migrate,
            connections_max: options.connections_max,
            queue_max: options.queue_max,
            wait_max: options.connection_wait_max,
            durable_only: options.durable_only,
            exclusive: options.exclusive,
            clock: options.clock.clone(),
            ids: options.ids.clone(),
            observer: observe_batches(&metrics),
        })
        .await?;
        observe_load(&metrics, &store);
        let hasher = Hasher::new(options.hasher);
        metrics.register(
            "password_hashes",
            "Passwords that were hashed, to set or to check them",
            hasher.computed().clone(),
        );
        let keys_from_database = options.signing_keys.is_none();
        let ring = match options.signing_keys {
            Some((signing, others)) => KeyRing::new(signing, others),
            None => keys::from_database(&store, options.clock.now(), options.access_good).await?,
        };
        let app = App::new(Parts {
            store,
            clock: options.clock,
            ids: options.ids,
            sign_in: SignIn {
                tokens: AccessTokens::new(ring, &options.issuer, &options.audience, options.access_good),
                hasher,
                policy: options.password_policy,
                session_good: options.session_good,
                refresh_good: options.refresh_good,
                limits_on: options.limits_on,
            },
            settings: options.settings,
            live: Live::default(),
        });
        let live = app.clone();
        #[expect(clippy::cast_precision_loss, reason = "a thousand at most")]
        metrics.register_gauge("streams_open", "Streams that tell what changes", move || live.live.open() as f64);
        let (shell, net, drain_delay) = (options.shell, options.net, options.drain_delay);
        Ok(Self { http: Http::new(app, metrics), shell, net, drain_delay, keys_from_database })
    }

    /// The use cases.
    pub fn app(&self) -> &App {
        &self.http.app
    }

    /// The router in its shell, which answers requests without a socket as well.
    pub fn shell(&self) -> Shell {
        let (http, metrics) = (self.http.clone(), self.http.metrics.http().clone());
        Shell::new(router(http), self.shell.clone(), metrics, self.app().ids.clone())
    }

    /// The one-time link with which the first administrator is made; `None` where there is one already.
    pub async fn set_up_link(&self, base_url: &str) -> Result<Option<String>> {
        let token = users::make_set_up_link(self.app()).await?;
        Ok(token.map(|token| format!("{}/setup#{}", base_url.trim_end_matches('/'), token.expose())))
    }

    /// Serves until `shutdown` completes: first the server says that it is not ready, for as long as proxies need to see
    /// it, then it takes no more connections and answers what it has accepted. Tells whether everything was answered in time.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) -> bool {
        let jobs = Jobs::start(self.app(), &self.http.metrics, self.keys_from_database);
        let (http, app) = (self.http.clone(), self.app().clone());
        let stop = async move {
            shutdown.await;
            http.stop();
            tokio::time::sleep(self.drain_delay).await;
        };
        let drained = net::serve(listener, self.shell(), self.net, stop).await;
        jobs.stop().await;
        if let Err(error) = upkeep::settle(&app).await {
            tracing::warn!(?error, "the database file is whole only together with its write-ahead log");
        }
        drained
    }
}

/// Counts the engine's batches.
fn observe_batches(metrics: &Metrics) -> Arc<dyn Fn(BatchReport) + Send + Sync> {
    let size = Histogram::new(BATCH_COMMANDS);
    let took = latency_histogram();
    let failed = Counter::<u64>::default();
    metrics.register("engine_batch_commands", "Commands that shared one transaction", size.clone());
    metrics.register(
        "engine_batch_seconds",
        "Time that a batch took, from its first statement to the end of its commit",
        took.clone(),
    );
    metrics.register("engine_batch_failures", "Batches that failed", failed.clone());
    Arc::new(move |report| {
        #[expect(clippy::cast_precision_loss, reason = "at most 256")]
        size.observe(report.commands as f64);
        took.observe(report.took.as_secs_f64());
        if report.failed {
            failed.inc();
        }
    })
}

/// Asks the store how busy it is, at each scrape.
fn observe_load(metrics: &Metrics, store: &Store) {
    let gauge = |name: &str, help: &str, value: fn(bronya_store::store::Load) -> u64| {
        let store = store.clone();
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
        metrics.register_gauge(name, help, move || value(store.load()) as f64);
    };
    gauge("engine_queued_commands", "Commands that wait for the engine", |load| load.queued as u64);
    gauge("database_connections_open", "Connections to PostgreSQL that are open", |load| load.pool.open as u64);
    gauge("database_connections_idle", "Connections to PostgreSQL that nobody uses", |load| load.pool.idle as u64);
    gauge("database_reads_waiting", "Requests that wait for a connection or a reader", |load| load.pool.waiting as u64);
    gauge("database_statements", "Statements that were sent to the database since the start", |load| load.statements);
}
