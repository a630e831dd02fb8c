//! Errors: each with its status, each a problem that a program can read.

use reqwest::Method;
use serde_json::json;

use super::{
    document::{document, operations},
    operations::call,
};
use crate::support::{Ids, SendExt, TODAY, TestApp, UNKNOWN};

#[tokio::test]
async fn what_is_not_json_is_malformed() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for body in [
        "",
        "{",
        "{\"date\":\"2026-03-02\",}",
        "nothing",
        "{\"date\":\"2026-03-02\"} {}",
        "{} {}",
        "{\"mood\": 1",
        "\u{feff}{}",
        "{\"date\": 'x'}",
    ] {
        let ask = ana.ask(Method::POST, "/entries").header("content-type", "application/json");
        ask.body(body).reply().await.assert_problem(400);
    }
    let ask = ana.ask(Method::POST, "/entries").header("content-type", "application/json");
    ask.body(vec![b'{', b'"', 0xff, b'"', b'}']).reply().await.assert_problem(400);
}

#[tokio::test]
async fn a_field_that_nobody_knows_is_named() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.post("/entries", json!({ "date": TODAY, "mood": "fine" })).await;
    assert!(entry.clone().assert_problem(422).text().contains("mood"));
    let voice = json!({ "learner": ana.learner, "volume": 11 });
    let voices = ana.post("/entries", json!({ "date": TODAY, "learners": [ana.learner], "voices": [voice] })).await;
    assert_eq!(
        voices.assert_refused("voices.0.volume", "json")["detail"].as_str().map(|it| it.contains("volume")),
        Some(true)
    );
    ana.post("/entries", json!({ "title": "No date" })).await.assert_refused("date", "json");
    ana.post("/learners", json!({ "nickname": "Jay", "age": 7 })).await.assert_problem(422).assert_says("age");
    ana.post("/subjects", json!({ "name": "x", "area": "arts", "level": 2 })).await.assert_problem(422);
    let portfolio = json!({ "title": "x", "learner": ana.learner, "from": TODAY, "to": TODAY, "paper": "A4" });
    ana.post("/portfolios", portfolio).await.assert_problem(422).assert_says("paper");
}

#[tokio::test]
async fn a_field_of_another_type_is_named() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for (field, value) in [
        ("date", json!(20_260_302)),
        ("learners", json!("everybody")),
        ("title", json!(["x"])),
        ("minutes", json!("ten")),
        ("starred", json!("yes")),
        ("minutes", json!(1e30)),
    ] {
        let mut entry = json!({ "date": TODAY });
        entry[field] = value;
        ana.post("/entries", entry).await.assert_refused(field, "json");
    }
}

#[tokio::test]
async fn a_bad_field_is_named_with_its_bound() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for (field, value, code, bound) in [
        ("date", json!("2026-02-30"), "not-a-date", ("max", json!("2199-12-31"))),
        ("date", json!("1899-12-31"), "date-range", ("min", json!("1900-01-01"))),
        ("date", json!("2200-01-01"), "date-range", ("max", json!("2199-12-31"))),
        ("title", json!("x".repeat(201)), "too-long", ("max", json!(200))),
        ("title", json!("two\nlines"), "control-characters", ("field", json!("title"))),
        ("text", json!("x".repeat(20_001)), "too-long", ("max", json!(20_000))),
        ("text", json!("a\0b"), "control-characters", ("field", json!("text"))),
        ("place", json!("x".repeat(201)), "too-long", ("max", json!(200))),
        ("minutes", json!(0), "out-of-range", ("min", json!(1))),
        ("minutes", json!(1441), "out-of-range", ("max", json!(1440))),
        ("minutes", json!(-5), "out-of-range", ("max", json!(1440))),
        ("kind", json!("party"), "not-one-of", ("field", json!("kind"))),
        ("state", json!("maybe"), "not-one-of", ("options", json!("planned, draft, done"))),
        ("resources", json!(vec!["book"; 31]), "too-many", ("max", json!(30))),
        ("learners", json!(vec![ana.learner.clone(); 51]), "too-many", ("max", json!(50))),
        ("subjects", json!(vec![ana.subjects[0].clone(); 21]), "too-many", ("max", json!(20))),
    ] {
        let mut entry = json!({ "date": TODAY });
        entry[field] = value.clone();
        let refused = ana.post("/entries", entry).await.assert_refused(field, code);
        assert_eq!(refused[bound.0], bound.1, "{field}: {value}");
    }
    let told = ana.post("/entries", json!({ "date": "27 3 2026" })).await.assert_refused("date", "not-a-date");
    assert_eq!(told["detail"], "Give a real date as YYYY-MM-DD, such as 2026-03-27");
    let long = json!({ "date": TODAY, "resources": ["x", "x".repeat(301)] });
    assert_eq!(ana.post("/entries", long).await.assert_refused("resources.1", "too-long")["max"], 300);
    let entry = json!({ "date": TODAY, "learners": [ana.learner],
        "voices": [{ "learner": ana.learner, "words": "x".repeat(2001), "feeling": "splendid" }] });
    let reply = ana.post("/entries", entry).await;
    assert_eq!(reply.assert_refused("voices.0.words", "too-long")["max"], 2000);
    reply.assert_refused("voices.0.feeling", "not-one-of");
}

