//! How HEC addresses somebody.

use poem::{Request, Response, handler};
use serde_json::json;

use crate::{
    accounts::{self, browser, change},
    error::Result,
    http::{
        auth::SignedIn,
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
        see_other,
    },
};

/// The form.
#[handler]
pub fn form(person: SignedIn) -> Result<Response> {
    show(&person, page())
}

/// Takes another name.
#[handler]
pub async fn take(person: SignedIn, request: &Request, fields: Fields) -> Result<Response> {
    let (account, name, network) = (person.account, fields.get("name").to_owned(), browser::network(request));
    match person.app.db.write(move |tx| change::rename(tx, account, &name, &network)).await {
        Ok(()) => Ok(see_other("/account?notice=name-changed")),
        Err(error) => show(&person, page().refused(&fields, &complaints(error, str::to_owned)?)),
    }
}

fn show(person: &SignedIn, page: Page) -> Result<Response> {
    let owner = person.app.db.read(|tx| accounts::get(tx, person.account))?;
    page.show_visitor(person, json!({ "name": owner.name }))
}

fn page() -> Page {
    Page::new("account_details.html", "account", plain("title-account-details"))
}
