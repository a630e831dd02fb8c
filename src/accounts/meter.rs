//! How strong a password is, told while it is typed: a help for browsers that run our script. What is typed is judged
//! as the form will judge it, and forgotten: nothing is hashed or kept.

use poem::{Response, handler};
use serde_json::json;

use crate::{
    error::Result,
    http::{auth::Visitor, form::Fields, messages},
};

use super::{Factor, Password, browser::beside, factor, get};

/// The most bytes that are read: the longest password, a name and an email, encoded.
pub const MAX_SENT: u64 = 8 * 1024;

/// Tells whether a password would be accepted, or why not, in the words of the form.
#[handler]
pub async fn tell(visitor: Visitor, fields: Fields) -> Result<Response> {
    let app = &visitor.app;
    let mut rule = if fields.ticked("with_factor") { Factor::InTheSameStep } else { Factor::None };
    let mut known = vec![fields.get("name").to_owned(), fields.get("email").to_owned()];
    known.extend(app.instance_name()?);
    if let Some((identity, _)) = &visitor.identity
        && let Ok((account, on)) =
            app.db.read(|tx| Ok((get(tx, identity.account)?, factor::is_on(tx, identity.account)?)))
    {
        known.extend([account.name, account.email]);
        if on {
            rule = Factor::Stands;
        }
    }
    let offers = fields.ticked("beside");
    let judged = app.hashing.run(move || {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        Password::parse("password", fields.get("password"), rule, &known).map(drop)
    });
    let judged = judged.await?;
    let judged =
        judged.map_err(|invalid| if offers && rule == Factor::None { beside::with_app(invalid) } else { invalid });
    let words = judged.as_ref().map_or_else(messages::complaint, |()| messages::plain("password-strong"));
    let reply = json!({ "accepted": judged.is_ok(), "words": words });
    Ok(Response::builder().content_type("application/json").body(reply.to_string()))
}
