//! The floor: the direction of arrows, the store, its files, crashes, the command line.

mod arrows;
mod blobs;
mod cli;
mod crash;
mod process;
mod store;
