//! Recovery codes: 160 random bits that a person can copy to paper and type back.

use std::{fmt, ops::RangeInclusive};

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
    /// Two groups, from 1, each of which fits in the place of the other.
    #[error("groups {0} and {1} seem to be exchanged")]
    Exchanged(usize, usize),
    /// A group, from 1, and its place: all fit once it stands there.
    #[error("group {0} seems to belong in place {1}")]
    Moved(usize, usize),
}

/// What looks like a code has so many letters and digits, be they too few or too many,
const ABOUT: RangeInclusive<usize> = GROUPS * GROUP - 2 * GROUP..=GROUPS * GROUP + 2 * GROUP;
/// so many digits at least, which words have not,
const DIGITS: usize = 3;
/// and at most so many letters that no code has.
const FOREIGN: usize = 2;

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
                return Err(out_of_order(&symbols).unwrap_or(Mistyped::Group(number + 1)));
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

    /// What is wrong with a code that somebody mistyped; none where it is one, or does not even look like one: a passphrase
    /// is words, or signs without groups, and is never told about as if it were a code.
    pub fn slip(typed: &str) -> Option<Mistyped> {
        let slip = Self::parse(typed).err()?;
        let is_part = |c: &char| c.is_alphanumeric();
        let all = || typed.chars().filter(is_part);
        let foreign = all().filter(|c| value(*c).is_none()).count();
        let digits = all().filter(char::is_ascii_digit).count();
        if !ABOUT.contains(&all().take(ABOUT.end() + 1).count()) || foreign > FOREIGN || digits < DIGITS {
            return None;
        }
        let parts: Vec<usize> =
            typed.split(|c: char| !is_part(&c)).map(|part| part.chars().count()).filter(|length| *length > 0).collect();
        let groups = parts.iter().filter(|length| **length == GROUP).count();
        let is_one = parts.len() == 1
            && all().count().abs_diff(GROUPS * GROUP) <= 2
            && !(typed.contains(char::is_uppercase) && typed.contains(char::is_lowercase));
        (is_one || groups * 2 > parts.len()).then_some(slip)
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

/// What is wrong where every group fits in some place, and only their order is another: each check tells its place.
fn out_of_order(symbols: &[u8]) -> Option<Mistyped> {
    let place = |group: &[u8]| {
        let (check, values) = group.split_last()?;
        (0..GROUPS).find(|place| checked(*place, values) == *check)
    };
    let places = symbols.chunks_exact(GROUP).map(place).collect::<Option<Vec<usize>>>()?;
    let is_in_order = |order: &[usize]| order.iter().copied().eq(0..GROUPS);
    for from in 0..GROUPS {
        for to in (0..GROUPS).filter(|to| *to != from) {
            let mut exchanged = places.clone();
            exchanged.swap(from, to);
            if is_in_order(&exchanged) {
                return Some(Mistyped::Exchanged(from + 1, to + 1));
            }
            let mut moved = places.clone();
            let group = moved.remove(from);
            moved.insert(to, group);
            if is_in_order(&moved) {
                return Some(Mistyped::Moved(from + 1, to + 1));
            }
        }
    }
    None
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
                let why = RecoveryCode::parse(&swapped.join("-")).unwrap_err();
                assert_eq!(why, Mistyped::Exchanged(other + 1, one + 1));
                let mut moved = groups.clone();
                let group = moved.remove(one);
                moved.insert(other, group);
                let why = RecoveryCode::parse(&moved.join("-")).unwrap_err();
                if one - other == 1 {
                    assert_eq!(why, Mistyped::Exchanged(other + 1, one + 1), "neighbours");
                } else {
                    assert_eq!(why, Mistyped::Moved(other + 1, one + 1));
                }
            }
        }
        // With a slip beside it nothing is guessed.
        let mut both = groups.clone();
        both.swap(1, 5);
        let bent = if groups[7].starts_with('7') { "8" } else { "7" }.to_owned() + &groups[7][1..];
        both[7] = &bent;
        assert_eq!(RecoveryCode::parse(&both.join("-")).unwrap_err(), Mistyped::Group(2));
    }

    #[test]
    fn what_looks_like_a_code_is_told_its_slip() {
        let shown = code().expose();
        let bare = shown.replace('-', "");
        let said = |typed: &str| RecoveryCode::slip(typed).map(|slip| slip.to_string());
        let counted = |count| Some(format!("a recovery code has 40 letters and digits, and this has {count}"));
        assert_eq!(said(&shown), None, "nothing is wrong with it");
        // A letter is missing, or there is one too many; a group, too.
        assert_eq!(said(&shown[..46]), counted(39));
        assert_eq!(said(&shown[1..].to_lowercase()), counted(39));
        assert_eq!(said(&format!("{}7", *shown)), counted(41));
        assert_eq!(said(&shown[6..]), counted(35));
        assert_eq!(said(&bare[..39]), counted(39));
        // A sign that no code has, and nothing else of what was typed.
        assert_eq!(said(&shown.replacen(&shown[..1], "U", 1)), Some("a recovery code has no 'U'".to_owned()));
        assert_eq!(said(&shown.replace('-', ".")), Some("a recovery code has no '.'".to_owned()));
        assert_eq!(
            said(&format!("{}-{}", &shown[6..], &shown[..5])),
            Some("group 8 seems to belong in place 1".into())
        );
    }

    #[test]
    fn a_passphrase_is_never_told_about_as_a_code() {
        for passphrase in [
            "",
            "kettles, moss and a tricycle",
            "seven green boats sail past every winter",
            "these eight words never spell magic beans",
            // Forty letters that a code may have.
            "apple berry candy dance eagle fancy grape hello",
            "correct horse battery staple 1984 and 2001",
            // As programs make them up.
            "d41d8cd98f00b204e9800998ecf8427e",
            "kT9vR2xWq8ZmB4nC7pL1sD5fG3hJ6kM0aQwErTyX",
            "7K3QX",
        ] {
            assert_eq!(RecoveryCode::slip(passphrase), None, "{passphrase}");
        }
        assert_eq!(RecoveryCode::slip(&"7".repeat(100_000)), None);
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
