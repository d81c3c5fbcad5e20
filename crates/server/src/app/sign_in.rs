//! Signing in and out: tokens for passwords, new tokens for refresh tokens, sessions and their end.

use std::net::IpAddr;

use bronya_domain::ids::{SessionId, UserId};
use bronya_store::db::Tx;
use bronya_store::events::{self, NewEvent, Origin};
use bronya_store::sessions::{Refreshed, Session};
use bronya_store::{accounts, limits as limit_rows, sessions};
use jiff::{SignedDuration, Timestamp};

use super::{App, AppError, Caller, Result, must_be_admin, read_as, users, write_as};
use crate::auth::limits::{self, Limit, Verdict};
use crate::auth::password::{HashError, Hasher, Owner, PasswordPolicy, Verified};
use crate::auth::secret::{SecretKind, SecretToken};
use crate::auth::token::{AccessTokens, Issued};
use crate::auth::username::Username;

/// Characters of a client's own name that are kept with its session.
const USER_AGENT_CHARS_MAX: usize = 200;

/// Times that a password is checked against an account that changes meanwhile.
const TRIES_MAX: usize = 3;

/// What signing in works with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Makes and checks access tokens.
    pub tokens: AccessTokens,
    /// Where passwords are hashed.
    pub hasher: Hasher,
    /// What a password has to be.
    pub policy: PasswordPolicy,
    /// How long a session lasts at the most.
    pub session_good: SignedDuration,
    /// How long a refresh token is good while nobody uses it.
    pub refresh_good: SignedDuration,
    /// Whether attempts are limited.
    pub limits_on: bool,
}

impl SignIn {
    /// The hash of a new password, or what is wrong with it.
    pub(super) async fn hash_new(&self, password: &str, owner: Owner) -> Result<String> {
        Ok(self.hasher.hash_new(self.policy, password, owner).await?)
    }
}

impl From<HashError> for AppError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded => Self::Overloaded,
            HashError::Refused(problems) => Self::WeakPassword(problems.iter().map(ToString::to_string).collect()),
            HashError::Failed(what) => Self::internal(what),
        }
    }
}

/// What a client gets that signed in.
#[derive(Debug)]
pub struct Tokens {
    /// Whose they are.
    pub user: UserId,
    /// The session that they belong to.
    pub session: SessionId,
    /// The access token.
    pub access: Issued,
    /// The refresh token.
    pub refresh: SecretToken,
}

