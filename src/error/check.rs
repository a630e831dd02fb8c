//! Checks of bare values that every room uses. They keep what they accept byte for byte.

use idna::{
    AsciiDenyList,
    uts46::{DnsLength, Hyphens, Uts46},
};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::Invalid;

/// So many marks stand on one letter at most: Vietnamese has two, Hebrew with points and accents four, Burmese six.
const MARKS: usize = 8;

/// One line: 1 to `max` characters, not only spaces, no control characters.
///
/// # Errors
/// Names the field and the bound.
pub fn line(field: &str, raw: &str, max: usize) -> Result<String, Invalid> {
    if raw.trim().is_empty() {
        return Err(Invalid::new(field, "error-required"));
    }
    at_most(field, raw, max)?;
    if raw.chars().any(char::is_control) {
        return Err(Invalid::new(field, "error-control-characters"));
    }
    Ok(raw.to_owned())
}

/// A name, which stands in lists among others': what [`line`] says, something of it can be seen, and nothing in it
/// turns round or covers what stands beside it.
///
/// # Errors
/// Names the field and the bound.
pub fn name(field: &str, raw: &str, max: usize) -> Result<String, Invalid> {
    let name = line(field, raw, max)?;
    let (mut marks, mut flag, mut seen) = (0, false, false);
    for c in name.chars() {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        // The flags of England, Scotland and Wales are a black flag with tags behind it.
        flag = c == '\u{1f3f4}' || flag && matches!(c, '\u{e0020}'..='\u{e007f}');
        if !flag && turns_or_hides(c) || marks > MARKS {
            return Err(Invalid::new(field, "error-control-characters"));
        }
        seen |= marks == 0 && !c.is_whitespace() && !is_blank(c);
    }
    if seen { Ok(name) } else { Err(Invalid::new(field, "error-required")) }
}

/// Directions of writing that reach beyond the name, and what has no width and joins nothing (Unicode TR 36).
fn turns_or_hides(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e00ff}')
}

/// What takes part in a name but can't be seen alone: joiners, the directions of the next letter, selectors, fillers.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200c}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
        || matches!(c, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}')
}

/// Text of many lines: at most `max` characters; tabs and line ends are its only control characters.
///
/// # Errors
/// Names the field and the bound.
pub fn text(field: &str, raw: &str, max: usize) -> Result<String, Invalid> {
    at_most(field, raw, max)?;
    if raw.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Invalid::new(field, "error-control-characters"));
    }
    Ok(raw.to_owned())
}

/// Nothing, where there is only white space; else what [`line`] says.
///
/// # Errors
/// As [`line`].
pub fn optional_line(field: &str, raw: Option<&str>, max: usize) -> Result<Option<String>, Invalid> {
    raw.filter(|raw| !raw.trim().is_empty()).map(|raw| line(field, raw, max)).transpose()
}

/// Nothing, where there is only white space; else what [`text`] says.
///
/// # Errors
/// As [`text`].
pub fn optional_text(field: &str, raw: Option<&str>, max: usize) -> Result<Option<String>, Invalid> {
    raw.filter(|raw| !raw.trim().is_empty()).map(|raw| text(field, raw, max)).transpose()
}

/// Whether this could be the name of a host on the internet: two or more parts of any script (UTS 46), within the lengths
/// of RFC 1035; the last is no number, as those of addresses are.
pub fn is_public_host(name: &str) -> bool {
    let ascii = Uts46::new().to_ascii(name.as_bytes(), AsciiDenyList::STD3, Hyphens::CheckFirstLast, DnsLength::Verify);
    ascii.is_ok_and(|ascii| {
        // What is kept is what was typed: nothing may be left out of it, nor taken for something else.
        let same = !name.chars().any(|c| turns_or_hides(c) || c == '\u{3002}') && name.nfkc().eq(name.nfc());
        let last = ascii.rsplit_once('.').map(|(_, last)| last);
        same && last.is_some_and(|last| !last.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// One of a list of words.
///
/// # Errors
/// Names the field and every choice.
pub fn one_of<T: Copy>(field: &str, raw: &str, choices: &[(&str, T)]) -> Result<T, Invalid> {
    choices.iter().find(|(word, _)| *word == raw).map(|(_, choice)| *choice).ok_or_else(|| {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        Invalid::new(field, "error-not-one-of").with("options", words.join(", "))
    })
}

fn at_most(field: &str, raw: &str, max: usize) -> Result<(), Invalid> {
    // The length in bytes is never below the length in characters, so most texts are not counted.
    if raw.len() > max && raw.chars().count() > max {
        return Err(Invalid::new(field, "error-too-long").with("max", max));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_seen_and_leaves_its_neighbours_alone() {
        for good in [
            "Wren",
            "Zoë",
            "Nguyễn Thị Ánh",
            "مریم‌سادات",
            "שָׁלוֹם",
            "क्‍ष",
            "👩‍👧 & co",
            "O’Neill",
            "🏴",
            "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
            "葛\u{e0100}城",
            "נועה\u{200f}",
        ] {
            assert_eq!(name("name", good, 40).unwrap(), good);
        }
        let stacked = format!("a{}", "\u{301}".repeat(9));
        for bad in ["\u{202e}evil", "a\u{200b}b", "\u{2066}x", "soft\u{ad}ly", "\u{feff}x", "\u{e0041}x", &stacked] {
            assert_eq!(name("name", bad, 40).unwrap_err().message, "error-control-characters", "{bad:?}");
        }
        for empty in ["\u{200d}", "\u{200f}", "\u{3164}", "\u{2800} \u{fe0f}", "\u{301}", " "] {
            assert_eq!(name("name", empty, 40).unwrap_err().message, "error-required", "{empty:?}");
        }
    }

    #[test]
    fn a_host_of_the_internet_has_two_parts_of_letters_digits_and_hyphens_inside() {
        for name in [
            "example.org",
            "a.b",
            "Mail.Example.ORG",
            "a-b.c--d.example",
            "1and1.example",
            "xn--bcher-kva.example",
            "b\u{fc}cher.example",
            "bu\u{308}cher.example",
            "\u{939}\u{93f}\u{928}\u{94d}\u{926}\u{940}.example",
            "\u{4f8b}\u{3048}.\u{30c6}\u{30b9}\u{30c8}",
        ] {
            assert!(is_public_host(name), "{name}");
        }
        for name in [
            "",
            "example",
            "localhost",
            "example,org",
            "example.org.",
            ".example.org",
            "example..org",
            "-example.org",
            "example-.org",
            "exam ple.org",
            "exam_ple.org",
            "example.org/",
            "example.org:25",
            "[192.0.2.1]",
            "192.0.2.1",
            "example\u{3002}org",
            "example.org\u{200b}",
        ] {
            assert!(!is_public_host(name), "{name}");
        }
        assert!(!is_public_host(&format!("{}.org", "x".repeat(64))));
        assert!(!is_public_host(&vec!["abcdefgh"; 30].join(".")));
    }
}
