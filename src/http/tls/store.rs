//! Rows of the certificates: the own authority, ACME accounts, the certificate that holds, the ledger of tries.

use minicbor::{Decode, Encode, bytes::ByteVec};
use zeroize::Zeroizing;

use crate::{
    error::Result,
    row,
    store::{Read, Table, Write},
    types::Timestamp,
};

const AUTHORITY: Table<(u8,), KeyedRow> = Table::new("tls_authority");
const ACME_ACCOUNTS: Table<(String,), KeyedRow> = Table::new("tls_acme_accounts");
const ACME_CERTIFICATE: Table<(u8,), KeyedRow> = Table::new("tls_acme_certificate");
const ACME_LEDGER: Table<(u8,), LedgerRow> = Table::new("tls_acme_ledger");

/// There is one of each.
const ONLY: (u8,) = (0,);

/// A private key, and what belongs to it.
#[derive(Clone, Encode, Decode)]
pub struct KeyedRow {
    /// The certificate, where there is one.
    #[n(0)]
    pub certificate: Option<ByteVec>,
    /// The key.
    #[n(1)]
    pub key: ByteVec,
}
row!(KeyedRow, version 1);

impl KeyedRow {
    /// Of these bytes.
    pub fn new(certificate: Option<&[u8]>, key: &[u8]) -> Self {
        Self { certificate: certificate.map(|bytes| bytes.to_vec().into()), key: key.to_vec().into() }
    }

    /// The key, wiped when it is dropped.
    pub fn key(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.key.to_vec())
    }
}

/// When a certificate was last tried for, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct LedgerRow {
    /// When the last try began.
    #[n(0)]
    pub tried_at: Timestamp,
    /// How many failed since the last that succeeded.
    #[n(1)]
    pub failures: u32,
    /// Why the last one failed, in the words of the authority.
    #[n(2)]
    pub problem: Option<String>,
}
row!(LedgerRow, version 1);

pub(super) fn authority(tx: &Read) -> Result<Option<KeyedRow>> {
    tx.get(&AUTHORITY, &ONLY)
}

pub(super) fn put_authority(tx: &mut Write, row: &KeyedRow) {
    tx.put(&AUTHORITY, &ONLY, row);
}

pub(super) fn account(tx: &Read, directory: &str) -> Result<Option<KeyedRow>> {
    tx.get(&ACME_ACCOUNTS, &(directory.to_owned(),))
}

pub(super) fn put_account(tx: &mut Write, directory: &str, row: &KeyedRow) {
    tx.put(&ACME_ACCOUNTS, &(directory.to_owned(),), row);
}

pub(super) fn certificate(tx: &Read) -> Result<Option<KeyedRow>> {
    tx.get(&ACME_CERTIFICATE, &ONLY)
}

pub(super) fn put_certificate(tx: &mut Write, row: &KeyedRow) {
    tx.put(&ACME_CERTIFICATE, &ONLY, row);
}

pub(super) fn ledger(tx: &Read) -> Result<Option<LedgerRow>> {
    tx.get(&ACME_LEDGER, &ONLY)
}

pub(super) fn put_ledger(tx: &mut Write, row: &LedgerRow) {
    tx.put(&ACME_LEDGER, &ONLY, row);
}
