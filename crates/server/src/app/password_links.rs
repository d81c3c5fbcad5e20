//! Links with which somebody sets a password once, without the old one: an administrator makes one for whoever has forgotten it, or
//! is new, and hands it over. Nobody else ever sets or reads that password.

use std::net::IpAddr;

use bronya_domain::ids::UserId;
use bronya_store::accounts::{self, Account};
use bronya_store::db::Tx;
use bronya_store::events::{self, NewEvent, Origin};
use bronya_store::{password_links, sessions};
use jiff::{SignedDuration, Timestamp};

use super::sign_in::{event, later, limited};
use super::users::{owner, save};
use super::{App, AppError, Caller, Result, must_be_admin, read_as, write_as};
use crate::auth::limits;
use crate::auth::secret::{SecretKind, SecretToken};
use crate::auth::username::Username;

/// How long a link is good.
pub const GOOD: SignedDuration = SignedDuration::from_mins(60);

/// A link that was made, and until when it is good.
#[derive(Debug)]
pub struct Made {
    /// Whose password it sets.
    pub account: Account,
    /// The secret.
    pub secret: SecretToken,
    /// When it runs out.
    pub expires_at: Timestamp,
}

/// Makes a link for a user; for administrators, and for others than themselves: whoever is signed in changes the own password by proving
/// the old one. A link that was made before is good for nothing from then on.
pub async fn make(app: &App, caller: &Caller, user: UserId) -> Result<Made> {
    let now = app.clock.now();
    let event = event(app, "user.password_link_made", Some(caller.user), Some(user), caller.origin.clone(), now);
    write_as!(app, caller, now, |tx, principal| {
        must_be_admin(principal)?;
        if user == principal.user {
            return Err(AppError::Forbidden);
        }
        put(tx, user, event, now).await
    })
}

/// The same for the command line, by name.
pub async fn make_by_name(app: &App, username: &Username) -> Result<Made> {
    let (key, now, inner) = (username.key().to_owned(), app.clock.now(), app.clone());
    app.store
        .write(move |tx| {
            Box::pin(async move {
                let user = accounts::by_username(tx, &key).await?.ok_or(AppError::UserNotFound)?.id;
                let event = event(&inner, "user.password_link_made", None, Some(user), Origin::default(), now);
                put(tx, user, event, now).await
            })
        })
        .await
}

async fn put(tx: &mut Tx, user: UserId, event: NewEvent, now: Timestamp) -> Result<Made> {
    let account = accounts::for_change(tx, user).await?.ok_or(AppError::UserNotFound)?;
    if account.erased_at.is_some() {
        return Err(AppError::UserErased);
    }
    if account.disabled_at.is_some() {
        return Err(AppError::UserDisabled);
    }
    let (secret, expires_at) = (SecretToken::generate(SecretKind::PasswordLink), later(now, GOOD));
    password_links::put(tx, user, secret.hash(), expires_at).await?;
    events::append(tx, event).await?;
    Ok(Made { account, secret, expires_at })
}

/// Until when there is a link for the caller.
pub async fn mine(app: &App, caller: &Caller) -> Result<Option<Timestamp>> {
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| Ok(password_links::good_until(tx, principal.user, now).await?))
}

/// Sets the password of the account that the link is for, and ends all of its sessions. A password that can't be used leaves the
/// link as it is; a link that is not good is the same whatever is the matter with it.
pub async fn set(app: &App, secret: &str, password: &str, origin: Origin, address: IpAddr) -> Result<Account> {
    limited(app, vec![(limits::password_link_address_key(address), limits::PASSWORD_LINK_PER_ADDRESS)]).await?;
    let secret = SecretToken::parse(SecretKind::PasswordLink, secret).ok_or(AppError::LinkNotGood)?.hash();
    let now = app.clock.now();
    // Looked at before the password is hashed, which costs; used up in the transaction that sets it.
    let found = app.store.read(move |tx| {
        Box::pin(async move {
            let Some(user) = password_links::find(tx, secret, now).await? else { return Ok::<_, AppError>(None) };
            Ok(accounts::by_id(tx, user).await?)
        })
    });
    let account = found.await?.ok_or(AppError::LinkNotGood)?;
    let hash = app.sign_in.hash_new(password, owner(&account)).await?;
    let now = app.clock.now();
    // Whoever has the link need not be whom it is for, so the log does not say who it was.
    let event = event(app, "user.password_link_used", None, Some(account.id), origin, now);
    app.store
        .write(move |tx| {
            Box::pin(async move {
                // In the order in which links are made: first the account, then its link.
                let mut account = accounts::for_change(tx, account.id).await?.ok_or(AppError::LinkNotGood)?;
                if password_links::take(tx, secret, now).await? != Some(account.id) || account.disabled_at.is_some() {
                    return Err(AppError::LinkNotGood);
                }
                account.password_hash = hash;
                save(tx, &mut account, now).await?;
                sessions::revoke_others(tx, account.id, None, now).await?;
                events::append(tx, event).await?;
                Ok(account)
            })
        })
        .await
}
