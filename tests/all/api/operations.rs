//! One call for every operation of the document. An operation without one fails the suite.

use hec::types::Scope;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::document::{check, document, operations};
use crate::support::{Ids, Person, TODAY, TestApp, jpeg};

/// A request that succeeds for an owner.
pub struct Call {
    pub method: Method,
    pub path: String,
    pub body: Body,
    /// What it answers when all is well.
    pub status: u16,
    /// The right that it needs.
    pub scope: Option<Scope>,
}

pub enum Body {
    None,
    Json(Value),
    Picture,
}

/// The call of an operation: `at` are the ids in its path, `about` those in its query and its body.
#[rustfmt::skip]
pub fn call(operation: &str, at: &Ids, about: &Ids) -> Call {
    use Scope::{LearnersWrite, PortfolioRead, PortfolioWrite, RecordsRead, RecordsWrite};
    let Ids { learner, subject, entry, deleted, attachment, portfolio } = at;
    let draft = || json!({ "date": TODAY, "title": "Pond", "learners": [about.learner], "subjects": [about.subject] });
    let get = |path: String, scope| Call { method: Method::GET, path, body: Body::None, status: 200, scope: Some(scope) };
    let send = |method, path: String, body, status, scope| Call { method, path, body: Body::Json(body), status, scope: Some(scope) };
    let bare = |method, path: String, status, scope| Call { method, path, body: Body::None, status, scope: Some(scope) };
    let picture = |method, path: String| Call { method, path, body: Body::Picture, status: 201, scope: Some(RecordsWrite) };
    let (post, put, patch, delete) = (Method::POST, Method::PUT, Method::PATCH, Method::DELETE);
    match operation {
        "me" => Call { scope: None, ..get("/me".into(), RecordsRead) },
        "list_learners" => get("/learners".into(), RecordsRead),
        "add_learner" => send(post, "/learners".into(), json!({ "nickname": "Robin" }), 201, LearnersWrite),
        "get_learner" => get(format!("/learners/{learner}"), RecordsRead),
        "replace_learner" => send(put, format!("/learners/{learner}"), json!({ "nickname": "Jay", "colour": "sky" }), 200, LearnersWrite),
        "list_subjects" => get("/subjects".into(), RecordsRead),
        "add_subject" => send(post, "/subjects".into(), json!({ "name": "Knots", "area": "life_skills" }), 201, LearnersWrite),
        "get_subject" => get(format!("/subjects/{subject}"), RecordsRead),
        "replace_subject" => send(put, format!("/subjects/{subject}"), json!({ "name": "Birds", "area": "science" }), 200, LearnersWrite),
        "list_entries" => get(format!("/entries?learner={}&subject={}&limit=5", about.learner, about.subject), RecordsRead),
        "add_entry" => send(post, "/entries".into(), draft(), 201, RecordsWrite),
        "get_entry" => get(format!("/entries/{entry}"), RecordsRead),
        "put_entry" => send(put, format!("/entries/{entry}"), draft(), 201, RecordsWrite),
        "delete_entry" => bare(delete, format!("/entries/{entry}"), 204, RecordsWrite),
        "restore_entry" => bare(post, format!("/entries/{deleted}/restore"), 200, RecordsWrite),
        "add_attachment" => picture(post, format!("/entries/{entry}/attachments?filename=fern.jpg")),
        "put_attachment" => picture(put, format!("/entries/{entry}/attachments/{attachment}?filename=fern.jpg")),
        "list_attachments" => get(format!("/entries/{entry}/attachments"), RecordsRead),
        "get_attachment" => get(format!("/attachments/{attachment}?size=thumb"), RecordsRead),
        "change_attachment" => send(patch, format!("/attachments/{attachment}"), json!({ "caption": "A leaf" }), 200, RecordsWrite),
        "delete_attachment" => bare(delete, format!("/attachments/{attachment}"), 204, RecordsWrite),
        "search" => get("/search?q=walk".into(), RecordsRead),
        "list_portfolios" => get("/portfolios".into(), PortfolioRead),
        "add_portfolio" => send(post, "/portfolios".into(), json!({ "title": "Spring", "learner": about.learner, "from": "2026-03-01", "to": "2026-05-31" }), 201, PortfolioWrite),
        "get_portfolio" => get(format!("/portfolios/{portfolio}"), PortfolioRead),
        "delete_portfolio" => bare(delete, format!("/portfolios/{portfolio}"), 204, PortfolioWrite),
        "get_portfolio_document" => get(format!("/portfolios/{portfolio}/document?format=html"), PortfolioRead),
        other => panic!("no test calls the operation {other}: give it a line in {}", file!()),
    }
}

impl Call {
    pub fn by(&self, person: &Person) -> RequestBuilder {
        self.fill(person.ask(self.method.clone(), &self.path))
    }

    /// The body, put into any request.
    pub fn fill(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.body {
            Body::None => request,
            Body::Json(body) => request.json(body),
            Body::Picture => request.header("content-type", "image/jpeg").body(jpeg(200)),
        }
    }
}

/// An owner's ids, so that every call finds what it asks for: what a `PUT` creates must not exist yet.
pub fn fitting(operation: &str, ids: &Ids) -> Ids {
    let mut ids = ids.clone();
    match operation {
        "put_entry" => ids.entry = "0190a5c8-7b1e-7cc0-8a11-3b2f5d0e9c01".to_owned(),
        "put_attachment" => ids.attachment = "0190a5c8-7b1e-7cc0-8a11-3b2f5d0e9c02".to_owned(),
        _ => {}
    }
    ids
}

#[tokio::test]
async fn every_operation_answers_what_the_document_promises() {
    use crate::support::SendExt;
    let app = TestApp::start().await;
    let document = document(&app);
    for (number, operation) in operations(&document).into_iter().enumerate() {
        let ana = app.parent(&format!("ana{number}")).await;
        let ids = Ids::of(&ana).await;
        let call = call(&operation.id, &fitting(&operation.id, &ids), &ids);
        assert_eq!(call.method.as_str(), operation.method, "{}", operation.id);
        let reply = call.by(&ana).reply().await.assert(call.status);
        operation.reply(reply.status);
        match operation.schema(reply.status) {
            Some(schema) => check(&document, schema, &reply.json(), &operation.id),
            None => assert!(!reply.header("content-type").contains("json"), "{}", operation.id),
        }
    }
}
