//! The sealed file itself: reads, writes, and the sync that makes an epoch.
//!
//! The invariants, and where they are kept:
//!
//! 1. *One whole epoch always stands.* A sync writes only spare copies (`Group::spare`, the header's other copy), and
//!    a copy becomes spare only once its successor is durable: [`SealedFile::publish`], [`Group::settle`].
//! 2. *An epoch is taken for complete only if it is.* Header, accumulator and fresh blocks prove it at the next open,
//!    so until another header is durable none of them may change: [`SealedFile::seal`].
//! 3. *What is acknowledged is durable.* A sync returns without one only where redb acknowledges nothing on it:
//!    [`only_prepares`].
//! 4. *After a failed write nothing is written any more*, and after a failed sync its epoch can't be adopted by an open
//!    that reads the kernel's memory instead of the disk: `Writer::latched`, [`Header::erase`].
//! 5. *A block and its entry fit whenever someone reads*: both change under the group's lock.

use std::{
    collections::BTreeSet,
    fmt, io,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard},
};

use redb::StorageBackend;

use super::{
    block_file::BlockFile,
    cipher::{Cipher, DataKey, Forged, Keys, Kind, random},
    controls::{Controls, Without},
    copy::Snapshot,
    fault::Fault,
    header::{Header, only_prepares},
    held::{Tags, exclusive},
    layout::{BLOCK, BLOCK_LEN, COPIES, HEAD, Layout, MAX_LEN},
    recover::recover,
    superblock::Superblock,
    tags::{Group, toggle},
};

/// Above this many blocks since the last epoch a sync is no longer deferred, so that the next one stays short.
pub const DEFER: u64 = 4096;

/// A sealed file, open for reading and writing. Clones are handles on the same file; the lock on the file below is
/// released with the last one.
#[derive(Clone)]
pub struct SealedFile(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) disk: Arc<dyn BlockFile>,
    pub(super) keys: Keys,
    pub(super) layout: Layout,
    pub(super) key: DataKey,
    pub(super) superblock: Superblock,
    pub(super) tags: RwLock<Tags>,
    writer: Mutex<Writer>,
    controls: Controls,
}

/// Everything that only writes touch. Whoever holds its lock is the writer; locks are taken in the order writer, tags,
/// group.
pub(super) struct Writer {
    /// The newest durable header, and the copy it lies in.
    pub(super) durable: Header,
    pub(super) copy: usize,
    /// The epoch of the next header.
    next: u64,
    /// The beginning of redb's file as it will be in the next epoch.
    head: [u8; HEAD],
    /// Groups whose entries have changed since the last epoch.
    dirty: BTreeSet<usize>,
    /// Blocks written since the last epoch.
    fresh: u64,
    /// Whether the durable epoch wrote blocks, and so needs them to prove it.
    evident: bool,
    /// A write failed: see invariant 4.
    latched: bool,
    /// Who must see a group before it changes.
    snapshot: Option<Arc<Snapshot>>,
    /// Where blocks are sealed before they are written, and their nonces.
    sealed: Vec<u8>,
    nonces: Vec<u8>,
    figures: Figures,
}

/// What the file has done since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// The durable epoch. The file must be rewritten before it reaches 2³².
    pub epoch: u64,
    /// Epochs made for syncs.
    pub syncs: u64,
    /// Header-only epochs made to protect the one before.
    pub seals: u64,
    /// Syncs that were put off to the next.
    pub deferred: u64,
    /// Groups whose tag pages are in memory.
    pub awake: usize,
}

impl SealedFile {
    /// Makes a sealed file in an empty one, and makes it durable. The name of the file is the caller's to make so:
    /// create it under a temporary one, rename, sync the folder.
    ///
    /// # Errors
    /// [`Fault::NotEmpty`]; the disk's.
    pub fn create(disk: Arc<dyn BlockFile>, key: &DataKey, cipher: Cipher) -> io::Result<Self> {
        if disk.len()? != 0 {
            return Err(Fault::NotEmpty.into());
        }
        let mut file = [0; 16];
        random(&mut file)?;
        let keys = Keys::derive(key, cipher, file);
        let header = Header::empty();
        disk.set_len(cipher.layout().file_len(0))?;
        let superblock = Superblock { cipher, file, sequence: 1 };
        superblock.write(&*disk, key)?;
        header.write(&*disk, &keys, 0)?;
        disk.sync()?;
        let inner = (Writer::new(header, 0, 2), Vec::new());
        Ok(Self::assemble(disk, key, superblock, keys, inner, Controls::default()))
    }

