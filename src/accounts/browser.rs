//! A session in a browser: the cookie and its row.

use poem::Response;

use crate::{
    error::{Error, Result},
    http::{auth::Visitor, cookie, see_other},
    types::{AccountId, Secret, hash_secret},
};

use super::session;

/// Begins a session in this browser, in place of the one that it had, and goes on to a page.
///
/// # Errors
/// `Internal` only.
pub async fn begin(visitor: &Visitor, request: &poem::Request, account: AccountId, next: &str) -> Result<Response> {
    let secret = Secret::random().map_err(Error::internal)?;
    let (hash, before) = (secret.hash(), cookie::session(request).map(|before| hash_secret(&before)));
    visitor
        .app
        .db
        .write(move |tx| {
            if let Some(before) = before {
                session::end(tx, before);
            }
            session::begin(tx, account, hash);
            Ok(())
        })
        .await?;
    let mut response = see_other(next);
    cookie::set(request, &mut response, secret.expose());
    Ok(response)
}
