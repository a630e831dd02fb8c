//! Copies of a file that is in use: a snapshot of its sealed blocks, and a rewriting under another key.
//!
//! A snapshot is of one epoch while writes go on: a group is copied whole, by whoever comes first, the copying thread or
//! the writer that is about to change it. So a writer waits for half a megabyte at most, and a reader for nothing. The
//! copy is a sealed file of its own, in the same format and under the same key; only tag pages and header are sealed
//! anew. It holds every commit that was acknowledged before it began.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use redb::StorageBackend;
use zeroize::Zeroizing;

use super::{
    block_file::{BlockFile, read_padded},
    cipher::{Cipher, DataKey, Tag},
    fault::Fault,
    file::{Inner, SealedFile},
    header::Header,
    held::Tags,
    layout::{BLOCK, BLOCK_LEN, COPIES, TAG},
    tags::toggle,
};

/// Progress is told after so many blocks: two megabytes.
const PACE: u64 = 512;

/// A snapshot that is being taken.
pub(super) struct Snapshot {
    to: Arc<dyn BlockFile>,
    epoch: u64,
    /// What became of each group: nothing yet, its mark in the copy, or the first error.
    groups: Vec<Mutex<Option<io::Result<Tag>>>>,
}

impl Snapshot {
    pub(super) fn new(to: Arc<dyn BlockFile>, header: &Header, groups: usize) -> Self {
        Self { to, epoch: header.epoch, groups: (0..groups).map(|_| Mutex::new(None)).collect() }
    }

    /// How many groups it copies.
    pub(super) fn groups(&self) -> u64 {
        self.groups.len() as u64
    }

    /// Copies a group unless that was done before. A group that is younger than the snapshot is none of its business.
    /// An error is kept for the snapshot: the writer that met it has other cares.
    pub(super) fn capture(&self, file: &Inner, tags: &Tags, number: usize) {
        if let Some(captured) = self.groups.get(number) {
            let mut captured = captured.lock().unwrap_or_else(PoisonError::into_inner);
            if captured.is_none() {
                *captured = Some(self.copy(file, tags, number));
            }
        }
    }

    fn copy(&self, file: &Inner, tags: &Tags, number: usize) -> io::Result<Tag> {
        let group = tags.awake(number, &*file.disk, &file.keys)?;
        if *group.mark() == [0; TAG] {
            return Ok([0; TAG]);
        }
        let (layout, number) = (file.layout, number as u64);
        if let Some(places) = group.written() {
            let mut sealed = vec![0; places.len() * BLOCK];
            let offset = layout.data(layout.first(number) + places.start as u64);
            read_padded(&*file.disk, offset, &mut sealed)?;
            self.to.write_at(offset, &sealed)?;
        }
        let (page, mark) = group.seal(&file.keys, number, 0, self.epoch)?;
        self.to.write_at(layout.tag_page(number, 0), &page)?;
        Ok(mark)
    }

    /// The accumulator of all groups, or the first error that one met.
    fn accumulate(&self) -> io::Result<Tag> {
        let mut accumulator = [0; TAG];
        for captured in &self.groups {
            match captured.lock().unwrap_or_else(PoisonError::into_inner).take() {
                Some(mark) => toggle(&mut accumulator, &mark?),
                None => return Err(Fault::Access.into()),
            }
        }
        Ok(accumulator)
    }
}

/// Ends a snapshot on every way out.
struct Registered<'a>(&'a SealedFile);

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.0.end_snapshot();
    }
}

impl SealedFile {
    /// Copies the file as it is now into an empty one, while reads and writes go on, and makes the copy durable. Gives
    /// the epoch of the copy. What is damaged here is damaged there: run a deep check over the copy.
    ///
    /// # Errors
    /// [`Fault::NotEmpty`], [`Fault::Busy`] where another snapshot is being taken, [`Fault::Latched`]; either disk's.
    pub fn snapshot(&self, to: Arc<dyn BlockFile>) -> io::Result<u64> {
        if to.len()? != 0 {
            return Err(Fault::NotEmpty.into());
        }
        let (snapshot, mut header) = self.begin_snapshot(&to)?;
        let registered = Registered(self);
        for number in 0..snapshot.groups.len() {
            snapshot.capture(&self.0, &self.tags(), number);
        }
        drop(registered);
        header.accumulator = snapshot.accumulate()?;

        // An open wants room for every group that the header speaks of, be there anything in it or not.
        let layout = self.0.layout;
        let pages = header.groups.checked_sub(1).map_or(0, |last| layout.tag_page(last, COPIES - 1) + BLOCK_LEN);
        let room = layout.file_len(header.len).max(pages).max(to.len()?);
        to.set_len(room)?;
        self.0.superblock.write(&*to, &self.0.key)?;
        header.write(&*to, &self.0.keys, 0)?;
        to.sync()?;
        Ok(header.epoch)
    }

    /// Writes everything into a new file under another key. Writes wait meanwhile. Beside the new file it gives the
    /// blocks that were left out because they are damaged: after a power cut there may be some that redb had given up
    /// before. In the new file they were never written, so a read of one is an error there as here. `progress` is told
    /// how many of how many blocks are done.
    ///
    /// # Errors
    /// As for [`SealedFile::create`] and reading; [`Fault::Latched`].
    pub fn rewrite_to(
        &self,
        disk: Arc<dyn BlockFile>,
        key: &DataKey,
        cipher: Cipher,
        progress: &mut dyn FnMut(u64, u64),
    ) -> io::Result<(SealedFile, Vec<u64>)> {
        let (_waiting, header) = self.hold()?;
        let new = Self::create(disk, key, cipher)?;
        new.set_len(header.len)?;
        if header.len > 0 {
            new.write(0, &header.head)?;
        }
        let (mut damaged, mut block) = (Vec::new(), Zeroizing::new([0; BLOCK]));
        let blocks = header.len / BLOCK_LEN;
        for number in 1..blocks {
            if number % PACE == 0 {
                progress(number, blocks);
            }
            let read = self.read(number * BLOCK_LEN, block.as_mut_slice());
            match read.as_ref().err().map(|error| Fault::of(error)) {
                None => new.write(number * BLOCK_LEN, block.as_slice())?,
                Some(Some(Fault::NeverWritten(_))) => {}
                Some(Some(Fault::Damaged(_))) => damaged.push(number),
                Some(_) => read?,
            }
        }
        new.flush()?;
        progress(blocks, blocks);
        Ok((new, damaged))
    }
}
