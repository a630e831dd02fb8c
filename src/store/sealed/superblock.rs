//! The superblock: the only clear bytes of the file. It says how the rest is sealed, and with which key.
//!
//! Two copies, each whole in itself; written when the file is made and never again, except that a damaged copy is
//! restored from the other. The clear bytes are authenticated: a changed cipher or version is damage, not a choice.

use std::io;

use super::{
    block_file::{BlockFile, read_block},
    cipher::{Cipher, DataKey, FileId, KeyId, fingerprint},
    fault::Fault,
    layout::{self, BLOCK, COPIES},
};

/// How every sealed file begins.
pub const MAGIC: [u8; 8] = *b"HECseal\x1a";
/// The format that this code writes, and the only one it reads.
pub const VERSION: u16 = 1;

/// Where the fields end and the fingerprint begins, and where that ends.
const CLEAR: usize = 48;
const END: usize = CLEAR + 32;

/// What a superblock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Superblock {
    pub(super) cipher: Cipher,
    pub(super) file: FileId,
    /// Higher wins, should the copies differ.
    pub(super) sequence: u64,
}

/// What one copy turns out to be.
enum Reading {
    Good(Superblock),
    Foreign,
    Newer(u16),
    OtherKey(KeyId),
    Damaged,
}

impl Superblock {
    fn encode(&self, key: &DataKey) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        block[..8].copy_from_slice(&MAGIC);
        block[8..10].copy_from_slice(&VERSION.to_le_bytes());
        block[10] = self.cipher.id();
        block[16..32].copy_from_slice(&self.file);
        block[32..40].copy_from_slice(&self.sequence.to_le_bytes());
        block[40..CLEAR].copy_from_slice(&key.id().0);
        let fingerprint = fingerprint(key, &self.file, &block[..CLEAR]);
        block[CLEAR..END].copy_from_slice(&fingerprint);
        block
    }

    fn decode(block: &[u8; BLOCK], key: &DataKey) -> Reading {
        let fields = Fields::split(block);
        if fields.magic != MAGIC {
            return Reading::Foreign;
        }
        // Compared in whole: whatever differs, in the fields or in the unused rest, is damage.
        let good = fields.cipher.map(|cipher| Self { cipher, file: fields.file, sequence: fields.sequence });
        match good {
            Some(good) if good.encode(key) == *block => Reading::Good(good),
            _ if fields.version > VERSION => Reading::Newer(fields.version),
            _ if fields.key != key.id() => Reading::OtherKey(fields.key),
            _ => Reading::Damaged,
        }
    }

    /// Writes both copies.
    pub(super) fn write(&self, disk: &dyn BlockFile, key: &DataKey) -> io::Result<()> {
        let block = self.encode(key);
        (0..COPIES).try_for_each(|copy| disk.write_at(layout::superblock(copy), &block))
    }

    /// Writes the copies that were lost, while the other one stands.
    pub(super) fn restore(&self, disk: &dyn BlockFile, key: &DataKey, lost: [bool; COPIES]) -> io::Result<()> {
        let block = self.encode(key);
        for copy in (0..COPIES).filter(|copy| lost[*copy]) {
            disk.write_at(layout::superblock(copy), &block)?;
        }
        disk.sync()
    }

    /// Reads the better copy, and tells which ones need to be restored from it.
    ///
    /// # Errors
    /// The plainest reason why neither will do: a later format, another key, damage, not a sealed file at all.
    pub(super) fn read(disk: &dyn BlockFile, key: &DataKey) -> io::Result<(Self, [bool; COPIES])> {
        let copies = [Self::read_copy(disk, key, 0), Self::read_copy(disk, key, 1)];
        // Both copies say the same: where the disk can't read one, the other is enough.
        let unreadable = copies.iter().find_map(|copy| copy.as_ref().err()).map(same_error);
        let readings = copies.map(|copy| copy.unwrap_or(Reading::Damaged));
        let good = |reading: &Reading| match reading {
            Reading::Good(superblock) => Some(*superblock),
            _ => None,
        };
        match readings.iter().filter_map(good).max_by_key(|superblock| superblock.sequence) {
            Some(best) => Ok((best, readings.each_ref().map(|reading| good(reading) != Some(best)))),
            None => Err(unreadable.unwrap_or_else(|| Self::refusal(&readings, key).into())),
        }
    }

    fn refusal(readings: &[Reading; COPIES], key: &DataKey) -> Fault {
        let mut fault = Fault::NotSealed;
        for reading in readings {
            match reading {
                Reading::Newer(version) => return Fault::Newer(*version),
                Reading::OtherKey(file) => fault = Fault::WrongKey { file: *file, given: key.id() },
                Reading::Damaged if fault == Fault::NotSealed => fault = Fault::Superblocks,
                _ => {}
            }
        }
        fault
    }

    fn read_copy(disk: &dyn BlockFile, key: &DataKey, copy: usize) -> io::Result<Reading> {
        Ok(Self::decode(&read_block(disk, layout::superblock(copy))?, key))
    }
}

/// The fields of a block, whatever they hold.
struct Fields {
    magic: [u8; 8],
    version: u16,
    cipher: Option<Cipher>,
    file: FileId,
    sequence: u64,
    key: KeyId,
}

impl Fields {
    fn split(block: &[u8; BLOCK]) -> Self {
        fn at<const N: usize>(block: &[u8; BLOCK], from: usize) -> [u8; N] {
            let mut out = [0; N];
            out.copy_from_slice(&block[from..from + N]);
            out
        }
        Self {
            magic: at(block, 0),
            version: u16::from_le_bytes(at(block, 8)),
            cipher: Cipher::from_id(block[10]),
            file: at(block, 16),
            sequence: u64::from_le_bytes(at(block, 32)),
            key: KeyId(at(block, 40)),
        }
    }
}

/// The names of the keys that the copies ask for, read without any key: to choose among several, or to word a refusal.
/// Not authenticated, so where the copies differ there are two.
///
/// # Errors
/// [`Fault::NotSealed`]; the disk's, where it can read neither copy.
pub fn keys_of(disk: &dyn BlockFile) -> io::Result<Vec<KeyId>> {
    let copies = [0, 1].map(|copy| read_block(disk, layout::superblock(copy)));
    let mut keys: Vec<KeyId> = Vec::new();
    for block in copies.iter().flatten() {
        let fields = Fields::split(block);
        if fields.magic == MAGIC && !keys.contains(&fields.key) {
            keys.push(fields.key);
        }
    }
    match copies {
        _ if !keys.is_empty() => Ok(keys),
        [Err(error), Err(_)] => Err(error),
        _ => Err(Fault::NotSealed.into()),
    }
}

/// An error is not to be cloned; its kind and its words are.
fn same_error(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| io::Error::new(error.kind(), error.to_string()), io::Error::from_raw_os_error)
}
