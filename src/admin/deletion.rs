//! What is left of a family that was deleted: its rows go some at a time, table by table as `tables.rs` has them. Its files
//! have no row then, and are swept.

use crate::{
    error::Result,
    families, learners, oauth,
    store::{Read, Write},
};

use super::tables::{self, Class};

/// How many rows go in one step, of what only a room can find and of each table.
const MOST: usize = 200;
/// The family itself, without which nobody would find the rest.
const LAST: [&str; 2] = ["families", "members_of_family"];

/// Whether anything is left of a family that is shut.
///
/// # Errors
/// `Internal` only.
pub fn is_due(tx: &Read) -> Result<bool> {
    Ok(!families::deletion::gone(tx)?.is_empty())
}

/// Removes some rows of a family that is shut, the last of all the family's own; whether there may be more to do.
///
/// # Errors
/// `Internal` only.
pub fn step(tx: &mut Write) -> Result<bool> {
    let Some(family) = families::deletion::gone(tx)?.first().copied() else { return Ok(false) };
    // Sessions and tokens are found by what the family's rows say: those go first.
    let mut removed = oauth::forget_family(tx, family, MOST)? + learners::sign_in::forget_family(tx, family, MOST)?;
    if removed == 0 {
        for table in tables::of(|class| matches!(class, Class::Family(_))).filter(|table| !LAST.contains(&table.name()))
        {
            removed += tx.remove_under(&table, &(family,), MOST)?;
        }
    }
    if removed == 0 {
        families::deletion::forget(tx, family);
    }
    Ok(true)
}
