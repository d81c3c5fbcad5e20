//! What a server does without being asked: reads the signing keys again, writes down which bookings have lapsed, notices that the
//! rules of time zones are others, finishes erasing people, and makes room where time has passed. Jobs call use cases only, and are asked to stop rather than cut off.

use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::app::waiting::{self, Asked, Seen};
use crate::app::zones::{self, Rules};
use crate::app::{App, erasure, keys, upkeep};
use crate::metrics::Metrics;

/// How often it is written down what has lapsed.
const LAPSE_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked whether somebody is to be erased.
const ERASE_EVERY: Duration = Duration::from_secs(30);
/// How often it is tried to look whether the rules of time zones have changed, until somebody has.
const ZONES_EVERY: Duration = Duration::from_mins(1);
/// How often it is looked whether there is something for those who wait.
const OFFER_EVERY: Duration = Duration::from_secs(1);
/// After how many of these looks everybody is asked who waits.
const OFFERS_TO_ALL: u32 = 60;
/// How often room is made.
const SWEEP_EVERY: Duration = Duration::from_mins(1);
/// How long a sweep that found much rests before the next.
const SWEEP_PAUSE: Duration = Duration::from_millis(100);

/// The jobs of one server.
#[derive(Debug)]
pub struct Jobs {
    stop: watch::Sender<bool>,
    running: JoinSet<()>,
}

impl Jobs {
    /// Starts them. `keys_from_database` is false where the configuration gives the signing key.
    pub fn start(app: &App, metrics: &Metrics, keys_from_database: bool) -> Self {
        let (stop, stopped) = watch::channel(false);
        let failed = Counter::<u64>::default();
        metrics.register("job_failures", "Times that a background job failed", failed.clone());
        let swept = Counter::<u64>::default();
        metrics.register("job_swept_rows", "Rows that time made useless and a sweep took out", swept.clone());
        let mut running = JoinSet::new();
        if keys_from_database {
            let every = Duration::from_secs(keys::RELOAD_EVERY.as_secs().unsigned_abs());
            running.spawn(reload_keys(app.clone(), every, failed.clone(), stopped.clone()));
        }
        running.spawn(lapse_often(app.clone(), failed.clone(), stopped.clone()));
        running.spawn(notice_zones(app.clone(), failed.clone(), stopped.clone()));
        running.spawn(offer_often(app.clone(), failed.clone(), stopped.clone()));
        running.spawn(erase_often(app.clone(), failed.clone(), stopped.clone()));
        running.spawn(sweep_often(app.clone(), failed, swept, stopped));
        Self { stop, running }
    }

    /// Asks them to stop, and waits until they have.
    pub async fn stop(mut self) {
        // Nobody listens any more where all have ended already.
        self.stop.send(true).unwrap_or(());
        while self.running.join_next().await.is_some() {}
    }
}

async fn reload_keys(app: App, every: Duration, failed: Counter, mut stopped: watch::Receiver<bool>) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = upkeep::reload_keys(&app).await {
            // The keys that are known stay good; a server that can't reach its database serves nothing anyway.
            tracing::warn!(?error, "could not read the signing keys again");
            failed.inc();
        }
    }
}

async fn lapse_often(app: App, failed: Counter, mut stopped: watch::Receiver<bool>) {
    let holder = app.ids.next();
    let mut ticks = interval(LAPSE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = ticks.tick() => {}
        }
        loop {
            match upkeep::lapse_once(&app, holder).await {
                Ok(upkeep::LAPSED_MAX) if !*stopped.borrow() => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(?error, "could not write down what has lapsed");
                    failed.inc();
                    break;
                }
            }
        }
    }
}

/// The rules of a program are those that it was built with: looking once is enough.
async fn notice_zones(app: App, failed: Counter, mut stopped: watch::Receiver<bool>) {
    let (holder, rules) = (app.ids.next(), Rules::bundled());
    let mut ticks = interval(ZONES_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = ticks.tick() => {}
        }
        match zones::notice(&app, holder, &rules).await {
            Ok(Some(_)) => return,
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(?error, "could not look whether the rules of time zones have changed");
                failed.inc();
            }
        }
    }
}

async fn offer_often(app: App, failed: Counter, mut stopped: watch::Receiver<bool>) {
    let holder = app.ids.next();
    let mut seen = Seen::default();
    let mut ticks = interval(OFFER_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for look in 0_u32.. {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = ticks.tick() => {}
        }
        let asked = if look.is_multiple_of(OFFERS_TO_ALL) { Asked::Everybody } else { Asked::Touched };
        if let Err(error) = waiting::offer_due(&app, holder, &mut seen, asked).await {
            tracing::warn!(?error, "could not make offers to those who wait");
            failed.inc();
        }
    }
}

async fn erase_often(app: App, failed: Counter, mut stopped: watch::Receiver<bool>) {
    let mut ticks = interval(ERASE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = ticks.tick() => {}
        }
        // Two servers that do it at once do the same twice.
        if let Err(error) = erasure::finish_due(&app).await {
            tracing::warn!(?error, "could not finish erasing somebody");
            failed.inc();
        }
    }
}

async fn sweep_often(app: App, failed: Counter, swept: Counter, mut stopped: watch::Receiver<bool>) {
    let holder = app.ids.next();
    let mut ticks = interval(SWEEP_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            _ = ticks.tick() => {}
        }
        // One sweep takes little, so that it holds nobody up; as long as there is much, one follows the other.
        loop {
            match upkeep::sweep_once(&app, holder).await {
                Ok(rows) => {
                    swept.inc_by(rows);
                    if rows < upkeep::SWEPT_ROWS_MAX || *stopped.borrow() {
                        break;
                    }
                    tokio::time::sleep(SWEEP_PAUSE).await;
                }
                Err(error) => {
                    tracing::warn!(?error, "a sweep failed");
                    failed.inc();
                    break;
                }
            }
        }
    }
}
