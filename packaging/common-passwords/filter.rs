//! The filter, as `hec::accounts::password::common` reads it.

use hec::accounts::password::{MIN_WITH_FACTOR, common::key};
use xorf::{BinaryFuse16, DmaSerializable};

/// The filter of those passwords of a list, one a line, that a bound of length lets through. The same list makes the
/// same filter.
pub fn made_of(list: &str) -> Result<Vec<u8>, &'static str> {
    let long = list.lines().filter(|line| line.chars().count() >= MIN_WITH_FACTOR);
    let mut keys: Vec<u64> = long.map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    let filter = BinaryFuse16::try_from(&keys)?;
    let mut bytes = vec![0; BinaryFuse16::DESCRIPTOR_LEN];
    filter.dma_copy_descriptor_to(&mut bytes);
    bytes.extend_from_slice(filter.dma_fingerprints());
    Ok(bytes)
}
