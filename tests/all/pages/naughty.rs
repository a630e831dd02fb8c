//! Strings that break things elsewhere: they are stored byte for byte, found, and shown.

use reqwest::multipart::Form;
use serde_json::json;

use crate::support::{TODAY, TestApp};

const NAUGHTY: &[&str] = &[
    "👩‍👩‍👧‍👦 family",
    "👩🏽‍🔬",
    "🏳️‍🌈",
    "🇬🇧🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "❤️❤",
    "é (NFC)",
    "e\u{301} (NFD)",
    "Å Å Å",
    "ﬁ ligature",
    "ẞß",
    "İıIi",
    "ǅ",
    "Z̷̢̛͎̲a̸̡̛l̶̢̛g̸̡̛ơ̷̢",
    "שלום עולם",
    "مرحبا بالعالم",
    "abc\u{202e}def\u{202c}",
    "\u{2066}isolated\u{2069}",
    "\u{200f}rtl\u{200e}ltr",
    "zero\u{200b}width\u{200d}joined\u{feff}",
    "\u{ad}soft\u{ad}hyphen",
    "non\u{a0}breaking\u{2007}space",
    "日本語のテキスト",
    "中文测试",
    "한국어",
    "हिन्दी",
    "ไทย",
    "ქართული",
    "𝓢𝓬𝓻𝓲𝓹𝓽 𝔉𝔯𝔞𝔨𝔱𝔲𝔯",
    "𐍈𒀱𓀀",
    "\u{10ffff}\u{e000}",
    "\u{fffd}\u{fffe}",
    "“quotes” ‘single’ «guillemets» „low“",
    "\"double\" 'single' `back`",
    "\\ back \\n slash \\0 \\x00 \\u0000",
    "C:\\temp\\new",
    "/etc/passwd",
    "../../../etc/passwd%00.jpg",
    "'; DROP TABLE entries; --",
    "1' OR '1'='1",
    "\" OR \"\"=\"",
    "<script>alert('x')</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt; &amp; &copy; &#39; &nbsp;",
    "]]>",
    "<!-- comment -->",
    "{{7*7}}",
    "{% for x in y %}",
    "{{ frame.account_name }}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "{ $count }",
    "{ -term }",
    "%s %d %n %00 %0a",
    "null",
    "undefined",
    "NaN",
    "true",
    "0",
    "-1",
    "1e999",
    "0x41",
    "None",
    "[]",
    "{}",
    "\"\"",
    "javascript:alert(1)",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(A1)",
    "--boundary",
    "Content-Disposition: form-data",
    "a=b&c=d;e",
    "?q=1#hash",
    "👾 🙇 💁 🙅 🙆 🙋 🙎 🙍",
    "¯\\_(ツ)_/¯",
    "(｡◕ ∀ ◕｡)",
    "ﾟ･✿ヾ╲(｡◕‿◕｡)╱✿･ﾟ",
    "½ ⅔ ∑ ∂ µ ≤ ≥ ÷",
    "£5 – €3 — ¥2…",
    "😀\u{fe0f}\u{20e3}1\u{fe0f}\u{20e3}",
    "* not a list",
    "# not a heading",
    "1. not a list",
    "> not a quote",
    "    not code",
    "---",
    "***",
    "_",
    "[ ]",
    "![]()",
    "\u{2028}line\u{2029}paragraph",
];

/// A word of 190 letters.
fn long() -> String {
    "Donaudampfschiff".repeat(12)[..190].to_owned()
}

fn all() -> Vec<String> {
    NAUGHTY
        .iter()
        .map(|text| (*text).to_owned())
        .chain([long(), "ｗｉｄｅ".repeat(40), "a ".repeat(95) + "b"])
        .collect()
}

