//! The positive model: what is not described does not get through.

use reqwest::{Method, multipart::Form};
use serde_json::{Value, json};

use super::raw;
use crate::{
    api::document::document,
    support::{Ids, SendExt, TODAY, TestApp, UNKNOWN},
};

/// Every page route and the methods it takes, as `routes.rs` lists them.
fn pages() -> Vec<(String, String)> {
    let source = include_str!("../../../src/routes.rs");
    let routes = source.split(".at(\"").skip(1).map(|route| route.split(".finish()").next().unwrap());
    let listed = routes.map(|route| {
        let (path, rest) = route.split_once('"').unwrap();
        let path = path.replace(":id", UNKNOWN).replace(":name", "hec.css").replace(":size", "thumb");
        let reads = rest.trim_start_matches([',', ' ']).starts_with("get(");
        let writes = ["post(", "post_files(", "post_program("].iter().any(|method| rest.contains(method));
        let methods = match (reads, writes) {
            (true, true) => "GET, HEAD, POST",
            (true, false) => "GET, HEAD",
            (false, true) => "POST",
            (false, false) => panic!("{path} takes nothing"),
        };
        (path, methods.to_owned())
    });
    let listed: Vec<_> = listed.collect();
    assert!(listed.len() > 30);
    listed
}

/// The same of the API.
fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let listed = paths.map(|(path, item)| {
        let mut methods: Vec<String> = item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        if methods.contains(&"GET".to_owned()) {
            methods.push("HEAD".to_owned());
        }
        methods.sort();
        (path.replace("{id}", UNKNOWN).replace("{attachment}", UNKNOWN), methods.join(", "))
    });
    listed.collect()
}

#[tokio::test]
async fn every_path_takes_its_methods_and_says_so() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for (path, takes) in pages().into_iter().chain(operations(&document(&app))) {
        assert!(!path.contains(['{', ':']), "{path}: give its place a value");
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW"] {
            let ask = ana.browse(Method::from_bytes(method.as_bytes()).unwrap(), &path);
            let reply = ask.header("sec-fetch-site", "same-origin").reply().await;
            if takes.split(", ").any(|one| one == method) {
                assert_ne!(reply.status, 405, "{method} {path}");
            } else {
                assert_eq!((reply.status, reply.header("allow")), (405, &*takes), "{method} {path}");
            }
        }
        assert_eq!(ana.visit(&format!("{path}/x/y/z")).await.status, 404, "{path}/x/y/z");
    }
    let unheard = ana.browse(Method::from_bytes(b"BREW").unwrap(), "/coffee").reply().await;
    assert_eq!(unheard.status, 501);
}

#[tokio::test]
async fn what_is_not_there_is_found_missing_without_the_store() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    app.visit("/sign-in").await.assert(200);
    let closing = app.app.db.clone();
    tokio::task::spawn_blocking(move || closing.close()).await.unwrap();
    assert!(ana.visit("/").await.status >= 500, "the store is closed");
    for path in
        ["/.env", "/wp-login.php", "/.git/config", "/admin.php", "/entries/", "/api", "/api/v1/users", "/api/v2/me"]
    {
        assert_eq!(ana.visit(path).await.status, 404, "{path}");
        assert_eq!(app.visit(path).await.status, 404, "{path}");
    }
    ana.visit("/api/v1/users").await.assert_problem(404);
    assert_eq!(ana.browse(Method::DELETE, "/entries/new").reply().await.status, 405);
}

