//! Tokens of apps. An access token lives for an hour; a refresh token for 60 days without use, never beyond its grant's
//! year. Every refresh replaces the refresh token (RFC 9700, section 4.14.2).

use std::time::Duration;

use crate::{
    accounts::log::Act,
    error::{Error, Result},
    store::{Read, Write},
    types::{AccountId, FamilyId, GrantId, Scopes, Secret, Timestamp, hash_secret},
};

use super::{
    apps::App,
    grants::{self, Grant},
    refusal::{Answer, Refusal},
    request::parse_scopes,
    store::grants as rows,
};

/// What every access token begins with.
pub const ACCESS_PREFIX: &str = "hec_at_";
/// What every refresh token begins with.
pub const REFRESH_PREFIX: &str = "hec_rt_";
/// How long an access token lives.
pub const ACCESS: Duration = Duration::from_hours(1);
/// How long a refresh token waits for its use.
pub const REFRESH_IDLE: Duration = Duration::from_hours(60 * 24);
/// A reply may be lost: for so long the token that it answered may come once more.
pub const RETRY: Duration = Duration::from_secs(30);

/// An access token.
#[derive(Debug, Clone, Copy)]
pub struct Access {
    pub(super) family: FamilyId,
    pub(super) account: AccountId,
    pub(super) grant: GrantId,
    pub(super) scopes: Scopes,
    pub(super) ends_at: Timestamp,
}

/// A refresh token.
#[derive(Debug, Clone, Copy)]
pub struct Refresh {
    pub(super) family: FamilyId,
    pub(super) account: AccountId,
    pub(super) grant: GrantId,
    /// The access token that came with it.
    pub(super) access: [u8; 32],
    pub(super) created_at: Timestamp,
    pub(super) spent_at: Option<Timestamp>,
    /// What it was spent on.
    pub(super) successor: Option<[u8; 32]>,
    /// It came twice, as it may after a lost reply.
    pub(super) retried: bool,
    /// Nobody should hold it: the reply that it was in was lost.
    pub(super) replaced: bool,
}

/// A secret that is about to be handed out.
pub struct New {
    /// The text, with its prefix.
    pub text: String,
    hash: [u8; 32],
}

impl New {
    fn with(prefix: &str) -> Result<Self> {
        let secret = Secret::random().map_err(Error::internal)?;
        let text = format!("{prefix}{}", secret.expose());
        Ok(Self { hash: hash_secret(&text), text })
    }
}

/// New secrets, made outside any transaction.
pub struct Fresh {
    /// For an access token.
    pub access: New,
    /// For a refresh token.
    pub refresh: New,
}

impl Fresh {
    /// Two of them.
    ///
    /// # Errors
    /// `Internal` where the system has no randomness to give.
    pub fn make() -> Result<Self> {
        Ok(Self { access: New::with(ACCESS_PREFIX)?, refresh: New::with(REFRESH_PREFIX)? })
    }
}

/// What an app gets, beside the secrets.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// What the access token may do.
    pub scopes: Scopes,
}

/// Keeps a pair of tokens of a grant.
pub(super) fn hand_out(tx: &mut Write, grant: &Grant, scopes: Scopes, fresh: &Fresh) -> Pair {
    let now = tx.now();
    let (family, account) = (grant.family, grant.account);
    let access = Access { family, account, grant: grant.id, scopes, ends_at: now.plus(ACCESS) };
    rows::put_access(tx, fresh.access.hash, &access);
    let refresh = Refresh {
        family,
        account,
        grant: grant.id,
        access: fresh.access.hash,
        created_at: now,
        spent_at: None,
        successor: None,
        retried: false,
        replaced: false,
    };
    rows::put_refresh(tx, fresh.refresh.hash, &refresh);
    Pair { scopes }
}

