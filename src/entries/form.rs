//! Writing an entry: one form for a new one and for changing one, usable without scripts.

use poem::{
    Response, handler,
    web::{Multipart, Path},
};
use tokio::io::AsyncReadExt;

use crate::{
    error::{Error, Invalid, Result},
    http::{
        auth::{Member, Reader},
        files::MAX_UPLOAD,
        form::{Fields, MAX, complaints},
        see_other,
    },
    types::{AttachmentId, Date, EntryId, LearnerId, Scope},
};

use super::{
    Cleaned, Draft, Entry, Files, MAX_ATTACHMENTS, RawDraft, RawVoice, Revision, Target, form_view::Shown, media,
    query::entry_id, revise, space,
};

/// The most bytes of a form with its pictures, in all.
pub const MAX_SENT: u64 = (MAX_ATTACHMENTS * MAX_UPLOAD + 2 * MAX) as u64;
/// What is said of pictures for which there is no room.
const FULL: &str = "allowance";
/// The most fields and files of a form.
const MAX_PARTS: u64 = 2_000;

/// A form as it came in: its fields, and its pictures already cleaned and stored.
struct Sent {
    fields: Fields,
    pictures: Vec<Cleaned>,
    /// What was wrong with a picture.
    refused: Vec<Invalid>,
}

/// An empty form: today, or the day and children that the address names, or "same again" of another entry.
#[handler]
pub fn new(Reader(member): Reader) -> Result<Response> {
    member.caller.must(Scope::RecordsWrite)?;
    let params = &member.params;
    let date = params.optional("date").and_then(Date::parse).unwrap_or_else(|| member.today());
    let like = params.optional("like").and_then(EntryId::parse);
    let draft = match like {
        Some(like) => member.app.db.read(|tx| super::again(tx, &member.caller, like, date))?,
        None => Draft::of_day(date, params.all("learner").filter_map(LearnerId::parse).collect()),
    };
    // A child writes about themselves.
    let draft = match &member.caller.learners {
        Some(own) if member.described.is_learner => Draft { learners: own.clone(), ..draft },
        _ => draft,
    };
    Shown { entry: None, draft: Some(&draft), typed: None, is_stale: false }.page(&member)
}

/// Adds an entry with its pictures.
#[handler]
pub async fn add(Reader(member): Reader, multipart: Multipart) -> Result<Response> {
    member.caller.must(Scope::RecordsWrite)?;
    let sent = receive(&member, multipart, None).await?;
    let files: Vec<Files> = sent.pictures.iter().map(|picture| picture.files.clone()).collect();
    let fields = sent.fields.clone();
    match save(&member, sent, None).await {
        Ok(entry) if fields.get("then") == "another" => {
            let learners: String = entry.draft.learners.iter().map(|id| format!("&learner={id}")).collect();
            Ok(see_other(&format!("/entries/new?notice=entry-saved-another&date={}{learners}", entry.draft.date)))
        }
        // Another day does not stand where the journal opens.
        Ok(entry) if entry.draft.date != member.today() => {
            Ok(see_other(&format!("/entries/{}?notice=entry-saved", entry.id)))
        }
        Ok(entry) => Ok(see_other(&format!("/?notice=entry-saved#day-{}", entry.draft.date))),
        Err(error) => {
            media::discard_refused(&member.app, &error, files);
            refuse(&member, None, &fields, error)
        }
    }
}

/// The form of an entry that exists.
#[handler]
pub fn edit(Reader(member): Reader, Path(id): Path<String>) -> Result<Response> {
    let id = entry_id(&id)?;
    member.caller.must(Scope::RecordsWrite)?;
    let entry = member.app.db.read(|tx| super::get(tx, &member.caller, id))?;
    super::given::must_be_own(&member.caller, &entry)?;
    Shown { entry: Some(&entry), draft: Some(&entry.draft), typed: None, is_stale: false }.page(&member)
}

/// Changes an entry: its content, its captions, which pictures stay, and which come.
#[handler]
pub async fn change(Reader(member): Reader, Path(id): Path<String>, multipart: Multipart) -> Result<Response> {
    let id = entry_id(&id)?;
    // Whose it is, before anything is taken in.
    member.caller.must(Scope::RecordsWrite)?;
    let entry = member.app.db.read(|tx| super::get(tx, &member.caller, id))?;
    super::given::must_be_own(&member.caller, &entry)?;
    let sent = receive(&member, multipart, Some(&entry)).await?;
    let files: Vec<Files> = sent.pictures.iter().map(|picture| picture.files.clone()).collect();
    let fields = sent.fields.clone();
    match save(&member, sent, Some(id)).await {
        Ok(_) => Ok(see_other(&format!("/entries/{id}?notice=entry-saved"))),
        Err(error) => {
            media::discard_refused(&member.app, &error, files);
            // What stands now, so that a second "Save" after "changed meanwhile" is a decision and not a dead end.
            let standing = member.app.db.read(|tx| super::get(tx, &member.caller, id))?;
            refuse(&member, Some(&standing), &fields, error)
        }
    }
}

