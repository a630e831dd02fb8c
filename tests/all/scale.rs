//! A page costs what it shows, not what the family has written: counted in rows, so that no clock decides.

use std::sync::LazyLock;

use hec::{
    app::App,
    entries::{self, RawDraft, RawVoice},
    learners,
    types::{Caller, Date},
};
use tokio::sync::{Mutex, MutexGuard};

use crate::support::{Person, TestApp, config, create, join, scratch};

const MANY: usize = 20_000;
const FEW: usize = 2_000;
/// What a page of 30 may read more in the larger family: deeper leaps, never more entries.
const SLACK: u64 = 10;

/// Two families in one store, made once. The lock keeps one test's rows out of another's count.
struct Shared {
    app: App,
    many: Caller,
    few: Caller,
    _folder: tempfile::TempDir,
    counting: Mutex<()>,
}

static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    std::thread::spawn(|| {
        let folder = scratch();
        let app = create(config(folder.path()));
        let many = app.db.write_blocking(|tx| join(tx, "ana")).unwrap();
        let few = app.db.write_blocking(|tx| join(tx, "ben")).unwrap();
        fill(&app, &many, MANY);
        fill(&app, &few, FEW);
        Shared { app, many, few, _folder: folder, counting: Mutex::new(()) }
    })
    .join()
    .unwrap()
});

/// Writes so many entries, as a family would in years: two children, all subjects, a star now and then.
fn fill(app: &App, caller: &Caller, count: usize) {
    let owner = caller.clone();
    let (learners, subjects) = app
        .db
        .write_blocking(move |tx| {
            learners::add(tx, &owner, learners::Draft::parse("Jay", None, None)?)?;
            let learners: Vec<String> =
                learners::all(tx, &owner)?.iter().map(|learner| learner.id.to_string()).collect();
            let subjects: Vec<String> =
                learners::subject::all(tx, &owner)?.iter().map(|one| one.id.to_string()).collect();
            Ok((learners, subjects))
        })
        .unwrap();
    for batch in (0..count).collect::<Vec<_>>().chunks(2_000) {
        let (owner, batch, learners, subjects) = (caller.clone(), batch.to_vec(), learners.clone(), subjects.clone());
        let written = app.db.write_blocking(move |tx| {
            for number in batch {
                entries::add(tx, &owner, draft(number, count, &learners, &subjects).parse()?)?;
            }
            Ok(())
        });
        written.unwrap();
    }
}

fn draft(number: usize, count: usize, learners: &[String], subjects: &[String]) -> RawDraft {
    let day = Date::parse("2026-03-01").unwrap().plus_days(-(number as i32 / 6));
    // The first child is in the first half of the time only, the fourth subject in the second: never together.
    let early = number > count / 2;
    let learner = usize::from(!early);
    let subject = if early { [0, 1, 2][number % 3] } else { [3, 1, 2][number % 3] };
    let rare = if number % (count / 4) == 1 { " kingfisher" } else { "" };
    RawDraft {
        date: day.to_string(),
        learners: vec![learners[learner].clone()],
        title: Some(format!("Walk {number}{rare}")),
        text: Some("We looked for birds by the river and drew what we saw.".to_owned()),
        subjects: vec![subjects[subject].clone()],
        kind: Some(["outing", "reading"][number % 2].to_owned()),
        voices: vec![RawVoice { learner: learners[learner].clone(), words: Some("look".to_owned()), feeling: None }],
        starred: number.is_multiple_of(10),
        private: number % 50 == 7,
        ..RawDraft::default()
    }
}

/// Both families, and nobody else at work.
async fn both() -> (TestApp, Person, Person, MutexGuard<'static, ()>) {
    let shared = tokio::task::spawn_blocking(|| &*SHARED).await.unwrap();
    let guard = shared.counting.lock().await;
    let site = TestApp::over(shared.app.clone()).await;
    let (many, few) = (site.person("ana", &shared.many).await, site.person("ben", &shared.few).await);
    // A token's first use is noted: that reads rows of its own.
    for person in [&many, &few] {
        person.get("/me").await.assert(200);
        person.visit("/help").await.assert(200);
    }
    (site, many, few, guard)
}

/// How many rows a request reads, and how many entries it shows.
async fn cost(site: &TestApp, person: &Person, path: &str) -> (u64, usize) {
    let before = site.app.db.rows_read();
    let shown = if path.starts_with("/?") || path == "/" || path.starts_with("/search") {
        person.visit(path).await.assert(200).words(".card").len()
    } else {
        let path = path.strip_prefix("/api/v1").unwrap();
        person.get(path).await.assert(200).json()["items"].as_array().unwrap().len()
    };
    (site.app.db.rows_read() - before, shown)
}

