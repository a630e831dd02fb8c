//! The journal, search, and what stands in their addresses.

use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn filters_stand_in_the_address_and_in_the_form() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let jay = ana.has_child("Jay").await;
    let science = ana.subjects[3].clone();
    ana.adds("Fits", json!({ "date": "2026-02-10", "learners": [jay], "subjects": [science], "kind": "outing", "starred": true, "state": "draft" })).await;
    let full =
        format!("learner={jay}&subject={science}&kind=outing&starred=true&state=draft&from=2026-02-01&to=2026-02-28");
    for other in [
        json!({ "learners": [ana.learner] }),
        json!({ "subjects": [ana.subjects[0]] }),
        json!({ "kind": "note" }),
        json!({ "starred": false }),
        json!({ "state": "done" }),
        json!({ "date": "2026-01-31" }),
    ] {
        let mut entry = json!({ "date": "2026-02-10", "learners": [jay], "subjects": [science], "kind": "outing", "starred": true, "state": "draft" });
        for (name, value) in other.as_object().unwrap() {
            entry[name] = value.clone();
        }
        ana.adds("Differs", entry).await;
    }
    let page = ana.visit(&format!("/?{full}")).await.assert(200);
    assert_eq!(page.words(".card-title"), ["Fits"]);
    for (name, value) in [("learner", jay), ("subject", science), ("kind", "outing".into()), ("state", "draft".into())]
    {
        assert_eq!(page.attributes(&format!("select[name={name}] option[selected]"), "value"), [value]);
    }
    assert_eq!(page.attributes("input[name=from], input[name=to]", "value"), ["2026-02-01", "2026-02-28"]);
    assert_eq!(page.attributes("input[name=starred][checked]", "value").len(), 1);
}

#[tokio::test]
async fn what_an_address_means_by_nothing_is_left_aside() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.notes("Newts").await;
    for query in [
        "learner=",
        "learner=x",
        "kind=party",
        "from=yesterday",
        "after=!!!",
        "after=",
        "limit=0",
        "a=b&&=",
        "%",
        "q=%ff",
    ] {
        ana.visit(&format!("/?{query}")).await.assert(200).assert_says("Newts");
    }
}

#[tokio::test]
async fn earlier_leads_through_the_whole_journal_with_its_filters() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for number in 0..70 {
        let date = format!("2026-02-{:02}", 1 + number % 28);
        ana.adds(&format!("Note {number}"), json!({ "date": date, "kind": "note" })).await;
        ana.adds("Another kind", json!({ "date": date, "kind": "group" })).await;
    }
    let (mut titles, mut path) = (Vec::new(), "/?kind=note".to_owned());
    for _ in 0..3 {
        let page = ana.visit(&path).await.assert(200);
        titles.extend(page.words(".card-title"));
        path = page.attributes(".pager a", "href").into_iter().next_back().unwrap_or_default();
    }
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), 70);
}

#[tokio::test]
async fn days_are_worded_and_today_is_marked() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.notes("Newts").await;
    ana.adds("Frogs", json!({ "date": "2025-12-25" })).await;
    let page = ana.visit("/").await.assert(200).assert_says("Monday 2 March").assert_says("Thursday 25 December");
    assert_eq!(page.words(".today").len(), 1);
    assert_eq!(page.attributes("section.day", "aria-labelledby"), ["day-2026-03-02", "day-2025-12-25"]);
}

#[tokio::test]
async fn a_civil_day_is_the_familys_own() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    // 23:30 in UTC on 29 March is 00:30 on the 30th in London: summer time has begun that day.
    app.minutes_pass(27 * 24 * 60 + 13 * 60 + 30);
    assert_eq!(ana.visit("/entries/new").await.assert(200).attributes("#date", "value"), ["2026-03-30"]);
}

#[tokio::test]
async fn search_shows_what_it_found_and_says_when_there_is_nothing() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.adds("Newts", json!({ "text": "by the *pond*" })).await;
    let page = ana.visit("/search?q=pond").await.assert(200);
    assert_eq!(
        (page.words(".card-title"), page.attributes("#q", "value")),
        (vec!["Newts".to_owned()], vec!["pond".to_owned()])
    );
    ana.visit("/search?q=%3Cscript%3Ex%3C%2Fscript%3E").await.assert(200).assert_silent_about("<script>x");
    assert!(ana.visit("/search?q=zebra").await.assert(200).words("[role=status]").concat().contains("zebra"));
    assert!(ana.visit("/search").await.assert(200).words(".card").is_empty());
    ana.visit(&format!("/search?q={}", "long%20".repeat(500))).await.assert(200);
}

#[tokio::test]
async fn search_goes_on_to_earlier_finds() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for number in 0..35 {
        ana.notes(&format!("Otter & {number}")).await;
    }
    let first = ana.visit("/search?q=otter+%26").await.assert(200);
    let next = first.attributes(".pager a", "href").remove(0);
    assert_eq!((first.words(".card-title").len(), ana.visit(&next).await.words(".card-title").len()), (30, 5));
}
