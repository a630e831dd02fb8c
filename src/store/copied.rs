//! Looking into a copy of the sealed file that nobody else has open.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use minicbor::{Decode, Encode};
use redb::{Builder, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};
use sha2::{Digest, Sha256};

use crate::{
    error::{Error, Result},
    types::Timestamp,
};

use super::{
    backend::{open_locked, refusal},
    sealed::{Controls, DataKey, SealedFile},
    tx::Read,
};

/// Memory for the pages of a copy, in bytes.
const CACHE: usize = 8 << 20;

/// What a table holds, in a line: two tables with the same are the same.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct TableSum {
    /// Its name.
    #[n(0)]
    pub name: String,
    /// How many rows.
    #[n(1)]
    pub rows: u64,
    /// SHA-256 over every key and value, each after its length, in the order of keys.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub sum: [u8; 32],
}

/// Opens a copy, has `work` read its rows, and sums every table up. The copy may be written to: redb clears up after
/// whoever had the original open.
///
/// # Errors
/// `Refused` where it can't be opened, or is damaged.
pub fn look_into<T>(
    copy: &Path,
    key: &DataKey,
    now: Timestamp,
    work: impl FnOnce(&Read) -> Result<T>,
) -> Result<(Vec<TableSum>, T)> {
    let looking = || {
        let disk = open_locked(copy).map_err(|error| refusal(copy, error))?;
        let file = SealedFile::open(Arc::new(disk), key, Controls::default()).map_err(|error| refusal(copy, error))?;
        let redb = Builder::new().set_cache_size(CACHE).create_with_backend(file).map_err(Error::internal)?;
        let sums = sums(&redb.begin_read().map_err(Error::internal)?)?;
        let tx = Read::snapshot(redb.begin_read().map_err(Error::internal)?, now);
        Ok((sums, work(&tx)?))
    };
    // redb may panic on what it meets in a damaged file.
    catch_unwind(AssertUnwindSafe(looking))
        .unwrap_or_else(|_| Err(Error::Refused("the copy is damaged: its rows can't be read".to_owned())))
}

/// Every table of a snapshot, by name.
pub(super) fn sums(tx: &ReadTransaction) -> Result<Vec<TableSum>> {
    let mut sums = Vec::new();
    for table in tx.list_tables().map_err(Error::internal)? {
        let name = table.name().to_owned();
        let definition: TableDefinition<&[u8], &[u8]> = TableDefinition::new(&name);
        let table = tx.open_table(definition).map_err(Error::internal)?;
        let (mut rows, mut sum) = (0, Sha256::new());
        for row in table.iter().map_err(Error::internal)? {
            let (key, value) = row.map_err(Error::internal)?;
            for part in [key.value(), value.value()] {
                sum.update((part.len() as u64).to_le_bytes());
                sum.update(part);
            }
            rows += 1;
        }
        sums.push(TableSum { name, rows, sum: sum.finalize().into() });
    }
    sums.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(sums)
}
