//! The one seam between the rows and the disk: whatever implements redb's `StorageBackend` can lie under the store.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use redb::{Builder, Database, DatabaseError, backends::FileBackend};

use crate::error::{Error, Result};

/// Memory for pages, in bytes; the whole process then stays near 64 MB.
const CACHE: usize = 32 << 20;

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