/// Takes a form in. Each picture is cleaned and stored before the next one is read, so that memory holds one at a time;
/// those that can't fit, even if all others of the entry went, are not stored at all.
async fn receive(member: &Member, mut multipart: Multipart, standing: Option<&Entry>) -> Result<Sent> {
    let mut sent = Sent { fields: Fields::default(), pictures: Vec::new(), refused: Vec::new() };
    let (mut text, mut parts) = (0, 0);
    let outcome = loop {
        let field = match multipart.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break Ok(()),
            Err(_) => break Err(Error::Malformed("the form ended early".to_owned())),
        };
        parts += 1;
        if parts > MAX_PARTS {
            break Err(Error::TooLarge { max: MAX_PARTS });
        }
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let is_file = name == "photos";
        let max = if is_file { MAX_UPLOAD } else { MAX.saturating_sub(text) };
        // One photo of a few people at a time is held in memory; the others wait in their sockets.
        let _place = if is_file { Some(member.app.uploads.acquire().await.map_err(Error::internal)?) } else { None };
        let mut bytes = Vec::new();
        let read = field.into_async_read().take(max as u64 + 1).read_to_end(&mut bytes).await;
        if read.is_err() {
            break Err(Error::Malformed("the form ended early".to_owned()));
        }
        if is_file {
            if bytes.is_empty() {
                continue;
            }
            if sent.refused.iter().any(|refused| refused.code() == FULL) {
                continue;
            }
            if sent.pictures.len() >= MAX_ATTACHMENTS {
                sent.refused.push(Invalid::new("photos", "error-too-many").with("max", MAX_ATTACHMENTS));
                break Ok(());
            }
            match media::store(&member.app, "photos", &file_name.unwrap_or_default(), bytes).await {
                Ok(picture) => {
                    sent.pictures.push(picture);
                    match too_much(member, standing, &sent.pictures) {
                        Ok(full) => sent.refused.extend(full),
                        Err(error) => break Err(error),
                    }
                }
                Err(Error::Invalid(refused)) => sent.refused.extend(refused),
                Err(error) => break Err(error),
            }
        } else {
            text += name.len() + bytes.len();
            if text > MAX {
                break Err(Error::TooLarge { max: MAX as u64 });
            }
            let value = String::from_utf8(bytes).map_err(|_| Error::Malformed("the form is not UTF-8".to_owned()));
            match value {
                Ok(value) => sent.fields.push(name, value),
                Err(error) => break Err(error),
            }
            if !sent.fields.is_for(&member.caller) {
                break Err(Error::OtherFamily);
            }
        }
    };
    if let Err(error) = outcome {
        media::discard(&member.app, sent.pictures.iter().map(|picture| picture.files.clone()));
        return Err(error);
    }
    Ok(sent)
}

/// Whether what has come so far can't fit. The transaction that saves decides; this spares the disk.
fn too_much(member: &Member, standing: Option<&Entry>, pictures: &[Cleaned]) -> Result<Option<Invalid>> {
    let come = pictures.iter().map(|picture| picture.files.bytes()).sum();
    let (family, usual) = (member.caller.family, member.app.config.family_allowance);
    member.app.db.read(|tx| space::too_much(tx, family, usual, space::taken(standing), come))
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
    let target = id.map_or(Target::New, |id| Target::Standing(id, fields.get("version").parse().unwrap_or_default()));
    let id_of = |(id, words): (&str, &str)| Some((AttachmentId::parse(id)?, words.to_owned()));
    let revision = Revision {
        draft,
        captions: fields.under("caption-").filter_map(id_of).collect(),
        remove: fields.under("remove-").filter_map(id_of).map(|(id, _)| id).collect(),
        add: pictures,
        usual: member.app.config.family_allowance,
    };
    let (caller, app) = (member.caller.clone(), &member.app);
    let (entry, gone) = app.db.write(move |tx| revise(tx, &caller, target, revision)).await?;
    media::discard(app, gone);
    Ok(entry)
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

/// The form again, with everything that was typed and what is wrong with it.
fn refuse(member: &Member, entry: Option<&Entry>, fields: &Fields, error: Error) -> Result<Response> {
    let is_stale = matches!(error, Error::Stale);
    let error = if is_stale { Invalid::new("", "error-stale").into() } else { error };
    let complaints = complaints(error, |field| form_name(fields, field))?;
    Shown { entry, draft: None, typed: Some(fields), is_stale }.page_refused(member, fields, &complaints)
}
