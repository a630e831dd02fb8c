//! The page behind a link for a new password.

use poem::{Request, Response, handler, http::StatusCode};
use serde_json::json;

use crate::{
    accounts::{
        self, browser, device,
        log::{self, Act, Noted},
        password as passwords,
        post::{self, Kind},
        reset, session,
    },
    error::{Error, Result},
    http::{
        auth::Visitor,
        cookie,
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
        see_other,
    },
    types::{Secret, hash_secret},
};

/// The form, or that the link works no longer.
#[handler]
pub fn form(visitor: Visitor) -> Result<Response> {
    show(&visitor, visitor.params.get("token"), page())
}

/// Takes the new password. Every session of the account ends; it signs in anew, with its second factor where it has
/// one. This browser is the only one that is known from then on.
#[handler]
pub async fn take(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    let (app, token) = (&visitor.app, fields.get("token"));
    let link = hash_secret(token);
    let owner = app.db.read(|tx| reset::find(tx, link)?.map(|account| accounts::get(tx, account)).transpose())?;
    let Some(owner) = owner else { return show(&visitor, token, page()) };
    let hash = match browser::choose(app, &owner, fields.get("password")).await {
        Ok(hash) => hash,
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            return show(&visitor, token, page().refused(&fields, &complaints));
        }
    };
    let again = Secret::random().map_err(Error::internal)?;
    let (network, new, mail) = (browser::network(request), again.hash(), app.config.mail.is_some());
    let changing = app.db.write(move |tx| {
        let account = reset::consume(tx, link, &hash)?;
        session::end_all(tx, account, None)?;
        device::forget_all(tx, account, &[])?;
        device::remember(tx, account, new)?;
        log::note(tx, Act::PasswordChanged, &Noted { account: Some(account), network: &network, ..Noted::default() });
        post::notice(tx, mail, account, Kind::PasswordChanged, "")
    });
    match changing.await {
        Ok(()) => {
            let mut response = see_other("/sign-in?notice=password-set");
            cookie::add_device(request, &mut response, again.expose());
            Ok(response)
        }
        Err(Error::NotFound(_)) => show(&visitor, token, page()),
        Err(error) => Err(error),
    }
}

fn show(visitor: &Visitor, token: &str, page: Page) -> Result<Response> {
    let link = hash_secret(token);
    let owner =
        visitor.app.db.read(|tx| reset::find(tx, link)?.map(|account| accounts::get(tx, account)).transpose())?;
    let page = if owner.is_some() { page } else { page.status(StatusCode::NOT_FOUND) };
    let context = json!({
        "token": token,
        "valid": owner.is_some(),
        "email": owner.map(|owner| owner.email),
        "password_min": passwords::MIN,
    });
    page.show_visitor(visitor, context)
}

fn page() -> Page {
    Page::new("reset.html", "", plain("title-reset"))
}
