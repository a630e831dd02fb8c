//! The door of the operator's pages: password and code, or a passkey, each time anew. The session that a parent keeps their record
//! with goes on, however long the pages stay open.

use std::time::Duration;

use poem::{Request, Response, handler};
use serde_json::json;

use crate::{
    accounts::{
        browser::{self, passkey, proof},
        factor,
        log::{self, About, Act, Noted, Operator},
    },
    error::{Error, Result},
    http::{auth::SignedIn, form::Fields, frame::Page, local_path, messages::plain, query_value, see_other},
};

/// How long the pages stay open.
pub const OPEN: Duration = Duration::from_mins(15);

/// The form. An operator without a second factor sets one up first.
#[handler]
pub fn form(person: SignedIn, request: &Request) -> Result<Response> {
    let next = next(person.params.get("next"));
    match without_factor(&person, &next)? {
        Some(led) => Ok(led),
        None => show(&person, request, page(), &next),
    }
}

/// Opens the pages for a quarter of an hour.
#[handler]
pub async fn open(person: SignedIn, request: &Request, fields: Fields) -> Result<Response> {
    let next = next(fields.get("next"));
    if let Some(led) = without_factor(&person, &next)? {
        return Ok(led);
    }
    if let Some(proof::Refused { complaints, wait }) = proof::of_person(&person, request, &fields).await? {
        let shown = show(&person, request, page().refused(&fields, &complaints), &next)?;
        return Ok(proof::later(shown, wait));
    }
    let next = proof::onwards(&person.app, person.account, &fields, &next)?;
    let (account, network) = (person.account, browser::network(request));
    let until = person.app.clock().now().plus(OPEN);
    browser::renew(&person, request, &next, Some(until), move |tx, _| {
        // Taken away meanwhile, it opens nothing.
        if !factor::stands(tx, account)? {
            return Err(Error::NotFound("second factor"));
        }
        log::note(tx, Act::OperatorOpened, &Noted { account: Some(account), network: &network, ..Noted::default() });
        log::operated(tx, Act::OperatorOpened, Operator::Account(account), About::Words(""))
    })
    .await
}

fn without_factor(person: &SignedIn, next: &str) -> Result<Option<Response>> {
    if !person.described.operator {
        return Err(Error::NotFound("page"));
    }
    let is_on = person.app.db.read(|tx| factor::stands(tx, person.account))?;
    Ok((!is_on).then(|| see_other(&format!("/account/security/factor?next={}", query_value(next)))))
}

fn next(text: &str) -> String {
    let next = local_path(text);
    if next == "/" { "/admin".to_owned() } else { next.to_owned() }
}

fn show(person: &SignedIn, request: &Request, page: Page, next: &str) -> Result<Response> {
    let means = passkey::means(&person.app, request, person.account)?;
    page.show_visitor(person, json!({ "next": next, "means": means, "action": "/admin/open" }))
}

fn page() -> Page {
    Page::new("sign_in_again.html", "admin", plain("title-admin-open"))
}
