//! `/oauth/token`: a code is worth its tokens once, to the app that it was for, within a minute.

use std::collections::BTreeSet;

use hec::oauth::codes::challenge;
use reqwest::Method;

use crate::support::{Person, SendExt, TestApp, UNKNOWN};

use super::{DEVICE, Held, Pairs, SITE, VERIFIER, and, app, asks, assert_refused, but, lets_in, redeems, sends};

async fn house() -> (TestApp, Person, String) {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let client = app(&site, "Leaf", &[SITE, DEVICE]).await;
    (site, ana, client)
}

#[tokio::test]
async fn an_app_gets_what_it_was_given_and_no_more() {
    let (site, ana, client) = house().await;
    let held = Held::by(&site, &ana, &client, "records:read account:read").await;
    assert_eq!(held.scope, "records:read account:read");
    let me = held.acting_for(&ana).get("/me").await.assert(200).json();
    assert_eq!(me["scopes"], serde_json::json!(["records:read", "account:read"]));
    assert_eq!((&me["name"], &me["role"]), (&"ana".into(), &"owner".into()));
    let draft = serde_json::json!({ "date": crate::support::TODAY, "title": "By an app" });
    let refused = held.acting_for(&ana).post("/entries", draft).await.assert_problem(403);
    refused.assert_says("records:write");
    site.minutes_pass(61);
    held.acting_for(&ana).get("/me").await.assert_problem(401);
}

/// Each case takes a code of its own: what an app gets wrong uses the code up.
#[tokio::test]
async fn whatever_is_wrong_with_a_redemption_is_refused_in_the_words_of_the_rfc() {
    let (site, ana, client) = house().await;
    let other = app(&site, "Other", &[SITE]).await;
    let question = asks(&client, SITE, "records:read");
    type Change = Box<dyn Fn(&Pairs) -> Pairs>;
    let set = |name: &'static str, value: &str| -> Change {
        let value = value.to_owned();
        Box::new(move |good| but(good, name, Some(&value)))
    };
    let without = |name: &'static str| -> Change { Box::new(move |good| but(good, name, None)) };
    let twice = |name: &'static str, value: &str| -> Change {
        let value = value.to_owned();
        Box::new(move |good| and(good, name, &value))
    };
    let (request, grant, who) = ((400, "invalid_request"), (400, "invalid_grant"), (401, "invalid_client"));
    let unsupported = (400, "unsupported_grant_type");
    let cases: Vec<(&str, (u16, &str), Change)> = vec![
        ("no verifier", request, without("code_verifier")),
        ("an empty verifier", request, set("code_verifier", "")),
        ("another verifier", grant, set("code_verifier", &"x".repeat(43))),
        ("the challenge for a verifier", grant, set("code_verifier", &challenge(VERIFIER))),
        ("a longer verifier", grant, set("code_verifier", &format!("{VERIFIER}x"))),
        ("a shorter verifier", grant, set("code_verifier", &VERIFIER[..42])),
        ("a verifier of too many letters", grant, set("code_verifier", &"x".repeat(129))),
        ("a verifier of other letters", grant, set("code_verifier", &format!("{}+", &VERIFIER[..42]))),
        ("a verifier in another case", grant, set("code_verifier", &VERIFIER.to_uppercase())),
        ("two verifiers", request, twice("code_verifier", VERIFIER)),
        ("no address", request, without("redirect_uri")),
        ("another of the app's addresses", grant, set("redirect_uri", DEVICE)),
        ("a longer address", grant, set("redirect_uri", "https://app.example.org/signed-in?x=1")),
        ("an address with a fragment", grant, set("redirect_uri", "https://app.example.org/signed-in#x")),
        ("an encoded address", grant, set("redirect_uri", "https%3A%2F%2Fapp.example.org%2Fsigned-in")),
        ("an address encoded in part", grant, set("redirect_uri", "https://app.example.org/signed%2Din")),
        ("two addresses", request, twice("redirect_uri", SITE)),
        ("no code", request, without("code")),
        ("a made-up code", grant, set("code", &"A".repeat(43))),
        ("two codes", request, twice("code", "another")),
        ("no client", request, without("client_id")),
        ("a client that there is not", who, set("client_id", UNKNOWN)),
        ("no client's id", who, set("client_id", "leaf")),
        ("two clients", request, twice("client_id", &other)),
        ("another client", grant, set("client_id", &other)),
        ("a client with a secret", who, twice("client_secret", "secret")),
        ("a client with an assertion", who, twice("client_assertion", "e30.e30.")),
        ("no grant type", request, without("grant_type")),
        ("a password", unsupported, set("grant_type", "password")),
        ("the client's own credentials", unsupported, set("grant_type", "client_credentials")),
        ("an implicit grant", unsupported, set("grant_type", "implicit")),
        ("a device", unsupported, set("grant_type", "urn:ietf:params:oauth:grant-type:device_code")),
        ("two grant types", request, twice("grant_type", "refresh_token")),
    ];
    for (case, (status, error), change) in &cases {
        let code = lets_in(&ana, &question).await;
        let reply = sends(&site, "/oauth/token", &change(&redeems(&client, SITE, &code))).await;
        assert_refused(&reply, *status, error, case);
        if *status == 401 {
            assert_eq!(reply.header("www-authenticate"), "Basic realm=\"HEC\"");
        }
    }
    assert!(cases.len() >= 33);
    // What was good in all of these, is good.
    let code = lets_in(&ana, &question).await;
    Held::of(sends(&site, "/oauth/token", &redeems(&client, SITE, &code)).await);
}

