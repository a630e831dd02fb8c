//! What a store's keeper does beside reading and writing rows: keys, checks, copies, compaction.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use redb::{Builder, ReadableDatabase, ReadableTableMetadata, StorageBackend};

use crate::{
    error::{Error, Result},
    types::Timestamp,
};

use super::{
    Db, Due, TableSum,
    backend::{CACHE, check_space, create_locked, open_locked, refusal},
    copied, migrate,
    rewrite::{self, Progress},
    sealed::{Cipher, Controls, DataKey, Deep, Figures, KeyId, SealedFile},
    slots::{Cost, Opener, Slot, Slots},
};

/// A file's epochs are numbered with 32 bits; it is written anew when half of them are used up.
const EPOCHS: u64 = 1 << 31;
/// A file in which more than two thirds of the pages are free is written anew, if it is larger than this.
const SMALL: u64 = 32 << 20;

/// The keeper's side of an open store. Clones share it.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    db: Db,
    /// Whoever holds it changes keys; two changes at once would lose one.
    slots: Mutex<Slots>,
    /// Whoever holds it has the place of a copy for a check.
    checking: Mutex<()>,
    /// How many migrations this binary knows.
    known: u32,
}

/// What is known of the sealed file without reading it.
#[derive(Debug, Clone, Copy)]
pub struct Sealed {
    /// How it is sealed.
    pub cipher: Cipher,
    /// The name of the key.
    pub key: KeyId,
    /// Epochs, syncs.
    pub figures: Figures,
    /// Its length on the disk, in bytes.
    pub bytes: u64,
}

/// A copy for a backup.
#[derive(Debug)]
pub struct Copied {
    /// What it is sealed with.
    pub key: DataKey,
    /// The epoch of the file as the copying began.
    pub epoch: u64,
    /// The key slots, as their file holds them.
    pub slots: Vec<u8>,
}

impl Vault {
    pub(super) fn new(folder: &Path, slots: Slots, db: Db, known: u32) -> Self {
        let (slots, checking) = (Mutex::new(slots), Mutex::default());
        Self(Arc::new(Inner { folder: folder.to_owned(), db, slots, checking, known }))
    }

    /// The store's folder.
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// The slots of the store's key.
    ///
    /// # Errors
    /// `Unavailable` where the file is not open.
    pub fn slots(&self) -> Result<Vec<Slot>> {
        let key = self.key().id();
        Ok(self.hold().of(key).cloned().collect())
    }

    /// Whether both copies of the slots on the disk are good and the same.
    pub fn slots_agree(&self) -> bool {
        let held = self.hold();
        Slots::read(&self.0.folder, &[self.key().id()]).is_ok_and(|read| read.agree() && read.all() == held.all())
    }

    /// Adds a slot, and gives its number.
    ///
    /// # Errors
    /// `Refused` where there is no room for it; `Full`, `Internal`: then nothing has changed.
    pub fn add_slot(&self, opener: &Opener, cost: Cost) -> Result<u32> {
        let key = self.key();
        let now = self.now();
        self.change(|slots| slots.add(&key, opener, cost, now))
    }

    /// Removes a slot.
    ///
    /// # Errors
    /// `Refused` where there is none, or where it is the last; `Full`, `Internal`: then nothing has changed.
    pub fn remove_slot(&self, number: u32) -> Result<Slot> {
        self.change(|slots| slots.remove(number))
    }

    /// Whether an opener opens the store.
    ///
    /// # Errors
    /// `Refused` where it does not.
    pub fn check(&self, opener: &Opener) -> Result<()> {
        self.hold().unlock(self.key().id(), opener).map(drop)
    }

    /// Makes a new data key, and writes the whole store anew under it. Only these openers open it afterwards: those that
    /// open it now, and new ones. Of a slot whose opener nobody gives, nothing is left. Gives how many damaged blocks
    /// were left out, all of which redb had given up.
    ///
    /// A crash at any moment leaves the store under the old key or under the new one, with slots for it.
    ///
    /// # Errors
    /// `Refused` where one of `keep` does not open the store, or rows are damaged; `Full` where the disk can't hold the
    /// store twice; `Internal`. Then the old key still stands, unless the disk failed at the very end: slots of both are
    /// kept until the next opening has seen which.
    pub fn rotate(&self, keep: &[Opener], new: &[Opener], cost: Cost, mut progress: Progress) -> Result<usize> {
        let mut slots = self.hold();
        let old = self.key().id();
        keep.iter().try_for_each(|opener| slots.unlock(old, opener).map(drop))?;
        let (key, now) = (DataKey::random()?, self.now());
        let id = key.id();
        let mut both = slots.clone();
        both.keep_only(old);
        keep.iter().chain(new).try_for_each(|opener| both.add(&key, opener, cost, now).map(drop))?;
        if both.of(id).next().is_none() {
            return Err(Error::Refused("a store needs a key slot".to_owned()));
        }
        // First the slots of both keys, then the file, then the slots of the new one alone.
        let saved = both.save(&self.0.folder);
        *slots = both;
        if !saved? {
            return Err(Error::broken("the key slots could not be made durable: nothing was changed"));
        }
        let damaged = self.0.db.alone(move |shared| rewrite::rekey(shared, &key, &mut progress))?;
        slots.keep_only(id);
        if let Err(error) = slots.save(&self.0.folder) {
            tracing::warn!(%error, "the old key's slots could not be removed; the next opening does it");
        }
        Ok(damaged)
    }

