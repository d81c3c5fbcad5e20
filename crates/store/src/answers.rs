//! Answers that are kept under idempotency keys, for what is made in a transaction that is no command. For commands the
//! engine does the same for a whole batch at once.

use bronya_domain::ids::UserId;
use jiff::Timestamp;

use crate::db::{Around, Row, Step, Tx, Value};
use crate::engine::{ANSWER_KEPT, Denied, Idempotency};
use crate::error::{Result, StoreError};
use crate::facts::{Answer, KeptAnswer, LOAD_ANSWERS, kept_answer};
use crate::write::{FORGET_ANSWERS, KEEP_ANSWERS, VOUCH_FOR_ANSWERS, new_answer};

/// The answer that was given under the key before, within the day that it is kept;
/// [`Denied::KeyReused`] where it was given to another request.
pub async fn find<O>(
    tx: &mut Tx,
    user: UserId,
    asked: &Idempotency<O>,
    now: Timestamp,
) -> std::result::Result<Option<Answer>, Denied> {
    let key: [[Value; 2]; 1] = [[user.into(), asked.key.as_str().into()]];
    let mut found: Option<KeptAnswer> = None;
    let mut sink = |row: &Row<'_>| {
        found = Some(kept_answer(row)?);
        Ok(())
    };
    tx.pipeline(Around::Nothing, vec![Step::each(&LOAD_ANSWERS, &key, Some(&mut sink))]).await?;
    match found {
        Some(kept) if now.duration_since(kept.created_at) < ANSWER_KEPT => {
            if kept.fingerprint != asked.fingerprint {
                return Err(Denied::KeyReused);
            }
            if !tx.is_sqlite() {
                // As the engine does: this answer waits for a standby that the first one may not have waited for.
                tx.pipeline(Around::Nothing, vec![Step::each(&VOUCH_FOR_ANSWERS, &key, None)]).await?;
            }
            Ok(Some(kept.answer))
        }
        Some(_) => {
            tx.pipeline(Around::Nothing, vec![Step::each(&FORGET_ANSWERS, &key, None)]).await?;
            Ok(None)
        }
        None => Ok(None),
    }
}

/// Keeps the answer under its key, in the transaction that did what it tells. [`StoreError::GaveWay`] where somebody was
/// faster with the same key: tried again, the transaction [finds](find) that answer.
pub async fn keep<O>(tx: &mut Tx, user: UserId, asked: &Idempotency<O>, answer: &Answer, now: Timestamp) -> Result<()> {
    let kept = KeptAnswer { fingerprint: asked.fingerprint.to_vec(), answer: answer.clone(), created_at: now };
    let rows = [new_answer(user, &asked.key, &kept)];
    match tx.pipeline(Around::Nothing, vec![Step::each(&KEEP_ANSWERS, &rows, None)]).await {
        Err(StoreError::NotUnique(what)) => Err(StoreError::GaveWay(what)),
        done => done,
    }
}
