//! Access tokens: JWTs (RFC 7519, profile of RFC 9068) signed with HMAC-SHA-256. A token says who and which sign-in, and nothing
//! that can change: whether the session is alive and what the account may do, the database says on every request.
//! Nothing in a presented token is parsed before its signature was found good, and nothing in it chooses how it is checked.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use bronya_domain::ids::{SessionId, UserId};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, crypto};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::random;

/// Bytes of a token; ours have about 430. A longer one is refused before any work.
pub const TOKEN_BYTES_MAX: usize = 4_096;
/// Bytes of a signing key, at least: as many as the hash has (RFC 7518, section 3.2).
pub const KEY_BYTES_MIN: usize = 32;
/// Bytes of a signing key, at most: more than a hash's block add nothing.
pub const KEY_BYTES_MAX: usize = 1_024;
/// How far ahead another server's clock may be: `iat` and `nbf` may lie this far in the future. `exp` has no leeway.
pub const LEEWAY_SECS: i64 = 60;

/// How to make a good key; in every message about a bad one.
const REMEDY: &str = "make one with: openssl rand -base64 32";

/// What is wrong with a signing key. It never shows the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not base64.
    #[error("a signing key is written in base64; {REMEDY}")]
    NotBase64,
    /// Shorter than [`KEY_BYTES_MIN`].
    #[error("a signing key needs at least {KEY_BYTES_MIN} bytes; {REMEDY}")]
    TooShort,
    /// Longer than [`KEY_BYTES_MAX`].
    #[error("a signing key has at most {KEY_BYTES_MAX} bytes; {REMEDY}")]
    TooLong,
    /// Bytes that are not random: a text, a repetition, or an example that everybody knows.
    #[error("this signing key can be guessed: it is a text, a repetition or a well-known example; {REMEDY}")]
    Guessable,
}

/// A key that signs and verifies. Its `Debug` shows its id only, and its memory is overwritten when it is dropped.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    /// The first segment of every token signed with this key, with the dot that ends it.
    header: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl SigningKey {
    /// A new random key.
    pub fn generate() -> Self {
        Self::of(&random::bytes::<KEY_BYTES_MIN>())
    }

    /// A key from its bytes.
    pub fn from_bytes(secret: &[u8]) -> Result<Self, KeyError> {
        match secret.len() {
            bytes if bytes < KEY_BYTES_MIN => Err(KeyError::TooShort),
            bytes if KEY_BYTES_MAX < bytes => Err(KeyError::TooLong),
            _ if is_guessable(secret) => Err(KeyError::Guessable),
            _ => Ok(Self::of(secret)),
        }
    }

    /// A key as it stands in the configuration or in a file: base64 of either alphabet, padded or not. White space around it is
    /// ignored.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        Self::from_bytes(&from_base64(text.trim()).ok_or(KeyError::NotBase64)?)
    }

    fn of(secret: &[u8]) -> Self {
        // The id is made from the key, so that every server that was given the same key knows it by the same id. 64 bits
        // of a hash of 256 random bits tell nothing about them.
        let digest = Sha256::new().chain_update(b"bronya signing key id").chain_update(secret).finalize();
        let kid = URL_SAFE_NO_PAD.encode(&digest[..8]);
        let mut header = URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"at+jwt"}}"#));
        header.push('.');
        Self { kid, header, encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret) }
    }

    /// Its id, as tokens and the database name it: 11 characters of base64url.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Its bytes, for the one who stores them. Never log them.
    pub fn expose(&self) -> &[u8] {
        self.encoding.as_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// Secrets from tutorials that end up in production, as they are written there.
const KNOWN_EXAMPLES: [&str; 2] = [
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
];

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let engines = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD];
    engines.iter().find_map(|engine| engine.decode(text).ok())
}

/// Whether bytes are certainly not random. Of 32 random bytes about 30 differ, and all are printable once in 10^14 keys.
fn is_guessable(secret: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in secret {
        seen[usize::from(*byte)] = true;
    }
    let different = seen.iter().filter(|seen| **seen).count();
    let steps = secret.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == secret[1].wrapping_sub(secret[0]));
    let text = std::str::from_utf8(secret).is_ok_and(|text| !text.chars().any(char::is_control));
    let known = KNOWN_EXAMPLES.iter().any(|example| from_base64(example).is_some_and(|example| example == secret));
    different < 16 || steps || text || known
}

