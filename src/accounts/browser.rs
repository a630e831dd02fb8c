//! A session in a browser: the cookies and their rows.

pub mod beside;
pub mod ceremony;
pub mod passkey;
pub mod proof;
pub mod site;

use poem::{Request, Response, http::header};
use zeroize::Zeroizing;

use crate::{
    app::App,
    error::{Error, Result},
    http::{
        agent,
        auth::{SignedIn, Visitor},
        cookie,
        firewall::Client,
        see_other,
    },
    store::Write,
    types::{AccountId, Secret, Timestamp, hash_secret},
};

use super::{
    Account, Password, PasswordHash, device,
    log::{self, Act, Noted},
    password::{self, Factor},
    post::{self, Kind},
    session::{self, Place},
};

/// An account's new password, judged and hashed where that holds nobody up.
///
/// # Errors
/// `Invalid` on `password`; `Busy`.
pub async fn choose(app: &App, owner: &Account, typed: &str, factor: Factor) -> Result<PasswordHash> {
    let (cost, typed, instance) = (app.config.password, Zeroizing::new(typed.to_owned()), app.instance_name()?);
    let own = [owner.name.clone(), owner.email.clone()];
    let chosen = move || {
        let known: Vec<&str> = own.iter().map(String::as_str).chain(instance.as_deref()).collect();
        let password = Password::parse("password", &typed, factor, &known)?;
        password::hash(cost, &password)
    };
    app.hashing.run(chosen).await?
}

/// Begins a session in this browser, in place of the one that it had, and goes on to a page. The browser is known
/// from then on.
///
/// # Errors
/// `Internal` only.
pub async fn begin(visitor: &Visitor, request: &Request, account: AccountId, next: &str) -> Result<Response> {
    begin_with(&visitor.app, request, account, next, place(request, false), |_, _| Ok(())).await
}

/// The same, and the visitor as they are from then on, for a page that is shown at once. Its cookies are the reply's.
///
/// # Errors
/// `Internal` only.
pub async fn begin_here(visitor: &Visitor, request: &Request, account: AccountId) -> Result<(Visitor, Response)> {
    let begun = begun(&visitor.app, request, account, "/", place(request, false), |_, _| Ok(())).await?;
    Ok((visitor.entered(begun.0.expose())?, begun.1))
}

/// The same, with more to be written in the same transaction, which learns whether the device was known.
///
/// # Errors
/// What `more` says; `Internal`.
pub async fn begin_with(
    app: &App,
    request: &Request,
    account: AccountId,
    next: &str,
    place: Place,
    more: impl FnOnce(&mut Write, bool) -> Result<()> + Send + 'static,
) -> Result<Response> {
    begun(app, request, account, next, place, more).await.map(|(_, response)| response)
}

async fn begun(
    app: &App,
    request: &Request,
    account: AccountId,
    next: &str,
    place: Place,
    more: impl FnOnce(&mut Write, bool) -> Result<()> + Send + 'static,
) -> Result<(Secret, Response)> {
    let secret = Secret::random().map_err(Error::internal)?;
    let again = Secret::random().map_err(Error::internal)?;
    let (hash, before) = (secret.hash(), cookie::session(request).map(|before| hash_secret(&before)));
    let (presented, new) = (presented(request), again.hash());
    let writing = app.db.write(move |tx| {
        if let Some(before) = before {
            session::end(tx, before)?;
        }
        let known = device::known(tx, account, &presented)?;
        device::remember(tx, account, known.unwrap_or(new))?;
        session::begin_at(tx, account, hash, place);
        more(tx, known.is_some())?;
        Ok(known.is_some())
    });
    let is_known = writing.await?;
    let mut response = see_other(next);
    cookie::set(request, &mut response, secret.expose());
    if !is_known {
        cookie::add_device(request, &mut response, again.expose());
    }
    Ok((secret, response))
}

/// Begins a session after a sign-in, which the account's log tells, and on a new device a message.
///
/// # Errors
/// What `more` says; `Internal`.
pub async fn sign_in(
    app: &App,
    request: &Request,
    account: AccountId,
    next: &str,
    installed: bool,
    more: impl FnOnce(&mut Write) -> Result<()> + Send + 'static,
) -> Result<Response> {
    sign_in_by(app, request, account, next, installed, Act::SignedIn, more).await
}

/// The same, where the log tells by what.
///
/// # Errors
/// As for [`sign_in`].
pub async fn sign_in_by(
    app: &App,
    request: &Request,
    account: AccountId,
    next: &str,
    installed: bool,
    act: Act,
    more: impl FnOnce(&mut Write) -> Result<()> + Send + 'static,
) -> Result<Response> {
    let place = place(request, installed);
    let (about, network) = (place.device.clone(), place.network.clone());
    let mail = app.config.mail.is_some();
    begin_with(app, request, account, next, place, move |tx, is_known| {
        let noted = Noted { account: Some(account), about: &about, network: &network, ..Noted::default() };
        log::note(tx, act, &noted);
        if !is_known {
            post::notice(tx, mail, account, Kind::NewDevice, &about)?;
        }
        more(tx)
    })
    .await
}

/// Gives a session another secret, since its person has proved anew who they are; `more` is written with it. With
/// `operator_until` it opens the operator's pages.
///
/// # Errors
/// What `more` says; `NotSignedIn` where the session has ended; `Internal`.
pub async fn renew(
    person: &SignedIn,
    request: &Request,
    next: &str,
    operator_until: Option<Timestamp>,
    more: impl FnOnce(&mut Write, [u8; 32]) -> Result<()> + Send + 'static,
) -> Result<Response> {
    renew_telling(person, request, next, operator_until, more).await.map(|((), response)| response)
}

/// The same, and what `more` has found out.
///
/// # Errors
/// As for [`renew`].
pub async fn renew_telling<T: Send + 'static>(
    person: &SignedIn,
    request: &Request,
    next: &str,
    operator_until: Option<Timestamp>,
    more: impl FnOnce(&mut Write, [u8; 32]) -> Result<T> + Send + 'static,
) -> Result<(T, Response)> {
    let secret = Secret::random().map_err(Error::internal)?;
    let (before, after) = (person.standing.session, secret.hash());
    let writing = person.app.db.write(move |tx| {
        session::renew(tx, before, after, operator_until)?;
        more(tx, after)
    });
    let told = writing.await?;
    let mut response = see_other(next);
    cookie::set(request, &mut response, secret.expose());
    Ok((told, response))
}

/// What a request tells of the browser that sent it.
pub fn place(request: &Request, installed: bool) -> Place {
    let device = request.header(header::USER_AGENT).map(agent::label).unwrap_or_default();
    Place { device, network: network(request), installed }
}

/// The network that a request comes from, as it is shown to the account itself.
pub fn network(request: &Request) -> String {
    request.extensions().get::<Client>().map(ToString::to_string).unwrap_or_default()
}

/// The hashes of the secrets by which accounts know this browser again.
pub fn presented(request: &Request) -> Vec<[u8; 32]> {
    cookie::devices(request).iter().map(|secret| hash_secret(secret)).collect()
}
