//! A short name that people can read out: "K7QM-4T2X".

use super::Id;

/// The letters and digits that are not mistaken for one another: Crockford's base 32, without I, L, O and U.
pub(crate) const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Eight signs of what is random in an id: enough to tell the things of one instance apart, and it opens nothing.
pub fn reference<T>(id: &Id<T>) -> String {
    let random = id.bytes().iter().skip(11).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let mut signs: String = (0..8)
        .rev()
        .map(|at| SIGNS.get((random >> (5 * at)) as usize & 31).map_or('0', |sign| char::from(*sign)))
        .collect();
    signs.insert(4, '-');
    signs
}

/// A reference as somebody typed it: any case, with or without the dash and spaces; O is 0, I and L are 1.
pub fn typed(text: &str) -> String {
    let signs = text.to_uppercase().chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let mut signs = signs.replace('O', "0").replace(['I', 'L'], "1");
    if signs.len() == 8 {
        signs.insert(4, '-');
    }
    signs
}

#[cfg(test)]
mod tests {
    use super::{reference, typed};
    use crate::types::FamilyId;

    #[test]
    fn a_reference_is_known_however_it_is_typed() {
        let id = FamilyId::from_bytes([0, 0, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0x01, 0x20, 0xff, 0x00, 0x1f]);
        assert_eq!(reference(&id), "04GF-Y00Z");
        for said in ["04GF-Y00Z", "04gfy00z", " 04gf y00z ", "O4GF-YOOZ"] {
            assert_eq!(typed(said), "04GF-Y00Z", "{said}");
        }
        assert_eq!(typed("04GF-Y00"), "04GFY00");
    }
}
