//! Somebody with an account: a session for pages, a token for the API.

use hec::{
    accounts::{factor, session},
    oauth,
    types::{Caller, Scope, Scopes, Secret, hash_secret},
};
use reqwest::{Method, RequestBuilder, multipart::Form};
use serde_json::{Value, json};

use super::{Reply, SendExt, TODAY, TestApp, belongings};

#[derive(Clone)]
pub struct Person {
    pub name: String,
    pub caller: Caller,
    pub session: String,
    pub token: String,
    /// Id of the family's first learner.
    pub learner: String,
    /// Ids of the family's subjects.
    pub subjects: Vec<String>,
    url: String,
    client: reqwest::Client,
    app: hec::app::App,
}

impl Person {
    pub(super) async fn new(site: &TestApp, name: &str, caller: Caller) -> Self {
        let secret = Secret::random().unwrap();
        let (hash, account) = (secret.hash(), caller.account);
        let begun = site.app.db.write(move |tx| {
            session::begin(tx, account, hash);
            Ok(())
        });
        begun.await.unwrap();
        let (learners, subjects) = belongings(&site.app, &caller);
        let person = Self {
            name: name.to_owned(),
            session: secret.expose().to_owned(),
            token: String::new(),
            learner: learners[0].clone(),
            subjects,
            url: site.url.clone(),
            client: site.client.clone(),
            app: site.app.clone(),
            caller,
        };
        let everything = person.caller.scopes;
        person.with_scopes(everything).await
    }

    /// In a session that has just opened the operator's pages.
    pub async fn opens_admin(self) -> Self {
        let session = opens_admin(&self.app, &self.session).await;
        Self { session, ..self }
    }

    /// The same person in another session.
    pub fn in_session(&self, session: String) -> Self {
        Self { session, ..self.clone() }
    }

    pub fn now(&self) -> hec::types::Timestamp {
        self.app.clock().now()
    }

    /// The code that the person's app shows now.
    pub fn code(&self) -> String {
        let account = self.caller.account;
        let seed = self.app.db.read(|tx| factor::made_up_secret(tx, account)).unwrap().unwrap();
        seed.code(self.app.clock().now()).unwrap()
    }

    /// The family's first learner, signed in with words of their own; without a token, since there are none for children.
    pub async fn child(&self) -> Self {
        let words = "otter maple pond brick";
        self.submit(&format!("/learners/{}/sign-in", self.learner), &[("words", words)]).await.assert(200);
        let session = self.child_enters(&format!("Wren of {}", self.name), words).await.assert(303).session().unwrap();
        Self { name: format!("Wren of {}", self.name), session, token: String::new(), ..self.clone() }
    }

    /// Somebody types a nickname and words at the family's address.
    pub async fn child_enters(&self, nickname: &str, words: &str) -> Reply {
        let door = self.door().await;
        let form = self.client.post(format!("{}{door}", self.url)).header("sec-fetch-site", "same-origin");
        form.form(&[("name", nickname), ("password", words)]).reply().await
    }

    /// Where the family's children sign in.
    pub async fn door(&self) -> String {
        let page = self.visit(&format!("/learners/{}/sign-in", self.learner)).await.assert(200);
        let url = page.attributes("#address-value", "value").first().cloned().expect("an address");
        url.strip_prefix(&self.url).expect("the site's own address").to_owned()
    }

    /// The same person with a token for these scopes only.
    pub async fn with_scopes(&self, scopes: Scopes) -> Self {
        let (token, hash) = oauth::new_secret().unwrap();
        let (caller, draft) = (self.caller.clone(), oauth::Draft::everything("a test", scopes));
        self.app.db.write(move |tx| oauth::make(tx, &caller, draft, hash)).await.unwrap();
        self.with_token(token)
    }

    pub fn with_token(&self, token: String) -> Self {
        Self { token, ..self.clone() }
    }

    /// The same person with a token for everything but this.
    pub async fn without(&self, scope: Scope) -> Self {
        let rest: Vec<Scope> = self.caller.scopes.iter().filter(|other| *other != scope).collect();
        self.with_scopes(Scopes::of(&rest)).await
    }

    /// The same person with a token for nothing but this.
    pub async fn with_only(&self, scope: Scope) -> Self {
        self.with_scopes(Scopes::of(&[scope])).await
    }

