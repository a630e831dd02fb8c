//! What lies at a destination: names, heads, lists. `FORMAT.md` in the folder above says the same for people.

mod head;
mod list;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::{
    error::{Error, Result},
    types::{BlobId, Timestamp},
};

use super::place::{PART, Place};

pub use head::{Head, Inside, MAGIC};
pub use list::{BlobSum, FIRST, List, PIECE, Pack, Piece, Spot, pieces};

/// The format that this code writes, and the newest that it reads.
pub const VERSION: u16 = 1;

/// SHA-256.
pub type Sum = [u8; 32];

/// The random name of an instance, which all its backups carry.
pub type InstanceId = [u8; 16];

/// SHA-256 of bytes.
pub fn sum(bytes: &[u8]) -> Sum {
    Sha256::digest(bytes).into()
}

/// The name of a backup: `20261126T023000Z-000042`.
pub fn backup_name(made: Timestamp, number: u64) -> String {
    let moment = jiff::Timestamp::from_millisecond(made.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{}-{number:06}", moment.strftime("%Y%m%dT%H%M%SZ"))
}

/// The number in the name of a backup.
pub fn number_of(name: &str) -> Option<u64> {
    name.rsplit_once('-')?.1.parse().ok()
}

/// Where a backup's head lies.
pub fn head_path(name: &str) -> String {
    format!("backups/{name}/head")
}

fn list_path(name: &str) -> String {
    format!("backups/{name}/list")
}

/// Where a pack lies.
pub fn pack_path(name: &str) -> String {
    format!("packs/{name}")
}

/// Where a blob's sealed file lies.
pub fn blob_path(id: BlobId) -> String {
    let [.., last] = id.bytes();
    format!("blobs/{last:02x}/{id}")
}

/// The objects that so many bytes under a path are cut into: one under the path itself, several with numbers.
pub fn parts(path: &str, bytes: u64) -> Vec<(String, u64)> {
    let part = PART as u64;
    if bytes <= part {
        return vec![(path.to_owned(), bytes)];
    }
    (0..bytes.div_ceil(part)).map(|number| (format!("{path}.{number}"), part.min(bytes - number * part))).collect()
}

/// Writes a backup's list.
///
/// # Errors
/// The destination's.
pub fn put_list(place: &Place, name: &str, bytes: Vec<u8>) -> Result<()> {
    let mut rest = Bytes::from(bytes);
    for (path, len) in parts(&list_path(name), rest.len() as u64) {
        place.put(&path, rest.split_to(len as usize))?;
    }
    Ok(())
}

/// Reads a backup's list, which must be the one that its head names.
///
/// # Errors
/// `Refused` where it is not; the destination's.
pub fn get_list(place: &Place, head: &Head) -> Result<List> {
    let mut bytes = Vec::new();
    for (path, _) in parts(&list_path(&head.name), head.list_len) {
        bytes.extend_from_slice(&whole(place, &path)?);
    }
    if sum(&bytes) != *head.list_sum {
        return Err(Error::Refused(format!("the list of the backup {} is not what was written", head.name)));
    }
    List::from_bytes(&bytes)
}

/// The objects of a backup's list.
pub fn list_parts(head: &Head) -> Vec<(String, u64)> {
    parts(&list_path(&head.name), head.list_len)
}

/// Reads an object that must be there.
///
/// # Errors
/// `Refused` where it is not; the destination's.
pub fn whole(place: &Place, path: &str) -> Result<Bytes> {
    place.get(path)?.ok_or_else(|| Error::Refused(format!("{}: {path} is missing", place.name())))
}

/// The heads at a destination that can be read, the newest first; and the names of those that can't.
///
/// # Errors
/// The destination's.
pub fn heads(place: &Place) -> Result<(Vec<Head>, Vec<String>)> {
    let (mut heads, mut damaged) = (Vec::new(), Vec::new());
    for name in place.folders("backups")? {
        // Without a head it is none: it is being made, or was cut off.
        let Some(bytes) = place.get(&head_path(&name))? else { continue };
        match Head::from_bytes(&bytes) {
            Ok(head) if head.name == name => heads.push(head),
            _ => damaged.push(name),
        }
    }
    heads.sort_by_key(|head| std::cmp::Reverse(head.number));
    Ok((heads, damaged))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_one_part_or_numbered_ones() {
        assert_eq!(parts("x", 5), [("x".to_owned(), 5)]);
        let three = parts("x", 2 * PART as u64 + 1);
        assert_eq!(three.last().unwrap(), &("x.2".to_owned(), 1));
        assert_eq!(three.iter().map(|(_, bytes)| bytes).sum::<u64>(), 2 * PART as u64 + 1);
    }
}
