//! What everybody knows of a person: no password is built round it.

use unicode_normalization::UnicodeNormalization;

/// A word shorter than this stands in too many others.
const SHORTEST: usize = 4;
/// How many characters of a password must be left when the known words are taken away.
const LEFT: usize = 8;
/// How much of a text is looked at, and how many words in all: nobody's name is longer.
const CHARACTERS: usize = 300;
const WORDS: usize = 32;

/// Names and addresses, taken apart into words, folded; the longest first.
pub(super) struct Known(Vec<String>);

impl Known {
    /// Of what is known: each as a whole, and its words.
    pub(super) fn of(texts: &[&str]) -> Self {
        let mut words = Vec::new();
        for text in texts {
            let whole = fold(&text.trim().chars().take(CHARACTERS).collect::<String>());
            words.extend(whole.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
            // An address is known without what follows the `@`, too.
            words.extend(whole.split('@').map(str::to_owned));
            words.push(whole);
        }
        words.retain(|word| word.chars().count() >= SHORTEST);
        words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        words.dedup();
        words.truncate(WORDS);
        Self(words)
    }

    /// The words.
    pub(super) fn words(&self) -> &[String] {
        &self.0
    }

    /// Whether too little is left of a password when the known words in it are taken away.
    pub(super) fn is_all_of(&self, password: &str) -> bool {
        let folded = fold(password);
        let left = self.0.iter().fold(folded.clone(), |left, word| left.replace(word.as_str(), ""));
        left != folded && left.chars().filter(|c| !c.is_whitespace() && !c.is_ascii_punctuation()).count() < LEFT
    }
}

fn fold(text: &str) -> String {
    text.nfc().collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_is_a_name_with_trimmings_is_built_round_it() {
        let known = Known::of(&["Ana Sofia Ash-Field", "ana.ashfield@example.org", "Woodland co-op"]);
        for password in [
            "ana.ashfield@example.org",
            "AnaSofiaAshfield",
            "Sofia Ash-Field 1985",
            "woodland woodland",
            "example.org 2026!!!",
            "*** Woodland co-op ***",
        ] {
            assert!(known.is_all_of(password), "{password}");
        }
        for password in ["conkers and wellies", "sofia found nine conkers", "an ash tree in a small wood", ""] {
            assert!(!known.is_all_of(password), "{password}");
        }
    }

    #[test]
    fn what_says_nothing_forbids_nothing() {
        for texts in [vec![], vec![""], vec!["Al", "a@b.c", " "]] {
            assert!(!Known::of(&texts).is_all_of("al al al al al al"));
        }
        let long = "word ".repeat(100_000);
        assert!(Known::of(&[&long]).words().len() <= WORDS);
    }
}
