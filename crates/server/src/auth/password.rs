//! Passwords: which ones are good enough, and how they are hashed and checked. Everything here that takes long runs on a bounded number
//! of threads with a bounded queue, so that a flood of sign-ins never slows a booking down. No password is ever
//! trimmed, cut, logged or stored.
//!
//! What is hashed are the bytes of the text in Unicode's form NFC, and nothing else is changed: keyboards differ in how they
//! write é, and their owner can't see the difference. Case, spaces and the length stay as given.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use prometheus_client::metrics::counter::Counter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use zxcvbn::feedback::Feedback;

use super::username::fold;
use super::{email, random};

/// Bytes in a password, at most, as it was given; checked before any work.
pub const PASSWORD_BYTES_MAX: usize = 1_024;
/// Characters that are judged in one go: 40 take up to 80 ms where a hundred can take 800.
const JUDGED_CHARS_MAX: usize = 40;
/// Names shorter than this are not looked for in passwords: they stand in too many words.
const NAME_CHARS_MIN: usize = 4;
/// Names of the product, folded.
const PRODUCT_NAMES: [&str; 2] = ["bronya", "броня"];

/// Which passwords are good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Characters, at least; 8 by default.
    pub chars_min: usize,
    /// zxcvbn's score, at least: 0 (anything) to 4; 2 by default.
    pub score_min: u8,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { chars_min: 8, score_min: 2 }
    }
}

/// Whose password it is to be: what stands in it too must not be guessable from this.
#[derive(Clone, Debug, Default)]
pub struct Owner {
    /// The user name.
    pub username: String,
    /// The e-mail address.
    pub email: Option<String>,
    /// The display name.
    pub display_name: Option<String>,
}

/// What is wrong with a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// More than [`PASSWORD_BYTES_MAX`] bytes.
    #[error("must have at most {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    /// A NUL character: other systems end texts there.
    #[error("must not contain the character NUL")]
    Nul,
    /// Fewer characters than the policy asks for.
    #[error("must have at least {0} characters")]
    TooShort(usize),
    /// The user name stands in it.
    #[error("must not contain the user name")]
    ContainsUsername,
    /// The part of the e-mail address before the @ stands in it.
    #[error("must not contain the name in the e-mail address")]
    ContainsEmail,
    /// The product's name stands in it.
    #[error("must not contain the name of this service")]
    ContainsProduct,
    /// Too easy to guess; with a hint where there is one.
    #[error("is too easy to guess{}", Hint(.0.as_deref()))]
    Guessable(Option<String>),
}

struct Hint<'a>(Option<&'a str>);

impl fmt::Display for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(hint) => write!(f, ": {}", hint.trim_end_matches('.')),
            None => f.write_str(": a few unusual words make a good one"),
        }
    }
}

impl PasswordPolicy {
    /// Everything that is wrong with a password; takes up to some tens of milliseconds, so [`Hasher::hash_new`] calls it on
    /// its threads.
    fn problems(self, password: &str, owner: &Owner) -> Vec<PasswordProblem> {
        if PASSWORD_BYTES_MAX < password.len() {
            return vec![PasswordProblem::TooLong];
        }
        let mut problems = Vec::new();
        let text = normalised(password);
        if text.contains('\0') {
            problems.push(PasswordProblem::Nul);
        }
        if text.chars().count() < self.chars_min {
            problems.push(PasswordProblem::TooShort(self.chars_min));
        }
        let folded = fold(&text);
        let contains = |name: &str| NAME_CHARS_MIN <= name.chars().count() && folded.contains(name);
        if contains(&fold(&owner.username)) {
            problems.push(PasswordProblem::ContainsUsername);
        }
        let email = owner.email.as_deref().unwrap_or("");
        if contains(&fold(email::local_part(email))) {
            problems.push(PasswordProblem::ContainsEmail);
        }
        if PRODUCT_NAMES.into_iter().any(contains) {
            problems.push(PasswordProblem::ContainsProduct);
        }
        let known = [&owner.username, email, owner.display_name.as_deref().unwrap_or("")];
        problems.extend(self.guessable(&text, &folded, &known));
        problems
    }