/// The keys in force: one signs, all verify. Cheap to clone; all clones change together.
#[derive(Clone)]
pub struct KeyRing(Arc<RwLock<Keys>>);

struct Keys {
    signing: Arc<SigningKey>,
    verifying: Vec<Arc<SigningKey>>,
}

impl Keys {
    fn new(signing: SigningKey, others: impl IntoIterator<Item = SigningKey>) -> Self {
        let signing = Arc::new(signing);
        let mut verifying = vec![Arc::clone(&signing)];
        verifying.extend(others.into_iter().map(Arc::new));
        Self { signing, verifying }
    }
}

impl KeyRing {
    /// `signing` signs and verifies, the others only verify: those that were in force until lately, and those of which other
    /// servers may know already.
    pub fn new(signing: SigningKey, others: impl IntoIterator<Item = SigningKey>) -> Self {
        Self(Arc::new(RwLock::new(Keys::new(signing, others))))
    }

    /// Puts other keys in force, for this and every clone, at once. Tokens signed with a key that is no longer here are no longer good.
    pub fn replace(&self, signing: SigningKey, others: impl IntoIterator<Item = SigningKey>) {
        let keys = Keys::new(signing, others);
        // Nothing panics while it holds this lock, and the keys are replaced in one step.
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// The ids of the keys in force, the signing one first.
    pub fn kids(&self) -> Vec<String> {
        self.read().verifying.iter().map(|key| key.kid.clone()).collect()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Keys> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn signing(&self) -> Arc<SigningKey> {
        Arc::clone(&self.read().signing)
    }

    /// The key whose header the token has, and what follows the header. The header must be ours to the byte: `none`, another
    /// algorithm, `jwk`, `jku`, `x5u`, `crit`, `zip` and unknown ids all end here, unread.
    fn find<'t>(&self, token: &'t str) -> Option<(Arc<SigningKey>, &'t str)> {
        let keys = self.read();
        keys.verifying.iter().find_map(|key| Some((Arc::clone(key), token.strip_prefix(key.header.as_str())?)))
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyRing").field(&self.kids()).finish()
    }
}

/// Why a token is no good. For the log and for tests: the client is told only that it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than [`TOKEN_BYTES_MAX`].
    #[error("longer than {TOKEN_BYTES_MAX} bytes")]
    TooLong,
    /// Not a token that one of our keys can have made.
    #[error("its header is none of ours")]
    Header,
    /// Not three parts, or the signature doesn't fit.
    #[error("its signature is wrong")]
    Signature,
    /// Signed by us, and its claims are not those of an access token.
    #[error("its claims are not those of an access token")]
    Claims,
    /// Made for another service, or by one.
    #[error("its issuer or audience is another")]
    Audience,
    /// `exp` has come.
    #[error("it has expired")]
    Expired,
    /// `iat` or `nbf` lies ahead by more than the leeway.
    #[error("it is not valid yet")]
    NotYet,
}

/// A new token.
#[derive(Clone)]
pub struct Issued {
    /// The token.
    pub token: String,
    /// From then on it is refused; in whole seconds.
    pub expires_at: Timestamp,
    /// How long it is good, in seconds: the `expires_in` of the answer.
    pub expires_in_secs: i64,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// What a good token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// Who.
    pub user: UserId,
    /// By which sign-in: whether it is still alive must be asked of the database.
    pub session: SessionId,
    /// The token's own id.
    pub id: Uuid,
    /// When it was made.
    pub issued_at: Timestamp,
    /// From then on it is refused.
    pub expires_at: Timestamp,
}

/// Makes and checks access tokens. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AccessTokens {
    keys: KeyRing,
    issuer: Arc<str>,
    audience: Arc<str>,
    lifetime: SignedDuration,
}

#[derive(Serialize)]
struct NewClaims<'a> {
    iss: &'a str,
    aud: &'a str,
    #[serde(serialize_with = "as_text")]
    sub: Uuid,
    #[serde(serialize_with = "as_text")]
    sid: Uuid,
    #[serde(serialize_with = "as_text")]
    jti: Uuid,
    iat: i64,
    exp: i64,
}

