//! Accounts: registering, reading and changing one's own, and what administrators do with those of others.

use std::net::IpAddr;

use bronya_domain::ids::{BookingId, UserId};
use bronya_domain::refusal::check_version;
use bronya_domain::user::Role;
use bronya_store::accounts::{self, Account};
use bronya_store::db::Tx;
use bronya_store::events::{self, NewEvent, Origin};
use bronya_store::{StoreError, bookings, password_links, sessions, setup};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::sign_in::{event, later, limited};
use super::{App, AppError, Caller, Result, must_be_admin, principal, read_as, write_as};
use crate::auth::limits;
use crate::auth::password::{Owner, Verified};
use crate::auth::secret::{SecretKind, SecretToken};
use crate::auth::username::Username;

/// How long the one-time set-up link is good.
pub const SET_UP_LINK_GOOD: SignedDuration = SignedDuration::from_mins(30);

/// Who wants an account. The texts have been checked; the password has not.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The name.
    pub username: Username,
    /// The password as it was typed.
    pub password: String,
    /// An address for mail.
    pub email: Option<String>,
    /// What others see.
    pub display_name: Option<String>,
}

/// Somebody registers.
pub async fn register(app: &App, new: NewAccount, origin: Origin, address: IpAddr) -> Result<Account> {
    if !app.settings.registration_open {
        return Err(AppError::RegistrationClosed);
    }
    limited(app, vec![(limits::register_address_key(address), limits::REGISTER_PER_ADDRESS)]).await?;
    create(app, new, Role::User, origin, None).await
}

/// The account of this name.
pub(super) async fn by_name(app: &App, username: &Username) -> Result<Option<Account>> {
    let key = username.key().to_owned();
    app.store.read(move |tx| Box::pin(async move { Ok(accounts::by_username(tx, &key).await?) })).await
}

/// Makes an account: for those who register, and for the command line.
pub async fn create(app: &App, new: NewAccount, role: Role, origin: Origin, link: Option<[u8; 32]>) -> Result<Account> {
    if by_name(app, &new.username).await?.is_some() {
        return Err(AppError::UsernameTaken);
    }
    let owner = Owner {
        username: new.username.as_str().to_owned(),
        email: new.email.clone(),
        display_name: new.display_name.clone(),
    };
    let password_hash = app.sign_in.hash_new(&new.password, owner).await?;
    let now = app.clock.now();
    let account = Account {
        id: UserId(app.ids.next()),
        username: new.username.as_str().to_owned(),
        email: new.email,
        display_name: new.display_name,
        role,
        password_hash,
        disabled_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
        erased_at: None,
    };
    let event = event(app, "user.created", Some(account.id), Some(account.id), origin, now);
    let (inserted, key) = (account.clone(), new.username.key().to_owned());
    app.store
        .write(move |tx| {
            Box::pin(async move {
                if let Some(link) = link {
                    use_link(tx, link, now).await?;
                }
                accounts::insert(tx, &inserted, &key).await.map_err(|error| match error {
                    // Somebody was faster.
                    StoreError::NotUnique(_) => AppError::UsernameTaken,
                    other => other.into(),
                })?;
                events::append(tx, event).await?;
                Ok::<(), AppError>(())
            })
        })
        .await?;
    Ok(account)
}

/// Uses the set-up link up. It is good once, and never where there is an administrator.
async fn use_link(tx: &mut Tx, link: [u8; 32], now: Timestamp) -> Result<()> {
    accounts::hold_administrators(tx).await?;
    if accounts::count_administrators(tx).await? > 0 || !setup::take(tx, link, now).await? {
        return Err(AppError::NoSuchLink);
    }
    Ok(())
}

/// Makes a new set-up link where there is no administrator; `None` where there is one.
pub async fn make_set_up_link(app: &App) -> Result<Option<SecretToken>> {
    let token = SecretToken::generate(SecretKind::SetUp);
    let (hash, now) = (token.hash(), app.clock.now());
    let made = app
        .store
        .write(move |tx| {
            Box::pin(async move {
                accounts::hold_administrators(tx).await?;
                if accounts::count_administrators(tx).await? > 0 {
                    return Ok::<bool, AppError>(false);
                }
                setup::put(tx, hash, later(now, SET_UP_LINK_GOOD)).await?;
                Ok(true)
            })
        })
        .await?;
    Ok(made.then_some(token))
}

/// Whether there is no administrator yet, so that there is something to set up.
pub async fn set_up_is_open(app: &App) -> Result<bool> {
    app.store.read(|tx| Box::pin(async move { Ok(accounts::count_administrators(tx).await? == 0) })).await
}

/// Makes the first administrator with the one-time link.
pub async fn set_up(app: &App, token: &str, new: NewAccount, origin: Origin, address: IpAddr) -> Result<Account> {
    limited(app, vec![(limits::set_up_address_key(address), limits::SET_UP_PER_ADDRESS)]).await?;
    let link = SecretToken::parse(SecretKind::SetUp, token).ok_or(AppError::NoSuchLink)?.hash();
    let now = app.clock.now();
    // Looked at before the password is hashed, which costs; used up in the transaction that makes the account.
    let good = app.store.read(move |tx| {
        Box::pin(async move {
            Ok::<bool, AppError>(accounts::count_administrators(tx).await? == 0 && setup::is_good(tx, link, now).await?)
        })
    });
    if !good.await? {
        return Err(AppError::NoSuchLink);
    }
    create(app, new, Role::Admin, origin, Some(link)).await
}