    /// Whether a password is too easy to guess for somebody who knows these words. A long one is as good
    /// as its beginning or its end, whichever is better.
    fn guessable(self, text: &str, folded: &str, known: &[&str]) -> Option<PasswordProblem> {
        if self.score_min == 0 {
            return None;
        }
        if COMMON.contains(folded) {
            return Some(PasswordProblem::Guessable(Some("This is a very common password.".to_owned())));
        }
        let beginning: String = text.chars().take(JUDGED_CHARS_MAX).collect();
        let judgement = zxcvbn::zxcvbn(&beginning, known);
        if self.score_min <= u8::from(judgement.score()) {
            return None;
        }
        if beginning.len() < text.len() {
            let skipped = text.chars().count().saturating_sub(JUDGED_CHARS_MAX);
            let end: String = text.chars().skip(skipped).collect();
            if self.score_min <= u8::from(zxcvbn::zxcvbn(&end, known).score()) {
                return None;
            }
        }
        let hint = judgement.feedback().and_then(Feedback::warning).map(|warning| warning.to_string());
        Some(PasswordProblem::Guessable(hint))
    }
}

/// Common passwords that zxcvbn doesn't know; folded.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let file = include_str!("common_passwords.txt");
    let list = file.split_once("\n\n").map_or("", |(_comment, list)| list);
    list.lines().collect()
});

/// The text in form NFC.
fn normalised(password: &str) -> Cow<'_, str> {
    if is_nfc_quick(password.chars()) == IsNormalized::Yes {
        Cow::Borrowed(password)
    } else {
        Cow::Owned(password.nfc().collect())
    }
}

/// How passwords are hashed, and how many at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HasherSettings {
    /// Hashes at the same time, each with 19 MiB of memory. By default the number of cores, 4 at most.
    pub workers_max: usize,
    /// Callers that may wait for a turn; one more is refused at once. 64 by default.
    pub waiting_max: usize,
    /// How long a caller waits for its turn; 3 s by default.
    pub wait_max: Duration,
}

impl Default for HasherSettings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { workers_max: cores.min(4), waiting_max: 64, wait_max: Duration::from_secs(3) }
    }
}

/// Why a password could not be hashed or checked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Too many wait already, or the turn didn't come in time. Nothing was done; the client may try again in a second.
    #[error("too many passwords are being checked")]
    Overloaded,
    /// A new password that the policy refuses.
    #[error("the password is not good enough")]
    Refused(Vec<PasswordProblem>),
    /// What is stored is no hash of ours, or a thread died. Not the client's fault.
    #[error("{0}")]
    Failed(&'static str),
}

/// What checking a password found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Not this password, or nobody has it.
    Wrong,
    /// This password.
    Right {
        /// Whether it was hashed with other parameters than new ones are: hash it again, and store that.
        needs_rehash: bool,
    },
}

/// Argon2id (RFC 9106), version 19, 19 MiB, two passes, one lane: OWASP's first choice for a server that does it often.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// Hashes and checks passwords on a bounded number of threads. Cheap to clone; all clones share the threads.
#[derive(Clone)]
pub struct Hasher(Arc<Inner>);

struct Inner {
    params: Params,
    wait_max: Duration,
    /// One permit for each caller that is let in at all: the workers and those that wait.
    admitted: Arc<Semaphore>,
    /// One permit for each worker.
    workers: Arc<Semaphore>,
    /// The memory of workers that rest. Given back to the allocator after each hash it would stay in the arenas of as many threads
    /// as there are, and grow without bound.
    memories: Mutex<Vec<Vec<Block>>>,
    /// What is hashed where there is no account, so that it takes as long as where there is one.
    nobody: PasswordHash,
    /// Times that Argon2 was computed.
    computed: Counter,
}

/// A place in the queue, and then a worker's. Both are given back when the work is done, not when the caller gives up.
struct Turn {
    _admitted: OwnedSemaphorePermit,
    _worker: OwnedSemaphorePermit,
}

