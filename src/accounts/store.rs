//! Rows of accounts, sessions and the set-up link.

mod factor;
mod passkey;
mod post;
mod reset;

use minicbor::{Decode, Encode};

use crate::{
    error::{Error, Result},
    row,
    store::{Mark, Read, Table, Write},
    types::{AccountId, FamilyId, LearnerId, Timestamp},
};

pub(super) use factor::{
    all_waiting, factor, factor_setup, put_factor, put_factor_setup, put_recovery_code, put_waiting, recovery_codes,
    remove_factor, remove_factor_setup, remove_recovery_codes, remove_waiting, take_recovery_code, waiting,
};
pub(super) use passkey::{
    has_passkey, passkey, passkey_ids, passkey_names, passkey_owner, passkeys, put_passkey, remove_passkey,
};
pub(super) use post::{
    all_changes, all_mail, change, mail, mail_key, put_change, put_mail, put_mail_key, queued_mail, remove_change,
    remove_mail,
};
pub(super) use reset::{put_mailed_reset, put_reset, remove_mailed_reset, remove_reset, reset};

use super::{Account, Declaration, Email, PasswordHash, session::Session};

const ACCOUNTS: Table<(AccountId,), AccountRow> = Table::new("accounts");
const EMAILS: Table<(String,), EmailRow> = Table::new("account_emails");
const SESSIONS: Table<([u8; 32],), SessionRow> = Table::new("sessions");
const SESSIONS_OF: Table<(AccountId, [u8; 32]), Mark> = Table::new("sessions_of");
const DEVICES: Table<(AccountId, [u8; 32]), DeviceRow> = Table::new("known_devices");
const SHORT: Table<(AccountId,), Mark> = Table::new("short_passwords");
const SETUP: Table<(u8,), SetupRow> = Table::new("setup_link");

#[derive(Encode, Decode)]
struct AccountRow {
    #[n(0)]
    name: String,
    #[n(1)]
    email: String,
    #[n(2)]
    operator: bool,
    #[n(3)]
    created_at: Timestamp,
    #[n(4)]
    password: String,
    /// Which wording of the adult declaration was accepted, at `created_at`.
    #[n(5)]
    declaration: u16,
    /// When it was last changed; none while it is the first.
    #[n(6)]
    password_at: Option<Timestamp>,
    #[n(7)]
    verified_at: Option<Timestamp>,
}
row!(AccountRow, version 1);

impl AccountRow {
    fn into_account(self, id: AccountId) -> Account {
        Account {
            id,
            name: self.name,
            email: self.email,
            operator: self.operator,
            created_at: self.created_at,
            verified_at: self.verified_at,
        }
    }
}

#[derive(Encode, Decode)]
struct EmailRow {
    #[n(0)]
    account: AccountId,
}
row!(EmailRow, version 1);

#[derive(Encode, Decode)]
struct SessionRow {
    #[n(0)]
    account: AccountId,
    #[n(1)]
    created_at: Timestamp,
    #[n(2)]
    seen_at: Timestamp,
    /// None in rows older than the question: then it is `created_at`.
    #[n(3)]
    confirmed_at: Option<Timestamp>,
    #[n(4)]
    operator_until: Option<Timestamp>,
    #[n(5)]
    family: Option<FamilyId>,
    #[n(6)]
    learner: Option<LearnerId>,
    #[n(7)]
    device: Option<String>,
    #[n(8)]
    network: Option<String>,
    #[n(9)]
    installed: Option<bool>,
}
row!(SessionRow, version 1);

impl From<&Session> for SessionRow {
    fn from(session: &Session) -> Self {
        Self {
            account: session.account,
            created_at: session.created_at,
            seen_at: session.seen_at,
            confirmed_at: Some(session.confirmed_at),
            operator_until: session.operator_until,
            family: session.family,
            learner: session.learner,
            device: Some(session.device.clone()),
            network: Some(session.network.clone()),
            installed: Some(session.installed),
        }
    }
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            account: row.account,
            created_at: row.created_at,
            seen_at: row.seen_at,
            confirmed_at: row.confirmed_at.unwrap_or(row.created_at),
            operator_until: row.operator_until,
            family: row.family,
            learner: row.learner,
            device: row.device.unwrap_or_default(),
            network: row.network.unwrap_or_default(),
            installed: row.installed.unwrap_or_default(),
        }
    }
}

