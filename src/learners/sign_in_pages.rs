//! A child signs in at the family's own address; and where a parent lets them.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use poem::{
    Request, Response, handler,
    http::{StatusCode, header},
    web::{Data, Path},
};
use serde_json::json;

use crate::{
    accounts::{password, session},
    error::{Error, Invalid, Result},
    http::{
        address,
        auth::{Member, Visitor},
        cookie,
        firewall::Client,
        form::{Fields, complaints},
        frame::Page,
        messages::{self, plain, text},
        qr, query_value, see_other,
        tries::Tries,
        words,
    },
    types::{Clock, FamilyId, LearnerId, Secret, Timestamp, hash_secret},
};

use super::{
    get,
    sign_in::{self, FEWEST, Standing},
    view::Face,
};

/// Whom somebody tries to be, and where they come from.
type Guesser = ([u8; 32], Client);

/// Wrong guesses, by nickname in a family and by network.
#[derive(Clone)]
pub struct Guesses {
    tries: Arc<Mutex<Tries<Guesser>>>,
    began: Instant,
    clock: Clock,
}

impl Guesses {
    /// None yet, by this clock.
    pub fn new(clock: Clock) -> Self {
        Self { tries: Arc::default(), began: Instant::now(), clock }
    }

    fn tries(&self) -> MutexGuard<'_, Tries<Guesser>> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Instant {
        self.began + self.clock.now().since(Timestamp::from_millis(0))
    }
}

/// The page behind the family's address. It names no child.
#[handler]
pub fn doorstep(visitor: Visitor, Path(code): Path<String>) -> Result<Response> {
    visitor.app.db.read(|tx| sign_in::behind(tx, &code))?;
    show_door(&visitor, &code, door_page())
}

fn door_page() -> Page {
    Page::new("learner_door.html", "", plain("title-learner-door"))
}

fn show_door(visitor: &Visitor, code: &str, page: Page) -> Result<Response> {
    page.show_visitor(visitor, json!({ "action": format!("/learner/{code}") }))
}

/// Signs a child in: the same reply, after the same work, for an unknown nickname and for wrong words.
#[handler]
pub async fn enter(
    visitor: Visitor,
    request: &Request,
    Data(guesses): Data<&Guesses>,
    Path(code): Path<String>,
    fields: Fields,
) -> Result<Response> {
    let app = &visitor.app;
    let family = app.db.read(|tx| sign_in::behind(tx, &code))?;
    let client = request.extensions().get::<Client>().copied().unwrap_or(Client::OTHERS);
    let guesser = (guessed(family, fields.get("name")), client);
    if let Err(wait) = guesses.tries().begin(guesser, guesses.now()) {
        return too_early(&visitor, &code, &fields, wait);
    }
    let found = app.db.read(|tx| sign_in::stored(tx, family, fields.get("name")))?;
    let (learner, stored) = found.unzip();
    let (cost, typed, compared) = (app.config.password, sign_in::attempt(fields.get("password")), stored.clone());
    let fits = app.hashing.run(move || password::verify(cost, &typed, compared.as_ref())).await;
    if fits.is_err() {
        guesses.tries().undo(guesser, guesses.now());
    }
    let (Some(learner), Some(stored), true) = (learner, stored, fits??) else {
        if let Some(learner) = learner {
            app.db.write(move |tx| sign_in::failed(tx, family, learner)).await?;
        }
        return wrong(&visitor, &code, &fields);
    };
    let secret = Secret::random().map_err(Error::internal)?;
    let (hash, before) = (secret.hash(), cookie::session(request).map(|before| hash_secret(&before)));
    let begun = app.db.write(move |tx| {
        sign_in::begin(tx, family, learner, &stored, hash)?;
        before.into_iter().try_for_each(|before| session::end(tx, before))?;
        Ok(())
    });
    match begun.await {
        Ok(()) => {}
        // The words were renewed while they were compared.
        Err(Error::Stale) => return wrong(&visitor, &code, &fields),
        Err(error) => return Err(error),
    }
    guesses.tries().right(guesser);
    let mut response = see_other("/");
    cookie::set(request, &mut response, secret.expose());
    Ok(response)
}

/// Whom somebody tries to be; whether there is such a child makes no difference.
fn guessed(family: FamilyId, nickname: &str) -> [u8; 32] {
    hash_secret(&format!("{family} {}", nickname.trim().to_lowercase()))
}

fn wrong(visitor: &Visitor, code: &str, fields: &Fields) -> Result<Response> {
    let complaint = messages::complaint(&Invalid::new("password", "error-learner-sign-in"));
    show_door(visitor, code, door_page().refused(fields, &[("password".to_owned(), complaint)]))
}

fn too_early(visitor: &Visitor, code: &str, fields: &Fields, wait: Duration) -> Result<Response> {
    let seconds = wait.as_secs().max(1);
    let complaint = text("learner-door-wait", &[("seconds", seconds.into())]);
    let page = door_page().refused(fields, &[("password".to_owned(), complaint)]).status(StatusCode::TOO_MANY_REQUESTS);
    let mut response = show_door(visitor, code, page)?;
    response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    Ok(response)
}

/// Where a parent lets a child sign in.
#[handler]
pub fn show(member: Member, request: &Request, Path(id): Path<String>) -> Result<Response> {
    show_parent(&member, request, learner_id(&id)?, parent_page(), None)
}

fn parent_page() -> Page {
    Page::new("learner_sign_in.html", "learners", plain("title-learner-sign-in"))
}

fn show_parent(member: &Member, request: &Request, id: LearnerId, page: Page, set: Option<&str>) -> Result<Response> {
    let caller = &member.caller;
    let (learner, standing, door) = member
        .app
        .db
        .read(|tx| Ok((get(tx, caller, id)?, sign_in::standing(tx, caller, id)?, sign_in::door(tx, caller)?)))?;
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
        "offered": sign_in::offer()?,
        "fewest": FEWEST,
    });
    page.show(member, context)
}

/// Sets or renews the words, and shows them this once.
#[handler]
pub async fn set_words(member: Member, request: &Request, Path(id): Path<String>, fields: Fields) -> Result<Response> {
    let id = learner_id(&id)?;
    // Whose it is, before anything is hashed.
    member.app.db.read(|tx| sign_in::standing(tx, &member.caller, id))?;
    let typed = match sign_in::parse(fields.get("words")) {
        Ok(typed) => typed,
        Err(invalid) => {
            let complaints = complaints(invalid.into(), str::to_owned)?;
            return show_parent(&member, request, id, parent_page().refused(&fields, &complaints), None);
        }
    };
    let cost = member.app.config.password;
    let words = member.app.hashing.run(move || password::hash(cost, &typed)).await??;
    let (caller, secret) = (member.caller.clone(), sign_in::new_secret()?);
    member.app.db.write(move |tx| sign_in::set(tx, &caller, id, words, secret)).await?;
    show_parent(&member, request, id, parent_page(), Some(fields.get("words").trim()))
}

/// The child signs in no more.
#[handler]
pub async fn end(member: Member, Path(id): Path<String>) -> Result<Response> {
    let (id, caller) = (learner_id(&id)?, member.caller.clone());
    let ended = member.app.db.write(move |tx| {
        sign_in::end(tx, &caller, id)?;
        get(tx, &caller, id)
    });
    let learner = ended.await?;
    let name = query_value(&learner.nickname);
    Ok(see_other(&format!("/learners/{id}?notice=learner-sign-in-ended&name={name}")))
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
