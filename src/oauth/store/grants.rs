//! Rows of what apps were given: grants, codes, access and refresh tokens. Secrets are hashes.
//!
//! Nothing but its grant keeps a code or a token alive: whoever removes the grant has ended them all.

use minicbor::{Decode, Encode, bytes::ByteArray};

use crate::{
    error::Result,
    oauth::{
        codes::Code,
        grants::Grant,
        tokens::{Access, Refresh},
    },
    row,
    store::{Read, Table, Write},
    types::{AccountId, AppId, FamilyId, GrantId, LearnerId, Scopes, Timestamp},
};

const GRANTS: Table<(FamilyId, AccountId, GrantId), GrantRow> = Table::new("oauth_grants");
const CODES: Table<([u8; 32],), CodeRow> = Table::new("oauth_codes");
const ACCESS: Table<([u8; 32],), AccessRow> = Table::new("oauth_access");
const REFRESH: Table<([u8; 32],), RefreshRow> = Table::new("oauth_refresh");

/// Hashes of secrets.
type Hash = [u8; 32];

#[derive(Encode, Decode)]
struct GrantRow {
    #[n(0)]
    app: AppId,
    #[n(1)]
    scopes: Scopes,
    #[n(2)]
    learners: Option<Vec<LearnerId>>,
    #[n(3)]
    created_at: Timestamp,
    #[n(4)]
    used_at: Option<Timestamp>,
}
row!(GrantRow, version 1);

#[derive(Encode, Decode)]
struct CodeRow {
    #[n(0)]
    family: FamilyId,
    #[n(1)]
    account: AccountId,
    #[n(2)]
    app: AppId,
    #[n(3)]
    scopes: Scopes,
    #[n(4)]
    learners: Option<Vec<LearnerId>>,
    #[n(5)]
    redirect: String,
    #[n(6)]
    challenge: ByteArray<32>,
    #[n(7)]
    created_at: Timestamp,
    #[n(8)]
    used: bool,
    #[n(9)]
    grant: Option<GrantId>,
}
row!(CodeRow, version 1);

#[derive(Encode, Decode)]
struct AccessRow {
    #[n(0)]
    family: FamilyId,
    #[n(1)]
    account: AccountId,
    #[n(2)]
    grant: GrantId,
    #[n(3)]
    scopes: Scopes,
    #[n(4)]
    ends_at: Timestamp,
}
row!(AccessRow, version 1);

#[derive(Encode, Decode)]
struct RefreshRow {
    #[n(0)]
    family: FamilyId,
    #[n(1)]
    account: AccountId,
    #[n(2)]
    grant: GrantId,
    #[n(3)]
    access: ByteArray<32>,
    #[n(4)]
    created_at: Timestamp,
    #[n(5)]
    spent_at: Option<Timestamp>,
    #[n(6)]
    successor: Option<ByteArray<32>>,
    #[n(7)]
    retried: bool,
    #[n(8)]
    replaced: bool,
}
row!(RefreshRow, version 1);

impl GrantRow {
    fn into_grant(self, (family, account, id): (FamilyId, AccountId, GrantId)) -> Grant {
        Grant {
            id,
            family,
            account,
            app: self.app,
            scopes: self.scopes,
            learners: self.learners,
            created_at: self.created_at,
            used_at: self.used_at,
        }
    }
}

pub(in crate::oauth) fn put_grant(tx: &mut Write, grant: &Grant) {
    let row = GrantRow {
        app: grant.app,
        scopes: grant.scopes,
        learners: grant.learners.clone(),
        created_at: grant.created_at,
        used_at: grant.used_at,
    };
    tx.put(&GRANTS, &(grant.family, grant.account, grant.id), &row);
}

pub(in crate::oauth) fn grant(tx: &Read, family: FamilyId, account: AccountId, id: GrantId) -> Result<Option<Grant>> {
    let key = (family, account, id);
    Ok(tx.get(&GRANTS, &key)?.map(|row| row.into_grant(key)))
}

pub(in crate::oauth) fn grants_of(tx: &Read, family: FamilyId, account: AccountId) -> Result<Vec<Grant>> {
    tx.under(&GRANTS, &(family, account)).map(|row| row.map(|(key, row)| row.into_grant(key))).collect()
}