/// Claims as they must be: each once, strings where we write strings, and whole seconds. Claims that a newer version adds are
/// ignored.
#[derive(Deserialize)]
struct Claims<'a> {
    #[serde(borrow)]
    iss: std::borrow::Cow<'a, str>,
    #[serde(borrow)]
    aud: std::borrow::Cow<'a, str>,
    #[serde(deserialize_with = "id")]
    sub: Uuid,
    #[serde(deserialize_with = "id")]
    sid: Uuid,
    #[serde(deserialize_with = "id")]
    jti: Uuid,
    iat: u64,
    exp: u64,
    /// We don't write it. Where it stands it is honoured; `null` is no time.
    #[serde(default, deserialize_with = "given")]
    nbf: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn as_text<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
    let text = <&str>::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    u64::deserialize(deserializer).map(Some)
}

impl AccessTokens {
    /// Tokens of this issuer for this audience that are good for `lifetime`, cut to whole seconds.
    pub fn new(keys: KeyRing, issuer: &str, audience: &str, lifetime: SignedDuration) -> Self {
        Self { keys, issuer: issuer.into(), audience: audience.into(), lifetime }
    }

    /// The keys, to [replace](KeyRing::replace) them.
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// Makes a token. `id` is new, from the `Ids` port.
    pub fn issue(&self, user: UserId, session: SessionId, id: Uuid, now: Timestamp) -> Issued {
        let iat = now.as_second();
        let exp = iat.saturating_add(self.lifetime.as_secs());
        let claims =
            NewClaims { iss: &self.issuer, aud: &self.audience, sub: user.0, sid: session.0, jti: id, iat, exp };
        let json = serde_json::to_vec(&claims).expect("strings and whole numbers can always be written as JSON");
        let key = self.keys.signing();
        let mut token = key.header.clone();
        URL_SAFE_NO_PAD.encode_string(json, &mut token);
        let signature = crypto::sign(token.as_bytes(), &key.encoding, Algorithm::HS256)
            .expect("HMAC-SHA-256 takes a key of any length and can't fail");
        token.push('.');
        token.push_str(&signature);
        // The end of jiff's range is thousands of years away.
        let expires_at = Timestamp::from_second(exp).unwrap_or(Timestamp::MAX);
        Issued { token, expires_at, expires_in_secs: exp - iat }
    }

    /// Checks a token: its header, its signature, its claims, its times, in this order. That it is good doesn't mean that its session is
    /// still alive.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<AccessToken, TokenError> {
        if TOKEN_BYTES_MAX < token.len() {
            return Err(TokenError::TooLong);
        }
        let (key, rest) = self.keys.find(token).ok_or(TokenError::Header)?;
        let (payload, signature) = rest.split_once('.').ok_or(TokenError::Signature)?;
        let signed = &token[..key.header.len() + payload.len()];
        match crypto::verify(signature, signed.as_bytes(), &key.decoding, Algorithm::HS256) {
            Ok(true) => {}
            Ok(false) | Err(_) => return Err(TokenError::Signature),
        }
        let json = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TokenError::Claims)?;
        let claims: Claims<'_> = serde_json::from_slice(&json).map_err(|_| TokenError::Claims)?;
        if *claims.iss != *self.issuer || *claims.aud != *self.audience {
            return Err(TokenError::Audience);
        }
        let time = |secs: u64| {
            let secs = i64::try_from(secs).map_err(|_| TokenError::Claims)?;
            Timestamp::from_second(secs).map_err(|_| TokenError::Claims)
        };
        let (issued_at, expires_at) = (time(claims.iat)?, time(claims.exp)?);
        let starts_at = claims.nbf.map_or(Ok(issued_at), time)?.max(issued_at);
        if expires_at <= now {
            return Err(TokenError::Expired);
        }
        if now.as_second().saturating_add(LEEWAY_SECS) < starts_at.as_second() {
            return Err(TokenError::NotYet);
        }
        Ok(AccessToken {
            user: UserId(claims.sub),
            session: SessionId(claims.sid),
            id: claims.jti,
            issued_at,
            expires_at,
        })
    }
}
