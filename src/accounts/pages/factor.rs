//! Setting the second factor up, taking it away, and its recovery codes.

use poem::{
    Request, Response, handler,
    http::{HeaderValue, header},
};
use serde_json::json;

use crate::{
    accounts::{
        self, browser,
        factor::{self, Seed},
        log::{self, Act, Noted},
        post::{self, Kind},
    },
    error::{Error, Result},
    http::{
        auth::{SignedIn, Visitor},
        form::{Fields, complaints},
        frame::Page,
        local_path,
        messages::plain,
        qr, see_other, words,
    },
    types::Timestamp,
};

use super::passkeys::LONGER_FIRST;

/// The form: a secret as a picture and as text, and a field for the code that proves that an app has it.
#[handler]
pub async fn form(person: SignedIn, request: &Request) -> Result<Response> {
    person.confirm(request)?;
    let account = person.account;
    let seed = match person.app.db.read(|tx| factor::waiting(tx, account))? {
        Some(seed) => seed,
        None => {
            let seed = Seed::random()?;
            let begun = seed.clone();
            let beginning = person.app.db.write(move |tx| {
                factor::begin(tx, account, &begun);
                Ok(())
            });
            beginning.await?;
            seed
        }
    };
    show(&person, page(), &seed, local_path(person.params.get("next")))
}

/// The secret as a picture, for the app's camera.
#[handler]
pub fn picture(person: SignedIn, request: &Request) -> Result<Response> {
    person.confirm(request)?;
    let account = person.account;
    let (seed, owner) = person.app.db.read(|tx| Ok((factor::waiting(tx, account)?, accounts::get(tx, account)?)))?;
    let seed = seed.ok_or(Error::NotFound("picture"))?;
    let issuer = person.app.instance_name()?.unwrap_or_else(|| "HEC".to_owned());
    let picture = qr::picture(&seed.url(&issuer, &owner.email)?)?;
    let mut response = Response::builder().content_type("image/svg+xml").body(picture);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Takes the first code. The factor counts from now on, and its recovery codes are shown, this once.
#[handler]
pub async fn confirm(person: SignedIn, request: &Request, fields: Fields) -> Result<Response> {
    person.confirm(request)?;
    let (account, next) = (person.account, local_path(fields.get("next")).to_owned());
    let Some(seed) = person.app.db.read(|tx| factor::waiting(tx, account))? else {
        return Ok(see_other("/account/security/factor"));
    };
    let codes = factor::new_codes()?;
    let (code, kept, network) = (fields.get("code").to_owned(), codes.clone(), browser::network(request));
    let mail = person.app.config.mail.is_some();
    let confirmed = browser::renew(&person, request, &next, None, move |tx, _| {
        factor::confirm(tx, account, &code, &kept)?;
        log::note(tx, Act::FactorAdded, &Noted { account: Some(account), network: &network, ..Noted::default() });
        post::notice(tx, mail, account, Kind::FactorAdded, "app")
    });
    match confirmed.await {
        Ok(renewed) => show_codes(&person, &codes, &next, &renewed),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            show(&person, page().refused(&fields, &complaints), &seed, &next)
        }
    }
}

/// Puts new recovery codes in place of the old ones, and shows them, this once.
#[handler]
pub async fn new_codes(person: SignedIn, request: &Request) -> Result<Response> {
    person.confirm(request)?;
    let (account, codes) = (person.account, factor::new_codes()?);
    let (kept, network) = (codes.clone(), browser::network(request));
    let renewing = browser::renew(&person, request, "/", None, move |tx, _| {
        if !factor::stands(tx, account)? {
            return Err(Error::NotFound("second factor"));
        }
        factor::renew_codes(tx, account, &kept)?;
        log::note(tx, Act::RecoveryCodesMade, &Noted { account: Some(account), network: &network, ..Noted::default() });
        Ok(())
    });
    show_codes(&person, &codes, "/account/security", &renewing.await?)
}

/// Asks whether it is meant.
#[handler]
pub fn off_form(person: SignedIn, request: &Request) -> Result<Response> {
    person.confirm(request)?;
    let account = person.account;
    let (short, passkeys) =
        person.app.db.read(|tx| Ok((accounts::is_short(tx, account)?, accounts::passkey::any(tx, account)?)))?;
    if short && !passkeys {
        return Ok(see_other(LONGER_FIRST));
    }
    let page = Page::new("security_off.html", "account", plain("title-factor-off"));
    page.show_visitor(&person, json!({ "operator": person.described.operator, "passkeys": passkeys }))
}

/// Takes the second factor away.
#[handler]
pub async fn off(person: SignedIn, request: &Request) -> Result<Response> {
    person.confirm(request)?;
    let (account, network, mail) = (person.account, browser::network(request), person.app.config.mail.is_some());
    // The operator's pages, should they be open, close with it.
    let closed = Some(person.app.clock().now());
    let removing = browser::renew(&person, request, "/account/security?notice=factor-removed", closed, move |tx, _| {
        if factor::remove(tx, account)? {
            log::note(tx, Act::FactorRemoved, &Noted { account: Some(account), network: &network, ..Noted::default() });
            // It says that the password stands alone.
            if !factor::stands(tx, account)? {
                post::notice(tx, mail, account, Kind::FactorOff, "")?;
            }
        }
        Ok(())
    });
    match removing.await {
        Err(Error::Invalid(_)) => Ok(see_other(LONGER_FIRST)),
        other => other,
    }
}

fn show(person: &SignedIn, page: Page, seed: &Seed, next: &str) -> Result<Response> {
    let groups = seed.groups();
    let before = person.app.db.read(|tx| factor::is_on(tx, person.account))?;
    let needed = next.starts_with("/admin") || next.starts_with("/setup");
    let context = json!({ "groups": groups, "next": next, "replaces": before, "needed": needed });
    page.show_visitor(person, context)
}

/// The codes' page, with the cookie of the session that began or was renewed.
///
/// # Errors
/// `Internal` only.
pub fn show_codes(person: &Visitor, codes: &[String], next: &str, renewed: &Response) -> Result<Response> {
    let now: Timestamp = person.app.clock().now();
    let zone = person.identity.as_ref().map_or(jiff::tz::TimeZone::UTC, |(_, described)| described.zone.clone());
    let context = json!({
        "codes": codes,
        "next": if next == "/" { "/account/security" } else { next },
        "name": person.app.instance_name()?,
        "date": words::short(now.date_in(&zone)),
    });
    let page = Page::new("security_codes.html", "account", plain("title-recovery-codes"));
    let mut response = page.show_visitor(person, context)?;
    for cookie in renewed.headers().get_all(header::SET_COOKIE) {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

fn page() -> Page {
    Page::new("security_factor.html", "account", plain("title-factor"))
}
