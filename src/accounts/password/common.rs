//! The million most common passwords, as a filter: it has every one of them, and of others one in 65,000.
//!
//! `common.filter` holds fingerprints of those that a bound of length lets through, whatever their case (a binary fuse
//! filter: Graf and Lemire, 2022; 18 bits each). It is a part of the program, and is read where it lies: three places
//! of it in each question. `packaging/common-passwords` makes it.

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use xorf::{BinaryFuse16Ref, Filter, FilterRef};

/// Where the fingerprints begin, which are numbers of two bytes.
const HEAD: usize = 20;

#[repr(C, align(2))]
struct Aligned<T: ?Sized>(T);

static FILTER: &Aligned<[u8]> = &Aligned(*include_bytes!("common.filter"));

/// Whether a password is among them, in any case and any normal form.
pub fn holds(password: &str) -> bool {
    let (head, fingerprints) = FILTER.0.split_at(HEAD);
    BinaryFuse16Ref::from_dma(head, fingerprints).contains(&key(password))
}

/// What stands for a password in the filter.
pub fn key(password: &str) -> u64 {
    let folded = password.nfc().collect::<String>().to_lowercase();
    let hash = Sha256::digest(folded.as_bytes());
    u64::from_le_bytes(std::array::from_fn(|at| hash[at]))
}
