//! Passwords: what is accepted, and Argon2id (RFC 9106). Hashing belongs in `App::hashing`, outside every transaction.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier},
};
use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

use crate::{
    error::{Error, Invalid, Result},
    types::PasswordCost,
};

/// The fewest characters, while there is no second factor (NIST SP 800-63B-4).
pub const MIN: usize = 15;
/// The most characters: all of them are hashed.
pub const MAX: usize = 128;

/// A password in clear, in NFC. It can't be printed and is wiped when dropped.
#[derive(Clone)]
pub struct Password(SecretString);

impl Password {
    /// 15 to 128 characters of any kind; not the name or the email, nor built round them.
    ///
    /// # Errors
    /// Names the field and the bound.
    pub fn parse(field: &str, raw: &str, not: &[&str]) -> Result<Self, Invalid> {
        let password: String = raw.nfc().collect();
        let length = password.chars().count();
        if length < MIN {
            return Err(Invalid::new(field, "error-password-short").with("min", MIN));
        }
        if length > MAX {
            return Err(Invalid::new(field, "error-password-long").with("max", MAX));
        }
        let folded = password.to_lowercase();
        let told = |word: &&str| {
            let word = word.trim().to_lowercase();
            // A password is weak if, the known word taken away, too little is left of it.
            !word.is_empty() && folded.contains(&word) && folded.replace(&word, "").chars().count() < 8
        };
        if not.iter().any(told) {
            return Err(Invalid::new(field, "error-password-contains-email"));
        }
        Ok(Self(password.into()))
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
