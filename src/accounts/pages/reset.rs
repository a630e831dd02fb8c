//! The page behind a link for a new password.

use poem::{Request, Response, handler, http::StatusCode};
use serde_json::json;

use crate::{
    accounts::{
        self,
        browser::{self, beside, beside::Beside},
        device, factor,
        log::{self, Act, Noted},
        passkey,
        password::{self as passwords, Factor},
        post::{self, Kind},
        reset, session,
    },
    error::{Error, Invalid, Result, both},
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

use super::factor::show_codes;

/// The form, or that the link works no longer.
#[handler]
pub fn form(visitor: Visitor, request: &Request) -> Result<Response> {
    show(&visitor, request, (visitor.params.get("token"), None), page())
}

/// Takes the new password. Every session of the account ends; it signs in anew, with its second factor where it has
/// one: passkeys may go, but never the last second factor. This browser is the only one that is known from then on.
#[handler]
pub async fn take(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    let (app, token) = (&visitor.app, fields.get("token"));
    let link = hash_secret(token);
    let owner = app.db.read(|tx| reset::find(tx, link)?.map(|account| accounts::get(tx, account)).transpose())?;
    let Some(owner) = owner else { return show(&visitor, request, (token, None), page()) };
    let refused = |error| {
        let complaints = complaints(error, str::to_owned)?;
        show(&visitor, request, (token, Some(&fields)), page().refused(&fields, &complaints))
    };
    // Whoever has a second factor keeps it. Beside an app that makes codes fewer characters are enough, as ever.
    let (stands, on) = app.db.read(|tx| Ok((factor::stands(tx, owner.id)?, factor::is_on(tx, owner.id)?)))?;
    let read = if stands { Ok(None) } else { Beside::read(app, request, &fields, token) };
    let rule = if on { Factor::Stands } else { Beside::factor(&read) };
    let chosen = browser::choose(app, &owner, fields.get("password"), rule).await;
    let chosen = if stands { chosen } else { chosen.map_err(|error| Beside::offering(&read, error)) };
    let (beside, hash) = match both(read, chosen) {
        Ok(read) => read,
        Err(error) => return refused(error),
    };
    let again = Secret::random().map_err(Error::internal)?;
    let (network, new, mail) = (browser::network(request), again.hash(), app.config.mail.is_some());
    let (written, out) = (beside.as_ref().map(Beside::written), fields.ticked("passkeys"));
    let short = on && passwords::is_short(fields.get("password"));
    let changing = app.db.write(move |tx| {
        let account = reset::consume(tx, link, &hash)?;
        if short {
            // The app was taken away meanwhile.
            if !factor::is_on(tx, account)? {
                return Err(Invalid::new("password", "error-password-short").with("min", passwords::MIN).into());
            }
            accounts::note_short(tx, account);
        }
        session::end_all(tx, account, None)?;
        device::forget_all(tx, account, &[])?;
        device::remember(tx, account, new)?;
        log::note(tx, Act::PasswordChanged, &Noted { account: Some(account), network: &network, ..Noted::default() });
        post::notice(tx, mail, account, Kind::PasswordChanged, "")?;
        if out {
            let names = factor::shut_out_passkeys(tx, account)?;
            super::passkeys::removed(tx, account, &names, &network, mail)?;
        }
        let Some(written) = written else { return Ok(()) };
        written.write(tx, account)?;
        post::notice(tx, mail, account, Kind::FactorAdded, "app")
    });
    let done = "/sign-in?notice=password-set";
    match (changing.await, beside) {
        (Ok(()), beside) => {
            let mut response = see_other(done);
            cookie::add_device(request, &mut response, again.expose());
            match beside {
                Some(beside) => show_codes(&visitor, &beside.kept(), done, &response),
                None => Ok(response),
            }
        }
        (Err(Error::NotFound(_)), _) => show(&visitor, request, (token, None), page()),
        (Err(error @ Error::Invalid(_)), _) => refused(error),
        (Err(error), _) => Err(error),
    }
}

fn show(
    visitor: &Visitor,
    request: &Request,
    (token, fields): (&str, Option<&Fields>),
    page: Page,
) -> Result<Response> {
    let link = hash_secret(token);
    let owner = visitor.app.db.read(|tx| {
        let account = reset::find(tx, link)?;
        let found =
            |account| Ok((accounts::get(tx, account)?, factor::stands(tx, account)?, factor::is_on(tx, account)?));
        account.map(found).transpose()
    })?;
    let passkeys = match &owner {
        Some((owner, true, totp)) => Some(visitor.app.db.read(|tx| {
            let all = passkey::all(tx, owner.id)?;
            Ok(json!({ "count": all.len(), "totp": totp, "go": factor::outlives_passkeys(tx, owner.id)? }))
        })?),
        _ => None,
    };
    let beside = match &owner {
        Some((owner, false, _)) => Some(beside::shown(&visitor.app, request, fields, token, &owner.email)?),
        _ => None,
    };
    let rule = if owner.as_ref().is_some_and(|(_, _, on)| *on) { Factor::Stands } else { Factor::None };
    let page = if owner.is_some() { page } else { page.status(StatusCode::NOT_FOUND) };
    let context = json!({
        "token": token,
        "valid": owner.is_some(),
        "email": owner.map(|(owner, ..)| owner.email),
        "beside": beside,
        "passkeys": passkeys,
        "out": fields.is_none_or(|fields| fields.ticked("passkeys")),
        "password_min": rule.min(),
    });
    page.show_visitor(visitor, context)
}

fn page() -> Page {
    Page::new("reset.html", "", plain("title-reset"))
}
