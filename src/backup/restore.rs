//! Brings a store back: built beside the old one, checked, and put in its place; the old one is kept.
//!
//! A restore that is cut off leaves the old store as it was, until the new one is whole; from then on the next opening
//! finishes what is left (`store/restoring.rs`).

use std::{
    fmt::Display,
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::{
    error::{Error, Result},
    store::{
        self, Blobs, Locked, Options, Progress, Restoring, Upgrade,
        slots::{Cost, Opener, Slots},
    },
    types::Timestamp,
};

use super::{
    Named, Place,
    format::{self, Head, Inside, whole},
    places,
    prove::{Reader, compare, fetch_blob, fetch_store, read},
};

/// What was brought back.
#[derive(Debug)]
pub struct Restored {
    /// The backup.
    pub name: String,
    /// When it was made.
    pub made: Timestamp,
    /// Which version of HEC made it.
    pub version: String,
    /// Photos and other files, in all sizes.
    pub blobs: usize,
    /// Bytes in all.
    pub bytes: u64,
    /// Where the old store lies, if there was one.
    pub kept: Option<PathBuf>,
}

/// So many other backups are named where one can't be taken.
const TOLD: usize = 3;

/// The backup of this name, or the newest.
///
/// # Errors
/// `Refused` where there is none, saying where it was looked and what there is; or where none can be read.
pub fn find(place: &Place, name: Option<&str>) -> Result<Head> {
    if let Some(name) = name
        && let Some(head) = place.get(&format::head_path(name))?
    {
        let head = Head::from_bytes(&head);
        return head.map_err(|error| on(place, format::number_of(name), Error::Refused(format!("{name}: {error}"))));
    }
    let (heads, damaged) = format::heads(place)?;
    if let (Some(name), false) = (name, heads.is_empty()) {
        let (place, address) = (place.name(), place.address());
        let others = names(&heads);
        return Err(Error::Refused(format!("{place}: there is no backup {name} in {address}; there are {others}")));
    }
    if let Some(name) = damaged.last() {
        tracing::warn!(name, "the head of a backup is damaged; the newest of the others is taken");
    }
    match (heads.into_iter().next(), damaged.iter().max_by_key(|name| format::number_of(name))) {
        (Some(head), _) => Ok(head),
        (None, None) => Err(places::none(place)),
        (None, Some(name)) => {
            let refused = |why: &dyn Display| Err(Error::Refused(format!("{}: {name}: {why}", place.name())));
            match Head::from_bytes(&whole(place, &format::head_path(name))?) {
                Err(error) => refused(&error),
                Ok(head) => refused(&format!("its head is that of the backup {}", head.name)),
            }
        }
    }
}

/// A refusal that goes on: that nothing was changed, and what else can be tried. Any other error as it is.
fn on(place: &Place, number: Option<u64>, error: Error) -> Error {
    let Error::Refused(why) = error else { return error };
    let what = if place.has_failed() {
        "try again, or another place".to_owned()
    } else {
        let older = format::heads(place).map(|(heads, _)| heads).unwrap_or_default();
        let older: Vec<Head> = older.into_iter().filter(|head| Some(head.number) < number).collect();
        match older.as_slice() {
            [] => "no older one lies there; try another place".to_owned(),
            _ => format!("try an older one with --backup ({}), or another place", names(&older)),
        }
    };
    Error::Refused(format!("{why}. Nothing here was changed: {what}"))
}

/// The names of backups, the newest first; not of very many.
fn names(heads: &[Head]) -> String {
    let names: Vec<&str> = heads.iter().take(TOLD).map(|head| head.name.as_str()).collect();
    let more = heads.len().saturating_sub(TOLD);
    if more == 0 { names.join(", ") } else { format!("{}, and {more} more", names.join(", ")) }
}

/// What is brought back, and who opens it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Where the backup lies.
    pub place: &'a Place,
    /// Its head.
    pub head: &'a Head,
    /// What opens one of its key slots.
    pub opener: &'a Opener,
    /// What opens the store from then on, beside that.
    pub also: Option<&'a Opener>,
}

