//! What concerns the safety of an account: its devices, its password and second factor, and its log.

use std::time::Duration;

use data_encoding::HEXLOWER;
use poem::{Request, Response, handler, web::Path};
use serde_json::{Value, json};

use crate::{
    accounts::{
        browser, factor,
        log::{self, Act, Line, Noted, Roles},
        passkey,
        session::{self, Session},
    },
    error::{Error, Result},
    http::{
        auth::SignedIn,
        frame::Page,
        messages::{plain, text},
        see_other, words,
    },
    types::{LineId, Role},
};

/// How many lines of the log a page has.
const LINES: usize = 50;

/// For so long the page opens with what the operator did to the account.
const ANNOUNCED: Duration = Duration::from_hours(30 * 24);

/// The page.
#[handler]
pub fn show(person: SignedIn, request: &Request) -> Result<Response> {
    show_page(&person, request, page())
}

/// The same, for a form on it that is shown again.
pub(super) fn show_page(person: &SignedIn, request: &Request, page: Page) -> Result<Response> {
    let account = person.account;
    let before = person.params.optional("before").and_then(LineId::parse);
    let (sessions, lines, factors, passkeys, announced) = person.app.db.read(|tx| {
        let lines = log::page_of_account(tx, account, before, LINES + 1)?;
        let mut announced = log::of_account(tx, account, usize::MAX)?;
        announced.retain(|line| {
            matches!(line.act, Act::OperatorReset | Act::OperatorFactorRemoved) && tx.now().since(line.at) < ANNOUNCED
        });
        let factors = (factor::since(tx, account)?, factor::codes_left(tx, account)?, factor::stands(tx, account)?);
        Ok((session::of_account(tx, account)?, lines, factors, passkey::all(tx, account)?, announced))
    })?;
    let zone = &person.described.zone;
    let (since, left, stands) = factors;
    let next = (lines.len() > LINES).then(|| lines.get(LINES - 1).map(|line| line.id)).flatten();
    let devices: Vec<Value> = sessions.iter().map(|(hash, session)| device(person, hash, session)).collect();
    let shown: Vec<Value> = lines.iter().take(LINES).map(|line| listed(person, line)).collect();
    let context = json!({
        "announced": announced.iter().map(|line| listed(person, line)).collect::<Vec<_>>(),
        "devices": devices,
        "others": devices.len() > 1,
        "factor": since.map(|since| words::short(since.date_in(zone))),
        "codes_left": left,
        "stands": stands,
        "passkeys": super::passkeys::listed(person, request, &passkeys)?,
        "lines": shown,
        "older": next,
        "later": before.is_some(),
    });
    page.show_visitor(person, context)
}

pub(super) fn page() -> Page {
    Page::new("security.html", "account", plain("title-security"))
}

/// Ends the session of another device of one's own.
#[handler]
pub async fn end(person: SignedIn, request: &Request, Path(id): Path<String>) -> Result<Response> {
    let (account, network) = (person.account, browser::network(request));
    let ending = person.app.db.write(move |tx| {
        let all = session::of_account(tx, account)?;
        let found = all.into_iter().find(|(hash, _)| name(hash) == id).ok_or(Error::NotFound("device"))?;
        let about = found.1.device;
        log::note(
            tx,
            Act::SignedOutElsewhere,
            &Noted { account: Some(account), about: &about, network: &network, ..Noted::default() },
        );
        session::end(tx, found.0)
    });
    ending.await?;
    Ok(see_other("/account/security?notice=device-signed-out"))
}

/// Ends every session but this one.
#[handler]
pub async fn end_others(person: SignedIn, request: &Request) -> Result<Response> {
    let (account, here, network) = (person.account, person.standing.session, browser::network(request));
    let ending = person.app.db.write(move |tx| {
        if session::end_all(tx, account, Some(here))? > 0 {
            let noted = Noted { account: Some(account), network: &network, ..Noted::default() };
            log::note(tx, Act::SignedOutElsewhere, &noted);
        }
        Ok(())
    });
    ending.await?;
    Ok(see_other("/account/security?notice=devices-signed-out"))
}

/// What a session is called in addresses: it tells nothing of its secret.
fn name(hash: &[u8; 32]) -> String {
    HEXLOWER.encode(hash.get(..8).unwrap_or_default())
}

fn device(person: &SignedIn, hash: &[u8; 32], session: &Session) -> Value {
    let zone = &person.described.zone;
    json!({
        "id": name(hash),
        "label": if session.device.is_empty() { plain("device-unknown") } else { session.device.clone() },
        "here": *hash == person.standing.session,
        "installed": session.installed,
        "first": words::moment(session.created_at, zone),
        "last": words::moment(session.seen_at, zone),
        "network": session.network,
    })
}

/// What was done, as it is said to the account itself.
fn said(act: Act) -> String {
    match act {
        Act::OperatorAdded => "own-operator-added".to_owned(),
        Act::OperatorRemoved => "own-operator-removed".to_owned(),
        Act::MemberRemoved => "own-member-removed".to_owned(),
        Act::RoleChanged => "own-role-changed".to_owned(),
        other => format!("act-{}", other.as_str()),
    }
}

fn listed(person: &SignedIn, line: &Line) -> Value {
    json!({
        "act": plain(&said(line.act)),
        "about": line.about,
        "by": line.by,
        "at": words::moment(line.at, &person.described.zone),
        "network": line.network,
        "roles": changed(line.roles),
    })
}

/// From which role to which, where a line tells both.
fn changed(Roles { before, after }: Roles) -> Option<String> {
    let word = |role: Role| plain(&format!("role-{}", role.as_str()));
    Some(text("log-roles", &[("before", word(before?).into()), ("after", word(after?).into())]))
}
