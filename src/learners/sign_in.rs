//! A child signs in, where a parent lets them: with words of their own, at the family's own address. Off until then.
//!
//! A learner has no account and no email. What they sign in with is void as soon as somebody goes who could know it.

mod words;

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use subtle::ConstantTimeEq;

use crate::{
    accounts::{
        self, PasswordHash,
        log::{self, Act, Noted},
        session,
    },
    error::{Error, Result},
    families,
    store::{Read, Write},
    types::{Caller, FamilyId, LearnerId, Role, Scope, Timestamp},
};

use super::{Learner, get, store};

pub use words::{FEWEST, attempt, offer, parse};

/// A child's session that is not used for so long has ended.
pub const IDLE: Duration = Duration::from_hours(30 * 24);
/// On so many devices a learner is signed in at a time; the oldest makes room.
const DEVICES: usize = 10;

/// What a learner signs in with.
#[derive(Clone)]
pub struct SignIn {
    pub(super) words: PasswordHash,
    pub(super) set_at: Timestamp,
    /// Of the family, when the words were set.
    pub(super) departures: u32,
    /// The sessions that they opened, oldest first.
    pub(super) sessions: Vec<[u8; 32]>,
    /// What the browsers show that they were opened in, oldest first.
    pub(super) devices: Vec<[u8; 32]>,
}

/// The family's own address.
#[derive(Debug, Clone)]
pub struct Door {
    pub(super) secret: [u8; 24],
    pub(super) departures: u32,
}

/// How a learner's sign-in stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// They can't sign in.
    Off,
    /// They can, since then.
    On(Timestamp),
    /// They could until somebody went who knew the words: new ones are needed.
    Void,
}

/// A secret for a new address.
///
/// # Errors
/// `Internal` where the system has no randomness to give.
pub fn new_secret() -> Result<[u8; 24]> {
    let mut secret = [0; 24];
    getrandom::fill(&mut secret).map_err(Error::internal)?;
    Ok(secret)
}

/// Lets a learner sign in with these words from now on; sessions under earlier ones end. `secret` is for the family's
/// address, where it has none that holds.
///
/// # Errors
/// `Forbidden` for all but owners and carers; `NotFound`.
pub fn set(tx: &mut Write, caller: &Caller, id: LearnerId, words: PasswordHash, secret: [u8; 24]) -> Result<()> {
    must_be_parent(caller)?;
    let learner = get(tx, caller, id)?;
    close(tx, caller.family, id)?;
    if door(tx, caller)?.is_none() {
        renew_door(tx, caller, secret)?;
    }
    let departures = families::get(tx, caller.family)?.departures;
    let sign_in = SignIn { words, set_at: tx.now(), departures, sessions: Vec::new(), devices: Vec::new() };
    store::put_sign_in(tx, caller.family, id, &sign_in);
    note(tx, caller, Act::LearnerSignInSet, &learner.nickname)
}

/// A learner signs in no more; sessions end.
///
/// # Errors
/// As [`set`].
pub fn end(tx: &mut Write, caller: &Caller, id: LearnerId) -> Result<()> {
    must_be_parent(caller)?;
    let learner = get(tx, caller, id)?;
    if store::sign_in(tx, caller.family, id)?.is_none() {
        return Ok(());
    }
    close(tx, caller.family, id)?;
    store::remove_sign_in(tx, caller.family, id);
    note(tx, caller, Act::LearnerSignInEnded, &learner.nickname)
}

/// Gives the family's address another secret: the one before leads nowhere any more.
///
/// # Errors
/// `Forbidden` for all but owners and carers.
pub fn renew_door(tx: &mut Write, caller: &Caller, secret: [u8; 24]) -> Result<()> {
    must_be_parent(caller)?;
    let departures = families::get(tx, caller.family)?.departures;
    store::put_door(tx, caller.family, &Door { secret, departures });
    Ok(())
}

/// The last part of the family's address, where it has one that holds.
///
/// # Errors
/// `Forbidden` for all but owners and carers.
pub fn door(tx: &Read, caller: &Caller) -> Result<Option<String>> {
    must_be_parent(caller)?;
    door_of(tx, caller.family)
}

