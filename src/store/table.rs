//! Tables: a name, the type of its keys, the type of its rows.

use std::marker::PhantomData;

use crate::error::{Error, Result};

use super::key::Key;

/// A typed table. Rooms declare theirs as constants in their `store.rs`.
pub struct Table<K, V> {
    pub(super) name: &'static str,
    types: PhantomData<fn(K) -> V>,
}

impl<K: Key, V: Row> Table<K, V> {
    /// A table of this name; names are never used twice.
    pub const fn new(name: &'static str) -> Self {
        Self { name, types: PhantomData }
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn decode_key(&self, bytes: &[u8]) -> Result<K> {
        K::decode(bytes).ok_or_else(|| Error::broken(format!("a key of {} cannot be read", self.name)))
    }

    pub(super) fn decode_row(&self, bytes: &[u8]) -> Result<V> {
        V::from_bytes(bytes).map_err(|why| Error::broken(format!("a row of {}: {why}", self.name)))
    }
}

/// What a table holds.
///
/// A row is a version byte and then CBOR with numbered fields: a field that is added later is `Option` or has
/// `#[cbor(default)]`, older binaries skip what they don't know, and a change that numbers can't express raises the
/// version, for which a migration is written.
pub trait Row: Sized {
    /// The version that is written.
    const VERSION: u8;
    /// The bytes.
    fn to_bytes(&self) -> Vec<u8>;
    /// Reads the bytes.
    ///
    /// # Errors
    /// Says what is wrong with them.
    fn from_bytes(bytes: &[u8]) -> Result<Self, String>;
}

/// A key or a row as its bytes: for whoever copies rows without reading them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Plain(pub Vec<u8>);

impl Key for Plain {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
    fn decode(bytes: &[u8]) -> Option<Self> {
        Some(Self(bytes.to_vec()))
    }
}

impl Row for Plain {
    const VERSION: u8 = 0;
    fn to_bytes(&self) -> Vec<u8> {
        self.0.clone()
    }
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        Ok(Self(bytes.to_vec()))
    }
}

/// A row without content: the key says it all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark;

impl Row for Mark {
    const VERSION: u8 = 0;
    fn to_bytes(&self) -> Vec<u8> {
        Vec::new()
    }
    fn from_bytes(_: &[u8]) -> Result<Self, String> {
        Ok(Self)
    }
}

/// Writes the version byte and the CBOR of a row.
pub fn encode_row<T: minicbor::Encode<()>>(version: u8, row: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    out.push(version);
    // Writing to memory cannot fail; a row's own Encode impls raise no errors.
    let written = minicbor::encode(row, &mut out);
    debug_assert!(written.is_ok());
    out
}

/// Reads what [`encode_row`] wrote.
///
/// # Errors
/// For another version and for damaged bytes.
pub fn decode_row<T: for<'b> minicbor::Decode<'b, ()>>(version: u8, bytes: &[u8]) -> Result<T, String> {
    match bytes.split_first() {
        Some((found, cbor)) if *found == version => minicbor::decode(cbor).map_err(|why| why.to_string()),
        Some((found, _)) => Err(format!("version {found}, expected {version}")),
        None => Err("empty".to_owned()),
    }
}

/// Makes a minicbor type the row of a table.
#[macro_export]
macro_rules! row {
    ($type:ty, version $version:literal) => {
        impl $crate::store::Row for $type {
            const VERSION: u8 = $version;
            fn to_bytes(&self) -> Vec<u8> {
                $crate::store::encode_row($version, self)
            }
            fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
                $crate::store::decode_row($version, bytes)
            }
        }
    };
}
