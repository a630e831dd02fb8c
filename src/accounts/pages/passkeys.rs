//! Passkeys: what a browser is to ask of one, signing in with one, a new one, and one less.

use data_encoding::HEXLOWER;
use poem::{Request, Response, handler, http::header, web::Path};
use serde_json::{Value, json};

use crate::{
    accounts::{
        self,
        browser::{
            self,
            ceremony::{Bound, Refused},
            passkey as proving,
            site::Place,
        },
        factor,
        log::{self, Act, Noted},
        passkey::{self, MOST, NAME, Passkey, PasskeyId},
        post::{self, Kind},
        waiting,
    },
    error::{Error, Result},
    http::{
        agent,
        auth::{SignedIn, Visitor},
        cookie,
        form::{Fields, complaints},
        frame::Page,
        local_path,
        messages::plain,
        see_other, words,
    },
    store::{Read, Write},
    types::{AccountId, Secret, hash_secret},
};

use super::{factor::show_codes, security};

/// The most bytes of a form that asks for a question.
pub const MAX_ASKED: u64 = 1024;

const SECURITY: &str = "/account/security";
/// Where a password is chosen that may stand alone.
pub(super) const LONGER_FIRST: &str = "/account/security/password?notice=password-longer-first";

/// What a page's script hands to the browser, as `PublicKeyCredential.parse…OptionsFromJSON` takes it.
#[handler]
pub fn challenge(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    if !proving::is_here(request)? {
        return Err(Error::NotFound("passkey"));
    }
    let (ceremonies, client) = (proving::ceremonies(request)?, browser::proof::client(request));
    let name = ceremonies.name().unwrap_or_default();
    let purpose = fields.get("for");
    if purpose == "sign-in" {
        let fresh = Secret::random().map_err(Error::internal)?;
        let options = ceremonies.ask(Bound::SignIn(fresh.hash()), client, &[])?;
        let mut response = told(&options);
        cookie::set_passkey(request, &mut response, fresh.expose());
        return Ok(response);
    }
    let (bound, account) = if purpose == "code" {
        let hash = cookie::waiting(request).map(|secret| hash_secret(&secret)).ok_or(Error::NotSignedIn)?;
        let waits = visitor.app.db.read(|tx| waiting::find(tx, hash))?.ok_or(Error::NotSignedIn)?;
        (Bound::Code(hash), waits.account)
    } else {
        let (identity, _) =
            visitor.identity.as_ref().filter(|(_, described)| !described.is_learner).ok_or(Error::NotSignedIn)?;
        let standing = identity.standing.ok_or(Error::NotSignedIn)?;
        match purpose {
            "again" => (Bound::Again(standing.session), identity.account),
            "add" => {
                visitor.confirm(request)?;
                (Bound::Adding(standing.session), identity.account)
            }
            _ => return Err(Error::NotFound("passkey")),
        }
    };
    let (owner, known) =
        visitor.app.db.read(|tx| Ok((accounts::get(tx, account)?, passkey::at(tx, account, name)?)))?;
    let options = match bound {
        Bound::Adding(_) => ceremonies.ask_for_key(bound, client, &owner, &known)?,
        _ if known.is_empty() => return Err(Error::NotFound("passkey")),
        _ => ceremonies.ask(bound, client, &known)?,
    };
    Ok(told(&options))
}

