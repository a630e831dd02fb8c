//! The disk below either side: the operating system's, whose syncs can be made to take as long as an SD card's.

use std::{
    fs::File,
    io,
    ops::Bound,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use hec::store::sealed::{BlockFile, DiskFile};
use redb::{BackendError, StorageBackend, backends::FileBackend};

/// What every sync takes at least; nothing where it is zero. Shared by both sides, and changed while they are open.
#[derive(Debug, Clone, Default)]
pub struct Delay(Arc<AtomicU64>);

impl Delay {
    pub fn set(&self, delay: Duration) {
        self.0.store(delay.as_micros() as u64, Ordering::Relaxed);
    }

    pub fn sync<T>(&self, sync: impl FnOnce() -> T) -> T {
        let (began, least) = (Instant::now(), Duration::from_micros(self.0.load(Ordering::Relaxed)));
        let synced = sync();
        let left = least.saturating_sub(began.elapsed());
        if !left.is_zero() {
            thread::sleep(left);
        }
        synced
    }
}

/// Below the sealed file.
#[derive(Debug)]
pub struct Slowed(pub DiskFile, pub Delay);

impl BlockFile for Slowed {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, out)
    }
    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write_at(offset, data)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
    fn sync(&self) -> io::Result<()> {
        self.1.sync(|| self.0.sync())
    }
}

/// Below plain redb.
#[derive(Debug)]
pub struct SlowedPlain(FileBackend, Delay);

impl SlowedPlain {
    pub fn new(file: File, delay: Delay) -> Self {
        Self(FileBackend::new(file).unwrap(), delay)
    }
}

impl StorageBackend for SlowedPlain {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.1.sync(|| self.0.sync_data())
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
    fn close(&self) -> io::Result<()> {
        self.0.close()
    }
    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.try_lock_range(start, end)
    }
    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.unlock_range(start, end)
    }
}
