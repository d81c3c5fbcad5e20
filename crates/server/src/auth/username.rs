//! User names: what one may look like, and the key under which it is unique. It never tells whether somebody has it.

use std::fmt;

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters in a user name, at least.
pub const USERNAME_CHARS_MIN: usize = 2;
/// Characters in a user name, at most.
pub const USERNAME_CHARS_MAX: usize = 64;
/// Bytes that are looked at: normalising makes some characters eighteen times as long.
const USERNAME_BYTES_MAX: usize = 1_024;
/// Combining marks on one letter: scripts that write vowels as marks need two or three, stacks of them are graffiti.
const MARKS_MAX: usize = 3;

/// A name that somebody can have.
#[derive(Clone, PartialEq, Eq)]
pub struct Username {
    shown: String,
    key: String,
}

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsernameProblem {
    /// Fewer than [`USERNAME_CHARS_MIN`] characters.
    #[error("must have at least {USERNAME_CHARS_MIN} characters")]
    TooShort,
    /// More than [`USERNAME_CHARS_MAX`] characters.
    #[error("must have at most {USERNAME_CHARS_MAX} characters")]
    TooLong,
    /// The first character is neither a letter nor a digit.
    #[error("must start with a letter or a digit")]
    Start,
    /// A character that a name can't have; it is carried along to be named.
    #[error("may have letters, digits and . _ - @ + only, not {}", Named(*.0))]
    Character(char),
    /// More than three combining marks on one letter.
    #[error("must not have more than {MARKS_MAX} combining marks on one letter")]
    Marks,
}

/// A character as an error message can safely show it.
struct Named(char);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(c) = *self;
        if c == ' ' {
            f.write_str("a space")
        } else if c.is_control() || c.is_whitespace() || is_combining_mark(c) || is_invisible(c) {
            write!(f, "U+{:04X}", u32::from(c))
        } else {
            write!(f, "\u{201c}{c}\u{201d}")
        }
    }
}

impl Username {
    /// Reads a name. It is brought into Unicode's form NFKC first, so that full-width letters and ligatures are the plain
    /// ones; nothing is trimmed.
    pub fn parse(text: &str) -> Result<Self, UsernameProblem> {
        if USERNAME_BYTES_MAX < text.len() {
            return Err(UsernameProblem::TooLong);
        }
        let shown: String = text.nfkc().collect();
        let mut marks = 0;
        for (at, c) in shown.chars().enumerate() {
            let mark = is_combining_mark(c);
            marks = if mark { marks + 1 } else { 0 };
            if is_invisible(c) || !(c.is_alphanumeric() || mark || matches!(c, '.' | '_' | '-' | '@' | '+')) {
                return Err(UsernameProblem::Character(c));
            }
            if at == 0 && (mark || !c.is_alphanumeric()) {
                return Err(UsernameProblem::Start);
            }
            if MARKS_MAX < marks {
                return Err(UsernameProblem::Marks);
            }
            if at == USERNAME_CHARS_MAX {
                return Err(UsernameProblem::TooLong);
            }
        }
        if shown.chars().nth(USERNAME_CHARS_MIN - 1).is_none() {
            return Err(UsernameProblem::TooShort);
        }
        let key = fold(&shown);
        Ok(Self { shown, key })
    }

    /// The name as its owner writes it, in form NFKC.
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// The key under which it is unique: without regard to case.
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown.fmt(f)
    }
}

/// Unicode's compatibility caseless form (The Unicode Standard, D146), composed: equal for texts that differ in case, width or
/// the way accents are written, and only for those.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfd().default_case_fold().nfkd().default_case_fold().nfkc().collect()
}

