//! Every reply is dressed, whoever makes it.

use reqwest::Method;

use super::raw;
use crate::support::{Ids, Reply, SendExt, TestApp};

fn assert_dressed(reply: &Reply, what: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), value, "{what}: {name}");
    }
    assert!(reply.header("permissions-policy").contains("camera=()"), "{what}");
    assert!(!reply.header("cache-control").is_empty(), "{what}");
    let policy = reply.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors"), "{what}: {policy}");
    for loose in ["unsafe-inline", "unsafe-eval", "*", "http:", "https:"] {
        assert!(!policy.contains(loose), "{what}: {policy}");
    }
    assert_eq!(reply.headers.get_all("content-security-policy").iter().count(), 1, "{what}");
    assert_eq!(reply.header("server"), "", "{what}");
}

#[tokio::test]
async fn every_reply_has_the_headers_that_protect_it() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let ids = Ids::of(&ana).await;
    let mut seen = std::collections::BTreeSet::new();
    for path in [
        "/".to_owned(),
        "/help".to_owned(),
        "/nowhere".to_owned(),
        "/.env".to_owned(),
        "/assets/hec.css".to_owned(),
        "/assets/nothing.css".to_owned(),
        "/health/live".to_owned(),
        "/health/ready".to_owned(),
        "/openapi.json".to_owned(),
        "/api/v1/me".to_owned(),
        "/api/v1/nowhere".to_owned(),
        "/api/v1/entries?limit=0".to_owned(),
        "/entries/new".to_owned(),
        "/entries/x".to_owned(),
        format!("/entries/{}", ids.entry),
        format!("/media/{}/thumb", ids.attachment),
        format!("/media/{}/original", ids.attachment),
        format!("/api/v1/attachments/{}", ids.attachment),
        format!("/portfolio/{}/document", ids.portfolio),
        format!("/portfolio/{}/download", ids.portfolio),
        format!("/search?q={}", "x".repeat(9_000)),
    ] {
        for signed_in in [true, false] {
            let reply = if signed_in { ana.visit(&path).await } else { app.visit(&path).await };
            assert_dressed(&reply, &format!("{path}, {}", reply.status));
            seen.insert(reply.status);
            if let Some(tag) = reply.headers.get("etag").filter(|_| signed_in) {
                let again = ana.browse(Method::GET, &path).header("if-none-match", tag);
                let again = again.header("sec-fetch-site", "same-origin").reply().await;
                assert_dressed(&again, &format!("{path}, {}", again.status));
                seen.insert(again.status);
            }
        }
    }
    for (method, path) in
        [("DELETE", "/"), ("POST", "/sign-in"), ("POST", "/api/v1/entries"), ("BREW", "/x"), ("HEAD", "/help")]
    {
        let reply = app.client.request(Method::from_bytes(method.as_bytes()).unwrap(), format!("{}{path}", app.url));
        let reply = reply.body("x").reply().await;
        assert_dressed(&reply, &format!("{method} {path}, {}", reply.status));
        seen.insert(reply.status);
    }
    for host in ["host: evil.example", "x-host: none"] {
        let reply = raw(&app, &["GET / HTTP/1.1", host]).await;
        assert_dressed(&reply, host);
        seen.insert(reply.status);
    }
    let all = [200, 303, 304, 400, 401, 404, 405, 414, 415, 421, 422, 501];
    assert!(all.iter().all(|status| seen.contains(status)), "{seen:?}");
}

#[tokio::test]
async fn what_is_told_before_set_up_is_dressed_too() {
    let app = TestApp::start().await;
    for path in ["/", "/setup", "/api/v1/me", "/health/live", "/nowhere"] {
        assert_dressed(&app.visit(path).await, path);
    }
}
