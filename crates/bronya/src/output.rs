//! The standard output and the standard error. A reader that has gone away, such as `head`, is no failure.

use std::io::{self, ErrorKind, Write};

use crate::failure::Failure;

/// Prints what was asked for.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Failed(format!("can't write: {error}"))),
        _ => Ok(()),
    }
}

/// Tells something besides, on the standard error.
pub(crate) fn tell(text: &str) {
    let mut err = io::stderr().lock();
    for line in text.lines() {
        // Nobody is left to be told that nobody can be told.
        if writeln!(err, "bronya: {line}").is_err() {
            return;
        }
    }
}
