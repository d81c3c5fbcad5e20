//! A server whose wall clock is not the machine's: libfaketime (Debian's package `faketime`) shows it what a file says. Its monotonic
//! clock goes on as it is.

use crate::process::TemporaryFolder;
use crate::random::Random;
use crate::report::Report;
use crate::target::{Own, OwnOptions, TargetError};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// What a server takes for the time of day.
pub struct Clock {
    file: PathBuf,
    bronya: PathBuf,
    // Last, so that it goes away after all that is in it.
    _folder: TemporaryFolder,
}

/// The library, where Debian puts it.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
    folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|file| file.exists())
}

impl Clock {
    /// A clock that shows what `setting` says (faketime(1)); nothing, and a failure in the report, where there is no libfaketime.
    pub fn new(
        scenario: &str,
        setting: &str,
        options: &OwnOptions,
        report: &mut Report,
    ) -> Result<Option<Self>, TargetError> {
        let found = library();
        let claim = format!("{scenario}: libfaketime is there (Debian's package faketime)");
        report.check(&claim, found.is_some(), format_args!("{found:?}"));
        let Some(library) = found else { return Ok(None) };
        let name = format!("bronya-clock-{}-{:x}", std::process::id(), Random::fresh_seed());
        let folder = TemporaryFolder::new(&options.work_folder, &name)?;
        let file = folder.path().join("clock");
        let bronya = wrapped(&options.bronya, &library, &file, folder.path())?;
        let clock = Self { file, bronya, _folder: folder };
        clock.set(setting)?;
        Ok(Some(clock))
    }

    /// The same servers, by this clock.
    pub fn options(&self, options: &OwnOptions) -> OwnOptions {
        OwnOptions { bronya: self.bronya.clone(), ..options.clone() }
    }

    /// Shows something else from now on: the file is replaced as a whole.
    pub fn set(&self, setting: &str) -> io::Result<()> {
        let fresh = self.file.with_extension("new");
        fs::write(&fresh, format!("{setting}\n"))?;
        fs::rename(fresh, &self.file)
    }
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

/// After all: the servers end well, nothing panicked, and the audit is clean.
pub async fn aftermath(own: &mut Own, scenario: &str, report: &mut Report) -> Result<(), TargetError> {
    for server in &mut own.servers {
        let ended = server.stop(30).await;
        let well = ended.as_ref().is_ok_and(std::process::ExitStatus::success);
        report.check(&format!("{scenario}: the server ends well"), well, format_args!("{ended:?}"));
        report.check(
            &format!("{scenario}: nothing panicked"),
            !server.log().contains("panicked"),
            server.log().lines().last().unwrap_or_default(),
        );
    }
    let (clean, text) = own.command.check()?;
    let claim = format!("{scenario}: `bronya check` finds nothing");
    report.check(&claim, clean, text.lines().last().unwrap_or_default());
    Ok(())
}
