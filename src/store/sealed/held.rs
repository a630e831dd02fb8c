//! All groups, and which of them are awake.
//!
//! A store of 5 GiB has 40 MiB of entries. So only some groups' are in memory: those that the disk does not have yet,
//! and of the others those that were wanted last, within a bound. The rest sleep, and are read again when wanted: one
//! page more to read and authenticate, and it must be the one that the accumulator knows.
//!
//! Who sleeps is decided as on a clock: the list goes round, and a group that was wanted since its last turn is passed
//! over once.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{block_file::BlockFile, cipher::Keys, fault::Fault, layout::Layout, tags::Group};

/// Groups that stay awake though the disk has them: 4 MiB, the entries of half a gigabyte of data.
pub const TAGS_HELD: usize = 1024;
/// Groups that are looked at when one has been woken, so that a long list of changed ones holds nobody up.
const TURNS: usize = 8;

/// All groups, and the logical length that they serve.
///
/// Readers hold the lock around this shared, and one group's lock shared, while they read and open a block, so that
/// block and entry always fit. The writer, who holds the writer's lock too, takes a group's lock exclusively for each
/// write into it, and the outer one when the file grows. A group's is taken exclusively too for waking it, and, where
/// nobody else has it, for sending it to sleep.
#[derive(Debug)]
pub(super) struct Tags {
    pub(super) len: u64,
    pub(super) groups: Vec<RwLock<Group>>,
    /// The groups that have entries in memory. Whoever has it locked waits for no group.
    awake: Mutex<VecDeque<usize>>,
    /// How many of them may stay.
    bound: AtomicUsize,
}

impl Tags {
    pub(super) fn new(len: u64, groups: Vec<Group>) -> Self {
        let groups = groups.into_iter().map(RwLock::new).collect();
        Self { len, groups, awake: Mutex::default(), bound: AtomicUsize::new(TAGS_HELD) }
    }

    /// Serves a longer file.
    pub(super) fn grow(&mut self, len: u64, groups: usize, layout: Layout) {
        while self.groups.len() < groups {
            self.groups.push(RwLock::new(Group::blank(layout)));
        }
        self.len = len;
    }

    /// A group with its entries, for reading them.
    ///
    /// # Errors
    /// [`Fault::Tags`]; the disk's.
    pub(super) fn awake(
        &self,
        number: usize,
        disk: &dyn BlockFile,
        keys: &Keys,
    ) -> io::Result<RwLockReadGuard<'_, Group>> {
        let group = shared(self.groups.get(number).ok_or(Fault::Access)?);
        if group.is_asleep() {
            drop(group);
            return Ok(RwLockWriteGuard::downgrade(self.awake_mut(number, disk, keys)?));
        }
        group.touch();
        Ok(group)
    }

    /// A group with its entries, for changing them.
    ///
    /// # Errors
    /// As for [`Tags::awake`].
    pub(super) fn awake_mut(
        &self,
        number: usize,
        disk: &dyn BlockFile,
        keys: &Keys,
    ) -> io::Result<RwLockWriteGuard<'_, Group>> {
        let mut group = exclusive(self.groups.get(number).ok_or(Fault::Access)?);
        group.wake(disk, keys, number as u64)?;
        if !group.listed {
            group.listed = true;
            self.list().push_back(number);
            self.trim(TURNS);
        }
        Ok(group)
    }

    /// Sends groups beyond the bound to sleep. So many at most are looked at.
    fn trim(&self, turns: usize) {
        let mut awake = self.list();
        for _ in 0..turns {
            if awake.len() <= self.bound.load(Ordering::Relaxed) {
                return;
            }
            let Some(number) = awake.pop_front() else { return };
            // Somebody has it at the moment, be it the one who has just woken another.
            let group = self.groups.get(number).and_then(|lock| lock.try_write().ok());
            let asleep = group.is_some_and(|mut group| {
                group.listed = group.was_used() || !group.fall_asleep();
                !group.listed
            });
            if !asleep {
                awake.push_back(number);
            }
        }
    }

    /// After many have changed and the disk has them: back within the bound.
    pub(super) fn settle(&self) {
        // A turn to notice that it is not wanted, a turn to sleep.
        self.trim(2 * self.count_awake());
    }

    pub(super) fn count_awake(&self) -> usize {
        self.list().len()
    }

    /// Changes the bound.
    pub(super) fn hold(&self, bound: usize) {
        self.bound.store(bound, Ordering::Relaxed);
        self.settle();
    }

    fn list(&self) -> std::sync::MutexGuard<'_, VecDeque<usize>> {
        self.awake.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// A group is never left half changed: what panics while it is locked has changed nothing yet.
pub(super) fn shared(group: &RwLock<Group>) -> RwLockReadGuard<'_, Group> {
    group.read().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn exclusive(group: &RwLock<Group>) -> RwLockWriteGuard<'_, Group> {
    group.write().unwrap_or_else(PoisonError::into_inner)
}
