//! Verbs that need no server: `portfolio rename`, `openapi`, `completions`.

use std::{fs, path::Path};

use serde_json::{Value, json};

use super::super::process::{Client, Server, run, seed};

/// A portfolio of a made-up child, as its family downloads it; returns the child's nickname too.
async fn document(folder: &Path) -> (String, Vec<u8>) {
    let data = folder.join("data");
    seed(&data, 1, 400);
    let server = Server::demo(&[&"--data", &data]);
    let client = Client::new(&server);
    let learner = client.all("learners").await.remove(0);
    let draft = json!({ "title": "Our year", "learner": learner["id"], "from": "1990-01-01", "to": "2199-12-31" });
    let (status, portfolio) = client.post("portfolios", &draft).await;
    assert_eq!(status, 201, "{portfolio}");
    let path = format!("portfolios/{}/document", portfolio["id"].as_str().unwrap());
    let (status, html) = client.file(path).await;
    assert_eq!(status, 200);
    (learner["nickname"].as_str().unwrap().to_owned(), html)
}

#[tokio::test]
async fn a_downloaded_portfolio_gets_another_name_offline() {
    let folder = tempfile::tempdir().unwrap();
    let (nickname, html) = document(folder.path()).await;
    let downloads = folder.path().join("downloads");
    fs::create_dir(&downloads).unwrap();
    let file = downloads.join("ours.html");
    fs::write(&file, &html).unwrap();
    assert!(String::from_utf8(html.clone()).unwrap().contains(&nickname));

    let out = downloads.join("copy.html");
    let said = run(&[&"portfolio", &"rename", &file, &"--to", &"Quillon", &"--out", &out]).done();
    assert!(said.contains("places changed") && said.contains("copy.html"), "{said}");
    let copy = fs::read_to_string(&out).unwrap();
    assert!(copy.contains("Quillon") && !copy.contains(&nickname));
    assert!(!copy.contains("<script"), "the copy can do nothing");
    assert_eq!(fs::read(&file).unwrap(), html, "the file itself stays as it is");

    // Beside the file, under a name that holds the new one and not the old one.
    run(&[&"portfolio", &"rename", &file, &"--to", &"Quillon"]).done();
    let mut names: Vec<_> =
        fs::read_dir(&downloads).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "ours.html" && name != "copy.html");
    let [name] = &names[..] else { panic!("one more file: {names:?}") };
    assert!(name.ends_with(".html") && !name.contains(&nickname), "{name}");
    assert_eq!(fs::read_to_string(downloads.join(name)).unwrap(), copy);

    // What stands there already is never written over.
    fs::write(&out, "mine").unwrap();
    let again = run(&[&"portfolio", &"rename", &file, &"--to", &"Quillon", &"--out", &out]);
    assert!(again.err.contains("--out"), "{}", again.err);
    again.refused("copy.html");
    run(&[&"portfolio", &"rename", &file, &"--to", &"Quillon"]).refused(name);
    run(&[&"portfolio", &"rename", &file, &"--to", &"Quillon", &"--out", &file]).refused("ours.html");
    assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
    assert_eq!(fs::read(&file).unwrap(), html);

    let nowhere = downloads.join("missing/copy.html");
    run(&[&"portfolio", &"rename", &file, &"--to", &"Quillon", &"--out", &nowhere]).refused("missing");
    run(&[&"portfolio", &"rename", &file, &"--to", &"  "]).refused("must not be empty");
    run(&[&"portfolio", &"rename", &file, &"--to", &"Q".repeat(61)]).refused("60");
    assert_eq!(fs::read_dir(&downloads).unwrap().count(), 3, "nothing was made that was refused");
}

#[test]
fn a_file_that_is_no_portfolio_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("page.html", &b"<!doctype html><title>A page</title><p>Wren was here"[..]),
        ("empty.html", b""),
        ("picture.html", b"\xff\xd8\xff\xe0\x00\x10JFIF"),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, content).unwrap();
        run(&[&"portfolio", &"rename", &file, &"--to", &"Quillon"]).refused(name);
    }
    let missing = folder.path().join("missing.html");
    run(&[&"portfolio", &"rename", &missing, &"--to", &"Quillon"]).refused("missing.html");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}

#[test]
fn the_description_of_the_api_is_printed() {
    let document: Value = serde_json::from_str(&run(&[&"openapi"]).done()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert!(document["paths"]["/api/v1/entries/{id}"]["put"].is_object());
}

#[test]
fn completions_are_printed_for_a_shell() {
    for (shell, mark) in [("bash", "complete -F _hec"), ("zsh", "#compdef hec"), ("fish", "complete -c hec")] {
        let script = run(&[&"completions", &shell]).done();
        assert!(script.contains(mark) && script.contains("setup-link"), "{shell}");
    }
}
