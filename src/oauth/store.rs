//! Rows of personal tokens: one by secret for requests, one by owner for lists. Apps and what they were given stand beside.

pub(super) mod apps;
pub(super) mod grants;

use minicbor::{Decode, Encode};

use crate::{
    error::Result,
    row,
    store::{Read, Table, Write},
    types::{AccountId, Caller, FamilyId, Scopes, Timestamp, TokenId},
};

use super::Token;

const TOKENS: Table<([u8; 32],), TokenRow> = Table::new("tokens");
const OWNED: Table<(FamilyId, AccountId, TokenId), OwnedRow> = Table::new("tokens_owned");

#[derive(Encode, Decode)]
struct TokenRow {
    #[n(0)]
    id: TokenId,
    #[n(1)]
    account: AccountId,
    #[n(2)]
    family: FamilyId,
    #[n(3)]
    name: String,
    #[n(4)]
    scopes: Scopes,
    #[n(5)]
    created_at: Timestamp,
    #[n(6)]
    ends_at: Timestamp,
    #[n(7)]
    used_at: Option<Timestamp>,
}
row!(TokenRow, version 1);

#[derive(Encode, Decode)]
struct OwnedRow {
    #[cbor(n(0), with = "minicbor::bytes")]
    hash: [u8; 32],
}
row!(OwnedRow, version 1);

/// A token and whose it is.
pub(super) struct Found {
    pub(super) account: AccountId,
    pub(super) family: FamilyId,
    pub(super) token: Token,
}

impl TokenRow {
    fn into_token(self) -> Token {
        Token {
            id: self.id,
            name: self.name,
            scopes: self.scopes,
            created_at: self.created_at,
            ends_at: self.ends_at,
            used_at: self.used_at,
        }
    }
}

pub(super) fn insert(tx: &mut Write, caller: &Caller, token: &Token, hash: [u8; 32]) {
    let row = TokenRow {
        id: token.id,
        account: caller.account,
        family: caller.family,
        name: token.name.clone(),
        scopes: token.scopes,
        created_at: token.created_at,
        ends_at: token.ends_at,
        used_at: token.used_at,
    };
    tx.put(&TOKENS, &(hash,), &row);
    tx.put(&OWNED, &(caller.family, caller.account, token.id), &OwnedRow { hash });
}

pub(super) fn find(tx: &Read, hash: [u8; 32]) -> Result<Option<Found>> {
    Ok(tx.get(&TOKENS, &(hash,))?.map(|row| Found {
        account: row.account,
        family: row.family,
        token: row.into_token(),
    }))
}

pub(super) fn set_used(tx: &mut Write, hash: [u8; 32]) -> Result<()> {
    if let Some(mut row) = tx.get(&TOKENS, &(hash,))? {
        row.used_at = Some(tx.now());
        tx.put(&TOKENS, &(hash,), &row);
    }
    Ok(())
}

pub(super) fn of(tx: &Read, caller: &Caller) -> Result<Vec<([u8; 32], Token)>> {
    let mut tokens = Vec::new();
    for row in tx.under(&OWNED, &(caller.family, caller.account)) {
        let (_, OwnedRow { hash }) = row?;
        if let Some(found) = find(tx, hash)? {
            tokens.push((hash, found.token));
        }
    }
    Ok(tokens)
}

pub(super) fn remove(tx: &mut Write, caller: &Caller, id: TokenId, hash: [u8; 32]) {
    tx.remove(&TOKENS, &(hash,));
    tx.remove(&OWNED, &(caller.family, caller.account, id));
}

/// Removes tokens of a family, whoever made them.
pub(super) fn forget_family(tx: &mut Write, family: FamilyId, most: usize) -> Result<usize> {
    let some = tx.under(&OWNED, &(family,)).take(most).collect::<Result<Vec<_>>>()?;
    for (key, row) in &some {
        tx.remove(&OWNED, key);
        tx.remove(&TOKENS, &(row.hash,));
    }
    Ok(some.len())
}
