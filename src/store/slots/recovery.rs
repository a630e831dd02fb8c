//! Recovery codes: 160 random bits that a person can copy to paper and type back.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{store::sealed::random, types::reference::SIGNS};

/// A code is so many groups.
pub const GROUPS: usize = 8;
/// A group is four symbols of five random bits each, and one that checks them and their place.
pub const GROUP: usize = 5;
/// The random bytes behind a code.
pub const BYTES: usize = 20;

/// 160 random bits as eight groups of five symbols, `7K3QX-…`. Never printed by accident, wiped when dropped.
///
/// The last symbol of each group checks the group and its place (a polynomial over GF(32)): any one wrong symbol, any
/// two swapped ones and any two swapped groups are noticed, and the group can be named.
#[derive(Clone)]
pub struct RecoveryCode(Zeroizing<[u8; BYTES]>);

/// What is wrong with a code as it was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistyped {
    /// Too few or too many symbols.
    #[error("a recovery code has {symbols} letters and digits, and this has {0}", symbols = GROUPS * GROUP)]
    Length(usize),
    /// A character that no code has.
    #[error("a recovery code has no {0:?}")]
    Symbol(char),
    /// A group, from 1, whose last symbol does not fit the others.
    #[error("there is a slip in group {0}")]
    Group(usize),
}

impl RecoveryCode {
    /// A new one.
    ///
    /// # Errors
    /// Where the machine gives no random numbers.
    pub fn random() -> std::io::Result<Self> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        random(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// Reads a code as people type it: in any case, with spaces or hyphens anywhere, O for 0, I or L for 1.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(typed: &str) -> Result<Self, Mistyped> {
        let mut symbols = Zeroizing::new(Vec::with_capacity(GROUPS * GROUP));
        for typed in typed.chars().filter(|typed| !typed.is_whitespace() && !is_hyphen(*typed)) {
            // However long the text is, no more of it is kept.
            symbols.push(value(typed).ok_or(Mistyped::Symbol(typed))?);
            if symbols.len() > 2 * GROUPS * GROUP {
                break;
            }
        }
        if symbols.len() != GROUPS * GROUP {
            return Err(Mistyped::Length(symbols.len()));
        }
        let mut data = Zeroizing::new(Vec::with_capacity(GROUPS * (GROUP - 1)));
        for (number, group) in symbols.chunks_exact(GROUP).enumerate() {
            let (values, check) = group.split_at(GROUP - 1);
            if check != [checked(number, values)] {
                return Err(Mistyped::Group(number + 1));
            }
            data.extend_from_slice(values);
        }
        // Eight symbols are five bytes.
        let mut bytes = Zeroizing::new([0; BYTES]);
        for (out, values) in bytes.chunks_exact_mut(5).zip(data.chunks_exact(8)) {
            let bits = values.iter().fold(0_u64, |bits, value| bits << 5 | u64::from(*value));
            out.copy_from_slice(&bits.to_be_bytes()[3..]);
        }
        Ok(Self(bytes))
    }

    /// The code, for the one time that it is shown.
    pub fn expose(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(GROUPS * (GROUP + 1)));
        let values = self.0.chunks_exact(5).flat_map(|five| {
            let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            (0..8).rev().map(move |place| (bits >> (5 * place)) as u8 & 31)
        });
        let values = Zeroizing::new(values.collect::<Vec<u8>>());
        for (number, group) in values.chunks_exact(GROUP - 1).enumerate() {
            if number > 0 {
                text.push('-');
            }
            let symbols = group.iter().copied().chain([checked(number, group)]);
            text.extend(symbols.map(|value| char::from(SIGNS[usize::from(value & 31)])));
        }
        text
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

/// In constant time.
impl PartialEq for RecoveryCode {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&*other.0).into()
    }
}

impl Eq for RecoveryCode {}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

fn value(typed: char) -> Option<u8> {
    let symbol = match typed.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    SIGNS.iter().position(|known| char::from(*known) == symbol).map(|at| at as u8)
}

fn is_hyphen(typed: char) -> bool {
    matches!(typed, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// The check of a group at a place: its symbols and its place as a polynomial's coefficients, taken at x.
fn checked(place: usize, values: &[u8]) -> u8 {
    values.iter().fold(times_x(place as u8 + 1), |sum, value| times_x(sum ^ value))
}

/// Multiplies by x in GF(32) = GF(2)[x] / (x⁵ + x² + 1).
fn times_x(value: u8) -> u8 {
    let twice = value << 1;
    if twice & 32 == 0 { twice } else { (twice ^ 0b10_0101) & 31 }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn code() -> RecoveryCode {
        RecoveryCode(Zeroizing::new(std::array::from_fn(|at| (at as u8).wrapping_mul(37))))
    }

    #[test]
    fn a_code_is_read_as_it_was_shown() {
        for _ in 0..100 {
            let code = RecoveryCode::random().unwrap();
            assert!(RecoveryCode::parse(&code.expose()).unwrap() == code);
        }
        assert_eq!(code().expose().len(), 47);
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let shown = code().expose();
        let lower = shown.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert!(RecoveryCode::parse(&lower).unwrap() == code());
        assert!(RecoveryCode::parse(&shown.replace('-', "\u{2013}\n")).unwrap() == code());
    }

    #[test]
    fn every_slip_is_noticed_in_its_group() {
        let shown = code().expose();
        let symbols: Vec<char> = shown.chars().collect();
        for at in (0..symbols.len()).filter(|at| symbols[*at] != '-') {
            let group = Mistyped::Group(at / 6 + 1);
            for other in SIGNS.iter().map(|symbol| char::from(*symbol)).filter(|other| *other != symbols[at]) {
                let mut wrong = symbols.clone();
                wrong[at] = other;
                assert_eq!(RecoveryCode::parse(&wrong.iter().collect::<String>()).unwrap_err(), group);
            }
            for with in (at / 6 * 6..at).filter(|with| symbols[*with] != symbols[at]) {
                let mut swapped = symbols.clone();
                swapped.swap(at, with);
                assert_eq!(RecoveryCode::parse(&swapped.iter().collect::<String>()).unwrap_err(), group);
            }
        }
    }

    #[test]
    fn groups_in_another_order_are_noticed() {
        let shown = code().expose();
        let groups: Vec<&str> = shown.split('-').collect();
        for one in 0..GROUPS {
            for other in 0..one {
                let mut swapped = groups.clone();
                swapped.swap(one, other);
                assert_eq!(RecoveryCode::parse(&swapped.join("-")).unwrap_err(), Mistyped::Group(other + 1));
            }
        }
    }

    #[test]
    fn what_is_no_code_is_told_apart() {
        let wrong = |typed: &str| RecoveryCode::parse(typed).unwrap_err();
        assert_eq!(wrong(""), Mistyped::Length(0));
        assert_eq!(wrong(&code().expose()[..46]), Mistyped::Length(39));
        assert_eq!(wrong("7K3QU"), Mistyped::Symbol('U'));
        assert_eq!(wrong("7K3Qé"), Mistyped::Symbol('é'));
        assert_eq!(wrong(&"7".repeat(100_000)), Mistyped::Length(81));
    }
}
