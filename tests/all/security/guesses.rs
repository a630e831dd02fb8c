//! Guessing is slow, and locks nobody out.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};

use super::cookie;
use crate::support::{PASSWORD, SendExt, TestApp};

/// A wrong password for an address, from one of this machine's many; the status of the reply.
async fn guesses(app: &TestApp, from: u16, email: &str) -> u16 {
    let socket = TcpSocket::new_v4().unwrap();
    let [high, low] = from.to_be_bytes();
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 7, high, low), 0))).unwrap();
    let host = app.url.strip_prefix("http://").unwrap();
    let mut stream = socket.connect(host.parse().unwrap()).await.unwrap();
    let body = format!("email={}&password=guess+number+{from}+of+many", email.replace('@', "%40"));
    let head = format!(
        "POST /sign-in HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    reply.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn two_thousand_addresses_get_few_hashes_in_a_minute_and_the_owners_phone_gets_in() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    let fields = [("email", "ana@example.org"), ("password", PASSWORD)];
    let first = app.submit("/sign-in", &fields).await.assert(303);
    let device = cookie(&first, "hec-device").unwrap();
    let before = app.app.guesses.tried();
    let mut refused = 0;
    for second in 0..60_u16 {
        let all = (0..34).map(|at| guesses(&app, (second * 34 + at) % 2_000, "ana@example.org"));
        refused += futures_util::future::join_all(all).await.into_iter().filter(|status| *status == 429).count();
        app.app.clock().advance(std::time::Duration::from_secs(1));
    }
    let hashed = app.app.guesses.tried() - before;
    assert!((20..=100).contains(&hashed), "{hashed} passwords were hashed");
    assert_eq!(refused as u64 + hashed, 60 * 34);
    // Nothing is left for strangers; the owner's phone is known.
    guesses(&app, 1_998, "ana@example.org").await;
    assert_eq!(guesses(&app, 1_999, "ana@example.org").await, 429);
    let form = app.client.post(format!("{}/sign-in", app.url)).header("sec-fetch-site", "same-origin");
    let sign_in = form.header("cookie", format!("hec-device={device}")).form(&fields).reply();
    let signed_in = tokio::time::timeout(std::time::Duration::from_secs(2), sign_in).await.expect("within 2 s");
    let signed_in = signed_in.assert(303);
    assert!(cookie(&signed_in, "hec").is_some());
    assert!(cookie(&signed_in, "hec-device").is_none(), "it is known already");
    assert!(app.app.guesses.remembered() <= hec::http::guesses::Guesses::most());
}

#[tokio::test]
async fn known_and_unknown_addresses_are_slowed_alike_and_in_words() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    let mut replies = Vec::new();
    for email in ["ana@example.org", "bob@example.org"] {
        let fields = [("email", email), ("password", "not the right one at all")];
        for _ in 0..6 {
            app.submit("/sign-in", &fields).await.assert(422);
        }
        let slowed = app.submit("/sign-in", &fields).await.assert(429);
        assert_eq!(slowed.header("retry-after"), "30");
        slowed.clone().assert_says("Wait 30 seconds");
        assert_eq!(slowed.attributes("#email", "value"), [email], "what was typed stays");
        replies.push(slowed.shape(&[email]));
        let upper = email.to_uppercase();
        app.submit("/sign-in", &[("email", &upper), ("password", "x")]).await.assert(429);
    }
    assert_eq!(replies[0], replies[1]);
    // The right one comes too late as well, until the time is over.
    let right = [("email", "ana@example.org"), ("password", PASSWORD)];
    app.submit("/sign-in", &right).await.assert(429);
    app.app.clock().advance(std::time::Duration::from_secs(30));
    app.submit("/sign-in", &right).await.assert(303);
}

#[tokio::test]
async fn a_device_is_known_to_the_accounts_that_signed_in_on_it() {
    let app = TestApp::start().await;
    let (ana, _) = (app.parent("ana").await, app.parent("ben").await);
    let fields = |email| [("email", email), ("password", PASSWORD)];
    let sign_in = |email, device: String| {
        let form = app.client.post(format!("{}/sign-in", app.url)).header("sec-fetch-site", "same-origin");
        form.header("cookie", format!("hec-device={device}")).form(&fields(email)).reply()
    };
    let device = cookie(&app.submit("/sign-in", &fields("ana@example.org")).await, "hec-device").unwrap();
    let both = cookie(&sign_in("ben@example.org", device.clone()).await.assert(303), "hec-device").unwrap();
    assert!(both.ends_with(&format!(".{device}")), "the tablet is known to both");
    for email in ["ana@example.org", "ben@example.org"] {
        assert!(cookie(&sign_in(email, both.clone()).await.assert(303), "hec-device").is_none());
    }
    // What somebody planted is known to nobody, and is not taken over.
    let planted = cookie(&sign_in("ana@example.org", "planted".to_owned()).await.assert(303), "hec-device").unwrap();
    let hashes = [hec::types::hash_secret("planted")];
    let known = |hashes: &[[u8; 32]]| {
        app.app.db.read(|tx| hec::accounts::device::known(tx, ana.caller.account, hashes)).unwrap().is_some()
    };
    assert!(planted.ends_with(".planted") && !known(&hashes));
    let hash = [hec::types::hash_secret(&device)];
    assert!(known(&hash));
    for number in 0..20_u8 {
        let account = ana.caller.account;
        app.app.clock().advance(std::time::Duration::from_secs(1));
        app.app.db.write(move |tx| hec::accounts::device::remember(tx, account, [number; 32])).await.unwrap();
    }
    assert!(!known(&hash), "twenty at most, the oldest makes room");
    assert!(known(&[[0; 32]]));
    app.days_pass(401);
    assert!(!known(&[[0; 32]]), "and none for ever");
}

#[tokio::test]
async fn whoever_guesses_cannot_fill_the_log() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for from in 0..40 {
        guesses(&app, from, "ana@example.org").await;
    }
    // Nobody waits for these lines: they are there soon, and stay few.
    let mut lines = 0;
    for _ in 0..1_000 {
        lines = ana.visit("/account/security").await.assert(200).text().matches("Somebody tried to sign in").count();
        if lines == 5 {
            break;
        }
    }
    assert_eq!(lines, 5);
    ana.visit("/account/security").await.assert_says("127.7.0.");
}
