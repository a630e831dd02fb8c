//! What an account lets an app do in one family: scopes, perhaps only some learners. A grant is one chain of tokens; it
//! is made when its code is redeemed, and whoever removes it ends every token of the chain with the next request.

use std::time::Duration;

use crate::{
    accounts::{
        self,
        log::{self, Act, Noted},
    },
    error::{Error, Result},
    families,
    store::{Read, Write},
    types::{AccountId, AppId, FamilyId, GrantId, LearnerId, Scopes, Timestamp},
};

use super::store::{apps as app_rows, grants as rows};

/// The most grants of one account in one family: one more, and the one that was longest without use ends.
pub const MAX: usize = 50;
/// A grant ends a year after it was given, however much it is used: then the person is asked again.
pub const ABSOLUTE: Duration = Duration::from_hours(365 * 24);
/// A grant's last use is written at most this often.
pub const USED_EVERY: Duration = Duration::from_hours(1);

/// A grant.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The one family that it reaches.
    pub family: FamilyId,
    /// Who let the app in.
    pub account: AccountId,
    /// The app.
    pub app: AppId,
    /// What it may do, never more than the account's role at the time of a request.
    pub scopes: Scopes,
    /// If set, only these learners exist for the app.
    pub learners: Option<Vec<LearnerId>>,
    /// When the app was let in.
    pub created_at: Timestamp,
    /// When it last came, to the hour.
    pub used_at: Option<Timestamp>,
}

impl Grant {
    /// Whether its year is over.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        now.since(self.created_at) > ABSOLUTE
    }
}

/// The grant, while it holds: its year is not over, and its app has not been removed.
///
/// # Errors
/// `Internal` only.
pub(super) fn live(tx: &Read, family: FamilyId, account: AccountId, id: GrantId) -> Result<Option<Grant>> {
    let grant = rows::grant(tx, family, account, id)?.filter(|grant| !grant.has_ended(tx.now()));
    match grant {
        Some(grant) if app_rows::has(tx, grant.app)? => Ok(Some(grant)),
        _ => Ok(None),
    }
}

/// Whether the account still belongs to the family, without having left it meanwhile or changed its password.
pub(super) fn is_member(tx: &Read, grant: &Grant) -> Result<bool> {
    super::identify::is_still_given(tx, grant.account, grant.family, grant.created_at)
}

/// Keeps a new grant.
pub(super) fn add(tx: &mut Write, grant: &Grant) -> Result<()> {
    let mut others = rows::grants_of(tx, grant.family, grant.account)?;
    if others.len() >= MAX {
        others.sort_by_key(|grant| grant.used_at.unwrap_or(grant.created_at));
        let excess = others.len() + 1 - MAX;
        others.iter().take(excess).for_each(|grant| rows::remove_grant(tx, grant));
    }
    rows::put_grant(tx, grant);
    Ok(())
}

/// Notes that the app came.
pub(super) fn touch(tx: &mut Write, grant: Grant) {
    let used_at = Some(tx.now());
    rows::put_grant(tx, &Grant { used_at, ..grant });
}

/// What an account lets in, in all the families that it belongs to, the newest first; with the app's names.
///
/// # Errors
/// `Internal` only.
pub fn all(tx: &Read, account: AccountId) -> Result<Vec<(Grant, super::apps::App)>> {
    let mut all = Vec::new();
    for member in families::memberships(tx, account)? {
        for grant in rows::grants_of(tx, member.family, account)? {
            if let Some(app) = app_rows::get(tx, grant.app)?.filter(|_| !grant.has_ended(tx.now())) {
                all.push((grant, app));
            }
        }
    }
    all.sort_by_key(|(grant, _)| std::cmp::Reverse(grant.id));
    Ok(all)
}

/// Shuts an app out at once: nothing that it was given works any more.
///
/// # Errors
/// `NotFound`, also for what another account let in.
pub fn revoke(tx: &mut Write, account: AccountId, id: GrantId, noted: &Noted) -> Result<()> {
    let (grant, app) =
        all(tx, account)?.into_iter().find(|(grant, _)| grant.id == id).ok_or(Error::NotFound("grant"))?;
    rows::remove_grant(tx, &grant);
    let of = Noted { account: Some(account), family: Some(grant.family), about: &app.name, ..noted.clone() };
    log::note(tx, Act::AppRevoked, &of);
    Ok(())
}

/// Ends a grant, and tells both logs why.
pub(super) fn end(tx: &mut Write, grant: &Grant, act: Act, network: &str) -> Result<()> {
    let name = app_rows::get(tx, grant.app)?.map(|app| app.name).unwrap_or_default();
    rows::remove_grant(tx, grant);
    let noted = Noted { account: Some(grant.account), family: Some(grant.family), by: "", about: &name, network };
    log::note(tx, act, &noted);
    Ok(())
}

/// Ends everything that an account let in of a family; for whoever has left it.
///
/// # Errors
/// `Internal` only.
pub fn forget(tx: &mut Write, family: FamilyId, account: AccountId) -> Result<usize> {
    let grants = rows::grants_of(tx, family, account)?;
    grants.iter().for_each(|grant| rows::remove_grant(tx, grant));
    Ok(grants.len())
}

/// Removes grants that are over: their year, their app, or the account's place in the family.
///
/// # Errors
/// `Internal` only.
pub(super) fn sweep(tx: &mut Write) -> Result<()> {
    for grant in rows::all_grants(tx)? {
        if !is_member(tx, &grant)? || live(tx, grant.family, grant.account, grant.id)?.is_none() {
            rows::remove_grant(tx, &grant);
        }
    }
    Ok(())
}

/// What the log calls somebody.
///
/// # Errors
/// `NotFound`.
pub fn name_of(tx: &Read, account: AccountId) -> Result<String> {
    Ok(accounts::get(tx, account)?.name)
}
