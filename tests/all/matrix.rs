//! Every operation of the document and every page route, asked by everybody who might.

mod pages;

use hec::types::{Role, Scope, Scopes};
use reqwest::{Method, RequestBuilder};

use crate::{
    api::{
        document::{document, operations},
        operations::{Body, Call, call, fitting},
    },
    support::{Ids, Person, Reply, SendExt, TestApp, UNKNOWN},
};

async fn names(app: &TestApp) -> Vec<String> {
    operations(&document(app)).into_iter().map(|operation| operation.id).collect()
}

/// The operations that name something in their path.
async fn named(app: &TestApp) -> Vec<String> {
    let all = operations(&document(app)).into_iter().filter(|operation| operation.path.contains('{'));
    let mut names: Vec<String> = all.map(|operation| operation.id).collect();
    // What it creates under a foreign id is the asker's own, and would be found by the others.
    names.sort_by_key(|name| name == "put_entry");
    names
}

/// What a scope lets a viewer do.
fn reads(scope: Option<Scope>) -> bool {
    scope.is_none_or(|scope| Role::Viewer.scopes().has(scope))
}

#[tokio::test]
async fn a_viewer_reads_and_writes_nothing() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let (vera, ids) = (app.viewer_of(&ana, "vera").await, Ids::of(&ana).await);
    for name in names(&app).await {
        let call = call(&name, &fitting(&name, &ids), &ids);
        let reply = call.by(&vera).reply().await;
        if reads(call.scope) {
            reply.assert(call.status);
        } else {
            reply.assert_problem(403);
            by_cookie(&call, &vera).reply().await.assert_problem(403);
        }
    }
    ids.assert_untouched(&ana).await;
    assert_eq!(ana.titles("/entries").await.len(), 1);
}

/// What a child may do by the session's cookie, beside what a scope says: others' entries are read, never changed.
fn childs(operation: &str, call: &Call) -> u16 {
    let scope = call.scope.is_none_or(|scope| Role::Learner.scopes().has(scope));
    match operation {
        _ if !scope => 403,
        "delete_entry" | "add_attachment" | "put_attachment" | "change_attachment" | "delete_attachment" => 403,
        "restore_entry" => 404,
        _ => call.status,
    }
}

#[tokio::test]
async fn a_carer_and_an_owner_do_everything_and_a_child_what_is_their_own() {
    let app = TestApp::start().await;
    for (number, name) in names(&app).await.into_iter().enumerate() {
        let ana = app.parent(&format!("ana{number}")).await;
        let carl = app.member_of(&ana, &format!("carl{number}"), Role::Carer).await;
        let (ids, wren) = (Ids::of(&ana).await, ana.child().await);
        let call = call(&name, &fitting(&name, &ids), &ids);
        let reply = by_cookie(&call, &wren).reply().await;
        assert_eq!(reply.status, childs(&name, &call), "{name} by a child: {}", reply.text());
        if reply.status >= 400 {
            call.by(&carl).reply().await.assert(call.status);
        }
    }
}

#[tokio::test]
async fn an_operator_reaches_no_record_but_their_own() {
    let app = TestApp::start().await;
    let (ana, otto) = (app.parent("ana").await, app.operator("otto").await);
    let (hers, his) = (Ids::of(&ana).await, Ids::of(&otto).await);
    for name in named(&app).await {
        let foreign = call(&name, &hers, &his).by(&otto).reply().await;
        let unknown = call(&name, &Ids::unknown(), &his).by(&otto).reply().await;
        let both = shapes(&foreign, &unknown, &hers);
        assert_eq!(both.0, both.1, "{name}");
    }
    hers.assert_untouched(&ana).await;
}

#[tokio::test]
async fn a_token_without_the_scope_is_told_which_one() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let ids = Ids::of(&ana).await;
    for name in names(&app).await {
        let call = call(&name, &fitting(&name, &ids), &ids);
        let Some(scope) = call.scope else { continue };
        let less = ana.without(scope).await;
        let reply = call.by(&less).reply().await.assert_problem(403);
        assert!(reply.text().contains(scope.as_str()), "{name}: {}", reply.text());
    }
}

#[tokio::test]
async fn the_scope_that_the_document_names_is_what_an_operation_needs_and_all_that_it_needs() {
    let app = TestApp::start().await;
    for (number, operation) in operations(&document(&app)).into_iter().enumerate() {
        let ana = app.parent(&format!("ana{number}")).await;
        let (name, ids) = (&operation.id, Ids::of(&ana).await);
        let call = call(name, &fitting(name, &ids), &ids);
        let scopes = operation.scopes();
        assert_eq!(scopes.first().copied(), call.scope, "{name}");
        let told = operation.reply(403)["description"].as_str().unwrap().to_owned();
        let Some(scope) = call.scope else {
            // Whoever holds anything at all.
            assert_eq!(name, "me", "only it tells who one is, whatever one may do");
            call.by(&ana.with_only(Scope::PortfolioRead).await).reply().await.assert(call.status);
            continue;
        };
        for scope in &scopes {
            assert!(told.contains(scope.as_str()), "{name}: {told}");
            let refused = call.by(&ana.without(*scope).await).reply().await.assert_problem(403);
            assert!(refused.text().contains(scope.as_str()), "{name}: {}", refused.text());
        }
        // Before anything else of the request is looked at.
        let nonsense = app.client.request(call.method.clone(), format!("{}/api/v1{}", app.url, call.path));
        let nonsense = nonsense.bearer_auth(&ana.without(scope).await.token).header("content-type", "application/json");
        if matches!(call.body, Body::Json(_)) {
            nonsense.body("{").reply().await.assert_problem(403);
        }
        let reply = call.by(&ana.with_scopes(Scopes::of(&scopes)).await).reply().await;
        assert_eq!(reply.status, call.status, "{name} with {scopes:?} alone: {}", reply.text());
    }
}

