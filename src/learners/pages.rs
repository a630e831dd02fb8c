//! Pages of learners and subjects. (The page of one learner shows entries too and stands with them.)

pub mod parting;

use poem::{Response, handler, web::Path};
use serde_json::{Value, json};

use crate::{
    error::{Error, Result},
    http::{
        auth::Member,
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
        see_other,
    },
    types::{LearnerId, SubjectId},
};

use super::{
    Area, Colour, Draft, Learner, subject,
    view::{Choice, Face, learner_context, learner_page},
};

/// The children of the family.
#[handler]
pub fn list(member: Member) -> Result<Response> {
    show_list(&member, Page::new("learners.html", "learners", plain("title-learners")), None)
}

fn show_list(member: &Member, page: Page, colour: Option<&str>) -> Result<Response> {
    let all = member.app.db.read(|tx| super::all(tx, &member.caller))?;
    let next = Colour::ALL[all.len() % Colour::ALL.len()].0;
    let colours = Choice::all("colour", &Colour::ALL, |word| word == colour.unwrap_or(next));
    let (archived, learners): (Vec<_>, Vec<_>) = all.iter().partition(|learner| learner.archived);
    let faces = |learners: Vec<&Learner>| learners.into_iter().map(|l| Face::new(l, false)).collect::<Vec<_>>();
    page.show(member, json!({ "learners": faces(learners), "archived": faces(archived), "colours": colours }))
}

/// Adds a learner.
#[handler]
pub async fn add(member: Member, fields: Fields) -> Result<Response> {
    let added = async {
        let draft = Draft::parse(fields.get("nickname"), fields.optional("colour"), None)?;
        let caller = member.caller.clone();
        member.app.db.write(move |tx| super::add(tx, &caller, draft)).await
    };
    match added.await {
        Ok(_) => Ok(done("/learners", "learner-added")),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            let page = Page::new("learners.html", "learners", plain("title-learners")).refused(&fields, &complaints);
            show_list(&member, page, fields.optional("colour"))
        }
    }
}

/// Changes nickname and colour.
#[handler]
pub async fn change(member: Member, Path(id): Path<String>, fields: Fields) -> Result<Response> {
    let id = LearnerId::parse(&id).ok_or(Error::NotFound("learner"))?;
    let before = member.app.db.read(|tx| super::get(tx, &member.caller, id))?;
    let changed = async {
        let draft = Draft::parse(fields.get("nickname"), fields.optional("colour"), None)?;
        let caller = member.caller.clone();
        member.app.db.write(move |tx| super::change(tx, &caller, id, draft)).await
    };
    match changed.await {
        Ok(_) => Ok(done(&format!("/learners/{id}"), "learner-saved")),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            let page = learner_page(&before).refused(&fields, &complaints);
            page.show(&member, learner_context(&before, fields.optional("colour"), json!([])))
        }
    }
}

/// Archives a learner.
#[handler]
pub async fn archive(member: Member, Path(id): Path<String>) -> Result<Response> {
    set_archived(&member, &id, true).await
}

/// Brings a learner back.
#[handler]
pub async fn unarchive(member: Member, Path(id): Path<String>) -> Result<Response> {
    set_archived(&member, &id, false).await
}

async fn set_archived(member: &Member, id: &str, archived: bool) -> Result<Response> {
    let id = LearnerId::parse(id).ok_or(Error::NotFound("learner"))?;
    let caller = member.caller.clone();
    member.app.db.write(move |tx| super::set_archived(tx, &caller, id, archived)).await?;
    let notice = if archived { "learner-archived" } else { "learner-unarchived" };
    Ok(done("/learners", notice))
}

/// The family's subjects, by area.
#[handler]
pub fn subjects(member: Member) -> Result<Response> {
    show_subjects(&member, subjects_page())
}

fn subjects_page() -> Page {
    Page::new("subjects.html", "learners", plain("title-subjects"))
}

fn show_subjects(member: &Member, page: Page) -> Result<Response> {
    let all = member.app.db.read(|tx| subject::all(tx, &member.caller))?;
    let label = |area: Area| plain(&format!("area-{}", area.as_str()));
    let areas: Vec<Value> = Area::ALL
        .into_iter()
        .map(|(value, area)| {
            let of_area = all.iter().filter(|subject| subject.area == area && !subject.archived);
            let listed: Vec<Value> =
                of_area.map(|s| json!({ "id": s.id, "name": s.name, "archived": false })).collect();
            json!({ "value": value, "label": label(area), "subjects": listed })
        })
        .collect();
    let archived = all.iter().filter(|subject| subject.archived);
    let archived: Vec<Value> =
        archived.map(|s| json!({ "id": s.id, "name": s.name, "area_label": label(s.area) })).collect();
    page.show(member, json!({ "areas": areas, "archived": archived }))
}

/// Adds a subject.
#[handler]
pub async fn add_subject(member: Member, fields: Fields) -> Result<Response> {
    let added = async {
        let draft = subject::Draft::parse(fields.get("name"), fields.get("area"), None)?;
        let caller = member.caller.clone();
        member.app.db.write(move |tx| subject::add(tx, &caller, draft)).await
    };
    subject_done(&member, &fields, added.await, "subject-added")
}

/// Changes a subject's name and area.
#[handler]
pub async fn change_subject(member: Member, Path(id): Path<String>, fields: Fields) -> Result<Response> {
    let id = SubjectId::parse(&id).ok_or(Error::NotFound("subject"))?;
    let changed = async {
        let draft = subject::Draft::parse(fields.get("name"), fields.get("area"), None)?;
        let caller = member.caller.clone();
        member.app.db.write(move |tx| subject::change(tx, &caller, id, draft)).await
    };
    subject_done(&member, &fields, changed.await, "subject-saved")
}

/// Puts a subject away.
#[handler]
pub async fn archive_subject(member: Member, Path(id): Path<String>) -> Result<Response> {
    set_subject_archived(&member, &id, true).await
}

/// Brings a subject back.
#[handler]
pub async fn unarchive_subject(member: Member, Path(id): Path<String>) -> Result<Response> {
    set_subject_archived(&member, &id, false).await
}

async fn set_subject_archived(member: &Member, id: &str, archived: bool) -> Result<Response> {
    let id = SubjectId::parse(id).ok_or(Error::NotFound("subject"))?;
    let caller = member.caller.clone();
    member.app.db.write(move |tx| subject::set_archived(tx, &caller, id, archived)).await?;
    let notice = if archived { "subject-archived" } else { "subject-unarchived" };
    Ok(done("/subjects", notice))
}

fn subject_done(member: &Member, fields: &Fields, outcome: Result<subject::Subject>, notice: &str) -> Result<Response> {
    match outcome {
        Ok(_) => Ok(done("/subjects", notice)),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            show_subjects(member, subjects_page().refused(fields, &complaints))
        }
    }
}

fn done(path: &str, notice: &str) -> Response {
    see_other(&format!("{path}?notice={notice}"))
}
