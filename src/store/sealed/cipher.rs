//! Keys and ciphers: everything that is cryptography, and nothing else.
//!
//! One random 256-bit [`DataKey`] seals a file. From it and the file's random id HKDF-SHA256 (RFC 5869) derives one
//! subkey for each purpose, so that no two purposes and no two files ever share a key:
//!
//! ```text
//! subkey(purpose) = HKDF-SHA256(salt: file id, input: data key, info: "hec sealed file 1: " purpose)
//! ```
//!
//! Every sealed thing is bound to its place by its additional data, `file id | kind | number`: a block that is moved,
//! swapped with another, or taken from another file does not authenticate.

use std::fmt;

use aes_gcm_siv::{Aes256GcmSiv, aead::inout::InOutBuf};
use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use minicbor::{Decode, Encode};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::{
    fault::Fault,
    layout::{Layout, TAG},
};

/// An authentication tag.
pub(super) type Tag = [u8; TAG];

/// Which cipher a file is sealed with. Chosen when the file is made; the number is written into it, or into the row
/// that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
#[repr(u8)]
pub enum Cipher {
    /// AES-256-GCM-SIV (RFC 8452), with random nonces of 12 bytes: should two ever meet under one key, that tells
    /// whether two blocks are equal, and nothing else.
    #[n(1)]
    Aes256GcmSiv = 1,
    /// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), with random nonces of 24 bytes, which never meet.
    #[n(2)]
    XChaCha20Poly1305 = 2,
}

impl Cipher {
    /// The faster one on this machine: AES where the processor has instructions for it.
    pub fn best() -> Self {
        if has_aes() { Self::Aes256GcmSiv } else { Self::XChaCha20Poly1305 }
    }

    /// The number that stands for it in a file.
    pub const fn id(self) -> u8 {
        self as u8
    }

    /// The cipher of a number.
    pub const fn from_id(id: u8) -> Option<Self> {
        match id {
            1 => Some(Self::Aes256GcmSiv),
            2 => Some(Self::XChaCha20Poly1305),
            _ => None,
        }
    }