#[tokio::test]
async fn an_app_needs_the_scope_that_the_document_names_as_well() {
    use crate::oauth::{self, Held, SITE};
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let ids = Ids::of(&ana).await;
    let client = oauth::app(&app, "Leaf", &[SITE]).await;
    let held = Held::by(&app, &ana, &client, "records:read").await.acting_for(&ana);
    for operation in operations(&document(&app)) {
        let call = call(&operation.id, &fitting(&operation.id, &ids), &ids);
        let only_reads = operation.scopes().iter().all(|scope| *scope == Scope::RecordsRead);
        let expected = if only_reads { call.status } else { 403 };
        call.by(&held).reply().await.assert(expected);
    }
}

#[tokio::test]
async fn nobody_is_asked_to_sign_in() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let ids = Ids::of(&ana).await;
    for name in names(&app).await {
        let call = call(&name, &fitting(&name, &ids), &ids);
        let url = format!("{}/api/v1{}", app.url, call.path);
        for from in ["same-origin", "cross-site"] {
            let ask = app.client.request(call.method.clone(), &url).header("sec-fetch-site", from);
            let reply = call.fill(ask).reply().await;
            let expected = if from == "cross-site" && call.method != Method::GET { 403 } else { 401 };
            reply.assert_problem(expected);
        }
    }
}

#[tokio::test]
async fn another_familys_ids_in_a_path_are_nobodys() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    let (hers, his) = (Ids::of(&ana).await, Ids::of(&ben).await);
    for name in named(&app).await {
        let foreign = call(&name, &hers, &his).by(&ben).reply().await;
        let unknown = call(&name, &Ids::unknown(), &his).by(&ben).reply().await;
        let both = shapes(&foreign, &unknown, &hers);
        assert_eq!(both.0, both.1, "{name}");
        let page = by_cookie(&call(&name, &hers, &his), &ben).reply().await;
        assert!(name == "put_entry" || page.status == foreign.status, "{name} by cookie: {}", page.status);
    }
    hers.assert_untouched(&ana).await;
}

#[tokio::test]
async fn another_familys_ids_in_a_body_or_a_query_are_nobodys() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    let (hers, his) = (Ids::of(&ana).await, Ids::of(&ben).await);
    let own = |learner: &str, subject: &str| Ids { learner: learner.into(), subject: subject.into(), ..his.clone() };
    for name in ["add_entry", "put_entry", "list_entries", "add_portfolio"] {
        let at = fitting(name, &his);
        for (foreign, unknown) in [
            (own(&hers.learner, &his.subject), own(UNKNOWN, &his.subject)),
            (own(&his.learner, &hers.subject), own(&his.learner, UNKNOWN)),
            (own(&hers.learner, &hers.subject), own(UNKNOWN, UNKNOWN)),
        ] {
            if name == "add_portfolio" && foreign.learner == his.learner {
                continue;
            }
            let foreign = call(name, &at, &foreign).by(&ben).reply().await;
            let unknown = call(name, &at, &unknown).by(&ben).reply().await;
            let both = shapes(&foreign, &unknown, &hers);
            assert_eq!(both.0, both.1, "{name}");
            assert_eq!(foreign.status, if name == "list_entries" { 200 } else { 422 });
            assert_eq!(unknown.text().matches(UNKNOWN).count(), 0, "{name}");
        }
    }
}

#[tokio::test]
async fn a_voice_of_another_familys_learner_is_nobodys() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    let entry = |learner: &str| {
        let voice = serde_json::json!({ "learner": learner, "words": "hello" });
        serde_json::json!({ "date": crate::support::TODAY, "learners": [ben.learner], "voices": [voice] })
    };
    let foreign = ben.post("/entries", entry(&ana.learner)).await.assert_problem(422);
    let unknown = ben.post("/entries", entry(UNKNOWN)).await.assert_problem(422);
    assert_eq!(foreign.shape(&[&ana.learner]), unknown.shape(&[UNKNOWN]));
}

