//! Opening: finding the newest epoch that is complete, and clearing away what was begun after it.
//!
//! 1. Sync. What a crashed process wrote may be readable and not yet durable; nothing may be built on that.
//! 2. Of the headers that authenticate, try the newer first. For each group it means the newest tag page that is not
//!    newer than the header. It is *complete* if the accumulator matches, and every block stamped with its epoch
//!    authenticates: header, tag pages and blocks of an epoch reach the disk in any order, under one sync.
//! 3. Else the older header. It needs no look at its blocks: it was durable before the newer epoch wrote anything.
//! 4. Scrub: erase tag pages newer than the header that was adopted, or a later header would take them for its own.
//! 5. The next epoch is higher than any that was seen, so that no trace of an abandoned one passes for it.

use std::{cmp::Reverse, io};

use super::{
    block_file::{BlockFile, read_padded},
    cipher::{Keys, Kind},
    controls::{Controls, Without},
    header::Header,
    layout::{BLOCK, COPIES, GROUPS_PER_EXTENT, TAG, TAG_PAGES},
    tags::{Group, TagPage, toggle},
};

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

    let mut survey = Survey::read(disk, keys, &headers)?;
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
        let groups = survey.take(keys, &header);
        return Ok(Some(Recovered { header, copy, next, groups }));
    }
    Ok(None)
}

/// The tag pages that lie in the file.
struct Survey(Vec<Pages>);

/// A group's tag pages. Those that no header means are dropped again; their epochs are kept.
#[derive(Default)]
struct Pages {
    epochs: [u64; COPIES],
    pages: [Option<TagPage>; COPIES],
}

impl Pages {
    /// The newest copy that is not newer than a header.
    fn meant_by(&self, header: &Header) -> Option<usize> {
        let meant = |copy: &usize| (1..=header.epoch).contains(&self.epochs[*copy]);
        (0..COPIES).filter(meant).max_by_key(|copy| self.epochs[*copy])
    }
}

impl Survey {
    /// Reads all pages, an extent's at a time: they lie together.
    fn read(disk: &dyn BlockFile, keys: &Keys, headers: &[(usize, Header)]) -> io::Result<Self> {
        let layout = keys.cipher().layout();
        let groups = layout.groups_in_file(disk.len()?);
        let mut survey = Vec::new();
        let mut extent = vec![0; TAG_PAGES as usize * BLOCK];
        for group in 0..groups {
            if group % GROUPS_PER_EXTENT == 0 {
                read_padded(disk, layout.tag_page(group, 0), &mut extent)?;
            }
            let mut found = Pages::default();
            let within = (group % GROUPS_PER_EXTENT) as usize * COPIES;
            for (copy, block) in extent.chunks_exact_mut(BLOCK).skip(within).take(COPIES).enumerate() {
                // Most pages of a young file were never written; zeros need no key to be told apart.
                if block.iter().any(|byte| *byte != 0) {
                    found.pages[copy] = TagPage::open(keys, group, copy, block);
                    found.epochs[copy] = found.pages[copy].as_ref().map_or(0, |page| page.epoch);
                }
            }
            for copy in 0..COPIES {
                if !headers.iter().any(|(_, header)| found.meant_by(header) == Some(copy)) {
                    found.pages[copy] = None;
                }
            }
            survey.push(found);
        }
        Ok(Self(survey))
    }

    fn epochs(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().flat_map(|found| found.epochs)
    }

    /// The pages that a header means, each with its group's number and its copy.
    fn meant<'a>(&'a self, header: &'a Header) -> impl Iterator<Item = (u64, usize, &'a TagPage)> {
        (0..header.groups).zip(&self.0).filter_map(|(group, found)| {
            let copy = found.meant_by(header)?;
            Some((group, copy, found.pages[copy].as_ref()?))
        })
    }

    /// Whether the pages are exactly those that the header was written with.
    fn matches(&self, header: &Header) -> bool {
        let mut accumulator = [0; TAG];
        self.meant(header).for_each(|(_, _, page)| toggle(&mut accumulator, &page.mark));
        accumulator == header.accumulator
    }

    /// Whether all blocks that the header's own epoch wrote have arrived.
    fn is_evident(&self, disk: &dyn BlockFile, keys: &Keys, header: &Header) -> io::Result<bool> {
        let layout = keys.cipher().layout();
        let mut block = [0; BLOCK];
        for (number, copy, page) in self.meant(header) {
            // Only a page that the epoch wrote can hold its stamp.
            if page.epoch != header.epoch {
                continue;
            }
            let group = Group::load(layout, page.clone(), copy);
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
    fn scrub(&mut self, disk: &dyn BlockFile, keys: &Keys, epoch: u64) -> io::Result<()> {
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
    fn take(mut self, keys: &Keys, header: &Header) -> Vec<Group> {
        let layout = keys.cipher().layout();
        let mut load = |group: u64| {
            let found = self.0.get_mut(usize::try_from(group).ok()?)?;
            let copy = found.meant_by(header)?;
            Some(Group::load(layout, found.pages[copy].take()?, copy))
        };
        (0..header.groups).map(|group| load(group).unwrap_or_else(|| Group::blank(layout))).collect()
    }
}
