//! What an account's deletion means for its families: their records stay, and an owner with them.

use crate::{
    error::Result,
    store::{Read, Write},
    types::{AccountId, Role},
};

use super::{Family, get, members, memberships, store};

/// The families that would be left without an owner if the account went.
///
/// # Errors
/// `Internal` only.
pub fn held_by(tx: &Read, account: AccountId) -> Result<Vec<Family>> {
    let mut held = Vec::new();
    for member in memberships(tx, account)?.iter().filter(|member| member.role == Role::Owner) {
        let others = store::members_in(tx, member.family)?;
        if !others.iter().any(|other| other.role == Role::Owner && other.account != account) {
            held.push(get(tx, member.family)?);
        }
    }
    Ok(held)
}

/// Takes an account that is deleted out of every family.
///
/// # Errors
/// `Internal` only.
pub fn leave_all(tx: &mut Write, account: AccountId) -> Result<()> {
    for member in memberships(tx, account)? {
        members::part(tx, member.family, account, member.role)?;
    }
    Ok(())
}
