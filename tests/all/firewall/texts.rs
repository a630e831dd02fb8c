//! Attack strings and naughty strings in every text field: none is a fault, none becomes markup, each comes back as it
//! was sent, and what a rule refuses it refuses by naming the field.

use std::collections::HashMap;

use futures_util::future::join_all;
use hec::error::check;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{
    markup::{assert_harmless, skeleton},
    texts,
};
use crate::support::{PASSWORD, Person, Reply, TODAY, TestApp, jpeg};

/// Every string: rules of the Core Rule Set, the big list, and ours.
fn all() -> Vec<String> {
    let lists = ["crs", "blns", "attacks"].map(texts);
    assert!(lists.iter().all(|list| list.len() >= 300), "{:?}", lists.each_ref().map(Vec::len));
    lists.concat()
}

/// What the rule of a line makes of a text (`error::check`): none where it is blank.
fn line(text: &str, max: usize) -> Result<Option<&str>, ()> {
    match text {
        blank if blank.trim().is_empty() => Ok(None),
        bad if bad.chars().count() > max || bad.chars().any(char::is_control) => Err(()),
        good => Ok(Some(good)),
    }
}

/// What the rule of a text of many lines makes of it.
fn many_lines(text: &str) -> Result<Option<&str>, ()> {
    match text {
        blank if blank.trim().is_empty() => Ok(None),
        bad if bad.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) => Err(()),
        good => Ok(Some(good)),
    }
}

/// Whether a page that forgot to escape would show it.
fn could_be_markup(text: &str) -> bool {
    text.contains(['<', '>', '"', '&'])
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

#[track_caller]
fn assert_no_fault(reply: &Reply, what: &str) {
    assert!(reply.status < 500, "{what}: {} {}", reply.status, reply.text());
    assert_harmless(reply, what);
}

#[tokio::test]
async fn every_string_comes_back_from_every_field_of_an_entry() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let (mut refused, mut made) = (0, HashMap::new());
    for text in all() {
        let sent = json!({
            "date": TODAY, "learners": [ana.learner], "title": text, "text": text, "place": text, "resources": [text],
            "voices": [{ "learner": ana.learner, "words": text, "feeling": "hard" }],
        });
        let reply = ana.post("/entries", sent).await;
        let (title, resource, words) = (line(&text, 200), line(&text, 300), many_lines(&text));
        let fields = [
            ("title", title),
            ("place", title),
            ("resources.0", resource.and_then(|resource| resource.map(Some).ok_or(()))),
            ("text", words),
            ("voices.0.words", words),
        ];
        if fields.iter().any(|(_, outcome)| outcome.is_err()) {
            refused += 1;
            let reply = reply.assert_problem(422);
            let errors = reply.json()["errors"].clone();
            let named: Vec<&str> =
                errors.as_array().unwrap().iter().filter_map(|error| error["field"].as_str()).collect();
            for (field, outcome) in fields {
                assert_eq!(named.contains(&field), outcome.is_err(), "{field} with {text:?}: {named:?}");
            }
            continue;
        }
        let entry = reply.assert(201).json();
        let (title, words) = (title.unwrap(), words.unwrap());
        assert_eq!((&entry["title"], &entry["place"], &entry["text"]), (&json!(title), &json!(title), &json!(words)));
        assert_eq!((&entry["resources"], &entry["voices"][0]["words"]), (&json!([text]), &json!(words)));
        made.insert(entry["id"].as_str().unwrap().to_owned(), entry);
    }
    // What is stored is what was answered, and pages show it.
    let (mut next, mut pages) = (String::new(), 0);
    loop {
        let list = ana.get(&format!("/entries?limit=100{next}")).await.assert(200).json();
        for entry in list["items"].as_array().unwrap() {
            assert_eq!(made.remove(entry["id"].as_str().unwrap()).as_ref(), Some(entry));
        }
        let Some(after) = list["next"].as_str() else { break };
        assert_no_fault(&ana.visit(&format!("/?after={after}")).await.assert(200), "the journal");
        next = format!("&after={after}");
        pages += 1;
    }
    assert!(made.is_empty() && pages > 15, "{pages}");
    assert!((1..30).contains(&refused), "{refused}");
}

