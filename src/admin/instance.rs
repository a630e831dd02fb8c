//! The instance itself: what it is called, and how far its setting up has come.

use minicbor::{Decode, Encode};

use crate::{
    error::{Invalid, Result, check},
    store::{Read, Write},
};

use super::store;

/// The most characters of an instance's name.
pub const NAME_MAX: usize = 60;

/// A step of setting up. The first one, the account, is not among them: with it the instance begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Step {
    /// What this HEC is called.
    #[n(0)]
    Name,
    /// How it is reached, and whether that is encrypted.
    #[n(1)]
    Address,
    /// What opens the record, and the recovery code.
    #[n(2)]
    Keys,
    /// The first child.
    #[n(3)]
    Learner,
    /// What to do next.
    #[n(4)]
    Done,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 5] = [Self::Name, Self::Address, Self::Keys, Self::Learner, Self::Done];
    /// How many there are, the account included.
    pub const COUNT: usize = Self::ALL.len() + 1;

    /// Its place, from 2: the account is the first.
    pub fn number(self) -> usize {
        self as usize + 2
    }

    /// Where its page is.
    pub fn path(self) -> &'static str {
        match self {
            Self::Name => "/setup/name",
            Self::Address => "/setup/address",
            Self::Keys => "/setup/keys",
            Self::Learner => "/setup/learner",
            Self::Done => "/setup/done",
        }
    }

    /// The one before it; none before the first.
    pub fn before(self) -> Option<Self> {
        (self as usize).checked_sub(1).and_then(|at| Self::ALL.get(at).copied())
    }

    /// The one after it; the last has none.
    pub fn after(self) -> Option<Self> {
        Self::ALL.get(self as usize + 1).copied()
    }
}

/// What is known of the instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instance {
    /// What people call it, where somebody has said so: at most 60 characters.
    pub name: Option<String>,
    /// The steps of setting up that nobody has done or skipped yet, in order.
    pub open: Vec<Step>,
}

impl Instance {
    /// Whether it is still being set up.
    pub fn is_being_set_up(&self) -> bool {
        !self.open.is_empty()
    }

    /// The step to go on with.
    pub fn next(&self) -> Option<Step> {
        self.open.first().copied()
    }
}

/// The instance.
///
/// # Errors
/// `Internal` only.
pub fn get(tx: &Read) -> Result<Instance> {
    store::instance(tx)
}

/// Opens every step after the first account, in the transaction that makes it.
///
/// # Errors
/// `Internal` only.
pub fn begin(tx: &mut Write) -> Result<()> {
    let instance = Instance { open: Step::ALL.to_vec(), ..get(tx)? };
    store::put_instance(tx, &instance);
    Ok(())
}

/// Gives the instance a name; without one it is called HEC.
///
/// # Errors
/// `Invalid` on `instance` for one that is longer than 60 characters.
pub fn rename(tx: &mut Write, name: &str) -> Result<()> {
    let name = check_name(name)?;
    let instance = Instance { name, ..get(tx)? };
    store::put_instance(tx, &instance);
    Ok(())
}

/// A step was done, or skipped. The last one ends the setting up, whatever was left out.
///
/// # Errors
/// `Internal` only.
pub fn pass(tx: &mut Write, step: Step) -> Result<Instance> {
    let mut instance = get(tx)?;
    let before = instance.open.len();
    instance.open.retain(|open| *open != step && step != Step::Done);
    if instance.open.len() < before {
        store::put_instance(tx, &instance);
    }
    Ok(instance)
}

fn check_name(name: &str) -> Result<Option<String>, Invalid> {
    let name = name.trim();
    if name.is_empty() { Ok(None) } else { check::name("instance", name, NAME_MAX).map(Some) }
}
