//! `/oauth/register`: an app from a store meets an instance that has never heard of it (RFC 7591). It stays unverified,
//! and shut out, until an operator has approved it.

use poem::{
    Body, Request, RequestBody, Response, handler,
    http::{HeaderValue, StatusCode, header},
    web::Data,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::{
    app::App,
    error::{Error, Result},
    http::{
        body,
        messages::{self, plain, text},
        programs,
    },
    oauth::{
        apps::{self, Draft, MAX_NAME, Redirect, Registered},
        redirect::{Target, target},
        request::parse_scopes,
    },
};

use super::network;

/// What an app may say of itself; the RFC has more, which a server leaves out that has no use for it (section 2).
struct Metadata {
    redirect_uris: Vec<String>,
    client_name: Option<String>,
    token_endpoint_auth_method: Option<String>,
    grant_types: Option<Vec<String>>,
    response_types: Option<Vec<String>>,
    scope: Option<String>,
}

impl Metadata {
    /// Reads the fields; or names the one that is of another type.
    fn read(mut sent: Map<String, Value>) -> Result<Self, &'static str> {
        Ok(Self {
            redirect_uris: field(&mut sent, "redirect_uris")?.unwrap_or_default(),
            client_name: field(&mut sent, "client_name")?,
            token_endpoint_auth_method: field(&mut sent, "token_endpoint_auth_method")?,
            grant_types: field(&mut sent, "grant_types")?,
            response_types: field(&mut sent, "response_types")?,
            scope: field(&mut sent, "scope")?,
        })
    }

    /// What it is called: its name may be left out (RFC 7591, section 2). Whoever approves it sees that it has none, and
    /// where its codes go.
    fn name(&self) -> String {
        if let Some(name) = self.client_name.as_ref().filter(|name| !name.trim().is_empty()) {
            return name.clone();
        }
        let place = self.redirect_uris.iter().find_map(|one| Redirect::parse(one).ok());
        let place = place.as_ref().map(|place| match target(place.as_str()) {
            Target::Site(place) | Target::Device(place) | Target::App(place) => place,
        });
        let named = place.map(|place| text("apps-unnamed-at", &[("place", place.into())]));
        named.filter(|name| name.chars().count() <= MAX_NAME).unwrap_or_else(|| plain("apps-unnamed"))
    }
}

fn field<T: DeserializeOwned>(sent: &mut Map<String, Value>, name: &'static str) -> Result<Option<T>, &'static str> {
    let value = sent.remove(name).unwrap_or_default();
    serde_json::from_value(value).map_err(|_| name)
}

/// Registers an app.
#[handler]
pub async fn register(Data(app): Data<&App>, request: &Request, body: Body) -> Result<Response> {
    let wrong = |error: &str, why: &str| Ok(programs::error(StatusCode::BAD_REQUEST, error, why));
    let metadata = |why: &str| wrong("invalid_client_metadata", why);
    let bytes = body::take(&mut RequestBody::new(body), programs::MAX as usize).await?;
    let Ok(sent) = serde_json::from_slice::<Map<String, Value>>(&bytes) else {
        return metadata("the body must be a JSON object with redirect_uris, and perhaps client_name");
    };
    let sent = match Metadata::read(sent) {
        Ok(sent) => sent,
        Err(field) => return metadata(&format!("{field}: this is of another type than RFC 7591 gives it")),
    };
    if sent.token_endpoint_auth_method.as_deref().is_some_and(|method| method != "none") {
        return metadata("token_endpoint_auth_method must be none");
    }
    if sent.grant_types.as_ref().is_some_and(|types| !types.iter().any(|one| one == "authorization_code")) {
        return metadata("grant_types must hold authorization_code");
    }
    if sent.response_types.as_ref().is_some_and(|types| types.iter().any(|one| one != "code")) {
        return metadata("response_types: the only one is code");
    }
    if sent.scope.as_deref().is_some_and(|scope| parse_scopes(scope).is_err()) {
        return metadata("scope: there is no such scope");
    }
    let draft = match Draft::parse(&sent.name(), sent.redirect_uris.iter().map(String::as_str)) {
        Ok(draft) => draft,
        Err(Error::Invalid(invalid)) => {
            let of_name = invalid.iter().find(|one| one.field == "name");
            let (error, field) = match of_name {
                Some(_) => ("invalid_client_metadata", "client_name"),
                None => ("invalid_redirect_uri", "redirect_uris"),
            };
            let one = of_name.or(invalid.first()).map(messages::complaint).unwrap_or_default();
            return wrong(error, &ascii(&format!("{field}: {one}")));
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
