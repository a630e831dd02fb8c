//! A backup that is put together beside a store that is in use, opened, and brought up to date: so that something can be
//! taken out of it. Nothing of the store itself is touched; what was put together goes when it is dropped, or at the
//! store's next opening.

use std::{
    collections::HashMap,
    io::Write,
    path::{Path, PathBuf},
};

use crate::{
    error::{Error, Result},
    store::{self, Blob, Blobs, Locked, Options, Progress, Store, TableSum, Upgrade, sealed::DataKey, slots::Slots},
};

use super::{
    Named, Place,
    format::{BlobSum, Head, List},
    prove::{Reader, compare, fetch_blob, fetch_store, read},
    restore::fits,
};

/// Memory for the pages of what was put together, in bytes.
const CACHE: usize = 8 << 20;

/// A backup, opened.
pub struct Taken {
    /// Its head.
    pub head: Head,
    /// Its rows, at the schema of this version.
    pub store: Store,
    /// What its tables hold.
    pub tables: Vec<TableSum>,
    list: List,
    folder: PathBuf,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.store.db.close();
        if let Err(error) = store::clear_incoming(&self.folder) {
            tracing::warn!(%error, "a backup that was put together could not be removed; the next start does it");
        }
    }
}

impl Taken {
    /// Puts the rows of a backup together in the folder of the store that is in use, compares them with what was written,
    /// and opens them. One at a time.
    ///
    /// # Errors
    /// `Refused` where the backup is damaged, or is of a later version or of another environment; `Full` where there is no
    /// room for its rows.
    pub fn open(
        place: &Place,
        name: &str,
        key: &DataKey,
        folder: &Path,
        options: Options,
        named: Named,
        progress: &mut Progress,
    ) -> Result<Self> {
        let (head, inside, list) = read(place, name, key)?;
        fits(&head, &inside, &options)?;
        store::leave_room(folder, head.store_len)?;
        let incoming = store::make_incoming(folder)?;
        let mut opened = || {
            let file = store::rows_in(&incoming);
            fetch_store(place, &head, &list, &file, &mut |done, of| progress(done, of + 1))?;
            compare(&file, Reader { key, named, now: options.clock.now() }, &inside, &list)?;
            if !Slots::from_bytes(&head.slots)?.save(&incoming)? {
                return Err(Error::broken("the key slots could not be made durable"));
            }
            // The backup itself is the copy that would come before an upgrade.
            let options = Options { cache: CACHE, upgrade: Upgrade::AtOnce, ..options.clone() };
            let opened = Locked::find(&incoming)?.open(key.clone(), options)?;
            let tables = opened.vault.sums().inspect_err(|_| opened.db.close())?;
            progress(1, 1);
            Ok((opened, tables))
        };
        match opened() {
            Ok((store, tables)) => Ok(Self { head, store, tables, list, folder: folder.to_owned() }),
            Err(error) => {
                drop(store::clear_incoming(folder));
                Err(error)
            }
        }
    }

    /// Brings blobs into a store, each authenticated before it gets its name. Gives the bytes that were written. For
    /// whoever holds sweeps until rows name them.
    ///
    /// # Errors
    /// `Refused` where one is missing or not what was written; `Full`. What was brought by then is swept later.
    pub fn bring(&self, place: &Place, wanted: &[Blob], into: &Blobs, progress: &mut Progress) -> Result<u64> {
        let listed: HashMap<_, &BlobSum> = self.list.blobs.iter().map(|blob| (blob.id, blob)).collect();
        let total = wanted.iter().map(Blobs::sealed_len).sum::<u64>().max(1);
        let (mut done, mut written) = (0, 0);
        for blob in wanted {
            let missing = || Error::Refused(format!("{}: the blob {} is not in the list", place.name(), blob.id));
            let sum = *listed.get(&blob.id).ok_or_else(missing)?;
            let brought = into.bring(blob, |file| fetch_blob(place, sum, &mut |part| Ok(file.write_all(part)?)));
            written += if brought? { sum.bytes } else { 0 };
            done += sum.bytes;
            progress(done.min(total), total);
        }
        into.sync()?;
        Ok(written)
    }
}
