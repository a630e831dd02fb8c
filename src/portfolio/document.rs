//! The document: one HTML file with everything inside, made while it is sent.
//!
//! The template is filled with a token in each photo's place; the text between the tokens and the photos, as
//! `data:` URIs, then go out one after another, so memory holds the text and one photo.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::stream;
use poem::{Body, Response, http::header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    app::App,
    entries::{self, Attachment, Entry, media::disposition, view},
    error::{Error, Result},
    http::{assets, frame, messages::plain, words},
    learners::Learner,
    store::{Blob, Blobs},
    types::{Caller, Secret},
};

use super::{Photos, assemble::Gathered};

/// What a photo's address begins with.
const URI: &str = "data:image/jpeg;base64,";

/// What a document is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To look at, inside the portfolio's page: nothing runs in it.
    Preview,
    /// To keep: with the box that changes the nickname.
    Keep,
}

/// The name of the downloaded file.
pub fn file_name(gathered: &Gathered) -> String {
    let choice = &gathered.portfolio.choice;
    let name = format!("{} portfolio {} to {}.html", gathered.learner.nickname, choice.from, choice.to);
    name.chars().map(|c| if c.is_control() || r#"/\:*?"<>|"#.contains(c) { '-' } else { c }).collect()
}

/// The document as a reply.
///
/// # Errors
/// `Internal` where the template fails; `Busy` where too many documents are asked for at once.
pub async fn reply(app: &App, gathered: Gathered, purpose: Purpose) -> Result<Response> {
    let (policy, pieces) = app.documents.run(move || made(&gathered, purpose)).await??;
    // Told beforehand, so that a document which is broken off, because a photo is damaged, can't be taken for a whole
    // one: the server ends a reply of unknown length in good order even after an error.
    let length: u64 = pieces.iter().map(Piece::len).sum();
    let body = body(app.blobs.clone(), pieces);
    let frames = if purpose == Purpose::Preview { "'self'" } else { "'none'" };
    Ok(Response::builder()
        .content_type("text/html; charset=utf-8")
        .header(header::CONTENT_SECURITY_POLICY, format!("{policy}; frame-ancestors {frames}; sandbox"))
        .header(header::CACHE_CONTROL, "private, no-store")
        .header(header::CONTENT_LENGTH, length)
        .body(body))
}

/// The document to keep, which the family's log tells of: once in a while for each, since a browser may ask for it in
/// parts.
///
/// # Errors
/// As [`reply`].
pub async fn hand_out(app: &App, caller: &Caller, gathered: Gathered) -> Result<Response> {
    let name = disposition("attachment", &file_name(&gathered));
    let about = app.guesses.target("exported", &format!("{} {}", caller.account, gathered.portfolio.id));
    let mut response = reply(app, gathered, Purpose::Keep).await?;
    if app.guesses.leaves_a_line(about) {
        let (db, caller) = (app.db.clone(), caller.clone());
        // Nobody waits for the line: what can be read is handed out when the disk is full, too.
        tokio::spawn(async move {
            if let Err(error) = db.write(move |tx| super::note_exported(tx, &caller)).await {
                tracing::warn!(%error, "that a portfolio was downloaded could not be noted");
            }
        });
    }
    response.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// The document's policy and its pieces.
fn made(gathered: &Gathered, purpose: Purpose) -> Result<(String, Vec<Piece>)> {
    let css = assets::read("document/document.css")?;
    let script = format!("{}\n{}", assets::read("assets/rename.js")?, assets::read("document/box.js")?);
    let policy = policy(css, (purpose == Purpose::Keep).then_some(script.as_str()));
    let token = Secret::random().map_err(Error::internal)?;
    let mut photos = Vec::new();
    let mut context = context(gathered, token.expose(), &mut photos);
    context["csp"] = json!(policy);
    context["css"] = json!(css);
    context["script"] = json!(script);
    context["preview"] = json!(purpose == Purpose::Preview);
    let html = frame::fill("document.html", context)?;
    Ok((policy, pieces(&html, token.expose(), &photos)))
}

/// Nothing is loaded, nothing is sent, and only our own style and script count.
fn policy(css: &str, script: Option<&str>) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())));
    let script = script.map(|script| format!("script-src {}; ", hash(script))).unwrap_or_default();
    format!("default-src 'none'; img-src data:; style-src {}; {script}form-action 'none'; base-uri 'none'", hash(css))
}

fn context(gathered: &Gathered, token: &str, photos: &mut Vec<Blob>) -> Value {
    let choice = &gathered.portfolio.choice;
    let months = gathered.entries.chunk_by(|a, b| month(a) == month(b));
    let sections: Vec<Value> = months
        .map(|entries| {
            let shown: Vec<Value> = entries.iter().map(|entry| shown(gathered, entry, token, photos)).collect();
            json!({ "heading": words::month_year(entries[0].draft.date), "entries": shown })
        })
        .collect();
    let areas: Vec<Value> = gathered
        .areas()
        .into_iter()
        .map(|(area, count)| json!({ "label": plain(&format!("area-{}", area.as_str())), "count": count }))
        .collect();
    json!({
        "lang": "en-GB",
        "title": choice.title,
        "nickname": gathered.learner.nickname,
        "period": words::period(choice.from, choice.to),
        "made": words::short(gathered.today),
        "introduction_html": choice.introduction.as_deref().map(entries::to_html_without_links),
        "photos": choice.photos.as_str(),
        "sections": sections,
        "areas": areas,
        "file_name": file_name(gathered),
    })
}

