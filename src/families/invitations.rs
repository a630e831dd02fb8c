//! How somebody comes into a family: a link that an owner hands over. One use, seven days, kept as a hash, in no log.

use std::time::Duration;

use crate::{
    accounts::{self, log, post},
    error::{Error, Invalid, Result, check},
    store::{Read, Write},
    types::{AccountId, Caller, FamilyId, InvitationId, Role, Timestamp},
};

use super::{get, join, membership, note, store};

/// How long a link lives.
pub const LIFE: Duration = Duration::from_hours(7 * 24);
/// The most invitations of a family that wait at a time.
pub const MAX: usize = 20;
/// The most characters of the note for whom one is.
pub const WHOM_MAX: usize = 60;

/// An invitation that was not used yet.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// Into which family.
    pub family: FamilyId,
    /// What the guest will be.
    pub role: Role,
    /// The owner who made it.
    pub by: AccountId,
    /// When.
    pub made_at: Timestamp,
    /// From when on it is worth nothing.
    pub ends_at: Timestamp,
    /// For whom it is, in the owner's words. May be empty.
    pub whom: String,
    /// What is kept of its link.
    pub(super) hash: [u8; 32],
}

/// Invites somebody; the hash is that of the link's secret.
///
/// # Errors
/// `Forbidden` for all but owners; `Invalid` on `role` for a learner's, or where 20 wait already.
pub fn invite(tx: &mut Write, caller: &Caller, role: Role, hash: [u8; 32]) -> Result<Invitation> {
    invite_whom(tx, caller, role, "", hash)
}

/// The same with a note for whom it is, which tells it from others while it waits.
///
/// # Errors
/// As [`invite`]; `Invalid` on `whom` for more than 60 characters.
pub fn invite_whom(tx: &mut Write, caller: &Caller, role: Role, whom: &str, hash: [u8; 32]) -> Result<Invitation> {
    caller.must_own()?;
    if role == Role::Learner {
        return Err(Invalid::new("role", "error-role").into());
    }
    let whom = match whom.trim() {
        "" => String::new(),
        whom => check::name("whom", whom, WHOM_MAX)?,
    };
    if pending(tx, caller)?.len() >= MAX {
        return Err(Invalid::new("role", "error-too-many-invitations").with("max", MAX).into());
    }
    let made_at = tx.now();
    let (id, family, by, ends_at) = (tx.new_id(), caller.family, caller.account, made_at.plus(LIFE));
    let invitation = Invitation { id, family, role, by, made_at, ends_at, whom, hash };
    store::put_invitation(tx, &invitation);
    note(tx, caller, log::Act::Invited, None, role.as_str())?;
    Ok(invitation)
}

/// The family's invitations that can still be used, oldest first.
///
/// # Errors
/// `Forbidden` for all but owners.
pub fn pending(tx: &Read, caller: &Caller) -> Result<Vec<Invitation>> {
    caller.must_own()?;
    let mut all = store::invitations(tx, caller.family)?;
    all.retain(|invitation| tx.now() < invitation.ends_at);
    Ok(all)
}

/// Takes an invitation back.
///
/// # Errors
/// `Forbidden` for all but owners; `NotFound`, also for another family's.
pub fn withdraw(tx: &mut Write, caller: &Caller, id: InvitationId) -> Result<()> {
    let found = pending(tx, caller)?.into_iter().find(|invitation| invitation.id == id);
    remove(tx, &found.ok_or(Error::NotFound("invitation"))?)?;
    note(tx, caller, log::Act::InvitationWithdrawn, None, "")
}

/// The invitation behind a link that can still be used.
///
/// # Errors
/// `NotFound`: whether it was used, has ended, was taken back or never was is not told.
pub fn find(tx: &Read, hash: [u8; 32]) -> Result<Invitation> {
    store::invitation(tx, hash)?.filter(|found| tx.now() < found.ends_at).ok_or(Error::NotFound("invitation"))
}

/// Comes in by a link, which is used up. For somebody who belongs to the family already nothing changes, and the link
/// stays good for whom it was meant.
///
/// # Errors
/// As [`find`].
pub fn accept(tx: &mut Write, hash: [u8; 32], account: AccountId) -> Result<FamilyId> {
    let invitation = find(tx, hash)?;
    let family = invitation.family;
    if membership(tx, account, family)?.is_some() {
        return Ok(family);
    }
    remove(tx, &invitation)?;
    join(tx, family, account, invitation.role);
    let by = accounts::get(tx, account)?.name;
    let (about, name) = (invitation.role.as_str(), get(tx, family)?.name);
    let of_family = log::Noted { family: Some(family), by: &by, about, ..log::Noted::default() };
    log::note(tx, log::Act::Joined, &of_family);
    // The account's own line says of which family it is.
    let own = log::Noted { account: Some(account), by: &by, about: &name, ..log::Noted::default() };
    log::note(tx, log::Act::Joined, &own);
    Ok(family)
}

/// Takes back what somebody handed out who goes, or is no owner any more.
pub(super) fn withdraw_all_of(tx: &mut Write, family: FamilyId, account: AccountId) -> Result<()> {
    for invitation in store::invitations(tx, family)? {
        if invitation.by == account {
            remove(tx, &invitation)?;
        }
    }
    Ok(())
}

/// A message that was to bring the link is not sent any more.
pub(super) fn remove(tx: &mut Write, invitation: &Invitation) -> Result<()> {
    store::remove_invitation(tx, invitation);
    post::withdraw_link(tx, invitation.hash)
}

/// Removes the rows of invitations that have ended; returns how many.
///
/// # Errors
/// `Internal` only.
pub fn sweep(tx: &mut Write) -> Result<usize> {
    let now = tx.now();
    let mut ended = store::all_invitations(tx)?;
    ended.retain(|invitation| now >= invitation.ends_at);
    ended.iter().for_each(|invitation| store::remove_invitation(tx, invitation));
    Ok(ended.len())
}
