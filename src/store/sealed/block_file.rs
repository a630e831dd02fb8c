//! The file below: five calls that a disk must answer, and the real one.

use std::{
    fmt,
    fs::{self, File, TryLockError},
    io,
    os::unix::fs::{FileExt, MetadataExt},
    path::Path,
};

use super::{fault::Fault, layout::BLOCK};

/// What the sealed file needs of a disk. Everything it promises rests on two properties:
///
/// - what was written before a [`sync`](BlockFile::sync) that succeeded is still there after a power cut;
/// - a write never changes bytes outside its own range. Inside the range a power cut may leave anything.
#[allow(clippy::len_without_is_empty, reason = "nobody asks a disk whether it is empty")]
pub trait BlockFile: fmt::Debug + Send + Sync {
    /// The length in bytes.
    ///
    /// # Errors
    /// The disk's.
    fn len(&self) -> io::Result<u64>;

    /// Fills `out` from an offset.
    ///
    /// # Errors
    /// `UnexpectedEof` past the end; the disk's.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Writes all of `data` at an offset, lengthening the file where need be.
    ///
    /// # Errors
    /// The disk's.
    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<()>;

    /// Sets the length; what is new reads as zeros.
    ///
    /// # Errors
    /// The disk's.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Returns once all earlier writes and the length will survive a power cut.
    ///
    /// # Errors
    /// The disk's. What of the earlier writes survives is then unknown.
    fn sync(&self) -> io::Result<()>;
}

/// Reads one block; what lies past the end of the file reads as zeros, which authenticate as nothing.
pub(super) fn read_block(file: &dyn BlockFile, offset: u64) -> io::Result<[u8; BLOCK]> {
    let mut block = [0; BLOCK];
    read_padded(file, offset, &mut block)?;
    Ok(block)
}

/// Fills `out` from an offset, with zeros where the file has ended.
pub(super) fn read_padded(file: &dyn BlockFile, offset: u64, out: &mut [u8]) -> io::Result<()> {
    let there = usize::try_from(file.len()?.saturating_sub(offset)).unwrap_or(usize::MAX).min(out.len());
    let (front, rest) = out.split_at_mut(there);
    rest.fill(0);
    if front.is_empty() { Ok(()) } else { file.read_at(offset, front) }
}

/// A file of the operating system, held under an exclusive advisory lock for as long as it is open.
#[derive(Debug)]
pub struct DiskFile(File);

impl DiskFile {
    /// Takes a file that was opened for reading and writing.
    ///
    /// # Errors
    /// [`Fault::InUse`] where another open file holds the lock; the disk's.
    pub fn lock(file: File) -> io::Result<Self> {
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(Fault::InUse.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl DiskFile {
    /// Whether a path leads to this file: it may have been renamed over meanwhile.
    ///
    /// # Errors
    /// Where there is nothing at the path; the disk's.
    pub fn is_at(&self, path: &Path) -> io::Result<bool> {
        let (own, there) = (self.0.metadata()?, fs::metadata(path)?);
        Ok((own.dev(), own.ino()) == (there.dev(), there.ino()))
    }
}

impl BlockFile for DiskFile {
    fn len(&self) -> io::Result<u64> {
        self.0.metadata().map(|about| about.len())
    }
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(out, offset)
    }
    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write_all_at(data, offset)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
    fn sync(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
