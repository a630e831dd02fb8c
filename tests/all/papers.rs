//! The papers for a co-op: pages to print, files to fill in.

use std::collections::BTreeSet;

use crate::support::TestApp;

/// What each must say, since the law or the truth about HEC wants it said.
const PAPERS: [(&str, &[&str]); 2] = [
    (
        "dpia",
        &[
            "1. Why an assessment is needed",
            "2. What is done with the data",
            "3. Who was asked",
            "4. Whether it is needed",
            "5. What could go wrong",
            "6. What lessens it",
            "7. Signed off",
            "purely personal and household purposes",
            "no legal advice",
            "Whoever controls the machine and its key can read everything",
            "the Information Commission (formerly the Information Commissioner’s Office, ICO)",
            "Article 14",
            "section 81 of the Data (Use and Access) Act 2025",
        ],
    ),
    (
        "privacy-notice",
        &[
            "Who we are",
            "lawful basis",
            "Who sees it",
            "For how long",
            "Your rights",
            "the Information Commission (formerly the Information Commissioner’s Office, ICO)",
            "Where it comes from",
            "For children",
            "no legal advice",
        ],
    ),
];

#[tokio::test]
async fn each_paper_is_a_page_and_a_file_with_the_same_words() {
    let app = TestApp::start().await;
    app.operator("olive").await;
    let page = app.visit("/help").await.assert(200);
    for (name, says) in PAPERS {
        let path = format!("/help/{name}");
        assert!(page.attributes("main a", "href").contains(&path), "help leads to {name}");
        let paper = app.visit(&path).await.assert(200);
        assert_eq!(paper.words("main h1").len(), 1);
        let text = paper.text();
        for words in says {
            assert!(text.contains(words), "{name}: {words}");
        }
        let headings = [paper.words("main h1"), paper.words("main h2")].concat();
        let tables = paper.attributes("main .wide", "aria-label");
        assert!(!tables.is_empty() && tables.iter().all(|label| headings.contains(label)), "{name}: {tables:?}");
        assert_eq!(tables.iter().collect::<BTreeSet<_>>().len(), tables.len(), "{name}: each has a name of its own");
        let rows = paper.words("main tbody tr > th[scope='row']:first-child");
        assert!(rows.iter().all(|row| !row.is_empty()), "{name}: {rows:?}");
        assert_eq!(rows.len(), paper.words("main tbody tr").len());
        assert!(!text.contains("______"), "blanks are lines");
        assert!(!paper.words(".blank").is_empty());
        for link in paper.attributes("main a[href^='/']", "href") {
            app.visit(&link).await.assert(200);
        }
        assert_eq!(paper.attributes("a[download]", "href"), [format!("{path}.md")]);
        let file = app.visit(&format!("{path}.md")).await.assert(200);
        assert_eq!(file.header("content-type"), "text/markdown; charset=utf-8");
        assert_eq!(file.header("content-disposition"), format!("attachment; filename=\"hec-{name}.md\""));
        let file = String::from_utf8(file.bytes.to_vec()).unwrap();
        assert!(file.starts_with("# ") && file.contains("______"));
        assert_eq!(paper.words(".blank").len(), file.matches("______").count());
    }
}

#[tokio::test]
async fn the_papers_tell_how_long_things_are_kept_as_the_program_keeps_them() {
    let app = TestApp::start().await;
    app.operator("olive").await;
    let keep = hec::backup::destinations::Keep::default();
    let backups = format!("{} days, {} weeks and {} months", keep.days, keep.weeks, keep.months);
    let days = |kept: std::time::Duration| kept.as_secs() / 86_400;
    assert_eq!(days(hec::accounts::log::KEPT), 366, "a year");
    for path in ["/help/dpia", "/help/privacy-notice"] {
        let page = app.visit(path).await.assert_says(&backups);
        page.clone().assert_says(&format!("{} days", days(hec::accounts::device::KEPT)));
        page.clone().assert_says(&format!("{} days at most", days(hec::accounts::session::ABSOLUTE)));
        page.clone().assert_says(&format!("{} days at most", days(hec::backup::before::KEPT)));
        for kept in [hec::entries::UNDO, hec::accounts::post::KEPT] {
            page.clone().assert_says(&format!("{}", days(kept)));
        }
        page.assert_says(&format!("{} days", days(hec::families::deletion::WAIT)));
    }
}
