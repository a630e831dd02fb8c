//! Words that every room speaks: ids, dates, times, who is asking.

mod amount;
mod cost;
mod if_match;
pub mod reference;
mod secret;

use std::{
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use uuid::Uuid;

pub use amount::{Amount, NoAmount};
pub use cost::PasswordCost;
pub use if_match::IfMatch;
pub use reference::reference;
pub use secret::{Secret, hash_secret};

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

/// A civil date in the family's time zone, 1900-01-01 to 2199-12-31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// The first date that can be written down.
    pub const MIN: Self = Self(jiff::civil::date(1900, 1, 1));
    /// The last one.
    pub const MAX: Self = Self(jiff::civil::date(2199, 12, 31));

    /// Reads `YYYY-MM-DD` and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() == 10
            && text.bytes().enumerate().all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
        let date = Self(well_formed.then(|| text.parse().ok()).flatten()?);
        (Self::MIN..=Self::MAX).contains(&date).then_some(date)
    }

    /// From a calendar date; outside the bounds there is none.
    pub fn from_civil(date: jiff::civil::Date) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0).contains(&date).then_some(Self(date))
    }

    /// The calendar date.
    pub fn civil(self) -> jiff::civil::Date {
        self.0
    }

    /// Days since 1900-01-01: what keys are made of.
    pub fn day_number(self) -> u32 {
        (self.0 - Self::MIN.0).get_days().unsigned_abs()
    }

    /// The date with this day number, if it is within the bounds.
    pub fn from_day_number(day: u32) -> Option<Self> {
        let days = jiff::Span::new().try_days(i64::from(day)).ok()?;
        Self::from_civil(Self::MIN.0.checked_add(days).ok()?)
    }

    /// So many days later (or earlier); stays within the bounds.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        let day = i64::from(self.day_number()) + i64::from(days);
        let day = u32::try_from(day.max(0)).unwrap_or(u32::MAX);
        Self::from_day_number(day).unwrap_or(Self::MAX)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl serde::Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<C> Encode<C> for Date {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.u32(self.day_number())?.ok()
    }
}
impl<'b, C> Decode<'b, C> for Date {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Self::from_day_number(d.u32()?).ok_or_else(|| decode::Error::message("a date out of bounds"))
    }
}

