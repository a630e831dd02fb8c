//! Putting another store in the place of one, so that a crash at any moment leaves the old one or the new one, whole.
//!
//! The new store grows in `restoring/`, inside the store's own folder: that may be a mount of its own. Once it is whole,
//! `restoring` is renamed to `restored`, and from that moment on it counts: what is left is to move the old files into a
//! folder beside, and the new ones to their places, one after the other; whoever opens the store next goes on where that
//! was cut off.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::error::{Error, Result};

use super::{
    Locked, Options, Upgrade, aside,
    place::{FILE, lock, make, sync_folder},
    slots::{Cost, NAMES, Opener},
};

/// What stands before the number of the folder of a store that another has replaced.
pub(super) const REPLACED: &str = "before-restore-";
/// The new store while it grows.
const GROWING: &str = "restoring";
/// The same once it counts.
const WHOLE: &str = "restored";
/// In it, the name of the folder that the old store moves to.
const BEFORE: &str = "before";

/// The file of rows in a folder.
pub fn rows_in(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Whether a new store waits for its place.
pub(super) fn is_pending(folder: &Path) -> bool {
    folder.join(WHOLE).exists()
}

/// A store that is being brought back. Whoever drops it unfinished leaves the folder as it was.
pub struct Restoring {
    folder: PathBuf,
    new: PathBuf,
    finished: bool,
    _lock: Arc<File>,
}

impl Restoring {
    /// Takes hold of a folder, which may hold a store, and makes room beside it.
    ///
    /// # Errors
    /// `Refused` where another process has it.
    pub fn begin(folder: &Path) -> Result<Self> {
        make(folder)?;
        let lock = Arc::new(lock(folder)?);
        finish(folder)?;
        let new = folder.join(GROWING);
        if new.exists() {
            fs::remove_dir_all(&new)?;
        }
        DirBuilder::new().mode(0o700).create(&new)?;
        Ok(Self { folder: folder.to_owned(), new, finished: false, _lock: lock })
    }

    /// Where the new store grows.
    pub fn new_folder(&self) -> &Path {
        &self.new
    }

    /// Puts the new store in its place. Gives the folder of the old one, if there was one.
    ///
    /// # Errors
    /// Where the disk fails; then the old store is where it was, or the next opening goes on.
    pub fn finish(mut self) -> Result<Option<PathBuf>> {
        let old = parts().any(|name| self.folder.join(name).exists());
        let before = (1..10_000)
            .map(|number| format!("{REPLACED}{number}"))
            .find(|name| !self.folder.join(name).exists())
            .ok_or_else(|| Error::Refused("too many old stores lie beside this one: remove some".to_owned()))?;
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(self.new.join(BEFORE))?;
        file.write_all(before.as_bytes())?;
        file.sync_all()?;
        sync_folder(&self.new)?;
        fs::rename(&self.new, self.folder.join(WHOLE))?;
        self.finished = true;
        sync_folder(&self.folder)?;
        finish(&self.folder)?;
        Ok(old.then(|| self.folder.join(before)))
    }
}

/// Removes what a restore that was killed has left of a store that never counted. The folder is the caller's alone.
///
/// # Errors
/// The disk's.
pub(super) fn clear(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder.join(GROWING)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Drop for Restoring {
    fn drop(&mut self) {
        if !self.finished {
            drop(fs::remove_dir_all(&self.new));
        }
    }
}

/// The folders of stores that others have replaced.
pub fn replaced(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let replaced = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(REPLACED));
    replaced.map(|entry| entry.path()).collect()
}

/// Goes on with a change of stores that was cut off, if there is one. For whoever holds the folder's lock.
pub(super) fn finish(folder: &Path) -> Result<()> {
    let whole = folder.join(WHOLE);
    if !whole.exists() {
        return Ok(());
    }
    let named = match fs::read_to_string(whole.join(BEFORE)) {
        Ok(named) => named,
        // Everything has moved; the note goes last.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(fs::remove_dir_all(&whole)?),
        Err(error) => return Err(error.into()),
    };
    let before = folder.join(&named);
    for name in parts() {
        let (new, place) = (whole.join(name), folder.join(name));
        if !new.exists() {
            continue;
        }
        if place.exists() {
            if !before.exists() {
                DirBuilder::new().mode(0o700).create(&before)?;
            }
            fs::rename(&place, before.join(name))?;
            sync_folder(&before)?;
        }
        fs::rename(&new, &place)?;
    }
    sync_folder(folder)?;
    fs::remove_file(whole.join(BEFORE))?;
    fs::remove_dir_all(&whole)?;
    Ok(sync_folder(folder)?)
}

/// Puts a copy that was made before an upgrade in the place of a folder's store, which is kept beside. The copy stays.
/// `also` opens the store from then on, too. Gives the folder of the old store, if there was one.
///
/// # Errors
/// `Refused` where the copy does not open with this, or for this version of HEC, or where another process has the
/// folder; `Full`. The folder is then as it was.
pub fn bring_back(
    copy: &Path,
    folder: &Path,
    (opener, also): (&Opener, Option<&Opener>),
    options: Options,
    named: fn(&super::Read) -> Result<Vec<super::Blob>>,
) -> Result<Option<PathBuf>> {
    let restoring = Restoring::begin(folder)?;
    aside::bring(copy, restoring.new_folder())?;
    look(restoring.new_folder(), (opener, also), options, named)?;
    restoring.finish()
}

/// Opens the new store as it is: whoever opens it next, with whichever version, brings it up to date.
fn look(
    new: &Path,
    (opener, also): (&Opener, Option<&Opener>),
    options: Options,
    named: fn(&super::Read) -> Result<Vec<super::Blob>>,
) -> Result<()> {
    let locked = Locked::find(new)?;
    let opened = locked.open(locked.unlock(opener)?, Options { upgrade: Upgrade::Later, ..options })?;
    let checked = || {
        // What names the blobs can be read where the rows are this version's own.
        if opened.vault.due()?.is_none() {
            for blob in opened.db.read(named)? {
                opened.blobs.check(&blob)?;
            }
        }
        // Beside the rows: the version of before reads it like any other.
        also.map_or(Ok(()), |also| opened.vault.add_slot(also, Cost::STANDARD).map(drop))
    };
    let checked = checked();
    opened.db.close();
    checked
}

fn parts() -> impl Iterator<Item = &'static str> {
    [FILE, "blobs"].into_iter().chain(NAMES)
}
