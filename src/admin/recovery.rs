//! `/admin/recovery`: the recovery code from the paper, tried each quarter.

use poem::{Request, Response, handler};
use serde_json::json;

use crate::{
    accounts::browser::proof,
    error::{Error, Result},
    http::{
        auth::SignedIn,
        form::{Fields, complaints},
        frame::Page,
        guesses::{Guess, Kind, Outcome},
        messages::plain,
        see_other, words,
    },
    store::slots,
};

use super::drill;

/// When it was last tried, and the form.
#[handler]
pub fn form(person: SignedIn, request: &Request) -> Result<Response> {
    person.open(request)?;
    show(&person, page())
}

/// Tries what was typed. A slip of the pen costs nothing; wrong codes are slowed down like any guess.
#[handler]
pub async fn check(person: SignedIn, request: &Request, fields: Fields) -> Result<Response> {
    person.open(request)?;
    let app = person.app.clone();
    let typed = zeroize::Zeroizing::new(fields.get("code").to_owned());
    if let Err(invalid) = super::fresh::read(&typed) {
        let complaints = complaints(invalid.into(), str::to_owned)?;
        return show(&person, page().refused(&Fields::default(), &complaints));
    }
    let guess = Guess {
        kind: Kind::Code,
        target: app.guesses.target("recovery code", "of the record"),
        client: proof::client(request),
        device: Some(person.standing.session),
    };
    let vault = app.vault.clone();
    let trying = app.hashing.run(move || match drill::check(&vault, &typed) {
        Ok(()) => Ok(true),
        Err(Error::Invalid(_)) => Ok(false),
        Err(error) => Err(error),
    });
    let outcome = app.guesses.ask(guess, async { trying.await? }).await?;
    if let Some(refused) = proof::complaint(outcome, "code", "error-recovery-wrong") {
        if outcome == Outcome::Wrong {
            tracing::warn!("a recovery code was tried that opens nothing");
        }
        let shown = show(&person, page().refused(&Fields::default(), &refused.complaints))?;
        return Ok(proof::later(shown, refused.wait));
    }
    app.db
        .write(|tx| {
            drill::note(tx);
            Ok(())
        })
        .await?;
    tracing::info!("the recovery code was tried, and opens the record");
    Ok(see_other("/admin/recovery?notice=recovery-right"))
}

fn page() -> Page {
    Page::new("admin_recovery.html", "admin", plain("title-admin-recovery"))
}

/// The form is always empty: a code that was typed never stands in a page.
fn show(person: &SignedIn, page: Page) -> Result<Response> {
    let (last, due) = person.app.db.read(|tx| Ok((drill::last(tx)?, drill::is_due(tx)?)))?;
    let day = |at: crate::types::Timestamp| words::short(at.date_in(&person.described.zone));
    let has_code = person.app.vault.slots()?.iter().any(|slot| slot.kind == slots::Kind::Recovery);
    let context = json!({
        "last": last.map(day), "next": last.map(|last| day(last.plus(drill::EVERY))), "due": due, "has_code": has_code,
        "member": person.described.family.is_some(),
    });
    page.show_visitor(person, context)
}
