//! `/admin/log`: what those who look after the instance did in the last year.

use poem::{Request, Response, handler};
use serde_json::{Value, json};

use crate::{
    accounts::log::{self, Line},
    error::Result,
    http::{auth::SignedIn, frame::Page, messages::plain, words},
    types::LineId,
};

/// How many lines a page has.
const LINES: usize = 50;

/// The page.
#[handler]
pub fn show(person: SignedIn, request: &Request) -> Result<Response> {
    person.open(request)?;
    let before = person.params.optional("before").and_then(LineId::parse);
    let lines = person.app.db.read(|tx| log::of_operators(tx, before, LINES + 1))?;
    let older = (lines.len() > LINES).then(|| lines.get(LINES - 1).map(|line| line.id)).flatten();
    let shown: Vec<Value> = lines.iter().take(LINES).map(|line| row(&person, line)).collect();
    let context = json!({ "lines": shown, "older": older, "later": before.is_some() });
    Page::new("admin_log.html", "admin", plain("title-admin-log")).show_visitor(&person, context)
}

fn row(person: &SignedIn, line: &Line) -> Value {
    json!({
        "act": plain(&format!("act-{}", line.act.as_str())),
        "about": line.about,
        "by": line.by,
        "at": words::moment(line.at, &person.described.zone),
    })
}
