//! What is well with an instance and what is not: the same checks for the command line and, in time, a page.
//!
//! A check has a name that stays, a state, words, and where something can be done about it, what. No check tells
//! anything of a record.

use std::{
    fmt, fs,
    io::Write,
    os::unix::fs::MetadataExt,
    path::Path,
    process::{Command, Stdio},
};

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use crate::{
    entries,
    error::{Error, Result},
    store::{self, Progress, Store, sealed::DataKey, slots::Kind},
};

/// The verb of this program that examines a copy of a store, whose key comes on its standard input.
pub const EXAMINE: &str = "--examine-copy";
/// What it answers.
pub const WHOLE: &str = "whole";
/// What else it may answer.
pub const DAMAGED: &str = "damaged";
/// Below so much free space, in multiples of the store, things like a change of the key will not fit.
const ROOMY: u64 = 3;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, but somebody should look.
    Warn,
    /// It does not work, or soon won't.
    Fail,
}

impl State {
    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone)]
pub struct Check {
    /// What.
    pub name: &'static str,
    /// How it is.
    pub state: State,
    /// The same in words.
    pub found: String,
    /// What to do about it.
    pub mend: Option<String>,
}

impl Check {
    fn new(name: &'static str, state: State, found: impl Into<String>) -> Self {
        Self { name, state, found: found.into(), mend: None }
    }

    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, State::Ok, found)
    }

    fn warn(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, State::Warn, found)
    }

    fn fail(name: &'static str, found: impl Into<String>) -> Self {
        Self::new(name, State::Fail, found)
    }

    fn mend(mut self, what: impl Into<String>) -> Self {
        self.mend = Some(what.into());
        self
    }
}

/// Everything that was looked at.
#[derive(Debug, Clone)]
pub struct Examination {
    well: bool,
    /// One by one.
    pub checks: Vec<Check>,
}

impl Examination {
    fn of(checks: Vec<Check>) -> Self {
        Self { well: checks.iter().all(|check| check.state != State::Fail), checks }
    }

    /// Of a store that can't be opened at all.
    pub fn unopened(why: &Error) -> Self {
        let mend = "do what the words above say";
        Self::of(vec![Check::fail("store", why.to_string()).mend(mend)])
    }

    /// Whether nothing failed.
    pub fn is_well(&self) -> bool {
        self.well
    }
}

impl fmt::Display for Examination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let word = match check.state {
                State::Ok => "ok  ",
                State::Warn => "look",
                State::Fail => "FAIL",
            };
            writeln!(f, "{word}  {:<10} {}", check.name, check.found)?;
            if let Some(mend) = &check.mend {
                writeln!(f, "      {:<10} -> {mend}", "")?;
            }
        }
        let count = |state| self.checks.iter().filter(|check| check.state == state).count();
        match (count(State::Fail), count(State::Warn)) {
            (0, 0) => write!(f, "All is well."),
            (0, looks) => write!(f, "It works; look at {looks}."),
            (fails, _) => write!(f, "Not well: {fails} failed."),
        }
    }
}

/// Looks at an open store. `deep` reads everything, which takes its time: every block, every picture, and a check of
/// the rows' tree in a process of its own, so that what it meets can't end this one.
pub fn examine(store: &Store, deep: bool, progress: &mut Progress) -> Examination {
    let mut checks = vec![the_store(store), the_slots(store), the_disk(store), the_modes(store)];
    if deep {
        checks.push(the_blocks(store));
        checks.push(the_tree(store));
    }
    checks.push(the_pictures(store, deep, progress));
    Examination::of(checks)
}

fn the_store(store: &Store) -> Check {
    let looked = store.vault.sealed().and_then(|sealed| Ok((sealed, store.db.read(store::about)?)));
    match looked {
        Ok((sealed, about)) => Check::ok(
            "store",
            format!(
                "for {}, schema {}, {}, {:?} under key {}, epoch {}",
                about.environment.as_str(),
                about.schema,
                megabytes(sealed.bytes),
                sealed.cipher,
                sealed.key,
                sealed.figures.epoch
            ),
        ),
        Err(error) => Check::fail("store", error.to_string())
            .mend("look at the disk and its cable, then restart HEC; if that does not help, restore a backup"),
    }
}

fn the_slots(store: &Store) -> Check {
    if !store.vault.slots_agree() {
        return Check::fail("keys", "the two copies of the key slots differ, or one is damaged")
            .mend("restart HEC: it mends them as it opens the store");
    }
    let slots = match store.vault.slots() {
        Ok(slots) => slots,
        Err(error) => return Check::fail("keys", error.to_string()),
    };
    let kinds: Vec<_> = slots.iter().map(|slot| slot.kind.as_str()).collect();
    let found = format!("{}; both copies of the slots are good", kinds.join(", "));
    if slots.iter().any(|slot| slot.kind == Kind::Recovery) {
        Check::ok("keys", found)
    } else {
        Check::warn("keys", format!("{found}, but there is no recovery code"))
            .mend("make one, for the day on which every other key is lost: hec key add --recovery")
    }
}

