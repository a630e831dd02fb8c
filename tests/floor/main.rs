//! The floor: the direction of arrows, the store, its files, crashes, the command line.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod arrows;
mod blobs;
mod cli;
mod crash;
mod process;
mod store;