/// An entry whose lines are these, and nothing in Markdown.
async fn entry(ana: &Person, lines: &[String]) -> String {
    let with = json!({
        "place": lines[0], "resources": lines,
        "voices": [{ "learner": ana.learner, "words": lines[0], "feeling": "good" }],
    });
    ana.adds(&lines[0], with).await["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn no_string_becomes_an_element_or_an_attribute_of_a_page() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let lines: Vec<String> = all().into_iter().filter(|text| matches!(line(text, 200), Ok(Some(_)))).collect();
    let plain = entry(&ana, &vec!["x".to_owned(); 30]).await;
    let mut shapes = Vec::new();
    for path in [format!("/entries/{plain}"), format!("/entries/{plain}/edit")] {
        shapes.push(skeleton(&ana.visit(&path).await.assert(200).html()));
    }
    ana.delete(&format!("/entries/{plain}")).await.assert(204);
    for some in lines.chunks(30).filter(|some| some.len() == 30) {
        let id = entry(&ana, some).await;
        for (path, shape) in [format!("/entries/{id}"), format!("/entries/{id}/edit")].iter().zip(&shapes) {
            let page = ana.visit(path).await.assert(200);
            assert_eq!(&skeleton(&page.html()), shape, "{path} with {some:?}");
            let text = page.text();
            let shown: String = page.html().root_element().text().collect();
            for one in some.iter().filter(|one| one.contains(['<', '"'])) {
                assert!(!text.contains(&**one) || !one.contains('<'), "{one:?} stands in {path} as it is");
                assert!(path.ends_with("/edit") || shown.contains(&**one), "{one:?} is not shown");
            }
        }
        for path in ["/", "/search?q=x"] {
            assert_no_fault(&ana.visit(path).await.assert(200), path);
        }
    }
}

#[tokio::test]
async fn every_string_may_be_a_name_a_title_or_a_caption() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let pond = ana.notes("Newts").await;
    let picture = ana.upload(&pond, "a.jpg", jpeg(1)).await.json()["id"].as_str().unwrap().to_owned();
    let places = [
        (format!("/learners/{}", ana.learner), "nickname", 40, json!({ "colour": "sky" })),
        (format!("/subjects/{}", ana.subjects[0]), "name", 60, json!({ "area": "arts" })),
    ];
    let shape = |reply: &Reply| skeleton(&reply.html());
    ana.put(&places[0].0, json!({ "nickname": "x", "colour": "sky" })).await.assert(200);
    ana.put(&places[1].0, json!({ "name": "x", "area": "arts" })).await.assert(200);
    let journal = shape(&ana.visit("/entries/new").await);
    let mut taken = 0;
    for text in all() {
        let put = |(path, field, _, rest): &(String, &'static str, usize, Value)| {
            let (path, mut sent) = (path.clone(), rest.clone());
            sent[*field] = json!(text);
            let ana = &ana;
            async move { ana.put(&path, sent).await }
        };
        let caption_of = format!("/attachments/{picture}");
        let caption = ana.patch(&caption_of, json!({ "caption": text }));
        let (replies, caption) = futures_util::future::join(join_all(places.iter().map(put)), caption).await;
        for ((_, field, max, _), reply) in places.iter().zip(replies) {
            match line(text.trim(), *max) {
                Ok(Some(name)) if can_be_seen(name) => {
                    assert_eq!(reply.assert(200).json()[field], name);
                    taken += 1;
                }
                Ok(None) => drop(reply.assert_refused(field, "required")),
                Ok(Some(_)) | Err(()) => drop(reply.assert_problem(422)),
            }
        }
        match line(&text, 500) {
            Ok(caption_) => assert_eq!(caption.assert(200).json()["caption"], json!(caption_)),
            Err(()) => drop(caption.assert_refused("caption", "control-characters")),
        }
        if could_be_markup(&text) {
            assert_eq!(shape(&ana.visit("/entries/new").await), journal, "{text:?}");
        }
    }
    assert!(taken > 500, "only {taken} are taken");
}

/// What may stand among other names: the rules of names have tests of their own (`error/check.rs`).
fn can_be_seen(name: &str) -> bool {
    check::name("name", name, usize::MAX).is_ok()
}

#[tokio::test]
async fn every_string_may_name_a_file_or_a_portfolio() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    // Each of these is decoded and made into three files: all of ours, and some of the others.
    let others: Vec<String> = all().into_iter().step_by(8).collect();
    for some in [texts("attacks"), others].concat().chunks(40) {
        let pond = ana.notes("Newts").await;
        let ask = |text: &String| {
            let ask = ana.ask(reqwest::Method::POST, &format!("/entries/{pond}/attachments"));
            let ask = ask.query(&[("filename", text)]).header("content-type", "image/jpeg");
            crate::support::SendExt::reply(ask.body(crate::support::jpeg_of(2, 2, 1)))
        };
        // Two by two: pictures take their places.
        for pair in some.chunks(2) {
            for (text, reply) in pair.iter().zip(join_all(pair.iter().map(ask)).await) {
                match line(text, 200) {
                    Ok(Some(_)) => {
                        let name = reply.assert(201).json()["filename"].as_str().unwrap().to_owned();
                        assert!(!name.is_empty() && !name.contains(['/', '\\']), "{name:?}");
                    }
                    Ok(None) => assert!(reply.status < 500, "{text:?}"),
                    Err(()) => drop(reply.assert_refused(
                        "filename",
                        if text.chars().count() > 200 { "too-long" } else { "control-characters" },
                    )),
                }
            }
        }
        assert_no_fault(&ana.visit(&format!("/entries/{pond}")).await.assert(200), "pictures");
        assert_no_fault(&ana.visit(&format!("/entries/{pond}/edit")).await.assert(200), "pictures");
        ana.delete(&format!("/entries/{pond}")).await.assert(204);
    }
    for text in all() {
        let draft = json!({ "title": text, "introduction": text, "learner": ana.learner, "from": TODAY, "to": TODAY });
        let reply = ana.post("/portfolios", draft).await;
        let (Ok(Some(title)), Ok(introduction)) = (line(text.trim(), 200), many_lines(&text)) else {
            reply.assert_problem(422);
            continue;
        };
        let made = reply.assert(201).json();
        assert_eq!((&made["title"], &made["introduction"]), (&json!(title), &json!(introduction)));
        let path = format!("/portfolio/{}", made["id"].as_str().unwrap());
        if could_be_markup(&text) {
            assert_no_fault(&ana.visit(&path).await.assert(200), &text);
        }
        ana.delete(&format!("/portfolios/{}", made["id"].as_str().unwrap())).await.assert(204);
    }
}

