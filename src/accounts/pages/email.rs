//! Another email, by somebody who proved who they are, and the page behind the link that proves an address.

use poem::{Request, Response, handler, http::StatusCode};
use serde_json::json;

use crate::{
    accounts::{self, Email, Password, browser, change, password},
    error::{Error, Invalid, Result},
    http::{
        auth::SignedIn,
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
        see_other, words,
    },
    types::{Secret, hash_secret},
};

/// The form.
#[handler]
pub fn form(person: SignedIn, request: &Request) -> Result<Response> {
    person.confirm(request)?;
    show(&person, page())
}

/// Takes another address. With mail it waits for its link, and what is said does not tell whether somebody else has it;
/// without, it holds at once.
#[handler]
pub async fn take(person: SignedIn, request: &Request, fields: Fields) -> Result<Response> {
    person.confirm(request)?;
    match begin(&person, request, fields.get("email")).await {
        Ok(next) => Ok(see_other(next)),
        Err(error) => show(&person, page().refused(&fields, &complaints(error, str::to_owned)?)),
    }
}

async fn begin(person: &SignedIn, request: &Request, typed: &str) -> Result<&'static str> {
    let (app, account, network) = (&person.app, person.account, browser::network(request));
    let email = Email::parse(typed)?;
    let (owner, stored) = app.db.read(|tx| Ok((accounts::get(tx, account)?, accounts::password_of(tx, account)?)))?;
    if owner.email == email.as_str() {
        return Err(Invalid::new("email", "error-email-same").into());
    }
    // The password is not known, so it can't be judged anew: that it is not the address itself can be seen.
    let (cost, new) = (app.config.password, email.clone());
    let same = app.hashing.run(move || {
        let mut same = false;
        for candidate in [new.as_str().to_owned(), new.folded()] {
            same |= password::verify(cost, &Password::attempt(&candidate), Some(&stored))?;
        }
        Ok::<_, Error>(same)
    });
    if same.await?? {
        return Err(Invalid::new("email", "error-email-is-password").into());
    }
    if app.config.mail.is_none() {
        app.db.write(move |tx| change::at_once(tx, account, &email, &network)).await?;
        return Ok("/account?notice=email-changed");
    }
    let secret = Secret::random().map_err(Error::internal)?;
    app.db.write(move |tx| change::begin(tx, account, &email, &secret)).await?;
    Ok("/account/email?notice=email-asked")
}

/// Sends a link to the address that the account has, so that it is known to be its owner's.
#[handler]
pub async fn check(person: SignedIn, request: &Request) -> Result<Response> {
    person.confirm(request)?;
    let owner = person.app.db.read(|tx| accounts::get(tx, person.account))?;
    send(&person, &owner.email).await
}

/// Sends another link to the address that waits.
#[handler]
pub async fn again(person: SignedIn, request: &Request) -> Result<Response> {
    person.confirm(request)?;
    match person.app.db.read(|tx| change::waiting(tx, person.account))? {
        Some(waiting) => send(&person, &waiting.email).await,
        None => Ok(see_other("/account/email")),
    }
}

async fn send(person: &SignedIn, to: &str) -> Result<Response> {
    let (account, email) = (person.account, Email::known(to)?);
    if person.app.config.mail.is_none() {
        return Ok(see_other("/account/email"));
    }
    let secret = Secret::random().map_err(Error::internal)?;
    match person.app.db.write(move |tx| change::begin(tx, account, &email, &secret)).await {
        Ok(()) => Ok(see_other("/account/email?notice=email-asked")),
        Err(error) => show(person, page().refused(&Fields::default(), &complaints(error, str::to_owned)?)),
    }
}

/// Ends the wait for an address.
#[handler]
pub async fn cancel(person: SignedIn) -> Result<Response> {
    let account = person.account;
    person.app.db.write(move |tx| change::withdraw(tx, account)).await?;
    Ok(see_other("/account/email?notice=email-cancelled"))
}

/// The page behind the link: it asks, and changes nothing, since mail servers follow links as well.
#[handler]
pub fn ask(person: SignedIn) -> Result<Response> {
    show_link(&person, person.params.get("token"))
}

/// Takes the address that the link went to. That proves nothing of who holds the device: the session stays as it is.
#[handler]
pub async fn confirm(person: SignedIn, request: &Request, fields: Fields) -> Result<Response> {
    let (account, mail, network) = (person.account, person.app.config.mail.is_some(), browser::network(request));
    let hash = hash_secret(fields.get("token"));
    match person.app.db.write(move |tx| change::confirm(tx, account, hash, mail, &network)).await {
        Ok(()) => Ok(see_other("/account?notice=email-proved")),
        Err(Error::NotFound(_)) => show_link(&person, fields.get("token")),
        Err(error) => Err(error),
    }
}

fn show_link(person: &SignedIn, token: &str) -> Result<Response> {
    let found = person.app.db.read(|tx| change::find(tx, person.account, hash_secret(token)));
    let email = match found {
        Ok(waiting) => Some(waiting.email),
        Err(Error::NotFound(_)) => None,
        Err(error) => return Err(error),
    };
    let page = Page::new("account_email_confirm.html", "account", plain("title-account-email"));
    let page = if email.is_some() { page } else { page.status(StatusCode::NOT_FOUND) };
    page.show_visitor(person, json!({ "email": email, "token": token }))
}

fn show(person: &SignedIn, page: Page) -> Result<Response> {
    let zone = &person.described.zone;
    let read = |tx: &crate::store::Read| Ok((accounts::get(tx, person.account)?, change::waiting(tx, person.account)?));
    let (owner, waiting) = person.app.db.read(read)?;
    let context = json!({
        "email": owner.email,
        "verified": owner.verified_at.map(|at| words::short(at.date_in(zone))),
        "waiting": waiting.map(|waiting| json!({
            "email": waiting.email, "ends": words::moment(waiting.asked_at.plus(change::LIFE), zone),
        })),
        "mail": person.app.config.mail.is_some(),
    });
    page.show_visitor(person, context)
}

fn page() -> Page {
    Page::new("account_email.html", "account", plain("title-account-email"))
}
