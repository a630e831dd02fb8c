//! Where everything lies: pure functions from numbers to offsets. FORMAT.md has the same numbers as a table.
//!
//! A *block* is 4 KiB. Block numbers that redb's offsets give (`offset / BLOCK`) are called *logical*; everything in
//! here turns them into byte offsets of the file below. Logical block 0 is special: redb's header is the only thing
//! that redb writes in place, so it travels inside our own header, and its place among the data blocks stays empty.

/// The size of every block, sealed or clear, in bytes. It equals redb's page size.
pub const BLOCK: usize = 4096;
/// [`BLOCK`] for arithmetic on offsets.
pub const BLOCK_LEN: u64 = BLOCK as u64;
/// The length of an authentication tag, the same for both ciphers.
pub const TAG: usize = 16;
/// How much of the beginning of redb's file is kept in our header. redb 4.6 uses 320 bytes of it.
pub const HEAD: usize = 512;
/// Superblocks, headers and tag pages come in pairs.
pub const COPIES: usize = 2;
/// The block number of the first superblock.
pub const SUPERBLOCKS: u64 = 0;
/// The block number of the first header.
pub const HEADERS: u64 = 2;
/// The block number of the first extent.
pub const EXTENTS: u64 = 4;
/// Groups whose tag pages lie together, so that an open reads them in one piece.
pub const GROUPS_PER_EXTENT: u64 = 16;
/// Tag pages at the front of an extent.
pub const TAG_PAGES: u64 = GROUPS_PER_EXTENT * COPIES as u64;
/// The epoch at the front of a tag page's text.
pub const PAGE_EPOCH: usize = 8;
/// The epoch at the end of an entry.
pub const ENTRY_EPOCH: usize = 4;
/// The longest logical file, in bytes: 16 TiB. No sum of offsets below it can overflow.
pub const MAX_LEN: u64 = 1 << 44;

/// The sizes that follow from the length of a cipher's nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    nonce: usize,
}

impl Layout {
    /// The layout for a cipher with nonces of this many bytes.
    pub(super) const fn new(nonce: usize) -> Self {
        Self { nonce }
    }

    /// Bytes of a nonce.
    pub const fn nonce(self) -> usize {
        self.nonce
    }

    /// Bytes of text in a sealed page (a header or a tag page): what nonce and tag leave, in whole words of eight.
    pub const fn text(self) -> usize {
        (BLOCK - self.nonce - TAG) / 8 * 8
    }

    /// Bytes of one entry of a tag page: nonce, tag, epoch.
    pub const fn entry(self) -> usize {
        self.nonce + TAG + ENTRY_EPOCH
    }

    /// Data blocks in a group: as many entries as a tag page holds.
    pub const fn group(self) -> u64 {
        ((self.text() - PAGE_EPOCH) / self.entry()) as u64
    }

    /// Blocks in an extent: its tag pages, then its data.
    pub const fn extent(self) -> u64 {
        TAG_PAGES + GROUPS_PER_EXTENT * self.group()
    }

    /// The group of a logical block, and its place in it.
    pub const fn place(self, block: u64) -> (u64, usize) {
        (block / self.group(), (block % self.group()) as usize)
    }

    /// The first logical block of a group.
    pub const fn first(self, group: u64) -> u64 {
        group * self.group()
    }

    /// How many groups a logical length needs.
    pub const fn groups(self, len: u64) -> u64 {
        len.div_ceil(BLOCK_LEN).div_ceil(self.group())
    }

    /// Where a logical block lies, in bytes.
    pub const fn data(self, block: u64) -> u64 {
        let data = GROUPS_PER_EXTENT * self.group();
        (EXTENTS + block / data * self.extent() + TAG_PAGES + block % data) * BLOCK_LEN
    }