/// Replaces a refresh token, and gives an access token with its scopes or fewer.
///
/// A token that was replaced before ends the whole chain: two hold it, and which of them is the app can't be told. But
/// for one retry within 30 seconds while its successor is unused: the reply may have been lost, which should sign no
/// phone out. What the lost reply held ends then.
///
/// # Errors
/// `Internal` only; what the app is told is in the answer, and is written down all the same.
pub fn refresh(
    tx: &mut Write,
    app: &App,
    hash: [u8; 32],
    scope: Option<&str>,
    fresh: &Fresh,
    network: &str,
) -> Result<Answer<Pair>> {
    let refused = Ok(Err(Refusal::grant("the token is unknown, was used, or has ended")));
    let Some(token) = rows::refresh(tx, hash)? else { return refused };
    let grant = grants::live(tx, token.family, token.account, token.grant)?;
    let Some(grant) = grant.filter(|grant| grant.app == app.id) else { return refused };
    if !grants::is_member(tx, &grant)? {
        return refused;
    }
    let now = tx.now();
    let lost = match token.spent_at {
        _ if token.replaced => None,
        None => Some(None),
        Some(at) if token.retried || now.since(at) > RETRY => None,
        Some(_) => unused(tx, &token)?.map(Some),
    };
    let Some(lost) = lost else {
        grants::end(tx, &grant, Act::AppReplayed, network)?;
        return refused;
    };
    if lost.is_none() && now.since(token.created_at) > REFRESH_IDLE {
        return refused;
    }
    let scopes = match scope.map(parse_scopes).transpose() {
        Ok(None) => grant.scopes,
        Ok(Some(scopes)) if scopes == scopes.and(grant.scopes) => scopes,
        Ok(Some(_)) => return Ok(Err(Refusal::scope("that scope was not given"))),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let retried = lost.is_some();
    if let Some((hash, successor)) = lost {
        rows::remove_access(tx, successor.access);
        rows::put_refresh(tx, hash, &Refresh { replaced: true, ..successor });
    }
    let spent_at = token.spent_at.or(Some(now));
    rows::put_refresh(tx, hash, &Refresh { spent_at, successor: Some(fresh.refresh.hash), retried, ..token });
    Ok(Ok(hand_out(tx, &grant, scopes, fresh)))
}

/// What a token was spent on, if nobody has used that yet.
fn unused(tx: &Read, token: &Refresh) -> Result<Option<([u8; 32], Refresh)>> {
    let Some(hash) = token.successor else { return Ok(None) };
    let successor = rows::refresh(tx, hash)?;
    Ok(successor.filter(|successor| successor.spent_at.is_none() && !successor.replaced).map(|found| (hash, found)))
}

/// Ends a token on its app's behalf (RFC 7009): an access token alone, with a refresh token everything. One that is
/// unknown has ended already.
///
/// # Errors
/// `Internal` only.
pub fn revoke(tx: &mut Write, app: &App, hash: [u8; 32], network: &str) -> Result<Answer<()>> {
    let (access, refresh) = (rows::access(tx, hash)?, rows::refresh(tx, hash)?);
    let of = access.map(|token| (token.family, token.account, token.grant));
    let of = of.or(refresh.map(|token| (token.family, token.account, token.grant)));
    let Some((family, account, id)) = of else { return Ok(Ok(())) };
    let Some(grant) = rows::grant(tx, family, account, id)? else { return Ok(Ok(())) };
    if grant.app != app.id {
        return Ok(Err(Refusal::grant("the token was given to another app")));
    }
    if refresh.is_some() {
        grants::end(tx, &grant, Act::AppRevoked, network)?;
    } else {
        rows::remove_access(tx, hash);
    }
    Ok(Ok(()))
}

/// An access token that still lives, and its grant.
///
/// # Errors
/// `Internal` only.
pub(super) fn live(tx: &Read, hash: [u8; 32]) -> Result<Option<(Access, Grant)>> {
    let Some(token) = rows::access(tx, hash)?.filter(|token| tx.now() < token.ends_at) else { return Ok(None) };
    Ok(grants::live(tx, token.family, token.account, token.grant)?.map(|grant| (token, grant)))
}

/// Removes tokens that have ended, and those without a grant.
///
/// # Errors
/// `Internal` only.
pub(super) fn sweep(tx: &mut Write) -> Result<()> {
    let now = tx.now();
    for (hash, token) in rows::all_access(tx)? {
        if now >= token.ends_at || rows::grant(tx, token.family, token.account, token.grant)?.is_none() {
            rows::remove_access(tx, hash);
        }
    }
    for (hash, token) in rows::all_refresh(tx)? {
        let is_old = now.since(token.created_at) > REFRESH_IDLE;
        if is_old || rows::grant(tx, token.family, token.account, token.grant)?.is_none() {
            rows::remove_refresh(tx, hash);
        }
    }
    Ok(())
}
