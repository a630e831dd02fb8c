//! Apps that register themselves (RFC 7591): unverified, shut out until an operator has looked, and never many.

use serde_json::{Value, json};

use hec::oauth::apps::{self, Draft, MAX_WAITING, MAX_WAITING_OF_NETWORK, Registered};

use crate::support::{Reply, SendExt, TestApp};

use super::{DEVICE, Held, OWN, SITE, address, asks, assert_refused};

async fn registers(site: &TestApp, body: &Value) -> Reply {
    site.client.post(format!("{}/oauth/register", site.url)).json(body).reply().await
}

fn about(name: &str) -> Value {
    json!({ "client_name": name, "redirect_uris": [SITE, DEVICE, OWN], "token_endpoint_auth_method": "none" })
}

#[tokio::test]
async fn an_app_from_a_store_comes_in_once_an_operator_has_approved_it_on_every_phone() {
    let site = TestApp::start().await;
    let (ana, ops) = (site.parent("ana").await, site.operator("ops").await);
    let reply = registers(&site, &about("Leaf")).await.assert(201);
    assert_eq!(reply.header("cache-control"), "no-store");
    let told = reply.json();
    let client = told["client_id"].as_str().unwrap().to_owned();
    assert_eq!(told["redirect_uris"], json!([SITE, DEVICE, OWN]));
    assert_eq!(told["token_endpoint_auth_method"], "none");
    assert!(told["client_id_issued_at"].as_i64().unwrap() > 1_700_000_000 && told.get("client_secret").is_none());
    let page = ana.visit(&address(&asks(&client, SITE, "records:read"))).await;
    assert_eq!((page.status, page.header("location")), (403, ""));
    ops.visit("/admin/apps").await.assert(200).assert_says("It registered itself.");
    ops.submit(&format!("/admin/apps/{client}/approve"), &[]).await.assert(303);
    let held = Held::by(&site, &ana, &client, "records:read").await;
    held.acting_for(&ana).get("/me").await.assert(200);
    // Another phone with the same app.
    site.days_pass(30);
    assert_eq!(registers(&site, &about("Leaf")).await.assert(201).json()["client_id"], client);
    let other = registers(&site, &json!({ "client_name": "Leaf", "redirect_uris": [SITE] })).await.assert(201).json();
    assert_ne!(other["client_id"], client, "the same name with other addresses is another app");
    assert_eq!(
        ana.visit(&address(&asks(other["client_id"].as_str().unwrap(), SITE, "records:read"))).await.status,
        403
    );
}

#[tokio::test]
async fn what_an_app_says_wrong_of_itself_is_told_in_the_words_of_the_rfc() {
    let site = TestApp::start().await;
    site.parent("ana").await;
    let with = |name: &str, value: Value| {
        let mut body = about("Leaf");
        body[name] = value;
        body
    };
    let (redirect, metadata) = ("invalid_redirect_uri", "invalid_client_metadata");
    for (error, body) in [
        (redirect, with("redirect_uris", json!([]))),
        (redirect, json!({ "client_name": "Leaf" })),
        (redirect, with("redirect_uris", json!(["http://app.example.org/cb"]))),
        (redirect, with("redirect_uris", json!([SITE, "https://app.example.org/cb#x"]))),
        (redirect, with("redirect_uris", json!(["javascript:alert(1)"]))),
        (redirect, with("redirect_uris", json!(["leaf:/cb"]))),
        (redirect, with("redirect_uris", json!((0..11).map(|n| format!("{SITE}/{n}")).collect::<Vec<_>>()))),
        (metadata, with("client_name", json!("x".repeat(61)))),
        (metadata, with("client_name", json!(7))),
        (metadata, with("token_endpoint_auth_method", json!("client_secret_basic"))),
        (metadata, with("grant_types", json!(["password"]))),
        (metadata, with("response_types", json!(["token"]))),
        (metadata, with("scope", json!("everything"))),
        (metadata, json!([])),
        (metadata, json!("Leaf")),
    ] {
        let reply = registers(&site, &body).await;
        assert_refused(&reply, 400, error, &body.to_string());
        // Whoever writes the app reads which field it is.
        let why = reply.json()["error_description"].as_str().unwrap().to_owned();
        let fields =
            ["redirect_uris", "client_name", "token_endpoint_auth_method", "grant_types", "response_types", "scope"];
        let named: Vec<&str> = fields.into_iter().filter(|field| why.starts_with(field)).collect();
        let changed = |field: &&str| body.get(field) != about("Leaf").get(field);
        assert!(!body.is_object() || named.iter().any(changed), "{body}: {why}");
    }
    let url = format!("{}/oauth/register", site.url);
    let torn = site.client.post(url).header("content-type", "application/json").body("{\"client_name\":").reply().await;
    assert_refused(&torn, 400, metadata, "torn");
}

