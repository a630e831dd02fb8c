//! Signing in and out.

pub mod again;
pub mod code;
pub mod declaration;
pub mod details;
pub mod email;
pub mod factor;
pub mod forgotten;
pub mod passkeys;
pub mod password;
pub mod reset;
pub mod security;

use poem::{Request, Response, handler};
use serde_json::{Value, json};

use crate::{
    app::App,
    config::Registration,
    error::{Error, Result},
    http::{
        auth::Visitor,
        cookie,
        form::Fields,
        frame::Page,
        guesses::{Guess, Kind, Outcome},
        local_path, messages, query_value, see_other,
    },
    store::Read,
    types::{AccountId, Secret, Timestamp, hash_secret},
};

use super::{
    Email, Password, PasswordHash, browser,
    browser::proof,
    credentials, device,
    log::{self, Act, Noted},
    password as passwords, session, waiting,
};

/// The form.
#[handler]
pub fn sign_in_form(visitor: Visitor, request: &Request) -> Result<Response> {
    let next = local_path(visitor.params.get("next")).to_owned();
    if visitor.identity.is_some() {
        return Ok(see_other(&next));
    }
    let context = context(&visitor, request, &next)?;
    page().show_visitor(&visitor, context)
}

/// Signs in: the same reply, after the same work, for an unknown email and a wrong password. Where the account has a
/// second factor, that is asked for next; a passkey alone is enough.
#[handler]
pub async fn sign_in(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    let app = &visitor.app;
    if let Some(sent) = fields.optional("passkey") {
        return passkeys::sign_in(&visitor, request, &fields, sent).await;
    }
    let next = local_path(fields.get("next")).to_owned();
    let email = Email::typed(fields.get("email"));
    let presented = browser::presented(request);
    let found = match &email {
        Ok(email) => app.db.read(|tx| {
            let Some((account, hash)) = credentials(tx, email)? else { return Ok(None) };
            let asked = if super::factor::stands(tx, account)? {
                Asked::Code
            } else if super::is_short(tx, account)? {
                Asked::Longer
            } else {
                Asked::Nothing
            };
            let since = super::password_since(tx, account)?;
            Ok(Some((account, hash, device::known(tx, account, &presented)?, asked, since)))
        })?,
        Err(_) => None,
    };
    let target = match &email {
        Ok(email) => proof::target(&app.guesses, email),
        Err(_) => app.guesses.target("nobody", ""),
    };
    let device = found.as_ref().and_then(|(_, _, device, ..)| *device);
    let guess = Guess { kind: Kind::Password, target, client: proof::client(request), device };
    let stored = found.as_ref().map(|(_, hash, ..)| hash.clone());
    let (cost, attempt) = (app.config.password, Password::attempt(fields.get("password")));
    let typed = attempt.clone();
    let verified = app.hashing.run(move || passwords::verify(cost, &typed, stored.as_ref()));
    let outcome = app.guesses.ask(guess, async { verified.await? }).await?;
    if outcome == Outcome::Wrong && app.guesses.leaves_a_line(target) {
        note_failure(app, found.as_ref().map(|(account, ..)| *account), request);
    }
    if let Some(proof::Refused { complaints, wait }) = proof::complaint(outcome, "email", "error-sign-in") {
        let shown = page().refused(&fields, &complaints).show_visitor(&visitor, context(&visitor, request, &next)?)?;
        return Ok(proof::later(shown, wait));
    }
    let Some((account, hash, _, asked, since)) = found else { return Err(Error::broken("a password fits nobody")) };
    let upgraded = upgraded(app, attempt, &hash).await?;
    if asked == Asked::Longer {
        return choose_longer(app, account, since).await;
    }
    if asked == Asked::Code {
        return wait_for_code(app, request, (account, since), &next, fields.ticked("installed")).await;
    }
    browser::sign_in(app, request, account, &next, fields.ticked("installed"), move |tx| {
        is_the_same(tx, account, since)?;
        // Set up meanwhile, a second factor is asked for.
        if super::factor::stands(tx, account)? {
            return Err(Error::NotSignedIn);
        }
        match upgraded {
            Some(better) => super::upgrade(tx, account, &hash, &better),
            None => Ok(()),
        }
    })
    .await
}

