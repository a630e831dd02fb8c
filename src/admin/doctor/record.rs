//! The store: its rows, its keys, its pictures.

use std::{
    io::Write,
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

use super::{Check, DAMAGED, EXAMINE, State, WHOLE, megabytes};

/// Whether the rows can be read, and what they lie in.
pub fn rows(store: &Store) -> Check {
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

/// What opens the store.
pub fn keys(store: &Store) -> Check {
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

/// Whether every block authenticates. One that is bad holds no row where the `tree` is whole: what was being written when
/// the power went, or the process was killed, may leave such.
pub fn blocks(store: &Store, tree: &Check) -> Check {
    match store.vault.deep_check() {
        Ok(found) if found.bad.is_empty() => Check::ok("blocks", format!("all {} authenticate", found.blocks)),
        Ok(found) => {
            let some = &found.bad[..found.bad.len().min(8)];
            let words = format!("{} of {} are bad: {some:?}", found.bad.len(), found.blocks);
            match tree.state {
                State::Ok => Check::warn("blocks", format!("{words}. None of them holds a row")).mend(
                    "nothing is lost. `hec key rotate` leaves them out; if there are more each time, look at the disk",
                ),
                State::Warn => Check::fail("blocks", format!("{words}. Whether one of them holds a row is not known"))
                    .mend("see why the tree could not be looked at, and look again"),
                State::Fail => Check::fail("blocks", words).mend("restore a backup"),
            }
        }
        Err(error) => Check::fail("blocks", error.to_string()),
    }
}

/// Whether the tree of the rows is whole.
pub fn tree(store: &Store) -> Check {
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

/// Whether every file that a row names is there.
pub fn pictures(store: &Store, deep: bool, progress: &mut Progress) -> Check {
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
