//! Writing the store into a new file that takes the old one's place: under another key, or without what was given up.
//!
//! The new file grows under another name, is synced and opened, and is renamed over the old one; a crash before the
//! renaming leaves the old file, one after it the new. Writers wait meanwhile; readers go on, those that began before
//! on the old file.

use std::{fs, io, path::Path, sync::Arc};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};

use crate::error::{Error, Result};

use super::{
    backend::{check_space, create_locked, refusal},
    db::Shared,
    place::{NEXT, sync_folder},
    sealed::{Cipher, DataKey, DiskFile, SealedFile},
};

/// So many bytes of rows go into one transaction of the new file.
const BATCH: usize = 4 << 20;

/// Told of how much is done: so much of so much.
pub type Progress = Box<dyn FnMut(u64, u64) + Send>;

/// Writes everything anew under another key. Gives how many damaged blocks were left out: redb had given them up.
pub(super) fn rekey(shared: &Shared, key: &DataKey, progress: &mut Progress) -> Result<usize> {
    let old = shared.medium.file()?;
    let mut damaged = 0;
    replace(shared, key, |path, disk| {
        let rewritten = old.rewrite_to(disk, key, Cipher::best(), progress);
        let (new, left_out) = rewritten.map_err(|error| refusal(path, error))?;
        damaged = left_out.len();
        if damaged > 0 && !shared.medium.database(&new)?.check_integrity().map_err(Error::internal)? {
            return Err(Error::Refused(format!(
                "{damaged} blocks of the store are damaged, and rows are lost with them: nothing was changed. \
                 Restore a backup first; `hec doctor --deep` says more"
            )));
        }
        Ok(new)
    })?;
    Ok(damaged)
}

/// Writes every row anew, without the room that deleted ones have left. Gives the bytes of the file before and after.
pub(super) fn compact(shared: &Shared, progress: &mut Progress) -> Result<(u64, u64)> {
    let (key, before) = (shared.medium.key(), size(shared)?);
    let old = shared.redb()?;
    replace(shared, &key, |path, disk| {
        let new = SealedFile::create(disk, &key, Cipher::best()).map_err(|error| refusal(path, error))?;
        copy(&old, &shared.medium.database(&new)?, progress)?;
        Ok(new)
    })?;
    Ok((before, size(shared)?))
}

fn size(shared: &Shared) -> Result<u64> {
    Ok(fs::metadata(shared.medium.path())?.len())
}

/// Makes a file, and renames it over the store's.
fn replace(
    shared: &Shared,
    key: &DataKey,
    fill: impl FnOnce(&Path, Arc<DiskFile>) -> Result<SealedFile>,
) -> Result<()> {
    let path = shared.medium.path();
    let folder = path.parent().unwrap_or(path);
    check_space(folder, size(shared)?)?;
    let temporary = folder.join(NEXT);
    remove(&temporary)?;
    let made = create_locked(&temporary).map(Arc::new).map_err(|error| refusal(&temporary, error)).and_then(|disk| {
        let file = fill(&temporary, disk.clone())?;
        let redb = shared.medium.database(&file)?;
        fs::rename(&temporary, path)?;
        Ok((disk, file, redb))
    });
    match made {
        Ok((disk, file, redb)) => {
            // From here on the new file is the store. Should the sync fail, a power cut may yet bring the old one back:
            // then it takes no writes until an opening has succeeded with the sync.
            shared.medium.replace(&disk, file, key.clone());
            shared.put(redb);
            let synced = sync_folder(folder);
            if synced.is_err() {
                shared.medium.retire();
            }
            Ok(synced?)
        }
        Err(error) => {
            drop(remove(&temporary));
            Err(error)
        }
    }
}

/// Removes what a rewriting that was cut off has left.
pub(super) fn remove(temporary: &Path) -> Result<()> {
    match fs::remove_file(temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Copies every table, in the order of its keys: the pages of the new file are full, and none is free.
fn copy(old: &Database, new: &Database, progress: &mut Progress) -> Result<()> {
    let from = old.begin_read().map_err(Error::internal)?;
    let names: Vec<String> =
        from.list_tables().map_err(Error::internal)?.map(|table| table.name().to_owned()).collect();
    for (done, name) in names.iter().enumerate() {
        progress(done as u64, names.len() as u64);
        let definition = TableDefinition::<&[u8], &[u8]>::new(name);
        let rows = from.open_table(definition).map_err(Error::internal)?;
        let mut rows = rows.iter().map_err(Error::internal)?.peekable();
        // Once even for an empty table.
        loop {
            let mut to = new.begin_write().map_err(Error::internal)?;
            to.set_quick_repair(true);
            {
                let mut table = to.open_table(definition).map_err(Error::internal)?;
                let mut bytes = 0;
                while bytes < BATCH
                    && let Some(row) = rows.next()
                {
                    let (key, value) = row.map_err(Error::internal)?;
                    bytes += key.value().len() + value.value().len();
                    table.insert(key.value(), value.value()).map_err(Error::internal)?;
                }
            }
            to.commit().map_err(Error::internal)?;
            if rows.peek().is_none() {
                break;
            }
        }
    }
    progress(names.len() as u64, names.len() as u64);
    Ok(())
}
