//! The family's pages: who belongs to it, invitations, leaving, the end of the record, and the log. (Roles and removing
//! concern what children sign in with, and stand with them.)

use poem::{Request, Response, handler, web::Path};
use serde_json::{Value, json};

use crate::{
    accounts::{
        Email, letters,
        log::{Act, Line},
        post::Kind,
        session,
    },
    app::{App, Described},
    config::Registration,
    error::{Error, Result, check},
    http::{
        address,
        auth::{Member, Visitor},
        form::{Fields, complaints},
        frame::Page,
        messages::{plain, text},
        qr, see_other, words,
    },
    types::{FamilyId, InvitationId, Role, Secret, Timestamp},
};

use super::{
    deletion, get, invitations, lines,
    members::{self, ROLES},
    membership,
};

/// How many lines of the log are shown.
const LINES: usize = 200;

/// The family: everybody sees who belongs to it, owners change it. Who belongs to none learns what can be done.
#[handler]
pub fn overview(visitor: Visitor) -> Result<Response> {
    let (identity, described) = visitor.identity.as_ref().ok_or(Error::NotSignedIn)?;
    if identity.caller.is_none() {
        let open = may_begin(&visitor.app, described);
        let page = Page::new("family_none.html", "family", plain("title-family"));
        let closed = visitor.app.config.registration == Registration::Off;
        return page.show_visitor(&visitor, json!({ "open": open, "closed": closed }));
    }
    show(&visitor.member()?, page(), None)
}

/// Whether an account that belongs to no family may begin one.
pub fn may_begin(app: &App, described: &Described) -> bool {
    described.operator || app.config.registration == Registration::Open
}

fn page() -> Page {
    Page::new("family.html", "family", plain("title-family"))
}

/// A link that is shown once.
struct Link {
    url: String,
    role: Role,
    ends: Timestamp,
    sent: bool,
}

fn show(member: &Member, page: Page, link: Option<&Link>) -> Result<Response> {
    let caller = &member.caller;
    let owns = caller.role == Role::Owner;
    let (family, people, pending) = member.app.db.read(|tx| {
        let pending = if owns { invitations::pending(tx, caller)? } else { Vec::new() };
        Ok((get(tx, caller.family)?, members::all(tx, caller)?, pending))
    })?;
    let date = |at: Timestamp| words::short(at.date_in(&member.described.zone));
    let owners = people.iter().filter(|person| person.role == Role::Owner).count();
    let listed: Vec<Value> = people
        .iter()
        .map(|person| {
            let me = person.account == caller.account;
            let other_owner = person.role == Role::Owner && !me;
            json!({
                "id": person.account, "name": person.name, "role": role_word(person.role), "since": date(person.since),
                "me": me, "roles": choices(person.role),
                "changes": owns && !other_owner && (!me || owners > 1), "goes": owns && !me && !other_owner,
            })
        })
        .collect();
    let pending: Vec<Value> = pending
        .iter()
        .map(|one| {
            let by = people.iter().find(|person| person.account == one.by).map(|person| person.name.as_str());
            json!({
                "id": one.id, "role": role_word(one.role), "whom": one.whom, "by": by, "ends": date(one.ends_at),
                "made": words::moment(one.made_at, &member.described.zone),
            })
        })
        .collect();
    let link = link.map(|link| {
        Ok::<_, Error>(
            json!({ "url": link.url, "role": role_word(link.role), "ends": date(link.ends), "code": qr::svg(&link.url)?, "sent": link.sent }),
        )
    });
    let context = json!({
        "family": { "name": family.name, "time_zone": family.time_zone },
        "people": listed,
        "pending": pending,
        "link": link.transpose()?,
        "owns": owns,
        "stays": owns && owners < 2,
        "roles": choices(Role::Carer),
        "waits": family.deletion.is_some(),
        "mail": member.app.config.mail.is_some(),
        "whom_max": invitations::WHOM_MAX,
    });
    page.show(member, context)
}

/// What a role is called.
pub fn role_word(role: Role) -> String {
    plain(&format!("role-{}", role.as_str()))
}

