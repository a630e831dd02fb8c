//! The first child.

use poem::{Response, handler};
use serde_json::json;

use crate::{
    error::Result,
    http::{
        form::{Fields, complaints},
        frame::Page,
        see_other,
    },
    learners::{
        self, Colour, Draft,
        view::{Choice, Face},
    },
};

use super::{
    super::instance::{self, Step},
    Operator, go_on, page, place,
};

/// The form, under those who are there already.
#[handler]
pub fn form(operator: Operator) -> Result<Response> {
    show(&operator, page(Step::Learner), None)
}

/// Adds a child, or goes on without.
#[handler]
pub async fn add(operator: Operator, fields: Fields) -> Result<Response> {
    if fields.ticked("skip") {
        return go_on(&operator, Step::Learner, "").await;
    }
    let added = async {
        let draft = Draft::parse(fields.get("nickname"), fields.optional("colour"), None)?;
        let caller = operator.caller.clone();
        operator.app.db.write(move |tx| learners::add(tx, &caller, draft)).await
    };
    match added.await {
        Ok(_) if fields.ticked("another") => Ok(see_other(&format!("{}?notice=learner-added", Step::Learner.path()))),
        Ok(_) => go_on(&operator, Step::Learner, "learner-added").await,
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            show(&operator, page(Step::Learner).refused(&fields, &complaints), fields.optional("colour"))
        }
    }
}

fn show(operator: &Operator, page: Page, colour: Option<&str>) -> Result<Response> {
    let (instance, all) = operator.app.db.read(|tx| Ok((instance::get(tx)?, learners::all(tx, &operator.caller)?)))?;
    let next = Colour::ALL[all.len() % Colour::ALL.len()].0;
    let colours = Choice::all("colour", &Colour::ALL, |word| word == colour.unwrap_or(next));
    let context = json!({
        "step": place(&instance, Step::Learner, None),
        "learners": all.iter().filter(|one| !one.archived).map(|one| Face::new(one, false)).collect::<Vec<_>>(),
        "colours": colours,
    });
    page.show(operator, context)
}
