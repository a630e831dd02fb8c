//! How a blob's bytes are sealed: STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its
//! Nonce-Reuse Misuse-Resistance, CRYPTO 2015, <https://eprint.iacr.org/2015/189>), with random access.
//!
//! **Nonces.** A chunk's nonce is zeros, the chunk's number and whether it is the last. Such nonces repeat from blob to
//! blob, which is safe because keys never do: each is drawn for one blob, seals every number once, and a blob is never
//! written again.
//!
//! **Additional data.** The format's name and the blob's whole length, and not the blob's id: one file may lie under
//! several names (`copy_unsynced`), with a reference of its own to each. What the id would add, the key does already:
//! no two files that were written share one, so a file under another's name is opened with the wrong key.
//!
//! **Keys.** Neither cipher commits to its key: who knows two keys can make a file that opens under both. Who knows
//! one could have read and written the blob anyway.

use aead_stream::{NewStream, StreamBE32, StreamPrimitive, aead::Error as Forged};
use aes_gcm_siv::Aes256GcmSiv;
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use zeroize::Zeroize;

use crate::store::sealed::Cipher;

use super::reference::Blob;

/// Text in a chunk, in bytes; the last one may have less. An empty blob is one empty chunk.
pub const CHUNK: usize = 64 * 1024;
/// What sealing adds to a chunk, in bytes.
pub const TAG: usize = 16;
/// The first part of the additional data.
const PURPOSE: &[u8; 10] = b"hec blob 1";

/// How many chunks a blob of this length has: at least one, so that there is always something to prove.
pub fn chunks(len: u64) -> u64 {
    len.div_ceil(CHUNK as u64).max(1)
}

/// The length of the file of a blob of this length, in bytes.
pub fn sealed_len(len: u64) -> u64 {
    len.saturating_add(chunks(len).saturating_mul(TAG as u64))
}

/// Where a chunk begins in the file.
pub fn place(chunk: u64) -> u64 {
    chunk.saturating_mul((CHUNK + TAG) as u64)
}

/// One blob's key, ready for use.
pub(super) struct Seal {
    stream: Stream,
    bound: [u8; PURPOSE.len() + 8],
    last: u64,
}

/// Boxed: a cipher with its round keys takes a kilobyte.
enum Stream {
    Siv(Box<StreamBE32<Aes256GcmSiv>>),
    XChaCha(Box<StreamBE32<XChaCha20Poly1305>>),
}

impl Seal {
    pub(super) fn new(blob: &Blob) -> Self {
        let key = blob.key.expose().into();
        let stream = match blob.cipher {
            Cipher::Aes256GcmSiv => {
                Stream::Siv(Box::new(StreamBE32::from_aead(Aes256GcmSiv::new(key), &[0; 7].into())))
            }
            Cipher::XChaCha20Poly1305 => {
                Stream::XChaCha(Box::new(StreamBE32::from_aead(XChaCha20Poly1305::new(key), &[0; 19].into())))
            }
        };
        let mut bound = [0; PURPOSE.len() + 8];
        let (purpose, len) = bound.split_at_mut(PURPOSE.len());
        purpose.copy_from_slice(PURPOSE);
        len.copy_from_slice(&blob.len.to_le_bytes());
        Self { stream, bound, last: chunks(blob.len) - 1 }
    }

    /// Seals a chunk's text in place; its tag is appended. Every number must be sealed once only.
    pub(super) fn seal(&self, chunk: u64, buffer: &mut Vec<u8>) -> Result<(), Forged> {
        let (number, last) = self.numbered(chunk)?;
        match &self.stream {
            Stream::Siv(stream) => stream.encrypt_in_place(number, last, &self.bound, buffer),
            Stream::XChaCha(stream) => stream.encrypt_in_place(number, last, &self.bound, buffer),
        }
    }

    /// Opens a sealed chunk in place. Where it does not authenticate, the buffer is wiped and left empty: what was not
    /// proven is not shown.
    pub(super) fn open(&self, chunk: u64, buffer: &mut Vec<u8>) -> Result<(), Forged> {
        let opened = self.numbered(chunk).and_then(|(number, last)| match &self.stream {
            Stream::Siv(stream) => stream.decrypt_in_place(number, last, &self.bound, buffer),
            Stream::XChaCha(stream) => stream.decrypt_in_place(number, last, &self.bound, buffer),
        });
        if opened.is_err() {
            buffer.zeroize();
        }
        opened
    }

    /// STREAM counts with 32 bits: up to 256 TiB.
    fn numbered(&self, chunk: u64) -> Result<(u32, bool), Forged> {
        Ok((u32::try_from(chunk).map_err(|_| Forged)?, chunk == self.last))
    }
}