#[tokio::test]
async fn every_text_comes_back_byte_for_byte_from_the_api() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    assert!(all().len() >= 60);
    for text in all() {
        let sent = json!({ "text": text, "place": text, "resources": [text], "voices": [{ "learner": ana.learner, "words": text, "feeling": null }] });
        let entry = ana.adds(&text, sent.clone()).await;
        let read = ana.get(&format!("/entries/{}", entry["id"].as_str().unwrap())).await.assert(200).json();
        assert_eq!(read["title"], text.as_str());
        for (field, value) in sent.as_object().unwrap() {
            assert_eq!(&read[field], value, "{field}");
        }
    }
}

#[tokio::test]
async fn every_text_comes_back_byte_for_byte_from_a_form() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for text in all() {
        let words = format!("words-{}", ana.learner);
        let fields = [
            ("date", TODAY),
            ("learner", &*ana.learner),
            ("title", &*text),
            ("text", &*text),
            ("place", &*text),
            ("resources", &*text),
            (&*words, &*text),
        ];
        ana.writes_on_page("/entries/new", &fields).await.assert(303);
        let entry = ana.get("/entries?limit=1").await.json()["items"][0].clone();
        let id = entry["id"].as_str().unwrap();
        // A person's line has no white space at its ends.
        let trimmed = text.trim();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        assert_eq!(
            (&entry["title"], &entry["place"], &entry["text"]),
            (&json!(trimmed), &json!(trimmed), &json!(text))
        );
        assert_eq!((&entry["resources"], &entry["voices"][0]["words"]), (&json!(lines), &json!(text)));
        // The form that shows it sends it back as it is.
        let path = format!("/entries/{id}/edit");
        let fields = super::form_errors::filled_in(&ana.visit(&path).await.assert(200));
        let form = fields.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value));
        ana.submit_files(&path, form).await.assert(303);
        assert_eq!(ana.get(&format!("/entries/{id}")).await.json(), entry);
        ana.visit(&format!("/entries/{id}")).await.assert(200);
        ana.delete(&format!("/entries/{id}")).await.assert(204);
    }
}

#[tokio::test]
async fn names_captions_and_titles_take_them_too() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Newts").await;
    let picture = ana.upload(&entry, "a.jpg", crate::support::jpeg(1)).await.json()["id"].as_str().unwrap().to_owned();
    let (learner, subject) = (format!("/learners/{}", ana.learner), format!("/subjects/{}", ana.subjects[0]));
    let mut taken = 0;
    for text in all().iter().map(|text| text.trim()).filter(|text| text.chars().count() <= 40) {
        let renamed = ana.put(&learner, json!({ "nickname": text, "colour": "sky" })).await;
        let named = ana.put(&subject, json!({ "name": text, "area": "arts" })).await;
        // A name stands among others: it must be seen, and must not turn them round.
        if hec::error::check::name("name", text, 40).is_ok() {
            assert_eq!(renamed.assert(200).json()["nickname"], text);
            assert_eq!(named.assert(200).json()["name"], text);
            taken += 1;
        } else {
            assert_eq!((renamed.status, named.status), (422, 422), "{text:?}");
        }
        let caption = ana.patch(&format!("/attachments/{picture}"), json!({ "caption": text })).await;
        assert_eq!(caption.assert(200).json()["caption"], text);
        let portfolio = ana.makes_portfolio(json!({ "title": text, "introduction": text })).await;
        let made = ana.get(&format!("/portfolios/{portfolio}")).await.json();
        assert_eq!((&made["title"], &made["introduction"]), (&json!(text), &json!(text)));
        for path in [
            "/".to_owned(),
            learner.clone(),
            format!("/portfolio/{portfolio}"),
            format!("/portfolio/{portfolio}/download"),
        ] {
            assert_eq!(ana.visit(&path).await.status, 200, "{path} with {text:?}");
        }
        ana.delete(&format!("/portfolios/{portfolio}")).await.assert(204);
    }
    assert!(taken > 20, "only {taken} names are taken");
}

#[tokio::test]
async fn any_query_can_be_searched_for() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.adds("Everything", json!({ "text": all().join(" ") })).await;
    for text in all() {
        let query = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string();
        ana.visit(&format!("/search?q={query}")).await.assert(200);
        ana.get(&format!("/search?q={query}")).await.assert(200);
    }
}
