//! A link for a new password, for somebody who asks for it. Without mail the page says whom to ask instead.

use poem::{Request, Response, handler};
use serde_json::json;

use crate::{
    accounts::{
        Email,
        browser::{self, proof},
        reset,
    },
    app::App,
    error::{Error, Result},
    http::{
        auth::Visitor,
        form::{Fields, complaints},
        frame::Page,
        guesses::{Guess, Kind},
        messages::plain,
        see_other,
    },
    types::Secret,
};

/// The form.
#[handler]
pub fn form(visitor: Visitor) -> Result<Response> {
    show(&visitor, page())
}

/// Sends a link, where the address is one that an account proved. The reply is the same wherever it is not, and comes
/// before anything is looked up.
#[handler]
pub async fn ask(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    let app = &visitor.app;
    if app.config.mail.is_none() {
        return show(&visitor, page());
    }
    let email = match Email::typed(fields.get("email")) {
        Ok(email) => email,
        Err(invalid) => return show(&visitor, page().refused(&fields, &complaints(invalid.into(), str::to_owned)?)),
    };
    let target = app.guesses.target("forgotten", &email.folded());
    let guess = Guess { kind: Kind::Code, target, client: proof::client(request), device: None };
    // Each one counts, as a wrong guess does.
    let outcome = app.guesses.ask(guess, async { Ok(false) }).await?;
    if let Some(proof::Refused { complaints, wait: Some(wait) }) = proof::complaint(outcome, "email", "error-required")
    {
        let shown = show(&visitor, page().refused(&fields, &complaints))?;
        return Ok(proof::later(shown, Some(wait)));
    }
    send(app, email, browser::network(request))?;
    Ok(see_other("/sign-in/forgotten?notice=reset-asked"))
}

/// Nobody waits for it: an address that there is must not be told by its delay.
fn send(app: &App, email: Email, network: String) -> Result<()> {
    let (db, secret) = (app.db.clone(), Secret::random().map_err(Error::internal)?);
    tokio::spawn(async move {
        if let Err(error) = db.write(move |tx| reset::send(tx, &email, &secret, &network)).await {
            tracing::warn!(%error, "a link for a new password could not be made");
        }
    });
    Ok(())
}

fn show(visitor: &Visitor, page: Page) -> Result<Response> {
    page.show_visitor(visitor, json!({ "mail": visitor.app.config.mail.is_some() }))
}

fn page() -> Page {
    Page::new("forgotten.html", "", plain("title-forgotten"))
}