#[tokio::test]
async fn bounds_themselves_are_taken() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let widest = json!({
        "date": "2199-12-31", "learners": [ana.learner], "title": "é".repeat(200), "text": "🦉".repeat(20_000),
        "subjects": ana.subjects, "minutes": 1440, "place": "p".repeat(200), "resources": vec!["r".repeat(300); 30],
        "voices": [{ "learner": ana.learner, "words": "w".repeat(2000), "feeling": "hard" }],
    });
    let entry = ana.post("/entries", widest.clone()).await.assert(201).json();
    for (field, value) in widest.as_object().unwrap() {
        assert_eq!(&entry[field], value, "{field}");
    }
    ana.post("/entries", json!({ "date": "1900-01-01", "minutes": 1 })).await.assert(201);
}

#[tokio::test]
async fn learners_and_subjects_have_bounds_too() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let long = json!({ "nickname": "x".repeat(41), "colour": "beige" });
    let reply = ana.post("/learners", long).await;
    assert_eq!(reply.assert_refused("nickname", "too-long")["max"], 40);
    reply.assert_refused("colour", "not-one-of");
    ana.post("/learners", json!({ "nickname": "  " })).await.assert_refused("nickname", "required");
    ana.post("/learners", json!({ "nickname": "WREN OF ana" })).await.assert_refused("nickname", "name-taken");
    let long = ana.post("/subjects", json!({ "name": "x".repeat(61), "area": "magic" })).await;
    assert_eq!(long.assert_refused("name", "too-long")["max"], 60);
    long.assert_refused("area", "not-one-of");
    ana.post("/subjects", json!({ "name": "maths", "area": "numeracy" })).await.assert_refused("name", "name-taken");
}

#[tokio::test]
async fn a_portfolio_has_bounds_too() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let bad = json!({ "title": "", "learner": "somebody", "from": "2026-05-01", "to": "2026-04-30", "photos": "huge",
        "kinds": ["note", "note"], "areas": ["arts", "arts"], "introduction": "x".repeat(10_001) });
    let reply = ana.post("/portfolios", bad).await;
    let odd = json!({ "title": "x", "learner": ana.learner, "from": TODAY, "to": TODAY, "kinds": ["party"], "areas": ["magic"] });
    let odd = ana.post("/portfolios", odd).await;
    odd.assert_refused("kinds", "not-one-of");
    odd.assert_refused("areas", "not-one-of");
    for (field, code) in [
        ("title", "required"),
        ("learner", "unknown-learner"),
        ("from", "period"),
        ("photos", "not-one-of"),
        ("kinds", "duplicate"),
        ("areas", "duplicate"),
        ("introduction", "too-long"),
    ] {
        reply.assert_refused(field, code);
    }
}

#[tokio::test]
async fn a_parameter_that_does_not_fit_is_named() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for query in ["kind=party", "state=maybe", "from=yesterday", "to=2026-13-01", "learner=wren", "subject=1"] {
        let field = query.split('=').next().unwrap();
        ana.get(&format!("/entries?{query}")).await.assert_refused(field, "not-one-of");
    }
    for limit in ["0", "101", "-1"] {
        let refused = ana.get(&format!("/entries?limit={limit}")).await.assert_refused("limit", "out-of-range");
        assert_eq!((&refused["min"], &refused["max"]), (&json!(1), &json!(100)));
    }
    ana.get("/entries?limit=many").await.assert_refused("limit", "parameter");
    ana.get("/entries?starred=perhaps").await.assert_refused("starred", "parameter");
    ana.get("/entries?after=!!!").await.assert_refused("after", "not-one-of");
    ana.get("/search").await.assert_refused("q", "parameter");
    ana.get("/search?q=%20").await.assert_refused("q", "required");
    ana.get(&format!("/search?q={}", "x".repeat(201))).await.assert_refused("q", "too-long");
}

