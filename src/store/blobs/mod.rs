//! Files too large for rows: pictures and their renditions, each sealed under a key of its own.
//!
//! A blob is sealed in chunks of 64 KiB, written under a temporary name, synced, renamed, and its folder synced; only
//! then may a row name it. A crash between leaves a file that no row names: an orphan, which nobody can open, since its
//! key was never written down, and which [`Blobs::sweep`] removes.
//!
//! The row keeps a [`Blob`]: the file's name, its key, its cipher and its length. What is on the disk is in `FORMAT.md`
//! beside this file, with what a thief still sees: how many files there are, when each was made, and how long it is.
//!
//! | module | holds |
//! |---|---|
//! | `reference` | what a row keeps |
//! | `seal` | chunks, nonces, the two ciphers, and why they are safe |
//! | `reader` | reading what is proven; what can be wrong with a file |
//!
//! What must never be: a byte handed out that did not authenticate; a key on the disk beside its blob; a key that
//! seals twice.

mod reader;
mod reference;
pub mod seal;

use std::{
    collections::HashSet,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    error::{Error, Result},
    types::{BlobId, Timestamp},
};

use super::{backend, sealed::Cipher};
use reader::Fault;
use seal::{CHUNK, Seal, TAG};

pub use reader::BlobReader;
pub use reference::Blob;

/// The blob store: a small interface, so that blobs may lie elsewhere one day.
#[derive(Debug, Clone)]
pub struct Blobs {
    folder: PathBuf,
    cipher: Cipher,
    held: Arc<Mutex<Held>>,
    /// Whoever holds it sweeps, or brings in files whose rows follow: what comes with an old name must not be swept.
    tidying: Arc<Mutex<()>>,
}

/// What may not be removed just now.
#[derive(Debug, Default)]
struct Held {
    /// How many hold on to files.
    holds: usize,
    /// What goes once nobody does.
    waiting: HashSet<BlobId>,
    /// What is being brought in, and whose rows follow: whoever had done with it before does not take it away.
    coming: HashSet<BlobId>,
}

/// While somebody has one, no file is removed: of what a copy of the rows names nothing may go meanwhile. What should
/// have been goes with the last one.
#[derive(Debug)]
pub struct Hold(Blobs);

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = self.0.held();
        held.holds -= 1;
        if held.holds > 0 {
            return;
        }
        // The lock is kept: whoever brings one of them in meanwhile finds it gone, or keeps it.
        for id in std::mem::take(&mut held.waiting) {
            if let Err(error) = self.0.remove_file(id) {
                tracing::warn!(%error, "a file that nobody needs could not be removed; it will be swept");
            }
        }
    }
}

/// While somebody has it, nothing is swept, and what is [brought in](Blobs::bring) stays.
#[derive(Debug)]
pub struct Bringing<'a> {
    blobs: &'a Blobs,
    _alone: MutexGuard<'a, ()>,
}

impl Drop for Bringing<'_> {
    fn drop(&mut self) {
        self.blobs.held().coming.clear();
    }
}