    /// A request to the API by token.
    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/api/v1{path}", self.url)).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path).reply().await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.ask(Method::POST, path).json(&body).reply().await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.ask(Method::PUT, path).json(&body).reply().await
    }

    pub async fn put_if(&self, path: &str, tag: &str, body: Value) -> Reply {
        self.ask(Method::PUT, path).header("if-match", tag).json(&body).reply().await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.ask(Method::PATCH, path).json(&body).reply().await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.ask(Method::DELETE, path).reply().await
    }

    pub async fn upload(&self, entry: &str, filename: &str, bytes: Vec<u8>) -> Reply {
        let ask = self.ask(Method::POST, &format!("/entries/{entry}/attachments")).query(&[("filename", filename)]);
        ask.header("content-type", "image/jpeg").body(bytes).reply().await
    }

    /// A request of the person's browser, without proof of where it comes from.
    pub fn browse(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).header("cookie", format!("hec={}", self.session))
    }

    /// A page.
    pub async fn visit(&self, path: &str) -> Reply {
        self.browse(Method::GET, path).header("sec-fetch-site", "same-origin").reply().await
    }

    /// A form of a page.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let form = self.browse(Method::POST, path).header("sec-fetch-site", "same-origin");
        form.form(fields).reply().await
    }

    /// A form that may hold files.
    pub async fn submit_files(&self, path: &str, form: Form) -> Reply {
        let request = self.browse(Method::POST, path).header("sec-fetch-site", "same-origin");
        request.multipart(form).reply().await
    }

    /// The entry form, filled in.
    pub async fn writes_on_page(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let form =
            fields.iter().fold(Form::new(), |form, (name, value)| form.text((*name).to_owned(), (*value).to_owned()));
        self.submit_files(path, form).await
    }

    /// An entry of today for the first learner; `with` adds fields or replaces them.
    pub async fn adds(&self, title: &str, with: Value) -> Value {
        let mut entry = json!({ "date": TODAY, "learners": [self.learner], "title": title });
        for (name, value) in with.as_object().into_iter().flatten() {
            entry[name] = value.clone();
        }
        self.a_moment_passes();
        self.post("/entries", entry).await.assert(201).json()
    }

    /// An entry of today, its id.
    pub async fn notes(&self, title: &str) -> String {
        id(&self.adds(title, json!({})).await)
    }

    /// A portfolio of the first learner and of this year; its id.
    pub async fn makes_portfolio(&self, with: Value) -> String {
        let mut draft =
            json!({ "title": "Our year", "learner": self.learner, "from": "2026-01-01", "to": "2026-12-31" });
        for (name, value) in with.as_object().into_iter().flatten() {
            draft[name] = value.clone();
        }
        id(&self.post("/portfolios", draft).await.assert(201).json())
    }

    /// A second child.
    pub async fn has_child(&self, nickname: &str) -> String {
        self.a_moment_passes();
        id(&self.post("/learners", json!({ "nickname": nickname })).await.assert(201).json())
    }

    /// So that one thing comes after another.
    fn a_moment_passes(&self) {
        self.app.clock().advance(std::time::Duration::from_millis(1));
    }

    /// Titles of the first page of a list.
    pub async fn titles(&self, path: &str) -> Vec<String> {
        let list = self.get(path).await.assert(200).json();
        let items = list["items"].as_array().unwrap().iter();
        items.map(|entry| entry["title"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

pub fn id(value: &Value) -> String {
    value["id"].as_str().expect("an id").to_owned()
}

/// Opens the operator's pages in a session, as password and code do, for a quarter of an hour; its new secret.
pub async fn opens_admin(app: &hec::app::App, session: &str) -> String {
    let secret = Secret::random().unwrap();
    let (before, after) = (hash_secret(session), secret.hash());
    let opened = app.db.write(move |tx| {
        let account = session::find(tx, before)?.unwrap().account;
        if !factor::is_on(tx, account)? {
            factor::set(tx, account, &factor::Seed::random()?, None, &[])?;
        }
        let until = tx.now().plus(hec::admin::pages::open::OPEN);
        session::renew(tx, before, after, Some(until))
    });
    opened.await.unwrap();
    secret.expose().to_owned()
}
