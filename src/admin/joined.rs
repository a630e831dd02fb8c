//! Coming into a family by an owner's link: with one tap for who is signed in, with a new account for who has none; and
//! a family of one's own for an account that is there already, by an operator's link or where registration is open.

use poem::{Request, Response, handler, http::StatusCode};
use serde_json::json;

use crate::{
    accounts::{self, Declaration, Registration, browser::beside::Beside, letters, session},
    error::{Error, Invalid, Result},
    families::{self, invitations},
    http::{
        auth::Visitor,
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
        query_value, see_other,
    },
    store::Write,
    types::{AccountId, Role, hash_secret},
};

use super::joining::{Door, door, enter, hashed, offered, parse_registration, told, with_bounds};

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
    let Ok(invitation) = visitor.app.db.read(|tx| invitations::find(tx, hash)) else {
        return show(&visitor, request, (&secret, None), page());
    };
    let declaration = declaration(invitation.role);
    if let Some((identity, _)) = &visitor.identity {
        let standing = identity.standing.ok_or(Error::ForAdults)?;
        let account = identity.account;
        let declares = fields.ticked("adult");
        let joined = visitor.app.db.write(move |tx| {
            if declaration == Declaration::ParentOrCarer {
                declared(tx, account, declares)?;
            }
            let family = invitations::accept(tx, hash, account)?;
            session::choose_family(tx, standing.session, family)
        });
        return match joined.await {
            Ok(()) => Ok(see_other("/?notice=family-joined")),
            Err(Error::NotFound(_)) => show(&visitor, request, (&secret, None), page()),
            Err(error) => {
                let complaints = complaints(error, str::to_owned)?;
                show(&visitor, request, (&secret, Some(&fields)), page().refused(&fields, &complaints))
            }
        };
    }
    let registered = async {
        let (registration, beside) = parse_registration(&visitor, request, &fields, (&secret, declaration)).await?;
        let password = hashed(&visitor, &registration).await?;
        let written = beside.as_ref().map(Beside::written);
        let made = visitor.app.db.write(move |tx| {
            let Registration { name, email, .. } = registration;
            let account = accounts::register_declaring(tx, declaration, name, &email, &password, false)?;
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
            let complaints = told(error)?;
            show(&visitor, request, (&secret, Some(&fields)), page().refused(&fields, &complaints))
        }
    }
}

fn page() -> Page {
    Page::new("family_join.html", "", plain("title-family-join"))
}

/// What somebody declares who makes an account to come in: whoever reads along may be no parent and no carer.
fn declaration(role: Role) -> Declaration {
    if role == Role::Viewer { Declaration::Adult } else { Declaration::ParentOrCarer }
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
        "adult_only": declaration(role) == Declaration::Adult,
        "declare": declaration(role) == Declaration::ParentOrCarer && must_declare(visitor)?,
    });
    if visitor.identity.is_none() {
        context["beside"] = offered(visitor, request, fields, secret)?;
    }
    page.show_visitor(visitor, with_bounds(context))
}

/// Whether whoever is signed in declared less than an owner or carer does.
fn must_declare(visitor: &Visitor) -> Result<bool> {
    let account = visitor.identity.as_ref().map(|(identity, _)| identity.account);
    account.map_or(Ok(false), |account| visitor.app.db.read(|tx| accounts::must_declare(tx, account)))
}

/// Who came in to read along declares to be a parent or carer before they keep a record.
fn declared(tx: &mut Write, account: AccountId, declares: bool) -> Result<()> {
    match (accounts::must_declare(tx, account)?, declares) {
        (true, true) => accounts::declare(tx, account),
        (true, false) => Err(Invalid::new("adult", "error-adult-required").into()),
        (false, _) => Ok(()),
    }
}

/// What stands behind an instance's invitation, or at `/register`, for whoever is signed in: one field, for the name of
/// a family of their own. Without an invitation that is for an account that belongs to none.
///
/// # Errors
/// `ForAdults`; `Internal`.
pub(super) fn show_begin(visitor: &Visitor, door: Door, invitation: &str) -> Result<Response> {
    if visitor.identity.as_ref().is_some_and(|(_, described)| described.is_learner) {
        return Err(Error::ForAdults);
    }
    let belongs = visitor.identity.as_ref().is_some_and(|(identity, _)| identity.caller.is_some());
    match door {
        Door::Invited => show_form(visitor, Some(invitation), begin_page()),
        Door::Open if !belongs => show_form(visitor, None, begin_page()),
        Door::Open if invitation.is_empty() => begin_page().show_visitor(visitor, json!({ "state": "has" })),
        Door::Ended | Door::Open => {
            let page = begin_page().status(StatusCode::NOT_FOUND);
            page.show_visitor(visitor, json!({ "state": Door::Ended.as_str() }))
        }
        Door::Invite | Door::Closed => begin_page().show_visitor(visitor, json!({ "state": door.as_str() })),
    }
}

fn begin_page() -> Page {
    Page::new("family_begin.html", "family", plain("title-family-begin"))
}

fn show_form(visitor: &Visitor, invitation: Option<&str>, page: Page) -> Result<Response> {
    let declare = must_declare(visitor)?;
    page.show_visitor(visitor, json!({ "state": "begin", "invitation": invitation, "declare": declare }))
}

/// A family of one's own, for an account that is there already: with an invitation, which is used up, or for one that
/// belongs to no family as `registration` has it. A place in another family is no way round that.
#[handler]
pub async fn begin_own(visitor: Visitor, fields: Fields) -> Result<Response> {
    let (identity, described) = visitor.identity.as_ref().ok_or(Error::NotSignedIn)?;
    let standing = identity.standing.ok_or(Error::ForAdults)?;
    let invitation = fields.get("invitation");
    let belongs = identity.caller.is_some();
    let held = match door(&visitor, invitation)? {
        Door::Invited => Some(invitation),
        // With an invitation that ended, nobody begins another family beside the one that they have.
        door if door == Door::Ended || door == Door::Open && belongs && !invitation.is_empty() => {
            return show_begin(&visitor, Door::Ended, invitation);
        }
        _ if belongs => return Ok(see_other("/family")),
        _ if families::pages::may_begin(&visitor.app, described) => None,
        _ => return Err(Error::Forbidden("an invitation")),
    };
    let (account, name, hash) = (identity.account, fields.get("family").to_owned(), held.map(hash_secret));
    let declares = fields.ticked("adult");
    let begun = visitor.app.db.write(move |tx| {
        declared(tx, account, declares)?;
        let family = super::begin_own(tx, hash, account, &name)?;
        session::choose_family(tx, standing.session, family)
    });
    match begun.await {
        Ok(()) => Ok(see_other("/?notice=welcome")),
        // Somebody else was faster with the same link.
        Err(Error::NotFound(_)) => show_begin(&visitor, Door::Ended, invitation),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            show_form(&visitor, held, begin_page().refused(&fields, &complaints))
        }
    }
}
