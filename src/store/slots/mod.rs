//! Key slots: several ways to one data key, as LUKS has them.
//!
//! The store is sealed with a random data key. A slot holds that key once more, sealed under something that a person
//! has or knows: a key file, a passphrase, a recovery code. Slots lie in a file of their own, in two copies, beside the
//! store; `FORMAT.md` beside this file says how. Whoever has the slots and none of what opens them has nothing:
//!
//! ```text
//! wrapping key = HKDF-SHA256(salt, key file or recovery code, "hec key slot 1: " kind)   at least 160 random bits
//!              = Argon2id(salt, passphrase; memory, passes)                              what a person can remember
//! wrapped      = AES-256-GCM-SIV(wrapping key, random nonce, data key; everything else in the slot)
//! ```
//!
//! Every slot names the data key that it holds. While the data key is being changed there are slots of both; which ones
//! count is decided by the store's file alone, so that no crash can leave a store and slots that don't fit.

mod file;
mod key_file;
mod recovery;

use std::{fmt, path::Path};

use aes_gcm_siv::{
    Aes256GcmSiv, Nonce,
    aead::{AeadInOut, KeyInit},
};
use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use minicbor::{Decode, Encode};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::{
    error::{Error, Result},
    types::Timestamp,
};

use super::sealed::{DataKey, KeyId, random};

pub use file::{HEAD, MAGIC, MAX, MOST, NAMES, SUM, VERSION};
pub use key_file::KeyFile;
pub use recovery::{GROUP, GROUPS, Mistyped, RecoveryCode};

/// The most passphrases of a store: a guess is tried on each, and each try is dear.
const PASSPHRASES: usize = 4;

/// What wrapping a key under a passphrase costs: a thief pays it for every guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Cost {
    /// Memory in KiB.
    #[n(0)]
    pub memory: u32,
    /// Passes over it.
    #[n(1)]
    pub passes: u32,
}

impl Cost {
    /// 128 MiB, four passes: half a second on a small computer, once at each start.
    pub const STANDARD: Self = Self { memory: 131_072, passes: 4 };
    /// OWASP's floor: for tests.
    pub const FLOOR: Self = Self { memory: 19_456, passes: 2 };
    /// The most that is read from a slot: a forged one must not ask for all memory, nor for ever.
    pub const MOST: Self = Self { memory: 1 << 18, passes: 16 };

    fn is_sane(self) -> bool {
        (8..=Self::MOST.memory).contains(&self.memory) && (1..=Self::MOST.passes).contains(&self.passes)
    }
}

/// A passphrase in NFC. Never printed, wiped when dropped.
#[derive(Clone)]
pub struct Passphrase(SecretString);

impl Passphrase {
    /// The fewest characters of a new one.
    pub const MIN: usize = 15;
    /// The most characters.
    pub const MAX: usize = 1024;

    /// A new passphrase, of 15 to 1,024 characters.
    ///
    /// # Errors
    /// `Refused`, with the bound.
    pub fn new(typed: &str) -> Result<Self> {
        let passphrase = Self::attempt(typed);
        match passphrase.0.expose_secret().chars().count() {
            length if length < Self::MIN => Err(Error::Refused(format!(
                "a passphrase has at least {} characters: several words are best",
                Self::MIN
            ))),
            length if length > Self::MAX => {
                Err(Error::Refused(format!("a passphrase has at most {} characters", Self::MAX)))
            }
            _ => Ok(passphrase),
        }
    }

    /// The words, to be handed to the server that holds the store.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What somebody typed to unlock; more than the maximum is as wrong as any other.
    pub fn attempt(typed: &str) -> Self {
        Self(typed.nfc().take(Self::MAX + 1).collect::<String>().into())
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// What opens a slot.
#[derive(Debug, Clone)]
pub enum Opener {
    /// A file that only its owner can read.
    KeyFile(KeyFile),
    /// Words that a person remembers.
    Passphrase(Passphrase),
    /// A code on paper.
    Recovery(RecoveryCode),
}

impl Opener {
    /// The kind of slot that it opens.
    pub fn kind(&self) -> Kind {
        match self {
            Self::KeyFile(_) => Kind::KeyFile,
            Self::Passphrase(_) => Kind::Passphrase,
            Self::Recovery(_) => Kind::Recovery,
        }
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::KeyFile(file) => Some(file.fingerprint()),
            _ => None,
        }
    }
}

/// The kinds of slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Kind {
    /// Opened by a key file.
    #[n(0)]
    KeyFile,
    /// Opened by a passphrase.
    #[n(1)]
    Passphrase,
    /// Opened by a recovery code.
    #[n(2)]
    Recovery,
}

