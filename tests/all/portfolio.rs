//! The document that leaves the house: everything inside, nothing that reaches out, nothing that was not chosen.

use base64::{Engine, engine::general_purpose::STANDARD};
use hec::portfolio::rename::{Options, rename};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Log, Person, Reply, TestApp, jpeg, jpeg_of};

/// The three ways to a document: by the API, to keep and to look at.
async fn documents(person: &Person, portfolio: &str) -> [Reply; 3] {
    [
        person.get(&format!("/portfolios/{portfolio}/document?format=html")).await.assert(200),
        person.visit(&format!("/portfolio/{portfolio}/download")).await.assert(200),
        person.visit(&format!("/portfolio/{portfolio}/document")).await.assert(200),
    ]
}

async fn document(person: &Person, with: Value) -> Reply {
    let portfolio = person.makes_portfolio(with).await;
    person.get(&format!("/portfolios/{portfolio}/document")).await.assert(200)
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// What stands between two marks, as it was sent: hashes are over bytes.
fn between<'a>(html: &'a str, from: &str, to: &str) -> Vec<&'a str> {
    html.split(from).skip(1).map(|rest| rest.split(to).next().unwrap()).collect()
}

fn head(html: &str) -> &str {
    html.split("</head>").next().unwrap()
}

fn titles(document: &Reply) -> Vec<String> {
    document.words("article .title")
}

#[tokio::test]
async fn whoever_downloads_one_stands_in_the_familys_log_without_a_word_of_it() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let vera = app.viewer_of(&ana, "vera").await;
    ana.notes("Newts").await;
    let portfolio = ana.makes_portfolio(json!({ "title": "Ponds" })).await;
    documents(&vera, &portfolio).await;
    // Nobody waits for the lines.
    let mut told = ana.visit("/family/log").await.assert(200);
    for _ in 0..1_000 {
        told = ana.visit("/family/log").await.assert(200);
        if told.text().matches("downloaded a portfolio").count() > 1 {
            break;
        }
    }
    assert_eq!(told.text().matches("vera downloaded a portfolio").count(), 2, "by the API and by the page");
    told.assert_silent_about("Ponds");
    vera.visit("/account/security").await.assert(200).assert_says("A portfolio was downloaded");
}

#[tokio::test]
async fn its_policy_names_its_own_style_and_script_and_nothing_else() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.notes("Newts").await;
    let portfolio = ana.makes_portfolio(json!({})).await;
    for (number, document) in documents(&ana, &portfolio).await.into_iter().enumerate() {
        let html = document.text();
        let policies = document.attributes("meta[http-equiv='Content-Security-Policy']", "content");
        let (styles, scripts) = (between(head(&html), "<style>", "</style>"), between(&html, "<script>", "</script>"));
        assert_eq!((policies.len(), styles.len(), scripts.len()), (1, 1, usize::from(number < 2)));
        let script = scripts.first().map(|script| format!("script-src {}; ", hash(script))).unwrap_or_default();
        let expected = format!(
            "default-src 'none'; img-src data:; style-src {}; {script}form-action 'none'; base-uri 'none'",
            hash(styles[0])
        );
        assert_eq!(policies[0], expected);
        assert!(document.header("content-security-policy").starts_with(&expected));
        assert!(document.header("content-security-policy").ends_with("sandbox"));
        // The policy comes before anything that it rules.
        let before = html.split("<meta http-equiv").next().unwrap();
        assert!(!before.contains("<style") && !before.contains("<script") && !before.contains("<img"));
    }
}