    /// Where a copy of a group's tag page lies, in bytes.
    pub const fn tag_page(self, group: u64, copy: usize) -> u64 {
        let (extent, within) = (group / GROUPS_PER_EXTENT, group % GROUPS_PER_EXTENT);
        (EXTENTS + extent * self.extent() + within * COPIES as u64 + copy as u64) * BLOCK_LEN
    }

    /// The number under which a copy of a tag page is sealed.
    pub const fn tag_number(group: u64, copy: usize) -> u64 {
        group * COPIES as u64 + copy as u64
    }

    /// The least length of the file below that has room for a logical length, in bytes.
    pub const fn file_len(self, len: u64) -> u64 {
        match len.div_ceil(BLOCK_LEN) {
            0 => EXTENTS * BLOCK_LEN,
            blocks => self.data(blocks - 1) + BLOCK_LEN,
        }
    }

    /// How many groups have a tag page in a file of this length, in bytes. A torn last page counts.
    pub const fn groups_in_file(self, file_len: u64) -> u64 {
        let blocks = file_len.div_ceil(BLOCK_LEN).saturating_sub(EXTENTS);
        let (extents, rest) = (blocks / self.extent(), blocks % self.extent());
        let pages = if rest > TAG_PAGES { TAG_PAGES } else { rest };
        extents * GROUPS_PER_EXTENT + pages.div_ceil(COPIES as u64)
    }
}

/// Where a superblock lies, in bytes.
pub const fn superblock(copy: usize) -> u64 {
    (SUPERBLOCKS + copy as u64) * BLOCK_LEN
}

/// Where a header lies, in bytes.
pub const fn header(copy: usize) -> u64 {
    (HEADERS + copy as u64) * BLOCK_LEN
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const BOTH: [Layout; 2] = [Layout::new(12), Layout::new(24)];

    #[test]
    fn no_two_things_share_a_place() {
        for layout in BOTH {
            let mut taken: BTreeSet<u64> = (0..EXTENTS).map(|block| block * BLOCK_LEN).collect();
            let groups = 3 * GROUPS_PER_EXTENT;
            for group in 0..groups {
                for copy in 0..COPIES {
                    assert!(taken.insert(layout.tag_page(group, copy)));
                }
            }
            for block in 0..layout.first(groups) {
                assert!(taken.insert(layout.data(block)));
            }
            assert_eq!(taken.len() as u64, EXTENTS + 3 * layout.extent(), "and none is left unused");
            assert_eq!(taken.last(), Some(&((EXTENTS + 3 * layout.extent() - 1) * BLOCK_LEN)));
        }
    }

    #[test]
    fn a_groups_blocks_lie_side_by_side() {
        for layout in BOTH {
            for group in 0..40 {
                let first = layout.first(group);
                for place in 0..layout.group() {
                    assert_eq!(layout.data(first + place), layout.data(first) + place * BLOCK_LEN);
                    assert_eq!(layout.place(first + place), (group, place as usize));
                }
            }
        }
    }

    #[test]
    fn every_tag_page_that_a_length_needs_is_found_in_a_file_of_that_length() {
        for layout in BOTH {
            for blocks in 0..3 * layout.extent() {
                let len = blocks * BLOCK_LEN;
                let file = layout.file_len(len);
                assert!(layout.groups_in_file(file) >= layout.groups(len));
                for group in 0..layout.groups_in_file(file) {
                    assert!(layout.tag_page(group, 0) < file);
                }
                assert!(layout.tag_page(layout.groups_in_file(file), 0) >= file);
            }
        }
    }

    #[test]
    fn a_group_fits_the_bits_that_count_it_and_the_longest_file_fits_its_offsets() {
        for layout in BOTH {
            assert!(layout.group() <= 128);
            assert!(PAGE_EPOCH + layout.group() as usize * layout.entry() <= layout.text());
            assert!(layout.text() + layout.nonce() + TAG <= BLOCK);
            assert!(layout.file_len(MAX_LEN) < u64::MAX / 4);
        }
    }
}
