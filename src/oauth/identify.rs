//! The one place where a [`Caller`] is made: credential → account → membership, read anew in every request.
//!
//! A removal therefore takes effect with the next request, and nothing has to be told about it.

use std::time::Duration;

use crate::{
    accounts::{
        self,
        session::{self, Session},
    },
    error::Result,
    families,
    learners::sign_in,
    store::{Read, Write},
    types::{AccountId, Caller, Credential, FamilyId, Identity, LearnerId, Role, Scopes, Timestamp, hash_secret},
};

use super::{PREFIX, grants, store, tokens};

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
                Some(member) => caller(tx, session.account, member.family, Scopes::ALL, None)?,
                None => None,
            };
            let stale = session.is_stale(tx.now());
            Ok(Some(Identity { account: session.account, caller, standing: Some(session.standing(hash)), stale }))
        }
        Credential::Token(secret) => {
            if secret.starts_with(tokens::ACCESS_PREFIX) {
                return by_app(tx, hash_secret(secret));
            }
            if !secret.starts_with(PREFIX) {
                return Ok(None);
            }
            let Some(found) = store::find(tx, hash_secret(secret))? else { return Ok(None) };
            if tx.now() >= found.token.ends_at {
                return Ok(None);
            }
            if !is_still_given(tx, found.account, found.family, found.token.created_at)? {
                return Ok(None);
            }
            let caller = caller(tx, found.account, found.family, found.token.scopes, None)?;
            let Some(caller) = caller else { return Ok(None) };
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
        Credential::Token(secret) if secret.starts_with(tokens::ACCESS_PREFIX) => {
            if let Some((_, grant)) = tokens::live(tx, hash_secret(secret))? {
                grants::touch(tx, grant);
            }
            Ok(())
        }
        Credential::Token(secret) => store::set_used(tx, hash_secret(secret)),
    }
}

/// Whether what an account gave at a moment is given still: it has left the family not since then, nor changed its
/// password.
///
/// # Errors
/// `Internal` only.
pub(super) fn is_still_given(tx: &Read, account: AccountId, family: FamilyId, at: Timestamp) -> Result<bool> {
    let is_changed = accounts::password_since(tx, account)?.is_some_and(|changed| changed > at);
    Ok(!is_changed && families::is_member_since(tx, account, family, at)?)
}

/// An app's access token: what its grant gives, of what the role still holds.
fn by_app(tx: &Read, hash: [u8; 32]) -> Result<Option<Identity>> {
    let Some((token, grant)) = tokens::live(tx, hash)? else { return Ok(None) };
    if !grants::is_member(tx, &grant)? {
        return Ok(None);
    }
    let scopes = token.scopes.and(grant.scopes);
    let stale = grant.used_at.is_none_or(|used| tx.now().since(used) > grants::USED_EVERY);
    let caller = caller(tx, grant.account, grant.family, scopes, grant.learners)?;
    Ok(caller.map(|caller| Identity { account: caller.account, caller: Some(caller), standing: None, stale }))
}

/// What an account reaches in one of its families: what it can let an app in to. None where it has no place there.
///
/// # Errors
/// `Internal` only.
pub fn member(tx: &Read, account: AccountId, family: FamilyId) -> Result<Option<Caller>> {
    caller(tx, account, family, Scopes::ALL, None)
}

fn caller(
    tx: &Read,
    account: AccountId,
    family: FamilyId,
    scopes: Scopes,
    learners: Option<Vec<LearnerId>>,
) -> Result<Option<Caller>> {
    let member = families::membership(tx, account, family)?;
    Ok(member.map(|member| Caller {
        account,
        family,
        role: member.role,
        scopes: scopes.and(member.role.scopes()),
        learners,
    }))
}