    /// Writes the store anew if that is due: too many epochs are used up, or more than two thirds of the file are free.
    /// Gives the bytes before and after, if it was.
    ///
    /// # Errors
    /// `Full` where the disk can't hold the store twice; `Internal`.
    pub fn tidy(&self) -> Result<Option<(u64, u64)>> {
        let sealed = self.sealed()?;
        let length = self.0.db.sealed()?.len()?;
        // redb doubles a file that grows: half of it may be free without anything having been given up.
        let due = sealed.figures.epoch > EPOCHS || length > SMALL && self.used()? < length / 3;
        if due { self.compact(Box::new(|_, _| {})).map(Some) } else { Ok(None) }
    }

    /// Writes every row anew, without the room that deleted ones have left. Writers wait. Gives the bytes before and
    /// after.
    ///
    /// # Errors
    /// `Full` where the disk can't hold the store twice; `Internal`: what was there before is all there still.
    pub fn compact(&self, mut progress: Progress) -> Result<(u64, u64)> {
        self.0.db.alone(move |shared| rewrite::compact(shared, &mut progress))
    }

    /// The migrations that the rows have not seen: only where they were told to wait.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn due(&self) -> Result<Option<Due>> {
        migrate::due(&self.0.db, self.0.known)
    }

    /// What every table holds.
    ///
    /// # Errors
    /// `Unavailable`, `Internal`.
    pub fn sums(&self) -> Result<Vec<TableSum>> {
        copied::sums(&self.0.db.redb()?.begin_read().map_err(Error::internal)?)
    }

    /// The bytes of the pages that hold rows.
    fn used(&self) -> Result<u64> {
        let tx = self.0.db.redb()?.begin_read().map_err(Error::internal)?;
        tx.list_tables().map_err(Error::internal)?.try_fold(0_u64, |used, table| {
            let stats = tx.open_untyped_table(table).and_then(|table| Ok(table.stats()?)).map_err(Error::internal)?;
            Ok(used + stats.stored_bytes() + stats.metadata_bytes() + stats.fragmented_bytes())
        })
    }

    /// Copies the sealed file while reads and writes go on, and makes the copy durable. Gives its key.
    ///
    /// # Errors
    /// `Refused` where there is a file of that name, or while another copy is being made; `Full`, `Internal`.
    pub fn snapshot(&self, to: &Path) -> Result<DataKey> {
        let file = self.0.db.sealed()?;
        check_space(to.parent().unwrap_or(to), self.sealed()?.bytes)?;
        let disk = create_locked(to).map_err(|error| refusal(to, error))?;
        match file.snapshot(Arc::new(disk)) {
            Ok(_) => Ok(file.key().clone()),
            Err(error) => {
                drop(fs::remove_file(to));
                Err(refusal(to, error))
            }
        }
    }

    /// Runs work on a copy for a backup, which is removed afterwards. One at a time: another waits.
    ///
    /// # Errors
    /// As [`Vault::snapshot`]; the work's.
    pub fn with_copied<T>(&self, work: impl FnOnce(&Path, &Copied) -> Result<T>) -> Result<T> {
        let _alone = self.0.checking.lock().unwrap_or_else(PoisonError::into_inner);
        let copy = self.0.folder.join(super::place::CHECK);
        rewrite::remove(&copy)?;
        let copied = || {
            // Whoever changes keys waits: key, file and slots must be of one moment.
            let slots = self.hold();
            let epoch = self.sealed()?.figures.epoch;
            Ok(Copied { key: self.snapshot(&copy)?, epoch, slots: slots.to_bytes()? })
        };
        let done = copied().and_then(|copied| work(&copy, &copied));
        drop(rewrite::remove(&copy));
        done
    }

    /// Runs a check on a copy that is removed afterwards. One at a time: another waits.
    ///
    /// # Errors
    /// As [`Vault::snapshot`]; the check's.
    pub fn with_copy<T>(&self, check: impl FnOnce(&Path, &DataKey) -> Result<T>) -> Result<T> {
        self.with_copied(|copy, copied| check(copy, &copied.key))
    }

    /// Authenticates every block of the sealed file, while reads and writes go on.
    ///
    /// # Errors
    /// `Unavailable`; what is bad is in the answer.
    pub fn deep_check(&self) -> Result<Deep> {
        Ok(self.0.db.sealed()?.deep_check()?)
    }

    /// What is known of the file without reading it.
    ///
    /// # Errors
    /// `Unavailable` where it is not open.
    pub fn sealed(&self) -> Result<Sealed> {
        let file = self.0.db.sealed()?;
        let bytes = fs::metadata(self.0.folder.join(super::place::FILE))?.len();
        Ok(Sealed { cipher: file.cipher(), key: self.key().id(), figures: file.figures(), bytes })
    }

    /// The data key, for a check in another process.
    pub fn key(&self) -> DataKey {
        self.0.db.key()
    }

    fn change<T>(&self, change: impl FnOnce(&mut Slots) -> Result<T>) -> Result<T> {
        let mut slots = self.hold();
        let mut changed = slots.clone();
        let done = change(&mut changed)?;
        changed.save(&self.0.folder)?;
        *slots = changed;
        Ok(done)
    }

    fn hold(&self) -> MutexGuard<'_, Slots> {
        self.0.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        self.0.db.clock().now()
    }
}

/// Has redb look through a copy that [`Vault::snapshot`] has made. For a process of its own: redb may panic on what it
/// meets. Gives whether every page is where it belongs.
///
/// # Errors
/// `Refused` where the copy can't be opened.
pub fn examine_copy(copy: &Path, key: &DataKey) -> Result<bool> {
    let disk = open_locked(copy).map_err(|error| refusal(copy, error))?;
    let file = SealedFile::open(Arc::new(disk), key, Controls::default()).map_err(|error| refusal(copy, error))?;
    let mut redb = Builder::new().set_cache_size(CACHE).create_with_backend(file).map_err(Error::internal)?;
    redb.check_integrity().map_err(Error::internal)
}
