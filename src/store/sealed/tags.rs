//! Tag pages: for each data block of a group its nonce, its tag, and the epoch that wrote it.
//!
//! A group has two copies of its page. The *stable* one belongs to the durable epoch; a new epoch is written over the
//! other. Each page adds a *mark*, a MAC over its group and its own tag, to the header's *accumulator*, the XOR of all
//! marks: with one comparison an open knows that every page it chose is the one that the header meant, no matter
//! which ones a power cut or a thief has put back. Marks can't be computed without the key, so no set of old pages
//! can be made to cancel out.
//!
//! In memory a group is its page's mark, and while it is *awake* the page's text as it is on the disk: 4 KiB for 126
//! blocks. `held` knows which groups are awake.

use std::{
    io,
    ops::Range,
    sync::atomic::{AtomicBool, Ordering},
};

use super::{
    block_file::{BlockFile, read_block},
    cipher::{Keys, Kind, Tag},
    fault::Fault,
    layout::{BLOCK, COPIES, ENTRY_EPOCH, Layout, PAGE_EPOCH, TAG},
    page,
};

/// One group's entries, and what of them the disk has.
#[derive(Debug)]
pub(super) struct Group {
    layout: Layout,
    /// The entries one after another; empty while the group sleeps, and while none of its blocks was ever written.
    entries: Vec<u8>,
    /// A bit for each block that was written since the last epoch. Its entry's epoch is not decided yet: it is that of
    /// the epoch that will complete, which a seal can still raise.
    fresh: u128,
    /// Whether the entries are not what the stable page says, so that the group must not fall asleep.
    changed: bool,
    /// Whether somebody has wanted the entries since [`Group::was_used`] was last asked.
    used: AtomicBool,
    /// Whether `held` has it in its list.
    pub(super) listed: bool,
    /// The copy that belongs to the durable epoch.
    stable: usize,
    /// What that copy adds to the accumulator; zeros while there is none.
    mark: Tag,
}

/// A place's nonce and tag.
pub(super) struct Entry<'a> {
    pub(super) nonce: &'a [u8],
    pub(super) tag: &'a [u8],
}

impl Group {
    /// A group without a page on the disk. Its first page will be copy 0.
    pub(super) fn blank(layout: Layout) -> Self {
        Self::asleep(layout, 1, [0; TAG])
    }

    /// A group whose page is a copy on the disk.
    pub(super) fn asleep(layout: Layout, stable: usize, mark: Tag) -> Self {
        let (changed, used, listed) = (false, AtomicBool::new(false), false);
        Self { layout, entries: Vec::new(), fresh: 0, changed, used, listed, stable, mark }
    }

    /// Whether there are entries, and they are on the disk alone.
    pub(super) fn is_asleep(&self) -> bool {
        self.entries.is_empty() && self.mark != [0; TAG]
    }

    /// Reads the entries from the stable page, which must be the very one that the accumulator knows.
    ///
    /// # Errors
    /// [`Fault::Tags`] where it is not; the disk's.
    pub(super) fn wake(&mut self, disk: &dyn BlockFile, keys: &Keys, number: u64) -> io::Result<()> {
        if self.is_asleep() {
            let mut block = read_block(disk, self.layout.tag_page(number, self.stable))?;
            let page = TagPage::open(keys, number, self.stable, &mut block).filter(|page| page.mark == self.mark);
            self.entries = page.ok_or(Fault::Tags(number))?.entries;
        }
        self.touch();
        Ok(())
    }

    /// Gives the entries up, if the disk has them. Tells whether it has.
    pub(super) fn fall_asleep(&mut self) -> bool {
        if !self.changed {
            self.entries = Vec::new();
        }
        !self.changed
    }

    /// Somebody wants the entries.
    pub(super) fn touch(&self) {
        self.used.store(true, Ordering::Relaxed);
    }

    /// Whether somebody has wanted them since this was last asked.
    pub(super) fn was_used(&self) -> bool {
        self.used.swap(false, Ordering::Relaxed)
    }