impl Kind {
    /// Its name for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeyFile => "key file",
            Self::Passphrase => "passphrase",
            Self::Recovery => "recovery code",
        }
    }
}

/// The public name of a key file's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Fingerprint(#[cbor(n(0), with = "minicbor::bytes")] [u8; 8]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// One slot. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Slot {
    /// Its number, which is never used again.
    #[n(0)]
    pub number: u32,
    /// What opens it.
    #[n(1)]
    pub kind: Kind,
    /// When it was made.
    #[n(2)]
    pub made: Timestamp,
    /// Which key file opens it.
    #[n(3)]
    pub fingerprint: Option<Fingerprint>,
    /// What each guess costs, where it is opened by a passphrase.
    #[n(4)]
    pub cost: Option<Cost>,
    #[cbor(n(5), with = "minicbor::bytes")]
    key: [u8; 8],
    #[cbor(n(6), with = "minicbor::bytes")]
    salt: [u8; 32],
    #[cbor(n(7), with = "minicbor::bytes")]
    nonce: [u8; 12],
    #[cbor(n(8), with = "minicbor::bytes")]
    wrapped: [u8; 48],
}

impl Slot {
    /// Which data key it holds.
    pub fn key(&self) -> KeyId {
        KeyId::from_bytes(self.key)
    }

    fn make(number: u32, key: &DataKey, opener: &Opener, cost: Cost, now: Timestamp) -> Result<Self> {
        let mut slot = Self {
            number,
            kind: opener.kind(),
            made: now,
            fingerprint: opener.fingerprint(),
            cost: matches!(opener, Opener::Passphrase(_)).then_some(cost),
            key: *key.id().as_bytes(),
            salt: [0; 32],
            nonce: [0; 12],
            wrapped: [0; 48],
        };
        random(&mut slot.salt)?;
        random(&mut slot.nonce)?;
        let (wrapping, bound) = (slot.wrapping_key(opener)?, slot.bound()?);
        let (text, tag) = slot.wrapped.split_at_mut(32);
        text.copy_from_slice(key.as_bytes());
        let sealed = Aes256GcmSiv::new((&*wrapping).into())
            .encrypt_inout_detached(&Nonce::from(slot.nonce), &bound, text.into())
            .map_err(|_| Error::broken("a key could not be wrapped"))?;
        tag.copy_from_slice(&sealed);
        Ok(slot)
    }

    /// The data key, if the opener is the right one.
    fn open(&self, opener: &Opener) -> Result<Option<DataKey>> {
        if self.kind != opener.kind() || self.cost.is_some_and(|cost| !cost.is_sane()) {
            return Ok(None);
        }
        let (wrapping, bound) = (self.wrapping_key(opener)?, self.bound()?);
        let (text, tag) = self.wrapped.split_at(32);
        let (mut key, mut fixed) = (Zeroizing::new([0; 32]), [0; 16]);
        key.copy_from_slice(text);
        fixed.copy_from_slice(tag);
        let opened = Aes256GcmSiv::new((&*wrapping).into()).decrypt_inout_detached(
            &Nonce::from(self.nonce),
            &bound,
            key.as_mut_slice().into(),
            &fixed.into(),
        );
        Ok(opened.ok().map(|()| DataKey::from_bytes(*key)).filter(|key| key.id() == self.key()))
    }

