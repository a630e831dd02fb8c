//! The way to the mail server, where one is set up.

use crate::{
    accounts::post::{self, State},
    config::Config,
    mail::{self, Failure},
    store::Store,
};

use super::Check;

/// Signs in there and out again; nothing is sent.
pub fn tried(config: &Config) -> Check {
    let Some(set_up) = &config.mail else { return Check::ok("mail", "not set up, and nothing needs it") };
    let server = &set_up.server;
    let failed = |found: String, mend: &str| Check::fail("mail", found).mend(mend);
    match mail::probe(config) {
        Ok(()) if config.names.is_empty() && !config.proxies.is_empty() => {
            Check::warn("mail", format!("{server} takes messages, but their links would lead to this machine alone"))
                .mend("say under which name people come, as in names = [\"hec.example.org\"]")
        }
        Ok(()) if set_up.account.is_some() => Check::ok("mail", format!("{server} knows us and takes messages")),
        Ok(()) => Check::ok("mail", format!("{server} takes messages")),
        Err(Failure::Unreachable) => failed(
            format!("{server} does not answer"),
            "look at mail_server, and whether this machine may go out to that port",
        ),
        Err(Failure::Tls) => failed(
            format!("{server} does not prove who it is, or offers no TLS"),
            "mail_server must name it as its certificate does (smtps:// from the first byte, smtp+starttls:// from the \
             second); with an authority of its own, mail_root",
        ),
        Err(Failure::File) => failed(
            "the file of the password, or of whom to trust, can't be read".to_owned(),
            "look at mail_password_file and mail_root: the user that runs HEC must be able to read them",
        ),
        Err(Failure::SignIn) => failed(
            format!("{server} does not take user and password"),
            "look at mail_user and the password; many providers want an app password",
        ),
        Err(failure) => failed(
            match failure.code() {
                Some(code) => format!("{server} does not want us: it says {code}"),
                None => format!("{server} answers what makes no sense"),
            },
            "ask whoever runs the mail server",
        ),
    }
}

/// Whether it is set up, and what became of the last message; nobody is asked.
pub fn seen(config: &Config, store: &Store) -> Check {
    let Some(set_up) = &config.mail else { return Check::ok("mail", "not set up, and nothing needs it") };
    let server = &set_up.server;
    // A store that can't be read is told by other checks.
    let last = store.db.read(|tx| post::recent(tx, 1)).ok().and_then(|mut last| last.pop());
    let ok = |last: &str| Check::ok("mail", format!("messages go through {server}; {last}"));
    let warn = |last: &str| {
        Check::warn("mail", format!("messages go through {server}; {last}"))
            .mend("look at /admin/mail, which says why; `hec doctor` tries the way")
    };
    match last.map(|last| (last.state, last.why)) {
        None => ok("none was sent in the last 30 days"),
        Some((State::Sent, _)) => ok("the last one was sent"),
        Some((State::Queued, None)) => ok("the last one waits for its turn"),
        Some((State::Queued, Some(_))) => warn("the last one has not gone yet"),
        Some((State::Failed, Some(why))) if why == post::WITHDRAWN => ok("the last one was not needed any more"),
        Some((State::Failed, _)) => warn("the last one was given up"),
    }
}
