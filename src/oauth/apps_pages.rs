//! `/account/apps`: what was let in, with its end at hand, and apps of one's own.

use std::time::Duration;

use poem::{Request, Response, handler, web::Path};
use serde_json::{Value, json};

use crate::{
    accounts::log::Noted,
    error::{Error, Result},
    families,
    http::{
        auth::Visitor,
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
        query_value, see_other, words,
    },
    learners,
    types::{AccountId, AppId, GrantId, Role, Timestamp},
};

use super::{
    apps::{self, App, Draft, Redirect},
    endpoints::network,
    grants::{self, Grant},
    identify,
    pages::label_key,
};

/// So long ago a person may have proved who they are, where an app is registered.
const CONFIRMED: Duration = Duration::from_mins(15);
const HERE: &str = "/account/apps";

/// The page.
#[handler]
pub fn list(visitor: Visitor) -> Result<Response> {
    let account = adult(&visitor)?;
    show(&visitor, account, page())
}

/// Registers an app. Whoever sits down at somebody else's open page can't.
#[handler]
pub async fn register(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    let account = adult(&visitor)?;
    if !is_confirmed(&visitor) {
        return Ok(see_other(&format!("/sign-in/again?next={}", query_value(HERE))));
    }
    let network = network(request);
    let made = async {
        let draft = Draft::parse(fields.get("name"), fields.get("redirect").lines())?;
        let registered = visitor.app.db.write(move |tx| {
            let by = grants::name_of(tx, account)?;
            apps::register(tx, account, draft, &Noted { by: &by, network: &network, ..Noted::default() })
        });
        registered.await
    };
    match made.await {
        Ok(_) => Ok(see_other("/account/apps?notice=app-registered#own")),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            show(&visitor, account, page().refused(&fields, &complaints))
        }
    }
}

/// Shuts an app out.
#[handler]
pub async fn revoke(visitor: Visitor, request: &Request, Path(id): Path<String>) -> Result<Response> {
    let account = adult(&visitor)?;
    let id = GrantId::parse(&id).ok_or(Error::NotFound("grant"))?;
    let network = network(request);
    let revoked = visitor.app.db.write(move |tx| {
        let by = grants::name_of(tx, account)?;
        grants::revoke(tx, account, id, &Noted { by: &by, network: &network, ..Noted::default() })
    });
    revoked.await?;
    Ok(see_other("/account/apps?notice=app-revoked"))
}

/// Deletes an app of one's own, and whatever anybody gave it.
#[handler]
pub async fn delete(visitor: Visitor, Path(id): Path<String>) -> Result<Response> {
    let account = adult(&visitor)?;
    let id = AppId::parse(&id).ok_or(Error::NotFound("app"))?;
    visitor.app.db.write(move |tx| apps::remove_own(tx, account, id).map(drop)).await?;
    Ok(see_other("/account/apps?notice=app-deleted"))
}

/// An account's own page: a learner who is signed in has none.
fn adult(visitor: &Visitor) -> Result<AccountId> {
    let (identity, _) = visitor.identity.as_ref().ok_or(Error::NotSignedIn)?;
    match &identity.caller {
        Some(caller) if caller.role == Role::Learner => Err(Error::NotFound("page")),
        _ => Ok(identity.account),
    }
}

fn is_confirmed(visitor: &Visitor) -> bool {
    let standing = visitor.identity.as_ref().and_then(|(identity, _)| identity.standing);
    standing.is_some_and(|standing| visitor.app.clock().now().since(standing.confirmed_at) <= CONFIRMED)
}

fn page() -> Page {
    Page::new("account_apps.html", "account", plain("title-account-apps"))
}

fn show(visitor: &Visitor, account: AccountId, page: Page) -> Result<Response> {
    let zone = visitor.identity.as_ref().map_or(jiff::tz::TimeZone::UTC, |(_, described)| described.zone.clone());
    let date = |at: Timestamp| words::short(at.date_in(&zone));
    let (allowed, own) = visitor.app.db.read(|tx| {
        let mut allowed = Vec::new();
        for (grant, app) in grants::all(tx, account)? {
            let family = families::get(tx, grant.family)?.name;
            let learners = match (&grant.learners, identify::member(tx, account, grant.family)?) {
                (Some(ids), Some(caller)) => {
                    let all = learners::all(tx, &caller)?.into_iter();
                    Some(all.filter(|one| ids.contains(&one.id)).map(|one| one.nickname).collect::<Vec<_>>())
                }
                (Some(_), None) => Some(Vec::new()),
                (None, _) => None,
            };
            allowed.push(allowed_row(&grant, &app, &family, learners, &date));
        }
        Ok((allowed, apps::own(tx, account)?))
    })?;
    let own: Vec<Value> = own.iter().map(own_row).collect();
    page.show_visitor(visitor, json!({ "allowed": allowed, "own": own, "confirmed": is_confirmed(visitor) }))
}

fn allowed_row(
    grant: &Grant,
    app: &App,
    family: &str,
    learners: Option<Vec<String>>,
    date: &impl Fn(Timestamp) -> String,
) -> Value {
    json!({
        "id": grant.id,
        "name": app.name,
        "verified": app.is_verified(),
        "family": family,
        "scopes": grant.scopes.iter().map(|scope| plain(&label_key(scope))).collect::<Vec<_>>(),
        "learners": learners,
        "since": date(grant.created_at),
        "until": date(grant.created_at.plus(grants::ABSOLUTE)),
        "last_used": grant.used_at.map(date),
    })
}

fn own_row(app: &App) -> Value {
    json!({
        "id": app.id,
        "name": app.name,
        "verified": app.is_verified(),
        "redirects": app.redirects.iter().map(Redirect::as_str).collect::<Vec<_>>(),
    })
}
