//! Where passkeys work: at which name and port, for whom, and for how many that ask at once.

use hec::{
    accounts::{
        browser::{
            ceremony::{Bound, Ceremonies, OF_ONE_NETWORK, REMEMBERED},
            site,
        },
        passkey,
    },
    config::Tls,
    http::firewall::Client,
    types::{Clock, Timestamp},
};
use reqwest::Method;

use super::{
    authenticator::{Key, get, post, session},
    cookie,
    passkeys::with_passkey,
};
use crate::support::{PASSWORD, Person, SendExt, TestApp};

#[tokio::test]
async fn children_and_other_sites_are_asked_for_none() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let child = ana.child().await;
    for purpose in ["add", "again"] {
        let reply = post(&app, &session(&child), "/passkeys/challenge", &[("for", purpose)]).await;
        assert_eq!(reply.status, 401, "{purpose}");
    }
    child.visit("/account/security/passkeys/new").await.assert(404);
    let foreign = app.client.post(format!("{}/passkeys/challenge", app.url)).header("sec-fetch-site", "cross-site");
    foreign.form(&[("for", "sign-in")]).reply().await.assert(403);
}

#[tokio::test]
async fn they_belong_to_the_first_name_and_pages_elsewhere_say_so() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    // The tests' address is no name.
    let page = ana.visit("/account/security").await.assert(200);
    page.assert_says("open HEC at localhost").assert_silent_about("/account/security/passkeys/new");
    ana.visit("/account/security/passkeys/new").await.assert(200).assert_says("open HEC at localhost");
    app.visit("/sign-in").await.assert(200).assert_silent_about("passkey");
    get(&app, "", "/sign-in").await.assert(200).assert_says("Sign in with a passkey");
    let asked = app.submit("/passkeys/challenge", &[("for", "sign-in")]).await;
    asked.assert(404);
    let policy = app.visit("/sign-in").await;
    for feature in ["publickey-credentials-get=(self)", "publickey-credentials-create=(self)"] {
        assert!(policy.header("permissions-policy").contains(feature), "{feature}");
    }

    let folder = crate::support::scratch();
    let named = |names: &[&str], tls: Tls, proxies: &[&str]| {
        let mut config = crate::support::config(folder.path());
        config.names = names.iter().map(|name| (*name).to_owned()).collect();
        config.proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
        config.tls = tls;
        site::name(&config)
    };
    let hec = Some("hec.example".to_owned());
    assert_eq!(named(&["hec.example", "diary.example"], Tls::Local, &[]), hec);
    assert_eq!(named(&["hec.example."], Tls::Off, &["192.0.2.1/32"]), hec, "a proxy encrypts");
    assert_eq!(named(&["hec.example"], Tls::Off, &[]), None, "no browser takes it without TLS");
    assert_eq!(named(&["192.0.2.7"], Tls::Local, &[]), None, "an address is no name");
    assert_eq!(named(&[], Tls::Off, &["192.0.2.1/32"]).as_deref(), Some("localhost"));
    assert_eq!(named(&[], Tls::Off, &[]).as_deref(), Some("localhost"));
}

