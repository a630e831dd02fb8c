//! `hec demo`: the line that programs read, what stays and what vanishes.

use std::fs;

use serde_json::Value;

use super::super::process::{Client, Server, hec, http, run};

/// Signs in through the form, as a browser does; returns the session's cookie.
async fn sign_in(server: &Server, account: &Value, password: &str) -> Option<String> {
    let url = account["sign_in_url"].as_str().unwrap();
    let form = http().get(url).send().await.unwrap();
    assert_eq!(form.status(), 200);
    assert!(form.text().await.unwrap().contains(r#"action="/sign-in""#));
    let fields = [("email", account["email"].as_str().unwrap()), ("password", password)];
    let reply = http().post(url).header("origin", &server.url).form(&fields).send().await.unwrap();
    if reply.status() != 303 {
        return None;
    }
    let cookie = reply.headers()["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    Some(cookie.split(';').next().unwrap().to_owned())
}

/// The fields of an account that stay from start to start.
fn lasting(json: &Value) -> Vec<Value> {
    let accounts = json["accounts"].as_array().unwrap().iter();
    let fields = ["family", "role", "name", "email", "password", "totp_secret"];
    accounts.map(|account| fields.iter().map(|field| account[field].clone()).collect()).collect()
}

#[track_caller]
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn the_line_says_where_to_look_and_how_to_sign_in_and_a_later_start_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    // As if the power had failed once before, between making the store and filling it: that is made good.
    drop(Server::serve(&data));
    let server = Server::demo(&[&"--data", &data]);
    assert_eq!(keys(&server.json), ["url", "accounts", "clients"]);
    let clients = server.json["clients"].as_array().unwrap();
    assert!(clients.len() == 2 && clients.iter().all(|client| keys(client) == ["client_id", "redirect_uri"]));
    assert!(server.url.starts_with("http://127.0.0.1:"));
    let accounts = server.json["accounts"].as_array().unwrap();
    for account in accounts {
        let all = ["family", "role", "name", "email", "password", "totp_secret", "sign_in_url", "token"];
        assert_eq!(keys(account), all);
        assert_eq!(account["sign_in_url"], format!("{}/sign-in", server.url));
        let role = account["role"].as_str().unwrap();
        assert!(["operator", "owner", "carer", "viewer"].contains(&role));
        // Who looks after it has no family, no token, and a second factor.
        let looks_after = role == "operator";
        assert_eq!([&account["family"], &account["token"]].map(Value::is_null), [looks_after; 2]);
        assert_eq!(account["totp_secret"].as_str().map(str::len), looks_after.then_some(32));
    }
    for role in ["operator", "owner", "carer", "viewer"] {
        server.account(role);
    }
    // The address works, every token works, and signing in works for each role.
    assert_eq!(http().get(format!("{}/health/ready", server.url)).send().await.unwrap().status(), 200);
    let client = Client::new(&server);
    for account in accounts.iter().filter(|account| account["role"] != "operator") {
        let (status, me) = client.with_token(account["token"].as_str().unwrap()).get("me").await;
        assert_eq!((status, &me["role"]), (200, &account["role"]), "{me}");
    }
    for role in ["owner", "carer", "viewer"] {
        let account = server.account(role);
        let cookie = sign_in(&server, account, account["password"].as_str().unwrap()).await.unwrap();
        let page = http().get(format!("{}/", server.url)).header("cookie", cookie).send().await.unwrap();
        assert_eq!(page.status(), 200);
        assert!(page.text().await.unwrap().contains(account["name"].as_str().unwrap()));
    }
    assert_eq!(sign_in(&server, server.account("owner"), "not the password at all").await, None);

    let entries = client.all("entries").await;
    assert!(entries.len() > 100, "a family has something to look at: {}", entries.len());
    let (before, token) = (server.json.clone(), server.token());
    let (status, rest) = server.stop();
    assert!(status.success() && rest.is_empty(), "one line, and no more: {rest}");

    let server = Server::demo(&[&"--data", &data]);
    assert_eq!(lasting(&server.json), lasting(&before), "the same people under the same passwords");
    assert_eq!(server.json["clients"], before["clients"], "the same apps");
    let client = Client::new(&server);
    assert_ne!(server.token(), token, "with fresh tokens");
    assert_eq!(client.with_token(&token).get("me").await.0, 401, "and the old ones ended");
    assert_eq!(client.all("entries").await, entries, "the same record");
    let owner = server.account("owner");
    assert!(sign_in(&server, owner, owner["password"].as_str().unwrap()).await.is_some());
}

#[test]
fn without_a_folder_everything_vanishes_when_it_is_asked_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = hec(&[]);
    let server = Server::demo_by(command.env("TMPDIR", folder.path()).args(["demo", "--port", "0", "--json"]));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "its record lies in the folder for what is temporary");
    let (status, _) = server.stop();
    assert!(status.success());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_address_that_the_environment_names_is_not_the_demos() {
    let folder = tempfile::tempdir().unwrap();
    run(&[&"seed", &"--families", &"1", &"--entries", &"1", &"--data", &folder.path()]).done();
    let mut command = hec(&[&"--data", &folder.path(), &"demo", &"--port", &"0", &"--json"]);
    let server = Server::demo_by(command.env("HEC_ENVIRONMENT", "production").env("HEC_LISTEN", "0.0.0.0:80"));
    assert!(server.url.starts_with("http://127.0.0.1:"));
}
