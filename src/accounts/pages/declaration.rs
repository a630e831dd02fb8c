//! Whoever came in to read along, and keeps a record since an owner gave them another role, declares to be a parent or
//! carer as well. Every page asks for it until then; nothing is locked by it.

use poem::{Response, handler};
use serde_json::json;

use crate::{
    accounts,
    error::{Invalid, Result},
    http::{
        auth::SignedIn,
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
        see_other,
    },
};

/// The form; there is nothing to declare for anybody else.
#[handler]
pub fn form(person: SignedIn) -> Result<Response> {
    if person.described.declares { show(&person, page()) } else { Ok(see_other("/account")) }
}

/// Notes what was declared.
#[handler]
pub async fn take(person: SignedIn, fields: Fields) -> Result<Response> {
    if !person.described.declares {
        return Ok(see_other("/account"));
    }
    if !fields.ticked("adult") {
        let missing = Invalid::new("adult", "error-adult-required").into();
        return show(&person, page().refused(&fields, &complaints(missing, str::to_owned)?));
    }
    let account = person.account;
    person.app.db.write(move |tx| accounts::declare(tx, account)).await?;
    Ok(see_other("/?notice=declared"))
}

fn show(person: &SignedIn, page: Page) -> Result<Response> {
    page.show_visitor(person, json!({}))
}

fn page() -> Page {
    Page::new("account_declaration.html", "account", plain("title-account-declaration"))
}