fn choices(chosen: Role) -> Vec<Value> {
    let choice =
        |(word, one): (&str, Role)| json!({ "value": word, "label": role_word(one), "selected": one == chosen });
    ROLES.into_iter().map(choice).collect()
}

/// Changes name and time zone.
#[handler]
pub async fn change(member: Member, fields: Fields) -> Result<Response> {
    member.caller.must_own()?;
    let (caller, name, zone) =
        (member.caller.clone(), fields.get("family").to_owned(), fields.get("time_zone").to_owned());
    let changed = member.app.db.write(move |tx| super::change(tx, &caller, &name, &zone)).await;
    match changed {
        Ok(_) => Ok(see_other("/family?notice=family-saved")),
        Err(error) => refuse(&member, &fields, error),
    }
}

/// The family's page with what is wrong with a form of it.
///
/// # Errors
/// What can't be mended in the form.
pub fn refuse(member: &Member, fields: &Fields, error: Error) -> Result<Response> {
    let complaints = complaints(error, str::to_owned)?;
    show(member, page().refused(fields, &complaints), None)
}

/// Makes an invitation and shows its link, this once.
#[handler]
pub async fn invite(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    let sure = visitor.confirm(request);
    let member = visitor.member()?;
    member.caller.must_own()?;
    sure?;
    let secret = Secret::random().map_err(Error::internal)?;
    let url = address(request, &format!("/family/join?invitation={}", secret.expose()));
    let invited = async {
        let role = check::one_of("role", fields.get("role"), &ROLES)?;
        let to = fields.optional("email").map(Email::parse).transpose()?;
        let (caller, mail) = (member.caller.clone(), member.app.config.mail.is_some());
        let whom = fields.get("whom").to_owned();
        let invited = member.app.db.write(move |tx| {
            let made = invitations::invite_whom(tx, &caller, role, &whom, secret.hash())?;
            let sent = letters::invite(tx, mail, Kind::FamilyInvitation, caller.account, to.as_ref(), &secret)?;
            Ok((made, sent))
        });
        invited.await
    };
    match invited.await {
        Ok((invitation, sent)) => {
            show(&member, page(), Some(&Link { url, role: invitation.role, ends: invitation.ends_at, sent }))
        }
        Err(error) => refuse(&member, &fields, error),
    }
}

/// Takes an invitation back.
#[handler]
pub async fn withdraw(member: Member, Path(id): Path<String>) -> Result<Response> {
    let id = InvitationId::parse(&id).ok_or(Error::NotFound("invitation"))?;
    let caller = member.caller.clone();
    member.app.db.write(move |tx| invitations::withdraw(tx, &caller, id)).await?;
    Ok(see_other("/family?notice=family-invitation-withdrawn"))
}

/// Asks whether somebody wants to leave.
#[handler]
pub fn ask_to_leave(member: Member) -> Result<Response> {
    Page::new("family_leave.html", "family", plain("title-family-leave")).show(&member, json!({}))
}

/// Leaves; the record stays with the family.
#[handler]
pub async fn leave(member: Member, _: Fields) -> Result<Response> {
    let caller = member.caller.clone();
    match member.app.db.write(move |tx| members::leave(tx, &caller)).await {
        Ok(()) => Ok(see_other("/family?notice=family-left")),
        Err(error) => refuse(&member, &Fields::default(), error),
    }
}

/// What deleting means, and the form for it.
#[handler]
pub fn ask_to_delete(member: Member) -> Result<Response> {
    member.caller.must_own()?;
    show_delete(&member, delete_page())
}

fn delete_page() -> Page {
    Page::new("family_delete.html", "family", plain("title-family-delete"))
}

fn show_delete(member: &Member, page: Page) -> Result<Response> {
    let caller = &member.caller;
    let (family, waits) = member.app.db.read(|tx| {
        let family = get(tx, caller.family)?;
        let waits = deletion::waits(tx, &family)?;
        Ok((family, waits))
    })?;
    page.show(member, json!({ "name": family.name, "waits": waits, "asked": family.deletion.is_some() }))
}

