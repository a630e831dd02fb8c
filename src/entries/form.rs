//! Writing an entry: one form for a new one and for changing one, usable without scripts.

use std::collections::BTreeMap;

use poem::{
    Response, handler,
    web::{Multipart, Path},
};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;

use crate::{
    error::{Error, Invalid, Result},
    http::{
        auth::Member,
        files::MAX_UPLOAD,
        form::{Fields, MAX, complaints},
        frame::Page,
        messages::plain,
        see_other,
    },
    learners::view::{Choice, Face},
    store::Write,
    types::{AttachmentId, Caller, Date, EntryId},
};

use super::{
    Cleaned, Draft, Entry, Feeling, Files, Kind, MAX_ATTACHMENTS, RawDraft, RawVoice, State, attach, caption, detach,
    media, query::entry_id, view::Names,
};

/// A form as it came in: its fields, and its pictures already cleaned and stored.
struct Sent {
    fields: Fields,
    pictures: Vec<Cleaned>,
    /// What was wrong with a picture.
    refused: Vec<Invalid>,
}

/// An empty form: today, or the day and child that the address names.
#[handler]
pub fn new(member: Member) -> Result<Response> {
    let date = member.params.optional("date").and_then(Date::parse).unwrap_or_else(|| member.today());
    let chosen: Vec<String> = member.params.all("learner").map(str::to_owned).collect();
    let page = page(None).filled(json!({ "date": date }));
    show(&member, page, None, &chosen, &Fields::default())
}

/// Adds an entry with its pictures.
#[handler]
pub async fn add(member: Member, multipart: Multipart) -> Result<Response> {
    let sent = receive(&member, multipart).await?;
    let files: Vec<Files> = sent.pictures.iter().map(|picture| picture.files).collect();
    let fields = sent.fields.clone();
    match save(&member, sent, None).await {
        Ok(entry) if fields.get("then") == "another" => {
            let learners: String = entry.draft.learners.iter().map(|id| format!("&learner={id}")).collect();
            Ok(see_other(&format!("/entries/new?notice=entry-saved-another&date={}{learners}", entry.draft.date)))
        }
        // A plan does not stand where the journal opens.
        Ok(entry) if entry.draft.date > member.today() => {
            Ok(see_other(&format!("/entries/{}?notice=entry-saved", entry.id)))
        }
        Ok(entry) => Ok(see_other(&format!("/?notice=entry-saved#day-{}", entry.draft.date))),
        Err(error) => {
            media::discard(&member.app, files);
            refuse(&member, None, &fields, error)
        }
    }
}

/// The form of an entry that exists.
#[handler]
pub fn edit(member: Member, Path(id): Path<String>) -> Result<Response> {
    let id = entry_id(&id)?;
    let entry = member.app.db.read(|tx| super::get(tx, &member.caller, id))?;
    let chosen: Vec<String> = entry.draft.learners.iter().map(ToString::to_string).collect();
    let page = page(Some(&entry)).filled(values(&entry.draft));
    show(&member, page, Some(&entry), &chosen, &Fields::default())
}

/// Changes an entry: its content, its captions, which pictures stay, and which come.
#[handler]
pub async fn change(member: Member, Path(id): Path<String>, multipart: Multipart) -> Result<Response> {
    let id = entry_id(&id)?;
    // Whose it is, before anything is taken in.
    let before = member.app.db.read(|tx| super::get(tx, &member.caller, id))?;
    let sent = receive(&member, multipart).await?;
    let files: Vec<Files> = sent.pictures.iter().map(|picture| picture.files).collect();
    let fields = sent.fields.clone();
    match save(&member, sent, Some(id)).await {
        Ok(_) => Ok(see_other(&format!("/entries/{id}?notice=entry-saved"))),
        Err(error) => {
            media::discard(&member.app, files);
            refuse(&member, Some(&before), &fields, error)
        }
    }
}