    fn wrapping_key(&self, opener: &Opener) -> Result<Zeroizing<[u8; 32]>> {
        Ok(match opener {
            Opener::KeyFile(file) => derive(&self.salt, file.as_bytes(), "key file"),
            Opener::Recovery(code) => derive(&self.salt, code.as_bytes(), "recovery code"),
            Opener::Passphrase(Passphrase(passphrase)) => {
                let cost = self.cost.unwrap_or(Cost::STANDARD);
                let params = Params::new(cost.memory, cost.passes, 1, Some(32)).map_err(Error::internal)?;
                let mut key = Zeroizing::new([0; 32]);
                Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                    .hash_password_into(passphrase.expose_secret().as_bytes(), &self.salt, key.as_mut_slice())
                    .map_err(Error::internal)?;
                key
            }
        })
    }

    /// What the wrapped key is bound to: everything else in the slot.
    fn bound(&self) -> Result<Vec<u8>> {
        let mut bound = b"hec key slot 1: ".to_vec();
        let rest = Self { wrapped: [0; 48], ..self.clone() };
        minicbor::encode(&rest, &mut bound).map_err(|error| Error::broken(error.to_string()))?;
        Ok(bound)
    }
}

/// HKDF-SHA256 (RFC 5869) of something with enough random bits of its own.
fn derive(salt: &[u8], secret: &[u8], purpose: &str) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    let expanded = Hkdf::<Sha256>::new(Some(salt), secret)
        .expand_multi_info(&[b"hec key slot 1: ", purpose.as_bytes()], key.as_mut_slice());
    // It fails only where more than 255 × 32 bytes are asked of it.
    debug_assert!(expanded.is_ok());
    key
}

/// The slots of one store.
#[derive(Debug, Clone)]
pub struct Slots {
    body: file::Body,
    /// Whether both copies on the disk hold this.
    agree: bool,
}

impl Slots {
    /// Slots for a new store; [`Slots::save`] writes them.
    ///
    /// # Errors
    /// `Refused` without an opener; `Internal` where memory or randomness is short.
    pub fn new(key: &DataKey, openers: &[Opener], cost: Cost, now: Timestamp) -> Result<Self> {
        if openers.is_empty() {
            return Err(Error::Refused("a store needs a key slot".to_owned()));
        }
        let mut slots = Self { body: file::Body { sequence: 0, next: 1, slots: Vec::new() }, agree: false };
        openers.iter().try_for_each(|opener| slots.add(key, opener, cost, now).map(drop))?;
        Ok(slots)
    }

    /// Reads the slots of a store's folder: the newer copy of those that hold one of the wanted keys.
    ///
    /// # Errors
    /// `Refused` where both copies are missing or damaged, or written by a later version.
    pub fn read(folder: &Path, wanted: &[KeyId]) -> Result<Self> {
        let (body, agree) = file::read(folder, wanted)?;
        Ok(Self { body, agree })
    }

