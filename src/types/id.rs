//! Ids: UUIDs that know what they name.

use std::{
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use uuid::Uuid;

use super::Timestamp;

/// What an id names. Types without values: they only keep ids apart.
pub mod kind {
    /// A customer's account.
    pub enum Account {}
    /// A family: the owner of every record.
    pub enum Family {}
    /// A child of a family.
    pub enum Learner {}
    /// A family's subject.
    pub enum Subject {}
    /// An entry of the journal.
    pub enum Entry {}
    /// A picture that belongs to an entry.
    pub enum Attachment {}
    /// A portfolio.
    pub enum Portfolio {}
    /// A personal access token.
    pub enum Token {}
    /// A file of the blob store.
    pub enum Blob {}
    /// A program that may ask for a token.
    pub enum App {}
    /// What an account lets an app do in a family.
    pub enum Grant {}
    /// A link by which somebody comes in.
    pub enum Invitation {}
    /// A line of a security log.
    pub enum Line {}
    /// A message on its way.
    pub enum Mail {}
}

/// Names an account.
pub type AccountId = Id<kind::Account>;
/// Names a family.
pub type FamilyId = Id<kind::Family>;
/// Names a learner.
pub type LearnerId = Id<kind::Learner>;
/// Names a subject.
pub type SubjectId = Id<kind::Subject>;
/// Names an entry.
pub type EntryId = Id<kind::Entry>;
/// Names an attachment.
pub type AttachmentId = Id<kind::Attachment>;
/// Names a portfolio.
pub type PortfolioId = Id<kind::Portfolio>;
/// Names a personal access token.
pub type TokenId = Id<kind::Token>;
/// Names a blob.
pub type BlobId = Id<kind::Blob>;
/// Names an app.
pub type AppId = Id<kind::App>;
/// Names a grant.
pub type GrantId = Id<kind::Grant>;
/// Names an invitation.
pub type InvitationId = Id<kind::Invitation>;
/// Names a line of a security log.
pub type LineId = Id<kind::Line>;
/// Names a message.
pub type MailId = Id<kind::Mail>;

/// A UUID (RFC 9562), version 7 where we make it, that names one kind of thing.
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// A new id whose order follows `now`.
    pub fn new(now: Timestamp) -> Self {
        let millis = now.millis().max(0).unsigned_abs();
        let clock = uuid::NoContext;
        let time = uuid::Timestamp::from_unix(clock, millis / 1000, ((millis % 1000) * 1_000_000) as u32);
        Self(Uuid::new_v7(time), PhantomData)
    }

    /// A new id like [`Id::new`], which comes after every id of the same moment with a smaller `sequence` (RFC 9562,
    /// section 6.2, method 1: a counter of 26 bits; what is beyond has no order).
    pub fn in_sequence(now: Timestamp, sequence: u32) -> Self {
        const BITS: u32 = 26;
        let mut bytes = *Self::new(now).bytes();
        // Twelve bits between the version and the variant, fourteen behind it.
        let [a, b, c, d] = sequence.min((1 << BITS) - 1).to_be_bytes();
        let high = u16::from_be_bytes([a, b]) << 2 | u16::from(c >> 6);
        let [version, rest] = high.to_be_bytes();
        bytes[6] = 0x70 | version;
        bytes[7] = rest;
        bytes[8] = 0x80 | c & 0x3f;
        bytes[9] = d;
        Self::from_bytes(bytes)
    }

    /// Reads the hyphenated form, in lower case only: one thing has one name.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 36 || text.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        Uuid::try_parse(text).ok().filter(|id| !id.is_nil()).map(Self::from_uuid)
    }

    /// The 16 bytes, in the order of time.
    pub fn bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// From 16 bytes of a key.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes), PhantomData)
    }

    fn from_uuid(id: Uuid) -> Self {
        Self(id, PhantomData)
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> serde::Serialize for Id<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<C, T> Encode<C> for Id<T> {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.bytes(self.bytes())?.ok()
    }
}
impl<'b, C, T> Decode<'b, C> for Id<T> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let bytes = d.bytes()?;
        let bytes = <[u8; 16]>::try_from(bytes).map_err(|_| decode::Error::message("an id has 16 bytes"))?;
        Ok(Self::from_bytes(bytes))
    }
}
