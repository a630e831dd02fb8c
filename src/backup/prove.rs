//! Reads a backup back from its destination, puts its store together, opens it with the key, and compares.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, OpenOptions},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

use sha2::{Digest, Sha256};

use crate::{
    error::{Error, Result},
    store::{self, Progress, look_into, sealed::DataKey},
    types::{BlobId, Timestamp},
};

use super::{
    Named, Place,
    format::{self, BlobSum, Head, Inside, List, Spot, blob_path, pack_path, parts, pieces, whole},
};

/// How much of the blobs is read.
#[derive(Debug, Clone, Copy)]
pub enum Depth<'a> {
    /// These; of the others it is looked whether they are there, with their lengths.
    Fresh(&'a HashSet<BlobId>),
    /// Every one.
    Whole,
}

/// Who reads a backup: with which key, and what its rows name.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// The data key.
    pub key: &'a DataKey,
    /// What rows name.
    pub named: Named,
    /// The moment.
    pub now: Timestamp,
}

/// Reads a backup back. `scratch` is a file that must not be there; it is removed afterwards.
///
/// # Errors
/// `Refused`, saying what is not as it was written; `Full` where there is no room for the store.
pub fn prove(
    place: &Place,
    name: &str,
    reader: Reader,
    scratch: &Path,
    depth: Depth,
    progress: &mut Progress,
) -> Result<(Head, Inside)> {
    let (head, inside, list) = read(place, name, reader.key)?;
    let put_together = fetch_store(place, &head, &list, scratch, &mut |done, of| progress(done, 2 * of));
    let compared = put_together.and_then(|()| compare(scratch, reader, &inside, &list));
    drop(fs::remove_file(scratch));
    compared?;
    blobs(place, &list, depth, progress)?;
    Ok((head, inside))
}

/// A backup's head, opened, and its list.
///
/// # Errors
/// `Refused` where one of them is not what was written.
pub fn read(place: &Place, name: &str, key: &DataKey) -> Result<(Head, Inside, List)> {
    let head = Head::from_bytes(&whole(place, &format::head_path(name))?)?;
    if head.name != name {
        return Err(Error::Refused(format!("{}: the head of {name} is that of another backup", place.name())));
    }
    let inside = head.open(key)?;
    let list = format::get_list(place, &head)?;
    Ok((head, inside, list))
}

/// Puts the store's file together from its packs, each read once and in one piece.
///
/// # Errors
/// `Refused` where a piece is not what was written.
pub fn fetch_store(
    place: &Place,
    head: &Head,
    list: &List,
    to: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<()> {
    store::leave_room(to.parent().unwrap_or(to), head.store_len)?;
    let spans: Vec<(u64, usize)> = pieces(head.store_len).collect();
    if spans.len() != list.pieces.len() {
        return Err(Error::Refused(format!("the list of the backup {} is of another store", head.name)));
    }
    let mut wanted: HashMap<u32, Vec<(usize, Spot)>> = HashMap::new();
    for (number, piece) in list.pieces.iter().enumerate() {
        if let Some(spot) = piece.spot {
            wanted.entry(spot.pack).or_default().push((number, spot));
        }
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    file.set_len(head.store_len)?;
    for (done, (number, pack)) in list.packs.iter().enumerate().enumerate() {
        let Some(wanted) = wanted.get(&(number as u32)) else { continue };
        let bytes = whole(place, &pack_path(&pack.name))?;
        for (piece, spot) in wanted {
            let damaged =
                || Error::Refused(format!("{}: the pack {} is not what was written", place.name(), pack.name));
            let ((from, len), listed) = spans.get(*piece).zip(list.pieces.get(*piece)).ok_or_else(damaged)?;
            let found = bytes.get(spot.at as usize..).and_then(|rest| rest.get(..*len)).ok_or_else(damaged)?;
            if format::sum(found) != listed.sum {
                return Err(damaged());
            }
            file.write_all_at(found, *from)?;
        }
        progress(done as u64, list.packs.len() as u64);
    }
    // What was written nowhere must be zeros.
    for ((_, len), piece) in spans.iter().zip(&list.pieces).filter(|(_, piece)| piece.spot.is_none()) {
        if format::sum(&vec![0; *len]) != piece.sum {
            return Err(Error::Refused(format!("the list of the backup {} is not what was written", head.name)));
        }
    }
    Ok(file.sync_all()?)
}

/// Opens the store that was put together: its tables must hold what they held, and its rows name the list's blobs.
///
/// # Errors
/// `Refused` where they don't.
pub fn compare(file: &Path, reader: Reader, inside: &Inside, list: &List) -> Result<()> {
    let (tables, blobs) = look_into(file, reader.key, reader.now, reader.named)?;
    if let Some(table) = tables.iter().find(|table| !inside.tables.contains(table)) {
        return Err(Error::Refused(format!("the table {} does not hold what it held", table.name)));
    }
    if tables.len() != inside.tables.len() {
        return Err(Error::Refused("tables are missing".to_owned()));
    }
    let listed: HashMap<BlobId, u64> = list.blobs.iter().map(|blob| (blob.id, blob.bytes)).collect();
    let missing = |blob: &&store::Blob| listed.get(&blob.id) != Some(&store::Blobs::sealed_len(blob));
    match blobs.iter().find(missing) {
        Some(blob) => Err(Error::Refused(format!("the blob {} is not in the list", blob.id))),
        None => Ok(()),
    }
}

fn blobs(place: &Place, list: &List, depth: Depth, progress: &mut Progress) -> Result<()> {
    let mut shards: HashMap<String, HashMap<String, u64>> = HashMap::new();
    let count = list.blobs.len() as u64;
    for (number, blob) in list.blobs.iter().enumerate() {
        let read = match depth {
            Depth::Whole => true,
            Depth::Fresh(fresh) => fresh.contains(&blob.id),
        };
        if read {
            fetch_blob(place, blob, &mut |_| Ok(()))?;
            progress(count + number as u64, 2 * count);
            continue;
        }
        for (path, bytes) in parts(&blob_path(blob.id), blob.bytes) {
            let (shard, name) = path.rsplit_once('/').unwrap_or(("", &path));
            if !shards.contains_key(shard) {
                let objects = place.objects(shard)?;
                let lengths = objects.into_iter().map(|object| (object.name, object.bytes)).collect();
                shards.insert(shard.to_owned(), lengths);
            }
            let found = shards.get(shard).and_then(|lengths| lengths.get(name));
            if found != Some(&bytes) {
                let how = if found.is_some() { "has another length" } else { "is missing" };
                return Err(Error::Refused(format!("{}: {path} {how}", place.name())));
            }
        }
    }
    Ok(())
}

/// Reads a blob's sealed file, and hands on what it reads; only once all of it was handed on is it known to be good.
///
/// # Errors
/// `Refused` where it is not what was written; what `each` says.
pub fn fetch_blob(place: &Place, blob: &BlobSum, each: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut sum = Sha256::new();
    let mut found = 0;
    for (path, _) in parts(&blob_path(blob.id), blob.bytes) {
        let part = whole(place, &path)?;
        found += part.len() as u64;
        sum.update(&part);
        each(&part)?;
    }
    if found != blob.bytes || sum.finalize().as_slice() != blob.sum {
        return Err(Error::Refused(format!("{}: the blob {} is not what was written", place.name(), blob.id)));
    }
    Ok(())
}
