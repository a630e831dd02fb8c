//! The form of an entry, filled: with what is stored, or with what was typed and refused.

use poem::Response;
use serde_json::{Value, json};

use crate::{
    error::Result,
    http::{auth::Member, files::MAX_UPLOAD, form::Fields, frame::Page, messages::plain},
    learners::{
        Learner, Subject,
        view::{Choice, Face},
    },
};

use super::{
    Draft, Entry, Feeling, Kind, MAX_ATTACHMENTS, State,
    space::{self, Level},
    view::Names,
};

/// What the form shows.
pub struct Shown<'a> {
    /// The entry that is changed; none for a new one.
    pub entry: Option<&'a Entry>,
    /// What the fields hold.
    pub draft: Option<&'a Draft>,
    /// What was typed and refused: it takes the place of `draft`.
    pub typed: Option<&'a Fields>,
    /// The entry was changed meanwhile: the next "Save" replaces what stands now.
    pub is_stale: bool,
}

impl Shown<'_> {
    /// The form.
    ///
    /// # Errors
    /// `Forbidden`; `Internal` where the template fails.
    pub fn page(&self, member: &Member) -> Result<Response> {
        let values = self.draft.map(values);
        self.show(member, self.frame().filled(values))
    }

    /// The form again, with what is wrong.
    ///
    /// # Errors
    /// As [`Shown::page`].
    pub fn page_refused(&self, member: &Member, fields: &Fields, complaints: &[(String, String)]) -> Result<Response> {
        self.show(member, self.frame().refused(fields, complaints))
    }

    fn frame(&self) -> Page {
        let title = if self.entry.is_some() { "title-entry-edit" } else { "title-entry-new" };
        Page::new("entry_form.html", "journal", plain(title))
    }

    fn show(&self, member: &Member, page: Page) -> Result<Response> {
        let Self { entry, typed, .. } = *self;
        let usual = member.app.config.family_allowance;
        let (names, space) = member
            .app
            .db
            .read(|tx| Ok((Names::read(tx, &member.caller)?, space::of(tx, member.caller.family, usual)?)))?;
        let told = space.allowance.filter(|_| space.level() > Level::Roomy);
        let learners: Vec<Value> = names.learners.iter().filter_map(|learner| self.learner(learner)).collect();
        let subjects: Vec<Value> = names.subjects.iter().filter_map(|subject| self.subject(subject)).collect();
        let kind = self.word("kind", |draft| draft.kind.map(Kind::as_str)).unwrap_or_default();
        let state = self.word("state", |draft| Some(draft.state.as_str())).unwrap_or("done");
        let today = member.today();
        let version = entry.map(|entry| match typed.and_then(|typed| typed.optional("version")) {
            Some(typed) if !self.is_stale => typed.to_owned(),
            _ => entry.version.to_string(),
        });
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
            "room": told.map(|max| json!({ "level": space.level().as_str(), "used": space.used.to_string(), "max": max.to_string() })),
        });
        page.show(member, context)
    }

    fn word<'a>(&'a self, name: &'a str, stored: impl Fn(&Draft) -> Option<&'static str>) -> Option<&'a str> {
        match self.typed {
            Some(typed) => typed.optional(name),
            None => self.draft.and_then(stored),
        }
    }

    /// A learner's chip and voice; archived ones only where they were chosen.
    fn learner(&self, learner: &Learner) -> Option<Value> {
        let id = learner.id.to_string();
        let chosen = match self.typed {
            Some(typed) => typed.all("learner").any(|typed| typed == id),
            None => self.draft.is_some_and(|draft| draft.learners.contains(&learner.id)),
        };
        if learner.archived && !chosen {
            return None;
        }
        let (words, feeling) = match self.typed {
            Some(typed) => {
                let typed = |name: &str| typed.optional(&format!("{name}-{id}")).map(str::to_owned);
                (typed("words"), typed("feeling"))
            }
            None => {
                let voices = self.draft.map(|draft| draft.voices.as_slice()).unwrap_or_default();
                let voice = voices.iter().find(|voice| voice.learner == learner.id);
                let feeling = voice.and_then(|voice| voice.feeling).map(|feeling| feeling.as_str().to_owned());
                (voice.and_then(|voice| voice.words.clone()), feeling)
            }
        };
        let mut face = serde_json::to_value(Face::new(learner, chosen)).ok()?;
        face["words"] = json!(words);
        face["feeling"] = json!(feeling);
        Some(face)
    }

    /// A subject's chip; archived ones only where they were chosen.
    fn subject(&self, subject: &Subject) -> Option<Value> {
        let id = subject.id.to_string();
        let chosen = match self.typed {
            Some(typed) => typed.all("subject").any(|typed| typed == id),
            None => self.draft.is_some_and(|draft| draft.subjects.contains(&subject.id)),
        };
        if subject.archived && !chosen {
            return None;
        }
        let area = subject.area.as_str();
        let label = plain(&format!("area-{area}"));
        Some(json!({ "id": id, "name": subject.name, "area": area, "area_label": label, "selected": chosen }))
    }
}

/// The fields that a draft fills.
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

/// The pictures that an entry holds.
fn kept(entry: &Entry) -> Vec<Value> {
    let kept = entry.attachments.iter();
    kept.map(|attachment| {
        json!({
            "id": attachment.id,
            "thumb": attachment.url("thumb"),
            "caption": attachment.caption,
            "width": attachment.width,
            "height": attachment.height,
            "filename": attachment.filename,
        })
    })
    .collect()
}
