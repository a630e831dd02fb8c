//! The fuzzer's bytes, read as choices. Where they end, every choice is the first one and every byte 0, so that all
//! bytes mean something.

use tempfile::TempDir;

/// What is left of them.
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *byte
    }

    pub fn word(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// A choice of some; of none, 0.
    pub fn below(&mut self, choices: usize) -> usize {
        let bytes = match choices {
            0..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 3,
        };
        (0..bytes).fold(0, |read, _| read << 8 | usize::from(self.byte())) % choices.max(1)
    }

    pub fn coin(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// Up to so many bytes, as they are.
    pub fn some(&mut self, most: usize) -> &'a [u8] {
        let count = self.below(most + 1).min(self.0.len());
        let (some, rest) = self.0.split_at(count);
        self.0 = rest;
        some
    }

    /// A number from the borders at which sums overflow and sizes end, or one near what was there.
    pub fn number(&mut self, old: u64) -> u64 {
        let near = u64::from(self.byte());
        match self.below(12) {
            0 => old.wrapping_add(near),
            1 => old.wrapping_sub(near),
            2 => near,
            3 => u64::MAX - near,
            4 => (1 << 32) - 1 - near,
            5 => (1 << 32) + near,
            6 => (1 << 31) + near,
            7 => (1 << 44) - near * 4096,
            8 => old.wrapping_mul(near),
            9 => old ^ 1 << (near % 64),
            10 => near << 12,
            _ => near << 40,
        }
    }
}

/// Changes bytes that have no structure that we know of: a few are set, lost, doubled, taken from another such thing.
pub fn change(bytes: &mut Vec<u8>, other: &[u8], input: &mut Input) {
    let at = input.below(bytes.len().max(1)).min(bytes.len());
    match input.below(8) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << input.below(8);
            }
        }
        1 | 2 => {
            let new = input.some(16);
            bytes.iter_mut().skip(at).zip(new).for_each(|(byte, new)| *byte = *new);
        }
        3 => bytes.truncate(at),
        4 => {
            let count = input.below(1 << 10);
            bytes.extend(std::iter::repeat_n(input.byte(), count));
        }
        5 => {
            let end = (at + input.below(600)).min(bytes.len());
            drop(bytes.drain(at..end));
        }
        6 => {
            let end = (at + input.below(600)).min(bytes.len());
            let doubled = bytes[at..end].to_vec();
            drop(bytes.splice(at..at, doubled));
        }
        _ => {
            let count = input.below(600);
            bytes.iter_mut().zip(other).skip(at).take(count).for_each(|(byte, other)| *byte = *other);
        }
    }
}

/// A folder for files, in memory where the machine has a file system for that: a run makes a dozen.
///
/// # Errors
/// The disk's.
pub fn folder() -> std::io::Result<TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}
