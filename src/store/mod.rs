//! The store: typed rows with snapshots and group commit, blobs, migrations. It knows no room.
//!
//! - [`Db::read`] gives a snapshot, [`Db::write`] a durable change; see `db.rs` for the writer.
//! - [`Table`], [`Row`], [`Key`]: how rows and keys become bytes; see `table.rs` and `key.rs`.
//! - [`create`] and [`open`]: a store's folder; `backend.rs` is the seam under which the file lies.
//! - [`Blobs`]: sealed files that rows name.
//! - [`sealed`]: the encrypting, crash-safe file that is to lie under the rows; not in use yet.

mod backend;
pub mod blobs;
mod db;
mod key;
mod migrate;
mod place;
pub mod sealed;
mod table;
mod tx;

pub use blobs::{Blob, BlobReader, Blobs};
pub use db::Db;
pub use key::{Descending, Key, KeyPart};
pub use migrate::Migration;
pub use place::{Environment, Store, create, exists, open};
pub use table::{Mark, Row, Table, decode_row, encode_row};
pub use tx::{Read, Rows, Write};
