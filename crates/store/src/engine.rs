//! Group commit: commands that wait are taken together into one transaction. There is no timer: an idle server
//! commits a lone command at once, and a busy one shares one flush of the disk among many.
//!
//! A batch locks, loads, decides each command in turn (each sees the changes of those before it), writes, commits,
//! and only then answers. A batch that fails is run again command by command, so that one bad command harms
//! nobody but itself.
//!
//! On PostgreSQL the next batch begins, on a connection of its own, as soon as the one before has sent what it writes:
//! the rows that both need are locked until that is committed, as they would be by another server.

use std::collections::{BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bronya_domain::booking::Booking;
use bronya_domain::command::{Command, Need};
use bronya_domain::decide::{Undecided, decide};
use bronya_domain::effect::{Action, Change, Decision, Outcome};
use bronya_domain::ids::{BookingId, ResourceId, SessionId, UserId};
use bronya_domain::refusal::Refusal;
use bronya_domain::resource::Resource;
use bronya_domain::user::{Principal, Role};
use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Mutex as Gate, MutexGuard as Held, mpsc, oneshot};

use crate::db::{Around, Tx};
use crate::displays;
use crate::error::{Result, StoreError};
use crate::events::{NewEvent, Origin};
use crate::facts::{self, Answer, KeptAnswer, Known, Seen, Wanted};
use crate::ports::{Clock, Ids};
use crate::write::{WriteSet, happened};

/// Commands that share one transaction at most.
pub const BATCH_COMMANDS_MAX: usize = 256;
/// Times that one decision may ask for more facts.
const ROUNDS_MAX: usize = 24;
/// Times that a transaction which gave way to another one is tried.
const TRIES_MAX: usize = 4;
/// Resources of which something is remembered.
const SEEN_MAX: usize = 10_000;
/// How long an answer is kept under its idempotency key.
pub const ANSWER_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub enum Actor {
    /// A token's holder. The session is looked at again inside the transaction.
    Session {
        /// The user that the token names.
        user: UserId,
        /// The session that the token belongs to.
        session: SessionId,
    },
    /// Whoever has the link to a guest's booking; acts on that booking and on no other.
    Guest {
        /// The booking.
        booking: BookingId,
        /// A hash of the secret in the link.
        link: [u8; 32],
    },
    /// A display at a door, by its secret: it manages the resource behind that door, and no other.
    Display {
        /// A hash of the secret.
        secret: [u8; 32],
    },
    /// The command line, in somebody's name.
    Trusted(Principal),
    /// The server itself: nobody's name stands in the log.
    System,
}

/// Nobody has this id.
const NOBODY: UserId = UserId(uuid::Uuid::nil());

impl Actor {
    fn user(self) -> UserId {
        match self {
            Self::Session { user, .. } => user,
            Self::Guest { booking, .. } => Booking::guest_of(booking),
            Self::Trusted(principal) => principal.user,
            // Whose the secret is, the transaction finds out.
            Self::Display { .. } | Self::System => NOBODY,
        }
    }
}

/// A key under which the answer is kept.
#[derive(Clone, Debug)]
pub struct Idempotency<O = Outcome> {
    /// The client's key.
    pub key: String,
    /// A hash of what was asked, to tell a repetition from another request.
    pub fingerprint: [u8; 32],
    /// Makes the answer that is kept; `None` for an outcome that this kind of request can't have.
    pub render: fn(&O) -> Option<Answer>,
}

/// A command on its way to the engine.
#[derive(Clone, Debug)]
pub struct Submission {
    /// What is asked.
    pub command: Command,
    /// Who asks.
    pub actor: Actor,
    /// Whether it is only to be decided: nothing is written.
    pub dry_run: bool,
    /// The key that it was asked under.
    pub idempotency: Option<Idempotency>,
    /// Where it came from, for the log.
    pub origin: Origin,
}

/// What a command came to.
#[derive(Clone, Debug)]
pub enum Reply<O = Outcome> {
    /// It was done, and is on disk.
    Done(O),
    /// It was done, is on disk, and this answer is kept under its key.
    Kept(Answer),
    /// It was done before; this is the first answer.
    Replayed(Answer),
}

