//! A link for a new password, for somebody who lost theirs, or who never had one. Whoever runs the instance hands it
//! over, or it is sent to an address that was proved; it works once, for a day, and leaves the second factor as it is.

use std::time::Duration;

use crate::{
    error::{Error, Result},
    store::{Read, Write},
    types::{AccountId, Secret, Timestamp},
};

use super::{
    Email, PasswordHash, allowance,
    log::{self, Act, Noted},
    post::{self, Kind},
    store,
};

/// How long a link lives.
pub const LIFE: Duration = Duration::from_hours(24);

/// Keeps the hash of a new link's secret, in place of any earlier link for the account; returns when it ends.
///
/// # Errors
/// `Internal` only.
pub fn make(tx: &mut Write, account: AccountId, secret_hash: [u8; 32]) -> Result<Timestamp> {
    store::remove_reset(tx, account)?;
    let ends_at = tx.now().plus(LIFE);
    store::put_reset(tx, account, secret_hash, ends_at);
    Ok(ends_at)
}

/// Sends a link to an address, in place of an earlier one that was sent; one that was handed over stays. Nothing is sent
/// where no account has the address, nobody proved it, or enough was sent already.
///
/// # Errors
/// `Internal` only.
pub fn send(tx: &mut Write, email: &Email, secret: &Secret, network: &str) -> Result<()> {
    let Some(owner) = super::by_email(tx, email)?.filter(|owner| owner.verified_at.is_some()) else { return Ok(()) };
    if allowance::has_room(tx, Kind::Reset, owner.id)? {
        withdraw_mailed(tx, owner.id)?;
        post::queue(tx, Kind::Reset, owner.id, &owner.email, Some(secret))?;
        store::put_mailed_reset(tx, owner.id, secret.hash(), tx.now().plus(LIFE));
        log::note(tx, Act::ResetMailed, &Noted { account: Some(owner.id), network, ..Noted::default() });
    }
    Ok(())
}

/// Whose password a link with this secret's hash sets, unless it has ended.
///
/// # Errors
/// `Internal` only.
pub fn find(tx: &Read, secret_hash: [u8; 32]) -> Result<Option<AccountId>> {
    Ok(store::reset(tx, secret_hash)?.filter(|(_, ends_at)| tx.now() < *ends_at).map(|(account, _)| account))
}

/// Uses a link up: the account has another password from now on. Whoever was signed in is ended by the caller.
///
/// # Errors
/// `NotFound` where it was used, has ended, or never was.
pub fn consume(tx: &mut Write, secret_hash: [u8; 32], hash: &PasswordHash) -> Result<AccountId> {
    let account = find(tx, secret_hash)?.ok_or(Error::NotFound("link"))?;
    withdraw(tx, account)?;
    super::set_password(tx, account, hash)?;
    Ok(account)
}

/// Ends every link of an account.
///
/// # Errors
/// `Internal` only.
pub fn withdraw(tx: &mut Write, account: AccountId) -> Result<()> {
    store::remove_reset(tx, account)?;
    withdraw_mailed(tx, account)
}

/// Ends the link of an account that was sent, if there is one.
///
/// # Errors
/// `Internal` only.
pub fn withdraw_mailed(tx: &mut Write, account: AccountId) -> Result<()> {
    post::withdraw(tx, account, Kind::Reset)?;
    store::remove_mailed_reset(tx, account)
}
