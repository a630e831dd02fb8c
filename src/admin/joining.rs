//! Pages by which a family comes in: the set-up link and registration.

use poem::{Request, Response, handler, http::StatusCode};
use serde_json::{Value, json};

use crate::{
    accounts::{
        Declaration, RawRegistration, Registration,
        browser::{begin, begin_here, beside, beside::Beside},
        letters,
        pages::factor::show_codes,
        password::{self, Factor},
        setup as link,
    },
    config,
    error::{Error, Result, both},
    http::{
        auth::Visitor,
        form::{Fields, complaints},
        frame::Page,
        messages, query_value, see_other,
    },
    types::{AccountId, hash_secret},
};

use super::{
    Household,
    instance::{self, Step},
    invitation, join, join_invited, joined, set_up,
};

/// The page behind the set-up link. An operator who comes back goes on with what is still to be set up.
#[handler]
pub fn setup_form(visitor: Visitor, request: &Request) -> Result<Response> {
    if visitor.identity.as_ref().is_some_and(|(_, described)| described.operator) {
        let next = visitor.app.db.read(instance::get)?.next();
        return Ok(see_other(next.unwrap_or(Step::Done).path()));
    }
    let token = visitor.params.get("token").to_owned();
    show_setup(&visitor, request, (&token, None), Page::new("setup.html", "", messages::plain("title-setup")))
}

/// Makes the first account; the link is used up with it.
#[handler]
pub async fn setup(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    let page = Page::new("setup.html", "", messages::plain("title-setup"));
    let token = fields.get("token").to_owned();
    let hash = hash_secret(&token);
    if !visitor.app.db.read(|tx| link::is_valid(tx, hash))? {
        return show_setup(&visitor, request, (&token, None), page);
    }
    let joined = async {
        // Children come a few steps later.
        let (registration, household, beside) = parse(&visitor, request, &fields, (&token, None)).await?;
        let password = hashed(&visitor, &registration).await?;
        let written = beside.as_ref().map(Beside::written);
        let write = visitor.app.db.write(move |tx| {
            let (account, _) = set_up(tx, hash, registration, &password, &household)?;
            written.map_or(Ok(()), |written| written.write(tx, account.id))?;
            Ok(account)
        });
        Ok((write.await?, beside))
    };
    match joined.await {
        Ok((account, beside)) => {
            letters::greet(&visitor.app, account.id, &account.email).await;
            enter(&visitor, request, account.id, Step::Name.path(), beside).await
        }
        Err(Error::NotFound(_)) => show_setup(&visitor, request, (&token, None), page),
        Err(error) => {
            let complaints = told(error)?;
            show_setup(&visitor, request, (&token, Some(&fields)), page.refused(&fields, &complaints))
        }
    }
}

fn show_setup(
    visitor: &Visitor,
    request: &Request,
    (token, fields): (&str, Option<&Fields>),
    page: Page,
) -> Result<Response> {
    let valid = visitor.app.db.read(|tx| link::is_valid(tx, hash_secret(token)))?;
    let page = if valid { page } else { page.status(StatusCode::NOT_FOUND) };
    let mut context = with_bounds(json!({ "token": token, "valid": valid, "of": Step::COUNT }));
    if valid {
        context["beside"] = offered(visitor, request, fields, token)?;
    }
    page.show_visitor(visitor, context)
}

/// Registration, where the instance allows it. Whoever is signed in has an account, and needs a family's name only.
#[handler]
pub fn register_form(visitor: Visitor, request: &Request) -> Result<Response> {
    let invitation = visitor.params.get("invitation").to_owned();
    let door = door(&visitor, &invitation)?;
    if visitor.identity.is_some() {
        return joined::show_begin(&visitor, door, &invitation);
    }
    show_register(&visitor, request, door, (&invitation, None), register_page())
}

/// Makes an account with its family; an invitation is used up with it.
#[handler]
pub async fn register(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    let invitation = fields.get("invitation").to_owned();
    let door = door(&visitor, &invitation)?;
    let hash = match door {
        Door::Open => None,
        Door::Invited => Some(hash_secret(&invitation)),
        Door::Ended => return show_register(&visitor, request, door, ("", None), register_page()),
        Door::Invite | Door::Closed => return Err(Error::Forbidden("an invitation")),
    };
    let joined = async {
        let learner = fields.optional("learner");
        let (registration, household, beside) = parse(&visitor, request, &fields, (&invitation, learner)).await?;
        let password = hashed(&visitor, &registration).await?;
        let written = beside.as_ref().map(Beside::written);
        let write = visitor.app.db.write(move |tx| {
            let (account, _) = match hash {
                Some(invitation) => join_invited(tx, invitation, registration, &password, &household),
                None => join(tx, registration, &password, &household, false),
            }?;
            written.map_or(Ok(()), |written| written.write(tx, account.id))?;
            Ok(account)
        });
        Ok((write.await?, beside))
    };
    match joined.await {
        Ok((account, beside)) => {
            letters::greet(&visitor.app, account.id, &account.email).await;
            enter(&visitor, request, account.id, "/?notice=welcome", beside).await
        }
        // Somebody else was faster with the same link.
        Err(Error::NotFound(_)) => show_register(&visitor, request, Door::Ended, ("", None), register_page()),
        Err(error) => {
            let complaints = told(error)?;
            let page = register_page().refused(&fields, &complaints);
            show_register(&visitor, request, door, (&invitation, Some(&fields)), page)
        }
    }
}

