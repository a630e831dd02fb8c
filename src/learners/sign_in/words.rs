//! The words that a child signs in with: what is accepted, what is offered, and how they are compared.

use unicode_normalization::UnicodeNormalization;

use crate::{
    accounts::{
        Password,
        password::{Fault, MAX},
    },
    error::{Error, Invalid, Result},
};

/// The fewest characters of the words.
pub const FEWEST: usize = 12;
/// How many words are offered: with the list below, 2 to the power of 45 ways.
const OFFERED: usize = 4;
/// So many characters at least are left of the words when the child's and the family's names are taken out of them.
const LEFT: usize = 8;

/// What is offered to parents. Where it is from stands in its first lines.
static WORDS: &str = include_str!("../words.txt");

/// The words in the one form that is hashed: case, and what stands between words, don't matter.
fn folded(raw: &str) -> String {
    let plain: String = raw.nfc().flat_map(char::to_lowercase).collect();
    plain.split(|c: char| c.is_whitespace() || c == '-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Words that a parent sets: 12 to 128 characters, as hard to guess as any password, not common, and not built round
/// what is `known`: the nickname and the family's name. It may take as long as hashing.
///
/// # Errors
/// Names the field `words`, and the bound or the reason.
pub fn parse(raw: &str, known: &[&str]) -> Result<Password, Invalid> {
    let words = folded(raw);
    if is_names(&words, known) {
        return Err(Invalid::new("words", "error-words-known"));
    }
    Password::held_to(&words, FEWEST, known).map_err(|fault| match fault {
        Fault::Short => Invalid::new("words", "error-words-short").with("min", FEWEST),
        Fault::Long => Invalid::new("words", "error-too-long").with("max", MAX),
        Fault::Common => Invalid::new("words", "error-words-common"),
        Fault::Known => Invalid::new("words", "error-words-known"),
        Fault::Guessable(reason) => Invalid::new("words", reason),
    })
}

/// Whether too little is left when the words of names are taken out. Nicknames are short: those of two letters count.
fn is_names(words: &str, known: &[&str]) -> bool {
    let names: Vec<String> = known.iter().map(|name| folded(name)).collect();
    let is_name = |word: &&str| names.iter().any(|name| name.split(' ').any(|part| part == *word));
    let (of_names, others): (Vec<&str>, Vec<&str>) = words.split(' ').partition(is_name);
    !of_names.is_empty() && others.iter().map(|word| word.chars().count()).sum::<usize>() < LEFT
}

/// What somebody typed to sign in.
pub fn attempt(raw: &str) -> Password {
    let some: String = raw.chars().take(2 * MAX).collect();
    Password::attempt(&folded(&some))
}

/// Four words by chance, which [`parse`] takes beside what is `known`. It may take as long as hashing.
///
/// # Errors
/// `Internal` where the system has no randomness to give.
pub fn offer(known: &[&str]) -> Result<String> {
    loop {
        // Of the few that are refused, one names a word four times, another the family.
        let offered = drawn()?;
        if parse(&offered, known).is_ok() {
            return Ok(offered);
        }
    }
}

fn drawn() -> Result<String> {
    let words: Vec<&str> = WORDS.lines().filter(|line| !line.starts_with('#')).collect();
    let count = u32::try_from(words.len()).map_err(Error::internal)?;
    let fair = u32::MAX - u32::MAX % count;
    let mut offered = Vec::with_capacity(OFFERED);
    while offered.len() < OFFERED {
        let mut bytes = [0; 4];
        getrandom::fill(&mut bytes).map_err(Error::internal)?;
        let number = u32::from_le_bytes(bytes);
        // The few numbers beyond the last whole round would favour the first words.
        if number < fair {
            offered.push(words[(number % count) as usize]);
        }
    }
    Ok(offered.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_without_case_and_whatever_stands_between_them() {
        for typed in ["Otter Maple pond brick", "otter-maple-pond-brick", "  OTTER maple\tpond\n brick "] {
            assert_eq!(folded(typed), "otter maple pond brick");
        }
        assert_eq!(folded("e\u{301}clair"), folded("\u{e9}clair"));
        assert!(parse("short words", &[]).is_err());
        assert!(parse("a dozen newts", &[]).is_ok());
    }

    #[test]
    fn words_are_held_to_the_rules_of_passwords_and_are_no_names() {
        let why = |raw: &str| parse(raw, &["Nia", "The Ash family"]).map(drop).map_err(|invalid| invalid.code());
        for (raw, reason) in [
            ("eleven char", "words-short"),
            ("Nia Nia Nia Nia", "words-known"),
            ("nia-ash-family-nia", "words-known"),
            ("Nia the cat Nia", "words-known"),
            ("123456789012", "words-common"),
            ("otter otter otter", "password-repeats"),
            ("fghijklmnopqrstuvw", "password-sequence"),
        ] {
            assert_eq!(why(raw), Err(reason), "{raw}");
        }
        assert_eq!(why(&"otter maple ".repeat(11)), Err("too-long"));
        for raw in ["otter maple pond brick", "nia found nine otters", "quite other words"] {
            assert_eq!(why(raw), Ok(()), "{raw}");
        }
    }

    #[test]
    fn the_words_that_are_offered_are_many_distinct_and_enough() {
        let words: Vec<&str> = WORDS.lines().filter(|line| !line.starts_with('#')).collect();
        let distinct: std::collections::BTreeSet<&&str> = words.iter().collect();
        assert!(words.len() > 2_700 && distinct.len() == words.len());
        assert!(words.iter().all(|word| (4..=6).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase())));
        let offers: Vec<String> = (0..200).filter_map(|_| offer(&[]).ok()).collect();
        assert!(offers.len() == 200 && offers.iter().all(|offer| parse(offer, &[]).is_ok()));
        let distinct: std::collections::BTreeSet<&String> = offers.iter().collect();
        assert_eq!(distinct.len(), offers.len());
    }

    #[test]
    fn what_is_drawn_but_for_one_in_thousands_passes_the_rules() {
        let drawn: Vec<String> = (0..200).filter_map(|_| drawn().ok()).collect();
        assert!(drawn.len() == 200 && drawn.iter().filter(|words| parse(words, &[]).is_err()).count() <= 1);
    }
}