/// Why a command was not done.
#[derive(Clone, Debug)]
pub enum Denied {
    /// The session has ended, or the account is disabled.
    NotSignedIn,
    /// The key was used for another request.
    KeyReused,
    /// A rule says no.
    Refused(Refusal),
    /// The database could not.
    Store(StoreError),
}

impl From<StoreError> for Denied {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::TooMuch(_) => Self::Refused(Refusal::TooManyAffected),
            other => Self::Store(other),
        }
    }
}

/// The answer to a submission.
pub type Answered = std::result::Result<Reply, Denied>;

/// A submission and where its answer goes.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) submission: Submission,
    pub(crate) reply: oneshot::Sender<Answered>,
}

/// What a batch took; for metrics.
#[derive(Clone, Copy, Debug)]
pub struct BatchReport {
    /// Commands in it.
    pub commands: usize,
    /// From its first statement to the end of its commit.
    pub took: Duration,
    /// Whether it had to be run again command by command.
    pub failed: bool,
}

/// What a batch needs besides the connection.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    pub(crate) clock: Clock,
    pub(crate) ids: Ids,
    /// What resources were like when they were last seen: only good for guessing what to lock and load.
    pub(crate) seen: Arc<Mutex<HashMap<ResourceId, Seen>>>,
}

impl Tools {
    pub(crate) fn new(clock: Clock, ids: Ids) -> Self {
        Self { clock, ids, seen: Arc::default() }
    }

    fn note_seen(&self, known: &Known) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for resource in known.facts.resources.values().flatten() {
            match Seen::of(resource) {
                Some(now) if seen.get(&resource.id) != Some(&now) => {
                    if SEEN_MAX < seen.len() {
                        seen.clear();
                    }
                    seen.insert(resource.id, now);
                }
                Some(_) => {}
                None => drop(seen.remove(&resource.id)),
            }
        }
    }
}

/// Commands that wait, and the turn to decide them: what several connections share.
#[derive(Debug)]
pub(crate) struct Queue {
    commands: Gate<mpsc::Receiver<Pending>>,
    turn: Gate<()>,
}

impl Queue {
    pub(crate) fn new(commands: mpsc::Receiver<Pending>) -> Self {
        Self { commands: Gate::new(commands), turn: Gate::new(()) }
    }

    /// Waits for commands and for the turn, and takes what waits then; nothing where nothing will come any more.
    pub(crate) async fn batch<'a>(&'a self, turn: &mut Turn<'a>) -> Vec<Pending> {
        let mut batch = Vec::new();
        // Whoever waits for commands does not have the turn: others may want it to run what failed again.
        let mut commands = self.commands.lock().await;
        commands.recv_many(&mut batch, BATCH_COMMANDS_MAX).await;
        if !batch.is_empty() {
            turn.take().await;
        }
        while batch.len() < BATCH_COMMANDS_MAX
            && let Ok(late) = commands.try_recv()
        {
            batch.push(late);
        }
        batch
    }
}

/// The turn to lock and decide. Of several connections one has it at a time, until it has decided: whoever only waits for a
/// COMMIT needs no more locks, so connections can't come to wait for each other.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    gate: Option<&'a Gate<()>>,
    held: Option<Held<'a, ()>>,
}

impl<'a> Turn<'a> {
    /// The turn of who is alone.
    pub(crate) fn always() -> Self {
        Self { gate: None, held: None }
    }

    /// Takes turns with everybody else at `queue`.
    pub(crate) fn at(queue: &'a Queue) -> Self {
        Self { gate: Some(&queue.turn), held: None }
    }

    async fn take(&mut self) {
        if let Some(gate) = self.gate
            && self.held.is_none()
        {
            self.held = Some(gate.lock().await);
        }
    }

    /// Lets the next one begin.
    pub(crate) fn pass(&mut self) {
        self.held = None;
    }
}

