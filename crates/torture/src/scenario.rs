//! The scenarios: each brings the server into one kind of trouble and judges what came of it. They share how a race is
//! run, how a history is judged and kept, and the limits of rounds and time.

pub mod faketime;
pub mod fast_clock;
pub mod faults;
pub mod jump_clock;
pub mod race_approval;
pub mod race_etag;
pub mod race_idempotency;
pub mod race_matrix;
pub mod race_partition;
pub mod race_pool;
pub mod race_series;
pub mod race_slot;
pub mod race_username;

use crate::api::{Session, World, gather, judge};
use crate::checker::Rule;
use crate::history::{History, Id, Op, Outcome};
use crate::http::{Answer, NoAnswer};
use crate::random::Random;
use crate::report::{Latencies, Report};
use crate::target::TargetError;
use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// How much of a scenario to run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Concurrent clients.
    pub clients: u32,
    /// Rounds, kills, partitions.
    pub rounds: u32,
    /// The scenario ends here even if rounds are left, in seconds.
    pub seconds_max: u64,
    /// The workload's seed.
    pub seed: u64,
    /// The folder for the histories of runs that failed.
    pub history_folder: PathBuf,
}

impl Settings {
    /// The generator of the workload.
    pub fn random(&self) -> Random {
        Random::new(self.seed)
    }

    /// Rounds until either limit is reached. Whoever judges them asks for all of them: a run that time has cut short proves less than it
    /// says.
    pub fn rounds(&self) -> impl Iterator<Item = u32> + use<> {
        let deadline = Instant::now() + Duration::from_secs(self.seconds_max);
        (0..self.rounds).take_while(move |_| Instant::now() < deadline)
    }
}

/// Lets every session do its operation at the same moment; outcomes in the order of the sessions.
pub async fn race(sessions: &mut Vec<Session>, ops: Vec<Op>) -> Result<Vec<(Outcome, Option<Answer>)>, TargetError> {
    let conditional = ops.into_iter().map(|op| (op, None)).collect();
    race_if(sessions, conditional).await
}

/// Like [`race`], each operation with its `If-Match`.
pub async fn race_if(
    sessions: &mut Vec<Session>,
    ops: Vec<(Op, Option<String>)>,
) -> Result<Vec<(Outcome, Option<Answer>)>, TargetError> {
    let racing = sessions.len().min(ops.len());
    let barrier = Arc::new(Barrier::new(racing));
    let resting = sessions.split_off(racing);
    let mut tasks = JoinSet::new();
    for (index, (mut session, (op, etag))) in sessions.drain(..).zip(ops).enumerate() {
        let barrier = Arc::clone(&barrier);
        tasks.spawn(async move {
            // The handshake is no part of the race. If it fails, so does the request below.
            let _: Result<(), NoAnswer> = session.client.connect().await;
            barrier.wait().await;
            let result = session.act_if(op, etag.as_deref()).await;
            (index, session, result)
        });
    }
    let mut back = tasks.join_all().await;
    back.sort_by_key(|(index, ..)| *index);
    let mut outcomes = Vec::with_capacity(racing);
    for (_, session, result) in back {
        sessions.push(session);
        outcomes.push(result?);
    }
    sessions.extend(resting);
    Ok(outcomes)
}

/// The first `count` clients of a world.
pub fn clients(world: &World, count: u32) -> Vec<Session> {
    (0..count).map(|number| world.client(number)).collect()
}

/// The latencies of the operations that something holds for.
pub fn latencies(history: &History, wanted: impl Fn(&Op) -> bool) -> Latencies {
    let events = history.events.iter().filter(|event| wanted(&event.op));
    Latencies::new(events.map(|event| event.returned - event.invoked).collect())
}

/// Judges what the sessions did against what stands now, reports each rule, and keeps the history if one is broken.
pub async fn verdict(
    name: &str,
    sessions: &mut [Session],
    admin: &mut Session,
    resources: Option<&[Id]>,
    settings: &Settings,
    report: &mut Report,
) -> Result<History, TargetError> {
    let mut history = gather(sessions.iter_mut());
    history.events.append(&mut admin.events);
    let (history, found) = judge(history, admin, resources).await?;
    for (rule, claim) in [
        (Rule::Exclusion, "nothing was ever taken twice"),
        (Rule::Justification, "every refusal had its reason"),
        (Rule::Accounting, "what was acknowledged is there, once"),
    ] {
        let of_rule: Vec<_> = found.iter().filter(|violation| violation.rule == rule).cloned().collect();
        report.violations(&format!("{name}: {claim}"), &of_rule, history.events.len());
    }
    if !found.is_empty() {
        keep(name, &history, settings, report)?;
    }
    Ok(history)
}

/// Writes a history to a file whose name says where it is from.
pub fn keep(name: &str, history: &History, settings: &Settings, report: &Report) -> Result<(), TargetError> {
    std::fs::create_dir_all(&settings.history_folder)?;
    let path = settings.history_folder.join(format!("{name}-{}.jsonl", settings.seed));
    let mut file = BufWriter::new(File::create(&path)?);
    history.write(&mut file)?;
    std::io::Write::flush(&mut file)?;
    report.note(format_args!("the history is in {}", path.display()));
    Ok(())
}

/// Counts outcomes as text: `1 Done, 63 Conflict`.
pub fn tally(outcomes: &[(Outcome, Option<Answer>)]) -> String {
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    for (outcome, _) in outcomes {
        let name = match outcome {
            Outcome::Done(_) => "Done".to_owned(),
            other => format!("{other:?}"),
        };
        *counts.entry(name).or_default() += 1;
    }
    counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}