    /// The entry of a place; nothing where it was never written.
    pub(super) fn entry(&self, place: usize) -> Option<Entry<'_>> {
        let (nonce, tag, epoch) = self.split(place)?;
        (*epoch != [0; ENTRY_EPOCH] || self.is_fresh(place)).then_some(Entry { nonce, tag })
    }

    /// The places from the first that was ever written to the last.
    pub(super) fn written(&self) -> Option<Range<usize>> {
        let mut places = (0..self.layout.group() as usize).filter(|place| self.entry(*place).is_some());
        let first = places.next()?;
        Some(first..places.next_back().unwrap_or(first) + 1)
    }

    /// Whether overwriting a place would destroy what proves that an epoch is complete.
    pub(super) fn is_evidence(&self, place: usize, epoch: u64) -> bool {
        !self.is_fresh(place) && self.epoch(place) == epoch
    }

    /// The epoch that wrote a place; 0 where there is none yet.
    pub(super) fn epoch(&self, place: usize) -> u64 {
        match self.split(place) {
            Some((_, _, [a, b, c, d])) if !self.is_fresh(place) => u32::from_le_bytes([*a, *b, *c, *d]).into(),
            _ => 0,
        }
    }

    /// Enters a block that has just been written. Its epoch is decided by [`Group::stamp`].
    pub(super) fn enter(&mut self, place: usize, nonce: &[u8], tag: &Tag) {
        if self.entries.is_empty() {
            self.entries.resize(self.layout.group() as usize * self.layout.entry(), 0);
        }
        let split = self.layout.nonce();
        if let Some(entry) = self.entries.chunks_exact_mut(self.layout.entry()).nth(place) {
            entry[..split].copy_from_slice(nonce);
            entry[split..split + TAG].copy_from_slice(tag);
            entry[split + TAG..].fill(0);
            self.fresh |= 1 << place;
            self.changed = true;
        }
    }

    /// Forgets all places from one on, as if never written. Tells whether there was anything to forget.
    pub(super) fn forget_from(&mut self, place: usize) -> bool {
        let from = (place * self.layout.entry()).min(self.entries.len());
        let rest = &mut self.entries[from..];
        let forgotten = rest.iter().any(|byte| *byte != 0);
        rest.fill(0);
        self.changed |= forgotten;
        self.fresh &= (1u128 << place) - 1;
        forgotten
    }

    /// Gives all fresh entries their epoch.
    pub(super) fn stamp(&mut self, epoch: u32) {
        let fresh = self.fresh;
        for (place, entry) in self.entries.chunks_exact_mut(self.layout.entry()).enumerate() {
            if fresh & (1 << place) != 0 {
                entry[self.layout.nonce() + TAG..].copy_from_slice(&epoch.to_le_bytes());
            }
        }
    }

    /// The page as it must be written for an epoch, and its mark. The group must be stamped before, and be awake.
    pub(super) fn seal(&self, keys: &Keys, group: u64, copy: usize, epoch: u64) -> io::Result<([u8; BLOCK], Tag)> {
        if self.is_asleep() {
            return Err(Fault::Tags(group).into());
        }
        let mut text = Vec::with_capacity(self.layout.text());
        text.extend_from_slice(&epoch.to_le_bytes());
        text.extend_from_slice(&self.entries);
        let (block, tag) = page::seal(keys, Kind::Tags, Layout::tag_number(group, copy), &text)?;
        Ok((block, keys.mark(group, &tag)))
    }

    /// The copy that may be overwritten.
    pub(super) fn spare(&self) -> usize {
        COPIES - 1 - self.stable
    }

    /// The copy that must not be.
    pub(super) fn stable(&self) -> usize {
        self.stable
    }

    pub(super) fn mark(&self) -> &Tag {
        &self.mark
    }

    /// An epoch is durable whose page for this group is the spare copy with this mark.
    pub(super) fn settle(&mut self, mark: Tag) {
        self.stable = self.spare();
        self.mark = mark;
        self.fresh = 0;
        self.changed = false;
    }

    fn is_fresh(&self, place: usize) -> bool {
        self.fresh & (1 << place) != 0
    }

    fn split(&self, place: usize) -> Option<(&[u8], &[u8], &[u8; ENTRY_EPOCH])> {
        let entry = self.entries.chunks_exact(self.layout.entry()).nth(place)?;
        let (nonce, rest) = entry.split_at_checked(self.layout.nonce())?;
        let (tag, epoch) = rest.split_at_checked(TAG)?;
        Some((nonce, tag, epoch.first_chunk()?))
    }
}