/// A moment, to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970-01-01T00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00Z.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// So much later.
    #[must_use]
    pub fn plus(self, time: std::time::Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier`; zero if it is not.
    pub fn since(self, earlier: Self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }

    /// The civil date and time in a zone.
    pub fn in_zone(self, zone: &jiff::tz::TimeZone) -> jiff::ZonedDateTime {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or_default().to_zoned_datetime(zone.clone())
    }

    /// The civil date in a zone.
    pub fn date_in(self, zone: &jiff::tz::TimeZone) -> Date {
        Date::from_civil(self.in_zone(zone).date()).unwrap_or(Date::MAX)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339, in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&jiff::Timestamp::from_millisecond(self.0).unwrap_or_default(), f)
    }
}
impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<C> Encode<C> for Timestamp {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.i64(self.0)?.ok()
    }
}
impl<'b, C> Decode<'b, C> for Timestamp {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        d.i64().map(Self)
    }
}

/// Where the time comes from. Tests own theirs.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's.
    System,
    /// Milliseconds that somebody sets.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still until it is moved.
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.millis())))
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Timestamp(jiff::Timestamp::now().as_millisecond()),
            Self::Manual(millis) => Timestamp(millis.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock on; the machine's own stays as it is.
    pub fn advance(&self, time: std::time::Duration) {
        if let Self::Manual(millis) = self {
            millis.fetch_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

/// What a member of a family may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// Everything, members and deletion included.
    #[n(0)]
    Owner,
    /// The whole record.
    #[n(1)]
    Carer,
    /// Reads what is not private.
    #[n(2)]
    Viewer,
    /// Reads and adds to their own record, never what is private. No account: the parent's permission alone.
    #[n(3)]
    Learner,
}

impl Role {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Carer => "carer",
            Self::Viewer => "viewer",
            Self::Learner => "learner",
        }
    }

    /// The most that this role can ever be given.
    pub fn scopes(self) -> Scopes {
        match self {
            Self::Owner | Self::Carer => Scopes::ALL,
            Self::Viewer => Scopes::of(&[Scope::RecordsRead, Scope::PortfolioRead, Scope::AccountRead]),
            Self::Learner => Scopes::of(&[Scope::RecordsRead, Scope::RecordsWrite]),
        }
    }
}

/// One right of a token (RFC 6749, section 3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Read entries, learners and subjects.
    RecordsRead,
    /// Add, change and delete entries.
    RecordsWrite,
    /// See and set what is private.
    RecordsPrivate,
    /// Add and change learners and subjects.
    LearnersWrite,
    /// Read portfolios.
    PortfolioRead,
    /// Make and delete portfolios.
    PortfolioWrite,
    /// Read name and email of the account.
    AccountRead,
}

impl Scope {
    /// Every scope, in the order in which they are offered.
    pub const ALL: [Self; 7] = [
        Self::RecordsRead,
        Self::RecordsWrite,
        Self::RecordsPrivate,
        Self::LearnersWrite,
        Self::PortfolioRead,
        Self::PortfolioWrite,
        Self::AccountRead,
    ];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RecordsRead => "records:read",
            Self::RecordsWrite => "records:write",
            Self::RecordsPrivate => "records:private",
            Self::LearnersWrite => "learners:write",
            Self::PortfolioRead => "portfolio:read",
            Self::PortfolioWrite => "portfolio:write",
            Self::AccountRead => "account:read",
        }
    }

    /// What it allows, for whoever writes a program.
    pub fn about(self) -> &'static str {
        match self {
            Self::RecordsRead => "Read entries, learners and subjects.",
            Self::RecordsWrite => "Add, change and delete entries.",
            Self::RecordsPrivate => "See and set what is private.",
            Self::LearnersWrite => "Add and change learners and subjects.",
            Self::PortfolioRead => "Read portfolios.",
            Self::PortfolioWrite => "Make and delete portfolios.",
            Self::AccountRead => "Read name and email of the account.",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

/// A set of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Scopes(#[n(0)] u32);

impl Scopes {
    /// All of them.
    pub const ALL: Self = Self((1 << Scope::ALL.len()) - 1);

    /// These and no others.
    pub fn of(scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(0, |set, scope| set | scope.bit()))
    }

    /// Whether the set holds the scope.
    pub fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// What both sets hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether it holds nothing.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes of the set, in order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

/// Who is asking: plain data, built only by `identify`, anew in every request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account that is signed in, or that made the token; where a learner is signed in, their own id.
    pub account: AccountId,
    /// The one family that this request can reach.
    pub family: FamilyId,
    /// The account's role in it.
    pub role: Role,
    /// What this session or token may do, never more than the role.
    pub scopes: Scopes,
    /// If set, only these learners and their entries exist for the caller.
    pub learners: Option<Vec<LearnerId>>,
}

impl Caller {
    /// Whether private entries exist for the caller.
    pub fn sees_private(&self) -> bool {
        self.scopes.has(Scope::RecordsPrivate)
    }
}

/// What a request brings to prove who sends it.
#[derive(Debug, Clone, Copy)]
pub enum Credential<'a> {
    /// The session cookie's value.
    Session(&'a str),
    /// A bearer token (RFC 6750).
    Token(&'a str),
}

/// What a session tells beside who is signed in.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// Names the session: the hash of its secret.
    pub session: [u8; 32],
    /// When the person last proved in it who they are: by signing in, or where a page asked again.
    pub confirmed_at: Timestamp,
    /// Until when it opens the operator's pages.
    pub operator_until: Option<Timestamp>,
}

impl Standing {
    /// For so long a proof of who somebody is counts for sensitive acts.
    pub const CONFIRMED: std::time::Duration = std::time::Duration::from_mins(15);

    /// Whether the person proved lately enough who they are.
    pub fn is_confirmed(&self, now: Timestamp) -> bool {
        now.since(self.confirmed_at) < Self::CONFIRMED
    }
}

/// Who sent a request, once its credential was proved.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The account that is signed in.
    pub account: AccountId,
    /// What it reaches; none for an account that belongs to no family.
    pub caller: Option<Caller>,
    /// The session; none for a token.
    pub standing: Option<Standing>,
    /// Whether the credential's last use should be noted again.
    pub stale: bool,
}
