//! Where the command line gets a password from: the standard input where that is no terminal, else it is asked for twice, unseen.
//! Never from an argument or a variable, which others can read.

use std::io::{self, IsTerminal, Read};

use bronya_server::auth::password::PASSWORD_BYTES_MAX;

use crate::failure::Failure;

/// Reads a new password.
pub(crate) fn read() -> Result<String, Failure> {
    if io::stdin().is_terminal() {
        let ask = |prompt| {
            rpassword::prompt_password(prompt)
                .map_err(|error| Failure::Failed(format!("can't read the password: {error}")))
        };
        same(ask("New password: ")?, &ask("The same again: ")?)
    } else {
        from_input(io::stdin().lock())
    }
}

fn same(first: String, second: &str) -> Result<String, Failure> {
    if first == second { Ok(first) } else { Err(Failure::Failed("the two passwords are not the same".to_owned())) }
}

/// The one line of an input; the line break at its end, if there is one, is not part of the password. Everything else is.
fn from_input(input: impl Read) -> Result<String, Failure> {
    let fail = |what: &str| Failure::Failed(format!("the password on the standard input {what}"));
    let mut bytes = Vec::new();
    // One byte more than a password and its line break can have is enough to tell.
    let most = u64::try_from(PASSWORD_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(3);
    input.take(most).read_to_end(&mut bytes).map_err(|error| fail(&format!("can't be read: {error}")))?;
    let mut text = String::from_utf8(bytes).map_err(|_| fail("is not UTF-8"))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if PASSWORD_BYTES_MAX < text.len() {
        return Err(fail(&format!("has more than {PASSWORD_BYTES_MAX} bytes")));
    }
    if text.contains(['\n', '\r']) {
        return Err(fail("has more than one line"));
    }
    if text.is_empty() {
        return Err(fail("is empty"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_the_password() {
        let long = "x".repeat(PASSWORD_BYTES_MAX);
        for (input, password) in [
            ("correct horse", Some("correct horse")),
            ("correct horse\n", Some("correct horse")),
            ("correct horse\r\n", Some("correct horse")),
            (" with spaces \n", Some(" with spaces ")),
            ("пароль\n", Some("пароль")),
            (&format!("{long}\r\n"), Some(long.as_str())),
            (&format!("{long}x\n"), None),
            ("", None),
            ("\n", None),
            ("two\nlines\n", None),
            ("two\n\n", None),
            ("carriage\rreturn\n", None),
        ] {
            assert_eq!(from_input(input.as_bytes()).ok().as_deref(), password, "{input:.30?}");
        }
        assert!(from_input(&b"caf\xe9\n"[..]).is_err(), "Latin-1 is not UTF-8");
    }

    #[test]
    fn typing_it_twice_must_give_the_same() {
        assert_eq!(same("a".to_owned(), "a"), Ok("a".to_owned()));
        assert!(same("a".to_owned(), "A").is_err());
    }
}