#[tokio::test]
async fn a_path_that_means_two_things_means_nothing() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    for path in [
        "//sign-in",
        "/sign-in/",
        "/./sign-in",
        "/entries/../sign-in",
        "/%2e/sign-in",
        "/%2e%2e/sign-in",
        "/.%2e/sign-in",
        "/entries/%2e%2e/sign-in",
        "/entries/..%2fsign-in",
        "/sign%2din",
        "/sign-in%00",
        "/sign-in%00.css",
        "/sign-in%0d%0aX-Injected:%20yes",
        "/sign-in%20",
        "/sign-in;x=1",
        "/SIGN-IN",
        "/sign-in%2f",
        "/sign-in%5c",
        "/%73ign-in",
        "/assets/%2e%2e/sign-in",
        "/assets/..%2f..%2fCargo.toml",
        "/assets/..%5c..%5cCargo.toml",
        "/assets/%252e%252e/Cargo.toml",
        "/assets/hec.css/..",
        "/assets/",
        "/assets/%c0%ae%c0%ae/x",
        "/assets/%ff",
        "/assets/%zz",
        "/api/v1/../v1/me",
        "/api/v1//me",
        "/api/v1/%6de",
        "/api%2fv1%2fme",
        "/media/x/%00",
        "*",
    ] {
        let reply = raw(&app, &[&format!("GET {path} HTTP/1.1"), "host: <site>"]).await;
        assert!(matches!(reply.status, 400 | 404), "{path}: {}", reply.status);
        assert!(reply.headers.keys().all(|name| name != "x-injected"), "{path}");
    }
    assert_eq!(raw(&app, &["GET /sign-in?next=/../x%00 HTTP/1.1", "host: <site>"]).await.status, 200);
}

#[tokio::test]
async fn each_operation_takes_its_media_type_only() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let ids = Ids::of(&ana).await;
    let document = document(&app);
    let (mut json_bodies, mut files) = (0, 0);
    for operation in crate::api::document::operations(&document) {
        let call = crate::api::operations::call(&operation.id, &ids, &ids);
        let (wrong, right): (&[&str], _) = match &call.body {
            crate::api::operations::Body::None => continue,
            crate::api::operations::Body::Json(_) => {
                json_bodies += 1;
                (
                    &["text/plain", "image/jpeg", "text/json", "application/jsonx", "multipart/form-data; boundary=x"],
                    "application/json",
                )
            }
            crate::api::operations::Body::Picture => {
                files += 1;
                (
                    &["text/plain", "application/json", "application/octet-stream", "image/svg+xml", "image/gif"],
                    "image/jpeg",
                )
            }
        };
        for media_type in wrong {
            let ask = ana.ask(call.method.clone(), &call.path).header("content-type", *media_type);
            let reply = ask.body("x").reply().await.assert_problem(415);
            assert!(reply.header("accept").contains(right), "{}: {}", operation.id, reply.header("accept"));
        }
        ana.ask(call.method.clone(), &call.path).body("x").reply().await.assert_problem(415);
        let twice = ana.ask(call.method.clone(), &call.path).header("content-type", right);
        twice.header("content-type", "text/html").body("x").reply().await.assert_problem(415);
    }
    assert!(json_bodies >= 7 && files >= 2, "{json_bodies} {files}");

    let own = |request: reqwest::RequestBuilder| request.header("sec-fetch-site", "same-origin");
    for path in ["/learners", "/sign-out", "/sign-in", "/register", "/portfolio"] {
        let json = own(ana.browse(Method::POST, path)).json(&json!({ "nickname": "Jay" })).reply().await;
        assert_eq!(json.status, 415, "{path}");
        let files = own(ana.browse(Method::POST, path)).multipart(Form::new().text("nickname", "Jay")).reply().await;
        assert_eq!(files.status, 415, "{path}");
    }
    let form = own(ana.browse(Method::POST, "/entries/new")).form(&[("date", TODAY), ("title", "Newts")]).reply().await;
    assert_eq!(form.status, 415);
}

#[tokio::test]
async fn a_body_where_none_is_taken_is_refused() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Newts").await;
    for (method, path) in [(Method::GET, "/me".to_owned()), (Method::DELETE, format!("/entries/{entry}"))] {
        ana.ask(method.clone(), &path).json(&json!({})).reply().await.assert_problem(400);
        // No client library sends a body of unknown length with GET.
        let method = if method == Method::GET { Method::DELETE } else { method };
        let path = path.replace("/me", &format!("/entries/{entry}"));
        let stream = futures_util::stream::iter([Ok::<_, std::io::Error>("{}")]);
        ana.ask(method, &path).body(reqwest::Body::wrap_stream(stream)).reply().await.assert_problem(400);
    }
    ana.get(&format!("/entries/{entry}")).await.assert(200);
    ana.ask(Method::DELETE, &format!("/entries/{entry}")).header("content-length", "0").reply().await.assert(204);
    // A write that takes nothing is given `null` by clients that always send JSON; more is no such thing.
    let restore = format!("/entries/{entry}/restore");
    ana.ask(Method::POST, &restore).json(&json!({ "words": "x".repeat(100) })).reply().await.assert_problem(413);
    ana.ask(Method::POST, &restore).json(&json!(null)).reply().await.assert(200);
}