#[tokio::test]
async fn nothing_in_it_asks_for_anything() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let text = "[a page](https://example.org/x) <https://example.net> ![p](https://example.com/p.png) <img src=//example.com/q>";
    let entry =
        ana.adds("Newts https://example.org", json!({ "text": text, "resources": ["https://example.org/book"] })).await;
    ana.upload(entry["id"].as_str().unwrap(), "a.jpg", jpeg(1)).await.assert(201);
    let portfolio = ana.makes_portfolio(json!({ "photos": "large", "introduction": text })).await;
    for document in documents(&ana, &portfolio).await {
        for name in [
            "src",
            "href",
            "action",
            "formaction",
            "poster",
            "data",
            "srcset",
            "xlink:href",
            "background",
            "ping",
            "manifest",
        ] {
            for value in document.attributes(&format!("[{}]", name.replace(':', "\\:")), name) {
                assert!(value.starts_with("data:image/jpeg;base64,") || value.starts_with('#'), "{name}={value}");
            }
        }
        for tag in [
            "link",
            "iframe",
            "object",
            "embed",
            "form",
            "base",
            "video",
            "audio",
            "source",
            "frame",
            "meta[http-equiv=refresh]",
        ] {
            assert!(document.attributes(tag, "id").is_empty() && document.words(tag).is_empty(), "a <{tag}>");
        }
        let html = document.text();
        for script in between(&html, "<script>", "</script>") {
            for reach in [
                "fetch(",
                "XMLHttpRequest",
                "WebSocket",
                "EventSource",
                "sendBeacon",
                "import(",
                "importScripts",
                "new Image",
                "window.open",
                "location.",
                "eval(",
                "new Function",
                "innerHTML",
                "document.write",
                "localStorage",
                "indexedDB",
                "document.cookie",
                "http:",
                "https:",
            ] {
                assert!(!script.contains(reach), "the script holds {reach}");
            }
        }
        let style = between(head(&html), "<style>", "</style>").concat();
        assert!(!style.contains("@import") && !style.contains("url(") && !style.contains("http"));
        for element in document.html().tree.values().filter_map(scraper::Node::as_element) {
            assert!(element.attrs().all(|(name, _)| !name.starts_with("on") && name != "style"), "{element:?}");
        }
    }
}

#[tokio::test]
async fn its_photos_are_inside_in_the_chosen_size() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Newts").await;
    let picture = ana.upload(&entry, "a.jpg", jpeg_of(2000, 1000, 1)).await.assert(201).json();
    let picture = format!("/attachments/{}", picture["id"].as_str().unwrap());
    ana.patch(&picture, json!({ "caption": "A newt & \"friend\"" })).await.assert(200);
    for (photos, size, width) in [("small", "thumb", "400"), ("large", "screen", "1600")] {
        let document = document(&ana, json!({ "photos": photos })).await;
        let held = document.attributes("figure.photo img", "src");
        let bytes = STANDARD.decode(held[0].strip_prefix("data:image/jpeg;base64,").unwrap()).unwrap();
        assert_eq!((held.len(), bytes), (1, ana.get(&format!("{picture}?size={size}")).await.bytes.to_vec()));
        assert_eq!(document.attributes("figure.photo img", "width"), [width]);
        assert_eq!(document.attributes("figure.photo img", "alt"), ["A newt & \"friend\""]);
        assert_eq!(document.words("figure.photo figcaption"), ["A newt & \"friend\""]);
    }
    document(&ana, json!({ "photos": "none" })).await.assert_silent_about("data:image").assert_silent_about("friend");
}

#[tokio::test]
async fn it_holds_one_child_one_period_and_what_is_done() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let jay = ana.has_child("Jay").await;
    for (title, with) in [
        ("First day", json!({ "date": "2026-02-01" })),
        ("Last day", json!({ "date": "2026-02-28" })),
        ("Both", json!({ "date": "2026-02-10", "learners": [ana.learner, jay] })),
        ("Too early", json!({ "date": "2026-01-31" })),
        ("Too late", json!({ "date": "2026-03-01" })),
        ("Sister only", json!({ "date": "2026-02-10", "learners": [jay] })),
        ("Whole family", json!({ "date": "2026-02-10", "learners": [] })),
        ("Our secret", json!({ "date": "2026-02-10", "private": true })),
        ("Half written", json!({ "date": "2026-02-10", "state": "draft" })),
        ("Not yet", json!({ "date": "2026-02-10", "state": "planned" })),
    ] {
        ana.adds(title, with).await;
    }
    let gone = ana.adds("Was a mistake", json!({ "date": "2026-02-10" })).await;
    ana.delete(&format!("/entries/{}", gone["id"].as_str().unwrap())).await.assert(204);
    let portfolio = ana.makes_portfolio(json!({ "from": "2026-02-01", "to": "2026-02-28" })).await;
    for document in documents(&ana, &portfolio).await {
        assert_eq!(titles(&document), ["First day", "Both", "Last day"]);
        for left_out in [
            "Too early",
            "Too late",
            "Sister only",
            "Whole family",
            "Our secret",
            "Half written",
            "Not yet",
            "Was a mistake",
            "Jay",
        ] {
            document.clone().assert_silent_about(left_out);
        }
    }
}

