//! Every way to change what stands, against every other, on one small stretch of one resource. There is no single right
//! outcome; the checker says whether there is an order of things that explains all of them.

use super::{Settings, keep, race};
use crate::api::{Session, World, gather, judge};
use crate::history::{Id, Op};
use crate::report::Report;
use crate::target::TargetError;
use crate::time::{self, DAY, HOUR, Interval};

/// A way to change what stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    Book,
    MoveIn,
    Stretch,
    Block,
    BlockCancelling,
    Confirm,
    Reject,
    Cancel,
    Delete,
    DeleteCancelling,
    Shrink,
    Undo,
}

const PATHS: [Path; 12] = [
    Path::Book,
    Path::MoveIn,
    Path::Stretch,
    Path::Block,
    Path::BlockCancelling,
    Path::Confirm,
    Path::Reject,
    Path::Cancel,
    Path::Delete,
    Path::DeleteCancelling,
    Path::Shrink,
    Path::Undo,
];

impl Path {
    /// Whether it needs a booking that stands in the slot from the beginning.
    fn needs_standing(self) -> bool {
        matches!(self, Self::Confirm | Self::Reject | Self::Cancel)
    }

    fn needs_approval(self) -> bool {
        matches!(self, Self::Confirm | Self::Reject)
    }

    /// What only its managers may do to a resource.
    fn is_managers(self) -> bool {
        !matches!(self, Self::Book | Self::MoveIn | Self::Stretch | Self::Cancel)
    }

    /// How many do it at once.
    fn contestants(self) -> u32 {
        match self {
            // One from the left and one from the right, where there is time to come on the left.
            Self::Stretch => 2,
            _ => 4,
        }
    }
}

/// Runs the rounds of every pair and reports.
pub async fn run(world: &World, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let (mut pairs, mut races, mut operations, mut broken) = (0, 0, 0, Vec::new());
    let pair_settings = Settings { seconds_max: settings.seconds_max / 20 + 1, ..settings.clone() };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(settings.seconds_max);
    for (index, one) in PATHS.into_iter().enumerate() {
        for other in PATHS.into_iter().skip(index) {
            for round in pair_settings.rounds() {
                let (history, found) = Round::new(world, one, other, round).run(world).await?;
                races += 1;
                operations += history.events.len();
                for violation in &found {
                    broken.push(format!("{one:?} against {other:?}, round {round}: {violation}"));
                }
                if !found.is_empty() && broken.len() <= 10 {
                    keep(&format!("race-matrix-{one:?}-{other:?}-{round}"), &history, settings, report)?;
                }
            }
            pairs += 1;
            if std::time::Instant::now() > deadline {
                report.check(
                    "race-matrix: done in time",
                    false,
                    format_args!("{pairs} pairs in {} s", settings.seconds_max),
                );
                return Ok(());
            }
        }
    }
    let all = races == pairs * settings.rounds;
    let seen = format!("{pairs} pairs, {races} races, {operations} operations, {} violations", broken.len());
    report.check("race-matrix: every write against every other", broken.is_empty() && all, seen);
    broken.iter().take(10).for_each(|text| report.note(text));
    Ok(())
}

struct Round<'w> {
    one: Path,
    other: Path,
    number: u32,
    name: String,
    /// Whether the slot has begun.
    begun: bool,
    slot: Interval,
    owner: Session,
    manager: Session,
    world: &'w World,
}

impl<'w> Round<'w> {
    fn new(world: &'w World, one: Path, other: Path, round: u32) -> Self {
        // Nobody is missed before the time has come.
        let begun = [one, other].contains(&Path::Undo);
        let starts_at = if begun { time::now() } else { world.first_day + i64::from(round) * DAY + 10 * HOUR };
        Self {
            one,
            other,
            number: round,
            name: format!("{one:?} {other:?} {round} {}", world.run),
            begun,
            slot: Interval::lasting(starts_at, 2 * HOUR),
            owner: world.client(100),
            manager: world.admin(101),
            world,
        }
    }

