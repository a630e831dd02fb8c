//! Signing in and out: nothing is told to strangers, nothing is kept in clear.

use reqwest::Method;

use crate::support::{PASSWORD, Reply, SendExt, TestApp, rows_of};

async fn signs_in(app: &TestApp, email: &str, password: &str) -> Reply {
    app.submit("/sign-in", &[("email", email), ("password", password), ("next", "/learners")]).await
}

fn secret(reply: &Reply) -> String {
    let cookie = reply.header("set-cookie");
    cookie.strip_prefix("hec=").unwrap().split(';').next().unwrap().to_owned()
}

/// Whether the session still opens the journal.
async fn lives(app: &TestApp, session: &str) -> bool {
    let ask = app.client.get(format!("{}/learners", app.url)).header("cookie", format!("hec={session}"));
    ask.reply().await.status == 200
}

#[tokio::test]
async fn a_parent_signs_in_and_goes_on_to_where_they_were() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    app.visit("/entries/new?date=2026-01-05")
        .await
        .assert_sent_to("/sign-in?next=%2Fentries%2Fnew%3Fdate%3D2026%2D01%2D05");
    let form = app.visit("/sign-in?next=%2Flearners").await.assert(200);
    assert_eq!(form.attributes("input[name=next]", "value"), ["/learners"]);
    let signed_in = signs_in(&app, "ana@example.org", PASSWORD).await.assert_sent_to("/learners");
    assert!(lives(&app, &secret(&signed_in)).await);
    signs_in(&app, "ANA@Example.ORG ", PASSWORD).await.assert(303);
}

#[tokio::test]
async fn an_unknown_email_and_a_wrong_password_get_the_same_reply() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    let wrong = signs_in(&app, "ana@example.org", "not the right one at all").await.assert(422);
    let unknown = signs_in(&app, "bob@example.org", "not the right one at all").await.assert(422);
    assert_eq!(wrong.shape(&["ana@example.org"]), unknown.shape(&["bob@example.org"]));
    wrong.assert_says("That email and password do not belong together").assert_silent_about("not the right one");
    for (email, password) in
        [("", ""), ("ana@example.org", ""), ("nobody", PASSWORD), ("ana@example.org", &PASSWORD.to_uppercase())]
    {
        assert!(signs_in(&app, email, password).await.assert(422).header("set-cookie").is_empty());
    }
    signs_in(&app, "ana@example.org", &"x".repeat(100_000)).await.assert(422);
}

#[tokio::test]
async fn an_address_that_is_typed_in_another_form_of_unicode_is_the_same() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    let (composed, decomposed) = ("ren\u{e9}e@example.org", "rene\u{301}e@example.org");
    let registers = async |email: &str| {
        let fields =
            [("name", "Ren\u{e9}e"), ("email", email), ("password", PASSWORD), ("adult", "yes"), ("family", "Ours")];
        app.submit("/register", &fields).await
    };
    registers(decomposed).await.assert(303);
    registers(composed).await.assert(422);
    for email in [composed, decomposed, "Rene\u{301}e@Example.org"] {
        signs_in(&app, email, PASSWORD).await.assert_sent_to("/learners");
    }
}

#[tokio::test]
async fn a_password_that_is_typed_in_another_form_of_unicode_fits() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    let register = |email, password| {
        let fields = [("name", "B"), ("email", email), ("password", password), ("adult", "yes"), ("family", "Beech")];
        let app = &app;
        async move { app.submit("/register", &fields).await }
    };
    register("ben@example.org", "caf\u{e9} au lait de Ren\u{e9}e").await.assert(303);
    signs_in(&app, "ben@example.org", "cafe\u{301} au lait de Rene\u{301}e").await.assert(303);
}

#[tokio::test]
async fn the_cookie_is_for_this_site_and_no_script() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    let reply = signs_in(&app, "ana@example.org", PASSWORD).await;
    let cookie = reply.header("set-cookie").to_owned();
    let mut flags: Vec<&str> = cookie.split("; ").skip(1).collect();
    flags.sort_unstable();
    assert_eq!(flags, ["HttpOnly", "Max-Age=15552000", "Path=/", "SameSite=Lax"]);
    assert_eq!(secret(&reply).len(), 43, "256 bits");
    assert_eq!(reply.header("cache-control"), "no-store");
}

#[tokio::test]
async fn every_sign_in_has_a_new_secret_and_ends_the_browsers_last_one() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let fields = [("email", "ana@example.org"), ("password", PASSWORD), ("next", "")];
    let again = ana.submit("/sign-in", &fields).await.assert_sent_to("/");
    assert_ne!(secret(&again), ana.session);
    assert!(!lives(&app, &ana.session).await, "the session before the sign-in goes on");
    assert!(lives(&app, &secret(&again)).await);
    let planted = app.client.post(format!("{}/sign-in", app.url)).header("cookie", "hec=planted-by-somebody");
    let reply = planted.header("sec-fetch-site", "same-origin").form(&fields).reply().await;
    assert_ne!(secret(&reply), "planted-by-somebody");
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let elsewhere = secret(&signs_in(&app, "ana@example.org", PASSWORD).await);
    let out = ana.submit("/sign-out", &[]).await.assert_sent_to("/sign-in?notice=signed-out");
    assert!(out.header("set-cookie").starts_with("hec=;") && out.header("set-cookie").contains("Max-Age=0"));
    assert!(!lives(&app, &ana.session).await);
    assert!(lives(&app, &elsewhere).await);
    ana.submit("/learners", &[("nickname", "Robin")]).await.assert(401);
    ana.browse(Method::GET, "/api/v1/me").header("sec-fetch-site", "same-origin").reply().await.assert_problem(401);
    ana.submit("/sign-out", &[]).await.assert(303);
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_after_thirty_days() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    app.days_pass(20);
    ana.visit("/").await.assert(200);
    app.days_pass(10);
    app.minutes_pass(1);
    assert!(lives(&app, &ana.session).await);
    assert!(!lives(&app, &ben.session).await);
}

