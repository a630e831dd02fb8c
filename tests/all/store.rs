//! The store: what it promises to its rooms.

mod codec;
mod faults;
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
    store::{
        self, Environment, Locked, Migration, Options, Store, Table,
        slots::{KeyFile, Opener},
    },
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
    let store = create(folder.path(), &[]).unwrap();
    (folder, store)
}

/// Makes a development store, whose key lies in its own folder.
fn create(folder: &Path, migrations: &[Migration]) -> Result<Store> {
    store::create_development(folder, clock(), migrations.to_vec().leak())
}

/// Opens a store, also one that this process has just let go: the opening waits for its writer's thread to end.
fn reopen(folder: &Path, migrations: &[Migration]) -> Result<Store> {
    store::open_development(folder, clock(), migrations.to_vec().leak())
}

/// Opens a development store as one of another environment.
fn open_as(folder: &Path, environment: Environment) -> Result<Store> {
    let locked = Locked::find(folder)?;
    let key = locked.unlock(&Opener::KeyFile(KeyFile::read(&store::development_key(folder))?))?;
    locked.open(key, Options::new(environment, clock(), &[]))
}

#[track_caller]
fn refused<T>(result: Result<T>) -> String {
    match result {
        Err(Error::Refused(why)) => why,
        Err(other) => panic!("refused, not {other:?}"),
        Ok(_) => panic!("it was not refused"),
    }
}