#[tokio::test]
async fn a_siblings_words_stay_out_of_it() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let jay = ana.has_child("Jay").await;
    let voices = json!([{ "learner": ana.learner, "words": "I saw it" }, { "learner": jay, "words": "No, I saw it sooner", "feeling": "hard" }]);
    ana.adds("Newts", json!({ "learners": [ana.learner, jay], "voices": voices })).await;
    let document = document(&ana, json!({})).await.assert_silent_about("sooner").assert_silent_about("Jay");
    assert_eq!(document.words(".voice blockquote"), ["I saw it"]);
}

#[tokio::test]
async fn it_holds_only_the_chosen_kinds_areas_and_stars() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let subjects = ana.get("/subjects").await.json();
    let subject = |area: &str| {
        subjects["items"].as_array().unwrap().iter().find(|one| one["area"] == area).unwrap()["id"].clone()
    };
    for (title, with) in [
        ("Outing", json!({ "kind": "outing", "subjects": [subject("science")], "starred": true })),
        ("Reading", json!({ "kind": "reading", "subjects": [subject("literacy")] })),
        ("Both", json!({ "kind": "outing", "subjects": [subject("arts"), subject("science")] })),
        ("Plain", json!({ "starred": true })),
    ] {
        ana.adds(title, with).await;
    }
    for (with, expected) in [
        (json!({}), vec!["Outing", "Reading", "Both", "Plain"]),
        (json!({ "kinds": ["outing"] }), vec!["Outing", "Both"]),
        (json!({ "kinds": ["outing", "reading"] }), vec!["Outing", "Reading", "Both"]),
        (json!({ "areas": ["arts", "literacy"] }), vec!["Reading", "Both"]),
        (json!({ "starred": true }), vec!["Outing", "Plain"]),
        (json!({ "starred": true, "kinds": ["outing"], "areas": ["science"] }), vec!["Outing"]),
        (json!({ "areas": ["physical"] }), vec![]),
    ] {
        assert_eq!(titles(&document(&ana, with.clone()).await), expected, "{with}");
    }
}

#[tokio::test]
async fn more_than_a_page_of_entries_is_in_it_oldest_first() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for number in 0..130 {
        ana.adds(
            &format!("Day {number:03}"),
            json!({ "date": format!("2026-{:02}-{:02}", 1 + number / 28, 1 + number % 28) }),
        )
        .await;
    }
    let document = document(&ana, json!({})).await;
    let expected: Vec<String> = (0..130).map(|number| format!("Day {number:03}")).collect();
    assert_eq!(titles(&document), expected);
    assert_eq!(document.words("section.part > h2").first().unwrap(), "January 2026");
}

