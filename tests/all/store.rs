//! The store: what it promises to its rooms.

mod codec;
mod groups;
mod keys;
mod migrations;
mod model;
mod opening;
mod scans;

use std::path::Path;

use hec::{
    error::{Error, Result},
    row,
    store::{self, Environment, Migration, Store, Table},
    types::{Clock, Timestamp},
};
use minicbor::{Decode, Encode};
use tempfile::TempDir;

/// Small keys that meet often: a group, and a number in it.
const CELLS: Table<(u8, u64), Cell> = Table::new("cells");

#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct Cell {
    #[n(0)]
    value: u64,
}
row!(Cell, version 1);

fn cell(value: u64) -> Cell {
    Cell { value }
}

fn clock() -> Clock {
    Clock::manual(Timestamp::from_millis(1_750_000_000_000))
}

/// A new store in a folder that vanishes.
fn new() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = store::create(folder.path(), Environment::Development, clock(), &[]).unwrap();
    (folder, store)
}

/// Opens a store that this process has just let go: its writer's thread ends a moment after its last user.
fn reopen(folder: &Path, migrations: &[Migration]) -> Result<Store> {
    for _ in 0..1_000_000 {
        match store::open(folder, Environment::Development, clock(), migrations) {
            Err(Error::Refused(why)) if why.contains("another HEC") => std::thread::yield_now(),
            opened => return opened,
        }
    }
    panic!("the writer never let the store go");
}

#[track_caller]
fn refused<T>(result: Result<T>) -> String {
    match result {
        Err(Error::Refused(why)) => why,
        Err(other) => panic!("refused, not {other:?}"),
        Ok(_) => panic!("it was not refused"),
    }
}
