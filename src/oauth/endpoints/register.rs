//! `/oauth/register`: an app from a store meets an instance that has never heard of it (RFC 7591). It stays unverified,
//! and shut out, until an operator has approved it.

use poem::{
    Body, Request, RequestBody, Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::Data,
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    app::App,
    error::{Error, Result},
    http::{body, messages, programs},
    oauth::{
        apps::{self, Draft, Redirect, Registered},
        request::parse_scopes,
    },
};

use super::network;

/// What an app may say of itself; the RFC has more, which a server leaves out that has no use for it (section 2).
#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    redirect_uris: Vec<String>,
    client_name: Option<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    scope: Option<String>,
}

/// Registers an app.
#[handler]
pub async fn register(Data(app): Data<&App>, request: &Request, body: Body) -> Result<Response> {
    let wrong = |error: &str, why: &str| Ok(programs::error(StatusCode::BAD_REQUEST, error, why));
    let metadata = |why: &str| wrong("invalid_client_metadata", why);
    let bytes = body::take(&mut RequestBody::new(body), programs::MAX as usize).await?;
    let Ok(sent) = serde_json::from_slice::<Metadata>(&bytes) else {
        return metadata("the body must be an object with redirect_uris and client_name");
    };
    if sent.token_endpoint_auth_method.as_deref().is_some_and(|method| method != "none") {
        return metadata("token_endpoint_auth_method must be none");
    }
    if sent.grant_types.as_ref().is_some_and(|types| !types.iter().any(|one| one == "authorization_code")) {
        return metadata("grant_types must hold authorization_code");
    }
    if sent.response_types.as_ref().is_some_and(|types| types.iter().any(|one| one != "code")) {
        return metadata("the only response type is code");
    }
    if sent.scope.as_deref().is_some_and(|scope| parse_scopes(scope).is_err()) {
        return metadata("there is no such scope");
    }
    let name = sent.client_name.unwrap_or_default();
    let draft = match Draft::parse(&name, sent.redirect_uris.iter().map(String::as_str)) {
        Ok(draft) => draft,
        Err(Error::Invalid(invalid)) => {
            let of_name = invalid.iter().find(|one| one.field == "name");
            let error = if of_name.is_some() { "invalid_client_metadata" } else { "invalid_redirect_uri" };
            let one = of_name.or(invalid.first()).map(messages::complaint).unwrap_or_default();
            return wrong(error, &ascii(&one));
        }
        Err(other) => return Err(other),
    };
    let network = network(request);
    let registered = app.db.write(move |tx| apps::register_itself(tx, draft, &network)).await?;
    let Registered::App(registered) = registered else {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let why = "too many apps wait for an operator: try again tomorrow";
        let mut response = programs::error(status, "temporarily_unavailable", why);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("86400"));
        return Ok(response);
    };
    let body = json!({
        "client_id": registered.id,
        "client_id_issued_at": registered.created_at.millis() / 1000,
        "client_name": registered.name,
        "redirect_uris": registered.redirects.iter().map(Redirect::as_str).collect::<Vec<_>>(),
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    });
    Ok(programs::reply(StatusCode::CREATED, &body))
}

/// RFC 6749 and 7591 take no more in a description.
fn ascii(words: &str) -> String {
    let plain = |c: char| if matches!(c, ' '..='~') && !matches!(c, '"' | '\\') { c } else { '?' };
    words.replace('’', "'").replace(['“', '”'], "'").chars().map(plain).collect()
}