impl Hasher {
    /// A hasher with these bounds.
    pub fn new(settings: HasherSettings) -> Self {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES))
            .expect("the constants above are within Argon2's bounds");
        Self::with_params(settings, params)
    }

    fn with_params(settings: HasherSettings, params: Params) -> Self {
        let workers = settings.workers_max.max(1);
        let nobody = phc(&params, &random::bytes::<SALT_BYTES>(), &random::bytes::<HASH_BYTES>())
            .expect("a salt of 16 and a hash of 32 bytes fit a PHC string");
        Self(Arc::new(Inner {
            params,
            wait_max: settings.wait_max,
            admitted: Arc::new(Semaphore::new(workers + settings.waiting_max)),
            workers: Arc::new(Semaphore::new(workers)),
            memories: Mutex::new(Vec::new()),
            nobody,
            computed: Counter::default(),
        }))
    }

    /// How often Argon2 was computed, to set a new password or to check one.
    pub fn computed(&self) -> &Counter {
        &self.0.computed
    }

    /// Judges a new password and hashes it: a PHC string, or [`HashError::Refused`] with everything that is wrong.
    pub async fn hash_new(&self, policy: PasswordPolicy, password: &str, owner: Owner) -> Result<String, HashError> {
        if PASSWORD_BYTES_MAX < password.len() {
            return Err(HashError::Refused(vec![PasswordProblem::TooLong]));
        }
        let password = password.to_owned();
        self.work(move |inner| {
            let problems = policy.problems(&password, &owner);
            if problems.is_empty() { inner.hash(&password) } else { Err(HashError::Refused(problems)) }
        })
        .await
    }

    /// Hashes a password that was [right](Verified::Right) again, with today's parameters and a new salt, without judging it.
    pub async fn rehash(&self, password: &str) -> Result<String, HashError> {
        let password = password.to_owned();
        self.work(move |inner| inner.hash(&password)).await
    }

    /// Checks a password against the stored PHC string; `None` where there is no such account takes as long, and is wrong.
    pub async fn verify(&self, password: &str, stored: Option<&str>) -> Result<Verified, HashError> {
        // Too long to be anybody's: it is not hashed, something else is.
        let (password, known) = if password.len() <= PASSWORD_BYTES_MAX {
            (password.to_owned(), stored.is_some())
        } else {
            (String::new(), false)
        };
        let stored = stored.map(str::to_owned);
        self.work(move |inner| {
            let stored = match stored {
                Some(stored) => PasswordHash::new(&stored).map_err(|_| NOT_OURS)?,
                None => inner.nobody.clone(),
            };
            let verified = inner.verify(&password, &stored)?;
            Ok(if known { verified } else { Verified::Wrong })
        })
        .await
    }

    /// Takes a turn, and does the work on a thread that may block.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let inner = Arc::clone(&self.0);
        let admitted = Arc::clone(&inner.admitted).try_acquire_owned().map_err(|_| HashError::Overloaded)?;
        let worker = Arc::clone(&inner.workers).acquire_owned();
        let worker = tokio::time::timeout(inner.wait_max, worker).await;
        let turn = match worker {
            Ok(Ok(worker)) => Turn { _admitted: admitted, _worker: worker },
            Ok(Err(_)) | Err(_) => return Err(HashError::Overloaded),
        };
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&inner)
        });
        done.await.unwrap_or(Err(HashError::Failed("the thread that worked on a password died")))
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("params", &self.0.params.to_string()).finish_non_exhaustive()
    }
}

const NOT_OURS: HashError = HashError::Failed("the stored password hash is no Argon2 hash");
const ARGON2_FAILED: HashError = HashError::Failed("Argon2 failed");

impl Inner {
    fn hash(&self, password: &str) -> Result<String, HashError> {
        let salt = random::bytes::<SALT_BYTES>();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        let mut hash = [0_u8; HASH_BYTES];
        self.argon2(&argon2, password, &salt, &mut hash)?;
        Ok(phc(&self.params, &salt, &hash).ok_or(ARGON2_FAILED)?.to_string())
    }