/// Takes a form in. Each picture is cleaned and stored before the next one is read, so that memory holds one at a time.
async fn receive(member: &Member, mut multipart: Multipart) -> Result<Sent> {
    let mut sent = Sent { fields: Fields::default(), pictures: Vec::new(), refused: Vec::new() };
    let mut text = 0;
    let outcome = loop {
        let field = match multipart.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break Ok(()),
            Err(_) => break Err(Error::Malformed("the form ended early".to_owned())),
        };
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let is_file = name == "photos";
        let max = if is_file { MAX_UPLOAD } else { MAX.saturating_sub(text) };
        let mut bytes = Vec::new();
        let read = field.into_async_read().take(max as u64 + 1).read_to_end(&mut bytes).await;
        if read.is_err() {
            break Err(Error::Malformed("the form ended early".to_owned()));
        }
        if is_file {
            if bytes.is_empty() {
                continue;
            }
            if sent.pictures.len() >= MAX_ATTACHMENTS {
                sent.refused.push(Invalid::new("photos", "error-too-many").with("max", MAX_ATTACHMENTS));
                break Ok(());
            }
            match media::store(&member.app, "photos", &file_name.unwrap_or_default(), bytes).await {
                Ok(picture) => sent.pictures.push(picture),
                Err(Error::Invalid(refused)) => sent.refused.extend(refused),
                Err(error) => break Err(error),
            }
        } else {
            text += bytes.len();
            if text > MAX {
                break Err(Error::TooLarge { max: MAX as u64 });
            }
            let value = String::from_utf8(bytes).map_err(|_| Error::Malformed("the form is not UTF-8".to_owned()));
            match value {
                Ok(value) => sent.fields.push(name, value),
                Err(error) => break Err(error),
            }
        }
    };
    if let Err(error) = outcome {
        media::discard(&member.app, sent.pictures.iter().map(|picture| picture.files));
        return Err(error);
    }
    Ok(sent)
}

async fn save(member: &Member, sent: Sent, id: Option<EntryId>) -> Result<Entry> {
    let Sent { fields, pictures, mut refused } = sent;
    let parsed = raw(&fields).and_then(RawDraft::parse);
    let draft = match parsed {
        Ok(draft) if refused.is_empty() => draft,
        Ok(_) => return Err(Error::Invalid(refused)),
        Err(Error::Invalid(more)) => {
            refused.extend(more);
            return Err(Error::Invalid(refused));
        }
        Err(error) => return Err(error),
    };
    let version = id.is_some().then(|| fields.get("version").parse().unwrap_or_default());
    let (caller, app) = (member.caller.clone(), &member.app);
    let (entry, gone) = app.db.write(move |tx| write(tx, &caller, id, version, draft, &fields, pictures)).await?;
    media::discard(app, gone);
    Ok(entry)
}

/// Everything that the form says, in one transaction; returns the files of the pictures that were taken away.
fn write(
    tx: &mut Write,
    caller: &Caller,
    id: Option<EntryId>,
    version: Option<u64>,
    draft: Draft,
    fields: &Fields,
    pictures: Vec<Cleaned>,
) -> Result<(Entry, Vec<Files>)> {
    let says_nothing = draft.says_nothing();
    let entry = match id {
        Some(id) => super::replace(tx, caller, id, draft, version)?,
        None => super::add(tx, caller, draft)?,
    };
    let mut gone = Vec::new();
    let removed: Vec<AttachmentId> =
        fields.under("remove-").filter_map(|(id, _)| AttachmentId::parse(id)).filter(|id| has(&entry, *id)).collect();
    for id in &removed {
        gone.push(detach(tx, caller, *id)?);
    }
    for (id, words) in fields.under("caption-") {
        if let Some(id) = AttachmentId::parse(id).filter(|id| has(&entry, *id) && !removed.contains(id)) {
            caption(tx, caller, id, Some(words)).map_err(|error| renamed(error, &format!("caption-{id}")))?;
        }
    }
    for picture in pictures {
        attach(tx, caller, entry.id, None, picture)?;
    }
    let entry = super::get(tx, caller, entry.id)?;
    if says_nothing && entry.attachments.is_empty() {
        return Err(Invalid::new("title", "error-empty-entry").into());
    }
    Ok((entry, gone))
}

