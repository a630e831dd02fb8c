//! How much room a family's photos may take: what the settings say for everybody, unless an operator said otherwise of
//! one family. Operators know a family by its reference, which its adults find on their page.

use crate::{
    accounts::log::{self, About, Act, Noted, Operator},
    error::{Error, Result},
    store::{Read, Write},
    types::{Amount, FamilyId, reference},
};

use super::{get, store};

/// What an operator said of one family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// As much as the disk has.
    Unbounded,
    /// So much.
    Of(Amount),
}

/// What an operator said of a family; none where the settings hold.
///
/// # Errors
/// `Internal` only.
pub fn own(tx: &Read, family: FamilyId) -> Result<Option<Own>> {
    store::allowance(tx, family)
}

/// How much room a family's photos may take; none where nothing bounds them. `usual` is what the settings say.
///
/// # Errors
/// `Internal` only.
pub fn of(tx: &Read, family: FamilyId, usual: Option<Amount>) -> Result<Option<Amount>> {
    Ok(match own(tx, family)? {
        Some(Own::Of(size)) => Some(size),
        Some(Own::Unbounded) => None,
        None => usual,
    })
}

/// Says something else of a family, or with none lets the settings hold again. It stands in the log of the instance and
/// in the family's; what changes nothing stands nowhere.
///
/// # Errors
/// `NotFound`.
pub fn set(tx: &mut Write, by: Operator, family: FamilyId, own: Option<Own>) -> Result<()> {
    get(tx, family)?;
    if store::allowance(tx, family)? == own {
        return Ok(());
    }
    store::put_allowance(tx, family, own);
    log::operated(tx, Act::AllowanceChanged, by, About::Family(family))?;
    let about = match own {
        Some(Own::Of(size)) => size.exact(),
        Some(Own::Unbounded) => "none".to_owned(),
        None => "usual".to_owned(),
    };
    log::note(tx, Act::AllowanceChanged, &Noted { family: Some(family), about: &about, ..Noted::default() });
    Ok(())
}

/// Every family; nothing of them but that they are there.
///
/// # Errors
/// `Internal` only.
pub fn families(tx: &Read) -> Result<Vec<FamilyId>> {
    Ok(store::all(tx)?.into_iter().map(|family| family.id).collect())
}

/// The family of a reference, as somebody read it out.
///
/// # Errors
/// `NotFound`: also where two have the same, which is one case in a million millions.
pub fn find(tx: &Read, text: &str) -> Result<FamilyId> {
    let typed = reference::typed(text);
    let mut found = families(tx)?.into_iter().filter(|family| reference(family) == typed);
    match (found.next(), found.next()) {
        (Some(family), None) => Ok(family),
        _ => Err(Error::NotFound("family")),
    }
}
