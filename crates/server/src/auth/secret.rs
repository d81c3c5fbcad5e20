//! Opaque tokens: 256 random bits that mean nothing but what a row says that has their hash. Only the hash is stored, so
//! that whoever reads the database can't use them. They are never accepted where an access token belongs, nor one
//! kind of them in the place of another.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::random;

/// Random bytes in a token.
const RANDOM_BYTES: usize = 32;
/// What they are in base64url.
const RANDOM_CHARS: usize = 43;

/// What a token is for. Its prefix says so, to people, to scanners of leaked secrets, and to [`SecretToken::parse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// Gets a new pair of tokens for a session.
    Refresh,
    /// Makes the first administrator.
    SetUp,
    /// Manages the booking of a guest without an account.
    GuestLink,
    /// Is a display at a door.
    Display,
    /// Sets a password.
    PasswordLink,
}

impl SecretKind {
    /// What tokens of this kind begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Refresh => "brt_",
            Self::SetUp => "bst_",
            Self::GuestLink => "bgl_",
            Self::Display => "bdt_",
            Self::PasswordLink => "bpl_",
        }
    }
}

/// An opaque token. Its `Debug` shows the prefix only.
#[derive(Clone)]
pub struct SecretToken {
    kind: SecretKind,
    text: String,
}

impl SecretToken {
    /// Makes a new one.
    pub fn generate(kind: SecretKind) -> Self {
        let mut text = kind.prefix().to_owned();
        URL_SAFE_NO_PAD.encode_string(random::bytes::<RANDOM_BYTES>(), &mut text);
        Self { kind, text }
    }

    /// Reads a presented one; `None` where it can't be a token of this kind, whatever the database holds.
    pub fn parse(kind: SecretKind, text: &str) -> Option<Self> {
        let random = text.strip_prefix(kind.prefix())?;
        let plain = random.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        (random.len() == RANDOM_CHARS && plain).then(|| Self { kind, text: text.to_owned() })
    }

    /// The token itself, for the one it is given to. Never log it, never store it.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What is stored: SHA-256 of the token. 256 random bits need no slow hash.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.text).into()
    }

    /// Whether this is the token that was stored, in a time that doesn't depend on how much of it fits.
    pub fn matches(&self, stored: &[u8; 32]) -> bool {
        self.hash().ct_eq(stored).into()
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}***", self.kind.prefix())
    }
}

/// Characters of a code: those that nobody takes for another.
const CODE_LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// How many of them a code has: 40 bits, which is much for ten minutes and a few tries.
const CODE_CHARS: usize = 8;

/// What a tablet shows and somebody types: short, good for minutes, once, and only together with a sign-in.
#[derive(Clone, PartialEq, Eq)]
pub struct PairingCode([u8; CODE_CHARS]);

impl PairingCode {
    /// Makes a new one.
    pub fn generate() -> Self {
        // A byte modulo 32 is even: 256 is a multiple of it.
        Self(random::bytes::<CODE_CHARS>().map(|byte| CODE_LETTERS[usize::from(byte % 32)]))
    }

    /// Reads what somebody typed, with or without the hyphen, in capitals or not.
    pub fn parse(text: &str) -> Option<Self> {
        if 2 * CODE_CHARS < text.len() {
            return None;
        }
        let typed = text.bytes().filter(|byte| !matches!(byte, b'-' | b' ')).map(|byte| byte.to_ascii_uppercase());
        let letters: Vec<u8> = typed.collect();
        let code: [u8; CODE_CHARS] = letters.try_into().ok()?;
        code.iter().all(|letter| CODE_LETTERS.contains(letter)).then_some(Self(code))
    }

    /// What is stored.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Display for PairingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, letter) in self.0.iter().enumerate() {
            if place == CODE_CHARS / 2 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(*letter))?;
        }
        Ok(())
    }
}

impl fmt::Debug for PairingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_and_fit_their_own_hash_only() {
        let token = SecretToken::generate(SecretKind::Refresh);
        let other = SecretToken::generate(SecretKind::Refresh);
        assert!(token.expose().starts_with("brt_"));
        assert_eq!(token.expose().len(), 4 + RANDOM_CHARS);
        let again = SecretToken::parse(SecretKind::Refresh, token.expose()).unwrap();
        assert!(again.matches(&token.hash()));
        assert!(!other.matches(&token.hash()));
        assert_ne!(token.hash(), other.hash());
    }

    #[test]
    fn what_can_not_be_a_token_is_refused_unseen() {
        let token = SecretToken::generate(SecretKind::Refresh);
        let text = token.expose();
        assert!(SecretToken::parse(SecretKind::SetUp, text).is_none());
        for wrong in [
            "",
            "brt_",
            &text[..text.len() - 1],
            &format!("{text}A"),
            &format!(" {text}"),
            &text.replacen("brt_", "BRT_", 1),
            &format!("brt_{}", "é".repeat(RANDOM_CHARS)),
            &format!("brt_{}", "+".repeat(RANDOM_CHARS)),
            &"brt_".repeat(1_000_000),
        ] {
            assert!(SecretToken::parse(SecretKind::Refresh, wrong).is_none(), "{wrong:.60}");
        }
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = PairingCode::generate();
        let text = code.to_string();
        assert_eq!(text.len(), CODE_CHARS + 1);
        for typed in [text.clone(), text.to_lowercase(), text.replace('-', ""), format!(" {} ", text.replace('-', " "))]
        {
            assert!(PairingCode::parse(&typed) == Some(code.clone()), "{typed}");
        }
        for wrong in ["", "K7QM-4XP", "K7QM-4XPRR", "K7QM-4XP0", "K7QM-4XPI", "K7QM-4XPé", &"-".repeat(10_000)] {
            assert!(PairingCode::parse(wrong).is_none(), "{wrong:.20}");
        }
    }

    #[test]
    fn debug_tells_nothing() {
        let token = SecretToken::generate(SecretKind::SetUp);
        assert_eq!(format!("{token:?}"), "bst_***");
    }
}