#[tokio::test]
async fn a_session_ends_after_half_a_year_however_much_it_is_used() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for _ in 0..9 {
        app.days_pass(20);
        assert!(lives(&app, &ana.session).await);
    }
    app.minutes_pass(1);
    assert!(!lives(&app, &ana.session).await);
    app.app.db.write(hec::accounts::session::sweep).await.unwrap();
    assert!(!lives(&app, &ana.session).await);
}

#[tokio::test]
async fn a_session_of_somebody_else_cannot_be_guessed_from_its_hash() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let hash = hec::types::hash_secret(&ana.session);
    for guess in [data_encoding::HEXLOWER.encode(&hash), data_encoding::BASE64URL_NOPAD.encode(&hash), String::new()] {
        assert!(!lives(&app, &guess).await);
    }
}

#[tokio::test]
async fn no_secret_lies_in_the_stores_files() {
    let app = TestApp::start().await;
    let link = app.setup_link().await;
    let fields = [
        ("token", &*link),
        ("name", "Ana"),
        ("email", "ana@example.org"),
        ("password", PASSWORD),
        ("adult", "yes"),
        ("family", "Ash"),
        ("learner", "Wren"),
    ];
    let cookie = secret(&app.submit("/setup", &fields).await.assert(303));
    let ben = app.parent("ben").await;
    let page = ben.submit("/account/tokens", &[("name", "phone"), ("scope", "records:read"), ("days", "30")]).await;
    let token = page.assert(200).attributes("#token-value", "value").remove(0);
    let bare = token.strip_prefix("hec_pat_").unwrap().to_owned();
    // Under the encryption, too: what is handed out once is kept as a hash only.
    let disk = [app.disk(), rows_of(&app.app.vault)].concat();
    let lies = |text: &str| disk.iter().any(|file| file.windows(text.len()).any(|bytes| bytes == text.as_bytes()));
    assert!(lies("ben@example.org"), "the rows are not where this test looks");
    for secret in [link.as_str(), PASSWORD, &cookie, &ben.session, &ben.token, &token, &bare] {
        assert!(!lies(secret), "a secret lies in clear");
        let raw = data_encoding::BASE64URL_NOPAD.decode(secret.as_bytes());
        assert!(!raw.is_ok_and(|raw| raw.len() == 32 && disk.iter().any(|file| file.windows(32).any(|it| it == raw))));
    }
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    for next in [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "http:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/\n/evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/\r\nSet-Cookie: x=1",
        "///evil.example",
        "",
    ] {
        let fields = [("email", "ana@example.org"), ("password", PASSWORD), ("next", next)];
        let location = app.submit("/sign-in", &fields).await.assert(303).header("location").to_owned();
        // As a browser reads it: white space inside an address is left out (WHATWG URL).
        let read: String = location.chars().filter(|c| !c.is_ascii_control()).collect();
        let stays = read.starts_with('/') && !read.starts_with("//") && !read.contains('\\');
        assert!(stays, "{next:?} leads to {location:?}");
        let query = [("next", next)];
        let form = app.client.get(format!("{}/sign-in", app.url)).query(&query).reply().await.assert(200);
        let kept = form.attributes("input[name=next]", "value").remove(0);
        assert!(!kept.contains("evil") && !kept.contains("javascript"), "{next:?} is kept as {kept:?}");
    }
}

#[tokio::test]
async fn whoever_is_signed_in_is_sent_on() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.visit("/sign-in?next=/learners").await.assert_sent_to("/learners");
    ana.visit("/sign-in?next=//evil.example").await.assert_sent_to("/");
}

#[tokio::test]
async fn a_tokens_secret_is_shown_once() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let fields = [("name", "phone"), ("scope", "records:read"), ("scope", "account:read"), ("days", "30")];
    let page = ana.submit("/account/tokens", &fields).await.assert(200);
    let token = page.attributes("#token-value", "value").remove(0);
    ana.visit("/account").await.assert(200).assert_says("phone").assert_silent_about(&token);
    let phone = ana.with_token(token);
    assert_eq!(phone.get("/me").await.json()["scopes"], serde_json::json!(["records:read", "account:read"]));
    phone.post("/learners", serde_json::json!({ "nickname": "Jay" })).await.assert_problem(403);
    app.days_pass(31);
    phone.get("/me").await.assert_problem(401);
}

#[tokio::test]
async fn a_token_form_names_what_is_wrong_and_gives_no_more_than_the_role() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let wrong = ana.submit("/account/tokens", &[("name", ""), ("days", "9999")]).await.assert(422);
    assert_eq!(wrong.attributes(".error-summary a", "href"), ["#name", "#scope", "#days"]);
    let vera = app.viewer_of(&ana, "vera").await;
    let offered = vera.visit("/account").await.attributes("input[name=scope]", "value");
    assert_eq!(offered, ["records:read", "portfolio:read", "account:read"]);
    vera.submit("/account/tokens", &[("name", "x"), ("scope", "records:write"), ("days", "30")]).await.assert(403);
}
