//! Writes a backup: the pieces of a snapshot that the destination does not have yet, the blobs that it does not have
//! yet, the list, and last the head.

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::{
    error::{Error, Result},
    store::{Blob, Blobs, Copied, Progress, Store, about, look_into, sealed::DataKey},
    types::BlobId,
};

use super::{
    Named, Place,
    format::{
        self, BlobSum, Head, Inside, List, Pack, Piece, Spot, Sum, VERSION, blob_path, head_path, pack_path, parts,
        pieces,
    },
    ledger::Instance,
    place::PART,
};

/// A backup that was written, and not yet proven.
#[derive(Debug)]
pub struct Made {
    /// Its head.
    pub head: Head,
    /// What it is made of.
    pub list: List,
    /// What its head says to the key's holder.
    pub inside: Inside,
    /// The blobs that were sent for it.
    pub fresh: HashSet<BlobId>,
    /// How many bytes were sent.
    pub written: u64,
    /// The key that it is sealed with.
    pub key: DataKey,
}

impl Made {
    /// How many bytes it has in all.
    pub fn bytes(&self) -> u64 {
        self.list.bytes(&self.head)
    }
}

/// Writes a backup of a store that is in use. With `anew` nothing that lies there already is built upon.
///
/// # Errors
/// `Refused`, with the destination's name, or where it holds the backups of another instance; `Full` where there is no
/// room for the snapshot.
pub fn make(
    store: &Store,
    named: Named,
    place: &Place,
    instance: Instance,
    anew: bool,
    progress: &mut Progress,
) -> Result<Made> {
    let made = store.db.clock().now();
    // What the copy's rows name must not go while it is sent.
    let _hold = store.blobs.hold();
    store.vault.with_copied(|copy, copied| {
        let before = if anew { None } else { previous(place, instance, copied)? };
        let mut sending = Sending::new(place, before.as_ref(), instance.number);
        // What one that was cut off has sent is there already.
        sending.lying = if anew { None } else { Some(HashMap::new()) };
        let len = copy.metadata()?.len();
        let total = len / PART as u64 + 1;
        sending.store(copy, len, &mut |done| progress(done, 2 * total))?;
        let (tables, (stands, blobs)) = look_into(copy, &copied.key, made, |tx| Ok((about(tx)?, named(tx)?)))?;
        sending.blobs(&store.blobs, blobs, before.as_ref(), progress)?;
        let Sending { list, fresh, written, .. } = sending;
        let bytes = list.to_bytes()?;
        let name = format::backup_name(made, instance.number);
        let head = Head {
            format: VERSION,
            name: name.clone(),
            instance: instance.id.into(),
            number: instance.number,
            made,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            key: (*copied.key.id().as_bytes()).into(),
            slots: copied.slots.clone().into(),
            store_len: len,
            list_len: bytes.len() as u64,
            list_sum: format::sum(&bytes).into(),
            nonce: [0; 12].into(),
            inside: Vec::new().into(),
        };
        let inside = Inside {
            epoch: copied.epoch,
            environment: stands.environment.as_str().to_owned(),
            schema: stands.schema,
            tables,
        };
        let sent = bytes.len() as u64;
        let sealed = head.clone().seal(&copied.key, &inside)?;
        let written = written + sent + sealed.len() as u64;
        format::put_list(place, &name, bytes)?;
        place.put(&head_path(&name), sealed.into())?;
        Ok(Made { head, list, inside, fresh, written, key: copied.key.clone() })
    })
}

/// The list of the newest backup that is of this instance and under this key, so that what it has need not be sent again.
fn previous(place: &Place, instance: Instance, copied: &Copied) -> Result<Option<List>> {
    let (heads, _) = format::heads(place)?;
    if heads.iter().any(|head| *head.instance != instance.id) {
        return Err(Error::Refused(format!(
            "{}: the backups of another record lie there: choose a folder of its own for each",
            place.name()
        )));
    }
    for head in heads.iter().filter(|head| *head.key == *copied.key.id().as_bytes()) {
        // One that was tampered with is not built upon; it is found when it is verified.
        if head.open(&copied.key).is_ok()
            && let Ok(list) = format::get_list(place, head)
        {
            return Ok(Some(list));
        }
    }
    Ok(None)
}

struct Sending<'a> {
    place: &'a Place,
    number: u64,
    known: HashMap<Sum, (&'a Pack, u32)>,
    /// Which of the list's packs an earlier pack is.
    taken: HashMap<String, u32>,
    list: List,
    fresh: HashSet<BlobId>,
    written: u64,
    /// How long the objects of blobs are that lie there, by their folders, as far as somebody asked; none where nothing is
    /// built upon.
    lying: Option<HashMap<String, HashMap<String, u64>>>,
    /// The pack that is being filled, and its place in the list.
    pack: Vec<u8>,
    current: u32,
    /// Where the pieces of the pack that is being filled lie.
    filling: HashMap<Sum, Spot>,
}

