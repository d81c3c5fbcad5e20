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

    /// How long a token is good.
    pub fn lifetime(&self) -> SignedDuration {
        self.lifetime
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ISSUER: &str = "https://book.example.org";
    const AUDIENCE: &str = "bronya";
    const MINUTES_15: SignedDuration = SignedDuration::from_mins(15);

    fn now() -> Timestamp {
        "2026-03-01T12:00:00.25Z".parse().unwrap()
    }

    fn tokens(ring: KeyRing) -> AccessTokens {
        AccessTokens::new(ring, ISSUER, AUDIENCE, MINUTES_15)
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn issue(tokens: &AccessTokens) -> Issued {
        tokens.issue(UserId(id(1)), SessionId(id(2)), id(3), now())
    }

    /// A token with any header and claims, signed with any algorithm of the family.
    fn forge(header: &str, claims: &str, key: &SigningKey, algorithm: Algorithm) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = crypto::sign(signed.as_bytes(), &key.encoding, algorithm).unwrap();
        format!("{signed}.{signature}")
    }

    fn header(key: &SigningKey) -> String {
        format!(r#"{{"alg":"HS256","kid":"{}","typ":"at+jwt"}}"#, key.kid())
    }

    fn claims() -> Value {
        let iat = now().as_second();
        json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": id(1).to_string(), "sid": id(2).to_string(), "jti": id(3).to_string(),
            "iat": iat, "exp": iat + 900,
        })
    }

    #[test]
    fn a_token_says_who_and_which_sign_in() {
        let key = SigningKey::generate();
        let tokens = tokens(KeyRing::new(key.clone(), []));
        let issued = issue(&tokens);
        assert_eq!(issued.expires_in_secs, 900);
        let verified = tokens.verify(&issued.token, now()).unwrap();
        assert_eq!((verified.user, verified.session, verified.id), (UserId(id(1)), SessionId(id(2)), id(3)));
        assert_eq!(verified.issued_at.as_second(), now().as_second());
        assert_eq!(verified.expires_at, issued.expires_at);
        let (head, rest) = issued.token.split_once('.').unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(head).unwrap(), header(&key).as_bytes());
        let (payload, _) = rest.split_once('.').unwrap();
        let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
        assert_eq!(payload, claims());
    }

    #[test]
    fn headers_other_than_ours_are_refused_even_with_a_good_signature() {
        let key = SigningKey::generate();
        let other = SigningKey::generate();
        let tokens = tokens(KeyRing::new(key.clone(), []));
        let kid = key.kid();
        let good = forge(&header(&key), &claims().to_string(), &key, Algorithm::HS256);
        assert!(tokens.verify(&good, now()).is_ok(), "the forgery would be good with the right header");
        for head in [
            format!(r#"{{"alg":"none","kid":"{kid}","typ":"at+jwt"}}"#),
            format!(r#"{{"alg":"None","kid":"{kid}","typ":"at+jwt"}}"#),
            format!(r#"{{"alg":"nOnE","kid":"{kid}","typ":"at+jwt"}}"#),
            format!(r#"{{"alg":"RS256","kid":"{kid}","typ":"at+jwt"}}"#),
            format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"at+jwt"}}"#),
            format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"JWT"}}"#),
            format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#),
            format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{kid}"}}"#),
            format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"at+jwt","jku":"http://127.0.0.1:1/"}}"#),
            format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"at+jwt","jwk":{{"kty":"oct","k":"AAAA"}}}}"#),
            format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"at+jwt","x5u":"http://127.0.0.1:1/"}}"#),
            format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"at+jwt","x5c":["AAAA"]}}"#),
            format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"at+jwt","crit":["exp"]}}"#),
            format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"at+jwt","b64":false,"crit":["b64"]}}"#),
            format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"at+jwt","zip":"DEF"}}"#),
            r#"{"alg":"HS256","typ":"at+jwt"}"#.to_owned(),
            r#"{"alg":"HS256","kid":"../../etc/passwd","typ":"at+jwt"}"#.to_owned(),
            r#"{"alg":"HS256","kid":"' OR 1=1 --","typ":"at+jwt"}"#.to_owned(),
            header(&other),
            "{}".to_owned(),
            String::new(),
        ] {
            let token = forge(&head, &claims().to_string(), &key, Algorithm::HS256);
            assert_eq!(tokens.verify(&token, now()), Err(TokenError::Header), "{head}");
        }
        let long = format!(r#"{{"alg":"HS256","kid":"{}","typ":"at+jwt"}}"#, "k".repeat(10_000));
        let token = forge(&long, &claims().to_string(), &key, Algorithm::HS256);
        assert_eq!(tokens.verify(&token, now()), Err(TokenError::TooLong));
    }

    #[test]
    fn signatures_that_do_not_fit_are_refused() {
        let key = SigningKey::generate();
        let tokens = tokens(KeyRing::new(key.clone(), []));
        let good = issue(&tokens).token;
        let (signed, signature) = good.rsplit_once('.').unwrap();
        let (head, payload) = signed.split_once('.').unwrap();
        let other = forge(&header(&key), &claims().to_string(), &SigningKey::generate(), Algorithm::HS256);
        let longer = forge(&header(&key), &claims().to_string(), &key, Algorithm::HS512);
        // The last character of 43 carries two bits that mean nothing: a token that differs there only is another token.
        let last = signature.chars().last().unwrap();
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let next = alphabet.chars().nth(alphabet.find(last).unwrap() ^ 1).unwrap();
        for token in [
            format!("{signed}."),
            signed.to_owned(),
            format!("{head}."),
            head.to_owned(),
            format!("{head}.{payload}.{}{next}", &signature[..signature.len() - 1]),
            format!("{head}.{payload}.{}", &signature[..40]),
            format!("{good}="),
            format!("{good}.{signature}"),
            format!("{good}\n"),
            format!("{head}.{payload}x.{signature}"),
            format!("{head}..{signature}"),
            other,
            longer,
        ] {
            let refused = tokens.verify(&token, now()).unwrap_err();
            assert!(matches!(refused, TokenError::Signature | TokenError::Header), "{token}: {refused:?}");
        }
        for garbage in ["", ".", "..", "...", "é.é.é", " ", "Bearer x"] {
            assert_eq!(tokens.verify(garbage, now()), Err(TokenError::Header), "{garbage}");
        }
        assert_eq!(tokens.verify(&format!(" {good}"), now()), Err(TokenError::Header));
    }

    #[test]
    fn claims_must_be_ours_to_the_type() {
        use TokenError::{Audience, Claims, Expired, NotYet};
        let key = SigningKey::generate();
        let tokens = tokens(KeyRing::new(key.clone(), []));
        let now_secs = now().as_second();
        let check = |name: &str, value: Option<Value>, expected: Result<(), TokenError>| {
            let mut claims = claims();
            match &value {
                Some(value) => claims[name] = value.clone(),
                None => drop(claims.as_object_mut().unwrap().remove(name)),
            }
            let token = forge(&header(&key), &claims.to_string(), &key, Algorithm::HS256);
            assert_eq!(tokens.verify(&token, now()).map(drop), expected, "{name}: {value:?}");
        };
        for name in ["iss", "aud", "sub", "sid", "jti", "iat", "exp"] {
            check(name, None, Err(Claims));
            check(name, Some(Value::Null), Err(Claims));
            check(name, Some(json!([])), Err(Claims));
            check(name, Some(json!(true)), Err(Claims));
        }
        for name in ["exp", "iat", "nbf"] {
            for wrong in [json!("1772366400"), json!(1_772_366_400.5), json!(-1), json!(1e308), json!([1]), json!({})] {
                check(name, Some(wrong), Err(Claims));
            }
            check(name, Some(json!(u64::MAX)), Err(Claims));
            check(name, Some(json!(i64::MAX)), Err(Claims));
        }
        check("nbf", Some(Value::Null), Err(Claims));
        check("sub", Some(json!("zoya")), Err(Claims));
        check("sub", Some(json!(1)), Err(Claims));
        check("aud", Some(json!([AUDIENCE])), Err(Claims));
        check("iss", Some(json!([ISSUER])), Err(Claims));
        check("aud", Some(json!("other")), Err(Audience));
        check("aud", Some(json!("bronya2")), Err(Audience));
        check("aud", Some(json!("")), Err(Audience));
        check("iss", Some(json!("https://book.example.com")), Err(Audience));
        check("exp", Some(json!(now_secs + 1)), Ok(()));
        check("exp", Some(json!(now_secs)), Err(Expired));
        check("exp", Some(json!(0)), Err(Expired));
        check("iat", Some(json!(now_secs + LEEWAY_SECS)), Ok(()));
        check("iat", Some(json!(now_secs + LEEWAY_SECS + 1)), Err(NotYet));
        check("nbf", Some(json!(now_secs + LEEWAY_SECS)), Ok(()));
        check("nbf", Some(json!(now_secs + LEEWAY_SECS + 1)), Err(NotYet));
        check("role", Some(json!("admin")), Ok(()));
        // `nbf` can only make it later.
        let mut late = claims();
        (late["iat"], late["nbf"]) = (json!(now_secs + LEEWAY_SECS + 1), json!(now_secs));
        let token = forge(&header(&key), &late.to_string(), &key, Algorithm::HS256);
        assert_eq!(tokens.verify(&token, now()), Err(NotYet));
        for claims in ["", "null", "[]", "\"\"", "{}", "{", &claims().to_string().replacen('{', "{\"exp\":1,", 1)] {
            let token = forge(&header(&key), claims, &key, Algorithm::HS256);
            assert_eq!(tokens.verify(&token, now()), Err(Claims), "{claims}");
        }
        let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
        let token = forge(&header(&key), &deep, &key, Algorithm::HS256);
        assert_eq!(tokens.verify(&token, now()), Err(Claims));
    }

    #[test]
    fn a_token_ends_at_its_second() {
        let tokens = tokens(KeyRing::new(SigningKey::generate(), []));
        let issued = issue(&tokens);
        let before = issued.expires_at - SignedDuration::from_micros(1);
        assert!(tokens.verify(&issued.token, before).is_ok());
        assert_eq!(tokens.verify(&issued.token, issued.expires_at), Err(TokenError::Expired));
        // A server whose clock is a minute behind takes it; two minutes are too much.
        assert!(tokens.verify(&issued.token, now() - SignedDuration::from_secs(60)).is_ok());
        assert_eq!(tokens.verify(&issued.token, now() - SignedDuration::from_secs(120)), Err(TokenError::NotYet));
    }

    #[test]
    fn keys_rotate_without_a_refused_request() {
        let (a, b) = (SigningKey::generate(), SigningKey::generate());
        let tokens = tokens(KeyRing::new(a.clone(), []));
        let elsewhere = tokens.clone();
        let by_a = issue(&tokens).token;
        tokens.keys().replace(b.clone(), [a.clone()]);
        let by_b = issue(&elsewhere).token;
        assert_eq!(elsewhere.keys().kids(), [b.kid(), a.kid()]);
        assert!(by_b.starts_with(&b.header) && by_a.starts_with(&a.header));
        assert!(elsewhere.verify(&by_a, now()).is_ok());
        assert!(elsewhere.verify(&by_b, now()).is_ok());
        tokens.keys().replace(b, []);
        assert_eq!(elsewhere.verify(&by_a, now()), Err(TokenError::Header));
        assert!(elsewhere.verify(&by_b, now()).is_ok());
    }

    #[test]
    fn two_services_with_the_same_key_do_not_take_each_others_tokens() {
        let ring = KeyRing::new(SigningKey::generate(), []);
        let ours = tokens(ring.clone());
        let theirs = AccessTokens::new(ring, "https://other.example.org", AUDIENCE, MINUTES_15);
        assert_eq!(theirs.verify(&issue(&ours).token, now()), Err(TokenError::Audience));
    }

    #[test]
    fn keys_are_the_same_however_they_are_written() {
        let bytes: Vec<u8> = (0..33_u8).map(|n| n.wrapping_mul(71) ^ 0xa5).collect();
        let key = SigningKey::from_bytes(&bytes).unwrap();
        for text in [
            STANDARD.encode(&bytes),
            STANDARD_NO_PAD.encode(&bytes),
            URL_SAFE.encode(&bytes),
            URL_SAFE_NO_PAD.encode(&bytes),
            format!("  {}\n", STANDARD.encode(&bytes)),
        ] {
            let again = SigningKey::from_text(&text).unwrap();
            assert_eq!((again.kid(), again.expose()), (key.kid(), bytes.as_slice()), "{text}");
        }
        assert_eq!(key.kid().len(), 11);
        assert_ne!(key.kid(), SigningKey::generate().kid());
    }

    #[test]
    fn bad_keys_are_refused() {
        use KeyError::{Guessable, NotBase64, TooLong, TooShort};
        for (text, problem) in [
            (String::new(), TooShort),
            ("not base64!".to_owned(), NotBase64),
            (STANDARD.encode([7; 31]), TooShort),
            (STANDARD.encode([7; 1_025]), TooLong),
            (STANDARD.encode([0; 32]), Guessable),
            (STANDARD.encode([0xff; 64]), Guessable),
            (STANDARD.encode([1_u8, 2].repeat(16)), Guessable),
            (STANDARD.encode((0..32).collect::<Vec<u8>>()), Guessable),
            (STANDARD.encode((0..64).rev().collect::<Vec<u8>>()), Guessable),
            (STANDARD.encode("changemechangemechangemechangeme"), Guessable),
            (STANDARD.encode("your-256-bit-secret-which-is-long-enough"), Guessable),
            (STANDARD.encode("Съешь ещё этих мягких французских булок"), Guessable),
            (KNOWN_EXAMPLES[0].to_owned(), Guessable),
            (KNOWN_EXAMPLES[1].to_owned(), Guessable),
        ] {
            assert_eq!(SigningKey::from_text(&text).unwrap_err(), problem, "{text:.40}");
        }
        for _ in 0..1_000 {
            assert!(SigningKey::from_bytes(SigningKey::generate().expose()).is_ok(), "a random key is good");
        }
    }

    #[test]
    fn debug_tells_no_secret() {
        let key = SigningKey::generate();
        let tokens = tokens(KeyRing::new(key.clone(), []));
        let issued = issue(&tokens);
        let told = format!("{key:?} {tokens:?} {issued:?}");
        assert!(told.contains(key.kid()));
        assert!(!told.contains(&format!("{:?}", key.expose())), "{told}");
        assert!(!told.contains(&STANDARD_NO_PAD.encode(key.expose())), "{told}");
        assert!(!told.contains(&issued.token), "{told}");
    }

    /// Prints what a check costs; `cargo test --release -p bronya-server --lib -- --ignored --nocapture cost_of`.
    #[test]
    #[ignore = "a measurement"]
    fn cost_of_a_token() {
        let tokens = tokens(KeyRing::new(SigningKey::generate(), [SigningKey::generate()]));
        let token = issue(&tokens).token;
        let rounds = 200_000;
        let begun = std::time::Instant::now();
        for _ in 0..rounds {
            std::hint::black_box(tokens.verify(std::hint::black_box(&token), now())).unwrap();
        }
        println!("verify: {:?} ({} bytes)", begun.elapsed() / rounds, token.len());
        let begun = std::time::Instant::now();
        for _ in 0..rounds {
            std::hint::black_box(issue(&tokens));
        }
        println!("issue:  {:?}", begun.elapsed() / rounds);
    }
}
