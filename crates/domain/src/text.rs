//! Text that people typed: bounded, without control characters, kept as it was given.

use std::fmt;

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextProblem {
    /// Nothing but white space, where something is required.
    Empty,
    /// More characters than the maximum it carries.
    TooLong(usize),
    /// A control character, or one that breaks lines where there is one line.
    ControlCharacter,
}

impl fmt::Display for TextProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("must not be empty"),
            Self::TooLong(max) => write!(f, "must have at most {max} characters"),
            Self::ControlCharacter => f.write_str("must not contain control characters"),
        }
    }
}

/// One line of at most `chars_max` characters: no control character, no line or paragraph separator.
pub fn line(text: &str, chars_max: usize) -> Result<(), TextProblem> {
    bounded(text, chars_max)?;
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if text.chars().any(breaks) { Err(TextProblem::ControlCharacter) } else { Ok(()) }
}

/// A [`line`] that says something.
pub fn required_line(text: &str, chars_max: usize) -> Result<(), TextProblem> {
    if text.trim().is_empty() {
        return Err(TextProblem::Empty);
    }
    line(text, chars_max)
}

/// Several lines of at most `chars_max` characters in all: tabs and line feeds are welcome, other control
/// characters are not.
pub fn paragraphs(text: &str, chars_max: usize) -> Result<(), TextProblem> {
    bounded(text, chars_max)?;
    let stray = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(stray) { Err(TextProblem::ControlCharacter) } else { Ok(()) }
}

fn bounded(text: &str, chars_max: usize) -> Result<(), TextProblem> {
    // A character has at most four bytes: a text this long is refused without counting.
    if text.len() > chars_max * 4 || text.chars().count() > chars_max {
        return Err(TextProblem::TooLong(chars_max));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_paragraphs() {
        assert_eq!(required_line("  ", 10), Err(TextProblem::Empty));
        assert_eq!(required_line("Зал", 3), Ok(()));
        assert_eq!(required_line("Зала", 3), Err(TextProblem::TooLong(3)));
        assert_eq!(line("", 3), Ok(()));
        for bad in ["a\nb", "a\0", "a\u{2028}b", "\u{1b}[0m", "\r"] {
            assert_eq!(line(bad, 10), Err(TextProblem::ControlCharacter), "{bad:?}");
        }
        assert_eq!(paragraphs("a\n\tb\r\n", 10), Ok(()));
        assert_eq!(paragraphs("a\0b", 10), Err(TextProblem::ControlCharacter));
    }
}
