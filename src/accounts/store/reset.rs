//! Rows of links for a new password.

use minicbor::{Decode, Encode};

use crate::{
    error::Result,
    row,
    store::{Read, Table, Write},
    types::{AccountId, Timestamp},
};

const RESETS: Table<([u8; 32],), ResetRow> = Table::new("password_resets");
const RESETS_OF: Table<(AccountId,), OfRow> = Table::new("password_resets_of");
/// Those that were sent, so that asking for one ends none that somebody handed over.
const MAILED_OF: Table<(AccountId,), OfRow> = Table::new("password_resets_mailed_of");

#[derive(Encode, Decode)]
struct ResetRow {
    #[n(0)]
    account: AccountId,
    #[n(1)]
    ends_at: Timestamp,
}
row!(ResetRow, version 1);

#[derive(Encode, Decode)]
struct OfRow {
    #[cbor(n(0), with = "minicbor::bytes")]
    hash: [u8; 32],
}
row!(OfRow, version 1);

pub(in crate::accounts) fn put_reset(tx: &mut Write, account: AccountId, hash: [u8; 32], ends_at: Timestamp) {
    tx.put(&RESETS, &(hash,), &ResetRow { account, ends_at });
    tx.put(&RESETS_OF, &(account,), &OfRow { hash });
}

pub(in crate::accounts) fn reset(tx: &Read, hash: [u8; 32]) -> Result<Option<(AccountId, Timestamp)>> {
    Ok(tx.get(&RESETS, &(hash,))?.map(|row| (row.account, row.ends_at)))
}

pub(in crate::accounts) fn remove_reset(tx: &mut Write, account: AccountId) -> Result<()> {
    if let Some(row) = tx.get(&RESETS_OF, &(account,))? {
        tx.remove(&RESETS, &(row.hash,));
        tx.remove(&RESETS_OF, &(account,));
    }
    Ok(())
}

pub(in crate::accounts) fn put_mailed_reset(tx: &mut Write, account: AccountId, hash: [u8; 32], ends_at: Timestamp) {
    tx.put(&RESETS, &(hash,), &ResetRow { account, ends_at });
    tx.put(&MAILED_OF, &(account,), &OfRow { hash });
}

pub(in crate::accounts) fn remove_mailed_reset(tx: &mut Write, account: AccountId) -> Result<()> {
    if let Some(row) = tx.get(&MAILED_OF, &(account,))? {
        tx.remove(&RESETS, &(row.hash,));
        tx.remove(&MAILED_OF, &(account,));
    }
    Ok(())
}
