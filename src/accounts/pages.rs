//! Signing in and out.

use poem::{Response, handler};
use serde_json::{Value, json};

use crate::{
    config::Registration,
    error::{Invalid, Result},
    http::{auth::Visitor, cookie, form::Fields, frame::Page, local_path, messages, query_value, see_other},
    types::hash_secret,
};

use super::{Email, Password, browser::begin, credentials, password, session};

/// The form.
#[handler]
pub fn sign_in_form(visitor: Visitor) -> Result<Response> {
    let next = local_path(visitor.params.get("next")).to_owned();
    if visitor.identity.is_some() {
        return Ok(see_other(&next));
    }
    page().show_visitor(&visitor, context(&visitor, &next))
}

/// Signs in: the same reply, after the same work, for an unknown email and a wrong password.
#[handler]
pub async fn sign_in(visitor: Visitor, request: &poem::Request, fields: Fields) -> Result<Response> {
    let app = &visitor.app;
    let next = local_path(fields.get("next")).to_owned();
    let found = match Email::parse(fields.get("email")) {
        Ok(email) => app.db.read(|tx| credentials(tx, &email))?,
        Err(_) => None,
    };
    let (account, stored) = found.unzip();
    let attempt = Password::attempt(fields.get("password"));
    let cost = app.config.password;
    let fits = app.hashing.run(move || password::verify(cost, &attempt, stored.as_ref())).await??;
    let Some(account) = account.filter(|_| fits) else {
        let complaint = messages::complaint(&Invalid::new("email", "error-sign-in"));
        let complaints = [("email".to_owned(), complaint)];
        return page().refused(&fields, &complaints).show_visitor(&visitor, context(&visitor, &next));
    };
    begin(&visitor, request, account, &next).await
}

/// Ends the session, here and on the server.
#[handler]
pub async fn sign_out(visitor: Visitor, request: &poem::Request) -> Result<Response> {
    if let Some(secret) = cookie::session(request) {
        let hash = hash_secret(&secret);
        visitor
            .app
            .db
            .write(move |tx| {
                session::end(tx, hash);
                Ok(())
            })
            .await?;
    }
    let mut response = see_other(&format!("/sign-in?notice={}", query_value("signed-out")));
    cookie::clear(request, &mut response);
    Ok(response)
}

fn context(visitor: &Visitor, next: &str) -> Value {
    json!({ "next": next, "open": visitor.app.config.registration == Registration::Open })
}

fn page() -> Page {
    Page::new("sign_in.html", "", messages::plain("title-sign-in"))
}