/// Asks for the family to be deleted; where nobody else keeps it, that is at once.
#[handler]
pub async fn delete(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    let sure = visitor.confirm(request);
    let member = visitor.member()?;
    member.caller.must_own()?;
    sure?;
    let (caller, typed) = (member.caller.clone(), fields.get("name").to_owned());
    match member.app.db.write(move |tx| deletion::ask(tx, &caller, &typed)).await {
        Ok(Some(_)) => Ok(see_other("/family?notice=deletion-asked")),
        // The rows go soon: nobody reaches them any more.
        Ok(None) => Ok(see_other("/family?notice=family-deleted")),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            show_delete(&member, delete_page().refused(&fields, &complaints))
        }
    }
}

/// Takes the wish to delete the family back.
#[handler]
pub async fn keep(member: Member) -> Result<Response> {
    let caller = member.caller.clone();
    member.app.db.write(move |tx| deletion::withdraw(tx, &caller)).await?;
    Ok(see_other("/family?notice=deletion-withdrawn"))
}

/// Goes on in another of one's families.
#[handler]
pub async fn switch(visitor: Visitor, fields: Fields) -> Result<Response> {
    let (identity, _) = visitor.identity.as_ref().ok_or(Error::NotSignedIn)?;
    let family = FamilyId::parse(fields.get("family")).ok_or(Error::NotFound("family"))?;
    let standing = identity.standing.ok_or(Error::NotFound("family"))?;
    let account = identity.account;
    let switched = visitor.app.db.write(move |tx| {
        membership(tx, account, family)?.ok_or(Error::NotFound("family"))?;
        session::choose_family(tx, standing.session, family)
    });
    switched.await?;
    Ok(see_other("/"))
}

/// What was done with the family.
#[handler]
pub fn log(member: Member) -> Result<Response> {
    let lines = member.app.db.read(|tx| lines(tx, &member.caller, LINES))?;
    let listed =
        lines.iter().map(|line| json!({ "when": words::moment(line.at, &member.described.zone), "what": told(line) }));
    let listed: Vec<Value> = listed.collect();
    Page::new("family_log.html", "family", plain("title-family-log")).show(&member, json!({ "lines": listed }))
}

fn told(Line { act, by, about, roles, .. }: &Line) -> String {
    let key = match act {
        Act::Invited => "family-act-invited",
        Act::InvitationWithdrawn => "family-act-withdrawn",
        Act::Joined => "family-act-joined",
        // Lines of earlier versions don't tell which.
        Act::RoleChanged if roles.after.is_some() => "family-act-role-told",
        Act::RoleChanged => "family-act-role",
        Act::MemberRemoved if roles.before.is_some() => "family-act-removed-told",
        Act::MemberRemoved => "family-act-removed",
        Act::Left => "family-act-left",
        Act::DeletionAsked => "family-act-deletion",
        Act::DeletionWithdrawn => "family-act-kept",
        Act::LearnerSignInSet => "family-act-learner-set",
        Act::LearnerSignInEnded => "family-act-learner-ended",
        Act::LearnerSignedIn => "family-act-learner-in",
        Act::LearnerSignInFailed => "family-act-learner-failed",
        Act::AppAllowed => "family-act-app",
        Act::AppRevoked => "family-act-app-revoked",
        Act::AppRemoved => "family-act-app-removed",
        Act::AppReplayed => "family-act-app-replayed",
        Act::TokenMade => "family-act-token",
        Act::TokenRevoked => "family-act-token-revoked",
        Act::Exported => "family-act-exported",
        Act::FamilyBegun => "family-act-begun",
        Act::FamilyBroughtBack => "family-act-brought-back",
        Act::AllowanceChanged if about == "none" => "family-act-allowance-none",
        Act::AllowanceChanged if about == "usual" => "family-act-allowance-usual",
        Act::AllowanceChanged => "family-act-allowance",
        _ => "family-act-other",
    };
    let about = match act {
        Act::Invited | Act::Joined => plain(&format!("role-{about}")),
        _ => about.clone(),
    };
    let word = |one: Option<Role>| one.map(role_word).unwrap_or_default();
    let (before, after) = (word(roles.before), word(roles.after));
    text(
        key,
        &[("by", by.as_str().into()), ("about", about.into()), ("before", before.into()), ("after", after.into())],
    )
}
