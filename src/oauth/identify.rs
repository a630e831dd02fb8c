//! The one place where a [`Caller`] is made: credential → account → membership, read anew in every request.
//!
//! A removal therefore takes effect with the next request, and nothing has to be told about it.

use std::time::Duration;

use crate::{
    accounts::session::{self, Session},
    error::Result,
    families,
    learners::sign_in,
    store::{Read, Write},
    types::{AccountId, Caller, Credential, FamilyId, Identity, LearnerId, Role, Scopes, hash_secret},
};

use super::{PREFIX, store};

/// A token's last use is written at most this often.
const USED_EVERY: Duration = Duration::from_hours(1);

/// Proves a credential. None for one that is unknown, has ended, or whose owner has left the family.
///
/// # Errors
/// `Internal` only.
pub fn identify(tx: &Read, credential: Credential) -> Result<Option<Identity>> {
    match credential {
        Credential::Session(secret) => {
            let hash = hash_secret(secret);
            let Some(session) = session::find(tx, hash)? else { return Ok(None) };
            if let Some(learner) = session.learner {
                return child(tx, &session, learner, hash);
            }
            let families = families::memberships(tx, session.account)?;
            let chosen = families.iter().find(|member| Some(member.family) == session.family).or(families.first());
            let caller = match chosen {
                Some(member) => caller(tx, session.account, member.family, Scopes::ALL)?,
                None => None,
            };
            let stale = session.is_stale(tx.now());
            Ok(Some(Identity { account: session.account, caller, standing: Some(session.standing(hash)), stale }))
        }
        Credential::Token(secret) => {
            if !secret.starts_with(PREFIX) {
                return Ok(None);
            }
            let Some(found) = store::find(tx, hash_secret(secret))? else { return Ok(None) };
            if tx.now() >= found.token.ends_at {
                return Ok(None);
            }
            let Some(caller) = caller(tx, found.account, found.family, found.token.scopes)? else { return Ok(None) };
            let stale = found.token.used_at.is_none_or(|used| tx.now().since(used) > USED_EVERY);
            Ok(Some(Identity { account: found.account, caller: Some(caller), standing: None, stale }))
        }
    }
}

/// A child who signed in: one learner's record, and no longer than the parents allow.
fn child(tx: &Read, session: &Session, learner: LearnerId, hash: [u8; 32]) -> Result<Option<Identity>> {
    let Some(family) = session.family else { return Ok(None) };
    let idle = tx.now().since(session.seen_at) > sign_in::IDLE;
    if idle || !sign_in::is_open(tx, family, learner, hash)? {
        return Ok(None);
    }
    let (account, role) = (session.account, Role::Learner);
    let caller = Caller { account, family, role, scopes: role.scopes(), learners: Some(vec![learner]) };
    Ok(Some(Identity { account, caller: Some(caller), standing: None, stale: session.is_stale(tx.now()) }))
}

/// Notes that a credential was used.
///
/// # Errors
/// `Internal` only.
pub fn note_use(tx: &mut Write, credential: Credential) -> Result<()> {
    match credential {
        Credential::Session(secret) => session::touch(tx, hash_secret(secret)),
        Credential::Token(secret) => store::set_used(tx, hash_secret(secret)),
    }
}

fn caller(tx: &Read, account: AccountId, family: FamilyId, scopes: Scopes) -> Result<Option<Caller>> {
    let member = families::membership(tx, account, family)?;
    Ok(member.map(|member| Caller {
        account,
        family,
        role: member.role,
        scopes: scopes.and(member.role.scopes()),
        learners: None,
    }))
}