/// The same request of both families: it reads within `bound`, and hardly more in the larger one.
async fn assert_bounded(path: impl Fn(&Person) -> String, bound: u64, shown: usize) {
    let (site, many, few, _counting) = both().await;
    let (small, of_few) = cost(&site, &few, &path(&few)).await;
    let (large, of_many) = cost(&site, &many, &path(&many)).await;
    let path = path(&many);
    println!("{path}: {small} rows of {FEW}, {large} rows of {MANY}");
    assert_eq!((of_few, of_many), (shown, shown), "{path}");
    assert!(large <= bound, "{path}: {large} rows");
    assert!(large <= small + SLACK, "{path}: {small} rows of {FEW} entries, {large} of {MANY}");
}

#[tokio::test]
async fn the_first_page() {
    assert_bounded(|_| "/api/v1/entries".into(), 150, 30).await;
    assert_bounded(|_| "/".into(), 200, 30).await;
}

#[tokio::test]
async fn a_page_of_a_hundred() {
    assert_bounded(|_| "/api/v1/entries?limit=100".into(), 400, 100).await;
}

#[tokio::test]
async fn a_page_of_one_child_and_its_stars() {
    assert_bounded(|ana| format!("/api/v1/entries?learner={}&starred=true", ana.learner), 1_200, 30).await;
    assert_bounded(|ana| format!("/?learner={}&starred=true", ana.learner), 1_200, 30).await;
}

#[tokio::test]
async fn a_page_of_a_child_a_subject_and_its_stars() {
    let path =
        |ana: &Person| format!("/api/v1/entries?learner={}&subject={}&starred=true", ana.learner, ana.subjects[1]);
    assert_bounded(path, 4_000, 30).await;
}

#[tokio::test]
async fn a_page_of_a_period() {
    assert_bounded(|_| "/api/v1/entries?from=2025-10-01&to=2025-12-31".into(), 150, 30).await;
    assert_bounded(|_| "/api/v1/entries?from=2025-12-30&to=2025-12-31&limit=100".into(), 150, 12).await;
}

#[tokio::test]
async fn a_page_far_down_costs_what_the_first_one_does() {
    let (site, many, _, _counting) = both().await;
    let mut after = String::new();
    let mut costs = Vec::new();
    for _ in 0..20 {
        let before = site.app.db.rows_read();
        let page = many.get(&format!("/entries?limit=100{after}")).await.assert(200).json();
        costs.push(site.app.db.rows_read() - before);
        after = format!("&after={}", page["next"].as_str().unwrap());
    }
    assert!(costs.iter().all(|cost| cost.abs_diff(costs[0]) <= SLACK), "{costs:?}");
}

#[tokio::test]
async fn the_first_page_of_a_search() {
    assert_bounded(|_| "/search?q=river".into(), 400, 30).await;
    assert_bounded(|_| "/api/v1/search?q=river%20birds".into(), 700, 30).await;
    assert_bounded(|_| "/api/v1/search?q=kingfisher".into(), 120, 4).await;
    assert_bounded(|_| "/api/v1/search?q=kingfisher%20river".into(), 200, 4).await;
}

#[tokio::test]
async fn a_search_for_what_nobody_wrote() {
    assert_bounded(|_| "/api/v1/search?q=zebra".into(), 60, 0).await;
    assert_bounded(|_| "/api/v1/search?q=river%20zebra".into(), 120, 0).await;
}

#[tokio::test]
async fn a_combination_that_never_happens_stays_within_the_budget() {
    let (site, many, _, _counting) = both().await;
    let path = format!("/api/v1/entries?learner={}&subject={}", many.learner, many.subjects[3]);
    let (rows, shown) = cost(&site, &many, &path).await;
    assert_eq!(shown, 0);
    assert!(rows <= 200, "two stretches of time that do not meet: {rows} rows");
    // What is starred is never reading here, and the two lie in between each other all the way down. A page looks at
    // 4,000 places at most, and steps 8 rows at most from one to the next.
    let (rows, shown) = cost(&site, &many, "/api/v1/entries?kind=reading&starred=true").await;
    println!("reading with a star: {rows} rows");
    assert_eq!(shown, 0);
    assert!(rows <= 4_000 * 2 * 9, "{rows} rows");
}

#[tokio::test]
async fn whatever_a_page_left_unread_the_next_one_goes_on_with() {
    let (_site, many, _, _counting) = both().await;
    let path = format!("/entries?kind=outing&starred=true&subject={}&limit=100", many.subjects[2]);
    let (mut found, mut after) = (0, String::new());
    for _ in 0..100 {
        let page = many.get(&format!("{path}{after}")).await.assert(200).json();
        found += page["items"].as_array().unwrap().len();
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let expected = (0..MANY).filter(|number| number % 10 == 0 && number % 3 == 2).count();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn one_entry_is_one_entry() {
    let (site, many, _, _counting) = both().await;
    let entry = many.get("/entries?limit=1").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let before = site.app.db.rows_read();
    many.get(&format!("/entries/{entry}")).await.assert(200);
    assert!(site.app.db.rows_read() - before <= 20);
}
