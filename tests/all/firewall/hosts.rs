//! The names that the server answers to.

use super::raw;
use crate::support::{SendExt, TestApp};

async fn asks(app: &TestApp, line: &str, hosts: &[&str]) -> u16 {
    let hosts: Vec<String> = hosts.iter().map(|host| format!("host: {host}")).collect();
    let lines: Vec<&str> = [line].into_iter().chain(hosts.iter().map(String::as_str)).collect();
    raw(app, &lines).await.status
}

#[tokio::test]
async fn a_missing_host_is_400_and_a_foreign_one_421() {
    let app = TestApp::start_with(|config| config.names = vec!["Hec.Example".to_owned()]).await;
    app.parent("ana").await;
    let get = "GET /sign-in HTTP/1.1";
    for host in [
        "<site>",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost",
        "LOCALHOST:8080",
        "localhost.",
        "[::1]",
        "hec.example",
        "HEC.EXAMPLE.",
        "hec.example:8443",
        "192.168.1.20:8080",
    ] {
        assert_eq!(asks(&app, get, &[host]).await, 200, "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:8080",
        "hec.example.evil.example",
        "evilhec.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "8.8.8.8",
        "2130706433",
        "0x7f000001",
        "127.1",
        "[2001:db8::1]",
    ] {
        assert_eq!(asks(&app, get, &[host]).await, 421, "{host}");
    }
    for hosts in [
        &[][..],
        &[""],
        &["a b"],
        &["<site>", "<site>"],
        &["<site>", "evil.example"],
        &["x@127.0.0.1"],
        &["127.0.0.1:x"],
    ] {
        assert_eq!(asks(&app, get, hosts).await, 400, "{hosts:?}");
    }
    assert_eq!(asks(&app, "GET /sign-in HTTP/1.0", &[]).await, 400);
}

#[tokio::test]
async fn an_address_in_the_request_line_counts_as_well() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    assert_eq!(asks(&app, "GET http://<site>/sign-in HTTP/1.1", &["<site>"]).await, 200);
    for (line, host) in [
        ("GET http://evil.example/sign-in HTTP/1.1", "<site>"),
        ("GET http://evil.example/sign-in HTTP/1.1", "evil.example"),
        ("GET http://<site>/sign-in HTTP/1.1", "evil.example"),
        ("CONNECT evil.example:443 HTTP/1.1", "evil.example:443"),
    ] {
        let status = asks(&app, line, &[host]).await;
        assert!(matches!(status, 400 | 404 | 421), "{line} {host}: {status}");
    }
}

#[tokio::test]
async fn nothing_is_left_out_not_even_health() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    for path in ["/", "/health/live", "/health/ready", "/assets/hec.css", "/api/v1/me", "/openapi.json", "/nowhere"] {
        assert_eq!(asks(&app, &format!("GET {path} HTTP/1.1"), &["evil.example"]).await, 421, "{path}");
    }
    let reply = raw(&app, &["GET /api/v1/me HTTP/1.1", "host: evil.example"]).await.assert_problem(421);
    assert!(reply.text().contains("does not answer to that name"));
    raw(&app, &["GET / HTTP/1.1", "host: evil.example"]).await.assert(421).assert_says("Wrong address");
}

#[tokio::test]
async fn what_another_name_says_is_not_told_back() {
    let app = TestApp::start().await;
    app.parent("ana").await;
    let reply = raw(&app, &["GET / HTTP/1.1", "host: <script>.example"]).await;
    assert!(matches!(reply.status, 400 | 421));
    assert!(!reply.text().contains("<script>.example"));
    // The forwarded host of a request is nobody's business.
    let reply = app.client.get(format!("{}/", app.url)).header("x-forwarded-host", "evil.example").reply().await;
    assert!(!reply.text().contains("evil.example") && !reply.header("location").contains("evil.example"));
}
