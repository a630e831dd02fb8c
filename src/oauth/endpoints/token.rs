//! `/oauth/token` and `/oauth/revoke`: codes and tokens for tokens, and their end. Nothing here knows cookies.

use poem::{
    Request, Response, handler,
    http::{StatusCode, header},
    web::Data,
};
use serde_json::json;

use crate::{
    app::App,
    error::Result,
    http::{form::Fields, programs},
    oauth::{
        apps, codes,
        refusal::{Answer, Refusal, only},
        request::scope_words,
        tokens::{self, ACCESS, Fresh, Pair},
    },
    types::hash_secret,
};

use super::{network, refuse};

/// Gives an app its tokens.
#[handler]
pub async fn give(Data(app): Data<&App>, request: &Request, fields: Fields) -> Result<Response> {
    let asked = match read(request, &fields) {
        Ok(asked) => asked,
        Err(refusal) => return Ok(refuse(refusal)),
    };
    let fresh = Fresh::make()?;
    let secrets = json!({ "access_token": fresh.access.text, "refresh_token": fresh.refresh.text });
    let network = network(request);
    let answer = app.db.write(move |tx| {
        let Some(client) = apps::find(tx, &asked.client)? else { return Ok(Err(UNKNOWN)) };
        match &asked.by {
            By::Code { code, redirect, verifier } => {
                let sent = codes::Redemption { code: *code, redirect, verifier };
                codes::redeem(tx, &client, sent, &fresh, &network)
            }
            By::Refresh { token, scope } => tokens::refresh(tx, &client, *token, scope.as_deref(), &fresh, &network),
        }
    });
    Ok(match answer.await? {
        Ok(pair) => given(secrets, &pair),
        Err(refusal) => refuse(refusal),
    })
}

/// Ends a token on its app's behalf.
#[handler]
pub async fn end(Data(app): Data<&App>, request: &Request, fields: Fields) -> Result<Response> {
    let pairs = fields.pairs();
    let read = || -> Answer<(String, [u8; 32])> {
        let client = client(request, &pairs)?;
        let token = only(&pairs, "token")?.ok_or(Refusal::request("token is missing"))?;
        only(&pairs, "token_type_hint")?;
        Ok((client, hash_secret(token)))
    };
    let (client, token) = match read() {
        Ok(read) => read,
        Err(refusal) => return Ok(refuse(refusal)),
    };
    let network = network(request);
    let answer = app.db.write(move |tx| {
        let Some(client) = apps::find(tx, &client)? else { return Ok(Err(UNKNOWN)) };
        tokens::revoke(tx, &client, token, &network)
    });
    Ok(match answer.await? {
        Ok(()) => programs::reply(StatusCode::OK, &json!({})),
        Err(refusal) => refuse(refusal),
    })
}

const UNKNOWN: Refusal = Refusal::client("there is no such client");

struct Sent {
    client: String,
    by: By,
}

enum By {
    Code { code: [u8; 32], redirect: String, verifier: String },
    Refresh { token: [u8; 32], scope: Option<String> },
}

fn read(request: &Request, fields: &Fields) -> Answer<Sent> {
    let pairs = fields.pairs();
    let client = client(request, &pairs)?;
    let value =
        |name: &str, missing| Ok::<_, Refusal>(only(&pairs, name)?.ok_or(Refusal::request(missing))?.to_owned());
    let by = match &*value("grant_type", "grant_type is missing")? {
        "authorization_code" => By::Code {
            code: hash_secret(&value("code", "code is missing")?),
            redirect: value("redirect_uri", "redirect_uri is missing")?,
            verifier: value("code_verifier", "code_verifier is missing")?,
        },
        "refresh_token" => By::Refresh {
            token: hash_secret(&value("refresh_token", "refresh_token is missing")?),
            scope: only(&pairs, "scope")?.map(str::to_owned),
        },
        _ => {
            let why = "grant_type must be authorization_code or refresh_token";
            return Err(Refusal { error: "unsupported_grant_type", why });
        }
    };
    Ok(Sent { client, by })
}

/// The app by its id. It has no secret, so one that tries to prove itself by one is mistaken about who we are.
fn client(request: &Request, pairs: &[(&str, &str)]) -> Answer<String> {
    if request.uri().query().is_some() {
        return Err(Refusal::request("parameters stand in the body only"));
    }
    let proves = ["client_secret", "client_assertion", "client_assertion_type"];
    let by_field = pairs.iter().any(|(name, value)| proves.contains(name) && !value.is_empty());
    if by_field || request.headers().contains_key(header::AUTHORIZATION) {
        return Err(Refusal::client("clients here are public: send client_id and no secret"));
    }
    Ok(only(pairs, "client_id")?.ok_or(Refusal::request("client_id is missing"))?.to_owned())
}

fn given(mut body: serde_json::Value, pair: &Pair) -> Response {
    body["token_type"] = json!("Bearer");
    body["expires_in"] = json!(ACCESS.as_secs());
    body["scope"] = json!(scope_words(pair.scopes));
    programs::reply(StatusCode::OK, &body)
}
