//! What lies at a destination: names, heads, lists. `FORMAT.md` beside this file says the same for people.

use std::collections::HashMap;

use aes_gcm_siv::{
    Aes256GcmSiv, Nonce,
    aead::{AeadInOut, KeyInit},
};
use bytes::Bytes;
use hkdf::Hkdf;
use minicbor::{
    Decode, Encode,
    bytes::{ByteArray, ByteVec},
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    error::{Error, Result},
    store::{
        TableSum,
        sealed::{DataKey, KeyId},
        slots::{Opener, Slots},
    },
    types::{BlobId, Timestamp},
};

use super::place::{PART, Place};

/// The format that this code writes, and the newest that it reads.
pub const VERSION: u16 = 1;
/// How a head begins.
pub const MAGIC: [u8; 8] = *b"HECback\x1a";
/// The first piece of a store's file: superblocks and headers, in bytes.
pub const FIRST: u64 = 16 << 10;
/// Every other piece, in bytes.
pub const PIECE: u64 = 64 << 10;
/// What stands for the pack of a piece of zeros, which is written nowhere.
const NOWHERE: u32 = u32::MAX;
/// The bytes of a piece in a list.
const ENTRY: usize = 40;

/// SHA-256.
pub type Sum = [u8; 32];

/// The random name of an instance, which all its backups carry.
pub type InstanceId = [u8; 16];

/// SHA-256 of bytes.
pub fn sum(bytes: &[u8]) -> Sum {
    Sha256::digest(bytes).into()
}

/// What says that a backup is there. Everything in it is in clear but [`Inside`]; all of it is authenticated.
#[derive(Debug, Clone, Encode, Decode)]
pub struct Head {
    /// See [`VERSION`].
    #[n(0)]
    pub format: u16,
    /// The backup's name: when it was made, and its number.
    #[n(1)]
    pub name: String,
    /// The instance's id.
    #[n(2)]
    pub instance: ByteArray<16>,
    /// Counts the instance's backups, at all destinations.
    #[n(3)]
    pub number: u64,
    /// When it was begun.
    #[n(4)]
    pub made: Timestamp,
    /// The version of HEC that made it.
    #[n(5)]
    pub version: String,
    /// The name of the data key.
    #[n(6)]
    pub key: ByteArray<8>,
    /// The key slots, as their file holds them.
    #[n(7)]
    pub slots: ByteVec,
    /// The length of the store's file, in bytes.
    #[n(8)]
    pub store_len: u64,
    /// The length of the list, in bytes.
    #[n(9)]
    pub list_len: u64,
    /// SHA-256 of the list.
    #[n(10)]
    pub list_sum: ByteArray<32>,
    /// For [`Inside`].
    #[n(11)]
    pub nonce: ByteArray<12>,
    /// [`Inside`], sealed, with its tag.
    #[n(12)]
    pub inside: ByteVec,
}

/// What is nobody else's business.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Inside {
    /// The epoch of the store's file.
    #[n(0)]
    pub epoch: u64,
    /// What the store is for.
    #[n(1)]
    pub environment: String,
    /// How many migrations it has seen.
    #[n(2)]
    pub schema: u32,
    /// Every table, by name.
    #[n(3)]
    pub tables: Vec<TableSum>,
}

/// Where a piece of the store's file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Which of the list's packs.
    pub pack: u32,
    /// From which byte on.
    pub at: u32,
}

/// A piece of the store's file, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// SHA-256 of its bytes.
    pub sum: Sum,
    /// Where it lies; nowhere if it is all zeros.
    pub spot: Option<Spot>,
}

/// A pack: pieces behind one another in one object.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Pack {
    /// Its name.
    #[n(0)]
    pub name: String,
    /// Its length, in bytes.
    #[n(1)]
    pub bytes: u32,
}

/// A blob's sealed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct BlobSum {
    /// Its name.
    #[n(0)]
    pub id: BlobId,
    /// The length of the sealed file, in bytes.
    #[n(1)]
    pub bytes: u64,
    /// SHA-256 of it.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub sum: Sum,
}

/// What a backup is made of. Nothing in it is secret: hashes of what is sealed, and names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// The pieces of the store's file.
    pub pieces: Vec<Piece>,
    /// The packs that they lie in.
    pub packs: Vec<Pack>,
    /// The blobs that the store's rows name.
    pub blobs: Vec<BlobSum>,
}

#[derive(Encode, Decode)]
struct ListRow {
    #[n(0)]
    pieces: ByteVec,
    #[n(1)]
    packs: Vec<Pack>,
    #[n(2)]
    blobs: Vec<BlobSum>,
}

