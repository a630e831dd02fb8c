//! The second step of a sign-in: a code of the app, or a recovery code.

use poem::{Request, Response, handler};
use serde_json::json;

use crate::{
    accounts::{
        browser::{self, proof},
        device, waiting,
    },
    error::{Error, Result},
    http::{auth::Visitor, cookie, form::Fields, frame::Page, local_path, messages::plain, query_value, see_other},
    types::hash_secret,
};

/// The form. Without a password that was right lately it is too early for it.
#[handler]
pub fn form(visitor: Visitor, request: &Request) -> Result<Response> {
    let next = local_path(visitor.params.get("next"));
    let hash = cookie::waiting(request).map(|secret| hash_secret(&secret));
    let waits = hash.map(|hash| visitor.app.db.read(|tx| waiting::find(tx, hash))).transpose()?.flatten();
    if waits.is_none() {
        return Ok(anew(next));
    }
    show(&visitor, page(), next, visitor.params.ticked("installed"))
}

/// Takes the code, and signs in.
#[handler]
pub async fn take(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    let (app, next) = (&visitor.app, local_path(fields.get("next")).to_owned());
    let installed = fields.ticked("installed");
    let Some(hash) = cookie::waiting(request).map(|secret| hash_secret(&secret)) else { return Ok(anew(&next)) };
    let presented = browser::presented(request);
    let found = app.db.read(|tx| {
        let Some(waits) = waiting::find(tx, hash)? else { return Ok(None) };
        Ok(Some((waits.account, device::known(tx, waits.account, &presented)?)))
    })?;
    let Some((account, known)) = found else { return Ok(anew(&next)) };
    let outcome = match proof::code(app, request, account, &fields, known, Some(hash)).await {
        Err(Error::NotSignedIn) => return Ok(anew(&next)),
        outcome => outcome?,
    };
    if let Some(proof::Refused { complaints, wait }) =
        proof::complaint(outcome, proof::field_of(&fields), "error-code-wrong")
    {
        let shown = show(&visitor, page().refused(&fields, &complaints), &next, installed)?;
        return Ok(proof::later(shown, wait));
    }
    let mut response = browser::sign_in(app, request, account, &next, installed, |_| Ok(())).await?;
    cookie::clear_waiting(request, &mut response);
    Ok(response)
}

/// Back to the password.
fn anew(next: &str) -> Response {
    see_other(&format!("/sign-in?notice=sign-in-again&next={}", query_value(next)))
}

fn show(visitor: &Visitor, page: Page, next: &str, installed: bool) -> Result<Response> {
    page.show_visitor(visitor, json!({ "next": next, "installed": installed }))
}

fn page() -> Page {
    Page::new("sign_in_code.html", "", plain("title-sign-in-code"))
}
