//! How hard a password is to guess, by zxcvbn (Wheeler, USENIX Security 2016): 3 of 4 and more is accepted.
//!
//! Its work grows much faster than the password; where signs may stand for letters, a hundred of them keep a processor
//! busy for seconds. So a long password is looked at in pieces, and it is as good as the best of them. A piece that is
//! one thing again and again is as good as that one thing.

use zxcvbn::{Score, feedback::Warning, zxcvbn};

/// How many characters are looked at at a time.
const PIECE: usize = 32;

/// Whether a password is hard enough to guess, `known` words counted as the first that somebody would try.
///
/// # Errors
/// The reason, as a key of the catalogue.
pub(super) fn judge(password: &str, known: &[String]) -> Result<(), &'static str> {
    let characters: Vec<char> = password.chars().collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    // What repeats as a whole begins elsewhere in each piece.
    if period(&characters) < characters.len().min(PIECE + 1) {
        return judge_piece(&characters, &known);
    }
    let mut reason = None;
    for piece in characters.chunks(PIECE) {
        match judge_piece(piece, &known) {
            Ok(()) => return Ok(()),
            Err(why) => _ = reason.get_or_insert(why),
        }
    }
    Err(reason.unwrap_or("error-password-guessable"))
}

fn judge_piece(piece: &[char], known: &[&str]) -> Result<(), &'static str> {
    let once = period(piece);
    let repeats = once < piece.len();
    let text: zeroize::Zeroizing<String> = zeroize::Zeroizing::new(piece.iter().take(once).collect());
    let found = zxcvbn(&text, known);
    match (found.score() >= Score::Three, repeats) {
        (true, _) => Ok(()),
        (false, true) => Err("error-password-repeats"),
        (false, false) => Err(reason(found.feedback().and_then(zxcvbn::feedback::Feedback::warning))),
    }
}

/// After how many characters it begins again, where it holds that twice at least; else all of it.
fn period(piece: &[char]) -> usize {
    (1..=piece.len() / 2).find(|at| piece.iter().zip(&piece[*at..]).all(|(a, b)| a == b)).unwrap_or(piece.len())
}

fn reason(warning: Option<Warning>) -> &'static str {
    match warning {
        Some(Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess) => {
            "error-password-keys"
        }
        Some(Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess) => {
            "error-password-repeats"
        }
        Some(Warning::SequencesLikeAbcAreEasyToGuess) => "error-password-sequence",
        Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => "error-password-date",
        Some(Warning::AWordByItselfIsEasyToGuess) => "error-password-word",
        Some(Warning::NamesAndSurnamesByThemselvesAreEasyToGuess | Warning::CommonNamesAndSurnamesAreEasyToGuess) => {
            "error-password-name"
        }
        Some(
            Warning::ThisIsATop10Password
            | Warning::ThisIsATop100Password
            | Warning::ThisIsACommonPassword
            | Warning::ThisIsSimilarToACommonlyUsedPassword,
        ) => "error-password-similar",
        None => "error-password-guessable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_given_for_what_is_easy_to_guess() {
        for (password, why) in [
            ("aaaaaaaaaaaaaaaa", "error-password-repeats"),
            ("abcabcabcabcabcabc", "error-password-repeats"),
            ("abcdefghijklmnop", "error-password-sequence"),
            ("qwertyuiopasdfgh", "error-password-similar"),
            ("12-11-201112-11-2011", "error-password-repeats"),
            ("zse4rfvgy7", "error-password-keys"),
            ("13.11.1985", "error-password-date"),
            ("parliament", "error-password-word"),
            ("elephants", "error-password-guessable"),
            ("hutchinson", "error-password-name"),
        ] {
            assert_eq!(judge(password, &[]), Err(why), "{password}");
        }
        assert_eq!(judge("conkers and wellies", &[]), Ok(()));
    }

    #[test]
    fn a_long_one_is_as_good_as_the_best_of_its_pieces() {
        for (again, long) in [("12-11-2011", 100), ("password", 128), ("qwertyuiop", 90), ("a", 128), ("ab1", 77)] {
            let password: String = again.chars().cycle().take(long).collect();
            assert!(judge(&password, &[]).is_err(), "{password}");
            assert_eq!(judge(&format!("{password}: conkers and wellies, one pair"), &[]), Ok(()), "{password}");
        }
        assert_eq!(judge(&"conkers and wellies ".repeat(6), &[]), Ok(()));
    }

    #[test]
    fn what_is_known_is_the_first_that_somebody_would_try() {
        let known = ["zephyrine".to_owned(), "quillfeather".to_owned()];
        assert_eq!(judge("zephyrinequillfeather", &[]), Ok(()));
        assert!(judge("zephyrinequillfeather", &known).is_err());
    }
}
