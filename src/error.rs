//! One error for the whole crate, sorted by what the caller can do about it.
//!
//! Rules return these; `http` words them for a browser or an API client, `cli` for a terminal.
//! The cause of an internal error is logged with an id and never shown.

pub mod check;

use std::sync::Arc;

/// The crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, by what can be done about it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The caller can mend the request: every wrong field is named, with its bound.
    #[error("{}", .0.iter().map(Invalid::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Invalid>),
    /// The request could not be read at all (malformed JSON, a broken form).
    #[error("{0}")]
    Malformed(String),
    /// Nobody is signed in, or the token is unknown, ended or revoked.
    #[error("not signed in")]
    NotSignedIn,
    /// Signed in, but something comes first that is done on another page: proving anew who one is, as a rule.
    #[error("not allowed: something comes first at {at}")]
    Elsewhere {
        /// That page.
        at: &'static str,
        /// The page to go on to when it is done.
        next: String,
    },
    /// Signed in, but without the right that is named here.
    #[error("not allowed: needs {0}")]
    Forbidden(&'static str),
    /// A child who signed in asks for what is the adults'.
    #[error("not allowed: needs a parent or carer")]
    ForAdults,
    /// The account belongs to no family.
    #[error("not allowed: needs a place in a family")]
    NoFamily,
    /// The form was made for another of the account's families: somebody went to this one in another tab.
    #[error("the form was made for another family")]
    OtherFamily,
    /// Also for what belongs to someone else: whether it exists elsewhere is never told.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The thing was changed meanwhile (a stale `If-Match`, or an id that is taken by other content).
    #[error("changed meanwhile")]
    Stale,
    /// Larger than the bound, in bytes.
    #[error("larger than {max} bytes")]
    TooLarge {
        /// The most that is accepted.
        max: u64,
    },
    /// A media type that this path does not take.
    #[error("unsupported media type")]
    MediaType,
    /// The request was not proved to come from this site's own pages.
    #[error("the request came from another site")]
    CrossSite,
    /// Too much is asked at once; trying again in a moment helps.
    #[error("busy")]
    Busy,
    /// The disk is full: nothing was written, reading goes on.
    #[error("the disk is full")]
    Full,
    /// The store can't be read or written until its keeper has looked after the disk.
    #[error("the store could not be opened again after an error of the disk")]
    Unavailable,
    /// Somebody must unlock the store first.
    #[error("the store is locked")]
    Locked,
    /// Set-up has not been finished.
    #[error("not set up yet")]
    NotSetUp,
    /// Refused for the data's own safety: another environment, newer data, a store in use.
    #[error("{0}")]
    Refused(String),
    /// Logged with an id; the id is all that the caller sees.
    #[error("internal error")]
    Internal(#[source] Cause),
}

/// Both, or what is wrong with either: complaints about fields of the two come together.
///
/// # Errors
/// Those of the two; what is no complaint comes first.
pub fn both<A, B>(one: Result<A>, other: Result<B>) -> Result<(A, B)> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(Error::Invalid(mut all)), Err(Error::Invalid(more))) => {
            all.extend(more);
            Err(Error::Invalid(all))
        }
        (Err(Error::Invalid(_)), Err(other)) => Err(other),
        (Err(one), _) | (Ok(_), Err(one)) => Err(one),
    }
}

/// Why an internal error happened; shared, since one failed commit fails many writers.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct Cause(Arc<dyn std::error::Error + Send + Sync>);

impl Cause {
    /// What happened, for those who must tell causes apart.
    pub fn inner(&self) -> &(dyn std::error::Error + 'static) {
        &*self.0
    }
}

/// One field that the caller can mend.
///
/// `message` is a key of the catalogue (`error-…`), `args` its arguments: the words are chosen where they are shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}{}", .args.iter().map(|(k, v)| format!(" {k}={v}")).collect::<String>())]
pub struct Invalid {
    /// The field's path, as the caller wrote it: `title`, `voices.0.words`.
    pub field: String,
    /// The catalogue's key.
    pub message: &'static str,
    /// The bounds and what else the message names.
    pub args: Vec<(&'static str, String)>,
}

impl Invalid {
    /// A field and what is wrong with it.
    pub fn new(field: impl Into<String>, message: &'static str) -> Self {
        Self { field: field.into(), message, args: Vec::new() }
    }

    /// What is wrong, as programs read it: the key without its beginning.
    pub fn code(&self) -> &'static str {
        self.message.trim_start_matches("error-")
    }

    /// Adds an argument of the message: a bound, a list of choices.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(vec![invalid])
    }
}

impl Error {
    /// Wraps a cause that the caller can do nothing about. A full disk is told apart: it passes.
    pub fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        if is_disk_full(&cause) { Self::Full } else { Self::Internal(Cause(Arc::new(cause))) }
    }

    /// Whether the transaction was refused by a rule: it was certainly not committed. After other errors a commit may
    /// yet turn out to stand, and what its rows name must stay.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::Invalid(_)
                | Self::NotFound(_)
                | Self::Stale
                | Self::Forbidden(_)
                | Self::ForAdults
                | Self::NoFamily
                | Self::OtherFamily
                | Self::NotSignedIn
                | Self::Elsewhere { .. }
                | Self::Refused(_)
        )
    }

    /// An internal error that has only words, for states that should not occur.
    pub fn broken(what: impl Into<String>) -> Self {
        #[derive(Debug, thiserror::Error)]
        #[error("{0}")]
        struct Broken(String);
        Self::internal(Broken(what.into()))
    }
}

/// Looks for "no space left" (or a quota) in a chain of causes.
fn is_disk_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && matches!(io.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
        {
            return true;
        }
        next = error.source();
    }
    false
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::internal(error)
    }
}

/// Gathers the complaints about many fields, so that a person sees all of them at once.
#[derive(Debug, Default)]
pub struct Complaints(Vec<Invalid>);

impl Complaints {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a complaint.
    pub fn add(&mut self, invalid: Invalid) {
        self.0.push(invalid);
    }

    /// Keeps the value of a good field; notes the complaint about a bad one.
    pub fn take<T>(&mut self, parsed: Result<T, Invalid>) -> Option<T> {
        parsed.map_err(|invalid| self.0.push(invalid)).ok()
    }

    /// Fails if anything was noted that makes it pointless to look on.
    ///
    /// # Errors
    /// `Invalid`, with every complaint so far.
    pub fn stop(&mut self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(std::mem::take(&mut self.0))) }
    }

    /// Fails if anything was noted.
    ///
    /// # Errors
    /// `Invalid`, with every complaint.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}
