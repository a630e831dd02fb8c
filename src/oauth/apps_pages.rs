//! `/account/apps`: what was let in, with its end at hand, and apps of one's own.

use poem::{Request, Response, handler, web::Path};
use serde_json::{Value, json};

use crate::{
    accounts::log::Noted,
    error::{Error, Result},
    families,
    http::{
        auth::SignedIn,
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
        see_other, words,
    },
    learners,
    store::Write,
    types::{AppId, GrantId, Timestamp},
};

use super::{
    apps::{self, App, Draft, Redirect},
    endpoints::network,
    grants::{self, Grant},
    identify,
    pages::label_key,
};

/// The page.
#[handler]
pub fn list(person: SignedIn) -> Result<Response> {
    show(&person, page())
}

/// Registers an app. Whoever sits down at somebody else's open page can't.
#[handler]
pub async fn register(person: SignedIn, request: &Request, fields: Fields) -> Result<Response> {
    person.confirm(request)?;
    let account = person.account;
    let network = network(request);
    let made = async {
        let draft = Draft::parse(fields.get("name"), fields.get("redirect").lines())?;
        let registered = person.app.db.write(move |tx| {
            let by = grants::name_of(tx, account)?;
            apps::register(tx, account, draft, &Noted { by: &by, network: &network, ..Noted::default() })
        });
        registered.await
    };
    match made.await {
        Ok(_) => Ok(see_other("/account/apps?notice=app-registered#own")),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            show(&person, page().refused(&fields, &complaints))
        }
    }
}

/// Shuts an app out.
#[handler]
pub async fn revoke(person: SignedIn, request: &Request, Path(id): Path<String>) -> Result<Response> {
    let account = person.account;
    let id = GrantId::parse(&id).ok_or(Error::NotFound("grant"))?;
    let network = network(request);
    let revoked = person.app.db.write(move |tx| {
        let by = grants::name_of(tx, account)?;
        grants::revoke(tx, account, id, &Noted { by: &by, network: &network, ..Noted::default() })
    });
    revoked.await?;
    Ok(see_other("/account/apps?notice=app-revoked"))
}

/// Deletes an app of one's own, and whatever anybody gave it.
#[handler]
pub async fn delete(person: SignedIn, request: &Request, Path(id): Path<String>) -> Result<Response> {
    person.confirm(request)?;
    let (account, network) = (person.account, network(request));
    let id = AppId::parse(&id).ok_or(Error::NotFound("app"))?;
    let noted = move |tx: &mut Write| {
        apps::remove_own(tx, account, id, &Noted { network: &network, ..Noted::default() }).map(drop)
    };
    person.app.db.write(noted).await?;
    Ok(see_other("/account/apps?notice=app-deleted"))
}

fn page() -> Page {
    Page::new("account_apps.html", "account", plain("title-account-apps"))
}

fn show(person: &SignedIn, page: Page) -> Result<Response> {
    let account = person.account;
    let date = |at: Timestamp| words::short(at.date_in(&person.described.zone));
    let (allowed, own) = person.app.db.read(|tx| {
        let mut allowed = Vec::new();
        for (grant, app) in grants::all(tx, account)? {
            // One that was deleted takes its grants along within the hour.
            let family = match families::get(tx, grant.family) {
                Err(Error::NotFound(_)) => continue,
                family => family?.name,
            };
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
    let confirmed = person.standing.is_confirmed(person.app.clock().now());
    page.show_visitor(person, json!({ "allowed": allowed, "own": own, "confirmed": confirmed }))
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
