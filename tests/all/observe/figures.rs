//! The figures that Prometheus reads.

use hec::http::metrics::{describe, recorder};
use serde_json::json;

use crate::{
    keys::doctor::doctor,
    process::{Server, hec, http, seed},
    support::TestApp,
};

/// The value of a figure with these labels, whatever their order.
fn value(figures: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    figures.lines().find_map(|line| {
        let (head, value) = line.rsplit_once(' ')?;
        let (found, said) = head.split_once('{').unwrap_or((head, ""));
        let fits = labels.iter().all(|(label, is)| said.contains(&format!("{label}=\"{is}\"")));
        (found == name && fits).then(|| value.parse().unwrap())
    })
}

#[tokio::test]
async fn requests_are_counted_by_pattern_and_never_by_what_was_asked() {
    let recorder = recorder().unwrap();
    let _counting = metrics::set_default_local_recorder(&recorder);
    describe();
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let entry = ana.notes("Leaf rubbings").await;
    for _ in 0..3 {
        ana.visit(&format!("/entries/{entry}?word=rubbings")).await.assert(200);
    }
    ana.visit("/entries/nowhere-at-all").await.assert(404);
    ana.visit("/wp-login.php").await.assert(404);
    ana.post("/entries", json!({ "date": "yesterday" })).await.assert(422);
    let figures = recorder.handle().render();
    let requests = |method, route, status| {
        value(&figures, "hec_requests_total", &[("method", method), ("route", route), ("status", status)])
    };
    assert_eq!(requests("GET", "/entries/:id", "2xx"), Some(3.0), "{figures}");
    assert_eq!(requests("GET", "/entries/:id", "4xx"), Some(1.0));
    assert_eq!(requests("GET", "other", "4xx"), Some(1.0));
    assert_eq!(requests("POST", "/api/v1/entries", "2xx"), Some(1.0));
    assert_eq!(requests("POST", "/api/v1/entries", "4xx"), Some(1.0));
    assert_eq!(value(&figures, "hec_request_seconds_count", &[("route", "/entries/:id")]), Some(4.0));
    for word in ["rubbings", "nowhere-at-all", "wp-login", &entry] {
        assert!(!figures.contains(word), "{word}: {figures}");
    }
    for name in figures.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = name.split(' ').next().unwrap();
        assert!(figures.contains(&format!("# HELP {name} ")), "{name} is not explained");
    }
}

#[tokio::test]
async fn the_site_itself_has_no_figures() {
    let app = TestApp::start().await;
    let olive = app.operator("olive").await;
    olive.visit("/metrics").await.assert(404);
    app.visit("/metrics").await.assert(404);
}

#[tokio::test]
async fn a_listener_of_its_own_tells_them_to_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    seed(folder.path(), 2, 3);
    let server = Server::demo_by(
        hec(&[&"demo", &"--port", &"0", &"--json", &"--data", &folder.path()]).env("HEC_METRICS", "127.0.0.1:0"),
    );
    let listens = doctor(folder.path(), false).1;
    let checks = listens["checks"].as_array().unwrap();
    let listens = checks.iter().find(|check| check["name"] == "listen").unwrap()["found"].as_str().unwrap();
    let address = listens.split("figures at ").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let get = |host: Option<&str>, path: &str| {
        let request = http().get(format!("http://{address}{path}"));
        host.iter().fold(request, |request, host| request.header("host", *host)).send()
    };
    let reply = get(None, "/metrics").await.unwrap();
    assert_eq!(reply.status(), 200);
    assert!(reply.headers()["content-type"].to_str().unwrap().starts_with("text/plain; version=0.0.4"));
    let figures = reply.text().await.unwrap();
    for (name, least) in [
        ("hec_unlocked", 1.0),
        ("hec_families", 2.0),
        ("hec_commits_total", 1.0),
        ("hec_store_bytes", 1e5),
        ("hec_disk_free_bytes", 1e6),
        ("hec_build_age_seconds", 0.0),
        ("hec_build_info", 1.0),
    ] {
        assert!(value(&figures, name, &[]).is_some_and(|value| value >= least), "{name}: {figures}");
    }
    assert_eq!(get(None, "/").await.unwrap().status(), 404);
    assert_eq!(get(Some("evil.example"), "/metrics").await.unwrap().status(), 421, "another name that leads here");
    assert_eq!(get(Some("localhost:9100"), "/metrics").await.unwrap().status(), 200);
    assert_eq!(http().get(format!("{}/metrics", server.url)).send().await.unwrap().status(), 404);
    let mut taken = hec(&[&"serve", &"--listen", &"127.0.0.1:0", &"--data", &folder.path().join("other")]);
    let taken = taken.env("HEC_ENVIRONMENT", "development").env("HEC_METRICS", &address).output().unwrap();
    assert_eq!(taken.status.code(), Some(3), "an address that is taken is told at the start");
    assert!(server.stop().0.success());
}
