#![allow(clippy::unwrap_used)]

use super::*;

#[derive(serde::Deserialize)]
struct Vector {
    from: String,
    to: String,
    keep_lowercase: bool,
    text: String,
    expected: String,
    changed: usize,
    leftovers: Vec<String>,
}

const CSP: &str =
    "default-src 'none'; img-src data:; style-src 'sha256-AAA='; script-src 'sha256-BBB='; base-uri 'none'";

/// A document as the server makes it, or nearly.
fn document(nickname: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en-GB\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{CSP}\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"hec-nickname\" content=\"{nickname}\">\
         <meta name='hec-file-name' content='bertie-2026.html'><title>{nickname}’s year</title>\
         <style>.bertie>a{{}}</style></head><body><!--box--><aside id=\"hec-box\"><p>Bertie</p><aside></aside></aside>\
         <!--/box--><main>{body}</main><script>let bertie = '<p>';</script></body></html>\n"
    )
}

fn renamed(nickname: &str, body: &str, to: &str) -> Renamed {
    rename(&document(nickname, body), to, Options::default()).unwrap()
}

#[test]
fn every_shared_vector_holds() {
    let json = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/rename.json"));
    let vectors: Vec<Vector> = serde_json::from_str(json).unwrap();
    assert!(vectors.len() >= 60);
    for v in vectors {
        let (text, changed) = replace_name(&v.text, &v.from, &v.to, v.keep_lowercase);
        assert_eq!((text.as_str(), changed), (v.expected.as_str(), v.changed), "{} in {:?}", v.from, v.text);
        assert_eq!(leftovers(&v.text, &v.from, v.keep_lowercase), v.leftovers, "{} in {:?}", v.from, v.text);
    }
}

#[test]
fn a_copy_has_no_box_no_script_and_no_old_name() {
    let new =
        renamed("Bertie", "<h2 title=\"For Bertie\">Bertie</h2><img alt='Bertie’s den' src=\"data:,x\">", "Rowan");
    let text = new.html.replace(".bertie>a{}", "");
    assert!(!text.to_lowercase().contains("bertie"), "{text}");
    assert!(!text.contains("script") && !text.contains("hec-box") && !text.contains("<!--"), "{text}");
    assert!(text.contains("style-src 'sha256-AAA='; base-uri 'none'"), "{text}");
    assert!(text.contains("<img alt=\"Rowan’s den\" src=\"data:,x\">"), "{text}");
    assert_eq!((new.file_name.as_str(), new.changed), ("rowan-2026.html", 4));
}

#[test]
fn a_copy_can_be_renamed_again() {
    let once = renamed("Bertie", "<p>Bertie’s boots</p>", "Rowan");
    let twice = rename(&once.html, "Bertie", Options::default()).unwrap();
    assert_eq!(rename(&twice.html, "Rowan", Options::default()).unwrap(), once);
}

#[test]
fn a_name_is_found_across_inline_marks_and_not_across_blocks() {
    let body = "<p><b>Mary</b> Ann, <i>Mary&nbsp;Ann</i>’s, Mary<br>Ann</p><p>Mary</p><p>Ann</p>";
    let new = renamed("Mary Ann", body, "A<b>");
    assert!(new.html.contains("<p><b>A&lt;b&gt;</b>, <i>A&lt;b&gt;</i>’s, Mary<br>Ann</p>"), "{}", new.html);
    assert_eq!(new.leftovers, ["Mary", "Ann"]);
}

#[test]
fn a_bold_part_of_a_word_is_part_of_the_word() {
    let new = renamed("Bertie", "<p><b>Bertie</b>land <b>B</b>ertie’s</p>", "Rowan");
    assert!(new.html.contains("<p><b>Bertie</b>land <b>Rowan</b>’s</p>"), "{}", new.html);
    assert_eq!(new.leftovers, ["Bertieland"]);
}

