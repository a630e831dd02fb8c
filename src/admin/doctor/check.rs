//! What a look at something gives.

use std::fmt;

use crate::error::Error;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, but somebody should look.
    Warn,
    /// It does not work, or soon won't.
    Fail,
}

impl State {
    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// How it is.
    pub state: State,
    /// The same in words.
    pub found: String,
    /// What to do about it.
    pub mend: Option<String>,
}

impl Check {
    pub(super) fn new(name: &'static str, state: State, found: impl Into<String>) -> Self {
        Self { name, state, found: found.into(), mend: None }
    }

    pub(super) fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, State::Ok, found)
    }

    pub(super) fn warn(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, State::Warn, found)
    }

    pub(super) fn fail(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, State::Fail, found)
    }

    pub(super) fn mend(mut self, what: impl Into<String>) -> Self {
        self.mend = Some(what.into());
        self
    }
}

/// Everything that was looked at.
#[derive(Debug, Clone)]
pub struct Examination {
    well: bool,
    /// One by one.
    pub checks: Vec<Check>,
}

impl Examination {
    pub(super) fn of(checks: Vec<Check>) -> Self {
        Self { well: checks.iter().all(|check| check.state != State::Fail), checks }
    }

    /// Of a store that can't be opened at all.
    pub fn unopened(why: &Error) -> Self {
        let mend = "do what the words above say";
        Self::of(vec![Check::fail("store", why.to_string()).mend(mend)])
    }

    /// Whether nothing failed.
    pub fn is_well(&self) -> bool {
        self.well
    }
}

impl fmt::Display for Examination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let word = match check.state {
                State::Ok => "ok  ",
                State::Warn => "look",
                State::Fail => "FAIL",
            };
            writeln!(f, "{word}  {:<11} {}", check.name, check.found)?;
            if let Some(mend) = &check.mend {
                writeln!(f, "      {:<11} -> {mend}", "")?;
            }
        }
        let count = |state| self.checks.iter().filter(|check| check.state == state).count();
        match (count(State::Fail), count(State::Warn)) {
            (0, 0) => write!(f, "All is well."),
            (0, looks) => write!(f, "It works; look at {looks}."),
            (fails, _) => write!(f, "Not well: {fails} failed."),
        }
    }
}