impl<'a> Sending<'a> {
    fn new(place: &'a Place, before: Option<&'a List>, number: u64) -> Self {
        Self {
            place,
            number,
            known: before.map(List::known).unwrap_or_default(),
            taken: HashMap::new(),
            list: List::default(),
            fresh: HashSet::new(),
            written: 0,
            lying: None,
            pack: Vec::with_capacity(PART),
            current: 0,
            filling: HashMap::new(),
        }
    }

    /// Sends the pieces of the store's file that are not there yet.
    fn store(&mut self, copy: &Path, len: u64, progress: &mut dyn FnMut(u64)) -> Result<()> {
        let mut file = File::open(copy)?;
        let mut buffer = vec![0; format::PIECE as usize];
        for (from, bytes) in pieces(len) {
            let piece = buffer.get_mut(..bytes).ok_or_else(|| Error::broken("a piece is too long"))?;
            file.read_exact(piece)?;
            let sum = format::sum(piece);
            let spot = if piece.iter().all(|byte| *byte == 0) { None } else { Some(self.spot(sum, piece)?) };
            self.list.pieces.push(Piece { sum, spot });
            progress(from / PART as u64);
        }
        self.flush()
    }

    fn spot(&mut self, sum: Sum, piece: &[u8]) -> Result<Spot> {
        if let Some((pack, at)) = self.known.get(&sum).copied() {
            let pack = match self.taken.get(&pack.name) {
                Some(taken) => *taken,
                None => {
                    let taken = self.add(pack.clone());
                    self.taken.insert(pack.name.clone(), taken);
                    taken
                }
            };
            return Ok(Spot { pack, at });
        }
        if let Some(spot) = self.filling.get(&sum) {
            return Ok(*spot);
        }
        if self.pack.len() + piece.len() > PART {
            self.flush()?;
        }
        if self.pack.is_empty() {
            let mut random = [0; 8];
            getrandom::fill(&mut random).map_err(Error::internal)?;
            let name = format!("{:06}-{}", self.number, data_encoding::HEXLOWER.encode(&random));
            self.current = self.add(Pack { name, bytes: 0 });
        }
        let spot = Spot { pack: self.current, at: self.pack.len() as u32 };
        self.pack.extend_from_slice(piece);
        self.filling.insert(sum, spot);
        Ok(spot)
    }

    /// Whether an object of this length lies there under this name.
    fn lies(&mut self, path: &str, len: u64) -> Result<bool> {
        let (Some(lying), Some((folder, name))) = (&mut self.lying, path.rsplit_once('/')) else { return Ok(false) };
        if !lying.contains_key(folder) {
            let objects = self.place.objects(folder)?.into_iter().map(|object| (object.name, object.bytes));
            lying.insert(folder.to_owned(), objects.collect());
        }
        Ok(lying.get(folder).and_then(|objects| objects.get(name)) == Some(&len))
    }

    fn add(&mut self, pack: Pack) -> u32 {
        self.list.packs.push(pack);
        self.list.packs.len() as u32 - 1
    }

    fn flush(&mut self) -> Result<()> {
        if self.pack.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::replace(&mut self.pack, Vec::with_capacity(PART));
        let Some(pack) = self.list.packs.get_mut(self.current as usize) else {
            return Err(Error::broken("a pack has no place in the list"));
        };
        pack.bytes = bytes.len() as u32;
        self.written += bytes.len() as u64;
        self.filling.clear();
        self.place.put(&pack_path(&pack.name), bytes.into())
    }

    /// Sends the blobs that are not there yet. Each is authenticated first: damage must not be copied as if it were
    /// well.
    fn blobs(&mut self, blobs: &Blobs, named: Vec<Blob>, before: Option<&List>, progress: &mut Progress) -> Result<()> {
        let there: HashMap<BlobId, BlobSum> =
            before.map(|list| list.blobs.iter().map(|blob| (blob.id, *blob)).collect()).unwrap_or_default();
        let count = named.len() as u64;
        let mut seen = HashSet::new();
        for (number, blob) in named.into_iter().enumerate() {
            if !seen.insert(blob.id) {
                continue;
            }
            if let Some(known) = there.get(&blob.id) {
                self.list.blobs.push(*known);
                continue;
            }
            blobs.check(&blob)?;
            let bytes = Blobs::sealed_len(&blob);
            let mut file = File::open(blobs.sealed_file(blob.id))?;
            let mut sum = Sha256::new();
            for (path, len) in parts(&blob_path(blob.id), bytes) {
                let mut part = vec![0; usize::try_from(len).map_err(Error::internal)?];
                file.read_exact(&mut part)?;
                sum.update(&part);
                // It is read back like what is sent.
                if !self.lies(&path, len)? {
                    self.place.put(&path, Bytes::from(part))?;
                    self.written += len;
                }
            }
            if file.read(&mut [0])? != 0 {
                return Err(io::Error::other("a blob grew while it was read").into());
            }
            self.list.blobs.push(BlobSum { id: blob.id, bytes, sum: sum.finalize().into() });
            self.fresh.insert(blob.id);
            progress(count + number as u64, 2 * count);
        }
        self.list.blobs.sort_by_key(|blob| blob.id);
        Ok(())
    }
}
