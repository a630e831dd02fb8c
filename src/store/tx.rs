//! What a closure sees: a snapshot to read, or a snapshot with its own changes on top.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap, VecDeque},
    ops::{Bound, Deref},
    rc::Rc,
};

use redb::{ReadOnlyTable, ReadableTable, TableDefinition, TableError};

use crate::{
    error::{Error, Result},
    types::{Id, Timestamp},
};

use super::{
    key::{Key, after_prefix},
    table::{Plain, Row, Table},
};

type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;
type Opened = Rc<ReadOnlyTable<&'static [u8], &'static [u8]>>;
type OpenTable<'a> = redb::Table<'a, &'static [u8], &'static [u8]>;
type Pair = (Vec<u8>, Vec<u8>);
/// One table's changes: `None` where the key was removed.
type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// How many rows are taken at a time from a table that is open for writing.
const CHUNK: usize = 64;
/// So many bytes of changes are handed on at a time by [`Write::settle`].
const SETTLE: usize = 4 << 20;
/// What a change costs beside its bytes, about.
const OVERHEAD: usize = 96;

/// A consistent snapshot. A page or an API reply is made from one.
pub struct Read<'a> {
    source: Source<'a>,
    changes: HashMap<&'static str, Changes>,
    now: Timestamp,
    rows: Cell<u64>,
}

