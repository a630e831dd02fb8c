//! Whatever a visitor sends, none of it stands in a log, a figure, what the doctor says or the support bundle.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
    os::unix::net::UnixStream,
    path::Path,
};

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::{
    canaries::{Needles, canary, disguises},
    process::{Client, Server, answer, hec, http, seed},
    support,
};

/// Words that occur nowhere else, each with the place where it was put.
#[derive(Default)]
struct Planted(BTreeMap<String, &'static str>);

impl Planted {
    fn plant(&mut self, place: &'static str) -> String {
        // Other ones than those of the test of the disk.
        let word = canary(50_000 + self.0.len());
        self.0.insert(word.clone(), place);
        word
    }

    /// What the instance itself made, and nobody else may read.
    fn keep(&mut self, word: &str, place: &'static str) {
        assert!(word.len() >= 8, "{place}: {word}");
        self.0.insert(word.to_owned(), place);
    }

    /// No text shows any of them, in whatever disguise.
    #[track_caller]
    fn assert_silent(&self, texts: &[(&str, &str)]) {
        let all = Needles::new(self.0.keys().flat_map(|word| disguises(word)).filter(|needle| needle.len() >= 8));
        let first = self.0.keys().next().unwrap();
        assert!(all.find(format!("…{first}…").as_bytes()).is_some(), "the search can find");
        for (name, text) in texts {
            assert!(text.len() > 100, "{name} is empty: {text}");
            if let Some(found) = all.find(text.as_bytes()) {
                let found = String::from_utf8_lossy(found);
                let place = self.0.iter().find(|(word, _)| word.eq_ignore_ascii_case(&found)).map(|(_, place)| place);
                let at = text.find(&*found).unwrap_or_default();
                let line = text[..at].lines().last().unwrap_or_default();
                panic!("{name} shows {found} ({place:?}) after: {line}");
            }
        }
    }
}

fn server(data: &Path, format: &str, host: &str) -> Server {
    seed(data, 2, 3);
    let mut demo = hec(&[&"demo", &"--port", &"0", &"--json", &"--data", &data]);
    demo.env("HEC_LOG", "hec=trace,info").env("HEC_LOG_FORMAT", format).env("HEC_METRICS", "127.0.0.1:0");
    demo.env("HEC_REGISTRATION", "open").env("HEC_NAMES", format!("{host}.test"));
    let mut server = Server::demo_logged(&mut demo);
    // By address: nobody resolves the name.
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    server.url = format!("http://127.0.0.1:{port}");
    server
}

/// Everything that goes into a record.
async fn writes(client: &Client, words: &mut Planted) -> Value {
    let learner = client.post("learners", &json!({ "nickname": words.plant("nickname"), "colour": "moss" })).await.1;
    let subject = client.post("subjects", &json!({ "name": words.plant("subject"), "area": "science" })).await.1;
    let draft = json!({
        "date": "2026-02-03", "learners": [learner["id"]], "subjects": [subject["id"]], "title": words.plant("title"),
        "text": words.plant("text"), "place": words.plant("place"), "resources": [words.plant("resource")],
        "voices": [{ "learner": learner["id"], "words": words.plant("voice"), "feeling": "good" }],
    });
    let (status, entry) = client.post("entries", &draft).await;
    assert_eq!(status, 201, "{entry}");
    let id = entry["id"].as_str().unwrap();
    let path = format!("entries/{id}/attachments?filename={}.jpg", words.plant("file name"));
    let (status, photo) = client.upload(&path, support::jpeg(5)).await;
    assert_eq!(status, 201, "{photo}");
    let caption = json!({ "caption": words.plant("caption") });
    client.patch(&format!("attachments/{}", photo["id"].as_str().unwrap()), &caption).await;
    let portfolio = json!({ "title": words.plant("portfolio"), "learner": learner["id"], "from": "2026-01-01", "to": "2026-12-31" });
    assert_eq!(client.post("portfolios", &portfolio).await.0, 201);
    let found = client.get(format!("search?q={}", words.plant("search word"))).await;
    assert_eq!(found.0, 200, "{}", found.1);
    photo
}

/// What is malformed, wrong or not there.
async fn errs(client: &Client, words: &mut Planted, url: &str) {
    for body in [
        json!({ "date": words.plant("wrong date"), "title": words.plant("refused title") }),
        json!({ words.plant("unknown field"): words.plant("its value") }),
        json!({ "date": "2026-02-03", "learners": [words.plant("learner id")], "title": "x" }),
        json!({ "date": "2026-02-03", "title": { words.plant("nested"): 1 } }),
    ] {
        let (status, problem) = client.post("entries", &body).await;
        assert!((400..500).contains(&status), "{problem}");
    }
    let torn = format!("{{\"title\": \"{}", words.plant("torn JSON"));
    let request = http().post(format!("{url}/api/v1/entries")).header("content-type", "application/json");
    request.bearer_auth(words.plant("unknown token")).body(torn).send().await.unwrap();
    for path in [
        format!("/{}", words.plant("path")),
        format!("/entries/{}", words.plant("entry id")),
        format!("/media/{}/thumb", words.plant("photo id")),
        format!("/api/v1/{}", words.plant("path of the API")),
        format!("/api/v1/entries/{}", words.plant("entry id of the API")),
        format!("/assets/{}.css", words.plant("asset")),
        format!("/setup?token={}", words.plant("set-up link")),
        format!("/sign-in?next=/{}", words.plant("next page")),
        format!(
            "/?learner={}&from={}&{}=1",
            words.plant("query"),
            words.plant("query date"),
            words.plant("query name")
        ),
    ] {
        http().get(format!("{url}{path}")).send().await.unwrap();
    }
    let method = reqwest::Method::from_bytes(words.plant("method").as_bytes()).unwrap();
    drop(http().request(method, url).send().await);
    for header in [
        "user-agent",
        "referer",
        "origin",
        "x-forwarded-for",
        "forwarded",
        "x-real-ip",
        "accept-language",
        "if-none-match",
        "content-type",
        "cookie",
        "authorization",
        "accept",
        "x-request-id",
        "traceparent",
        "host",
        "range",
        "sec-fetch-site",
    ] {
        let request = http().get(format!("{url}/learners")).header(header, words.plant(header));
        drop(request.send().await);
        let request = http().post(format!("{url}/api/v1/entries")).header(header, words.plant(header));
        drop(request.body("{}").send().await);
    }
    for raw in [
        format!("{} / HTTP/1.1\r\n\r\n", words.plant("raw method")),
        format!("GET /{} HTTP/9.9\r\n\r\n", words.plant("raw path")),
        format!("GET / HTTP/1.1\r\n{}\r\n\r\n", words.plant("raw header")),
        format!("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", words.plant("raw length")),
    ] {
        let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
        stream.write_all(raw.as_bytes()).unwrap();
        drop(stream.shutdown(std::net::Shutdown::Write));
        drop(stream.read_to_string(&mut String::new()));
    }
}

/// Forms of pages, right and wrong.
async fn fills_in(server: &Server, words: &mut Planted) {
    let url = &server.url;
    let post = |path: &str, fields: Vec<(&'static str, String)>, cookie: Option<&str>| {
        let request = http().post(format!("{url}{path}")).header("origin", url).form(&fields);
        cookie.iter().fold(request, |request, cookie| request.header("cookie", *cookie)).send()
    };
    let email = |words: &mut Planted| format!("{}@example.org", words.plant("email"));
    let wrong = vec![("email", email(words)), ("password", words.plant("wrong password"))];
    assert_eq!(post("/sign-in", wrong, None).await.unwrap().status(), 422);
    let owner = server.account("owner")["email"].as_str().unwrap().to_owned();
    let wrong = vec![("email", owner), ("password", words.plant("wrong password of somebody"))];
    assert_eq!(post("/sign-in", wrong, None).await.unwrap().status(), 422);
    let fields = vec![
        ("name", words.plant("account name")),
        ("email", email(words)),
        ("password", format!("{} four words", words.plant("password"))),
        ("adult", "yes".to_owned()),
        ("family", words.plant("family")),
        ("learner", words.plant("first learner")),
    ];
    let strength = vec![("password", words.plant("judged password")), ("name", words.plant("name beside it"))];
    assert_eq!(post("/password-check", strength, None).await.unwrap().status(), 200);
    let registered = post("/register", fields.clone(), None).await.unwrap();
    assert_eq!(registered.status(), 303);
    let cookie = registered.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    words.keep(cookie.split_once('=').unwrap().1, "session");
    assert_eq!(post("/register", fields, None).await.unwrap().status(), 422, "the email is taken");
    let token =
        vec![("name", words.plant("token name")), ("scope", "records:read".to_owned()), ("days", "30".to_owned())];
    let made = post("/account/tokens", token, Some(&cookie)).await.unwrap().text().await.unwrap();
    let secret = made.split("id=\"token-value\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    words.keep(secret, "token");
    let client = http().get(format!("{url}/api/v1/me")).bearer_auth(secret);
    assert_eq!(client.send().await.unwrap().status(), 200);
    let photo = Part::bytes(support::jpeg(6)).file_name(format!("{}.jpg", words.plant("file of a form")));
    let form = Form::new().text("date", "2026-02-03").text("title", words.plant("title of a form"));
    let form = form.part("photo", photo).text(words.plant("field of a form"), words.plant("its value in a form"));
    let request = http().post(format!("{url}/entries/new")).header("origin", url).header("cookie", &cookie);
    assert!(request.multipart(form).send().await.unwrap().status().as_u16() < 500);
    let found = http().get(format!("{url}/search?q={}", words.plant("search on a page"))).header("cookie", &cookie);
    assert_eq!(found.send().await.unwrap().status(), 200);
}

/// What apps send, right and wrong.
async fn lets_apps_in(server: &Server, words: &mut Planted) {
    let (url, client) = (&server.url, server.json["clients"][0]["client_id"].as_str().unwrap());
    let known = ("redirect_uri", "http://127.0.0.1/signed-in".to_owned());
    for asked in [
        vec![("client_id", words.plant("client id")), ("state", words.plant("state"))],
        vec![("client_id", client.to_owned()), ("redirect_uri", format!("https://{}.test/", words.plant("redirect")))],
        vec![
            ("client_id", client.to_owned()),
            known,
            ("scope", words.plant("scope")),
            ("code_challenge", words.plant("challenge")),
        ],
    ] {
        let reply = http().get(format!("{url}/oauth/authorize")).query(&asked).send().await.unwrap();
        assert!(reply.status().as_u16() < 500);
    }
    for path in ["token", "revoke"] {
        let fields = [
            ("grant_type", "authorization_code".to_owned()),
            ("client_id", client.to_owned()),
            ("code", words.plant("code")),
            ("code_verifier", words.plant("verifier")),
            ("redirect_uri", words.plant("redirect of a code")),
            ("token", words.plant("token to revoke")),
        ];
        let reply = http().post(format!("{url}/oauth/{path}")).form(&fields).send().await.unwrap();
        assert!(reply.status().as_u16() < 500);
    }
    let body = json!({
        "client_name": words.plant("app"), "redirect_uris": [format!("https://app.test/{}", words.plant("redirect of an app"))]
    });
    let reply = http().post(format!("{url}/oauth/register")).json(&body).send().await.unwrap();
    assert_eq!(reply.status(), 201);
    let body = json!({ "client_name": words.plant("refused app"), "redirect_uris": [words.plant("refused redirect")] });
    let reply = http().post(format!("{url}/oauth/register")).json(&body).send().await.unwrap();
    assert_eq!(reply.status(), 400);
}

/// Text that a verb printed.
fn told(data: &Path, verb: &[&str]) -> String {
    let mut command = hec(&[]);
    let said = answer(command.args(verb).arg("--data").arg(data).env("HEC_ENVIRONMENT", "development"));
    assert!(said.code <= 1, "{}", said.err);
    said.out
}

async fn nothing_is_told(format: &str) -> (Planted, String) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut words = Planted::default();
    // A host name is the operator's to see, and not for a bundle.
    let host = canary(90_000).to_lowercase();
    let server = server(&data, format, &host);
    for account in server.json["accounts"].as_array().unwrap() {
        words.keep(account["token"].as_str().unwrap(), "token of the demo");
        words.keep(account["email"].as_str().unwrap(), "email of the demo");
    }
    let client = Client::new(&server);
    let photo = writes(&client, &mut words).await;
    errs(&client, &mut words, &server.url).await;
    fills_in(&server, &mut words).await;
    lets_apps_in(&server, &mut words).await;

    // What is no request of a verb.
    let mut control = UnixStream::connect(data.join("hec.sock")).unwrap();
    writeln!(control, "{{\"verb\": \"{}\"}}", words.plant("control socket")).unwrap();
    control.read_to_string(&mut String::new()).unwrap();
    // An error inside: the photo's files are gone.
    for shard in std::fs::read_dir(data.join("blobs")).unwrap() {
        std::fs::remove_dir_all(shard.unwrap().path()).unwrap();
    }
    let (status, _) = client.file(format!("attachments/{}?size=original", photo["id"].as_str().unwrap())).await;
    assert_eq!(status, 500);

    let doctor = told(&data, &["doctor", "--json"]);
    let bundle = told(&data, &["support"]);
    let address = doctor.split("figures at ").nth(1).unwrap().split(';').next().unwrap();
    let figures = http().get(format!("http://{address}/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(figures.contains("route=\"/entries/:id\"") && figures.contains("route=\"other\""), "{figures}");
    assert!(doctor.contains(&host) && !bundle.to_lowercase().contains(&host), "{bundle}");
    let (status, _, logged) = server.stop_and_tell();
    assert!(status.success());
    assert!(words.0.len() > 75, "{}", words.0.len());
    words.assert_silent(&[
        ("the log", &logged),
        ("the doctor", &doctor),
        ("the bundle", &bundle),
        ("the figures", &figures),
    ]);
    (words, logged)
}

#[tokio::test]
async fn nothing_that_a_visitor_sends_is_told_in_text() {
    let (_, logged) = nothing_is_told("text").await;
    for said in ["route=/entries/:id", "route=other", "status=404", "status=422", "internal error"] {
        assert!(logged.contains(said), "{said}: {logged}");
    }
    assert!(!logged.contains('\u{1b}'), "no colours where nobody looks");
}

#[tokio::test]
async fn nothing_that_a_visitor_sends_is_told_in_json() {
    let (_, logged) = nothing_is_told("json").await;
    let lines: Vec<Value> = logged.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let answered: Vec<&Value> = lines.iter().filter(|line| line["message"] == "answered").collect();
    assert!(answered.len() > 50);
    for line in &answered {
        assert!(line["route"].is_string() && line["status"].is_number() && line["ms"].is_number(), "{line}");
        let fields = line.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>();
        let known = ["timestamp", "level", "message", "id", "method", "route", "status", "ms"];
        assert!(fields.iter().all(|field| known.contains(field)), "{line}");
    }
    let inside = lines.iter().find(|line| line["message"] == "internal error").unwrap();
    let request = &inside["span"]["id"];
    assert!(
        answered.iter().any(|line| line["id"] == *request && line["status"] == 500),
        "an error leads to its request"
    );
}

#[tokio::test]
async fn a_set_up_link_is_never_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut serve = hec(&[&"serve", &"--listen", &"127.0.0.1:0", &"--data", &data]);
    let server = Server::serve_by(serve.env("HEC_ENVIRONMENT", "development").env("HEC_LOG", "hec=trace,info"));
    let mut words = Planted::default();
    let link = told(&data, &["setup-link"]);
    let secret = link.split("token=").nth(1).unwrap().trim().to_owned();
    words.keep(&secret, "set-up link");
    let page = http().get(format!("{}/setup?token={secret}", server.url)).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let fields = [
        ("token", secret),
        ("name", words.plant("account name")),
        ("email", format!("{}@example.org", words.plant("email"))),
        ("password", format!("{} four words", words.plant("password"))),
        ("adult", "yes".to_owned()),
        ("family", words.plant("family")),
        ("learner", words.plant("learner")),
    ];
    let form = http().post(format!("{}/setup", server.url)).header("origin", &server.url).form(&fields);
    assert_eq!(form.send().await.unwrap().status(), 303);
    let bundle = told(&data, &["support"]);
    let (status, _, logged) = server.stop_and_tell();
    assert!(status.success() && logged.contains("route=/setup"), "{logged}");
    words.assert_silent(&[("the log", &logged), ("the bundle", &bundle)]);
}
