//! What is set up, and what to do next. Afterwards the list from which each of it can be changed.

use poem::{Response, handler};
use serde_json::json;

use crate::{error::Result, http::see_other, learners, store::slots::Kind};

use super::{
    super::{
        drill,
        instance::{self, Step},
    },
    Operator, page, place,
};

/// The list.
#[handler]
pub fn show(operator: Operator) -> Result<Response> {
    let (instance, learners) =
        operator.app.db.read(|tx| Ok((instance::get(tx)?, learners::all(tx, &operator.caller)?)))?;
    let kinds: Vec<Kind> = operator.app.vault.slots()?.iter().map(|slot| slot.kind).collect();
    let edge = &operator.app.edge;
    let names: Vec<&str> = learners.iter().filter(|one| !one.archived).map(|one| one.nickname.as_str()).collect();
    let context = json!({
        "step": place(&instance, Step::Done, None),
        "name": instance.name,
        "url": edge.url,
        "encrypted": edge.tls.is_some(),
        "has_code": kinds.contains(&Kind::Recovery),
        "has_key_file": kinds.contains(&Kind::KeyFile),
        "learners": names,
        "trust": edge.tls.as_ref().is_some_and(|tls| tls.root().is_some()),
        "trust_address": crate::http::trust::address(None, edge),
    });
    page(Step::Done).show(&operator, context)
}

/// Ends the setting up, once a recovery code came back from paper.
#[handler]
pub async fn finish(operator: Operator) -> Result<Response> {
    // Until somebody has typed a code back, the next lost key would be the last one.
    if !operator.app.config.demo && operator.app.db.read(drill::last)?.is_none() {
        return Ok(see_other("/setup/keys?notice=set-up-code-needed"));
    }
    operator.app.db.write(|tx| instance::pass(tx, Step::Done)).await?;
    Ok(see_other("/?notice=set-up-finished"))
}
