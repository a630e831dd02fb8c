//! What somebody types to prove who they are, tried within the bounds of `http::guesses`.

use std::time::Duration;

use poem::{
    Request, Response,
    http::{HeaderValue, StatusCode, header},
};

use crate::{
    accounts::{
        self, Email, Password, factor,
        log::{self, Act, Noted},
        password, waiting,
    },
    app::App,
    error::{Error, Invalid, Result},
    http::{
        auth::SignedIn,
        firewall::Client,
        form::Fields,
        guesses::{Guess, Guesses, Kind, Outcome, Target},
        messages,
    },
    types::AccountId,
};

use super::{ceremony::Bound, passkey};

/// Why somebody is not let on.
pub struct Refused {
    /// What the form says.
    pub complaints: Vec<(String, String)>,
    /// How long to wait, where it was not tried.
    pub wait: Option<Duration>,
}

/// Whom a request is counted against.
pub fn client(request: &Request) -> Client {
    request.extensions().get::<Client>().copied().unwrap_or(Client::OTHERS)
}

/// What guesses at an account's password are counted against: its address, as it is compared.
pub fn target(guesses: &Guesses, email: &Email) -> Target {
    guesses.target("account", &email.folded())
}

/// Tries the password of somebody who is signed in, and the code where they have a second factor; or a passkey in place
/// of both. Nothing where they are right; else the complaints, and how long to wait where it was not tried.
///
/// # Errors
/// `Internal` only.
pub async fn of_person(person: &SignedIn, request: &Request, fields: &Fields) -> Result<Option<Refused>> {
    let (app, account, device) = (&person.app, person.account, Some(person.standing.session));
    if let Some(sent) = fields.optional("passkey") {
        let bound = Bound::Again(person.standing.session);
        return Ok(passkey::prove(app, request, bound, sent, Some(account)).await?.err());
    }
    let (owner, stored, coded) = app.db.read(|tx| {
        Ok((accounts::get(tx, account)?, accounts::password_of(tx, account)?, factor::stands(tx, account)?))
    })?;
    let email = Email::known(&owner.email).map_err(|_| Error::broken("an address in a row is none"))?;
    let guess = Guess { kind: Kind::Password, target: target(&app.guesses, &email), client: client(request), device };
    let (cost, attempt) = (app.config.password, Password::attempt(fields.get("password")));
    let verified = app.hashing.run(move || password::verify(cost, &attempt, Some(&stored)));
    let outcome = app.guesses.ask(guess, async { verified.await? }).await?;
    if let Some(complaint) = complaint(outcome, "password", "error-password-wrong") {
        note_failure(app, account, outcome, request).await?;
        return Ok(Some(complaint));
    }
    if !coded {
        return Ok(None);
    }
    let outcome = code(app, request, account, fields, device, None).await?;
    note_failure(app, account, outcome, request).await?;
    Ok(code_complaint(outcome, fields))
}

/// Tells the account's log of a wrong answer, a few times an hour at most.
async fn note_failure(app: &App, account: AccountId, outcome: Outcome, request: &Request) -> Result<()> {
    if outcome != Outcome::Wrong || !app.guesses.leaves_a_line(app.guesses.target("confirm", &account.to_string())) {
        return Ok(());
    }
    let network = super::network(request);
    let noting = app.db.write(move |tx| {
        log::note(tx, Act::ConfirmFailed, &Noted { account: Some(account), network: &network, ..Noted::default() });
        Ok(())
    });
    noting.await
}

/// Tries a code of the app, or a recovery code; `waits` is the sign-in that it is for.
///
/// # Errors
/// `NotSignedIn` where that has ended; `Internal`.
pub async fn code(
    app: &App,
    request: &Request,
    account: AccountId,
    fields: &Fields,
    device: Option<[u8; 32]>,
    waits: Option<[u8; 32]>,
) -> Result<Outcome> {
    let target = app.guesses.target("code", &account.to_string());
    let guess = Guess { kind: Kind::Code, target, client: client(request), device };
    let (code, recovery) = (fields.get("code").to_owned(), fields.optional("recovery").map(str::to_owned));
    let network = super::network(request);
    let trying = app.db.write(move |tx| {
        if let Some(waits) = waits
            && waiting::find(tx, waits)?.is_none_or(|found| found.account != account)
        {
            return Err(Error::NotSignedIn);
        }
        let fits = match &recovery {
            Some(recovery) => factor::recover(tx, account, recovery)?,
            None => factor::check(tx, account, &code)?,
        };
        let noted = |account| Noted { account: Some(account), network: &network, ..Noted::default() };
        match waits {
            _ if fits && recovery.is_some() => log::note(tx, Act::RecoveryCodeUsed, &noted(account)),
            Some(waits) if !fits => {
                waiting::fail(tx, waits)?;
                log::note(tx, Act::SignInFailed, &noted(account));
            }
            _ => {}
        }
        if let (true, Some(waits)) = (fits, waits) {
            waiting::end(tx, waits);
        }
        Ok(fits)
    });
    app.guesses.ask(guess, trying).await
}

/// What a page says of a code that was tried, beside the field in which it came; nothing where it was right.
pub fn code_complaint(outcome: Outcome, fields: &Fields) -> Option<Refused> {
    match fields.optional("recovery") {
        Some(_) => complaint(outcome, "recovery", "error-recovery-code"),
        None => complaint(outcome, "code", "error-code-wrong"),
    }
}

/// Where somebody goes on: after a recovery code the page says that it is gone, and how many are left.
///
/// # Errors
/// `Internal` only.
pub fn onwards(app: &App, account: AccountId, fields: &Fields, next: &str) -> Result<String> {
    if fields.optional("recovery").is_none() {
        return Ok(next.to_owned());
    }
    let left = app.db.read(|tx| factor::codes_left(tx, account))?;
    let (page, place) = next.find('#').map_or((next, ""), |at| next.split_at(at));
    let (path, query) = page.split_once('?').map_or((page, String::new()), |(path, query)| (path, format!("&{query}")));
    Ok(format!("{path}?notice=recovery-used&left={left}{query}{place}"))
}

/// What a page says of an outcome; nothing where it was right.
pub fn complaint(outcome: Outcome, field: &str, wrong: &'static str) -> Option<Refused> {
    let refused = |invalid: Invalid, wait| Refused {
        complaints: vec![(invalid.field.clone(), messages::complaint(&invalid))],
        wait,
    };
    match outcome {
        Outcome::Right => None,
        Outcome::Wrong => Some(refused(Invalid::new(field, wrong), None)),
        Outcome::Wait(wait) => {
            let seconds = whole(wait);
            let words = match seconds {
                ..=90 => Invalid::new(field, "error-wait-seconds").with("seconds", seconds),
                _ => Invalid::new(field, "error-wait-minutes").with("minutes", seconds.div_ceil(60)),
            };
            Some(refused(words, Some(wait)))
        }
    }
}

/// The same reply, told to come back after a while (RFC 6585, section 4).
pub fn later(mut response: Response, wait: Option<Duration>) -> Response {
    if let Some(wait) = wait {
        response.set_status(StatusCode::TOO_MANY_REQUESTS);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(whole(wait)));
    }
    response
}

fn whole(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1)
}