#[tokio::test]
async fn a_wrong_try_of_the_app_uses_the_code_up_and_another_apps_does_not() {
    let (site, ana, client) = house().await;
    let other = app(&site, "Other", &[SITE]).await;
    let code = lets_in(&ana, &asks(&client, SITE, "records:read")).await;
    let good = redeems(&client, SITE, &code);
    let foreign = sends(&site, "/oauth/token", &redeems(&other, SITE, &code)).await;
    assert_refused(&foreign, 400, "invalid_grant", "another app's code");
    Held::of(sends(&site, "/oauth/token", &good).await);

    let code = lets_in(&ana, &asks(&client, SITE, "records:read")).await;
    let good = redeems(&client, SITE, &code);
    let wrong = sends(&site, "/oauth/token", &but(&good, "code_verifier", Some(&"x".repeat(43)))).await;
    assert_refused(&wrong, 400, "invalid_grant", "a guess");
    assert_refused(&sends(&site, "/oauth/token", &good).await, 400, "invalid_grant", "after a guess");
}

#[tokio::test]
async fn a_code_that_comes_twice_ends_what_it_gave() {
    let (site, ana, client) = house().await;
    let code = lets_in(&ana, &asks(&client, SITE, "records:read")).await;
    let good = redeems(&client, SITE, &code);
    let held = Held::of(sends(&site, "/oauth/token", &good).await);
    held.acting_for(&ana).get("/learners").await.assert(200);
    site.minutes_pass(10);
    assert_refused(&sends(&site, "/oauth/token", &good).await, 400, "invalid_grant", "reused");
    held.acting_for(&ana).get("/learners").await.assert_problem(401);
    let refreshed = sends(&site, "/oauth/token", &super::refreshes(&client, &held.refresh)).await;
    assert_refused(&refreshed, 400, "invalid_grant", "its refresh token");
}