    /// Opens a sealed file at its newest complete epoch.
    ///
    /// # Errors
    /// [`Fault::NotSealed`], [`Fault::Newer`], [`Fault::WrongKey`]; [`Fault::Superblocks`] and [`Fault::NoEpoch`] for
    /// damage that no fall-back mends; [`Fault::Empty`] where nothing was ever committed; the disk's. An error of the
    /// disk's is never taken for damage: falling back on one would lose what is there.
    pub fn open(disk: Arc<dyn BlockFile>, key: &DataKey, controls: Controls) -> io::Result<Self> {
        let (superblock, lost) = Superblock::read(&*disk, key)?;
        let keys = Keys::derive(key, superblock.cipher, superblock.file);
        let found = recover(&*disk, &keys, controls)?.ok_or(Fault::NoEpoch)?;
        if found.header.len == 0 {
            return Err(Fault::Empty.into());
        }
        if lost.contains(&true) {
            // One copy is enough: a sector that takes no writing is no reason not to open.
            drop(superblock.restore(&*disk, key, lost));
        }
        let inner = (Writer::new(found.header, found.copy, found.next), found.groups);
        Ok(Self::assemble(disk, key, superblock, keys, inner, controls))
    }

    fn assemble(
        disk: Arc<dyn BlockFile>,
        key: &DataKey,
        superblock: Superblock,
        keys: Keys,
        (writer, groups): (Writer, Vec<Group>),
        controls: Controls,
    ) -> Self {
        let tags = Tags::new(writer.durable.len, groups);
        Self(Arc::new(Inner {
            disk,
            layout: keys.cipher().layout(),
            keys,
            key: key.clone(),
            superblock,
            tags: RwLock::new(tags),
            writer: Mutex::new(writer),
            controls,
        }))
    }

    /// The cipher that the file was made with.
    pub fn cipher(&self) -> Cipher {
        self.0.keys.cipher()
    }

    /// The key that it is sealed with.
    pub fn key(&self) -> &DataKey {
        &self.0.key
    }

