//! Telling those who look what has changed. One task of a server reads the log while somebody listens, and tells all listeners
//! alike; each stream finds out for itself whether its session is alive and what it may know of. A listener that can't keep up is
//! told to read everything anew, and costs no memory.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bronya_domain::ids::ResourceId;
use bronya_store::db::Tx;
use bronya_store::news::News;
use bronya_store::{displays, news, resources};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{broadcast, watch};
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use super::displays::AtDoor;
use super::{App, AppError, Caller, Result, read_as};

/// Streams of one server at most.
pub const STREAMS_MAX: usize = 1_000;
/// Streams of one person at most: windows, tablets at doors, and those that were just left and are not yet known to be.
pub const STREAMS_OF_ONE_MAX: usize = 32;
/// Streams of one display at most: that which it hears, and those that a network lost.
pub const STREAMS_OF_DISPLAY_MAX: usize = 4;
/// When somebody who has as many may try again.
const AGAIN_SECONDS: u32 = 10;
/// How often the log is read.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How late a line may come into the log: the clocks of servers differ, and transactions take their time.
const LATE_MAX: SignedDuration = SignedDuration::from_secs(10);
/// Lines that are read at once; where there are more, everything may have changed.
const LINES_MAX: u32 = 2_000;
/// Resources that are told one by one.
const RESOURCES_MAX: usize = 200;
/// Tellings that wait for a listener that does not keep up.
const WAITING_MAX: usize = 16;

/// What has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The free time of these resources, or what they are.
    Resources(BTreeSet<ResourceId>),
    /// More than is told one by one.
    Everything,
}

/// Those who listen to one server.
#[derive(Debug)]
pub struct Live {
    changes: broadcast::Sender<Change>,
    open: Mutex<Open>,
    /// Whether the log is being read. Whoever begins to listen waits until it is known what was there before.
    is_read: tokio::sync::Mutex<bool>,
    stop: watch::Sender<bool>,
}

/// The streams that are open.
#[derive(Debug, Default)]
struct Open {
    /// How many each has, by the id of a user or of a display.
    by_whom: HashMap<Uuid, usize>,
}

impl Open {
    fn count(&self) -> usize {
        self.by_whom.values().sum()
    }
}

impl Default for Live {
    fn default() -> Self {
        Self {
            changes: broadcast::channel(WAITING_MAX).0,
            open: Mutex::default(),
            is_read: tokio::sync::Mutex::default(),
            stop: watch::channel(false).0,
        }
    }
}

impl Live {
    /// How many streams are open.
    pub fn open(&self) -> usize {
        self.lock().count()
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends every stream, and opens none any more.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }
}

/// Who listens.
#[derive(Clone, Debug)]
enum Who {
    /// Somebody who is signed in.
    Caller(Caller),
    /// A display at a door, by its secret.
    Display(AtDoor),
}

/// A stream of changes for one who listens.
#[derive(Debug)]
pub struct Listener {
    app: App,
    who: Who,
    /// The id by which streams are counted.
    id: Uuid,
    changes: broadcast::Receiver<Change>,
    stopped: watch::Receiver<bool>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut open = self.app.live.lock();
        if let Some(count) = open.by_whom.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                open.by_whom.remove(&self.id);
            }
        }
    }
}

/// Begins to listen: what is committed from now on is told.
pub async fn listen(app: &App, caller: &Caller) -> Result<Listener> {
    read_as!(app, caller, |_tx, _principal| Ok::<(), AppError>(()))?;
    open(app, Who::Caller(caller.clone()), caller.user.0, STREAMS_OF_ONE_MAX).await
}

/// Begins to listen at a door: to what is behind it, and to nothing else.
pub async fn listen_at_door(app: &App, at: &AtDoor) -> Result<Listener> {
    let secret = at.secret;
    let found = app.store.read(move |tx| Box::pin(displays::by_secret(tx, secret))).await?;
    let display = found.ok_or(AppError::NotSignedIn)?;
    open(app, Who::Display(at.clone()), display.id.0, STREAMS_OF_DISPLAY_MAX).await
}

async fn open(app: &App, who: Who, id: Uuid, most: usize) -> Result<Listener> {
    {
        let mut open = app.live.lock();
        if STREAMS_MAX <= open.count() || *app.live.stop.borrow() {
            return Err(AppError::Overloaded);
        }
        let own = open.by_whom.entry(id).or_insert(0);
        if most <= *own {
            return Err(AppError::TooOften(AGAIN_SECONDS));
        }
        *own += 1;
    }
    let (changes, stopped) = (app.live.changes.subscribe(), app.live.stop.subscribe());
    let listener = Listener { app: app.clone(), who, id, changes, stopped };
    let mut is_read = app.live.is_read.lock().await;
    if !*is_read {
        // What stands in the log by now, whoever listens reads; what comes into it from here on is told.
        let known = lines_since(app, latest(app)).await?.into_iter().map(|line| line.id).collect();
        *is_read = true;
        tokio::spawn(look(app.clone(), known));
    }
    Ok(listener)
}

