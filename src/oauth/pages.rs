//! The account page: name and email, and personal access tokens.

use poem::{Response, handler, web::Path};
use serde_json::{Value, json};

use crate::{
    accounts,
    error::{Error, Result},
    http::{
        auth::{Confirmed, Member},
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
        see_other, words,
    },
    types::{Scope, TokenId},
};

use super::{Draft, Token, all, make, new_secret, revoke};

/// The page.
#[handler]
pub fn account(member: Member) -> Result<Response> {
    show(&member, page(), None, &Fields::default())
}

/// Makes a token and shows its secret, this once. Whoever sits down at somebody else's open page can't.
#[handler]
pub async fn make_token(Confirmed { member, .. }: Confirmed, fields: Fields) -> Result<Response> {
    let scopes: Vec<&str> = fields.all("scope").collect();
    let made = async {
        let draft = Draft::parse(fields.get("name"), &scopes, fields.get("days"))?;
        let (secret, hash) = new_secret()?;
        let caller = member.caller.clone();
        member.app.db.write(move |tx| make(tx, &caller, draft, hash)).await?;
        Ok::<_, Error>(secret)
    };
    match made.await {
        Ok(secret) => show(&member, page(), Some(&secret), &Fields::default()),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            show(&member, page().refused(&fields, &complaints), None, &fields)
        }
    }
}

/// Ends a token.
#[handler]
pub async fn revoke_token(member: Member, Path(id): Path<String>) -> Result<Response> {
    let id = TokenId::parse(&id).ok_or(Error::NotFound("token"))?;
    let caller = member.caller.clone();
    member.app.db.write(move |tx| revoke(tx, &caller, id)).await?;
    Ok(see_other("/account?notice=token-revoked"))
}

fn page() -> Page {
    Page::new("account.html", "account", plain("title-account"))
}

fn show(member: &Member, page: Page, new_token: Option<&str>, fields: &Fields) -> Result<Response> {
    let (owner, tokens) = member.app.db.read(|tx| {
        let owner = accounts::get(tx, member.caller.account)?;
        Ok((owner, all(tx, &member.caller)?))
    })?;
    let chosen: Vec<&str> = fields.all("scope").collect();
    let scopes: Vec<Value> = member.caller.scopes.iter().map(|scope| choice(scope, &chosen)).collect();
    let tokens: Vec<Value> = tokens.iter().map(|token| listed(member, token)).collect();
    let context = json!({
        "account": { "name": owner.name, "email": owner.email, "verified": owner.verified_at.is_some() },
        "mail": member.app.config.mail.is_some(),
        "tokens": tokens,
        "new_token": new_token,
        "scopes": scopes,
    });
    page.show(member, context)
}

fn choice(scope: Scope, chosen: &[&str]) -> Value {
    let key = label_key(scope);
    json!({
        "value": scope.as_str(),
        "label": plain(&key),
        "hint": plain(&format!("{key}-hint")),
        "selected": chosen.contains(&scope.as_str()),
    })
}

fn listed(member: &Member, token: &Token) -> Value {
    let date = |at: crate::types::Timestamp| words::short(at.date_in(&member.described.zone));
    json!({
        "id": token.id,
        "name": token.name,
        "scopes": token.scopes.iter().map(|scope| plain(&label_key(scope))).collect::<Vec<_>>(),
        "created": date(token.created_at),
        "last_used": token.used_at.map(date),
        "expires": date(token.ends_at),
    })
}

pub(super) fn label_key(scope: Scope) -> String {
    format!("scope-{}", scope.as_str().replace(':', "-"))
}
