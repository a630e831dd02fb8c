//! Codes: what an app takes home from `/oauth/authorize` and redeems at `/oauth/token` (RFC 6749, section 4.1).

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{
    accounts::log::{self, Act, Noted},
    error::{Error, Result},
    store::Write,
    types::{AccountId, AppId, Caller, FamilyId, GrantId, LearnerId, Scopes, Timestamp},
};

use super::{
    apps::App,
    grants::{self, Grant},
    refusal::{Answer, Refusal},
    request::{Asked, Asker},
    store::grants as rows,
    tokens::{self, Fresh, Pair},
};

/// How long a code can be redeemed.
pub const LIFE: Duration = Duration::from_secs(60);
/// How long it is remembered, so that its second coming is noticed.
const REMEMBERED: Duration = Duration::from_hours(24);

/// A code.
#[derive(Debug, Clone)]
pub struct Code {
    pub(super) family: FamilyId,
    pub(super) account: AccountId,
    pub(super) app: AppId,
    pub(super) scopes: Scopes,
    pub(super) learners: Option<Vec<LearnerId>>,
    pub(super) redirect: String,
    pub(super) challenge: [u8; 32],
    pub(super) created_at: Timestamp,
    /// Somebody has tried to redeem it: nobody else may.
    pub(super) used: bool,
    /// What came of that.
    pub(super) grant: Option<GrantId>,
}

/// What a person decided.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The scopes that were left ticked.
    pub scopes: Scopes,
    /// If set, only these learners.
    pub learners: Option<Vec<LearnerId>>,
}

/// Lets an app in: keeps a code for what was decided, of the caller's family.
///
/// # Errors
/// `Forbidden` for an app that nobody approved; `Malformed` for what was not asked for, or what the role does not hold.
pub fn issue(
    tx: &mut Write,
    caller: &Caller,
    asker: &Asker,
    asked: &Asked,
    decision: Decision,
    hash: [u8; 32],
    noted: &Noted,
) -> Result<()> {
    if !asker.app.is_open_to(caller.account) {
        return Err(Error::Forbidden("an operator's approval of the app"));
    }
    let most = asked.scopes.and(caller.scopes);
    if decision.scopes.is_empty() || decision.scopes != decision.scopes.and(most) {
        return Err(Error::Malformed("the form names rights that the app did not ask for".to_owned()));
    }
    let code = Code {
        family: caller.family,
        account: caller.account,
        app: asker.app.id,
        scopes: decision.scopes,
        learners: decision.learners,
        redirect: asker.redirect.clone(),
        challenge: asked.challenge,
        created_at: tx.now(),
        used: false,
        grant: None,
    };
    rows::put_code(tx, hash, &code);
    let of =
        Noted { account: Some(caller.account), family: Some(caller.family), about: &asker.app.name, ..noted.clone() };
    log::note(tx, Act::AppAllowed, &of);
    Ok(())
}

/// What an app sends to redeem a code.
#[derive(Debug, Clone, Copy)]
pub struct Redemption<'a> {
    /// The code's hash.
    pub code: [u8; 32],
    /// The address that the code was sent to.
    pub redirect: &'a str,
    /// The secret whose SHA-256 was the challenge.
    pub verifier: &'a str,
}

/// Gives tokens for a code, once. Whatever is wrong with an app's own try uses the code up as well; a second try ends
/// what the first one got, since the code was seen by somebody else (RFC 6749, section 4.1.2).
///
/// # Errors
/// `Internal` only; what the app is told is in the answer, and is written down all the same.
pub fn redeem(tx: &mut Write, app: &App, sent: Redemption, fresh: &Fresh, network: &str) -> Result<Answer<Pair>> {
    let refused = Ok(Err(Refusal::grant("the code is unknown, was used, or has ended")));
    let Some(code) = rows::code(tx, sent.code)?.filter(|code| code.app == app.id) else { return refused };
    if code.used {
        if let Some(id) = code.grant
            && let Some(grant) = rows::grant(tx, code.family, code.account, id)?
        {
            grants::end(tx, &grant, Act::AppReplayed, network)?;
        }
        return refused;
    }
    let given = super::identify::is_still_given(tx, code.account, code.family, code.created_at)?;
    if tx.now().since(code.created_at) > LIFE || !given {
        return refused;
    }
    let mut code = Code { used: true, ..code };
    if code.redirect != sent.redirect || !fits(sent.verifier, &code.challenge) {
        rows::put_code(tx, sent.code, &code);
        return Ok(Err(Refusal::grant("redirect_uri or code_verifier do not belong to the code")));
    }
    let grant = Grant {
        id: tx.new_id(),
        family: code.family,
        account: code.account,
        app: code.app,
        scopes: code.scopes,
        learners: code.learners.clone(),
        created_at: tx.now(),
        used_at: None,
    };
    if !grants::is_member(tx, &grant)? {
        return refused;
    }
    code.grant = Some(grant.id);
    rows::put_code(tx, sent.code, &code);
    grants::add(tx, &grant)?;
    Ok(Ok(tokens::hand_out(tx, &grant, grant.scopes, fresh)))
}

/// RFC 7636, sections 4.1 and 4.6.
fn fits(verifier: &str, challenge: &[u8; 32]) -> bool {
    let is_verifier = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    is_verifier && bool::from(Sha256::digest(verifier.as_bytes()).as_slice().ct_eq(challenge))
}

/// The challenge of a verifier, as apps compute it.
pub fn challenge(verifier: &str) -> String {
    BASE64URL_NOPAD.encode(&Sha256::digest(verifier.as_bytes()))
}

/// Forgets codes of yesterday.
///
/// # Errors
/// `Internal` only.
pub(super) fn sweep(tx: &mut Write) -> Result<()> {
    let now = tx.now();
    for (hash, code) in rows::codes(tx)? {
        if now.since(code.created_at) > REMEMBERED {
            rows::remove_code(tx, hash);
        }
    }
    Ok(())
}