impl Listener {
    /// What may have changed since a time, as far as the caller may know of it; everything, where no time is said. It is asked once
    /// there is listening, so between this and what is told nothing is lost.
    pub async fn since(&self, time: Option<Timestamp>) -> Result<Change> {
        // A time to come tells of a clock that was set back, and not of when anything was read.
        let latest = self.app.clock.now().checked_add(LATE_MAX).unwrap_or(Timestamp::MAX);
        let Some(time) = time.filter(|time| *time <= latest) else { return Ok(Change::Everything) };
        let lines = lines_since(&self.app, time.checked_sub(LATE_MAX).unwrap_or(Timestamp::UNIX_EPOCH)).await?;
        let change =
            self.app.store.read(move |tx| Box::pin(async move { change_of(tx, &lines, lines.len()).await })).await?;
        Ok(self.known(change).await?.unwrap_or(Change::Resources(BTreeSet::new())))
    }

    /// What of a change is told to whoever listens; refused where there is nobody any more.
    async fn known(&self, change: Option<Change>) -> Result<Option<Change>> {
        match &self.who {
            Who::Caller(caller) => known_to(&self.app, caller, change).await,
            Who::Display(at) => behind_door(&self.app, at.secret, change).await,
        }
    }

    /// The next change that the caller may know of; at least every `within` it is seen whether there is still somebody to tell, and
    /// then nothing changed. `None`: the stream is over, because the session is, or the server stops.
    pub async fn next(&mut self, within: Duration) -> Option<Option<Change>> {
        let heard = tokio::select! {
            _ = self.stopped.wait_for(|stopped| *stopped) => return None,
            heard = self.changes.recv() => Some(heard),
            () = tokio::time::sleep(within) => None,
        };
        let change = match heard {
            None => None,
            Some(Ok(change)) => Some(change),
            Some(Err(broadcast::error::RecvError::Lagged(_))) => Some(Change::Everything),
            Some(Err(broadcast::error::RecvError::Closed)) => return None,
        };
        // Whoever is signed out, and whoever can't be asked about, is told nothing.
        self.known(change).await.ok()
    }
}

/// What of a change somebody may know of.
async fn known_to(app: &App, caller: &Caller, change: Option<Change>) -> Result<Option<Change>> {
    read_as!(app, caller, |tx, principal| {
        let Some(Change::Resources(mut named)) = change else { return Ok(change) };
        let hidden = resources::hidden_from(tx, principal, &named).await?;
        named.retain(|id| !hidden.contains(id));
        Ok((!named.is_empty()).then_some(Change::Resources(named)))
    })
}

/// What of a change happened behind the door of a display; refused where the display was taken away.
async fn behind_door(app: &App, secret: [u8; 32], change: Option<Change>) -> Result<Option<Change>> {
    let found = app.store.read(move |tx| Box::pin(displays::by_secret(tx, secret))).await?;
    let own = found.ok_or(AppError::NotSignedIn)?.resource;
    Ok(match change {
        Some(Change::Resources(named)) if !named.contains(&own) => None,
        Some(Change::Resources(_)) => Some(Change::Resources(BTreeSet::from([own]))),
        other => other,
    })
}

/// Reads the log as long as somebody listens. `told` are the lines of the last seconds that need not be told any more.
async fn look(app: App, mut told: HashSet<Uuid>) {
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stopped = app.live.stop.subscribe();
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return,
            _ = ticks.tick() => {}
        }
        {
            let mut is_read = app.live.is_read.lock().await;
            if app.live.open() == 0 {
                *is_read = false;
                return;
            }
        }
        match changes(&app, &mut told).await {
            // Nobody listens any more where this fails.
            Ok(Some(change)) => drop(app.live.changes.send(change)),
            Ok(None) => {}
            Err(error) => tracing::warn!(?error, "could not read what has changed"),
        }
    }
}

/// How far back the log is read for what comes late.
fn latest(app: &App) -> Timestamp {
    app.clock.now().checked_sub(LATE_MAX).unwrap_or(Timestamp::UNIX_EPOCH)
}

async fn lines_since(app: &App, time: Timestamp) -> Result<Vec<News>> {
    app.store.read(move |tx| Box::pin(async move { Ok(news::since(tx, time, LINES_MAX).await?) })).await
}

/// What the log says that was not told before. `told` are the lines of the last seconds that were.
async fn changes(app: &App, told: &mut HashSet<Uuid>) -> Result<Option<Change>> {
    let since = latest(app);
    let before = std::mem::take(told);
    let (lines, change) = app
        .store
        .read(move |tx| {
            Box::pin(async move {
                let lines = news::since(tx, since, LINES_MAX).await?;
                let fresh: Vec<_> = lines.iter().filter(|line| !before.contains(&line.id)).copied().collect();
                let change = change_of(tx, &fresh, lines.len()).await?;
                Ok::<_, AppError>((lines.iter().map(|line| line.id).collect(), change))
            })
        })
        .await?;
    *told = lines;
    Ok(change)
}

/// What lines of the log, of so many that were read, may have changed.
async fn change_of(tx: &mut Tx, lines: &[News], read: usize) -> Result<Option<Change>> {
    if lines.iter().any(|line| line.is_wide) || (LINES_MAX as usize <= read && !lines.is_empty()) {
        return Ok(Some(Change::Everything));
    }
    let touched = news::touched(tx, lines).await?;
    Ok(match touched.len() {
        0 => None,
        1..=RESOURCES_MAX => Some(Change::Resources(touched)),
        _ => Some(Change::Everything),
    })
}
