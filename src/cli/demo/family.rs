//! A made-up family in the store: its account, children and subjects, and its entries from specifications.

use std::collections::HashMap;

use crate::{
    accounts::{Email, Password, PasswordHash, Registration, password},
    admin::{self, Household},
    config::PasswordCost,
    entries::{self, Entry, RawDraft, RawVoice},
    error::{Error, Result},
    learners,
    store::Write,
    types::{Caller, LearnerId, SubjectId, Timestamp},
};

use super::{fill::PASSWORD, words::EntrySpec};

/// The hash of the demo's password: made once, since every account has the same.
///
/// # Errors
/// `Internal` where memory is short.
pub fn demo_hash() -> Result<PasswordHash> {
    password::hash(PasswordCost::FLOOR, &Password::attempt(PASSWORD))
}

/// Somebody to register.
pub struct Person<'a> {
    /// Their name.
    pub name: &'a str,
    /// Their address.
    pub email: &'a str,
}

impl Person<'_> {
    /// What they would have typed. Its password is known to be accepted, and is not judged for each of them again.
    pub fn registration(&self) -> Result<Registration> {
        let (name, email) = (self.name.to_owned(), Email::parse(self.email)?);
        Ok(Registration { name, email, password: Password::attempt(PASSWORD) })
    }
}

/// A family that stands in the store.
#[derive(Clone)]
pub struct Made {
    /// Its owner.
    pub owner: Caller,
    /// Its children, in the order given.
    pub learners: Vec<LearnerId>,
    /// Its subjects by name.
    pub subjects: HashMap<String, SubjectId>,
}

/// Makes an account with a family, starter subjects and children.
///
/// # Errors
/// `Invalid` where the email is in use already.
pub fn make(
    tx: &mut Write,
    name: &str,
    owner: &Person,
    children: &[(&str, &str)],
    hash: &PasswordHash,
    operator: bool,
) -> Result<Made> {
    let household = Household { family: name.to_owned(), learner: None };
    let (_, owner) = admin::join(tx, owner.registration()?, hash, &household, operator)?;
    let mut ids = Vec::with_capacity(children.len());
    for (nickname, colour) in children {
        let draft = learners::Draft::parse(nickname, Some(colour), None)?;
        ids.push(learners::add(tx, &owner, draft)?.id);
    }
    let subjects = learners::subject::all(tx, &owner)?.into_iter().map(|s| (s.name, s.id)).collect();
    Ok(Made { owner, learners: ids, subjects })
}

/// Adds an entry, written on the evening of its day.
///
/// # Errors
/// `Invalid` where the specification is none that the rules take.
pub fn add(tx: &mut Write, family: &Made, spec: &EntrySpec, now: Timestamp) -> Result<Entry> {
    let (year, month, day) = spec.date;
    let date = jiff::civil::Date::new(year, month, day).map_err(Error::internal)?;
    let evening = date.at(20, 0, 0, 0).to_zoned_datetime(jiff::tz::TimeZone::UTC).map_err(Error::internal)?;
    let evening = Timestamp::from_millis(evening.timestamp().as_millisecond());
    tx.set_now(evening.min(now));
    let learner = |at: usize| family.learners.get(at).map(ToString::to_string).unwrap_or_default();
    let voices = spec.voices.iter().map(|(at, words, feeling)| RawVoice {
        learner: learner(*at),
        words: Some(words.clone()),
        feeling: feeling.map(str::to_owned),
    });
    let subjects = spec.subjects.iter().filter_map(|name| family.subjects.get(*name)).map(ToString::to_string);
    let draft = RawDraft {
        date: date.to_string(),
        learners: spec.learners.iter().map(|at| learner(*at)).collect(),
        title: spec.title.clone(),
        text: Some(spec.text.clone()),
        subjects: subjects.collect(),
        kind: Some(spec.kind.to_owned()),
        minutes: spec.minutes.map(i64::from),
        place: spec.place.clone(),
        resources: spec.resources.clone(),
        voices: voices.collect(),
        starred: spec.starred,
        private: spec.private,
        state: Some(spec.state.to_owned()),
    };
    entries::add(tx, &family.owner, draft.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::Factor;

    #[test]
    fn everybody_of_the_demo_could_have_registered() {
        assert!(Password::parse("password", PASSWORD, Factor::None, &[]).is_ok());
    }
}
