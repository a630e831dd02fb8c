//! What writes is refused unless one of our own pages sent it; the API by cookie asks the same for reading.

use std::collections::BTreeSet;

use reqwest::{Method, RequestBuilder};

use crate::{
    api::{
        document::{document, operations},
        operations::{call, fitting},
    },
    support::{Ids, Person, SendExt, TestApp},
};

/// Every page route that writes.
const WRITES: &[&str] = &[
    "/setup",
    "/setup/name",
    "/setup/address",
    "/setup/keys",
    "/setup/keys/new",
    "/setup/keys/check",
    "/setup/learner",
    "/setup/done",
    "/register",
    "/reset",
    "/sign-in",
    "/password-check",
    "/sign-in/again",
    "/sign-in/forgotten",
    "/passkeys/challenge",
    "/sign-in/code",
    "/sign-out",
    "/entries/new",
    "/entries/:id/edit",
    "/entries/:id/voice",
    "/entries/:id/star",
    "/entries/:id/again",
    "/entries/:id/delete",
    "/entries/:id/restore",
    "/learners",
    "/learners/:id",
    "/learners/:id/archive",
    "/learners/:id/unarchive",
    "/subjects",
    "/subjects/:id",
    "/subjects/:id/archive",
    "/subjects/:id/unarchive",
    "/portfolio",
    "/portfolio/:id/delete",
    "/admin/families/:id",
    "/admin/invitations",
    "/admin/invitations/:id/withdraw",
    "/account/declaration",
    "/account/details",
    "/account/email",
    "/account/email/confirm",
    "/account/email/check",
    "/account/email/again",
    "/account/email/cancel",
    "/admin/mail/test",
    "/account/apps",
    "/account/apps/grants/:id/revoke",
    "/account/apps/:id/delete",
    "/admin/backups/now",
    "/admin/recovery",
    "/admin/apps/:id/approve",
    "/admin/apps/:id/remove",
    "/oauth/authorize",
    "/learners/:id/sign-in",
    "/learners/:id/sign-in/end",
    "/learners/:id/sign-in/address",
    "/learner/:id",
    "/family",
    "/family/found",
    "/family/join",
    "/family/invitations",
    "/family/invitations/:id/withdraw",
    "/family/members/:id",
    "/family/members/:id/remove",
    "/family/leave",
    "/family/delete",
    "/family/delete/withdraw",
    "/family/switch",
    "/account/tokens",
    "/account/tokens/:id/revoke",
    "/account/security/devices/:id/end",
    "/account/security/devices/end",
    "/account/security/password",
    "/account/security/factor",
    "/account/security/codes",
    "/account/security/factor/off",
    "/account/security/passkeys/new",
    "/account/security/passkeys/:id/name",
    "/account/security/passkeys/:id/remove",
    "/admin/open",
];

/// Where programs write: no cookie is looked at there (`oauth::redeeming`), so whose page sent it is all the same.
const PROGRAMS: &[&str] = &["/oauth/token", "/oauth/revoke", "/oauth/register"];

