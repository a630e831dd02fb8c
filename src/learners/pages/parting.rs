//! Somebody goes from a family, or gets another role in it. What children sign in with may stop working by that, which is
//! said where there was something; so these pages of the family stand with its learners.

use poem::{Request, Response, handler, web::Path};
use serde_json::json;

use crate::{
    error::{Error, Result, check},
    families::{
        members::{self, ROLES},
        pages::{refuse, role_word},
    },
    http::{
        auth::{Member, Visitor},
        form::Fields,
        frame::Page,
        messages::plain,
        see_other,
    },
    learners::sign_in,
    store::{Read, Write},
    types::{AccountId, Caller, Role},
};

/// Gives somebody another role. An owner who steps down is asked first: only another owner can undo it.
#[handler]
pub async fn set_role(visitor: Visitor, request: &Request, Path(id): Path<String>, fields: Fields) -> Result<Response> {
    let sure = visitor.confirm(request);
    let member = visitor.member()?;
    member.caller.must_own()?;
    sure?;
    let account = account_id(&id)?;
    let role = match check::one_of("role", fields.get("role"), &ROLES) {
        Ok(role) => role,
        Err(invalid) => return refuse(&member, &fields, invalid.into()),
    };
    match member.app.db.read(|tx| members::steps_down(tx, &member.caller, account, role)) {
        Ok(true) if !fields.ticked("sure") => return ask_to_step_down(&member, account, role),
        Ok(_) => {}
        Err(error) => return refuse(&member, &fields, error),
    }
    let caller = member.caller.clone();
    let changed = member.app.db.write(move |tx| {
        let change = |tx: &mut Write| members::set_role(tx, &caller, account, role);
        stops_words(tx, &caller, change)
    });
    match changed.await {
        Ok(true) => Ok(see_other("/family?notice=role-changed-words")),
        Ok(false) => Ok(see_other("/family?notice=role-changed")),
        Err(error) => refuse(&member, &fields, error),
    }
}

fn ask_to_step_down(member: &Member, account: AccountId, role: Role) -> Result<Response> {
    let words = member.app.db.read(|tx| may_stop_words(tx, &member.caller, role == Role::Viewer))?;
    let page = Page::new("family_step_down.html", "family", plain("title-family-step-down"));
    let means = plain(&format!("family-role-{}", role.as_str()));
    let context =
        json!({ "id": account, "value": role.as_str(), "role": role_word(role), "means": means, "words": words });
    page.show(member, context)
}

/// Asks whether somebody is to be removed.
#[handler]
pub fn ask_to_remove(member: Member, Path(id): Path<String>) -> Result<Response> {
    let account = account_id(&id)?;
    let (person, words) = member.app.db.read(|tx| {
        let person = members::one(tx, &member.caller, account)?;
        let words = may_stop_words(tx, &member.caller, matches!(person.role, Role::Owner | Role::Carer))?;
        Ok((person, words))
    })?;
    let page = Page::new("family_remove.html", "family", plain("title-family-remove"));
    let shown = json!({ "id": account, "name": person.name, "role": role_word(person.role) });
    page.show(&member, json!({ "person": shown, "words": words }))
}

/// Removes a carer or a viewer; their next request finds nothing of the family.
#[handler]
pub async fn remove(visitor: Visitor, request: &Request, Path(id): Path<String>) -> Result<Response> {
    let sure = visitor.confirm(request);
    let member = visitor.member()?;
    member.caller.must_own()?;
    sure?;
    let (account, caller) = (account_id(&id)?, member.caller.clone());
    let removed = member.app.db.write(move |tx| {
        let part = |tx: &mut Write| members::remove(tx, &caller, account);
        stops_words(tx, &caller, part)
    });
    match removed.await {
        Ok(true) => Ok(see_other("/family?notice=carer-removed")),
        Ok(false) => Ok(see_other("/family?notice=member-removed")),
        Err(error) => refuse(&member, &Fields::default(), error),
    }
}

/// Whether what is done ends what some of the family's children signed in with.
fn stops_words(tx: &mut Write, caller: &Caller, done: impl FnOnce(&mut Write) -> Result<()>) -> Result<bool> {
    let before = sign_in::any(tx, caller.family)?;
    done(tx)?;
    Ok(before && !sign_in::any(tx, caller.family)?)
}

/// Whether there is something to end, where somebody goes who `knew` it.
fn may_stop_words(tx: &Read, caller: &Caller, knew: bool) -> Result<bool> {
    Ok(knew && sign_in::any(tx, caller.family)?)
}

fn account_id(text: &str) -> Result<AccountId> {
    AccountId::parse(text).ok_or(Error::NotFound("member"))
}
