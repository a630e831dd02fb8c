//! Whatever happens to a file, what is read from it was stored, or nothing is read.

use std::{fs, io::Read as _, path::Path};

use hec::store::{
    Blob, Blobs,
    blobs::seal::{CHUNK, TAG},
    sealed::Cipher,
};

use super::{BOTH, LENGTHS, new, path, reference, text, today};
use crate::sealed::rng::Rng;

const SEALED: usize = CHUNK + TAG;

/// Flips a bit in every chunk that is not named.
pub fn damaged_except(file: &Path, kept: &[usize]) {
    let mut bytes = fs::read(file).unwrap();
    for (number, chunk) in bytes.chunks_mut(SEALED).enumerate().filter(|(number, _)| !kept.contains(number)) {
        chunk[number % chunk.len()] ^= 1;
    }
    fs::write(file, bytes).unwrap();
}

/// The bytes that come before the error; there must be one.
#[track_caller]
fn before_the_error(blobs: &Blobs, blob: &Blob, what: &str) -> Vec<u8> {
    assert!(blobs.get(blob).is_err(), "{what}: read");
    let why = blobs.check(blob).map_err(|error| std::error::Error::source(&error).unwrap().to_string());
    assert!(why.unwrap_err().contains(&blob.id.to_string()), "{what}: the damage names the blob");
    let mut read = Vec::new();
    if let Ok(mut reader) = blobs.reader(blob) {
        let first = reader.read_to_end(&mut read);
        assert!(first.is_err(), "{what}: read to its end");
        let before = read.len();
        assert!(reader.read_to_end(&mut read).is_err() && read.len() == before, "{what}: a second try is no better");
    }
    read
}

/// A stored text, its file, and what one may do to the file.
struct Case {
    folder: tempfile::TempDir,
    blobs: Blobs,
    text: Vec<u8>,
    blob: Blob,
    whole: Vec<u8>,
}

impl Case {
    fn new(cipher: Cipher, len: usize) -> Self {
        let (folder, blobs) = new();
        let (blobs, text) = (blobs.sealing_with(cipher), text(len, 5));
        let blob = blobs.put(&text, today()).unwrap();
        let whole = fs::read(path(&folder, blob.id)).unwrap();
        Self { folder, blobs, text, blob, whole }
    }

    fn chunks(&self) -> Vec<Vec<u8>> {
        self.whole.chunks(SEALED).map(<[u8]>::to_vec).collect()
    }

    /// The file holds these bytes instead: an error, and before it nothing but the text's beginning.
    #[track_caller]
    fn refuses(&self, bytes: &[u8], what: &str) {
        assert!(*bytes != *self.whole, "{what}: nothing was changed");
        fs::write(path(&self.folder, self.blob.id), bytes).unwrap();
        let what = format!("{what} in {} bytes with {:?}", self.text.len(), self.blob);
        assert!(self.text.starts_with(&before_the_error(&self.blobs, &self.blob, &what)), "{what}: wrong bytes");
        fs::write(path(&self.folder, self.blob.id), &self.whole).unwrap();
        assert!(self.blobs.get(&self.blob).unwrap() == self.text, "the file itself is good");
    }
}

/// Every cipher with every length at which something begins or ends.
fn cases() -> impl Iterator<Item = Case> {
    BOTH.into_iter().flat_map(|cipher| LENGTHS.into_iter().map(move |len| Case::new(cipher, len)))
}

#[test]
fn a_flipped_bit_costs_its_chunk_and_no_other() {
    let mut rng = Rng::new(6);
    for case in cases() {
        let chunks = case.text.len().div_ceil(CHUNK).max(1);
        for _ in 0..20 {
            let (byte, bit) = (rng.below(case.whole.len()), rng.below(8));
            let mut bytes = case.whole.clone();
            bytes[byte] ^= 1 << bit;
            case.refuses(&bytes, &format!("bit {bit} of byte {byte}"));
            fs::write(path(&case.folder, case.blob.id), &bytes).unwrap();
            for chunk in 0..chunks {
                let reader = case.blobs.reader(&case.blob).unwrap().starting_at((chunk * CHUNK) as u64);
                let mut read = Vec::new();
                let good = reader.take(CHUNK as u64).read_to_end(&mut read).is_ok();
                assert_eq!(good, chunk != byte / SEALED);
                let text = case.text.chunks(CHUNK).nth(chunk).unwrap_or_default();
                assert!(read == if good { text } else { &[] });
            }
        }
    }
}

#[test]
fn a_file_that_ends_too_early_is_refused() {
    let mut rng = Rng::new(7);
    for case in cases() {
        let len = case.whole.len();
        let borders = (0..len).step_by(SEALED).flat_map(|at| [at.saturating_sub(1), at, at + 1, at + TAG, at + CHUNK]);
        let ends = borders.chain([len - 1, len - TAG]).chain((0..10).map(|_| rng.below(len)));
        for end in ends.filter(|end| *end < len).collect::<std::collections::BTreeSet<_>>() {
            case.refuses(&case.whole[..end], &format!("cut at {end}"));
        }
    }
}

#[test]
fn a_file_that_ends_while_it_is_read_breaks_the_reading_off() {
    for cipher in BOTH {
        let case = Case::new(cipher, 3 * CHUNK);
        for left in [0, 1, SEALED, SEALED + 1, 3 * SEALED - 1] {
            let mut reader = case.blobs.reader(&case.blob).unwrap();
            fs::write(path(&case.folder, case.blob.id), &case.whole[..left]).unwrap();
            let mut read = Vec::new();
            assert!(reader.read_to_end(&mut read).is_err());
            assert!(read == case.text[..left / SEALED * CHUNK]);
            fs::write(path(&case.folder, case.blob.id), &case.whole).unwrap();
        }
    }
}

