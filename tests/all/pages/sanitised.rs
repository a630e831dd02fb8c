//! Text is shown as words and their shape: nothing in it runs, loads or leads astray.

use serde_json::json;

use crate::support::{Reply, TestApp};

const HARMFUL: &[&str] = &[
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\u{0}script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](//evil.example)",
    "[x](/account)",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    "<a href=\"javascript:alert(1)\" onclick=alert(1)>x</a>",
    "<iframe src=//evil.example></iframe>",
    "<style>body{background:url(//evil.example)}</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<form action=//evil.example><input name=q></form>",
    "<base href=//evil.example>",
    "<math><mtext></mtext><script>alert(1)</script></math>",
    "<!--><script>alert(1)</script>-->",
    "<details open ontoggle=alert(1)>",
    "```html\n<script>alert(1)</script>\n```",
    "`<script>`",
    "<div style=\"position:fixed;inset:0\">x</div>",
    "</textarea><script>alert(1)</script>",
    "</p></div></main><h1>HEC is closed</h1>",
    "<https://evil.example/\"onmouseover=alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "{{ frame }}{% raw %}",
    "<hr class=x id=main>",
    "| a |\n|---|\n| <img src=x onerror=alert(1)> |",
];

/// Whatever is inside the entry is made of these.
fn assert_harmless(page: &Reply, of: &str) {
    let html = page.html();
    for inside in
        html.select(&scraper::Selector::parse(".prose *, .entry-head *, .facts *, .voice *, .card *").unwrap())
    {
        let element = inside.value();
        let ours = element.classes().next().is_some()
            || ["use", "svg", "time", "figure", "img", "span"].contains(&element.name());
        let plain = [
            "p",
            "br",
            "strong",
            "em",
            "del",
            "ul",
            "ol",
            "li",
            "blockquote",
            "code",
            "pre",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "hr",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "a",
            "dl",
            "dt",
            "dd",
            "div",
            "footer",
        ];
        assert!(ours || plain.contains(&element.name()), "<{}> in {of}", element.name());
        assert!(element.name() != "script" && element.name() != "form" || ours);
        for (name, value) in element.attrs() {
            assert!(!name.starts_with("on") && name != "style", "{name} in {of}");
            if name == "href" || name == "src" {
                let own = value.starts_with('/') && !value.starts_with("//");
                assert!(
                    own || value.starts_with("http://")
                        || value.starts_with("https://")
                        || value.starts_with("mailto:"),
                    "{value} in {of}"
                );
            }
        }
    }
    let scripts = page.attributes("script", "src");
    assert_eq!(scripts.len(), page.words("script").len(), "an inline script in {of}");
    assert!(scripts.iter().all(|src| src.starts_with("/assets/")), "{scripts:?} in {of}");
    assert_eq!(page.words("h1").len(), 1, "{of}");
    assert!(page.attributes("img", "src").iter().all(|src| src.starts_with("/media/")), "{of}");
    assert!(page.attributes(".prose *", "class").is_empty() && page.attributes(".prose *", "id").is_empty(), "{of}");
}

#[tokio::test]
async fn nothing_that_could_run_survives_in_any_field() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for harmful in HARMFUL {
        let text = harmful.replace('\0', "");
        let line = text.replace('\n', " ");
        let more = json!({ "text": text, "place": line, "resources": [line], "voices": [{ "learner": ana.learner, "words": text }] });
        let entry = ana.adds(&line, more).await["id"].as_str().unwrap().to_owned();
        assert_harmless(&ana.visit(&format!("/entries/{entry}")).await.assert(200), harmful);
        assert_harmless(&ana.visit("/").await.assert(200), harmful);
        let form = ana.visit(&format!("/entries/{entry}/edit")).await.assert(200);
        assert_eq!(form.attributes("#title", "value"), [line.trim()]);
        assert_eq!(form.words("form[enctype] > script, form[enctype] iframe").len(), 0);
        ana.delete(&format!("/entries/{entry}")).await.assert(204);
    }
}

#[tokio::test]
async fn a_link_leads_out_without_taking_anything_along() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let text = "[newts](https://example.org/newts) <mailto:pond@example.org>";
    let entry = ana.adds("Newts", json!({ "text": text })).await["id"].as_str().unwrap().to_owned();
    let page = ana.visit(&format!("/entries/{entry}")).await;
    assert_eq!(page.attributes(".prose a", "href"), ["https://example.org/newts", "mailto:pond@example.org"]);
    assert!(page.attributes(".prose a", "rel").iter().all(|rel| rel == "noopener noreferrer nofollow"));
}

#[tokio::test]
async fn markdown_keeps_its_shape() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let text = "# One\n\nA *b* **c**\nd\n\n- x\n- y\n\n> z\n\n1 < 2 & <i>raw</i>";
    let entry = ana.adds("Newts", json!({ "text": text })).await["id"].as_str().unwrap().to_owned();
    let page = ana.visit(&format!("/entries/{entry}")).await;
    assert_eq!(
        (page.words(".prose h3"), page.words(".prose em"), page.words(".prose li")),
        (vec!["One".into()], vec!["b".into()], vec!["x".into(), "y".into()])
    );
    assert!(page.words(".prose").concat().contains("1 < 2 & <i>raw</i>"), "{:?}", page.words(".prose"));
    assert_eq!(page.attributes(".prose br", "class").len(), 0);
}

#[tokio::test]
async fn names_are_shown_as_they_were_typed() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let name = "<b>Wren</b>\"'&{{12345*6789}}";
    let wren = ana.has_child(name).await;
    ana.post("/subjects", json!({ "name": "<i>Knots</i>{{12345*6789}}", "area": "arts" })).await.assert(201);
    ana.adds(name, json!({ "learners": [wren] })).await;
    let portfolio =
        ana.makes_portfolio(json!({ "title": name, "learner": wren, "introduction": "<script>x</script>" })).await;
    for path in [
        "/",
        "/learners",
        "/subjects",
        "/portfolio",
        "/entries/new",
        &format!("/learners/{wren}"),
        &format!("/portfolio/{portfolio}"),
    ] {
        let page = ana
            .visit(path)
            .await
            .assert(200)
            .assert_silent_about("<b>Wren")
            .assert_silent_about("<i>Knots")
            .assert_silent_about("83810205");
        assert!(page.text().contains("&lt;b&gt;Wren") || path == "/subjects", "{path}");
    }
}