/// Signs in with a passkey alone: it has made sure of the person by itself.
pub(super) async fn sign_in(visitor: &Visitor, request: &Request, fields: &Fields, sent: &str) -> Result<Response> {
    let (app, next) = (&visitor.app, local_path(fields.get("next")).to_owned());
    let proved = match cookie::passkey(request) {
        Some(secret) => proving::prove(app, request, Bound::SignIn(hash_secret(&secret)), sent, None).await?,
        None => Err(proving::refusal(Refused::Late)),
    };
    let refused = |refused: browser::proof::Refused| {
        let context = super::context(visitor, request, &next)?;
        let shown = super::page().refused(fields, &refused.complaints).show_visitor(visitor, context)?;
        Ok(browser::proof::later(shown, refused.wait))
    };
    let (account, key) = match proved {
        Ok(proved) => proved,
        Err(why) => return refused(why),
    };
    let (installed, act) = (fields.ticked("installed"), Act::PasskeySignedIn);
    let still = move |tx: &mut Write| passkey::stands(tx, account, key);
    match browser::sign_in_by(app, request, account, &next, installed, act, still).await {
        Ok(mut response) => {
            cookie::clear_passkey(request, &mut response);
            Ok(response)
        }
        Err(Error::NotSignedIn) => refused(proving::refusal(Refused::Wrong)),
        Err(error) => Err(error),
    }
}

/// The form for a new one.
#[handler]
pub fn form(person: SignedIn, request: &Request) -> Result<Response> {
    person.confirm(request)?;
    show(&person, request, page())
}

/// Takes a new one. The first second factor of an account brings its recovery codes with it, shown this once.
#[handler]
pub async fn add(person: SignedIn, request: &Request, fields: Fields) -> Result<Response> {
    person.confirm(request)?;
    if !proving::is_here(request)? {
        return show(&person, request, page());
    }
    let (account, ceremonies) = (person.account, proving::ceremonies(request)?);
    let rp = ceremonies.name().unwrap_or_default().to_owned();
    let name = match passkey::check_name(fields.get("name")) {
        Ok(name) => name,
        Err(invalid) => {
            let complaints = complaints(invalid.into(), str::to_owned)?;
            return show(&person, request, page().refused(&fields, &complaints));
        }
    };
    let bound = Bound::Adding(person.standing.session);
    let key = match ceremonies.check_key(bound, fields.get("passkey")) {
        Ok(key) => key,
        Err(refused) => {
            let complaints = proving::refusal(refused).complaints;
            return show(&person, request, page().refused(&fields, &complaints));
        }
    };
    let codes = factor::new_codes()?;
    let (kept, network, mail) = (codes.clone(), browser::network(request), person.app.config.mail.is_some());
    let next = "/account/security?notice=passkey-added#passkeys";
    let adding = browser::renew_telling(&person, request, next, None, move |tx, _| {
        let is_first = factor::first_codes(tx, account, &kept)?;
        let noted = Noted { account: Some(account), about: &name, network: &network, ..Noted::default() };
        log::note(tx, Act::PasskeyAdded, &noted);
        post::notice(tx, mail, account, Kind::FactorAdded, "passkey")?;
        passkey::add(tx, account, name.clone(), &rp, key)?;
        Ok(is_first)
    });
    match adding.await {
        Ok((true, renewed)) => show_codes(&person, &codes, SECURITY, &renewed),
        Ok((false, renewed)) => Ok(renewed),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            show(&person, request, page().refused(&fields, &complaints))
        }
    }
}

/// Calls one something else.
#[handler]
pub async fn rename(person: SignedIn, request: &Request, Path(id): Path<String>, fields: Fields) -> Result<Response> {
    let (account, network) = (person.account, browser::network(request));
    let renamed = async {
        let name = passkey::check_name(fields.get("name"))?;
        let renaming = person.app.db.write(move |tx| {
            let found = one_of(tx, account, &id)?;
            if passkey::rename(tx, account, found.id, &name)? {
                let noted = Noted { account: Some(account), about: &name, network: &network, ..Noted::default() };
                log::note(tx, Act::PasskeyRenamed, &noted);
            }
            Ok(())
        });
        renaming.await
    };
    match renamed.await {
        Ok(()) => Ok(see_other("/account/security?notice=passkey-renamed#passkeys")),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            security::show_page(&person, request, security::page().refused(&fields, &complaints))
        }
    }
}

