//! A light check of e-mail addresses: enough that one can't break a header or a command of the mail protocol. Whether
//! mail arrives only mail can tell; an address never identifies an account.

/// Bytes in an address: the longest that fits the mail protocol's path (RFC 5321, section 4.5.3.1.3, erratum 1690).
pub const EMAIL_BYTES_MAX: usize = 254;

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailProblem {
    /// Longer than [`EMAIL_BYTES_MAX`].
    #[error("must have at most {EMAIL_BYTES_MAX} bytes")]
    TooLong,
    /// A space, a line break or another character that doesn't print.
    #[error("must not contain spaces or control characters")]
    Blank,
    /// No `@`, or several.
    #[error("must have one @ with something before it, such as name@example.org")]
    At,
    /// The part after the `@` is no domain name.
    #[error("must have a domain after the @, without empty labels, such as name@example.org")]
    Domain,
}

/// Checks an address.
pub fn check(address: &str) -> Result<(), EmailProblem> {
    if EMAIL_BYTES_MAX < address.len() {
        return Err(EmailProblem::TooLong);
    }
    if address.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(EmailProblem::Blank);
    }
    match address.split_once('@') {
        None | Some(("", _)) => Err(EmailProblem::At),
        Some((_, domain)) if domain.contains('@') => Err(EmailProblem::At),
        Some((_, domain)) if domain.split('.').any(str::is_empty) => Err(EmailProblem::Domain),
        Some(_) => Ok(()),
    }
}

/// The part before the `@`.
pub(super) fn local_part(address: &str) -> &str {
    address.split_once('@').map_or(address, |(local, _)| local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let local = |bytes: usize| format!("{}@example.org", "a".repeat(bytes - "@example.org".len()));
        for (address, expected) in [
            ("zoya@example.org", Ok(())),
            ("zoya+tennis@localhost", Ok(())),
            ("зоя@пример.рф", Ok(())),
            (local(EMAIL_BYTES_MAX).as_str(), Ok(())),
            (local(EMAIL_BYTES_MAX + 1).as_str(), Err(EmailProblem::TooLong)),
            ("", Err(EmailProblem::At)),
            ("zoya", Err(EmailProblem::At)),
            ("@example.org", Err(EmailProblem::At)),
            ("a@b@example.org", Err(EmailProblem::At)),
            ("zoya@", Err(EmailProblem::Domain)),
            ("zoya@example..org", Err(EmailProblem::Domain)),
            ("zoya@.org", Err(EmailProblem::Domain)),
            ("zoya@example.org.", Err(EmailProblem::Domain)),
            ("zoya@example.org\r\nBcc: all@example.org", Err(EmailProblem::Blank)),
            ("zoya@example.org\0", Err(EmailProblem::Blank)),
            ("zo ya@example.org", Err(EmailProblem::Blank)),
            ("zo\u{a0}ya@example.org", Err(EmailProblem::Blank)),
            ("zoya@example.org\u{2028}", Err(EmailProblem::Blank)),
        ] {
            assert_eq!(check(address), expected, "{address:?}");
        }
    }
}
