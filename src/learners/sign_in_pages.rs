//! A child signs in at the family's own address; and where a parent lets them.

use poem::{Request, Response, handler, http::StatusCode, web::Path};
use serde_json::json;

use crate::{
    accounts::{
        browser::{
            self,
            proof::{self, Refused},
        },
        password, session,
    },
    app::App,
    error::{Error, Invalid, Result},
    http::{
        address,
        auth::{Confirmed, Member, Visitor},
        cookie,
        form::{Fields, complaints},
        frame::Page,
        guesses::{Guess, Kind, Outcome},
        messages::{self, plain},
        qr, see_other, words,
    },
    types::{FamilyId, LearnerId, Secret, hash_secret},
};

use super::{
    get,
    sign_in::{self, FEWEST, Standing},
    view::Face,
};

/// What is said to whoever is refused.
const WRONG: &str = "error-learner-sign-in";

/// The page behind the family's address. It names no child.
#[handler]
pub fn doorstep(visitor: Visitor, Path(code): Path<String>) -> Result<Response> {
    match visitor.app.db.read(|tx| sign_in::behind(tx, &code)) {
        Ok(_) => show_door(&visitor, &code, door_page()),
        Err(error) => show_shut(&visitor, error),
    }
}

/// An address that leads nowhere: the same page whether it never did or does no more.
fn show_shut(visitor: &Visitor, error: Error) -> Result<Response> {
    match error {
        Error::NotFound(_) => {
            let page = Page::new("learner_shut.html", "", plain("title-learner-door")).status(StatusCode::NOT_FOUND);
            page.show_visitor(visitor, json!({}))
        }
        other => Err(other),
    }
}

fn door_page() -> Page {
    Page::new("learner_door.html", "", plain("title-learner-door"))
}

fn show_door(visitor: &Visitor, code: &str, page: Page) -> Result<Response> {
    page.show_visitor(visitor, json!({ "action": format!("/learner/{code}") }))
}

/// Signs a child in: the same reply, after the same work, for an unknown nickname and for wrong words.
#[handler]
pub async fn enter(visitor: Visitor, request: &Request, Path(code): Path<String>, fields: Fields) -> Result<Response> {
    let app = &visitor.app;
    let family = match app.db.read(|tx| sign_in::behind(tx, &code)) {
        Ok(family) => family,
        Err(error) => return show_shut(&visitor, error),
    };
    let (name, presented) = (fields.get("name"), browser::presented(request));
    let known = app.db.read(|tx| sign_in::known(tx, family, name, &presented))?;
    // Whether there is such a child makes no difference.
    let target = app.guesses.target("learner", &format!("{family} {}", sign_in::folded_name(name)));
    let device = known.as_ref().and_then(|known| known.device);
    let guess = Guess { kind: Kind::Words, target, client: proof::client(request), device };
    let (cost, typed) = (app.config.password, sign_in::attempt(fields.get("password")));
    let words = known.as_ref().map(|known| known.words.clone());
    let verified = app.hashing.run(move || password::verify(cost, &typed, words.as_ref()));
    let outcome = app.guesses.ask(guess, async { verified.await? }).await?;
    if outcome == Outcome::Wrong && app.guesses.leaves_a_line(target) {
        note_failure(app, family, known.as_ref().map(|known| known.learner));
    }
    if let Some(Refused { complaints, wait }) = proof::complaint(outcome, "password", WRONG) {
        let shown = show_door(&visitor, &code, door_page().refused(&fields, &complaints))?;
        return Ok(proof::later(shown, wait));
    }
    let known = known.ok_or_else(|| Error::broken("words fit nobody"))?;
    let (secret, again) = (Secret::random().map_err(Error::internal)?, Secret::random().map_err(Error::internal)?);
    let (hash, before) = (secret.hash(), cookie::session(request).map(|before| hash_secret(&before)));
    let shows = device.unwrap_or_else(|| again.hash());
    let begun = app.db.write(move |tx| {
        sign_in::begin(tx, family, known.learner, &known.words, hash, shows)?;
        before.into_iter().try_for_each(|before| session::end(tx, before))?;
        Ok(())
    });
    match begun.await {
        Ok(()) => {}
        // The words were renewed while they were compared.
        Err(Error::Stale) => {
            let complaint = ("password".to_owned(), messages::complaint(&Invalid::new("password", WRONG)));
            return show_door(&visitor, &code, door_page().refused(&fields, &[complaint]));
        }
        Err(error) => return Err(error),
    }
    let mut response = see_other("/");
    cookie::set(request, &mut response, secret.expose());
    if device.is_none() {
        cookie::add_device(request, &mut response, again.expose());
    }
    Ok(response)
}

