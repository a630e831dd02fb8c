//! The head of a backup, and what is sealed into it.

use aes_gcm_siv::{
    Aes256GcmSiv, Nonce,
    aead::{AeadInOut, KeyInit},
};
use hkdf::Hkdf;
use minicbor::{
    Decode, Encode,
    bytes::{ByteArray, ByteVec},
};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    error::{Error, Result},
    store::{
        TableSum,
        sealed::{DataKey, KeyId},
        slots::{Opener, Slots},
    },
    types::Timestamp,
};

use super::{VERSION, sum};

/// How a head begins.
pub const MAGIC: [u8; 8] = *b"HECback\x1a";

/// What says that a backup is there. Everything in it is in clear but [`Inside`]; all of it is authenticated.
#[derive(Debug, Clone, Encode, Decode)]
pub struct Head {
    /// See [`VERSION`].
    #[n(0)]
    pub format: u16,
    /// The backup's name: when it was made, and its number.
    #[n(1)]
    pub name: String,
    /// The instance's id.
    #[n(2)]
    pub instance: ByteArray<16>,
    /// Counts the instance's backups, at all destinations.
    #[n(3)]
    pub number: u64,
    /// When it was begun.
    #[n(4)]
    pub made: Timestamp,
    /// The version of HEC that made it.
    #[n(5)]
    pub version: String,
    /// The name of the data key.
    #[n(6)]
    pub key: ByteArray<8>,
    /// The key slots, as their file holds them.
    #[n(7)]
    pub slots: ByteVec,
    /// The length of the store's file, in bytes.
    #[n(8)]
    pub store_len: u64,
    /// The length of the list, in bytes.
    #[n(9)]
    pub list_len: u64,
    /// SHA-256 of the list.
    #[n(10)]
    pub list_sum: ByteArray<32>,
    /// For [`Inside`].
    #[n(11)]
    pub nonce: ByteArray<12>,
    /// [`Inside`], sealed, with its tag.
    #[n(12)]
    pub inside: ByteVec,
}

/// What is nobody else's business.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Inside {
    /// The epoch of the store's file.
    #[n(0)]
    pub epoch: u64,
    /// What the store is for.
    #[n(1)]
    pub environment: String,
    /// How many migrations it has seen.
    #[n(2)]
    pub schema: u32,
    /// Every table, by name.
    #[n(3)]
    pub tables: Vec<TableSum>,
}

impl Head {
    /// Its bytes, with what only the key's holder may read sealed into it.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn seal(mut self, key: &DataKey, inside: &Inside) -> Result<Vec<u8>> {
        getrandom::fill(self.nonce.as_mut_slice()).map_err(Error::internal)?;
        let mut text = minicbor::to_vec(inside).map_err(Error::internal)?;
        let bound = self.bound()?;
        let tag = self
            .cipher(key)
            .encrypt_inout_detached(&Nonce::from(*self.nonce), &bound, text.as_mut_slice().into())
            .map_err(|_| Error::broken("a backup's head could not be sealed"))?;
        text.extend_from_slice(&tag);
        self.inside = text.into();
        let mut bytes = MAGIC.to_vec();
        minicbor::encode(&self, &mut bytes).map_err(|error| Error::broken(error.to_string()))?;
        bytes.extend_from_slice(&sum(&bytes));
        Ok(bytes)
    }

    /// From its bytes. Nothing but a slip is noticed yet: who has the key calls [`Head::open`].
    ///
    /// # Errors
    /// `Refused` where it is damaged, or was written by a later version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let damaged = || Error::Refused("the head of a backup is damaged".to_owned());
        let (body, check) = bytes.split_last_chunk::<32>().ok_or_else(damaged)?;
        let body = body.strip_prefix(&MAGIC).filter(|_| sum(body) == *check).ok_or_else(damaged)?;
        if let Some(format) = format_of(body).filter(|format| *format > VERSION) {
            return Err(Error::Refused(format!(
                "this backup was made by a later version of HEC, in format {format}: install it"
            )));
        }
        minicbor::decode(body).map_err(|_| damaged())
    }

    /// Whether these bytes are a head that only a later version reads.
    pub fn is_later(bytes: &[u8]) -> bool {
        let body = bytes.split_last_chunk::<32>().filter(|(body, check)| sum(body) == **check);
        let body = body.and_then(|(body, _)| body.strip_prefix(&MAGIC));
        body.and_then(format_of).is_some_and(|format| format > VERSION)
    }

    /// What only the key's holder may read; then all of the head is known to be what was written.
    ///
    /// # Errors
    /// `Refused` where the key is not the one, or the head was changed.
    pub fn open(&self, key: &DataKey) -> Result<Inside> {
        let forged = || Error::Refused(format!("the backup {} is not what was written", self.name));
        let (text, tag) = self.inside.split_last_chunk::<16>().ok_or_else(forged)?;
        let mut text = Zeroizing::new(text.to_vec());
        self.cipher(key)
            .decrypt_inout_detached(
                &Nonce::from(*self.nonce),
                &self.bound()?,
                text.as_mut_slice().into(),
                &(*tag).into(),
            )
            .map_err(|_| forged())?;
        minicbor::decode(&text).map_err(|_| forged())
    }

    /// The data key, by what opens one of the slots that lie in the head.
    ///
    /// # Errors
    /// `Refused` where it opens none.
    pub fn unlock(&self, opener: &Opener) -> Result<DataKey> {
        Slots::from_bytes(&self.slots)?.unlock(KeyId::from_bytes(*self.key), opener)
    }

    fn bound(&self) -> Result<Vec<u8>> {
        let rest = Self { inside: ByteVec::from(Vec::new()), ..self.clone() };
        minicbor::to_vec(&rest).map_err(Error::internal)
    }

    fn cipher(&self, key: &DataKey) -> Aes256GcmSiv {
        let mut derived = Zeroizing::new([0; 32]);
        let expanded = Hkdf::<Sha256>::new(Some(self.instance.as_slice()), key.as_bytes())
            .expand(b"hec backup 1: head", derived.as_mut_slice());
        // It fails only where more than 255 × 32 bytes are asked of it.
        debug_assert!(expanded.is_ok());
        Aes256GcmSiv::new((&*derived).into())
    }
}

/// Every format has its number first.
fn format_of(body: &[u8]) -> Option<u16> {
    let mut decoder = minicbor::Decoder::new(body);
    decoder.array().and_then(|_| decoder.u16()).ok()
}
