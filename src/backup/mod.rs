//! Backups: copies of the store in other places, each read back before it is called good; and the way back.
//!
//! - [`destinations`] are the file that says where copies go, and how often; [`place`] is one of them, opened, `connection`
//!   how another machine is asked, and `refusal` the words of what it answered instead; [`places`] finds the folders on
//!   this machine that hold backups.
//! - [`format`] is what lies there: a head for each backup, its list, packs of sealed blocks, sealed blobs. `FORMAT.md`
//!   beside this file has it as a page.
//! - [`make`](mod@make) writes a backup, [`prove`] reads it back, [`prune`] removes what is old, [`restore`] brings a store back.
//! - [`taken`] puts one together beside the store that is in use, to take something out of it: a family.
//! - [`before`] makes the copy that comes before an upgrade.
//! - [`ledger`] are the rows that remember what was done; [`round`] does what is due.
//!
//! A backup is the sealed snapshot of the store, cut into pieces that are written once, and the sealed blobs that its
//! rows name, written once. Nothing in it is in clear that is not in clear on the store's own disk. Its head is written
//! last: without one there is no backup, and a run that was cut off leaves pieces that the next pruning removes.
//!
//! What must never be: a backup called good that was not read back and opened with the key; one destination's trouble
//! stopping another; a piece removed that a backup still names.

pub mod before;
mod connection;
pub mod destinations;
pub mod format;
pub mod ledger;
pub mod make;
pub mod place;
pub mod places;
pub mod prove;
pub mod prune;
mod refusal;
pub mod restore;
pub mod round;
pub mod taken;

pub use connection::certificates;
pub use destinations::{Destination, Destinations};
pub use place::Place;

use crate::{
    error::Result,
    store::{Blob, Read},
};

/// Every blob that rows name: handed in from where the rooms are known.
pub type Named = fn(&Read) -> Result<Vec<Blob>>;