    /// Takes no more writes: another handle on the same bytes is about to.
    pub fn retire(&self) {
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner).latched = true;
    }

    /// How many groups' tag pages may stay in memory: [`TAGS_HELD`](super::TAGS_HELD), unless said otherwise.
    pub fn hold_tags(&self, groups: usize) {
        self.tags().hold(groups);
    }

    /// What was done since the file was opened.
    pub fn figures(&self) -> Figures {
        let writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
        Figures { epoch: writer.durable.epoch, awake: self.tags().count_awake(), ..writer.figures }
    }

    fn read_blocks(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let tags = self.tags();
        let runs = runs(self.0.layout, tags.len, offset, out.len())?;
        for run in runs {
            let out = out.get_mut(run.bytes.clone()).ok_or(Fault::Access)?;
            if run.group >= tags.groups.len() {
                return Err(Fault::NeverWritten(run.block).into());
            }
            let group = tags.awake(run.group, &*self.0.disk, &self.0.keys)?;
            if let Some(place) = run.places().find(|place| group.entry(*place).is_none()) {
                return Err(Fault::NeverWritten(run.block + (place - run.place) as u64).into());
            }
            self.0.disk.read_at(self.0.layout.data(run.block), out).map_err(|error| match error.kind() {
                // Cut short by someone else: damage like any other.
                io::ErrorKind::UnexpectedEof => Fault::Damaged(run.block).into(),
                _ => error,
            })?;
            for ((place, block), sealed) in run.places().zip(run.block..).zip(out.chunks_exact_mut(BLOCK)) {
                let entry = group.entry(place).ok_or(Fault::NeverWritten(block))?;
                self.0
                    .keys
                    .open(Kind::Data, block, entry.nonce, entry.tag, sealed)
                    .map_err(|Forged| Fault::Damaged(block))?;
            }
        }
        Ok(())
    }

    fn write_blocks(&self, writer: &mut Writer, offset: u64, data: &[u8]) -> io::Result<()> {
        let tags = self.tags();
        for run in runs(self.0.layout, tags.len, offset, data.len())? {
            let data = data.get(run.bytes.clone()).ok_or(Fault::Access)?;
            let group = tags.awake(run.group, &*self.0.disk, &self.0.keys)?;
            let evident = run.places().any(|place| group.is_evidence(place, writer.durable.epoch));
            drop(group);
            if self.0.controls.has(Without::Seal) && evident {
                self.seal(writer)?;
            }

            let Writer { sealed, nonces, .. } = writer;
            let size = self.0.layout.nonce();
            sealed.resize(data.len(), 0);
            nonces.resize(run.places().len() * size, 0);
            random(nonces)?;
            let mut tagged = Vec::with_capacity(run.places().len());
            let texts = data.chunks_exact(BLOCK).zip(sealed.chunks_exact_mut(BLOCK));
            for ((block, nonce), (text, out)) in (run.block..).zip(nonces.chunks_exact(size)).zip(texts) {
                tagged.push(self.0.keys.seal(Kind::Data, block, nonce, text, out).map_err(|Forged| Fault::Access)?);
            }

            if let Some(snapshot) = &writer.snapshot {
                snapshot.capture(&self.0, &tags, run.group);
            }
            let mut group = tags.awake_mut(run.group, &*self.0.disk, &self.0.keys)?;
            self.0.disk.write_at(self.0.layout.data(run.block), sealed)?;
            for ((place, nonce), tag) in run.places().zip(nonces.chunks_exact(size)).zip(&tagged) {
                group.enter(place, nonce, tag);
            }
            writer.dirty.insert(run.group);
            writer.fresh += tagged.len() as u64;
        }
        Ok(())
    }

    /// Ends the pending epoch: tag pages to their spare copies, the header to its own, one sync.
    fn complete(&self, writer: &mut Writer) -> io::Result<()> {
        let tags = self.tags();
        let epoch = writer.next;
        let stamp = u32::try_from(epoch).map_err(|_| Fault::WornOut)?;
        let mut accumulator = writer.durable.accumulator;
        let mut marks = Vec::with_capacity(writer.dirty.len());
        for number in &writer.dirty {
            let lock = tags.groups.get(*number).ok_or(Fault::Access)?;
            let mut group = exclusive(lock);
            group.stamp(stamp);
            let (number, copy) = (*number as u64, group.spare());
            let (page, mark) = group.seal(&self.0.keys, number, copy, epoch)?;
            self.0.disk.write_at(self.0.layout.tag_page(number, copy), &page)?;
            toggle(&mut accumulator, group.mark());
            toggle(&mut accumulator, &mark);
            marks.push((lock, mark));
        }
        let groups = tags.groups.len() as u64;
        self.publish(writer, Header { epoch, len: tags.len, groups, accumulator, head: writer.head })?;
        for (group, mark) in marks {
            exclusive(group).settle(mark);
        }
        tags.settle();
        writer.dirty.clear();
        writer.evident = writer.fresh > 0;
        writer.fresh = 0;
        writer.figures.syncs += 1;
        Ok(())
    }

    /// Before evidence of the durable epoch is overwritten: makes the same state durable as an epoch of its own, which
    /// wrote no blocks and so needs none to prove it. What is pending stays pending.
    fn seal(&self, writer: &mut Writer) -> io::Result<()> {
        // One epoch less than there are, so that the pending one has a number left.
        u32::try_from(writer.next + 1).map_err(|_| Fault::WornOut)?;
        self.publish(writer, Header { epoch: writer.next, ..writer.durable.clone() })?;
        writer.evident = false;
        writer.figures.seals += 1;
        Ok(())
    }

    /// Writes a header over the copy that is not durable, and makes it and everything before it durable.
    fn publish(&self, writer: &mut Writer, header: Header) -> io::Result<()> {
        let copy = COPIES - 1 - writer.copy;
        header.write(&*self.0.disk, &self.0.keys, copy)?;
        if let Err(error) = self.0.disk.sync() {
            // The kernel may now hold as clean what the disk does not have. An open that believed it would build on
            // sand; without its header the epoch is not there. If this fails too, the disk is past helping.
            drop(Header::erase(&*self.0.disk, copy));
            return Err(error);
        }
        writer.next = header.epoch + 1;
        writer.copy = copy;
        writer.durable = header;
        Ok(())
    }

    fn grow(&self, len: u64) -> io::Result<()> {
        // Room for the blocks now, so that a write never has to lengthen the file.
        let file_len = self.0.layout.file_len(len);
        if self.0.disk.len()? < file_len {
            self.0.disk.set_len(file_len)?;
        }
        let groups = usize::try_from(self.0.layout.groups(len)).map_err(|_| Fault::Access)?;
        self.0.tags.write().unwrap_or_else(PoisonError::into_inner).grow(len, groups, self.0.layout);
        Ok(())
    }

    fn shrink(&self, writer: &mut Writer, len: u64) -> io::Result<()> {
        let (first, place) = self.0.layout.place(len.div_ceil(BLOCK_LEN));
        let first = usize::try_from(first).map_err(|_| Fault::Access)?;
        let from = |number: usize| if number == first { place } else { 0 };
        let (disk, keys) = (&*self.0.disk, &self.0.keys);
        let tags = self.tags();
        let beyond = first..tags.groups.len();
        // Forgetting a block frees its place for anything, so it counts as overwriting it.
        let mut evident = false;
        for number in beyond.clone() {
            let group = tags.awake(number, disk, keys)?;
            let mut places = from(number)..self.0.layout.group() as usize;
            evident |= places.any(|place| group.is_evidence(place, writer.durable.epoch));
        }
        if self.0.controls.has(Without::Seal) && evident {
            self.seal(writer)?;
        }
        for number in beyond {
            if let Some(snapshot) = &writer.snapshot {
                snapshot.capture(&self.0, &tags, number);
            }
            if tags.awake_mut(number, disk, keys)?.forget_from(from(number)) {
                writer.dirty.insert(number);
            }
        }
        drop(tags);
        self.0.tags.write().unwrap_or_else(PoisonError::into_inner).len = len;
        Ok(())
    }

    /// Runs a write unless an earlier one failed, and remembers if it fails.
    fn write_with<T>(&self, write: impl FnOnce(&mut Writer) -> io::Result<T>) -> io::Result<T> {
        let mut writer = self.writer()?;
        if writer.latched {
            return Err(Fault::Latched.into());
        }
        let written = write(&mut writer);
        writer.latched = written.is_err();
        written
    }

    /// Makes everything written durable, whatever redb may be preparing.
    pub(super) fn flush(&self) -> io::Result<()> {
        self.write_with(|writer| self.settle(writer))
    }

    fn settle(&self, writer: &mut Writer) -> io::Result<()> {
        if self.is_settled(writer) { Ok(()) } else { self.complete(writer) }
    }

    fn is_settled(&self, writer: &Writer) -> bool {
        writer.dirty.is_empty() && writer.head == writer.durable.head && self.tags().len == writer.durable.len
    }

    /// Makes the present state an epoch, and sees to it that no group changes before the snapshot has it.
    pub(super) fn begin_snapshot(&self, to: &Arc<dyn BlockFile>) -> io::Result<(Arc<Snapshot>, Header)> {
        let begun = self.write_with(|writer| {
            self.settle(writer)?;
            if writer.snapshot.is_some() {
                return Ok(None);
            }
            let snapshot = Arc::new(Snapshot::new(to.clone(), &writer.durable, self.tags().groups.len()));
            writer.snapshot = Some(snapshot.clone());
            let header = Header { groups: snapshot.groups(), ..writer.durable.clone() };
            Ok(Some((snapshot, header)))
        });
        begun?.ok_or_else(|| Fault::Busy.into())
    }

    pub(super) fn end_snapshot(&self) {
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner).snapshot = None;
    }

    /// Makes everything durable, and keeps writes waiting for as long as the guard lives.
    pub(super) fn hold(&self) -> io::Result<(MutexGuard<'_, Writer>, Header)> {
        self.flush()?;
        let writer = self.writer()?;
        let header = writer.durable.clone();
        // Between the two locks somebody may have written.
        if self.is_settled(&writer) { Ok((writer, header)) } else { Err(Fault::Busy.into()) }
    }

    /// The writer's lock. A writer that panicked left its state half changed: no more writes.
    pub(super) fn writer(&self) -> io::Result<MutexGuard<'_, Writer>> {
        self.0.writer.lock().map_err(|_| Fault::Latched.into())
    }

    pub(super) fn tags(&self) -> RwLockReadGuard<'_, Tags> {
        self.0.tags.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What redb asks of a file.
