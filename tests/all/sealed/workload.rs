//! redb at work over the sealed file: what it wrote, what it acknowledged, and what must be there after.

use std::{collections::BTreeMap, io, sync::Arc};

use hec::store::sealed::{Cipher, Controls, DataKey, SealedFile};
use redb::{Builder, Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition};

use super::{
    disk::{Disk, Image, Op},
    rng::Rng,
};

const TABLES: [TableDefinition<u64, &[u8]>; 2] = [TableDefinition::new("rows"), TableDefinition::new("others")];
/// Small, so that transactions spill.
const CACHE: usize = 96 << 10;

/// All rows, by table and key.
pub type Rows = BTreeMap<(usize, u64), Vec<u8>>;

pub fn key() -> DataKey {
    DataKey::from_bytes([0x42; 32])
}

/// Opens a database on a disk.
pub fn open(disk: &Disk, controls: Controls) -> io::Result<Database> {
    let sealed = SealedFile::open(disk.session(), &key(), controls)?;
    database(sealed)
}

/// A database over a sealed file that forgets what it need not remember, as one far larger would.
pub fn database(sealed: SealedFile) -> io::Result<Database> {
    sealed.hold_tags(1);
    Builder::new().set_cache_size(CACHE).create_with_backend(sealed).map_err(io::Error::other)
}

/// Everything that a database holds.
pub fn rows(db: &Database) -> io::Result<Rows> {
    rows_of(&db.begin_read().map_err(io::Error::other)?)
}

fn rows_of(tx: &ReadTransaction) -> io::Result<Rows> {
    let mut rows = Rows::new();
    for (number, table) in TABLES.iter().enumerate() {
        let table = match tx.open_table(*table) {
            Err(redb::TableError::TableDoesNotExist(_)) => continue,
            table => table.map_err(io::Error::other)?,
        };
        for row in table.iter().map_err(io::Error::other)? {
            let (key, value) = row.map_err(io::Error::other)?;
            rows.insert((number, key.value()), value.value().to_vec());
        }
    }
    Ok(rows)
}

/// A change of rows; no value deletes.
pub type Change = ((usize, u64), Option<Vec<u8>>);

/// Puts changes into a transaction, and commits it or not.
pub fn write(db: &Database, changes: &[Change], quick: bool, commit: bool) -> io::Result<()> {
    let mut tx = db.begin_write().map_err(io::Error::other)?;
    tx.set_quick_repair(quick);
    {
        let mut tables = Vec::new();
        for table in TABLES {
            tables.push(tx.open_table(table).map_err(io::Error::other)?);
        }
        for ((table, key), value) in changes {
            let table = &mut tables[*table];
            match value {
                Some(value) => drop(table.insert(key, value.as_slice()).map_err(io::Error::other)?),
                None => drop(table.remove(key).map_err(io::Error::other)?),
            }
        }
    }
    if commit { tx.commit().map_err(io::Error::other) } else { tx.abort().map_err(io::Error::other) }
}

pub fn apply(rows: &Rows, changes: &[Change]) -> Rows {
    let mut rows = rows.clone();
    for (key, value) in changes {
        match value {
            Some(value) => drop(rows.insert(*key, value.clone())),
            None => drop(rows.remove(key)),
        }
    }
    rows
}

/// What a workload did.
pub struct Recorded {
    /// The disk before.
    pub start: Image,
    pub log: Vec<Op>,
    /// From which operation on which rows were acknowledged, in order.
    pub known: Vec<(usize, Arc<Rows>)>,
    /// From which operation on which rows might be there, in order.
    pub tried: Vec<(usize, Arc<Rows>)>,
    /// Where a process died.
    pub deaths: Vec<usize>,
}

impl Recorded {
    /// The rows that may be there when power fails before an operation: those that were acknowledged last, and those
    /// that were tried since.
    pub fn allowed(&self, at: usize) -> Vec<Arc<Rows>> {
        let (since, last) = self.known.iter().rev().find(|(from, _)| *from <= at).expect("the first is at 0");
        let tried = self.tried.iter().filter(|(from, _)| (*since..at).contains(from));
        std::iter::once(last).chain(tried.map(|(_, rows)| rows)).cloned().collect()
    }
}

/// How a workload is mixed.
#[derive(Debug, Clone, Copy)]
pub struct Mix {
    pub steps: usize,
    /// One step in this many is the death of the process.
    pub deaths: usize,
}

impl Mix {
    pub const USUAL: Self = Self { steps: 24, deaths: 14 };
    /// For the safeguard that matters only where a process dies and power fails soon after.
    pub const DEADLY: Self = Self { steps: 24, deaths: 2 };
}

struct Worker {
    rng: Rng,
    disk: Disk,
    controls: Controls,
    db: Option<Database>,
    readers: Vec<(ReadTransaction, Arc<Rows>)>,
    rows: Arc<Rows>,
    known: Vec<(usize, Arc<Rows>)>,
    tried: Vec<(usize, Arc<Rows>)>,
    deaths: Vec<usize>,
}