fn the_disk(store: &Store) -> Check {
    let Some((free, reserve)) = store::space(store.vault.folder()) else {
        return Check::warn("disk", "this file system does not tell how much is free");
    };
    let bytes = store.vault.sealed().map_or(0, |sealed| sealed.bytes);
    let found = format!("{} free", megabytes(free));
    if free < reserve {
        Check::fail("disk", format!("{found}: nothing is written any more, reading goes on"))
            .mend(format!("make room, {} at least", megabytes(reserve)))
    } else if free < reserve + ROOMY * bytes {
        Check::warn("disk", format!("{found}: a change of the key may not fit")).mend("make room")
    } else {
        Check::ok("disk", found)
    }
}

fn the_modes(store: &Store) -> Check {
    let open: Vec<_> = files(store.vault.folder()).into_iter().filter(|(_, mode)| mode & 0o077 != 0).collect();
    match open.first() {
        None => Check::ok("modes", "nobody else on this machine can read the folder"),
        Some((path, mode)) => {
            Check::fail("modes", format!("{path} can be reached by others (mode {:03o})", mode & 0o777))
                .mend(format!("chmod go= '{path}'"))
        }
    }
}

/// The folder and what lies in it, with the modes. Inside a folder that others can't enter they reach nothing.
fn files(folder: &Path) -> Vec<(String, u32)> {
    let inside = fs::read_dir(folder).into_iter().flatten().flatten().map(|file| file.path());
    [folder.to_owned()]
        .into_iter()
        .chain(inside)
        .filter_map(|path| Some((path.display().to_string(), fs::symlink_metadata(&path).ok()?.mode())))
        .collect()
}

fn the_blocks(store: &Store) -> Check {
    match store.vault.deep_check() {
        Ok(found) if found.bad.is_empty() => Check::ok("blocks", format!("all {} authenticate", found.blocks)),
        Ok(found) => Check::fail("blocks", format!("{} of {} are bad: {:?}", found.bad.len(), found.blocks, &found.bad[..found.bad.len().min(8)]))
            .mend("if the next check, of the tree, is well, none of them holds a row: `hec key rotate` leaves them out. Otherwise restore a backup"),
        Err(error) => Check::fail("blocks", error.to_string()),
    }
}

fn the_tree(store: &Store) -> Check {
    match store.vault.with_copy(examine_copy) {
        Ok(Some(true)) => Check::ok("tree", "a copy was read from end to end: every page is where it belongs"),
        Ok(Some(false)) => Check::fail("tree", "the rows' tree is damaged").mend("restore a backup"),
        Ok(None) => Check::warn("tree", "not known: the check of a copy ended without an answer")
            .mend("look whether memory is short, then try again; if blocks are bad as well, restore a backup"),
        Err(Error::Full) => {
            Check::warn("tree", "not looked at: there is no room for a copy of the store").mend("make room")
        }
        Err(error) => Check::warn("tree", format!("not looked at: {error}")),
    }
}

/// Has a copy examined in a process of its own. None where that ended without an answer.
fn examine_copy(copy: &Path, key: &DataKey) -> Result<Option<bool>> {
    // This program, even if it was replaced on the disk meanwhile.
    let mut child = Command::new("/proc/self/exe")
        .args(["doctor", EXAMINE])
        .arg(copy)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let key = Zeroizing::new(HEXLOWER.encode(key.as_bytes()));
    // One that has ended already has no answer either.
    drop(child.stdin.take().map(|mut input| input.write_all(key.as_bytes())));
    let output = child.wait_with_output()?;
    Ok(match output.stdout.trim_ascii() {
        answer if answer == WHOLE.as_bytes() => Some(true),
        answer if answer == DAMAGED.as_bytes() => Some(false),
        _ => None,
    })
}

fn the_pictures(store: &Store, deep: bool, progress: &mut Progress) -> Check {
    let named = match store.db.read(entries::named_blobs) {
        Ok(named) => named,
        Err(error) => return Check::fail("pictures", error.to_string()),
    };
    let of = named.len() as u64;
    let mut bad = Vec::new();
    for (done, blob) in (0..).zip(&named) {
        progress(done, of);
        let good = if deep { store.blobs.check(blob).is_ok() } else { store.blobs.reader(blob).is_ok() };
        if !good {
            bad.push(blob.id);
        }
    }
    progress(of, of);
    if !bad.is_empty()
        && let Ok(named) = store.db.read(entries::named_blobs)
    {
        // What was deleted for good meanwhile is nobody's loss.
        bad.retain(|id| named.iter().any(|blob| blob.id == *id));
    }
    match (bad.first(), deep) {
        (None, true) => Check::ok("pictures", format!("all {of} files are there and authenticate")),
        (None, false) => Check::ok("pictures", format!("all {of} files are there")),
        (Some(first), _) => {
            Check::fail("pictures", format!("{} of {of} files are missing or damaged, {first} first", bad.len()))
                .mend("put the folder blobs/ back from a backup: its files never change")
        }
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