impl StorageBackend for SealedFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.tags().len)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if offset >= BLOCK_LEN {
            return self.read_blocks(offset, out);
        }
        let writer = self.0.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if self.tags().len < BLOCK_LEN {
            return Err(Fault::Access.into());
        }
        out.copy_from_slice(writer.head.get(within_head(offset, out.len())?).ok_or(Fault::Access)?);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.write_with(|writer| {
            if offset >= BLOCK_LEN {
                return self.write_blocks(writer, offset, data);
            }
            if self.tags().len < BLOCK_LEN {
                return Err(Fault::Access.into());
            }
            let range = within_head(offset, data.len())?;
            writer.head.get_mut(range).ok_or(Fault::Access)?.copy_from_slice(data);
            Ok(())
        })
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.write_with(|writer| {
            if !len.is_multiple_of(BLOCK_LEN) || len > MAX_LEN {
                return Err(Fault::Access.into());
            }
            if len < self.tags().len { self.shrink(writer, len) } else { self.grow(len) }
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.write_with(|writer| {
            if self.is_settled(writer) {
                return Ok(());
            }
            if writer.fresh <= DEFER && only_prepares(&writer.durable.head, &writer.head) {
                writer.figures.deferred += 1;
                return Ok(());
            }
            self.complete(writer)
        })
    }

    /// Ends with an epoch that wrote no blocks: from now on a damaged block is a damaged block, and can't be taken for
    /// the trace of a power cut, at which an open would fall back.
    fn close(&self) -> io::Result<()> {
        let mut writer = self.writer()?;
        if writer.latched || !writer.evident {
            return Ok(());
        }
        let sealed = self.seal(&mut writer);
        writer.latched = sealed.is_err();
        sealed
    }
}

