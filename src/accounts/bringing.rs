//! An account that comes in with a family, out of a copy of a store: a backup, perhaps another instance's.
//!
//! It comes with its password, its second factor and its passkeys, as they were. It never looks after this instance, and
//! what lets somebody in without any of those (sessions, known devices, links) stays behind.

use crate::{
    error::{Error, Result},
    store::{Read, Write},
    types::AccountId,
};

use super::{Account, Email, store};

/// Who is here already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Here {
    /// The same account.
    Same,
    /// Another one, by the same email; and whether messages to it are known to arrive.
    ByEmail(AccountId, bool),
    /// Nobody.
    Nobody,
}

/// An account of a copy, and who is here for it.
///
/// # Errors
/// `Refused` where the copy does not hold it.
pub fn find(tx: &Read, copy: &Read, id: AccountId) -> Result<(Account, Here)> {
    let missing = || Error::Refused("the backup names an account that it does not hold".to_owned());
    let account = store::get(copy, id)?.ok_or_else(missing)?;
    if store::get(tx, id)?.is_some() {
        return Ok((account, Here::Same));
    }
    let here = match store::by_email(tx, &Email::known(&account.email)?)? {
        Some(other) => Here::ByEmail(other, super::get(tx, other)?.verified_at.is_some()),
        None => Here::Nobody,
    };
    Ok((account, here))
}

/// Brings an account in; what its tables hold beside that is copied by the caller. One that was `moved` from another
/// instance has to prove its email anew.
///
/// # Errors
/// `Internal` only.
pub fn bring(tx: &mut Write, copy: &Read, id: AccountId, moved: bool) -> Result<()> {
    store::bring(tx, copy, id, moved)?;
    for passkey in store::passkeys(copy, id)? {
        // One that lets somebody else in here already is theirs.
        if store::passkey_owner(tx, passkey.id)?.is_none() {
            store::put_passkey(tx, id, &passkey);
        }
    }
    Ok(())
}