#[tokio::test]
async fn every_string_may_be_asked_for() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    ana.adds("Newts", json!({ "text": "select union script passwd" })).await;
    let shape = skeleton(&app.visit("/sign-in?next=x").await.html());
    for text in all() {
        let text = encoded(&text);
        let pages = [
            format!("/search?q={text}"),
            format!("/?learner={text}&kind={text}&from={text}&notice=learner-archived&name={text}&undo={text}"),
            format!("/entries/new?date={text}&learner={text}&like={text}"),
        ];
        for (path, reply) in pages.iter().zip(join_all(pages.iter().map(|path| ana.visit(path))).await) {
            assert_no_fault(&reply, path);
        }
        let signing = app.visit(&format!("/sign-in?next={text}")).await.assert(200);
        assert_eq!(skeleton(&signing.html()), shape, "{text}");
        let calls = [
            format!("/search?q={text}"),
            format!("/entries?learner={text}&kind={text}&state={text}&from={text}&after={text}&limit={text}"),
        ];
        for (path, reply) in calls.iter().zip(join_all(calls.iter().map(|path| ana.get(path))).await) {
            assert_no_fault(&reply, path);
        }
    }
    for text in texts("attacks") {
        for path in ["/setup?token=", "/?notice=", "/learners?x=", "/account?notice=", "/portfolio?learner="] {
            assert_no_fault(&ana.visit(&format!("{path}{}", encoded(&text))).await, path);
        }
    }
}

#[tokio::test]
async fn every_string_may_be_typed_into_the_form_of_a_newcomer() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    let form = |text: &str| {
        let fields = ["name", "email", "family", "learner", "password"].map(|name| (name, text.to_owned()));
        fields.to_vec()
    };
    for (number, text) in all().iter().enumerate() {
        let fields = form(text);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
        let page = app.submit("/register", &fields).await;
        assert_eq!(page.status, 422, "{text:?} is no address of anybody");
        assert_no_fault(&page, text);
        // Each of these costs a hash.
        if number.is_multiple_of(25) {
            let signing = app.submit("/sign-in", &[("email", text), ("password", text)]).await;
            assert_no_fault(&signing, text);
        }
    }
}

#[tokio::test]
async fn newcomers_with_any_name_come_in() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    let is_name = |text: &String| matches!(line(text, 40), Ok(Some(_))) && can_be_seen(text.trim());
    let names: Vec<String> = all().into_iter().filter(is_name).collect();
    let mut came = 0;
    for (number, some) in names.chunks(3).step_by(12).enumerate() {
        let [name, family, learner] = some else { break };
        let email = format!("newcomer{number}@example.org");
        let fields = [
            ("name", &**name),
            ("email", &*email),
            ("password", PASSWORD),
            ("adult", "yes"),
            ("family", family),
            ("learner", learner),
        ];
        let reply = app.submit("/register", &fields).await.assert_sent_to("/?notice=welcome");
        let cookie = reply.header("set-cookie").split(';').next().unwrap().to_owned();
        let with_cookie = |path: &str| {
            let ask = app.client.get(format!("{}{path}", app.url)).header("cookie", &cookie);
            crate::support::SendExt::reply(ask.header("sec-fetch-site", "same-origin"))
        };
        let me = with_cookie("/api/v1/me").await.assert(200).json();
        assert_eq!((&me["name"], &me["family"]["name"]), (&json!(name.trim()), &json!(family.trim())));
        let learners = with_cookie("/api/v1/learners").await.assert(200).json();
        assert_eq!(learners["items"][0]["nickname"], learner.trim());
        assert_no_fault(&with_cookie("/account").await.assert(200), name);
        came += 1;
    }
    assert!(came > 40, "{came}");
}