#[tokio::test]
async fn a_body_that_is_announced_too_long_is_refused_before_it_comes() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Newts").await;
    let (token, cookie) = (format!("authorization: Bearer {}", ana.token), format!("cookie: hec={}", ana.session));
    let upload = format!("POST /api/v1/entries/{entry}/attachments?filename=a.jpg HTTP/1.1");
    for (line, media_type, length, bound) in [
        ("POST /api/v1/entries HTTP/1.1", "application/json", 524_289_u64, "524288"),
        (&*upload, "image/jpeg", 25_000_001, "25000000"),
        ("POST /learners HTTP/1.1", "application/x-www-form-urlencoded", 524_289, ""),
        ("POST /entries/new HTTP/1.1", "multipart/form-data; boundary=x", 1_100_000_000, ""),
        ("POST /sign-in HTTP/1.1", "application/x-www-form-urlencoded", 1 << 40, ""),
    ] {
        let (media_type, length) = (format!("content-type: {media_type}"), format!("content-length: {length}"));
        let lines = [line, "host: <site>", "sec-fetch-site: same-origin", &token, &cookie, &media_type, &length];
        let reply = raw(&app, &lines).await;
        assert_eq!(reply.status, 413, "{line}");
        assert!(reply.text().contains(bound), "{line}: {}", reply.text());
        // Who asks first is told before anything is sent.
        let reply = raw(&app, &[&lines[..], &["expect: 100-continue"]].concat()).await;
        assert_eq!(reply.status, 413, "{line}");
    }
}

#[tokio::test]
async fn a_body_of_unknown_length_ends_at_the_bound() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Newts").await;
    let endless = |bytes: usize| {
        let chunks = (0..bytes / 4096).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 4096]));
        reqwest::Body::wrap_stream(futures_util::stream::iter(chunks))
    };
    let json = ana.ask(Method::POST, "/entries").header("content-type", "application/json");
    json.body(endless(600_000)).reply().await.assert_problem(413);
    let picture = ana.ask(Method::POST, &format!("/entries/{entry}/attachments?filename=a.jpg"));
    picture.header("content-type", "image/jpeg").body(endless(25_100_000)).reply().await.assert_problem(413);
    let form = ana.browse(Method::POST, "/learners").header("sec-fetch-site", "same-origin");
    let form = form.header("content-type", "application/x-www-form-urlencoded").body(endless(600_000));
    assert_eq!(form.reply().await.status, 413);
    let whole = format!("{{\"date\":\"{TODAY}\",\"title\":\"Newts\"}}");
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(whole)]);
    let json = ana.ask(Method::POST, "/entries").header("content-type", "application/json");
    json.body(reqwest::Body::wrap_stream(stream)).reply().await.assert(201);
}

#[tokio::test]
async fn addresses_and_headers_have_bounds() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let query = |length: usize| format!("/search?q={}", "x".repeat(length));
    assert_eq!(ana.visit(&query(8_192)).await.status, 414);
    assert_eq!(ana.visit(&query(8_000)).await.status, 200);
    ana.get(&query(8_192)).await.assert_problem(414);
    let with = |count: usize, length: usize| {
        let ask = ana.ask(Method::GET, "/me");
        (0..count).fold(ask, |ask, number| ask.header(format!("x-{number}"), "x".repeat(length)))
    };
    with(50, 10).reply().await.assert(200);
    with(70, 10).reply().await.assert_problem(431);
    with(20, 1_000).reply().await.assert(200);
    with(26, 1_000).reply().await.assert_problem(431);
}
