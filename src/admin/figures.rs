//! Counts and sizes of an instance: nothing of what anybody wrote.

use crate::{
    accounts,
    error::Result,
    families,
    store::{self, Store},
};

/// How much there is.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// Families.
    pub families: usize,
    /// Accounts.
    pub accounts: usize,
    /// The length of the store's file, without photos.
    pub bytes: u64,
    /// Free space on its disk, where that can be told.
    pub free: Option<u64>,
}

/// Of a store.
///
/// # Errors
/// `Internal` and `Unavailable` only.
pub fn of(store: &Store) -> Result<Figures> {
    let (families, accounts) = store.db.read(|tx| Ok((families::count(tx)?, accounts::count(tx)?)))?;
    let free = store::space(store.vault.folder()).map(|(free, _)| free);
    Ok(Figures { families, accounts, bytes: store.vault.sealed()?.bytes, free })
}
