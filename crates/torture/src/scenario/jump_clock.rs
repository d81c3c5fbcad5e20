//! A wall clock that is set forward and back while the server works: nothing is given twice, no id comes twice, nobody is let in
//! again, and everybody can sign in whatever the clock shows. The server's own clock is jumped by libfaketime, its monotonic one
//! goes on.

use super::{Settings, clients, race_slot};
use crate::history::{Id, Op, Outcome};
use crate::http::Request;
use crate::process::TemporaryFolder;
use crate::random::Random;
use crate::report::Report;
use crate::target::{Own, OwnOptions, TargetError};
use crate::time::{HOUR, Interval};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fs, io};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// What the clock is set to, in seconds beside the true time; between any two it jumps.
const OFFSETS: [i64; 9] = [0, 3_600, 0, -3_600, 0, 86_400, 0, -86_400, 0];
/// How long the load goes on before each jump.
const HUM: Duration = Duration::from_millis(300);
/// Clients whose load goes on while the clock jumps.
const HUMMING: u32 = 4;

/// The library, where Debian's package `faketime` puts it.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
    folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|file| file.exists())
}

/// Starts a server of its own, jumps its clock, and reports.
pub async fn run(options: &OwnOptions, settings: &Settings, report: &mut Report) -> Result<(), TargetError> {
    let found = library();
    report.check(
        "jump-clock: libfaketime is there (Debian's package faketime)",
        found.is_some(),
        format_args!("{found:?}"),
    );
    let Some(library) = found else { return Ok(()) };
    let name = format!("bronya-clock-{}-{:x}", std::process::id(), Random::fresh_seed());
    let folder = TemporaryFolder::new(&options.work_folder, &name)?;
    let clock = folder.path().join("clock");
    set(&clock, 0)?;
    let bronya = wrapped(&options.bronya, &library, &clock, folder.path())?;
    let mut own = Own::start(&OwnOptions { bronya, ..options.clone() }).await?;

    let world = own.enter(settings.seed).await?;
    let mut leaver = world.client(0);
    leaver.expect(&Request::new("POST", "/users/logout"), 204).await?;
    let (mut ids, mut booked, mut broken, mut let_in) = (BTreeSet::new(), 0_usize, Vec::new(), Vec::new());
    for pair in OFFSETS.windows(2) {
        // Whoever signed in before the jump works on through it.
        let world = own.enter(settings.seed).await?;
        let mut admin = world.admin(0);
        let room = admin.make_resource(&format!("jump-clock {}", world.run), 1_000, false).await?;
        let enough = Arc::new(AtomicBool::new(false));
        let mut humming = JoinSet::new();
        for mut session in clients(&world, HUMMING) {
            let (enough, first) = (Arc::clone(&enough), world.first_day);
            humming.spawn(async move {
                let (mut made, mut wrong): (Vec<Id>, Vec<String>) = (Vec::new(), Vec::new());
                for hour in 0_i64.. {
                    if enough.load(Ordering::Relaxed) {
                        break;
                    }
                    let interval = Interval::lasting(first + hour % 500 * HOUR, HOUR);
                    match session.act(Op::Book { resource: room, interval, units: 1, key: None }).await {
                        Ok((Outcome::Done(id), _)) => made.push(id),
                        Ok((Outcome::Conflict | Outcome::Refused(401), _)) => {}
                        other => wrong.push(format!("{other:?}").chars().take(200).collect()),
                    }
                }
                (made, wrong)
            });
        }
        sleep(HUM).await;
        set(&clock, pair[1])?;
        sleep(HUM).await;
        enough.store(true, Ordering::Relaxed);
        for (made, wrong) in humming.join_all().await {
            booked += made.len();
            ids.extend(made);
            broken.extend(wrong.into_iter().map(|what| format!("{} to {}: {what}", pair[0], pair[1])));
        }
        if leaver.ask(&Request::new("GET", "/users/me")).await?.status != 401 {
            let_in.push(pair[1]);
        }
        // By the new time: everybody signs in, and one gets what many want.
        let world = own.enter(settings.seed).await?;
        race_slot::run(&world, &Settings { clients: 16, rounds: settings.rounds, ..settings.clone() }, report).await?;
    }
    report.check(
        "jump-clock: no answer but yes, taken and signed out",
        broken.is_empty(),
        format_args!("{} others {:?}", broken.len(), broken.first()),
    );
    report.check(
        "jump-clock: no id came twice",
        ids.len() == booked && 100 < booked,
        format_args!("{booked} bookings, {} ids", ids.len()),
    );
    report.check(
        "jump-clock: whoever has signed out stays out",
        let_in.is_empty(),
        format_args!("let in at {let_in:?}"),
    );
    for server in &mut own.servers {
        let ended = server.stop(30).await;
        let well = ended.as_ref().is_ok_and(std::process::ExitStatus::success);
        report.check("jump-clock: the server ends well", well, format_args!("{ended:?}"));
        report.check(
            "jump-clock: nothing panicked",
            !server.log().contains("panicked"),
            server.log().lines().last().unwrap_or_default(),
        );
    }
    let (clean, text) = own.command.check()?;
    report.check("jump-clock: `bronya check` finds nothing", clean, text.lines().last().unwrap_or_default());
    Ok(())
}

/// The same program, which sees the time that the file names.
fn wrapped(bronya: &Path, library: &Path, clock: &Path, folder: &Path) -> io::Result<PathBuf> {
    let script = folder.join("bronya");
    let bronya = std::path::absolute(bronya)?;
    let text = format!(
        "#!/bin/sh\nexec env LD_PRELOAD='{}' FAKETIME_TIMESTAMP_FILE='{}' FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 '{}' \"$@\"\n",
        library.display(),
        clock.display(),
        bronya.display(),
    );
    fs::write(&script, text)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700))?;
    Ok(script)
}

/// Jumps: the file is replaced as a whole.
fn set(clock: &Path, seconds: i64) -> io::Result<()> {
    let fresh = clock.with_extension("new");
    fs::write(&fresh, format!("{seconds:+}\n"))?;
    fs::rename(fresh, clock)
}