impl Blobs {
    /// Uses a folder, and makes what is missing of it.
    ///
    /// # Errors
    /// Where the folder can't be made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self> {
        let folder = folder.into();
        let mut made = false;
        for shard in (0..=u8::MAX).map(|shard| folder.join(format!("{shard:02x}"))) {
            if !shard.exists() {
                DirBuilder::new().recursive(true).mode(0o700).create(shard)?;
                made = true;
            }
        }
        // Durable before the first blob is acknowledged: a file is lost with its folder.
        if made {
            sync_folder(&folder)?;
            sync_folder(folder.parent().unwrap_or(&folder))?;
        }
        Ok(Self { folder, cipher: Cipher::best(), held: Arc::default(), tidying: Arc::default() })
    }

    /// Seals with this cipher from now on, instead of the one that is the faster here. What was stored with another
    /// is read as before.
    #[must_use]
    pub fn sealing_with(self, cipher: Cipher) -> Self {
        Self { cipher, ..self }
    }

    /// Stores bytes durably under a new name and a new key. The reference is the only way to them.
    ///
    /// # Errors
    /// `Full` on a full disk; nothing is left behind then. `Internal` where the machine gives no random numbers.
    pub fn put(&self, bytes: &[u8], now: Timestamp) -> Result<Blob> {
        let blob = Blob::new(BlobId::new(now), self.cipher, bytes.len() as u64)?;
        backend::check_space(&self.folder, seal::sealed_len(blob.len))?;
        let path = self.path(blob.id);
        let shard = path.parent().unwrap_or(&self.folder);
        let temporary = path.with_extension("tmp");
        let written = write_synced(&temporary, &blob, bytes).and_then(|()| fs::rename(&temporary, &path));
        if let Err(error) = written {
            drop(fs::remove_file(&temporary));
            return Err(error.into());
        }
        sync_folder(shard)?;
        Ok(blob)
    }

    /// A second name for a stored blob, sharing its bytes on the disk, and so its key, until either is removed. The
    /// name is not synced: this is for made-up data, which may vanish with the power.
    ///
    /// # Errors
    /// `Internal` where the file is missing.
    pub fn copy_unsynced(&self, blob: &Blob, now: Timestamp) -> Result<Blob> {
        let copy = Blob { id: BlobId::new(now), ..blob.clone() };
        fs::hard_link(self.path(blob.id), self.path(copy.id))?;
        Ok(copy)
    }

    /// Reads a whole blob.
    ///
    /// # Errors
    /// `Internal` where the file is missing, can't be read, or is not what was stored.
    pub fn get(&self, blob: &Blob) -> Result<Vec<u8>> {
        let mut reader = self.reader(blob)?;
        let mut bytes = Vec::with_capacity(usize::try_from(blob.len).map_err(Error::internal)?);
        reader.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Opens a blob for reading, from its start or from anywhere. Nothing but the file's length is looked at yet.
    ///
    /// # Errors
    /// `Internal` where the file is missing or has another length than it was given.
    pub fn reader(&self, blob: &Blob) -> Result<BlobReader> {
        let file =
            File::open(self.path(blob.id)).map_err(|error| io::Error::from(Fault::Unreadable(blob.id, error)))?;
        Ok(BlobReader::new(blob, file)?)
    }

    /// Makes the names of files durable that were written by whoever brings a store back.
    ///
    /// # Errors
    /// Where the disk fails.
    pub fn sync(&self) -> Result<()> {
        for shard in fs::read_dir(&self.folder)? {
            sync_folder(&shard?.path())?;
        }
        Ok(sync_folder(&self.folder)?)
    }

    /// Where a blob's sealed file lies, for a copy of it elsewhere.
    pub fn sealed_file(&self, id: BlobId) -> PathBuf {
        self.path(id)
    }

    /// How long the sealed file of a blob is, in bytes.
    pub fn sealed_len(blob: &Blob) -> u64 {
        seal::sealed_len(blob.len)
    }

    /// Whether every byte is still what was stored.
    ///
    /// # Errors
    /// `Internal`, naming the blob and its first damaged chunk.
    pub fn check(&self, blob: &Blob) -> Result<()> {
        Ok(self.reader(blob)?.check()?)
    }

    /// Keeps every file from being removed, for as long as the guard lives.
    pub fn hold(&self) -> Hold {
        self.held().holds += 1;
        Hold(self.clone())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes a blob that no row names any more: at once, or when nobody holds files any more. One that is gone already
    /// is no error.
    ///
    /// # Errors
    /// Where the file can't be removed.
    pub fn remove(&self, id: BlobId) -> Result<()> {
        let mut held = self.held();
        if held.coming.contains(&id) {
            return Ok(());
        }
        if held.holds > 0 {
            held.waiting.insert(id);
            return Ok(());
        }
        // The lock is kept: whoever holds files from now on finds them all, or finds this one gone with its row.
        self.remove_file(id)
    }

    fn remove_file(&self, id: BlobId) -> Result<()> {
        match fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Keeps sweeps away for as long as it is held: a file that is brought in keeps its name, which is old, and has no
    /// row yet. Waits for a sweep that runs.
    pub fn hold_sweeps(&self) -> Bringing<'_> {
        let alone = self.tidying.lock().unwrap_or_else(PoisonError::into_inner);
        Bringing { blobs: self, _alone: alone }
    }

    /// Brings in the sealed file of a blob that was stored elsewhere, which `write` writes; unless it is there already
    /// and whole. Every byte is authenticated before the file gets its name; gives whether it was written. Names are made
    /// durable by [`Blobs::sync`]. For whoever [holds sweeps](Self::hold_sweeps) until a row names it.
    ///
    /// # Errors
    /// `Full` on a full disk; what `write` says; `Internal` where it is not what the reference opens. Nothing is left then.
    pub fn bring(&self, blob: &Blob, write: impl FnOnce(&mut File) -> Result<()>) -> Result<bool> {
        {
            let mut held = self.held();
            held.waiting.remove(&blob.id);
            held.coming.insert(blob.id);
        }
        if self.check(blob).is_ok() {
            return Ok(false);
        }
        backend::check_space(&self.folder, seal::sealed_len(blob.len))?;
        let path = self.path(blob.id);
        let temporary = path.with_extension("tmp");
        let written = || {
            let mut file =
                OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
            write(&mut file)?;
            file.sync_all()?;
            BlobReader::new(blob, File::open(&temporary)?)?.check()?;
            Ok(fs::rename(&temporary, &path)?)
        };
        written().map(|()| true).inspect_err(|_| drop(fs::remove_file(&temporary)))
    }

    /// Removes every file that is not named and was made before `older_than`; returns how many. What is named is asked
    /// once nobody [brings files in](Self::bring) any more. While somebody [holds files](Self::hold) none is removed.
    ///
    /// # Errors
    /// What `named` says; where the folder can't be read.
    pub fn sweep(&self, named: impl FnOnce() -> Result<HashSet<BlobId>>, older_than: Timestamp) -> Result<usize> {
        let _alone = self.tidying.lock().unwrap_or_else(PoisonError::into_inner);
        if self.held().holds > 0 {
            return Ok(0);
        }
        let named = named()?;
        let mut removed = 0;
        for shard in fs::read_dir(&self.folder)? {
            let shard = shard?.path();
            if !shard.is_dir() {
                continue;
            }
            for file in fs::read_dir(shard)? {
                let path = file?.path();
                if path.is_dir() {
                    continue;
                }
                // What is not named as a blob is somebody else's.
                let Some(id) = path.file_stem().and_then(|stem| stem.to_str()).and_then(BlobId::parse) else {
                    continue;
                };
                let finished = path.extension().is_none();
                if finished && named.contains(&id) || made_at(id) >= older_than {
                    continue;
                }
                match fs::remove_file(path) {
                    Ok(()) => removed += 1,
                    // Whoever had it removed it meanwhile.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(removed)
    }

    /// Blobs are spread over 256 folders by their random last byte.
    fn path(&self, id: BlobId) -> PathBuf {
        let [.., last] = id.bytes();
        self.folder.join(format!("{last:02x}")).join(id.to_string())
    }
}

/// The moment in a UUIDv7's first 48 bits.
fn made_at(id: BlobId) -> Timestamp {
    let [a, b, c, d, e, f, ..] = *id.bytes();
    Timestamp::from_millis(i64::from_be_bytes([0, 0, a, b, c, d, e, f]))
}

fn write_synced(path: &Path, blob: &Blob, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let (seal, mut sealed) = (Seal::new(blob), Vec::with_capacity(CHUNK + TAG));
    for number in 0..seal::chunks(blob.len) {
        let text = bytes.get(number as usize * CHUNK..).unwrap_or_default();
        sealed.clear();
        sealed.extend_from_slice(text.get(..CHUNK).unwrap_or(text));
        seal.seal(number, &mut sealed).map_err(|_| io::ErrorKind::FileTooLarge)?;
        file.write_all(&sealed)?;
    }
    file.sync_all()
}

/// Makes a rename in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
