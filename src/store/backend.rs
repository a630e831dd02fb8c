//! The seam between the rows and the disk: where the sealed file is made, opened, and opened again.

use std::{
    fmt,
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use redb::{Builder, Database, DatabaseError, StorageError};

use crate::error::{Error, Result};

use super::{
    place::sync_folder,
    sealed::{BlockFile, Cipher, Controls, DataKey, DiskFile, Fault, SealedFile},
};

/// Space that is left alone, in bytes: writers are told that the disk is full before it is, since a write that fails
/// half-way costs a reopening.
pub(super) const RESERVE: u64 = 32 << 20;

/// Memory for redb's pages, in bytes: the whole process then stays near 64 MB.
pub const CACHE: usize = 32 << 20;

/// Where the disk below comes from, anew at each opening.
enum Source {
    /// A file of the operating system; whoever still holds it, holds its lock as well.
    Path(Mutex<Weak<DiskFile>>),
    /// A disk of somebody else's making.
    Given(Opener),
}

type Opener = Box<dyn Fn() -> io::Result<Arc<dyn BlockFile>> + Send + Sync>;

/// Where the rows lie: opened again after an error of the disk.
pub(super) struct Medium {
    path: PathBuf,
    source: Source,
    cache: usize,
    current: Mutex<Current>,
    /// The folder's lock, for as long as anybody may write.
    _lock: Option<Arc<File>>,
}

struct Current {
    key: DataKey,
    file: Option<SealedFile>,
}

impl Medium {
    /// A file of the operating system.
    pub(super) fn on_disk(path: PathBuf, key: DataKey, cache: usize, lock: Arc<File>) -> Self {
        let current = Mutex::new(Current { key, file: None });
        Self { path, source: Source::Path(Mutex::default()), cache, current, _lock: Some(lock) }
    }

    /// A disk of somebody else's making: simulated, slowed down.
    pub(super) fn on(folder: PathBuf, opener: Opener, key: DataKey, cache: usize) -> Self {
        let current = Mutex::new(Current { key, file: None });
        Self { path: folder.join("simulated"), source: Source::Given(opener), cache, current, _lock: None }
    }

    /// Opens the file. An earlier handle may still be read from, but no longer written to.
    pub(super) fn open(&self) -> Result<Database> {
        let mut current = self.current();
        if let Some(old) = current.file.take() {
            old.retire();
        }
        let file = self
            .disk()
            .and_then(|disk| SealedFile::open(disk, &current.key, Controls::default()))
            .map_err(|error| refusal(&self.path, error))?;
        let redb = self.database(&file)?;
        current.file = Some(file);
        Ok(redb)
    }

    fn disk(&self) -> io::Result<Arc<dyn BlockFile>> {
        let held = match &self.source {
            Source::Given(opener) => return opener(),
            Source::Path(held) => held,
        };
        // The name must be durable before anything is built upon it: a power cut could bring an earlier file back.
        sync_folder(self.path.parent().unwrap_or(&self.path))?;
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        let disk = match open_locked(&self.path) {
            // A reader that has not ended yet still holds the file, and so its lock, for us.
            Err(error) if Fault::of(&error) == Some(&Fault::InUse) => {
                let ours = held.upgrade().filter(|disk| disk.is_at(&self.path).unwrap_or(false));
                ours.ok_or(error)?
            }
            other => Arc::new(other?),
        };
        *held = Arc::downgrade(&disk);
        Ok(disk)
    }

    fn hold(&self, disk: &Arc<DiskFile>) {
        if let Source::Path(held) = &self.source {
            *held.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(disk);
        }
    }

    /// Opens the file, or makes it where the disk is empty.
    pub(super) fn open_or_create(&self) -> Result<Database> {
        let disk = self.disk()?;
        if disk.len()? == 0 { self.make(disk) } else { self.open() }
    }

    /// Makes the file anew on an empty disk.
    pub(super) fn create(&self, disk: Arc<DiskFile>) -> Result<Database> {
        self.hold(&disk);
        self.make(disk)
    }

    fn make(&self, disk: Arc<dyn BlockFile>) -> Result<Database> {
        let mut current = self.current();
        let file =
            SealedFile::create(disk, &current.key, Cipher::best()).map_err(|error| refusal(&self.path, error))?;
        let redb = self.database(&file)?;
        current.file = Some(file);
        Ok(redb)
    }

    /// Goes over to another file, which has taken this one's name.
    pub(super) fn replace(&self, disk: &Arc<DiskFile>, file: SealedFile, key: DataKey) {
        self.hold(disk);
        let mut current = self.current();
        if let Some(old) = current.file.replace(file) {
            old.retire();
        }
        current.key = key;
    }

    /// Takes no more writes until the file is opened anew.
    pub(super) fn retire(&self) {
        if let Some(file) = &self.current().file {
            file.retire();
        }
    }

    /// The database inside a sealed file.
    pub(super) fn database(&self, file: &SealedFile) -> Result<Database> {
        let backend = file.clone();
        Builder::new().set_cache_size(self.cache).create_with_backend(backend).map_err(|error| match error {
            DatabaseError::Storage(StorageError::Io(error)) => refusal(&self.path, error),
            other => Error::internal(other),
        })
    }

    /// The open file.
    pub(super) fn file(&self) -> Result<SealedFile> {
        self.current().file.clone().ok_or(Error::Unavailable)
    }

    /// The key that the file is sealed with.
    pub(super) fn key(&self) -> DataKey {
        self.current().key.clone()
    }

    /// Where the file lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses to write where space runs short.
    pub(super) fn check_space(&self) -> Result<()> {
        check_space(self.path.parent().unwrap_or(&self.path), 0)
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Medium").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Whether `bytes` more fit on the disk of a folder with the reserve left over.
pub(super) fn check_space(folder: &Path, bytes: u64) -> Result<()> {
    match space(folder) {
        Some(free) if free < RESERVE.saturating_add(bytes) => Err(Error::Full),
        // A file system that can't tell is tried.
        _ => Ok(()),
    }
}

/// The free bytes of a folder's disk, where it can tell.
pub fn space(folder: &Path) -> Option<u64> {
    rustix::fs::statvfs(folder).ok().map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Makes a new file for the owner alone, and takes its lock.
pub(super) fn create_locked(path: &Path) -> io::Result<DiskFile> {
    DiskFile::lock(OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?)
}

/// The same, over what is left of an earlier one.
pub(super) fn create_over(path: &Path) -> io::Result<DiskFile> {
    DiskFile::lock(OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)?)
}

/// Opens a file and takes its lock.
pub(super) fn open_locked(path: &Path) -> io::Result<DiskFile> {
    DiskFile::lock(OpenOptions::new().read(true).write(true).open(path)?)
}

/// Words an error of the sealed file for whoever keeps the store.
pub(super) fn refusal(path: &Path, error: io::Error) -> Error {
    let path = path.display();
    let restore = "put it back from a backup";
    match Fault::of(&error) {
        None | Some(Fault::Latched | Fault::Busy | Fault::Access | Fault::NoRandomness) => error.into(),
        Some(Fault::InUse) => in_use(),
        Some(Fault::NotSealed | Fault::Empty) => {
            Error::Refused(format!("{path} is not a store of HEC, or its making was cut off: {restore}"))
        }
        Some(fault @ Fault::WrongKey { .. }) => Error::Refused(format!("the wrong key for {path}: {fault}")),
        Some(fault @ Fault::Newer(_)) => Error::Refused(format!("{path}: {fault}: install a later HEC")),
        Some(fault) => Error::Refused(format!("{path}: {fault}: {restore}")),
    }
}

pub(super) fn in_use() -> Error {
    Error::Refused("another HEC is using this data: stop it first, or give another folder with --data".to_owned())
}
