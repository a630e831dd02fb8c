//! `/admin/mail`: whether mail is set up, and what became of the last messages. Whom they went to is not told.

use poem::{Request, Response, handler};
use serde_json::{Value, json};

use crate::{
    accounts::{
        self,
        log::{About, Act, Operator, operated},
        post::{self, Kind, Message},
    },
    error::Result,
    http::{
        auth::SignedIn,
        frame::Page,
        messages::{plain, text},
        see_other, words,
    },
};

/// How many messages are shown.
const SHOWN: usize = 50;

/// The last messages.
#[handler]
pub fn show(person: SignedIn, request: &Request) -> Result<Response> {
    person.open(request)?;
    let last = person.app.db.read(|tx| post::recent(tx, SHOWN))?;
    let mail = person.app.config.mail.as_ref();
    let context = json!({
        "server": mail.map(|mail| mail.server.to_string()),
        "from": mail.map(|mail| &mail.from),
        "messages": last.iter().map(|message| row(&person, message)).collect::<Vec<_>>(),
    });
    Page::new("admin_mail.html", "admin", plain("title-admin-mail")).show_visitor(&person, context)
}

/// Queues a message to the operator who asks for it.
#[handler]
pub async fn test(person: SignedIn, request: &Request) -> Result<Response> {
    person.open(request)?;
    if person.app.config.mail.is_none() {
        return Ok(see_other("/admin/mail"));
    }
    let account = person.account;
    let queued = person.app.db.write(move |tx| {
        let to = accounts::get(tx, account)?.email;
        let queued = post::queue(tx, Kind::Test, account, &to, None)?;
        if queued {
            operated(tx, Act::MailTried, Operator::Account(account), About::Words(""))?;
        }
        Ok(queued)
    });
    let notice = if queued.await? { "mail-queued" } else { "mail-too-much" };
    Ok(see_other(&format!("/admin/mail?notice={notice}")))
}

fn row(person: &SignedIn, message: &Message) -> Value {
    let zone = &person.described.zone;
    let why = message.why.as_deref().map(|why| match message.code {
        Some(code) => text(&format!("mail-why-{why}-code"), &[("code", code.to_string().into())]),
        None => plain(&format!("mail-why-{why}")),
    });
    json!({
        "kind": plain(&format!("mail-kind-{}", message.kind.as_str())),
        "state": message.state.as_str(),
        "said": plain(&format!("mail-state-{}", message.state.as_str())),
        "made": words::moment(message.made_at, zone),
        "tries": message.tries,
        "why": why,
        "next": (message.state == post::State::Queued).then(|| words::moment(message.next_at, zone)),
    })
}
