//! Devices that have signed in before: others who guess at the account can't lock them out.
//!
//! A device proves itself by a random secret of its own, of which the hash is kept. It opens nothing: it only says that
//! a wrong password from here is counted apart.

use std::time::Duration;

use crate::{
    error::Result,
    store::{Read, Write},
    types::AccountId,
};

use super::store;

/// A device that is not seen for so long is forgotten.
pub const KEPT: Duration = Duration::from_hours(400 * 24);
/// The most devices of an account. The one that was not seen for the longest time makes room.
pub const MAX: usize = 20;

/// The first of these hashes by which the account knows the device.
///
/// # Errors
/// `Internal` only.
pub fn known(tx: &Read, account: AccountId, presented: &[[u8; 32]]) -> Result<Option<[u8; 32]>> {
    for hash in presented {
        if store::device_seen(tx, account, *hash)?.is_some_and(|seen| tx.now().since(seen) <= KEPT) {
            return Ok(Some(*hash));
        }
    }
    Ok(None)
}

/// Notes that the account signed in on a device.
///
/// # Errors
/// `Internal` only.
pub fn remember(tx: &mut Write, account: AccountId, hash: [u8; 32]) -> Result<()> {
    let mut others = store::devices(tx, account)?;
    // Its own list is read, and two hashes are compared: nobody guesses at anything.
    others.retain(|(other, _)| *other != hash); // nosemgrep: secrets-compared
    others.sort_by_key(|(_, seen)| std::cmp::Reverse(*seen));
    for (other, _) in others.into_iter().skip(MAX - 1) {
        store::remove_device(tx, account, other);
    }
    store::put_device(tx, account, hash);
    Ok(())
}

/// Forgets every device of an account but these.
///
/// # Errors
/// `Internal` only.
pub fn forget_all(tx: &mut Write, account: AccountId, but: &[[u8; 32]]) -> Result<()> {
    for (hash, _) in store::devices(tx, account)? {
        if !but.contains(&hash) {
            store::remove_device(tx, account, hash);
        }
    }
    Ok(())
}
