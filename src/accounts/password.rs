//! Passwords: what is accepted, and Argon2id (RFC 9106). Hashing belongs in `App::hashing`, outside every transaction,
//! and so does judging: it may take as long.
//!
//! What is accepted follows NIST SP 800-63B-4: long, any Unicode, no rule of which characters; hard to guess (`guess`), not
//! among the million most common (`common`), and not built round what everybody knows of the person.

pub mod common;
mod guess;
mod known;

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::{
    error::{Error, Invalid, Result},
    types::PasswordCost,
};

/// The fewest characters, while there is no second factor.
pub const MIN: usize = 15;
/// The fewest characters beside a second factor.
pub const MIN_WITH_FACTOR: usize = 8;
/// The most characters: all of them are hashed.
pub const MAX: usize = 128;

/// Whether a second factor stands beside a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// None: the password stands alone.
    None,
    /// One that is set up in the same step: without it the password does not count.
    InTheSameStep,
    /// An app that makes codes for the account already.
    Stands,
}

impl Factor {
    /// The fewest characters of a password beside it.
    pub fn min(self) -> usize {
        match self {
            Self::None => MIN,
            Self::InTheSameStep | Self::Stands => MIN_WITH_FACTOR,
        }
    }
}

/// Whether a password is shorter than one that stands alone may be.
pub fn is_short(raw: &str) -> bool {
    raw.chars().take(4 * (MAX + 1)).nfc().count() < MIN
}

/// What a password is refused for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is shorter than it may be.
    Short,
    /// It is longer than it may be.
    Long,
    /// It is among the million most common.
    Common,
    /// It is built round what everybody knows of the person.
    Known,
    /// It is easy to guess; a key of the catalogue says why.
    Guessable(&'static str),
}

/// A password in clear, in NFC. It can't be printed and is wiped when dropped.
#[derive(Clone)]
pub struct Password(SecretString);

impl Password {
    /// 15 to 128 characters of any kind, from 8 beside a second factor; hard to guess, not common, and not built round
    /// what is `known`: the person's name and email, the instance's name. It may take as long as hashing.
    ///
    /// # Errors
    /// Names the field, and the bound or the reason.
    pub fn parse(field: &str, raw: &str, factor: Factor, known: &[&str]) -> Result<Self, Invalid> {
        Self::held_to(raw, factor.min(), known).map_err(|fault| match fault {
            Fault::Short => Invalid::new(field, "error-password-short").with("min", factor.min()),
            Fault::Long => Invalid::new(field, "error-password-long").with("max", MAX),
            Fault::Common => Invalid::new(field, "error-password-common"),
            Fault::Known => Invalid::new(field, "error-password-known"),
            Fault::Guessable(reason) => Invalid::new(field, reason),
        })
    }

    /// The same rules with another bound of length, for what is called something else than a password. It may take as
    /// long as hashing.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn held_to(raw: &str, min: usize, known: &[&str]) -> Result<Self, Fault> {
        // Nothing of what is too long is worth the work.
        let password: Zeroizing<String> = Zeroizing::new(raw.chars().take(4 * (MAX + 1)).nfc().collect());
        let length = password.chars().count();
        if length < min {
            return Err(Fault::Short);
        }
        if length > MAX {
            return Err(Fault::Long);
        }
        if common::holds(&password) {
            return Err(Fault::Common);
        }
        let known = known::Known::of(known);
        if known.is_all_of(&password) {
            return Err(Fault::Known);
        }
        guess::judge(&password, known.words()).map_err(Fault::Guessable)?;
        Ok(Self(password.as_str().into()))
    }

    /// What somebody typed to sign in: any length up to the maximum.
    pub fn attempt(raw: &str) -> Self {
        let password: String = raw.nfc().take(MAX + 1).collect();
        Self(password.into())
    }
}

/// A hash in PHC string form; it can't be printed.
#[derive(Clone)]
pub struct PasswordHash(Arc<SecretString>);

impl PasswordHash {
    /// From a row.
    pub(crate) fn stored(phc: String) -> Self {
        Self(Arc::new(phc.into()))
    }

    /// What a row keeps.
    pub(crate) fn as_str(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Whether a password fits a hash. Without a hash it works as long and says no: who asks can't tell the two apart.
///
/// # Errors
/// `Internal` where memory is short.
pub fn verify(cost: PasswordCost, password: &Password, stored: Option<&PasswordHash>) -> Result<bool> {
    match stored {
        Some(stored) => Ok(argon2(cost)?.verify_password(clear(password), stored.as_str()).is_ok()),
        None => hash(cost, password).map(|_| false),
    }
}

/// Whether a hash was made with other settings: a weaker one costs a thief less, and any other is told from the work for
/// an unknown address by its time.
pub fn is_other(cost: PasswordCost, stored: &PasswordHash) -> bool {
    let parsed = argon2::PasswordHash::new(stored.as_str()).ok();
    let params = parsed.and_then(|hash| Params::try_from(&hash).ok());
    // What can't be read is made anew.
    params.is_none_or(|params| params.m_cost() != cost.memory || params.t_cost() != cost.passes)
}

/// Hashes a password under a new salt.
///
/// # Errors
/// `Internal` where memory is short.
pub fn hash(cost: PasswordCost, password: &Password) -> Result<PasswordHash> {
    let phc = argon2(cost)?.hash_password(clear(password)).map_err(|why| Error::broken(why.to_string()))?;
    Ok(PasswordHash::stored(phc.to_string()))
}

fn argon2(cost: PasswordCost) -> Result<Argon2<'static>> {
    let params = Params::new(cost.memory, cost.passes, 1, None).map_err(|why| Error::broken(why.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn clear(password: &Password) -> &[u8] {
    password.0.expose_secret().as_bytes()
}