/// What comes after a password that is right.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// The session.
    Nothing,
    /// The second factor.
    Code,
    /// A longer password: this one was to stand beside a second factor, which somebody took away.
    Longer,
}

/// Leads to where a password is chosen that may stand alone. Until then nobody is signed in.
async fn choose_longer(app: &App, account: AccountId, since: Option<Timestamp>) -> Result<Response> {
    let link = Secret::random().map_err(Error::internal)?;
    let hash = link.hash();
    let making = app.db.write(move |tx| {
        is_the_same(tx, account, since)?;
        super::reset::make(tx, account, hash)
    });
    making.await?;
    Ok(see_other(&format!("/reset?token={}&notice=password-longer-first", link.expose())))
}

/// The password, hashed anew where the stored hash was made with other settings than today's.
async fn upgraded(app: &App, password: Password, stored: &PasswordHash) -> Result<Option<PasswordHash>> {
    let cost = app.config.password;
    if !passwords::is_other(cost, stored) {
        return Ok(None);
    }
    match app.hashing.run(move || passwords::hash(cost, &password)).await {
        Ok(hashed) => hashed.map(Some),
        // It is done the next time.
        Err(Error::Busy) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Tells an account's log that somebody tried. Nobody waits for it: an unknown address must not be told by its haste.
fn note_failure(app: &App, account: Option<AccountId>, request: &Request) {
    let Some(account) = account else { return };
    let (db, network) = (app.db.clone(), browser::network(request));
    tokio::spawn(async move {
        let noting = db.write(move |tx| {
            let noted = Noted { account: Some(account), network: &network, ..Noted::default() };
            log::note(tx, Act::SignInFailed, &noted);
            Ok(())
        });
        if let Err(error) = noting.await {
            tracing::warn!(%error, "a failed sign-in could not be noted");
        }
    });
}

/// Whoever changed the password while another was being checked has ended that sign-in too.
fn is_the_same(tx: &Read, account: AccountId, since: Option<Timestamp>) -> Result<()> {
    if super::password_since(tx, account)? == since { Ok(()) } else { Err(Error::NotSignedIn) }
}

async fn wait_for_code(
    app: &App,
    request: &Request,
    (account, since): (AccountId, Option<Timestamp>),
    next: &str,
    installed: bool,
) -> Result<Response> {
    let secret = Secret::random().map_err(Error::internal)?;
    let hash = secret.hash();
    let waits = app.db.write(move |tx| {
        is_the_same(tx, account, since)?;
        waiting::begin(tx, account, hash);
        Ok(())
    });
    waits.await?;
    let installed = if installed { "&installed=1" } else { "" };
    let mut response = see_other(&format!("/sign-in/code?next={}{installed}", query_value(next)));
    cookie::set_waiting(request, &mut response, secret.expose());
    Ok(response)
}

/// Ends the session, here and on the server, and goes to where one signs in again.
#[handler]
pub async fn sign_out(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    if let Some(secret) = cookie::session(request) {
        let (hash, network) = (hash_secret(&secret), browser::network(request));
        let ending = visitor.app.db.write(move |tx| {
            if let Some(session) = session::find(tx, hash)?
                && session.learner.is_none()
            {
                let (account, about) = (Some(session.account), &*session.device);
                log::note(tx, Act::SignedOut, &Noted { account, about, network: &network, ..Noted::default() });
            }
            session::end(tx, hash)
        });
        ending.await?;
    }
    let door = local_path(fields.get("next"));
    let door = if door.starts_with("/learner/") { door } else { "/sign-in" };
    let mut response = see_other(&format!("{door}?notice=signed-out"));
    cookie::clear(request, &mut response);
    Ok(response)
}

fn context(visitor: &Visitor, request: &Request, next: &str) -> Result<Value> {
    let config = &visitor.app.config;
    let (open, mail) = (config.registration == Registration::Open, config.mail.is_some());
    Ok(json!({ "next": next, "open": open, "mail": mail, "passkey": browser::passkey::is_here(request)? }))
}

fn page() -> Page {
    Page::new("sign_in.html", "", messages::plain("title-sign-in"))
}
