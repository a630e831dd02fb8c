//! The store: typed rows with snapshots and group commit, blobs, migrations. It knows no room.
//!
//! - [`Db::read`] gives a snapshot, [`Db::write`] a durable change; see `db.rs` for the writer.
//! - [`Table`], [`Row`], [`Key`]: how rows and keys become bytes; see `table.rs` and `key.rs`.
//! - [`create`] and [`Locked`]: a store's folder, made and opened by one process at a time; see `place.rs`.
//! - [`slots`]: who may unlock it. [`sealed`]: the encrypting, crash-safe file under the rows; `backend.rs` joins them.
//! - [`Vault`]: what its keeper does with it: keys, checks, copies, compaction by `rewrite.rs`.
//! - [`Blobs`]: sealed files that rows name.
//! - [`aside`]: the copy that is made before migrations change rows.
//!
//! `FORMAT.md` beside this file says what lies on the disk.

pub mod aside;
mod backend;
pub mod blobs;
mod copied;
mod db;
mod key;
mod migrate;
mod place;
mod restoring;
mod rewrite;
pub mod sealed;
pub mod slots;
mod table;
mod tx;
mod vault;

pub use backend::CACHE;
pub use blobs::{Blob, BlobReader, Blobs};
pub use copied::{TableSum, look_into};
pub use db::Db;
pub use key::{Descending, Key, KeyPart};
pub use migrate::{Copying, Due, Migration, Upgrade, Upgraded, last_upgrade};
pub use place::{
    About, Environment, Locked, Options, Store, about, clear_incoming, create, create_development, development_key,
    exists, is_half_made, leave_room, make_incoming, open_development, refuse_existing, refuse_held, rows_on, space,
};
pub use restoring::{Restoring, bring_back, replaced, rows_in};
pub use rewrite::Progress;
pub use table::{Mark, Plain, Row, Table, decode_row, encode_row};
pub use tx::{Read, Rows, Write};
pub use vault::{Copied, Sealed, Vault, examine_copy};