impl List {
    /// Its bytes.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut pieces = Vec::with_capacity(self.pieces.len() * ENTRY);
        for piece in &self.pieces {
            let spot = piece.spot.unwrap_or(Spot { pack: NOWHERE, at: 0 });
            pieces.extend_from_slice(&piece.sum);
            pieces.extend_from_slice(&spot.pack.to_le_bytes());
            pieces.extend_from_slice(&spot.at.to_le_bytes());
        }
        let row = ListRow { pieces: pieces.into(), packs: self.packs.clone(), blobs: self.blobs.clone() };
        minicbor::to_vec(&row).map_err(Error::internal)
    }

    /// How many bytes a backup has in all.
    pub fn bytes(&self, head: &Head) -> u64 {
        head.store_len + self.blobs.iter().map(|blob| blob.bytes).sum::<u64>()
    }

    /// From its bytes.
    ///
    /// # Errors
    /// `Refused` where they are no list.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let damaged = || Error::Refused("the list of a backup is damaged".to_owned());
        let row: ListRow = minicbor::decode(bytes).map_err(|_| damaged())?;
        let (entries, rest) = row.pieces.as_chunks::<ENTRY>();
        if !rest.is_empty() {
            return Err(damaged());
        }
        let mut pieces = Vec::with_capacity(entries.len());
        for entry in entries {
            let (sum, spot) = entry.split_first_chunk::<32>().ok_or_else(damaged)?;
            let (pack, at) = spot.split_first_chunk::<4>().ok_or_else(damaged)?;
            let (pack, at) = (u32::from_le_bytes(*pack), u32::from_le_bytes(at.try_into().map_err(|_| damaged())?));
            let spot = (pack != NOWHERE).then_some(Spot { pack, at });
            let known =
                spot.is_none_or(|spot| row.packs.get(spot.pack as usize).is_some_and(|pack| spot.at < pack.bytes));
            if !known {
                return Err(damaged());
            }
            pieces.push(Piece { sum: *sum, spot });
        }
        Ok(Self { pieces, packs: row.packs, blobs: row.blobs })
    }

    /// Where pieces with these sums lie already, in packs of which at least a quarter is still of use: the others are
    /// written anew, so that they can go.
    pub fn known(&self) -> HashMap<Sum, (&Pack, u32)> {
        let mut used = vec![0_u64; self.packs.len()];
        for spot in self.pieces.iter().filter_map(|piece| piece.spot) {
            if let Some(used) = used.get_mut(spot.pack as usize) {
                *used += PIECE;
            }
        }
        let mut known = HashMap::new();
        for piece in &self.pieces {
            let Some(spot) = piece.spot else { continue };
            let (Some(pack), Some(used)) = (self.packs.get(spot.pack as usize), used.get(spot.pack as usize)) else {
                continue;
            };
            if *used * 4 >= u64::from(pack.bytes) {
                known.insert(piece.sum, (pack, spot.at));
            }
        }
        known
    }
}

/// Where the pieces of a file of this length begin, and how long each is.
pub fn pieces(len: u64) -> impl Iterator<Item = (u64, usize)> {
    let first = (len > 0).then_some((0, FIRST.min(len) as usize));
    let rest = (0..len.saturating_sub(FIRST).div_ceil(PIECE)).map(move |number| {
        let from = FIRST + number * PIECE;
        (from, PIECE.min(len - from) as usize)
    });
    first.into_iter().chain(rest)
}

impl Head {
    /// Its bytes, with what only the key's holder may read sealed into it.
    ///
    /// # Errors
    /// `Internal` only.
    pub fn seal(mut self, key: &DataKey, inside: &Inside) -> Result<Vec<u8>> {
        getrandom::fill(self.nonce.as_mut_slice()).map_err(Error::internal)?;
        let mut text = minicbor::to_vec(inside).map_err(Error::internal)?;
        let bound = self.bound()?;
        let tag = self
            .cipher(key)
            .encrypt_inout_detached(&Nonce::from(*self.nonce), &bound, text.as_mut_slice().into())
            .map_err(|_| Error::broken("a backup's head could not be sealed"))?;
        text.extend_from_slice(&tag);
        self.inside = text.into();
        let mut bytes = MAGIC.to_vec();
        minicbor::encode(&self, &mut bytes).map_err(|error| Error::broken(error.to_string()))?;
        bytes.extend_from_slice(&sum(&bytes));
        Ok(bytes)
    }