fn has(entry: &Entry, id: AttachmentId) -> bool {
    entry.attachments.iter().any(|attachment| attachment.id == id)
}

fn renamed(error: Error, field: &str) -> Error {
    match error {
        Error::Invalid(invalid) => {
            Error::Invalid(invalid.into_iter().map(|one| Invalid { field: field.to_owned(), ..one }).collect())
        }
        other => other,
    }
}

/// The form's fields as the one parser takes them.
fn raw(fields: &Fields) -> Result<RawDraft> {
    let owned = |name: &str| fields.optional(name).map(str::to_owned);
    let minutes = match fields.optional("minutes").map(str::trim) {
        None => None,
        Some(number) => Some(number.parse().map_err(|_| Invalid::new("minutes", "error-not-a-number"))?),
    };
    let learners: Vec<String> = fields.all("learner").map(str::to_owned).collect();
    Ok(RawDraft {
        date: fields.get("date").to_owned(),
        title: owned("title").map(|title| title.trim().to_owned()),
        text: owned("text"),
        subjects: fields.all("subject").map(str::to_owned).collect(),
        kind: owned("kind"),
        minutes,
        place: owned("place").map(|place| place.trim().to_owned()),
        resources: fields
            .get("resources")
            .lines()
            .map(str::trim)
            .filter(|l| !l.is_empty())
            .map(str::to_owned)
            .collect(),
        voices: learners.iter().map(|learner| voice(fields, learner)).collect(),
        starred: fields.ticked("starred"),
        private: fields.ticked("private"),
        state: owned("state"),
        learners,
    })
}

fn voice(fields: &Fields, learner: &str) -> RawVoice {
    let owned = |name: &str| fields.optional(&format!("{name}-{learner}")).map(str::to_owned);
    RawVoice { learner: learner.to_owned(), words: owned("words"), feeling: owned("feeling") }
}

/// What the form calls the field of a complaint.
fn form_name(fields: &Fields, field: &str) -> String {
    let mut parts = field.split('.');
    let (first, at, last) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let learner = at.and_then(|at| at.parse().ok()).and_then(|at: usize| fields.all("learner").nth(at));
    match (first, learner, last) {
        ("voices", Some(learner), Some(name @ ("words" | "feeling"))) => format!("{name}-{learner}"),
        ("voices" | "learners", ..) => "learner".to_owned(),
        ("subjects", ..) => "subject".to_owned(),
        (first, ..) => first.to_owned(),
    }
}

fn values(draft: &Draft) -> Value {
    let ticked = |is: bool| if is { "yes" } else { "" };
    json!({
        "date": draft.date,
        "title": draft.title,
        "text": draft.text,
        "minutes": draft.minutes.map(|minutes| minutes.to_string()),
        "place": draft.place,
        "resources": draft.resources.join("\n"),
        "starred": ticked(draft.starred),
        "private": ticked(draft.private),
    })
}

fn page(entry: Option<&Entry>) -> Page {
    let title = if entry.is_some() { "title-entry-edit" } else { "title-entry-new" };
    Page::new("entry_form.html", "journal", plain(title))
}

/// The form again, with everything that was typed and what is wrong with it.
fn refuse(member: &Member, entry: Option<&Entry>, fields: &Fields, error: Error) -> Result<Response> {
    let error = if matches!(error, Error::Stale) { Invalid::new("", "error-stale").into() } else { error };
    let complaints = complaints(error, |field| form_name(fields, field))?;
    let chosen: Vec<String> = fields.all("learner").map(str::to_owned).collect();
    show(member, page(entry).refused(fields, &complaints), entry, &chosen, fields)
}