    /// The sizes of a file that is sealed with it.
    pub const fn layout(self) -> Layout {
        match self {
            Self::Aes256GcmSiv => Layout::new(12),
            Self::XChaCha20Poly1305 => Layout::new(24),
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn has_aes() -> bool {
    std::arch::is_x86_feature_detected!("aes") && std::arch::is_x86_feature_detected!("pclmulqdq")
}

#[cfg(target_arch = "aarch64")]
fn has_aes() -> bool {
    std::arch::is_aarch64_feature_detected!("aes")
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn has_aes() -> bool {
    false
}

/// The key that seals a file. Wiped when dropped, never printed.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// A new random key.
    ///
    /// # Errors
    /// Where the machine gives no random numbers.
    pub fn random() -> std::io::Result<Self> {
        let mut key = Zeroizing::new([0; 32]);
        random(key.as_mut_slice())?;
        Ok(Self(key))
    }

    /// A key that was unwrapped elsewhere.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, to be wrapped.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A name for the key which tells nothing about it: the same in every file that it seals.
    pub fn id(&self) -> KeyId {
        KeyId(*expand(&Hkdf::new(None, self.0.as_slice()), "key id"))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({})", self.id())
    }
}

/// The public name of a data key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId(pub(super) [u8; 8]);

impl KeyId {
    /// From the bytes of a slot.
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The random name of one file: the salt of its subkeys and a part of all additional data.
pub(super) type FileId = [u8; 16];

/// What a sealed thing is. The number is part of its additional data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// A data block; its number is the logical block.
    Data = 1,
    /// A tag page; its number is twice the group, plus the copy.
    Tags = 2,
    /// A header; its number is the copy.
    Header = 3,
}

/// Something did not authenticate. Says nothing more on purpose.
#[derive(Debug)]
pub(super) struct Forged;

/// The subkeys of one file, ready for use.
pub(super) struct Keys {
    file: FileId,
    cipher: Cipher,
    data: Aead,
    tags: Aead,
    header: Aead,
    accumulator: Zeroizing<[u8; 32]>,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("cipher", &self.cipher).finish_non_exhaustive()
    }
}

impl Keys {
    /// Derives the subkeys of a file.
    pub(super) fn derive(key: &DataKey, cipher: Cipher, file: FileId) -> Self {
        let hkdf = Hkdf::new(Some(&file), key.as_bytes());
        let subkey = |purpose| expand(&hkdf, purpose);
        Self {
            file,
            cipher,
            data: Aead::new(cipher, &subkey("data")),
            tags: Aead::new(cipher, &subkey("tag")),
            header: Aead::new(cipher, &subkey("header")),
            accumulator: subkey("accumulator"),
        }
    }

    pub(super) fn cipher(&self) -> Cipher {
        self.cipher
    }

    /// Seals `text` into `out` of the same length. The nonce must be fresh from [`random`].
    pub(super) fn seal(
        &self,
        kind: Kind,
        number: u64,
        nonce: &[u8],
        text: &[u8],
        out: &mut [u8],
    ) -> Result<Tag, Forged> {
        let buffer = InOutBuf::new(text, out).map_err(|_| Forged)?;
        self.aead(kind).seal(nonce, &self.bind(kind, number), buffer)
    }

    /// Opens `sealed` in place. Where it does not authenticate it is wiped: what was not proven is not shown.
    pub(super) fn open(
        &self,
        kind: Kind,
        number: u64,
        nonce: &[u8],
        tag: &[u8],
        sealed: &mut [u8],
    ) -> Result<(), Forged> {
        let bound = self.bind(kind, number);
        let opened = self.aead(kind).open(nonce, &bound, sealed, tag);
        if opened.is_err() {
            sealed.zeroize();
        }
        opened
    }

    /// What a tag page adds to the accumulator: a MAC over its group and its own tag. See `tags.rs`.
    pub(super) fn mark(&self, group: u64, tag: &Tag) -> Tag {
        let mut mac = mac(&self.accumulator);
        mac.update(&group.to_le_bytes());
        mac.update(tag);
        truncate(mac)
    }

    fn aead(&self, kind: Kind) -> &Aead {
        match kind {
            Kind::Data => &self.data,
            Kind::Tags => &self.tags,
            Kind::Header => &self.header,
        }
    }

    fn bind(&self, kind: Kind, number: u64) -> [u8; 25] {
        let mut bound = [0; 25];
        bound[..16].copy_from_slice(&self.file);
        bound[16] = kind as u8;
        bound[17..].copy_from_slice(&number.to_le_bytes());
        bound
    }
}

/// The fingerprint of a superblock's clear bytes under the data key: proves the key and the bytes at once.
pub(super) fn fingerprint(key: &DataKey, file: &FileId, clear: &[u8]) -> [u8; 32] {
    let subkey = expand(&Hkdf::new(Some(file), key.as_bytes()), "superblock");
    let mut mac = mac(&subkey);
    mac.update(clear);
    mac.finalize().into_bytes().into()
}

/// Fills the bytes from the operating system's generator.
pub(in crate::store) fn random(out: &mut [u8]) -> std::io::Result<()> {
    getrandom::fill(out).map_err(|_| Fault::NoRandomness.into())
}

enum Aead {
    Siv(Box<Aes256GcmSiv>),
    XChaCha(Box<XChaCha20Poly1305>),
}

impl Aead {
    fn new(cipher: Cipher, key: &[u8; 32]) -> Self {
        match cipher {
            Cipher::Aes256GcmSiv => Self::Siv(Box::new(Aes256GcmSiv::new(key.into()))),
            Cipher::XChaCha20Poly1305 => Self::XChaCha(Box::new(XChaCha20Poly1305::new(key.into()))),
        }
    }

    fn seal(&self, nonce: &[u8], bound: &[u8], buffer: InOutBuf<'_, '_, u8>) -> Result<Tag, Forged> {
        match self {
            Self::Siv(aead) => {
                let nonce = nonce.try_into().map_err(|_| Forged)?;
                aead.encrypt_inout_detached(nonce, bound, buffer).map(Into::into).map_err(|_| Forged)
            }
            Self::XChaCha(aead) => {
                let nonce = nonce.try_into().map_err(|_| Forged)?;
                aead.encrypt_inout_detached(nonce, bound, buffer).map(Into::into).map_err(|_| Forged)
            }
        }
    }

    fn open(&self, nonce: &[u8], bound: &[u8], sealed: &mut [u8], tag: &[u8]) -> Result<(), Forged> {
        let tag = tag.try_into().map_err(|_| Forged)?;
        match self {
            Self::Siv(aead) => {
                let nonce = nonce.try_into().map_err(|_| Forged)?;
                aead.decrypt_inout_detached(nonce, bound, sealed.into(), tag).map_err(|_| Forged)
            }
            Self::XChaCha(aead) => {
                let nonce = nonce.try_into().map_err(|_| Forged)?;
                aead.decrypt_inout_detached(nonce, bound, sealed.into(), tag).map_err(|_| Forged)
            }
        }
    }
}

/// HKDF's second half under a named purpose. It fails only where more than 255 × 32 bytes are asked of it.
fn expand<const N: usize>(hkdf: &Hkdf<Sha256>, purpose: &str) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 32) };
    let mut out = Zeroizing::new([0; N]);
    let expanded = hkdf.expand_multi_info(&[b"hec sealed file 1: ", purpose.as_bytes()], out.as_mut_slice());
    debug_assert!(expanded.is_ok());
    out
}

