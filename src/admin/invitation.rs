//! Invitations of the instance: links by which a family comes in. Each works once, for seven days; only a hash of its
//! secret is kept.

use std::time::Duration;

use crate::{
    accounts::{
        self,
        log::{About, Act, Noted, Operator, note, operated},
        post,
    },
    error::{Error, Invalid, Result, check},
    store::{Read, Write},
    types::{AccountId, InvitationId, Timestamp},
};

use super::store;

/// How long a link lives.
pub const LIFE: Duration = Duration::from_hours(7 * 24);
/// How many links may be open at a time.
pub const MOST: usize = 100;
/// The most characters of the note for whom a link is.
pub const WHOM_MAX: usize = 100;

/// A link that nobody has used yet.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// Its id; they are in the order of time.
    pub id: InvitationId,
    /// For whom it is, in the operator's words. May be empty.
    pub whom: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// Keeps the hash of a new link's secret; it stands in the operator's log.
///
/// # Errors
/// `Invalid` on `whom` for a note that is too long, or where a hundred links are open.
pub fn make(tx: &mut Write, operator: AccountId, whom: &str, secret_hash: [u8; 32]) -> Result<Invitation> {
    let whom = match whom.trim() {
        "" => String::new(),
        whom => check::name("whom", whom, WHOM_MAX)?,
    };
    sweep(tx)?;
    if store::invitations(tx)?.len() >= MOST {
        return Err(Invalid::new("whom", "error-invitations-full").with("max", MOST).into());
    }
    let made_at = tx.now();
    let invitation = Invitation { id: tx.new_id(), whom, made_at, ends_at: made_at.plus(LIFE) };
    store::put_invitation(tx, secret_hash, &invitation);
    tell(tx, Act::Invited, operator, &invitation.whom)?;
    Ok(invitation)
}

/// The open links, newest first.
///
/// # Errors
/// `Internal` only.
pub fn all(tx: &Read) -> Result<Vec<Invitation>> {
    let now = tx.now();
    let mut open: Vec<Invitation> = store::invitations(tx)?.into_iter().map(|(_, invitation)| invitation).collect();
    open.retain(|invitation| now < invitation.ends_at);
    open.sort_by_key(|invitation| std::cmp::Reverse(invitation.id));
    Ok(open)
}

/// Whether a link with this secret's hash can still be used.
///
/// # Errors
/// `Internal` only.
pub fn is_valid(tx: &Read, secret_hash: [u8; 32]) -> Result<bool> {
    Ok(store::invitation(tx, secret_hash)?.is_some_and(|invitation| tx.now() < invitation.ends_at))
}

/// Uses a link up, in the transaction that makes the account.
///
/// # Errors
/// `NotFound` where it was used, was withdrawn, has ended, or never was.
pub fn consume(tx: &mut Write, secret_hash: [u8; 32]) -> Result<()> {
    if !is_valid(tx, secret_hash)? {
        return Err(Error::NotFound("invitation"));
    }
    remove(tx, secret_hash)
}

/// A message that was to bring the link is not sent any more.
fn remove(tx: &mut Write, secret_hash: [u8; 32]) -> Result<()> {
    store::remove_invitation(tx, secret_hash);
    post::withdraw_link(tx, secret_hash)
}

/// Takes an open link back; that stands in the operator's log.
///
/// # Errors
/// `NotFound` where it is not open.
pub fn withdraw(tx: &mut Write, operator: AccountId, id: InvitationId) -> Result<()> {
    let now = tx.now();
    let found = store::invitations(tx)?.into_iter().find(|(_, one)| one.id == id && now < one.ends_at);
    let (hash, invitation) = found.ok_or(Error::NotFound("invitation"))?;
    remove(tx, hash)?;
    tell(tx, Act::InvitationWithdrawn, operator, &invitation.whom)
}

/// Removes links that have ended; returns how many.
///
/// # Errors
/// `Internal` only.
pub fn sweep(tx: &mut Write) -> Result<usize> {
    let now = tx.now();
    let ended: Vec<_> = store::invitations(tx)?.into_iter().filter(|(_, one)| now >= one.ends_at).collect();
    for (hash, _) in &ended {
        store::remove_invitation(tx, *hash);
    }
    Ok(ended.len())
}

fn tell(tx: &mut Write, act: Act, operator: AccountId, about: &str) -> Result<()> {
    let by = accounts::get(tx, operator)?.name;
    note(tx, act, &Noted { account: Some(operator), by: &by, about, ..Noted::default() });
    operated(tx, act, Operator::Account(operator), About::Words(about))
}