/// The caller's own account.
pub async fn me(app: &App, caller: &Caller) -> Result<Account> {
    read_as!(app, caller, |tx, principal| accounts::by_id(tx, principal.user).await?.ok_or(AppError::NotSignedIn))
}

/// What somebody changes of the own account. `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct EditMe {
    /// Another address, or none.
    pub email: Option<Option<String>>,
    /// Another name for others to see, or none.
    pub display_name: Option<Option<String>>,
    /// The versions that may be changed.
    pub versions: Option<Vec<i64>>,
}

/// Changes the caller's own account.
pub async fn edit_me(app: &App, caller: &Caller, edit: EditMe) -> Result<Account> {
    let now = app.clock.now();
    let event = event(app, "user.updated", Some(caller.user), Some(caller.user), caller.origin.clone(), now);
    write_as!(app, caller, now, |tx, principal| {
        let mut account = accounts::for_change(tx, principal.user).await?.ok_or(AppError::NotSignedIn)?;
        check_version(edit.versions.as_deref(), account.version)?;
        let before = (account.email.clone(), account.display_name.clone());
        account.email = edit.email.unwrap_or(account.email);
        account.display_name = edit.display_name.unwrap_or(account.display_name);
        if before == (account.email.clone(), account.display_name.clone()) && edit.versions.is_none() {
            return Ok(account);
        }
        save(tx, &mut account, now).await?;
        events::append(tx, event).await?;
        Ok(account)
    })
}

/// Changes the caller's password; every other session of the caller's ends.
pub async fn change_password(app: &App, caller: &Caller, address: IpAddr, current: &str, new: &str) -> Result<()> {
    let account = me(app, caller).await?;
    let username = Username::parse(&account.username)
        .map_err(|problem| AppError::internal(format!("account {}: username: {problem}", account.id)))?;
    let counted = vec![
        (limits::login_address_key(address), limits::LOGIN_PER_ADDRESS),
        (limits::login_name_key(username.key()), limits::LOGIN_PER_ACCOUNT),
    ];
    limited(app, counted).await?;
    if app.sign_in.hasher.verify(current, Some(&account.password_hash)).await? == Verified::Wrong {
        let (origin, now) = (caller.origin.clone(), app.clock.now());
        let event = event(app, "user.password_refused", Some(caller.user), Some(caller.user), origin, now);
        app.store.write(move |tx| Box::pin(async move { events::append(tx, event).await })).await?;
        return Err(AppError::WrongPassword);
    }
    let hash = app.sign_in.hash_new(new, owner(&account)).await?;
    let (now, session) = (app.clock.now(), caller.session);
    let event = event(app, "user.password_changed", Some(caller.user), Some(caller.user), caller.origin.clone(), now);
    write_as!(app, caller, now, |tx, principal| {
        let mut account = accounts::for_change(tx, principal.user).await?.ok_or(AppError::NotSignedIn)?;
        account.password_hash = hash;
        save(tx, &mut account, now).await?;
        password_links::void(tx, account.id).await?;
        sessions::revoke_others(tx, account.id, Some(session), now).await?;
        Ok(events::append(tx, event).await?)
    })
}

/// Whom a password is judged for.
pub(super) fn owner(account: &Account) -> Owner {
    Owner {
        username: account.username.clone(),
        email: account.email.clone(),
        display_name: account.display_name.clone(),
    }
}

/// All accounts, for administrators, in the order they were made.
pub async fn list(app: &App, caller: &Caller, part: String, after: Option<UserId>, limit: u32) -> Result<Vec<Account>> {
    let after = after.unwrap_or(UserId(uuid::Uuid::nil()));
    read_as!(app, caller, |tx, principal| {
        must_be_admin(principal)?;
        Ok(accounts::list(tx, &part, after, limit).await?)
    })
}

/// An account: anyone's for administrators, one's own for everybody.
pub async fn by_id(app: &App, caller: &Caller, id: UserId) -> Result<Account> {
    read_as!(app, caller, |tx, principal| {
        if !principal.is_admin() && id != principal.user {
            return Err(AppError::UserNotFound);
        }
        accounts::by_id(tx, id).await?.ok_or(AppError::UserNotFound)
    })
}

/// What somebody is called: for administrators, for oneself, and for those who manage something on which that one has a booking, for they have to
/// know who comes. Nobody else learns that there is such an account, and nothing else of it is told.
pub async fn name(app: &App, caller: &Caller, id: UserId) -> Result<String> {
    let now = app.clock.now();
    read_as!(app, caller, |tx, principal| {
        if !principal.is_admin() && id != principal.user {
            let filter = bookings::Filter {
                user: Some(id),
                resource: None,
                status: None,
                from: bookings::EARLIEST,
                to: bookings::LATEST,
                after: (bookings::EARLIEST, BookingId(Uuid::nil())),
                now,
            };
            if bookings::list(tx, bookings::Scope::ManagedBy(principal.user), &filter, 1).await?.is_empty() {
                return Err(AppError::UserNotFound);
            }
        }
        let account = accounts::by_id(tx, id).await?.filter(|it| it.erased_at.is_none());
        let account = account.ok_or(AppError::UserNotFound)?;
        Ok(account.display_name.unwrap_or(account.username))
    })
}

