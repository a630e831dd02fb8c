//! `hec serve` before anybody has an account, and the link that changes that.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use super::super::process::{Answer, Server, answer, hec, http, seed};

fn setup_link(data: &Path) -> Answer {
    answer(hec(&[&"setup-link", &"--data", &data]).env("HEC_ENVIRONMENT", "development"))
}

/// Path and query of the link that was printed.
fn path_of(printed: &str) -> String {
    let link = printed.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
    link["http://".len()..].split_once('/').map(|(_, path)| format!("/{path}")).unwrap()
}

async fn get(server: &Server, path: &str) -> (u16, String) {
    let reply = http().get(format!("{}{path}", server.url)).send().await.unwrap();
    (reply.status().as_u16(), reply.text().await.unwrap())
}

async fn set_up(server: &Server, path: &str) -> (u16, Option<String>) {
    let token = path.split_once("token=").unwrap().1;
    let fields = [
        ("token", token),
        ("name", "Rowan Ashdown"),
        ("email", "rowan@example.org"),
        ("password", "acorns in a paper bag"),
        ("family", "The Ashdowns"),
        ("learner", "Wren"),
        ("adult", "yes"),
    ];
    let request = http().post(format!("{}/setup", server.url)).header("origin", &server.url).form(&fields);
    let reply = request.send().await.unwrap();
    let cookie = reply.headers().get("set-cookie").map(|cookie| cookie.to_str().unwrap().to_owned());
    (reply.status().as_u16(), cookie)
}

#[tokio::test]
async fn a_server_that_is_not_set_up_says_so_and_prints_no_link_where_nobody_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::serve(folder.path());
    let (status, page) = get(&server, "/").await;
    assert_eq!(status, 503);
    assert!(page.contains("hec setup-link") && !page.contains("token="), "{page}");
    assert_eq!(get(&server, "/api/v1/entries").await.0, 503);
    assert_eq!(get(&server, "/health/live").await.0, 200);
    let (status, printed, logged) = server.stop_and_tell();
    assert!(status.success());
    assert_eq!(printed, "", "standard output is no terminal");
    assert!(logged.contains("listening") && !logged.contains("token") && !logged.contains("/setup"), "{logged}");
}

#[tokio::test]
async fn a_link_sets_up_once() {
    let folder = tempfile::tempdir().unwrap();
    drop(Server::serve(folder.path()));
    let first = path_of(&setup_link(folder.path()).done());
    let link = path_of(&setup_link(folder.path()).done());
    assert_ne!(first, link);

    let server = Server::serve(folder.path());
    assert_eq!(get(&server, &first).await.0, 404, "an earlier link has ended");
    assert_eq!(get(&server, "/setup?token=AAAA").await.0, 404);
    assert_eq!(set_up(&server, &first).await.0, 404);
    let (status, page) = get(&server, &link).await;
    assert_eq!(status, 200);
    assert!(page.contains(r#"action="/setup""#));
    let (status, cookie) = set_up(&server, &link).await;
    assert_eq!(status, 303);
    let cookie = cookie.unwrap();
    let journal = http().get(format!("{}/", server.url)).header("cookie", cookie.split(';').next().unwrap());
    let journal = journal.send().await.unwrap();
    assert_eq!(journal.status(), 200);
    assert!(journal.text().await.unwrap().contains("Rowan Ashdown"));

    assert_eq!(get(&server, &link).await.0, 404, "it was used");
    assert_eq!(set_up(&server, &link).await, (404, None));
    drop(server);
    setup_link(folder.path()).refused("set up already");
}

#[tokio::test]
async fn a_running_server_makes_the_link_itself_and_one_that_was_killed_is_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    setup_link(folder.path()).refused("no store");
    let server = Server::serve(folder.path());
    let mode = fs::metadata(folder.path().join("hec.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "the socket is its owner's alone");
    let printed = setup_link(folder.path()).done();
    assert!(printed.contains(&server.url), "the link leads to the server that runs: {printed}");
    let beside = path_of(&printed);
    assert_eq!(get(&server, &beside).await.0, 200);

    // What is left of the socket after a kill answers nobody: the store is opened instead.
    server.kill();
    let link = path_of(&setup_link(folder.path()).done());
    let server = Server::serve(folder.path());
    assert_eq!(get(&server, &beside).await.0, 404, "an earlier link has ended");
    assert_eq!(set_up(&server, &link).await.0, 303);
    setup_link(folder.path()).refused("set up already");
    let (_, printed, logged) = server.stop_and_tell();
    assert!(printed.is_empty() && !logged.contains("token"), "{logged}");
}

#[test]
fn a_store_with_families_in_it_needs_no_link() {
    let folder = tempfile::tempdir().unwrap();
    seed(folder.path(), 1, 1);
    setup_link(folder.path()).refused("set up already");
    let _server = Server::demo(&[&"--data", &folder.path()]);
    setup_link(folder.path()).refused("set up already");
}
