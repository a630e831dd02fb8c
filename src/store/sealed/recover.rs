//! Opening: finding the newest epoch that is complete, and clearing away what was begun after it.
//!
//! 1. Sync. What a crashed process wrote may be readable and not yet durable; nothing may be built on that.
//! 2. Of the headers that authenticate, try the newer first. For each group it means the newest tag page that is not
//!    newer than the header. It is *complete* if the accumulator matches, and every block stamped with its epoch
//!    authenticates: header, tag pages and blocks of an epoch reach the disk in any order, under one sync.
//! 3. Else the older header. It needs no look at its blocks: it was durable before the newer epoch wrote anything.
//! 4. Scrub: erase tag pages newer than the header that was adopted, or a later header would take them for its own.
//! 5. The next epoch is higher than any that was seen, so that no trace of an abandoned one passes for it.

use std::{cmp::Reverse, io, ops::Range, thread};

use super::{
    block_file::{BlockFile, read_padded},
    cipher::{Keys, Kind, Tag},
    controls::{Controls, Without},
    fault::Fault,
    header::Header,
    layout::{BLOCK, COPIES, GROUPS_PER_EXTENT, TAG, TAG_PAGES},
    tags::{Group, TagPage, toggle},
};

/// Groups that are worth a thread of their own: 8 MiB of tag pages.
const PART: u64 = 1024;

/// What an open found.
pub(super) struct Recovered {
    /// The header of the epoch that was adopted.
    pub(super) header: Header,
    /// The copy it lies in.
    pub(super) copy: usize,
    /// The next epoch.
    pub(super) next: u64,
    /// The groups as the epoch has them.
    pub(super) groups: Vec<Group>,
}

/// Adopts the newest complete epoch; nothing where there is none.
pub(super) fn recover(disk: &dyn BlockFile, keys: &Keys, controls: Controls) -> io::Result<Option<Recovered>> {
    if controls.has(Without::FsyncAtOpen) {
        disk.sync()?;
    }
    let found = Header::read(disk, keys)?;
    let mut headers: Vec<(usize, Header)> =
        found.into_iter().enumerate().filter_map(|(copy, header)| Some((copy, header?))).collect();
    headers.sort_by_key(|(_, header)| Reverse(header.epoch));

    let survey = Survey::read(disk, keys)?;
    let next = 1 + headers.iter().map(|(_, header)| header.epoch).chain(survey.epochs()).max().unwrap_or(0);
    let mut older = headers.len();
    for (copy, header) in headers {
        older -= 1;
        if controls.has(Without::Accumulator) && !survey.matches(&header) {
            continue;
        }
        if older > 0 && !survey.is_evident(disk, keys, &header)? {
            continue;
        }
        if controls.has(Without::Scrub) {
            survey.scrub(disk, keys, header.epoch)?;
        }
        let groups = survey.groups(keys, &header);
        return Ok(Some(Recovered { header, copy, next, groups }));
    }
    Ok(None)
}

/// The tag pages that lie in the file.
#[derive(Debug, PartialEq, Eq)]
struct Survey(Vec<Pages>);

/// Both copies of a group's tag page, of which only epoch and mark are kept: a page of 4 KiB is read again where more
/// is wanted. Epoch 0 is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Pages {
    epochs: [u64; COPIES],
    marks: [Tag; COPIES],
}

impl Pages {
    /// The newest copy that is not newer than a header.
    fn meant_by(&self, header: &Header) -> Option<usize> {
        let meant = |copy: &usize| (1..=header.epoch).contains(&self.epochs[*copy]);
        (0..COPIES).filter(meant).max_by_key(|copy| self.epochs[*copy])
    }
}

impl Survey {
    /// Reads all pages, each processor a part of them.
    fn read(disk: &dyn BlockFile, keys: &Keys) -> io::Result<Self> {
        let groups = keys.cipher().layout().groups_in_file(disk.len()?);
        let threads = thread::available_parallelism().map_or(1, Into::into) as u64;
        Self::read_in_parts(disk, keys, threads.min(groups / PART))
    }

    fn read_in_parts(disk: &dyn BlockFile, keys: &Keys, parts: u64) -> io::Result<Self> {
        let groups = keys.cipher().layout().groups_in_file(disk.len()?);
        // Whole extents: their pages lie together.
        let part = groups.div_ceil(parts.max(1)).next_multiple_of(GROUPS_PER_EXTENT).max(1);
        let bounds = (0..groups).step_by(usize::try_from(part).unwrap_or(usize::MAX));
        let mut parts = bounds.map(|from| from..(from + part).min(groups));
        let first = parts.next().unwrap_or(0..0);
        thread::scope(|scope| {
            let others: Vec<_> = parts.map(|part| scope.spawn(|| Self::read_part(disk, keys, part))).collect();
            let mut survey = Self::read_part(disk, keys, first)?;
            for other in others {
                // A thread that panicked is no different from one that could not read.
                survey.extend(other.join().map_err(|_| Fault::NoEpoch)??);
            }
            Ok(Self(survey))
        })
    }

