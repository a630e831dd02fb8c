//! A simulated disk. It keeps a log of what was written and synced, from which the state after a power cut at any
//! moment is built: what was synced stands, what was not may be there, or not, or in part, or as garbage.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard},
};

use hec::store::sealed::BlockFile;

use super::rng::Rng;

const PAGE: usize = 4096;
const SECTOR: usize = 512;

/// The bytes of a disk. Cheap to clone: pages are shared.
#[derive(Debug, Clone, Default)]
pub struct Image {
    pages: HashMap<u64, Arc<[u8; PAGE]>>,
    len: u64,
}

impl Image {
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether a write would need space that was never written before.
    fn needs_space(&self, offset: u64, len: usize) -> bool {
        let pages = offset / PAGE as u64..(offset + len as u64).div_ceil(PAGE as u64);
        pages.into_iter().any(|page| !self.pages.contains_key(&page))
    }

    pub fn write(&mut self, offset: u64, data: &[u8]) {
        let mut at = 0;
        while at < data.len() {
            let place = offset + at as u64;
            let (page, within) = (place / PAGE as u64, (place % PAGE as u64) as usize);
            let count = (PAGE - within).min(data.len() - at);
            let bytes = Arc::make_mut(self.pages.entry(page).or_insert_with(|| Arc::new([0; PAGE])));
            bytes[within..within + count].copy_from_slice(&data[at..at + count]);
            at += count;
        }
        self.len = self.len.max(offset + data.len() as u64);
    }

    pub fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if offset + out.len() as u64 > self.len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut at = 0;
        while at < out.len() {
            let place = offset + at as u64;
            let (page, within) = (place / PAGE as u64, (place % PAGE as u64) as usize);
            let count = (PAGE - within).min(out.len() - at);
            match self.pages.get(&page) {
                Some(bytes) => out[at..at + count].copy_from_slice(&bytes[within..within + count]),
                None => out[at..at + count].fill(0),
            }
            at += count;
        }
        Ok(())
    }

    pub fn set_len(&mut self, len: u64) {
        self.pages.retain(|page, _| page * (PAGE as u64) < len);
        let (last, within) = (len / PAGE as u64, (len % PAGE as u64) as usize);
        if let Some(bytes) = self.pages.get_mut(&last) {
            Arc::make_mut(bytes)[within..].fill(0);
        }
        self.len = len;
    }
}

/// What reached the disk's queue.
#[derive(Debug, Clone)]
pub enum Op {
    Write(u64, Arc<[u8]>),
    SetLen(u64),
    Sync,
    /// A sync that failed: the kernel counts what was written before as done, and whether it is, nobody knows.
    LostSync,
}

/// What a call answers instead of doing its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The disk is full: half of a write that needs new space is done. Overwriting goes on, and so do syncs.
    NoSpace,
    /// An error of the device: half of a write is done, a sync has lost something.
    Device,
}

#[derive(Debug, Default)]
struct State {
    image: Image,
    log: Vec<Op>,
    session: usize,
    calls: usize,
    /// The process dies at this many more writes, lengthenings and syncs.
    dies_in: Option<usize>,
    /// From which call on calls fail, and how; a full disk stays full, a device fails once.
    fails: Option<(usize, Failure)>,
}

/// The disk, which outlives the processes that use it.
#[derive(Debug, Clone, Default)]
pub struct Disk(Arc<Mutex<State>>);

impl Disk {
    pub fn with(image: Image) -> Self {
        let disk = Self::default();
        disk.0.lock().unwrap().image = image;
        disk
    }

    /// The file as a new process opens it. Earlier processes are dead from now on: their calls fail and do nothing.
    pub fn session(&self) -> Arc<Session> {
        let mut state = self.0.lock().unwrap();
        state.session += 1;
        state.dies_in = None;
        Arc::new(Session { disk: self.clone(), number: state.session })
    }

    pub fn now(&self) -> usize {
        self.0.lock().unwrap().log.len()
    }

    pub fn log(&self) -> Vec<Op> {
        self.0.lock().unwrap().log.clone()
    }

    pub fn image(&self) -> Image {
        self.0.lock().unwrap().image.clone()
    }

    /// Changes the bytes behind the back of whoever has the file open.
    pub fn replace(&self, image: Image) {
        self.0.lock().unwrap().image = image;
    }

    pub fn calls(&self) -> usize {
        self.0.lock().unwrap().calls
    }

    pub fn die_in(&self, changes: usize) {
        self.0.lock().unwrap().dies_in = Some(changes);
    }

    pub fn fail_at(&self, call: usize, failure: Failure) {
        self.0.lock().unwrap().fails = Some((call, failure));
    }

    pub fn mend(&self) {
        self.0.lock().unwrap().fails = None;
    }
}

/// One process's view of the disk.
#[derive(Debug)]
pub struct Session {
    disk: Disk,
    number: usize,
}