#[test]
fn the_list_of_writing_routes_is_complete() {
    let source = include_str!("../../src/routes.rs");
    let routes = source.split(".at(").skip(1).map(|route| route.split(".at(").next().unwrap());
    let written: BTreeSet<&str> = routes
        .filter(|route| {
            ["post(", "post_files(", "post_program(", "put(", "patch(", "delete("].iter().any(|method| {
                route
                    .match_indices(method)
                    .any(|(at, _)| !route[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
            })
        })
        .map(|route| route.split('"').nth(1).unwrap())
        .collect();
    assert_eq!(written, WRITES.iter().chain(PROGRAMS).copied().collect());
}

/// The headers of requests that no page of ours sent, as browsers send them.
fn foreign(app: &TestApp) -> Vec<Vec<(&'static str, String)>> {
    let own = app.url.clone();
    let site = |site: &str| ("sec-fetch-site", site.to_owned());
    let origin = |origin: &str| ("origin", origin.to_owned());
    vec![
        vec![],
        vec![site("cross-site")],
        vec![site("same-site")],
        vec![site("none")],
        vec![site("")],
        vec![site("Same-Origin")],
        vec![site("cross-site"), origin(&own)],
        vec![site("same-site"), origin(&own)],
        vec![origin("https://evil.example")],
        vec![origin("null")],
        vec![origin("")],
        vec![origin(&format!("{own}.evil.example"))],
        vec![origin(&own.replace("127.0.0.1", "127.0.0.1.evil.example"))],
        vec![origin(&own.replace("127.0.0.1", "evil.example@127.0.0.1"))],
        vec![origin(own.rsplit_once(':').unwrap().0)],
        vec![origin(&format!("{own}0"))],
        vec![origin(&format!("{own}/"))],
        vec![origin(&format!("{own} https://evil.example"))],
        vec![origin(&own.replace("http:", "ftp:"))],
        vec![origin(&own.replace("http://", "//"))],
        vec![origin(&own.replace("http://", ""))],
        vec![origin("HTTPS://EVIL.EXAMPLE")],
        // The two disagree, whichever is right.
        vec![site("same-origin"), origin("https://evil.example")],
        vec![site("cross-site"), origin("null")],
        vec![site("same-origin"), origin(&format!("{own}.evil.example"))],
        vec![site("none"), origin(&own)],
        // Twice is one time too often.
        vec![site("same-origin"), site("cross-site")],
        vec![site("cross-site"), site("same-origin")],
        vec![origin(&own), origin("https://evil.example")],
        vec![site("same-origin, cross-site")],
        vec![origin(&own.replace("127.0.0.1", "localhost"))],
        vec![origin(&format!("http://evil.example/{}", own.trim_start_matches("http://")))],
        vec![("referer", format!("{own}/entries/new"))],
    ]
}

fn with(request: RequestBuilder, headers: &[(&'static str, String)]) -> RequestBuilder {
    headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
}

fn page(ana: &Person, path: &str, signed_in: bool, app: &TestApp) -> RequestBuilder {
    let fields =
        [("date", "2026-03-02"), ("title", "Forged"), ("name", "Forged"), ("area", "arts"), ("nickname", "Forged")];
    let request = match signed_in {
        true => ana.browse(Method::POST, path),
        false => app.client.post(format!("{}{path}", app.url)),
    };
    if path.starts_with("/entries/new") || path.ends_with("/edit") {
        let form =
            fields.into_iter().fold(reqwest::multipart::Form::new(), |form, (name, value)| form.text(name, value));
        return request.multipart(form);
    }
    request.form(&fields)
}

#[tokio::test]
async fn no_page_writes_for_another_site() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let ids = Ids::of(&ana).await;
    let commits = app.app.db.commits();
    for route in WRITES {
        let id = if route.starts_with("/learners") { &ids.learner } else { &ids.entry };
        let path = route.replace(":id", id);
        for headers in foreign(&app) {
            for signed_in in [true, false] {
                let reply = with(page(&ana, &path, signed_in, &app), &headers).reply().await;
                assert_eq!(reply.status, 403, "{path} {headers:?} signed in: {signed_in}");
                assert!(reply.header("set-cookie").is_empty());
            }
        }
    }
    assert_eq!(app.app.db.commits(), commits, "something was written");
}

#[tokio::test]
async fn a_page_of_ours_may_write() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let own = app.url.clone();
    for headers in [
        vec![("sec-fetch-site", "same-origin".to_owned())],
        // As browsers send the forms of pages without a referrer, which ours are.
        vec![("sec-fetch-site", "same-origin".to_owned()), ("origin", "null".to_owned())],
        vec![("origin", own.clone())],
        vec![("sec-fetch-site", "same-origin".to_owned()), ("origin", own)],
    ] {
        let reply = with(page(&ana, "/entries/new", true, &app), &headers).reply().await;
        assert_eq!(reply.status, 303, "{headers:?}");
    }
}

#[tokio::test]
async fn the_api_takes_a_cookie_only_from_our_own_pages() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let ids = Ids::of(&ana).await;
    let commits = app.app.db.commits();
    for operation in operations(&document(&app)) {
        let call = call(&operation.id, &fitting(&operation.id, &ids), &ids);
        let path = format!("/api/v1{}", call.path);
        for headers in foreign(&app) {
            let ask = call.fill(ana.browse(call.method.clone(), &path));
            with(ask, &headers).reply().await.assert_problem(403);
            // Without a session there is nothing to protect; writing is refused all the same.
            let ask = call.fill(app.client.request(call.method.clone(), format!("{}{path}", app.url)));
            let refused = if call.method == Method::GET { 401 } else { 403 };
            with(ask, &headers).reply().await.assert_problem(refused);
        }
    }
    assert_eq!(app.app.db.commits(), commits, "something was written");
    ana.browse(Method::GET, "/api/v1/me").header("origin", &app.url).reply().await.assert(200);
    ana.browse(Method::GET, "/api/v1/me").header("sec-fetch-site", "same-origin").reply().await.assert(200);
}

#[tokio::test]
async fn behind_a_proxy_that_names_itself_the_configured_name_is_ours() {
    let app = TestApp::start_with(|config| config.names = vec!["hec.example".to_owned()]).await;
    let ana = app.parent("ana").await;
    let star = |origin: &str| page(&ana, "/sign-out", true, &app).header("origin", origin);
    for foreign in
        ["https://hec.example.evil.example", "https://hec.example:8443", "https://evil.example", "ftp://hec.example"]
    {
        star(foreign).reply().await.assert(403);
    }
    star("https://HEC.example").header("sec-fetch-site", "same-origin").reply().await.assert(303);
}

#[tokio::test]
async fn the_api_takes_a_token_from_anywhere() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for headers in foreign(&app) {
        with(ana.ask(Method::GET, "/me"), &headers).reply().await.assert(200);
        let entry = serde_json::json!({ "date": crate::support::TODAY, "title": "From an app" });
        with(ana.ask(Method::POST, "/entries"), &headers).json(&entry).reply().await.assert(201);
    }
}

#[tokio::test]
async fn a_made_up_token_does_not_open_the_door_for_the_cookie() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for authorization in ["Bearer x", "Basic x", "", "Bearer", &format!("Basic {}", ana.token)] {
        let ask = ana.browse(Method::POST, "/api/v1/entries").header("authorization", authorization);
        let entry = serde_json::json!({ "date": crate::support::TODAY, "title": "Forged" });
        ask.header("sec-fetch-site", "cross-site").json(&entry).reply().await.assert_problem(401);
        let ask = ana.browse(Method::POST, "/sign-out").header("authorization", authorization);
        ask.header("sec-fetch-site", "cross-site").reply().await.assert(403);
    }
    assert!(ana.titles("/entries").await.is_empty());
}

#[tokio::test]
async fn no_reply_invites_another_site() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for path in ["/", "/api/v1/me", "/openapi.json", "/assets/hec.css", "/nowhere", "/api/v1/nowhere"] {
        let ask = ana.browse(Method::GET, path).header("origin", "https://evil.example");
        let reply = ask.header("sec-fetch-site", "cross-site").reply().await;
        assert!(!reply.headers.keys().any(|name| name.as_str().starts_with("access-control")), "{path}");
        assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        let policy = reply.header("content-security-policy").to_owned();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{path}: {policy}");
    }
}