enum Source<'a> {
    Snapshot { tx: redb::ReadTransaction, tables: RefCell<HashMap<&'static str, Option<Opened>>> },
    Batch(&'a dyn Base),
}

/// What a write reads below its own changes: the group's transaction, earlier writes of the group included.
trait Base {
    fn get(&self, name: &'static str, key: &[u8]) -> Result<Option<Vec<u8>>>;
    fn chunk(&self, name: &'static str, range: (Bound<&[u8]>, Bound<&[u8]>)) -> Result<VecDeque<Pair>>;
    fn take_in(&self, changes: HashMap<&'static str, Changes>) -> Result<()>;
}

/// One redb transaction that many closures share, with the tables that they have opened.
pub(super) struct Batch<'a> {
    tx: &'a redb::WriteTransaction,
    tables: RefCell<HashMap<&'static str, OpenTable<'a>>>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(tx: &'a redb::WriteTransaction) -> Self {
        Self { tx, tables: RefCell::default() }
    }

    fn with<T>(&self, name: &'static str, work: impl FnOnce(&mut OpenTable<'a>) -> Result<T>) -> Result<T> {
        let mut tables = self.tables.borrow_mut();
        let table = match tables.entry(name) {
            std::collections::hash_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(self.tx.open_table(Definition::new(name)).map_err(Error::internal)?)
            }
        };
        work(table)
    }

    /// Puts one closure's changes under the closures that follow.
    pub(super) fn merge(&self, changes: HashMap<&'static str, Changes>) -> Result<()> {
        for (name, changes) in changes {
            self.with(name, |table| {
                for (key, value) in &changes {
                    match value {
                        Some(value) => table.insert(key.as_slice(), value.as_slice()),
                        None => table.remove(key.as_slice()),
                    }
                    .map_err(Error::internal)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

impl Base for Batch<'_> {
    fn get(&self, name: &'static str, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.with(name, |table| Ok(table.get(key).map_err(Error::internal)?.map(|row| row.value().to_vec())))
    }

    fn chunk(&self, name: &'static str, range: (Bound<&[u8]>, Bound<&[u8]>)) -> Result<VecDeque<Pair>> {
        self.with(name, |table| {
            let rows = table.range::<&[u8]>(range).map_err(Error::internal)?;
            rows.take(CHUNK)
                .map(|pair| {
                    let (key, value) = pair.map_err(Error::internal)?;
                    Ok((key.value().to_vec(), value.value().to_vec()))
                })
                .collect()
        })
    }

    fn take_in(&self, changes: HashMap<&'static str, Changes>) -> Result<()> {
        self.merge(changes)
    }
}

impl<'a> Read<'a> {
    pub(super) fn snapshot(tx: redb::ReadTransaction, now: Timestamp) -> Self {
        let source = Source::Snapshot { tx, tables: RefCell::default() };
        Self { source, changes: HashMap::new(), now, rows: Cell::new(0) }
    }

    /// The moment of this transaction: the same for everything in it.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// How many rows have been read so far: what a request costs the store.
    pub fn rows_read(&self) -> u64 {
        self.rows.get()
    }

    /// The row under a key.
    ///
    /// # Errors
    /// `Internal` where the store can't be read.
    pub fn get<K: Key, V: Row>(&self, table: &Table<K, V>, key: &K) -> Result<Option<V>> {
        self.get_bytes(table.name, &key.bytes())?.map(|row| table.decode_row(&row)).transpose()
    }

    /// Whether there is a row under a key.
    ///
    /// # Errors
    /// `Internal` where the store can't be read.
    pub fn has<K: Key, V: Row>(&self, table: &Table<K, V>, key: &K) -> Result<bool> {
        Ok(self.get_bytes(table.name, &key.bytes())?.is_some())
    }

    /// The rows whose key begins with `prefix`, in order. Read as they are asked for.
    pub fn under<'t, K: Key, V: Row>(&'t self, table: &'t Table<K, V>, prefix: &impl Key) -> Rows<'t, 'a, K, V> {
        let prefix = prefix.bytes();
        let end = after_prefix(&prefix).map_or(Bound::Unbounded, Bound::Excluded);
        self.range(table, Bound::Included(prefix), end)
    }

    /// The first row at or after `from` whose key begins with `prefix`.
    ///
    /// # Errors
    /// `Internal` where the store can't be read.
    pub fn seek<K: Key, V: Row>(&self, table: &Table<K, V>, prefix: &impl Key, from: &K) -> Result<Option<(K, V)>> {
        self.from(table, prefix, from).next().transpose()
    }

    /// The rows at and after `from` whose key begins with `prefix`, in order. Read as they are asked for.
    pub fn from<'t, K: Key, V: Row>(
        &'t self,
        table: &'t Table<K, V>,
        prefix: &impl Key,
        from: &K,
    ) -> Rows<'t, 'a, K, V> {
        let prefix = prefix.bytes();
        let end = after_prefix(&prefix).map_or(Bound::Unbounded, Bound::Excluded);
        // A `from` that lies before the prefix begins with it: rows of others are never passed on.
        self.range(table, Bound::Included(from.bytes().max(prefix)), end)
    }

    fn range<'t, K: Key, V: Row>(
        &'t self,
        table: &'t Table<K, V>,
        start: Bound<Vec<u8>>,
        end: Bound<Vec<u8>>,
    ) -> Rows<'t, 'a, K, V> {
        Rows { tx: self, table, start, end, below: Below::Unopened, peeked: None, done: false }
    }

    fn get_bytes(&self, name: &'static str, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.rows.set(self.rows.get() + 1);
        if let Some(change) = self.changes.get(name).and_then(|changes| changes.get(key)) {
            return Ok(change.clone());
        }
        match &self.source {
            Source::Snapshot { .. } => match self.open(name)? {
                Some(table) => Ok(table.get(key).map_err(Error::internal)?.map(|row| row.value().to_vec())),
                None => Ok(None),
            },
            Source::Batch(base) => base.get(name, key),
        }
    }

    /// A table of the snapshot; none if nothing was ever written to it.
    fn open(&self, name: &'static str) -> Result<Option<Opened>> {
        let Source::Snapshot { tx, tables } = &self.source else { return Ok(None) };
        if let Some(table) = tables.borrow().get(name) {
            return Ok(table.clone());
        }
        let table = match tx.open_table(Definition::new(name)) {
            Ok(table) => Some(Rc::new(table)),
            Err(TableError::TableDoesNotExist(_)) => None,
            Err(error) => return Err(Error::internal(error)),
        };
        tables.borrow_mut().insert(name, table.clone());
        Ok(table)
    }
}

/// A snapshot and one closure's changes to it. Nothing is kept unless the closure succeeds.
pub struct Write<'a> {
    read: Read<'a>,
    /// How many ids were made at this moment, by this closure and by those before it.
    ids: Cell<u32>,
    /// Whether the transaction is this closure's alone: then its changes may go into the file as they grow.
    alone: bool,
    /// Bytes of the changes that are in memory.
    held: usize,
}

impl<'a> Deref for Write<'a> {
    type Target = Read<'a>;
    fn deref(&self) -> &Self::Target {
        &self.read
    }
}

impl<'a> Write<'a> {
    pub(super) fn new(batch: &'a Batch<'_>, now: Timestamp, ids: u32) -> Self {
        let source = Source::Batch(batch);
        let read = Read { source, changes: HashMap::new(), now, rows: Cell::new(0) };
        Self { read, ids: Cell::new(ids), alone: false, held: 0 }
    }

    /// The same for a closure that has the transaction for itself.
    pub(super) fn alone(batch: &'a Batch<'_>, now: Timestamp, ids: u32) -> Self {
        Self { alone: true, ..Self::new(batch, now, ids) }
    }

    /// In a transaction of its own ([`Db::write_much`](super::Db::write_much)) hands on what has gathered, once it is
    /// more than a few megabytes, so that a closure may change more than memory holds; elsewhere does nothing.
    ///
    /// # Errors
    /// `Internal` where the file can't be written.
    pub fn settle(&mut self) -> Result<()> {
        if !self.alone || self.held < SETTLE {
            return Ok(());
        }
        self.held = 0;
        let changes = std::mem::take(&mut self.read.changes);
        match &self.read.source {
            Source::Batch(base) => base.take_in(changes),
            Source::Snapshot { .. } => Ok(()),
        }
    }

    /// Removes the rows whose key begins with `prefix`, at most so many; returns how many.
    ///
    /// # Errors
    /// `Internal` where the store can't be read.
    pub fn remove_under<K: Key, V: Row>(
        &mut self,
        table: &Table<K, V>,
        prefix: &impl Key,
        most: usize,
    ) -> Result<usize> {
        let plain: Table<Plain, Plain> = Table::new(table.name);
        let keys = self.under(&plain, prefix).take(most).map(|row| row.map(|(key, _)| key));
        let keys = keys.collect::<Result<Vec<_>>>()?;
        keys.iter().for_each(|key| self.remove(&plain, key));
        Ok(keys.len())
    }

    /// Puts a row under a key, in place of what was there.
    pub fn put<K: Key, V: Row>(&mut self, table: &Table<K, V>, key: &K, row: &V) {
        self.change(table.name, key.bytes(), Some(row.to_bytes()));
    }

    /// Removes what is under a key.
    pub fn remove<K: Key, V: Row>(&mut self, table: &Table<K, V>, key: &K) {
        self.change(table.name, key.bytes(), None);
    }

    /// Goes on as if at another moment: for records that are brought in with their own dates.
    pub fn set_now(&mut self, now: Timestamp) {
        self.read.now = now;
    }

    /// A new id whose order follows this transaction's moment and, within it, the order of asking: also among the
    /// transactions of one millisecond.
    pub fn new_id<T>(&self) -> Id<T> {
        let sequence = self.ids.get();
        self.ids.set(sequence.saturating_add(1));
        Id::in_sequence(self.now, sequence)
    }

    fn change(&mut self, name: &'static str, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.held += key.len() + value.as_ref().map_or(0, Vec::len) + OVERHEAD;
        self.read.changes.entry(name).or_default().insert(key, value);
    }

    /// How many ids were made so far: see [`Write::new`].
    pub(super) fn ids(&self) -> u32 {
        self.ids.get()
    }

    pub(super) fn into_changes(self) -> HashMap<&'static str, Changes> {
        self.read.changes
    }
}

/// Rows of a range, read as they are asked for.
pub struct Rows<'t, 'a, K, V> {
    tx: &'t Read<'a>,
    table: &'t Table<K, V>,
    start: Bound<Vec<u8>>,
    end: Bound<Vec<u8>>,
    below: Below,
    /// The next row below the changes, where there are changes to compare it with.
    peeked: Option<Pair>,
    done: bool,
}

/// The table below the changes.
enum Below {
    Unopened,
    Snapshot(Box<redb::Range<'static, &'static [u8], &'static [u8]>>),
    /// A table open for writing is read chunk by chunk: it can't stay borrowed.
    Batch {
        chunk: VecDeque<Pair>,
        resume: Bound<Vec<u8>>,
    },
    Exhausted,
}

impl<K: Key, V: Row> Rows<'_, '_, K, V> {
    /// The next pair, changes included, removed rows left out.
    fn next_pair(&mut self) -> Result<Option<Pair>> {
        let tx = self.tx;
        let Some(changes) = tx.changes.get(self.table.name).filter(|changes| !changes.is_empty()) else {
            return self.next_below();
        };
        loop {
            if self.peeked.is_none() {
                self.peeked = self.next_below()?;
            }
            let range = (as_slice(&self.start), as_slice(&self.end));
            let change = if is_empty_range(&range) { None } else { changes.range::<[u8], _>(range).next() };
            let (key, value) = match (change, self.peeked.take()) {
                (None, None) => return Ok(None),
                (None, Some((key, value))) => (key, Some(value)),
                (Some((changed, _)), Some((key, value))) if key < *changed => (key, Some(value)),
                (Some((changed, value)), below) => {
                    self.peeked = below.filter(|(key, _)| key != changed);
                    (changed.clone(), value.clone())
                }
            };
            self.start = Bound::Excluded(key.clone());
            if let Some(value) = value {
                return Ok(Some((key, value)));
            }
        }
    }

    fn next_below(&mut self) -> Result<Option<Pair>> {
        if let Below::Unopened = self.below {
            self.below = self.open_below()?;
        }
        match &mut self.below {
            Below::Snapshot(range) => match range.next() {
                Some(pair) => {
                    let (key, value) = pair.map_err(Error::internal)?;
                    Ok(Some((key.value().to_vec(), value.value().to_vec())))
                }
                None => Ok(None),
            },
            Below::Batch { chunk, resume } => {
                if chunk.is_empty()
                    && let Source::Batch(base) = &self.tx.source
                {
                    let range = (as_slice(resume), as_slice(&self.end));
                    if !is_empty_range(&range) {
                        *chunk = base.chunk(self.table.name, range)?;
                        if let Some((last, _)) = chunk.back() {
                            *resume = Bound::Excluded(last.clone());
                        }
                    }
                }
                Ok(chunk.pop_front())
            }
            Below::Unopened | Below::Exhausted => Ok(None),
        }
    }

    fn open_below(&self) -> Result<Below> {
        let range = (as_slice(&self.start), as_slice(&self.end));
        if is_empty_range(&range) {
            return Ok(Below::Exhausted);
        }
        match &self.tx.source {
            Source::Snapshot { .. } => match self.tx.open(self.table.name)? {
                Some(table) => Ok(Below::Snapshot(Box::new(table.range::<&[u8]>(range).map_err(Error::internal)?))),
                None => Ok(Below::Exhausted),
            },
            Source::Batch(_) => Ok(Below::Batch { chunk: VecDeque::new(), resume: self.start.clone() }),
        }
    }
}

impl<K: Key, V: Row> Iterator for Rows<'_, '_, K, V> {
    type Item = Result<(K, V)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let pair = self.next_pair().transpose()?;
        self.tx.rows.set(self.tx.rows.get() + 1);
        let row = pair.and_then(|(key, value)| Ok((self.table.decode_key(&key)?, self.table.decode_row(&value)?)));
        self.done = row.is_err();
        Some(row)
    }
}

fn as_slice(bound: &Bound<Vec<u8>>) -> Bound<&[u8]> {
    match bound {
        Bound::Included(key) => Bound::Included(key),
        Bound::Excluded(key) => Bound::Excluded(key),
        Bound::Unbounded => Bound::Unbounded,
    }
}

/// A range whose start lies behind its end panics in the standard library, so it is told apart first.
fn is_empty_range(range: &(Bound<&[u8]>, Bound<&[u8]>)) -> bool {
    match range {
        (Bound::Included(start), Bound::Excluded(end))
        | (Bound::Excluded(start), Bound::Excluded(end))
        | (Bound::Excluded(start), Bound::Included(end)) => start >= end,
        (Bound::Included(start), Bound::Included(end)) => start > end,
        _ => false,
    }
}
