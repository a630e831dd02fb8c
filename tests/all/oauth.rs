//! Apps: who may ask, what a person is asked, what a code and a token are worth, and every way in which they are not.

mod apps;
mod asking;
mod clients;
mod consent;
mod redeeming;
mod refreshing;
mod registering;
mod revoking;

use std::collections::BTreeMap;

use hec::oauth::{
    apps::{Draft, register_for_all},
    codes,
};
use reqwest::Url;

use crate::support::{Person, Reply, SendExt, TestApp};

/// The verifier of RFC 7636's own example.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const SITE: &str = "https://app.example.org/signed-in";
pub const DEVICE: &str = "http://127.0.0.1/signed-in";
pub const OWN: &str = "org.example.app:/signed-in";

pub type Pairs = Vec<(&'static str, String)>;

/// An app that the operator registered; its client id.
pub async fn app(site: &TestApp, name: &str, redirects: &[&str]) -> String {
    let draft = Draft::parse(name, redirects.iter().copied()).unwrap();
    site.app.db.write(move |tx| register_for_all(tx, draft)).await.unwrap().id.to_string()
}

/// What an honest app asks.
pub fn asks(client: &str, redirect: &str, scope: &str) -> Pairs {
    vec![
        ("response_type", "code".to_owned()),
        ("client_id", client.to_owned()),
        ("redirect_uri", redirect.to_owned()),
        ("scope", scope.to_owned()),
        ("state", "a state / with + signs & such=".to_owned()),
        ("code_challenge", codes::challenge(VERIFIER)),
        ("code_challenge_method", "S256".to_owned()),
    ]
}

/// The same with another value of a parameter; none leaves it out.
pub fn but(pairs: &Pairs, name: &'static str, value: Option<&str>) -> Pairs {
    let mut pairs: Pairs = pairs.iter().filter(|(other, _)| *other != name).cloned().collect();
    pairs.extend(value.map(|value| (name, value.to_owned())));
    pairs
}

/// The same with a parameter more.
pub fn and(pairs: &Pairs, name: &'static str, value: &str) -> Pairs {
    let mut pairs = pairs.clone();
    pairs.push((name, value.to_owned()));
    pairs
}

/// The address that an app opens in a browser.
pub fn address(pairs: &Pairs) -> String {
    let url = Url::parse_with_params("http://x/oauth/authorize", pairs).unwrap();
    format!("{}?{}", url.path(), url.query().unwrap())
}

/// The page's form as it stands, sent off with what a person left ticked.
pub async fn decides(person: &Person, pairs: &Pairs, fields: &[(&str, &str)]) -> Reply {
    let page = person.visit(&address(pairs)).await.assert(200);
    let form = page.attributes("main form", "action").remove(0);
    person.submit(&form, fields).await
}

/// Lets an app in to all that it asks for, and gives its code.
pub async fn lets_in(person: &Person, pairs: &Pairs) -> String {
    let page = person.visit(&address(pairs)).await.assert(200);
    let form = page.attributes("main form", "action").remove(0);
    let scopes = page.attributes("input[name=allow]", "value");
    let mut fields = vec![("learners", "all"), ("decision", "allow")];
    fields.extend(scopes.iter().map(|scope| ("allow", scope.as_str())));
    answered(&person.submit(&form, &fields).await).remove("code").expect("a code")
}

/// What an app reads off the address that a browser was sent to.
#[track_caller]
pub fn answered(reply: &Reply) -> BTreeMap<String, String> {
    assert_eq!(reply.status, 303, "{}", reply.text());
    let url = Url::parse(reply.header("location")).unwrap();
    assert_eq!(url.fragment(), None);
    let mut all = BTreeMap::new();
    for (name, value) in url.query_pairs() {
        assert!(all.insert(name.to_string(), value.to_string()).is_none(), "{name} comes twice");
    }
    all
}

/// What an honest app sends to redeem a code.
pub fn redeems(client: &str, redirect: &str, code: &str) -> Pairs {
    vec![
        ("grant_type", "authorization_code".to_owned()),
        ("client_id", client.to_owned()),
        ("redirect_uri", redirect.to_owned()),
        ("code", code.to_owned()),
        ("code_verifier", VERIFIER.to_owned()),
    ]
}

pub fn refreshes(client: &str, token: &str) -> Pairs {
    vec![
        ("grant_type", "refresh_token".to_owned()),
        ("client_id", client.to_owned()),
        ("refresh_token", token.to_owned()),
    ]
}

/// A program's form, without cookies or any word of where it comes from.
pub async fn sends(site: &TestApp, path: &str, pairs: &Pairs) -> Reply {
    site.client.post(format!("{}{path}", site.url)).form(pairs).reply().await
}

/// What an app holds.
pub struct Held {
    pub access: String,
    pub refresh: String,
    pub scope: String,
}

impl Held {
    #[track_caller]
    pub fn of(reply: Reply) -> Self {
        let reply = reply.assert(200);
        assert_eq!((reply.header("cache-control"), reply.header("pragma")), ("no-store", "no-cache"));
        assert_eq!(reply.header("content-type"), "application/json");
        let json = reply.json();
        assert_eq!((&json["token_type"], &json["expires_in"]), (&"Bearer".into(), &3600.into()));
        let word = |name: &str| json[name].as_str().unwrap().to_owned();
        assert!(word("access_token").starts_with("hec_at_") && word("refresh_token").starts_with("hec_rt_"));
        Self { access: word("access_token"), refresh: word("refresh_token"), scope: word("scope") }
    }

    /// The whole way, of an app that is let in to all that it asks for.
    pub async fn by(site: &TestApp, person: &Person, client: &str, scope: &str) -> Self {
        let code = lets_in(person, &asks(client, SITE, scope)).await;
        Self::of(sends(site, "/oauth/token", &redeems(client, SITE, &code)).await)
    }

    pub async fn refreshed(&self, site: &TestApp, client: &str) -> Self {
        Self::of(sends(site, "/oauth/token", &refreshes(client, &self.refresh)).await)
    }

    /// Whoever let the app in, as the app.
    pub fn acting_for(&self, person: &Person) -> Person {
        person.with_token(self.access.clone())
    }
}

/// A refusal in RFC 6749's words, and nothing that a browser would keep.
#[track_caller]
pub fn assert_refused(reply: &Reply, status: u16, error: &str, case: &str) {
    assert_eq!(reply.status, status, "{case}: {}", reply.text());
    assert_eq!(reply.header("content-type"), "application/json", "{case}");
    assert_eq!(reply.header("cache-control"), "no-store", "{case}");
    assert!(reply.header("set-cookie").is_empty(), "{case}");
    let json = reply.json();
    assert_eq!(json["error"], error, "{case}");
    let why = json["error_description"].as_str().unwrap();
    assert!(why.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\'), "{case}: {why}");
    assert!(json.get("access_token").is_none() && json.get("refresh_token").is_none(), "{case}");
}
