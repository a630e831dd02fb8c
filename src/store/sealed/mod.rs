//! The sealed file: an encrypting, crash-safe [`redb::StorageBackend`].
//!
//! redb believes it writes its own file; what reaches the disk is sealed block by block, and changes from one whole
//! *epoch* to the next, so that a power cut at any moment leaves an epoch that can be proven complete. The layout is
//! in `FORMAT.md` beside this file.
//!
//! | module | holds |
//! |---|---|
//! | `layout` | where everything lies: pure functions |
//! | `cipher` | keys, subkeys, the two ciphers, additional data |
//! | `page` | the shape that headers and tag pages share |
//! | `superblock` | the clear bytes: format, cipher, which key |
//! | `header` | one epoch's truth, and when a sync may wait |
//! | `tags` | each block's nonce, tag and epoch; the accumulator |
//! | `held` | all groups of them, and which are in memory |
//! | `file` | reading, writing, the sync; **the invariants** |
//! | `recover` | opening: which epoch is complete |
//! | `deep` | the check of everything |
//! | `copy` | a snapshot while writes go on; a rewriting under another key |
//! | `block_file` | the disk below, real or simulated |
//! | `fault`, `controls` | what can be wrong; what the crash test may switch off |
//!
//! ```text
//! redb → SealedFile (StorageBackend) → Keys → BlockFile → disk
//! ```
//!
//! What must never be: an answer made of bytes that did not authenticate; a write to the copy that proves the durable
//! epoch; a panic because of what a file holds.

mod block_file;
mod cipher;
mod controls;
mod copy;
mod deep;
mod fault;
mod file;
mod header;
mod held;
pub mod layout;
mod page;
mod recover;
mod superblock;
mod tags;

pub use block_file::{BlockFile, DiskFile};
pub(in crate::store) use cipher::random;
pub use cipher::{Cipher, DataKey, KeyId};
pub use controls::{Controls, Without};
pub use deep::{Bad, Deep};
pub use fault::Fault;
pub use file::{DEFER, Figures, SealedFile};
pub use held::TAGS_HELD;
pub use layout::Layout;
pub use superblock::{MAGIC, VERSION, keys_of};