#[tokio::test]
async fn an_app_that_says_no_name_has_one_that_tells_where_its_codes_go() {
    let site = TestApp::start().await;
    let ops = site.operator("ops").await;
    let long = format!("https://{}.example.org/cb", "x".repeat(60));
    for (body, name) in [
        (json!({ "redirect_uris": [SITE] }), "App without a name (app.example.org)"),
        (json!({ "client_name": " ", "redirect_uris": [OWN, SITE] }), "App without a name (org.example.app)"),
        (json!({ "client_name": null, "redirect_uris": [DEVICE] }), "App without a name (http://127.0.0.1)"),
        (json!({ "redirect_uris": [long] }), "App without a name"),
    ] {
        assert_eq!(registers(&site, &body).await.assert(201).json()["client_name"], name, "{body}");
    }
    let list = ops.visit("/admin/apps").await.assert(200);
    let list = list.assert_says("App without a name (app.example.org)");
    assert!(list.words("dd code").contains(&long), "whole, however long it is");
}

#[tokio::test]
async fn the_page_for_developers_says_how_an_app_registers_itself_and_which_addresses_may_stand_there() {
    let site = TestApp::start().await;
    let ana = site.parent("ana").await;
    let docs = site.visit("/docs").await.assert(200);
    assert!(docs.words("main").concat().contains("POST /oauth/register"));
    let form = ana.visit("/account/apps").await.assert(200);
    let wrong = [("name", "Leaf"), ("redirect", "http://127.0.0.2/cb")];
    let refused = ana.submit("/account/apps", &wrong).await.assert(422);
    for host in ["http://127.0.0.1", "http://[::1]", "http://localhost"] {
        for page in [&docs, &form, &refused] {
            assert!(page.words("main").concat().contains(host), "{host}");
        }
        registers(&site, &json!({ "client_name": host, "redirect_uris": [format!("{host}/cb")] })).await.assert(201);
    }
}

#[tokio::test]
async fn a_crowd_does_not_shut_out_whoever_comes_from_elsewhere() {
    let site = TestApp::start().await;
    let draft = |name: &str| Draft::parse(name, [SITE]).unwrap();
    let come = |name: String, network: String| {
        site.app.db.write(move |tx| {
            apps::register_itself(tx, draft(&name), &network).map(|it| matches!(it, Registered::App(_)))
        })
    };
    for number in 0..MAX_WAITING {
        site.minutes_pass(1);
        let crowd = number / MAX_WAITING_OF_NETWORK;
        assert!(come(format!("Crowd {number}"), format!("198.51.100.{crowd}")).await.unwrap());
    }
    assert!(!come("Crowd, too".to_owned(), "198.51.100.0".to_owned()).await.unwrap());
    assert!(come("Leaf".to_owned(), "203.0.113.9".to_owned()).await.unwrap());
    let names: Vec<String> = site.app.db.read(apps::all).unwrap().into_iter().map(|app| app.name).collect();
    assert!(names.len() == MAX_WAITING && names.contains(&"Leaf".to_owned()));
    assert!(!names.contains(&"Crowd 0".to_owned()), "the oldest of the crowd made room");
}

#[tokio::test]
async fn few_may_wait_and_after_a_day_they_are_forgotten() {
    let site = TestApp::start().await;
    let ops = site.operator("ops").await;
    let mut clients = Vec::new();
    for number in 0..5 {
        let told = registers(&site, &about(&format!("Leaf {number}"))).await.assert(201).json();
        clients.push(told["client_id"].as_str().unwrap().to_owned());
    }
    let full = registers(&site, &about("One more")).await;
    assert_refused(&full, 429, "temporarily_unavailable", "full");
    assert_eq!(full.header("retry-after"), "86400");
    // Who is there already is not turned away.
    assert_eq!(registers(&site, &about("Leaf 3")).await.assert(201).json()["client_id"], clients[3]);
    ops.submit(&format!("/admin/apps/{}/approve", clients[0]), &[]).await.assert(303);
    registers(&site, &about("One more")).await.assert(201);
    site.days_pass(2);
    registers(&site, &about("The next day")).await.assert(201);
    let ops = ops.opens_admin().await;
    let list = ops.visit("/admin/apps").await.assert(200);
    list.clone().assert_says("Leaf 0").assert_says("The next day").assert_silent_about("Leaf 1");
    assert_eq!(list.attributes("form[action$='/approve']", "action").len(), 1);
    ops.visit(&address(&asks(&clients[1], SITE, "records:read"))).await.assert(400);
}