pub(in crate::oauth) fn all_grants(tx: &Read) -> Result<Vec<Grant>> {
    tx.under(&GRANTS, &()).map(|row| row.map(|(key, row)| row.into_grant(key))).collect()
}

pub(in crate::oauth) fn remove_grant(tx: &mut Write, grant: &Grant) {
    tx.remove(&GRANTS, &(grant.family, grant.account, grant.id));
}

pub(in crate::oauth) fn put_code(tx: &mut Write, hash: Hash, code: &Code) {
    let row = CodeRow {
        family: code.family,
        account: code.account,
        app: code.app,
        scopes: code.scopes,
        learners: code.learners.clone(),
        redirect: code.redirect.clone(),
        challenge: code.challenge.into(),
        created_at: code.created_at,
        used: code.used,
        grant: code.grant,
    };
    tx.put(&CODES, &(hash,), &row);
}

fn into_code(row: CodeRow) -> Code {
    Code {
        family: row.family,
        account: row.account,
        app: row.app,
        scopes: row.scopes,
        learners: row.learners,
        redirect: row.redirect,
        challenge: row.challenge.into(),
        created_at: row.created_at,
        used: row.used,
        grant: row.grant,
    }
}

pub(in crate::oauth) fn code(tx: &Read, hash: Hash) -> Result<Option<Code>> {
    Ok(tx.get(&CODES, &(hash,))?.map(into_code))
}

pub(in crate::oauth) fn codes(tx: &Read) -> Result<Vec<(Hash, Code)>> {
    tx.under(&CODES, &()).map(|row| row.map(|((hash,), row)| (hash, into_code(row)))).collect()
}

pub(in crate::oauth) fn remove_code(tx: &mut Write, hash: Hash) {
    tx.remove(&CODES, &(hash,));
}

pub(in crate::oauth) fn put_access(tx: &mut Write, hash: Hash, token: &Access) {
    let row = AccessRow {
        family: token.family,
        account: token.account,
        grant: token.grant,
        scopes: token.scopes,
        ends_at: token.ends_at,
    };
    tx.put(&ACCESS, &(hash,), &row);
}

fn into_access(row: AccessRow) -> Access {
    Access { family: row.family, account: row.account, grant: row.grant, scopes: row.scopes, ends_at: row.ends_at }
}

pub(in crate::oauth) fn access(tx: &Read, hash: Hash) -> Result<Option<Access>> {
    Ok(tx.get(&ACCESS, &(hash,))?.map(into_access))
}

pub(in crate::oauth) fn all_access(tx: &Read) -> Result<Vec<(Hash, Access)>> {
    tx.under(&ACCESS, &()).map(|row| row.map(|((hash,), row)| (hash, into_access(row)))).collect()
}

pub(in crate::oauth) fn remove_access(tx: &mut Write, hash: Hash) {
    tx.remove(&ACCESS, &(hash,));
}

pub(in crate::oauth) fn put_refresh(tx: &mut Write, hash: Hash, token: &Refresh) {
    let row = RefreshRow {
        family: token.family,
        account: token.account,
        grant: token.grant,
        access: token.access.into(),
        created_at: token.created_at,
        spent_at: token.spent_at,
        successor: token.successor.map(ByteArray::from),
        retried: token.retried,
        replaced: token.replaced,
    };
    tx.put(&REFRESH, &(hash,), &row);
}

fn into_refresh(row: RefreshRow) -> Refresh {
    Refresh {
        family: row.family,
        account: row.account,
        grant: row.grant,
        access: row.access.into(),
        created_at: row.created_at,
        spent_at: row.spent_at,
        successor: row.successor.map(Into::into),
        retried: row.retried,
        replaced: row.replaced,
    }
}

pub(in crate::oauth) fn refresh(tx: &Read, hash: Hash) -> Result<Option<Refresh>> {
    Ok(tx.get(&REFRESH, &(hash,))?.map(into_refresh))
}

pub(in crate::oauth) fn all_refresh(tx: &Read) -> Result<Vec<(Hash, Refresh)>> {
    tx.under(&REFRESH, &()).map(|row| row.map(|((hash,), row)| (hash, into_refresh(row)))).collect()
}

pub(in crate::oauth) fn remove_refresh(tx: &mut Write, hash: Hash) {
    tx.remove(&REFRESH, &(hash,));
}