    /// From its bytes. Nothing but a slip is noticed yet: who has the key calls [`Head::open`].
    ///
    /// # Errors
    /// `Refused` where it is damaged, or was written by a later version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let damaged = || Error::Refused("the head of a backup is damaged".to_owned());
        let (body, check) = bytes.split_last_chunk::<32>().ok_or_else(damaged)?;
        let body = body.strip_prefix(&MAGIC).filter(|_| sum(body) == *check).ok_or_else(damaged)?;
        if let Some(format) = format_of(body).filter(|format| *format > VERSION) {
            return Err(Error::Refused(format!(
                "this backup was made by a later version of HEC, in format {format}: install it"
            )));
        }
        minicbor::decode(body).map_err(|_| damaged())
    }

    /// Whether these bytes are a head that only a later version reads.
    pub fn is_later(bytes: &[u8]) -> bool {
        let body = bytes.split_last_chunk::<32>().filter(|(body, check)| sum(body) == **check);
        let body = body.and_then(|(body, _)| body.strip_prefix(&MAGIC));
        body.and_then(format_of).is_some_and(|format| format > VERSION)
    }

    /// What only the key's holder may read; then all of the head is known to be what was written.
    ///
    /// # Errors
    /// `Refused` where the key is not the one, or the head was changed.
    pub fn open(&self, key: &DataKey) -> Result<Inside> {
        let forged = || Error::Refused(format!("the backup {} is not what was written", self.name));
        let (text, tag) = self.inside.split_last_chunk::<16>().ok_or_else(forged)?;
        let mut text = Zeroizing::new(text.to_vec());
        self.cipher(key)
            .decrypt_inout_detached(
                &Nonce::from(*self.nonce),
                &self.bound()?,
                text.as_mut_slice().into(),
                &(*tag).into(),
            )
            .map_err(|_| forged())?;
        minicbor::decode(&text).map_err(|_| forged())
    }

    /// The data key, by what opens one of the slots that lie in the head.
    ///
    /// # Errors
    /// `Refused` where it opens none.
    pub fn unlock(&self, opener: &Opener) -> Result<DataKey> {
        Slots::from_bytes(&self.slots)?.unlock(KeyId::from_bytes(*self.key), opener)
    }

    fn bound(&self) -> Result<Vec<u8>> {
        let rest = Self { inside: ByteVec::from(Vec::new()), ..self.clone() };
        minicbor::to_vec(&rest).map_err(Error::internal)
    }

    fn cipher(&self, key: &DataKey) -> Aes256GcmSiv {
        let mut derived = Zeroizing::new([0; 32]);
        let expanded = Hkdf::<Sha256>::new(Some(self.instance.as_slice()), key.as_bytes())
            .expand(b"hec backup 1: head", derived.as_mut_slice());
        // It fails only where more than 255 × 32 bytes are asked of it.
        debug_assert!(expanded.is_ok());
        Aes256GcmSiv::new((&*derived).into())
    }
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

/// Every format has its number first.
fn format_of(body: &[u8]) -> Option<u16> {
    let mut decoder = minicbor::Decoder::new(body);
    decoder.array().and_then(|_| decoder.u16()).ok()
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
    fn pieces_cover_a_file_without_a_gap() {
        for len in [0, 1, FIRST, FIRST + 1, FIRST + PIECE, 5 << 20] {
            let mut end = 0;
            for (from, bytes) in pieces(len) {
                assert_eq!(from, end);
                assert!(bytes > 0);
                end = from + bytes as u64;
            }
            assert_eq!(end, len);
        }
    }

    #[test]
    fn a_list_comes_back_as_it_was_and_nothing_else_is_taken_for_one() {
        let spot = |pack, at| Some(Spot { pack, at });
        let list = List {
            pieces: vec![
                Piece { sum: [1; 32], spot: spot(0, 0) },
                Piece { sum: [2; 32], spot: None },
                Piece { sum: [3; 32], spot: spot(0, 65_536) },
            ],
            packs: vec![Pack { name: "a".to_owned(), bytes: 131_072 }],
            blobs: vec![BlobSum { id: BlobId::from_bytes([7; 16]), bytes: 9, sum: [8; 32] }],
        };
        let bytes = list.to_bytes().unwrap();
        assert_eq!(List::from_bytes(&bytes).unwrap(), list);
        assert_eq!(list.known().len(), 2);
        assert!(List::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        let beyond = List { packs: vec![Pack { name: "a".to_owned(), bytes: 65_536 }], ..list };
        assert!(List::from_bytes(&beyond.to_bytes().unwrap()).is_err(), "a piece beyond its pack");
    }

    #[test]
    fn an_object_has_one_part_or_numbered_ones() {
        assert_eq!(parts("x", 5), [("x".to_owned(), 5)]);
        let three = parts("x", 2 * PART as u64 + 1);
        assert_eq!(three.last().unwrap(), &("x.2".to_owned(), 1));
        assert_eq!(three.iter().map(|(_, bytes)| bytes).sum::<u64>(), 2 * PART as u64 + 1);
    }
}
