//! Making something for a request that may be sent twice: the answer is kept under its idempotency key in the very transaction that
//! makes it. Commands of the engine have that of their own; this is for what is made beside it.

use bronya_domain::user::Principal;
use bronya_store::db::Tx;
use bronya_store::engine::{Idempotency, Reply};
use bronya_store::{StoreError, answers};
use jiff::Timestamp;

use super::{AppError, Result};

/// The answer that the same request got before, if it came under a key and there is one.
pub(super) async fn answered<O>(
    tx: &mut Tx,
    principal: Principal,
    idempotency: Option<&Idempotency<O>>,
    now: Timestamp,
) -> Result<Option<Reply<O>>> {
    let Some(asked) = idempotency else { return Ok(None) };
    Ok(answers::find(tx, principal.user, asked, now).await?.map(Reply::Replayed))
}

/// Keeps the answer that tells of what was made, where it was made under a key.
pub(super) async fn keep<O>(
    tx: &mut Tx,
    principal: Principal,
    idempotency: Option<&Idempotency<O>>,
    made: O,
    now: Timestamp,
) -> Result<Reply<O>> {
    let Some(asked) = idempotency else { return Ok(Reply::Done(made)) };
    let answer = (asked.render)(&made).ok_or_else(|| AppError::internal("what was made has no answer"))?;
    answers::keep(tx, principal.user, asked, &answer, now).await?;
    Ok(Reply::Kept(answer))
}

/// Makes something that has a name or a slug of its own. It may be the same request, sent twice at once, that has it: then there
/// is an answer to find when it is tried again.
pub(super) async fn once<O: Clone, F: Future<Output = Result<Reply<O>>>>(
    idempotency: Option<Idempotency<O>>,
    attempt: impl Fn(Option<Idempotency<O>>) -> F,
) -> Result<Reply<O>> {
    match attempt(idempotency.clone()).await {
        Err(AppError::NameTaken | AppError::SlugTaken) if idempotency.is_some() => attempt(idempotency).await,
        done => done,
    }
}

/// What the database refuses because another one has the name.
pub(super) fn name_taken(error: StoreError) -> AppError {
    match error {
        StoreError::NotUnique(_) => AppError::NameTaken,
        other => other.into(),
    }
}
