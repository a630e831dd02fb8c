//! FORMAT.md is true and enough: a reader that knows nothing but its tables reads a file that the code wrote.

use std::{collections::HashMap, fs};

use aes_gcm_siv::{Aes256GcmSiv, aead::AeadInOut};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use hec::store::{
    Blob,
    blobs::seal::{CHUNK, TAG, place, sealed_len},
};

use super::{BOTH, LENGTHS, new, path, reference, text, today};
use crate::support::format_tables;

const FORMAT: &str = include_str!("../../../src/store/blobs/FORMAT.md");

/// Reads by the tables alone.
struct Reader {
    tables: HashMap<&'static str, Vec<usize>>,
    column: usize,
    key: [u8; 32],
    len: u64,
}

impl Reader {
    /// A reader for a reference, and the name of its file.
    fn of(blob: &Blob) -> (Self, String) {
        let tables = format_tables(FORMAT);
        let (id, key, cipher, len) = reference(&minicbor::to_vec(blob).unwrap());
        assert_eq!((&tables["id"], &tables["key"]), (&vec![0, id.len()], &vec![1, key.len()]));
        assert_eq!((&tables["cipher"], &tables["len"]), (&vec![2], &vec![3]));
        let column = tables["cipher id"].iter().position(|id| *id == usize::from(cipher)).unwrap();
        let name: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let name = format!("{}-{}-{}-{}-{}", &name[..8], &name[8..12], &name[12..16], &name[16..20], &name[20..]);
        (Self { tables, column, key, len }, name)
    }

    fn size(&self, name: &str) -> usize {
        self.tables[name][self.column]
    }

    fn open(&self, number: u32, last: bool, sealed: &[u8]) -> Vec<u8> {
        let (text, tag) = sealed.split_at(sealed.len() - self.size("tag"));
        let counter = number.to_be_bytes();
        assert_eq!((counter.len(), 1), (self.size("counter"), self.size("last")));
        let nonce = [&vec![0; self.size("prefix")][..], &counter, &[u8::from(last)]].concat();
        assert_eq!(nonce.len(), self.size("nonce"));
        let (purpose, length) = (&self.tables["purpose"], &self.tables["length"]);
        let mut bound = vec![0; purpose[1] + length[1]];
        bound[purpose[0]..][..purpose[1]].copy_from_slice(b"hec blob 1");
        bound[length[0]..][..length[1]].copy_from_slice(&self.len.to_le_bytes());
        let (mut text, nonce, tag) = (text.to_vec(), nonce.as_slice(), tag.try_into().unwrap());
        let buffer = text.as_mut_slice().into();
        let key = (&self.key).into();
        match self.column {
            0 => Aes256GcmSiv::new(key).decrypt_inout_detached(nonce.try_into().unwrap(), &bound, buffer, tag),
            _ => XChaCha20Poly1305::new(key).decrypt_inout_detached(nonce.try_into().unwrap(), &bound, buffer, tag),
        }
        .unwrap();
        text
    }
}

#[test]
fn the_tables_have_the_codes_numbers() {
    let tables = format_tables(FORMAT);
    for (column, cipher) in BOTH.into_iter().enumerate() {
        for (name, code) in [
            ("cipher id", usize::from(cipher.id())),
            ("text", CHUNK),
            ("tag", TAG),
            ("nonce", cipher.layout().nonce()),
            ("prefix", cipher.layout().nonce() - 5),
        ] {
            assert_eq!(tables[name][column], code, "{name}");
        }
    }
    assert!(FORMAT.contains(&format!("holds {CHUNK} bytes")));
    assert!(FORMAT.contains(&format!("begins at *n* · {},", place(1))));
    assert!(FORMAT.contains(&format!("and {} for each chunk", sealed_len(0))));
    assert!(FORMAT.contains("| `hec blob 1` |"));
}

#[test]
fn the_page_is_enough_to_read_a_file() {
    let (folder, blobs) = new();
    for cipher in BOTH {
        for text in LENGTHS.map(|len| text(len, 12)) {
            let blob = blobs.clone().sealing_with(cipher).put(&text, today()).unwrap();
            let (reader, name) = Reader::of(&blob);
            let shard = folder.path().join("blobs").join(&name[name.len() - 2..]);
            assert_eq!(shard.join(&name), path(&folder, blob.id));
            let file = fs::read(shard.join(&name)).unwrap();
            let chunks: Vec<_> = file.chunks(reader.size("text") + reader.size("tag")).collect();
            let mut read = Vec::new();
            for (number, chunk) in chunks.iter().enumerate() {
                read.extend(reader.open(number as u32, number + 1 == chunks.len(), chunk));
            }
            assert!(read == text && reader.len == text.len() as u64);
        }
    }
}