    /// As a file holds them, for a copy of the store elsewhere.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        file::encode(&self.body)
    }

    /// From such a file.
    ///
    /// # Errors
    /// `Refused` where it is damaged, or was written by a later version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Ok(Self { body: file::parse(bytes)?, agree: false })
    }

    /// Whether a folder holds slots, be they good or not.
    pub fn exist(folder: &Path) -> bool {
        file::exist(folder)
    }

    /// Writes both copies, each durable before the other is touched. Gives whether both are; the change stands with
    /// the first.
    ///
    /// # Errors
    /// `Full`, `Internal`: the older slots then still stand.
    pub fn save(&mut self, folder: &Path) -> Result<bool> {
        // Whoever made up a file with the highest number there is gets no more than two copies that are equally good.
        self.body.sequence = self.body.sequence.saturating_add(1);
        self.agree = false;
        self.agree = file::write(folder, &self.body)?;
        Ok(self.agree)
    }

    /// Whether both copies on the disk are good and the same.
    pub fn agree(&self) -> bool {
        self.agree
    }

    /// The slots, oldest first.
    pub fn all(&self) -> &[Slot] {
        &self.body.slots
    }

    /// The slots that hold a key.
    pub fn of(&self, key: KeyId) -> impl Iterator<Item = &Slot> {
        self.body.slots.iter().filter(move |slot| slot.key() == key)
    }

    /// Opens a slot of the data key that the store's file asks for.
    ///
    /// # Errors
    /// `Refused` where no slot holds that key, or none opens: both fingerprints are named.
    pub fn unlock(&self, wanted: KeyId, opener: &Opener) -> Result<DataKey> {
        if self.of(wanted).next().is_none() {
            let held = self.body.slots.first().map_or_else(|| "none".to_owned(), |slot| slot.key().to_string());
            return Err(Error::Refused(format!(
                "the store is sealed with key {wanted}, and its key slots hold key {held}: they belong to another store"
            )));
        }
        let fits = |slot: &&Slot| slot.kind == opener.kind();
        for slot in
            self.of(wanted).filter(fits).take(if opener.kind() == Kind::Passphrase { PASSPHRASES } else { MOST })
        {
            if let Some(key) = slot.open(opener)? {
                return Ok(key);
            }
        }
        Err(Error::Refused(self.wrong(wanted, opener)))
    }

    fn wrong(&self, wanted: KeyId, opener: &Opener) -> String {
        let known = || self.of(wanted).filter(|slot| slot.kind == opener.kind());
        if known().next().is_none() {
            let mut others: Vec<_> = self.of(wanted).map(|slot| slot.kind.as_str()).collect();
            others.sort_unstable();
            others.dedup();
            return format!("no {} opens this store, but a {} does", opener.kind().as_str(), others.join(" or a "));
        }
        match opener {
            Opener::KeyFile(file) => {
                let asked: Vec<_> = known().filter_map(|slot| slot.fingerprint).map(|name| name.to_string()).collect();
                format!(
                    "the wrong key: {} has fingerprint {}, and this store opens with {}",
                    file.path().display(),
                    file.fingerprint(),
                    asked.join(" or ")
                )
            }
            Opener::Passphrase(_) => format!("the wrong passphrase for the store that is sealed with key {wanted}"),
            Opener::Recovery(_) => format!("the wrong recovery code for the store that is sealed with key {wanted}"),
        }
    }

    /// Adds a slot, and gives its number.
    ///
    /// # Errors
    /// `Refused` where there are 32 already, or one for the same key file.
    pub fn add(&mut self, key: &DataKey, opener: &Opener, cost: Cost, now: Timestamp) -> Result<u32> {
        if self.body.slots.len() >= MOST {
            return Err(Error::Refused(format!("a store has at most {MOST} key slots: remove one first")));
        }
        let passphrases = self.of(key.id()).filter(|slot| slot.kind == Kind::Passphrase).count();
        if opener.kind() == Kind::Passphrase && passphrases >= PASSPHRASES {
            return Err(Error::Refused(format!("a store has at most {PASSPHRASES} passphrases: remove one first")));
        }
        if let Some(name) = opener.fingerprint()
            && let Some(same) = self.of(key.id()).find(|slot| slot.fingerprint == Some(name))
        {
            return Err(Error::Refused(format!("slot {} is for this key file already", same.number)));
        }
        let number = self.body.next;
        self.body.slots.push(Slot::make(number, key, opener, cost, now)?);
        self.body.next = number.saturating_add(1);
        Ok(number)
    }

    /// Removes a slot.
    ///
    /// # Errors
    /// `Refused` where there is none of that number, or where it is the last one of its key.
    pub fn remove(&mut self, number: u32) -> Result<Slot> {
        let Some(at) = self.body.slots.iter().position(|slot| slot.number == number) else {
            return Err(Error::Refused(format!("there is no key slot {number}: see `hec key list`")));
        };
        let key = self.body.slots[at].key();
        if self.of(key).count() == 1 {
            return Err(Error::Refused(format!(
                "slot {number} is the last one: without it nobody could ever open the store. Add another first"
            )));
        }
        Ok(self.body.slots.remove(at))
    }

    /// Forgets the slots of every other key, unless there are none of this one. Gives whether any were forgotten.
    pub fn keep_only(&mut self, key: KeyId) -> bool {
        if self.of(key).next().is_none() {
            return false;
        }
        let before = self.body.slots.len();
        self.body.slots.retain(|slot| slot.key() == key);
        self.body.slots.len() < before
    }
}
