//! `/admin/apps`: which apps may be let in on this instance. An operator approves each once, for everybody.

use poem::{Request, Response, handler, web::Path};
use serde_json::{Value, json};

use crate::{
    accounts::{
        self, browser,
        log::{About, Act, Noted, Operator, operated},
    },
    error::{Error, Result},
    http::{
        auth::SignedIn,
        frame::Page,
        messages::{plain, text},
        see_other, words,
    },
    oauth::apps::{self, App, By, Redirect},
    store::{Read, Write},
    types::{AccountId, AppId},
};

/// Every app, those that wait first.
#[handler]
pub fn list(person: SignedIn, request: &Request) -> Result<Response> {
    person.open(request)?;
    let zone = person.described.zone.clone();
    let (waiting, approved) = person.app.db.read(|tx| {
        let (mut waiting, mut approved) = (Vec::new(), Vec::new());
        for app in apps::all(tx)? {
            let row = row(tx, &app, &zone)?;
            if app.is_verified() { approved.push(row) } else { waiting.push(row) }
        }
        Ok((waiting, approved))
    })?;
    let page = Page::new("admin_apps.html", "admin", plain("title-admin-apps"));
    page.show_visitor(&person, json!({ "waiting": waiting, "approved": approved }))
}

/// Approves an app for everybody.
#[handler]
pub async fn approve(person: SignedIn, request: &Request, Path(id): Path<String>) -> Result<Response> {
    person.open(request)?;
    let id = AppId::parse(&id).ok_or(Error::NotFound("app"))?;
    let (account, network) = (person.account, browser::network(request));
    let approving = person.app.db.write(move |tx| {
        let app = apps::approve(tx, id, &noted(account, &network))?;
        tell(tx, Act::AppApproved, account, &app)
    });
    approving.await?;
    Ok(see_other("/admin/apps?notice=app-approved"))
}

/// Removes an app, and whatever anybody gave it.
#[handler]
pub async fn remove(person: SignedIn, request: &Request, Path(id): Path<String>) -> Result<Response> {
    person.open(request)?;
    let id = AppId::parse(&id).ok_or(Error::NotFound("app"))?;
    let (account, network) = (person.account, browser::network(request));
    let removing = person.app.db.write(move |tx| {
        let app = apps::remove(tx, id, &noted(account, &network))?;
        tell(tx, Act::AppRemoved, account, &app)
    });
    removing.await?;
    Ok(see_other("/admin/apps?notice=app-removed"))
}

fn noted(account: AccountId, network: &str) -> Noted<'_> {
    Noted { account: Some(account), network, ..Noted::default() }
}

fn tell(tx: &mut Write, act: Act, operator: AccountId, app: &App) -> Result<()> {
    operated(tx, act, Operator::Account(operator), About::Words(&app.name))
}

fn row(tx: &Read, app: &App, zone: &jiff::tz::TimeZone) -> Result<Value> {
    let by = match app.by {
        // Whoever registered it may have gone.
        By::Account(account) => match accounts::get(tx, account) {
            Ok(account) => text("admin-apps-by-account", &[("name", account.name.into())]),
            Err(Error::NotFound(_)) => plain("admin-apps-by-nobody"),
            Err(other) => return Err(other),
        },
        By::Operator => plain("admin-apps-by-operator"),
        By::Itself => plain("admin-apps-by-itself"),
    };
    Ok(json!({
        "id": app.id,
        "name": app.name,
        "redirects": app.redirects.iter().map(Redirect::as_str).collect::<Vec<_>>(),
        "by": by,
        "since": words::short(app.created_at.date_in(zone)),
    }))
}
