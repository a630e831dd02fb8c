//! The second step of a sign-in: a code of the app, a passkey, or a recovery code.

use poem::{Request, Response, handler};
use serde_json::json;

use crate::{
    accounts::{
        self,
        browser::{self, ceremony::Bound, passkey, proof},
        device,
        log::Act,
        passkey::PasskeyId,
        waiting,
    },
    app::App,
    error::{Error, Result},
    http::{auth::Visitor, cookie, form::Fields, frame::Page, local_path, messages::plain, query_value, see_other},
    types::{AccountId, hash_secret},
};

/// The form. Without a password that was right lately it is too early for it.
#[handler]
pub fn form(visitor: Visitor, request: &Request) -> Result<Response> {
    let next = local_path(visitor.params.get("next"));
    let hash = cookie::waiting(request).map(|secret| hash_secret(&secret));
    let waits = hash.map(|hash| visitor.app.db.read(|tx| waiting::find(tx, hash))).transpose()?.flatten();
    let Some(waits) = waits else { return Ok(anew(next)) };
    show(&visitor, request, page(), waits.account, (next, visitor.params.ticked("installed")))
}

/// Takes the code, and signs in.
#[handler]
pub async fn take(visitor: Visitor, request: &Request, fields: Fields) -> Result<Response> {
    let (app, next) = (&visitor.app, local_path(fields.get("next")).to_owned());
    let installed = fields.ticked("installed");
    let Some(hash) = cookie::waiting(request).map(|secret| hash_secret(&secret)) else { return Ok(anew(&next)) };
    let presented = browser::presented(request);
    let found = app.db.read(|tx| {
        let Some(waits) = waiting::find(tx, hash)? else { return Ok(None) };
        Ok(Some((waits.account, device::known(tx, waits.account, &presented)?)))
    })?;
    let Some((account, known)) = found else { return Ok(anew(&next)) };
    if let Some(sent) = fields.optional("passkey") {
        return match passkey::prove(app, request, Bound::Code(hash), sent, Some(account)).await? {
            Ok(proved) => enter(app, request, proved, hash, (&next, installed)).await,
            Err(refused) => {
                let page = page().refused(&fields, &refused.complaints);
                let shown = show(&visitor, request, page, account, (&next, installed))?;
                Ok(proof::later(shown, refused.wait))
            }
        };
    }
    let outcome = match proof::code(app, request, account, &fields, known, Some(hash)).await {
        Err(Error::NotSignedIn) => return Ok(anew(&next)),
        outcome => outcome?,
    };
    if let Some(proof::Refused { complaints, wait }) = proof::code_complaint(outcome, &fields) {
        let shown = show(&visitor, request, page().refused(&fields, &complaints), account, (&next, installed))?;
        return Ok(proof::later(shown, wait));
    }
    let next = proof::onwards(app, account, &fields, &next)?;
    let mut response = browser::sign_in(app, request, account, &next, installed, |_| Ok(())).await?;
    cookie::clear_waiting(request, &mut response);
    Ok(response)
}

/// Signs in after a passkey's right answer, unless the sign-in that waited for it is over, or the passkey was removed.
async fn enter(
    app: &App,
    request: &Request,
    (account, key): (AccountId, PasskeyId),
    waits: [u8; 32],
    (next, installed): (&str, bool),
) -> Result<Response> {
    let entering = browser::sign_in_by(app, request, account, next, installed, Act::PasskeySignedIn, move |tx| {
        waiting::find(tx, waits)?.filter(|found| found.account == account).ok_or(Error::NotSignedIn)?;
        accounts::passkey::stands(tx, account, key)?;
        waiting::end(tx, waits);
        Ok(())
    });
    match entering.await {
        Ok(mut response) => {
            cookie::clear_waiting(request, &mut response);
            Ok(response)
        }
        Err(Error::NotSignedIn) => Ok(anew(next)),
        Err(error) => Err(error),
    }
}

/// Back to the password.
fn anew(next: &str) -> Response {
    see_other(&format!("/sign-in?notice=sign-in-again&next={}", query_value(next)))
}

fn show(
    visitor: &Visitor,
    request: &Request,
    page: Page,
    account: AccountId,
    (next, installed): (&str, bool),
) -> Result<Response> {
    let means = passkey::means(&visitor.app, request, account)?;
    page.show_visitor(visitor, json!({ "next": next, "installed": installed, "means": means }))
}

fn page() -> Page {
    Page::new("sign_in_code.html", "", plain("title-sign-in-code"))
}