/// Tells the family's log that somebody tried. Nobody waits for it: a nickname that there is not must not be told by
/// its haste.
fn note_failure(app: &App, family: FamilyId, learner: Option<LearnerId>) {
    let Some(learner) = learner else { return };
    let db = app.db.clone();
    tokio::spawn(async move {
        if let Err(error) = db.write(move |tx| sign_in::failed(tx, family, learner)).await {
            tracing::warn!(%error, "a child's failed sign-in could not be noted");
        }
    });
}

/// Where a parent lets a child sign in.
#[handler]
pub async fn show(visitor: Visitor, request: &Request, Path(id): Path<String>) -> Result<Response> {
    let confirmed = visitor.is_confirmed();
    show_parent(&visitor.member()?, request, (learner_id(&id)?, confirmed), parent_page(), None).await
}

fn parent_page() -> Page {
    Page::new("learner_sign_in.html", "learners", plain("title-learner-sign-in"))
}

/// `confirmed` says whether words can be set now: who signed in a while ago proves first who they are.
async fn show_parent(
    member: &Member,
    request: &Request,
    (id, confirmed): (LearnerId, bool),
    page: Page,
    set: Option<&str>,
) -> Result<Response> {
    let caller = &member.caller;
    let (learner, standing, door, names) = member.app.db.read(|tx| {
        let (standing, door) = (sign_in::standing(tx, caller, id)?, sign_in::door(tx, caller)?);
        Ok((get(tx, caller, id)?, standing, door, sign_in::names(tx, caller, id)?))
    })?;
    let offered = member.app.hashing.run(move || sign_in::offer(&names.each_ref().map(String::as_str))).await??;
    let link = match (standing, door) {
        (Standing::On(_), Some(door)) => {
            let url = address(request, &format!("/learner/{door}"));
            Some(json!({ "code": qr::svg(&url)?, "url": url }))
        }
        _ => None,
    };
    let since = match standing {
        Standing::On(since) => Some(words::short(since.date_in(&member.described.zone))),
        _ => None,
    };
    let context = json!({
        "learner": Face::new(&learner, false),
        "since": since,
        "void": standing == Standing::Void,
        "link": link,
        "set": set,
        "offered": offered,
        "fewest": FEWEST,
        "confirmed": confirmed,
    });
    page.show(member, context)
}

/// Sets or renews the words, and shows them this once. They let somebody in, so whoever finds a device open can't.
#[handler]
pub async fn set_words(
    Confirmed { member, .. }: Confirmed,
    request: &Request,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response> {
    let id = learner_id(&id)?;
    // Whose it is, before anything is judged or hashed.
    let names = member.app.db.read(|tx| sign_in::names(tx, &member.caller, id))?;
    let (cost, typed) = (member.app.config.password, fields.get("words").to_owned());
    let hashed = member.app.hashing.run(move || {
        let words = sign_in::parse(&typed, &names.each_ref().map(String::as_str))?;
        password::hash(cost, &words)
    });
    let words = match hashed.await? {
        Ok(words) => words,
        Err(error) => {
            let page = parent_page().refused(&fields, &complaints(error, str::to_owned)?);
            return show_parent(&member, request, (id, true), page, None).await;
        }
    };
    let (caller, secret) = (member.caller.clone(), sign_in::new_secret()?);
    member.app.db.write(move |tx| sign_in::set(tx, &caller, id, words, secret)).await?;
    show_parent(&member, request, (id, true), parent_page(), Some(fields.get("words").trim())).await
}

/// The child signs in no more.
#[handler]
pub async fn end(member: Member, Path(id): Path<String>) -> Result<Response> {
    let (id, caller) = (learner_id(&id)?, member.caller.clone());
    member.app.db.write(move |tx| sign_in::end(tx, &caller, id)).await?;
    Ok(see_other(&format!("/learners/{id}?notice=learner-sign-in-ended")))
}

/// Gives the family another address.
#[handler]
pub async fn renew(member: Member, Path(id): Path<String>) -> Result<Response> {
    let (id, caller, secret) = (learner_id(&id)?, member.caller.clone(), sign_in::new_secret()?);
    let renewed = member.app.db.write(move |tx| {
        get(tx, &caller, id)?;
        sign_in::renew_door(tx, &caller, secret)
    });
    renewed.await?;
    Ok(see_other(&format!("/learners/{id}/sign-in?notice=learner-address-renewed")))
}

fn learner_id(text: &str) -> Result<LearnerId> {
    LearnerId::parse(text).ok_or(Error::NotFound("learner"))
}