/// A tag page read from the disk.
#[derive(Debug)]
pub(super) struct TagPage {
    pub(super) epoch: u64,
    pub(super) mark: Tag,
    entries: Vec<u8>,
}

impl TagPage {
    /// Opens a block in place; nothing where it is no page of this group and copy, or of an epoch that can't be.
    pub(super) fn open(keys: &Keys, group: u64, copy: usize, block: &mut [u8]) -> Option<Self> {
        let layout = keys.cipher().layout();
        let (text, tag) = page::open(keys, Kind::Tags, Layout::tag_number(group, copy), block)?;
        let (epoch, entries) = text.split_first_chunk::<PAGE_EPOCH>()?;
        let epoch = u64::from_le_bytes(*epoch);
        if epoch > u32::MAX.into() {
            return None;
        }
        let entries = entries.get(..layout.group() as usize * layout.entry())?.to_vec();
        Some(Self { epoch, mark: keys.mark(group, &tag), entries })
    }
}

/// Adds a mark to an accumulator, or takes it away again.
pub(super) fn toggle(accumulator: &mut Tag, mark: &Tag) {
    accumulator.iter_mut().zip(mark).for_each(|(sum, byte)| *sum ^= byte);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::cipher::{Cipher, DataKey};
    use super::*;

    const NONCE: [u8; 12] = [1; 12];

    fn group() -> Group {
        Group::blank(Cipher::Aes256GcmSiv.layout())
    }

    #[test]
    fn a_place_is_evidence_for_the_epoch_that_completed_with_it_until_written_again() {
        let mut group = group();
        assert!(group.entry(3).is_none() && !group.is_evidence(3, 0) || group.epoch(3) == 0);
        group.enter(3, &NONCE, &[2; TAG]);
        assert!(group.entry(3).is_some() && !group.is_evidence(3, 9), "not complete yet");
        group.stamp(9);
        group.settle([5; TAG]);
        assert!(group.is_evidence(3, 9) && !group.is_evidence(3, 8) && !group.is_evidence(4, 9));
        group.enter(3, &NONCE, &[2; TAG]);
        assert!(!group.is_evidence(3, 9));
    }

    #[test]
    fn what_is_forgotten_was_never_written() {
        let mut group = group();
        for place in [0, 60, 125] {
            group.enter(place, &NONCE, &[2; TAG]);
        }
        group.stamp(9);
        group.settle([5; TAG]);
        assert!(group.forget_from(60));
        assert!(group.entry(0).is_some() && group.entry(60).is_none() && group.entry(125).is_none());
        assert!(!group.forget_from(60), "only once");
    }

    #[test]
    fn a_page_opens_for_its_own_group_and_copy() {
        let keys = Keys::derive(&DataKey::from_bytes([1; 32]), Cipher::Aes256GcmSiv, [2; 16]);
        let mut group = group();
        group.enter(125, &NONCE, &[2; TAG]);
        group.stamp(77);
        let (block, mark) = group.seal(&keys, 4, 0, 77).unwrap();
        for (number, copy, opens) in [(4, 0, true), (4, 1, false), (3, 0, false)] {
            let page = TagPage::open(&keys, number, copy, &mut block.clone());
            assert_eq!(page.is_some(), opens);
            if let Some(page) = page {
                assert_eq!((page.epoch, page.mark), (77, mark));
                let loaded = Group { entries: page.entries, ..Group::asleep(keys.cipher().layout(), 0, mark) };
                assert_eq!((loaded.epoch(125), loaded.epoch(124), loaded.spare()), (77, 0, 1));
            }
        }
    }
}
