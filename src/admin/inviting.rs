//! The operator's page of invitations: made, shown once, withdrawn.

use poem::{Request, Response, handler, http::header, web::Path};
use serde_json::{Value, json};

use crate::{
    error::{Error, Result},
    http::{
        auth::SignedIn,
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
        qr, see_other, words,
    },
    types::{InvitationId, Secret},
};

use super::invitation::{self, Invitation};

/// The open invitations.
#[handler]
pub fn list(person: SignedIn, request: &Request) -> Result<Response> {
    person.open(request)?;
    show(&person, page(), None)
}

/// Makes an invitation and shows its link, this once.
#[handler]
pub async fn make(person: SignedIn, request: &Request, fields: Fields) -> Result<Response> {
    person.open(request)?;
    let operator = person.account;
    let secret = Secret::random().map_err(Error::internal)?;
    let (hash, whom) = (secret.hash(), fields.get("whom").to_owned());
    let made = person.app.db.write(move |tx| invitation::make(tx, operator, &whom, hash)).await;
    match made {
        Ok(made) => {
            let link = format!("{}/register?invitation={}", base(&person, request), secret.expose());
            let code = qr::svg(&link)?;
            let new = json!({ "link": link, "code": code, "whom": made.whom, "ends": ends(&person, &made) });
            show(&person, page(), Some(new))
        }
        Err(error) => show(&person, page().refused(&fields, &complaints(error, str::to_owned)?), None),
    }
}

/// Takes an invitation back.
#[handler]
pub async fn withdraw(person: SignedIn, request: &Request, Path(id): Path<String>) -> Result<Response> {
    person.open(request)?;
    let operator = person.account;
    let id = InvitationId::parse(&id).ok_or(Error::NotFound("invitation"))?;
    person.app.db.write(move |tx| invitation::withdraw(tx, operator, id)).await?;
    Ok(see_other("/admin/invitations?notice=invitation-withdrawn"))
}

/// Where people find this HEC: as configured, or else as this operator has found it.
fn base(person: &SignedIn, request: &Request) -> String {
    let url = person.app.edge.url.trim_end_matches('/');
    if !url.is_empty() {
        return url.to_owned();
    }
    let host = request.header(header::HOST).map(str::to_owned);
    let host = host.or_else(|| request.uri().authority().map(ToString::to_string)).unwrap_or_default();
    format!("{}://{host}", request.scheme())
}

fn page() -> Page {
    Page::new("invitations.html", "admin", plain("title-invitations"))
}

fn show(person: &SignedIn, page: Page, new: Option<Value>) -> Result<Response> {
    let open = person.app.db.read(invitation::all)?;
    let open: Vec<Value> =
        open.iter().map(|one| json!({ "id": one.id, "whom": one.whom, "ends": ends(person, one) })).collect();
    let policy = person.app.config.registration.as_str();
    page.show_visitor(person, json!({ "new": new, "invitations": open, "policy": policy }))
}

fn ends(person: &SignedIn, invitation: &Invitation) -> String {
    words::moment(invitation.ends_at, &person.described.zone)
}