/// The same, for whoever came in by it.
///
/// # Errors
/// `Internal` only.
pub fn door_of(tx: &Read, family: FamilyId) -> Result<Option<String>> {
    let departures = families::get(tx, family)?.departures;
    let door = store::door(tx, family)?.filter(|door| door.departures == departures);
    Ok(door.map(|door| BASE64URL_NOPAD.encode(&[family.bytes().as_slice(), &door.secret].concat())))
}

/// What words are not built round: the learner's nickname and the family's name.
///
/// # Errors
/// As [`set`].
pub fn names(tx: &Read, caller: &Caller, id: LearnerId) -> Result<[String; 2]> {
    must_be_parent(caller)?;
    Ok([get(tx, caller, id)?.nickname, families::get(tx, caller.family)?.name])
}

/// Whether any learner of a family can sign in.
///
/// # Errors
/// `Internal` only.
pub fn any(tx: &Read, family: FamilyId) -> Result<bool> {
    for learner in store::sign_ins(tx, family)? {
        let stays = store::get(tx, family, learner)?.is_some_and(|learner| !learner.archived);
        if stays && valid(tx, family, learner)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How a learner's sign-in stands.
///
/// # Errors
/// As [`set`].
pub fn standing(tx: &Read, caller: &Caller, id: LearnerId) -> Result<Standing> {
    must_be_parent(caller)?;
    get(tx, caller, id)?;
    let departures = families::get(tx, caller.family)?.departures;
    Ok(match store::sign_in(tx, caller.family, id)? {
        None => Standing::Off,
        Some(sign_in) if sign_in.departures == departures => Standing::On(sign_in.set_at),
        Some(_) => Standing::Void,
    })
}

/// The family behind an address.
///
/// # Errors
/// `NotFound`: whether there is such a family is not told.
pub fn behind(tx: &Read, code: &str) -> Result<FamilyId> {
    find(tx, code)?.ok_or(Error::NotFound("page"))
}

fn find(tx: &Read, code: &str) -> Result<Option<FamilyId>> {
    let Some(bytes) = BASE64URL_NOPAD.decode(code.as_bytes()).ok().filter(|bytes| bytes.len() == 40) else {
        return Ok(None);
    };
    let (family, secret) = bytes.split_at(16);
    let Ok(family) = <[u8; 16]>::try_from(family).map(FamilyId::from_bytes) else { return Ok(None) };
    let Some(door) = store::door(tx, family)? else { return Ok(None) };
    let holds = families::get(tx, family)?.departures == door.departures;
    Ok((holds && bool::from(door.secret.ct_eq(secret))).then_some(family))
}

/// A learner who can sign in.
#[derive(Clone)]
pub struct Known {
    /// Who.
    pub learner: LearnerId,
    /// What their words are compared with.
    pub words: PasswordHash,
    /// The first of what the browser shows by which the learner has signed in on it before.
    pub device: Option<[u8; 32]>,
}

/// The learner of this nickname, in a browser that shows these; none where there is no such learner, or they can't sign
/// in: who asks compares words all the same.
///
/// # Errors
/// `Internal` only.
pub fn known(tx: &Read, family: FamilyId, nickname: &str, presented: &[[u8; 32]]) -> Result<Option<Known>> {
    let folded = folded_name(nickname);
    let found = store::all(tx, family)?.into_iter().find(|learner| folded_name(&learner.nickname) == folded);
    let Some(learner) = found.filter(|learner| !learner.archived) else { return Ok(None) };
    let Some(SignIn { words, devices, .. }) = valid(tx, family, learner.id)? else { return Ok(None) };
    let device = presented.iter().find(|hash| devices.contains(hash)).copied();
    Ok(Some(Known { learner: learner.id, words, device }))
}

/// A nickname as it is compared.
pub fn folded_name(nickname: &str) -> String {
    nickname.trim().to_lowercase()
}

/// Begins a session for a learner whose words were right. The browser is known again by `device`.
///
/// # Errors
/// `Stale` where they are not the learner's words any more.
pub fn begin(
    tx: &mut Write,
    family: FamilyId,
    id: LearnerId,
    words: &PasswordHash,
    secret_hash: [u8; 32],
    device: [u8; 32],
) -> Result<()> {
    let mut sign_in = valid(tx, family, id)?.filter(|now| now.words.as_str() == words.as_str()).ok_or(Error::Stale)?;
    session::begin_for_learner(tx, family, id, secret_hash);
    sign_in.sessions.push(secret_hash);
    while sign_in.sessions.len() > DEVICES {
        session::end(tx, sign_in.sessions.remove(0))?;
    }
    sign_in.devices.retain(|known| *known != device);
    sign_in.devices.push(device);
    if sign_in.devices.len() > DEVICES {
        sign_in.devices.remove(0);
    }
    store::put_sign_in(tx, family, id, &sign_in);
    let nickname = store::get(tx, family, id)?.map(|learner| learner.nickname).unwrap_or_default();
    let noted = Noted { family: Some(family), by: &nickname, ..Noted::default() };
    log::note(tx, Act::LearnerSignedIn, &noted);
    Ok(())
}

/// Notes that somebody was refused who gave a learner's nickname.
///
/// # Errors
/// `Internal` only.
pub fn failed(tx: &mut Write, family: FamilyId, id: LearnerId) -> Result<()> {
    let nickname = store::get(tx, family, id)?.map(|learner| learner.nickname).unwrap_or_default();
    log::note(tx, Act::LearnerSignInFailed, &Noted { family: Some(family), about: &nickname, ..Noted::default() });
    Ok(())
}

/// Whether a learner's session holds: nobody has ended it, renewed the words, or left the family who could know them.
///
/// # Errors
/// `Internal` only.
pub fn is_open(tx: &Read, family: FamilyId, id: LearnerId, secret_hash: [u8; 32]) -> Result<bool> {
    let stays = store::get(tx, family, id)?.is_some_and(|learner| !learner.archived);
    Ok(stays && valid(tx, family, id)?.is_some_and(|sign_in| sign_in.sessions.contains(&secret_hash)))
}

/// The learner who asks.
///
/// # Errors
/// `NotFound` for everybody else.
pub fn myself(tx: &Read, caller: &Caller) -> Result<Learner> {
    let own = caller.learners.as_deref().and_then(<[LearnerId]>::first).filter(|_| caller.role == Role::Learner);
    get(tx, caller, *own.ok_or(Error::NotFound("learner"))?)
}

fn valid(tx: &Read, family: FamilyId, id: LearnerId) -> Result<Option<SignIn>> {
    let Some(sign_in) = store::sign_in(tx, family, id)? else { return Ok(None) };
    Ok((families::get(tx, family)?.departures == sign_in.departures).then_some(sign_in))
}

/// Ends a learner's sessions.
pub(super) fn close(tx: &mut Write, family: FamilyId, id: LearnerId) -> Result<()> {
    let sessions = store::sign_in(tx, family, id)?.map(|sign_in| sign_in.sessions).unwrap_or_default();
    sessions.into_iter().try_for_each(|hash| session::end(tx, hash))
}

/// Ends the sessions of a family's learners, and what they sign in with, of at most so many; returns of how many.
///
/// # Errors
/// `Internal` only.
pub fn forget_family(tx: &mut Write, family: FamilyId, most: usize) -> Result<usize> {
    let mut some = store::sign_ins(tx, family)?;
    some.truncate(most);
    for learner in &some {
        close(tx, family, *learner)?;
        store::remove_sign_in(tx, family, *learner);
    }
    Ok(some.len())
}

fn must_be_parent(caller: &Caller) -> Result<()> {
    caller.must(Scope::LearnersWrite)?;
    let parent = matches!(caller.role, Role::Owner | Role::Carer) && caller.learners.is_none();
    if parent { Ok(()) } else { Err(Error::Forbidden("every learner of the family")) }
}

fn note(tx: &mut Write, caller: &Caller, act: Act, about: &str) -> Result<()> {
    let by = accounts::get(tx, caller.account)?.name;
    log::note(tx, act, &Noted { family: Some(caller.family), by: &by, about, ..Noted::default() });
    Ok(())
}