fn show(member: &Member, page: Page, entry: Option<&Entry>, chosen: &[String], typed: &Fields) -> Result<Response> {
    // After a refusal what was typed is shown; before it, what is stored.
    let is_typed = typed.optional("date").is_some() || typed.optional("title").is_some();
    let draft = entry.map(|entry| &entry.draft).filter(|_| !is_typed);
    let names = member.app.db.read(|tx| Names::read(tx, &member.caller))?;
    let learners: Vec<Value> = names
        .learners
        .iter()
        .map(|learner| (learner, chosen.contains(&learner.id.to_string())))
        .filter(|(learner, chosen)| *chosen || !learner.archived)
        .map(|(learner, chosen)| {
            let voice = draft.and_then(|draft| draft.voices.iter().find(|voice| voice.learner == learner.id));
            let words = voice.and_then(|voice| voice.words.clone());
            let feeling = voice.and_then(|voice| voice.feeling).map(Feeling::as_str);
            let typed = |name: &str| typed.optional(&format!("{name}-{}", learner.id)).map(str::to_owned);
            let mut face = serde_json::to_value(Face::new(learner, chosen)).unwrap_or_default();
            face["words"] = json!(typed("words").or(words));
            face["feeling"] = json!(typed("feeling").or_else(|| feeling.map(str::to_owned)));
            face
        })
        .collect();
    let subject_chosen = |id: &crate::types::SubjectId| match draft {
        Some(draft) => draft.subjects.contains(id),
        None => typed.all("subject").any(|typed| typed == id.to_string()),
    };
    let subjects: Vec<Value> = names
        .subjects
        .iter()
        .map(|subject| (subject, subject_chosen(&subject.id)))
        .filter(|(subject, chosen)| *chosen || !subject.archived)
        .map(|(subject, chosen)| {
            let area = subject.area.as_str();
            let label = plain(&format!("area-{area}"));
            json!({ "id": subject.id, "name": subject.name, "area": area, "area_label": label, "selected": chosen })
        })
        .collect();
    let kind = draft.map_or_else(|| typed.get("kind").to_owned(), |d| d.kind.map_or("", Kind::as_str).to_owned());
    let state =
        draft.map_or_else(|| typed.optional("state").unwrap_or("done").to_owned(), |d| d.state.as_str().to_owned());
    let today = member.today();
    let version = entry.map(|entry| typed.optional("version").map_or(entry.version.to_string(), str::to_owned));
    let context = json!({
        "is_new": entry.is_none(),
        "id": entry.map(|entry| entry.id),
        "action": entry.map_or_else(|| "/entries/new".to_owned(), |entry| format!("/entries/{}/edit", entry.id)),
        "version": version,
        "today": today,
        "yesterday": today.plus_days(-1),
        "learners": learners,
        "subjects": subjects,
        "kinds": Choice::all("kind", &Kind::ALL, |word| word == kind),
        "feelings": Choice::all("feeling", &Feeling::ALL, |_| false),
        "states": Choice::all("state", &State::ALL, |word| word == state),
        "attachments": entry.map(kept).unwrap_or_default(),
        "max_photos": MAX_ATTACHMENTS,
        "max_megabytes": MAX_UPLOAD / 1_000_000,
    });
    page.show(member, context)
}

fn kept(entry: &Entry) -> Vec<BTreeMap<&'static str, Value>> {
    let kept = entry.attachments.iter();
    kept.map(|attachment| {
        BTreeMap::from([
            ("id", json!(attachment.id)),
            ("thumb", json!(format!("/media/{}/thumb", attachment.id))),
            ("caption", json!(attachment.caption)),
            ("width", json!(attachment.width)),
            ("height", json!(attachment.height)),
            ("filename", json!(attachment.filename)),
        ])
    })
    .collect()
}
