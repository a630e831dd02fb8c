//! What somebody wrote, and the one door through which it comes in.

use crate::{
    error::{Complaints, Error, Invalid, Result, check},
    types::{Date, LearnerId, SubjectId},
};

use super::{Feeling, Kind, State, Voice};

/// The content of an entry, checked but for what only the store can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The day on which it happened, or is meant to.
    pub date: Date,
    /// Whose entry it is; at most 50, none for the family as a whole.
    pub learners: Vec<LearnerId>,
    /// At most 200 characters.
    pub title: Option<String>,
    /// Markdown, at most 20,000 characters.
    pub text: Option<String>,
    /// At most 20.
    pub subjects: Vec<SubjectId>,
    /// What kind of happening it was.
    pub kind: Option<Kind>,
    /// How long it took, 1 to 1,440 minutes.
    pub minutes: Option<u16>,
    /// Where; at most 200 characters.
    pub place: Option<String>,
    /// Books, websites, equipment, people; at most 30 of 300 characters.
    pub resources: Vec<String>,
    /// Children's own words; one voice per learner of the entry.
    pub voices: Vec<Voice>,
    /// "Keep for the portfolio".
    pub starred: bool,
    /// For owners and carers only.
    pub private: bool,
    /// Planned, draft or done.
    pub state: State,
}

/// The same as it was sent: nothing checked.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct RawDraft {
    pub date: String,
    pub learners: Vec<String>,
    pub title: Option<String>,
    pub text: Option<String>,
    pub subjects: Vec<String>,
    pub kind: Option<String>,
    pub minutes: Option<i64>,
    pub place: Option<String>,
    pub resources: Vec<String>,
    pub voices: Vec<RawVoice>,
    pub starred: bool,
    pub private: bool,
    pub state: Option<String>,
}

/// A voice as it was sent.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct RawVoice {
    pub learner: String,
    pub words: Option<String>,
    pub feeling: Option<String>,
}

impl RawDraft {
    /// Checks every field.
    ///
    /// # Errors
    /// `Invalid`, with all complaints at once; each names its field as the API spells it.
    pub fn parse(self) -> Result<Draft> {
        let mut bad = Complaints::new();
        let date = bad.take(date(&self.date));
        let learners = bad.take(ids("learners", &self.learners, 50, "error-unknown-learner", LearnerId::parse));
        let subjects = bad.take(ids("subjects", &self.subjects, 20, "error-unknown-subject", SubjectId::parse));
        let title = bad.take(check::optional_line("title", self.title.as_deref(), 200));
        let text = bad.take(check::optional_text("text", self.text.as_deref(), 20_000));
        let place = bad.take(check::optional_line("place", self.place.as_deref(), 200));
        let kind = bad.take(choice("kind", self.kind.as_deref(), &Kind::ALL));
        let state = bad.take(choice("state", self.state.as_deref(), &State::ALL));
        let minutes = bad.take(self.minutes.map(minutes).transpose());
        let resources = resources(&self.resources, &mut bad);
        let voices = voices(&self.voices, learners.as_deref().unwrap_or_default(), &mut bad);
        bad.finish()?;
        let complete = || {
            Some(Draft {
                date: date?,
                learners: learners?,
                title: title?,
                text: text?,
                subjects: subjects?,
                kind: kind?,
                minutes: minutes?,
                place: place?,
                resources,
                voices,
                starred: self.starred,
                private: self.private,
                state: state?.unwrap_or_default(),
            })
        };
        complete().ok_or_else(|| Error::broken("a draft without complaints lacks a field"))
    }
}

impl Voice {
    /// Checks a voice that comes alone; none where it says nothing.
    ///
    /// # Errors
    /// `Invalid` on `words` and `feeling`.
    pub fn parse(learner: LearnerId, words: Option<&str>, feeling: Option<&str>) -> Result<Option<Self>> {
        let mut bad = Complaints::new();
        let words = bad.take(check::optional_text("words", words, 2_000)).flatten();
        let feeling = bad.take(choice("feeling", feeling, &Feeling::ALL)).flatten();
        bad.finish()?;
        let says = words.is_some() || feeling.is_some();
        Ok(says.then_some(Self { learner, words, feeling }))
    }
}

