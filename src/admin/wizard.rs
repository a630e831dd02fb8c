//! Setting up, after the first account: one thing a page, in order, each of which can be skipped and come back to.
//!
//! The pages are an operator's. They work without scripts; what was done is in the store, so that another day, or
//! another device, goes on where this one stopped. Settings stand in a file that no page can change: `address.rs` says
//! what holds, whether it is what people want, and which lines would change it.

pub mod address;
pub mod done;
pub mod keys;
pub mod learner;
pub mod name;
mod operator;

pub use operator::Operator;

use poem::Response;
use serde_json::{Value, json};

use crate::{
    error::Result,
    http::{frame::Page, messages::plain, see_other},
};

use super::instance::{self, Instance, Step};

/// The page of a step. Its title says which: whoever has several open can tell them apart.
fn page(step: Step) -> Page {
    let (template, title) = match step {
        Step::Name => ("setup_name.html", "title-setup-name"),
        Step::Address => ("setup_address.html", "title-setup-address"),
        Step::Keys => ("setup_keys.html", "title-setup-keys"),
        Step::Learner => ("setup_learner.html", "title-setup-learner"),
        Step::Done => ("setup_done.html", "title-setup-done"),
    };
    Page::new(template, "setup", plain(title))
}

/// Where in the order a page stands, for its frame. Once everything is set up there is no order any more: each page
/// leads back to the list of all.
fn place(instance: &Instance, step: Step, back: Option<&str>) -> Value {
    if !instance.is_being_set_up() {
        let back = back.or((step != Step::Done).then_some(Step::Done.path()));
        return json!({ "number": null, "of": null, "back": back, "open": false });
    }
    let back = back.or_else(|| step.before().map(Step::path));
    json!({ "number": step.number(), "of": Step::COUNT, "back": back, "open": true })
}

/// Notes that a step was done or skipped, and goes on: to the next one, or where all is set up to the list.
async fn go_on(operator: &Operator, step: Step, notice: &str) -> Result<Response> {
    let instance = operator.app.db.write(move |tx| instance::pass(tx, step)).await?;
    let next = if instance.is_being_set_up() { step.after() } else { Some(Step::Done) };
    let next = next.unwrap_or(Step::Done).path();
    Ok(see_other(&if notice.is_empty() { next.to_owned() } else { format!("{next}?notice={notice}") }))
}
