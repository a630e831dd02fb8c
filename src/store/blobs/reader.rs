//! Reading a blob: chunk by chunk, and nothing that was not proven.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    os::unix::fs::FileExt,
};

use zeroize::Zeroize;

use crate::types::BlobId;

use super::{
    reference::Blob,
    seal::{self, CHUNK, Seal, TAG},
};

/// What is wrong with a blob's file. Names the blob, never its content.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("the file of blob {0} cannot be read: {1}")]
    Unreadable(BlobId, io::Error),
    #[error("the file of blob {id} is damaged: it has {found} bytes instead of {wanted}")]
    Length { id: BlobId, found: u64, wanted: u64 },
    #[error("the file of blob {0} is damaged: chunk {1} does not authenticate")]
    Forged(BlobId, u64),
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        let kind = match &fault {
            Fault::Unreadable(_, error) => error.kind(),
            Fault::Length { .. } | Fault::Forged(..) => io::ErrorKind::InvalidData,
        };
        Self::new(kind, fault)
    }
}

/// The text of a blob, from its start unless it is told otherwise. Holds one chunk, opens those alone that are read,
/// and hands out nothing of a chunk that does not authenticate. That the text has ended is said only once its last
/// chunk is proven; so an empty blob is proven, too.
///
/// A part of a blob is [`BlobReader::starting_at`] with [`Read::take`].
pub struct BlobReader {
    id: BlobId,
    file: File,
    seal: Seal,
    len: u64,
    position: u64,
    /// The number and the text of the chunk that was opened last.
    chunk: Option<u64>,
    text: Vec<u8>,
}

impl BlobReader {
    /// A reader of a file, whose length must be that of the blob: nothing is missing and nothing was added.
    pub(super) fn new(blob: &Blob, file: File) -> io::Result<Self> {
        let found = file.metadata().map_err(|error| Fault::Unreadable(blob.id, error))?.len();
        let wanted = seal::sealed_len(blob.len);
        if found != wanted {
            return Err(Fault::Length { id: blob.id, found, wanted }.into());
        }
        let (seal, text) = (Seal::new(blob), Vec::new());
        Ok(Self { id: blob.id, file, seal, len: blob.len, position: 0, chunk: None, text })
    }

    /// Goes on at this offset, in bytes of the text; at the end where it lies beyond. What lies before is not read.
    #[must_use]
    pub fn starting_at(mut self, offset: u64) -> Self {
        self.position = offset.min(self.len);
        self
    }

    /// Proves every chunk.
    pub(super) fn check(mut self) -> io::Result<()> {
        (0..seal::chunks(self.len)).try_for_each(|chunk| self.load(chunk))
    }

    fn load(&mut self, chunk: u64) -> io::Result<()> {
        self.chunk = None;
        let start = seal::place(chunk);
        let sealed = (seal::sealed_len(self.len) - start).min((CHUNK + TAG) as u64);
        self.text.resize(sealed as usize, 0);
        if let Err(error) = self.file.read_exact_at(&mut self.text, start) {
            self.text.zeroize();
            return Err(Fault::Unreadable(self.id, error).into());
        }
        self.seal.open(chunk, &mut self.text).map_err(|_| Fault::Forged(self.id, chunk))?;
        self.chunk = Some(chunk);
        Ok(())
    }
}

impl Read for BlobReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let chunk = (self.position / CHUNK as u64).min(seal::chunks(self.len) - 1);
        if self.chunk != Some(chunk) {
            self.load(chunk)?;
        }
        let from = (self.position - chunk * CHUNK as u64) as usize;
        let read = self.text.get(from..).unwrap_or_default().read(out)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl fmt::Debug for BlobReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlobReader").field("id", &self.id).field("position", &self.position).finish_non_exhaustive()
    }
}
