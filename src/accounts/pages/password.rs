//! Another password, by somebody who proved who they are.

use poem::{Request, Response, handler};
use serde_json::json;

use crate::{
    accounts::{
        self, browser, device, factor,
        log::{self, Act, Noted},
        password::{self as passwords, Factor},
        post::{self, Kind},
        session,
    },
    error::Result,
    http::{
        auth::SignedIn,
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
    },
};

/// The form.
#[handler]
pub fn form(person: SignedIn, request: &Request) -> Result<Response> {
    person.confirm(request)?;
    show(&person, page())
}

/// Changes it. Every other session ends, with every token and app; other devices are no longer known.
#[handler]
pub async fn change(person: SignedIn, request: &Request, fields: Fields) -> Result<Response> {
    person.confirm(request)?;
    let (app, account) = (&person.app, person.account);
    let owner = app.db.read(|tx| accounts::get(tx, account))?;
    let hash = match browser::choose(app, &owner, fields.get("password"), Factor::None).await {
        Ok(hash) => hash,
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            return show(&person, page().refused(&fields, &complaints));
        }
    };
    let next = match &person.described.family_name {
        Some(_) => "/account?notice=password-changed#tokens",
        None => "/account/security?notice=password-changed",
    };
    let (network, here, mail) = (browser::network(request), browser::presented(request), app.config.mail.is_some());
    browser::renew(&person, request, next, None, move |tx, session| {
        accounts::set_password(tx, account, &hash)?;
        session::end_all(tx, account, Some(session))?;
        device::forget_all(tx, account, &here)?;
        log::note(tx, Act::PasswordChanged, &Noted { account: Some(account), network: &network, ..Noted::default() });
        post::notice(tx, mail, account, Kind::PasswordChanged, "")
    })
    .await
}

fn show(person: &SignedIn, page: Page) -> Result<Response> {
    let coded = person.app.db.read(|tx| factor::stands(tx, person.account))?;
    page.show_visitor(person, json!({ "password_min": passwords::MIN, "coded": coded }))
}

fn page() -> Page {
    Page::new("security_password.html", "account", plain("title-password"))
}