/// Runs a batch and answers everybody in it.
pub(crate) async fn serve(tx: &mut Tx, tools: &Tools, turn: &mut Turn<'_>, batch: Vec<Pending>) -> BatchReport {
    let began = Instant::now();
    let commands = batch.len();
    let (submissions, replies): (Vec<Submission>, Vec<oneshot::Sender<Answered>>) =
        batch.into_iter().map(|pending| (pending.submission, pending.reply)).unzip();
    let (answers, failed) = answer_all(tx, tools, turn, &submissions).await;
    let took = began.elapsed();
    for (reply, answer) in replies.into_iter().zip(answers) {
        // Whoever asked may have hung up; what was decided stands all the same.
        drop(reply.send(answer));
    }
    BatchReport { commands, took, failed }
}

async fn answer_all(
    tx: &mut Tx,
    tools: &Tools,
    turn: &mut Turn<'_>,
    submissions: &[Submission],
) -> (Vec<Answered>, bool) {
    let mut tries = 1;
    let mut locks = BTreeSet::new();
    let error = loop {
        match attempt(tx, tools, turn, submissions, &mut locks).await {
            Ok(answers) => return (answers, tries > 1),
            Err(StoreError::GaveWay(text)) if tries < TRIES_MAX => {
                tracing::info!(text, commands = submissions.len(), "a batch gave way and is run again");
                tries += 1;
            }
            Err(error) => break error,
        }
    };
    if ends_everything(&error) {
        tracing::error!(%error, commands = submissions.len(), "a batch failed");
        return (vec![Err(Denied::Store(error)); submissions.len()], true);
    }
    tracing::warn!(%error, commands = submissions.len(), "a batch failed and is run command by command");
    let mut answers: Vec<Answered> = Vec::with_capacity(submissions.len());
    let mut ended = None;
    for submission in submissions {
        let answer = match &ended {
            None => alone(tx, tools, turn, submission).await,
            // Nobody asked the database about this one, so nothing of it was written.
            Some(text) => Err(Denied::Store(StoreError::Unavailable(String::clone(text)))),
        };
        if let Err(Denied::Store(error)) = &answer
            && ended.is_none()
            && ends_everything(error)
        {
            ended = Some(error.to_string());
        }
        answers.push(answer);
    }
    (answers, true)
}

/// Whether the next command would fare no better, only later.
fn ends_everything(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::OutcomeUnknown(_) | StoreError::Unavailable(_) | StoreError::Busy(_) | StoreError::Full(_)
    )
}

async fn alone(tx: &mut Tx, tools: &Tools, turn: &mut Turn<'_>, submission: &Submission) -> Answered {
    let mut tries = 1;
    let mut locks = BTreeSet::new();
    loop {
        match attempt(tx, tools, turn, std::slice::from_ref(submission), &mut locks).await {
            Ok(mut answers) => return answers.pop().unwrap_or(Err(Denied::NotSignedIn)),
            // Another server was faster with the same key, or stood in the way: what it did can be seen now.
            Err(StoreError::GaveWay(_) | StoreError::NotUnique(_) | StoreError::Overlap(_)) if tries < TRIES_MAX => {
                tries += 1;
            }
            Err(error) => {
                tracing::error!(%error, command = submission.command.name(), "a command failed");
                return Err(error.into());
            }
        }
    }
}

/// One try; leaves no transaction open, and turns a panic into an error. Where it has to give way it notes in `locks` what it
/// should have locked from the start.
async fn attempt(
    tx: &mut Tx,
    tools: &Tools,
    turn: &mut Turn<'_>,
    submissions: &[Submission],
    locks: &mut BTreeSet<ResourceId>,
) -> Result<Vec<Answered>> {
    turn.take().await;
    let run = AssertUnwindSafe(transact(tx, tools, turn, submissions, locks)).catch_unwind().await;
    let error = match run {
        Ok(Ok(answers)) => return Ok(answers),
        Ok(Err(error)) => error,
        Err(_) => StoreError::Internal("a decision panicked".to_owned()),
    };
    tx.rollback().await;
    Err(error)
}

