//! Subjects: a starter set that the family renames, adds to and archives. Each belongs to an area of learning.

use crate::{
    error::{Complaints, Error, Invalid, Result, check},
    store::{Read, Write},
    types::{Caller, Scope, SubjectId},
};

use super::store;

/// The most subjects of one family, archived ones included.
pub const MAX: usize = 200;

/// What the family calls a field of learning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its id.
    pub id: SubjectId,
    /// 1 to 60 characters.
    pub name: String,
    /// Where it counts in overviews and reports.
    pub area: Area,
    /// Left out of choices; entries keep it.
    pub archived: bool,
}

/// The areas of learning that overviews and reports speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
#[allow(missing_docs)]
pub enum Area {
    #[n(0)]
    Literacy,
    #[n(1)]
    Numeracy,
    #[n(2)]
    Science,
    #[n(3)]
    Humanities,
    #[n(4)]
    Arts,
    #[n(5)]
    Physical,
    #[n(6)]
    LifeSkills,
    #[n(7)]
    Socialisation,
}

impl Area {
    /// Every area and its word.
    pub const ALL: [(&'static str, Self); 8] = [
        ("literacy", Self::Literacy),
        ("numeracy", Self::Numeracy),
        ("science", Self::Science),
        ("humanities", Self::Humanities),
        ("arts", Self::Arts),
        ("physical", Self::Physical),
        ("life_skills", Self::LifeSkills),
        ("socialisation", Self::Socialisation),
    ];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// What may be set of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    name: String,
    area: Area,
    archived: Option<bool>,
}

impl Draft {
    /// Checks the fields. Where `archived` is none, it stays as it is.
    ///
    /// # Errors
    /// `Invalid`: name 1 to 60 characters, area one of eight.
    pub fn parse(name: &str, area: &str, archived: Option<bool>) -> Result<Self> {
        let mut complaints = Complaints::new();
        let name = complaints.take(check::name("name", name.trim(), 60));
        let area = complaints.take(check::one_of("area", area, &Area::ALL));
        complaints.finish()?;
        match (name, area) {
            (Some(name), Some(area)) => Ok(Self { name, area, archived }),
            _ => Err(Error::broken("a subject without complaints lacks a field")),
        }
    }
}

/// Adds a subject.
///
/// # Errors
/// `Invalid` where the name is in use, or the family has 200 subjects.
pub fn add(tx: &mut Write, caller: &Caller, draft: Draft) -> Result<Subject> {
    caller.must(Scope::LearnersWrite)?;
    let all = store::subjects(tx, caller.family)?;
    if all.len() >= MAX {
        return Err(Invalid::new("name", "error-too-many").with("max", MAX).into());
    }
    unique(&all, None, &draft.name)?;
    let subject =
        Subject { id: tx.new_id(), name: draft.name, area: draft.area, archived: draft.archived.unwrap_or(false) };
    store::put_subject(tx, caller.family, &subject);
    Ok(subject)
}

/// Changes a subject: name, area, archived or not.
///
/// # Errors
/// `NotFound`; `Invalid` where the name is in use.
pub fn change(tx: &mut Write, caller: &Caller, id: SubjectId, draft: Draft) -> Result<Subject> {
    caller.must(Scope::LearnersWrite)?;
    let before = own(tx, caller, id)?;
    unique(&store::subjects(tx, caller.family)?, Some(id), &draft.name)?;
    let subject =
        Subject { id, name: draft.name, area: draft.area, archived: draft.archived.unwrap_or(before.archived) };
    store::put_subject(tx, caller.family, &subject);
    Ok(subject)
}

/// Archives a subject, or brings it back.
///
/// # Errors
/// `NotFound`.
pub fn set_archived(tx: &mut Write, caller: &Caller, id: SubjectId, archived: bool) -> Result<Subject> {
    caller.must(Scope::LearnersWrite)?;
    let subject = Subject { archived, ..own(tx, caller, id)? };
    store::put_subject(tx, caller.family, &subject);
    Ok(subject)
}

/// One subject.
///
/// # Errors
/// `NotFound`, also for another family's.
pub fn get(tx: &Read, caller: &Caller, id: SubjectId) -> Result<Subject> {
    caller.must(Scope::RecordsRead)?;
    own(tx, caller, id)
}

/// The family's, whatever the caller may do with it.
fn own(tx: &Read, caller: &Caller, id: SubjectId) -> Result<Subject> {
    store::subject(tx, caller.family, id)?.ok_or(Error::NotFound("subject"))
}

/// Every subject of the family, by area and name.
///
/// # Errors
/// `Forbidden`.
pub fn all(tx: &Read, caller: &Caller) -> Result<Vec<Subject>> {
    caller.must(Scope::RecordsRead)?;
    let mut all = store::subjects(tx, caller.family)?;
    all.sort_by_cached_key(|subject| (subject.area, subject.name.to_lowercase()));
    Ok(all)
}

fn unique(all: &[Subject], except: Option<SubjectId>, name: &str) -> Result<()> {
    let folded = name.to_lowercase();
    let taken = all.iter().any(|other| Some(other.id) != except && other.name.to_lowercase() == folded);
    if taken { Err(Invalid::new("name", "error-name-taken").into()) } else { Ok(()) }
}
