//! What an app is told where it gets nothing, in the words of RFC 6749 (sections 4.1.2.1 and 5.2).

/// A refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// One of the RFC's codes.
    pub error: &'static str,
    /// For whoever writes the app, in ASCII without quotes.
    pub why: &'static str,
}

impl Refusal {
    /// The request lacks something, says something twice, or can't be read.
    pub const fn request(why: &'static str) -> Self {
        Self { error: "invalid_request", why }
    }

    /// The code or token is unknown, has ended, was used, or is another app's: which of these is not told.
    pub const fn grant(why: &'static str) -> Self {
        Self { error: "invalid_grant", why }
    }

    /// There is no such app, or it tries to prove itself by a secret.
    pub const fn client(why: &'static str) -> Self {
        Self { error: "invalid_client", why }
    }

    /// A scope that there is not, or that was not given.
    pub const fn scope(why: &'static str) -> Self {
        Self { error: "invalid_scope", why }
    }

    /// The person said no.
    pub const DENIED: Self = Self { error: "access_denied", why: "the person did not let the app in" };
}

/// What a rule gives that may refuse and write all the same.
pub type Answer<T> = Result<T, Refusal>;

/// The only value of a parameter. One that is empty counts as absent (RFC 6749, section 3.1).
///
/// # Errors
/// Where it comes twice: somebody could mean the one and somebody else the other.
pub fn only<'a>(pairs: &[(&'a str, &'a str)], name: &str) -> Answer<Option<&'a str>> {
    let mut found = pairs.iter().filter(|(other, _)| *other == name).map(|(_, value)| *value);
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(Refusal::request("a parameter comes twice")),
        (found, None) => Ok(found.filter(|value| !value.is_empty())),
    }
}
