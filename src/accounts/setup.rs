//! The set-up link: whoever holds it makes the first account. One use, thirty minutes, never in a log.

use std::time::Duration;

use subtle::ConstantTimeEq;

use crate::{
    error::{Error, Result},
    store::{Read, Write},
    types::Timestamp,
};

use super::store;

/// How long a link lives.
pub const LIFE: Duration = Duration::from_mins(30);

/// Keeps the hash of a new link's secret, in place of any earlier link; returns when it ends.
///
/// # Errors
/// `Refused` once the instance is set up.
pub fn make(tx: &mut Write, secret_hash: [u8; 32]) -> Result<Timestamp> {
    if super::any(tx)? {
        return Err(Error::Refused("this HEC is set up already: sign in, or register another account".to_owned()));
    }
    let ends_at = tx.now().plus(LIFE);
    store::put_setup(tx, secret_hash, ends_at);
    Ok(ends_at)
}

/// Whether a link with this secret's hash can still be used.
///
/// # Errors
/// `Internal` only.
pub fn is_valid(tx: &Read, secret_hash: [u8; 32]) -> Result<bool> {
    let found = store::setup(tx)?;
    Ok(found.is_some_and(|(hash, ends_at)| hash.ct_eq(&secret_hash).into() && tx.now() < ends_at))
}

/// Uses the link up, in the transaction that makes the first account.
///
/// # Errors
/// `NotFound` where it was used, has ended, or never was.
pub fn consume(tx: &mut Write, secret_hash: [u8; 32]) -> Result<()> {
    if super::any(tx)? || !is_valid(tx, secret_hash)? {
        return Err(Error::NotFound("set-up link"));
    }
    store::remove_setup(tx);
    Ok(())
}