/// What an administrator changes of an account. `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct EditUser {
    /// Another role.
    pub role: Option<Role>,
    /// Whether it is disabled.
    pub disabled: Option<bool>,
    /// The versions that may be changed.
    pub versions: Option<Vec<i64>>,
}

/// Changes an account. The last administrator who can sign in stays one.
pub async fn edit(app: &App, caller: &Caller, id: UserId, edit: EditUser) -> Result<Account> {
    let (caller, now, inner) = (caller.clone(), app.clock.now(), app.clone());
    app.store
        .write(move |tx| {
            Box::pin(async move {
                // Before anything is read: two administrators who demote each other wait for one another here.
                accounts::hold_administrators(tx).await?;
                let principal = principal(tx, &caller, now).await?;
                must_be_admin(principal)?;
                let account = accounts::for_change(tx, id).await?.ok_or(AppError::UserNotFound)?;
                check_version(edit.versions.as_deref(), account.version)?;
                apply(tx, account, &edit, now, |action| {
                    event(&inner, action, Some(principal.user), Some(id), caller.origin.clone(), now)
                })
                .await
            })
        })
        .await
}

/// The same for the command line, by name.
pub async fn edit_by_name(app: &App, username: &Username, edit: EditUser) -> Result<Account> {
    let (key, now, inner) = (username.key().to_owned(), app.clock.now(), app.clone());
    app.store
        .write(move |tx| {
            Box::pin(async move {
                accounts::hold_administrators(tx).await?;
                let id = accounts::by_username(tx, &key).await?.ok_or(AppError::UserNotFound)?.id;
                let account = accounts::for_change(tx, id).await?.ok_or(AppError::UserNotFound)?;
                apply(tx, account, &edit, now, |action| event(&inner, action, None, Some(id), Origin::default(), now))
                    .await
            })
        })
        .await
}

/// Sets a password from the command line; every session of the account ends.
pub async fn reset_password(app: &App, username: &Username, password: &str) -> Result<Account> {
    let account = by_name(app, username).await?.ok_or(AppError::UserNotFound)?;
    let hash = app.sign_in.hash_new(password, owner(&account)).await?;
    let now = app.clock.now();
    let event = event(app, "user.password_reset", None, Some(account.id), Origin::default(), now);
    app.store
        .write(move |tx| {
            Box::pin(async move {
                let mut account = accounts::for_change(tx, account.id).await?.ok_or(AppError::UserNotFound)?;
                account.password_hash = hash;
                save(tx, &mut account, now).await?;
                password_links::void(tx, account.id).await?;
                sessions::revoke_others(tx, account.id, None, now).await?;
                events::append(tx, event).await?;
                Ok(account)
            })
        })
        .await
}

async fn apply(
    tx: &mut Tx,
    mut account: Account,
    edit: &EditUser,
    now: Timestamp,
    mut event: impl FnMut(&'static str) -> NewEvent + Send,
) -> Result<Account> {
    if account.erased_at.is_some() {
        return Err(AppError::UserErased);
    }
    let mut happened = Vec::new();
    if let Some(role) = edit.role.filter(|role| *role != account.role) {
        account.role = role;
        happened.push(event("user.role_changed"));
    }
    match edit.disabled {
        Some(true) if account.disabled_at.is_none() => {
            account.disabled_at = Some(now);
            happened.push(event("user.disabled"));
        }
        Some(false) if account.disabled_at.is_some() => {
            account.disabled_at = None;
            happened.push(event("user.enabled"));
        }
        _ => {}
    }
    if happened.is_empty() && edit.versions.is_none() {
        return Ok(account);
    }
    save(tx, &mut account, now).await?;
    if account.disabled_at.is_some() {
        password_links::void(tx, account.id).await?;
        sessions::revoke_others(tx, account.id, None, now).await?;
    }
    if (account.role != Role::Admin || account.disabled_at.is_some())
        && accounts::count_administrators(tx).await? == 0
        && lost_an_administrator(edit)
    {
        return Err(AppError::LastAdministrator);
    }
    for event in happened {
        events::append(tx, event).await?;
    }
    Ok(account)
}

/// Whether the edit can have taken an administrator away; where there never was one, nothing is lost.
fn lost_an_administrator(edit: &EditUser) -> bool {
    edit.role == Some(Role::User) || edit.disabled == Some(true)
}

/// Writes an account that was read for that, one version on.
pub(super) async fn save(tx: &mut Tx, account: &mut Account, now: Timestamp) -> Result<()> {
    account.updated_at = now;
    accounts::update(tx, account).await?;
    account.version += 1;
    Ok(())
}
