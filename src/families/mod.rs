//! Families and who belongs to them. A family owns its record; an account reaches it only as a member.
//!
//! `members.rs` roles, removing and leaving; `invitations.rs` how somebody comes in; `allowance.rs` how much room their
//! photos may take; `deletion.rs` the end of a record.

pub mod account;
pub mod allowance;
pub mod deletion;
pub mod invitations;
pub mod members;
pub mod pages;
mod store;

use jiff::tz::TimeZone;

use crate::{
    accounts::{self, log},
    error::{Complaints, Error, Invalid, Result, check},
    store::{Read, Write},
    types::{AccountId, Caller, FamilyId, Role, Scope, Timestamp},
};

/// A family.
#[derive(Debug, Clone)]
pub struct Family {
    /// Its id: the first part of every key of its record.
    pub id: FamilyId,
    /// 1 to 100 characters.
    pub name: String,
    /// An IANA zone; dates of the record are civil dates in it.
    pub time_zone: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// How often somebody went who could know what only owners and carers know: what was told before is void then.
    pub departures: u32,
    /// When an owner last took the record from another owner or carer: removed them, or let them only read along.
    pub parted_at: Option<Timestamp>,
    /// Set where an owner asked for the family to be deleted.
    pub deletion: Option<deletion::Deletion>,
}

impl Family {
    /// The zone's rules; Europe/London where the name is not known any more.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).or_else(|_| TimeZone::get("Europe/London")).unwrap_or(TimeZone::UTC)
    }
}

/// An account's place in a family.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// The family.
    pub family: FamilyId,
    /// The account.
    pub account: AccountId,
    /// What it may do there.
    pub role: Role,
    /// Since when it belongs there.
    pub since: Timestamp,
}

impl Caller {
    /// Demands a right.
    ///
    /// # Errors
    /// `Forbidden`, naming the scope.
    pub fn must(&self, scope: Scope) -> Result<()> {
        if self.scopes.has(scope) { Ok(()) } else { Err(Error::Forbidden(scope.as_str())) }
    }

    /// Demands the role of an owner.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn must_own(&self) -> Result<()> {
        if self.role == Role::Owner { Ok(()) } else { Err(Error::Forbidden("the role of an owner")) }
    }
}

/// A family's name: 1 to 100 characters.
///
/// # Errors
/// Names the field `family`.
pub fn check_name(name: &str) -> Result<String, Invalid> {
    check::name("family", name.trim(), 100)
}

/// Makes a family with its first owner.
///
/// # Errors
/// `Invalid` on `family` for a name that is empty or longer than 100 characters.
pub fn found(tx: &mut Write, name: &str, owner: AccountId) -> Result<Family> {
    let name = check_name(name)?;
    let family = Family {
        id: tx.new_id(),
        name,
        time_zone: "Europe/London".to_owned(),
        created_at: tx.now(),
        departures: 0,
        parted_at: None,
        deletion: None,
    };
    store::put(tx, &family);
    join(tx, family.id, owner, Role::Owner);
    Ok(family)
}

/// Changes name and time zone. Dates of the record are civil dates: they stay as they were written.
///
/// # Errors
/// `Forbidden` for all but owners; `Invalid` on `family` and `time_zone`.
pub fn change(tx: &mut Write, caller: &Caller, name: &str, time_zone: &str) -> Result<Family> {
    caller.must_own()?;
    let mut complaints = Complaints::new();
    let name = complaints.take(check_name(name));
    let zone = TimeZone::get(time_zone.trim()).ok().and_then(|zone| zone.iana_name().map(str::to_owned));
    let zone = complaints.take(zone.ok_or_else(|| Invalid::new("time_zone", "error-unknown-zone")));
    complaints.finish()?;
    let before = get(tx, caller.family)?;
    let (Some(name), Some(time_zone)) = (name, zone) else {
        return Err(Error::broken("a family without complaints lacks a field"));
    };
    let family = Family { name, time_zone, ..before };
    store::put(tx, &family);
    Ok(family)
}

/// Makes an account a member.
pub fn join(tx: &mut Write, family: FamilyId, account: AccountId, role: Role) {
    let since = tx.now();
    store::put_member(tx, Member { family, account, role, since });
}

/// Writes a line in the family's log, in the caller's name; `account` is told too, where it concerns one.
fn note(tx: &mut Write, caller: &Caller, act: log::Act, account: Option<AccountId>, about: &str) -> Result<()> {
    let by = accounts::get(tx, caller.account)?.name;
    log::note(tx, act, &log::Noted { family: Some(caller.family), by: &by, about, ..log::Noted::default() });
    if account.is_some() {
        // The account's own line says of which family it is.
        let about = &get(tx, caller.family)?.name;
        log::note(tx, act, &log::Noted { account, by: &by, about, ..log::Noted::default() });
    }
    Ok(())
}

/// The last lines of the family's log, newest first.
///
/// # Errors
/// `Forbidden` for all but owners.
pub fn lines(tx: &Read, caller: &Caller, most: usize) -> Result<Vec<log::Line>> {
    caller.must_own()?;
    log::of_family(tx, caller.family, most)
}

/// Finds members by their family in stores that are older than the question.
///
/// # Errors
/// `Internal` only.
pub fn index_members(tx: &mut Write) -> Result<()> {
    store::index_members(tx)
}

/// The family with this id.
///
/// # Errors
/// `NotFound`.
pub fn get(tx: &Read, id: FamilyId) -> Result<Family> {
    store::get(tx, id)?.ok_or(Error::NotFound("family"))
}

/// Every family, those that are about to be removed included.
///
/// # Errors
/// `Internal` only.
pub fn all(tx: &Read) -> Result<Vec<Family>> {
    store::all(tx)
}

/// Who belongs to a family, for whoever looks after the instance as a whole.
///
/// # Errors
/// `Internal` only.
pub fn members_of(tx: &Read, family: FamilyId) -> Result<Vec<Member>> {
    store::members_in(tx, family)
}

/// Brings a family in as it was, but for a wish to delete it. Where somebody who kept the record was `parted` from it by
/// that, nobody deletes it the next moment.
pub fn bring(tx: &mut Write, family: Family, parted: bool) {
    let parted_at = if parted { Some(tx.now()) } else { family.parted_at };
    store::put(tx, &Family { deletion: None, parted_at, ..family });
}

/// How many families there are.
///
/// # Errors
/// `Internal` only.
pub fn count(tx: &Read) -> Result<usize> {
    store::count(tx)
}

/// The account's place in one family.
///
/// # Errors
/// `Internal` only.
pub fn membership(tx: &Read, account: AccountId, family: FamilyId) -> Result<Option<Member>> {
    store::member(tx, account, family)
}

/// Whether an account has belonged to a family from a moment on. Whoever left and came back brings nothing along that
/// they were given before.
///
/// # Errors
/// `Internal` only.
pub fn is_member_since(tx: &Read, account: AccountId, family: FamilyId, from: Timestamp) -> Result<bool> {
    Ok(store::member(tx, account, family)?.is_some_and(|member| member.since <= from))
}

/// The families of an account, oldest first.
///
/// # Errors
/// `Internal` only.
pub fn memberships(tx: &Read, account: AccountId) -> Result<Vec<Member>> {
    store::members_of(tx, account)
}