fn mac(key: &[u8; 32]) -> Hmac<Sha256> {
    // HMAC takes keys of any length; the fixed-size constructor wants one of a whole SHA-256 block.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    <Hmac<Sha256> as hmac::KeyInit>::new((&*block).into())
}

fn truncate(mac: Hmac<Sha256>) -> Tag {
    let full: [u8; 32] = mac.finalize().into_bytes().into();
    let mut short = [0; TAG];
    short.copy_from_slice(&full[..TAG]);
    short
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const BOTH: [Cipher; 2] = [Cipher::Aes256GcmSiv, Cipher::XChaCha20Poly1305];

    fn keys(cipher: Cipher, file: u8) -> Keys {
        Keys::derive(&DataKey::from_bytes([7; 32]), cipher, [file; 16])
    }

    #[test]
    fn what_is_sealed_opens_only_in_its_own_place() {
        for cipher in BOTH {
            let (keys, nonce) = (keys(cipher, 1), vec![3; cipher.layout().nonce()]);
            let mut sealed = [0; 64];
            let tag = keys.seal(Kind::Data, 5, &nonce, &[9; 64], &mut sealed).unwrap();
            assert_ne!(sealed, [9; 64]);

            let opens = |keys: &Keys, kind, number, nonce: &[u8], tag: &[u8]| {
                let mut copy = sealed;
                let opened = keys.open(kind, number, nonce, tag, &mut copy).is_ok();
                assert_eq!(copy, if opened { [9; 64] } else { [0; 64] }, "what is not proven is wiped");
                opened
            };
            assert!(opens(&keys, Kind::Data, 5, &nonce, &tag));
            assert!(!opens(&keys, Kind::Data, 6, &nonce, &tag), "another place");
            assert!(!opens(&keys, Kind::Tags, 5, &nonce, &tag), "another kind");
            assert!(!opens(&self::keys(cipher, 2), Kind::Data, 5, &nonce, &tag), "another file");
            assert!(!opens(&keys, Kind::Data, 5, &nonce, &[0; TAG]));
            assert!(!opens(&keys, Kind::Data, 5, &nonce[1..], &tag));
            assert!(!opens(&keys, Kind::Data, 5, &nonce, &tag[1..]));
        }
    }

    #[test]
    fn keys_have_a_name_and_no_face() {
        let key = DataKey::from_bytes([0x5a; 32]);
        assert_eq!(key.id(), DataKey::from_bytes([0x5a; 32]).id());
        assert_ne!(key.id(), DataKey::from_bytes([0x5b; 32]).id());
        assert_eq!(format!("{key:?}"), format!("DataKey({})", key.id()));
        assert!(!format!("{:?}", keys(Cipher::best(), 1)).contains("90"));
    }

    #[test]
    fn hmac_is_the_standards() {
        // RFC 4231, test case 2, with its key padded as the standard pads it.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let mut mac = mac(&key);
        mac.update(b"what do ya want for nothing?");
        let full: [u8; 32] = mac.finalize().into_bytes().into();
        assert_eq!(full[..8], [0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e]);
    }

    #[test]
    fn purposes_do_not_share_keys() {
        let keys = keys(Cipher::Aes256GcmSiv, 1);
        let sealed = [Kind::Data, Kind::Tags, Kind::Header].map(|kind| {
            let mut out = [0; 32];
            keys.seal(kind, 0, &[0; 12], &[0; 32], &mut out).unwrap();
            out
        });
        assert!(sealed[0] != sealed[1] && sealed[1] != sealed[2] && sealed[0] != sealed[2]);
        assert_ne!(keys.mark(0, &[0; TAG]), keys.mark(1, &[0; TAG]));
    }
}
