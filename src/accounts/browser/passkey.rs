//! Proving with a passkey who one is: in place of password and code.

use poem::Request;

use crate::{
    accounts::{
        device, factor,
        log::{self, Act, Noted},
        passkey::{self, PasskeyId},
    },
    app::App,
    error::{Error, Invalid, Result},
    http::{
        guesses::{Guess, Kind, Outcome},
        host, messages,
    },
    types::AccountId,
};

use super::{
    ceremony::{Answer, Bound, Ceremonies, Refused},
    proof,
    site::Place,
};

/// By what an account's owner proves who they are, beside the password.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Means {
    /// Something is asked for beside the password.
    pub coded: bool,
    /// An app makes codes.
    pub totp: bool,
    /// A passkey works on the page that was asked for.
    pub passkey: bool,
    /// The name at which one would work, where that is another than the page's.
    pub elsewhere: Option<String>,
    /// The page's port, where HEC does not know it, so that none works.
    pub port: Option<String>,
}

/// An account's means, on this page.
///
/// # Errors
/// `Internal` only.
pub fn means(app: &App, request: &Request, account: AccountId) -> Result<Means> {
    let (place, name) = (place(request)?, ceremonies(request)?.name().unwrap_or_default().to_owned());
    app.db.read(|tx| {
        let any = !passkey::at(tx, account, &name)?.is_empty();
        let (coded, totp) = (factor::stands(tx, account)?, factor::is_on(tx, account)?);
        let mut means = Means { coded, totp, passkey: false, elsewhere: None, port: None };
        match place {
            _ if !any => {}
            Place::Here => means.passkey = true,
            Place::Elsewhere(name) => means.elsewhere = Some(name),
            Place::Port(port) => means.port = Some(port.to_string()),
            Place::Nowhere => {}
        }
        Ok(means)
    })
}

/// What was asked of passkeys and waits for an answer.
///
/// # Errors
/// `Internal` only.
pub fn ceremonies(request: &Request) -> Result<&Ceremonies> {
    request.data::<Ceremonies>().ok_or_else(|| Error::broken("the ceremonies are not in the request"))
}

/// Where the page stands that was asked for.
///
/// # Errors
/// `Internal` only.
pub fn place(request: &Request) -> Result<Place> {
    Ok(ceremonies(request)?.place(host::of(request), host::port_of(request)))
}

/// Whether passkeys work on the page that was asked for.
///
/// # Errors
/// `Internal` only.
pub fn is_here(request: &Request) -> Result<bool> {
    Ok(place(request)? == Place::Here)
}

/// Whose passkey answered what was asked, and which; with `expected` it must be that account's. Wrong answers are counted
/// against the network that they come from alone, and on a device that the account knows apart: nobody can guess one,
/// and nobody is to be locked out. Where no question waits, nothing is tried and nothing counted.
///
/// # Errors
/// `Internal` only.
pub async fn prove(
    app: &App,
    request: &Request,
    bound: Bound,
    sent: &str,
    expected: Option<AccountId>,
) -> Result<Result<(AccountId, PasskeyId), proof::Refused>> {
    let (ceremonies, client, presented) = (ceremonies(request)?, proof::client(request), super::presented(request));
    let asked = match ceremonies.asked(bound) {
        Ok(asked) => asked,
        Err(late) => return Ok(Err(refusal(late))),
    };
    let answer = Answer::read(sent);
    let found = match &answer {
        Some(answer) => app
            .db
            .read(|tx| passkey::find(tx, answer.passkey()))?
            .filter(|(account, _)| expected.is_none_or(|expected| expected == *account) && answer.is_for(*account)),
        None => None,
    };
    let device = match (bound, &found) {
        (Bound::Again(session), _) => Some(session),
        (_, Some((account, _))) => app.db.read(|tx| device::known(tx, *account, &presented))?,
        _ => None,
    };
    let mut why = Refused::Wrong;
    let target = app.guesses.target("passkey", &client.to_string());
    let guess = Guess { kind: Kind::Password, target, client, device };
    let outcome = app.guesses.ask(guess, async {
        let Some(answer) = &answer else { return Ok(false) };
        let checked = ceremonies.check(asked, answer, found.as_ref().map(|(_, passkey)| passkey));
        let (seen, account) = match (checked, &found) {
            (Ok(seen), Some((account, _))) => (seen, *account),
            (refused, _) => {
                why = refused.err().unwrap_or(Refused::Wrong);
                return Ok(false);
            }
        };
        match app.db.write(move |tx| passkey::used(tx, account, seen)).await {
            Ok(()) => Ok(true),
            Err(Error::Stale) => {
                why = Refused::Copied;
                Ok(false)
            }
            Err(Error::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    });
    let outcome = outcome.await?;
    if let (Outcome::Right, Some((account, passkey))) = (outcome, &found) {
        return Ok(Ok((*account, passkey.id)));
    }
    if let (Outcome::Wrong, Some((account, passkey))) = (outcome, &found) {
        let act = match bound {
            _ if why == Refused::Copied => Act::PasskeyCopied,
            Bound::Again(_) => Act::ConfirmFailed,
            _ => Act::SignInFailed,
        };
        if app.guesses.leaves_a_line(app.guesses.target("passkey of", &account.to_string())) {
            let (account, about, network) = (*account, passkey.name.clone(), super::network(request));
            let noting = app.db.write(move |tx| {
                let noted = Noted { account: Some(account), about: &about, network: &network, ..Noted::default() };
                log::note(tx, act, &noted);
                Ok(())
            });
            noting.await?;
        }
    }
    let refused = proof::complaint(outcome, "passkey", words(why));
    Ok(Err(refused.ok_or_else(|| Error::broken("a right answer of nobody's passkey"))?))
}

/// What a page says of an answer that does not count.
pub fn refusal(why: Refused) -> proof::Refused {
    let complaints = vec![("passkey".to_owned(), messages::complaint(&Invalid::new("passkey", words(why))))];
    proof::Refused { complaints, wait: None }
}

fn words(why: Refused) -> &'static str {
    match why {
        Refused::Late => "error-passkey-late",
        Refused::Wrong => "error-passkey-wrong",
        Refused::Copied => "error-passkey-copied",
    }
}
