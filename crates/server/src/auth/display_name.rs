//! What others see in the place of a user name. It identifies nobody and is never looked up.

use bronya_domain::text::{self, TextProblem};

/// Characters in a display name.
pub const DISPLAY_NAME_CHARS_MAX: usize = 100;

/// Whether a text can be a display name: 1 to [`DISPLAY_NAME_CHARS_MAX`] characters in one line, not only white space.
pub fn check(name: &str) -> Result<(), TextProblem> {
    text::required_line(name, DISPLAY_NAME_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_that_says_something() {
        assert_eq!(check("Зоя Ivanova-O’Neil 🎾"), Ok(()));
        assert_eq!(check(&"é".repeat(DISPLAY_NAME_CHARS_MAX)), Ok(()));
        assert_eq!(check(&"é".repeat(DISPLAY_NAME_CHARS_MAX + 1)), Err(TextProblem::TooLong(100)));
        assert_eq!(check(" "), Err(TextProblem::Empty));
        for bad in ["a\nb", "a\0", "a\u{2028}b", "a\u{2029}b", "\u{7f}"] {
            assert_eq!(check(bad), Err(TextProblem::ControlCharacter), "{bad:?}");
        }
    }
}