#[tokio::test]
async fn an_unknown_and_a_malformed_id_are_not_found() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let mine = Ids::of(&ana).await;
    let malformed = ["1", "not-an-id", &UNKNOWN.to_uppercase(), "00000000-0000-0000-0000-000000000000", "é"];
    for operation in operations(&document(&app)).iter().filter(|operation| operation.path.contains('{')) {
        let mut replies = Vec::new();
        for id in malformed.into_iter().chain([UNKNOWN]) {
            let mut call = call(&operation.id, &Ids::unknown(), &mine);
            call.path = call.path.replace(UNKNOWN, id);
            // Under an unknown id a PUT creates.
            if (operation.id.as_str(), id) != ("put_entry", UNKNOWN) {
                replies.push(call.by(&ana).reply().await.assert_problem(404).text());
            }
        }
        assert!(replies.iter().all(|reply| *reply == replies[0]), "{}: {replies:?}", operation.id);
    }
}

#[tokio::test]
async fn an_unknown_path_and_another_method_are_problems_too() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for path in ["", "/", "/entrie", "/entries/", "/entries/1/2/3", "/../v2/entries", "/me/", "/learners//"] {
        ana.get(path).await.assert_problem(404);
    }
    let outside = ana.browse(Method::GET, "/api/v2/entries").header("sec-fetch-site", "same-origin");
    outside.reply().await.assert_problem(404);
    for (method, path) in
        [("DELETE", "/entries"), ("PUT", "/me"), ("POST", "/search"), ("PATCH", "/learners"), ("BREW", "/me")]
    {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let reply = ana.ask(method, path).reply().await.assert_problem(405);
        assert!(!reply.header("allow").is_empty(), "405 tells what is allowed (RFC 9110, section 15.5.6)");
    }
}

#[tokio::test]
async fn what_is_allowed_is_told_rightly() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let reply = ana.ask(Method::DELETE, "/me").reply().await.assert_problem(405);
    assert!(!reply.header("allow").contains("PUT"), "{}", reply.header("allow"));
    let reply = ana.ask(Method::POST, &format!("/attachments/{UNKNOWN}")).reply().await.assert_problem(405);
    assert!(reply.header("allow").contains("PATCH"), "{}", reply.header("allow"));
}

#[tokio::test]
async fn too_much_and_another_type_are_refused() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let long = json!({ "date": TODAY, "text": "x".repeat(600_000) });
    ana.post("/entries", long).await.assert_problem(413).assert_says("524288");
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
        let ask = ana.ask(Method::POST, "/entries").header("content-type", media_type);
        ask.body("{\"date\":\"2026-03-02\"}").reply().await.assert_problem(415);
    }
    let ask = ana.ask(Method::POST, "/entries").header("content-type", "Application/JSON; charset=utf-8");
    ask.body("{\"date\":\"2026-03-02\"}").reply().await.assert(201);
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_that_lives() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for token in
        ["", "Bearer", "Bearer ", "Bearer x", "Bearer hec_pat_", "Basic YW5hOmFuYQ==", &format!("Token {}", ana.token)]
    {
        let ask = app.client.get(format!("{}/api/v1/me", app.url)).header("authorization", token);
        let reply = ask.reply().await.assert_problem(401);
        assert!(reply.header("www-authenticate").starts_with("Bearer realm=\"HEC\""));
        // A token that is none is told from none at all (RFC 6750, section 3.1).
        let is_told = reply.header("www-authenticate").contains("error=\"invalid_token\"");
        assert_eq!(is_told, token.starts_with("Bearer x") || token.starts_with("Bearer hec"), "{token}");
    }
    let cased =
        app.client.get(format!("{}/api/v1/me", app.url)).header("authorization", format!("bearer {}", ana.token));
    cased.reply().await.assert(200);
    app.days_pass(364);
    ana.get("/me").await.assert(200);
    app.days_pass(2);
    let dead = ana.get("/me").await.assert_problem(401);
    assert!(dead.header("www-authenticate").contains("error=\"invalid_token\""));
    let nobody = app.client.get(format!("{}/api/v1/me", app.url)).reply().await.assert_problem(401);
    assert_eq!(nobody.header("www-authenticate"), "Bearer realm=\"HEC\"");
}

#[tokio::test]
async fn a_token_is_never_taken_from_the_address() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let ask = app.client.get(format!("{}/api/v1/me?access_token={}&token={}", app.url, ana.token, ana.token));
    ask.reply().await.assert_problem(401);
}
