//! Budgets: who asks too much waits, and nobody waits for somebody else.

use crate::support::{SendExt, TestApp};

/// A site that limits its own machine too.
async fn strict() -> TestApp {
    TestApp::start_with(|config| config.limits = true).await
}

/// How often a visitor may ask before it is told to wait.
async fn times(app: &TestApp, path: &str) -> usize {
    for count in 0..5_000 {
        if app.visit(path).await.status == 429 {
            return count;
        }
    }
    panic!("{path} has no end");
}

#[tokio::test]
async fn a_scanner_is_out_after_thirty_probes() {
    let app = strict().await;
    let ana = app.parent("ana").await;
    for number in 0..30 {
        assert_eq!(app.visit(&format!("/wp-{number}.php")).await.status, 404);
    }
    let page = app.visit("/.env").await.assert(429).assert_says("A little too fast");
    assert_eq!(page.header("retry-after"), "1");
    assert_eq!(app.visit("/sign-in").await.status, 429);
    let problem = app.visit("/api/v1/me").await.assert_problem(429);
    assert!(problem.header("retry-after").parse::<u64>().unwrap() >= 1);
    // Who is signed in does not pay for whoever shares the address.
    ana.visit("/").await.assert(200);
    ana.get("/me").await.assert(200);
    app.app.clock().advance(std::time::Duration::from_secs(2));
    assert_eq!(app.visit("/sign-in").await.status, 200);
    app.minutes_pass(1);
    assert_eq!(times(&app, "/api/v2").await, 30);
}

#[tokio::test]
async fn a_visitor_has_three_hundred_pages_and_many_more_assets() {
    let app = strict().await;
    app.parent("ana").await;
    assert_eq!(times(&app, "/sign-in").await, 300);
    app.minutes_pass(1);
    assert_eq!(times(&app, "/assets/hec.css").await, 3_000);
}

#[tokio::test]
async fn what_may_hash_a_password_costs_more() {
    let app = strict().await;
    app.parent("ana").await;
    let mut tries = 0;
    // Each at somebody else: what is guessed at has a budget of its own.
    while app.submit("/sign-in", &[("email", &*format!("ana{tries}@example.org"))]).await.status != 429 {
        tries += 1;
        assert!(tries < 100);
    }
    assert_eq!(tries, 30);
}

#[tokio::test]
async fn an_account_has_a_thousand_wherever_it_asks_from() {
    let app = strict().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    let mut asked = 0;
    while ana.get("/learners").await.status == 200 {
        asked += 1;
        assert!(asked < 2_000);
    }
    assert_eq!(asked, 1_000);
    let refused = ana.visit("/").await.assert(429).assert_says("A little too fast");
    assert_eq!(refused.header("retry-after"), "1");
    ben.get("/learners").await.assert(200);
    app.visit("/sign-in").await.assert(200);
    app.minutes_pass(1);
    ana.visit("/").await.assert(200);
}

#[tokio::test]
async fn a_stale_link_costs_somebody_who_is_signed_in_nothing() {
    let app = strict().await;
    let ana = app.parent("ana").await;
    for _ in 0..30 {
        assert_eq!(ana.visit("/entries/old/link").await.status, 404);
    }
    assert_eq!(ana.visit("/entries/old/link").await.status, 429, "not even with a session can one look for more");
    for _ in 0..50 {
        ana.visit("/").await.assert(200);
    }
}

#[tokio::test]
async fn what_browsers_look_for_by_themselves_is_no_probe() {
    let app = strict().await;
    app.parent("ana").await;
    for path in ["/favicon.ico", "/apple-touch-icon-precomposed.png", "/.well-known/security.txt", "/robots.txt"] {
        for _ in 0..40 {
            assert_eq!(app.visit(path).await.status, 404, "{path}");
        }
    }
}

#[tokio::test]
async fn a_made_up_credential_is_a_visitors() {
    let app = strict().await;
    let ana = app.parent("ana").await;
    let guess = |number: usize| ana.with_token(format!("hec_pat_{number:043}"));
    for number in 0..300 {
        guess(number).get("/me").await.assert_problem(401);
    }
    guess(300).get("/me").await.assert_problem(429);
    ana.get("/me").await.assert(200);
}

#[tokio::test]
async fn a_development_store_spares_its_own_machine() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    for _ in 0..400 {
        assert_eq!(app.visit("/.env").await.status, 404);
    }
    let foreign = app.client.get(format!("{}/.env", app.url)).header("x-forwarded-for", "198.51.100.7");
    for _ in 0..30 {
        assert_eq!(foreign.try_clone().unwrap().reply().await.status, 404);
    }
    assert_eq!(foreign.reply().await.status, 429, "what a proxy says is from elsewhere is not spared");
}
