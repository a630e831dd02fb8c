//! What concerns the whole instance: how it is set up and how a family comes in.

pub mod joining;

use crate::{
    accounts::{self, Account, PasswordHash, Registration, setup},
    error::Result,
    families, learners,
    store::Write,
    types::{Caller, Role},
};

/// What a newcomer gives besides an account.
#[derive(Debug, Clone)]
pub struct Household {
    /// The family's name.
    pub family: String,
    /// The first child's nickname, where one was given.
    pub learner: Option<String>,
}

/// Makes an account with its family, the starter subjects and perhaps a first learner.
///
/// # Errors
/// `Invalid`, naming the field; nothing is made then.
pub fn join(
    tx: &mut Write,
    registration: Registration,
    hash: &PasswordHash,
    household: &Household,
    operator: bool,
) -> Result<(Account, Caller)> {
    let account = accounts::register(tx, registration.name, &registration.email, hash, operator)?;
    let family = families::found(tx, &household.family, account.id)?;
    learners::starter_subjects(tx, family.id);
    let role = Role::Owner;
    let caller = Caller { account: account.id, family: family.id, role, scopes: role.scopes(), learners: None };
    if let Some(nickname) = &household.learner {
        let draft = learners::Draft::parse(nickname, None, false).map_err(|error| rename(error, "learner"))?;
        learners::add(tx, &caller, draft)?;
    }
    Ok((account, caller))
}

/// [`join`] by whoever holds the set-up link, which is used up in the same transaction.
///
/// # Errors
/// `NotFound` for a link that was used or has ended; else as [`join`].
pub fn set_up(
    tx: &mut Write,
    link: [u8; 32],
    registration: Registration,
    hash: &PasswordHash,
    household: &Household,
) -> Result<(Account, Caller)> {
    setup::consume(tx, link)?;
    join(tx, registration, hash, household, true)
}

/// The nickname's field has another name in this form.
fn rename(error: crate::error::Error, field: &str) -> crate::error::Error {
    match error {
        crate::error::Error::Invalid(mut invalid) => {
            invalid.iter_mut().for_each(|one| field.clone_into(&mut one.field));
            crate::error::Error::Invalid(invalid)
        }
        other => other,
    }
}
