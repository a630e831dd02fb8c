//! What opens the record, and the recovery code: shown once, typed back from paper, and only then a key.

use poem::{Response, handler, web::Data};
use serde_json::json;

use crate::{
    config::Unlock,
    error::{Error, Invalid, Result},
    http::{
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
        see_other, words,
    },
    store::slots::{Cost, Kind, Opener, Slot},
};

use super::{
    super::{
        drill,
        fresh::{self, Fresh},
        instance::{self, Step},
        sheet,
    },
    Operator, go_on, page, place,
};

const CHECK: &str = "/setup/keys/check";

/// How the record is opened now, and what that protects.
#[handler]
pub fn show(operator: Operator) -> Result<Response> {
    let instance = operator.app.db.read(instance::get)?;
    let slots = operator.app.vault.slots()?;
    let has = |kind| slots.iter().any(|slot: &Slot| slot.kind == kind);
    // With both, the setting decides whether somebody is waited for.
    let typed =
        has(Kind::Passphrase) && (!has(Kind::KeyFile) || operator.app.config.unlock == Some(Unlock::Passphrase));
    let code = slots.iter().rfind(|slot| slot.kind == Kind::Recovery);
    let file = operator.app.config.key_files.iter().find(|path| path.exists());
    let context = json!({
        "step": place(&instance, Step::Keys, None),
        "way": if typed { "passphrase" } else { "file" },
        "spare_file": typed && has(Kind::KeyFile),
        "key_file": file.filter(|_| has(Kind::KeyFile)).map(|path| path.display().to_string()),
        "code_since": code.map(|slot| words::short(slot.made.date_in(&operator.described.zone))),
        "data": operator.app.config.data.display().to_string(),
    });
    page(Step::Keys).show(&operator, context)
}

/// Goes on, with a code or without.
#[handler]
pub async fn pass(operator: Operator) -> Result<Response> {
    go_on(&operator, Step::Keys, "").await
}

/// Makes a code and shows it, this once. It is nobody's key yet.
#[handler]
pub async fn make(operator: Operator, Data(fresh): Data<&Fresh>) -> Result<Response> {
    let now = operator.app.clock().now();
    let code = fresh.show(operator.session, now)?;
    // A code that nobody types back is not left in memory.
    let (forgetting, session) = (fresh.clone(), operator.session);
    tokio::spawn(async move {
        tokio::time::sleep(fresh::LIFE).await;
        forgetting.forget(session, now);
    });
    let instance = operator.app.db.read(instance::get)?;
    let context = json!({
        "step": place(&instance, Step::Keys, Some(Step::Keys.path())),
        "groups": code.split('-').collect::<Vec<_>>(),
        "sheet": sheet::of(&operator.app.config, &operator.app.edge.url, instance.name.as_deref(), operator.today()),
    });
    Page::new("setup_code.html", "setup", plain("title-setup-code")).show(&operator, context)
}

/// Asks for the code that was just shown, or where there is none, for one that opens the record already.
#[handler]
pub fn ask_back(operator: Operator, Data(fresh): Data<&Fresh>) -> Result<Response> {
    let is_new = fresh.waits(operator.session, operator.app.clock().now());
    if !is_new && !has_code(&operator)? {
        return Ok(see_other("/setup/keys?notice=set-up-code-gone"));
    }
    show_check(&operator, is_new, &[])
}

/// Takes the code from paper. A new one is a key from now on; one that is a key already was only tried.
#[handler]
pub async fn check(operator: Operator, Data(fresh): Data<&Fresh>, fields: Fields) -> Result<Response> {
    let (fresh, session, now) = (fresh.clone(), operator.session, operator.app.clock().now());
    let is_new = fresh.waits(session, now);
    if !is_new && !has_code(&operator)? {
        return Ok(see_other("/setup/keys?notice=set-up-code-gone"));
    }
    let (vault, typed) = (operator.app.vault.clone(), zeroize::Zeroizing::new(fields.get("code").to_owned()));
    // On a thread that may wait for the disk.
    let checked = operator.app.hashing.run(move || {
        let keep = |code| match vault.add_slot(&Opener::Recovery(code), Cost::STANDARD) {
            Err(Error::Refused(_)) => Err(Invalid::new("code", "error-recovery-full").into()),
            added => added.map(drop),
        };
        match fresh.typed_back(session, &typed, now, keep) {
            // Of two tries at once the other was faster, or there was none to begin with.
            Err(Error::NotFound(_)) => drill::check(&vault, &typed),
            done => done,
        }
    });
    match checked.await? {
        Ok(()) if is_new => {
            tried(&operator).await?;
            tracing::info!("a recovery code was added");
            go_on(&operator, Step::Keys, "set-up-code-kept").await
        }
        Ok(()) => {
            tried(&operator).await?;
            go_on(&operator, Step::Keys, "set-up-code-right").await
        }
        Err(error) => show_check(&operator, is_new, &complaints(error, str::to_owned)?),
    }
}

/// A code came back from paper.
async fn tried(operator: &Operator) -> Result<()> {
    let noting = operator.app.db.write(|tx| {
        drill::note(tx);
        Ok(())
    });
    noting.await
}

fn has_code(operator: &Operator) -> Result<bool> {
    Ok(operator.app.vault.slots()?.iter().any(|slot| slot.kind == Kind::Recovery))
}

/// The form is always empty: a code that was typed never stands in a page.
fn show_check(operator: &Operator, is_new: bool, complaints: &[(String, String)]) -> Result<Response> {
    let instance = operator.app.db.read(instance::get)?;
    let page = Page::new("setup_check.html", "setup", plain("title-setup-check"));
    let page = if complaints.is_empty() { page } else { page.refused(&Fields::default(), complaints) };
    let context = json!({
        "step": place(&instance, Step::Keys, Some(Step::Keys.path())),
        "is_new": is_new,
        "action": CHECK,
    });
    page.show(operator, context)
}
