//! Checks of bare values that every room uses. They keep what they accept byte for byte.

use super::Invalid;

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
