//! Files too large for rows: pictures and their renditions.
//!
//! A blob is written under a temporary name, synced, renamed, and its folder synced; only then may a row name it.
//! A crash between leaves a file that no row names: an orphan, which [`Blobs::sweep`] removes.

use std::{
    collections::HashSet,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::{
    error::{Error, Result},
    types::{BlobId, Timestamp},
};

use super::backend;

/// The blob store: a small interface, so that blobs may lie elsewhere one day.
#[derive(Debug, Clone)]
pub struct Blobs {
    folder: PathBuf,
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
        Ok(Self { folder })
    }

    /// Stores bytes durably under a new name.
    ///
    /// # Errors
    /// `Full` on a full disk; nothing is left behind then.
    pub fn put(&self, bytes: &[u8], now: Timestamp) -> Result<BlobId> {
        let id = BlobId::new(now);
        backend::check_space(&self.folder, bytes.len() as u64)?;
        let path = self.path(id);
        let shard = path.parent().unwrap_or(&self.folder);
        let temporary = path.with_extension("tmp");
        let written = write_synced(&temporary, bytes).and_then(|()| fs::rename(&temporary, &path));
        if let Err(error) = written {
            drop(fs::remove_file(&temporary));
            return Err(error.into());
        }
        sync_folder(shard)?;
        Ok(id)
    }

    /// A second name for a stored blob, sharing its bytes on the disk until either is removed. The name is not synced:
    /// this is for made-up data, which may vanish with the power.
    ///
    /// # Errors
    /// `Internal` where the file is missing.
    pub fn copy_unsynced(&self, id: BlobId, now: Timestamp) -> Result<BlobId> {
        let copy = BlobId::new(now);
        let path = self.path(copy);
        fs::hard_link(self.path(id), path)?;
        Ok(copy)
    }

    /// Reads a whole blob.
    ///
    /// # Errors
    /// `Internal` where the file is missing or can't be read.
    pub fn get(&self, id: BlobId) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file(id)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Opens a blob for reading from its start.
    ///
    /// # Errors
    /// `Internal` where the file is missing.
    pub fn file(&self, id: BlobId) -> Result<File> {
        File::open(self.path(id)).map_err(Error::internal)
    }

    /// Removes a blob that no row names any more. One that is gone already is no error.
    ///
    /// # Errors
    /// Where the file can't be removed.
    pub fn remove(&self, id: BlobId) -> Result<()> {
        match fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Removes every file that is not in `named` and was made before `older_than`; returns how many.
    ///
    /// # Errors
    /// Where the folder can't be read.
    pub fn sweep(&self, named: &HashSet<BlobId>, older_than: Timestamp) -> Result<usize> {
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
                let id = path.file_stem().and_then(|stem| stem.to_str()).and_then(BlobId::parse);
                let finished = path.extension().is_none();
                let keep = id.is_some_and(|id| finished && named.contains(&id) || made_at(id) >= older_than);
                if keep {
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

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes a rename in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