#[derive(Encode, Decode)]
struct SetupRow {
    #[cbor(n(0), with = "minicbor::bytes")]
    hash: [u8; 32],
    #[n(1)]
    ends_at: Timestamp,
}
row!(SetupRow, version 1);

pub(super) fn by_email(tx: &Read, email: &Email) -> Result<Option<AccountId>> {
    Ok(tx.get(&EMAILS, &(email.folded(),))?.map(|row| row.account))
}

pub(super) fn insert(tx: &mut Write, account: &Account, email: &Email, hash: &PasswordHash, declaration: Declaration) {
    let row = AccountRow {
        name: account.name.clone(),
        email: account.email.clone(),
        operator: account.operator,
        created_at: account.created_at,
        password: hash.as_str().to_owned(),
        password_at: None,
        verified_at: account.verified_at,
        declaration: declaration.version(),
    };
    tx.put(&ACCOUNTS, &(account.id,), &row);
    tx.put(&EMAILS, &(email.folded(),), &EmailRow { account: account.id });
}

pub(super) fn declared(tx: &Read, id: AccountId) -> Result<u16> {
    Ok(tx.get(&ACCOUNTS, &(id,))?.ok_or(Error::NotFound("account"))?.declaration)
}

pub(super) fn declare(tx: &mut Write, id: AccountId, declaration: Declaration) -> Result<()> {
    let mut row = tx.get(&ACCOUNTS, &(id,))?.ok_or(Error::NotFound("account"))?;
    row.declaration = declaration.version();
    tx.put(&ACCOUNTS, &(id,), &row);
    Ok(())
}

/// Copies an account's row out of a copy of a store, under its own email. It looks after nothing here.
pub(super) fn bring(tx: &mut Write, copy: &Read, id: AccountId, moved: bool) -> Result<()> {
    let mut row = copy.get(&ACCOUNTS, &(id,))?.ok_or(Error::NotFound("account"))?;
    row.operator = false;
    row.verified_at = row.verified_at.filter(|_| !moved);
    tx.put(&EMAILS, &(Email::known(&row.email)?.folded(),), &EmailRow { account: id });
    tx.put(&ACCOUNTS, &(id,), &row);
    Ok(())
}

pub(super) fn get(tx: &Read, id: AccountId) -> Result<Option<Account>> {
    Ok(tx.get(&ACCOUNTS, &(id,))?.map(|row| row.into_account(id)))
}

pub(super) fn all(tx: &Read) -> Result<Vec<Account>> {
    tx.under(&ACCOUNTS, &()).map(|row| row.map(|((id,), row)| row.into_account(id))).collect()
}

pub(super) fn hash(tx: &Read, id: AccountId) -> Result<PasswordHash> {
    let row = tx.get(&ACCOUNTS, &(id,))?.ok_or(Error::NotFound("account"))?;
    Ok(PasswordHash::stored(row.password))
}

/// Puts another hash in place; with `is_new` of another password.
pub(super) fn set_hash(tx: &mut Write, id: AccountId, hash: &PasswordHash, is_new: bool) -> Result<()> {
    let mut row = tx.get(&ACCOUNTS, &(id,))?.ok_or(Error::NotFound("account"))?;
    hash.as_str().clone_into(&mut row.password);
    if is_new {
        row.password_at = Some(tx.now());
    }
    tx.put(&ACCOUNTS, &(id,), &row);
    Ok(())
}

pub(super) fn password_at(tx: &Read, id: AccountId) -> Result<Option<Timestamp>> {
    Ok(tx.get(&ACCOUNTS, &(id,))?.and_then(|row| row.password_at))
}

pub(super) fn set_name(tx: &mut Write, id: AccountId, name: &str) -> Result<()> {
    let mut row = tx.get(&ACCOUNTS, &(id,))?.ok_or(Error::NotFound("account"))?;
    name.clone_into(&mut row.name);
    tx.put(&ACCOUNTS, &(id,), &row);
    Ok(())
}

pub(super) fn set_operator(tx: &mut Write, id: AccountId, operator: bool) -> Result<()> {
    let mut row = tx.get(&ACCOUNTS, &(id,))?.ok_or(Error::NotFound("account"))?;
    row.operator = operator;
    tx.put(&ACCOUNTS, &(id,), &row);
    Ok(())
}