/// Characters that show nothing of their own, though some of them count as letters or marks (Unicode's
/// `Default_Ignorable_Code_Point`): two names could look the same.
fn is_invisible(c: char) -> bool {
    matches!(
        u32::from(c),
        0xad | 0x34f | 0x61c | 0x115f..=0x1160 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e
            | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfff8 | 0x1_bca0..=0x1_bca3
            | 0x1_d173..=0x1_d17a | 0xe_0000..=0xe_0fff
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_are_good() {
        for (given, shown, key) in [
            ("zoya", "zoya", "zoya"),
            ("Zoya.Ivanova_2-x@example.org+y", "Zoya.Ivanova_2-x@example.org+y", "zoya.ivanova_2-x@example.org+y"),
            ("7up", "7up", "7up"),
            ("Зоя", "Зоя", "зоя"),
            ("STRASSE", "STRASSE", "strasse"),
            ("Straße", "Straße", "strasse"),
            ("ΣΊΣΥΦΟΣ", "ΣΊΣΥΦΟΣ", "σίσυφοσ"),
            ("σίσυφος", "σίσυφος", "σίσυφοσ"),
            ("Ｚｏｙａ", "Zoya", "zoya"),
            ("ﬁrst", "first", "first"),
            ("Ame\u{301}lie", "Amélie", "amélie"),
            ("हिन्दी", "हिन्दी", "हिन्दी"),
            ("李小龍", "李小龍", "李小龍"),
        ] {
            let name = Username::parse(given).unwrap();
            assert_eq!((name.as_str(), name.key()), (shown, key), "{given}");
        }
    }

    #[test]
    fn names_that_are_not() {
        use UsernameProblem::{Character, Marks, Start, TooLong, TooShort};
        for (given, problem) in [
            ("", TooShort),
            ("z", TooShort),
            ("_z", Start),
            (".zoya", Start),
            ("@zoya", Start),
            ("\u{301}zoya", Start),
            ("zo ya", Character(' ')),
            ("zoya ", Character(' ')),
            ("zo\u{a0}ya", Character(' ')),
            ("zo\tya", Character('\t')),
            ("zo\0ya", Character('\0')),
            ("zo\nya", Character('\n')),
            ("zo\u{200b}ya", Character('\u{200b}')),
            ("zo\u{200d}ya", Character('\u{200d}')),
            ("zo\u{202e}ya", Character('\u{202e}')),
            ("zo\u{fe0f}ya", Character('\u{fe0f}')),
            ("zo\u{3164}ya", Character('\u{1160}')),
            ("zo\u{115f}ya", Character('\u{115f}')),
            ("zo\u{ad}ya", Character('\u{ad}')),
            ("zoya!", Character('!')),
            ("zoya/..", Character('/')),
            ("<zoya>", Character('<')),
            ("zoya🎾", Character('🎾')),
            ("zoa\u{301}\u{302}\u{303}\u{304}\u{305}", Marks),
        ] {
            assert_eq!(Username::parse(given), Err(problem), "{given:?}");
        }
        assert!(Username::parse(&"z".repeat(USERNAME_CHARS_MAX)).is_ok());
        assert_eq!(Username::parse(&"z".repeat(USERNAME_CHARS_MAX + 1)), Err(TooLong));
        assert_eq!(Username::parse(&"\u{fdfa}".repeat(1_000_000)), Err(TooLong));
    }

    #[test]
    fn messages_show_nothing_that_can_not_be_shown() {
        let message = |name| Username::parse(name).unwrap_err().to_string();
        assert_eq!(message("zo ya"), "may have letters, digits and . _ - @ + only, not a space");
        assert_eq!(message("zoya!"), "may have letters, digits and . _ - @ + only, not “!”");
        assert_eq!(message("zo\u{202e}ya"), "may have letters, digits and . _ - @ + only, not U+202E");
    }

    proptest! {
        #[test]
        fn a_name_is_good_again_and_its_key_stays(text in "\\PC{0,40}") {
            if let Ok(name) = Username::parse(&text) {
                let again = Username::parse(name.as_str()).unwrap();
                prop_assert_eq!(&name, &again);
                prop_assert_eq!(fold(name.key()), name.key());
                let upper: String = name.as_str().chars().flat_map(char::to_uppercase).collect();
                prop_assert_eq!(fold(&upper), name.key());
            }
        }
    }
}