#[test]
fn names_with_html_in_them_are_text() {
    let name = "A&amp;B &lt;&quot;&#x27;";
    let new = renamed(name, "<p title='A&amp;B &lt;&#34;&apos;'>A&amp;B &lt;\"'</p>", "\"&'$&");
    assert!(new.html.contains("<p title=\"&quot;&amp;'$&amp;\">&quot;&amp;'$&amp;</p>"), "{}", new.html);
    assert!(new.html.contains("<title>&quot;&amp;'$&amp;’s year</title>"), "{}", new.html);
}

#[test]
fn words_of_the_document_itself_stay() {
    let new = renamed(
        "May",
        "<h2 class=\"x hec-fixed\">May 2026</h2><p><span class=hec-fixed>1 May</span> May ran</p>",
        "Rowan",
    );
    assert!(new.html.contains("May 2026</h2><p><span class=hec-fixed>1 May</span> Rowan ran</p>"), "{}", new.html);
}

#[test]
fn another_old_name_can_be_given() {
    let options = Options { from: Some("Bert"), ..Options::default() };
    let new = rename(&document("Bertie", "<p>Bert and Bertie</p>"), "Rowan", options).unwrap();
    assert!(new.html.contains("<p>Rowan and Bertie</p>") && new.html.contains("content=\"Bertie\""), "{}", new.html);
}

#[test]
fn bad_names_and_foreign_files_are_refused() {
    let ours = document("Bertie", "");
    let refused = |to: &str| rename(&ours, to, Options::default()).unwrap_err();
    assert_eq!(refused(" \u{a0} "), Refused::Empty);
    assert_eq!(refused(&"x".repeat(61)), Refused::TooLong);
    assert_eq!(refused("Ro\nwan"), Refused::Control);
    assert_eq!(refused("Ro\u{202e}wan"), Refused::Control);
    assert!(rename(&ours, &"é".repeat(60), Options::default()).is_ok());
    for foreign in ["", "PK\u{3}\u{4}", "<p>Hello", "<meta name=hec-nickname content=' '>"] {
        assert_eq!(rename(foreign, "Rowan", Options::default()), Err(Refused::NotADocument), "{foreign}");
    }
}

#[test]
fn file_names_hold_nothing_of_the_old_name() {
    for (source, from, to, expected) in [
        ("bertie-2026.html", "Bertie", "Rowan", "rowan-2026.html"),
        ("Bertie 2026.HTML", "Bertie", "Jo Bo", "Jo Bo 2026.html"),
        ("mary-ann-portfolio.html", "Mary Ann", "Jo Bo", "jo-bo-portfolio.html"),
        ("zoe-2026.html", "Zoë", "Mia", "mia-2026.html"),
        ("d-arcy-2026.html", "D'Arcy", "Mia", "portfolio.html"),
        ("bertieland.html", "Bertie", "Mia", "portfolio.html"),
        ("bertie.html", "Bertie", "../../<x>", "x.html"),
        ("portfolio-2026.html", "Bertie", "Mia", "portfolio-2026.html"),
        ("", "Bertie", "Mia", "portfolio.html"),
    ] {
        assert_eq!(file_name(source, from, to), expected, "{source}");
    }
}

#[test]
fn no_cut_of_a_document_panics() {
    let whole = document(
        "Zoë &amp; Bo",
        "<p title=a class='é'>Zoe\u{308} &amp; Bo’s <b>x</b> &#x; &bogus <img src='data:,é'> a < b & c</p>",
    );
    for (end, _) in whole.char_indices() {
        let _ = rename(&whole[..end], "Jo", Options::default());
        let _ = rename(&whole[end..], "Jo", Options { from: Some("Bo"), keep_lowercase: true });
    }
}

#[test]
fn pictures_are_copied_in_linear_time() {
    let picture =
        format!("<p>Bertie</p><img alt=\"Bertie\" src=\"data:image/jpeg;base64,{}\">", "QkVSVElF".repeat(40_000));
    let new = renamed("Bertie", &picture.repeat(30), "Rowan");
    assert_eq!(new.changed, 61);
    assert_eq!(new.html.matches("QkVSVElF").count(), 1_200_000);
}
