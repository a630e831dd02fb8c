//! What an app needs to know of this server (RFC 8414).

use poem::{Request, Response, handler, http::StatusCode};
use serde_json::json;

use crate::{
    http::programs::{self, REGISTER, REVOKE, TOKEN},
    types::Scope,
};

/// The page where a person decides.
pub const AUTHORIZE: &str = "/oauth/authorize";

/// The document. The issuer is the address by which the app came: the same server may have a name and an address, and
/// each is an issuer of its own to the apps that know it so.
#[handler]
pub fn metadata(request: &Request) -> Response {
    let issuer = programs::origin(request);
    let at = |path: &str| format!("{issuer}{path}");
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": at(AUTHORIZE),
        "token_endpoint": at(TOKEN),
        "revocation_endpoint": at(REVOKE),
        "registration_endpoint": at(REGISTER),
        "scopes_supported": Scope::ALL.map(Scope::as_str),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "service_documentation": at("/docs"),
        "ui_locales_supported": ["en-GB"],
    });
    programs::reply(StatusCode::OK, &document)
}
