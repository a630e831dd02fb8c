//! Passkeys (Web Authentication, level 3): keys that a phone, a computer or a password manager keeps, and uses once its
//! owner has shown a finger, a face or a PIN there. One alone is as good as password and code.
//!
//! `browser/site.rs` says for which name they are made, `browser/ceremony.rs` remembers what was asked until it is
//! answered. What the server keeps is public: the other half of each key never leaves its place.

use sha2::{Digest, Sha256};

use crate::{
    error::{Error, Invalid, Result, check},
    store::{Read, Write},
    types::{AccountId, Timestamp},
};

use super::store;

/// The most that an account has.
pub const MOST: usize = 10;
/// The longest name of one.
pub const NAME: usize = 60;

/// What a passkey is known by here: a hash of the id that its authenticator gave it.
pub type PasskeyId = [u8; 32];

/// One that counts.
#[derive(Debug, Clone)]
pub struct Passkey {
    /// See [`PasskeyId`].
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// The name of the site that it was made for; browsers offer it there and nowhere else.
    pub rp: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it last let somebody in.
    pub used_at: Option<Timestamp>,
    /// Whether a password manager or an account of the phone's maker keeps a copy.
    pub backed_up: bool,
    /// How often its authenticator says it was used; nought where it does not count.
    pub counter: u32,
    /// What its answers are checked with, as `browser/ceremony.rs` writes it.
    pub credential: Vec<u8>,
}

/// The id under which a credential is filed.
pub fn id_of(credential: &[u8]) -> PasskeyId {
    Sha256::digest(credential).into()
}

/// An account's passkeys, the oldest first.
///
/// # Errors
/// `Internal` only.
pub fn all(tx: &Read, account: AccountId) -> Result<Vec<Passkey>> {
    let mut all = store::passkeys(tx, account)?;
    all.sort_by_key(|one| one.made_at);
    Ok(all)
}

/// Those that browsers offer at this name.
///
/// # Errors
/// `Internal` only.
pub fn at(tx: &Read, account: AccountId, rp: &str) -> Result<Vec<Passkey>> {
    let mut all = all(tx, account)?;
    all.retain(|one| one.rp == rp);
    Ok(all)
}

/// Whether an account has one.
///
/// # Errors
/// `Internal` only.
pub fn any(tx: &Read, account: AccountId) -> Result<bool> {
    store::has_passkey(tx, account)
}

/// Whose a passkey is, and the passkey.
///
/// # Errors
/// `Internal` only.
pub fn find(tx: &Read, id: PasskeyId) -> Result<Option<(AccountId, Passkey)>> {
    let Some(account) = store::passkey_owner(tx, id)? else { return Ok(None) };
    Ok(store::passkey(tx, account, id)?.map(|passkey| (account, passkey)))
}

/// That a passkey stands still, for what begins with its answer.
///
/// # Errors
/// `NotSignedIn` where it was removed meanwhile.
pub fn stands(tx: &Read, account: AccountId, id: PasskeyId) -> Result<()> {
    store::passkey(tx, account, id)?.map(drop).ok_or(Error::NotSignedIn)
}

/// A name as somebody types it.
///
/// # Errors
/// Names the field `name`, and the bound.
pub fn check_name(raw: &str) -> Result<String, Invalid> {
    check::name("name", raw.trim(), NAME)
}

/// A key that was made just now, or that has just answered.
#[derive(Debug, Clone)]
pub struct Seen {
    /// See [`PasskeyId`].
    pub id: PasskeyId,
    /// See [`Passkey::counter`].
    pub counter: u32,
    /// See [`Passkey::backed_up`].
    pub backed_up: bool,
    /// See [`Passkey::credential`].
    pub credential: Vec<u8>,
}

/// Gives an account one more.
///
/// # Errors
/// `Invalid` on `passkey` where it has [`MOST`] already, or where the key is known, whoever's it is.
pub fn add(tx: &mut Write, account: AccountId, name: String, rp: &str, key: Seen) -> Result<()> {
    if store::passkey_ids(tx, account)?.len() >= MOST {
        return Err(Invalid::new("passkey", "error-passkeys-many").with("max", MOST).into());
    }
    if store::passkey_owner(tx, key.id)?.is_some() {
        return Err(Invalid::new("passkey", "error-passkey-known").into());
    }
    let Seen { id, counter, backed_up, credential } = key;
    let (made_at, rp) = (tx.now(), rp.to_owned());
    store::put_passkey(tx, account, &Passkey { id, name, rp, made_at, used_at: None, backed_up, counter, credential });
    Ok(())
}

/// Notes that a passkey's answer was right, and what it said of itself. Whether it may be a copy of the key is decided
/// here, where of two answers at once one is first: a counter that does not go on is refused. One that has never counted
/// says nothing.
///
/// # Errors
/// `NotFound` where it was removed meanwhile; `Stale` where the counter went back.
pub fn used(tx: &mut Write, account: AccountId, seen: Seen) -> Result<()> {
    let before = store::passkey(tx, account, seen.id)?.ok_or(Error::NotFound("passkey"))?;
    let Seen { counter, backed_up, credential, .. } = seen;
    if (counter > 0 || before.counter > 0) && counter <= before.counter {
        return Err(Error::Stale);
    }
    let used_at = Some(tx.now());
    store::put_passkey(tx, account, &Passkey { counter, backed_up, credential, used_at, ..before });
    Ok(())
}

/// Calls one something else; whether that is another name than it had.
///
/// # Errors
/// `NotFound`.
pub fn rename(tx: &mut Write, account: AccountId, id: PasskeyId, name: &str) -> Result<bool> {
    let before = store::passkey(tx, account, id)?.ok_or(Error::NotFound("passkey"))?;
    let is_other = before.name != name;
    store::put_passkey(tx, account, &Passkey { name: name.to_owned(), ..before });
    Ok(is_other)
}

/// Takes one away; what it was called.
///
/// # Errors
/// `NotFound`.
pub(super) fn remove(tx: &mut Write, account: AccountId, id: PasskeyId) -> Result<String> {
    let passkey = store::passkey(tx, account, id)?.ok_or(Error::NotFound("passkey"))?;
    store::remove_passkey(tx, account, id);
    Ok(passkey.name)
}

/// Takes all of them away; how many there were.
///
/// # Errors
/// `Internal` only.
pub fn forget_all(tx: &mut Write, account: AccountId) -> Result<usize> {
    let ids = store::passkey_ids(tx, account)?;
    ids.iter().for_each(|id| store::remove_passkey(tx, account, *id));
    Ok(ids.len())
}

/// The same; what they were called.
pub(super) fn take_all(tx: &mut Write, account: AccountId) -> Result<Vec<String>> {
    let names = all(tx, account)?.into_iter().map(|one| one.name).collect();
    forget_all(tx, account)?;
    Ok(names)
}

/// How many were made for this name, and how many for others, in all accounts.
///
/// # Errors
/// `Internal` only.
pub fn count(tx: &Read, rp: Option<&str>) -> Result<(usize, usize)> {
    store::passkey_names(tx)?.into_iter().try_fold((0, 0), |(here, elsewhere), name| {
        Ok(if Some(name.as_str()) == rp { (here + 1, elsewhere) } else { (here, elsewhere + 1) })
    })
}
