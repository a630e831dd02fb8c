//! The header: one epoch's whole truth. It says how long the logical file is, which tag pages belong to the epoch (by
//! the accumulator), and holds the beginning of redb's file, the one place that redb writes in place.
//!
//! Two copies. A new epoch is written over the copy that is *not* durable, so one whole header always stands.

use std::io;

use super::{
    block_file::{BlockFile, read_block},
    cipher::{Keys, Kind, Tag},
    layout::{self, BLOCK, COPIES, HEAD, MAX_LEN, TAG},
    page,
};

/// Bytes of a header's text that are used.
pub(super) const USED: usize = 8 + 8 + 8 + TAG + HEAD;

// A primary slot of redb's, as far as a deferred sync must know it (redb's `header.rs`).
const GOD_BYTE: usize = 9;
const PRIMARY_BIT: u8 = 1;
const SLOTS: [std::ops::Range<usize>; 2] = [64..192, 192..320];

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// Counts up from 1 and is never used twice.
    pub(super) epoch: u64,
    /// The logical length, in bytes.
    pub(super) len: u64,
    /// How many groups there are. Never falls: a group that the logical file has left may come back to it.
    pub(super) groups: u64,
    /// The XOR of the marks of all tag pages of the epoch.
    pub(super) accumulator: Tag,
    /// The beginning of redb's file.
    pub(super) head: [u8; HEAD],
}

impl Header {
    /// The header of a file that holds nothing.
    pub(super) fn empty() -> Self {
        Self { epoch: 1, len: 0, groups: 0, accumulator: [0; TAG], head: [0; HEAD] }
    }

    fn encode(&self) -> [u8; USED] {
        let mut text = [0; USED];
        text[..8].copy_from_slice(&self.epoch.to_le_bytes());
        text[8..16].copy_from_slice(&self.len.to_le_bytes());
        text[16..24].copy_from_slice(&self.groups.to_le_bytes());
        text[24..24 + TAG].copy_from_slice(&self.accumulator);
        text[24 + TAG..].copy_from_slice(&self.head);
        text
    }

    fn decode(text: &[u8]) -> Option<Self> {
        let (epoch, text) = text.split_first_chunk()?;
        let (len, text) = text.split_first_chunk()?;
        let (groups, text) = text.split_first_chunk()?;
        let (accumulator, text) = text.split_first_chunk()?;
        let head = text.first_chunk()?;
        Some(Self {
            epoch: u64::from_le_bytes(*epoch),
            len: u64::from_le_bytes(*len),
            groups: u64::from_le_bytes(*groups),
            accumulator: *accumulator,
            head: *head,
        })
    }

    /// Whether the numbers fit each other and the file. They were sealed by us, so this guards against our own mistakes
    /// alone, and against somebody who has the key and would have us ask for memory without end.
    fn is_sound(&self, keys: &Keys, file_len: u64) -> bool {
        let layout = keys.cipher().layout();
        (1..=u64::from(u32::MAX)).contains(&self.epoch)
            && self.len <= MAX_LEN
            && self.groups >= layout.groups(self.len)
            && self.groups <= layout.groups_in_file(file_len)
    }

    /// Writes one copy.
    pub(super) fn write(&self, disk: &dyn BlockFile, keys: &Keys, copy: usize) -> io::Result<()> {
        let (block, _) = page::seal(keys, Kind::Header, copy as u64, &self.encode())?;
        disk.write_at(layout::header(copy), &block)
    }

    /// Makes one copy unreadable.
    pub(super) fn erase(disk: &dyn BlockFile, copy: usize) -> io::Result<()> {
        disk.write_at(layout::header(copy), &[0; BLOCK])
    }

    /// Reads both copies; nothing where one does not authenticate, or speaks of more groups than the file has room for:
    /// the file had its length before the header was durable.
    pub(super) fn read(disk: &dyn BlockFile, keys: &Keys) -> io::Result<[Option<Self>; COPIES]> {
        let (mut found, file_len) = ([None, None], disk.len()?);
        for (copy, found) in found.iter_mut().enumerate() {
            let mut block = read_block(disk, layout::header(copy))?;
            *found = page::open(keys, Kind::Header, copy as u64, &mut block)
                .and_then(|(text, _)| Self::decode(text))
                .filter(|header| header.is_sound(keys, file_len));
        }
        Ok(found)
    }
}

/// Whether redb, as far as its first bytes tell, has only prepared a commit: `pending` differs from what is durable in
/// nothing but the slot that a reader of the file would not look at. That is the first phase of a two-phase commit (or
/// a growth of the file), after which redb still has acknowledged nothing.
pub(super) fn only_prepares(durable: &[u8; HEAD], pending: &[u8; HEAD]) -> bool {
    let other = usize::from(durable[GOD_BYTE] & PRIMARY_BIT == 0);
    let prepared = &SLOTS[other];
    durable[..prepared.start] == pending[..prepared.start] && durable[prepared.end..] == pending[prepared.end..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_as_it_was_written() {
        let mut head = [0; HEAD];
        head[511] = 3;
        let header = Header { epoch: 7, len: 1 << 20, groups: 9, accumulator: [4; TAG], head };
        assert_eq!(Header::decode(&header.encode()), Some(header.clone()));
        assert_eq!(Header::decode(&header.encode()[..USED - 1]), None);
    }

    #[test]
    fn only_a_change_of_the_slot_that_is_not_primary_prepares() {
        for (god, secondary) in [(0b110, 192..320), (0b111, 64..192)] {
            let mut durable = [1; HEAD];
            durable[GOD_BYTE] = god;
            assert!(only_prepares(&durable, &durable));
            for at in 0..HEAD {
                let mut pending = durable;
                pending[at] ^= 1;
                assert_eq!(only_prepares(&durable, &pending), secondary.contains(&at), "byte {at}");
            }
        }
    }
}
