//! The recovery drill: whoever looks after HEC types the recovery code from the paper, so that a lost paper, or one that
//! nobody can read, is noticed while every other key is still there. Nothing is locked by it.

use std::time::Duration;

use crate::{
    error::{Error, Invalid, Result},
    store::{self, Read, Vault, Write, slots::Opener},
    types::Timestamp,
};

use super::{fresh, store as rows};

/// The code is asked for so often.
pub const EVERY: Duration = Duration::from_hours(91 * 24);

/// When a recovery code was last typed and found right; none where it never was.
///
/// # Errors
/// `Internal` only.
pub fn last(tx: &Read) -> Result<Option<Timestamp>> {
    rows::drill(tx)
}

/// Notes that it was, just now: on the page for it, by the verb, or to bring the record back from a backup.
pub fn note(tx: &mut Write) {
    let now = tx.now();
    rows::put_drill(tx, now);
}

/// Whether it is time to ask again.
///
/// # Errors
/// `Internal` only.
pub fn is_due(tx: &Read) -> Result<bool> {
    let since = match last(tx)? {
        Some(last) => last,
        None => store::about(tx)?.created_at,
    };
    Ok(tx.now().since(since) >= EVERY)
}

/// Whether a code that somebody typed opens the store. Nothing is opened anew.
///
/// # Errors
/// `Invalid` on `code`, with what is wrong: a slip is named with its group.
pub fn check(vault: &Vault, typed: &str) -> Result<()> {
    let code = fresh::read(typed)?;
    vault.check(&Opener::Recovery(code)).map_err(|error| match error {
        Error::Refused(_) => Invalid::new("code", "error-recovery-wrong").into(),
        other => other,
    })
}