impl Session {
    /// Counts a call. An error where the process is dead.
    fn enter(&self, changes: bool) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.disk.0.lock().unwrap();
        match &mut state.dies_in {
            Some(0) if changes => {
                state.session += 1;
                state.dies_in = None;
            }
            Some(left) if changes => *left -= 1,
            _ => {}
        }
        if state.session != self.number {
            return Err(io::Error::other("the process is dead"));
        }
        state.calls += 1;
        Ok(state)
    }
}

impl State {
    /// The failure that is due for the call that was just counted.
    fn failure(&self, needs_space: bool) -> Option<io::Error> {
        match self.fails? {
            // Linux' numbers for a full disk and a failing one.
            (at, Failure::NoSpace) if needs_space && self.calls > at => Some(io::Error::from_raw_os_error(28)),
            (at, Failure::Device) if self.calls == at + 1 => Some(io::Error::from_raw_os_error(5)),
            _ => None,
        }
    }
}

impl BlockFile for Session {
    fn len(&self) -> io::Result<u64> {
        let state = self.enter(false)?;
        state.failure(false).map_or(Ok(state.image.len), Err)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.enter(false)?;
        state.failure(false).map_or_else(|| state.image.read(offset, out), Err)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.enter(true)?;
        let error = state.failure(state.image.needs_space(offset, data.len()));
        let done = if error.is_some() { &data[..data.len() / 2] } else { data };
        state.image.write(offset, done);
        state.log.push(Op::Write(offset, done.into()));
        error.map_or(Ok(()), Err)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.enter(true)?;
        if let Some(error) = state.failure(false) {
            return Err(error);
        }
        state.image.set_len(len);
        state.log.push(Op::SetLen(len));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.enter(true)?;
        let error = state.failure(false);
        state.log.push(if error.is_some() { Op::LostSync } else { Op::Sync });
        error.map_or(Ok(()), Err)
    }
}

/// What a power cut does to what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Nothing of it is there.
    Drop,
    /// All of it is there.
    Keep,
    /// Each write is there or not.
    Reorder,
    /// The first ones are there.
    Prefix,
    /// Each sector of 512 bytes is there or not.
    Tear,
    /// As `Tear`, and some sectors hold neither old nor new.
    GarbageSectors,
    /// As `Reorder`, and some blocks of 4 KiB hold neither old nor new.
    GarbagePages,
}

pub const CUTS: [Cut; 7] =
    [Cut::Drop, Cut::Keep, Cut::Reorder, Cut::Prefix, Cut::Tear, Cut::GarbageSectors, Cut::GarbagePages];

/// Goes through a log and builds what a power cut leaves.
pub struct Replay<'a> {
    log: &'a [Op],
    durable: Image,
    pending: Vec<&'a Op>,
    at: usize,
}

impl<'a> Replay<'a> {
    pub fn new(start: Image, log: &'a [Op]) -> Self {
        Self { log, durable: start, pending: Vec::new(), at: 0 }
    }

    /// What is left when power fails before operation `at`; no earlier than the one asked for last.
    pub fn cut(&mut self, at: usize, cut: Cut, rng: &mut Rng) -> Image {
        while self.at < at {
            match &self.log[self.at] {
                Op::Sync => self.pending.drain(..).for_each(|op| apply(&mut self.durable, op, Cut::Keep, true, rng)),
                Op::LostSync => {
                    for op in self.pending.drain(..) {
                        let there = rng.one_in(2);
                        apply(&mut self.durable, op, Cut::Reorder, there, rng);
                    }
                }
                op => self.pending.push(op),
            }
            self.at += 1;
        }
        let mut image = self.durable.clone();
        // Some disks write nearly everything, some nearly nothing.
        let likely = 1 + rng.below(7);
        let prefix = rng.below(self.pending.len() + 1);
        for (nth, op) in self.pending.iter().enumerate() {
            let there = match cut {
                Cut::Drop => false,
                Cut::Keep => true,
                Cut::Prefix => nth < prefix,
                _ => rng.below(8) < likely,
            };
            apply(&mut image, op, cut, there, rng);
        }
        image
    }
}

fn apply(image: &mut Image, op: &Op, cut: Cut, there: bool, rng: &mut Rng) {
    let (offset, data) = match op {
        Op::Write(offset, data) => (*offset, data),
        Op::SetLen(len) => {
            if there {
                image.set_len(*len);
            }
            return;
        }
        Op::Sync | Op::LostSync => return,
    };
    match cut {
        Cut::Tear | Cut::GarbageSectors => {
            let torn = rng.one_in(2);
            for (nth, sector) in data.chunks(SECTOR).enumerate() {
                let place = offset + (nth * SECTOR) as u64;
                if cut == Cut::GarbageSectors && rng.one_in(12) {
                    image.write(place, &rng.bytes(sector.len()));
                } else if if torn { rng.one_in(2) } else { there } {
                    image.write(place, sector);
                }
            }
        }
        Cut::GarbagePages if rng.one_in(8) => {
            for (nth, page) in data.chunks(PAGE).enumerate() {
                let bytes = if rng.one_in(2) { rng.bytes(page.len()) } else { page.to_vec() };
                image.write(offset + (nth * PAGE) as u64, &bytes);
            }
        }
        _ if there => image.write(offset, data),
        _ => {}
    }
}