impl Writer {
    fn new(durable: Header, copy: usize, next: u64) -> Self {
        Self {
            head: durable.head,
            durable,
            copy,
            next,
            dirty: BTreeSet::new(),
            fresh: 0,
            evident: true,
            latched: false,
            snapshot: None,
            sealed: Vec::new(),
            nonces: Vec::new(),
            figures: Figures::default(),
        }
    }
}

impl fmt::Debug for SealedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedFile").field("disk", &self.0.disk).field("keys", &self.0.keys).finish_non_exhaustive()
    }
}

/// Blocks of one group that lie side by side, in memory and on the disk.
struct Run {
    group: usize,
    place: usize,
    /// The first one's logical number.
    block: u64,
    /// Where they lie in the caller's buffer.
    bytes: Range<usize>,
}

impl Run {
    fn places(&self) -> Range<usize> {
        self.place..self.place + self.bytes.len() / BLOCK
    }
}

/// Cuts an access at the borders of groups.
fn runs(layout: Layout, len: u64, offset: u64, bytes: usize) -> io::Result<impl Iterator<Item = Run>> {
    let end = offset.checked_add(bytes as u64).filter(|end| *end <= len).ok_or(Fault::Access)?;
    if !offset.is_multiple_of(BLOCK_LEN) || !bytes.is_multiple_of(BLOCK) {
        return Err(Fault::Access.into());
    }
    let (mut block, end) = (offset / BLOCK_LEN, end / BLOCK_LEN);
    let mut at = 0;
    Ok(std::iter::from_fn(move || {
        let (group, place) = layout.place(block);
        let blocks = (layout.group() - place as u64).min(end - block);
        let bytes = at..at + blocks as usize * BLOCK;
        let run = Run { group: usize::try_from(group).ok()?, place, block, bytes: bytes.clone() };
        (block, at) = (block + blocks, bytes.end);
        (blocks > 0).then_some(run)
    }))
}

/// The bytes of the head that an access to block 0 means. redb never touches the rest of that block.
fn within_head(offset: u64, len: usize) -> io::Result<Range<usize>> {
    let start = usize::try_from(offset).map_err(|_| Fault::Access)?;
    let end = start.checked_add(len).filter(|end| *end <= HEAD).ok_or(Fault::Access)?;
    Ok(start..end)
}
