//! Sessions on the server: the cookie holds a random secret, the store its hash.

use std::time::Duration;

use crate::{
    error::{Error, Result},
    store::{Read, Write},
    types::{AccountId, FamilyId, LearnerId, Standing, Timestamp},
};

use super::store;

/// A session that is not used for so long has ended.
pub const IDLE: Duration = Duration::from_hours(30 * 24);
/// The same where HEC stands on a phone's home screen, like an app.
pub const IDLE_INSTALLED: Duration = Duration::from_hours(60 * 24);
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
    /// The network that it began in; for nobody but the account itself.
    pub network: String,
    /// Whether it began in HEC on a home screen.
    pub installed: bool,
}

/// What is known of a browser as its session begins.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// See [`Session::device`].
    pub device: String,
    /// See [`Session::network`].
    pub network: String,
    /// See [`Session::installed`].
    pub installed: bool,
}

impl Session {
    fn ended(&self, now: Timestamp) -> bool {
        let idle = if self.installed { IDLE_INSTALLED } else { IDLE };
        now.since(self.seen_at) > idle || now.since(self.created_at) > ABSOLUTE
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

/// Begins a session of which nothing else is known; the secret's hash is what is kept.
pub fn begin(tx: &mut Write, account: AccountId, secret_hash: [u8; 32]) {
    begin_at(tx, account, secret_hash, Place::default());
}

/// Begins a session in a browser.
pub fn begin_at(tx: &mut Write, account: AccountId, secret_hash: [u8; 32], place: Place) {
    let now = tx.now();
    let session = Session {
        account,
        created_at: now,
        seen_at: now,
        confirmed_at: now,
        operator_until: None,
        family: None,
        learner: None,
        device: place.device,
        network: place.network,
        installed: place.installed,
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
        network: String::new(),
        installed: false,
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

/// Gives a session another secret, now that its person has proved anew who they are. The old secret is worth nothing
/// from then on. With `operator_until` it opens the operator's pages until then; the session itself goes on as before.
///
/// # Errors
/// `NotSignedIn` where it has ended meanwhile.
pub fn renew(tx: &mut Write, before: [u8; 32], after: [u8; 32], operator_until: Option<Timestamp>) -> Result<()> {
    let session = find(tx, before)?.ok_or(Error::NotSignedIn)?;
    let now = tx.now();
    let operator_until = operator_until.or(session.operator_until);
    store::remove_session(tx, before, session.account);
    store::put_session(tx, after, &Session { confirmed_at: now, seen_at: now, operator_until, ..session });
    Ok(())
}

/// An account's sessions with the hashes of their secrets, the last used first.
///
/// # Errors
/// `Internal` only.
pub fn of_account(tx: &Read, account: AccountId) -> Result<Vec<([u8; 32], Session)>> {
    let now = tx.now();
    let mut sessions = store::sessions_of(tx, account)?;
    sessions.retain(|(_, session)| !session.ended(now));
    sessions.sort_by_key(|(_, session)| std::cmp::Reverse(session.seen_at));
    Ok(sessions)
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
///
/// # Errors
/// `Internal` only.
pub fn end(tx: &mut Write, secret_hash: [u8; 32]) -> Result<()> {
    if let Some(session) = store::session(tx, secret_hash)? {
        store::remove_session(tx, secret_hash, session.account);
    }
    Ok(())
}

/// Ends every session of an account but one; returns how many. Their next request is nobody's.
///
/// # Errors
/// `Internal` only.
pub fn end_all(tx: &mut Write, account: AccountId, but: Option<[u8; 32]>) -> Result<usize> {
    let mut sessions = store::sessions_of(tx, account)?;
    sessions.retain(|(hash, _)| Some(*hash) != but);
    for (hash, _) in &sessions {
        store::remove_session(tx, *hash, account);
    }
    Ok(sessions.len())
}

/// Files the sessions of stores that are older than the list of an account's devices.
///
/// # Errors
/// `Internal` only.
pub fn file(tx: &mut Write) -> Result<()> {
    for (hash, session) in store::all_sessions(tx)? {
        store::put_session(tx, hash, &session);
    }
    Ok(())
}

/// Removes the rows of sessions that have ended; returns how many.
///
/// # Errors
/// `Internal` only.
pub fn sweep(tx: &mut Write) -> Result<usize> {
    let now = tx.now();
    let ended: Vec<_> = store::all_sessions(tx)?.into_iter().filter(|(_, session)| session.ended(now)).collect();
    for (hash, session) in &ended {
        store::remove_session(tx, *hash, session.account);
    }
    Ok(ended.len())
}
