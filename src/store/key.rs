//! Keys: bytes whose order is the order of the table.

use crate::types::{Date, Id};

/// Something that can stand in a key. Fixed length, or ended by a zero byte, so that no part runs into the next.
pub trait KeyPart: Sized {
    /// Appends the bytes.
    fn put(&self, out: &mut Vec<u8>);
    /// Takes the part off the front, or tells that the bytes are no such key.
    fn take(bytes: &mut &[u8]) -> Option<Self>;
}

/// A whole key, or the first parts of one.
pub trait Key: Sized {
    /// Appends the bytes.
    fn encode(&self, out: &mut Vec<u8>);
    /// Reads a whole key.
    fn decode(bytes: &[u8]) -> Option<Self>;
    /// The bytes.
    fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        self.encode(&mut out);
        out
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (front, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*front)
}

impl<T> KeyPart for Id<T> {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.bytes());
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes).map(Self::from_bytes)
    }
}

impl<const N: usize> KeyPart for [u8; N] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes)
    }
}

impl KeyPart for u8 {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        take::<1>(bytes).map(|[b]| b)
    }
}

impl KeyPart for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes).map(Self::from_be_bytes)
    }
}

impl KeyPart for Date {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.day_number().to_be_bytes());
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes).and_then(|day| Self::from_day_number(u32::from_be_bytes(day)))
    }
}

/// Text ends with a zero byte, which it therefore may not hold: callers store names and words only.
impl KeyPart for String {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend(self.bytes().filter(|b| *b != 0));
        out.push(0);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let end = bytes.iter().position(|b| *b == 0)?;
        let text = std::str::from_utf8(&bytes[..end]).ok()?.to_owned();
        *bytes = &bytes[end + 1..];
        Some(text)
    }
}

/// Turns the order round: newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Descending<T>(pub T);

impl<T: KeyPart> KeyPart for Descending<T> {
    fn put(&self, out: &mut Vec<u8>) {
        let from = out.len();
        self.0.put(out);
        out[from..].iter_mut().for_each(|b| *b = !*b);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        // Only fixed-length parts are turned round; they take what they need from the flipped copy.
        let flipped: Vec<u8> = bytes.iter().map(|b| !b).collect();
        let mut rest = flipped.as_slice();
        let part = T::take(&mut rest)?;
        *bytes = &bytes[flipped.len() - rest.len()..];
        Some(Self(part))
    }
}

/// The prefix of every key.
impl Key for () {
    fn encode(&self, _: &mut Vec<u8>) {}
    fn decode(bytes: &[u8]) -> Option<Self> {
        bytes.is_empty().then_some(())
    }
}

macro_rules! keys {
    ($(($($part:ident),+))+) => {$(
        #[allow(non_snake_case)]
        impl<$($part: KeyPart),+> Key for ($($part,)+) {
            fn encode(&self, out: &mut Vec<u8>) {
                let ($($part,)+) = self;
                $($part.put(out);)+
            }
            fn decode(mut bytes: &[u8]) -> Option<Self> {
                $(let $part = $part::take(&mut bytes)?;)+
                bytes.is_empty().then_some(($($part,)+))
            }
        }
    )+};
}
keys! { (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) }

/// The smallest bytes above every key that begins with `prefix`; none if there is no such bound.
pub fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < 0xff {
            end.push(last + 1);
            return Some(end);
        }
    }
    None
}