#[tokio::test]
async fn a_code_lives_for_a_minute() {
    let (site, ana, client) = house().await;
    for (seconds, lives) in [(60, true), (61, false)] {
        let code = lets_in(&ana, &asks(&client, SITE, "records:read")).await;
        site.app.clock().advance(std::time::Duration::from_secs(seconds));
        let reply = sends(&site, "/oauth/token", &redeems(&client, SITE, &code)).await;
        if lives {
            Held::of(reply);
        } else {
            assert_refused(&reply, 400, "invalid_grant", "late");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_redemptions_at_once_one_gets_a_token_and_that_is_dead() {
    let (site, ana, client) = house().await;
    let code = lets_in(&ana, &asks(&client, SITE, "records:read")).await;
    let good = redeems(&client, SITE, &code);
    let all = (0..100).map(|_| {
        let (request, good) = (site.client.post(format!("{}/oauth/token", site.url)), good.clone());
        tokio::spawn(async move { request.form(&good).reply().await })
    });
    let mut given = Vec::new();
    for reply in all.collect::<Vec<_>>() {
        let reply = reply.await.unwrap();
        if reply.status == 200 {
            given.push(Held::of(reply));
        } else {
            assert_refused(&reply, 400, "invalid_grant", "one of a hundred");
        }
    }
    assert_eq!(given.len(), 1);
    given[0].acting_for(&ana).get("/me").await.assert_problem(401);
    let refreshed = sends(&site, "/oauth/token", &super::refreshes(&client, &given[0].refresh)).await;
    assert_refused(&refreshed, 400, "invalid_grant", "its refresh token");
    ana.visit("/account/apps").await.assert(200).assert_silent_about("Leaf");
}

#[tokio::test]
async fn the_endpoints_for_programs_know_no_cookie_and_answer_in_json_only() {
    let (site, ana, client) = house().await;
    let commits = site.app.db.commits();
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/register"] {
        let url = format!("{}{path}", site.url);
        let get = site.client.get(&url).reply().await;
        assert_refused(&get, 405, "invalid_request", path);
        assert_eq!(get.header("allow"), "POST");
        let wrong = site.client.post(&url).header("content-type", "text/plain").body("x").reply().await;
        assert_refused(&wrong, 415, "invalid_request", path);
        let long = vec![b'x'; 17_000];
        let right = if path == "/oauth/register" { "application/json" } else { "application/x-www-form-urlencoded" };
        let large = site.client.post(&url).header("content-type", right).body(long).reply().await;
        assert_refused(&large, 413, "invalid_request", path);
        // A signed-in browser is nobody here.
        let own = ana.browse(Method::POST, path).header("sec-fetch-site", "same-origin");
        let (own, bare) = if path == "/oauth/register" {
            let body = serde_json::json!({});
            (own.json(&body).reply().await, site.client.post(&url).json(&body).reply().await)
        } else {
            let fields = [("token", ana.token.as_str()), ("grant_type", "authorization_code")];
            (own.form(&fields).reply().await, site.client.post(&url).form(&fields).reply().await)
        };
        assert_eq!(own.shape(&[]), bare.shape(&[]), "{path}");
        assert_eq!(own.status, 400, "{path}");
    }
    assert_eq!(site.app.db.commits(), commits, "something was written");
    let code = lets_in(&ana, &asks(&client, SITE, "records:read")).await;
    let good = redeems(&client, SITE, &code);
    let url = reqwest::Url::parse_with_params(&format!("{}/oauth/token", site.url), &good).unwrap();
    let reply = site.client.post(url).form(&good).reply().await;
    assert_refused(&reply, 400, "invalid_request", "parameters in the address");
    let reply = site.client.post(format!("{}/oauth/token", site.url)).basic_auth(&client, Some("x")).form(&good);
    assert_refused(&reply.reply().await, 401, "invalid_client", "a secret in the header");
    // From wherever a program's page sends it.
    let reply = site.client.post(format!("{}/oauth/token", site.url)).header("origin", "https://app.example.org");
    Held::of(reply.header("sec-fetch-site", "cross-site").form(&good).reply().await);
}

#[tokio::test]
async fn secrets_of_apps_stand_nowhere_in_the_store() {
    let (site, ana, client) = house().await;
    let code = lets_in(&ana, &asks(&client, SITE, "records:read")).await;
    let held = Held::of(sends(&site, "/oauth/token", &redeems(&client, SITE, &code)).await);
    let secrets = [&code, &held.access, &held.refresh].map(|secret| secret.trim_start_matches("hec_at_").to_owned());
    assert_eq!(secrets.iter().collect::<BTreeSet<_>>().len(), 3);
    let vault = site.app.vault.clone();
    let rows = tokio::task::spawn_blocking(move || crate::support::rows_of(&vault)).await.unwrap();
    let holds = |words: &str| rows.iter().any(|row| row.windows(words.len()).any(|part| part == words.as_bytes()));
    assert!(holds("Leaf"), "rows are read");
    for secret in secrets {
        assert!(!holds(secret.trim_start_matches("hec_rt_")), "a secret is kept in clear");
    }
}
