//! How much room a family's pictures take, and how much they may. The count is kept with every picture that comes and
//! goes, in its transaction, so that two uploads at once can't pass a bound together. What can still be brought back
//! counts until it is removed for good.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    error::{Invalid, Result},
    families::allowance,
    store::{Read, Write},
    types::{Amount, FamilyId, reference},
};

use super::{Entry, store};

/// From so many hundredths on a family is told.
const TOLD: u64 = 80;
/// And from so many that it is nearly full.
const NEARLY: u64 = 90;

/// How much room a family's pictures take, and how much they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Of all three sizes of every picture, deleted entries' included.
    pub used: Amount,
    /// The bound; none where there is none.
    pub allowance: Option<Amount>,
}

/// How a family stands to its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// There is room, or no bound.
    Roomy,
    /// Eighty hundredths are used.
    Filling,
    /// Ninety are.
    Nearly,
    /// Nothing more fits.
    Full,
}

impl Level {
    /// Its name in the catalogue.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Roomy => "roomy",
            Self::Filling => "filling",
            Self::Nearly => "nearly",
            Self::Full => "full",
        }
    }
}

impl Space {
    /// How it stands.
    pub fn level(self) -> Level {
        let Some(Amount(allowance)) = self.allowance else { return Level::Roomy };
        let (used, allowance) = (u128::from(self.used.0), u128::from(allowance));
        match used * 100 {
            _ if used >= allowance => Level::Full,
            part if part >= allowance * u128::from(NEARLY) => Level::Nearly,
            part if part >= allowance * u128::from(TOLD) => Level::Filling,
            _ => Level::Roomy,
        }
    }

    /// Hundredths of the bound that are used, at most 100; none without a bound.
    pub fn percent(self) -> Option<u64> {
        let Amount(allowance) = self.allowance?;
        let part = u128::from(self.used.0) * 100 / u128::from(allowance.max(1));
        Some(u64::try_from(part).unwrap_or(100).min(100))
    }
}

/// Of a family. `usual` is what the settings allow.
///
/// # Errors
/// `Internal` only.
pub fn of(tx: &Read, family: FamilyId, usual: Option<Amount>) -> Result<Space> {
    let used = Amount(store::space(tx, family)?);
    Ok(Space { used, allowance: allowance::of(tx, family, usual)? })
}

/// What would be too much once so many bytes come beside what is used: names the field, the bound and the family's
/// reference. What makes a family's pictures smaller, or no larger, is never too much.
///
/// # Errors
/// `Internal` only.
pub(super) fn too_much(
    tx: &Read,
    family: FamilyId,
    usual: Option<Amount>,
    gone: u64,
    come: u64,
) -> Result<Option<Invalid>> {
    let space = of(tx, family, usual)?;
    let after = space.used.0.saturating_sub(gone).saturating_add(come);
    let Some(max) = space.allowance.filter(|max| come > gone && after > max.0) else { return Ok(None) };
    Ok(Some(
        Invalid::new("photos", "error-allowance")
            .with("max", max)
            .with("used", space.used)
            .with("max_bytes", max.0)
            .with("used_bytes", space.used.0)
            .with("reference", reference(&family)),
    ))
}

/// What an entry's pictures take.
pub(super) fn taken(entry: Option<&Entry>) -> u64 {
    entry.map_or(0, |entry| entry.attachments.iter().map(|one| one.files.bytes()).sum())
}

/// What is counted for every family that has pictures.
///
/// # Errors
/// `Internal` only.
pub fn counted(tx: &Read) -> Result<BTreeMap<FamilyId, u64>> {
    store::spaces(tx)
}

/// The families whose count is not what their pictures take: none, unless something is broken.
///
/// # Errors
/// `Internal` only.
pub fn miscounted(tx: &Read) -> Result<BTreeSet<FamilyId>> {
    let (counted, truth) = (counted(tx)?, store::taken(tx)?);
    let of = |all: &BTreeMap<FamilyId, u64>, family: &FamilyId| all.get(family).copied().unwrap_or_default();
    let families: BTreeSet<FamilyId> = counted.keys().chain(truth.keys()).copied().collect();
    Ok(families.into_iter().filter(|family| of(&counted, family) != of(&truth, family)).collect())
}

/// Counts every family's pictures anew; returns how many counts were wrong.
///
/// # Errors
/// `Internal` only.
pub fn recount(tx: &mut Write) -> Result<usize> {
    let (wrong, truth) = (miscounted(tx)?, store::taken(tx)?);
    for family in &wrong {
        store::set_space(tx, *family, truth.get(family).copied().unwrap_or_default());
    }
    Ok(wrong.len())
}
