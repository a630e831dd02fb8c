//! Families and who belongs to them. A family owns its record; an account reaches it only as a member.

pub mod account;
mod store;

use jiff::tz::TimeZone;

use crate::{
    error::{Error, Invalid, Result, check},
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
}

impl Caller {
    /// Demands a right.
    ///
    /// # Errors
    /// `Forbidden`, naming the scope.
    pub fn must(&self, scope: Scope) -> Result<()> {
        if self.scopes.has(scope) { Ok(()) } else { Err(Error::Forbidden(scope.as_str())) }
    }
}

/// A family's name: 1 to 100 characters.
///
/// # Errors
/// Names the field `family`.
pub fn check_name(name: &str) -> Result<String, Invalid> {
    check::line("family", name.trim(), 100)
}

/// Makes a family with its first owner.
///
/// # Errors
/// `Invalid` on `family` for a name that is empty or longer than 100 characters.
pub fn found(tx: &mut Write, name: &str, owner: AccountId) -> Result<Family> {
    let name = check_name(name)?;
    let family = Family { id: tx.new_id(), name, time_zone: "Europe/London".to_owned(), created_at: tx.now() };
    store::insert(tx, &family);
    join(tx, family.id, owner, Role::Owner);
    Ok(family)
}

/// Makes an account a member, or changes its role.
pub fn join(tx: &mut Write, family: FamilyId, account: AccountId, role: Role) {
    store::put_member(tx, Member { family, account, role });
}

/// The family with this id.
///
/// # Errors
/// `NotFound`.
pub fn get(tx: &Read, id: FamilyId) -> Result<Family> {
    store::get(tx, id)?.ok_or(Error::NotFound("family"))
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

/// The families of an account, oldest first.
///
/// # Errors
/// `Internal` only.
pub fn memberships(tx: &Read, account: AccountId) -> Result<Vec<Member>> {
    store::members_of(tx, account)
}
