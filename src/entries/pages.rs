//! The journal, one entry, search, and one learner's page.

use poem::{Response, handler, web::Path};
use serde_json::{Value, json};

use crate::{
    error::{Error, Result},
    http::{
        auth::{Member, Reader},
        form::{Fields, complaints},
        frame::Page,
        messages::{plain, text},
        query_value, see_other, words,
    },
    learners::{
        self,
        view::{Choice, Face, learner_context, learner_page},
    },
    types::{EntryId, LearnerId},
};

use super::{
    Entry, Feeling, Kind, State,
    query::{entry_id, lenient},
    search,
    timeline::{self, Cursor, Filter},
    view::{self, Names},
};

/// How many entries of the days to come are shown.
const COMING: usize = 5;
/// The fields of a query that filter.
const FILTERS: [&str; 7] = ["learner", "subject", "kind", "starred", "state", "from", "to"];

/// The timeline. What it shows stands in its address, so it can be kept, shared within the family and gone back to.
#[handler]
pub fn journal(Reader(member): Reader) -> Result<Response> {
    let params = &member.params;
    let any = FILTERS.iter().any(|name| params.optional(name).is_some());
    let today = member.today();
    let mut filter = lenient(params);
    // The journal opens at today; what is to come waits behind a line of its own.
    let opens = !any || (filter.learner.is_some() && filter.to.is_none() && filter.state.is_none());
    if opens {
        filter.to = filter.to.or(Some(today));
    }
    let ahead = Filter { from: Some(today.plus_days(1)), to: None, ..filter.clone() };
    let after = params.optional("after").and_then(|after| Cursor::parse(after).ok());
    let (page, coming, names) = member.app.db.read(|tx| {
        let page = timeline::page(tx, &member.caller, &filter, after, timeline::LIMIT)?;
        let coming = if opens && after.is_none() {
            timeline::page(tx, &member.caller, &ahead, None, COMING)?.entries
        } else {
            Vec::new()
        };
        Ok((page, coming, Names::read(tx, &member.caller)?))
    })?;
    let mut days: Vec<Value> = Vec::new();
    for day in page.entries.chunk_by(|a, b| a.draft.date == b.draft.date) {
        let date = day[0].draft.date;
        days.push(json!({
            "date": date,
            "label": words::day(date),
            "year": date.civil().year().to_string(),
            "today": date == today,
            "entries": day.iter().map(|entry| view::card(entry, &names)).collect::<Vec<_>>(),
        }));
    }
    let next = page.next.map(|next| address(params, Some(next)));
    let context = json!({
        "learners": names.learners.iter().map(|l| Face::new(l, filter.learner == Some(l.id))).collect::<Vec<_>>(),
        "subjects": names.subjects.iter().map(|s| json!({
            "id": s.id, "name": s.name, "area": s.area.as_str(), "selected": filter.subject == Some(s.id),
        })).collect::<Vec<_>>(),
        "kinds": Choice::all("kind", &Kind::ALL, |word| filter.kind.is_some_and(|kind| kind.as_str() == word)),
        "filters": {
            "learner": filter.learner,
            "subject": filter.subject,
            "kind": filter.kind.map(Kind::as_str),
            "starred": filter.starred == Some(true),
            "state": filter.state.map(State::as_str),
            "from": filter.from,
            "to": filter.to.filter(|_| !opens),
            "any": any,
        },
        "coming": coming.iter().rev().map(|entry| view::card(entry, &names)).collect::<Vec<_>>(),
        "first": days.is_empty() && coming.is_empty() && !any && after.is_none(),
        "days": days,
        "next": next,
        "newer": after.map(|_| address(params, None)),
    });
    Page::new("journal.html", "journal", plain("title-journal")).show(&member, context)
}

/// The journal's address with the same filters.
fn address(params: &Fields, after: Option<Cursor>) -> String {
    let known =
        |value: &&str| value.len() <= 40 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let kept = FILTERS.iter().filter_map(|name| Some((*name, params.optional(name).filter(known)?)));
    let mut query: Vec<String> = kept.map(|(name, value)| format!("{name}={}", query_value(value))).collect();
    query.extend(after.map(|after| format!("after={after}")));
    if query.is_empty() { "/".to_owned() } else { format!("/?{}", query.join("&")) }
}

/// Full text.
#[handler]
pub fn find(Reader(member): Reader) -> Result<Response> {
    let query: String = member.params.get("q").chars().take(search::MAX_QUERY).collect();
    let after = member.params.optional("after").and_then(|after| Cursor::parse(after).ok());
    let (page, names) = member.app.db.read(|tx| {
        let page = search::page(tx, &member.caller, &query, after, timeline::LIMIT)?;
        Ok((page, Names::read(tx, &member.caller)?))
    })?;
    let next = page.next.map(|next| format!("/search?q={}&after={next}", query_value(&query)));
    let context = json!({
        "q": query,
        "results": page.entries.iter().map(|entry| view::card(entry, &names)).collect::<Vec<_>>(),
        "next": next,
        "searched": !query.trim().is_empty(),
    });
    Page::new("search.html", "search", plain("title-search")).show(&member, context)
}

/// One entry.
#[handler]
pub fn show(Reader(member): Reader, Path(id): Path<String>) -> Result<Response> {
    let id = entry_id(&id)?;
    let (entry, names) =
        member.app.db.read(|tx| Ok((super::get(tx, &member.caller, id)?, Names::read(tx, &member.caller)?)))?;
    let title = entry
        .draft
        .title
        .clone()
        .unwrap_or_else(|| text("title-entry", &[("date", words::short(entry.draft.date).into())]));
    show_entry(&member, &entry, &names, title, None)
}