async fn transact(
    tx: &mut Tx,
    tools: &Tools,
    turn: &mut Turn<'_>,
    submissions: &[Submission],
    locks: &mut BTreeSet<ResourceId>,
) -> Result<Vec<Answered>> {
    let mut known = Known::default();
    let parts = || submissions.iter().flat_map(|it| it.command.parts());
    let bookings: Vec<_> = parts().filter_map(Command::booking).collect();
    let blocks: Vec<_> = parts().filter_map(Command::block).collect();
    let mut around = Around::Begin;
    if !(bookings.is_empty() && blocks.is_empty()) {
        facts::locate(tx, around, &bookings, &blocks, &mut known).await?;
        around = Around::Nothing;
    }
    let mut wanted = Wanted::default();
    for submission in submissions {
        let user = submission.actor.user();
        for command in submission.command.parts() {
            let located = match (command.booking(), command.block()) {
                (Some(id), _) => known.bookings_located.get(&id),
                (_, Some(id)) => known.blocks_located.get(&id),
                _ => None,
            };
            wanted.needs(command.needs(located.copied()), user);
        }
        if let Actor::Session { session, .. } = submission.actor {
            wanted.session(session);
        }
        if let Some(idempotency) = &submission.idempotency {
            wanted.answer(user, &idempotency.key);
        }
    }
    wanted.with(locks, &tools.seen.lock().unwrap_or_else(PoisonError::into_inner));
    facts::load(tx, around, &wanted, &mut known).await?;
    tools.note_seen(&known);
    load_displays(tx, submissions, &mut known).await?;

    if 1 < submissions.len() {
        gather(tx, tools.clock.now(), submissions, &mut known).await?;
    }

    // Everything that is decided about is locked: now, and not before, is now.
    let now = tools.clock.now();
    let mut writes = WriteSet::default();
    let mut answers = Vec::with_capacity(submissions.len());
    for submission in submissions {
        answers.push(answer(tx, tools, submission, now, &mut known, &mut writes, locks).await?);
    }
    if writes.is_empty() {
        tx.rollback().await;
    } else {
        turn.pass();
        writes.write(tx, Around::Commit, &known.facts).await?;
    }
    Ok(answers)
}

/// Finds out whose the secrets of displays are, and what each manages: the resource behind its door.
async fn load_displays(tx: &mut Tx, submissions: &[Submission], known: &mut Known) -> Result<()> {
    for submission in submissions {
        if let Actor::Display { secret } = submission.actor
            && let Some(display) = displays::by_secret(tx, secret).await?
        {
            known.facts.managers.insert((display.resource, display.actor()), true);
            known.displays.insert(secret, display.actor());
        }
    }
    Ok(())
}

/// Loads what the commands of a batch will ask for once their resources are known, all of it in one flight: people are locked
/// before sites, whichever command asks for which. `at` is good for guessing and for nothing else.
async fn gather(tx: &mut Tx, at: Timestamp, submissions: &[Submission], known: &mut Known) -> Result<()> {
    let counts = |resource: &Resource| {
        let policy = &resource.in_force.policy;
        policy.quotas.is_some() || policy.pacing_max.is_some() || policy.named_groups().next().is_some()
    };
    if !known.facts.resources.values().flatten().any(counts) {
        return Ok(());
    }
    let mut wanted = Wanted::default();
    for submission in submissions {
        let Some(principal) = authenticate(submission.actor, known, at) else { continue };
        if let Err(Undecided::Needs(needs)) = decide(&submission.command, principal, &known.facts, at) {
            let counted = |need: &Need| matches!(need, Need::Diary { .. } | Need::Groups(_) | Need::Pace(..));
            wanted.needs(needs.into_iter().filter(counted), principal.user);
        }
    }
    facts::load(tx, Around::Nothing, &wanted, known).await
}

