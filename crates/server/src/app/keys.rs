//! The keys that sign access tokens: from the configuration, or else from the database, where all servers find the same
//! ones. A new key signs only after every server has had time to read it, so that no token meets a server that can't
//! verify it; an old one verifies until its last token has run out.

use bronya_store::Store;
use bronya_store::events::{self, Origin};
use bronya_store::keys::{self, StoredKey};
use jiff::{SignedDuration, Timestamp};

use super::sign_in::event;
use super::{App, AppError, Result};
use crate::auth::token::{KeyRing, SigningKey};

/// How often a server reads the keys again.
pub const RELOAD_EVERY: SignedDuration = SignedDuration::from_secs(20);
/// How old a key has to be before it signs, unless it is the only one.
const SIGNS_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// The keys of the database; makes the first one.
pub async fn from_database(store: &Store, now: Timestamp, access_good: SignedDuration) -> Result<KeyRing> {
    let (signing, others) = read(store, now, access_good).await?;
    Ok(KeyRing::new(signing, others))
}

/// Reads the keys again.
pub async fn reload(store: &Store, ring: &KeyRing, now: Timestamp, access_good: SignedDuration) -> Result<()> {
    let (signing, others) = read(store, now, access_good).await?;
    ring.replace(signing, others);
    Ok(())
}

/// Adds a key that will sign in a minute, for the command line; returns its name.
pub async fn rotate(app: &App) -> Result<String> {
    let key = SigningKey::generate();
    let (kid, now) = (key.kid().to_owned(), app.clock.now());
    let event = event(app, "signing_key.rotated", None, None, Origin::default(), now);
    app.store
        .write(move |tx| {
            Box::pin(async move {
                keys::hold(tx).await?;
                keys::rotate(tx, key.kid(), key.expose(), now).await?;
                events::append(tx, event).await
            })
        })
        .await?;
    Ok(kid)
}

async fn read(store: &Store, now: Timestamp, access_good: SignedDuration) -> Result<(SigningKey, Vec<SigningKey>)> {
    let mut stored: Vec<StoredKey> = store.read(|tx| Box::pin(keys::list(tx))).await?;
    if stored.is_empty() {
        let first = SigningKey::generate();
        stored = store
            .write(move |tx| {
                Box::pin(async move {
                    // Of several servers that start at once, one makes the key.
                    keys::hold(tx).await?;
                    if keys::list(tx).await?.is_empty() {
                        keys::rotate(tx, first.kid(), first.expose(), now).await?;
                    }
                    keys::list(tx).await
                })
            })
            .await?;
    }
    choose(stored, now, access_good)
}

/// Which key signs and which others verify; `stored` has the newest first.
fn choose(
    mut stored: Vec<StoredKey>,
    now: Timestamp,
    access_good: SignedDuration,
) -> Result<(SigningKey, Vec<SigningKey>)> {
    stored.retain(|key| match key.retired_at {
        None => true,
        // It went on signing until its successor was old enough.
        Some(retired_at) => now.duration_since(retired_at) < SIGNS_AFTER + access_good,
    });
    let ripe = stored.iter().position(|key| now.duration_since(key.created_at) >= SIGNS_AFTER);
    let signing = ripe.or(stored.len().checked_sub(1)).ok_or_else(|| AppError::internal("there is no signing key"))?;
    let mut keys = stored
        .iter()
        .map(|key| {
            SigningKey::from_bytes(&key.secret)
                .map_err(|error| AppError::internal(format!("signing key {}: {error}", key.kid)))
        })
        .collect::<Result<Vec<_>>>()?;
    let signing = keys.remove(signing);
    Ok((signing, keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(created: i64, retired: Option<i64>) -> StoredKey {
        let key = SigningKey::generate();
        StoredKey {
            kid: key.kid().to_owned(),
            secret: key.expose().to_vec(),
            created_at: at(created),
            retired_at: retired.map(at),
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn kids(keys: Vec<StoredKey>, now: i64) -> (String, Vec<String>) {
        let (signing, others) = choose(keys, at(now), SignedDuration::from_mins(15)).unwrap();
        (signing.kid().to_owned(), others.iter().map(|key| key.kid().to_owned()).collect())
    }

    #[test]
    fn a_new_key_signs_when_everybody_knows_it_and_an_old_one_verifies_to_the_end() {
        let (new, old) = (stored(1_000, None), stored(0, Some(1_000)));
        let keys = vec![new.clone(), old.clone()];
        assert_eq!(kids(keys.clone(), 1_059), (old.kid.clone(), vec![new.kid.clone()]));
        assert_eq!(kids(keys.clone(), 1_060), (new.kid.clone(), vec![old.kid.clone()]));
        assert_eq!(kids(keys.clone(), 1_959), (new.kid.clone(), vec![old.kid.clone()]));
        assert_eq!(kids(keys, 1_960), (new.kid, vec![]));
    }

    #[test]
    fn the_first_key_signs_at_once() {
        let only = stored(1_000, None);
        assert_eq!(kids(vec![only.clone()], 1_000).0, only.kid);
    }

    #[test]
    fn no_key_is_an_error() {
        assert!(choose(vec![], at(0), SignedDuration::ZERO).is_err());
    }
}
