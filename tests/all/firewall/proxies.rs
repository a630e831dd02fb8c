//! Behind reverse proxies: whose word counts, and that clients behind one that nobody configured are kept apart.

use std::net::IpAddr;

use crate::support::{SendExt, TestApp};

async fn site(proxies: &[&str]) -> TestApp {
    let proxies = proxies.iter().map(|one| one.parse().unwrap()).collect();
    let app = TestApp::start_with(|config| {
        config.limits = true;
        config.proxies = proxies;
    });
    let app = app.await;
    app.parent("ana").await;
    app
}

/// Asks from an address of this machine.
fn from(address: &str) -> reqwest::Client {
    crate::support::client().local_address(address.parse::<IpAddr>().unwrap()).build().unwrap()
}

async fn probe(app: &TestApp, client: &reqwest::Client, headers: &[(&str, &str)]) -> u16 {
    let ask = client.get(format!("{}/wp-login.php", app.url));
    headers.iter().fold(ask, |ask, (name, value)| ask.header(*name, *value)).reply().await.status
}

/// Spends a budget to its end.
async fn exhaust(app: &TestApp, client: &reqwest::Client, headers: &[(&str, &str)]) -> usize {
    for count in 0..1_000 {
        if probe(app, client, headers).await == 429 {
            return count;
        }
    }
    panic!("{headers:?} has no end");
}

const XFF: &str = "x-forwarded-for";

#[tokio::test]
async fn a_configured_proxy_is_believed_about_the_hop_that_it_saw() {
    let app = site(&["127.0.0.2/32", "10.0.0.0/8"]).await;
    let proxy = from("127.0.0.2");
    assert_eq!(exhaust(&app, &proxy, &[(XFF, "198.51.100.7")]).await, 30);
    assert_eq!(probe(&app, &proxy, &[(XFF, "198.51.100.8")]).await, 404);
    for more in [
        // What the client itself wrote stands further left.
        (XFF, "203.0.113.1, 198.51.100.7"),
        (XFF, "127.0.0.1,198.51.100.7"),
        (XFF, "198.51.100.7, 10.1.2.3, 127.0.0.2"),
        (XFF, "[198.51.100.7], 10.1.2.3"),
        (XFF, "198.51.100.7:4711"),
        (XFF, "::ffff:198.51.100.7"),
        ("forwarded", "for=203.0.113.1, for=198.51.100.7;proto=https"),
        ("forwarded", "for=\"198.51.100.7:4711\""),
    ] {
        assert_eq!(probe(&app, &proxy, &[more]).await, 429, "{more:?}");
    }
    let networks = ["2001:db8:1:2::1", "[2001:db8:1:2:ffff::9]:443"];
    assert_eq!(exhaust(&app, &proxy, &[(XFF, networks[0])]).await, 30);
    assert_eq!(probe(&app, &proxy, &[(XFF, networks[1])]).await, 429, "64 bits are one network");
    assert_eq!(probe(&app, &proxy, &[(XFF, "2001:db8:1:3::1")]).await, 404);
    assert!(app.app.sightings.last().is_none(), "all is well");
}

#[tokio::test]
async fn a_client_of_a_configured_proxy_cannot_become_another_by_a_second_header() {
    let app = site(&["127.0.0.2/32"]).await;
    let proxy = from("127.0.0.2");
    let lies: Vec<String> = (0..31).map(|number| format!("for=203.0.113.{number}")).collect();
    let mut refused = 0;
    for lie in &lies {
        refused += usize::from(probe(&app, &proxy, &[(XFF, "198.51.100.7"), ("forwarded", lie)]).await == 429);
    }
    assert_eq!(refused, 1, "two headers that differ are one budget for all who do that");
    assert_eq!(probe(&app, &proxy, &[(XFF, "198.51.100.7")]).await, 404);
}

#[tokio::test]
async fn clients_behind_a_proxy_that_nobody_configured_do_not_lock_each_other_out() {
    let app = site(&[]).await;
    let proxy = from("127.0.0.1");
    assert_eq!(exhaust(&app, &proxy, &[(XFF, "198.51.100.7")]).await, 30);
    for other in ["198.51.100.8", "203.0.113.9", "2001:db8::1"] {
        assert_eq!(probe(&app, &proxy, &[(XFF, other)]).await, 404, "{other}");
    }
    assert_eq!(probe(&app, &proxy, &[("forwarded", "for=192.0.2.5")]).await, 404);
    assert_eq!(probe(&app, &proxy, &[]).await, 404, "nor who comes without one");
    let seen = app.app.sightings.last().unwrap();
    assert_eq!((seen.peer.to_string().as_str(), &seen.headers[..]), ("127.0.0.1", &["forwarded"][..]));
    assert_eq!(seen.line(&[]), r#"proxies = ["127.0.0.1"]"#);
    assert_eq!(seen.at, app.app.clock().now());
}

#[tokio::test]
async fn a_neighbour_that_lies_spends_what_is_its_own_and_no_more_than_that() {
    let app = site(&[]).await;
    let (liar, honest) = (from("127.0.0.3"), from("127.0.0.4"));
    let mut answered = 0;
    for number in 0..100 {
        let lie = format!("198.51.100.{number}");
        for _ in 0..31 {
            answered += usize::from(probe(&app, &liar, &[(XFF, &lie)]).await == 404);
        }
    }
    assert_eq!(answered, (64 + 1) * 30, "sixty-four claims and its own budget");
    assert_eq!(probe(&app, &liar, &[]).await, 429);
    assert_eq!(probe(&app, &honest, &[(XFF, "198.51.100.1")]).await, 404, "the same claim by another is another's");
    assert_eq!(probe(&app, &honest, &[]).await, 404);
    assert_eq!(app.app.sightings.last().unwrap().peer.to_string(), "127.0.0.4");
}