    /// Reads some groups' pages, an extent's at a time.
    fn read_part(disk: &dyn BlockFile, keys: &Keys, groups: Range<u64>) -> io::Result<Vec<Pages>> {
        let layout = keys.cipher().layout();
        let mut survey = Vec::new();
        let mut extent = vec![0; TAG_PAGES as usize * BLOCK];
        for group in groups {
            if group % GROUPS_PER_EXTENT == 0 {
                read_padded(disk, layout.tag_page(group, 0), &mut extent)?;
            }
            let mut found = Pages::default();
            let within = (group % GROUPS_PER_EXTENT) as usize * COPIES;
            for (copy, block) in extent.chunks_exact_mut(BLOCK).skip(within).take(COPIES).enumerate() {
                // Most pages of a young file were never written; zeros need no key to be told apart.
                if block.iter().all(|byte| *byte == 0) {
                    continue;
                }
                if let Some(page) = TagPage::open(keys, group, copy, block) {
                    (found.epochs[copy], found.marks[copy]) = (page.epoch, page.mark);
                }
            }
            survey.push(found);
        }
        Ok(survey)
    }

    fn epochs(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().flat_map(|found| found.epochs)
    }

    /// The pages that a header means, each with its group's number and its copy.
    fn meant<'a>(&'a self, header: &'a Header) -> impl Iterator<Item = (u64, usize, &'a Pages)> {
        (0..header.groups).zip(&self.0).filter_map(|(group, found)| Some((group, found.meant_by(header)?, found)))
    }

    /// Whether the pages are exactly those that the header was written with.
    fn matches(&self, header: &Header) -> bool {
        let mut accumulator = [0; TAG];
        self.meant(header).for_each(|(_, copy, found)| toggle(&mut accumulator, &found.marks[copy]));
        accumulator == header.accumulator
    }

    /// Whether all blocks that the header's own epoch wrote have arrived.
    fn is_evident(&self, disk: &dyn BlockFile, keys: &Keys, header: &Header) -> io::Result<bool> {
        let layout = keys.cipher().layout();
        let mut block = [0; BLOCK];
        for (number, copy, found) in self.meant(header) {
            // Only a page that the epoch wrote can hold its stamp.
            if found.epochs[copy] != header.epoch {
                continue;
            }
            let mut group = Group::asleep(layout, copy, found.marks[copy]);
            group.wake(disk, keys, number)?;
            for place in 0..layout.group() as usize {
                if !group.is_evidence(place, header.epoch) {
                    continue;
                }
                let logical = layout.first(number) + place as u64;
                read_padded(disk, layout.data(logical), &mut block)?;
                let arrived = group
                    .entry(place)
                    .is_some_and(|entry| keys.open(Kind::Data, logical, entry.nonce, entry.tag, &mut block).is_ok());
                if !arrived {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Erases pages that are newer than an epoch. They lie in spare copies: the epoch's own stay untouched.
    fn scrub(&self, disk: &dyn BlockFile, keys: &Keys, epoch: u64) -> io::Result<()> {
        let mut scrubbed = false;
        for (group, found) in (0..).zip(&self.0) {
            for copy in (0..COPIES).filter(|copy| found.epochs[*copy] > epoch) {
                disk.write_at(keys.cipher().layout().tag_page(group, copy), &[0; BLOCK])?;
                scrubbed = true;
            }
        }
        if scrubbed { disk.sync() } else { Ok(()) }
    }

    /// The groups as a header means them.
    fn groups(&self, keys: &Keys, header: &Header) -> Vec<Group> {
        let layout = keys.cipher().layout();
        let known = |group: u64| {
            let found = self.0.get(usize::try_from(group).ok()?)?;
            let copy = found.meant_by(header)?;
            Some(Group::asleep(layout, copy, found.marks[copy]))
        };
        (0..header.groups).map(|group| known(group).unwrap_or_else(|| Group::blank(layout))).collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use redb::StorageBackend;

    use super::super::{
        block_file::DiskFile,
        cipher::{Cipher, DataKey},
        file::SealedFile,
        layout::BLOCK_LEN,
    };
    use super::*;

    #[test]
    fn however_many_read_the_pages_they_find_the_same() {
        let disk: Arc<dyn BlockFile> = Arc::new(DiskFile::lock(tempfile::tempfile().unwrap()).unwrap());
        let file = SealedFile::create(disk.clone(), &DataKey::from_bytes([1; 32]), Cipher::Aes256GcmSiv).unwrap();
        let layout = file.0.layout;
        let groups = 3 * GROUPS_PER_EXTENT + 1;
        file.set_len(groups * layout.group() * BLOCK_LEN).unwrap();
        for round in 0..3 {
            for group in (round..groups).step_by(1 + round as usize) {
                file.write((group * layout.group() + 1) * BLOCK_LEN, &[7; BLOCK]).unwrap();
            }
            file.flush().unwrap();
        }
        let alone = Survey::read_in_parts(&*disk, &file.0.keys, 1).unwrap();
        let known = alone.0.iter().map(|pages| pages.epochs.iter().any(|epoch| *epoch > 0));
        assert!(known.eq((0..alone.0.len() as u64).map(|group| group < groups)));
        for parts in [0, 2, 3, 4, 9, 1000] {
            assert_eq!(Survey::read_in_parts(&*disk, &file.0.keys, parts).unwrap(), alone, "{parts} parts");
        }
    }
}
