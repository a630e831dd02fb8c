//! A copy of a store in its own folder, made before migrations change its rows: `before-upgrade-N`.
//!
//! It is a store's folder like any other, which the version of before opens: the sealed file as a snapshot that was
//! opened and compared, the key slots, and the blobs as hard links, which take no room. It grows under another name, so
//! that one that was cut off is never taken for a whole one.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    error::{Error, Result},
    types::Timestamp,
};

use super::{
    Due, Store, TableSum, backend, look_into,
    place::{FILE, sync_folder},
    restoring::REPLACED,
    sealed::DataKey,
    slots::{NAMES, Slots},
};

/// A copy that grows.
const GROWING: &str = "before-upgrade.new";
/// What stands before the number of one that is whole.
const WHOLE: &str = "before-upgrade-";
/// In it, what it is.
const NOTE: &str = "about.toml";
/// What goes on in these tables is remembered of copies themselves: it tells no two states of a record apart.
const OF_COPIES: &str = "backup_";

/// A copy that was made before an upgrade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Its folder.
    pub path: PathBuf,
    /// When it was made.
    pub made: Timestamp,
    /// The version of HEC that opens it.
    pub version: String,
}

#[derive(Serialize, Deserialize)]
struct Note {
    /// Milliseconds since 1970.
    made: i64,
    schema: u32,
    written_by: String,
}

/// Makes a copy of an open store, whose migrations are due, in its own folder, and proves it. One that holds the very
/// same already is as good. Gives its folder.
///
/// # Errors
/// `Full` where there is no room for the rows; `Refused` where the copy does not hold what the store holds; `Internal`.
/// Then there is none.
pub fn set_aside(store: &Store, due: &Due) -> Result<PathBuf> {
    let (folder, sums) = (store.vault.folder(), store.vault.sums()?);
    let key = store.vault.key();
    let now = store.db.clock().now();
    if let Some(last) = copies(folder).pop()
        && holds(&last.path.join(FILE), &key, now).is_ok_and(|held| same(&held, &sums))
    {
        // From now on it is kept for as long as a new one.
        if let Err(error) = note(&last.path, due, now) {
            tracing::warn!(%error, "the copy of before is there, and stays as if it were older");
        }
        return Ok(last.path);
    }
    let new = folder.join(GROWING);
    remove(&new)?;
    DirBuilder::new().mode(0o700).create(&new)?;
    let number = (1..10_000).find(|number| !folder.join(format!("{WHOLE}{number}")).exists());
    let number =
        number.ok_or_else(|| Error::Refused("too many copies lie beside the store: remove some".to_owned()))?;
    let made = store.vault.with_copied(|copy, copied| {
        fs::rename(copy, new.join(FILE))?;
        if !Slots::from_bytes(&copied.slots)?.save(&new)? {
            return Err(Error::broken("the key slots could not be made durable"));
        }
        take_along(&folder.join("blobs"), &new.join("blobs"), folder)?;
        if !same(&holds(&new.join(FILE), &key, now)?, &sums) {
            return Err(Error::Refused("the copy does not hold what the record holds".to_owned()));
        }
        // What was opened was written to.
        File::open(new.join(FILE))?.sync_all()?;
        note(&new, due, now)?;
        sync_folder(&new)?;
        Ok(())
    });
    let whole = folder.join(format!("{WHOLE}{number}"));
    let kept = made.and_then(|()| {
        fs::rename(&new, &whole)?;
        Ok(sync_folder(folder)?)
    });
    match kept {
        Ok(()) => Ok(whole),
        Err(error) => {
            drop(remove(&new));
            Err(error)
        }
    }
}

/// The copies in a store's folder, the oldest first.
pub fn copies(folder: &Path) -> Vec<Aside> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let named = entry.file_name().to_string_lossy().starts_with(WHOLE);
        if let Some(note) = named.then(|| read_note(&path)).flatten() {
            found.push(Aside { path, made: Timestamp::from_millis(note.made), version: note.written_by });
        }
    }
    found.sort_by_key(|aside| (aside.made, aside.path.clone()));
    found
}

/// Whether a folder is such a copy, or a store that a restore has put aside.
pub fn is_aside(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    folder.join(FILE).is_file() && (read_note(folder).is_some() || name.starts_with(REPLACED))
}

/// Removes a copy.
///
/// # Errors
/// The disk's.
pub fn forget(aside: &Aside) -> Result<()> {
    // Under the name of one that grows: half a copy is none, and is cleared up whatever happens.
    let gone = aside.path.with_file_name(GROWING);
    remove(&gone)?;
    fs::rename(&aside.path, &gone)?;
    remove(&gone)
}

