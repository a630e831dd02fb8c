//! What an app asks for at `/oauth/authorize` (RFC 6749, section 4.1.1, with PKCE by S256 only: RFC 7636).

use data_encoding::BASE64URL_NOPAD;

use crate::{
    error::Result,
    store::Read,
    types::{Scope, Scopes},
};

use super::{
    apps::{self, App},
    refusal::{Answer, Refusal, only},
};

/// The most bytes of `state`.
const MAX_STATE: usize = 2_048;

/// Who asks, and where the answer goes. Nothing is ever sent anywhere else.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The app.
    pub app: App,
    /// One of its addresses, as the request named it.
    pub redirect: String,
    /// What the app wants to see again with the answer.
    pub state: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The scopes, at least one.
    pub scopes: Scopes,
    /// SHA-256 of the secret that redeems the code.
    pub challenge: [u8; 32],
}

/// Why nobody can be told but the person in front of the page. The names are those of messages: `consent-stop-…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// There is no such app.
    App,
    /// The app has no such address.
    Redirect,
}

/// Who asks. What is wrong here is never told to the address that the request names.
///
/// # Errors
/// `Internal` only.
pub fn asker(tx: &Read, pairs: &[(&str, &str)]) -> Result<Result<Asker, Stop>> {
    let Ok(Some(client)) = only(pairs, "client_id") else { return Ok(Err(Stop::App)) };
    let Some(app) = apps::find(tx, client)? else { return Ok(Err(Stop::App)) };
    let redirect = match only(pairs, "redirect_uri") {
        Ok(Some(redirect)) if app.admits(redirect) => redirect.to_owned(),
        _ => return Ok(Err(Stop::Redirect)),
    };
    let state = only(pairs, "state").ok().flatten().filter(|state| is_state(state)).map(str::to_owned);
    Ok(Ok(Asker { app, redirect, state }))
}

/// What is asked for.
///
/// # Errors
/// What the app is told.
pub fn asked(pairs: &[(&str, &str)]) -> Answer<Asked> {
    let value = |name: &str| only(pairs, name);
    if value("state")?.is_some_and(|state| !is_state(state)) {
        return Err(Refusal::request("state must be printable ASCII, at most 2048 bytes"));
    }
    for (name, error) in [("request", "request_not_supported"), ("request_uri", "request_uri_not_supported")] {
        if value(name)?.is_some() {
            return Err(Refusal { error, why: "parameters stand in the query only" });
        }
    }
    match value("response_type")? {
        Some("code") => {}
        Some(_) => {
            return Err(Refusal { error: "unsupported_response_type", why: "the only response_type is code" });
        }
        None => return Err(Refusal::request("response_type is missing")),
    }
    if value("response_mode")?.is_some_and(|mode| mode != "query") {
        return Err(Refusal::request("the only response_mode is query"));
    }
    let challenge = value("code_challenge")?.ok_or(Refusal::request("code_challenge is missing"))?;
    if value("code_challenge_method")? != Some("S256") {
        return Err(Refusal::request("code_challenge_method must be S256"));
    }
    let challenge = BASE64URL_NOPAD.decode(challenge.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    let challenge = challenge.ok_or(Refusal::request("code_challenge is no SHA-256 in base64url"))?;
    let scopes = match value("scope")? {
        Some(scopes) => parse_scopes(scopes)?,
        // The least that is of use to anybody.
        None => Scopes::of(&[Scope::RecordsRead]),
    };
    Ok(Asked { scopes, challenge })
}

/// Words with single spaces between them.
///
/// # Errors
/// `invalid_scope` for one that there is not.
pub fn parse_scopes(words: &str) -> Answer<Scopes> {
    let scopes = words.split(' ').map(Scope::parse).collect::<Option<Vec<_>>>();
    scopes.map(|scopes| Scopes::of(&scopes)).ok_or(Refusal::scope("there is no such scope"))
}

/// The same words again.
pub fn scope_words(scopes: Scopes) -> String {
    scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(" ")
}

/// RFC 6749, appendix A.5.
fn is_state(state: &str) -> bool {
    state.len() <= MAX_STATE && state.bytes().all(|b| (b' '..=b'~').contains(&b))
}
