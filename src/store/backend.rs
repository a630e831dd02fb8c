//! The one seam between the rows and the disk: whatever implements redb's `StorageBackend` can lie under the store.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use redb::{Builder, Database, DatabaseError, backends::FileBackend};

use crate::error::{Error, Result};

/// Space that is left alone, in bytes: writers are told that the disk is full before it is, since a write that fails
/// half-way costs a reopening.
pub(super) const RESERVE: u64 = 32 << 20;

/// Memory for pages, in bytes; the whole process then stays near 64 MB.
const CACHE: usize = 32 << 20;

/// Where the rows lie: opened again after an error of the disk.
pub(super) struct Medium {
    path: PathBuf,
}

impl Medium {
    /// The file at this path.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Opens the file anew.
    pub(super) fn open(&self) -> Result<Database> {
        open(&self.path)
    }

    /// Refuses to write where space runs short.
    pub(super) fn check_space(&self) -> Result<()> {
        check_space(self.path.parent().unwrap_or(&self.path), 0)
    }
}

/// Whether `bytes` more fit on the disk of a folder with the reserve left over.
pub(super) fn check_space(folder: &Path, bytes: u64) -> Result<()> {
    match rustix::fs::statvfs(folder) {
        Ok(disk) if disk.f_bavail.saturating_mul(disk.f_frsize) < RESERVE.saturating_add(bytes) => Err(Error::Full),
        // A file system that can't tell is tried.
        _ => Ok(()),
    }
}

/// Makes a new, empty database file, which must not exist yet.
pub(super) fn create(path: &Path) -> Result<Database> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
    database(file)
}

/// Opens a database file. An empty one is refused: redb would silently make a new database of it.
pub(super) fn open(path: &Path) -> Result<Database> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    if file.metadata()?.len() == 0 {
        return Err(Error::Refused(format!("{} is empty: this is not a store", path.display())));
    }
    database(file)
}

fn database(file: File) -> Result<Database> {
    let refused = |error: DatabaseError| match error {
        DatabaseError::DatabaseAlreadyOpen => Error::Refused(
            "another HEC is using this data: stop it first, or give another folder with --data".to_owned(),
        ),
        other => Error::internal(other),
    };
    let backend = FileBackend::new(file).map_err(refused)?;
    Builder::new().set_cache_size(CACHE).create_with_backend(backend).map_err(refused)
}
