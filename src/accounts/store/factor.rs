//! Rows of second factors, and of sign-ins that wait for one.

use minicbor::{Decode, Encode};

use crate::{
    error::Result,
    row,
    store::{Mark, Read, Table, Write},
    types::{AccountId, Timestamp},
};

use super::super::{
    factor::{Factor, Seed},
    waiting::Waiting,
};

const FACTORS: Table<(AccountId,), FactorRow> = Table::new("second_factors");
const SETUPS: Table<(AccountId,), SetupRow> = Table::new("second_factor_setups");
const CODES: Table<(AccountId, [u8; 32]), Mark> = Table::new("recovery_codes");
const WAITING: Table<([u8; 32],), WaitingRow> = Table::new("waiting_sign_ins");

#[derive(Encode, Decode)]
struct FactorRow {
    #[cbor(n(0), with = "minicbor::bytes")]
    seed: [u8; 20],
    #[n(1)]
    since: Timestamp,
    #[n(2)]
    step: Option<u64>,
}
row!(FactorRow, version 1);

#[derive(Encode, Decode)]
struct SetupRow {
    #[cbor(n(0), with = "minicbor::bytes")]
    seed: [u8; 20],
    #[n(1)]
    made_at: Timestamp,
}
row!(SetupRow, version 1);

#[derive(Encode, Decode)]
struct WaitingRow {
    #[n(0)]
    account: AccountId,
    #[n(1)]
    began_at: Timestamp,
    #[n(2)]
    tries: u8,
}
row!(WaitingRow, version 1);

pub(in crate::accounts) fn factor(tx: &Read, account: AccountId) -> Result<Option<Factor>> {
    let found = tx.get(&FACTORS, &(account,))?;
    Ok(found.map(|row| Factor { seed: Seed::stored(row.seed), since: row.since, step: row.step }))
}

pub(in crate::accounts) fn put_factor(tx: &mut Write, account: AccountId, factor: &Factor) {
    let row = FactorRow { seed: *factor.seed.bytes(), since: factor.since, step: factor.step };
    tx.put(&FACTORS, &(account,), &row);
}

pub(in crate::accounts) fn remove_factor(tx: &mut Write, account: AccountId) {
    tx.remove(&FACTORS, &(account,));
}

pub(in crate::accounts) fn factor_setup(tx: &Read, account: AccountId) -> Result<Option<(Seed, Timestamp)>> {
    Ok(tx.get(&SETUPS, &(account,))?.map(|row| (Seed::stored(row.seed), row.made_at)))
}

pub(in crate::accounts) fn put_factor_setup(tx: &mut Write, account: AccountId, seed: &Seed) {
    let row = SetupRow { seed: *seed.bytes(), made_at: tx.now() };
    tx.put(&SETUPS, &(account,), &row);
}

pub(in crate::accounts) fn remove_factor_setup(tx: &mut Write, account: AccountId) {
    tx.remove(&SETUPS, &(account,));
}

pub(in crate::accounts) fn put_recovery_code(tx: &mut Write, account: AccountId, hash: [u8; 32]) {
    tx.put(&CODES, &(account, hash), &Mark);
}

pub(in crate::accounts) fn recovery_codes(tx: &Read, account: AccountId) -> Result<Vec<[u8; 32]>> {
    tx.under(&CODES, &(account,)).map(|row| row.map(|((_, hash), Mark)| hash)).collect()
}

pub(in crate::accounts) fn take_recovery_code(tx: &mut Write, account: AccountId, hash: [u8; 32]) -> Result<bool> {
    let found = tx.has(&CODES, &(account, hash))?;
    tx.remove(&CODES, &(account, hash));
    Ok(found)
}

pub(in crate::accounts) fn remove_recovery_codes(tx: &mut Write, account: AccountId) -> Result<()> {
    for hash in recovery_codes(tx, account)? {
        tx.remove(&CODES, &(account, hash));
    }
    Ok(())
}

pub(in crate::accounts) fn put_waiting(tx: &mut Write, hash: [u8; 32], waiting: &Waiting) {
    let row = WaitingRow { account: waiting.account, began_at: waiting.began_at, tries: waiting.tries };
    tx.put(&WAITING, &(hash,), &row);
}

pub(in crate::accounts) fn waiting(tx: &Read, hash: [u8; 32]) -> Result<Option<Waiting>> {
    Ok(tx.get(&WAITING, &(hash,))?.map(WaitingRow::into_waiting))
}

pub(in crate::accounts) fn remove_waiting(tx: &mut Write, hash: [u8; 32]) {
    tx.remove(&WAITING, &(hash,));
}

pub(in crate::accounts) fn all_waiting(tx: &Read) -> Result<Vec<([u8; 32], Waiting)>> {
    tx.under(&WAITING, &()).map(|row| row.map(|((hash,), row)| (hash, row.into_waiting()))).collect()
}

impl WaitingRow {
    fn into_waiting(self) -> Waiting {
        Waiting { account: self.account, began_at: self.began_at, tries: self.tries }
    }
}
