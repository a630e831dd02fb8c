//! Someone who has the data key: seals headers, tag pages and superblocks anew, by FORMAT.md and not by the code that is
//! under test.

use aes_gcm_siv::{
    Aes256GcmSiv,
    aead::{AeadInOut, KeyInit},
};
use chacha20poly1305::XChaCha20Poly1305;
use hec::store::sealed::{Cipher, DataKey, Layout, layout};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::sealed::disk::Image;

use super::input::Input;

const BLOCK: usize = layout::BLOCK;
const TAGS: u8 = 2;
const HEADER: u8 = 3;

pub struct Forger {
    key: DataKey,
    cipher: Cipher,
    file: [u8; 16],
}

impl Forger {
    pub fn new(image: &Image, cipher: Cipher, key: DataKey) -> Self {
        let block = block(image, 0);
        Self { key, cipher, file: block[16..32].try_into().expect("16 bytes") }
    }

    fn layout(&self) -> Layout {
        self.cipher.layout()
    }

    fn subkey(&self, purpose: &str) -> [u8; 32] {
        let mut subkey = [0; 32];
        let hkdf = Hkdf::<Sha256>::new(Some(&self.file), self.key.as_bytes());
        hkdf.expand_multi_info(&[b"hec sealed file 1: ", purpose.as_bytes()], &mut subkey).expect("32 bytes are few");
        subkey
    }

    fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.subkey(purpose)).expect("keys of any length");
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }

    fn bound(&self, kind: u8, number: u64) -> Vec<u8> {
        [&self.file[..], &[kind], &number.to_le_bytes()].concat()
    }

    fn purpose(kind: u8) -> &'static str {
        if kind == TAGS { "tag" } else { "header" }
    }

    /// A sealed page's text and tag.
    fn open(&self, kind: u8, number: u64, block: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let (text, rest) = block.split_at(self.layout().text());
        let (nonce, rest) = rest.split_at(self.layout().nonce());
        let (tag, key) = (&rest[..layout::TAG], self.subkey(Self::purpose(kind)));
        let (mut text, bound) = (text.to_vec(), self.bound(kind, number));
        let (buffer, whole) = (text.as_mut_slice().into(), tag.try_into().ok()?);
        match self.cipher {
            Cipher::Aes256GcmSiv => {
                Aes256GcmSiv::new(&key.into()).decrypt_inout_detached(nonce.try_into().ok()?, &bound, buffer, whole)
            }
            Cipher::XChaCha20Poly1305 => {
                let aead = XChaCha20Poly1305::new(&key.into());
                aead.decrypt_inout_detached(nonce.try_into().ok()?, &bound, buffer, whole)
            }
        }
        .ok()?;
        Some((text, tag.to_vec()))
    }

    fn seal(&self, kind: u8, number: u64, text: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (mut text, bound) = (text.to_vec(), self.bound(kind, number));
        let (nonce, key) = (vec![0x77; self.layout().nonce()], self.subkey(Self::purpose(kind)));
        let buffer = text.as_mut_slice().into();
        let tag = match self.cipher {
            Cipher::Aes256GcmSiv => Aes256GcmSiv::new(&key.into())
                .encrypt_inout_detached(nonce.as_slice().try_into().expect("12 bytes"), &bound, buffer)
                .expect("a page is short")
                .to_vec(),
            Cipher::XChaCha20Poly1305 => XChaCha20Poly1305::new(&key.into())
                .encrypt_inout_detached(nonce.as_slice().try_into().expect("24 bytes"), &bound, buffer)
                .expect("a page is short")
                .to_vec(),
        };
        let mut block = [text, nonce, tag.clone()].concat();
        block.resize(BLOCK, 0);
        (block, tag)
    }

    /// The text of a header.
    pub fn header(&self, image: &Image, copy: usize) -> Option<Vec<u8>> {
        self.open(HEADER, copy as u64, &block(image, layout::header(copy))).map(|(text, _)| text)
    }

    /// Seals a header's text.
    pub fn set_header(&self, image: &mut Image, copy: usize, text: &[u8]) {
        image.write(layout::header(copy), &self.seal(HEADER, copy as u64, text).0);
    }

    /// Forges something, where there is something to begin with.
    pub fn forge(&self, image: &mut Image, input: &mut Input) {
        match input.below(4) {
            0 => self.superblock(image, input),
            1 | 2 => self.some_header(image, input),
            _ => self.tag_page(image, input),
        }
    }

    fn superblock(&self, image: &mut Image, input: &mut Input) {
        let copy = input.below(layout::COPIES);
        let mut block = block(image, layout::superblock(copy));
        let at = input.below(48);
        block[at..48].iter_mut().zip(input.some(8)).for_each(|(byte, new)| *byte = *new);
        // Under the subkey of the file id that now stands there, as a reader will derive it.
        let file = block[16..32].try_into().expect("16 bytes");
        let fingerprint = Self { key: self.key.clone(), cipher: self.cipher, file }.mac("superblock", &[&block[..48]]);
        block[48..80].copy_from_slice(&fingerprint);
        image.write(layout::superblock(copy), &block);
    }

    fn some_header(&self, image: &mut Image, input: &mut Input) {
        let (from, to) = (input.below(layout::COPIES), input.below(layout::COPIES));
        let Some(mut text) = self.header(image, from) else { return };
        for _ in 0..=input.below(3) {
            match input.below(5) {
                field @ 0..=2 => {
                    let field = &mut text[field * 8..field * 8 + 8];
                    let old = u64::from_le_bytes((&*field).try_into().expect("8 bytes"));
                    field.copy_from_slice(&input.number(old).to_le_bytes());
                }
                _ => {
                    let at = 24 + input.below(528);
                    text[at..].iter_mut().zip(input.some(8)).for_each(|(byte, new)| *byte = *new);
                }
            }
        }
        self.set_header(image, to, &text);
    }

    /// A tag page's epoch or one of its entries; perhaps with headers that agree.
    fn tag_page(&self, image: &mut Image, input: &mut Input) {
        let groups = self.layout().groups_in_file(image.len()).min(64);
        let (group, from) = (input.below(groups as usize) as u64, input.below(layout::COPIES));
        let to = input.below(layout::COPIES);
        let offset = |copy| self.layout().tag_page(group, copy);
        let Some((mut text, old)) = self.open(TAGS, Layout::tag_number(group, from), &block(image, offset(from)))
        else {
            return;
        };
        for _ in 0..=input.below(3) {
            let field = match input.below(3) {
                0 => {
                    let old = u64::from_le_bytes(text[..8].try_into().expect("8 bytes"));
                    text[..8].copy_from_slice(&input.number(old).to_le_bytes());
                    continue;
                }
                // The stamp of an entry, or any of its bytes.
                1 => self.layout().entry() - layout::ENTRY_EPOCH,
                _ => input.below(self.layout().entry()),
            };
            let at = layout::PAGE_EPOCH + input.below(self.layout().group() as usize) * self.layout().entry() + field;
            text[at..].iter_mut().zip(input.some(4)).for_each(|(byte, new)| *byte = *new);
        }
        let (page, new) = self.seal(TAGS, Layout::tag_number(group, to), &text);
        image.write(offset(to), &page);
        for copy in (0..layout::COPIES).filter(|_| input.coin()) {
            let Some(mut text) = self.header(image, copy) else { continue };
            for tag in [&old, &new] {
                let mark = self.mac("accumulator", &[&group.to_le_bytes(), tag]);
                text[24..40].iter_mut().zip(mark).for_each(|(sum, byte)| *sum ^= byte);
            }
            self.set_header(image, copy, &text);
        }
    }
}

/// A block as it lies in an image; zeros past its end.
pub fn block(image: &Image, offset: u64) -> Vec<u8> {
    let mut out = vec![0; BLOCK];
    let there = image.len().saturating_sub(offset).min(BLOCK as u64) as usize;
    drop(image.read(offset, &mut out[..there]));
    out
}
