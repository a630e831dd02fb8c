//! Pages by which a family comes in: the set-up link and registration.

use poem::{Response, handler, http::StatusCode};
use serde_json::{Value, json};

use crate::{
    accounts::{RawRegistration, Registration, browser::begin, password, setup as link},
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
    join, set_up,
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
        let (registration, household) = parse(&fields, None)?;
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
    let page = Page::new("register.html", "", messages::plain("title-register"));
    page.show_visitor(&visitor, with_bounds(json!({ "open": is_open(&visitor) })))
}

/// Makes an account with its family.
#[handler]
pub async fn register(visitor: Visitor, request: &poem::Request, fields: Fields) -> Result<Response> {
    if !is_open(&visitor) {
        return Err(Error::Forbidden("an invitation"));
    }
    let joined = async {
        let (registration, household) = parse(&fields, fields.optional("learner"))?;
        let password = hashed(&visitor, &registration).await?;
        visitor.app.db.write(move |tx| join(tx, registration, &password, &household, false)).await
    };
    match joined.await {
        Ok((account, _)) => begin(&visitor, request, account.id, "/?notice=welcome").await,
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            let page = Page::new("register.html", "", messages::plain("title-register"));
            page.refused(&fields, &complaints).show_visitor(&visitor, with_bounds(json!({ "open": true })))
        }
    }
}

fn is_open(visitor: &Visitor) -> bool {
    visitor.app.config.registration == config::Registration::Open
}

pub(super) fn with_bounds(mut context: Value) -> Value {
    context["password_min"] = json!(password::MIN);
    context
}

/// The person's part of a form, checked.
pub(super) fn parse_registration(fields: &Fields) -> Result<Registration> {
    let registration = RawRegistration {
        name: fields.get("name").to_owned(),
        email: fields.get("email").to_owned(),
        password: fields.get("password").to_owned(),
        adult: fields.ticked("adult"),
    };
    registration.parse()
}

fn parse(fields: &Fields, learner: Option<&str>) -> Result<(Registration, Household)> {
    let household = Household { family: fields.get("family").to_owned(), learner: learner.map(str::to_owned) };
    match (parse_registration(fields), household.check()) {
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
