//! FORMAT.md is true and enough: a reader that knows nothing but its tables reads a file that the code wrote.

use std::{collections::HashMap, sync::Arc};

use aes_gcm_siv::{Aes256GcmSiv, aead::AeadInOut};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use hec::store::sealed::{BlockFile, Cipher, Controls, DEFER, DataKey, MAGIC, SealedFile, VERSION, keys_of, layout};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use redb::StorageBackend;
use sha2::Sha256;

use super::disk::Disk;
use crate::support::format_tables;

const FORMAT: &str = include_str!("../../../src/store/sealed/FORMAT.md");

#[test]
fn the_tables_have_the_codes_numbers() {
    let tables = format_tables(FORMAT);
    for (column, cipher) in [Cipher::Aes256GcmSiv, Cipher::XChaCha20Poly1305].into_iter().enumerate() {
        let sizes = cipher.layout();
        for (name, code) in [
            ("cipher id", usize::from(cipher.id())),
            ("block", layout::BLOCK),
            ("nonce", sizes.nonce()),
            ("tag", layout::TAG),
            ("text", sizes.text()),
            ("entry", sizes.entry()),
            ("group", sizes.group() as usize),
            ("groups per extent", layout::GROUPS_PER_EXTENT as usize),
            ("tag pages", layout::TAG_PAGES as usize),
            ("extent", sizes.extent() as usize),
        ] {
            assert_eq!(tables[name][column], code, "{name}");
        }
    }
    assert_eq!(tables["superblocks"], [layout::SUPERBLOCKS as usize, layout::COPIES]);
    assert_eq!(tables["headers"], [layout::HEADERS as usize, layout::COPIES]);
    assert_eq!(tables["extents"], [layout::EXTENTS as usize]);
    assert_eq!(tables["head"][1], layout::HEAD);
    assert_eq!(tables["page epoch"], [0, layout::PAGE_EPOCH]);
    assert!(FORMAT.contains(&format!("at most {DEFER} blocks")));
    assert!(FORMAT.contains(&format!("format, version {VERSION}\n")));
}

/// Reads by the tables alone.
struct Reader {
    tables: HashMap<&'static str, Vec<usize>>,
    column: usize,
    disk: Arc<dyn BlockFile>,
    key: [u8; 32],
    file: Vec<u8>,
}

impl Reader {
    fn size(&self, name: &str) -> usize {
        self.tables[name][self.column]
    }

    fn block(&self, number: usize) -> Vec<u8> {
        let mut block = vec![0; self.size("block")];
        self.disk.read_at((number * self.size("block")) as u64, &mut block).unwrap();
        block
    }

    fn field<'a>(&self, text: &'a [u8], name: &str) -> &'a [u8] {
        let [offset, length] = self.tables[name][..] else { panic!("{name} has no offset and length") };
        &text[offset..offset + length]
    }

    fn number(&self, text: &[u8], name: &str) -> u64 {
        u64::from_le_bytes(self.field(text, name).try_into().unwrap())
    }

    fn subkey(&self, purpose: &str) -> [u8; 32] {
        assert!(FORMAT.contains(&format!("\n| *{purpose}* |")));
        let mut subkey = [0; 32];
        let info = format!("hec sealed file 1: {purpose}");
        Hkdf::<Sha256>::new(Some(&self.file), &self.key).expand(info.as_bytes(), &mut subkey).unwrap();
        subkey
    }

    fn open(&self, purpose: &str, kind: &str, number: u64, nonce: &[u8], tag: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let mut bound = self.file.clone();
        bound.push(self.tables[kind][0] as u8);
        bound.extend(number.to_le_bytes());
        let (key, mut text) = (self.subkey(purpose), sealed.to_vec());
        let (buffer, tag) = (text.as_mut_slice().into(), tag.try_into().unwrap());
        let opened = match self.column {
            0 => Aes256GcmSiv::new(&key.into()).decrypt_inout_detached(nonce.try_into().unwrap(), &bound, buffer, tag),
            _ => XChaCha20Poly1305::new(&key.into()).decrypt_inout_detached(
                nonce.try_into().unwrap(),
                &bound,
                buffer,
                tag,
            ),
        };
        opened.ok().map(|()| text)
    }

    /// A sealed page's text and tag.
    fn page(&self, purpose: &str, kind: &str, number: u64, block: usize) -> Option<(Vec<u8>, Vec<u8>)> {
        let block = self.block(block);
        let (sealed, rest) = block.split_at(self.size("text"));
        let (nonce, rest) = rest.split_at(self.size("nonce"));
        let (tag, pad) = rest.split_at(self.size("tag"));
        assert!(pad.iter().all(|byte| *byte == 0));
        Some((self.open(purpose, kind, number, nonce, tag, sealed)?, tag.to_vec()))
    }

    fn mac(&self, purpose: &str, parts: &[&[u8]]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.subkey(purpose)).unwrap();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().to_vec()
    }
}

