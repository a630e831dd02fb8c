//! Pages by which a family comes in: the set-up link and registration.

use poem::{Response, handler, http::StatusCode};
use serde_json::{Value, json};

use crate::{
    accounts::{RawRegistration, Registration, browser::begin, letters, password, setup as link},
    config,
    error::{Error, Result},
    http::{
        auth::Visitor,
        form::{Fields, complaints},
        frame::Page,
        messages, see_other,
    },
    types::hash_secret,
};

use super::{
    Household,
    instance::{self, Step},
    invitation, join, join_invited, set_up,
};

/// The page behind the set-up link. An operator who comes back goes on with what is still to be set up.
#[handler]
pub fn setup_form(visitor: Visitor) -> Result<Response> {
    if visitor.identity.as_ref().is_some_and(|(_, described)| described.operator) {
        let next = visitor.app.db.read(instance::get)?.next();
        return Ok(see_other(next.unwrap_or(Step::Done).path()));
    }
    let token = visitor.params.get("token").to_owned();
    show_setup(&visitor, &token, Page::new("setup.html", "", messages::plain("title-setup")))
}

/// Makes the first account; the link is used up with it.
#[handler]
pub async fn setup(visitor: Visitor, request: &poem::Request, fields: Fields) -> Result<Response> {
    let page = Page::new("setup.html", "", messages::plain("title-setup"));
    let token = fields.get("token").to_owned();
    let hash = hash_secret(&token);
    if !visitor.app.db.read(|tx| link::is_valid(tx, hash))? {
        return show_setup(&visitor, &token, page);
    }
    let joined = async {
        // Children come a few steps later.
        let (registration, household) = parse(&visitor, &fields, None).await?;
        let password = hashed(&visitor, &registration).await?;
        visitor.app.db.write(move |tx| set_up(tx, hash, registration, &password, &household)).await
    };
    match joined.await {
        Ok((account, _)) => begin(&visitor, request, account.id, Step::Name.path()).await,
        Err(Error::NotFound(_)) => show_setup(&visitor, &token, page),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            show_setup(&visitor, &token, page.refused(&fields, &complaints))
        }
    }
}

fn show_setup(visitor: &Visitor, token: &str, page: Page) -> Result<Response> {
    let valid = visitor.app.db.read(|tx| link::is_valid(tx, hash_secret(token)))?;
    let page = if valid { page } else { page.status(StatusCode::NOT_FOUND) };
    page.show_visitor(visitor, with_bounds(json!({ "token": token, "valid": valid, "of": Step::COUNT })))
}

/// Registration, where the instance allows it.
#[handler]
pub fn register_form(visitor: Visitor) -> Result<Response> {
    let invitation = visitor.params.get("invitation").to_owned();
    let door = door(&visitor, &invitation)?;
    show_register(&visitor, door, &invitation, register_page())
}

/// Makes an account with its family; an invitation is used up with it.
#[handler]
pub async fn register(visitor: Visitor, request: &poem::Request, fields: Fields) -> Result<Response> {
    let invitation = fields.get("invitation").to_owned();
    let door = door(&visitor, &invitation)?;
    let hash = match door {
        Door::Open => None,
        Door::Invited => Some(hash_secret(&invitation)),
        Door::Ended => return show_register(&visitor, door, "", register_page()),
        Door::Invite | Door::Closed => return Err(Error::Forbidden("an invitation")),
    };
    let joined = async {
        let (registration, household) = parse(&visitor, &fields, fields.optional("learner")).await?;
        let password = hashed(&visitor, &registration).await?;
        let write = visitor.app.db.write(move |tx| match hash {
            Some(invitation) => join_invited(tx, invitation, registration, &password, &household),
            None => join(tx, registration, &password, &household, false),
        });
        write.await
    };
    match joined.await {
        Ok((account, _)) => {
            letters::greet(&visitor.app, account.id, &account.email).await;
            begin(&visitor, request, account.id, "/?notice=welcome").await
        }
        // Somebody else was faster with the same link.
        Err(Error::NotFound(_)) => show_register(&visitor, Door::Ended, "", register_page()),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            show_register(&visitor, door, &invitation, register_page().refused(&fields, &complaints))
        }
    }
}

/// How the instance meets somebody who wants to register.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
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

fn door(visitor: &Visitor, invitation: &str) -> Result<Door> {
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

fn show_register(visitor: &Visitor, door: Door, invitation: &str, page: Page) -> Result<Response> {
    let state = match door {
        Door::Open | Door::Invited => "open",
        Door::Ended => "ended",
        Door::Invite => "invite",
        Door::Closed => "closed",
    };
    let page = if door == Door::Ended { page.status(StatusCode::NOT_FOUND) } else { page };
    let invitation = Some(invitation).filter(|_| door == Door::Invited);
    page.show_visitor(visitor, with_bounds(json!({ "state": state, "invitation": invitation })))
}

pub(super) fn with_bounds(mut context: Value) -> Value {
    context["password_min"] = json!(password::MIN);
    context
}

/// The person's part of a form, checked. Judging a password is work like hashing it, and waits in the same queue.
pub(super) async fn parse_registration(visitor: &Visitor, fields: &Fields) -> Result<Registration> {
    let registration = RawRegistration {
        name: fields.get("name").to_owned(),
        email: fields.get("email").to_owned(),
        password: fields.get("password").to_owned(),
        adult: fields.ticked("adult"),
    };
    let instance = visitor.app.instance_name()?;
    visitor.app.hashing.run(move || registration.parse(instance.as_deref())).await?
}

async fn parse(visitor: &Visitor, fields: &Fields, learner: Option<&str>) -> Result<(Registration, Household)> {
    let household = Household { family: fields.get("family").to_owned(), learner: learner.map(str::to_owned) };
    match (parse_registration(visitor, fields).await, household.check()) {
        (Err(Error::Invalid(mut all)), Err(Error::Invalid(more))) => {
            all.extend(more);
            Err(Error::Invalid(all))
        }
        (registration, checked) => registration.and_then(|registration| checked.map(|()| (registration, household))),
    }
}

pub(super) async fn hashed(visitor: &Visitor, registration: &Registration) -> Result<crate::accounts::PasswordHash> {
    let (cost, password) = (visitor.app.config.password, registration.password.clone());
    visitor.app.hashing.run(move || password::hash(cost, &password)).await?
}
