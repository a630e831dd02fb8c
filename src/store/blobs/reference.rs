//! What a row keeps of a blob.

use std::fmt;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use zeroize::Zeroizing;

use crate::{
    error::{Error, Result},
    store::sealed::Cipher,
    types::BlobId,
};

/// A blob as rows name it: where its file lies, and what opens it. Whoever holds one can read the blob, and nobody
/// else can: the key is nowhere but in the row, and lies there as safely as the row does.
#[derive(Debug, Clone, Encode, Decode)]
pub struct Blob {
    /// Names the file.
    #[n(0)]
    pub id: BlobId,
    #[n(1)]
    pub(super) key: BlobKey,
    /// A card that moves to another machine opens there with the cipher of the machine that wrote it.
    #[n(2)]
    pub(super) cipher: Cipher,
    /// Size of what was stored, in bytes.
    #[n(3)]
    pub len: u64,
}

impl Blob {
    /// A reference with a fresh key to what is yet to be written.
    pub(super) fn new(id: BlobId, cipher: Cipher, len: u64) -> Result<Self> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(key.as_mut_slice()).map_err(Error::internal)?;
        Ok(Self { id, key: BlobKey(key), cipher, len })
    }
}

/// Two references are the same where they name the same file. Their keys are not looked at: no comparison may tell
/// anything about a key by the time that it takes.
impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Blob {}

/// 256 random bits that seal one blob and nothing else. Wiped when dropped, never printed. (A row's own bytes, in
/// memory for as long as the store keeps their page, are not wiped.)
#[derive(Clone)]
pub(super) struct BlobKey(Zeroizing<[u8; 32]>);

impl BlobKey {
    pub(super) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlobKey")
    }
}

impl<C> Encode<C> for BlobKey {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.bytes(self.0.as_slice())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for BlobKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let bytes: &[u8; 32] =
            d.bytes()?.try_into().map_err(|_| decode::Error::message("a blob's key has 32 bytes"))?;
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(bytes);
        Ok(Self(key))
    }
}