#[tokio::test]
async fn its_file_name_says_whose_and_when_and_is_safe() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let odd = ana.has_child("Zoë/..\\:\"<b>").await;
    for (learner, name) in [
        (&ana.learner, "Wren of ana portfolio 2026-01-01 to 2026-12-31.html"),
        (&odd, "Zoë-..----b- portfolio 2026-01-01 to 2026-12-31.html"),
    ] {
        let portfolio = ana.makes_portfolio(json!({ "learner": learner })).await;
        let [api, page, _] = documents(&ana, &portfolio).await;
        let encoded = percent_encoding::utf8_percent_encode(name, &KEPT).to_string();
        for document in [api, page] {
            let disposition = document.header("content-disposition").to_owned();
            assert!(
                disposition.starts_with("attachment; filename=\"") && disposition.matches('"').count() == 2,
                "{disposition}"
            );
            assert!(disposition.ends_with(&format!("filename*=UTF-8''{encoded}")), "{disposition}");
            assert_eq!(document.attributes("meta[name=hec-file-name]", "content"), [name]);
            assert!(document.header("cache-control").contains("no-store"));
        }
    }
}

const KEPT: percent_encoding::AsciiSet =
    percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

#[tokio::test]
async fn renaming_leaves_the_nickname_nowhere() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let kit = ana.has_child("Kit").await;
    let more = json!({ "learners": [kit], "text": "Kit and KIT's kite. *Kit* said so; **Kit**’s too.", "place": "Kit's den", "resources": ["Kit: a book"],
        "voices": [{ "learner": kit, "words": "I am Kit", "feeling": "good" }] });
    let entry = ana.adds("Kit’s first day", more).await["id"].as_str().unwrap().to_owned();
    let picture = ana.upload(&entry, "a.jpg", jpeg(1)).await.json()["id"].as_str().unwrap().to_owned();
    ana.patch(&format!("/attachments/{picture}"), json!({ "caption": "Kit at the pond" })).await.assert(200);
    let document = document(&ana, json!({ "learner": kit, "title": "Kit’s year", "introduction": "About Kit." })).await;
    let renamed = rename(&document.text(), "Robin", Options::default()).unwrap();
    assert!(renamed.changed >= 12, "{}", renamed.changed);
    assert_eq!(renamed.file_name, "Robin portfolio 2026-01-01 to 2026-12-31.html");
    let shown: String =
        renamed.html.split("base64,").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest)).collect();
    let words = shown.split(|c: char| !c.is_alphanumeric()).filter(|word| word.eq_ignore_ascii_case("kit")).count();
    assert_eq!(words, 0, "the nickname still stands in the copy");
    assert_eq!(renamed.leftovers, ["kite"]);
    assert!(!renamed.html.contains("<script") && !renamed.html.contains("hec-box"));
    assert_eq!(shown.matches("Robin").count(), renamed.html.matches("Robin").count());
    assert!(renamed.html.matches("base64,").count() == 1 && renamed.html.contains("Robin’s first day"));
}

#[tokio::test]
async fn the_preview_has_no_script_and_fits_into_our_own_page_only() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.notes("Newts").await;
    let portfolio = ana.makes_portfolio(json!({})).await;
    let page = ana.visit(&format!("/portfolio/{portfolio}")).await.assert(200);
    assert_eq!(page.attributes("iframe", "sandbox"), [""]);
    let preview = ana.visit(&page.attributes("iframe", "src")[0]).await.assert(200);
    assert!(preview.words("script").is_empty() && preview.words("#hec-box").is_empty());
    assert!(preview.header("content-security-policy").contains("frame-ancestors 'self'"));
    assert!(!preview.header("content-security-policy").contains("script-src"));
    assert!(preview.header("x-frame-options").is_empty() && preview.header("content-disposition").is_empty());
    assert_eq!(titles(&preview), ["Newts"]);
}

#[tokio::test]
async fn text_in_it_cannot_end_its_place() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let bad = "</style><script>alert(1)</script><img src=x onerror=alert(1)>{{12345*6789}}";
    let wren = ana.has_child("</title><b>W").await;
    let more = json!({ "learners": [wren], "text": bad, "place": bad, "resources": [bad], "voices": [{ "learner": wren, "words": bad }] });
    ana.adds(bad, more).await;
    let document = document(&ana, json!({ "learner": wren, "title": bad, "introduction": bad })).await;
    assert_eq!((document.words("script").len(), document.words("style").len()), (1, 1));
    assert_eq!(document.attributes("img", "src").len(), 0);
    assert_eq!(document.words("title"), [bad]);
    document.assert_silent_about("83810205").assert_silent_about("<b>W");
}