/// Answers one command, as if everything before it in the batch were done.
async fn answer(
    tx: &mut Tx,
    tools: &Tools,
    submission: &Submission,
    now: Timestamp,
    known: &mut Known,
    writes: &mut WriteSet,
    locks: &mut BTreeSet<ResourceId>,
) -> Result<Answered> {
    let Some(principal) = authenticate(submission.actor, known, now) else { return Ok(Err(Denied::NotSignedIn)) };
    let mut again = false;
    if let Some(idempotency) = &submission.idempotency
        && let Some(kept) = known.answers.get(&(principal.user, idempotency.key.clone()))
    {
        if now.duration_since(kept.created_at) < ANSWER_KEPT {
            if kept.fingerprint != idempotency.fingerprint {
                return Ok(Err(Denied::KeyReused));
            }
            if !tx.is_sqlite() {
                writes.vouch(principal.user, idempotency.key.clone());
            }
            return Ok(Ok(Reply::Replayed(kept.answer.clone())));
        }
        again = true;
    }
    let decision = match decide_with(tx, &submission.command, principal, now, known, writes, locks).await {
        Ok(decision) => decision,
        Err(Denied::Store(error)) => return Err(error),
        Err(denied) => return Ok(Err(denied)),
    };
    if submission.dry_run {
        return Ok(Ok(Reply::Done(decision.outcome)));
    }
    let mut ruled = HashMap::new();
    for change in decision.changes {
        if let Change::InsertResource { resource, .. } | Change::UpdateResource(resource) = &change {
            ruled.insert(resource.id, Arc::clone(&resource.attributes.rules));
        }
        writes.note_move(&change, &known.facts);
        known.facts.apply(&change);
        writes.add(change);
    }
    for happening in decision.happenings {
        let actor = Some(principal.user).filter(|user| *user != NOBODY);
        let is_about_it = matches!(happening.action, Action::ResourceCreated | Action::ResourceUpdated);
        let rules = ruled.get(&happening.resource).filter(|_| is_about_it).cloned();
        let line = happened(&happening, tools.ids.next(), now, actor, &submission.origin);
        writes.log(NewEvent { rules, ..line }, &happening.detail);
    }
    let Some(idempotency) = &submission.idempotency else { return Ok(Ok(Reply::Done(decision.outcome))) };
    let answer = (idempotency.render)(&decision.outcome)
        .ok_or_else(|| StoreError::Internal("a command had the outcome of another kind of command".to_owned()))?;
    let kept = KeptAnswer { fingerprint: idempotency.fingerprint.to_vec(), answer: answer.clone(), created_at: now };
    known.answers.insert((principal.user, idempotency.key.clone()), kept.clone());
    writes.keep(principal.user, idempotency.key.clone(), kept, again);
    Ok(Ok(Reply::Kept(answer)))
}

fn authenticate(actor: Actor, known: &Known, now: Timestamp) -> Option<Principal> {
    match actor {
        Actor::Trusted(principal) => Some(principal),
        Actor::System => Some(Principal { user: NOBODY, role: Role::Admin }),
        Actor::Display { secret } => {
            known.displays.get(&secret).map(|user| Principal { user: *user, role: Role::User })
        }
        Actor::Guest { booking, link } => {
            let found = known.facts.bookings.get(&booking).and_then(Option::as_ref);
            found
                .filter(|it| it.is_managed_by(&link))
                .map(|it| Principal { user: Booking::guest_of(it.id), role: Role::Guest })
        }
        Actor::Session { user, session } => known
            .principals
            .get(&session)
            .filter(|live| live.principal.user == user && now < live.expires_at)
            .map(|live| live.principal),
    }
}

/// Decides, loading more facts as often as the decision asks for them.
async fn decide_with(
    tx: &mut Tx,
    command: &Command,
    principal: Principal,
    now: Timestamp,
    known: &mut Known,
    writes: &WriteSet,
    locks: &mut BTreeSet<ResourceId>,
) -> std::result::Result<Decision, Denied> {
    for _ in 0..ROUNDS_MAX {
        match decide(command, principal, &known.facts, now) {
            Ok(decision) => return Ok(decision),
            Err(Undecided::Refused(refusal)) => return Err(Denied::Refused(refusal)),
            Err(Undecided::Needs(needs)) => {
                let mut wanted = Wanted::default();
                wanted.needs(needs, principal.user);
                let wanted = wanted.without(known).again_under_lock(known);
                if !tx.is_sqlite() && wanted.locks_out_of_order(known) {
                    locks.extend(wanted.resources().chain(known.facts.resources.keys().copied()));
                    let text = "more has to be locked than was known".to_owned();
                    return Err(Denied::Store(StoreError::GaveWay(text)));
                }
                facts::load(tx, Around::Nothing, &wanted, known).await?;
                writes.reapply(&mut known.facts);
            }
        }
    }
    Err(Denied::Store(StoreError::Internal("a decision never had enough facts".to_owned())))
}
