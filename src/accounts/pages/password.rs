//! Another password, by somebody who proved who they are.

use poem::{Request, Response, handler};
use serde_json::json;

use crate::{
    accounts::{
        self, browser, device, factor,
        log::{self, Act, Noted},
        passkey,
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

use super::factor::show_codes;

/// The form.
#[handler]
pub fn form(person: SignedIn, request: &Request) -> Result<Response> {
    person.confirm(request)?;
    show(&person, page(), (true, false))
}

/// Changes it. Every other session ends, with every token and app; other devices are no longer known. Passkeys go with
/// it where that was ticked, and so do recovery codes that somebody may have seen: new ones are shown then.
#[handler]
pub async fn change(person: SignedIn, request: &Request, fields: Fields) -> Result<Response> {
    person.confirm(request)?;
    let (app, account) = (&person.app, person.account);
    let owner = app.db.read(|tx| accounts::get(tx, account))?;
    let hash = match browser::choose(app, &owner, fields.get("password"), Factor::None).await {
        Ok(hash) => hash,
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            let ticked = (fields.ticked("passkeys"), fields.ticked("codes"));
            return show(&person, page().refused(&fields, &complaints), ticked);
        }
    };
    let next = match &person.described.family_name {
        Some(_) => "/account?notice=password-changed#tokens",
        None => "/account/security?notice=password-changed",
    };
    let (network, here, mail) = (browser::network(request), browser::presented(request), app.config.mail.is_some());
    let (out, fresh, codes) = (fields.ticked("passkeys"), fields.ticked("codes"), factor::new_codes()?);
    let kept = codes.clone();
    // The operator's pages, should they be open, close with the passkeys.
    let closed = out.then(|| app.clock().now());
    let changing = browser::renew_telling(&person, request, next, closed, move |tx, session| {
        accounts::set_password(tx, account, &hash)?;
        session::end_all(tx, account, Some(session))?;
        device::forget_all(tx, account, &here)?;
        log::note(tx, Act::PasswordChanged, &Noted { account: Some(account), network: &network, ..Noted::default() });
        post::notice(tx, mail, account, Kind::PasswordChanged, "")?;
        if out {
            let names = factor::remove_passkeys(tx, account)?;
            super::passkeys::removed(tx, account, &names, &network, mail)?;
        }
        // With the last second factor they are gone.
        let renewed = fresh && factor::stands(tx, account)?;
        if renewed {
            factor::renew_codes(tx, account, &kept)?;
            let noted = Noted { account: Some(account), network: &network, ..Noted::default() };
            log::note(tx, Act::RecoveryCodesMade, &noted);
        }
        Ok(renewed)
    });
    match changing.await? {
        (true, renewed) => show_codes(&person, &codes, next, &renewed),
        (false, renewed) => Ok(renewed),
    }
}

fn show(person: &SignedIn, page: Page, (out, fresh): (bool, bool)) -> Result<Response> {
    let account = person.account;
    let (passkeys, totp, stands) = person
        .app
        .db
        .read(|tx| Ok((passkey::all(tx, account)?.len(), factor::is_on(tx, account)?, factor::stands(tx, account)?)))?;
    let closes = person.described.operator && !totp;
    let context = json!({
        "password_min": passwords::MIN, "passkeys": passkeys, "out": out, "closes": closes, "codes": stands,
        "fresh": fresh,
    });
    page.show_visitor(person, context)
}

fn page() -> Page {
    Page::new("security_password.html", "account", plain("title-password"))
}