/// Clears up what was left of a copy that was cut off while it was made or removed.
///
/// # Errors
/// The disk's.
pub(super) fn clear(folder: &Path) -> Result<()> {
    remove(&folder.join(GROWING))
}

/// Puts what a copy holds into another folder, blobs as links where that folder is on the same disk.
///
/// # Errors
/// `Full`; `Refused` where something is not what it was; the disk's.
pub(super) fn bring(aside: &Path, to: &Path) -> Result<()> {
    backend::check_space(to, fs::metadata(aside.join(FILE))?.len())?;
    for name in [FILE].into_iter().chain(NAMES) {
        if aside.join(name).exists() {
            copy_file(&aside.join(name), &to.join(name))?;
        }
    }
    take_along(&aside.join("blobs"), &to.join("blobs"), to)?;
    Ok(sync_folder(to)?)
}

fn same(one: &[TableSum], other: &[TableSum]) -> bool {
    // A write that was undone may leave a table without rows.
    let told = |table: &&TableSum| table.rows > 0 && !table.name.starts_with(OF_COPIES);
    one.iter().filter(told).eq(other.iter().filter(told))
}

fn holds(file: &Path, key: &DataKey, now: Timestamp) -> Result<Vec<TableSum>> {
    Ok(look_into(file, key, now, |_| Ok(()))?.0)
}

fn note(new: &Path, due: &Due, now: Timestamp) -> Result<()> {
    let note = Note { made: now.millis(), schema: due.from, written_by: due.written_by.clone() };
    let text = toml::to_string(&note).map_err(Error::internal)?;
    let words = format!(
        "# The record as it was on {now}, before HEC {} changed how its rows are kept. HEC {} opens it; the chapter\n\
         # \"Upgrading and going back\" of the README says how. HEC removes this folder by itself after some weeks.\n{text}",
        env!("CARGO_PKG_VERSION"),
        due.written_by
    );
    let (path, growing) = (new.join(NOTE), new.join(NOTE).with_extension("new"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&growing)?;
    file.write_all(words.as_bytes())?;
    file.sync_all()?;
    fs::rename(growing, path)?;
    Ok(sync_folder(new)?)
}

fn read_note(folder: &Path) -> Option<Note> {
    toml::from_str(&fs::read_to_string(folder.join(NOTE)).ok()?).ok()
}

/// Takes every blob along: as a link, and where the file system has none, as a copy that was read back.
fn take_along(from: &Path, to: &Path, folder: &Path) -> Result<()> {
    DirBuilder::new().mode(0o700).create(to)?;
    if !from.exists() {
        return Ok(());
    }
    let mut linked = true;
    for shard in fs::read_dir(from)? {
        let shard = shard?;
        if !shard.file_type()?.is_dir() {
            continue;
        }
        let below = to.join(shard.file_name());
        DirBuilder::new().mode(0o700).create(&below)?;
        for file in fs::read_dir(shard.path())? {
            let (path, name) = file.map(|file| (file.path(), file.file_name()))?;
            if path.extension().is_some() {
                continue;
            }
            let target = below.join(name);
            if linked && fs::hard_link(&path, &target).is_ok() {
                continue;
            }
            if linked {
                backend::check_space(folder, size_of(from)?)?;
                linked = false;
            }
            copy_file(&path, &target)?;
        }
        sync_folder(&below)?;
    }
    Ok(sync_folder(to)?)
}

fn size_of(blobs: &Path) -> io::Result<u64> {
    let mut size = 0;
    for shard in fs::read_dir(blobs)? {
        for file in fs::read_dir(shard?.path()).into_iter().flatten() {
            size += file?.metadata()?.len();
        }
    }
    Ok(size)
}

/// Copies a file, and reads the copy back.
fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    io::copy(&mut File::open(from)?, &mut file)?;
    file.sync_all()?;
    if sum(from)? == sum(to)? {
        Ok(())
    } else {
        Err(Error::Refused(format!("{} is not what was written", to.display())))
    }
}

fn sum(path: &Path) -> io::Result<[u8; 32]> {
    let (mut file, mut sum, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(sum.finalize().into()),
            length => sum.update(buffer.get(..length).unwrap_or_default()),
        }
    }
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// The bytes that a copy takes: of the rows, and of the photos where the disk has no hard links.
///
/// # Errors
/// The disk's.
pub fn room_needed(folder: &Path) -> Result<u64> {
    let (file, link) = (folder.join(FILE), folder.join("before-upgrade.link"));
    let links = fs::hard_link(&file, &link).is_ok();
    drop(fs::remove_file(&link));
    let photos = if links { 0 } else { size_of(&folder.join("blobs")).unwrap_or_default() };
    Ok(fs::metadata(file)?.len() + photos + backend::RESERVE)
}
