//! Portfolios: which child, which time, what is in; and the document that leaves the house.
//!
//! - `mod.rs` what a portfolio is, and the rules.
//! - `assemble.rs` gathers what goes into the document; `document.rs` makes the file.
//! - `rename.rs` changes the nickname in a file that was downloaded, offline.
//! - `store.rs` rows; `api.rs` JSON; `pages.rs` HTML.

pub mod api;
pub mod assemble;
pub mod document;
pub mod pages;
pub mod rename;
mod store;

use minicbor::{Decode, Encode};

use crate::{
    accounts::{
        self,
        log::{self, Act, Noted},
    },
    entries::Kind,
    error::{Complaints, Error, Invalid, Result, check},
    learners::{self, Area},
    store::{Read, Write},
    types::{Caller, Date, LearnerId, PortfolioId, Scope, Timestamp},
};

/// The most portfolios of one family.
pub const MAX: usize = 200;

/// Notes that a portfolio left HEC: for the family, and for whoever took it.
///
/// # Errors
/// `Internal` only.
pub fn note_exported(tx: &mut Write, caller: &Caller) -> Result<()> {
    let by = accounts::get(tx, caller.account)?.name;
    let (account, family) = (Some(caller.account), Some(caller.family));
    log::note(tx, Act::Exported, &Noted { account, family, by: &by, ..Noted::default() });
    Ok(())
}

/// What goes into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portfolio {
    /// Its id.
    pub id: PortfolioId,
    /// What was chosen.
    pub choice: Choice,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// 1 to 200 characters.
    pub title: String,
    /// Whose it is.
    pub learner: LearnerId,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// How large its photos are.
    pub photos: Photos,
    /// Only what was starred.
    pub starred: bool,
    /// Only these kinds; every kind where it is empty.
    pub kinds: Vec<Kind>,
    /// Only entries of these areas; every area where it is empty.
    pub areas: Vec<Area>,
    /// The family's own words at its beginning: Markdown, at most 10,000 characters.
    pub introduction: Option<String>,
}

/// How large a document's photos are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Photos {
    /// Text only.
    #[n(0)]
    None,
    /// At most 400 pixels.
    #[n(1)]
    Small,
    /// At most 1,600 pixels.
    #[n(2)]
    Large,
}

impl Photos {
    /// Every size and its word.
    pub const ALL: [(&'static str, Self); 3] = [("none", Self::None), ("small", Self::Small), ("large", Self::Large)];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].0
    }
}

/// A choice as it was sent: nothing checked.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct RawChoice {
    pub title: String,
    pub learner: String,
    pub from: String,
    pub to: String,
    pub photos: Option<String>,
    pub starred: bool,
    pub kinds: Vec<String>,
    pub areas: Vec<String>,
    pub introduction: Option<String>,
}

impl RawChoice {
    /// Checks every field.
    ///
    /// # Errors
    /// `Invalid`, with all complaints at once.
    pub fn parse(self) -> Result<Choice> {
        let mut bad = Complaints::new();
        let title = bad.take(check::line("title", self.title.trim(), 200));
        let learner = bad.take(match self.learner.as_str() {
            "" => Err(Invalid::new("learner", "error-required")),
            id => LearnerId::parse(id).ok_or_else(|| Invalid::new("learner", "error-unknown-learner")),
        });
        let from = bad.take(date("from", &self.from));
        let to = bad.take(date("to", &self.to));
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            bad.add(Invalid::new("from", "error-period"));
        }
        let photos = self.photos.as_deref().filter(|photos| !photos.is_empty()).unwrap_or("small");
        let photos = bad.take(check::one_of("photos", photos, &Photos::ALL));
        let introduction = bad.take(check::optional_text("introduction", self.introduction.as_deref(), 10_000));
        distinct("kinds", &self.kinds, Kind::ALL.len(), &mut bad);
        distinct("areas", &self.areas, Area::ALL.len(), &mut bad);
        bad.stop()?;
        let kinds: Vec<_> =
            self.kinds.iter().filter_map(|kind| bad.take(check::one_of("kinds", kind, &Kind::ALL))).collect();
        let areas: Vec<_> =
            self.areas.iter().filter_map(|area| bad.take(check::one_of("areas", area, &Area::ALL))).collect();
        bad.finish()?;
        let starred = self.starred;
        let complete = || {
            Some(Choice {
                title: title?,
                learner: learner?,
                from: from?,
                to: to?,
                photos: photos?,
                starred,
                kinds,
                areas,
                introduction: introduction?,
            })
        };
        complete().ok_or_else(|| Error::broken("a choice without complaints lacks a field"))
    }
}

/// Complains about more words than there are, and about one that comes twice.
fn distinct(field: &str, words: &[String], max: usize, bad: &mut Complaints) {
    if words.len() > max {
        bad.add(Invalid::new(field, "error-too-many").with("max", max));
    } else if words.iter().enumerate().any(|(at, word)| words[..at].contains(word)) {
        bad.add(Invalid::new(field, "error-duplicate"));
    }
}

fn date(field: &str, raw: &str) -> Result<Date, Invalid> {
    match raw {
        "" => Err(Invalid::new(field, "error-required")),
        raw => Date::parse(raw)
            .ok_or_else(|| Invalid::new(field, "error-not-a-date").with("min", Date::MIN).with("max", Date::MAX)),
    }
}

/// Makes a portfolio.
///
/// # Errors
/// `Invalid` where the learner is not the family's, or there are 200 already.
pub fn make(tx: &mut Write, caller: &Caller, choice: Choice) -> Result<Portfolio> {
    caller.must(Scope::PortfolioWrite)?;
    learners::get(tx, &assemble::reader(caller), choice.learner).map_err(|error| match error {
        Error::NotFound(_) => Invalid::new("learner", "error-unknown-learner").into(),
        other => other,
    })?;
    if store::count(tx, caller.family)? >= MAX {
        return Err(Invalid::new("title", "error-too-many").with("max", MAX).into());
    }
    let portfolio = Portfolio { id: tx.new_id(), choice, created_at: tx.now() };
    store::put(tx, caller.family, &portfolio);
    Ok(portfolio)
}

/// One portfolio.
///
/// # Errors
/// `NotFound`, also for another family's and for a learner that the caller was not given.
pub fn get(tx: &Read, caller: &Caller, id: PortfolioId) -> Result<Portfolio> {
    caller.must(Scope::PortfolioRead)?;
    let found = store::get(tx, caller.family, id)?.filter(|found| given(caller, found));
    found.ok_or(Error::NotFound("portfolio"))
}

/// Every portfolio that the caller may see, newest first.
///
/// # Errors
/// `Forbidden`.
pub fn all(tx: &Read, caller: &Caller) -> Result<Vec<Portfolio>> {
    caller.must(Scope::PortfolioRead)?;
    let mut all = store::all(tx, caller.family)?;
    all.retain(|portfolio| given(caller, portfolio));
    all.reverse();
    Ok(all)
}

/// Deletes a portfolio. Its entries, and files that were downloaded, stay.
///
/// # Errors
/// `NotFound`.
pub fn delete(tx: &mut Write, caller: &Caller, id: PortfolioId) -> Result<()> {
    caller.must(Scope::PortfolioWrite)?;
    get(tx, caller, id)?;
    store::remove(tx, caller.family, id);
    Ok(())
}

fn given(caller: &Caller, portfolio: &Portfolio) -> bool {
    caller.learners.as_ref().is_none_or(|given| given.contains(&portfolio.choice.learner))
}