    async fn run(
        mut self,
        world: &World,
    ) -> Result<(crate::history::History, Vec<crate::checker::Violation>), TargetError> {
        let paths = [self.one, self.other];
        let quantity = if paths.contains(&Path::Shrink) { 2 } else { 1 };
        let approval = paths.iter().any(|path| path.needs_approval());
        let room = self.manager.make_resource(&self.name, quantity, approval).await?;
        let mut missed = Vec::new();
        for path in paths.into_iter().filter(|path| *path == Path::Undo) {
            for _ in 0..path.contestants() {
                missed.push(self.missed(room, approval).await?);
            }
        }
        let standing = if paths.iter().any(|path| path.needs_standing()) {
            Some(self.owner.must_book(room, self.slot).await?)
        } else {
            None
        };
        let (mut sessions, mut ops) = (Vec::new(), Vec::new());
        for (side, path) in paths.into_iter().enumerate() {
            for number in 0..path.contestants() {
                let client = u32::try_from(side).unwrap_or(0) * 10 + number;
                let session = if path.is_managers() {
                    self.world.admin(client)
                } else {
                    let mut session = self.world.client(client);
                    session.account = self.owner.account.clone();
                    session
                };
                let booking = if path == Path::Undo { missed.pop() } else { standing };
                ops.push(self.op(path, side, number, room, booking).await?);
                sessions.push(session);
            }
        }
        // So that neither side always goes first.
        let middle = ops.len() / 2;
        if self.number.is_multiple_of(2) {
            ops.rotate_left(middle);
            sessions.rotate_left(middle);
        }
        race(&mut sessions, ops).await?;
        sessions.extend([self.owner, self.manager]);
        Ok(judge(gather(sessions.iter_mut()), &mut world.admin(102), Some(&[room])).await?)
    }

    /// A booking of the slot to which nobody came.
    async fn missed(&mut self, room: Id, approval: bool) -> Result<Id, TargetError> {
        let booking = self.owner.must_book(room, self.slot).await?;
        let asked = if approval { vec![Op::Confirm { booking }] } else { vec![] };
        for op in asked.into_iter().chain([Op::NoShow { booking }]) {
            self.manager.act(op).await?;
        }
        Ok(booking)
    }

    /// What one contestant does, after what it needs for that has been made.
    async fn op(
        &mut self,
        path: Path,
        side: usize,
        number: u32,
        room: Id,
        standing: Option<Id>,
    ) -> Result<Op, TargetError> {
        let Interval { starts_at, ends_at } = self.slot;
        let shifted =
            Interval { starts_at: starts_at + i64::from(number) * 600, ends_at: ends_at + i64::from(number) * 600 };
        // Paths that need a standing booking are the only ones that ask for it.
        let standing = standing.unwrap_or(Id(0));
        Ok(match path {
            Path::Book => Op::Book { resource: room, interval: shifted, units: 1, key: None },
            Path::MoveIn => {
                let lane = i64::try_from(side).unwrap_or(0) * 4 + i64::from(number);
                let elsewhere = Interval::lasting(ends_at + (2 + lane) * HOUR, HOUR);
                let booking = self.owner.must_book(room, elsewhere).await?;
                Op::Move { booking, resource: room, interval: shifted, units: 1 }
            }
            Path::Stretch => {
                let lane = i64::try_from(side).unwrap_or(0) * 900;
                let (beside, stretched) = if number == 0 && !self.begun {
                    let from = starts_at - HOUR - lane;
                    (Interval::lasting(from, 900), Interval { starts_at: from, ends_at: ends_at - 1800 })
                } else {
                    let from = ends_at + HOUR + 2 * lane + i64::from(number) * 900;
                    (Interval::lasting(from, 900), Interval { starts_at: starts_at + 1800, ends_at: from + 900 })
                };
                let booking = self.owner.must_book(room, beside).await?;
                Op::Move { booking, resource: room, interval: stretched, units: 1 }
            }
            Path::Block => Op::Block { resource: room, interval: shifted, cancels: false },
            Path::BlockCancelling => Op::Block { resource: room, interval: shifted, cancels: true },
            Path::Confirm => Op::Confirm { booking: standing },
            Path::Reject => Op::Reject { booking: standing },
            Path::Cancel => Op::Cancel { booking: standing },
            Path::Delete => Op::Delete { resource: room, cancels: false },
            Path::DeleteCancelling => Op::Delete { resource: room, cancels: true },
            Path::Shrink => Op::Quantity { resource: room, quantity: 1 },
            Path::Undo => Op::Undo { booking: standing, resource: room, interval: self.slot, units: 1 },
        })
    }
}