    fn verify(&self, password: &str, stored: &PasswordHash) -> Result<Verified, HashError> {
        let algorithm = Algorithm::try_from(stored.algorithm.as_str()).map_err(|_| NOT_OURS)?;
        let version = stored.version.map_or(Ok(Version::V0x13), Version::try_from).map_err(|_| NOT_OURS)?;
        let params = Params::try_from(stored).map_err(|_| NOT_OURS)?;
        let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else { return Err(NOT_OURS) };
        let needs_rehash = algorithm != Algorithm::Argon2id
            || version != Version::V0x13
            || (params.m_cost(), params.t_cost(), params.p_cost())
                != (self.params.m_cost(), self.params.t_cost(), self.params.p_cost())
            || salt.len() < SALT_BYTES
            || expected.len() < HASH_BYTES;
        let argon2 = Argon2::new(algorithm, version, params);
        let mut hash = vec![0_u8; expected.len()];
        self.argon2(&argon2, password, salt, &mut hash)?;
        // `Output` compares in constant time.
        let right = Output::new(&hash).is_ok_and(|hash| hash == *expected);
        Ok(if right { Verified::Right { needs_rehash } } else { Verified::Wrong })
    }

    fn argon2(&self, argon2: &Argon2<'_>, password: &str, salt: &[u8], hash: &mut [u8]) -> Result<(), HashError> {
        let mut memory = self.memories.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let blocks = argon2.params().block_count();
        if memory.len() < blocks {
            memory.resize(blocks, Block::default());
        }
        let password = normalised(password);
        self.computed.inc();
        let done = argon2.hash_password_into_with_memory(password.as_bytes(), salt, hash, &mut memory);
        // What an old hash with larger parameters needed is not kept.
        memory.truncate(self.params.block_count());
        memory.shrink_to_fit();
        self.memories.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        done.map_err(|_| ARGON2_FAILED)
    }
}

