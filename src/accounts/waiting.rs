//! A sign-in between its two steps: the password was right, the code is still to come.

use std::time::Duration;

use crate::{
    error::Result,
    store::{Read, Write},
    types::{AccountId, Timestamp},
};

use super::store;

/// How long the second step is waited for.
pub const LIFE: Duration = Duration::from_mins(5);
/// So many wrong codes, and the password is asked for again.
const TRIES: u8 = 5;

/// A sign-in that waits for its code.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    /// Whose.
    pub account: AccountId,
    /// When the password was right.
    pub began_at: Timestamp,
    /// How many codes were wrong.
    pub tries: u8,
}

/// Begins to wait; the secret's hash is what is kept.
pub fn begin(tx: &mut Write, account: AccountId, secret_hash: [u8; 32]) {
    let began_at = tx.now();
    store::put_waiting(tx, secret_hash, &Waiting { account, began_at, tries: 0 });
}

/// The sign-in with this secret's hash, unless its time is over, or the password was changed meanwhile.
///
/// # Errors
/// `Internal` only.
pub fn find(tx: &Read, secret_hash: [u8; 32]) -> Result<Option<Waiting>> {
    let Some(waiting) = store::waiting(tx, secret_hash)? else { return Ok(None) };
    let is_changed = super::password_since(tx, waiting.account)?.is_some_and(|at| at > waiting.began_at);
    Ok((tx.now().since(waiting.began_at) < LIFE && !is_changed).then_some(waiting))
}

/// Counts a wrong code. After the last one nothing is waited for any more.
///
/// # Errors
/// `Internal` only.
pub fn fail(tx: &mut Write, secret_hash: [u8; 32]) -> Result<()> {
    if let Some(mut waiting) = find(tx, secret_hash)? {
        waiting.tries += 1;
        if waiting.tries < TRIES {
            store::put_waiting(tx, secret_hash, &waiting);
        } else {
            end(tx, secret_hash);
        }
    }
    Ok(())
}

/// Waits no longer.
pub fn end(tx: &mut Write, secret_hash: [u8; 32]) {
    store::remove_waiting(tx, secret_hash);
}

/// Removes those whose time is over.
///
/// # Errors
/// `Internal` only.
pub fn sweep(tx: &mut Write) -> Result<()> {
    let now = tx.now();
    for (hash, waiting) in store::all_waiting(tx)? {
        if now.since(waiting.began_at) >= LIFE {
            end(tx, hash);
        }
    }
    Ok(())
}
