//! Secrets that are handed out once and kept only as a hash: cookies, links, tokens.

use data_encoding::BASE64URL_NOPAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// 32 random bytes in base64url. It can't be printed by accident, and is wiped when dropped.
pub struct Secret(SecretString);

impl Secret {
    /// A new one, from the operating system's generator.
    ///
    /// # Errors
    /// Where the system has no randomness to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut())?;
        Ok(Self(BASE64URL_NOPAD.encode(bytes.as_ref()).into()))
    }

    /// The text, for the one time that it is shown.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is kept of it.
    pub fn hash(&self) -> [u8; 32] {
        hash_secret(self.expose())
    }
}

/// SHA-256 of a secret as it was presented: enough for 256 random bits, which nobody can guess.
pub fn hash_secret(presented: &str) -> [u8; 32] {
    Sha256::digest(presented.as_bytes()).into()
}
