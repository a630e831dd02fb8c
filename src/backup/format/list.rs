//! The list of a backup: the pieces of the store's file, the packs that they lie in, and the blobs.

use std::collections::HashMap;

use minicbor::{Decode, Encode, bytes::ByteVec};

use crate::{
    error::{Error, Result},
    types::BlobId,
};

use super::{Head, Sum};

/// The first piece of a store's file: superblocks and headers, in bytes.
pub const FIRST: u64 = 16 << 10;
/// Every other piece, in bytes.
pub const PIECE: u64 = 64 << 10;
/// What stands for the pack of a piece of zeros, which is written nowhere.
const NOWHERE: u32 = u32::MAX;
/// The bytes of a piece in a list.
const ENTRY: usize = 40;

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
}
