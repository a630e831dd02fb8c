//! Coming into a family by an owner's link: with one tap for who is signed in, with a new account for who has none; and
//! a family of one's own for an account that belongs to none.

use poem::{Request, Response, handler, http::StatusCode};
use serde_json::json;

use crate::{
    accounts::{self, browser::beside::Beside, letters, session},
    error::{Error, Result},
    families::{self, invitations},
    http::{
        auth::Visitor,
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
        query_value, see_other,
    },
    learners,
    types::hash_secret,
};

use super::joining::{enter, hashed, offered, parse_registration, with_bounds};

/// The page behind a family's invitation.
#[handler]
pub fn join_form(visitor: Visitor, request: &Request) -> Result<Response> {
    let secret = visitor.params.get("invitation").to_owned();
    show(&visitor, request, (&secret, None), page())
}

/// Comes in. The link is used up in the transaction that makes the member, and the account where there is none yet.
#[handler]
pub async fn join(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    let secret = fields.get("invitation").to_owned();
    let hash = hash_secret(&secret);
    if visitor.app.db.read(|tx| invitations::find(tx, hash)).is_err() {
        return show(&visitor, request, (&secret, None), page());
    }
    if let Some((identity, _)) = &visitor.identity {
        let standing = identity.standing.ok_or(Error::ForAdults)?;
        let account = identity.account;
        let joined = visitor.app.db.write(move |tx| {
            let family = invitations::accept(tx, hash, account)?;
            session::choose_family(tx, standing.session, family)
        });
        return match joined.await {
            Ok(()) => Ok(see_other("/?notice=family-joined")),
            Err(Error::NotFound(_)) => show(&visitor, request, (&secret, None), page()),
            Err(error) => Err(error),
        };
    }
    let registered = async {
        let (registration, beside) = parse_registration(&visitor, request, &fields, &secret).await?;
        let password = hashed(&visitor, &registration).await?;
        let written = beside.as_ref().map(Beside::written);
        let made = visitor.app.db.write(move |tx| {
            let account = accounts::register(tx, registration.name, &registration.email, &password, false)?;
            invitations::accept(tx, hash, account.id)?;
            written.map_or(Ok(()), |written| written.write(tx, account.id))?;
            Ok(account)
        });
        Ok((made.await?, beside))
    };
    match registered.await {
        Ok((account, beside)) => {
            letters::greet(&visitor.app, account.id, &account.email).await;
            enter(&visitor, request, account.id, "/?notice=family-joined", beside).await
        }
        Err(Error::NotFound(_)) => show(&visitor, request, (&secret, None), page()),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            show(&visitor, request, (&secret, Some(&fields)), page().refused(&fields, &complaints))
        }
    }
}

fn page() -> Page {
    Page::new("family_join.html", "", plain("title-family-join"))
}

fn show(
    visitor: &Visitor,
    request: &Request,
    (secret, fields): (&str, Option<&Fields>),
    page: Page,
) -> Result<Response> {
    if visitor.identity.as_ref().is_some_and(|(_, described)| described.is_learner) {
        return Err(Error::ForAdults);
    }
    let found = visitor.app.db.read(|tx| {
        let invitation = invitations::find(tx, hash_secret(secret))?;
        let member = visitor.identity.as_ref().map(|(identity, _)| identity.account);
        let member = member.map(|account| families::membership(tx, account, invitation.family)).transpose()?.flatten();
        let by = accounts::get(tx, invitation.by)?.name;
        Ok((families::get(tx, invitation.family)?.name, by, invitation.role, member.is_some()))
    });
    let (family, by, role, belongs) = match found {
        Ok(found) => found,
        Err(Error::NotFound(_)) => {
            let page = page.status(StatusCode::NOT_FOUND);
            return page.show_visitor(visitor, json!({ "valid": false }));
        }
        Err(error) => return Err(error),
    };
    let next = format!("/family/join?invitation={}", query_value(secret));
    let mut context = json!({
        "valid": true, "token": secret, "family": family, "by": by, "belongs": belongs,
        "role": plain(&format!("role-{}", role.as_str())), "means": plain(&format!("family-role-{}", role.as_str())),
        "sign_in": format!("/sign-in?next={}", query_value(&next)),
    });
    if visitor.identity.is_none() {
        context["beside"] = offered(visitor, request, fields, secret)?;
    }
    page.show_visitor(visitor, with_bounds(context))
}

/// A family of one's own, for an account that belongs to none: as `registration` has it, which a place in another
/// family is no way round.
#[handler]
pub async fn begin_own(visitor: Visitor, fields: Fields) -> Result<Response> {
    let (identity, described) = visitor.identity.as_ref().ok_or(Error::NotSignedIn)?;
    if identity.caller.is_some() {
        return Ok(see_other("/family"));
    }
    if !families::pages::may_begin(&visitor.app, described) {
        return Err(Error::Forbidden("an invitation"));
    }
    let (account, name) = (identity.account, fields.get("family").to_owned());
    let made = visitor.app.db.write(move |tx| {
        // Of two taps at once, one makes it.
        if families::memberships(tx, account)?.is_empty() {
            let family = families::found(tx, &name, account)?;
            learners::starter_subjects(tx, family.id);
        }
        Ok(())
    });
    match made.await {
        Ok(()) => Ok(see_other("/?notice=welcome")),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            let page = Page::new("family_none.html", "family", plain("title-family"));
            page.refused(&fields, &complaints).show_visitor(&visitor, json!({ "open": true }))
        }
    }
}
