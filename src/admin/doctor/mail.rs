//! The way to the mail server, where one is set up.

use crate::{
    config::Config,
    mail::{self, Failure},
};

use super::Check;

/// Signs in there and out again; nothing is sent.
pub fn mail(config: &Config) -> Check {
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