/// The page of an entry; `refused` is a voice that was not taken.
fn show_entry(
    member: &Member,
    entry: &Entry,
    names: &Names,
    title: String,
    refused: Option<(&Fields, Vec<(String, String)>)>,
) -> Result<Response> {
    let page = Page::new("entry.html", "journal", title);
    let own = member.described.is_learner.then(|| entry.draft.learners.first()).flatten();
    let voice = own.and_then(|own| entry.draft.voices.iter().find(|voice| voice.learner == *own));
    let feeling = match &refused {
        Some((typed, _)) => typed.optional("feeling"),
        None => voice.and_then(|voice| voice.feeling).map(Feeling::as_str),
    };
    let may_change = super::may_change(&member.caller, entry);
    let context = json!({
        "entry": view::full(entry, names, &member.described.zone),
        "may_change": may_change,
        "speaks": own.is_some() && !may_change,
        "words": voice.and_then(|voice| voice.words.as_deref()),
        "feelings": Choice::all("feeling", &Feeling::ALL, |word| feeling == Some(word)),
        "feels": feeling.is_some(),
    });
    match refused {
        Some((fields, complaints)) => page.refused(fields, &complaints).show(member, context),
        None => page.show(member, context),
    }
}

/// What a child says of an entry that somebody else added about them.
#[handler]
pub async fn speak(Reader(member): Reader, Path(id): Path<String>, fields: Fields) -> Result<Response> {
    let (id, caller, typed) = (entry_id(&id)?, member.caller.clone(), fields.clone());
    let spoken = member.app.db.write(move |tx| {
        let own = learners::sign_in::myself(tx, &caller)?.id;
        super::speak(tx, &caller, id, own, typed.optional("words"), typed.optional("feeling"))
    });
    match spoken.await {
        Ok(_) => Ok(see_other(&format!("/entries/{id}?notice=entry-saved"))),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            let (entry, names) =
                member.app.db.read(|tx| Ok((super::get(tx, &member.caller, id)?, Names::read(tx, &member.caller)?)))?;
            let title = plain("title-entry-voice");
            show_entry(&member, &entry, &names, title, Some((&fields, complaints)))
        }
    }
}

/// Stars an entry, or takes its star away: as the form says, so that a second tap changes nothing.
#[handler]
pub async fn star(Reader(member): Reader, Path(id): Path<String>, fields: Fields) -> Result<Response> {
    let starred = fields.get("starred") != "no";
    let entry = change(&member, &id, move |tx, caller, id| super::set_starred(tx, caller, id, starred));
    let entry = entry.await?;
    let notice = if entry.draft.starred { "entry-starred" } else { "entry-unstarred" };
    Ok(see_other(&format!("/entries/{}?notice={notice}", entry.id)))
}

/// "Same again": a new form that is filled in already. Nothing is written until it is saved.
#[handler]
pub fn again(Reader(member): Reader, Path(id): Path<String>) -> Result<Response> {
    let id = entry_id(&id)?;
    member.app.db.read(|tx| super::get(tx, &member.caller, id))?;
    Ok(see_other(&format!("/entries/new?like={id}&notice=entry-copied")))
}

/// What was deleted in the last thirty days.
#[handler]
pub fn deleted(Reader(member): Reader) -> Result<Response> {
    let (entries, names) =
        member.app.db.read(|tx| Ok((super::deleted(tx, &member.caller)?, Names::read(tx, &member.caller)?)))?;
    let cards: Vec<_> = entries.iter().map(|entry| view::card(entry, &names)).collect();
    Page::new("deleted.html", "journal", plain("title-deleted")).show(&member, json!({ "entries": cards }))
}

/// Deletes an entry, with the way back in the notice.
#[handler]
pub async fn delete(Reader(member): Reader, Path(id): Path<String>) -> Result<Response> {
    change(&member, &id, |tx, caller, id| super::delete(tx, caller, id, None)).await?;
    Ok(see_other(&format!("/?notice=entry-deleted&undo={id}")))
}

/// Brings a deleted entry back.
#[handler]
pub async fn restore(Reader(member): Reader, Path(id): Path<String>) -> Result<Response> {
    let entry = change(&member, &id, super::restore).await?;
    Ok(see_other(&format!("/entries/{}?notice=entry-restored", entry.id)))
}

async fn change<T: Send + 'static>(
    member: &Member,
    id: &str,
    rule: impl FnOnce(&mut crate::store::Write, &crate::types::Caller, EntryId) -> Result<T> + Send + 'static,
) -> Result<T> {
    let (id, caller) = (entry_id(id)?, member.caller.clone());
    member.app.db.write(move |tx| rule(tx, &caller, id)).await
}

/// One learner, with their latest entries.
#[handler]
pub fn learner(member: Member, Path(id): Path<String>) -> Result<Response> {
    let id = LearnerId::parse(&id).ok_or(Error::NotFound("learner"))?;
    let (learner, page, names) = member.app.db.read(|tx| {
        let learner = learners::get(tx, &member.caller, id)?;
        let filter = Filter { learner: Some(id), to: Some(member.today()), ..Filter::default() };
        let page = timeline::page(tx, &member.caller, &filter, None, 5)?;
        Ok((learner, page, Names::read(tx, &member.caller)?))
    })?;
    let recent: Vec<_> = page.entries.iter().map(|entry: &Entry| view::card(entry, &names)).collect();
    let recent = serde_json::to_value(recent).map_err(Error::internal)?;
    learner_page(&learner).show(&member, learner_context(&learner, None, recent))
}
