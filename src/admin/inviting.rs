//! The operator's page of invitations: made, shown once, withdrawn.

use poem::{Request, Response, handler, web::Path};
use serde_json::{Value, json};

use crate::{
    accounts::{Email, letters, post::Kind},
    error::{Error, Result},
    http::{
        address,
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
    let link = address(request, &format!("/register?invitation={}", secret.expose()));
    let (whom, mail) = (fields.get("whom").to_owned(), person.app.config.mail.is_some());
    let made = async {
        let to = fields.optional("email").map(Email::parse).transpose()?;
        let made = person.app.db.write(move |tx| {
            let made = invitation::make(tx, operator, &whom, secret.hash())?;
            let sent = letters::invite(tx, mail, Kind::Invitation, operator, to.as_ref(), &secret)?;
            Ok((made, sent))
        });
        made.await
    };
    match made.await {
        Ok((made, sent)) => {
            let code = qr::svg(&link)?;
            let new =
                json!({ "link": link, "code": code, "whom": made.whom, "ends": ends(&person, &made), "sent": sent });
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

fn page() -> Page {
    Page::new("invitations.html", "admin", plain("title-invitations"))
}

fn show(person: &SignedIn, page: Page, new: Option<Value>) -> Result<Response> {
    let open = person.app.db.read(invitation::all)?;
    let open: Vec<Value> =
        open.iter().map(|one| json!({ "id": one.id, "whom": one.whom, "ends": ends(person, one) })).collect();
    let policy = person.app.config.registration.as_str();
    let mail = person.app.config.mail.is_some();
    page.show_visitor(person, json!({ "new": new, "invitations": open, "policy": policy, "mail": mail }))
}

fn ends(person: &SignedIn, invitation: &Invitation) -> String {
    words::moment(invitation.ends_at, &person.described.zone)
}
