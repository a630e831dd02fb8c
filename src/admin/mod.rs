//! What concerns the whole instance: how it is set up and how a family comes in.
//!
//! `joining.rs` takes the set-up link and registrations, and invitations (`invitation.rs`) that `inviting.rs` makes; `wizard.rs` has the pages that follow the first account, whose
//! progress `instance.rs` remembers. `fresh.rs` holds a recovery code until it was typed back; `drill.rs` asks for it again
//! each quarter (`recovery.rs` has the page), and `sheet.rs` is the paper beside it.

pub mod acts;
pub mod alarm;
pub mod apps;
pub mod backups;
pub mod bringing;
pub mod deletion;
pub mod doctor;
pub mod drill;
pub mod families;
pub mod figures;
pub mod fresh;
pub mod instance;
pub mod invitation;
pub mod inviting;
pub mod joined;
pub mod joining;
pub mod messages;
pub mod pages;
pub mod papers;
pub mod recovery;
pub mod settings;
pub mod sheet;
mod store;
pub mod support;
pub mod tables;
pub mod wizard;

use crate::{
    accounts::{self, Account, PasswordHash, Registration, log, setup},
    error::{Complaints, Error, Result},
    learners,
    store::Write,
    types::{AccountId, Caller, FamilyId, Role},
};

/// What a newcomer gives besides an account.
#[derive(Debug, Clone)]
pub struct Household {
    /// The family's name.
    pub family: String,
    /// The first child's nickname, where one was given.
    pub learner: Option<String>,
}

impl Household {
    /// Checks the fields, before a password is hashed for them.
    ///
    /// # Errors
    /// `Invalid`, with all complaints at once.
    pub fn check(&self) -> Result<()> {
        let mut complaints = Complaints::new();
        complaints.take(crate::families::check_name(&self.family));
        match self.learner.as_deref().map(first_learner).transpose() {
            Err(Error::Invalid(invalid)) => invalid.into_iter().for_each(|one| complaints.add(one)),
            other => drop(other?),
        }
        complaints.finish()
    }
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
    let family = crate::families::found(tx, &household.family, account.id)?;
    learners::starter_subjects(tx, family.id);
    let role = Role::Owner;
    let caller = Caller { account: account.id, family: family.id, role, scopes: role.scopes(), learners: None };
    if let Some(nickname) = &household.learner {
        learners::add(tx, &caller, first_learner(nickname)?)?;
    }
    Ok((account, caller))
}

/// [`join`] by whoever holds the set-up link, which is used up in the same transaction. The steps that follow are open
/// from then on.
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
    instance::begin(tx)?;
    join(tx, registration, hash, household, true)
}

/// [`join`] by whoever holds an invitation, which is used up in the same transaction.
///
/// # Errors
/// `NotFound` for an invitation that can't be used; else as [`join`].
pub fn join_invited(
    tx: &mut Write,
    invitation: [u8; 32],
    registration: Registration,
    hash: &PasswordHash,
    household: &Household,
) -> Result<(Account, Caller)> {
    invitation::consume(tx, invitation)?;
    join(tx, registration, hash, household, false)
}

/// A family of one's own with an account that is there already; an invitation is used up in the same transaction. Without
/// one it is for an account that belongs to no family: of two taps at once, one makes it, and the other finds it.
///
/// # Errors
/// `NotFound` for an invitation that can't be used; `Invalid` on `family`; nothing is made then.
pub fn begin_own(tx: &mut Write, invitation: Option<[u8; 32]>, account: AccountId, name: &str) -> Result<FamilyId> {
    match invitation {
        Some(invitation) => invitation::consume(tx, invitation)?,
        None => {
            if let Some(member) = crate::families::memberships(tx, account)?.first() {
                return Ok(member.family);
            }
        }
    }
    let by = accounts::get(tx, account)?.name;
    let family = crate::families::found(tx, name, account)?;
    learners::starter_subjects(tx, family.id);
    let of_family = log::Noted { family: Some(family.id), by: &by, ..log::Noted::default() };
    log::note(tx, log::Act::FamilyBegun, &of_family);
    // The account's own line says of which family it is.
    let own = log::Noted { account: Some(account), about: &family.name, ..log::Noted::default() };
    log::note(tx, log::Act::FamilyBegun, &own);
    Ok(family.id)
}

/// The first child, whose nickname has another name in this form.
fn first_learner(nickname: &str) -> Result<learners::Draft> {
    learners::Draft::parse(nickname, None, None).map_err(|error| match error {
        Error::Invalid(mut invalid) => {
            invalid.iter_mut().for_each(|one| "learner".clone_into(&mut one.field));
            Error::Invalid(invalid)
        }
        other => other,
    })
}
