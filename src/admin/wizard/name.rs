//! What this HEC is called.

use poem::{Response, handler};
use serde_json::json;

use crate::{
    accounts::log::{self, About, Act, operated},
    error::Result,
    http::{
        form::{Fields, complaints},
        frame::Page,
        messages::text,
    },
};

use super::{
    super::instance::{self, NAME_MAX, Step},
    Operator, go_on, page, place,
};

/// The form, filled in with the name, or with one that could be.
#[handler]
pub fn form(operator: Operator) -> Result<Response> {
    let instance = operator.app.db.read(instance::get)?;
    let name = match (instance.name, instance.open.contains(&Step::Name)) {
        (Some(name), _) => name,
        (None, true) => usual(operator.described.family_name.as_deref().unwrap_or_default()),
        (None, false) => String::new(),
    };
    show(&operator, page(Step::Name).filled(json!({ "instance": name })))
}

/// Keeps the name, or leaves it as it is.
#[handler]
pub async fn save(operator: Operator, fields: Fields) -> Result<Response> {
    if fields.ticked("skip") {
        return go_on(&operator, Step::Name, "").await;
    }
    let name = fields.get("instance").to_owned();
    let by = log::Operator::Account(operator.caller.account);
    let renaming = operator.app.db.write(move |tx| {
        let before = instance::get(tx)?.name;
        instance::rename(tx, &name)?;
        match instance::get(tx)?.name {
            after if after == before => Ok(()),
            after => operated(tx, Act::InstanceNamed, by, About::Words(&after.unwrap_or_default())),
        }
    });
    match renaming.await {
        Ok(()) => go_on(&operator, Step::Name, "").await,
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            show(&operator, page(Step::Name).refused(&fields, &complaints))
        }
    }
}

fn show(operator: &Operator, page: Page) -> Result<Response> {
    let instance = operator.app.db.read(instance::get)?;
    page.show(operator, json!({ "step": place(&instance, Step::Name, None) }))
}

/// "HEC of the Ash family", as much of it as fits.
fn usual(family: &str) -> String {
    let name = text("setup-name-usual", &[("family", family.trim().into())]);
    if name.chars().count() <= NAME_MAX { name } else { family.trim().chars().take(NAME_MAX).collect() }
}