#[test]
fn a_file_that_goes_on_too_long_is_refused() {
    for case in cases() {
        for more in [vec![0], vec![0; TAG], case.chunks().remove(0), text(CHUNK, 8), case.whole.clone()] {
            case.refuses(&[&case.whole[..], &more].concat(), &format!("{} bytes more", more.len()));
        }
    }
}

#[test]
fn chunks_in_another_order_or_number_are_refused() {
    for case in cases() {
        let chunks = case.chunks();
        for (one, other) in (0..chunks.len()).flat_map(|one| (0..chunks.len()).map(move |other| (one, other))) {
            if one == other {
                continue;
            }
            let mut swapped = chunks.clone();
            swapped.swap(one, other);
            case.refuses(&swapped.concat(), &format!("chunks {one} and {other} swapped"));
            let mut doubled = chunks.clone();
            doubled[other] = chunks[one].clone();
            case.refuses(&doubled.concat(), &format!("chunk {one} in place of {other}"));
            let mut dropped = chunks.clone();
            dropped.remove(one);
            case.refuses(&dropped.concat(), &format!("chunk {one} dropped"));
            dropped.insert(other, chunks[other].clone());
            case.refuses(&dropped.concat(), &format!("chunk {one} dropped, {other} put in again"));
        }
    }
}

#[test]
fn another_blobs_file_or_chunk_is_refused() {
    for case in cases() {
        // As long, and with the same text: only the key tells them apart.
        let other = case.blobs.put(&case.text, today()).unwrap();
        let theirs = fs::read(path(&case.folder, other.id)).unwrap();
        case.refuses(&theirs, "another blob's file");
        for (number, chunk) in theirs.chunks(SEALED).enumerate() {
            let mut mixed = case.chunks();
            mixed[number] = chunk.to_vec();
            case.refuses(&mixed.concat(), &format!("chunk {number} of another blob"));
        }
    }
}

#[test]
fn two_files_that_change_places_are_both_refused() {
    for cipher in BOTH {
        let case = Case::new(cipher, 2 * CHUNK + 5);
        let other = case.blobs.put(&text(2 * CHUNK + 5, 9), today()).unwrap();
        let (mine, theirs) = (path(&case.folder, case.blob.id), path(&case.folder, other.id));
        let between = mine.with_extension("between");
        fs::rename(&mine, &between).unwrap();
        fs::rename(&theirs, &mine).unwrap();
        fs::rename(&between, &theirs).unwrap();
        assert!(before_the_error(&case.blobs, &case.blob, "mine").is_empty());
        assert!(before_the_error(&case.blobs, &other, "theirs").is_empty());
    }
}

#[test]
fn an_empty_a_missing_and_a_foreign_file_are_refused() {
    for case in cases() {
        case.refuses(&[], "an empty file");
        case.refuses(&vec![0; case.whole.len()], "zeros");
        case.refuses(&text(case.whole.len(), 10), "noise");
        let file = path(&case.folder, case.blob.id);
        fs::remove_file(&file).unwrap();
        assert!(before_the_error(&case.blobs, &case.blob, "a missing file").is_empty());
        fs::create_dir(file).unwrap();
        assert!(before_the_error(&case.blobs, &case.blob, "a folder").is_empty());
    }
}

#[test]
fn a_text_in_clear_is_refused() {
    for case in cases() {
        let clear = [&case.text[..], &vec![0; case.whole.len() - case.text.len()]].concat();
        case.refuses(&clear, "the text in clear");
    }
}

/// A reference as somebody else might write it.
fn forged(blob: &Blob, change: impl FnOnce(&mut Vec<u8>)) -> Option<Blob> {
    let mut row = minicbor::to_vec(blob).unwrap();
    change(&mut row);
    minicbor::decode(&row).ok()
}

fn of_len(blob: &Blob, len: u64) -> Blob {
    let mut other = blob.clone();
    other.len = len;
    other
}

#[test]
fn a_blob_opens_with_its_own_key_cipher_and_length_only() {
    for case in cases() {
        let row = minicbor::to_vec(&case.blob).unwrap();
        let (_, key, cipher, _) = reference(&row);
        let at = row.windows(32).position(|bytes| bytes == key).unwrap();
        let other_cipher = 3 - cipher;
        for (what, bad) in [
            ("another key", forged(&case.blob, |row| row[at + 31] ^= 1)),
            ("another cipher", forged(&case.blob, |row| row[at + 32] = other_cipher)),
        ] {
            assert!(before_the_error(&case.blobs, &bad.unwrap(), what).is_empty());
        }
        assert!(forged(&case.blob, |row| row[at + 32] = 9).is_none(), "a cipher that nobody knows");
        // Also where the file is as long as the other length wants it.
        for len in LENGTHS.into_iter().filter(|len| *len != case.text.len()) {
            let bad = of_len(&case.blob, len as u64);
            let read = before_the_error(&case.blobs, &bad, "another length");
            assert!(read.is_empty());
            let mut file = case.whole.clone();
            file.resize(len + len.div_ceil(CHUNK).max(1) * TAG, 0);
            fs::write(path(&case.folder, case.blob.id), file).unwrap();
            assert!(before_the_error(&case.blobs, &bad, "another length and its file").is_empty());
            fs::write(path(&case.folder, case.blob.id), &case.whole).unwrap();
        }
        for len in [u64::MAX, u64::MAX - 1, 1 << 48, 1 << 60] {
            assert!(before_the_error(&case.blobs, &of_len(&case.blob, len), "a vast length").is_empty());
        }
    }
}
