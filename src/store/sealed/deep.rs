//! The deep check: every sealed thing of the durable epoch is read from the disk and authenticated.

use std::io;

use super::{
    block_file::read_block, cipher::Kind, fault::Fault, file::SealedFile, header::Header, held::shared, layout::COPIES,
    superblock::Superblock, tags::TagPage,
};

/// Something that does not authenticate, or that the disk can't read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// A superblock, by its copy. The next open restores it from the other.
    Superblock(usize),
    /// The durable header. The next open falls back to the one before.
    Header,
    /// The tag page of a group. The next open refuses.
    Tags(u64),
    /// A data block, by its logical number. A read of it is an error.
    Block(u64),
}

/// What a deep check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deep {
    /// How many data blocks were read.
    pub blocks: u64,
    /// What was bad. After a power cut it may name blocks that the cut commit was writing over: redb had given them
    /// up before, and never reads them. Whether a block is in use only redb's own check can tell.
    pub bad: Vec<Bad>,
}

impl SealedFile {
    /// Reads and authenticates everything. Other threads may read and write meanwhile.
    ///
    /// # Errors
    /// Only where a write failed earlier and left the file without a writer: what is bad is in the answer.
    pub fn deep_check(&self) -> io::Result<Deep> {
        let mut found = Deep::default();
        self.check_pages(&mut found)?;
        let groups = self.tags().groups.len() as u64;
        for group in 0..groups {
            self.check_group(group, &mut found);
        }
        Ok(found)
    }

    /// Everything but data. The writer waits, so that no copy changes hands meanwhile.
    fn check_pages(&self, found: &mut Deep) -> io::Result<()> {
        let writer = self.writer()?;
        let (disk, keys) = (&*self.0.disk, &self.0.keys);
        match Superblock::read(disk, &self.0.key) {
            Ok((_, lost)) => found.bad.extend((0..COPIES).filter(|copy| lost[*copy]).map(Bad::Superblock)),
            Err(_) => found.bad.extend((0..COPIES).map(Bad::Superblock)),
        }
        let header = Header::read(disk, keys).ok().and_then(|mut copies| copies[writer.copy].take());
        if header.as_ref() != Some(&writer.durable) {
            found.bad.push(Bad::Header);
        }
        for (number, group) in (0..).zip(&self.tags().groups) {
            let group = shared(group);
            if *group.mark() == [0; 16] {
                continue;
            }
            let page = read_block(disk, self.0.layout.tag_page(number, group.stable()))
                .ok()
                .and_then(|mut block| TagPage::open(keys, number, group.stable(), &mut block));
            if page.is_none_or(|page| page.mark != *group.mark()) {
                found.bad.push(Bad::Tags(number));
            }
        }
        Ok(())
    }

    /// A group's blocks, one at a time, so that a writer waits for one block at most.
    fn check_group(&self, number: u64, found: &mut Deep) {
        let layout = self.0.layout;
        for block in layout.first(number)..layout.first(number + 1) {
            let tags = self.tags();
            let Ok(index) = usize::try_from(number) else { return };
            // Where its page is bad, that is known already, and says what its blocks are worth.
            let Ok(group) = tags.awake(index, &*self.0.disk, &self.0.keys) else { return };
            let Some(entry) = group.entry(layout.place(block).1) else { continue };
            found.blocks += 1;
            let opened = read_block(&*self.0.disk, layout.data(block)).and_then(|mut sealed| {
                let opened = self.0.keys.open(Kind::Data, block, entry.nonce, entry.tag, &mut sealed);
                opened.map_err(|_| Fault::Damaged(block).into())
            });
            if opened.is_err() {
                found.bad.push(Bad::Block(block));
            }
        }
    }
}
