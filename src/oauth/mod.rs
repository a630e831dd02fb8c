//! How programs prove who they are, and how every request is turned into a [`Caller`].
//!
//! Personal access tokens are made on the account page: hashed, scoped, dated, of one family. Apps get theirs by
//! OAuth 2 (RFC 6749, held to RFC 9700): the authorisation code flow with PKCE and nothing else. `apps.rs` knows which
//! programs may ask (`redirect.rs` where their codes may go), `request.rs` reads what one asks for, `codes.rs` turns a
//! person's yes into a code and a code into `tokens.rs`, and `grants.rs` is what keeps these alive.
//!
//! The endpoints are our own: `oxide-auth` is several years behind the RFCs above and keeps its grants in stores of its
//! own, while here a code, its grant and their ends must be rows of the one transaction that answers.

pub mod api;
pub mod apps;
pub mod apps_pages;
pub mod codes;
pub mod endpoints;
pub mod grants;
pub mod identify;
pub mod pages;
pub mod redirect;
pub mod refusal;
pub mod request;
mod store;
pub mod tokens;

use std::time::Duration;

use crate::{
    accounts::log::{self, Act, Noted},
    error::{Complaints, Error, Invalid, Result, check},
    store::{Read, Write},
    types::{Caller, FamilyId, Scope, Scopes, Secret, Timestamp, TokenId},
};

pub use grants::forget;
pub use identify::identify;

/// What every token begins with, so that a leaked one is recognised (as GitHub's and others do).
pub const PREFIX: &str = "hec_pat_";
/// The most tokens of one account in one family.
pub const MAX: usize = 50;

/// A personal access token, without its secret.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// What its owner calls it: 1 to 60 characters.
    pub name: String,
    /// What it may do, never more than the role at the time of a request.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// When it was last used, to the hour.
    pub used_at: Option<Timestamp>,
}

/// What may be set of a token.
#[derive(Debug, Clone)]
pub struct Draft {
    name: String,
    scopes: Scopes,
    life: Duration,
}

impl Draft {
    /// Checks the fields.
    ///
    /// # Errors
    /// `Invalid`: name 1 to 60 characters, at least one known scope, 1 to 366 days.
    pub fn parse(name: &str, scopes: &[&str], days: &str) -> Result<Self> {
        let mut complaints = Complaints::new();
        let name = complaints.take(check::name("name", name.trim(), 60));
        let parsed: Vec<Scope> = scopes.iter().filter_map(|scope| Scope::parse(scope)).collect();
        if scopes.is_empty() {
            complaints.add(Invalid::new("scope", "error-required"));
        } else if parsed.len() != scopes.len() {
            let options = Scope::ALL.map(Scope::as_str).join(", ");
            complaints.add(Invalid::new("scope", "error-not-one-of").with("options", options));
        }
        let days = complaints.take(match days.parse::<u64>() {
            Ok(days @ 1..=366) => Ok(days),
            _ => Err(Invalid::new("days", "error-out-of-range").with("min", 1).with("max", 366)),
        });
        complaints.finish()?;
        match (name, days) {
            (Some(name), Some(days)) => {
                Ok(Self { name, scopes: Scopes::of(&parsed), life: Duration::from_hours(24 * days) })
            }
            _ => Err(Error::broken("a token without complaints lacks a field")),
        }
    }

    /// Every right, for a year: what the demo hands out.
    pub fn everything(name: &str, scopes: Scopes) -> Self {
        Self { name: name.to_owned(), scopes, life: Duration::from_hours(24 * 365) }
    }
}

/// A new token's secret, with its prefix.
///
/// # Errors
/// `Internal` where the system has no randomness to give.
pub fn new_secret() -> Result<(String, [u8; 32])> {
    let secret = Secret::random().map_err(Error::internal)?;
    let text = format!("{PREFIX}{}", secret.expose());
    let hash = crate::types::hash_secret(&text);
    Ok((text, hash))
}

/// Makes a token for the caller's account in the caller's family.
///
/// # Errors
/// `Invalid` where there are 50 already; `Forbidden` for a scope that the role does not hold.
pub fn make(tx: &mut Write, caller: &Caller, draft: Draft, secret_hash: [u8; 32]) -> Result<Token> {
    if let Some(excess) = draft.scopes.iter().find(|scope| !caller.scopes.has(*scope)) {
        return Err(Error::Forbidden(excess.as_str()));
    }
    if store::of(tx, caller)?.len() >= MAX {
        return Err(Invalid::new("name", "error-too-many").with("max", MAX).into());
    }
    let token = Token {
        id: tx.new_id(),
        name: draft.name,
        scopes: draft.scopes,
        created_at: tx.now(),
        ends_at: tx.now().plus(draft.life),
        used_at: None,
    };
    store::insert(tx, caller, &token, secret_hash);
    note(tx, Act::TokenMade, caller, &token.name)?;
    Ok(token)
}

/// The caller's own tokens in this family, oldest first.
///
/// # Errors
/// `Internal` only.
pub fn all(tx: &Read, caller: &Caller) -> Result<Vec<Token>> {
    Ok(store::of(tx, caller)?.into_iter().map(|(_, token)| token).collect())
}

/// Ends a token at once.
///
/// # Errors
/// `NotFound`, also for another account's.
pub fn revoke(tx: &mut Write, caller: &Caller, id: TokenId) -> Result<()> {
    let (hash, token) =
        store::of(tx, caller)?.into_iter().find(|(_, token)| token.id == id).ok_or(Error::NotFound("token"))?;
    store::remove(tx, caller, id, hash);
    note(tx, Act::TokenRevoked, caller, &token.name)
}

/// In the account's log and the family's.
fn note(tx: &mut Write, act: Act, caller: &Caller, about: &str) -> Result<()> {
    let by = grants::name_of(tx, caller.account)?;
    let (account, family) = (Some(caller.account), Some(caller.family));
    log::note(tx, act, &Noted { account, family, by: &by, about, network: "" });
    Ok(())
}

/// Removes what has ended: codes, tokens, grants, and apps that nobody approved. None of it works any more even before.
///
/// # Errors
/// `Internal` only.
pub fn sweep(tx: &mut Write) -> Result<()> {
    grants::sweep(tx)?;
    codes::sweep(tx)?;
    tokens::sweep(tx)?;
    apps::sweep(tx)
}

/// Removes the tokens of a family that is no more, at most so many; returns how many.
///
/// # Errors
/// `Internal` only.
pub fn forget_family(tx: &mut Write, family: FamilyId, most: usize) -> Result<usize> {
    store::forget_family(tx, family, most)
}