/// From where somebody signs in.
#[derive(Clone, Debug)]
pub struct Client {
    /// Where the request came from, for the log.
    pub origin: Origin,
    /// The address that is limited.
    pub address: IpAddr,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

/// Tokens for a name and a password. An unknown name and a wrong password look the same, write the same and take as
/// long. What counts against the account's limit is given back where the password is right.
pub async fn with_password(app: &App, username: &str, password: &str, client: Client) -> Result<Tokens> {
    let username = Username::parse(username).ok();
    let name_limit = username.as_ref().map(|name| limits::login_name_key(name.key()));
    let address_limit = (limits::login_address_key(client.address), limits::LOGIN_PER_ADDRESS);
    let counted = name_limit.clone().map(|key| (key, limits::LOGIN_PER_ACCOUNT));
    limited(app, [Some(address_limit), counted].into_iter().flatten().collect()).await?;
    for _ in 0..TRIES_MAX {
        if let Some(tokens) = try_password(app, username.as_ref(), name_limit.as_deref(), password, &client).await? {
            return Ok(tokens);
        }
    }
    Err(AppError::Overloaded)
}

/// One try; `None` where the account was changed while its password was being checked, which takes long.
async fn try_password(
    app: &App,
    username: Option<&Username>,
    name_limit: Option<&str>,
    password: &str,
    client: &Client,
) -> Result<Option<Tokens>> {
    let account = match username {
        None => None,
        Some(username) => users::by_name(app, username).await?,
    };
    let hash = account.as_ref().map(|account| account.password_hash.as_str());
    let verified = app.sign_in.hasher.verify(password, hash).await?;
    let meant = account.as_ref().map(|account| account.id);
    let account = account.filter(|account| verified != Verified::Wrong && account.disabled_at.is_none());
    let now = app.clock.now();
    let Some(account) = account else {
        let event = event(app, "session.refused", None, meant, client.origin.clone(), now);
        app.store.write(move |tx| Box::pin(async move { events::append(tx, event).await })).await?;
        return Err(AppError::WrongCredentials);
    };
    let rehashed = match verified {
        Verified::Right { needs_rehash: true } => Some(app.sign_in.hasher.rehash(password).await?),
        _ => None,
    };
    let session = Session {
        id: SessionId(app.ids.next()),
        user: account.id,
        created_at: now,
        used_at: now,
        expires_at: later(now, app.sign_in.session_good),
        address: client.origin.address.clone(),
        user_agent: client.user_agent.as_ref().map(|text| text.chars().take(USER_AGENT_CHARS_MAX).collect()),
    };
    let refresh = SecretToken::generate(SecretKind::Refresh);
    let (hash, until) = (refresh.hash(), refresh_until(app, &session, now));
    let event = event(app, "session.created", Some(account.id), Some(account.id), client.origin.clone(), now);
    let (new, key) = (session.clone(), name_limit.filter(|_| app.sign_in.limits_on).map(str::to_owned));
    let unchanged = app
        .store
        .write(move |tx| {
            Box::pin(async move {
                // What was checked must still be so: meanwhile the account may have been disabled, or the password changed.
                let current = accounts::for_change(tx, account.id).await?;
                let Some(current) = current
                    .filter(|current| current.disabled_at.is_none() && current.password_hash == account.password_hash)
                else {
                    return Ok(false);
                };
                if let Some(password_hash) = rehashed {
                    let updated = accounts::Account { password_hash, updated_at: now, ..current };
                    accounts::update(tx, &updated).await?;
                }
                if let Some(key) = key {
                    limit_rows::set(tx, &key, now).await?;
                }
                sessions::insert(tx, &new).await?;
                sessions::insert_refresh(tx, hash, new.id, now, until).await?;
                events::append(tx, event).await?;
                Ok::<bool, AppError>(true)
            })
        })
        .await?;
    Ok(unchanged.then(|| tokens(app, &session, refresh, now)))
}

/// New tokens for a refresh token.
pub async fn with_refresh_token(app: &App, token: &str, client: Client) -> Result<Tokens> {
    limited(app, vec![(limits::refresh_address_key(client.address), limits::REFRESH_PER_ADDRESS)]).await?;
    let presented = SecretToken::parse(SecretKind::Refresh, token).ok_or(AppError::WrongCredentials)?;
    let now = app.clock.now();
    let refresh = SecretToken::generate(SecretKind::Refresh);
    let (old, new) = (presented.hash(), refresh.hash());
    let (inner, origin) = (app.clone(), client.origin);
    let session = app
        .store
        .write(move |tx| {
            Box::pin(async move {
                match sessions::refresh(tx, old, now).await? {
                    Refreshed::Unknown => Ok(None),
                    Refreshed::Reused(_, user) => {
                        // The session's end has to be kept, so this is no error inside the transaction.
                        let event = event(&inner, "session.reuse_detected", None, Some(user), origin, now);
                        events::append(tx, event).await?;
                        Ok::<_, AppError>(None)
                    }
                    Refreshed::Good(session) => {
                        principal_of(tx, &session, now).await?;
                        let until = refresh_until(&inner, &session, now);
                        sessions::insert_refresh(tx, new, session.id, now, until).await?;
                        Ok(Some(session))
                    }
                }
            })
        })
        .await?;
    let session: Session = session.ok_or(AppError::WrongCredentials)?;
    Ok(tokens(app, &session, refresh, now))
}

async fn principal_of(tx: &mut Tx, session: &Session, now: Timestamp) -> Result<()> {
    let principal = sessions::principal(tx, session.id, session.user, now).await?;
    principal.map(drop).ok_or(AppError::WrongCredentials)
}

fn refresh_until(app: &App, session: &Session, now: Timestamp) -> Timestamp {
    later(now, app.sign_in.refresh_good).min(session.expires_at)
}

/// The end of time is late enough.
pub(super) fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn tokens(app: &App, session: &Session, refresh: SecretToken, now: Timestamp) -> Tokens {
    let access = app.sign_in.tokens.issue(session.user, session.id, app.ids.next(), now);
    Tokens { user: session.user, session: session.id, access, refresh }
}

/// Ends the caller's session: its access tokens and its refresh tokens are refused from now on, on every server.
pub async fn sign_out(app: &App, caller: &Caller) -> Result<()> {
    end(app, caller, caller.session).await.map_err(|error| match error {
        AppError::SessionNotFound => AppError::NotSignedIn,
        other => other,
    })
}

/// The caller's sessions that are alive, the last used first.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Session>> {
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| Ok(sessions::of_user(tx, principal.user, now).await?))
}