#[tokio::test]
async fn a_portfolio_is_made_shown_listed_and_deleted_on_pages() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.adds("Newts", json!({ "kind": "outing" })).await;
    let fields = [
        ("title", "Spring & all"),
        ("learner", &*ana.learner),
        ("from", "2026-03-01"),
        ("to", "2026-05-31"),
        ("photos", "large"),
        ("kind", "outing"),
        ("kind", "note"),
        ("starred", ""),
        ("introduction", "Hello"),
    ];
    let sent = ana.submit("/portfolio", &fields).await.assert(303).header("location").to_owned();
    let page = ana.visit(&sent).await.assert(200).assert_says("Spring &amp; all").assert_says("1 entry");
    let made = ana.get("/portfolios").await.json()["items"][0].clone();
    assert_eq!(
        (&made["kinds"], &made["photos"], &made["starred"]),
        (&json!(["outing", "note"]), &json!("large"), &json!(false))
    );
    ana.visit("/portfolio").await.assert_says("Spring &amp; all");
    let delete = page.attributes("form[method=post]", "action").remove(0);
    ana.submit(&delete, &[]).await.assert_sent_to("/portfolio?notice=portfolio-deleted");
    assert_eq!(ana.get("/portfolios").await.json()["items"], json!([]));
    ana.visit(&sent).await.assert(404);
}

#[tokio::test]
async fn a_refused_portfolio_keeps_what_was_typed() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let fields = [
        ("title", ""),
        ("learner", &*ana.learner),
        ("from", "2026-05-01"),
        ("to", "2026-03-01"),
        ("photos", "large"),
        ("kind", "outing"),
        ("area", "arts"),
        ("starred", "yes"),
        ("introduction", "Hello </textarea>"),
    ];
    let page = ana.submit("/portfolio", &fields).await.assert(422);
    assert_eq!(page.attributes(".error-summary a", "href"), ["#title", "#from"]);
    let checked = page.attributes("input[checked]", "value");
    for value in ["large", "outing", "arts", "yes", &ana.learner] {
        assert!(checked.iter().any(|checked| checked == value), "{value} is not chosen any more: {checked:?}");
    }
    assert_eq!(page.attributes("#from, #to", "value"), ["2026-05-01", "2026-03-01"]);
    assert_eq!(page.words("#introduction"), ["Hello </textarea>"]);
}

#[tokio::test]
async fn other_formats_are_refused_by_name() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let portfolio = ana.makes_portfolio(json!({})).await;
    ana.get(&format!("/portfolios/{portfolio}/document?format=exe")).await.assert_refused("format", "not-one-of");
}

#[tokio::test]
async fn a_document_is_broken_off_where_a_photo_is_damaged() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Newts").await;
    let added = ana.upload(&entry, "newt.jpg", jpeg(1)).await.assert(201).json();
    let portfolio = ana.makes_portfolio(json!({ "photos": "small" })).await;
    let path = format!("/portfolios/{portfolio}/document");
    let whole = ana.get(&path).await.assert(200);
    assert_eq!(whole.header("content-length"), whole.bytes.len().to_string());
    assert!(whole.text().trim_end().ends_with("</html>"));
    let thumb = format!("/attachments/{}?size=thumb", added["id"].as_str().unwrap());
    let tag = ana.get(&thumb).await.assert(200).header("etag").to_owned();
    app.damage(&tag, 40);
    let log = Log::listen();
    let read = async { ana.ask(reqwest::Method::GET, &path).send().await?.bytes().await }.await;
    assert!(read.is_err(), "a document without its photo would look whole");
    let [told] = &log.about(tag.trim_matches('"'))[..] else { panic!("logged once, by the file's id") };
    assert!(told.contains("ERROR") && told.contains("chunk 0 does not authenticate"), "{told}");
}