#[tokio::test]
async fn they_work_at_the_ports_that_are_hecs_and_a_page_at_another_says_what_to_set() {
    let proxied = |port: Option<u16>| {
        TestApp::start_with(move |config| {
            config.names = vec!["hec.example".to_owned()];
            config.proxies = vec!["192.0.2.1/32".parse().unwrap()];
            config.public_port = port;
        })
    };
    let ask = |app: &TestApp, method: Method, path: &str, host: &str, ana: &Person| {
        let request = app.client.request(method, format!("{}{path}", app.url)).header("host", host);
        let request = request.header("sec-fetch-site", "same-origin").header("origin", format!("https://{host}"));
        request.header("cookie", session(ana))
    };
    let new = "/account/security/passkeys/new";
    let add = [("for", "add")];
    for (port, host, works) in [
        (None, "hec.example", true),
        (None, "hec.example:443", true),
        (None, "hec.example:8443", false),
        (Some(8443), "hec.example:8443", true),
        (Some(8443), "hec.example", true),
        (Some(8443), "hec.example:8444", false),
    ] {
        let app = proxied(port).await;
        let links = if port.is_some() { "https://hec.example:8443" } else { "https://hec.example" };
        assert_eq!(app.app.config.url(app.app.config.address()), links);
        let ana = app.parent("ana").await;
        let page = ask(&app, Method::GET, new, host, &ana).reply().await.assert(200);
        let asked = ask(&app, Method::POST, "/passkeys/challenge", host, &ana).form(&add).reply().await;
        if !works {
            let port = host.split(':').next_back().unwrap();
            page.assert_says(&format!("public_port = {port}")).assert_silent_about("data-passkey");
            asked.assert(404);
            continue;
        }
        page.assert_silent_about("public_port");
        let options = asked.assert(200).json();
        assert_eq!(options["rp"]["id"], "hec.example", "the port is no part of it");
        // Whoever sits at another port of the name is somebody else, whatever it has to say of the host.
        let lie = Key { rp: "hec.example".into(), origin: "https://hec.example:9999".into(), ..Key::new(&app) };
        let fields = [("name", "A phone"), ("passkey", &*lie.clone().made(&options))];
        ask(&app, Method::POST, new, host, &ana).form(&fields).reply().await.assert(422);
        let asked = ask(&app, Method::POST, "/passkeys/challenge", host, &ana).form(&add).reply().await;
        let mut key = Key { origin: format!("https://{}", host.trim_end_matches(":443")), ..lie };
        let fields = [("name", "A phone"), ("passkey", &*key.made(&asked.assert(200).json()))];
        ask(&app, Method::POST, new, host, &ana).form(&fields).reply().await.assert(200);
    }
}

#[tokio::test]
async fn a_passkey_of_an_earlier_name_is_told_of_and_stands_in_nobodys_way() {
    let app = TestApp::start().await;
    let (ana, key, codes) = with_passkey(&app).await;
    let folder = app.folder().to_owned();
    let mut renamed = app.app.clone();
    renamed.config = std::sync::Arc::new(hec::config::Config {
        names: vec!["diary.example".to_owned()],
        proxies: vec!["192.0.2.1/32".parse().unwrap()],
        ..crate::support::config(&folder)
    });
    assert_eq!(renamed.db.read(|tx| passkey::count(tx, site::name(&renamed.config).as_deref())).unwrap(), (0, 1));
    let later = TestApp::over(renamed).await;
    let page = ana.visit("/account/security").await;
    page.assert_silent_about("no longer called");
    let page = later.client.get(format!("{}/account/security", later.url)).header("cookie", session(&ana));
    let page = page.reply().await.assert(200);
    page.assert_says("Made for localhost, which this HEC is no longer called").assert_says("open HEC at diary.example");
    let fields = [("email", "ana@example.org"), ("password", PASSWORD)];
    let first = later.submit("/sign-in", &fields).await.assert_sent_to("/sign-in/code?next=%2F");
    let waiting = format!("hec-code={}", cookie(&first, "hec-code").unwrap());
    post(&later, &waiting, "/passkeys/challenge", &[("for", "code")]).await.assert(404);
    post(&later, &waiting, "/sign-in/code", &[("recovery", &codes[0])]).await.assert(303);
    drop(key);
}

#[test]
fn a_crowd_that_asks_takes_no_more_memory_than_the_bound_and_no_network_takes_it_all() {
    let folder = crate::support::scratch();
    let config = crate::support::config(folder.path());
    let clock = Clock::manual(Timestamp::from_millis(1_772_445_600_000));
    let ceremonies = Ceremonies::new(&config, &[], &clock);
    let bound = |number: u32| {
        let mut hash = [0; 32];
        hash[..4].copy_from_slice(&number.to_be_bytes());
        Bound::SignIn(hash)
    };
    let from = |number: u32| Client::at(std::net::IpAddr::from((0x0a00_0000 + number).to_be_bytes()));
    for number in 0..1_000 {
        ceremonies.ask(bound(number), from(1), &[]).unwrap();
    }
    assert_eq!(ceremonies.remembered(), OF_ONE_NETWORK);
    for number in 1_000..6_000 {
        ceremonies.ask(bound(number), from(number), &[]).unwrap();
    }
    assert_eq!(ceremonies.remembered(), REMEMBERED);
    // Who is signed in is not crowded out.
    ceremonies.ask(Bound::Again([7; 32]), from(2), &[]).unwrap();
    assert_eq!(ceremonies.remembered(), REMEMBERED + 1);
    clock.advance(std::time::Duration::from_mins(5));
    ceremonies.ask(bound(9_999), from(3), &[]).unwrap();
    assert_eq!(ceremonies.remembered(), 2, "what is too old is forgotten");
}
