//! Another name, another email, and the proof that an address is somebody's own.
//!
//! Without mail another address holds at once. With mail a link goes to it, and it holds once the person, signed in,
//! has come back by that link. An address that somebody else has is treated the same to the eye: whoever has it is
//! told, and whoever asked learns nothing.

use std::time::Duration;

use subtle::ConstantTimeEq;

use crate::{
    error::{Error, Invalid, Result, check},
    store::{Read, Write},
    types::{AccountId, Secret, Timestamp},
};

use super::{
    Email,
    log::{self, Act, Noted},
    post::{self, Kind},
    reset, store,
};

/// How long the link to an address lives.
pub const LIFE: Duration = Duration::from_hours(24);

/// An address that waits to be proved.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The address.
    pub email: String,
    /// What is kept of its link.
    pub(super) hash: [u8; 32],
    /// When it was asked for.
    pub asked_at: Timestamp,
}

/// Gives an account another name.
///
/// # Errors
/// `Invalid` on `name`; `NotFound`.
pub fn rename(tx: &mut Write, account: AccountId, name: &str, network: &str) -> Result<()> {
    let name = check::name("name", name.trim(), 100)?;
    let before = super::get(tx, account)?.name;
    if name != before {
        store::set_name(tx, account, &name)?;
        log::note(tx, Act::NameChanged, &Noted { account: Some(account), network, ..Noted::default() });
    }
    Ok(())
}

/// Gives an account another email at once: where there is no mail to prove it by.
///
/// # Errors
/// `Invalid` on `email` where somebody else has it; `NotFound`.
pub fn at_once(tx: &mut Write, account: AccountId, email: &Email, network: &str) -> Result<()> {
    if super::get(tx, account)?.email == email.as_str() {
        return Ok(());
    }
    put(tx, account, email, None)?;
    note(tx, Act::EmailChanged, account, network);
    Ok(())
}

/// Sends a link to an address: another one for the account, or the one that it has. An earlier link ends.
///
/// # Errors
/// `Invalid` on `email` where too many messages were sent; `NotFound`.
pub fn begin(tx: &mut Write, account: AccountId, email: &Email, secret: &Secret) -> Result<()> {
    withdraw(tx, account)?;
    let holder = store::by_email(tx, email)?.filter(|holder| *holder != account);
    let queued = match holder {
        Some(holder) => {
            let holder = super::get(tx, holder)?;
            post::taken(tx, account, &holder)?
        }
        None => post::queue(tx, Kind::Confirm, account, email.as_str(), Some(secret))?,
    };
    if !queued {
        return Err(Invalid::new("email", "error-mail-too-much").into());
    }
    // Also where somebody else has it, whose link nobody holds.
    let waiting = Waiting { email: email.as_str().to_owned(), hash: secret.hash(), asked_at: tx.now() };
    store::put_change(tx, account, &waiting);
    Ok(())
}

/// The address that an account waits for.
///
/// # Errors
/// `Internal` only.
pub fn waiting(tx: &Read, account: AccountId) -> Result<Option<Waiting>> {
    Ok(store::change(tx, account)?.filter(|waiting| tx.now().since(waiting.asked_at) < LIFE))
}

/// The address that a link proves for an account.
///
/// # Errors
/// `NotFound` for a link of somebody else's, one that was used, has ended or never was, or where somebody else has
/// proved the address meanwhile.
pub fn find(tx: &Read, account: AccountId, hash: [u8; 32]) -> Result<Waiting> {
    let fits = |waiting: &Waiting| bool::from(waiting.hash.ct_eq(&hash));
    let found = waiting(tx, account)?.filter(fits).ok_or(Error::NotFound("link"))?;
    let holder = store::by_email(tx, &Email::known(&found.email)?)?;
    if holder.is_some_and(|holder| holder != account) { Err(Error::NotFound("link")) } else { Ok(found) }
}

/// Uses a link up: its address is proved, and the account's from now on. `is_set_up` has the old one told.
///
/// # Errors
/// As [`find`].
pub fn confirm(tx: &mut Write, account: AccountId, hash: [u8; 32], is_set_up: bool, network: &str) -> Result<()> {
    let email = Email::known(&find(tx, account, hash)?.email)?;
    let before = super::get(tx, account)?;
    withdraw(tx, account)?;
    if before.email == email.as_str() {
        note(tx, Act::EmailProved, account, network);
    } else {
        // While it is still the account's.
        post::notice(tx, is_set_up, account, Kind::EmailChanged, "")?;
        note(tx, Act::EmailChanged, account, network);
    }
    put(tx, account, &email, Some(tx.now()))
}

/// Ends the wait; the link is worth nothing any more.
///
/// # Errors
/// `Internal` only.
pub fn withdraw(tx: &mut Write, account: AccountId) -> Result<()> {
    post::withdraw(tx, account, Kind::Confirm)?;
    store::remove_change(tx, account);
    Ok(())
}

/// Removes waits that have ended; returns how many.
///
/// # Errors
/// `Internal` only.
pub fn sweep(tx: &mut Write) -> Result<usize> {
    let now = tx.now();
    let mut ended = store::all_changes(tx)?;
    ended.retain(|(_, asked_at)| now.since(*asked_at) >= LIFE);
    ended.iter().for_each(|(account, _)| store::remove_change(tx, *account));
    Ok(ended.len())
}

/// Links that went to the old address end with it.
fn put(tx: &mut Write, account: AccountId, email: &Email, verified_at: Option<Timestamp>) -> Result<()> {
    if store::by_email(tx, email)?.is_some_and(|holder| holder != account) {
        return Err(Invalid::new("email", "error-email-taken").into());
    }
    reset::withdraw_mailed(tx, account)?;
    store::set_email(tx, account, email, verified_at)
}

fn note(tx: &mut Write, act: Act, account: AccountId, network: &str) {
    log::note(tx, act, &Noted { account: Some(account), network, ..Noted::default() });
}