/// Whether a backup is one that this version, in this environment, can bring back.
///
/// # Errors
/// `Refused`, naming the version that is needed.
pub(super) fn fits(head: &Head, inside: &Inside, options: &Options) -> Result<()> {
    if inside.schema as usize > options.migrations.len() {
        return Err(Error::Refused(format!(
            "the backup {} was made by HEC {}, and this is {}: install that version or a later one",
            head.name,
            head.version,
            env!("CARGO_PKG_VERSION")
        )));
    }
    if inside.environment != options.environment.as_str() {
        return Err(Error::Refused(format!(
            "the backup {} is of a store for {}, and this is {}",
            head.name,
            inside.environment,
            options.environment.as_str()
        )));
    }
    Ok(())
}

/// Brings a store back into a folder, which may hold one already.
///
/// # Errors
/// `Refused` where the opener is wrong, the backup is damaged or was made by a later version, or a server has the folder;
/// `Full`. The folder is then as it was.
pub fn restore(
    source: Source,
    folder: &Path,
    options: Options,
    named: Named,
    progress: &mut Progress,
) -> Result<Restored> {
    let Source { place, opener, also, .. } = source;
    let key = source.head.unlock(opener)?;
    let number = Some(source.head.number);
    let on = |error| on(place, number, error);
    let (head, inside, list) = read(place, &source.head.name, &key).map_err(on)?;
    fits(&head, &inside, &options)?;
    let bytes = head.store_len + list.blobs.iter().map(|blob| blob.bytes).sum::<u64>();
    let restoring = Restoring::begin(folder)?;
    // The rows lie there twice for a moment: see `check`.
    store::leave_room(folder, bytes + head.store_len)?;
    let new = restoring.new_folder();
    let (total, mut done) = (bytes.max(1), 0);
    fetch_store(place, &head, &list, &store::rows_in(new), &mut |part, of| {
        progress(head.store_len * part / of.max(1), total);
    })
    .map_err(on)?;
    done += head.store_len;
    progress(done, total);
    let mut slots = Slots::from_bytes(&head.slots)?;
    if !slots.save(new)? {
        return Err(Error::broken("the key slots could not be made durable"));
    }
    let blobs = Blobs::open(new.join("blobs"))?;
    for blob in &list.blobs {
        let path = blobs.sealed_file(blob.id);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        fetch_blob(place, blob, &mut |part| Ok(file.write_all(part)?)).map_err(on)?;
        file.sync_all()?;
        done += blob.bytes;
        progress(done, total);
    }
    blobs.sync()?;
    let reader = Reader { key: &key, named, now: options.clock.now() };
    check(new, reader, &inside, &list, also, options).map_err(on)?;
    let kept = restoring.finish()?;
    let Head { name, made, version, .. } = head;
    Ok(Restored { name, made, version, blobs: list.blobs.len(), bytes, kept })
}

/// Compares the new store with what was written, opens it as a server would, and authenticates every blob.
fn check(
    new: &Path,
    reader: Reader,
    inside: &Inside,
    list: &format::List,
    also: Option<&Opener>,
    options: Options,
) -> Result<()> {
    // A copy is compared, since looking into one may write to it.
    let copy = new.join("compared");
    fs::copy(store::rows_in(new), &copy)?;
    let compared = compare(&copy, reader, inside, list);
    drop(fs::remove_file(&copy));
    compared?;
    // The backup itself is the copy that would come before an upgrade.
    let options = Options { upgrade: Upgrade::AtOnce, ..options };
    let opened = Locked::find(new)?.open(reader.key.clone(), options)?;
    let checked = || {
        for blob in opened.db.read(reader.named)? {
            opened.blobs.check(&blob)?;
        }
        match also {
            Some(also) if opened.vault.check(also).is_err() => opened.vault.add_slot(also, Cost::STANDARD).map(drop),
            _ => Ok(()),
        }
    };
    let checked = checked();
    opened.db.close();
    checked
}