fn phc(params: &Params, salt: &[u8], hash: &[u8]) -> Option<PasswordHash> {
    Some(PasswordHash {
        algorithm: argon2::ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(Output::new(hash).ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Little memory, so that tests are quick.
    fn quick(settings: HasherSettings) -> Hasher {
        Hasher::with_params(settings, Params::new(64, 1, 1, Some(HASH_BYTES)).unwrap())
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap().block_on(future)
    }

    fn zoya() -> Owner {
        Owner {
            username: "Zoya.Ivanova".to_owned(),
            email: Some("zi77@example.org".to_owned()),
            display_name: Some("Zoya".to_owned()),
        }
    }

    fn problems(password: &str) -> Vec<PasswordProblem> {
        PasswordPolicy::default().problems(password, &zoya())
    }

    #[test]
    fn good_passwords() {
        for password in [
            "correct horse battery staple",
            "kestrel-umbra-7",
            "wxqzkvbj",
            " leading and trailing ",
            "Съешь ещё этих мягких",
            "🦊🐻🐼🐨🐯🦁🐮🐷🐸",
            &"kestrel umbra folio ".repeat(51),
        ] {
            assert_eq!(problems(password), [], "{password}");
        }
    }

    #[test]
    fn bad_passwords_and_why() {
        use PasswordProblem::{ContainsEmail, ContainsProduct, ContainsUsername, Guessable, Nul, TooLong, TooShort};
        let guessable = |password: &str| matches!(&problems(password)[..], [Guessable(_)]);
        for password in
            ["password", "password1", "Passw0rd!", "12345678", "qwertyuiop", "iloveyou", "aaaaaaaaaaaaaaaaaaaa"]
        {
            assert!(guessable(password), "{password}");
        }
        assert_eq!(problems("kx7#qPz")[0], TooShort(8));
        assert_eq!(problems("")[0], TooShort(8));
        assert_eq!(problems("correct horse\0battery"), [Nul]);
        assert_eq!(problems("umbra zoya.IVANOVA kestrel"), [ContainsUsername]);
        assert_eq!(problems("umbra ZI77 kestrel folio"), [ContainsEmail]);
        assert_eq!(problems("umbra ＢＲＯＮＹＡ kestrel"), [ContainsProduct]);
        assert_eq!(problems("umbra Броня kestrel"), [ContainsProduct]);
        assert_eq!(problems(&"é".repeat(513)), [TooLong]);
        // The name is long enough to be looked for, and what is left of it is nothing.
        assert_eq!(problems("zoya.ivanova").len(), 2);
    }

    #[test]
    fn common_passwords_that_look_good() {
        assert!(
            1_500 < COMMON.len() && COMMON.iter().all(|password| fold(password) == **password && 8 <= password.len())
        );
        for password in ["1g2w3e4r", "zag12wsx", "Megaparol12345", "JI394SU3"] {
            let judged = zxcvbn::zxcvbn(password, &[]);
            assert!(2 <= u8::from(judged.score()), "{password} would come through without the list");
            assert!(matches!(&problems(password)[..], [PasswordProblem::Guessable(Some(_))]), "{password}");
        }
    }

    #[test]
    fn a_long_password_is_as_good_as_its_better_part() {
        let weak = "a".repeat(JUDGED_CHARS_MAX);
        assert!(matches!(&problems(&weak.repeat(3))[..], [PasswordProblem::Guessable(_)]));
        assert_eq!(problems(&format!("{weak}kestrel-umbra-7")), []);
        assert_eq!(problems(&format!("kestrel-umbra-7{weak}")), []);
    }

    #[test]
    fn short_names_are_not_looked_for() {
        let owner = Owner { username: "umb".to_owned(), email: Some("kes@example.org".to_owned()), display_name: None };
        assert_eq!(PasswordPolicy::default().problems("umbra kestrel folio", &owner), []);
    }

    #[test]
    fn the_policy_is_what_it_is_set_to() {
        let at =
            |chars_min, score_min, password: &str| PasswordPolicy { chars_min, score_min }.problems(password, &zoya());
        assert_eq!(at(8, 0, "aaaaaaaa"), []);
        assert_eq!(at(9, 0, "aaaaaaaa"), [PasswordProblem::TooShort(9)]);
        assert_eq!(at(8, 0, "éééééééé"), []);
        assert!(matches!(at(8, 4, "kestrel-umbra")[..], [PasswordProblem::Guessable(_)]));
    }

    #[test]
    fn problems_are_sentences() {
        let words = |problem: PasswordProblem| problem.to_string();
        assert_eq!(words(PasswordProblem::TooShort(8)), "must have at least 8 characters");
        assert_eq!(
            words(PasswordProblem::Guessable(Some("This is a very common password.".to_owned()))),
            "is too easy to guess: This is a very common password"
        );
        assert_eq!(
            words(PasswordProblem::Guessable(None)),
            "is too easy to guess: a few unusual words make a good one"
        );
    }

    #[test]
    fn what_is_stored_is_argon2id_with_its_parameters_and_a_salt_of_its_own() {
        let hasher = Hasher::new(HasherSettings::default());
        let password = "correct horse battery staple";
        block_on(async {
            let first = hasher.hash_new(PasswordPolicy::default(), password, zoya()).await.unwrap();
            let second = hasher.rehash(password).await.unwrap();
            assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
            assert_ne!(first, second);
            let parsed = PasswordHash::new(&first).unwrap();
            assert_eq!((parsed.salt.unwrap().len(), parsed.hash.unwrap().len()), (16, 32));
            let right = Verified::Right { needs_rehash: false };
            assert_eq!(hasher.verify(password, Some(&first)).await, Ok(right));
            assert_eq!(hasher.verify(password, Some(&second)).await, Ok(right));
        });
    }

    #[test]
    fn nothing_about_a_password_is_lost() {
        let hasher = quick(HasherSettings::default());
        block_on(async {
            let long = "x".repeat(PASSWORD_BYTES_MAX);
            for password in ["Correct horse", " a b ", &long, "naïve café"] {
                let stored = hasher.rehash(password).await.unwrap();
                let right = Ok(Verified::Right { needs_rehash: false });
                assert_eq!(hasher.verify(password, Some(&stored)).await, right);
                let others = [
                    format!("{password}x"),
                    format!("{password} "),
                    format!(" {password}"),
                    password.trim().replace('é', "e"),
                    password.to_uppercase(),
                    password.chars().take(72).collect(),
                    String::new(),
                ];
                for other in others.iter().filter(|other| *other != password) {
                    assert_eq!(hasher.verify(other, Some(&stored)).await, Ok(Verified::Wrong), "{other:.20}");
                }
            }
            let stored = hasher.rehash("caf\u{e9}").await.unwrap();
            let decomposed = hasher.verify("cafe\u{301}", Some(&stored)).await;
            assert_eq!(decomposed, Ok(Verified::Right { needs_rehash: false }), "é is é, however it is written");
        });
    }

    #[test]
    fn nobody_is_wrong_and_so_is_a_password_that_is_too_long() {
        let hasher = quick(HasherSettings::default());
        block_on(async {
            assert_eq!(hasher.verify("anything", None).await, Ok(Verified::Wrong));
            let stored = hasher.rehash("").await.unwrap();
            let long = "x".repeat(PASSWORD_BYTES_MAX + 1);
            assert_eq!(hasher.verify(&long, Some(&stored)).await, Ok(Verified::Wrong));
            let refused = hasher.hash_new(PasswordPolicy::default(), &long, zoya()).await;
            assert_eq!(refused, Err(HashError::Refused(vec![PasswordProblem::TooLong])));
            for broken in ["", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ", "plain"] {
                assert_eq!(hasher.verify("x", Some(broken)).await, Err(NOT_OURS), "{broken}");
            }
        });
    }

    #[test]
    fn old_parameters_are_told() {
        let hasher = quick(HasherSettings::default());
        let stronger =
            Hasher::with_params(HasherSettings::default(), Params::new(128, 1, 1, Some(HASH_BYTES)).unwrap());
        block_on(async {
            let stored = hasher.rehash("kestrel").await.unwrap();
            let old = Ok(Verified::Right { needs_rehash: true });
            assert_eq!(stronger.verify("kestrel", Some(&stored)).await, old);
            assert_eq!(stronger.verify("umbra", Some(&stored)).await, Ok(Verified::Wrong));
            let stronger_stored = stronger.rehash("kestrel").await.unwrap();
            assert_eq!(
                hasher.verify("kestrel", Some(&stronger_stored)).await,
                old,
                "more memory than the workers keep"
            );
            assert_eq!(hasher.verify("kestrel", Some(&stored)).await, Ok(Verified::Right { needs_rehash: false }));
        });
    }

    #[test]
    fn a_flood_is_shed() {
        use std::sync::atomic::Ordering::SeqCst;
        let settings = HasherSettings { workers_max: 2, waiting_max: 3, wait_max: Duration::from_mins(1) };
        let hasher = quick(settings);
        block_on(async {
            let (go, _) = tokio::sync::broadcast::channel::<()>(1);
            let running = Arc::new(std::sync::atomic::AtomicUsize::new(0));
            let most = Arc::new(std::sync::atomic::AtomicUsize::new(0));
            let tasks: Vec<_> = (0..10)
                .map(|_| {
                    let (hasher, running, most) = (hasher.clone(), Arc::clone(&running), Arc::clone(&most));
                    let mut go = go.subscribe();
                    tokio::spawn(async move {
                        let work = move |_: &Inner| {
                            most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
                            go.blocking_recv().unwrap();
                            running.fetch_sub(1, SeqCst);
                            Ok(())
                        };
                        hasher.work(work).await
                    })
                })
                .collect();
            let full = async {
                while hasher.0.admitted.available_permits() != 0 || running.load(SeqCst) < 2 {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(Duration::from_secs(10), full).await.expect("two work and three wait");
            assert_eq!(hasher.verify("x", None).await, Err(HashError::Overloaded), "one more than the queue holds");
            go.send(()).unwrap();
            let mut done = 0;
            for task in tasks {
                match task.await.unwrap() {
                    Ok(()) => done += 1,
                    Err(refused) => assert_eq!(refused, HashError::Overloaded),
                }
            }
            assert_eq!(done, 5, "two work and three wait");
            assert_eq!(most.load(SeqCst), 2, "no more at the same time than workers");
            assert_eq!(hasher.verify("x", None).await, Ok(Verified::Wrong), "and then there is room again");
        });
    }

    #[test]
    fn a_turn_that_does_not_come_is_given_up_and_work_that_runs_keeps_its_worker() {
        let settings = HasherSettings { workers_max: 1, waiting_max: 1, wait_max: Duration::from_millis(20) };
        let hasher = quick(settings);
        block_on(async {
            let (go, gone) = std::sync::mpsc::channel::<()>();
            let (begun, has_begun) = tokio::sync::oneshot::channel();
            let busy = tokio::spawn({
                let hasher = hasher.clone();
                async move {
                    let work = move |_: &Inner| {
                        begun.send(()).unwrap();
                        gone.recv().unwrap_err();
                        Ok(())
                    };
                    hasher.work(work).await
                }
            });
            has_begun.await.unwrap();
            // The client hangs up: its work goes on all the same, and so does its worker's being taken.
            busy.abort();
            assert!(busy.await.is_err());
            assert_eq!(hasher.verify("x", None).await, Err(HashError::Overloaded));
            drop(go);
            while hasher.0.workers.available_permits() == 0 {
                tokio::task::yield_now().await;
            }
            assert_eq!(hasher.verify("x", None).await, Ok(Verified::Wrong));
            let died = hasher.work::<()>(|_| panic!("on purpose")).await;
            assert!(matches!(died, Err(HashError::Failed(_))));
            assert_eq!(hasher.verify("x", None).await, Ok(Verified::Wrong), "a thread that died frees its worker");
        });
    }

    #[test]
    fn workers_share_their_memory() {
        let hasher = quick(HasherSettings { workers_max: 2, ..HasherSettings::default() });
        block_on(async {
            for _ in 0..20 {
                let (a, b) = tokio::join!(hasher.verify("x", None), hasher.verify("y", None));
                assert_eq!((a, b), (Ok(Verified::Wrong), Ok(Verified::Wrong)));
            }
            let memories = hasher.0.memories.lock().unwrap();
            assert!((1..=2).contains(&memories.len()), "{}", memories.len());
            assert!(memories.iter().all(|memory| memory.capacity() == 64));
        });
    }

    /// Prints what judging and hashing cost; `cargo test --release -p bronya-server --lib -- --ignored --nocapture cost_of`.
    #[test]
    #[ignore = "a measurement"]
    fn cost_of_a_password() {
        let timed = |name: &str, work: &dyn Fn()| {
            let begun = std::time::Instant::now();
            for _ in 0..5 {
                work();
            }
            println!("{name}: {:?}", begun.elapsed() / 5);
        };
        let policy = PasswordPolicy::default();
        for password in [
            "kestrel-umbra-7".to_owned(),
            "correct horse battery staple and one more".to_owned(),
            "a".repeat(PASSWORD_BYTES_MAX),
            "4@8({[<3690!1|750$5+7%2".repeat(40),
            "passwordqwerty19991231abcdefg".repeat(30),
            "1/1/20".repeat(100),
            "\u{fb2c}".repeat(300),
        ] {
            timed(&format!("judge {password:.30} ({} bytes)", password.len()), &|| {
                drop(policy.problems(&password, &zoya()));
            });
        }
        let hasher = Hasher::new(HasherSettings::default());
        timed("argon2", &|| drop(hasher.0.hash("kestrel-umbra-7")));
        let nobody = hasher.0.nobody.clone();
        timed("verify", &|| drop(hasher.0.verify("kestrel-umbra-7", &nobody)));
    }
}
