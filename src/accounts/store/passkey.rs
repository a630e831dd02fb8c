//! Rows of passkeys: by account, and whose each is.

use minicbor::{Decode, Encode};

use crate::{
    error::Result,
    row,
    store::{Read, Table, Write},
    types::{AccountId, Timestamp},
};

use super::super::passkey::{Passkey, PasskeyId};

const PASSKEYS: Table<(AccountId, [u8; 32]), PasskeyRow> = Table::new("passkeys");
const OWNERS: Table<([u8; 32],), OwnerRow> = Table::new("passkey_owners");

#[derive(Encode, Decode)]
struct PasskeyRow {
    /// As `webauthn-rs` writes it.
    #[cbor(n(0), with = "minicbor::bytes")]
    credential: Vec<u8>,
    #[n(1)]
    name: String,
    #[n(2)]
    rp: String,
    #[n(3)]
    made_at: Timestamp,
    #[n(4)]
    used_at: Option<Timestamp>,
    #[n(5)]
    backed_up: bool,
    #[n(6)]
    counter: u32,
}
row!(PasskeyRow, version 1);

#[derive(Encode, Decode)]
struct OwnerRow {
    #[n(0)]
    account: AccountId,
}
row!(OwnerRow, version 1);

impl PasskeyRow {
    fn into_passkey(self, id: PasskeyId) -> Passkey {
        Passkey {
            id,
            name: self.name,
            rp: self.rp,
            made_at: self.made_at,
            used_at: self.used_at,
            backed_up: self.backed_up,
            counter: self.counter,
            credential: self.credential,
        }
    }
}

pub(in crate::accounts) fn put_passkey(tx: &mut Write, account: AccountId, passkey: &Passkey) {
    let row = PasskeyRow {
        credential: passkey.credential.clone(),
        name: passkey.name.clone(),
        rp: passkey.rp.clone(),
        made_at: passkey.made_at,
        used_at: passkey.used_at,
        backed_up: passkey.backed_up,
        counter: passkey.counter,
    };
    tx.put(&PASSKEYS, &(account, passkey.id), &row);
    tx.put(&OWNERS, &(passkey.id,), &OwnerRow { account });
}

pub(in crate::accounts) fn passkey(tx: &Read, account: AccountId, id: PasskeyId) -> Result<Option<Passkey>> {
    Ok(tx.get(&PASSKEYS, &(account, id))?.map(|row| row.into_passkey(id)))
}

pub(in crate::accounts) fn passkeys(tx: &Read, account: AccountId) -> Result<Vec<Passkey>> {
    tx.under(&PASSKEYS, &(account,)).map(|row| row.map(|((_, id), row)| row.into_passkey(id))).collect()
}

pub(in crate::accounts) fn passkey_ids(tx: &Read, account: AccountId) -> Result<Vec<PasskeyId>> {
    tx.under(&PASSKEYS, &(account,)).map(|row| row.map(|((_, id), _)| id)).collect()
}

pub(in crate::accounts) fn has_passkey(tx: &Read, account: AccountId) -> Result<bool> {
    tx.under(&PASSKEYS, &(account,)).next().transpose().map(|first| first.is_some())
}

pub(in crate::accounts) fn passkey_owner(tx: &Read, id: PasskeyId) -> Result<Option<AccountId>> {
    Ok(tx.get(&OWNERS, &(id,))?.map(|row| row.account))
}

pub(in crate::accounts) fn remove_passkey(tx: &mut Write, account: AccountId, id: PasskeyId) {
    tx.remove(&PASSKEYS, &(account, id));
    tx.remove(&OWNERS, &(id,));
}

/// The names that passkeys were made for, one for each.
pub(in crate::accounts) fn passkey_names(tx: &Read) -> Result<Vec<String>> {
    tx.under(&PASSKEYS, &()).map(|row| row.map(|(_, row)| row.rp)).collect()
}
