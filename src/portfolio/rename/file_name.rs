//! The name of a downloaded file: nothing of the old name stays in it.

use super::words::{Name, collapse, replace_name, squeeze, unmarked};

/// The file name to suggest once the name is another: always a plain one that ends in `.html`.
pub fn file_name(source: &str, from: &str, to: &str) -> String {
    let stem = without_extension(source);
    let (old, bare) = (collapse(from), unmarked(&collapse(from)));
    let safe = safe_in_file_name(to, stem.contains(char::is_whitespace));
    let put = if safe.is_empty() { "portfolio" } else { &safe };
    let mut out = stem.to_owned();
    for plain in [&old, &bare] {
        for gap in [" ", "-", "_", ""] {
            if out == stem {
                out = replace_name(stem, &plain.replace(' ', gap), put, false).0;
            }
        }
    }
    let wanted = squeeze(&bare);
    let leaks = squeeze(&out).contains(&wanted) && !squeeze(&safe).contains(&wanted) && Name::new(&bare).letters > 1;
    if out.is_empty() || leaks { "portfolio.html".to_owned() } else { out + ".html" }
}

fn without_extension(name: &str) -> &str {
    [".html", ".htm"]
        .iter()
        .find_map(|end| {
            let at = name.len().checked_sub(end.len())?;
            name.get(at..)?.eq_ignore_ascii_case(end).then(|| name.get(..at))?
        })
        .unwrap_or(name)
}

fn safe_in_file_name(name: &str, spaced: bool) -> String {
    let plain: String =
        collapse(name).chars().map(|c| if c.is_control() || "/\\:*?\"<>|%#".contains(c) { '-' } else { c }).collect();
    let trimmed = plain.trim_matches(|c: char| c == '.' || c == '-' || c.is_whitespace());
    trimmed.replace(' ', if spaced { " " } else { "-" })
}