/// What is wrong with somebody's form. The declaration stands at its end.
pub(super) fn told(error: Error) -> Result<Vec<(String, String)>> {
    let mut complaints = complaints(error, str::to_owned)?;
    complaints.sort_by_key(|(field, _)| field == "adult");
    Ok(complaints)
}

/// How the instance meets somebody who wants to register.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Anybody may.
    Open,
    /// They hold an invitation.
    Invited,
    /// The one that they hold can't be used.
    Ended,
    /// They need one.
    Invite,
    /// Nobody may.
    Closed,
}

impl Door {
    /// Its name in the catalogue, and on the page.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Open | Self::Invited => "open",
            Self::Ended => "ended",
            Self::Invite => "invite",
            Self::Closed => "closed",
        }
    }
}

pub(super) fn door(visitor: &Visitor, invitation: &str) -> Result<Door> {
    let policy = visitor.app.config.registration;
    if policy == config::Registration::Off {
        return Ok(Door::Closed);
    }
    let hash = hash_secret(invitation);
    let valid = !invitation.is_empty() && visitor.app.db.read(|tx| invitation::is_valid(tx, hash))?;
    Ok(match policy {
        _ if valid => Door::Invited,
        config::Registration::Open => Door::Open,
        _ if invitation.is_empty() => Door::Invite,
        _ => Door::Ended,
    })
}

fn register_page() -> Page {
    Page::new("register.html", "", messages::plain("title-register"))
}

fn show_register(
    visitor: &Visitor,
    request: &Request,
    door: Door,
    (invitation, fields): (&str, Option<&Fields>),
    page: Page,
) -> Result<Response> {
    let state = door.as_str();
    let page = if door == Door::Ended { page.status(StatusCode::NOT_FOUND) } else { page };
    let held = Some(invitation).filter(|_| door == Door::Invited);
    let back = held.map(|held| format!("/register?invitation={}", query_value(held)));
    let sign_in = back.map_or_else(|| "/sign-in".to_owned(), |back| format!("/sign-in?next={}", query_value(&back)));
    let mut context = with_bounds(json!({ "state": state, "invitation": held, "sign_in": sign_in }));
    if state == "open" {
        context["beside"] = offered(visitor, request, fields, invitation)?;
    }
    page.show_visitor(visitor, context)
}

pub(super) fn with_bounds(mut context: Value) -> Value {
    context["password_min"] = json!(password::MIN);
    context
}

/// An app that makes codes, for whoever fills a form in; `link` is what brought them there.
pub(super) fn offered(visitor: &Visitor, request: &Request, fields: Option<&Fields>, link: &str) -> Result<Value> {
    let typed = fields.and_then(|fields| fields.optional("email")).filter(|email| email.len() <= 254);
    let label = typed.map_or_else(|| messages::plain("beside-label"), str::to_owned);
    beside::shown(&visitor.app, request, fields, link, &label)
}

/// Begins a session for who has just registered, and goes on; with an app of codes, by way of its recovery codes.
pub(super) async fn enter(
    visitor: &Visitor,
    request: &Request,
    account: AccountId,
    next: &str,
    beside: Option<Beside>,
) -> Result<Response> {
    let Some(beside) = beside else { return begin(visitor, request, account, next).await };
    let (entered, begun) = begin_here(visitor, request, account).await?;
    show_codes(&entered, &beside.kept(), next, &begun)
}

/// The person's part of a form, checked. Judging a password is work like hashing it, and waits in the same queue.
pub(super) async fn parse_registration(
    visitor: &Visitor,
    request: &Request,
    fields: &Fields,
    (link, declaration): (&str, Declaration),
) -> Result<(Registration, Option<Beside>)> {
    let read = Beside::read(&visitor.app, request, fields, link);
    let registration = parse_person(visitor, fields, (declaration, Beside::factor(&read))).await;
    both(registration.map_err(|error| Beside::offering(&read, error)), read)
}

async fn parse_person(
    visitor: &Visitor,
    fields: &Fields,
    (declaration, factor): (Declaration, Factor),
) -> Result<Registration> {
    let registration = RawRegistration {
        name: fields.get("name").to_owned(),
        email: fields.get("email").to_owned(),
        password: fields.get("password").to_owned(),
        adult: fields.ticked("adult"),
    };
    let instance = visitor.app.instance_name()?;
    let parse = move || registration.parse_declaring(declaration, factor, instance.as_deref());
    visitor.app.hashing.run(parse).await?
}

async fn parse(
    visitor: &Visitor,
    request: &Request,
    fields: &Fields,
    (link, learner): (&str, Option<&str>),
) -> Result<(Registration, Household, Option<Beside>)> {
    let household = Household { family: fields.get("family").to_owned(), learner: learner.map(str::to_owned) };
    let person = parse_registration(visitor, request, fields, (link, Declaration::ParentOrCarer)).await;
    let ((registration, beside), ()) = both(person, household.check())?;
    Ok((registration, household, beside))
}

pub(super) async fn hashed(visitor: &Visitor, registration: &Registration) -> Result<crate::accounts::PasswordHash> {
    let (cost, password) = (visitor.app.config.password, registration.password.clone());
    visitor.app.hashing.run(move || password::hash(cost, &password)).await?
}
