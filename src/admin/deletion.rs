//! What is left of a family that was deleted: its rows go room by room, some at a time. Its files have no row then, and
//! are swept.

use crate::{
    entries,
    error::Result,
    families, learners, oauth, portfolio,
    store::{Read, Write},
};

/// How many rows of each room go in one step.
const MOST: usize = 200;

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
    let rooms = [oauth::forget_family, portfolio::forget_family, entries::forget_family, learners::forget_family];
    let mut removed = 0;
    for forget in rooms {
        removed += forget(tx, family, MOST)?;
    }
    if removed == 0 {
        families::deletion::forget(tx, family)?;
    }
    Ok(true)
}
