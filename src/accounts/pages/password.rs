//! Another password, by somebody who proved who they are.

use poem::{Request, Response, handler};
use serde_json::json;

use crate::{
    accounts::{
        self, Password, PasswordHash, browser, device, factor,
        log::{self, Act, Noted},
        passkey,
        password::{self as passwords, Factor},
        post::{self, Kind},
        session,
    },
    error::{Invalid, Result},
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
    show(&person, page(), (true, false), false)
}

/// Changes it. Every other session ends, with every token and app; other devices are no longer known. Passkeys go with
/// it where that was ticked, and so do recovery codes that somebody may have seen: new ones are shown then.
#[handler]
pub async fn change(person: SignedIn, request: &Request, fields: Fields) -> Result<Response> {
    person.confirm(request)?;
    let (app, account) = (&person.app, person.account);
    let longer = fields.ticked("longer");
    let refused = |error| {
        let complaints = complaints(error, str::to_owned)?;
        let ticked = (fields.ticked("passkeys"), fields.ticked("codes"));
        show(&person, page().refused(&fields, &complaints), ticked, longer)
    };
    let hash = match chosen(&person, fields.get("password"), longer).await {
        Ok(hash) => hash,
        Err(error) => return refused(error),
    };
    let short = passwords::is_short(fields.get("password"));
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
        if short {
            // The app was taken away meanwhile.
            if !factor::is_on(tx, account)? {
                return Err(Invalid::new("password", "error-password-short").with("min", passwords::MIN).into());
            }
            accounts::note_short(tx, account);
        }
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
    match changing.await {
        Ok((true, renewed)) => show_codes(&person, &codes, next, &renewed),
        Ok((false, renewed)) => Ok(renewed),
        Err(error) => refused(error),
    }
}

/// The new password's hash. Beside an app that makes codes it may be short, as where both are chosen in one step; it is
/// another one than before. It is `longer` where the app is about to go.
async fn chosen(person: &SignedIn, typed: &str, longer: bool) -> Result<PasswordHash> {
    let (app, account) = (&person.app, person.account);
    let (owner, stored, on) = app.db.read(|tx| {
        Ok((accounts::get(tx, account)?, accounts::password_of(tx, account)?, factor::is_on(tx, account)?))
    })?;
    let rule = if on && !longer { Factor::Stands } else { Factor::None };
    let hash = browser::choose(app, &owner, typed, rule).await?;
    let (cost, typed) = (app.config.password, Password::attempt(typed));
    if app.hashing.run(move || passwords::verify(cost, &typed, Some(&stored))).await?? {
        return Err(Invalid::new("password", "error-password-same").into());
    }
    Ok(hash)
}

fn show(person: &SignedIn, page: Page, (out, fresh): (bool, bool), longer: bool) -> Result<Response> {
    let account = person.account;
    let (passkeys, totp, stands) = person
        .app
        .db
        .read(|tx| Ok((passkey::all(tx, account)?.len(), factor::is_on(tx, account)?, factor::stands(tx, account)?)))?;
    let closes = person.described.operator && !totp;
    // Who is led here for a longer one is told so.
    let longer = longer || person.params.get("notice") == "password-longer-first";
    let rule = if totp && !longer { Factor::Stands } else { Factor::None };
    let context = json!({
        "password_min": rule.min(), "passkeys": passkeys, "out": out, "closes": closes, "codes": stands,
        "fresh": fresh, "longer": longer,
    });
    page.show_visitor(person, context)
}

fn page() -> Page {
    Page::new("security_password.html", "account", plain("title-password"))
}