#[tokio::test]
async fn a_cursor_of_another_family_shows_only_ones_own() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    for title in ["One", "Two", "Three"] {
        ana.notes(title).await;
    }
    let own = ben.notes("His").await;
    let next = ana.get("/entries?limit=1").await.json()["next"].as_str().unwrap().to_owned();
    for path in [format!("/entries?after={next}"), format!("/search?q=his&after={next}")] {
        let items = ben.get(&path).await.assert(200).json()["items"].clone();
        assert!(items.as_array().unwrap().iter().all(|entry| entry["id"] == own.as_str()), "{items}");
    }
}

#[tokio::test]
async fn pages_of_another_family_are_nobodys() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.parent("ana").await, app.parent("ben").await);
    let hers = Ids::of(&ana).await;
    let reads = |ids: &Ids| {
        vec![
            format!("/entries/{}", ids.entry),
            format!("/entries/{}/edit", ids.entry),
            format!("/media/{}/thumb", ids.attachment),
            format!("/media/{}/original", ids.attachment),
            format!("/learners/{}", ids.learner),
            format!("/portfolio/{}", ids.portfolio),
            format!("/portfolio/{}/document", ids.portfolio),
            format!("/portfolio/{}/download", ids.portfolio),
            format!("/?learner={}", ids.learner),
            format!("/?subject={}", ids.subject),
            format!("/entries/new?learner={}", ids.learner),
        ]
    };
    for (foreign, unknown) in reads(&hers).iter().zip(reads(&Ids::unknown())) {
        let (foreign, unknown) = (ben.visit(foreign).await, ben.visit(&unknown).await);
        let both = shapes(&foreign, &unknown, &hers);
        assert_eq!(both.0, both.1);
        assert!(matches!(foreign.status, 200 | 404));
    }
    let writes = |ids: &Ids| {
        vec![
            format!("/entries/{}/star", ids.entry),
            format!("/entries/{}/again", ids.entry),
            format!("/entries/{}/delete", ids.entry),
            format!("/entries/{}/restore", ids.deleted),
            format!("/learners/{}", ids.learner),
            format!("/learners/{}/archive", ids.learner),
            format!("/learners/{}/unarchive", ids.learner),
            format!("/subjects/{}", ids.subject),
            format!("/subjects/{}/archive", ids.subject),
            format!("/subjects/{}/unarchive", ids.subject),
            format!("/portfolio/{}/delete", ids.portfolio),
            format!("/account/tokens/{}/revoke", ids.entry),
        ]
    };
    let fields = [("nickname", "Robin"), ("name", "Knots"), ("area", "arts")];
    for (foreign, unknown) in writes(&hers).iter().zip(writes(&Ids::unknown())) {
        let both = (ben.submit(foreign, &fields).await.assert(404), ben.submit(&unknown, &fields).await.assert(404));
        let both = shapes(&both.0, &both.1, &hers);
        assert_eq!(both.0, both.1, "{foreign}");
    }
    let path = format!("/entries/{}/edit", hers.entry);
    ben.writes_on_page(&path, &[("date", "2026-03-02"), ("title", "x"), ("version", "2")]).await.assert(404);
    hers.assert_untouched(&ana).await;
}

#[tokio::test]
async fn another_accounts_token_cannot_be_revoked() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let vera = app.viewer_of(&ana, "vera").await;
    let revoke = ana.visit("/account").await.attributes("form", "action");
    let revoke = revoke.iter().find(|action| action.ends_with("/revoke")).unwrap();
    vera.submit(revoke, &[]).await.assert(404);
    ana.get("/me").await.assert(200);
    ana.submit(revoke, &[]).await.assert_sent_to("/account?notice=token-revoked");
    ana.get("/me").await.assert_problem(401);
}

/// The same call by session, from our own page.
fn by_cookie(call: &Call, person: &Person) -> RequestBuilder {
    let path = format!("/api/v1{}", call.path);
    let ask = person.browse(call.method.clone(), &path).header("sec-fetch-site", "same-origin");
    call.fill(ask)
}

fn shapes(foreign: &Reply, unknown: &Reply, hers: &Ids) -> (String, String) {
    // Replies carry the id that was asked for, if any; nothing else may differ, the length included.
    (foreign.shape(&hers.all()), unknown.shape(&[UNKNOWN]))
}

impl Ids {
    /// What was asked for by somebody else is as it was.
    async fn assert_untouched(&self, owner: &Person) {
        let entry = owner.get(&format!("/entries/{}", self.entry)).await.assert(200).json();
        assert_eq!((&entry["version"], entry["attachments"].as_array().unwrap().len()), (&2.into(), 1));
        owner.get(&format!("/entries/{}", self.deleted)).await.assert_problem(404);
        owner.get(&format!("/portfolios/{}", self.portfolio)).await.assert(200);
        let learner = owner.get(&format!("/learners/{}", self.learner)).await.assert(200).json();
        assert_eq!(
            (&learner["archived"], learner["nickname"].as_str()),
            (&false.into(), Some(&*format!("Wren of {}", owner.name)))
        );
        assert_eq!(owner.get(&format!("/subjects/{}", self.subject)).await.assert(200).json()["archived"], false);
    }
}