fn month(entry: &Entry) -> (i16, i8) {
    let date = entry.draft.date.civil();
    (date.year(), date.month())
}

fn shown(gathered: &Gathered, entry: &Entry, token: &str, photos: &mut Vec<Blob>) -> Value {
    let draft = &entry.draft;
    let pictures = if gathered.portfolio.choice.photos == Photos::None { &[][..] } else { &entry.attachments[..] };
    let total = pictures.len();
    let pictures: Vec<Value> = pictures
        .iter()
        .enumerate()
        .map(|(at, picture)| photo(gathered, entry, picture, (at + 1, total), token, photos))
        .collect();
    let voices: Vec<Value> = draft
        .voices
        .iter()
        .filter(|voice| voice.learner == gathered.learner.id)
        .map(|voice| {
            let feeling = voice.feeling.map(|feeling| plain(&format!("feeling-{}", feeling.as_str())));
            json!({ "words": voice.words, "feeling_label": feeling })
        })
        .collect();
    json!({
        "date_label": words::day(draft.date),
        "title": draft.title,
        "text_html": draft.text.as_deref().map(entries::to_html_without_links),
        "kind_label": draft.kind.map(|kind| plain(&format!("kind-{}", kind.as_str()))),
        "subjects": entries::subject_names(&gathered.subjects, &draft.subjects),
        "place": draft.place,
        "minutes_label": draft.minutes.map(words::duration),
        "resources": draft.resources,
        "voices": voices,
        "photos": pictures,
    })
}

fn photo(
    gathered: &Gathered,
    entry: &Entry,
    picture: &Attachment,
    (number, total): (usize, usize),
    token: &str,
    photos: &mut Vec<Blob>,
) -> Value {
    let large = gathered.portfolio.choice.photos == Photos::Large;
    photos.push(if large { &picture.files.screen } else { &picture.files.thumb }.clone());
    let longest = if large { 1600.0 } else { 400.0 };
    let scale = (longest / f64::from(picture.width.max(picture.height))).min(1.0);
    let scaled = |side: u32| (f64::from(side) * scale).round().max(1.0) as u32;
    json!({
        "src": format!("{token}."),
        "width": scaled(picture.width),
        "height": scaled(picture.height),
        "alt": view::alt(entry, picture, number, total),
        "caption": picture.caption,
    })
}

/// A stretch of text, or a photo.
enum Piece {
    Text(Bytes),
    Photo(Blob),
}

impl Piece {
    /// Its length in the document, in bytes.
    fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Photo(blob) => URI.len() as u64 + 4 * blob.len.div_ceil(3),
        }
    }
}

fn pieces(html: &str, token: &str, photos: &[Blob]) -> Vec<Piece> {
    let separator = format!("{token}.");
    let mut pieces = Vec::with_capacity(photos.len() * 2 + 1);
    for (at, text) in html.split(separator.as_str()).enumerate() {
        if at > 0 {
            pieces.extend(photos.get(at - 1).cloned().map(Piece::Photo));
        }
        pieces.push(Piece::Text(Bytes::copy_from_slice(text.as_bytes())));
    }
    pieces
}

fn body(blobs: Blobs, pieces: Vec<Piece>) -> Body {
    Body::from_bytes_stream(stream::try_unfold(pieces.into_iter(), move |mut pieces| {
        let blobs = blobs.clone();
        async move {
            let bytes = match pieces.next() {
                None => return Ok(None),
                Some(Piece::Text(text)) => text,
                Some(Piece::Photo(blob)) => {
                    let id = blob.id;
                    let read = tokio::task::spawn_blocking(move || data_uri(&blobs, &blob)).await;
                    let read = read.map_err(Error::internal).flatten().inspect_err(|error| {
                        let source = std::error::Error::source(error).map(ToString::to_string);
                        tracing::error!(blob = %id, source, "a document was broken off: a photo cannot be read");
                    });
                    read.map_err(std::io::Error::other)?
                }
            };
            Ok::<_, std::io::Error>(Some((bytes, pieces)))
        }
    }))
}

fn data_uri(blobs: &Blobs, blob: &Blob) -> Result<Bytes> {
    let mut uri = URI.to_owned();
    STANDARD.encode_string(blobs.get(blob)?, &mut uri);
    Ok(Bytes::from(uri))
}

/// What a list says of a portfolio's child.
pub fn learner_name(learners: &[Learner], id: crate::types::LearnerId) -> String {
    learners.iter().find(|learner| learner.id == id).map(|learner| learner.nickname.clone()).unwrap_or_default()
}
