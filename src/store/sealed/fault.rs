//! What can be wrong with a sealed file. Faults name places, never content.

use std::io::{Error, ErrorKind};

use super::cipher::KeyId;

/// Why a sealed file refuses. It travels inside an [`std::io::Error`], from which [`Fault::of`] takes it out again;
/// an error without one came from the disk below and is passed on as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A logical block, by its number, is not what was written there last.
    #[error("block {0} is damaged: it does not authenticate")]
    Damaged(u64),
    /// The tag page of a group, by its number, is not what the file was opened with.
    #[error("the tag page of group {0} is damaged: it does not authenticate")]
    Tags(u64),
    /// A logical block, by its number, is read that was never written: whoever asks follows a wrong pointer.
    #[error("block {0} was never written")]
    NeverWritten(u64),
    /// No header authenticates together with its tag pages: the file can't say what belongs to it.
    #[error("the file is damaged: no header agrees with the tag pages")]
    NoEpoch,
    /// Both superblocks are damaged.
    #[error("the file is damaged: neither superblock authenticates")]
    Superblocks,
    /// The file does not begin as a sealed file does.
    #[error("this is not a sealed file")]
    NotSealed,
    /// The file was sealed by a later version, in the format that is named.
    #[error("the file is sealed in format {0}, which this version cannot read")]
    Newer(u16),
    /// The key is not the one that the file was sealed with.
    #[error("the file is sealed with key {file}, and key {given} was given")]
    WrongKey {
        /// The key that the file names.
        file: KeyId,
        /// The key that was tried.
        given: KeyId,
    },
    /// The file was made, but nothing was ever committed to it. redb would take it for a wish for a new database.
    #[error("the file is sealed but empty")]
    Empty,
    /// A file to be created has content.
    #[error("there is something in the file already")]
    NotEmpty,
    /// Another process has the file open.
    #[error("another process has the file open")]
    InUse,
    /// A write or sync failed earlier: what reached the disk is unknown until the file is opened anew.
    #[error("an earlier write failed: the file must be opened anew before it takes another")]
    Latched,
    /// A snapshot is being taken already, or somebody writes where all must be still.
    #[error("the file is busy")]
    Busy,
    /// An access that is not whole blocks inside the file.
    #[error("an access must be of whole blocks inside the file")]
    Access,
    /// The 32-bit epochs of the entries are used up: the file must be rewritten.
    #[error("the file has used up its epochs and must be rewritten")]
    WornOut,
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers")]
    NoRandomness,
}

impl Fault {
    /// The fault inside an error, if it is one of ours.
    pub fn of(error: &Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    fn kind(&self) -> ErrorKind {
        match self {
            Self::Damaged(_) | Self::Tags(_) | Self::NeverWritten(_) => ErrorKind::InvalidData,
            Self::NoEpoch | Self::Superblocks | Self::NotSealed | Self::Newer(_) | Self::Empty => {
                ErrorKind::InvalidData
            }
            Self::WrongKey { .. } => ErrorKind::PermissionDenied,
            Self::NotEmpty => ErrorKind::AlreadyExists,
            Self::InUse | Self::Busy => ErrorKind::ResourceBusy,
            Self::Access => ErrorKind::InvalidInput,
            Self::Latched | Self::WornOut | Self::NoRandomness => ErrorKind::Other,
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::new(fault.kind(), fault)
    }
}
