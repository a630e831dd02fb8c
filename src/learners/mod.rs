//! Learners and subjects: who learns, and the family's own names for what.
//!
//! A learner is a nickname and a colour, nothing more is asked. Neither is ever deleted by accident: they are archived.

pub mod api;
pub mod pages;
pub mod sign_in;
pub mod sign_in_pages;
mod starter;
mod store;
pub mod subject;
pub mod view;

use crate::{
    error::{Complaints, Error, Invalid, Result, check},
    store::{Read, Write},
    types::{Caller, LearnerId, Scope},
};

pub use starter::starter_subjects;
pub use subject::{Area, Subject};

/// The most learners of one family, archived ones included.
pub const MAX: usize = 50;

/// A child of the family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learner {
    /// Its id.
    pub id: LearnerId,
    /// 1 to 40 characters; the only name that HEC knows.
    pub nickname: String,
    /// The colour that marks the child's entries.
    pub colour: Colour,
    /// Left out of choices; the entries stay.
    pub archived: bool,
}

/// The colours to choose from: told apart in light and dark, and always next to the nickname.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
#[allow(missing_docs)]
pub enum Colour {
    #[n(0)]
    Moss,
    #[n(1)]
    Sky,
    #[n(2)]
    Clay,
    #[n(3)]
    Plum,
    #[n(4)]
    Sun,
    #[n(5)]
    Rose,
    #[n(6)]
    Slate,
    #[n(7)]
    Teal,
}

impl Colour {
    /// Every colour and its word.
    pub const ALL: [(&'static str, Self); 8] = [
        ("moss", Self::Moss),
        ("sky", Self::Sky),
        ("clay", Self::Clay),
        ("plum", Self::Plum),
        ("sun", Self::Sun),
        ("rose", Self::Rose),
        ("slate", Self::Slate),
        ("teal", Self::Teal),
    ];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// What may be set of a learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    nickname: String,
    colour: Option<Colour>,
    archived: Option<bool>,
}

impl Draft {
    /// Checks the fields; without a colour a new learner gets the next free one, and another keeps its own. Where
    /// `archived` is none, it stays as it is.
    ///
    /// # Errors
    /// `Invalid`: nickname 1 to 40 characters, colour one of eight.
    pub fn parse(nickname: &str, colour: Option<&str>, archived: Option<bool>) -> Result<Self> {
        let mut complaints = Complaints::new();
        let nickname = complaints.take(check::name("nickname", nickname.trim(), 40));
        let colour = colour.map(|colour| complaints.take(check::one_of("colour", colour, &Colour::ALL)));
        complaints.finish()?;
        let nickname = nickname.ok_or_else(|| Error::broken("a nickname without complaint is missing"))?;
        Ok(Self { nickname, colour: colour.flatten(), archived })
    }
}

/// Adds a learner.
///
/// # Errors
/// `Invalid` where the nickname is in use, or the family has 50 learners.
pub fn add(tx: &mut Write, caller: &Caller, draft: Draft) -> Result<Learner> {
    caller.must(Scope::LearnersWrite)?;
    if caller.learners.is_some() {
        return Err(Error::Forbidden("every learner of the family"));
    }
    let all = store::all(tx, caller.family)?;
    if all.len() >= MAX {
        return Err(Invalid::new("nickname", "error-too-many").with("max", MAX).into());
    }
    unique(&all, None, &draft.nickname)?;
    let colour = draft.colour.unwrap_or_else(|| Colour::ALL[all.len() % Colour::ALL.len()].1);
    let learner =
        Learner { id: tx.new_id(), nickname: draft.nickname, colour, archived: draft.archived.unwrap_or(false) };
    store::put(tx, caller.family, &learner);
    Ok(learner)
}

/// Changes a learner: nickname, colour, archived or not.
///
/// # Errors
/// `NotFound`; `Invalid` where the nickname is in use.
pub fn change(tx: &mut Write, caller: &Caller, id: LearnerId, draft: Draft) -> Result<Learner> {
    caller.must(Scope::LearnersWrite)?;
    let before = own(tx, caller, id)?;
    unique(&store::all(tx, caller.family)?, Some(id), &draft.nickname)?;
    let learner = Learner {
        id,
        nickname: draft.nickname,
        colour: draft.colour.unwrap_or(before.colour),
        archived: draft.archived.unwrap_or(before.archived),
    };
    store::put(tx, caller.family, &learner);
    Ok(learner)
}

/// Archives a learner, or brings it back.
///
/// # Errors
/// `NotFound`.
pub fn set_archived(tx: &mut Write, caller: &Caller, id: LearnerId, archived: bool) -> Result<Learner> {
    caller.must(Scope::LearnersWrite)?;
    let learner = Learner { archived, ..own(tx, caller, id)? };
    store::put(tx, caller.family, &learner);
    Ok(learner)
}

/// One learner.
///
/// # Errors
/// `NotFound`, also for another family's and for one that the caller was not given.
pub fn get(tx: &Read, caller: &Caller, id: LearnerId) -> Result<Learner> {
    caller.must(Scope::RecordsRead)?;
    own(tx, caller, id)
}

/// The caller's, whatever they may do with it.
fn own(tx: &Read, caller: &Caller, id: LearnerId) -> Result<Learner> {
    let given = caller.learners.as_ref().is_none_or(|given| given.contains(&id));
    let found = if given { store::get(tx, caller.family, id)? } else { None };
    found.ok_or(Error::NotFound("learner"))
}

/// Every learner that the caller may see, in the order in which they were added.
///
/// # Errors
/// `Forbidden`.
pub fn all(tx: &Read, caller: &Caller) -> Result<Vec<Learner>> {
    caller.must(Scope::RecordsRead)?;
    let mut all = store::all(tx, caller.family)?;
    if let Some(given) = &caller.learners {
        all.retain(|learner| given.contains(&learner.id));
    }
    Ok(all)
}

fn unique(all: &[Learner], except: Option<LearnerId>, nickname: &str) -> Result<()> {
    let folded = nickname.to_lowercase();
    let taken = all.iter().any(|other| Some(other.id) != except && other.nickname.to_lowercase() == folded);
    if taken { Err(Invalid::new("nickname", "error-name-taken").into()) } else { Ok(()) }
}
