//! Erasing a person. One transaction takes everything personal out of the account and ends its sessions; from then on
//! nobody acts in that name. The rest follows in bounded steps, which a job goes on with where the request could not:
//! bookings through the engine, sessions, kept answers, the addresses in the log, and at last what the files still hold.

use std::net::IpAddr;

use bronya_domain::command::Command;
use bronya_domain::ids::UserId;
use bronya_domain::refusal::check_version;
use bronya_domain::user::{Principal, Role};
use bronya_store::accounts;
use bronya_store::engine::Actor;
use bronya_store::erasure::{self, Erasure, Lines};
use bronya_store::events::{self, Origin};
use futures_util::future::join_all;
use jiff::SignedDuration;

use super::sign_in::{event, limited};
use super::{App, AppError, Caller, Result, principal, users};
use crate::auth::limits;
use crate::auth::password::Verified;
use crate::auth::username::Username;

/// How long whatever was under way in the person's name may still come in. Then everything is looked through once more, and
/// the erasure is finished.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// How long files that were written anew are left alone: it holds up whoever writes, and anybody can ask to be erased.
const SCRUB_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Erasures that one [`finish_due`] finishes at most.
const FINISHED_MAX: u32 = 50;

/// Erases the caller, who says the password once more.
pub async fn me(app: &App, caller: &Caller, address: IpAddr, password: &str, versions: Option<Vec<i64>>) -> Result<()> {
    let account = users::me(app, caller).await?;
    let username = Username::parse(&account.username)
        .map_err(|problem| AppError::internal(format!("account {}: username: {problem}", account.id)))?;
    let counted = vec![
        (limits::login_address_key(address), limits::LOGIN_PER_ADDRESS),
        (limits::login_name_key(username.key()), limits::LOGIN_PER_ACCOUNT),
    ];
    limited(app, counted).await?;
    if app.sign_in.hasher.verify(password, Some(&account.password_hash)).await? == Verified::Wrong {
        return Err(AppError::WrongPassword);
    }
    erase(app, caller, caller.user, true, versions).await
}

/// Erases a user; for administrators.
pub async fn user(app: &App, caller: &Caller, id: UserId, versions: Option<Vec<i64>>) -> Result<()> {
    erase(app, caller, id, false, versions).await
}

async fn erase(app: &App, caller: &Caller, id: UserId, oneself: bool, versions: Option<Vec<i64>>) -> Result<()> {
    let (asking, now, inner) = (caller.clone(), app.clock.now(), app.clone());
    app.store
        .write(move |tx| {
            Box::pin(async move {
                // Two administrators who erase each other wait for one another here.
                accounts::hold_administrators(tx).await?;
                let principal = principal(tx, &asking, now).await?;
                if !principal.is_admin() && !oneself {
                    return Err(AppError::Forbidden);
                }
                let account = accounts::for_change(tx, id).await?.ok_or(AppError::UserNotFound)?;
                if account.erased_at.is_some() {
                    return Err(AppError::UserErased);
                }
                check_version(versions.as_deref(), account.version)?;
                erasure::begin(tx, id, principal.user, now).await?;
                if account.role == Role::Admin
                    && account.disabled_at.is_none()
                    && accounts::count_administrators(tx).await? == 0
                {
                    return Err(AppError::LastAdministrator);
                }
                // From where somebody asked to be forgotten is forgotten with the rest.
                let address = asking.origin.address.filter(|_| principal.user != id);
                let origin = Origin { address, ..asking.origin };
                let event = event(&inner, "user.erased", Some(principal.user), Some(id), origin, now);
                Ok(events::append(tx, event).await?)
            })
        })
        .await?;
    forget(app, Erasure { user: id, asked_by: caller.user }).await
}

/// Goes through everything that may hold something of the person. A second time finds nothing.
async fn forget(app: &App, erasure: Erasure) -> Result<()> {
    let user = erasure.user;
    let mut last = None;
    loop {
        let now = app.clock.now();
        let found = app.store.read(move |tx| Box::pin(erasure::remembered(tx, user, last, now))).await?;
        let Some(end) = found.last().copied() else { break };
        let asked_by = Principal { user: erasure.asked_by, role: Role::Admin };
        let forget = |it: &erasure::Remembered| {
            app.submit_as(Actor::Trusted(asked_by), Command::Forget(it.id), Origin::default())
        };
        let forgotten = found.iter().map(forget);
        for answered in join_all(forgotten).await {
            answered?;
        }
        let made: Vec<(UserId, String)> =
            found.iter().filter_map(|it| Some((it.made_by?, format!("/bookings/{}", it.id)))).collect();
        if !made.is_empty() {
            app.store.write(move |tx| Box::pin(async move { erasure::forget_answers(tx, &made).await })).await?;
        }
        last = Some(end);
    }
    while app.store.write(move |tx| Box::pin(erasure::forget_rows(tx, user))).await? {}
    for lines in [Lines::Done, Lines::Attempts] {
        let mut after = None;
        loop {
            after = app.store.write(move |tx| Box::pin(erasure::forget_addresses(tx, user, lines, after))).await?;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(())
}

/// Finishes erasures that were asked for a while ago; returns how many. On SQLite the file is then written anew, at most
/// once a day, and until then they are not finished.
pub async fn finish_due(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let before = now.checked_sub(SETTLED_AFTER).unwrap_or(now);
    let (due, last_done) = app
        .store
        .read(move |tx| {
            Box::pin(async move {
                Ok::<_, AppError>((erasure::due(tx, before, FINISHED_MAX).await?, erasure::last_done(tx).await?))
            })
        })
        .await?;
    // What a request could not finish does not wait for the files.
    for erasure in &due {
        forget(app, *erasure).await?;
    }
    let lately = last_done.is_some_and(|last| last <= now && now.duration_since(last) < SCRUB_EVERY);
    if due.is_empty() || lately {
        return Ok(0);
    }
    app.store.scrub().await?;
    let finished = due.clone();
    app.store
        .write(move |tx| {
            Box::pin(async move {
                for erasure in finished {
                    erasure::done(tx, erasure.user, now).await?;
                }
                Ok::<(), AppError>(())
            })
        })
        .await?;
    Ok(due.len())
}
