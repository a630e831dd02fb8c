//! "Forgotten password?": the same for everybody who asks, and a link for whoever proved the address.

use hec::accounts::log::{self, Act};
use reqwest::Method;

use crate::support::{PASSWORD, Person, Reply, SendExt, TestApp};

use super::{server::MailServer, usual};

/// Where a crowd comes from.
const NETWORKS: [&str; 6] =
    ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4", "2001:db8:1::1", "2001:db8:2::1"];
const NEW: &str = "seven other quiet words";

async fn asks(app: &TestApp, email: &str) -> Reply {
    asks_from(app, email, "127.0.0.1").await
}

/// Behind a proxy of this machine that nobody configured, whose clients are told apart.
async fn asks_from(app: &TestApp, email: &str, network: &str) -> Reply {
    let form = app.client.post(format!("{}/sign-in/forgotten", app.url)).header("sec-fetch-site", "same-origin");
    form.header("x-forwarded-for", network).form(&[("email", email)]).reply().await
}

/// Nobody waits for the link to be made; this does.
async fn until(app: &TestApp, queued: usize) {
    let links = || app.messages().iter().filter(|message| message.kind.as_str() == "reset").count();
    for _ in 0..10_000 {
        if links() >= queued {
            return;
        }
        app.app.db.write(|_| Ok(())).await.unwrap();
        tokio::task::yield_now().await;
    }
    panic!("{} links, not {queued}", links());
}

async fn link(app: &TestApp, server: &mut MailServer, email: &str) -> String {
    let before = app.messages().iter().filter(|message| message.kind.as_str() == "reset").count();
    asks(app, email).await.assert_sent_to("/sign-in/forgotten?notice=reset-asked");
    until(app, before + 1).await;
    app.sends().await;
    server.next().secret("/reset?token=")
}

async fn signs_in(app: &TestApp, password: &str) -> u16 {
    app.submit("/sign-in", &[("email", "ana@example.org"), ("password", password)]).await.status
}

fn acts(app: &TestApp, person: &Person) -> Vec<Act> {
    let lines = app.app.db.read(|tx| log::of_account(tx, person.caller.account, 20)).unwrap();
    lines.iter().map(|line| line.act).collect()
}

#[tokio::test]
async fn a_known_an_unknown_and_an_unproved_address_are_told_the_same() {
    let (app, mut server) = usual().await;
    let ana = app.proved(&mut server, "ana").await;
    app.parent("ben").await;
    app.visit("/sign-in").await.assert(200).assert_says("/sign-in/forgotten");
    app.visit("/sign-in/forgotten").await.assert(200).assert_says("Send me a link");
    let shape = |reply: &Reply| (reply.status, reply.header("location").to_owned(), reply.bytes.clone());
    let known = asks(&app, "Ana@Example.org").await;
    for email in ["nobody@example.org", "ben@example.org"] {
        assert_eq!(shape(&known), shape(&asks(&app, email).await));
    }
    until(&app, 1).await;
    app.sends().await;
    let taken = server.next();
    assert_eq!((taken.to(), taken.subject()), ("ana@example.org", "A new password for HEC"));
    assert!(acts(&app, &ana).contains(&Act::ResetMailed));
    ana.visit("/account/security").await.assert_says("A link for a new password was sent to your email");
    // Too many are turned away alike as well.
    for email in ["ana@example.org", "nobody@example.org"] {
        let last = loop {
            let reply = asks(&app, email).await;
            if reply.status != 303 {
                break reply;
            }
        };
        assert_eq!((last.status, last.header("retry-after")), (429, "600"), "{email}");
    }
    asks(&app, "no address").await.assert(422);
    assert!(server.stop().is_empty());
}