#[test]
fn the_page_is_enough_to_read_a_file() {
    for (column, cipher) in [Cipher::Aes256GcmSiv, Cipher::XChaCha20Poly1305].into_iter().enumerate() {
        let (disk, key) = (Disk::default(), DataKey::from_bytes([0x17; 32]));
        let sealed = SealedFile::create(disk.session(), &key, cipher).unwrap();
        let blocks = 3 * cipher.layout().group() * layout::GROUPS_PER_EXTENT / 2;
        sealed.set_len((blocks + 1) * layout::BLOCK_LEN).unwrap();
        for round in 0..2 {
            sealed.write(0, &[3 + round; 320]).unwrap();
            for block in (1..=blocks).step_by(7) {
                sealed.write(block * layout::BLOCK_LEN, &[(block as u8).wrapping_add(round); layout::BLOCK]).unwrap();
            }
            sealed.sync_data().unwrap();
        }
        let epoch = sealed.figures().epoch;
        drop(sealed);

        let mut reader =
            Reader { tables: format_tables(FORMAT), column, disk: disk.session(), key: [0x17; 32], file: Vec::new() };
        let superblock = reader.block(reader.tables["superblocks"][0]);
        assert_eq!(superblock, reader.block(reader.tables["superblocks"][0] + 1));
        reader.file = reader.field(&superblock, "file id").to_vec();
        assert_eq!(reader.field(&superblock, "magic"), MAGIC);
        assert_eq!(reader.field(&superblock, "version"), VERSION.to_le_bytes());
        assert_eq!(reader.field(&superblock, "cipher"), [cipher.id()]);
        assert_eq!(reader.field(&superblock, "reserved"), [0; 5]);
        assert_eq!(reader.number(&superblock, "sequence"), 1);
        let clear = &superblock[..reader.tables["fingerprint"][0]];
        assert_eq!(reader.field(&superblock, "fingerprint"), reader.mac("superblock", &[clear]));
        let mut id = [0; 8];
        Hkdf::<Sha256>::new(None, &reader.key).expand(b"hec sealed file 1: key id", &mut id).unwrap();
        assert_eq!(reader.field(&superblock, "key id"), id);
        let name: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(keys_of(&*reader.disk).unwrap(), [key.id()]);
        assert_eq!(key.id().to_string(), name);

        let headers = (0..2)
            .filter_map(|copy| reader.page("header", "header page", copy, reader.tables["headers"][0] + copy as usize));
        let (header, _) = headers.max_by_key(|(text, _)| reader.number(text, "epoch")).unwrap();
        assert_eq!(reader.number(&header, "epoch"), epoch);
        assert_eq!(reader.number(&header, "logical length"), (blocks + 1) * layout::BLOCK_LEN);
        assert_eq!(reader.field(&header, "head")[..320], [4; 320]);

        let (extent, group) = (reader.size("extent"), reader.size("group"));
        let per_extent = reader.size("groups per extent");
        let start = reader.tables["extents"][0];
        let (mut accumulator, mut read) = (vec![0; 16], 0);
        for number in 0..reader.number(&header, "groups") as usize {
            let at = |copy| start + number / per_extent * extent + 2 * (number % per_extent) + copy;
            let pages = (0..2).filter_map(|copy| {
                let place = at(copy);
                reader.page("tag", "tag page", (2 * number + copy) as u64, place)
            });
            let Some((page, tag)) = pages.max_by_key(|(text, _)| reader.number(text, "page epoch")) else { continue };
            let mark = reader.mac("accumulator", &[&(number as u64).to_le_bytes(), &tag]);
            accumulator.iter_mut().zip(mark).for_each(|(sum, byte)| *sum ^= byte);
            let entries = page[reader.tables["entries"][0]..].chunks_exact(reader.size("entry")).take(group);
            for (block, entry) in (number * group..).zip(entries) {
                let (nonce, rest) = entry.split_at(reader.size("nonce"));
                let (tag, stamp) = rest.split_at(reader.size("tag"));
                if stamp == [0; 4] {
                    continue;
                }
                assert_eq!(u64::from(u32::from_le_bytes(stamp.try_into().unwrap())), epoch);
                let place = start
                    + block / (per_extent * group) * extent
                    + reader.size("tag pages")
                    + block % (per_extent * group);
                let text = reader.open("data", "data block", block as u64, nonce, tag, &reader.block(place)).unwrap();
                assert_eq!(text, [(block as u8).wrapping_add(1); layout::BLOCK]);
                read += 1;
            }
        }
        assert_eq!(accumulator, reader.field(&header, "accumulator"));
        assert_eq!(read, (1..=blocks).step_by(7).count());
        assert!(SealedFile::open(disk.session(), &key, Controls::default()).is_ok());
    }
}
