//! What the page on addresses says of settings, and that the lines which it gives do what it says.

use hec::{
    admin::wizard::address::Use,
    config::{Config, Settings},
};
use reqwest::Method;

use super::Operator;
use crate::support::{SendExt, TestApp, scratch};

/// The settings of a file with these lines.
fn load(lines: &str) -> Config {
    let folder = scratch();
    let file = folder.path().join("hec.toml");
    std::fs::write(&file, lines).unwrap();
    Config::load_alone(&Settings::default().with("config", file.to_str().unwrap())).unwrap()
}

#[test]
fn the_lines_for_a_use_make_it_right_whatever_held_before() {
    for before in [
        "",
        "tls = \"local\"\nnames = [\"den.local\"]",
        "tls = \"acme\"\nnames = [\"hec.example.net\"]",
        "proxies = [\"10.0.0.1\"]",
    ] {
        let before = load(before);
        for one in Use::ALL {
            for contact in ["ana@example.org", "\"an\\a\"@example.org"] {
                let after = load(&one.lines(&before, contact));
                assert!(one.suits(&after), "{one:?}: {}", one.lines(&before, contact));
            }
        }
    }
    let named = load("tls = \"acme\"\nnames = [\"hec.example.net\"]");
    assert!(Use::Named.lines(&named, "a@b").contains("hec.example.net"), "a name that is known is kept");
    let home = load("tls = \"local\"\nnames = [\"den.local\"]");
    assert!(Use::House.lines(&home, "a@b").contains("den.local"));
    assert!(!Use::Server.lines(&home, "a@b").contains("den.local"), "no authority certifies that");
}

#[test]
fn each_setting_suits_those_whom_it_serves() {
    let suited = |lines: &str| {
        let config = load(lines);
        Use::ALL.map(|one| one.suits(&config))
    };
    let files = "tls = \"files\"\ncertificate = \"/a\"\nprivate_key = \"/b\"\nnames = [\"hec.example.org\"]\n";
    assert_eq!(suited(""), [false; 4], "this machine only");
    assert_eq!(suited("tls = \"local\""), [true, false, false, false]);
    assert_eq!(suited("tls = \"local\"\nlisten = [\"127.0.0.1:8443\"]"), [false; 4]);
    assert_eq!(suited(files), [true, true, true, false]);
    assert_eq!(suited("tls = \"acme\"\nnames = [\"hec.example.org\"]"), [true, true, true, false]);
    assert_eq!(suited("proxies = [\"127.0.0.1\"]"), [false; 4], "without a name its links lead nowhere");
    assert_eq!(suited("proxies = [\"127.0.0.1\"]\nnames = [\"hec.example.org\"]"), [true; 4]);
}

#[tokio::test]
async fn the_page_says_what_holds_and_how_one_came() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    let page = ana.visit("/setup/address").await.assert(200);
    page.clone().assert_says("From this machine itself").assert_says("not encrypted.");
    assert!(page.words("dd").iter().any(|fact| fact.contains(&app.url)), "{:?}", page.words("dd"));
    page.clone().assert_says("Only this machine itself can open HEC now");
    assert_eq!(page.words("summary .bad").len(), 4);
    assert!(page.attributes("main a", "href").contains(&"/help#away".to_owned()));
    let lines = page.words("textarea");
    assert!(
        lines[0].contains("tls = \"local\"") && lines[2].contains("acme_contact = \"ana@example.org\""),
        "{lines:?}"
    );
    assert!(page.words("code").contains(&app.folder().join("hec.toml").display().to_string()));
}

#[tokio::test]
async fn a_proxy_that_nobody_told_of_is_noticed_and_a_known_one_believed() {
    let app = TestApp::start().await;
    let ana = Operator::of(&app).await;
    let through = |ana: &Operator| ana.ask(Method::GET, "/setup/address").header("x-forwarded-for", "203.0.113.9");
    let page = through(&ana).reply().await.assert(200).assert_says("HEC was not told about it");
    page.assert_says("not encrypted.").assert_silent_about("Through your reverse proxy");
    let known = |config: &mut Config| {
        config.proxies = vec!["127.0.0.1/32".parse().unwrap()];
        config.names = vec!["hec.example.org".to_owned()];
    };
    let app = TestApp::start_with(known).await;
    let ana = Operator::of(&app).await;
    let page = through(&ana).reply().await.assert(200).assert_says("Through your reverse proxy (127.0.0.1)");
    page.assert_says("not encrypted.").assert_silent_about("HEC was not told about it");
    let page = ana.visit("/setup/address").await.assert(200);
    assert_eq!((page.words("summary .good").len(), page.words("summary .bad").len()), (4, 0));
}