/// Takes one away.
#[handler]
pub async fn remove(person: SignedIn, request: &Request, Path(id): Path<String>) -> Result<Response> {
    person.confirm(request)?;
    let (account, network, mail) = (person.account, browser::network(request), person.app.config.mail.is_some());
    // The operator's pages, should they be open, close with it.
    let closed = Some(person.app.clock().now());
    let next = "/account/security?notice=passkey-removed#passkeys";
    let removing = browser::renew(&person, request, next, closed, move |tx, _| {
        let found = one_of(tx, account, &id)?;
        let name = factor::remove_passkey(tx, account, found.id)?;
        removed(tx, account, &[name], &network, mail)
    });
    match removing.await {
        Err(Error::Invalid(_)) => Ok(see_other(LONGER_FIRST)),
        other => other,
    }
}

fn one_of(tx: &Read, account: AccountId, id: &str) -> Result<Passkey> {
    let found = passkey::all(tx, account)?.into_iter().find(|one| label(&one.id) == id);
    found.ok_or(Error::NotFound("passkey"))
}

/// Tells the account's log of passkeys that were taken away, and by mail where the password stands alone from then on.
pub(super) fn removed(
    tx: &mut Write,
    account: AccountId,
    names: &[String],
    network: &str,
    is_set_up: bool,
) -> Result<()> {
    for about in names {
        log::note(tx, Act::PasskeyRemoved, &Noted { account: Some(account), about, network, ..Noted::default() });
    }
    if !names.is_empty() && !factor::stands(tx, account)? {
        post::notice(tx, is_set_up, account, Kind::FactorOff, "")?;
    }
    Ok(())
}

/// What the page of an account's safety tells of its passkeys.
pub(super) fn listed(person: &SignedIn, request: &Request, all: &[Passkey]) -> Result<Value> {
    let zone = &person.described.zone;
    let name = proving::ceremonies(request)?.name();
    let one = |one: &Passkey| {
        json!({
            "id": label(&one.id),
            "name": one.name,
            "made": words::short(one.made_at.date_in(zone)),
            "used": one.used_at.map(|at| words::moment(at, zone)),
            "backed_up": one.backed_up,
            "lost": (Some(one.rp.as_str()) != name).then_some(&one.rp),
        })
    };
    let mut told = site(request)?;
    told["all"] = all.iter().map(one).collect();
    told["full"] = json!(all.len() >= MOST);
    told["max"] = json!(MOST);
    told["name_max"] = json!(NAME);
    Ok(told)
}

/// Whether the page stands where passkeys work, and where they would.
fn site(request: &Request) -> Result<Value> {
    Ok(match proving::place(request)? {
        Place::Here => json!({ "place": "here" }),
        Place::Elsewhere(name) => json!({ "place": "elsewhere", "name": name }),
        Place::Port(port) => json!({ "place": "port", "port": port.to_string() }),
        Place::Nowhere => json!({ "place": "nowhere" }),
    })
}

/// What a passkey is called in addresses.
fn label(id: &PasskeyId) -> String {
    HEXLOWER.encode(id.get(..8).unwrap_or_default())
}

fn told(options: &Value) -> Response {
    Response::builder().content_type("application/json").body(options.to_string())
}

fn show(person: &SignedIn, request: &Request, page: Page) -> Result<Response> {
    let account = person.account;
    let (known, stands, totp, left) = person.app.db.read(|tx| {
        let left = factor::codes_left(tx, account)?;
        Ok((passkey::all(tx, account)?, factor::stands(tx, account)?, factor::is_on(tx, account)?, left))
    })?;
    let mut context = json!({
        "passkeys": listed(person, request, &known)?, "stands": stands, "totp": totp, "codes_left": left,
    });
    context["suggested"] = json!(request.header(header::USER_AGENT).map(agent::label).unwrap_or_default());
    page.show_visitor(person, context)
}

fn page() -> Page {
    Page::new("security_passkey.html", "account", plain("title-passkey"))
}
