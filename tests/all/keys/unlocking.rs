//! A store with a passphrase: locked at the start, unlocked without a restart.

use std::{fs, process::Stdio};

use super::{
    super::process::{Server, answer, http},
    Machine, PASSPHRASE,
};

async fn get(server: &Server, path: &str) -> reqwest::Response {
    http().get(format!("{}{path}", server.url)).send().await.unwrap()
}

async fn unlock(server: &Server, words: &str) -> reqwest::Response {
    let request = http().post(format!("{}/unlock", server.url)).header("origin", &server.url);
    request.form(&[("password", words)]).send().await.unwrap()
}

fn location(reply: &reqwest::Response) -> &str {
    reply.headers()["location"].to_str().unwrap()
}

#[tokio::test]
async fn a_locked_server_answers_only_health_and_the_page_that_unlocks_it() {
    let machine = Machine::new();
    machine.init_with_passphrase();
    assert!(!machine.key_file().exists());
    let server = machine.serve();
    assert_eq!(get(&server, "/health/live").await.status(), 200);
    let ready = get(&server, "/health/ready").await;
    assert_eq!(ready.status(), 503);
    assert!(ready.text().await.unwrap().contains("locked"));
    for path in ["/", "/sign-in", "/setup?token=x", "/help", "/entries/new"] {
        let reply = get(&server, path).await;
        assert_eq!((reply.status().as_u16(), location(&reply)), (303, "/unlock"), "{path}");
    }
    for path in ["/api/v1/entries", "/api/v1/me"] {
        let reply = get(&server, path).await;
        assert_eq!(reply.status(), 503, "{path}");
        assert_eq!(reply.headers()["content-type"], "application/problem+json");
        assert!(reply.text().await.unwrap().contains("the store is locked"));
    }
    let page = get(&server, "/unlock").await;
    assert_eq!(page.status(), 200);
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
    assert_eq!(page.headers()["cache-control"], "no-store");
    let page = page.text().await.unwrap();
    assert!(page.contains(r#"action="/unlock""#) && !page.contains("/sign-in"), "{page}");
    // Another site's form can't make this machine hash passphrases.
    let foreign = http().post(format!("{}/unlock", server.url)).header("origin", "http://evil.example");
    assert_eq!(foreign.form(&[("password", PASSPHRASE)]).send().await.unwrap().status(), 403);
    machine.run(&[&"key", &"list"]).refused("locked");
    machine.run(&[&"setup-link"]).refused("locked");
    let (status, _, logged) = server.stop_and_tell();
    assert!(status.success());
    assert!(!logged.contains(PASSPHRASE), "{logged}");
}

#[tokio::test]
async fn the_firewall_stands_before_a_locked_store_as_well() {
    let machine = Machine::new();
    machine.init_with_passphrase();
    let server = machine.serve();
    for path in ["/", "/unlock", "/health/live", "/assets/hec.css", "/api/v1/me"] {
        let foreign = http().get(format!("{}{path}", server.url)).header("host", "evil.example").send().await.unwrap();
        assert_eq!(foreign.status(), 421, "{path}");
        assert!(foreign.headers().contains_key("content-security-policy"), "{path}");
    }
    let unlock = format!("{}/unlock", server.url);
    let json = http().post(&unlock).header("origin", &server.url).json(&[PASSPHRASE]).send().await.unwrap();
    assert_eq!(json.status(), 415);
    let long = http().post(&unlock).header("origin", &server.url).form(&[("password", "x".repeat(600_000))]);
    assert_eq!(long.send().await.unwrap().status(), 413);
    let method = http().put(&unlock).header("origin", &server.url).send().await.unwrap();
    assert_eq!((method.status().as_u16(), &method.headers()["allow"]), (405, &"GET, HEAD, POST".parse().unwrap()));
    for mark in ["/%2e%2e%2funlock", "/assets/%2e%2e%2funlock", "/unlock%00"] {
        let odd = http().get(format!("{}{mark}", server.url)).send().await.unwrap();
        assert!(matches!(odd.status().as_u16(), 303 | 404), "{mark}: {}", odd.status());
    }
    // A machine's own store is no development store: who floods it waits.
    let mut asked = 0;
    while get(&server, "/unlock").await.status() != 429 {
        asked += 1;
        assert!(asked < 2_000);
    }
    assert!(asked >= 100, "{asked}");
    assert!(server.stop().0.success());
}

#[tokio::test]
async fn the_right_passphrase_opens_the_site_without_a_restart() {
    let machine = Machine::new();
    machine.init_with_passphrase();
    let server = machine.serve();
    assert_eq!(unlock(&server, "").await.status(), 422);
    let wrong = unlock(&server, "kettles, moss and a tricycle").await;
    assert_eq!(wrong.status(), 422);
    assert!(!wrong.text().await.unwrap().contains("tricycle"), "what was typed is not shown again");
    let right = unlock(&server, PASSPHRASE).await;
    assert_eq!((right.status().as_u16(), location(&right)), (303, "/"));
    assert_eq!(get(&server, "/health/ready").await.status(), 200);
    assert!(get(&server, "/").await.text().await.unwrap().contains("hec setup-link"), "it is not set up yet");
    assert_eq!(location(&get(&server, "/unlock").await), "/");
    machine.run(&[&"key", &"list"]).done();
    assert!(machine.run(&[&"setup-link"]).done().contains(&server.url));
    assert!(server.stop().0.success());
}

#[tokio::test]
async fn guesses_cost_more_each_time_and_the_recovery_code_is_as_good() {
    let machine = Machine::new();
    let code = machine.init_with_passphrase();
    let server = machine.serve();
    let mut pauses = 0;
    for number in 0..6 {
        let reply = unlock(&server, &format!("this is guess number {number}")).await;
        match reply.status().as_u16() {
            422 => {}
            429 => {
                assert!(reply.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
                pauses += 1;
            }
            other => panic!("{other}"),
        }
    }
    assert!(pauses >= 1, "after four wrong guesses there is a pause");
    assert_eq!(get(&server, "/health/ready").await.status(), 503);

    let server = {
        server.kill();
        machine.serve()
    };
    let mut slip = code.clone().into_bytes();
    slip[13] = if slip[13] == b'7' { b'8' } else { b'7' };
    let slipped = unlock(&server, std::str::from_utf8(&slip).unwrap()).await;
    assert_eq!(slipped.status(), 422);
    assert!(slipped.text().await.unwrap().contains("group 3"), "the page says where to look");
    let short = unlock(&server, &code[..46]).await;
    assert_eq!(short.status(), 422);
    let page = short.text().await.unwrap();
    assert!(page.contains("a recovery code has 40 letters and digits, and this has 39"), "the page has counted");
    assert!(!page.contains(&code[..11]), "and repeats nothing");
    assert_eq!(unlock(&server, &code.replace('-', " ").to_lowercase()).await.status(), 303);
    assert_eq!(get(&server, "/health/ready").await.status(), 200);
}

#[tokio::test]
async fn a_passphrase_may_come_from_a_descriptor_or_a_credential() {
    let machine = Machine::new();
    machine.init_with_passphrase();
    let said = machine.folder.path().join("hec.passphrase");
    fs::write(&said, format!("{PASSPHRASE}\n")).unwrap();

    let mut serve = machine.command(&[&"serve", &"--listen", &"127.0.0.1:0", &"--passphrase-fd", &"0"]);
    let server = Server::serve_by(serve.stdin(Stdio::from(fs::File::open(&said).unwrap())));
    assert_eq!(get(&server, "/health/ready").await.status(), 200);
    server.kill();

    let mut serve = machine.command(&[&"serve", &"--listen", &"127.0.0.1:0"]);
    let server = Server::serve_by(serve.env("CREDENTIALS_DIRECTORY", machine.folder.path()));
    assert_eq!(get(&server, "/health/ready").await.status(), 200);
    server.kill();

    fs::write(&said, "kettles, moss and a tricycle\n").unwrap();
    let mut serve = machine.command(&[&"serve", &"--listen", &"127.0.0.1:0"]);
    answer(serve.env("CREDENTIALS_DIRECTORY", machine.folder.path())).refused("wrong passphrase");
}

#[tokio::test]
async fn a_first_start_that_nobody_watches_makes_a_store_that_starts_by_itself() {
    let machine = Machine::new();
    let server = machine.serve();
    assert_eq!(get(&server, "/health/ready").await.status(), 200);
    assert_eq!(machine.kinds(), ["key file"]);
    let (_, _, logged) = server.stop_and_tell();
    assert!(logged.contains("hec key add --recovery"), "somebody is told that there is no recovery code: {logged}");
    let server = machine.serve();
    assert_eq!(get(&server, "/health/ready").await.status(), 200);
}
