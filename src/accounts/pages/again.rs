//! Proving again who one is, in a session that goes on: before what whoever finds a device open must not do.

use poem::{Request, Response, handler};
use serde_json::json;

use crate::{
    accounts::{
        browser::{self, proof},
        factor,
    },
    error::Result,
    http::{auth::SignedIn, form::Fields, frame::Page, local_path, messages::plain, see_other},
};

/// The form. Whoever proved it lately is sent on.
#[handler]
pub fn form(person: SignedIn) -> Result<Response> {
    let next = local_path(person.params.get("next"));
    if person.standing.is_confirmed(person.app.clock().now()) {
        return Ok(see_other(next));
    }
    show(&person, page(), next)
}

/// Takes the password, and the code where there is a second factor. The session goes on under a new secret.
#[handler]
pub async fn confirm(person: SignedIn, request: &Request, fields: Fields) -> Result<Response> {
    let next = local_path(fields.get("next")).to_owned();
    if let Some(proof::Refused { complaints, wait }) = proof::of_person(&person, request, &fields).await? {
        let shown = show(&person, page().refused(&fields, &complaints), &next)?;
        return Ok(proof::later(shown, wait));
    }
    browser::renew(&person, request, &next, None, |_, _| Ok(())).await
}

fn show(person: &SignedIn, page: Page, next: &str) -> Result<Response> {
    let coded = person.app.db.read(|tx| factor::is_on(tx, person.account))?;
    page.show_visitor(person, json!({ "next": next, "coded": coded, "action": "/sign-in/again" }))
}

fn page() -> Page {
    Page::new("sign_in_again.html", "account", plain("title-sign-in-again"))
}
