//! The words of messages, and their way to the mail server. They are put together when they are sent; no word that
//! somebody typed is in them, so that nobody has this server say things to others.

use zeroize::Zeroizing;

use crate::{
    app::App,
    config::Config,
    error::{Error, Invalid, Result},
    http::{
        messages::{plain, text},
        words,
    },
    mail::{self, Failure, Letter},
    store::Write,
    types::{AccountId, Id, MailId, Secret, Timestamp},
};

use super::{
    Email, change,
    post::{self, Kind, Message},
};

/// Sends what is due, one after the other. Where there is no way to the server, the others wait as well.
///
/// # Errors
/// `Internal` where the store can't be read or written; what a server says is kept with the message.
pub fn send_due(app: &App) -> Result<()> {
    for message in app.db.read(post::due)? {
        let (id, kind) = (message.id, message.kind.as_str());
        if app.clock().now().since(message.made_at) >= post::PATIENCE {
            app.db.write_blocking(move |tx| post::give_up(tx, id))?;
            continue;
        }
        match mail::send(&app.config, &written(app, &message)?) {
            Ok(()) => {
                count("sent");
                app.db.write_blocking(move |tx| post::sent(tx, id))?;
            }
            Err(failure) => {
                count(if failure.is_final() { "failed" } else { "later" });
                let (why, code) = (failure.as_str(), failure.code());
                tracing::warn!(kind, why, code, "a message did not go");
                if matches!(failure, Failure::Unreachable | Failure::Tls | Failure::File | Failure::SignIn) {
                    return app.db.write_blocking(move |tx| post::held_up(tx, why, code));
                }
                app.db.write_blocking(move |tx| post::failed(tx, id, why, code, failure.is_final()))?;
            }
        }
    }
    Ok(())
}

fn count(outcome: &'static str) {
    metrics::counter!("hec_messages_total", "outcome" => outcome).increment(1);
}

/// Where links lead: the address that the settings give the instance, never one that a request names.
fn origin(app: &App) -> String {
    if app.edge.url.is_empty() { app.config.url(app.config.address()) } else { app.edge.url.clone() }
}

fn written(app: &App, message: &Message) -> Result<Letter> {
    let lost = || Error::broken("a message that waits has lost its address");
    let origin = origin(app);
    let secret = message.secret.as_deref().unwrap_or_default();
    let is_unproved = message.detail.as_deref() == Some(post::UNPROVED);
    let path = match message.kind {
        Kind::Invitation => format!("/register?invitation={secret}"),
        Kind::FamilyInvitation => format!("/family/join?invitation={secret}"),
        Kind::Reset => format!("/reset?token={secret}"),
        Kind::Confirm => format!("/account/email/confirm?token={secret}"),
        Kind::Taken if is_unproved => "/sign-in".to_owned(),
        Kind::Taken => "/sign-in/forgotten".to_owned(),
        Kind::Test | Kind::PasswordChanged | Kind::NewDevice | Kind::FactorOff | Kind::FactorAdded => {
            "/account/security".to_owned()
        }
        Kind::EmailChanged => "/help".to_owned(),
        Kind::BackupsBad | Kind::BackupsWell => "/admin/backups".to_owned(),
    };
    let link = Zeroizing::new(format!("{origin}{path}"));
    let kind = message.kind.as_str();
    let device = message.detail.clone().filter(|_| message.kind == Kind::NewDevice);
    let added = message.detail.as_deref().filter(|_| message.kind == Kind::FactorAdded);
    let troubles = message.detail.as_deref().filter(|_| message.kind == Kind::BackupsBad).unwrap_or_default();
    let troubles = troubles.split(',').filter(|one| !one.is_empty());
    let troubles: Vec<String> = troubles.map(|one| format!("- {}", plain(&format!("mail-backups-{one}")))).collect();
    let args = [
        ("troubles", troubles.join("\n").into()),
        ("origin", origin.clone().into()),
        ("link", link.as_str().to_owned().into()),
        ("when", words::moment(message.made_at, &jiff::tz::TimeZone::UTC).into()),
        ("device", device.unwrap_or_else(|| plain("device-unknown")).into()),
        ("added", added.map(|what| plain(&format!("mail-added-{what}"))).unwrap_or_default().into()),
    ];
    let body = match message.kind {
        Kind::Taken if is_unproved => text("mail-taken-unproved-text", &args),
        _ => text(&format!("mail-{kind}-text"), &args),
    };
    let foot = text("mail-foot", &[("origin", origin.into())]);
    Ok(Letter {
        id: message.id.to_string(),
        to: message.to.clone().ok_or_else(lost)?,
        from_name: from_name(app)?,
        subject: plain(&format!("mail-{kind}-subject")),
        text: Zeroizing::new(format!("{body}\n\n-- \n{foot}\n")),
        at: message.made_at,
    })
}

/// What the instance is called, where that fits a header.
fn from_name(app: &App) -> Result<String> {
    let name = app.instance_name()?.filter(|name| !name.contains(char::is_control));
    Ok(name.unwrap_or_else(|| "HEC".to_owned()))
}

/// A message that only tries the way: for the command line, which waits for what comes of it.
///
/// # Errors
/// Why it did not go.
pub fn try_out(config: &Config, url: &str, to: &str, at: Timestamp) -> Result<(), Failure> {
    let args = [
        ("origin", url.to_owned().into()),
        ("link", format!("{url}/account/security").into()),
        ("when", words::moment(at, &jiff::tz::TimeZone::UTC).into()),
    ];
    let id: MailId = Id::new(at);
    let letter = Letter {
        id: id.to_string(),
        to: to.to_owned(),
        from_name: "HEC".to_owned(),
        subject: plain("mail-test-subject"),
        text: Zeroizing::new(text("mail-test-text", &args)),
        at,
    };
    mail::send(config, &letter)
}

/// Has a new account's address proved, where mail is set up. It goes on without, whatever comes of it.
pub async fn greet(app: &App, account: AccountId, email: &str) {
    let (Some(_), Ok(secret), Ok(email)) = (&app.config.mail, Secret::random(), Email::parse(email)) else { return };
    let asked = app.db.write(move |tx| change::begin(tx, account, &email, &secret));
    if let Err(error) = asked.await {
        tracing::warn!(%error, "a new account's address is not proved");
    }
}

/// Queues a link by which somebody comes in. Nothing is queued where no address was typed, or where mail is not set up.
///
/// # Errors
/// `Invalid` on `email` where enough was sent for now.
pub fn invite(
    tx: &mut Write,
    is_set_up: bool,
    kind: Kind,
    by: AccountId,
    to: Option<&Email>,
    secret: &Secret,
) -> Result<bool> {
    let Some(to) = to.filter(|_| is_set_up) else { return Ok(false) };
    if post::queue(tx, kind, by, to.as_str(), Some(secret))? {
        Ok(true)
    } else {
        Err(Invalid::new("email", "error-mail-too-much").into())
    }
}
