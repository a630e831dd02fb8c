//! The operator's page of invitations: made, shown once, withdrawn.

use poem::{Request, Response, handler, http::header, web::Path};
use serde_json::{Value, json};

use crate::{
    error::{Error, Result},
    http::{
        auth::Visitor,
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
        qr, see_other, words,
    },
    types::{AccountId, InvitationId, Secret},
};

use super::{
    invitation::{self, Invitation},
    pages::admit,
};

/// The open invitations.
#[handler]
pub fn list(visitor: Visitor) -> Result<Response> {
    operator(&visitor)?;
    show(&visitor, page(), None)
}

/// Makes an invitation and shows its link, this once.
#[handler]
pub async fn make(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    let operator = operator(&visitor)?;
    let secret = Secret::random().map_err(Error::internal)?;
    let (hash, whom) = (secret.hash(), fields.get("whom").to_owned());
    let made = visitor.app.db.write(move |tx| invitation::make(tx, operator, &whom, hash)).await;
    match made {
        Ok(made) => {
            let link = format!("{}/register?invitation={}", base(&visitor, request), secret.expose());
            let code = qr::svg(&link)?;
            let new = json!({ "link": link, "code": code, "whom": made.whom, "ends": ends(&visitor, &made) });
            show(&visitor, page(), Some(new))
        }
        Err(error) => show(&visitor, page().refused(&fields, &complaints(error, str::to_owned)?), None),
    }
}

/// Takes an invitation back.
#[handler]
pub async fn withdraw(visitor: Visitor, Path(id): Path<String>) -> Result<Response> {
    let operator = operator(&visitor)?;
    let id = InvitationId::parse(&id).ok_or(Error::NotFound("invitation"))?;
    visitor.app.db.write(move |tx| invitation::withdraw(tx, operator, id)).await?;
    Ok(see_other("/admin/invitations?notice=invitation-withdrawn"))
}

/// Where people find this HEC: as configured, or else as this operator has found it.
fn base(visitor: &Visitor, request: &Request) -> String {
    let url = visitor.app.edge.url.trim_end_matches('/');
    if !url.is_empty() {
        return url.to_owned();
    }
    let host = request.header(header::HOST).map(str::to_owned);
    let host = host.or_else(|| request.uri().authority().map(ToString::to_string)).unwrap_or_default();
    format!("{}://{host}", request.scheme())
}

fn operator(visitor: &Visitor) -> Result<AccountId> {
    admit(visitor)?;
    Ok(visitor.identity.as_ref().ok_or(Error::NotSignedIn)?.0.account)
}

fn page() -> Page {
    Page::new("invitations.html", "admin", plain("title-invitations"))
}

fn show(visitor: &Visitor, page: Page, new: Option<Value>) -> Result<Response> {
    let open = visitor.app.db.read(invitation::all)?;
    let open: Vec<Value> =
        open.iter().map(|one| json!({ "id": one.id, "whom": one.whom, "ends": ends(visitor, one) })).collect();
    let policy = visitor.app.config.registration.as_str();
    page.show_visitor(visitor, json!({ "new": new, "invitations": open, "policy": policy }))
}

fn ends(visitor: &Visitor, invitation: &Invitation) -> String {
    let zone = visitor.identity.as_ref().map_or(jiff::tz::TimeZone::UTC, |(_, described)| described.zone.clone());
    words::moment(invitation.ends_at, &zone)
}