/// Puts another address in place, under which the account is found from now on.
pub(super) fn set_email(tx: &mut Write, id: AccountId, email: &Email, verified_at: Option<Timestamp>) -> Result<()> {
    let mut row = tx.get(&ACCOUNTS, &(id,))?.ok_or(Error::NotFound("account"))?;
    tx.remove(&EMAILS, &(Email::known(&row.email)?.folded(),));
    email.as_str().clone_into(&mut row.email);
    row.verified_at = verified_at;
    tx.put(&ACCOUNTS, &(id,), &row);
    tx.put(&EMAILS, &(email.folded(),), &EmailRow { account: id });
    Ok(())
}

pub(super) fn mark_short(tx: &mut Write, id: AccountId, short: bool) {
    if short { tx.put(&SHORT, &(id,), &Mark) } else { tx.remove(&SHORT, &(id,)) }
}

pub(super) fn is_short(tx: &Read, id: AccountId) -> Result<bool> {
    tx.has(&SHORT, &(id,))
}

pub(super) fn count(tx: &Read) -> Result<usize> {
    tx.under(&ACCOUNTS, &()).try_fold(0, |count, row| row.map(|_| count + 1))
}

pub(super) fn any(tx: &Read) -> Result<bool> {
    tx.under(&ACCOUNTS, &()).next().transpose().map(|first| first.is_some())
}

pub(super) fn remove(tx: &mut Write, account: &Account, email: &Email) {
    tx.remove(&ACCOUNTS, &(account.id,));
    tx.remove(&SHORT, &(account.id,));
    tx.remove(&EMAILS, &(email.folded(),));
}

pub(super) fn put_session(tx: &mut Write, hash: [u8; 32], session: &Session) {
    tx.put(&SESSIONS, &(hash,), &session.into());
    tx.put(&SESSIONS_OF, &(session.account, hash), &Mark);
}

pub(super) fn session(tx: &Read, hash: [u8; 32]) -> Result<Option<Session>> {
    Ok(tx.get(&SESSIONS, &(hash,))?.map(Session::from))
}

pub(super) fn remove_session(tx: &mut Write, hash: [u8; 32], account: AccountId) {
    tx.remove(&SESSIONS, &(hash,));
    tx.remove(&SESSIONS_OF, &(account, hash));
}

pub(super) fn sessions_of(tx: &Read, account: AccountId) -> Result<Vec<([u8; 32], Session)>> {
    let mut sessions = Vec::new();
    for row in tx.under(&SESSIONS_OF, &(account,)) {
        let ((_, hash), Mark) = row?;
        sessions.extend(session(tx, hash)?.map(|session| (hash, session)));
    }
    Ok(sessions)
}

pub(super) fn all_sessions(tx: &Read) -> Result<Vec<([u8; 32], Session)>> {
    tx.under(&SESSIONS, &()).map(|row| row.map(|((hash,), row)| (hash, row.into()))).collect()
}

#[derive(Encode, Decode)]
struct DeviceRow {
    #[n(0)]
    seen_at: Timestamp,
}
row!(DeviceRow, version 1);

pub(super) fn put_device(tx: &mut Write, account: AccountId, hash: [u8; 32]) {
    let row = DeviceRow { seen_at: tx.now() };
    tx.put(&DEVICES, &(account, hash), &row);
}

pub(super) fn device_seen(tx: &Read, account: AccountId, hash: [u8; 32]) -> Result<Option<Timestamp>> {
    Ok(tx.get(&DEVICES, &(account, hash))?.map(|row| row.seen_at))
}

pub(super) fn devices(tx: &Read, account: AccountId) -> Result<Vec<([u8; 32], Timestamp)>> {
    tx.under(&DEVICES, &(account,)).map(|row| row.map(|((_, hash), row)| (hash, row.seen_at))).collect()
}

pub(super) fn remove_device(tx: &mut Write, account: AccountId, hash: [u8; 32]) {
    tx.remove(&DEVICES, &(account, hash));
}

pub(super) fn put_setup(tx: &mut Write, hash: [u8; 32], ends_at: Timestamp) {
    tx.put(&SETUP, &(0,), &SetupRow { hash, ends_at });
}

pub(super) fn setup(tx: &Read) -> Result<Option<([u8; 32], Timestamp)>> {
    Ok(tx.get(&SETUP, &(0,))?.map(|row| (row.hash, row.ends_at)))
}

pub(super) fn remove_setup(tx: &mut Write) {
    tx.remove(&SETUP, &(0,));
}