#[tokio::test]
async fn a_link_works_once_within_a_day_and_looking_at_it_changes_nothing() {
    let (app, mut server) = usual().await;
    let ana = app.proved(&mut server, "ana").await;
    let token = link(&app, &mut server, "ana@example.org").await;
    let commits = app.app.db.commits();
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let look = app.client.request(method, format!("{}/reset?token={token}", app.url));
        look.reply().await.assert(200);
    }
    assert_eq!(app.app.db.commits(), commits, "mail servers follow links, too");
    assert_eq!(signs_in(&app, PASSWORD).await, 303);
    let fields = [("token", token.as_str()), ("password", NEW)];
    app.submit("/reset", &fields).await.assert_sent_to("/sign-in?notice=password-set");
    app.submit("/reset", &fields).await.assert(404);
    ana.visit("/learners").await.assert(303);
    assert_eq!((signs_in(&app, PASSWORD).await, signs_in(&app, NEW).await), (422, 303));
    let late = link(&app, &mut server_after_notices(&app, server).await, "ana@example.org").await;
    app.days_pass(1);
    app.submit("/reset", &[("token", &late), ("password", PASSWORD)]).await.assert(404);
}

/// The server, once it has taken the notices that a new password and new devices cause.
async fn server_after_notices(app: &TestApp, mut server: MailServer) -> MailServer {
    let waiting = app.messages().iter().filter(|message| message.state.as_str() == "queued").count();
    app.sends().await;
    let mut subjects: Vec<String> = (0..waiting).map(|_| server.next().subject().to_owned()).collect();
    subjects.sort();
    let device = "A new device signed in to HEC";
    assert_eq!(subjects, [device, device, "Your HEC password was changed"]);
    server
}

#[tokio::test]
async fn asking_again_ends_the_link_that_was_sent_and_none_that_was_handed_over() {
    let (app, mut server) = usual().await;
    let ana = app.proved(&mut server, "ana").await;
    let handed = hec::types::Secret::random().unwrap();
    let (hash, account) = (handed.hash(), ana.caller.account);
    app.app.db.write(move |tx| hec::accounts::reset::make(tx, account, hash)).await.unwrap();
    let first = link(&app, &mut server, "ana@example.org").await;
    let second = link(&app, &mut server, "ana@example.org").await;
    app.visit(&format!("/reset?token={first}")).await.assert(404);
    app.visit(&format!("/reset?token={second}")).await.assert(200);
    app.submit("/reset", &[("token", handed.expose()), ("password", NEW)]).await.assert(303);
    app.visit(&format!("/reset?token={second}")).await.assert(404);
}

#[tokio::test]
async fn another_password_or_email_ends_a_link_that_was_sent() {
    let (app, mut server) = usual().await;
    let ana = app.proved(&mut server, "ana").await;
    let token = link(&app, &mut server, "ana@example.org").await;
    let changed = ana.submit("/account/security/password", &[("password", NEW)]).await.assert(303);
    let ana = ana.in_session(changed.session().unwrap());
    app.visit(&format!("/reset?token={token}")).await.assert(404);
    app.sends().await;
    assert_eq!(server.next().subject(), "Your HEC password was changed");
    let token = link(&app, &mut server, "ana@example.org").await;
    ana.submit("/account/email", &[("email", "anna@example.org")]).await.assert(303);
    app.visit(&format!("/reset?token={token}")).await.assert(200);
    app.sends().await;
    let proof = server.next().secret("/account/email/confirm?token=");
    ana.submit("/account/email/confirm", &[("token", &proof)]).await.assert(303);
    app.visit(&format!("/reset?token={token}")).await.assert(404);
}

#[tokio::test]
async fn a_thousand_requests_make_a_handful_of_messages() {
    let (app, mut server) = usual().await;
    app.proved(&mut server, "ana").await;
    let mut answers = std::collections::BTreeMap::new();
    for _ in 0..250 {
        // Four at a time, from six networks in turn.
        let from = |number: usize| asks_from(&app, "ana@example.org", NETWORKS[number % NETWORKS.len()]);
        let asked = answers.values().sum::<usize>();
        let (a, b, c, d) = tokio::join!(from(asked), from(asked + 1), from(asked + 2), from(asked + 3));
        for reply in [a, b, c, d] {
            *answers.entry(reply.status).or_insert(0) += 1;
        }
    }
    assert_eq!(answers.into_iter().collect::<Vec<_>>(), [(303, 6), (429, 994)]);
    until(&app, 5).await;
    app.app.db.write(|_| Ok(())).await.unwrap();
    app.sends().await;
    let links = app.messages().iter().filter(|message| message.kind.as_str() == "reset").count();
    assert_eq!(links, 5, "an account gets five an hour");
}