impl Draft {
    /// Nothing but a day and children: what a new form begins with.
    pub fn of_day(date: Date, learners: Vec<LearnerId>) -> Self {
        Self {
            date,
            learners,
            title: None,
            text: None,
            subjects: Vec::new(),
            kind: None,
            minutes: None,
            place: None,
            resources: Vec::new(),
            voices: Vec::new(),
            starred: false,
            private: false,
            state: State::default(),
        }
    }

    /// Whether nothing tells what happened: without a picture such an entry says nothing.
    pub fn says_nothing(&self) -> bool {
        self.title.is_none() && self.text.is_none() && self.voices.is_empty()
    }
}

fn date(raw: &str) -> Result<Date, Invalid> {
    if raw.is_empty() {
        return Err(Invalid::new("date", "error-required"));
    }
    Date::parse(raw).ok_or_else(|| {
        let message = if raw.parse::<jiff::civil::Date>().is_ok() { "error-date-range" } else { "error-not-a-date" };
        Invalid::new("date", message).with("min", Date::MIN).with("max", Date::MAX)
    })
}

/// Distinct ids in the order given. One that can't be an id is unknown, like one that is nobody's.
fn ids<T: Eq>(
    field: &str,
    raw: &[String],
    max: usize,
    unknown: &'static str,
    parse: fn(&str) -> Option<T>,
) -> Result<Vec<T>, Invalid> {
    if raw.len() > max {
        return Err(Invalid::new(field, "error-too-many").with("max", max));
    }
    let mut ids = Vec::with_capacity(raw.len());
    for (at, raw) in raw.iter().enumerate() {
        let id = parse(raw).ok_or_else(|| Invalid::new(format!("{field}.{at}"), unknown))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

fn choice<T: Copy>(field: &str, raw: Option<&str>, choices: &[(&str, T)]) -> Result<Option<T>, Invalid> {
    raw.filter(|raw| !raw.is_empty()).map(|raw| check::one_of(field, raw, choices)).transpose()
}

fn minutes(raw: i64) -> Result<u16, Invalid> {
    match u16::try_from(raw) {
        Ok(minutes @ 1..=1440) => Ok(minutes),
        _ => Err(Invalid::new("minutes", "error-out-of-range").with("min", 1).with("max", 1440)),
    }
}

fn resources(raw: &[String], bad: &mut Complaints) -> Vec<String> {
    if raw.len() > 30 {
        bad.add(Invalid::new("resources", "error-too-many").with("max", 30));
        return Vec::new();
    }
    let lines = raw.iter().enumerate();
    lines.filter_map(|(at, line)| bad.take(check::line(&format!("resources.{at}"), line, 300))).collect()
}

fn voices(raw: &[RawVoice], learners: &[LearnerId], bad: &mut Complaints) -> Vec<Voice> {
    if raw.len() > 50 {
        bad.add(Invalid::new("voices", "error-too-many").with("max", 50));
        return Vec::new();
    }
    let mut voices: Vec<Voice> = Vec::new();
    for (at, raw) in raw.iter().enumerate() {
        let field = |name: &str| format!("voices.{at}.{name}");
        let learner = LearnerId::parse(&raw.learner).filter(|id| learners.contains(id));
        let Some(learner) = learner else {
            bad.add(Invalid::new(field("learner"), "error-unknown-learner"));
            continue;
        };
        if voices.iter().any(|voice| voice.learner == learner) {
            bad.add(Invalid::new(field("learner"), "error-duplicate"));
            continue;
        }
        let words = bad.take(check::optional_text(&field("words"), raw.words.as_deref(), 2_000)).flatten();
        let feeling = bad.take(choice(&field("feeling"), raw.feeling.as_deref(), &Feeling::ALL)).flatten();
        if words.is_some() || feeling.is_some() {
            voices.push(Voice { learner, words, feeling });
        }
    }
    voices
}
