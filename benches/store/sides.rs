//! The two stores, and what is done to them.

use std::{
    fs::{File, OpenOptions},
    hint::black_box,
    ops::Range,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use hec::{
    store::{
        CACHE, Db, Row, Table, rows_on,
        sealed::{BlockFile, Cipher, Controls, DataKey, DiskFile, SealedFile},
    },
    types::Clock,
};
use redb::{Builder, Database, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition};

use super::disks::{Delay, Slowed, SlowedPlain};

const NAME: &str = "rows";
const REDB: TableDefinition<&[u8], &[u8]> = TableDefinition::new(NAME);
/// The same table as HEC's rooms declare theirs.
const TABLE: Table<(u64,), Value> = Table::new(NAME);

/// A row without a form of its own, so that only the store is measured.
pub struct Value(Vec<u8>);

impl Row for Value {
    const VERSION: u8 = 0;
    fn to_bytes(&self) -> Vec<u8> {
        self.0.clone()
    }
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        Ok(Self(bytes.to_vec()))
    }
}

/// Random numbers that are cheap enough not to be measured (SplitMix64, Steele, Lea and Flood 2014).
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn value(&mut self, len: usize) -> Vec<u8> {
        let mut value = Vec::with_capacity(len + 8);
        while value.len() < len {
            value.extend_from_slice(&self.next().to_le_bytes());
        }
        value.truncate(len);
        value
    }
}

/// A file, and how redb is opened over it.
pub struct Side {
    path: PathBuf,
    open: Box<dyn Fn() -> Database>,
}

fn redb(backend: impl StorageBackend) -> Database {
    Builder::new().set_cache_size(CACHE).create_with_backend(backend).unwrap()
}

fn file(path: &Path) -> File {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).unwrap()
}

fn key() -> DataKey {
    DataKey::from_bytes([7; 32])
}

impl Side {
    /// redb over its own file.
    pub fn plain(folder: &Path, delay: Delay) -> Self {
        let path = folder.join("plain");
        let at = path.clone();
        Self { path, open: Box::new(move || redb(SlowedPlain::new(file(&at), delay.clone()))) }
    }

    /// redb over a sealed file, and the disk below it.
    pub fn sealed(folder: &Path, delay: Delay) -> (Self, Arc<dyn BlockFile>) {
        let path = folder.join("sealed");
        let disk: Arc<dyn BlockFile> = Arc::new(Slowed(DiskFile::lock(file(&path)).unwrap(), delay));
        let below = disk.clone();
        let open = move || {
            let disk = below.clone();
            redb(if disk.len().unwrap() == 0 {
                SealedFile::create(disk, &key(), Cipher::best()).unwrap()
            } else {
                SealedFile::open(disk, &key(), Controls::default()).unwrap()
            })
        };
        (Self { path, open: Box::new(open) }, disk)
    }

    pub fn open(&self) -> Database {
        (self.open)()
    }

    /// The milliseconds until redb is open.
    pub fn open_timed(&self) -> (Database, f64) {
        let began = Instant::now();
        let db = self.open();
        (db, began.elapsed().as_secs_f64() * 1000.0)
    }

    /// The length of the file, in bytes.
    pub fn bytes(&self) -> u64 {
        self.path.metadata().unwrap().len()
    }
}

/// The sealed file under HEC's own database.
pub fn open_db(folder: &Path, disk: Arc<dyn BlockFile>) -> Db {
    rows_on(folder, move || Ok(disk.clone()), key(), Clock::System).unwrap()
}

/// Puts all rows into an empty store, in random order as years would.
pub fn fill(db: &Database, rows: u64, len: usize) {
    let mut random = Random::new(11);
    let mut keys: Vec<u64> = (0..rows).collect();
    for at in (1..keys.len()).rev() {
        keys.swap(at, (random.next() % (at as u64 + 1)) as usize);
    }
    for keys in keys.chunks(5_000) {
        let tx = begin(db);
        {
            let mut table = tx.open_table(REDB).unwrap();
            for key in keys {
                table.insert(key.to_be_bytes().as_slice(), random.value(len).as_slice()).unwrap();
            }
        }
        tx.commit().unwrap();
    }
}

/// As HEC's writer begins: Durability::Immediate is redb's default.
fn begin(db: &Database) -> redb::WriteTransaction {
    let mut tx = db.begin_write().unwrap();
    tx.set_quick_repair(true);
    tx
}

/// How often something is done in a second.
pub fn rate(slice: Duration, mut work: impl FnMut()) -> f64 {
    let (began, mut done) = (Instant::now(), 0_u64);
    loop {
        work();
        done += 1;
        let elapsed = began.elapsed();
        if elapsed >= slice {
            return done as f64 / elapsed.as_secs_f64();
        }
    }
}

/// How many appends of 4 KiB, each made durable, the disk takes in a second.
pub fn raw_syncs(folder: &Path, delay: &Delay, slice: Duration) -> f64 {
    let path = folder.join("raw");
    let (file, mut at) = (file(&path), 0);
    let rate = rate(slice, || {
        file.write_all_at(&[7; 4096], at).unwrap();
        delay.sync(|| file.sync_data()).unwrap();
        at += 4096;
    });
    std::fs::remove_file(path).unwrap();
    rate
}

