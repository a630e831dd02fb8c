//! The end of a family's record. Where two adults keep it, fourteen days lie between the wish and the deed: both are
//! told on every page, and any owner may take the wish back.

use std::time::Duration;

use crate::{
    accounts::log::Act,
    error::{Invalid, Result},
    store::{Read, Write},
    types::{Caller, FamilyId, Timestamp},
};

use super::{Family, get, invitations, members, note, store};

/// How long the others have to think about it, and to take a copy.
pub const WAIT: Duration = Duration::from_hours(14 * 24);

/// What an owner asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// Their name.
    pub by: String,
    /// When it is carried out.
    pub due: Timestamp,
}

/// Asks for the family to be deleted. Where no other owner or carer is there it is shut at once: nobody belongs to it any more,
/// and [`gone`] names it.
///
/// # Errors
/// `Forbidden` for all but owners; `Invalid` on `name` unless the family's name was typed.
pub fn ask(tx: &mut Write, caller: &Caller, typed: &str) -> Result<Option<Deletion>> {
    caller.must_own()?;
    let family = get(tx, caller.family)?;
    if typed.trim() != family.name.trim() {
        return Err(Invalid::new("name", "error-family-name").into());
    }
    // Whoever removes the others meanwhile waits all the same.
    if let Some(standing) = family.deletion {
        return Ok(Some(standing));
    }
    if !waits(tx, &family)? {
        shut(tx, &family)?;
        return Ok(None);
    }
    let by = crate::accounts::get(tx, caller.account)?.name;
    let asked = Deletion { by, due: tx.now().plus(WAIT) };
    store::put(tx, &Family { deletion: Some(asked.clone()), ..family });
    note(tx, caller, Act::DeletionAsked, None, "")?;
    Ok(Some(asked))
}

/// Whether the deletion of a family waits: while somebody else keeps the record, and for as long after it was taken from
/// them, so that they can turn to whoever runs the instance, or to a court.
///
/// # Errors
/// `Internal` only.
pub fn waits(tx: &Read, family: &Family) -> Result<bool> {
    let parted = family.parted_at.is_some_and(|parted| tx.now().since(parted) < WAIT);
    Ok(parted || members::keepers(tx, family.id)? > 1)
}

/// Takes the wish back; any owner may. Where there is none, nothing is changed.
///
/// # Errors
/// `Forbidden` for all but owners.
pub fn withdraw(tx: &mut Write, caller: &Caller) -> Result<()> {
    caller.must_own()?;
    let family = get(tx, caller.family)?;
    if family.deletion.is_none() {
        return Ok(());
    }
    store::put(tx, &Family { deletion: None, ..family });
    note(tx, caller, Act::DeletionWithdrawn, None, "")
}

/// Shuts every family whose time has come.
///
/// # Errors
/// `Internal` only.
pub fn shut_due(tx: &mut Write) -> Result<()> {
    for family in store::all(tx)? {
        if family.deletion.as_ref().is_some_and(|asked| asked.due <= tx.now()) {
            shut(tx, &family)?;
        }
    }
    Ok(())
}

/// Families that are shut: nobody reaches their rows any more, which are to be removed.
///
/// # Errors
/// `Internal` only.
pub fn gone(tx: &Read) -> Result<Vec<FamilyId>> {
    let mut gone = Vec::new();
    for family in store::all(tx)? {
        if family.deletion.is_some() && store::members_in(tx, family.id)?.is_empty() {
            gone.push(family.id);
        }
    }
    Ok(gone)
}

/// Removes the family itself, once its rows are.
pub fn forget(tx: &mut Write, family: FamilyId) {
    store::remove(tx, family);
}

/// Takes everybody out, with the invitations; learners too, whose words are void then.
fn shut(tx: &mut Write, family: &Family) -> Result<()> {
    for invitation in store::invitations(tx, family.id)? {
        invitations::remove(tx, &invitation)?;
    }
    for member in store::members_in(tx, family.id)? {
        store::remove_member(tx, family.id, member.account);
    }
    let asked = family.deletion.clone().unwrap_or(Deletion { by: String::new(), due: tx.now() });
    let departures = family.departures.wrapping_add(1);
    store::put(tx, &Family { deletion: Some(asked), departures, ..family.clone() });
    Ok(())
}