/// Ends one of the caller's sessions.
pub async fn end(app: &App, caller: &Caller, session: SessionId) -> Result<()> {
    let now = app.clock.now();
    let event = event(app, "session.ended", Some(caller.user), Some(caller.user), caller.origin.clone(), now);
    write_as!(app, caller, now, |tx, principal| {
        if !sessions::revoke(tx, session, principal.user, now).await? {
            return Err(AppError::SessionNotFound);
        }
        Ok(events::append(tx, event).await?)
    })
}

/// Ends all of the caller's sessions but the one that asks.
pub async fn end_others(app: &App, caller: &Caller) -> Result<()> {
    let (now, current) = (app.clock.now(), caller.session);
    let event = event(app, "session.others_ended", Some(caller.user), Some(caller.user), caller.origin.clone(), now);
    write_as!(app, caller, now, |tx, principal| {
        sessions::revoke_others(tx, principal.user, Some(current), now).await?;
        Ok(events::append(tx, event).await?)
    })
}

/// Ends all sessions of a user; for administrators.
pub async fn end_all_of(app: &App, caller: &Caller, user: UserId) -> Result<()> {
    let now = app.clock.now();
    let event = event(app, "session.all_ended", Some(caller.user), Some(user), caller.origin.clone(), now);
    write_as!(app, caller, now, |tx, principal| {
        must_be_admin(principal)?;
        if accounts::by_id(tx, user).await?.is_none() {
            return Err(AppError::UserNotFound);
        }
        sessions::revoke_others(tx, user, None, now).await?;
        Ok(events::append(tx, event).await?)
    })
}

/// Counts one attempt against each of these limits, which all servers share; if one refuses, against none.
pub(super) async fn limited(app: &App, counted: Vec<(String, Limit)>) -> Result<()> {
    if !app.sign_in.limits_on {
        return Ok(());
    }
    let now = app.clock.now();
    app.store
        .write(move |tx| {
            Box::pin(async move {
                for (key, limit) in counted {
                    let arrival = limit_rows::lock(tx, &key, now).await?;
                    match limits::decide(Some(arrival.as_microsecond()), now.as_microsecond(), &limit) {
                        Verdict::Refused { retry_after_secs } => return Err(AppError::TooOften(retry_after_secs)),
                        Verdict::Allowed { arrival_us } => {
                            let arrival = Timestamp::from_microsecond(arrival_us)
                                .map_err(|error| AppError::internal(format!("a limit ran out of time: {error}")))?;
                            limit_rows::set(tx, &key, arrival).await?;
                        }
                    }
                }
                Ok(())
            })
        })
        .await
}

/// A line of the log about an account.
pub(super) fn event(
    app: &App,
    action: &'static str,
    actor: Option<UserId>,
    user: Option<UserId>,
    origin: Origin,
    at: Timestamp,
) -> NewEvent {
    NewEvent {
        id: app.ids.next(),
        at,
        action,
        actor,
        resource: None,
        booking: None,
        block: None,
        user,
        site: None,
        area: None,
        kind: None,
        group: None,
        rules: None,
        origin,
    }
}