/// Runs a workload. Its own reads are checked too: an error says what it saw.
pub fn record(seed: u64, mix: Mix, controls: Controls) -> io::Result<Recorded> {
    let mut rng = Rng::new(seed);
    let cipher = if rng.one_in(4) { Cipher::XChaCha20Poly1305 } else { Cipher::Aes256GcmSiv };
    let first = Disk::default();
    let db = database(SealedFile::create(first.session(), &key(), cipher)?)?;
    let changes = some_changes(&mut rng, &Rows::new(), 30);
    write(&db, &changes, true, true)?;
    drop(db);

    // The making of a store is one rename, so the record begins after it.
    let start = first.image();
    let disk = Disk::with(start.clone());
    let rows = Arc::new(apply(&Rows::new(), &changes));
    let db = Some(open(&disk, controls)?);
    let known = vec![(0, rows.clone())];
    let mut worker =
        Worker { rng, disk, controls, db, readers: Vec::new(), rows, known, tried: Vec::new(), deaths: Vec::new() };
    for _ in 0..mix.steps {
        worker.step(mix)?;
    }
    worker.readers.clear();
    drop(worker.db.take());
    let Worker { disk, known, tried, deaths, .. } = worker;
    Ok(Recorded { start, log: disk.log(), known, tried, deaths })
}

impl Worker {
    fn step(&mut self, mix: Mix) -> io::Result<()> {
        if self.rng.one_in(mix.deaths) {
            return self.die();
        }
        match self.rng.below(20) {
            0..=8 => self.commit(8),
            9..=10 => self.commit(1),
            11..=12 => self.commit(150),
            13 => self.delete(),
            14..=15 => self.abort(),
            16..=17 => self.hold(),
            18 => self.compact(),
            _ => self.reopen(),
        }
    }

    fn db(&self) -> &Database {
        self.db.as_ref().expect("open between steps")
    }

    fn acknowledge(&mut self, rows: Arc<Rows>) {
        self.known.push((self.disk.now(), rows.clone()));
        self.rows = rows;
    }

    fn commit(&mut self, most: usize) -> io::Result<()> {
        let count = 1 + self.rng.below(most);
        let changes = some_changes(&mut self.rng, &self.rows, count);
        self.commit_these(&changes)
    }

    fn commit_these(&mut self, changes: &[Change]) -> io::Result<()> {
        let rows = Arc::new(apply(&self.rows, changes));
        self.tried.push((self.disk.now(), rows.clone()));
        let quick = !self.rng.one_in(10);
        write(self.db(), changes, quick, true)?;
        self.acknowledge(rows);
        Ok(())
    }

    fn delete(&mut self) -> io::Result<()> {
        let rows = self.rows.clone();
        let changes: Vec<Change> = rows.keys().filter(|_| !self.rng.one_in(4)).map(|key| (*key, None)).collect();
        self.commit_these(&changes)
    }

    fn abort(&mut self) -> io::Result<()> {
        let count = 1 + self.rng.below(120);
        let changes = some_changes(&mut self.rng, &self.rows, count);
        write(self.db(), &changes, true, false)
    }

    /// Holds a snapshot, or lets one go after looking whether it stood still.
    fn hold(&mut self) -> io::Result<()> {
        if self.readers.len() < 3 && self.rng.one_in(2) {
            let tx = self.db().begin_read().map_err(io::Error::other)?;
            self.readers.push((tx, self.rows.clone()));
        } else if let Some((tx, rows)) = self.readers.pop() {
            same(&rows_of(&tx)?, &rows, "a snapshot moved")?;
        }
        Ok(())
    }

    fn compact(&mut self) -> io::Result<()> {
        self.readers.clear();
        let db = self.db.as_mut().expect("open between steps");
        db.compact().map(drop).map_err(io::Error::other)
    }

    fn reopen(&mut self) -> io::Result<()> {
        self.readers.clear();
        drop(self.db.take());
        let db = open(&self.disk, self.controls)?;
        same(&rows(&db)?, &self.rows, "a reopened database differs")?;
        self.db = Some(db);
        Ok(())
    }

    /// The process dies in the middle of something; the machine goes on, and the next process sees what was written.
    fn die(&mut self) -> io::Result<()> {
        let before = self.rows.clone();
        let at = self.rng.below(40);
        self.disk.die_in(at);
        let mut tried = before.clone();
        for _ in 0..20 {
            let count = 1 + self.rng.below(12);
            let changes = some_changes(&mut self.rng, &self.rows, count);
            tried = Arc::new(apply(&self.rows, &changes));
            if self.commit_these(&changes).is_err() {
                break;
            }
        }
        self.readers.clear();
        // The heir opens before the dead process's handle is gone, so that its destructor finds a dead disk.
        let heir = open(&self.disk, self.controls)?;
        drop(self.db.replace(heir));
        self.deaths.push(self.disk.now());

        let found = rows(self.db())?;
        let candidates = [self.rows.clone(), tried];
        let seen = candidates.into_iter().find(|rows| **rows == found);
        let seen = seen.ok_or_else(|| io::Error::other("after a death the rows are those of no commit"))?;
        // What a process has seen must not be taken back.
        self.acknowledge(seen);
        Ok(())
    }
}

pub fn same(found: &Rows, wanted: &Rows, otherwise: &str) -> io::Result<()> {
    if found == wanted { Ok(()) } else { Err(io::Error::other(otherwise.to_owned())) }
}

/// Changes of some rows: mostly puts, of sizes from nothing to several pages.
pub fn some_changes(rng: &mut Rng, rows: &Rows, count: usize) -> Vec<Change> {
    (0..count)
        .map(|_| {
            let old = rows.keys().nth(rng.below(rows.len())).filter(|_| rng.one_in(2));
            let key = old.copied().unwrap_or_else(|| (rng.below(2), rng.below(600) as u64));
            if old.is_some() && rng.one_in(3) {
                return (key, None);
            }
            let len = match rng.below(30) {
                0 => 4_000 + rng.below(16_000),
                1..=9 => rng.below(3_000),
                _ => rng.below(300),
            };
            (key, Some(rng.bytes(len)))
        })
        .collect()
}
