//! Who belongs to a family: roles, removing, leaving. What is decided here holds from the next request on.

use crate::{
    accounts::{
        self,
        log::{self, Act, Noted, Roles},
    },
    error::{Error, Invalid, Result},
    store::{Read, Write},
    types::{AccountId, Caller, FamilyId, Role, Timestamp},
};

use super::{Family, Member, get, invitations, note, store};

/// What adults can be; a learner has no account.
pub const ROLES: [(&str, Role); 3] = [("owner", Role::Owner), ("carer", Role::Carer), ("viewer", Role::Viewer)];

/// A member with their name.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account.
    pub account: AccountId,
    /// As HEC addresses them.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Since when they belong to the family.
    pub since: Timestamp,
}

/// Everybody who belongs to the family, whoever has been there longest first.
///
/// # Errors
/// `Forbidden` for learners.
pub fn all(tx: &Read, caller: &Caller) -> Result<Vec<Person>> {
    if caller.role == Role::Learner {
        return Err(Error::Forbidden("a place among the adults"));
    }
    let mut people = Vec::new();
    for Member { account, role, since, .. } in store::members_in(tx, caller.family)? {
        people.push(Person { account, name: accounts::get(tx, account)?.name, role, since });
    }
    people.sort_by_key(|person| (person.since, person.account));
    Ok(people)
}

/// One member of the caller's family.
///
/// # Errors
/// `NotFound`, also for another family's; `Forbidden` for all but owners.
pub fn one(tx: &Read, caller: &Caller, account: AccountId) -> Result<Person> {
    caller.must_own()?;
    let member = store::member(tx, account, caller.family)?.ok_or(Error::NotFound("member"))?;
    Ok(Person { account, name: accounts::get(tx, account)?.name, role: member.role, since: member.since })
}

/// How many owners a family has.
///
/// # Errors
/// `Internal` only.
pub fn owners(tx: &Read, family: FamilyId) -> Result<usize> {
    Ok(store::members_in(tx, family)?.iter().filter(|member| member.role == Role::Owner).count())
}

/// How many adults keep the record: owners and carers. Who only reads along does not count.
///
/// # Errors
/// `Internal` only.
pub fn keepers(tx: &Read, family: FamilyId) -> Result<usize> {
    let members = store::members_in(tx, family)?;
    Ok(members.iter().filter(|member| matches!(member.role, Role::Owner | Role::Carer)).count())
}

/// Gives a member another role. An owner may step down where another one stays; nobody steps another owner down.
///
/// # Errors
/// `Forbidden` for all but owners; `NotFound`; `Invalid` on `role` for the last owner, another owner, and a learner's.
pub fn set_role(tx: &mut Write, caller: &Caller, account: AccountId, role: Role) -> Result<()> {
    let before = one(tx, caller, account)?;
    if role == Role::Learner {
        return Err(Invalid::new("role", "error-role").into());
    }
    if before.role == role {
        return Ok(());
    }
    if before.role == Role::Owner {
        may_step_down(tx, caller, account)?;
        invitations::withdraw_all_of(tx, caller.family, account)?;
    }
    if role == Role::Viewer {
        forget_what_was_told(tx, caller.family, before.role)?;
        note_parting(tx, caller, &before)?;
    }
    store::put_member(tx, Member { family: caller.family, account, role, since: before.since });
    note_roles(tx, caller, Act::RoleChanged, &before, Some(role))
}

/// Whether that would be an owner's own step down, which only another owner can undo: it is asked for twice.
///
/// # Errors
/// As [`set_role`].
pub fn steps_down(tx: &Read, caller: &Caller, account: AccountId, role: Role) -> Result<bool> {
    let steps = one(tx, caller, account)?.role == Role::Owner && role != Role::Owner;
    if steps {
        may_step_down(tx, caller, account)?;
    }
    Ok(steps)
}

/// Removes a carer or a viewer.
///
/// # Errors
/// `Forbidden` for all but owners; `NotFound`; `Invalid` on `role` for an owner: they leave by themselves.
pub fn remove(tx: &mut Write, caller: &Caller, account: AccountId) -> Result<()> {
    let person = one(tx, caller, account)?;
    if person.role == Role::Owner {
        return Err(Invalid::new("role", "error-owner-stays").into());
    }
    part(tx, caller.family, account, person.role)?;
    note_parting(tx, caller, &person)?;
    note_roles(tx, caller, Act::MemberRemoved, &person, None)
}

/// Leaves the family. The record stays with it.
///
/// # Errors
/// `Invalid` on `role` for the last owner; `Forbidden` for learners.
pub fn leave(tx: &mut Write, caller: &Caller) -> Result<()> {
    match caller.role {
        Role::Learner => return Err(Error::Forbidden("a place among the adults")),
        Role::Owner => may_step_down(tx, caller, caller.account)?,
        Role::Carer | Role::Viewer => {}
    }
    part(tx, caller.family, caller.account, caller.role)?;
    note(tx, caller, Act::Left, Some(caller.account), "")
}

/// Writes a line in the family's log, and in the account's, with the role that somebody had and the one that they have.
fn note_roles(tx: &mut Write, caller: &Caller, act: Act, person: &Person, role: Option<Role>) -> Result<()> {
    let by = accounts::get(tx, caller.account)?.name;
    let family = get(tx, caller.family)?.name;
    let roles = Roles { before: Some(person.role), after: role };
    let of_family = Noted { family: Some(caller.family), by: &by, about: &person.name, ..Noted::default() };
    log::note_roles(tx, act, &of_family, roles);
    // The account's own line says of which family it is.
    let own = Noted { account: Some(person.account), by: &by, about: &family, ..Noted::default() };
    log::note_roles(tx, act, &own, roles);
    Ok(())
}

fn may_step_down(tx: &Read, caller: &Caller, account: AccountId) -> Result<()> {
    if account != caller.account {
        return Err(Invalid::new("role", "error-owner-stays").into());
    }
    if owners(tx, caller.family)? < 2 {
        return Err(Invalid::new("role", "error-last-owner").into());
    }
    Ok(())
}

pub(super) fn part(tx: &mut Write, family: FamilyId, account: AccountId, role: Role) -> Result<()> {
    invitations::withdraw_all_of(tx, family, account)?;
    forget_what_was_told(tx, family, role)?;
    store::remove_member(tx, family, account);
    Ok(())
}

/// Whoever takes the record from another who kept it can't delete it the next moment.
fn note_parting(tx: &mut Write, caller: &Caller, person: &Person) -> Result<()> {
    if person.account != caller.account && matches!(person.role, Role::Owner | Role::Carer) {
        let family = get(tx, caller.family)?;
        let parted_at = Some(tx.now());
        store::put(tx, &Family { parted_at, ..family });
    }
    Ok(())
}

/// Owners and carers know the words that learners sign in with: where one of them goes, those are void.
fn forget_what_was_told(tx: &mut Write, family: FamilyId, before: Role) -> Result<()> {
    if matches!(before, Role::Owner | Role::Carer) {
        let mut family = get(tx, family)?;
        family.departures = family.departures.wrapping_add(1);
        store::put(tx, &family);
    }
    Ok(())
}