/// Single rows, all under one snapshot.
pub fn gets(db: &Database, keys: Range<u64>, random: &mut Random, slice: Duration) -> f64 {
    let tx = db.begin_read().unwrap();
    let table = tx.open_table(REDB).unwrap();
    // A clock that is asked each time would cost as much as a get.
    let few = 64;
    let rate = rate(slice, || {
        for _ in 0..few {
            let key = some_key(&keys, random);
            black_box(table.get(key.to_be_bytes().as_slice()).unwrap().unwrap().value()[0]);
        }
    });
    rate * f64::from(few)
}

/// So many single rows, wherever they are, counted whole: each is met for the first time only once.
pub fn some_gets(db: &Database, keys: Range<u64>, random: &mut Random, count: u32) -> f64 {
    let (tx, began) = (db.begin_read().unwrap(), Instant::now());
    let table = tx.open_table(REDB).unwrap();
    for _ in 0..count {
        let key = some_key(&keys, random);
        black_box(table.get(key.to_be_bytes().as_slice()).unwrap().unwrap().value()[0]);
    }
    f64::from(count) / began.elapsed().as_secs_f64()
}

/// Single rows, each under a snapshot of its own, copied out as HEC's rooms get them.
pub fn gets_alone(db: &Database, keys: Range<u64>, random: &mut Random, slice: Duration) -> f64 {
    rate(slice, || {
        let (tx, key) = (db.begin_read().unwrap(), some_key(&keys, random));
        let table = tx.open_table(REDB).unwrap();
        black_box(table.get(key.to_be_bytes().as_slice()).unwrap().unwrap().value().to_vec());
    })
}

/// The same through HEC's own database.
pub fn db_gets(db: &Db, keys: Range<u64>, random: &mut Random, slice: Duration) -> f64 {
    rate(slice, || {
        let key = some_key(&keys, random);
        black_box(db.read(|tx| tx.get(&TABLE, &(key,))).unwrap().unwrap().0);
    })
}

/// A thousand rows in order, from a random one on.
pub const SCAN: u64 = 1_000;

pub fn scan(table: &impl ReadableTable<&'static [u8], &'static [u8]>, from: u64) {
    let (from, to) = (from.to_be_bytes(), (from + SCAN).to_be_bytes());
    for row in table.range::<&[u8]>(from.as_slice()..to.as_slice()).unwrap() {
        black_box(row.unwrap().1.value()[0]);
    }
}

/// Scans among some keys.
pub fn scans(db: &Database, keys: Range<u64>, random: &mut Random, slice: Duration) -> f64 {
    let tx = db.begin_read().unwrap();
    let table = tx.open_table(REDB).unwrap();
    let starts = keys.start..keys.end.saturating_sub(SCAN).max(1);
    rate(slice, || scan(&table, some_key(&starts, random)))
}

/// So many scans, no two of the same rows.
pub fn some_scans(db: &Database, rows: u64, round: usize, count: u64) -> f64 {
    let (tx, began) = (db.begin_read().unwrap(), Instant::now());
    let table = tx.open_table(REDB).unwrap();
    let stride = (rows / count).max(SCAN);
    let offset = round as u64 * SCAN % (stride - SCAN).max(1);
    (0..count).for_each(|number| scan(&table, offset + number * stride));
    count as f64 / began.elapsed().as_secs_f64()
}

/// Reads the rows once, so that they are in the cache.
pub fn warm(db: &Database, keys: Range<u64>) {
    let tx = db.begin_read().unwrap();
    let table = tx.open_table(REDB).unwrap();
    for _ in 0..2 {
        for key in keys.clone() {
            black_box(table.get(key.to_be_bytes().as_slice()).unwrap().unwrap().value()[0]);
        }
    }
}

pub fn warm_db(db: &Db, keys: Range<u64>) {
    for _ in 0..2 {
        db.read(|tx| keys.clone().try_for_each(|key| tx.get(&TABLE, &(key,)).map(drop))).unwrap();
    }
}

/// Durable puts by threads that each have one at a time: redb lets one of them in.
pub fn puts(db: &Database, writers: u64, rows: u64, len: usize, slice: Duration) -> f64 {
    let (done, began) = (AtomicU64::new(0), Instant::now());
    thread::scope(|scope| {
        for writer in 0..writers {
            let done = &done;
            scope.spawn(move || {
                let mut random = Random::new(began.elapsed().as_nanos() as u64 + writer);
                while began.elapsed() < slice {
                    let (key, value) = (random.next() % rows, random.value(len));
                    let tx = begin(db);
                    tx.open_table(REDB).unwrap().insert(key.to_be_bytes().as_slice(), value.as_slice()).unwrap();
                    tx.commit().unwrap();
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    done.into_inner() as f64 / began.elapsed().as_secs_f64()
}

/// Durable puts by tasks that each have one at a time, as requests do: HEC's writer commits those that wait together.
pub fn db_puts(db: &Db, writers: u64, rows: u64, len: usize, slice: Duration) -> f64 {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (done, began) = (Arc::new(AtomicU64::new(0)), Instant::now());
    runtime.block_on(async {
        let writers: Vec<_> = (0..writers)
            .map(|writer| {
                let (db, done) = (db.clone(), done.clone());
                tokio::spawn(async move {
                    let mut random = Random::new(began.elapsed().as_nanos() as u64 + writer);
                    while began.elapsed() < slice {
                        let (key, value) = (random.next() % rows, Value(random.value(len)));
                        let put = db.write(move |tx| {
                            tx.put(&TABLE, &(key,), &value);
                            Ok(())
                        });
                        put.await.unwrap();
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
    });
    done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64()
}

fn some_key(keys: &Range<u64>, random: &mut Random) -> u64 {
    keys.start + random.next() % (keys.end - keys.start)
}
