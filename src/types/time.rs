//! Dates, moments, and where the time comes from.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

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
