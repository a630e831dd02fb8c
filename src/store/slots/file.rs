//! The slots' file: two copies, each whole in itself, replaced one after the other.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::{
    error::{Error, Result},
    store::place::sync_folder,
};

use super::{KeyId, Slot};

/// How a slots' file begins.
pub const MAGIC: [u8; 8] = *b"HECkeys\x1a";
/// The format that this code writes, and the only one it reads.
pub const VERSION: u16 = 1;
/// Magic, version and length.
pub const HEAD: usize = 14;
/// SHA-256 over all before it.
pub const SUM: usize = 32;
/// The longest body, in bytes.
pub const MAX: usize = 64 * 1024;
/// The most slots.
pub const MOST: usize = 32;
/// The two copies.
pub const NAMES: [&str; 2] = ["hec.keys", "hec.keys.copy"];

/// What both copies hold.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(super) struct Body {
    /// Higher wins, should the copies differ.
    #[n(0)]
    pub(super) sequence: u64,
    /// The number of the next slot: numbers are never used again.
    #[n(1)]
    pub(super) next: u32,
    #[n(2)]
    pub(super) slots: Vec<Slot>,
}

/// What one copy turns out to be.
enum Reading {
    Good(Body),
    Missing,
    Newer(u16),
    Damaged,
}

/// The bytes of a copy.
pub(super) fn encode(body: &Body) -> Result<Vec<u8>> {
    let body = minicbor::to_vec(body).map_err(Error::internal)?;
    if body.len() > MAX {
        return Err(Error::Refused("there is no room for another key slot".to_owned()));
    }
    let mut bytes = Vec::with_capacity(HEAD + body.len() + SUM);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(&(body.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&body);
    bytes.extend_from_slice(&Sha256::digest(&bytes));
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Reading {
    let Some((head, rest)) = bytes.split_first_chunk::<HEAD>() else { return Reading::Damaged };
    let ([magic @ .., a, b, _, _, _, _], [.., c, d, e, f]) = (head, head);
    if *magic != MAGIC {
        return Reading::Damaged;
    }
    let length = u32::from_le_bytes([*c, *d, *e, *f]) as usize;
    if length > MAX || rest.len() != length + SUM {
        return Reading::Damaged;
    }
    let (body, sum) = rest.split_at(length);
    if Sha256::new().chain_update(head).chain_update(body).finalize().as_slice() != sum {
        return Reading::Damaged;
    }
    // Every format begins and ends like this one, so that damage is not taken for a later version.
    let version = u16::from_le_bytes([*a, *b]);
    if version > VERSION {
        return Reading::Newer(version);
    }
    match minicbor::decode::<Body>(body) {
        Ok(body) if body.slots.len() <= MOST => Reading::Good(body),
        _ => Reading::Damaged,
    }
}

/// The body of a copy.
///
/// # Errors
/// `Refused` where it is damaged, or was written by a later version.
pub(super) fn parse(bytes: &[u8]) -> Result<Body> {
    match decode(bytes) {
        Reading::Good(body) => Ok(body),
        Reading::Newer(version) => Err(newer(version)),
        Reading::Missing | Reading::Damaged => Err(Error::Refused("the key slots are damaged".to_owned())),
    }
}

fn newer(version: u16) -> Error {
    Error::Refused(format!(
        "the key slots of this store were written by a later version of HEC, in format {version}: install it"
    ))
}

/// Reads the newer of the two copies that holds one of the wanted keys, else the newer one, and tells whether both are
/// the same.
///
/// # Errors
/// `Refused`, where neither can be used, with the names of both.
pub(super) fn read(folder: &Path, wanted: &[KeyId]) -> Result<(Body, bool)> {
    let paths = paths(folder);
    let readings = [read_copy(&paths[0]), read_copy(&paths[1])];
    let both = |word: &str| format!("{}{word} and {}{word}", paths[0].display(), paths[1].display());
    match readings {
        [Reading::Good(one), Reading::Good(other)] if one == other => Ok((one, true)),
        [Reading::Good(one), Reading::Good(other)] => {
            let rank = |body: &Body| (body.slots.iter().any(|slot| wanted.contains(&slot.key())), body.sequence);
            Ok((if rank(&one) > rank(&other) { one } else { other }, false))
        }
        // A later version may have changed the slots since: what it left of ours is not to be built upon.
        [Reading::Newer(version), _] | [_, Reading::Newer(version)] => Err(newer(version)),
        [Reading::Good(body), _] | [_, Reading::Good(body)] => Ok((body, false)),
        [Reading::Missing, Reading::Missing] => Err(Error::Refused(format!(
            "the key slots are missing: looked for {}. Without them nobody can open the store: \
             put them back from a backup",
            both("")
        ))),
        _ => Err(Error::Refused(format!(
            "the key slots are damaged or missing: {}. Put one of them back from a backup",
            both("")
        ))),
    }
}

/// Whether either copy is there.
pub(super) fn exist(folder: &Path) -> bool {
    paths(folder).iter().any(|path| path.exists())
}

/// Replaces both copies, one after the other, each durable before the next: at every moment one is whole. Once the
/// first has its name, the change stands; whether both are there and durable is the answer.
///
/// # Errors
/// Where nothing has changed.
pub(super) fn write(folder: &Path, body: &Body) -> Result<bool> {
    let bytes = encode(body)?;
    let [first, second] = paths(folder);
    write_copy(&first, &bytes)?;
    let rest = sync_folder(folder).and_then(|()| write_copy(&second, &bytes)).and_then(|()| sync_folder(folder));
    if let Err(error) = &rest {
        tracing::warn!(%error, "the second copy of the key slots is not up to date; the next opening mends it");
    }
    Ok(rest.is_ok())
}

fn write_copy(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.new", path.extension().unwrap_or_default().display()));
    write_synced(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path))
        .inspect_err(|_| drop(fs::remove_file(&temporary)))
}

pub(super) fn paths(folder: &Path) -> [PathBuf; 2] {
    NAMES.map(|name| folder.join(name))
}

/// A copy that the disk can't read is as good as a damaged one: that is what the other is for.
fn read_copy(path: &Path) -> Reading {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take((HEAD + MAX + SUM + 1) as u64).read_to_end(&mut bytes));
    match read {
        Ok(_) => decode(&bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Reading::Missing,
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "a copy of the key slots can't be read");
            Reading::Damaged
        }
    }
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
