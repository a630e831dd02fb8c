//! Sessions on the server: the cookie holds a random secret, the store its hash.

use std::time::Duration;

use crate::{
    error::Result,
    store::{Read, Write},
    types::{AccountId, FamilyId, LearnerId, Standing, Timestamp},
};

use super::store;

/// A session that is not used for so long has ended.
pub const IDLE: Duration = Duration::from_hours(30 * 24);
/// A session of this age has ended.
pub const ABSOLUTE: Duration = Duration::from_hours(180 * 24);
/// `seen_at` is written at most this often, so that reading a page writes nothing as a rule.
const SEEN_EVERY: Duration = Duration::from_hours(1);

/// A device that is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    /// Whose; a learner's own id, where a learner signed in.
    pub account: AccountId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the hour.
    pub seen_at: Timestamp,
    /// When the person last proved in it who they are.
    pub confirmed_at: Timestamp,
    /// Until when it opens the operator's pages.
    pub operator_until: Option<Timestamp>,
    /// The family that was chosen in it, of those the account belongs to; a learner's, where a learner signed in.
    pub family: Option<FamilyId>,
    /// The learner who signed in, where it was none of the adults.
    pub learner: Option<LearnerId>,
    /// What the browser calls itself, in a word or two: "Firefox, Android". Empty where it says nothing.
    pub device: String,
}

impl Session {
    fn ended(&self, now: Timestamp) -> bool {
        now.since(self.seen_at) > IDLE || now.since(self.created_at) > ABSOLUTE
    }

    /// What it tells of the person.
    pub fn standing(&self, secret_hash: [u8; 32]) -> Standing {
        Standing { session: secret_hash, confirmed_at: self.confirmed_at, operator_until: self.operator_until }
    }

    /// Whether [`touch`] is due.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        now.since(self.seen_at) > SEEN_EVERY
    }
}

/// Begins a session; the secret's hash is what is kept.
pub fn begin(tx: &mut Write, account: AccountId, secret_hash: [u8; 32]) {
    let now = tx.now();
    let session = Session {
        account,
        created_at: now,
        seen_at: now,
        confirmed_at: now,
        operator_until: None,
        family: None,
        learner: None,
        device: String::new(),
    };
    store::put_session(tx, secret_hash, &session);
}

/// Begins a session of a learner, who has no account: the learner's own id stands in its place.
pub fn begin_for_learner(tx: &mut Write, family: FamilyId, learner: LearnerId, secret_hash: [u8; 32]) {
    let now = tx.now();
    let session = Session {
        account: AccountId::from_bytes(*learner.bytes()),
        created_at: now,
        seen_at: now,
        confirmed_at: now,
        operator_until: None,
        family: Some(family),
        learner: Some(learner),
        device: String::new(),
    };
    store::put_session(tx, secret_hash, &session);
}

/// The session with this secret's hash, unless it has ended.
///
/// # Errors
/// `Internal` only.
pub fn find(tx: &Read, secret_hash: [u8; 32]) -> Result<Option<Session>> {
    Ok(store::session(tx, secret_hash)?.filter(|session| !session.ended(tx.now())))
}

/// Notes that a session is in use.
///
/// # Errors
/// `Internal` only.
pub fn touch(tx: &mut Write, secret_hash: [u8; 32]) -> Result<()> {
    if let Some(session) = find(tx, secret_hash)? {
        let seen_at = tx.now();
        store::put_session(tx, secret_hash, &Session { seen_at, ..session });
    }
    Ok(())
}

/// Goes on in another of the account's families; that it is one of them is for the caller to know.
///
/// # Errors
/// `Internal` only.
pub fn choose_family(tx: &mut Write, secret_hash: [u8; 32], family: FamilyId) -> Result<()> {
    if let Some(session) = find(tx, secret_hash)? {
        store::put_session(tx, secret_hash, &Session { family: Some(family), ..session });
    }
    Ok(())
}

/// Ends a session. One that has ended already is no error.
pub fn end(tx: &mut Write, secret_hash: [u8; 32]) {
    store::remove_session(tx, secret_hash);
}

/// Removes the rows of sessions that have ended; returns how many.
///
/// # Errors
/// `Internal` only.
pub fn sweep(tx: &mut Write) -> Result<usize> {
    let now = tx.now();
    let ended: Vec<_> = store::all_sessions(tx)?.into_iter().filter(|(_, session)| session.ended(now)).collect();
    for (hash, _) in &ended {
        store::remove_session(tx, *hash);
    }
    Ok(ended.len())
}
