//! Proving again who one is, in a session that goes on: before what whoever finds a device open must not do.

use poem::{Request, Response, handler};
use serde_json::json;

use crate::{
    accounts::browser::{self, passkey, proof},
    error::Result,
    http::{
        auth::{SignedIn, UNSENT},
        form::Fields,
        frame::Page,
        local_path,
        messages::plain,
        see_other,
    },
};

/// The form. Whoever proved it lately is sent on.
#[handler]
pub fn form(person: SignedIn, request: &Request) -> Result<Response> {
    let next = local_path(person.params.get("next"));
    if person.standing.is_confirmed(person.app.clock().now()) {
        return Ok(see_other(next));
    }
    show(&person, request, page(), next)
}

/// Takes the password, and the code where there is a second factor; or a passkey. The session goes on under a new secret.
#[handler]
pub async fn confirm(person: SignedIn, request: &Request, fields: Fields) -> Result<Response> {
    let next = local_path(fields.get("next")).to_owned();
    if let Some(proof::Refused { complaints, wait }) = proof::of_person(&person, request, &fields).await? {
        let shown = show(&person, request, page().refused(&fields, &complaints), &next)?;
        return Ok(proof::later(shown, wait));
    }
    let next = proof::onwards(&person.app, person.account, &fields, &next)?;
    browser::renew(&person, request, &next, None, |_, _| Ok(())).await
}

fn show(person: &SignedIn, request: &Request, page: Page, next: &str) -> Result<Response> {
    let means = passkey::means(&person.app, request, person.account)?;
    // A form that was sent is not kept: it has to be filled in once more.
    let unsent = next.contains(UNSENT);
    page.show_visitor(person, json!({ "next": next, "means": means, "action": "/sign-in/again", "unsent": unsent }))
}

fn page() -> Page {
    Page::new("sign_in_again.html", "account", plain("title-sign-in-again"))
}
