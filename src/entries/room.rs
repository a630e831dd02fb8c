//! `/family/room`: how much room the family's photos take, what counts, and whom to ask for more.

use poem::{Response, handler};
use serde_json::json;

use crate::{
    error::Result,
    http::{auth::Member, frame::Page, messages::plain},
    types::reference,
};

use super::space;

/// The page.
#[handler]
pub fn show(member: Member) -> Result<Response> {
    let family = member.caller.family;
    let space = member.app.db.read(|tx| space::of(tx, family, member.app.config.family_allowance))?;
    let context = json!({
        "used": space.used.to_string(),
        "max": space.allowance.map(|max| max.to_string()),
        "percent": space.percent(),
        "level": space.level().as_str(),
        "reference": reference(&family),
    });
    Page::new("family_room.html", "family", plain("title-family-room")).show(&member, context)
}
